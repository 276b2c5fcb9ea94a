"""What an evaluation writes, renders and compares: every option of `nodewright train evaluate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...comfyui.address import server_url
from ...miniature.installation import ZOO_CONSTRAINTS
from ...workflow.grammar.constraints import Constraints
from ..collect.sampling import MINIATURE
from ..common.constraint_options import FORMER_NAMES, ConstraintOptions
from ..common.options import parse_options
from ..common.score_prefix import BUCKETS
from .measures import TUNED


@dataclass(frozen=True)
class EvaluateConfig(ConstraintOptions):
    """The options of an evaluation."""

    # What is written.
    out: Path
    """Folder of everything that is written."""
    page: Path | None = None
    """A page between whose marks the report is put as well."""
    seed: int = 0
    """Seed of prompts, writing, renders and intervals."""
    device: str = "cpu"
    """Where policies and scorers run, as torch names it."""

    # Rendering.
    servers: tuple[str, ...] = ()
    """URLs of running ComfyUI servers."""
    object_info: Path | None = None
    """A saved object_info to write for, in place of the first server's."""
    models: Path | None = None
    """With `object_info`: the models folder."""
    scorers: tuple[str, ...] = ("miniature",)
    """Scorers, each as NAME or NAME=SOURCE, or an own function as package.module:function (docs/scorers.md)."""
    seeds: int = 2
    """Number of renders of a workflow, with the same seeds for all arms."""
    in_flight: int = 2
    """Number of jobs that a server has at a time."""
    timeout: float = 30.0
    """Seconds that a server may be silent."""
    seconds_a_job: float = 600.0
    """The most seconds that a job may take."""
    while_writing: bool = False
    """Whether one arm's workflows are rendered while the next arm's are written, which slows the writing down."""
    retry_failed: bool = False
    """Whether failed renders are tried again."""

    # Prompts.
    prompts: str = f"{MINIATURE}test"
    """A .jsonl file of prompts, or miniature:SET (test, combined-test). Those of a file's split validation choose."""
    count: int = 300
    """Number of prompts whose workflows are rendered."""
    unique: int = 500
    """Number of prompts that are written for, to count different workflows."""
    sweep: int | None = None
    """Number of prompts of the arms on a curve, guidance scales and checkpoints, and of random workflows and corpus
    recipes; without it, all."""
    validation: int = 6
    """Number of the miniature's prompts of each kind that choose the baselines."""

    # Arms.
    store: Path | None = None
    """Triplets, from which baselines are chosen and to which distances are measured."""
    data: Path | None = None
    """Training pairs, to which distances are measured as well."""
    policy: str | None = None
    """The SFT policy: a checkpoint's folder, a Hugging Face id, or a .gguf file; without it, the shipped one."""
    tuned: Path | None = None
    """GRPO's adapter; without it, the policy's subfolder "tuned", if there is one."""
    reward: Path | None = None
    """Folder of the reward ensemble over the policy; without it, no arm ranks candidates by one."""
    scored_policy: str | None = None
    """A policy trained on the pairs of the experiment score-conditioned."""
    buckets: int = BUCKETS
    """Number of score buckets of that policy."""
    guidance: tuple[float, ...] = (0.5, 1.5, 2.0, 3.0, 4.0)
    """Guidance scales besides 0 (SFT) and 1 (GRPO)."""
    extra: tuple[str, ...] = ()
    """Further adapters over the policy as NAME=FOLDER, for ablations."""
    against: str = TUNED
    """Name of the arm that all others are compared with."""
    checkpoints: tuple[str, ...] = ()
    """Tunings as NAME=FOLDER or FOLDER, each with the adapters of its checkpoints in FOLDER/step-N."""
    best_of: int = 8
    """Number of candidates that the ensemble ranks; 1: none."""
    kappa: float = 1.0
    """Number of the members' deviations that a candidate's predicted mean is lowered by."""
    candidates: int = 20
    """Number of workflows that a chosen baseline is chosen from."""
    temperature: float = 1.0
    """Sampling temperature of the policies; 1 is the one at which they are tuned."""
    top_p: float = 1.0
    """Probability mass that the policies draw from; 1 is all of it, as in the tuning."""
    as_asked: bool = False
    """Whether policies keep to what is read in a prompt, such as its shape, as the product does.

    Without it, they keep to the limits alone, as in a tuning.
    """

    @property
    def scorer_names(self) -> tuple[str, ...]:
        """The scorers' names, as the store has them."""
        return tuple(scorer.partition("=")[0] for scorer in self.scorers)

    @property
    def sweep_count(self) -> int:
        """Number of prompts of the arms on a curve."""
        return min(self.count, self.sweep or self.count)

    @property
    def constraints(self) -> Constraints:
        """The constraints. The miniature's prompts are for its zoo alone, unless `families` names others."""
        constraints = super().constraints
        if constraints.families or not self.prompts.startswith(MINIATURE):
            return constraints
        limited = constraints if self.max_megapixels is not None else ZOO_CONSTRAINTS
        return replace(constraints, families=ZOO_CONSTRAINTS.families, max_megapixels=limited.max_megapixels)


def parse(arguments: Sequence[str] | None) -> EvaluateConfig:
    """Return the options of the command line, over those of a --config file."""
    config = parse_options(
        EvaluateConfig, arguments, prog="nodewright train evaluate",
        description="Evaluate policies on real renders, against baselines.", check=_check,
        former={
            **FORMER_NAMES, "scorer": "scorers", "flying": "in_flight", "along": "checkpoints", "adapter": "tuned",
        },
    )  # fmt: skip
    return replace(config, guidance=tuple(scale for scale in dict.fromkeys(config.guidance) if scale != 1))


def _check(config: EvaluateConfig) -> None:
    """Raise ValueError for options that cannot be used."""
    least = {"count": 1, "unique": 0, "seeds": 1, "best_of": 1, "candidates": 1, "validation": 0, "in_flight": 1,
             "buckets": 2}  # fmt: skip
    for name, lowest in least.items():
        if getattr(config, name) < lowest:
            raise ValueError(f"--{name.replace('_', '-')} must be at least {lowest}")
    for url in config.servers:
        server_url(url)
    if config.sweep is not None and config.sweep < 1:
        raise ValueError("--sweep must be at least 1")
    if any(scale <= 0 for scale in config.guidance):
        raise ValueError("--guidance: scales above 0; 0 (SFT) and 1 (GRPO) are there anyhow")
    if config.models is not None and config.object_info is None:
        raise ValueError("--models goes with --object-info; a server lists its models itself")
