"""Scorers by name, and one number from several scores."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nodewright.training.scorers.base import ScorerError
from nodewright.training.scorers.scorers import SCORERS, open_scorer
from nodewright.training.scorers.standardisation import Standardisation

SCORES = [
    {"hps-v2.1": 0.20, "pickscore": 19.0},
    {"hps-v2.1": 0.26, "pickscore": 22.0},
    {"hps-v2.1": 0.29, "pickscore": 20.5},
]


def test_unknown_names_and_batches_are_told() -> None:
    with pytest.raises(ScorerError, match="clipscore: no such scorer. There are miniature, laion-aesthetic"):
        open_scorer("clipscore")
    with pytest.raises(ScorerError, match="at least 1"):
        open_scorer("pickscore", batch=0)


def test_nothing_heavy_is_imported_before_a_scorer_is_opened(tmp_path: Path) -> None:
    code = "import sys, nodewright.training.scorers.scorers, nodewright.training.scorers.command; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "PIL", "numpy"} & set(done.stdout.split())


@pytest.mark.parametrize("missing", ["transformers", "PIL", "torch"])
def test_what_is_not_installed_is_named(missing: str, tmp_path: Path) -> None:
    code = (
        "import importlib.machinery as machinery\n"
        "find = machinery.PathFinder.find_spec\n"
        "def hidden(name, *more):\n"
        f"    return None if name.partition('.')[0] == {missing!r} else find(name, *more)\n"
        "machinery.PathFinder.find_spec = hidden\n"
        "from nodewright.training.scorers.base import ScorerError\n"
        "from nodewright.training.scorers.scorers import open_scorer\n"
        "try: open_scorer('pickscore', '.')\n"
        "except ScorerError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert f'pickscore: {missing} is not installed. pip install "nodewright[train]"' in done.stdout, done.stderr


def test_every_scorer_is_described() -> None:
    assert list(SCORERS) == ["miniature", "laion-aesthetic", "image-reward", "hps-v2.1", "pickscore"]


# ---- standardisation ---------------------------------------------------------------------------------------------


def test_scores_are_standardised_and_weighed_the_same() -> None:
    fitted = Standardisation.fit(SCORES)
    for name in SCORES[0]:
        values = [row[name] for row in SCORES]
        standard = [fitted.standardised(row)[name] for row in SCORES]
        assert statistics.fmean(standard) == pytest.approx(0)
        assert statistics.pstdev(standard) == pytest.approx(1)
        assert fitted.means[name] == pytest.approx(sum(values) / 3)
    assert fitted.weights == {"hps-v2.1": 0.5, "pickscore": 0.5}
    by_hand = 0.5 * (0.29 - 0.25) / math.sqrt((0.05**2 + 0.01**2 + 0.04**2) / 3)  # its PickScore is the mean
    assert fitted.weighted(SCORES[2]) == pytest.approx(by_hand)


def test_weights_choose_and_weigh() -> None:
    fitted = Standardisation.fit(SCORES, {"pickscore": 2.0})
    assert fitted.weighted({"pickscore": 22.0}) == pytest.approx(2 * 1.5 / math.sqrt(1.5))
    with pytest.raises(ValueError, match=r"no score by pickscore \(there are hps-v2.1\)"):
        fitted.weighted({"hps-v2.1": 0.3})


def test_it_survives_json() -> None:
    fitted = Standardisation.fit(SCORES, {"hps-v2.1": 0.3, "pickscore": 0.7})
    content = json.loads(json.dumps(fitted.to_json()))
    assert content["pickscore"] == {"mean": 20.5, "deviation": pytest.approx(math.sqrt(1.5)), "weight": 0.7}
    assert Standardisation.from_json(content) == fitted


@pytest.mark.parametrize(
    "content",
    [[], {}, {"pickscore": 1}, {"pickscore": {"mean": 1, "deviation": 2}}, None]
    + [{"pickscore": {"mean": 1, "deviation": bad, "weight": 1}} for bad in (0, -1, float("nan"), "much")],
)  # fmt: skip
def test_what_is_no_standardisation_is_refused(content: Any) -> None:
    with pytest.raises(ValueError, match="standardisation|same scorers|cannot be used"):
        Standardisation.from_json(content)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([], "scores of 0 pictures"),
        (SCORES[:1], "scores of 1 pictures"),
        ([*SCORES, {"hps-v2.1": 0.3}], "no score by pickscore"),
        ([*SCORES, {"hps-v2.1": math.nan, "pickscore": 20.0}], "hps-v2.1: the score nan"),
        ([{"miniature": 0.1}] * 3, "miniature gives 0.1 to all 3 pictures"),
    ],
)
def test_what_cannot_be_fitted_is_refused(scores: list[Mapping[str, float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Standardisation.fit(scores)
