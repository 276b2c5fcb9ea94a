"""Reward ensembles over parts: what they learn, that trees are computed as scikit-learn does, and their files."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from sklearn.ensemble import HistGradientBoostingRegressor

from nodewright.models.reward.by_family import load_judge
from nodewright.models.reward.members import RewardError
from nodewright.models.reward.parts_ensemble import PartsEnsemble, kind_products, parts_matrix
from nodewright.models.reward.trees import Forest
from nodewright.store.triplets import Job, TripletStore
from nodewright.training.grpo.start import load_ensemble
from nodewright.training.reward.command import main
from nodewright.training.reward.parts import boosted, forest_of

MAINS = ("miniature/flat", "miniature/night", "miniature/crowd")
PLAIN, NIGHT = "a green cat by day", "a green cat at night"


def script(main_model: str = "miniature/flat", steps: int = 8) -> tuple[str, ...]:
    return (main_model, "SaveImage", "VAEDecode", "KSampler", "steps=", str(steps), "@prompt", "@end")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ratings: at night the night model is good, else the flat one; more steps are better; cats are hard."""
    path = tmp_path_factory.mktemp("store") / "triplets.db"
    draw = random.Random(0)
    with TripletStore(path) as opened:
        for number in range(240):
            night, thing = draw.random() < 0.5, draw.choice(("cat", "moon", "tree", "ring"))
            prompt = f"a {draw.choice(('red', 'green'))} {thing} {'at night' if night else 'by day'} {number}"
            for _ in range(4):
                main_model, steps = draw.choice(MAINS), draw.randint(1, 40)
                fits = main_model == (MAINS[1] if night else MAINS[0])
                score = 2.0 * fits + np.log2(steps) / 2 - (thing == "cat") + draw.gauss(0, 0.2)
                choices = script(main_model, steps)
                api = {"1": {"class_type": "KSampler", "inputs": {"file": main_model, "steps": steps}}}
                job = Job(prompt, choices, api, 0, "random", "train", kind="night" if night else "day")
                opened.record_rated(job, round(float(score) + 3, 3), None)
    return path


