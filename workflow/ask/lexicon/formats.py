"""Shapes: the formats of screens, papers, prints, shops and cinemas, and what the way of showing something implies."""

from __future__ import annotations

from .phrases import Concept

TALL = Concept(
    "shape",
    "tall",
    said="""
    (tall|vertical|upright) (landscape|seascape|cityscape|townscape|skyscape|scene|scenery|vista|view of|portrait|
    panorama|mural|tapestry|collage|cartoon|comic|sketch|wallpaper of|still life|render|rendering),
    (phone|mobile|iphone|smartphone|android|cellphone|cell phone|lockscreen|lock screen|handy|pixel phone|
    galaxy phone|samsung|apple watch|smartwatch|kindle|e reader|ereader) (wallpaper|background|backdrop|screen),
    (wallpaper|background|backdrop|screensaver|picture|image|lockscreen) (for my|for a|for the|for your|for) (phone|
    mobile|iphone|smartphone|android|cellphone|cell phone|lockscreen|lock screen|handy), (vertical|tall|upright|
    portrait|portrait oriented|vertically oriented|vertical format|9 by 16) (wallpaper|background|poster|banner|photo|
    photograph|shot|painting|illustration|drawing|print|canvas|panel|crop|video frame|panorama|scroll|artwork|
    art print|thumbnail|cover|flyer|card|billboard|pinterest pin), (vertical|tall|upright|portrait oriented) (image|
    picture|composition|framing|frame|sheet|page), lockscreen, lock screen, phone screen, phone home screen,
    mobile screen, home screen background, (instagram|insta|ig|facebook|fb|whatsapp|snapchat|snap|youtube|telegram|
    linkedin) (story|stories|reel|reels|shorts|short), story format, stories format, reels cover, (tiktok|tik tok|
    douyin|youtube shorts|yt shorts) (cover|thumbnail|video|format|background|post|frame|), reels, for (tiktok|reels|
    shorts|stories|a story|my story|insta stories|snapchat), ig reel, (pinterest|pin) (pin|graphic|image|post|format),
    for pinterest, (xiaohongshu|red note|rednote|webtoon|wattpad|kdp|kindle) (cover|post|format|episode| page|panel),
    taller than wide, higher than wide, taller than it is wide, for my phone, for my iphone, for my smartphone,
    on my phone screen, bookmark design, (a|printable|paper) bookmark, roll up banner, rollup banner, roll-up display,
    pull up banner, x banner, standee design, acrylic standee, door hanger, hang tag, swing tag, hanging scroll,
    kakemono, kakejiku, wall scroll, (tarot|oracle|playing|trading|pokemon|yugioh|mtg| magic the gathering|baseball|
    collectible|hearthstone|board game|flash|prayer|loteria) card, (movie|film|cinema| theater|theatre|theatrical|
    concert|gig|band|festival|rock|jazz|circus|travel|tourism|propaganda|wanted| missing person|motivational|vintage|
    retro|horror|event|club|boxing|wrestling|opera|broadway|exhibition|sci fi| blacklight|psychedelic|art deco|
    art nouveau|railway|one sheet|teaser|election|campaign|protest|minimalist| typographic|advertising|advertisement|
    anime|kpop|national park|science fair|rave|party|bauhaus|swiss| constructivist|poster size) poster, one sheet,
    27 by 40, 24 by 36, 18 by 24 inch, 11 by 17, (a3|a4|a5|a6|a2|a1| din a4|letter size|us letter|legal size|
    tabloid) (portrait|upright|vertical|poster|flyer|sheet|page|print|paper| hochformat), (book|novel|ebook|e book|
    audiobook novel|paperback|hardcover|magazine|comic|comic book| graphic novel|manga|light novel|zine|journal|
    notebook|pulp|fashion magazine|vogue|time magazine|elle| harper s bazaar|national geographic|rolling stone|gq|
    new yorker|life magazine|playbill|program|brochure|catalogue| catalog|textbook|cookbook|diary|dvd|blu ray|vhs|
    game|video game|ps1|ps2|ps5|playstation|nintendo switch|xbox|snes| nes game|pc game|steam library|novella|
    fantasy novel|romance novel|thriller|children s book|picture book|romance| sci fi novel|penguin classics|
    penguin books|pulp magazine|weekly shonen jump) cover, (front|cover) of (a|an| the) (book|novel|magazine|comic|
    comic book|graphic novel|paperback|manga|fashion magazine|vogue|game|video game| dvd|notebook), cover for (a|an|
    my|the) (book|novel|magazine|comic|ebook|graphic novel|notebook|fantasy novel| romance novel|thriller),
    dust jacket, book jacket, box art, game box art, vhs box art, cover of vogue, vogue cover, cover of time magazine,
    (greeting|birthday|invitation|wedding|christmas|valentine|thank you|holiday| save the date|condolence|easter|
    baby shower|anniversary|mother s day) (card|invitation|invite), flyer, leaflet, handbill, pamphlet, (restaurant|
    cocktail|cafe|dinner) menu design, menu card, event ticket upright, infographic, (skyscraper|half page) ad,
    wide skyscraper ad, wine label, beer label, vertical label, (app| play) store screenshot, app screenshot mockup,
    splash screen, onboarding screen, mobile app (screen|ui|interface| mockup), passport photo, id photo,
    passport picture, photo booth strip, instax mini, polaroid portrait, arcade cabinet side art, skateboard deck,
    skate deck, snowboard design, surfboard design, phone cover, phone case design, stained glass window panel,
    totem pole format, (photo|picture|poster|image|shot) in portrait, 4 by 5 format, four by five, instagram portrait,
    insta portrait, portrait post
    """,
    implied="""
    portrait, portrait of, portait, potrait, portret, self portrait, headshot, head shot, bust shot, bust portrait,
    head and shoulders, mugshot, mug shot, closeup portrait, close up of (a|the|her|his) face, half length portrait,
    three quarter portrait, beauty shot, beauty portrait, corporate portrait, linkedin photo, yearbook photo,
    school picture, character portrait, royal portrait, cabinet card, carte de visite, half body, half body shot,
    upper body, upper body shot, waist up, waist up shot, chest up, knees up, cowboy shot, american shot, thigh up,
    from the waist up, full body, fullbody, full body shot, full body view, full length, full length shot,
    full figure, full height, head to toe, head to foot, from head to toe, whole body, entire body, body shot,
    standing pose, standing full body, t pose, contrapposto, full body character, full body portrait, ootd,
    outfit of the day, fit check, mirror selfie, lookbook, character sheet, character design, character concept,
    character art, character illustration, character turnaround, reference sheet, fashion shot, fashion sketch,
    fashion illustration, fashion plate, fashion photography, fashion editorial, runway (shot|look|photo),
    catwalk photo, haute couture photo, pin up, pinup, pin up girl, paper doll, action figure box, poster, poster of,
    poster size, poster sized, poster for, poster art, poster design,
    1girl solo, cover art, character card, ace of (spades|hearts|cups|swords|
    wands), the (hanged man|high priestess|fool|magician|hermit|empress|emperor|hierophant|lovers|chariot) card,
    botanical illustration, botanical plate, botanical print, gothic cathedral window, lighthouse tower view,
    skyscraper from below, worm s eye view of a skyscraper, waterfall from below, redwood from below, tall waterfall,
    spiral staircase from above, altarpiece, icon of a saint, orthodox icon, russian icon, ukiyo e print of a beauty,
    bijin ga, propaganda print, wanted sign, vertical city, character splash art, gacha card, ssr card, infographic
    """,
    aside="""
    (vertical|tall|upright|portrait|portrait oriented|vertically oriented) (orientation|format|mode|aspect|
    aspect ratio|ratio|layout|dimensions|resolution|size), (vertical|portrait|upright) please, =vertical, =upright,
    =vertical image, =portrait mode, =tall, =tall image, in portrait, in vertical, in upright, (make|keep|do|
    have) it (vertical|tall|upright|portrait format), vertically, vertical oriented, smartphone format, phone format,
    mobile format, phone aspect ratio, phone size, phone sized, phone dimensions, for mobile, story size,
    story aspect, story dimensions, tiktok size, tiktok dimensions, poster format, portrait a4,
    a4 portrait, portrait a3, 2 to 3 ratio, 9 to 16, nine by sixteen, 9 by 16, 2 by 3 ratio, 3 by 4 ratio
    """,
)

