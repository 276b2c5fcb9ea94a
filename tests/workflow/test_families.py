from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from inventories import (
    INVENTORIES,
    clip_g,
    clip_l,
    esrgan,
    flux_lora,
    kl_vae,
    language_model,
    mmdit,
    prefixed,
    qwen3_4b,
    qwen25vl_7b,
    real_esrgan,
    sd3_controlnet,
    t5xxl,
    tiny_autoencoder,
    transformer_lora,
    unet_controlnet,
    unet_lora,
    wan_vae,
    write_inventory,
    write_sparse,
)

from nodewright.workflow.catalog.catalog import ModelFile
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.catalog.models_folder import identify_models, list_models
from nodewright.workflow.families.lookup import (
    FAMILIES,
    TEXT_ENCODERS,
    class_families,
    encoder_families,
    family_called,
    space_families,
)

FLUX_VAE = space_families("flux")


def by_name(models: tuple[ModelFile, ...]) -> dict[str, ModelFile]:
    return {f"{model.folder}/{model.name.replace(os.sep, '/')}": model for model in models}


# ---- inventories -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_an_inventory_takes_next_to_nothing(inventory: str, tmp_path: Path) -> None:
    models = write_inventory(inventory, tmp_path)
    files = [path for path in models.rglob("*") if path.is_file()]
    assert len(files) == len(INVENTORIES[inventory]())
    assert sum(path.stat().st_size for path in files) > 1e9
    if hasattr(os.stat_result, "st_blocks"):
        assert sum(path.stat().st_blocks * 512 for path in files) < 10e6


@pytest.mark.parametrize("inventory", INVENTORIES)
def test_every_diffusion_model_of_an_inventory_is_recognised(inventory: str, tmp_path: Path) -> None:
    models = identify_models(list_models(write_inventory(inventory, tmp_path)))
    diffusion = [model for model in models if model.role in ("checkpoint", "diffusion_model")]
    assert diffusion
    assert all(len(model.families) == 1 for model in diffusion), diffusion


def test_what_the_mixed_install_holds(tmp_path: Path) -> None:
    models = identify_models(list_models(write_inventory("mixed_40", tmp_path)))
    assert len(models) == 40
    files = by_name(models)
    families = {name: set(model.families) for name, model in files.items()}
    assert families["checkpoints/v1-5-pruned-emaonly.safetensors"] == {"sd15"}
    assert families["checkpoints/anime/model_v7.safetensors"] == {"sdxl"}
    assert families["checkpoints/sd3.5_large.safetensors"] == {"sd3"}
    assert families["diffusion_models/flux1-dev.safetensors"] == {"flux"}
    assert families["diffusion_models/qwen_image_fp8_e4m3fn.safetensors"] == {"qwen_image"}
    assert families["diffusion_models/z_image_turbo_bf16.safetensors"] == {"z_image"}
    assert families["diffusion_models/sdxl_unet_only.safetensors"] == {"sdxl"}, "models/unet is an old name"
    assert families["loras/nothing-in-the-name.safetensors"] == {"sd15"}
    assert families["loras/unknown.safetensors"] == set()
    assert families["loras/flux-realism.safetensors"] == {"flux"}
    assert families["controlnet/xl/depth.safetensors"] == {"sdxl"}
    assert families["controlnet/control_canny.safetensors"] == {"sd15"}
    assert families["vae/ae.safetensors"] == FLUX_VAE
    assert families["vae/mystery.safetensors"] == set(), "SD1.5's and SDXL's VAE have the same shapes"
    assert "sdxl" in families["vae/sdxl_vae.safetensors"] and "sd15" not in families["vae/sdxl_vae.safetensors"]
    assert "sd15" in families["vae/vae-ft-mse-840000-ema-pruned.safetensors"]
    assert families["text_encoders/umt5_xxl_fp16.safetensors"] == {"wan", "wan22_5b"}, "models/clip is an old name"
    assert files["text_encoders/qwen_3_4b.safetensors"].encoder == "qwen3_4b"
    assert files["text_encoders/qwen_2.5_vl_7b_fp8_scaled.safetensors"].encoder == "qwen25vl_7b"
    assert files["upscale_models/RealESRGAN_x2plus.safetensors"].scale == 2
    assert files["checkpoints/sd3.5_large.safetensors"].parts == {"MODEL", "CLIP", "VAE"}
    assert files["checkpoints/sd3.5_large_no_text.safetensors"].parts == {"MODEL", "VAE"}
    assert files["checkpoints/anime/model_v7.safetensors"].alias == "sdxl/model_v7"
    assert files["vae/ae.safetensors"].alias == "shared/ae"
    assert files["upscale_models/4x-UltraSharp.safetensors"].alias == "any/4x_ultrasharp"


