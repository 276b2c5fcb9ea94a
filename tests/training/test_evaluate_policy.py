"""Judgements on facts written out by hand, the writers to compare with, and the whole command on a tiny policy."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from adapted import adapted_by_peft
from tiny_policy import write_tiny_policy

from nodewright.models.policy.adapters import adapter_of, write_adapter
from nodewright.models.policy.loading import load_policy
from nodewright.models.reward.by_family import seeing
from nodewright.models.reward.evidence_ensemble import EvidenceEnsemble, shipped_evidence_path
from nodewright.training.common.baselines import random_walk, refitted
from nodewright.training.common.pairs import Pair
from nodewright.training.common.report_table import BEGIN, END, put_between_marks
from nodewright.training.corpus.installations.inventories import draw_inventory, traits
from nodewright.training.corpus.prompts.asks import called
from nodewright.training.corpus.prompts.cues import CUES, STYLE_CUES, cues
from nodewright.training.corpus.synthesis.choosing import Installation
from nodewright.training.evaluate_policy.asks import measure_loras, met_asks
from nodewright.training.evaluate_policy.best_evidence import (
    best_third,
    case_with_any_main,
    evidence_scores,
    measure_best_evidence,
)
from nodewright.training.evaluate_policy.cases import Setup, draw_cases, draw_setups, lone_cues, make_case, possible
from nodewright.training.evaluate_policy.command import main
from nodewright.training.evaluate_policy.copying import Copying
from nodewright.training.evaluate_policy.measures import (
    CaseWorkflow,
    Work,
    choice_kinds,
    follows,
    kept_ranges,
    range_of,
    wilson,
)
from nodewright.training.evaluate_policy.report import main as report_main
from nodewright.workflow.asked import asked_of
from nodewright.workflow.catalog.catalog import Catalog, ModelFile
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.catalog.model_files import model_files
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import Grammar
from nodewright.workflow.graph import Node, Workflow, WorkflowError
from nodewright.workflow.picture_sizes import Size
from nodewright.workflow.script.script import read_script, split_text
from nodewright.workflow.workflow_facts import Sampling, WorkflowFacts, workflow_facts

SQUARE = Size(1024, 1024)
PLAIN = Sampling(25, 25, 7.0, "dpmpp_2m", "karras", False)


def file(folder: str, name: str) -> ModelFile:
    return model_files([(folder, name, identify(folder, name))])[0]


SDXL = file("checkpoints", "sd_xl_base_1.0.safetensors")


def made(
    main: ModelFile = SDXL,
    loras: tuple[ModelFile, ...] = (),
    samplings: tuple[Sampling, ...] = (PLAIN,),
    first: Size | None = SQUARE,
    final: Size | None = None,
    enlarged: bool = False,
) -> WorkflowFacts:
    return WorkflowFacts(main, loras, samplings, first, final or first, enlarged)


def sampling(steps: int, **changes: Any) -> Sampling:
    return Sampling(**{**{name: getattr(PLAIN, name) for name in Sampling.__dataclass_fields__}, **changes,
                       "steps": steps, "carried_out": changes.get("carried_out", steps)})  # fmt: skip


@pytest.mark.parametrize(
    ("width", "height", "cue"),
    [(1000, 1200, "tall"), (832, 1216, "tall"), (1200, 1000, "wide"), (1344, 768, "wide"), (1024, 1024, "square"),
     (1000, 1090, "square")],
)  # fmt: skip
def test_a_shape_follows_one_cue_only(width: int, height: int, cue: str) -> None:
    found = made(final=Size(width, height))
    assert [each for each in ("tall", "wide", "square") if follows(each, found)] == [cue]


def test_between_two_shapes_no_cue_is_followed() -> None:
    assert not any(follows(cue, made(final=Size(1000, 1150))) for cue in ("tall", "wide", "square"))
    unknown = WorkflowFacts(SDXL, (), (PLAIN,), None, None, False)
    assert not any(follows(cue, unknown) for cue in ("tall", "wide", "square"))


def test_the_final_size_counts_not_the_first() -> None:
    assert follows("wide", made(first=Size(1024, 1024), final=Size(2048, 1024)))


def test_a_style_comes_from_the_model_or_a_lora() -> None:
    drawn = file("checkpoints", "animeMixXL_v3.safetensors")
    lora = file("loras", "pixel-art-xl.safetensors")
    assert "anime" in traits(drawn.name) and "pixel_art" in traits(lora.name)
    assert follows("anime", made(drawn)) and not follows("pixel_art", made(drawn))
    assert follows("pixel_art", made(SDXL, (lora,))) and not follows("pixel_art", made(SDXL))


def test_quick_is_one_sampling_of_few_steps() -> None:
    few = range_of(made())
    assert few is not None
    low, many = few.quick_steps(), few.quick_steps() + 1
    assert follows("quick", made(samplings=(sampling(low),)))
    assert not follows("quick", made(samplings=(sampling(many),)))
    assert not follows("quick", made(samplings=(sampling(low // 2), sampling(low // 2, second=True))))
    assert not follows("quick", made(samplings=(sampling(low),), enlarged=True))
    assert not follows("quick", made(samplings=(sampling(low, carried_out=None),)))


def test_detailed_is_more_steps_or_another_stage() -> None:
    many = range_of(made())
    assert many is not None
    assert follows("detailed", made(samplings=(sampling(many.detailed_steps()),)))
    assert not follows("detailed", made(samplings=(sampling(many.detailed_steps() - 1),)))
    assert follows("detailed", made(samplings=(sampling(many.steps[0]), sampling(10, second=True))))
    assert follows("detailed", made(samplings=(sampling(many.steps[0]),), enlarged=True))


def test_a_distilled_model_is_measured_by_its_own_range() -> None:
    lightning = file("checkpoints", "juggernautXL_v9_lightning_8steps.safetensors")
    eight = sampling(8, cfg=1.5, sampler="euler", scheduler="sgm_uniform")
    assert kept_ranges(made(lightning, samplings=(eight,))) == dict.fromkeys(
        ("steps", "cfg", "sampler", "scheduler", "megapixels"), True
    )
    assert follows("quick", made(lightning, samplings=(eight,)))
    assert not follows("detailed", made(lightning, samplings=(eight,)))  # it takes eight steps, never many
    kept = kept_ranges(made(samplings=(eight,)))
    assert kept is not None and not kept["steps"] and not kept["cfg"]


@pytest.mark.parametrize(
    ("found", "lost"),
    [
        (made(), set()),
        (made(samplings=(sampling(4),)), {"steps"}),
        (made(samplings=(sampling(25, cfg=30.0),)), {"cfg"}),
        (made(samplings=(sampling(25, cfg=None),)), {"cfg"}),
        (made(samplings=(sampling(25, sampler="heunpp2"),)), {"sampler"}),
        (made(samplings=(sampling(25, scheduler="kl_optimal"),)), {"scheduler"}),
        (made(first=Size(512, 512)), {"megapixels"}),
        (made(samplings=(PLAIN, sampling(10, second=True))), set()),
        (made(samplings=(PLAIN, sampling(10, cfg=30.0, second=True))), {"cfg"}),
        (made(samplings=(PLAIN, sampling(99, second=True))), {"steps"}),
        (made(samplings=()), {"steps", "cfg", "sampler", "scheduler", "megapixels"}),
    ],
)
def test_recommended_ranges(found: WorkflowFacts, lost: set[str]) -> None:
    kept = kept_ranges(found)
    assert kept is not None
    assert {quantity for quantity, is_kept in kept.items() if not is_kept} == lost


def test_several_styles_are_not_judged() -> None:
    assert "anime" in lone_cues("an anime girl on a beach")
    assert not lone_cues("an anime girl, pixel art").intersection({"anime", "pixel_art"})


def test_the_interval_of_a_share() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)  # Newcombe (1998), method 3
    assert wilson(0, 10) == pytest.approx((0.0, 0.278), abs=5e-4)
    assert wilson(10, 10) == pytest.approx((0.722, 1.0), abs=5e-4)
    assert wilson(0, 0) == (0.0, 1.0)


# ---- writers -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def catalog(object_info: dict[str, Any]) -> Catalog:
    names = (
        ("checkpoints", "sd_xl_base_1.0.safetensors"),
        ("checkpoints", "auroraPaintXL_v2.safetensors"),
        ("loras", "pixel-art-xl.safetensors"),
    )
    models = model_files((folder, name, identify(folder, name)) for folder, name in names)
    return catalog_from_object_info(object_info, models, options_from_models=True)


SCRIPT = """
sdxl/{main}
SaveImage
VAEDecode
KSampler steps=30 cfg=6
LoraLoader sdxl/{lora} CheckpointLoaderSimple &1
CLIPTextEncode @prompt+ +highly_detailed ; &1
CLIPTextEncode +blurry ; &1
EmptyLatentImage width=1024 height=1024
&1
@end
"""


def script(main: str, lora: str) -> tuple[str, ...]:
    return tuple(split_text(SCRIPT.format(main=main, lora=lora)))


def test_kinds_of_choices(catalog: Catalog) -> None:
    choices = script("sd_xl_base_1_0", "pixel_art_xl")
    kinds = dict(zip(choices, choice_kinds(choices, catalog), strict=True))
    assert kinds["sdxl/sd_xl_base_1_0"] == "main model"
    assert kinds["sdxl/pixel_art_xl"] == "LoRA"
    assert kinds["KSampler"] == kinds["LoraLoader"] == "class"
    assert (kinds["steps="], kinds["30"], kinds["&1"]) == ("setting", "number", "reference")
    assert {kinds["@prompt+"], kinds["+highly_detailed"], kinds[";"]} == {"text"}
    assert kinds["@end"] == "end"


def test_files_that_are_not_there_are_replaced_by_similar_ones(catalog: Catalog) -> None:
    grammar = Grammar(catalog, Constraints())
    assert refitted(script("sd_xl_base_1_0", "pixel_art_xl"), grammar) == script("sd_xl_base_1_0", "pixel_art_xl")
    assert refitted(script("aurora_paint_xl", "pixel_xl"), grammar) == script("aurorapaintxl_v2", "pixel_art_xl")
    assert refitted(tuple(split_text("flux/flux1_dev SaveImage @end")), grammar) is None


def test_copying_takes_the_nearest_prompt_that_can_be_run(catalog: Catalog) -> None:
    flux = tuple(split_text("flux/flux1_dev SaveImage @end"))
    near, far = script("auroraPaintXL", "pixel"), script("sd_xl_base_1_0", "pixel_art_xl")
    pairs = [
        Pair("a house in the snow", far),
        Pair("a red fox in the deep snow", flux),
        Pair("a red fox", near),
    ]
    copying = Copying(pairs)
    assert list(copying.nearest("a red fox in deep snow")) == [1, 2, 0]
    assert copying.write("a red fox in deep snow", Grammar(catalog, Constraints())) == refitted(
        near, Grammar(catalog, Constraints())
    )
    assert Copying(pairs[1:2]).write("a red fox", Grammar(catalog, Constraints())) is None


def test_random_walks_are_finished_and_seeded(catalog: Catalog) -> None:
    grammar = Grammar(catalog, Constraints())
    walks = [random_walk(grammar, Random(seed)) for seed in range(20)]
    assert all(walk[-1] == "@end" for walk in walks)
    assert len(set(walks)) == 20
    assert random_walk(grammar, Random(3)) == walks[3]


# ---- what is asked for ---------------------------------------------------------------------------------------------


def test_exact_asks_are_judged_one_by_one(catalog: Catalog) -> None:
    asked = asked_of("a fox, 30 steps, cfg 6, 1:1 <lora:pixel-art-xl:1>", catalog, Constraints())
    kept = met_asks(asked, written(script("sd_xl_base_1_0", "pixel_art_xl"), catalog), catalog)
    assert kept == {"steps": True, "cfg": True, "ratio": True, "LoRA": True}
    asked = asked_of("a fox, 12 steps, cfg 6, 16:9, use aurora paint xl, then upscale it by 2x", catalog, Constraints())
    kept = met_asks(asked, written(script("sd_xl_base_1_0", "pixel_art_xl"), catalog), catalog)
    assert kept == {"steps": False, "cfg": True, "ratio": False, "model": False, "enlarged": False}
    asked = asked_of("a fox, no upscaling", catalog, Constraints())
    kept = met_asks(asked, written(script("auroraPaintXL_v2", "pixel_art_xl"), catalog), catalog)
    assert kept == {"not enlarged": True}


def test_a_cfg_is_kept_as_the_guidance_of_a_model_that_has_its_own(catalog: Catalog) -> None:
    asked = asked_of("a fox, cfg 6", catalog, Constraints())
    plain = written(script("sd_xl_base_1_0", "pixel_art_xl"), catalog)
    for guidance, kept in ((6.0, True), (3.5, False)):
        nodes = (Node("FluxGuidance", (("guidance", guidance),)), Node("KSampler", (("cfg", 1.0), ("steps", 6))))
        assert met_asks(asked, replace(plain, workflow=Workflow(nodes)), catalog)["cfg"] is kept


def test_a_lora_is_wrong_where_nobody_asked_for_what_it_is_good_at(catalog: Catalog) -> None:
    setup = Setup(catalog, Grammar(catalog, Constraints()), Installation(catalog))
    pixels, plain = (make_case(prompt, setup, False, Random(0), True) for prompt in ("a fox, pixel art", "a fox"))
    choices = script("sd_xl_base_1_0", "pixel_art_xl")
    without = tuple(split_text("sdxl/sd_xl_base_1_0 " + " ".join(choices[1:]).replace(LORA, "CheckpointLoaderSimple")))
    work: Work = {"always": [written(choices, catalog)] * 2, "never": [written(without, catalog)] * 2}
    found = measure_loras([pixels, plain], work)
    shares = {writer: [each[name]["share"] for name in each] for writer, each in found.items()}
    assert shares == {"always": [1.0, 0.5], "never": [0.0, 0.0]}


LORA = "LoraLoader sdxl/pixel_art_xl CheckpointLoaderSimple &1"


def written(choices: tuple[str, ...], catalog: Catalog) -> CaseWorkflow:
    choices = tuple(choice.replace("auroraPaintXL", "aurorapaintxl") for choice in choices)
    workflow = read_script(choices, catalog)
    return CaseWorkflow(choices, workflow, workflow_facts(workflow, catalog), 0.0)


# ---- the evidence for the main model -----------------------------------------------------------------------------


def test_the_best_third_is_rounded_up_and_ties_are_in() -> None:
    scores = {"a": 0.3, "b": 0.2, "c": 0.1, "d": 0.0}
    assert best_third(scores) == {"a", "b"}
    assert best_third({"a": 0.3, "b": 0.2, "c": 0.1}) == {"a"}
    assert best_third({"a": 0.3, "b": 0.1, "c": 0.1, "d": 0.1}) == {"a", "b", "c", "d"}
    assert best_third({}) == frozenset()


def test_how_good_the_evidence_for_the_main_model_is(object_info: dict[str, Any]) -> None:
    names = ("sd_xl_base_1.0.safetensors", "v1-5-pruned-emaonly.safetensors", "sd3.5_large.safetensors")
    models = model_files(("checkpoints", name, identify("checkpoints", name)) for name in names)
    catalog = catalog_from_object_info(object_info, models, options_from_models=True)
    setup = Setup(catalog, Grammar(catalog, Constraints()), Installation(catalog))
    ensemble = EvidenceEnsemble.load(shipped_evidence_path())
    plain, named = (make_case(text, setup, False, Random(0), True) for text in ("a fox", "a fox, use sdxl"))
    scores = evidence_scores(seeing(ensemble, catalog), "a fox", setup)
    order = sorted(scores, key=lambda alias: -scores[alias])
    assert len(order) == 3 and order[2].startswith("sd15/")
    best, middle = (
        written(
            next(walk for seed in range(200) if (walk := random_walk(setup.grammar, Random(seed)))[0] == alias), catalog
        )
        for alias in order[:2]
    )
    work: Work = {
        "best": [best, best],
        "middle": [middle, None],
        "nothing": [None, None],
    }
    found = measure_best_evidence([plain, named], work, ensemble)
    assert found["count"] == 1, "where a model is named, it is not the policy's choice"
    assert found["chance"] == pytest.approx(1 / 3)
    writers = found["writers"]
    assert [writers[name]["in the best third"]["share"] for name in work] == [1.0, 0.0, None]
    assert writers["best"]["below the best"] == 0
    assert writers["middle"]["below the best"] == pytest.approx(scores[order[0]] - scores[order[1]])
    assert writers["nothing"]["score"] is None and writers["best"]["score"] <= 1


def test_with_any_main_model_the_grammar_leaves_all_but_where_one_is_named(object_info: dict[str, Any]) -> None:
    (setup,) = draw_setups(object_info, 1, Random(4))
    main = setup.main_models[0]
    plain, named = (
        make_case(text, setup, False, Random(0), True)
        for text in ("an anime girl, cfg 4, 20 steps", f"a fox, use {called(main)}")
    )
    free = case_with_any_main(plain)
    assert set(free.grammar.main_choices) >= set(plain.grammar.main_choices)
    assert len(free.grammar.main_choices) == len(setup.grammar.main_choices)
    assert free.grammar.constraints.wishes.steps == 20, "what is asked for exactly is kept to"
    assert case_with_any_main(named).grammar.main_choices == named.grammar.main_choices


# ---- all of it ---------------------------------------------------------------------------------------------------


def test_cases_have_only_names_never_trained_on(object_info: dict[str, Any]) -> None:
    setups = draw_setups(object_info, 4, Random(1))
    random = Random(2)
    trained = {
        file.name for _ in range(300) for file in draw_inventory(random) if file.folder in ("checkpoints", "loras")
    }
    names = {file.name for setup in setups for file in setup.catalog.models if file.folder in ("checkpoints", "loras")}
    assert names and not names & trained
    control = draw_setups(object_info, 8, Random(1), held_out=False)
    assert trained & {file.name for setup in control for file in setup.catalog.models}
    cases = draw_cases(setups, ["a photo of a dog", "a dog"], 2 * len(CUES), Random(3))
    assert {cue for case in cases for cue in case.cues} == set(CUES)
    assert [case.prompt for case in cases if case.real] == ["a photo of a dog"]
    assert not any(cues(case.other) for case in cases)
    styled = [case for case in cases for cue in case.cues if cue in STYLE_CUES and possible(cue, case.setup)]
    assert styled  # where a style can be followed at all, its prompt is put there


def test_node_classes_of_which_nothing_can_be_made_are_told() -> None:
    with pytest.raises(WorkflowError, match="nothing can be made with these node classes"):
        draw_setups({}, 1, Random(1))


def test_templates_that_are_not_installed_are_told(
    object_info: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nodewright.training.corpus.synthesis.templates._PACKAGE", "no_such_package")
    write_tiny_policy(tmp_path / "policy")
    (tmp_path / "object_info.json").write_text(json.dumps(object_info), encoding="utf-8")
    arguments = ["--object-info", str(tmp_path / "object_info.json"), "--policy", str(tmp_path / "policy")]
    assert main([*arguments, "--templates"]) == 2
    assert "error: the official templates are not installed" in capsys.readouterr().err


def test_the_whole_command(object_info: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tiny_policy(tmp_path / "policy")
    (tmp_path / "object_info.json").write_text(json.dumps(object_info), encoding="utf-8")
    with_lora = script("sd_xl_base_1_0", "pixel_art_xl")
    at = with_lora.index("LoraLoader")
    plain = (*with_lora[:at], "CheckpointLoaderSimple", *with_lora[at + 4 :])  # for installations without such a LoRA
    pairs = [
        {"prompt": f"a fox number {number}", "choices": list(plain if number % 2 else with_lora)}
        for number in range(20)
    ]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs), encoding="utf-8")
    arguments = ["--object-info", str(tmp_path / "object_info.json"), "--policy", str(tmp_path / "policy"),
                 "--data", str(tmp_path / "pairs.jsonl"), "--count", "12", "--seed", "5"]  # fmt: skip
    assert main([*arguments, "--out", str(tmp_path / "one.json")]) == 0
    table = capsys.readouterr().out
    assert main([*arguments, "--out", str(tmp_path / "two.json")]) == 0
    one, two = (json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in ("one.json", "two.json"))
    assert one.pop("seconds") and two.pop("seconds")
    assert one == two  # seeded: nothing but the time differs

    assert len(one["checkpoint"]["sha256"]) == 64
    assert all(each["valid"] == each["count"] > 0 for each in one["validity"].values()), one["validity"]
    assert one["validity"]["walks"]["count"] == one["counts"]["cases"]
    assert set(one["cues"]) == set(CUES)
    for cue, groups in one["cues"].items():
        followed = groups.get("all", {}).get("policy", {"count": 0, "share": 0})
        assert len(one["missed cues"][cue]) == round(followed["count"] * (1 - followed["share"]))
    # Weights at random are no better than drawing at random; what the corpus teaches is.
    assert one["loss"]["all"]["nats"] > 0.5 * one["loss"]["all"]["uniform"] > 0
    assert one["ranges"]["targets"]["all of them"]["share"] > one["ranges"]["walks"]["all of them"]["share"]
    assert "### Cues" in table and "random walks" in table
    assert set(one["best evidence"]["any main model"]["writers"]) == {"policy"}

    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\n{BEGIN}\nold\n{END}\n\nafter\n", encoding="utf-8")
    assert report_main([str(tmp_path / "one.json"), "--page", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# Page") and text.endswith("after\n") and "old" not in text
    assert table.strip() in text
    assert report_main([str(tmp_path / "one.json"), "--page", str(page)]) == 0
    assert page.read_text(encoding="utf-8") == text


def test_tuned_is_measured_where_it_is_asked_for(
    object_info: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tiny_policy(tmp_path / "policy")
    policy = load_policy(tmp_path / "policy")
    write_adapter(tmp_path / "policy" / "tuned", adapter_of(adapted_by_peft(policy.model)), policy.base_sha256)
    (tmp_path / "object_info.json").write_text(json.dumps(object_info), encoding="utf-8")
    found = {}
    for name, more in (("plain", []), ("tuned", ["--tuned", str(tmp_path / "policy" / "tuned")])):
        arguments = ["--object-info", str(tmp_path / "object_info.json"), "--policy", str(tmp_path / "policy"), *more]
        assert main([*arguments, "--count", "6", "--out", str(tmp_path / "found.json")]) == 0
        found[name] = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
        assert ("With a tuned adapter" in capsys.readouterr().out) == (name == "tuned")
    assert found["plain"]["loss"] != found["tuned"]["loss"]
    assert found["plain"]["ranges"] != found["tuned"]["ranges"], "other workflows"


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no <!-- results: begin -->"):
        put_between_marks(page, "table")
    assert page.read_text(encoding="utf-8") == "# Page\n"
