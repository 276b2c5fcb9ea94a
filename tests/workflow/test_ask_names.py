"""The installed files and families that a prompt names, and those that it names in vain."""

from __future__ import annotations

import sys

import pytest

from nodewright.workflow.ask.names import InstalledNames
from nodewright.workflow.ask.syntax import read_ask
from nodewright.workflow.catalog.catalog import ModelFile
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.catalog.model_files import model_files

FILES = (
    *(
        ("checkpoints", f"{name}.safetensors")
        for name in (
            "sd_xl_base_1.0", "juggernautXL_v9Rundiffusionphoto2", "waiIllustriousSDXL_v140", "ponyDiffusionV6XL",
            "dreamshaperXL_lightning", "realisticVisionV60B1", "dreamshaper_8",
        )
    ),
    ("diffusion_models", "flux1-dev.safetensors"),
    ("diffusion_models", "z_image_turbo_bf16.safetensors"),
    ("loras", "pixel-art-xl.safetensors"),
    ("loras", "add-detail-xl.safetensors"),
    ("loras", "FILM_PHOTOGRAPHY_STYLE.safetensors"),
    ("loras", "水墨.safetensors"),
    ("upscale_models", "4x-UltraSharp.pth"),
    ("upscale_models", "4x_foolhardy_Remacri.pth"),
    ("diffusion_models", "flux1-krea-dev_fp8_scaled.safetensors"),
)  # fmt: skip
JUGGERNAUT, PIXEL_ART = "sdxl/juggernautxl_v9rundiffusionphoto2", "sdxl/pixel_art_xl"


@pytest.fixture(scope="module")
def names() -> InstalledNames:
    return InstalledNames(model_files((folder, name, identify(folder, name)) for folder, name in FILES))


@pytest.mark.parametrize(
    ("prompt", "alias", "phrase"),
    [
        ("a fox with juggernaut xl", JUGGERNAUT, "with juggernaut xl"),
        ("a fox, Juggernaut-XL, dusk", JUGGERNAUT, "Juggernaut-XL"),
        ("generate with dreamshaper 8: a dog", "sd15/dreamshaper_8", "generate with dreamshaper 8"),
        ("use juggernaught XL, a dog", JUGGERNAUT, "use juggernaught XL"),
        ("(dreamshaper 8) a fox", "sd15/dreamshaper_8", "(dreamshaper 8)"),
        ("a dog with dreamshaper", "sd15/dreamshaper_8", "with dreamshaper"),
        ("use the realistic vision model, a dog", "sd15/realisticvisionv60b1", "use the realistic vision model"),
        ("model: dreamshaper xl lightning, a cat", "sdxl/dreamshaperxl_lightning", "model: dreamshaper xl lightning"),
        ("use pony, score_9", "sdxl/ponydiffusionv6xl", "use pony"),
        ("use wai illustrious for this", "sdxl/waiillustrioussdxl_v140", "use wai illustrious for this"),
        ("a fox with my pixel art lora", PIXEL_ART, "with my pixel art lora"),
        ("a fox using lora pixel-art-xl", PIXEL_ART, "using lora pixel-art-xl"),
        ("use the 水墨 lora, a bridge", "any/水墨", "use the 水墨 lora"),
    ],
)  # fmt: skip
def test_files_that_are_named_are_found(names: InstalledNames, prompt: str, alias: str, phrase: str) -> None:
    (mention,) = names.mentions(prompt)
    assert (mention.aliases, prompt[mention.start : mention.end]) == ((alias,), phrase)


@pytest.mark.parametrize(
    ("prompt", "family"),
    [
        ("a fox in the snow, use flux", "flux"),
        ("a fox, SDXL", "sdxl"),
        ("a fox made with SD 1.5", "sd15"),
        ("a fox using z-image turbo", "z_image"),
    ],
)
def test_families_that_are_named_are_found(names: InstalledNames, prompt: str, family: str) -> None:
    (mention,) = names.mentions(prompt)
    assert (mention.family, mention.aliases) == (family, ())