# ---- by header ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "name", "shapes", "families", "encoder"),
    [
        ("text_encoders", "model.safetensors", clip_l(), encoder_families("clip_l"), "clip_l"),
        ("text_encoders", "model.safetensors", clip_g(), encoder_families("clip_g"), "clip_g"),
        ("text_encoders", "model.safetensors", t5xxl(), encoder_families("t5xxl"), "t5xxl"),
        ("text_encoders", "t5xxl.safetensors", t5xxl(every_bias=True), encoder_families("umt5xxl"), "umt5xxl"),
        ("text_encoders", "model.safetensors", qwen25vl_7b(), encoder_families("qwen25vl_7b"), "qwen25vl_7b"),
        ("text_encoders", "model.safetensors", qwen3_4b(), encoder_families("qwen3_4b"), "qwen3_4b"),
        (
            "text_encoders",
            "llama.safetensors",
            language_model(4096, 2, 32, 8, 14336, 128256, bias=False, norm=False),
            {"hidream"},
            "llama31_8b",
        ),
        (
            "text_encoders",
            "llama.safetensors",
            language_model(4096, 2, 32, 8, 14336, 128320, bias=False, norm=False),
            {"hunyuan_video"},
            "llava_llama3",
        ),
        ("vae", "ae.safetensors", kl_vae(16, quant=False), FLUX_VAE, None),
        ("vae", "sd3_vae.safetensors", kl_vae(16, quant=False), {"sd3"}, None),
        ("vae", "model.safetensors", kl_vae(16, quant=False), set(), None),
        ("vae", "sdxl_vae.safetensors", kl_vae(16, quant=False), set(), None),
        ("vae", "miniature_vae.safetensors", tiny_autoencoder(), {"miniature"}, None),
        ("vae", "miniature_vae.safetensors", kl_vae(16, quant=False), set(), None),
        ("vae", "taesd3.safetensors", tiny_autoencoder(), {"sd3"}, None),
        ("vae", "model.safetensors", tiny_autoencoder(), set(), None),
        ("diffusion_models", "model.safetensors", mmdit(3), {"miniature"}, None),
        ("diffusion_models", "model.safetensors", mmdit(4), {"miniature"}, None),
        ("diffusion_models", "miniature.safetensors", mmdit(24), {"sd3"}, None),
        ("checkpoints", "x.safetensors", prefixed("model.diffusion_model.", mmdit(3)), {"miniature"}, None),
        ("checkpoints", "x.safetensors", prefixed("model.diffusion_model.", mmdit(24)), {"sd3"}, None),
        ("vae", "qwen_image_vae.safetensors", wan_vae(), space_families("qwen_image"), None),
        ("vae", "wan_2.1_vae.safetensors", wan_vae(), space_families("wan"), None),
        ("loras", "model.safetensors", unet_lora(768), {"sd15"}, None),
        ("loras", "sd15.safetensors", unet_lora(2048), {"sdxl"}, None),
        ("loras", "model.safetensors", unet_lora(1024, text=False), {"sd2"}, None),
        ("loras", "model.safetensors", flux_lora(), set(), None),  # or Chroma, which is built the same
        ("loras", "chroma-style.safetensors", flux_lora(), {"chroma"}, None),
        ("loras", "x.pt", transformer_lora("transformer_blocks.{}.img_mlp.net.2", 60, 3072), {"qwen_image"}, None),
        ("loras", "x.safetensors", transformer_lora("layers.{}.attention.qkv", 30, 3840), {"z_image"}, None),
        ("loras", "x.safetensors", transformer_lora("joint_blocks.{}.x_block.attn.qkv", 3, 192), {"miniature"}, None),
        ("loras", "x.safetensors", transformer_lora("joint_blocks.{}.context_block.mlp.fc1", 3, 192), {"miniature"},
         None),
        ("loras", "miniature.safetensors", transformer_lora("joint_blocks.{}.x_block.attn.qkv", 24, 1536), {"sd3"},
         None),
        ("loras", "x.safetensors", transformer_lora("blocks.{}.self_attn.q", 30, 5120), {"wan"}, None),
        ("loras", "x.safetensors", transformer_lora("blocks.{}.self_attn.q", 30, 3072), {"wan22_5b"}, None),
        ("controlnet", "x.safetensors", unet_controlnet(2048), {"sdxl"}, None),
        ("controlnet", "x.safetensors", sd3_controlnet(), {"sd3"}, None),
    ],
)  # fmt: skip
def test_what_a_header_says(folder: str, name: str, shapes: Any, families: set[str], encoder: str | None) -> None:
    identity = identify(folder, name, shapes)
    assert set(identity.families) == set(families)
    assert identity.encoder == encoder


