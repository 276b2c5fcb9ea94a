"""FLUX.1 [dev], [schnell] and Krea."""

from __future__ import annotations

from .family import DistilledRange, Family, FamilyFiles, Popularity, SamplingRange, Variant, Wiring, two_encoders
from .headers import Header, LoraLayers
from .latent_spaces import FLUX
from .node_classes import SIXTEEN_CHANNELS, T5, TRANSFORMER
from .tasks import FILL, FOLLOW, input_task


def is_flux_lora(layers: LoraLayers) -> bool:
    """Return whether a LoRA may be for Flux, or for what is built just as Flux is."""
    return layers.flux_depth in ("short", "flux")


def _is_flux(header: Header) -> bool:
    named_by_diffusers = "x_embedder.weight" in header and header.has_prefix("single_transformer_blocks.")
    if named_by_diffusers and not header.flux_blocks:
        return header.size("context_embedder.weight", 1) == 4096
    return header.flux_text_width == 4096 and not header.shared_modulation  # T5 XXL


def _may_be_lora(layers: LoraLayers) -> bool:
    return is_flux_lora(layers) or (layers.added_attention == "added" and layers.transformer_blocks < 19)


def _is_controlnet(header: Header) -> bool:
    if "controlnet_blocks.0.linear.weight" in header:
        return True
    others = ("transformer_blocks.0.img_mlp.net.0.proj.weight", "pos_embed_input.proj.weight")
    return "controlnet_blocks.0.weight" in header and not any(key in header for key in others)


FAMILY = Family(
    name="flux",
    file_words="(?<!in)(?<!con)flux(?!ur|uous)",
    native_side=1024,
    diffusion=_is_flux,
    task=lambda header: (
        input_task(header, "img_in.weight", 1, 64, {384: FILL, 128: FOLLOW})
        or input_task(header, "x_embedder.weight", 1, 64, {384: FILL, 128: FOLLOW})
    ),
    lora=_may_be_lora,
    controlnet=_is_controlnet,
    comfyui_classes=("Flux", "FluxInpaint", "FluxSchnell"),
    encoder_loading=two_encoders("flux", "clip_l", "t5xxl"),
    latent_space=FLUX,
    node_classes=(
        *SIXTEEN_CHANNELS,
        *TRANSFORMER,
        *T5,
        "ModelSamplingFlux",
        "CLIPTextEncodeFlux",
        "FluxGuidance",
        "FluxDisableGuidance",
        "ReferenceLatent",
        "FluxKontextMultiReferenceLatentMethod",
        "InstructPixToPixConditioning",
        "StyleModelApply",
        "ControlNetInpaintingAliMamaApply",
        "SetUnionControlNetType",
        "USOStyleReference",
        "ModelMergeFlux1",
    ),
    node_class_words="Flux(?!_?[23])",
    sampling=SamplingRange(
        steps=(18, 32),
        cfg=(1.0, 1.0),
        samplers=("euler", "dpmpp_2m", "deis"),
        schedulers=("simple", "beta", "normal", "sgm_uniform"),
        megapixels=(0.75, 1.6),
        source=(
            "templates: flux_dev_full_text_to_image, flux1_krea_dev, flux_dev_checkpoint_example (20 steps, "
            "cfg 1, euler simple, 1024 x 1024); guidance: examples flux__girl_in_field (3.5), card "
            "black-forest-labs/FLUX.1-dev (3.5), CLIPTextEncodeFlux of flux_schnell_full_text_to_image (3.5);"
            " shift of ModelSamplingFlux: girl_in_field 1.15; ranges ours"
        ),
        guidance=(2.5, 4.5),
        negative=False,
    ),
    variants=(
        Variant(
            "schnell",
            "schnell",
            DistilledRange((4, 6), (1.0, 1.0), "templates: flux_schnell, flux_schnell_full_text_to_image (4 steps)"),
        ),
        Variant(
            "Turbo",
            "turbo|hyper(?!real)|lightning|distill",
            DistilledRange(
                (6, 12),
                (1.0, 1.0),
                ("cards: ByteDance/Hyper-SD (FLUX.1-dev 8 or 16 steps), alimama-creative/FLUX.1-Turbo-Alpha (8 steps)"),
            ),
        ),
    ),
    good_at=frozenset({"text"}),
    wiring=Wiring(
        pipelines=(("ksampler", 0.6), ("basic", 0.4)),
        zero_out=True,
        guidance_share=0.75,
        unguided_words="schnell",
        resolution_shift=0.2,
        text_class="CLIPTextEncodeFlux",
        text_class_share=0.08,
    ),
    popularity=Popularity(
        weight=18,
        checkpoints=0.3,
        name_tags=(
            "_flux",
            "-flux",
            "Flux",
            "_flux1",
            "_fluxDev",
            "FLUX",
            "-flux-dev",
            "_flux1D",
            "flux_",
            "FLUX_",
            "flux1-",
        ),
        distilled=True,
    ),
    files=FamilyFiles(
        checkpoints="""
            *flux1-dev-fp8.safetensors
            *flux1-schnell-fp8.safetensors
            realFlux_v10Dev_fp8.safetensors photo
        """,
        diffusion_models="""
            *flux1-dev.safetensors
            *flux1-schnell.safetensors
            *flux1-krea-dev_fp8_scaled.safetensors photo
            flux1-krea-dev.safetensors photo
            flux1-dev-fp8-e4m3fn.safetensors
            flux_dev_fp8_scaled_diffusion_model.safetensors
            flux1-schnell-fp8-e4m3fn.safetensors
            fluxmania_V.safetensors
            pixelwave_flux1Dev03.safetensors
            pixelwave_flux1Schnell04.safetensors
            ultrarealFineTune_v4_flux.safetensors photo
            jibMixFlux_v85Consisteight.safetensors photo
            copaxTimeless_fluxV3.safetensors
            acornIsSpinningFLUX_aisFluxDedistilled.safetensors anime
            blueberryMixFlux_v10.safetensors anime
            fluxAnimeReal_v2.safetensors anime photo
            stoiqoNewrealityFLUX_F1DPreAlphaTwo.safetensors photo
            flux-dev-de-distill.safetensors
            flex1_alpha_flux.safetensors
        """,
        loras="""
            *flux_realism_lora.safetensors photo
            *FLUX.1-Turbo-Alpha_flux.safetensors
            Hyper-FLUX.1-dev-8steps-lora.safetensors
            flux-RealismLora.safetensors photo
            amateurphoto_flux_v6.safetensors photo
            iphone_photo_flux.safetensors photo
            boreal-flux-dev-v2.safetensors photo
            film_foto_flux.safetensors photo
            flux_anime_style.safetensors anime
            *anime_lora_comfy_converted_flux.safetensors anime
            flux_ghibsky_illustration.safetensors anime
            retro_anime_flux_v1.safetensors anime
            manga_style_flux.safetensors anime
            flux_logo_design.safetensors logo
            FLUX-dev-lora-Logo-Design.safetensors logo
            *pixel_art_flux.safetensors pixel_art
            flux-pixel-sprites-v2.safetensors pixel_art
            flux_watercolor_v3.safetensors painting
            oil_painting_flux_lora.safetensors painting
            flux_gouache_sketch.safetensors painting
            flux_typography_poster.safetensors text
            flux_handwriting_text.safetensors text
            add-details-flux.safetensors
            flux_dreamscape.safetensors
        """,
    ),
)
