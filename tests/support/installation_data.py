"""What ComfyUI versions offer and how diffusion models are laid out, from tests/data (its README says how it is made),
and the official workflow templates."""

from __future__ import annotations

import functools
import json
import lzma
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nodewright.training.corpus.synthesis.templates import Template

DATA = Path(__file__).resolve().parent.parent / "data"
WORKFLOWS = DATA / "workflows"
NEWEST = "0.33.0"
SET_UP = "0.3.75"  # the ComfyUI that runs/environment.py sets up


def _read(name: str) -> Any:
    return json.loads(lzma.decompress((DATA / f"{name}.json.xz").read_bytes()))


def read_object_info(version: str) -> dict[str, Any]:
    """Return what GET /object_info of this ComfyUI returns with no model installed, without texts for people."""
    info: dict[str, Any] = _read(f"object_info_{version}")
    return info


@functools.cache
def diffusion_model_shapes() -> dict[str, dict[str, tuple[int, ...]]]:
    """Return model (`sd15`, `sdxl`, `sd35`, `flux`, `qwen_image`, `z_image`) -> tensor name in its file -> shape."""
    models: dict[str, dict[str, list[int]]] = _read("diffusion_models")
    return {model: {name: tuple(shape) for name, shape in found.items()} for model, found in models.items()}


@functools.cache
def own_workflows() -> dict[str, dict[str, Any]]:
    """Return name -> {"ui", "api"}: graphs of our own, both as ComfyUI's frontend saves and as it queues them.

    They are shared: do not change them.
    """
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(WORKFLOWS.glob("*.json"))}


@functools.cache
def local_templates() -> tuple[Template, ...]:
    """Return the official templates that ComfyUI 0.33.0 can read and that no remote service renders.

    They are shared: do not change them.
    """
    from nodewright.training.corpus.synthesis.templates import official_templates

    info = read_object_info(NEWEST)
    remote = {name for name, described in info.items() if described.get("api_node")}
    return tuple(
        template
        for template in official_templates(info)
        if template.api is not None and remote.isdisjoint(node["class_type"] for node in template.api.values())
    )