@pytest.mark.parametrize(
    ("shapes", "scale"), [(esrgan(1), 1), (esrgan(2), 2), (esrgan(4), 4), (esrgan(8), 8), (real_esrgan(), 4),
                          (real_esrgan(2), 2)],
)  # fmt: skip
def test_the_scale_of_an_upscaler(shapes: Any, scale: int) -> None:
    assert identify("upscale_models", "16x-lies.safetensors", shapes).scale == scale


# ---- by name -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "name", "families"),
    [
        ("checkpoints", "v1-5-pruned-emaonly.ckpt", {"sd15"}),
        ("checkpoints", "v2-1_768-ema-pruned.ckpt", {"sd2"}),
        ("checkpoints", "sd_xl_base_1.0.safetensors", {"sdxl"}),
        ("checkpoints", "sd_xl_refiner_1.0.safetensors", {"sdxl_refiner"}),
        ("checkpoints", "ponyDiffusionV6XL.safetensors", {"sdxl"}),
        ("checkpoints", "illustriousXL_v01.safetensors", {"sdxl"}),
        ("checkpoints", "sd3.5_large_fp8_scaled.safetensors", {"sd3"}),
        ("checkpoints", "SDXL/anything.ckpt", {"sdxl"}),
        ("checkpoints", "my-own.ckpt", set()),
        ("diffusion_models", "flux1-dev-Q4_K_S.gguf", {"flux"}),
        ("diffusion_models", "flux-2-klein-4b.safetensors", {"flux2_klein_4b"}),
        ("diffusion_models", "flux2_dev_fp8mixed.safetensors", {"flux2"}),
        ("diffusion_models", "qwen-image-Q5_K_M.gguf", {"qwen_image"}),
        ("diffusion_models", "qwen_image_2.1_int8_convrot.safetensors", {"qwen_image_21"}),
        ("diffusion_models", "z_image_turbo_bf16.safetensors", {"z_image"}),
        ("diffusion_models", "Chroma1-HD.safetensors", {"chroma"}),
        ("diffusion_models", "chroma-radiance-x0.safetensors", {"chroma_radiance"}),
        ("diffusion_models", "wan2.2_ti2v_5B_fp16.safetensors", {"wan22_5b"}),
        ("diffusion_models", "wan2.2_t2v_high_noise_14B_fp8_scaled.safetensors", {"wan"}),
        ("diffusion_models", "hunyuanvideo1.5_720p_t2v_fp16.safetensors", {"hunyuan_video_15"}),
        ("loras", "Qwen-Image-Lightning-4steps-V1.0.safetensors", {"qwen_image"}),
        ("checkpoints", "stable-audio-open-1.0.safetensors", {"stable_audio"}),
        ("checkpoints", "stable_audio_3_medium_base.safetensors", {"stable_audio_3"}),
        ("text_encoders", "t5gemma_b_b_ul2.safetensors", {"stable_audio_3"}),
        ("checkpoints", "yue2_3b_int8_convrot.safetensors", {"yue2"}),
        ("loras", "taiwan_street.safetensors", set()),
        ("loras", "swan-lake.safetensors", set()),
        ("vae", "flux2-vae.safetensors", space_families("flux2")),
        ("vae", "qwen_image_2.1_vae_bf16.safetensors", space_families("qwen_image_21")),
        ("upscale_models", "4x-UltraSharp.pth", set()),
        ("checkpoints", "miniature.ckpt", {"miniature"}),
        ("checkpoints", "miniature_textures.ckpt", {"miniature"}),
        ("checkpoints", "zoo/my_miniature_2.ckpt", {"miniature"}),
        ("checkpoints", "sdxl_miniature_people.ckpt", {"sdxl"}),
        ("loras", "miniaturesque.safetensors", set()),
        ("upscale_models", "2x_miniature_sharp.safetensors", set()),
    ],
)
def test_what_a_name_says(folder: str, name: str, families: set[str]) -> None:
    assert set(identify(folder, name).families) == set(families)


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("4x-UltraSharp.pth", 4),
        ("RealESRGAN_x2plus.pth", 2),
        ("1x_deblur.pth", 1),
        ("8x_NMKD.pth", 8),
        ("swin.pth", None),
    ],
)
def test_the_scale_in_a_name(name: str, scale: int | None) -> None:
    assert identify("upscale_models", name).scale == scale


