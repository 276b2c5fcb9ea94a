"""What a model file is: its role, the families it serves, and which text encoder it holds.

From the safetensors header where there is one (tensor names and shapes, workflow/families/detection.py), else by name:
GGUF, .ckpt, .pt and .pth files are only known by name, since reading a pickle is not safe, and a GGUF header shows
little more than the name does. Where the header leaves several possibilities (a 4-channel VAE is the same for SD1.5
and SDXL) the name decides between them; what neither shows stays unknown: no families.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..families.detection import (
    checkpoint_parts,
    controlnet_families,
    diffusion_families,
    encoder_kinds,
    lora_families,
    vae_spaces,
)
from ..families.headers import Shapes, highest_number, size_of
from ..families.lookup import FAMILIES, encoder_families, encoder_in_name, family_in_name, space_families, space_in_name
from ..families.names import normalised
from .safetensors_header import HeaderError, SafetensorsHeader, read_header

logger = logging.getLogger(__name__)

ALL_PARTS = frozenset({"MODEL", "CLIP", "VAE"})

Detect = Callable[[str, SafetensorsHeader, bool], frozenset[str]]
"""The families that another detection sees in a header; empty where it sees none.

Its arguments are the file's name, its header, and whether the file is a whole checkpoint.
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a file is."""

    role: str
    """One of the values of FOLDER_ROLES, or "unknown"."""
    families: frozenset[str] = frozenset()
    """The families that it is part of or serves; empty where that is not known."""
    encoder: str | None = None
    """Which text encoder it is; None for other files and for unknown ones."""
    scale: int | None = None
    """How many times larger an upscaler makes a picture; None for other files and where that is not known."""
    parts: frozenset[str] = frozenset()
    """Which of "MODEL", "CLIP", "VAE" a checkpoint contains; empty: not known, taken as all three."""


FOLDER_ROLES: dict[str, str] = {
    "checkpoints": "checkpoint",
    "diffusion_models": "diffusion_model",
    "vae": "vae",
    "vae_approx": "vae_approx",
    "text_encoders": "text_encoder",
    "loras": "lora",
    "controlnet": "controlnet",
    "upscale_models": "upscaler",
    "latent_upscale_models": "latent_upscaler",
    "clip_vision": "clip_vision",
    "style_models": "style_model",
    "embeddings": "embedding",
    "hypernetworks": "hypernetwork",
    "gligen": "gligen",
    "photomaker": "photomaker",
    "model_patches": "model_patch",
    "audio_encoders": "audio_encoder",
}
"""Folder under models/ -> role of the files in it."""


def identify_file(folder: str, name: str, path: Path, detect: Detect | None = None) -> Identity:
    """Return what one file of models/`folder` is.

    Only .safetensors and .sft files are opened, and of those only the header is read. A file whose header cannot be
    understood has the role "unknown", with a warning in the log.

    Args:
        folder: the folder under models/, as ComfyUI names it.
        name: the file's name as ComfyUI lists it.
        path: where the file is.
        detect: another detection of checkpoints and diffusion models, such as ComfyUI's own. What it sees comes
            before the rules of the families; where it sees several families, the rules decide between them.

    Raises:
        OSError: the file cannot be read.
    """
    if path.suffix.lower() not in (".safetensors", ".sft"):
        return identify(folder, name)
    try:
        header = read_header(path)
    except HeaderError as error:
        logger.warning("No model can be loaded from %s, so Nodewright does not use it: %s", name, error)
        return Identity("unknown")
    ours = identify(folder, name, header.shapes)
    if detect is None or ours.role not in ("checkpoint", "diffusion_model"):
        return ours
    families = detect(name, header, ours.role == "checkpoint")
    if not families:
        return ours
    families = families & ours.families or (families if len(families) == 1 else frozenset())
    parts = (ours.parts | {"MODEL"}) & ALL_PARTS if ours.role == "checkpoint" else frozenset()
    return Identity(ours.role, families, parts=parts)


def identify(folder: str, name: str, shapes: Shapes | None = None) -> Identity:
    """Return what the file `name` in models/`folder` is.

    From its tensor names and shapes where there are any, and by name for what they leave open.
    """
    role = FOLDER_ROLES.get(folder, "unknown")
    if role == "text_encoder":
        return _text_encoder(name, shapes)
    if role in ("vae", "vae_approx"):
        return Identity(role, _vae(name, shapes))
    if role == "upscaler":
        scale = upscaler_scale(shapes) if shapes else None
        return Identity(role, scale=scale or _scale_by_name(name))
    if role in ("clip_vision", "audio_encoder", "unknown"):
        return Identity(role)
    named = _family_by_name(name)
    if not shapes:
        return Identity(role, named)
    if role == "checkpoint":
        families = _decide(diffusion_families(shapes), named)
        reads_text = all(FAMILIES[family].reads_text for family in families)
        return Identity(role, families, parts=checkpoint_parts(shapes, reads_text))
    if role == "diffusion_model":
        return Identity(role, _decide(diffusion_families(shapes), named))
    if role == "lora":
        return Identity(role, _decide(lora_families(shapes), named))
    if role == "controlnet":
        return Identity(role, _decide(controlnet_families(shapes), named))
    return Identity(role, named)


def _decide(possible: frozenset[str] | None, named: frozenset[str]) -> frozenset[str]:
    """Return one family out of those that the shapes allow (None: they show nothing) and the one in the name."""
    if possible is None:
        return named
    if len(possible) == 1:
        return possible
    return named & possible


def _family_by_name(name: str) -> frozenset[str]:
    family = family_in_name(normalised(name))
    if family is None and re.search(r"[/\\]", name):  # people sort their files into folders by family
        family = family_in_name(normalised(re.split(r"[/\\]", name)[-2]))
    return frozenset() if family is None else frozenset({family})


# ---- VAEs, text encoders, upscalers ------------------------------------------------------------------------------


def _vae(name: str, shapes: Shapes | None) -> frozenset[str]:
    named = space_in_name(normalised(name))
    spaces = vae_spaces(shapes) if shapes else None
    if spaces is None:
        return space_families(named) if named is not None else _vae_by_family(name, None)
    if len(spaces) == 1:
        return space_families(next(iter(spaces)))
    if named is not None:
        return space_families(named) if named in spaces else frozenset()
    return _vae_by_family(name, spaces)


def _vae_by_family(name: str, spaces: frozenset[str] | None) -> frozenset[str]:
    """Return the families of the latent space, among `spaces` (None: any), whose family is in the name."""
    for family in _family_by_name(name):
        space = FAMILIES[family].latent_space
        if space is not None and (spaces is None or space.name in spaces):
            return space_families(space.name)
    return frozenset()


def _text_encoder(name: str, shapes: Shapes | None) -> Identity:
    named = encoder_in_name(normalised(name))
    kinds = encoder_kinds(shapes) if shapes else None
    encoder = named
    if kinds is not None:  # the first is what a header alone stands for
        encoder = named if named in kinds else next(iter(kinds), None)
    return Identity("text_encoder", encoder_families(encoder), encoder)


def _scale_by_name(name: str) -> int | None:
    match = re.search(r"(?:^|_)x?([1248])x(?:_|plus|[a-z]|$)|x([1248])(?:_|plus|$)", normalised(name))
    return int(match[1] or match[2]) if match else None


def upscaler_scale(shapes: Shapes) -> int | None:
    """Return how many times larger an upscaler makes a picture; None where the architecture is not known.

    Known are ESRGAN under its old and new names, and Real-ESRGAN compact.
    """
    if "conv_up1.weight" in shapes and "conv_first.weight" in shapes:
        # Pixels may be unshuffled before the network.
        folded = {3: 1, 12: 2, 48: 4}.get(size_of(shapes, "conv_first.weight", 1) or 0)
        return None if folded is None else 4 // folded
    numbers = sorted(int(m[1]) for key in shapes if (m := re.fullmatch(r"model\.(\d+)\.weight", key)))
    if len(numbers) >= 3 and "model.1.sub.0.RDB1.conv1.0.weight" in shapes:
        return 2 ** (len(numbers) - 3)  # all but the first and the last two convolutions double the size
    last = highest_number(shapes, r"^body\.(\d+)\.weight$")
    if last > 0 and len(shapes[f"body.{last}.weight"]) == 4:
        scale = round((shapes[f"body.{last}.weight"][0] / 3) ** 0.5)
        return scale if scale * scale * 3 == shapes[f"body.{last}.weight"][0] else None
    return None
