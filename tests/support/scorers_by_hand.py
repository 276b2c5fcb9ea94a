"""The published scorers by hand: what their files hold, and what their code computes, written out from its description
without transformers' models and without the code under test."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torchvision import transforms
from torchvision.transforms import functional

Tensors = Mapping[str, torch.Tensor]
Shapes = dict[str, tuple[int, ...]]
NORMALISE = transforms.Normalize((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))


# ---- pictures ----------------------------------------------------------------------------------------------------


def cropped(image: Image.Image) -> torch.Tensor:
    """As openai/CLIP and THUDM/ImageReward prepare a picture, converted first. (3, 224, 224)"""
    steps = [
        transforms.Resize(224, interpolation=transforms.InterpolationMode.BICUBIC),
        transforms.CenterCrop(224),
        transforms.ToTensor(),
        NORMALISE,
    ]
    pixels: torch.Tensor = transforms.Compose(steps)(image.convert("RGB"))
    return pixels


def padded(image: Image.Image) -> torch.Tensor:
    """As tgxs002/HPSv2 does. (3, 224, 224)"""
    pixels = functional.to_tensor(image.convert("RGB"))
    scale = 224 / max(pixels.shape[1:])
    height, width = (round(side * scale) for side in pixels.shape[1:])
    pixels = functional.resize(pixels, [height, width], transforms.InterpolationMode.BICUBIC, antialias=True)
    down, right = 224 - height, 224 - width
    sides = [right // 2, down // 2, right - right // 2, down - down // 2]
    result: torch.Tensor = NORMALISE(functional.pad(pixels, sides, fill=0))
    return result


# ---- layers ------------------------------------------------------------------------------------------------------


def linear(weights: Tensors, name: str, x: torch.Tensor) -> torch.Tensor:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def norm(weights: Tensors, name: str, x: torch.Tensor, epsilon: float) -> torch.Tensor:
    centred = x - x.mean(-1, keepdim=True)
    scaled = centred / (centred.square().mean(-1, keepdim=True) + epsilon).sqrt()
    return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def gelu(x: torch.Tensor) -> torch.Tensor:
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, heads: int, seen: torch.Tensor | None = None
) -> torch.Tensor:
    """(rows, tokens, width) each; seen: true where a token (second to last) may look at another (last)."""
    parts = [x.unflatten(-1, (heads, -1)).transpose(1, 2) for x in (query, key, value)]
    scores = parts[0] @ parts[1].transpose(-1, -2) / math.sqrt(parts[0].shape[-1])
    if seen is not None:
        scores = scores.masked_fill(~seen, -torch.inf)
    return (scores.softmax(-1) @ parts[2]).transpose(1, 2).flatten(-2)


def random_weights(shapes: Shapes, seed: int) -> dict[str, torch.Tensor]:
    """Large enough for scores to differ; norms near the identity."""
    generator = torch.Generator().manual_seed(seed)
    made = {}
    for name, shape in shapes.items():
        values = torch.randn(shape, generator=generator)
        is_norm = ("norm" in name.lower() or ".ln_" in name or name.startswith("ln_")) and name.endswith("weight")
        made[name] = 1 + 0.1 * values if is_norm else values * (1.5 / math.sqrt(shape[-1]) if len(shape) > 1 else 0.1)
    return made


def linear_shapes(name: str, out: int, width: int) -> Shapes:
    return {f"{name}.weight": (out, width), f"{name}.bias": (out,)}


def norm_shapes(name: str, width: int) -> Shapes:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


# ---- open_clip's CLIP (HPS v2.1) ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tower:
    """width, number of layers, width of the layers' inside."""

    width: int
    layers: int
    inside: int


HEADS = 16


