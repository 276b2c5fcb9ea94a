"""Print the workflows for the prompts in README, written on an installation such as people have.

    python benchmarks/examples.py [PROMPT ...]

The installation is ComfyUI 0.33.0 as in tests/data, with two dozen well-known models, LoRAs and upscalers as files that
have a real header and no weights; nothing is rendered. Each prompt gives one row of a Markdown table: the workflow of
seed 1, with all settings at their defaults.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from installation_data import NEWEST, read_object_info
from inventories import (
    Files,
    esrgan,
    flux_split,
    qwen_or_zimage_split,
    sd15_checkpoint,
    sdxl_checkpoint,
    unet_lora,
    write_sparse,
)

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.models_folder import identify_models, list_models
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.summary import summary
from nodewright.writing import load_policy, write_workflows

PROMPTS = (
    "a fox in the snow, photo",
    "anime girl with a red umbrella in the rain, tall",
    "pixel art castle at night, detailed",
)
SDXL = ("sd_xl_base_1.0", "juggernautXL_v9", "waiIllustriousSDXL_v140", "ponyDiffusionV6XL", "dreamshaperXL_lightning")
SD15 = ("realisticVisionV60B1", "dreamshaper_8")
SDXL_LORAS = ("pixel-art-xl", "add-detail-xl", "FILM_PHOTOGRAPHY_STYLE")


def installed_files() -> Files:
    """Return the path under models/ and the tensors of each file of the installation."""
    files: Files = {**flux_split(), **qwen_or_zimage_split()}
    files |= {f"checkpoints/{name}.safetensors": sdxl_checkpoint() for name in SDXL}
    files |= {f"checkpoints/{name}.safetensors": sd15_checkpoint() for name in SD15}
    files |= {f"loras/{name}.safetensors": unet_lora(2048) for name in SDXL_LORAS}
    return files | {"upscale_models/4x-UltraSharp.safetensors": esrgan(4)}


def installation(folder: Path) -> Catalog:
    """Write the files of the installation to `folder`, and return its catalog."""
    for name, shapes in installed_files().items():
        write_sparse(folder / name, shapes)
    return catalog_from_object_info(
        read_object_info(NEWEST), identify_models(list_models(folder)), options_from_models=True
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("prompts", nargs="*", default=PROMPTS, metavar="PROMPT")
    prompts: Sequence[str] = parser.parse_args(arguments).prompts
    with tempfile.TemporaryDirectory() as folder:
        catalog = installation(Path(folder))
    policy = load_policy()
    print("| prompt | workflow |\n|---|---|")
    for prompt in prompts:
        written = write_workflows(prompt, catalog, policy=policy, seed=1)[0]
        print(f"| {prompt} | {'<br>'.join(summary(written.workflow, catalog).splitlines())} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
