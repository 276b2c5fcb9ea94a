"""`nodewright validate`: exit status and problems, for both formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_command import Command


def graph() -> dict[str, Any]:
    """A workflow that needs no model."""
    return {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
    }


def canvas(class_type: str = "EmptyImage") -> dict[str, Any]:
    """The same as the canvas saves it."""
    output = {"name": "IMAGE", "type": "IMAGE", "links": [1]}
    link = {"name": "images", "type": "IMAGE", "link": 1}
    return {
        "version": 0.4, "last_node_id": 2, "last_link_id": 1, "links": [[1, 1, 0, 2, 0, "IMAGE"]],
        "nodes": [
            {"id": 1, "type": class_type, "mode": 0, "outputs": [output], "widgets_values": [64, 64, 1, 0]},
            {"id": 2, "type": "SaveImage", "mode": 0, "inputs": [link], "widgets_values": ["x"]},
        ],
    }  # fmt: skip


def write(path: Path, document: Any) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(("make", "name"), [(graph, "api"), (canvas, "ui")])
def test_a_valid_workflow_of_either_format(
    nodewright: Command, object_info_path: Path, tmp_path: Path, make: Any, name: str
) -> None:
    path = write(tmp_path / "w.json", make())
    done = nodewright("validate", path, "--object-info", object_info_path)
    assert (done.status, done.out) == (0, f"{path}: valid\n")
    done = nodewright("validate", path, "--object-info", object_info_path, "--json")
    assert (done.status, done.document["valid"], done.document["format"]) == (0, True, name)


def test_problems_name_node_and_input(nodewright: Command, object_info_path: Path, tmp_path: Path) -> None:
    api = graph()
    api["1"]["inputs"]["width"] = "wide"
    api["2"]["inputs"].pop("filename_prefix")
    path = write(tmp_path / "w.json", api)
    done = nodewright("validate", path, "--object-info", object_info_path)
    assert done.status == 1
    assert "node '1' (EmptyImage), input 'width'" in done.out
    document = nodewright("validate", path, "--object-info", object_info_path, "--json").document
    assert document["valid"] is False
    assert {(one["node_id"], one["class_type"], one["input"]) for one in document["problems"]} == {
        ("1", "EmptyImage", "width"),
        ("2", "SaveImage", "filename_prefix"),
    }


@pytest.mark.parametrize(
    "document", [canvas("NoSuchNode"), {}, [], "text", {"1": 5}, {"1": {"class_type": "NoSuchNode"}}]
)
def test_what_is_no_workflow_here_is_invalid(
    nodewright: Command, object_info_path: Path, tmp_path: Path, document: Any
) -> None:
    done = nodewright("validate", write(tmp_path / "w.json", document), "--object-info", object_info_path, "--json")
    assert done.status == 1
    assert done.document["problems"]
    if "NoSuchNode" in json.dumps(document):
        assert "NoSuchNode" in done.document["problems"][0]["message"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe{}", b'{"1": NaN}', b"[" * 100_000])
def test_what_is_not_json_is_bad_input(
    nodewright: Command, object_info_path: Path, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "w.json"
    path.write_bytes(content)
    done = nodewright("validate", path, "--object-info", object_info_path, "--json")
    assert done.status == 2
    assert done.document["error"]["kind"] == "workflow"
    assert str(path) in done.document["error"]["message"]


def test_a_file_that_is_not_there(nodewright: Command, object_info_path: Path, tmp_path: Path) -> None:
    done = nodewright("validate", tmp_path / "w.json", "--object-info", object_info_path, "--json")
    assert (done.status, done.document["error"]["kind"]) == (2, "file")
    assert str(tmp_path / "w.json") in done.err


def test_what_makes_no_sense_is_named_only_when_strict(
    nodewright: Command, object_info_path: Path, tmp_path: Path
) -> None:
    enlarged = {"class_type": "ImageScaleBy", "inputs": {"image": ["1", 0], "upscale_method": "area", "scale_by": 2.0}}
    reduced = {"class_type": "ImageScaleBy", "inputs": {"image": ["3", 0], "upscale_method": "area", "scale_by": 0.5}}
    api = graph() | {"3": enlarged, "4": reduced}
    api["2"]["inputs"]["images"] = ["4", 0]
    path = write(tmp_path / "w.json", api)
    assert nodewright("validate", path, "--object-info", object_info_path).status == 0
    done = nodewright("validate", path, "--object-info", object_info_path, "--strict")
    assert done.status == 1
    assert done.out.startswith("nodes '3', '4': the picture is enlarged and then scaled down")
    document = nodewright("validate", path, "--object-info", object_info_path, "--strict", "--json").document
    assert document["valid"] is True
    assert [finding["nodes"] for finding in document["silly"]] == [["3", "4"]]
    sensible = write(tmp_path / "sensible.json", graph())
    assert nodewright("validate", sensible, "--object-info", object_info_path, "--strict").status == 0
