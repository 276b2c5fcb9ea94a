from __future__ import annotations

import asyncio
import copy
import json
import shutil
from dataclasses import replace
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import pytest
from adapted import adapted_by_peft
from tiny_policy import write_tiny_policy

from nodewright.miniature.installation import ZOO_CONSTRAINTS, zoo_models
from nodewright.miniature.prompts import draw_prompt
from nodewright.models.policy.adapters import adapter_of, write_adapter
from nodewright.models.policy.loading import load_policy
from nodewright.store.triplets import TripletStore
from nodewright.training.collect.collector import draw_workflows
from nodewright.training.collect.sampling import Drawing, Sampling, read_jobs
from nodewright.training.common.baselines import random_walk
from nodewright.training.common.pairs import DataError
from nodewright.training.corpus.synthesis.choosing import Installation
from nodewright.training.corpus.synthesis.zoo_workflows import draw_workflow
from nodewright.workflow.api_format import to_api
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.features.script_settings import read_settings
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import Grammar
from nodewright.workflow.script.script import read_script, write_script

SMALL = Constraints(max_nodes=8, max_megapixels=0.3, forbidden=frozenset({"Canny", "ImageBlur"}))


@pytest.fixture(scope="module")
def catalog(object_info: dict[str, Any]) -> Catalog:
    """An installation with one checkpoint."""
    return with_checkpoints(object_info, "v1-5-pruned-emaonly.ckpt")


def with_checkpoints(object_info: dict[str, Any], *files: str) -> Catalog:
    info = copy.deepcopy(object_info)
    info["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"] = [list(files), {}]
    return catalog_from_object_info(info)


@pytest.fixture
def prompts(tmp_path: Path) -> str:
    known = {"kind": "count", "split": "test"}
    rows = [{"prompt": f"{number} cats", "meaning": {"n": number}, **known} for number in range(5)]
    path = tmp_path / "prompts.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return str(path)


def test_a_lora_that_a_prompt_names_is_put_into_workflows_of_the_corpus(
    object_info: dict[str, Any], tmp_path: Path
) -> None:
    catalog = catalog_from_object_info(object_info, zoo_models(), options_from_models=True)
    installation, random = Installation(catalog), Random(0)
    rows = []
    for _ in range(150):
        workflow = draw_workflow(installation, draw_prompt(random, "train").text, random)
        assert workflow is not None
        rows.append({"prompt": "x", "choices": write_script(workflow, catalog), "source": "miniature"})
    corpus = tmp_path / "pairs.jsonl"
    corpus.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")

    def used(named: float) -> tuple[float, set[str]]:
        """Share of workflows with the LoRA that their prompt names, and the LoRAs that prompts name none of."""
        sampling = Sampling(str(corpus), "miniature:train", ZOO_CONSTRAINTS, each=4, named=named)
        drawing, asked, others = Drawing(sampling, catalog), [], set()
        for number in range(80):
            for job in drawing.group(number):
                style = (job.meaning or {}).get("style")
                loras = [alias for alias, _ in read_settings(job.choices).loras]
                if style is None:
                    others.update(loras)
                elif style in job.prompt:  # not "plasticine"
                    asked.append(any(style in alias for alias in loras))
        return sum(asked) / len(asked), others

    (without, _), (with_it, others) = used(0.0), used(0.8)
    assert without < 0.25 and with_it > 0.6
    assert len(others) > 3, "what nobody asks for is tried as well"


