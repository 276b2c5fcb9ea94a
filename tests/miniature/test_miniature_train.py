"""Training: three steps of every stage run, can be interrupted, and go on as if they had not been."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nodewright.training.miniature import export, train
from nodewright.training.miniature.config import AutoencoderConfig, MiniatureConfig, TransformerConfig
from nodewright.training.miniature.render import Settings, render, sigmas
from nodewright.training.miniature.scenes import SceneConfig, sample_scene
from nodewright.training.miniature.text import END, encode, random_tokens, vocabulary

TINY = MiniatureConfig(AutoencoderConfig(widths=(8, 8, 8, 8)), TransformerConfig(depth=2))
DATA = train.DiffusionData(pool=8)


def _stage(steps: int) -> train.StageConfig:
    # Minutes so long that only the steps end a stage; the learning rate's decay is then a matter of steps as well.
    return train.StageConfig(minutes=1e9, batch=4, learning_rate=1e-3, max_steps=steps, warmup=1)


def _run(out: Path, steps: int) -> export.Miniature:
    out.mkdir(exist_ok=True)
    vae = train.train_vae(out, TINY, _stage(steps))
    transformer = train.train_diffusion(out, TINY, _stage(steps), DATA, vae)
    vae = train.train_decoder(out, _stage(steps), vae)
    export.write_slim(out / "slim.safetensors", transformer, vae, TINY)
    return export.read_slim(out / "slim.safetensors")


def test_all_stages_run_and_the_result_renders(tmp_path: Path) -> None:
    miniature = _run(tmp_path, 3)
    images = render(miniature, [encode("a red circle"), encode("")], Settings(side=32, steps=2))
    assert images.shape == (2, 32, 32, 3)
    assert np.isfinite(images).all()


def test_an_interrupted_stage_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The same learning rate throughout: how far a stage is depends on where it is meant to end.
    monkeypatch.setattr(train, "learning_rate_factor", lambda config, progress: 1.0)
    for folder, steps in (("whole", (3,)), ("parts", (1, 3))):
        (tmp_path / folder).mkdir()
        for end in steps:
            train.train_vae(tmp_path / folder, TINY, _stage(end))
    whole, parts = (torch.load(tmp_path / folder / "vae.pt", weights_only=True) for folder in ("whole", "parts"))
    assert parts["progress"]["step"] == 3
    for name in ("model", "average"):
        for key, value in whole[name].items():
            torch.testing.assert_close(parts[name][key], value)


def test_a_finished_stage_is_not_trained_again(tmp_path: Path) -> None:
    _run(tmp_path, 1)
    before = torch.load(tmp_path / "vae.pt", weights_only=True)
    _run(tmp_path, 1)
    after = torch.load(tmp_path / "vae.pt", weights_only=True)
    assert after["progress"]["step"] == 1
    for key, value in before["model"].items():
        torch.testing.assert_close(after["model"][key], value, atol=0, rtol=0)


@pytest.mark.parametrize("length", [train.SHORT_CONTEXT, train.FULL_CONTEXT])
def test_training_tokens_fit_and_some_say_nothing(length: int) -> None:
    rng = np.random.default_rng(0)
    rows = [train.training_tokens(sample_scene(rng, SceneConfig()), length, rng) for _ in range(300)]
    assert {len(row) for row in rows} == {length}
    assert all(row[-1] == END for row in rows)
    assert 5 < sum(row[1] == END for row in rows) < 50


def test_random_words_are_none_that_captions_use() -> None:
    known = {token for ids in vocabulary().values() for token in ids}
    assert known.isdisjoint(random_tokens(2000, np.random.default_rng(0)))


def test_noise_levels_are_those_of_comfyuis_simple_scheduler() -> None:
    levels = sigmas(4, 3.0)
    torch.testing.assert_close(levels, torch.tensor([1.0, 0.9, 0.75, 0.5, 0.0]))
