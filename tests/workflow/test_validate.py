"""Validation without a ComfyUI, and against ComfyUI's own."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from installation_data import local_templates, own_workflows

from nodewright.workflow.catalog.catalog import Catalog, expanded_inputs
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.graph import Link, Node, Seed, Text, Workflow
from nodewright.workflow.problem import Problem
from nodewright.workflow.validate import validate


def _class(
    required: dict[str, Any], outputs: list[str], optional: dict[str, Any] | None = None, **rest: Any
) -> dict[str, Any]:
    inputs = {"required": required, "optional": optional or {}}
    return {"input": inputs, "output": outputs, "output_node": not outputs, **rest}


_MATCH = {"template": {"template_id": "either", "allowed_types": "*"}}
CATALOG = catalog_from_object_info(
    {
        "Image": _class({"size": ["INT", {"min": 16, "max": 64}]}, ["IMAGE", "MASK"]),
        "Model": _class({"ckpt_name": [["sd15.safetensors", "sdxl.safetensors"], {}]}, ["MODEL"]),
        "Nothing": _class({"lora_name": [[], {}]}, ["MODEL"]),
        "Save": _class({"images": ["IMAGE"]}, [], {"strength": ["FLOAT", {"min": 0.0, "max": 1.0}]}),
        "Show": _class({"anything": ["*"]}, []),
        "Union": _class({"what": ["IMAGE,MASK"]}, []),
        "Forced": _class({"text": ["STRING", {"forceInput": True}]}, []),
        "Switch": _class(
            {"on": ["BOOLEAN", {}], "a": ["COMFY_MATCHTYPE_V3", _MATCH], "b": ["COMFY_MATCHTYPE_V3", _MATCH]},
            ["COMFY_MATCHTYPE_V3"],
            output_matchtypes=["either"],
        ),
        "Resize": _class(
            {
                "how": [
                    "COMFY_DYNAMICCOMBO_V3",
                    {
                        "options": [
                            {"key": "size", "inputs": {"required": {"width": ["INT", {"min": 1}]}}},
                            {"key": "like", "inputs": {"required": {"other": ["IMAGE", {}]}}},
                        ]
                    },
                ]
            },
            ["IMAGE"],
        ),
        "Batch": _class(
            {
                "images": [
                    "COMFY_AUTOGROW_V3",
                    {"template": {"input": {"required": {"i": ["IMAGE", {}]}}, "prefix": "i", "min": 2, "max": 4}},
                ]
            },
            ["IMAGE"],
        ),
        "Several": _class({"which": ["COMBO", {"options": ["a", "b"], "multiselect": True}]}, []),
        "Upload": _class({"image": [["x.png"], {"image_upload": True}]}, ["IMAGE"]),
    }
)


def _node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": {name.replace("__", "."): value for name, value in inputs.items()}}


IMAGE = _node("Image", size=32)
SAVE_1, SAVE_2, SHOW_1 = (
    _node("Save", images=["1", 0]),
    _node("Save", images=["2", 0]),
    _node("Show", anything=["1", 0]),
)


@pytest.mark.parametrize(
    "api",
    [
        {"1": IMAGE, "2": SAVE_1},
        {"1": _node("Image", size="32"), "2": _node("Save", images=["1", 0], strength=True, undeclared="x")},
        {"1": IMAGE, "2": _node("Show", anything=["1", 1]), "3": _node("Show", anything=3)},
        {"1": IMAGE, "2": _node("Union", what=["1", 0]), "3": _node("Union", what=["1", 1])},
        {"1": _node("Forced", text="typed in")},
        {"1": _node("Several", which={"__value__": ["a", "b"]})},
        {"1": _node("Upload", image="x.png"), "2": SAVE_1},
        {"1": _node("Upload", image="folder/y.png"), "2": SAVE_1},
        {"1": _node("Upload", image="y.png [output]"), "2": SAVE_1},
        {"1": IMAGE, "2": _node("Switch", on=True, a=["1", 0], b=["1", 0]), "3": SAVE_2},
        {"1": _node("Resize", how="size", how__width=3), "2": SAVE_1},
        {
            "1": IMAGE,
            "2": _node("Batch", images__i0=["1", 0], images__i1=["1", 0]),
            "3": _node("Save", images=["2", 0]),
        },
        {"1": IMAGE, "2": SAVE_1, "9": _node("Image")},  # nothing needs node 9
    ],
)
def test_what_runs(api: dict[str, Any]) -> None:
    assert validate(api, CATALOG) == []


@pytest.mark.parametrize(
    ("api", "node_id", "name", "message"),
    [
        (7, None, None, "an object of at least one node"),
        ({}, None, None, "at least one node"),
        ({"nodes": []}, None, None, "UI format"),
        ({"1": 7}, "1", None, "class_type"),
        ({"1": {"class_type": "Save"}}, "1", None, "inputs are missing"),
        ({"1": _node("Sav")}, "1", None, "no node class 'Sav' here; did you mean 'Save'?"),
        ({"1": IMAGE}, None, None, "no node of the workflow saves or shows"),
        ({"1": _node("Save")}, "1", "images", "is missing; a link to IMAGE is needed"),
        ({"1": _node("Save", images=["2", 0])}, "1", "images", "node '2', which is not there"),
        ({"1": IMAGE, "2": _node("Save", images=["1", 2])}, "2", "images", "slot 2 of node '1' (Image), which has 2"),
        ({"1": IMAGE, "2": _node("Save", images=["1", -1])}, "2", "images", "slot -1"),
        ({"1": IMAGE, "2": _node("Save", images=["1", 0.0])}, "2", "images", "is not a link"),
        ({"1": IMAGE, "2": _node("Save", images=["1", 0, 0])}, "2", "images", "is not a link"),
        ({"1": IMAGE, "2": _node("Save", images=["1", 1])}, "2", "images", "IMAGE, but node '1' (Image) gives MASK"),
        ({"1": _node("Save", images="x")}, "1", "images", "must be linked to IMAGE; 'x' is a value"),
        ({"1": _node("Union", what=["2", 0]), "2": _node("Model", ckpt_name="sdxl.safetensors")}, "1", "what", "MODEL"),
        ({"1": _node("Image", size=15), "2": SAVE_1}, "1", "size", "smaller than the least"),
        ({"1": _node("Image", size=65), "2": SAVE_1}, "1", "size", "greater than the most"),
        ({"1": _node("Image", size="big"), "2": SAVE_1}, "1", "size", "'big' is not a whole"),
        ({"1": _node("Image", size=None), "2": SAVE_1}, "1", "size", "None is not a whole"),
        ({"1": IMAGE, "2": _node("Save", images=["1", 0], strength=1.5)}, "2", "strength", "greater than"),
        ({"1": IMAGE, "2": _node("Save", images=["1", 0], strength=float("nan"))}, "2", "strength", "NaN"),
        ({"1": IMAGE, "2": _node("Save", images=["1", 0], strength=[0.5])}, "2", "strength", "is not a link"),
        (
            {"1": _node("Model", ckpt_name="SDXL.safetensor"), "2": SHOW_1},
            "1",
            "ckpt_name",
            "did you",
        ),
        (
            {"1": _node("Nothing", lora_name="x"), "2": SHOW_1},
            "1",
            "lora_name",
            "nothing to choose from; model files of this kind go into models/loras",
        ),
        ({"1": _node("Several", which={"__value__": ["a", "c"]})}, "1", "which", "'c' is not among its 2 options"),
        ({"1": _node("Upload", image="y.png"), "2": SAVE_1}, "1", "image", "'y.png' is not"),
        ({"1": _node("Resize", how="size"), "2": SAVE_1}, "1", "how.width", "is missing"),
        ({"1": _node("Resize", how="like"), "2": SAVE_1}, "1", "how.other", "is missing"),
        ({"1": _node("Resize", how="length"), "2": SAVE_1}, "1", "how", "not among"),
        ({"1": _node("Resize"), "2": SAVE_1}, "1", "how", "is missing"),
        (
            {"1": IMAGE, "2": _node("Batch", images__i0=["1", 0]), "3": SAVE_2},
            "2",
            "images.i1",
            "is missing",
        ),
        (
            {"1": IMAGE, "2": _node("Switch", on=1, a=["1", 1], b=["1", 1]), "3": SAVE_2},
            "3",
            "images",
            "gives MASK",
        ),
        (
            {"1": _node("Switch", on=1, a=["1", 0], b=["1", 0]), "2": SHOW_1},
            "1",
            None,
            "itself",
        ),
    ],
)
def test_what_does_not(api: Any, node_id: str | None, name: str | None, message: str) -> None:
    problems = validate(api, CATALOG)
    assert [(problem.node_id, problem.input) for problem in problems] == [(node_id, name)]
    assert message in problems[0].message
    assert str(problems[0]).endswith(problems[0].message)


def test_every_problem_is_told() -> None:
    api = {
        "7": _node("Image", size=1),
        "8": _node("Save", images=["7", 1], strength=3),
        "9": _node("Save", images=["7", 0], strength="x"),
    }
    assert {(problem.node_id, problem.input) for problem in validate(api, CATALOG)} == {
        ("7", "size"),
        ("8", "images"),
        ("8", "strength"),
        ("9", "strength"),
    }


def test_a_workflow_in_memory() -> None:
    fine = Workflow((Node("Image", (("size", Seed()),)), Node("Save", (("images", Link(0, 0)),))))
    assert [(problem.node_id, problem.input) for problem in validate(fine, CATALOG)] == [("1", "size")]
    fine = Workflow((Node("Image", (("size", 20),)), Node("Save", (("images", Link(0, 0)), ("strength", Text(True))))))
    assert [(problem.node_id, problem.input) for problem in validate(fine, CATALOG)] == [("2", "strength")]


def test_messages_name_the_place() -> None:
    assert str(Problem("3", "Save", "images", "is missing")) == "node '3' (Save), input 'images': is missing"
    assert str(Problem(None, None, None, "nothing runs")) == "nothing runs"


def test_depth_is_no_problem() -> None:
    api = {"0": IMAGE}
    for number in range(1, 5_000):
        before = [str(number - 1), 0]
        api[str(number)] = _node("Switch", on=True, a=before, b=before)
    api["save"] = _node("Save", images=["4999", 0])
    assert validate(dict(reversed(api.items())), CATALOG) == []


# ---- against ComfyUI ---------------------------------------------------------------------------------------------

# Runs in a process of its own, in ComfyUI's folder: prints what /object_info answers, then a verdict for each
# workflow that it is given, a line each.
_COMFYUI = """
import asyncio, json, sys
base, out = sys.argv[1], sys.stdout
sys.stdout = sys.stderr
sys.argv = sys.argv[:1]
from comfy.cli_args import args
args.cpu, args.base_directory, args.database_url = True, base, "sqlite:///:memory:"
import utils.extra_config  # before `nodes`, which puts ComfyUI's comfy/utils.py first on the path
import execution, nodes, server

