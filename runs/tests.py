"""Run everything that must pass, on a machine that has nothing.

    python3 runs/tests.py [--quick] [--record] [options of pytest]

Makes an environment (the first time: some minutes and 6 GB), then runs ruff, mypy, the tests, the tests of the models
with the oldest transformers that ComfyUI allows, and for the JavaScript tsc and its own tests. Two processes work side
by side, each with one thread; what each prints is shown whole when it ends. With --quick, ruff and the tests that need
neither ComfyUI nor a browser nor much time. With --record, what each test took is written to tests/data/durations.json,
by which tests are marked slow and divided between the processes; nothing else should run then. Ends with status 0 if
everything passed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from comfyui_process import place_pack
from environment import (
    JAVASCRIPT,
    OLDEST_TRANSFORMERS,
    REPOSITORY,
    Environment,
    SetupError,
    install_chromium,
    javascript_tools,
    make_environment,
    oldest_transformers,
)

CHECKED = ("runs", "tests", "benchmarks")  # beside the package itself
QUICK = "not slow and not comfyui and not browser"
INTERACTIVE = frozenset({"-s", "--capture=no", "--pdb", "--trace"})  # one process at the terminal
NO_TESTS = 5  # pytest's status where everything was deselected
POLL_SECONDS = 0.2
DURATIONS = REPOSITORY / "tests" / "data" / "durations.json"
LEAST_SECONDS = 0.3  # of a function that is worth a line there


@dataclass(frozen=True)
class Full:
    """What all steps need beside the environment, and --quick does without."""

    transformers: Path
    """The folder of the oldest transformers, for PYTHONPATH."""
    javascript: Path
    """The folder with node_modules."""


@dataclass
class Step:
    """One command, and what came of it."""

    name: str
    command: Sequence[str]
    folder: Path
    variables: Mapping[str, str]
    counts: Path | None = None
    """Where pytest writes how many tests passed, failed and were skipped."""
    status: int | None = None
    process: subprocess.Popen[bytes] | None = None
    start: float = 0.0
    log: Path = field(default_factory=Path)


def main(arguments: Sequence[str]) -> int:
    """Return 0 if every step passed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that pytest is stopped then, too
    quick, record = "--quick" in arguments, "--record" in arguments
    options = [each for each in arguments if each not in ("--quick", "--record")]
    try:
        environment = make_environment(test=True)
        full = None if quick else Full(oldest_transformers(environment), javascript_tools(environment))
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    if full is not None:
        install_chromium()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nodewright-tests-") as folder:
        steps = plan(environment, full, options, Path(folder))
        if record:
            for step in steps:
                step.command = [*step.command, *(["--record", f"{step.counts}.lines"] if step.counts else [])]
        try:
            work(steps, 1 if INTERACTIVE & set(options) else 2, Path(folder))
        finally:
            stop(steps)
        if record:
            write_durations([Path(f"{step.counts}.lines") for step in steps if step.counts])
        return report(steps, time.monotonic() - start)


def plan(environment: Environment, full: Full | None, options: Sequence[str], folder: Path) -> list[Step]:
    """Return the steps, the longest first. Without `full`, those of --quick."""
    python = str(environment.python)
    variables = environment.variables() | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    tests = REPOSITORY / "tests"
    pytest = [python, "-m", "pytest", "--config-file", "pytest.ini"]
    if full is None:
        pytest += ["-m", QUICK]
        variables.pop("NODEWRIGHT_COMFYUI")
    parts = 1 if INTERACTIVE & set(options) else 2
    steps = []
    for number in range(1, parts + 1):
        counts = folder / f"counts-{number}.json"
        own = ["--part", f"{number}/{parts}", "--counts", str(counts), "-o", f"cache_dir=.pytest_cache/{number}"]
        name = f"pytest, part {number} of {parts}"
        steps.append(Step(name, [*pytest, *own, *options], tests, variables, counts))
    if full is not None:
        counts = folder / "counts-old.json"
        own = ["--counts", str(counts), "-o", "cache_dir=.pytest_cache/old"]
        name, path = f"pytest of the models with {OLDEST_TRANSFORMERS}", {"PYTHONPATH": str(full.transformers)}
        steps.append(Step(name, [*pytest, *own, "models"], tests, variables | path, counts))
        packages = environment.folder / "packages"  # mypy must find the repository under the package's name
        place_pack(packages / "nodewright")
        mypy = [python, "-m", "mypy", str(packages / "nodewright"), *CHECKED]
        steps.append(Step("mypy", mypy, REPOSITORY, variables | {"MYPYPATH": str(packages)}))
        steps += javascript_steps(full.javascript, variables, folder)
    for action in (["check"], ["format", "--check"]):
        steps.append(Step(f"ruff {action[0]}", [python, "-m", "ruff", *action, "."], REPOSITORY, variables))
    return steps


