"""Queues prompts on a ComfyUI server, and gathers what its websocket tells of them."""

from __future__ import annotations

import asyncio
import json
import urllib.request
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from comfyui_process import DIRECT

ENDS = ("execution_success", "execution_error", "execution_interrupted")


@dataclass
class Run:
    """One queued prompt. `events` are (type, data) in the order in which they came; `status` the type of the last."""

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refused: dict[str, Any] | None = None

    @property
    def status(self) -> str:
        return self.events[-1][0] if self.events else "refused"

    @property
    def error(self) -> str:
        """The message that the user sees, or why nothing was queued."""
        if self.refused is not None:
            return json.dumps(self.refused)
        return str(self.events[-1][1].get("exception_message", ""))

    @property
    def cached(self) -> set[str]:
        """Ids of the nodes that the server took from its cache at the start."""
        return {node for kind, data in self.events if kind == "execution_cached" for node in data["nodes"]}

    def output(self, node_id: str) -> dict[str, Any]:
        """What a node showed."""
        return next(data["output"] for kind, data in self.events if kind == "executed" and data["node"] == node_id)

    def shown_at(self, node_id: str) -> list[dict[str, Any]]:
        """The images shown at a node on the canvas: its own, and those of nodes that run inside it."""
        return [
            image
            for kind, data in self.events
            if kind == "executed" and data["display_node"] == node_id
            for image in (data["output"] or {}).get("images", ())
        ]


def run(
    url: str,
    prompt: dict[str, Any],
    on_event: Callable[[str, dict[str, Any]], None] | None = None,
    saved: dict[str, Any] | None = None,
) -> Run:
    """Queue `prompt` and wait for its end, at most ten minutes. `on_event` sees each event as it comes; `saved` is what
    the frontend has written into pictures beside the prompt, its canvas as "workflow" among it."""
    with ThreadPoolExecutor(1) as thread:  # this one may have Playwright's event loop
        return thread.submit(asyncio.run, asyncio.wait_for(_run(url, prompt, on_event, saved), 600)).result()


async def _run(
    url: str,
    prompt: dict[str, Any],
    on_event: Callable[[str, dict[str, Any]], None] | None,
    saved: dict[str, Any] | None,
) -> Run:
    client = uuid.uuid4().hex
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/ws?clientId={client}") as socket:
        body = {"prompt": prompt, "client_id": client, "extra_data": {"extra_pnginfo": saved} if saved else {}}
        async with session.post(f"{url}/prompt", json=body) as answer:
            told = await answer.json()
        if answer.status != 200:
            return Run(refused=told)
        result = Run()
        async for message in socket:
            if message.type != aiohttp.WSMsgType.TEXT:
                continue  # previews
            event = json.loads(message.data)
            data = event["data"]
            if data.get("prompt_id") != told["prompt_id"]:
                continue
            result.events.append((event["type"], data))
            if on_event is not None:
                await asyncio.to_thread(on_event, event["type"], data)
            if event["type"] in ENDS:
                return result
        raise ConnectionError(f"{url}: the websocket closed before the prompt ended")


def fetch(url: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Status and body of a GET, or with `body` of a POST."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"} if body is not None else {})
    try:
        with DIRECT.open(request, timeout=300) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def fetch_json(url: str, body: Any = None) -> Any:
    """The JSON in the body of a GET, or of a POST of `body`, whatever its status."""
    return json.loads(fetch(url, None if body is None else json.dumps(body).encode())[1])
