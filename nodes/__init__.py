"""Nodewright's nodes and routes inside ComfyUI. Models, and what reads them, are imported when a node runs."""

from __future__ import annotations

import os

import folder_paths
from comfy_api.latest import ComfyExtension, io

from . import routes
from .load_policy import FOLDER, NodewrightLoadPolicy
from .load_reward import NodewrightLoadReward
from .prompt_to_workflow import NodewrightPromptToWorkflow
from .record_result import NodewrightRecordResult
from .run_workflow import NodewrightRunWorkflow
from .score_workflow import NodewrightScoreWorkflow


class NodewrightExtension(ComfyExtension):
    """What ComfyUI asks for the nodes."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return [
            NodewrightPromptToWorkflow,
            NodewrightRunWorkflow,
            NodewrightScoreWorkflow,
            NodewrightRecordResult,
            NodewrightLoadPolicy,
            NodewrightLoadReward,
        ]


def register() -> None:
    """Tell ComfyUI of the folder models/nodewright and of the routes. Called once, before the server listens."""
    folder_paths.add_model_folder_path(FOLDER, os.path.join(folder_paths.models_dir, FOLDER))
    routes.register()