@pytest.mark.parametrize(
    "prompt",
    [
        "a juggernaut in the snow",
        "pixel art fox",
        "a realistic vision of the future",
        "a state of flux",
        "use soft light, a dog",
        "a woman with a model train",
        "fashion model, lora palmer",
        "film photography style, a street",
        "a pony on a hill",
        "dreamshaper",
        "a portrait, oil painting, sharp focus",
        "a thief, anime style",
        "an office, illustration, art by nobody",
        "a night sky, lightning, rain",
        "a dog using film grain, soft light",
    ],
)
def test_the_scene_names_no_file(names: InstalledNames, prompt: str) -> None:
    assert names.mentions(prompt) == []


@pytest.mark.parametrize(
    ("prompt", "words", "nearest"),
    [
        ("use chroma, a dog", "chroma", ()),
        ("a dog, use the watercolor lora", "watercolor", ()),
        ("use the pixels arts style lora, a dog", "pixels arts style", ("pixel-art-xl.safetensors",)),
    ],
)
def test_what_is_not_installed_is_reported(
    names: InstalledNames, prompt: str, words: str, nearest: tuple[str, ...]
) -> None:
    (mention,) = names.mentions(prompt)
    assert mention.missing
    assert (mention.words, mention.nearest) == (words, nearest)


@pytest.mark.parametrize(
    ("prompt", "alias", "text"),
    [
        ("juggernaut, a street", JUGGERNAUT, "a street"),
        ("dreamshaper 8: a dragon asleep", "sd15/dreamshaper_8", "a dragon asleep"),
        ("a girl, use the WAI checkpoint", "sdxl/waiillustrioussdxl_v140", "a girl"),
        ("make it with dreamshaper: a tea house", "sd15/dreamshaper_8", "a tea house"),
        ("pixel-art-xl.safetensors, a dog", PIXEL_ART, "a dog"),
        ("ein Hafen, benutze juggernaut xl", JUGGERNAUT, "ein Hafen"),
        ("Can you draw a lighthouse with juggernaut xl?", JUGGERNAUT, "a lighthouse"),
    ],
)  # fmt: skip
def test_names_as_people_write_them(names: InstalledNames, prompt: str, alias: str, text: str) -> None:
    ask = read_ask(prompt, names)
    assert [mention.aliases for mention in ask.mentions] == [(alias,)]
    assert ask.text.rstrip("?") == text


def test_a_lora_is_named_with_its_weight(names: InstalledNames) -> None:
    for prompt in ("use lora pixel-art-xl at 0.5, a dog", "a dog, pixel art xl at 0.5", "a dog, pixel-art-xl @ 0.5"):
        (mention,) = read_ask(prompt, names).mentions
        assert (mention.aliases, mention.weight) == ((PIXEL_ART,), 0.5), prompt
        assert read_ask(prompt, names).text == "a dog"


@pytest.mark.parametrize("prompt", ["a moose, use midjourney v6", "a goat on a roof, with epicRealism"])
def test_what_is_not_there_is_named_in_vain(names: InstalledNames, prompt: str) -> None:
    (mention,) = read_ask(prompt, names).mentions
    assert mention.missing and read_ask(prompt, names).text == prompt.split(",")[0]


@pytest.mark.parametrize("prompt", ["a juggernaut in the snow", "a man with a juggernaut", "pixel art at 0.5 miles"])
def test_what_is_in_the_scene_is_not_a_name(names: InstalledNames, prompt: str) -> None:
    assert not read_ask(prompt, names).mentions


