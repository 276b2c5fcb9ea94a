"""Installed files in place of those that are missing or of another family."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..catalog.catalog import Catalog, InputSpec, ModelFile
from ..catalog.good_at import good_at
from ..catalog.identify import identify
from ..families.lookup import FAMILIES
from ..families.names import normalised
from ..families.well_known import well_known
from ..grammar.constraints import Constraints
from ..grammar.family_scope import FamilyScope, main_models
from ..grammar.loaders import holds
from ..script.slots import class_slots
from .nearest import ALIKE, likeness, missing_families, variants

_NEAR = ("name", "variant", "family", "other")
_LIKE_LORA = 0.8
"""Likeness of names from which one LoRA stands for another."""
_CONTROLS = re.compile(
    r"canny|depth|openpose|pose|lineart|scribble|softedge|hed|mlsd|seg|normal|tile|inpaint|ip2p|shuffle|union"
)


@dataclass(frozen=True, slots=True)
class MainChoice:
    """A main model in place of another one."""

    file: ModelFile
    near: str
    """How near it is: "name", "variant", "family" or "other"."""


@dataclass(frozen=True, slots=True)
class Loading:
    """A node that gives a part, to be added."""

    class_type: str
    inputs: dict[str, object]
    slot: int


def scope_of(main: ModelFile, catalog: Catalog) -> FamilyScope:
    """Return what of an installation fits a main model."""
    return FamilyScope(catalog, main, Constraints(max_megapixels=None), {})


def main_instead(name: str, folder: str, catalog: Catalog, kind: str | None) -> MainChoice | None:
    """Return the installed main model that is nearest to a missing one; None where none has all of its parts.

    Nearest by name, then of its family and variant, then of its family, then of another family.

    Args:
        name: the missing file.
        folder: the folder that it was looked for in.
        catalog: the installation.
        kind: its family, where the workflow shows it better than the name does.
    """
    families = missing_families(folder, name) or frozenset({kind} if kind else ())
    known = well_known(name, lora=False)
    found = [
        MainChoice(file, _nearness(name, file, families))
        for file in main_models(catalog, Constraints(families=families))
    ]
    if not families:
        found = [choice for choice in found if choice.near == "name"]
    found.sort(key=lambda one: (_NEAR.index(one.near), -likeness(name, one.file.name), one.file.name))
    chosen = next((choice for choice in found if whole(choice.file, catalog)), None)
    return chosen or _of_any_family(catalog, known.styles if known is not None else frozenset())


def _nearness(name: str, file: ModelFile, families: frozenset[str]) -> str:
    if variants(file.name, families) != variants(name, families):
        return "family"
    return "name" if likeness(name, file.name) >= ALIKE else "variant"


def _of_any_family(catalog: Catalog, styles: frozenset[str]) -> MainChoice | None:
    """Return a main model of whichever family is commonest, one good at the same styles and not distilled first."""

    def order(file: ModelFile) -> tuple[float, ...]:
        family = next(iter(file.families), "")
        weight = FAMILIES[family].popularity.weight if family in FAMILIES else -1
        return -len(good_at(file) & styles), bool(variants(file.name, file.families)), -weight

    files = [file for file in main_models(catalog, Constraints()) if len(file.families) == 1]
    found = sorted(files, key=lambda file: (*order(file), file.name))
    return next((MainChoice(file, "other") for file in found if whole(file, catalog)), None)


def whole(file: ModelFile, catalog: Catalog) -> bool:
    """Return whether all parts that a main model needs are installed: a loader of it, a CLIP and a VAE."""
    return main_loader(file, catalog) is not None and all(
        (file.role == "checkpoint" and holds(file, kind)) or part(file, kind, catalog) is not None
        for kind in ("CLIP", "VAE")
    )


def main_loader(file: ModelFile, catalog: Catalog) -> Loading | None:
    """Return the node that loads a main model."""
    usual = ("CheckpointLoaderSimple", "UNETLoader", "UnetLoaderGGUF")
    scope = scope_of(file, catalog)
    for name in usual:
        node_class = catalog.classes.get(name)
        for slot in class_slots(node_class) if node_class is not None else ():
            if node_class is not None and slot.spec.folder == file.folder and scope.lists(slot.spec, file):
                return Loading(name, {slot.name: file.name}, node_class.outputs.index("MODEL"))
    return None


def part(main: ModelFile, kind: str, catalog: Catalog, before: Iterable[str] = ()) -> Loading | None:
    """Return a node that loads a CLIP or a VAE that fits a main model; None where no file of it is installed.

    Args:
        main: the main model.
        kind: "CLIP" or "VAE".
        catalog: the installation.
        before: the files that were loaded before; of several that fit, the one most like them is taken.
    """
    scope, names = scope_of(main, catalog), list(before)
    found = _clip(scope, names) if kind == "CLIP" else _vae(scope, names)
    return found or _lent(scope, kind)


def _clip(scope: FamilyScope, before: list[str]) -> Loading | None:
    for name, node_class in scope.catalog.classes.items():
        if "CLIP" not in node_class.outputs or "Loader" not in name:
            continue
        for loading in scope.encoder_loadings(node_class):
            inputs: dict[str, object] = {} if loading.type is None else {"type": loading.type}
            slots = [slot for slot in class_slots(node_class) if slot.spec.folder == "text_encoders"]
            for slot, encoder in zip(slots, loading.encoders, strict=True):
                aliases = scope.encoder_choices(slot.spec, frozenset({encoder}))
                inputs[slot.name] = _likest(scope.catalog, aliases, before)
            return Loading(name, inputs, node_class.outputs.index("CLIP"))
    return None


def _vae(scope: FamilyScope, before: list[str]) -> Loading | None:
    node_class = scope.catalog.classes.get("VAELoader")
    for slot in class_slots(node_class) if node_class is not None else ():
        aliases = scope.choices(slot.spec)
        if slot.spec.folder == "vae" and aliases:
            return Loading("VAELoader", {slot.name: _likest(scope.catalog, aliases, before)}, 0)
    return None


def _lent(scope: FamilyScope, kind: str) -> Loading | None:
    """Return a checkpoint of the same family that holds the part."""
    loader = "CheckpointLoaderSimple"
    files = [file for file in scope.catalog.models if scope.fits(file) and file.unusable is None and holds(file, kind)]
    if not files or loader not in scope.catalog.classes or not scope.known:
        return None
    slot = scope.catalog.classes[loader].outputs.index(kind)
    return Loading(loader, {"ckpt_name": files[0].name}, slot)


def _likest(catalog: Catalog, aliases: Iterable[str], before: list[str]) -> str:
    files = [file for alias in aliases if (file := catalog.by_alias(alias)) is not None]
    return max(files, key=lambda file: max((likeness(name, file.name) for name in before), default=0.0)).name


def other_instead(name: str, spec: InputSpec, catalog: Catalog, family: str | None) -> str | None:
    """Return the installed file in place of a missing one that is no main model; None where none does the same.

    A LoRA has to be nearly the same by name, a ControlNet of the same kind, an upscaler of any.

    Args:
        name: the missing file.
        spec: the input that names it.
        catalog: the installation.
        family: the family of the main model, None where it is not known or does not count.
    """
    files = [file for option in spec.options if (file := catalog.file(spec.folder, str(option))) is not None]
    usable = [file for file in files if file.unusable is None and file.role != "unknown"]
    fitting = [file for file in usable if _fits(file, family)]
    kept = [file for file in fitting if _same_kind(name, str(spec.folder), file)]
    best = max(kept, key=lambda file: (likeness(name, file.name), file.name), default=None)
    if best is None or (spec.folder == "loras" and likeness(name, best.name) < _LIKE_LORA):
        return None
    return best.name


def _fits(file: ModelFile, family: str | None) -> bool:
    return family is None or not file.families or family in file.families


def _same_kind(name: str, folder: str, file: ModelFile) -> bool:
    if folder == "controlnet":
        wanted, found = (set(_CONTROLS.findall(normalised(each))) for each in (name, file.name))
        return bool(wanted & found) or "union" in found
    if folder == "text_encoders":
        wanted_encoder = identify(folder, name).encoder
        return wanted_encoder is not None and wanted_encoder == file.encoder
    if folder == "loras":
        return variants(name, file.families) == variants(file.name, file.families)
    if folder == "upscale_models":
        return file.scale is None or file.scale > 1
    return folder == "vae" or likeness(name, file.name) >= ALIKE
