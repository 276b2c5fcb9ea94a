"""What a model file is: its role, the families it serves, what it holds, and why no workflow is written with it.

From the safetensors header where there is one (tensor names and shapes, `contents.py` and
workflow/families/detection.py), else by name: .ckpt, .pt and .pth files are only known by name, since reading a
pickle is not safe; of GGUF files the header of a diffusion model says as much. Where the header leaves several
possibilities (a 4-channel VAE is the same for SD1.5 and SDXL) the metadata, then the name decide between them; what
none of them shows stays unknown: no families. A file that is no model of its folder, or of another task than text to
image, keeps the reason.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..families.detection import (
    checkpoint_parts,
    controlnet_families,
    diffusion_families,
    diffusion_task,
    encoder_kinds,
    lora_families,
    lora_task,
    vae_spaces,
)
from ..families.headers import LoraLayers, Shapes, highest_number, size_of
from ..families.lookup import (
    FAMILIES,
    LATENT_SPACES,
    TEXT_ENCODERS,
    encoder_families,
    encoder_in_name,
    family_in_name,
    space_families,
    space_in_name,
)
from ..families.metadata import families_in_metadata
from ..families.names import normalised
from ..families.tasks import lora_task_in_name, task_in_name
from ..families.well_known import well_known
from .contents import FOLDER_KINDS, FORMATS, KINDS, format_in_name, kinds_of, storage_format
from .file_facts import NO_FACTS, FileFacts, file_facts
from .gguf_header import GgufHeader, read_gguf_header
from .safetensors_header import HeaderError, SafetensorsHeader, read_header
from .sidecars import FOLDERS_WITH_SIDECARS

logger = logging.getLogger(__name__)

ALL_PARTS = frozenset({"MODEL", "CLIP", "VAE"})

MAXIMUM_SCALE = 16
"""Times that an upscaler may enlarge; those that people have reach 8."""

Detect = Callable[[str, SafetensorsHeader, bool], "frozenset[str] | None"]
"""The families that another detection sees in a header; empty where it sees a model of no family of ours, None where
it sees none.

Its arguments are the file's name, its header, and whether the file is a whole checkpoint.
"""

_MAIN_FOLDERS = ("checkpoints", "diffusion_models")
_UNREAD = (".ckpt", ".pt", ".pth", ".bin")  # pickles
_VISION_PART = "is the vision part of a text encoder, which is loaded with the encoder beside it"
# Architectures of GGUF files that are text encoders (llama.cpp's names).
_LANGUAGE_MODELS = frozenset({
    "t5", "t5encoder", "llama", "qwen2", "qwen2vl", "qwen3", "qwen3vl", "gemma", "gemma2", "gemma3", "mistral3",
})  # fmt: skip
NO_MODEL = "holds no diffusion model that is known here"
"""Why a main model is not used that may be newer than the rules."""
_SHARD = re.compile(r"[-_](\d{4,6})-of-(\d{4,6})(?=\.)")
# Text encoders that people put among the checkpoints, where the name begins with theirs.
_ENCODER_NAME = re.compile(
    r"(u?mt5|t5|byt5)(_|x|v|\d|$)|clip_[lgh](_|$)|clip_vit|vit_l_14|qwen_?\d|(gemma|llama|ministral|mistral)_?\d"
)


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
    """Which of "MODEL", "CLIP", "VAE" a checkpoint contains; all three where its header cannot be read."""
    format: str | None = None
    """How its weights are stored, where ComfyUI's own loaders cannot read that (`contents.FORMATS`)."""
    unusable: str | None = None
    """Why no workflow is written with it: a sentence without a subject, such as "looks like a LoRA; move it to
    models/loras". None where one may be."""
    facts: FileFacts = NO_FACTS
    """What its header and the files beside it state."""


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


