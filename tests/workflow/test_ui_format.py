"""UI format into API format."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from installation_data import NEWEST, SET_UP, own_workflows, read_object_info

from nodewright.training.corpus.synthesis.templates import Template, official_templates, text_to_image_templates
from nodewright.workflow.api_format import from_api
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info, node_class
from nodewright.workflow.graph import WorkflowError
from nodewright.workflow.script.values import default_of
from nodewright.workflow.ui_format import api_from_ui
from nodewright.workflow.widget_values import widget_values

SUBGRAPH, INNER = "aaaaaaaa-0000-0000-0000-000000000000", "bbbbbbbb-0000-0000-0000-000000000000"


def _class(required: dict[str, Any], outputs: list[str], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"input": {"required": required, "optional": optional or {}}, "output": outputs, "output_node": not outputs}


OBJECT_INFO = {
    "Load": _class({"file": [["a.safetensors", "b.safetensors"], {}]}, ["MODEL", "CLIP"]),
    "Lora": _class({"model": ["MODEL"], "clip": ["CLIP"], "strength": ["FLOAT", {"default": 1.0}]}, ["MODEL", "CLIP"]),
    "Encode": _class({"text": ["STRING", {"multiline": True}], "clip": ["CLIP"]}, ["CONDITIONING"]),
    "Sample": _class(
        {
            "model": ["MODEL"],
            "positive": ["CONDITIONING"],
            "seed": ["INT", {"default": 0, "control_after_generate": True}],
            "steps": ["INT", {"default": 20}],
            "tiled": ["BOOLEAN", {"default": False}],
        },
        ["IMAGE"],
    ),
    "Save": _class({"images": ["IMAGE"], "prefix": ["STRING", {"default": "ComfyUI"}]}, []),
    "LoadImage": _class({"image": [["x.png"], {"image_upload": True}]}, ["IMAGE"], {"channel": [["red", "alpha"], {}]}),
    "Resize": _class(
        {
            "image": ["IMAGE"],
            "how": [
                "COMFY_DYNAMICCOMBO_V3",
                {
                    "options": [
                        {"key": "size", "inputs": {"required": {"width": ["INT", {"default": 512}]}}},
                        {
                            "key": "factor",
                            "inputs": {"required": {"by": ["FLOAT", {"default": 2.0}], "mask": ["MASK", {}]}},
                        },
                    ]
                },
            ],
            "method": [["nearest", "area"], {}],
        },
        ["IMAGE"],
    ),
    "Batch": _class(
        {
            "images": [
                "COMFY_AUTOGROW_V3",
                {"template": {"input": {"required": {"image": ["IMAGE", {}]}}, "prefix": "image", "min": 1, "max": 9}},
            ]
        },
        ["IMAGE"],
    ),
    "Former": _class({"title": ["STRING", {"forceInput": True}], "size": ["INT", {"default": 4}]}, ["IMAGE"]),
    "Colors": _class({"colors": ["STRING", {}]}, ["IMAGE"]),
    "Number": _class({"value": ["INT", {"default": 0}]}, ["INT"]),
    "Compare": _class(
        {
            "a": ["*", {"default": 0}],
            "b": ["INT,FLOAT", {"default": 0}],
            "c": ["INT,FLOAT", {"default": 1, "widgetType": "INT"}],
            "comparison": [["==", ">"], {"default": "=="}],
            "color": ["COLOR", {"default": "#fff"}],
        },
        ["BOOLEAN"],
    ),
}


class Canvas:
    """Builds a graph in UI format."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.links: list[list[Any]] = []

    def node(
        self,
        number: int,
        kind: str,
        values: Any = None,
        inputs: dict[str, str] | None = None,
        outputs: str = "",
        **rest: Any,
    ) -> dict[str, Any]:
        """`inputs` are name -> type; a type in capitals after "w:" marks a widget's own input."""
        slots = []
        for name, declared in (inputs or {}).items():
            slot: dict[str, Any] = {"name": name, "type": declared.removeprefix("w:"), "link": None}
            if declared.startswith("w:"):
                slot["widget"] = {"name": name}
            slots.append(slot)
        made = {
            "id": number,
            "type": kind,
            "mode": 0,
            "inputs": slots,
            "outputs": [{"name": name, "type": name, "links": []} for name in outputs.split()],
            "properties": {},
            "widgets_values": values,
            **rest,
        }
        self.nodes.append(made)
        return made

    def link(self, source: int, slot: int, target: int, name: str) -> None:
        """Links an output to an input; -10 and -20 are a subgraph's own inputs and outputs."""
        number = len(self.links) + 1
        nodes = {node["id"]: node for node in self.nodes}
        position = int(name) if target == -20 else [entry["name"] for entry in nodes[target]["inputs"]].index(name)
        if target != -20:
            nodes[target]["inputs"][position]["link"] = number
        if source != -10:
            nodes[source]["outputs"][slot]["links"].append(number)
        self.links.append([number, source, slot, target, position, "*"])

    def link_all(self, *links: tuple[int, int, int, str]) -> None:
        for link in links:
            self.link(*link)

    def ui(self, *subgraphs: dict[str, Any]) -> dict[str, Any]:
        return {
            "version": 0.4,
            "nodes": self.nodes,
            "links": self.links,
            "definitions": {"subgraphs": list(subgraphs)},
        }

    def subgraph(self, number: str, inputs: str, outputs: str) -> dict[str, Any]:
        keys = ("id", "origin_id", "origin_slot", "target_id", "target_slot", "type")
        return {
            "id": number,
            "name": "a subgraph",
            "nodes": self.nodes,
            "links": [dict(zip(keys, link, strict=True)) for link in self.links],
            "inputNode": {"id": -10},
            "outputNode": {"id": -20},
            "inputs": [{"name": name} for name in inputs.split()],
            "outputs": [{"name": name} for name in outputs.split()],
        }


