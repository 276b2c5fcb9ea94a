from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from nodewright.store.triplets import Job, TripletStore
from nodewright.training.collect.summary import summary
from nodewright.training.common.seed_noise import seed_noise
from nodewright.training.experiments import heat_map


def scores(random: Random, groups: int, between: float, within: float, most: int = 4) -> list[list[float]]:
    found = []
    for _ in range(groups):
        mean = random.gauss(5, between)
        found.append([random.gauss(mean, within) for _ in range(random.randint(1, most))])
    return found


@pytest.mark.parametrize(("between", "within", "share"), [(2.0, 1.0, 0.2), (1.0, 2.0, 0.8), (0.5, 0.5, 0.5)])
def test_the_seeds_share_is_found_again(between: float, within: float, share: float) -> None:
    found = seed_noise(scores(Random(1), 4000, between, within))
    assert found is not None
    assert found.share == pytest.approx(share, abs=0.03)
    assert found.within == pytest.approx(within**2, rel=0.06)
    assert found.mean == pytest.approx(5, abs=0.15)


def test_what_cannot_be_known_is_not_told() -> None:
    assert seed_noise([]) is None
    assert seed_noise([[1.0], [2.0], [3.0, 4.0]]) is None, "one workflow with two seeds says nothing of the others"
    same = seed_noise([[1.0, 1.0], [1.0, 1.0]])
    assert same is not None and math.isnan(same.share)


def test_the_extremes() -> None:
    all_of_it = seed_noise([[0.0, 2.0], [2.0, 0.0], [0.0, 2.0]])
    assert all_of_it is not None and all_of_it.share == 1
    none_of_it = seed_noise([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0, 4.0], [9.0]])
    assert none_of_it is not None and none_of_it.share == 0
    assert (none_of_it.groups, none_of_it.scores) == (3, 7)


def rated(path: Path, ratings: Sequence[float | None]) -> Path:
    """A store as Record Result writes it."""
    api = {"1": {"class_type": "EmptyImage", "inputs": {}}, "2": {"class_type": "SaveImage", "inputs": {}}}
    with TripletStore(path) as store:
        for seed, rating in enumerate(ratings):
            store.record_rated(Job("a cat", (), api, seed, "user", "train", "mine", None), rating, None)
    return path


def test_a_users_ratings_are_told(tmp_path: Path) -> None:
    with TripletStore(rated(tmp_path / "s.db", [3, 8.5, None, 8])) as store:
        told = summary(store)
        assert re.search(r"\| user +\| train +\| mine +\| +0 \| +4 \| +0 \|", told)
        assert told.endswith("\n\nRated by the user: 3, 6.50 in the mean, from 3 to 8.5 (deviation 2.48)")
        store.record_scores("pickscore", {1: 0.2, 2: 0.3})
        told = summary(store)
        assert re.search(r"\| pickscore +\| +2 \| +0 \|", told) and "\n\nRated by the user: 3," in told
    with TripletStore(rated(tmp_path / "one.db", [3])) as store:
        assert summary(store).endswith("Rated by the user: 1, 3.00 in the mean")
    with TripletStore(rated(tmp_path / "none.db", [None])) as store:
        assert summary(store).endswith("Nothing has been scored or rated.")


def test_a_heat_map_that_nobody_reads_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = rated(tmp_path / "s.db", [None] * 4)
    with TripletStore(path) as store:
        store.record_scores("pickscore", dict.fromkeys(range(1, 5), 0.5))
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        options = ["--store", str(path), "--out", str(tmp_path / "map.png"), "--scorer", "pickscore"]
        assert heat_map.main(options) == 0
        monkeypatch.undo()
    assert "0.500 ± 0.000 (4)" in (tmp_path / "map.md").read_text(encoding="utf-8")
