from __future__ import annotations

import json
import os
from pathlib import Path

import numpy
import pytest
from inventories import write_sparse
from safetensors.numpy import save_file

from nodewright.workflow.catalog.safetensors_header import (
    HEADER_LIMIT,
    TENSOR_LIMIT,
    HeaderError,
    TensorInfo,
    read_header,
)


def raw(path: Path, header: object, data: int = 0, length: int | None = None) -> Path:
    """A file with this header (text, or data for JSON) and `data` bytes after it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode("utf-8")
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text + bytes(data))
    return path


def tensor(shape: object = (2, 2), offsets: object = (0, 8), dtype: object = "F16") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def test_reads_names_types_shapes_and_metadata(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_sparse(path, {"b.weight": (4, 3), "a": ()}, dtype="BF16", metadata={"title": "ß"})
    header = read_header(path)
    assert list(header.tensors.items()) == [("b.weight", TensorInfo("BF16", (4, 3))), ("a", TensorInfo("BF16", ()))]
    assert header.shapes == {"b.weight": (4, 3), "a": ()}
    assert header.metadata == {"title": "ß"}


def test_agrees_with_the_safetensors_library(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"x": numpy.zeros((3, 5), "float32"), "n": numpy.zeros(2, "int64")}, path, metadata={"k": "v"})
    header = read_header(path)
    assert header.tensors == {"x": TensorInfo("F32", (3, 5)), "n": TensorInfo("I64", (2,))}
    assert header.metadata == {"k": "v"}


def test_the_weights_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.safetensors"
    write_sparse(path, {"w": (1 << 20, 1 << 18)})  # half a terabyte, if anyone read it
    assert path.stat().st_size > 5e11
    assert read_header(path).shapes == {"w": (1 << 20, 1 << 18)}


def test_a_type_that_is_newer_than_this_is_taken_on_trust(tmp_path: Path) -> None:
    path = raw(tmp_path / "a.safetensors", {"w": tensor(dtype="F3_NEW", offsets=[0, 5])}, data=5)
    assert read_header(path).tensors["w"] == TensorInfo("F3_NEW", (2, 2))


@pytest.mark.parametrize(
    ("header", "data", "length", "says"),
    [
        pytest.param({"w": tensor()}, 8, 10_000, "claims 10000 bytes", id="length beyond the file"),
        pytest.param({"w": tensor()}, 8, 2**64 - 1, "claims 18446744073709551615 bytes", id="largest length"),
        pytest.param(b"{not json", 0, None, "not JSON", id="no JSON"),
        pytest.param(b"\xff\xfe\xfa", 0, None, "not JSON", id="no text"),
        pytest.param(b"[" * 100_000, 0, None, "nested too deeply", id="nested without end"),
        pytest.param(b'{"w":' + b"9" * 4301 + b"}", 0, None, "thousands of digits", id="more digits than Python reads"),
        pytest.param({"w": tensor(shape=[1 << 63])}, 8, None, "'w' has no shape", id="a size beyond 64 bits"),
        pytest.param({"w": tensor(shape=[1] * 65)}, 8, None, "'w' has no shape", id="more axes than tensors have"),
        pytest.param({"w": tensor(offsets=[0, 10**400])}, 8, None, "data_offsets", id="an offset beyond 64 bits"),
        pytest.param({"w" * 9999: 3}, 0, None, "is not described", id="a name of any length"),
        pytest.param(b"[1]", 0, None, "not a JSON object", id="a list"),
        pytest.param({"w": 3}, 0, None, "'w' is not described", id="tensor is no object"),
        pytest.param({"w": tensor(dtype=None)}, 8, None, "'w' has no type", id="no type"),
        pytest.param({"w": tensor(shape=[-2, 2])}, 8, None, "'w' has no shape", id="negative size"),
        pytest.param({"w": tensor(shape=[2.0, 2])}, 8, None, "'w' has no shape", id="fractional size"),
        pytest.param({"w": tensor(shape=[True, 2])}, 8, None, "'w' has no shape", id="a truth value as size"),
        pytest.param({"w": tensor(offsets=[0])}, 8, None, "data_offsets", id="one offset"),
        pytest.param({"w": tensor(offsets=[-8, 0])}, 8, None, "data_offsets", id="negative offset"),
        pytest.param({"w": tensor(offsets=[8, 0])}, 8, None, "is at bytes 8..0", id="ends before it begins"),
        pytest.param({"w": tensor()}, 7, None, "only 7 bytes of data", id="cut off"),
        pytest.param({"w": tensor(offsets=[0, 6])}, 8, None, "does not have 6 bytes", id="size against shape"),
        pytest.param({"v": tensor(), "w": tensor(offsets=[6, 14])}, 14, None, "'v' and 'w' overlap", id="overlap"),
        pytest.param(
            b'{"w":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"w":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}',
            2,
            None,
            "'w' twice",
            id="a name twice",
        ),
        pytest.param({"__metadata__": [1]}, 0, None, "metadata", id="metadata is no object"),
    ],
)
def test_a_lying_header_says_which_file_and_what_to_do(
    tmp_path: Path, header: object, data: int, length: int | None, says: str
) -> None:
    path = raw(tmp_path / "liar.safetensors", header, data, length)
    with pytest.raises(HeaderError) as caught:
        read_header(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)
    assert "Download it again" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs pull"),
        (b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>", "web site"),
        (b'{"error": "Unauthorized", "message": "log in to download"}', "web site"),
        (b"GGUF\x03\x00\x00\x00" + bytes(40), "GGUF file"),
        (b"PK\x03\x04" + bytes(40), "torch.save"),
    ],
)
def test_a_file_of_another_format_is_called_by_its_name(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(HeaderError, match=says):
        read_header(path)


def test_a_header_is_read_in_time_that_grows_with_its_size(tmp_path: Path) -> None:
    """Looking for each name among all others would take hours here."""
    one = '{"dtype":"F16","shape":[1],"data_offsets":[0,2]}'
    names = "".join(f'"layer_{number}":{{"dtype":"F16","shape":[0],"data_offsets":[0,0]}},' for number in range(90_000))
    path = raw(tmp_path / "twice.safetensors", f'{{{names}"w":{one},"w":{one}}}'.encode(), 2)
    with pytest.raises(HeaderError, match="'w' twice"):
        read_header(path)


def test_a_header_beyond_the_limits_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.safetensors"
    with path.open("wb") as file:
        file.write((HEADER_LIMIT + 1).to_bytes(8, "little"))
        file.truncate(2 * HEADER_LIMIT)
    with pytest.raises(HeaderError, match=f"no more than {HEADER_LIMIT}"):
        read_header(path)
    empty = {f"{number}": tensor([0], [0, 0]) for number in range(TENSOR_LIMIT + 1)}
    with pytest.raises(HeaderError, match="more than any model has"):
        read_header(raw(path, empty))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.safetensors")
    with pytest.raises(HeaderError, match="no ordinary file"):
        read_header(tmp_path / "pipe.safetensors")


@pytest.mark.parametrize("size", [0, 7])
def test_a_file_too_short_for_a_length(tmp_path: Path, size: int) -> None:
    path = tmp_path / "stub.safetensors"
    path.write_bytes(bytes(size))
    with pytest.raises(HeaderError, match=f"has {size} bytes"):
        read_header(path)


def test_every_truncation_of_a_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_sparse(path, {"a": (2, 2), "b": (3,)})
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(HeaderError):
            read_header(path)