def _convert(ui: dict[str, Any]) -> dict[str, Any]:
    api = api_from_ui(ui, OBJECT_INFO)
    from_api(api)
    return api


def _line(middle: str = "Lora", mode: int = 0) -> Canvas:
    """Load -> a node with a model and a clip -> Encode, Sample -> Save."""
    canvas = Canvas()
    canvas.node(1, "Load", ["b.safetensors"], outputs="MODEL CLIP")
    canvas.node(2, middle, [0.5], {"model": "MODEL", "clip": "CLIP"}, "MODEL CLIP", mode=mode)
    canvas.node(3, "Encode", ["a cat"], {"clip": "CLIP"}, "CONDITIONING", title="What to draw")
    canvas.node(4, "Sample", [7, "randomize", 9, True], {"model": "MODEL", "positive": "CONDITIONING"}, "IMAGE")
    canvas.node(5, "Save", ["out"], {"images": "IMAGE"})
    canvas.link_all(
        (1, 0, 2, "model"),
        (1, 1, 2, "clip"),
        (2, 0, 4, "model"),
        (2, 1, 3, "clip"),
        (3, 0, 4, "positive"),
        (4, 0, 5, "images"),
    )
    return canvas


def test_a_plain_workflow() -> None:
    assert _convert(_line().ui()) == {
        "1": {"class_type": "Load", "inputs": {"file": "b.safetensors"}},
        "2": {"class_type": "Lora", "inputs": {"model": ["1", 0], "clip": ["1", 1], "strength": 0.5}},
        "3": {
            "class_type": "Encode",
            "inputs": {"text": "a cat", "clip": ["2", 1]},
            "_meta": {"title": "What to draw"},
        },
        "4": {
            "class_type": "Sample",
            "inputs": {"model": ["2", 0], "positive": ["3", 0], "seed": 7, "steps": 9, "tiled": True},
        },
        "5": {"class_type": "Save", "inputs": {"images": ["4", 0], "prefix": "out"}},
    }


def test_a_catalog_serves_as_well_as_object_info() -> None:
    assert api_from_ui(_line().ui(), catalog_from_object_info(OBJECT_INFO)) == _convert(_line().ui())


def test_version_1_writes_links_as_objects() -> None:
    old = _line().ui()
    new = _line().subgraph("x", "", "")
    assert _convert({**new, "version": 1}) == _convert(old)


def test_bypassed_nodes_pass_on_by_type() -> None:
    api = _convert(_line(mode=4).ui())
    assert "2" not in api
    assert api["4"]["inputs"]["model"] == ["1", 0]
    assert api["3"]["inputs"]["clip"] == ["1", 1]


def test_a_bypassed_node_passes_nothing_of_another_type() -> None:
    canvas = _line()
    canvas.nodes[2]["mode"] = 4  # Encode: clip in, conditioning out
    api = _convert(canvas.ui())
    assert "3" not in api
    assert "positive" not in api["4"]["inputs"]


