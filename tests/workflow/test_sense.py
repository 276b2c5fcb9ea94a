"""What the grammar writes makes sense: random walks without a finding, sizes, and required classes that come early."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from installations import walk
from partial_installations import catalog_of, write_installation

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import ConstraintError, Grammar
from nodewright.workflow.graph import Workflow
from nodewright.workflow.sense.roles import is_empty_latent, samples
from nodewright.workflow.silly import silly


@pytest.fixture(scope="module")
def catalogs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Catalog]:
    base: Path = tmp_path_factory.mktemp("installations")
    names = ("only_sd15", "sdxl_loras_upscalers", "z_image_gguf", "borrowing", "few_classes")
    return {name: catalog_of(name, write_installation(name, base / name), "0.33.0") for name in names}


def workflows(catalog: Catalog, count: int, constraints: Constraints) -> list[Workflow]:
    grammar = Grammar(catalog, constraints)
    return [walk(grammar.start(), random.Random(seed)).workflow() for seed in range(count)]


@pytest.mark.parametrize("name", ["only_sd15", "sdxl_loras_upscalers", "z_image_gguf", "borrowing", "few_classes"])
def test_no_walk_is_laughed_at(catalogs: dict[str, Catalog], name: str) -> None:
    for workflow in workflows(catalogs[name], 12, Constraints()):
        assert silly(workflow, catalogs[name]) == []


def test_without_empty_latents_a_plain_picture_is_encoded(catalogs: dict[str, Catalog]) -> None:
    catalog = catalogs["few_classes"]
    assert "EmptyLatentImage" not in catalog.classes
    encoded = 0
    for workflow in workflows(catalog, 12, Constraints()):
        classes = [node.class_type for node in workflow.nodes]
        encoded += "VAEEncode" in classes and any(name.startswith("EmptyImage") for name in classes)
        assert 1 <= sum(samples(catalog.classes[name]) for name in classes) <= 3
    assert encoded


@pytest.mark.parametrize(
    "required",
    [
        "LoraLoader",
        "ImageUpscaleWithModel",
        "UpscaleModelLoader",
        "VAEEncode",
        "LatentUpscaleBy",
        "ConditioningZeroOut",
    ],
)
def test_a_required_class_comes_before_the_second_sampling(catalogs: dict[str, Catalog], required: str) -> None:
    catalog = catalogs["sdxl_loras_upscalers"]
    grammar = Grammar(catalog, Constraints(required=(required,)))
    for seed in range(4):
        state, rng = grammar.start(), random.Random(seed)
        while state.pending >> 2 or state.phase == "main":
            state.choose(rng.choice(rng.choice(state.choice_sets).choices))
        opened = [node.class_type for node in state.nodes] + [frame.class_type for frame in state.stack]
        assert required in opened
        assert sum(samples(catalog.classes[name]) for name in opened) <= 1


@pytest.mark.parametrize("limit", [0.3, 1.0, 4.0])
def test_megapixels_are_not_paid_with_the_first_size(catalogs: dict[str, Catalog], limit: float) -> None:
    catalog = catalogs["sdxl_loras_upscalers"]
    for workflow in workflows(catalog, 8, Constraints(max_megapixels=limit)):
        for node in workflow.nodes:
            if is_empty_latent(catalog.classes[node.class_type]):
                width, height = node.input("width"), node.input("height")
                assert isinstance(width, int) and isinstance(height, int)
                assert width * height >= min(1024 * 1024 / 2, limit * 1e6 / 4)
                assert width * height <= limit * 1e6


def test_a_lora_is_not_loaded_twice_for_two_required_loaders(tmp_path: Path) -> None:
    name = "qwen_or_zimage_split"  # one LoRA for each of the two families
    catalog = catalog_of(name, write_installation(name, tmp_path), "0.33.0")
    assert len(Grammar(catalog, Constraints(required=("LoraLoader",))).main_choices) == 2
    with pytest.raises(ConstraintError, match=r"more different files of models/loras than there are"):
        Grammar(catalog, Constraints(required=("LoraLoader", "LoraLoaderModelOnly")))
