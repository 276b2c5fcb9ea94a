"""`nodewright improve`: which single changes of a workflow the reward model expects most of."""

from __future__ import annotations

import argparse
import time

from .catalogs import read_catalog
from .documents import read_workflow
from .loading import load_policy, load_reward
from .prompts import read_prompt
from .reporting import BAD_INPUT, OK, Failure, print_document, print_text


def improve_command(arguments: argparse.Namespace) -> int:
    """Run `nodewright improve` and return its exit status."""
    prompt = None if arguments.prompt is None else read_prompt(arguments.prompt)
    document = read_workflow(arguments.workflow)
    catalog = read_catalog(arguments).catalog
    ensemble = load_reward(arguments, load_policy(arguments, tuned=False))
    from ..models.reward.improving import improve
    from ..models.reward.members import RewardError
    from ..workflow.checking.findings import change_document
    from ..workflow.graph import WorkflowError

    start = time.perf_counter()
    try:
        found = improve(document, catalog, ensemble, prompt)
    except WorkflowError as error:
        raise Failure(BAD_INPUT, "workflow", f"{arguments.workflow}: {error}") from error
    except RewardError as error:
        raise Failure(BAD_INPUT, "reward", str(error)) from error
    seconds = time.perf_counter() - start
    if arguments.json:
        changes = [change_document(change) for change in found.changes]
        print_document({"seconds": round(seconds, 3), "changes": changes, "reason": found.reason or None})
        return OK
    lines = [
        f"{each.gain:+.2f} ± {each.deviation:.2f}  {each.title} ({each.reason}; {each.certainty})"
        for each in found.changes
    ]
    print_text("\n".join(lines or [found.reason]))
    return OK
