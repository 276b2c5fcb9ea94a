"""Nodewright's HTTP routes.

Handlers only read the request; work that takes time runs in a thread, and no path in a request reaches the file system.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Any

from aiohttp import web
from server import PromptServer

import nodes

from ..version import __version__
from .load_policy import installed_policies, shipped_path
from .score_workflow import NODE_ID as SCORE

MAXIMUM_BODY = 8 * 1024 * 1024
"""Most bytes of a request's body. The largest official template takes 0.2 MB."""


def register() -> None:
    """Add the routes to ComfyUI's server. Called once, before it listens."""
    routes = PromptServer.instance.routes
    routes.get("/nodewright/status")(status)
    routes.get("/nodewright/catalog")(catalog)
    routes.get("/nodewright/models")(models)
    routes.post("/nodewright/validate")(validate)
    routes.post("/nodewright/score")(score)


async def status(request: web.Request) -> web.Response:
    """Return {"version", "shipped_policy": whether it is there, "policies": count in models/nodewright, "classes"}."""
    return await _answer(_status)


async def catalog(request: web.Request) -> web.Response:
    """Return {"fingerprint", "classes": count, "models": count, "families": {family: {role: count}}}.

    Models of unknown family count as "unknown", and upscalers, which fit every family, as "any".
    """
    return await _answer(_catalog)


async def models(request: web.Request) -> web.Response:
    """Return {"models": [{"name", "folder", "role", "families", "alias", "encoder", "scale", "parts"}]}.

    These are the model files as the catalog knows them, for clients that write workflows for this server:
    /object_info has only their names.
    """
    return await _answer(_models)


async def validate(request: web.Request) -> web.Response:
    """Validate {"workflow": API format}: {"valid", "problems": [{"node_id", "class_type", "input", "message"}]}."""
    body = await _body(request)
    return body if isinstance(body, web.Response) else await _answer(_validate, body)


async def score(request: web.Request) -> web.StreamResponse:
    """Queue a score of {"workflow": API format or a script's text, "prompt": text, "reward": as in Load Reward}.

    Only "workflow" is required. The response is that of POST /prompt: {"prompt_id", "number", "node_errors"}. Once the
    queue has come to it, the history has mean, deviation, members and warning under `outputs`, node "score",
    "nodewright_score".
    """
    body = await _body(request)
    if isinstance(body, web.Response):
        return body
    try:
        queued = {"prompt": _scoring_graph(_parsed(body))}
    except ValueError as error:
        return _error(str(error), 400)
    post_prompt: Any = next(
        route.handler
        for route in PromptServer.instance.routes
        if isinstance(route, web.RouteDef) and (route.method, route.path) == ("POST", "/prompt")
    )
    answer: web.StreamResponse = await post_prompt(_WithBody(request, queued))
    return answer


class _WithBody:
    """A request with another JSON body."""

    def __init__(self, request: web.Request, body: Any) -> None:
        self._request, self._body_now = request, body

    async def json(self, **_: Any) -> Any:
        return self._body_now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


async def _body(request: web.Request) -> bytes | web.Response:
    """Return the body, or the response for one that is too large."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAXIMUM_BODY:
            return _error(f"the body is larger than {MAXIMUM_BODY} bytes", 413)
    return bytes(body)


async def _answer(work: Any, *arguments: Any) -> web.Response:
    """Run `work` in a thread and respond with its result as JSON, or with status 400 and a ValueError's message."""
    loop = asyncio.get_running_loop()
    try:
        return web.json_response(await loop.run_in_executor(None, work, *arguments))
    except ValueError as error:
        return _error(str(error), 400)


def _error(message: str, status_code: int) -> web.Response:
    return web.json_response({"error": message}, status=status_code)


def _status() -> dict[str, Any]:
    try:
        shipped_path()
        shipped = True
    except ValueError:
        shipped = False
    return {
        "version": __version__,
        "shipped_policy": shipped,
        "policies": len(installed_policies()),
        "classes": len(nodes.NODE_CLASS_MAPPINGS),
    }


def _catalog() -> dict[str, Any]:
    from ..workflow.catalog.model_files import models_by_family
    from .live_catalog import live_catalog

    found = live_catalog()
    return {
        "fingerprint": found.fingerprint,
        "classes": len(found.classes),
        "models": len(found.models),
        "families": models_by_family(found.models),
    }


def _models() -> dict[str, Any]:
    from .live_catalog import live_catalog

    sets = ("families", "parts")
    return {
        "models": [
            asdict(model) | {name: sorted(getattr(model, name)) for name in sets} for model in live_catalog().models
        ]
    }


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("the body is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"the body is not JSON: {error}") from error


def _scoring_graph(sent: Any) -> dict[str, Any]:
    """Return the graph that scores the workflow of a request. Raises ValueError for a body of another form."""
    if not isinstance(sent, dict) or not sent.get("workflow"):
        raise ValueError('the body must be {"workflow": a workflow in API format, "prompt": text}')
    workflow, prompt, reward = sent["workflow"], sent.get("prompt", ""), sent.get("reward")
    if not isinstance(prompt, str) or not (reward is None or isinstance(reward, str)):
        raise ValueError("prompt and reward must be texts")
    text = workflow if isinstance(workflow, str) else json.dumps(workflow)
    inputs: dict[str, Any] = {"prompt": prompt, "workflow": text}
    graph = {"score": {"class_type": SCORE, "inputs": inputs}}
    if reward is not None:
        inputs["reward"] = ["reward", 0]
        graph["reward"] = {"class_type": "NodewrightLoadReward", "inputs": {"reward": reward}}
    return graph


def _validate(body: bytes) -> dict[str, Any]:
    from ..workflow.validate import validate as problems_of
    from .live_catalog import live_catalog

    sent = _parsed(body)
    if not isinstance(sent, dict) or "workflow" not in sent:
        raise ValueError('the body must be {"workflow": a workflow in API format}')
    problems = problems_of(sent["workflow"], live_catalog())
    listed = [
        {"node_id": one.node_id, "class_type": one.class_type, "input": one.input, "message": one.message}
        for one in problems
    ]
    return {"valid": not problems, "problems": listed}
