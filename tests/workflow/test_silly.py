"""What a person would laugh at: every rule finds its case, and not the sensible workflow beside it."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any

import pytest
from installation_data import NEWEST, local_templates, own_workflows, read_object_info

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.catalog.model_files import model_files
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.silly import silly

API = dict[str, Any]
FILES = (
    ("checkpoints", "sd_xl_base_1.0.safetensors"),
    ("checkpoints", "juggernautXL_v9.safetensors"),
    ("checkpoints", "sd_xl_refiner_1.0.safetensors"),
    ("diffusion_models", "sdxl_lightning_4step_unet.safetensors"),
    ("vae", "sdxl_vae.safetensors"),
    ("loras", "pixel-art-xl.safetensors"),
    ("loras", "add-detail-xl.safetensors"),
    ("upscale_models", "4x-UltraSharp.pth"),
)


@lru_cache(maxsize=1)
def catalog() -> Catalog:
    files = model_files((folder, name, identify(folder, name)) for folder, name in FILES)
    return catalog_from_object_info(read_object_info(NEWEST), files, options_from_models=True)


def node(class_type: str, **inputs: Any) -> API:
    return {"class_type": class_type, "inputs": inputs}


def plain(**more: API) -> API:
    """A usual workflow for SDXL, with nodes replaced or added by id."""
    return {
        "model": node("CheckpointLoaderSimple", ckpt_name="sd_xl_base_1.0.safetensors"),
        "text": node("CLIPTextEncode", text="a fox, best quality", clip=["model", 1]),
        "negative": node("CLIPTextEncode", text="blurry, worst quality", clip=["model", 1]),
        "latent": node("EmptyLatentImage", width=1024, height=1024, batch_size=1),
        "sampler": sampler(),
        "decoded": node("VAEDecode", samples=["sampler", 0], vae=["model", 2]),
        "saved": node("SaveImage", images=["decoded", 0], filename_prefix="x"),
        **copy.deepcopy(more),
    }


def sampler(**inputs: Any) -> API:
    usual = {"seed": 1, "steps": 20, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
    links = {
        "model": ["model", 0], "positive": ["text", 0], "negative": ["negative", 0], "latent_image": ["latent", 0],
    }  # fmt: skip
    return node("KSampler", **{**usual, **links, **inputs})


def sized(width: int, height: int) -> API:
    return plain(latent=node("EmptyLatentImage", width=width, height=height, batch_size=1))


def again(count: int) -> API:
    """A workflow with this many samplings of one picture in all."""
    more = {
        f"sampler{index}": sampler(latent_image=[f"sampler{index - 1}" if index > 1 else "sampler", 0], denoise=0.5)
        for index in range(1, count)
    }
    last = f"sampler{count - 1}" if count > 1 else "sampler"
    return plain(**more, decoded=node("VAEDecode", samples=[last, 0], vae=["model", 2]))


def lora(name: str, model: list[Any]) -> API:
    return node("LoraLoaderModelOnly", lora_name=name, strength_model=1.0, model=model)


def with_loras(first: str, second: str) -> API:
    return plain(
        one=lora(first, ["model", 0]), two=lora(second, ["one", 0]), sampler=sampler(model=["two", 0])
    )  # fmt: skip


def patched(first: API, second: API) -> API:
    return plain(
        one={**first, "inputs": {**first["inputs"], "model": ["model", 0]}},
        two={**second, "inputs": {**second["inputs"], "model": ["one", 0]}},
        sampler=sampler(model=["two", 0]),
    )


def guided(positive: list[str]) -> API:
    """Flux's guidance upon another one, or upon the text."""
    return plain(
        one=node("FluxGuidance", conditioning=["text", 0], guidance=3.5),
        two=node("FluxGuidance", conditioning=[*positive, 0], guidance=2.0),
        sampler=sampler(positive=["two", 0]),
    )


def zeroed(cfg: float) -> API:
    return plain(negative=node("ConditioningZeroOut", conditioning=["text", 0]), sampler=sampler(cfg=cfg))


