"""Every value that is written is one that ComfyUI accepts, however oddly a class declares its inputs."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest
from installations import SD15, installation, walk
from odd_classes import NAMES, odd_dynamic_class, odd_inputs

from nodewright.workflow.api_format import to_api
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info, node_class
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import ConstraintError, Grammar
from nodewright.workflow.graph import Link, Node, Seed, Workflow
from nodewright.workflow.script.builder import Builder
from nodewright.workflow.script.options import MAXIMUM_OPTIONS
from nodewright.workflow.script.script import read_script, render, write_script
from nodewright.workflow.script.values import default_of, read_value, value_choices, write_value
from nodewright.workflow.validate import validate


def described(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """A class that takes a picture and other inputs, and returns a picture."""
    return {
        "input": {"required": {"image": ["IMAGE"], **required}, "optional": optional or {}},
        "output": ["IMAGE"],
        "output_is_list": [False],
        "category": "image",
        "output_node": False,
    }


@pytest.fixture(scope="module")
def core(object_info: dict[str, Any]) -> dict[str, Any]:
    """The object_info of a ComfyUI with few classes, so that what must be added is added soon."""
    return {name: object_info[name] for name in CORE}


def written(info_of_all: dict[str, Any], name: str, info: dict[str, Any], seed: int = 9007199254740000) -> list[Any]:
    """The inputs of every node of a class in twelve walks that must contain it; each walk is valid and reads back."""
    catalog = installation({**info_of_all, name: info}, *SD15)
    grammar = Grammar(catalog, Constraints(required=(name,)))
    found = []
    for number in range(12):
        state = walk(grammar.start(), random.Random(number))
        workflow = state.workflow()
        api = to_api(workflow, prompt="a cat", seed=seed)
        assert validate(api, catalog) == []
        assert read_script(render(state.choices_made, catalog), catalog) == workflow
        assert write_script(workflow, catalog) == state.choices_made
        found += [node["inputs"] for node in api.values() if node["class_type"] == name]
    assert len(found) >= 12
    return found


def values(found: list[Any], name: str) -> set[Any]:
    return {inputs[name] for inputs in found}


# ---- seeds -------------------------------------------------------------------------------------------------------


def test_a_seed_lies_in_the_range_of_its_own_input(core: dict[str, Any]) -> None:
    grain = described({"seed": ["INT", {"default": 1, "min": 1, "max": 1000}]})
    found = written(core, "FilmGrain", grain)
    assert all(1 <= seed <= 1000 for seed in values(found, "seed"))
    assert len(values(found, "seed")) > 1


@pytest.mark.parametrize(
    ("limits", "seed", "value"),
    [
        ({}, 2**64 - 1, 2**64 - 1),
        ({"min": 1, "max": 1000}, 7, 7),
        ({"min": 1, "max": 1000}, 0, 1),
        ({"min": 1, "max": 1000}, 2001, 2),
        ({"max": 4294967295}, 9007199254740000, 9007199254740000 % 2**32),
        ({"min": -(2**50), "max": 2**50}, 2**52 + 5, 2**52 + 5 - 3 * (2**50 + 1) - 1 * (2**50 + 1)),
        ({"min": 5, "max": 5}, 123, 5),
        ({"min": -9, "max": -2}, 0, -9),
        ({"min": 0.5, "max": 3.5}, 4, 2),
        ({"min": 2**60}, 3, 2**60 + 3),
    ],
)
def test_seeds_beyond_the_range_are_moved_into_it(limits: dict[str, Any], seed: int, value: int) -> None:
    spec = node_class("A", described({"seed": ["INT", limits]})).inputs[1]
    workflow = Workflow((Node("A", (("seed", default_of(spec)),)),))
    assert to_api(workflow, prompt="", seed=lambda n: seed)["1"]["inputs"]["seed"] == value


def test_a_seed_is_the_same_placeholder_whatever_its_range() -> None:
    assert Seed(1, 1000) == Seed() and hash(Seed(1, 1000)) == hash(Seed())


# ---- defaults ----------------------------------------------------------------------------------------------------


def test_a_default_that_is_no_option_is_replaced(core: dict[str, Any]) -> None:
    info = described({"mode": [["a", "b"], {"default": "c"}]})
    assert values(written(core, "Attention", info), "mode") == {"a", "b"}


def test_a_default_of_another_type_is_replaced(core: dict[str, Any]) -> None:
    info = described(
        {
            "sage": [["disabled", "auto"], {"default": False}],
            "which": ["COMBO", {"options": ["1st", "2nd"], "default": 0}],
        }
    )
    found = written(core, "Attention", info)
    assert values(found, "sage") == {"disabled", "auto"} and values(found, "which") == {"1st", "2nd"}


@pytest.mark.parametrize(
    ("declared", "allowed"),
    [
        (["INT", {"default": 99, "min": 0, "max": 3}], {0, 1, 2, 3}),
        (["INT", {"default": "many", "min": -2, "max": -1}], {-2, -1}),
        (["INT", {"min": -9, "max": -8}], {-9, -8}),
        (["FLOAT", {"default": -1.0, "min": 0.25, "max": 0.3, "step": 1}], {0.25}),
        (["FLOAT", {"default": [1], "min": 2.0, "max": 2.0}], {2.0}),
        (["INT", {"default": 7, "min": 1, "max": 5, "step": 2}], {1, 3, 5}),
    ],
)
def test_a_number_out_of_range_is_replaced(core: dict[str, Any], declared: list[Any], allowed: set[Any]) -> None:
    assert values(written(core, "Amount", described({"amount": declared})), "amount") <= allowed


def test_whole_numbers_are_counted_from_the_minimum(core: dict[str, Any]) -> None:
    """As the frontend's widget does: a kernel of 1, 3, 5, ... can be set, and none of 2, 4, 6, ...."""
    info = described({"kernel": ["INT", {"default": 3, "min": 1, "max": 31, "step": 2}]})
    found = values(written(core, "Blur", info), "kernel")
    assert all(number % 2 == 1 for number in found) and len(found) > 1


