"""A model's folder as data: its settings, what is in its weights, and its tokenizer; all checked, nothing run.

transformers takes much from a folder besides: an adapter_config.json redirects it to another base, config.json names
Python files, kernels to download, and quantisation that other packages compute. So transformers never sees the folder
(`transformers_model.load_model`): it is given the settings that are read here, cleaned, and tensors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer

from ...guarded_json import MEBIBYTE, JsonError, parse_json, read_bytes
from ...json_shapes import Either, Flag, ListOf, Maybe, Number, Object, TableOf, Text, Whole, check
from ...workflow.catalog.safetensors_header import HeaderError, read_header
from .folders import CheckpointError, read_json
from .tokenizer_patterns import PatternError, check_patterns

CONFIG, WEIGHTS, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
TOKENIZER, TOKENIZER_CONFIG = "tokenizer.json", "tokenizer_config.json"
FILES = (CONFIG, WEIGHTS, INDEX, "model-*.safetensors", TOKENIZER, TOKENIZER_CONFIG)
"""What is read of a model's repository."""
LARGEST_TOKENIZER = 64 * MEBIBYTE
MAXIMUM_SIZE = 1_000_000_000
"""The largest whole number that config.json may state: products of two are still numbers that torch can count to."""

_COUNT = Maybe(Whole(1, MAXIMUM_SIZE))
_TOKEN = Maybe(Either((Whole(-1, MAXIMUM_SIZE), ListOf(Whole(0, MAXIMUM_SIZE)))))
_SETTINGS = Object(
    {"model_type": Text(1, 100)},
    {
        "architectures": Maybe(ListOf(Text(), most=100)),
        **dict.fromkeys(
            ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
             "num_key_value_heads", "head_dim", "max_position_embeddings"), _COUNT,
        ),
        "rms_norm_eps": Maybe(Number(0, 1)),
        "initializer_range": Maybe(Number(0, 1000)),
        "attention_dropout": Maybe(Number(0, 1)),
        "rope_theta": Maybe(Number(1e-6, 1e15)),
        "rope_parameters": Maybe(TableOf()),
        "rope_scaling": Maybe(TableOf()),
        "hidden_act": Maybe(Text()),
        **dict.fromkeys(
            ("attention_bias", "mlp_bias", "tie_word_embeddings", "use_cache", "use_sliding_window"), Maybe(Flag())
        ),
        **dict.fromkeys(("bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id"), _TOKEN),
        **dict.fromkeys(("dtype", "torch_dtype"), Maybe(Text())),
    },
)  # fmt: skip
"""The settings that most models share; those of single architectures are checked by transformers."""
_NOT_TAKEN = frozenset({
    "attn_implementation", "auto_map", "custom_pipelines", "experts_implementation", "fusion_config", "kernel_config",
    "name_or_path", "transformers_weights", "use_kernels",
})  # fmt: skip
"""Settings that name code, kernels or other places, and are left out, as are those that begin with an underscore."""
_COUNTED = re.compile(r"(n|num)_(\w+_)?(layers?|blocks?|experts?)|\w*depth")
"""Names of settings that a model makes as many modules for."""
_QUANTISED = ("quantization_config", "compression_config", "sparsity_config")
_END_TOKEN = Object({}, {"eos_token": Maybe(Either((Text(), Object({"content": Text()}))))})


def read_settings(folder: Path) -> dict[str, Any]:
    """Return the content of config.json that may be used, with no code and no other place named in it.

    Raises:
        CheckpointError: it is missing or no JSON object; or, naming the key, a setting has another form or size than
            any model's, or needs more than data.
    """
    path = folder / CONFIG
    settings = read_json(path)
    try:
        check(settings, _SETTINGS, str(path))
    except JsonError as error:
        raise CheckpointError(f"{error}. Download the model again, or train it again") from error
    for name in _QUANTISED:
        if settings.get(name):
            raise CheckpointError(
                f"{path}: {name}: the weights are quantised, which only another package computes with. Use the model "
                "before its quantisation, or a GGUF file of it"
            )
    cleaned: dict[str, Any] = _cleaned(settings)
    for name, number in _numbers(cleaned):
        if abs(number) > MAXIMUM_SIZE and isinstance(number, int):
            raise CheckpointError(
                f"{path}: {name}: {str(number)[:40]} is more than any model has ({MAXIMUM_SIZE:,}). Download the model "
                "again"
            )
    return with_older_names(cleaned)


