"""`nodewright score`, and candidates ranked by a reward model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_command import CHECKPOINT, Command
from tiny_reward import write_tiny_reward

from nodewright.models.policy.checkpoints import shipped_policy_path
from nodewright.models.reward.evidence_ensemble import shipped_evidence_path

PROMPT = "a red circle on a blue background"


@pytest.fixture(scope="session")
def reward(policy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reward") / "tiny"
    write_tiny_reward(folder, policy, {"SaveImage": 1, "KSampler": 2})
    return folder


def graph(**sampler: Any) -> dict[str, Any]:
    settings = {"seed": 1, "steps": 20, "cfg": 8.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
    links = {"model": ["1", 0], "positive": ["2", 0], "negative": ["3", 0], "latent_image": ["4", 0]}
    return {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": CHECKPOINT}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": PROMPT}},
        "3": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "blurry"}},
        "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
        "5": {"class_type": "KSampler", "inputs": links | settings | sampler},
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "x"}},
    }


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three workflows; the third is the first with another seed."""
    paths = [tmp_path / f"w{number}.json" for number in range(3)]
    for path, sampler in zip(paths, ({}, {"steps": 5}, {"seed": 9}), strict=True):
        path.write_text(json.dumps(graph(**sampler)), encoding="utf-8")
    return paths


def test_a_table_with_the_best_first(nodewright: Command, offline: list[str], reward: Path, files: list[Path]) -> None:
    done = nodewright("score", *files, *offline, "--reward", reward, "--prompt", PROMPT, "--kappa", "0.5")
    assert done.status == 0, done.err
    lines = [line for line in done.out.splitlines() if not line.startswith("    ")]
    assert lines[0].split()[:3] == ["workflow", "mean", "deviation"]
    assert "mean - 0.5 x deviation" in lines[0]
    scores = [float(line.split()[-1]) for line in lines[1:]]
    assert len(scores) == 3 and scores == sorted(scores, reverse=True)
    assert "never or hardly seen in training" in done.out


def test_numbers_as_json(nodewright: Command, offline: list[str], reward: Path, files: list[Path]) -> None:
    done = nodewright("score", *files, *offline, "--reward", reward, "--json", "--kappa", "2")
    assert done.status == 0, done.err
    first, second, third = done.document["workflows"]
    assert first["prompt"] == PROMPT  # its own
    assert first["mean"] == third["mean"] != second["mean"]
    assert first["conservative"] == pytest.approx(first["mean"] - 2 * first["deviation"])
    assert len(first["members"]) == 3
    assert CHECKPOINT.split("-")[0] in " ".join(first["unknown"])
    assert "SaveImage" not in first["unknown"]


def test_what_renders_do_not_support_has_no_mean(
    nodewright: Command, offline: list[str], policy: Path, files: list[Path], tmp_path: Path
) -> None:
    write_tiny_reward(tmp_path / "reward", policy, {"miniature/flat": 4, "KSampler": 9})
    named = [*offline, "--reward", tmp_path / "reward"]
    for found in nodewright("score", *files, *named, "--json").document["workflows"]:
        assert found["mean"] is found["conservative"] is found["evidence"] is None
        assert "no score: nothing is known of how good pictures of this model are" in found["warning"]
    done = nodewright("score", files[0], *named)
    assert done.out.splitlines()[1].split()[1:] == ["none"] and "no score: nothing is known" in done.out
    done = nodewright("generate", PROMPT, *named, "--seed", "3", "--max-nodes", "12")
    assert done.out.startswith("Workflow 1 of 1, no score, ") and "(no score: nothing is known" in done.out


def test_another_prompt_scores_otherwise(
    nodewright: Command, offline: list[str], reward: Path, files: list[Path]
) -> None:
    means = []
    for prompt in (PROMPT, "two green squares"):
        done = nodewright("score", files[0], *offline, "--reward", reward, "--json", "--prompt", prompt)
        means.append(done.document["workflows"][0]["mean"])
    assert means[0] != means[1]


def test_what_cannot_be_scored(
    nodewright: Command, offline: list[str], reward: Path, files: list[Path], tmp_path: Path
) -> None:
    broken = graph()
    broken["6"]["class_type"] = "VAEDecod"
    files[1].write_text(json.dumps(broken), encoding="utf-8")
    done = nodewright("score", *files, *offline, "--reward", reward)
    assert done.status == 2
    assert "w1.json" in done.err and "VAEDecod" in done.err
    done = nodewright("score", files[0], *offline, "--reward", tmp_path / "nothing")
    assert done.status == 2
    assert "there is no such folder" in done.err
    done = nodewright("score", files[0], *offline, "--reward", tmp_path)
    assert "neither reward.json, parts.json nor evidence.json" in done.err
    done = nodewright("score", files[0], *offline, "--reward", shipped_policy_path())
    assert f"There is one in {shipped_policy_path() / 'reward'}: name that" in done.err
    assert nodewright("score", files[0], *offline, "--reward", shipped_evidence_path()).status == 0
    assert nodewright("score", tmp_path / "gone.json", *offline, "--reward", reward).status == 2


def test_candidates_are_ranked_by_the_reward(nodewright: Command, offline: list[str], reward: Path) -> None:
    options = ["generate", PROMPT, *offline, "-n", "6", "--seed", "3", "--max-nodes", "12", "--json"]
    plain = nodewright(*options).document["workflows"]
    for kappa in (0.0, 3.0):
        ranked = nodewright(*options, "--reward", reward, "--kappa", kappa).document["workflows"]
        worth = [one["reward"]["mean"] - kappa * one["reward"]["deviation"] for one in ranked]
        assert worth == sorted(worth, reverse=True)
        assert {one["script"] for one in ranked} == {one["script"] for one in plain}
    assert "reward" not in plain[0]
    assert len(plain) > 2


def test_scores_stand_above_the_scripts(nodewright: Command, offline: list[str], reward: Path) -> None:
    done = nodewright("generate", PROMPT, *offline, "--seed", "3", "--max-nodes", "12", "--reward", reward)
    assert done.status == 0, done.err
    assert done.out.startswith("Workflow 1 of 1, score ")
