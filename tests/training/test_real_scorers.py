"""Each scorer of real pictures, with random weights in the published layout, against its published computation."""

from __future__ import annotations

import math
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from scorers_by_hand import (
    Tower,
    cropped,
    head,
    head_shapes,
    image_reward,
    image_reward_shapes,
    open_clip_cosine,
    open_clip_shapes,
    padded,
    random_weights,
)
from tiny_policy import one_thread
from transformers import BlipVisionModel, CLIPConfig, CLIPModel, CLIPTokenizer
from transformers.models.blip.modeling_blip_text import BlipTextModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from nodewright.store.pictures import Picture, open_picture
from nodewright.training.scorers import hps
from nodewright.training.scorers import image_reward as real_image_reward
from nodewright.training.scorers.base import ScorerError
from nodewright.training.scorers.pixels import crop_pixels, pad_pixels
from nodewright.training.scorers.scorers import open_scorer
from nodewright.training.scorers.weights import renamed

__all__ = ["one_thread"]
pytestmark = pytest.mark.usefixtures("one_thread")

SIZES = [(300, 200), (199, 333), (224, 224), (64, 64), (230, 224), (227, 1000), (96, 64), (224, 100)]
PROMPTS = ["a photo of a cat", "an oil painting of two ships in a storm", "cat " * 100]
CAT = [49406, 320, 1125, 539, 320, 2368, 49407]
"""The first prompt in CLIP's tokens, as openai/CLIP's own tokenizer gives them."""
TOWER = Tower(32, 2, 48)


def painted(size: tuple[int, int], seed: int) -> Image.Image:
    """Broad shapes and fine noise, so that every step of the resizing shows."""
    random = np.random.default_rng(seed)
    broad = Image.fromarray(random.integers(0, 256, (5, 5, 3), dtype=np.uint8)).resize(size, Image.Resampling.NEAREST)
    noise = random.integers(-40, 41, (size[1], size[0], 3))
    return Image.fromarray((np.asarray(broad).astype(int) + noise).clip(0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Picture]:
    """Of several sizes, one of them grey, each with one of the prompts."""
    folder = tmp_path_factory.mktemp("pictures")
    made = []
    for index, size in enumerate(SIZES):
        image = painted(size, index)
        path = folder / f"{index}.png"
        (image.convert("L") if index == 3 else image).save(path)
        made.append(Picture(path, PROMPTS[index % len(PROMPTS)]))
    return made


@pytest.fixture(scope="module")
def clip_words(comfyui_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with CLIP's own tokenizer, which ComfyUI has."""
    folder = tmp_path_factory.mktemp("clip")
    for name in ("vocab.json", "merges.txt"):
        shutil.copyfile(comfyui_path / "comfy" / "sd1_tokenizer" / name, folder / name)
    return folder


def clip_folder(folder: Path, words: Path, joint: int) -> CLIPModel:
    """A small CLIP in transformers' layout, and the tokenizer."""
    shape = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    torch.manual_seed(0)
    config = CLIPConfig(
        projection_dim=joint,
        vision_config={**shape, "patch_size": 14, "image_size": 224, "projection_dim": joint},
        text_config={**shape, "projection_dim": joint, "eos_token_id": 49407},
    )
    model = CLIPModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 1.5 / math.sqrt(parameter.shape[-1]))
    model.save_pretrained(folder)
    shutil.copytree(words, folder, dirs_exist_ok=True)
    return model


def spread(scores: list[float]) -> float:
    return max(scores) - min(scores)


# ---- pictures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_cropping_is_torchvisions(size: tuple[int, int]) -> None:
    image = painted(size, 1)
    assert torch.allclose(crop_pixels(image, 224), cropped(image), atol=1e-6)


@pytest.mark.parametrize("size", SIZES)
def test_cropping_is_clip_processors(size: tuple[int, int]) -> None:
    image = painted(size, 1)
    published = CLIPImageProcessorPil()(images=[image], return_tensors="pt")["pixel_values"][0]
    assert torch.allclose(crop_pixels(image, 224, half=int), published, atol=1e-5)


def test_the_two_ways_of_cropping_differ_by_a_pixel() -> None:
    image = painted((227, 224), 1)
    assert not torch.allclose(crop_pixels(image, 224), crop_pixels(image, 224, half=int), atol=0.1)


@pytest.mark.parametrize("size", SIZES)
def test_padding_is_that_of_hps(size: tuple[int, int]) -> None:
    image = painted(size, 1)
    assert torch.allclose(pad_pixels(image, 224), padded(image), atol=1e-5)


def test_padding_is_black_around_the_middle() -> None:
    pixels = pad_pixels(Image.new("RGB", (100, 50), "white"), 224)
    black = -torch.tensor([0.48145466, 0.4578275, 0.40821073]) / torch.tensor([0.26862954, 0.26130258, 0.27577711])
    assert torch.allclose(pixels[:, :56], black[:, None, None].expand(3, 56, 224))
    assert torch.allclose(pixels[:, 168:], black[:, None, None].expand(3, 56, 224))
    assert (pixels[:, 60:164] > 1.8).all()


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n broken"])
def test_an_unreadable_picture_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.png: cannot be read as a picture"):
        open_picture(Picture(path, ""))


def test_a_picture_cut_short_is_named(tmp_path: Path) -> None:
    path = tmp_path / "short.png"
    painted((64, 64), 0).save(path)
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(ValueError, match=r"short\.png"):
        open_picture(Picture(path, ""))


# ---- PickScore ---------------------------------------------------------------------------------------------------


def test_pickscore_is_the_published_computation(tmp_path: Path, clip_words: Path, pictures: list[Picture]) -> None:
    model = clip_folder(tmp_path, clip_words, 24)
    words = CLIPTokenizer.from_pretrained(clip_words)
    expected = []
    for picture in pictures:
        pixels = CLIPImageProcessorPil()(images=[open_picture(picture)], return_tensors="pt")["pixel_values"]
        ids = words([picture.prompt], truncation=True, max_length=77, return_tensors="pt")
        with torch.inference_mode():
            expected.append(model(pixel_values=pixels, **ids).logits_per_image.item())  # scaled cosine
    scores = open_scorer("pickscore", tmp_path, batch=3)(pictures)
    assert scores == pytest.approx(expected, abs=1e-4)
    assert spread(expected) > 0.1
    assert [score for picture in pictures for score in open_scorer("pickscore", tmp_path, batch=1)([picture])] == (
        pytest.approx(scores, abs=1e-4)
    )


def test_texts_end_at_77_tokens(clip_words: Path) -> None:
    words = CLIPTokenizer.from_pretrained(clip_words)
    assert words(PROMPTS[0])["input_ids"] == CAT
    cut = words(PROMPTS[2], truncation=True, max_length=77)["input_ids"]
    assert cut == [49406, *[2368] * 75, 49407]


def test_pickscore_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ScorerError, match="no such folder"):
        open_scorer("pickscore", tmp_path / "absent")
    with pytest.raises(ScorerError, match="cannot be read as CLIPModel"):
        open_scorer("pickscore", tmp_path)


