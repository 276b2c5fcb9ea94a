"""Write tests/data/workflows: graphs of our own, each as ComfyUI's own frontend saves it ("ui") and queues it ("api").

Needs the environment of runs/tests.py, and Chromium:

    .environment/venv/bin/python tests/support/make_workflows.py .environment/comfyui
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "data" / "workflows"
SAVE = """async ([name, api]) => {
  await window.app.loadApiJson(api, name);
  const {workflow, output} = await window.app.graphToPrompt();
  return [workflow, output];
}"""

Api = dict[str, dict[str, Any]]
NEGATIVE = "blurry, low quality, watermark"


def graph(*nodes: tuple[str, str, dict[str, Any]]) -> Api:
    """Return the API format of (name, class_type, inputs); an input (name, slot) is a link."""
    ids = {name: str(number) for number, (name, _, _) in enumerate(nodes, 1)}
    return {
        ids[name]: {
            "class_type": class_type,
            "inputs": {
                key: [ids[value[0]], value[1]] if isinstance(value, tuple) else value for key, value in inputs.items()
            },
        }
        for name, class_type, inputs in nodes
    }


def text(name: str, words: str, clip: tuple[str, int]) -> tuple[str, str, dict[str, Any]]:
    """Return a CLIPTextEncode."""
    return name, "CLIPTextEncode", {"text": words, "clip": clip}


def checkpoint(file: str, name: str = "load") -> tuple[str, str, dict[str, Any]]:
    """Return a loader of a whole checkpoint."""
    return name, "CheckpointLoaderSimple", {"ckpt_name": file}


def sampler(name: str = "sample", **changed: Any) -> tuple[str, str, dict[str, Any]]:
    """Return a KSampler on the nodes `load`, `positive`, `negative` and `latent`, but for what is changed."""
    inputs = {
        "seed": 8566257, "steps": 24, "cfg": 7.0, "sampler_name": "dpmpp_2m", "scheduler": "karras", "denoise": 1.0,
        "model": ("load", 0), "positive": ("positive", 0), "negative": ("negative", 0), "latent_image": ("latent", 0),
    }  # fmt: skip
    return name, "KSampler", inputs | changed


def latent(width: int, height: int, kind: str = "EmptyLatentImage") -> tuple[str, str, dict[str, Any]]:
    """Return an empty latent image of this many pixels."""
    return "latent", kind, {"width": width, "height": height, "batch_size": 1}


def saved(
    samples: str = "sample", vae: tuple[str, int] = ("load", 2), prefix: str = "own"
) -> tuple[tuple[str, str, dict[str, Any]], ...]:
    """Return the nodes that decode and save."""
    return (
        (f"{samples} decoded", "VAEDecode", {"samples": (samples, 0), "vae": vae}),
        (f"{samples} saved", "SaveImage", {"images": (f"{samples} decoded", 0), "filename_prefix": prefix}),
    )


def texts(words: str, clip: tuple[str, int] = ("load", 1)) -> tuple[tuple[str, str, dict[str, Any]], ...]:
    """Return both texts."""
    return text("positive", words, clip), text("negative", NEGATIVE, clip)


SD15, SDXL = checkpoint("v1-5-pruned-emaonly.safetensors"), checkpoint("sd_xl_base_1.0.safetensors")
FLUX_PARTS = (
    ("load", "UNETLoader", {"unet_name": "flux1-dev.safetensors", "weight_dtype": "default"}),
    ("clip", "DualCLIPLoader",
     {"clip_name1": "clip_l.safetensors", "clip_name2": "t5xxl_fp16.safetensors", "type": "flux", "device": "default"}),
    ("vae", "VAELoader", {"vae_name": "ae.safetensors"}),
)  # fmt: skip


def custom(guider: tuple[str, int], steps: int) -> tuple[tuple[str, str, dict[str, Any]], ...]:
    """Return the custom sampler's nodes."""
    return (
        ("noise", "RandomNoise", {"noise_seed": 318426}),
        ("method", "KSamplerSelect", {"sampler_name": "euler"}),
        ("sigmas", "BasicScheduler", {"model": ("load", 0), "scheduler": "simple", "steps": steps, "denoise": 1.0}),
        ("sample", "SamplerCustomAdvanced",
         {"noise": ("noise", 0), "guider": guider, "sampler": ("method", 0), "sigmas": ("sigmas", 0),
          "latent_image": ("latent", 0)}),
    )  # fmt: skip


