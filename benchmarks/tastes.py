"""How well a simulated user's taste is learned from ratings, over workflows that the shipped policy writes.

    python benchmarks/tastes.py [--ratings 200] [--users 3] [--prompts 100]

For each of several installations the policy writes workflows for prompts. A simulated user rates those of some prompts
with thumbs; which of the others the user likes better is what the learned preference has to say. Tastes are what one
would put into a sentence ("anime models", "wide pictures, low cfg"); `random` likes at random, and nothing can be
learned. Each user errs: the thumb is drawn with a probability that depends on how much better than average the picture
is. The order by the reward ensemble that comes with Nodewright is compared with the order by both together, as
candidates are ranked, and with that by the ensemble that `nodewright train evidence --ratings` makes of the same.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean

import ask_cases
import ask_cases_second
import numpy as np
from ask_installations import INSTALLATIONS, catalog_of

from nodewright.models.policy.policy import Policy
from nodewright.models.preference.features import Features, features_of
from nodewright.models.preference.learning import Rated, learn
from nodewright.models.preference.preference import REWARD_LOG_ODDS, Preference
from nodewright.models.reward.by_family import Judge, seeing
from nodewright.models.reward.ensemble import lower_confidence_bound
from nodewright.models.reward.evidence_ensemble import EvidenceEnsemble, shipped_evidence_path
from nodewright.training.evidence.own import OwnRating, with_ratings
from nodewright.workflow.asked import asked_of
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.writing import load_policy, load_reward, write_workflows

CANDIDATES = 8
INSTALLED = ("studio", "atelier", "collection")
FEWEST_LIKED = 0.1
"""Share of the workflows above the mean of a taste without which nobody could tell the user's taste from pictures."""
KAPPA = 1.0
"""How many deviations are taken off scores and likings, as by default."""
FIRM = 3.0
"""Log-odds of a thumb up for a picture that is one deviation better than the mean: 0.95."""


@dataclass(frozen=True)
class Shown:
    """A workflow as a simulated user sees it.

    Attributes:
        prompt: what was asked.
        features: of prompt and workflow.
        shipped: what the ensemble that comes with Nodewright ranks it by, as log-odds; None without evidence.
        script: the workflow as a script.
    """

    prompt: str
    features: Features
    shipped: float | None
    script: tuple[str, ...]


def number(shown: Shown, name: str) -> float:
    """Return a number of a workflow, 0 where it has none."""
    return shown.features.numbers.get(name, 0.0)


def has(shown: Shown, name: str) -> float:
    """Return 1 for a workflow that has what is named, else 0."""
    return float(name in shown.features.names)


TASTES: Mapping[str, Callable[[Shown], float]] = {
    "anime models": lambda shown: has(shown, "good:anime"),
    "wide pictures": lambda shown: number(shown, "ratio"),
    "low cfg": lambda shown: -number(shown, "cfg"),
    "many steps, enlarged": lambda shown: number(shown, "steps") + 2 * has(shown, "stage:enlarged"),
    "anime models, wide, low cfg": lambda shown: (
        2 * has(shown, "good:anime") + 1.5 * number(shown, "ratio") - 0.3 * number(shown, "cfg")
    ),
    "photos by photo models, else large": lambda shown: (
        2 * has(shown, "asks:photo & good:photo") + number(shown, "megapixels")
    ),
}
"""What a user likes, as a number that is higher for what is liked better."""


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ratings", type=int, default=200, help="ratings of each simulated user (200)")
    parser.add_argument("--users", type=int, default=3, help="simulated users of each taste and installation (3)")
    parser.add_argument("--prompts", type=int, default=100, help="most prompts of an installation (100)")
    parser.add_argument("--installations", nargs="+", default=INSTALLED, choices=INSTALLATIONS)
    options = parser.parse_args()
    policy = load_policy()
    judge = load_reward(load_policy(tuned=False))
    head = f"{'pairs':>7} {'shipped':>7} {'learned':>7} {'trained':>7} {'said':>7} {'used':>6} {'seconds':>8}"
    print(f"{'installation':12} {'taste':36} {head}")
    found: dict[str, list[Measured]] = {}
    for name in options.installations:
        with tempfile.TemporaryDirectory() as folder:
            shown = written(catalog_of(name, Path(folder)), prompts_of(name, options.prompts), policy, judge)
        for taste in (*TASTES, "random"):
            if taste != "random" and not FEWEST_LIKED < liked_share(shown, taste) < 1 - FEWEST_LIKED:
                print(
                    f"{name:12} {taste:36} {liked_share(shown, taste):.0%} of the workflows have it: nothing to learn"
                )
                continue
            here = [measured(shown, taste, options.ratings, user) for user in range(options.users)]
            print(f"{name:12} {taste:36} {line_of(here)}", flush=True)
            found.setdefault(taste, []).extend(here)
    for taste, everywhere in found.items():
        print(f"{'all':12} {taste:36} {line_of(everywhere)}")


def liked_share(shown: Sequence[Shown], taste: str) -> float:
    """Return the share of workflows that are above the mean of a taste."""
    values = [TASTES[taste](one) for one in shown]
    mean = fmean(values)
    return fmean(value > mean for value in values)


