"""What is installed, what is shipped, and what importing it costs."""

from __future__ import annotations

import email.message
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from comfyui_client import run
from comfyui_process import ComfyUI, copy_pack
from inventories import sd15_checkpoint, write_sparse
from packaging.requirements import Requirement
from packaging.version import Version
from tiny_policy import write_tiny_policy

HEAVY = {"torch", "transformers", "tokenizers", "numpy", "safetensors", "aiohttp"}
COMFYUI = {"comfy", "comfy_api", "comfy_execution", "execution", "folder_paths", "nodes", "server"}


def run_python(code: str, folder: Path) -> str:
    """Standard output of a new interpreter that ran `code` in `folder`."""
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def imported_by(statement: str, folder: Path) -> set[str]:
    """Top-level modules that a new interpreter has after `statement`."""
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    return set(json.loads(run_python(code, folder)))


def test_all_weights_together_are_small(repository: Path) -> None:
    shipped = [*(repository / "models" / "shipped").rglob("*"), *(repository / "miniature").rglob("*.safetensors")]
    assert sum(path.stat().st_size for path in shipped if path.is_file()) <= 90 * 2**20


def test_importing_the_package_imports_nothing_heavy(tmp_path: Path) -> None:
    imported = imported_by("import nodewright", tmp_path)
    assert "nodewright" in imported
    assert not imported & (HEAVY | COMFYUI)


def test_workflow_imports_neither_torch_nor_comfyui(repository: Path, tmp_path: Path) -> None:
    modules = [f"nodewright.workflow.{path.stem}" for path in (repository / "workflow").glob("*.py")]
    assert len(modules) > 2
    imported = imported_by(f"import {', '.join(modules)}", tmp_path)
    assert not imported & (COMFYUI | {"torch", "transformers"})


def test_comfyui_finds_an_entry_point_and_no_old_mappings(tmp_path: Path) -> None:
    """With NODE_CLASS_MAPPINGS, ComfyUI would never look at comfy_entrypoint."""
    code = "import inspect, nodewright as n; print(inspect.iscoroutinefunction(n.comfy_entrypoint), *vars(n))"
    found = run_python(code, tmp_path).split()
    assert found[0] == "True"
    assert "WEB_DIRECTORY" in found
    assert "NODE_CLASS_MAPPINGS" not in found


