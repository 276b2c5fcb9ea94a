"""How much longer ComfyUI takes to start with the pack.

    python benchmarks/startup.py [--comfyui FOLDER] [--starts 5]

Two figures. `loading` is what the pack itself costs: a new process imports what ComfyUI has imported by then, and the
time that ComfyUI's own `load_custom_node` takes for the pack is measured. `starting` is from the command until the
server answers, with and without the pack in turn; it holds everything, and the noise of everything.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.append(str(REPOSITORY / "runs"))

from comfyui_process import ComfyUI, place_pack  # noqa: E402

LOADING = """
import asyncio, sys, time
sys.path.insert(0, sys.argv[1])
from comfy.cli_args import args
args.cpu = args.disable_api_nodes = True
import utils.extra_config  # first, as in main.py: later, `utils` would be another module
import execution, folder_paths, nodes, server
folder_paths.set_user_directory(sys.argv[3])
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
server.PromptServer(loop)
loop.run_until_complete(nodes.init_extra_nodes(init_custom_nodes=False, init_api_nodes=False))
before = set(sys.modules)
start = time.perf_counter()
if not loop.run_until_complete(nodes.load_custom_node(sys.argv[2])):
    sys.exit("the pack does not load")
seconds = time.perf_counter() - start
names = {name.split(".")[0] for name in set(sys.modules) - before if "nodewright" not in name}
print(seconds, *sorted(names))
"""


def loading(comfyui: Path, pack: Path, user: Path) -> tuple[float, list[str]]:
    """Seconds of one load in a new process, and the top-level modules of others that it brought with it."""
    command = [sys.executable, "-c", LOADING, str(comfyui), str(pack), str(user)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=user)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    seconds, *names = done.stdout.split()
    return float(seconds), names


def starting(comfyui: Path, base: Path) -> tuple[float, float]:
    """Seconds by the clock, and of the processor, until a server answers."""
    before, start = _children(), time.perf_counter()
    with ComfyUI(comfyui, base):
        seconds = time.perf_counter() - start
    return seconds, _children() - before


def _children() -> float:
    """Seconds that processes of ours, ended by now, have spent on the processor."""
    times = os.times()
    return times.children_user + times.children_system


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, least and most of some values."""
    figures = {"median": statistics.median(values), "least": min(values), "most": max(values)}
    return {name: round(value, 3) for name, value in figures.items()}


def main() -> int:
    """Run the command line, and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comfyui", type=Path, default=os.environ.get("NODEWRIGHT_COMFYUI"), help="its folder")
    parser.add_argument("--starts", type=int, default=5, help="of each kind")
    arguments = parser.parse_args()
    if arguments.comfyui is None:
        parser.error("name ComfyUI's folder with --comfyui or NODEWRIGHT_COMFYUI")
    with tempfile.TemporaryDirectory() as temporary:
        bases = {name: Path(temporary, name) for name in ("without", "with")}
        place_pack(bases["with"] / "custom_nodes" / "nodewright")
        (bases["without"] / "custom_nodes").mkdir(parents=True)
        (Path(temporary) / "user").mkdir()
        pack = bases["with"] / "custom_nodes" / "nodewright"
        loads = [loading(arguments.comfyui, pack, Path(temporary, "user")) for _ in range(arguments.starts)]
        starts: dict[str, list[tuple[float, float]]] = {"without": [], "with": []}
        for _ in range(arguments.starts):
            for name, base in bases.items():
                starts[name].append(starting(arguments.comfyui, base))
    figures = {
        "loading_seconds": spread([seconds for seconds, _ in loads]),
        "modules_brought": sorted({name for _, names in loads for name in names}),
        "starting_seconds": {name: spread([clock for clock, _ in times]) for name, times in starts.items()},
        "starting_processor_seconds": {name: spread([used for _, used in times]) for name, times in starts.items()},
    }
    print(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
