"""In which order workflows are handed out, with a reward that has evidence or has none; and its scores in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import pytest
from artist import artist_catalog
from tiny_policy import PROMPTS, tiny_policy
from tiny_reward import tiny_reward

from nodewright.models.policy.decoding import Candidate
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.models.ranking import rank
from nodewright.models.reward.ensemble import Reward, RewardEnsemble, RewardMetadata
from nodewright.models.reward.evidence import Evidence
from nodewright.models.reward.quality import quality_of, why_unfounded
from nodewright.training.sft.tokenizer import train_tokenizer
from nodewright.workflow.ask.ask import Ask
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.graph import Workflow

KNOWN = RewardMetadata(offset=1.0, scale=2.0, disagreement_threshold=0.4)
ASK = Ask("a fox", "a fox")


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return artist_catalog(tmp_path_factory.mktemp("artist"))


def candidate(name: str, likelihood: float) -> Candidate:
    return Candidate((name, "@end"), Workflow(()), likelihood, 1, 1, 0)


@dataclass
class Scores:
    """An ensemble's scores by the first choice: the mean, and whether there is no evidence for it."""

    found: dict[str, tuple[float, bool]]
    metadata = KNOWN

    def score(self, prompt: str, scripts: Sequence[Sequence[str]]) -> list[Reward]:
        return [
            Reward(mean, 0.1, (mean,), ("a class",) if strange else ())
            for mean, strange in (self.found[script[0]] for script in scripts)
        ]


def order(found: dict[str, tuple[float, bool]] | None, catalog: Catalog, **how: Any) -> str:
    drawn = [candidate("a", -0.9), candidate("b", -0.1), candidate("c", -0.5), candidate("b", -0.1)]
    ensemble = cast(RewardEnsemble, Scores(found)) if found is not None else None
    return "".join(
        one.candidate.choices[0] for one in rank(drawn, "a fox", ensemble=ensemble, ask=ASK, catalog=catalog, **how)
    )


def test_without_a_reward_the_likeliest_is_first(catalog: Catalog) -> None:
    assert order(None, catalog) == "bca"


def test_a_reward_takes_the_place_of_likelihood(catalog: Catalog) -> None:
    assert order({"a": (3.0, False), "b": (1.0, False), "c": (2.0, True)}, catalog) == "acb"


def test_without_any_evidence_a_reward_does_not_count_where_evidence_is_asked_for(catalog: Catalog) -> None:
    nothing = {"a": (3.0, True), "b": (1.0, True), "c": (2.0, True)}
    assert order(nothing, catalog, evidence_only=True) == "bca"
    assert order(nothing, catalog) == "acb"


def test_a_workflow_without_evidence_counts_as_the_average_one(catalog: Catalog) -> None:
    assert order({"a": (3.0, False), "b": (1.0, False), "c": (9.0, True)}, catalog, evidence_only=True) == "acb"
    assert order({"a": (3.0, False), "b": (1.0, False), "c": (-9.0, True)}, catalog, evidence_only=True) == "acb"


def test_a_real_ensemble_is_asked_for_each_different_workflow_once(catalog: Catalog) -> None:
    vocabulary = Vocabulary(train_tokenizer(PROMPTS[:1], 400))
    ensemble = tiny_reward(tiny_policy(vocabulary), {"SaveImage": 3, "PreviewImage": 2, "@end": 5})
    drawn = [candidate(name, -0.5) for name in ("SaveImage", "PreviewImage", "SaveImage")]
    found = rank(drawn, "a fox", ensemble=ensemble, evidence_only=True, ask=ASK, catalog=catalog)
    rewards = [one.reward for one in found]
    assert len(found) == 2
    assert rewards == ensemble.score("a fox", [one.candidate.choices for one in found])
    assert all(one is not None and not one.unfounded for one in rewards)


# ---- words -----------------------------------------------------------------------------------------------------------


def reward(mean: float, deviation: float = 0.1, **more: Any) -> Reward:
    return Reward(mean, deviation, (mean,), **more)


@pytest.mark.parametrize(
    ("mean", "words"),
    [
        (6.0, "among the best"), (2.0, "better than most"), (1.0, "about as good as most"), (0.0, "worse than most"),
        (-3.0, "among the worst"),
    ],
)  # fmt: skip
def test_a_score_is_compared_with_those_of_training(mean: float, words: str) -> None:
    assert quality_of(reward(mean), KNOWN).words == words


def test_the_bar_holds_the_score_and_what_is_uncertain_of_it() -> None:
    quality = quality_of(reward(1.0, 0.3), KNOWN)
    assert quality.position == pytest.approx(0.5)
    assert quality.position - quality.low == pytest.approx(quality.high - quality.position)
    assert 0.05 < quality.high - quality.position < 0.07


@pytest.mark.parametrize(
    ("deviation", "words"), [(0.1, "fairly sure"), (0.3, "not very sure"), (0.5, "a guess: its members disagree")]
)
def test_certainty_is_how_little_the_members_disagree(deviation: float, words: str) -> None:
    assert quality_of(reward(1.0, deviation), KNOWN).certainty == words


def test_what_a_score_rests_on_is_said() -> None:
    rated = quality_of(reward(0.4, evidence=Evidence("ratings", "family", {"a source": 12})), KNOWN)
    assert rated.evidence == "rated pictures of other models of its family (a source; 12 rows)"
    assert rated.certainty == "not very sure"
    twice = quality_of(reward(0.4, evidence=Evidence("ratings", "model", {"a source": 12, "another": 3})), KNOWN)
    assert twice.certainty == "fairly sure"
    documented = quality_of(reward(0.4, evidence=Evidence("documentation", "family")), KNOWN)
    assert documented.certainty == "a guess"
    assert quality_of(reward(0.4), KNOWN).evidence == ""


def test_what_is_unfounded_says_what_training_lacked() -> None:
    assert why_unfounded(reward(1.0)) is None
    assert why_unfounded(reward(1.0, uncertain=True)) is None
    strange = Reward.none("nothing is known of pictures of foxes", novel_words=("fox",))
    assert why_unfounded(strange) == "Nothing is known of pictures of foxes"
    strange = reward(1.0, novel_choices=("sdxl/juggernaut",))
    assert why_unfounded(strange) == "The reward model has hardly seen any workflow with sdxl/juggernaut"
