"""Simulated installations: what is in them, that held-out names never occur otherwise, and what names tell."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random

import comfyui_workflow_templates_json
import pytest
from installation_data import WORKFLOWS

from nodewright.training.corpus.installations.invented import TAGS, invented_name, vocabulary
from nodewright.training.corpus.installations.inventories import IMAGE_FAMILIES, draw_inventory
from nodewright.training.corpus.installations.known_files import (
    CURATED,
    ENCODER_FILES,
    VAE_FILES,
    files_beside,
    known_files,
)
from nodewright.training.corpus.installations.traits import HELD_OUT_TRAIT_WORDS, TEXT_FAMILIES, TRAIT_WORDS, traits
from nodewright.training.corpus.prompts.cues import STYLE_CUES
from nodewright.workflow.catalog.catalog import ModelFile
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.families.lookup import encoder_loading, space_families
from nodewright.workflow.graph import WorkflowError

MAIN_FOLDERS = ("checkpoints", "diffusion_models")
NAMED_FOLDERS = (*MAIN_FOLDERS, "loras", "upscale_models")


def drawn(count: int, *, held_out: bool = False, seed: int = 0) -> list[tuple[ModelFile, ...]]:
    random = Random(seed)
    return [draw_inventory(random, held_out=held_out) for _ in range(count)]


@pytest.fixture(scope="module")
def training() -> list[tuple[ModelFile, ...]]:
    return drawn(3000)


@pytest.fixture(scope="module")
def held_out() -> list[tuple[ModelFile, ...]]:
    return drawn(3000, held_out=True, seed=1)


def mains(files: Iterable[ModelFile]) -> list[ModelFile]:
    return [file for file in files if file.folder in MAIN_FOLDERS]


# ---- installations -----------------------------------------------------------------------------------------------


def test_the_same_seed_draws_the_same() -> None:
    assert drawn(50) == drawn(50)
    assert drawn(50, held_out=True) == drawn(50, held_out=True)
    assert drawn(50) != drawn(50, seed=1)


def test_no_name_is_in_both_halves(
    training: list[tuple[ModelFile, ...]], held_out: list[tuple[ModelFile, ...]]
) -> None:
    def names(found: list[tuple[ModelFile, ...]]) -> set[str]:
        return {file.name.lower() for files in found for file in files if file.folder in NAMED_FOLDERS}

    assert len(names(training)) > 5000 and len(names(held_out)) > 5000
    assert not names(training) & names(held_out)


def test_both_halves_have_every_family(
    training: list[tuple[ModelFile, ...]], held_out: list[tuple[ModelFile, ...]]
) -> None:
    alone = set(IMAGE_FAMILIES) - {"sdxl_refiner"}
    for found in (training, held_out):
        assert alone <= {family for files in found for file in mains(files) for family in file.families}


def test_the_name_says_the_family_or_none(
    training: list[tuple[ModelFile, ...]], held_out: list[tuple[ModelFile, ...]]
) -> None:
    said: Counter[bool] = Counter()
    for files in (*training, *held_out):
        for file in files:
            if file.folder in (*MAIN_FOLDERS, "loras"):
                assert len(file.families) == 1
                by_name = identify(file.folder, file.name).families
                assert by_name in (file.families, frozenset()), file
                said[bool(by_name)] += 1
    assert said[False] / said.total() < 0.25


def test_whoever_has_a_diffusion_model_has_what_it_needs(training: list[tuple[ModelFile, ...]]) -> None:
    for files in training:
        encoders = {file.encoder for file in files if file.role == "text_encoder"}
        for main in mains(files):
            if main.folder == "diffusion_models":
                (family,) = main.families
                assert any(encoders.issuperset(recipe.encoders) for recipe in encoder_loading(family)), main
                assert any(file.folder == "vae" and family in file.families for file in files), main


def test_how_large_installations_are(training: list[tuple[ModelFile, ...]]) -> None:
    others = [[file for file in files if "miniature" not in file.name] for files in training]
    others = [files for files in others if files]
    counts = sorted(len(mains(files)) for files in others)
    loras = sorted(sum(file.folder == "loras" for file in files) for files in others)
    upscalers = [sum(file.folder == "upscale_models" for file in files) for files in others]
    assert counts[0] >= 1 and counts[-1] <= 32 and counts[-1] > 15
    assert counts[len(counts) // 2] in (2, 3, 4)
    assert loras[0] == 0 and 10 < loras[-1] <= 25 and loras[len(loras) // 2] in (2, 3, 4)
    assert min(upscalers) == 0 and max(upscalers) <= 5


def test_the_zoo_is_in_three_of_ten_and_in_none_that_is_held_out(
    training: list[tuple[ModelFile, ...]], held_out: list[tuple[ModelFile, ...]]
) -> None:
    zoo = [[file for file in files if "miniature" in file.name] for files in training]
    with_it = [files for files, of_zoo in zip(training, zoo, strict=True) if of_zoo]
    assert 0.26 < len(with_it) / len(training) < 0.34
    alone = sum(all("miniature" in file.name for file in files) for files in with_it)
    assert 0.27 < alone / len(with_it) < 0.4
    counts = Counter(len(of_zoo) for of_zoo in zoo if of_zoo)
    assert 0.4 < counts[14] / counts.total() < 0.6 and len(counts) > 10
    assert all(any(file.folder == "checkpoints" for file in of_zoo) for of_zoo in zoo if of_zoo)
    assert not any("miniature" in file.name for files in held_out for file in files)


# ---- known files -------------------------------------------------------------------------------------------------


def test_known_files_are_what_the_table_says() -> None:
    for file in CURATED.files:
        if file.family:
            assert identify(file.folder, file.name).families in (frozenset({file.family}), frozenset()), file
            assert file.traits <= set(STYLE_CUES), file
        else:
            assert identify(file.folder, file.name).role == "upscaler"
    for encoder, names in ENCODER_FILES.items():
        assert {identify("text_encoders", name).encoder for name in names} == {encoder}
    for space, names in VAE_FILES.items():
        assert {identify("vae", name).families for name in names} == {space_families(space)}


def test_every_family_of_diffusion_models_can_be_loaded() -> None:
    for file in CURATED.files:
        if file.folder == "diffusion_models":
            ways, space = files_beside(file.family)
            assert ways and space is not None, file


def test_a_fifth_of_the_known_files_is_held_out_and_no_common_one() -> None:
    held_out = [file for file in CURATED.files if file.held_out]
    assert 0.1 < len(held_out) / len(CURATED.files) < 0.25
    assert not any(file.common for file in held_out)


def test_what_example_workflows_load_is_not_held_out() -> None:
    folders = (Path(comfyui_workflow_templates_json.__file__).parent / "templates", WORKFLOWS)
    held_out = {file.name.lower() for file in CURATED.files if file.held_out}
    paths = [path for folder in folders for path in sorted(folder.glob("*.json"))]
    assert len(paths) > 100
    for path in paths:
        text = path.read_text(encoding="utf-8").lower()
        assert not [name for name in held_out if f'{name}"' in text], path.name  # notes may speak of others


def test_a_model_list_adds_files_by_what_their_names_say(tmp_path: Path) -> None:
    entries = [
        {"type": "checkpoint", "filename": "brandNewXL_v1.safetensors"},
        {"type": "lora", "filename": "brand_new_flux.safetensors"},
        {"type": "upscale", "filename": "9x-New.pth"},
        {"type": "checkpoint", "filename": "nothing_is_said.safetensors"},
        {"type": "checkpoint", "filename": "sd_xl_inpainting.safetensors"},
        {"type": "controlnet", "filename": "controlnet_sdxl.safetensors"},
    ]
    path = tmp_path / "model-list.json"
    path.write_text(json.dumps({"models": entries}), encoding="utf-8")
    more = set(known_files(path, installed=False).files) - set(CURATED.files)
    assert {(file.folder, file.name, file.family) for file in more} == {
        ("checkpoints", "brandNewXL_v1.safetensors", "sdxl"),
        ("loras", "brand_new_flux.safetensors", "flux"),
        ("upscale_models", "9x-New.pth", ""),
    }


def test_a_broken_model_list_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        known_files(tmp_path / "missing.json", installed=False)
    path = tmp_path / "model-list.json"
    for text in ("{", "[]", '{"models": [{"type": "lora"}]}'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(WorkflowError, match="model-list.json"):
            known_files(path, installed=False)


def test_the_templates_add_their_files() -> None:
    found = {(file.folder, file.name) for file in known_files().files}
    assert ("diffusion_models", "z_image_turbo_bf16.safetensors") in found
    assert len(found) > len(CURATED.files)


# ---- names and what they tell ------------------------------------------------------------------------------------


def invented(count: int, *, held_out: bool = False) -> list[tuple[str, bool]]:
    random = Random(3)
    families = sorted(TAGS)
    found = []
    for index in range(count):
        lora = index % 2 == 1
        found.append((invented_name(random.choice(families), random, lora=lora, held_out=held_out), lora))
    return found


def test_invented_names_are_many_and_three_in_five_have_a_trait() -> None:
    names = invented(10000)
    assert len({name for name, _ in names}) > 9900
    found = Counter(trait for name, _ in names for trait in traits(name, lora=True))
    assert set(found) == set(STYLE_CUES) and min(found.values()) > 500
    assert 0.55 < sum(bool(traits(name, lora=True)) for name, _ in names) / len(names) < 0.65


def test_no_training_name_has_a_held_out_word() -> None:
    words = [word for cue_words in HELD_OUT_TRAIT_WORDS.values() for word in cue_words]
    assert not [name for name, _ in invented(10000) for word in words if word in name.lower()]
    names = [name.lower() for name, _ in invented(10000, held_out=True)]
    for word in words:
        assert sum(word in name for name in names) > 50, word


def test_the_words_of_the_two_halves_are_apart() -> None:
    assert not set(vocabulary(True)) & set(vocabulary(False))
    assert len(vocabulary(True)) > 80


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("juggernautXL_v9Rundiffusionphoto2.safetensors", {"photo"}),
        ("sdxl/juggernautxl_v9rundiffusionphoto2", {"photo"}),
        ("epicrealism_naturalSinRC1VAE.safetensors", {"photo"}),
        ("sd15/anything_v5_prtre", {"anime"}),
        ("ponyDiffusionV6XL_v6StartWithThisOne.safetensors", {"anime"}),
        ("flux/flux1_dev", {"text"}),
        ("qwen_image_fp8_e4m3fn.safetensors", {"text"}),
        ("z_image/z_image_turbo_bf16", {"text"}),
        ("anima/anima_base_v1_0", {"anime"}),
        ("sdxl/sd_xl_base_1_0", set()),
        ("neonRealMix_sd15.safetensors", {"photo"}),
        ("sdxl/darkwaifublend_v3", {"anime"}),
        ("flux/cosmic_watercolor_v2", {"painting", "text"}),
        ("sd15/8bit_dungeon", {"pixel_art"}),
        ("sdxl/badge_maker", {"logo"}),
        ("sdxl/poster_font_xl", {"text"}),
        ("sdxl/raw_studio", {"photo"}),
        ("sdxl/surreal_dreams", set()),
        ("sd15/aurorarealmix_v2", {"photo"}),
        ("sdxl/drawing_crawler", set()),
        ("sdxl/fine_soil_xl", set()),
        ("sdxl/inpainting_helper", set()),
        ("sdxl/moonrealm_v2", set()),
        ("miniature/miniature", set()),
    ],
)
def test_what_names_tell(name: str, expected: set[str]) -> None:
    assert traits(name) == expected


def test_a_lora_is_not_good_at_text_because_its_family_is() -> None:
    assert traits("flux/cosmic_watercolor_v2", lora=True) == {"painting"}
    assert traits("flux/flux_typography_poster", lora=True) == {"text"}


def test_names_and_aliases_tell_the_same(training: list[tuple[ModelFile, ...]]) -> None:
    for files in training[:500]:
        for file in files:
            if file.folder in (*MAIN_FOLDERS, "loras"):
                assert traits(file.name, lora=True) == traits(file.alias, lora=True), file
                assert ("text" in traits(file.alias)) >= bool(file.families & TEXT_FAMILIES), file


def test_every_trait_word_is_understood() -> None:
    for table in (TRAIT_WORDS, HELD_OUT_TRAIT_WORDS):
        for cue, words in table.items():
            for word in words:
                assert cue in traits(f"sdxl/lunar_{word}_v2"), word
