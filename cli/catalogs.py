"""Read a catalog from a server or a saved file; `nodewright catalog` saves one."""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .progress import open_display
from .reporting import BAD_INPUT, OK, Failure, file_failure, print_document, print_text, server_failures, warn

if TYPE_CHECKING:
    from ..workflow.catalog.catalog import Catalog


_MOST_WARNINGS = 20


@dataclass(frozen=True)
class CatalogRead:
    """A catalog, and where it came from."""

    catalog: Catalog
    """The installation."""
    seconds: float
    """Time to read it."""
    object_info: dict[str, Any]
    """The server's object_info without the classes that cannot be read; empty for a saved file."""
    left_out: tuple[str, ...] = ()
    """Classes that cannot be read."""


def read_catalog(arguments: argparse.Namespace) -> CatalogRead:
    """Read the catalog from the saved file that the options name, or else from the server. Raises Failure."""
    if getattr(arguments, "object_info", None) is None:
        if getattr(arguments, "models", None) is not None:
            raise Failure(BAD_INPUT, "usage", "--models goes with --object-info; a server lists its models itself")
        return _catalog_of_server(arguments)
    from ..workflow.catalog.cache import load_catalog
    from ..workflow.graph import WorkflowError

    start = time.perf_counter()
    try:
        catalog = load_catalog(arguments.object_info, getattr(arguments, "models", None))
    except WorkflowError as error:
        raise Failure(BAD_INPUT, "object_info", str(error)) from error
    except OSError as error:
        raise file_failure(error) from error
    _warn_of_left_out(catalog)
    return CatalogRead(catalog, time.perf_counter() - start, {}, tuple(catalog.left_out))


def _catalog_of_server(arguments: argparse.Namespace) -> CatalogRead:
    from ..comfyui.address import shown_url
    from ..workflow.catalog.object_info import CatalogError, catalog_from_object_info

    start = time.perf_counter()
    with server_failures():
        info, models = asyncio.run(_fetch(arguments))
    try:
        catalog = catalog_from_object_info(info, models)
    except CatalogError as error:
        raise Failure(BAD_INPUT, "object_info", f"{shown_url(arguments.server)}: {error}") from error
    _warn_of_left_out(catalog)
    kept = {name: described for name, described in info.items() if name in catalog.classes}
    return CatalogRead(catalog, time.perf_counter() - start, kept, tuple(catalog.left_out))


def _warn_of_left_out(catalog: Catalog) -> None:
    """Print what is wrong with each node class that cannot be read; of many, with the first ones."""
    found = list(catalog.left_out.values())
    for reason in found[:_MOST_WARNINGS]:
        warn(f"a node class cannot be read and is left out. {reason}")
    if len(found) > _MOST_WARNINGS:
        warn(f"{len(found) - _MOST_WARNINGS} more node classes cannot be read and are left out")


async def _fetch(arguments: argparse.Namespace) -> tuple[dict[str, Any], Any]:
    from ..comfyui.client import Client, ServerError

    with open_display() as display:
        async with Client(arguments.server, arguments.timeout) as client:
            label = f"Reading the node classes of {client.shown}"
            info = await client.object_info(lambda size: display.show(label, note=f"({size / 1e6:.1f} MB)"))
            try:
                models = await client.models()
            except ServerError as error:
                models = None
                display.clear()
                warn(f"{error}. Model families are recognised by file names alone")
    return info, models


def catalog_command(arguments: argparse.Namespace) -> int:
    """Run `nodewright catalog` and return its exit status."""
    from ..comfyui.address import shown_url
    from ..files import write_json
    from ..workflow.catalog.described import described_file, file_document
    from ..workflow.catalog.model_files import left_out, models_by_family
    from ..workflow.catalog.sidecars import FOLDERS_WITH_SIDECARS

    read = _catalog_of_server(arguments)
    try:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        write_json(arguments.out, read.object_info)
        size = arguments.out.stat().st_size
    except OSError as error:
        raise file_failure(error, arguments.out) from error
    by_family, unused = models_by_family(read.catalog.models), left_out(read.catalog.models)
    files = [file for file in read.catalog.models if file.folder in FOLDERS_WITH_SIDECARS and file.unusable is None]
    if not arguments.files:
        files = []
    if arguments.json:
        print_document({
            "server": shown_url(arguments.server), "file": str(arguments.out), "bytes": size,
            "catalog_fingerprint": read.catalog.fingerprint, "classes": len(read.catalog.classes),
            "left_out": list(read.left_out), "models": len(read.catalog.models), "families": by_family,
            "models_left_out": unused, **({"files": list(map(file_document, files))} if arguments.files else {}),
        })  # fmt: skip
        return OK
    print_text(f"{len(read.catalog.classes)} node classes, {len(read.catalog.models)} model files")
    for family, roles in by_family.items():
        print_text(f"  {family}: " + ", ".join(f"{count} {role}" for role, count in roles.items()))
    for file in files:
        print_text(f"  {described_file(file)}")
    for sentence in unused:
        print_text(f"  left out: {sentence}")
    print_text(f"saved in {arguments.out} ({size / 1e6:.1f} MB)")
    return OK
