"""Cosmos-Predict2."""

from __future__ import annotations

from .family import Family, FamilyFiles, Popularity, SamplingRange, one_encoder
from .headers import Header
from .latent_spaces import WAN
from .node_classes import SIXTEEN_CHANNELS, T5, TRANSFORMER
from .tasks import ANIMATE, input_task


def _is_cosmos_predict2(header: Header) -> bool:
    adapted = "llm_adapter.blocks.0.cross_attn.q_proj.weight" in header  # Anima
    return "blocks.0.mlp.layer1.weight" in header and not adapted


FAMILY = Family(
    name="cosmos_predict2",
    title="Cosmos Predict 2",
    file_words="(^|_)cosmos.*predict_?2",
    native_side=1024,
    diffusion=_is_cosmos_predict2,
    task=lambda header: input_task(header, "x_embedder.proj.1.weight", 1, 68, {72: ANIMATE}),
    comfyui_classes=("CosmosT2IPredict2", "CosmosI2VPredict2"),
    encoder_loading=one_encoder("cosmos", "t5xxl_old"),
    latent_space=WAN,
    node_classes=(
        *SIXTEEN_CHANNELS,
        *TRANSFORMER,
        *T5,
        "CosmosPredict2ImageToVideoLatent",
        "ModelMergeCosmosPredict2_2B",
        "ModelMergeCosmosPredict2_14B",
    ),
    node_class_words="Cosmos",
    sampling=SamplingRange(
        steps=(28, 40),
        cfg=(3.5, 5.0),
        samplers=("euler", "res_multistep"),
        schedulers=("simple",),
        megapixels=(0.75, 1.6),
        source=(
            "examples: cosmos_predict2__cosmos_predict2_2b_t2i_example (30 steps, cfg 4, euler simple, 1024 x"
            " 1024); ranges ours"
        ),
    ),
    popularity=Popularity(name_tags=("_cosmos_predict2", "-cosmos-predict2")),
    files=FamilyFiles(
        diffusion_models="""
            *cosmos_predict2_2B_t2i.safetensors
            cosmos_predict2_14B_t2i.safetensors
        """,
    ),
)
