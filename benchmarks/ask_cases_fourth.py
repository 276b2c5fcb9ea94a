# ruff: noqa: E501 (prompts stand on one line, as they are typed)
"""A fourth set of asks, written before any of them had been tried."""

from __future__ import annotations

from collections.abc import Iterator

from ask_cases import (
    ANIME,
    DRAWN,
    MODERN,
    PAINTED,
    PHOTO,
    PHOTOGRAPHED,
    PIXELS,
    READS,
    RENDERED,
    WRITES,
    Ask,
    Case,
    as_asks,
)
from ask_checks import (
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
    batch,
    cfg,
    enlarged,
    family,
    lora,
    main_model,
    negative,
    no_lora,
    no_text,
    noted,
    ratio,
    restyled,
    sampler,
    seed,
    size,
    steps,
    text,
    upscaler,
)

STUDIO: dict[str, list[Case]] = {
    "named model": [
        (
            "z image turbo - lighthouse keeper feeding gulls",
            [main_model("z_image"), text("lighthouse keeper"), no_text("turbo")],
        ),
        ("wai illustrious, knight resting under a willow", [main_model("waiIllustrious"), text("willow")]),
        (
            "generate with realistic vision: a plumber on a coffee break",
            [main_model("realisticVision"), text("plumber")],
        ),
    ],
    "named family": [
        ("qwen: a chalkboard menu", [family("qwen_image"), no_text("qwen")]),
        ("an SD1.5 style throwback? no, just use sd15 for this one: a brass diving helmet", [family("sd15")]),
    ],
    "named LoRA": [
        ("pixel art xl lora, a dungeon entrance", [lora("pixel-art-xl"), text("dungeon entrance")]),
        ("use add detail at 0.4 on a beetle's shell", [lora("add-detail", 0.4), text("beetle")]),
    ],
    "exact size": [
        ("1344 x 768 px fox crossing an ice field", [size(1344, 768), NATIVE, no_text("1344")]),
        ("896 wide and 1152 tall, a wicker chair", [size(896, 1152)]),
        ("size: 1024x576. a hydrofoil", [size(1024, 576), text("hydrofoil"), no_text("1024")]),
    ],
    "exact ratio": [
        ("21:9 panorama of terraced hills", [ratio(21, 9), text("terraced hills")]),
        ("a puffin, 2x3 aspect", [ratio(2, 3), text("puffin")]),
        ("an aspect ratio of 5 to 4 please, a butcher's window", [ratio(5, 4), text("butcher")]),
        ("4 by 3, schoolyard in autumn", [ratio(4, 3)]),
    ],
    "tall": [
        ("lock screen of a koi pond", [TALL]),
        ("pinterest pin about sourdough", [TALL]),
        ("full body standing pose of a lady knight", [TALL]),
        ("movie one-sheet for a film about bees", [TALL]),
        ("roll-up banner for a climbing gym", [TALL]),
    ],
    "wide": [
        ("twitch banner with a goblin chef", [WIDE]),
        ("hero image for a bakery's website", [WIDE]),
        ("cinemascope still of a salt desert", [VERY_WIDE]),
        ("laptop wallpaper, misty pines", [WIDE]),
        ("establishing shot of a mining town", [WIDE]),
    ],
    "square": [
        ("discord pfp of a grumpy owl", [SQUARE]),
        ("instagram post, stack of pancakes", [SQUARE]),
        ("vinyl sleeve for a jazz trio", [SQUARE]),
        ("app icon with a paper plane", [SQUARE]),
    ],
    "photo": [
        ("shot on kodak portra 400, a couple at a diner", PHOTOGRAPHED),
        ("national geographic style picture of a snow leopard", PHOTOGRAPHED),
        ("macro shot of dew on moss, 100mm lens", PHOTOGRAPHED),
        ("passport photo of a bulldog", PHOTOGRAPHED),
        ("street photography, tokyo crossing in the rain, leica", PHOTOGRAPHED),
    ],
    "anime": [
        ("studio ghibli inspired meadow with a small witch", [ANIME]),
        ("90s anime cel of a motorbike chase", [ANIME]),
        ("chibi barista", [ANIME]),
        ("manhwa style prince on a balcony", [ANIME]),
    ],
    "pixel art": [
        ("16-bit jrpg village", PIXELS),
        ("sprite sheet look, a slime", PIXELS),
        ("a nes style castle level", PIXELS),
    ],
    "painting": [
        ("gouache study of lemons", [PAINTED]),
        ("in the manner of monet, a railway station", [PAINTED]),
        ("ink wash painting of bamboo", [PAINTED]),
        ("impasto portrait of a fisherman", [PAINTED]),
    ],
    "3D render": [
        ("octane render of a glass chess piece", [RENDERED]),
        ("pixar-like robot gardener", [RENDERED]),
        ("isometric 3d room, clay render", [RENDERED]),
    ],
    "comic and illustration": [
        ("storybook illustration of a badger in pyjamas", [DRAWN]),
        ("ligne claire comic panel, a detective in fog", [DRAWN]),
        ("flat vector infographic style coffee plant", [DRAWN]),
        ("linocut of a heron", [DRAWN]),
    ],
    "lettering": [
        ('birthday card saying "Happy 40th, Joan"', [WRITES, text("happy 40th")]),
        ("shop window with gold letters spelling LUMEN", [WRITES, text("lumen")]),
        ("a t-shirt print with the words good grief", [WRITES, text("good grief")]),
        ("book cover, title: The Salt Road", [WRITES, text("the salt road")]),
    ],
    "quick": [
        ("just a fast thumbnail sketch, harbour crane", [QUICK]),
        ("low effort test render of a kettle", [QUICK]),
        ("i'm in a hurry: a cactus", [QUICK]),
    ],
    "detailed": [
        ("print quality, razor sharp, a peacock feather", [IN_DETAIL]),
        ("take your time, best quality you can do, an astrolabe", [IN_DETAIL]),
        ("insanely intricate cathedral ceiling, 8k", [IN_DETAIL]),
    ],
    "steps": [
        ("a raft, steps: 22", [steps(22), no_text("22")]),
        ("run it for 35 steps, sdxl, a tollbooth", [steps(35), text("tollbooth"), no_text("35")]),
    ],
    "cfg": [
        ("juggernaut, guidance 5.5, an ironmonger", [cfg(5.5), no_text("5.5")]),
        ("sdxl cfg=4 a marionette", [cfg(4), no_text("cfg")]),
    ],
    "sampler": [
        ("sdxl, dpm++ 2m karras, a quarry", [sampler("dpmpp_2m", "karras"), text("quarry")]),
        ("juggernaut xl, a wagon, use euler ancestral", [sampler("euler_ancestral"), text("wagon")]),
    ],
    "batch": [
        ("give me 3 versions of a tree house", [batch(3), text("tree house")]),
        ("a tree house, batch size 5", [batch(5), no_text("batch")]),
    ],
    "seed": [("a lantern fish, seed: 90210", [seed(90210), text("lantern fish"), no_text("90210")])],
    "negative text": [
        ("juggernaut, empty library without any people", [negative("people")]),
        ("sdxl, a bowl of fruit, avoid bananas and flies", [negative("bananas", "flies")]),
        ("a chapel --no crowds, text", [negative("crowds")]),
    ],
    "pasted block": [
        (
            "masterpiece, a castle on a cliff, sunset\nNegative prompt: lowres, watermark\nSteps: 26, Sampler: Euler a, CFG scale: 6.5, Seed: 77, Size: 832x1216, Model hash: 31e35c80fc, Model: sd_xl_base_1.0",
            [steps(26), cfg(6.5), sampler("euler_ancestral"), seed(77), size(832, 1216), negative("watermark")],
        ),
    ],
    "enlargement": [
        ("a drone over vineyards, then enlarge to double size", [enlarged(2), NATIVE]),
        ("a kestrel with 4x-ultrasharp at the end", [enlarged(), upscaler("UltraSharp")]),
        ("do not upscale: a plain mug", [NOT_ENLARGED, text("mug")]),
    ],
    "orders": [
        (
            "Could you create an image that shows a lighthouse in winter? Make it a vertical one.",
            [TALL, text("lighthouse in winter"), no_text("could you", "vertical one")],
        ),
        (
            "I need a picture of a violin maker for my blog, landscape format",
            [WIDE, text("violin maker"), no_text("i need")],
        ),
        (
            "Generate a high quality, 16:9 image of a coral reef with a turtle.",
            [ratio(16, 9), text("coral reef"), no_text("generate")],
        ),
        ("draw me an anime style fox spirit, portrait orientation", [ANIME, TALL, text("fox spirit")]),
    ],
    "passes and regions": [
        ("make a photo of a street, afterwards convert it into a charcoal drawing", [restyled("charcoal")]),
        ("left: a snowy peak. right: a desert dune", [REGIONS, text("snowy peak", "desert dune")]),
        ("a moon in the upper half and a lake in the lower half", [REGIONS, text("moon", "lake")]),
    ],
    "dialect": [
        ("pony, score_9, centaur archer", [main_model("pony"), text("centaur archer")]),
        ("1girl, solo, school rooftop, wind, looking back", [ANIME]),
    ],
    "languages": [
        ("一张写实照片:雨夜的出租车", [PHOTO]),
        ("动漫风格的猫咖店员", [ANIME]),
        ("水彩で描いた京都の路地", [PAINTED]),
        ("正方形のアイコン、柴犬", [SQUARE]),
        ("세로형 포스터, 달 위의 토끼", [TALL]),
        ("사진처럼, 시장의 할머니", [PHOTO]),
        ("una acuarela de un molino, vertical", [PAINTED, TALL]),
        ("usa flux: un perro con gafas", [main_model("flux1"), text("perro con gafas")]),
        ("affiche verticale d'un festival de jazz", [TALL]),
        ("photo réaliste d'une boulangerie", [PHOTO]),
        ("Ölgemälde einer Mühle im Querformat", [PAINTED, WIDE]),
        ("schnelle Skizze von einem Hafen", [QUICK]),
        ("foto realista de um farol, 16:9", [PHOTO, ratio(16, 9)]),
        ("пиксель-арт рыцаря", [READS]),
        ("фото старого маяка, квадрат", [PHOTO, SQUARE]),
    ],
    "impossible": [
        ("animate a waterfall for five seconds", [noted("video", "animat")]),
        ("remove the background from my product shot", [noted("edit", "picture", "photo", "image")]),
        ("a 3d model file of a chair (.obj)", [noted("3d", "model", "mesh")]),
    ],
    "not installed": [
        ("use midjourney v6, a clockwork swan", [noted("midjourney"), text("clockwork swan")]),
        ("hidream please: an igloo", [noted("hidream"), text("igloo")]),
        ("a barge <lora:ghibli_style:0.8>", [noted("ghibli"), text("barge")]),
    ],
    "nothing asked": [
        ("an old man repairing nets by the sea", [MODERN, NATIVE, no_lora(), NOTHING_NOTED]),
        ("two foxes playing in fresh snow", [MODERN, NATIVE, no_lora(), NOTHING_NOTED]),
        ("a spiral staircase seen from above", [MODERN, NATIVE, no_lora(), NOTHING_NOTED]),
    ],
    "look-alikes": [
        ("a score of 3:1 on the stadium board", [text("3:1"), NOTHING_NOTED]),
        ("steps leading down to a cellar", [text("steps leading down")]),
        ("a painter photographing his own mural", [text("photographing his own mural")]),
        ("a square in Lisbon at noon", [text("square in Lisbon"), NOTHING_NOTED]),
        ("a tall tale told by a sailor", [text("tall tale"), NOTHING_NOTED]),
        ("flux of lava through a canyon", [text("flux of lava")]),
        ("a seed sprouting in a cracked pot", [text("seed sprouting")]),
    ],
}

