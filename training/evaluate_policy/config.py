"""What a policy is measured on: every option of `nodewright train evaluate-policy`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..common.options import parse_options


@dataclass(frozen=True)
class EvaluatePolicyConfig:
    """The options of the measurement."""

    object_info: Path
    """The node classes of the simulated installations, saved by `nodewright catalog`."""
    policy: str | None = None
    """The policy: a checkpoint's folder, a Hugging Face id, or a .gguf file; without it, the shipped one."""
    tuned: Path | None = None
    """Tuned adapter that the policy writes with; without it, none."""
    against: str | None = None
    """Another policy to compare with, for example the one before; without it, none."""
    data: Path | None = None
    """The pairs that the policy was trained on, for the copying baseline and for the share of new topologies."""
    prompts: tuple[Path, ...] = ()
    """Files of people's prompts, of which the lines are used that training leaves out."""
    templates: bool = False
    """Whether the corpus varies the official templates as well."""
    workflows: Path | None = None
    """Folder of workflows in API format that the corpus varies as well."""
    count: int = 500
    """Number of prompts of each measure."""
    seed: int = 0
    """Seed of everything that is drawn."""
    temperature: float = 1.0
    """Sampling temperature of the policy."""
    control: bool = False
    """Whether prompts and file names are those of training, to see what was learned but does not transfer."""
    device: str = "cpu"
    """Where the policy runs, as torch names it."""
    out: Path | None = None
    """File of all figures, as JSON."""


def parse(arguments: Sequence[str] | None) -> EvaluatePolicyConfig:
    """Return the options of the command line, over those of a --config file."""
    return parse_options(
        EvaluatePolicyConfig, arguments, prog="nodewright train evaluate-policy",
        description="Measure what a policy has learned, on prompts and file names that it was never trained on.",
        former={"adapter": "tuned"},
    )  # fmt: skip
