"""Servers that answer as no ComfyUI should, and one that does just enough to be told what to get wrong."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(2000)


@contextmanager
def serving(app: web.Application, certificate: Path | None = None) -> Iterator[str]:
    """The address of `app`, served from a thread while the block runs; by HTTPS with the certificate and key in a
    file."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> int:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        return int(runner.addresses[0][1])

    try:
        scheme = "http" if context is None else "https"
        yield f"{scheme}://127.0.0.1:{asyncio.run_coroutine_threadsafe(start(), loop).result(300)}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(300)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


@contextmanager
def answering(reply: bytes | None) -> Iterator[str]:
    """The address of something that takes connections and says `reply`, or nothing ever."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:  # closed below
                    return
                taken.append(connection)
                if reply is not None:
                    connection.recv(65536)
                    connection.sendall(reply)
                    connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join(30)
            for connection in taken:
                connection.close()


class Impostor:
    """Answers like ComfyUI, to one client, with one job at a time. Attributes say what goes wrong; what it was asked
    stands in `asked`."""

    def __init__(self, object_info: Any) -> None:
        self.object_info = object_info
        self.websocket = "tells"  # or "drops" after the first message, "refuses"
        self.queue_answer: tuple[int, Any] | None = None
        self.queue_answers = 1000  # how often that is the answer, until jobs are queued
        self.looks: int | None = 2  # at /history until the job has ended; None: it never does
        self.dies = False  # every answer after the job was queued is a closed connection
        self.forgets = False  # the job is neither queued nor in /history
        self.pending = False  # the job waits rather than runs
        self.status: dict[str, Any] = {"status_str": "success", "completed": True, "messages": []}
        self.files = [{"filename": "picture_00001_.png", "subfolder": "", "type": "output"}]
        self.picture = PICTURE
        self.asked: list[tuple[str, Any]] = []
        self.prompt_id = ""
        self.cancelled = False

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/object_info", self._object_info)
        app.router.add_get("/system_stats", self._system_stats)
        app.router.add_get("/ws", self._ws)
        app.router.add_post("/prompt", self._prompt)
        app.router.add_get("/queue", self._alive(self._queue))
        app.router.add_post("/queue", self._alive(self._cancel))
        app.router.add_post("/interrupt", self._alive(self._cancel))
        app.router.add_get("/history/{id}", self._alive(self._history))
        app.router.add_get("/view", self._alive(self._view))
        return app

    async def _object_info(self, request: web.Request) -> web.Response:
        return web.json_response(self.object_info)

    async def _system_stats(self, request: web.Request) -> web.Response:
        return web.json_response({"system": {"comfyui_version": "0.0.0"}})

    async def _ws(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(("/ws", request.query["clientId"]))
        if self.websocket == "refuses":
            raise web.HTTPNotFound
        stream = web.WebSocketResponse()
        await stream.prepare(request)
        while not self.prompt_id:
            await asyncio.sleep(0.01)
        await stream.send_str("not even JSON")
        await stream.send_json({"type": "execution_start", "data": {"prompt_id": self.prompt_id}})
        state = {"node_id": "1", "state": "running", "value": 3, "max": 20}
        data = {"prompt_id": self.prompt_id, "nodes": {"1": state}}
        await stream.send_json({"type": "progress_state", "data": data})
        if self.websocket == "drops" or self.dies:
            assert request.transport is not None
            request.transport.abort()
            return stream
        if self.looks is not None:
            await stream.send_json({"type": "execution_success", "data": {"prompt_id": self.prompt_id}})
        await stream.receive()
        return stream

    async def _prompt(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(("/prompt", body))
        if self.queue_answer is not None and self.queue_answers > 0:
            self.queue_answers -= 1
            status, answer = self.queue_answer
            return web.Response(status=status, text=answer if isinstance(answer, str) else json.dumps(answer))
        self.prompt_id = body["prompt_id"]
        return web.json_response({"prompt_id": self.prompt_id, "number": 1, "node_errors": {}})

    async def _queue(self, request: web.Request) -> web.Response:
        gone = self.cancelled or self.forgets
        jobs = [] if gone else [[1, self.prompt_id, {}, {}, []]]
        others = [[0, "somebody-else's", {}, {}, []]]
        running, waiting = (others, jobs) if self.pending else (jobs, others)
        return web.json_response({"queue_running": running, "queue_pending": waiting})

    async def _cancel(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, await request.json()))
        self.cancelled = True
        return web.Response()

    async def _history(self, request: web.Request) -> web.Response:
        if self.forgets or self.looks is None or self.looks > 0:
            self.looks = self.looks - 1 if self.looks else self.looks
            return web.json_response({})
        entry = {"outputs": {"9": {"images": self.files, "animated": [False]}}, "status": self.status}
        return web.json_response({self.prompt_id: entry})

    async def _view(self, request: web.Request) -> web.Response:
        self.asked.append(("/view", dict(request.query)))
        return web.Response(body=self.picture, content_type="image/png")

    def _alive(self, handler: Callable[[web.Request], Any]) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            if self.dies:
                assert request.transport is not None
                request.transport.abort()
            response: web.StreamResponse = await handler(request)
            return response

        return handle
