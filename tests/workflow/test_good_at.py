"""What files are good at and which subjects they show, from their headers, sidecars, tables and names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from installation_data import NEWEST
from inventories import unet_lora, write_sparse
from partial_installations import catalog_of, write_installation

from nodewright.workflow.ask.words import STYLES
from nodewright.workflow.catalog.catalog import ModelFile
from nodewright.workflow.catalog.file_facts import NO_FACTS, FileFacts, facts_of_document, sidecar_facts
from nodewright.workflow.catalog.good_at import good_at, good_at_sources
from nodewright.workflow.catalog.models_folder import identify_models, list_models
from nodewright.workflow.catalog.subjects import fits, fits_words, is_of_a_subject
from nodewright.workflow.families.style_words import NAME_WORDS, name_styles, text_styles
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import Grammar


def model(name: str, folder: str = "checkpoints", family: str = "sdxl", **facts: Any) -> ModelFile:
    """A file, with facts of its sidecar."""
    document = {name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()}
    found = facts_of_document(document | {"sources": dict.fromkeys(facts, "sidecar")}) if facts else NO_FACTS
    role = "lora" if folder == "loras" else "checkpoint"
    return ModelFile(name, folder, role, frozenset({family}), f"{family}/{name}", facts=found)


def lora(name: str, **facts: Any) -> ModelFile:
    return model(name, "loras", **facts)


def test_the_words_of_names_are_of_the_asks_styles() -> None:
    assert set(NAME_WORDS) == set(STYLES)
    assert all(style in name_styles(f"lunar_{word}_v2") for style, words in NAME_WORDS.items() for word in words)


@pytest.mark.parametrize(
    ("name", "styles"),
    [
        ("comicBookStyle_xl.safetensors", {"comic"}),
        ("3DRenderStyle_XL.safetensors", {"render_3d"}),
        ("protovisionXLHighFidelity3D_releaseV660Bakedvae.safetensors", {"render_3d"}),
        ("fantasyArtXL_v2.safetensors", {"fantasy"}),
        ("conceptArtist_v1.safetensors", {"concept_art"}),
        ("vectorFlatDesign.safetensors", {"vector", "logo"}),
        ("storybookIllustration.safetensors", {"illustration"}),
        ("kodak_portra_400.safetensors", {"film", "photo"}),
        ("mangaStyle_illustrious_v2.safetensors", {"anime", "comic"}),
        ("illustriousXL_v01.safetensors", {"anime"}),
        ("surrender_v2.safetensors", set()),
        ("papercut_voxel_xl.safetensors", set()),
        ("国风水墨_v2.safetensors", {"painting"}),
        ("XX写实大模型.safetensors", {"photo"}),
        ("アニメ調_xl.safetensors", {"anime"}),
        ("juggernautXL_ragnarokBy.safetensors", {"photo"}),
    ],
)
def test_what_a_name_says(name: str, styles: set[str]) -> None:
    assert good_at(model(name)) == styles


@pytest.mark.parametrize(
    ("text", "styles"),
    [
        ("Oil Painting Style", {"painting"}),
        ("photorealistic", {"photo"}),
        ("A LoRA for comic book covers", {"comic"}),
        ("real hair, portrait of a woman, raw", set()),
        ("not for anime, no photos", set()),
        ("Isometric low poly 3D", {"render_3d"}),
        ("35mm film", {"film", "photo"}),
        ("text encoder trained", set()),
        ("适合二次元插画", {"anime", "illustration"}),
    ],
)
def test_what_a_text_says(text: str, styles: set[str]) -> None:
    assert set(text_styles(text)) == styles


def test_a_sidecar_goes_before_the_table_and_the_name_and_says_so() -> None:
    plain = model("juggernautXL_ragnarokBy.safetensors")
    assert [(each.style, each.source) for each in good_at_sources(plain)] == [("photo", "known file")]
    stated = model("juggernautXL_ragnarokBy.safetensors", tags=("base model", "anime style"))
    assert [str(each) for each in good_at_sources(stated)] == ["anime: sidecar, 'anime style'"]


def test_a_base_tells_of_a_main_model_what_its_name_does_not() -> None:
    assert good_at(model("mix_v3.safetensors", base="Illustrious")) == {"anime"}
    assert good_at(lora("mix_v3.safetensors", base="Illustrious")) == set(), "which may be of anything"


def test_a_file_for_everything_is_good_at_nothing_in_particular() -> None:
    tags = ("anime", "photorealistic", "illustrations", "fantasy", "comics")
    assert good_at(model("mix.safetensors", tags=tags)) == set()
    assert good_at(model("mix.safetensors", family="flux", tags=tags)) == {"text"}, "but what its family is good at"
    assert good_at(lora("watercolor.safetensors", family="flux")) == {"painting"}


def test_a_description_counts_where_nothing_else_tells() -> None:
    assert good_at(lora("abc.safetensors", description="Makes pictures look like watercolors.")) == {"painting"}
    assert good_at(lora("abc.safetensors", tags=("comics",), description="as watercolors")) == {"comic"}


def test_example_pictures_tell_where_no_word_does() -> None:
    prompts = [
        "RAW photo of a fox, 8k",
        "dslr, a street",
        "photorealistic woman",
        "a castle, film grain",
        "1girl, solo",
    ]
    for kept, styles in (
        (prompts, {"photo"}),
        (prompts[:3], set()),
        (["1girl, solo", "2boys", "anime"] * 2, {"anime"}),
    ):
        pictures = [{"meta": {"prompt": prompt}} for prompt in kept] + [{"meta": None}, {"url": "x"}, None]
        facts = {name: value for name, value in sidecar_facts({"images": pictures}).items() if value}
        assert good_at(model("mix_v3.safetensors", **facts)) == styles


def test_folders_into_which_a_person_sorted_files_tell_as_well() -> None:
    (found,) = good_at_sources(model("anime/model_v7.safetensors"))
    assert (found.style, found.source) == ("anime", "folder")
    assert good_at(model("anime/realMix.safetensors")) == {"photo"}, "the name goes first"
    assert good_at(lora("Characters\\anime_mystic.safetensors")) == set()
    assert good_at(lora("style/anime_mystic.safetensors")) == {"anime"}


def test_a_subject_is_no_style_and_fits_by_its_own_words() -> None:
    fox = lora("mfx.safetensors", title="Fox Girl [SDXL]", trigger_words=("mysticfox",), tags=("anime", "character"))
    assert is_of_a_subject(fox) and good_at(fox) == set()
    assert fits_words(fox) == ("mysticfox", "fox girl")
    assert fits(fox, "a Fox-Girl in the woods") == fits(fox, "two fox girls") == ("fox girl",)
    assert fits(fox, "(mysticfox:1.2), forest") == ("mysticfox",)
    assert fits(fox, "a fox and a girl") == fits(fox, "") == ()


@pytest.mark.parametrize(
    ("name", "facts", "words"),
    [
        ("ancient_greek_vases_xl_v2.safetensors", {}, ("ancient greek vases",)),
        ("GlowingRunesAIV3.safetensors", {"trigger_words": ("GlowingRunesAI_green",)}, ("glowingrunesai green",)),
        ("add_detail_xl.safetensors", {}, ()),
        ("pixel-art-xl.safetensors", {}, ()),
        ("x.safetensors", {"trigger_words": ("masterpiece, best quality", "1girl", "anime")}, ()),
        ("x.safetensors", {"title": "Watercolor style LoRA"}, ("watercolor",)),
        ("papercut_xl.safetensors", {"title": "Papercut", "trigger_words": ("papercut",)}, ("papercut",)),
        ("x.safetensors", {"title": "Anime style LoRA", "trigger_words": ("anime",)}, ()),
        ("x.safetensors", {"trigger_words": ("score_9, score_8_up",)}, ()),
        ("steampunk_flux.safetensors", {}, ("steampunk",)),
        ("water_xl.safetensors", {}, ()),
        ("x.safetensors", {"title": "Night City"}, ("night city",)),
        (
            "x.safetensors",
            {"title": "Skyline R34", "trigger_words": ("car", "skyliner34")},
            ("skyliner34", "skyline r34"),
        ),
        ("x.safetensors", {"title": "Highly Detailed", "trigger_words": ("sharp focus", "long hair")}, ()),
        ("SteampunkAI.safetensors", {"trigger_words": ("steampunkai",)}, ("steampunkai", "steampunk")),
    ],
)
def test_the_words_by_which_a_lora_is_asked_for(name: str, facts: dict[str, Any], words: tuple[str, ...]) -> None:
    assert fits_words(lora(name, **facts)) == words


def test_files_from_a_folder_say_what_header_and_sidecar_state(tmp_path: Path) -> None:
    tags = {"ss_tag_frequency": json.dumps({"10_x": {"mysticfox": 20, "watercolor (medium)": 19, "tree": 2}})}
    for name, metadata in (("a", tags), ("b", {}), ("c", {})):
        write_sparse(tmp_path / "loras" / f"{name}.safetensors", unet_lora(2048), metadata=metadata)
    (tmp_path / "loras" / "b.metadata.json").write_text(json.dumps({"tags": ["style", "comics"]}), encoding="utf-8")
    found = {file.name: file for file in identify_models(list_models(tmp_path))}
    first, second, third = (found[f"{name}.safetensors"] for name in "abc")
    assert [(each.style, each.source) for each in good_at_sources(first)] == [("painting", "header")]
    assert fits(first, "a mysticfox") == ("mysticfox",)
    assert [(each.style, each.source) for each in good_at_sources(second)] == [("comic", "sidecar")]
    assert good_at(third) == set() and third.facts == FileFacts()


def test_a_grammar_knows_what_its_files_are_good_at(tmp_path: Path) -> None:
    catalog = catalog_of("mixed_40", write_installation("mixed_40", tmp_path), NEWEST)
    grammar = Grammar(catalog, Constraints())
    assert grammar.good_at["sdxl/model_v7"] == ("anime",) and grammar.good_at["flux/flux1_dev"] == ("text",)
    assert grammar.good_at.keys() < set(grammar.files)
