"""A client of a running ComfyUI server: read its nodes and models, queue a workflow, follow it, fetch the pictures.

It uses aiohttp, which ComfyUI itself requires. A job is followed on the websocket and confirmed by /history, so that a
lost connection costs the progress display and not the result.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

import aiohttp
from yarl import URL

from ..files import write_bytes
from ..guarded_json import MEBIBYTE, JsonError, parse_json, shown_size
from ..json_shapes import ListOf, Maybe, Object, Text, Whole, check
from ..workflow.catalog.catalog import ModelFile
from ..workflow.catalog.file_facts import FACTS_SHAPE, facts_of_document
from ..workflow.problem import Problem
from .address import server_url, shown_url

QUIET_SECONDS = 5.0
"""Seconds of silence on the websocket after which /history is requested."""
POLL_SECONDS = 1.0
"""Seconds between two requests of /history where there is no websocket."""
CANCEL_TRIES = 10
"""Number of checks, a third of a second apart, whether a cancelled job has ended."""
MAXIMUM_MESSAGE = 64 * 1024 * 1024
"""Largest size of a websocket message in bytes. Previews are pictures."""
MAXIMUM_ANSWER = 512 * MEBIBYTE
"""Largest size of a response in bytes: object_info has 100 MB where 2,700 classes are installed."""
MAXIMUM_PICTURE = 1024 * MEBIBYTE
"""Largest size of a file that is fetched, in bytes."""
_MODELS = Object({
    "models": ListOf(Object({
        "name": Text(), "folder": Text(), "role": Text(), "families": ListOf(Text()), "alias": Text(),
        "encoder": Maybe(Text()), "scale": Maybe(Whole(0, 1000)), "parts": ListOf(Text()),
    }, {"format": Maybe(Text()), "unusable": Maybe(Text()), "facts": FACTS_SHAPE}))
})  # fmt: skip
_ENDS = frozenset({"execution_success", "execution_error", "execution_interrupted"})


class ServerError(RuntimeError):
    """The server cannot be reached, breaks off, or does not respond as ComfyUI does.

    Attributes:
        status: HTTP status of the response, None without one.
        body: body of the response.
    """

    def __init__(self, message: str, status: int | None = None, body: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class RejectedError(RuntimeError):
    """The server refuses to queue the workflow.

    Attributes:
        problems: the reasons, by node and input.
    """

    def __init__(self, message: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(message)
        self.problems = problems


class RenderError(RuntimeError):
    """A node failed while the workflow ran, or the job was interrupted. The message names the node.

    Attributes:
        exception: name of the Python type of the node's exception, if there was one.
        interrupted: whether the job was interrupted.
    """

    def __init__(self, message: str, exception: str | None = None, interrupted: bool = False) -> None:
        super().__init__(message)
        self.exception = exception
        self.interrupted = interrupted


@dataclass(frozen=True)
class Progress:
    """The progress of a job.

    Attributes:
        finished: number of nodes that have run.
        nodes: number of all nodes.
        node: class of the node that is running; None while the job waits in the queue.
        step: step that this node has reached.
        steps: number of steps of this node.
        waiting: number of jobs before this one.
    """

    finished: int
    nodes: int
    node: str | None = None
    step: float = 0
    steps: float = 0
    waiting: int = 0


@dataclass(frozen=True)
class ServerFile:
    """A file that a workflow made.

    Attributes:
        node_id: the node that made the file.
        filename: its name.
        subfolder: its folder below the type's folder.
        type: "output" or "temp".
    """

    node_id: str
    filename: str
    subfolder: str
    type: str

    @property
    def query(self) -> dict[str, str]:
        """The query of a /view request for the file."""
        return {"filename": self.filename, "subfolder": self.subfolder, "type": self.type}


@dataclass(frozen=True)
class Rendered:
    """The result of a job.

    Attributes:
        prompt_id: id of the job.
        files: the files that it made.
        problems: parts of the workflow that the server left out.
        seconds: time that the job ran, by the server's clock and without its time in the queue; None where the server
            does not report it.
    """

    prompt_id: str
    files: tuple[ServerFile, ...]
    problems: tuple[Problem, ...]
    seconds: float | None = None


class Client:
    """A ComfyUI server, for the length of an `async with` block. All methods raise ServerError.

    Args:
        url: address of the server.
        timeout: number of seconds that the server may be silent.

    Attributes:
        left_running: id of a job that could not be cancelled and may still run, None without one.
    """

    def __init__(self, url: str | URL, timeout: float = 30) -> None:
        self.url = server_url(url) if isinstance(url, str) else url
        self.timeout = timeout
        self.shown = shown_url(self.url)
        self.left_running: str | None = None
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Client:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self.timeout, sock_read=self.timeout)
        self._session = aiohttp.ClientSession(timeout=timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def object_info(self, received: Callable[[int], None] | None = None) -> dict[str, Any]:
        """Return the content of GET /object_info.

        Args:
            received: is called with the number of bytes received so far, of which there may be 100 million.
        """
        info = self._parse("/object_info", await self._send("GET", "/object_info", received=received))
        if not isinstance(info, dict) or not all(isinstance(described, dict) for described in info.values()):
            raise self._not_comfyui("/object_info")
        return info

    async def models(self) -> tuple[ModelFile, ...] | None:
        """Return the model files with their families, which this pack on the server reads from the files' headers.

        None where the server does not have the pack, or has a version without this route.
        """
        try:
            answer = self._parse("/nodewright/models", await self._send("GET", "/nodewright/models"))
        except ServerError as error:
            if error.status in (403, 404, 405):
                return None
            raise
        try:
            return tuple(map(_model_file, check(answer, _MODELS, f"{self.shown}/nodewright/models")["models"]))
        except JsonError as error:
            raise ServerError(f"unexpected answer of {error}") from error

    async def version(self) -> str:
        """Return the version of ComfyUI that the server runs."""
        stats = self._parse("/system_stats", await self._send("GET", "/system_stats"))
        try:
            return str(stats["system"]["comfyui_version"])
        except (KeyError, TypeError) as error:
            raise self._not_comfyui("/system_stats") from error

    async def render(self, api: Mapping[str, Any], report: Callable[[Progress], None]) -> Rendered:
        """Queue a workflow in API format and wait until it has run.

        When the caller is cancelled or interrupted, the job is cancelled as well.

        Args:
            api: the workflow.
            report: is called with the progress.

        Raises:
            RejectedError: the server does not accept the workflow.
            RenderError: the job failed.
        """
        client_id, prompt_id = uuid.uuid4().hex, str(uuid.uuid4())
        watch = _Watch(prompt_id, api, report)
        watch.socket = await self._listen(client_id)  # before queueing, so that no message is missed
        try:
            problems = await self._queue(api, client_id, prompt_id)
            entry = await self._follow(client_id, watch)
        except (asyncio.CancelledError, KeyboardInterrupt):
            await self._cancel_or_note(prompt_id)
            raise
        finally:
            if watch.socket is not None:
                await watch.socket.close()
        return Rendered(prompt_id, tuple(_files(entry)), problems, _seconds(entry))

    async def cancel(self, prompt_id: str) -> bool:
        """Remove a job from the queue, or interrupt it if it runs. Other jobs continue.

        Returns:
            True when the job has ended; False if it has not after some seconds, because the running node decides when
            it checks for an interruption.
        """
        for _ in range(CANCEL_TRIES):
            running, pending = await self._queued()
            if prompt_id in pending:
                await self._send("POST", "/queue", content={"delete": [prompt_id]})
            elif prompt_id in running:
                await self._send("POST", "/interrupt", content={"prompt_id": prompt_id})
            else:
                return True
            await asyncio.sleep(0.3)
        return False

    async def _cancel_or_note(self, prompt_id: str) -> None:
        # The caller is leaving: that the server cannot be reached is no second error, but must not be lost either.
        try:
            ended = await self.cancel(prompt_id)
        except ServerError:
            ended = False
        if not ended:
            self.left_running = prompt_id

    async def save(self, file: ServerFile, folder: Path) -> Path:
        """Fetch a file into the existing `folder` and return its path.

        The file keeps its name; where the name is taken, a number is added. Raises OSError where the file cannot be
        written.
        """
        content = await self.fetch(file)
        path = _free_path(folder, _safe_name(file.filename))  # after the download, while which others may be saved
        write_bytes(path, content)
        return path

    async def fetch(self, file: ServerFile) -> bytes:
        """Return the content of a file."""
        async with self._answer("GET", "/view", params=file.query) as answer:
            return bytes(await self._body("/view", answer, MAXIMUM_PICTURE))

    # -- a job -------------------------------------------------------------------------------------------------

    async def _queue(self, api: Mapping[str, Any], client_id: str, prompt_id: str) -> tuple[Problem, ...]:
        # The id is chosen here, so that the job can be cancelled even if the response never arrives.
        body = {"prompt": api, "client_id": client_id, "prompt_id": prompt_id}
        try:
            answer = self._parse("/prompt", await self._send("POST", "/prompt", content=body))
        except ServerError as error:
            refusal = _refusal(error)
            if refusal is not None:
                raise refusal from error
            if error.status is None:
                raise ServerError(f"{error}. It is unknown whether the workflow was queued, as {prompt_id}") from error
            raise
        if not isinstance(answer, dict) or answer.get("prompt_id") != prompt_id:
            raise self._not_comfyui("/prompt")
        return tuple(_node_errors(answer.get("node_errors")))

    async def _listen(self, client_id: str) -> aiohttp.ClientWebSocketResponse[bool] | None:
        """Return the websocket, or None where it cannot be opened and /history has to be polled."""
        url = (self.url / "ws").with_query(clientId=client_id)
        try:
            return await self._session.ws_connect(
                url, max_msg_size=MAXIMUM_MESSAGE, timeout=aiohttp.ClientWSTimeout(ws_close=1.0)
            )
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError):
            return None

    async def _follow(self, client_id: str, watch: _Watch) -> dict[str, Any]:
        """Return the job's entry in /history once the job has succeeded."""
        silent_since: float | None = None
        while True:
            try:
                entry = await self._outcome(watch.prompt_id)
                silent_since = None
                if entry is not None:
                    _raise_failure(entry)
                    return entry
            except ServerError as error:
                if error.status == 404:
                    raise
                silent_since = silent_since or time.monotonic()
                if time.monotonic() - silent_since >= self.timeout:
                    raise ServerError(
                        f"{error}. The workflow had been queued as {watch.prompt_id}; if the server still runs it, the "
                        "pictures will be in its own output folder"
                    ) from error
            if watch.ended:
                await asyncio.sleep(0.05)  # the last message arrives a moment before the entry in /history
            elif watch.socket is None:
                await asyncio.sleep(min(POLL_SECONDS, self.timeout))
                watch.socket = await self._listen(client_id) if silent_since is None else None
            elif not await watch.listen(watch.socket):
                watch.socket = None

    async def _outcome(self, prompt_id: str) -> dict[str, Any] | None:
        """Return the job's entry in /history, or None while the job is queued or running."""
        for last in (False, True):
            path = f"/history/{prompt_id}"
            history = self._parse(path, await self._send("GET", path))
            if not isinstance(history, dict):
                raise self._not_comfyui(path)
            if prompt_id in history:
                entry = history[prompt_id]
                if not isinstance(entry, dict):
                    raise self._not_comfyui(path)
                return entry
            if not last and any(prompt_id in ids for ids in await self._queued()):
                return None  # otherwise it may have ended between the two requests
        raise ServerError(f"{self.shown} no longer knows the job {prompt_id}: it was restarted or cleared", 404)

    async def _queued(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the ids of the jobs that run and of those that wait."""
        answer = self._parse("/queue", await self._send("GET", "/queue"))
        try:
            running, pending = (frozenset(job[1] for job in answer[key]) for key in ("queue_running", "queue_pending"))
        except (KeyError, TypeError, IndexError) as error:
            raise self._not_comfyui("/queue") from error
        return running, pending

    # -- HTTP --------------------------------------------------------------------------------------------------

    async def _send(
        self, method: str, path: str, *, content: Any = None, received: Callable[[int], None] | None = None
    ) -> bytes:
        """Return the body of the response. Raises ServerError for any status but 200."""
        async with self._answer(method, path, json=content) as answer:
            return bytes(await self._body(path, answer, MAXIMUM_ANSWER, received))

    async def _body(
        self, path: str, answer: aiohttp.ClientResponse, most: int, received: Callable[[int], None] | None = None
    ) -> bytearray:
        """Return the body of a response that has at most `most` bytes."""
        body = bytearray()
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > most:
                raise ServerError(f"{self.shown}{path}: the answer is larger than {shown_size(most)}")
            if received is not None:
                received(len(body))
        return body

    @contextlib.asynccontextmanager
    async def _answer(self, method: str, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        """Yield a response with status 200 whose body is still to be read.

        Raises ServerError for what fails until it is read.
        """
        try:
            async with self._session.request(method, self.url.joinpath(path[1:]), **options) as answer:
                if answer.status != 200:
                    body = await answer.read()
                    reason = f" {answer.reason}" if answer.reason else ""
                    raise ServerError(f"{self.shown}{path} answers {answer.status}{reason}", answer.status, body)
                yield answer
        except asyncio.TimeoutError as error:
            raise ServerError(
                f"{self.shown}{path}: no answer for {self.timeout:g} s. The server may be busy: try again, or give it "
                "more time with --timeout"
            ) from error
        except aiohttp.ClientConnectorCertificateError as error:  # in older versions without an os_error
            raise ServerError(
                f"{self.shown}: its certificate is not trusted ({error.certificate_error}). For a server of your own, "
                "name the file of its certificate in the environment variable SSL_CERT_FILE, and use the host name "
                "that it contains; or use http://, if the server accepts that"
            ) from error
        except aiohttp.ClientConnectorError as error:
            refused = isinstance(error.os_error, ConnectionRefusedError)
            why = "nothing listens there" if refused else error.strerror or error
            raise ServerError(f"{self.shown} cannot be reached ({why}). Is ComfyUI running there?") from error
        except aiohttp.ClientResponseError as error:
            raise ServerError(f"{self.shown} answers, but not as a web server does. Is the port right?") from error
        except aiohttp.ClientError as error:
            raise ServerError(f"{self.shown}{path}: the connection broke off ({error})") from error

    def _parse(self, path: str, body: bytes) -> Any:
        try:
            # Names of files may be halves of surrogate pairs, and ranges of inputs infinite.
            return parse_json(body, path, maximum_bytes=MAXIMUM_ANSWER, non_finite=True, surrogates=True)
        except JsonError as error:
            raise self._not_comfyui(path) from error

    def _not_comfyui(self, path: str) -> ServerError:
        return ServerError(f"{self.shown} answers, but {path} not as ComfyUI does. Is the address right?")


class _Watch:
    """What the websocket reports about one job."""

    def __init__(self, prompt_id: str, api: Mapping[str, Any], report: Callable[[Progress], None]) -> None:
        self.prompt_id = prompt_id
        self.ended = False
        self.socket: aiohttp.ClientWebSocketResponse[bool] | None = None
        self._api = api
        self._report = report
        self._started = False
        self._cached: frozenset[str] = frozenset()

    async def listen(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> bool:
        """Report progress until the job has ended or nothing has arrived for a while.

        Returns:
            False where the connection is lost.
        """
        while not self.ended:
            try:
                message = await socket.receive(timeout=QUIET_SECONDS)
            except asyncio.TimeoutError:
                return True
            if message.type is aiohttp.WSMsgType.TEXT:
                self._take(message.data)
            elif message.type is not aiohttp.WSMsgType.BINARY:  # a preview
                return False
        return True

    def _take(self, text: str) -> None:
        try:
            message = parse_json(text, "message", maximum_bytes=MAXIMUM_MESSAGE, surrogates=True)
            kind, data = message["type"], message["data"]
            if kind == "status" and not self._started:
                others = int(data["status"]["exec_info"]["queue_remaining"]) - 1
                self._report(Progress(0, len(self._api), waiting=max(others, 0)))
            elif data.get("prompt_id") == self.prompt_id:
                self._take_own(kind, data)
        except (ValueError, KeyError, TypeError, AttributeError):
            return  # other packs send messages of other forms; /history decides

    def _take_own(self, kind: str, data: dict[str, Any]) -> None:
        self._started = True
        if kind in _ENDS:
            self.ended = True
        elif kind == "execution_cached":
            self._cached = frozenset(data["nodes"]) & self._api.keys()
        elif kind == "progress_state":
            own = {key: state for key, state in data["nodes"].items() if key in self._api}
            finished = len(self._cached | {key for key, state in own.items() if state["state"] == "finished"})
            for key, state in own.items():
                if state["state"] == "running":
                    name = self._api[key]["class_type"]
                    self._report(Progress(finished, len(self._api), name, float(state["value"]), float(state["max"])))


# ---- answers -----------------------------------------------------------------------------------------------------


def _model_file(row: dict[str, Any]) -> ModelFile:
    return ModelFile(
        name=row["name"],
        folder=row["folder"],
        role=row["role"],
        families=frozenset(row["families"]),
        alias=row["alias"],
        encoder=row["encoder"],
        scale=row["scale"],
        parts=frozenset(row["parts"]),
        format=row.get("format"),
        unusable=row.get("unusable"),
        facts=facts_of_document(row.get("facts")),
    )


def _refusal(error: ServerError) -> RejectedError | None:
    """Return ComfyUI's reasons for not queueing a workflow, or None for any other error."""
    if error.status != 400:
        return None
    try:
        answer = parse_json(error.body, "answer", non_finite=True, surrogates=True)
        reason = answer["error"]
        problems = tuple(_node_errors(answer.get("node_errors")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if isinstance(reason, dict):
        reason = ": ".join(str(reason[key]) for key in ("message", "details") if reason.get(key))
    return RejectedError(f"the server refuses the workflow: {reason}", problems)


def _node_errors(errors: Any) -> Iterator[Problem]:
    for key, found in errors.items() if isinstance(errors, dict) else ():
        reasons = found.get("errors") if isinstance(found, dict) else None
        for reason in reasons if isinstance(reasons, list) else ():
            if isinstance(reason, dict):
                details = f": {reason['details']}" if reason.get("details") else ""
                extra, class_type = reason.get("extra_info"), found.get("class_type")
                name = extra.get("input_name") if isinstance(extra, dict) else None
                where = (class_type if isinstance(class_type, str) else None, name if isinstance(name, str) else None)
                yield Problem(str(key), *where, f"{reason.get('message')}{details}")


def _raise_failure(entry: dict[str, Any]) -> None:
    """Raise RenderError where a job's entry in /history records a failure."""
    for kind, data in _messages(entry):
        where = f"node {data.get('node_id')!r} ({data.get('node_type')})"
        if kind == "execution_error":
            message = f"{where} failed: {str(data.get('exception_message')).strip()}"
            raise RenderError(message, str(data.get("exception_type")))
        if kind == "execution_interrupted":
            raise RenderError(f"the job was interrupted on the server, in {where}", interrupted=True)
    if _dict(entry.get("status")).get("status_str") == "error":
        raise RenderError("the server reports that the job failed, without a reason. Look into its log")


def _seconds(entry: dict[str, Any]) -> float | None:
    """Return the seconds from the first to the last message about a job that has ended.

    Times of messages are milliseconds.
    """
    times = [data["timestamp"] for _, data in _messages(entry) if isinstance(data.get("timestamp"), int | float)]
    seconds = (max(times) - min(times)) / 1000 if len(times) > 1 else None
    return seconds if seconds is not None and math.isfinite(seconds) else None


def _messages(entry: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield kind and data of the messages about a job that have ComfyUI's form; other packs may add others."""
    messages = _dict(entry.get("status")).get("messages")
    for message in messages if isinstance(messages, list) else ():
        match message:
            case [str() as kind, dict() as data]:
                yield kind, data


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _files(entry: dict[str, Any]) -> Iterator[ServerFile]:
    """Yield every file of every output node: pictures, and whatever else is named in the same way."""
    for node_id, output in _dict(entry.get("outputs")).items():
        for items in _dict(output).values():
            for item in items if isinstance(items, list) else ():
                if isinstance(item, dict) and isinstance(item.get("filename"), str):
                    folder, kind = str(item.get("subfolder") or ""), str(item.get("type") or "output")
                    yield ServerFile(str(node_id), item["filename"], folder, kind)


def _safe_name(filename: str) -> str:
    """Return the last part of a name that the server chose, so that the server cannot choose a folder here."""
    name = PurePosixPath(filename.replace("\\", "/").replace("\0", "")).name.replace(":", "_")
    return name if name.strip(". ") else "picture"


def _free_path(folder: Path, name: str) -> Path:
    path, number = folder / name, 1
    while path.exists():
        number += 1
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return path
