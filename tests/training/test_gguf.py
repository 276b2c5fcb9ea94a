"""GGUF files in simulated installations, and the workflows that are drawn for them."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from installations import installation

from nodewright.training.corpus.installations.gguf import ENCODER_NAMES, is_gguf, with_gguf_loaders
from nodewright.training.corpus.installations.installed import installed
from nodewright.training.corpus.installations.inventories import draw_inventory
from nodewright.training.corpus.synthesis.choosing import Installation
from nodewright.training.corpus.synthesis.recipes import draw
from nodewright.training.corpus.synthesis.wanted import plainly_wanted
from nodewright.training.sft.tokenizer import catalog_words
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.constraints import CORPUS_MEGAPIXELS, Constraints
from nodewright.workflow.grammar.grammar import Grammar
from nodewright.workflow.graph import Workflow
from nodewright.workflow.script.script import write_script
from nodewright.workflow.validate import validate

Z_IMAGE = (
    ("diffusion_models", "z_image_turbo-Q8_0.gguf"),
    ("text_encoders", "Qwen3-4B-UD-Q6_K_XL.gguf"),
    ("vae", "ae.safetensors"),
)


@pytest.fixture(scope="module")
def base(object_info: dict[str, Any]) -> Catalog:
    return catalog_from_object_info(object_info, (), options_from_models=True)


def classes(workflow: Workflow) -> list[str]:
    return [node.class_type for node in workflow.nodes]


def test_some_installations_have_gguf_files_that_their_names_tell_apart() -> None:
    for held_out in (False, True):
        random = Random(7)
        drawn = [draw_inventory(random, held_out=held_out) for _ in range(1500)]
        with_gguf = [files for files in drawn if any(is_gguf(file.name) for file in files)]
        assert 0.04 < len(with_gguf) / len(drawn) < 0.15
        found = [file for files in with_gguf for file in files if is_gguf(file.name)]
        assert {file.folder for file in found} == {"diffusion_models", "text_encoders"}
        for file in found:
            named = identify(file.folder, file.name)
            assert (named.role, named.families, named.encoder) == (file.role, file.families, file.encoder)
        families = {family for file in found if file.folder == "diffusion_models" for family in file.families}
        assert {"flux", "qwen_image", "z_image"} <= families


@pytest.mark.parametrize("encoder", sorted(ENCODER_NAMES))
def test_the_names_of_text_encoders_state_what_they_are(encoder: str) -> None:
    for name in ENCODER_NAMES[encoder]:
        assert identify("text_encoders", name.format("Q4_K_M") + ".gguf").encoder == encoder


def test_gguf_files_bring_their_loaders_and_are_listed_by_them_alone(
    base: Catalog, object_info: dict[str, Any]
) -> None:
    models = installation(object_info, *Z_IMAGE, ("diffusion_models", "flux1-dev.safetensors")).models
    catalog = installed(base, models)

    def listed(name: str) -> tuple[Any, ...]:
        return catalog.classes[name].inputs[0].options

    assert listed("UnetLoaderGGUF") == ("z_image_turbo-Q8_0.gguf",)
    assert listed("UNETLoader") == ("flux1-dev.safetensors",)
    assert listed("CLIPLoaderGGUF") == ("Qwen3-4B-UD-Q6_K_XL.gguf",) and listed("CLIPLoader") == ()
    types = {spec.name: spec.options for spec in catalog.classes["DualCLIPLoaderGGUF"].inputs}["type"]
    assert types == {spec.name: spec.options for spec in base.classes["DualCLIPLoader"].inputs}["type"]
    assert "UnetLoaderGGUF" not in installed(base, models[-1:]).classes
    assert with_gguf_loaders(catalog) is catalog, "what an installation has is kept"
    assert {"UnetLoaderGGUF", "CLIPLoaderGGUF"} <= set(catalog_words(with_gguf_loaders(base)))


def test_z_image_as_gguf_gets_the_workflow_of_the_safetensors_file(base: Catalog, object_info: dict[str, Any]) -> None:
    catalog = installed(base, installation(object_info, *Z_IMAGE).models)
    drawn = _drawn(catalog, 30)
    for workflow in drawn:
        names = classes(workflow)
        assert names.count("UnetLoaderGGUF") == names.count("CLIPLoaderGGUF") == 1
        assert sum(name.startswith("ModelSampling") for name in names) <= 1
    assert sorted(len(workflow.nodes) for workflow in drawn)[15] <= 10


def test_every_kind_of_gguf_installation_gets_workflows_that_the_grammar_allows(base: Catalog) -> None:
    random, seen = Random(3), set()
    for _ in range(200):
        models = draw_inventory(random)
        if not any(is_gguf(file.name) for file in models):
            continue
        seen |= {name for workflow in _drawn(installed(base, models), 3) for name in classes(workflow)}
    assert {"UnetLoaderGGUF", "CLIPLoaderGGUF", "DualCLIPLoaderGGUF", "UNETLoader"} <= seen


def _drawn(catalog: Catalog, count: int) -> list[Workflow]:
    """Workflows that recipes write; each is valid, and what the grammar allows."""
    grammar = Grammar(catalog, Constraints(max_megapixels=CORPUS_MEGAPIXELS))
    found = []
    for number in range(count):
        random = Random(number)
        workflow = draw(Installation(catalog), plainly_wanted("a cat in the snow"), random)
        if workflow is None:
            continue
        grammar.accept(write_script(workflow, catalog))
        assert validate(workflow, catalog) == []
        found.append(workflow)
    return found
