"""WorkflowFacts of workflows that are written out here by hand, as a person would wire them."""

from __future__ import annotations

from typing import Any

import pytest
from api_nodes import node

from nodewright.workflow.api_format import from_api
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.catalog.model_files import model_files
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.picture_sizes import Size
from nodewright.workflow.workflow_facts import Sampling, WorkflowFacts, workflow_facts

FILES = (
    ("checkpoints", "dreamshaper_8_sd15.safetensors"),
    ("checkpoints", "sd_xl_base_1.0.safetensors"),
    ("checkpoints", "sd_xl_refiner_1.0.safetensors"),
    ("diffusion_models", "flux1-dev.safetensors"),
    ("text_encoders", "clip_l.safetensors"),
    ("text_encoders", "t5xxl_fp16.safetensors"),
    ("vae", "ae.safetensors"),
    ("loras", "pixel-art-xl.safetensors"),
    ("loras", "detail_tweaker_xl.safetensors"),
    ("upscale_models", "RealESRGAN_x2plus.pth"),
    ("upscale_models", "unnamed.pth"),
)


@pytest.fixture(scope="module")
def catalog(object_info: dict[str, Any]) -> Catalog:
    models = model_files((folder, name, identify(folder, name)) for folder, name in FILES)
    return catalog_from_object_info(object_info, models, options_from_models=True)


def base(checkpoint: str = "sd_xl_base_1.0.safetensors", width: int = 832, height: int = 1216) -> dict[str, Any]:
    """Up to the latent: 1 the model, 2 and 3 the prompts, 4 the latent."""
    return {
        "1": node("CheckpointLoaderSimple", ckpt_name=checkpoint),
        "2": node("CLIPTextEncode", text="a fox", clip=["1", 1]),
        "3": node("CLIPTextEncode", text="blurry", clip=["1", 1]),
        "4": node("EmptyLatentImage", width=width, height=height, batch_size=1),
    }


def sampler(model: list[Any], latent: list[Any], **changes: Any) -> dict[str, Any]:
    given = {"seed": 1, "steps": 25, "cfg": 7.0, "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": 1.0}
    return node(
        "KSampler", model=model, positive=["2", 0], negative=["3", 0], latent_image=latent, **{**given, **changes}
    )


def end(samples: list[Any]) -> dict[str, Any]:
    return {
        "8": node("VAEDecode", samples=samples, vae=["1", 2]),
        "9": node("SaveImage", images=["8", 0], filename_prefix="fox"),
    }


def of(api: dict[str, Any], catalog: Catalog) -> WorkflowFacts:
    return workflow_facts(from_api(api), catalog)


def test_a_plain_workflow(catalog: Catalog) -> None:
    found = of(base() | {"5": sampler(["1", 0], ["4", 0])} | end(["5", 0]), catalog)
    assert found.main is not None and found.main.name == "sd_xl_base_1.0.safetensors"
    assert found.samplings == (Sampling(25, 25, 7.0, "dpmpp_2m", "karras", False),)
    assert found.first == found.final == Size(832, 1216)
    assert (found.loras, found.enlarged) == ((), False)


def test_a_second_pass_on_a_larger_latent(catalog: Catalog) -> None:
    api = base("dreamshaper_8_sd15.safetensors", 512, 768) | {
        "5": sampler(["1", 0], ["4", 0]),
        "6": node("LatentUpscaleBy", samples=["5", 0], upscale_method="bislerp", scale_by=1.5),
        "7": sampler(["1", 0], ["6", 0], steps=12, denoise=0.5),
    }
    found = of(api | end(["7", 0]), catalog)
    assert [(each.carried_out, each.second) for each in found.samplings] == [(25, False), (12, True)]
    assert found.first == Size(512, 768)
    assert found.final == Size(768, 1152)
    assert found.enlarged


