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
    """Classes of the server that cannot be read."""


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
    return CatalogRead(catalog, time.perf_counter() - start, {})


def _catalog_of_server(arguments: argparse.Namespace) -> CatalogRead:
    from ..comfyui.address import shown_url
    from ..workflow.catalog.object_info import CatalogError, catalog_of_readable

    start = time.perf_counter()
    with server_failures():
        info, models = asyncio.run(_fetch(arguments))
    try:
        # One pack's mistake must not take everyone else's nodes away.
        catalog, errors = catalog_of_readable(info, models)
    except CatalogError as error:
        raise Failure(BAD_INPUT, "object_info", f"{shown_url(arguments.server)}: {error}") from error
    for found in errors.values():
        warn(f"a node class cannot be read and is left out. {found}")
    kept = {name: described for name, described in info.items() if name not in errors}
    return CatalogRead(catalog, time.perf_counter() - start, kept, tuple(errors))


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
    from ..workflow.catalog.model_files import models_by_family

    read = _catalog_of_server(arguments)
    try:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        write_json(arguments.out, read.object_info)
        size = arguments.out.stat().st_size
    except OSError as error:
        raise file_failure(error, arguments.out) from error
    by_family = models_by_family(read.catalog.models)
    if arguments.json:
        print_document({
            "server": shown_url(arguments.server), "file": str(arguments.out), "bytes": size,
            "catalog_fingerprint": read.catalog.fingerprint, "classes": len(read.catalog.classes),
            "left_out": list(read.left_out), "models": len(read.catalog.models), "families": by_family,
        })  # fmt: skip
        return OK
    print_text(f"{len(read.catalog.classes)} node classes, {len(read.catalog.models)} model files")
    for family, roles in by_family.items():
        print_text(f"  {family}: " + ", ".join(f"{count} {role}" for role, count in roles.items()))
    print_text(f"saved in {arguments.out} ({size / 1e6:.1f} MB)")
    return OK
