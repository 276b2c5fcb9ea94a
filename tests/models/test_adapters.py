from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from adapted import ALL, adapted_by_peft
from damage import cut, edit, remove
from peft import PeftModel
from safetensors.torch import load_file, save_file
from tiny_policy import PROMPTS, tiny_policy
from toy_grammar import ToyGrammar
from transformers import AutoConfig, AutoModelForCausalLM

from nodewright.models.policy.adapters import AdapterError, adapter_of, read_adapter, write_adapter
from nodewright.models.policy.checkpoints import save_checkpoint
from nodewright.models.policy.decoding import generate
from nodewright.models.policy.folders import CheckpointError
from nodewright.models.policy.loading import load_checkpoint, load_policy
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import Vocabulary

FILES = {"adapter_model.safetensors", "adapter_config.json", "nodewright_adapter.json"}
FACTS = {"steps": 3, "of": "pictures \N{SNOWMAN}"}
IDS = torch.tensor([[5, 6, 7, 8, 9, 10]])


@pytest.fixture(scope="module")
def saved(policy: Policy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy with an adapter on its second layer."""
    adapter = adapter_of(adapted_by_peft(policy.model, layers=[1]), description=FACTS)
    folder = tmp_path_factory.mktemp("saved") / "policy"
    save_checkpoint(replace(policy, adapter=adapter), folder)
    return folder


@pytest.fixture
def damaged(saved: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(saved, tmp_path / "policy"))


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model(IDS).logits
    return found


def test_a_tuned_policy_reads_back_as_it_was(policy: Policy, saved: Path) -> None:
    assert {path.name for path in (saved / "tuned").iterdir()} == FILES
    assert len({path.stat().st_mode for path in (saved / "tuned").iterdir()}) == 1
    loaded = load_policy(saved)
    assert loaded.adapter is not None
    assert (loaded.adapter.name, loaded.adapter.rank, loaded.adapter.scale) == ("tuned", 4, 2.0)
    assert loaded.adapter.description == FACTS
    expected = adapter_of(adapted_by_peft(policy.model, layers=[1]))
    assert set(loaded.adapter.tensors) == set(expected.tensors)
    assert len(expected.tensors) == len(ALL)
    for path, pair in expected.tensors.items():
        for got, wanted in zip(loaded.adapter.tensors[path], pair, strict=True):
            assert torch.equal(got, wanted)


def test_saving_a_loaded_policy_keeps_its_adapter_and_its_base(saved: Path, tmp_path: Path) -> None:
    save_checkpoint(load_policy(saved), tmp_path / "half", dtype=torch.float16)
    half = load_policy(tmp_path / "half")
    assert half.adapter is not None
    assert half.base_sha256 not in (None, load_policy(saved).base_sha256)
    save_checkpoint(replace(half, adapter=None), tmp_path / "half")
    assert not (tmp_path / "half" / "tuned").exists()


def test_the_adapter_can_be_left_out_or_be_another(policy: Policy, saved: Path, tmp_path: Path) -> None:
    assert load_policy(saved, tuned=False).adapter is None
    assert load_checkpoint(saved, tuned=False).adapter is None
    base = load_policy(saved, tuned=False)
    other = adapter_of(adapted_by_peft(policy.model, targets=["q_proj"], rank=2))
    write_adapter(tmp_path / "other", other, base.base_sha256)
    loaded = load_policy(saved, tuned=tmp_path / "other")
    assert loaded.adapter is not None
    assert (loaded.adapter.name, loaded.adapter.rank, len(loaded.adapter.tensors)) == ("other", 2, 2)
    with pytest.raises(AdapterError, match="nowhere: no such folder"):
        load_policy(saved, tuned=tmp_path / "nowhere")


def test_its_tensors_are_where_the_model_is_and_of_its_dtype(saved: Path) -> None:
    policy = load_policy(saved, dtype=torch.bfloat16)
    assert policy.adapter is not None
    assert {tensor.dtype for pair in policy.adapter.tensors.values() for tensor in pair} == {torch.bfloat16}


@pytest.mark.parametrize("options", [{}, {"layers": [1]}, {"layers": [1], "targets": ["q_proj", "down_proj"]}])
def test_peft_reads_what_is_written(policy: Policy, tmp_path: Path, options: dict[str, Any]) -> None:
    theirs = adapted_by_peft(policy.model, **options)
    write_adapter(tmp_path / "tuned", adapter_of(theirs), None)
    base = tiny_policy(policy.vocabulary).model
    assert not torch.allclose(logits(base), logits(theirs), atol=0.1), "the adapter does nothing"
    assert torch.equal(logits(PeftModel.from_pretrained(base, str(tmp_path / "tuned")).eval()), logits(theirs))


@pytest.mark.parametrize("options", [{}, {"layers": [1], "use_rslora": True}, {"lora_alpha": 3, "rank": 7}])
def test_what_peft_writes_is_read(policy: Policy, tmp_path: Path, options: dict[str, Any]) -> None:
    theirs = adapted_by_peft(policy.model, **options)
    theirs.save_pretrained(tmp_path / "peft")
    adapter = read_adapter(tmp_path / "peft", policy)
    model = tiny_policy(policy.vocabulary).model
    with torch.no_grad():
        for path, (a, b) in adapter.tensors.items():
            model.get_submodule(path).weight += adapter.scale * (b @ a)
    assert torch.allclose(logits(model), logits(theirs), atol=1e-3)


def test_layers_that_are_transposed_have_adapters_too(vocabulary: Vocabulary, tmp_path: Path) -> None:
    config = AutoConfig.for_model("gpt2", vocab_size=vocabulary.size, n_embd=32, n_head=4, n_layer=2)
    policy = Policy(AutoModelForCausalLM.from_config(config).eval(), vocabulary)
    theirs = adapted_by_peft(policy.model, targets=["c_attn", "c_proj"], fan_in_fan_out=True)
    write_adapter(tmp_path / "tuned", adapter_of(theirs), None)
    assert len(read_adapter(tmp_path / "tuned", policy).tensors) == 6


def tensors(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        found = load_file(folder / "adapter_model.safetensors")
        change(found)
        save_file(found, folder / "adapter_model.safetensors")

    return apply


FIRST = "base_model.model.model.layers.1.mlp.down_proj.lora_A.weight"


def elsewhere(found: dict[str, torch.Tensor]) -> None:
    for part, tensor in {"A": torch.ones(4, 64), "B": torch.ones(32, 4)}.items():
        found[FIRST.replace(".1.", ".7.").replace("_A.", f"_{part}.")] = tensor


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (remove("adapter_model.safetensors"), "adapter_model.safetensors: missing"),
        (remove("adapter_config.json"), "adapter_config.json: missing"),
        (cut("adapter_model.safetensors"), "adapter_model.safetensors: damaged"),
        (cut("adapter_config.json"), "adapter_config.json: not JSON"),
        (cut("nodewright_adapter.json"), "nodewright_adapter.json: not JSON"),
        (edit("nodewright_adapter.json", format=2), "format 2; this version reads format 1"),
        (edit("nodewright_adapter.json", kind="reward"), "of the kind 'reward', where 'policy' is needed"),
        (edit("nodewright_adapter.json", training=3), "nodewright_adapter.json: damaged"),
        (edit("nodewright_adapter.json", base_sha256="ab" * 32), r"trained over other weights \(sha256 abababababab"),
        (edit("adapter_config.json", r=8), "down_proj is of rank 4, and its adapter_config.json says 8"),
        (
            edit("adapter_config.json", r="x"),
            "adapter_config.json: r: a whole number from 1 to 65536 is expected, not 'x'",
        ),
        (edit("adapter_config.json", use_dora=True), "this has use_dora"),
        (edit("adapter_config.json", rank_pattern={"q_proj": 3}), "this has rank_pattern"),
        (edit("adapter_config.json", bias="all"), "this has bias"),
        (edit("adapter_config.json", peft_type="IA3"), "this has peft_type IA3"),
        (tensors(lambda found: found.pop(FIRST)), "down_proj has only one of its two matrices"),
        (tensors(dict.clear), "there is nothing in it"),
        (tensors(lambda found: found.update(odd=torch.ones(2))), "odd is no part of a LoRA"),
        (tensors(lambda found: found.update({FIRST: torch.ones(4, 5)})), "down_proj is from 5 to 32 numbers, and in"),
        (tensors(elsewhere), "no linear layer model.layers.7.mlp.down_proj"),
    ],
)
def test_what_is_wrong_is_said(damaged: Path, damage: Callable[[Path], None], message: str) -> None:
    damage(damaged / "tuned")
    with pytest.raises(AdapterError, match=message):
        load_policy(damaged)
    assert load_policy(damaged, tuned=False).adapter is None


def test_an_adapter_of_another_policy_of_the_same_shape_is_refused(vocabulary: Vocabulary, saved: Path) -> None:
    folder = saved.parent / "another"
    save_checkpoint(tiny_policy(vocabulary, seed=1), folder)
    with pytest.raises(AdapterError, match="trained over other weights"):
        load_policy(folder, tuned=saved / "tuned")


def test_of_peft_only_plain_lora_is_taken(policy: Policy) -> None:
    with pytest.raises(AdapterError, match="the adapter 'default': only plain LoRA.*use_dora"):
        adapter_of(adapted_by_peft(policy.model, use_dora=True))


def test_an_adapter_that_cannot_be_written_leaves_what_was_there(policy: Policy, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(CheckpointError, match="could not be written"):
        write_adapter(tmp_path / "file" / "tuned", adapter_of(adapted_by_peft(policy.model)), None)


def test_a_policy_with_an_adapter_still_decodes(saved: Path) -> None:
    assert generate(load_policy(saved), ToyGrammar(), PROMPTS[0])[0].choices[0] == "Load"
