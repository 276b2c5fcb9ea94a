"""Recipes: whatever is installed, what they draw can be written, keeps the ranges and follows the prompt."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest

from nodewright.miniature.family import FAMILY as MINIATURE
from nodewright.training.common.topology import topology
from nodewright.training.corpus.installations.installed import installed
from nodewright.training.corpus.installations.inventories import draw_inventory
from nodewright.training.corpus.installations.traits import traits
from nodewright.training.corpus.prompts.cues import CUES, STYLE_CUES, cues
from nodewright.training.corpus.prompts.generator import draw_prompt
from nodewright.training.corpus.synthesis.choosing import Installation, choose, family_key
from nodewright.training.corpus.synthesis.recipes import draw
from nodewright.training.corpus.synthesis.wanted import plainly_wanted
from nodewright.training.evaluate_policy.cases import possible
from nodewright.training.evaluate_policy.measures import follows, kept_ranges
from nodewright.workflow.catalog.catalog import Catalog, ModelFile
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.catalog.model_files import model_files
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.constraints import CORPUS_MEGAPIXELS, Constraints
from nodewright.workflow.grammar.grammar import Grammar
from nodewright.workflow.graph import Link, Node, Workflow, WorkflowError
from nodewright.workflow.script.script import write_script
from nodewright.workflow.workflow_facts import workflow_facts


@pytest.fixture(scope="module")
def base(object_info: dict[str, Any]) -> Catalog:
    return catalog_from_object_info(object_info, ())


class Place:
    """An installation, as policy_evaluation/cases.py has them."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog, self.files = catalog, Installation(catalog)
        self.grammar = Grammar(catalog, Constraints(max_megapixels=CORPUS_MEGAPIXELS))

    def fitting(self, style: str) -> list[ModelFile]:
        mains = [main for main in self.files.mains if family_key(main) != MINIATURE.name]
        loras = [lora for main in mains for lora in self.files.loras(main)]
        return [file for file in (*mains, *loras) if style in traits(file.alias, lora=file.folder == "loras")]


def place(base: Catalog, *files: tuple[str, str]) -> Place:
    return Place(installed(base, model_files((folder, name, identify(folder, name)) for folder, name in files)))


@pytest.fixture(scope="module")
def places(base: Catalog) -> list[Place]:
    random, found = Random(11), list[Place]()
    while len(found) < 50:
        try:
            one = Place(installed(base, draw_inventory(random)))
        except WorkflowError:
            continue
        if any(family_key(main) != MINIATURE.name for main in one.files.mains):
            found.append(one)
    return found


@pytest.fixture(scope="module")
def drawn(places: list[Place]) -> list[tuple[str, Place, Workflow]]:
    """One workflow for each of many prompts, half of them with a cue."""
    random, found = Random(12), list[tuple[str, Place, Workflow]]()
    for index in range(1500):
        one, prompt = places[index % len(places)], draw_prompt(random)
        if index % 2 and not cues(prompt):
            prompt = draw_prompt(random)
        workflow = draw(one.files, plainly_wanted(prompt), random)
        assert workflow is not None
        found.append((prompt, one, workflow))
    return found


def at_least(successes: int, count: int, share: float) -> bool:
    """Whether a share of `share` could have given this: four standard deviations."""
    return successes >= count * share - 4 * (count * share * (1 - share)) ** 0.5


def test_everything_passes_the_grammar(drawn: list[tuple[str, Place, Workflow]]) -> None:
    refused = Counter[str]()
    for _, one, workflow in drawn:
        try:
            one.grammar.accept(write_script(workflow, one.catalog))
        except WorkflowError as error:
            refused[str(error)[:200]] += 1
    assert refused.total() <= len(drawn) / 100, refused.most_common(3)


def test_ranges_are_kept(drawn: list[tuple[str, Place, Workflow]]) -> None:
    judged = 0
    for _, one, workflow in drawn:
        kept = kept_ranges(workflow_facts(workflow, one.catalog))
        if kept is not None:
            judged += 1
            assert all(kept.values()), (kept, write_script(workflow, one.catalog))
    assert judged > len(drawn) * 0.8