def line_of(found: Sequence[Measured]) -> str:
    """Return the number of pairs, and the means of the other numbers."""
    shares = [fmean(getattr(one, name) for one in found) for name in ("shipped", "learned", "trained", "said")]
    pairs, used = sum(one.pairs for one in found), sum(one.better for one in found)
    seconds = fmean(one.seconds for one in found)
    return f"{pairs:7,} {' '.join(f'{share:7.1%}' for share in shares)} {used:>3}/{len(found):<2} {seconds:8.1f}"


def prompts_of(installation: str, most: int) -> list[str]:
    """Return the prompts of the asks of an installation, and then those of the others."""
    asks = [*ask_cases.asks(), *ask_cases_second.asks()]
    asks.sort(key=lambda ask: ask.installation != installation)
    return list(dict.fromkeys(ask.prompt for ask in asks))[:most]


def written(catalog: Catalog, prompts: Sequence[str], policy: Policy, judge: Judge) -> list[Shown]:
    """Return the different workflows that the policy writes for prompts."""
    found, judge = [], seeing(judge, catalog)
    for prompt in prompts:
        ask = asked_of(prompt, catalog, Constraints()).ask
        workflows = write_workflows(prompt, catalog, policy=policy, candidates=CANDIDATES, temperature=1.0)
        rewards = judge.score(prompt, [one.candidate.choices for one in workflows])
        for one, reward in zip(workflows, rewards, strict=True):
            shipped = None if reward.mean is None else REWARD_LOG_ODDS * lower_confidence_bound(reward, KAPPA)
            found.append(Shown(prompt, features_of(ask, one.workflow, catalog), shipped, tuple(one.candidate.choices)))
    return found


@dataclass(frozen=True)
class Measured:
    """How well one user's taste was learned.

    Attributes:
        pairs: held-out pairs that differ in the user's taste.
        shipped: share of them in the right order by the ensemble that comes with Nodewright.
        learned: the same with the preference, where it says that it is better.
        trained: the same by the ensemble that was trained on the ratings.
        said: the share that the report states, of ratings that were held out.
        better: whether the report says that it became better.
        seconds: time to learn.
    """

    pairs: int
    shipped: float
    learned: float
    trained: float
    said: float
    better: bool
    seconds: float


def measured(shown: Sequence[Shown], taste: str, ratings: int, user: int) -> Measured:
    """Return how well a user's taste is learned from ratings of some prompts' workflows, measured on the others'."""
    random = Random(user)
    values = [random.gauss(0, 1) for _ in shown] if taste == "random" else [TASTES[taste](one) for one in shown]
    middle, spread = fmean(values), _deviation(values)
    prompts = sorted({one.prompt for one in shown})
    random.shuffle(prompts)
    seen, kept = set[str](), list[int]()
    for prompt in prompts:
        if len(kept) < ratings:
            seen.add(prompt)
            kept += [index for index, one in enumerate(shown) if one.prompt == prompt]
    rated, own = [], []
    for index in kept[:ratings]:
        likely = 1 / (1 + math.exp(-FIRM * (values[index] - middle) / spread))
        one = shown[index]
        thumb = float(random.random() < likely)
        rated.append(Rated(one.features, thumb, one.prompt, one.shipped))
        own.append(OwnRating(one.prompt, one.script, thumb))
    start = time.perf_counter()
    preference = learn(rated)
    seconds = time.perf_counter() - start
    held_out = [index for index, one in enumerate(shown) if one.prompt not in seen]
    known = [one.shipped for one in shown if one.shipped is not None]
    average = fmean(known) if known else 0.0
    scores = [shown[index].shipped for index in held_out]
    shipped = [average if score is None else score for score in scores]
    liking = bounds(preference, [shown[index].features for index in held_out])
    liking = liking if preference.used else [0.0] * len(liking)
    learned = [base + more for base, more in zip(shipped, liking, strict=True)]
    true = [values[index] for index in held_out]
    ensemble = with_ratings(EvidenceEnsemble.load(shipped_evidence_path()), own, 0).ensemble
    trained = [
        lower_confidence_bound(ensemble.score(shown[index].prompt, [shown[index].script])[0], KAPPA)
        for index in held_out
    ]
    (pairs, before), (_, after), (_, by_training) = (right(order, true) for order in (shipped, learned, trained))
    report = preference.report
    return Measured(pairs, before, after, by_training, report["after"], report["better"], seconds)


def bounds(preference: Preference, features: Sequence[Features]) -> list[float]:
    """Return what a preference ranks each workflow by."""
    odds = preference.columns.matrix(features) @ preference.heads.T
    found: list[float] = (odds.mean(axis=1) - KAPPA * odds.std(axis=1)).tolist()
    return found


def right(order: Sequence[float], values: Sequence[float]) -> tuple[int, float]:
    """Return the number of pairs that differ by more than half a deviation of value, and the share in right order."""
    least = _deviation(values) / 2
    true, found = np.array(values), np.array(order)
    better, worse = np.nonzero(true[:, None] - true[None, :] > least)
    if not len(better):
        return 0, math.nan
    return len(better), float(np.where(found[better] == found[worse], 0.5, found[better] > found[worse]).mean())


def _deviation(values: Sequence[float]) -> float:
    mean = fmean(values)
    return math.sqrt(fmean((value - mean) ** 2 for value in values)) or 1.0


if __name__ == "__main__":
    main()
