"""The scripts that authors write for each prompt, kept in a file so that an evaluation goes on where it stopped.

An author writes one or more scripts for a prompt. An arm is one script a prompt: its author's first, or of all of them
the one that the reward ensemble predicts most of. So the plain arm and its best of N cost one decoding.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from ...files import write_text
from ...guarded_json import parse_json, read_bytes
from ...json_shapes import ListOf, Maybe, Number, Object, TableOf, Text, Whole, check
from ...models.reward.ensemble import Reward, lower_confidence_bound
from ..common.pairs import LARGEST_DATA, DataError
from ..common.prompt_file import PromptRecord

Ranker: TypeAlias = Callable[[str, Sequence[Sequence[str]]], Sequence[Reward]]
"""(prompt, scripts) -> a predicted reward for each script."""
Write: TypeAlias = Callable[[int, PromptRecord, int], Sequence[Sequence[str]]]
"""(index of the prompt, the prompt, number of scripts) -> scripts, of which the first counts; maybe fewer."""

TIMED = 50
"""Number of prompts for which an author of several scripts also writes one alone, to measure how long that takes."""
_PROGRESS_SECONDS = 20.0


@dataclass(frozen=True)
class Author:
    """An author of scripts.

    Attributes:
        name: as the report has it.
        write: the function that writes.
        prompts: number of prompts that it writes for.
        rendered: number of these prompts whose scripts are rendered; it writes `candidates` scripts for each of them,
            and one for each of the others.
        candidates: number of scripts.
        identity: what its scripts depend on, as JSON.
    """

    name: str
    write: Write
    prompts: int
    rendered: int
    candidates: int = 1
    identity: Mapping[str, Any] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """Name of the file that keeps its scripts."""
        return re.sub(r"[^A-Za-z0-9.]+", "_", self.name) + ".jsonl"


@dataclass(frozen=True)
class Script:
    """A script with the reward ensemble's prediction.

    Attributes:
        choices: the script.
        mean: the ensemble's mean; None where there is no ensemble.
        deviation: the deviation of its members; None where there is no ensemble.
    """

    choices: tuple[str, ...]
    mean: float | None = None
    deviation: float | None = None

    def predicted(self, kappa: float) -> float | None:
        """Return the mean less `kappa` deviations; None where there is no prediction."""
        if self.mean is None or self.deviation is None:
            return None
        return lower_confidence_bound(Reward(self.mean, self.deviation, ()), kappa)


@dataclass(frozen=True)
class PromptScripts:
    """What an author wrote for a prompt.

    Attributes:
        index: of the prompt.
        scripts: the scripts, of which the first counts.
        alone: seconds to write the first script without the others; None where that was not measured.
        together: seconds to write all of them and to rank them.
    """

    index: int
    scripts: tuple[Script, ...]
    alone: float | None
    together: float

    def best(self, kappa: float) -> Script | None:
        """Return the script with the highest prediction, the first of equal ones; None where there is none."""
        known = [(value, script) for script in self.scripts if (value := script.predicted(kappa)) is not None]
        return max(known, key=lambda pair: pair[0])[1] if known else None


@dataclass(frozen=True)
class Arm:
    """What is evaluated: an author's first script for a prompt, or the best of all its scripts by the ensemble.

    Attributes:
        name: as the report has it.
        author: who writes.
        group: "baseline", "policy", "guidance", "ablation" or "along" (a tuning's checkpoints).
        best: whether the best of all scripts is taken.
        place: the guidance scale, or the tuning's step.
        series: name of the tuning.
    """

    name: str
    author: Author
    group: str
    best: bool = False
    place: float | None = None
    series: str = ""

    @property
    def prompts(self) -> int:
        """Number of prompts that it has a script for."""
        return self.author.rendered if self.best else self.author.prompts

    def script(self, written: PromptScripts, kappa: float) -> Script | None:
        """Return its script of what its author wrote for a prompt; None where there is none."""
        if self.best:
            return written.best(kappa)
        return written.scripts[0] if written.scripts else None


def write_all(
    folder: Path,
    author: Author,
    prompts: Sequence[PromptRecord],
    ranker: Ranker | None,
    message: Callable[[str], None],
) -> list[PromptScripts]:
    """Return what an author writes for each prompt; scripts that `folder` holds already are not written again.

    Args:
        folder: of the authors' files.
        author: who writes.
        prompts: all prompts of the evaluation.
        ranker: the reward ensemble.
        message: called with the progress.

    Raises:
        DataError: where the file was written under other conditions; and what the author raises.
    """
    path = folder / author.file
    done = _begun(path, author)[: author.prompts]
    start = last = time.monotonic()
    with path.open("a", encoding="utf-8", newline="\n") as file:
        for index in range(len(done), author.prompts):
            written = _write(author, index, prompts[index], ranker)
            done.append(written)
            file.write(json.dumps(_row(written), ensure_ascii=False) + "\n")
            file.flush()
            if time.monotonic() - last > _PROGRESS_SECONDS:
                last = time.monotonic()
                message(f"{author.name}: {index + 1} of {author.prompts} written in {last - start:.0f} s")
    return done


def _write(author: Author, index: int, record: PromptRecord, ranker: Ranker | None) -> PromptScripts:
    count = author.candidates if index < author.rendered else 1
    alone = None
    if count > 1 and index < TIMED:
        begun = time.perf_counter()
        author.write(index, record, 1)
        alone = time.perf_counter() - begun
    begun = time.perf_counter()
    scripts = [tuple(script) for script in author.write(index, record, count)]
    together = time.perf_counter() - begun
    if count == 1:
        alone = together
    if ranker is None or not scripts:
        return PromptScripts(index, tuple(map(Script, scripts)), alone, together)
    begun = time.perf_counter()
    rewards = ranker(record.prompt, scripts)
    if count > 1:
        together += time.perf_counter() - begun
    judged = [Script(script, each.mean, each.deviation) for script, each in zip(scripts, rewards, strict=True)]
    return PromptScripts(index, tuple(judged), alone, together)


# ---- the file ----------------------------------------------------------------------------------------------------

_HEAD = Object({"author": Text(), "identity": TableOf()})
_SCORE = Maybe(Number())
_ROW = Object({
    "index": Whole(0), "alone": _SCORE, "together": Number(),
    "scripts": ListOf(Object({"choices": ListOf(Text()), "mean": _SCORE, "deviation": _SCORE})),
})  # fmt: skip


def _begun(path: Path, author: Author) -> list[PromptScripts]:
    """Return what an author's file holds, and cut the file to its whole lines; a new file gets its first line."""
    head = {"author": author.name, "identity": json.loads(json.dumps(author.identity))}
    done: list[PromptScripts] = []
    try:
        text = read_bytes(path, LARGEST_DATA).decode("utf-8") if path.is_file() else ""
        lines = text.split("\n")[:-1]  # the last may be torn
        found = check(parse_json(lines[0], f"{path}, line 1"), _HEAD, f"{path}, line 1") if lines else head
        for number, line in enumerate(lines[1:], 2):
            place = f"{path}, line {number}"
            done.append(_read(check(parse_json(line, place), _ROW, place)))
    except ValueError as error:
        raise DataError(f"{path}: damaged ({error}). Delete it, and its arm is written again") from error
    if lines:
        if found != head:
            before, now = found["identity"], head["identity"]
            other = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
            raise DataError(
                f"{path}: written under other conditions ({', '.join(other)}). Delete it, or give another --out"
            )
        if [each.index for each in done] != list(range(len(done))):
            raise DataError(f"{path}: its lines are not in order. Delete it, and its arm is written again")
    write_text(path, "".join(line + "\n" for line in lines or [json.dumps(head)]))
    return done


def _row(written: PromptScripts) -> dict[str, Any]:
    scripts = [{"choices": each.choices, "mean": each.mean, "deviation": each.deviation} for each in written.scripts]
    return {"index": written.index, "alone": written.alone, "together": written.together, "scripts": scripts}


def _read(row: Mapping[str, Any]) -> PromptScripts:
    scripts = tuple(Script(tuple(each["choices"]), each["mean"], each["deviation"]) for each in row["scripts"])
    return PromptScripts(int(row["index"]), scripts, row["alone"], float(row["together"]))
