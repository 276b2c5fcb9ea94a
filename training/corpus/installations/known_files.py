"""Model files that people really have: the official ones and the widely shared ones, by family, and what the
fine-tunes are good at. Names only; nothing here is downloaded.

A simulated installation needs nothing but this table. Where the official templates (MIT) or ComfyUI-Manager's model
list (GPL; read where it is installed, never copied) are at hand, `known_files` adds their files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path
from zlib import crc32

from ....workflow.api_format import read_json
from ....workflow.catalog.identify import identify, normalised
from ....workflow.families.families import TEXT_ENCODERS, VAES
from ....workflow.graph import WorkflowError

# Family -> folder -> one file a line, then what it is good at. A file with "*" is so common that it is never held out.
_MAINS: dict[str, dict[str, str]] = {
    "sd15": {
        "checkpoints": """
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
    },
    "sdxl": {
        "checkpoints": """
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
    },
    "sdxl_refiner": {"checkpoints": "*sd_xl_refiner_1.0.safetensors\n sd_xl_refiner_1.0_0.9vae.safetensors"},
    "sd2": {
        "checkpoints": "v2-1_768-ema-pruned.safetensors\n v2-1_512-ema-pruned.safetensors\n sd2.1-turbo.safetensors",
    },
    "sd3": {
        "checkpoints": """
            *sd3.5_large_fp8_scaled.safetensors
            *sd3.5_medium_incl_clips_t5xxlfp8scaled.safetensors
            sd3_medium_incl_clips_t5xxlfp8.safetensors
            sd3_medium_incl_clips_t5xxlfp16.safetensors
            sd3.5_large_turbo_fp8_scaled.safetensors
            sd3.5_medium_anime_v2.safetensors anime
            RealVisSD35_v10.safetensors photo
        """,
        "diffusion_models": """
            *sd3.5_large.safetensors
            sd3.5_large_turbo.safetensors
            *sd3.5_medium.safetensors
            sd3_medium.safetensors
        """,
    },
    "flux": {
        "checkpoints": """
            *flux1-dev-fp8.safetensors
            *flux1-schnell-fp8.safetensors
            realFlux_v10Dev_fp8.safetensors photo
        """,
        "diffusion_models": """
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
    },
    "flux2": {
        "diffusion_models": """
            *flux2_dev_fp8mixed.safetensors
            flux2-dev.safetensors
            flux2_dev_nvfp4.safetensors
        """,
    },
    "flux2_klein_4b": {
        "diffusion_models": """
            *flux-2-klein-4b.safetensors
            *flux-2-klein-base-4b.safetensors
            flux-2-klein-4b-fp8.safetensors
            flux-2-klein-base-4b-fp8.safetensors
        """,
    },
    "flux2_klein_9b": {
        "diffusion_models": """
            *flux-2-klein-9b-fp8.safetensors
            *flux-2-klein-base-9b-fp8.safetensors
            flux-2-klein-9b.safetensors
            flux-2-klein-base-9b.safetensors
        """,
    },
    "qwen_image": {
        "diffusion_models": """
            *qwen_image_fp8_e4m3fn.safetensors
            *qwen_image_2512_fp8_e4m3fn.safetensors
            qwen_image_bf16.safetensors
            qwen_image_2512_bf16.safetensors
            qwen_image_distill_full_fp8_e4m3fn.safetensors
            qwen_image_distill_full_bf16.safetensors
            jibMixQwenImage_v4.safetensors photo
            qwenImageRealisticBoost_v2_qwen_image.safetensors photo
        """,
    },
    "z_image": {
        "diffusion_models": """
            *z_image_turbo_bf16.safetensors
            *z_image_bf16.safetensors
            z_image_turbo_fp8_e4m3fn.safetensors
            z_image_turbo_int8_convrot.safetensors
            zImageTurboRealistic_v1.safetensors photo
            moodyRealMix_zImageTurbo_v2.safetensors photo
            animeZImage_v10.safetensors anime
        """,
    },
    "chroma": {
        "diffusion_models": """
            *Chroma1-HD.safetensors
            *Chroma1-HD-fp8mixed.safetensors
            Chroma1-Base.safetensors
            Chroma1-Flash.safetensors
            chroma-unlocked-v50.safetensors
            chroma-unlocked-v37-detail-calibrated.safetensors
            Chroma1-HD-fp8_scaled_original_hybrid.safetensors
            chromaAnime_v4.safetensors anime
            uncannyPhotorealismChroma_v13.safetensors photo
        """,
    },
    "lumina2": {
        "checkpoints": """
            *lumina_2.safetensors
            *NetaYumev35_pretrained_all_in_one.safetensors anime
            netaYumeLumina_v30_all_in_one.safetensors anime
        """,
        "diffusion_models": """
            *lumina_2_model_bf16.safetensors
            neta-lumina-v1.0.safetensors anime
            NetaYumev35_pretrained_unet.safetensors anime
        """,
    },
    "auraflow": {
        "checkpoints": """
            *aura_flow_0.3.safetensors
            aura_flow_0.2.safetensors
            aura_flow_0.1.safetensors
            ponyV7_v70.safetensors anime
        """,
    },
    "hidream": {
        "diffusion_models": """
            *hidream_i1_full_fp8.safetensors
            *hidream_i1_dev_fp8.safetensors
            *hidream_i1_fast_fp8.safetensors
            hidream_i1_full_fp16.safetensors
            hidream_i1_dev_bf16.safetensors
            hidream_i1_fast_bf16.safetensors
        """,
    },
    "hunyuan_image": {
        "diffusion_models": """
            *hunyuanimage2.1_bf16.safetensors
            hunyuanimage2.1_distilled_fp8_e4m3fn.safetensors
        """,
    },
    "hunyuan_dit": {
        "checkpoints": "*hunyuan_dit_1.2.safetensors\n hunyuan_dit_1.1.safetensors\n hunyuan_dit_1.0.safetensors",
    },
    "pixart_sigma": {
        "diffusion_models": "*PixArt-Sigma-XL-2-1024-MS.safetensors\n PixArt-Sigma-XL-2-2K-MS.safetensors",
    },
    "kandinsky5_image": {
        "diffusion_models": "*kandinsky5lite_t2i.safetensors\n kandinsky5lite_t2i_fp8_scaled.safetensors",
    },
    "omnigen2": {"diffusion_models": "*omnigen2_fp16.safetensors"},
    "newbie": {"diffusion_models": "*NewBie-Image-Exp0.1-bf16.safetensors anime"},
    "ovis_image": {"diffusion_models": "*ovis_image_bf16.safetensors"},
    "longcat_image": {"diffusion_models": "*longcat_image_bf16.safetensors"},
    "anima": {"diffusion_models": "*anima-base-v1.0.safetensors anime\n anima-preview3-base.safetensors anime"},
    "ernie_image": {"diffusion_models": "*ernie-image.safetensors\n *ernie-image-turbo.safetensors"},
    "boogu": {"diffusion_models": "*boogu_image_turbo_fp8_scaled.safetensors\n boogu_image_base_bf16.safetensors"},
    "lens": {"diffusion_models": "*lens_bf16.safetensors\n *lens_turbo_bf16.safetensors"},
    "mage": {"diffusion_models": "*mage_flow_int8_convrot.safetensors\n *mage_flow_turbo_int8_convrot.safetensors"},
    "ming_image": {"diffusion_models": "*ming_image_0.1_design_int8_convrot.safetensors text logo"},
    "moss_image": {
        "diffusion_models": "*moss_image_sft_int8_convrot.safetensors\n *moss_image_base_int8_convrot.safetensors",
    },
    "cosmos_predict2": {
        "diffusion_models": "*cosmos_predict2_2B_t2i.safetensors\n cosmos_predict2_14B_t2i.safetensors",
    },
    "pixart_alpha": {"diffusion_models": "*PixArt-XL-2-1024-MS.safetensors\n PixArt-XL-2-512x512.safetensors"},
    "krea2": {"diffusion_models": "*krea2_turbo_fp8_scaled.safetensors\n *krea2_turbo_int8_convrot.safetensors"},
}  # fmt: skip

