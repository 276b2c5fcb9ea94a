"""A scorer's files: found, read, and loaded into transformers' models.

Weights are read from safetensors alone. Three of the published files are pickles, which are refused as everywhere in
Nodewright; the message holds the command that converts one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from ...models.policy.transformers_model import no_progress_bars
from .base import ScorerError

CONVERT = (
    "python -c \"import torch, safetensors.torch; s = torch.load({old!r}, weights_only=True, map_location='cpu'); "
    "safetensors.torch.save_file({{k: v.contiguous().clone() for k, v in s.get('state_dict', s).items()}}, {new!r})\""
)

Renaming = Sequence[tuple[str, str]]
"""Pairs of a pattern for a whole name and its replacement; the first pattern that matches is used."""


def find_weights(scorer: str, source: str | Path | None, published: str) -> Path:
    """Return the path of a scorer's safetensors file.

    Args:
        scorer: name of the scorer, for messages.
        source: the file, or the folder that holds it under the published file's name.
        published: name of the published file, a pickle.

    Raises:
        ScorerError: where the file is missing, or is a pickle; the message says how to convert it.
    """
    wanted = Path(published).with_suffix(".safetensors").name
    if source is None:
        raise ScorerError(
            f"{scorer}: name the folder that {wanted} lies in, as {scorer}=FOLDER. docs/scorers.md says where to get it"
        )
    path = Path(source)
    if path.is_dir():
        pickled, path = path / published, path / wanted
    else:
        pickled = path
    if path.suffix == ".safetensors" and path.is_file():
        return path
    if pickled.is_file() and pickled.suffix != ".safetensors":
        command = CONVERT.format(old=pickled.name, new=pickled.with_suffix(".safetensors").name)
        raise ScorerError(
            f"{pickled}: pickled weights can run code when they are read, and are refused. Convert them there: "
            f"{command}"
        )
    raise ScorerError(f"{path}: no such file or folder. docs/scorers.md says what {scorer} needs and where to get it")


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Return all tensors of a safetensors file in float32. Raises ScorerError where it cannot be read."""
    try:
        return {name: tensor.float() for name, tensor in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise ScorerError(f"{path}: cannot be read: {error}. Download the file again") from error


def renamed(tensors: Mapping[str, torch.Tensor], renaming: Renaming) -> dict[str, torch.Tensor]:
    """Return tensors under their new names, without those that no pattern matches."""
    found: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        for pattern, replacement in renaming:
            match = re.fullmatch(pattern, name)
            if match:
                found[match.expand(replacement)] = tensor
                break
    return found


def layers(tensors: Mapping[str, torch.Tensor], prefix: str) -> int:
    """Return the number of layers: how many different numbers follow `prefix` in the names."""
    numbers = {name.removeprefix(prefix).partition(".")[0] for name in tensors if name.startswith(prefix)}
    return len(numbers)


def filled(
    model_class: Any, config: Any, tensors: Mapping[str, torch.Tensor], path: Path, device: str, **extra: Any
) -> Any:
    """Return a transformers model with exactly these weights, for inference. Raises ScorerError."""
    extra |= {"config": config, "state_dict": dict(tensors), "dtype": torch.float32}
    return loaded(model_class, None, path, device, **extra)


def loaded(model_class: Any, source: str | None, name: str | Path, device: str, **extra: Any) -> Any:
    """Return a transformers model from a folder or a hub id, for inference.

    Args:
        model_class: its class in transformers.
        source: folder or hub id; None with the weights in `extra`.
        name: what messages call it.
        device: where it runs, as torch names it.
        extra: further arguments of `from_pretrained`.

    Raises:
        ScorerError: where it cannot be read, or weights are missing or have other shapes.
    """
    try:
        place = torch.empty(0, device=device).device
    except (RuntimeError, AssertionError) as error:  # torch built without CUDA raises AssertionError
        raise ScorerError(f"{device}: torch cannot use it here: {error}") from error
    try:
        with no_progress_bars():
            model, information = model_class.from_pretrained(source, output_loading_info=True, **extra)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ScorerError(f"{name}: cannot be read as {model_class.__name__}: {error}") from error
    lacking = sorted(information["missing_keys"])
    if lacking:
        raise ScorerError(f"{name}: not the weights that belong here: {len(lacking)} are missing, as {lacking[0]}")
    return model.eval().to(place)


def tokenizer(tokenizer_class: Any, folder: Path | None, hub: str, ends: Mapping[str, int]) -> Any:
    """Return the tokenizer of the folder if one is there, else of the hub id.

    Args:
        tokenizer_class: its class in transformers.
        folder: the scorer's folder.
        hub: Hugging Face id of the tokenizer that the scorer was trained with.
        ends: ids that certain tokens must have, by which another model's tokenizer is recognised.

    Raises:
        ScorerError: where it cannot be read, or is another model's.
    """
    local = folder is not None and any(
        (folder / name).is_file() for name in ("tokenizer.json", "vocab.json", "vocab.txt")
    )
    source = str(folder) if local else hub
    try:
        found = tokenizer_class.from_pretrained(source, local_files_only=local)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ScorerError(f"{source}: no tokenizer can be read there: {error}") from error
    for token, number in ends.items():
        if found.convert_tokens_to_ids(token) != number:
            raise ScorerError(f"{source}: its tokenizer is another one: {token} is not {number}. Use that of {hub}")
    return found


def folder_of(source: str | Path | None) -> Path | None:
    """Return the folder that `source` is or, for a file, lies in."""
    if source is None:
        return None
    path = Path(source)
    return path if path.is_dir() else path.parent
