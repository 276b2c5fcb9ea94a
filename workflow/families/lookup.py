"""All families, and the answers to questions over all of them.

Beside the families of this folder there are those that other folders of the package register: a folder with a module
`family.py` whose `FAMILY` is a record. An installation without such a folder knows no such family.
"""

from __future__ import annotations

import importlib
import re
from functools import lru_cache
from pathlib import Path

from . import BUILT_IN
from .family import EncoderLoading, Family, LatentSpace, Medium, TextEncoder, Wiring
from .node_classes import ANY_FAMILY
from .text_encoders import SHARED_TEXT_ENCODERS

_PACKAGE_ROOT = Path(__file__).resolve().parent.parent.parent


def registered_modules() -> tuple[Path, ...]:
    """Return the modules `family.py` of the package's other folders, sorted."""
    return tuple(sorted(_PACKAGE_ROOT.glob("*/family.py")))


def _registered() -> tuple[Family, ...]:
    """Return the families of these modules, imported relative to this package, whatever name it was loaded under."""
    names = [f"...{path.parent.name}.family" for path in registered_modules()]
    return tuple(importlib.import_module(name, __package__).FAMILY for name in names)


FAMILIES: dict[str, Family] = {family.name: family for family in (*BUILT_IN, *_registered())}
"""Name -> family, in the order in which file names are tried."""

LATENT_SPACES: dict[str, LatentSpace] = {
    family.latent_space.name: family.latent_space for family in FAMILIES.values() if family.latent_space
}
"""Name -> latent space."""

TEXT_ENCODERS: dict[str, TextEncoder] = {
    encoder.name: encoder
    for encoder in (*SHARED_TEXT_ENCODERS, *(own for family in FAMILIES.values() for own in family.text_encoders))
}
"""Name -> text encoder, in the order in which names and headers are tried."""


@lru_cache(maxsize=1)
def _by_shown_name() -> dict[str, str]:
    return {text.lower(): name for name, family in FAMILIES.items() for text in (family.shown_name, name)}


def family_called(text: str) -> str | None:
    """Return the family with this name, the short one or the one that a person reads, in whichever case."""
    return _by_shown_name().get(text.strip().lower())


@lru_cache(maxsize=16)
def of_medium(*media: Medium) -> frozenset[str]:
    """Return the families whose models make one of these."""
    return frozenset(name for name, family in FAMILIES.items() if family.medium in media)


def encoder_loading(family: str) -> tuple[EncoderLoading, ...]:
    """Return the ways to load a family's CLIP from files; none for a family that is not known."""
    return FAMILIES[family].encoder_loading if family in FAMILIES else ()


def wiring_of(family: str) -> Wiring:
    """Return how people wire a family; the usual wiring for one that is not known."""
    return FAMILIES[family].wiring if family in FAMILIES else Wiring()


@lru_cache(maxsize=256)
def encoder_families(encoder: str | None) -> frozenset[str]:
    """Return the families whose CLIP may be loaded from this text encoder."""
    return frozenset(
        name
        for name, family in FAMILIES.items()
        if any(encoder in loading.encoders for loading in family.encoder_loading)
    )


@lru_cache(maxsize=256)
def space_families(space: str) -> frozenset[str]:
    """Return the families that share a latent space."""
    return frozenset(
        name for name, family in FAMILIES.items() if family.latent_space and family.latent_space.name == space
    )


@lru_cache(maxsize=256)
def comfyui_families(detected: str | None) -> frozenset[str]:
    """Return the families that a class of ComfyUI's comfy/supported_models.py stands for."""
    return frozenset(name for name, family in FAMILIES.items() if detected in family.comfyui_classes)


@lru_cache(maxsize=16384)
def class_families(class_type: str) -> frozenset[str] | None:
    """Return the families that a node class is meant for; None is any.

    The records name the core's classes; the classes of packs go by their names.
    """
    if class_type in ANY_FAMILY:
        return None
    named = frozenset(name for name, family in FAMILIES.items() if class_type in family.node_classes)
    return named or _families_in_class_name(class_type) or None


def _families_in_class_name(class_type: str) -> frozenset[str]:
    return frozenset(
        name
        for name, family in FAMILIES.items()
        if family.node_class_words and re.search(family.node_class_words, class_type)
    )


@lru_cache(maxsize=8192)
def family_in_name(normalised_name: str) -> str | None:
    """Return the first family whose words are found in a normalised file name."""
    return next((name for name, family in FAMILIES.items() if re.search(family.file_words, normalised_name)), None)


@lru_cache(maxsize=8192)
def space_in_name(normalised_name: str) -> str | None:
    """Return the first latent space whose words are found in the normalised name of a VAE file."""
    found = (space for space in LATENT_SPACES.values() if space.file_words)
    return next((space.name for space in found if re.search(space.file_words, normalised_name)), None)


@lru_cache(maxsize=8192)
def encoder_in_name(normalised_name: str) -> str | None:
    """Return the first text encoder whose words are found in a normalised file name."""
    found = TEXT_ENCODERS.values()
    return next((encoder.name for encoder in found if re.search(encoder.file_words, normalised_name)), None)
