"""Workflows as people have them: in any wrapper, with what packs draw, and with whatever else a file holds."""

from __future__ import annotations

import copy
import json
import random
import re
from typing import Any

import pytest
from api_nodes import node
from installation_data import own_workflows
from installations import SD15, installation

from nodewright.workflow.api_format import from_api
from nodewright.workflow.as_script import as_script
from nodewright.workflow.catalog.cache import from_json, to_json
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.documents import check_document, read_document, unwrapped
from nodewright.workflow.graph import WorkflowError
from nodewright.workflow.lora_rows import LoraRow, lora_rows
from nodewright.workflow.summary import summary
from nodewright.workflow.ui_format import MOST_NODES, api_from_ui, read_ui

CHECKPOINT = "v1-5-pruned-emaonly.safetensors"
POWER_LORA, MANAGER, GROUP = "Power Lora Loader (rgthree)", "Lora Loader (LoraManager)", "LoadLoraModel"


def declared(required: dict[str, Any], outputs: list[str], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    inputs = {"required": required, "optional": optional or {}}
    order = {group: list(each) for group, each in inputs.items()}
    return {"input": inputs, "input_order": order, "output": outputs, "output_node": not outputs}


ROW = {
    "required": {"lora_name": [["ink.safetensors"], {}], "strength": ["FLOAT", {"default": 1.0}]},
    "optional": {"enabled": ["BOOLEAN", {"default": True}]},
}
PACKS = {
    POWER_LORA: declared({}, ["MODEL", "CLIP"]),
    MANAGER: declared(
        {"model": ["MODEL"], "text": ["AUTOCOMPLETE_TEXT_LORAS", {"placeholder": "names"}], "loras": ["LORAS", {}]},
        ["MODEL", "CLIP", "STRING", "STRING"], {"clip": ["CLIP"]},
    ),
    GROUP: declared(
        {"model": ["MODEL", {}], "loras": ["COMFY_DYNAMICGROUP_V3", {"min": 1, "max": 9, "template": ROW}]}, ["MODEL"]
    ),
    "Later": declared({"parts": ["COMFY_FUTURE_V3", {}]}, []),
    "Pick": declared({
        "name": [["x", "y"], {"control_after_generate": True}], "number": ["INT", {"default": 1}],
        "text": ["STRING", {"default": "d"}],
    }, []),
    "Wildcard": declared({
        "mode": [["populate", "reproduce"], {}],
        "width": ["INT", {"default": 512}], "height": ["INT", {"default": 512}],
    }, []),
    "Matched": declared({
        "seed": ["INT", {"default": 0, "control_after_generate": False}], "colour": ["BOOLEAN", {"default": False}],
        "amount": ["INT", {"default": 1}],
    }, []),
    "Efficient": declared({
        "seed": ["INT", {"default": 0, "max": 2**64 - 1}], "steps": ["INT", {"default": 20}],
        "cfg": ["FLOAT", {"default": 7.0}], "sampler_name": [["euler", "dpmpp_2m"], {}],
    }, []),
}  # fmt: skip


@pytest.fixture(scope="module")
def catalog(object_info: dict[str, Any]) -> Catalog:
    return installation(object_info | PACKS, *SD15, ("loras", "ink.safetensors"))


def api(model: list[Any] | None = None, **sampler: Any) -> dict[str, Any]:
    settings = {"seed": 7, "steps": 20, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
    return {
        "1": node("CheckpointLoaderSimple", ckpt_name=CHECKPOINT),
        "2": node("CLIPTextEncode", clip=["1", 1], text="a fox"),
        "3": node("CLIPTextEncode", clip=["1", 1], text="blurry"),
        "4": node("EmptyLatentImage", width=512, height=512, batch_size=1),
        "5": node("KSampler", model=model or ["1", 0], positive=["2", 0], negative=["3", 0], latent_image=["4", 0],
                  **(settings | sampler)),
        "6": node("VAEDecode", samples=["5", 0], vae=["1", 2]),
        "7": node("SaveImage", images=["6", 0], filename_prefix="x"),
    }  # fmt: skip


def alone(kind: str, values: Any, **rest: Any) -> dict[str, Any]:
    return {"nodes": [{"id": 1, "type": kind, "inputs": [], "widgets_values": values} | rest], "links": []}


# ---- values of widgets -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "values", "read"),
    [
        ("Pick", ["y", "randomize", "cat", 7, "hello"], {"name": "y", "number": 7, "text": "hello"}),
        ("Wildcard", ["fixed", 640, 384], {"mode": "fixed", "width": 640, "height": 384}),
        ("Matched", [7, True, 3], {"seed": 7, "colour": True, "amount": 3}),
        ("Efficient", [7, None, 30, 5.5, "dpmpp_2m"], {"seed": 7, "steps": 30, "cfg": 5.5, "sampler_name": "dpmpp_2m"}),
        (GROUP, [2, "a", 0.5, False, "b", 1], {
            "loras.0.lora_name": "a", "loras.0.strength": 0.5, "loras.0.enabled": False,
            "loras.1.lora_name": "b", "loras.1.strength": 1, "loras.1.enabled": True,
        }),
        (MANAGER, ["<lora:ink:0.8>", [{"name": "ink"}]], {
            "text": "<lora:ink:0.8>", "loras": {"__value__": [{"name": "ink"}]},
        }),
        (POWER_LORA, [{}, {"type": "header"}, {"on": True, "lora": "a", "strength": 1, "strengthTwo": None}, {}, ""], {
            "lora_1": {"on": True, "lora": "a", "strength": 1},
        }),
    ],
)  # fmt: skip
def test_each_value_is_its_own_widgets(catalog: Catalog, kind: str, values: Any, read: Any) -> None:
    assert api_from_ui(alone(kind, values), catalog)["1"]["inputs"] == read


def test_what_an_option_was_is_no_control_but_a_problem(catalog: Catalog) -> None:
    checked = check_document(alone("Wildcard", ["fixed", 640, 384]), catalog)
    assert [(one.input, one.node_id) for one in checked.problems] == [("mode", "1")]
    assert "'fixed' is not among its 2 options" in checked.problems[0].message


def test_values_that_belong_nowhere_are_said_to_be_left_out(catalog: Catalog) -> None:
    assert "2 of its values" in read_ui(alone("Matched", [7, True, 3, "more", "", 5]), catalog).notes[0]
    assert read_ui(alone("LoadImage", ["x.png", "image"]), catalog).notes == ()


# ---- rows that packs draw ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "loader",
    [
        node(POWER_LORA, model=["1", 0], clip=["1", 1],
             lora_1={"on": True, "lora": "ink.safetensors", "strength": 0.8},
             lora_2={"on": False, "lora": "film.safetensors", "strength": 1}),
        node(MANAGER, model=["1", 0], clip=["1", 1], text="",
             loras={"__value__": [{"name": "ink", "strength": "0.8", "active": True}, {"name": "b", "active": False}]}),
        node(GROUP, model=["1", 0], **{"loras.0.lora_name": "ink.safetensors", "loras.0.strength": 0.8}),
    ],
    ids=["power", "manager", "group"],
)  # fmt: skip
def test_loras_in_rows_are_seen(catalog: Catalog, loader: dict[str, Any]) -> None:
    workflow = api(model=["9", 0]) | {"9": loader}
    assert check_document(workflow, catalog).problems == ()
    script = as_script(workflow, catalog)
    assert "LoraLoader" in " ".join(script.choices) and "0.8" in script.choices
    assert sum("ink" in choice for choice in script.choices) == 1 and not any("film" in each for each in script.choices)
    assert any("ink" in note and "0.8" in note for note in script.notes)
    assert re.search(r"LoRA: ink(\.safetensors)? \(0\.8\)", summary(from_api(workflow), catalog))


