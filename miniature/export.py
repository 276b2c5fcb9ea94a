"""From the zoo's slim files to files that an unmodified ComfyUI loads.

    python -m nodewright.miniature.export ComfyUI/models

writes checkpoints/, loras/ and upscale_models/ (14 files, 100 MB). A .ckpt takes 16 MB, a .safetensors 260 MB: the text
encoder is 123 million numbers of which 0.7 million are distinct, and only torch.save stores shared ones once. ComfyUI
reads a .ckpt with weights_only, so that nothing in it can run. Both give the same pictures.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Collection
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor
from torch.nn import functional as F

from . import text
from .autoencoder import Autoencoder
from .slim import WEIGHTS, read_autoencoder, read_tensors, read_transformer, write_weights
from .transformer import Transformer
from .zoo import BASE, CHECKPOINTS, LORAS, UPSCALERS

TAESD_WIDTH = 64
CONTEXT_WIDTH, POOLED_WIDTH = 4096, 2048
# The SD3 latent format multiplies by these on the way in; TAESD undoes it, so that latents are the encoder's own.
SD3_SCALE, SD3_SHIFT = 1.5305, 0.0609


def zoo_files() -> dict[str, str]:
    """Every member's name, and its path under ComfyUI's models folder."""
    return {
        **{member.name: f"checkpoints/{member.name}.ckpt" for member in CHECKPOINTS},
        **{member.name: f"loras/{member.name}.safetensors" for member in LORAS},
        **{member.name: f"upscale_models/{member.name}.safetensors" for member in UPSCALERS},
    }


def diffusion_tensors(transformer: Transformer) -> dict[str, Tensor]:
    """Return the MMDiT's tensors under ComfyUI's names, without prefix, float16.

    Text inputs are widened with zeros to SD3's 4096 and 2048.
    """
    tensors = {key: value.half() for key, value in transformer.state_dict().items()}
    for key, width in (("context_embedder.weight", CONTEXT_WIDTH), ("y_embedder.mlp.0.weight", POOLED_WIDTH)):
        tensors[key] = F.pad(tensors[key], (0, width - tensors[key].shape[1]))
    return tensors


def vae_tensors(autoencoder: Autoencoder) -> dict[str, Tensor]:
    """Return the tensors of the autoencoder as a full TAESD, without prefix, float16; lacking channels are zero."""
    latent = autoencoder.config.latent_channels
    tensors = {"vae_scale": torch.tensor(SD3_SCALE), "vae_shift": torch.tensor(SD3_SHIFT)}
    for key, value in autoencoder.state_dict().items():
        side, rest = key.split(".", 1)
        ends = _end_channels(side, rest, latent)
        shape = [ends.get(axis, TAESD_WIDTH) for axis in range(min(2, value.ndim))]
        padded = torch.zeros(*shape, *value.shape[2:], dtype=torch.float16)
        padded[tuple(slice(size) for size in value.shape)] = value.half()
        tensors[f"taesd_{side}.{rest}"] = padded
    return tensors


def _end_channels(side: str, key: str, latent: int) -> dict[int, int]:
    """Channels that TAESD's first and last convolutions have instead of 64: by axis, 0 out and 1 in."""
    first, last = {"encoder": ("0", "14"), "decoder": ("1", "19")}[side]
    outer, inner = (3, latent) if side == "encoder" else (latent, 3)
    layer = key.split(".", 1)[0]
    return {first: {1: outer}, last: {0: inner}}.get(layer, {})


def checkpoint_tensors(transformer: Transformer, autoencoder: Autoencoder) -> dict[str, Tensor]:
    """Everything in one state dict, as CheckpointLoaderSimple expects an SD3 checkpoint with CLIP-L."""
    parts = (
        ("model.diffusion_model.", diffusion_tensors(transformer)),
        ("first_stage_model.", vae_tensors(autoencoder)),
        ("text_encoders.clip_l.transformer.", text.state_dict(text.synthetic_clip())),
    )
    return {prefix + key: value for prefix, tensors in parts for key, value in tensors.items()}


def write_checkpoint(path: Path | str, name: str = BASE, weights: Path = WEIGHTS) -> Path:
    """Write one of the zoo's checkpoints for ComfyUI and return its path.

    The file's ending chooses the format: .ckpt (16 MB) or .safetensors (260 MB). The file appears complete or not at
    all, and the same weights give the same bytes.

    Raises:
        ValueError: the path has another ending.
        FileNotFoundError: the zoo has no such member.
        OSError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix not in (".ckpt", ".safetensors"):
        raise ValueError(f"{path.name}: a checkpoint for ComfyUI is named *.ckpt or *.safetensors")
    autoencoder = read_autoencoder(weights / "autoencoder.safetensors")
    tensors = checkpoint_tensors(read_transformer(weights / f"{name}.safetensors"), autoencoder)
    if path.suffix == ".safetensors":
        # A copy of every tensor, since safetensors takes none that share memory.
        content = save({key: value.clone(memory_format=torch.contiguous_format) for key, value in tensors.items()})
    else:
        buffer = io.BytesIO()
        torch.save({"state_dict": tensors}, buffer)
        content = buffer.getvalue()
    write_weights(path, content)
    return path


def write_zoo(models: Path, only: Collection[str] = (), weights: Path = WEIGHTS) -> list[Path]:
    """Write all members, or those in `only`, into the folders of ComfyUI's models folder; return their paths.

    Raises:
        ValueError: a name is not of the zoo.
        FileNotFoundError, OSError: as `write_checkpoint`.
    """
    files = zoo_files()
    strange = [name for name in only if name not in files]
    if strange:
        raise ValueError(f"{strange[0]!r} is not in the zoo; there are {', '.join(files)}")
    written = []
    for name, relative in files.items():
        if only and name not in only:
            continue
        path = models / relative
        if path.suffix == ".ckpt":
            write_checkpoint(path, name, weights)
        else:
            slim = weights / f"{name}.safetensors"
            read_tensors(slim)  # says what is wrong with it, if anything is
            write_weights(path, slim.read_bytes())
        written.append(path)
    return written


def main() -> None:
    """Write the zoo into a ComfyUI's models folder."""
    parser = argparse.ArgumentParser(description="Write the miniature zoo for ComfyUI.")
    parser.add_argument("models", type=Path, help="ComfyUI's models folder")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="members, such as miniature_clay")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="the folder of slim files to write them from")
    arguments = parser.parse_args()
    for path in write_zoo(arguments.models, arguments.only, arguments.weights):
        print(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