async def main():
    prompt_server = server.PromptServer(asyncio.get_running_loop())
    await nodes.init_extra_nodes(init_custom_nodes=False, init_api_nodes=False)
    route = next(route for route in prompt_server.routes if route.path == "/object_info")
    print((await route.handler(None)).text.replace("\\n", " "), file=out, flush=True)
    for line in sys.stdin:
        api = json.loads(line)
        valid, _, good, node_errors = await execution.validate_prompt("x", api, None)
        # It is valid to ComfyUI if one output node would run; here, if all would.
        classes = [nodes.NODE_CLASS_MAPPINGS.get(node["class_type"]) for node in api.values()]
        outputs = [one for one in classes if getattr(one, "OUTPUT_NODE", False) is True]
        whole = valid and not node_errors and len(good) == len(outputs)
        print(json.dumps({"valid": whole, "nodes": sorted(node_errors)}), file=out, flush=True)

asyncio.run(main())
"""


@dataclass(frozen=True)
class ComfyUI:
    """ComfyUI's own validation, and the catalog of that installation."""

    catalog: Catalog
    verdict: Callable[[dict[str, Any]], dict[str, Any]]


def _real_workflows() -> dict[str, dict[str, Any]]:
    templates = {template.name: template.api for template in local_templates() if template.api is not None}
    return templates | {name: saved["api"] for name, saved in own_workflows().items()}


