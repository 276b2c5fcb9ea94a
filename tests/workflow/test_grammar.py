"""The grammar: what it offers can always be finished, runs, and keeps the user's constraints."""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from installations import FLUX, SD15, installation, walk

from nodewright.training.corpus.installations.inventories import draw_inventory
from nodewright.workflow.api_format import to_api
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import ConstraintError, Grammar, GrammarError, GrammarState, NoModelError
from nodewright.workflow.graph import Link, Node, Workflow
from nodewright.workflow.script.script import read_script, render, write_script
from nodewright.workflow.script.values import value_choices
from nodewright.workflow.validate import validate

WAN = (("diffusion_models", "wan2.1_t2v_1.3B.safetensors"), ("text_encoders", "umt5_xxl_fp16.safetensors"))


def classes_of(state: GrammarState) -> set[str]:
    return {node.class_type for node in state.workflow().nodes}


@lru_cache(maxsize=16)
def _drawn(number: int) -> Any:
    return draw_inventory(random.Random(number))


@given(
    number=st.integers(0, 7),
    seed=st.integers(0, 2**32),
    nodes=st.integers(9, 40),
    megapixels=st.sampled_from([None, 0.1, 0.5, 2.0, 16.8]),
    required=st.sampled_from(
        [
            (),
            (),
            (),
            ("LatentUpscaleBy",),
            ("VAEEncode", "ConditioningCombine"),
            ("PreviewImage",),
            ("ImageUpscaleWithModel", "ImageScaleBy"),
            ("ImageCrop", "JoinImageWithAlpha"),
            ("ImageScaleToTotalPixels", "LatentCrop"),
        ]
    ),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_offered_can_be_finished_and_runs(
    object_info: dict[str, Any], number: int, seed: int, nodes: int, megapixels: float | None, required: tuple[str, ...]
) -> None:
    catalog = _catalog(number, object_info)
    constraints = Constraints(max_nodes=nodes, max_megapixels=megapixels, required=required)
    try:
        grammar = Grammar(catalog, constraints)
    except ConstraintError:
        return  # said at once, never in the middle
    rng = random.Random(seed)
    for _ in range(3):
        state = walk(grammar.start(), rng)
        workflow = state.workflow()
        assert len(workflow.nodes) <= nodes
        assert set(required) <= classes_of(state)
        assert validate(workflow, catalog) == []
        assert write_script(workflow, catalog) == state.choices_made
        assert read_script(render(state.choices_made, catalog), catalog) == workflow


_CATALOGS: dict[int, Catalog] = {}


def _catalog(number: int, object_info: dict[str, Any]) -> Catalog:
    if number not in _CATALOGS:
        _CATALOGS[number] = catalog_from_object_info(object_info, _drawn(number), options_from_models=True)
    return _CATALOGS[number]


def test_the_prompt_is_always_in_it(object_info: dict[str, Any]) -> None:
    grammar = Grammar(installation(object_info, *SD15))
    for seed in range(30):
        api = to_api(walk(grammar.start(), random.Random(seed)).workflow(), prompt="a fox\n@end", seed=1)
        assert any(str(value).startswith("a fox\n@end") for node in api.values() for value in node["inputs"].values())


def test_choices_do_not_change_between_runs(object_info: dict[str, Any]) -> None:
    first, second = (walk(Grammar(installation(object_info, *FLUX)).start(), random.Random(3)) for _ in range(2))
    assert first.choices_made == second.choices_made


def test_sets_are_disjoint_and_the_same_object_when_they_recur(object_info: dict[str, Any]) -> None:
    grammar = Grammar(installation(object_info, *SD15, *FLUX))
    seen: dict[tuple[str, ...], int] = {}
    for seed in range(10):
        state, rng = grammar.start(), random.Random(seed)
        while not state.done:
            choices = [choice for group in state.choice_sets for choice in group.choices]
            assert choices and len(choices) == len(set(choices))
            for group in state.choice_sets:
                seen.setdefault(group.choices, id(group))
            state.choose(rng.choice(choices))
    assert len(seen) > 100


def test_a_choice_that_is_not_offered_is_refused(object_info: dict[str, Any]) -> None:
    state = Grammar(installation(object_info, *SD15)).start()
    state.choose("sd15/v1_5_pruned_emaonly")
    with pytest.raises(GrammarError, match="'KSampler' is not allowed here; allowed: SaveImage"):
        state.choose("KSampler")
    state.choose("SaveImage")


def test_a_model_of_another_family_is_never_offered(object_info: dict[str, Any]) -> None:
    catalog = installation(
        object_info,
        *SD15,
        *FLUX,
        ("loras", "flux_realism.safetensors"),
        ("loras", "detail_sd15.safetensors"),
        ("vae", "sdxl_vae.safetensors"),
        ("checkpoints", "sd_xl_base_1.0.safetensors"),
    )
    grammar = Grammar(catalog)
    own = {"sd15": "sd15", "flux": "flux", "sdxl": "sdxl"}
    for seed in range(40):
        state = walk(grammar.start(), random.Random(seed))
        family = state.choices_made[0].split("/")[0]
        for alias in (choice for choice in state.choices_made if catalog.by_alias(choice)):
            file = catalog.by_alias(alias)
            assert file is not None and (not file.families or own[family] in file.families)


def test_a_checkpoint_of_unknown_family_goes_with_itself_only(object_info: dict[str, Any]) -> None:
    catalog = installation(
        object_info,
        ("checkpoints", "mystery.ckpt"),
        *SD15,
        ("loras", "detail_sd15.safetensors"),
        ("upscale_models", "4x-UltraSharp.pth"),
    )
    grammar = Grammar(catalog)
    found: set[str] = set()
    for seed in range(60):
        state = grammar.start()
        state.choose("any/mystery")
        choices = walk(state, random.Random(seed)).choices_made
        found.update(choice for choice in choices[1:] if catalog.by_alias(choice))
    assert found == {"any/4x_ultrasharp"}


_SIZED = ("Empty", "Solid", "LatentUpscale", "ImageScale", "CropMask", "LatentCrop", "ImageCrop")


@pytest.mark.parametrize("limit", [0.05, 0.3, 1.0])
def test_no_picture_is_larger_than_allowed(object_info: dict[str, Any], limit: float) -> None:
    catalog = installation(object_info, *SD15, ("upscale_models", "4x-UltraSharp.pth"))
    grammar = Grammar(catalog, Constraints(max_megapixels=limit))
    for seed in range(30):
        api = to_api(walk(grammar.start(), random.Random(seed)).workflow(), prompt="x", seed=1)
        areas: dict[str, float] = {}
        for key, node in api.items():  # in topological order
            inputs = node["inputs"]
            pictures = (
                value[0]
                for value in inputs.values()
                if isinstance(value, list)
                and object_info[api[value[0]]["class_type"]]["output"][value[1]] in ("IMAGE", "LATENT", "MASK")
            )
            areas[key] = max((areas[source] for source in pictures), default=0.0)
            if {"width", "height"} <= set(inputs) and node["class_type"].startswith(_SIZED):
                areas[key] = inputs["width"] * inputs["height"]
            elif "scale_by" in inputs:
                areas[key] *= inputs["scale_by"] ** 2
            elif node["class_type"] == "ImageUpscaleWithModel":
                areas[key] *= 16
            elif node["class_type"] == "ImageScaleToTotalPixels":
                areas[key] = inputs["megapixels"] * 1024 * 1024
            elif "largest_size" in inputs:
                areas[key] = inputs["largest_size"] ** 2
            if node["class_type"] == "ImageUpscaleWithModel" and areas[key] > limit * 1e6:
                # An upscale model's picture alone may be larger, where it is scaled down right after.
                takers = [other["class_type"] for other in api.values() if [key, 0] in other["inputs"].values()]
                assert takers and all(taker.startswith("ImageScale") for taker in takers)
                continue
            assert areas[key] <= limit * 1e6


def _sides(node: dict[str, Any], given: tuple[float, float] | None) -> tuple[float, float] | None:
    """What ComfyUI's class makes of a picture of `given` sides, in pixels; of latents, eight for each of theirs."""
    inputs = node["inputs"]
    kind = node["class_type"]
    if {"width", "height"} <= set(inputs) and kind.startswith(_SIZED):
        width, height = inputs["width"], inputs["height"]
        if given is not None and "Crop" in kind:  # ends where the picture does
            return min(width, given[0] - inputs["x"]), min(height, given[1] - inputs["y"])
        return width, height
    if given is None:
        return None
    if kind == "LatentUpscaleBy":
        return round(given[0] // 8 * inputs["scale_by"]) * 8, round(given[1] // 8 * inputs["scale_by"]) * 8
    factor = 1.0
    if "scale_by" in inputs:
        factor = inputs["scale_by"]
    elif kind == "ImageUpscaleWithModel":
        factor = 4.0
    elif kind == "ImageScaleToTotalPixels":
        factor = (inputs["megapixels"] * 1024 * 1024 / (given[0] * given[1])) ** 0.5
    elif "largest_size" in inputs:
        factor = inputs["largest_size"] / max(given)
    return round(given[0] * factor), round(given[1] * factor)


@pytest.mark.parametrize("limit", [0.05, 0.3, 4.0])
def test_no_picture_has_a_side_below_64_pixels(object_info: dict[str, Any], limit: float) -> None:
    catalog = installation(object_info, *SD15, ("upscale_models", "4x-UltraSharp.pth"))
    plain, enlarging = (
        Grammar(catalog, Constraints(max_megapixels=limit, max_nodes=40, required=required))
        for required in ((), ("LatentUpscaleBy",))
    )
    seen = set()
    for seed in range(50):
        grammar = plain if seed % 4 else enlarging
        api = to_api(walk(grammar.start(), random.Random(seed)).workflow(), prompt="x", seed=1)
        sides: dict[str, tuple[float, float] | None] = {}
        for key, node in api.items():  # in topological order
            given: list[tuple[float, float] | None] = [
                found
                for value in node["inputs"].values()
                if isinstance(value, list)
                and object_info[api[value[0]]["class_type"]]["output"][value[1]] in ("IMAGE", "LATENT", "MASK")
                and (found := sides[value[0]]) is not None
            ]
            assert not node["class_type"].startswith("LatentCut")
            seen.add(node["class_type"])
            # Of several pictures the node may take the size of any.
            for one in given or [None]:
                sides[key] = _sides(node, one)
                assert sides[key] is None or min(sides[key] or ()) >= 64, (node, one)
            if given:
                sides[key] = min((_sides(node, one) or (0, 0) for one in given), key=min)
    assert {"ImageScaleBy", "LatentUpscaleBy"} <= seen


def test_a_lower_bound_is_never_above_its_upper_bound(object_info: dict[str, Any]) -> None:
    bounds = {
        "Canny": ("low_threshold", "high_threshold"),
        "KSamplerAdvanced": ("start_at_step", "end_at_step"),
        "KarrasScheduler": ("sigma_min", "sigma_max"),
        "ConditioningSetTimestepRange": ("start", "end"),
    }
    grammar = Grammar(installation(object_info, *SD15), Constraints(max_nodes=40))
    written = set()
    for seed in range(60):
        for node in walk(grammar.start(), random.Random(seed)).workflow().nodes:
            if node.class_type in bounds:
                values = dict(node.inputs)
                low, high = (values[name] for name in bounds[node.class_type])
                assert isinstance(low, int | float) and isinstance(high, int | float) and low <= high
                written.add((node.class_type, low, high))
    assert {kind for kind, _, _ in written} == set(bounds) and len(written) > 20


def test_the_upper_bound_must_be_raised_over_the_lower(object_info: dict[str, Any]) -> None:
    state = Grammar(installation(object_info, *SD15)).start()
    for choice in ("sd15/v1_5_pruned_emaonly", "SaveImage", "Canny", "low_threshold="):
        state.choose(choice)
    low = max(state.allowed(), key=float)
    state.choose(low)
    assert state.allowed() == ["high_threshold="]
    state.choose("high_threshold=")
    assert state.allowed() and all(float(choice) >= float(low) for choice in state.allowed())


def test_a_picture_of_four_channels_goes_only_where_a_workflow_ends(object_info: dict[str, Any]) -> None:
    grammar = Grammar(installation(object_info, *SD15))
    found = 0
    for seed in range(150):
        workflow = walk(grammar.start(), random.Random(seed)).workflow()
        for node in workflow.nodes:
            for _, link in node.links():
                if workflow.nodes[link.node].class_type == "JoinImageWithAlpha":
                    found += 1
                    assert object_info[node.class_type]["output_node"]
    assert found > 1


def test_batches_are_left_to_the_user_unless_required(object_info: dict[str, Any]) -> None:
    catalog = installation(object_info, *SD15)
    scope, _ = Grammar(catalog).scope(catalog.models[0])
    batching = ("RepeatLatentBatch", "LatentBatch", "LatentFromBatch")
    assert not [cls.name for cls in scope.classes if cls.name in batching]
    grammar = Grammar(catalog, Constraints(required=("RepeatLatentBatch",)))
    assert "RepeatLatentBatch" in classes_of(walk(grammar.start(), random.Random(1)))


def test_a_first_step_of_nothing_is_not_offered(object_info: dict[str, Any]) -> None:
    catalog = installation(object_info, *SD15)
    spec = next(each for each in catalog.classes["SamplerDPMAdaptative"].inputs if each.name == "h_init")
    offered = [float(choice) for choice in value_choices(spec, catalog)]
    assert spec.minimum == 0 and min(offered) > 0 and spec.default in offered


def test_grown_inputs_are_required_in_a_class_optional_group_as_well(object_info: dict[str, Any]) -> None:
    """ComfyUI requires the first `min` of them whatever group the autogrow input is in."""
    template = {"input": {"required": {"image": ["IMAGE", {}]}}, "prefix": "image", "min": 2, "max": 3}
    join = {
        "input": {"required": {}, "optional": {"images": ["COMFY_AUTOGROW_V3", {"template": template}]}},
        "output": ["IMAGE"],
    }
    catalog = installation({**object_info, "JoinPictures": join}, *SD15)
    grammar = Grammar(catalog, Constraints(required=("JoinPictures",)))
    third = 0
    for seed in range(40):
        state = walk(grammar.start(), random.Random(seed))
        api = to_api(state.workflow(), prompt="a fox", seed=1)
        for node in api.values():
            if node["class_type"] == "JoinPictures":
                assert {"images.image0", "images.image1"} <= set(node["inputs"])
                third += "images.image2" in node["inputs"]
        assert validate(api, catalog) == []
    assert third, "a third picture is optional"
    left_out = Workflow(
        (Node("LoadImage", (("image", "a.png"),)), Node("JoinPictures", (("images.image0", Link(0, 0)),)))
    )
    missing = [problem.input for problem in validate(_saved(left_out), catalog) if problem.class_type == "JoinPictures"]
    assert missing == ["images.image1"]


def _saved(workflow: Workflow) -> Workflow:
    """The workflow, with its last node's picture saved."""
    last = Link(len(workflow.nodes) - 1, 0)
    return Workflow((*workflow.nodes, Node("SaveImage", (("images", last), ("filename_prefix", "x")))))


def test_an_empty_latent_that_must_be_widened_goes_only_to_a_sampler(object_info: dict[str, Any]) -> None:
    grammar = Grammar(installation(object_info, ("checkpoints", "sd3.5_medium_incl_clips.safetensors")))
    takers = set()
    for seed in range(60):
        workflow = walk(grammar.start(), random.Random(seed)).workflow()
        for node in workflow.nodes:
            for _, link in node.links():
                if workflow.nodes[link.node].class_type == "EmptyLatentImage":
                    takers.add(node.class_type)
    for name in takers:
        required = object_info[name]["input"]["required"].values()
        assert {"MODEL", "GUIDER"} & {str(spec[0]) for spec in required}, name


def test_required_forbidden_and_ends(object_info: dict[str, Any]) -> None:
    catalog = installation(object_info, *SD15, ("loras", "detail_sd15.safetensors"))
    constraints = Constraints(
        required=("LoraLoader", "PreviewImage"), forbidden=frozenset({"KSampler"}), ends_in=("SaveImage",)
    )
    grammar = Grammar(catalog, constraints)
    for seed in range(60):
        classes = classes_of(walk(grammar.start(), random.Random(seed)))
        assert {"LoraLoader", "PreviewImage", "SaveImage"} <= classes and "KSampler" not in classes


@pytest.mark.parametrize(
    ("files", "constraints", "error", "message"),
    [
        ((), Constraints(), NoModelError, "models/checkpoints"),
        (
            FLUX[:1],
            Constraints(),
            NoModelError,
            r"flux1-dev.safetensors \(flux\) lacks its text encoder .* and its VAE",
        ),
        (WAN, Constraints(families=frozenset({"wan"})), NoModelError, r"wan2.1_t2v_1.3B.\w+ \(wan\) lacks its VAE \("),
        (WAN, Constraints(), NoModelError, r"only of families that are used where they are named \(wan\)"),
        (
            WAN,
            Constraints(families=frozenset({"sdxl"})),
            ConstraintError,
            "families: no model of sdxl is installed; there are models of wan",
        ),
        (
            SD15,
            Constraints(families=frozenset({"sdxl"})),
            ConstraintError,
            "families: no model of sdxl is installed; there are models of sd15",
        ),
        (
            SD15,
            Constraints(max_nodes=3),
            ConstraintError,
            "max_nodes: 3 are too few; with the other constraints it takes 7",
        ),
        (SD15, Constraints(max_nodes=0), ConstraintError, "max_nodes"),
        (SD15, Constraints(max_megapixels=0.0001), ConstraintError, "max_megapixels: 0.0001 is too small"),
        (SD15, Constraints(required=("KSamplr",)), ConstraintError, "'KSamplr' is not installed. Similar: KSampler"),
        (
            SD15,
            Constraints(required=("LoraLoader",)),
            ConstraintError,
            "required: no workflow on the installed models can contain 'LoraLoader'",
        ),
        (
            SD15,
            Constraints(required=("VAEDecode",), forbidden=frozenset({"VAEDecode"})),
            ConstraintError,
            "also forbidden",
        ),
        (
            SD15,
            Constraints(forbidden=frozenset({"CheckpointLoaderSimple"})),
            ConstraintError,
            "forbidden: without 'CheckpointLoaderSimple'",
        ),
        (SD15, Constraints(ends_in=("KSampler",)), ConstraintError, "ends_in: no workflow can end in KSampler"),
        (
            SD15,
            Constraints(required=("VAEDecode", "VAEEncode", "KSampler", "LatentAdd", "LatentFlip")),
            ConstraintError,
            "at most 4",
        ),
    ],
)
def test_what_cannot_be_met_is_named(
    object_info: dict[str, Any], files: tuple[tuple[str, str], ...], constraints: Constraints, error: type, message: str
) -> None:
    with pytest.raises(error, match=message):
        Grammar(installation(object_info, *files), constraints)


def test_families_given_by_the_user_are_kept(object_info: dict[str, Any]) -> None:
    grammar = Grammar(installation(object_info, *SD15, *FLUX), Constraints(families=frozenset({"flux"})))
    assert grammar.main_choices == ("flux/flux1_dev",)


def test_a_node_that_costs_money_or_comes_from_this_pack_is_not_offered(object_info: dict[str, Any]) -> None:
    own = {**object_info, "NodewrightRunWorkflow": {**object_info["ImageInvert"], "name": "NodewrightRunWorkflow"}}
    catalog = installation(own, *SD15)
    grammar = Grammar(catalog)
    scope, _ = grammar.scope(catalog.models[0])
    assert not any(cls.api_node or cls.name.startswith("Nodewright") for cls in scope.classes)
    assert len(scope.classes) > 100


def test_a_plain_workflow_is_among_them(object_info: dict[str, Any]) -> None:
    catalog = installation(object_info, *SD15)
    script = """sd15/v1_5_pruned_emaonly
SaveImage
VAEDecode
KSampler steps=30 cfg=7
CheckpointLoaderSimple
CLIPTextEncode @prompt+ +sharp_focus ; &1
CLIPTextEncode +blurry +low_quality ; &1
EmptyLatentImage width=768 &1
@end
"""
    state = Grammar(catalog, Constraints(max_nodes=7)).start()
    workflow = read_script(script, catalog)
    for choice in write_script(workflow, catalog):
        state.choose(choice)
    assert state.workflow() == workflow
    assert render(state.choices_made, catalog) == script


def test_its_files_are_the_main_models_and_the_loras_that_fit_them(object_info: dict[str, Any]) -> None:
    files = (
        ("checkpoints", "sd_xl_base_1.0.safetensors"),
        ("checkpoints", "juggernautXL_v9.safetensors"),
        ("loras", "pixel-art-xl.safetensors"),
        ("loras", "flux_realism_lora.safetensors"),
    )
    grammar = Grammar(installation(object_info, *files))
    assert grammar.files == ("sdxl/juggernautxl_v9", "sdxl/sd_xl_base_1_0", "sdxl/pixel_art_xl")


@pytest.mark.parametrize(
    "required",
    [("ImageUpscaleWithModel",), ("UpscaleModelLoader", "ImageScaleBy"), ("UpscaleModelLoader", "VAEEncode")],
)
def test_a_required_upscaler_s_picture_is_scaled_down_where_it_is_too_large(
    object_info: dict[str, Any], required: tuple[str, ...]
) -> None:
    upscalers = (("upscale_models", "4x-UltraSharp.pth"), ("upscale_models", "RealESRGAN_x2plus.pth"))
    catalog = installation(object_info, ("checkpoints", "sd_xl_base_1.0.safetensors"), *upscalers)
    with pytest.raises(ConstraintError) as error:
        Grammar(catalog, Constraints(max_nodes=1, required=required))
    least = int(str(error.value).rpartition(" ")[2].rstrip("."))
    for nodes in (least, least + 3, 24):
        grammar = Grammar(catalog, Constraints(max_nodes=nodes, required=required))
        for seed in range(12):
            workflow = walk(grammar.start(), random.Random(seed)).workflow()
            classes = [node.class_type for node in workflow.nodes]
            assert set(required) | {"ImageUpscaleWithModel"} <= set(classes) and len(classes) <= nodes
            assert any(name.startswith("ImageScale") for name in classes)
