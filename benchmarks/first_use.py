"""Seconds from a cold process to the first workflow, by the command line and by the node in a fresh ComfyUI.

    python benchmarks/first_use.py [--object-info FILE] [--comfyui FOLDER] [--package FOLDER ...] [--runs 5]

`command line` is `nodewright generate` from the start of the process to its end, in a new process each time, with no
catalog cached. Its steps are measured in further processes that stop after importing torch, and after loading the
shipped policy. `node` is the time from queueing Prompt to Workflow, the first prompt of a fresh ComfyUI server, until
its output is there, and the time until that server answers. The first run of each kind is not counted: it compiles the
modules and brings the files into memory.

--package times another checkout of the repository; with several, their runs take turns, so that a busy machine slows
all of them. "Before" in docs/speed.md is a worktree of commit e24c9a5, measured with

    python benchmarks/first_use.py --package . --package ../before --comfyui FOLDER

The minimum is what the machine can do; the median tells how busy it was. Seconds of the processor include all threads.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.append(str(REPOSITORY / "runs"))

from comfyui_process import DIRECT, ComfyUI  # noqa: E402

PROMPT = "a fox in the snow"
CHECKPOINTS = ["v1-5-pruned-emaonly.ckpt", "sd_xl_base_1.0.ckpt", "juggernautXL_v9.ckpt"]
LOADING = """
try:
    from nodewright.models.policy.loading import load_policy
except ImportError:  # an older checkout
    from nodewright.models.policy import Policy
    load_policy = Policy.load
from pathlib import Path
import nodewright
load_policy(Path(nodewright.__file__).parent / "models" / "shipped")
"""
STEPS = {"importing torch": "import torch", "and loading the policy": LOADING}

Timing = tuple[float, float]
"""Seconds by the clock, and seconds of the processor."""


class Checkout:
    """A checkout of the repository that other processes import as `nodewright`.

    Attributes:
        folder: its root.
        environment: the variables of a process that imports it, with a cache of compiled modules of its own.
    """

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder = folder.resolve()
        self.scratch = scratch
        (scratch / "path").mkdir(parents=True)
        (scratch / "path" / "nodewright").symlink_to(self.folder, target_is_directory=True)
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"PYTHONPATH": str(scratch / "path"), "PYTHONPYCACHEPREFIX": str(scratch / "compiled")}
        self.environment = environment | {"HF_HUB_OFFLINE": "1", "PYTHONUTF8": "1"}

    def run(self, *arguments: str) -> Timing:
        """Return how long a new Python process takes with these arguments, with no catalog cached."""
        cache = self.scratch / "cache"
        shutil.rmtree(cache, ignore_errors=True)
        environment = self.environment | {"XDG_CACHE_HOME": str(cache), "LOCALAPPDATA": str(cache)}
        used, start = _processor_seconds(), time.perf_counter()
        done = subprocess.run([sys.executable, *arguments], env=environment, cwd=self.scratch, capture_output=True)
        seconds = time.perf_counter() - start
        if done.returncode:
            sys.exit(f"{self.folder}: {done.stderr.decode(errors='replace')[-2000:]}")
        return seconds, _processor_seconds() - used


def measure_command_line(checkout: Checkout, object_info: Path) -> dict[str, Timing]:
    """Return the times of `nodewright generate`, and of processes that stop earlier."""
    found = {name: checkout.run("-c", code) for name, code in STEPS.items()}
    generate = ("-m", "nodewright", "generate", PROMPT, "--object-info", str(object_info), "--seed", "1")
    return found | {"command line: first workflow": checkout.run(*generate)}


def measure_node(checkout: Checkout, comfyui: Path) -> dict[str, Timing]:
    """Return the times of starting a server with the pack, and of its first two prompts."""
    base = checkout.scratch / "comfyui"
    shutil.rmtree(base, ignore_errors=True)
    (base / "custom_nodes").mkdir(parents=True)
    (base / "custom_nodes" / "nodewright").symlink_to(checkout.folder, target_is_directory=True)
    (base / "models" / "checkpoints").mkdir(parents=True)
    for name in CHECKPOINTS:  # empty: their families are known by their names
        (base / "models" / "checkpoints" / name).write_bytes(b"")
    before = dict(os.environ)
    os.environ.update(checkout.environment)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    del os.environ["PYTHONPATH"]
    try:
        start = time.perf_counter()
        with ComfyUI(comfyui, base) as server:
            found = {"node: server answers": time.perf_counter() - start}
            inputs = _default_inputs(server)
            for index, name in enumerate(("node: first workflow", "node: second workflow")):
                found[name] = _run_prompt(server, inputs | {"prompt": PROMPT, "seed": index})
    finally:
        os.environ.clear()
        os.environ.update(before)
    return {name: (seconds, 0.0) for name, seconds in found.items()}


def _default_inputs(server: ComfyUI) -> dict[str, Any]:
    """Return Prompt to Workflow's widgets with their default values."""
    info: Any = server.get("/object_info/NodewrightPromptToWorkflow")
    described = info["NodewrightPromptToWorkflow"]["input"]
    specifications = described["required"] | described.get("optional", {})
    return {name: spec[1]["default"] for name, spec in specifications.items() if len(spec) > 1 and "default" in spec[1]}


