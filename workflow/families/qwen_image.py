"""Qwen-Image, its editions and its distillations."""

from __future__ import annotations

from .family import DistilledRange, Family, FamilyFiles, Popularity, SamplingRange, Variant, Wiring, one_encoder
from .headers import Header
from .latent_spaces import QWEN_IMAGE
from .node_classes import SIXTEEN_CHANNELS, TRANSFORMER
from .tasks import input_task


def _is_qwen_image(header: Header) -> bool:
    own = ("txt_norm.weight", "time_text_embed.timestep_embedder.linear_1.weight")
    return all(key in header for key in own) and header.size("txt_in.weight", 1) == 3584  # Qwen2.5-VL 7B


def _task(header: Header) -> str | None:
    if "time_text_embed.addition_t_embedding.weight" in header:
        return "to cut a given picture into layers"
    return input_task(header, "img_in.weight", 1, 64, {})


def _is_controlnet(header: Header) -> bool:
    own = ("controlnet_blocks.0.weight", "transformer_blocks.0.img_mlp.net.0.proj.weight")
    return all(key in header for key in own)


FAMILY = Family(
    name="qwen_image",
    title="Qwen-Image",
    file_words="qwen_?(image|edit)|qwen_360|firered_image|_qwen$",
    native_side=1328,
    diffusion=_is_qwen_image,
    task=_task,
    lora=lambda layers: bool(layers.added_attention),
    controlnet=_is_controlnet,
    comfyui_classes=("QwenImage",),
    encoder_loading=one_encoder("qwen_image", "qwen25vl_7b"),
    latent_space=QWEN_IMAGE,
    node_classes=(
        *SIXTEEN_CHANNELS,
        *TRANSFORMER,
        "EmptyQwenImageLayeredLatentImage",
        "ModelSamplingAuraFlow",
        "TextEncodeQwenImageEdit",
        "TextEncodeQwenImageEditPlus",
        "ReferenceLatent",
        "FluxKontextMultiReferenceLatentMethod",
        "ControlNetInpaintingAliMamaApply",
        "SetUnionControlNetType",
        "QwenImageDiffsynthControlnet",
        "ModelMergeQwenImage",
    ),
    node_class_words="Qwen_?Image(?!_?2_?1)",
    sampling=SamplingRange(
        steps=(20, 50),
        cfg=(2.5, 4.5),
        samplers=("euler", "res_multistep"),
        schedulers=("simple", "beta"),
        megapixels=(0.95, 2.2),
        source=(
            "templates: image_qwen_Image_2512 (50 steps, cfg 4, shift 3.1, 1328 x 1328), image_qwen_image "
            "(20, 4), template_qwen_image_illustration_lora (45, 3.5, shift 7, 1024 x 1024), "
            "template_sugar_coated_gummy_style_qwen (25, 3); examples: qwen_image_basic_example (20, 2.5)"
        ),
        shift=(3.0, 7.0),
        shift_class="ModelSamplingAuraFlow",
    ),
    variants=(
        Variant(
            "Lightning",
            "lightning|turbo|hyper(?!real)",
            DistilledRange(
                (4, 8),
                (1.0, 1.0),
                (
                    "templates: image_qwen_image (8 steps, cfg 1), image_qwen_Image_2512 (4), "
                    "image_qwen_image_2512_with_2steps_lora (2): as many as the name says"
                ),
            ),
        ),
        Variant(
            "distilled",
            "distill",
            DistilledRange((10, 16), (1.0, 1.0), "ComfyUI documentation, Qwen-Image distilled (10 or 15 steps, cfg 1)"),
        ),
    ),
    good_at=frozenset({"text"}),
    wiring=Wiring(zero_out=True, shifts=(3.1, 3.1, 3.1, 3.0, 5.0, 7.0)),
    popularity=Popularity(
        weight=11,
        name_tags=("_qwen_image", "-qwen-image", "QwenImage", "_qwenImage", "qwen_image_", "Qwen-Image-"),
        distilled=True,
    ),
    files=FamilyFiles(
        diffusion_models="""
            *qwen_image_fp8_e4m3fn.safetensors
            *qwen_image_2512_fp8_e4m3fn.safetensors
            qwen_image_bf16.safetensors
            qwen_image_2512_bf16.safetensors
            qwen_image_distill_full_fp8_e4m3fn.safetensors
            qwen_image_distill_full_bf16.safetensors
            jibMixQwenImage_v4.safetensors photo
            qwenImageRealisticBoost_v2_qwen_image.safetensors photo
        """,
        loras="""
            *Qwen-Image-Lightning-8steps-V1.0.safetensors
            *Qwen-Image-Lightning-4steps-V1.0.safetensors
            Qwen-Image-2512-Lightning-4steps-V1.0-fp32.safetensors
            *Wuli-Qwen-Image-2512-Turbo-LoRA-2steps-V1.0-bf16.safetensors
            *qwen_image_realism_lora.safetensors photo
            Samsung_ultrareal_qwen_image.safetensors photo
            illustration-1.0-qwen-image.safetensors
            gummycandy_qwen.safetensors
            qwen_image_anime_style.safetensors anime
            qwen_image_pixel_art.safetensors pixel_art
            qwen_image_watercolor.safetensors painting
            qwen_image_logo_maker.safetensors logo
            qwen_image_font_poster.safetensors text
        """,
    ),
)
