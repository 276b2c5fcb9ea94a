"""How a policy is tuned: every option of `nodewright train grpo`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...workflow.grammar.constraints import DEFAULT_MEGAPIXELS, DEFAULT_NODES
from ..sft.config import LORA_TARGETS


@dataclass(frozen=True)
class GrpoConfig:
    """Exactly one of `minutes` and `steps` ends the training. The defaults are those that were measured on the shipped
    policy; a larger one wants a lower learning rate.

    prompts: a JSON object with "prompt" a line. object_info: saved ones; each prompt is written for one of these
    installations, drawn by the seed. models: their models folders, none or one for each object_info. families: of
    models that scripts are written for; none: all that are installed.
    out: the adapter's folder; beside it, in `out`.log, is what a resumed training needs, the log and the curves.
    policy: the reference, as in `load_policy`; None: the shipped one. reward: the folder of an ensemble, of members
    over this policy or of separate encoders; None: the shipped one.
    kappa: a script's reward is the ensemble's mean less so many of its standard deviations.

    prompts_per_step: in all processes together. rollouts: scripts of each prompt, its group. temperature: they are
    drawn with; the policy and the reference are both meant at it.
    epochs: steps of the optimiser on the same rollouts. clip_ratio: how far from 1 the ratio of a draw's new and old
    probability still counts.
    kl_weight: what a nat of divergence from the reference costs, and entropy_weight: what one of entropy earns, both
    in units of an advantage. A script's probability under the policy that is best by such a cost is in proportion to
    reference * exp(reward / kl_weight).
    anchors: pairs of prompt and script, as `nodewright train sft --data` reads them, of installations that the reward
    knows nothing of: on `anchors_per_step` of them, drawn for each step, the policy is held to the reference.
    anchor_weight: what a nat of divergence a choice costs there, in units of an advantage.
    divide_by_deviation: of its group, as GRPO does: then the reward's unit makes no difference, and prompts on which
    workflows hardly differ weigh as much as others. Without it (Dr. GRPO, arXiv 2503.20783) an advantage is in the
    reward's unit, and `kl_weight` in that a nat. It is a choice because both are wanted: the first for a reward of any
    unit, the second for one whose unit means something and whose small differences are noise, as an ensemble's. With
    division, and the same `kl_weight`, the shipped policy soon wrote nearly one workflow for everything.
    layers: how many at the top of the model have adapters; lora_rank, lora_alpha, lora_targets: what these are.
    warmup: steps until the learning rate is reached. clip: the gradient's greatest norm.
    bfloat16: compute updates in it, and on a GPU rollouts and rewards, too; None: where the processor has instructions
    for it. save_minutes: between checkpoints. threads: of PyTorch on a CPU; None leaves them as they are.
    adapter_steps: after each so many steps the adapter as it is then is kept in `out`.log/along/step-N, to see with
    `nodewright train evaluate --along` how far tuning went well.
    """

    prompts: Path
    object_info: tuple[Path, ...]
    out: Path
    models: tuple[Path, ...] = ()
    families: tuple[str, ...] = ()
    policy: str | None = None
    reward: Path | None = None
    kappa: float = 1.0
    minutes: float | None = None
    steps: int | None = None
    prompts_per_step: int = 8
    rollouts: int = 8
    temperature: float = 1.0
    epochs: int = 1
    learning_rate: float = 1e-3
    warmup: int = 10
    clip_ratio: float = 0.2
    kl_weight: float = 0.02
    entropy_weight: float = 0.0
    anchors: Path | None = None
    anchors_per_step: int = 8
    anchor_weight: float = 1.0
    divide_by_deviation: bool = False
    clip: float = 1.0
    layers: int = 2
    lora_rank: int = 16
    lora_alpha: int = 32
    lora_targets: tuple[str, ...] = LORA_TARGETS
    max_nodes: int = DEFAULT_NODES
    max_megapixels: float = DEFAULT_MEGAPIXELS
    prompt_tokens: int = 256
    seed: int = 0
    bfloat16: bool | None = None
    save_minutes: float = 3.0
    adapter_steps: int | None = None
    threads: int | None = None

    @property
    def log(self) -> Path:
        """The folder beside `out`."""
        return self.out.with_name(self.out.name + ".log")
