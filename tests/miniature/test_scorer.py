"""The scorer against drawings of which everything is known: what is true, what is false, and what is spoilt."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nodewright.miniature.captions import Wanted, WantedThing, caption
from nodewright.miniature.drawing import draw
from nodewright.miniature.judging.defects import upscaled
from nodewright.miniature.judging.scorer import CHECKS, judge, score_pictures
from nodewright.miniature.judging.validate_scorer import (
    NOTHING_ELSE,
    SETTINGS,
    STRENGTHS,
    accuracies,
    drawings,
    falls,
    size_of,
)
from nodewright.miniature.prompts import draw_prompt
from nodewright.miniature.scenes import (
    COMBINATIONS,
    PALETTE,
    SCENE_KINDS,
    Fill,
    Scene,
    SceneConfig,
    Thing,
    sample_scene,
)
from nodewright.store.pictures import Picture

RED_CIRCLE = Wanted((WantedThing("circle", "red"),), "blue")


def _fill(name: str) -> Fill:
    red, green, blue = (value / 255 for value in PALETTE[name])
    return Fill((red, green, blue))


def _red_circle(style: str | None = None, aspect: float = 1.0) -> Scene:
    thing = Thing("circle", "red", "large", "center", _fill("red"), (0.5, 0.5), 0.31)
    return Scene("single", "blue", _fill("blue"), (thing,), style=style, aspect=aspect)


@pytest.mark.parametrize("setting", SETTINGS)
def test_facts_of_clean_drawings_are_found_true_and_changed_ones_false(setting: str) -> None:
    tally = accuracies(98, *SETTINGS[setting], seed=11)
    for check in (*CHECKS, NOTHING_ELSE):
        for true in (True, False):
            accuracy = tally.accuracy(check, true)
            # Of a dozen, one in error is within what 95 % allows.
            allowed = max(0.05, 1.01 / max(1, tally.judged[check, true]))
            assert accuracy is None or accuracy >= 1 - allowed, (check, true, accuracy, tally.judged[check, true])
    assert tally.accuracy("objects", True) is not None and tally.accuracy("style", False) is not None


def test_a_picture_that_is_right_and_clean_scores_near_one() -> None:
    scores: dict[str, list[float]] = {kind: [] for kind in SCENE_KINDS}
    for scene, wanted in drawings(140, (1.0,), seed=5):
        scores[scene.kind].append(judge(draw(scene, *size_of(scene, 128 if wanted.large else 64)), wanted).score)
    assert {kind: round(float(np.mean(values)), 3) for kind, values in scores.items() if np.mean(values) < 0.95} == {}


def test_pictures_of_several_kinds_at_once_are_judged_as_well() -> None:
    rng = np.random.default_rng(3)
    scores: dict[str, float] = {}
    for kind in COMBINATIONS:
        found = []
        for _ in range(20):
            scene = sample_scene(rng, SceneConfig(kinds={kind: 1.0}, aspects=(1.0, 2.0, 0.5)))
            wanted = caption(scene, rng, unknown_words=False).wanted
            found.append(judge(draw(scene, *size_of(scene, 128 if wanted.large else 64)), wanted).score)
        scores[kind] = round(float(np.mean(found)), 3)
    assert {kind: score for kind, score in scores.items() if score < 0.85} == {}


def test_scores_fall_with_every_planted_defect() -> None:
    for defect, scores in falls(24, seed=3).items():
        assert len(scores) == len(STRENGTHS)
        assert scores[0] > 0.95, (defect, scores)
        assert scores[-1] < 0.88 * scores[0], (defect, scores)
        risen = [later - earlier for earlier, later in zip(scores, scores[1:], strict=False)]
        assert max(risen) < 0.02, (defect, scores)


def test_a_blank_picture_is_worth_nothing() -> None:
    blue = np.full((64, 64, 3), np.array(PALETTE["blue"]) / 255, np.float32)
    assert judge(blue, RED_CIRCLE).score < 0.02
    assert judge(np.random.default_rng(0).uniform(0, 1, (64, 64, 3)).astype(np.float32), RED_CIRCLE).score < 0.15


def test_a_wrong_fact_costs_clearly() -> None:
    image = draw(_red_circle(), 64, 64)
    right = judge(image, RED_CIRCLE).score
    assert right > 0.95
    for wrong in (
        Wanted((WantedThing("circle", "green"),), "blue"),
        Wanted((WantedThing("square", "red"),), "blue"),
        Wanted((WantedThing("circle", "red", count=3),), "blue"),
        Wanted((WantedThing("circle", "red"),), "yellow"),
        Wanted((WantedThing("circle", "red", position="top left"),), "blue"),
    ):
        assert judge(image, wrong).score < 0.88 * right, wrong


def test_a_style_that_nobody_asked_for_costs_and_one_asked_for_must_be_there() -> None:
    plain = draw(_red_circle(), 64, 64)
    for style in ("fog", "spotlight", "watercolor", "sticker", "clay", "mosaic"):
        styled = draw(_red_circle(style), 64, 64)
        asked = Wanted(RED_CIRCLE.things, "blue", style=style)
        assert judge(styled, asked).style is True, style
        assert judge(styled, asked).score > 0.9, style
        assert judge(plain, asked).style is False, style
        unasked = judge(styled, RED_CIRCLE)
        assert unasked.style is False and unasked.score < 0.75, style


def test_a_large_picture_has_both_pixels_and_sharpness() -> None:
    asked = Wanted(RED_CIRCLE.things, "blue", large=True)
    small, large = draw(_red_circle(), 64, 64), draw(_red_circle(), 128, 128)
    soft = upscaled(small, 128, 128, Image.Resampling.BILINEAR)
    assert judge(large, asked).resolution is True
    assert judge(small, asked).resolution is False
    assert judge(large, asked).score > judge(soft, asked).score > judge(small, asked).score


def test_a_picture_is_judged_alike_at_any_size() -> None:
    rng = np.random.default_rng(2)
    for _ in range(12):
        scene = sample_scene(rng, SceneConfig(kinds={"single": 1.0}))
        thing = scene.things[0]
        wanted = Wanted((WantedThing(thing.shape, thing.colour, None, thing.position),), scene.background)
        assert all(judge(draw(scene, side, side), wanted).right for side in (64, 96, 128, 256))


def test_the_format_asked_for() -> None:
    wide = draw(_red_circle(aspect=2.0), 64, 128)
    assert judge(wide, Wanted(RED_CIRCLE.things, "blue", aspect="wide")).aspect is True
    assert judge(wide, Wanted(RED_CIRCLE.things, "blue", aspect="tall")).aspect is False
    assert judge(wide, RED_CIRCLE).aspect is False
    assert judge(draw(_red_circle(), 64, 64), RED_CIRCLE).aspect is None


def test_pictures_on_disk_are_scored_in_order(tmp_path: Path) -> None:
    path = tmp_path / "circle.png"
    Image.fromarray(np.round(draw(_red_circle(), 64, 64) * 255).astype(np.uint8)).save(path)
    right, wrong = RED_CIRCLE.to_json(), Wanted((WantedThing("star", "green"),), "blue").to_json()
    pictures = [Picture(path, "a red circle on blue", right), Picture(path, "a green star on blue", wrong)]
    first, second = score_pictures(pictures)
    assert first > 0.95 and second < 0.6
    with pytest.raises(ValueError, match=r"circle\.png.*meaning"):
        score_pictures([Picture(path, "a red circle on blue")])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"things": 3}, '"things" should be a list'),
        ({"things": [3]}, "3 should be an object"),
        ({"things": [{"shape": "blob"}]}, "shape 'blob' is none of circle, "),
        ({"things": [{"colour": ["red"]}]}, "colour .* is none of"),
        ({"things": [{"count": 0}]}, "count should be a number from 1 on, not 0"),
        ({"things": [{"count": True}]}, "count should be"),
        ({"background": "mauve"}, "background 'mauve'"),
        ({"night": "yes"}, "night should be true or false"),
        ({"mood": "gloomy"}, "'mood' is nothing that a prompt says"),
    ],
)
def test_a_meaning_that_no_prompt_has_is_refused(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = tmp_path / "circle.png"
    Image.new("RGB", (64, 64)).save(path)
    with pytest.raises(ValueError, match=rf"circle\.png: the meaning of 'a red circle' cannot be read: .*{message}"):
        score_pictures([Picture(path, "a red circle", RED_CIRCLE.to_json() | change)])


def test_a_picture_that_cannot_be_looked_at_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"broken")
    Image.new("RGB", (64, 8)).save(tmp_path / "flat.png")
    for name, message in (("broken.png", "cannot be read"), ("flat.png", "16 or more"), ("absent.png", "cannot be")):
        with pytest.raises(ValueError, match=rf"{name}.*{message}"):
            score_pictures([Picture(tmp_path / name, "a red circle", RED_CIRCLE.to_json())])


def test_every_meaning_can_be_read_again() -> None:
    for number in range(300):
        meaning = draw_prompt(Random(number), "train").meaning
        assert Wanted.from_json(meaning).to_json() == meaning


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="height, width, 3"):
        judge(np.zeros((64, 64)), RED_CIRCLE)
