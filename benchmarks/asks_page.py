"""Write docs/asks.md: what is written for forty prompts on one installation, with a person's judgement of each.

    .environment/venv/bin/python benchmarks/asks_page.py

The installation is `studio` of ask_installations.py, the policy the shipped one, one candidate each at the defaults.
Judgements stand in the page itself: one is kept for as long as what is written stays the same, and is otherwise
replaced by "not judged yet", with the old one behind it.
"""

from __future__ import annotations

import re
import sys
import tempfile
import textwrap
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from ask_installations import STUDIO, catalog_of
from ask_seen import Seen
from asks import seen

from nodewright.writing import load_policy

PAGE = Path(__file__).resolve().parent.parent / "docs" / "asks.md"
SEED = 7
NOT_JUDGED = "not judged yet"

CAPTIONS = (
    "a photo of a bench",
    "a photo of a brown handbag",
    "a red box to the right of a green sphere",
    "eight tents were pitched in the campground",
    "a brown cow and a red sheep",
    "a comic about a family on a road trip",
    "portrait of a well-dressed raccoon, oil painting in the style of Rembrandt",
    "A photo of llama wearing sunglasses standing on the deck of a spaceship with the Earth in the background.",
    "a photograph of sand with a bucket, lots of scattered shells but no sandpipers",
    "an espresso machine that makes coffee from human souls, high-contrast painting",
    "three violins lying on the floor",
)
"""Captions from benchmarks of this field."""
TYPED = (
    "hero of the soviet union badge",
    "a slice of ketchup",
    "full english breakfast of metal nuts and bolts",
    "a car traveling through space. Photography",
    "vast interior chamber of a large, natural gorge, sunlight visible from above",
    "dramatically lit studio photo of a realistic marble statue of a beaked lion hybrid with the head of an eagle "
    "spreading its wings",
    "a tall landscape comprised of crystals, trees, and butterflies",
    "young blonde boy fantasy thief, anime style",
    "concept art of a modern office life, young business woman, artstation trending, behance, watercolor",
    "high quality 3 d render hyperrealist very cute multicolor stripped fluffy! phoenix panda hybrid with wings!! "
    "highly detailed, vray smooth, dramatic blue light, low angle, uhd 8 k, sharp focus",
    "illustration of a dinosaur riding a bicycle, flat colors",
    "1girl,lake,night",
    "masterpiece, red loong,no humans, above clouds, sun,fire,head focus,close-up",
    "a poorly lit photo of the chasm in the woods outside of town",
    "tiny cute toy, standing character, soft smooth lighting, soft pastel colors, 3d blender render, polycount, "
    "square image,",
    "nomanssky style wallpaper, artwork, high resolution 4K concept art beautiful masterpiece",
)
"""Prompts that people typed."""
ASKED = (
    "a fox in the snow, use flux",
    "a fox in the snow, with juggernaut xl",
    "a fox in the snow, 1920x1080",
    "a wizard in a library, pixel art lora",
    "score_9, score_8_up, score_7_up, a knight with a lantern",
    "draft, fast preview of a castle",
    "雪の中の狐、アニメ風",
    "wide cinematic, 21:9, 8k wallpaper of a spaceship graveyard",
    'a logo with lettering "Flour & Salt" for a bakery',
    "use juggernaut XL, 1344x768, upscale 4x with UltraSharp, an old train in a valley",
    "a mountain village <lora:add-detail-xl:0.8>, --ar 16:9",
    "first generate a chapel in a wheat field, then upscale it by 2x",
    "a video of a fox running through snow",
)
"""Asks, as people make them."""


def earlier(page: str) -> dict[str, tuple[str, str]]:
    """Return prompt -> what was written and its judgement, of an earlier page."""
    entry = re.compile(r"^### \d+\. ([^\n]*)\n\n(.*?)\n\n\*\*Judgement:\*\* ([^\n]*)$", re.MULTILINE | re.DOTALL)
    return {prompt: (written, judgement) for prompt, written, judgement in entry.findall(page)}


def described(one: Seen) -> str:
    """Return what was written, as a list."""
    short = [name.rsplit("/", 1)[-1].rsplit(".", 1)[0] for name in one.mains]
    loras = [f"LoRA {name.rsplit('.', 1)[0]} at {weight:g}" for name, weight in one.loras.items()]
    sizes = " → ".join(dict.fromkeys(f"{width:.0f} × {height:.0f}" for width, height in (one.first, one.last)))
    upscalers = [f"enlarged with {name.rsplit('.', 1)[0]}" for name in one.upscalers]
    skips = [f"clip skip {-layer}" for layer in dict.fromkeys(one.values("stop_at_clip_layer"))]
    lines = [", ".join(["+".join(short), *loras, *skips, sizes, *upscalers])]
    for each in one.passes:
        cfg = f"cfg {each.cfg:g}" if each.cfg is not None else "no cfg"
        guidance = f", guidance {each.guidance:g}" if each.guidance is not None else ""
        denoise = f", denoise {each.denoise:g}" if each.denoise != 1 else ""
        lines.append(f"{each.steps} steps, {cfg}{guidance}, {each.sampler}, {each.scheduler}{denoise}")
    texts = list(dict.fromkeys(each.positive for each in one.passes))
    lines += [f"text: `{text}`" for text in texts]
    lines += [f"not: `{text}`" for text in dict.fromkeys(each.negative for each in one.passes) if text.strip()]
    lines += [one.read] if one.read else []
    lines += [f"note: {note}" for note in one.notes]
    return "\n".join(f"- {line}".replace("\n", " ") for line in lines)


def main() -> None:
    """Write the page."""
    before = earlier(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    policy = load_policy()
    with tempfile.TemporaryDirectory() as folder:
        catalog = catalog_of("studio", Path(folder))
    parts, number, judged = [], 0, []
    for title, prompts in (("Captions", CAPTIONS), ("What people typed", TYPED), ("Asks", ASKED)):
        parts.append(f"## {title}")
        for prompt in prompts:
            number += 1
            written = described(seen(prompt, catalog, policy, 1, SEED)[0])
            old, judgement = before.get(prompt, ("", NOT_JUDGED))
            if old != written and not judgement.startswith(NOT_JUDGED):
                judgement = f"{NOT_JUDGED}; of an earlier version: {judgement}"
            judged.append(judgement)
            parts.append(f"### {number}. {prompt}\n\n{written}\n\n**Judgement:** {judgement}")
    good = sum(judgement.lower().startswith("good") for judgement in judged)
    names = ", ".join(f"`{path.split('/', 1)[1]}`" for path in STUDIO)
    files = "\n".join(textwrap.wrap(f"The installation has these model files: {names}.", 120, break_on_hyphens=False))
    head = HEAD.format(count=number, good=good, seed=SEED, files=files)
    PAGE.write_text(head + "\n" + "\n\n".join(parts) + "\n", encoding="utf-8", newline="\n")


HEAD = """# What is written for {count} prompts
{files}

One candidate each at the defaults, with seed {seed}. `python benchmarks/asks_page.py` writes the page; the judgements
were made by looking at each workflow as somebody who knows ComfyUI, not by a rule: {good} of {count} begin with "good".
How often asks are met over more prompts and several seeds is what `python benchmarks/asks.py` measures.
"""

if __name__ == "__main__":
    main()
