"""The data of the tests are what the ComfyUI that is set up gives."""

from __future__ import annotations

from pathlib import Path

from comfyui_process import ComfyUI
from installation_data import DATA, NEWEST, SET_UP, diffusion_model_shapes, read_object_info
from inventories import diffusion_model, sdxl_checkpoint
from make_data import shapes_by_comfyui, trimmed

from nodewright.workflow.catalog.object_info import catalog_from_object_info


def test_diffusion_models_are_laid_out_as_comfyui_builds_them(comfyui_path: Path) -> None:
    built = shapes_by_comfyui(comfyui_path)
    assert {
        model: {name: tuple(shape) for name, shape in tensors.items()} for model, tensors in built.items()
    } == diffusion_model_shapes()


def test_object_info_is_that_of_the_comfyui_that_is_set_up(comfyui_path: Path, tmp_path: Path) -> None:
    with ComfyUI(comfyui_path, tmp_path) as server:
        served = server.get("/object_info")
    assert isinstance(served, dict)
    saved = read_object_info(SET_UP)
    assert trimmed(served) == saved
    assert catalog_from_object_info(served).fingerprint == catalog_from_object_info(saved).fingerprint


def test_it_is_as_much_as_the_readme_says() -> None:
    assert (len(read_object_info(SET_UP)), len(read_object_info(NEWEST))) == (415, 887)
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) < 1_000_000


def test_a_checkpoint_adds_nothing_to_the_diffusion_model_in_it() -> None:
    before = diffusion_model("sdxl")
    assert before.keys() < sdxl_checkpoint().keys()
    assert diffusion_model("sdxl") == before == diffusion_model_shapes()["sdxl"]