def test_muted_nodes_give_nothing() -> None:
    api = _convert(_line(mode=2).ui())
    assert "2" not in api
    assert "model" not in api["4"]["inputs"]
    assert "clip" not in api["3"]["inputs"]


def test_reroutes_and_notes() -> None:
    canvas = _line()
    canvas.node(8, "Reroute", None, {"": "*"}, "*")
    canvas.node(9, "Reroute", None, {"": "*"}, "*")
    canvas.node(10, "Note", ["remember"])
    canvas.node(11, "MarkdownNote", ["# remember"])
    canvas.node(12, "Some frontend decoration", ["unlinked"])
    canvas.link(1, 0, 8, "")
    canvas.link(8, 0, 9, "")
    canvas.link(9, 0, 4, "model")
    api = _convert(canvas.ui())
    assert api["4"]["inputs"]["model"] == ["1", 0]
    assert set(api) == {"1", "2", "3", "4", "5"}


def test_nodes_that_mute_and_bypass_others_are_no_part_of_the_workflow() -> None:
    """As rgthree's nodes are wired: what is to be switched leads into one of them, and that into the next."""
    canvas = _line()
    canvas.node(8, "Fast Groups Muter (rgthree)", None, None, "*")
    canvas.node(9, "Node Collector (rgthree)", None, {"VAE Decode": "*", "other": "*"}, "*")
    canvas.node(10, "Mute / Bypass Repeater (rgthree)", None, {"": "*"}, "*")
    canvas.node(11, "Fast Bypasser (rgthree)", [True], {"repeater": "*", "group": "*"}, "*")
    canvas.link_all(
        (4, 0, 9, "VAE Decode"),
        (2, 1, 9, "other"),
        (9, 0, 10, ""),
        (10, 0, 11, "repeater"),
        (8, 0, 11, "group"),
    )
    assert _convert(canvas.ui()) == _convert(_line().ui())


@pytest.mark.parametrize(("setter", "getter"), [("SetNode", "GetNode"), ("easy setNode", "easy getNode")])
def test_set_and_get_nodes(setter: str, getter: str) -> None:
    canvas = _line()
    canvas.node(8, setter, ["the model"], {"MODEL": "MODEL"}, "*")
    canvas.node(9, getter, ["the model"], None, "MODEL")
    canvas.link(1, 0, 8, "MODEL")
    canvas.link(9, 0, 4, "model")
    assert _convert(canvas.ui())["4"]["inputs"]["model"] == ["1", 0]
    canvas.nodes[-1]["widgets_values"] = ["another"]
    with pytest.raises(WorkflowError, match="node '9' .*'another'"):
        _convert(canvas.ui())


def test_primitive_nodes_give_their_value() -> None:
    canvas = Canvas()
    canvas.node(1, "PrimitiveNode", [33, "fixed"], outputs="INT")
    canvas.node(2, "Sample", [7, "fixed", 9, True], {"steps": "w:INT"}, "IMAGE")
    canvas.link(1, 0, 2, "steps")
    assert _convert(canvas.ui()) == {
        "2": {"class_type": "Sample", "inputs": {"seed": 7, "steps": 33, "tiled": True}},
    }


def test_a_converted_widget_takes_its_link_and_keeps_its_slot() -> None:
    canvas = Canvas()
    canvas.node(1, "Number", [5], outputs="INT")
    canvas.node(2, "Sample", [7, "fixed", 9, True], {"seed": "w:INT"}, "IMAGE")
    canvas.link(1, 0, 2, "seed")
    assert _convert(canvas.ui())["2"]["inputs"] == {"seed": ["1", 0], "steps": 9, "tiled": True}


# ---- subgraphs ---------------------------------------------------------------------------------------------------


def _subgraph(number: str = SUBGRAPH) -> dict[str, Any]:
    """Encode and Sample, with inputs model, clip, text and steps."""
    inside = Canvas()
    inside.node(1, "Encode", ["inside"], {"text": "w:STRING", "clip": "CLIP"}, "CONDITIONING")
    inside.node(
        2,
        "Sample",
        [7, "fixed", 9, True],
        {"model": "MODEL", "positive": "CONDITIONING", "steps": "w:INT"},
        "IMAGE",
    )
    inside.link(-10, 0, 2, "model")
    inside.link(-10, 1, 1, "clip")
    inside.link(-10, 2, 1, "text")
    inside.link(-10, 3, 2, "steps")
    inside.link(1, 0, 2, "positive")
    inside.link(2, 0, -20, "0")
    return inside.subgraph(number, "model clip text steps", "image")


