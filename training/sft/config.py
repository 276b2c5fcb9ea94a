"""How a policy is trained: every option of `nodewright train sft`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..common.options import parse_options

LORA_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""Names of the modules of a Llama that get LoRA adapters."""


@dataclass(frozen=True)
class SftConfig:
    """The options of supervised fine-tuning. Exactly one of `minutes`, `steps` and `epochs` is given."""

    # What is read and written.
    data: Path
    """Pairs of prompt and script that `nodewright train corpus` drew, a JSON object a line."""
    out: Path
    """Folder of the checkpoint; `out`.log beside it holds the curves, and what a resumed training needs."""
    base: str | None = None
    """Model to begin with, as for `nodewright generate`; without it, a fresh Llama of the shape given below."""
    vocabulary: Path | None = None
    """JSON list of choices that become workflow words as well as those of the data."""

    # How long; the learning rate's schedule is as long.
    minutes: float | None = None
    """Minutes in training steps; evaluating and saving come on top."""
    steps: int | None = None
    """Steps of training."""
    epochs: float | None = None
    """Passes over the pairs."""

    # A step.
    row_tokens: int = 1024
    """Tokens of a row, into which pairs are packed."""
    rows: int = 1
    """Rows of one forward pass, in each process."""
    accumulation: int = 1
    """Forward passes of one step."""
    learning_rate: float | None = None
    """Highest learning rate; without it, 3e-3 for a fresh model, 3e-4 for a base, and 2e-4 for LoRA."""
    weight_decay: float = 0.05
    """Weight decay of AdamW, on matrices only."""
    warmup: float = 0.03
    """Share of the training until the highest learning rate is reached."""
    clip: float = 1.0
    """Greatest norm of the gradient."""
    pick_weight: float = 8.0
    """Weight of picking a file beside another choice.

    A script has one or two picks among thirty choices, and they are the hardest to learn: without weight, a small
    policy learns everything else first.
    """
    held_out: float = 0.02
    """Share of the prompts that is measured on and not trained on."""

    # The shape of a fresh model.
    hidden: int = 256
    """Size of the hidden states."""
    layers: int = 6
    """Decoder layers."""
    heads: int = 4
    """Attention heads of a layer."""
    key_value_heads: int = 2
    """Heads of keys and values."""
    intermediate: int | None = None
    """Size of the MLP's inner layer; without it, 8/3 of the hidden size."""
    tokens: int = 4096
    """Size of the tokenizer."""

    # What is read of a pair.
    words: int = 4096
    """The most workflow words."""
    word_count: int = 3
    """Scripts in which a choice must stand to become a workflow word."""
    context: int = 2048
    """The most tokens of prompt and script together; longer pairs are dropped."""
    prompt_tokens: int = 256
    """The most tokens of a prompt; a longer one keeps its beginning and end."""

    # LoRA in place of training the base.
    lora_rank: int = 0
    """Rank of LoRA adapters over a frozen base, whose workflow words are trained as well; 0: all of it is trained."""
    lora_alpha: int = 32
    """Scale of the adapters, times their rank."""
    lora_targets: tuple[str, ...] = LORA_TARGETS
    """Names of the modules that get adapters."""

    # The run.
    seed: int = 0
    """Seed of everything that is drawn."""
    bfloat16: bool | None = None
    """Whether to compute in bfloat16, with weights in float32; without it, where that is fast."""
    threads: int | None = None
    """Threads of PyTorch on a CPU."""
    evaluate_minutes: float = 3.0
    """Minutes between two measurements on the held-out pairs."""
    evaluate_pairs: int = 500
    """The most held-out pairs to measure on."""
    save_minutes: float = 3.0
    """Minutes between the states that an interrupted training resumes from."""

    @property
    def log(self) -> Path:
        """The folder beside `out`."""
        return self.out.with_name(self.out.name + ".log")

    @property
    def rate(self) -> float:
        """The highest learning rate."""
        if self.learning_rate is not None:
            return self.learning_rate
        return 3e-3 if self.base is None else 2e-4 if self.lora_rank else 3e-4


def parse(arguments: Sequence[str] | None) -> SftConfig:
    """Return the options of the command line, over those of a --config file."""
    return parse_options(
        SftConfig, arguments, prog="python -m nodewright.training.sft", description="Supervised fine-tuning.",
        exclusive=("minutes", "steps", "epochs"),
    )  # fmt: skip
