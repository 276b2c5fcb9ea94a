"""The arms of an evaluation: all that there are files for, and a line for each that is left out."""

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
from ..common.score_prefix import score_prefix
from . import authors
from .kind_classifier import KindClassifier
from .measures import ABLATION, BASELINE, CHECKPOINT, REFERENCE, TUNED
from .nearest_prompts import NearestPrompts
from .selection import Chosen
from .written import Arm, Author, Write

FIXED = "best fixed workflow"


@dataclass(frozen=True)
class Amounts:
    """How much is written.

    Attributes:
        count: number of prompts that are rendered.
        unique: number of prompts that the first script is written for, to count different workflows.
        sweep: number of prompts of the arms that stand on a curve, and of those that nobody would choose.
        candidates: number of scripts that best of several chooses from.
    """

    count: int
    unique: int
    sweep: int
    candidates: int


@dataclass(frozen=True)
class Policies:
    """The policies that are lined up.

    Attributes:
        policy: the SFT policy, with its tuned adapter if it has one.
        guidance: guidance scales besides 0 and 1.
        extra: folders of further adapters by name.
        checkpoints: folders of a tuning's adapters, by the tuning's name and the step.
        scored: the score-conditioned policy; None where there is none.
        buckets: number of its score buckets.
        temperature: sampling temperature.
        top_p: probability mass to draw from.
        ensemble: whether there is a reward ensemble, for best of several.
        as_asked: whether workflows keep to what is read in the prompt.
    """

    policy: Policy
    guidance: tuple[float, ...]
    extra: Mapping[str, Path]
    checkpoints: Mapping[str, Mapping[int, Path]]
    scored: Policy | None
    buckets: int
    temperature: float
    top_p: float
    ensemble: bool
    as_asked: bool