def _install_files(base: Path, catalog: Catalog) -> None:
    """An empty file for each model and picture that the real workflows name, so that their options are there."""
    for api in _real_workflows().values():
        for node in api.values():
            for spec in catalog.classes[node["class_type"]].inputs:
                value = node["inputs"].get(spec.name)
                folder = "input" if spec.upload else f"models/{spec.folder}" if spec.folder else None
                if folder is not None and isinstance(value, str) and not value.startswith("pixel_space"):
                    path = base / folder / value.replace("\\", "/")
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.touch()


@pytest.fixture(scope="module")
def comfyui(
    comfyui_path: Path, object_info: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ComfyUI]:
    base = tmp_path_factory.mktemp("base")
    _install_files(base, catalog_from_object_info(object_info))
    environment = {**os.environ, "PYTHONPATH": str(comfyui_path), "PYTHONIOENCODING": "utf-8"}
    with (
        (base / "log.txt").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-c", _COMFYUI, str(base)],
            cwd=base,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            encoding="utf-8",
        ) as process,
    ):
        assert process.stdin is not None and process.stdout is not None
        source, answers = process.stdin, process.stdout

        def verdict(api: dict[str, Any]) -> dict[str, Any]:
            source.write(json.dumps(api) + "\n")
            source.flush()
            answer: dict[str, Any] = json.loads(answers.readline())
            return answer

        first = answers.readline()
        assert first, (base / "log.txt").read_text(encoding="utf-8")[-2000:]
        yield ComfyUI(catalog_from_object_info(json.loads(first)), verdict)
        source.close()