def test_the_repository_is_not_on_the_path(tmp_path: Path) -> None:
    """`import nodes` is ComfyUI's, also where this package is installed."""
    code = "import nodewright, importlib.util as u; print(u.find_spec('nodes'), u.find_spec('workflow'))"
    assert run_python(code, tmp_path).split() == ["None", "None"]


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files that belong to the pack."""
    target = tmp_path_factory.mktemp("pack") / "nodewright"
    copy_pack(target)
    return target


@pytest.fixture(scope="module")
def wheel(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel that is built from the pack."""
    source = pack.parent / "source"  # the build leaves files in its source
    copy_pack(source)
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(target)]
    done = subprocess.run([*command, str(source)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = target.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_wheel_holds_every_file_of_the_pack(pack: Path, wheel: zipfile.ZipFile) -> None:
    in_wheel = {name.removeprefix("nodewright/") for name in wheel.namelist() if name.startswith("nodewright/")}
    in_pack = {path.relative_to(pack) for path in pack.rglob("*") if path.is_file()}
    expected = {path.as_posix() for path in in_pack if len(path.parts) > 1 or path.suffix == ".py"} | {"py.typed"}
    assert in_wheel == expected


def test_wheel_holds_what_is_no_code(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    assert "nodewright/miniature/weights/miniature.safetensors" in names
    for folder in ("models/shipped", "web/docs", "example_workflows"):
        assert any(name.startswith(f"nodewright/{folder}/") for name in names), folder


def test_wheel_has_licence_and_command(wheel: zipfile.ZipFile) -> None:
    names = {Path(name).name: name for name in wheel.namelist() if ".dist-info/" in name}
    assert "Apache License" in wheel.read(names["LICENSE"]).decode()
    assert "NOTICE" in names
    assert "nodewright = nodewright.cli:main" in wheel.read(names["entry_points.txt"]).decode()


def metadata(wheel: zipfile.ZipFile) -> email.message.Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(wheel.read(name))


def test_version_is_the_same_everywhere(repository: Path, wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    version = metadata(wheel)["Version"]
    assert run_python("import nodewright; print(nodewright.__version__)", tmp_path).strip() == version
    assert f"## [{version}]" in (repository / "CHANGELOG.md").read_text(encoding="utf-8")


def requirements(lines: list[str]) -> dict[str, Requirement]:
    """Requirements by name, without comments and without those of extras."""
    parsed = [Requirement(line) for line in lines if line.strip() and not line.startswith("#")]
    return {each.name.lower(): each for each in parsed if each.marker is None or "extra" not in str(each.marker)}


def test_requirements_are_those_of_the_wheel(repository: Path, wheel: zipfile.ZipFile) -> None:
    declared = metadata(wheel).get_all("Requires-Dist", [])
    listed = (repository / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert requirements(listed) == requirements(declared)


def test_requirements_ask_no_more_than_comfyui(repository: Path, comfyui_path: Path) -> None:
    ours = requirements((repository / "requirements.txt").read_text(encoding="utf-8").splitlines())
    theirs = requirements((comfyui_path / "requirements.txt").read_text(encoding="utf-8").splitlines())
    assert ours.keys() <= theirs.keys()
    for name, requirement in ours.items():
        lowest = [Version(each.version) for each in theirs[name].specifier if each.operator == ">="]
        if lowest:
            assert requirement.specifier.contains(lowest[0]), f"{requirement}: ComfyUI allows {lowest[0]}"
        else:
            assert not requirement.specifier, f"{requirement}: ComfyUI allows any"


def test_comfyui_reads_our_project_file(repository: Path, comfyui_modules: None) -> None:
    from comfy_config.config_parser import extract_node_configuration

    configuration = extract_node_configuration(str(repository))
    assert configuration.project.name == "nodewright"
    assert configuration.project.supported_comfyui_version == ">=0.3.75"
    assert configuration.tool_comfy.publisher_id == "nodewright"
    assert configuration.tool_comfy.display_name == "Nodewright"


# ---- the registry's archive --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as ComfyUI's registry installs it, named as its own installations name it."""
    target = tmp_path_factory.mktemp("archive") / "custom_nodes" / "nodewright"
    copy_pack(target, archive=True)
    return target


def test_archive_holds_what_comfyui_needs_and_neither_training_nor_the_zoo(archive: Path) -> None:
    names = {path.name for path in archive.iterdir()}
    needed = {"models", "nodes", "web", "workflow", "example_workflows", "pyproject.toml", "__init__.py"}
    assert needed <= names
    assert not names & {"training", "miniature", "tests", "runs", "benchmarks", "docs", ".git"}
    assert (archive / "web" / "docs").is_dir(), "`docs/` without a slash before it would mean this folder as well"


def test_archive_is_what_git_takes_by_comfyignore(archive: Path, repository: Path) -> None:
    """The registry archives the files that git tracks, less those that .comfyignore names. Outside a clone nothing is
    tracked, and what lies in the folder came from an archive."""

    def listed(*options: str) -> set[str]:
        command = ["git", "ls-files", "-z", "--cached", *options]
        done = subprocess.run(command, cwd=repository, capture_output=True, encoding="utf-8", check=True)
        return set(filter(None, done.stdout.split("\0")))

    copied = {path.relative_to(archive).as_posix() for path in archive.rglob("*") if path.is_file()}
    if (repository / ".git").exists():
        ignored = listed("--ignored", "--exclude-from=.comfyignore")
        tracked = {path for path in listed() if path[0] != "." and (repository / path).is_file()}
        assert tracked - ignored <= copied
        assert not copied & ignored
    assert copied


def test_archive_alone_writes_a_workflow_in_comfyui(archive: Path, comfyui_path: Path) -> None:
    """A ComfyUI with nothing but these files and one checkpoint loads the nodes, and Prompt to Workflow writes."""
    base = archive.parent.parent
    write_tiny_policy(base / "models" / "nodewright" / "tiny")
    write_sparse(base / "models" / "checkpoints" / "v1-5-pruned-emaonly.safetensors", sd15_checkpoint())
    prompt = {
        "1": {
            "class_type": "NodewrightPromptToWorkflow",
            "inputs": {"prompt": "a red circle", "seed": 3, "temperature": 1.0, "top_p": 1.0, "candidates": 1,
                       "max_nodes": 7, "policy": ["2", 0]},
        },
        "2": {"class_type": "NodewrightLoadPolicy", "inputs": {"policy": "tiny"}},
    }  # fmt: skip
    with ComfyUI(comfyui_path, base) as server:
        assert "IMPORT FAILED" not in server.log_text()
        result = run(server.url, prompt)
        assert result.status == "execution_success", (result.error, server.log_tail())
        shown = json.dumps(result.output("1"))
        assert "v1-5-pruned-emaonly" in shown