# ---- lying and strange files -------------------------------------------------------------------------------------


def test_a_lying_file_does_not_break_the_scan(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "broken.safetensors").write_bytes(b"\xff" * 40)
    (tmp_path / "checkpoints" / "notes.txt").write_text("no model", encoding="utf-8")
    write_sparse(tmp_path / "loras" / "good.safetensors", unet_lora(768))
    with caplog.at_level(logging.WARNING):
        models = by_name(identify_models(list_models(tmp_path)))
    assert set(models) == {"checkpoints/broken.safetensors", "loras/good.safetensors"}
    assert models["checkpoints/broken.safetensors"].role == "unknown"
    assert models["checkpoints/broken.safetensors"].families == frozenset()
    assert models["loras/good.safetensors"].families == {"sd15"}
    assert "broken.safetensors" in caplog.text and "claims" in caplog.text


def test_a_lora_among_the_checkpoints_is_of_no_family(tmp_path: Path) -> None:
    write_sparse(tmp_path / "checkpoints" / "thing.safetensors", {"some.layer": (2, 2)})
    (model,) = identify_models(list_models(tmp_path))
    assert model.families == frozenset()


@pytest.mark.parametrize("strange", [(), (0,), (4,), (7, 0), (1, 2, 3, 4, 5, 6)])
def test_shapes_that_fit_nothing_are_no_error(strange: tuple[int, ...]) -> None:
    for path, shapes in INVENTORIES["mixed_40"]().items():
        for folder in (
            "checkpoints",
            "diffusion_models",
            "vae",
            "text_encoders",
            "loras",
            "controlnet",
            "upscale_models",
        ):
            identity = identify(folder, "x.safetensors", dict.fromkeys(shapes, strange))
            assert identity.families <= FAMILIES.keys(), path


def test_no_models_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="models folder"):
        identify_models(list_models(tmp_path / "nowhere"))


def test_a_link_to_a_folder_above_ends(tmp_path: Path) -> None:
    write_sparse(tmp_path / "loras" / "good.safetensors", unet_lora(768))
    try:
        (tmp_path / "loras" / "again").symlink_to(tmp_path / "loras", target_is_directory=True)
    except OSError:
        pytest.skip("this system lets nobody make links")
    assert [model.name for model in identify_models(list_models(tmp_path))] == ["good.safetensors"]


# ---- tables ------------------------------------------------------------------------------------------------------


def test_how_encoders_are_loaded_are_options_that_comfyui_has(object_info: dict[str, Any]) -> None:
    # flux3, fibo2 and moss_image need a ComfyUI after 0.33.
    newer = {"flux3", "fibo2", "moss_image"}
    for name, family in FAMILIES.items():
        for loading in family.encoder_loading:
            required = object_info[loading.loader]["input"]["required"]
            names = [each for each in required if each.startswith(("clip_name", "text_encoder"))]
            assert len(names) == len(loading.encoders), loading
            if loading.type is not None and name not in newer:
                assert loading.type in required["type"][0], loading


def test_a_family_is_found_by_the_name_that_a_person_reads() -> None:
    for name, family in FAMILIES.items():
        assert family_called(f" {family.shown_name.upper()}") == family_called(name) == name
    assert FAMILIES["sd15"].shown_name == "SD 1.5"
    assert FAMILIES["chroma_radiance"].shown_name == "Chroma Radiance"
    assert family_called("no such") is None


def test_every_encoder_that_is_loaded_is_known() -> None:
    for family in FAMILIES.values():
        for loading in family.encoder_loading:
            assert set(loading.encoders) <= set(TEXT_ENCODERS), family.name


