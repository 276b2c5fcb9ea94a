"""Model files that people really have: the official ones and the widely shared ones. Names only.

The families' records name the files of each, and what the fine-tunes are good at; the upscalers, which serve all, stand
here. A simulated installation needs nothing else. Where the official templates (MIT) or ComfyUI-Manager's model
list (GPL; read where it is installed, never copied) are at hand, `known_files` adds their files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from zlib import crc32

from ....workflow.api_format import read_json
from ....workflow.catalog.identify import identify
from ....workflow.families.lookup import FAMILIES, LATENT_SPACES, TEXT_ENCODERS, encoder_loading
from ....workflow.families.names import normalised
from ....workflow.families.well_known import table_lines
from ....workflow.graph import WorkflowError

_UPSCALERS = """
    *4x-UltraSharp.pth
    *RealESRGAN_x4plus.pth
    *RealESRGAN_x2plus.pth
    *4x_foolhardy_Remacri.pth
    4x_NMKD-Siax_200k.pth
    4x_NMKD-Superscale-SP_178000_G.pth
    RealESRGAN_x4plus_anime_6B.pth
    4x-AnimeSharp.pth
    4x-ClearRealityV1.pth
    4xNomos8kSC.pth
    4xLSDIRplus.pth
    8x_NMKD-Superscale_150000_G.pth
    2x-AnimeSharpV3.pth
    1x-ITF-SkinDiffDetail-Lite-v1.pth
    4x-UltraSharpV2.safetensors
    4xFFHQDAT.pth
    ESRGAN_4x.pth
    SwinIR_4x.pth
    4x_fatal_Anime_500000_G.pth
    2xNomosUni_span_multijpg.safetensors
    4xRealWebPhoto_v4_dat2.safetensors
"""

ENCODER_FILES: dict[str, tuple[str, ...]] = {name: each.files for name, each in TEXT_ENCODERS.items() if each.files}
"""Text encoder -> its files; their names are the same everywhere, in training and held out alike."""

VAE_FILES: dict[str, tuple[str, ...]] = {name: space.files for name, space in LATENT_SPACES.items() if space.files}
"""Latent space -> the files of its VAE; their names are the same everywhere as well."""

IMAGE_FAMILIES: tuple[str, ...] = tuple(
    name
    for name, family in FAMILIES.items()
    if family.medium == "picture" and (family.files.checkpoints or family.files.diffusion_models)
)
"""The families of which installations are simulated."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file that exists."""

    folder: str
    """Its folder under models/."""
    name: str
    """Its name."""
    family: str = ""
    """Its family; empty for an upscaler."""
    traits: frozenset[str] = frozenset()
    """What it is good at, as far as its table states (STYLE_CUES)."""
    common: bool = False
    """Whether it is so common that it is never held out."""

    @property
    def held_out(self) -> bool:
        """Whether it is kept from training: one in five, chosen by its name."""
        return not self.common and crc32(normalised(self.name).encode("utf-8")) % 5 == 0


@dataclass(frozen=True)
class KnownFiles:
    """The files of which simulated installations are made, sorted by folder and name."""

    files: tuple[KnownFile, ...]
    """The files."""

    @cached_property
    def _groups(self) -> dict[tuple[str, str, bool], tuple[KnownFile, ...]]:
        groups: dict[tuple[str, str, bool], list[KnownFile]] = {}
        for file in self.files:
            groups.setdefault((file.folder, file.family, file.held_out), []).append(file)
        return {key: tuple(group) for key, group in groups.items()}

    def of(self, folder: str, family: str, *, held_out: bool) -> tuple[KnownFile, ...]:
        """Return the files of one folder and family, either those for training or those that are held out."""
        return self._groups.get((folder, family, held_out), ())


def _curated() -> Iterator[KnownFile]:
    """Yield the files that the families' records name, and the upscalers."""
    for family in FAMILIES.values():
        files = family.files
        for folder, table in (
            ("checkpoints", files.checkpoints),
            ("diffusion_models", files.diffusion_models),
            ("loras", files.loras),
        ):
            yield from (
                KnownFile(folder, name, family.name, good_at, common) for name, good_at, common in table_lines(table)
            )
    yield from (
        KnownFile("upscale_models", name, "", good_at, common) for name, good_at, common in table_lines(_UPSCALERS)
    )


def _sorted(files: Iterable[KnownFile]) -> KnownFiles:
    """Return the files with each name once in each folder: the first of those that share it."""
    first = {(file.folder, normalised(file.name)): file for file in reversed(list(files))}
    return KnownFiles(tuple(sorted(first.values(), key=lambda file: (file.folder, file.name))))


CURATED: KnownFiles = _sorted(_curated())
"""What is known without anything installed."""


