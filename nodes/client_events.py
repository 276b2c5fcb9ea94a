"""Events of the pack's own through ComfyUI's websocket."""

from __future__ import annotations

from typing import Any

from comfy_execution.utils import get_executing_context
from server import PromptServer


def send_to_client(event: str, data: dict[str, Any]) -> None:
    """Send an event of the node that runs to the client that queued it, if one did and no other.

    Parameters:
        event: its name.
        data: JSON data, to which "prompt_id" and "node" are added.
    """
    context, server = get_executing_context(), PromptServer.instance
    if context is not None and server.client_id is not None:
        server.send_sync(event, {"prompt_id": context.prompt_id, "node": context.node_id, **data}, server.client_id)
