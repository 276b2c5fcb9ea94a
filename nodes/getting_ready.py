"""Load what the first run of Prompt to Workflow needs while nothing else is done."""

from __future__ import annotations

from typing import Any

from server import PromptServer

from .load_policy import shipped_policy
from .ranking_reward import ranking_reward


def make_ready() -> dict[str, Any]:
    """Load the shipped policy, its reward model, the catalog and its grammar, unless something is queued.

    Returns {"ready", "problem", "no_quality"} (`routes.ready`). A fault is the next run's to raise.
    """
    if PromptServer.instance.prompt_queue.get_tasks_remaining():
        return {"ready": False, "problem": None, "no_quality": None}
    from ..models import ranking  # noqa: F401 (it takes its time to import)
    from ..workflow.asked import asked_of
    from ..workflow.grammar.constraints import Constraints
    from .live_catalog import live_catalog

    try:
        catalog = live_catalog()
        asked_of("a picture", catalog, Constraints()).grammar(catalog)
        shipped_policy()
    except ValueError as error:  # no model, no policy, or one that is damaged
        return {"ready": False, "problem": str(error), "no_quality": None}
    reward = ranking_reward(None)
    return {"ready": True, "problem": None, "no_quality": reward if isinstance(reward, str) else None}
