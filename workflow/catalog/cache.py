"""A catalog from a saved object_info, cached in a compact form so that the next start does not read 100 MB again.

The cache is a digest and JSON: option lists once each, node classes as rows. It is stale when the object_info, any
model file or a file that describes it (path, size, modification time), or the rules that identify files change. It is
only a copy: where it cannot be written or read, the catalog is built again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from collections.abc import Iterable
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...files import write_bytes
from ...guarded_json import MEBIBYTE, JsonError, read_json
from ..families.lookup import registered_modules
from .catalog import Catalog, InputSpec, ModelFile, NodeClass
from .file_facts import facts_document, facts_of_document
from .models_folder import identify_models, list_models
from .object_info import CatalogError, catalog_from_object_info
from .sidecars import Sidecars, sidecars_state

logger = logging.getLogger(__name__)

MAXIMUM_BYTES = 512 * MEBIBYTE
"""Largest object_info that is read; that of 2,700 classes has 100 MB."""


def default_cache_dir() -> Path:
    """Return the folder in which this system keeps what programs can recreate."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "nodewright"


def load_catalog(object_info_path: Path, models_dir: Path | None = None, cache_dir: Path | None = None) -> Catalog:
    """Return the catalog of a saved object_info.

    Args:
        object_info_path: file with the JSON of object_info.
        models_dir: models folder whose files the catalog has; None for those that object_info lists.
        cache_dir: folder of the cache; None for the system's (`default_cache_dir`).

    Raises:
        FileNotFoundError: a file or folder is missing.
        CatalogError: the JSON cannot be read.
    """
    state = os.stat(object_info_path)
    found = [] if models_dir is None else list_models(models_dir)
    key: dict[str, Any] = {
        "rules": rules_version(),
        "object_info": [str(object_info_path.resolve()), state.st_size, state.st_mtime_ns],
        "models": None if models_dir is None else _models_state(models_dir, found),
    }
    name = hashlib.sha256(json.dumps([key["object_info"][0], str(models_dir and models_dir.resolve())]).encode())
    path = (cache_dir or default_cache_dir()) / f"catalog_{name.hexdigest()[:16]}.json"
    catalog = _read(path, key)
    if catalog is None:
        catalog = _build(object_info_path, models_dir is not None, found)
        _write(path, key, catalog)
    return catalog


def read_object_info(path: Path) -> Any:
    """Return the JSON of a saved object_info. Raises CatalogError and OSError."""
    try:
        # ComfyUI writes a range without an end as Infinity.
        return read_json(path, maximum_bytes=MAXIMUM_BYTES, non_finite=True, surrogates=True)
    except JsonError as error:
        raise CatalogError(
            f"not the JSON of object_info: {error}. Save it again: nodewright catalog --server URL"
        ) from None


def _build(object_info_path: Path, with_models: bool, found: list[tuple[str, str, Path]]) -> Catalog:
    object_info = read_object_info(object_info_path)
    models = identify_models(found) if with_models else None
    return catalog_from_object_info(object_info, models, options_from_models=with_models)


def _models_state(models_dir: Path, found: Iterable[tuple[str, str, Path]]) -> list[str]:
    """Return the folder, and a digest that changes when any of its model files does, or a file beside one."""
    digest = hashlib.sha256()
    sidecars = Sidecars()
    for folder, name, path in found:
        try:
            state = path.stat()
            size, changed = state.st_size, state.st_mtime_ns
        except OSError:  # a link that leads nowhere
            size = changed = -1
        beside = sidecars_state(sidecars.of(folder, path))
        digest.update(f"{folder}\0{name}\0{size}\0{changed}\0{beside}\n".encode("utf-8", "surrogatepass"))
    return [str(models_dir.resolve()), digest.hexdigest()]


@lru_cache(maxsize=1)
def rules_version() -> str:
    """Return a digest of the code that reads object_info and identifies files: what was cached under another is stale.

    The families that other folders of the package register are part of it.
    """
    digest = hashlib.sha256()
    here = Path(__file__).parent
    families = (*sorted((here.parent / "families").glob("*.py")), *registered_modules())
    for path in (*sorted(here.glob("*.py")), *families):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


# ---- the file ----------------------------------------------------------------------------------------------------


def _write(path: Path, key: dict[str, Any], catalog: Catalog) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"key": key, "catalog": to_json(catalog)}, separators=(",", ":")).encode("ascii")
        write_bytes(path, hashlib.sha256(content).hexdigest().encode("ascii") + b"\n" + content)
    except OSError as error:
        logger.warning("The catalog works, but could not be cached for the next start in %s: %s", path, error)


def _read(path: Path, key: dict[str, Any]) -> Catalog | None:
    """Return the catalog in `path` if it was made from the same files and rules, otherwise None."""
    try:
        digest, _, content = path.read_bytes().partition(b"\n")
        if digest != hashlib.sha256(content).hexdigest().encode("ascii"):
            raise ValueError("it is damaged")
        data = json.loads(content)  # what this module wrote: nothing of it needs to be checked
        return from_json(data["catalog"]) if data["key"] == key else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        logger.warning("The cached catalog %s cannot be read and is built again: %s", path, error)
        return None


