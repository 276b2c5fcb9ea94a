"""Render random walks and the policy's workflows on the miniature and on its damaged variants, for `judge.py`."""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY / "tests" / "support"), str(REPOSITORY / "runs")]

from comfyui_process import ComfyUI  # noqa: E402
from comfyui_walks import walk  # noqa: E402

from nodewright.comfyui.client import Client, RejectedError, RenderError  # noqa: E402
from nodewright.miniature import text  # noqa: E402
from nodewright.miniature.export import checkpoint_tensors, write_zoo  # noqa: E402
from nodewright.miniature.installation import ZOO_CONSTRAINTS  # noqa: E402
from nodewright.miniature.prompts import draw_prompt  # noqa: E402
from nodewright.miniature.slim import WEIGHTS, read_autoencoder, read_transformer  # noqa: E402
from nodewright.workflow.api_format import to_api  # noqa: E402
from nodewright.workflow.catalog.catalog import Catalog  # noqa: E402
from nodewright.workflow.catalog.models_folder import identify_models, list_models  # noqa: E402
from nodewright.workflow.catalog.object_info import catalog_from_object_info  # noqa: E402
from nodewright.workflow.grammar.grammar import Grammar  # noqa: E402
from nodewright.workflow.graph import Workflow  # noqa: E402
from nodewright.workflow.silly import silly  # noqa: E402
from nodewright.writing import load_policy, write_workflows  # noqa: E402

MODEL, CLIP, VAE = "model.diffusion_model.", "text_encoders.", "first_stage_model."
Tensors = dict[str, torch.Tensor]


def _tensors(name: str) -> Tensors:
    return checkpoint_tensors(
        read_transformer(WEIGHTS / f"{name}.safetensors"), read_autoencoder(WEIGHTS / "autoencoder.safetensors")
    )


def _save(tensors: Tensors, path: Path, *, only: tuple[str, ...] = (), drop: tuple[str, ...] = ()) -> None:
    """Write those tensors whose names start with one of `only`, and none of `drop`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {
        key: value.clone(memory_format=torch.contiguous_format)
        for key, value in tensors.items()
        if (not only or key.startswith(only)) and not key.startswith(drop or ("\0",))
    }
    save_file(kept, path)


def _whole(models: Path) -> None:
    write_zoo(models)


def _beside(models: Path) -> None:
    """Write a bare diffusion model in checkpoints, and its text encoder and VAE in files of their own."""
    tensors = _tensors("miniature")
    _save(tensors, models / "checkpoints" / "miniature_bare.safetensors", only=(MODEL,))
    _save({key.removeprefix(VAE): value for key, value in tensors.items() if key.startswith(VAE)},
          models / "vae" / "miniature_vae.safetensors")  # fmt: skip
    _save(text.state_dict(text.synthetic_clip()), models / "text_encoders" / "clip_l.safetensors")
    write_zoo(models, only=("miniature_clay", "2x_miniature_sharp"))


def _without_vae(models: Path) -> None:
    """Write one checkpoint without a VAE beside a whole one."""
    _save(_tensors("miniature"), models / "checkpoints" / "miniature_no_vae.safetensors", drop=(VAE,))
    write_zoo(models, only=("miniature_nights", "miniature_mosaic"))


def _without_text(models: Path) -> None:
    """Write one checkpoint without a text encoder, another without a VAE, and a VAE."""
    tensors = _tensors("miniature")
    _save(tensors, models / "checkpoints" / "miniature_no_text.safetensors", drop=(CLIP,))
    _save(_tensors("miniature_crowds"), models / "checkpoints" / "miniature_no_vae.safetensors", drop=(VAE,))
    _save({key.removeprefix(VAE): value for key, value in tensors.items() if key.startswith(VAE)},
          models / "vae" / "miniature_vae.safetensors")  # fmt: skip


def _misplaced(models: Path) -> None:
    """Write a whole checkpoint, and beside it in checkpoints a LoRA, an upscaler and a damaged file."""
    write_zoo(models, only=("miniature", "miniature_turbo", "miniature_watercolor"))
    loras = write_zoo(models / "elsewhere", only=("miniature_clay", "2x_miniature_soft"))
    for path in loras:
        path.replace(models / "checkpoints" / path.name)
    (models / "checkpoints" / "damaged.safetensors").write_bytes(b"\xff" * 200)


VARIANTS: dict[str, Callable[[Path], None]] = {
    "miniature": _whole,
    "miniature_parts_beside": _beside,
    "miniature_without_vae": _without_vae,
    "miniature_without_text": _without_text,
    "miniature_misplaced": _misplaced,
}
"""Name -> function that writes the models folder."""


def judge_variant(name: str, comfyui: Path, renders: int, seed: int) -> dict[str, Any]:
    """Return how many of `renders` random walks and as many workflows of the policy failed, with examples."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        VARIANTS[name](base / "models")
        with ComfyUI(comfyui, base) as server:
            return asyncio.run(_judged(server.url, base / "models", renders, random.Random(f"{name} {seed}")))


async def _judged(url: str, models: Path, renders: int, rng: random.Random) -> dict[str, Any]:
    verdict: dict[str, Any] = {"walks": 0, "policy": 0, "failed": 0, "silly": 0, "examples": []}
    async with Client(url, timeout=300) as client:
        info = await client.object_info()
        catalog = catalog_from_object_info(info, identify_models(list_models(models)), options_from_models=True)
        for kind, workflow, api in (*_walks(catalog, renders, rng), *_policy(catalog, renders, rng)):
            verdict[kind] += 1
            found = silly(workflow, catalog)
            if found:
                verdict["silly"] += 1
                verdict["examples"].append([str(one) for one in found] + [api])
            try:
                await client.render(api, lambda progress: None)
            except (RejectedError, RenderError) as error:
                verdict["failed"] += 1
                verdict["examples"].append([str(error), api])
    return verdict


def _walks(catalog: Catalog, count: int, rng: random.Random) -> Iterator[tuple[str, Workflow, dict[str, Any]]]:
    grammar = Grammar(catalog, ZOO_CONSTRAINTS)
    for _ in range(count):
        workflow = walk(grammar, rng).workflow()
        yield "walks", workflow, to_api(workflow, prompt="a red circle", seed=rng.randrange(2**53))


def _policy(catalog: Catalog, count: int, rng: random.Random) -> Iterator[tuple[str, Workflow, dict[str, Any]]]:
    policy, left = load_policy(), count
    while left > 0:
        prompt = draw_prompt(rng, "test")
        for one in write_workflows(
            prompt.text,
            catalog,
            policy=policy,
            constraints=ZOO_CONSTRAINTS,
            candidates=8,
            seed=rng.randrange(2**53 - 8),
        )[:left]:
            left -= 1
            yield "policy", one.workflow, one.api
