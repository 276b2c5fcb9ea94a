"""A small model out of a large one: some of its layers, and a smaller tokenizer.

A vocabulary of 49,152 English pieces is two thirds of a small pruned model, and spells file names in many ids. A
tokenizer that was trained on prompts and file names is small and spells them in few, and most of its pieces are words
that the base knows as a single id: those keep their embedding.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any

import torch
from tokenizers import Tokenizer

from ...models.policy.folders import PolicyError
from ...models.policy.policy import Policy
from ...models.policy.vocabulary import PromptFrame, Vocabulary
from ..sft.model import embeddings


def prune(base: Policy, layers: Sequence[int]) -> Policy:
    """Return a copy of a base with only the given layers, in this order.

    Raises:
        PolicyError: a layer does not exist or is given twice, or the names of the model's weights do not have their
            layer in them as Llama's do ("model.layers.0").
    """
    config = copy.deepcopy(base.model.config)
    if not layers or not all(0 <= layer < config.num_hidden_layers for layer in layers):
        raise PolicyError(f"layers {list(layers)}: the base has the layers 0 to {config.num_hidden_layers - 1}")
    if len(set(layers)) < len(layers):
        raise PolicyError(f"layers {list(layers)}: each can be kept only once")
    config.num_hidden_layers = len(layers)
    if getattr(config, "layer_types", None):
        config.layer_types = [config.layer_types[layer] for layer in layers]
    model = type(base.model)(config).to(base.model.dtype).eval()
    weights = {}
    for name, tensor in base.model.state_dict().items():
        head, _, rest = name.partition(".layers.")
        if rest:
            layer, _, rest = rest.partition(".")
            if int(layer) in layers:
                weights[f"{head}.layers.{list(layers).index(int(layer))}.{rest}"] = tensor
        else:
            weights[name] = tensor
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise PolicyError(
            f"{type(model).__name__} cannot be pruned: its weights are not named by their layer as Llama's are, "
            "model.layers.0 and so on"
        ) from error
    return Policy(model, base.vocabulary, base.frame)


def trim_tokenizer(tokenizer: Tokenizer, tokens: int) -> Tokenizer:
    """Return the tokenizer's first `tokens` ids as a tokenizer of its own, without special tokens.

    The ids of a byte-level BPE are in the order of its merges, so its first ids and the merges that lead to them are
    the tokenizer that a shorter training would have given: a text that the whole tokenizer encodes in those ids alone
    is encoded the same.

    Raises:
        PolicyError: the tokenizer is no byte-level BPE, or `tokens` are too few.
    """
    state = json.loads(tokenizer.to_str())
    model = state["model"]
    if model["type"] != "BPE" or not {"ByteLevel"} & _types(state["pre_tokenizer"]):
        raise PolicyError("the base's tokenizer is no byte-level BPE; it cannot be trimmed")
    added = {token["content"] for token in state["added_tokens"]}
    ordered = sorted((token for token in model["vocab"] if token not in added), key=model["vocab"].__getitem__)
    kept = set(ordered[:tokens])
    model["vocab"] = {token: index for index, token in enumerate(ordered[:tokens])}
    merges = [tuple(merge.split(" ", 1)) if isinstance(merge, str) else tuple(merge) for merge in model["merges"]]
    model["merges"] = [list(pair) for pair in merges if {*pair, "".join(pair)} <= kept]
    model["unk_token"] = None
    made = {"".join(pair) for pair in model["merges"]}
    if missing := {token for token in ordered if len(token) == 1} - kept:
        raise PolicyError(f"{tokens} tokens are too few: {len(missing)} single bytes have later ids")
    if unmade := [token for token in kept if len(token) > 1 and token not in made]:
        raise PolicyError(f"the tokenizer's ids are not in the order of its merges: nothing leads to {unmade[0]!r}")
    state.update(added_tokens=[], post_processor=None, truncation=None, padding=None)
    return Tokenizer.from_str(json.dumps(state))


def _types(part: Any) -> set[str]:
    """Return the types of a tokenizer's part, and of the parts in it."""
    if not isinstance(part, dict):
        return set()
    inner = {name for entry in part.get("pretokenizers", []) for name in _types(entry)}
    return {part.get("type", ""), *inner}


def transplant(base: Policy, tokenizer: Tokenizer, frame: PromptFrame) -> Policy:
    """Return a copy of the base with another tokenizer. Both tokenizers must be byte-level BPEs.

    A piece that the base has as well keeps its embedding. Any other begins as the mean of the base's pieces of its
    text (for a special token, of its name), or as the mean of all embeddings where the base has none.
    """
    vocabulary = Vocabulary(tokenizer)
    old = base.vocabulary.tokenizer
    special = set(tokenizer.get_added_tokens_decoder())
    sources = []
    for token in range(vocabulary.base_size):
        piece = tokenizer.id_to_token(token) or ""  # some tokenizers have holes
        known = None if token in special else old.token_to_id(piece)
        sources.append([known] if known is not None else _pieces(base, tokenizer, piece, token in special))
    model = copy.deepcopy(base.model)
    model.resize_token_embeddings(vocabulary.base_size, mean_resizing=False)
    with torch.no_grad():
        for ours, theirs in zip(embeddings(model), embeddings(base.model), strict=True):
            rows = [theirs.weight[ids].mean(0) if ids else theirs.weight.mean(0) for ids in sources]
            ours.weight.copy_(torch.stack(rows))
    config = model.config
    config.bos_token_id = config.eos_token_id = config.pad_token_id = None
    return Policy(model, vocabulary, frame, base.description, base.typical_choices)


def _pieces(base: Policy, tokenizer: Tokenizer, piece: str, special: bool) -> list[int]:
    """Return the base's ids for a piece that it does not have."""
    if special:
        return base.vocabulary.encode_prompt(piece.strip("<|>"))
    text = tokenizer.decoder.decode([piece])
    if "\N{REPLACEMENT CHARACTER}" not in text:
        return base.vocabulary.encode_prompt(text)
    # Part of a character: byte by byte. Bytes that stand in no text are unknown to some tokenizers.
    ids = (base.vocabulary.tokenizer.token_to_id(byte) for byte in piece)
    return [token for token in ids if token is not None]