@pytest.mark.parametrize(
    ("prompt", "words", "text"),
    [
        ("with pony: a hare", "pony", "a hare"),
        ("使用flux,一只猫", "flux", "一只猫"),
        ("sdxl please, a canoe", "sdxl", "a canoe"),
        ("pony diffusion, a fox merchant", "pony diffusion", "a fox merchant"),
        ("a snail in z image", "z image", "a snail"),
        ("sd_xl_base with add detail xl (0.6), an anthill", "sd_xl_base", "an anthill"),
    ],
)
def test_more_names_as_people_write_them(names: InstalledNames, prompt: str, words: str, text: str) -> None:
    ask = read_ask(prompt, names)
    assert ask.mentions[0].words == words and not ask.mentions[0].missing
    assert ask.text == text


@pytest.mark.parametrize("prompt", ["a world in flux", "a farm, pony, barn", "a girl with wings", "a lens, chroma"])
def test_more_scenes_are_no_names(names: InstalledNames, prompt: str) -> None:
    assert not read_ask(prompt, names).mentions


def test_capitals_after_a_family_begin_a_word() -> None:
    file = ModelFile("hassakuXLIllustrious_v22.safetensors", "checkpoints", "checkpoint", frozenset({"sdxl"}), "sdxl/h")
    for prompt in ("use hassaku, a girl", "hassaku xl, a girl"):
        assert [one.aliases for one in InstalledNames([file]).mentions(prompt)] == [("sdxl/h",)], prompt


@pytest.mark.parametrize(
    "prompt",
    [
        "a frog choir // flux",
        "a frog choir | flux",
        "a frog choir - flux",
        "a frog choir [flux]",
        "flux // a frog choir",
        "flux | a frog choir",
        "[sdxl] a frog choir",
        "sdxl > a frog choir",
        "flux krea: a frog choir",
        "a frog choir, flux-krea",
        "WAI: a frog choir",
        "wai illustrious: a frog choir",
        "Pony: a frog choir",
        "try flux for a frog choir",
        "try juggernaut xl for this, a frog choir",
        "let's try dreamshaper: a frog choir",
        "a frog choir, try sdxl",
        "go with flux, a frog choir",
        "switch to sdxl: a frog choir",
        "use flux for a frog choir",
        "do this one in SDXL, a frog choir",
        "a frog choir in SDXL",
        "redo it in sdxl, a frog choir",
        "run this prompt through flux, a frog choir",
        "nimm flux: a frog choir",
        "nimm bitte flux, a frog choir",
        "prends flux : a frog choir",
        "utilise le modèle flux, a frog choir",
        "usa el modelo flux, a frog choir",
        "use o modelo flux, a frog choir",
        "используй модель flux, a frog choir",
        "возьми flux: a frog choir",
        "a frog choir, через flux",
        "用flux画a frog choir",
        "使用 sdxl 模型，a frog choir",
        "a frog choir、fluxを使って",
        "sdxlモデルで、a frog choir",
        "a frog choir, flux 모델로",
        "made with stable diffusion xl: a frog choir",
        "I want it in sdxl, a frog choir",
        "I'd like this done with flux, a frog choir",
        "please use the flux model for this picture: a frog choir",
        "bitte mit sdxl: a frog choir",
        "avec sdxl : a frog choir",
        "con flux: a frog choir",
        "com sdxl: a frog choir",
        "на sdxl: a frog choir",
        "sdxl - a frog choir",
    ],
)
def test_names_stand_before_and_behind_in_many_ways(names: InstalledNames, prompt: str) -> None:
    ask = read_ask(prompt, names)
    (mention,) = ask.mentions
    assert not mention.missing
    assert ask.text == "a frog choir"


