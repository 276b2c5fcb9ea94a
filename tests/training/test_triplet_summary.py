from __future__ import annotations

import math
from random import Random

import pytest

from nodewright.training.triplets.summary import noise


def scores(random: Random, groups: int, between: float, within: float, most: int = 4) -> list[list[float]]:
    found = []
    for _ in range(groups):
        mean = random.gauss(5, between)
        found.append([random.gauss(mean, within) for _ in range(random.randint(1, most))])
    return found


@pytest.mark.parametrize(("between", "within", "share"), [(2.0, 1.0, 0.2), (1.0, 2.0, 0.8), (0.5, 0.5, 0.5)])
def test_the_seeds_share_is_found_again(between: float, within: float, share: float) -> None:
    found = noise(scores(Random(1), 4000, between, within))
    assert found is not None
    assert found.share == pytest.approx(share, abs=0.03)
    assert found.within == pytest.approx(within**2, rel=0.06)
    assert found.mean == pytest.approx(5, abs=0.15)


def test_what_cannot_be_known_is_not_told() -> None:
    assert noise([]) is None
    assert noise([[1.0], [2.0], [3.0, 4.0]]) is None, "one workflow with two seeds says nothing of the others"
    same = noise([[1.0, 1.0], [1.0, 1.0]])
    assert same is not None and math.isnan(same.share)


def test_the_extremes() -> None:
    all_of_it = noise([[0.0, 2.0], [2.0, 0.0], [0.0, 2.0]])
    assert all_of_it is not None and all_of_it.share == 1
    none_of_it = noise([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0, 4.0], [9.0]])
    assert none_of_it is not None and none_of_it.share == 0
    assert (none_of_it.groups, none_of_it.scores) == (3, 7)
