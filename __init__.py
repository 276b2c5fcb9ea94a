"""Nodewright: a small language model writes ComfyUI workflows from prompts.

ComfyUI loads this folder from custom_nodes; everyone else imports it as the installed package `nodewright`.
Nothing heavy is imported here, since ComfyUI imports this module when it starts: the names in `__all__` are imported
when they are first used. writing.py has an example.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from .version import __version__ as __version__

if TYPE_CHECKING:
    from comfy_api.latest import ComfyExtension

    from .models.reward.improving import improve
    from .workflow.catalog.cache import load_catalog
    from .workflow.checking.check import check
    from .workflow.checking.fix import fix
    from .workflow.grammar.constraints import Constraints
    from .workflow.grammar.grammar import Grammar
    from .writing import WrittenWorkflow, load_policy, load_reward, write_workflows

__all__ = [
    "Constraints",
    "Grammar",
    "WrittenWorkflow",
    "check",
    "fix",
    "improve",
    "load_catalog",
    "load_policy",
    "load_reward",
    "write_workflows",
]

WEB_DIRECTORY = "./web"

_MODULES = {
    "Constraints": "workflow.grammar.constraints",
    "Grammar": "workflow.grammar.grammar",
    "check": "workflow.checking.check",
    "fix": "workflow.checking.fix",
    "improve": "models.reward.improving",
    "load_catalog": "workflow.catalog.cache",
} | dict.fromkeys(("WrittenWorkflow", "load_policy", "load_reward", "write_workflows"), "writing")


def __getattr__(name: str) -> object:
    """Import what `__all__` names when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)


async def comfy_entrypoint() -> ComfyExtension:
    """Register routes and the models folder, and return the nodes. ComfyUI calls it before its server listens.

    `ComfyExtension.on_load` would be the place for the registration, but ComfyUI 0.3.75 never calls it.
    """
    from .nodes import NodewrightExtension, register

    register()
    return NodewrightExtension()
