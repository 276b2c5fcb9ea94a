"""Supervised fine-tuning: prompts and scripts in, a Nodewright checkpoint out.

    python -m nodewright.training.sft --data pairs.jsonl --vocabulary words.json --out DIR --minutes 60

The Transformers Trainer on accelerate does the loop, so that several processes and mixed precision are launch options;
TRL's SFTTrainer would add `datasets` and pyarrow for a packing that knows neither contexts nor forced choices.

How it differs from plain supervised fine-tuning of a causal language model:

1. The loss is cross-entropy over the choices of the script that are not forced by the grammar (script_loss.py).
2. A main model or LoRA is picked whole among those installed, as in decoding, and counts `pick_weight` times. The pairs
   hold no catalog, so for all other choices the softmax is over the whole vocabulary (rows.py).
3. Pairs are packed into rows, each attending to itself alone (packed_attention.py).
4. Logits are computed only where they are counted: most tokens are context, and the vocabulary is a third of a small
   model (script_loss.py).

Training may be killed at any time; the same command goes on with it.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from transformers import TrainingArguments

from ...models.policy.checkpoints import CHECKPOINT_FOLDER, save_checkpoint
from ...models.policy.folders import check_replaceable
from ...models.policy.policy import Policy
from ..common.command import run_to_its_end
from ..common.console import report as print_report
from ..common.console import silent
from ..common.curves import write_curves
from ..common.errors import TrainingError, check_installed
from ..common.pairs import EncodedPairs
from .config import SftConfig, parse
from .model import add_adapters
from .packed_attention import packed_attention
from .progress import Progress, last_checkpoint
from .rows import Row, packed_rows
from .script_loss import ScriptLoss
from .start import forget, prepare, with_bfloat16
from .trainer import SftTrainer

_SHAPE = ("hidden", "layers", "heads", "key_value_heads", "intermediate", "tokens")
"""Options that only a fresh model has."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit status of `run_to_its_end`."""
    config = parse(arguments)
    return run_to_its_end(lambda: train(config, report=print_report))


def train(config: SftConfig, *, report: Callable[[str], None] = print) -> Policy:
    """Train a policy, write it to `config.out` as a checkpoint in float16, and return it.

    Raises:
        DataError: the pairs cannot be used.
        PolicyError: the base cannot be trained.
        CheckpointError: the log folder is of another training, or the checkpoint cannot be written.
        TrainingError: the configuration cannot be trained.
    """
    lengths = [length for length in (config.minutes, config.steps, config.epochs) if length is not None]
    if len(lengths) != 1:
        raise TrainingError("the length of the training is missing: give one of minutes, steps and epochs")
    if not lengths[0] > 0:
        raise TrainingError(f"a training of length {lengths[0]}: minutes, steps or epochs must be above 0")
    check_installed("accelerate", "matplotlib", *(("peft",) if config.lora_rank else ()))
    check_replaceable(config.out, CHECKPOINT_FOLDER)  # now, and not after hours
    # oneDNN compiles a kernel for each shape, and every row has shapes of its own. It would keep 1,024 of them, of
    # about 0.2 MB.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "4096")
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    args = _arguments(config)
    if args.process_index:
        report = silent
    policy, progress = _trained(config, args, report)
    if args.process_index == 0:
        save_checkpoint(policy, config.out, dtype=torch.float16 if policy.model.dtype == torch.float32 else None)
        write_curves(config.log, progress.state.records, progress.held_out)
        gc.collect()  # on Windows rows that something still maps into memory could not be deleted
        forget(config.log)
        loss = policy.description["held_out_nats_per_choice"]
        held_out = "nothing" if loss is None else f"{loss:.4f}"
        seconds, steps = progress.state.seconds, progress.state.step
        report(f"{seconds:.0f} s of training, {steps} steps; held out {held_out}; wrote {config.out}")
    return policy


