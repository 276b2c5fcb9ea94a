"""Damage to a GGUF file: cut short, or counts, types and values changed."""

from __future__ import annotations

import struct
from pathlib import Path
from random import Random

import gguf

_COUNTS = (0, 1, 3, 7, 255, 65_535, 2**20, 2**31 - 1, 2**31, 2**32 - 1)
_LONG_COUNTS = (*_COUNTS, 2**32, 2**40, 2**62, 2**63, 2**64 - 1)


def places_of(path: Path) -> tuple[tuple[int, ...], int]:
    """Return where types, counts and values of keys and tensors stand in a file, and where its header ends."""
    reader = gguf.GGUFReader(path)
    places = {8, 16}  # of tensors, of keys
    for field in [*reader.fields.values(), *(tensor.field for tensor in reader.tensors)]:
        at = field.offset
        for part in field.parts[:12]:  # of a long list the first values
            places.add(at)
            at += part.nbytes
    return tuple(sorted(places)), reader.data_offset


def damaged(content: bytes, places: tuple[int, ...], end: int, draw: Random) -> bytes:
    """Return a damaged copy of a file's content; `places` and `end` as of `places_of`."""
    if draw.random() < 0.2:
        return content[: draw.randrange(len(content) if draw.random() < 0.5 else end)]
    copy = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        at = draw.choice(places) if draw.random() < 0.8 else draw.randrange(end)
        match draw.randrange(3):
            case 0:
                copy[at : at + 4] = struct.pack("<I", draw.choice(_COUNTS))
            case 1:
                copy[at : at + 8] = struct.pack("<Q", draw.choice(_LONG_COUNTS))
            case _:
                copy[at] ^= 1 << draw.randrange(8)
    return bytes(copy)
