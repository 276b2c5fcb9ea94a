"""Triplets as a reward model learns from them: one number each, renders of other seeds together, and what is held out.

Held out are whole prompts, whole topologies and whole files, so that a score for something new is measured on what is
new. All of it is decided by digests, the same on every machine.
"""

from __future__ import annotations

import hashlib
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt

from ...models.policy.policy import Policy
from ...models.policy.vocabulary import is_file
from ...store.triplets import Triplet
from ...workflow.api_format import from_api
from ..common.pairs import DataError
from ..common.topology import topology
from ..scorers.standardisation import Standardisation

RATING = "rating"
"""The scorer that a user's own ratings count as."""
SETS = ("prompts", "workflows", "both")
"""What is measured on: new prompts with known workflows, known prompts with new workflows, and both new."""
_LEAST, _MOST = 0.02, 0.3
"""A file is held out only if this share of the triplets has it: enough to measure on, and enough left."""


@dataclass(frozen=True)
class Example:
    """A prompt, a script, and the scores of its renders.

    Attributes:
        prompt: the prompt.
        choices: the script.
        scores: standardised scores, one for each seed.
        topology: a digest of the workflow's shape.
        validation: whether the triplets are of the split "validation".
        kind: the kind of prompt, where the triplets name it.
    """

    prompt: str
    choices: tuple[str, ...]
    scores: tuple[float, ...]
    topology: str
    validation: bool
    kind: str = ""

    @property
    def score(self) -> float:
        """The mean of the scores."""
        return statistics.fmean(self.scores)


@dataclass(frozen=True)
class Held:
    """What the training of the report does not see.

    Attributes:
        topologies: digests of shapes of workflows.
        files: model files.
        prompts: prompts.
    """

    topologies: frozenset[str]
    files: frozenset[str]
    prompts: frozenset[str]

    def set_of(self, example: Example) -> str | None:
        """Return one of SETS, or None for what is trained on."""
        workflow = example.topology in self.topologies or not self.files.isdisjoint(example.choices)
        if example.prompt in self.prompts:
            return "both" if workflow else "prompts"
        return "workflows" if workflow else None


@dataclass(frozen=True)
class Encoded:
    """An example as token ids.

    Attributes:
        context: ids of the prompt's context.
        script: ids of the script.
        target: the standardised score to learn.
        renders: how many renders the score is the mean of.
        group: a number that the examples of one prompt share.
    """

    context: tuple[int, ...]
    script: tuple[int, ...]
    target: float
    renders: int
    group: int


def score_of(standardisation: Standardisation, raw: Mapping[str, float]) -> float:
    """Return the weighted mean of the standardised scores of the scorers that have judged a picture."""
    weights = {name: weight for name, weight in standardisation.weights.items() if name in raw}
    total = sum(weights.values())
    return sum(
        weight * (raw[name] - standardisation.means[name]) / standardisation.deviations[name]
        for name, weight in weights.items()
    ) / (total or 1.0)


def raw_scores(triplet: Triplet) -> dict[str, float]:
    """Return a triplet's scores by scorer; the user's own rating is one of them."""
    rating = {} if triplet.rating is None else {RATING: float(triplet.rating)}
    return {**triplet.scores, **rating}


def fit_standardisation(rows: Sequence[Mapping[str, float]]) -> Standardisation:
    """Fit a standardisation of each scorer to the pictures it has judged, at equal weights. Raises DataError."""
    names = sorted({name for row in rows for name in row})
    if not names:
        raise DataError("the store has no triplet with a score or a rating yet")
    parts: list[Standardisation] = []
    for name in names:
        try:
            judged = [{name: row[name]} for row in rows if name in row]
            parts.append(Standardisation.fit(judged, {name: 1 / len(names)}))
        except ValueError as error:
            raise DataError(f"the scores cannot be learned from: {error}") from error
    return Standardisation(
        *({name: getattr(part, field)[name] for name, part in zip(names, parts, strict=True)}
          for field in ("means", "deviations", "weights"))
    )  # fmt: skip


