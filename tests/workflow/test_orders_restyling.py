"""A second sampling with a changed text: sound in every workflow that the grammar writes."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from comfyui_walks import walk
from installation_data import NEWEST, local_templates
from partial_installations import catalog_of, write_installation

from nodewright.workflow.api_format import from_api, to_api
from nodewright.workflow.ask.ask import Region
from nodewright.workflow.ask.media import kept_in, restyled
from nodewright.workflow.ask.syntax import read_ask
from nodewright.workflow.asked import asked_of
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.finishing import finished
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import Grammar
from nodewright.workflow.graph import Workflow
from nodewright.workflow.ordered import with_orders
from nodewright.workflow.regions import with_regions
from nodewright.workflow.restyling import with_restyle
from nodewright.workflow.script.script import read_script, render, write_script
from nodewright.workflow.sense.roles import MOST_SAMPLINGS, samples
from nodewright.workflow.silly import silly
from nodewright.workflow.validate import validate

WALKS = 12
REGIONS = (Region(0, 0, 0.5, 1, "a red circle"), Region(0.5, 0, 0.5, 1, "a blue star"))
FAMILIES = ("sd15", "sdxl", "sd3", "flux", "qwen_image", "z_image")
FIRST, SECOND = "a photo of a fox", "an oil painting of a fox"


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    base = tmp_path_factory.mktemp("restyling")
    return catalog_of("mixed_40", write_installation("mixed_40", base), NEWEST)


def _restyled(workflow: Workflow, catalog: Catalog) -> Workflow | None:
    return with_restyle(workflow, catalog, "an oil painting", FIRST)


def _samplings(workflow: Workflow, catalog: Catalog) -> int:
    return sum(samples(catalog.classes[node.class_type]) for node in workflow.nodes)


@pytest.mark.parametrize("required", ["", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced"])
@pytest.mark.parametrize("family", FAMILIES)
def test_what_the_grammar_writes_is_restyled(family: str, required: str, catalog: Catalog) -> None:
    constraints = Constraints(families=frozenset({family}), required=(required,) if required else ())
    grammar, rng, done = Grammar(catalog, constraints), random.Random(family + required), 0
    for _ in range(WALKS):
        before = walk(grammar, rng).workflow()
        after = _restyled(before, catalog)
        if after is None:  # three samplings already, or a first one that does not read the prompt
            continue
        assert _samplings(after, catalog) <= MOST_SAMPLINGS
        done += 1
        assert _samplings(after, catalog) == _samplings(before, catalog) + 1
        assert validate(after, catalog) == []
        assert silly(after, catalog) == []
        texts = [
            str(value) for node in to_api(after, prompt=FIRST, seed=1).values() for value in node["inputs"].values()
        ]
        assert any(text.startswith(FIRST) for text in texts)
        assert any(text.startswith(SECOND) for text in texts)
        assert read_script(render(write_script(after, catalog), catalog), catalog).signature() == after.signature()
    assert done > WALKS // 3


def _plain(catalog: Catalog, family: str, **constraints: Any) -> Workflow:
    grammar = Grammar(catalog, Constraints(families=frozenset({family}), **constraints))
    for seed in range(100):
        workflow = walk(grammar, random.Random(seed)).workflow()
        if _samplings(workflow, catalog) == 1:
            return workflow
    raise AssertionError("no plain workflow in 100 walks")


def test_a_prompt_that_orders_it_gets_it(catalog: Catalog) -> None:
    ask = read_ask("Make a photo of a fox, then turn it into an oil painting")
    workflow = _plain(catalog, "sdxl", required=("KSampler",))
    changed, notes = with_orders(workflow, ask, catalog)
    assert notes == ()
    first, second = (node for node in changed.nodes if node.class_type == "KSampler")
    assert second.input("denoise") == 0.6
    for name in ("model", "steps", "cfg", "sampler_name", "scheduler"):
        assert first.input(name) == second.input(name) or name == "model"
    assert first.input("positive") != second.input("positive")
    api = to_api(changed, prompt="x", seed=1)
    assert len({node["inputs"]["seed"] for node in api.values() if node["class_type"] == "KSampler"}) == 2


def test_what_was_added_to_the_prompt_stays_where_it_is(catalog: Catalog) -> None:
    ask = read_ask("a photo of a fox on the left, a bear on the right. Then turn it into an oil painting")
    text = f"score_9, {ask.text}, detailed"
    patches = frozenset(name for name in catalog.classes if name.startswith("Conditioning") and "Combine" not in name)
    workflow = _plain(catalog, "sdxl", required=("KSampler",), forbidden=patches)
    changed, notes = with_orders(workflow, ask, catalog, text=text)
    assert notes == ()
    api = to_api(changed, prompt=text, seed=1)
    texts = [str(value) for node in api.values() for value in node["inputs"].values()]
    for expected in (
        text,
        "score_9, a fox, detailed",
        "score_9, an oil painting of a fox on the left, a bear on the right, detailed",
        "score_9, an oil painting of a bear, detailed",
    ):
        assert any(one.startswith(expected) for one in texts), texts


def test_a_written_workflow_is_finished_with_it(catalog: Catalog) -> None:
    prompt = "Make a photo of a fox, use sdxl. Then turn it into an oil painting."
    asked = asked_of(prompt, catalog, Constraints(max_nodes=60))
    whole = finished(asked, _plain(catalog, "sdxl", required=("KSampler",)), catalog, 7)
    kinds = [node["class_type"] for node in whole.api.values()]
    assert kinds.count("KSampler") == 2
    assert validate(whole.api, catalog) == []
    texts = " | ".join(str(value) for node in whole.api.values() for value in node["inputs"].values())
    assert "a photo of a fox" in texts
    assert "an oil painting of a fox" in texts
    assert "turn it into" not in texts


def test_without_such_an_order_nothing_changes(catalog: Catalog) -> None:
    workflow = _plain(catalog, "sdxl")
    assert with_orders(workflow, read_ask("a fox in the snow"), catalog) == (workflow, ())


def test_too_many_nodes_are_noted(catalog: Catalog) -> None:
    workflow, ask = _plain(catalog, "sdxl"), read_ask("draw a fox, then turn it into an oil painting")
    changed, notes = with_orders(workflow, ask, catalog, most_nodes=len(workflow.nodes))
    assert changed == workflow
    assert notes[0].startswith("Turning the picture into another would take")


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        ("a photo of a fox in the snow", "an oil painting", "an oil painting of a fox in the snow"),
        ("a fox, 35mm photograph, snow", "a watercolor", "a watercolor of a fox, snow"),
        ("a fox in the snow", "anime", "anime style, a fox in the snow"),
        ("a fox, oil painting", "pixel art", "pixel art, a fox"),
        ("a castle on a hill", "a ruin", "a castle on a hill, a ruin"),
        ("a castle", "in the style of Monet", "a castle, in the style of Monet"),
        ("油画", "水彩", "水彩, 油画"),
        ("狐狸，照片", "油画", "油画, 狐狸"),
        ("", "anime", "anime"),
    ],
)
def test_the_changed_text(text: str, style: str, expected: str) -> None:
    assert restyled(text, style) == expected


def test_what_the_style_is_is_no_longer_kept_out() -> None:
    assert kept_in("blurry, painting, 3d render", "an oil painting") == "blurry, 3d render"
    assert kept_in("painting", "an oil painting") == ""


@pytest.mark.parametrize("name", ["only_sd15", "flux_split", "z_image_gguf", "few_classes"])
def test_installations_with_few_parts(name: str, tmp_path: Path) -> None:
    catalog = catalog_of(name, write_installation(name, tmp_path), NEWEST)
    grammar, rng = Grammar(catalog, Constraints()), random.Random(name)
    found = [_restyled(walk(grammar, rng).workflow(), catalog) for _ in range(WALKS)]
    assert any(found)
    for workflow in found:
        assert workflow is None or (validate(workflow, catalog), silly(workflow, catalog)) == ([], [])


def test_official_templates_stay_sound(object_info: dict[str, Any]) -> None:
    """A second sampling and regions add no problem to graphs that people wired, whatever samples in them."""
    catalog, done = catalog_from_object_info(object_info), {"restyled": 0, "regions": 0}
    for template in local_templates():
        before = from_api(template.api)
        known = {problem.message for problem in validate(before, catalog)} | _messages(before, catalog)
        for name, after in (
            ("restyled", with_restyle(before, catalog, "an oil painting", "not in it")),
            ("regions", with_regions(before, catalog, REGIONS, "not in it")),
        ):
            if after is not None:
                done[name] += 1
                found = {problem.message for problem in validate(after, catalog)} | _messages(after, catalog)
                assert found <= known, template.name
    assert min(done.values()) > 120


def _messages(workflow: Workflow, catalog: Catalog) -> set[str]:
    return {finding.message for finding in silly(workflow, catalog)}
