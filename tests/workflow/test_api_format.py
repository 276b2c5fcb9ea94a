"""API format, both ways."""

from __future__ import annotations

import errno
import json
import math
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from installation_data import local_templates, own_workflows

from nodewright.workflow.api_format import (
    SAFE_INTEGER,
    from_api,
    minified,
    read_json,
    seed_value,
    to_api,
    value_of,
    write_api,
)
from nodewright.workflow.graph import Link, Literal, Node, Seed, Text, Value, Workflow, WorkflowError, literal

PHRASES = ("blurry", "low quality", "oil painting", "@prompt", "watermark")

plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
texts = st.builds(Text, st.booleans(), st.lists(st.sampled_from(PHRASES), max_size=3).map(tuple))


@st.composite
def workflows(draw: st.DrawFn, values: st.SearchStrategy[Value]) -> Workflow:
    nodes = []
    for index in range(draw(st.integers(1, 8))):
        links = st.builds(Link, st.integers(0, index - 1), st.integers(0, 3)) if index else st.nothing()
        inputs = draw(st.dictionaries(st.text(max_size=5), values | links, max_size=4))
        nodes.append(Node(draw(st.text(min_size=1, max_size=5)), tuple(inputs.items()), draw(st.none() | st.text())))
    return Workflow(tuple(nodes))


def _reads_as_text(value: Any, prompt: str) -> bool:
    return isinstance(value, str) and (
        value == "" or value == prompt or value.split(", ")[0] in PHRASES or value.startswith(prompt + ", ")
    )


@given(workflows(plain_json.map(literal)))
def test_every_workflow_survives(workflow: Workflow) -> None:
    api = to_api(workflow, prompt="", seed=0)
    again = from_api(json.loads(minified(api)))
    assert again.signature() == workflow.signature()
    titles = sorted(str(node.title) for node in workflow.nodes)
    assert sorted(str(node.title) for node in again.nodes) == titles


@given(st.data(), st.text(min_size=1))
def test_text_survives_whatever_the_prompt_says(data: st.DataObject, prompt: str) -> None:
    assume(prompt.split(", ")[0] not in PHRASES)
    scalars = plain_json.filter(lambda value: not _reads_as_text(value, prompt)).map(literal)
    workflow = data.draw(workflows(scalars | texts))
    api = to_api(workflow, prompt=prompt, seed=0)
    assert from_api(api, prompt=prompt, phrases=PHRASES).signature() == workflow.signature()


@given(workflows(plain_json.map(literal)), st.randoms(use_true_random=False))
def test_ids_and_order_do_not_matter(workflow: Workflow, rng: random.Random) -> None:
    api = to_api(workflow, prompt="", seed=0)
    ids = {key: f"{rng.randrange(10**6)}:{key}" for key in api}
    keys = list(api)
    rng.shuffle(keys)
    shuffled: dict[str, Any] = {}
    for key in keys:
        inputs = list(api[key]["inputs"].items())
        rng.shuffle(inputs)
        shuffled[ids[key]] = {
            "class_type": api[key]["class_type"],
            "inputs": {name: [ids[value[0]], value[1]] if isinstance(value, list) else value for name, value in inputs},
        }
    assert from_api(shuffled).signature() == workflow.signature()


@given(plain_json)
def test_literal_and_back(value: Any) -> None:
    made = literal(value)
    hash(made)
    assert value_of(made) == value


def test_real_workflows_survive() -> None:
    workflows = {template.name: template.api or {} for template in local_templates()}
    workflows |= {name: saved["api"] for name, saved in own_workflows().items()}
    assert len(workflows) == 250
    for name, api in workflows.items():
        workflow = from_api(api)
        assert len(workflow.nodes) == len(api)
        again = to_api(workflow, prompt="", seed=0)
        assert from_api(again).signature() == workflow.signature(), name
        assert sorted(str(node["inputs"].keys()) for node in again.values()) == sorted(
            str(node["inputs"].keys()) for node in api.values()
        ), name


def _one(value: Any) -> Value | Link:
    api = {"1": {"class_type": "A", "inputs": {"x": value}}}
    return from_api(api, prompt="a cat", phrases=PHRASES).nodes[0].input("x")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("a cat", Text(True)),
        ("a cat, blurry, low quality", Text(True, ("blurry", "low quality"))),
        ("blurry", Text(False, ("blurry",))),
        ("", Text(False)),
        ("a cat, unknown", "a cat, unknown"),
        ("a cat,blurry", "a cat,blurry"),
        ("a cat ", "a cat "),
        ("blurry, ", "blurry, "),
        ("blurry,  low quality", "blurry,  low quality"),
        ([1, 2], Literal("[1,2]")),
        ({"__value__": ["1", 0]}, Literal('["1",0]')),
        ({"__value__": 3}, 3),
        ({"b": 1, "a": []}, Literal('{"a":[],"b":1}')),
    ],
)
def test_values(value: Any, read: Value) -> None:
    assert _one(value) == read


def test_without_prompt_and_phrases_text_stays_text() -> None:
    api = {"1": {"class_type": "A", "inputs": {"x": "", "y": "blurry"}}}
    assert from_api(api).nodes[0].inputs == (("x", ""), ("y", "blurry"))
    assert from_api(api, prompt="").nodes[0].inputs == (("x", ""), ("y", "blurry"))


def test_a_list_that_looks_like_a_link_is_wrapped() -> None:
    workflow = Workflow((Node("A", (("x", literal(["1", 0])), ("y", literal({"__value__": 1})))),))
    inputs = to_api(workflow, prompt="", seed=0)["1"]["inputs"]
    assert inputs == {"x": {"__value__": ["1", 0]}, "y": {"__value__": {"__value__": 1}}}


