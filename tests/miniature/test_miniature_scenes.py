"""Scenes and captions: the same seed gives the same, and what a caption says is what the pixels show."""

from __future__ import annotations

import random

import numpy as np
import pytest

from nodewright.miniature.captions import FILLER_WORDS, Caption, Wanted, caption, fillers
from nodewright.miniature.drawing import draw, draw_batch
from nodewright.miniature.judging.colours import named, nearest
from nodewright.miniature.judging.scorer import judge
from nodewright.miniature.prompts import SPLITS, compositions, draw_prompt
from nodewright.miniature.scenes import PALETTE, SCENE_KINDS, Scene, SceneConfig, sample_scene
from nodewright.miniature.text import encode

ALL = SceneConfig(kinds=dict.fromkeys(SCENE_KINDS, 1.0))


def _sampled(count: int, config: SceneConfig, seed: int = 3) -> list[tuple[Scene, Caption]]:
    rng = np.random.default_rng(seed)
    scenes = [sample_scene(rng, config) for _ in range(count)]
    return [(scene, caption(scene, rng)) for scene in scenes]


def test_the_same_seed_gives_the_same_scenes_captions_and_pixels() -> None:
    config = SceneConfig(kinds=ALL.kinds, wild=0.3)
    first, second = _sampled(20, config), _sampled(20, config)
    assert first == second
    assert first != _sampled(20, config, seed=4)
    for (scene, _), (again, _) in zip(first, second, strict=True):
        np.testing.assert_array_equal(draw(scene, 64, 64), draw(again, 64, 64))


def test_captions_say_what_is_drawn() -> None:
    verdicts = [judge(draw(scene, 128, 128), said.wanted) for scene, said in _sampled(100, ALL)]
    assert np.mean([verdict.right for verdict in verdicts]) >= 0.95


def test_a_caption_of_another_scene_is_found_out() -> None:
    pairs = _sampled(60, SceneConfig(kinds={"single": 1.0}))
    shifted = zip(pairs, pairs[1:] + pairs[:1], strict=True)
    right = [judge(draw(scene, 64, 64), said.wanted).right for (scene, _), (_, said) in shifted]
    assert np.mean(right) < 0.1


def test_every_colour_has_its_own_name() -> None:
    for name, rgb in PALETTE.items():
        assert nearest(named(np.array(rgb) / 255)) == name
    assert {scene.background for scene, _ in _sampled(200, ALL)} == set(PALETTE)


def test_pictures_may_have_any_size() -> None:
    scene = _sampled(1, SceneConfig(kinds={"single": 1.0}))[0][0]
    for height, width in ((64, 96), (128, 64), (57, 200)):
        image = draw(scene, height, width)
        assert image.shape == (height, width, 3)
        assert 0 <= image.min() <= image.max() <= 1
    assert draw_batch([scene, scene], 32).shape == (2, 3, 32, 32)


def test_a_meaning_survives_json() -> None:
    for _, said in _sampled(100, ALL):
        assert Wanted.from_json(said.wanted.to_json()) == said.wanted


def test_splits_share_no_composition() -> None:
    shares = [compositions(split) for split in SPLITS]
    assert not shares[0] & shares[1] and not shares[0] & shares[2] and not shares[1] & shares[2]
    for split in SPLITS:
        for kind in SCENE_KINDS:
            prompt = draw_prompt(random.Random(f"{split} {kind}"), split, kind)
            named_things = [(thing["shape"], thing["colour"]) for thing in prompt.meaning["things"]]
            assert prompt.kind == kind and set(named_things) <= compositions(split)


def test_every_caption_can_be_written_as_tokens() -> None:
    rng = np.random.default_rng(0)
    lengths = [len(encode(said.text, rng)) for _, said in _sampled(2000, ALL)]
    assert max(lengths) <= 60
    for word in FILLER_WORDS:
        assert encode(word)
    assert encode(", ".join(fillers(rng)))


def test_a_word_outside_the_captions_is_named_in_the_error() -> None:
    with pytest.raises(ValueError, match="'zeppelin'"):
        encode("a red zeppelin")