def identify_file(
    folder: str, name: str, path: Path, detect: Detect | None = None, sidecars: Iterable[Path] = ()
) -> Identity:
    """Return what one file of models/`folder` is.

    Only .safetensors, .sft and .gguf files are opened, and of those only the header is read. A .safetensors file that
    cannot be read, or whose header cannot be understood, has the role "unknown", with a warning in the log.

    Args:
        folder: the folder under models/, as ComfyUI names it.
        name: the file's name as ComfyUI lists it.
        path: where the file is.
        detect: another detection of checkpoints and diffusion models, such as ComfyUI's own. What it sees comes
            before the rules of the families; where it sees several families, the rules decide between them.
        sidecars: the files beside it that describe it (`sidecars.Sidecars.of`).

    Raises:
        OSError: the file cannot be read.
    """
    metadata: Mapping[str, str] = {}
    if path.suffix.lower() == ".gguf":
        found = _identify_gguf(folder, name, read_gguf_header(path))
    elif path.suffix.lower() not in (".safetensors", ".sft"):
        path.stat()  # a link may lead nowhere
        found = identify(folder, name)
    else:
        try:
            header = read_header(path)
        except HeaderError as error:
            logger.warning("Nodewright does not use the model %s", error)
            return Identity("unknown", unusable=f"cannot be read: {error.reason}")
        found, metadata = _identify_safetensors(folder, name, header, detect), header.metadata
    found = _with_facts(folder, name, found, metadata, sidecars)
    if not found.families and found.facts.base and path.suffix.lower() in _UNREAD:  # nothing else shows it
        return replace(found, families=families_in_metadata({"ss_base_model_version": found.facts.base}))
    return found


def _with_facts(
    folder: str, name: str, found: Identity, metadata: Mapping[str, str], sidecars: Iterable[Path]
) -> Identity:
    """Return an identity with what is stated and known of a file that is chosen by what it shows."""
    if folder not in FOLDERS_WITH_SIDECARS or found.role == "unknown":
        return found
    known = well_known(name, lora=folder == "loras")
    if known is not None and found.families and known.family not in found.families:
        known = None  # another file of the same name
    return replace(found, facts=file_facts(metadata, sidecars, known))


def _identify_safetensors(folder: str, name: str, header: SafetensorsHeader, detect: Detect | None) -> Identity:
    """Return what a safetensors file is, by the rules of the families and by another detection (`identify_file`)."""
    ours = identify(folder, name, header.shapes, header.metadata)
    if detect is None or folder not in _MAIN_FOLDERS or ours.format is not None:
        return ours
    if ours.role == "unknown" and ours.unusable != NO_MODEL:
        return ours
    families = detect(name, header, folder == "checkpoints")
    if families is None:
        return Identity("unknown", unusable="holds no model that this version of ComfyUI recognises")
    if ours.role == "unknown":  # a model that is newer than the rules
        ours = Identity(FOLDER_ROLES[folder], parts=checkpoint_parts(header.shapes, families))
    if families:
        families = families & ours.families or (families if len(families) == 1 else frozenset())
    else:
        families = ours.families
    parts = ours.parts | {"MODEL"} if ours.role == "checkpoint" else frozenset()
    return replace(ours, families=families, parts=parts)


def identify(
    folder: str, name: str, shapes: Shapes | None = None, metadata: Mapping[str, str] | None = None
) -> Identity:
    """Return what the file `name` in models/`folder` is.

    From its tensor names and shapes where there are any, then by its metadata, and by name for what they leave open.

    Args:
        folder: the folder under models/, as ComfyUI names it.
        name: the file's name as ComfyUI lists it.
        shapes: shapes of its tensors; None where its header is not read.
        metadata: what the file's author stored in the header.
    """
    reason = _unusable_by_name(folder, name, shapes is None)
    if reason is None and shapes is not None:
        reason = _misplaced(folder, shapes)
    if reason is not None:
        return Identity("unknown", unusable=reason)
    stored = format_in_name(normalised(name)) if shapes is None else storage_format(shapes, metadata or {})
    if stored is not None and not FORMATS[stored].class_words:
        return Identity("unknown", format=stored, unusable=unreadable_format(stored))
    if folder in _MAIN_FOLDERS:
        found = _main_model(folder, name, shapes, metadata or {})
    else:
        found = _other_model(folder, name, shapes, metadata or {})
    if found.role == "unknown" and stored is not None:  # quantised layers have names of their own
        found = Identity(FOLDER_ROLES.get(folder, "unknown"), _told(folder, name, metadata or {}))
    found = found if stored is None else replace(found, format=stored)
    return _with_facts(folder, name, found, {}, ())


