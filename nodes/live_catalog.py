"""Build the catalog of the running ComfyUI from its node registry, its model folders and its own model detection.

ComfyUI recognises a diffusion model by the names and shapes of its tensors. Its detection is called with tensors on the
meta device, made from the file's header, so that no weights are read and no memory is allocated.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import comfy.model_detection
import comfy.utils
import folder_paths
import torch

from ..files import write_json
from ..guarded_json import JsonError, read_json
from ..json_shapes import Either, ListOf, Maybe, Object, Shape, TableOf, Text, Whole, check
from ..workflow.catalog.cache import rules_version
from ..workflow.catalog.catalog import Catalog, ModelFile, with_same_classes
from ..workflow.catalog.file_facts import FACTS_SHAPE, facts_document, facts_of_document
from ..workflow.catalog.identify import Identity, identify_file
from ..workflow.catalog.model_files import model_files
from ..workflow.catalog.models_folder import look_alike_identity, look_alikes, unreadable
from ..workflow.catalog.object_info import catalog_from_object_info
from ..workflow.catalog.safetensors_header import SafetensorsHeader
from ..workflow.catalog.sidecars import Sidecar, Sidecars, sidecars_state
from ..workflow.families.lookup import comfyui_families
from ..workflow.families.names import MODEL_EXTENSIONS
from .class_descriptions import class_texts, parsed, warn_once

logger = logging.getLogger(__name__)

# Folders that packs register for GGUF files, which are in the same places as the others -> ComfyUI's own name.
_FOLDERS = {"unet_gguf": "diffusion_models", "clip_gguf": "text_encoders"}

_DTYPES: dict[str, torch.dtype] = {
    "F64": torch.float64,
    "F32": torch.float32,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
}  # anything else counts as F16: detection goes by shapes

FRESH = 3.0
"""Seconds for which what was last seen of the installation is good enough for what is shown while somebody types."""
MAXIMUM_KEPT = 1 << 28
_ENTRY: tuple[Shape, ...] = (
    ListOf(Either((Text(), Whole(-1))), 4, 4), Text(), ListOf(Text()), Maybe(Text()), Maybe(Whole()), ListOf(Text()),
    Maybe(Text()), Maybe(Text()), FACTS_SHAPE,
)  # fmt: skip

_State = tuple[str, int, int, str]  # path, bytes, time of change in ns, state of the sidecars

_lock = threading.Lock()
_identities: dict[str, tuple[_State, Identity]] = {}  # "folder\0path" -> the file's state, and its identity
_last: tuple[str, tuple[ModelFile, ...], Catalog] | None = None
_looked = 0.0  # when the last look began that has ended
_looking_lock = threading.Lock()
_looking: threading.Thread | None = None


def live_catalog(within: float = 0.0) -> Catalog:
    """Return the catalog as of now, reading again only what has changed since the last call.

    May be called from any thread; a second caller waits for the first.

    Parameters:
        within: how old the last look at the installation may be, in seconds, to do without another.
    """
    global _last, _looked
    with _lock:
        if _last is not None and time.monotonic() - _looked < within:
            return _last[2]
        started = time.monotonic()
        texts = class_texts()
        models = _models()
        # Not the texts themselves, which may be 100 MB. The order of the registry is part of it.
        state = hashlib.sha256("\n".join(texts.values()).encode("utf-8", "surrogatepass")).hexdigest()
        if _last is not None and _last[0] == state and _last[1] == models:
            _looked = started
            return _last[2]
        catalog = catalog_from_object_info(parsed(texts), models)
        for name, reason in catalog.left_out.items():
            warn_once(name, f"It cannot be read. {reason}")
        if _last is not None:
            catalog = with_same_classes(catalog, _last[2])
        _last, _looked = (state, models, catalog), started
        return catalog


def known_catalog() -> Catalog | None:
    """Return the catalog of the last look at the installation at once, None before the first one is finished.

    Where that look is older than `FRESH` seconds, the next one begins in the background.
    """
    last = _last
    if last is None or time.monotonic() - _looked > FRESH:
        _look_again()
    return None if last is None else last[2]


def _look_again() -> None:
    """Look at the installation in a thread, unless one does so already."""
    global _looking
    with _looking_lock:
        if _looking is None or not _looking.is_alive():
            _looking = threading.Thread(target=_look, name="nodewright catalog", daemon=True)
            _looking.start()


def _look() -> None:
    try:
        live_catalog()
    except Exception:
        logger.exception("Nodewright cannot look at what is installed; the next run of its nodes tries again")


def object_info() -> dict[str, Any]:
    """Return what GET /object_info sends, as plain JSON data."""
    return parsed(class_texts())


# ---- model files -------------------------------------------------------------------------------------------------


def _models() -> tuple[ModelFile, ...]:
    _read_identities()
    found: dict[tuple[str, str], Identity] = {}
    changed = False
    sidecars = Sidecars()
    for key, (folders, extensions) in list(folder_paths.folder_names_and_paths.items()):
        if not set(extensions) & set(MODEL_EXTENSIONS):
            continue
        folder = _FOLDERS.get(key, key)
        for name, path, place in _listed(key, folders):
            beside = sidecars.of(folder, path)
            state = (*place, sidecars_state(beside))
            known = _identities.get(f"{folder}\0{path}")
            if known is None or known[0] != state:
                try:
                    known = (state, _identified(folder, name, path, beside))
                except Exception as error:  # anybody's file; it may pass, so nothing is kept of it
                    found[folder, name] = _left_out(path, error)
                    continue
                _identities[f"{folder}\0{path}"] = known
                changed = True
            found[folder, name] = known[1]
    for folder, name, path in _look_alikes():
        found[folder, name] = look_alike_identity(folder)
        _warn(path.parent, f"In {path.parent} ComfyUI finds no models, since models/{folder} is none of its folders")
    if changed:
        _write_identities()
    return model_files((folder, name, identity) for (folder, name), identity in found.items())


def _identified(folder: str, name: str, path: Path, beside: Sequence[Sidecar]) -> Identity:
    return identify_file(folder, name, path, _detected_families, [sidecar.path for sidecar in beside])


def _listed(key: str, folders: Sequence[str]) -> Iterator[tuple[str, Path, tuple[str, int, int]]]:
    """Yield the model files that ComfyUI lists: name, place, and the first parts of the state.

    A folder that cannot be reached, as on a drive that is gone, is left out with a warning, so that the others remain.
    So is a file; its place and state are those of the link, or none.
    """
    try:
        names = folder_paths.get_filename_list(key)
    except OSError as error:
        _warn(Path(key), f"Nodewright leaves out the models of {key!r}, in {', '.join(folders)}: {error}")
        return
    for name in names:
        if not name.lower().endswith(MODEL_EXTENSIONS):
            continue
        path = next((path for folder in folders if os.path.isfile(path := os.path.join(folder, name))), None)
        place = Path(path or os.path.join(folders[0], name))
        try:
            status = os.stat(place)
        except OSError:  # reading the file says the same, and why
            yield name, place, (str(place), -1, -1)
            continue
        yield name, place, (str(place), status.st_size, status.st_mtime_ns)


def _look_alikes() -> list[tuple[str, str, Path]]:
    """Return (folder, name, path) of the files in folders beside ComfyUI's own that only look like them."""
    base = Path(folder_paths.models_dir)
    registered = {
        os.path.realpath(folder) for folders, _ in folder_paths.folder_names_and_paths.values() for folder in folders
    }
    try:
        found = look_alikes(base)
    except OSError:
        return []
    return [entry for entry in found if os.path.realpath(base / entry[0]) not in registered]