# ---- combos ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", [[[]], ["COMBO", {"options": []}], [[], {"default": "gone"}], ["COMBO", {}]])
def test_an_optional_combo_without_options_is_left_out(core: dict[str, Any], declared: list[Any]) -> None:
    for name in ("model_name", "vae_name"):  # with a folder of model files, or without
        found = written(core, "Detector", described({}, {name: declared}))
        assert all(name not in inputs for inputs in found)


def test_a_class_whose_combo_is_empty_is_not_available_and_the_error_says_why(core: dict[str, Any]) -> None:
    catalog = installation({**core, "Detector": described({"model": [[]]})}, *SD15)
    with pytest.raises(ConstraintError, match="'Detector'.*'model' has nothing to choose from"):
        Grammar(catalog, Constraints(required=("Detector",)))


def test_a_number_that_nothing_fits_makes_a_class_unavailable(core: dict[str, Any]) -> None:
    catalog = installation({**core, "Odd": described({"n": ["INT", {"min": 3, "max": 1}]})}, *SD15)
    with pytest.raises(ConstraintError, match="'Odd'.*'n'"):
        Grammar(catalog, Constraints(required=("Odd",)))
    found = written(core, "Odd", described({}, {"n": ["INT", {"min": 3, "max": 1}]}))
    assert all("n" not in inputs for inputs in found)


def test_options_may_be_numbers(core: dict[str, Any]) -> None:
    info = described({"factor": [[1, 2, 4], {"default": 2}], "level": [[0, 1, 2]], "half": [[0.5, 1.5]]})
    found = written(core, "Enlarge", info)
    assert values(found, "factor") == {1, 2, 4} and {0} < values(found, "level") <= {0, 1, 2}
    assert all(type(inputs["factor"]) is int and type(inputs["half"]) is float for inputs in found)


