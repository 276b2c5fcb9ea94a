"""Run a command beside ComfyUI servers of its own.

    python3 runs/servers.py --comfyui DIR --models DIR --folder DIR -- COMMAND

The command finds their URLs in the variable SERVERS, and the servers end with it. Ctrl-C and SIGTERM end the command
first, with all that it has started. All servers read the same models folder; each has a folder of its own for
everything else. Standard library only.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from comfyui_process import ComfyUI, ComfyUIError, link_or_copy

PRODUCTS = """import torch

torch.set_float32_matmul_precision("medium")
NODE_CLASS_MAPPINGS = {}
"""
"""A custom node for CPUs: torch then multiplies matrices with oneDNN in place of MKL, also in float32; MKL is slow on
processors that are not Intel's."""

PATIENCE = 60.0
"""Seconds in which a command must end: the collector takes its jobs from the servers first."""


def main() -> int:
    """Return the exit status of the command, or 1 if it was not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--comfyui", type=Path, required=True, help="ComfyUI's own folder, with main.py")
    add("--models", type=Path, required=True, help="the models folder")
    add("--folder", type=Path, required=True, help="where the servers keep their files")
    add("--python", default=sys.executable, help="an interpreter that has ComfyUI's requirements (this one)")
    add("--count", type=int, default=2, help="how many (2)")
    add("command", nargs="+", help="what to run, after --")
    options = parser.parse_args()
    for number in [each for each in signal.Signals if each.name in ("SIGTERM", "SIGHUP")]:  # Windows has only the first
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, lambda number, _: sys.exit(128 + number))
    if not (options.comfyui / "main.py").is_file():
        parser.error(f"--comfyui {options.comfyui}: there is no main.py in it")
    variables = dict(os.environ)  # without what is for the servers alone
    try:
        with ExitStack() as stack:
            urls = [stack.enter_context(_server(options, number)).url for number in range(options.count)]
            return run(options.command, variables | {"SERVERS": " ".join(urls)})
    except (ComfyUIError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run a command and return its exit status.

    Whatever ends this process first (but SIGKILL) also ends the command and every process that the command started,
    and waits for them.
    """
    # On Windows, where there are no such groups, a console's Ctrl-C reaches them all by itself.
    process = subprocess.Popen(command, env=variables, start_new_session=sys.platform != "win32")
    try:
        return process.wait()
    except KeyboardInterrupt:
        _end(process, signal.SIGINT)
        raise
    except BaseException:
        _end(process, signal.SIGTERM)
        raise


def _end(process: subprocess.Popen[bytes], asking: signal.Signals) -> None:
    """End the group of a process with the signal `asking`; by force after PATIENCE, or at a second interrupt."""
    try:
        if sys.platform != "win32":
            _signal_group(process, asking)
        deadline = time.monotonic() + PATIENCE
        while _running(process) and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        if sys.platform != "win32":
            _signal_group(process, signal.SIGKILL)
        elif process.poll() is None:
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True)
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> bool:
    """Whether there was one."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):  # the latter: on macOS, all have ended
            os.killpg(process.pid, number)
            return True
    return False


def _running(process: subprocess.Popen[bytes]) -> bool:
    """Whether the process or, where there are groups, any of its group is there."""
    return process.poll() is None or _signal_group(process, 0)


def _server(options: argparse.Namespace, number: int) -> ComfyUI:
    base = options.folder.resolve() / str(number)
    (base / "custom_nodes").mkdir(parents=True, exist_ok=True)
    (base / "custom_nodes" / "matrix_products.py").write_text(PRODUCTS, encoding="utf-8")
    shutil.rmtree(base / "output", ignore_errors=True)  # pictures that have been fetched
    models = options.models.resolve()
    link_or_copy(models, base / "models", lambda link: shutil.copytree(models, link))
    # One thread each: pictures of the zoo are small, and several servers use several cores better.
    environment = () if "OMP_NUM_THREADS" in os.environ else (("OMP_NUM_THREADS", "1"),)
    os.environ.update(environment)
    # What the last workflows had loaded is kept for the next ones: reading a checkpoint takes longer than a picture.
    arguments = ("--cache-lru", "400", "--use-pytorch-cross-attention")
    return ComfyUI(options.comfyui.resolve(), base, python=options.python, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
