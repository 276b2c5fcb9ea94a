"""Seconds to find, read and keep what a folder of many model files states, with sidecars beside half of them.

    .environment/venv/bin/python benchmarks/model_files.py [--files 10000]

The files are copies of one LoRA's header with its weights left out, in twenty folders; a sidecar is one of
ComfyUI-Lora-Manager's with eight example pictures. Prints for each step seconds on the clock and of the CPU.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from inventories import unet_lora, write_sparse

from nodewright.workflow.catalog.cache import load_catalog
from nodewright.workflow.catalog.good_at import good_at_sources
from nodewright.workflow.catalog.models_folder import identify_models, list_models
from nodewright.workflow.catalog.sidecars import Sidecars, sidecars_state
from nodewright.workflow.catalog.subjects import fits_words

SIDECAR = {
    "model_name": "Pixel Art", "base_model": "SDXL 1.0", "tags": ["style", "pixel art"],
    "usage_tips": '{"strength": 0.8}', "modelDescription": "<p>Makes pixel art. Use 25-30 steps, cfg 5.</p>" * 40,
    "civitai": {
        "trainedWords": ["pixelart"],
        "images": [{"meta": {"prompt": "pixel art, " * 40, "steps": 30, "cfgScale": 7, "sampler": "Euler a"}}] * 8,
    },
}  # fmt: skip


def write_files(count: int, models: Path) -> None:
    """Write the files and sidecars into a models folder."""
    shapes, sidecar = unet_lora(2048), json.dumps(SIDECAR)
    for number in range(count):
        path = models / "loras" / str(number % 20) / f"lora_{number}.safetensors"
        write_sparse(path, shapes)
        if number % 2:
            path.with_name(f"lora_{number}.metadata.json").write_text(sidecar, encoding="utf-8")


def timed(name: str, run: Callable[[], Any]) -> Any:
    """Run a step, print how long it took, and return what it returned."""
    start, cpu = time.perf_counter(), time.process_time()
    found = run()
    print(f"{name:32} {time.perf_counter() - start:8.2f} {time.process_time() - cpu:8.2f}")
    return found


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000, metavar="COUNT", help="how many model files (10,000)")
    count = parser.parse_args().files
    with tempfile.TemporaryDirectory() as folder:
        models, saved = Path(folder, "models"), Path(folder, "object_info.json")
        write_files(count, models)
        saved.write_text("{}", encoding="utf-8")
        print(f"{f'{count} files':32} {'seconds':>8} {'CPU':>8}")
        found = timed("list", lambda: list_models(models))
        beside = Sidecars()
        timed("find sidecars", lambda: [sidecars_state(beside.of(name, path)) for name, _, path in found])
        files = timed("identify, cold", lambda: identify_models(found))
        timed("what they are good at", lambda: [(good_at_sources(file), fits_words(file)) for file in files])
        load_catalog(saved, models, Path(folder, "cache"))
        timed("catalog from its cache", lambda: load_catalog(saved, models, Path(folder, "cache")))


if __name__ == "__main__":
    main()