def open_clip_shapes(vision: Tower, text: Tower, joint: int, words: int = 49408) -> Shapes:
    """Of patches of 14 pixels of pictures of 224, and texts of 77 tokens."""
    shapes: Shapes = {
        "positional_embedding": (77, text.width),
        "text_projection": (text.width, joint),
        "logit_scale": (),
        "visual.class_embedding": (vision.width,),
        "visual.positional_embedding": (257, vision.width),
        "visual.proj": (vision.width, joint),
        "visual.conv1.weight": (vision.width, 3, 14, 14),
        "token_embedding.weight": (words, text.width),
        **norm_shapes("visual.ln_pre", vision.width),
        **norm_shapes("visual.ln_post", vision.width),
        **norm_shapes("ln_final", text.width),
    }
    for prefix, tower in (("visual.", vision), ("", text)):
        for layer in range(tower.layers):
            block = f"{prefix}transformer.resblocks.{layer}."
            shapes |= norm_shapes(block + "ln_1", tower.width) | norm_shapes(block + "ln_2", tower.width)
            shapes |= {
                f"{block}attn.in_proj_weight": (3 * tower.width, tower.width),
                f"{block}attn.in_proj_bias": (3 * tower.width,),
            }
            shapes |= linear_shapes(f"{block}attn.out_proj", tower.width, tower.width)
            shapes |= linear_shapes(f"{block}mlp.c_fc", tower.inside, tower.width)
            shapes |= linear_shapes(f"{block}mlp.c_proj", tower.width, tower.inside)
    return shapes


def open_clip_block(weights: Tensors, block: str, x: torch.Tensor, seen: torch.Tensor | None) -> torch.Tensor:
    inner = norm(weights, f"{block}ln_1", x, 1e-5)
    both = inner @ weights[f"{block}attn.in_proj_weight"].T + weights[f"{block}attn.in_proj_bias"]
    query, key, value = both.chunk(3, dim=-1)
    x = x + linear(weights, f"{block}attn.out_proj", attention(query, key, value, HEADS, seen))
    inside = gelu(linear(weights, f"{block}mlp.c_fc", norm(weights, f"{block}ln_2", x, 1e-5)))
    return x + linear(weights, f"{block}mlp.c_proj", inside)


def open_clip_cosine(weights: Tensors, pixels: torch.Tensor, ids: Sequence[int], layers: int) -> float:
    """pixels: (3, 224, 224). ids: a text's tokens, of which the last ends it."""
    patches = torch.nn.functional.conv2d(pixels[None], weights["visual.conv1.weight"], stride=14)
    x = torch.cat([weights["visual.class_embedding"][None, None], patches.flatten(2).transpose(1, 2)], dim=1)
    x = norm(weights, "visual.ln_pre", x + weights["visual.positional_embedding"], 1e-5)
    for layer in range(layers):
        x = open_clip_block(weights, f"visual.transformer.resblocks.{layer}.", x, None)
    seen = norm(weights, "visual.ln_post", x[:, 0], 1e-5) @ weights["visual.proj"]

    whole = torch.tensor([[*ids, *[0] * (77 - len(ids))]])  # open_clip fills up with zeros
    x = weights["token_embedding.weight"][whole] + weights["positional_embedding"]
    for layer in range(layers):
        x = open_clip_block(weights, f"transformer.resblocks.{layer}.", x, torch.ones(77, 77).tril().bool())
    read = norm(weights, "ln_final", x, 1e-5)[:, len(ids) - 1] @ weights["text_projection"]
    return torch.cosine_similarity(seen, read).item()


# ---- BLIP (ImageReward) ------------------------------------------------------------------------------------------


def head_shapes(prefix: str, width: int) -> Shapes:
    """The linear layers of LAION's predictor and of ImageReward, with dropout's numbers left out."""
    ends = [width, 1024, 128, 64, 16, 1]
    shapes: Shapes = {}
    for index, place in enumerate((0, 2, 4, 6, 7)):
        shapes |= linear_shapes(f"{prefix}layers.{place}", ends[index + 1], ends[index])
    return shapes


def head(weights: Tensors, prefix: str, x: torch.Tensor) -> torch.Tensor:
    for place in (0, 2, 4, 6, 7):
        x = linear(weights, f"{prefix}layers.{place}", x)
    return x