def test_a_group_of_rows_survives_the_cache(catalog: Catalog) -> None:
    back = from_json(json.loads(json.dumps(to_json(catalog))))
    assert back.classes[GROUP] == catalog.classes[GROUP] and back.classes[GROUP].inputs[1].rows


def test_tags_in_a_text_count_where_there_is_no_list() -> None:
    read = from_api({"1": node(MANAGER, text="<lora:ink:0.5> and <lora:film:1:0.25>")}).nodes[0]
    assert lora_rows(read) == [LoraRow("ink", 0.5, 0.5), LoraRow("film", 1.0, 0.25)]


def test_a_type_of_later_versions_is_named_as_that(catalog: Catalog) -> None:
    (problem,) = check_document({"1": node("Later")}, catalog).problems
    assert "COMFY_FUTURE_V3" in problem.message and "not know" in problem.message and "link" not in problem.message
    assert check_document({"1": node("Later", **{"parts.0.a": 1})}, catalog).problems == ()


# ---- classes that are not installed ------------------------------------------------------------------------------


def test_every_missing_class_is_named_and_the_rest_is_read(catalog: Catalog) -> None:
    kinds = ("IPAdapterModelLoader", "DWPreprocessor", "ImageUpscaleFancy", "KSamplr")
    missing = {str(20 + i): node(kind, image=["6", 0]) for i, kind in enumerate(kinds)}
    canvas = {
        "nodes": [
            *({"id": int(key), "type": each["class_type"], "inputs": [{"name": "image", "type": "IMAGE", "link": 1}]}
              for key, each in missing.items()),
            {"id": 6, "type": "EmptyImage", "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [1]}],
             "widgets_values": [0, 512, 1, 0]},
            {"id": 7, "type": "PreviewImage", "inputs": [{"name": "images", "type": "IMAGE", "link": 2}]},
        ],
        "links": [[1, 6, 0, 20, 0, "IMAGE"], [2, 6, 0, 7, 0, "IMAGE"]],
    }  # fmt: skip
    for document in (canvas, api() | missing):
        problems = check_document(document, catalog).problems
        named = [(one.node_id, one.class_type) for one in problems if one.input is None]
        assert named == [(str(20 + i), kind) for i, kind in enumerate(kinds)]
        assert "did you mean 'KSampler'" in next(one for one in problems if one.node_id == "23").message
    (width,) = (one for one in check_document(canvas, catalog).problems if one.input is not None)
    assert (width.node_id, width.input) == ("6", "width")


