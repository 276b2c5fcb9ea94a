"""The headroom measure: what is chosen, what is counted, and that it goes on where it was stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nodewright.miniature.evaluate import ASKED, Bench, Way, finished
from nodewright.miniature.render import Settings
from nodewright.miniature.slim import WEIGHTS
from nodewright.miniature.zoo import CHECKPOINTS, LORAS
from nodewright.training.experiments import headroom
from nodewright.training.experiments.headroom import GridWorkflow, HeadroomConfig, choose, grid, headroom_of, measure

PLAIN = GridWorkflow("miniature_turbo", None, "square", None)
WIDE = GridWorkflow("miniature_turbo", None, "wide", None)
CLAY = GridWorkflow("miniature_turbo", "miniature_clay", "square", None)


def test_the_grid_has_every_checkpoint_lora_format_and_finish() -> None:
    found = grid()
    assert len({one.name for one in found}) == len(found)
    assert len(found) == ((len(CHECKPOINTS) - 1) * (len(LORAS) + 1) + 1) * 3 * 2
    assert PLAIN.suits({}) and not WIDE.suits({}) and not CLAY.suits({"style": "mosaic"})
    assert WIDE.suits({"aspect": "wide"}) and CLAY.suits({"style": "clay", "aspect": "tall"})


def test_what_is_lucky_for_a_few_prompts_of_a_kind_is_not_chosen_for_it() -> None:
    good, lucky = {"night": [0.6, 0.6], "count": [0.6] * 20}, {"night": [0.7, 0.7], "count": [0.1] * 20}
    special = {"night": [0.2, 0.2], "count": [0.9] * 20}
    choice = choose({PLAIN: good, WIDE: lucky, CLAY: special})
    assert choice.fixed == CLAY
    assert choice.kinds == {"night": PLAIN, "count": CLAY}


def test_the_bound_is_compared_prompt_by_prompt() -> None:
    rows = np.array([[0.2, 0.4, 0.5], [0.4, 0.6, 0.7], [0.3, 0.5, 0.6]])
    found = headroom_of(rows, ["a", "b", "a"], 0)
    assert found.over_fixed.difference.value == pytest.approx(0.3)
    assert found.over_fixed.difference.low == pytest.approx(0.3), "the same on every prompt, so there is no spread"
    assert found.over_retrieval.difference.value == pytest.approx(0.1)
    assert found.kinds["a"] == pytest.approx((0.25, 0.45, 0.55))


def test_noise_is_that_of_each_prompts_own_seed() -> None:
    bench, asked = Bench(WEIGHTS), ("a red circle on a blue background", {"things": [{"shape": "circle"}]})
    way = Way("few steps", "miniature", Settings(steps=2), finished(None, again=True), ASKED)
    alone = bench.verdicts(way, [asked], [7])[0].score
    together = bench.verdicts(way, [asked, asked, asked], [3, 7, 7])
    assert [one.score for one in together[1:]] == pytest.approx([alone, alone], abs=1e-3)
    assert together[0].score != pytest.approx(alone, abs=1e-3)


def test_a_measurement_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headroom, "_TOLD_BY", 5)
    config = HeadroomConfig(tmp_path, count=6, validation=1)
    choice, found = measure(config, [PLAIN, WIDE])
    kept = (tmp_path / "scores.jsonl").read_text(encoding="utf-8")
    assert 0 <= found.fixed.value <= 1 and len(found.kinds) == 6
    assert found.bound.value >= min(found.fixed.value, found.retrieval.value) - 0.1
    monkeypatch.setattr(Bench, "verdicts", lambda *given: pytest.fail("rendered again"))
    assert measure(config, [PLAIN, WIDE]) == (choice, found)
    assert (tmp_path / "scores.jsonl").read_text(encoding="utf-8") == kept
    assert "honest bound" in headroom.page(config, choice, found)
