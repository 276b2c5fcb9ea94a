"""The catalog inside the real ComfyUI, in a process of its own: which folders it has is settled at its import."""

from __future__ import annotations

import importlib
import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from inventories import mmdit, prefixed, tiny_autoencoder, transformer_lora, unet_lora, write_inventory, write_sparse

from nodewright.workflow.catalog import identify
from nodewright.workflow.catalog.models_folder import identify_models, list_models
from nodewright.workflow.catalog.safetensors_header import read_header

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
from nodewright.workflow.catalog.safetensors_header import read_header
live.live_catalog()  # some nodes make folders when they are first asked
catalog = live.live_catalog()
again = live.live_catalog() is catalog
nodes.NODE_CLASS_MAPPINGS.pop("KSampler")
without = live.live_catalog()
detected = {}
for model in catalog.models:
    if model.role in ("checkpoint", "diffusion_model"):
        path = live.folder_paths.get_full_path(model.folder, model.name)
        detected[model.name] = live._detect(model.name, read_header(path), model.role == "checkpoint")
from nodewright.workflow.catalog.cache import to_json
print("\\n" + json.dumps({
    "models": to_json(catalog)["models"], "classes": list(catalog.classes), "again": again, "detected": detected,
    "same": all(each is catalog.classes[name] for name, each in without.classes.items()),
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


def test_comfyui_and_our_own_rules_agree(comfyui_path: Path, tmp_path: Path) -> None:
    models = write_inventory("mixed_40", tmp_path)  # has all files of the others
    small = prefixed("model.diffusion_model.", mmdit(3)) | prefixed("first_stage_model.", tiny_autoencoder())
    write_sparse(models / "checkpoints" / "sd3_type_and_small.safetensors", small)
    write_sparse(models / "loras" / "small.safetensors", transformer_lora("joint_blocks.{}.x_block.attn.qkv", 3, 192))
    answer, log = inside(comfyui_path, tmp_path)
    ours: list[list[Any]] = [
        [m.name, m.folder, m.role, sorted(m.families), m.alias] for m in identify_models(list_models(models))
    ]
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
    assert answer["same"], "what did not change is found in caches without being compared"
    assert {"Broken", "Malformed"}.isdisjoint(answer["classes"]) and "KSampler" in answer["classes"]
    assert "not today" in log and "'Malformed', input 'x'" in log


# ---- in this process ---------------------------------------------------------------------------------------------


@pytest.fixture
def live(comfyui_modules: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, with nothing known yet, where ComfyUI has two model folders: loras with one file, and vae."""
    import folder_paths

    found = importlib.import_module("nodewright.nodes.live_catalog")
    places = {name: ([str(tmp_path / name)], {".safetensors"}) for name in ("loras", "vae")}
    write_sparse(tmp_path / "loras" / "ink.safetensors", unet_lora(768))
    (tmp_path / "vae").mkdir()
    monkeypatch.setattr(folder_paths, "folder_names_and_paths", places)
    monkeypatch.setattr(folder_paths, "filename_list_cache", {})
    monkeypatch.setattr(folder_paths, "user_directory", str(tmp_path / "user"))
    monkeypatch.setattr(found, "_identities", {})
    monkeypatch.setattr(found, "_read_once", False)
    return found


def kept(live: ModuleType) -> dict[str, str]:
    """Name of a file -> its role, of what is kept for the next start."""
    files = json.loads(live._cache_path().read_bytes())["files"]
    return {Path(state[0]).name: role for state, role, *_ in files.values()}


def test_a_file_that_cannot_be_read_just_now_is_read_again(
    live: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "vae" / "damaged.safetensors").write_bytes(b"no")

    def locked(path: Path) -> Any:
        if path.name == "ink.safetensors":
            raise PermissionError(13, "another process has locked it", str(path))
        return read_header(path)

    monkeypatch.setattr(identify, "read_header", locked)
    with caplog.at_level(logging.WARNING):
        assert [model.role for model in live._models()] == ["unknown", "unknown"]
    assert str(tmp_path / "loras" / "ink.safetensors") in caplog.text
    assert kept(live) == {"damaged.safetensors": "unknown"}
    monkeypatch.setattr(identify, "read_header", read_header)
    assert [model.alias for model in live._models()] == ["sd15/ink", "any/damaged"]
    assert kept(live) == {"damaged.safetensors": "unknown", "ink.safetensors": "lora"}


def test_a_folder_that_is_gone_takes_only_its_own_models_away(
    live: ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_sparse(tmp_path / "vae" / "small.safetensors", unet_lora(768))
    assert [model.name for model in live._models()] == ["ink.safetensors", "small.safetensors"]
    shutil.rmtree(tmp_path / "vae")
    with caplog.at_level(logging.WARNING):
        assert [model.name for model in live._models()] == ["ink.safetensors"]
    assert str(tmp_path / "vae") in caplog.text


def test_what_is_kept_goes_with_the_rules_that_made_it(
    live: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = live._cache_key()
    copy = tmp_path / "live_catalog.py"
    copy.write_bytes(Path(str(live.__file__)).read_bytes() + b"\n# another rule\n")
    monkeypatch.setattr(live, "__file__", str(copy))
    assert live._cache_key() != before
