"""What a script says by itself, beside what its workflow says with a catalog; and the features of both."""

from __future__ import annotations

import math
from random import Random

import pytest
from installation_data import NEWEST, read_object_info
from installations import FLUX, SD15, installation, walk

from nodewright.training.corpus.synthesis.choosing import Installation
from nodewright.training.corpus.synthesis.recipes import draw
from nodewright.training.corpus.synthesis.wanted import plainly_wanted
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.families.recommended import RECOMMENDED
from nodewright.workflow.features.documented import documented_range, identity_of, is_broken_sampler, variant_of
from nodewright.workflow.features.features import features
from nodewright.workflow.features.plain_scripts import PlainSettings, documented_settings, plain_script
from nodewright.workflow.features.prompt_words import prompt_words
from nodewright.workflow.features.script_settings import read_settings
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import Grammar
from nodewright.workflow.script.script import write_script
from nodewright.workflow.workflow_facts import workflow_facts

FILES = (
    *SD15, *FLUX, ("checkpoints", "sd_xl_base_1.0.safetensors"), ("diffusion_models", "z_image_turbo_bf16.safetensors"),
    ("text_encoders", "qwen_3_4b.safetensors"), ("loras", "pixel-art-xl.safetensors"),
    ("loras", "lcm-lora-sdxl.safetensors"), ("upscale_models", "4x-UltraSharp.pth"),
)  # fmt: skip
PROMPTS = ("a fox in the snow", "pixel art fox", "a highly detailed photo of a fox, 4k print", "a quick sketch")
SETTINGS = PlainSettings(28, 6.0, "dpmpp_2m", "karras", 1024, 1024)
SDXL = "sdxl/sd_xl_base_1_0"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return installation(read_object_info(NEWEST), *FILES)


def test_a_script_says_the_settings_that_its_workflow_has(catalog: Catalog) -> None:
    random, compared = Random(3), 0
    for prompt in PROMPTS * 30:
        workflow = draw(Installation(catalog), plainly_wanted(prompt), random)
        assert workflow is not None
        script = write_script(workflow, catalog)
        found, facts = read_settings(script), workflow_facts(workflow, catalog)
        first = next(each for each in facts.samplings if not each.second)
        base = found.base
        assert base is not None and facts.main is not None and facts.first is not None
        assert f"{found.family}/{found.name}" == facts.main.alias
        assert len(found.samplings) == len(facts.samplings)
        assert (base.steps, base.cfg) == (first.carried_out, first.cfg)
        assert (base.sampler, base.scheduler) == (first.sampler, first.scheduler)
        assert (base.width, base.height) == (facts.first.width, facts.first.height)
        assert base.empty and base.denoise == 1
        assert {alias for alias, _ in found.loras} == {lora.alias for lora in facts.loras}
        if facts.final is not None:
            assert found.scale == pytest.approx(math.sqrt(facts.final.megapixels / facts.first.megapixels), rel=0.05)
            compared += 1
    assert compared > 60


def test_any_script_has_finite_features(catalog: Catalog) -> None:
    grammar = Grammar(catalog, Constraints())
    for seed in range(30):
        state = walk(grammar.start(), Random(seed))
        assert all(map(math.isfinite, features("two cats", state.choices_made).values()))


@pytest.mark.parametrize("script", [(), ("",), ("@none", "@end"), ("a/b", "KSampler", "steps="), ("x", "&1", "=", ">")])
def test_what_is_no_script_has_features_too(script: tuple[str, ...]) -> None:
    assert all(map(math.isfinite, features("", script).values()))


def test_settings_within_the_documented_range_have_no_distance() -> None:
    random = Random(1)
    for family, ranges in RECOMMENDED.items():
        if family == "unknown":
            continue
        script = plain_script(
            f"{family}/model", documented_settings(documented_range(family, "model") or ranges, random)
        )
        found = features("a fox", script)
        assert not [name for name in found if name.endswith(("_under", "_over"))], (family, found)
        assert "other_sampler" not in found and "broken_sampler" not in found


@pytest.mark.parametrize(
    ("change", "feature", "value"),
    [
        ({"steps": 5}, "steps_under", math.log(20 / 5)),
        ({"steps": 80}, "steps_over", math.log(80 / 40)),
        ({"cfg": 16.0}, "cfg_over", math.log(16 / 8)),
        ({"cfg": 1.0}, "cfg_under", math.log(4)),
        ({"width": 512, "height": 512}, "area_under", math.log(0.75e6 / 512**2)),
        ({"denoise": 0.6}, "denoise_of_empty", 0.4),
        ({"lora": ("sdxl/pixel_art_xl", 3.0)}, "lora_over", math.log(3 / 1.2)),
        ({"lora": ("flux/some_lora", 1.0)}, "lora_misfit", 1.0),
        ({"sampler": "dpmpp_2m_cfg_pp"}, "broken_sampler", 1.0),
        ({"width": 2048, "height": 512}, "strip", math.log(2)),
    ],
)
def test_a_setting_beyond_its_range_says_how_far(change: dict[str, object], feature: str, value: float) -> None:
    settings = PlainSettings(**{**{name: getattr(SETTINGS, name) for name in SETTINGS.__slots__}, **change})
    assert feature not in features("a fox", plain_script(SDXL, SETTINGS))
    assert features("a fox", plain_script(SDXL, settings))[feature] == pytest.approx(value)


def test_a_distilled_lora_moves_the_range() -> None:
    few = PlainSettings(6, 1.5, "lcm", "sgm_uniform", 1024, 1024, lora=("sdxl/lcm_lora_sdxl", 1.0))
    assert not [name for name in features("a fox", plain_script(SDXL, few)) if name.endswith(("_under", "_over"))]
    many = PlainSettings(30, 7.0, "lcm", "sgm_uniform", 1024, 1024, lora=("sdxl/lcm_lora_sdxl", 1.0))
    found = features("a fox", plain_script(SDXL, many))
    assert found["distilled_steps_over"] > 1 and found["distilled_cfg_over"] > 1


def test_names_stand_for_models_and_variants() -> None:
    assert identity_of("sd15", "realisticvisionv60b1_v51vae") == "realistic_vision"
    assert identity_of("sd15", "some_mix_v3") is None
    assert identity_of("sdxl", "sd_xl_base_1_0_0_9vae") == "sd_xl_1_0"
    assert identity_of("sdxl", "playground_v2_5_1024px_aesthetic_fp16") == "playground_2_5"
    assert variant_of("sdxl", "dreamshaperxl_lightningdpmsde") == "Lightning"
    assert variant_of("pixart_alpha", "pixart_lcm_xl_2") == "LCM"
    ranges = documented_range("pixart_alpha", "pixart_lcm_xl_2")
    assert ranges is not None and ranges.distilled and ranges.steps == (4, 8)
    assert documented_range("no_family", "model") is None


def test_samplers_that_break_flows_do_no_harm_elsewhere() -> None:
    assert is_broken_sampler("qwen_image", "ddpm", 3.0)
    assert not is_broken_sampler("sdxl", "ddpm", 7.0)
    assert is_broken_sampler("sdxl", "euler_cfg_pp", 7.0)
    assert not is_broken_sampler("sdxl", "euler_cfg_pp", 1.2)


def test_prompts_are_of_kinds() -> None:
    assert {"anime", "person"} <= set(prompt_words("anime girl, masterpiece, best quality"))
    assert "counting" in prompt_words("three red apples on a table")
    assert "lettering" in prompt_words('a sign that says "open"')
    assert "counting" not in prompt_words("a fox, 8k, 35mm")
