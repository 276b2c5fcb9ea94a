"""What a training prints when nobody reads it any more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from pathlib import Path
from nodewright.training.common.console import report

for step in range(3000):
    report(f"step {step}", getattr(sys, sys.argv[1]))
Path("done").touch()
sys.exit(3)
"""


def read_a_line(folder: Path, stream: str) -> tuple[int, str]:
    """The exit status of the program, of whose one stream only the first line is read, and what is in the other."""
    other = {"stdout": "stderr", "stderr": "stdout"}[stream]
    with (folder / "other").open("w+", encoding="utf-8") as file:
        streams = {stream: subprocess.PIPE, other: file}
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, stream], cwd=folder, **streams)  # type: ignore[call-overload]
        pipe = getattr(process, stream)
        assert pipe.read(6) == b"step 0"
        pipe.close()
        status = process.wait(120)
        file.seek(0)
        return status, file.read()


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_training_that_is_not_read_any_more_goes_on(stream: str, tmp_path: Path) -> None:
    """The pipe holds less than the program prints, so that it meets the closed end while it works."""
    assert read_a_line(tmp_path, stream) == (3, "")
    assert (tmp_path / "done").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_not_passed_over(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-c", PROGRAM, "stdout"]
        done = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode != 0 and "No space left" in done.stderr
    assert not (tmp_path / "done").exists()
