"""What is learned from ratings of simulated users, what it does to the ranking, and the folder it is kept in."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest

from nodewright.models.preference.columns import Columns
from nodewright.models.preference.features import Features
from nodewright.models.preference.kept import FILE, HEADS_FILE, KeptPreference, PreferenceError
from nodewright.models.preference.learning import FEWEST, Rated, RatingsError, in_words, learn
from nodewright.models.preference.logistic import cross_entropy, fit, predict, sigmoid
from nodewright.models.preference.preference import Liking, Preference, order_by_liking
from nodewright.models.preference.reasons import reasons_of

MODELS = {
    "dreamshaper": "general", "juggernaut": "photo", "animagine": "anime", "hassaku": "anime", "pixelwave": "pixel_art",
}  # fmt: skip


def pictures(count: int, seed: int = 0) -> list[tuple[str, Features]]:
    """Prompts, and the features of workflows for them: models, shapes and settings as they come."""
    draw = random.Random(seed)
    found = []
    for index in range(count):
        model = draw.choice(list(MODELS))
        asks = draw.choice(("photo", "anime", "general"))
        good = f"good:{MODELS[model]}"
        names = {f"model:{model}", good, f"asks:{asks}", f"asks:{asks} & {good}", f"word:{draw.choice('abcdefgh') * 3}"}
        names.add(f"sampler:{draw.choice(('euler', 'dpmpp_2m', 'ddim'))}")
        names |= {"stage:second pass"} if draw.random() < 0.3 else set()
        numbers = {"ratio": draw.choice((-0.6, 0.0, 0.8)), "cfg": draw.uniform(2, 9), "steps": draw.uniform(3, 5.5)}
        found.append((f"prompt {index // 4}", Features(numbers, frozenset(names))))
    return found


Taste = Callable[[Features], float]
TASTES: dict[str, Taste] = {
    "anime": lambda one: 4.0 * ("good:anime" in one.names) - 2,
    "wide": lambda one: 4 * one.numbers["ratio"],
    "low cfg": lambda one: 2 * (5 - one.numbers["cfg"]),
    "mixture": lambda one: 3 * one.numbers["ratio"] + 3 * ("good:anime" in one.names) - one.numbers["cfg"] + 4,
    "photos by photo models": lambda one: 6.0 * ("asks:photo & good:photo" in one.names) - 1,
}


def rated_by(taste: Taste, count: int = 200, seed: int = 0) -> list[Rated]:
    """Thumbs of a user who errs at times."""
    draw = random.Random(seed)
    return [
        Rated(features, float(draw.random() < sigmoid(np.array(taste(features)))), prompt)
        for prompt, features in pictures(count, seed)
    ]


def right(preference: Preference, taste: Taste, seed: int = 99) -> float:
    """Share of the pairs of new pictures that differ in taste and are put into the right order."""
    shown = [features for _, features in pictures(120, seed)]
    found = preference.columns.matrix(shown) @ preference.heads.mean(axis=0)
    values = [taste(features) for features in shown]
    return fmean(
        float(found[better] > found[worse])
        for better in range(len(shown))
        for worse in range(len(shown))
        if values[better] - values[worse] > 1
    )


# ---- learning --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TASTES)
def test_a_taste_is_learned_from_two_hundred_thumbs(name: str) -> None:
    preference = learn(rated_by(TASTES[name]))
    assert preference.used
    assert right(preference, TASTES[name]) >= 0.8
    assert preference.report["after"] > 0.6


def test_a_taste_outweighs_a_reward_that_knows_nothing_of_it() -> None:
    taste, draw = TASTES["mixture"], random.Random(5)
    preference = learn(rated_by(taste))
    shown = [features for _, features in pictures(120, seed=99)]
    odds = preference.columns.matrix(shown) @ preference.heads.T
    likings = [Liking(float(each.mean()), float(each.std())) for each in odds]
    order = order_by_liking(likings, [draw.gauss(0.0, 0.3) for _ in shown], 1.0, 1.0)
    values = [taste(shown[index]) for index in order]
    pairs = [(first, second) for place, first in enumerate(values) for second in values[place + 1 :]]
    right_pairs = [first > second for first, second in pairs if abs(first - second) > 1]
    assert fmean(right_pairs) >= 0.8


def test_thumbs_at_random_are_found_out() -> None:
    used = [learn(rated_by(lambda _: 0.0, seed=seed)).used for seed in range(6)]
    assert sum(used) <= 1
    report = dict(learn(rated_by(lambda _: 0.0, seed=0)).report)
    assert "not clearly better" in in_words(report) and "nothing is ranked by it" in in_words(report)


def test_the_same_ratings_give_the_same_preference() -> None:
    first, second = (learn(rated_by(TASTES["mixture"])) for _ in range(2))
    assert np.array_equal(first.heads, second.heads)
    assert np.ptp(first.heads, axis=0).max() > 0  # the heads differ, so that there is a deviation


def test_it_counts_and_compares_with_the_ranking_before() -> None:
    rated = rated_by(TASTES["wide"])
    for worse, before in ((False, 1.0), (True, -1.0)):
        known = [Rated(one.features, one.rating, one.prompt, before * one.rating) for one in rated]
        report = learn(known, left_out=3).report
        assert report["before"] == (0.0 if worse else 1.0)
        assert report["better"] == worse  # nothing is better than a ranking that is always right
        assert (report["ratings"], report["left_out"], report["prompts"]) == (200, 3, 50)
        assert report["liked"] == sum(one.rating for one in rated)
        assert "3 more are of workflows that cannot be read" in in_words(dict(report))


def test_too_few_or_equal_ratings_are_refused_in_words() -> None:
    rated = rated_by(TASTES["wide"], 60)
    with pytest.raises(RatingsError, match=f"19 ratings so far; from {FEWEST} on"):
        learn(rated[:19])
    for rating, word in ((1.0, "liked"), (0.0, "disliked")):
        alike = [Rated(one.features, rating, one.prompt) for one in rated]
        with pytest.raises(RatingsError, match=f"60 of 60 ratings are alike: {word}"):
            learn(alike)
    assert learn(rated[:FEWEST]).report["ratings"] == FEWEST


def test_progress_ends_where_it_said() -> None:
    steps: list[tuple[int, int]] = []
    learn(rated_by(TASTES["wide"], 40), progress=lambda done, of: steps.append((done, of)))
    assert [done for done, _ in steps] == list(range(1, len(steps) + 1))
    assert steps[-1][0] == steps[-1][1]


# ---- what it is made of ----------------------------------------------------------------------------------------------


def test_the_fit_is_at_the_minimum() -> None:
    draw = np.random.default_rng(3)
    rows = draw.normal(size=(50, 4))
    targets = (draw.random(50) < sigmoid(rows @ np.array([2.0, -1.0, 0.0, 0.5]))).astype(np.float64)

    def loss(found: np.ndarray) -> float:
        return 50 * cross_entropy(predict(rows, found), targets) + float(found[:-1] @ found[:-1])

    best = fit(rows, targets, 2.0)
    assert all(loss(best) <= loss(best + draw.normal(scale=0.01, size=5)) for _ in range(50))
    twice = fit(np.concatenate([rows, rows]), np.concatenate([targets, targets]), 4.0)
    assert np.allclose(best, twice, atol=1e-5)
    assert np.allclose(fit(rows, targets, 4.0, np.full(50, 2.0)), best, atol=1e-5)


def test_columns_of_rated_pictures_have_mean_zero_and_unknown_names_count_for_nothing() -> None:
    known = [features for _, features in pictures(40)]
    columns = Columns.of(known)
    rows = columns.matrix(known)
    assert np.allclose(rows[:, -len(columns.names) :].mean(axis=0), 0)
    assert rows.shape == (40, len(columns.titles))
    strange = Features({"cfg": 1e9, "unheard of": 3.0}, frozenset({"model:never seen"}))
    (row,) = columns.matrix([strange])
    assert np.abs(row).max() <= 4.01 and np.isfinite(row).all()
    again = Columns.of_document(json.loads(json.dumps(columns.document())))
    assert np.array_equal(again.matrix(known), rows)


def test_liking_and_the_ranking_before_add_up() -> None:
    even = [Liking(0.0, 0.0), Liking(0.0, 0.0)]
    assert order_by_liking(even, [-0.5, -0.4], 1.0) == [1, 0]
    assert order_by_liking(even, [-0.4, -0.4], 1.0) == [0, 1]
    liked = [Liking(1.0, 0.2), Liking(-1.0, 0.2)]
    assert order_by_liking(liked, [-0.5, -0.4], 1.0) == [0, 1]
    assert order_by_liking([Liking(1.0, 2.0), Liking(0.5, 0.1)], [0.0, 0.0], 1.0) == [1, 0]  # less sure of the first
    # two log-odds of liking outweigh one standard deviation of the reward, and not three
    assert order_by_liking(liked, [0.0, 10.0], 1.0, 10.0) == [0, 1]
    assert order_by_liking(liked, [0.0, 30.0], 1.0, 10.0) == [1, 0]


def test_reasons_are_from_the_ratings() -> None:
    liked = {"model:a": (7, 8), "ratio:more": (20, 25), "ratio:less": (4, 25), "sampler:euler": (2, 9)}
    parts = {"model:a": 0.9, "ratio": 0.5, "ratio^2": 0.1, "sampler:euler": 0.4, "word:fox": 3.0}
    values = {"model:a": 0.8, "ratio": 1.2, "ratio^2": 0.2, "sampler:euler": 0.7, "word:fox": 0.5}
    model, size = reasons_of(parts, values, liked)
    assert (model.choice, model.words) == ("model", "you liked 7 of 8 pictures by this model")
    assert (size.choice, size.words) == ("size", "you liked 20 of 25 wide pictures")
    (only,) = reasons_of(parts | {"ratio": -0.5}, values, liked)  # a tall one, of which few were liked
    assert only == model


# ---- the folder ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def learned() -> list[Preference]:
    return [learn(rated_by(TASTES[name], 40)) for name in ("wide", "anime")]


def test_it_is_kept_taken_back_and_put_in_use_again(learned: list[Preference], tmp_path: Path) -> None:
    kept = KeptPreference(tmp_path / "user" / "preference")
    assert kept.load() is None and kept.state() == "" and not kept.take_back() and not kept.undo_take_back()
    states = [kept.state()]
    for preference in learned:
        kept.save(preference)
        states.append(kept.state())
        found = kept.load()
        assert found is not None and np.array_equal(found.heads, preference.heads)
        assert found.report == preference.report and found.liked == preference.liked
    assert len(set(states)) == 3
    assert kept.take_back() and kept.can_undo()
    found = kept.load()
    assert found is not None and np.array_equal(found.heads, learned[0].heads)
    assert kept.undo_take_back() and not kept.can_undo()
    found = kept.load()
    assert found is not None and np.array_equal(found.heads, learned[1].heads)
    assert kept.take_back() and kept.take_back() and kept.load() is None
    assert kept.undo_take_back()
    found = kept.load()
    assert found is not None and np.array_equal(found.heads, learned[0].heads)


@pytest.mark.parametrize("name", [FILE, HEADS_FILE])
def test_what_is_damaged_is_reported_with_its_name(learned: list[Preference], tmp_path: Path, name: str) -> None:
    kept = KeptPreference(tmp_path / "preference")
    kept.save(learned[0])
    whole = (kept.folder / name).read_bytes()
    draw = random.Random(1)
    damaged = [b"", b"{}", whole[: len(whole) // 2], whole[:-1], b"\xff" * 100]
    for _ in range(20):
        place = draw.randrange(len(whole))
        damaged.append(whole[:place] + bytes([draw.randrange(256)]) * 8 + whole[place + 8 :])
    refused = 0
    for content in damaged:
        (kept.folder / name).write_bytes(content)
        try:
            found = kept.load()
            assert found is not None and np.isfinite(found.heads).all()
        except PreferenceError as error:
            refused += 1
            assert name in str(error) and "Learn from your ratings again" in str(error)
    assert refused >= 5
    (kept.folder / name).unlink()
    if name == HEADS_FILE:
        with pytest.raises(PreferenceError, match=HEADS_FILE):
            kept.load()
    else:
        assert kept.load() is None
    kept.save(learned[1])  # a damaged one is in nobody's way
    found = kept.load()
    assert found is not None and np.array_equal(found.heads, learned[1].heads)
