from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from nodewright.guarded_json import JsonError, read_bytes
from nodewright.opening import open_ordinary, open_ordinary_text, read_start

pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes in folders")


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_start(tmp_path / "file", 3) == b"123"
    assert read_start(tmp_path / "file", 9) == b"12345"
    with pytest.raises(JsonError, match="larger than 4 bytes"):
        read_bytes(tmp_path / "file", 4)
    with pytest.raises(OSError):
        read_start(tmp_path, 1)


@pipes
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no program writes to"):
        read_start(tmp_path / "pipe", 9)
    with pytest.raises(OSError, match="write its content to a file"):
        open_ordinary_text(tmp_path / "pipe", "utf-8")
    with pytest.raises(OSError, match="no ordinary file"):
        open_ordinary(tmp_path / "pipe")


@pipes
def test_a_pipe_that_is_written_to_is_read_to_its_end(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.write(write, b"abc")
    os.close(write)
    if Path(f"/dev/fd/{read}").exists():  # as a shell's <(command) names it
        assert read_start(Path(f"/dev/fd/{read}"), 9) == b"abc"
    os.close(read)
    os.mkfifo(tmp_path / "pipe")
    held = os.open(tmp_path / "pipe", os.O_RDWR)  # so that the writer waits for no reader
    content = os.urandom(300_000)  # more than a pipe holds

    def write_all() -> None:
        (tmp_path / "pipe").write_bytes(content)
        os.close(held)

    writer = threading.Thread(target=write_all)
    writer.start()
    assert read_start(tmp_path / "pipe", 1 << 20) == content
    writer.join()