def gather(triplets: Iterable[Triplet]) -> tuple[list[Example], Standardisation]:
    """Return the examples in the order of the store, and the standardisation of their scores.

    Renders of one prompt and script are one example. Triplets of the split "test" are left out: those are for
    `nodewright train evaluate`.

    Raises:
        DataError: there are no scores, or they cannot be standardised.
    """
    used = [triplet for triplet in triplets if triplet.split != "test"]
    kept = [raw_scores(triplet) for triplet in used if triplet.split != "validation"]
    standardisation = fit_standardisation(kept or [raw_scores(triplet) for triplet in used])
    first: dict[tuple[str, tuple[str, ...]], Triplet] = {}
    scores: dict[tuple[str, tuple[str, ...]], list[float]] = defaultdict(list)
    for triplet in used:
        raw = {name: value for name, value in raw_scores(triplet).items() if name in standardisation.weights}
        if raw:
            key = (triplet.prompt, triplet.choices)
            first.setdefault(key, triplet)
            scores[key].append(score_of(standardisation, raw))
    examples = [
        Example(
            each.prompt,
            each.choices,
            tuple(scores[key]),
            topology(from_api(each.api)),
            each.split == "validation",
            each.kind,
        )
        for key, each in first.items()
    ]
    return examples, standardisation


def choose_held(examples: Sequence[Example], share: float, workflows: bool) -> Held:
    """Choose what to hold out.

    Args:
        examples: the examples.
        share: the share of topologies, and of prompts where no example is of the validation split.
        workflows: whether to hold out topologies, one main model and one other file as well as prompts.
    """
    prompts = {example.prompt for example in examples if example.validation}
    if not prompts:
        prompts = _least([*dict.fromkeys(example.prompt for example in examples)], share)
    if not workflows:
        return Held(frozenset(), frozenset(), frozenset(prompts))
    topologies = _least([*dict.fromkeys(example.topology for example in examples)], share)
    mains = Counter(example.choices[0] for example in examples if is_file(example.choices[0]))
    others = Counter(c for example in examples for c in set(example.choices[1:]) if is_file(c) and c not in mains)
    files = {file for counts in (mains, others) for file in _one(counts, len(examples))}
    return Held(frozenset(topologies), frozenset(files), frozenset(prompts))


def _least(names: Sequence[str], share: float) -> set[str]:
    """Choose a share of the names by their digests: at least one, and none of fewer than four."""
    count = max(1, round(share * len(names))) if len(names) > 3 else 0
    return set(sorted(names, key=_digest)[:count])


def _one(counts: Mapping[str, int], total: int) -> list[str]:
    fitting = [name for name, count in counts.items() if _LEAST <= count / total <= _MOST]
    return sorted(fitting, key=_digest)[:1] if len(counts) > 2 else []


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def encode(policy: Policy, examples: Sequence[Example], offset: float, scale: float) -> list[Encoded]:
    """Return the examples as the members read them, with the targets (score - offset) / scale."""
    contexts: dict[str, tuple[int, tuple[int, ...]]] = {}
    found = []
    for example in examples:
        if example.prompt not in contexts:
            ids = policy.context(example.prompt).ids
            contexts[example.prompt] = (len(contexts), tuple(ids))
        group, context = contexts[example.prompt]
        script = tuple(token for choice in example.choices for token in policy.vocabulary.encode_choice(choice))
        target = (example.score - offset) / scale
        found.append(Encoded(context, script, target, len(example.scores), group))
    return found


def bootstrap(numbers: Sequence[int], members: int, seed: int) -> npt.NDArray[np.float32]:
    """Return how often each example stands in each member's bootstrap sample, (members, examples).

    Prompts are drawn with replacement, as many as there are: the examples of a prompt are not independent.

    Args:
        numbers: the number of each example's prompt, (examples,).
        members: the number of members.
        seed: the seed.
    """
    groups = np.array(numbers)
    count = int(groups.max()) + 1
    weights = np.zeros((members, len(groups)), np.float32)
    for member in range(members):
        drawn = np.random.default_rng([seed, member]).integers(0, count, count)
        weights[member] = np.bincount(drawn, minlength=count)[groups]
    return weights


def batches(encoded: Sequence[Encoded], rows: int, seed: int, epoch: int) -> list[list[int]]:
    """Return the indices of the examples of each batch of an epoch, `rows` in each but the last.

    Prompts come in a random order, those of about the same length together, so that there is little padding.
    """
    random = Random(f"{seed} {epoch}")
    groups: dict[int, list[int]] = defaultdict(list)
    for index, each in enumerate(encoded):
        groups[each.group].append(index)
    order = list(groups.values())
    random.shuffle(order)
    flat = [index for group in order for index in group]
    found = []
    for start in range(0, len(flat), 8 * rows):
        part = flat[start : start + 8 * rows]
        places = {encoded[index].group: place for place, index in reversed([*enumerate(part)])}
        longest: dict[int, int] = {}
        for index in part:
            group = encoded[index].group
            longest[group] = max(longest.get(group, 0), len(encoded[index].context) + len(encoded[index].script))
        part.sort(key=lambda index: (longest[encoded[index].group], places[encoded[index].group]))
        found += [part[begin : begin + rows] for begin in range(0, len(part), rows)]
    random.shuffle(found)
    return found
