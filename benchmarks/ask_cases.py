# ruff: noqa: E501 (prompts stand on one line, as they are typed)
"""The asks: prompts as people type them, and what must be so in what is written for each.

They were written without a look at the lists of words that the product reads with. Where several installed models
would do, all of them are right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ask_checks import (
    FEW_STEPS,
    IN_DETAIL,
    NATIVE,
    NOT_ENLARGED,
    NOTHING_NOTED,
    QUICK,
    REGIONS,
    SQUARE,
    TALL,
    VERY_WIDE,
    WIDE,
    Check,
    batch,
    cfg,
    clip_skip,
    enlarged,
    family,
    lora,
    main_model,
    negative,
    negative_or_text,
    no_lora,
    no_negative,
    no_text,
    not_main_model,
    not_ratio,
    noted,
    ratio,
    restyled,
    sampler,
    scheduler,
    seed,
    size,
    steps,
    text,
    upscaler,
)


@dataclass(frozen=True)
class Ask:
    """A prompt and what it asks for.

    Attributes:
        installation: a name in `ask_installations.INSTALLATIONS`.
        kind: what it asks for, in a word or two.
        prompt: the prompt.
        checks: what must be so in the workflow; all of it, or the ask is not met.
    """

    installation: str
    kind: str
    prompt: str
    checks: tuple[Check, ...]


Case = tuple[str, list[Check]]

# Models of the studio that a person with these files would take.
MODERN = main_model("flux1", "z_image", "qwen_image")
GENERAL = not_main_model("waiIllustrious", "pony")
PHOTO = main_model("juggernaut", "realisticVision", "flux1", "z_image", "qwen_image")
ANIME = main_model("waiIllustrious", "pony")
DRAWN = main_model("waiIllustrious", "pony", "dreamshaper", "sd_xl_base", "flux1", "z_image", "qwen_image")
PAINTED = main_model("dreamshaper", "sd_xl_base", "flux1", "z_image", "qwen_image")
RENDERED = main_model("dreamshaper", "sd_xl_base", "juggernaut", "flux1", "z_image", "qwen_image")
READS = main_model("z_image", "qwen_image")
WRITES = main_model("flux1", "z_image", "qwen_image")
PHOTOGRAPHED = [PHOTO, no_negative("photo", "photorealistic", "realistic"), no_lora("film", "pixel")]
PIXELS = [lora("pixel-art-xl"), family("sdxl"), no_lora("film", "detail")]

STUDIO: dict[str, list[Case]] = {
    "named model": [
        ("a fox in the snow, use flux", [main_model("flux1"), text("fox"), no_text("flux")]),
        ("portrait of an old fisherman, with juggernaut xl", [main_model("juggernaut"), no_text("juggernaut")]),
        ("dreamshaper 8: a dragon asleep on a pile of coins", [main_model("dreamshaper_8"), text("dragon")]),
        ("(realistic vision) street market in Lima at dusk", [main_model("realisticVision"), text("market")]),
        ("a lighthouse in a storm using Z-Image Turbo", [main_model("z_image"), no_text("z-image")]),
        ("make it with qwen image: a tea house on a cliff", [main_model("qwen_image"), no_text("qwen")]),
        ("a robot gardener. model: dreamshaperXL lightning", [main_model("dreamshaperXL"), text("robot gardener")]),
        ("girl with a red umbrella, use the WAI checkpoint", [main_model("waiIllustrious"), text("red umbrella")]),
        ("sd_xl_base_1.0.safetensors, a bowl of ramen", [main_model("sd_xl_base"), no_text("safetensors")]),
    ],
    "named family": [
        ("an astronaut playing chess, sdxl", [family("sdxl"), GENERAL, text("astronaut"), no_text("sdxl")]),
        ("use SD 1.5 for this one, a wooden bridge in fog", [family("sd15"), text("bridge"), no_text("1.5")]),
        ("a hummingbird, use an SDXL model", [family("sdxl"), GENERAL, no_text("sdxl")]),
        ("made with stable diffusion xl: an abandoned greenhouse", [family("sdxl"), GENERAL, text("greenhouse")]),
        ("a pony model please, a knight on a hill", [main_model("pony"), text("knight")]),
        ("an illustrious checkpoint, a witch with a broom", [main_model("waiIllustrious"), text("witch")]),
        ("a bakery window, sd1.5", [family("sd15"), NATIVE]),
    ],
    "named LoRA": [
        ("a castle by a river, with my pixel art lora", [lora("pixel-art-xl"), family("sdxl"), no_text("my pixel")]),
        ("an old harbour, use the film photography lora", [lora("film_photography"), family("sdxl")]),
        ("a clockwork owl, add detail xl lora", [lora("add-detail-xl"), family("sdxl"), text("owl")]),
        ("use lora add-detail-xl at 0.5, a mossy ruin", [lora("add-detail-xl", 0.5), text("ruin")]),
        (
            "juggernaut with the film photography lora, a diner at night",
            [main_model("juggernaut"), lora("film_photography")],
        ),
        (
            "both the add detail and the film photography loras, a train station",
            [lora("add-detail-xl"), lora("film_photography")],
        ),
    ],
    "LoRA tag": [
        ("a mountain village <lora:add-detail-xl:0.8>", [lora("add-detail-xl", 0.8), no_text("<lora", "0.8")]),
        ("<lora:pixel-art-xl:1> a slime in a dungeon", [lora("pixel-art-xl", 1.0), no_text("<lora")]),
        ("a jazz singer <lora:film_photography_xl:0.65>, smoke", [lora("film_photography", 0.65), no_text("<lora")]),
        (
            "a mill <lora:add-detail-xl:0.4> <lora:film_photography_xl:0.6>",
            [lora("add-detail", 0.4), lora("film", 0.6), no_text("<lora")],
        ),
        ("juggernautXL, a mill at dawn, <lora:add-detail-xl:1.2>", [main_model("juggernaut"), lora("add-detail", 1.2)]),
        ("a tiger <lora:fur_master_v3:0.7>", [noted("fur_master"), no_text("<lora"), text("tiger")]),
    ],
    "exact size": [
        ("a fox in the snow, 1920x1080", [size(1920, 1080), NATIVE, no_text("1920")]),
        ("832x1216 portrait of a queen", [size(832, 1216), no_text("832")]),
        ("a library, 1344 x 768", [size(1344, 768), text("library")]),
        ("harbour at dawn 1024 × 1536", [size(1024, 1536), no_text("1024")]),
        ("a forest path, 1152 by 896 pixels", [size(1152, 896), no_text("pixels")]),
        ("2048x2048 mandala", [size(2048, 2048), NATIVE]),
        ("a poster of a rocket, width 896 height 1152", [size(896, 1152)]),
        ("use sdxl, a waterfall, 1216*832", [family("sdxl"), size(1216, 832)]),
        ("512x768, girl reading under a tree, dreamshaper 8", [main_model("dreamshaper_8"), size(512, 768)]),
        ("phone wallpaper of a nebula, 1080x2400", [ratio(1080, 2400), TALL]),
    ],
    "exact ratio": [
        ("a fox in the snow, 16:9", [ratio(16, 9), NATIVE, no_text("16:9")]),
        ("--ar 3:4 a ballerina tying her shoes", [ratio(3, 4), no_text("--ar")]),
        ("a canyon at sunset --ar 21:9", [ratio(21, 9), no_text("--ar", "21:9")]),
        ("a perfume bottle, aspect ratio 4:5", [ratio(4, 5), no_text("4:5", "aspect")]),
        ("tokyo alley in the rain, 9:16", [ratio(9, 16), text("alley")]),
        ("an apple on a table, 1:1", [ratio(1, 1)]),
        ("a sailing ship, 3:2 format", [ratio(3, 2), no_text("3:2")]),
        ("in 2:3, a samurai under a maple tree", [ratio(2, 3), text("samurai")]),
        ("wolves on a ridge, juggernaut xl, 16x9", [main_model("juggernaut"), ratio(16, 9)]),
    ],
    "tall": [
        ("a lighthouse, portrait orientation", [TALL, text("lighthouse")]),
        ("phone wallpaper of a koi pond", [TALL]),
        ("book cover for a mystery novel, a house on a moor", [TALL]),
        ("movie poster of a heist in Venice", [TALL]),
        ("vertical picture of a waterfall", [TALL, text("waterfall")]),
        ("instagram story of a coffee shop opening", [TALL]),
        ("full body shot of a knight in rusty armor, tall format", [TALL, text("knight")]),
        ("a tarot card, the moon", [TALL]),
    ],
    "wide": [
        ("a desert highway, landscape orientation", [WIDE]),
        ("desktop wallpaper, misty pine forest", [WIDE]),
        ("wide cinematic, 21:9, 8k wallpaper of a spaceship graveyard", [VERY_WIDE, NATIVE]),
        ("youtube thumbnail, a chef surprised by a lobster", [WIDE]),
        ("panorama of the alps in autumn", [WIDE]),
        ("website banner for a flower shop", [WIDE]),
        ("an establishing shot of a ruined city, widescreen", [WIDE]),
        ("horizontal format, two horses by a fence", [WIDE, text("horses")]),
    ],
    "square": [
        ("square picture of a teapot", [SQUARE]),
        ("album cover, neon jellyfish", [SQUARE]),
        ("profile picture of a pug in a bow tie", [SQUARE]),
        ("instagram post of a lemon tart, square format", [SQUARE]),
        ("app icon of a paper plane", [SQUARE]),
    ],
    "photo": [
        ("photo of an elderly woman laughing", PHOTOGRAPHED),
        (
            "35mm film photograph, a gas station at night",
            [main_model("juggernaut", "realisticVision", "flux1", "z_image", "qwen_image", "sd_xl_base")],
        ),
        (
            "candid shot of kids running through a sprinkler, shot on Canon EOS R5, 85mm f/1.4",
            PHOTOGRAPHED,
        ),
        ("product photography of a wristwatch on slate", PHOTOGRAPHED),
        ("RAW photo, a bearded sailor, natural light", PHOTOGRAPHED),
        ("macro photograph of a bee on lavender, bokeh", PHOTOGRAPHED),
        (
            "polaroid of a birthday party in 1983",
            [main_model("juggernaut", "realisticVision", "flux1", "z_image", "qwen_image", "sd_xl_base")],
        ),
        ("photorealistic living room with a green sofa", PHOTOGRAPHED),
        ("long exposure of a highway, nikon d850", PHOTOGRAPHED),
        ("a documentary photograph of a coal miner", PHOTOGRAPHED),
    ],
    "anime": [
        ("anime girl with silver hair in the rain", [ANIME, no_negative("anime", "cartoon", "drawing")]),
        ("a swordsman in the style of a shonen anime", [ANIME, no_negative("anime", "cartoon", "drawing")]),
        (
            "1girl, solo, school uniform, cherry blossoms, looking at viewer",
            [ANIME, no_negative("anime", "cartoon", "drawing")],
        ),
        (
            "studio ghibli style meadow with a small house",
            [main_model("waiIllustrious", "pony", "dreamshaper", "flux1", "z_image", "qwen_image")],
        ),
        ("cel shaded anime key visual, two pilots and a mecha", [ANIME, no_negative("anime", "cartoon", "drawing")]),
        ("manga style catgirl barista", [ANIME, no_negative("anime", "cartoon", "drawing")]),
        ("waifu with twin tails holding a parfait", [ANIME, no_negative("anime", "cartoon", "drawing")]),
        ("visual novel character sprite, shy librarian", [ANIME, no_negative("anime", "cartoon", "drawing")]),
    ],
    "pixel art": [
        ("pixel art of a knight fighting a dragon", [*PIXELS]),
        ("16-bit sprite of a wizard", [*PIXELS]),
        ("8bit game screenshot, a forest level", [*PIXELS]),
        ("a ramen shop, snes style pixelart", [*PIXELS]),
        ("an isometric pixel art cottage", [*PIXELS]),
        ("retro gameboy rpg town", [*PIXELS]),
    ],
    "painting": [
        ("oil painting of a stormy sea", [PAINTED, no_negative("painting", "watercolor", "drawing")]),
        ("a watercolor of a cat on a windowsill", [PAINTED, no_negative("painting", "watercolor", "drawing")]),
        ("impressionist garden in the style of Monet", [PAINTED, no_negative("painting", "watercolor", "drawing")]),
        ("gouache landscape, rolling hills", [PAINTED, no_negative("painting", "watercolor", "drawing")]),
        (
            "a baroque still life with a skull, chiaroscuro, oil on canvas",
            [PAINTED, no_negative("painting", "watercolor", "drawing")],
        ),
        (
            "acrylic painting, thick brush strokes, sunflowers",
            [PAINTED, no_negative("painting", "watercolor", "drawing")],
        ),
        ("ukiyo-e woodblock of a carp", [PAINTED, no_negative("painting", "watercolor", "drawing")]),
    ],
    "3D render": [
        ("3d render of a cute robot, octane", [RENDERED, no_negative("3d render", "3d", "cgi", "render")]),
        ("blender render, isometric kitchen", [RENDERED, no_negative("3d render", "3d", "cgi", "render")]),
        ("pixar style 3d character of a nervous snail", [RENDERED, no_negative("3d render", "3d", "cgi", "render")]),
        ("unreal engine 5 scene of a canyon city", [RENDERED, no_negative("3d render", "3d", "cgi", "render")]),
        ("claymation hedgehog eating a strawberry", [RENDERED, no_negative("3d render", "3d", "cgi", "render")]),
        ("low poly mountain diorama", [RENDERED, no_negative("3d render", "3d", "cgi", "render")]),
    ],
    "comic and illustration": [
        (
            "comic book panel of a detective in the rain, bold inks",
            [DRAWN, no_negative("drawing", "illustration", "cartoon", "comic")],
        ),
        (
            "children's book illustration of a mouse in a boat",
            [DRAWN, no_negative("drawing", "illustration", "cartoon", "comic")],
        ),
        ("flat vector illustration of a bicycle", [DRAWN, no_negative("drawing", "illustration", "cartoon", "comic")]),
        (
            "graphic novel page, a heist, halftone dots",
            [DRAWN, no_negative("drawing", "illustration", "cartoon", "comic")],
        ),
        ("line art of a dragon, coloring page", [DRAWN, no_negative("drawing", "illustration", "cartoon", "comic")]),
        ("concept art of a swamp temple, environment design", [PAINTED]),
        ("a fantasy illustration of an elven archer", [PAINTED]),
    ],
    "lettering": [
        ('a neon sign that says "OPEN LATE"', [WRITES, no_negative("text", "letters", "words"), text("open late")]),
        (
            "logo with lettering for a bakery called Flour & Salt",
            [WRITES, no_negative("text", "letters", "words"), text("flour & salt")],
        ),
        (
            "poster with the text 'Jazz Night' above a saxophone",
            [WRITES, no_negative("text", "letters", "words"), text("jazz night")],
        ),
        (
            "birthday card reading Happy 40th, Ana!",
            [WRITES, no_negative("text", "letters", "words"), text("happy 40th")],
        ),
        ("typography, the word CALM made of clouds", [WRITES, no_negative("text", "letters", "words"), text("calm")]),
        ("a storefront with a sign saying 'Books'", [WRITES, no_negative("text", "letters", "words"), text("books")]),
        (
            't-shirt design with the slogan "born to nap"',
            [WRITES, no_negative("text", "letters", "words"), text("born to nap")],
        ),
    ],
    "quick": [
        ("draft, fast preview of a castle", [QUICK]),
        ("a quick sketch idea of a hot air balloon, just a rough preview", [QUICK]),
        ("fast: a red car in a tunnel", [QUICK]),
        ("speedy low quality test of a lamp", [QUICK]),
        ("as fast as possible, a cactus in a pot", [QUICK]),
        ("just a thumbnail test, a viking longship", [QUICK]),
    ],
    "detailed": [
        ("highly detailed, best quality, a cathedral interior", [IN_DETAIL]),
        ("ultra detailed 8k print of a beetle", [IN_DETAIL]),
        ("high resolution, intricate details, an ornate pocket watch", [IN_DETAIL]),
        ("take your time, maximum quality: a whale above a city", [IN_DETAIL]),
        ("for a large print, very sharp, a mountain lake", [IN_DETAIL]),
        ("hires fix please, a bustling bazaar", [IN_DETAIL]),
        ("final quality render of a forest shrine, extremely detailed", [IN_DETAIL]),
    ],
    "steps": [
        ("a fox in the snow, 12 steps", [steps(12), no_text("12 steps")]),
        ("a barn, sdxl, 40 steps", [steps(40), family("sdxl"), no_text("40")]),
        ("steps: 33, a glass of water", [steps(33), no_text("33")]),
        ("a waterlily --steps 25", [steps(25), no_text("--steps")]),
        ("use 18 sampling steps, a bridge, flux", [steps(18), main_model("flux1")]),
        ("flower market with twenty steps", [steps(20)]),
    ],
    "cfg": [
        ("a barn, sdxl, cfg 5", [cfg(5), no_text("cfg")]),
        ("juggernaut, a race car, cfg scale 4.5", [cfg(4.5), no_text("cfg")]),
        ("an orchid, guidance 3, use flux", [cfg(3), main_model("flux1"), no_text("guidance")]),
        ("a vase --cfg 6", [cfg(6), no_text("--cfg")]),
        ("realistic vision, a potter at work, CFG: 7", [cfg(7), main_model("realisticVision")]),
    ],
    "sampler": [
        ("a barn, sdxl, euler ancestral", [sampler("euler_ancestral"), no_text("ancestral")]),
        ("a viaduct, juggernaut xl, dpm++ 2m karras", [sampler("dpmpp_2m", "karras"), no_text("dpm")]),
        ("a heron, sampler: dpmpp_2m_sde, scheduler: karras, sdxl", [sampler("dpmpp_2m_sde", "karras")]),
        ("dreamshaper 8, an oak, with the ddim sampler", [sampler("ddim"), no_text("ddim")]),
        ("a tram in Lisbon, use uni_pc, sdxl", [sampler("uni_pc"), no_text("uni_pc")]),
        ("an owl, sdxl, exponential scheduler", [scheduler("exponential"), no_text("scheduler")]),
        ("a well, sdxl, sampler Euler a", [sampler("euler_ancestral")]),
    ],
    "batch": [
        ("a fox in the snow, batch of 4", [batch(4), no_text("batch")]),
        ("four variations of a paper crane", [batch(4), text("paper crane")]),
        ("give me 3 images of a cabin", [batch(3), text("cabin"), no_text("give me")]),
        ("batch size 2, a coral reef", [batch(2), no_text("batch")]),
        ("6 different versions of a mascot beaver", [batch(6), text("beaver")]),
    ],
    "seed": [
        ("a barn owl, seed 1234", [seed(1234), no_text("1234")]),
        ("a fountain --seed 77", [seed(77), no_text("--seed")]),
        ("seed: 4242424242, a desert rose", [seed(4242424242), no_text("4242")]),
    ],
    "negative text": [
        ("a park --no people, cars", [negative("people", "cars"), no_text("--no", "cars")]),
        ("a kitchen, sdxl. negative prompt: blurry, clutter", [negative("blurry", "clutter"), no_text("blurry")]),
        ("a beach at noon without any people", [negative_or_text("people", "without any people")]),
        ("juggernaut, a street, negative: text, watermark", [negative("watermark"), no_text("watermark")]),
        ("no text, no watermark, a cliff house, sdxl", [negative("text", "watermark"), text("cliff house")]),
    ],
    "pasted block": [
        (
            "portrait of a druid, moss\nNegative prompt: blurry, lowres\nSteps: 28, Sampler: DPM++ 2M Karras, "
            "CFG scale: 6, Seed: 99, Size: 832x1216, Model hash: abc123, Model: juggernautXL_ragnarokBy",
            [
                steps(28),
                cfg(6),
                sampler("dpmpp_2m", "karras"),
                size(832, 1216),
                seed(99),
                negative("lowres"),
                main_model("juggernaut"),
                no_text("steps", "hash", "lowres"),
            ],
        ),
        (
            "masterpiece, 1girl, lighthouse keeper\nNegative prompt: worst quality\nSteps: 24, Sampler: Euler a, "
            "CFG scale: 5, Size: 896x1152, Clip skip: 2",
            [steps(24), cfg(5), sampler("euler_ancestral"), size(896, 1152), clip_skip(2), negative("worst quality")],
        ),
        (
            "a glass frog <lora:add-detail-xl:0.6>\nSteps: 20, Sampler: DPM++ SDE Karras, CFG scale: 3, Size: 1024x1024",
            [steps(20), cfg(3), sampler("dpmpp_sde", "karras"), size(1024, 1024), lora("add-detail", 0.6)],
        ),
        (
            "a moth, Steps: 30, Sampler: UniPC, Schedule type: Karras, CFG scale: 7, Size: 512x768, Model: dreamshaper_8",
            [steps(30), cfg(7), sampler("uni_pc", "karras"), size(512, 768), main_model("dreamshaper_8")],
        ),
        (
            "city gate\nNegative prompt: fog\nSteps: 25, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 5.5, "
            "Seed: 7, Size: 832x1216, Denoising strength: 0.4, Hires upscale: 2, Hires upscaler: 4x-UltraSharp",
            [steps(25), cfg(5.5), sampler("dpmpp_2m", "karras"), enlarged(2), negative("fog")],
        ),
    ],
    "enlargement": [
        ("a snow leopard, upscale it", [enlarged(), NATIVE, no_text("upscale")]),
        ("a fortress, no upscaling", [NOT_ENLARGED, no_text("upscal")]),
        (
            "use juggernaut XL, 1344x768, upscale 4x with UltraSharp, a train",
            [main_model("juggernaut"), enlarged(4), upscaler("UltraSharp"), text("train"), no_text("upscale", "ultra")],
        ),
        ("a mask, upscaled 2x", [enlarged(2), NATIVE, no_text("2x")]),
        ("a bronze statue, sdxl, enlarge by a factor of 1.5", [enlarged(1.5), NATIVE, no_text("1.5")]),
        ("a meadow, don't upscale", [NOT_ENLARGED, no_text("upscale")]),
        ("a tortoise, x2 upscale with 4x-UltraSharp", [enlarged(2), NATIVE, upscaler("UltraSharp")]),
        ("owl portrait, double the resolution at the end", [enlarged(2), NATIVE]),
    ],
    "orders": [
        (
            "Generate an image of a heron in a marsh. The result should be a high-quality image.",
            [text("heron in a marsh"), no_text("generate", "result should")],
        ),
        ("make me a picture of a tired clown on a bus", [text("tired clown on a bus"), no_text("make me")]),
        (
            "first generate a chapel in a wheat field, then upscale it by 2x",
            [text("chapel"), enlarged(2), no_text("upscale", "then")],
        ),
        (
            "Please create a photo of a street cat. Use SDXL. Make it 1216x832.",
            [family("sdxl"), size(1216, 832), no_text("please", "use sdxl", "make it")],
        ),
        (
            "I want you to draw an anime boy with a kite, and upscale the result",
            [ANIME, enlarged(), no_text("i want", "upscale")],
        ),
        ("Can you generate 2 pictures of a lighthouse with flux?", [batch(2), main_model("flux1"), no_text("can you")]),
        ("Create a workflow that makes a watercolor of a barn and upscales it 2x", [enlarged(2), no_text("workflow")]),
        (
            "i need a logo for my dog grooming business, it's called Wet Paws",
            [WRITES, text("wet paws"), no_text("i need")],
        ),
        ("show me what a city on Mars could look like, wide", [WIDE, text("city on mars"), no_text("show me")]),
    ],
    "passes and regions": [
        ("a castle on a hill, then turn it into an oil painting", [restyled("oil painting")]),
        ("first a photo of a harbour, then restyle it as a watercolor", [restyled("watercolor")]),
        ("a red fox in the left half and a white owl in the right half", [REGIONS, text("fox", "owl")]),
        ("on the left a lighthouse, on the right a sailing ship", [REGIONS, text("lighthouse", "ship")]),
        ('a mountain lake with the title "Silent North" at the top', [WRITES, text("silent north")]),
        ("generate a robot portrait and then make it look like a pencil drawing", [restyled("pencil")]),
    ],
    "dialect": [
        ("score_9, score_8_up, score_7_up, a centaur archer", [main_model("pony"), text("score_9"), clip_skip(2)]),
        (
            "score_9, score_8_up, rating_safe, source_cartoon, a bear baker",
            [main_model("pony"), text("source_cartoon")],
        ),
        ("pony diffusion, a fox merchant", [main_model("pony"), text("score_9", "fox merchant")]),
        ("masterpiece, best quality, amazing quality, 1boy, armor, night", [main_model("waiIllustrious")]),
        ("wai illustrious, a girl feeding pigeons", [main_model("waiIllustrious"), text("masterpiece")]),
        ("flux, an astronaut in a laundromat", [main_model("flux1"), no_text("masterpiece", "score_9")]),
        ("qwen image, a quiet pond", [main_model("qwen_image"), no_text("masterpiece", "score_9")]),
        ("juggernaut xl, a violin maker", [main_model("juggernaut"), no_text("score_9", "1girl")]),
        ("z-image, a bus stop in the rain", [main_model("z_image"), no_text("masterpiece", "score_9")]),
    ],
    "trigger words": [
        ("a canal with a boat, film photography lora", [lora("film_photography"), text("flmphoto style")]),
        (
            "a baker, analog film look, sdxl, use the film photography lora",
            [lora("film_photography"), text("flmphoto style")],
        ),
        ("a treasure chest, use my pixel art lora", [lora("pixel-art-xl"), text("pixel art")]),
        ("<lora:film_photography_xl:0.8> a diner at midnight", [lora("film", 0.8), text("flmphoto style")]),
        ("a fern, juggernaut xl", [no_text("flmphoto", "pixel art")]),
    ],
    "languages": [
        ("雪の中の狐、アニメ風", [READS]),
        ("縦長の灯台の写真", [PHOTO, TALL]),
        ("ドット絵の騎士", [READS]),
        ("一只在雪地里的狐狸,照片,16:9", [PHOTO, ratio(16, 9)]),
        ("水墨画,山和瀑布,竖版", [PAINTED, TALL]),
        ("像素风格的小镇", [READS]),
        ("눈 속의 여우, 빠른 미리보기", [QUICK]),
        ("애니메이션 스타일의 소녀", [READS]),
        ("가로로 긴 사막 풍경 사진", [PHOTO, WIDE]),
        ("foto de un pescador viejo, formato vertical", [PHOTO, TALL]),
        ('un cartel con el texto "Feria de Abril"', [WRITES, text("feria de abril")]),
        ("pintura al óleo de un barco, cuadrada", [PAINTED, SQUARE]),
        ("photographie d'un renard dans la neige, format paysage", [PHOTO, WIDE]),
        ("aquarelle d'un chat, très détaillée", [PAINTED, IN_DETAIL]),
        ("Foto von einem alten Leuchtturm im Hochformat", [PHOTO, TALL]),
        ("ein Ölgemälde von einem Hafen, Querformat, benutze sdxl", [family("sdxl"), WIDE]),
        ("Entwurf, schnell: ein Ritter auf einem Huhn", [QUICK]),
        ("pintura a óleo de um farol, formato quadrado", [PAINTED, SQUARE]),
        ("garota de anime com cabelo azul", [ANIME]),
        ("фото старого маяка, вертикальный формат", [PHOTO, TALL]),
        ("аниме девушка под дождём", [ANIME]),
        ("пиксель-арт замок", [lora("pixel-art-xl")]),
    ],
    "impossible": [
        ("a video of a fox running", [noted("video")]),
        ("make a 5 second clip of waves crashing", [noted("video", "clip")]),
        ("edit my photo so that the sky is purple", [noted("edit", "picture of yours", "photo")]),
        ("animate a candle flame as a gif", [noted("video", "anim", "gif")]),
        ("remove the background from my picture", [noted("edit", "picture", "background")]),
        ("make a 3d model of a chair as an obj file", [noted("3d", "obj")]),
    ],
    "not installed": [
        ("a falcon, use Hunyuan Image 3", [noted("hunyuan"), text("falcon"), no_text("hunyuan")]),
        ("a goat on a roof, with epicRealism", [noted("epicrealism"), no_text("epicrealism")]),
        ("a pier, use the stained glass lora", [noted("stained glass"), text("pier")]),
        ("use sd3.5 large, a paper lantern", [noted("sd3", "3.5"), text("lantern")]),
        ("a violin, upscale with 4x_NMKD-Siax", [noted("siax"), enlarged()]),
        ("a moose, use midjourney v6", [noted("midjourney"), text("moose")]),
    ],
    "nothing asked": [
        ("a fox in the snow", [MODERN, NATIVE, no_lora(), NOTHING_NOTED, text("a fox in the snow")]),
        ("three friends around a campfire", [MODERN, NATIVE, no_lora(), NOTHING_NOTED]),
        ("an old man feeding pigeons in a park while it rains", [MODERN, NATIVE, no_lora(), NOTHING_NOTED]),
        ("cat", [MODERN, NATIVE, no_lora(), NOTHING_NOTED]),
        ("a blue cube on top of a red sphere", [MODERN, NATIVE, no_lora(), NOTHING_NOTED]),
        ("a wizard's cluttered desk with a sleeping ferret", [MODERN, NATIVE, no_lora(), NOTHING_NOTED]),
        ("two zebras and a yellow bus", [MODERN, NATIVE, no_lora(), NOTHING_NOTED]),
    ],
    "look-alikes": [
        ("fans celebrating a 2:1 victory", [text("2:1 victory"), not_ratio(2, 1)]),
        ("pilgrims on the steps of a temple", [text("steps of a temple"), NATIVE]),
        ("oil painting of a photographer with a tripod", [PAINTED, text("photographer")]),
        ("a quick brown fox jumps over a lazy dog", [text("quick brown fox"), NATIVE]),
        ("a batch of 4 muffins cooling on a rack", [text("batch of 4 muffins"), batch(1)]),
        ("a flux of glowing particles in a void", [text("flux of glowing particles")]),
        ("a juggernaut smashing through a wall", [text("juggernaut smashing")]),
        ("a girl riding a pony on the beach", [text("pony"), not_main_model("ponyDiffusion")]),
        ("12 steps lead down to a cellar", [text("12 steps lead")]),
        ("a bride at 12:30 by the town clock", [text("12:30"), NATIVE]),
        ("a detailed-oriented accountant at his desk", [text("accountant"), NOTHING_NOTED]),
        ("packets of seeds, 24 of them, on a potting table", [text("seeds", "24"), batch(1)]),
        ("a model walking down the runway in a red dress", [text("model walking down the runway"), NOTHING_NOTED]),
        ("a (red:1.3) balloon over a grey city", [text("(red:1.3) balloon")]),
        ("a video game store in 1995", [text("video game store"), NOTHING_NOTED]),
        ("young blonde boy fantasy thief, anime style", [ANIME, text("anime style"), NOTHING_NOTED]),
        ("concept art of a modern office, behance, watercolor", [PAINTED, text("watercolor"), NOTHING_NOTED]),
        ("a man editing a photo on his laptop", [text("editing a photo"), NOTHING_NOTED]),
    ],
}

STARTER: dict[str, list[Case]] = {
    "named LoRA": [
        ("a deer in a forest, papercut lora", [lora("papercut"), text("papercut"), text("deer")]),
        ("a kiosk, detail tweaker at 0.5", [lora("detail-tweaker", 0.5), no_text("tweaker")]),
    ],
    "comic and illustration": [("children's book illustration of a mouse in a boat", [no_lora("papercut")])],
    "trigger words": [
        ("papercut style, a whale under the moon", [lora("papercut"), text("papercut")]),
    ],
    "LoRA tag": [("a deer <lora:papercut:0.7>", [lora("papercut", 0.7), no_text("<lora")])],
    "exact size": [
        ("a bowl of cherries, 1152x896", [size(1152, 896)]),
        ("a bowl of cherries, 1920x1088", [size(1920, 1088), NATIVE]),
    ],
    "exact ratio": [
        ("a dune, 16:9", [ratio(16, 9), NATIVE]),
        ("a street lamp --ar 2:3", [ratio(2, 3), no_text("--ar")]),
    ],
    "tall": [("a bookmark with ferns, vertical", [TALL]), ("poster of a rocket launch", [TALL])],
    "wide": [("a facebook cover photo of a vineyard", [WIDE]), ("a wide landscape of rice terraces", [WIDE])],
    "square": [("a square tile with a blue pattern", [SQUARE])],
    "quick": [("quick test, an acorn", [FEW_STEPS])],
    "detailed": [("an acorn, extremely detailed, high quality", [IN_DETAIL])],
    "steps": [("an acorn, 35 steps", [steps(35)])],
    "cfg": [("an acorn, cfg 8", [cfg(8)])],
    "sampler": [("an acorn, dpm++ 3m sde exponential", [sampler("dpmpp_3m_sde", "exponential")])],
    "batch": [("an acorn, 2 images", [batch(2), text("acorn"), no_text("2 images")])],
    "negative text": [("an acorn, negative prompt: leaves", [negative("leaves"), no_text("leaves")])],
    "enlargement": [
        ("an acorn, upscale 2x", [enlarged(2)]),
        ("an acorn, don't enlarge it", [NOT_ENLARGED]),
    ],
    "not installed": [
        ("an acorn, use flux", [noted("flux"), text("acorn"), no_text("flux")]),
        ("an acorn, juggernaut xl", [noted("juggernaut"), text("acorn")]),
        ("an acorn <lora:add-detail-xl:0.8>", [noted("add-detail"), no_text("<lora")]),
    ],
    "nothing asked": [
        ("a kite over a field", [NATIVE, no_lora("papercut"), NOTHING_NOTED]),
        ("a bowl of soup next to a window", [NATIVE, no_lora("papercut"), NOTHING_NOTED]),
    ],
    "look-alikes": [("a stack of cut paper on a desk", [no_lora("papercut"), text("cut paper")])],
}

COLLECTION: dict[str, list[Case]] = {
    "photo": [
        ("photo of a butcher in his shop", [main_model("mix_final")]),
        ("a portrait photograph, window light", [main_model("mix_final")]),
        ("street photography, a woman with a suitcase", [main_model("mix_final")]),
    ],
    "anime": [("anime boy with a sword", [main_model("animagine", "noobai", "counterfeit")])],
    "named model": [
        ("animagine, 1girl, umbrella", [main_model("animagine")]),
        ("counterfeit v3, a shrine maiden", [main_model("counterfeit")]),
        ("use streetlight photoreal, a plumber", [main_model("mix_final")]),
    ],
    "named LoRA": [
        ("a lake, with my watercolor lora", [lora("lora_000012"), text("wtrclr style")]),
        ("a knight, use the 16-bit sprites lora", [lora("xl_step9000"), text("sprite16 style")]),
    ],
    "pixel art": [("pixel art of a potion shop", [lora("xl_step9000"), text("sprite16 style")])],
    "painting": [("a watercolor painting of a heron", [lora("lora_000012"), text("wtrclr style")])],
    "dialect": [
        ("noobai, a girl with a lantern", [main_model("noobai"), text("masterpiece")]),
        ("animagine xl, a girl with a lantern", [main_model("animagine"), text("masterpiece")]),
        ("counterfeit, a girl with a lantern", [main_model("counterfeit"), clip_skip(2)]),
    ],
    "trigger words": [("a heron <lora:lora_000012>", [lora("lora_000012", 0.8), text("wtrclr style")])],
    "look-alikes": [("photo of a watercolor set on a desk", [main_model("mix_final"), no_lora("lora_000012")])],
}


def as_asks(installations: Mapping[str, Mapping[str, Sequence[Case]]]) -> Iterator[Ask]:
    """Yield the asks of tables: installation -> kind -> prompts with their checks."""
    for installation, kinds in installations.items():
        for kind, cases in kinds.items():
            for prompt, checks in cases:
                yield Ask(installation, kind, prompt, tuple(checks))


def asks() -> Iterator[Ask]:
    """Yield all asks, those of one installation together."""
    return as_asks({"studio": STUDIO, "starter": STARTER, "collection": COLLECTION})
