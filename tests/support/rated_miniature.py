"""A reward ensemble over a tiny policy, as `nodewright train reward` makes it of a user's ratings of the miniature.

The ratings follow `rating_of`: guidance spoils the distilled checkpoint most, and at night that of nights is best.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from installation_data import SET_UP, read_object_info
from tiny_policy import tiny_policy

from nodewright.miniature.installation import zoo_models
from nodewright.models.policy.checkpoints import save_checkpoint
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.store.triplets import Job, TripletStore
from nodewright.training.common.console import silent
from nodewright.training.reward.command import train
from nodewright.training.reward.config import RewardConfig
from nodewright.training.sft.tokenizer import train_tokenizer
from nodewright.workflow.as_script import as_script
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.checking.alternatives import alternatives
from nodewright.workflow.checking.edits import apply_edits

PROMPT = "a red circle on a blue background"
NIGHT = "a glowing red star at night"
TURBO = "miniature_turbo.ckpt"
CHECKPOINTS = ("miniature.ckpt", "miniature_flat.ckpt", "miniature_nights.ckpt", TURBO)


def miniature_catalog() -> Catalog:
    """A ComfyUI with the miniature alone."""
    return catalog_from_object_info(read_object_info(SET_UP), zoo_models(), options_from_models=True)


def graph(checkpoint: str = "miniature.ckpt", side: int = 64, prompt: str = PROMPT, **sampler: Any) -> dict[str, Any]:
    """The plain workflow."""
    links = {"model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0]}
    settings = {"seed": 1, "steps": 16, "cfg": 3.0, "sampler_name": "euler", "scheduler": "simple", "denoise": 1.0}
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": checkpoint}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": prompt}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "blurry, low quality"}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": side, "height": side, "batch_size": 1}},
        "5": {"class_type": "KSampler", "inputs": links | settings | sampler},
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "x"}},
    }


def rating_of(api: dict[str, Any], prompt: str) -> float:
    """What the user thinks of a picture, from 0 to 10."""
    checkpoint, cfg = api["1"]["inputs"]["ckpt_name"], float(api["5"]["inputs"]["cfg"])
    rating = 5.0
    if "night" in prompt:
        rating += {"miniature_nights.ckpt": 3.0, "miniature_flat.ckpt": -3.0}.get(checkpoint, 0.0)
    return rating + 2.0 - (1.6 if checkpoint == TURBO else 0.5) * (cfg - 1.2)


def rated_jobs(catalog: Catalog, count: int = 300) -> list[tuple[Job, float]]:
    """Workflows with each checkpoint, and single changes of them, which `improve` would try, each with its rating."""
    found: dict[tuple[str, tuple[str, ...]], tuple[Job, float]] = {}
    for prompt in (PROMPT, NIGHT):
        for checkpoint in CHECKPOINTS:
            for cfg in (1.2, 3.0, 5.0):
                api = graph(checkpoint, prompt=prompt, cfg=cfg)
                for each in [api, *(apply_edits(api, change.edits) for change in alternatives(api, catalog))]:
                    choices = tuple(as_script(each, catalog, prompt, compared=False).choices)
                    job = Job(prompt, choices, each, 1, "user")
                    found[prompt, choices] = job, rating_of(each, prompt)
    jobs = list(found.values())
    random.Random(0).shuffle(jobs)
    return jobs[:count]


def write_rated_miniature(folder: Path) -> None:
    """Write the tiny policy and the ensemble over it as `folder`/policy and `folder`/reward."""
    jobs = rated_jobs(miniature_catalog())
    words = sorted({choice for job, _ in jobs for choice in job.choices})
    vocabulary = Vocabulary(train_tokenizer([PROMPT, NIGHT, *words], 400), words)
    save_checkpoint(tiny_policy(vocabulary, context=4096), folder / "policy")
    with TripletStore(folder / "triplets.db") as store:
        for job, rating in jobs:
            store.record_rated(job, rating, None)
    config = RewardConfig(
        folder / "triplets.db", folder / "reward", policy=str(folder / "policy"), members=3, epochs=4, rows=16,
        learning_rate=5e-3, dropout=0.1, report=False, threads=1, bfloat16=False,
    )  # fmt: skip
    train(config, report=silent)
