"""Catalogs with a few model files, and random walks of their grammar."""

from __future__ import annotations

import random
from typing import Any

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.catalog.model_files import model_files
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.grammar import GrammarState

SD15 = (("checkpoints", "v1-5-pruned-emaonly.safetensors"),)


FLUX = (
    ("diffusion_models", "flux1-dev.safetensors"),
    ("text_encoders", "clip_l.safetensors"),
    ("text_encoders", "t5xxl_fp16.safetensors"),
    ("vae", "ae.safetensors"),
)


def installation(object_info: dict[str, Any], *files: tuple[str, str]) -> Catalog:
    models = model_files((folder, name, identify(folder, name)) for folder, name in files)
    return catalog_from_object_info(object_info, models, options_from_models=True)


def walk(state: GrammarState, rng: random.Random) -> GrammarState:
    while not state.done:
        state.choose(rng.choice(rng.choice(state.choice_sets).choices))
    return state
