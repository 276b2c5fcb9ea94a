"""Find parts of different families in one sampling: what ends in "mat1 and mat2 shapes cannot be multiplied".

Families are those of the files' own headers, where these are at hand, and of their names otherwise. Where a family is
not known, nothing is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..catalog.catalog import ModelFile
from ..catalog.identify import NO_MODEL
from ..families.family import LatentSpace
from ..families.lookup import FAMILIES, class_families, encoder_loading, space_families
from ..grammar.loaders import holds
from ..graph import Link
from ..picture_sizes import given
from ..sense.roles import is_empty_latent, samples
from .findings import Severity
from .origins import Origins, family_of

MISMATCH = '"mat1 and mat2 shapes cannot be multiplied"'
"""What ComfyUI reports when a model gets the texts of another family's encoder."""
_ANY_EIGHTH = ("EmptyLatentImage", "EmptySD3LatentImage")
"""Empty latents of an eighth of the picture's side, which ComfyUI gives the channels that the model takes."""
_ALIKE_SPACES = frozenset({"wan", "qwen_image"})
"""Latent spaces of one architecture whose VAEs people exchange on purpose."""
_ALIKE_LORAS = {"chroma": frozenset({"flux"}), "chroma_radiance": frozenset({"flux", "chroma"})}
"""Families whose models take the LoRAs of other families."""
_TYPES_THAT_COUNT = frozenset({"sd3", "hidream"})
"""Types of CLIPLoader that make another text encoder of the same file; for the others the file alone decides."""

Part = Literal["encoder", "vae", "lora", "controlnet", "latent", "held", "file"]


@dataclass(frozen=True, slots=True)
class Misfit:
    """A part that does not fit the main model."""

    part: Part
    """What it is."""
    index: int
    """The node that it comes from, or that takes it."""
    input: str | None
    """The input that it concerns."""
    family: str
    """The family that it would have to fit; empty where that does not count."""
    severity: Severity
    message: str
    join: int = -1
    """The node in which the part meets the main model, or what it samples."""
    sampling: int = -1
    """The sampling whose main model it would have to fit; -1 where that is `join`."""
    link: Link | None = None
    """The output that holds nothing, for part "held"."""


def misfits(origins: Origins) -> list[Misfit]:
    """Return the parts that do not fit, each once."""
    found: dict[tuple[object, ...], Misfit] = {}
    for rule in (_unusable, _not_held, _encoders, _vaes, _first_latents, _loras, _controlnets):
        for each in rule(origins):
            found.setdefault((each.part, each.index, each.input, each.family, each.message), each)
    return list(found.values())


# ---- files ---------------------------------------------------------------------------------------------------------


def _unusable(origins: Origins) -> Iterator[Misfit]:
    """Find files that lie in the wrong folder or cannot be read."""
    for index, _, _ in origins.reading:
        for spec, name, file in origins.reading.files(index):
            if file is not None and cannot_be_loaded(file):
                yield Misfit("file", index, spec.name, "", "error", f"models/{file.folder}/{name} {file.unusable}")


def cannot_be_loaded(file: ModelFile) -> bool:
    """Return whether a file is known to be nothing that a loader of its folder loads, rather than too new."""
    return file.role == "unknown" and file.unusable not in (None, NO_MODEL)


def _not_held(origins: Origins) -> Iterator[Misfit]:
    """Find outputs of a checkpoint that are used although the file holds nothing for them."""
    reading = origins.reading
    for link in sorted(reading.taken, key=lambda link: (link.node, link.slot)):
        file, kind = reading.main_loaders.get(link.node), reading.type_of(link)
        if file is None or file.role != "checkpoint" or kind not in ("CLIP", "VAE") or holds(file, kind):
            continue
        if origins.main_file(link.node) is not file or not file.parts:
            continue
        words, loader = ("text encoder", "CLIPLoader") if kind == "CLIP" else ("VAE", "VAELoader")
        family = family_of(file)
        yield Misfit(
            "held", link.node, None, family or "", "error",
            f"{file.name} holds no {words}, so its {kind} output gives nothing: load one with "
            f"{_loader_words(family, loader) if kind == 'CLIP' else loader} and link it instead", link=link,
        )  # fmt: skip


def _loader_words(family: str | None, otherwise: str) -> str:
    loadings = encoder_loading(family or "")
    return f"{loadings[0].loader} ({wanted_encoders(family or '')})" if loadings else otherwise


# ---- text encoders -------------------------------------------------------------------------------------------------


def _encoders(origins: Origins) -> Iterator[Misfit]:
    for index, family, main in origins.joins:
        if not any(True for _ in origins.reading.links_of_type(index, "CONDITIONING")):
            continue
        for origin in sorted(origins.into(index, "CONDITIONING")):
            wrong = encoder_problem(origins, origin, family) if origin >= 0 else None
            if wrong is not None:
                name, message = wrong
                model = _named(origins, main)
                yield Misfit(
                    "encoder", origin, name, family, "error",
                    f"{message}, but {model} is {_shown(family)}, whose text encoder is {wanted_encoders(family)}; "
                    f"sampling stops with {MISMATCH} or reads nonsense", index,
                )  # fmt: skip


