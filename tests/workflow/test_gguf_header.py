from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest
from inventories import Shapes, diffusion_model
from tiny_gguf import write_tiny_gguf

from nodewright.workflow.catalog.gguf_header import read_gguf_header
from nodewright.workflow.catalog.identify import identify_file


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def gguf(architecture: str, shapes: Shapes, words: int = 0) -> bytes:
    """The header of a GGUF file, with a list of so many texts before the architecture."""
    listed = text("tokens") + struct.pack("<IIQ", 9, 8, words) + text("word") * words
    keys = listed + text("general.architecture") + struct.pack("<I", 8) + text(architecture)
    tensors = b"".join(
        text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *reversed(shape)) + struct.pack("<IQ", 12, 0)
        for name, shape in shapes.items()
    )
    return b"GGUF" + struct.pack("<IQQ", 3, len(shapes), 2) + keys + tensors


def test_agrees_with_the_gguf_library(tmp_path: Path) -> None:
    model = write_tiny_gguf(tmp_path / "tiny.gguf")
    header = read_gguf_header(tmp_path / "tiny.gguf")
    assert header is not None and header.architecture == "qwen2"
    assert header.shapes["token_embd.weight"] == tuple(model.model.embed_tokens.weight.shape)
    assert header.shapes["blk.1.ffn_up.weight"] == tuple(model.model.layers[1].mlp.up_proj.weight.shape)


@pytest.mark.parametrize(
    ("folder", "name", "architecture", "shapes", "families", "reason"),
    [
        ("diffusion_models", "unnamed-Q4_K_S.gguf", "flux", diffusion_model("flux"), {"flux"}, None),
        ("diffusion_models", "sdxl-Q8_0.gguf", "flux", diffusion_model("flux"), {"flux"}, None),
        ("diffusion_models", "flux1-Q8_0.gguf", "flux", diffusion_model("flux") | {"img_in.weight": (3072, 384)},
         {"flux"}, "fill masked parts"),
        ("diffusion_models", "flux1-kontext-Q8_0.gguf", "flux", diffusion_model("flux"), {"flux"}, "change a given"),
        ("diffusion_models", "flux1-dev.gguf", "t5encoder", {"enc.blk.0.attn_q.weight": (8, 8)}, set(),
         "a text encoder"),
        ("diffusion_models", "flux1-dev.gguf", "new", {"nobody.knows": (8, 8)}, {"flux"}, None),
        ("text_encoders", "Qwen2.5-VL-7B.gguf", "clip", {"v.blk.0.attn_q.weight": (8, 8)}, set(), "vision part"),
        ("text_encoders", "Qwen2.5-VL-7B.gguf", "qwen2vl", {"blk.0.attn_q.weight": (8, 8)}, {"qwen_image"}, None),
        ("text_encoders", "t5xxl.gguf", "flux", diffusion_model("flux"), set(), "a diffusion model"),
    ],
)  # fmt: skip
def test_what_a_gguf_file_is(
    tmp_path: Path, folder: str, name: str, architecture: str, shapes: Shapes, families: set[str], reason: str | None
) -> None:
    (tmp_path / name).write_bytes(gguf(architecture, shapes, words=1000))
    identity = identify_file(folder, name, tmp_path / name)
    assert families <= identity.families and (families or not identity.families)
    assert identity.unusable is None if reason is None else reason in (identity.unusable or "")


def test_what_is_no_header_leaves_the_name(tmp_path: Path) -> None:
    """Cut off anywhere, bytes changed anywhere, counts beyond all bounds: never an error, never without end."""
    path, draw = tmp_path / "flux1-dev-Q4_0.gguf", random.Random(0)
    whole = gguf("flux", {"img_in.weight": (3072, 64)}, words=3)
    damaged = [whole[:size] for size in range(len(whole))]
    for _ in range(300):
        bytes_now = bytearray(whole)
        for _ in range(draw.randint(1, 3)):
            bytes_now[draw.randrange(4, len(whole))] = draw.randrange(256)
        damaged.append(bytes(bytes_now))
    damaged += [b"GGUF" + struct.pack("<IQQ", 3, 2**63, 2**63), b"GGUF, known by its name alone", b""]
    damaged.append(b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<IIQ", 9, 0, 2**62))
    for content in damaged:
        path.write_bytes(content)
        assert identify_file("diffusion_models", path.name, path).role in ("diffusion_model", "unknown")
