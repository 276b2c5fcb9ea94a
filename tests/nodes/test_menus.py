"""The menus of Prompt to Workflow, and what is set in them."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from api_nodes import node
from comfyui_client import fetch_json, run
from comfyui_process import ComfyUI

WRITER = "NodewrightPromptToWorkflow"


def options(url: str, name: str) -> list[str]:
    described = fetch_json(f"{url}/object_info/{WRITER}")[WRITER]["input"]["optional"][name][1]
    assert described["default"] == "auto"
    listed: list[str] = described["options"]
    return listed


def test_the_prompt_comes_first_then_the_menus_and_the_rest_is_advanced(url: str) -> None:
    info = fetch_json(f"{url}/object_info/{WRITER}")[WRITER]
    assert info["input_order"]["required"] == ["prompt"]
    order = info["input_order"]["optional"]
    assert order[:7] == ["shape", "style", "quality", "model", "lora", "upscale", "negative"]
    advanced = [name for name, spec in info["input"]["optional"].items() if spec[1].get("advanced")]
    assert order[7:] == ["seed", "candidates", "policy", "reward", *advanced, "cards"]
    assert info["input"]["optional"]["cards"][1]["hidden"] is True
    assert {"temperature", "top_p", "kappa", "max_nodes", "required"} < set(advanced)


def test_menus_have_what_is_installed(url: str, comfyui_server: ComfyUI) -> None:
    assert options(url, "shape")[:4] == ["auto", "tall", "wide", "square"]
    assert {"pixel art", "lettering", "3D render", "none"} < set(options(url, "style"))
    assert options(url, "model") == ["auto", "Miniature", "miniature.ckpt"]
    assert options(url, "lora") == ["auto", "none"]
    assert options(url, "upscale") == ["auto", "no", "2x", "4x"]
    lora = comfyui_server.base_directory / "models" / "loras" / "packs" / "paper.safetensors"
    lora.parent.mkdir(parents=True, exist_ok=True)
    lora.write_bytes(b"")
    try:
        assert options(url, "lora")[2:] == [str(Path("packs", "paper.safetensors"))]
    finally:
        lora.unlink()


def test_what_is_set_goes_before_what_the_prompt_says(url: str, prompt_node: dict[str, Any]) -> None:
    prompt_node["1"]["inputs"] |= {
        "prompt": "a red circle, 1:1, 12 steps, use the nowhere model", "shape": "16:9", "quality": "quick",
        "model": "Miniature", "upscale": "no", "negative": "green", "max_nodes": 9, "max_megapixels": 0.07,
    }  # fmt: skip
    done = run(url, prompt_node)
    assert done.status == "execution_success", done.error
    shown = done.output("1")
    (found,) = shown["nodewright_read"]
    assert found["read"].startswith("read: wide 16:9, quick, 12 steps")
    assert 'without "green"' in found["read"] and "Miniature" in found["read"]
    assert found["text"] == "a red circle"
    lines = shown["text"][0].splitlines()
    assert lines[0] == found["read"]
    assert [line.removeprefix("note: ") for line in lines[1 : 1 + len(found["notes"])]] == found["notes"]
    assert any(line.startswith("size: ") and not line.startswith("size: 64 x 64") for line in lines)


def test_a_model_that_is_gone_is_named_with_its_menu(url: str, prompt_node: dict[str, Any]) -> None:
    prompt_node["1"]["inputs"]["model"] = "minature.ckpt"
    error = run(url, prompt_node).error
    assert "model: 'minature.ckpt' is not installed; installed are miniature.ckpt" in error
    assert "candidates" not in error


# ---- in this process ----------------------------------------------------------------------------------------------


def test_nothing_is_listed_before_comfyui_asks(comfyui_modules: None, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = importlib.import_module("folder_paths")
    writer = importlib.import_module("nodewright.nodes.prompt_to_workflow").NodewrightPromptToWorkflow
    asked: list[str] = []

    def listed(key: str) -> list[str]:
        asked.append(key)
        if key == "unet_gguf":
            raise KeyError(key)
        if key == "upscale_models":
            raise OSError("the drive is gone")
        return [f"{number}/my_model.safetensors" for number in range(5000)] + [f"{key}.txt"]

    monkeypatch.setattr(paths, "get_filename_list", listed)
    writer.GET_SCHEMA()  # what ComfyUI does when it loads the pack
    assert asked == []
    menus = writer.INPUT_TYPES()["optional"]
    assert set(asked) == {"checkpoints", "diffusion_models", "unet_gguf", "loras", "upscale_models"}
    assert len(menus["model"][1]["options"]) == 5001
    assert len(menus["lora"][1]["options"]) == 5002
    assert menus["upscale"][1]["options"] == ["auto", "no", "2x", "4x"]


def test_models_of_other_tasks_are_left_out_and_families_come_first(
    comfyui_modules: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = importlib.import_module("folder_paths")
    menus = importlib.import_module("nodewright.nodes.menus")
    names = {
        "checkpoints": ["sub/juggernautXL_v9.safetensors", "sd_xl_refiner_1.0.safetensors", "mine.safetensors"],
        "diffusion_models": ["flux1-dev.safetensors", "flux1-fill-dev.safetensors", "wan2.1_t2v_14B_fp16.safetensors"],
        "unet_gguf": ["flux1-dev.safetensors", "z_image_turbo-Q4.gguf"],
    }
    monkeypatch.setattr(paths, "get_filename_list", names.__getitem__)
    assert menus.model_menu() == [
        "auto", "Flux", "SDXL", "Z-Image",
        "sub/juggernautXL_v9.safetensors", "mine.safetensors", "flux1-dev.safetensors", "z_image_turbo-Q4.gguf",
    ]  # fmt: skip


def test_a_prompt_that_was_saved_before_there_were_menus_runs(url: str, prompt_node: dict[str, Any]) -> None:
    prompt_node["1"] = node(WRITER, prompt="a red circle", policy=["9", 0])
    assert run(url, json.loads(json.dumps(prompt_node))).status == "execution_success"
