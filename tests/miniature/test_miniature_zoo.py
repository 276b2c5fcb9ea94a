"""What the zoo's prompts share, and what its members are measured by."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from nodewright.miniature.diffusion import sigmas
from nodewright.miniature.evaluate import Bench, prompts_of, ways
from nodewright.miniature.prompts import SPLITS, compositions, draw_prompt
from nodewright.miniature.scenes import PALETTE, SCENE_KINDS
from nodewright.miniature.shapes import SHAPES
from nodewright.miniature.slim import WEIGHTS


def test_the_splits_share_no_composition_and_have_all_of_them() -> None:
    parts = [compositions(split) for split in SPLITS]
    assert sum(map(len, parts)) == len(frozenset().union(*parts)) == len(SHAPES) * len(PALETTE)
    assert all({shape for shape, _ in part} == set(SHAPES) for part in parts)
    with pytest.raises(ValueError, match="no split 'dev'; there are train, validation, test"):
        compositions("dev")


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("kind", SCENE_KINDS)
def test_prompts_ask_for_compositions_of_their_split_alone(split: str, kind: str) -> None:
    random, allowed = Random(3), compositions(split)
    for _ in range(40):
        prompt = draw_prompt(random, split, kind)
        assert prompt.kind == kind
        assert {(thing["shape"], thing["colour"]) for thing in prompt.meaning["things"]} <= allowed
    assert draw_prompt(Random(7), split, kind) == draw_prompt(Random(7), split, kind)
    with pytest.raises(ValueError, match="no prompts of the kind 'landscape'"):
        draw_prompt(random, split, "landscape")


def test_a_second_sampling_begins_where_its_share_of_the_schedule_is_left() -> None:
    whole = sigmas(16, 3.0)
    np.testing.assert_allclose(sigmas(8, 3.0, denoise=0.5), whole[-9:])
    assert sigmas(16, 3.0, 0.5)[0] == whole[8]


def test_every_way_to_a_picture_gives_one_that_can_be_judged() -> None:
    bench, prompts = Bench(WEIGHTS), prompts_of("style", 2, "validation", 0)
    found = {way.name: [verdict.score for verdict in bench.verdicts(way, prompts)] for way in ways("miniature")}
    assert len(found) == len(ways("miniature"))
    assert all(0 <= score <= 1 for scores in found.values() for score in scores)
    assert found["miniature"] != found["miniature_flat"]
