"""`nodewright train evidence` on small files of the form that the public ones have, written here."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from random import Random

import numpy as np
import pytest

from nodewright.cli import main
from nodewright.models.reward.evidence_ensemble import EvidenceEnsemble
from nodewright.training.common.errors import TrainingError
from nodewright.training.evidence.documentation import BROKEN, documentation_rows
from nodewright.training.evidence.fit import fit, fit_members, table_of
from nodewright.training.evidence.learned import gather, learned
from nodewright.training.evidence.presets import read_presets, release_years
from nodewright.training.evidence.report import linear as linear_fit
from nodewright.training.evidence.report import ordered, right_order, source_means
from nodewright.training.evidence.rows import SPREAD, rated_rows
from nodewright.training.evidence.sources import read_ratings
from nodewright.workflow.features.plain_scripts import PlainSettings, plain_script

MODELS = {"SD1.4": 1.0, "SD1.5": 1.5, "SDXL": 3.0, "Pixart": 3.5, "DALLE2": 4.0}
TABLES = {"Stable Diffusion v1.4": 20.0, "Stable Diffusion v2.0": 21.0, "SDXL": 24.0, "Flux.1-dev": 27.0}


def write_csv(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    random = Random(0)
    found = tmp_path / "public"
    found.mkdir()
    pictures = [
        {"prompt": f"prompt {number}", "model": model, "mos": quality + difficulty + random.gauss(0, 0.3)}
        for number in range(40)
        for difficulty in [random.gauss(0, 2)]
        for model, quality in MODELS.items()
    ]
    write_csv(found / "mos_aigiqa20k.csv", [{**row, "family": "", "image_index": 0} for row in pictures])
    tables = [
        {"benchmark": "Bench (README)", "metric": "Bench", "category": category, "model": model, "value": value + shift}
        for category, shift in (("photo", 0.0), ("counting", -2.0), ("average", 0.0))
        for model, value in TABLES.items()
    ]
    write_csv(found / "bench_model_level.csv", tables)
    presets = [
        {
            "name": "SDXL",
            "files": "ai/stable-diffusion-xl-base-1.0",
            "date": "2023 July",
            "steps": 30,
            "cfg": 5,
        },
        {"name": "Z-Image", "files": "Tongyi-MAI/Z-Image-Turbo", "date": "2025 November", "steps": 9, "cfg": 0.0},
        {"name": "Flux", "files": "black-forest-labs/FLUX.1-dev", "date": "2024 July", "cfg": 3.5, "steps": 20},
        {"name": "no model of ours", "files": "a/b"},
    ]
    (found / "settings_presets.jsonl").write_text("\n".join(map(json.dumps, presets)), encoding="utf-8")
    return found


def test_scores_are_standardised_and_freed_of_their_prompts(folder: Path) -> None:
    rows = rated_rows(read_ratings(folder), Random(0))
    pictures = [row for row in rows if row.source == "AIGIQA-20K"]
    assert len(pictures) == 4 * 40  # not the closed one
    scores = np.array([row.score for row in pictures])
    assert scores.mean() == pytest.approx(0, abs=1e-9) and scores.std() == pytest.approx(1)
    models = np.unique([row.script[0] for row in pictures], return_inverse=True)[1]
    within = scores - (np.bincount(models, scores) / np.bincount(models))[models]
    assert np.std(within) < 0.5  # prompts differed by 2, models by 1
    table = [row.score for row in rows if row.source == "Bench" and row.group == "Bench: photo"]
    assert len(table) == 4 and np.std(table) == pytest.approx(SPREAD)
    assert not [row for row in rows if row.group == "Bench: average"]


def test_a_model_of_many_pictures_weighs_no_more_than_its_source_is_trusted(folder: Path) -> None:
    rows = rated_rows(read_ratings(folder), Random(0))
    pictures = [row for row in rows if row.source == "AIGIQA-20K" and row.script[0].startswith("sdxl/")]
    assert sum(row.weight for row in pictures) == pytest.approx(1 / (0.25**2 + 1 / 40))


def test_release_years_are_the_earliest(folder: Path) -> None:
    years = release_years(read_presets(folder))
    assert years["family=sdxl"] == pytest.approx(2023 + 6.5 / 12)
    assert years["family=z_image"] > years["family=flux"]
    gathered = gather(folder, 0)
    assert gathered.released["family=z_image"] == pytest.approx(years["family=flux"], abs=0.01)  # not beyond the rated


def test_what_is_learned_orders_models_and_settings(folder: Path) -> None:
    ensemble = learned(gather(folder, 0), 8, 0)
    good = PlainSettings(25, 6.0, "euler", "normal", 1024, 1024)
    scripts = [
        plain_script("sd15/sd_v1_4", PlainSettings(25, 6.0, "euler", "normal", 512, 512)),
        plain_script("sdxl/sd_xl_base_1_0", good),
        plain_script("sdxl/sd_xl_base_1_0", PlainSettings(1, 20.0, "euler", "normal", 1024, 1024)),
    ]
    old, new, broken = (reward.mean for reward in ensemble.score("a fox", scripts))
    assert old is not None and new is not None and broken is not None
    assert new > old + 0.3 and broken < old - 1
    assert ensemble.knowledge.training["left_out"] == {"DALLE2": 40}


def test_sources_that_are_left_out_count_for_nothing(folder: Path) -> None:
    gathered = gather(folder, 0)
    for row in gathered.rows:
        assert row.source in ("AIGIQA-20K", "Bench", "documentation")
    without = fit_members(gathered.table, 4, 0, ["Bench"])
    place = gathered.table.names.index("family=flux")
    assert abs(without[:, place].mean()) < abs(fit(gathered.table, gathered.table.weights)[place])


def test_an_order_that_agrees_is_found(folder: Path) -> None:
    table = gather(folder, 0).table
    means = source_means(table, table.scores)
    found = {one.source: one for one in ordered(table, means, linear_fit)}
    assert found["Bench"].all_models > 0.79 and found["Bench"].models == 4
    (pairs,) = right_order(table, linear_fit)
    assert pairs.pairs == 40 * 6 and pairs.right > 0.9
    (turned,) = right_order(table, lambda table, weights: -linear_fit(table, weights))
    assert turned.right < 0.1


def test_documentation_has_rows_of_both_kinds_for_every_model() -> None:
    table = table_of(documentation_rows(Random(0)), {})
    scores: dict[str, set[float]] = {}
    for row in table.rows:
        scores.setdefault(row.script[0], set()).add(row.score)
    assert {"sdxl/sdxl", "z_image/z_image_turbo", "flux/flux"} <= scores.keys()
    for alias in ("sdxl/sdxl", "z_image/z_image_turbo", "flux/flux"):
        assert {0.0, BROKEN} <= scores[alias]


def test_the_command_writes_an_ensemble_and_figures(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n<!-- results: begin -->\n<!-- results: end -->\n", encoding="utf-8")
    out = tmp_path / "evidence"
    given = ["train", "evidence", "--folder", folder, "--out", out, "--page", page, "--members", "3"]
    assert main([str(each) for each in given]) == 0
    assert "| Bench " in page.read_text(encoding="utf-8") and (tmp_path / "evidence.md").is_file()
    assert len(EvidenceEnsemble.load(out).weights) == 3
    assert main([str(each) for each in [*given, "--no-report"]]) == 0  # an ensemble is replaced
    again = EvidenceEnsemble.load(out)
    assert np.array_equal(again.weights, EvidenceEnsemble.load(out).weights)


def test_other_ways_to_learn_are_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "evidence", "--folder", str(folder), "--members", "2", "--compare"]) == 0
    printed = capsys.readouterr().out
    assert "gradient boosting" in printed and "network" in printed


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mos_aigiqa20k.csv", "prompt,model\na,SDXL\n"),
        ("mos_aigiqa20k.csv", "prompt,model,mos\na,SDXL,high\n"),
        ("mos_aigiqa20k.csv", "prompt,model,mos\na,SDXL,nan\n"),
        ("align_evalmuse_recovered.jsonl", "[1, 2]\n"),
        ("align_evalmuse_recovered.jsonl", "{"),
        ("settings_presets.jsonl", "not JSON"),
    ],
)
def test_a_file_that_is_not_as_expected_ends_with_its_name(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(TrainingError, match=name.partition(".")[0] if "nan" not in text else "AIGIQA-20K"):
        gather(folder, 0)


def test_a_folder_without_files_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "evidence", "--folder", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "mos_agiqa3k.csv" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_nothing_else_is_replaced(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine", encoding="utf-8")
    assert main(["train", "evidence", "--folder", str(folder), "--out", str(other)]) == 2
    assert (other / "thesis.txt").read_text(encoding="utf-8") == "mine"
