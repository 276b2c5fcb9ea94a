"""What a card says of a workflow, and why each of its choices was made."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from artist import artist_catalog
from comfyui_walks import walk

from nodewright.workflow.ask.corrections import NOTHING_SET, Corrections
from nodewright.workflow.asked import asked_of
from nodewright.workflow.cards.card import Card, card_document, card_of
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.finishing import finished
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.script.script import read_script


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return artist_catalog(tmp_path_factory.mktemp("artist"))


def cards(prompt: str, catalog: Catalog, corrections: Corrections = NOTHING_SET, count: int = 3) -> list[Card]:
    """The cards of workflows that were drawn blindly for a prompt."""
    asked = asked_of(prompt, catalog, Constraints(), corrections)
    grammar, _ = asked.grammar(catalog)
    rng = random.Random(prompt)
    found = []
    for seed in range(count):
        whole = finished(asked, walk(grammar, rng).workflow(), catalog, seed)
        found.append(card_of(whole.api, catalog, asked, whole.text.added))
    return found


def why(card: Card) -> dict[str, str]:
    """Choice -> reason."""
    return {one.choice: one.reason for one in card.reasons}


def test_model_size_and_settings_are_those_of_the_workflow(catalog: Catalog) -> None:
    for card in cards("a fox, use flux, 16:9, 28 steps, dpmpp_2m beta", catalog):
        document = card_document(card)
        assert document["model"] == {
            "file": card.main.name if card.main else "", "name": document["model"]["name"], "family": "flux",
            "title": "Flux",
        }  # fmt: skip
        width, height = document["size"]
        assert abs(width / height - 16 / 9) < 0.1
        assert (document["steps"], document["sampler"], document["scheduler"]) == (28, "dpmpp_2m", "beta")
        base = document["stages"][0]
        assert base["kind"] == "base"
        assert base["words"].startswith(f"{width}x{height}, 28 steps, dpmpp_2m beta")
        json.dumps(document)


def test_what_was_named_or_set_is_the_reason(catalog: Catalog) -> None:
    for card in cards("a fox, use juggernaut, 1344x768, 31 steps, cfg 4.5", catalog):
        assert why(card)["model"] == "you named it"
        assert why(card)["size"].startswith("you asked for 1344 x 768")
        assert why(card)["steps"] == why(card)["cfg"] == "you asked for it"
    for card in cards("a fox", catalog, Corrections(model="Flux", shape="16:9")):
        assert why(card)["model"] == "you set it"
        assert why(card)["size"].startswith("you set wide 16:9")


def test_who_says_that_a_model_is_good_at_a_style_is_named(catalog: Catalog) -> None:
    for card in cards("an anime girl under a cherry tree", catalog):
        assert card.main is not None
        assert {"pony", "illustrious"} & set(re.findall("pony|illustrious", card.main.name.lower()))
        assert why(card)["model"].startswith("it is made for anime (")


def test_recommended_numbers_name_their_source(catalog: Catalog) -> None:
    for card in cards("a fox, use flux dev", catalog):
        assert why(card)["steps"] == "documented for Flux (ComfyUI's templates): 18 to 32"
    for card in cards("a fox, use flux schnell", catalog):
        assert why(card)["steps"] == "made to need few steps; ComfyUI's templates: 4 to 6"


def test_what_nothing_chose_was_drawn(catalog: Catalog) -> None:
    for card in cards("a fox in the snow", catalog):
        assert why(card)["model"].startswith("one of ")
        assert why(card)["size"].startswith("no shape was asked for, so the language model chose one")


def test_an_upscale_model_is_a_stage_with_its_factor_and_the_size_that_it_makes(catalog: Catalog) -> None:
    for card in cards("a fox, use sdxl, upscale 4x with UltraSharp", catalog):
        stage = next(one for one in card.stages if one.kind == "upscale")
        assert card.size is not None
        assert stage.words == f"4x with 4x-UltraSharp, to {4 * card.size[0]}x{4 * card.size[1]}"
        assert why(card)["upscale"] == "you asked for a larger picture"


PLAIN = """{main} SaveImage VAEDecode KSampler steps=25 cfg=7 CheckpointLoaderSimple CLIPTextEncode @prompt &1
CLIPTextEncode @empty &1 EmptyLatentImage width=1024 height=1024 &1 @end"""
TWICE = """{main} SaveImage VAEDecode KSampler steps=12 cfg=7 denoise=0.45 CheckpointLoaderSimple CLIPTextEncode @prompt
&1 CLIPTextEncode @empty &1 LatentUpscaleBy scale_by=1.5 KSampler steps=25 cfg=7 &1 &2 &1 EmptyLatentImage width=1024
height=1024 &1 @end"""


def card_of_script(script: str, prompt: str, catalog: Catalog) -> Card:
    """The card of a workflow that was written as a script."""
    main = next(file.alias for file in catalog.models if file.name.startswith("sd_xl_base"))
    asked = asked_of(prompt, catalog, Constraints())
    whole = finished(asked, read_script(script.format(main=main), catalog), catalog, 5)
    assert whole.notes == ()
    return card_of(whole.api, catalog, asked, whole.text.added)


def test_a_second_pass_is_none_of_the_first(catalog: Catalog) -> None:
    card = card_of_script(TWICE, "a fox, highly detailed, use sdxl base", catalog)
    assert [(one.kind, one.words) for one in card.stages] == [
        ("base", "1024x1024, 25 steps, euler simple, cfg 7"),
        ("second_pass", "1536x1536, 12 steps, euler simple, cfg 7, denoise 0.45"),
    ]
    assert why(card)["second_pass"] == "you asked for detail"
    assert why(card_of_script(TWICE, "a fox, use sdxl base", catalog))["second_pass"] == "the language model's choice"


def titles(card: Card) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in card.api.values():
        if "_meta" in node:
            found.setdefault(node["class_type"], []).append(node["_meta"]["title"])
    return {kind: sorted(names) for kind, names in found.items()}


def test_texts_and_passes_have_titles(catalog: Catalog) -> None:
    twice = card_of_script(TWICE, "a fox, highly detailed, use sdxl base", catalog)
    assert titles(twice) == {
        "KSampler": ["First picture", "Second pass"],
        "CLIPTextEncode": ["Must not show", "Prompt"],
    }
    plain = card_of_script(PLAIN, "a fox, use sdxl base", catalog)
    assert titles(plain) == {"CLIPTextEncode": ["Must not show", "Prompt"]}


def test_restyling_and_regions_are_stages_of_their_own(catalog: Catalog) -> None:
    prompt = "a castle on the left, a dragon on the right, use sdxl base, then turn it into an oil painting"
    card = card_of_script(PLAIN, prompt, catalog)
    assert [one.kind for one in card.stages] == ["base", "regions", "restyle"]
    assert card.stages[1].words == "2 parts of the picture have texts of their own"
    assert card.stages[2].words == "1024x1024, 25 steps, euler simple, cfg 7, denoise 0.6"
    assert why(card)["restyle"] == "you asked to turn it into 'an oil painting'"
    assert why(card)["regions"] == "you said where things are to be"


def test_loras_have_their_strength_and_where_it_comes_from(catalog: Catalog) -> None:
    for card in cards("a castle <lora:pixel-art-xl:0.65>, use sdxl", catalog):
        assert [(file.name, weight) for file, weight in card.loras] == [("pixel-art-xl.safetensors", 0.65)]
        assert why(card)["lora"] == "you named it in a tag; the strength is yours"
    for card in cards("pixel art of a castle", catalog):
        if card.loras:
            assert why(card)["lora"].startswith("it is made for pixel art (the table of known files)")


def test_a_negative_text_is_whose_it_is(catalog: Catalog) -> None:
    for card in cards("a street, without people, use juggernaut", catalog):
        assert card.negative.startswith("people")
        assert why(card)["negative"].startswith("you asked for it")


def test_nodes_of_the_stages_are_ids_of_the_workflow(catalog: Catalog, tmp_path: Path) -> None:
    asked = asked_of("a detailed fox, 16:9", catalog, Constraints())
    grammar, _ = asked.grammar(catalog)
    whole = finished(asked, walk(grammar, random.Random(4)).workflow(), catalog, 4)
    for stage in card_of(whole.api, catalog, asked).stages:
        assert stage.nodes
        assert set(stage.nodes) <= set(whole.api)


def test_without_an_ask_there_are_no_reasons(catalog: Catalog) -> None:
    asked = asked_of("a fox", catalog, Constraints())
    grammar, _ = asked.grammar(catalog)
    whole = finished(asked, walk(grammar, random.Random(1)).workflow(), catalog, 1)
    card = card_of(whole.api, catalog, None)
    assert card.main is not None
    assert card.reasons == ()
