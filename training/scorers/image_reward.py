"""ImageReward 1.0 (arXiv 2304.05977): BLIP reads the prompt with cross-attention to the picture, and a head scores.

As published (THUDM/ImageReward, ImageReward/ImageReward.py, ImageReward/models/BLIP/): the picture's shorter side to
224, bicubic, centre crop, CLIP's mean and deviation; the text by bert-base-uncased's tokenizer, padded or cut to 35
tokens; ViT-L/16 for the picture, BERT with cross-attention to it for the text; the vector of [CLS] (which stays [CLS],
where BLIP's own matching has [ENC]) through five linear layers 768 - 1024 - 128 - 64 - 16 - 1, without activations
between them; then (reward - 0.1672) / 1.0333, the constants of that code.

The published file is in BLIP's layout; its weights are renamed for transformers' BLIP. Layer norms of the ViT have
epsilon 1e-6 (vit.py of salesforce/BLIP), those of the text encoder 1e-12 (med_config.json).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import BertTokenizer, BlipTextConfig, BlipVisionConfig, BlipVisionModel
from transformers.models.blip.modeling_blip_text import BlipTextModel

from ...store.pictures import Picture
from .base import Scorer, ScorerError
from .laion import linear_head
from .pixels import crop_pixels, in_batches
from .weights import Renaming, filled, find_weights, folder_of, layers, read_weights, renamed, tokenizer

PUBLISHED = "ImageReward.pt"
BERT = "google-bert/bert-base-uncased"
TOKENS = 35
MEAN = 0.16717362830052426
DEVIATION = 1.0333394966054072
HEAD_WIDTH = 64  # ViT-L/16: 1024 / 16 heads; BERT: 768 / 12

VISION: Renaming = [
    (r"blip\.visual_encoder\.cls_token", "embeddings.class_embedding"),
    (r"blip\.visual_encoder\.pos_embed", "embeddings.position_embedding"),
    (r"blip\.visual_encoder\.patch_embed\.proj\.(weight|bias)", r"embeddings.patch_embedding.\1"),
    (r"blip\.visual_encoder\.norm\.(weight|bias)", r"post_layernorm.\1"),
    (r"blip\.visual_encoder\.blocks\.(\d+)\.norm([12])\.(weight|bias)", r"encoder.layers.\1.layer_norm\2.\3"),
    (r"blip\.visual_encoder\.blocks\.(\d+)\.attn\.qkv\.(weight|bias)", r"encoder.layers.\1.self_attn.qkv.\2"),
    (r"blip\.visual_encoder\.blocks\.(\d+)\.attn\.proj\.(weight|bias)", r"encoder.layers.\1.self_attn.projection.\2"),
    (r"blip\.visual_encoder\.blocks\.(\d+)\.mlp\.(fc[12]\.(?:weight|bias))", r"encoder.layers.\1.mlp.\2"),
]
TEXT: Renaming = [
    # A buffer of older versions, not a weight.
    (r"blip\.text_encoder\.(?!embeddings\.position_ids)(.+)", r"\1"),
]


def load(source: str | Path | None, device: str, batch: int) -> Scorer:
    """Return the scorer; its scores are in deviations from the mean of ImageReward's training pictures.

    Args:
        source: the folder of ImageReward.safetensors and of the tokenizer of bert-base-uncased, or that file.
        device: where it runs, as torch names it.
        batch: number of pictures at a time.

    Raises:
        ScorerError: where the files are missing or hold other weights.
    """
    path = find_weights("image-reward", source, PUBLISHED)
    tensors = read_weights(path)
    seen, read = renamed(tensors, VISION), renamed(tensors, TEXT)
    try:
        vision_config, text_config = vision_shape(seen), text_shape(read)
    except KeyError as error:
        raise ScorerError(f"{path}: not ImageReward's weights: {error} is missing. Download the file again") from error
    vision = filled(BlipVisionModel, vision_config, seen, path, device)
    text = filled(BlipTextModel, text_config, read, path, device, add_pooling_layer=False)
    head = linear_head(tensors, "mlp.", int(text_config.hidden_size), path).to(device)
    words = tokenizer(BertTokenizer, folder_of(source), BERT, {"[PAD]": 0, "[CLS]": 101, "[SEP]": 102})
    size = int(vision_config.image_size)

    def score(pictures: Sequence[Picture], images: Sequence[Image.Image]) -> torch.Tensor:
        pixels = torch.stack([crop_pixels(image, size) for image in images]).to(device)
        tokens = read_prompts(words, [picture.prompt for picture in pictures]).to(device)
        patches = vision(pixel_values=pixels).last_hidden_state
        states = text(
            input_ids=tokens["input_ids"],
            attention_mask=tokens["attention_mask"],
            encoder_hidden_states=patches,
            encoder_attention_mask=torch.ones(patches.shape[:2], dtype=torch.long, device=device),
        ).last_hidden_state
        return (head(states[:, 0])[:, 0] - MEAN) / DEVIATION

    return in_batches(score, batch)


def read_prompts(words: Any, prompts: Sequence[str]) -> Any:
    """Return input_ids and attention_mask, each (prompts, 35)."""
    return words([*prompts], padding="max_length", truncation=True, max_length=TOKENS, return_tensors="pt")


def vision_shape(tensors: Mapping[str, torch.Tensor]) -> BlipVisionConfig:
    """Return the vision tower's architecture, from the shapes of its renamed weights. Raises KeyError."""
    width, _, patch, _ = tensors["embeddings.patch_embedding.weight"].shape
    side = round((tensors["embeddings.position_embedding"].shape[1] - 1) ** 0.5)
    return BlipVisionConfig(
        hidden_size=width,
        intermediate_size=len(tensors["encoder.layers.0.mlp.fc1.weight"]),
        num_hidden_layers=layers(tensors, "encoder.layers."),
        num_attention_heads=width // HEAD_WIDTH,
        image_size=side * patch,
        patch_size=patch,
        hidden_act="gelu",
        layer_norm_eps=1e-6,
    )


def text_shape(tensors: Mapping[str, torch.Tensor]) -> BlipTextConfig:
    """Return the text encoder's architecture, from the shapes of its renamed weights. Raises KeyError."""
    words, width = tensors["embeddings.word_embeddings.weight"].shape
    return BlipTextConfig(
        vocab_size=words,
        hidden_size=width,
        encoder_hidden_size=tensors["encoder.layer.0.crossattention.self.key.weight"].shape[1],
        intermediate_size=len(tensors["encoder.layer.0.intermediate.dense.weight"]),
        num_hidden_layers=layers(tensors, "encoder.layer."),
        num_attention_heads=width // HEAD_WIDTH,
        max_position_embeddings=len(tensors["embeddings.position_embeddings.weight"]),
        hidden_act="gelu",
        layer_norm_eps=1e-12,
        pad_token_id=0,
        is_decoder=True,  # gives the layers cross-attention; they still read both ways
    )