def encoder_problem(origins: Origins, origin: int, family: str) -> tuple[str | None, str] | None:
    """Return the input and the fault of a node that gives a CLIP, where that does not fit a family; None otherwise."""
    loadings = encoder_loading(family)
    main = origins.main_file(origin)
    if main is not None:
        other = family_of(main)
        if other is None or other == family or not loadings or set(encoder_loading(other)) & set(loadings):
            return None
        return None, f"the prompt is encoded by {main.name}, which is {_shown(other)}"
    slots = [
        (spec.name, file) for spec, _, file in origins.reading.files(origin) if spec.folder == "text_encoders"
    ]  # fmt: skip
    wanted = {name for loading in loadings for name in loading.encoders}
    if not slots or not wanted:
        return None
    for name, file in slots:
        if file is not None and file.encoder is not None and file.encoder not in wanted:
            return name, f"the prompt is encoded by {file.name} ({file.encoder})"
    return _wrong_type(origins, origin, family, slots)


def _wrong_type(
    origins: Origins, origin: int, family: str, slots: list[tuple[str, ModelFile | None]]
) -> tuple[str | None, str] | None:
    """Return the fault of a loader whose type makes another text encoder of the files than the family reads."""
    kind = given(origins.reading.node(origin), "type")
    types = {loading.type for loading in encoder_loading(family)}
    names = " and ".join(file.name for _, file in slots if file is not None)
    if not isinstance(kind, str) or None in types or any(file is None or file.encoder is None for _, file in slots):
        return None
    counts = len(slots) > 1 or kind in _TYPES_THAT_COUNT or not types.isdisjoint(_TYPES_THAT_COUNT)
    t5_alone = len(slots) == 1 and kind in _TYPES_THAT_COUNT and "t5xxl" in {file.encoder for _, file in slots if file}
    if counts and not t5_alone and kind not in types:
        return "type", f"the type of the text encoder {names} is {kind!r}"
    if family in ("sdxl",) and len(slots) == 1 and slots[0][1] is not None:
        return slots[0][0], f"the prompt is encoded by {names} alone"
    return None


def wanted_encoders(family: str) -> str:
    """Return what encodes the texts of a family, in words: "clip_l and t5xxl, type 'flux'"."""
    loadings = encoder_loading(family)
    if not loadings:
        return "not known"
    kind = "" if loadings[0].type is None else f", type {loadings[0].type!r}"
    return " and ".join(loadings[0].encoders) + kind


# ---- VAEs and latents ----------------------------------------------------------------------------------------------


def _vaes(origins: Origins) -> Iterator[Misfit]:
    """Find VAEs that read or write latents of another space than the main model's."""
    reading = origins.reading
    for index, _, node_class in reading:
        if samples(node_class):
            yield from _given_latents(origins, index)
        vaes = origins.into(index, "VAE")
        if not vaes or not any(True for _ in reading.links_of_type(index, "LATENT")):
            continue
        for sampled in origins.into(index, "LATENT"):
            family = _sampled_family(origins, sampled)
            for vae in vaes if family is not None else ():
                yield from _vae_misfit(origins, vae, family or "", index, sampled)


def _given_latents(origins: Origins, index: int) -> Iterator[Misfit]:
    """Find pictures that a VAE of another space encoded for a sampling."""
    family = _sampled_family(origins, index)
    for origin in origins.into(index, "LATENT") if family is not None else ():
        node_class = origins.reading.class_of(origin) if origin >= 0 else None
        if node_class is None or samples(node_class) or is_empty_latent(node_class):
            continue
        for vae in origins.into(origin, "VAE"):
            yield from _vae_misfit(origins, vae, family or "", origin, index)


def _sampled_family(origins: Origins, index: int) -> str | None:
    node_class = origins.reading.class_of(index) if index >= 0 else None
    if node_class is None or not samples(node_class):
        return None
    return origins.family_of(models_of(origins, index))


def models_of(origins: Origins, index: int) -> frozenset[int]:
    """Return the origins of the MODEL that a node samples with, its own or its guider's."""
    found = origins.into(index, "MODEL")
    guiders = (link.node for _, link in origins.reading.links_of_type(index, "GUIDER"))
    return found or frozenset[int]().union(*(origins.into(guider, "MODEL") for guider in guiders))


def _vae_misfit(origins: Origins, vae: int, family: str, join: int, sampler: int) -> Iterator[Misfit]:
    space, model = FAMILIES[family].latent_space, _named(origins, models_of(origins, sampler))
    file = _vae_file(origins, vae)
    if space is None or file is None:
        return
    name, served, other = file
    if family in served or not served:
        return
    spaces = {found.name for each in served if (found := _space_of(each)) is not None}
    if not spaces or space.name in spaces or (space.name in _ALIKE_SPACES and spaces & _ALIKE_SPACES):
        return
    harm = "the picture comes out wrong" if _same_channels(space.name, spaces) else "decoding fails"
    yield Misfit(
        "vae", vae, other, family, "warning" if _same_channels(space.name, spaces) else "error",
        f"the VAE {name} is for {_listed(served)}, but {model} is {_shown(family)}, so {harm}: "
        f"load a VAE for {_shown(family)}" + (f", such as {space.files[0]}" if space.files else ""), join, sampler,
    )  # fmt: skip


