"""What an evaluation writes, renders and compares."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ...workflow.grammar.constraints import Constraints
from ..collect.sampling import MINIATURE
from ..common.score_prefix import BUCKETS
from .measures import TUNED


@dataclass(frozen=True)
class EvaluateConfig:
    """The options of `nodewright train evaluate`."""

    out: Path
    """Folder of everything that is written."""
    page: Path | None = None
    """A page between whose marks the report is put as well."""
    seed: int = 0
    """Seed of prompts, writing, renders and intervals."""
    device: str = "cpu"
    """Where policies and scorers run, as torch names it."""

    servers: tuple[str, ...] = ()
    """URLs of running ComfyUI servers."""
    object_info: Path | None = None
    """A saved object_info to write for, in place of the first server's."""
    models: Path | None = None
    """With `object_info`: the models folder."""
    scorers: tuple[str, ...] = ("miniature",)
    """Scorers as NAME or NAME=SOURCE, whose scores are the true ones."""
    seeds: int = 2
    """Number of renders of a workflow, with the same seeds for all arms."""
    in_flight: int = 2
    """Number of jobs that a server has at a time."""
    timeout: float = 30.0
    """Seconds that a server may be silent."""
    seconds_a_job: float = 600.0
    """The most seconds that a job may take."""
    while_writing: bool = False
    """Whether the workflows of one arm are rendered while the next arm's are written."""
    retry_failed: bool = False
    """Whether failed renders are tried again."""

    prompts: str = f"{MINIATURE}test"
    """A .jsonl file of prompts, or miniature:SPLIT. Those of the split validation in a file choose the baselines."""
    count: int = 300
    """Number of prompts whose workflows are rendered."""
    unique: int = 500
    """Number of prompts that are written for, to count different workflows."""
    sweep: int | None = None
    """Number of prompts of the arms on a curve: guidance scales and checkpoints; None takes all."""
    validation: int = 6
    """Number of the miniature's prompts of each kind that choose the baselines."""

    store: Path | None = None
    """Triplets, from which baselines are chosen and to which distances are measured."""
    data: Path | None = None
    """Training pairs, to which distances are measured as well."""
    policy: str | None = None
    """The SFT policy; None is the shipped one."""
    tuned: Path | None = None
    """GRPO's adapter; None is the policy's subfolder "tuned", if there is one."""
    reward: Path | None = None
    """The reward ensemble; None is the shipped one, with the shipped policy."""
    scored_policy: str | None = None
    """A policy trained on the pairs of training/experiments/score_conditioned.py."""
    buckets: int = BUCKETS
    """Number of score buckets of that policy."""
    guidance: tuple[float, ...] = (0.5, 1.5, 2.0, 3.0, 4.0)
    """Guidance scales besides 0 (SFT) and 1 (GRPO)."""
    extra: tuple[str, ...] = ()
    """Further adapters over the policy as NAME=FOLDER, for ablations."""
    against: str = TUNED
    """Name of the arm that further adapters are compared with."""
    checkpoints: tuple[str, ...] = ()
    """Tunings as NAME=FOLDER or FOLDER, each with the adapters of its checkpoints in FOLDER/step-N."""
    best_of: int = 8
    """Number of candidates that the ensemble ranks; 1: none."""
    kappa: float = 1.0
    """Number of the members' deviations that a candidate's predicted mean is lowered by."""
    candidates: int = 20
    """Number of workflows that a chosen baseline is chosen from."""
    temperature: float = 0.8
    """Sampling temperature of the policies."""
    top_p: float = 0.95
    """Probability mass that the policies draw from."""
    constraints: Constraints = field(default_factory=Constraints)
    """What every workflow keeps to."""

    @property
    def scorer_names(self) -> tuple[str, ...]:
        """The scorers' names, as the store has them."""
        return tuple(scorer.partition("=")[0] for scorer in self.scorers)

    @property
    def sweep_count(self) -> int:
        """Number of prompts of the arms on a curve."""
        return min(self.count, self.sweep or self.count)
