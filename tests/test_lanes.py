"""How the tests are divided, marked and counted (tests/support/lanes.py), and what runs/tests.py makes of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import lanes
import pytest

FILES = {
    "test_a.py": "import pytest\n@pytest.mark.parametrize('n', range(3))\ndef test_n(n): assert n != 2\n",
    "test_b.py": "import pytest\n@pytest.fixture\ndef browser(): pass\n"
    "def test_in_it(browser): pass\ndef test_out(): pass\n",
    "test_c.py": "import pytest\ndef test_skipped(): pytest.skip('no such thing')\n",
    "pytest.ini": "[pytest]\nmarkers =\n    slow\n    comfyui\n    browser\n",
}


def run(folder: Path, *options: str) -> tuple[int, dict[str, int]]:
    """Return pytest's status and the counts that it wrote."""
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    variables = os.environ | {"PYTHONPATH": str(Path(lanes.__file__).parent)}
    command = [sys.executable, "-m", "pytest", "-p", "lanes", "--strict-markers", "--counts", "counts.json", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=variables)
    return done.returncode, json.loads((folder / "counts.json").read_text(encoding="utf-8"))


def test_two_parts_are_all_tests_and_each_once(tmp_path: Path) -> None:
    whole = run(tmp_path)[1]
    assert whole == {"passed": 4, "failed": 1, "skipped": 1}
    parts = [run(tmp_path, "--part", f"{number}/2")[1] for number in (1, 2)]
    for kind, count in whole.items():
        assert sum(part.get(kind, 0) for part in parts) == count
    assert all(part["deselected"] > 0 for part in parts)
    assert run(tmp_path, "--part", "3/2")[0] == pytest.ExitCode.USAGE_ERROR


def test_a_test_is_marked_by_its_fixtures(tmp_path: Path) -> None:
    assert run(tmp_path, "-m", "browser")[1] == {"passed": 1, "deselected": 5}
    assert run(tmp_path, "-m", "not browser")[1] == {"passed": 3, "failed": 1, "skipped": 1, "deselected": 1}


def test_seconds_of_each_test_are_recorded(tmp_path: Path) -> None:
    run(tmp_path, "--record", "record.jsonl", "-k", "test_n")
    lines = [json.loads(line) for line in (tmp_path / "record.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [name for name, _, _ in lines] == [f"test_a.py::test_n[{n}]" for n in range(3)]
    assert all(0 <= clock < 60 and processors >= 0 for _, clock, processors in lines)


def test_a_test_in_the_browser_that_was_not_recorded_takes_its_time(request: pytest.FixtureRequest) -> None:
    (before,) = lanes.seconds_of_files([request.node]).values()
    request.node.add_marker("browser")
    (after,) = lanes.seconds_of_files([request.node]).values()
    assert after - before == lanes.PAGE_SECONDS


def test_parts_take_about_as_long() -> None:
    seconds = {f"file {number}": float(number) for number in range(1, 20)}
    found = lanes.parts(seconds, 2)
    assert found[0] | found[1] == set(seconds) and not found[0] & found[1]
    sums = [sum(seconds[file] for file in part) for part in found]
    assert abs(sums[0] - sums[1]) <= 1.0
    assert lanes.parts({}, 2) == [set(), set()]


def test_every_recorded_function_is_there_or_was_renamed_since() -> None:
    """Names that no longer exist mark nothing: record anew before a third of them are gone."""
    tests = Path(__file__).parent
    texts: dict[str, str] = {}
    missing = []
    for name in lanes.durations():
        file, _, function = name.partition("::")
        if file not in texts:
            texts[file] = (tests / file).read_text(encoding="utf-8") if (tests / file).is_file() else ""
        if function.rpartition("::")[2] not in texts[file] and not function.startswith("Test"):
            missing.append(name)
    assert len(missing) <= len(lanes.durations()) / 3, missing
