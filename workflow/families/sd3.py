"""Stable Diffusion 3 and 3.5."""

from __future__ import annotations

from .family import (
    DistilledRange,
    EncoderLoading,
    Family,
    FamilyFiles,
    LatentSpace,
    Popularity,
    SamplingRange,
    Variant,
    Wiring,
    one_encoder,
    two_encoders,
)
from .headers import Header, LoraLayers
from .latent_spaces import is_sixteen_channels
from .node_classes import SIXTEEN_CHANNELS, T5, TRANSFORMER
from .tasks import FILL, input_task

NARROWEST_SD3 = 257
"""Narrowest transformer that counts as an SD3, in features: SD3 2B is 1,536 wide, 64 for each of its layers."""


def is_joint(header: Header) -> bool:
    """Return whether the blocks are SD3's joint blocks."""
    return "joint_blocks.0.context_block.attn.qkv.weight" in header


def _is_sd3(header: Header) -> bool:
    width = header.size("x_embedder.proj.weight", 0)
    if is_joint(header):
        return width is None or width >= NARROWEST_SD3
    named_by_diffusers = ("transformer_blocks.0.attn.add_q_proj.weight", "pos_embed.proj.weight")
    return all(key in header for key in named_by_diffusers)


def _may_be_lora(layers: LoraLayers) -> bool:
    if layers.architecture == "joint_blocks":
        width = layers.joint_block_width
        return width is None or width >= NARROWEST_SD3
    return layers.added_attention == "added"


def _is_controlnet(header: Header) -> bool:
    others = "transformer_blocks.0.img_mlp.net.0.proj.weight" in header
    own = ("controlnet_blocks.0.weight", "pos_embed_input.proj.weight")
    return all(key in header for key in own) and not others


FAMILY = Family(
    name="sd3",
    title="SD 3",
    file_words=r"(^|_)(sd|stable_diffusion)_?3(_|\d|$)|sd35",
    native_side=1024,
    diffusion=_is_sd3,
    task=lambda header: input_task(header, "x_embedder.proj.weight", 1, 16, {33: FILL}),
    lora=_may_be_lora,
    controlnet=_is_controlnet,
    comfyui_classes=("SD3",),
    encoder_loading=(
        EncoderLoading("TripleCLIPLoader", None, ("clip_l", "clip_g", "t5xxl")),
        *two_encoders("sd3", "clip_l", "clip_g"),
        *two_encoders("sd3", "clip_l", "t5xxl"),
        *two_encoders("sd3", "clip_g", "t5xxl"),
        *one_encoder("sd3", "t5xxl", "clip_g", "clip_l"),
    ),
    latent_space=LatentSpace("sd3", r"sd_?3|taesd3", is_sixteen_channels, ("sd3_vae.safetensors",)),
    node_classes=(
        *SIXTEEN_CHANNELS,
        *TRANSFORMER,
        *T5,
        "ModelSamplingSD3",
        "SkipLayerGuidanceSD3",
        "CLIPTextEncodeSD3",
        "TripleCLIPLoader",
        "ControlNetInpaintingAliMamaApply",
        "SetUnionControlNetType",
        "ModelMergeSD3_2B",
        "ModelMergeSD35_Large",
    ),
    node_class_words=r"SD_?3(?!\w*D)",
    sampling=SamplingRange(
        steps=(20, 40),
        cfg=(3.5, 5.5),
        samplers=("euler", "dpmpp_2m"),
        schedulers=("sgm_uniform", "simple"),
        megapixels=(0.75, 1.4),
        source=(
            "template: sd3.5_simple_example (20 steps, cfg 4.01, euler sgm_uniform, 1024 x 1024); examples: "
            "sd3__sd3.5_text_encoders_example (cfg 5.45), sd3__sd3_anime_example (32 steps, cfg 3.96, "
            "simple); card: stabilityai/stable-diffusion-3.5-medium (40 steps, 4.5); shift: ComfyUI's default"
            " 3"
        ),
        shift=(3.0, 3.0),
        shift_class="ModelSamplingSD3",
    ),
    variants=(
        Variant(
            "Turbo",
            "turbo",
            DistilledRange((4, 8), (1.0, 1.2), "card: stabilityai/stable-diffusion-3.5-large-turbo (4 steps, 0)"),
        ),
        Variant(
            "Hyper",
            "hyper(?!real)",
            DistilledRange((4, 16), (1.0, 3.0), "card: ByteDance/Hyper-SD (SD3: 4, 8 or 16 steps, CFG 3)"),
        ),
    ),
    dialect="tags",
    good_at=frozenset({"text"}),
    wiring=Wiring(named_patches=(("medium", "SkipLayerGuidanceSD3", 0.3),)),
    popularity=Popularity(
        weight=6,
        checkpoints=0.7,
        name_tags=("_sd35", "-sd3.5", "_sd3.5_large", "_sd35_medium", "SD35", "_sd3", "sd35_"),
        distilled=True,
    ),
    files=FamilyFiles(
        checkpoints="""
            *sd3.5_large_fp8_scaled.safetensors
            *sd3.5_medium_incl_clips_t5xxlfp8scaled.safetensors
            sd3_medium_incl_clips_t5xxlfp8.safetensors
            sd3_medium_incl_clips_t5xxlfp16.safetensors
            sd3.5_large_turbo_fp8_scaled.safetensors
            sd3.5_medium_anime_v2.safetensors anime
            RealVisSD35_v10.safetensors photo
        """,
        diffusion_models="""
            *sd3.5_large.safetensors
            sd3.5_large_turbo.safetensors
            *sd3.5_medium.safetensors
            sd3_medium.safetensors
        """,
        loras="""
            Hyper-SD3-8steps-CFG-lora.safetensors
            sd3.5_large_realism_lora.safetensors photo
            sd35_anime_style.safetensors anime
            sd35_oil_painting.safetensors painting
        """,
    ),
)
