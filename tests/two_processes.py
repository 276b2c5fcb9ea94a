"""Runs a program in two processes of torchrun, which share a training."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run_together(program: str, *arguments: str, folder: Path, port: int) -> str:
    """What it printed. The program may import the tests; it and its arguments are read in `folder`."""
    (folder / "program.py").write_text(program, encoding="utf-8")
    tests = Path(__file__).resolve().parent
    paths = [str(tests / "training"), str(tests), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", str(port),
         "program.py", *arguments],
        capture_output=True, text=True, cwd=folder, timeout=300, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("wrote") == 1
    return done.stdout