def javascript_steps(installed: Path, variables: Mapping[str, str], folder: Path) -> list[Step]:
    """Return what checks web/: its types, with the node_modules in `installed`, and the tests of its modules."""
    modules = installed / "node_modules"
    options = {"paths": {"*": [f"{modules.as_posix()}/*"]}}  # tests/web/ has no node_modules of its own
    project = folder / "tsconfig.json"
    extended = {"extends": (JAVASCRIPT / "tsconfig.json").as_posix(), "compilerOptions": options}
    project.write_text(json.dumps(extended), encoding="utf-8")
    compiler = str(modules / "typescript" / "bin" / "tsc")
    return [
        Step("tsc", ["node", compiler, "--project", str(project)], REPOSITORY, variables),
        Step("node --test", ["node", "--test", "--test-reporter=spec"], JAVASCRIPT, variables),
    ]


def work(steps: Sequence[Step], processes: int, folder: Path) -> None:
    """Run the steps in their order, `processes` at a time; one alone prints to the terminal as it goes."""
    waiting, running = list(steps), list[Step]()
    while waiting or running:
        while waiting and len(running) < processes:
            step = waiting.pop(0)
            start(step, folder / f"log-{len(waiting)}.txt" if processes > 1 else None)
            running.append(step)
        time.sleep(POLL_SECONDS)
        for step in [each for each in running if each.process is not None and each.process.poll() is not None]:
            running.remove(step)
            finish(step)


def start(step: Step, log: Path | None) -> None:
    """Start a step; without `log`, at the terminal."""
    step.start = time.monotonic()
    print(f"== {step.name}: started" + (f"; it writes {log}" if log else ""), flush=True)
    if log is None:
        step.process = subprocess.Popen(step.command, cwd=step.folder, env=dict(step.variables))
        return
    step.log = log
    with log.open("wb") as file:
        step.process = subprocess.Popen(
            step.command, cwd=step.folder, env=dict(step.variables), stdin=subprocess.DEVNULL, stdout=file,
            stderr=subprocess.STDOUT,
        )  # fmt: skip


def finish(step: Step) -> None:
    """Print what a step printed, and how it ended."""
    assert step.process is not None
    step.status = step.process.returncode
    if step.log.is_file():
        print(f"\n== {step.name}", flush=True)
        sys.stdout.buffer.write(step.log.read_bytes())
    outcome = "passed" if step.status in (0, NO_TESTS) else f"failed with status {step.status}"
    print(f"== {step.name}: {outcome} in {time.monotonic() - step.start:.0f} s", flush=True)


def stop(steps: Sequence[Step]) -> None:
    """Interrupt what still runs, after an error or an interrupt: pytest needs a moment to stop its servers."""
    running = [step.process for step in steps if step.process is not None and step.process.poll() is None]
    for process in running:
        process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGINT)
    for process in running:
        process.wait()


def write_durations(records: Sequence[Path]) -> None:
    """Write the seconds of each function that was recorded; others keep theirs."""
    known: dict[str, float] = json.loads(DURATIONS.read_text(encoding="utf-8")) if DURATIONS.is_file() else {}
    found: dict[str, float] = {}
    for record in filter(Path.is_file, reversed(records)):  # the models' tests with today's transformers come last
        own: dict[str, float] = {}
        for line in record.read_text(encoding="utf-8").splitlines():
            name, clock, _ = json.loads(line)
            function = name.partition("[")[0]
            own[function] = own.get(function, 0.0) + clock
        found |= own
    kept = {name: round(seconds, 1) for name, seconds in (known | found).items() if seconds >= LEAST_SECONDS}
    DURATIONS.write_text(json.dumps(dict(sorted(kept.items())), indent=0) + "\n", encoding="utf-8")


def report(steps: Sequence[Step], seconds: float) -> int:
    """Print the sum of all tests and the steps that failed; return the status."""
    counts: Counter[str] = Counter()
    for step in steps:
        if step.counts is not None and step.counts.is_file():
            counts.update(json.loads(step.counts.read_text(encoding="utf-8")))
    failed = [step.name for step in steps if step.status not in (0, NO_TESTS)]
    if not counts["passed"] + counts["failed"] + counts["error"]:
        failed.append("no test was selected")
    shown = [f"{counts[kind]} {kind}" for kind in ("passed", "failed", "error", "skipped", "xfailed", "xpassed")
             if counts[kind] or kind in ("passed", "failed", "skipped")]  # fmt: skip
    print(f"\n{', '.join(shown)} in {seconds:.0f} s")
    print(f"Failed: {', '.join(failed)}" if failed else "Everything passed.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
