"""Microseconds for the allowed choices of a state, and seconds to build a grammar.

    python benchmarks/grammar.py object_info.json [--walks 500] [--classes 2700]

Random walks over the node classes of `object_info.json` (`nodewright catalog` saves one), first as they are, then
with synthetic classes added up to `--classes` (100 MB of object_info at 2,700). Both have the same simulated model
files beside their own. A state's time is the processor time of
`GrammarState.choice_sets` (other processes do not count); taking a choice is timed apart.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from catalog import synthetic_object_info

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.catalog.model_files import model_files
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.grammar import Grammar

FILES = (
    ("checkpoints", "v1-5-pruned-emaonly.safetensors"), ("checkpoints", "dreamshaper_8_sd15.safetensors"),
    ("checkpoints", "sd_xl_base_1.0.safetensors"), ("checkpoints", "juggernautXL_v9.safetensors"),
    ("checkpoints", "sd3.5_medium_incl_clips.safetensors"), ("diffusion_models", "flux1-dev.safetensors"),
    ("diffusion_models", "qwen_image_fp8_e4m3fn.safetensors"), ("diffusion_models", "z_image_turbo_bf16.safetensors"),
    ("text_encoders", "clip_l.safetensors"), ("text_encoders", "t5xxl_fp16.safetensors"),
    ("text_encoders", "qwen_2.5_vl_7b_fp8_scaled.safetensors"), ("text_encoders", "qwen_3_4b.safetensors"),
    ("vae", "ae.safetensors"), ("vae", "qwen_image_vae.safetensors"), ("loras", "detail_tweaker_xl.safetensors"),
    ("loras", "flux_realism_lora.safetensors"), ("upscale_models", "4x-UltraSharp.pth"),
)  # fmt: skip


OPTIONS = (30_000, 100_000)
"""Numbers of options of one combo with which the grammar is built as well."""


def _with_options(count: int) -> dict[str, Any]:
    """Return a class with a combo of `count` options and a default that is none of them, so that each is written."""
    styles = [f"style number {number}" for number in range(count)]
    return {
        "input": {"required": {"image": ["IMAGE"], "style": [styles, {"default": "none"}]}},
        "output": ["IMAGE"],
        "category": "image",
    }


def measure(name: str, catalog: Catalog, walks: int) -> None:
    """Measure one installation, and print one line."""
    start = time.thread_time()
    grammar = Grammar(catalog)
    built = time.thread_time() - start
    rng = random.Random(0)
    allowed: list[float] = []
    taken: list[float] = []
    for _ in range(walks):
        state = grammar.start()
        while not state.done:
            start = time.thread_time()
            sets = state.choice_sets
            allowed.append(time.thread_time() - start)
            if not sets or not all(group.choices for group in sets):
                raise SystemExit(f"a state without choices after {state.choices_made}")
            choice = rng.choice(rng.choice(sets).choices)
            start = time.thread_time()
            state.choose(choice)
            taken.append(time.thread_time() - start)
    times = (_at(allowed, 0.5), _at(allowed, 0.99), _at(allowed, 1), _at(taken, 0.5), _at(taken, 0.99))
    print(
        f"{name:28} {len(catalog.classes):6} {built:8.2f} {len(allowed):7} "
        + " ".join(f"{value:8.0f}" for value in times)
    )


def _at(values: list[float], share: float) -> float:
    """Return the value that `share` of the values do not exceed, in microseconds."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1e6


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("object_info", type=Path)
    parser.add_argument("--walks", type=int, default=500)
    parser.add_argument("--classes", type=int, default=2700)
    options = parser.parse_args()
    info: dict[str, Any] = json.loads(options.object_info.read_text(encoding="utf-8"))
    files = model_files((folder, name, identify(folder, name)) for folder, name in FILES)
    print(
        f"{'':28} {'classes':>6} {'build s':>8} {'states':>7} "
        f"{'p50 us':>8} {'p99 us':>8} {'most us':>8} {'take 50':>8} {'take 99':>8}"
    )
    measure(options.object_info.stem, catalog_from_object_info(info, files, options_from_models=True), options.walks)
    for count in OPTIONS:
        styled = {**info, "Styles": _with_options(count)}
        catalog = catalog_from_object_info(styled, files, options_from_models=True)
        measure(f"and a combo of {count:,}", catalog, options.walks)
    synthetic = synthetic_object_info(max(0, options.classes - len(info)))
    names = {
        file
        for cls in synthetic.values()
        for key, spec in cls["input"]["required"].items()
        if "_name" in key
        for file in [tuple(spec[0])]
        if isinstance(spec[0], list)
    }
    folders = {
        "ckpt": "checkpoints",
        "lora": "loras",
        "unet": "diffusion_models",
        "vae": "vae",
        "clip": "text_encoders",
        "control": "controlnet",
    }
    listed = [
        (next(folder for part, folder in folders.items() if f"/{part}" in name), name)
        for group in names
        for name in group
    ]
    more = model_files((folder, name, identify(folder, name)) for folder, name in [*FILES, *listed])
    catalog = catalog_from_object_info({**info, **synthetic}, more, options_from_models=True)
    measure(f"with synthetic, {len(more)} files", catalog, options.walks)


if __name__ == "__main__":
    main()
