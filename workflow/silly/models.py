"""Rules over the parts of a workflow that load and change models."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..catalog.catalog import ModelFile, NodeClass
from ..families.lookup import FAMILIES
from ..sense.patches import MOST_PATCHES, PATCHED_TYPES, patch_kind, patched_type
from .reading import Finding, Reading


def several_main_models(reading: Reading) -> Iterator[Finding]:
    """Find loaders of more than one main model.

    Fine are a bare diffusion model that takes text encoder and VAE from a checkpoint of its family which holds them,
    models of another stage such as a refiner, models that are merged or guide one another, and what families that make
    no pictures need.
    """
    loaders = reading.main_loaders
    if len(loaders) < 2 or _merges(reading) or not reading.makes_pictures:
        return
    given = {
        index: {reading.type_of(link) for link in reading.taken if link.node == index} for index in loaders
    }  # fmt: skip
    models = [index for index in loaders if "MODEL" in given[index] and not _of_another_kind(reading, index)]
    lenders = [index for index in loaders if "MODEL" not in given[index]]
    if len(models) > 1:
        yield Finding(reading.named(*models), "several main models are loaded, and one is enough for a picture")
    elif len(lenders) > 1 or (lenders and models and not _may_borrow(reading, models[0], lenders[0], given)):
        yield Finding(
            reading.named(*models, *lenders),
            "a main model has parts of another checkpoint beside it that it does not need",
        )


def _merges(reading: Reading) -> bool:
    """Return whether a node takes two MODELs, to merge them or to guide one by the other."""
    return any(len(list(reading.links_of_type(index, "MODEL"))) > 1 for index, _, _ in reading)


def _of_another_kind(reading: Reading, index: int) -> bool:
    file = reading.main_loaders[index]
    records = [FAMILIES[name] for name in file.families if name in FAMILIES] if file is not None else []
    return any(not record.standalone or record.medium != "picture" for record in records)


def _may_borrow(reading: Reading, index: int, lender: int, given: dict[int, set[str]]) -> bool:
    """Return whether a loader's model is bare, and another's checkpoint is of its family and holds what is taken."""
    file, node_class = reading.main_loaders[lender], reading.class_of(index)
    held = {"CLIP", "VAE"} & (file.parts if file is not None else {"CLIP", "VAE"})
    return (
        _is_bare(reading.main_loaders[index], node_class)
        and given[lender] <= held
        and _same_family(reading, index, lender)
    )


def _is_bare(file: ModelFile | None, node_class: NodeClass | None) -> bool:
    """Return whether a main model comes without text encoder and VAE, by its loader where the file is not known."""
    held: Collection[str] = node_class.outputs if node_class is not None else ()
    if file is not None:
        held = file.parts if file.role == "checkpoint" else ()
    return {"CLIP", "VAE"}.isdisjoint(held)


def _same_family(reading: Reading, index: int, other: int) -> bool:
    files = reading.main_loaders[index], reading.main_loaders[other]
    return None in files or any(
        not file.families or not other.families or file.families & other.families
        for file, other in [files]
        if file and other
    )


def same_file_twice(reading: Reading) -> Iterator[Finding]:
    """Find files that two nodes load; a LoRA on two models is no such file."""
    seen: dict[tuple[str, str, str], int] = {}
    for index, _, _ in reading:
        for spec, name, file in reading.files(index):
            if spec.folder in (None, "loras") or (file is None and name not in spec.options):
                continue
            for output in sorted({reading.type_of(link) for link in reading.taken if link.node == index}) or [""]:
                first = seen.setdefault((str(spec.folder), name, output), index)
                if first != index or (spec.folder, name) in _before(reading, index, spec.name):
                    yield Finding(reading.named(*{first: 0, index: 0}), f"{name} is loaded twice")
                    break


def _before(reading: Reading, index: int, name: str) -> set[tuple[str | None, str]]:
    """Return the files in the inputs of a node before this one."""
    found: set[tuple[str | None, str]] = set()
    for spec, value, _ in reading.files(index):
        if spec.name == name:
            break
        found.add((spec.folder, value))
    return found


def lora_twice(reading: Reading) -> Iterator[Finding]:
    """Find LoRAs that are put on one model twice."""
    for index, _, _ in reading:
        own = {name for spec, name, _ in reading.files(index) if spec.folder == "loras"}
        for kind in ("MODEL", "CLIP"):
            again = next(
                (
                    other
                    for other in (reading.above(index, kind) if own else ())
                    if own & {name for spec, name, _ in reading.files(other) if spec.folder == "loras"}
                ),
                None,
            )
            if again is not None:
                yield Finding(reading.named(again, index), f"the LoRA {sorted(own)[0]} is put on one model twice")
                break


def patched_again(reading: Reading) -> Iterator[Finding]:
    """Find patches of MODEL, CLIP and conditioning that follow one of their kind, and chains of many patches."""
    for index, node, node_class in reading:
        kind, changed = patch_kind(node_class), patched_type(node_class)
        if kind is None or changed is None:
            continue
        patches = [index] + [
            other for other in reading.above(index, changed) if _patched_type(reading, other) == changed
        ]
        again = [other for other in patches[1:] if _patch_kind(reading, other) == kind]
        if again:
            yield Finding(
                reading.named(again[0], index),
                f"{node.class_type} follows {reading.node(again[0]).class_type}, which changes the same thing",
            )
        elif len(patches := _in_a_row(reading, index, changed)) == MOST_PATCHES[changed] + 1:
            yield Finding(reading.named(*reversed(patches)), f"{len(patches)} patches of {changed} follow one another")


def _in_a_row(reading: Reading, index: int, kind: str) -> list[int]:
    """Return a patch and those before it, up to where two of the type are joined."""
    found = []
    while _patched_type(reading, index) == kind:
        found.append(index)
        links = [link for _, link in reading.links_of_type(index, kind)]
        if len(links) != 1:
            break
        index = links[0].node
    return found


def _patched_type(reading: Reading, index: int) -> str | None:
    node_class = reading.class_of(index)
    return None if node_class is None else patched_type(node_class)


def _patch_kind(reading: Reading, index: int) -> str | None:
    node_class = reading.class_of(index)
    return None if node_class is None else patch_kind(node_class)


def joined_with_itself(reading: Reading) -> Iterator[Finding]:
    """Find nodes that join a conditioning or a model with itself."""
    for index, node, node_class in reading:
        for kind in PATCHED_TYPES:
            links = [link for _, link in reading.links_of_type(index, kind)]
            if kind in node_class.outputs and len(node_class.outputs) == 1 and len(links) > len(set(links)):
                yield Finding(reading.named(index), f"{node.class_type} joins a {kind} with itself")


RULES = (several_main_models, same_file_twice, lora_twice, patched_again, joined_with_itself)
