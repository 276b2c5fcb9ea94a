"""Real workflows in the grammar's own words: official templates and saved workflows, to be varied.

What still cannot be written under the grammar after `workflow.rewriting` (an input picture, a node that is not
trusted) is left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ....workflow.catalog.catalog import Catalog, ModelFile
from ....workflow.catalog.identify import Identity, identify
from ....workflow.catalog.model_files import input_folder, is_model_name, model_files
from ....workflow.grammar.constraints import CORPUS_MEGAPIXELS, Constraints
from ....workflow.grammar.grammar import Grammar
from ....workflow.graph import Workflow
from ....workflow.script.script import write_script
from ..installations.installed import installed

# Files of the example workflows whose names state no family; by their cards they are SD 1.5.
_SD15_FILES = frozenset(
    {"wd-illusion-fp16.safetensors", "cardosAnime_v10.safetensors", "AbyssOrangeMix2_hard.safetensors",
     "AOM3A1.safetensors", "epiNoiseoffset_v2.safetensors", "Anything-V3.0.ckpt"}
)  # fmt: skip


def files_of(api: dict[str, Any]) -> tuple[ModelFile, ...]:
    """Return the model files that a workflow names, as an installation that has just these."""
    found = set()
    for node in api.values():
        for name, value in node["inputs"].items():
            folder = input_folder(node["class_type"], name)
            if folder and is_model_name(value):
                found.add((folder, value))
    return model_files((folder, name, _identity(folder, name)) for folder, name in found)


def _identity(folder: str, name: str) -> Identity:
    identity = identify(folder, name)
    return replace(identity, families=frozenset({"sd15"})) if name in _SD15_FILES else identity


def own_catalog(api: dict[str, Any], base: Catalog) -> Catalog:
    """Return the installation that has a workflow's own files and nothing else."""
    return installed(base, files_of(api))


def checked(workflow: Workflow, catalog: Catalog) -> list[str]:
    """Return the script of a workflow.

    Raises:
        WorkflowError: the grammar does not allow it.
    """
    choices = write_script(workflow, catalog)
    Grammar(catalog, Constraints(max_nodes=40, max_megapixels=CORPUS_MEGAPIXELS)).accept(choices)
    return choices