def with_older_names(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with those of the rotary embedding also where transformers 4 reads them."""
    rope = settings.get("rope_parameters")
    older: dict[str, Any] = {}
    if isinstance(rope, dict) and isinstance(rope.get("rope_theta"), int | float):
        older["rope_theta"] = rope["rope_theta"]
        if rope.get("rope_type", "default") != "default":
            older["rope_scaling"] = {key: value for key, value in rope.items() if key != "rope_theta"}
    return {**settings, **older}


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: part for key, part in value.items() if not key.startswith("_") and key not in _NOT_TAKEN}
        return {key: _cleaned(part) for key, part in kept.items()}
    return [_cleaned(part) for part in value] if isinstance(value, list) else value


def _numbers(settings: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    """Yield the numbers of settings, at any depth, each with the name of its key."""
    for name, value in settings.items():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                yield from _numbers(part)
            elif isinstance(part, int | float) and not isinstance(part, bool):
                yield name, part


def check_layers(settings: Mapping[str, Any], tensors: int, place: str) -> None:
    """Raise CheckpointError where settings ask for more layers than there are tensors: making them would not end."""
    for name, number in _numbers(settings):
        if _COUNTED.fullmatch(name) and number > max(tensors, 1000):
            raise CheckpointError(
                f"{place}: {name}: {number} are asked for, and the weights have {tensors} tensors in all. The files "
                "do not belong together: download the model again"
            )


def weight_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of a folder's weights: model.safetensors, or those that its index names.

    Raises:
        CheckpointError: there is neither, or a file is missing.
    """
    if (folder / WEIGHTS).is_file():
        return (folder / WEIGHTS,)
    index = folder / INDEX
    if not index.is_file():
        raise CheckpointError(f"{folder}: there is neither {WEIGHTS} nor {INDEX} in it. Download the model again")
    try:
        parsed = check(read_json(index), Object({"weight_map": TableOf(Text(1, 255))}), str(index))
    except JsonError as error:
        raise CheckpointError(f"{error}. Download the model again") from error
    names = sorted(set(parsed["weight_map"].values()))
    for name in names:
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise CheckpointError(f"{index}: weight_map: {name[:80]!r} is no .safetensors file of this folder")
        if not (folder / name).is_file():
            raise CheckpointError(f"{folder / name}: missing, and {INDEX} names it. Download it too")
    return tuple(folder / name for name in names)


def read_shapes(files: Sequence[Path]) -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor by name, from the files' headers alone. Raises CheckpointError."""
    shapes: dict[str, tuple[int, ...]] = {}
    for path in files:
        try:
            header = read_header(path)
        except (HeaderError, OSError) as error:
            raise CheckpointError(f"the model cannot be read: {error}") from error
        shapes |= {name: tensor.shape for name, tensor in header.tensors.items()}
    return shapes


def check_shapes(
    wanted: Mapping[str, tuple[int, ...]], found: Mapping[str, tuple[int, ...]], config: Path, weights: Path
) -> None:
    """Raise CheckpointError where settings ask for other tensors than a file's header states.

    Parameters:
        wanted: the shapes of the tensors of the model that the settings describe, by name.
        found: the shapes in the file. Names that only one of both has are left out: transformers renames some.
        config: the file of the settings, for messages.
        weights: the file of the weights, for messages.
    """
    for name, shape in wanted.items():
        if name in found and found[name] != shape:
            raise CheckpointError(
                f"{weights}: cannot be read with its config.json: {name} has the shape {list(found[name])}, and "
                f"{config} asks for {list(shape)}. The files do not belong together: download the model again"
            )
    check_size(sum(map(_count, wanted.values())), sum(map(_count, found.values())), config, weights)


def check_size(asked: int, there: int, config: Path, weights: Path) -> None:
    """Raise CheckpointError where settings ask for far more numbers than weights hold: they would fill the memory."""
    if asked > 4 * there + 1_000_000:
        raise CheckpointError(
            f"{config}: it asks for {asked:,} numbers, and {weights} holds {there:,}. The files do not belong "
            "together: download the model again"
        )


def _count(shape: tuple[int, ...]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


def read_tensors(files: Sequence[Path]) -> dict[str, torch.Tensor]:
    """Return the tensors of some files by name. Raises CheckpointError."""
    tensors: dict[str, torch.Tensor] = {}
    for path in files:
        try:
            read = load_file(path)
        except (OSError, SafetensorError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"{path}: the model cannot be read: {error}. Download it again") from error
        check_finite(read, path)
        tensors |= read
    return tensors


def check_finite(tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    """Raise CheckpointError where a tensor of a file holds no finite numbers: with those, nothing can be drawn."""
    for name, tensor in tensors.items():
        if not tensor.is_floating_point() or not bool(torch.isfinite(tensor.sum(dtype=torch.float32))):
            raise CheckpointError(f"{path}: {name} holds what is no number. The file is damaged: download it again")


def stored_dtype(settings: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> torch.dtype:
    """Return the dtype that settings state, or else that of the weights, or float32."""
    found = getattr(torch, str(settings.get("dtype") or settings.get("torch_dtype")), None)
    if isinstance(found, torch.dtype) and found.is_floating_point:
        return found
    return next((tensor.dtype for tensor in tensors.values() if tensor.is_floating_point()), torch.float32)


def read_tokenizer(text: str, path: Path) -> Tokenizer:
    """Return the tokenizer in the text of a tokenizer.json. Raises CheckpointError."""
    try:
        check_patterns(parse_json(text, str(path), maximum_bytes=LARGEST_TOKENIZER))
        return Tokenizer.from_str(text)
    except PatternError as error:
        raise CheckpointError(
            f"{path}: {error}. Its tokenizer might not end; use another model, or train a policy with another tokenizer"
        ) from error
    except BaseException as error:  # a plain Exception for most damage, and a panic of Rust's, which is none, for some
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise CheckpointError(f"{path}: damaged: its tokenizer cannot be read: {str(error)[:200]}") from error


def read_folder_tokenizer(folder: Path, settings: Mapping[str, Any]) -> tuple[Tokenizer, int | None]:
    """Return a folder's tokenizer, and the id that ends its texts, where there is one. Raises CheckpointError."""
    path = folder / TOKENIZER
    if not path.is_file():
        raise CheckpointError(f"{folder}: it has no tokenizer.json. Save its tokenizer as a fast tokenizer first")
    try:
        text = read_bytes(path, LARGEST_TOKENIZER)
        tokenizer = read_tokenizer(text.decode("utf-8-sig"), path)
        end = None
        described = folder / TOKENIZER_CONFIG
        if described.is_file():
            end = check(read_json(described), _END_TOKEN, str(described)).get("eos_token")
    except (OSError, UnicodeDecodeError, JsonError) as error:
        raise CheckpointError(f"{path}: cannot be read: {error}. Download the model again") from error
    if end is not None:
        return tokenizer, tokenizer.token_to_id(end["content"] if isinstance(end, dict) else end)
    found = settings.get("eos_token_id")
    first: Any = found[0] if isinstance(found, list) and found else found
    if isinstance(first, int) and not isinstance(first, bool) and first >= 0 and tokenizer.id_to_token(first):
        return tokenizer, first
    return tokenizer, None
