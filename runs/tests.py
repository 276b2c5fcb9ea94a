"""Everything that must pass, on a machine that has nothing: python3 runs/tests.py [options of pytest]

Makes an environment (the first time: some minutes and 6 GB), then runs ruff, mypy, the tests, and the tests of the
models with the oldest transformers that ComfyUI allows. Ends with status 0 if all of them passed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from comfyui_process import place_pack
from environment import (
    OLDEST_TRANSFORMERS,
    REPOSITORY,
    SetupError,
    install_chromium,
    make_environment,
    oldest_transformers,
)

CHECKED = ("runs", "tests", "benchmarks")  # beside the package itself


def main() -> int:
    """0 if every step passed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that pytest is stopped then, too
    try:
        environment = make_environment(test=True)
        old = oldest_transformers(environment)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    install_chromium()
    packages = environment.folder / "packages"  # mypy must find the repository under the package's name
    place_pack(packages / "nodewright")

    python = str(environment.python)
    variables = environment.variables() | {"HF_HUB_OFFLINE": "1"}
    pytest = [python, "-m", "pytest", "--config-file", "pytest.ini"]
    mypy = [python, "-m", "mypy", str(packages / "nodewright"), *CHECKED]
    failed = [
        name
        for name, command, folder, extra in (
            ("ruff", [python, "-m", "ruff", "check", "."], REPOSITORY, {}),
            ("mypy", mypy, REPOSITORY, {"MYPYPATH": str(packages)}),
            ("pytest", [*pytest, *sys.argv[1:]], REPOSITORY / "tests", {}),
            (f"pytest with {OLDEST_TRANSFORMERS}", [*pytest, "models"], REPOSITORY / "tests", {"PYTHONPATH": str(old)}),
        )
        if not passes(name, command, folder, variables | extra)
    ]
    print(f"\nFailed: {', '.join(failed)}" if failed else "\nEverything passed.", flush=True)
    return 1 if failed else 0


def passes(name: str, command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> bool:
    """Runs one step, with its name and seconds around it."""
    print(f"\n== {name}", flush=True)
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=dict(variables))
    try:
        status = process.wait()
    except BaseException as stop:
        # An interrupt from the keyboard has reached the process, too; pytest needs a moment to stop its servers.
        if not isinstance(stop, KeyboardInterrupt):
            process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGINT)
        process.wait()
        raise
    outcome = "passed" if status == 0 else f"failed with status {status}"
    print(f"== {name}: {outcome} in {time.monotonic() - start:.0f} s", flush=True)
    return status == 0


if __name__ == "__main__":
    sys.exit(main())
