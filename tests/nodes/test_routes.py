"""The routes under load, and whatever is sent to them, on a real server."""

from __future__ import annotations

import importlib
import json
import random
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from api_nodes import node
from comfyui_client import fetch
from comfyui_process import DIRECT
from inventories import flux_split, sdxl_checkpoint, unet_lora, write_sparse

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.models_folder import identify_models, list_models
from nodewright.workflow.catalog.object_info import catalog_from_object_info

ROUTES = ("validate", "check", "fix", "score")


def large_body(size: int = 7_700_000) -> bytes:
    """A workflow of many nodes that no installation has the class of, as large as a body may be."""
    one = json.dumps(node("CLIPTextEncode", text="x" * 40, clip=["1", 1]))
    nodes = ",".join(f'"{number}": {one}' for number in range(size // (len(one) + 12)))
    return f'{{"workflow": {{{nodes}}}, "prompt": 5}}'.encode()


def posted(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    """Status and JSON of a POST."""
    try:
        with DIRECT.open(urllib.request.Request(url, body, headers), timeout=300) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.mark.parametrize("route", ROUTES)
def test_the_server_answers_while_large_bodies_are_read(url: str, route: str) -> None:
    """ComfyUI's own answers come between; that none waits for a body, `test_bodies_are_read_in_threads` shows."""
    body, asked = large_body(), 8 if route == "score" else 4
    with ThreadPoolExecutor(asked) as clients:
        waiting = [clients.submit(fetch, f"{url}/nodewright/{route}", body) for _ in range(asked)]
        while not all(each.done() for each in waiting):
            assert fetch(f"{url}/system_stats")[0] == 200
            assert fetch(f"{url}/extensions/nodewright/nodewright.js")[0] == 200
    assert {each.result()[0] for each in waiting} == {400 if route == "score" else 200}


@pytest.mark.parametrize("route", ROUTES)
def test_only_json_is_read(url: str, route: str) -> None:
    body = json.dumps({"workflow": {"1": node("EmptyImage")}}).encode()
    for declared in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        status, answer = posted(f"{url}/nodewright/{route}", body, {"Content-Type": declared})
        assert status == 415
        assert "Content-Type: application/json" in answer["error"]
    declared = "application/json; charset=utf-8"
    assert posted(f"{url}/nodewright/validate", body, {"Content-Type": declared})[0] == 200


@pytest.mark.parametrize("route", ROUTES)
def test_whatever_is_sent_is_answered_with_a_reason(url: str, route: str) -> None:
    draw = random.Random(5)
    shapes: list[Any] = [{"workflow": value} for value in (None, 3, [], "", {}, True, [[1]], {"a": None})]
    shapes += [{"workflow": any_json(draw)} for _ in range(40)]
    shapes += [any_json(draw) for _ in range(10)]
    if route == "score":  # else it would be queued
        shapes = [shape | {"prompt": 1} if isinstance(shape, dict) else shape for shape in shapes]
    for shape in shapes:
        status, answer = fetch(f"{url}/nodewright/{route}", json.dumps(shape).encode())
        found = json.loads(answer)
        assert status in (200, 400), (shape, answer)
        listed = found.get("problems") or found.get("findings") or found.get("proposal", {}).get("missing")
        assert listed if status == 200 else found["error"], shape


def any_json(draw: random.Random, depth: int = 0) -> Any:
    """A JSON value, often one that looks like a part of a workflow."""
    kind = draw.randrange(9 if depth < 4 else 6)
    if kind < 6:
        plain = [None, True, 10**300, -(2**64), 0.5, 1e308, "", "KSampler", "\ud800", "1", float("nan"), ["1", 0]]
        return draw.choice(plain)
    if kind == 6:
        return [any_json(draw, depth + 1) for _ in range(draw.randrange(4))]
    keys = ("1", "2", "class_type", "inputs", "nodes", "workflow", "_meta", "is_changed", "__value__", "images")
    return {draw.choice(keys): any_json(draw, depth + 1) for _ in range(draw.randrange(5))}


# ---- in this process -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def routes(comfyui_modules: None) -> ModuleType:
    return importlib.import_module("nodewright.nodes.routes")


@pytest.fixture(scope="module")
def answers(comfyui_modules: None) -> ModuleType:
    return importlib.import_module("nodewright.nodes.answers")


def test_status_lists_what_is_not_used(
    routes: ModuleType, object_info: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import folder_paths

    live = importlib.import_module("nodewright.nodes.live_catalog")
    monkeypatch.setitem(folder_paths.folder_names_and_paths, "nodewright", ([str(tmp_path)], set()))
    write_sparse(tmp_path / "checkpoints" / "whole.safetensors", sdxl_checkpoint())
    write_sparse(tmp_path / "checkpoints" / "a_lora.safetensors", unet_lora(2048))
    flux = {name: shapes for name, shapes in flux_split().items() if name.startswith("diffusion_models/")}
    for name, shapes in flux.items():
        write_sparse(tmp_path / name, shapes)

    def found() -> Catalog:
        models = identify_models(list_models(tmp_path))
        return catalog_from_object_info(object_info, models, options_from_models=True)

    monkeypatch.setattr(live, "live_catalog", found)
    status = routes._status()
    (left_out,) = status["left_out"]
    assert left_out.startswith("checkpoints/a_lora.safetensors ") and "LoRA" in left_out
    (lacks,) = status["lacking"]
    assert "(flux) lacks its text encoder (models/text_encoders" in lacks and "its VAE (models/vae" in lacks
    (tmp_path / "checkpoints" / "whole.safetensors").unlink()
    (none,) = routes._status()["lacking"]
    assert none.startswith("The installed models cannot make a picture yet: ") and lacks in none


READERS = {
    "validate": "_validate",
    "check": "_check",
    "fix": "_fix",
    "score": "_scoring_graph",
    "improve": "_improving_graph",
    "read": "read_sent",
}
"""The function that reads the body of each route."""


@pytest.mark.parametrize("route", READERS)
def test_bodies_are_read_in_threads(routes: ModuleType, monkeypatch: pytest.MonkeyPatch, route: str) -> None:
    """While one is read, the event loop is free for all that ComfyUI is asked."""
    import asyncio

    from aiohttp import web
    from aiohttp.test_utils import TestClient, TestServer

    reading, free = threading.Event(), threading.Event()

    def read(body: bytes) -> None:
        assert body == b"{}"
        reading.set()
        raise ValueError("it was read beside the event loop" if free.wait(60) else "the event loop waited for it")

    async def other(_: web.Request) -> web.Response:
        free.set()
        return web.Response(text="meanwhile")

    async def ask() -> None:
        application = web.Application()
        application.router.add_post("/asked", getattr(routes, route))
        application.router.add_get("/other", other)
        async with TestClient(TestServer(application)) as client:
            asked = asyncio.create_task(client.post("/asked", data=b"{}", headers={"Content-Type": "application/json"}))
            while not reading.is_set():
                await asyncio.sleep(0.01)
            assert await (await client.get("/other")).text() == "meanwhile"
            answered = await asked
            assert (answered.status, await answered.json()) == (400, {"error": "it was read beside the event loop"})

    monkeypatch.setattr(routes, READERS[route], read)
    asyncio.run(asyncio.wait_for(ask(), 100))


def test_work_is_done_in_threads_of_its_own_and_not_for_clients_that_left(answers: ModuleType) -> None:
    import asyncio

    class Transport:
        def __init__(self, closing: bool) -> None:
            self.closing = closing

        def is_closing(self) -> bool:
            return self.closing

    class Request:
        def __init__(self, closing: bool = False) -> None:
            self.transport = Transport(closing)

    names: list[str] = []
    block = threading.Event()

    def work() -> str:
        names.append(threading.current_thread().name)
        block.wait(60)
        return "done"

    async def ask() -> None:
        many = answers.MAXIMUM_WAITING
        going = [asyncio.create_task(answers.in_turn(Request(), work)) for _ in range(many - 1)]
        gone = Request()
        going.append(asyncio.create_task(answers.in_turn(gone, work)))
        while len(names) < answers.THREADS:
            await asyncio.sleep(0.01)
        with pytest.raises(answers.Refused, match="Ask again") as refused:
            await answers.in_turn(Request(), work)
        assert refused.value.response.status == 503
        going[3].cancel()
        gone.transport.closing = True
        block.set()
        done = await asyncio.gather(*going, return_exceptions=True)
        assert done.count("done") == many - 2 == len(names)
        assert isinstance(done[3], asyncio.CancelledError) and "left" in str(done[-1])
        assert await answers.in_turn(Request(), work) == "done"

    asyncio.run(asyncio.wait_for(ask(), 100))
    assert {name.rsplit("_", 1)[0] for name in names} == {"nodewright"}