def test_every_family_with_encoders_has_a_vae() -> None:
    assert all(family.latent_space for family in FAMILIES.values() if family.encoder_loading)


@pytest.mark.parametrize(
    ("class_type", "families"),
    [
        ("KSampler", None),
        ("SkipLayerGuidanceSD3", {"sd3"}),
        ("SaveImage", None),
        ("FluxKontextImageScale", None),
        ("CLIPTextEncodeSDXL", {"sdxl"}),
        ("EmptyFlux2LatentImage", space_families("flux2")),
        ("WanImageToVideo", {"wan"}),
        ("LTXVConditioning", {"ltxv", "ltx2", "ltx25"}),
        ("StableCascade_EmptyLatentImage", {"cascade"}),
        ("SomePackFluxSampler", {"flux"}),
        ("SwanLake", None),
        ("EmptyLatentAudio", {"stable_audio", "stable_audio_3"}),
        ("YuE2GenerateMusic", {"yue2"}),
        ("MiniMaxH3ImageToVideo", {"minimax_h3"}),
    ],
)
def test_families_of_a_class(class_type: str, families: set[str] | None) -> None:
    found = class_families(class_type)
    assert found == families if families is None else found == frozenset(families)


@pytest.mark.parametrize("class_type", ["EmptyLatentImage", "EmptySD3LatentImage", "ModelSamplingSD3"])
def test_classes_that_the_miniature_shares_with_sd3(class_type: str) -> None:
    assert {"sd3", "miniature"} <= (class_families(class_type) or frozenset())


@pytest.mark.parametrize("class_type", ["KarrasScheduler", "PolyexponentialScheduler", "VPScheduler", "SetFirstSigma"])
def test_noise_levels_above_1_are_not_for_flow_matching(class_type: str) -> None:
    families = class_families(class_type) or frozenset()
    assert {"sd15", "sdxl", "svd"} <= families
    assert not families & {"sd3", "miniature", "flux", "flux2", "qwen_image", "z_image", "chroma", "wan", "auraflow"}


def test_every_class_family_is_a_family(object_info: dict[str, Any]) -> None:
    for class_type in object_info:
        assert (class_families(class_type) or frozenset()) <= FAMILIES.keys(), class_type


# ---- families that other folders register ------------------------------------------------------------------------


EXTRA = """
from ..workflow.families.family import Family

FAMILY = Family(name="extra", file_words="extra", diffusion=lambda header: "extra.weight" in header)
"""
ASK = """
import sys
sys.path.insert(0, sys.argv[1])
from pack.workflow.catalog.cache import rules_version
from pack.workflow.catalog.identify import identify
from pack.workflow.families.lookup import FAMILIES
found = identify("diffusion_models", "x.safetensors", {"extra.weight": (1,)})
print(*found.families, *FAMILIES, rules_version())
"""


def asked(folder: Path) -> list[str]:
    """The family of a header with "extra.weight", all families, and the version of the rules, of the copied package."""
    done = subprocess.run([sys.executable, "-c", ASK, str(folder)], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_folder_registers_its_family_and_without_it_there_is_none(repository: Path, tmp_path: Path) -> None:
    """As ComfyUI loads it: the folder under a name of its own."""
    shutil.copytree(repository / "workflow", tmp_path / "pack" / "workflow")
    for module in ("opening.py", "files.py", "guarded_json.py", "json_shapes.py"):
        shutil.copy(repository / module, tmp_path / "pack")
    (tmp_path / "pack" / "__init__.py").touch()
    *without, rules = asked(tmp_path)
    assert set(without) == set(FAMILIES) - {"miniature"}
    (tmp_path / "pack" / "extra").mkdir()
    (tmp_path / "pack" / "extra" / "__init__.py").touch()
    (tmp_path / "pack" / "extra" / "family.py").write_text(EXTRA, encoding="utf-8")
    first, *names, changed = asked(tmp_path)
    assert first == "extra" and set(names) == {*without, "extra"}
    assert changed != rules, "what was cached without the family is stale"


def test_the_miniature_can_be_imported_before_the_families() -> None:
    code = "from nodewright.miniature.family import FAMILY; from nodewright.workflow.families.lookup import FAMILIES"
    subprocess.run([sys.executable, "-c", f"{code}; assert FAMILIES['miniature'] is FAMILY"], check=True)