@pytest.mark.parametrize(
    ("width", "height", "final"), [(0, 1024, (512, 1024)), (768, 0, (768, 1536)), (64, 64, (64, 64))]
)
def test_a_side_of_zero_follows_from_the_other(
    catalog: Catalog, width: int, height: int, final: tuple[int, int]
) -> None:
    api = base(width=512, height=1024) | {"5": sampler(["1", 0], ["4", 0])}
    scaled = {"width": width, "height": height, "upscale_method": "bilinear", "crop": "disabled"}
    found = of(api | {"6": node("LatentUpscale", samples=["5", 0], **scaled)} | end(["6", 0]), catalog)
    assert found.final == Size(*final)
    assert found.enlarged == (final == (768, 1536))


@pytest.mark.parametrize(("upscaler", "scale"), [("RealESRGAN_x2plus.pth", 2), ("unnamed.pth", 4)])
def test_an_upscale_model_then_made_smaller(catalog: Catalog, upscaler: str, scale: int) -> None:
    api = base() | {"5": sampler(["1", 0], ["4", 0])} | end(["5", 0])
    api["6"] = node("UpscaleModelLoader", model_name=upscaler)
    api["7"] = node("ImageUpscaleWithModel", upscale_model=["6", 0], image=["8", 0])
    api["9"]["inputs"]["images"] = ["7", 0]
    found = of(api, catalog)
    assert found.final == Size(832 * scale, 1216 * scale)
    assert found.enlarged
    api["10"] = node("ImageScaleBy", image=["7", 0], upscale_method="area", scale_by=1 / scale)
    api["9"]["inputs"]["images"] = ["10", 0]
    found = of(api, catalog)
    assert found.final == found.first
    assert found.enlarged  # an upscale model was used all the same


def test_sizes_by_megapixels_by_the_longest_side_and_turned(catalog: Catalog) -> None:
    api = base(width=1024, height=512) | {"5": sampler(["1", 0], ["4", 0])} | end(["5", 0])
    api["6"] = node("ImageScaleToTotalPixels", image=["8", 0], upscale_method="area", megapixels=2.0)
    api["7"] = node("ImageScaleToMaxDimension", image=["6", 0], upscale_method="area", largest_size=512)
    api["10"] = node("ImageRotate", image=["7", 0], rotation="90 degrees")
    api["9"]["inputs"]["images"] = ["6", 0]
    final = of(api, catalog).final
    assert final is not None and (round(final.width), round(final.height)) == (2048, 1024)
    api["9"]["inputs"]["images"] = ["10", 0]
    final = of(api, catalog).final
    assert final is not None and (round(final.width), round(final.height)) == (256, 512)


def test_multiplying_a_latent_does_not_change_its_size(catalog: Catalog) -> None:
    api = base() | {"5": sampler(["1", 0], ["4", 0]), "6": node("LatentMultiply", samples=["5", 0], multiplier=2.0)}
    assert of(api | end(["6", 0]), catalog).final == Size(832, 1216)


def test_a_base_and_its_refiner_share_a_schedule(catalog: Catalog) -> None:
    shared = {"steps": 25, "cfg": 8.0, "sampler_name": "euler", "scheduler": "normal", "noise_seed": 1}
    api = base() | {
        "5": node(
            "KSamplerAdvanced", model=["1", 0], positive=["2", 0], negative=["3", 0], latent_image=["4", 0],
            add_noise="enable", start_at_step=0, end_at_step=20, return_with_leftover_noise="enable", **shared,
        ),
        "6": node("CheckpointLoaderSimple", ckpt_name="sd_xl_refiner_1.0.safetensors"),
        "7": node(
            "KSamplerAdvanced", model=["6", 0], positive=["2", 0], negative=["3", 0], latent_image=["5", 0],
            add_noise="disable", start_at_step=20, end_at_step=10000, return_with_leftover_noise="disable", **shared,
        ),
    }  # fmt: skip
    found = of(api | end(["7", 0]), catalog)
    assert [(each.steps, each.carried_out, each.second) for each in found.samplings] == [(25, 20, False), (25, 5, True)]
    assert not found.enlarged