_LORAS: dict[str, str] = {
    "sd15": """
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
    "sdxl": """
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
    "sd3": """
        Hyper-SD3-8steps-CFG-lora.safetensors
        sd3.5_large_realism_lora.safetensors photo
        sd35_anime_style.safetensors anime
        sd35_oil_painting.safetensors painting
    """,
    "flux": """
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
    "flux2": "*Flux_2-Turbo-LoRA_comfyui.safetensors\n Flux2TurboComfyv2.safetensors\n flux2_realism.safetensors photo",
    "qwen_image": """
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
    "z_image": """
        *pixel_art_style_z_image_turbo.safetensors pixel_art
        z_image_turbo_realism.safetensors photo
        z_image_analog_film.safetensors photo
        z_image_anime_lineart.safetensors anime
        z_image_oil_painting.safetensors painting
        z_image_icon_pack.safetensors logo
        z_image_font_design.safetensors text
    """,
    "chroma": """
        chroma_realism_v2.safetensors photo
        chroma_anime_screencap.safetensors anime
        chroma_hyper_8steps.safetensors
    """,
    "hidream": "hidream_i1_realism.safetensors photo\n hidream_anime_style.safetensors anime",
    "anima": "*anima-turbo-lora-v0.2.safetensors",
    "krea2": "*krea2_darkbrush.safetensors painting",
}  # fmt: skip