@pytest.fixture(scope="module")
def folder(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "reward"
    assert main(["--store", str(store), "--out", str(out), "--over", "parts", "--members", "3"]) == 0
    return out


def means(ensemble: PartsEnsemble, prompt: str, *scripts: tuple[str, ...]) -> list[float]:
    found = [reward.mean for reward in ensemble.score(prompt, scripts)]
    assert None not in found
    return [mean for mean in found if mean is not None]


def test_it_explains_what_can_be_explained(folder: Path) -> None:
    report = json.loads((folder.with_name("reward.log") / "report.json").read_text(encoding="utf-8"))
    found = {name: sets["prompts"] for name, sets in report["models"].items()}
    assert found["ensemble"]["r2"] > 0.85 > found["ridge: both"]["r2"]
    assert found["ensemble"]["accuracy"] > 0.85
    assert (folder.with_name("reward.log") / "report.md").read_text(encoding="utf-8").startswith("# Reward ensemble")


def test_the_right_main_model_and_more_steps_score_better_and_a_hard_prompt_worse(folder: Path) -> None:
    ensemble = PartsEnsemble.load(folder)
    assert set(ensemble.kinds) == {"day", "night"}
    for prompt, best in ((PLAIN, MAINS[0]), (NIGHT, MAINS[1])):
        scores = dict(zip(MAINS, means(ensemble, prompt, *(script(each) for each in MAINS)), strict=True))
        assert max(scores, key=scores.__getitem__) == best
    few, more, many = means(ensemble, PLAIN, script(steps=2), script(steps=7), script(steps=30))
    assert few < more < many
    assert means(ensemble, PLAIN, script()) < means(ensemble, "a green moon by day", script())
    once, twice = ensemble.score(PLAIN, [script(), script()])
    assert once == twice and once.deviation > 0 and len(once.members) == 3


def test_products_are_of_each_kind_and_each_part_of_the_script() -> None:
    columns = ("main flat", "word cat", "0 steps")
    rows = np.array([[1, 1, 3, 0.5, 0.25], [0, 1, 2, 0, 1]], np.float32)  # two kinds behind three parts
    assert kind_products(rows, columns).tolist() == [[0.5, 1.5, 0.25, 0.75], [0, 0, 0, 2]]


def test_the_linear_model_adds_up_what_suits_either_kind(folder: Path) -> None:
    """By day the flat model leads, at night the other; for both at once, of which no triplet is, neither by much."""
    ensemble = PartsEnsemble.load(folder)
    assert ensemble.kinds == ("day", "night")
    places = {name: place for place, name in enumerate(ensemble.columns)}
    parts = parts_matrix([(NIGHT, script(each)) for each in MAINS[:2]], places)
    for member in ensemble.members:
        leads = []
        for kinds in ([1, 0], [0, 1], [1, 1]):
            rows = np.concatenate([parts, np.array([kinds] * 2, np.float32)], axis=1)
            products = kind_products(rows, ensemble.columns)
            flat, night = member.line.of(np.concatenate([rows, products], axis=1))[:, 0]
            leads.append(night - flat)
        assert leads[0] < -0.2 < 0.2 < leads[1] and abs(leads[2] - leads[0] - leads[1]) < 0.2


def test_what_it_has_not_seen_is_warned_of_or_has_no_mean(folder: Path) -> None:
    ensemble = PartsEnsemble.load(folder)
    (unknown,) = ensemble.score(PLAIN, [script("sdxl/base")])
    assert unknown.mean is None and "none of its family" in unknown.missing
    (far,) = ensemble.score(PLAIN, [script(steps=400)])
    assert far.novel_choices == ("steps=400 (mostly 1 to 40)",)
    with pytest.raises(RewardError, match="without choices"):
        ensemble.score(PLAIN, [()])


def test_it_is_loaded_as_it_was_written_wherever_an_ensemble_is_named(folder: Path) -> None:
    expected = PartsEnsemble.load(folder).score(NIGHT, [script()])
    judge = load_judge(folder, None)  # type: ignore[arg-type]
    assert isinstance(judge, PartsEnsemble) and judge.score(NIGHT, [script()]) == expected
    loaded = load_ensemble(folder, None, 1.0)  # type: ignore[arg-type]
    assert expected[0].mean is not None
    assert loaded.function(NIGHT, [script()]) == [expected[0].mean - expected[0].deviation]


def test_a_damaged_file_is_named(folder: Path, tmp_path: Path) -> None:
    def damaged(name: str, **changes: np.ndarray) -> str:
        copy = tmp_path / "reward"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        save_file(load_file(copy / name) | changes, copy / name)
        with pytest.raises(RewardError) as caught:
            PartsEnsemble.load(copy)
        assert str(copy / name) in str(caught.value)
        return str(caught.value)

    member = load_file(folder / "member-1.safetensors")
    assert "not there" in damaged("member-1.safetensors", children=member["children"] + 10**6)
    assert "not there" in damaged("member-1.safetensors", columns=member["columns"] - 1)
    assert "same nodes" in damaged("member-1.safetensors", values=member["values"][1:])
    assert "numbers of nodes" in damaged("member-1.safetensors", roots=member["roots"].astype(np.float32))
    assert "finite" in damaged("kinds.safetensors", bias=np.full(2, np.nan, np.float32))
    assert "no weights of 2 functions" in damaged("kinds.safetensors", weights=np.zeros((2, 3), np.float32))
    shutil.copy(folder / "kinds.safetensors", tmp_path / "reward")
    (tmp_path / "reward" / "member-0.safetensors").write_bytes(b"")
    with pytest.raises(RewardError, match=r"member-0\.safetensors"):
        PartsEnsemble.load(tmp_path / "reward")


def test_trees_are_computed_as_scikit_learn_computes_them() -> None:
    random_ = np.random.default_rng(0)
    rows = np.round(random_.normal(size=(800, 6)), 1).astype(np.float32)
    targets = rows[:, 0] * (rows[:, 1] > 0) + np.sin(rows[:, 2]) + random_.normal(size=800) / 4
    model = HistGradientBoostingRegressor(max_iter=60, random_state=0).fit(rows, targets)
    unseen = np.concatenate([rows, random_.normal(size=(200, 6)).astype(np.float32) * 4])
    np.testing.assert_allclose(forest_of(model).predict(unseen), model.predict(unseen), atol=1e-4)


def test_trees_that_go_round_in_a_circle_end() -> None:
    ring = np.array([[1, 1], [0, 0]], np.int32)
    zeros = np.zeros(2, np.float32)
    forest = Forest(np.array([0], np.int32), np.zeros(2, np.int32), zeros, ring, zeros)
    assert forest.predict(np.zeros((3, 1), np.float32)).tolist() == [0, 0, 0]


def test_weights_count(store: Path) -> None:
    rows = np.array([[0.0], [1.0]] * 100, np.float32)
    targets = np.array([0.0, 1.0] * 50 + [4.0, 5.0] * 50)
    late = np.array([0.0] * 100 + [1.0] * 100, np.float32)
    kept = late > 0
    found = boosted(rows[kept], targets[kept], late[kept], 0).predict(rows[:2])
    np.testing.assert_allclose(found, [4, 5], atol=0.1)


def test_what_does_not_go_together_is_refused(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--store", str(store), "--out", str(tmp_path / "out"), "--over", "parts"]
    for more, reason in ((["--start", str(tmp_path)], "train on all triplets together"), (["--over", "x"], "parts or")):
        with pytest.raises(SystemExit):
            main([*command, *more])
        assert reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