def test_another_tokenizer_is_told(tmp_path: Path, clip_words: Path) -> None:
    clip_folder(tmp_path, clip_words, 24)
    (tmp_path / "vocab.json").write_text('{"<|startoftext|>": 0, "<|endoftext|>": 1, "a</w>": 2}', encoding="utf-8")
    (tmp_path / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    with pytest.raises(ScorerError, match="its tokenizer is another one"):
        open_scorer("pickscore", tmp_path)


def test_weights_that_lack_a_layer_are_told(tmp_path: Path, clip_words: Path) -> None:
    model = clip_folder(tmp_path, clip_words, 24)
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items() if "fc2" not in name}
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(ScorerError, match=r"8 are missing, as .*fc2"):
        open_scorer("pickscore", tmp_path)


# ---- HPS v2.1 ----------------------------------------------------------------------------------------------------


@pytest.fixture
def hps_folder(tmp_path: Path, clip_words: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    weights = random_weights(open_clip_shapes(TOWER, Tower(48, 2, 64), 24), 1)
    shutil.copytree(clip_words, tmp_path, dirs_exist_ok=True)
    save_file(weights, tmp_path / "HPS_v2.1_compressed.safetensors")
    return tmp_path, weights


def test_hps_is_the_published_computation(
    hps_folder: tuple[Path, dict[str, torch.Tensor]], pictures: list[Picture]
) -> None:
    folder, weights = hps_folder
    ids = {PROMPTS[0]: CAT, PROMPTS[2]: [49406, *[2368] * 75, 49407]}
    known = [picture for picture in pictures if picture.prompt in ids]
    expected = [open_clip_cosine(weights, padded(open_picture(picture)), ids[picture.prompt], 2) for picture in known]
    scores = open_scorer("hps-v2.1", folder, batch=2)(known)
    assert scores == pytest.approx(expected, abs=1e-5)
    assert spread(expected) > 0.01
    escaped = [Picture(picture.path, "a photo of a c&amp;#97;t") for picture in known[:1]]
    assert open_scorer("hps-v2.1", folder)(escaped) == pytest.approx(scores[:1], abs=1e-5)
    alone = open_scorer("hps-v2.1", folder / "HPS_v2.1_compressed.safetensors", batch=1)
    assert alone(known) == pytest.approx(scores, abs=1e-5)


def test_hps_in_full_size_fits_transformers_clip() -> None:
    """ViT-H/14 as open_clip describes it: every weight of the model is in the file, in the right shape."""
    shapes = open_clip_shapes(Tower(1280, 32, 5120), Tower(1024, 24, 4096), 1024)
    tensors = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    assert sum(tensor.numel() for tensor in tensors.values()) == 986_109_441  # what open_clip counts
    with torch.device("meta"):
        model = CLIPModel(hps.clip_config(tensors))
    wanted = {name: parameter.shape for name, parameter in model.named_parameters()}
    assert {name: tensor.shape for name, tensor in hps.from_open_clip(tensors).items()} == wanted
    assert model.config.vision_config.image_size == 224


def test_other_weights_are_not_taken_for_hps(tmp_path: Path) -> None:
    path = tmp_path / "HPS_v2.1_compressed.safetensors"
    save_file({"other.weight": torch.zeros(2)}, path)
    with pytest.raises(ScorerError, match=r"HPS_v2\.1_compressed\.safetensors: not HPS's weights"):
        open_scorer("hps-v2.1", tmp_path)
    path.write_bytes(b"cut short")
    with pytest.raises(ScorerError, match="cannot be read"):
        open_scorer("hps-v2.1", tmp_path)


def test_hps_with_a_layer_cut_out_is_told(hps_folder: tuple[Path, dict[str, torch.Tensor]]) -> None:
    folder, weights = hps_folder
    del weights["visual.transformer.resblocks.1.mlp.c_fc.weight"]
    save_file(weights, folder / "HPS_v2.1_compressed.safetensors")
    with pytest.raises(ScorerError, match=r"1 are missing, as vision_model\.encoder\.layers\.1\.mlp\.fc1\.weight"):
        open_scorer("hps-v2.1", folder)


# ---- LAION's aesthetic predictor ---------------------------------------------------------------------------------


def test_laion_is_the_published_computation(tmp_path: Path, clip_words: Path, pictures: list[Picture]) -> None:
    model = clip_folder(tmp_path, clip_words, 768)
    weights = random_weights(head_shapes("", 768), 2)
    save_file(weights, tmp_path / "sac+logos+ava1-l14-linearMSE.safetensors")
    pixels = torch.stack([cropped(open_picture(picture)) for picture in pictures])
    with torch.inference_mode():
        vectors = model.visual_projection(model.vision_model(pixel_values=pixels).pooler_output)
    expected = head(weights, "", vectors / vectors.norm(dim=-1, keepdim=True))[:, 0].tolist()
    scores = open_scorer("laion-aesthetic", tmp_path, batch=3)(pictures)
    assert scores == pytest.approx(expected, abs=1e-4)
    assert spread(expected) > 0.01
    assert [open_scorer("laion-aesthetic", tmp_path)([picture])[0] for picture in pictures[:2]] == (
        pytest.approx(scores[:2], abs=1e-4)
    )


def test_a_head_of_another_predictor_is_told(tmp_path: Path, clip_words: Path) -> None:
    clip_folder(tmp_path, clip_words, 768)
    path = tmp_path / "sac+logos+ava1-l14-linearMSE.safetensors"
    weights = random_weights(head_shapes("", 768), 2)
    weights["layers.4.weight"] = torch.zeros(64, 100)
    save_file(weights, path)
    with pytest.raises(ScorerError, match=r"layers\.4\.weight has shape \(64, 100\).* \(64, 128\)"):
        open_scorer("laion-aesthetic", tmp_path)
    save_file({"weight": torch.zeros(1, 768), "bias": torch.zeros(1)}, path)
    with pytest.raises(ScorerError, match=r"layers\.0\.weight is missing"):
        open_scorer("laion-aesthetic", tmp_path)


# ---- ImageReward -------------------------------------------------------------------------------------------------


WORDS = {"a": 1037, "photo": 6302, "of": 1997, "cat": 4937}


def bert_words(folder: Path) -> None:
    """The places that bert-base-uncased has these words at."""
    lines = [f"[unused{index}]" for index in range(30522)]
    for word, index in {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103, **WORDS}.items():
        lines[index] = word
    (folder / "vocab.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_image_reward_is_the_published_computation(tmp_path: Path, pictures: list[Picture]) -> None:
    weights = random_weights(image_reward_shapes(Tower(64, 2, 96), Tower(128, 2, 160)), 3)
    save_file(weights, tmp_path / "ImageReward.safetensors")
    bert_words(tmp_path)
    ids = {PROMPTS[0].upper(): [101, 1037, 6302, 1997, 1037, 4937, 102], PROMPTS[2]: [101, *[4937] * 33, 102]}
    asked = [Picture(picture.path, prompt) for picture in pictures for prompt in ids]
    expected = [image_reward(weights, cropped(open_picture(picture)), ids[picture.prompt], 2) for picture in asked]
    scores = open_scorer("image-reward", tmp_path, batch=3)(asked)
    assert scores == pytest.approx(expected, abs=1e-4)
    assert spread(expected) > 0.01
    assert open_scorer("image-reward", tmp_path, batch=1)(asked[:3]) == pytest.approx(scores[:3], abs=1e-4)


def test_image_reward_in_full_size_fits_transformers_blip() -> None:
    """ViT-L/16 and BERT's base size as med_config.json says."""
    shapes = image_reward_shapes(Tower(1024, 24, 4096), Tower(768, 12, 3072))
    tensors = {name: torch.empty(shape, device="meta") for name, shape in shapes.items()}
    seen, read = renamed(tensors, real_image_reward.VISION), renamed(tensors, real_image_reward.TEXT)
    vision, text = real_image_reward.vision_shape(seen), real_image_reward.text_shape(read)
    assert (vision.num_attention_heads, vision.image_size, text.num_attention_heads) == (16, 224, 12)
    with torch.device("meta"):
        models = BlipVisionModel(vision), BlipTextModel(text, add_pooling_layer=False)
    for model, found in zip(models, (seen, read), strict=True):
        wanted = {name: parameter.shape for name, parameter in model.named_parameters()}
        assert {name: tensor.shape for name, tensor in found.items()} == wanted


def test_other_weights_are_not_taken_for_image_reward(tmp_path: Path) -> None:
    save_file({"mlp.layers.0.weight": torch.zeros(2)}, tmp_path / "ImageReward.safetensors")
    with pytest.raises(ScorerError, match="not ImageReward's weights"):
        open_scorer("image-reward", tmp_path)


# ---- files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("laion-aesthetic", "sac+logos+ava1-l14-linearMSE.pth"),
        ("image-reward", "ImageReward.pt"),
        ("hps-v2.1", "HPS_v2.1_compressed.pt"),
    ],
)
def test_files_that_are_not_there_and_pickles(name: str, published: str, tmp_path: Path) -> None:
    with pytest.raises(ScorerError, match=f"{name}: name the folder that .*safetensors lies in, as {name}=FOLDER"):
        open_scorer(name)
    with pytest.raises(ScorerError, match="no such file or folder"):
        open_scorer(name, tmp_path)
    pickled = tmp_path / published
    torch.save({"state_dict": {"weight": torch.ones(3)}}, pickled)
    for source in (tmp_path, pickled):
        with pytest.raises(ScorerError, match="pickled weights can run code when they are read, and are refused"):
            open_scorer(name, source)


def test_the_conversion_that_is_told_works(tmp_path: Path) -> None:
    shared = torch.ones(3, 2)
    torch.save({"state_dict": {"weight": shared.T, "tied": shared}}, tmp_path / "HPS_v2.1_compressed.pt")
    with pytest.raises(ScorerError) as refused:
        open_scorer("hps-v2.1", tmp_path)
    python, *arguments = shlex.split(str(refused.value).partition("Convert them there: ")[2])
    assert python == "python"
    subprocess.run([sys.executable, *arguments], cwd=tmp_path, check=True)
    with pytest.raises(ScorerError, match="not HPS's weights"):  # read, and found to be something else
        open_scorer("hps-v2.1", tmp_path)