_UPSCALERS = """
    *4x-UltraSharp.pth
    *RealESRGAN_x4plus.pth
    *RealESRGAN_x2plus.pth
    *4x_foolhardy_Remacri.pth
    4x_NMKD-Siax_200k.pth
    4x_NMKD-Superscale-SP_178000_G.pth
    RealESRGAN_x4plus_anime_6B.pth
    4x-AnimeSharp.pth
    4x-ClearRealityV1.pth
    4xNomos8kSC.pth
    4xLSDIRplus.pth
    8x_NMKD-Superscale_150000_G.pth
    2x-AnimeSharpV3.pth
    1x-ITF-SkinDiffDetail-Lite-v1.pth
    4x-UltraSharpV2.safetensors
    4xFFHQDAT.pth
    ESRGAN_4x.pth
    SwinIR_4x.pth
    4x_fatal_Anime_500000_G.pth
    2xNomosUni_span_multijpg.safetensors
    4xRealWebPhoto_v4_dat2.safetensors
"""

# The files beside the main models have the same names everywhere: in training and held out alike.
ENCODER_FILES: dict[str, tuple[str, ...]] = {
    "clip_l": ("clip_l.safetensors", "clip_l.safetensors", "ViT-L-14-TEXT-detail-improved-hiT-GmP-HF.safetensors"),
    "clip_g": ("clip_g.safetensors",),
    "t5xxl": ("t5xxl_fp16.safetensors", "t5xxl_fp8_e4m3fn.safetensors", "t5xxl_fp8_e4m3fn_scaled.safetensors"),
    "t5xxl_old": ("oldt5_xxl_fp8_e4m3fn_scaled.safetensors",),
    "llama31_8b": ("llama_3.1_8b_instruct_fp8_scaled.safetensors",),
    "gemma2_2b": ("gemma_2_2b_fp16.safetensors", "gemma_2_2b_it_elm_bf16.safetensors"),
    "gemma3_4b": ("gemma_3_4b_it_bf16.safetensors",),
    "jina_clip_v2": ("jina_clip_v2_bf16.safetensors",),
    "qwen25vl_7b": ("qwen_2.5_vl_7b_fp8_scaled.safetensors", "qwen_2.5_vl_7b.safetensors"),
    "qwen25vl_3b": ("qwen_2.5_vl_fp16.safetensors",),
    "byt5_small": ("byt5_small_glyphxl_fp16.safetensors",),
    "qwen3_4b": ("qwen_3_4b.safetensors", "qwen_3_4b_fp8_mixed.safetensors"),
    "qwen3_8b": ("qwen_3_8b_fp8mixed.safetensors",),
    "qwen3_06b": ("qwen_3_06b_base.safetensors",),
    "qwen3vl_4b": ("qwen3vl_4b_fp8_scaled.safetensors", "qwen3vl_4b_bf16.safetensors"),
    "mistral3_24b": ("mistral_3_small_flux2_fp8.safetensors", "mistral_3_small_flux2_bf16.safetensors"),
    "ministral3_3b": ("ministral-3-3b.safetensors",),
    "qwen3vl_8b": ("qwen3vl_8b_fp8_scaled.safetensors", "qwen3vl_8b_int8_convrot.safetensors"),
    "gpt_oss_20b": ("gpt_oss_20b_nvfp4.safetensors",),
    "ling_mini_2": ("ming_image_0.1_ling_mini_2.0_int8_convrot.safetensors",),
    "qwen35_9b": ("qwen3.5_9b_w4a8_gptq.safetensors",),
    "ovis25": ("ovis_2.5.safetensors",),
}
VAE_FILES: dict[str, tuple[str, ...]] = {
    "sd": ("vae-ft-mse-840000-ema-pruned.safetensors",),
    "sdxl": ("sdxl_vae.safetensors",),
    "sd3": ("sd3_vae.safetensors",),
    "flux": ("ae.safetensors",),
    "flux2": ("flux2-vae.safetensors",),
    "qwen_image": ("qwen_image_vae.safetensors",),
    "wan": ("wan_2.1_vae.safetensors",),
    "mage": ("mage_flow_vae_bf16.safetensors",),
    "ming_image": ("ming_image_vae_bf16.safetensors",),
    "hunyuan_image": ("hunyuan_image_2.1_vae_fp16.safetensors",),
}

