"""The evaluation: its statistics and choices on data whose truth is known, and all of it with a real server."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from adapted import adapted_by_peft
from comfyui_process import ComfyUI
from hypothesis import given
from hypothesis import strategies as st
from tiny_policy import one_thread, write_tiny_policy  # noqa: F401

from nodewright.comfyui.client import Client
from nodewright.miniature.installation import ZOO_CONSTRAINTS
from nodewright.miniature.scenes import SCENE_KINDS, kinds_of
from nodewright.models.policy.adapters import adapter_of, write_adapter
from nodewright.models.policy.loading import load_policy
from nodewright.models.reward.ensemble import RewardEnsemble, RewardMetadata
from nodewright.models.reward.members import Members, MemberShape
from nodewright.store.triplets import DONE, WAITING, TripletStore
from nodewright.training.collect.balanced_prompts import balanced
from nodewright.training.collect.config import CollectConfig
from nodewright.training.collect.rendering import read_catalog
from nodewright.training.collect.sampling import job_of
from nodewright.training.common.baselines import random_walk
from nodewright.training.common.console import silent
from nodewright.training.common.pairs import DataError, read_pairs
from nodewright.training.common.prompt_file import PromptRecord
from nodewright.training.common.report_table import BEGIN, END
from nodewright.training.evaluate import command as evaluate
from nodewright.training.evaluate.asked_shape import keeps_shape
from nodewright.training.evaluate.authors import by_kind, policy_author
from nodewright.training.evaluate.inputs import true_score
from nodewright.training.evaluate.kind_classifier import KindClassifier, closest
from nodewright.training.evaluate.lineup import checkpoints_in
from nodewright.training.evaluate.measures import Rendered, oracle
from nodewright.training.evaluate.nearest import Nearest
from nodewright.training.evaluate.nearest_prompts import NearestPrompts
from nodewright.training.evaluate.rendered import BackgroundRender, Outcome, RenderFarm, jobs_for
from nodewright.training.evaluate.selection import Promising, choose, promising
from nodewright.training.evaluate.statistics import Bootstrap
from nodewright.training.evaluate.written import Arm, Author, Script, write_all
from nodewright.training.experiments import heat_map, score_conditioned
from nodewright.workflow.catalog.cache import to_json
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import Grammar
from nodewright.workflow.graph import Link, Node, Workflow


def script(steps: int, width: int = 64, height: int = 64) -> tuple[str, ...]:
    """A plain workflow on the miniature."""
    return (
        "miniature/miniature", "SaveImage", "VAEDecode", "KSampler", "steps=", str(steps), "CheckpointLoaderSimple",
        "CLIPTextEncode", "@prompt", "&1", "CLIPTextEncode", "@empty", "&1", "EmptyLatentImage", "width=", str(width),
        "height=", str(height), "&1", "@end",
    )  # fmt: skip


# ---- statistics --------------------------------------------------------------------------------------------------


def test_intervals_are_those_of_the_normal_distribution_where_that_fits() -> None:
    scores = np.random.default_rng(3).normal(0.6, 0.2, 400)
    found = Bootstrap(0).mean(scores)
    half = 1.96 * scores.std() / 20
    assert found.value == pytest.approx(scores.mean())
    assert found.high - found.value == pytest.approx(half, rel=0.08)
    assert found.value - found.low == pytest.approx(half, rel=0.08)
    assert Bootstrap(0).mean(scores) == found


def test_comparisons_are_paired() -> None:
    scores = np.random.default_rng(3).uniform(0.1, 0.9, 50)
    better = Bootstrap(0).compare(scores + 0.1, scores, ratio=True)
    assert (better.difference.low, better.difference.high) == pytest.approx((0.1, 0.1))
    assert better.relative is not None and better.relative.value == pytest.approx(0.1 / scores.mean())
    assert (better.wins.value, better.wins.low) == pytest.approx((1, 1))
    same = Bootstrap(0).compare(scores, scores.copy(), ratio=False)
    assert same.relative is None and same.wins.value == pytest.approx(0.5)
    fewer = Bootstrap(0).compare(scores[:20] + 0.1, scores, ratio=True)
    assert fewer.prompts == 20 and fewer.difference.value == pytest.approx(0.1)


def arm(name: str) -> Arm:
    return Arm(name, Author(name, lambda index, asked, count: [], 0, 0), "baseline")


def test_the_oracle_does_not_profit_from_luck_with_a_seed() -> None:
    generator = np.random.default_rng(5)
    luck = [
        Rendered(arm(str(number)), (Script((str(number),)),) * 400, generator.normal(0.5, 0.1, (400, 2)),
                 np.ones((400, 2), bool), ())
        for number in range(8)
    ]  # fmt: skip
    found = oracle(luck, Bootstrap(0))
    assert found["choices"] == 8
    assert found["honest"]["value"] == pytest.approx(0.5, abs=0.02)
    assert found["naive"]["value"] > 0.58
    better = replace(luck[3], scores=luck[3].scores + 0.5)
    assert oracle([*luck[:3], better], Bootstrap(0))["honest"]["value"] == pytest.approx(better.scores.mean(), abs=0.02)


# ---- distances ---------------------------------------------------------------------------------------------------

scripts = st.lists(st.sampled_from("abcd"), max_size=7)


def plain_distance(one: Sequence[str], other: Sequence[str]) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


@given(st.lists(scripts.filter(bool), min_size=1, max_size=80), scripts.filter(bool))
def test_the_nearest_script_is_found(trained: list[list[str]], asked: list[str]) -> None:
    wanted = min(plain_distance(asked, each) / max(len(asked), len(each)) for each in trained)
    assert Nearest(trained).distance(asked) == pytest.approx(wanted)


# ---- prompts and kinds -------------------------------------------------------------------------------------------


def test_any_first_part_of_the_prompts_has_all_kinds_alike() -> None:
    asked = balanced("test", 44, 0)
    assert len({one.prompt for one in asked}) == 44
    assert asked[:21] == balanced("test", 21, 0)
    assert set(Counter(one.kind for one in asked[:21]).values()) == {3} and {one.kind for one in asked} == set(
        SCENE_KINDS
    )
    assert all(one.split == "test" and one.meaning for one in asked)
    assert asked[0].prompt != balanced("test", 1, 1)[0].prompt


def test_the_kind_is_told_from_the_words() -> None:
    learned = KindClassifier((one.prompt, one.kind) for one in balanced("train", 420, 0))
    asked = balanced("test", 140, 0)
    right = sum(learned.kinds_of(one.prompt) == {one.kind} for one in asked)
    assert right > 0.6 * len(asked), "seven kinds: one in seven is chance"
    with pytest.raises(ValueError, match="learn"):
        KindClassifier([])


def test_kinds_are_told_together_that_no_example_has_together() -> None:
    examples = balanced("train", 280, 0) + balanced("combined-train", 440, 0)
    learned = KindClassifier((one.prompt, one.kind) for one in examples)
    asked = balanced("combined-test", 60, 0)
    assert not {one.kind for one in asked} & {one.kind for one in examples}
    right = sum(learned.kinds_of(one.prompt) == kinds_of(one.kind) for one in asked)
    assert right > 0.5 * len(asked), "two or three of seven: chance is one in fifty"


def test_a_workflow_is_retrieved_for_the_kind_that_shares_most() -> None:
    known = ["count", "count+night", "night+style", "single"]
    assert closest(frozenset(["count", "night"]), known) == "count+night"
    assert closest(frozenset(["count", "night", "poster"]), known) == "count+night"
    assert closest(frozenset(["style", "poster"]), known) == "night+style"
    write = by_kind({kind: [(kind,)] for kind in known}, lambda prompt: frozenset(prompt.split()))
    assert write(0, PromptRecord("style night"), 1) == [("night+style",)]


# ---- writing -----------------------------------------------------------------------------------------------------


def test_writing_goes_on_where_it_stopped(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []

    def write(index: int, asked: PromptRecord, count: int) -> list[tuple[str, ...]]:
        calls.append((index, count))
        return [(asked.prompt, str(number)) for number in range(count)]

    asked = [PromptRecord(f"prompt {number}") for number in range(5)]
    author = Author("best of two?", write, prompts=3, rendered=2, candidates=2, identity={"seed": 1, "of": ("a",)})
    first = write_all(tmp_path, author, asked, None, silent)
    assert [len(each.scripts) for each in first] == [2, 2, 1], "the third is not rendered"
    assert calls == [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1)], "one alone is timed"
    assert all(each.alone is not None for each in first)
    path = tmp_path / author.file
    path.write_text(path.read_text(encoding="utf-8")[:-9], encoding="utf-8")  # killed while it wrote the last line
    calls.clear()
    again = write_all(tmp_path, replace(author, prompts=4), asked, None, silent)
    assert calls == [(2, 1), (3, 1)] and again[:2] == first[:2]
    assert len(write_all(tmp_path, replace(author, prompts=4), asked, None, silent)) == 4 and len(calls) == 2
    with pytest.raises(DataError, match="seed"):
        write_all(tmp_path, replace(author, identity={"seed": 2, "of": ("a",)}), asked, None, silent)


def test_the_best_is_the_one_that_is_surely_good(tmp_path: Path) -> None:
    author = Author("policy", lambda index, asked, count: [("a",), ("b",), ("c",)], 1, 1, 3)
    path = tmp_path / author.file
    rows = [{"choices": [name], "mean": mean, "deviation": deviation} for name, mean, deviation in
            (("a", 0.0, 0.0), ("b", 1.0, 0.6), ("c", 2.0, 3.0))]  # fmt: skip
    head = {"author": "policy", "identity": {}}
    line = {"index": 0, "alone": 0.1, "together": 0.2, "scripts": rows}
    path.write_text(f"{json.dumps(head)}\n{json.dumps(line)}\n", encoding="utf-8")
    (written,) = write_all(tmp_path, author, [PromptRecord("p")], None, silent)
    chosen = {kappa: Arm("a", author, "policy", best=True).script(written, kappa) for kappa in (0.0, 1.0, 3.0)}
    assert [each and each.choices for each in chosen.values()] == [("c",), ("b",), ("a",)]
    assert Arm("a", author, "policy").script(written, 1.0) == written.scripts[0]


# ---- the shape that is asked for ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "square", "wide"),
    [
        ("a red star", None, None),
        ("a red star, panorama", False, True),
        ("a red star, 16:9", False, True),
        ("a red star, 96x64", False, True),
        ("a red star, tall format", False, False),
        ("a square picture of a red star", True, False),
    ],
)
def test_a_shape_is_kept_or_not(catalog: Catalog, prompt: str, square: bool | None, wide: bool | None) -> None:
    assert keeps_shape(prompt, script(9), catalog) is square
    assert keeps_shape(prompt, script(9, 96, 64), catalog) is wide


def test_a_policy_keeps_to_what_is_asked_only_where_it_is_to(catalog: Catalog, tmp_path: Path) -> None:
    write_tiny_policy(tmp_path)
    grammar = Grammar(catalog, replace(ZOO_CONSTRAINTS, max_nodes=8))
    asked = PromptRecord("a red star, tall format, 7 steps")
    kept = {}
    for as_asked in (True, False):
        write = policy_author(
            load_policy(tmp_path), grammar, 3, guidance=0, temperature=1.0, top_p=1.0, as_asked=as_asked
        )
        found = write(0, asked, 6)
        assert len(found) == 6
        kept[as_asked] = [
            keeps_shape(asked.prompt, each, catalog) is True and ("steps=", "7") in pairwise(each) for each in found
        ]
    assert all(kept[True]) and not all(kept[False])


# ---- choosing ----------------------------------------------------------------------------------------------------


def test_nearest_prompts_give_what_was_best_for_them_once_and_what_the_grammar_has(catalog: Catalog) -> None:
    grammar = Grammar(catalog, Constraints(frozenset({"miniature"})))
    good, fine, other = (tuple(random_walk(grammar, random.Random(seed))) for seed in range(3))
    rows = [
        ("a red star at night", "night", good, 0.9), ("a red star at night", "night", other, 0.2),
        ("a red star", "single", fine, 0.4), ("a blue square, flat", "single", good, 0.1),
        ("a red star, large", "single", ("no such file", "@end"), 1.0),
    ]  # fmt: skip
    nearest = NearestPrompts(rows, grammar)
    assert nearest.scripts_for("two red stars at night", 1) == [good]
    assert nearest.scripts_for("a red star, large", 8) == [fine, good]
    with pytest.raises(ValueError, match="no triplet's workflow"):
        NearestPrompts(rows[-1:], grammar)


def test_baselines_are_chosen_on_validation_prompts_and_only_when_all_is_rendered() -> None:
    asked = [PromptRecord("one", kind="a"), PromptRecord("two", kind="b")]
    cases = [(one, [7]) for one in asked]
    candidates = Promising((("x",), ("y",)), {"a": (("z",),), "b": ()})
    scores = {("one", "x"): 0.1, ("two", "x"): 0.9, ("one", "y"): 0.6, ("two", "y"): 0.6, ("one", "z"): 0.8}
    found: dict[tuple[str, tuple[str, ...], int], Outcome] = {
        (prompt, (name,), 7): Outcome(score, 0.1) for (prompt, name), score in scores.items()
    }
    fixed, kinds = choose(candidates, cases, found)
    assert fixed is not None and (fixed.ranked, fixed.score, fixed.prompts) == ((("y",), ("x",)), 0.6, 2)
    assert {kind: chosen.script for kind, chosen in kinds.items()} == {"a": ("z",), "b": ("x",)}
    failed = found | {("two", ("y",), 7): Outcome(None)}
    fixed, _ = choose(candidates, cases, failed)
    assert fixed is not None and fixed.script == ("x",), "a failure counts as the worst render"
    del found["one", ("x",), 7]
    fixed, kinds = choose(candidates, cases, found)
    assert fixed is None and list(kinds) == ["b"]


class Knows:
    """An ensemble as far as its knowledge is asked for."""

    def __init__(self, *scorers: str) -> None:
        numbers = {"mean": 1.0, "deviation": 2.0, "weight": 1.0}
        self.metadata = RewardMetadata(standardisation={scorer: numbers for scorer in scorers})


def test_several_scorers_are_weighed_by_who_knows_them_all(table: Path) -> None:
    with TripletStore(table) as store:
        triplets = [replace(each, scores={**each.scores, "b": float(each.seed)}) for each in store.triplets()]
    triplets[0] = replace(triplets[0], scores={**triplets[0].scores, "b": 5.0})
    both: Any = Knows("miniature", "b")
    known = true_score(both, triplets, ["miniature", "b"])
    assert known.of({"miniature": 3.0, "b": 5.0}) == 1.5 and known.standardised(1.5) == 1.5
    one: Any = Knows("miniature")
    fitted = true_score(one, triplets, ["miniature", "b"])
    low, high = (fitted.of({"miniature": 0.5, "b": raw}) for raw in (1.0, 5.0))
    assert low is not None and high is not None and high > low + 1
    assert fitted.standardised(high) is None, "the ensemble's predictions are in another unit"
    with pytest.raises(DataError, match="neither knows c"):
        true_score(both, triplets, ["miniature", "c"])
    assert true_score(one, triplets, ["b"]).of({"b": 7.0}) == 7.0


def test_one_lucky_render_does_not_make_a_workflow_promising(catalog: Catalog) -> None:
    grammar = Grammar(catalog, Constraints(frozenset({"miniature"})))
    rows = [("p", "easy", script(9), 1.0)] + [(f"p{n}", "easy", script(5), 0.95) for n in range(20)]
    rows += [(f"p{n}", "easy", script(6), 0.5) for n in range(20)]
    rows += [(f"q{n}", "hard", script(steps), score) for n in range(20) for steps, score in ((7, 0.3), (8, 0.1))]
    rows += [("p", "other", ("sdxl/not_here", "@end"), 9.0)] * 20
    found = promising(rows, grammar, None, 2, ["hard"], silent)
    assert found.everywhere[0] == script(5)
    assert found.kinds == {"hard": (script(7), script(8))}
    assert Promising.from_json(json.loads(json.dumps(found.to_json()))) == found


# ---- stages ------------------------------------------------------------------------------------------------------


def graph(*nodes: tuple[str, Sequence[int]]) -> Workflow:
    """Nodes, each with the numbers of those that it is linked to."""
    return Workflow(
        tuple(
            Node(name, tuple((f"input{place}", Link(link, 0)) for place, link in enumerate(links)))
            for name, links in nodes
        )
    )


@pytest.mark.parametrize(
    ("nodes", "several", "wanted"),
    [
        ([("VAEDecode", [1])], False, ["plain"]),
        ([("LatentUpscaleBy", [1]), ("KSampler", [0, 2]), ("VAEDecode", [3])], False, ["hires-fix latent"]),
        (
            [("VAEDecode", [1]), ("ImageScaleBy", [2]), ("VAEEncode", [3]), ("KSampler", [0, 4]), ("VAEDecode", [5])],
            True,
            ["hires-fix through pixels", "refined by another checkpoint"],
        ),
        (
            [("VAEDecode", [1]), ("ImageUpscaleWithModel", [2]), ("VAEEncode", [3]), ("KSampler", [4]),
             ("VAEDecode", [5]), ("ImageUpscaleWithModel", [6])],
            False,
            ["hires-fix through an upscaler", "upscaler at the end"],
        ),
        (
            [("KSamplerAdvanced", [1]), ("VAEDecode", [2]), ("ImageScaleBy", [3])],
            False,
            ["sampled in parts", "scaled at the end"],
        ),
    ],
)  # fmt: skip
def test_stages_are_told_by_what_is_linked_to_what(
    nodes: list[tuple[str, list[int]]], several: bool, wanted: list[str]
) -> None:
    workflow = graph(("CheckpointLoaderSimple", []), ("KSampler", [0]), *nodes)
    assert heat_map.stages(workflow, several=several) == wanted


# ---- all of it with a server -------------------------------------------------------------------------------------

STEPS = (1, 2, 3, 4)


@pytest.fixture(scope="module")
def catalog(comfyui_server: ComfyUI) -> Catalog:
    """Of the session's server."""

    async def read() -> Catalog:
        async with Client(comfyui_server.url, 60.0) as client:
            return await read_catalog(client, silent)

    return asyncio.run(read())