class Lineup:
    """Collects arms.

    Args:
        catalog: the installation.
        grammar: of the installation.
        amounts: how much is written.
        seed: of the drawing.
        identity: what everything that is written depends on, as JSON.

    Attributes:
        arms: the arms in the order of the report.
        left_out: a line for each arm that is missing.
    """

    def __init__(
        self, catalog: Catalog, grammar: Grammar, amounts: Amounts, seed: int, identity: Mapping[str, Any]
    ) -> None:
        self.arms: list[Arm] = []
        self.left_out: list[str] = []
        self._catalog, self._grammar, self._amounts, self._seed = catalog, grammar, amounts, seed
        self._identity = dict(identity) | {"catalog": catalog.fingerprint, "seed": seed}

    @property
    def authors(self) -> list[Author]:
        """The authors of all arms, each once."""
        return list({arm.author.name: arm.author for arm in self.arms}.values())

    def baselines(
        self,
        fixed: Chosen | None,
        kinds: Mapping[str, Chosen],
        classifier: KindClassifier | None,
        nearest: NearestPrompts | None,
        ensemble: bool,
    ) -> None:
        """Add the arms that need no training.

        Args:
            fixed: the best single workflow.
            kinds: the best workflow of each kind of prompt.
            classifier: which recognises a prompt's kind.
            nearest: the most similar prompts and their best workflows.
            ensemble: whether there is a reward ensemble, for best of several.
        """
        amounts = self._amounts
        candidates = amounts.candidates if ensemble else 1
        swept = min(amounts.sweep, amounts.count)
        if fixed is not None:
            ranked = fixed.ranked[:candidates]
            self._baseline(FIXED, authors.always(ranked), len(ranked), {"scripts": ranked}, amounts.count)
        walks = authors.random_walks(self._grammar, self._seed)
        self._baseline("random valid workflow", walks, candidates, rendered=swept)
        recipes = authors.recipes(self._catalog, self._grammar, self._seed)
        self._baseline("corpus recipe", recipes, candidates, rendered=swept)
        if kinds and classifier is not None:
            scripts = {kind: chosen.ranked[:candidates] for kind, chosen in kinds.items()}
            most = max(map(len, scripts.values()))
            self._baseline(
                "retrieval by kind", authors.by_kind(scripts, classifier.kinds_of), most, {"scripts": scripts}
            )
        if nearest is not None:
            self._baseline(
                "retrieval by nearest prompt", authors.by_nearest_prompt(nearest), candidates, {"known": nearest.digest}
            )

    def policies(self, policies: Policies) -> None:
        """Add score-conditioned SFT, SFT, GRPO, the guidance sweep, ablations, and the checkpoints of tunings."""
        if policies.scored is not None:
            highest = score_prefix(policies.buckets, policies.buckets)
            scored = replace(policies, policy=policies.scored)
            self._policy("score-conditioned SFT", scored, 0, BASELINE, before=highest)
        else:
            self.left_out.append("score-conditioned SFT: no --scored-policy was given")
        self._policy(REFERENCE, policies, 0, "policy", place=0.0)
        if policies.policy.adapter is None:
            self.left_out.append('GRPO and guidance: the policy has no tuned adapter (--tuned, or its folder "tuned")')
        else:
            self._policy(TUNED, policies, 1, "policy", place=1.0)
            for scale in policies.guidance:
                self._policy(f"guidance {scale:g}", policies, scale, "guidance", place=scale)
        for name, folder in policies.extra.items():
            self._policy(name, _adapted(policies, folder), 1, ABLATION, best=False)
        for series, steps in policies.checkpoints.items():
            for step, folder in sorted(steps.items()):
                self._policy(
                    f"{series}, step {step}", _adapted(policies, folder), 1, CHECKPOINT, best=False, place=float(step),
                    series=series,
                )  # fmt: skip
        if not policies.ensemble:
            self.left_out.append("best of several: there is no reward ensemble (--reward)")

    def _baseline(
        self,
        name: str,
        write: Write,
        candidates: int,
        identity: Mapping[str, Any] | None = None,
        prompts: int = 0,
        rendered: int = 0,
    ) -> None:
        """Add a baseline's arm, and that of its best of several; 0 stands for as many prompts as all arms have."""
        count = rendered or self._amounts.count
        identity = self._identity | dict(identity or {}) | ({"candidates": candidates} if candidates > 1 else {})
        if rendered:
            identity |= {"rendered": rendered}
        author = Author(name, write, prompts or max(count, self._amounts.unique), count, candidates, identity)
        self._add(Arm(name, author, BASELINE))

    def _add(self, arm: Arm) -> None:
        """Add an arm, and that of its author's best of several. Raises DataError where another file has its name."""
        if any(arm.author.file.casefold() == other.author.file.casefold() for other in self.arms):
            raise DataError(
                f"two arms are called {arm.name!r}, or nearly so; give the one of --extra or --checkpoints "
                "another name (of ASCII letters and digits)"
            )
        self.arms.append(arm)
        if arm.author.candidates > 1:
            self.arms.append(replace(arm, name=f"{arm.name}, best of {arm.author.candidates}", best=True))

    def _policy(
        self, name: str, policies: Policies, scale: float, group: str, *,
        place: float | None = None, series: str = "", best: bool = True, before: str = "",
    ) -> None:  # fmt: skip
        """Add a policy's arm, and with `best` that of its best of several. Raises DataError."""
        amounts, policy = self._amounts, policies.policy
        swept = group in ("guidance", CHECKPOINT)
        rendered = min(amounts.sweep, amounts.count) if swept else amounts.count
        candidates = amounts.candidates if best and policies.ensemble else 1
        identity = self._identity | {
            "policy": policy.base_sha256, "guidance": scale, "temperature": policies.temperature,
            "top_p": policies.top_p,
            "adapter": None if scale == 0 else _digest_of(policy), "before": before,
        }  # fmt: skip
        if policies.as_asked:
            identity |= {"as_asked": True}
        if candidates > 1:
            identity |= {"candidates": candidates, "rendered": rendered}
        write = authors.policy_author(
            policy, self._grammar, self._seed, guidance=scale, temperature=policies.temperature, top_p=policies.top_p,
            prefix=before, as_asked=policies.as_asked,
        )  # fmt: skip
        prompts = rendered if group == CHECKPOINT else max(rendered, amounts.unique)
        author = Author(name, write, prompts, rendered, candidates, identity)
        self._add(Arm(name, author, group, place=place, series=series))


def _adapted(policies: Policies, folder: Path) -> Policies:
    return replace(policies, policy=replace(policies.policy, adapter=read_adapter(folder, policies.policy)))


def _digest_of(policy: Policy) -> str | None:
    """Return the digest of a policy's adapter; None where it has none."""
    if policy.adapter is None:
        return None
    digest = hashlib.sha256(f"{policy.adapter.scale}".encode())
    for path, pair in policy.adapter.tensors.items():
        digest.update(path.encode())
        for tensor in pair:
            digest.update(tensor.detach().cpu().float().numpy().tobytes())
    return digest.hexdigest()


def named_folders(given: Sequence[str], option: str) -> dict[str, Path]:
    """Return folders by name, from NAME=FOLDER or FOLDER, whose name is then its last part. Raises DataError."""
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


def checkpoints_in(folder: Path) -> dict[int, Path]:
    """Return the adapters of a tuning's checkpoints, its subfolders step-N, by step. Raises PolicyError."""
    found = {}
    for path in folder.glob("step-*"):
        step = path.name.removeprefix("step-")
        if step.isdigit() and (path / WEIGHTS).is_file():
            found[int(step)] = path
    if not found:
        raise PolicyError(f"{folder}: no adapters are in it, in subfolders step-10, step-20, ... each with {WEIGHTS}")
    return found
