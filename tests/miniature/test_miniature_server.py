"""The shipped miniature through an unmodified ComfyUI: stock nodes, a real server, and what the pixels then show."""

from __future__ import annotations

import io
import json
import time
import urllib.request
from typing import Any

import numpy as np
from comfyui_process import DIRECT, ComfyUI
from comfyui_server import CHECKPOINT
from PIL import Image

from nodewright.miniature.captions import Wanted, WantedThing
from nodewright.miniature.judging.scorer import judge
from nodewright.miniature.shapes import Array

WANTED = {
    f"{prompt}{quality}": Wanted((WantedThing(shape, colour),), background)
    for prompt, shape, colour, background, quality in (
        ("a red circle on a blue background", "circle", "red", "blue", ""),
        ("large yellow square on a black background", "square", "yellow", "black", ""),
        ("a white triangle, green background", "triangle", "white", "green", ", masterpiece, best quality"),
        ("a small pink heart in the top left on white", "heart", "pink", "white", ""),
        ("cyan diamond on the right, brown background", "diamond", "cyan", "brown", ""),
        ("a black cross on a gray background", "cross", "black", "gray", ", 4k, sharp focus"),
        ("a green ring at the bottom on a yellow background", "ring", "green", "yellow", ""),
        ("a purple star on an orange background", "star", "purple", "orange", ""),
    )
}


def _graph(prompt: str, side: int) -> dict[str, Any]:
    sampling = {"seed": 1, "steps": 16, "cfg": 3.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
    links = {"model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0]}
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": CHECKPOINT}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": prompt}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "blurry, low quality"}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": side, "height": side, "batch_size": 1}},
        "5": {"class_type": "KSampler", "inputs": {**links, **sampling}},
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "miniature"}},
    }


def _render(server: ComfyUI, prompt: str, side: int) -> Array:
    body = json.dumps({"prompt": _graph(prompt, side)}).encode()
    request = urllib.request.Request(f"{server.url}/prompt", body, {"Content-Type": "application/json"})
    with DIRECT.open(request, timeout=300) as answer:
        number = json.load(answer)["prompt_id"]
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        history: Any = server.get(f"/history/{number}")
        if number in history:
            assert history[number]["status"]["status_str"] == "success", history[number]["status"]
            name = history[number]["outputs"]["7"]["images"][0]["filename"]
            with DIRECT.open(f"{server.url}/view?filename={name}&type=output", timeout=300) as answer:
                return np.asarray(Image.open(io.BytesIO(answer.read())).convert("RGB"), np.float32) / 255
        time.sleep(0.05)
    raise AssertionError(f"No picture of {prompt!r} within five minutes.\n{server.log_tail()}")


def test_stock_nodes_draw_what_the_prompt_says(comfyui_server: ComfyUI) -> None:
    verdicts = {}
    for prompt, wanted in WANTED.items():
        image = _render(comfyui_server, prompt, 64)
        assert image.shape == (64, 64, 3)
        verdicts[prompt] = judge(image, wanted)
    # Of eight: what the checkpoint does reliably, and shapes well above the one that chance would give.
    assert sum(verdict.background is True for verdict in verdicts.values()) >= 7, verdicts
    assert sum(verdict.colours is True for verdict in verdicts.values()) >= 6, verdicts
    assert sum(verdict.objects is True for verdict in verdicts.values()) >= 3, verdicts