_warned: set[tuple[str, str]] = set()


def _left_out(path: Path, error: Exception) -> Identity:
    found = unreadable(path, error)
    _warn(path, f"Nodewright does not use the model {path}, which {found.unusable}")
    return found


def _warn(path: Path, message: str) -> None:
    """Log a warning about a place, once for as long as the process runs."""
    if (str(path), message) not in _warned:
        _warned.add((str(path), message))
        logger.warning("%s", message)


class _DetectionError(Exception):
    """ComfyUI's detection does not get through a header."""


def _detected_families(name: str, header: SafetensorsHeader, whole: bool) -> frozenset[str] | None:
    """Return the families of the class that ComfyUI would load a file with; None where it would load none.

    Where one class stands for several families, the shapes decide between them (workflow/families/detection.py).
    """
    try:
        detected = _detect(header, whole)
    except _DetectionError as error:
        logger.info("ComfyUI's model detection does not get through %s: %s", name, error)
        return frozenset()
    return None if detected is None else comfyui_families(detected)


def _detect(header: SafetensorsHeader, whole: bool) -> str | None:
    """Return the class of comfy/supported_models.py that ComfyUI would load a file with, or None.

    The steps are those of comfy.sd.load_state_dict_guess_config (`whole`) and load_diffusion_model_state_dict.

    Raises:
        _DetectionError: the detection fails; it indexes keys that it expects, which a foreign file may lack.
    """
    metadata = header.metadata or None
    detection = comfy.model_detection
    try:
        tensors = {
            key: torch.empty(tensor.shape, dtype=_DTYPES.get(tensor.dtype, torch.float16), device="meta")
            for key, tensor in header.tensors.items()
        }
        prefix = detection.unet_prefix_from_state_dict(tensors)
        if whole:
            config = detection.model_config_from_unet(tensors, prefix, metadata=metadata)
            if config is not None:
                return type(config).__name__
        own = comfy.utils.state_dict_prefix_replace(dict(tensors), {prefix: ""}, filter_keys=True) or tensors
        config = detection.model_config_from_unet(own, "", metadata=metadata)
        if config is None:
            converted = detection.convert_diffusers_mmdit(own, "")
            if converted is not None:
                config = detection.model_config_from_unet(converted, "")
            else:
                config = detection.model_config_from_diffusers_unet(own)
    except Exception as error:
        raise _DetectionError(repr(error)) from error
    return None if config is None else type(config).__name__