@pytest.mark.parametrize("cue", CUES)
def test_cues_are_followed(cue: str, drawn: list[tuple[str, Place, Workflow]]) -> None:
    promised = 0.88 if cue in STYLE_CUES else 0.95  # 0.93 of the time a model fits, and a LoRA is used in 0.95 of that
    followed = count = 0
    for prompt, one, workflow in drawn:
        found = cues(prompt)
        alone = len(found & frozenset(STYLE_CUES)) == 1 or cue not in STYLE_CUES
        if cue in found and alone and possible(cue, one):  # type: ignore[arg-type]
            count += 1
            followed += follows(cue, workflow_facts(workflow, one.catalog))
    assert count >= 12, "too few prompts with this cue to tell"
    assert at_least(followed, count, promised), f"{followed} of {count}"


def test_without_a_cue_nothing_is_followed(drawn: list[tuple[str, Place, Workflow]]) -> None:
    """The measure itself can tell: most prompts without a cue get neither a tall picture nor further stages."""
    plain = [workflow_facts(workflow, one.catalog) for prompt, one, workflow in drawn if not cues(prompt)]
    assert sum(follows("tall", found) for found in plain) < 0.35 * len(plain)
    assert sum(follows("detailed", found) for found in plain) < 0.4 * len(plain)
    assert sum(follows("quick", found) for found in plain) < 0.95 * len(plain)


def test_variety(drawn: list[tuple[str, Place, Workflow]]) -> None:
    scripts = {tuple(write_script(workflow, one.catalog)) for _, one, workflow in drawn}
    assert len(scripts) > 0.93 * len(drawn)
    assert len({topology(workflow) for _, _, workflow in drawn}) > 250


SDXL = ("checkpoints", "sd_xl_base_1.0.safetensors")
ANIME = ("checkpoints", "animagine-xl-4.0.safetensors")


def main_of(workflow: Workflow) -> str:
    return next(str(node.input("ckpt_name")) for node in workflow.nodes if node.class_type == "CheckpointLoaderSimple")


def test_the_model_is_chosen_by_the_prompt(base: Catalog) -> None:
    one, random = place(base, SDXL, ANIME), Random(3)
    anime = [main_of(draw(one.files, plainly_wanted("an anime girl in a garden"), random)) for _ in range(200)]  # type: ignore[arg-type]
    plain = [main_of(draw(one.files, plainly_wanted("a stone bridge"), random)) for _ in range(200)]  # type: ignore[arg-type]
    assert at_least(anime.count(ANIME[1]), 200, 0.93)
    assert plain.count(ANIME[1]) < 50


def test_a_lora_brings_the_style_that_no_model_has(base: Catalog) -> None:
    lora, random = ("loras", "pixel-art-xl.safetensors"), Random(4)
    one = place(base, SDXL, lora)
    used = Counter[str]()
    for prompt in ("pixel art of a castle", "a castle"):
        for _ in range(200):
            workflow = draw(one.files, plainly_wanted(prompt), random)
            assert workflow is not None
            used[prompt] += any(node.class_type.startswith("LoraLoader") for node in workflow.nodes)
    assert at_least(used["pixel art of a castle"], 200, 0.86)
    assert used["a castle"] < 40


def test_quick_takes_the_distilled_model_and_no_stages(base: Catalog) -> None:
    turbo = ("checkpoints", "sd_xl_turbo_1.0_fp16.safetensors")
    one, random = place(base, SDXL, turbo, ("upscale_models", "4x-UltraSharp.pth")), Random(5)
    workflows = [draw(one.files, plainly_wanted("a quick sketch of a boat"), random) for _ in range(200)]
    assert sum(main_of(workflow) == turbo[1] for workflow in workflows if workflow) > 120
    assert not any("Upscale" in node.class_type for workflow in workflows if workflow for node in workflow.nodes)


