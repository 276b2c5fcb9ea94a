"""Workflows on the zoo: valid, of many shapes, inside the zoo's sizes, and led a little by the prompt's words; and the
zoo as an installation is what a real server says of these files."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from comfyui_process import ComfyUI, place_pack
from safetensors.numpy import save_file

from nodewright.comfyui.client import Client
from nodewright.miniature.installation import ZOO_CONSTRAINTS, ZOO_FILES, zoo_models
from nodewright.miniature.prompts import draw_prompt
from nodewright.miniature.zoo import MOST_SIDE
from nodewright.training.common.topology import topology
from nodewright.training.corpus.command import main
from nodewright.training.corpus.installations.known_files import CURATED
from nodewright.training.corpus.shards import PAIRS_A_SHARD, ShardSettings, shards
from nodewright.training.corpus.synthesis.choosing import Installation
from nodewright.training.corpus.synthesis.recipes import draw
from nodewright.training.corpus.synthesis.wanted import plainly_wanted
from nodewright.training.corpus.synthesis.zoo_workflows import draw_workflow, hints
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.catalog.model_files import model_files
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import Grammar
from nodewright.workflow.graph import Link, Workflow
from nodewright.workflow.script.script import write_script

SAMPLINGS = ("KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced")


def zoo_catalog(object_info: dict[str, Any]) -> Catalog:
    """The catalog of a ComfyUI with these node classes and the zoo's files and no others."""
    return catalog_from_object_info(object_info, zoo_models(), options_from_models=True)


@pytest.fixture(scope="module")
def catalog(object_info: dict[str, Any]) -> Catalog:
    return zoo_catalog(object_info)


@pytest.fixture(scope="module")
def drawn(catalog: Catalog) -> list[tuple[str, Workflow]]:
    installation, random = Installation(catalog), Random(3)
    found = []
    for _ in range(600):
        prompt = draw_prompt(random, "train").text
        workflow = draw_workflow(installation, prompt, random)
        assert workflow is not None
        found.append((prompt, workflow))
    return found


def inputs(workflow: Workflow, class_type: str) -> list[dict[str, Any]]:
    return [dict(node.inputs) for node in workflow.nodes if node.class_type == class_type]


def sides(workflow: Workflow) -> list[tuple[float, float]]:
    """Width and height of every picture and latent of a workflow, node by node."""
    found: dict[int, tuple[float, float]] = {}
    for index, node in enumerate(workflow.nodes):
        given: dict[str, Any] = dict(node.inputs)
        source = next((given[name] for name in ("samples", "latent_image", "image", "images", "pixels")
                       if isinstance(given.get(name), Link)), None)  # fmt: skip
        if "width" in given:
            found[index] = given["width"], given["height"]
        elif source is not None and source.node in found:
            scale = 2.0 if node.class_type == "ImageUpscaleWithModel" else given.get("scale_by", 1.0)
            width, height = found[source.node]
            found[index] = width * scale, height * scale
    return list(found.values())


# ---- workflows ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("constraints", [Constraints(), ZOO_CONSTRAINTS])
def test_everything_passes_the_grammar(
    constraints: Constraints, catalog: Catalog, drawn: list[tuple[str, Workflow]]
) -> None:
    grammar = Grammar(catalog, constraints)
    for _, workflow in drawn[:300]:
        grammar.accept(write_script(workflow, catalog))


def test_no_picture_is_larger_than_the_zoo_can_make(drawn: list[tuple[str, Workflow]]) -> None:
    largest = Counter[float]()
    for _, workflow in drawn:
        sizes = sides(workflow)
        assert len(sizes) >= 3
        assert all(48 <= side <= MOST_SIDE for size in sizes for side in size), sizes
        largest[max(sizes[-1])] += 1
    assert largest[64] > len(drawn) / 6 and largest[128] > len(drawn) / 6 and largest[256] > 3


def test_a_picture_that_no_factor_fits_stays_as_large_as_it_is(catalog: Catalog) -> None:
    installation = Installation(catalog)
    for seed in range(2500):  # 1710 enlarges 80 pixels to 160, of which three quarters are no multiple of 16
        workflow = draw_workflow(installation, "a large detailed poster of two red stars", Random(seed))
        assert workflow is not None
        for node in workflow.nodes:
            assert dict(node.inputs).get("scale_by") != 1.0


