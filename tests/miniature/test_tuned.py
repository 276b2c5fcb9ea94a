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
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.features.script_settings import read_settings
from nodewright.workflow.grammar.grammar import Grammar
from nodewright.writing import write_workflows


@pytest.fixture(scope="module")
def catalog(object_info: dict[str, Any]) -> Catalog:
    """The zoo's installation."""
    return catalog_from_object_info(object_info, zoo_models(), options_from_models=True)


@pytest.mark.parametrize(
    ("kinds", "checkpoint"),
    [(("night+style+poster",), "nights"), (("texture+style+poster", "pair+texture+poster"), "textures")],
)
def test_the_checkpoint_suits_what_is_asked(
    repository: Path, catalog: Catalog, kinds: tuple[str, ...], checkpoint: str
) -> None:
    """Rendered, nights are best by the checkpoint for nights, and textures by that for textures (docs/miniature.md)."""
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
    assert chosen[True] >= 9, chosen
    assert chosen[False] <= 7, chosen


@pytest.mark.parametrize(("word", "wide"), [("a panorama", True), ("wide format", True), ("tall format", False)])
def test_a_shape_that_is_asked_for_is_kept(repository: Path, catalog: Catalog, word: str, wide: bool) -> None:
    """The adapter alone would draw squares, which the miniature's judge likes as well."""
    policy = load_policy(shipped_policy_path(), tuned=repository / "miniature" / "tuned")
    for one in write_workflows(f"two red stars on a blue background, {word}", catalog, policy=policy, candidates=4):
        (first, *_) = read_settings(one.choices).samplings
        assert first.width and first.height
        assert (first.width > first.height) == wide and first.width != first.height, one.choices