def _identify_gguf(folder: str, name: str, header: GgufHeader | None) -> Identity:
    """Return what a GGUF file is: by its name, and by its header where rules know what that shows.

    Diffusion models keep the names of their tensors; those of language models are llama.cpp's own.
    """
    named = identify(folder, name)
    if header is None or named.role == "unknown":
        return named
    if header.architecture == "clip":
        return Identity("unknown", unusable=_VISION_PART)
    possible = diffusion_families(header.shapes)
    if folder == "text_encoders" and possible is not None:
        return Identity("unknown", unusable=_move("diffusion_model"))
    if folder not in _MAIN_FOLDERS:
        return named
    if header.architecture in _LANGUAGE_MODELS:
        return Identity("unknown", unusable=_move("text_encoder"))
    return named if possible is None else _main_model(folder, name, header.shapes, {})


def unreadable_format(stored: str) -> str:
    """Return why no workflow is written with a file that is stored in one of `contents.FORMATS`."""
    it = FORMATS[stored]
    remedy = f"; its loader is in the pack {it.pack}, which is not installed" if it.pack else ""
    return f"is {it.words}, which no installed loader reads{remedy}"


def _main_model(folder: str, name: str, shapes: Shapes | None, metadata: Mapping[str, str]) -> Identity:
    """Return what a checkpoint or a diffusion model is."""
    role = FOLDER_ROLES[folder]
    told = _told(folder, name, metadata)
    if shapes is None:
        task = task_in_name(normalised(name), False)
        parts = ALL_PARTS if role == "checkpoint" else frozenset()
        return Identity(role, told, parts=parts, unusable=_other_task(task))
    possible = diffusion_families(shapes)
    if possible is None:  # of a family with a rule it would be known
        told = frozenset(family for family in told if FAMILIES[family].diffusion is None)
    families = _decide(possible, told)
    parts = checkpoint_parts(shapes, families)
    if "MODEL" not in parts and not families:
        return Identity("unknown", unusable=NO_MODEL)
    task = next((task for family in families if (task := diffusion_task(shapes, family))), None)
    asked = any(FAMILIES[family].task for family in families)
    task = task or task_in_name(normalised(name), asked)
    parts = parts | {"MODEL"} if role == "checkpoint" else frozenset()
    return Identity(role, families, parts=parts, unusable=_other_task(task))


def _other_model(folder: str, name: str, shapes: Shapes | None, metadata: Mapping[str, str]) -> Identity:
    """Return what a file of a folder without main models is."""
    role = FOLDER_ROLES.get(folder, "unknown")
    told = _told(folder, name, metadata)
    match role:
        case "text_encoder":
            return _text_encoder(name, shapes)
        case "vae" | "vae_approx":
            return Identity(role, _vae(name, shapes))
        case "upscaler":
            return _upscaler(name, shapes)
        case "lora":
            layers = LoraLayers(shapes or {})
            task = lora_task(layers) or lora_task_in_name(normalised(name))
            families = _decide(lora_families(layers), told) if shapes else told
            return Identity(role, families, unusable=_other_task(task))
        case "controlnet":
            return Identity(role, _decide(controlnet_families(shapes), told) if shapes else told)
        case "clip_vision" | "audio_encoder" | "unknown":
            return Identity(role)
    return Identity(role, told)


# ---- why a file is not used --------------------------------------------------------------------------------------


def _unusable_by_name(folder: str, name: str, unread: bool) -> str | None:
    """Return what the name shows that no loader loads, or None."""
    plain = normalised(name)
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return "has a name that is not Unicode, which no request can state; rename it"
    shard = _SHARD.search(name)
    if shard and int(shard[2]) > 1:
        return f"is part {int(shard[1])} of a model in {int(shard[2])} files, which no loader puts together"
    if re.search(r"(^|_)mm_?proj(_|$)", plain):
        return _VISION_PART
    if unread and folder in _MAIN_FOLDERS and _ENCODER_NAME.match(plain) and family_in_name(plain) is None:
        return _move("text_encoder")
    return None