def test_what_is_missing_beside_the_picture_does_not_matter_to_a_script(catalog: Catalog) -> None:
    assert (
        as_script(api() | {"20": node("Nowhere", image=["6", 0])}, catalog).choices == as_script(api(), catalog).choices
    )
    with pytest.raises(WorkflowError, match="Nowhere, Never are not installed"):
        as_script(api(model=["20", 0]) | {"20": node("Nowhere", x=["21", 0]), "21": node("Never")}, catalog)


def test_former_names_of_classes(catalog: Catalog) -> None:
    for former, present in (("ConditioningAverage ", "ConditioningAverage"), ("T2IAdapterLoader", "ControlNetLoader")):
        assert api_from_ui(alone(former, []), catalog)["1"]["class_type"] == present
    without = catalog_from_object_info({"T2IAdapterLoader": declared({"x": ["INT", {}]}, [])})
    assert api_from_ui(alone("T2IAdapterLoader", [3]), without)["1"]["class_type"] == "T2IAdapterLoader"


# ---- wrappers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda workflow, canvas: {"prompt": workflow, "client_id": "x", "extra_data": {}},
        lambda workflow, canvas: {"output": workflow, "workflow": canvas},
        lambda workflow, canvas: {"prompt": json.dumps(workflow), "workflow": json.dumps(canvas)},
        lambda workflow, canvas: {"prompt": [3, "id", workflow, {}, ["7"]], "outputs": {}},
        lambda workflow, canvas: {"input": {"workflow": workflow, "images": []}},
    ],
    ids=["posted", "exported", "picture", "history", "service"],
)
def test_a_workflow_is_found_in_its_wrapper(catalog: Catalog, wrapped: Any) -> None:
    workflow = api()
    document = wrapped(workflow, alone("Nowhere", []))
    assert unwrapped(document) == workflow
    assert check_document(document, catalog).problems == ()
    assert as_script(document, catalog).choices == as_script(workflow, catalog).choices


def test_what_is_no_wrapper_stays_what_it_is() -> None:
    nothing: tuple[Any, ...] = (
        None,
        7,
        [],
        {},
        {"prompt": "a cat"},
        {"prompt": {"prompt": {}}},
        {"workflow": [1, 2, 3]},
    )
    for document in (*nothing, api()):
        assert unwrapped(document) == document


