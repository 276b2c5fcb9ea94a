"""HPS v2.1 (arXiv 2306.09341): CLIP ViT-H/14, tuned on people's choices among generated pictures.

As published (tgxs002/HPSv2, hpsv2/img_score.py and hpsv2/src/open_clip/{factory,transform,model}.py): pixels from 0
to 1, longer side to 224 by bicubic resizing of the tensor, padded with black, CLIP's mean and deviation; HTML entities
of the text unescaped, the text cut at 77 tokens; score = cosine, without the logit scale. Resizing is antialiased, as
torchvision's is since 0.17 with the same call. Deviations from the published code:

1. float32 throughout, where that code uses mixed precision.
2. A picture whose longer side has 224 pixels already is padded as well, which that code forgets.
3. The text is not repaired by ftfy.

The published file is in open_clip's layout; its weights are renamed for transformers' CLIPModel.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from PIL import Image
from transformers import CLIPConfig, CLIPModel

from ...store.pictures import Picture
from .base import Scorer, ScorerError
from .clip import H14, Clip, clip_tokenizer
from .pixels import in_batches, pad_pixels
from .weights import Renaming, filled, find_weights, folder_of, layers, read_weights, renamed

PUBLISHED = "HPS_v2.1_compressed.pt"
HEADS = 16  # ViT-H/14, in both towers: 1280 / 80 and 1024 / 64

BLOCK = (
    (".ln_1.", ".layer_norm1."),
    (".ln_2.", ".layer_norm2."),
    (".attn.", ".self_attn."),
    (".mlp.c_fc.", ".mlp.fc1."),
    (".mlp.c_proj.", ".mlp.fc2."),
)
OPEN_CLIP: Renaming = [
    (r"transformer\.resblocks\.(.+)", r"text_model.encoder.layers.\1"),
    (r"visual\.transformer\.resblocks\.(.+)", r"vision_model.encoder.layers.\1"),
    (r"logit_scale", "logit_scale"),
    (r"token_embedding\.weight", "text_model.embeddings.token_embedding.weight"),
    (r"positional_embedding", "text_model.embeddings.position_embedding.weight"),
    (r"ln_final\.(weight|bias)", r"text_model.final_layer_norm.\1"),
    (r"text_projection", "text_projection.weight"),
    (r"visual\.class_embedding", "vision_model.embeddings.class_embedding"),
    (r"visual\.positional_embedding", "vision_model.embeddings.position_embedding.weight"),
    (r"visual\.conv1\.weight", "vision_model.embeddings.patch_embedding.weight"),
    (r"visual\.ln_pre\.(weight|bias)", r"vision_model.pre_layrnorm.\1"),  # so spelled in transformers
    (r"visual\.ln_post\.(weight|bias)", r"vision_model.post_layernorm.\1"),
    (r"visual\.proj", "visual_projection.weight"),
]


def load(source: str | Path | None, device: str, batch: int) -> Scorer:
    """Return the scorer; its scores are cosines.

    Args:
        source: the folder of HPS_v2.1_compressed.safetensors and of CLIP's tokenizer, or that file.
        device: where it runs, as torch names it.
        batch: number of pictures at a time.

    Raises:
        ScorerError: where the files are missing or hold other weights.
    """
    path = find_weights("hps-v2.1", source, PUBLISHED)
    tensors = read_weights(path)
    try:
        config = clip_config(tensors)
    except (KeyError, IndexError) as error:
        raise ScorerError(f"{path}: not HPS's weights in open_clip's layout: {error} is missing") from error
    model = filled(CLIPModel, config, from_open_clip(tensors), path, device)
    clip = Clip(model, clip_tokenizer(folder_of(source), H14), device)
    size = int(config.vision_config.image_size)

    def score(pictures: Sequence[Picture], images: Sequence[Image.Image]) -> torch.Tensor:
        pixels = torch.stack([pad_pixels(image, size) for image in images])
        # Twice, as the published code does: some texts were escaped twice.
        return clip.cosines(pixels, [html.unescape(html.unescape(picture.prompt)) for picture in pictures])

    return in_batches(score, batch)


def clip_config(tensors: Mapping[str, torch.Tensor]) -> CLIPConfig:
    """Return the architecture, from the shapes in open_clip's layout. Raises KeyError naming a missing weight."""
    width, _, patch, _ = tensors["visual.conv1.weight"].shape
    side = round((len(tensors["visual.positional_embedding"]) - 1) ** 0.5)
    words, text_width = tensors["token_embedding.weight"].shape
    joint = tensors["text_projection"].shape[1]
    vision, text = "visual.transformer.resblocks.", "transformer.resblocks."
    shared = {"num_attention_heads": HEADS, "hidden_act": "gelu", "projection_dim": joint}
    return CLIPConfig(
        projection_dim=joint,
        vision_config={
            "hidden_size": width,
            "intermediate_size": len(tensors[f"{vision}0.mlp.c_fc.weight"]),
            "num_hidden_layers": layers(tensors, vision),
            "patch_size": patch,
            "image_size": side * patch,
            **shared,
        },
        text_config={
            "hidden_size": text_width,
            "intermediate_size": len(tensors[f"{text}0.mlp.c_fc.weight"]),
            "num_hidden_layers": layers(tensors, text),
            "vocab_size": words,
            "max_position_embeddings": len(tensors["positional_embedding"]),
            "eos_token_id": 49407,
            **shared,
        },
    )


def from_open_clip(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return open_clip's weights under transformers' names.

    open_clip holds query, key and value in one matrix (3 * width, width), split here, and its projections are
    transposed.
    """
    found: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        for old, new in BLOCK:
            name = name.replace(old, new)
        before, whole, kind = name.partition("in_proj_")
        if whole:
            parts = zip("qkv", tensor.chunk(3), strict=True)
            found |= {f"{before}{part}_proj.{kind}": piece.contiguous() for part, piece in parts}
        else:
            found[name] = tensor.T.contiguous() if name in ("visual.proj", "text_projection") else tensor
    return renamed(found, OPEN_CLIP)