def custom(guider: dict[str, Any], sigmas: dict[str, Any], chosen: dict[str, Any]) -> dict[str, Any]:
    """Flux as the official templates wire it."""
    return {
        "1": node("UNETLoader", unet_name="flux1-dev.safetensors", weight_dtype="default"),
        "2": node("DualCLIPLoader", clip_name1="clip_l.safetensors", clip_name2="t5xxl_fp16.safetensors", type="flux"),
        "3": node("CLIPTextEncode", text="a fox", clip=["2", 0]),
        "4": node("EmptySD3LatentImage", width=1344, height=768, batch_size=1),
        "5": guider,
        "6": sigmas,
        "7": chosen,
        "10": node("RandomNoise", noise_seed=1),
        "11": node(
            "SamplerCustomAdvanced", noise=["10", 0], guider=["5", 0], sampler=["7", 0], sigmas=["6", 0],
            latent_image=["4", 0],
        ),
        "12": node("VAELoader", vae_name="ae.safetensors"),
        "13": node("VAEDecode", samples=["11", 0], vae=["12", 0]),
        "14": node("SaveImage", images=["13", 0], filename_prefix="fox"),
    }  # fmt: skip


def test_a_sampler_of_parts(catalog: Catalog) -> None:
    api = custom(
        node("BasicGuider", model=["1", 0], conditioning=["3", 0]),
        node("BasicScheduler", model=["1", 0], scheduler="simple", steps=20, denoise=1.0),
        node("KSamplerSelect", sampler_name="euler"),
    )
    found = of(api, catalog)
    assert found.main is not None and found.main.name == "flux1-dev.safetensors"
    assert found.samplings == (Sampling(20, 20, 1.0, "euler", "simple", False),)
    assert found.first == found.final == Size(1344, 768)


def test_parts_that_are_nodes_of_their_own(catalog: Catalog) -> None:
    api = custom(
        node("CFGGuider", model=["1", 0], positive=["3", 0], negative=["3", 0], cfg=3.5),
        node("SplitSigmas", sigmas=["20", 0], step=12),
        node("SamplerEulerAncestral", eta=1.0, s_noise=1.0),
    )
    api["20"] = node("KarrasScheduler", steps=30, sigma_max=14.6, sigma_min=0.03, rho=7.0)
    assert of(api, catalog).samplings == (Sampling(30, 12, 3.5, "SamplerEulerAncestral", "KarrasScheduler", False),)
    api["11"]["inputs"]["sigmas"] = ["6", 1]
    assert of(api, catalog).samplings[0].carried_out == 18


def test_sampler_custom(catalog: Catalog) -> None:
    api = base() | {
        "5": node("SDTurboScheduler", model=["1", 0], steps=1, denoise=1.0),
        "6": node("KSamplerSelect", sampler_name="euler_ancestral"),
        "7": node(
            "SamplerCustom", model=["1", 0], add_noise=True, noise_seed=1, cfg=1.0, positive=["2", 0],
            negative=["3", 0], sampler=["6", 0], sigmas=["5", 0], latent_image=["4", 0],
        ),
    }  # fmt: skip
    found = of(api | end(["7", 0]), catalog)
    assert found.samplings == (Sampling(1, 1, 1.0, "euler_ancestral", "SDTurboScheduler", False),)


def test_loras_that_are_used(catalog: Catalog) -> None:
    strengths = {"strength_model": 0.8, "strength_clip": 0.8}
    api = base() | {
        "20": node("LoraLoader", model=["1", 0], clip=["1", 1], lora_name="pixel-art-xl.safetensors", **strengths),
        "21": node(
            "LoraLoaderModelOnly", model=["20", 0], lora_name="detail_tweaker_xl.safetensors", strength_model=0.0
        ),
        "5": sampler(["21", 0], ["4", 0]),
    }
    found = of(api | end(["5", 0]), catalog)
    assert [lora.name for lora in found.loras] == ["pixel-art-xl.safetensors"]


def test_steps_that_come_from_elsewhere_are_not_known(catalog: Catalog) -> None:
    api = base() | {"20": node("PrimitiveInt", value=30), "5": sampler(["1", 0], ["4", 0], steps=["20", 0])}
    assert of(api | end(["5", 0]), catalog).samplings[0].carried_out is None
