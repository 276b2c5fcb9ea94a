"""Turn a prompt into a picture on a machine that has nothing.

    python3 runs/demo.py "a red circle on a blue background"

Makes an environment (the first time: some minutes and 6 GB), starts a real ComfyUI with this pack in custom_nodes and
the miniature zoo in models, lets the language model write a workflow for the prompt, and runs it there.
Prints the workflow, the seconds and the path of the image.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from comfyui_process import ComfyUI, ComfyUIError, place_pack
from environment import Environment, SetupError, make_environment


def main() -> int:
    """Return the exit status of `nodewright run`, or 1 if it was not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prompt", help="what you would like to see: shapes, colours, positions")
    parser.add_argument("--out", type=Path, default=Path("output"), help="folder for the image (default: output)")
    arguments, rest = parser.parse_known_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped then, too
    try:
        environment = make_environment()
        return run(environment, arguments.prompt, arguments.out.resolve(), rest)
    except (SetupError, ComfyUIError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run(environment: Environment, prompt: str, out: Path, rest: list[str]) -> int:
    """Start ComfyUI and pass the prompt to `nodewright run`, with `rest` as further options."""
    base = environment.folder / "base"
    place_pack(base / "custom_nodes" / "nodewright")
    python, variables = str(environment.python), environment.variables()
    # Not from the repository's folder: `python -m` puts the current one on sys.path.
    export = [python, "-m", "nodewright.miniature.export", str(base / "models")]
    if subprocess.run(export, env=variables, cwd=base, stdout=subprocess.DEVNULL).returncode != 0:
        return 1
    print("Starting ComfyUI ...", flush=True)
    with ComfyUI(environment.comfyui, base, python=python) as server:
        command = [python, "-m", "nodewright", "run", prompt, "--server", server.url, "--out", str(out), *rest]
        return subprocess.run(command, env=variables, cwd=base).returncode


if __name__ == "__main__":
    sys.exit(main())
