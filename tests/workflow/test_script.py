"""Scripts: every workflow there and back, and a prompt that is never anything but data."""

from __future__ import annotations

import json
import random
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


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("@none\nSave filename=##" + json.dumps("[" * 2000 + "]" * 2000), r"nested too deeply \(line 2\)"),
        ("@none\nKSampler seed=" + "9" * 4301, r"not a value of input 'seed' \(line 2\)"),
        ("@none\nKSampler mode=##" + json.dumps("9" * 4301), r"is not JSON .*\(line 2\)"),
        ("@none\nSave\n&" + "9" * 4301, r"0 finished outputs fit \(line 3\)"),
        ("@none\nSave\n\nLoad:" + "9" * 4301, r"4301 digits \(line 4\)"),
        ("@none\nSave Load:7", r"Load has 2 outputs \(line 2\)"),
        ("@none\nSave Save", r"Save has 0 outputs"),
        ("@none\nSave &²", "0 finished outputs fit"),
        ("@none\nKSampler seed=nan", "not a value of input 'seed'"),
        ("@none\nKSampler seed=1e999", "not a value of input 'seed'"),
        ("@none\nKSampler seed=1_000", "not a value of input 'seed'"),
        ('@none\nKSampler mode=##"NaN"', "nan is not a JSON number"),
        ('@none\nKSampler mode=##"[1e999]"', "not JSON"),
        ('@none\nKSampler mode=#"\\ud800"', "half a surrogate pair"),
        ('@none\n"\\ud800"', "half a surrogate pair"),
        ("@none\n" + "Foo x> " * 6000, "more than 5000 nodes"),
        ("@none\nFoo " + " ".join(f"i{number}>" for number in range(2000)), "more than 1000 undeclared links"),
        ("@none\n" + "Foo " * 1_100_000, "4400006 characters; at most 4000000"),
        ('@none\nSave\n\n KSampler mode="broken', r"an open quote\?\) \(line 4\)"),
    ],
    ids=range(19),
)
def test_what_is_too_long_too_deep_or_no_number_is_refused(script: str, message: str) -> None:
    with pytest.raises(WorkflowError, match=message):
        read_script(script, SMALL)


def test_damaged_scripts_end_in_an_error_that_says_what_is_wrong(catalog: Catalog) -> None:
    """Anything but a WorkflowError would be a traceback at the command line."""
    draw = random.Random(0)
    texts = [
        render(write_script(from_api(saved["api"]), catalog), catalog) for saved in list(own_workflows().values())[:6]
    ]
    marks = [
        *'"\\#&@+=>!;:{}[]\n ',
        "##",
        "&1",
        ":9",
        "@end",
        "@prompt",
        "@prompt+",
        "=",
        "[[",
        "\ud800",
        "²",
        "9" * 400,
    ]
    read = 0
    for _ in range(1500):
        text = draw.choice(texts)
        for _ in range(draw.randint(1, 4)):
            place, length = draw.randrange(len(text)), draw.choice((0, 0, 1, 1, 5, 40))
            text = text[:place] + draw.choice(marks) + text[place + length :]
        try:
            read_script(text, catalog)
            read += 1
        except WorkflowError as error:
            assert "script:" in str(error)
    assert 0 < read < 1500


def test_an_option_of_an_optional_dynamic_combo_brings_its_files() -> None:
    """A file is always written; here it is so after a setting."""
    option = {
        "key": "file",
        "inputs": {"required": {"lora_name": [["a.safetensors", "b.safetensors"]], "n": ["INT", {}]}},
    }
    info = {
        "Load": {
            "input": {"optional": {"how": ["COMFY_DYNAMICCOMBO_V3", {"options": [option]}], "z": ["INT", {}]}},
            "output": [],
            "output_node": True,
        }
    }
    small = catalog_from_object_info(info)
    for inputs in (
        (("how", "file"), ("how.lora_name", "b.safetensors"), ("how.n", 3), ("z", 5)),
        (("how", "file"), ("how.lora_name", "a.safetensors"), ("how.n", 0), ("z", 0)),
        (("z", 7),),
    ):
        workflow = Workflow((Node("Load", inputs),))
        choices = write_script(workflow, small)
        assert read_script(choices, small).signature() == workflow.signature()
        assert read_script(render(choices, small), small).signature() == workflow.signature()
