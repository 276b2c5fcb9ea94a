"""The menus of Prompt to Workflow, filled with what is installed.

They list what ComfyUI lists, whose names it keeps, and open no file: describing a node must not wait for the catalog,
the first of which may take minutes. So a family stands in the menu where a file's name tells it, and a model whose name
tells that it makes no pictures does not; the catalog decides when the node runs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import folder_paths
from comfy_api.latest import io

from ..workflow.ask.choices import AUTO, NONE, UPSCALE_CHOICES


class FileMenu(io.Combo.Input):
    """A menu whose options are listed each time that ComfyUI describes the node, and not when it loads the pack.

    Parameters:
        list_options: returns the options, the first of which is the default.
    """

    def __init__(self, id: str, list_options: Callable[[], list[str]], **settings: Any) -> None:
        super().__init__(id, options=[AUTO], default=AUTO, **settings)
        self._list_options = list_options

    def as_dict(self) -> dict[str, Any]:
        """Return the input as object_info has it."""
        self.options = self._list_options()
        described: dict[str, Any] = super().as_dict()
        return described


def model_menu() -> list[str]:
    """Return "auto", the families that the names of the main models tell, and the main models."""
    return [AUTO, *_mains(_file_names("checkpoints", "diffusion_models", "unet_gguf"))]


def lora_menu() -> list[str]:
    """Return "auto", "none" and the LoRAs."""
    return [AUTO, NONE, *_file_names("loras")]


def upscale_menu() -> list[str]:
    """Return "auto", "no", the factors and the upscale models."""
    return [*UPSCALE_CHOICES, *_file_names("upscale_models")]


def _file_names(*keys: str) -> tuple[str, ...]:
    """Return the model files in these folders as ComfyUI lists them, each name once.

    A folder that no pack has registered, or that cannot be reached, has none.
    """
    from ..workflow.families.names import MODEL_EXTENSIONS

    names: dict[str, None] = {}
    for key in keys:
        try:
            listed = folder_paths.get_filename_list(key)
        except (KeyError, OSError):
            continue
        names |= dict.fromkeys(name for name in listed if name.lower().endswith(MODEL_EXTENSIONS))
    return tuple(names)


@lru_cache(maxsize=2)
def _mains(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the families of the files, by name, and the files without those that make no pictures from text alone."""
    from ..workflow.families.lookup import FAMILIES, family_in_name
    from ..workflow.families.names import normalised
    from ..workflow.families.tasks import task_in_name

    families: set[str] = set()
    useful = []
    for name in names:
        plain = normalised(name)
        family = FAMILIES.get(family_in_name(plain) or "")
        if task_in_name(plain, False) is None and (
            family is None or (family.medium == "picture" and family.standalone)
        ):
            useful.append(name)
            families |= {family.shown_name} if family else set()
    return (*sorted(families, key=str.lower), *useful)
