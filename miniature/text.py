"""The miniature's text encoder: weights of CLIP-L's exact shape that do almost nothing, so that nothing has to run.

ComfyUI conditions an SD3 model on the output of CLIP-L's last layer but one, without its final norm, and on the pooled
output. Here every token's embedding is a window of one random sequence, all layers but the last are zero and hence
the identity, and the last one averages. Both conditionings then have a closed form, which is all that training
computes, while the whole encoder takes about 1.5 MB on disk.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

TOKENS, WIDTH, LENGTH, LAYERS = 49_408, 768, 77, 12
START, END = 49_406, 49_407
ANY = "<any>"
VOCABULARY_FILE = Path(__file__).with_name("vocabulary.json")
# How CLIP's tokenizer splits text before looking at word pieces: runs of letters, single digits, runs of signs.
_PIECES = re.compile(r"<any>|[a-z]+|[0-9]|[^\sa-z0-9<]+")
_AVERAGE_WEIGHT = 4.0


@dataclass(frozen=True)
class SyntheticClip:
    """Its only two random tensors, float16.

    base [TOKENS + WIDTH], of which base[t : t + WIDTH] embeds token t; positions [LENGTH, WIDTH].
    """

    base: Tensor
    positions: Tensor

    @property
    def embedding(self) -> Tensor:
        """[TOKENS, WIDTH], sharing base's 100 kB."""
        return self.base.as_strided((TOKENS, WIDTH), (1, 1))


def synthetic_clip(seed: int = 0) -> SyntheticClip:
    """Draws the encoder's only two random tensors."""
    rng = np.random.default_rng(seed)
    base = torch.from_numpy(rng.standard_normal(TOKENS + WIDTH).astype(np.float16))
    return SyntheticClip(base, torch.from_numpy((0.3 * rng.standard_normal((LENGTH, WIDTH))).astype(np.float16)))


def condition(clip: SyntheticClip, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Return what ComfyUI computes with state_dict(clip), in closed form.

    Parameters:
        clip: the encoder.
        tokens: int64 (batch, length <= 77), START first, END after the last word and as padding.

    Returns:
        The context (batch, length, 768) and the pooled output (batch, 768), float32.
    """
    x = clip.embedding[tokens].float() + clip.positions[: tokens.shape[1]].float()
    normed = F.layer_norm(x, (WIDTH,))
    end = (tokens == END).int().argmax(dim=1)
    rows = torch.arange(len(tokens))
    mean = normed.cumsum(dim=1)[rows, end] / (end + 1)[:, None]
    return x, F.layer_norm(x[rows, end] + _AVERAGE_WEIGHT * mean, (WIDTH,))


def state_dict(clip: SyntheticClip) -> dict[str, Tensor]:
    """Return the encoder as a CLIPTextModelWithProjection (text_model.*, text_projection.weight), float16.

    Most tensors share storage by strides; torch.save keeps that, safetensors cannot.
    """
    zero, one = torch.zeros(1, dtype=torch.float16), torch.ones(1, dtype=torch.float16)
    identity = torch.eye(WIDTH, dtype=torch.float16)

    def norm(prefix: str, weight: Tensor) -> dict[str, Tensor]:
        return {f"{prefix}.weight": weight.expand(WIDTH), f"{prefix}.bias": zero.expand(WIDTH)}

    def linear(prefix: str, n_in: int, n_out: int) -> dict[str, Tensor]:
        return {f"{prefix}.weight": zero.expand(n_out, n_in), f"{prefix}.bias": zero.expand(n_out)}

    tensors = {
        "text_model.embeddings.token_embedding.weight": clip.embedding,
        "text_model.embeddings.position_embedding.weight": clip.positions,
        **norm("text_model.final_layer_norm", one),
        "text_projection.weight": identity,
    }
    for i in range(LAYERS):
        layer = f"text_model.encoder.layers.{i}"
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            tensors |= linear(f"{layer}.self_attn.{name}", WIDTH, WIDTH)
        tensors |= linear(f"{layer}.mlp.fc1", WIDTH, 4 * WIDTH) | linear(f"{layer}.mlp.fc2", 4 * WIDTH, WIDTH)
        tensors |= norm(f"{layer}.layer_norm1", one) | norm(f"{layer}.layer_norm2", one)
    last = f"text_model.encoder.layers.{LAYERS - 1}"
    tensors |= norm(f"{last}.layer_norm1", _AVERAGE_WEIGHT * one)
    tensors |= {f"{last}.self_attn.v_proj.weight": identity, f"{last}.self_attn.out_proj.weight": identity}
    return tensors


@functools.cache
def vocabulary() -> dict[str, tuple[int, ...]]:
    """CLIP token ids of every piece of text that captions are made of, so that training needs no tokenizer."""
    return {word: tuple(ids) for word, ids in json.loads(VOCABULARY_FILE.read_text(encoding="utf-8")).items()}


def encode(text: str, rng: np.random.Generator | None = None) -> list[int]:
    """Token ids of a caption, without START and END; each ANY becomes a random word's token.

    Raises ValueError for a word that captions do not use: ComfyUI's own tokenizer knows them all, this table does not.
    """
    table, ids = vocabulary(), []
    for piece in _PIECES.findall(text.lower()):
        if piece == ANY and rng is not None:
            ids += random_tokens(1, rng)
        elif piece in table:
            ids += table[piece]
        else:
            raise ValueError(f"{piece!r} is not in {VOCABULARY_FILE.name}; use a word of the captions")
    return ids


def random_tokens(count: int, rng: np.random.Generator) -> list[int]:
    """Tokens that mean nothing to the miniature: none is a part of the vocabulary. Frequent words are likelier."""
    known = _known_tokens()
    drawn: list[int] = []
    while len(drawn) < count:
        # CLIP numbers its merges by frequency, so a log-uniform draw is roughly Zipf's law; half are uniform.
        high = np.log(START - 256) if rng.random() < 0.5 else None
        token = 256 + int(rng.integers(START - 256) if high is None else np.exp(rng.uniform(0, high)))
        if token < START and token not in known:
            drawn.append(token)
    return drawn


@functools.cache
def _known_tokens() -> frozenset[int]:
    return frozenset(token for ids in vocabulary().values() for token in ids)


def pad(ids: list[int], length: int) -> list[int]:
    """START, as many ids as fit, END, and END again up to length."""
    ids = ids[: length - 2]
    return [START, *ids, *[END] * (length - 1 - len(ids))]