@pytest.mark.parametrize(
    "prompt",
    [
        "pixel art lora 0.7, a dog",
        "a dog with the pixel art lora (0.7)",
        "a dog, pixel art lora: 0.7",
        "a dog, pixel-art-xl 0.7",
        "a dog, pixel art lora x0.7",
        "a dog, pixel art lora at 70%",
        "a dog, pixel art lora weight 0.7",
        "a dog, pixel art lora mit 0,7",
        "a dog, pixel art lora [0.7]",
        "a dog + pixel art lora @0.7",
    ],
)
def test_the_weight_of_a_lora_is_written_in_many_ways(names: InstalledNames, prompt: str) -> None:
    ask = read_ask(prompt, names)
    (mention,) = ask.mentions
    assert (mention.aliases, mention.weight, ask.text) == ((PIXEL_ART,), 0.7, "a dog")


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("use kolors, a gondola", "kolors"),
        ("kolors: a gondola", "kolors"),
        ("a gondola with the ukiyoe lora", "ukiyoe"),
        ("a gondola, ukiyoe lora 0.8", "ukiyoe"),
        ("a gondola, ukiyoe lora", "ukiyoe"),
        ("use the ukiyo-e LoRA, a gondola", "ukiyo-e"),
        ("use epicMajestyXL, a gondola", "epicMajestyXL"),
        ("use somethingMix v4, a gondola", "somethingMix v4"),
        ("a gondola with any mix v3 checkpoint", "any mix v3"),
        ("nimm kolors, a gondola", "kolors"),
    ],
)
def test_unknown_names_are_reported(names: InstalledNames, prompt: str, words: str) -> None:
    ask = read_ask(prompt, names)
    (mention,) = ask.mentions
    assert (mention.missing, mention.words, ask.text) == (True, words, "a gondola")


@pytest.mark.parametrize(
    "prompt",
    [
        "a sweet Lora, smiling",
        "a girl named lora",
        "a man trying pony riding",
        "try pony riding at the fair",
        "take a pony to the market",
        "in flux, everything changes",
        "lightning: a storm at sea",
        "lens: a study of glass",
        "an owl, (pixelart:1.2), night",
        "an owl, (pixel art:0.8)",
        "Starlight: a field at night",
        "tiny, small, miniature , a frog",
        "a boy and a pony: best friends",
        "run through the snow",
        "pixel art 0.5 miles away",
        "a dog // no leash",
        "nimm mich mit, ein Hund",
        "mit einem Pony",
        "a model train v2",
        "use soft light v2, a dog",
        "ponyで遊ぶ女の子",
        "go with the flow",
        "toma un café",
        "a map of kolors",
    ],
)
def test_look_alikes_of_names_stay(names: InstalledNames, prompt: str) -> None:
    assert (read_ask(prompt, names).mentions, read_ask(prompt, names).text) == ((), prompt)


def test_an_upscaler_is_named_by_its_last_word(names: InstalledNames) -> None:
    (target,) = names.named("remacri", "upscaler")
    assert target.name == "4x_foolhardy_Remacri.pth"


def _installed(variants: int) -> InstalledNames:
    nouns = ("forest", "river", "portrait", "mountain", "castle", "garden", "winter", "ocean", "desert", "harbour")
    return InstalledNames(
        ModelFile(
            f"{first}_{second}_{number}.safetensors", "loras", "lora", frozenset({"sdxl"}), f"sdxl/{first}{number}"
        )
        for first in nouns
        for second in nouns
        for number in range(variants)
    )


def _calls_for_reading(prompt: str, names: InstalledNames) -> int:
    """Count the functions that are called, which is the same on a busy machine."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    read_ask(prompt, names)  # what is worked out once for an installation
    sys.setprofile(count)
    try:
        read_ask(prompt, names)
    finally:
        sys.setprofile(None)
    return calls


def test_reading_takes_no_longer_beside_thousands_of_files() -> None:
    prompt = (
        "a fashion model with a blurry harbur, on an old mountan river, in the style of a portrait, ultra detailed, "
    ) * 4 + "use the forest gardn lora 0.7"
    few, many = (_calls_for_reading(prompt, _installed(variants)) for variants in (1, 100))
    assert many < 1.5 * few


def test_the_particle_behind_a_name_begins_no_word(names: InstalledNames) -> None:
    ask = read_ask("flux로 고양이를 그려줘", names)
    assert (ask.text, ask.styles, ask.mentions[0].family) == ("고양이", (), "flux")
