"""runs/servers.py: how the command ends that runs beside the servers. No server is needed for that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

# It starts a process of its own, which says when it runs, and takes its time to end when it is asked to, longer than
# its parent, as a shell's children do.
COMMAND = """
import subprocess, sys
sys.exit(subprocess.Popen([sys.executable, "child.py"]).wait())
"""
CHILD = """
import signal, sys, time
from pathlib import Path

def stop(number, frame):
    if "--stubborn" not in sys.argv:
        time.sleep(0.5)
        Path("ended").write_text(str(number), encoding="utf-8")
        sys.exit(3)

signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
Path("running").write_text("", encoding="utf-8")
while True:
    Path("alive").write_text(str(time.time()), encoding="utf-8")
    time.sleep(0.02)
"""


def start(folder: Path, repository: Path, command: str) -> subprocess.Popen[bytes]:
    (folder / "main.py").touch()
    (folder / "child.py").write_text(CHILD, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(repository / "runs" / "servers.py"), "--comfyui", ".", "--models", ".", "--folder", ".",
         "--count", "0", "--", sys.executable, "-c", command],
        cwd=folder, start_new_session=True,
    )  # fmt: skip


def until_it_runs(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 300
    while not (folder / "running").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)


def test_the_commands_status_is_its_own(tmp_path: Path, repository: Path) -> None:
    command = "import os, sys; sys.exit(5 if os.environ['SERVERS'] == '' else 0)"
    assert start(tmp_path, repository, command).wait(300) == 5


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals to send")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_command_ends_with_what_it_started_and_is_waited_for(
    tmp_path: Path, repository: Path, number: signal.Signals, status: int
) -> None:
    process = start(tmp_path, repository, COMMAND)
    until_it_runs(tmp_path, process)
    os.kill(process.pid, number)  # it alone, as `kill` does
    assert process.wait(300) == status
    assert (tmp_path / "ended").read_text(encoding="utf-8") == str(int(number))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals to send")
def test_told_twice_it_waits_no_longer(tmp_path: Path, repository: Path) -> None:
    process = start(tmp_path, repository, COMMAND.replace('"child.py"', '"child.py", "--stubborn"'))
    until_it_runs(tmp_path, process)
    os.kill(process.pid, signal.SIGTERM)
    time.sleep(1)
    assert process.poll() is None, "the child was asked only"
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(300) == 143
    last = (tmp_path / "alive").read_text(encoding="utf-8")
    time.sleep(0.5)
    assert (tmp_path / "alive").read_text(encoding="utf-8") == last
