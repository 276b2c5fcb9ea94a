"""Variations of real graphs, and how real graphs are read."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from installation_data import WORKFLOWS

from nodewright.training.common.topology import topology
from nodewright.training.corpus.installations.installed import installed
from nodewright.training.corpus.installations.inventories import draw_inventory
from nodewright.training.corpus.prompts.generator import draw_prompt
from nodewright.training.corpus.synthesis.choosing import Installation
from nodewright.training.corpus.synthesis.examples import checked, own_catalog
from nodewright.training.corpus.synthesis.variations import Base, bases, vary
from nodewright.training.corpus.synthesis.wanted import plainly_wanted
from nodewright.training.evaluate_policy.measures import follows, kept_ranges
from nodewright.workflow.api_format import from_api
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.model_files import input_folder
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.constraints import CORPUS_MEGAPIXELS, Constraints
from nodewright.workflow.grammar.grammar import Grammar
from nodewright.workflow.graph import Link, Workflow, WorkflowError
from nodewright.workflow.rewriting import offered, simplified
from nodewright.workflow.script.script import write_script
from nodewright.workflow.workflow_facts import workflow_facts


@pytest.fixture(scope="module")
def base(object_info: dict[str, Any]) -> Catalog:
    return catalog_from_object_info(object_info, ())


@pytest.fixture(scope="module")
def real(base: Catalog) -> tuple[Base, ...]:
    return bases(base, True, WORKFLOWS)


@pytest.fixture(scope="module")
def varied(base: Catalog, real: tuple[Base, ...]) -> list[tuple[str, str, Catalog, Grammar, Workflow]]:
    """(prompt, source, catalog, grammar, variation)"""
    random, found = Random(21), list[tuple[str, str, Catalog, Grammar, Workflow]]()
    while len(found) < 800:
        catalog = installed(base, draw_inventory(random))
        try:
            grammar = Grammar(catalog, Constraints(max_megapixels=CORPUS_MEGAPIXELS))
        except WorkflowError:
            continue
        files = Installation(catalog)
        for _ in range(20):
            prompt = draw_prompt(random)
            source, workflow = vary(real, files, plainly_wanted(prompt), random)
            if workflow is not None:
                found.append((prompt, source, catalog, grammar, workflow))
    return found


def script_of(api: dict[str, Any], base: Catalog) -> list[str]:
    """The script under the grammar of an installation that has the workflow's own files."""
    workflow = from_api(api)
    catalog = own_catalog(api, base)
    return checked(offered(simplified(workflow, catalog), catalog), catalog)


def test_most_text_to_image_graphs_can_be_read(real: tuple[Base, ...]) -> None:
    names = {base.name for base in real}
    assert len(names) >= 40
    # a switch, a calculated size, a text that a language model writes, a node that passes its model on
    assert {"image_qwen_Image_2512", "image_z_image", "image_krea2_turbo_t2i", "chroma"} <= names
    assert not any("inpaint" in name or "kontext" in name or "area_composition" in name for name in names)
    classes = {node.class_type for base in real for node in base.workflow.nodes}
    assert not classes & {"LoadImage", "ControlNetApply", "PreviewAny", "ComfySwitchNode", "TextGenerate"}
    switched = [base.workflow for base in real if base.name == "image_qwen_Image_2512"]
    steps = {node.input("steps") for workflow in switched for node in workflow.nodes if node.class_type == "KSampler"}
    assert steps == {50, 4}  # its switch either way


def test_everything_passes_the_grammar(varied: list[tuple[str, str, Catalog, Grammar, Workflow]]) -> None:
    refused = 0
    for _, _, catalog, grammar, workflow in varied:
        try:
            grammar.accept(write_script(workflow, catalog))
        except WorkflowError:
            refused += 1
    assert refused <= len(varied) / 80  # sides of Mage-Flow beside the steps of 64 that its node takes


def test_a_variation_keeps_one_family(varied: list[tuple[str, str, Catalog, Grammar, Workflow]]) -> None:
    files = 0
    for _, _, catalog, _, workflow in varied:
        main = catalog.by_alias(write_script(workflow, catalog)[0])
        assert main is not None
        for node in workflow.nodes:
            for name, value in node.inputs:
                folder = input_folder(node.class_type, name)
                file = catalog.file(folder, str(value)) if folder else None
                if file is not None and file.role != "upscaler":
                    files += 1
                    assert main.families <= file.families, (main.alias, file.alias)
                assert folder is None or isinstance(value, Link) or file is not None, f"{value} is not installed"
    assert files > 1500