def _misplaced(folder: str, shapes: Shapes) -> str | None:
    """Return what a file is that no loader of its folder loads, or None."""
    wanted, kinds = FOLDER_KINDS.get(folder), kinds_of(shapes)
    if wanted is None or not kinds or kinds & wanted:
        return None
    return _move(next(name for name in KINDS if name in kinds))


def _move(kind: str) -> str:
    return f"looks like {KINDS[kind].words}; move it to models/{KINDS[kind].folder}"


def _other_task(task: str | None) -> str | None:
    return None if task is None else f"is made {task}, not for pictures from text alone"


# ---- families ----------------------------------------------------------------------------------------------------


def _decide(possible: frozenset[str] | None, told: frozenset[str]) -> frozenset[str]:
    """Return one family out of those that the shapes allow (None: they show nothing) and those that are told.

    A fine-tune's trainer writes one family, and the name another at times; the shapes decide between the two.
    """
    if possible is not None and len(possible) == 1:
        return possible
    left = told if possible is None else told & possible
    return left if len(left) == 1 else frozenset()


def _told(folder: str, name: str, metadata: Mapping[str, str]) -> frozenset[str]:
    """Return the families in the metadata, or where they state none, that in the name, or of the known file."""
    told = families_in_metadata(metadata) or _family_by_name(name)
    if told or folder not in FOLDERS_WITH_SIDECARS:
        return told
    known = well_known(name, lora=folder == "loras")
    return told if known is None else frozenset({known.family})


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
        if named is None:
            return _vae_by_family(name, None)
        # A VAE of a space whose layout is known would be known.
        return space_families(named) if not shapes or LATENT_SPACES[named].layout is None else frozenset()
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
    elif shapes and named and TEXT_ENCODERS[named].layout and "text_encoder" not in kinds_of(shapes):
        encoder = None
    return Identity("text_encoder", encoder_families(encoder), encoder)


def _upscaler(name: str, shapes: Shapes | None) -> Identity:
    scale = upscaler_scale(shapes) if shapes else None
    if scale is not None and scale > MAXIMUM_SCALE:
        return Identity("unknown", unusable=f"would enlarge more than {MAXIMUM_SCALE} times, as no upscaler does")
    return Identity("upscaler", scale=scale or _scale_by_name(name))


def _scale_by_name(name: str) -> int | None:
    match = re.search(r"(?:^|_)x?([1248])x(?:_|plus|[a-z]|$)|x([1248])(?:_|plus|$)", normalised(name))
    return int(match[1] or match[2]) if match else None


def upscaler_scale(shapes: Shapes) -> int | None:
    """Return how many times larger an upscaler makes a picture; None where the architecture is not known.

    Known are ESRGAN under its old and new names, and Real-ESRGAN compact. What a header claims may be absurd; more than
    twice MAXIMUM_SCALE is not counted.
    """
    if "conv_up1.weight" in shapes and "conv_first.weight" in shapes:
        # Pixels may be unshuffled before the network.
        folded = {3: 1, 12: 2, 48: 4}.get(size_of(shapes, "conv_first.weight", 1) or 0)
        return None if folded is None else 4 // folded
    numbers = [key for key in shapes if re.fullmatch(r"model\.\d+\.weight", key)]
    if len(numbers) >= 3 and "model.1.sub.0.RDB1.conv1.0.weight" in shapes:
        return 2 ** min(len(numbers) - 3, 5)  # all but the first and the last two convolutions double the size
    last = highest_number(shapes, r"^body\.(\d+)\.weight$")
    channels = size_of(shapes, f"body.{last}.weight", 0) or 0
    if last > 0 and len(shapes.get(f"body.{last}.weight", ())) == 4:
        scale = math.isqrt(channels // 3)
        return min(scale, 2 * MAXIMUM_SCALE) if scale * scale * 3 == channels else None
    return None