WIDE = Concept(
    "shape",
    "wide",
    said="""
    (wide|horizontal|panoramic) (landscape|seascape|cityscape|townscape|skyscape|scene|scenery|vista|view of|portrait|
    tapestry|collage|cartoon|comic|sketch|still life|render|rendering), wide format, (super|extra) wide (picture|image|
    photo|format|landscape|scene),
    (desktop|pc|computer|monitor|ultrawide|ultra wide|dual monitor|dual screen|triple monitor|laptop|macbook|mac|imac|
    windows|windows 11|linux|tv|television|smart tv|gaming|steam deck|chromebook|tesla screen|tablet landscape|xbox|
    ps5|widescreen|screen) (wallpaper|background|backdrop|screensaver), (wallpaper|background|backdrop|screensaver|
    picture|image) (for my|for a|for the|for your|for) (desktop|pc| computer|monitor|ultrawide|ultra wide|
    dual monitor|laptop|macbook|mac|imac|windows|tv|4k monitor|gaming pc| gaming setup|second screen), (horizontal|
    wide|widescreen|panoramic|landscape|landscape oriented| horizontally oriented|elongated) (wallpaper|background|
    poster|banner|photo|photograph|shot|painting|illustration| drawing|print|canvas|panel|crop|panorama|artwork|
    art print|thumbnail|cover|flyer|card|billboard|a4|header|strip| mural|fresco|frieze), (horizontal|wide|widescreen|
    panoramic|landscape oriented) (image|picture|composition| framing|frame|page|view|vista), widescreen, wide screen,
    ultrawide, ultra widescreen, super wide, superwide, super ultrawide, cinemascope, cinema scope, vistavision,
    panavision, ultra panavision, todd ao, cinerama, techniscope, superscope, letterbox, letterboxed,
    black bars top and bottom, cinema format, cinema aspect, cinematic aspect ratio, movie aspect ratio,
    film aspect ratio, scope ratio, univisium, imax 70mm, 70mm film, cinematic widescreen, (youtube|yt|video|twitch|
    stream|podcast video|blog|article|vimeo|course|udemy| medium) (thumbnail|thumb|banner|cover|header|channel art|
    channel banner|background|feature image|featured image| post header|overlay|offline screen|starting soon screen),
    (twitter|x|facebook|fb|linkedin|twitch|discord server| discord|website|web|email|newsletter|blog|etsy|etsy shop|
    shop|store|steam|kickstarter|patreon|reddit|soundcloud| bandcamp|tumblr|github|itch io|itch|app store feature|
    leaderboard|hero|landing page|gofundme|eventbrite|meetup| ao3|notion|spotify artist|substack|wordpress|shopify|
    wix| mailchimp|forum) (header|banner|cover|cover photo| cover image|hero|hero image|hero section|capsule|
    header capsule| splash|social preview|masthead|signature), banner, header image, hero image, hero section,
    hero banner, cover photo for (facebook|linkedin), facebook event cover, open graph image, og image,
    social share image, steam capsule, steam header, main capsule, billboard (ad|design|advertisement|mockup),
    a billboard with, for a billboard, digital billboard, bus ad, bus shelter ad landscape, side of a bus ad,
    leaderboard ad, triptych, diptych landscape, polyptych, bayeux tapestry, handscroll, hand scroll, emakimono,
    emaki, folding screen, byobu, frieze, panorama, panoramic, panoramic view, panoramic photo, panoramic shot,
    360 panorama, 360 degree (view| panorama|photo|image), equirectangular, hdri, hdri map, skybox, cyclorama,
    diorama backdrop, parallax background, side scroller background, sidescroller background, 2d game background,
    platformer (background|level|game level), visual novel background, matte background plate, wallpaper, wallpapers,
    wallpaper engine, 4k wallpaper, slide background, (powerpoint|presentation) (background|slide|template|cover),
    (powerpoint|presentation) (title|cover|section) (slide|background|page), keynote slide, google slides background,
    pitch deck (slide|cover), title slide,
    zoom background, teams background, virtual background, video call background, google meet background,
    green screen background, stream background, news studio background, book spread, double page spread,
    double spread, two page spread, centerfold, centrefold, magazine spread, splash spread, comic strip,
    newspaper strip, three panel comic, four panel strip, storyboard frame, storyboard panel, animatic frame,
    title card, lower third, end screen, loading screen, game loading screen, main menu screen,
    title screen background, license plate, bumper sticker, cheque design, gift card, gift certificate, voucher,
    coupon, business card, visiting card, name card, credit card design, id card, membership card, postcard,
    post card, picture postcard, holiday postcard, vintage postcard, banknote, dollar bill, concert ticket,
    movie ticket, boarding pass, place card, desk mat, deskmat, extended mouse pad, coffee mug wrap, mug wrap,
    panoramic mug, scarf design, storefront sign, shop sign, street sign mockup, nameplate, world map, fantasy map,
    treasure map, map of (the world|a fantasy continent| middle earth), blueprint sheet, floor plan landscape,
    (dashboard|desktop app|web app|website|landing page) (ui| design|mockup|interface|layout), web design,
    website mockup, website design, landing page, wider than tall, wider than it is tall, wider than high,
    for my desktop, for my monitor, for my laptop, for my tv, for my pc, for my ultrawide, on a widescreen,
    across two monitors, across three monitors, (picture|photo|image| shot) in landscape
    """,
    implied="""
    (4k|hd|full hd|1440p|1080p|2k|5k|8k|uhd|16k|ultra hd|hq|high resolution) (wallpaper|background|backdrop|
    screensaver), anamorphic, anamorphic lens, anamorphic widescreen, wide shot, cinematic wide shot,
    extreme wide shot, very wide shot, long shot, extreme long shot, establishing shot, master shot, wide angle,
    wide angle shot, wide angle view, wide angle lens, wide angle photo, wide lens, 14mm, 16mm lens, 18mm lens,
    12mm lens, 10mm lens, 20mm lens, 24mm lens, ultra wide, ultra wide angle, ultra wide shot, ultrawide shot,
    ultra wide lens, extremely wide angle, super wide angle, wide view, wide vista, wide field of view, sweeping view,
    sweeping vista, sweeping landscape, vast landscape, vast vista, grand vista, breathtaking vista, epic vista,
    scenic vista, expansive view, expansive landscape, rolling hills landscape, landscape photography,
    landscape photo, landscape photograph, landscape painting, landscape picture, landscape art, landscape artwork,
    landscape illustration, landscape concept art, wide landscape, epic landscape, fantasy landscape, alien landscape,
    desert landscape, mountain landscape, winter landscape, sci fi landscape, post apocalyptic landscape,
    landscape shot, landscape of, landscape with, landscape, seascape, cityscape, townscape, cloudscape, moonscape,
    dreamscape, skyline, city skyline, skyline of, aerial panorama, mountain range, horizon line, hudson river school,
    vedute, veduta, movie still, film still, cinematic still, cinematic shot, cinematic frame, cinematic scene,
    movie scene, film scene, scene from a (movie|film), movie screenshot, movie frame, film frame, screencap,
    screen cap, anime screencap, anime screenshot, anime still, still frame, screengrab, movie screencap,
    blockbuster movie still, panning shot, tracking shot, dolly shot, crane shot, drone shot, drone footage,
    drone view, aerial shot, aerial view, aerial photo, aerial photography, two shot, over the shoulder shot,
    dutch angle movie still, ridley scott, denis villeneuve, wes anderson, roger deakins, sergio leone,
    spaghetti western, stanley kubrick, christopher nolan, blade runner, lawrence of arabia, dune movie,
    mad max fury road, game screenshot, gameplay screenshot, in game screenshot, video game screenshot,
    screenshot of a game, first person view, fps screenshot, unreal engine screenshot, side scroller, sidescroller,
    group photo, group shot, group portrait, group picture, family portrait, family photo, team photo, class photo,
    wedding party photo, ensemble cast, line up of, lineup of, last supper, battle scene, epic battle, army charging,
    battlefield, cavalry charge, naval battle, crowd scene, interior design (photo|render|shot), interior shot,
    interior view, architectural (visualization|visualisation|rendering|render|photography), archviz,
    real estate (photo|photography|listing), living room interior, environment (concept|concept art|art|design),
    matte painting, vista, stage design, stage set, concept environment, key frame, keyframe art, car photography,
    side view of a (car|train|ship|bus|truck), train in profile, horse race
    """,
    aside="""
    (horizontal|wide|widescreen|panoramic|landscape|landscape oriented|horizontally oriented|cinematic) (orientation|
    format|mode|aspect|aspect ratio|ratio|layout|dimensions), =horizontal, =widescreen, =wide screen, =ultrawide, =wide,
    =wide image, =horizontal image,
    =landscape mode, in landscape format, in landscape orientation, in horizontal format, in widescreen, horizontally,
    (make|keep|do|have) it (wide|horizontal|widescreen|landscape format|panoramic), horizontal please,
    widescreen please, landscape please, a4 landscape, landscape a4, a3 landscape, banner format, banner size,
    desktop size, desktop resolution, monitor size, tv format, youtube size, thumbnail size, cinema size, 16 by 9,
    16 to 9, sixteen by nine, 21 by 9, twenty one by nine, 3 to 2 ratio, 4 to 3 ratio, 1080p, 720p, 1440p, full hd
    """,
)

