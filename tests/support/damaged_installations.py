"""Random installations for property tests: known ones with files, parts of files and node classes taken away at random.

Whatever is left, the grammar either states at once that no workflow is possible, or every walk reaches its end.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from installation_data import read_object_info
from partial_installations import INSTALLATIONS, gguf_loaders, write_installation

from nodewright.workflow.catalog.catalog import Catalog, ModelFile, NodeClass
from nodewright.workflow.catalog.model_files import with_options_from_files
from nodewright.workflow.catalog.models_folder import identify_models, list_models
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.families.lookup import FAMILIES
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.graph import Link, Workflow
from nodewright.workflow.script.values import MAIN_FOLDERS

VERSIONS = ("0.3.75", "0.33.0")
PARTS = ("MODEL", "CLIP", "VAE")
# Not the loaders of main models: without them most installations have nothing to test.
_REMOVED_AT_TIMES = (
    "CLIPLoader", "DualCLIPLoader", "TripleCLIPLoader", "VAELoader", "VAEDecode", "VAEEncode", "EmptyLatentImage",
    "EmptySD3LatentImage", "KSampler", "KSamplerAdvanced", "CLIPTextEncode", "ConditioningCombine", "EmptyImage",
    "UNETLoader", "CheckpointLoaderSimple", "unCLIPCheckpointLoader", "LatentUpscaleBy", "ImageScale", "RandomNoise",
)  # fmt: skip
_REQUIRED_AT_TIMES = (
    "LoraLoader", "LoraLoaderModelOnly", "VAELoader", "CLIPLoader", "DualCLIPLoader", "CheckpointLoaderSimple",
    "UNETLoader", "UnetLoaderGGUF", "UpscaleModelLoader", "ImageUpscaleWithModel", "LatentUpscaleBy", "ImageScaleBy",
    "PreviewImage", "SaveImage", "VAEEncode", "ConditioningCombine", "KSamplerAdvanced", "SamplerCustomAdvanced",
    "unCLIPCheckpointLoader", "ControlNetLoader", "CLIPSetLastLayer", "ImageCrop", "VAEDecodeTiled", "FluxGuidance",
    "LatentCompositeMasked", "MaskToImage", "SaveLatent",
)  # fmt: skip


@cache
def _classes(version: str, gguf: bool) -> dict[str, NodeClass]:
    info = read_object_info(version)
    info |= gguf_loaders(info) if gguf else {}
    return dict(catalog_from_object_info(info, (), options_from_models=True).classes)


@dataclass(frozen=True)
class Pool:
    """The model files of every installation, each identified once.

    Attributes:
        files: the files by installation.
    """

    files: dict[str, tuple[ModelFile, ...]]

    @staticmethod
    def write(folder: Path) -> Pool:
        """Write every installation under `folder` and identify its files."""
        return Pool(
            {name: identify_models(list_models(write_installation(name, folder / name))) for name in INSTALLATIONS}
        )

    def damaged(self, rng: random.Random) -> Catalog:
        """Return the catalog of one or two installations with something missing."""
        chosen = rng.sample(sorted(self.files), rng.choice((1, 1, 1, 2)))
        found = {(file.folder, file.name): file for name in chosen for file in self.files[name]}
        keep = rng.choice((1.0, 1.0, 0.9, 0.8, 0.6))
        models: dict[str, ModelFile] = {}
        for file in found.values():
            if rng.random() < keep and file.alias not in models:
                models[file.alias] = _damaged_file(file, rng)
        classes = dict(_classes(rng.choice(VERSIONS), rng.random() < 0.5))
        for name in rng.sample(_REMOVED_AT_TIMES, rng.choice((0, 0, 1, 2, 4))):
            classes.pop(name, None)
        files = tuple(models.values())
        return Catalog(with_options_from_files(classes, files), files, "")


def _damaged_file(file: ModelFile, rng: random.Random) -> ModelFile:
    """Return a checkpoint with some of its parts left out, now and then; any other file as it is."""
    if file.role != "checkpoint" or rng.random() < 0.5:
        return file
    return replace(file, parts=frozenset(part for part in file.parts if rng.random() < 0.6))


def random_constraints(catalog: Catalog, rng: random.Random) -> Constraints:
    """Return constraints as users might set them, few nodes and several required classes among them."""
    possible = [name for name in _REQUIRED_AT_TIMES if name in catalog.classes]
    required = tuple(rng.sample(possible, rng.choice((0, 0, 0, 1, 1, 2, 3))))
    others = sorted(set(_REMOVED_AT_TIMES) - set(required))
    return Constraints(
        families=frozenset(rng.sample(sorted(FAMILIES), 3)) if rng.random() < 0.05 else frozenset(),
        max_nodes=rng.choice((*range(6, 15), 16, 20, 24, 40)),
        max_megapixels=rng.choice((None, 0.3, 1.1, 4.0)),
        required=required,
        forbidden=frozenset(rng.sample(others, rng.choice((0, 0, 1, 2)))),
        ends_in=rng.choice(((), (), ("PreviewImage",), ("SaveImage", "PreviewImage"))),
    )


def parts_that_are_not_there(workflow: Workflow, catalog: Catalog) -> list[str]:
    """Return a sentence for each link to an output whose part the loaded file does not hold.

    Looked up in the workflow and the files themselves; nothing is asked of the grammar.
    """
    found = []
    for node in workflow.nodes:
        for name, link in node.links():
            source = workflow.nodes[link.node]
            kind = catalog.classes[source.class_type].outputs[link.slot]
            for spec in catalog.classes[source.class_type].inputs:
                value = dict(source.inputs).get(spec.name)
                file = catalog.file(spec.folder, str(value)) if spec.folder in MAIN_FOLDERS else None
                held = {"MODEL"} if file is None or file.role != "checkpoint" else file.parts
                if file is not None and kind in (*PARTS, "CLIP_VISION") and kind not in held:
                    found.append(f"{node.class_type}.{name} takes {kind} of {value}, which holds {sorted(held)}")
    return found


def loaded_twice(workflow: Workflow, required: tuple[str, ...]) -> list[str]:
    """Return the classes of main models' loaders that a workflow has without need: all but one, and a lender."""
    loaders = [
        node.class_type
        for node in workflow.nodes
        if any(not isinstance(value, Link) and name in ("ckpt_name", "unet_name") for name, value in node.inputs)
    ]
    return loaders if len(loaders) > 2 + len(required) else []
