"""Build the catalog of the running ComfyUI from its node registry, its model folders and its own model detection.

ComfyUI recognises a diffusion model by the names and shapes of its tensors. Its detection is called with tensors on the
meta device, made from the file's header, so that no weights are read and no memory is allocated.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import comfy.model_detection
import comfy.utils
import folder_paths
import torch
from comfy_api.internal import _ComfyNodeInternal

import nodes

from ..files import write_json
from ..workflow.catalog.cache import rules_version
from ..workflow.catalog.catalog import Catalog, ModelFile, with_same_classes
from ..workflow.catalog.identify import Identity, identify_file
from ..workflow.catalog.model_files import model_files
from ..workflow.catalog.object_info import catalog_of_readable
from ..workflow.catalog.safetensors_header import SafetensorsHeader
from ..workflow.families.lookup import comfyui_families
from ..workflow.families.names import MODEL_EXTENSIONS

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

_State = tuple[str, int, int]  # path, bytes, time of change in ns

_lock = threading.Lock()
_identities: dict[str, tuple[_State, Identity]] = {}  # "folder\0path" -> the file's state, and its identity
_last: tuple[str, tuple[ModelFile, ...], Catalog] | None = None


def live_catalog() -> Catalog:
    """Return the catalog as of now, reading again only what has changed since the last call.

    May be called from any thread; a second caller waits for the first.
    """
    global _last
    with _lock:
        texts = _class_texts()
        models = _models()
        # Not the texts themselves, which may be 100 MB. The order of the registry is part of it.
        state = hashlib.sha256("\n".join(texts.values()).encode("utf-8", "surrogatepass")).hexdigest()
        if _last is not None and _last[0] == state and _last[1] == models:
            return _last[2]
        # One pack's mistake must not take all other nodes away.
        catalog, errors = catalog_of_readable({name: json.loads(text) for name, text in texts.items()}, models)
        for error in errors.values():
            logger.warning("Nodewright leaves out a node class that it cannot read. %s", error)
        if _last is not None:
            catalog = with_same_classes(catalog, _last[2])
        _last = (state, models, catalog)
        return catalog


def object_info() -> dict[str, Any]:
    """Return what GET /object_info sends, as plain JSON data."""
    return {name: json.loads(text) for name, text in _class_texts().items()}


def _class_texts() -> dict[str, str]:
    """Return each class of object_info as JSON, as a client sees it: enums and subclasses of str are text.

    A class that fails to describe itself is left out with a warning in the log, as the server does.
    """
    texts = {}
    for name, cls in list(nodes.NODE_CLASS_MAPPINGS.items()):
        try:
            texts[name] = json.dumps(_node_info(name, cls))
        except Exception as error:  # INPUT_TYPES is anybody's code
            logger.warning("Nodewright leaves out the node class %r, which fails to describe itself: %r", name, error)
    return texts


def _node_info(name: str, cls: Any) -> dict[str, Any]:
    """Return what the server's node_info returns for one class."""
    is_list = bool(getattr(cls, "INPUT_IS_LIST", False))
    if issubclass(cls, _ComfyNodeInternal):
        info: dict[str, Any] = cls.GET_NODE_INFO_V1()
        return {**info, "is_input_list": is_list}
    inputs = cls.INPUT_TYPES()
    outputs = cls.RETURN_TYPES
    return {
        "input": inputs,
        "input_order": {key: list(value) for key, value in inputs.items()},
        "is_input_list": is_list,
        "output": outputs,
        "output_is_list": getattr(cls, "OUTPUT_IS_LIST", [False] * len(outputs)),
        "output_name": getattr(cls, "RETURN_NAMES", outputs),
        "name": name,
        "display_name": nodes.NODE_DISPLAY_NAME_MAPPINGS.get(name, name),
        "description": getattr(cls, "DESCRIPTION", ""),
        "python_module": getattr(cls, "RELATIVE_PYTHON_MODULE", "nodes"),
        "category": getattr(cls, "CATEGORY", "sd"),
        "output_node": getattr(cls, "OUTPUT_NODE", False) is True,
        "deprecated": bool(getattr(cls, "DEPRECATED", False)),
        "experimental": bool(getattr(cls, "EXPERIMENTAL", False)),
        "dev_only": bool(getattr(cls, "DEV_ONLY", False)),
        "api_node": bool(getattr(cls, "API_NODE", False)),
    }


