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
from nodewright.miniature.config import AutoencoderConfig, TransformerConfig
from nodewright.miniature.diffusion import sigmas, training_tokens
from nodewright.miniature.lora import RANK, add_lora, lora_tensors, read_lora
from nodewright.miniature.lora_gain import gain, styled_prompts
from nodewright.miniature.render import Settings, load, render
from nodewright.miniature.slim import read_autoencoder, read_tensors
from nodewright.miniature.text import END, encode, random_tokens, vocabulary
from nodewright.miniature.transformer import Transformer
from nodewright.miniature.zoo import LORAS
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


def test_a_lora_is_trained_over_a_base_that_is_taken_as_it_is(trained: Path, tmp_path: Path) -> None:
    train.take_over(tmp_path, trained / "weights")
    train.run_job(tmp_path, "miniature_mosaic", None, 2, 1.0, 64)
    taken = (tmp_path / "weights" / "miniature.safetensors").read_bytes()
    assert taken == (trained / "weights" / "miniature.safetensors").read_bytes()
    lora = read_tensors(tmp_path / "weights" / "miniature_mosaic.safetensors")[0]
    assert any(tensor.abs().max() > 0 for key, tensor in lora.items() if "lora_B" in key)
    prompts = styled_prompts(LORAS[-1], 3, combined=True, seed=0)
    found = gain(tmp_path / "weights", LORAS[-1], prompts, Settings(steps=2))
    assert found.scores.shape == (2, 3) and found.error >= 0 and set(found.styled) <= {0, 1 / 3, 2 / 3, 1}


@pytest.mark.parametrize("rank", [RANK // 2, RANK])
def test_a_lora_of_the_same_or_a_lower_rank_is_read_as_it_was_written(rank: int) -> None:
    torch.manual_seed(0)
    model = Transformer(TransformerConfig(depth=1))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    another = Transformer(TransformerConfig(depth=1))
    another.load_state_dict(model.state_dict())
    given = torch.randn(2, 16, 4, 4), torch.rand(2), torch.randn(2, 5, 768), torch.randn(2, 768)
    before = model(*given)
    add_lora(model, rank)
    for name, parameter in model.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(parameter, std=0.1)
    assert not torch.allclose(model(*given), before)
    read_lora(add_lora(another), lora_tensors(model))
    torch.testing.assert_close(another(*given), model(*given), rtol=0.01, atol=0.01)  # written as float16


def test_a_style_is_taught_in_every_size_and_beside_what_can_be_seen_with_it() -> None:
    for member in LORAS:
        for height, width in ((64, 64), (64, 128)):
            drawn = diffusion.scenes_of_size(member.scenes, 40, height, width, 0)
            assert {scene.style for scene in drawn} == {member.style}
            assert height == width or {scene.aspect for scene in drawn} == {2.0}


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
