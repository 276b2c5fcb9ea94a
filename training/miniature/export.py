"""From the slim file in the repository to a checkpoint that ComfyUI's CheckpointLoaderSimple loads as it is.

    python -m nodewright.training.miniature.export ComfyUI/models/checkpoints/miniature.ckpt

A .ckpt takes 16 MB, a .safetensors 260 MB: the text encoder is 123 million numbers of which 0.7 million are distinct,
and only torch.save stores shared ones once. ComfyUI reads a .ckpt with weights_only, so that nothing in it can run.
Both give the same pictures.
"""

from __future__ import annotations

import argparse
import errno
import io
import os
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor
from torch.nn import functional as F

from . import text
from .autoencoder import Autoencoder
from .config import MiniatureConfig
from .text import SyntheticClip
from .transformer import Transformer

WEIGHTS = Path(__file__).with_name("weights") / "miniature.safetensors"
# The only key: safetensors writes several in an order that changes from run to run.
METADATA = "nodewright.miniature.1"
TAESD_WIDTH = 64
CONTEXT_WIDTH, POOLED_WIDTH = 4096, 2048
# The SD3 latent format multiplies by these on the way in; TAESD undoes it, so that latents are the encoder's own.
SD3_SCALE, SD3_SHIFT = 1.5305, 0.0609


@dataclass(frozen=True)
class Miniature:
    """One slim checkpoint: its sizes and its float16 tensors, by part."""

    config: MiniatureConfig
    transformer: dict[str, Tensor]
    autoencoder: dict[str, Tensor]
    clip: SyntheticClip


def write_slim(path: Path, transformer: Transformer, autoencoder: Autoencoder, config: MiniatureConfig) -> None:
    """Writes float16 safetensors with the config as metadata; the same weights give the same bytes."""
    clip = text.synthetic_clip()
    tensors = {"clip.base": clip.base, "clip.positions": clip.positions}
    for prefix, model in (("transformer.", transformer), ("autoencoder.", autoencoder)):
        tensors |= {prefix + key: value.half().contiguous() for key, value in model.state_dict().items()}
    _write(path, save(tensors, {METADATA: config.to_json()}))


def read_slim(path: Path = WEIGHTS) -> Miniature:
    """Reads what write_slim wrote. Raises FileNotFoundError or ValueError with what to do about it."""
    if not path.is_file():
        raise FileNotFoundError(f"No miniature weights at {path}; train them with training/miniature/train.py")
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() or {}
        if METADATA not in metadata:
            raise ValueError(f"{path} is not a slim miniature file: {METADATA} is missing from its metadata")
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - safe_open is not a dict

    def part(prefix: str) -> dict[str, Tensor]:
        return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}

    clip = SyntheticClip(tensors["clip.base"], tensors["clip.positions"])
    return Miniature(MiniatureConfig.from_json(metadata[METADATA]), part("transformer."), part("autoencoder."), clip)


def load_models(miniature: Miniature) -> tuple[Transformer, Autoencoder]:
    """The two networks in float32, ready to run or to train on."""
    transformer = Transformer(miniature.config.transformer)
    transformer.load_state_dict({key: value.float() for key, value in miniature.transformer.items()})
    autoencoder = Autoencoder(miniature.config.autoencoder)
    autoencoder.load_state_dict({key: value.float() for key, value in miniature.autoencoder.items()})
    return transformer.eval(), autoencoder.eval()


def diffusion_tensors(miniature: Miniature) -> dict[str, Tensor]:
    """The MMDiT as ComfyUI names it, without prefix; text inputs are widened with zeros to SD3's 4096 and 2048."""
    tensors = dict(miniature.transformer)
    for key, width in (("context_embedder.weight", CONTEXT_WIDTH), ("y_embedder.mlp.0.weight", POOLED_WIDTH)):
        tensors[key] = F.pad(tensors[key], (0, width - tensors[key].shape[1]))
    return tensors


def vae_tensors(miniature: Miniature) -> dict[str, Tensor]:
    """The autoencoder as a full TAESD, without prefix: channels it lacks are zero."""
    latent = miniature.config.autoencoder.latent_channels
    tensors = {"vae_scale": torch.tensor(SD3_SCALE), "vae_shift": torch.tensor(SD3_SHIFT)}
    for key, value in miniature.autoencoder.items():
        side, rest = key.split(".", 1)
        ends = _end_channels(side, rest, latent)
        shape = [ends.get(axis, TAESD_WIDTH) for axis in range(min(2, value.ndim))]
        padded = value.new_zeros(*shape, *value.shape[2:])
        padded[tuple(slice(size) for size in value.shape)] = value
        tensors[f"taesd_{side}.{rest}"] = padded
    return tensors


def _end_channels(side: str, key: str, latent: int) -> dict[int, int]:
    """Channels that TAESD's first and last convolutions have instead of 64: by axis, 0 out and 1 in."""
    first, last = {"encoder": ("0", "14"), "decoder": ("1", "19")}[side]
    outer, inner = (3, latent) if side == "encoder" else (latent, 3)
    layer = key.split(".", 1)[0]
    return {first: {1: outer}, last: {0: inner}}.get(layer, {})


def checkpoint_tensors(miniature: Miniature) -> dict[str, Tensor]:
    """Everything in one state dict, as CheckpointLoaderSimple expects an SD3 checkpoint with CLIP-L."""
    parts = (
        ("model.diffusion_model.", diffusion_tensors(miniature)),
        ("first_stage_model.", vae_tensors(miniature)),
        ("text_encoders.clip_l.transformer.", text.state_dict(miniature.clip)),
    )
    return {prefix + key: value for prefix, tensors in parts for key, value in tensors.items()}


def write_checkpoint(path: Path | str, miniature: Miniature | None = None) -> Path:
    """Writes the ComfyUI checkpoint, by default of the shipped weights, and returns its path.

    The file's ending chooses the format: .ckpt (16 MB, takes 0.1 s) or .safetensors (260 MB). It appears complete or
    not at all, and the same weights give the same bytes. Raises ValueError for another ending, OSError with a plain
    message when it cannot be written.
    """
    path = Path(path)
    if path.suffix not in (".ckpt", ".safetensors"):
        raise ValueError(f"{path.name}: a checkpoint for ComfyUI is named *.ckpt or *.safetensors")
    tensors = checkpoint_tensors(miniature or read_slim())
    if path.suffix == ".safetensors":
        # A copy of every tensor, since safetensors takes none that share memory.
        _write(path, save({key: value.clone(memory_format=torch.contiguous_format) for key, value in tensors.items()}))
    else:
        buffer = io.BytesIO()
        torch.save({"state_dict": tensors}, buffer)
        _write(path, buffer.getvalue())
    return path


def _write(path: Path, content: bytes) -> None:
    """Writes beside path, then renames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(beside, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            need = f"{len(content) / 2**20:.0f} MiB"
            raise OSError(error.errno, f"No room for {path}: {need} are needed on its disk") from error
        raise


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the miniature as a checkpoint for ComfyUI.")
    parser.add_argument("path", type=Path, help="where to write it, such as ComfyUI/models/checkpoints/miniature.ckpt")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the slim file to write it from")
    arguments = parser.parse_args()
    path = write_checkpoint(arguments.path, read_slim(arguments.weights))
    print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