SQUARE = Concept(
    "shape",
    "square",
    said="""
    (square|squared) (landscape|landscape painting|landscape photo|seascape|cityscape|portrait|still life|collage|
    tapestry|cartoon|sketch|render|rendering|scene of|view of|vista),
    (square|squared) (image|picture|photo|photograph|composition|canvas|crop|illustration|painting|drawing|print|
    thumbnail|icon|avatar|tile|post|poster|artwork|art print|frame|framing|sheet|cover|logo|album cover|card|sticker|
    panel|banner|wallpaper|profile picture|texture), (instagram|insta|ig|facebook|fb|linkedin) (post|feed post|
    grid post|feed|grid|carousel|square|ad), for (instagram|insta|my instagram|my feed|ig), as wide as tall,
    as tall as wide, same width and height, equal width and height, equal sides, same height and width,
    all sides equal, one to one, 1 to 1 ratio, 1 by 1 ratio, medium format 6x6, 6 by 6, hasselblad square,
    instax square, polaroid frame, polaroid picture frame, rubik cube face, bathroom tile, azulejo tile,
    coaster design, drink coaster, vinyl record sleeve, profile (picture|pic|photo|image| avatar|icon|pfp),
    profile picture for, (discord|steam|twitch|twitter|youtube|forum|reddit|xbox|psn|telegram| whatsapp|slack|github|
    game|gaming|social media|gravatar|tinder|instagram|facebook|linkedin|tiktok|roblox| minecraft server|server|
    channel|guild|vtuber|nft|ai|chat) (avatar|pfp|profile|profile picture|profile pic|icon| userpic|server icon|
    display picture), pfp, userpic, display picture, avatar for, avatar of, an avatar, my avatar, avatar icon,
    =avatar, nft collection, bored ape, cryptopunk, cryptopunks, (album|cd|vinyl|record|lp|ep|single| podcast|spotify|
    playlist|mixtape|cassette|audiobook|soundtrack|ost|soundcloud|bandcamp|apple music|itunes|music| song|rap album|
    metal album|jazz album|hip hop album|synthwave album|debut album|k pop album|lofi|lo fi|audible| mixcloud) (cover|
    cover art|art|artwork|sleeve|jacket|thumbnail), cover art for an album, cover of an album, cover for an album,
    album art, blue note cover, blue note records, record sleeve
    """,
    implied="""
    (app|application|game|android|ios|ios app|mobile app|mobile game|app store|play store|google play|desktop|program|
    software|folder|widget|browser extension|launcher|toolbar|start menu|file|inventory|item|skill|spell|ability|
    achievement|badge|weather|social media|map|ui|website|shortcut|quest|potion|weapon|rpg|flat|vector|isometric|line|
    glyph|outline|3d|minimalist|neumorphic|glassmorphism|claymorphic) icon, icon for, icon of, icon design, an icon,
    icon set, icon pack, =icon, favicon, emoji, emojis, memoji, bitmoji, genmoji, emote, twitch emote, discord emote,
    discord sticker, telegram sticker, line sticker, whatsapp sticker, sticker, sticker design, sticker art,
    sticker sheet, sticker pack, die cut sticker, kiss cut sticker, vinyl sticker, laptop sticker, sticker of,
    washi sticker, enamel pin, pin badge, button badge, button pin, embroidered patch, iron on patch, scout badge,
    merit badge, rubber stamp, wax seal, coin design, commemorative coin, challenge coin, medallion, poker chip,
    tile pattern, seamless texture, seamless tile, seamless pattern, seamless, tileable, tileable texture,
    tileable pattern, tiling texture, repeating pattern, repeat pattern, surface pattern, surface design,
    textile pattern, fabric pattern, wrapping paper pattern, pbr texture, pbr material, albedo map, normal map,
    game texture, texture map, trim sheet, terrain texture, quilt pattern, quilt block, islamic pattern, girih,
    geometric tile, mandala, rosette pattern, azulejos, escher tessellation, tessellation, wallpaper pattern,
    bandana design, bandana print, scarf print, cross stitch pattern, crochet pattern chart, chess board from above,
    top down board, board game tile, game tile, hex tile, rpg token, vtt token, d&d token, battle map tile, sprite,
    pixel sprite, item sprite, isometric room, isometric diorama, isometric cube, floating island diorama, flat lay,
    knolling, plate of food from above, food flat lay, top down food, packshot, pack shot,
    product on white background, product photo on white, amazon listing, amazon product, ebay listing, etsy listing,
    product packshot, contact lens macro, planet on black background, circular composition, circular logo, round logo,
    round badge, roundel, tondo
    """,
    aside="""
    (square|squared) (orientation|format|mode|aspect|aspect ratio|ratio|layout|dimensions|size|resolution), =square,
    square please, =square image, (make|keep|do|have) it square, in a square, in square, squared format, square crop,
    square shaped image, square shaped picture, quadratic format, quadratic image, instagram size, instagram format,
    profile picture size, album cover size, feed format
    """,
)