COLLECTION: dict[str, list[Case]] = {
    "named model": [
        ("noobai, a shrine maiden sweeping leaves", [main_model("NoobAI"), text("shrine maiden")]),
        ("with animagine 4: a boy and his drone", [main_model("animagine"), text("drone")]),
    ],
    "photo": [
        ("candid photo of a tram driver", [main_model("mix_final")]),
        ("portrait of a carpenter, 50mm f/1.8, natural light", [main_model("mix_final")]),
    ],
    "anime": [("anime cafe in the rain", [main_model("animagine", "NoobAI", "Counterfeit")])],
    "painting": [("a watercolor of tulips", [lora("lora_000012"), text("wtrclr style")])],
    "pixel art": [("pixel art potion shop", [lora("xl_step9000"), text("sprite16 style")])],
    "tall": [("phone background with jellyfish", [TALL])],
    "exact size": [("1920x1088, a monorail", [size(1920, 1088), NATIVE])],
    "enlargement": [("an anime skyline, upscale it twice as large", [enlarged(2), NATIVE])],
    "not installed": [("flux: a beaver in a bow tie", [noted("flux"), text("beaver")])],
    "nothing asked": [("a ferry between two islands", [NATIVE, NOTHING_NOTED])],
}


def asks() -> Iterator[Ask]:
    """Yield the asks."""
    return as_asks({"studio": STUDIO, "collection": COLLECTION})
