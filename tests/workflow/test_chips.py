"""What is read while somebody types: chips with the words that said it, the menus that change it, what cannot be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from artist import artist_catalog

from nodewright.workflow.ask.corrections import NOTHING_SET, Corrections
from nodewright.workflow.cards.read import BUILDING, read_document
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.user_prompt import PromptError


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return artist_catalog(tmp_path_factory.mktemp("artist"))


def read(prompt: str, catalog: Catalog | None, corrections: Corrections = NOTHING_SET) -> dict[str, Any]:
    """What the panel gets."""
    document: dict[str, Any] = json.loads(json.dumps(read_document(prompt, catalog, Constraints(), corrections)))
    return document


def chips(prompt: str, catalog: Catalog, corrections: Corrections = NOTHING_SET) -> dict[str, dict[str, Any]]:
    """Kind -> chip."""
    return {chip["kind"]: chip for chip in read(prompt, catalog, corrections)["chips"]}


def test_each_statement_is_a_chip_with_the_words_that_said_it(catalog: Catalog) -> None:
    prompt = "a photo of a fox, use flux, 16:9, 28 steps, without people"
    found = chips(prompt, catalog)
    assert found.pop("lora")["origin"] == "chosen"
    assert {kind: chip["label"] for kind, chip in found.items()} == {
        "style": "photo", "model": "Flux, because you named it", "ratio": "wide 16:9", "steps": "28 steps",
        "negative": 'without "people"',
    }  # fmt: skip
    for chip in found.values():
        assert chip["words"] in prompt[chip["start"] : chip["end"]]
        assert chip["origin"] == "prompt"
        assert chip["reason"] == f'you wrote "{chip["words"]}"'


def test_a_chip_offers_the_other_values_of_its_menu(catalog: Catalog) -> None:
    found = chips("a photo of a fox, use flux, 16:9, 28 steps", catalog)
    assert found["ratio"]["menu"] == "shape"
    assert {"auto", "square", "9:16"} <= set(found["ratio"]["how_to_change"])
    assert "16:9" not in found["ratio"]["how_to_change"]
    assert {"auto", "SDXL", "flux1-schnell.safetensors"} <= set(found["model"]["how_to_change"])
    assert "Flux" not in found["model"]["how_to_change"]
    assert found["steps"]["menu"] is found["steps"]["how_to_change"] is None


def test_places_count_as_javascript_does(catalog: Catalog) -> None:
    prompt = "🦊🦊 in the snow, 16:9"
    chip = chips(prompt, catalog)["ratio"]
    units = prompt.encode("utf-16-le")
    assert "16:9" in units[2 * chip["start"] : 2 * chip["end"]].decode("utf-16-le")


def test_of_what_excludes_each_other_the_last_is_shown(catalog: Catalog) -> None:
    found = read("a tall fox, 4:3, no, 16:9, 20 steps, 30 steps", catalog)["chips"]
    assert [chip["label"] for chip in found if chip["menu"] == "shape"] == ["wide 16:9"]
    assert [chip["label"] for chip in found if chip["kind"] == "steps"] == ["30 steps"]


def test_menus_are_chips_of_their_own(catalog: Catalog) -> None:
    found = chips("a fox, 4:3", catalog, Corrections(shape="16:9", style="anime", model="Flux"))
    assert found["ratio"]["value"] == "16:9"
    for kind in ("ratio", "style", "model"):
        assert (found[kind]["origin"], found[kind]["start"], found[kind]["words"]) == ("menu", None, "")


def test_what_is_chosen_for_what_was_read_is_said(catalog: Catalog) -> None:
    chip = chips("an anime girl under a cherry tree", catalog)["model"]
    assert chip["origin"] == "chosen"
    assert " or 1 other" in chip["label"]
    assert chip["reason"] == "it is made for anime"
    assert "origin" in chips("pixel art of a castle", catalog)["model"]


def test_what_is_named_in_vain_is_a_chip_and_a_note(catalog: Catalog) -> None:
    document = read("a fox, use animagine xl", catalog)
    (chip,) = (chip for chip in document["chips"] if (chip["kind"], chip["origin"]) == ("model", "prompt"))
    assert chip["label"].endswith("not installed")
    assert any("is not installed" in note for note in document["notes"])
    assert any("still picture" in note for note in read("a video of a fox", catalog)["notes"])


def test_a_menu_that_names_nothing_there_is_leaves_the_rest_as_it_was(catalog: Catalog) -> None:
    document = read("a fox, 16:9", catalog, Corrections(model="gone.safetensors"))
    assert "gone.safetensors" in document["problem"]
    assert [chip["label"] for chip in document["chips"]][:1] == ["wide 16:9"]


def test_an_empty_prompt_says_nothing(catalog: Catalog) -> None:
    assert read("  \n", catalog) == {
        "text": "", "line": "", "chips": [], "notes": [], "problem": None, "building": False,
    }  # fmt: skip
    with pytest.raises(PromptError):
        read("a \x07 fox", catalog)


def test_before_the_installation_is_known_all_but_names_is_read(catalog: Catalog) -> None:
    document = read("a photo of a fox, 16:9", None)
    assert document["building"]
    assert document["notes"] == [BUILDING]
    assert [chip["label"] for chip in document["chips"]] == ["photo", "wide 16:9"]
    assert document["text"] == read("a photo of a fox, 16:9", catalog)["text"]
