"""Nodewright: a small language model writes ComfyUI workflows from prompts.

ComfyUI loads this folder from custom_nodes; everyone else imports it as the installed package `nodewright`.
Nothing heavy is imported here: ComfyUI imports this module when it starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comfy_api.latest import ComfyExtension

__version__ = "0.1.0"  # as in pyproject.toml
WEB_DIRECTORY = "./web"


async def comfy_entrypoint() -> ComfyExtension:
    """Called by ComfyUI, and only by ComfyUI, before its server listens: so this is where the routes and
    the models folder are made known.
    (`ComfyExtension.on_load` would be the place, but ComfyUI 0.3.75 never calls it.)"""
    from .nodes import NodewrightExtension, register

    register()
    return NodewrightExtension()
