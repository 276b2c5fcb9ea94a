"""Scripts: every workflow there and back, and a prompt that is never anything but data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from installation_data import NEWEST, SET_UP, local_templates, own_workflows, read_object_info

from nodewright.workflow.api_format import from_api, to_api
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.graph import Link, Node, Seed, Text, Workflow, WorkflowError
from nodewright.workflow.script.phrases import PHRASES
from nodewright.workflow.script.script import read_script, render, write_script


@pytest.fixture(scope="module")
def catalog(object_info: dict[str, Any]) -> Catalog:
    return catalog_from_object_info(object_info)


def there_and_back(api: dict[str, Any], catalog: Catalog) -> None:
    """API -> workflow -> script -> text -> workflow -> API, the same but for ids and order."""
    for workflow in (from_api(api), from_api(api, phrases=PHRASES)):
        choices = write_script(workflow, catalog)
        read = read_script(render(choices, catalog), catalog)
        assert read == read_script(choices, catalog)
        assert from_api(to_api(read, prompt="", seed=0)).signature() == from_api(api).signature()
        assert write_script(read, catalog) == choices


@pytest.mark.parametrize("version", [SET_UP, NEWEST])
def test_our_own_workflows_survive(version: str) -> None:
    catalog = catalog_from_object_info(read_object_info(version))
    assert len(own_workflows()) == 20
    for saved in own_workflows().values():
        there_and_back(saved["api"], catalog)


def test_every_official_template_survives(catalog: Catalog) -> None:
    templates = local_templates()
    assert len(templates) == 230
    assert sum(template.text_to_image for template in templates) == 63
    for template in templates:
        assert template.api is not None
        there_and_back(template.api, catalog)


SMALL = catalog_from_object_info(
    {
        "Load": {
            "input": {"required": {"ckpt_name": [["a b.safetensors", "=>!.safetensors"], {}]}},
            "output": ["MODEL", "CLIP"],
            "output_node": False,
        },
        "Encode": {
            "input": {
                "required": {"text": ["STRING", {"multiline": True, "dynamicPrompts": True}], "clip": ["CLIP"]},
                "optional": {"note": ["STRING", {"default": ""}], "weird = name": ["FLOAT", {"default": 1.0}]},
            },
            "output": ["CONDITIONING"],
            "output_node": False,
        },
        "KSampler": {
            "input": {
                "required": {
                    "model": ["MODEL"],
                    "positive": ["CONDITIONING"],
                    "negative": ["CONDITIONING"],
                    "seed": ["INT", {"default": 0, "control_after_generate": True}],
                    "mode": [["@end", "&1", "steps=", "KSampler", '"', "+x", ";", "a b", "1", "true", "é\n"], {}],
                }
            },
            "output": ["IMAGE"],
            "output_node": False,
        },
        "Save": {"input": {"required": {"images": ["IMAGE"]}}, "output": [], "output_node": True},
    }
)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ['"', "\n@end\n", "&1", "KSampler", "@prompt", "a = b", "🦊", "\\", '\\"', "<|endoftext|>", ";", "+blurry"]
    ),
)


@given(
    text=TEXTS,
    negative=TEXTS,
    note=TEXTS,
    file=st.sampled_from(["a b.safetensors", "=>!.safetensors", "not there.safetensors"]),
    mode=st.one_of(
        st.sampled_from(["@end", "&1", "steps=", "KSampler", '"', "+x", ";", "a b", "1", "true", "é\n"]), TEXTS
    ),
    seed=st.one_of(st.just(Seed()), st.integers(0, 2**64 - 1)),
    number=st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(), st.booleans(), st.none()),
)
@settings(max_examples=400, deadline=None)
def test_any_value_is_only_a_value(
    text: str, negative: str, note: str, file: str, mode: str, seed: Any, number: Any
) -> None:
    workflow = Workflow(
        (
            Node("Load", (("ckpt_name", file),)),
            Node("Encode", (("text", text), ("clip", Link(0, 1)), ("note", note), ("weird = name", number))),
            Node("Encode", (("text", negative), ("clip", Link(0, 1)), ("note", ""), ("weird = name", 1.0))),
            Node(
                "KSampler",
                (
                    ("model", Link(0, 0)),
                    ("positive", Link(1, 0)),
                    ("negative", Link(2, 0)),
                    ("seed", seed),
                    ("mode", mode),
                ),
            ),
            Node("Save", (("images", Link(3, 0)),)),
        )
    )
    choices = write_script(workflow, SMALL)
    assert read_script(choices, SMALL).signature() == workflow.signature()
    assert read_script(render(choices, SMALL), SMALL).signature() == workflow.signature()


@given(st.text(), st.lists(st.sampled_from(sorted(PHRASES)), unique=True, max_size=6))
def test_the_prompt_is_put_in_as_it_is(prompt: str, phrases: list[str]) -> None:
    workflow = Workflow((Node("Encode", (("text", Text(True, tuple(phrases))),)),))
    (node,) = to_api(workflow, prompt=prompt, seed=1).values()
    assert node["inputs"]["text"] == ", ".join([prompt, *phrases])
    assert write_script(workflow, SMALL) == write_script(read_script(write_script(workflow, SMALL), SMALL), SMALL)


def test_a_prompt_may_stand_in_any_input() -> None:
    api = {
        "1": {"class_type": "Load", "inputs": {"ckpt_name": "a b.safetensors"}},
        "2": {"class_type": "Encode", "inputs": {"text": "a fox", "clip": ["1", 1], "note": "a fox, blurry"}},
    }
    workflow = from_api(api, prompt="a fox", phrases=PHRASES)
    read = read_script(render(write_script(workflow, SMALL), SMALL), SMALL)
    assert read.signature() == workflow.signature()
    inputs = to_api(read, prompt="a bear", seed=0)["2"]["inputs"]
    assert (inputs["text"], inputs["note"]) == ("a bear", "a bear, blurry")


def test_what_the_catalog_does_not_have_is_kept() -> None:
    api = {
        "1": {"class_type": "Not Here", "inputs": {"x": 3, "text": "a\nb", "list": {"__value__": [1, {"a": 2}]}}},
        "2": {"class_type": "Save", "inputs": {"images": ["1", 2], "extra": 1.5}},
        "3": {"class_type": "Loose", "inputs": {}},
    }
    there_and_back(api, SMALL)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("@none\nSave", "stops before its end"),
        ("@none\nSave\n@end", "still has an open link"),
        ("@none\nSave &1\n@end", "0 finished outputs fit"),
        ("@none\nEncode +unheard_of ; Load", "not in the phrase table"),
        ("@none\nKSampler mode=1 mode=1", "out of order or repeated"),
        ('@none\nSave KSampler mode="broken', "an open quote"),
        ("any/a_b\nEncode @prompt Load @end @end", "after the end"),
        ("missing/model\nSave KSampler Load", "not a value of input 'ckpt_name'"),
    ],
)
def test_a_broken_script_says_where(script: str, message: str) -> None:
    with pytest.raises(WorkflowError, match=message):
        read_script(script, SMALL)


def test_a_link_of_the_wrong_type_is_named() -> None:
    api = {
        "1": {"class_type": "Load", "inputs": {"ckpt_name": "a b.safetensors"}},
        "2": {"class_type": "Save", "inputs": {"images": ["1", 0]}},
    }
    with pytest.raises(WorkflowError, match="Save.images takes IMAGE, but it is linked to output 0 of Load"):
        write_script(from_api(api), SMALL)
