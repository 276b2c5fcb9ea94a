"""How much a picture may cost: drafts and tests on one side, prints and masterpieces on the other."""

from __future__ import annotations

from .phrases import Concept

QUICK = Concept(
    "effort",
    "quick",
    said="""
    =quickly, quickly done, quick and dirty, quick n dirty, quick dirty, rough and ready,
    (quick|rough|fast|speedy|simple quick|super quick|very quick|quick and dirty|really quick|cheap|lazy|five minute|
    5 minute|ten minute|10 minute|2 minute|two minute|one minute|30 second|thirty second|60 second|very rough|
    super rough|very fast|super fast|low effort|loose|hasty|throwaway|low fi|lo fi|sloppy|first rough|preliminary|
    initial) (sketch|draft|test|preview|drawing|doodle|concept|mockup|mock up|idea|one|image|render|picture|pic|try|
    version|scribble|study|thumbnail|look|take|generation|result|illustration|iteration|proof|impression|pass|
    painting|photo|comp|layout|storyboard|visual|visualization|visualisation|variant|variation|wireframe|prototype|
    rendering|attempt|shot|output|job), quick rough sketch, quick pencil sketch, quick ink sketch,
    quick watercolor sketch, rough pencil sketch, rough concept sketch, first draft, early draft, draft version,
    draft render, draft image, draft mode, draft only, a draft of, draft of, =a draft, preview of, preview only,
    preview render, preview image, preview version, preview quality, just a preview, just a draft, just a sketch,
    just a test, only a test, only a draft, only a sketch, only a quick, just testing, just trying, just a quick,
    just to test, just to see, test generation, test prompt, for testing, testing purposes, to test my (setup|
    workflow|settings|gpu|install), sanity check, smoke test, speed test, dry run, trial run, trial image,
    mock up only, proof of concept, poc, quick poc, doodle, doodle of, doodles, scribble, scribble of, scribbled,
    scribbly, napkin sketch, back of a napkin, on a napkin sketch, thumbnail sketch, thumbnail sketches, low effort,
    minimal effort, little effort, no details, few details, without details, no need for detail, no need for details,
    detail is not important, details are not important, details don t matter, without much detail,
    need not be perfect, not too detailed, not very detailed, not detailed, low detail, less detail,
    doesn t need to be perfect, doesn t have to be (perfect|good|detailed|high quality|pretty|great| polished),
    does not need to be (perfect|good|detailed|high quality|polished|great), does not have to be (perfect| good|
    detailed|pretty|polished), speed matters, speed is important, speed over quality, prefer speed, fast over good,
    as fast as possible, as fast as you can, as quick as possible, as quickly as possible, as quickly as you can,
    fastest possible, quickest way, fast mode, turbo mode, speed mode, quick mode, asap, a s a p, right away please,
    make it quick, make it fast, keep it quick, do it fast, do it quickly, fast please, quick please, quickly please,
    please be quick, please hurry, hurry up, be quick, in a hurry, i m in a hurry, no time to wait,
    don t want to wait, can t wait, without waiting, don t take long, in a few seconds, in under a minute,
    within seconds, in a minute, real quick, something quick, placeholder, placeholder image, placeholder art,
    temp art, temporary image, temp image, fpo, dummy image, stand in image, greybox, graybox, programmer art,
    test render, test image, test run, test picture, test shot, wip, work in progress, low quality is fine,
    low quality is ok, low quality ok, low res is fine, low resolution is fine, quality doesn t matter,
    quality does not matter, quality is not important, quality isn t important, any quality, low steps, few steps,
    fewer steps, minimum steps, minimal steps, least steps, 4 step, few step, unfinished sketch, gesture drawing,
    gesture sketch, gesture drawings, rough outline, rough lines, rough idea, roughly sketched, roughly drawn,
    quickly drawn, quickly sketched, quickly painted, loose sketch, good enough, need it fast, need it quick,
    need it quickly, need this fast, need this quickly, need something fast, storyboard sketch, rough storyboard,
    storyboard rough, animatic rough, scratch version, brainstorm, moodboard quick, ideation, ideation sketch,
    back of the envelope, cheap render, cheap and fast, fast and cheap, fast and simple, quick and simple,
    quick and easy, lightweight render, low compute, save gpu, save compute, save time, to save time, quick look,
    quick glance, at a glance preview, rapid sketch, rapid prototype, rapid prototyping, rapid visualization,
    snap preview, express version, blitz sketch, warm up sketch, warmup sketch, practice sketch, croquis, esquisse,
    bozzetto, blocking pass, block in, block out, blockout, underdrawing only, lineup rough
    """,
    implied="""
    sketchy, unpolished, mockup, mock up, wireframe, concept sketch, loose lines, simple sketch, simple drawing,
    simple doodle, stick figure, stick figures, low quality, low res, low resolution, lowres, draft, preview,
    speedpaint, speed paint, speedpainting, storyboard, animatic, thumbnail
    """,
    aside="""
    =draft, =quick, =quick draft, =quick one, =quick test, =quick preview, =fast preview, =rough draft,
    =just a quick draft, =test, =doodle quality, =fast, =fast please, =draft quality, draft quality, =preview,
    =low quality, =just a test, =preview please, speed first
    """,
)

