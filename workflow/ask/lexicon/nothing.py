"""What sounds like the lexicon's phrases and says nothing: things in the scene, names, ways of speaking."""

from __future__ import annotations

import re

from .tokens import Words

NOTHING = """
stack of cut paper, pile of cut paper, cg unity 8k wallpaper, unity 8k wallpaper, cg unity wallpaper,
(landscape portrait|portrait landscape| portrait gallery|portrait painter|portrait painters|portrait lens|
portrait photographer|portrait artist| self portrait painter), portrayal of, portrait studio, (peeling|floral|striped|
old|torn|faded|patterned|damask| vintage|victorian|flowery|yellow|green|blue|red|ugly|moldy|kitchen|nursery|bathroom|
bedroom|living room) wallpaper, wallpapered, wallpaper on the wall, wallpaper pattern on the wall, wallpaper paste,
wallpaper peeling, the yellow wallpaper, rolls of wallpaper, hanging wallpaper, banner in the wind, flag banner,
banner waving, banners waving, war banner, banner of (the|his|her|a), star spangled banner, banner carrier,
carrying a banner, holding a banner, bruce banner, banners hanging, banners of, photo album, photo frame, photo booth,
photo bomb, photobomb, photobombing, photos on the wall, photo on the wall, framed photo, framed photograph,
old photos of his, photo finish, photo opportunity, photo op, photo lab, photo paper, photo synthesis, photo voltaic,
wedding photographer, taking (photos|photo|pictures|selfies|snapshots), taking (a|the|his|her|their|some) (photo|
selfie|picture|snapshot|photograph), takes (a|the|his|her) (photo|selfie|picture|snapshot|photograph), taking selfies,
posing for (a|the) (photo|photograph|picture|selfie|portrait|painting), poses for (a|the) (photo|picture|portrait),
photograph being taken, photographing, photography (class|exhibition|studio|equipment|student|teacher|shop|book|
museum), selfie stick, camera in hand, with a (canon|nikon|leica|kodak|polaroid) (camera|in hand|around), holding (a|
an|his|her|the) (old |vintage |) (canon|nikon|leica|kodak|hasselblad|polaroid|dslr|go pro|mirrorless),
polaroid camera, (kodak|leica|nikon|canon|hasselblad|sony|fujifilm|vintage|old|film|dslr|polaroid|pinhole|security|
surveillance|cctv|mirrorless|disposable|movie|view|toy) camera on (a|the), security camera on, cannon,
pachelbel s canon, canon ball, kodak building, macro economics, macro view of society, grand canyon, the canon of,
national geographic building, (painting|drawing|photo|picture|poster|portrait|painting of a ship) (on|against|above|
hanging on|hung on|nailed to|taped to|pinned to) (the|a|his|her|their|my|an old) (wall|walls|fireplace|mantel|fridge|
door|desk|easel|board|corkboard), painting a, painting the, painting her, painting his, painting their, painting my,
painting on an easel, painting at an easel, painting outdoors, painting outside, painting easter eggs, painting nails,
painting a fence, is painting, are painting, while painting, busy painting, starts painting, a painting (on|behind|
in front|near|next|and|above|hanging|beside|under|leaning), face painting, face painted, face is painted,
body painting, body paint, painted face, painted nails, painted (lady|lady butterfly|turtle|dog|bunting|desert|stork|
house|houses|wooden|wall|walls|door|fence|horse|pony|eggs|egg|blue|red|green|white|black|yellow|pink|gold|orange|
purple), wet paint sign, paint can, paint bucket, paintbrush, paint roller, painter s hat, house painter,
spray paint can, spray paint cans, can of paint, paint tubes, stolen painting, oil lamp, oil lamps, oil rig, oil rigs,
olive oil, oil field, oil well, oil spill, oil tanker, oil refinery, oil drum, oil barrel, oil pump, oil pumpjack,
oil company, oil slick, oil lantern, cooking oil, engine oil, motor oil, essential oils, essential oil, oil can,
palm oil, coconut oil, crude oil, acrylic nails, acrylic glass, acrylic chair, acrylic sheet, acrylic box,
acrylic stand, enamel mug, enamel pot, pastel (colors|colours|color|colour|tones|palette|pink|blue|green|yellow|
purple|dress|hair|goth|house|houses|shades|hues), water color changing, ink bottle, ink pot, inkwell, squid ink,
graphite (grey|gray|black|powder|rod|pencil in hand), charcoal (grill|black|grey|gray|suit|briquettes|fire|mask),
chalk cliffs, chalk outline, piece of chalk, marker stone, grave marker, box of crayons, holding crayons,
pack of crayons, pencil skirt, pencil case, pencil holder, pencil sharpener, pencil in hand, sketch comedy,
sketchy neighborhood, sketchy alley, sketchy man, drawing (a|the|his|her) (sword|bow|gun|weapon|curtain|curtains|
blade|water|card|bath|knife|pistol), drawing (room|board|near|closer|water|straws|lots|tablet|class), drawing a,
drawing the, is drawing, are drawing, kids drawing on, children drawing on, bow drawn, sword drawn, drawn sword,
drawn carriage, horse drawn, hand drawn carriage, engraving tool, stencil cutter, collage dress, scratch board,
icon of the 80s, fashion icon, pop icon, gay icon, style icon, rock icon, cultural icon, film icon, the icon,
desktop icons on a screen, computer desktop, desktop computer, desktop lamp, desktop fan, a desktop, on the desktop,
desktop pc, poster on the wall, posters on the wall, poster bed, four poster, four poster bed, poster child,
poster boy, poster girl, old posters, wall posters, wall of posters, covered in posters, covered with posters,
posters everywhere, movie poster on the, poster behind, posters behind, poster in the background,
posters in the background, text message, text messages, text book, textbook, textbooks, texting, text neck, hypertext,
context, love letter, letter box, letterbox slot, the letter box, mail letter, letter opener, a letter, letters home,
letters from home, letters in a, stack of letters, pile of letters, bundle of letters, writing a letter,
writing letters, reading a letter, reading letters, sealed letter, letter carrier, opening a letter,
letters scattered, old letters, the name of the wind, in the name of, the name of god, under the name, no name,
brand name clothes, name tag, nameplate, spelling bee, reading glasses, saying goodbye, saying grace, saying farewell,
says goodbye, the word of god, word of mouth, in other words, at a loss for words, lost for words, without words,
title fight, title match, title holder, entitled brat, the caption writer, headline news, practicing calligraphy,
calligraphy brush, calligraphy class, calligrapher, writing calligraphy, written music, sheet music, written language,
written constitution, type writer, typewriter, crossword puzzle, initials carved, fountain pen, calligraphy pen,
tattoo artist, with writing on, quick brown, the quick, quick silver, quicksand, quicksilver, quick wit, quick witted,
quick draw, quick draw mcgraw, quick thinking, quick step, quickstep, quick walk, quick reflexes, quick lunch,
quick look around, quick nap, quick bite, quick meal, quick shower, quick breath, quick smile, quick dip, quick swim,
quick run, quick recovery, quick movements, quick march, quick change, quick fix, fast food, fast car, fast cars,
fast train, fast bike, fast motorcycle, fast boat, fast runner, fast moving, fast paced, fast asleep, fast lane,
fast and furious, fast flowing, fast river, fast fashion, fast horse, fast animal, fast running, fast shutter,
fast forward, draft horse, draft horses, draft beer, draft animals, draft dodger, draft pick, draft day, nba draft,
nfl draft, military draft, on draft, cold draft, draft of air, test tube, test tubes, test pilot, test track,
test drive, driving test, test subject, test dummy, crash test, crash test dummy, taking a test, math test,
school test, blood test, test site, test chamber, test flight, lab test, pregnancy test, nuclear test, test paper,
screen test, rough sea, rough seas, rough terrain, rough water, rough waters, rough road, rough hands, rough skin,
rough neighborhood, rough collie, rough diamond, rough bark, rough stone, rough surface, rough texture, rough wood,
rough beard, rough waves, doodle dog, golden doodle, goldendoodle, labradoodle, cheese doodle, yankee doodle,
scribble monster, movie preview, film preview, work in progress sign, men at work, unfinished building,
unfinished house, hurry up sign, hurrying, in a hurry to, running in a hurry, man in a hurry, people in a hurry,
detailed oriented, detail oriented, detailed instructions, detailed map on, detailed plan of the city,
detailed report, detailed explanation, high definition tv, hd tv, 4k tv, 8k tv, 4k monitor on, 4k television,
printing press, printing shop, footprint, paw print, paw prints, hand print, hand prints, foot prints,
floral print dress, print dress, printed dress, print shirt, leopard print, animal print, tiger print, zebra print,
hawaiian print, print shop, the masterpiece of, masterpiece theater, hd lens, military intelligence, polished (wood|
floor|marble|stone|metal|shoes|silver|brass|steel| chrome|armor|boots), pixel phone, google pixel, sprite can,
can of sprite, cans of sprite, sprite bottle, bottle of sprite, glass of sprite, sprite soda, forest sprite,
forest sprites, water sprite, water sprites, fire sprite, wood sprite, tree sprite, nature sprite, garden sprite,
snow sprite, sea sprite, mischievous sprite, little sprite, soot sprite, soot sprites, sprite lightning, red sprites,
flower sprite, wind sprite, moon sprite, c 64 bus, holding a game boy, playing (game boy|gameboy|nintendo|snes|nes|
arcade games|video games|retro games| a retro game|a retro video game), retro game console, retro game store,
retro game collection, retro game controller, snes controller, nes controller, snes console, nes console,
arcade cabinet, arcade machine, arcade machines, 8 bit computer museum, nes cartridge, tetris pieces,
pac man ghost costume, amiga computer, square table, square tables, town square, times square, square room,
market square, village square, city square, red square, st mark s square, piazza square, trafalgar square,
central square, public square, main square, square jaw, square jawed, square glasses, square dance, square dancing,
square meal, square root, square feet, square foot, square meter, square meters, square mile, square miles,
square in (rome|paris|london|venice|prague|berlin|a|the|front| old|italy), square with (a|people|fountain|trees|
pigeons), square window, square windows, square tower, square box, square boxes, square block, square building,
square peg, square hole, square face, square head, square garden, square shaped (face|head|building|table|glasses|
object|box|cake|mirror|plate), square enix, square plate, square cake, square wheel, square wheels,
square frame glasses, square frame on, square pants, squarepants, square tile floor, square tiles floor, square pizza,
square watermelon, square pyramid, square shoulders, chess square, tiananmen square, union square,
square in the center, square patch of, in the square, across the square, on the square, on a square, magic square,
wide open, wide eyes, wide eyed, wide smile, wide grin, wide mouth, wide brimmed, wide brim, wide hat, wide hips,
wide shoulders, wide river, wide road, wide street, wide avenue, wide boulevard, wide awake, wide world, world wide,
worldwide, wide receiver, wide belt, wide legs, wide leg pants, wide leg, wide sleeves, wide sleeve, wide stance,
wide nose, wide field, wide plain, wide valley, wide beach, wide staircase, wide variety, wide range, wide ocean,
wide body, wide tires, wide web, far and wide, wide bowl, wide desert, tall man, tall woman, tall girl, tall boy,
tall guy, tall person, tall people, tall tree, tall trees, tall grass, tall grasses, tall building, tall buildings,
tall tower, tall towers, tall mountain, tall mountains, tall cliff, tall ship, tall glass, tall hat, tall boots,
tall cactus, tall candle, tall ceiling, tall windows, tall window, tall reeds, tall tale, tall order, tall dark,
tall stack, tall vase, tall figure, tall statue, tall structure, tall pine, tall pines, tall wall, tall walls,
tall skyscraper, vertical garden, vertical farm, vertical gardens, vertical takeoff, vertical cliff, vertical climb,
vertical stripes, vertical lines, vertical stripe, vertical blinds, vertical limit, vertical jump, vertical rock,
horizontal bar, horizontal stripes, horizontal lines, horizontal stripe, horizontal beam, upright piano, upright bass,
upright position, standing upright, walking upright, sitting upright, upright citizen, upright ears,
landscape architect, landscape architecture, landscape gardener, landscape gardening, landscaped garden,
landscape painter, landscaping, political landscape, media landscape, horizon zero dawn forbidden west game case,
crest of a wave, crest of the wave, crest of a hill, crest of the hill, wave crest, feather crest, crested,
mountain crest, hill crest, bird with a crest, crest on its head, fire emblem, mercedes emblem, car emblem,
hood emblem, real madrid, real estate agent, realistic expectations, realistic goals, seal of approval, a seal on,
baby seal, harbor seal, elephant seal, seal team, sea lion, cow branding, branding iron, trademark smile,
trademark hat, trademark look, mascot costume, mascot suit, mascot head, team mascot dancing, badger, police badge,
sheriff badge, name badge, stamp collection, postage stamp collection, stamp collector, monogrammed,
trading card game, card game, playing cards, playing card games, card table, playing poker, house of cards,
card dealer, deck of cards, cards on a table, credit card in, holding a (card|playing card|tarot card|business card|
credit card|postcard|ticket|flyer|poster|sign), postcard stand, postcard rack, sending a postcard, writing a postcard,
ticket booth, ticket machine, reading a (comic|comic book|manga|magazine|book|graphic novel|newspaper|light novel|
webtoon), reading (comics|manga|comic books|magazines), manga cafe, manga shop, manga store, comic store, comic shop,
comic book store, comic book shop, comic con, comiccon, comic relief, comic timing, comic actor, comic opera,
comic genius, stand up comic, standup comic, comic duo, comic stage, comic hero costume, tragicomic,
cartoon network building, cartoon t shirt, anime convention, anime expo, anime club, anime fan, anime fans,
anime store, anime t shirt, anime shirt, anime merch, anime poster on the, anime posters, anime figurine on,
anime figures on, watching (anime|cartoons|a cartoon|an anime|a movie|movies|a film|films|tv), mangalore, mango,
mangrove, otaku room, cosplaying as, mecha pilot convention, film crew, film director, film set, film camera on,
movie camera, film reel, film reels, film projector, movie theater, movie theatre, movie star, movie stars,
movie night, movie ticket, movie set, film festival, film critic, film student, film school, film studio,
film industry, film strip, filmstrip, roll of film, film roll, plastic film, film of (dust|oil|ice|water|grease|sweat|
algae), thin film, cling film, soap film, biofilm, home movie night, cinema hall, cinema seats, cinema entrance,
cinema audience, cinema building, cinema screen, at the movies, at the cinema, hollywood sign, hollywood boulevard,
hollywood hills, hollywood star, walk of fame, imax theater, drive in movie, drive in cinema, movie buff,
blockbuster store, blockbuster video, oscar statue, oscar statuette, red carpet event crowd, directed by a wizard,
magical realism, cynical realism, social realism, socialist realism, fantastic realism, romantic realism,
capitalist realism, hysterical realism, fantasy football, fantasy league, fantasy sports, final fantasy tournament,
sexual fantasy, male fantasy, fantasy island resort, fantasy land park, 3d glasses, 3 d glasses, 3d printer,
3d printers, 3d printing, 3d scanner, 3d movie audience, 3d cinema, vr headset, lego bricks on, lego pieces on,
lego set on, playing with lego, lego store, clay pot, clay pots, clay court, clay tablet, clay oven, clay vase,
clay jar, clay bowl, clay soil, clay pigeon, clay brick, toy store, toy shop, toy box, toy story ride, blender on (a|
the), kitchen blender, blender full of, smoothie in a blender, blender with fruit, in a blender, unity ceremony,
national unity, octane fuel, high octane, high octane action, houdini escape, harry houdini, maya (angelou|
civilization|temple|pyramid|ruins|girl|warrior|king|people|city|calendar|glyphs|goddess), maya culture, ancient maya,
arnold schwarzenegger, benedict arnold, corona beer, corona virus, coronavirus, solar corona, sun s corona,
corona of the sun, corona bottle, redshift galaxy, galaxy redshift, bryce canyon, bill bryce, maxwell house,
unreal tournament lan, ambient music, unreal feeling, lumen of light, poser, vector field, vector calculus,
disease vector, vector space, stencil on a wall, flat tire, flat tires, flat roof, flat screen, flat earth, flat land,
flat terrain, flat stone, flat stones, flat bread, flat cap, flat rock, flat hat, flat iron, flatiron building,
flat white, flat surface, flat plain, flat desert, flat nose, flat shoes, flat top, flat bottomed, flat pack, flat on,
the flat, a flat, cut flowers, figma balls, inkscape forest, instagram influencer taking, tiktok dancer,
facebook headquarters, twitter headquarters, youtube headquarters, pinterest headquarters, looking at instagram,
scrolling instagram, scrolling tiktok, scrolling through instagram, snapchat filter, news headline, tabloid newspaper,
reels of film, fishing reel, fishing reels, virginia reel, cover band, cover up, undercover, cover of darkness,
cover of night, under the cover of, under cover, manhole cover, cloud cover, snow cover, ground cover, duvet cover,
bed cover, pillow cover, seat cover, phone case on, menu in hand, holding a menu, looking at a menu, reading a menu,
sticker on (a|the|his|her), stickers on (a|the|his|her), covered in stickers, covered with stickers,
stickers all over, emoji movie, patch of (grass|land|flowers|sunlight|light|ice|snow|sky|blue|dirt|moss|mushrooms),
eye patch, patchwork, pumpkin patch, cabbage patch, vegetable patch, strawberry patch, elbow patch, elbow patches,
purple patch, coin toss, gold coin, coins, stage set on, panorama bar, panoramic window, panoramic windows,
panorama window, panoramic roof, panoramic sunroof, skyline r34, nissan skyline, skyline gt r, skyline gtr,
horizon chase, long shot of winning, long shot odds, mandala tattoo, mandala rug, sticker bomb, bumper sticker on,
yearbook committee, avatar the last airbender, avatar aang, avatar movie, avatar na vi, avatar korra,
james cameron s avatar, avatar the way of water, vishnu avatar, avatar of (vishnu|death|war|fire|chaos|nature|god|
destruction|darkness|light|the), profile view, in profile, side profile, full body armor, full body suit,
full body tattoo, full body massage, fullbody suit, full body hair, full length mirror, full length dress,
full length coat, full length gown, full length windows, whole body covered, upper body armor, bookmark in a book,
vogue dance, vogue dancing, vogue dancer, time magazine on, life magazine on, magazine stand, magazine rack,
magazine on, magazines on, magazine in, sports car magazine, museum gallery, lookbook on, infographic on a screen,
alpha male, raw meat, raw fish, raw food, raw material, raw power, raw emotion, raw emotions, raw egg, raw steak,
raw denim, raw concrete, raw salmon, raw beef, raw chicken, analog clock, analogue clock, analog watch, analog synth,
analog synthesizer, analog computer, analog tv, analog television, natural light bulb, natural habitat,
natural history museum, natural disaster, realistic doll, exposed aperture, lens of, contact lens, contact lenses,
camera lens, camera lenses, macro lens on, telephoto lens on, tripod, magnifying lens, flash flood, flash light,
flashlight, flash dance, flash mob, lightning flash, flash of lightning, bokeh cat name, film noir club, monet street,
klimt street, van gogh museum, munch museum, rembrandt square, vermeer museum, friedrich nietzsche, king friedrich,
raphael the ninja, leonardo the ninja, michelangelo the ninja, donatello ninja, hopper car, grain hopper,
space hopper, grass hopper, grasshopper, hopper plant, cole porter, church street, moran, franz ferdinand,
marc jacobs, turner hall, sargent pepper, sergeant, bosch drill, bosch washing machine, bosch tools, mucha street,
crumb on, bread crumb, cookie crumb, crumbs, spawn of, spawn point, salmon spawn, frog spawn, jock strap,
high school jock, sparth city, gigerl, lack of, bones of, pile of bones, madhouse in, hospital madhouse, sunrise over,
sunrise at, at sunrise, gonzo journalism, shaft of light, light shaft, elevator shaft, mine shaft, white fox in,
white foxes, arctic white fox, eva longoria, clamp on, lain down, drive thru, alien planet, stalker behind,
solaris plant, bleach bottle, blue whale, akira toriyama museum, fae lights shop, roland, harris, hydrant,
vallejo city, brom cone, froud hall, mint julep, 写真家, 写真館, 写真部, 写真立て, 写真を撮, 写真撮影, 写真を見,
証明写真機, フォトン, フォトグラファー, アニメーター, アニメショップ, 漫画家, 漫画を読, マンガを読, 漫画喫茶, 漫画本,
絵を描く, 絵を描いて, 絵画を見, 油絵を描, 画家, イラストレーター, ロゴス, プロゴルフ, プロゴルファー,
スケッチブックを持, 映画館, 映画監督, 映画を見, 看板娘, 広場, 正方形の(テーブル|窓|部屋|箱), ドット柄, 水玉ドット,
摄影师, 攝影師, 照相机, 照相機, 拍照片, 拍照, 看照片, 照片墙, 相框, 漫画店, 看漫画, 看动漫, 动漫展, 动漫迷, 油画家,
画油画, 画水彩, 插画师, 插畫師, 电影院, 電影院, 看电影, 看電影, 电影导演, 电影票, 广场,
方形(桌子|的桌子|窗户|盒子), 长方形, 長方形,,
quick and dirty (fight|brawl|street),
快餐, 快车, 快乐, 快樂, 海报墙, 书法家, 写书法, 文字游戏, 像素手机, 사진가, 사진작가, 사진사, 사진관, 사진첩,
사진을 찍, 사진 찍, 사진기, 사진을 보, 만화가, 만화방, 만화책을, 만화를 보, 만화를 읽, 애니메이터, 화가, 유화를 그리,
그림을 그리는, 영화관, 영화감독, 영화를 보, 로고스, 광장, 문구점, 빠른 자동차, 빠른 기차, fotografo, fotografa,
fotografos, pintor, pintora, camara de fotos, sacando fotos, tomando (fotos|una foto), haciendo (fotos|una foto),
leyendo un (comic|manga), plaza cuadrada, comida rapida, coche rapido, tren rapido, sala de cine, director de cine,
aceite de oliva, mesa cuadrada, photographe, appareil photo, prenant une photo, prend une photo, en train de peindre,
peintre, album photo, salle de cinema, restauration rapide, train rapide, voiture rapide, huile d olive,
lisant (une bd|un manga|une bande dessinee), place carree, table carree, puits de petrole, fotograf, fotografin,
fotografen, fotoapparat, fotoalbum, fotorahmen, macht ein foto, macht fotos, maler, malerin, ol lampe, ollampe,
kinosaal, schneller zug, schnelles auto, quadratischer tisch, liest (einen comic|ein manga|comics|mangas),
tirando (fotos|uma foto), maquina fotografica, carro rapido, trem rapido, mesa quadrada, lendo (um manga|uma hq|
quadrinhos|um gibi), azeite de oliva, sala de cinema, diretor de cinema, ilustrador, ilustradora, ilustrateur,
ilustratrice, illustratrice, dibujante, фотограф, фотографы, фотографа, фотоаппарат, фотоаппаратом, художник,
художница, кинотеатр, режиссер, быстрый поезд, быстрая машина, красная площадь, квадратный стол, читает (мангу|комикс|
комиксы), делает (фото|снимок|селфи), фотоальбом, масляная лампа
"""
"""Phrases that mean nothing; written as the tables of concepts are (`phrases.py`)."""

