"""A graph as large as people's own: text to image many times over, in API format."""

from __future__ import annotations

from typing import Any

CHAIN = 7
"""Nodes of one text to image."""


def large_graph(nodes: int, checkpoint: str = "sd_xl_base_1.0.safetensors", size: int = 1024) -> dict[str, Any]:
    """Return a valid graph of `nodes` nodes: whole chains, some of them with a scaling before the end."""
    chains, scalings = divmod(nodes, CHAIN)
    if scalings > chains:
        raise ValueError(f"{nodes} nodes: {chains} chains take at most {chains} more")
    graph: dict[str, Any] = {}
    for number in range(chains):
        graph |= _chain(number * 10 + 1, checkpoint, size, number < scalings)
    return graph


def _chain(first: int, checkpoint: str, size: int, scaled: bool) -> dict[str, Any]:
    loader, positive, negative, latent, sampler, decode, save, scale = (str(first + number) for number in range(8))
    sampling = {"seed": first, "steps": 28, "cfg": 6.0, "sampler_name": "dpmpp_2m", "scheduler": "karras"}
    links = {"model": [loader, 0], "positive": [positive, 0], "negative": [negative, 0], "latent_image": [latent, 0]}
    nodes: dict[str, tuple[str, dict[str, Any]]] = {
        loader: ("CheckpointLoaderSimple", {"ckpt_name": checkpoint}),
        positive: ("CLIPTextEncode", {"text": f"a quiet harbour, view {first}", "clip": [loader, 1]}),
        negative: ("CLIPTextEncode", {"text": "blurry, text", "clip": [loader, 1]}),
        latent: ("EmptyLatentImage", {"width": size, "height": size, "batch_size": 1}),
        sampler: ("KSampler", sampling | {"denoise": 1.0} | links),
        decode: ("VAEDecode", {"samples": [sampler, 0], "vae": [loader, 2]}),
        save: ("SaveImage", {"images": [scale if scaled else decode, 0], "filename_prefix": "harbour"}),
    }
    if scaled:
        scaling = {"upscale_method": "lanczos", "width": size, "height": size, "crop": "disabled"}
        nodes[scale] = ("ImageScale", scaling | {"image": [decode, 0]})
    return {key: {"class_type": name, "inputs": inputs} for key, (name, inputs) in nodes.items()}