# ---- kept for the next start -------------------------------------------------------------------------------------


def _cache_path() -> Path:
    return Path(folder_paths.get_system_user_directory("nodewright"), "model_files.json")


def _cache_key() -> str:
    """Return a key that changes with the rules and the detection that identities depend on, this file included."""
    own = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    return f"{rules_version()} {own} {importlib.import_module('comfyui_version').__version__}"


_read_once = False


def _read_identities() -> None:
    global _read_once
    if _read_once:
        return
    _read_once = True
    path = _cache_path()
    try:
        data = check(read_json(path, maximum_bytes=MAXIMUM_KEPT, surrogates=True), Object({"key": Text()}), str(path))
        if data["key"] != _cache_key():
            return  # another version may have had another form
        files = check(data, Object({"files": TableOf(ListOf(least=len(_ENTRY), most=len(_ENTRY)))}), str(path))["files"]
        for key, entry in files.items():
            for part, shape in zip(entry, _ENTRY, strict=True):
                check(part, shape, f"{path}: {key}")
            state, role, families, encoder, scale, parts, stored, unusable, facts = entry
            known = facts_of_document(facts)
            identity = Identity(role, frozenset(families), encoder, scale, frozenset(parts), stored, unusable, known)
            _identities[key] = (tuple(state), identity)
    except FileNotFoundError:
        return
    except (OSError, JsonError) as error:
        logger.warning(
            "Nodewright cannot read the identities of the model files in %s and identifies them again: %s", path, error
        )


def _write_identities() -> None:
    files = {
        key: [
            state, it.role, sorted(it.families), it.encoder, it.scale, sorted(it.parts), it.format, it.unusable,
            facts_document(it.facts),
        ]
        for key, (state, it) in _identities.items()
    }  # fmt: skip
    try:
        _cache_path().parent.mkdir(parents=True, exist_ok=True)
        write_json(_cache_path(), {"key": _cache_key(), "files": files})
    except OSError as error:
        message = f"Nodewright cannot keep the identities of the model files for the next start: {error}"
        _warn(_cache_path(), message)