def _run_prompt(server: ComfyUI, inputs: Mapping[str, Any]) -> float:
    """Return the seconds from queueing Prompt to Workflow alone until the server has its result."""
    graph = {"1": {"class_type": "NodewrightPromptToWorkflow", "inputs": inputs}}
    body = json.dumps({"prompt": graph}).encode()
    request = urllib.request.Request(f"{server.url}/prompt", body, {"Content-Type": "application/json"})
    start = time.perf_counter()
    with DIRECT.open(request, timeout=60) as answer:
        prompt_id = json.load(answer)["prompt_id"]
    while True:
        history: Any = server.get(f"/history/{prompt_id}")
        if prompt_id in history:
            break
        time.sleep(0.01)
    seconds = time.perf_counter() - start
    if history[prompt_id]["status"]["status_str"] != "success":
        sys.exit(f"the node failed: {history[prompt_id]['status']}\n{server.log_tail()}")
    return seconds


def _processor_seconds() -> float:
    """Return the seconds that ended child processes have spent on the processor."""
    times = os.times()
    return times.children_user + times.children_system


def with_checkpoints(source: Path, target: Path) -> None:
    """Write a copy of a saved object_info in which some checkpoints are installed."""
    info = json.loads(source.read_text(encoding="utf-8"))
    choices = info["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"]
    if isinstance(choices[0], list):
        choices[0] = CHECKPOINTS
    else:
        choices[1]["options"] = CHECKPOINTS
    target.write_text(json.dumps(info), encoding="utf-8")


def main() -> int:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--object-info", type=Path, help="a saved object_info; some checkpoints are added to it")
    parser.add_argument("--comfyui", type=Path, help="ComfyUI's folder: time the node as well")
    parser.add_argument("--package", type=Path, action="append", help="a checkout to time (this one); may be repeated")
    parser.add_argument("--runs", type=int, default=5, help="how many of each kind are counted (5)")
    arguments = parser.parse_args()
    if not (arguments.object_info or arguments.comfyui):
        parser.error("name --object-info or --comfyui, or both")
    timings: dict[tuple[str, str], list[Timing]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        checkouts = [
            Checkout(folder, scratch / str(index)) for index, folder in enumerate(arguments.package or [REPOSITORY])
        ]
        measures: list[Callable[[Checkout], dict[str, Timing]]] = []
        if arguments.object_info:
            with_checkpoints(arguments.object_info, scratch / "object_info.json")
            measures.append(lambda checkout: measure_command_line(checkout, scratch / "object_info.json"))
        if arguments.comfyui:
            measures.append(lambda checkout: measure_node(checkout, arguments.comfyui.resolve()))
        for run in range(arguments.runs + 1):
            for checkout in checkouts:
                for measure in measures:
                    for name, timing in measure(checkout).items():
                        if run:
                            timings[name, str(checkout.folder)].append(timing)
    print("| | checkout | least s | median s | least s of the processor |\n| --- | --- | ---: | ---: | ---: |")
    for (name, folder), found in sorted(timings.items()):
        clock, processor = zip(*found, strict=True)
        used = f"{min(processor):.2f}" if min(processor) else "-"
        print(f"| {name} | {folder} | {min(clock):.2f} | {statistics.median(clock):.2f} | {used} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
