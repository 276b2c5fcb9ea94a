"""What the zoo's prompts share, and what its members are measured by."""

from __future__ import annotations

import hashlib
from random import Random

import numpy as np
import pytest

from nodewright.miniature.diffusion import sigmas
from nodewright.miniature.evaluate import Bench, prompts_of, ways
from nodewright.miniature.prompts import (
    PROMPT_SETS,
    SPLITS,
    combinations_of,
    compositions,
    draw_prompt,
    kinds_in,
    kinds_to_choose_by,
)
from nodewright.miniature.scenes import COMBINATIONS, PALETTE, SCENE_KINDS, kinds_of, styles_among
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


def test_the_splits_share_no_combination_and_a_test_has_all_kinds_in_new_ones() -> None:
    parts = [combinations_of(split) for split in SPLITS]
    assert sum(map(len, parts)) == len(frozenset().union(*parts)) == len(COMBINATIONS)
    assert parts == [
        ("pair+texture", "pair+style", "pair+poster", "count+texture", "count+night", "count+poster", "texture+poster",
         "night+style", "night+poster", "style+poster", "count+night+style"),
        ("texture+style", "count+texture+poster", "count+style+poster"),
        ("count+style", "pair+texture+poster", "pair+style+poster", "count+night+poster", "texture+style+poster",
         "night+style+poster"),
    ], "another split would mix what old triplets were trained and tested on"  # fmt: skip
    together = {kind for name in SCENE_KINDS if name != "single" for kind in kinds_of(name)}
    assert all({kind for name in part for kind in kinds_of(name)} == together for part in (parts[0], parts[2]))
    assert not set(kinds_to_choose_by("combined-test")) & set(parts[2])
    assert kinds_to_choose_by("test") == kinds_in("validation") == SCENE_KINDS
    with pytest.raises(ValueError, match="no prompts 'combined-dev'; there are train, .*combined-test"):
        kinds_in("combined-dev")


@pytest.mark.parametrize("kind", COMBINATIONS)
def test_a_combined_prompt_asks_for_all_of_its_kinds(kind: str) -> None:
    random, kinds, shapes = Random(5), kinds_of(kind), compositions("test")
    for _ in range(20):
        prompt = draw_prompt(random, "combined-test", kind)
        meaning, things = prompt.meaning, prompt.meaning["things"]
        assert (prompt.kind, prompt.split) == (kind, "test")
        assert {(thing["shape"], thing["colour"]) for thing in things} <= shapes
        textures = [thing.get("texture") for thing in things] + [meaning.get("background_texture")]
        found = {
            "pair": len(things) == 2, "count": things[0]["count"] > 1, "texture": any(textures),
            "night": meaning.get("night", False), "style": "style" in meaning,
            "poster": "aspect" in meaning or meaning.get("large", False),
        }  # fmt: skip
        assert {name for name, there in found.items() if there} == kinds, prompt.text
        assert meaning.get("style") in (styles_among(kinds) if "style" in kinds else [None])


def test_a_set_of_prompts_draws_its_own_kinds() -> None:
    for name in PROMPT_SETS:
        random = Random(1)
        assert {draw_prompt(random, name).kind for _ in range(200)} == set(kinds_in(name))


def test_prompts_of_one_kind_stay_what_they_are() -> None:
    random = Random(7)
    drawn = "\n".join(draw_prompt(random, split).text for split in SPLITS for _ in range(100))
    assert hashlib.sha256(drawn.encode()).hexdigest()[:16] == "e02c431dbc38e95f"


def test_a_second_sampling_begins_where_its_share_of_the_schedule_is_left() -> None:
    whole = sigmas(16, 3.0)
    np.testing.assert_allclose(sigmas(8, 3.0, denoise=0.5), whole[-9:])
    assert sigmas(16, 3.0, 0.5)[0] == whole[8]


def test_every_way_to_a_picture_gives_one_that_can_be_judged() -> None:
    bench = Bench(WEIGHTS)
    prompts = [(one.text, one.meaning) for one in prompts_of("style", 2, "validation", 0)]
    found = {way.name: [verdict.score for verdict in bench.verdicts(way, prompts)] for way in ways("miniature")}
    assert len(found) == len(ways("miniature"))
    assert all(0 <= score <= 1 for scores in found.values() for score in scores)
    assert found["miniature"] != found["miniature_flat"]