def advanced(
    name: str, model: str, samples: str, first: int, last: int, **more: Any
) -> tuple[str, str, dict[str, Any]]:
    """Return a KSamplerAdvanced of 30 steps that takes those from `first` to `last`."""
    return name, "KSamplerAdvanced", {
        "add_noise": "enable" if first == 0 else "disable", "noise_seed": 41, "steps": 30, "cfg": 6.5,
        "sampler_name": "euler", "scheduler": "normal", "start_at_step": first, "end_at_step": last,
        "return_with_leftover_noise": "enable" if first == 0 else "disable", "model": (model, 0),
        "positive": ("positive", 0), "negative": ("negative", 0), "latent_image": (samples, 0), **more,
    }  # fmt: skip


def lora(name: str, file: str, model: str, clip: str, clip_slot: int = 1) -> tuple[str, str, dict[str, Any]]:
    """Return a LoraLoader."""
    strengths = {"strength_model": 0.8, "strength_clip": 0.9}
    return name, "LoraLoader", {"lora_name": file, **strengths, "model": (model, 0), "clip": (clip, clip_slot)}


WORKFLOWS: dict[str, Api] = {
    "sd15_plain": graph(
        SD15, *texts("a lighthouse on a rock, stormy sea"), latent(512, 768), sampler(), *saved(),
    ),
    "sd15_two_loras": graph(
        SD15, lora("first", "ink.safetensors", "load", "load"), lora("second", "style\\papercut.safetensors", "first",
        "first"), *texts("a heron in the reeds, ink drawing", ("second", 1)), latent(640, 512),
        sampler(model=("second", 0), sampler_name="euler_ancestral", scheduler="normal"), *saved(),
    ),
    "sd15_second_pass": graph(
        SD15, *texts("a market street in the rain, evening"), latent(768, 512), sampler(steps=20),
        ("larger", "LatentUpscale",
         {"samples": ("sample", 0), "upscale_method": "nearest-exact", "width": 1152, "height": 768,
          "crop": "disabled"}),
        sampler("again", steps=14, denoise=0.5, latent_image=("larger", 0)), *saved("again"),
    ),
    "upscaled_picture": graph(
        ("picture", "LoadImage", {"image": "harbour.png"}),
        ("upscaler", "UpscaleModelLoader", {"model_name": "RealESRGAN_x4plus.safetensors"}),
        ("large", "ImageUpscaleWithModel", {"upscale_model": ("upscaler", 0), "image": ("picture", 0)}),
        ("fitted", "ImageScaleBy", {"image": ("large", 0), "upscale_method": "area", "scale_by": 0.5}),
        ("fitted saved", "SaveImage", {"images": ("fitted", 0), "filename_prefix": "large"}),
    ),
    "sd15_area_composition": graph(
        SD15, text("left", "a red fox", ("load", 1)), text("right", "a snowy birch forest", ("load", 1)),
        text("negative", NEGATIVE, ("load", 1)),
        ("area", "ConditioningSetArea",
         {"conditioning": ("left", 0), "width": 384, "height": 512, "x": 0, "y": 64, "strength": 1.0}),
        ("positive", "ConditioningCombine", {"conditioning_1": ("area", 0), "conditioning_2": ("right", 0)}),
        latent(1024, 576), sampler(sampler_name="dpmpp_sde", scheduler="normal"), *saved(),
    ),
    "sd15_inpaint": graph(
        checkpoint("512-inpainting-ema.safetensors"), *texts("a wicker basket on the grass"),
        ("picture", "LoadImage", {"image": "garden.png"}),
        ("latent", "VAEEncodeForInpaint",
         {"pixels": ("picture", 0), "vae": ("load", 2), "mask": ("picture", 1), "grow_mask_by": 8}),
        sampler(), *saved(),
    ),
    "sd15_image_to_image": graph(
        SD15, *texts("an oil painting of a harbour"), ("picture", "LoadImage", {"image": "harbour.png"}),
        ("small", "ImageScale",
         {"image": ("picture", 0), "upscale_method": "lanczos", "width": 768, "height": 512, "crop": "center"}),
        ("latent", "VAEEncode", {"pixels": ("small", 0), "vae": ("load", 2)}), sampler(denoise=0.62), *saved(),
    ),
    "sd15_two_controlnets": graph(
        SD15, *texts("a wooden cabin, winter"), ("picture", "LoadImage", {"image": "edges.png"}),
        ("canny", "ControlNetLoader", {"control_net_name": "control_canny.safetensors"}),
        ("depth", "ControlNetLoader", {"control_net_name": "control_depth.safetensors"}),
        ("one", "ControlNetApplyAdvanced",
         {"positive": ("positive", 0), "negative": ("negative", 0), "control_net": ("canny", 0),
          "image": ("picture", 0), "strength": 0.8, "start_percent": 0.0, "end_percent": 0.7}),
        ("both", "ControlNetApplyAdvanced",
         {"positive": ("one", 0), "negative": ("one", 1), "control_net": ("depth", 0), "image": ("picture", 0),
          "strength": 0.5, "start_percent": 0.0, "end_percent": 1.0, "vae": ("load", 2)}),
        latent(768, 768), sampler(positive=("both", 0), negative=("both", 1)), *saved(),
    ),
    "sdxl_refiner": graph(
        SDXL, checkpoint("sd_xl_refiner_1.0.safetensors", "refiner"), *texts("a glass teapot, studio light"),
        text("positive 2", "a glass teapot, studio light", ("refiner", 1)),
        text("negative 2", NEGATIVE, ("refiner", 1)),
        latent(1216, 832), advanced("base", "load", "latent", 0, 24),
        advanced("sample", "refiner", "base", 24, 10000, positive=("positive 2", 0), negative=("negative 2", 0)),
        *saved(vae=("refiner", 2)),
    ),
    "sdxl_vae_and_clip_skip": graph(
        checkpoint("anime/model_v7.safetensors"), ("vae", "VAELoader", {"vae_name": "sdxl_vae.safetensors"}),
        ("skip", "CLIPSetLastLayer", {"clip": ("load", 1), "stop_at_clip_layer": -2}),
        *texts("1girl, straw hat, sunflower field, (masterpiece:1.2)", ("skip", 0)), latent(832, 1216),
        sampler(sampler_name="euler_ancestral", scheduler="normal", steps=28, cfg=5.0), *saved(vae=("vae", 0)),
    ),
    "sdxl_turbo": graph(
        checkpoint("sd_xl_turbo_1.0_fp16.safetensors"), *texts("a paper boat in a puddle"), latent(512, 512),
        ("method", "KSamplerSelect", {"sampler_name": "euler_ancestral"}),
        ("sigmas", "SDTurboScheduler", {"model": ("load", 0), "steps": 1, "denoise": 1.0}),
        ("sample", "SamplerCustom",
         {"model": ("load", 0), "add_noise": True, "noise_seed": 5, "cfg": 1.0, "positive": ("positive", 0),
          "negative": ("negative", 0), "sampler": ("method", 0), "sigmas": ("sigmas", 0),
          "latent_image": ("latent", 0)}),
        *saved(),
    ),
    "sdxl_merged": graph(
        SDXL, checkpoint("anime/model_v7.safetensors", "other"),
        ("merged", "ModelMergeSimple", {"model1": ("load", 0), "model2": ("other", 0), "ratio": 0.6}),
        *texts("a dragon asleep on a roof"), latent(1024, 1024), sampler(model=("merged", 0)), *saved(),
    ),
    "sdxl_whole_encoder": graph(
        SDXL,
        ("positive", "CLIPTextEncodeSDXL",
         {"clip": ("load", 1), "width": 4096, "height": 4096, "crop_w": 0, "crop_h": 0, "target_width": 4096,
          "target_height": 4096, "text_g": "a bowl of lemons", "text_l": "still life, oil painting"}),
        text("negative", "", ("load", 1)), latent(1152, 896), sampler(cfg=6.0), *saved(),
    ),
    "sd35_three_encoders": graph(
        checkpoint("sd3.5_large_no_text.safetensors"),
        ("clip", "TripleCLIPLoader",
         {"clip_name1": "clip_l.safetensors", "clip_name2": "clip_g.safetensors",
          "clip_name3": "t5xxl_fp16.safetensors"}),
        *texts('a shop window with the words "open late"', ("clip", 0)), latent(1024, 1024, "EmptySD3LatentImage"),
        sampler(cfg=4.5, sampler_name="euler", scheduler="sgm_uniform"), *saved(),
    ),
    "flux_custom_sampling": graph(
        *FLUX_PARTS, text("positive", "a girl reading in a field of barley", ("clip", 0)),
        ("guided", "FluxGuidance", {"conditioning": ("positive", 0), "guidance": 3.5}),
        ("guider", "BasicGuider", {"model": ("load", 0), "conditioning": ("guided", 0)}),
        latent(1344, 768, "EmptySD3LatentImage"), *custom(("guider", 0), 20), *saved(vae=("vae", 0)),
    ),
    "flux_shifted": graph(
        *FLUX_PARTS, text("positive", "a tram crossing a bridge at night", ("clip", 0)),
        ("shifted", "ModelSamplingFlux",
         {"model": ("load", 0), "max_shift": 1.15, "base_shift": 0.5, "width": 1024, "height": 1024}),
        ("guided", "FluxGuidance", {"conditioning": ("positive", 0), "guidance": 3.0}),
        ("guider", "BasicGuider", {"model": ("shifted", 0), "conditioning": ("guided", 0)}),
        latent(1024, 1024, "EmptySD3LatentImage"), *custom(("guider", 0), 24), *saved(vae=("vae", 0)),
    ),
    "flux_kontext": graph(
        ("load", "UNETLoader", {"unet_name": "flux1-dev-kontext_fp8_scaled.safetensors", "weight_dtype": "default"}),
        *FLUX_PARTS[1:], text("positive", "make it autumn", ("clip", 0)),
        ("negative", "ConditioningZeroOut", {"conditioning": ("positive", 0)}),
        ("picture", "LoadImage", {"image": "park.png"}), ("fitted", "FluxKontextImageScale", {"image": ("picture", 0)}),
        ("latent", "VAEEncode", {"pixels": ("fitted", 0), "vae": ("vae", 0)}),
        ("held", "ReferenceLatent", {"conditioning": ("positive", 0), "latent": ("latent", 0)}),
        ("guided", "FluxGuidance", {"conditioning": ("held", 0), "guidance": 2.5}),
        sampler(positive=("guided", 0), cfg=1.0, sampler_name="euler", scheduler="simple", steps=20),
        *saved(vae=("vae", 0)),
    ),
    "chroma": graph(
        ("load", "UNETLoader", {"unet_name": "chroma-unlocked-v37.safetensors", "weight_dtype": "fp8_e4m3fn"}),
        ("clip", "CLIPLoader", {"clip_name": "t5xxl_fp16.safetensors", "type": "chroma", "device": "default"}),
        ("vae", "VAELoader", {"vae_name": "ae.safetensors"}),
        ("padded", "T5TokenizerOptions", {"clip": ("clip", 0), "min_padding": 1, "min_length": 0}),
        *texts("a cellist on a pier, photograph", ("padded", 0)), latent(1024, 1024, "EmptySD3LatentImage"),
        sampler(cfg=4.0, steps=26, sampler_name="euler", scheduler="beta"), *saved(vae=("vae", 0)),
    ),
    "qwen_image": graph(
        ("file", "UNETLoader", {"unet_name": "qwen_image_fp8_e4m3fn.safetensors", "weight_dtype": "default"}),
        ("clip", "CLIPLoader",
         {"clip_name": "qwen_2.5_vl_7b_fp8_scaled.safetensors", "type": "qwen_image", "device": "default"}),
        ("vae", "VAELoader", {"vae_name": "qwen_image_vae.safetensors"}),
        ("load", "ModelSamplingAuraFlow", {"model": ("file", 0), "shift": 3.1}),
        *texts("a blackboard that says WELCOME", ("clip", 0)), latent(1328, 1328, "EmptySD3LatentImage"),
        sampler(cfg=2.5, steps=20, sampler_name="euler", scheduler="simple"), *saved(vae=("vae", 0)),
    ),
    "z_image": graph(
        ("file", "UNETLoader", {"unet_name": "z_image_turbo_bf16.safetensors", "weight_dtype": "default"}),
        ("clip", "CLIPLoader", {"clip_name": "qwen_3_4b.safetensors", "type": "lumina2", "device": "default"}),
        ("vae", "VAELoader", {"vae_name": "ae.safetensors"}),
        ("load", "ModelSamplingAuraFlow", {"model": ("file", 0), "shift": 3.0}),
        text("positive", "two kingfishers on a branch", ("clip", 0)),
        ("negative", "ConditioningZeroOut", {"conditioning": ("positive", 0)}),
        latent(1024, 1024, "EmptySD3LatentImage"),
        sampler(cfg=1.0, steps=9, sampler_name="res_multistep", scheduler="simple"), *saved(vae=("vae", 0)),
    ),
}  # fmt: skip


def main(comfyui: Path) -> None:
    """Write every workflow."""
    sys.path.append(str(FOLDER.parent.parent.parent / "runs"))
    from comfyui_process import ComfyUI
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as base,
        ComfyUI(comfyui.resolve(), Path(base)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.goto(server.url)
        page.wait_for_function("window.app?.extensionManager && window.app?.graph")
        for name, api in WORKFLOWS.items():
            ui, output = page.evaluate(SAVE, [name, api])
            content = json.dumps({"ui": ui, "api": output}, ensure_ascii=False, separators=(",", ":"))
            (FOLDER / f"{name}.json").write_text(content + "\n", encoding="utf-8")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
