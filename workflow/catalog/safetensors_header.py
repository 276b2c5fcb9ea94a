"""Read the header of a safetensors file: names, types, shapes and metadata of its tensors, never the weights.

The format: 8 bytes with the header's length N (little-endian), N bytes of JSON {name: {dtype, shape, data_offsets}},
then the data, to which the offsets are relative. https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import math
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

HEADER_LIMIT = 16_000_000
"""Largest size of a header in bytes: several times the largest that is known, and read within a second or two."""
TENSOR_LIMIT = 100_000
"""Most tensors of a file, likewise."""
_SIZE_LIMIT = 1 << 63  # of one axis, and of a file
_AXES_LIMIT = 64

# Bits of one element. Types that are missing are newer than this module; their size is not checked.
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "I64": 64, "U64": 64, "F64": 64, "C64": 64,
}  # fmt: skip


class HeaderError(ValueError):
    """A file that is not a sound safetensors file. The message names the file and the remedy.

    Attributes:
        reason: what is wrong, without the file's name.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason


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
        HeaderError: the file is no safetensors file or truncated, or its header is wrong (its length, no JSON, a name
            twice, a shape that does not fit its data, data outside the file or overlapping) or larger than any model's.
        OSError: the file cannot be read.
    """
    path = Path(path)
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
        raise HeaderError(path, "it is no ordinary file")
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        start = file.read(8)
        if len(start) < 8:
            raise _error(path, f"it has {size} bytes, too few for a safetensors file")
        length = int.from_bytes(start, "little")
        if length > size - 8:
            _check_format(path, start + file.read(64))
            raise _error(path, f"its header claims {length} bytes, but the file has only {size}")
        if length > HEADER_LIMIT:
            raise HeaderError(
                path, f"its header has {length} bytes; models need far less, and no more than {HEADER_LIMIT} are read"
            )
        text = file.read(length)
    return _parse(path, text, size - 8 - length)


def _check_format(path: Path, start: bytes) -> None:
    """Raise HeaderError where a file begins as files of other formats do."""
    text = start.lstrip().lower()
    if text.startswith(b"version https://git-lfs"):
        raise HeaderError(
            path, "it is a pointer of Git LFS, not the model itself. Run git lfs pull, or download it again"
        )
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"{")):
        raise HeaderError(path, "it is a page or a message of a web site, not the model. Download it again")
    for magic, what in ((b"GGUF", "a GGUF file"), (b"PK\x03\x04", "a file of torch.save"), (b"\x80\x02", "a pickle")):
        if start.startswith(magic):
            raise HeaderError(path, f"it is {what}, not a safetensors file. Give it the extension of its format")


def _parse(path: Path, text: bytes, data_size: int) -> SafetensorsHeader:
    """Return the header in `text` of a file with `data_size` bytes after it."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        entries = dict(pairs)
        if len(entries) < len(pairs):
            seen: set[str] = set()
            twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
            raise _error(path, f"its header has the name {twice[:80]!r} twice")
        return entries

    # Not guarded_json's reader, which takes three times as long: a folder may hold ten thousand of these. The checks
    # below take nothing but whole numbers, lists of them and texts.
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
    except HeaderError:
        raise
    except RecursionError:
        raise _error(path, "its header is nested too deeply") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _error(path, f"its header is not JSON ({error})") from None
    except ValueError:
        raise _error(path, "its header holds a number of thousands of digits") from None
    if not isinstance(header, dict):
        raise _error(path, "its header is not a JSON object")
    metadata = header.pop("__metadata__", None) or {}
    if not isinstance(metadata, dict):
        raise _error(path, "its metadata is not a JSON object")
    if len(header) > TENSOR_LIMIT:
        raise HeaderError(path, f"it names {len(header)} tensors, more than any model has; {TENSOR_LIMIT} are read")
    tensors: dict[str, TensorInfo] = {}
    spans: list[tuple[int, int, str]] = []
    for name, entry in header.items():
        tensors[name], begin, end = _tensor(path, name, entry, data_size)
        spans.append((begin, end, name))
    _check_overlap(path, spans)
    return SafetensorsHeader(tensors, {key: value for key, value in metadata.items() if isinstance(value, str)})


def _tensor(path: Path, name: str, entry: Any, data_size: int) -> tuple[TensorInfo, int, int]:
    """Return one tensor, and the offsets at which its data begin and end."""
    if not isinstance(entry, dict):
        raise _error(path, f"tensor {name[:80]!r} is not described by a JSON object")
    dtype, shape, offsets = entry.get("dtype"), entry.get("shape"), entry.get("data_offsets")
    if not isinstance(dtype, str):
        raise _error(path, f"tensor {name[:80]!r} has no type")
    if not _are_sizes(shape) or len(shape) > _AXES_LIMIT:
        raise _error(path, f"tensor {name[:80]!r} has no shape of whole numbers from 0: {_shown(shape)}")
    if not _are_sizes(offsets) or len(offsets) != 2:
        raise _error(path, f"tensor {name[:80]!r} has no data_offsets of two whole numbers: {_shown(offsets)}")
    begin, end = offsets
    if begin > end or end > data_size:
        raise _error(
            path, f"tensor {name[:80]!r} is at bytes {begin}..{end}, but there are only {data_size} bytes of data"
        )
    bits = _BITS.get(dtype)
    if bits is not None and (math.prod(shape) * bits + 7) // 8 != end - begin:
        raise _error(path, f"tensor {name[:80]!r} of type {dtype} and shape {shape} does not have {end - begin} bytes")
    return TensorInfo(dtype, tuple(shape)), begin, end


def _are_sizes(values: Any) -> TypeGuard[list[int]]:
    # By the type, since a bool is an int, too.
    return isinstance(values, list) and all(type(value) is int and 0 <= value < _SIZE_LIMIT for value in values)


def _shown(value: Any) -> str:
    """Return the beginning of a JSON value that is wrong, for a message."""
    try:
        return json.dumps(value)[:60]
    except (ValueError, RecursionError):  # a number of thousands of digits, lists in lists
        return "no text can show it"


def _check_overlap(path: Path, spans: list[tuple[int, int, str]]) -> None:
    last, before = 0, ""
    for begin, end, name in sorted(span for span in spans if span[0] < span[1]):
        if begin < last:
            raise _error(path, f"tensors {before[:80]!r} and {name[:80]!r} overlap")
        last, before = end, name


def _error(path: Path, what: str) -> HeaderError:
    return HeaderError(path, f"{what}. The file is damaged or was not downloaded completely. Download it again")
