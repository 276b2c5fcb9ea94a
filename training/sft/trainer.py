"""The Transformers Trainer for packed rows: its loss, what it measures, and its checkpoints."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import PrinterCallback, Trainer

from ..common.pairs import CHOICE_KINDS, FIRST, KIND, EncodedPairs
from .progress import Progress
from .rows import Row, make_batch
from .script_loss import ScriptLoss


class SftTrainer(Trainer):
    """The Transformers Trainer for packed rows of pairs.

    Args:
        model: the loss to train.
        args: the TrainingArguments.
        encoded: the pairs.
        rows: rows to train on.
        held_out: rows to measure on.
        progress: how far the training is.
        more: further arguments of the Trainer.
    """

    def __init__(
        self, model: ScriptLoss, args: Any, encoded: EncodedPairs, rows: Sequence[Row], held_out: Sequence[Row],
        progress: Progress, **more: Any,
    ) -> None:  # fmt: skip
        def batch(chosen: Sequence[int]) -> dict[str, Any]:
            return make_batch(encoded, [pair for row in chosen for pair in rows[row]])

        super().__init__(model, args, data_collator=batch, train_dataset=range(len(rows)), callbacks=[progress], **more)
        self.remove_callback(PrinterCallback)
        self.model_accepts_loss_kwargs = True  # so that compute_loss gets how many tokens count in a whole step
        self.encoded, self.held_out, self.progress = encoded, held_out, progress

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """Return the mean loss, (), over all tokens of a step in all processes; picks count `pick_weight` times."""
        marks = inputs.pop("marks")
        each = model(**inputs)
        self.progress.count(each.sum().detach(), marks, self.args.world_size)
        weights = torch.ones_like(each).index_fill(0, inputs["picked"], self.progress.config.pick_weight)
        total: torch.Tensor = (each * weights).sum()
        if num_items_in_batch is None:
            return total / len(each)
        return total * self.args.world_size / num_items_in_batch

    @torch.no_grad()
    def evaluate(self, *_: Any, **__: Any) -> dict[str, Any]:
        """Return the held-out loss in nats per choice: `loss` of all choices, and `kinds` by kind of choice."""
        model = self.accelerator.unwrap_model(self.model).eval()
        nats, choices = torch.zeros(2, len(CHOICE_KINDS) + 1, dtype=torch.float64)
        for row in self.held_out[self.args.process_index :: self.args.world_size]:
            inputs = self._prepare_inputs(make_batch(self.encoded, row))
            marks = inputs.pop("marks")[0].cpu()
            each = model(**inputs).double().cpu()
            kind = (marks & KIND).long()
            nats.index_add_(0, kind[kind > 0], each)
            choices += torch.bincount(kind[marks >= FIRST], minlength=len(CHOICE_KINDS) + 1)
        sums = self.accelerator.reduce(torch.stack([nats, choices]).to(self.args.device)).cpu()
        model.train()
        kinds = {
            kind: round(float(sums[0, 1 + index] / sums[1, 1 + index]), 5)
            for index, kind in enumerate(CHOICE_KINDS) if sums[1, 1 + index]
        }  # fmt: skip
        metrics = {"loss": float(sums[0].sum() / sums[1].sum()) if sums[1].sum() else math.nan, "kinds": kinds}
        self.control: Any = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Write a checkpoint; where it cannot be written, report that and continue the training."""
        try:
            super()._save_checkpoint(model, trial)
        except (OSError, RuntimeError, SafetensorError) as error:  # torch.save raises RuntimeError
            folder = Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}"
            shutil.rmtree(folder, ignore_errors=True)
            self.progress.report(
                f"{folder} could not be written: {error}. The one before it is kept, and training goes on; free some "
                "space, so that it can be interrupted"
            )

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        folder = Path(output_dir or self.args.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        save_file(_trained(self.model), folder / "model.safetensors")

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        kept = load_file(Path(resume_from_checkpoint) / "model.safetensors")
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                if parameter.requires_grad:
                    parameter.copy_(kept[name])


def _trained(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return the trained weights by name."""
    return {name: p.detach().contiguous() for name, p in model.named_parameters() if p.requires_grad}
