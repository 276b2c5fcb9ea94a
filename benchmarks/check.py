"""Measure how long `check` and `fix` take one core on a graph of 150 nodes, whatever else the machine does.

python3 benchmarks/check.py [--nodes 150] [--repeats 7]
"""

from __future__ import annotations

import argparse
import json
import lzma
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.catalog.model_files import model_files
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.checking.check import check
from nodewright.workflow.checking.fix import fix

DATA = Path(__file__).resolve().parent.parent / "tests" / "data"
SDXL, FLUX = "sd_xl_base_1.0.safetensors", "flux1-dev.safetensors"


def installation(*files: tuple[str, str]) -> Catalog:
    """Return ComfyUI's own classes with these files, known by their names."""
    info = json.loads(lzma.decompress((DATA / "object_info_0.33.0.json.xz").read_bytes()))
    models = model_files((folder, name, identify(folder, name)) for folder, name in files)
    return catalog_from_object_info(info, models, options_from_models=True)


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    """Return a node in API format."""
    return {"class_type": class_type, "inputs": inputs}


def graph(nodes: int) -> dict[str, Any]:
    """Return an SDXL workflow of about so many nodes: a chain of LoRAs, and several pictures behind it."""
    api = {"loader": node("CheckpointLoaderSimple", ckpt_name=SDXL)}
    model, clip = ["loader", 0], ["loader", 1]
    for number in range(nodes // 5):
        strengths = {"strength_model": 0.5, "strength_clip": 0.5}
        name = f"style_{number}_sdxl.safetensors"
        api[f"lora{number}"] = node("LoraLoader", model=model, clip=clip, lora_name=name, **strengths)
        model, clip = [f"lora{number}", 0], [f"lora{number}", 1]
    number = 0
    while len(api) + 6 <= nodes:
        key = str(number)
        settings = {"seed": number, "steps": 25, "cfg": 6.0, "sampler_name": "euler", "scheduler": "normal"}
        links = {"model": model, "positive": [f"p{key}", 0], "negative": [f"n{key}", 0], "latent_image": [f"e{key}", 0]}
        api |= {
            f"p{key}": node("CLIPTextEncode", clip=clip, text="a lighthouse at night"),
            f"n{key}": node("CLIPTextEncode", clip=clip, text="blurry"),
            f"e{key}": node("EmptyLatentImage", width=1024, height=1024, batch_size=1),
            f"k{key}": node("KSampler", **links, **settings, denoise=1.0),
            f"d{key}": node("VAEDecode", samples=[f"k{key}", 0], vae=["loader", 2]),
            f"s{key}": node("SaveImage", images=[f"d{key}", 0], filename_prefix="ComfyUI"),
        }
        number += 1
    return api


def milliseconds(work: Callable[[], Any], repeats: int) -> str:
    """Return the time of the first call and the median of the others, in words."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    return f"{statistics.median(times[1:]):.0f} ms (the first time {times[0]:.0f} ms)"


def main() -> int:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=150)
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    api = graph(arguments.nodes)
    loras = [("loras", f"style_{number}_sdxl.safetensors") for number in range(arguments.nodes // 5)]
    here = installation(("checkpoints", SDXL), *loras)
    flux = (("diffusion_models", FLUX), ("text_encoders", "clip_l.safetensors"), ("vae", "ae.safetensors"))
    there = installation(*flux, ("text_encoders", "t5xxl_fp16.safetensors"))
    print(f"{len(api)} nodes")
    print(f"check: {milliseconds(lambda: check(api, here), arguments.repeats)}")
    print(f"fix, nothing to do: {milliseconds(lambda: fix(api, here), arguments.repeats)}")
    print(f"fix, another family and no LoRA of it: {milliseconds(lambda: fix(api, there), arguments.repeats)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
