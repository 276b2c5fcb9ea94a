"""What headers and sidecars state about a model file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inventories import write_sparse

from nodewright.json_shapes import check
from nodewright.workflow.ask.words import STYLES
from nodewright.workflow.catalog.catalog import ModelFile
from nodewright.workflow.catalog.described import described_file
from nodewright.workflow.catalog.file_facts import (
    FACTS_SHAPE,
    LARGEST_SIDECAR,
    LONGEST_TEXT,
    MOST_WORDS,
    NO_FACTS,
    FileFacts,
    facts_document,
    facts_of_document,
    file_facts,
    header_facts,
    sidecar_facts,
)
from nodewright.workflow.catalog.good_at import good_at
from nodewright.workflow.catalog.identify import identify_file
from nodewright.workflow.catalog.sidecars import Sidecars, sidecars_state
from nodewright.workflow.catalog.stated_settings import settings_in_text
from nodewright.workflow.recommended_settings import recommended_for

KOHYA = {
    "ss_output_name": "pixel_art_xl_v2",
    "ss_base_model_version": "sdxl_base_v1-0",
    "ss_tag_frequency": json.dumps({"10_pixel": {"pixelart": 40, "castle": 12, "night": 9, "a lone tree": 1}}),
}
MANAGER = {
    "model_name": "Pixel Art XL",
    "base_model": "SDXL 1.0",
    "tags": ["style", "pixel art"],
    "usage_tips": '{"strength": 0.8}',
    "notes": "cfg 5 to 7",
    "civitai": {"trainedWords": ["pixelart", "16-bit"], "model": {"name": "Pixel"}},
    "modelDescription": "<p>Makes <b>pixel art</b>&nbsp;of anything.</p>",
}
CIVITAI_INFO = {
    "baseModel": "Pony",
    "trainedWords": ["score_9, score_8_up"],
    "model": {"name": "Ink", "tags": ["ink", "manga"]},
    "description": "Best with weight 0.6-0.8, clip skip 2.",
}
USER_METADATA = {
    "description": "watercolour", "sd version": "SD1", "activation text": "wtrclr, soft", "preferred weight": 0.7,
}  # fmt: skip


def beside(model: Path) -> list[Path]:
    return [sidecar.path for sidecar in Sidecars().of("loras", model)]


def test_a_header_tells_base_trigger_and_tags() -> None:
    found = header_facts(KOHYA)
    assert found["title"] == "pixel_art_xl_v2"
    assert found["base"] == "sdxl_base_v1-0"
    assert found["trigger_words"] == ("pixelart",)
    assert found["tags"] == ("castle", "night")


def test_an_authors_words_go_before_the_training_tags() -> None:
    found = header_facts(
        KOHYA | {"modelspec.trigger_phrase": "pxl", "modelspec.usage_hint": "use 20-30 steps, cfg 4.5"}
    )
    assert found["trigger_words"] == ("pxl",)
    assert (found["steps"], found["cfg"]) == ((20, 30), (4.5, 4.5))


def test_tags_on_pictures_of_any_sort_are_no_trigger_words() -> None:
    tags = {"10_x": {"1girl": 40, "solo": 40, "looking at viewer": 39, "mysticfox": 40, "fox ears": 20}}
    found = header_facts({"ss_tag_frequency": json.dumps(tags)})
    assert (found["trigger_words"], found["tags"]) == (("mysticfox",), ("fox ears",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("weight 0.6-0.8", {"weight": 0.7}),
        ("25 - 30 steps, CFG scale: 4.5", {"steps": (25, 30), "cfg": (4.5, 4.5)}),
        ("trained for 2000 steps, then for 1100 steps", {}),
        ("Steps: 3000", {}),
        ("use Euler a or DPM++ 2M Karras, 832x1216", {"samplers": ("Euler a", "DPM++ 2M Karras"), "size": (832, 1216)}),
        ("Euler, DDIM, LCM, Heun and UniPC all work", {}),
        ("Clip skip: 2, cfg 99", {"clip_skip": 2}),
    ],
)
def test_settings_in_a_text(text: str, expected: dict[str, Any]) -> None:
    assert settings_in_text(text) == expected


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            MANAGER,
            {
                "title": "Pixel Art XL", "base": "SDXL 1.0", "trigger_words": ("pixelart", "16-bit"), "weight": 0.8,
                "tags": ("style", "pixel art"), "cfg": (5.0, 7.0), "description": "Makes pixel art of anything.",
            },
        ),
        (
            CIVITAI_INFO,
            {
                "title": "Ink", "base": "Pony", "trigger_words": ("score_9, score_8_up",), "tags": ("ink", "manga"),
                "weight": 0.7, "clip_skip": 2,
            },
        ),
        (USER_METADATA, {"base": "SD1", "trigger_words": ("wtrclr", "soft"), "weight": 0.7}),
    ],
)  # fmt: skip
def test_a_sidecar_of_each_kind_is_read(document: dict[str, Any], expected: dict[str, Any]) -> None:
    found = sidecar_facts(document)
    assert {name: found[name] for name in expected} == expected


def test_the_header_goes_before_sidecars_and_each_fact_has_its_source(tmp_path: Path) -> None:
    model = tmp_path / "Pixel.v2.safetensors"
    (tmp_path / "Pixel.v2.metadata.json").write_text(json.dumps(MANAGER), encoding="utf-8")
    (tmp_path / "Pixel.v2.json").write_text(json.dumps(USER_METADATA), encoding="utf-8")
    facts = file_facts(KOHYA, beside(model))
    assert (facts.title, facts.trigger_words, facts.weight) == ("pixel_art_xl_v2", ("pixelart",), 0.8)
    sources = dict(facts.sources)
    assert (sources["trigger_words"], sources["weight"], sources["description"]) == ("header", "sidecar", "sidecar")


@pytest.mark.parametrize(
    "content",
    [b"", b"[1, 2]", b"{", b'{"a":' * 5000, b"\xff\xfe\x00", b'{"tags": 5, "civitai": [], "usage_tips": "{"}'],
)
def test_a_damaged_sidecar_states_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.metadata.json").write_bytes(content)
    (tmp_path / "x.civitai.info").write_text(json.dumps(CIVITAI_INFO), encoding="utf-8")
    assert file_facts({}, beside(tmp_path / "x.safetensors")).base == "Pony"


def test_a_huge_sidecar_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"description": "a " * LARGEST_SIDECAR}), encoding="utf-8")
    assert file_facts({}, beside(tmp_path / "x.safetensors")) == NO_FACTS


def test_only_files_of_the_models_own_name_in_folders_of_models_are_sidecars(tmp_path: Path) -> None:
    for name in ("a.json", "a.civitai.info", "a.v2.json", "b.json", "a.safetensors.json", "a.txt"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    (tmp_path / "c.json").mkdir()
    listed = Sidecars()
    found = [sidecar.path.name for sidecar in listed.of("loras", tmp_path / "a.SafeTensors")]
    assert found == ["a.civitai.info", "a.json"]
    assert listed.of("loras", tmp_path / "c.pt") == listed.of("vae", tmp_path / "a.pt") == ()
    assert listed.of("loras", tmp_path / "nowhere" / "a.pt") == ()


@pytest.mark.parametrize(("ending", "families"), [(".pt", {"sdxl"}), (".safetensors", set())])
def test_a_stated_base_tells_the_family_where_no_header_is_read(
    tmp_path: Path, ending: str, families: set[str]
) -> None:
    path = tmp_path / f"ink{ending}"
    write_sparse(path, {"one.weight": (4, 4)})
    (tmp_path / "ink.civitai.info").write_text(json.dumps(CIVITAI_INFO), encoding="utf-8")
    found = identify_file("loras", path.name, path, None, beside(path))
    assert found.families == families and found.facts.base == "Pony"


def test_the_state_of_sidecars_changes_with_each_of_them(tmp_path: Path) -> None:
    states = [""]
    for name, content in (("a.json", "{}"), ("a.json", '{"a": 1}'), ("a.civitai.info", "{}")):
        (tmp_path / name).write_text(content, encoding="utf-8")
        states.append(sidecars_state(Sidecars().of("loras", tmp_path / "a.safetensors")))
    assert len(set(states)) == 4


def test_facts_come_back_from_their_document(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps(CIVITAI_INFO), encoding="utf-8")
    facts = file_facts(KOHYA, beside(tmp_path / "x.safetensors"))
    document = json.loads(json.dumps(facts_document(facts)))
    assert facts_of_document(check(document, FACTS_SHAPE, "kept")) == facts
    assert facts_document(NO_FACTS) is None and facts_of_document(None) == NO_FACTS


def test_texts_are_plain_short_and_no_addresses() -> None:
    found = sidecar_facts(
        {
            "trainedWords": ["https://example.org/x", "a\x00b\x1b[31m", *map(str, range(99))],
            "description": "word " * 999,
        }
    )
    assert found["trigger_words"][0] == "a b [31m"
    assert len(found["trigger_words"]) == MOST_WORDS
    assert len(found["description"]) <= LONGEST_TEXT + 4


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from([*MANAGER, *CIVITAI_INFO, *USER_METADATA, "images"])
METAS = st.dictionaries(st.sampled_from(["prompt", "steps", "cfgScale", "sampler", "clipSkip"]), JSON, max_size=5)
PICTURES = st.lists(st.one_of(JSON, METAS.map(lambda meta: {"meta": meta})), max_size=8)


@given(
    st.dictionaries(KEYS, st.one_of(JSON, PICTURES), max_size=6),
    st.dictionaries(st.sampled_from([*KOHYA]), st.text(max_size=60)),
    st.text(max_size=30),
)
@settings(max_examples=300, deadline=None)
def test_anything_can_be_read(document: dict[str, Any], metadata: dict[str, str], name: str) -> None:
    for found in (sidecar_facts(document), header_facts(metadata)):
        assert set(found) <= set(FileFacts.__dataclass_fields__)
        kept = {key: value for key, value in found.items() if value}
        facts = FileFacts(**kept, sources=tuple((key, "sidecar") for key in kept))
        shown = json.loads(json.dumps(facts_document(facts)))
        assert facts_of_document(check(shown, FACTS_SHAPE, "kept")) == facts
        for folder, role in (("loras", "lora"), ("checkpoints", "checkpoint")):
            file = ModelFile(name, folder, role, frozenset({"sdxl"}), name, facts=facts)
            assert good_at(file) <= set(STYLES)
            assert described_file(file).startswith(f"{folder}/")
            assert recommended_for(file) is not None
