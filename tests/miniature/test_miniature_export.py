"""From slim weights to ComfyUI's files: names, shapes, bytes, and the same numbers as in training."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
import torch

from nodewright.miniature import export, slim, text
from nodewright.miniature.autoencoder import Autoencoder
from nodewright.miniature.config import AutoencoderConfig, TransformerConfig
from nodewright.miniature.lora import add_lora, merge_lora
from nodewright.miniature.transformer import Transformer
from nodewright.miniature.upscaler import Upscaler
from nodewright.miniature.zoo import BASE, CHECKPOINTS, LORAS, UPSCALERS


def _random_transformer(seed: int) -> Transformer:
    """Random weights, none of them zero, as training would have written them."""
    torch.manual_seed(seed)
    transformer = Transformer(TransformerConfig())
    for parameter in transformer.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.02)
    return transformer


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zoo of random weights."""
    folder = tmp_path_factory.mktemp("weights")
    for seed, member in enumerate(CHECKPOINTS):
        slim.write_transformer(folder / f"{member.name}.safetensors", _random_transformer(seed))
    slim.write_autoencoder(folder / "autoencoder.safetensors", Autoencoder(AutoencoderConfig()))
    for one in LORAS:
        slim.write_lora(folder / f"{one.name}.safetensors", _random_lora())
    for two in UPSCALERS:
        slim.write_upscaler(folder / f"{two.name}.safetensors", Upscaler())
    return folder


def _random_lora() -> Transformer:
    model = add_lora(_random_transformer(7))
    for name, parameter in model.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(parameter, std=0.1)
    return model


def test_the_checkpoint_has_the_keys_and_shapes_that_comfyui_looks_for(weights: Path, tmp_path: Path) -> None:
    path = export.write_checkpoint(tmp_path / "new" / "mini.ckpt", BASE, weights)
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


def test_the_zoo_is_written_into_comfyuis_folders(weights: Path, tmp_path: Path) -> None:
    written = export.write_zoo(tmp_path, weights=weights)
    assert {path.relative_to(tmp_path).as_posix() for path in written} == set(export.zoo_files().values())
    assert {path.parent.name for path in written} == {"checkpoints", "loras", "upscale_models"}
    only = export.write_zoo(tmp_path / "one", ["miniature_clay"], weights)
    assert [path.name for path in only] == ["miniature_clay.safetensors"]
    with pytest.raises(ValueError, match="'nobody' is not in the zoo"):
        export.write_zoo(tmp_path, ["nobody"], weights)


def test_the_same_weights_give_the_same_bytes(weights: Path, tmp_path: Path) -> None:
    first = export.write_checkpoint(tmp_path / "a.ckpt", BASE, weights).read_bytes()
    assert first == export.write_checkpoint(tmp_path / "b.ckpt", BASE, weights).read_bytes()
    again = tmp_path / "again.safetensors"
    slim.write_transformer(again, _random_transformer(0))
    assert again.read_bytes() == (weights / f"{BASE}.safetensors").read_bytes()


def test_eight_bits_keep_the_weights(weights: Path) -> None:
    before, after = _random_transformer(0), slim.read_transformer(weights / f"{BASE}.safetensors")
    for (name, one), two in zip(before.named_parameters(), after.parameters(), strict=True):
        largest = one.detach().flatten(1).abs().amax(1) if one.ndim > 1 else one.detach().abs().max()
        error = (one - two).detach().abs()
        error = error.flatten(1).amax(1) if one.ndim > 1 else error.max()
        assert (error <= largest * 0.0052 + 1e-7).all(), name


def test_a_full_disk_leaves_nothing_and_says_what_is_needed(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match=r"No room for .*mini\.ckpt.*MiB") as caught:
        export.write_checkpoint(tmp_path / "mini.ckpt", BASE, weights)
    assert caught.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


