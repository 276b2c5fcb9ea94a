"""How a reward ensemble is trained: every option of `nodewright train reward`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...models.reward.members import MemberShape
from ..common.options import parse_options

PARTS, POLICY = "parts", "policy"
"""What members read: parts of prompt and script as numbers, or what the policy's model makes of both."""


@dataclass(frozen=True)
class RewardConfig:
    """The options of the reward stage."""

    # What is read and written.
    store: Path
    """Store of triplets that `nodewright train collect` or the node Record Result made."""
    out: Path
    """Folder of the ensemble; `out`.log beside it holds the report, the curves, and what a resumed training needs."""
    policy: str | None = None
    """Policy over whose model the members are trained, as for `nodewright generate`; without it, the shipped one."""
    start: Path | None = None
    """Ensemble over a policy to continue from, for few triplets such as one's own ratings."""

    # The ensemble.
    over: str = POLICY
    """What members read: the "parts" of prompt and script as numbers, by trees, or what the "policy" makes of both."""
    members: int = 5
    """Members, each with a seed and a bootstrap sample of its own."""
    layers: int = MemberShape.layers
    """Layers at the top of the policy's model that get adapters."""
    rank: int = MemberShape.rank
    """Rank of the adapters, whose alpha is twice the rank."""

    # The loss.
    dropout: float = 0.3
    """Dropout in the members' heads."""
    huber: float = 1.0
    """Error, in standard deviations of the scores, from which the loss grows linearly; 0: squares only."""
    ranking: float = 0.0
    """Weight of the ranking loss: the log-sigmoid of the difference of two workflows of one prompt."""

    # The optimiser.
    epochs: float = 2.0
    """Passes over the triplets."""
    rows: int = 32
    """Scripts in one step; those of a prompt stay together."""
    learning_rate: float = 1e-4
    """Highest learning rate, after a warm-up over 5 % of the steps and before half a cosine."""
    weight_decay: float = 0.01
    """Weight decay of AdamW."""

    # The report.
    report: bool = True
    """Whether to train on a part first, and to measure on the rest."""
    hold_out_workflows: bool = True
    """Whether that part lacks some topologies and files as well as some prompts."""
    hold_out: float = 0.1
    """Share of topologies held out, and of prompts where no triplet is of the split "validation"."""
    baselines: bool = True
    """Whether the report measures baselines, too."""
    encoder: str | None = None
    """Hugging Face folder of the encoder among the baselines; without it, a fresh one of the following shape."""
    encoder_layers: int = 6
    """Layers of a fresh encoder; six of hidden size 384 are MiniLM's shape."""
    encoder_hidden: int = 384
    """Hidden size of a fresh encoder."""
    encoder_learning_rate: float | None = None
    """Learning rate of encoders; without it, 3e-4 for a fresh one and 5e-5 for a pretrained one."""

    # The run.
    seed: int = 0
    """Seed of everything that is drawn."""
    bfloat16: bool | None = None
    """Whether to compute in bfloat16; without it, where that is fast."""
    threads: int | None = None
    """Threads of PyTorch on a CPU."""
    save_minutes: float = 2.0
    """Minutes between the states that an interrupted training resumes from."""

    @property
    def log(self) -> Path:
        """The folder beside `out`."""
        return self.out.with_name(self.out.name + ".log")

    @property
    def shape(self) -> MemberShape:
        """The shape of the members' adapters."""
        return MemberShape(self.layers, self.rank, 2 * self.rank)


def parse(arguments: Sequence[str] | None) -> RewardConfig:
    """Return the options of the command line, over those of a --config file."""
    return parse_options(
        RewardConfig, arguments, prog="python -m nodewright.training.reward", description="Train a reward ensemble.",
        check=_check,
    )  # fmt: skip


def _check(config: RewardConfig) -> None:
    """Raise ValueError for options that do not go together."""
    if config.over not in (PARTS, POLICY):
        raise ValueError(f"--over {config.over}: {PARTS} or {POLICY}")
    if config.over == PARTS and config.start is not None:
        raise ValueError("--start goes on from members over a policy; over parts, train on all triplets together")
