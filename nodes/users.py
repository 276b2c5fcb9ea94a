"""Whose ratings are meant: ComfyUI's own users, each with a folder of the pack's own.

With ComfyUI's --multi-user, a browser names its user in each request; a job that it queues takes the name along, so
that nodes know whose it is. Without that option, everybody is "default".
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import folder_paths
from aiohttp import web
from comfy.cli_args import args
from server import PromptServer

DEFAULT = "default"
_KEY = "nodewright_user"
_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")

_asking: ContextVar[str] = ContextVar("nodewright_user", default=DEFAULT)


def user_folder(user: str) -> Path:
    """Return the folder in which the pack keeps what is a user's own. Raises ValueError for what is no user's id."""
    if not _ID.fullmatch(user) or user.startswith("__"):
        raise ValueError(f"{user[:60]!r} is no user of this ComfyUI")
    folder = Path(folder_paths.get_user_directory()) / "nodewright"
    return folder if user == DEFAULT else folder / "users" / user


def requesting_user(request: web.Request) -> str:
    """Return the user of a request. Raises ValueError for one that ComfyUI does not know."""
    try:
        user: str = PromptServer.instance.user_manager.get_request_user_id(request)
    except KeyError as error:
        raise ValueError("the request is of no user of this ComfyUI. Reload the page") from error
    return user


def running_user() -> str:
    """Return the user whose job is running."""
    if not args.multi_user:
        return DEFAULT
    for job in PromptServer.instance.prompt_queue.get_current_queue()[0]:
        user = job[3].get(_KEY)
        if isinstance(user, str) and _ID.fullmatch(user):
            return user
    return DEFAULT


def register() -> None:
    """Have jobs take their user along, where there are several. Called once, before the server listens."""
    if args.multi_user:
        PromptServer.instance.app.middlewares.append(_remember)
        PromptServer.instance.add_on_prompt_handler(_name)


@web.middleware
async def _remember(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Any:
    """Note whose request it is while it is handled."""
    try:
        _asking.set(requesting_user(request))
    except ValueError:
        _asking.set(DEFAULT)
    return await handler(request)


def _name(posted: dict[str, Any]) -> dict[str, Any]:
    """Name the user in what is posted to /prompt."""
    extra = posted.get("extra_data")
    return posted | {"extra_data": {**(extra if isinstance(extra, dict) else {}), _KEY: _asking.get()}}