HOST_INPUTS = {"model": "MODEL", "clip": "CLIP", "text": "w:STRING", "steps": "w:INT"}


def _hosted(values: Any, **rest: Any) -> Canvas:
    canvas = Canvas()
    canvas.node(1, "Load", ["b.safetensors"], outputs="MODEL CLIP")
    canvas.node(6, SUBGRAPH, values, HOST_INPUTS, "IMAGE", **rest)
    canvas.node(5, "Save", ["out"], {"images": "IMAGE"})
    canvas.link(1, 0, 6, "model")
    canvas.link(1, 1, 6, "clip")
    canvas.link(6, 0, 5, "images")
    return canvas


@pytest.mark.parametrize(
    ("values", "rest", "text", "steps"),
    [
        ([], {}, "inside", 9),
        (None, {}, "inside", 9),
        (["outside", 50], {}, "outside", 50),
        ({"text": "outside"}, {}, "outside", 9),
        ([], {"properties": {"proxyWidgets": [["1", "text"]]}}, "inside", 9),
        ([50, "outside"], {"properties": {"proxyWidgets": [["2", "steps"], ["1", "text"]]}}, "outside", 50),
        ([50, "outside"], {"properties": {"proxyWidgets": [["-1", "steps"], ["-1", "text"]]}}, "outside", 50),
        (["outside", 50], {"widgets_values_named": {"text": "stale", "steps": 1}}, "outside", 50),
    ],
)
def test_widgets_that_a_subgraph_shows(values: Any, rest: dict[str, Any], text: str, steps: int) -> None:
    api = _convert(_hosted(values, **rest).ui(_subgraph()))
    assert set(api) == {"1", "5", "6:1", "6:2"}
    assert api["6:1"]["inputs"] == {"text": text, "clip": ["1", 1]}
    assert api["6:2"]["inputs"] == {
        "model": ["1", 0],
        "positive": ["6:1", 0],
        "seed": 7,
        "steps": steps,
        "tiled": True,
    }
    assert api["5"]["inputs"]["images"] == ["6:2", 0]


def test_a_link_into_a_shown_widget() -> None:
    canvas = _hosted(["outside", 50])
    canvas.node(7, "Number", [5], outputs="INT")
    canvas.link(7, 0, 6, "steps")
    api = _convert(canvas.ui(_subgraph()))
    assert api["6:2"]["inputs"]["steps"] == ["7", 0]
    assert api["6:1"]["inputs"]["text"] == "outside"


@pytest.mark.parametrize(
    ("values", "inner_values", "text"), [(["outer"], ["inner"], "outer"), ([], ["inner"], "inner"), ([], [], "inside")]
)
def test_subgraphs_in_subgraphs(values: list[str], inner_values: list[str], text: str) -> None:
    outer = Canvas()
    outer.node(3, INNER, inner_values, HOST_INPUTS, "IMAGE")
    outer.link(-10, 0, 3, "model")
    outer.link(-10, 1, 3, "clip")
    outer.link(-10, 2, 3, "text")
    outer.link(3, 0, -20, "0")
    canvas = _hosted(values)
    api = _convert(canvas.ui(outer.subgraph(SUBGRAPH, "model clip text", "image"), _subgraph(INNER)))
    assert set(api) == {"1", "5", "6:3:1", "6:3:2"}
    assert api["6:3:1"]["inputs"] == {"text": text, "clip": ["1", 1]}
    assert api["5"]["inputs"]["images"] == ["6:3:2", 0]


def test_two_instances_of_one_subgraph() -> None:
    canvas = _hosted(["first", 1])
    canvas.node(8, SUBGRAPH, ["second", 2], HOST_INPUTS, "IMAGE")
    api = _convert(canvas.ui(_subgraph()))
    assert (api["6:1"]["inputs"]["text"], api["8:1"]["inputs"]["text"]) == ("first", "second")
    assert "clip" not in api["8:1"]["inputs"]


@pytest.mark.parametrize("mode", [2, 4])
def test_a_subgraph_that_does_not_run(mode: int) -> None:
    canvas = _hosted(["outside", 50], mode=mode)
    api = _convert(canvas.ui(_subgraph()))
    assert set(api) == {"1", "5"}
    assert "images" not in api["5"]["inputs"]


