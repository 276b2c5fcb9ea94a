"""What is written for what people type, from end to end: the policy that is shipped, on an artist's installation."""

from __future__ import annotations

from typing import Any

import pytest
from artist import artist_catalog

from nodewright.models.policy.policy import Policy
from nodewright.workflow.ask.corrections import NOTHING_SET, Corrections
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.validate import validate
from nodewright.writing import WrittenWorkflow, load_policy, write_workflows


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return artist_catalog(tmp_path_factory.mktemp("artist"))


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy()


def _written(
    prompt: str, catalog: Catalog, policy: Policy, corrections: Corrections = NOTHING_SET
) -> list[WrittenWorkflow]:
    written = write_workflows(prompt, catalog, policy=policy, corrections=corrections, candidates=3, seed=11)
    for one in written:
        assert not validate(one.api, catalog)
    return written


def _inputs(api: dict[str, Any], name: str) -> list[Any]:
    return [node["inputs"][name] for node in api.values() if name in node["inputs"]]


def test_a_named_model_a_size_and_an_enlargement(catalog: Catalog, policy: Policy) -> None:
    prompt = "use juggernaut XL, 1344x768, upscale 4x with UltraSharp: a lighthouse"
    for one in _written(prompt, catalog, policy):
        assert _inputs(one.api, "ckpt_name") == ["juggernautXL_ragnarokBy.safetensors"]
        assert _inputs(one.api, "model_name") == ["4x-UltraSharp.safetensors"]
        assert (1344, 768) in zip(_inputs(one.api, "width"), _inputs(one.api, "height"), strict=True)
        assert any(text.startswith("a lighthouse") for text in _inputs(one.api, "text"))
        assert one.notes == ()


def test_a_style_takes_its_lora_and_its_words(catalog: Catalog, policy: Policy) -> None:
    for one in _written("pixel art of a knight fighting a dragon", catalog, policy):
        assert _inputs(one.api, "lora_name") == ["pixel-art-xl.safetensors"]
        assert len([node for node in one.api.values() if node["class_type"] == "KSampler"]) == 1
        assert "a LoRA for pixel art goes with it" in one.read


def test_a_pasted_block(catalog: Catalog, policy: Policy) -> None:
    prompt = (
        "masterpiece, 1girl, lighthouse keeper\nNegative prompt: worst quality, extra fingers\n"
        "Steps: 27, Sampler: Euler a, CFG scale: 5.5, Size: 896x1152, Seed: 1234, Clip skip: 2"
    )
    for one in _written(prompt, catalog, policy):
        assert (_inputs(one.api, "steps"), _inputs(one.api, "cfg")) == ([27], [5.5])
        assert _inputs(one.api, "sampler_name") == ["euler_ancestral"]
        assert _inputs(one.api, "stop_at_clip_layer") == [-2]
        assert any("extra fingers" in text for text in _inputs(one.api, "text"))
        assert all("Steps" not in text for text in _inputs(one.api, "text"))
        assert one.seed == 1234 + one.draws[0]


def test_what_is_set_in_menus(catalog: Catalog, policy: Policy) -> None:
    menus = Corrections(shape="16:9", quality="quick", model="sd_xl_base_1.0.safetensors")
    for one in _written("a castle, tall, use flux", catalog, policy, menus):
        assert _inputs(one.api, "ckpt_name") == ["sd_xl_base_1.0.safetensors"]
        assert _inputs(one.api, "width")[0] / _inputs(one.api, "height")[0] == pytest.approx(16 / 9, rel=0.05)
        assert sum(_inputs(one.api, "steps")) <= 8
        assert "quick" in one.read and "wide 16:9" in one.read


def test_candidates_differ_where_models_are_equally_good(catalog: Catalog, policy: Policy) -> None:
    written = write_workflows("a fox in the snow", catalog, policy=policy, candidates=12, seed=2)
    assert len({one.choices[0] for one in written}) > 1
    assert all(one.choices[0].split("/")[0] in ("flux", "qwen_image", "z_image") for one in written)


def test_what_cannot_be_done_is_noted(catalog: Catalog, policy: Policy) -> None:
    (*_, one) = _written("a video of a fox, use midjourney v6 <lora:nothing-like-it:1>", catalog, policy)
    for words in ("a video", "midjourney", "nothing-like-it"):
        assert any(words in note for note in one.notes), words
