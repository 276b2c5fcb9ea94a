"""What Nodewright answers over HTTP. Handlers only read what they are sent; what takes time runs in a thread, and no
path from a request reaches the file system."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Any

from aiohttp import web
from server import PromptServer

import nodes

from ..version import __version__
from .load_policy import installed, shipped_path
from .score_workflow import NODE_ID as SCORE

MAXIMUM_BODY = 8 * 1024 * 1024
"""Bytes of a workflow that is sent to be validated. The largest official template takes 0.2 MB."""


def register() -> None:
    """Add the routes to ComfyUI's server. Called once, before it listens."""
    routes = PromptServer.instance.routes
    routes.get("/nodewright/status")(status)
    routes.get("/nodewright/catalog")(catalog)
    routes.get("/nodewright/models")(models)
    routes.post("/nodewright/validate")(validate)
    routes.post("/nodewright/score")(score)


async def status(request: web.Request) -> web.Response:
    """{"version", "shipped_policy": whether it is there, "policies": how many in models/nodewright, "classes"}."""
    return await _answer(_status)


async def catalog(request: web.Request) -> web.Response:
    """{"fingerprint", "classes": count, "models": count, "families": {family: {role: count}}}; models of unknown
    family count as "unknown", those that belong to none as "any"."""
    return await _answer(_catalog)


async def models(request: web.Request) -> web.Response:
    """{"models": [{"name", "folder", "role", "families", "alias", "encoder", "scale", "parts"}]}: the model files as
    the catalog knows them, for clients that write workflows for this server. /object_info tells their names only."""
    return await _answer(_models)


async def validate(request: web.Request) -> web.Response:
    """{"workflow": API format} -> {"valid", "problems": [{"node_id", "class_type", "input", "message"}]}."""
    body = await _body(request)
    return body if isinstance(body, web.Response) else await _answer(_validate, body)


async def score(request: web.Request) -> web.StreamResponse:
    """{"workflow": API format, or the text of a script, "prompt": text, "reward": as in Load Reward} -> what POST
    /prompt answers: {"prompt_id", "number", "node_errors"}. Only the workflow is needed. Scoring takes its turn in the
    queue; the history then has mean, deviation, members and warning under `outputs`, node "score", "nodewright_score".
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
    """A request as it came, but for its JSON."""

    def __init__(self, request: web.Request, body: Any) -> None:
        self._request, self._body_now = request, body

    async def json(self, **_: Any) -> Any:
        return self._body_now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


async def _body(request: web.Request) -> bytes | web.Response:
    """The body, or the answer that it is too large."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAXIMUM_BODY:
            return _error(f"the body is larger than {MAXIMUM_BODY} bytes", 413)
    return bytes(body)


async def _answer(work: Any, *arguments: Any) -> web.Response:
    """What `work` returns, from a thread; 400 and the message for a ValueError."""
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
        "policies": len(installed()),
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
    """The graph that scores what was sent."""
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
