"""Nodewright's nodes and routes inside ComfyUI. Nodes import models, and the code that loads them, when they run."""

from __future__ import annotations

import os

import folder_paths
from comfy_api.latest import ComfyExtension, io

from . import help_pages, rating_routes, routes, saving_node, users, web_modules
from .checkpoint_files import FOLDER
from .improve_workflow import NodewrightImproveWorkflow
from .learn_from_ratings import NodewrightLearnFromRatings
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
            NodewrightLearnFromRatings,
            NodewrightImproveWorkflow,
        ]


def register() -> None:
    """Register the folder models/nodewright, the routes and a node of V1, and see to how web/ is served.

    Called once, before the server listens.
    """
    folder_paths.add_model_folder_path(FOLDER, os.path.join(folder_paths.models_dir, FOLDER))
    saving_node.register()
    routes.register()
    rating_routes.register()
    users.register()
    web_modules.register()
    help_pages.register()