DETAILED = Concept(
    "effort",
    "detailed",
    said="""
    hires fix, hi res fix, highres fix, (a detailed|an intricate|a detailed and intricate)
    (illustration|painting|drawing|render|rendering|photo|picture|image|map|sketch|engraving|scene|artwork|diorama),
    the best quality possible, best quality possible, best possible detail, in the best quality, in high detail,
    in great detail, in full detail, in detail please, make it (detailed|very detailed|highly
    detailed|sharp|crisp), as (sharp|crisp|clean|fine) as possible, every little detail, in every detail, down to
    the last detail, attention to detail, with many details, with all details, as detailed as possible, as much
    detail as possible, as good as possible, as high quality as possible, as sharp as possible, best possible
    quality, highest possible quality, highest quality possible, the best you can, the best quality, best you can
    do, do your best, your best work, take your time, no rush, no hurry, can take (long|longer|a while| as long
    as), i can wait, don t mind waiting, time does not matter, quality over speed, quality first, quality matters,
    quality is most important, worth the wait, spend time on it, go all out, pull out all the stops, no
    compromises, max settings, maximum settings, ultra settings, maxed out, full quality, final quality, final
    version, final render, final image, final piece, polished final, highly polished, highly finished, highly
    refined, finished piece, finished artwork, portfolio piece, portfolio quality, portfolio ready, showpiece,
    hero shot quality, production quality, production ready, client ready, publication quality, print quality,
    print resolution, print ready, ready for print, ready to print, for print, for printing, to print it, i want
    to print, want to print, will be printed, will print, going to print, gonna print, large print, big print,
    large format print, wall print, wall art print, canvas print large, poster sized print, poster size print,
    highly detailed print, fine art print, giclee, giclee print, gallery print, gallery quality, museum quality,
    museum grade, exhibition quality, exhibition print, billboard resolution, billboard size, 300 dpi, 600 dpi,
    300dpi, 600 ppi, 300 ppi, high dpi, lossless, gigapixel, megapixel, 100 megapixel, 50 megapixel, large scale
    print, a2 print, a1 print, a0 print, a3 print, 24x36 print, 40x60 cm, 50x70 cm, 60x90 cm, offset printing,
    cmyk print ready, framed on my wall, hang on my wall, to hang on the wall, for my wall, for my living room
    wall, as a gift print, labor of love, magnum opus
    """,
    tags="""
    =detailed, (8k|16k) wallpaper,
    (highly|extremely|ultra|insanely|hyper|super|very|incredibly|intricately|finely|richly|exquisitely|meticulously|
    maximally|hugely|amazingly|painstakingly|immensely|most|really|exceptionally|extraordinarily|ridiculously|
    intensely|minutely|lavishly|elaborately|wonderfully|beautifully|deeply|densely|carefully|obsessively|lovingly|
    extra|mega|absurdly|astonishingly|remarkably|microscopically|ultimately|stunningly|perfectly|fully|well|
    delicately|thoroughly) (detailed|detail|detailled), (insanely|extremely|incredibly|ultra|hyper|highly|unbelievably|
    ridiculously|amazingly) intricate,
    (high|fine|intricate|insane|extreme|ultra|maximum|max|rich|
    exquisite|sharp|crisp|tiny|minute|amazing|intense|incredible|painstaking|meticulous|elaborate|hyper|lots of|
    full of|so much|much|more|plenty of|abundant|great|immense|unbelievable|stunning|beautiful|stunning
    fine|delicate| complex|ornate|8k|hd|ultra fine|ultra
    high|super|deep|precise|perfect|excellent|immaculate|astonishing| extraordinary|masterful) (detail|details),
    overdetailed, every detail, level of detail, high level of detail, hyperdetailed, ultradetailed,
    superdetailed, hyper-detailed, highly-detailed, hyperdetail, ultra detail, detailed to the last, rich in
    detail, rich in details, many details, crisp and detailed, sharp and detailed, rich and detailed, detailed and
    intricate, intricate and detailed, intricately, maximalist detail, filigree, filigreed, ornate details, ornate
    detailing, very fine, ultra fine, ultra sharp, super sharp, razor sharp, tack sharp, extremely sharp, ultra
    high resolution, super resolution, super high resolution, very high resolution, high resolution, highest
    resolution, max resolution, maximum resolution, large resolution, ultra high definition, high definition, top
    quality, ultra quality, premium quality, professional quality, studio quality, maximum quality, max quality,
    finest quality, highest quality, excellent quality, exceptional quality, superb quality, flawless quality,
    high fidelity, hifi render, ultra high quality, very high quality, extremely high quality, super high quality,
    high end, luxury quality, painstaking, painstaking detail, meticulous, meticulous detail, meticulously
    crafted, meticulously rendered, richly textured, masterfully rendered, masterfully crafted, masterfully
    detailed, exquisitely crafted
    """,
    added="""
    masterpiece, masterwork, masterful, masterpiece quality, best quality, high quality, hq, hi quality, amazing
    quality, great quality, good quality, intricate, intricate design, intricate artwork, intricate pattern,
    elaborate, detailed background, detailed face, detailed eyes, detailed skin, detailed hair, detailed
    illustration, detailed painting, detailed drawing, detailed render, detailed texture, detailed textures,
    detailed lighting, detailed clothes, details, 4k, 6k, 8k, 10k, 12k, 16k, 32k, 64k, 4 k, 8 k, 1 6 k, 16 k, 4k
    uhd, 8k uhd, uhd, ultra hd, ultrahd, hdr, hd, full hd, fhd, qhd, 2160p, 4320p, highres, hires, high res, hi
    res, hi-res, absurdres, incredibly absurdres, huge filesize, sharp focus, ultra realistic 8k, award winning,
    prize winning, extremely beautiful, complex background, official art, perfect lighting, perfect composition,
    flawless, best shadow, best lighting, finely crafted, lavish, opulent detail, baroque detail, cinematic 8k,
    raw 8k, photoreal 8k
    """,
    aside="""
    =print quality, =highest quality, =quality first, =take your time, =no rush
    """,
)
