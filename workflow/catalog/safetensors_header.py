"""Read the header of a safetensors file: names, types, shapes and metadata of its tensors, never the weights.

The format: 8 bytes with the header's length N (little-endian), N bytes of JSON {name: {dtype, shape, data_offsets}},
then the data, to which the offsets are relative. https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEADER_LIMIT = 100_000_000
"""Largest size of a header in bytes. The safetensors library refuses longer ones as well."""

# Bits of one element. Types that are missing are newer than this module; their size is not checked.
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "I64": 64, "U64": 64, "F64": 64, "C64": 64,
}  # fmt: skip


class HeaderError(ValueError):
    """A file that is not a sound safetensors file. The message names the file and the remedy."""


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor.

    Attributes:
        dtype: its type by the safetensors name ("F16", "BF16", ...).
        shape: its shape.
    """

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SafetensorsHeader:
    """The header of one file.

    Attributes:
        tensors: tensors by name, in the order of the file.
        metadata: text that the file's author stored with them.
    """

    tensors: dict[str, TensorInfo]
    metadata: dict[str, str]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each tensor by name."""
        return {name: tensor.shape for name, tensor in self.tensors.items()}


def read_header(path: str | os.PathLike[str]) -> SafetensorsHeader:
    """Return the header of a safetensors file.

    Raises:
        HeaderError: the file is truncated or its header is wrong (its length, no JSON, a name twice, a shape that does
            not fit its data, data outside the file or overlapping).
        OSError: the file cannot be read.
    """
    path = Path(path)
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(8)
        if len(start) < 8:
            raise _error(path, f"it has {size} bytes, too few for a safetensors file")
        length = int.from_bytes(start, "little")
        if length > HEADER_LIMIT:
            raise _error(path, f"its header claims {length} bytes, more than {HEADER_LIMIT}")
        if 8 + length > size:
            raise _error(path, f"its header claims {length} bytes, but the file has only {size}")
        text = file.read(length)
    return _parse(path, text, size - 8 - length)


def _parse(path: Path, text: bytes, data_size: int) -> SafetensorsHeader:
    """Return the header in `text` of a file with `data_size` bytes after it."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        entries = dict(pairs)
        if len(entries) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise _error(path, f"its header has the name {twice!r} twice")
        return entries

    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise _error(path, f"its header is not JSON ({error})") from None
    if not isinstance(header, dict):
        raise _error(path, "its header is not a JSON object")
    metadata = header.pop("__metadata__", None) or {}
    if not isinstance(metadata, dict):
        raise _error(path, "its metadata is not a JSON object")
    tensors: dict[str, TensorInfo] = {}
    spans: list[tuple[int, int, str]] = []
    for name, entry in header.items():
        tensors[name], begin, end = _tensor(path, name, entry, data_size)
        spans.append((begin, end, name))
    _check_overlap(path, spans)
    return SafetensorsHeader(tensors, {str(key): str(value) for key, value in metadata.items()})


def _tensor(path: Path, name: str, entry: Any, data_size: int) -> tuple[TensorInfo, int, int]:
    """Return one tensor, and the offsets at which its data begin and end."""
    if not isinstance(entry, dict):
        raise _error(path, f"tensor {name!r} is not described by a JSON object")
    dtype, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not isinstance(dtype, str):
        raise _error(path, f"tensor {name!r} has no type")
    if not isinstance(shape, list) or not all(_is_size(size) for size in shape):
        raise _error(path, f"tensor {name!r} has no shape of whole numbers from 0: {str(shape)[:60]}")
    if not isinstance(offsets, list) or len(offsets) != 2 or not all(_is_size(offset) for offset in offsets):
        raise _error(path, f"tensor {name!r} has no data_offsets of two whole numbers: {str(offsets)[:60]}")
    begin, end = offsets
    if begin > end or end > data_size:
        raise _error(path, f"tensor {name!r} is at bytes {begin}..{end}, but there are only {data_size} bytes of data")
    bits = _BITS.get(dtype)
    if bits is not None and (math.prod(shape) * bits + 7) // 8 != end - begin:
        raise _error(path, f"tensor {name!r} of type {dtype} and shape {shape} does not have {end - begin} bytes")
    return TensorInfo(dtype, tuple(shape)), begin, end


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _check_overlap(path: Path, spans: list[tuple[int, int, str]]) -> None:
    last, before = 0, ""
    for begin, end, name in sorted(span for span in spans if span[0] < span[1]):
        if begin < last:
            raise _error(path, f"tensors {before!r} and {name!r} overlap")
        last, before = end, name


def _error(path: Path, what: str) -> HeaderError:
    return HeaderError(f"{path}: {what}. The file is damaged or was not downloaded completely. Download it again")