def texts(positive: str, negative: str, cfg: float = 7.0) -> API:
    return plain(
        text=node("CLIPTextEncode", text=positive, clip=["model", 1]),
        negative=node("CLIPTextEncode", text=negative, clip=["model", 1]),
        sampler=sampler(cfg=cfg),
    )


def upscaled(factor: float) -> API:
    """A picture enlarged four times by a model and then scaled by a factor."""
    return plain(
        upscaler=node("UpscaleModelLoader", model_name="4x-UltraSharp.pth"),
        large=node("ImageUpscaleWithModel", upscale_model=["upscaler", 0], image=["decoded", 0]),
        scaled=node("ImageScaleBy", image=["large", 0], upscale_method="lanczos", scale_by=factor),
        saved=node("SaveImage", images=["scaled", 0], filename_prefix="x"),
    )


def split_steps(start: int, latent: str) -> API:
    return plain(
        sampler=sampler(),
        second=node(
            "KSamplerAdvanced", model=["model", 0], positive=["text", 0], negative=["negative", 0],
            latent_image=[latent, 0], add_noise="disable", noise_seed=1, steps=20, cfg=7.0, sampler_name="euler",
            scheduler="normal", start_at_step=start, end_at_step=20, return_with_leftover_noise="disable",
        ),
        decoded=node("VAEDecode", samples=["second", 0], vae=["model", 2]),
    )  # fmt: skip


def bare(checkpoint_gives_model: bool) -> API:
    """SDXL Lightning's U-Net with text encoder and VAE of SDXL, whose own model samples or does not."""
    unet = node("UNETLoader", unet_name="sdxl_lightning_4step_unet.safetensors", weight_dtype="default")
    second = sampler(model=["model", 0], latent_image=["sampler", 0], denoise=0.4)
    api = plain(unet=unet, sampler=sampler(model=["unet", 0]), second=second)
    return api | (
        {"decoded": node("VAEDecode", samples=["second", 0], vae=["model", 2])} if checkpoint_gives_model else {}
    )


def second_model(name: str) -> API:
    """Another checkpoint that goes on from the first one's latent."""
    return plain(
        other=node("CheckpointLoaderSimple", ckpt_name=name),
        second=sampler(model=["other", 0], latent_image=["sampler", 0], denoise=0.3),
        decoded=node("VAEDecode", samples=["second", 0], vae=["model", 2]),
    )


def vaes(count: int) -> API:
    loaders = {f"vae{index}": node("VAELoader", vae_name="sdxl_vae.safetensors") for index in range(count)}
    encoded = node("VAEEncode", pixels=["decoded", 0], vae=["vae0", 0])
    second = sampler(latent_image=["encoded", 0], denoise=0.4)
    last = node("VAEDecode", samples=["second", 0], vae=[f"vae{count - 1}", 0])
    saved = node("SaveImage", images=["last", 0], filename_prefix="x")
    return plain(**loaders, encoded=encoded, second=second, last=last, saved=saved)


def combined(second: str) -> API:
    return plain(
        both=node("ConditioningCombine", conditioning_1=["text", 0], conditioning_2=[second, 0]),
        more=node("CLIPTextEncode", text="in the snow", clip=["model", 1]),
        sampler=sampler(positive=["both", 0]),
    )


FREE_U = node("FreeU_V2", b1=1.3, b2=1.4, s1=0.9, s2=0.2)
SHIFT = node("ModelSamplingDiscrete", sampling="v_prediction", zsnr=False)

