"""ComfyUI's official workflow templates, as example workflows to learn from.

They come from the package `comfyui-workflow-templates-json` (MIT; extra `train`). Its index tags each one: a
template is text-to-image where it is tagged "Text to Image", and local where it is not tagged "API". Version 0.1.123
has 644 templates, 69 of them local and text-to-image. With the node classes of ComfyUI 0.33.0, 63 of the 69 can be
read; the other six need a newer ComfyUI:

- `image_qwen_image_2_1_t2i`, `image_qwen_image_2_1_turbo_t2i`: TextEncodeQwenImage21, QwenImage21Cache
- `image_moss_image_t2i_bboxes`, `image_moss_image_base_t2i_bboxes`: MOSSImageLayoutPrompt
- `image_flux3_klein_t2i`, `image_flux3_klein_distilled_t2i`: Flux3LayoutPrompt
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ....guarded_json import JsonError, parse_json
from ....workflow.catalog.catalog import Catalog
from ....workflow.graph import WorkflowError
from ....workflow.ui_format import api_from_ui

if TYPE_CHECKING:
    from importlib.abc import Traversable  # where it was in Python 3.10, and typed to this day

_PACKAGE = "comfyui_workflow_templates_json"
_TEXT_TO_IMAGE, _REMOTE = "Text to Image", "API"


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """A model file that a template asks for."""

    name: str
    """Name of the file."""
    directory: str
    """Its folder under models/."""
    url: str
    """Where it is published."""


@dataclass(frozen=True, slots=True)
class Template:
    """One official template."""

    name: str
    """Name of its file, without the extension."""
    title: str
    """What the index calls it."""
    tags: tuple[str, ...]
    """The index's tags, such as "Text to Image"."""
    models: tuple[str, ...]
    """What the index calls the models it shows, such as "Z-Image-Turbo"."""
    usage: int
    """How often it was opened, as far as its publisher counts."""
    files: tuple[TemplateFile, ...]
    """The model files it asks for."""
    ui: dict[str, Any] = field(repr=False)
    """The template in UI format."""
    api: dict[str, Any] | None = field(repr=False)
    """The template in API format; None where it cannot be read with the node classes at hand."""
    problem: str | None = None
    """Why it cannot be read; None where it can."""

    @property
    def text_to_image(self) -> bool:
        """Whether it makes an image on the user's own ComfyUI, from a prompt alone or with more."""
        return _TEXT_TO_IMAGE in self.tags and _REMOTE not in self.tags


def official_templates(nodes: Catalog | Mapping[str, Any]) -> Iterator[Template]:
    """Yield every template of the installed package, in the order of its index.

    Args:
        nodes: the node classes by which templates are read: a catalog or an object_info.

    Raises:
        ModuleNotFoundError: the package is not installed; the message names what to install.
        WorkflowError: the package is not laid out as expected.
    """
    folder = _folder()
    seen: set[str] = set()
    for category in _read(folder / "index.json"):
        for entry in category["templates"]:
            if entry["name"] not in seen:
                seen.add(entry["name"])
                yield _template(entry, _read(folder / f"{entry['name']}.json"), nodes)


def text_to_image_templates(nodes: Catalog | Mapping[str, Any]) -> Iterator[Template]:
    """Yield the local text-to-image templates that can be read with `nodes`; each has an `api`."""
    return (entry for entry in official_templates(nodes) if entry.text_to_image and entry.api is not None)


def _template(entry: dict[str, Any], ui: dict[str, Any], nodes: Catalog | Mapping[str, Any]) -> Template:
    api, problem = None, None
    try:
        api = api_from_ui(ui, nodes)
    except WorkflowError as error:
        problem = str(error)
    return Template(
        name=entry["name"],
        title=str(entry.get("title") or entry["name"]),
        tags=tuple(entry.get("tags") or ()),
        models=tuple(entry.get("models") or ()),
        usage=int(entry.get("usage") or 0),
        files=tuple(dict.fromkeys(_files(ui))),
        ui=ui,
        api=api,
        problem=problem,
    )


def _files(ui: dict[str, Any]) -> Iterator[TemplateFile]:
    definitions = (ui.get("definitions") or {}).get("subgraphs") or ()
    for graph in (ui, *definitions):
        for node in graph["nodes"]:
            for model in (node.get("properties") or {}).get("models") or ():
                yield TemplateFile(str(model["name"]), str(model.get("directory") or ""), str(model.get("url") or ""))


def _folder() -> Traversable:
    try:
        return importlib.resources.files(_PACKAGE) / "templates"
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "the official templates are not installed; install nodewright with its extra `train`, "
            "or the package comfyui-workflow-templates-json",
            name=_PACKAGE,
        ) from error


def _read(path: Traversable) -> Any:
    try:
        return parse_json(path.read_bytes(), path.name)
    except (OSError, JsonError) as error:
        raise WorkflowError(f"the installed templates have no readable {path.name}: {error}") from error
