"""The zoo's weights as they lie in the repository: safetensors, transformers in 8 bits a weight.

A weight matrix is kept as int8 with one float16 scale a row; everything else as float16. The text encoder is not
kept at all: it is drawn from a seed (text.py).
"""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ..files import write_bytes
from .autoencoder import Autoencoder
from .config import AutoencoderConfig, TransformerConfig
from .lora import lora_tensors
from .transformer import Transformer
from .upscaler import Upscaler

WEIGHTS = Path(__file__).with_name("weights")
# The only key: safetensors writes several in an order that changes from run to run.
METADATA = "nodewright.miniature.2"


def write_transformer(path: Path, model: Transformer) -> None:
    """Write a transformer in 8 bits a weight; the same weights give the same bytes."""
    tensors: dict[str, Tensor] = {}
    for key, value in model.state_dict().items():
        value = value.detach().float()
        if value.ndim < 2:
            tensors[key] = value.half()
            continue
        rows = value.flatten(1)
        scale = (rows.abs().amax(1) / 127).clamp(min=1e-8).half()
        tensors[key] = (rows / scale.float()[:, None]).round().clamp(-127, 127).to(torch.int8).view(value.shape)
        tensors[f"{key}.scale"] = scale
    _write_tensors(path, tensors, {"transformer": {"depth": model.config.depth}})


def read_transformer(path: Path) -> Transformer:
    """Return the network in float32, in evaluation mode.

    Raises FileNotFoundError or ValueError stating what to do.
    """
    tensors, config = read_tensors(path)
    model = Transformer(TransformerConfig(**config["transformer"]))
    model.load_state_dict(dequantised(tensors))
    return model.eval()


def dequantised(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Float32 weights from what write_transformer wrote."""
    found = {}
    for key, value in tensors.items():
        if key.endswith(".scale"):
            continue
        scale = tensors.get(f"{key}.scale")
        whole = value.float()
        found[key] = whole if scale is None else (whole.flatten(1) * scale.float()[:, None]).view(whole.shape)
    return found


def write_autoencoder(path: Path, model: Autoencoder) -> None:
    """Write an autoencoder; the same weights give the same bytes."""
    tensors = {key: value.detach().half() for key, value in model.state_dict().items()}
    _write_tensors(path, tensors, {"autoencoder": {"widths": list(model.config.widths)}})


def read_autoencoder(path: Path) -> Autoencoder:
    """Return the network in float32, in evaluation mode.

    Raises FileNotFoundError or ValueError stating what to do.
    """
    tensors, config = read_tensors(path)
    model = Autoencoder(AutoencoderConfig(widths=tuple(config["autoencoder"]["widths"])))
    model.load_state_dict({key: value.float() for key, value in tensors.items()})
    return model.eval()


def write_lora(path: Path, model: Transformer) -> None:
    """As ComfyUI's LoraLoader reads it: this file is the LoRA, and its metadata are not needed."""
    _write_tensors(path, lora_tensors(model), {"lora": {}})


def write_upscaler(path: Path, model: Upscaler) -> None:
    """As ComfyUI's UpscaleModelLoader reads it, float16."""
    _write_tensors(path, {key: value.detach().half() for key, value in model.state_dict().items()}, {"upscaler": {}})


def read_upscaler(path: Path) -> Upscaler:
    """Return the network in float32, in evaluation mode.

    Raises FileNotFoundError or ValueError stating what to do.
    """
    model = Upscaler()
    model.load_state_dict({key: value.float() for key, value in read_tensors(path)[0].items()})
    return model.eval()


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and config of a file of the zoo. Raises FileNotFoundError or ValueError saying what to do."""
    if not path.is_file():
        raise FileNotFoundError(f"No miniature weights at {path}; train them with miniature/train.py")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if METADATA not in metadata:
                raise ValueError(f"{path} is not a file of the miniature zoo: {METADATA} is missing from its metadata")
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - safe_open is not a dict
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged ({error}); restore it from the repository, or train it again") from error
    return tensors, json.loads(metadata[METADATA])


def _write_tensors(path: Path, tensors: dict[str, Tensor], config: dict[str, object]) -> None:
    contiguous = {key: value.contiguous() for key, value in tensors.items()}
    write_weights(path, save(contiguous, {METADATA: json.dumps(config, sort_keys=True)}))


def write_weights(path: Path, content: bytes) -> None:
    """Write a file of weights, in a folder that is made if it is missing.

    Raises OSError, whose message names the room that is needed when the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_bytes(path, content)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            need = f"{len(content) / 2**20:.0f} MiB"
            raise OSError(error.errno, f"No room for {path}: {need} are needed on its disk") from error
        raise
