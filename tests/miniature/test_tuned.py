"""The adapter that was tuned on the miniature, over the shipped policy."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from nodewright.miniature.installation import ZOO_CONSTRAINTS, zoo_models
from nodewright.models.policy.checkpoints import shipped_policy_path
from nodewright.models.policy.loading import load_policy
from nodewright.training.collect.balanced_prompts import balanced
from nodewright.training.common.policy_scripts import policy_scripts
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.grammar import Grammar


@pytest.mark.parametrize(
    ("kinds", "checkpoint"),
    [(("night+style+poster",), "nights"), (("texture+style+poster", "pair+texture+poster"), "textures")],
)
def test_the_checkpoint_suits_what_is_asked(
    repository: Path, object_info: dict[str, Any], kinds: tuple[str, ...], checkpoint: str
) -> None:
    """Rendered, nights are best by the checkpoint for nights, and textures by that for textures (docs/miniature.md)."""
    catalog = catalog_from_object_info(object_info, zoo_models(), options_from_models=True)
    grammar = Grammar(catalog, ZOO_CONSTRAINTS)
    prompts = [record.prompt for record in balanced("combined-test", 12, 5, kinds)]
    chosen = {}
    for tuned in (False, repository / "miniature" / "tuned"):
        policy = load_policy(shipped_policy_path(), tuned=tuned)
        written = [
            policy_scripts(policy, grammar, prompt, count=1, seed=index, temperature=0.8)
            for index, prompt in enumerate(prompts)
        ]
        chosen[bool(tuned)] = Counter(script[0] for (script,) in written)[f"miniature/miniature_{checkpoint}"]
    assert chosen[True] >= 10, chosen
    assert chosen[False] <= 6, chosen