def test_groups_are_the_same_each_time_and_every_prompt_comes_in_turn(catalog: Catalog, prompts: str) -> None:
    settings = Sampling("random", prompts, SMALL, each=2, seeds=3, repeats=0.5, seed=7)
    drawing, again = Drawing(settings, catalog), Drawing(settings, catalog)
    groups = [drawing.group(number) for number in range(10)]
    assert [again.group(number) for number in reversed(range(10))] == groups[::-1]
    asked = [group[0].prompt for group in groups]
    assert set(asked[:5]) == set(asked[5:]) == {f"{number} cats" for number in range(5)}
    assert asked[:5] != asked[5:]
    for group in groups:
        assert len({(job.prompt, job.kind, job.split, job.source) for job in group}) == 1
        assert group[0].meaning == {"n": int(group[0].prompt[0])}
        assert len({job.choices for job in group}) == 2
        assert len({job.seed for job in group}) == len(group)
    sizes = [sum(job.choices == choices for job in group) for group in groups for choices in {j.choices for j in group}]
    assert set(sizes) == {1, 3}
    for job in chain(*groups):
        assert job.api == to_api(read_script(job.choices, catalog), prompt=job.prompt, seed=job.seed)
    other = Drawing(Sampling("random", prompts, SMALL, each=2, seed=8), catalog)
    assert other.group(0) != groups[0]


def test_a_drawing_is_known_by_its_settings_and_the_files_contents(prompts: str) -> None:
    settings = Sampling("random", prompts, SMALL)
    before = settings.key()
    assert Sampling("random", prompts, SMALL).key() == before
    assert Sampling("random", prompts, SMALL, seed=1).key() != before
    assert Sampling("random", prompts, Constraints()).key() != before
    with Path(prompts).open("a", encoding="utf-8") as file:
        file.write('\n{"prompt": "a dog"}\n')
    assert settings.key() != before


def test_scripts_of_a_corpus_get_this_installations_files(catalog: Catalog, prompts: str, tmp_path: Path) -> None:
    grammar = Grammar(catalog, SMALL)
    script = random_walk(grammar, Random(1))
    corpus = tmp_path / "corpus.jsonl"
    other = ["sd15/somebody_elses", *script[1:]]
    lines = [{"prompt": "theirs", "choices": other}, {"prompt": "flux", "choices": ["flux/dev", "@end"]}]
    corpus.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    (with_prompt,) = Drawing(Sampling(str(corpus), prompts, SMALL), catalog).group(0)
    assert with_prompt.choices == script and with_prompt.source == "corpus" and with_prompt.kind == "count"
    (own,) = Drawing(Sampling(str(corpus), None, SMALL), catalog).group(0)
    assert own.choices == script and own.prompt == "theirs"

    broken = ["sd15/a", "KSampler", "@end"]
    corpus.write_text(json.dumps({"prompt": "theirs", "choices": broken}), encoding="utf-8")
    drawing = Drawing(Sampling(str(corpus), None, SMALL), catalog)
    assert drawing.group(0) == [] and drawing.left_out == 1
    corpus.write_text(json.dumps(lines[1]), encoding="utf-8")
    with pytest.raises(DataError, match="no workflow in it is for a model of sd15"):
        Drawing(Sampling(str(corpus), None, SMALL), catalog)


def test_a_policy_writes_several_for_a_prompt(catalog: Catalog, tmp_path: Path) -> None:
    write_tiny_policy(tmp_path / "policy")
    settings = Sampling(f"policy:{tmp_path / 'policy'}", "miniature:test", SMALL, each=3)
    group = Drawing(settings, catalog).group(4)
    assert 1 <= len(group) <= 3
    assert {job.source for job in group} == {"policy"} and {job.split for job in group} == {"test"}
    assert len({job.prompt for job in group}) == 1 and group[0].meaning is not None and group[0].kind
    assert Drawing(settings, catalog).group(4) == group


def test_an_exchange_changes_the_main_model_alone(object_info: dict[str, Any]) -> None:
    files = [f"sd15_{name}.safetensors" for name in ("night", "noon", "dawn")]
    catalog = with_checkpoints(object_info, *files, "sdxl_dusk.safetensors")
    settings = Sampling("random", "miniature:train", SMALL, each=3, exchange=True)
    groups = [Drawing(settings, catalog).group(number) for number in range(8)]
    for group in groups:
        assert len({job.choices[1:] for job in group}) == 1
        families = {job.choices[0].partition("/")[0] for job in group}
        assert len({job.choices[0] for job in group}) == (3 if families == {"sd15"} else 1)
    assert {len(group) for group in groups} == {1, 3}


