"""How the modules of the user interface are served.

ComfyUI's server lets the browser keep a file that does not end in .js or .css, and on Windows the registry may give
.mjs another type, which browsers refuse as a module. Both are put right for this pack's own files, and no others.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from aiohttp import web
from server import PromptServer

import nodes

WEB = Path(__file__).resolve().parent.parent / "web"


def register() -> None:
    """Have the headers of these modules set. Called once, before the server listens."""
    PromptServer.instance.app.on_response_prepare.append(_as_module)


async def _as_module(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.endswith(".mjs") and request.path.startswith(_prefixes()):
        response.headers["Cache-Control"] = "no-cache"  # else an updated pack runs with modules of the former one
        if response.status == 200:
            response.headers["Content-Type"] = "text/javascript; charset=utf-8"


@cache
def _prefixes() -> tuple[str, ...]:
    """Return the beginnings of the paths at which ComfyUI serves this pack's web folder; known once all are loaded."""
    folders = nodes.EXTENSION_WEB_DIRS.items()
    return tuple(f"/extensions/{name}/" for name, folder in folders if Path(folder).resolve() == WEB)
