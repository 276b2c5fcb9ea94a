"""How far a training is: its time, its learning rate, when it measures and saves, and what is told of it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from ...files import write_json
from ..common.curves import write_curves
from ..common.pairs import FIRST
from .config import SftConfig

COURSE = "course.json"
"""Written last into a training's checkpoint: without it, the checkpoint is not whole."""


@dataclass
class Course(TrainerCallback):
    """How far the training is; when it measures (if anything is held out), saves and ends. Time is that of training
    steps alone.

    The curves' records and the times are kept in each checkpoint, see COURSE.
    """

    config: SftConfig
    total_steps: int
    measures: bool
    report: Callable[[str], None]
    seconds: float = 0.0
    tokens: int = 0
    step: int = 0
    evaluated: float = 0.0
    saved: float = 0.0
    training: list[dict[str, Any]] = field(default_factory=list)
    held_out: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._clock = time.monotonic()
        self._told, self._told_tokens = self.seconds, self.tokens
        self._nats: torch.Tensor | float = 0.0
        self._choices: torch.Tensor | float = 0.0

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        if self.config.minutes is None:
            return min(1.0, self.step / self.total_steps)
        return min(1.0, self.seconds / (60 * self.config.minutes))

    def rate(self, _: int) -> float:
        """The share of the highest learning rate: linear warm-up, then half a cosine down to a twentieth."""
        progress, warmup = self.progress, self.config.warmup
        if progress < warmup:
            return max(progress / warmup, 0.01)
        return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))

    def count(self, nats: torch.Tensor, marks: torch.Tensor, processes: int) -> None:
        """A forward pass had this loss, in sum."""
        self.tokens += marks.numel() * processes
        self._nats = self._nats + nats
        self._choices = self._choices + (marks >= FIRST).sum()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._clock = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        now = time.monotonic()
        self.seconds += now - self._clock
        self._clock = now
        self.step = state.global_step
        if args.world_size > 1:  # all processes must decide the same
            clock = torch.tensor([self.seconds], dtype=torch.float64, device=args.device)
            torch.distributed.broadcast(clock, 0)
            self.seconds = float(clock)
        if self.seconds - self._told >= 60:
            self.tell()
        if self.progress >= 1:
            control.should_training_stop = True
            return
        control.should_evaluate = self.measures and self.seconds - self.evaluated >= 60 * self.config.evaluate_minutes
        control.should_save = self.seconds - self.saved >= 60 * self.config.save_minutes

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, Any], **_: Any) -> None:
        self.evaluated = self.seconds
        self.held_out.append(self._record(metrics["loss"]) | {"kinds": metrics["kinds"]})
        if state.is_world_process_zero:
            write_curves(self.config.log, self.training, self.held_out)
        self._clock = time.monotonic()

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.saved = self.seconds
        kept = {name: getattr(self, name) for name in self._kept()}
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if state.is_world_process_zero and folder.is_dir():  # it is not, when it could not be written
            write_json(folder / COURSE, kept)
        self._clock = time.monotonic()

    def resume(self, checkpoint: Path) -> None:
        """Go on from what `on_save` kept."""
        kept = json.loads((checkpoint / COURSE).read_text(encoding="utf-8"))
        for name in self._kept():
            setattr(self, name, kept[name])
        self.__post_init__()

    def tell(self) -> None:
        """Report what has been since the last report."""
        choices = float(self._choices)
        if not choices:
            return
        loss = float(self._nats) / choices
        self.training.append(self._record(loss))
        speed = (self.tokens - self._told_tokens) / max(self.seconds - self._told, 1e-9)
        held = f"  held out {self.held_out[-1]['loss']:.4f}" if self.held_out else ""
        self.report(
            f"{self.progress:4.0%}  {self.seconds / 60:.1f} min  step {self.step}  {speed:,.0f} tokens/s  "
            f"loss {loss:.4f}{held}"
        )
        self._told, self._told_tokens, self._nats, self._choices = self.seconds, self.tokens, 0.0, 0.0

    def _record(self, loss: float) -> dict[str, Any]:
        minutes = round(self.seconds / 60, 3)
        return {"minutes": minutes, "steps": self.step, "tokens": self.tokens, "loss": round(loss, 5)}

    @staticmethod
    def _kept() -> tuple[str, ...]:
        return ("seconds", "tokens", "step", "evaluated", "saved", "training", "held_out")


def last_checkpoint(folder: Path) -> Path | None:
    """The newest that was written whole."""
    whole = [path.parent for path in folder.glob(f"checkpoint-*/{COURSE}")]
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
