"""The routes of ratings. A picture is named as GET /view names it, and a rating is kept on this machine alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from server import PromptServer

from ..store.triplets import StoreError
from . import ratings
from .answers import Refused, answer, answer_body
from .users import requesting_user


def register() -> None:
    """Add the routes to ComfyUI's server. Called once, before it listens."""
    routes = PromptServer.instance.routes
    routes.get("/nodewright/ratings")(listed)
    routes.post("/nodewright/ratings")(rated)
    routes.delete("/nodewright/ratings")(removed)
    routes.post("/nodewright/ratings/take_back")(taken_back)
    routes.post("/nodewright/ratings/undo")(undone)


async def listed(request: web.Request) -> web.Response:
    """Return the ratings of the pictures in the query `pictures`, and where learning stands (`ratings_of`)."""
    return await _for_user(request, answer, ratings.ratings_of, request.rel_url.query.get("pictures", ""))


async def rated(request: web.Request) -> web.Response:
    """Rate a picture (`rate`): {"rating": "up", "down" or null, "count": all ratings}."""
    return await _for_user(request, answer_body, ratings.rate)


async def removed(request: web.Request) -> web.Response:
    """Remove the rating of {"picture": {...}}: {"rating": null, "count": all ratings}."""
    return await _for_user(request, answer_body, ratings.unrate)


async def taken_back(request: web.Request) -> web.Response:
    """Take back what was learned last: {"done": whether there was anything, and where learning stands now}."""
    return await _for_user(request, answer_body, lambda user, _: ratings.take_back(user))


async def undone(request: web.Request) -> web.Response:
    """Put in use again what was taken back last: {"done", and where learning stands now}."""
    return await _for_user(request, answer_body, lambda user, _: ratings.take_back(user, True))


async def _for_user(
    request: web.Request, respond: Callable[..., Awaitable[web.Response]], work: Callable[..., Any], *arguments: Any
) -> web.Response:
    """Respond with the result of `work` for the user of a request."""
    try:
        user = requesting_user(request)
    except ValueError as error:
        return Refused(str(error), 400).response
    return await respond(request, _work, work, user, *arguments)


def _work(work: Callable[..., Any], *arguments: Any) -> Any:
    """Return the result of `work`; what keeps the store or a picture from being read becomes a ValueError."""
    try:
        return work(*arguments)
    except (StoreError, OSError) as error:
        raise ValueError(str(error)) from error
