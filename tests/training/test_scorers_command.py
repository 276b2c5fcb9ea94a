"""`nodewright train scorers`, on real files, by a small PickScore and a small HPS with random weights."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file
from scorers_by_hand import Tower, open_clip_shapes, random_weights
from test_real_scorers import clip_folder, painted
from tiny_policy import one_thread

from nodewright.cli import main
from nodewright.miniature.captions import caption
from nodewright.miniature.drawing import draw
from nodewright.miniature.scenes import SceneConfig, sample_scene
from nodewright.store.pictures import Picture
from nodewright.training.scorers.command import read_prompts, score_each
from nodewright.training.scorers.scorers import open_scorer
from nodewright.training.scorers.standardisation import Standardisation

__all__ = ["one_thread"]
pytestmark = pytest.mark.usefixtures("one_thread")

FILES = ["a.png", "b.jpg", "deep/c.webp", "deep/d.PNG", "e.png"]


@pytest.fixture(scope="module")
def models(comfyui_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small scorers: the folder `pick`, and HPS's file beside."""
    folder = tmp_path_factory.mktemp("models")
    words = folder / "words"
    words.mkdir()
    for name in ("vocab.json", "merges.txt"):
        shutil.copyfile(comfyui_path / "comfy" / "sd1_tokenizer" / name, words / name)
    clip_folder(folder / "pick", words, 24)
    weights = random_weights(open_clip_shapes(Tower(32, 1, 48), Tower(48, 1, 64), 24), 1)
    save_file(weights, words / "HPS_v2.1_compressed.safetensors")
    return folder


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Five pictures, a text beside them."""
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    for index, name in enumerate(FILES):
        painted((40 + 10 * index, 60), index).save(folder / name)
    (folder / "notes.txt").write_text("no picture", encoding="utf-8")
    return folder


def score(*arguments: str | Path) -> int:
    return main(["train", "scorers", *map(str, arguments)])


def test_a_folder_becomes_a_table(
    models: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = tmp_path / "prompts.jsonl"
    texts = {name: f'a "cat", number {index}' for index, name in enumerate(FILES)}
    prompts.write_text("\n".join(json.dumps({"file": n, "prompt": t}) for n, t in texts.items()), encoding="utf-8")
    scorers = ["--scorers", f"pickscore={models / 'pick'}", "--scorers", f"hps-v2.1={models / 'words'}"]
    fitted = tmp_path / "standardisation.json"
    out = tmp_path / "new" / "table.csv"
    assert score(pictures, *scorers, "--prompts", prompts, "--out", out, "--fit-standardisation", fitted) == 0
    assert f"5 pictures scored, 0 problems; wrote {out}" in capsys.readouterr().out
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == sorted(FILES)
    assert {row["file"]: row["prompt"] for row in rows} == texts
    asked = [Picture(pictures / row["file"], row["prompt"]) for row in rows]
    for name, source in (("pickscore", models / "pick"), ("hps-v2.1", models / "words")):
        assert [float(row[name]) for row in rows] == pytest.approx(open_scorer(name, source)(asked), abs=1e-4)
    standardisation = Standardisation.from_json(json.loads(fitted.read_text(encoding="utf-8")))
    for row in rows:
        raw = {name: float(row[name]) for name in ("pickscore", "hps-v2.1")}
        assert float(row["score"]) == pytest.approx(standardisation.weighted(raw))

    lines = tmp_path / "table.jsonl"
    assert score(pictures, *scorers, "--prompts", prompts, "--out", lines, "--standardisation", fitted) == 0
    again = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    assert [line["score"] for line in again] == pytest.approx([float(row["score"]) for row in rows])
    assert again[0]["scores"].keys() == {"pickscore", "hps-v2.1"}
    assert not list(tmp_path.rglob("*.partial"))


def test_bad_pictures_are_named_and_the_rest_is_scored(
    models: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pictures / "b.jpg").write_bytes(b"broken")
    out = tmp_path / "table.csv"
    assert score(pictures, "--scorers", f"pickscore={models / 'pick'}", "--prompt", "a cat", "--out", out) == 1
    assert "not scored: pickscore: " in (said := capsys.readouterr().err) and "b.jpg" in said
    rows = out.read_text(encoding="utf-8").splitlines()
    assert rows[0] == "file,prompt,pickscore"
    assert [row.partition(",")[0] for row in rows[1:]] == [name for name in sorted(FILES) if name != "b.jpg"]


def test_pictures_without_a_prompt_and_prompts_without_a_picture_are_named(
    models: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = tmp_path / "prompts.jsonl"
    lines = [{"file": name, "prompt": "a cat"} for name in [*FILES[1:], "absent.png"]]
    prompts.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    out = tmp_path / "table.csv"
    assert score(pictures, "--scorers", f"pickscore={models / 'pick'}", "--prompts", prompts, "--out", out) == 1
    said = capsys.readouterr().err
    assert "a.png" in said and "has no line for it" in said
    assert "absent.png" in said and "it is not there" in said
    assert len(out.read_text(encoding="utf-8").splitlines()) == 5


@pytest.mark.parametrize("device", ["cuda:99", "nonsense"])
def test_a_device_that_is_not_there_is_told(
    device: str, models: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pick, out = f"pickscore={models / 'pick'}", tmp_path / "t.csv"
    assert score(pictures, "--scorers", pick, "--prompt", "a cat", "--out", out, "--device", device) == 2
    assert f"{device}: torch cannot use it here" in capsys.readouterr().err


def test_the_good_ones_of_a_batch_are_scored() -> None:
    def picky(pictures: Sequence[Picture]) -> list[float]:
        if any(picture.prompt == "bad" for picture in pictures):
            raise ValueError("one is bad")
        return [float(picture.prompt) for picture in pictures]

    asked = {str(index): Picture(Path("x.png"), "bad" if index == 4 else str(index)) for index in range(7)}
    scores, refused = score_each(picky, asked, 3)
    assert scores == {str(index): float(index) for index in range(7) if index != 4}
    assert refused == ["4: one is bad"]


def test_a_sum_that_cannot_be_fitted_costs_no_scores(
    models: Path, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in FILES[1:]:
        (pictures / name).unlink()
    out, fitted = tmp_path / "table.csv", tmp_path / "fitted.json"
    wanted: list[str | Path] = ["--scorers", f"pickscore={models / 'pick'}", "--prompt", "a cat", "--out", out]
    assert score(pictures, *wanted, "--fit-standardisation", fitted) == 2
    assert "scores of 1 pictures" in capsys.readouterr().err
    assert len(out.read_text(encoding="utf-8").splitlines()) == 2 and not fitted.exists()


def test_all_pictures_bad_writes_no_table(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"broken")
    out = tmp_path / "table.csv"
    assert score(folder, "--scorers", f"pickscore={models / 'pick'}", "--prompt", "a cat", "--out", out) == 2
    assert not out.exists() and "a.png" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--scorers", "pickscore=absent"], "absent: no such folder"),
        (["--scorers", "beauty"], "no such scorer"),
        (["--scorers", "pickscore", "--scorers", "pickscore=x"], "once is enough"),
        (["--scorers", "laion-aesthetic"], "laion-aesthetic=FOLDER"),
        (["--scorers", "pickscore", "--out", "table.txt"], ".csv or .jsonl"),
        (["--scorers", "pickscore", "--prompt", " "], "what should the pictures show"),
        (["--scorers", "pickscore", "--weights", "pickscore=much"], "NAME=NUMBER"),
        (["--scorers", "pickscore", "--weights", "pickscore=1"], "--weights is for --fit-standardisation"),
        (
            ["--scorers", "pickscore", "--weights", "miniature=1", "--fit-standardisation", "s"],
            "add miniature to --scorers",
        ),
        (["--scorers", "pickscore", "--standardisation", "hps.json"], "add hps-v2.1 to --scorers"),
        (["--scorers", "pickscore", "--standardisation", "lines.jsonl"], "lines.jsonl"),
    ],
)
def test_what_cannot_be_done_is_told(
    change: list[str], message: str, pictures: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(pictures.parent)
    Path("lines.jsonl").write_text("{", encoding="utf-8")
    fitted = Standardisation({"hps-v2.1": 0.25}, {"hps-v2.1": 0.02}, {"hps-v2.1": 1.0})
    Path("hps.json").write_text(json.dumps(fitted.to_json()), encoding="utf-8")
    assert score(pictures, "--prompt", "a cat", "--out", "table.csv", *change) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('{"file": "a.png"', "line 1: not JSON"),
        ('\n{"file": "a.png"}', "line 2: it should have"),
        ('{"file": "a.png", "prompt": "x", "meaning": 3}', '"meaning" should be an object'),
        ('{"file": "a.png", "prompt": "x"}\n{"file": "a.png", "prompt": "y"}', "line 2: a.png was there before"),
    ],
)
def test_wrong_lines_are_told(
    lines: str, message: str, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text(lines, encoding="utf-8")
    assert score(pictures, "--scorers", "pickscore", "--prompts", prompts, "--out", tmp_path / "t.csv") == 2
    assert message in capsys.readouterr().err


def test_lines_end_at_line_feeds_alone(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.jsonl"
    lines = [{"file": "a.png", "prompt": "a\u2028cat"}, {"file": "b.png", "prompt": "half a \ud83d"}]
    text = json.dumps(lines[0], ensure_ascii=False) + "\r\n" + json.dumps(lines[1])
    prompts.write_bytes(text.encode("utf-8-sig"))
    found = read_prompts(prompts, tmp_path)
    assert [picture.prompt for picture in found.values()] == ["a\u2028cat", "half a ?"]


def test_a_folder_without_pictures_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, message in ((tmp_path, "no pictures in it"), (tmp_path / "absent", "no such folder")):
        assert score(folder, "--scorers", "pickscore", "--prompt", "x", "--out", tmp_path / "t.csv") == 2
        assert message in capsys.readouterr().err


def test_the_miniatures_own_scorer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It prefers what was asked for, and refuses pictures that it cannot look at or whose prompt has no meaning."""
    rng = np.random.default_rng(0)
    scenes = [sample_scene(rng, SceneConfig(kinds={"single": 1.0})) for _ in range(4)]
    said = [caption(scene, rng, unknown_words=False) for scene in scenes]
    lines = []
    for index, scene in enumerate(scenes):
        pixels = (draw(scene, 64, 64).clip(0, 1) * 255).round().astype(np.uint8)
        for wanted in range(4):
            name = f"{index} as {wanted}.png"
            Image.fromarray(pixels).save(tmp_path / name)
            lines.append({"file": name, "prompt": said[wanted].text, "meaning": said[wanted].wanted.to_json()})
    del lines[-1]["meaning"]
    lines[-2]["meaning"] = {"things": [{"shape": "blob"}]}
    (tmp_path / "2 as 2.png").write_bytes(b"broken")
    prompts, out = tmp_path / "prompts.jsonl", tmp_path / "table.csv"
    prompts.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert score(tmp_path, "--scorers", "miniature", "--prompts", prompts, "--out", out) == 1
    told = capsys.readouterr().err
    assert "3 as 3.png: the miniature's scorer needs the meaning" in told
    assert "3 as 2.png: the meaning" in told and "shape 'blob' is none of" in told
    assert "2 as 2.png: cannot be read as a picture" in told
    with out.open(encoding="utf-8", newline="") as file:
        scores = {row["file"]: float(row["miniature"]) for row in csv.DictReader(file)}
    assert len(scores) == 13
    for index in range(2):
        own = scores[f"{index} as {index}.png"]
        assert all(own > scores[f"{index} as {wanted}.png"] for wanted in range(4) if wanted != index)