# Fields of InputSpec that JSON cannot hold: option lists are in a table of their own, nested inputs are rows, and
# tuples are lists. A row ends where only defaults would follow.
_SPEC_FIELDS = tuple(field.name for field in fields(InputSpec))
_OPTIONS = _SPEC_FIELDS.index("options")
_BRANCHES = _SPEC_FIELDS.index("branches")
_TEMPLATE = _SPEC_FIELDS.index("template")
_TYPES = _SPEC_FIELDS.index("types")
_GROW_NAMES = _SPEC_FIELDS.index("grow_names")
_ROWS = _SPEC_FIELDS.index("rows")
_SPEC_DEFAULTS = tuple(field.default for field in fields(InputSpec))
_CLASS_FIELDS = tuple(field.name for field in fields(NodeClass))
_CLASS_INPUTS = _CLASS_FIELDS.index("inputs")
_CLASS_TUPLES = tuple(_CLASS_FIELDS.index(name) for name in ("outputs", "output_is_list", "output_matches"))
_MODEL_FIELDS = tuple(field.name for field in fields(ModelFile))
_MODEL_SETS = tuple(_MODEL_FIELDS.index(name) for name in ("families", "parts"))
_MODEL_FACTS = _MODEL_FIELDS.index("facts")


def to_json(catalog: Catalog) -> dict[str, Any]:
    """Return the catalog as JSON data; `from_json` reads it."""
    lists: dict[int, int] = {}  # id of an option tuple -> its index in the table
    table: list[tuple[Any, ...]] = []

    def options(values: tuple[Any, ...]) -> int | None:
        if not values:
            return None
        if id(values) not in lists:
            lists[id(values)] = len(table)
            table.append(values)
        return lists[id(values)]

    def row(spec: InputSpec) -> list[Any]:
        values = [getattr(spec, name) for name in _SPEC_FIELDS]
        used = max(index for index, value in enumerate(values) if index < 4 or value != _SPEC_DEFAULTS[index]) + 1
        values[_OPTIONS] = options(spec.options)
        values[_BRANCHES] = [[key, [row(inner) for inner in inputs]] for key, inputs in spec.branches]
        values[_TEMPLATE] = None if spec.template is None else row(spec.template)
        values[_ROWS] = [row(inner) for inner in spec.rows]
        return values[:used]

    classes = []
    for cls in catalog.classes.values():
        values = [getattr(cls, name) for name in _CLASS_FIELDS]
        values[_CLASS_INPUTS] = [row(spec) for spec in cls.inputs]
        classes.append(values)
    models = []
    for model in catalog.models:
        values = [getattr(model, name) for name in _MODEL_FIELDS]
        for index in _MODEL_SETS:
            values[index] = sorted(values[index])
        values[_MODEL_FACTS] = facts_document(model.facts)
        models.append(values)
    return {
        "fingerprint": catalog.fingerprint,
        "lists": table,
        "classes": classes,
        "models": models,
        "left_out": dict(catalog.left_out),
    }


def from_json(data: dict[str, Any]) -> Catalog:
    """Return the catalog that `to_json` wrote."""
    table = [tuple(values) for values in data["lists"]]

    def spec(row: list[Any]) -> InputSpec:
        row[_TYPES] = tuple(row[_TYPES])
        if len(row) > _OPTIONS:
            row[_OPTIONS] = () if row[_OPTIONS] is None else table[row[_OPTIONS]]
        if len(row) > _BRANCHES:
            row[_BRANCHES] = tuple((key, tuple(spec(inner) for inner in inputs)) for key, inputs in row[_BRANCHES])
        if len(row) > _TEMPLATE and row[_TEMPLATE] is not None:
            row[_TEMPLATE] = spec(row[_TEMPLATE])
        if len(row) > _GROW_NAMES:
            row[_GROW_NAMES] = tuple(row[_GROW_NAMES])
        if len(row) > _ROWS:
            row[_ROWS] = tuple(spec(inner) for inner in row[_ROWS])
        return InputSpec(*row)

    classes = {}
    for values in data["classes"]:
        values[_CLASS_INPUTS] = tuple(spec(row) for row in values[_CLASS_INPUTS])
        for index in _CLASS_TUPLES:
            values[index] = tuple(values[index])
        cls = NodeClass(*values)
        classes[cls.name] = cls
    models = []
    for values in data["models"]:
        for index in _MODEL_SETS:
            values[index] = frozenset(values[index])
        values[_MODEL_FACTS] = facts_of_document(values[_MODEL_FACTS])
        models.append(ModelFile(*values))
    return Catalog(classes, tuple(models), data["fingerprint"], data["left_out"])
