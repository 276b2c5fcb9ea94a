"""The text encoders that serve several families, and those that share a layout with another.

Encoders that one family alone uses stand in that family's file. The layouts are those that ComfyUI 0.3.75 goes by
(comfy/sd.py). Where a header fits several, the first that is listed is what a header alone stands for.
"""

from __future__ import annotations

from .family import TextEncoder
from .headers import Header


def _t5(header: Header, width: int, *, umt5: bool) -> bool:
    """Return whether it is a T5, or with `umt5` a UMT5, of this width."""
    if header.t5 is None or _is_old_t5(header):
        return False
    found, attention, every_bias = header.t5
    return found == width and (found == 4096 or attention != 384) and every_bias is umt5


def _is_old_t5(header: Header) -> bool:
    return not header.clip_layers and "encoder.block.23.layer.1.DenseReluDense.wi.weight" in header


def _is_byt5(header: Header) -> bool:
    if header.t5 is None or _is_old_t5(header):
        return False
    width, attention, _ = header.t5
    return width != 4096 and attention == 384


def _is_gemma2(header: Header) -> bool:
    model = header.language_model
    return model is not None and model.gemma and not model.query_norm


SHARED_TEXT_ENCODERS: tuple[TextEncoder, ...] = (
    TextEncoder("qwen3vl_8b", r"qwen_?3_?vl_8b", lambda header: header.is_qwen3(4096, vision=True),
                ("qwen3vl_8b_fp8_scaled.safetensors", "qwen3vl_8b_int8_convrot.safetensors")),
    TextEncoder("qwen3vl_4b", r"qwen_?3_?vl_4b", lambda header: header.is_qwen3(2560, vision=True),
                ("qwen3vl_4b_fp8_scaled.safetensors", "qwen3vl_4b_bf16.safetensors")),
    TextEncoder("qwen35_4b", r"qwen_?3_5_4b"),
    TextEncoder("qwen35_2b", r"qwen_?3_5_2b"),
    TextEncoder("qwen25vl_7b", r"qwen_?2_5_?vl?_?7b|qwen2_5_vl_7b", lambda header: header.is_qwen25vl(512),
                ("qwen_2.5_vl_7b_fp8_scaled.safetensors", "qwen_2.5_vl_7b.safetensors")),
    TextEncoder("qwen3_4b", r"qwen_?3_4b", lambda header: header.is_qwen3(2560),
                ("qwen_3_4b.safetensors", "qwen_3_4b_fp8_mixed.safetensors")),
    # What an adapter built on Gemma 4 12B reads has the layout of Gemma 3 12B.
    TextEncoder("gemma3_12b", r"gemma_?3_12b", lambda header: header.is_gemma3(3840)),
    TextEncoder("gemma4_12b", r"gemma_?4_?12b", lambda header: header.is_gemma3(3840)),
    TextEncoder("gemma2_2b", r"gemma_?2_2b", _is_gemma2,
                ("gemma_2_2b_fp16.safetensors", "gemma_2_2b_it_elm_bf16.safetensors")),
    TextEncoder("umt5xxl", r"umt5_?xxl", lambda header: _t5(header, 4096, umt5=True)),
    TextEncoder("umt5_base", r"umt5_?base", lambda header: _t5(header, 768, umt5=True)),
    TextEncoder("t5xxl_old", r"old_?t5_?xxl|oldt5", _is_old_t5, ("oldt5_xxl_fp8_e4m3fn_scaled.safetensors",)),
    TextEncoder("t5xxl", r"t5_?(v1_1_?)?xxl|t5xxl", lambda header: _t5(header, 4096, umt5=False),
                ("t5xxl_fp16.safetensors", "t5xxl_fp8_e4m3fn.safetensors", "t5xxl_fp8_e4m3fn_scaled.safetensors")),
    TextEncoder("byt5_small", r"byt5", _is_byt5, ("byt5_small_glyphxl_fp16.safetensors",)),
    TextEncoder("t5_base", r"t5_?base", lambda header: _t5(header, 768, umt5=False)),
    TextEncoder("clip_g", r"clip_?g(_|$)|bigg", lambda header: header.clip_layers > 30, ("clip_g.safetensors",)),
    TextEncoder("clip_h", r"clip_?h(_|$)|vit_h", lambda header: 22 < header.clip_layers <= 30),
    TextEncoder("clip_l", r"clip_?l(_|$)|vit_l_14|clip_vit_l", lambda header: 0 < header.clip_layers <= 22,
                ("clip_l.safetensors", "clip_l.safetensors", "ViT-L-14-TEXT-detail-improved-hiT-GmP-HF.safetensors")),
)  # fmt: skip
