"""SDXL, its distillations and its lines of anime models."""

from __future__ import annotations

from .family import (
    DistilledRange,
    Family,
    FamilyFiles,
    FineTuneRange,
    Popularity,
    QualityTags,
    SamplingRange,
    Variant,
    Wiring,
    two_encoders,
)
from .headers import Header
from .latent_spaces import SDXL
from .node_classes import DISCRETE, EIGHTH, UNET
from .sampling import DMD2, HYPER, LCM, LIGHTNING, STABLE_DIFFUSION_SAMPLERS, STABLE_DIFFUSION_SCHEDULERS
from .tasks import unet_task

_TEXT_WIDTH = 2048  # CLIP L beside CLIP G
_ANIME_SAMPLERS = ("euler_ancestral", "euler", "dpmpp_2m_sde", "dpmpp_2m")
_ILLUSTRIOUS_QUALITY = QualityTags(
    ("masterpiece", "best quality", "amazing quality", "very aesthetic", "absurdres"),
    "commonly documented, not looked up: "
    "WAI-illustrious-SDXL (masterpiece, best quality, amazing quality), Illustrious XL and NoobAI-XL "
    "(absurdres, very aesthetic); clip skip 2 by their users, which is what ComfyUI does with SDXL in any case",
    clip_skip=2,
)


def _is_sdxl(header: Header) -> bool:
    unet = header.unet
    return unet is not None and unet.text_width == _TEXT_WIDTH and not unet.temporal