# ---- model files -------------------------------------------------------------------------------------------------


def _models() -> tuple[ModelFile, ...]:
    _read_identities()
    found: dict[tuple[str, str], Identity] = {}
    changed = False
    for key, (folders, extensions) in list(folder_paths.folder_names_and_paths.items()):
        if not set(extensions) & set(MODEL_EXTENSIONS):
            continue
        folder = _FOLDERS.get(key, key)
        for name, state in _listed(key, folders):
            path = state[0]
            known = _identities.get(f"{folder}\0{path}")
            if known is None or known[0] != state:
                try:
                    known = (state, identify_file(folder, name, Path(path), _detected_families))
                except OSError as error:  # it may pass, so nothing is kept of it
                    logger.warning("Nodewright does not use the model %s, which cannot be read now: %s", path, error)
                    found[folder, name] = Identity("unknown")
                    continue
                _identities[f"{folder}\0{path}"] = known
                changed = True
            found[folder, name] = known[1]
    if changed:
        _write_identities()
    return model_files((folder, name, identity) for (folder, name), identity in found.items())


def _listed(key: str, folders: Sequence[str]) -> Iterator[tuple[str, _State]]:
    """Yield the model files that ComfyUI lists, and their states.

    A folder or file that cannot be reached, as on a drive that is gone, is left out with a warning, so that the others
    remain.
    """
    try:
        names = folder_paths.get_filename_list(key)
    except OSError as error:
        logger.warning("Nodewright leaves out the models of %r, in %s: %s", key, ", ".join(folders), error)
        return
    for name in names:
        path = folder_paths.get_full_path(key, name)
        if path is None or not name.lower().endswith(MODEL_EXTENSIONS):
            continue
        try:
            status = os.stat(path)
        except OSError as error:
            logger.warning("Nodewright leaves out the model %s, in the folder %r: %s", path, key, error)
            continue
        yield name, (path, status.st_size, status.st_mtime_ns)


def _detected_families(name: str, header: SafetensorsHeader, whole: bool) -> frozenset[str]:
    """Return the families of the class that ComfyUI would load a file with; none where it knows no class.

    Where one class stands for several families, the shapes decide between them (workflow/families/detection.py).
    """
    return comfyui_families(_detect(name, header, whole))


def _detect(name: str, header: SafetensorsHeader, whole: bool) -> str | None:
    """Return the class of comfy/supported_models.py that ComfyUI would load a file with, or None.

    The steps are those of comfy.sd.load_state_dict_guess_config (`whole`) and load_diffusion_model_state_dict.
    """
    tensors = {
        key: torch.empty(tensor.shape, dtype=_DTYPES.get(tensor.dtype, torch.float16), device="meta")
        for key, tensor in header.tensors.items()
    }
    metadata = header.metadata or None
    detection = comfy.model_detection
    try:
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
    except Exception as error:  # it indexes keys that it expects, which a foreign file may lack
        logger.info("ComfyUI's model detection does not get through %s: %r", name, error)
        return None
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
        data = json.loads(path.read_bytes())
        if data["key"] != _cache_key():
            return
        for key, (state, role, families, encoder, scale, parts) in data["files"].items():
            identity = Identity(role, frozenset(families), encoder, scale, frozenset(parts))
            _identities[key] = ((state[0], state[1], state[2]), identity)
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        logger.warning(
            "Nodewright cannot read the identities of the model files in %s and identifies them again: %s", path, error
        )


def _write_identities() -> None:
    files = {
        key: [state, it.role, sorted(it.families), it.encoder, it.scale, sorted(it.parts)]
        for key, (state, it) in _identities.items()
    }
    try:
        _cache_path().parent.mkdir(parents=True, exist_ok=True)
        write_json(_cache_path(), {"key": _cache_key(), "files": files})
    except OSError as error:
        logger.warning("Nodewright cannot keep the identities of the model files for the next start: %s", error)
