"""Reward models that share nothing with the policy: trained on the store of test_reward_training.py, and tuned with."""

from __future__ import annotations

import json
import re
import shutil
import statistics
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from test_reward_training import WORDS, base, config_of, make_store
from tiny_policy import one_thread, tiny_policy
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
from two_processes import run_together

from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.models.reward.ensemble import RewardEnsemble
from nodewright.models.reward.members import RewardError
from nodewright.training.common.console import silent
from nodewright.training.experiments.separate_encoders import EncoderEnsemble, load_reward, main, train_encoders
from nodewright.training.grpo import config as grpo
from nodewright.training.grpo.start import prepare
from nodewright.training.reward.command import train_members
from nodewright.training.reward.config import RewardConfig
from nodewright.training.sft.tokenizer import train_tokenizer

__all__ = ["base", "one_thread"]

PROMPT = "red cat, blue moon at night 3"
SCRIPTS = [
    (main_model, "SaveImage", "VAEDecode", "KSampler", "steps=", steps, "@prompt", "@end")
    for main_model in ("miniature/night", "miniature/flat") for steps in ("4", "20")
]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store") / "triplets.db", 60, 4)


def encoders_of(store: Path, out: Path, base: Path) -> RewardConfig:
    return config_of(store, out, base, encoder_layers=1, encoder_hidden=32, members=2)


