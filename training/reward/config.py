"""How a reward ensemble is trained: every option of `nodewright train reward`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...models.reward.members import MemberShape


@dataclass(frozen=True)
class RewardConfig:
    """store: the triplets. out: the ensemble's folder; beside it, in `out`.log, are the report, the curves, and what a
    resumed training needs. policy: what the members are trained over, as in `load_policy`; None: the shipped one.
    start: an ensemble to go on from instead of beginning anew, for few triplets (one's own ratings).

    members, layers, rank: see `MemberShape`; its alpha is twice the rank.
    epochs: passes over the triplets. rows: scripts in one step, those of a prompt together. learning_rate: the
    highest; the warm-up takes 5 % of the steps, and half a cosine follows. dropout: see `Heads`. huber:
    where the loss turns from square to linear, in standard deviations of the scores; 0: squares only. ranking: weight
    of the ranking loss beside the regression (log-sigmoid of the difference of two workflows of one prompt).

    report: train first on a part, and measure on the rest; with False, that and `baselines` are left out.
    hold_out_workflows: the part lacks some topologies and files, too. hold_out: the share of topologies, and where no
    triplets are of the split "validation", of prompts. baselines: measure what is to be beaten, too.

    separate_encoders: train encoders that share nothing in place of members over the policy's model, for GRPO alone;
    nothing is measured of them then. encoder: their Hugging Face folder, and that of the encoder among the baselines;
    None: fresh ones with encoder_layers layers of hidden size encoder_hidden, which are MiniLM's.
    encoder_learning_rate: of encoders, in place of learning_rate; None: 3e-4 for fresh ones, 5e-5 for others.

    bfloat16: compute in it; None: where the processor has instructions for it. threads: of PyTorch on a CPU; None
    leaves them as they are.
    """

    store: Path
    out: Path
    policy: str | None = None
    start: Path | None = None
    members: int = 5
    layers: int = MemberShape.layers
    rank: int = MemberShape.rank
    epochs: float = 2.0
    rows: int = 32
    learning_rate: float = 1e-4
    weight_decay: float = 0.01
    dropout: float = 0.3
    huber: float = 1.0
    ranking: float = 0.0
    report: bool = True
    hold_out_workflows: bool = True
    hold_out: float = 0.1
    baselines: bool = True
    separate_encoders: bool = False
    encoder: str | None = None
    encoder_layers: int = 6
    encoder_hidden: int = 384
    encoder_learning_rate: float | None = None
    seed: int = 0
    bfloat16: bool | None = None
    threads: int | None = None
    save_minutes: float = 2.0

    @property
    def log(self) -> Path:
        """The folder beside `out`."""
        return self.out.with_name(self.out.name + ".log")

    @property
    def shape(self) -> MemberShape:
        return MemberShape(self.layers, self.rank, 2 * self.rank)