@pytest.fixture(scope="module")
def table(catalog: Catalog, comfyui_server: ComfyUI, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of triplets of two kinds whose best number of steps differs; their pictures are not there."""
    path = tmp_path_factory.mktemp("table") / "s.db"
    chance = random.Random(1)
    asked = [one for one in balanced("train", 70, 0) if one.kind in ("single", "night")]
    with TripletStore(path) as store:
        jobs = [job_of(catalog, one, script(steps), 1, "corpus") for one in asked for steps in STEPS]
        store.add_jobs(jobs)
        for waiting in store.pending():
            job = store.job(waiting.id)
            store.record_rated(job, None, None, seconds=0.1)
            steps = int(job.choices[5])
            score = 0.2 * steps if job.kind == "night" else 1 - 0.2 * steps
            store.record_scores("miniature", {waiting.id: score + 0.01 * chance.random()})
        assert len(list(store.triplets())) == len(jobs) == 80
    return path


def make_models(folder: Path) -> None:
    """A policy, a tuned adapter in its folder, two adapters on its way, and an ensemble, all random."""
    write_tiny_policy(folder / "policy")
    policy = load_policy(folder / "policy")
    for place in ("policy/tuned", "along/step-5", "along/step-10"):
        write_adapter(folder / place, adapter_of(adapted_by_peft(policy.model)), policy.base_sha256)
    members = Members(policy.model, MemberShape(layers=1, rank=2), 2)
    members.draw([1, 2])
    with torch.no_grad():
        weight = members.heads.weight
        weight.copy_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)))
    standard = {"miniature": {"mean": 0.4, "deviation": 0.2, "weight": 1.0}}
    RewardEnsemble(policy, members, RewardMetadata(0.0, 1.0, standardisation=standard)).save(folder / "reward")


def test_everything_is_written_rendered_and_told_and_goes_on_where_it_stopped(
    catalog: Catalog, comfyui_server: ComfyUI, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_models(tmp_path)
    asked = [one for one in balanced("test", 9, 0) + balanced("validation", 7, 0) if one.kind in ("single", "night")]
    lines = [{"prompt": one.prompt, "meaning": one.meaning, "kind": one.kind, "split": one.split} for one in asked]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (tmp_path / "results.md").write_text(f"# Results\n\n{BEGIN}\n{END}\n", encoding="utf-8")
    command = ["--out", str(tmp_path / "out"), "--prompts", str(tmp_path / "p.jsonl"), "--store", str(table)]
    command += ["--policy", str(tmp_path / "policy"), "--reward", str(tmp_path / "reward"), "--candidates", "2"]
    command += ["--count", "2", "--unique", "3", "--sweep", "1", "--best-of", "2", "--guidance", "2"]
    command += ["--checkpoints", f"tuning={tmp_path / 'along'}", "--extra", f"other={tmp_path / 'along' / 'step-5'}"]
    command += ["--families", "miniature", "--max-megapixels", "0.0042", "--max-nodes", "7"]
    server = ["--servers", comfyui_server.url]
    assert evaluate.main([*command, *server, "--page", str(tmp_path / "results.md")]) == 0
    shown = capsys.readouterr().out
    results = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in results["arms"]}
    writers = ["best fixed workflow", "random valid workflow", "corpus recipe"]
    writers += ["retrieval by kind", "retrieval by nearest prompt", "SFT", "GRPO", "guidance 2"]
    assert list(rows) == [
        *(name for writer in writers for name in (writer, f"{writer}, best of 2")),
        "other", "tuning, step 5", "tuning, step 10",
    ]  # fmt: skip
    assert [row["prompts"] for row in rows.values()] == [2, 2, 1, 1, 1, 1] + [2] * 8 + [1, 1, 2, 1, 1]
    assert all(row["valid"] == 1 and row["renders"] == 2 * row["prompts"] for row in rows.values())
    assert all(0 <= row["score"]["low"] <= row["score"]["value"] <= row["score"]["high"] <= 1 for row in rows.values())
    assert {row["shapes_asked"] for row in rows.values()} == {0} and rows["SFT"]["shapes_kept"] is None
    assert rows["SFT"]["written"] == 3 and rows["SFT, best of 2"]["written"] == 2
    assert rows["GRPO"]["score"] == rows["other"]["score"], "the same adapter writes the same"
    assert rows["other"]["against_whole"]["wins"]["value"] == 0.5 and "against_whole" not in rows["GRPO"]
    assert rows["other"]["against_whole"]["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert rows["retrieval by kind"]["against_whole"]["prompts"] == 2
    best = rows["GRPO, best of 2"]["score"]["value"] - rows["SFT, best of 2"]["score"]["value"]
    assert rows["SFT, best of 2"]["against_whole"]["difference"]["value"] == pytest.approx(-best)
    assert rows["best fixed workflow"]["nearest"] == 0 and rows["random valid workflow"]["nearest"] > 0
    assert len({row["predicted"] for row in rows.values()}) > 4 and "against_reference" not in rows["SFT"]
    for writer in writers:
        first, best = (rows[name]["predicted"] - rows[name]["deviation"] for name in (writer, f"{writer}, best of 2"))
        assert best >= first, writer
    assert rows["GRPO"]["against_reference"]["prompts"] == 2
    best_arm = max(row["score"]["value"] for row in rows.values() if row["prompts"] == 2)
    assert results["oracle"]["naive"]["value"] >= best_arm
    assert results["selection"]["kinds_told"] == 1 and results["missing"] == []
    assert any("--scored-policy" in line for line in results["left_out"])
    assert "| guidance 2, best of 2 " in shown and "wins over GRPO" in shown
    on_page = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert shown.strip() in on_page.replace("images/results/", "")
    for name in ("scores.png", "kinds.png", "over_optimisation.png"):
        assert (tmp_path / "out" / name).is_file() and (tmp_path / "images" / "results" / name).is_file()
    with TripletStore(tmp_path / "out" / "renders.db") as store:
        before = store.states()
    assert evaluate.main(command) == 0, "without a server, from what is there"
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8")) == results
    assert evaluate.main([*command, "--against", "none"]) == 2
    assert "no such arm; there are best fixed workflow, " in capsys.readouterr().err
    assert evaluate.main([*command, "--count", "3"]) == 2, "another count has other candidates to write"
    assert "other conditions" in capsys.readouterr().err
    again = ["--checkpoints", str(tmp_path / "along"), "--checkpoints", str(tmp_path / "along")]
    assert evaluate.main([*command, *again]) == 2
    assert "two are called along; give each a name" in capsys.readouterr().err
    same = str(tmp_path / "along" / "step-5")
    assert evaluate.main([*command, "--extra", f"SFT={same}"]) == 2
    assert "two arms are called 'SFT'" in capsys.readouterr().err
    assert evaluate.main([*command, "--best-of", "1", "--out", str(tmp_path / "new")]) == 2
    assert "--servers" in capsys.readouterr().err
    with TripletStore(tmp_path / "out" / "renders.db") as store:
        assert store.states() == before
        store.add_jobs([job_of(catalog, asked[0], script(3), 99, "lost")])
        (waiting,) = store.pending()
        store.record_failure(waiting.id, "its server went away")
    assert evaluate.main([*command, "--retry-failed"]) == 0, "without a server it waits"
    with TripletStore(tmp_path / "out" / "renders.db") as store:
        assert store.states()[WAITING] == 1


def test_rendering_goes_on_while_more_is_written(catalog: Catalog, comfyui_server: ComfyUI, tmp_path: Path) -> None:
    first, second = balanced("test", 2, 0)
    farm = RenderFarm(tmp_path / "renders.db", CollectConfig(servers=(comfyui_server.url,), scorers=("miniature",)))
    with BackgroundRender(farm) as background:
        background.add(jobs_for(catalog, first, [script(1)], [1, 2], "one"))
        background.add(jobs_for(catalog, second, [script(1)], [1], "other"))
    with TripletStore(farm.store) as store:
        assert store.states()[DONE] >= 2  # of the second arm, what came in time
        assert len(list(store.triplets())) == store.states()[DONE]
    assert farm.render(()) == 0
    with TripletStore(farm.store) as store:
        assert store.states()[DONE] == 3 and not store.unscored("miniature", 1)
    away = RenderFarm(tmp_path / "away.db", CollectConfig(scorers=("miniature",)))
    with BackgroundRender(away) as background:
        background.add(jobs_for(catalog, first, [script(1)], [1], "one"))
    assert away.render(()) == 1, "without a server it waits"


def test_writing_that_fails_ends_the_rendering(catalog: Catalog, comfyui_server: ComfyUI, tmp_path: Path) -> None:
    farm = RenderFarm(tmp_path / "renders.db", CollectConfig(servers=(comfyui_server.url,), scorers=("miniature",)))
    jobs = jobs_for(catalog, balanced("test", 1, 0)[0], [script(4)], range(500), "one")
    with pytest.raises(KeyError), BackgroundRender(farm) as background:
        background.add(jobs)
        raise KeyError
    with TripletStore(farm.store) as store, store.claim():
        assert store.states()[WAITING] > 0


def test_arms_that_are_not_rendered_yet_are_named(
    catalog: Catalog, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tiny_policy(tmp_path / "policy")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "catalog.json").write_text(json.dumps(to_json(catalog)), encoding="utf-8")
    command = ["--out", str(tmp_path / "out"), "--policy", str(tmp_path / "policy"), "--max-nodes", "7", "--seeds", "1"]
    assert evaluate.main([*command, "--count", "1", "--unique", "0", "--validation", "0"]) == 1
    results = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert results["arms"] == [] and len(results["missing"]) == 3
    assert "SFT: 1 of its renders are not there yet" in capsys.readouterr().out


def test_a_tuning_on_its_way_is_a_folder_of_steps(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="step-10"):
        checkpoints_in(tmp_path)
    (tmp_path / "step-20").mkdir()
    (tmp_path / "step-20" / "adapter_model.safetensors").touch()
    (tmp_path / "step-last").mkdir()
    assert checkpoints_in(tmp_path) == {20: tmp_path / "step-20"}


# ---- what else is made from triplets -----------------------------------------------------------------------------


def test_the_heat_map_shows_what_suits_which_prompts(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert heat_map.main(["--store", str(table), "--out", str(tmp_path / "map.png"), "--least", "5"]) == 0
    text = (tmp_path / "map.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out.strip() == text.strip()
    with TripletStore(table) as store:
        scores = [triplet.scores["miniature"] for triplet in store.triplets() if triplet.kind == "night"]
    error = np.std(scores, ddof=1) / len(scores) ** 0.5
    assert f"{np.mean(scores):.3f} ± {error:.3f} ({len(scores)})" in text
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")
    command = ["--store", str(table), "--out", str(tmp_path / "map.png")]
    assert heat_map.main([*command, "--scorer", "other"]) == 2
    assert "other" in capsys.readouterr().err
    assert heat_map.main([*command, "--source", "nobody"]) == 2
    assert "of nobody" in capsys.readouterr().err
    assert heat_map.main([*command, "--source", "nobody", "--source", "corpus", "--least", "5"]) == 0
    assert f"({len(scores)})" in capsys.readouterr().out


def test_scores_become_words_before_the_prompt(
    table: Path, catalog: Catalog, comfyui_server: ComfyUI, tmp_path: Path
) -> None:
    (tmp_path / "info.json").write_text(json.dumps(comfyui_server.get("/object_info")), encoding="utf-8")
    command = ["--store", str(table), "--out", str(tmp_path / "pairs.jsonl")]
    command += ["--object-info", str(tmp_path / "info.json")]
    models = comfyui_server.base_directory / "models"
    assert score_conditioned.main([*command, "--models", str(models), "--buckets", "4", "--families", "miniature"]) == 0
    pairs = list(read_pairs(tmp_path / "pairs.jsonl"))
    assert len(pairs) == 80
    with TripletStore(table) as store:
        scores = {(triplet.prompt, triplet.choices): triplet.scores["miniature"] for triplet in store.triplets()}
    by_bucket: dict[int, list[float]] = {}
    grammar = Grammar(catalog, Constraints(frozenset({"miniature"})))
    for pair in pairs:
        words, _, prompt = pair.prompt.partition(" of 4. ")
        by_bucket.setdefault(int(words.removeprefix("score ")), []).append(scores[prompt, pair.choices])
        assert pair.files == grammar.files and pair.forced == frozenset(grammar.forced_choices(pair.choices))
    assert sorted(by_bucket) == [1, 2, 3, 4]
    assert [len(by_bucket[bucket]) for bucket in (1, 2, 3, 4)] == pytest.approx([20] * 4, abs=1)
    assert all(max(by_bucket[bucket]) <= min(by_bucket[bucket + 1]) for bucket in (1, 2, 3))