# ---- widgets_values ----------------------------------------------------------------------------------------------


def _values(kind: str, values: Any, **rest: Any) -> dict[str, Any]:
    cls = node_class(kind, OBJECT_INFO[kind])
    return widget_values(cls, {"id": 1, "widgets_values": values, **rest})


@pytest.mark.parametrize(
    ("kind", "values", "read"),
    [
        ("Sample", [7, "randomize", 9, True], {"seed": 7, "steps": 9, "tiled": True}),
        ("Sample", [7, True, 9, False], {"seed": 7, "steps": 9, "tiled": False}),
        ("Sample", [7, 9, 5], {"seed": 7, "steps": 5, "tiled": False}),  # 9 is what becomes of the seed
        ("Sample", [7, "fixed", 9], {"seed": 7, "steps": 9, "tiled": False}),
        ("Sample", [7, "fixed", 9, True, "more", 1], {"seed": 7, "steps": 9, "tiled": True}),
        ("Sample", [], {"seed": 0, "steps": 20, "tiled": False}),
        ("Sample", None, {"seed": 0, "steps": 20, "tiled": False}),
        ("Sample", {"steps": 3, "seed": 4, "unknown": 1}, {"seed": 4, "steps": 3, "tiled": False}),
        ("Sample", [None, "fixed", None, None], {"seed": None, "steps": None, "tiled": None}),
        ("Encode", [None], {"text": ""}),
        ("Number", [5, "increment"], {"value": 5}),
        ("Encode", ["randomize"], {"text": "randomize"}),
        ("LoadImage", ["x.png", "image", "alpha"], {"image": "x.png", "channel": "alpha"}),
        ("Resize", ["size", 300, "area"], {"how": "size", "how.width": 300, "method": "area"}),
        ("Resize", ["factor", 3.0, "area"], {"how": "factor", "how.by": 3.0, "method": "area"}),
        ("Resize", [None, None, "area"], {"how": "size", "how.width": None, "method": "area"}),
        ("Resize", {"how": "factor", "how.by": 4.0}, {"how": "factor", "how.by": 4.0, "method": "nearest"}),
        ("Former", [9], {"size": 9}),
        ("Former", ["a title", 9], {"size": 9}),
        ("Batch", [], {}),
        ("Compare", [3, ">", "#000"], {"c": 3, "comparison": ">", "color": "#000"}),
        ("Compare", {"a": 5, "comparison": ">"}, {"c": 1, "comparison": ">", "color": "#fff"}),
    ],
)
def test_widget_values(kind: str, values: Any, read: dict[str, Any]) -> None:
    assert _values(kind, values) == read


def test_a_number_left_out_is_the_smallest_allowed_as_a_script_reads_it() -> None:
    cls = node_class("Tile", {"input": {"required": {"size": ["INT", {"min": 64, "max": 512}]}}})
    assert widget_values(cls, {"id": 1}) == {"size": 64}
    assert default_of(cls.inputs[0]) == 64


def test_names_beside_the_values_say_which_is_which() -> None:
    """As another version of the class wrote them: it has an input more."""
    named = {"seed": 0, "control_after_generate": "fixed", "new": 1, "steps": 0, "tiled": False}
    assert _values("Sample", [7, "fixed", 1, 9, True], widgets_values_named=named) == {
        "seed": 7,
        "steps": 9,
        "tiled": True,
    }


def test_inputs_with_dots_are_linked_by_their_whole_name() -> None:
    canvas = Canvas()
    canvas.node(1, "LoadImage", ["x.png", "image", "red"], outputs="IMAGE")
    canvas.node(2, "Batch", None, {"images.image0": "IMAGE", "images.image1": "IMAGE"}, "IMAGE")
    canvas.node(3, "Resize", ["factor", 3.0, "area"], {"image": "IMAGE", "how.mask": "MASK"}, "IMAGE")
    canvas.link(1, 0, 2, "images.image0")
    canvas.link(1, 0, 2, "images.image1")
    canvas.link(2, 0, 3, "image")
    canvas.link(1, 0, 3, "how.mask")
    api = _convert(canvas.ui())
    assert api["2"]["inputs"] == {"images.image0": ["1", 0], "images.image1": ["1", 0]}
    assert api["3"]["inputs"]["how.mask"] == ["1", 0]


