"""Serve the help pages of the nodes in English where ComfyUI's frontend asks for another language first.

The frontend asks for NODE/LANGUAGE.md, also in English, and for NODE.md only after an error. The pages are
not translated, so the first question is answered with the page that there is, and the console shows no error.
"""

from __future__ import annotations

from aiohttp import web
from server import PromptServer

from .web_modules import WEB

DOCS = WEB / "docs"
NAMES = frozenset({WEB.parent.name, "nodewright"})
"""The names under which ComfyUI serves the pack's web folder: that of its folder, and that of its project."""


def register() -> None:
    """Add the routes to ComfyUI's server. Called once, before it listens."""
    for name in sorted(NAMES):
        PromptServer.instance.routes.get(f"/extensions/{name}/docs/{{node}}/{{language}}.md")(page)


async def page(request: web.Request) -> web.StreamResponse:
    """Return the help page of a node; nothing in the request reaches the file system."""
    pages = {path.stem: path for path in DOCS.glob("*.md")}
    found = pages.get(request.match_info["node"])
    if found is None:
        raise web.HTTPNotFound
    return web.FileResponse(found, headers={"Content-Type": "text/markdown; charset=utf-8"})