def test_errors_say_what_to_do(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\*\.ckpt"):
        export.write_checkpoint(tmp_path / "mini.bin", BASE, weights)
    with pytest.raises(FileNotFoundError, match=r"train\.py"):
        slim.read_tensors(tmp_path / "none.safetensors")
    from safetensors.torch import save_file

    save_file({"x": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match="not a file of the miniature zoo"):
        slim.read_tensors(tmp_path / "other.safetensors")
    (tmp_path / "cut.safetensors").write_bytes((weights / f"{BASE}.safetensors").read_bytes()[:5000])
    with pytest.raises(ValueError, match="damaged"):
        slim.read_tensors(tmp_path / "cut.safetensors")


def test_comfyui_computes_what_training_computed(comfyui_modules: None, weights: Path, tmp_path: Path) -> None:
    import comfy.sd
    import comfy.utils

    path = export.write_checkpoint(tmp_path / "mini.ckpt", BASE, weights)
    patcher, clip, vae, _ = comfy.sd.load_checkpoint_guess_config(str(path))
    lora = comfy.utils.load_torch_file(str(weights / f"{LORAS[0].name}.safetensors"))
    patched, _ = comfy.sd.load_lora_for_models(patcher, clip, lora, 0.7, 0.0)
    transformer = slim.read_transformer(weights / f"{BASE}.safetensors")
    autoencoder = slim.read_autoencoder(weights / "autoencoder.safetensors")
    model: Any = patched.model
    patched.patch_model()
    prompt = "a red circle on a blue background"
    context, pooled = clip.encode_from_tokens(clip.tokenize(prompt), return_pooled=True)
    tokens = torch.tensor([text.pad(text.encode(prompt), text.LENGTH)])
    ours, ours_pooled = text.condition(text.synthetic_clip(), tokens)
    torch.testing.assert_close(context[..., :768], ours, atol=0, rtol=0)
    torch.testing.assert_close(pooled[..., :768], ours_pooled, atol=2e-6, rtol=0)
    assert not context[..., 768:].any()
    assert not pooled[..., 768:].any()
    merge_lora(transformer, slim.read_tensors(weights / f"{LORAS[0].name}.safetensors")[0], 0.7)
    sigma = torch.tensor([0.3])
    with torch.inference_mode():
        for height, width in ((8, 8), (12, 16)):
            x = torch.randn(1, 16, height, width)
            theirs = model.diffusion_model.float()(x, 1000 * sigma, context=context, y=pooled)
            # ComfyUI rounds the patched weights to float16.
            torch.testing.assert_close(theirs, transformer(x, sigma, ours, ours_pooled), atol=2e-3, rtol=2e-3)
        image = torch.rand(1, 64, 64, 3)
        latents = autoencoder.encode(image.movedim(-1, 1))
        torch.testing.assert_close(model.latent_format.process_in(vae.encode(image)), latents, atol=1e-5, rtol=1e-4)
        decoded = autoencoder.decode(latents).clamp(0, 1).movedim(1, -1)
        torch.testing.assert_close(vae.decode(model.latent_format.process_out(latents)), decoded, atol=1e-5, rtol=1e-4)


def test_comfyui_reads_the_upscalers(comfyui_modules: None, tmp_path: Path) -> None:
    import comfy.utils
    from spandrel import ModelLoader

    torch.manual_seed(0)
    ours = Upscaler()
    torch.nn.init.normal_(ours.body[-1].weight, std=0.05)  # type: ignore[arg-type]
    slim.write_upscaler(tmp_path / "2x.safetensors", ours)
    tensors = comfy.utils.load_torch_file(str(tmp_path / "2x.safetensors"), safe_load=True)
    theirs = ModelLoader().load_from_state_dict(tensors)
    assert theirs.scale == 2
    x = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        torch.testing.assert_close(theirs(x), ours.half().float()(x).clamp(0, 1), atol=1e-5, rtol=1e-4)


def test_the_shipped_zoo_is_complete_and_small() -> None:
    names = {path.stem for path in slim.WEIGHTS.glob("*.safetensors")}
    assert names == {"autoencoder", *export.zoo_files()}
    assert sum(path.stat().st_size for path in slim.WEIGHTS.iterdir()) <= 40 * 2**20