# ---- seeds -------------------------------------------------------------------------------------------------------


def test_seeds_are_distinct_and_repeatable() -> None:
    workflow = Workflow(tuple(Node("A", (("seed", Seed()), ("steps", 3), ("b", Seed()))) for _ in range(50)))
    values = [node["inputs"][name] for node in to_api(workflow, prompt="", seed=7).values() for name in ("seed", "b")]
    assert values[0] == 7
    assert len(set(values)) == 100
    assert all(0 <= value < SAFE_INTEGER for value in values)
    again = to_api(workflow, prompt="", seed=7)
    assert again == to_api(workflow, prompt="", seed=7)
    counted = to_api(workflow, prompt="", seed=lambda n: n)
    assert [node["inputs"][name] for node in counted.values() for name in ("seed", "b")] == list(range(100))


@pytest.mark.parametrize("seed", [-1, 2**64, True, 1.5])
def test_impossible_seeds(seed: Any) -> None:
    with pytest.raises(WorkflowError, match="seed"):
        seed_value(seed, 0)


def test_the_largest_seed_stays_in_the_safe_range() -> None:
    assert seed_value(2**64 - 1, 3) < SAFE_INTEGER


# ---- malformed ---------------------------------------------------------------------------------------------------

NODE = {"class_type": "A", "inputs": {}}


@pytest.mark.parametrize(
    ("api", "message"),
    [
        ([], "not a list"),
        (None, "not null"),
        ("text", "not text"),
        ({"nodes": [], "links": [], "version": 0.4}, "UI format"),
        ({"1": []}, "node '1': .* not a list"),
        ({1: NODE}, "node 1: ids are strings"),
        ({"1": {"inputs": {}}}, "node '1': class_type"),
        ({"1": {"class_type": "", "inputs": {}}}, "node '1': class_type"),
        ({"1": {"class_type": "A"}}, r"node '1' \(A\): inputs"),
        ({"1": {"class_type": "A", "inputs": []}}, r"node '1' \(A\): inputs"),
        ({"1": {"class_type": "A", "inputs": {"x": ["2", 0]}}}, r"node '1' \(A\), input 'x': .* node '2'"),
        ({"1": {"class_type": "A", "inputs": {"x": ["2", -1]}}, "2": NODE}, "input 'x': .*slot -1"),
        ({"1": {"class_type": "A", "inputs": {"x": ["2", 0.5]}}, "2": NODE}, "input 'x': .*slot 0.5"),
        ({"1": {"class_type": "A", "inputs": {"x": ["2", math.nan]}}, "2": NODE}, "input 'x': .*slot nan"),
        ({"1": {"class_type": "A", "inputs": {"x": ["1", 0]}}}, "'1' depends on itself"),
        ({"1": {"class_type": "A", "inputs": {"x": math.nan}}}, "input 'x': nan"),
        ({"1": {"class_type": "A", "inputs": {"x": [math.inf]}}}, "input 'x'"),
        ({"1": {"class_type": "A", "inputs": {"x": "\ud800"}}}, "input 'x': .*surrogate"),
        ({"1": {"class_type": "A", "inputs": {"x": ["\ud800"]}}}, "input 'x': .*surrogate"),
        ({"1": {"class_type": "A", "inputs": {"x": b"1"}}}, None),
        ({"1": {"class_type": "A", "inputs": {"x": {"y": {1, 2}}}}}, "input 'x': .*not JSON"),
    ],
)
def test_malformed(api: Any, message: str | None) -> None:
    with pytest.raises(WorkflowError, match=message):
        from_api(api)


def test_nesting_without_end() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(WorkflowError, match="input 'x': .*deep"):
        from_api({"1": {"class_type": "A", "inputs": {"x": {"y": value}}}})


def test_placeholders_have_no_value() -> None:
    with pytest.raises(WorkflowError, match="placeholder"):
        value_of(Seed())
    with pytest.raises(WorkflowError, match="placeholder"):
        value_of(Text(True))


# ---- files -------------------------------------------------------------------------------------------------------

API = {"1": {"class_type": "A", "inputs": {"text": 'say "hi"\n\N{CAT FACE} été'}}}


def test_write_and_read(tmp_path: Path) -> None:
    path = tmp_path / "a workflow.json"
    write_api(path, {"1": NODE})
    write_api(path, API)
    assert read_json(path) == API
    assert path.read_bytes().decode("utf-8").count("\N{CAT FACE}") == 1
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "bom.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(API).encode("utf-8"))
    assert read_json(path) == API


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not JSON"),
        (b'{"1": ', "line 1"),
        (b'{"1": \xff}', "not UTF-8"),
        (b'{"1": NaN}', "NaN"),
        (b'{"1": -Infinity}', "Infinity"),
        (b"[" * 200_000, "objects and lists in each other"),
        (b'{"1": ' + b"9" * 10_000 + b"}", "broken.json"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(WorkflowError, match=message) as raised:
        read_json(path)
    assert str(path) in str(raised.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "none.json")


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept.json"
    write_api(path, API)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="could not write the workflow: .*unchanged") as raised:
        write_api(path, {"1": NODE})
    assert raised.value.errno == errno.ENOSPC
    assert raised.value.filename == str(path)
    assert read_json(path) == API
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="could not write the workflow"):
        write_api(tmp_path / "none" / "x.json", API)


def test_minified() -> None:
    assert minified({"1": {"class_type": "é", "inputs": {"x": ["2", 0]}}}) == (
        '{"1":{"class_type":"é","inputs":{"x":["2",0]}}}'
    )
