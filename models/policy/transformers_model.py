"""What is done by transformers: reading a model of any architecture, and the forward pass of one.

Importing this module imports transformers, which takes seconds: others import it where they need it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import CONFIG_MAPPING, AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from ...guarded_json import JsonError
from ...json_shapes import Anything, Flag, Number, Object, Shape, Text, check
from ...workflow.catalog.gguf_header import read_gguf_header
from .folders import CheckpointError
from .model_folder import (
    CONFIG,
    check_layers,
    check_shapes,
    check_size,
    read_settings,
    read_shapes,
    read_tensors,
    stored_dtype,
    weight_files,
)

_DTYPE = "dtype" if int(transformers.__version__.split(".")[0]) >= 5 else "torch_dtype"


def load_model(
    folder: Path, *, device: str | torch.device = "cpu", dtype: torch.dtype | None = None
) -> tuple[Any, tuple[Path, ...]]:
    """Load a causal language model in evaluation mode. transformers is given the content of the folder, not its name.

    Parameters:
        folder: with config.json and safetensors.
        device: where to put the model.
        dtype: of the weights; None is float32 on a CPU, and what the weights are stored as elsewhere.

    Returns:
        The model, and the files of its weights.

    Raises:
        CheckpointError: naming the file, where settings or weights are missing, damaged, or not of one model.
    """
    settings, files = read_settings(folder), weight_files(folder)
    shapes = read_shapes(files)
    check_layers(settings, len(shapes), str(folder / CONFIG))
    with _guarded(folder / CONFIG):
        sketch = _sketch(settings, folder / CONFIG)
    wanted = {name: tuple(part.shape) for name, part in sketch.named_parameters()}
    check_shapes(wanted, shapes, folder / CONFIG, files[0])
    tensors = read_tensors(files)
    cpu = torch.device(device).type == "cpu"
    chosen = dtype or (torch.float32 if cpu else stored_dtype(settings, tensors))
    attention = "sdpa" if getattr(type(sketch), "_supports_sdpa", False) else "eager"
    with _guarded(files[0]), no_progress_bars():
        model, information = type(sketch).from_pretrained(
            None, config=sketch.config, state_dict=tensors, output_loading_info=True, attn_implementation=attention,
            **{_DTYPE: chosen},
        )  # fmt: skip
    _check_missing(information, files[0])
    model = model.eval().to(device)
    with _guarded(folder / CONFIG):
        _try(model)
    return model, files


def load_gguf(path: Path, *, device: str | torch.device = "cpu", dtype: torch.dtype | None = None) -> tuple[Any, Any]:
    """Load a GGUF file: the model, its weights unpacked, in evaluation mode, and its tokenizer of transformers.

    Parameters as of `load_model`. Raises CheckpointError, naming the file.
    """
    if (path.parent / "adapter_config.json").exists():  # transformers would load the base that it names
        raise CheckpointError(
            f"{path}: an adapter_config.json lies beside it. Move the GGUF file to a folder of its own"
        )
    with _guarded(path):
        there = _check_gguf(path)
        config = AutoConfig.from_pretrained(path.parent, local_files_only=True, gguf_file=path.name)
        with torch.device("meta"):
            sketch = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
        check_size(sum(part.numel() for part in sketch.parameters()), there, path, path)
        tokenizer = AutoTokenizer.from_pretrained(
            path.parent, use_fast=True, trust_remote_code=False, local_files_only=True, gguf_file=path.name
        )
        extra: dict[str, Any] = {}
        if (packed := getattr(transformers, "GgufConfig", None)) is not None:
            # Newer ones would fetch kernels to compute on packed weights. Those could not be trained, saved or moved.
            extra["quantization_config"] = packed(dequantize=True)
        cpu = torch.device(device).type == "cpu"
        extra[_DTYPE] = dtype or (torch.float32 if cpu else "auto")
        with no_progress_bars():
            model, information = AutoModelForCausalLM.from_pretrained(
                path.parent, config=config, trust_remote_code=False, local_files_only=True, gguf_file=path.name,
                output_loading_info=True, **extra,
            )  # fmt: skip
    _check_missing(information, path)
    empty = sorted(name for name, part in model.named_parameters() if part.is_meta)
    if empty:  # transformers 4.50 leaves them without numbers, and does not report them as missing
        _check_missing({"missing_keys": empty}, path)
    if getattr(model, "hf_quantizer", None) is not None:
        model.hf_quantizer.remove_quantization_config(model)  # its weights are plain by now
    model = model.eval().to(device)
    with _guarded(path):
        _try(model)
    return model, tokenizer


def _sketch(settings: Mapping[str, Any], path: Path) -> Any:
    """Return a model without weights, on the meta device. Raises CheckpointError, and whatever transformers raises."""
    kind = settings["model_type"]
    if kind not in CONFIG_MAPPING:
        raise CheckpointError(
            f"{path}: model_type: transformers {transformers.__version__} knows no {kind!r}. Use a model of another "
            "architecture; code that comes with a model is not run"
        )
    config_class = CONFIG_MAPPING[kind]
    _check_types(settings, config_class, path)
    config = config_class.from_dict(dict(settings))
    with torch.device("meta"):
        return AutoModelForCausalLM.from_config(config, trust_remote_code=False)


def _check_types(settings: Mapping[str, Any], config_class: Any, path: Path) -> None:
    """Raise CheckpointError for a setting that is of another type than its default: older ones take anything."""
    try:
        default = config_class()
    except Exception:  # some have no defaults
        return
    for name, value in settings.items():
        usual = getattr(default, name, None)
        if value is None or usual is None or name.endswith(("_token_id", "dtype")):
            continue
        shape = next((form for kind, form in _FORMS if isinstance(usual, kind)), Anything())
        try:
            check({name: value}, Object({name: shape}), str(path))
        except JsonError as error:
            raise CheckpointError(f"{error}. Download the model again") from error


_FORMS: tuple[tuple[type, Shape], ...] = ((bool, Flag()), (int | float, Number()), (str, Text()))  # type: ignore[assignment]


def _check_missing(information: Mapping[str, Any], path: Path) -> None:
    """Raise CheckpointError where weights are missing, which transformers draws at random."""
    missing = sorted(information["missing_keys"])
    if missing:
        names = f"{', '.join(missing[:3])}{' and others' if len(missing) > 3 else ''}"
        raise CheckpointError(f"{path}: cannot be read with its config.json: its weights lack {names}")


def _check_gguf(path: Path) -> int:
    """Return how many numbers the tensors of a file hold.

    Raises:
        CheckpointError: where the file has no whole header, or asks for other layers or sizes than its tensors have.
    """
    header = read_gguf_header(path, _GGUF_HEADER)  # gguf's own reader counts to whatever a list's length states
    if header is None:
        raise CheckpointError(f"{path}: the model cannot be read: no GGUF file, or cut short. Download it again")
    from gguf import GGUFReader

    reader = GGUFReader(path)
    sizes = {int(size) for tensor in reader.tensors for size in tensor.shape}
    layers = {int(found.group(1)) for name in header.shapes if (found := _LAYER.match(name))}
    for key, field in reader.fields.items():
        name = key.rpartition(".")[2]
        value = field.contents() if name in _GGUF_COUNTS | _GGUF_SIZES else None
        if not isinstance(value, int):
            continue
        if (name in _GGUF_COUNTS and value > len(reader.tensors)) or (name in _GGUF_SIZES and value not in sizes):
            raise CheckpointError(f"{path}: {key}: {value} does not fit its tensors. Download it again")
        if name == "block_count" and any(layer >= value for layer in layers):
            raise CheckpointError(f"{path}: {key}: {value}, and it has tensors of further layers. Download it again")
    return sum(math.prod(shape) for shape in header.shapes.values())


_GGUF_HEADER = 64_000_000
"""Most bytes of a header: that of a language model holds its tokens and the merges of them."""
_LAYER = re.compile(r"blk\.(\d{1,6})\.")
_GGUF_COUNTS = frozenset({"block_count", "expert_count"})
_GGUF_SIZES = frozenset({"embedding_length", "feed_forward_length", "vocab_size"})


def _try(model: Any) -> None:
    """Compute two tokens: what is wrong with settings may show only then. Raises whatever transformers raises."""
    with torch.no_grad():  # not in inference mode: what a model keeps from this pass must stay fit for training
        logits = model(torch.zeros(1, 2, dtype=torch.long, device=model.device)).logits
    if not bool(torch.isfinite(logits).all()):
        raise ValueError("the model computes what is no number")


@contextmanager
def _guarded(path: Path) -> Iterator[None]:
    """Turn what transformers, tokenizers and gguf raise, each its own, into CheckpointError."""
    try:
        yield
    except (CheckpointError, torch.cuda.OutOfMemoryError):
        raise
    except BaseException as error:  # of tokenizers also Rust's panics, which are no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise CheckpointError(
            f"{path}: the model cannot be read: {' '.join(lines)[:300]}. Download it again, or use another model"
        ) from error


def model_over(weights: Any) -> Any:
    """Return the model of transformers that computes with the weights of a `LlamaWeights`, which calls this.

    The parameters are the same objects: what trains or moves one of the two, trains or moves both.
    """
    config = type(AutoConfig.for_model(weights.config.model_type)).from_dict(weights.config.settings)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config, attn_implementation="sdpa", **{_DTYPE: weights.dtype})
    for name, parameter in weights.named_parameters(remove_duplicate=False):
        path, _, last = name.rpartition(".")
        setattr(model.get_submodule(path), last, parameter)
    # Its buffers were made on the meta device, and depend on nothing but the config.
    model.model.rotary_emb = type(model.model.rotary_emb)(config=config)
    model.model.rotary_emb.to(weights.lm_head.weight.device)
    return model.train(weights.training)


@contextmanager
def no_progress_bars() -> Iterator[None]:
    """Keep transformers' progress bars for single files out of ComfyUI's log."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
