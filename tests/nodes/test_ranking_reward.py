"""Which reward ensembles rank the panel's candidates, also where that of renders is missing or fits no policy."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from rated_miniature import miniature_catalog, rated_jobs
from tiny_reward import write_tiny_reward

from nodewright.models.policy.checkpoints import shipped_policy_path
from nodewright.models.reward import by_family, evidence_ensemble
from nodewright.models.reward import ensemble as ensembles
from nodewright.models.reward.by_family import FamilyEnsemble
from nodewright.models.reward.evidence_ensemble import EvidenceEnsemble
from nodewright.models.reward.parts_ensemble import PartsEnsemble
from nodewright.store.triplets import TripletStore
from nodewright.workflow.features.plain_scripts import PlainSettings, plain_script


@pytest.fixture
def ranking(comfyui_modules: None) -> ModuleType:
    return importlib.import_module("nodewright.nodes.ranking_reward")


@pytest.fixture
def renders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, which is empty, of an ensemble of renders that comes with the pack."""
    folder = tmp_path / "renders"
    for module in (ensembles, by_family):
        monkeypatch.setattr(module, "shipped_reward_path", lambda: folder)
    return folder


def test_what_is_shipped_ranks_what_the_shipped_policy_writes(ranking: ModuleType) -> None:
    found = ranking.ranking_reward(None)
    assert isinstance(found.ensemble, FamilyEnsemble) and isinstance(found.ensemble.renders, PartsEnsemble)
    assert ranking.ranking_reward(None) is found
    assert ranking.ranking_reward(object()) is found, "it reads no policy"
    scripts = [plain_script("miniature/miniature", PlainSettings(20, 3.0, "euler", "normal", 64, 64))]
    scripts.append(plain_script("sdxl/sd_xl_base_1_0", PlainSettings(28, 6.0, "euler", "normal", 1024, 1024)))
    toy, real = found.ready().score("a red circle on a blue background", scripts)
    assert toy.mean is not None and toy.evidence is not None and len(toy.members) == 5
    assert real.mean is not None and len(real.members) == 24


def test_an_ensemble_of_renders_ranks_with_it_from_when_it_is_there(ranking: ModuleType, renders: Path) -> None:
    assert isinstance(ranking.ranking_reward(None).ensemble, EvidenceEnsemble)
    write_tiny_reward(renders, shipped_policy_path(), {"miniature/flat": 5})
    found = ranking.ranking_reward(None)
    assert isinstance(found.ensemble, FamilyEnsemble) and found.ensemble.rendered == {"miniature"}
    assert ranking.ranking_reward(None) is found
    (toy,) = found.ready().score("a red circle", [("miniature/miniature", "SaveImage", "@end")])
    assert len(toy.members) == 3


def test_real_families_are_ranked_where_the_other_ensemble_does_not_fit(ranking: ModuleType, renders: Path) -> None:
    write_tiny_reward(renders, shipped_policy_path(), {"miniature/flat": 5})
    another_policy = object()  # of which nothing is asked
    assert isinstance(ranking.ranking_reward(another_policy).ensemble, EvidenceEnsemble)
    (renders / "reward.json").write_text("{}", encoding="utf-8")
    assert isinstance(ranking.ranking_reward(None).ensemble, EvidenceEnsemble)  # it is damaged


def test_without_any_the_reason_is_a_sentence(
    ranking: ModuleType, renders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (evidence_ensemble, by_family):
        monkeypatch.setattr(module, "shipped_evidence_path", lambda: tmp_path / "none")
    assert ranking.ranking_reward(None) == "This copy of Nodewright comes without a reward model"
    renders.mkdir()
    (renders / "reward.json").write_text("{}", encoding="utf-8")
    assert ranking.ranking_reward(None) == "No reward model fits this policy"


def test_a_folder_of_evidence_is_loaded_without_a_policy(
    ranking: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_reward = importlib.import_module("nodewright.nodes.load_reward")
    EvidenceEnsemble.load(evidence_ensemble.shipped_evidence_path()).save(tmp_path / "mine")
    monkeypatch.setattr(load_reward, "shipped_policy", lambda: pytest.fail("no policy is needed"))
    found = load_reward.load(tmp_path / "mine", None)
    assert isinstance(found.ready(), EvidenceEnsemble)
    monkeypatch.setattr(load_reward, "entries", lambda: iter([tmp_path / "mine", tmp_path]))
    assert load_reward.installed_rewards() == {"mine": tmp_path / "mine"}
    (tmp_path / "policy").mkdir()
    (tmp_path / "mine").rename(tmp_path / "policy" / "evidence")
    monkeypatch.setattr(load_reward, "entries", lambda: iter([tmp_path / "policy", tmp_path]))
    assert load_reward.installed_rewards() == {"policy/evidence": tmp_path / "policy" / "evidence"}
    assert load_reward.find_reward("shipped", None) == ensembles.shipped_reward_path()


def test_learning_compares_with_the_policys_order_where_no_reward_knows_what_was_rated(
    comfyui_modules: None, renders: Path, tmp_path: Path
) -> None:
    learning = importlib.import_module("nodewright.nodes.learn_from_ratings")
    catalog = miniature_catalog()
    with TripletStore(tmp_path / "triplets.db") as store:
        for job, rating in rated_jobs(catalog, 2):
            store.record_rated(job, rating, None)
        toys = list(store.triplets())
    ranked_by = learning._ranking_before(toys, catalog)
    assert all(ranked_by(toy) < 0 for toy in toys), "log-probabilities"
    settings = PlainSettings(28, 6.0, "euler", "normal", 1024, 1024)
    real = replace(toys[0], id=99, choices=plain_script("sdxl/sd_xl_base_1_0", settings))
    ranked_by = learning._ranking_before([*toys, real], catalog)
    assert ranked_by(real) is not None and ranked_by(toys[0]) is None, "what ranks is of one scale"
