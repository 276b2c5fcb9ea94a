"""Cliffs and plains of the shipped reward ensemble of real families, for every documented family and variant."""

from __future__ import annotations

from functools import lru_cache
from random import Random

import numpy as np
import pytest

from nodewright.models.reward.ensemble import Reward
from nodewright.models.reward.evidence_ensemble import EvidenceEnsemble, shipped_evidence_path
from nodewright.training.evidence.cliffs import PROMPTS
from nodewright.training.evidence.documentation import broken_settings, documented_models
from nodewright.workflow.families.family import SamplingRange
from nodewright.workflow.features.plain_scripts import PlainSettings, documented_settings, plain_script

MODELS = documented_models()
NAMES = [alias for alias, _ in MODELS]
PAIRS = 2000


@lru_cache(maxsize=1)
def ensemble() -> EvidenceEnsemble:
    return EvidenceEnsemble.load(shipped_evidence_path())


def mean(prompt: str, alias: str, settings: PlainSettings) -> float:
    found = ensemble().score(prompt, [plain_script(alias, settings)])[0].mean
    assert found is not None
    return found


def test_every_family_with_a_documented_range_is_there() -> None:
    assert {"sd15", "sdxl", "sd3", "flux", "qwen_image", "z_image", "pixart_sigma", "hidream"} <= {
        alias.partition("/")[0] for alias in NAMES
    }
    assert len(NAMES) > 60


@pytest.mark.parametrize(("alias", "ranges"), MODELS, ids=NAMES)
def test_broken_settings_score_a_standard_deviation_below_documented_ones(alias: str, ranges: SamplingRange) -> None:
    random = Random(alias)
    prompt = random.choice(PROMPTS)
    documented = min(mean(prompt, alias, documented_settings(ranges, random)) for _ in range(3))
    cases = list(broken_settings(alias.partition("/")[0], ranges, random))
    assert len(cases) >= 6
    above = {case.reason: mean(prompt, alias, case.settings) - documented for case in cases}
    assert not {reason: round(by, 2) for reason, by in above.items() if by > -1}


def test_documented_and_broken_workflows_are_told_apart() -> None:
    """Over pairs of any two models: the family's level must not hide a broken setting."""
    random = Random(5)
    right = 0.0
    for _ in range(PAIRS):
        prompt = random.choice(PROMPTS)
        (alias, ranges), (other, theirs) = random.choice(MODELS), random.choice(MODELS)
        broken = random.choice(list(broken_settings(other.partition("/")[0], theirs, random)))
        good = mean(prompt, alias, documented_settings(ranges, random))
        bad = mean(prompt, other, broken.settings)
        right += (good > bad) + 0.5 * (good == bad)
    assert right / PAIRS >= 0.98


def test_documented_settings_differ_less_than_families() -> None:
    random = Random(6)
    within, levels = [], []
    for alias, ranges in MODELS:
        scores = [mean("a fox", alias, documented_settings(ranges, random)) for _ in range(10)]
        within.append(np.std(scores))
        levels.append(np.mean(scores))
    assert max(within) < np.std(levels) / 2
    assert np.mean(within) < np.std(levels) / 4


def test_one_more_step_hardly_matters() -> None:
    good = PlainSettings(20, 6.0, "dpmpp_2m", "karras", 1024, 1024)
    scores = [
        mean("a fox", "sdxl/sd_xl_base_1_0", PlainSettings(steps, 6.0, "dpmpp_2m", "karras", 1024, 1024))
        for steps in range(14, 60)
    ]
    assert max(abs(second - first) for first, second in zip(scores, scores[1:], strict=False)) < 0.15
    assert mean("a fox", "sdxl/sd_xl_base_1_0", good) - scores[0] < 0.5


def test_a_model_made_for_one_look_is_worse_at_another() -> None:
    settings = PlainSettings(25, 6.0, "euler_ancestral", "normal", 1024, 1024)
    pony, base = "sdxl/ponydiffusionv6xl_v6startwiththisone", "sdxl/sd_xl_base_1_0"
    photo, anime = "a photo of an old man", "anime girl in a garden"
    assert mean(photo, base, settings) > mean(photo, pony, settings)
    assert mean(anime, pony, settings) - mean(photo, pony, settings) > mean(anime, base, settings) - mean(
        photo, base, settings
    )


@pytest.mark.parametrize(
    ("alias", "kind", "scope"),
    [
        ("sdxl/sd_xl_base_1_0", "ratings", "model"),
        ("sdxl/juggernautxl_v9", "ratings", "family"),
        ("sdxl/some_mix_lcm", "ratings", "variant"),
        ("flux/flux1_dev", "tables", "model"),
        ("z_image/z_image_turbo_bf16", "documentation", "family"),
    ],
)
def test_a_score_says_what_it_rests_on(alias: str, kind: str, scope: str) -> None:
    ranges = dict(MODELS).get(alias) or dict(MODELS)["sdxl/sdxl"]
    (found,) = ensemble().score("a fox", [plain_script(alias, documented_settings(ranges, Random(1)))])
    assert found.mean is not None and found.evidence is not None
    assert (found.evidence.kind, found.evidence.scope) == (kind, scope)
    assert (found.evidence.rows > 0) == (kind != "documentation")
    assert found.evidence.words


@pytest.mark.parametrize("alias", ["unknown/my_model", "miniature/plain", "@none", "wan/wan2_2_t2v"])
def test_where_nothing_is_known_there_is_no_score(alias: str) -> None:
    (found,) = ensemble().score("a fox", [plain_script(alias, PlainSettings(20, 7.0, "euler", "normal", 512, 512))])
    assert found.mean is None and found.evidence is None
    assert found.members == () and "no score" in found.warning


def test_where_less_is_known_the_members_disagree_more() -> None:
    settings = PlainSettings(25, 6.0, "dpmpp_2m", "karras", 1024, 1024)

    def deviation(alias: str) -> float:
        found: Reward = ensemble().score("a fox", [plain_script(alias, settings)])[0]
        return found.deviation

    assert deviation("sdxl/sd_xl_base_1_0") < deviation("longcat_image/longcat_image_bf16")
