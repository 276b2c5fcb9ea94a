"""Which part of the package may import which: imports run one way, and never in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

COMFYUI = {"comfy", "comfy_api", "comfy_execution", "comfy_extras", "execution", "folder_paths", "nodes", "server"}
BASIC = {"files", "guarded_json", "json_shapes", "opening", "version"}
BELOW_TRAINING = BASIC | {"workflow", "comfyui", "store", "models", "writing", "writing_options"}

LAYERS: Mapping[str, set[str]] = {
    "files": set(),
    "guarded_json": {"opening"},
    "json_shapes": {"guarded_json"},
    "opening": set(),
    "version": set(),
    "workflow": BASIC,
    "comfyui": BASIC | {"workflow"},
    "store": BASIC | {"workflow"},
    "models": BASIC | {"workflow"},
    "writing_options": BASIC | {"workflow"},
    "writing": BASIC | {"workflow", "models", "writing_options"},
    "nodes": BELOW_TRAINING,
    "cli": BELOW_TRAINING,
    "training.common": BELOW_TRAINING,
    "miniature": BELOW_TRAINING | {"training.common"},
    "training": BELOW_TRAINING | {"training.common", "miniature"},
    "__init__": BELOW_TRAINING | {"nodes"},
    "__main__": {"cli"},
}
"""Each layer with the layers that it may import besides itself. `training` are the stages and the experiments."""

OUTSIDE: Mapping[str, set[str]] = {
    "files": COMFYUI | {"torch", "transformers", "numpy"},
    "guarded_json": COMFYUI | {"torch", "transformers", "numpy"},
    "json_shapes": COMFYUI | {"torch", "transformers", "numpy"},
    "opening": COMFYUI | {"torch", "transformers", "numpy"},
    "workflow": COMFYUI | {"torch", "transformers"},
    "comfyui": COMFYUI | {"torch", "transformers"},
    "store": COMFYUI | {"torch", "transformers"},
    "models": COMFYUI,
    "writing": COMFYUI,
    "cli": COMFYUI,
    "training.common": COMFYUI,
    "miniature": COMFYUI,
    "training": COMFYUI,
}
"""Modules of other projects that a layer does without."""

NO_CODE_OF_THE_PACKAGE = {"tests", "runs", "benchmarks", "build", "dist"}


def layer_of(module: str) -> str:
    """The layer of a module's dotted name within the package."""
    head, *rest = module.split(".")
    return "training.common" if head == "training" and rest[:1] == ["common"] else head


def stage_of(module: str) -> str | None:
    """The name of the training stage that a module belongs to; None for what is no stage."""
    parts = module.split(".")
    return parts[1] if layer_of(module) == "training" and len(parts) > 1 else None


class Package:
    """The package's modules and their imports, at any depth of a file: within functions and for types alone, too.

    Attributes:
        inner: each module's imports of other modules of the package, by dotted name within it.
        outer: each module's imports of other projects, by the first part of their names.
    """

    def __init__(self, root: Path) -> None:
        self.paths = {
            self._name(path.relative_to(root)): path
            for path in root.rglob("*.py")
            if not {*path.relative_to(root).parts[:-1]} & NO_CODE_OF_THE_PACKAGE
            and not any(part.startswith(".") for part in path.relative_to(root).parts)
        }
        self.inner: dict[str, set[str]] = {}
        self.outer: dict[str, set[str]] = {}
        for module, path in self.paths.items():
            found = list(self._imports(module, path))
            self.inner[module] = {name for relative, name in found if relative} - {module}
            self.outer[module] = {name.split(".")[0] for relative, name in found if not relative}

    @staticmethod
    def _name(path: Path) -> str:
        parts = path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)

    def _imports(self, module: str, path: Path) -> Iterator[tuple[bool, str]]:
        """Yield whether an import is relative, and the name of the imported module."""
        within = [] if module == "__init__" else module.split(".")
        package = within if path.name == "__init__.py" else within[:-1]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((False, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield False, node.module or ""
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) + 1 - node.level] + (node.module.split(".") if node.module else [])
                for alias in node.names:
                    name = ".".join([*base, alias.name])
                    yield True, name if name in self.paths else ".".join(base) or "__init__"


