"""Regions and restylings through an unmodified ComfyUI: what is asked for shows in the pixels."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from comfyui_process import ComfyUI
from comfyui_server import CHECKPOINT
from PIL import Image

from nodewright.comfyui.client import Client
from nodewright.miniature.shapes import Array
from nodewright.workflow.api_format import from_api, to_api
from nodewright.workflow.ask.syntax import read_ask
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.graph import Workflow
from nodewright.workflow.ordered import with_orders
from nodewright.workflow.silly import silly
from nodewright.workflow.validate import validate

SEEDS = 3
SAMPLING = {"steps": 12, "cfg": 3.0, "sampler_name": "euler"}
LINKS = {"model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0]}
CUSTOM: dict[str, tuple[str, dict[str, Any]]] = {
    "5": ("SamplerCustomAdvanced", {"noise": ["8", 0], "guider": ["9", 0], "sampler": ["10", 0], "sigmas": ["11", 0],
                                    "latent_image": ["4", 0]}),
    "8": ("RandomNoise", {"noise_seed": 1}),
    "9": ("CFGGuider", {"model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "cfg": 3.0}),
    "10": ("KSamplerSelect", {"sampler_name": "euler"}),
    "11": ("BasicScheduler", {"model": ["1", 0], "scheduler": "normal", "steps": 12, "denoise": 1.0}),
}  # fmt: skip
SAMPLERS: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "KSampler": {"5": ("KSampler", {**LINKS, **SAMPLING, "scheduler": "normal", "seed": 1, "denoise": 1.0})},
    "KSamplerAdvanced": {
        "5": ("KSamplerAdvanced", {**LINKS, **SAMPLING, "scheduler": "normal", "noise_seed": 1, "add_noise": "enable",
                                   "start_at_step": 0, "end_at_step": 10000, "return_with_leftover_noise": "disable"})
    },
    "SamplerCustomAdvanced": CUSTOM,
}  # fmt: skip


def _workflow(prompt: str, width: int, sampler: str = "KSampler") -> Workflow:
    """A graph of stock nodes, whose seeds are those of `sampler`."""
    nodes: dict[str, tuple[str, dict[str, Any]]] = {
        "1": ("CheckpointLoaderSimple", {"ckpt_name": CHECKPOINT}),
        "2": ("CLIPTextEncode", {"clip": ["1", 1], "text": prompt}),
        "3": ("CLIPTextEncode", {"clip": ["1", 1], "text": "blurry, low quality"}),
        "4": ("EmptyLatentImage", {"width": width, "height": 64, "batch_size": 1}),
        **SAMPLERS[sampler],
        "6": ("VAEDecode", {"samples": ["5", 0], "vae": ["1", 2]}),
        "7": ("SaveImage", {"images": ["6", 0], "filename_prefix": "orders"}),
    }
    api = {key: {"class_type": name, "inputs": inputs} for key, (name, inputs) in nodes.items()}
    return from_api(api, prompt=prompt)


def _catalog(server: ComfyUI) -> Catalog:
    return catalog_from_object_info(cast("dict[str, Any]", server.get("/object_info")))


def _render(server: ComfyUI, workflow: Workflow, prompt: str, seed: int) -> Array:
    api = to_api(workflow, prompt=prompt, seed=seed)
    for node in api.values():
        for name in {"seed", "noise_seed"} & set(node["inputs"]):
            node["inputs"][name] += seed

    async def picture() -> bytes:
        async with Client(server.url) as client:
            rendered = await client.render(api, lambda progress: None)
            return await client.fetch(rendered.files[0])

    return np.asarray(Image.open(io.BytesIO(asyncio.run(picture()))).convert("RGB"), np.float32) / 255


def _share(picture: Array, colour: tuple[float, float, float]) -> float:
    """Share of the pixels that are about of a colour."""
    return float((np.abs(picture - np.array(colour)).max(-1) < 0.35).mean())


RED, BLUE, YELLOW = (0.85, 0.15, 0.15), (0.15, 0.3, 0.85), (0.95, 0.85, 0.15)


@pytest.mark.parametrize("limit", ["ConditioningSetAreaPercentage", "ConditioningSetMask"])
def test_regions_decide_what_is_where(limit: str, comfyui_server: ComfyUI) -> None:
    """The text of the whole names no place, so that where things are follows from the regions."""
    catalog, text = _catalog(comfyui_server), "a red circle and a blue star on a white background"
    other = {"ConditioningSetAreaPercentage", "ConditioningSetMask"} - {limit}
    catalog = replace(catalog, classes={name: one for name, one in catalog.classes.items() if name not in other})
    ask = read_ask("left half: a blue star on a white background; right half: a red circle on a white background")
    changed, notes = with_orders(_workflow(text, 128), ask, catalog, text=text)
    assert (notes, validate(changed, catalog), silly(changed, catalog)) == ((), [], [])
    assert limit in {node.class_type for node in changed.nodes}
    right = 0
    for seed in range(SEEDS):
        picture = _render(comfyui_server, changed, text, seed)
        left, rest = picture[:, :64], picture[:, 64:]
        right += _share(left, BLUE) > 2 * _share(left, RED) and _share(rest, RED) > 2 * _share(rest, BLUE)
    assert right >= (SEEDS if limit == "ConditioningSetAreaPercentage" else SEEDS - 1)  # a mask is the weaker guide


def test_a_restyling_redraws_the_picture(comfyui_server: ComfyUI) -> None:
    """The picture differs from the first one, and keeps its composition; every sampler does it."""
    catalog, text = _catalog(comfyui_server), "a red circle on a white background"
    ask = read_ask(f"draw {text}, then turn it into a yellow star on a black background, a watercolor")
    assert ask.text == text
    for sampler in SAMPLERS:
        plain = _workflow(text, 64, sampler)
        changed, notes = with_orders(plain, ask, catalog)
        assert (notes, validate(changed, catalog), silly(changed, catalog)) == ((), [], [])
        before, after = (_render(comfyui_server, one, text, 1) for one in (plain, changed))
        assert _share(before, RED) > 0.05
        assert float(np.abs(before - after).mean()) > 0.02, sampler