_SHOWN_IN_THE_SCENE = frozenset({
    "holding", "holds", "held", "reading", "reads", "carrying", "carries", "showing", "framed", "hanging", "hung",
    "near", "beside", "behind", "under", "against", "admiring", "buying", "selling", "stealing", "throwing",
    "tearing", "burning", "watching", "studying", "touching", "signing", "wearing", "collecting", "framing",
    "drawing", "painting", "sketching", "photographing", "shooting", "filming", "editing", "his", "her", "their",
})  # fmt: skip
_SHOWN_AFTER_TWO = frozenset({
    "looking_at", "looks_at", "stares_at", "staring_at", "gazing_at", "next_to", "front_of", "pile_of", "stack_of",
    "piles_of", "wall_of", "full_of", "covered_with", "covered_in", "surrounded_by", "working_on", "points_at",
    "pointing_at",
})  # fmt: skip
_DETERMINERS = frozenset({
    "a", "an", "the", "some", "old", "new", "small", "big", "large", "tiny", "huge", "his", "her", "their", "my",
    "its", "one", "two", "three",
})  # fmt: skip
_PICTURES = frozenset({
    "photo", "photograph", "painting", "poster", "portrait", "comic", "book", "manga", "logo", "icon", "banner",
    "cover", "sticker", "card", "sketch", "drawing", "illustration", "picture", "map", "postcard", "flyer", "menu",
    "print", "sculpture", "cartoon", "fresco", "mural", "canvas", "watercolor", "emblem", "camera", "newspaper",
    "magazine", "polaroid", "panorama", "wallpaper", "leica", "nikon", "canon", "hasselblad", "gameboy", "snes",
    "sprite", "iphone", "bookmark", "ticket", "stamp", "crest", "patch", "pin", "page", "comics", "figurine",
    "snapshot", "selfie",
})  # fmt: skip
_OWNED_BY = frozenset({
    "shop", "store", "convention", "exhibition", "museum", "club", "class", "fan", "fans", "festival", "booth",
    "album", "frame", "frames", "collector", "collection", "dealer", "critic", "lover", "student", "teacher",
    "lesson", "workshop", "supplies", "equipment", "editor", "director", "crew", "artist", "seller",
    "vendor", "stand", "wall", "walls", "stall", "mug", "shirt", "jacket", "hoodie", "bag", "backpack", "phone",
    "case", "magnet", "set", "kit", "palette", "brushes",
})  # fmt: skip
_AFTER_A_POSITION = frozenset({
    "on", "hanging", "above", "hung", "pinned", "taped", "lying", "leaning", "next", "near", "beside", "behind",
})  # fmt: skip
_ON_THE_WALL = re.compile(
    r"\b(?:on|above|over) (?:the|a|his|her|their) (?:wall|fridge|fireplace|mantel|desk|easel|bed|couch)\b"
)
_AWAY = frozenset({
    "wall", "walls", "table", "desk", "floor", "shelf", "easel", "fridge", "door", "bed", "fireplace", "mantel",
    "window", "background", "hand", "hands",
})  # fmt: skip