def _vae_file(origins: Origins, vae: int) -> tuple[str, frozenset[str], str | None] | None:
    """Return name, families and input of the file that a VAE comes from; None where that is not known."""
    main = origins.main_file(vae)
    if main is not None:
        family = family_of(main)
        space = _space_of(family) if family is not None else None
        return None if space is None else (f"of {main.name}", space_families(space.name), None)
    names = (
        [(spec.name, file) for spec, _, file in origins.reading.files(vae) if spec.folder == "vae"] if vae >= 0 else []
    )
    if len(names) != 1 or names[0][1] is None:
        return None
    return names[0][1].name, names[0][1].families, names[0][0]


def _space_of(family: str) -> LatentSpace | None:
    record = FAMILIES.get(family)
    return None if record is None else record.latent_space


def _same_channels(space: str, others: set[str]) -> bool:
    return any({space, *others} <= alike for alike in ({"sd", "sdxl"}, {"flux", "sd3"}))


def _first_latents(origins: Origins) -> Iterator[Misfit]:
    """Find empty latents of a kind that the main model does not start from."""
    reading = origins.reading
    for index in reading.samplers:
        family = _sampled_family(origins, index)
        record = FAMILIES.get(family or "")
        if record is None or record.medium != "picture" or record.sampling is None:
            continue
        for origin in origins.into(index, "LATENT"):
            node_class = reading.class_of(origin) if origin >= 0 else None
            if node_class is None or not is_empty_latent(node_class) or fits_latent(node_class.name, record.name):
                continue
            model, wanted = _named(origins, models_of(origins, index)), record.sampling.latent
            severity: Severity = "error" if "video" in node_class.name.lower() else "warning"
            harm = "sampling fails" if severity == "error" else "the picture gets another size"
            yield Misfit(
                "latent", origin, None, record.name, severity,
                f"{node_class.name} makes latents for {_listed(class_families(node_class.name) or frozenset())}, but "
                f"{model} is {record.shown_name}, so {harm}: use {wanted}", index,
            )  # fmt: skip


def fits_latent(class_type: str, family: str) -> bool:
    """Return whether an empty latent of this class may be the first of a family's, as far as that is known."""
    served = class_families(class_type)
    if served is None:
        return True
    if class_type in _ANY_EIGHTH:
        served = frozenset[str]().union(*(class_families(name) or frozenset() for name in _ANY_EIGHTH))
    return family in served


# ---- LoRAs and ControlNets -----------------------------------------------------------------------------------------


def _loras(origins: Origins) -> Iterator[Misfit]:
    for index, family, main in origins.joins:
        for spec, name, file in origins.reading.files(index):
            if spec.folder != "loras" or file is None or not file.families or family in file.families:
                continue
            if file.families & _ALIKE_LORAS.get(family, frozenset()):
                continue
            yield Misfit(
                "lora", index, spec.name, family, "warning",
                f"the LoRA {name} is for {_listed(file.families)}, but {_named(origins, main)} is {_shown(family)}, on "
                f"which it has no effect: take it out, or choose one for {_shown(family)}", index,
            )  # fmt: skip


def _controlnets(origins: Origins) -> Iterator[Misfit]:
    for index, family, main in origins.joins:
        for origin in sorted(origins.into(index, "CONTROLLED")):
            for spec, name, file in origins.reading.files(origin) if origin >= 0 else ():
                if spec.folder != "controlnet" or file is None or not file.families or family in file.families:
                    continue
                yield Misfit(
                    "controlnet", origin, spec.name, family, "error",
                    f"the ControlNet {name} is for {_listed(file.families)}, but {_named(origins, main)} is "
                    f"{_shown(family)}, so sampling fails: choose one for {_shown(family)}, or take it out", index,
                )  # fmt: skip


# ---- words ---------------------------------------------------------------------------------------------------------


def _named(origins: Origins, main: frozenset[int]) -> str:
    names = sorted({file.name for origin in main if (file := origins.main_file(origin)) is not None})
    return " and ".join(names) or "the main model"


def _shown(family: str) -> str:
    return FAMILIES[family].shown_name if family in FAMILIES else family


def _listed(families: frozenset[str]) -> str:
    """Return families in words, at most three of them, the commonest first."""
    known = sorted(families & set(FAMILIES), key=lambda name: (-FAMILIES[name].popularity.weight, name))
    shown = [_shown(name) for name in (known or sorted(families))]
    return ", ".join(shown[:3]) + (" and others" if len(shown) > 3 else "")