@pytest.fixture(scope="module")
def trained(store: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[RewardConfig, EncoderEnsemble]:
    config = encoders_of(store, tmp_path_factory.mktemp("out") / "encoders", base)
    return config, train_encoders(replace(config, epochs=20), report=silent)


def members(ensemble: EncoderEnsemble | RewardEnsemble) -> np.ndarray:
    return np.array([reward.members for reward in ensemble.score(PROMPT, SCRIPTS)])


def test_they_learn_and_differ_and_come_back_from_disk(trained: tuple[RewardConfig, EncoderEnsemble]) -> None:
    config, ensemble = trained
    found = members(ensemble)
    assert found.shape == (4, 2)
    steps = found.mean(1)
    assert steps[1] > steps[0] and steps[3] > steps[2], "20 steps are better than 4"
    assert abs(found[:, 0] - found[:, 1]).max() > 0.01, "each has weights and a sample of its own"
    again = EncoderEnsemble.load(config.out, load_policy(config.policy or ""))
    np.testing.assert_allclose(members(again), found, atol=1e-5)
    one = again.score(PROMPT, [SCRIPTS[2], SCRIPTS[0], SCRIPTS[2]])
    assert one[0] == one[2]
    assert one[1].members == pytest.approx(found[0], abs=1e-5), "whatever else is in the batch"
    assert one[0].deviation == pytest.approx(found[2].std(ddof=1), abs=1e-5)
    assert sorted(path.name for path in config.out.iterdir()) == [
        "config.json", "member-0.safetensors", "member-1.safetensors", "reward.json",
    ]  # fmt: skip
    assert not list(config.log.iterdir())


def test_a_policy_is_tuned_with_them(
    trained: tuple[RewardConfig, EncoderEnsemble],
    object_info_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    config, ensemble = trained
    (tmp_path / "models" / "checkpoints").mkdir(parents=True)
    (tmp_path / "models" / "checkpoints" / "v1-5-pruned-emaonly.ckpt").touch()
    (tmp_path / "prompts.jsonl").write_text(json.dumps({"prompt": PROMPT}), encoding="utf-8")
    arguments = [
        "--prompts", str(tmp_path / "prompts.jsonl"), "--out", str(tmp_path / "tuned"), "--steps", "1",
        "--object-info", str(object_info_path),
        "--models", str(tmp_path / "models"), "--policy", str(config.policy), "--reward", str(config.out),
        "--kappa", "0.5", "--prompts-per-step", "1", "--rollouts", "3", "--max-nodes", "8", "--no-bfloat16",
    ]  # fmt: skip
    inputs = prepare(grpo.parse(arguments), load_reward)
    assert re.fullmatch(r"2 separate encoders \(sha256 [0-9a-f]{12}\), kappa 0\.5", inputs.source)
    expected = [statistics.fmean(one.members) - 0.5 * one.deviation for one in ensemble.score(PROMPT, SCRIPTS)]
    assert inputs.reward(PROMPT, SCRIPTS) == pytest.approx(expected, abs=1e-5)
    assert main(["grpo", *arguments]) == 0
    assert (tmp_path / "tuned" / "adapter_model.safetensors").is_file()


def test_each_kind_refuses_what_is_not_its_own(trained: tuple[RewardConfig, EncoderEnsemble], tmp_path: Path) -> None:
    config, _ = trained
    policy = load_policy(config.policy or "")
    with pytest.raises(RewardError, match="which only `nodewright train separate-encoders grpo --reward` reads"):
        RewardEnsemble.load(config.out, policy)
    other = tiny_policy(Vocabulary(train_tokenizer(["something else entirely", *WORDS], 300), WORDS))
    with pytest.raises(RewardError, match="another vocabulary"):
        EncoderEnsemble.load(config.out, other)
    with pytest.raises(RewardError, match="without choices"):
        EncoderEnsemble.load(config.out, policy).score(PROMPT, [()])
    with pytest.raises(RewardError, match="read at most 1024"):
        EncoderEnsemble.load(config.out, policy).score(PROMPT, [SCRIPTS[0] * 200])
    copy = shutil.copytree(config.out, tmp_path / "copy")
    shutil.copyfile(copy / "reward.json", copy / "member-1.safetensors")
    with pytest.raises(RewardError, match="cannot be read"):
        EncoderEnsemble.load(copy, policy)


def test_pretrained_encoders_keep_their_tokenizer(store: Path, base: Path, tmp_path: Path) -> None:
    tokenizer = train_tokenizer([*WORDS, PROMPT], 400)
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    torch.manual_seed(0)
    BertModel(BertConfig(vocab_size=tokenizer.get_vocab_size(), **shape)).save_pretrained(tmp_path / "bert")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(tmp_path / "bert")
    config = replace(encoders_of(store, tmp_path / "out", base), encoder=str(tmp_path / "bert"), epochs=1)
    ensemble = train_encoders(config, report=silent)
    shutil.rmtree(tmp_path / "bert")
    found = members(EncoderEnsemble.load(tmp_path / "out", load_policy(base)))
    np.testing.assert_allclose(found, members(ensemble), atol=1e-5)
    assert found.std(0).min() > 1e-4


def test_the_command_and_what_it_cannot_do(
    store: Path, base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["reward", "--store", str(store), "--policy", str(base), "--out", str(tmp_path / "out"), "--members",
                 "1", "--epochs", "0.1", "--encoder-layers", "1", "--encoder-hidden", "32",
                 "--threads", "1"]  # fmt: skip
    assert main([*arguments, "--encoder-hidden", "40"]) == 2
    assert "encoder_hidden a multiple of 32" in capsys.readouterr().err
    assert main([*arguments, "--start", str(tmp_path)]) == 2
    assert "leave out --start" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    shutil.rmtree(tmp_path / "out.log")
    assert main(arguments) == 0
    assert len(EncoderEnsemble.load(tmp_path / "out", load_policy(base)).encoders) == 1


def test_an_interrupted_training_goes_on_with_the_encoder_that_it_was_at(
    store: Path, base: Path, tmp_path: Path
) -> None:
    config = replace(encoders_of(store, tmp_path / "whole", base), epochs=1)
    whole = members(train_encoders(config, report=silent))
    config = replace(config, out=tmp_path / "parts")

    def interrupted(text: str) -> None:
        if text.startswith("encoder-1: heads"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_encoders(config, report=interrupted)
    told: list[str] = []
    again = members(train_encoders(config, report=told.append))
    assert any(text.startswith("encoder-0: resumed") for text in told)
    np.testing.assert_allclose(again, whole, atol=1e-6)


PROGRAM = """
import sys
from pathlib import Path
import torch
import test_reward_training as tests
from nodewright.training.reward.command import train

torch.set_num_threads(1)
changes = {"epochs": 1, "members": 2, "dropout": 0.0, "ranking": 0.5, "report": True, "baselines": False}
config = tests.config_of(Path(sys.argv[1]), Path("together"), Path(sys.argv[2]), **changes)
train(config)
torch.distributed.destroy_process_group()
"""


def test_two_processes_train_members_as_one_does(store: Path, base: Path, tmp_path: Path) -> None:
    run_together(PROGRAM, str(store), str(base), folder=tmp_path, port=29619)
    # Each process drops other numbers, so nothing is dropped here.
    changes = {"epochs": 1, "members": 2, "dropout": 0.0, "ranking": 0.5, "report": True, "baselines": False}
    alone = train_members(config_of(store, tmp_path / "alone", base, **changes), silent)
    together = RewardEnsemble.load(tmp_path / "together", load_policy(base))
    np.testing.assert_allclose(members(together), members(alone), atol=1e-3)
    assert together.metadata.choices == alone.metadata.choices
    assert together.metadata.disagreement_threshold == pytest.approx(alone.metadata.disagreement_threshold, rel=0.01)
    for ours, theirs in zip(alone.members.parameters(), together.members.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-3, rtol=1e-2)
