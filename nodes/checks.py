"""What is wrong with a node's inputs, as far as it can be known before a prompt is queued.

ComfyUI shows the sentence at each widget that a node's `validate_inputs` takes, so it begins with the name of the one
at fault. None means that nothing is known to be wrong, or that the input is linked. Nothing here reads the catalog: the
first one may take minutes, which belong into the run, where ComfyUI shows that something happens.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

import nodes

from ..guarded_json import JsonError, parse_json
from ..workflow.api_format import looks_like_ui
from ..workflow.graph import WorkflowError
from ..workflow.user_prompt import PromptError, checked_prompt
from .given_workflow import given_document
from .threads import in_thread

LONGEST_NAME = 200
CLASS_LISTS = ("required", "forbidden", "ends_in")


async def refusal(check: Callable[..., str | None], *arguments: Any) -> bool | str:
    """Return True where a check finds nothing, else its sentence, as `validate_inputs` returns them."""
    return await in_thread(partial(check, *arguments)) or True


def check_texts(prompt: str | None, families: str | None, *lists: str | None) -> str | None:
    """Check the texts of Prompt to Workflow; `lists` are those of `CLASS_LISTS`, in this order."""
    from ..workflow.grammar.constraints import read_constraints

    if prompt is not None:
        try:
            checked_prompt(prompt)
        except PromptError as error:
            return str(error)
    read = read_constraints({"families": families, **dict(zip(CLASS_LISTS, lists, strict=True))})
    for name in CLASS_LISTS:
        for wanted in getattr(read, name):
            if wanted not in nodes.NODE_CLASS_MAPPINGS:
                close = similar(wanted, nodes.NODE_CLASS_MAPPINGS)
                hint = f" Similar: {', '.join(close)}." if close else ""
                return f"{name}: the node class {wanted[:LONGEST_NAME]!r} is not installed.{hint}"
    return _check_families(read.families)


def _check_families(wanted: Collection[str]) -> str | None:
    from ..workflow.families.lookup import FAMILIES

    for name in sorted(wanted):
        if name not in FAMILIES:
            close = similar(name, FAMILIES)
            hint = f"Similar: {', '.join(close)}" if close else f"There are {', '.join(sorted(FAMILIES))}"
            return f"families: {name[:LONGEST_NAME]!r} is no model family. {hint}."
    return None


def similar(name: str, names: Collection[str]) -> list[str]:
    """Return up to three names that are most like one that is not among them, in whichever case."""
    by_lower = {each.lower(): each for each in names}
    return [by_lower[each] for each in get_close_matches(name[:LONGEST_NAME].lower(), by_lower, 3)]


def check_given(workflow: str | None) -> str | None:
    """Check the workflow of Score Workflow or Record Result: JSON of API or UI format, or the text of a script."""
    if workflow is None or not workflow.strip():
        return None
    try:
        document = given_document(workflow, None)
    except WorkflowError as error:
        return str(error)
    if isinstance(document, str) or looks_like_ui(document):
        return None
    named = isinstance(document, dict) and any(
        isinstance(node, dict) and "class_type" in node for node in document.values()
    )
    return None if named else "workflow: is JSON, but no workflow: it is an object of nodes, each with a class_type"


def check_policy(find: Callable[[], Path], find_adapter: Callable[[], Path | bool]) -> str | None:
    """Check the files of Load Policy, which are not loaded. The functions raise ValueError as those of the node do."""
    try:
        path, adapter = find(), find_adapter()
        if not path.is_dir() and path.suffix.lower() != ".gguf":
            return f"folder: {path}: is neither a folder nor a GGUF file"
        if path.is_dir() and not any((path / name).is_file() for name in ("nodewright.json", "config.json")):
            return f"folder: {path}: there is no policy in it: neither nodewright.json nor config.json"
        return _damage("policy", path) or (_damage("adapter", adapter) if isinstance(adapter, Path) else None)
    except (OSError, ValueError) as error:
        return str(error)


def check_reward(find: Callable[[], Path]) -> str | None:
    """Check the files of Load Reward, which are not loaded. `find` raises ValueError as that of the node does."""
    from ..models.reward.folders import why_no_reward

    try:
        path = find()
        if reason := why_no_reward(path):
            return f"reward: {reason}"
        return _damage("reward", path)
    except (OSError, ValueError) as error:
        return str(error)


def _damage(label: str, path: Path) -> str | None:
    """Return what is wrong with the first file that cannot be read, by its form and not by what it says."""
    from ..workflow.catalog.safetensors_header import HeaderError, read_header

    if path.suffix.lower() == ".gguf":
        with path.open("rb") as opened:
            return None if opened.read(4) == b"GGUF" else f"{label}: {path}: is no GGUF file. Download it again"
    for file in _files(path):
        try:
            if file.suffix == ".json":
                parse_json(file.read_bytes(), str(file), maximum_bytes=1 << 28)
            elif file.suffix == ".safetensors":
                read_header(file)
        except (JsonError, HeaderError) as error:
            return f"{label}: {error}. Copy or download its folder again"
    return None


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and of its subfolders, the tuned adapter or a reward model's members."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from (file for file in sorted(path.iterdir()) if file.is_file())
        else:
            yield path
