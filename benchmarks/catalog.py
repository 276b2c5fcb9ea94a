"""Seconds and memory to build a catalog, cold and from its cache, as the installation grows.

    python benchmarks/catalog.py [CLASSES ...]

Writes a synthetic object_info of each size (250, 887 and 2,700 classes; the last has 100 MB, nearly all of it lists
of model files that many loaders repeat, as in a real installation with many packs), and measures each step in a
process of its own: seconds on the clock and of the CPU, and memory before and at the peak. The object_info is the
same for the same size (seeded).
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SIZES = (250, 887, 2700)
BYTES_PER_CLASS = 113_000_000 / 2700  # by the estimate in _node; the file comes to 100 MB
TYPES = ("MODEL", "CLIP", "VAE", "CONDITIONING", "LATENT", "IMAGE", "MASK", "CONTROL_NET")
FOLDERS = {
    "ckpt_name": 400,
    "lora_name": 2000,
    "unet_name": 120,
    "vae_name": 40,
    "clip_name": 60,
    "control_net_name": 90,
}


def synthetic_object_info(classes: int, seed: int = 0) -> dict[str, Any]:
    """`classes` node classes with about 8 inputs each, as large as `BYTES_PER_CLASS` says through their file lists."""
    draw = random.Random(seed)
    files = {
        name: [f"{draw.choice(('sdxl', 'flux', 'sd15'))}/{name}-{index:05d}-{draw.getrandbits(64):x}.safetensors"
               for index in range(count)]
        for name, count in FOLDERS.items()
    }  # fmt: skip
    info: dict[str, Any] = {}
    size = 0
    for number in range(classes):
        name = f"Synthetic{number}"
        info[name], spent = _node(draw, name, files, size < number * BYTES_PER_CLASS)
        size += spent
    return info


def _node(draw: random.Random, name: str, files: dict[str, list[str]], loader: bool) -> tuple[dict[str, Any], int]:
    """Return a class, and roughly its size in bytes. A `loader` lists files."""
    spent = 1500
    required: dict[str, Any] = {}
    for index in range(draw.randint(2, 6)):
        required[f"link_{index}"] = [draw.choice(TYPES), {"tooltip": "What is connected here."}]
    for index in range(draw.randint(1, 3)):
        required[f"amount_{index}"] = ["FLOAT", {"default": 1.0, "min": 0.0, "max": 10.0, "step": 0.01}]
        required[f"count_{index}"] = ["INT", {"default": 1, "min": 0, "max": 4096}]
    required["mode"] = ["COMBO", {"options": [f"mode {draw.randint(0, 40)}" for _ in range(8)]}]
    required["text"] = ["STRING", {"multiline": True, "default": ""}]
    if loader:
        key = draw.choice(list(files))
        for index in range(1 if key != "lora_name" else draw.randint(1, 3)):
            required[key if index == 0 else f"{key}_{index}"] = [files[key], {}]
            spent += sum(len(file) + 4 for file in files[key])
    outputs = draw.sample(TYPES, draw.randint(1, 3))
    return {
        "input": {"required": required, "hidden": {"unique_id": "UNIQUE_ID"}},
        "input_order": {"required": list(required)},
        "output": outputs,
        "output_is_list": [False] * len(outputs),
        "output_name": outputs,
        "name": name,
        "display_name": name,
        "description": "A class that only exists in this benchmark. " * 4,
        "category": "benchmark",
        "output_node": False,
    }, spent


def peak_megabytes() -> float:
    """Return the most memory that this process has held, in MB."""
    if sys.platform == "win32":
        return float("nan")
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def measure(object_info: Path, cache: Path) -> None:
    """Load the catalog, and print seconds and peak memory as JSON."""
    from nodewright.workflow.catalog.cache import load_catalog

    before = peak_megabytes()
    start, cpu = time.perf_counter(), time.process_time()
    catalog = load_catalog(object_info, cache_dir=cache)
    result = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
    print(json.dumps(result | {"peak": peak_megabytes(), "before": before, "classes": len(catalog.classes)}))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("classes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--measure", type=Path, nargs=2, metavar=("OBJECT_INFO", "CACHE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(*arguments.measure)
        return
    if arguments.write:
        arguments.write.write_text(json.dumps(synthetic_object_info(arguments.classes[0])), encoding="utf-8")
        return
    print(f"{'classes':>8} {'MB':>6} {'':>7} {'seconds':>8} {'CPU':>6} {'before':>7} {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for classes in arguments.classes:
            path = Path(folder, f"object_info_{classes}.json")
            # Not in this process: what it holds would count as the peak of those that it starts.
            subprocess.run([sys.executable, __file__, str(classes), "--write", str(path)], check=True)
            for step in ("cold", "cached"):
                command = [sys.executable, __file__, "--measure", str(path), str(Path(folder, "cache"))]
                result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                megabytes = path.stat().st_size / 1e6
                print(
                    f"{classes:8d} {megabytes:6.1f} {step:>7} {result['seconds']:8.2f} {result['cpu']:6.2f}"
                    f" {result['before']:7.0f} {result['peak']:8.0f}"
                )


if __name__ == "__main__":
    main()
