"""How a policy is trained: every option of `nodewright train sft`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LORA_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True)
class SftConfig:
    """Exactly one of `minutes`, `steps` and `epochs` ends the training and stretches its schedule.

    data: pairs, a JSON object a line. out: the checkpoint's folder; beside it, in `out`.log, is what a resumed training
    needs, and the curves. vocabulary: a JSON list of choices that become words as well as those of the data.
    base: what to begin with, as in `load_policy`; None: a Llama from scratch with the shape given here.

    minutes: time in training steps; evaluating and saving come on top.
    row_tokens: pairs are packed into rows of so many tokens. rows: rows of one forward pass, in each process.
    accumulation: forward passes of one step. learning_rate None: 3e-3 from scratch, 3e-4 for a base, 2e-4 for LoRA.
    warmup: share of the training. held_out: share of the prompts that is only measured on.
    bfloat16: compute in it, the weights stay in float32; None: where the processor has instructions for it.
    threads: of PyTorch on a CPU; None leaves them as they are.
    pick_weight: how much picking a file counts beside another choice. A script has one or two of them among thirty, and
    they are the hardest to learn: without weight, a small policy learns everything else first.
    lora_rank: above 0, the base's matrices are kept and LoRA adapters of that rank trained, and the words' rows.
    """

    data: Path
    out: Path
    base: str | None = None
    vocabulary: Path | None = None
    minutes: float | None = None
    steps: int | None = None
    epochs: float | None = None
    row_tokens: int = 1024
    rows: int = 1
    accumulation: int = 1
    learning_rate: float | None = None
    weight_decay: float = 0.05
    warmup: float = 0.03
    clip: float = 1.0
    pick_weight: float = 8.0
    held_out: float = 0.02
    seed: int = 0
    bfloat16: bool | None = None
    threads: int | None = None
    hidden: int = 256
    layers: int = 6
    heads: int = 4
    key_value_heads: int = 2
    intermediate: int | None = None
    tokens: int = 4096
    words: int = 4096
    word_count: int = 3
    context: int = 2048
    prompt_tokens: int = 256
    lora_rank: int = 0
    lora_alpha: int = 32
    lora_targets: tuple[str, ...] = LORA_TARGETS
    evaluate_minutes: float = 3.0
    evaluate_pairs: int = 500
    save_minutes: float = 3.0

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
