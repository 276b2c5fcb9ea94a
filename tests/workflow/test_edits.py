"""Edits of a workflow in API format, and those between two workflows."""

from __future__ import annotations

import copy
import random

import pytest
from installation_data import own_workflows
from mutations import changed_value
from test_check import text_to_image

from nodewright.workflow.checking.edits import (
    AddNode,
    RemoveNode,
    SetLink,
    SetValue,
    apply_edits,
    difference,
    edit_document,
)
from nodewright.workflow.checking.legible import legible
from nodewright.workflow.graph import WorkflowError


def test_edits_are_applied_in_order_and_the_given_workflow_stays() -> None:
    api = text_to_image()
    before = copy.deepcopy(api)
    edits = (
        AddNode("vae", "VAELoader", {"vae_name": "a.safetensors"}, "VAE"),
        SetLink("decode", "vae", "vae", 0),
        SetValue("sampler", "cfg", 5.5),
        SetValue("save", "tags", ["a", 1]),
        RemoveNode("negative"),
    )
    changed = apply_edits(api, edits)
    assert api == before
    assert changed["vae"] == {
        "class_type": "VAELoader", "inputs": {"vae_name": "a.safetensors"}, "_meta": {"title": "VAE"},
    }  # fmt: skip
    assert changed["decode"]["inputs"]["vae"] == ["vae", 0]
    assert changed["sampler"]["inputs"]["cfg"] == 5.5
    assert changed["save"]["inputs"]["tags"] == {"__value__": ["a", 1]}  # a list would be a link
    assert "negative" not in changed and "negative" not in changed["sampler"]["inputs"]
    changed["vae"]["inputs"]["vae_name"] = "b"
    assert apply_edits(api, edits)["vae"]["inputs"]["vae_name"] == "a.safetensors"


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (SetValue("nowhere", "cfg", 1), "'nowhere' is not there"),
        (RemoveNode("nowhere"), "'nowhere' is not there"),
        (AddNode("loader", "VAELoader", {}), "'loader' is there already"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(edit: SetValue | RemoveNode | AddNode, fault: str) -> None:
    with pytest.raises(WorkflowError, match=fault):
        apply_edits(text_to_image(), [edit])


@pytest.mark.parametrize("seed", range(3))
def test_the_difference_leads_from_one_workflow_to_another(seed: int) -> None:
    draw = random.Random(seed)
    workflows = [own["api"] for own in own_workflows().values()]
    for _ in range(40):
        before = draw.choice(workflows)
        after = copy.deepcopy(before)
        for key in draw.sample(sorted(after), min(2, len(after))):
            del after[key]
        for node in after.values():
            for name, value in list(node["inputs"].items()):
                if isinstance(value, list) and value[0] not in after:
                    del node["inputs"][name]
                elif not isinstance(value, list) and draw.random() < 0.2:
                    node["inputs"][name] = draw.choice([1, True, "x", [1, 2, 3], {"a": 1}])
        after["new:1"] = {"class_type": "EmptyImage", "inputs": {"width": 64}, "_meta": {"title": "new"}}
        edits = difference(before, after)
        applied = apply_edits(before, edits)
        assert _plain(applied) == _plain(after)
        assert difference(before, before) == ()
        assert len({str(edit_document(edit)) for edit in edits}) == len(edits)


def _plain(api: dict[str, dict[str, object]]) -> dict[str, object]:
    """A workflow without titles of old nodes, and with lists that are values as they are written."""
    return {
        key: {
            name: value["__value__"] if isinstance(value, dict) and "__value__" in value else value
            for name, value in node["inputs"].items()  # type: ignore[attr-defined]
        }
        for key, node in api.items()
    }


@pytest.mark.parametrize("seed", range(3))
def test_what_is_legible_can_be_read_whatever_is_given(seed: int) -> None:
    from nodewright.workflow.api_format import from_api

    draw = random.Random(seed)
    kept = 0
    for _ in range(150):
        given = changed_value(draw.choice(list(own_workflows().values()))["api"], draw)
        found = legible(given)
        kept += len(found)
        if found:
            from_api(found)
    assert kept > 300