IMAGE_FAMILIES: tuple[str, ...] = tuple(_MAINS)
"""The families of which installations are simulated."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that exists: its folder under models/, its name, its family (none for an upscaler), and what it is good
    at as far as its table says (STYLE_CUES). `common` files are never held out."""

    folder: str
    name: str
    family: str = ""
    traits: frozenset[str] = frozenset()
    common: bool = False

    @property
    def held_out(self) -> bool:
        """Whether it is kept from training: one in five, told by its name."""
        return not self.common and crc32(normalised(self.name).encode("utf-8")) % 5 == 0


@dataclass(frozen=True)
class KnownFiles:
    """The files of which simulated installations are made, sorted by folder and name."""

    files: tuple[KnownFile, ...]

    @cached_property
    def _groups(self) -> dict[tuple[str, str, bool], tuple[KnownFile, ...]]:
        groups: dict[tuple[str, str, bool], list[KnownFile]] = {}
        for file in self.files:
            groups.setdefault((file.folder, file.family, file.held_out), []).append(file)
        return {key: tuple(group) for key, group in groups.items()}

    def of(self, folder: str, family: str, *, held_out: bool) -> tuple[KnownFile, ...]:
        """The files of one folder and family, either those for training or those that are held out."""
        return self._groups.get((folder, family, held_out), ())


def _lines(table: str) -> Iterator[tuple[str, frozenset[str], bool]]:
    for line in table.split("\n"):
        words = line.split()
        if words:
            yield words[0].removeprefix("*"), frozenset(words[1:]), words[0].startswith("*")


def _curated() -> Iterator[KnownFile]:
    for family, folders in _MAINS.items():
        for folder, table in folders.items():
            yield from (KnownFile(folder, name, family, traits, common) for name, traits, common in _lines(table))
    for family, table in _LORAS.items():
        yield from (KnownFile("loras", name, family, traits, common) for name, traits, common in _lines(table))
    yield from (KnownFile("upscale_models", name, "", traits, common) for name, traits, common in _lines(_UPSCALERS))


def _sorted(files: Iterable[KnownFile]) -> KnownFiles:
    """Each name once in each folder: the first that says it."""
    first = {(file.folder, normalised(file.name)): file for file in reversed(list(files))}
    return KnownFiles(tuple(sorted(first.values(), key=lambda file: (file.folder, file.name))))


CURATED: KnownFiles = _sorted(_curated())
"""What is known without anything installed."""


def known_files(manager_list: Path | None = None, *, installed: bool = True) -> KnownFiles:
    """CURATED, the files of the official templates where their package is installed, and those of ComfyUI-Manager's
    model list: `manager_list`, or the one of the installed package `comfyui_manager`. With `installed` false, no
    installed package is read.

    Raises OSError or WorkflowError for a list or a template that cannot be read.
    """
    more: list[KnownFile] = []
    if installed:
        more += _template_files()
        manager_list = manager_list or _installed_file("comfyui_manager", "model-list.json")
    if manager_list is not None:
        more += _manager_files(manager_list)
    return _sorted((*CURATED.files, *more))