def test_variety(catalog: Catalog, drawn: list[tuple[str, Workflow]]) -> None:
    scripts = {tuple(write_script(workflow, catalog)) for _, workflow in drawn}
    assert len(scripts) > 0.97 * len(drawn)
    assert len({topology(workflow) for _, workflow in drawn}) > 100
    checkpoints, loras = Counter[str](), Counter[int]()
    samplers, schedulers, steps = Counter[str](), Counter[str](), Counter[int]()
    for _, workflow in drawn:
        checkpoints.update(node["ckpt_name"] for node in inputs(workflow, "CheckpointLoaderSimple"))
        loras[len({node["lora_name"] for kind in ("LoraLoader", "LoraLoaderModelOnly")
                   for node in inputs(workflow, kind)})] += 1  # fmt: skip
        for sampling in inputs(workflow, "KSampler"):
            samplers[sampling["sampler_name"]] += 1
            schedulers[sampling["scheduler"]] += 1
            steps[sampling["steps"]] += 1
    assert set(checkpoints) == set(ZOO_FILES["checkpoints"]) and min(checkpoints.values()) > len(drawn) / 20
    assert loras[0] > loras[1] > loras[2] > 0 and set(loras) == {0, 1, 2}
    assert len(samplers) >= 12 and len(schedulers) >= 7 and min(steps) == 4 and 26 <= max(steps) <= 30
    twice = sum(sum(node.class_type in SAMPLINGS for node in one.nodes) == 2 for _, one in drawn)
    assert twice > len(drawn) / 5
    assert all(len(list(inputs(one, "CheckpointLoaderSimple"))) == 1 for _, one in drawn), "one main model each"
    for kind in ("ModelSamplingSD3", "ImageUpscaleWithModel", "LatentUpscaleBy", "VAEEncode", "SamplerCustomAdvanced",
                 "ConditioningZeroOut"):  # fmt: skip
        assert any(inputs(workflow, kind) for _, workflow in drawn), kind


def test_strengths_and_guidance(drawn: list[tuple[str, Workflow]]) -> None:
    for _, workflow in drawn:
        for lora in (*inputs(workflow, "LoraLoader"), *inputs(workflow, "LoraLoaderModelOnly")):
            assert 0.4 <= lora["strength_model"] <= 1.2
        samplings = [node for node in inputs(workflow, "KSampler") if node["denoise"] < 1]
        assert all(0.3 <= node["denoise"] <= 0.7 for node in samplings)
        assert all(1 <= node["cfg"] <= 7 for node in inputs(workflow, "KSampler"))
        assert all(0.3 < patch["shift"] <= 6 for patch in inputs(workflow, "ModelSamplingSD3"))


@pytest.mark.parametrize(
    ("prompt", "file"),
    [
        ("a striped red circle", "miniature_textures.ckpt"),
        ("three blue stars", "miniature_crowds.ckpt"),
        ("a glowing heart at night", "miniature_nights.ckpt"),
        ("a clean minimalist red square", "miniature_flat.ckpt"),
        ("a quick draft of a ring", "miniature_turbo.ckpt"),
    ],
)
def test_a_checkpoint_named_for_the_prompt_is_preferred(prompt: str, file: str, catalog: Catalog) -> None:
    installation, random = Installation(catalog), Random(1)
    counts = Counter[str]()
    for _ in range(120):
        workflow = draw_workflow(installation, prompt, random)
        assert workflow is not None
        counts[inputs(workflow, "CheckpointLoaderSimple")[0]["ckpt_name"]] += 1
    assert counts.most_common(1)[0][0] == file and counts[file] < 100 and len(counts) >= 5, counts


@pytest.mark.parametrize("style", [name[10:-12] for name in ZOO_FILES["loras"]])
def test_a_style_is_mostly_brought_by_its_lora(style: str, catalog: Catalog) -> None:
    installation, random = Installation(catalog), Random(2)
    prompt = f"a red circle, {style.replace('_', ' ')}"
    used = 0
    for _ in range(80):
        workflow = draw_workflow(installation, prompt, random)
        assert workflow is not None
        loras = (*inputs(workflow, "LoraLoader"), *inputs(workflow, "LoraLoaderModelOnly"))
        used += any(lora["lora_name"] == f"miniature_{style}.safetensors" for lora in loras)
    assert 55 <= used < 80


def test_large_wide_and_quick_are_followed(catalog: Catalog) -> None:
    installation, random = Installation(catalog), Random(4)

    def many(prompt: str) -> list[Workflow]:
        found = [draw_workflow(installation, prompt, random) for _ in range(100)]
        return [workflow for workflow in found if workflow is not None]

    assert sum(max(sides(one)[-1]) > 64 for one in many("a large detailed poster of a red circle")) > 85
    wide = [sides(one)[-1] for one in many("a wide banner with a red circle")]
    assert sum(width > height for width, height in wide) > 75
    tall = [sides(one)[-1] for one in many("a phone wallpaper with a red circle")]
    assert sum(width < height for width, height in tall) > 75
    quick = [
        inputs(one, "KSampler")[0]["steps"] for one in many("a quick sketch of a circle") if inputs(one, "KSampler")
    ]
    assert max(quick) <= 12
    assert hints("a red circle on blue").calls == frozenset()


def test_the_same_seed_draws_the_same(catalog: Catalog) -> None:
    installation = Installation(catalog)
    first, again = (
        [draw_workflow(installation, "two green rings", random) for _ in range(5)] for random in (Random(1), Random(1))
    )
    assert first == again