@pytest.fixture(scope="module")
def package(repository: Path) -> Package:
    found = Package(repository)
    assert len(found.paths) > 100
    return found


def test_every_module_is_of_a_layer(package: Package) -> None:
    assert {layer_of(module) for module in package.paths} - {"training"} <= LAYERS.keys()


def test_imports_run_one_way(package: Package) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, names in package.inner.items()
        for name in sorted(names)
        if layer_of(name) not in LAYERS[layer_of(module)] | {layer_of(module)}
    ]
    assert not wrong, "\n".join(wrong)


def test_what_a_layer_does_without_is_not_imported(package: Package) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, names in package.outer.items()
        for name in sorted(names & (OUTSIDE.get(layer_of(module), set()) | {"nodewright"}))
    ]
    assert not wrong, "\n".join(wrong)


WORKFLOW_ORDER = (
    "graph", "user_prompt", "families", "catalog", "ask", "script", "sense", "grammar", "api_format",
    "picture_sizes", "negative_text", "picture_text", "recommended_settings", "drafting", "regions", "restyling",
    "ordered", "fitting", "asked", "finishing",
    "problem", "ui_graph", "widget_values", "pack_rows", "group_nodes", "ui_format",
    "saved_picture", "validate", "documents", "silly", "lora_rows", "summary", "rewriting", "as_script",
    "workflow_facts", "checking", "cards", "features",
)  # fmt: skip
"""The parts of `workflow`, each of which imports only earlier ones (workflow/__init__.py)."""


def test_parts_of_the_workflow_import_earlier_ones_only(package: Package) -> None:
    place = {part: index for index, part in enumerate(WORKFLOW_ORDER)}
    wrong = [
        f"{module} imports {name}"
        for module, names in package.inner.items()
        for name in sorted(names)
        if module.startswith("workflow.")
        and name.startswith("workflow.")
        and place[name.split(".")[1]] > place[module.split(".")[1]]
    ]
    assert not wrong, "\n".join(wrong)
    assert {module.split(".")[1] for module in package.paths if module.startswith("workflow.")} == set(WORKFLOW_ORDER)


def test_no_modules_import_each_other_in_a_circle(package: Package) -> None:
    try:
        TopologicalSorter(package.inner).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_no_stage_imports_a_stages_command(package: Package) -> None:
    """A stage calls another's functions, not its command line; and nothing of a stage knows its own command."""
    wrong = [
        f"{module} imports {name}"
        for module, names in package.inner.items()
        for name in sorted(names)
        if name.endswith(".command") and stage_of(name) and module.rpartition(".")[2] != "__main__"
    ]
    assert not wrong, "\n".join(wrong)


def test_no_stage_imports_an_experiment(package: Package) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, names in package.inner.items()
        for name in sorted(names)
        if stage_of(name) == "experiments" and stage_of(module) != "experiments"
    ]
    assert not wrong, "\n".join(wrong)


def test_stages_do_not_import_each_other_in_a_circle(package: Package) -> None:
    stages: dict[str, set[str]] = {}
    for module, names in package.inner.items():
        if stage := stage_of(module):
            stages.setdefault(stage, set()).update(other for name in names if (other := stage_of(name)))
            stages[stage] -= {stage}
    try:
        TopologicalSorter(stages).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def imported_at_start(package: Package, module: str) -> set[str]:
    """The modules of the package that importing `module` runs: imports in functions or for types alone left out."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = package.paths[name]
        here = (name if path.name == "__init__.py" else name.rpartition(".")[0]).split(".")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.ImportFrom) or not node.level:
                continue
            base = here[: len(here) + 1 - node.level] + (node.module.split(".") if node.module else [])
            for alias in node.names:
                inner = ".".join([*base, alias.name])
                target = inner if inner in package.paths else ".".join(base)
                if target in package.paths and target not in found:
                    found.add(target)
                    waiting.append(target)
    return found


def test_comfyui_starts_without_waiting_for_the_grammar_or_the_models(package: Package) -> None:
    started = imported_at_start(package, "nodes")
    assert {"nodes.prompt_to_workflow", "workflow.api_format"} <= started
    late = ("models", "writing", "workflow.catalog", "workflow.families", "workflow.grammar", "workflow.script")
    assert not {name for name in started if name.startswith(late)}
