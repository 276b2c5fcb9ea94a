"""Regions: read from prompts, and sound in every workflow that the grammar writes."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from comfyui_walks import walk
from installation_data import NEWEST
from partial_installations import catalog_of, write_installation

from nodewright.workflow.api_format import to_api
from nodewright.workflow.ask.ask import Region
from nodewright.workflow.ask.syntax import read_ask
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import Grammar
from nodewright.workflow.ordered import with_orders
from nodewright.workflow.regions import AREA, COMBINE, with_regions
from nodewright.workflow.silly import silly
from nodewright.workflow.validate import validate

LEFT, RIGHT = (0, 0, 0.5, 1), (0.5, 0, 0.5, 1)
TOP, BOTTOM = (0, 0, 1, 0.5), (0, 0.5, 1, 0.5)
CASES = {
    "a red car on the left and a blue car on the right": [(LEFT, "a red car"), (RIGHT, "a blue car")],
    "X in the left half and Y on the right": [(LEFT, "X"), (RIGHT, "Y")],
    "a castle at the top, a lake at the bottom": [(TOP, "a castle"), (BOTTOM, "a lake")],
    "left: a cat, right: a dog": [(LEFT, "a cat"), (RIGHT, "a dog")],
    "left half: a knight; right half: a dragon": [(LEFT, "a knight"), (RIGHT, "a dragon")],
    "On the left there is a castle, on the right a dragon": [(LEFT, "a castle"), (RIGHT, "a dragon")],
    "a photo of a woman on the left side of the image and a man on the right": [(LEFT, "a woman"), (RIGHT, "a man")],
    "a tree in the left half of the picture": [(LEFT, "a tree")],
    "a cat in the top left corner": [((0, 0, 0.5, 0.5), "a cat")],
    "a cat on the left, on the right a dog": [(LEFT, "a cat"), (RIGHT, "a dog")],
    "split screen: summer on the left, winter on the right, oil painting": [(LEFT, "summer"), (RIGHT, "winter")],
    "top: sky, middle: hills, bottom: a lake": [
        ((0, 0, 1, 0.34), "sky"), ((0, 0.33, 1, 0.34), "hills"), ((0, 0.66, 1, 0.34), "a lake"),
    ],
    "the left side shows a city, the right side shows a jungle": [(LEFT, "a city"), (RIGHT, "a jungle")],
    "Place a robot on the left and a dinosaur on the right": [(LEFT, "a robot"), (RIGHT, "a dinosaur")],
    "links ein Schloss, rechts ein See": [(LEFT, "ein Schloss"), (RIGHT, "ein See")],
    "à gauche un château, à droite un lac": [(LEFT, "un château"), (RIGHT, "un lac")],
    "a la izquierda un castillo, a la derecha un lago": [(LEFT, "un castillo"), (RIGHT, "un lago")],
    "à esquerda um castelo, à direita um lago": [(LEFT, "um castelo"), (RIGHT, "um lago")],
    "слева замок, справа озеро": [(LEFT, "замок"), (RIGHT, "озеро")],
    "左边是一只猫，右边是一只狗": [(LEFT, "一只猫"), (RIGHT, "一只狗")],
    "左に猫、右に犬": [(LEFT, "猫"), (RIGHT, "犬")],
    "왼쪽에는 고양이, 오른쪽에는 개": [(LEFT, "고양이"), (RIGHT, "개")],
}  # fmt: skip
REGIONS = (Region(*LEFT, "a red circle"), Region(*RIGHT, "a blue star"))
PROMPT = "a red circle on the left and a blue star on the right"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    base = tmp_path_factory.mktemp("regions")
    return catalog_of("mixed_40", write_installation("mixed_40", base), NEWEST)


@pytest.mark.parametrize("prompt", CASES)
def test_regions_are_read(prompt: str) -> None:
    ask = read_ask(prompt)
    assert [((one.x, one.y, one.width, one.height), one.text) for one in ask.regions] == CASES[prompt]


@pytest.mark.parametrize(
    "prompt",
    [
        "turn left sign",
        "left-handed guitarist",
        "the right to vote poster",
        "a house on the left side of the road and trees on the right side of the road",
        "a man with a sword in his right hand and a shield on the left arm",
        "a cup on the left",
        "a candle in the center",
        "a man turning left and a woman turning right",
        "politics: the left and the right",
        "a bird at the top of the tree and a dog at the bottom of the stairs",
        "the bottom line",
        "top model on a catwalk",
    ],
)
def test_what_only_names_a_side_is_no_region(prompt: str) -> None:
    assert read_ask(prompt).regions == ()


def test_depth_is_noted_to_be_text_only(catalog: Catalog) -> None:
    ask = read_ask("in the foreground a cat, in the background a mountain")
    workflow = walk(Grammar(catalog, Constraints(families=frozenset({"sdxl"}))), random.Random(1)).workflow()
    assert with_orders(workflow, ask, catalog) == (
        workflow,
        ("Foreground and background are only said in the text; no node places anything by depth",),
    )


def _forbidden(catalog: Catalog) -> frozenset[str]:
    """What limits conditionings: a policy hardly ever does it, a random walk does so all the time."""
    return frozenset(name for name in catalog.classes if name.startswith(("ConditioningSet", "ConditioningMult")))


@pytest.mark.parametrize("family", ["sd15", "sdxl", "sd3", "flux", "z_image", "qwen_image"])
def test_what_the_grammar_writes_gets_regions(family: str, catalog: Catalog) -> None:
    grammar = Grammar(catalog, Constraints(families=frozenset({family}), forbidden=_forbidden(catalog)))
    rng, done = random.Random(family), 0
    for _ in range(12):
        before = walk(grammar, rng).workflow()
        after = with_regions(before, catalog, REGIONS, PROMPT)
        if after is None:  # no sampling reads the prompt in a way that is known
            continue
        done += 1
        assert validate(after, catalog) == []
        assert silly(after, catalog) == []
        texts = {value for node in to_api(after, prompt=PROMPT, seed=0).values() for value in node["inputs"].values()
                 if isinstance(value, str)}  # fmt: skip
        for start in (PROMPT, "a red circle", "a blue star"):
            assert any(text.startswith(start) for text in texts)
        classes = [node.class_type for node in after.nodes]
        assert classes.count("ConditioningSetMask" if family == "qwen_image" else AREA) >= 2
        assert classes.count(COMBINE) >= 2
    assert done > 6


@pytest.mark.usefixtures("comfyui_modules")
def test_a_mask_limits_latents_with_frames(catalog: Catalog) -> None:
    """Qwen-Image's latents have frames; what ComfyUI makes of the nodes is the left half of them."""
    import comfy.samplers
    import torch
    from comfy_extras import nodes_mask

    grammar = Grammar(catalog, Constraints(families=frozenset({"qwen_image"}), forbidden=_forbidden(catalog)))
    after = with_regions(walk(grammar, random.Random(1)).workflow(), catalog, REGIONS, PROMPT)
    assert after is not None
    assert (validate(after, catalog), silly(after, catalog)) == ([], [])
    api = to_api(after, prompt=PROMPT, seed=0)
    node = next(node["inputs"] for node in api.values() if node["class_type"] == "ConditioningSetMask")
    both = api[node["mask"][0]]["inputs"]
    filled = {name: api[both[name][0]]["inputs"] for name in ("destination", "source")}
    masks = {name: nodes_mask.SolidMask().solid(**inputs)[0] for name, inputs in filled.items()}
    mask = nodes_mask.MaskComposite().combine(**{**both, **masks})[0]
    conditionings = [{"mask": mask, "strength": 1.0, "model_conds": {}, "uuid": 0}]
    latent = torch.zeros(2, 16, 1, 24, 32)
    comfy.samplers.resolve_areas_and_cond_masks_multidim(conditionings, latent.shape[2:], "cpu")
    weight = comfy.samplers.get_area_and_mult(conditionings[0], latent, torch.ones(1)).mult
    assert weight.shape == latent.shape
    assert weight[..., :15].min() > 0.99
    assert weight[..., 17:].max() < 0.01


def test_an_installation_without_the_class_leaves_it_to_the_text(catalog: Catalog) -> None:
    less = replace(
        catalog, classes={name: one for name, one in catalog.classes.items() if name not in (AREA, "SolidMask")}
    )
    workflow = walk(Grammar(less, Constraints(families=frozenset({"sdxl"}))), random.Random(1)).workflow()
    assert with_regions(workflow, less, REGIONS, PROMPT) is None
    changed, notes = with_orders(workflow, read_ask(PROMPT), less)
    assert changed == workflow
    assert notes == (
        "Where things are to be is only said in the text: this workflow cannot be guided region by region",
    )