def test_some_of_the_zoo_is_enough(object_info: dict[str, Any]) -> None:
    names = [("checkpoints", "miniature.ckpt"), ("checkpoints", "sd_xl_base_1.0.safetensors")]
    files = model_files((folder, name, identify(folder, name)) for folder, name in names)
    catalog = catalog_from_object_info(object_info, files, options_from_models=True)
    grammar, installation, random = Grammar(catalog), Installation(catalog), Random(5)
    for _ in range(40):
        workflow = draw_workflow(installation, "a red circle, watercolor, large print", random)
        assert workflow is not None and inputs(workflow, "CheckpointLoaderSimple")[0]["ckpt_name"] == "miniature.ckpt"
        grammar.accept(write_script(workflow, catalog))
    without = catalog_from_object_info(object_info, files[1:], options_from_models=True)
    assert draw_workflow(Installation(without), "a red circle", random) is None


def test_a_split_miniature_is_loaded_in_parts(object_info: dict[str, Any]) -> None:
    names = [("diffusion_models", "miniature.safetensors"), ("text_encoders", "clip_l.safetensors"),
             ("vae", "miniature_vae.safetensors")]  # fmt: skip
    files = model_files((folder, name, identify(folder, name)) for folder, name in names)
    catalog = catalog_from_object_info(object_info, files, options_from_models=True)
    workflow = draw_workflow(Installation(catalog), "a red circle", Random(0))
    assert workflow is not None and inputs(workflow, "CLIPLoader")[0]["type"] == "sd3"
    Grammar(catalog).accept(write_script(workflow, catalog))


def test_other_prompts_on_the_zoo_alone_get_its_workflows(catalog: Catalog) -> None:
    workflow = draw(Installation(catalog), plainly_wanted("a portrait of a woman"), Random(0))
    assert workflow is not None and max(max(size) for size in sides(workflow)) <= MOST_SIDE


# ---- corpora -----------------------------------------------------------------------------------------------------


def test_a_corpus_on_the_zoo(object_info: dict[str, Any], catalog: Catalog) -> None:
    settings = ShardSettings(object_info, CURATED, (), (), 0, False, True)
    (shard,) = [next(shards(settings, 1))]
    assert len(shard.lines) >= PAIRS_A_SHARD - 3 and sum(shard.rejected.values()) == PAIRS_A_SHARD - len(shard.lines)
    grammar = Grammar(catalog)
    for line in shard.lines:
        pair = json.loads(line)
        assert pair["source"] == "miniature" and tuple(pair["files"]) == grammar.files and pair["mains"] == 6
    assert {row[1] for row in shard.rows} == {"miniature"}
    kept = next(shards(ShardSettings(object_info, CURATED, (), (), 0, True, True), 1))
    trained, held_out = ({json.loads(line)["prompt"] for line in one.lines} for one in (shard, kept))
    assert len(held_out) > 50 and not trained & held_out


def test_the_command_writes_one(object_info_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "zoo.jsonl"
    assert main(["--object-info", str(object_info_path), "--out", str(out), "--count", "40", "--zoo"]) == 0
    assert len(out.read_text(encoding="utf-8").splitlines()) == 40
    card = json.loads(out.with_suffix(".card.json").read_text(encoding="utf-8"))
    assert card["zoo"] is True and card["by_family"] == {"miniature": 40}


# ---- the installation --------------------------------------------------------------------------------------------


def test_the_files_are_of_the_family() -> None:
    models = zoo_models()
    assert len(models) == 14
    assert {model.alias for model in models if model.role != "upscaler"} == {
        f"miniature/{name.rpartition('.')[0]}" for folder in ("checkpoints", "loras") for name in ZOO_FILES[folder]
    }
    assert {model.scale for model in models if model.role == "upscaler"} == {2}


def test_it_is_what_a_server_with_these_files_says(comfyui_path: Path, tmp_path: Path) -> None:
    place_pack(tmp_path / "custom_nodes" / "nodewright")
    for folder, names in ZOO_FILES.items():
        (tmp_path / "models" / folder).mkdir(parents=True)
        for name in names:
            path = tmp_path / "models" / folder / name
            if folder == "checkpoints":
                path.touch()
            else:
                save_file(_header(folder), path)

    async def read(url: str) -> tuple[dict[str, Any], Any]:
        async with Client(url) as client:
            return await client.object_info(), await client.models()

    with ComfyUI(comfyui_path, tmp_path) as server:
        object_info, models = asyncio.run(read(server.url))
    ours = zoo_catalog(object_info)
    assert ours.models == models
    theirs = catalog_from_object_info(object_info, models)
    assert ours.fingerprint == theirs.fingerprint and ours.classes == theirs.classes
    assert Grammar(ours).files == Grammar(theirs).files


def _header(folder: str) -> dict[str, np.ndarray[Any, Any]]:
    """The names and shapes of a small LoRA, or of an upscaler that doubles."""
    if folder == "loras":
        layer = "diffusion_model.joint_blocks.0.x_block.attn.qkv"
        return {f"{layer}.lora_A.weight": np.zeros((2, 192), np.float32),
                f"{layer}.lora_B.weight": np.zeros((576, 2), np.float32)}  # fmt: skip
    return {"body.0.weight": np.zeros((16, 3, 3, 3), np.float32), "body.1.weight": np.zeros(16, np.float32),
            "body.2.weight": np.zeros((12, 16, 3, 3), np.float32)}  # fmt: skip
