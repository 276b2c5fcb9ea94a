"""What is written for each prompt, and by whom; kept as it is written, so that an evaluation goes on where it stopped.

An author writes one or more scripts for a prompt. An arm is one script a prompt: its author's first, or the one of all
that the reward ensemble likes best. So the plain arm and its best-of-N cost one decoding.
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
from ...models.reward.ensemble import Reward, lower_confidence_bound
from ..common.pairs import DataError
from ..common.prompt_file import PromptRecord

Judge: TypeAlias = Callable[[str, Sequence[Sequence[str]]], Sequence[Reward]]
"""(prompt, scripts) -> a predicted reward for each."""
Write: TypeAlias = Callable[[int, PromptRecord, int], Sequence[Sequence[str]]]
"""(the prompt's number, the prompt, how many) -> scripts, of which the first is the author's answer; maybe fewer."""

TIMED = 50
"""Prompts for which an author of several scripts also writes one alone, to tell how long that takes."""
_TELL_SECONDS = 20.0


@dataclass(frozen=True)
class Author:
    """Who writes. prompts: for how many it writes. rendered: for how many of these its scripts are rendered, and it
    writes `candidates` of them; beyond, the first alone. identity: what its scripts follow from, as JSON."""

    name: str
    write: Write
    prompts: int
    rendered: int
    candidates: int = 1
    identity: Mapping[str, Any] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """Where what it wrote is kept."""
        return re.sub(r"[^A-Za-z0-9.]+", "_", self.name) + ".jsonl"


@dataclass(frozen=True)
class Script:
    """A script and what the reward ensemble predicts of it; None where there is no ensemble."""

    choices: tuple[str, ...]
    mean: float | None = None
    deviation: float | None = None

    def predicted(self, kappa: float) -> float | None:
        """The mean less `kappa` deviations."""
        if self.mean is None or self.deviation is None:
            return None
        return lower_confidence_bound(Reward(self.mean, self.deviation, ()), kappa)


@dataclass(frozen=True)
class Written:
    """What an author wrote for a prompt. alone: seconds to write the first script without the others, None where that
    was not measured; together: seconds to write all and to rank them."""

    index: int
    scripts: tuple[Script, ...]
    alone: float | None
    together: float

    def best(self, kappa: float) -> Script | None:
        """The script with the highest prediction; the first of equal ones."""
        known = [(value, script) for script in self.scripts if (value := script.predicted(kappa)) is not None]
        return max(known, key=lambda pair: pair[0])[1] if known else None


@dataclass(frozen=True)
class Arm:
    """What is evaluated: an author's first script for a prompt, or with `best` the best of all by the ensemble.

    group: "baseline", "policy", "guidance", "ablation" or "along" (how far a tuning had come). place: the guidance
    scale, or the tuning's step. series: which tuning that was.
    """

    name: str
    author: Author
    group: str
    best: bool = False
    place: float | None = None
    series: str = ""

    @property
    def prompts(self) -> int:
        """How many prompts it has a script for."""
        return self.author.rendered if self.best else self.author.prompts

    def script(self, written: Written, kappa: float) -> Script | None:
        """Its script; None where its author has none."""
        if self.best:
            return written.best(kappa)
        return written.scripts[0] if written.scripts else None


def write_all(
    folder: Path, author: Author, asked: Sequence[PromptRecord], judge: Judge | None, tell: Callable[[str], None]
) -> list[Written]:
    """What the author wrote for each prompt; what `folder` has of it already is not written again.

    Raises DataError where that was written under other conditions, and what the author raises.
    """
    path = folder / author.file
    done = _begun(path, author)[: author.prompts]
    start = last = time.monotonic()
    with path.open("a", encoding="utf-8", newline="\n") as file:
        for index in range(len(done), author.prompts):
            written = _write(author, index, asked[index], judge)
            done.append(written)
            file.write(json.dumps(_row(written), ensure_ascii=False) + "\n")
            file.flush()
            if time.monotonic() - last > _TELL_SECONDS:
                last = time.monotonic()
                tell(f"{author.name}: {index + 1} of {author.prompts} written in {last - start:.0f} s")
    return done


def _write(author: Author, index: int, asked: PromptRecord, judge: Judge | None) -> Written:
    count = author.candidates if index < author.rendered else 1
    alone = None
    if count > 1 and index < TIMED:
        begun = time.perf_counter()
        author.write(index, asked, 1)
        alone = time.perf_counter() - begun
    begun = time.perf_counter()
    scripts = [tuple(script) for script in author.write(index, asked, count)]
    together = time.perf_counter() - begun
    if count == 1:
        alone = together
    if judge is None or not scripts:
        return Written(index, tuple(map(Script, scripts)), alone, together)
    begun = time.perf_counter()
    rewards = judge(asked.prompt, scripts)
    if count > 1:
        together += time.perf_counter() - begun
    judged = [Script(script, each.mean, each.deviation) for script, each in zip(scripts, rewards, strict=True)]
    return Written(index, tuple(judged), alone, together)


# ---- the file ----------------------------------------------------------------------------------------------------


def _begun(path: Path, author: Author) -> list[Written]:
    """What a file of this author has, its first line and whole lines alone; a new file gets its first line."""
    head = {"author": author.name, "identity": json.loads(json.dumps(author.identity))}
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.is_file() else []  # the last may be torn
    done: list[Written] = []
    if lines:
        try:
            found = json.loads(lines[0])
            done = [_read(json.loads(line)) for line in lines[1:]]
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: damaged ({error!r}). Delete it, and its arm is written again") from error
        if found != head:
            before, now = found.get("identity") or {}, head["identity"]
            other = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
            raise DataError(
                f"{path}: written under other conditions ({', '.join(other)}). Delete it, or give another --out"
            )
        if [each.index for each in done] != list(range(len(done))):
            raise DataError(f"{path}: its lines are not in order. Delete it, and its arm is written again")
    write_text(path, "".join(line + "\n" for line in lines or [json.dumps(head)]))
    return done


def _row(written: Written) -> dict[str, Any]:
    scripts = [{"choices": each.choices, "mean": each.mean, "deviation": each.deviation} for each in written.scripts]
    return {"index": written.index, "alone": written.alone, "together": written.together, "scripts": scripts}


def _read(row: Mapping[str, Any]) -> Written:
    scripts = tuple(Script(tuple(each["choices"]), each["mean"], each["deviation"]) for each in row["scripts"])
    return Written(int(row["index"]), scripts, row["alone"], float(row["together"]))
