"""The summary of a workflow that Prompt to Workflow shows."""

from __future__ import annotations

from typing import Any

from api_nodes import node

from nodewright.workflow.api_format import from_api
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.summary import summary


def test_summary(object_info: dict[str, Any]) -> None:
    files = {
        ("CheckpointLoaderSimple", "ckpt_name"): "sd_xl_base_1.0.safetensors",
        ("LoraLoader", "lora_name"): "sdxl_ink.safetensors",
        ("UpscaleModelLoader", "model_name"): "4x_photo.pth",
    }
    classes = {name: info for name, info in object_info.items() if not info.get("api_node")}
    for (name, each), file in files.items():
        inputs = classes[name]["input"]["required"] | {each: [[file], {}]}
        classes[name] = classes[name] | {"input": classes[name]["input"] | {"required": inputs}}
    sampler = {"model": ["2", 0], "sampler_name": "euler", "scheduler": "normal", "positive": ["3", 0], "seed": 1}
    api = {
        "1": node("CheckpointLoaderSimple", ckpt_name="sd_xl_base_1.0.safetensors"),
        "2": node(
            "LoraLoader", model=["1", 0], clip=["1", 1], lora_name="sdxl_ink.safetensors", strength_model=0.8,
            strength_clip=1.0,
        ),
        "3": node("CLIPTextEncode", clip=["2", 1], text="a harbour"),
        "4": node("EmptyLatentImage", width=1024, height=768, batch_size=2),
        "5": node("KSampler", latent_image=["4", 0], steps=30, cfg=6.5, denoise=1.0, negative=["3", 0], **sampler),
        "6": node("KSampler", latent_image=["5", 0], steps=8, cfg=6.0, denoise=0.4, negative=["3", 0], **sampler),
        "7": node("VAEDecode", samples=["6", 0], vae=["1", 2]),
        "8": node("UpscaleModelLoader", model_name="4x_photo.pth"),
        "9": node("ImageUpscaleWithModel", upscale_model=["8", 0], image=["7", 0]),
        "10": node("SaveImage", images=["9", 0], filename_prefix="x"),
    }  # fmt: skip
    assert summary(from_api(api), catalog_from_object_info(classes)).splitlines() == [
        "model: sd_xl_base_1.0.safetensors (sdxl)",
        "LoRA: sdxl_ink.safetensors (0.8)",
        "upscaler: 4x_photo.pth (x4)",
        "size: 1024 x 768, 2 pictures",
        "sampling: euler, normal, 30 steps, cfg 6.5",
        "sampling: euler, normal, 8 steps, cfg 6, denoise 0.4",
        "stages: EmptyLatentImage → KSampler → KSampler → VAEDecode → ImageUpscaleWithModel → SaveImage",
        "10 nodes",
    ]
