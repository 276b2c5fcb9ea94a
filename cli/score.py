"""`nodewright score`: predict how good the pictures of workflows are, without rendering them."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .catalogs import read_catalog
from .loading import load_policy, load_reward
from .prompts import read_prompt
from .reporting import BAD_INPUT, OK, Failure, file_failure, print_document, print_text

if TYPE_CHECKING:
    from ..models.reward.by_family import Judge
    from ..models.reward.ensemble import Reward
    from ..workflow.as_script import AsScript
    from ..workflow.catalog.catalog import Catalog


def score_command(arguments: argparse.Namespace) -> int:
    """Run `nodewright score` and return its exit status."""
    from ..models.reward.by_family import seeing

    prompt = None if arguments.prompt is None else read_prompt(arguments.prompt)
    documents = [_document(path) for path in arguments.workflows]
    catalog = read_catalog(arguments).catalog
    scripts = [_script(path, each, catalog, prompt) for path, each in zip(arguments.workflows, documents, strict=True)]
    ensemble = seeing(load_reward(arguments, load_policy(arguments, tuned=False)), catalog)
    start = time.perf_counter()
    rewards = _rewards(ensemble, scripts)
    seconds = time.perf_counter() - start
    if arguments.json:
        listed = zip(arguments.workflows, scripts, rewards, strict=True)
        workflows = [_item(*each, arguments.kappa) for each in listed]
        print_document({"seconds": round(seconds, 4), "kappa": arguments.kappa, "workflows": workflows})
        return OK
    print_text(_table(arguments.workflows, scripts, rewards, arguments.kappa))
    return OK


def _rewards(ensemble: Judge, scripts: list[AsScript]) -> list[Reward]:
    """Score each script for its own prompt. Raises Failure."""
    from ..models.reward.members import RewardError

    try:
        return [ensemble.score(script.prompt, [script.choices])[0] for script in scripts]
    except RewardError as error:
        raise Failure(BAD_INPUT, "reward", str(error)) from error


def _document(path: Path) -> Any:
    """Return the content of a file: JSON, or the text of a script. Raises Failure."""
    from ..guarded_json import JsonError
    from ..workflow.api_format import read_json
    from ..workflow.graph import WorkflowError

    try:
        return _text(path) if path.suffix == ".txt" else read_json(path)
    except UnicodeDecodeError as error:
        raise Failure(BAD_INPUT, "workflow", f"{path}: not UTF-8 text (byte {error.start})") from error
    except (JsonError, WorkflowError) as error:
        raise Failure(BAD_INPUT, "workflow", str(error)) from error
    except OSError as error:
        raise file_failure(error, path) from error


def _text(path: Path) -> str:
    """Return the text of a file, its line ends as Python's. Raises JsonError, UnicodeDecodeError and OSError."""
    from ..guarded_json import read_bytes

    return read_bytes(path).decode("utf-8").replace("\r\n", "\n")


def _script(path: Path, document: Any, catalog: Catalog, prompt: str | None) -> AsScript:
    from ..workflow.as_script import as_script
    from ..workflow.graph import WorkflowError

    try:
        return as_script(document, catalog, prompt)
    except WorkflowError as error:
        raise Failure(BAD_INPUT, "workflow", f"{path}: {error}") from error


def _item(path: Path, script: AsScript, reward: Reward, kappa: float) -> dict[str, Any]:
    from ..models.reward.ensemble import lower_confidence_bound
    from ..writing import reward_document

    conservative = None if reward.mean is None else lower_confidence_bound(reward, kappa)
    return {
        "file": str(path), "prompt": script.prompt, **reward_document(reward),
        "conservative": conservative, "notes": list(script.notes),
    }  # fmt: skip


def _table(paths: list[Path], scripts: list[AsScript], rewards: list[Reward], kappa: float) -> str:
    """Return a table with one line for each workflow, the best first, and below it the reasons to doubt its score."""
    from ..models.reward.ensemble import lower_confidence_bound

    width = max(len(str(path)) for path in paths)
    lines = [f"{'workflow':{width}}    mean  deviation  mean - {kappa:g} x deviation"]
    order = sorted(range(len(paths)), key=lambda index: -lower_confidence_bound(rewards[index], kappa))
    for index in order:
        reward = rewards[index]
        bound = lower_confidence_bound(reward, kappa)
        numbers = "  none" if reward.mean is None else f"{reward.mean:+6.2f}  {reward.deviation:9.2f}  {bound:+.2f}"
        lines.append(f"{paths[index]!s:{width}}  {numbers}")
        evidence = "" if reward.evidence is None else f"from {reward.evidence.words}"
        lines += [f"    {text}" for text in (evidence, reward.warning, *scripts[index].notes) if text]
    return "\n".join(lines)
