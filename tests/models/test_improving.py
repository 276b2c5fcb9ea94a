"""What the shipped reward ensemble expects of single changes of workflows of the miniature, which alone it knows."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from installation_data import SET_UP, read_object_info
from installations import installation

from nodewright.miniature.installation import zoo_models
from nodewright.models.reward.by_family import Judge
from nodewright.models.reward.improving import improve
from nodewright.workflow.as_script import as_script
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.checking.alternatives import alternatives
from nodewright.workflow.checking.edits import SetValue, apply_edits
from nodewright.workflow.graph import WorkflowError
from nodewright.workflow.validate import validate
from nodewright.writing import load_policy, load_reward

PROMPT = "a red circle on a blue background"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return catalog_from_object_info(read_object_info(SET_UP), zoo_models(), options_from_models=True)


@pytest.fixture(scope="module")
def ensemble() -> Judge:
    return load_reward(load_policy(tuned=False))


def graph(checkpoint: str = "miniature.ckpt", side: int = 64, **sampler: Any) -> dict[str, Any]:
    links = {"model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0]}
    settings = {"seed": 1, "steps": 16, "cfg": 3.0, "sampler_name": "euler", "scheduler": "simple", "denoise": 1.0}
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": checkpoint}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": PROMPT}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "blurry, low quality"}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": side, "height": side, "batch_size": 1}},
        "5": {"class_type": "KSampler", "inputs": links | settings | sampler},
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "x"}},
    }


def test_a_distilled_model_at_a_high_cfg_wants_less_of_it(catalog: Catalog, ensemble: Judge) -> None:
    """The turbo model is made for few steps without guidance; the zoo's own renders showed what 5 does to it."""
    api = graph("miniature_turbo.ckpt", cfg=5.0)
    before = copy.deepcopy(api)
    found = improve(api, catalog, ensemble)
    assert api == before and found.reason == ""
    by_input = {edit.input: change for change in found.changes for edit in change.edits if isinstance(edit, SetValue)}
    assert by_input["cfg"].title == "cfg 5 -> 1.2"
    assert (by_input["ckpt_name"].gain or 0) > (by_input["cfg"].gain or 0) > 0
    gains = [change.gain or 0.0 for change in found.changes]
    assert gains == sorted(gains, reverse=True)
    assert {change.certainty for change in found.changes} <= {"very sure", "fairly sure", "not very sure"}


def test_the_gain_is_the_difference_of_the_two_scores(catalog: Catalog, ensemble: Judge) -> None:
    api = graph("miniature_turbo.ckpt", cfg=5.0)
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
    found = improve(graph("miniature_turbo.ckpt", cfg=5.0), catalog, ensemble, prompt)
    assert reason in found.reason and bool(found.changes) is not bool(reason)


def test_without_evidence_for_the_model_there_is_none(ensemble: Judge) -> None:
    here = installation(read_object_info(SET_UP), ("checkpoints", "my_model.safetensors"))
    found = improve(graph("my_model.safetensors", 512), here, ensemble)
    assert found.changes == () and "Nothing is known" in found.reason


def test_documented_settings_of_a_real_family_are_evidence(ensemble: Judge) -> None:
    here = installation(read_object_info(SET_UP), ("checkpoints", "v1-5-pruned-emaonly.safetensors"))
    found = improve(graph("v1-5-pruned-emaonly.safetensors", 512, cfg=25.0, steps=30), here, ensemble)
    assert any(isinstance(edit, SetValue) and edit.input == "cfg" for edit in found.changes[0].edits)
    assert (found.changes[0].gain or 0) > 1


def test_a_workflow_without_a_picture_is_refused(catalog: Catalog, ensemble: Judge) -> None:
    api = graph()
    del api["7"]
    with pytest.raises(WorkflowError, match="makes no picture"):
        improve(api, catalog, ensemble)
