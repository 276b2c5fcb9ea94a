"""How a route reads its request and answers, beside ComfyUI's own routes and without keeping these waiting.

Handlers on the event loop read the request and no more. What takes time, parsing and writing JSON among it, runs in
threads of the pack's own, so that neither ComfyUI's other answers nor its static files, which have the loop's threads,
wait for it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web
from server import PromptServer

from .threads import THREADS, in_thread

MAXIMUM_BODY = 8 * 1024 * 1024
"""Most bytes of a request's body. The largest official template takes 0.2 MB."""
MAXIMUM_WAITING = 32
"""Most requests that wait for a thread; a client that asks for more is asked to come back."""

_turns = asyncio.Semaphore(THREADS)  # rather than the pool's own queue, in which the work of a client that left remains
_waiting = 0


async def _queue_prompt(request: web.Request, body: Any) -> web.StreamResponse:
    """Do with a body what POST /prompt does, for the client and the user of a request."""
    post_prompt: Any = next(
        route.handler
        for route in PromptServer.instance.routes
        if isinstance(route, web.RouteDef) and (route.method, route.path) == ("POST", "/prompt")
    )
    response: web.StreamResponse = await post_prompt(_WithBody(request, body))
    return response


class _WithBody:
    """A request with another JSON body."""

    def __init__(self, request: web.Request, body: Any) -> None:
        self._request, self._body_now = request, body

    async def json(self, **_: Any) -> Any:
        return self._body_now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


class Refused(Exception):
    """A request that is not worked on.

    Attributes:
        response: the answer.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.response = web.json_response({"error": message}, status=status)


async def _body_of(request: web.Request) -> bytes:
    """Return the body. Raises Refused for one that is too large or is not declared as JSON."""
    if request.content_type != "application/json":  # which a page of another site cannot send without being asked
        raise Refused("the body must be JSON, with the header Content-Type: application/json", 415)
    too_large = f"the body is larger than {MAXIMUM_BODY} bytes"
    if (request.content_length or 0) > MAXIMUM_BODY:
        raise Refused(too_large, 413)
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAXIMUM_BODY:
            raise Refused(too_large, 413)
    return bytes(body)


async def answer(request: web.Request, work: Callable[..., Any], *arguments: Any) -> web.Response:
    """Do `work` in a thread and respond with its result as JSON, or with why the request is refused."""
    try:
        found = await in_turn(request, lambda: json.dumps(work(*arguments)).encode())
    except Refused as refused:
        return refused.response
    return web.Response(body=found, content_type="application/json", charset="utf-8")


async def answer_body(request: web.Request, work: Callable[..., Any], *arguments: Any) -> web.Response:
    """Do what `answer` does, with the request's body as the last argument of `work`."""
    try:
        body = await _body_of(request)
    except Refused as refused:
        return refused.response
    return await answer(request, work, *arguments, body)


async def queue_from_body(request: web.Request, build: Callable[[bytes], dict[str, Any]]) -> web.StreamResponse:
    """Queue the prompt that `build` makes of the body in a thread, and respond as POST /prompt does."""
    try:
        prompt = await in_turn(request, build, await _body_of(request))
    except Refused as refused:
        return refused.response
    return await _queue_prompt(request, {"prompt": prompt})


async def in_turn(request: web.Request, work: Callable[..., Any], *arguments: Any) -> Any:
    """Return the result of `work` in one of these threads, when its turn comes.

    Raises Refused with status 400 for a ValueError's message, and with 503 where too many requests wait already. For a
    client that has left, nothing is done.
    """
    global _waiting
    if _waiting >= MAXIMUM_WAITING:
        raise Refused("too many requests are waiting. Ask again in a moment", 503)
    _waiting += 1
    try:
        async with _turns:
            if request.transport is None or request.transport.is_closing():
                raise Refused("the client has left", 400)
            return await in_thread(work, *arguments)
    except RecursionError as error:
        raise Refused("the body is nested too deeply", 400) from error
    except (ValueError, OverflowError) as error:
        raise Refused(str(error), 400) from error
    finally:
        _waiting -= 1
