"""What a collection draws, renders and scores: every option of `nodewright train collect`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...comfyui.address import server_url
from ...miniature.prompts import PROMPT_SETS
from ..common.constraint_options import FORMER_NAMES, ConstraintOptions
from ..common.options import parse_options
from .sampling import MINIATURE, POLICY, RANDOM


@dataclass(frozen=True)
class CollectConfig(ConstraintOptions):
    """The options of a collection."""

    # What is written.
    store: Path | None = None
    """Store of jobs and triplets; it is made if it is not there."""
    summary: Path | None = None
    """Print what this store holds, and the noise of its scores, and do nothing else."""
    pack: Path | None = None
    """Write the store's triplets without their pictures into this table (.json.xz), and do nothing else."""
    unpack: Path | None = None
    """Add the triplets of this table to the store, and do nothing else."""
    object_info: Path | None = None
    """For `pack` and `unpack`: a saved object_info of the servers that rendered them (nodewright catalog)."""
    models: Path | None = None
    """With `object_info`: the models folder."""

    # Rendering and scoring.
    servers: tuple[str, ...] = ()
    """URLs of running ComfyUI servers; without any, only what has been rendered is scored."""
    scorers: tuple[str, ...] = ()
    """Scorers, each as NAME or NAME=SOURCE, or an own function as package.module:function (docs/scorers.md)."""
    rescore: bool = False
    """Whether the scorers score again what they have scored."""
    device: str = "cpu"
    """Where scorers and a policy run, as torch names it."""
    batch: int = 64
    """Number of pictures that are scored together."""
    discard_images: bool = False
    """Whether a picture is deleted once all scorers have scored it."""
    retry_failed: bool = False
    """Whether failed jobs are tried again."""

    # Jobs.
    jobs: Path | None = None
    """A .jsonl file of jobs."""
    prompts: str | None = None
    """A .jsonl file of prompts, or miniature:SET (train, combined-train, ...); without it, those of the corpus."""
    workflows: str | None = None
    """Who writes the workflows: random, policy, policy:PATH, or a corpus file (.jsonl)."""
    tuned: str | None = None
    """Folder of the policy's tuned adapter; without it, its subfolder "tuned", if there is one."""
    count: int = 1000
    """Number of workflows to draw, rounded up to whole prompts."""
    each: int = 1
    """Number of workflows for a prompt; equal ones become one."""
    redrawn: float = 0.0
    """Share of the workflows whose steps, cfg, sampler, scheduler and size are drawn anew over all that is possible."""
    named: float = 0.0
    """Where a prompt names a LoRA, the share of a corpus' workflows that have one, and have that one."""
    exchange: bool = False
    """Whether one workflow is written for a prompt and the others are copies of it with other main models."""
    seeds: int = 1
    """Number of renders of a workflow, each with a seed of its own."""
    repeats: float = 1.0
    """Share of the workflows that are rendered `seeds` times; the others are rendered once."""
    seed: int = 0
    """Seed of the drawing."""
    temperature: float = 1.0
    """Sampling temperature of the policy."""

    # Servers.
    in_flight: tuple[int, ...] = (2,)
    """Number of jobs that a server has at a time: one number for all servers, or one for each."""
    timeout: float = 30.0
    """Seconds that a server may be silent."""
    seconds_a_job: float = 600.0
    """The most seconds that a job may take, its time in the server's queue included."""
    patience: float = 300.0
    """Seconds without an answer of any server after which the collection ends."""


def parse(arguments: Sequence[str] | None) -> CollectConfig:
    """Return the options of the command line, over those of a --config file."""
    return parse_options(
        CollectConfig, arguments, prog="nodewright train collect",
        description="Collect triplets of prompt, workflow and score.", check=_check,
        former={**FORMER_NAMES, "scorer": "scorers", "flying": "in_flight", "adapter": "tuned"},
    )  # fmt: skip


def _check(config: CollectConfig) -> None:
    """Raise ValueError for options that do not go together."""
    if config.summary is not None:
        if not config.summary.is_file():
            raise ValueError(f"{config.summary}: there is no such store")
        return
    if config.pack is not None or config.unpack is not None:
        _check_packing(config)
        return
    corpus = config.workflows is not None and config.workflows.partition(":")[0] not in (POLICY, RANDOM)
    named = (config.prompts or "").removeprefix(MINIATURE)
    draws = config.jobs is not None or config.workflows is not None
    for url in config.servers:
        server_url(url)
    for name in ("count", "each", "seeds", "batch"):
        if getattr(config, name) < 1:
            raise ValueError(f"--{name} must be at least 1")
    wrong = {
        "--store (or --summary) is required": config.store is None,
        "--jobs and --workflows: one of the two": config.jobs is not None and config.workflows is not None,
        "rendering needs --servers": draws and not config.servers,
        "there is nothing to do without --servers or --scorers": not config.servers and not config.scorers,
        "--tuned goes with --workflows policy": (
            config.tuned is not None and (config.workflows or "").partition(":")[0] != POLICY
        ),
        "--in-flight must be at least 1": min(config.in_flight, default=0) < 1,
        f"--in-flight: one number, or one for each of the {len(config.servers)} servers": (
            len(config.in_flight) not in (1, len(config.servers))
        ),
        "--temperature must be at least 0": not config.temperature >= 0,
        f"--prompts {config.prompts}: the miniature has {', '.join(PROMPT_SETS)}": (
            (config.prompts or "").startswith(MINIATURE) and named not in PROMPT_SETS
        ),
        "--each: a pair of a corpus has one workflow; with --prompts or --exchange there are several": (
            corpus and config.each > 1 and config.prompts is None and not config.exchange
        ),
        "--repeats is a share, from 0 to 1": not 0 <= config.repeats <= 1,
        "--redrawn is a share, from 0 to 1": not 0 <= config.redrawn <= 1,
        "--named is a share, from 0 to 1, of workflows of a corpus": not 0 <= config.named <= (1 if corpus else 0),
        "--discard-images needs --scorers, or nothing would be left of the renders": (
            config.discard_images and not config.scorers
        ),
    }  # fmt: skip
    for message, found in wrong.items():
        if found:
            raise ValueError(message)


def _check_packing(config: CollectConfig) -> None:
    """Raise ValueError for options that do not go with packing or unpacking."""
    if config.pack is not None and config.unpack is not None:
        raise ValueError("--pack and --unpack: one of the two")
    if config.store is None or config.object_info is None:
        raise ValueError("--pack and --unpack need --store and --object-info")
    needed = config.store if config.pack is not None else config.unpack
    if needed is not None and not needed.is_file():
        raise ValueError(f"{needed}: there is no such file")
