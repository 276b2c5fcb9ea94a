"""Which tests run: marks that follow from what a test uses, parts of the suite for processes side by side, and counts.

A pytest plugin (tests/conftest.py). runs/tests.py uses its options.
"""

from __future__ import annotations

import functools
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

# FILE::FUNCTION -> seconds of all its cases, on one core with nothing else running; `runs/tests.py --record` writes it.
DURATIONS = Path(__file__).resolve().parent.parent / "data" / "durations.json"
SLOW_SECONDS = 1.0  # from here on a function's tests are marked slow
FILE_SECONDS, UNKNOWN_SECONDS = 1.0, 5.0  # of a file beside its functions, and of a file that is not there yet
PAGE_SECONDS = 6.0  # of a test in the browser that is not there yet: most of it is loading the page
# Fixture -> mark of every test that uses it. What a shared fixture costs is recorded for one of its tests alone.
MARKS = {
    "comfyui_path": "comfyui", "browser": "browser", "corpus": "slow", "trained": "slow", "real": "slow",
    "varied": "slow", "training": "slow", "held_out": "slow", "wheel": "slow",
}  # fmt: skip
COUNTED = ("passed", "failed", "error", "skipped", "xfailed", "xpassed", "deselected")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this plugin."""
    group = parser.getgroup("nodewright")
    group.addoption("--part", default="1/1", metavar="N/COUNT", help="run the Nth of COUNT parts of the selected tests")
    group.addoption("--counts", type=Path, metavar="FILE", help="write how many tests passed, failed, ... as JSON")
    group.addoption("--record", type=Path, metavar="FILE", help="write the seconds of each test, a JSON line each")
    group.addoption("--walks", type=int, default=200, help="walks of the grammar against ComfyUI, an installation")
    group.addoption("--walk-seed", type=int, help="their seed; without it, another one each day")


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test by the fixtures that it uses, directly or through others, and by how long it took."""
    if durations().get(item.nodeid.partition("[")[0], 0.0) >= SLOW_SECONDS:
        item.add_marker("slow")
    for fixture in getattr(item, "fixturenames", ()):
        if fixture in MARKS:
            item.add_marker(MARKS[fixture])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of one part. A file is never divided: its tests share fixtures."""
    number, count = map(int, config.getoption("part").split("/"))
    if not 1 <= number <= count:
        raise pytest.UsageError(f"--part {number}/{count}: N is between 1 and COUNT")
    own = parts(seconds_of_files(items), count)[number - 1]
    config.hook.pytest_deselected(items=[item for item in items if file_of(item) not in own])
    items[:] = [item for item in items if file_of(item) in own]


@functools.cache
def durations() -> dict[str, float]:
    """Return what DURATIONS holds."""
    return dict(json.loads(DURATIONS.read_text(encoding="utf-8"))) if DURATIONS.is_file() else {}


def seconds_of_files(items: list[pytest.Item]) -> dict[str, float]:
    """Return how long the selected tests of each file take."""
    known = {name.partition("::")[0] for name in durations()}
    functions = {item.nodeid.partition("[")[0] for item in items}
    found = {file: FILE_SECONDS if file in known else UNKNOWN_SECONDS for file in map(file_of, items)}
    for function in functions:
        found[function.partition("::")[0]] += durations().get(function, 0.0)
    for item in items:
        if item.get_closest_marker("browser") and item.nodeid.partition("[")[0] not in durations():
            found[file_of(item)] += PAGE_SECONDS
    return found


def file_of(item: pytest.Item) -> str:
    """Return the test's file as its id has it, such as `workflow/test_graph.py`."""
    return item.nodeid.partition("::")[0]


def parts(seconds: dict[str, float], count: int) -> list[set[str]]:
    """Divide files into `count` sets that take about as long, the longest file first."""
    found: list[set[str]] = [set() for _ in range(count)]
    sums = [0.0] * count
    for file in sorted(seconds, key=lambda file: (-seconds[file], file)):
        least = sums.index(min(sums))
        found[least].add(file)
        sums[least] += seconds[file]
    return found


class Recorder:
    """Writes a line for each test: its id, its seconds by the clock and of all processors.

    Both hold setup and teardown. A server that goes on running is not in the seconds of the processors.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_text("", encoding="utf-8")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Measure one test."""
        clock, processors = time.monotonic(), sum(os.times()[:4])
        result = yield
        line = [item.nodeid, round(time.monotonic() - clock, 2), round(sum(os.times()[:4]) - processors, 2)]
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        return result


def pytest_configure(config: pytest.Config) -> None:
    """Measure if --record is given."""
    if config.getoption("record"):
        config.pluginmanager.register(Recorder(config.getoption("record").resolve()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write the counts."""
    path: Path | None = config.getoption("counts")
    if path is not None:
        counts = Counter({kind: len(terminalreporter.stats.get(kind, ())) for kind in COUNTED})
        path.write_text(json.dumps({kind: count for kind, count in counts.items() if count}), encoding="utf-8")
