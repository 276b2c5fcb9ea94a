"""Reward ensembles of real families on disk, whole and damaged, and how scripts are scored by them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from nodewright.models.reward.ensemble import lower_confidence_bound
from nodewright.models.reward.evidence_ensemble import (
    FILE,
    LEAST,
    WEIGHTS,
    EvidenceEnsemble,
    EvidenceKnowledge,
    counted,
)
from nodewright.models.reward.members import RewardError
from nodewright.workflow.features.plain_scripts import PlainSettings, plain_script

SETTINGS = PlainSettings(25, 6.0, "euler", "normal", 1024, 1024)
SDXL = plain_script("sdxl/sd_xl_base_1_0", SETTINGS)
SD15 = plain_script("sd15/v1_5_pruned_emaonly", PlainSettings(25, 6.0, "euler", "normal", 512, 512))
BAD = plain_script("sdxl/sd_xl_base_1_0", PlainSettings(1, 20.0, "euler", "normal", 256, 256))


def small() -> EvidenceEnsemble:
    names = ("1", "family=sd15", "family=sdxl", "steps_under~1", "cfg_over~1", "area_under~1", "family=sdxl*word=photo")
    weights = np.array([[0, -1, 1, -5, -5, -5, 0.5], [0, -1, 2, -5, -5, -5, 0.5]], np.float32)
    rows = [("sdxl/sd_xl_base_1_0", "per picture", "some ratings")] * 3
    return EvidenceEnsemble(names, weights, EvidenceKnowledge({}, counted(rows), {"rows": {}}))


def test_a_saved_ensemble_scores_as_before(tmp_path: Path) -> None:
    ensemble = small()
    # A part of a larger matrix lies in memory in another order than it is read.
    cut = EvidenceEnsemble(ensemble.names, np.hstack([ensemble.weights] * 2)[:, :7], ensemble.knowledge)
    cut.save(tmp_path / "reward")
    again = EvidenceEnsemble.load(tmp_path / "reward")
    assert again.score("a fox", [SDXL, SD15, BAD]) == ensemble.score("a fox", [SDXL, SD15, BAD])
    assert again.knowledge == ensemble.knowledge


def test_scores_follow_the_columns() -> None:
    first, second, bad = small().score("a fox", [SDXL, SD15, BAD])
    assert first.members == (1.0, 2.0) and first.mean == 1.5 and first.deviation == pytest.approx(0.5**0.5)
    assert first.evidence is not None and first.evidence.sources == {"some ratings": 3}
    assert second.evidence is not None and second.evidence.kind == "documentation"
    assert second.mean == -1.0
    assert bad.members == (1.0 + LEAST, 2.0 + LEAST)  # three broken settings are no worse than noise
    assert small().score("a photo of a fox", [SDXL])[0].mean == 2.0


def test_equal_scripts_get_equal_rewards_in_order() -> None:
    found = small().score("a fox", [SD15, SDXL, SD15])
    assert found[0] == found[2] != found[1]
    assert small().score("a fox", []) == []


def test_what_has_no_score_ranks_last() -> None:
    known, unknown = small().score("a fox", [BAD, plain_script("unknown/model", SETTINGS)])
    assert unknown.mean is None
    assert lower_confidence_bound(unknown, 1.0) < lower_confidence_bound(known, 1.0)


def test_an_empty_script_is_refused() -> None:
    with pytest.raises(RewardError, match="without choices"):
        small().score("a fox", [()])


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2}, {"columns": []}, {"columns": ["1"] * 8}, {"members": 0}, {"members": 3}, {"members": "2"},
        {"released": {"family=sdxl": "soon"}}, {"released": {"family=sdxl": 1e9}}, {"evidence": {"sdxl": 3}},
        {"evidence": {"sdxl": {"per picture": {"x": -1}}}}, {"training": []},
    ],
    ids=str,
)  # fmt: skip
def test_a_damaged_description_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    small().save(tmp_path / "reward")
    path = tmp_path / "reward" / FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(RewardError, match="reward"):
        EvidenceEnsemble.load(tmp_path / "reward")


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    small().save(tmp_path / "reward")
    path = tmp_path / "reward" / WEIGHTS
    whole = path.read_bytes()
    damaged = [whole[:20], b"", whole[:-4]]
    for data in damaged:
        path.write_bytes(data)
        with pytest.raises(RewardError, match=WEIGHTS):
            EvidenceEnsemble.load(tmp_path / "reward")
    for wrong in (np.full((2, 7), np.nan, np.float32), np.zeros((2, 6), np.float32)):
        save_file({"weights": wrong}, path)
        with pytest.raises(RewardError, match=WEIGHTS):
            EvidenceEnsemble.load(tmp_path / "reward")
    path.unlink()
    with pytest.raises(RewardError, match=WEIGHTS):
        EvidenceEnsemble.load(tmp_path / "reward")


def test_no_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(RewardError, match="nowhere"):
        EvidenceEnsemble.load(tmp_path / "nowhere")
