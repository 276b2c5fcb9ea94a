"""What ComfyUI's own frontend would queue, and what is read from the same canvas."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from frontend import Frontend, opened_frontend
from installation_data import SET_UP, read_object_info

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.ui_format import read_ui

NAMES = ("seed", "noise_seed", "steps", "text", "image", "x", "y", "z")
VALUES = (1, 2, 7, 0.5, "a", "b", "fixed", "randomize", True, False, None, "text", "", -1)


def declared(number: int, chosen: random.Random) -> list[Any]:
    control = chosen.choice(({}, {}, {"control_after_generate": True}, {"control_after_generate": False}))
    return chosen.choice((
        ["INT", {"default": number, "min": 0, "max": 9999, **control}],
        ["INT", {"default": number, **control}],
        ["FLOAT", {"default": number + 0.5, "max": 9999}],
        ["STRING", {"default": f"text {number}", "multiline": chosen.random() < 0.5}],
        ["BOOLEAN", {"default": False}],
        [["a", "b", "fixed", "randomize"], control],
        ["COMBO", {"options": ["a", "b", "c"], **control}],
        ["IMAGE", {}],
        ["*", {}],
        ["INT,FLOAT", {"default": 1}],
        ["INT,FLOAT", {"default": 1, "widgetType": "INT"}],
    ))  # fmt: skip


def random_class(name: str, chosen: random.Random) -> dict[str, Any]:
    names = chosen.sample(NAMES, chosen.randint(1, 6))
    cut = chosen.randint(1, len(names))
    required = {each: declared(number, chosen) for number, each in enumerate(names[:cut])}
    optional = {each: declared(number + 7, chosen) for number, each in enumerate(names[cut:])}
    return {
        "input": {"required": required, "optional": optional},
        "input_order": {"required": list(required), "optional": list(optional)},
        "output": ["IMAGE"], "output_is_list": [False], "output_name": ["IMAGE"], "name": name, "display_name": name,
        "description": "", "python_module": "nodes", "category": "test", "output_node": True,
    }  # fmt: skip


@pytest.fixture(scope="module")
def object_info() -> dict[str, Any]:
    """The real classes and 200 random ones."""
    chosen = random.Random(7)
    return read_object_info(SET_UP) | {f"T{i}": random_class(f"T{i}", chosen) for i in range(200)}


@pytest.fixture(scope="module")
def catalog(object_info: dict[str, Any]) -> Catalog:
    return catalog_from_object_info(object_info)


@pytest.fixture(scope="module")
def frontend(url: str, object_info: dict[str, Any]) -> Iterator[Frontend]:
    with opened_frontend(url, object_info) as opened:
        yield opened


def node(number: int, kind: str, values: Any = None, inputs: Any = (), outputs: str = "", **rest: Any) -> Any:
    """`inputs` are (name, type, link) or (name, type, link, widget's name)."""
    slots = [
        {"name": each[0], "type": each[1], "link": each[2]} | ({"widget": {"name": each[3]}} if each[3:] else {})
        for each in inputs
    ]
    made = {"id": number, "type": kind, "inputs": slots, "widgets_values": values, "mode": 0}
    return made | {"outputs": [{"name": each, "type": each, "links": []} for each in outputs.split()]} | rest


def as_json(value: Any) -> Any:
    """Whole numbers as a browser writes them."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    return [as_json(each) for each in value] if isinstance(value, list) else value


def assert_same(frontend: Frontend, ui: dict[str, Any], catalog: Catalog) -> None:
    result = frontend.queued(ui)
    assert "error" not in result
    reading = read_ui(ui, catalog)
    assert not reading.problems
    theirs = {key: (each["class_type"], as_json(each["inputs"])) for key, each in result["api"].items()}
    ours = {key: (each["class_type"], as_json(each["inputs"])) for key, each in reading.api.items()}
    assert ours == theirs


def test_values_are_laid_out_on_the_same_widgets(frontend: Frontend, catalog: Catalog) -> None:
    """Lists of any length and content, on classes with any inputs."""
    chosen = random.Random(3)
    nodes = []
    for number in range(200):
        values = [chosen.choice(VALUES) for _ in range(chosen.randint(0, 10))]
        specs = catalog.classes[f"T{number}"].inputs
        if any(spec.kind == "combo" for spec in specs):  # frontends differ in what a combo without a value is
            values = ["a" if value is None else value for value in values]
        nodes.append(node(number + 1, f"T{number}", values))
    assert_same(frontend, {"nodes": nodes, "links": []}, catalog)


@pytest.mark.parametrize("mode", [0, 2, 4])
@pytest.mark.parametrize("changed", ["primitive", "reroute", "lora", "set"])
def test_muted_and_bypassed_nodes(frontend: Frontend, catalog: Catalog, changed: str, mode: int) -> None:
    modes = {"primitive": 0, "reroute": 0, "lora": 0, "set": 0} | {changed: mode}
    nodes = [
        node(1, "CheckpointLoaderSimple", ["x.safetensors"], (), "MODEL CLIP VAE"),
        node(2, "LoraLoader", ["y.safetensors", 0.5, 0.25], [("model", "MODEL", 1), ("clip", "CLIP", 2)], "MODEL CLIP",
             mode=modes["lora"]),
        node(3, "Reroute", None, [("", "*", 3)], "MODEL", mode=modes["reroute"]),
        node(4, "CLIPTextEncode", ["a cat // hidden\n\\{kept\\}"], [("clip", "CLIP", 4)], "CONDITIONING"),
        node(5, "ConditioningAverage ", [0.25],
             [("conditioning_to", "CONDITIONING", 5), ("conditioning_from", "CONDITIONING", 6)], "CONDITIONING",
             mode=modes["set"]),
        node(6, "EmptyLatentImage", [512, 256, 1], (), "LATENT"),
        node(7, "PrimitiveNode", [33, "fixed"], (), "INT", mode=modes["primitive"]),
        node(8, "KSampler", [7, True, 20, 8, "sample_euler", "normal", 1],
             [("model", "MODEL", 7), ("positive", "CONDITIONING", 8), ("negative", "CONDITIONING", 9),
              ("latent_image", "LATENT", 10), ("steps", "INT", 11, "steps")], "LATENT"),
        node(9, "SaveLatent", ["out"], [("samples", "LATENT", 12)]),
    ]  # fmt: skip
    nodes[6]["outputs"][0] |= {"links": [11], "widget": {"name": "steps"}}
    links = [
        [1, 1, 0, 2, 0, "MODEL"], [2, 1, 1, 2, 1, "CLIP"], [3, 2, 0, 3, 0, "*"], [4, 2, 1, 4, 0, "CLIP"],
        [5, 4, 0, 5, 0, "CONDITIONING"], [6, 4, 0, 5, 1, "CONDITIONING"], [7, 3, 0, 8, 0, "MODEL"],
        [8, 5, 0, 8, 1, "CONDITIONING"], [9, 4, 0, 8, 2, "CONDITIONING"], [10, 6, 0, 8, 3, "LATENT"],
        [11, 7, 0, 8, 4, "INT"], [12, 8, 0, 9, 0, "LATENT"],
    ]  # fmt: skip
    assert_same(frontend, {"nodes": nodes, "links": links}, catalog)