def _installed_file(package: str, name: str) -> Path | None:
    """A file of an installed package, found without importing it."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(folder) / name).is_file():
            return Path(folder) / name
    return None


def _known_by_name(folder: str, name: str, *, common: bool) -> Iterator[KnownFile]:
    """The file where its name says one family that is simulated, or where it is an upscaler."""
    if folder == "upscale_models":
        yield KnownFile(folder, name, common=common)
    elif folder in ("checkpoints", "diffusion_models", "loras"):
        families = identify(folder, name).families
        if len(families) == 1 and next(iter(families)) in _MAINS:
            yield KnownFile(folder, name, next(iter(families)), common=common)


_NOT_FOR_PROMPTS = (
    "inpaint", "fill", "edit", "kontext", "redux", "canny", "depth", "refiner", "ip2p", "unclip", "faceid",
    "ip_adapter", "control", "union", "ipadapter", "brushnet", "layered", "unconditional", "relight", "animatediff",
    "360", "ltxv", "contrastfix", "adapter",
)  # fmt: skip


def _for_prompts(name: str) -> bool:
    """Whether a file makes pictures from a prompt alone; others need an input picture."""
    return not any(word in normalised(name) for word in _NOT_FOR_PROMPTS)


def _template_files() -> Iterator[KnownFile]:
    index = _installed_file("comfyui_workflow_templates_json", "templates/index.json")
    if index is None:
        return
    for category in read_json(index):
        for entry in category["templates"]:
            tags = entry.get("tags") or ()
            if "Text to Image" in tags and "API" not in tags:
                yield from _files_of_template(index.with_name(f"{entry['name']}.json"))


def _files_of_template(path: Path) -> Iterator[KnownFile]:
    document = read_json(path)
    for graph in (document, *((document.get("definitions") or {}).get("subgraphs") or ())):
        for node in graph["nodes"]:
            for model in (node.get("properties") or {}).get("models") or ():
                name, folder = str(model["name"]), str(model.get("directory") or "")
                if _for_prompts(name):
                    yield from _known_by_name(folder, name, common=True)


_MANAGER_FOLDERS = {
    "checkpoint": "checkpoints",
    "diffusion_model": "diffusion_models",
    "lora": "loras",
    "upscale": "upscale_models",
}
_WEIGHTS, _UPSCALER_WEIGHTS = (".safetensors", ".ckpt"), (".safetensors", ".pth")
_SUFFIXES = {
    "checkpoints": _WEIGHTS,
    "diffusion_models": _WEIGHTS,
    "loras": _WEIGHTS,
    "upscale_models": _UPSCALER_WEIGHTS,
}


def _manager_files(path: Path) -> Iterator[KnownFile]:
    try:
        entries = [(str(model["type"]), str(model["filename"])) for model in read_json(path)["models"]]
    except (KeyError, TypeError) as error:
        raise WorkflowError(f"{path}: not a model list of ComfyUI-Manager ({error!r})") from error
    for kind, name in entries:
        folder = _MANAGER_FOLDERS.get(kind)
        if folder and _for_prompts(name) and Path(name).suffix in _SUFFIXES[folder]:
            yield from _known_by_name(folder, name, common=False)


@lru_cache(maxsize=1)
def traits_by_name() -> dict[str, frozenset[str]]:
    """Normalised name -> traits, of the curated files."""
    return {normalised(file.name): file.traits for file in CURATED.files if file.family}


def files_beside(family: str) -> tuple[tuple[tuple[str, ...], ...], str | None]:
    """The encoders of each way to load the family's CLIP, as far as ENCODER_FILES has them all, and its VAE_FILES
    key."""
    ways = tuple(recipe.encoders for recipe in TEXT_ENCODERS.get(family, ()))
    spaces = [space for space, families in VAES.items() if family in families and space in VAE_FILES]
    return tuple(way for way in ways if all(encoder in ENCODER_FILES for encoder in way)), next(iter(spaces), None)