def is_thing_of_the_scene(words: Words, start: int, end: int) -> bool:
    """Return whether a phrase names a thing in the scene, as in "holding an old photo", "a painting on the wall".

    Args:
        words: the words of the prompt.
        start: index of the phrase's first word.
        end: index after its last word.
    """
    texts, part_start, part_end = words.texts, words.part_starts[start], words.part_ends[start]
    after = texts[end] if end < part_end else ""
    if after in _OWNED_BY:
        return True
    last = texts[end - 1] if texts[end - 1] != "of" else texts[end - 2]
    if last not in _PICTURES and last.removesuffix("s") not in _PICTURES:
        return False
    before = start - 1
    while before >= max(part_start, start - 3) and texts[before] in _DETERMINERS:
        if texts[before] in _SHOWN_IN_THE_SCENE:
            return True
        before -= 1
    if before >= part_start and texts[before] in _SHOWN_IN_THE_SCENE:
        return True
    if before > part_start and f"{texts[before - 1]}_{texts[before]}" in _SHOWN_AFTER_TWO:
        return True
    if after in _AFTER_A_POSITION and not _AWAY.isdisjoint(texts[end : min(end + 5, part_end)]):
        return True
    # "a painting of a corgi on the wall"
    rest = " ".join(texts[end : min(end + 8, part_end)])
    return _ON_THE_WALL.search(rest) is not None