# ---- bounds ------------------------------------------------------------------------------------------------------


def canvas_of_subgraphs(depth: int, copies: int) -> dict[str, Any]:
    """Subgraphs, each of which holds the next one `copies` times."""
    subgraphs = [
        {"id": f"s{level}", "nodes": [{"id": i, "type": f"s{level + 1}"} for i in range(copies)], "links": []}
        for level in range(depth)
    ]
    subgraphs.append({"id": f"s{depth}", "nodes": [{"id": 1, "type": "EmptyImage"}], "links": []})
    return {"nodes": [{"id": 1, "type": "s0"}], "links": [], "definitions": {"subgraphs": subgraphs}}


@pytest.mark.parametrize(
    ("depth", "copies", "message"), [(26, 2, str(MOST_NODES)), (5000, 1, "nested more than"), (26, 0, "")]
)
def test_subgraphs_unfold_within_limits(catalog: Catalog, depth: int, copies: int, message: str) -> None:
    if not message:
        assert read_ui(canvas_of_subgraphs(depth, copies), catalog).api == {}
        return
    with pytest.raises(WorkflowError, match=message):
        read_ui(canvas_of_subgraphs(depth, copies), catalog)
    assert message in check_document(canvas_of_subgraphs(depth, copies), catalog).problems[0].message


def test_a_thousand_switches_and_a_text_that_doubles_sixty_times(catalog: Catalog) -> None:
    workflow = api()
    for number in range(1500):
        before = ["4", 0] if number == 0 else [f"s{number - 1}", 0]
        workflow[f"s{number}"] = node("ComfySwitchNode", switch=True, on_true=before, on_false=before)
    workflow["5"]["inputs"]["latent_image"] = ["s1499", 0]
    assert as_script(workflow, catalog).choices == as_script(api(), catalog).choices
    workflow = api() | {"t0": node("PrimitiveString", value="a fox")}
    for number in range(60):
        text = [f"t{number}", 0]
        workflow[f"t{number + 1}"] = node("StringConcatenate", string_a=text, string_b=text, delimiter=" ")
    workflow["3"]["inputs"]["text"] = ["t60", 0]
    assert as_script(workflow, catalog).prompt == "a fox"


def test_long_chains_of_reroutes_are_followed_once(catalog: Catalog) -> None:
    """Each of many nodes hangs on the end of one chain; followed anew for each, it would take minutes."""
    count = 20_000
    nodes: list[dict[str, Any]] = [{"id": 0, "type": "EmptyImage", "outputs": [{"name": "IMAGE", "type": "IMAGE"}]}]
    slot = {"name": "", "type": "*"}
    nodes += [{"id": i, "type": "Reroute", "inputs": [slot | {"link": i}]} for i in range(1, count)]
    links = [[i, i - 1, 0, i, 0, "*"] for i in range(1, count)]
    image = {"name": "images", "type": "IMAGE"}
    for number in range(count, 2 * count):
        nodes.append({"id": number, "type": "PreviewImage", "inputs": [image | {"link": number}]})
        links.append([number, count - 1, 0, number, 0, "IMAGE"])
    read = api_from_ui({"nodes": nodes, "links": links}, catalog)
    assert {tuple(read[str(number)]["inputs"]["images"]) for number in range(count, 2 * count)} == {("0", 0)}


def test_a_text_that_is_missing(catalog: Catalog) -> None:
    workflow = api()
    del workflow["2"]["inputs"]["text"]
    assert [(one.node_id, one.input) for one in check_document(workflow, catalog).problems] == [("2", "text")]
    with pytest.raises(WorkflowError, match="prompt: none was found"):
        as_script(workflow, catalog)
    script = as_script(workflow, catalog, "a fox")
    assert script.choices == as_script(api(), catalog).choices
    assert "CLIPTextEncode, text: is missing" in script.notes


# ---- group nodes -------------------------------------------------------------------------------------------------


