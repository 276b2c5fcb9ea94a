"""From slim weights to ComfyUI's checkpoint: names, shapes, bytes, and the same numbers as in training."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
import torch

from nodewright.training.miniature import export
from nodewright.training.miniature.autoencoder import Autoencoder
from nodewright.training.miniature.config import AutoencoderConfig, MiniatureConfig, TransformerConfig
from nodewright.training.miniature.transformer import Transformer


@pytest.fixture(scope="module")
def miniature(tmp_path_factory: pytest.TempPathFactory) -> export.Miniature:
    """Random weights, none of them zero, as training would have written them."""
    torch.manual_seed(0)
    config = MiniatureConfig()
    transformer, autoencoder = Transformer(config.transformer), Autoencoder(config.autoencoder)
    for parameter in transformer.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.02)
    path = tmp_path_factory.mktemp("slim") / "slim.safetensors"
    export.write_slim(path, transformer, autoencoder, config)
    return export.read_slim(path)


def test_the_checkpoint_has_the_keys_and_shapes_that_comfyui_looks_for(
    miniature: export.Miniature, tmp_path: Path
) -> None:
    path = export.write_checkpoint(tmp_path / "new" / "mini.ckpt", miniature)
    assert path.stat().st_size < 20 * 2**20
    shapes = {key: tuple(value.shape) for key, value in torch.load(path, weights_only=True)["state_dict"].items()}
    unet, vae, clip = "model.diffusion_model.", "first_stage_model.", "text_encoders.clip_l.transformer."
    expected: dict[str, tuple[int, ...]] = {
        unet + "x_embedder.proj.weight": (192, 16, 2, 2),
        unet + "context_embedder.weight": (192, 4096),
        unet + "y_embedder.mlp.0.weight": (192, 2048),
        unet + "t_embedder.mlp.0.weight": (192, 256),
        unet + "joint_blocks.0.context_block.attn.qkv.weight": (576, 192),
        unet + "joint_blocks.2.context_block.adaLN_modulation.1.weight": (384, 192),
        unet + "joint_blocks.2.x_block.attn.ln_q.weight": (64,),
        unet + "final_layer.linear.weight": (64, 192),
        vae + "taesd_decoder.1.weight": (64, 16, 3, 3),
        vae + "taesd_decoder.19.bias": (3,),
        vae + "taesd_encoder.0.weight": (64, 3, 3, 3),
        vae + "taesd_encoder.14.weight": (16, 64, 3, 3),
        vae + "vae_scale": (),
        clip + "text_model.embeddings.token_embedding.weight": (49_408, 768),
        clip + "text_model.final_layer_norm.weight": (768,),
    }
    assert {key: shapes.get(key) for key in expected} == expected
    assert unet + "pos_embed" not in shapes
    assert unet + "joint_blocks.2.context_block.mlp.fc1.weight" not in shapes


def test_the_same_weights_give_the_same_bytes(miniature: export.Miniature, tmp_path: Path) -> None:
    first = export.write_checkpoint(tmp_path / "a.ckpt", miniature).read_bytes()
    assert first == export.write_checkpoint(tmp_path / "b.ckpt", miniature).read_bytes()
    models = export.load_models(miniature)
    export.write_slim(tmp_path / "a.safetensors", *models, miniature.config)
    export.write_slim(tmp_path / "b.safetensors", *models, miniature.config)
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_a_full_disk_leaves_nothing_and_says_what_is_needed(
    miniature: export.Miniature, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match=r"No room for .*mini\.ckpt.*MiB") as caught:
        export.write_checkpoint(tmp_path / "mini.ckpt", miniature)
    assert caught.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


def test_errors_say_what_to_do(miniature: export.Miniature, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\*\.ckpt"):
        export.write_checkpoint(tmp_path / "mini.bin", miniature)
    with pytest.raises(FileNotFoundError, match=r"train\.py"):
        export.read_slim(tmp_path / "none.safetensors")
    from safetensors.torch import save_file

    save_file({"x": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="not a slim miniature"):
        export.read_slim(tmp_path / "other.safetensors")


def test_the_config_survives_json() -> None:
    config = MiniatureConfig(AutoencoderConfig(widths=(8, 8, 16, 16)), TransformerConfig(depth=2))
    assert MiniatureConfig.from_json(config.to_json()) == config


def test_comfyui_computes_what_training_computed(
    comfyui_modules: None, miniature: export.Miniature, tmp_path: Path
) -> None:
    import comfy.sd

    path = export.write_checkpoint(tmp_path / "mini.ckpt", miniature)
    patcher, clip, vae, _ = comfy.sd.load_checkpoint_guess_config(str(path))
    transformer, autoencoder = export.load_models(miniature)
    model: Any = patcher.model
    prompt = "a red circle on a blue background"
    context, pooled = clip.encode_from_tokens(clip.tokenize(prompt), return_pooled=True)
    from nodewright.training.miniature import text

    ours, ours_pooled = text.condition(miniature.clip, torch.tensor([text.pad(text.encode(prompt), text.LENGTH)]))
    torch.testing.assert_close(context[..., :768], ours, atol=0, rtol=0)
    torch.testing.assert_close(pooled[..., :768], ours_pooled, atol=2e-6, rtol=0)
    assert not context[..., 768:].any()
    assert not pooled[..., 768:].any()
    sigma = torch.tensor([0.3])
    with torch.inference_mode():
        for height, width in ((8, 8), (12, 16)):
            x = torch.randn(1, 16, height, width)
            theirs = model.diffusion_model.float()(x, 1000 * sigma, context=context, y=pooled)
            torch.testing.assert_close(theirs, transformer(x, sigma, ours, ours_pooled), atol=1e-5, rtol=1e-4)
        image = torch.rand(1, 64, 64, 3)
        latents = autoencoder.encode(image.movedim(-1, 1))
        torch.testing.assert_close(model.latent_format.process_in(vae.encode(image)), latents, atol=1e-5, rtol=1e-4)
        decoded = autoencoder.decode(latents).clamp(0, 1).movedim(1, -1)
        torch.testing.assert_close(vae.decode(model.latent_format.process_out(latents)), decoded, atol=1e-5, rtol=1e-4)


def test_the_shipped_weights_are_small() -> None:
    assert export.WEIGHTS.stat().st_size <= 14 * 2**20
    assert export.read_slim().config == MiniatureConfig()