def _trained(config: SftConfig, args: Any, report: Callable[[str], None]) -> tuple[Policy, Progress]:
    """Return the trained policy, and how the training went. Neither holds the data."""
    with args.main_process_first(local=False):
        inputs = prepare(config, report)
    model, finish = _trainable(inputs.policy, config)
    encoded = inputs.encoded
    rows, held_out = packed_rows(encoded, config)
    progress = Progress(config, _total_steps(config, len(rows), args.world_size), bool(held_out), report)
    with packed_attention(inputs.policy.model):
        optimizer = _optimizer(model.to(args.device), config)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, progress.rate)
        trainer = SftTrainer(model, args, encoded, rows, held_out, progress, optimizers=(optimizer, scheduler))
        checkpoint = last_checkpoint(Path(args.output_dir))
        if checkpoint is not None:
            progress.resume(checkpoint)
            report(f"resumed at step {progress.state.step}")
        _run(trainer, checkpoint)
        progress.report_loss()
        metrics = trainer.evaluate() if held_out else {"loss": None, "kinds": {}}
    policy = Policy(
        finish(),
        inputs.policy.vocabulary,
        inputs.policy.frame,
        _description(config, progress, metrics, encoded, rows),
        inputs.typical_choices,
    )
    policy.model.eval()
    return policy, progress


def _arguments(config: SftConfig) -> Any:
    cuda = torch.cuda.is_available()
    args = TrainingArguments(
        output_dir=str(config.log / "checkpoints"),
        max_steps=10**9,  # the callback ends it
        per_device_train_batch_size=config.rows,
        gradient_accumulation_steps=config.accumulation,
        max_grad_norm=config.clip,
        eval_strategy="no", save_strategy="no", logging_strategy="no", logging_nan_inf_filter=False,
        save_total_limit=2,  # the last whole one, while the next is being written
        dataloader_num_workers=0, dataloader_pin_memory=cuda, remove_unused_columns=False,
        disable_tqdm=True, report_to="none", log_level="error",
        seed=config.seed, use_cpu=not cuda, ddp_find_unused_parameters=False,
    )  # fmt: skip
    if args.n_gpu > 1:
        raise TrainingError(
            f"{args.n_gpu} GPUs are visible to one process. Start one for each: torchrun --nproc_per_node {args.n_gpu} "
            "-m nodewright.training.sft ...; or show it one with CUDA_VISIBLE_DEVICES=0"
        )
    return args


def _trainable(policy: Policy, config: SftConfig) -> tuple[ScriptLoss, Callable[[], Any]]:
    """Return the loss to train, and a function that returns the trained model afterwards."""
    if not config.lora_rank:
        return ScriptLoss(policy.model, policy.pick_id, with_bfloat16(config)), lambda: policy.model
    finish = add_adapters(policy, config.lora_rank, config.lora_alpha, config.lora_targets)
    return ScriptLoss(policy.model, policy.pick_id, with_bfloat16(config)), finish


def _optimizer(model: torch.nn.Module, config: SftConfig) -> torch.optim.Optimizer:
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for parameter in trained if parameter.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [parameter for parameter in trained if parameter.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=config.rate, betas=(0.9, 0.95), fused=True)


def _total_steps(config: SftConfig, rows: int, processes: int) -> int:
    if config.steps is not None:
        return config.steps
    return max(1, round((config.epochs or 1) * rows / (config.rows * config.accumulation * processes)))


def _run(trainer: SftTrainer, checkpoint: Path | None) -> None:
    if trainer.progress.share >= 1:
        trainer._load_from_checkpoint(str(checkpoint))
        return
    trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))


def _description(
    config: SftConfig, progress: Progress, metrics: dict[str, Any], encoded: EncodedPairs, rows: Sequence[Row]
) -> dict[str, Any]:
    settings = {
        name: value
        for name, value in asdict(replace(config, data=Path(config.data.name))).items()
        if name not in ("out", "threads", "vocabulary", "base") and (config.base is None or name not in _SHAPE)
    }
    pairs = sum(len(row) for row in rows)
    return {
        "kind": "sft",
        "base": None if config.base is None else Path(config.base).name,
        "pairs": pairs,
        "held_out_pairs": int(encoded.held_out.sum()),
        "epochs": round(progress.tokens / max(1, int(encoded.lengths[~encoded.held_out].sum())), 2),
        "steps": progress.state.step,
        "tokens": progress.tokens,
        "seconds": round(progress.state.seconds),
        "held_out_nats_per_choice": metrics["loss"],
        "held_out_nats_by_kind": metrics["kinds"],
        "settings": settings | {"data": config.data.name},
    }
