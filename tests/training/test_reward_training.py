"""Training of the reward ensemble on a store in which the score depends on prompt and choices together."""

from __future__ import annotations

import json
import random
import shutil
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_policy import one_thread, tiny_policy
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from nodewright.models.policy.checkpoints import save_checkpoint
from nodewright.models.policy.folders import CheckpointError
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.models.reward.ensemble import RewardEnsemble, lower_confidence_bound
from nodewright.models.reward.heads import Heads
from nodewright.store.triplets import Job, TripletStore
from nodewright.training.common.console import silent
from nodewright.training.common.pairs import DataError
from nodewright.training.common.seed_noise import seed_variance
from nodewright.training.reward import fit
from nodewright.training.reward.command import main, train_members
from nodewright.training.reward.config import RewardConfig
from nodewright.training.reward.data import (
    Encoded,
    Example,
    batches,
    bootstrap,
    choose_held,
    fit_standardisation,
    gather,
    score_of,
)
from nodewright.training.reward.fit import BatchTotals, clip, fit_heads, ranking
from nodewright.training.reward.report import (
    calibration,
    ceiling,
    order_ceiling,
    pairwise_accuracy,
    quality,
    spearman,
)
from nodewright.training.sft.tokenizer import train_tokenizer

__all__ = ["one_thread"]

COLOURS, OBJECTS = ("red", "blue", "green", "yellow"), ("circle", "square", "star", "ring", "cat", "moon", "tree")
MAINS = ("miniature/flat", "miniature/night", "miniature/crowd")
WORDS = ("SaveImage", "ImageScale", "VAEDecode", "KSampler", "steps=", "@prompt", "@end", *MAINS)
SEED_NOISE = 0.1


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(4))) + chunk(b"IEND", b"")


def job(draw: random.Random, prompt: str, seed: int, split: str) -> tuple[Job, float]:
    """A job, and its score without the seed's part: at night the night model is good, else the flat one."""
    main_model, steps, scaled = draw.choice(MAINS), draw.choice((4, 8, 20)), draw.choice((0, 0, 0, 1, 1, 2, 3))
    stages = ["ImageScale"] * scaled
    choices = (main_model, "SaveImage", *stages, "VAEDecode", "KSampler", "steps=", str(steps), "@prompt", "@end")
    api: dict[str, Any] = {"1": {"class_type": "KSampler", "inputs": {"file": main_model, "steps": steps}}}
    api["2"] = {"class_type": "VAEDecode", "inputs": {"samples": ["1", 0]}}
    for stage in range(scaled):
        api[str(3 + stage)] = {"class_type": "ImageScale", "inputs": {"image": [str(2 + stage), 0]}}
    api["9"] = {"class_type": "SaveImage", "inputs": {"images": [str(2 + scaled), 0]}}
    fits = main_model == ("miniature/night" if "night" in prompt else "miniature/flat")
    return Job(prompt, choices, api, seed, "random", split), 1.0 * fits + 0.02 * steps


def make_store(
    path: Path, prompts: int = 150, each: int = 5, *, ratings: bool = False, split: bool = True, kinds: bool = False
) -> Path:
    """Renders of some prompts, every third one twice with another seed. kinds: whether they are named."""
    draw = random.Random(0)
    values: dict[bytes, float] = {}
    jobs: list[Job] = []
    with TripletStore(path) as store:
        for number in range(prompts):
            text = f"{draw.choice(COLOURS)} {draw.choice(OBJECTS)}, {draw.choice(COLOURS)} {draw.choice(OBJECTS)}"
            prompt = f"{text} {'at night' if draw.random() < 0.5 else 'by day'} {number}"
            name = "validation" if split and number % 6 == 0 else "train"
            for _ in range(each):
                first, score = job(draw, prompt, 0, name)
                for seed in range(2 if draw.random() < 0.3 else 1):
                    value = score + draw.gauss(0, SEED_NOISE)
                    kind = ("night" if "night" in prompt else "day") if kinds else ""
                    one = replace(first, seed=seed, kind=kind)
                    if ratings:
                        store.record_rated(one, round(5 + 3 * value, 2), None)
                    elif one.key not in values:
                        values[one.key] = value
                        jobs.append(one)
        store.add_jobs(jobs)
        waiting = [each.id for each in store.pending()]
        for number in waiting:
            store.record_result(number, png(), seconds=0.5, comfyui="0.3.75", catalog="c")
        store.record_scores("miniature", {number: values[store.job(number).key] for number in waiting})
    return path


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base") / "tiny"
    texts = [" ".join((*COLOURS, *OBJECTS, "at night by day")), *WORDS]
    save_checkpoint(tiny_policy(Vocabulary(train_tokenizer(texts, 400), WORDS)), folder)
    return folder


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "triplets.db")


