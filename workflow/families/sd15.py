"""Stable Diffusion 1.x and its many fine-tunes."""

from __future__ import annotations

from .family import (
    DistilledRange,
    Family,
    FamilyFiles,
    Popularity,
    QualityTags,
    SamplingRange,
    Variant,
    Wiring,
    one_encoder,
)
from .headers import Header
from .latent_spaces import SD
from .node_classes import DISCRETE, EIGHTH, UNET
from .sampling import (
    DMD2,
    FAST_SAMPLERS,
    FAST_SCHEDULERS,
    HYPER,
    LCM,
    LIGHTNING,
    STABLE_DIFFUSION_SAMPLERS,
    STABLE_DIFFUSION_SCHEDULERS,
)
from .tasks import unet_task

_TEXT_WIDTH = 768  # CLIP L


def _is_sd15(header: Header) -> bool:
    unet = header.unet
    zero123 = "cc_projection.weight" in header.whole
    return unet is not None and unet.text_width == _TEXT_WIDTH and not unet.temporal and not zero123


FAMILY = Family(
    name="sd15",
    title="SD 1.5",
    file_words=(
        "(^|_)sd_?v?1_?[45]|^v_?1_?[45](_|$)|stable_diffusion_v1|sd_?15|sd_?1(_|$)|dreamshaper_8|anything_?v?[345]"
        "|realistic_?vision|deliberate_v|revanimated|counterfeit|control_v11|control_sd15"
        r"|t2iadapter_\w+_sd1[45]"
    ),
    native_side=512,
    diffusion=_is_sd15,
    task=unet_task,
    lora=lambda layers: layers.fits_unet(_TEXT_WIDTH),
    controlnet=lambda header: header.cross_attention_width == _TEXT_WIDTH,
    comfyui_classes=("SD15", "SD15_instructpix2pix"),
    encoder_loading=one_encoder("stable_diffusion", "clip_l"),
    latent_space=SD,
    node_classes=(
        *DISCRETE,
        *UNET,
        *EIGHTH,
        "InstructPixToPixConditioning",
        "StyleModelApply",
        "GLIGENTextBoxApply",
        "ModelMergeSD1",
    ),
    node_class_words="AnimateDiff|^ADE_",
    sampling=SamplingRange(
        steps=(16, 36),
        cfg=(5.0, 9.0),
        samplers=STABLE_DIFFUSION_SAMPLERS,
        schedulers=STABLE_DIFFUSION_SCHEDULERS,
        megapixels=(0.25, 0.5),
        source=(
            "examples: lora__lora, hypernetworks (20 steps, cfg 8, 512 x 512), area_composition (dpmpp_sde, "
            "13 steps); card: stable-diffusion-v1-5 (512 x 512, 50 PLMS steps, guidance 7.5); ranges ours"
        ),
        latent="EmptyLatentImage",
    ),
    variants=(
        LCM,
        HYPER,
        LIGHTNING,
        DMD2,
        Variant(
            "Turbo",
            "turbo",
            DistilledRange(
                (4, 8), (1.0, 2.0), "our choice, as sdxl", samplers=FAST_SAMPLERS, schedulers=FAST_SCHEDULERS
            ),
        ),
    ),
    dialect="tags",
    anime_quality=QualityTags(
        ("masterpiece", "best quality"),
        "commonly documented, not looked up: "
        "WarriorMama777/OrangeMixs, gsdf/Counterfeit-V2.5 and most merges of NovelAI's model, which was trained "
        "with these tags and the last layer but one",
        clip_skip=2,
    ),
    wiring=Wiring(
        pipelines=(("ksampler", 0.95), ("custom", 0.02), ("cfg", 0.03)),
        patches=(("PerturbedAttentionGuidance", 0.04), ("FreeU_V2", 0.04)),
        clip_skip=True,
        other_vae=True,
    ),
    popularity=Popularity(
        weight=18,
        checkpoints=1.0,
        name_tags=("_sd15", "-sd15", "SD15", "_sd1.5", "_SD15", "-SD1.5", "sd15_"),
        distilled=True,
    ),
    files=FamilyFiles(
        checkpoints="""
            *v1-5-pruned-emaonly.safetensors
            *v1-5-pruned-emaonly-fp16.safetensors
            v1-5-pruned.safetensors
            sd-v1-4.ckpt
            *dreamshaper_8.safetensors
            dreamshaper_8LCM.safetensors
            realisticVisionV60B1_v51VAE.safetensors photo
            realisticVisionV51_v51VAE.safetensors photo
            Realistic_Vision_V5.1_fp16-no-ema.safetensors photo
            epicrealism_naturalSinRC1VAE.safetensors photo
            epicphotogasm_ultimateFidelity.safetensors photo
            absolutereality_v181.safetensors photo
            majicmixRealistic_v7.safetensors photo
            cyberrealistic_v50.safetensors photo
            photon_v1.safetensors photo
            analogMadness_v70.safetensors photo
            analog-diffusion-1.0.safetensors photo
            picxReal_10.safetensors photo
            lyriel_v16.safetensors
            deliberate_v2.safetensors
            Deliberate_v6.safetensors
            revAnimated_v122.safetensors anime
            anything-v5-PrtRE.safetensors anime
            anything-v3-fp16-pruned.safetensors anime
            AnythingV5_v5PrtRE.safetensors anime
            counterfeit_v30.safetensors anime
            Counterfeit-V2.5_fp16.safetensors anime
            meinamix_v12Final.safetensors anime
            cetusMix_Whalefall2.safetensors anime
            abyssorangemix3AOM3_aom3a1b.safetensors anime
            AOM3A1B_orangemixs.safetensors anime
            toonyou_beta6.safetensors anime
            pastelMixStylizedAnime_pastelMixPrunedFP16.safetensors anime
            darkSushiMixMix_225D.safetensors anime
            ghostmix_v20Bakedvae.safetensors anime
            aniverse_v30.safetensors anime
            openjourney-v4.ckpt
            mo-di-diffusion.ckpt
            arcane-diffusion-v3.ckpt
            pixelArtDiffusion_v10_sd15.safetensors pixel_art
            stable-diffusion-v1-5-pixelart.ckpt pixel_art
            vanGoghDiffusion_v1_sd15.safetensors painting
            inkpunk-diffusion-v2.ckpt
            neverendingDreamNED_v122BakedVae.safetensors
            rundiffusionFX_v10.safetensors photo
            perfectWorld_v6Baked.safetensors
            aZovyaRPGArtistTools_v4.safetensors painting
        """,
        loras="""
            add_detail_sd15.safetensors
            more_details_sd15.safetensors
            *lcm-lora-sdv1-5.safetensors
            Hyper-SD15-8steps-lora.safetensors
            pixel_art_sd15.safetensors pixel_art
            PixelArtRedmond15V-PixelArt-PIXARFK.safetensors pixel_art
            8bitdiffuser_sd15_64x.safetensors pixel_art
            pixel_f2_sd15.safetensors pixel_art
            anime_lineart_sd15.safetensors anime
            animeLineartMangaLike_v30MangaLike.safetensors anime
            ghibli_style_offset.safetensors anime
            studioGhibliStyle_offset_sd15.safetensors anime
            epi_noiseoffset2.safetensors
            filmgrain_sd15_v1.safetensors photo
            polaroidStyle_sd15.safetensors photo
            FilmVelvia3_sd15.safetensors photo
            LogoRedmond15V-LogoRedmAF-Logo.safetensors logo
            logo_v1-000012_sd15.safetensors logo
            Watercolor_Painting_sd15.safetensors painting
            oil_painting_style_sd15.safetensors painting
            gouache_illustration_sd15.safetensors painting
            blindbox_v1_mix.safetensors
            StickersRedmond15Version-Stickers-Sticker.safetensors
        """,
    ),
)
