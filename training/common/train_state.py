"""The state of a training: how far it is, its learning rate, and how it is saved and resumed.

No state of a random generator is saved: whatever a training draws depends on its seed and the step alone, so that a
resumed run ends as one that was never interrupted.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ...files import write_atomically
from ...guarded_json import parse_json, read_json
from ...json_shapes import ListOf, Number, Object, TableOf, Whole, check
from ...models.policy.folders import CheckpointError
from ...opening import open_ordinary
from .pairs import DataError

STATE = "state.safetensors"
"""The file of a training's state, in its log folder."""
STATE_SHAPE = Object({"step": Whole(0), "seconds": Number(0), "records": ListOf(TableOf()), "done": TableOf(Number())})
"""The form of a `TrainState` in a file."""


# ---- the learning rate -------------------------------------------------------------------------------------------


def linear_warmup(step: int, steps: int) -> float:
    """Return the share of the highest learning rate at a step, which counts from 0, of a warm-up of `steps` steps."""
    return min(1.0, (step + 1) / max(1, steps))


def cosine_decay(progress: float, end: float) -> float:
    """Return the share of the highest learning rate on half a cosine from 1 to `end`; progress: from 0 to 1."""
    return end + (1 - end) * 0.5 * (1 + math.cos(math.pi * progress))


def warmup_and_decay(progress: float, warmup: float, start: float, end: float) -> float:
    """Return the share of the highest learning rate: a linear warm-up, then half a cosine.

    Args:
        progress: how much of the training is done, from 0 to 1.
        warmup: the share of the training that is warm-up.
        start: the least value in the warm-up.
        end: the value at the end.
    """
    if progress < warmup:
        return max(progress / warmup, start)
    return cosine_decay((progress - warmup) / (1 - warmup), end)


# ---- how far it is -----------------------------------------------------------------------------------------------


@dataclass
class TrainState:
    """How far a training is. Time is that of training steps alone.

    Attributes:
        step: steps done.
        seconds: seconds of these steps.
        records: what was recorded of the training, for its curves.
        done: the `seconds` at which each thing was last done that is done now and then.
    """

    step: int = 0
    seconds: float = 0.0
    records: list[dict[str, Any]] = field(default_factory=list)
    done: dict[str, float] = field(default_factory=dict)

    @property
    def minutes(self) -> float:
        """Minutes of the steps done."""
        return self.seconds / 60

    def due(self, what: str, seconds: float) -> bool:
        """Return whether to do `what`, which is done every so many `seconds`; if so, it counts as done now."""
        if self.seconds - self.done.get(what, 0.0) < seconds:
            return False
        self.done[what] = self.seconds
        return True

    def save(
        self,
        path: Path,
        weights: Mapping[str, torch.Tensor],
        optimizer: torch.optim.Optimizer,
        report: Callable[[str], None],
        averages: Mapping[str, torch.Tensor] | None = None,
    ) -> None:
        """Write the state with weights and optimizer to one file. A full disk costs the state, not the training.

        Args:
            path: the file.
            weights: the weights by name; the optimizer may have some of them.
            optimizer: the optimizer.
            report: where a failure is reported.
            averages: running averages of the weights, by the same names.
        """
        tensors = {name: weight.detach() for name, weight in weights.items()}
        tensors |= {_key("average", name): average for name, average in (averages or {}).items()}
        for name, weight in weights.items():
            tensors |= {_key(part, name): value for part, value in optimizer.state.get(weight, {}).items()}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with write_atomically(path) as beside:
                plain = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
                save_file(plain, beside, metadata={"state": json.dumps(asdict(self))})
        except (OSError, SafetensorError) as error:
            report(
                f"{path} could not be written: {error}. Training goes on; free some space, so that it can be "
                "interrupted"
            )

    @staticmethod
    def load(
        path: Path,
        weights: Mapping[str, torch.Tensor],
        optimizer: torch.optim.Optimizer,
        averages: Mapping[str, torch.Tensor] | None = None,
    ) -> TrainState:
        """Read what `save` wrote, the weights, the optimizer's state and the averages in place.

        Raises:
            CheckpointError: the file is damaged or of another model.
        """
        try:
            with safe_open(path, "pt") as file, torch.no_grad():
                state = state_of(check(parse_json(file.metadata()["state"], str(path)), STATE_SHAPE, str(path)))
                parts: dict[str, list[str]] = {}
                for key in file.keys():  # noqa: SIM118 - safe_open is no dict
                    part, _, name = key.rpartition(" ")
                    parts.setdefault(name, []).append(part)
                for name, weight in weights.items():
                    weight.copy_(file.get_tensor(name))
                    if averages is not None:
                        averages[name].copy_(file.get_tensor(_key("average", name)))
                    kept = {}
                    for part in parts[name]:
                        if part not in ("", "average"):
                            # A copy: the file must not stay open, or Windows would not let the next one take its place.
                            value = file.get_tensor(_key(part, name)).clone()
                            kept[part] = value if part == "step" else value.to(weight.device)
                    if kept:
                        optimizer.state[weight] = kept
        except (OSError, KeyError, ValueError, TypeError, RuntimeError, SafetensorError) as error:
            raise CheckpointError(f"{path}: cannot be read: {error}. Delete it to start over") from error
        return state


def state_of(values: Mapping[str, Any]) -> TrainState:
    """Return the state of values that fit `STATE_SHAPE`."""
    return TrainState(values["step"], float(values["seconds"]), list(values["records"]), dict(values["done"]))


def _key(part: str, name: str) -> str:
    """Return the name in the file of a part of the optimizer's state of a weight; names have no spaces."""
    return f"{part} {name}"


# ---- what a resumed training must share with the one that it continues ---------------------------------------------


def check_same(path: Path, identity: dict[str, Any]) -> None:
    """Raise CheckpointError, naming what differs, unless the JSON file `path` holds `identity`."""
    try:
        before = check(read_json(path), TableOf(), str(path))
        different = sorted(name for name in {*before, *identity} if before.get(name) != identity.get(name))
    except (OSError, ValueError, TypeError) as error:
        raise CheckpointError(f"{path}: cannot be read: {error}. Delete {path.parent} to start over") from error
    if different:
        raise CheckpointError(
            f"{path.parent}: of a training with other data or settings ({', '.join(different)}). Give the same to "
            "resume it, give another --out, or delete it to start over"
        )


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file of data. Raises DataError."""
    digest = hashlib.sha256()
    try:
        with open_ordinary(path) as file:
            while block := file.read(2**20):
                digest.update(block)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    return digest.hexdigest()


def make_log_folder(log: Path) -> None:
    """Make the folder beside what is trained. Raises DataError where a file has its name, such as a redirected log."""
    try:
        log.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"{log}: cannot be made, and the training needs it to be resumable: {error.strerror}. Move what has this "
            "name, or give another --out"
        ) from error