FAMILY = Family(
    name="sdxl",
    title="SDXL",
    file_words=(
        r"sd_?xl|(?<!x)xl(_|$)|(?<!x)xl_?v?\d|pony(?!tail)|illustrious|(^|_)noob_?ai|playground_v2"
        "|animagine|ssd_1b|juggernaut|turbovision|(^|_)ill(_|$)"
    ),
    native_side=1024,
    diffusion=_is_sdxl,
    task=unet_task,
    lora=lambda layers: layers.fits_unet(_TEXT_WIDTH),
    controlnet=lambda header: header.cross_attention_width == _TEXT_WIDTH,
    comfyui_classes=("SDXL", "SDXL_instructpix2pix", "SSD1B", "Segmind_Vega", "KOALA_700M", "KOALA_1B"),
    encoder_loading=two_encoders("sdxl", "clip_l", "clip_g"),
    latent_space=SDXL,
    node_classes=(
        *DISCRETE,
        *UNET,
        *EIGHTH,
        "SDTurboScheduler",
        "CLIPTextEncodeSDXL",
        "CLIPTextEncodeControlnet",
        "InstructPixToPixConditioning",
        "unCLIPConditioning",
        "PhotoMakerEncode",
        "SetUnionControlNetType",
        "SUPIRApply",
        "ModelMergeSDXL",
    ),
    node_class_words="SDXL|AnimateDiff|^ADE_",
    sampling=SamplingRange(
        steps=(20, 40),
        cfg=(4.0, 8.0),
        samplers=STABLE_DIFFUSION_SAMPLERS,
        schedulers=STABLE_DIFFUSION_SCHEDULERS,
        megapixels=(0.75, 1.3),
        source=(
            "templates: image_sdxl_simple (25 steps, cfg 7, dpmpp_2m karras, 1024 x 1024), "
            "sdxl_simple_example (25, 8, euler normal), sdxl_revision_text_prompts (26, 8, dpmpp_3m_sde_gpu "
            "exponential); ranges ours"
        ),
        latent="EmptyLatentImage",
    ),
    variants=(
        Variant(
            "SDXL Turbo",
            "sd_?xl_?turbo",
            DistilledRange(
                (1, 4),
                (1.0, 1.0),
                (
                    "template: sdxlturbo_example (1 step, cfg 1, euler_ancestral, 512 x 512); card: "
                    "stabilityai/sdxl-turbo (1 to 4 steps)"
                ),
                samplers=("euler_ancestral", "euler", "dpmpp_sde"),
                schedulers=("SDTurboScheduler", "sgm_uniform", "normal"),
                megapixels=(0.25, 0.42),
            ),
        ),
        LIGHTNING,
        LCM,
        HYPER,
        DMD2,
        Variant(
            "Turbo",
            "turbo",
            DistilledRange(
                (4, 8),
                (1.5, 2.5),
                "card: Lykon/dreamshaper-xl-v2-turbo (4 to 8 steps, cfg 2, dpmpp_sde karras)",
                samplers=("dpmpp_sde", "euler_ancestral", "euler"),
                schedulers=("karras", "normal", "simple"),
            ),
        ),
        Variant(
            "Pony",
            r"pony(?!tail)",
            FineTuneRange(
                (22, 32),
                (5.0, 8.0),
                "commonly documented, not looked up: "
                "Pony Diffusion V6 XL (25 steps, euler_ancestral); preset of Fooocus, pony_v6 (30 steps, cfg 7); "
                "range ours",
                samplers=_ANIME_SAMPLERS,
            ),
            good_at=frozenset({"anime"}),
            name_tags=("_pony", "Pony", "_ponyXL"),
            quality=QualityTags(
                ("score_9", "score_8_up", "score_7_up", "score_6_up", "score_5_up", "score_4_up"),
                "commonly documented, not looked up: "
                "Pony Diffusion V6 XL (the whole line, before the prompt; clip skip 2)",
                clip_skip=2,
            ),
        ),
        Variant(
            "Illustrious",
            r"illustrious|(^|_)il(l|xl)?(_|v\d|$)|(^|_)wai_?(nsfw|ani)",
            FineTuneRange(
                (20, 30),
                (4.5, 7.0),
                "preset of krita-ai-diffusion, anime-illustrious (24 steps, cfg 5, euler_ancestral); range ours",
                samplers=_ANIME_SAMPLERS,
            ),
            good_at=frozenset({"anime"}),
            name_tags=("_illustrious", "Illustrious", "IllustriousXL"),
            quality=_ILLUSTRIOUS_QUALITY,
        ),
        Variant(
            "NoobAI v-prediction",
            r"noob_?ai\w*v_?pred",
            FineTuneRange(
                (28, 35),
                (4.0, 5.0),
                "commonly documented, not looked up: "
                "Laxhar/noobai-XL-Vpred-1.0 (28 to 35 steps, cfg 4 to 5, euler; others do not work properly)",
                samplers=("euler",),
                schedulers=("normal", "simple", "sgm_uniform"),
            ),
            good_at=frozenset({"anime"}),
            quality=_ILLUSTRIOUS_QUALITY,
        ),
        Variant(
            "NoobAI",
            r"noob_?ai",
            FineTuneRange(
                (24, 34),
                (4.5, 6.0),
                "preset of krita-ai-diffusion, anime-noobai-xl (26 steps, cfg 5, euler_ancestral); range ours",
                samplers=_ANIME_SAMPLERS,
            ),
            good_at=frozenset({"anime"}),
            name_tags=("_noobAI",),
            quality=_ILLUSTRIOUS_QUALITY,
        ),
        Variant(
            "Animagine 3",
            r"animagine_?xl_?v?3",
            FineTuneRange(
                (24, 30),
                (5.0, 7.0),
                "commonly documented, not looked up: "
                "cagliostrolab/animagine-xl-3.1 (28 steps, cfg 5 to 7, euler_ancestral); range ours",
                samplers=_ANIME_SAMPLERS,
            ),
            good_at=frozenset({"anime"}),
            quality=QualityTags(
                ("masterpiece", "best quality", "very aesthetic", "absurdres"),
                "commonly documented, not looked up: cagliostrolab/animagine-xl-3.1",
                after=True,
                clip_skip=2,
            ),
        ),
        Variant(
            "Animagine",
            r"animagine",
            FineTuneRange(
                (24, 30),
                (4.0, 7.0),
                "commonly documented, not looked up: "
                "cagliostrolab/animagine-xl-4.0 (28 steps, cfg 5, euler_ancestral); range ours",
                samplers=_ANIME_SAMPLERS,
            ),
            good_at=frozenset({"anime"}),
            quality=QualityTags(
                ("masterpiece", "high score", "great score", "absurdres"),
                "commonly documented, not looked up: cagliostrolab/animagine-xl-4.0 (after the prompt)",
                after=True,
                clip_skip=2,
            ),
        ),
    ),
    dialect="tags",
    anime_quality=QualityTags(
        ("masterpiece", "best quality"), "commonly documented, not looked up: Linaqruf/animagine-xl; as sd15"
    ),
    wiring=Wiring(
        pipelines=(("ksampler", 0.95), ("custom", 0.02), ("cfg", 0.03)),
        patches=(("PerturbedAttentionGuidance", 0.04), ("FreeU_V2", 0.04)),
        clip_skip=True,
        other_vae=True,
        text_class="CLIPTextEncodeSDXL",
        text_class_share=0.06,
    ),
    popularity=Popularity(
        weight=24,
        checkpoints=1.0,
        name_tags=("XL", "XL", "_xl", "-xl", "_sdxl", "-sdxl", "SDXL", "_SDXL", "-XL", "sdxl_", "SDXL_"),
        distilled=True,
    ),
    files=FamilyFiles(
        checkpoints="""
            *sd_xl_base_1.0.safetensors
            *sd_xl_base_1.0_0.9vae.safetensors
            *sd_xl_turbo_1.0_fp16.safetensors
            sd_xl_turbo_1.0.safetensors
            sdxl_lightning_4step.safetensors
            sdxl_lightning_8step.safetensors
            *juggernautXL_v9Rundiffusionphoto2.safetensors photo
            juggernautXL_ragnarokBy.safetensors photo
            Juggernaut-XL_v9_RunDiffusionPhoto_v2.safetensors photo
            juggernautXL_juggXIByRundiffusion.safetensors photo
            juggernautXL_v9Rdphoto2Lightning.safetensors photo
            RealVisXL_V5.0_fp16.safetensors photo
            realvisxlV50_v50LightningBakedvae.safetensors photo
            epicrealismXL_vxviLastfameRealism.safetensors photo
            cyberrealisticXL_v60.safetensors photo
            realismEngineSDXL_v30VAE.safetensors photo
            leosamsHelloworldXL_helloworldXL70.safetensors photo
            albedobaseXL_v31Large.safetensors
            *dreamshaperXL_v21TurboDPMSDE.safetensors
            dreamshaperXL_lightningDPMSDE.safetensors
            dynavisionXLAllInOneStylized_releaseV0610Bakedvae.safetensors
            copaxTimelessxlSDXL1_v12.safetensors painting
            protovisionXLHighFidelity3D_releaseV660Bakedvae.safetensors
            nightvisionXLPhotorealisticPortrait_v0900Bakedvae.safetensors photo
            turbovisionxlSuperFastXLBasedOnNew_tvxlV431Bakedvae.safetensors photo
            sdxlUnstableDiffusers_v11.safetensors
            crystalClearXL_ccxl.safetensors
            starlightXLAnimated_v3.safetensors anime
            *animagine-xl-4.0.safetensors anime
            animagineXLV31_v31.safetensors anime
            animagine-xl-3.1.safetensors anime
            *ponyDiffusionV6XL_v6StartWithThisOne.safetensors anime
            ponyRealism_V22MainVAE.safetensors photo
            *illustriousXL_v01.safetensors anime
            Illustrious-XL-v2.0.safetensors anime
            *noobaiXLNAIXL_vPred10Version.safetensors anime
            NoobAI-XL-v1.1.safetensors anime
            novaAnimeXL_ilV90.safetensors anime
            hassakuXLIllustrious_v31.safetensors anime
            prefectIllustriousXL_v3.safetensors anime
            cyberrealisticPony_v110.safetensors photo
            counterfeitxl_v25.safetensors anime
            bluePencilXL_v700.safetensors anime
            kohakuXLBeta_beta7.safetensors anime
            mistoonAnimeXL_v10.safetensors anime
            playground-v2.5-1024px-aesthetic.fp16.safetensors
            SSD-1B.safetensors
            sdxlPixelArt_v10.safetensors pixel_art
            pixelArtDiffusionXL_spriteShaper.safetensors pixel_art
            paintersCheckpointOilPaint_v11XL.safetensors painting
            fluently-xl-final.safetensors
            LahMysteriousSDXL_v40.safetensors painting
        """,
        loras="""
            *sd_xl_offset_example-lora_1.0.safetensors
            *lcm-lora-sdxl.safetensors
            sdxl_lightning_4step_lora.safetensors
            sdxl_lightning_8step_lora.safetensors
            Hyper-SDXL-8steps-lora.safetensors
            detail_tweaker_xl.safetensors
            add-detail-xl.safetensors
            *pixel-art-xl.safetensors pixel_art
            PixelArtRedmond-Lite64XL.safetensors pixel_art
            pixelbuildings128-v1_xl.safetensors pixel_art
            8bitdiffuser_xl_64x.safetensors pixel_art
            LogoRedmondV2-Logo-LogoRedmAF_xl.safetensors logo
            logo_design_sdxl.safetensors logo
            Harrlogos_v2.0_xl.safetensors text logo
            iconsRedmond_appiconsredmaf_xl.safetensors logo
            TextLogo_sdxl_v2.safetensors text logo
            watercolor_sdxl.safetensors painting
            WatercolorXL_v2.safetensors painting
            ClassipeintXL1.9.safetensors painting
            oil_painting_sdxl.safetensors painting
            gouache_style_xl.safetensors painting
            StudioGhibli.RedmondXL.safetensors anime
            anime_lineart_xl.safetensors anime
            mangaStyle_illustrious_v2.safetensors anime
            sailormoon_xl_pony.safetensors anime
            xl_more_art-full_v1.safetensors
            film_photography_style_xl.safetensors photo
            SDXL_photorealistic_slider.safetensors photo
            polyhedron_all_skin_xl.safetensors photo
            papercut_xl.safetensors
            ral-dissolve-sdxl.safetensors
            zavy-ctflt-sdxl.safetensors
        """,
    ),
)
