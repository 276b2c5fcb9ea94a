"""Which ensemble judges which workflow, and what is loaded from which folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, cast

import numpy as np
import pytest
from inventories import sdxl_checkpoint, write_sparse
from rated_miniature import NIGHT

from nodewright.models.policy.policy import Policy
from nodewright.models.reward import by_family
from nodewright.models.reward.by_family import FamilyEnsemble, Judge, load_judge, seeing
from nodewright.models.reward.ensemble import Reward, RewardEnsemble, RewardMetadata, lower_confidence_bound
from nodewright.models.reward.evidence_ensemble import EvidenceEnsemble, shipped_evidence_path
from nodewright.models.reward.parts_ensemble import PartsEnsemble
from nodewright.models.reward.quality import quality_of, why_unfounded
from nodewright.training.grpo.group_updates import settled_rewards
from nodewright.training.grpo.start import ensemble_reward
from nodewright.workflow.catalog.models_folder import identify_models, list_models
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.features.documented import documented_range
from nodewright.workflow.features.plain_scripts import PlainSettings, documented_settings, plain_script
from nodewright.writing import load_policy, load_reward, reward_document

TINY = PlainSettings(16, 3.5, "euler", "normal", 64, 64)


class Renders:
    """Stands for an ensemble that learned from renders of the miniature."""

    metadata = RewardMetadata(choices={"miniature/flat": 5, "KSampler": 9, "any/some_vae": 1})

    def score(self, prompt: str, scripts: Sequence[Sequence[str]]) -> list[Reward]:
        return [Reward(float(len(prompt)), 0.5, (0.0, 1.0)) for _ in scripts]


def script_of(alias: str) -> tuple[str, ...]:
    ranges = documented_range(*alias.split("/"))
    return plain_script(alias, TINY if ranges is None else documented_settings(ranges, Random(0)))


@pytest.fixture(scope="module")
def ensemble() -> FamilyEnsemble:
    return FamilyEnsemble(cast(Any, Renders()), EvidenceEnsemble.load(shipped_evidence_path()))


def test_each_family_is_judged_by_what_is_known_of_it(ensemble: FamilyEnsemble) -> None:
    assert ensemble.rendered == {"miniature"}
    names = ["miniature/flat", "sdxl/sd_xl_base_1_0", "miniature/nights", "@none", "flux/flux1_dev"]
    found = ensemble.score("a fox", [script_of(name) if "/" in name else (name, "@end") for name in names])
    assert [len(each.members) for each in found] == [2, 24, 2, 0, 24]
    assert [each.mean is None for each in found] == [False, False, False, True, False]
    assert found[0].mean == found[2].mean == 5.0 and found[0].evidence is None
    assert ensemble.score("a fox", []) == []


def test_what_a_score_rests_on_is_in_its_document(ensemble: FamilyEnsemble) -> None:
    known, unknown = ensemble.score("a fox", [script_of("sdxl/sd_xl_base_1_0"), ("@none", "@end")])
    document = reward_document(known)
    assert document["evidence"]["kind"] == "ratings" and document["evidence"]["rows"] > 1000
    document = reward_document(unknown)
    assert document["mean"] is None and document["evidence"] is None and document["deviation"] == 0
    assert "no score" in document["warning"]


def test_scores_of_evidence_have_words_of_their_own_scale(ensemble: FamilyEnsemble) -> None:
    settings = PlainSettings(1, 20.0, "euler", "normal", 512, 512)
    good, broken = ensemble.score(
        "a fox", [script_of("sdxl/sd_xl_base_1_0"), plain_script("sdxl/sd_xl_base_1_0", settings)]
    )
    assert quality_of(broken, ensemble.metadata).words == "among the worst"
    assert quality_of(good, ensemble.metadata).position > 0.4
    (unknown,) = ensemble.score("a fox", [("@none", "@end")])
    assert unknown.unfounded and why_unfounded(unknown)
    with pytest.raises(ValueError, match="no quality"):
        quality_of(unknown, ensemble.metadata)


def test_tuning_learns_nothing_from_what_nobody_knows(ensemble: FamilyEnsemble) -> None:
    names = ["sdxl/sd_xl_base_1_0", "sd15/sd_v1_4"]
    reward = ensemble_reward(ensemble, 1.0)
    rewards = reward("a fox", [*map(script_of, names), ("@none", "@end")])
    *known, unknown = settled_rewards(rewards, [False] * 3)
    assert rewards[2] is None and unknown == pytest.approx(np.mean(known)) and min(known) < unknown < max(known)
    assert settled_rewards(reward("a fox", [("@none", "@end")]), [False]) == (0.0,)


def test_a_folder_is_loaded_as_what_it_holds(tmp_path: Path) -> None:
    EvidenceEnsemble.load(shipped_evidence_path()).save(tmp_path / "evidence")
    assert isinstance(load_judge(tmp_path / "evidence", cast(Policy, None)), EvidenceEnsemble)


def test_what_comes_with_the_pack_judges_the_miniature_by_renders_and_real_families_by_evidence() -> None:
    judge = load_reward(load_policy(tuned=False))
    assert isinstance(judge, FamilyEnsemble) and isinstance(judge.renders, PartsEnsemble)
    assert judge.rendered == {"miniature"}
    nights, flat = (plain_script(f"miniature/miniature_{name}", TINY) for name in ("nights", "flat"))
    toy, other, real = judge.score(NIGHT, [nights, flat, script_of("sdxl/sd_xl_base_1_0")])
    assert toy.mean is not None and toy.evidence is not None and "renders" in str(toy.evidence)
    assert other.mean is not None and toy.mean > other.mean, "a glow at night is what its checkpoint is for"
    assert real.mean is not None and real.evidence is not None and "renders" not in str(real.evidence)
    (photo,) = judge.score("a photo of an old fisherman mending his nets", [nights])
    (large,) = judge.score(NIGHT, [plain_script("miniature/miniature_nights", replace(TINY, width=512, height=512))])
    assert photo.mean is None and large.mean is None, "of neither there are renders"


def test_an_ensemble_of_renders_that_comes_with_the_pack_judges_beside_that_of_evidence(
    rated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_family, "shipped_reward_path", lambda: rated / "reward")
    judge = load_reward(load_policy(rated / "policy"))
    assert isinstance(judge, FamilyEnsemble) and isinstance(judge.renders, RewardEnsemble)
    assert judge.rendered == {"miniature"}
    toy, real = plain_script("miniature/miniature_nights", TINY), script_of("sdxl/sd_xl_base_1_0")
    scored = judge.score(NIGHT, [toy, real])
    assert len(scored[0].members) == judge.renders.members.count != len(scored[1].members)
    alone = load_reward(judge.renders.policy, rated / "reward")
    assert isinstance(alone, RewardEnsemble), "a folder that is named judges alone"


def test_a_file_is_judged_by_what_it_states_of_itself(ensemble: FamilyEnsemble, tmp_path: Path) -> None:
    for name, base, tags in (("plain", "", []), ("quick", "SDXL Lightning", []), ("drawn", "Pony", ["anime"])):
        path = tmp_path / "checkpoints" / f"my_{name}_mix.safetensors"
        write_sparse(path, sdxl_checkpoint())
        if base:
            path.with_suffix(".civitai.info").write_text(
                json.dumps({"baseModel": base, "tags": tags}), encoding="utf-8"
            )
    catalog = catalog_from_object_info({}, identify_models(list_models(tmp_path)))
    aliases = {name: f"sdxl/my_{name}_mix" for name in ("plain", "quick", "drawn")}
    assert {file.alias for file in catalog.models} == set(aliases.values())
    few, many = (
        PlainSettings(6, 1.5, "euler", "sgm_uniform", 1024, 1024),
        PlainSettings(28, 6.0, "euler", "normal", 1024, 1024),
    )

    def mean(judge: Judge, name: str, settings: PlainSettings, prompt: str = "a fox") -> float:
        return lower_confidence_bound(judge.score(prompt, [plain_script(aliases[name], settings)])[0], 0)

    seen = seeing(ensemble, catalog)
    assert mean(seen, "plain", many) > mean(seen, "plain", few) + 1
    assert mean(seen, "quick", few) > mean(seen, "quick", many) + 1
    assert mean(ensemble, "quick", few) < mean(ensemble, "quick", many) - 1, "its alias says nothing"
    girl = "anime girl with a sword"
    gain = mean(seen, "drawn", many, girl) - mean(seen, "plain", many, girl)
    assert gain > mean(seen, "drawn", many, "a photo of a fox") - mean(seen, "plain", many, "a photo of a fox") + 0.3
    assert mean(ensemble, "drawn", many, girl) == mean(ensemble, "plain", many, girl)
    assert seeing(ensemble.renders, catalog) is ensemble.renders
