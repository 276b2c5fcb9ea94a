"""The recommended ranges: that the official templates are inside them, and what file names say."""

from __future__ import annotations

import importlib.resources
import json
from typing import Any

import pytest

from nodewright.training.corpus.synthesis.variations import bases
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.families.family import DistilledRange, FineTuneRange, SamplingRange
from nodewright.workflow.families.lookup import FAMILIES, class_families
from nodewright.workflow.families.recommended import RECOMMENDED, UNKNOWN, distilled_range, recommended
from nodewright.workflow.graph import Link
from nodewright.workflow.workflow_facts import SAMPLING_CLASSES


def options(object_info: dict[str, Any], class_type: str, name: str) -> set[str]:
    declared = object_info[class_type]["input"]["required"][name]
    return set(declared[0] if isinstance(declared[0], list) else declared[1]["options"])


def test_every_range_is_possible_and_says_where_it_comes_from(object_info: dict[str, Any]) -> None:
    samplers = options(object_info, "KSampler", "sampler_name")
    schedulers = options(object_info, "KSampler", "scheduler") | set(object_info)
    for family, found in RECOMMENDED.items():
        assert family in FAMILIES or family == UNKNOWN
        variants = FAMILIES[family].variants if family in FAMILIES else ()
        ranges: list[SamplingRange | DistilledRange | FineTuneRange] = [found]
        ranges += [variant.sampling for variant in variants if variant.sampling is not None]
        for each in ranges:
            assert len(each.source) > 10, family
            assert 1 <= each.steps[0] <= each.steps[1] and 1 <= each.cfg[0] <= each.cfg[1], family
            assert set(each.samplers or samplers) <= samplers and set(each.schedulers or schedulers) <= schedulers
        side, area = FAMILIES[family].native_side if family in FAMILIES else None, found.megapixels
        assert side is None or area is None or area[0] <= side * side / 1e6 <= area[1], family
        for name in filter(None, (found.latent, found.shift_class)):
            families = class_families(name)
            assert families is None or family in families or family == UNKNOWN, (family, name)


def test_the_templates_are_inside(object_info: dict[str, Any]) -> None:
    checked = 0
    for base in bases(object_info, True, None):
        given = [dict(node.inputs) for node in base.workflow.nodes]
        main = next(str(inputs[name]) for inputs in given for name in ("ckpt_name", "unet_name") if name in inputs)
        found = recommended(base.family, main, [str(inputs["lora_name"]) for inputs in given if "lora_name" in inputs])
        assert found is not None
        for node, inputs in zip(base.workflow.nodes, given, strict=True):
            if isinstance(steps := inputs.get("steps"), int):
                assert found.steps[0] <= steps <= found.steps[1], (base.name, steps)
                checked += 1
            if isinstance(cfg := inputs.get("cfg", inputs.get("cfg_conds")), int | float) and node.class_type in (
                *SAMPLING_CLASSES,
                "CFGGuider",
                "DualCFGGuider",
            ):
                assert found.cfg[0] <= cfg <= found.cfg[1], (base.name, cfg)
            if "sampler_name" in inputs:
                assert inputs["sampler_name"] in found.samplers, base.name
            if "scheduler" in inputs and not isinstance(inputs["scheduler"], Link):
                assert inputs["scheduler"] in found.schedulers, base.name
            if "shift" in inputs and found.shift is not None:
                assert found.shift[0] <= inputs["shift"] <= found.shift[1], base.name  # type: ignore[operator]
    assert checked > 40


@pytest.mark.parametrize(
    ("template", "family"),
    [
        ("audio_stable_audio_3_medium", "stable_audio_3"),
        ("audio_stable_audio_3_medium_base", "stable_audio_3"),
        ("audio_yue2_text2music", "yue2"),
        ("audio_yue2_music_cover", "yue2"),
    ],
)
def test_the_templates_of_audio_families_are_inside(template: str, family: str) -> None:
    """The recipes make pictures only, so that these templates are read as they stand."""
    path = importlib.resources.files("comfyui_workflow_templates_json") / "templates" / f"{template}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    nodes = [node for graph in (document, *document["definitions"]["subgraphs"]) for node in graph["nodes"]]
    widgets = {node["type"]: node["widgets_values"] for node in nodes if "widgets_values" in node}
    main = widgets["CheckpointLoaderSimple"][0]
    assert identify("checkpoints", main).families == {family}
    usual = FAMILIES[family].sampling
    assert usual is not None
    found = distilled_range(family, main) or usual
    _, _, steps, cfg, sampler, scheduler, _ = widgets["KSampler"]
    assert found.steps[0] <= steps <= found.steps[1] and found.cfg[0] <= cfg <= found.cfg[1]
    assert sampler in (found.samplers or usual.samplers) and scheduler in (found.schedulers or usual.schedulers)
    assert usual.latent in widgets and family in (class_families(usual.latent) or ())


