"""How far a fine-tuning is: its learning rate, when it measures, saves and ends, and what it reports."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from ...files import write_json
from ...guarded_json import JsonError, read_json
from ...json_shapes import ListOf, Number, Object, Whole, check
from ...models.policy.folders import CheckpointError
from ..common.curves import write_curves
from ..common.pairs import FIRST, LARGEST_DATA
from ..common.train_state import STATE_SHAPE, TrainState, state_of, warmup_and_decay
from .config import SftConfig

PROGRESS = "progress.json"
"""Written last into a checkpoint of the Trainer: without it, the checkpoint is not whole."""
_KEPT = Object({"state": STATE_SHAPE, "tokens": Whole(0), "held_out": ListOf(Object({"loss": Number()}))})
FIRST_RATE, LAST_RATE = 0.01, 0.05
"""The least share of the learning rate in the warm-up, and the share at the end."""
REPORT_SECONDS = 60
"""Seconds of training between two reports."""


@dataclass
class Progress(TrainerCallback):
    """How far a fine-tuning is, as a callback of the Transformers Trainer, which it makes measure, save and end.

    Attributes:
        config: the options.
        total_steps: steps of the training, where it is not limited by minutes.
        measures: whether anything is held out to measure on.
        report: where progress is reported.
        state: steps, seconds, and the records of the training curve.
        tokens: tokens trained on, in all processes.
        held_out: the records of the held-out curve.
    """

    config: SftConfig
    total_steps: int
    measures: bool
    report: Callable[[str], None]
    state: TrainState = field(default_factory=TrainState)
    tokens: int = 0
    held_out: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start the clock, and the sums since the last report."""
        self._clock = time.monotonic()
        self._reported_seconds, self._reported_tokens = self.state.seconds, self.tokens
        self._nats: torch.Tensor | float = 0.0
        self._choices: torch.Tensor | float = 0.0

    @property
    def share(self) -> float:
        """How much of the training is done, from 0 to 1."""
        if self.config.minutes is None:
            return min(1.0, self.state.step / self.total_steps)
        return min(1.0, self.state.seconds / (60 * self.config.minutes))

    def rate(self, _: int) -> float:
        """Return the share of the highest learning rate, for LambdaLR, whose argument is not needed."""
        return warmup_and_decay(self.share, self.config.warmup, FIRST_RATE, LAST_RATE)

    def count(self, nats: torch.Tensor, marks: torch.Tensor, processes: int) -> None:
        """Count a forward pass.

        Args:
            nats: its summed loss, ().
            marks: the marks of its tokens, (1, tokens).
            processes: processes that each do such a pass.
        """
        self.tokens += marks.numel() * processes
        self._nats = self._nats + nats
        self._choices = self._choices + (marks >= FIRST).sum()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the clock."""
        self._clock = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Count the step's time, report, and decide whether to measure, save or end."""
        now = time.monotonic()
        self.state.seconds += now - self._clock
        self._clock = now
        self.state.step = state.global_step
        if args.world_size > 1:  # all processes must decide the same
            clock = torch.tensor([self.state.seconds], dtype=torch.float64, device=args.device)
            torch.distributed.broadcast(clock, 0)
            self.state.seconds = float(clock)
        if self.state.seconds - self._reported_seconds >= REPORT_SECONDS:
            self.report_loss()
        if self.share >= 1:
            control.should_training_stop = True
            return
        control.should_evaluate = self.measures and self.state.due("measure", 60 * self.config.evaluate_minutes)
        control.should_save = self.state.due("save", 60 * self.config.save_minutes)

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, Any], **_: Any) -> None:
        """Record a measurement, and write the curves."""
        self.held_out.append(self._record(metrics["loss"]) | {"kinds": metrics["kinds"]})
        if state.is_world_process_zero:
            write_curves(self.config.log, self.state.records, self.held_out)
        self._clock = time.monotonic()

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Complete a checkpoint of the Trainer with PROGRESS."""
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if state.is_world_process_zero and folder.is_dir():  # it is not, when it could not be written
            kept = {"state": asdict(self.state), "tokens": self.tokens, "held_out": self.held_out}
            write_json(folder / PROGRESS, kept)
        self._clock = time.monotonic()

    def resume(self, checkpoint: Path) -> None:
        """Continue from a checkpoint that `on_save` completed."""
        path = checkpoint / PROGRESS
        try:
            kept = check(read_json(path, maximum_bytes=LARGEST_DATA), _KEPT, str(path))
        except (OSError, JsonError) as error:
            raise CheckpointError(f"{path}: cannot be read: {error}. Delete {checkpoint}") from error
        self.state, self.tokens, self.held_out = state_of(kept["state"]), kept["tokens"], kept["held_out"]
        self.__post_init__()

    def report_loss(self) -> None:
        """Record and report the loss since the last report."""
        choices = float(self._choices)
        if not choices:
            return
        loss = float(self._nats) / choices
        self.state.records.append(self._record(loss))
        seconds = self.state.seconds - self._reported_seconds
        speed = (self.tokens - self._reported_tokens) / max(seconds, 1e-9)
        held = f"  held out {self.held_out[-1]['loss']:.4f}" if self.held_out else ""
        self.report(
            f"{self.share:4.0%}  {self.state.minutes:.1f} min  step {self.state.step}  {speed:,.0f} tokens/s  "
            f"loss {loss:.4f}{held}"
        )
        self._reported_seconds, self._reported_tokens = self.state.seconds, self.tokens
        self._nats = self._choices = 0.0

    def _record(self, loss: float) -> dict[str, Any]:
        minutes = round(self.state.minutes, 3)
        return {"minutes": minutes, "steps": self.state.step, "tokens": self.tokens, "loss": round(loss, 5)}


def last_checkpoint(folder: Path) -> Path | None:
    """Return the newest checkpoint that was written whole."""
    whole = [path.parent for path in folder.glob(f"checkpoint-*/{PROGRESS}")]
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
