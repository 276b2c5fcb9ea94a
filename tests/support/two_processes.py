"""Runs a program in two processes of torchrun, which share a training."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run_together(program: str, *arguments: str, folder: Path, port: int) -> str:
    """Return what it printed. The program may import this folder's modules and the tests of training; it runs in
    `folder`, where its `arguments` are read."""
    (folder / "program.py").write_text(program, encoding="utf-8")
    support = Path(__file__).resolve().parent
    paths = [str(support.parent / "training"), str(support), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", str(port),
         "program.py", *arguments],
        capture_output=True, text=True, cwd=folder, timeout=600, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("wrote") == 1
    return done.stdout
