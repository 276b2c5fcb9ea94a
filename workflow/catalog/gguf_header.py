"""Read what the header of a GGUF file states: the architecture, and the shapes of its tensors; never the weights.

The format: "GGUF", version, count of tensors, count of keys, the keys with their values, then for each tensor its name,
sizes (the innermost first), type and place. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import os
import stat
import struct
from dataclasses import dataclass
from typing import BinaryIO

from .safetensors_header import HEADER_LIMIT, TENSOR_LIMIT

_ARCHITECTURE = b"general.architecture"
_MOST_KEYS, _MOST_AXES, _LONGEST_NAME = 10_000, 8, 4096
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # type of a value -> its bytes
_TEXT, _LIST = 8, 9


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """The header of one file."""

    architecture: str
    """What the file says that it is: "flux", "t5encoder", "clip" (the vision part of a language model), ..."""
    shapes: dict[str, tuple[int, ...]]
    """The shape of each tensor by name, as the model had it before it was quantised."""


class _NoGgufError(ValueError):
    """The bytes are no header of a GGUF file."""


def read_gguf_header(path: str | os.PathLike[str], limit: int = HEADER_LIMIT) -> GgufHeader | None:
    """Return the header of a GGUF file; None where there is none of at most `limit` bytes that can be read.

    Raises:
        OSError: the file cannot be read.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        return None
    with open(path, "rb") as file:
        try:
            return _Reader(file, limit).header()
        except _NoGgufError:
            return None


class _Reader:
    """Reads a header from its beginning, and no more than `limit` bytes."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        self._file = file
        self._left = limit

    def header(self) -> GgufHeader:
        """Return the header. Raises _NoGgufError."""
        if self._bytes(4) != b"GGUF" or self._number("<I") not in (2, 3):
            raise _NoGgufError
        tensors, keys = self._number("<Q", TENSOR_LIMIT), self._number("<Q", _MOST_KEYS)
        architecture = ""
        for _ in range(keys):
            key, kind = self._text(), self._number("<I")
            if key == _ARCHITECTURE and kind == _TEXT:
                architecture = self._text().decode("utf-8", "replace")
            else:
                self._skip(kind)
        return GgufHeader(architecture, dict(self._tensor() for _ in range(tensors)))

    def _tensor(self) -> tuple[str, tuple[int, ...]]:
        name = self._text(_LONGEST_NAME).decode("utf-8", "replace")
        sizes = [self._number("<Q", 1 << 62) for _ in range(self._number("<I", _MOST_AXES))]
        self._bytes(12)  # type and place
        return name, tuple(reversed(sizes))

    def _skip(self, kind: int) -> None:
        if kind == _TEXT:
            self._text()
        elif kind == _LIST:
            inner, count = self._number("<I"), self._number("<Q", HEADER_LIMIT)
            if inner in _SIZES:
                self._bytes(_SIZES[inner] * count)
            elif inner == _TEXT:
                for _ in range(count):
                    self._text()
            else:
                raise _NoGgufError
        else:
            self._bytes(_SIZES.get(kind, HEADER_LIMIT + 1))

    def _text(self, longest: int = HEADER_LIMIT) -> bytes:
        return self._bytes(self._number("<Q", longest))

    def _number(self, form: str, most: int = 1 << 63) -> int:
        number: int = struct.unpack(form, self._bytes(struct.calcsize(form)))[0]
        if number > most:
            raise _NoGgufError
        return number

    def _bytes(self, count: int) -> bytes:
        self._left -= count
        if self._left < 0:
            raise _NoGgufError
        found = self._file.read(count)
        if len(found) < count:
            raise _NoGgufError
        return found
