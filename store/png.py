"""PNG files as bytes: what ComfyUI writes into them beside the picture, and how to take it out again."""

from __future__ import annotations

import struct

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
"""Chunks that do not change what is seen (PNG specification, 11.3.3 and 11.3.5)."""


def without_texts(data: bytes) -> bytes:
    """The same picture without the texts that ComfyUI's nodes put into the file (the workflow that made it), so that
    equal pictures are equal files. Raises ValueError for anything but a whole PNG file."""
    if not data.startswith(SIGNATURE):
        raise ValueError("the picture is not a PNG file")
    kept, position, kind = [SIGNATURE], len(SIGNATURE), b""
    while kind != b"IEND":
        if position + 12 > len(data):
            raise ValueError("the PNG file breaks off before its end")
        (length,) = struct.unpack_from(">I", data, position)
        kind, end = data[position + 4 : position + 8], position + 12 + length  # length, kind, content, checksum
        if kind not in _TEXTS:
            kept.append(data[position:end])
        position = end
    if position > len(data):
        raise ValueError("the PNG file breaks off before its end")
    return b"".join(kept)
