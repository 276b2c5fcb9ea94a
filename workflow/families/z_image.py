"""Z-Image and Z-Image-Turbo."""

from __future__ import annotations

from .family import DistilledRange, Family, FamilyFiles, Popularity, SamplingRange, Variant, Wiring, one_encoder
from .latent_spaces import FLUX
from .lumina2 import caption_width
from .node_classes import SIXTEEN_CHANNELS, TRANSFORMER

FAMILY = Family(
    name="z_image",
    title="Z-Image",
    file_words="z_?image|zimage|_zit$",
    native_side=1024,
    diffusion=lambda header: caption_width(header) == 3840,
    lora=lambda layers: layers.is_lumina_lora(3840),
    comfyui_classes=("ZImage",),
    encoder_loading=one_encoder("lumina2", "qwen3_4b"),
    latent_space=FLUX,
    node_classes=(
        *SIXTEEN_CHANNELS,
        *TRANSFORMER,
        "ModelSamplingAuraFlow",
        "RenormCFG",
        "TextEncodeZImageOmni",
        "ZImageFunControlnet",
        "QwenImageDiffsynthControlnet",
    ),
    node_class_words="Z_?Image",
    sampling=SamplingRange(
        steps=(20, 36),
        cfg=(3.0, 5.0),
        samplers=("res_multistep", "euler", "dpmpp_2m"),
        schedulers=("simple", "beta"),
        megapixels=(0.75, 2.2),
        source=(
            "templates: image_z_image, image_z_image_int8 (25 steps, cfg 4, res_multistep simple, shift 3, 1 "
            "megapixel); card: Tongyi-MAI/Z-Image (28 to 50 steps, 3 to 5); ranges ours"
        ),
        shift=(3.0, 3.0),
        shift_class="ModelSamplingAuraFlow",
    ),
    variants=(
        Variant(
            "Turbo",
            "turbo|(^|_)zit(_|$)|lightning|distill",
            DistilledRange(
                (6, 10),
                (1.0, 1.0),
                "templates: image_z_image_turbo, image_z_image_turbo_int8 (8 steps, cfg 1, res_multistep simple)",
            ),
        ),
    ),
    good_at=frozenset({"text"}),
    wiring=Wiring(zero_out=True),
    popularity=Popularity(
        weight=12,
        name_tags=("_z_image", "-z-image", "ZImage", "_zimage", "_z_image_turbo", "z_image_", "zimage_", "ZImageTurbo"),
    ),
    files=FamilyFiles(
        diffusion_models="""
            *z_image_turbo_bf16.safetensors
            *z_image_bf16.safetensors
            z_image_turbo_fp8_e4m3fn.safetensors
            z_image_turbo_int8_convrot.safetensors
            zImageTurboRealistic_v1.safetensors photo
            moodyRealMix_zImageTurbo_v2.safetensors photo
            animeZImage_v10.safetensors anime
        """,
        loras="""
            *pixel_art_style_z_image_turbo.safetensors pixel_art
            z_image_turbo_realism.safetensors photo
            z_image_analog_film.safetensors photo
            z_image_anime_lineart.safetensors anime
            z_image_oil_painting.safetensors painting
            z_image_icon_pack.safetensors logo
            z_image_font_design.safetensors text
        """,
    ),
)