def image_reward_shapes(vision: Tower, text: Tower, words: int = 30524) -> Shapes:
    """Of patches of 16 pixels of pictures of 224; also two layers that the file has and the score does without."""
    see, read = "blip.visual_encoder.", "blip.text_encoder."
    shapes: Shapes = {
        f"{see}cls_token": (1, 1, vision.width),
        f"{see}pos_embed": (1, 197, vision.width),
        f"{see}patch_embed.proj.weight": (vision.width, 3, 16, 16),
        f"{see}patch_embed.proj.bias": (vision.width,),
        **norm_shapes(f"{see}norm", vision.width),
        f"{read}embeddings.word_embeddings.weight": (words, text.width),
        f"{read}embeddings.position_embeddings.weight": (512, text.width),
        **norm_shapes(f"{read}embeddings.LayerNorm", text.width),
        **linear_shapes("blip.vision_proj", 256, vision.width),
        **linear_shapes("blip.text_proj", 256, text.width),
        **head_shapes("mlp.", text.width),
    }
    for layer in range(vision.layers):
        block = f"{see}blocks.{layer}."
        shapes |= norm_shapes(f"{block}norm1", vision.width) | norm_shapes(f"{block}norm2", vision.width)
        shapes |= linear_shapes(f"{block}attn.qkv", 3 * vision.width, vision.width)
        shapes |= linear_shapes(f"{block}attn.proj", vision.width, vision.width)
        shapes |= linear_shapes(f"{block}mlp.fc1", vision.inside, vision.width)
        shapes |= linear_shapes(f"{block}mlp.fc2", vision.width, vision.inside)
    for layer in range(text.layers):
        block = f"{read}encoder.layer.{layer}."
        for part, source in (("attention", text.width), ("crossattention", vision.width)):
            shapes |= linear_shapes(f"{block}{part}.self.query", text.width, text.width)
            shapes |= linear_shapes(f"{block}{part}.self.key", text.width, source)
            shapes |= linear_shapes(f"{block}{part}.self.value", text.width, source)
            shapes |= linear_shapes(f"{block}{part}.output.dense", text.width, text.width)
            shapes |= norm_shapes(f"{block}{part}.output.LayerNorm", text.width)
        shapes |= linear_shapes(f"{block}intermediate.dense", text.inside, text.width)
        shapes |= linear_shapes(f"{block}output.dense", text.width, text.inside)
        shapes |= norm_shapes(f"{block}output.LayerNorm", text.width)
    return shapes


def bert_attention(
    weights: Tensors, name: str, x: torch.Tensor, source: torch.Tensor, seen: torch.Tensor | None
) -> torch.Tensor:
    query = linear(weights, f"{name}.self.query", x)
    key, value = (linear(weights, f"{name}.self.{part}", source) for part in ("key", "value"))
    mixed = linear(weights, f"{name}.output.dense", attention(query, key, value, x.shape[-1] // 64, seen))
    return norm(weights, f"{name}.output.LayerNorm", mixed + x, 1e-12)


def image_reward(weights: Tensors, pixels: torch.Tensor, ids: Sequence[int], layers: int) -> float:
    """pixels: (3, 224, 224). ids: at most 35 tokens, with [CLS] and [SEP]."""
    see, read = "blip.visual_encoder.", "blip.text_encoder."
    patches = torch.nn.functional.conv2d(
        pixels[None], weights[f"{see}patch_embed.proj.weight"], weights[f"{see}patch_embed.proj.bias"], stride=16
    )
    x = torch.cat([weights[f"{see}cls_token"], patches.flatten(2).transpose(1, 2)], dim=1) + weights[f"{see}pos_embed"]
    for layer in range(layers):
        block = f"{see}blocks.{layer}."
        query, key, value = linear(weights, f"{block}attn.qkv", norm(weights, f"{block}norm1", x, 1e-6)).chunk(3, -1)
        x = x + linear(weights, f"{block}attn.proj", attention(query, key, value, x.shape[-1] // 64))
        inside = gelu(linear(weights, f"{block}mlp.fc1", norm(weights, f"{block}norm2", x, 1e-6)))
        x = x + linear(weights, f"{block}mlp.fc2", inside)
    picture = norm(weights, f"{see}norm", x, 1e-6)

    whole = torch.tensor([[*ids, *[0] * (35 - len(ids))]])
    x = weights[f"{read}embeddings.word_embeddings.weight"][whole]
    x = x + weights[f"{read}embeddings.position_embeddings.weight"][:35]
    x = norm(weights, f"{read}embeddings.LayerNorm", x, 1e-12)
    words = (torch.arange(35) < len(ids))[None, None, None]
    for layer in range(layers):
        block = f"{read}encoder.layer.{layer}."
        x = bert_attention(weights, f"{block}attention", x, x, words)
        x = bert_attention(weights, f"{block}crossattention", x, picture, None)
        inside = gelu(linear(weights, f"{block}intermediate.dense", x))
        x = norm(weights, f"{block}output.LayerNorm", linear(weights, f"{block}output.dense", inside) + x, 1e-12)
    return ((head(weights, "mlp.", x[:, 0]).item()) - 0.16717362830052426) / 1.0333394966054072
