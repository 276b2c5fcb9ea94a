"""Which reward ensembles rank the panel's candidates, also where that of renders does not fit the policy."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from nodewright.models.reward import ensemble as ensembles
from nodewright.models.reward import evidence_ensemble
from nodewright.models.reward.by_family import FamilyEnsemble
from nodewright.models.reward.evidence_ensemble import EvidenceEnsemble


@pytest.fixture
def ranking(comfyui_modules: None) -> ModuleType:
    return importlib.import_module("nodewright.nodes.ranking_reward")


def test_what_is_shipped_ranks_what_the_shipped_policy_writes(ranking: ModuleType) -> None:
    found = ranking.ranking_reward(None)
    assert isinstance(found.ensemble, FamilyEnsemble)
    assert ranking.ranking_reward(None) is found


def test_real_families_are_ranked_where_the_other_ensemble_does_not_fit(
    ranking: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another_policy = object()  # of which nothing is asked
    assert isinstance(ranking.ranking_reward(another_policy).ensemble, EvidenceEnsemble)
    monkeypatch.setattr(ensembles, "shipped_reward_path", lambda: tmp_path)
    assert isinstance(ranking.ranking_reward(None).ensemble, EvidenceEnsemble)  # there is none
    (tmp_path / "reward.json").write_text("{}", encoding="utf-8")
    assert isinstance(ranking.ranking_reward(None).ensemble, EvidenceEnsemble)  # it is damaged


def test_without_any_the_reason_is_a_sentence(
    ranking: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence_ensemble, "shipped_evidence_path", lambda: tmp_path / "none")
    monkeypatch.setattr(ensembles, "shipped_reward_path", lambda: tmp_path)
    assert ranking.ranking_reward(None) == "This copy of Nodewright comes without a reward model"
    (tmp_path / "reward.json").write_text("{}", encoding="utf-8")
    assert ranking.ranking_reward(None) == "No reward model fits this policy"