MIXED: list[Any] = [
    "1",
    1,
    "true",
    True,
    1.5,
    "1.5",
    "",
    " ",
    "@end",
    "&1",
    "x=",
    ";",
    '#"a"',
    '"',
    "a\nb",
    "b!",
    False,
    "\u2028",
]


def test_options_that_look_alike_are_told_apart() -> None:
    catalog = catalog_from_object_info({"A": described({"x": [MIXED]})})
    spec = catalog.classes["A"].inputs[1]
    forms = [write_value(option, spec, catalog) for option in MIXED]
    assert len(set(forms)) == len(MIXED) and set(value_choices(spec, catalog)) == set(forms)
    for option, form in zip(MIXED, forms, strict=True):
        read = read_value(form, spec, catalog)
        assert read == option and type(read) is type(option)
    for other in (0, 2, "2", "false", None, 1e300, "any/x"):  # what is no option is kept as well
        read = read_value(write_value(other, spec, catalog), spec, catalog)
        assert read == other and type(read) is type(other)


def test_an_option_that_looks_like_a_files_name_in_scripts_is_told_apart() -> None:
    loader = {"input": {"required": {"lora_name": [["None", "any/ink", "ink.safetensors"]]}}, "output": ["MODEL"]}
    catalog = catalog_from_object_info({"Load": loader})
    spec = catalog.classes["Load"].inputs[0]
    assert catalog.by_alias("any/ink") is not None
    for option in spec.options:
        assert read_value(write_value(option, spec, catalog), spec, catalog) == option


def test_of_very_many_options_the_first_are_offered(core: dict[str, Any]) -> None:
    """100,000 options: in a time that grows with the square of their number, this would take an hour."""
    options = [f"style number {number}" for number in range(100_000)]
    catalog = installation({**core, "Styles": described({"style": [options, {"default": "gone"}]})}, *SD15)
    spec = catalog.classes["Styles"].inputs[1]
    assert list(map(spec.options.__getitem__, range(3))) == options[:3]
    assert len(value_choices(spec, catalog)) == MAXIMUM_OPTIONS
    assert all(read_value(write_value(one, spec, catalog), spec, catalog) == one for one in options)
    assert validate(to_api(_one_of(catalog, "Styles", options[-1]), prompt="", seed=0), catalog) == []
    grammar = Grammar(catalog, Constraints(required=("Styles",)))
    for number in range(3):
        assert validate(walk(grammar.start(), random.Random(number)).workflow(), catalog) == []


def _one_of(catalog: Catalog, class_type: str, style: str) -> Workflow:
    empty = Node("EmptyImage", (("width", 64), ("height", 64), ("batch_size", 1), ("color", 0)))
    styled = Node(class_type, (("image", Link(0, 0)), ("style", style)))
    return Workflow((empty, styled, Node("SaveImage", (("images", Link(1, 0)), ("filename_prefix", "x")))))


# ---- names of classes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_class_may_have_any_name(name: str, core: dict[str, Any]) -> None:
    written(core, name, described({"n": ["INT", {"default": 1, "min": 0, "max": 9}]}))


CORE = (
    "CheckpointLoaderSimple", "CLIPTextEncode", "KSampler", "EmptyLatentImage", "VAEDecode", "SaveImage", "EmptyImage",
    "ImageInvert", "SolidMask", "InvertMask",
)  # fmt: skip


def test_any_output_of_a_class_with_any_name_reads_back() -> None:
    def made(name: str) -> dict[str, Any]:
        return {"input": {"required": {}}, "output": ["A", "B", "B"], "output_node": False}

    info = {name: made(name) for name in NAMES} | {
        "End": {"input": {"required": {"b": ["B"], "c": ["B"]}}, "output": [], "output_node": True}
    }
    catalog = catalog_from_object_info(info)
    for name in NAMES:
        workflow = Workflow((Node(name, ()), Node("End", (("b", Link(0, 2)), ("c", Link(0, 1))))))
        choices = write_script(workflow, catalog)
        assert read_script(choices, catalog) == workflow == read_script(render(choices, catalog), catalog)


