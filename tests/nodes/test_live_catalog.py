"""The catalog inside the real ComfyUI, in a process of its own: which folders it has is settled at its import."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent.parent / "workflow"))
from inventories import mmdit, prefixed, tiny_autoencoder, transformer_lora, write_inventory, write_sparse

from nodewright.workflow.models_folder import scan_models

# Runs where ComfyUI's own folder is first on sys.path, as it is for main.py.
INSIDE = """
import asyncio, json, sys
from comfy.cli_args import args
args.cpu, args.base_directory = True, sys.argv[1]
import utils.extra_config  # before comfy's own `utils` can take the name
import nodes
asyncio.run(nodes.init_extra_nodes(init_custom_nodes=False, init_api_nodes=False))

class Broken:
    RETURN_TYPES = ()
    @classmethod
    def INPUT_TYPES(cls):
        raise RuntimeError("not today")

class Malformed(Broken):
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"x": ("INT", {"min": "zero"})}}

nodes.NODE_CLASS_MAPPINGS |= {"Broken": Broken, "Malformed": Malformed}
from nodewright.nodes import live_catalog as live
live.live_catalog()  # some nodes make folders when they are first asked
catalog = live.live_catalog()
again = live.live_catalog() is catalog
nodes.NODE_CLASS_MAPPINGS.pop("KSampler")
without = live.live_catalog()
detected = {}
for model in catalog.models:
    if model.role in ("checkpoint", "diffusion_model"):
        path = live.folder_paths.get_full_path(model.folder, model.name)
        detected[model.name] = live._detect(model.name, live.read_header(path), model.role == "checkpoint")
from nodewright.workflow.catalog_cache import to_json
print("\\n" + json.dumps({
    "models": to_json(catalog)["models"], "classes": list(catalog.classes), "again": again, "detected": detected,
    "without": "KSampler" in without.classes, "object_info": len(live.object_info()),
    "options": catalog.classes["CheckpointLoaderSimple"].inputs[0].options,
    "kept": json.loads(live._cache_path().read_bytes())["files"],
}))
"""


def inside(comfyui_path: Path, base: Path) -> tuple[dict[str, Any], str]:
    """What the code above prints, and the log."""
    command = [sys.executable, "-c", INSIDE, str(base)]
    done = subprocess.run(command, cwd=comfyui_path, capture_output=True, text=True, encoding="utf-8", timeout=600)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer, done.stderr


def test_comfyui_and_our_own_rules_agree(comfyui_path: Path, shared: Path, tmp_path: Path) -> None:
    models = write_inventory("mixed_40", tmp_path, shared / "data" / "headers")  # has all files of the others
    small = prefixed("model.diffusion_model.", mmdit(3)) | prefixed("first_stage_model.", tiny_autoencoder())
    write_sparse(models / "checkpoints" / "sd3_type_and_small.safetensors", small)
    write_sparse(models / "loras" / "small.safetensors", transformer_lora("joint_blocks.{}.x_block.attn.qkv", 3, 192))
    answer, log = inside(comfyui_path, tmp_path)
    ours: list[list[Any]] = [[m.name, m.folder, m.role, sorted(m.families), m.alias] for m in scan_models(models)]
    assert [row[:5] for row in answer["models"]] == ours
    diffusion = [row for row in ours if row[2] in ("checkpoint", "diffusion_model")]
    assert set(answer["detected"]) == {row[0] for row in diffusion}
    assert all(answer["detected"].values()), "ComfyUI's own detection recognises every one"
    assert all(len(row[3]) == 1 for row in diffusion)
    assert answer["options"] == sorted(row[0] for row in diffusion if row[1] == "checkpoints")
    assert len(answer["kept"]) == len(ours)
    assert answer["detected"]["sd3_type_and_small.safetensors"] == "SD3"
    aliases = {row[4] for row in answer["models"]}
    assert {"miniature/sd3_type_and_small", "miniature/small", "sd3/sd3_5_large_no_text"} <= aliases
    assert answer["again"], "nothing changed, so it is the same catalog"
    assert not answer["without"], "a class that is gone is gone"
    assert {"Broken", "Malformed"}.isdisjoint(answer["classes"]) and "KSampler" in answer["classes"]
    assert "not today" in log and "'Malformed', input 'x'" in log