@pytest.mark.parametrize(
    ("family", "name", "steps"),
    [
        ("sdxl", "sd_xl_base_1.0.safetensors", (20, 40)),
        ("sdxl", "sd_xl_turbo_1.0_fp16.safetensors", (1, 4)),
        ("sdxl", "sdxl_lightning_4step.safetensors", (4, 4)),
        ("sdxl", "dreamshaperXL_v21TurboDPMSDE.safetensors", (4, 8)),
        ("sdxl", "hyperrealismXL_v3.safetensors", (20, 40)),
        ("z_image", "quartzite_z_image.safetensors", (20, 36)),
        ("flux", "flux1-dev.safetensors", (18, 32)),
        ("flux", "flux1-schnell.safetensors", (4, 6)),
        ("flux2_klein_4b", "flux-2-klein-base-4b.safetensors", (18, 30)),
        ("flux2_klein_4b", "flux-2-klein-4b.safetensors", (4, 6)),
        ("hidream", "hidream_i1_fast_fp8.safetensors", (14, 18)),
        ("z_image", "sub/folder/z_image_turbo_bf16.safetensors", (6, 10)),
    ],
)
def test_names_of_distilled_variants(family: str, name: str, steps: tuple[int, int]) -> None:
    found = recommended(family, name)
    assert found is not None and found.steps == steps


def test_a_lora_that_saves_steps_changes_the_range_and_any_other_does_not() -> None:
    fast = recommended(
        "qwen_image", "qwen_image_fp8_e4m3fn.safetensors", ["Qwen-Image-Lightning-8steps-V1.0.safetensors"]
    )
    plain = recommended("qwen_image", "qwen_image_fp8_e4m3fn.safetensors", ["qwen_image_realism_lora.safetensors"])
    assert fast is not None and fast.steps == (8, 8) and fast.cfg == (1.0, 1.0) and not fast.negative
    assert plain == RECOMMENDED["qwen_image"]
    # "without base in the name" is said of main models; a LoRA needs no such word
    klein = recommended("flux2_klein_4b", "flux-2-klein-base-4b.safetensors", ["some_style.safetensors"])
    assert klein == RECOMMENDED["flux2_klein_4b"]
    assert distilled_range("sd15", "dreamshaper_8.safetensors") is None
    assert recommended("no such family", "model.safetensors") is None


@pytest.mark.parametrize(
    ("name", "steps", "cfg"),
    [
        ("ponyDiffusionV6XL_v6StartWithThisOne", 25, 7.0),
        ("waiIllustriousSDXL_v140", 24, 5.0),
        ("noobaiXLNAIXL_epsilonPred11Version", 26, 5.0),
        ("animagine-xl-4.0", 28, 5.0),
    ],
)
def test_a_line_of_fine_tunes_has_its_own_range_within_the_family(name: str, steps: int, cfg: float) -> None:
    family, own = RECOMMENDED["sdxl"], recommended("sdxl", f"{name}.safetensors")
    assert own is not None and not own.distilled
    assert own.steps[0] <= steps <= own.steps[1] and own.cfg[0] <= cfg <= own.cfg[1]
    assert own.samplers[0] == "euler_ancestral" and own.schedulers == family.schedulers
    assert family.steps[0] <= own.steps[0] and own.steps[1] <= family.steps[1] and own.steps != family.steps
    assert family.cfg[0] <= own.cfg[0] and own.cfg[1] <= family.cfg[1]


def test_a_distillation_counts_before_the_line_of_its_model() -> None:
    found = recommended("sdxl", "waiIllustriousSDXL_v140.safetensors", ["sdxl_lightning_8step_lora.safetensors"])
    assert found is not None and found.distilled and found.steps == (8, 8)