def test_detailed_takes_stages_and_the_upscaler_that_is_there(base: Catalog) -> None:
    random = Random(6)
    shares = []
    for files in ((SDXL,), (SDXL, ("upscale_models", "4x-UltraSharp.pth"))):
        one = place(base, *files)
        workflows = [draw(one.files, plainly_wanted("a highly detailed castle, intricate"), random) for _ in range(300)]
        classes = [{node.class_type for node in workflow.nodes} for workflow in workflows if workflow]
        stages = sum(bool(found & {"LatentUpscaleBy", "LatentUpscale", "VAEEncode", "ImageScaleBy", "ImageScale",
                                   "UpscaleModelLoader"}) for found in classes)  # fmt: skip
        assert at_least(stages, 300, 0.75)
        shares.append(sum("UpscaleModelLoader" in found for found in classes))
    assert shares[0] == 0 and shares[1] > 60


def test_whoever_has_another_model_gets_that(base: Catalog) -> None:
    one, random = place(base, ("checkpoints", "miniature.ckpt"), SDXL), Random(7)
    for _ in range(20):
        assert main_of(draw(one.files, plainly_wanted("a red circle"), random)) == SDXL[1]  # type: ignore[arg-type]


def test_the_miniature_alone_serves_every_prompt(base: Catalog) -> None:
    one = place(base, ("checkpoints", "miniature.ckpt"))
    workflow = draw(one.files, plainly_wanted("a portrait of a woman"), Random(0))
    assert workflow is not None and main_of(workflow) == "miniature.ckpt"


def test_nothing_is_drawn_where_nothing_can_be_made(base: Catalog) -> None:
    catalog = installed(base, model_files([("diffusion_models", "flux1-dev.safetensors",
                                            identify("diffusion_models", "flux1-dev.safetensors"))]))  # fmt: skip
    assert choose(Installation(catalog), plainly_wanted("a castle"), Random(0)) is None
    assert draw(Installation(catalog), plainly_wanted("a castle"), Random(0)) is None


def test_the_same_seed_draws_the_same(places: list[Place]) -> None:
    for one in places[:10]:
        assert draw(one.files, plainly_wanted("an anime portrait"), Random(1)) == draw(
            one.files, plainly_wanted("an anime portrait"), Random(1)
        )


# ---- topology ----------------------------------------------------------------------------------------------------


def wired(*nodes: tuple[str, dict[str, Any]]) -> Workflow:
    return Workflow(tuple(Node(kind, tuple(inputs.items())) for kind, inputs in nodes))


def test_topology_ignores_values_and_order_but_not_links() -> None:
    load = ("Load", {"file": "a"})
    one = wired(load, ("Text", {"text": "x", "clip": Link(0, 1)}), ("Text", {"text": "y", "clip": Link(0, 1)}),
                ("Sample", {"model": Link(0, 0), "positive": Link(1, 0), "negative": Link(2, 0), "n": 20}))  # fmt: skip
    values = wired(
        ("Load", {"file": "b"}),
        ("Text", {"clip": Link(0, 1), "text": "z"}),
        ("Text", {"text": "", "clip": Link(0, 1)}),
        ("Sample", {"n": 4, "positive": Link(2, 0), "negative": Link(1, 0), "model": Link(0, 0)}),
    )
    slot = wired(load, ("Text", {"clip": Link(0, 2)}), ("Text", {"clip": Link(0, 1)}),
                 ("Sample", {"model": Link(0, 0), "positive": Link(1, 0), "negative": Link(2, 0)}))  # fmt: skip
    shared = wired(load, ("Text", {"clip": Link(0, 1)}),
                   ("Sample", {"model": Link(0, 0), "positive": Link(1, 0), "negative": Link(1, 0)}))  # fmt: skip
    two_loaders = wired(load, ("Text", {"clip": Link(0, 1)}), ("Text", {"clip": Link(0, 1)}), load,
                        ("Sample", {"model": Link(3, 0), "positive": Link(1, 0), "negative": Link(2, 0)}))  # fmt: skip
    assert topology(one) == topology(values)
    assert len({topology(each) for each in (one, slot, shared, two_loaders)}) == 4