def test_ranges_and_cues(varied: list[tuple[str, str, Catalog, Grammar, Workflow]]) -> None:
    outside = 0
    for prompt, _, catalog, _, workflow in varied:
        found = workflow_facts(workflow, catalog)
        kept = kept_ranges(found)
        outside += kept is not None and not all(kept.values())
        if "quick" in prompt.split()[:3]:
            assert not follows("detailed", found)
    assert outside <= len(varied) / 200


def test_both_sources_and_many_shapes(varied: list[tuple[str, str, Catalog, Grammar, Workflow]]) -> None:
    assert {source for _, source, *_ in varied} == {"template", "workflow"}
    assert len({topology(workflow) for *_, workflow in varied}) > 120
    assert not any(node.class_type == "LoadImage" for *_, workflow in varied for node in workflow.nodes)


def test_switches_calculators_and_previews_are_read_away(base: Catalog) -> None:
    api = {
        "1": {"class_type": "PrimitiveBoolean", "inputs": {"value": True}},
        "2": {"class_type": "PrimitiveInt", "inputs": {"value": 30}},
        "3": {"class_type": "ComfySwitchNode", "inputs": {"switch": ["1", 0], "on_false": 8, "on_true": ["2", 0]}},
        "4": {"class_type": "ResolutionSelector",
              "inputs": {"aspect_ratio": "16:9 (Widescreen)", "megapixels": 1.0, "multiple": 64}},
        "5": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
        "6": {"class_type": "StringConcatenate",
              "inputs": {"string_a": "a cat", "string_b": "blue", "delimiter": ", "}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": ["6", 0], "clip": ["5", 1]}},
        "8": {"class_type": "EmptyLatentImage", "inputs": {"width": ["4", 0], "height": ["4", 1], "batch_size": 1}},
        "9": {"class_type": "KSampler",
              "inputs": {"model": ["5", 0], "positive": ["7", 0], "negative": ["7", 0], "latent_image": ["8", 0],
                         "seed": 1, "steps": ["3", 0], "cfg": 1, "sampler_name": "euler", "scheduler": "normal",
                         "denoise": 1}},
        "10": {"class_type": "VAEDecode", "inputs": {"samples": ["9", 0], "vae": ["5", 2]}},
        "11": {"class_type": "PreviewImage", "inputs": {"images": ["10", 0]}},
        "12": {"class_type": "PreviewAny", "inputs": {"source": ["6", 0]}},
        "13": {"class_type": "SaveImageAdvanced", "inputs": {"images": ["10", 0], "filename_prefix": "x"}},
    }  # fmt: skip
    for switched, steps in ((False, 30), (True, 8)):
        workflow = simplified(from_api(api), base, switched=switched)
        assert [node.class_type for node in workflow.nodes] == [
            "CheckpointLoaderSimple", "CLIPTextEncode", "EmptyLatentImage", "KSampler", "VAEDecode", "SaveImage",
        ]  # fmt: skip
        assert workflow.nodes[3].input("steps") == steps
        assert (workflow.nodes[2].input("width"), workflow.nodes[2].input("height")) == (1344, 768)
        assert workflow.nodes[1].input("text") == "a cat, blue"
    choices = script_of(api, base)
    assert choices[:4] == ["sdxl/sd_xl_base_1_0", "SaveImage", "VAEDecode", "KSampler"]


def test_what_cannot_be_read_says_why(base: Catalog) -> None:
    api = {"1": {"class_type": "NoSuchNode", "inputs": {}},
           "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": ""}}}  # fmt: skip
    with pytest.raises(WorkflowError, match="^NoSuchNode is not installed$"):
        script_of(api, base)
    with pytest.raises(WorkflowError, match="^the workflow saves no picture$"):
        script_of({"1": {"class_type": "KSampler", "inputs": {}}}, base)
    with pytest.raises(WorkflowError, match="as the canvas saves it"):
        script_of({"nodes": [], "links": []}, base)


def test_nothing_to_vary_for_these_models(real: tuple[Base, ...], base: Catalog) -> None:
    assert vary(real, Installation(installed(base, ())), plainly_wanted("a cat"), Random(0))[1] is None
