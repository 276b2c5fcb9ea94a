"""What reward ensembles expect of single changes: one of rated workflows of the miniature, and what is shipped."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from installation_data import SET_UP, read_object_info
from installations import installation
from rated_miniature import PROMPT, TURBO, graph, miniature_catalog

from nodewright.models.reward.by_family import Judge
from nodewright.models.reward.improving import improve
from nodewright.workflow.as_script import as_script
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.checking.alternatives import alternatives
from nodewright.workflow.checking.edits import SetValue, apply_edits
from nodewright.workflow.graph import WorkflowError
from nodewright.workflow.validate import validate
from nodewright.writing import load_policy, load_reward


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return miniature_catalog()


@pytest.fixture(scope="module")
def ensemble(rated: Path) -> Judge:
    return load_reward(load_policy(rated / "policy"), rated / "reward")


@pytest.fixture(scope="module")
def shipped() -> Judge:
    return load_reward(load_policy(tuned=False))


def test_a_distilled_model_at_a_high_cfg_wants_less_of_it(catalog: Catalog, ensemble: Judge) -> None:
    """The turbo model is made for few steps without guidance, and the ratings are worse for it with a cfg of 5."""
    api = graph(TURBO, cfg=5.0)
    before = copy.deepcopy(api)
    found = improve(api, catalog, ensemble)
    assert api == before and found.reason == ""
    by_input = {edit.input: change for change in found.changes for edit in change.edits if isinstance(edit, SetValue)}
    assert by_input["cfg"].title == "cfg 5 -> 1.2"
    assert (by_input["cfg"].gain or 0) > (by_input["ckpt_name"].gain or 0) > 0
    gains = [change.gain or 0.0 for change in found.changes]
    assert gains == sorted(gains, reverse=True)
    assert {change.certainty for change in found.changes} <= {"very sure", "fairly sure", "not very sure"}


def test_the_gain_is_the_difference_of_the_two_scores(catalog: Catalog, ensemble: Judge) -> None:
    api = graph(TURBO, cfg=5.0)
    best = improve(api, catalog, ensemble).changes[0]
    given, changed = (as_script(each, catalog, PROMPT).choices for each in (api, apply_edits(api, best.edits)))
    before, after = ensemble.score(PROMPT, [given, changed])
    assert before.mean is not None and after.mean is not None
    assert best.gain == pytest.approx(after.mean - before.mean, abs=1e-3)
    assert best.deviation is not None and best.deviation < before.deviation + after.deviation


def test_every_alternative_runs_and_is_another_workflow(catalog: Catalog) -> None:
    api = graph()
    found = alternatives(api, catalog)
    kinds = {change.title.split()[0] for change in found}
    assert {"model", "steps", "cfg", "sampler", "size", "with", "a"} <= kinds, kinds
    for change in found:
        changed = apply_edits(api, change.edits)
        assert validate(changed, catalog) == [], change.title
        assert changed != api
    lora = apply_edits(api, next(change for change in found if change.title.startswith("with ")).edits)
    assert any(change.title.startswith("without ") for change in alternatives(lora, catalog))
    again = apply_edits(api, next(change for change in found if change.title.startswith("a second")).edits)
    assert any(change.title == "without the second pass" for change in alternatives(again, catalog))


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [("an astronaut riding unicorns through hyperspace", "no training prompt had astronaut"), (PROMPT, "")],
)
def test_without_evidence_for_the_prompt_there_is_none(
    catalog: Catalog, ensemble: Judge, prompt: str, reason: str
) -> None:
    found = improve(graph(TURBO, cfg=5.0), catalog, ensemble, prompt)
    assert reason in found.reason and bool(found.changes) is not bool(reason)


def test_what_is_shipped_knows_the_miniature_by_its_renders(catalog: Catalog, shipped: Judge) -> None:
    found = improve(graph(TURBO, cfg=5.0), catalog, shipped)
    assert found.changes and (found.changes[0].gain or 0) > 0, "a distilled checkpoint at cfg 5"


def test_without_evidence_for_the_model_there_is_none(shipped: Judge) -> None:
    here = installation(read_object_info(SET_UP), ("checkpoints", "my_model.safetensors"))
    found = improve(graph("my_model.safetensors", 512), here, shipped)
    assert found.changes == () and "Nothing is known" in found.reason


def test_documented_settings_of_a_real_family_are_evidence(shipped: Judge) -> None:
    here = installation(read_object_info(SET_UP), ("checkpoints", "v1-5-pruned-emaonly.safetensors"))
    found = improve(graph("v1-5-pruned-emaonly.safetensors", 512, cfg=25.0, steps=30), here, shipped)
    assert any(isinstance(edit, SetValue) and edit.input == "cfg" for edit in found.changes[0].edits)
    assert (found.changes[0].gain or 0) > 1


def test_a_workflow_without_a_picture_is_refused(catalog: Catalog, ensemble: Judge) -> None:
    api = graph()
    del api["7"]
    with pytest.raises(WorkflowError, match="makes no picture"):
        improve(api, catalog, ensemble)
