"""Concept art: for games and films, studios, artists, sheets, portfolios."""

from __future__ import annotations

from .phrases import Concept

CONCEPT_ART = Concept(
    "style",
    "concept_art",
    said="""
    concept art, conceptart, concept artwork, concept design, concept illustration, concept painting, concept sketch,
    concept sheet, concept render, character concept, character concept art, character design, character design sheet,
    character sheet, character turnaround, turnaround sheet, character lineup, model sheet, model sheets,
    reference sheet, expression sheet, pose sheet, costume design, costume concept, creature design, creature concept,
    creature concept art, monster design, environment concept, environment concept art, environment design,
    environment art, prop design, prop sheet, props sheet, weapon design, weapon concept, weapon sheet,
    vehicle design, vehicle concept, spaceship concept, spaceship design, spacecraft concept, ship concept,
    mech design, mech concept, mecha concept, mecha design, robot concept, armor concept, armor design,
    hard surface concept, keyframe art, key frame art, keyframe concept, key art, keyart, splash art, splashart,
    league of legends splash, champion splash art, mood painting, color script, colour script, colorscript, color key,
    beat board, previs art, pre production art, preproduction art, production art, production design,
    production painting, visual development, visdev, vis dev, viz dev, visual development art, art of the game,
    art of book, artbook, art book page, photobash, photobashing, photobashed, kitbash, kitbashing, matte painting,
    matte paint, matte background, digital matte painting, speedpaint, speedpainting, speed painting, speed paint,
    thumbnail sketches, silhouette thumbnails, design exploration, iteration sheet, industrial design sketch,
    concept car sketch, promotional art, game art, video game concept art, video game art, aaa game art, rpg art,
    mmorpg concept, film concept art, movie concept art, sci fi concept art, cgsociety, cg society, artstation style,
    concept for a (game|film|movie|video game|character|creature)
    """,
    implied="""
    artstation, art station, artstationhd, artstationhq, artstation hd, artstation hq, artstation 3,
    trending on artstation, trending on art station, featured on artstation, artstation winner, artstation trending,
    deviantart hq, cgsociety contest, conceptartworld, cg artist, drawcrowd, imaginefx, imagine fx, gnomon,
    art center college, feng zhu, feng zhu design, fzd, craig mullins, mullins, syd mead, ralph mcquarrie, mcquarrie,
    doug chiang, ron cobb, h r giger, hr giger, giger, gigeresque, chris foss, john berkey, john harris,
    robert mccall, jim burns, peter elson, vincent di fate, bruce pennington, simon stalenhag, stalenhag,
    greg rutkowski, rutkowski, ruan jia, ruan jia and, jaime jones, jama jurabaev, jakub rozalski, rozalski, sparth,
    nicolas bouvier sparth, noah bradley, noah bradley art, andreas rocha, raphael lacoste, lacoste, marc simonetti,
    dylan cole, dylan kowalski, maciej kuciara, kuciara, wojtek fus, eytan zana, john park, jordan grimmer,
    ivan laliashvili, sergey kolesov, peter mohrbacher, mohrbacher, angelarium, wayne barlowe, barlowe,
    terryl whitlatch, iain mccaig, mccaig, aaron mcbride, carlos huante, neville page, jerad marantz, wesley burt,
    kekai kotaki, daniel dociu, dociu, theo prins, richard anderson, khyzyl saleem, scott robertson, james paick,
    levi hopkins, john sweeney, piotr jablonski, bayard wu, yang zhang, zhang yang, tyler edlin, tyler west,
    anato finnstark, finnstark, eddie mendoza, ian mcque, mcque, pascal blanche, beeple, mike winkelmann,
    paul chadeisson, chadeisson, christian alzmann, ryan church, erik tiemens, thom tenery, stephan martiniere,
    martiniere, mead schaeffer, dan mumford, ashley wood, adrian smith, karl kopinski, kopinski, even mehl amundsen,
    even amundsen, johannes voss, jesper ejsing, ismail inceoglu, inceoglu, bastien lecouffe deharme, bastien grivet,
    victor mosquera, gaston bussiere artgerm, tom zhao, zhao zhen, yuumei, fenghua zhong, shaddy safadi,
    one pixel brush, naughty dog, blizzard entertainment, blizzard art, blizzard style, blizzard concept, riot games,
    league of legends, valorant art, overwatch style art, bungie, destiny 2 concept, cd projekt red, cdpr,
    witcher 3 concept, bethesda, skyrim concept, fromsoftware, from software, dark souls concept, elden ring concept,
    bloodborne, horizon zero dawn concept, guerrilla games, mass effect concept, bioware, halo concept,
    god of war concept, santa monica studio, assassin s creed concept, ubisoft art, guild wars 2 art, arenanet,
    world of warcraft art, warcraft art, diablo concept, starcraft concept, final fantasy concept art,
    square enix art, dishonored style, arkane studios, arcane style, arcane series, fortiche, fortiche style,
    lucasfilm concept, star wars concept, marvel studios concept art, ryan meinerding, andy park art,
    pixar concept art, disney concept art, disney visual development, dreamworks concept art, biopunk concept,
    sketch sheet, orthographic views, front side and back view, multiple views, callouts, call outs,
    exploded view design, t pose reference, silhouette study
    """,
)
