"""What people ask for beside the picture, in the ways in which they type it.

A prompt of a corpus gets such a phrase in a share of the cases; what it means is for the product's own reader to find.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from ....workflow.catalog.catalog import ModelFile
from ....workflow.families.lookup import FAMILIES
from ....workflow.families.names import stem_of

_RATIOS = ("16:9", "16:9", "9:16", "3:2", "2:3", "4:3", "3:4", "1:1", "4:5", "5:4", "21:9", "2:1")
_SIZES = (
    (1024, 1024), (1216, 832), (832, 1216), (1344, 768), (768, 1344), (1152, 896), (896, 1152), (1024, 1536),
    (1536, 1024), (1280, 720), (1920, 1080), (1080, 1920), (512, 768), (768, 512), (768, 1024), (2048, 2048),
)  # fmt: skip
_SAMPLERS = (
    "DPM++ 2M Karras", "Euler a", "Euler", "DPM++ SDE Karras", "DPM++ 2M SDE Karras", "DDIM", "UniPC", "Heun",
)  # fmt: skip
_NEGATIVES = (
    "people", "text, watermark", "blurry background", "cars", "trees", "extra fingers, bad hands", "frame, border",
    "low quality, worst quality", "red", "clouds", "buildings, people", "signature",
)  # fmt: skip
_WEIGHTS = (0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.8, 0.9, 1.0, 1.0, 1.1)


def with_asks(prompt: str, mains: Sequence[ModelFile], loras: Sequence[ModelFile], random: Random) -> str:
    """Return a prompt with one to three things asked for beside the picture.

    Args:
        prompt: what the picture is to show.
        mains: the main models that may be named.
        loras: the LoRAs that may be named.
        random: the source of all draws.
    """
    kinds: list[tuple[Callable[[str], str], float]] = [
        (lambda text: _shaped(text, random), 26), (lambda text: _numbered(text, random), 16),
        (lambda text: _enlarged(text, random), 16), (lambda text: _without(text, random), 7),
        (lambda text: _ordered(text, random), 8), (lambda text: _pasted(text, random), 6),
    ]  # fmt: skip
    if mains:
        kinds.append((lambda text: _on_model(text, random.choice(mains), random), 18))
    if loras:
        kinds.append((lambda text: _with_lora(text, random.choice(loras), random), 18))
    count = random.choices((1, 2, 3), (70, 24, 6))[0]
    for _ in range(count):
        kind = random.choices(range(len(kinds)), [weight for _, weight in kinds])[0]
        prompt = kinds.pop(kind)[0](prompt)
    return prompt


def called(file: ModelFile) -> str:
    """Return the name of a file as people type it: without ending, in small letters, with blanks."""
    return stem_of(file.name).replace("_", " ").replace("-", " ").lower()


def _after(prompt: str, phrase: str, random: Random) -> str:
    return prompt.rstrip(" .,") + random.choice((", ", ", ", ". ", " ")) + phrase


def _shaped(prompt: str, random: Random) -> str:
    ratio = random.choice(_RATIOS)
    width, height = random.choice(_SIZES)
    joint = random.choice(("x", "x", " x ", "×"))
    return random.choice(
        (
            f"{prompt.rstrip(' .,')}, {ratio}", f"{prompt} --ar {ratio}", f"{prompt.rstrip(' .,')}, in {ratio}",
            f"{ratio}, {prompt}", f"{prompt.rstrip(' .,')}, aspect ratio {ratio}",
            f"{prompt.rstrip(' .,')}, {width}{joint}{height}", f"{prompt.rstrip(' .,')}, {width}{joint}{height} pixels",
        )
    )  # fmt: skip


def _numbered(prompt: str, random: Random) -> str:
    steps = random.choice((4, 6, 8, 10, 12, 15, 18, 20, 20, 24, 25, 28, 30, 30, 35, 40, 50))
    cfg = random.choice((1, 1.5, 2, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7, 7.5, 8))
    phrase = random.choice(
        (f"{steps} steps", f"{steps} steps", f"cfg {cfg:g}", f"{steps} steps, cfg {cfg:g}", f"--steps {steps}",
         f"cfg {cfg:g}, {steps} steps")
    )  # fmt: skip
    return f"{prompt.rstrip(' .,')}, {phrase}" if not phrase.startswith("--") else f"{prompt} {phrase}"


def _enlarged(prompt: str, random: Random) -> str:
    factor = random.choice(("2x", "2x", "4x", "1.5x", "3x"))
    phrase = random.choice(
        (
            f"then upscale it by {factor}", f"then upscale it by {factor}", f"upscaled {factor}", "then upscale it",
            f"upscale {factor}", "no upscaling", f"and enlarge it {factor}",
        )
    )  # fmt: skip
    if phrase.startswith("then") and random.random() < 0.5:
        return f"first generate {prompt.rstrip(' .,')}, {phrase}"
    return _after(prompt, phrase, random) if phrase.startswith("then") else f"{prompt.rstrip(' .,')}, {phrase}"


def _without(prompt: str, random: Random) -> str:
    return f"{prompt} --no {random.choice(_NEGATIVES)}"


def _ordered(prompt: str, random: Random) -> str:
    lead = random.choice(
        (
            "Generate an image of ",
            "make me a picture of ",
            "Please create an image of ",
            "draw ",
            "I want a picture of ",
        )
    )
    end = random.choice(
        ("", "", ". The result should be a high-quality image.", ". The image should be very detailed.")
    )
    return lead + prompt.rstrip(" .,") + end


def _pasted(prompt: str, random: Random) -> str:
    width, height = random.choice(_SIZES[:10])
    return (
        f"{prompt}\nNegative prompt: {random.choice(_NEGATIVES)}\nSteps: {random.choice((20, 25, 28, 30, 35))}, "
        f"Sampler: {random.choice(_SAMPLERS)}, CFG scale: {random.choice((5, 6, 6.5, 7, 7.5))}, Size: {width}x{height}"
    )


def _on_model(prompt: str, file: ModelFile, random: Random) -> str:
    family = next(iter(file.families)) if len(file.families) == 1 else ""
    title = (FAMILIES[family].title or family) if family in FAMILIES else ""
    name = title if title and random.random() < 0.35 else called(file)
    return _after(prompt, random.choice(("use {}", "use {}", "made with {}", "with the model {}")).format(name), random)


def _with_lora(prompt: str, file: ModelFile, random: Random) -> str:
    if random.random() < 0.6:
        weight = random.choice(_WEIGHTS)
        return f"{prompt} <lora:{stem_of(file.name)}:{weight:g}>"
    return _after(prompt, f"with the {called(file)} lora", random)
