"""Which arms an evaluation has: what there are the parts for, and a line for each that is left out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...models.policy.adapters import WEIGHTS, read_adapter
from ...models.policy.folders import PolicyError
from ...models.policy.policy import Policy
from ...workflow.catalog.catalog import Catalog
from ...workflow.grammar.grammar import Grammar
from ..common.pairs import DataError
from ..experiments.score_conditioned import prefix
from . import authors
from .kind_classifier import KindClassifier
from .measures import ABLATION, BASELINE, REFERENCE, TUNED
from .selection import Chosen
from .written import Arm, Author, Write

FIXED = "best fixed workflow"


@dataclass(frozen=True)
class Amounts:
    """How much is written. count: prompts that are rendered; unique: prompts that the first script is written for, to
    see how many workflows are different; sweep: prompts of the arms that stand on a curve; candidates: for best of."""

    count: int
    unique: int
    sweep: int
    candidates: int


@dataclass(frozen=True)
class Tuned:
    """The policies of the line-up. policy: with its tuned adapter, if it has one; extra: adapters by name; along: the
    adapters of a tuning on its way, by series and step; scored: the score-conditioned policy; buckets: its."""

    policy: Policy
    guidance: tuple[float, ...]
    extra: Mapping[str, Path]
    along: Mapping[str, Mapping[int, Path]]
    scored: Policy | None
    buckets: int
    temperature: float
    top_p: float
    ensemble: bool


class Lineup:
    """Collects arms. identity: what everything that is written follows from."""

    def __init__(
        self, catalog: Catalog, grammar: Grammar, amounts: Amounts, seed: int, identity: Mapping[str, Any]
    ) -> None:
        self.arms: list[Arm] = []
        self.left_out: list[str] = []
        self._catalog, self._grammar, self._amounts, self._seed = catalog, grammar, amounts, seed
        self._identity = dict(identity) | {"catalog": catalog.fingerprint, "seed": seed}

    @property
    def authors(self) -> list[Author]:
        """Who writes, each once."""
        return list({arm.author.name: arm.author for arm in self.arms}.values())

    def baselines(
        self, fixed: Chosen | None, kinds: Mapping[str, Chosen], classifier: KindClassifier | None, ensemble: bool
    ) -> None:
        """What needs no training. ensemble: whether there is one, for best of several."""
        amounts = self._amounts
        candidates = amounts.candidates if ensemble else 1
        if fixed is not None:
            ranked = fixed.ranked[:candidates]
            self._baseline(FIXED, authors.always(ranked), len(ranked), {"scripts": ranked}, amounts.count)
        self._baseline("random valid workflow", authors.walking(self._grammar, self._seed), candidates)
        self._baseline("corpus recipe", authors.recipes(self._catalog, self._grammar, self._seed), candidates)
        if kinds and classifier is not None:
            scripts = {kind: chosen.ranked[:candidates] for kind, chosen in kinds.items()}
            most = max(map(len, scripts.values()))
            self._baseline(
                "retrieval by kind", authors.by_kind(scripts, classifier.kind_of), most, {"scripts": scripts}
            )

    def policies(self, tuned: Tuned) -> None:
        """Score-conditioned SFT, SFT, GRPO, the guidance sweep, ablations, and the tuning on its way."""
        if tuned.scored is not None:
            highest = prefix(tuned.buckets, tuned.buckets)
            scored = replace(tuned, policy=tuned.scored)
            self._policy("score-conditioned SFT", scored, 0, BASELINE, before=highest)
        else:
            self.left_out.append("score-conditioned SFT: no --scored-policy was given")
        self._policy(REFERENCE, tuned, 0, "policy", place=0.0)
        if tuned.policy.adapter is None:
            self.left_out.append('GRPO and guidance: the policy has no tuned adapter (--tuned, or its folder "tuned")')
        else:
            self._policy(TUNED, tuned, 1, "policy", place=1.0)
            for scale in tuned.guidance:
                self._policy(f"guidance {scale:g}", tuned, scale, "guidance", place=scale)
        for name, folder in tuned.extra.items():
            self._policy(name, _adapted(tuned, folder), 1, ABLATION, best=False)
        for series, steps in tuned.along.items():
            for step, folder in sorted(steps.items()):
                self._policy(
                    f"{series}, step {step}", _adapted(tuned, folder), 1, "along", best=False, place=float(step),
                    series=series,
                )  # fmt: skip
        if not tuned.ensemble:
            self.left_out.append("best of several: there is no reward ensemble (--reward)")

    def _baseline(
        self, name: str, write: Write, candidates: int, identity: Mapping[str, Any] | None = None, prompts: int = 0
    ) -> None:
        """The arm of who needs no training, and that of its best of several. prompts: 0 for as many as all."""
        count = self._amounts.count
        identity = self._identity | dict(identity or {}) | ({"candidates": candidates} if candidates > 1 else {})
        author = Author(name, write, prompts or max(count, self._amounts.unique), count, candidates, identity)
        self._add(Arm(name, author, BASELINE))

    def _add(self, arm: Arm) -> None:
        """An arm, and that of its author's best of several. Raises DataError where another's file has its name."""
        if any(arm.author.file.casefold() == other.author.file.casefold() for other in self.arms):
            raise DataError(
                f"two arms are called {arm.name!r}, or nearly so; give the --extra or --along another name (of ASCII "
                "letters and digits)"
            )
        self.arms.append(arm)
        if arm.author.candidates > 1:
            self.arms.append(replace(arm, name=f"{arm.name}, best of {arm.author.candidates}", best=True))

    def _policy(
        self, name: str, tuned: Tuned, scale: float, group: str, *,
        place: float | None = None, series: str = "", best: bool = True, before: str = "",
    ) -> None:  # fmt: skip
        """The arm of a policy, and where it is asked for that of its best of several. Raises DataError."""
        amounts, policy = self._amounts, tuned.policy
        swept = group in ("guidance", "along")
        rendered = min(amounts.sweep, amounts.count) if swept else amounts.count
        candidates = amounts.candidates if best and tuned.ensemble else 1
        identity = self._identity | {
            "policy": policy.base_sha256, "guidance": scale, "temperature": tuned.temperature, "top_p": tuned.top_p,
            "adapter": None if scale == 0 else _digest_of(policy), "before": before,
        }  # fmt: skip
        if candidates > 1:
            identity |= {"candidates": candidates, "rendered": rendered}
        write = authors.writing(
            policy, self._grammar, self._seed, guidance=scale, temperature=tuned.temperature, top_p=tuned.top_p,
            prefix=before,
        )  # fmt: skip
        prompts = rendered if group == "along" else max(rendered, amounts.unique)
        author = Author(name, write, prompts, rendered, candidates, identity)
        self._add(Arm(name, author, group, place=place, series=series))


def _adapted(tuned: Tuned, folder: Path) -> Tuned:
    return replace(tuned, policy=replace(tuned.policy, adapter=read_adapter(folder, tuned.policy)))


def _digest_of(policy: Policy) -> str | None:
    """By which an adapter is known."""
    if policy.adapter is None:
        return None
    digest = hashlib.sha256(f"{policy.adapter.scale}".encode())
    for path, pair in policy.adapter.tensors.items():
        digest.update(path.encode())
        for tensor in pair:
            digest.update(tensor.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()


def named_folders(given: Sequence[str], option: str) -> dict[str, Path]:
    """NAME=FOLDER, or FOLDER, which is then named by itself. Raises DataError."""
    found: dict[str, Path] = {}
    for text in given:
        name, _, folder = text.rpartition("=")
        path = Path(folder)
        if not path.is_dir():
            raise DataError(f"{option} {text}: there is no folder {folder}")
        if (name or path.name) in found:
            raise DataError(f"{option} {text}: two are called {name or path.name}; give each a name, as NAME={folder}")
        found[name or path.name] = path
    return found


def steps_in(folder: Path) -> dict[int, Path]:
    """The adapters of a tuning on its way: its subfolders step-N. Raises PolicyError where there is none."""
    found = {}
    for path in folder.glob("step-*"):
        step = path.name.removeprefix("step-")
        if step.isdigit() and (path / WEIGHTS).is_file():
            found[int(step)] = path
    if not found:
        raise PolicyError(f"{folder}: no adapters are in it, in subfolders step-10, step-20, ... each with {WEIGHTS}")
    return found
