"""What a file is, whatever its folder and its name say: right and wrong folders, parts, formats, tasks, LoRAs."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from inventories import (
    Shapes,
    clip_g,
    clip_l,
    clip_vision,
    diffusion_model,
    embedding,
    esrgan,
    flux_controlnet,
    flux_lora,
    kl_vae,
    lora,
    prefixed,
    qwen3_4b,
    qwen25vl_7b,
    real_esrgan,
    sd3_controlnet,
    sd15_checkpoint,
    sd35_checkpoint,
    sdxl_checkpoint,
    t5xxl,
    tiny_autoencoder,
    transformer_lora,
    unet_controlnet,
    unet_lora,
    wan_vae,
    write_sparse,
)
from partial_installations import gguf_loaders, nunchaku_flux, without

from nodewright.workflow.catalog.identify import Identity, identify
from nodewright.workflow.catalog.model_files import left_out, model_files
from nodewright.workflow.catalog.models_folder import identify_models, list_models
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.families.lookup import FAMILIES
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.family_scope import FamilyScope, main_models

ALL = {"MODEL", "CLIP", "VAE"}


def with_input(shapes: Shapes, ending: str, size: int) -> Shapes:
    """These tensors with another number of inputs of the first layer."""
    (name,) = (key for key in shapes if key.endswith(ending))
    return shapes | {name: (shapes[name][0], size, *shapes[name][2:])}


def layers(prefix: str, width: int, *, cross: int | None = None) -> dict[str, tuple[int, int]]:
    """Attention layers of a block: output and input widths."""
    found = {f"{prefix}attn1_{part}": (width, width) for part in ("to_q", "to_k", "to_v", "to_out_0")}
    if cross is not None:
        found |= {f"{prefix}attn2_{part}": (width, cross) for part in ("to_k", "to_v")}
    return found


def loha(found: dict[str, tuple[int, int]], rank: int = 8) -> Shapes:
    return {
        f"{layer}.hada_{factor}": shape
        for layer, (out, width) in found.items()
        for factor, shape in (
            ("w1_a", (out, rank)), ("w1_b", (rank, width)), ("w2_a", (out, rank)), ("w2_b", (rank, width)),
        )
    }  # fmt: skip


def lokr(found: dict[str, tuple[int, int]], factor: int = 16, *, whole: bool = False) -> Shapes:
    shapes: Shapes = {}
    for layer, (out, width) in found.items():
        shapes[f"{layer}.lokr_w1"] = (factor, factor)
        if whole:
            shapes[f"{layer}.lokr_w2"] = (out // factor, width // factor)
        else:
            shapes |= {f"{layer}.lokr_w2_a": (out // factor, 4), f"{layer}.lokr_w2_b": (4, width // factor)}
        shapes[f"{layer}.alpha"] = ()
    return shapes


def glora(found: dict[str, tuple[int, int]], rank: int = 8) -> Shapes:
    shapes: Shapes = {}
    for layer, (out, width) in found.items():
        shapes |= {f"{layer}.a1.weight": (rank, width), f"{layer}.a2.weight": (width, rank)}
        shapes |= {f"{layer}.b1.weight": (rank, width), f"{layer}.b2.weight": (out, rank)}
    return shapes


def differences(found: dict[str, tuple[int, int]]) -> Shapes:
    return {f"{layer}.diff": shape for layer, shape in found.items()}


def nf4(shapes: Shapes) -> Shapes:
    """The same with the first matrix quantised as bitsandbytes does."""
    name = next(key for key, shape in shapes.items() if len(shape) == 2)
    ends = ("absmax", "quant_map", "quant_state.bitsandbytes__nf4")
    return shapes | {name: (8, 1)} | {f"{name}.{end}": (16,) for end in ends}


DORA = {
    **lora(layers("lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_", 640, cross=2048)),
    "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.dora_scale": (640, 1),
}
KONTEXT, FILL, CONTROL = "change a given picture", "fill masked parts", "follow a control picture"
MOVE = "move it to models/"

# folder, name, tensors, metadata -> role, families, what the reason says (None: it is used), parts
MODELS, WHOLE, LORA, MODEL, CHECKPOINT, UNKNOWN = (
    "diffusion_models", "checkpoints", "lora", "diffusion_model", "checkpoint", "unknown",
)  # fmt: skip
NONE: set[str] = set()
DOWN = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_"
FLUX_WHOLE = prefixed("model.diffusion_model.", diffusion_model("flux")) | prefixed("vae.", kl_vae(16, False))
NEW = {f"model.diffusion_model.new.{number}.weight": (8, 8) for number in range(9)} | prefixed("vae.", wan_vae())
OUTER = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_"
MODULATION = lora({"lora_unet_double_blocks_0_img_mod_lin": (18432, 3072)})
CLIP_LAYER = lora({"lora_te_text_model_encoder_layers_0_self_attn_q_proj": (768, 768)})

TABLE: list[tuple[str, str, Shapes, dict[str, str], str, set[str], str | None, set[str]]] = [
    # checkpoints with all parts and with some
    (WHOLE, "a", sd15_checkpoint(), {}, CHECKPOINT, {"sd15"}, None, ALL),
    (WHOLE, "a", sdxl_checkpoint(), {}, CHECKPOINT, {"sdxl"}, None, ALL),
    (WHOLE, "a", sd35_checkpoint(), {}, CHECKPOINT, {"sd3"}, None, ALL),
    (WHOLE, "a", sd35_checkpoint(text=False), {}, CHECKPOINT, {"sd3"}, None, {"MODEL", "VAE"}),
    (WHOLE, "a", without(sdxl_checkpoint(), "first_stage_model."), {}, CHECKPOINT, {"sdxl"}, None,
     {"MODEL", "CLIP"}),
    (WHOLE, "a", diffusion_model("sdxl"), {}, CHECKPOINT, {"sdxl"}, None, {"MODEL"}),
    (WHOLE, "a", diffusion_model("flux"), {}, CHECKPOINT, {"flux"}, None, {"MODEL"}),
    (WHOLE, "a", FLUX_WHOLE, {}, CHECKPOINT, {"flux"}, None, {"MODEL", "VAE"}),
    (WHOLE, "a", NEW, {}, CHECKPOINT, NONE, None, {"MODEL", "VAE"}),
    # a checkpoint among the diffusion models is one: its loader takes the part
    (MODELS, "a", sdxl_checkpoint(), {}, MODEL, {"sdxl"}, None, NONE),
    (MODELS, "a", diffusion_model("qwen_image"), {}, MODEL, {"qwen_image"}, None, NONE),
    (MODELS, "a", diffusion_model("z_image"), {}, MODEL, {"z_image"}, None, NONE),
    # in the wrong folder
    (WHOLE, "sdxl_detail", unet_lora(2048), {}, UNKNOWN, NONE, f"a LoRA; {MOVE}loras", NONE),
    (WHOLE, "a", loha(layers("lora_unet_mid_block_", 64)), {}, UNKNOWN, NONE, "a LoRA", NONE),
    (WHOLE, "t5xxl_fp16", t5xxl(), {}, UNKNOWN, NONE, f"a text encoder; {MOVE}text_encoders", NONE),
    (WHOLE, "a", qwen3_4b(), {}, UNKNOWN, NONE, "a text encoder", NONE),
    (WHOLE, "sdxl_vae", kl_vae(4, True), {}, UNKNOWN, NONE, f"a VAE; {MOVE}vae", NONE),
    (WHOLE, "a", wan_vae(), {}, UNKNOWN, NONE, "a VAE", NONE),
    (WHOLE, "a", esrgan(4), {}, UNKNOWN, NONE, f"an upscaler; {MOVE}upscale_models", NONE),
    (WHOLE, "a", real_esrgan(), {}, UNKNOWN, NONE, "an upscaler", NONE),
    (WHOLE, "a", unet_controlnet(2048), {}, UNKNOWN, NONE, f"a ControlNet; {MOVE}controlnet", NONE),
    (WHOLE, "a", embedding(768), {}, UNKNOWN, NONE, f"an embedding; {MOVE}embeddings", NONE),
    (WHOLE, "a", {"image_proj.proj.weight": (8, 8), "ip_adapter.1.to_k_ip.weight": (8, 8)}, {}, "unknown", NONE,
     "an IP-Adapter", NONE),
    (WHOLE, "sdxl", {"some.layer.weight": (4, 4)}, {}, UNKNOWN, NONE, "no diffusion model", NONE),
    (MODELS, "flux1-dev", clip_l(), {}, UNKNOWN, NONE, "a text encoder", NONE),
    (MODELS, "a", flux_controlnet(), {}, UNKNOWN, NONE, "a ControlNet", NONE),
    (MODELS, "a", sd3_controlnet(), {}, UNKNOWN, NONE, "a ControlNet", NONE),
    (MODELS, "a", flux_lora(), {}, UNKNOWN, NONE, "a LoRA", NONE),
    ("loras", "a", sdxl_checkpoint(), {}, UNKNOWN, NONE, f"a checkpoint; {MOVE}checkpoints", NONE),
    ("loras", "a", diffusion_model("flux"), {}, UNKNOWN, NONE, f"a diffusion model; {MOVE}diffusion_models", NONE),
    ("loras", "a", embedding(768), {}, UNKNOWN, NONE, "an embedding", NONE),
    ("vae", "ae", diffusion_model("flux"), {}, UNKNOWN, NONE, "a diffusion model", NONE),
    ("vae", "a", sdxl_checkpoint(), {}, UNKNOWN, NONE, "a checkpoint", NONE),
    ("vae", "a", flux_lora(), {}, UNKNOWN, NONE, "a LoRA", NONE),
    ("text_encoders", "clip_l", kl_vae(16, False), {}, UNKNOWN, NONE, "a VAE", NONE),
    ("text_encoders", "a", clip_vision(), {}, UNKNOWN, NONE, f"a CLIP vision model; {MOVE}clip_vision", NONE),
    ("clip_vision", "a", clip_g(), {}, UNKNOWN, NONE, "a text encoder", NONE),
    ("clip_vision", "a", clip_vision(), {}, "clip_vision", NONE, None, NONE),
    ("controlnet", "a", unet_lora(768), {}, UNKNOWN, NONE, "a LoRA", NONE),
    ("upscale_models", "4x", kl_vae(4, True), {}, UNKNOWN, NONE, "a VAE", NONE),
    ("embeddings", "a", unet_lora(768), {}, UNKNOWN, NONE, "a LoRA", NONE),
    ("vae_approx", "taesdxl", tiny_autoencoder(4), {}, "vae_approx", {"sdxl", "sdxl_refiner"}, None, NONE),
    # a name does not make a file what it is not
    ("text_encoders", "t5xxl", {"some.layer.weight": (4, 4)}, {}, "text_encoder", NONE, None, NONE),
    ("vae", "ae", {"some.layer.weight": (4, 4)}, {}, "vae", NONE, None, NONE),
    # weights that other loaders read
    (MODELS, "a", nunchaku_flux(), {"model_class": "NunchakuFluxTransformer2dModel"}, "diffusion_model",
     {"flux"}, "quantised by Nunchaku", NONE),
    (MODELS, "flux1-dev-bnb-nf4", nf4(diffusion_model("flux")), {}, MODEL, {"flux"},
     "bitsandbytes", NONE),
    (WHOLE, "a", nf4(sdxl_checkpoint()), {}, CHECKPOINT, {"sdxl"}, "bitsandbytes", ALL),
    ("text_encoders", "t5", {"encoder.block.0.layer.0.SelfAttention.k.qweight": (8, 8), "a.qzeros": (8,)}, {},
     UNKNOWN, NONE,
     "GPTQ or AWQ", NONE),
    (MODELS, "a", diffusion_model("flux") | {"img_in.comfy_quant": (8,), "img_in.weight_scale": ()}, {},
     MODEL, {"flux"}, None, NONE),
    # parts of files
    (MODELS, "diffusion_pytorch_model-00001-of-00003", diffusion_model("flux"), {}, "unknown", NONE,
     "part 1 of a model in 3 files", NONE),
    ("text_encoders", "model-00001-of-00001", clip_l(), {}, "text_encoder", {"flux"}, None, NONE),
    # other tasks
    (MODELS, "a", with_input(diffusion_model("flux"), "img_in.weight", 384), {}, MODEL, {"flux"},
     FILL, NONE),
    (MODELS, "a", with_input(diffusion_model("flux"), "img_in.weight", 128), {}, MODEL, {"flux"},
     CONTROL, NONE),
    (MODELS, "flux1-kontext-dev", diffusion_model("flux"), {}, MODEL, {"flux"}, KONTEXT, NONE),
    (MODELS, "flux1-fill-of-colour", diffusion_model("flux"), {}, MODEL, {"flux"}, None, NONE),
    (MODELS, "qwen_image_edit_2509_fp8", diffusion_model("qwen_image"), {}, MODEL, {"qwen_image"},
     KONTEXT, NONE),
    (WHOLE, "a", with_input(sdxl_checkpoint(), "input_blocks.0.0.weight", 9), {}, CHECKPOINT, {"sdxl"}, FILL,
     ALL),
    (WHOLE, "a", with_input(sd15_checkpoint(), "input_blocks.0.0.weight", 8), {}, CHECKPOINT, {"sd15"}, KONTEXT,
     ALL),
    ("loras", "flux1-canny-dev-lora", flux_lora() | lora({"img_in": (3072, 128)}), {}, LORA, {"flux"}, CONTROL, NONE),
    # LoRAs: kinds of factors
    ("loras", "a", loha(layers("lora_unet_input_blocks_4_1_transformer_blocks_0_", 640, cross=2048)), {},
     LORA, {"sdxl"},
     None, NONE),
    ("loras", "a", lokr(layers(DOWN, 640, cross=768)), {}, "lora",
     {"sd15"}, None, NONE),
    ("loras", "a", lokr(layers(DOWN, 640, cross=2048), whole=True),
     {}, LORA, {"sdxl"}, None, NONE),
    ("loras", "a", glora(layers(DOWN, 640, cross=1024)), {}, "lora",
     {"sd2"}, None, NONE),
    ("loras", "a", differences(layers(DOWN, 640, cross=2048)), {},
     LORA, {"sdxl"}, None, NONE),
    ("loras", "a", DORA, {}, LORA, {"sdxl"}, None, NONE),
    ("loras", "a", {"lora_unet_mid_block_attn1_to_k.weight": (8,), "lora_unet_mid_block_attn1_to_k.on_input": ()}, {},
     UNKNOWN, NONE, "(IA)3", NONE),
    # LoRAs: self-attention alone
    ("loras", "a", lora(layers("lora_unet_down_blocks_2_attentions_0_transformer_blocks_9_", 1280)), {}, LORA, {"sdxl"},
     None, NONE),
    ("loras", "a", lora(layers(OUTER, 320)) | CLIP_LAYER, {}, LORA, {"sd15"}, None, NONE),
    ("loras", "a", lora(layers(DOWN, 640)), {}, LORA, NONE, None,
     NONE),
    # LoRAs: metadata decide between what the header allows, and no more
    ("loras", "a", flux_lora(), {"modelspec.architecture": "flux-1-dev/lora"}, LORA, {"flux"}, None, NONE),
    ("loras", "a", flux_lora(), {"ss_base_model_version": "chroma"}, LORA, {"chroma"}, None, NONE),
    ("loras", "a", flux_lora(), {"ss_network_module": "networks.lora_flux"}, LORA, {"flux"}, None, NONE),
    ("loras", "sdxl", unet_lora(768, text=False), {"modelspec.architecture": "stable-diffusion-xl-v1-base/lora"},
     LORA, {"sd15"}, None, NONE),
    ("loras", "a", flux_lora(), {"ss_base_model_version": "sdxl_base_v1-0"}, LORA, NONE, None, NONE),
    ("loras", "a", {"some.lora_down.weight": (4, 4), "some.lora_up.weight": (4, 4)},
     {"modelspec.architecture": "stable-diffusion-xl-v1-base/lora"}, LORA, {"sdxl"}, None, NONE),
    ("loras", "a", lora(layers(DOWN, 640)), {"ss_v2": "True"},
     LORA, {"sd2"}, None, NONE),
    ("loras", "flux-ink", flux_lora() | MODULATION, {}, LORA, {"flux"}, None, NONE),
    ("loras", "chroma-ink", flux_lora() | MODULATION, {}, LORA, NONE, None, NONE),
    ("loras", "a", transformer_lora("transformer_blocks.{}.img_mlp.net.2", 60, 3072),
     {"ss_base_model_version": "flux1"},
     LORA, {"qwen_image"}, None, NONE),
    # text encoders beside each other
    ("text_encoders", "a", qwen25vl_7b(), {}, "text_encoder", {"qwen_image"}, None, NONE),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=[f"{row[0]}-{number}" for number, row in enumerate(TABLE)])
def test_what_a_file_is(row: tuple[str, str, Shapes, dict[str, str], str, set[str], str | None, set[str]]) -> None:
    folder, name, shapes, metadata, role, families, reason, parts = row
    # As a file of an installation without the loaders of other packs.
    identity = identify(folder, f"{name}.safetensors", shapes, metadata)
    models = catalog_from_object_info(CLASSES, model_files([(folder, f"{name}.safetensors", identity)])).models
    (model,) = models
    assert model.role == role
    assert families <= model.families and (families or not model.families)
    assert model.parts == parts
    if reason is None:
        assert model.unusable is None and left_out(models) == []
    else:
        assert reason in (model.unusable or "")
        assert left_out(models) == [f"{folder}/{name}.safetensors {model.unusable}"]
    assert bool(main_models(catalog_from_object_info(CLASSES, models), Constraints())) is (
        reason is None and role in ("checkpoint", "diffusion_model")
    )


def a_class(output: str, **inputs: object) -> dict[str, object]:
    return {"input": {"required": inputs}, "output": [output], "category": "loaders"}


CLASSES = {"UNETLoader": a_class("MODEL", unet_name=[[]])}


@pytest.mark.parametrize(
    ("folder", "name", "families", "reason"),
    [
        ("checkpoints", "zavychromaxl_v100.safetensors", {"sdxl"}, None),
        ("checkpoints", "t5xxl_fp16.safetensors", set(), "a text encoder"),
        ("checkpoints", "umt5_xxl_fp8_e4m3fn_scaled.safetensors", set(), "a text encoder"),
        ("checkpoints", "sd3.5_medium_incl_clips_t5xxlfp8scaled.safetensors", {"sd3"}, None),
        ("checkpoints", "juggernautXL_v9.safetensors", {"sdxl"}, None),
        ("diffusion_models", "Chroma1-HD.safetensors", {"chroma"}, None),
        ("diffusion_models", "chroma-unlocked-v48.safetensors", {"chroma"}, None),
        ("diffusion_models", "chroma_v10.gguf", {"chroma"}, None),
        ("diffusion_models", "chroma-radiance-x0.safetensors", {"chroma_radiance"}, None),
        ("checkpoints", "chromatic_dreams.safetensors", set(), None),
        ("checkpoints", "illuminatiDiffusionV1_v11.safetensors", set(), None),
        ("checkpoints", "imageFlowMix.safetensors", set(), None),
        ("checkpoints", "mistralMix_v1.ckpt", set(), None),
        ("checkpoints", "influx_v1.safetensors", set(), None),
        ("checkpoints", "mochimix_v10.safetensors", set(), None),
        ("checkpoints", "hidreamers_xl.safetensors", {"sdxl"}, None),
        ("checkpoints", "juggernautXL_noRefiner.safetensors", {"sdxl"}, None),
        ("checkpoints", "sd_xl_refiner_1.0.safetensors", {"sdxl_refiner"}, None),
        ("checkpoints", "dreams_v2_1.safetensors", set(), None),
        ("checkpoints", "v2-1_768-ema-pruned.safetensors", {"sd2"}, None),
        ("loras", "lcm-lora-sdv1-5.safetensors", {"sd15"}, None),
        ("diffusion_models", "svdq-int4_r32-flux.1-dev.safetensors", {"flux"}, "Nunchaku"),
        ("diffusion_models", "flux1-dev-bnb-nf4-v2.safetensors", {"flux"}, "bitsandbytes"),
        ("diffusion_models", "flux1-fill-dev-Q4_K_S.gguf", {"flux"}, FILL),
        ("diffusion_models", "flux1-kontext-dev-Q8_0.gguf", {"flux"}, KONTEXT),
        ("diffusion_models", "Qwen-Image-Edit-2509-Q4_K_M.gguf", {"qwen_image"}, KONTEXT),
        ("checkpoints", "sd-v1-5-inpainting.ckpt", {"sd15"}, FILL),
        ("text_encoders", "Qwen2.5-VL-7B-Instruct-mmproj-BF16.gguf", set(), "vision part"),
        ("text_encoders", "mmproj-F16.gguf", set(), "vision part"),
        ("text_encoders", "Qwen2.5-VL-7B-Instruct-UD-Q4_K_S.gguf", {"qwen_image"}, None),
        ("diffusion_models", "model-00002-of-00004.gguf", set(), "part 2"),
        ("checkpoints", "日本語モデル_sdxl.safetensors", {"sdxl"}, None),
        ("loras", "FLUX-水墨.safetensors", {"flux"}, None),
    ],
)
def test_what_a_name_alone_says(folder: str, name: str, families: set[str], reason: str | None) -> None:
    catalog = catalog_from_object_info(CLASSES, model_files([(folder, name, identify(folder, name))]))
    (model,) = catalog.models
    assert families <= model.families and (families or not model.families)
    assert model.unusable is None if reason is None else reason in (model.unusable or "")


@pytest.mark.parametrize("folder", ["checkpoints", "diffusion_models", "loras"])
def test_no_file_that_people_make_pictures_with_is_left_out_by_its_name(folder: str) -> None:
    left = set()
    for family in FAMILIES.values():
        for line in getattr(family.files, folder).split("\n"):
            words = line.split()
            if words and family.standalone and family.medium == "picture":
                name = words[0].removeprefix("*")
                left |= {name} if identify(folder, name).unusable else set()
    assert left == set()


def test_a_checkpoint_whose_header_cannot_be_read_may_hold_everything() -> None:
    assert identify("checkpoints", "model.ckpt").parts == ALL


# ---- loaders of other formats ------------------------------------------------------------------------------------


NUNCHAKU = {
    "UNETLoader": a_class("MODEL", unet_name=[[]], weight_dtype=[["default"]]),
    "LoraLoaderModelOnly": a_class("MODEL", model=["MODEL", {}], lora_name=[[]]),
    "NunchakuFluxDiTLoader": a_class("MODEL", model_path=[[]]),
    "NunchakuFluxLoraLoader": a_class("MODEL", model=["MODEL", {}], lora_name=[[]]),
}


def test_a_quantised_model_goes_to_its_own_loader_and_to_no_other() -> None:
    models = model_files([
        ("diffusion_models", "flux1-dev.safetensors", identify("diffusion_models", "x", diffusion_model("flux"))),
        ("diffusion_models", "svdq.safetensors", identify("diffusion_models", "x", nunchaku_flux())),
        ("loras", "flux-ink.safetensors", identify("loras", "flux-ink.safetensors")),
    ])  # fmt: skip
    catalog = catalog_from_object_info(NUNCHAKU, models, options_from_models=True)
    assert left_out(catalog.models) == []
    offered = {}
    for main in main_models(catalog, Constraints()):
        scope = FamilyScope(catalog, main, Constraints(), {})
        offered[main.name] = {
            cls.name: scope.choices(cls.inputs[0]) for cls in scope.classes if cls.inputs[0].types[0] != "MODEL"
        }
        assert {cls.name for cls in scope.classes if cls.inputs[0].types[0] == "MODEL"} == {
            "NunchakuFluxLoraLoader" if main.format else "LoraLoaderModelOnly"
        }
    assert offered == {
        "flux1-dev.safetensors": {"UNETLoader": ("flux/flux1_dev",)},
        "svdq.safetensors": {"NunchakuFluxDiTLoader": ("flux/svdq",), "UNETLoader": ("flux/flux1_dev",)},
    }


def test_an_encoder_that_another_loader_lists_is_none_of_this_ones() -> None:
    def encoder(name: str) -> tuple[str, str, Identity]:
        return "text_encoders", name, identify("text_encoders", name)

    own = {"input": {"required": {"clip_name1": [[]], "clip_name2": [[]], "type": [["flux"]]}}, "output": ["CLIP"]}
    info = gguf_loaders({name: own for name in ("CLIPLoader", "DualCLIPLoader", "TripleCLIPLoader")})
    info |= {"DualCLIPLoader": own} | CLASSES
    models = model_files([
        encoder("clip_l.safetensors"), encoder("t5-v1_1-xxl-encoder-Q8_0.gguf"),
        ("diffusion_models", "flux1-dev.gguf", identify("diffusion_models", "flux1-dev.gguf")),
    ])  # fmt: skip
    catalog = catalog_from_object_info(info, models, options_from_models=True)
    (main,) = main_models(catalog, Constraints())
    scope = FamilyScope(catalog, main, Constraints(), {})
    assert not scope.encoder_loadings(catalog.classes["DualCLIPLoader"])
    assert scope.encoder_loadings(catalog.classes["DualCLIPLoaderGGUF"])


# ---- the folder --------------------------------------------------------------------------------------------------


def reasons(models: Path) -> dict[str, str | None]:
    return {model.name: model.unusable for model in identify_models(list_models(models))}


def test_a_bad_file_takes_no_other_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "loras"
    write_sparse(folder / "good.safetensors", unet_lora(768))
    (folder / "cut.safetensors").write_bytes((folder / "good.safetensors").read_bytes()[:300])
    (folder / "digits.safetensors").write_bytes((4307).to_bytes(8, "little") + b'{"w":' + b"9" * 4301 + b"}")
    odd = {f"lora_unet_double_blocks_{'9' * 5000}_img_attn_qkv.lora_down.weight": (8, 3072)}
    write_sparse(folder / "numbered.safetensors", odd)
    deep = {f"model.{number}.weight": (64, 64, 3, 3) for number in range(1100)}
    deep["model.1.sub.0.RDB1.conv1.0.weight"] = (32, 64, 3, 3)
    write_sparse(tmp_path / "upscale_models" / "deep.safetensors", deep)
    wide = {f"body.{number}.weight": (3 * 1024**2, 64, 1, 1) for number in range(3)}
    write_sparse(tmp_path / "upscale_models" / "wide.safetensors", wide)
    expected = {"cut.safetensors", "digits.safetensors", "deep.safetensors", "wide.safetensors"}
    if hasattr(os, "symlink"):
        (folder / "dead.safetensors").symlink_to(tmp_path / "nowhere.safetensors")
        (folder / "dead.ckpt").symlink_to(tmp_path / "nowhere.ckpt")
        expected |= {"dead.safetensors", "dead.ckpt"}
    with caplog.at_level(logging.WARNING):
        found = reasons(tmp_path)
    assert {name for name, reason in found.items() if reason} == expected
    assert "more than 16 times" in str(found["deep.safetensors"]) and "more than 16" in str(found["wide.safetensors"])
    assert "leads nowhere" in str(found.get("dead.ckpt", "leads nowhere"))
    for name in ("cut", "digits"):
        assert sum(f"{name}.safetensors" in record.getMessage() for record in caplog.records) == 1


def test_folders_that_look_like_comfyuis(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for folder in ("Checkpoints", "Lora", "StableDiffusion", "ipadapter"):
        write_sparse(tmp_path / folder / f"in_{folder}.safetensors", unet_lora(768))
    found = reasons(tmp_path)
    assert found["in_ipadapter.safetensors"] is None
    assert "rename models/Lora to models/loras" in str(found["in_Lora.safetensors"])
    assert "rename models/StableDiffusion to models/checkpoints" in str(found["in_StableDiffusion.safetensors"])
    if (tmp_path / "checkpoints").exists():  # the system does not tell capitals apart, so ComfyUI finds it
        assert "looks like a LoRA" in str(found["in_Checkpoints.safetensors"])
    else:
        assert "rename models/Checkpoints to models/checkpoints" in str(found["in_Checkpoints.safetensors"])
        assert str(tmp_path / "Checkpoints") in caplog.text
