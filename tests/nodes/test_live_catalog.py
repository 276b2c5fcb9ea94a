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
from partial_installations import write_installation

from nodewright.workflow.catalog import identify
from nodewright.workflow.catalog.file_facts import NO_FACTS, facts_document
from nodewright.workflow.catalog.models_folder import identify_models, list_models
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.catalog.safetensors_header import read_header

# Runs where ComfyUI's own folder is first on sys.path, as it is for main.py.
INSIDE = """
import asyncio, json, sys, threading
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

class Hanging(Broken):
    @classmethod
    def INPUT_TYPES(cls):
        threading.Event().wait()

class Quitting(Broken):
    @classmethod
    def INPUT_TYPES(cls):
        sys.exit(3)

class Unreachable(type):
    def __getattribute__(cls, name):
        raise RuntimeError("every attribute fails")

def returning(value):
    return type("Odd", (Broken,), {"INPUT_TYPES": classmethod(lambda cls: value)})

endless = {"required": {}}
endless["required"]["x"] = ("INT", endless)
deep = []
for _ in range(5000):
    deep = [deep]
ODD = {
    "Broken": Broken, "Malformed": Malformed, "Hanging": Hanging, "Quitting": Quitting,
    "Unreachable": Unreachable("Unreachable", (), {}), "NoClass": 5, "Endless": returning(endless),
    "Deep": returning({"required": {"x": ("INT", {"default": deep})}}), "Nothing": returning(None),
    "Digits": returning({"required": {"x": ("INT", {"max": 10**4301})}}),
    "NoJson": returning({"required": {"x": {1, 2}}}),
    "Surrogates": returning({"required": {chr(0xD800): ("INT",)}}), "List": returning(["required"]),
    "Comma": type("Comma", (Broken,), {"INPUT_TYPES": classmethod(lambda cls: {}), "OUTPUT_IS_LIST": True}),
}
first, *rest = nodes.NODE_CLASS_MAPPINGS
nodes.NODE_CLASS_MAPPINGS = {first: nodes.NODE_CLASS_MAPPINGS[first], **ODD, **nodes.NODE_CLASS_MAPPINGS}
from nodewright.nodes import class_descriptions, live_catalog as live
class_descriptions.PATIENCE = 3.0
from nodewright.workflow.catalog.safetensors_header import read_header
live.live_catalog()  # some nodes make folders when they are first asked
catalog = live.live_catalog()
again = live.live_catalog() is catalog
nodes.NODE_CLASS_MAPPINGS.pop("KSampler")
without = live.live_catalog()
detected = {}
for model in catalog.models:
    if model.role in ("checkpoint", "diffusion_model") and model.format is None:
        path = live.folder_paths.get_full_path(model.folder, model.name)
        detected[model.name] = live._detect(read_header(path), model.role == "checkpoint")
from nodewright.workflow.catalog.cache import to_json
print("\\n" + json.dumps({
    "models": to_json(catalog)["models"], "classes": list(catalog.classes), "again": again, "detected": detected,
    "same": all(each is catalog.classes[name] for name, each in without.classes.items()),
    "without": "KSampler" in without.classes, "object_info": len(live.object_info()),
    "odd": list(ODD), "options": catalog.classes["CheckpointLoaderSimple"].inputs[0].options,
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
    for name in ("misplaced", "other_tasks"):
        write_installation(name, tmp_path)
    write_sparse(models / "checkpoints" / "new.safetensors", prefixed("model.diffusion_model.", of_no_known_model()))
    write_sparse(models / "Lora" / "elsewhere.safetensors", unet_lora(768))
    answer, log = inside(comfyui_path, tmp_path)
    known = catalog_from_object_info({}, identify_models(list_models(models))).models
    ours: list[list[Any]] = [
        [
            m.name, m.folder, m.role, sorted(m.families), m.alias, sorted(m.parts), m.format, m.unusable,
            json.loads(json.dumps(facts_document(m.facts))),
        ]
        for m in known
    ]  # fmt: skip
    found = {(row[1], row[0]): [*row[:5], *row[7:]] for row in answer["models"]}
    new = found.pop(("checkpoints", "new.safetensors"))
    assert new[2] == "unknown" and new[-2] == "holds no model that this version of ComfyUI recognises"
    assert list(found.values()) == [row for row in ours if row[0] != "new.safetensors"]
    diffusion = [row for row in ours if row[2] in ("checkpoint", "diffusion_model") and row[6] is None]
    diffusion = [row for row in diffusion if row[0] != "new.safetensors"]
    assert set(answer["detected"]) == {row[0] for row in diffusion}
    assert all(answer["detected"].values()), "ComfyUI's own detection recognises every one"
    assert all(len(row[3]) == 1 for row in diffusion)
    assert set(answer["options"]) >= {row[0] for row in diffusion if row[1] == "checkpoints"}
    assert len(answer["kept"]) == len(ours) - 1, "all but the one that ComfyUI does not list"
    assert answer["detected"]["sd3_type_and_small.safetensors"] == "SD3"
    aliases = {row[4] for row in answer["models"]}
    assert {"miniature/sd3_type_and_small", "miniature/small", "sd3/sd3_5_large_no_text"} <= aliases
    assert answer["again"], "nothing changed, so it is the same catalog"
    assert not answer["without"], "a class that is gone is gone"
    assert answer["same"], "what did not change is found in caches without being compared"
    assert set(answer["odd"]).isdisjoint(answer["classes"]) and "KSampler" in answer["classes"]
    assert "not today" in log and "'Malformed', input 'x'" in log
    lines = [line for line in log.splitlines() if "leaves out the node class" in line]
    for name in answer["odd"]:
        assert len([line for line in lines if f"the node class '{name}'" in line]) == 1, f"{name} is named once"
    assert len(answer["classes"]) > 300, "those after the one that hangs are there"


def of_no_known_model() -> dict[str, tuple[int, ...]]:
    return {f"blocks.{number}.novel.weight": (8, 8) for number in range(9)}


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


def test_a_file_beside_a_model_is_read_kept_and_read_again_when_it_changes(
    live: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path / "loras" / "ink.metadata.json"
    beside.write_text(json.dumps({"model_name": "Ink", "usage_tips": '{"strength": 0.7}'}), encoding="utf-8")
    (ink,) = first = live._models()
    assert (ink.facts.title, ink.facts.weight, ink.facts.steps) == ("Ink", 0.7, None)
    monkeypatch.setattr(live, "_identities", {})
    monkeypatch.setattr(live, "_read_once", False)
    with monkeypatch.context() as unread:
        unread.setattr(live, "identify_file", None)  # nothing can be read but what was kept
        assert live._models() == first
    beside.write_text(json.dumps({"model_name": "Ink and water"}), encoding="utf-8")
    assert [model.facts.title for model in live._models()] == ["Ink and water"]
    beside.unlink()
    assert [model.facts for model in live._models()] == [NO_FACTS]


def kept(live: ModuleType) -> dict[str, str]:
    """Name of a file -> its role, of what is kept for the next start."""
    files = json.loads(live._cache_path().read_bytes())["files"]
    return {Path(state[0]).name: role for state, role, *_ in files.values()}


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: "{" * 5000,
        lambda data: json.dumps([data]),
        lambda data: json.dumps(data | {"key": 5}),
        lambda data: json.dumps(data | {"files": [1]}),
        lambda data: json.dumps(data | {"files": {key: each[:-1] for key, each in data["files"].items()}}),
        lambda data: json.dumps(
            data | {"files": {key: [*each[:2], [{}], *each[3:]] for key, each in data["files"].items()}}
        ),
        lambda data: "1" * 5000,
    ],
)
def test_what_was_kept_may_be_damaged(
    live: ModuleType, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, damage: Any
) -> None:
    first = live._models()
    live._cache_path().write_text(damage(json.loads(live._cache_path().read_bytes())), encoding="utf-8")
    monkeypatch.setattr(live, "_identities", {})
    monkeypatch.setattr(live, "_read_once", False)
    with caplog.at_level(logging.WARNING):
        assert live._models() == first
    assert caplog.text.count("and identifies them again") == 1
    assert kept(live) == {"ink.safetensors": "lora"}


def test_a_problem_is_in_the_log_once(live: ModuleType, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "vae" / "damaged.safetensors").write_bytes(b"no")
    (tmp_path / "user").write_text("no folder, so nothing can be kept")
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            write_sparse(tmp_path / "loras" / f"{number}.safetensors", unet_lora(768))
            live.folder_paths.filename_list_cache.clear()
            assert len(live._models()) == number + 3
    lines = [line for line in caplog.text.splitlines() if "Nodewright" in line or "damaged" in line]
    assert len(lines) == len(set(lines)) and any("cannot keep" in line for line in lines), lines


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


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege")
def test_a_file_that_cannot_be_used_keeps_the_reason_and_takes_no_other_away(
    live: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "loras" / "dead.safetensors").symlink_to(tmp_path / "nowhere.safetensors")
    write_sparse(tmp_path / "loras" / "odd.safetensors", unet_lora(768))
    write_sparse(tmp_path / "vae" / "ink.safetensors", unet_lora(768))

    def failing(path: Path) -> Any:
        if path.name == "odd.safetensors":
            raise KeyError("a mistake of ours")
        return read_header(path)

    monkeypatch.setattr(identify, "read_header", failing)
    with caplog.at_level(logging.WARNING):
        models = {f"{model.folder}/{model.name}": model.unusable for model in live._models()}
        again = {f"{model.folder}/{model.name}": model.unusable for model in live._models()}
    assert models == again == {
        "loras/dead.safetensors": "cannot be read: it is a link that leads nowhere",
        "loras/ink.safetensors": None,
        "loras/odd.safetensors": "cannot be identified: KeyError('a mistake of ours')",
        "vae/ink.safetensors": "looks like a LoRA; move it to models/loras",
    }  # fmt: skip
    for name in ("dead", "odd"):
        assert sum(f"{name}.safetensors, which" in record.getMessage() for record in caplog.records) == 1


def test_what_is_kept_goes_with_the_rules_that_made_it(
    live: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = live._cache_key()
    copy = tmp_path / "live_catalog.py"
    copy.write_bytes(Path(str(live.__file__)).read_bytes() + b"\n# another rule\n")
    monkeypatch.setattr(live, "__file__", str(copy))
    assert live._cache_key() != before