def known_files(manager_list: Path | None = None, *, installed: bool = True) -> KnownFiles:
    """Return CURATED with the files of the official templates and of ComfyUI-Manager's model list.

    Args:
        manager_list: the model list; None for the one of the installed package `comfyui_manager`, if there is one.
        installed: whether the installed packages are read: the templates', and ComfyUI-Manager's.

    Raises:
        OSError: a list or a template cannot be read.
        WorkflowError: a list or a template is not laid out as expected.
    """
    more: list[KnownFile] = []
    if installed:
        more += _template_files()
        manager_list = manager_list or _installed_file("comfyui_manager", "model-list.json")
    if manager_list is not None:
        more += _manager_files(manager_list)
    return _sorted((*CURATED.files, *more))


def _installed_file(package: str, name: str) -> Path | None:
    """Return a file of an installed package, found without importing it; None where there is none."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(folder) / name).is_file():
            return Path(folder) / name
    return None


def _known_by_name(folder: str, name: str, *, common: bool) -> Iterator[KnownFile]:
    """Yield the file if it is an upscaler, or if its name states one family that is simulated."""
    if folder == "upscale_models":
        yield KnownFile(folder, name, common=common)
    elif folder in ("checkpoints", "diffusion_models", "loras"):
        families = identify(folder, name).families
        if len(families) == 1 and next(iter(families)) in IMAGE_FAMILIES:
            yield KnownFile(folder, name, next(iter(families)), common=common)


_NOT_FOR_PROMPTS = (
    "inpaint", "fill", "edit", "kontext", "redux", "canny", "depth", "refiner", "ip2p", "unclip", "faceid",
    "ip_adapter", "control", "union", "ipadapter", "brushnet", "layered", "unconditional", "relight", "animatediff",
    "360", "ltxv", "contrastfix", "adapter",
)  # fmt: skip


def _for_prompts(name: str) -> bool:
    """Return whether a file makes pictures from a prompt alone; others need an input picture."""
    return not any(word in normalised(name) for word in _NOT_FOR_PROMPTS)


def _template_files() -> Iterator[KnownFile]:
    """Yield the files of the local text-to-image templates."""
    index = _installed_file("comfyui_workflow_templates_json", "templates/index.json")
    if index is None:
        return
    for category in read_json(index):
        for entry in category["templates"]:
            tags = entry.get("tags") or ()
            if "Text to Image" in tags and "API" not in tags:
                yield from _files_of_template(index.with_name(f"{entry['name']}.json"))


def _files_of_template(path: Path) -> Iterator[KnownFile]:
    """Yield the files that a template's nodes ask for."""
    document = read_json(path)
    for graph in (document, *((document.get("definitions") or {}).get("subgraphs") or ())):
        for node in graph["nodes"]:
            for model in (node.get("properties") or {}).get("models") or ():
                name, folder = str(model["name"]), str(model.get("directory") or "")
                if _for_prompts(name):
                    yield from _known_by_name(folder, name, common=True)


_MANAGER_FOLDERS = {
    "checkpoint": "checkpoints",
    "diffusion_model": "diffusion_models",
    "lora": "loras",
    "upscale": "upscale_models",
}
_WEIGHTS, _UPSCALER_WEIGHTS = (".safetensors", ".ckpt"), (".safetensors", ".pth")
_SUFFIXES = {
    "checkpoints": _WEIGHTS,
    "diffusion_models": _WEIGHTS,
    "loras": _WEIGHTS,
    "upscale_models": _UPSCALER_WEIGHTS,
}


def _manager_files(path: Path) -> Iterator[KnownFile]:
    """Yield the files of a model list of ComfyUI-Manager."""
    try:
        entries = [(str(model["type"]), str(model["filename"])) for model in read_json(path)["models"]]
    except (KeyError, TypeError) as error:
        raise WorkflowError(f"{path}: not a model list of ComfyUI-Manager ({error!r})") from error
    for kind, name in entries:
        folder = _MANAGER_FOLDERS.get(kind)
        if folder and _for_prompts(name) and Path(name).suffix in _SUFFIXES[folder]:
            yield from _known_by_name(folder, name, common=False)


def files_beside(family: str) -> tuple[tuple[tuple[str, ...], ...], str | None]:
    """Return what a family's diffusion models need beside them.

    Returns:
        The encoders of each way to load its CLIP, as far as ENCODER_FILES has them all, and its key in VAE_FILES; None
        where there is none.
    """
    ways = tuple(loading.encoders for loading in encoder_loading(family))
    space = FAMILIES[family].latent_space if family in FAMILIES else None
    found = tuple(way for way in ways if all(encoder in ENCODER_FILES for encoder in way))
    return found, space.name if space is not None and space.name in VAE_FILES else None
