"""A class that cannot be read takes no other away, whatever is wrong with it; neither does a whole file end badly."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from damage_json import damaged
from installations import SD15, installation, walk

from nodewright.workflow.api_format import to_api
from nodewright.workflow.catalog.cache import from_json, load_catalog, to_json
from nodewright.workflow.catalog.object_info import CatalogError, catalog_from_object_info
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import ConstraintError, Grammar
from nodewright.workflow.script.script import read_script, render
from nodewright.workflow.validate import validate


def described(declared: Any, **changes: Any) -> dict[str, Any]:
    """A class with an input `x` that is declared as given, and with other things changed."""
    return {
        "input": {"required": {"image": ["IMAGE"], "x": declared}}, "output": ["IMAGE"], "output_is_list": [False],
        "category": "image", "output_node": False, **changes,
    }  # fmt: skip


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def nested_branches(depth: int) -> Any:
    declared: Any = ["INT", {}]
    for _ in range(depth):
        declared = ["COMFY_DYNAMICCOMBO_V3", {"options": [{"key": "k", "inputs": {"required": {"y": declared}}}]}]
    return declared


def grown(**template: Any) -> list[Any]:
    return ["COMFY_AUTOGROW_V3", {"template": {"input": {"required": {"i": ["IMAGE"]}}, **template}}]


UNREADABLE: dict[str, Any] = {
    "null": None,
    "number": 3,
    "text": "IMAGE",
    "list": [],
    "empty": {},
    "no inputs": {"output": ["IMAGE"]},
    "inputs are a list": {"input": []},
    "group is a list": {"input": {"required": ["image"]}},
    "group is a number": {"input": {"required": 5}},
    "output is text": described(["INT"], output="IMAGE"),
    "output is an object": described(["INT"], output={"0": "IMAGE"}),
    "output is a number": described(["INT"], output=[4]),
    "a comma forgotten": described(["INT"], output_is_list=True),
    "is_list is text": described(["INT"], output_is_list="no"),
    "is_list is a number": described(["INT"], output_is_list=1),
    "matches are a number": described(["INT"], output_matchtypes=7),
    "matches are objects": described(["INT"], output_matchtypes=[{"a": 1}]),
    "too many outputs": described(["INT"], output=["IMAGE"] * 5000),
    "input is text": described("IMAGE"),
    "input is null": described(None),
    "input is an object": described({"type": "INT"}),
    "input is empty": described([]),
    "type is a number": described([7]),
    "type is null": described([None]),
    "type is an object": described([{}]),
    "type is empty": described([""]),
    "options are text": described(["COMBO", {"options": "ab"}]),
    "options are a number": described(["COMBO", {"options": 5}]),
    "extra is a list": described(["INT", []]),
    "extra is text": described(["INT", "5"]),
    "minimum is text": described(["INT", {"min": "0"}]),
    "maximum is a list": described(["FLOAT", {"max": [1]}]),
    "default is deep": described(["STRING", {"default": nested(150)}]),
    "default is half a pair": described(["STRING", {"default": "\ud800"}]),
    "default holds NaN": described(["STRING", {"default": [float("nan")]}]),
    "branches are text": described(["COMFY_DYNAMICCOMBO_V3", {"options": "ab"}]),
    "branch is text": described(["COMFY_DYNAMICCOMBO_V3", {"options": ["a"]}]),
    "branch has no key": described(["COMFY_DYNAMICCOMBO_V3", {"options": [{"inputs": {}}]}]),
    "branch inputs are text": described(["COMFY_DYNAMICCOMBO_V3", {"options": [{"key": "a", "inputs": "b"}]}]),
    "branches in branches": described(nested_branches(60)),
    "no template": described(["COMFY_AUTOGROW_V3", {}]),
    "template is text": described(["COMFY_AUTOGROW_V3", {"template": "a"}]),
    "grows without end": described(grown(prefix="p", max=10**9)),
    "grows by text": described(grown(prefix="p", max="9")),
    "names are a number": described(grown(names=4)),
    "minimum of growth is text": described(grown(names=["a"], min="x")),
    "match without template": described(["COMFY_MATCHTYPE_V3", {}]),
    "name of an input is half a pair": {"input": {"required": {"\udfff": ["INT"]}}},
    "too many inputs": {"input": {"required": {f"i{number}": ["IMAGE"] for number in range(5000)}}},
}
READABLE: dict[str, Any] = {
    "order is text": described(["INT"], input_order="abc"),
    "order is a number": described(["INT"], input_order={"required": 4}),
    "order names others": described(["INT"], input_order={"required": ["gone", "x"]}),
    "no outputs": described(["INT"], output=None, output_node=True),
    "no limit": described(["FLOAT", {"max": float("inf")}]),
    "limits cross": described(["INT", {"min": 3, "max": 1}]),
    "step is text": described(["INT", {"step": "a"}]),
    "limits of 300 digits": described(["INT", {"min": -(10**300), "max": 10**307}]),
    "options of all kinds": described([[1, None, {}, [], "a"]]),
    "options are none": described([[]]),
    "extra is null": described(["INT", None]),
    "category is a number": described(["INT"], category=5),
    "display name is a list": described(["INT"], display_name=[]),
    "hidden is text": {"input": {"hidden": "x"}, "output": []},
    "names of outputs differ": described(["INT"], output_name=[1, 2, 3]),
    "grows backwards": described(grown(prefix="p", max=-4)),
    "tooltip is deep": described(["INT", {"tooltip": nested(150)}]),
}


def test_what_is_wrong_with_one_class_leaves_all_others(object_info: dict[str, Any]) -> None:
    catalog = installation({**object_info, **UNREADABLE, **READABLE, "": described(["INT"]), "\ud800": {}}, *SD15)
    assert set(catalog.left_out) == {*UNREADABLE, "", "\ud800"}
    assert set(catalog.classes) == {*object_info, *READABLE}
    for name in UNREADABLE:
        assert f"'{name}'" in catalog.left_out[name] and len(catalog.left_out[name]) < 400
    for seed in range(3):
        walk(Grammar(catalog).start(), random.Random(seed))


@pytest.mark.parametrize("name", ["a comma forgotten", "grows without end"])
def test_requiring_such_a_class_says_what_is_wrong(name: str, object_info: dict[str, Any]) -> None:
    catalog = installation({**object_info, name: UNREADABLE[name]}, *SD15)
    with pytest.raises(ConstraintError, match=f"'{name}' cannot be read"):
        Grammar(catalog, Constraints(required=(name,)))


def test_what_is_left_out_is_named_from_the_cache_as_well(object_info: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "info.json"
    path.write_text(json.dumps({"A": UNREADABLE["a comma forgotten"], "B": described(["INT"])}), encoding="utf-8")
    for _ in range(2):
        catalog = load_catalog(path, None, tmp_path / "cache")
        assert set(catalog.classes) == {"B"} and "'A'" in catalog.left_out["A"]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000 + "]" * 5000,
        '{"a":' * 5000 + "1" + "}" * 5000,
        '{"A":{"input":{"required":{"x":["INT",{"max":' + "9" * 4301 + "}]}}}}",
        "",
        "\x00\x01",
        "[1, 2]",
        "null",
        '"text"',
        '{"a": 1}',
        '{"3": {"class_type": "KSampler", "inputs": {}}}',
        '{"nodes": [], "links": []}',
        '{"KSampler": {"inp',
    ],
    ids=range(12),
)
def test_a_file_that_is_no_object_info(text: str, tmp_path: Path) -> None:
    path = tmp_path / "info.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError, match="object_info"):
        load_catalog(path, None, tmp_path / "cache")


def test_of_two_inputs_of_one_name_the_required_one_counts() -> None:
    info = {"input": {"required": {"x": ["INT", {"max": 3}]}, "optional": {"x": ["FLOAT"], "y": ["INT"]}}, "output": []}
    specs = catalog_from_object_info({"A": info}).classes["A"].inputs
    assert [(spec.name, spec.kind, spec.required) for spec in specs] == [("x", "int", True), ("y", "int", False)]


def test_whatever_is_left_of_damaged_classes_makes_workflows_that_run(object_info: dict[str, Any]) -> None:
    """Damage that leaves a class readable may still declare what cannot be filled or written."""
    loaders = ("CheckpointLoaderSimple", "CLIPTextEncode", "KSampler", "EmptyLatentImage", "VAEDecode", "SaveImage")
    image = [name for name, info in sorted(object_info.items()) if info["category"].startswith(("image", "latent"))]
    core = {name: object_info[name] for name in (*loaders, *image)}
    required = 0
    for seed in range(30):
        draw = random.Random(seed)
        names = draw.sample(image, 12)
        catalog = installation({**core, **{name: damaged(core[name], draw) for name in names}}, *SD15)
        assert from_json(json.loads(json.dumps(to_json(catalog)))).classes.keys() == catalog.classes.keys()
        for wanted in ((), *((name,) for name in names[:3] if name in catalog.classes)):
            try:
                grammar = Grammar(catalog, Constraints(required=wanted, max_nodes=40))
            except ConstraintError:
                continue
            state = walk(grammar.start(), draw)
            workflow = state.workflow()
            json.dumps(to_api(workflow, prompt="a cat", seed=2**52), allow_nan=False, ensure_ascii=False).encode(
                "utf-8"
            )
            assert validate(workflow, catalog) == [], (seed, wanted)
            assert read_script(render(state.choices_made, catalog), catalog) == workflow, (seed, wanted)
            required += bool(wanted)
    assert required > 10