def test_same_verdict_on_real_workflows(comfyui: ComfyUI) -> None:
    counts = {"valid": 0, "invalid": 0, "stricter": 0}
    for name, api in _real_workflows().items():
        answer = comfyui.verdict(api)
        problems = validate(api, comfyui.catalog)
        told = (name, [str(problem) for problem in problems], answer)
        assert all(_stricter(problem) for problem in problems) if answer["valid"] else problems, told
        counts["invalid" if not answer["valid"] else "stricter" if problems else "valid"] += 1
    assert counts["valid"] >= 60 and counts["invalid"] >= 60 and counts["stricter"] <= 3, counts


_JUNK: tuple[Any, ...] = (
    None,
    True,
    "",
    "nonsense",
    -1,
    10**9,
    -(10**9),
    0.5,
    "7",
    {"__value__": "x"},
    {"a": 1},
    [],
    ["1", 2, 3],
    [1],
    False,
    1e308,
    float("nan"),
    float("inf"),
    10**400,
    " 12 ",
    "1e1",
    "0x10",
    "1_0",
    "\uff17",
    "nan",
    "true",
    [7, 0],
    ["7", "0"],
    ["7", None],
    ["nowhere", 0],
    {"__value__": []},
    {"__value__": ["7", 0]},
    {"__value__": {"a": 1}, "__type__": "CURVE"},
)


def _mutated(api: dict[str, Any], catalog: Catalog, rng: random.Random) -> tuple[dict[str, Any], str]:
    """`api` with one thing changed, and what it was."""
    api = copy.deepcopy(api)
    key = rng.choice(list(api))
    node = api[key]
    specs = list(expanded_inputs(catalog.classes[node["class_type"]].inputs, node["inputs"]))
    kind = rng.choice(
        ["drop input", "drop node", "class", "relink", "relink", "relink", "slot", *["junk"] * 4, "option", "range"]
    )
    if kind == "drop node":
        del api[key]
    elif kind == "class":
        node["class_type"] = rng.choice([node["class_type"] + "x", *rng.sample(sorted(catalog.classes), 2)])
    elif specs:
        name, spec, _ = rng.choice(specs)
        if kind == "drop input":
            node["inputs"].pop(name, None)
        elif kind == "relink":
            node["inputs"][name] = [rng.choice(list(api)), rng.randrange(3)]
        elif kind == "slot" and isinstance(node["inputs"].get(name), list):
            node["inputs"][name][1] = rng.choice([0, 1, 2, 5, True])
        elif kind == "junk":
            node["inputs"][name] = copy.deepcopy(rng.choice(_JUNK))
        elif kind == "option" and spec.options:
            node["inputs"][name] = rng.choice(spec.options)
        elif kind == "range" and spec.minimum is not None and spec.maximum is not None:
            low, high = spec.minimum, spec.maximum
            node["inputs"][name] = rng.choice([low, high, low - 1, high + 1, str(low), float(high)])
    return api, kind


def _stricter(problem: Problem) -> bool:
    """What ComfyUI 0.3.75 lets through, and we do not; see the module's own words."""
    return any(words in problem.message for words in ("must be linked to", "options", "NaN"))


def test_same_verdict_on_mutations(comfyui: ComfyUI) -> None:
    rng = random.Random(20251121)
    usable = [
        api
        for api in _real_workflows().values()
        if all(node["class_type"] in comfyui.catalog.classes for node in api.values())
    ]
    counts = {"valid": 0, "invalid": 0, "stricter": 0}
    for number in range(3_000):
        api, kind = _mutated(rng.choice(usable), comfyui.catalog, rng)
        if not api:
            continue
        problems = validate(api, comfyui.catalog)
        answer = comfyui.verdict(api)
        told = (number, kind, [str(problem) for problem in problems], answer)
        if answer["valid"]:
            assert all(_stricter(problem) for problem in problems), told
            counts["stricter" if problems else "valid"] += 1
        else:
            assert problems, told
            if not any("depends on itself" in problem.message for problem in problems):  # ComfyUI blames anyone
                assert set(answer["nodes"]) <= {problem.node_id for problem in problems}, told
            counts["invalid"] += 1
    assert min(counts["valid"], counts["invalid"]) > 500, counts
    assert counts["stricter"] < 400, counts
