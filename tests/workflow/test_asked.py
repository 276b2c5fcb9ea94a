"""What a prompt asks for is in every workflow that can be written for it, or a note states what is not."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from comfyui_walks import walk
from installation_data import NEWEST
from partial_installations import catalog_of, write_installation

from nodewright.workflow.ask.corrections import CorrectionError, Corrections, read_corrections
from nodewright.workflow.asked import Asked, asked_of
from nodewright.workflow.catalog.catalog import Catalog, ModelFile
from nodewright.workflow.finishing import Finished, finished
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.wishes import Wishes
from nodewright.workflow.graph import Workflow
from nodewright.workflow.silly import silly

WALKS = 3


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    base = tmp_path_factory.mktemp("asked")
    return catalog_of("mixed_40", write_installation("mixed_40", base), NEWEST)


def _written(prompt: str, catalog: Catalog) -> tuple[Asked, list[Workflow], tuple[str, ...]]:
    asked = asked_of(prompt, catalog, Constraints())
    grammar, notes = asked.grammar(catalog)
    rng = random.Random(prompt)
    return asked, [walk(grammar, rng).workflow() for _ in range(WALKS)], notes + asked.notes


def _values(workflow: Workflow, name: str) -> set[object]:
    return {value for node in workflow.nodes for key, value in node.inputs if key == name}


@pytest.mark.parametrize(
    "prompt",
    [
        "a fox, 16:9",
        "a fox, use flux, 21:9",
        "a fox, 832x1216, use sdxl",
        "a fox, 33 steps, cfg 4.25, dpmpp_2m karras",
        "a fox <lora:papercut:0.85> <lora:detail-tweaker-xl:0.4>, use sdxl",
        "a fox, use dreamshaper 8, 1920x1080",
        "a fox, 1000x1500",
        "a fox, 1920x1080, use z-image",
        "a fox, no upscaling",
        "Draw a fox with dreamshaper, then upscale it by 2x",
    ],
)
def test_what_is_asked_for_is_in_every_workflow(prompt: str, catalog: Catalog) -> None:
    asked, workflows, notes = _written(prompt, catalog)
    assert notes == ()
    for workflow in workflows:
        assert asked.unmet(workflow, catalog) == ()


def test_a_family_and_a_file_are_chosen(catalog: Catalog) -> None:
    _, workflows, _ = _written("a fox, use flux", catalog)
    assert all("flux1-dev.safetensors" in _values(workflow, "unet_name") for workflow in workflows)
    _, workflows, _ = _written("(dreamshaper 8) a fox", catalog)
    assert all("dreamshaper_8.safetensors" in _values(workflow, "ckpt_name") for workflow in workflows)


def test_weights_and_settings_are_exact(catalog: Catalog) -> None:
    _, workflows, _ = _written("a fox <lora:papercut:0.85>, 33 steps, clip skip 2, use sdxl", catalog)
    for workflow in workflows:
        assert 0.85 in _values(workflow, "strength_model")
        assert 33 in _values(workflow, "steps")
        assert -2 in _values(workflow, "stop_at_clip_layer")


def test_a_size_that_was_asked_for_is_not_enlarged(catalog: Catalog) -> None:
    asked, workflows, _ = _written("a fox, 1024x1024", catalog)
    assert asked.constraints.wishes.size == (1024, 1024)
    for workflow in workflows:
        assert not {node.class_type for node in workflow.nodes} & {"ImageScaleBy", "LatentUpscale", "LatentUpscaleBy"}


@pytest.mark.parametrize(
    ("prompt", "note"),
    [
        ("a fox, use chroma", "The model 'chroma' is not installed"),
        ("a fox <lora:nothing-like-it:1>", "The LoRA 'nothing-like-it' is not installed"),
        ("a video of a fox", "No workflow here makes a video"),
        ("a fox, 128x128", "128 x 128 pixels are fewer than the models here make"),
        ("a fox, 8192x8192", "8192 x 8192 pixels are more than max_megapixels allows"),
        ("a fox --v 6", "'--v 6' has no meaning in ComfyUI"),
    ],
)
def test_what_cannot_be_done_is_noted(prompt: str, note: str, catalog: Catalog) -> None:
    _, _, notes = _written(prompt, catalog)
    assert any(one.startswith(note) for one in notes), notes


def test_a_limit_that_was_set_holds_and_the_default_gives_way_to_a_size(catalog: Catalog) -> None:
    asked = asked_of("a fox, 4096x4096", catalog, Constraints(max_megapixels=2.0))
    assert any(note.startswith("4096 x 4096 pixels are more than max_megapixels allows") for note in asked.notes)
    assert asked.constraints.max_megapixels == 2.0
    asked = asked_of("a fox, 2560x1440", catalog, Constraints())
    grammar, notes = asked.grammar(catalog)
    assert asked.unmet(walk(grammar, random.Random(2)).workflow(), catalog) == notes == asked.notes == ()


@pytest.mark.parametrize("prompt", ["a fox, square", "a fox, 1:1, highly detailed", "a fox, 21:9, upscale 2x"])
def test_a_small_limit_is_not_paid_with_the_first_size(prompt: str, catalog: Catalog) -> None:
    limits = Constraints(max_megapixels=1.1, required=("ImageScale",), families=frozenset({"sdxl"}))
    grammar, _ = asked_of(prompt, catalog, limits).grammar(catalog)
    rng = random.Random(prompt)
    for workflow in (walk(grammar, rng).workflow() for _ in range(WALKS)):
        assert silly(workflow, catalog) == []


def test_without_an_ask_the_constraints_and_the_text_stay(catalog: Catalog) -> None:
    asked = asked_of("a fox in the snow, oil on canvas", catalog, Constraints())
    assert replace(asked.constraints, wishes=Wishes()) == Constraints()
    assert (asked.text, asked.notes) == ("a fox in the snow, oil on canvas", ())


def test_a_prompt_that_is_nothing_but_an_ask_is_kept(catalog: Catalog, tmp_path: Path) -> None:
    assert asked_of("use flux, 16:9", catalog, Constraints()).text == "use flux, 16:9"


# -- what is not to be shown ---------------------------------------------------------------------------------------


def _finished(prompt: str, catalog: Catalog) -> Finished:
    asked = asked_of(prompt, catalog, Constraints())
    return finished(asked, walk(asked.grammar(catalog)[0], random.Random(1)).workflow(), catalog, 7)


def _texts(whole: Finished) -> list[str]:
    return [str(text) for node in whole.api.values() for text in node["inputs"].values() if isinstance(text, str)]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("a beach, no people", "without people"),
        ("a beach with shells and no crabs", "without crabs"),
        ("a beach --no people, cars, worst quality", "without people or cars"),
    ],
)
def test_a_model_without_negative_text_is_asked_in_words(said: str, words: str, catalog: Catalog) -> None:
    whole = _finished(f"{said}, use flux" if "--" not in said else f"use flux, {said}", catalog)
    assert whole.text.text.endswith(f", {words}")
    assert any(whole.text.text in text for text in _texts(whole))
    assert [note for note in whole.notes if words in note]


def test_faults_of_pictures_are_not_asked_in_words(catalog: Catalog) -> None:
    whole = _finished("use flux, a beach\nNegative prompt: worst quality, bad hands, (blurry:1.2)", catalog)
    assert "without" not in whole.text.text
    assert [note for note in whole.notes if "is not kept out of the picture" in note]


def test_a_model_with_negative_text_is_led_away(catalog: Catalog) -> None:
    whole = _finished("a beach with many shells but no sandpipers, use dreamshaper 8, cfg 6", catalog)
    assert "sandpipers" not in whole.text.text
    assert [text for text in _texts(whole) if text.startswith("sandpipers")]
    assert not [note for note in whole.notes if "sandpipers" in note]


# -- corrections ---------------------------------------------------------------------------------------------------


def test_corrections_go_before_what_the_prompt_says(catalog: Catalog) -> None:
    prompt = "a fox, use sdxl, 4:3, no upscaling <lora:papercut:0.85>"
    set_here = Corrections("16:9", "photo", "detailed", "flux1-dev.safetensors", "none", "auto")
    asked = asked_of(prompt, catalog, Constraints(), set_here)
    assert (str(asked.ask.ratio), asked.ask.styles, asked.ask.effort) == ("16:9", ("photo",), "detailed")
    assert (asked.text, asked.constraints.wishes.loras) == ("a fox", ())
    grammar, _ = asked.grammar(catalog)
    workflow = walk(grammar, random.Random(1)).workflow()
    assert "flux1-dev.safetensors" in _values(workflow, "unet_name")
    assert asked.unmet(workflow, catalog) == ()


def test_a_correction_takes_back_what_the_prompt_says(catalog: Catalog) -> None:
    plain = asked_of("a fox, 4:3, upscale 2x", catalog, Constraints(), Corrections(shape="square", upscale="no"))
    assert (plain.ask.ratio, plain.ask.shape, plain.text) == (None, "square", "a fox")
    assert plain.ask.enlargement is not None and not plain.ask.enlargement.wanted


@pytest.mark.parametrize("how", ["name", "alias", "part"])
def test_a_lora_is_set_by_its_name_or_alias(how: str, catalog: Catalog) -> None:
    file = next(file for file in catalog.models if file.name.endswith("papercut.safetensors"))
    name = {"name": file.name, "alias": file.alias, "part": "PaperCut"}[how]
    asked = asked_of("a fox", catalog, Constraints(), Corrections(lora=name))
    assert asked.constraints.wishes.loras == ((file.alias, None),)


def test_an_upscale_model_is_set_by_its_name(catalog: Catalog) -> None:
    file = next(file for file in catalog.models if file.role == "upscaler")
    asked = asked_of("a fox, no upscaling", catalog, Constraints(), Corrections(upscale=file.name))
    assert asked.constraints.wishes.upscalers == {file.alias}
    workflow = walk(asked.grammar(catalog)[0], random.Random(1)).workflow()
    assert file.name in _values(workflow, "model_name")


@pytest.mark.parametrize(
    ("constraints", "encoders", "reason"),
    [
        (Constraints(families=frozenset({"sdxl"})), True, "families does not allow it"),
        (Constraints(), False, "flux1-dev.safetensors (flux) lacks "),
        (Constraints(max_nodes=7), True, "the limits and the node classes that are asked for leave no room for it"),
    ],
)
def test_a_model_that_is_set_and_cannot_be_used_is_said_so(
    constraints: Constraints, encoders: bool, reason: str, catalog: Catalog
) -> None:
    models = tuple(file for file in catalog.models if encoders or file.role != "text_encoder")
    here = replace(catalog, models=models, fingerprint=f"{catalog.fingerprint} {encoders}")
    asked = asked_of("a fox, 33 steps", here, constraints, Corrections(model="flux1-dev.safetensors"))
    grammar, notes = asked.grammar(here)
    assert grammar.constraints.wishes.steps == 33 and notes == ()  # what else was asked for stays
    workflow = walk(grammar, random.Random(1)).workflow()
    (note,) = (note for note in asked.unmet(workflow, here) if "flux1-dev" in note)
    assert note.startswith(f"flux1-dev.safetensors is not used: {reason}")
    main = next(file for file in here.models if file.name == "sd_xl_base_1.0.safetensors")
    assert asked.line_of(main).endswith(" uses sd_xl_base_1.0 in place of flux1-dev.safetensors")


def test_no_lora_means_none_at_all(catalog: Catalog) -> None:
    asked = asked_of("a papercut fox <lora:papercut:0.85>", catalog, Constraints(), Corrections(lora="none"))
    grammar, _ = asked.grammar(catalog)
    rng = random.Random(1)
    for _ in range(WALKS):
        assert not _values(walk(grammar, rng).workflow(), "lora_name")


def test_names_are_as_a_person_reads_them(catalog: Catalog) -> None:
    set_here = read_corrections({"style": "Pixel art", "model": "qwen-image", "negative": " people ", "lora": None})
    assert set_here == Corrections(style="Pixel art", model="qwen-image", negative="people")
    ask = asked_of("a fox --no text", catalog, Constraints(), set_here).ask
    assert (ask.styles, ask.negative) == (("pixel_art",), "text, people")
    assert [one.family for one in ask.mentions] == ["qwen_image"]


def test_a_file_of_no_use_is_refused_with_the_reason(catalog: Catalog) -> None:
    file = replace(next(file for file in catalog.models if file.role == "lora"), unusable="is damaged")
    broken = replace(catalog, models=(*(one for one in catalog.models if one.name != file.name), file))
    with pytest.raises(CorrectionError, match="lora: .* is damaged"):
        asked_of("a fox", broken, Constraints(), Corrections(lora=file.name))


@pytest.mark.parametrize(
    ("corrections", "message"),
    [
        (Corrections(model="nothing.safetensors"), "model: 'nothing.safetensors' is not installed; installed are"),
        (Corrections(lora="flux1-dev.safetensors"), "lora: 'flux1-dev.safetensors' is not installed; installed are"),
        (Corrections(model="sd"), "model: 'sd' is not installed"),
        (
            Corrections(model="sd3.5_large"),
            "model: 'sd3.5_large' is a part of several names: sd3.5_large.",
        ),
        (Corrections(model="chroma"), "model: 'chroma' is not installed"),
        (Corrections(shape="round"), "shape: 'round' is not one of auto, tall, wide, square or a ratio such as 16:9"),
        (Corrections(negative="a\x1b[2J"), "negative: control character U+001B at position 2; remove it"),
        (Corrections(quality="best"), "quality: 'best' is not one of auto, quick, normal, detailed"),
    ],
)
def test_a_correction_that_names_nothing_is_refused(corrections: Corrections, message: str, catalog: Catalog) -> None:
    with pytest.raises(CorrectionError) as refused:
        asked_of("a fox", catalog, Constraints(), corrections)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("prompt", "corrections", "line"),
    [
        ("a fox", Corrections(), "read: nothing asked beside the picture"),
        ("a fox", Corrections(lora="none"), "read: no LoRA"),
        ("a fox, use chroma", Corrections(), "read: chroma (not installed)"),
        ("a fox <lora:nothing-like-it:1>", Corrections(), "read: nothing-like-it (not installed)"),
        (
            "a fox, use sdxl",
            Corrections(model="Flux"),
            "read: uses Flux because it was set",
        ),
        (
            "a fox, use flux, 16:9",
            Corrections(style="pixel_art", quality="detailed"),
            "read: wide 16:9, pixel art, detailed; uses flux because it was named",
        ),
        (
            'a sign that says "OPEN", 832x1216, 30 steps, cfg 4, upscale 2x --no people',
            Corrections(),
            'read: tall 832 x 1216, lettering "OPEN", 30 steps, cfg 4, enlarged 2x, without "people"',
        ),
    ],
)
def test_the_line_states_what_was_read(prompt: str, corrections: Corrections, line: str, catalog: Catalog) -> None:
    assert asked_of(prompt, catalog, Constraints(), corrections).line == line


def test_a_lora_that_is_not_used_is_not_listed_as_used(catalog: Catalog) -> None:
    asked = asked_of("a fox <lora:papercut:0.85>, use flux", catalog, Constraints())
    workflow = walk(asked.grammar(catalog)[0], random.Random(1)).workflow()
    unused = asked.unused_loras(workflow, catalog)
    (note,) = asked.unmet(workflow, catalog)
    assert note.startswith("The LoRA ") and "papercut" in note and "is not used" in note
    main = next(file for file in catalog.models if file.name == "flux1-dev.safetensors")
    assert asked.line_of(main, unused) == "read: uses flux because it was named"
    assert "papercut" in asked.line_of(main)


def test_files_that_bear_the_name_of_what_they_are_made_from_are_not_meant_by_it(catalog: Catalog) -> None:
    pony = ModelFile("ponyDiffusionV6XL.safetensors", "checkpoints", "checkpoint", frozenset({"sdxl"}), "sdxl/pony")
    catalog = replace(catalog, models=(*catalog.models, pony))
    named = [
        asked_of(f"{how}: a greenhouse", catalog, Constraints()).constraints.wishes.mains
        for how in ("made with stable diffusion xl", "use sdxl")
    ]
    assert named[0] == named[1] != {"sdxl/pony"}
