"""Scenes and captions: the same seed gives the same, and what a caption says is what the pixels show."""

from __future__ import annotations

import numpy as np
import pytest

from nodewright.training.miniature.captions import FILLER_WORDS, Caption, caption, fillers
from nodewright.training.miniature.check import judge, nearest_colour
from nodewright.training.miniature.scenes import PALETTE, SHAPES, Scene, SceneConfig, draw, draw_batch, sample_scene
from nodewright.training.miniature.text import encode


def _sampled(count: int, config: SceneConfig, seed: int = 3) -> list[tuple[Scene, Caption]]:
    rng = np.random.default_rng(seed)
    scenes = [sample_scene(rng, config) for _ in range(count)]
    return [(scene, caption(scene, rng)) for scene in scenes]


def test_the_same_seed_gives_the_same_scenes_captions_and_pixels() -> None:
    first, second = _sampled(20, SceneConfig(wild=0.3)), _sampled(20, SceneConfig(wild=0.3))
    assert first == second
    assert first != _sampled(20, SceneConfig(wild=0.3), seed=4)
    for (scene, _), (again, _) in zip(first, second, strict=True):
        np.testing.assert_array_equal(draw(scene, 64, 64), draw(again, 64, 64))


@pytest.mark.parametrize("side", [64, 128])
def test_captions_say_what_is_drawn(side: int) -> None:
    verdicts = [judge(draw(scene, side, side), said.wanted) for scene, said in _sampled(150, SceneConfig())]
    # One picture in some hundreds has two things that touch.
    assert np.mean([verdict.right for verdict in verdicts]) >= 0.98
    assert np.mean([verdict.score for verdict in verdicts]) > 0.97


def test_a_caption_of_another_scene_is_found_out() -> None:
    pairs = _sampled(100, SceneConfig(pairs=0))
    shifted = zip(pairs, pairs[1:] + pairs[:1], strict=True)
    right = [judge(draw(scene, 64, 64), said.wanted).right for (scene, _), (_, said) in shifted]
    assert np.mean(right) < 0.1


def test_every_shape_and_colour_is_told_apart() -> None:
    config = SceneConfig(pairs=0, centred=1)
    for shape in SHAPES:
        for scene, said in _sampled(5, SceneConfig(shapes=(shape,), pairs=0, centred=1), seed=len(shape)):
            assert judge(draw(scene, 64, 64), said.wanted).shapes is not False, shape
    for name, rgb in PALETTE.items():
        assert nearest_colour(np.array(rgb) / 255) == name
    assert {scene.background for scene, _ in _sampled(200, config)} == set(PALETTE)


def test_pictures_may_have_any_size_and_keep_their_middle() -> None:
    scene, said = _sampled(1, SceneConfig(pairs=0, centred=1))[0]
    for height, width in ((64, 96), (128, 64), (57, 200)):
        image = draw(scene, height, width)
        assert image.shape == (height, width, 3)
        assert 0 <= image.min() <= image.max() <= 1
        assert judge(image, said.wanted).positions is not False
    assert draw_batch([scene, scene], 32).shape == (2, 3, 32, 32)


def test_every_caption_can_be_written_as_tokens() -> None:
    rng = np.random.default_rng(0)
    lengths = [len(encode(said.text, rng)) for _, said in _sampled(2000, SceneConfig())]
    assert max(lengths) <= 40
    for word in FILLER_WORDS:
        assert encode(word)
    assert encode(", ".join(fillers(rng)))


def test_a_word_outside_the_captions_is_named_in_the_error() -> None:
    with pytest.raises(ValueError, match="'zeppelin'"):
        encode("a red zeppelin")


def test_an_empty_picture_is_judged_without_things() -> None:
    said = next(said for _, said in _sampled(50, SceneConfig(pairs=0)) if said.wanted.things[0].shape)
    verdict = judge(np.full((64, 64, 3), 0.5), said.wanted)
    assert not verdict.shapes
    assert verdict.score == 0
