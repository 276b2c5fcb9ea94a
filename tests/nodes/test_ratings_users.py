"""With ComfyUI's --multi-user, each user has ratings of their own, and a job knows whose it is."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_nodes import node
from comfyui_process import DIRECT, ComfyUI
from comfyui_server import installed
from PIL import Image


@pytest.fixture(scope="module")
def shared(
    comfyui_path: Path, miniature_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ComfyUI]:
    base = installed(tmp_path_factory.mktemp("comfyui-users"), miniature_checkpoint)
    (base / "output").mkdir(exist_ok=True)
    for colour in ("red", "blue"):
        Image.new("RGB", (8, 8), colour).save(base / "output" / f"{colour}.png")
    with ComfyUI(comfyui_path, base, arguments=["--multi-user"]) as server:
        yield server


def ask(url: str, user: str, body: Any = None) -> Any:
    headers = {"comfy-user": user, "Content-Type": "application/json"}
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), headers)
    try:
        with DIRECT.open(request, timeout=300) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return json.loads(error.read())


def made(colour: int) -> dict[str, Any]:
    """A workflow that makes a plain picture."""
    return {
        "1": node("EmptyImage", width=64, height=64, batch_size=1, color=colour),
        "2": node("SaveImage", images=["1", 0], filename_prefix="plain"),
    }


def learned(url: str, user: str) -> str:
    """Why the user's job has not learned."""
    queued = ask(f"{url}/prompt", user, {"prompt": {"learn": node("NodewrightLearnFromRatings")}})
    for _ in range(1500):
        entry = ask(f"{url}/history/{queued['prompt_id']}", user).get(queued["prompt_id"])
        if entry and entry["outputs"]:
            return str(entry["outputs"]["learn"]["nodewright_ratings"][0]["problem"])
        time.sleep(0.2)
    raise AssertionError("the job did not end")


def test_each_user_has_ratings_of_their_own(shared: ComfyUI) -> None:
    url = shared.url
    first, second = (ask(f"{url}/users", "default", {"username": name}) for name in ("Ada", "Bo"))
    sent = {"picture": {"filename": "red.png"}, "rating": "up", "prompt": "red", "workflow": made(5)}
    assert ask(f"{url}/nodewright/ratings", first, sent) == {"rating": "up", "count": 1}
    query = "?pictures=%5B%7B%22filename%22%3A%22red.png%22%7D%5D"
    assert ask(f"{url}/nodewright/ratings{query}", first)["ratings"] == ["up"]
    assert ask(f"{url}/nodewright/ratings{query}", second)["ratings"] == [None]
    assert "1 rating so far" in learned(url, first)
    assert "0 ratings so far" in learned(url, second)
    stores = list((shared.base_directory / "user" / "nodewright" / "users").glob("*/triplets.db"))
    assert [path.parent.name for path in stores] == [first]
    for unknown in ("../../output", "nobody", "__nodewright", ""):
        assert "no user" in ask(f"{url}/nodewright/ratings", unknown, sent)["error"]
