"""The session's server, with a policy in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from comfyui_client import fetch_json
from comfyui_process import ComfyUI
from tiny_policy import write_tiny_policy

from nodewright.models.policy.checkpoints import shipped_policy_path
from nodewright.workflow.ui_format import api_from_ui


@pytest.fixture(scope="session")
def url(comfyui_server: ComfyUI) -> str:
    """The server's, with a policy of random weights as "tiny" in models/nodewright."""
    write_tiny_policy(comfyui_server.base_directory / "models" / "nodewright" / "tiny")
    return comfyui_server.url


@pytest.fixture(scope="session")
def example(repository: Path) -> dict[str, Any]:
    """The example workflow, as the canvas saves it. Where no policy is shipped, with the tiny one."""
    path = repository / "example_workflows" / "Nodewright Text to Image.json"
    ui: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    (prompt_node,) = (node for node in ui["nodes"] if node["type"] == "NodewrightPromptToWorkflow")
    prompt_node["widgets_values"][16:18] = [9, 0.07]  # max_nodes, max_megapixels: done in seconds
    if not shipped_policy_path().is_dir():
        output = {"name": "policy", "type": "NODEWRIGHT_POLICY", "links": [99]}
        loader = {"id": 99, "type": "NodewrightLoadPolicy", "pos": [40, -120], "size": [400, 120], "flags": {}}
        loader |= {"order": 0, "mode": 0, "inputs": [], "outputs": [output], "properties": {}}
        ui["nodes"].append(loader | {"widgets_values": ["tiny", "auto", "auto", ""]})
        ui["links"].append([99, 99, 0, prompt_node["id"], 0, "NODEWRIGHT_POLICY"])
        prompt_node["inputs"][0]["link"] = 99
    return ui


@pytest.fixture(scope="session")
def example_prompt(url: str, example: dict[str, Any]) -> dict[str, Any]:
    """The example workflow in API format."""
    return api_from_ui(example, fetch_json(f"{url}/object_info"))


@pytest.fixture
def prompt_node() -> dict[str, Any]:
    """Prompt to Workflow with the tiny policy, alone."""
    inputs = {"prompt": "a red circle", "seed": 3, "temperature": 1.0, "top_p": 1.0, "candidates": 1}
    return {
        "1": {"class_type": "NodewrightPromptToWorkflow", "inputs": inputs | {"policy": ["9", 0]}},
        "9": {"class_type": "NodewrightLoadPolicy", "inputs": {"policy": "tiny"}},
    }
