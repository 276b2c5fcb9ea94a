"""Runs a command beside ComfyUI servers of its own.

    python3 runs/servers.py --comfyui DIR --models DIR --folder DIR -- COMMAND

The command finds their URLs in the variable SERVERS, and the servers end with it. All of them read the same models
folder; each has a folder of its own for everything else. Standard library only.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from comfyui_process import ComfyUI, ComfyUIError, link_or_copy


def main() -> int:
    """The exit status of the command; 1 if it did not come to that."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--comfyui", type=Path, required=True, help="ComfyUI's own folder, with main.py")
    add("--models", type=Path, required=True, help="the models folder")
    add("--folder", type=Path, required=True, help="where the servers keep their files")
    add("--python", default=sys.executable, help="an interpreter that has ComfyUI's requirements (this one)")
    add("--count", type=int, default=2, help="how many (2)")
    add("command", nargs="+", help="what to run, after --")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped then, too
    if not (options.comfyui / "main.py").is_file():
        parser.error(f"--comfyui {options.comfyui}: there is no main.py in it")
    try:
        with ExitStack() as stack:
            urls = [stack.enter_context(_server(options, number)).url for number in range(options.count)]
            return subprocess.run(options.command, env=os.environ | {"SERVERS": " ".join(urls)}).returncode
    except (ComfyUIError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _server(options: argparse.Namespace, number: int) -> ComfyUI:
    base = options.folder.resolve() / str(number)
    (base / "custom_nodes").mkdir(parents=True, exist_ok=True)
    shutil.rmtree(base / "output", ignore_errors=True)  # pictures that have been fetched
    models = options.models.resolve()
    link_or_copy(models, base / "models", lambda link: shutil.copytree(models, link))
    # One thread each: pictures of the zoo are small, and several servers use several cores better.
    environment = () if "OMP_NUM_THREADS" in os.environ else (("OMP_NUM_THREADS", "1"),)
    os.environ.update(environment)
    # What the last workflows had loaded is kept for the next ones: reading a checkpoint takes longer than a picture.
    return ComfyUI(options.comfyui.resolve(), base, python=options.python, arguments=("--cache-lru", "400"))


if __name__ == "__main__":
    sys.exit(main())