def config_of(store: Path, out: Path, base: Path, **changes: Any) -> RewardConfig:
    plain = RewardConfig(store, out, policy=str(base), rows=16, learning_rate=5e-3, threads=1, bfloat16=False)
    return replace(plain, **({"members": 3, "epochs": 6, "report": False} | changes))


@pytest.fixture(scope="module")
def trained(store: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[RewardConfig, RewardEnsemble]:
    folder = tmp_path_factory.mktemp("out")
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    tokenizer = train_tokenizer(list(WORDS), 400)
    BertModel(BertConfig(vocab_size=tokenizer.get_vocab_size(), **shape)).save_pretrained(folder / "bert")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(folder / "bert")
    config = config_of(store, folder / "reward", base, report=True, encoder=str(folder / "bert"))
    return config, train_members(config, silent)


# ---- what is learned ---------------------------------------------------------------------------------------------


def test_the_ensemble_beats_what_sees_only_a_part(trained: tuple[RewardConfig, RewardEnsemble]) -> None:
    config, _ = trained
    results = json.loads((config.log / "report.json").read_text(encoding="utf-8"))
    found = {model: sets["prompts"] for model, sets in results["models"].items()}
    ensemble = found["ensemble"]
    assert ensemble["r2"] > 0.45
    for model in ("ridge: prompt", "ridge: choices", "ridge: both", "prompt only", "workflow only"):
        assert ensemble["r2"] > found[model]["r2"] + 0.1, model
        assert ensemble["accuracy"] > found[model]["accuracy"], model
    assert found["prompt only"]["accuracy"] == pytest.approx(0.5)
    assert {"encoder: bert", "members over parts"} <= found.keys()
    assert ensemble["spearman"] > 0.6
    assert results["ceilings"]["prompts"] > 0.9
    assert results["data"]["variance of the seed"] == pytest.approx((SEED_NOISE / spread(config)) ** 2, rel=0.6)
    assert set(results["held out"]["examples"]) == {"prompts", "workflows", "both"}


def spread(config: RewardConfig) -> float:
    """The standard deviation by which the raw scores were divided."""
    with TripletStore(config.store) as store:
        return gather(store.triplets())[1].deviations["miniature"]


def test_the_right_main_model_scores_best(trained: tuple[RewardConfig, RewardEnsemble]) -> None:
    _, ensemble = trained
    rest = ("SaveImage", "VAEDecode", "KSampler", "steps=", "8", "@prompt", "@end")
    scripts = [(name, *rest) for name in MAINS]
    right = 0
    for number, (one, other) in enumerate((one, other) for one in OBJECTS for other in OBJECTS[:3]):
        for best, time in enumerate(("by day", "at night")):
            rewards = ensemble.score(f"red {one}, green {other} {time} {900 + number}", scripts)
            right += int(np.argmax([lower_confidence_bound(reward, 0) for reward in rewards])) == best
    assert right > 0.8 * 42  # a third by chance
    assert not any(reward.novel_choices for reward in ensemble.score("x", scripts))
    assert ensemble.score("x", [("miniature/other", *rest)])[0].novel_choices == ("miniature/other",)


def test_named_kinds_of_prompts_are_read(base: Path, tmp_path: Path) -> None:
    store = make_store(tmp_path / "triplets.db", 60, 3, kinds=True)
    config = config_of(store, tmp_path / "reward", base, epochs=2)
    ensemble = train_members(config, silent)
    kinds = ensemble.members.kinds
    assert kinds is not None and kinds.names == ("day", "night") and len(kinds.mains) == 3
    rest = ("SaveImage", "VAEDecode", "KSampler", "steps=", "8", "@prompt", "@end")
    scripts = [(name, *rest) for name in MAINS]
    prompts = [f"a ring {time} 901" for time in ("by day", "at night")]
    said = [[lower_confidence_bound(reward, 0) for reward in ensemble.score(prompt, scripts)] for prompt in prompts]
    assert [int(np.argmax(each)) for each in said] == [0, 1]
    loaded = RewardEnsemble.load(config.out, load_policy(base))
    assert loaded.score("a ring at night", scripts) == ensemble.score("a ring at night", scripts)
    rated = make_store(tmp_path / "rated.db", 3, 2, ratings=True, split=False)
    more = train_members(config_of(rated, tmp_path / "mine", base, start=config.out, epochs=1), silent)
    assert more.members.kinds is not None and more.members.kinds.names == kinds.names


def test_what_is_written(trained: tuple[RewardConfig, RewardEnsemble], base: Path) -> None:
    config, ensemble = trained
    loaded = RewardEnsemble.load(config.out, load_policy(base))
    script = ("miniature/flat", "SaveImage", "VAEDecode", "KSampler", "@end")
    assert loaded.score("a red cat", [script]) == ensemble.score("a red cat", [script])
    facts = loaded.metadata.training
    assert facts["sources"] == {"random": facts["triplets"]}
    assert facts["measured"]["prompts"]["r2"] > 0.45
    assert loaded.metadata.disagreement_threshold is not None and loaded.metadata.disagreement_threshold > 0
    assert loaded.metadata.choices["SaveImage"] > loaded.metadata.choices["ImageScale"] > 10
    assert sorted(path.name for path in config.log.iterdir()) == [
        "curves.json", "curves.png", "report.json", "report.md"
    ]  # fmt: skip
    page = (config.log / "report.md").read_text(encoding="utf-8")
    assert "| ensemble " in page and "Does the disagreement predict the error?" in page
    assert str(config.out.parent) not in (config.out / "reward.json").read_text(encoding="utf-8")


# ---- runs --------------------------------------------------------------------------------------------------------


def weights(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.glob("member-*/*.safetensors"))}


