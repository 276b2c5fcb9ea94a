"""3D renders: programs, renderers, engines, materials, studios of animated films, consoles with polygons."""

from __future__ import annotations

from .phrases import Concept

RENDER_3D = Concept(
    "style",
    "render_3d",
    said="""
    3d, 3 d, 3d render, 3d rendered, 3d rendering, 3d model, 3d modeled, 3d modelled, 3d modeling, 3d art, 3d artwork,
    3d style, 3d look, 3d cartoon, 3d animation, 3d animated, 3d animated movie, 3d character, 3d illustration,
    3d scene, 3d graphics, 3d graphic, 3d cgi, 3d icon, 3d sculpt, 3d sculpture, 3d print, 3d printed, 3d asset,
    3d game, 3d game asset, 3d toon, 3d anime, 3d figure, 3d isometric, 3d product render, 3d visualization,
    3d visualisation, 3d digital art, 3d logo, 3d text, 3d blender, 3dcg, three dimensional render, three d render,
    threedimensional, 2.5d, 2.5 d, render of, rendered in (blender|octane|unreal|unreal engine|cinema 4d|c4d|unity|
    vray|v ray|keyshot|maya|arnold|redshift|cycles|houdini|lumion|3ds max|zbrush|marmoset|corona), made in (blender|
    unreal|unreal engine|cinema 4d|c4d|unity|zbrush|maya|houdini), (octane|blender|unreal engine|unreal engine 5|
    unreal|ue5|ue4|unity|vray|v ray|redshift|corona|arnold|cycles|cinema 4d|c4d|keyshot|maya|houdini|renderman|lumion|
    marmoset|eevee|luxrender|luxcore|maxwell|povray|pov ray|mental ray|twinmotion|enscape|zbrush|daz3d|daz|clay|
    matcap|viewport|wireframe|ao|ray traced|raytraced|path traced|cgi|product|architectural|low poly|lowpoly|voxel|
    isometric|cartoon|stylized|plastic|cg|photoreal cg|studio product) (render|rendering|rendered|style render), cgi,
    cgi render, cgi movie, cgi style, cgi animation, cgi film, cg render, cg rendering, computer generated image,
    computer graphics render, computer animation, computer animated, computer animated movie, low poly, lowpoly,
    low poly style, low polygon, low poly art, voxel, voxels, voxel art, voxel style, magicavoxel, isometric 3d,
    claymation, clay animation, stop motion, stopmotion, stop motion puppet, plasticine, clay render,
    clay model render, clay style, polymer clay, digital sculpt, digital sculpture, zbrush sculpt, character model,
    game model, rigged model, wireframe render, raymarching, sdf render, fractal render, mandelbulb, mandelbulb 3d,
    blender 3d, blender render, blender art, blender cycles, blender eevee, made with blender, (pixar|disney pixar|
    dreamworks|disney 3d|illumination|sony pictures animation|blue sky studios|laika|aardman|wallace and gromit|shrek|
    toy story|frozen|minions|how to train your dragon|zootopia|moana|coco|inside out|up movie|monsters inc|
    finding nemo|kung fu panda|madagascar|ice age|despicable me|coraline|tangled|encanto|big hero 6) (style|character|
    movie|film|animation|look|still|3d|style character|animated movie|render|movie style|inspired), (ps1|psx|
    playstation 1|ps2|playstation 2|n64|nintendo 64|dreamcast|gamecube|sega saturn|wii|xbox 360) (graphics|style|game|
    render|look|era|aesthetic|game screenshot|low poly|screenshot)
    """,
    implied="""
    octane, octane render, octanerender, octane rendering, otoy, unreal engine, unreal engine 4, unreal engine 5,
    unreal, unreal 5, ue4, ue5, nanite, lumen, unity engine, unity 3d, unity3d, godot, cryengine, cry engine,
    frostbite, source engine, source filmmaker, sfm, gmod, garry s mod, blender, blender cycles, cinema 4d, cinema4d,
    c4d, houdini, redshift, autodesk maya, 3ds max, 3dsmax, zbrush, mudbox, substance painter, substance designer,
    adobe substance, marvelous designer, marmoset toolbag, marmoset, keyshot, vray, v ray, corona renderer,
    arnold renderer, renderman, pixar renderman, luxcorerender, luxrender, maxwell render, povray, pov ray, bryce 3d,
    vue render, terragen, world machine, speedtree, lumion, twinmotion, enscape, daz3d, daz 3d, daz studio, poser,
    character creator 4, metahuman, meta human, megascans, quixel, quixel megascans, sketchfab, turbosquid, cgtrader,
    cg trader, blendermarket, poly count, polycount, ray tracing, raytracing, ray traced, raytraced, rtx, rtx on,
    path tracing, path traced, path tracer, global illumination, subsurface scattering, sss, ambient occlusion, ssao,
    screen space reflections, screen space global illumination, caustics, physically based rendering, pbr,
    physically based, pbr materials, hdri lighting, bump map, displacement map, tessellation shader, shaders,
    volumetrics render, vfx, post processing, post production, fresnel, depth pass, subdivision surface, subdivided,
    hard surface modeling, hard surface, topology wireframe, rigging, photogrammetry, lidar scan, toon shader, matcap,
    bevelled edges, beveled edges, rounded edges 3d, soft plastic, glossy plastic, smooth plastic, inflated, puffy 3d,
    inflatable 3d, claymorphism, soft render, studio render, isometric room, isometric diorama, diorama,
    miniature diorama, tiny world, tiny planet, toy figure, vinyl toy, designer toy, art toy, pop mart, popmart,
    blind box, blind box toy, funko pop, funko, lego style, lego minifigure, playmobil, playmobil style,
    action figure, collectible figurine, pvc figure, bearbrick, kaws, kidrobot, plush render, amigurumi render, pixar,
    pixar style, disney pixar, dreamworks, dream works, illumination entertainment, minions, laika, laika studios,
    aardman, wallace and gromit, shaun the sheep, toy story, shrek, zootopia, monsters inc, coraline,
    nightmare before christmas, kubo, lego movie, animal crossing, nintendo switch graphics, minecraft,
    minecraft style, roblox, roblox style, fortnite, fortnite style, overwatch, overwatch style, team fortress 2,
    the sims, sims 4, second life, vrchat, world of tanks, gta v, gta 5, grand theft auto v, gta san andreas, skyrim,
    cyberpunk 2077, red dead redemption, the last of us, god of war, horizon zero dawn, half life 2, silent hill ps1,
    resident evil ps1, final fantasy vii ps1, crash bandicoot, spyro, super mario 64, banjo kazooie, ocarina of time,
    playstation 1, ps1, psx, n64, nintendo 64, dreamcast, ps2, gamecube, playstation 5 graphics, ps5 graphics, ps5,
    next gen graphics, aaa graphics, in game screenshot, in engine, cutscene, in game cinematic, in game render,
    real time render, realtime render, mike winkelmann, filip hodas, peter tarka, zigor samaniego, gal yosef,
    michael kutsche, character render, product visualization, product visualisation, product rendering,
    architectural visualization, architectural visualisation, archviz, arch viz, architectural render,
    architectural rendering, exploded view render, futuristic product render, industrial design render, glassmorphism,
    metaball, cloth simulation, fluid simulation, particle simulation, x particles, voronoi fracture,
    abstract 3d shapes, chrome type 3d, liquid chrome, iridescent render, holographic render
    """,
)
