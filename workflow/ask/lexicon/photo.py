"""Photographs: kinds of photography, cameras, lenses, films, light, agencies and magazines."""

from __future__ import annotations

from .phrases import Concept

PHOTO = Concept(
    "style",
    "photo",
    said="""
    photo, photograph, photography, photographic, photographically, photographed, photgraph, photagraph, fotograph,
    photo of, foto, photorealistic, photo realistic, photorealism, photoreal, photo real, photorealstic,
    photo realism, photorealistically, photorealist, photoreal render, photographic realism, photo quality,
    photo like, photograph like, hyperrealistic, hyper realistic, hyperrealism, hyper realism, hyper real, hyperreal,
    ultra realistic, ultrarealistic, ultra real, ultra realism, super realistic, superrealistic, extremely realistic,
    insanely realistic, very realistic, true to life, lifelike, life like, realistic look, looks real, look real,
    looks like real, look like a real, looking real, as in real life, real life, irl, real photo, real photograph,
    indistinguishable from (a photo|reality|real life), like it was (photographed|shot), as if (photographed|shot),
    not drawn, nothing drawn, (raw|candid|analog|analogue|film|vintage|old|black and white|bw|b w|monochrome|color|
    colour|sepia|stock|editorial|documentary|press|news|magazine|studio|professional|amateur|award winning|macro|
    close up|closeup|aerial|drone|underwater|night|street|wildlife|nature|food|product|fashion|wedding|portrait|
    landscape|architectural|architecture|sports|travel|concert|boudoir|glamour|commercial|advertising|real estate|
    interior|automotive|car|pet|newborn|family|satellite|infrared|long exposure|double exposure|multiple exposure|
    time lapse|timelapse|high speed|tilt shift|pinhole|instant|polaroid|disposable camera|phone|iphone|smartphone|
    mobile phone|flash|candlelit|golden hour|blue hour|hdr|bokeh|telephoto|wide angle|fisheye|high key|low key|
    wet plate|tintype|daguerreotype|35mm|medium format|large format|dslr|unedited|unretouched|archival|historical|war|
    paparazzi|yearbook|passport|id|mugshot|surveillance|x ray|microscopic|electron microscope|astro|lifestyle|kodak|
    fuji|fujifilm|leica|nikon|canon|lomo|grainy|blurry|overexposed|underexposed|low light|flash lit|
    award winning national geographic|snapshot|behind the scenes|press agency|reuters|getty|ap|unsplash|pexels|tumblr|
    instagram|facebook|myspace|snapchat) (photo|photograph|photography|picture|snapshot|pic|snap|still),
    photojournalism, photojournalistic, photo journalism, photoshoot, photo shoot, photo session, astrophotography,
    macrophotography, macro photography, videography still, cinematography still, mugshot, mug shot, selfie,
    mirror selfie, group selfie, snapshot, paparazzi, paparazzi shot, headshot photo, passport photo, stock image,
    stock picture, shutterstock photo, candid shot, candid picture, street photography, daguerreotype, tintype,
    ambrotype, calotype, cyanotype, autochrome, wet plate collodion, wet collodion, collodion, albumen print,
    silver gelatin print, gelatin silver, platinum print, lomography, lomo, polaroid, polaroids, polaroid picture,
    instax, instant film, shot on film, shot on (a|an|my|the) (camera|phone|iphone|dslr|film camera|leica|canon|nikon|
    sony|hasselblad|disposable camera|smartphone|mirrorless|gopro|drone|red camera|arri|alexa|pixel|samsung),
    shot on (iphone|canon|nikon|sony|leica|hasselblad|kodak|fujifilm|film|35mm|arri|red|phone|gopro|pixel|portra|
    ektachrome|super 8|mirrorless|dslr|camera|digital camera|point and shoot|polaroid|ilford|pentax|olympus|panasonic|
    mamiya|rolleiflex|contax|ricoh), taken (with|on|by) (a|an|my|the) (phone|camera|iphone|dslr|smartphone|drone|
    webcam|professional camera|disposable camera|canon|nikon|leica|sony|film camera|telephoto|kodak|flip phone|
    action camera|digital camera), taken on (iphone|film|35mm|a nikon), captured (on|with|by) (film|a camera|a dslr|
    a leica|a canon|a nikon|a sony|camera|a drone|a hasselblad|35mm|a telephoto lens|an iphone|a smartphone|
    kodak portra), snapped (on|with), camera roll, photo dump, live action, picture taken (by|with|on)
    """,
    implied="""
    realistic, realism, realistically, naturalistic, natural look, natural skin, natural skin texture, skin texture,
    skin pores, visible pores, pores, detailed skin, skin imperfections, peach fuzz, no makeup look, unretouched,
    unedited, candid, documentary style, documentary, editorial style, editorial shoot, fashion editorial,
    press image, sharp focus on the eyes, (8|10|12|14|16|18|20|21|24|28|35|40|50|55|58|70|75|80|85|90|100|105|135|180|
    200|300|400|500|600|800) mm, (8|10|12|14|16|18|20|21|24|28|35|40|50|55|58|70|75|80|85|90|100|105|135|180|200|300|
    400|500|600|800) millimeter, (24 70|70 200|24 105|16 35|100 400|18 55|150 600) mm, 3 5 mm, 5 0 mm, 8 5 mm,
    f (0.95|1.2|1.4|1.8|2.2|2.8|3.5|5.6|8|11), f (1 2|1 4|1 8|2 8|5 6), aperture, wide aperture, wide open aperture,
    large aperture, shallow depth of field, shallow dof, depth of field, dof, bokeh, bokeh background, creamy bokeh,
    swirly bokeh, bokeh balls, blurred background, blurry background, out of focus background, background blur,
    focus stacking, focus stacked, iso (50|100|125|160|200|400|800|1600| 3200|6400|12800), shutter speed,
    slow shutter, fast shutter speed, 1 (125|200|250|500|1000|2000|4000|8000) s, 1 (250|500|1000|8000) sec,
    long exposure, double exposure, multiple exposure, motion blur, panning blur, light trails, lens flare,
    lens flares, chromatic aberration, vignette, vignetting, exif, raw file, raw format, uncompressed, camera shot,
    rule of thirds, white balance, overexposed, underexposed, high dynamic range, hdr photo, exposure bracketing,
    on camera flash, direct flash, harsh flash, flash lighting, ring light, ring flash, softbox, soft box,
    softbox lighting, octabox, beauty dish, umbrella light, rembrandt lighting, butterfly lighting,
    clamshell lighting, split lighting, loop lighting, three point lighting, studio lighting, studio light,
    studio shot, studio backdrop, seamless backdrop, seamless paper, grey backdrop, gray backdrop, photo studio,
    catchlight, catchlights, strobe, strobes, speedlight, gel lighting, natural lighting, natural light, window light,
    available light, golden hour light, hard light, reflector, diffused light, macro shot, macro lens, macro,
    extreme macro, extreme close up shot, microscopy, telephoto, telephoto lens, telephoto shot, zoom lens,
    prime lens, wide lens, fisheye lens, fisheye, fish eye lens, tilt shift, tilt shift lens, anamorphic lens,
    cine lens, vintage lens, helios 44, petzval, lensbaby, summilux, summicron, noctilux, zeiss, carl zeiss,
    zeiss otus, sigma art, tamron, voigtlander, cooke lens, canon l lens, nikkor, g master, nifty fifty, drone shot,
    drone footage, aerial shot, bird eye drone, dji, dji mavic, mavic air, gopro, go pro, gopro footage, action cam,
    dashcam, dash cam, bodycam, body cam, cctv, cctv footage, security camera, security footage, surveillance camera,
    surveillance footage, trail cam, trail camera, night vision, thermal camera, infrared, webcam, webcam footage,
    doorbell camera, ring doorbell, found footage, camcorder, camcorder footage, vhs, vhs footage, vhs tape,
    vhs still, home video, hi8, minidv, mini dv, super 8, super8, low quality camera, flip phone camera, nokia camera,
    early 2000s digital camera, y2k digicam, digicam, point and shoot, disposable camera, cyber shot, cybershot,
    powershot, coolpix, toy camera, holga, diana f+, lomo lc a, pinhole camera, box camera, brownie camera,
    view camera, 4x5 camera, large format, large format camera, large format film, medium format, medium format film,
    6x7, 120 film, 35mm film, 16mm film, 110 film, expired film, analog film, analogue film, analog, film photography,
    film grain, film grains, fine grain, grainy film, light leak, light leaks, dust and scratches, darkroom print,
    contact sheet, cross processed, cross processing, bleach bypass, push processed, color negative, slide film,
    developed film, kodak, kodachrome, kodak gold, kodak gold 200, kodak portra, portra, portra 160, portra 400,
    portra 800, kodak ektar, ektar 100, kodak ektachrome, ektachrome, e100, kodak tri x, tri x, tri x 400, t max,
    tmax, kodak vision3, vision3 500t, kodak 5219, kodak ultramax, ultramax 400, colorplus 200, aerochrome, fujifilm,
    fuji film, fuji, fujichrome, fujicolor, velvia, velvia 50, provia, provia 100f, astia, superia, superia 400,
    fuji 400h, pro 400h, c200, classic chrome, classic negative, eterna, acros, neopan, ilford, ilford hp5, hp5,
    hp5 plus, delta 3200, ilford delta, fp4, xp2, pan f, cinestill, cinestill 800t, cinestill 50d, 800t, 400d,
    lomochrome, lomochrome purple, agfa, agfa vista, agfacolor, agfachrome, polaroid 600, sx 70, polachrome, fomapan,
    rollei retro, rollei infrared, bergger, technicolor photo, orwo, svema, canon, canon eos, eos r5, eos r, canon r5,
    canon r6, canon 5d, 5d mark iii, 5d mark iv, canon ae 1, canon rebel, canon powershot, canon 1dx, nikon,
    nikon d850, nikon d750, nikon z7, nikon z9, nikon z8, nikon fm2, nikon f3, d850, sony alpha, sony a7, sony a7 iii,
    sony a7iv, sony a7r, sony a7s, a7r iv, a7 iii, sony fx3, sony a1, leica, leica m, leica m6, leica m10, leica m11,
    leica q2, leica q3, leica sl2, hasselblad, hasselblad h6d, hasselblad x1d, hasselblad 500c, hasselblad 500cm,
    phase one, phase one iq4, phase one xf, mamiya, mamiya rb67, mamiya 7, rb67, pentax 67, pentax, pentax k1000,
    contax t2, contax, contax g2, yashica, yashica t4, olympus om 1, olympus mju, olympus, om d, rolleiflex, rollei,
    bronica, minolta, ricoh gr, ricoh gr iii, fujifilm x t4, fujifilm xt3, fujifilm gfx, gfx 100, x100v, x100, x pro,
    fuji xt3, panasonic lumix, lumix gh5, lumix s1, lumix, sigma fp, graflex, speed graphic, linhof, deardorff, sinar,
    dslr, d slr, slr, mirrorless, mirrorless camera, full frame, full frame camera, aps c, micro four thirds,
    crop sensor, iphone photo, iphone 15 pro, iphone 14 pro, iphone 13, iphone x, iphone camera, iphone, pixel 8 pro,
    samsung s23, galaxy s23 ultra, phone camera, phone picture, cell phone picture, cellphone camera,
    smartphone camera, front camera, portrait mode iphone, red epic, red komodo, red camera, arri alexa, arri,
    alexa 65, blackmagic camera, bolex, national geographic, nat geo, natgeo, magnum photos, magnum photographer,
    getty images, gettyimages, reuters, associated press, ap photo, afp, alamy, shutterstock, istock, istockphoto,
    adobe stock, unsplash, pexels, pixabay, flickr, 500px, eyeem, vsco, vsco cam, vsco filter, gurushots, viewbug,
    lightroom, lightroom preset, lightroom edit, adobe lightroom, capture one, photoshopped photo, snapseed,
    life magazine, time magazine photo, vogue, vogue italia, vogue editorial, harper s bazaar, elle magazine, gq,
    vanity fair, dazed, dazed magazine, i d magazine, numero, sports illustrated, rolling stone cover,
    architectural digest, dwell magazine, kinfolk, bon appetit, food and wine, conde nast, cosmopolitan, maxim,
    pulitzer, pulitzer prize, world press photo, wildlife photographer of the year, sony world photography,
    hasselblad masters, imdb headshot, linkedin headshot, tinder photo, onlyfans, instagram model,
    instagram influencer, craigslist, airbnb listing, zillow, ebay photo, google street view, street view,
    google earth, satellite image, hubble, hubble telescope, james webb, jwst, nasa image, mars rover image,
    annie leibovitz, ansel adams, henri cartier bresson, cartier bresson, steve mccurry, vivian maier, diane arbus,
    richard avedon, irving penn, helmut newton, peter lindbergh, mario testino, david lachapelle, tim walker,
    nan goldin, william eggleston, stephen shore, saul leiter, robert frank, dorothea lange, walker evans,
    sebastiao salgado, martin parr, joel meyerowitz, gregory crewdson, cindy sherman, robert mapplethorpe,
    robert capa, james nachtwey, don mccullin, daido moriyama, nobuyoshi araki, hiroshi sugimoto, fan ho,
    elliott erwitt, brassai, man ray, eugene atget, edward weston, imogen cunningham, andreas gursky, bruce gilden,
    alex webb, rankin, ellen von unwerth, herb ritts, slim aarons, platon, lee jeffries, martin schoeller,
    platon portrait, jimmy nelson, nick knight, paolo roversi, sally mann, petra collins, ryan mcginley,
    juergen teller, terry richardson, brandon woelfel, alessio albi, rinko kawauchi, michael kenna, galen rowell,
    art wolfe, frans lanting, bill cunningham, yousuf karsh, arnold newman, weegee, matthew brady, edward s curtis,
    julia margaret cameron, sergey prokudin gorsky, product shot, product photo, product photography, packshot,
    lookbook, look book, headshot, beauty shot, glamour shot, glamour shots, boudoir, food blog, food styling,
    real person, real people, real woman, real man, real human, real world, actual person, actual photo,
    actual camera, people in real life, caught on camera, behind the scenes, backstage, press conference,
    crime scene photo, evidence photo, medical imaging, x ray, mri scan, ct scan, electron microscope, sem image,
    schlieren, wildlife documentary, bbc planet earth, planet earth documentary, nature documentary,
    david attenborough, medium shot, eye level shot, overhead shot, close up shot, extreme close up, ultra photo,
    uhd dslr, raw candid, cinematic photo, film still, movie still, cosplay, cosplay photo, cosplayer
    """,
)
