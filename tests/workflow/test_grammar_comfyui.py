"""Random walks of the grammar on six installations, each accepted by a real ComfyUI's own validation.

Each day walks others. `--walks 1700` walks 10,200.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import comfyui_walks
import pytest
from inventories import INVENTORIES, write_inventory

# What each file really is, written down by hand: nothing here is asked of the code under test.
SD15, SDXL, SD3, FLUX, QWEN, Z_IMAGE, WAN = "sd15", "sdxl", "sd3", "flux", "qwen_image", "z_image", "wan"
TRUTH: dict[str, set[str]] = {
    "v1-5-pruned-emaonly": {SD15}, "dreamshaper_8": {SD15}, "vae-ft-mse-840000-ema-pruned": {SD15},
    "nothing-in-the-name": {SD15}, "control_canny": {SD15}, "easynegative": {SD15},
    "sd_xl_base_1.0": {SDXL}, "model_v7": {SDXL}, "sdxl_unet_only": {SDXL}, "sdxl_vae": {SDXL},
    "detail-tweaker-xl": {SDXL}, "papercut": {SDXL}, "depth": {SDXL},
    "sd3.5_large": {SD3}, "sd3.5_large_no_text": {SD3}, "sd3.5_large_controlnet_canny": {SD3},
    "flux1-dev": {FLUX}, "flux-realism": {FLUX}, "flux-union": {FLUX}, "flux1-redux-dev": {FLUX},
    "qwen_image_fp8_e4m3fn": {QWEN}, "qwen_image_vae": {QWEN}, "Qwen-Image-Lightning-4steps-V1.0": {QWEN},
    "qwen_2.5_vl_7b_fp8_scaled": {QWEN}, "qwen_image_canny_diffsynth_controlnet": {QWEN},
    "z_image_turbo_bf16": {Z_IMAGE}, "pixel_art_style_z_image_turbo": {Z_IMAGE}, "qwen_3_4b": {Z_IMAGE},
    "umt5_xxl_fp16": {WAN}, "wan_2.1_vae": {WAN},
    "ae": {FLUX, Z_IMAGE}, "clip_g": {SDXL, SD3}, "clip_l": {SD15, SDXL, SD3, FLUX}, "t5xxl_fp16": {SD3, FLUX},
}  # fmt: skip
UPSCALERS = {"4x-UltraSharp", "RealESRGAN_x2plus", "RealESRGAN_x4plus"}


@pytest.mark.parametrize("name", sorted(INVENTORIES))
def test_comfyui_accepts_every_walk(name: str, comfyui_path: Path, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    walks, seed = pytestconfig.getoption("walks"), pytestconfig.getoption("walk_seed")
    seed = date.today().toordinal() if seed is None else seed
    write_inventory(name, tmp_path)
    script = Path(comfyui_walks.__file__)
    done = subprocess.run(
        [sys.executable, str(script), str(comfyui_path), str(tmp_path), str(walks), str(seed)],
        capture_output=True, text=True, encoding="utf-8", timeout=800, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["walks"] == walks
    assert found["rejected"] == [], f"--walks {walks} --walk-seed {seed} walks them again"
    assert len(found["classes"]) > (80 if walks >= 1000 else 40), (
        "the walks saw too little of the grammar to mean anything"
    )
    for files in found["files_together"]:
        stems = {Path(file).stem for file in files} - UPSCALERS
        together = set.intersection(*(TRUTH[stem] for stem in stems)) if stems else {"none"}
        assert together, f"files of different families depend on each other: {files}"
