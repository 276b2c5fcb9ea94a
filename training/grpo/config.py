"""How a policy is tuned: every option of `nodewright train grpo`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..common.constraint_options import FORMER_NAMES, ConstraintOptions
from ..common.options import parse_options
from ..sft.config import LORA_TARGETS

INSTALLATIONS = ("saved", "simulated")


@dataclass(frozen=True)
class GrpoConfig(ConstraintOptions):
    """The options of GRPO.

    Exactly one of `minutes` and `steps` is given. The defaults were measured on a policy of 22 million parameters; a
    larger one needs a lower learning rate.
    """

    # What is read and written.
    object_info: tuple[Path, ...]
    """Files that `nodewright catalog` saved; the seed draws one of these installations for each prompt.

    Simulated installations have the node classes of the only one.
    """
    out: Path
    """Folder of the adapter; `out`.log beside it holds the log, the curves, and what a resumed training needs."""
    reward: Path
    """Folder of the reward ensemble: one whose members are trained over the policy, or one of real families."""
    prompts: Path | None = None
    """File of the prompts that scripts are written for: .jsonl with "prompt", .tsv, or one prompt a line.

    On simulated installations half of the prompts are of it, or none without it; the others are the corpus' own.
    """
    installations: str = "saved"
    """The installations that scripts are written for: "saved" in object_info, or "simulated" as for the corpus."""
    any_main: float = 0.5
    """Share of the prompts on simulated installations for which any installed main model may be chosen.

    For the others it is one of those that the product leaves, which are seldom more than a few.
    """
    as_asked: float = 0.0
    """Share of the prompts on saved installations for which scripts keep to what is read in the prompt.

    The product writes so for every prompt. For the others, anything may be written that the limits allow.
    """
    models: tuple[Path, ...] = ()
    """Models folder of each object_info, or none."""
    policy: str | None = None
    """Reference policy: a checkpoint's folder, a Hugging Face id, or a .gguf file; without it, the shipped one."""

    # How long.
    minutes: float | None = None
    """Minutes of training."""
    steps: int | None = None
    """Steps of training."""

    # Rollouts.
    prompts_per_step: int = 8
    """Prompts of one step, in all processes together."""
    rollouts: int = 8
    """Scripts that are written for each prompt: the size of a group."""
    temperature: float = 1.0
    """Temperature of the rollouts, at which the policy and the reference are compared as well."""
    prompt_tokens: int = 256
    """The most tokens of a prompt; a longer one keeps its beginning and end."""

    # The reward and the loss.
    kappa: float = 1.0
    """Standard deviations of the ensemble that are subtracted from its mean."""
    scale_rewards: bool = False
    """Whether advantages are divided by their group's deviation, as GRPO does and Dr. GRPO (arXiv 2503.20783) does not.

    With division, the reward's unit makes no difference, and a prompt whose workflows hardly differ counts as much as
    any other, which for a noisy reward is mostly noise: with the same kl_weight, the policy soon wrote nearly one
    workflow for everything. Without division, kl_weight is in the reward's unit.
    """
    exchange_mains: float = 0.0
    """Weight of a nat of divergence between the choice of the main model and the best choice.

    Each script is rewarded with every main model of the family; the best choice is then in proportion to
    reference * exp(reward / kl_weight). The reward function must be quick, and main models must take each other's place
    without a flaw, as the miniature's checkpoints do. 0: the main model is learned like all else that is drawn.
    """
    exchange_prompts: int = 0
    """With exchange_mains: further prompts for each prompt of a step, of which only the main model is learned.

    Nothing is written for them: a script of the step's prompt is rewarded with every main model instead. Which model
    goes with which words takes thousands of prompts to learn, and rollouts for so many take hours.
    """
    clip_ratio: float = 0.2
    """Distance from 1 within which the ratio of a draw's new and old probability counts."""
    kl_weight: float = 0.02
    """Cost of a nat of divergence from the reference, in units of an advantage.

    The policy that is best under such a cost is in proportion to reference * exp(reward / kl_weight).
    """
    entropy_weight: float = 0.0
    """Gain of a nat of entropy, in units of an advantage."""
    kl_replay: Path | None = None
    """Pairs of prompt and script, as for `nodewright train sft`, on which the policy is held to the reference.

    They are of installations that the reward knows nothing of.
    """
    kl_replay_pairs: int = 8
    """Pairs of kl_replay in one step, in all processes together."""
    kl_replay_weight: float = 1.0
    """Cost of a nat of divergence a choice on the pairs of kl_replay, in units of an advantage."""

    # The adapter.
    layers: int = 2
    """Layers at the top of the model that get LoRA adapters."""
    lora_rank: int = 16
    """Rank of the adapters."""
    lora_alpha: int = 32
    """Scale of the adapters, times their rank."""
    lora_targets: tuple[str, ...] = LORA_TARGETS
    """Names of the modules that get adapters."""

    # The optimiser.
    epochs: int = 1
    """Steps of the optimiser on the same rollouts."""
    learning_rate: float = 1e-3
    """Learning rate after the warm-up."""
    warmup: int = 10
    """Steps until the learning rate is reached."""
    clip: float = 1.0
    """Greatest norm of the gradient."""

    # The run.
    seed: int = 0
    """Seed of everything that is drawn."""
    bfloat16: bool | None = None
    """Whether to compute updates in bfloat16, and on a GPU rollouts and rewards; without it, where that is fast."""
    threads: int | None = None
    """Threads of PyTorch on a CPU."""
    save_minutes: float = 3.0
    """Minutes between the states that an interrupted training resumes from."""
    adapter_steps: int | None = None
    """Steps between adapters that are kept in `out`.log/checkpoints/step-N, for `nodewright train evaluate`."""

    @property
    def log(self) -> Path:
        """The folder beside `out`."""
        return self.out.with_name(self.out.name + ".log")


def parse(arguments: Sequence[str] | None) -> GrpoConfig:
    """Return the options of the command line, over those of a --config file."""
    return parse_options(
        GrpoConfig, arguments, prog="python -m nodewright.training.grpo",
        description="Tune a policy against a reward ensemble by GRPO.", exclusive=("minutes", "steps"),
        former={
            **FORMER_NAMES, "anchors": "kl_replay",
            "divide_by_deviation": "scale_rewards", "anchors_per_step": "kl_replay_pairs",
            "anchor_weight": "kl_replay_weight",
        },
        check=_check_installations,
    )  # fmt: skip


def _check_installations(config: GrpoConfig) -> None:
    """Raise ValueError for options of installations that do not go together."""
    if config.installations not in INSTALLATIONS:
        raise ValueError(f"--installations {config.installations!r}: it is one of {', '.join(INSTALLATIONS)}")
    if config.installations == "saved" and config.prompts is None:
        raise ValueError("--prompts is missing; only --installations simulated has prompts of its own")
    if config.installations == "simulated" and (len(config.object_info) != 1 or config.models):
        raise ValueError("--installations simulated: give one --object-info, for its node classes, and no --models")
    if config.exchange_prompts and not config.exchange_mains:
        raise ValueError("--exchange-prompts is for --exchange-mains")
    if not 0 <= config.any_main <= 1:
        raise ValueError(f"--any-main {config.any_main:g}: it is a share, from 0 to 1")
    if not 0 <= config.as_asked <= 1:
        raise ValueError(f"--as-asked {config.as_asked:g}: it is a share, from 0 to 1")
