"""Files that are written whole or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nodewright.files import write_atomically, write_bytes, write_json, write_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_there_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with write_atomically(path) as beside, beside.open("w", encoding="utf-8") as file:
        file.write("first")
        assert beside.parent == tmp_path and not path.exists()
    assert path.read_text(encoding="utf-8") == "first" and names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_leaves_the_old_file_alone(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(error), write_atomically(path) as beside:
        beside.write_text("half of the n", encoding="utf-8")
        raise error
    assert path.read_text(encoding="utf-8") == "old" and names(tmp_path) == ["a.txt"]


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with write_atomically(path) as one:
        one.write_text("one", encoding="utf-8")
        with write_atomically(path) as other:
            other.write_text("other", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "other"
    assert path.read_text(encoding="utf-8") == "one" and names(tmp_path) == ["a.txt"]


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 251 + ".txt")
    write_text(path, "long")
    assert names(tmp_path) == [path.name]


def test_where_nothing_can_be_written_oserror_is_raised(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        write_bytes(tmp_path / "none" / "a.bin", b"1")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        write_bytes(tmp_path / "folder", b"1")
    assert names(tmp_path) == ["folder"]


@pytest.mark.skipif(os.name == "nt", reason="limits of file sizes are POSIX")
def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "a.bin"
    write_bytes(path, b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(OSError):
            write_bytes(path, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == b"old" and names(tmp_path) == ["a.bin"]


def test_a_killed_process_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    code = (
        "import sys, time, pathlib\nfrom nodewright.files import write_atomically\n"
        "with write_atomically(pathlib.Path(sys.argv[1])) as beside:\n"
        "    beside.write_text('half')\n    time.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)])
    deadline = time.monotonic() + 60
    while len(names(tmp_path)) == 1:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.wait()
    assert path.read_text(encoding="utf-8") == "old"


def test_json_is_compact_ascii_or_for_people(tmp_path: Path) -> None:
    path, content = tmp_path / "a.json", {"name": "Größe", "odd": "\udc80", "list": [1, None]}
    write_json(path, content)
    assert path.read_bytes().isascii() and json.loads(path.read_text()) == content
    assert path.read_text().count("\n") == 1
    write_json(path, {"name": "Größe"}, indent=1)
    assert path.read_text(encoding="utf-8") == '{\n "name": "Größe"\n}\n'
