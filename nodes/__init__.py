"""Nodewright's nodes and routes inside ComfyUI. Nodes import models, and the code that loads them, when they run."""

from __future__ import annotations

import os

import folder_paths
from comfy_api.latest import ComfyExtension, io

from . import routes
from .checkpoint_files import FOLDER
from .load_policy import NodewrightLoadPolicy
from .load_reward import NodewrightLoadReward
from .prompt_to_workflow import NodewrightPromptToWorkflow
from .record_result import NodewrightRecordResult
from .run_workflow import NodewrightRunWorkflow
from .score_workflow import NodewrightScoreWorkflow


class NodewrightExtension(ComfyExtension):
    """The extension, which lists the nodes for ComfyUI."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Return the node classes, in the order of the menu."""
        return [
            NodewrightPromptToWorkflow,
            NodewrightRunWorkflow,
            NodewrightScoreWorkflow,
            NodewrightRecordResult,
            NodewrightLoadPolicy,
            NodewrightLoadReward,
        ]


def register() -> None:
    """Register the folder models/nodewright and the routes. Called once, before the server listens."""
    folder_paths.add_model_folder_path(FOLDER, os.path.join(folder_paths.models_dir, FOLDER))
    routes.register()