def test_a_group_node_is_unfolded(catalog: Catalog) -> None:
    """Two texts and a sampler in a group: its node shows the model, the latent and eleven values."""
    text = {
        "type": "CLIPTextEncode",
        "inputs": [{"name": "clip", "type": "CLIP", "link": None}],
        "widgets_values": ["x"],
    }
    sampler = [{"name": name, "type": "*", "link": None} for name in ("model", "positive", "negative", "latent_image")]
    group = {
        "nodes": [text, text, {"type": "KSampler", "inputs": sampler, "widgets_values": []}],
        "links": [[0, 0, 2, 1, 5, "CONDITIONING"], [1, 0, 2, 2, 6, "CONDITIONING"], [None, 0, 0, 0, 9, "CLIP"]],
        "external": [],
    }
    canvas = {
        "nodes": [
            {"id": 1, "type": "CheckpointLoaderSimple", "widgets_values": [CHECKPOINT]},
            {"id": 4, "type": "EmptyLatentImage", "widgets_values": [512, 512, 1]},
            {"id": 5, "type": "workflow>texts", "widgets_values":
                ["a fox", "blurry", 7, "fixed", 30, 7, "euler", "normal", 1],
             "inputs": [{"name": "clip", "type": "CLIP", "link": 1}, {"name": "CLIPTextEncode clip", "link": 2},
                        {"name": "model", "type": "MODEL", "link": 3}, {"name": "latent_image", "link": 4}]},
            {"id": 6, "type": "VAEDecode", "inputs": [{"name": "samples", "type": "LATENT", "link": 5},
                                                      {"name": "vae", "type": "VAE", "link": 6}]},
            {"id": 7, "type": "SaveImage", "inputs": [{"name": "images", "type": "IMAGE", "link": 7}],
             "widgets_values": ["x"]},
        ],
        "links": [[1, 1, 1, 5, 0, "CLIP"], [2, 1, 1, 5, 1, "CLIP"], [3, 1, 0, 5, 2, "MODEL"], [4, 4, 0, 5, 3, "LATENT"],
                  [5, 5, 0, 6, 0, "LATENT"], [6, 1, 2, 6, 1, "VAE"], [7, 6, 0, 7, 0, "IMAGE"]],
        "extra": {"groupNodes": {"texts": group}},
    }  # fmt: skip
    assert check_document(canvas, catalog).problems == ()
    read = read_document(canvas, catalog).api
    assert read["5:1"] == node("CLIPTextEncode", text="blurry", clip=["1", 1])
    assert from_api(read).signature() == from_api(api(steps=30)).signature()


# ---- anything else -----------------------------------------------------------------------------------------------

ODD: tuple[Any, ...] = (
    None, True, False, -1, 0, 7, 1.5, float("nan"), float("inf"), 10**30, "", "x", "\ud800", "10:1", [], {}, [[]],
    ["1", 0], ["1", -1], ["9", 0], [None, None], {"__value__": [1]}, {"a": {"b": []}},
)  # fmt: skip


def damaged(document: Any, chosen: random.Random) -> Any:
    """Replace, drop, double or deepen a few places of a document."""
    document = copy.deepcopy(document)
    for _ in range(chosen.randint(1, 4)):
        place = document
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = chosen.choice(keys)
            if isinstance(place[key], dict | list) and place[key] and chosen.random() < 0.8:
                place = place[key]
                continue
            how = chosen.randrange(4)
            if how == 0:
                place[key] = chosen.choice(ODD)
            elif how == 1:
                del place[key]
            elif how == 2 and isinstance(place, list):
                place.insert(chosen.randint(0, len(place)), copy.deepcopy(place[key]))
            else:
                place[key] = [place[key]] if chosen.random() < 0.5 else {"prompt": place[key]}
            break
    return document


def test_whatever_a_document_holds_it_is_checked_and_read_or_refused(catalog: Catalog) -> None:
    sources = [each[key] for each in list(own_workflows().values())[:8] for key in ("ui", "api")]
    sources += [api(), {"prompt": api(), "client_id": "x"}, canvas_of_subgraphs(3, 2)]
    chosen = random.Random(16)
    refused = 0
    for number in range(1200):
        document = damaged(chosen.choice(sources), chosen)
        check_document(document, catalog)
        if number % 4 == 0:
            try:
                as_script(document, catalog, "a fox")
            except WorkflowError:
                refused += 1
    assert 20 < refused < 290