def test_values_that_are_lists_are_wrapped() -> None:
    canvas = Canvas()
    canvas.node(1, "Colors", [["#ff0000"]], outputs="IMAGE")
    assert _convert(canvas.ui())["1"]["inputs"] == {"colors": {"__value__": ["#ff0000"]}}


# ---- malformed ---------------------------------------------------------------------------------------------------


def _broken() -> Iterator[Any]:
    unknown = _line("Nowhere")
    yield pytest.param(unknown.ui(), "node '2': .*'Nowhere'", id="unknown class")
    yield pytest.param(_line("workflow>mine").ui(), "node '2': .*group node", id="group node")
    yield pytest.param(_hosted([]).ui(), f"node '6': its subgraph {SUBGRAPH}", id="no definition")
    inside = Canvas()
    inside.node(1, SUBGRAPH)
    yield pytest.param(_hosted([]).ui(inside.subgraph(SUBGRAPH, "", "")), "'6:1': .*contains itself", id="recursive")
    circle = _line()
    circle.node(8, "Reroute", None, {"": "*"}, "*")
    circle.link(8, 0, 8, "")
    circle.link(8, 0, 4, "model")
    yield pytest.param(circle.ui(), "leads back to itself", id="circle")
    yield pytest.param({"1": {"class_type": "A", "inputs": {}}}, "API format already", id="API format")
    others: tuple[Any, ...] = (None, [], "x", {}, {"nodes": {}})
    for value in others:
        yield pytest.param(value, "UI format", id=f"{value!r}")
    yield pytest.param({"nodes": [{"type": "Load"}]}, "no id or no type", id="no id")
    yield pytest.param({"nodes": [7]}, "no id or no type", id="no node")
    yield pytest.param({"nodes": [{"id": 1, "type": "Load", "inputs": [{}]}]}, "node '1'.*no name", id="no name")
    yield pytest.param({"nodes": [], "links": [[1, 2]]}, "link.*cannot be read", id="short link")
    yield pytest.param({"nodes": [], "links": [{"id": 1}]}, "link.*cannot be read", id="link without ends")
    yield pytest.param(
        {"nodes": [{"id": 1, "type": "Load", "widgets_values": 3}]}, "node '1': widgets_values", id="values"
    )


