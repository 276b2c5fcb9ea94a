"""What the documents name exists: files, folders, commands, options and modules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from nodewright.cli import main
from nodewright.cli.train import EXPERIMENTS, STAGES

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (
    "benchmarks", "cli", "comfyui", "docs", "example_workflows", "locales", "miniature", "models", "nodes", "runs",
    "store", "tests", "training", "web", "workflow",
)  # fmt: skip
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
SOURCES = sorted(path for folder in FOLDERS if folder != "tests" for path in (ROOT / folder).rglob("*.py"))

_FILE = re.compile(rf"(?<![\w./-])(?:{'|'.join(FOLDERS)})/[\w./-]*\w\.(?:py|sh|md|js|yaml)\b")
_FOLDER = re.compile(rf"`((?:{'|'.join(name for name in FOLDERS if name != 'models')})(?:/[a-z_]+)+)/?`")
_LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
_MODULE = re.compile(r"python -m (nodewright[.\w]*)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("name", names(DOCUMENTS))
def test_files_and_folders_that_a_document_names_exist(name: str) -> None:
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    named = [*_FILE.findall(text), *_FOLDER.findall(text)]
    # runs/tests.py takes paths within tests/.
    missing = [found for found in named if not (ROOT / found).exists() and not (ROOT / "tests" / found).exists()]
    missing += [link for link in _LINK.findall(text) if not (path.parent / link).exists()]
    assert missing == []


def test_files_that_the_code_names_exist() -> None:
    missing = {
        (str(path.relative_to(ROOT)), found)
        for path in SOURCES
        for found in _FILE.findall(path.read_text(encoding="utf-8"))
        if not (ROOT / found).exists()
    }
    assert missing == set()


def test_modules_that_can_be_run_are_named_rightly() -> None:
    named = {
        module.rstrip(".")
        for path in [*DOCUMENTS, *SOURCES, *(ROOT / "runs").glob("*.sh")]
        for module in _MODULE.findall(path.read_text(encoding="utf-8"))
    }
    assert named
    for module in sorted(named):
        found = find_spec(module)
        assert found is not None, module
        if found.submodule_search_locations is not None:
            assert find_spec(f"{module}.__main__") is not None, f"{module} is a package that cannot be run"


@pytest.mark.parametrize("name", names(DOCUMENTS))
def test_commands_of_a_document_have_the_options_that_it_gives_them(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in commands((ROOT / name).read_text(encoding="utf-8")):
        verb, *rest = command.split()[1:] or ["--help"]
        if verb.startswith("-") or not verb.islower():
            continue  # the command in general
        words = [verb]
        if verb == "train":
            stages = rest[0].split("|") if rest else []
            assert set(stages) <= {*STAGES, *EXPERIMENTS}, command
            if len(stages) != 1:
                continue
            words += stages
        unknown = set(_OPTION.findall(command)) - options(tuple(words), capsys)
        assert not unknown, command


def commands(text: str) -> Iterator[str]:
    """Every `nodewright ...` in code: a line of a block with what continues it, or a span between backticks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    lines = [line for block in blocks for line in re.sub(r"\\\n\s*", "", block).splitlines()]
    spans = re.findall(r"(?<!`)`([^`]+)`(?!`)", re.sub(r"^```\w*\n.*?^```", "", text, flags=re.M | re.S))
    for code in [*lines, *(" ".join(span.split()) for span in spans)]:
        code = re.split(r"\s#|\s&&|;\s|\s>", code)[0].strip()
        found = re.match(r"(?:[A-Z_]+=\S+ )*(nodewright(?: .*)?)$", code)
        if found:
            yield found[1]


_OPTIONS: dict[tuple[str, ...], set[str]] = {}


def options(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The options of a command, as its help prints them."""
    if words not in _OPTIONS:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main([*words, "--help"])
        assert stopped.value.code == 0
        _OPTIONS[words] = {"--help", *_OPTION.findall(capsys.readouterr().out)}
    return _OPTIONS[words]