# ---- inputs that grow, match, or depend on an option -------------------------------------------------------------


def test_whatever_grows_matches_or_depends_is_valid_and_reads_back(core: dict[str, Any]) -> None:
    written_ones = 0
    for seed in range(60):
        info = odd_dynamic_class(random.Random(seed))
        catalog = installation({**core, "Odd": info}, *SD15)
        try:
            grammar = Grammar(catalog, Constraints(required=("Odd",), max_nodes=40))
        except ConstraintError as error:
            assert "its input" in str(error), info
            continue
        for number in range(2):
            state = walk(grammar.start(), random.Random(number))
            workflow = state.workflow()
            assert validate(workflow, catalog) == [], info
            assert read_script(render(state.choices_made, catalog), catalog) == workflow, info
            assert write_script(workflow, catalog) == state.choices_made, info
            written_ones += 1
    assert written_ones > 60


def test_an_output_that_matches_an_input_has_its_type_wherever_it_is_linked(core: dict[str, Any]) -> None:
    """The node is there for its other output; the one that matches holds what was linked, here a picture."""
    match = ["COMFY_MATCHTYPE_V3", {"template": {"template_id": "t", "allowed_types": "*"}}]
    both = {
        "input": {"required": {"x": match, "image": ["IMAGE"]}}, "output": ["*", "IMAGE"],
        "output_matchtypes": ["t", None], "category": "image", "output_node": False,
    }  # fmt: skip
    catalog = catalog_from_object_info({**core, "Both": both})
    choices = ["@none", "SaveImage", "Both:1", "EmptyImage", "&1"]
    state = Builder(catalog)
    for choice in choices:
        state.choose(choice)
    assert [(output.slot, output.type) for output in state.candidates(("IMAGE",))][0] == (0, "IMAGE")
    assert all(output.slot != 0 or output.node != 1 for output in state.candidates(("VAE",)))


# ---- what ComfyUI accepts ----------------------------------------------------------------------------------------


def test_comfyui_accepts_what_is_written_for_odd_classes(
    comfyui_modules: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    import execution
    import folder_paths

    import nodes
    from nodewright.nodes.class_descriptions import class_texts

    (tmp_path / SD15[0][1]).write_bytes(b"")
    monkeypatch.setitem(folder_paths.folder_names_and_paths, "checkpoints", ([str(tmp_path)], {".safetensors"}))
    monkeypatch.setattr(folder_paths, "filename_list_cache", {})
    seed = pytestconfig.getoption("walk_seed") or 0
    draw = random.Random(seed)
    odd: dict[str, Any] = {}
    for number in range(40):
        name = f"{draw.choice(NAMES[:-1])}{number}"
        inputs = odd_inputs(draw)
        odd[name] = type("Odd", (), {
            "INPUT_TYPES": classmethod(lambda cls, inputs=inputs: inputs), "RETURN_TYPES": ("IMAGE",),
            "FUNCTION": "run", "CATEGORY": "image",
        })  # fmt: skip
        monkeypatch.setitem(nodes.NODE_CLASS_MAPPINGS, name, odd[name])
    info = {name: json.loads(text) for name, text in class_texts().items() if name in (*CORE, *odd)}
    catalog = installation(info, *SD15)
    assert not catalog.left_out
    for name, cls in odd.items():
        grammar = Grammar(catalog, Constraints(required=(name,)))
        for number in range(4):
            api = to_api(walk(grammar.start(), random.Random(number)).workflow(), prompt="a cat", seed=2**52 + number)
            verdict = asyncio.run(execution.validate_prompt("odd", json.loads(json.dumps(api, allow_nan=False)), None))
            assert verdict[0] and not verdict[3], (name, cls.INPUT_TYPES(), verdict[1], verdict[3])