def test_a_policy_that_was_trained_anew_draws_anew_and_says_so(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "policy"
    write_tiny_policy(folder)
    settings = Sampling(f"policy:{folder}", "miniature:train", SMALL)
    first = Drawing(settings, catalog).policy
    assert first == load_policy(folder).base_sha256 and Drawing(settings, catalog).policy == first
    told: list[str] = []

    def draw(count: int) -> int:
        """How many jobs it adds."""
        before = sum(store.states().values())
        asyncio.run(draw_workflows(store, settings, count, catalog, told.append, lambda: None))
        return sum(store.states().values()) - before

    with TripletStore(tmp_path / "s.db") as store:
        assert [draw(count) for count in (2, 3, 3)] == [2, 1, 0], "it goes on where it was"
        assert told == ["2 jobs drawn for 2 prompts", "1 jobs drawn for 1 prompts"]
        asked = {store.job(job.id).prompt for job in store.pending()}
        told.clear()

        policy = load_policy(folder)
        write_adapter(folder / "tuned", adapter_of(adapted_by_peft(policy.model)), policy.base_sha256)
        tuned = Drawing(settings, catalog).policy
        assert tuned != first
        assert draw(3) == 3
        assert "its weights are others than those that wrote for this store" in told[0] and str(folder) in told[0]
        assert told[1:] == ["3 jobs drawn for 3 prompts"]
        assert {store.job(job.id).prompt for job in store.pending()} == asked, "from the first prompt"
        told.clear()

        shutil.move(folder / "tuned", tmp_path / "elsewhere")
        assert Drawing(replace(settings, tuned=str(tmp_path / "elsewhere")), catalog).policy == tuned
        assert draw(4) == 1, "each policy's drawing goes on"
        assert told == ["1 jobs drawn for 1 prompts"]


def test_jobs_say_their_script_or_their_workflow(catalog: Catalog, tmp_path: Path) -> None:
    script = random_walk(Grammar(catalog, SMALL), Random(2))
    api = to_api(read_script(script, catalog), prompt="a cat", seed=3)
    path = tmp_path / "jobs.jsonl"
    rows: list[dict[str, Any]] = [
        {"prompt": "a cat", "seed": 3, "choices": script},
        {"prompt": "a cat", "seed": 3, "api": api, "source": "fixed", "split": "test"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    by_script, by_api = read_jobs(path, lambda: catalog)
    assert by_script.api == api and by_script.choices == script and by_script.source == "file"
    assert by_api.api == api and (by_api.source, by_api.split) == ("fixed", "test")
    assert by_api.key == by_script.key
    for line, why in (
        ("{", "not JSON"),
        ("[]", "an object is expected, not an empty list"),
        ('{"a": ' * 2000 + "1" + "}" * 2000, "more than 200 objects and lists in each other"),
        ('{"prompt": "a", "seed": ' + "9" * 4301 + "}", "a number of 4301 digits"),
        ('{"prompt": "a", "seed": NaN}', "NaN is not a JSON number"),
        ('{"prompt": "\\ud800", "seed": 1}', "not Unicode"),
        ('{"prompt": "a", "seed": -1, "choices": [], "api": {}}', "seed must be"),
        (
            '{"prompt": "a", "seed": 1, "choices": [], "api": {"1": {"class_type": 3}}}',
            "class_type is missing or not a name",
        ),
        ('{"seed": 1}', "prompt must be a text"),
        ('{"prompt": "a", "seed": "1"}', "seed must be"),
        ('{"prompt": "a", "seed": 1}', "neither choices nor api"),
        ('{"prompt": "a", "seed": 1, "choices": "x"}', "list of texts"),
        ('{"prompt": "a", "seed": 1, "choices": ["sd15/nothing"]}', ""),
        ('{"prompt": "a", "seed": 1, "api": []}', "must be an object"),
    ):
        path.write_text("\n" + line, encoding="utf-8")
        with pytest.raises(DataError, match=f"jobs.jsonl, line 2: .*{why}"):
            list(read_jobs(path, lambda: catalog))