@pytest.mark.parametrize(("ui", "message"), list(_broken()))
def test_malformed(ui: Any, message: str) -> None:
    with pytest.raises(WorkflowError, match=message):
        api_from_ui(ui, OBJECT_INFO)


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of everything inside `data`."""
    for key in list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        yield data, key
        yield from _places(data[key])


def test_whatever_a_file_holds_it_is_read_or_refused() -> None:
    canvas = _hosted(["outside", 50], properties={"proxyWidgets": [["1", "text"], ["-1", "steps"]]})
    canvas.node(8, "SetNode", ["the model"], {"MODEL": "MODEL"}, "*")
    canvas.node(9, "GetNode", ["the model"], None, "MODEL")
    canvas.node(10, "Reroute", None, {"": "*"}, "*")
    canvas.node(11, "PrimitiveNode", [33, "fixed"], outputs="INT")
    canvas.node(12, "Lora", [0.5], {"model": "MODEL", "strength": "w:FLOAT"}, "MODEL CLIP", mode=4)
    canvas.node(13, "Resize", ["size", 300, "area"], {"image": "IMAGE"}, "IMAGE", widgets_values_named={"how": "size"})
    canvas.link(1, 0, 8, "MODEL")
    canvas.link(9, 0, 10, "")
    canvas.link(10, 0, 12, "model")
    canvas.link(11, 0, 12, "strength")
    canvas.link(12, 0, 6, "model")
    whole = json.dumps(canvas.ui(_subgraph()))
    junk: tuple[Any, ...] = (
        None,
        True,
        0,
        -1,
        1.5,
        "x",
        "",
        [],
        {},
        [1],
        {"a": 1},
        "-10",
        10**30,
        [[]],
        6,
        "Reroute",
        "SetNode",
    )
    rng = random.Random(7)
    read = refused = 0
    for _ in range(4_000):
        ui = json.loads(whole)
        for _ in range(rng.choice((1, 1, 2, 4))):
            container, key = rng.choice(list(_places(ui)))
            if rng.random() < 0.3:
                del container[key]
            else:
                container[key] = copy.deepcopy(rng.choice(junk))
        try:
            from_api(api_from_ui(ui, OBJECT_INFO))
            read += 1
        except WorkflowError:
            refused += 1
    assert min(read, refused) > 500


def test_links_that_are_gone_are_no_links() -> None:
    """As ComfyUI opens such files too."""
    canvas = _line()
    canvas.links = [link for link in canvas.links if link[3:5] != [2, 0]] + [None]  # type: ignore[list-item]
    api = _convert(canvas.ui())
    assert "model" not in api["2"]["inputs"]


# ---- the real ones -----------------------------------------------------------------------------------------------

# What a browser of that time put into the API format although no class declares it.
_BUTTONS = {"upload", "choose file to upload", "video-preview"}


@pytest.mark.parametrize("version", [SET_UP, NEWEST])
def test_the_same_workflows_saved_both_ways(version: str) -> None:
    """Each file holds a workflow in both formats, written by the frontend at the same moment. They differ by inputs
    that classes have got since (UI format reads them as their defaults), and by buttons."""
    object_info = read_object_info(version)
    assert len(own_workflows()) == 20
    for stem, data in own_workflows().items():
        read = api_from_ui(data["ui"], object_info)
        written = copy.deepcopy(data["api"])
        for key, node in written.items():
            for name in _BUTTONS & set(node["inputs"]):
                del node["inputs"][name]
            cls = node_class(node["class_type"], object_info[node["class_type"]])
            for name in set(read[key]["inputs"]) - set(node["inputs"]):
                node["inputs"][name] = widget_values(cls, {"id": key})[name]
        assert from_api(read).signature() == from_api(written).signature(), stem


@pytest.fixture(scope="module")
def templates(object_info: dict[str, Any]) -> list[Template]:
    return list(official_templates(object_info))


def test_official_text_to_image_templates(templates: list[Template], object_info: dict[str, Any]) -> None:
    tagged = [template for template in templates if template.text_to_image]
    assert len(templates) == 644
    assert len(tagged) == 69
    missing = {one.name: re.findall("no node class '(.+?)'", one.problem or "") for one in tagged if one.api is None}
    assert {name: classes[0] for name, classes in missing.items()} == {
        "image_qwen_image_2_1_t2i": "TextEncodeQwenImage21",
        "image_qwen_image_2_1_turbo_t2i": "TextEncodeQwenImage21",
        "image_moss_image_t2i_bboxes": "MOSSImageLayoutPrompt",
        "image_moss_image_base_t2i_bboxes": "MOSSImageLayoutPrompt",
        "image_flux3_klein_t2i": "Flux3LayoutPrompt",
        "image_flux3_klein_distilled_t2i": "Flux3LayoutPrompt",
    }
    assert [template.name for template in text_to_image_templates(object_info)] == [
        template.name for template in tagged if template.api is not None
    ]
    for template in tagged:
        assert template.files, template.name


def test_all_templates_are_read_unless_a_class_is_missing(templates: list[Template]) -> None:
    for template in templates:
        if template.api is None:
            assert "there is no node class" in str(template.problem), template.name
        else:
            from_api(template.api)


def test_positions_mean_what_the_frontend_says_they_mean(
    templates: list[Template], object_info: dict[str, Any]
) -> None:
    """Half the templates name their values as well. Read by position alone, where the class declares the very inputs
    that are named, the values come out under those names."""
    catalog: Catalog = catalog_from_object_info(object_info)
    compared = 0
    for template in templates:
        subgraphs = (template.ui.get("definitions") or {}).get("subgraphs") or ()
        for node in [*template.ui["nodes"], *(node for graph in subgraphs for node in graph["nodes"])]:
            named, listed = node.get("widgets_values_named"), node.get("widgets_values")
            cls = catalog.classes.get(node["type"])
            if cls is None or not named or not isinstance(listed, list) or len(listed) != len(named):
                continue
            by_name = dict(zip(named, listed, strict=True))
            by_position = widget_values(cls, {"id": node["id"], "widgets_values": listed})
            if set(by_position) <= set(named) and all(
                name in by_position or name in ("control_after_generate", "upload") for name in named
            ):
                compared += 1
                known = {name: value for name, value in by_name.items() if name in by_position and value is not None}
                assert {name: by_position[name] for name in known} == known, (template.name, node["id"], node["type"])
    assert compared > 1_500
