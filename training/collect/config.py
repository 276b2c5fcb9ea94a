"""What a collection draws, renders and scores."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ...workflow.grammar.constraints import Constraints


@dataclass(frozen=True)
class CollectConfig:
    """The options of `nodewright train collect`, for a store that exists or is made."""

    store: Path
    """The store of jobs and triplets."""
    servers: tuple[str, ...] = ()
    """URLs of running ComfyUI servers. Without any, only what has been rendered is scored."""
    scorers: tuple[str, ...] = ()
    """Scorers as NAME or NAME=SOURCE, see `open_scorer`."""
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
    jobs: Path | None = None
    """A .jsonl file of jobs."""
    prompts: str | None = None
    """A .jsonl file of prompts, or miniature:SPLIT; None takes those of the corpus."""
    workflows: str | None = None
    """Who writes the workflows: random, policy, policy:PATH, or a corpus file."""
    tuned: str | None = None
    """Folder of the policy's tuned adapter; None takes its subfolder "tuned", if there is one."""
    count: int = 1000
    """Number of workflows to draw, rounded up to whole prompts."""
    each: int = 1
    """Number of workflows for a prompt; equal ones become one."""
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
    constraints: Constraints = field(default_factory=Constraints)
    """What every drawn workflow keeps to."""
    in_flight: tuple[int, ...] = (2,)
    """Number of jobs that a server has at a time: one number for all servers, or one for each."""
    timeout: float = 30.0
    """Seconds that a server may be silent."""
    seconds_a_job: float = 600.0
    """The most seconds that a job may take, its time in the server's queue included."""
    patience: float = 300.0
    """Seconds without an answer of any server after which the collection ends."""
