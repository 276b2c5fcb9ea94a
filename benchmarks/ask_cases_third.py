# ruff: noqa: E501 (prompts stand on one line, as they are typed)
"""A third set of asks, half of them on an installation of other files, written before any of them had been tried."""

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
            "Juggernaut please! a rusty tractor in a field of poppies",
            [main_model("juggernaut"), text("rusty tractor"), no_text("juggernaut")],
        ),
        (
            "I'd like to try DreamShaper XL for a crystal cavern",
            [main_model("dreamshaperXL"), text("crystal cavern"), no_text("dreamshaper")],
        ),
        ("a frog choir on a lily pad // flux", [main_model("flux1"), text("frog choir")]),
    ],
    "named family": [
        ("sd 1.5: a windmill made of paper", [family("sd15"), text("windmill")]),
        ("do this one in SDXL, an origami crane on water", [family("sdxl"), text("origami crane"), no_text("sdxl")]),
    ],
    "named LoRA": [
        ("with add-detail-xl, a hermit crab", [lora("add-detail-xl"), text("hermit crab")]),
        ("a carousel at night, film photography lora 0.75", [lora("film", 0.75), no_text("0.75")]),
    ],
    "LoRA tag": [
        (
            "a well-worn saddle<lora:add-detail-xl:0.55>",
            [lora("add-detail", 0.55), text("well-worn saddle"), no_text("lora")],
        )
    ],
    "exact size": [
        ("2560x1440, an aurora over a cabin", [size(2560, 1440), NATIVE, no_text("2560")]),
        ("mango on a plate (1088x1088)", [size(1088, 1088), no_text("1088")]),
        ("poster 768*1152 with a red bicycle", [size(768, 1152), text("bicycle")]),
    ],
    "exact ratio": [
        ("4:5 crop, a flamenco dancer", [ratio(4, 5), text("flamenco dancer")]),
        ("a racetrack, AR 2:1", [ratio(2, 1), no_text("2:1")]),
        ("--ar 7:4 --no people a canal", [ratio(7, 4), negative("people"), text("canal")]),
    ],
    "tall": [
        ("tiktok cover with a skateboarding granny", [TALL]),
        ("a bookmark illustration of foxes", [TALL]),
        ("vertical banner of a samurai", [TALL]),
    ],
    "wide": [
        ("powerpoint title background, blue waves", [WIDE]),
        ("letterbox movie frame of a convoy in dust", [WIDE]),
        ("ultrawide monitor background, tea plantation", [VERY_WIDE]),
    ],
    "square": [
        ("sticker of an angry avocado", [SQUARE]),
        ("podcast cover art, two microphones", [SQUARE]),
        ("a square crop of a moss garden", [SQUARE]),
    ],
    "photo": [
        ("editorial photo of a mechanic with greasy hands", PHOTOGRAPHED),
        ("drone photo of a spiral jetty", PHOTOGRAPHED),
        ("sony a7iii, golden hour, a horse trainer", PHOTOGRAPHED),
        ("selfie of an astronaut with a cow", PHOTOGRAPHED),
    ],
    "anime": [
        ("anime key art, a baker with a dragon", [ANIME]),
        ("shoujo manga heroine under wisteria", [ANIME]),
        ("1boy, glasses, library, blush, white shirt", [ANIME]),
    ],
    "pixel art": [
        ("pixel-art harbor town at sunset", PIXELS),
        ("8-bit hero portrait", PIXELS),
        ("a mech, gba game graphics", PIXELS),
    ],
    "painting": [
        ("pastel drawing of pears", [PAINTED]),
        ("an oil sketch of a rower", [PAINTED]),
        ("watercolour wash of a harbour, loose style", [PAINTED]),
    ],
    "3D render": [
        ("a cute 3D blob monster, blender cycles", [RENDERED]),
        ("product render of earbuds, studio lighting, c4d", [RENDERED]),
    ],
    "comic and illustration": [
        ("manga-free western comic strip about a lazy cat", [DRAWN]),
        ("vector art of a mountain range, flat design", [DRAWN]),
        ("tattoo design linework of a moth", [DRAWN]),
    ],
    "lettering": [
        ("a road sign that reads 'NO EXIT'", [WRITES, text("no exit")]),
        ("graffiti lettering: BROOKLYN", [WRITES, text("brooklyn")]),
        ("business card for Dr. Ada Quill with her name on it", [WRITES, text("ada quill")]),
    ],
    "quick": [
        ("quick and dirty: a giraffe in a tie", [QUICK]),
        ("rapid prototype image of a kiosk", [QUICK]),
        ("cheap preview please, a gnome", [QUICK]),
    ],
    "detailed": [
        ("very high quality, fine details, a wasp nest", [IN_DETAIL]),
        ("a galleon with every rope visible, ultra high resolution", [IN_DETAIL]),
    ],
    "steps": [
        ("wheat field at 16 steps", [steps(16), no_text("16")]),
        ("use 24 steps for a castle moat", [steps(24), text("castle moat"), no_text("24")]),
    ],
    "cfg": [("sdxl, cfg of 7.5, a mole with a lamp", [cfg(7.5), no_text("cfg")])],
    "sampler": [
        ("sdxl, an iguana, euler sampler with karras", [sampler("euler", "karras")]),
        ("dreamshaper 8, dpm2 a, a gate", [sampler("dpm_2_ancestral"), text("gate")]),
    ],
    "batch": [
        ("two pictures of a hedge maze", [batch(2), text("hedge maze")]),
        ("a hedge maze x4 images", [batch(4)]),
        ("generate a batch of 6: teapots", [batch(6), text("teapots")]),
    ],
    "seed": [("use seed 555 for a bonfire", [seed(555), text("bonfire"), no_text("555")])],
    "negative text": [
        ("sdxl, a quiet plaza, negative: crowds, cars", [negative("crowds", "cars"), no_text("crowds")]),
        ("sdxl, a forest, exclude people and roads", [negative("people", "roads")]),
    ],
    "pasted block": [
        (
            "a raven on a fence\nNegative prompt: text, frame\nSteps: 32, Sampler: DPM++ 3M SDE Exponential, CFG scale: 4, Seed: 21, Size: 1152x896, Model: juggernautXL_ragnarokBy",
            [
                steps(32),
                cfg(4),
                sampler("dpmpp_3m_sde", "exponential"),
                seed(21),
                size(1152, 896),
                main_model("juggernaut"),
                negative("frame"),
            ],
        ),
    ],
    "enlargement": [
        ("a lynx, 2x bigger with UltraSharp", [enlarged(2), upscaler("UltraSharp")]),
        ("an ammonite fossil; upscale x3", [enlarged(3), NATIVE]),
        ("no upscale, a rake", [NOT_ENLARGED, no_text("upscale")]),
    ],
    "orders": [
        (
            "Write me a workflow for a portrait of a puppeteer, tall, 30 steps",
            [TALL, steps(30), text("puppeteer"), no_text("workflow", "steps")],
        ),
        (
            "Please give me an illustration of a dodo. I want it in 3:4.",
            [ratio(3, 4), text("dodo"), no_text("please", "3:4")],
        ),
        (
            "hey can you do a watercolor of my cat sleeping on a radiator",
            [PAINTED, text("sleeping on a radiator"), no_text("can you")],
        ),
    ],
    "passes and regions": [
        ("render a bridge as a photo and then repaint it in ukiyo-e style", [restyled("ukiyo-e")]),
        ("a barn on the left side, a silo on the right side", [REGIONS, text("barn", "silo")]),
    ],
    "dialect": [
        ("score_9, score_8_up, a lizard wizard, tall", [main_model("pony"), TALL]),
        ("WAI: a pirate girl at the helm", [main_model("waiIllustrious"), text("masterpiece", "pirate girl")]),
    ],
    "trigger words": [("old ferry, <lora:film_photography_xl:1>", [lora("film", 1.0), text("flmphoto style")])],
    "languages": [
        ("ピクセルアートの宝箱", [READS]),
        ("スマホの壁紙、桜と富士山", [TALL]),
        ("快速草图,一条龙", [QUICK]),
        ("竖屏壁纸,星空", [TALL]),
        ("고화질 사진, 오래된 시장", [PHOTO]),
        ("fotografía de un faro, 3:2", [PHOTO, ratio(3, 2)]),
        ("arte pixelado de un castillo", PIXELS),
        ("peinture à l'huile d'un port, format carré", [PAINTED, SQUARE]),
        ("Anime-Mädchen mit Regenschirm", [ANIME]),
        ("nimm flux: ein Bär im Anzug", [main_model("flux1"), text("bär")]),
        ("rascunho rápido de um barco", [QUICK]),
        ("акварель, старый мост, широкий формат", [PAINTED, WIDE]),
    ],
    "impossible": [
        ("turn my selfie into a cartoon", [noted("edit", "picture", "photo", "image")]),
        ("a looping video of rain on glass", [noted("video")]),
    ],
    "not installed": [
        ("use kolors, a jade dragon", [noted("kolors"), text("jade dragon")]),
        ("a gondola with the ukiyoe lora", [noted("ukiyoe"), text("gondola")]),
    ],
    "nothing asked": [
        ("a beaver building a dam at sunset", [MODERN, NATIVE, no_lora(), NOTHING_NOTED]),
        ("people waiting for a ferry", [MODERN, NATIVE, no_lora(), NOTHING_NOTED]),
    ],
    "look-alikes": [
        ("a stairway with 30 steps up to a shrine", [text("30 steps")]),
        ("a woman in a wide-brimmed hat", [text("wide-brimmed hat"), NOTHING_NOTED]),
        ("a train departing at 16:09", [text("16:09"), NOTHING_NOTED]),
        ("a film crew on a rooftop", [text("film crew"), no_lora("film")]),
        ("detective taking notes in a comic shop", [text("comic shop")]),
    ],
}

