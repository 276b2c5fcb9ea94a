"""The pack's `comfyui` (web/comfyui.js) as its own modules use it, called on a page of the frontend."""

from __future__ import annotations

from typing import Any

from playwright import sync_api

CALL = """async given => {{
  const {{comfyui}} = await import("/extensions/nodewright/comfyui.js");
  {body}
}}"""

TEXT_TO_IMAGE: dict[str, Any] = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "miniature.ckpt"}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a red circle", "clip": ["1", 1]}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["1", 1]}},
    "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
    "5": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 7, "steps": 4, "cfg": 5.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
            "model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0],
        },
        "_meta": {"title": "first pass"},
    },
    "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
    "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "in_page"}},
}  # fmt: skip
"""A workflow of the session's server, in API format."""


def call(page: sync_api.Page, body: str, given: Any = None) -> Any:
    """Run `body`, in which `comfyui` and `given` are named, and return what it returns."""
    return page.evaluate(CALL.format(body=body), given)


def sampling(seed: int, steps: int) -> dict[str, Any]:
    """Return a workflow that takes as long as `steps` say."""
    sampler = TEXT_TO_IMAGE["5"]
    return TEXT_TO_IMAGE | {"5": sampler | {"inputs": sampler["inputs"] | {"seed": seed, "steps": steps}}}
