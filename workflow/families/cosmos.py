"""Cosmos 1.0."""

from __future__ import annotations

from .family import Family, LatentSpace, one_encoder
from .headers import Header
from .node_classes import HIGH_NOISE, T5, TRANSFORMER
from .tasks import ANIMATE, input_task


def _is_cosmos(header: Header) -> bool:
    return "blocks.block0.blocks.0.block.attn.to_q.0.weight" in header


FAMILY = Family(
    name="cosmos",
    file_words=r"(^|_)cosmos(_|\d|$)",
    medium="video",
    diffusion=_is_cosmos,
    task=lambda header: input_task(header, "x_embedder.proj.1.weight", 1, 68, {72: ANIMATE}),
    comfyui_classes=("CosmosT2V", "CosmosI2V"),
    encoder_loading=one_encoder("cosmos", "t5xxl_old"),
    latent_space=LatentSpace("cosmos", layout=lambda header: "decoder.unpatcher3d.wavelets" in header),
    node_classes=(
        *HIGH_NOISE,
        *TRANSFORMER,
        *T5,
        "EmptyCosmosLatentVideo",
        "CosmosImageToVideoLatent",
        "ModelMergeCosmos7B",
        "ModelMergeCosmos14B",
    ),
    node_class_words="Cosmos(?!Predict2)",
)
