"""Training: a few steps of every kind of job run, can be interrupted, and go on as if they had not been."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from nodewright.miniature import diffusion, stages, train
from nodewright.miniature.autoencoder import Autoencoder
from nodewright.miniature.config import AutoencoderConfig
from nodewright.miniature.diffusion import sigmas, training_tokens
from nodewright.miniature.render import Settings, load, render
from nodewright.miniature.slim import read_autoencoder
from nodewright.miniature.text import END, encode, random_tokens, vocabulary
from nodewright.training.common.train_state import TrainState

pytestmark = pytest.mark.slow

FEW = ["--max-steps", "2", "--pool", "16"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, for one member of each kind and what they need."""
    out = tmp_path_factory.mktemp("zoo")
    wanted = ["miniature_turbo", "miniature_clay", "2x_miniature_soft"]
    sys_argv, sys.argv = sys.argv, ["train", "--out", str(out), "--only", *wanted, *FEW]
    try:
        train.main()
    finally:
        sys.argv = sys_argv
    return out


def test_what_was_asked_for_is_trained_with_what_it_needs_and_renders(trained: Path) -> None:
    names = {path.stem for path in (trained / "weights").iterdir()}
    needed = {train.AUTOENCODER, train.DECODER, "miniature"}
    assert names == {"miniature_turbo", "miniature_clay", "2x_miniature_soft", *needed}
    vae = read_autoencoder(trained / "weights" / "autoencoder.safetensors")
    model = load("miniature_turbo", "miniature_clay", weights=trained / "weights")
    images = render(model, vae, ["a red circle", "a wide banner"], Settings(height=32, width=64, steps=2))
    assert images.shape == (2, 32, 64, 3)
    assert np.isfinite(images).all()


def test_the_decoder_learns_on_and_the_latents_stay(trained: Path) -> None:
    first, last = (read_autoencoder(trained / "weights" / f"{name}.safetensors") for name in
                   (train.AUTOENCODER, train.DECODER))  # fmt: skip
    for one, two in zip(first.encoder.parameters(), last.encoder.parameters(), strict=True):
        assert torch.equal(one, two)
    decoders = zip(first.decoder.parameters(), last.decoder.parameters(), strict=True)
    assert not all(torch.equal(one, two) for one, two in decoders)


def test_what_is_there_is_not_trained_again(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in (trained / "weights").iterdir()}
    train.run_all(trained, ["miniature_turbo"], 2, FEW)
    assert {path: path.stat().st_mtime_ns for path in (trained / "weights").iterdir()} == before
    assert capsys.readouterr().out == ""


def test_a_job_that_fails_is_named_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"autoencoder_first failed; see .*autoencoder_first\.log"):
        train.run_all(tmp_path, [train.AUTOENCODER], 1, ["--max-steps", "many"])
    assert "invalid int value: 'many'" in (tmp_path / "autoencoder_first.log").read_text(encoding="utf-8")


def test_an_interrupted_stage_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The same learning rate throughout: how far a stage is depends on where it is meant to end.
    monkeypatch.setattr(stages, "learning_rate_factor", lambda config, state: 1.0)
    found = []
    for folder, steps in (("whole", (3,)), ("parts", (1, 3))):
        for end in steps:
            torch.manual_seed(0)
            model = Autoencoder(AutoencoderConfig(widths=(8, 8, 8, 8)))

            def loss_at(state: TrainState, rng: np.random.Generator, model: Autoencoder = model) -> torch.Tensor:
                x = torch.rand(2, 3, 16, 16) + float(rng.random())
                return (model.decode(model.encode(x)) - x).square().mean()

            config = stages.StageConfig(minutes=1e9, batch=2, learning_rate=1e-3, max_steps=end, warmup=1)
            stages.run_stage("vae", tmp_path / folder / "vae.state", model, config, loss_at)
        found.append(model)
    with safe_open(tmp_path / "parts" / "vae.state", "pt") as file:
        assert json.loads(file.metadata()["state"])["step"] == 3
    for one, two in zip(found[0].parameters(), found[1].parameters(), strict=True):
        torch.testing.assert_close(one, two)


@pytest.mark.parametrize("length", [diffusion.SHORT_CONTEXT, diffusion.FULL_CONTEXT])
def test_training_tokens_fit_and_some_say_nothing(length: int) -> None:
    rng = np.random.default_rng(0)
    rows = [training_tokens("a red circle on a blue background", length, rng) for _ in range(300)]
    assert {len(row) for row in rows} == {length}
    assert all(row[-1] == END for row in rows)
    assert 5 < sum(row[1] == END for row in rows) < 50


def test_random_words_are_none_that_captions_use() -> None:
    known = {token for ids in vocabulary().values() for token in ids}
    assert known.isdisjoint(random_tokens(2000, np.random.default_rng(0)))
    assert known.issuperset(encode("three glowing hearts, watercolor"))


def test_noise_levels_are_those_of_comfyuis_simple_scheduler() -> None:
    levels = sigmas(4, 3.0)
    torch.testing.assert_close(levels, torch.tensor([1.0, 0.9, 0.75, 0.5, 0.0]))
    assert tuple(round(level, 6) for level in levels[:-1].tolist()) == diffusion._STUDENT_LEVELS