ATELIER: dict[str, list[Case]] = {
    "named model": [
        ("realvis xl, a cobbler at work", [main_model("RealVisXL"), text("cobbler"), no_text("realvis")]),
        ("use hassaku, a girl on a swing", [main_model("hassaku"), text("girl on a swing")]),
        ("flux krea: a lemon on a chair", [main_model("krea"), text("lemon")]),
    ],
    "named family": [("sd1.5, a tin robot", [family("sd15"), text("tin robot")])],
    "named LoRA": [
        ("classipeint lora, a stormy coast", [lora("Classipeint"), text("classipeint")]),
        ("a leopard with the flux realism lora", [lora("flux-realism"), family("flux")]),
    ],
    "LoRA tag": [("a cape <lora:ClassipeintXL2.1:0.7>", [lora("Classipeint", 0.7), no_text("<lora")])],
    "photo": [
        ("photo of a night market", [main_model("RealVisXL", "epicrealism", "krea", "qwen")]),
        ("portrait photography, an old sailor, 85mm", [main_model("RealVisXL", "epicrealism", "krea", "qwen")]),
    ],
    "anime": [
        ("anime girl eating ramen", [main_model("hassaku")]),
        ("1girl, night sky, scarf", [main_model("hassaku")]),
    ],
    "painting": [
        (
            "oil painting of an orchard",
            [main_model("hassaku", "RealVisXL", "krea", "qwen", "sd_xl"), no_lora("realism", "pixel")],
        )
    ],
    "lettering": [('a mug with the text "MONDAY"', [main_model("krea", "qwen"), text("monday")])],
    "exact size": [("1600x900, a stone bridge", [size(1600, 900), NATIVE])],
    "enlargement": [
        ("a moose, upscale 2x with remacri", [enlarged(2), upscaler("Remacri")]),
        ("a moose, upscale 4x", [enlarged(4), NATIVE]),
    ],
    "nothing asked": [("a moose at a bus stop", [main_model("krea", "qwen"), NATIVE, no_lora(), NOTHING_NOTED])],
    "dialect": [("hassaku xl, a boy with a lantern", [main_model("hassaku"), text("masterpiece")])],
    "not installed": [("a moose, use juggernaut xl", [noted("juggernaut"), text("moose")])],
    "quick": [("fast draft of a moose", [NOT_ENLARGED])],
}


def asks() -> Iterator[Ask]:
    """Yield the asks."""
    return as_asks({"studio": STUDIO, "atelier": ATELIER})