def test_same_seed_same_run_and_going_on(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_store(tmp_path / "triplets.db", 20)
    short = {"epochs": 3, "dropout": 0.1, "save_minutes": 0.0}
    train_members(config_of(store, tmp_path / "whole", base, **short), silent)
    train_members(config_of(store, tmp_path / "other", base, **short, seed=1), silent)

    class Stopped(Exception):
        pass

    told: list[str] = []
    original = fit.Fit._step

    def stopping(self: Any, *arguments: Any) -> float:
        if arguments[-1].step == 13:
            raise Stopped
        return original(self, *arguments)

    monkeypatch.setattr(fit.Fit, "_step", stopping)
    with pytest.raises(Stopped):
        train_members(config_of(store, tmp_path / "parts", base, **short), silent)
    monkeypatch.setattr(fit.Fit, "_step", original)
    assert not (tmp_path / "parts").exists()
    with pytest.raises(CheckpointError, match="other data or settings .epochs"):
        train_members(config_of(store, tmp_path / "parts", base, **(short | {"epochs": 4})), silent)
    vocabulary = load_policy(base).vocabulary
    save_checkpoint(tiny_policy(vocabulary, seed=9), tmp_path / "base")
    with pytest.raises(CheckpointError, match="other data or settings .policy"):
        train_members(config_of(store, tmp_path / "parts", tmp_path / "base", **short), silent)
    train_members(config_of(store, tmp_path / "parts", base, **short), told.append)
    assert any("resumed at step 13" in line for line in told)
    assert weights(tmp_path / "parts") == weights(tmp_path / "whole")
    assert weights(tmp_path / "other") != weights(tmp_path / "whole")


def test_ratings_alone(base: Path, tmp_path: Path) -> None:
    store = make_store(tmp_path / "triplets.db", 10, 3, ratings=True, split=False)
    ensemble = train_members(config_of(store, tmp_path / "mine", base, epochs=4), silent)
    assert set(ensemble.metadata.standardisation) == {"rating"}
    assert ensemble.metadata.training["ratings"] == ensemble.metadata.training["triplets"] > 20


def test_going_on_from_another_ensemble(
    trained: tuple[RewardConfig, RewardEnsemble], base: Path, tmp_path: Path
) -> None:
    config, before = trained
    store = make_store(tmp_path / "triplets.db", 3, 2, ratings=True, split=False)
    changes = {"start": config.out, "epochs": 1, "learning_rate": 1e-5}
    after = train_members(config_of(store, tmp_path / "mine", base, **changes), silent)
    script = ("miniature/night", "SaveImage", "VAEDecode", "KSampler", "steps=", "8", "@prompt", "@end")
    knows = [each.metadata for each in (before, after)]
    pairs = zip((before, after), knows, strict=True)
    said = [
        (lower_confidence_bound(each.score("a moon at night", [script])[0], 0) - k.offset) / k.scale
        for each, k in pairs
    ]
    assert said[1] == pytest.approx(said[0], abs=0.05)
    assert knows[1].choices["miniature/night"] > knows[0].choices["miniature/night"]
    assert knows[1].disagreement_threshold == knows[0].disagreement_threshold


def test_report_without_a_validation_split(base: Path, tmp_path: Path) -> None:
    store = make_store(tmp_path / "triplets.db", 20, 3, split=False)
    changes = {"report": True, "baselines": False, "hold_out_workflows": False, "epochs": 1, "ranking": 0.5}
    config = config_of(store, tmp_path / "out", base, **changes)
    train_members(config, silent)
    results = json.loads((config.log / "report.json").read_text(encoding="utf-8"))
    assert list(results["held out"]["examples"]) == ["prompts"]
    assert list(results["models"]) == ["ensemble", "a single member (mean of all)"]


def test_what_cannot_be_trained_on(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--policy", str(base), "--out", str(tmp_path / "out"), "--no-report"]
    assert main(["--store", str(tmp_path / "none.db"), *command]) == 2
    assert "no such store" in capsys.readouterr().err
    with TripletStore(tmp_path / "rated.db") as store:
        for rating in (1.0, 7.0):
            store.record_rated(job(random.Random(0), f"a cat {rating}", 0, "train")[0], rating, None)
    (tmp_path / "out.log").write_text("what it said", encoding="utf-8")
    assert main(["--store", str(tmp_path / "rated.db"), *command]) == 2
    assert "out.log: cannot be made" in capsys.readouterr().err
    (tmp_path / "out.log").unlink()
    with TripletStore(tmp_path / "empty.db"):
        pass
    assert main(["--store", str(tmp_path / "empty.db"), *command]) == 2
    assert "no triplet with a score or a rating" in capsys.readouterr().err
    draw = random.Random(0)
    with TripletStore(tmp_path / "same.db") as store:
        for number in range(3):
            store.record_rated(job(draw, f"a cat {number}", 0, "train")[0], 7.0, None)
    assert main(["--store", str(tmp_path / "same.db"), *command]) == 2
    assert "rating gives 7 to all 3" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


# ---- data --------------------------------------------------------------------------------------------------------


def example(prompt: str, name: str = "miniature/flat", scores: tuple[float, ...] = (0.0,), shape: str = "t") -> Example:
    return Example(prompt, (name, "SaveImage", "@end"), scores, shape, False)


def test_renders_of_other_seeds_are_one_example(store: Path) -> None:
    with TripletStore(store) as opened:
        triplets = list(opened.triplets())
    examples, standardisation = gather(triplets)
    assert sum(len(each.scores) for each in examples) == len(triplets)
    assert len({(each.prompt, each.choices) for each in examples}) == len(examples) < len(triplets)
    assert len({each.topology for each in examples}) == 4
    variance, _ = seed_variance(example.scores for example in examples)
    assert variance == pytest.approx((SEED_NOISE / standardisation.deviations["miniature"]) ** 2, rel=0.5)


def test_scorers_that_did_not_judge_everything() -> None:
    found = fit_standardisation([{"a": 0.0, "b": 1.0}, {"a": 2.0}, {"a": 4.0, "b": 3.0}])
    assert score_of(found, {"a": 2.0}) == pytest.approx(0)
    assert score_of(found, {"b": 3.0}) == pytest.approx(1)
    assert score_of(found, {"a": 2.0, "b": 3.0}) == pytest.approx(0.5)
    with pytest.raises(DataError):
        fit_standardisation([{}, {}])


def test_what_is_held_out() -> None:
    examples = [
        example(f"p{n % 20}", f"miniature/m{n % 7}", shape=f"t{n % 11}") for n in range(400)
    ]  # fmt: skip
    held = choose_held(examples, 0.1, True)
    assert held == choose_held(list(reversed(examples)), 0.1, True)
    assert (len(held.prompts), len(held.topologies), len(held.files)) == (2, 1, 1)
    sets = [held.set_of(each) for each in examples]
    assert set(sets) == {None, "prompts", "workflows", "both"}
    for each, name in zip(examples, sets, strict=True):
        new = each.topology in held.topologies or each.choices[0] in held.files
        assert (name in ("workflows", "both")) == new
        assert (name in ("prompts", "both")) == (each.prompt in held.prompts)
    assert not choose_held(examples, 0.1, False).topologies


def encoded(groups: list[int]) -> list[Encoded]:
    return [Encoded((1,) * (3 + group % 5), (2, 3), 0.0, 1, group) for group in groups]


def test_bootstrap_samples_are_of_prompts() -> None:
    rows = [n // 4 for n in range(400)]
    found = bootstrap(rows, 4, 0)
    assert (found.reshape(4, 100, 4).std(2) == 0).all()
    assert found.sum(1).tolist() == [400] * 4
    shares = (found == 0).mean(1)
    assert (abs(shares - np.exp(-1)) < 0.12).all()
    assert not (found[0] == found[1]).all()
    assert (found == bootstrap(rows, 4, 0)).all()


def test_each_epoch_has_every_example_once() -> None:
    rows = encoded([n // 3 for n in range(100)])
    for epoch in (0, 1):
        found = batches(rows, 8, 0, epoch)
        assert sorted(index for batch in found for index in batch) == list(range(100))
        assert len(found) == 13 and sorted(map(len, found)) == [4, *[8] * 12]
    assert batches(rows, 8, 0, 0) != batches(rows, 8, 0, 1)
    together = [
        rows[one].group == rows[other].group
        for batch in batches(rows, 8, 0, 0)
        for one, other in zip(batch[:-1], batch[1:], strict=True)
    ]
    assert sum(together) > 50


# ---- measures and losses -----------------------------------------------------------------------------------------


def test_measures() -> None:
    left, right = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 4.0, 9.0, 16.0])
    assert spearman(left, right) == pytest.approx(1)
    assert spearman(left, -right) == pytest.approx(-1)
    assert spearman(np.array([1.0, 1.0, 2.0]), np.array([0.0, 0.0, 5.0])) == pytest.approx(1)
    assert np.isnan(spearman(left, np.ones(4)))
    predicted, scores = np.array([1.0, 2.0, 5.0, 4.0, 0.0]), np.array([1.0, 2.0, 3.0, 4.0, 4.0])
    share, pairs = pairwise_accuracy(predicted, scores, ["a", "a", "b", "b", "b"])
    assert share == pytest.approx(1 / 3) and pairs == 3
    assert pairwise_accuracy(np.zeros(2), scores[:2], ["a", "a"]) == (0.5, 1)
    rows = [example("p", scores=(value,)) for value in (0.0, 1.0, 2.0)]
    assert quality(np.array([0.0, 1.0, 2.0]), rows)["r2"] == 1
    assert quality(np.array([1.0, 1.0, 1.0]), rows)["r2"] == 0
    assert ceiling(rows, 0.1) == pytest.approx(1 - 0.1 / (2 / 3), abs=1e-4)
    assert ceiling(rows, float("nan")) is None


def test_calibration_of_members_that_know_where_they_err() -> None:
    rng = np.random.default_rng(0)
    doubt = np.linspace(0.1, 2, 300)
    rows = [example(str(n), scores=(0.0,)) for n in range(300)]
    members = rng.normal(0, 1, (5, 300)) * doubt
    found = calibration(members, rows)
    assert found["spearman"] > 0.4
    fifths = found["fifths"]
    assert fifths[-1]["deviation"] > 2 * fifths[0]["deviation"] and fifths[-1]["error"] > 2 * fifths[0]["error"]


def test_heads_alone_learn_what_suits_what() -> None:
    generator = torch.Generator().manual_seed(0)
    known = torch.randn(6000, 8, generator=generator) * 3 + 5
    one, other = (known[:, 0] > 5, known[:, 1] > 5)
    targets = (one == other).float() - 0.5  # no sum of what is good of each tells it
    weights = np.stack([np.arange(6000) < 5000, np.zeros(6000), np.arange(6000) < 4000]).astype(np.float32)
    weights[1, 3] = 1.0
    heads = Heads(3, 8)
    for member in range(3):
        heads.draw(member, torch.Generator().manual_seed(member))
    before = heads.tensors(0)
    fit_heads(heads, known, targets, weights, 0, huber=1.0)
    with torch.no_grad():
        agreeing = [heads(known[5000:], member).sign() == targets[5000:].sign() for member in (0, 2)]
    right = [float(each.float().mean()) for each in agreeing]
    assert min(right) > 0.85
    alone = Heads(1, 8)
    alone.put(0, before)
    fit_heads(alone, known, targets, weights[:1], 0, huber=1.0)
    for name, tensor in alone.tensors(0).items():  # what the others learn changes nothing
        torch.testing.assert_close(tensor, heads.tensors(0)[name])


def test_what_was_always_the_same_says_nothing() -> None:
    known = torch.randn(300, 4, generator=torch.Generator().manual_seed(0))
    known[:, 2] = 0
    heads = Heads(1, 4)
    heads.draw(0, torch.Generator().manual_seed(0))
    fit_heads(heads, known, known[:, 0], np.ones((1, 300), np.float32), 0, huber=1.0)
    other = known[:5].clone()
    other[:, 2] = 1
    with torch.no_grad():
        assert torch.equal(heads(other, 0), heads(known[:5], 0))


def test_ranking_counts_pairs_of_one_prompt() -> None:
    scores, groups = torch.tensor([0.0, 2.0, 9.0]), torch.tensor([0, 0, 1])
    right = ranking(scores, torch.tensor([0.0, 1.0, -5.0]), groups, 1)
    assert right.item() == pytest.approx(np.log1p(np.exp(-2)), rel=1e-4)
    wrong = ranking(scores, torch.tensor([1.0, 0.0, 5.0]), groups, 2)
    assert wrong.item() == pytest.approx(np.log1p(np.exp(2)) / 2, rel=1e-4)
    assert ranking(scores, torch.zeros(3), groups, 1).item() == 0
    targets, weights = [1.0, 2.0, 3.0, 3.0, 4.0], np.array([[1, 1, 2, 1, 1], [0, 1, 1, 0, 3]], np.float32)
    whole = BatchTotals.of(
        weights, [Encoded((1,), (2,), t, 1, g) for t, g in zip(targets, [0, 0, 0, 1, 1], strict=True)]
    )
    assert whole.weights.tolist() == [6, 5] and whole.pairs.tolist() == [4, 1]


def test_members_are_clipped_apart() -> None:
    part = torch.nn.Parameter(torch.zeros(2, 3))
    part.grad = torch.tensor([[30.0, 40.0, 0.0], [0.3, 0.4, 0.0]])
    clip([part], 2)
    torch.testing.assert_close(part.grad, torch.tensor([[0.6, 0.8, 0.0], [0.3, 0.4, 0.0]]))


def test_a_log_folder_of_another_store(base: Path, tmp_path: Path) -> None:
    first = make_store(tmp_path / "a.db", 4, 2)
    config = config_of(first, tmp_path / "out", base, epochs=1)
    config.log.mkdir()
    (config.log / "training.json").write_text('{"triplets": "x"}', encoding="utf-8")
    with pytest.raises(CheckpointError, match="triplets"):
        train_members(config, silent)
    shutil.rmtree(config.log)
    train_members(config, silent)


def test_how_often_whoever_knew_all_but_the_seed_would_be_right() -> None:
    random_ = np.random.default_rng(0)
    worth = random_.normal(size=(3000, 2))
    renders = worth[:, :, None] + random_.normal(size=(3000, 2, 2))
    rows = [
        Example(f"prompt {prompt}", (str(script),), tuple(renders[prompt, script]), "", False)
        for prompt in range(3000)
        for script in range(2)
    ]
    ahead = np.sign(worth[:, 0] - worth[:, 1]) == np.sign(renders[:, 0, 0] - renders[:, 1, 0])
    share, pairs = order_ceiling(rows)
    assert pairs == 3000 and share == pytest.approx(ahead.mean(), abs=0.03)
    assert order_ceiling([Example("once", ("a",), (1.0,), "", False)])[1] == 0
