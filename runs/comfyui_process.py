"""A real ComfyUI server as a child process, with this pack in its custom_nodes. Standard library only.

Used by `demo.py`, by the tests (`tests/support/comfyui_server.py`) and by the benchmarks.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

REPOSITORY = Path(__file__).resolve().parent.parent
CLONE_ONLY = frozenset({"miniature", "training"})
"""What the registry's archive leaves out and the Python package holds: it works from a clone and from the wheel."""
MADE = frozenset({"build", "dist", "output"})
"""Folders of a used repository that hold nothing of it."""

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Opens addresses of this machine, which the proxy that the environment names may not reach."""


class ComfyUIError(RuntimeError):
    """ComfyUI did not start. The message holds the end of its log."""


def left_out_of_archive() -> frozenset[str]:
    """Return the names in the repository's root that .comfyignore leaves out of the registry's archive.

    Raises ValueError for a line that is more than one name in the root: it has gitignore's syntax, of which no more is
    read here.
    """
    lines = (REPOSITORY / ".comfyignore").read_text(encoding="utf-8").splitlines()
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    for pattern in patterns:
        if not pattern.startswith("/") or "/" in pattern.strip("/") or set(pattern) & set("*?[!"):
            raise ValueError(f".comfyignore: {pattern!r} is not /NAME or /NAME/, a file or folder in the root")
    return frozenset(pattern.strip("/") for pattern in patterns)


def copy_pack(target: Path, *, archive: bool = False) -> None:
    """Copy the files of the Python package into the new folder `target`.

    With `archive`, copy only those that the registry's archive holds. Raises OSError.
    """
    unwanted = MADE | (left_out_of_archive() if archive else left_out_of_archive() - CLONE_ONLY)

    def left_out(folder: str, names: list[str]) -> set[str]:
        root = Path(folder) == REPOSITORY
        return {
            name
            for name in names
            if name == "__pycache__" or (root and (name[0] == "." or name in unwanted or ".egg-" in name))
        }

    shutil.copytree(REPOSITORY, target, ignore=left_out)


def place_pack(link: Path) -> None:
    """Make `link` a link to this repository, or a copy of the pack as `link_or_copy` does. Raises OSError."""
    link_or_copy(REPOSITORY, link, copy_pack)


def link_or_copy(folder: Path, link: Path, copy: Callable[[Path], object]) -> None:
    """Make `link` a link to `folder`.

    Where links need rights that the user lacks (Windows), replace `link` by what `copy(link)` makes. Raises OSError.
    """
    if link.is_symlink():
        if link.resolve() == folder:
            return
        link.unlink()
    link.parent.mkdir(parents=True, exist_ok=True)
    if link.exists():
        shutil.rmtree(link)
    try:
        link.symlink_to(folder, target_is_directory=True)
    except OSError:
        if sys.platform != "win32":
            raise
        copy(link)


def free_port() -> int:
    """Return a TCP port that nothing listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class ComfyUI:
    """A ComfyUI server on this machine's CPU, running while the `with` block is.

    Attributes:
        port: its port, chosen when it first starts.
        url: its address, without a slash at its end.
        base_directory: folder with models/, custom_nodes/, input/, output/ and user/.
        log: file that holds everything the server printed.
        process: the server.
    """

    def __init__(
        self,
        source: Path,
        base_directory: Path,
        *,
        python: str = sys.executable,
        arguments: Sequence[str] = (),
        start_seconds: float = 600,
    ) -> None:
        """Describe a server; entering the `with` block starts it.

        Args:
            source: ComfyUI's own folder, with main.py.
            base_directory: folder of the server's own; made where it is missing.
            python: an interpreter that has ComfyUI's requirements.
            arguments: further arguments of main.py.
            start_seconds: how long to wait for the server to respond.
        """
        self.source = source
        self.base_directory = base_directory
        self.python = python
        self.arguments = tuple(arguments)
        self.start_seconds = start_seconds
        self.log = base_directory / "comfyui.log"
        self.port = 0
        self.url = ""
        self.process: subprocess.Popen[bytes]

    def __enter__(self) -> ComfyUI:
        """Start the server. Raises ComfyUIError when it ends or does not respond in time."""
        self.port = self.port or free_port()  # after stop(), the same again
        self.url = f"http://127.0.0.1:{self.port}"
        (self.base_directory / "custom_nodes").mkdir(parents=True, exist_ok=True)  # without it main.py ends
        command = [
            self.python, str(self.source / "main.py"), "--cpu", "--listen", "127.0.0.1", "--port", str(self.port),
            "--base-directory", str(self.base_directory), "--database-url", "sqlite:///:memory:",
            "--disable-api-nodes", "--dont-print-server", *self.arguments,
        ]  # fmt: skip
        environment = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=self.base_directory, env=environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + self.start_seconds
        while True:
            status = self.process.poll()
            if status is not None:
                raise ComfyUIError(f"ComfyUI ended with status {status} before it answered.\n{self.log_tail()}")
            try:
                self.get("/system_stats")
                return
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline:
                    raise ComfyUIError(
                        f"ComfyUI did not answer at {self.url} within {self.start_seconds:.0f} s.\n{self.log_tail()}"
                    ) from None
            time.sleep(0.25)

    def get(self, path: str) -> object:
        """Return the JSON of GET `path`. Raises urllib.error.URLError."""
        with DIRECT.open(self.url + path, timeout=180) as answer:
            return json.load(answer)

    def log_text(self) -> str:
        """Return everything that the server has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def log_tail(self, lines: int = 40) -> str:
        """Return the last `lines` of the log, headed by its path."""
        return "\n".join([f"The end of {self.log}:", *self.log_text().splitlines()[-lines:]])

    def stop(self) -> None:
        """End the server, by force if it does not go within ten seconds."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
