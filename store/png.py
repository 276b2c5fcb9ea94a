"""Remove from PNG files what ComfyUI writes into them beside the picture."""

from __future__ import annotations

import struct

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
"""Chunks that do not change how the picture looks (PNG specification, 11.3.3 and 11.3.5)."""


def without_texts(data: bytes) -> bytes:
    """Return the same picture without the texts that ComfyUI's nodes put into the file (the workflow that made it).

    Equal pictures become equal files.

    Raises:
        ValueError: `data` is not a complete PNG file.
    """
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