CASES: dict[str, tuple[API, API, str]] = {
    "several main models": (
        second_model("juggernautXL_v9.safetensors"), second_model("sd_xl_refiner_1.0.safetensors"), "main models",
    ),
    "a bare model borrows": (bare(True), bare(False), "main models"),
    "a file twice": (vaes(2), vaes(1), "sdxl_vae.safetensors is loaded twice"),
    "a LoRA twice": (
        with_loras("pixel-art-xl.safetensors", "pixel-art-xl.safetensors"),
        with_loras("pixel-art-xl.safetensors", "add-detail-xl.safetensors"),
        "put on one model twice",
    ),
    "a patch of a kind twice": (patched(SHIFT, SHIFT), patched(SHIFT, FREE_U), "changes the same thing"),
    "FreeU of either version": (
        patched(node("FreeU", b1=1.1, b2=1.2, s1=0.9, s2=0.2), FREE_U), patched(FREE_U, SHIFT), "FreeU",
    ),
    "guidance twice": (guided(["one"]), guided(["text"]), "FluxGuidance follows FluxGuidance"),
    "a conditioning with itself": (combined("text"), combined("more"), "with itself"),
    "denoise of nothing": (
        plain(sampler=sampler(denoise=0.6)), again(2), "keeps a part of an empty latent",
    ),
    "late steps of nothing": (split_steps(10, "latent"), split_steps(10, "sampler"), "an empty latent"),
    "cfg against nothing": (zeroed(4.5), zeroed(1.0), "a zeroed negative prompt"),
    "a negative prompt that nothing reads": (
        texts("a fox", "blurry", 1.0), texts("a fox", "", 1.0), "does not read its negative prompt",
    ),
    "praise among the negatives": (
        texts("a fox", "blurry, (best quality:1.2)"), texts("a fox, best quality", "worst quality"), "'best quality'",
    ),
    "upscaling undone": (upscaled(0.25), upscaled(0.5), "no larger than the 1024 x 1024"),
    "more than three samplings": (again(4), again(3), "4 samplings"),
    "a size off the grid": (sized(1016, 1016), sized(1024, 1088), "steps of 64"),
    "a strip": (sized(2048, 768), sized(1536, 640), "strip"),
    "too small": (sized(512, 512), sized(768, 768), "too small"),
    "too large": (sized(2048, 1536), sized(1536, 1344), "too large"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_rule_finds_its_case_alone(name: str) -> None:
    bad, good, words = CASES[name]
    found = [str(finding) for finding in silly(bad, catalog())]
    assert len(found) == 1 and words in found[0], found
    assert silly(good, catalog()) == []


def test_a_finding_names_the_nodes() -> None:
    (found,) = silly(plain(sampler=sampler(denoise=0.6)), catalog())
    assert found.nodes == ("latent", "sampler")
    assert str(found).startswith("nodes 'latent', 'sampler': denoise")


def test_a_size_that_was_asked_for_is_fine() -> None:
    assert silly(sized(2048, 512), catalog(), asked=[(2048, 512)]) == []


def test_a_node_that_does_not_run_or_is_not_installed_is_passed_over() -> None:
    loose = {"loose": node("CheckpointLoaderSimple", ckpt_name="juggernautXL_v9.safetensors")}
    strange = {"strange": node("OfNoPack", model=["model", 0]), "sampler": sampler(model=["strange", 0])}
    assert silly(plain(**loose, **strange), catalog()) == []


def _installed(api: API) -> Catalog:
    """The installation that has just the files of a workflow."""
    classes = catalog().classes
    files = {
        (spec.folder, value)
        for one in api.values()
        for spec in classes[one["class_type"]].inputs
        if spec.folder and isinstance(value := one["inputs"].get(spec.name), str)
    }
    found = model_files((folder, name, identify(folder, name)) for folder, name in sorted(files))
    return catalog_from_object_info(read_object_info(NEWEST), found, options_from_models=True)


def test_what_people_build_is_not_laughed_at() -> None:
    # These four have a negative text at cfg 1, which is indeed read by nothing.
    unread = {"sdxlturbo_example", "hidream_i1_dev", "hidream_i1_fast", "sdxl_turbo"}
    graphs = {template.name: template.api for template in local_templates() if template.text_to_image}
    graphs |= {name: document["api"] for name, document in own_workflows().items()}
    found = {name: silly(api, _installed(api)) for name, api in graphs.items() if api is not None}
    assert len(found) > 70
    assert {name for name, findings in found.items() if findings} == unread
    assert all("does not read" in str(finding) for findings in found.values() for finding in findings)
