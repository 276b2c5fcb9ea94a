"""What lies in a model's folder is data: none of it runs code, leads elsewhere, or makes work without end."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch
from adapted import adapted_by_peft
from damage import edit
from random_model import random_model
from safetensors.torch import load_file, save_file
from tiny_gguf import write_tiny_gguf
from tiny_policy import tiny_policy
from tiny_reward import tiny_reward
from transformers import PreTrainedTokenizerFast

from nodewright.models.policy.checkpoints import save_checkpoint
from nodewright.models.policy.folders import PolicyError
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.models.reward.ensemble import RewardEnsemble
from nodewright.models.reward.members import RewardError

IDS = torch.tensor([[5, 6, 7, 8]])


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        pytest.fail("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)


@pytest.fixture(params=["checkpoint", "plain", "gpt2"])
def folder(request: pytest.FixtureRequest, policy: Policy, tmp_path: Path) -> Path:
    """A Nodewright checkpoint, a folder of transformers, and one of an architecture that only transformers computes."""
    place = tmp_path / "policy"
    if request.param == "checkpoint":
        save_checkpoint(policy, place)
        return place
    model = policy.model
    if request.param == "gpt2":
        sizes = {"n_embd": 32, "n_head": 4, "n_layer": 2, "n_positions": 64}
        model = random_model("gpt2", **sizes, vocab_size=policy.vocabulary.size)
    model.save_pretrained(place)
    PreTrainedTokenizerFast(tokenizer_object=policy.vocabulary.tokenizer).save_pretrained(place)
    return place


def logits(policy: Policy) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = policy.model(IDS).logits
    return found


def write(place: Path, name: str, content: Any) -> None:
    (place / name).write_text(json.dumps(content), encoding="utf-8")


def test_an_adapter_config_leads_to_no_other_base(folder: Path, vocabulary: Vocabulary, tmp_path: Path) -> None:
    expected = logits(load_policy(folder))
    save_checkpoint(tiny_policy(vocabulary, seed=7), tmp_path / "other")
    for base in (str(tmp_path / "other"), "someone/else"):
        described = {"peft_type": "LORA", "r": 2, "lora_alpha": 2, "target_modules": ["q_proj"]}
        write(folder, "adapter_config.json", {**described, "base_model_name_or_path": base, "task_type": "CAUSAL_LM"})
        assert torch.equal(logits(load_policy(folder)), expected)
    adapted_by_peft(tiny_policy(vocabulary).model).save_pretrained(tmp_path / "peft")
    shutil.copy(tmp_path / "peft" / "adapter_model.safetensors", folder)
    assert torch.equal(logits(load_policy(folder)), expected), "the adapter was laid over the weights"


def test_a_gguf_file_beside_an_adapter_config_is_refused(tmp_path: Path) -> None:
    write_tiny_gguf(tmp_path / "tiny.gguf")
    write(tmp_path, "adapter_config.json", {"base_model_name_or_path": "someone/else", "peft_type": "LORA"})
    with pytest.raises(PolicyError, match="an adapter_config.json lies beside it"):
        load_policy(tmp_path / "tiny.gguf")


def test_code_and_kernels_that_a_folder_names_are_left_out(folder: Path) -> None:
    expected = logits(load_policy(folder))
    ran = folder / "ran"
    code = f"import pathlib\npathlib.Path({str(ran)!r}).write_text('x')\n"
    for name in ("modeling_own.py", "configuration_own.py", "tokenization_own.py", "sitecustomize.py"):
        (folder / name).write_text(code, encoding="utf-8")
    (folder / "custom_generate").mkdir()
    (folder / "custom_generate" / "generate.py").write_text(code, encoding="utf-8")
    own = {
        "AutoConfig": "configuration_own.A",
        "AutoModelForCausalLM": "modeling_own.B",
        "AutoTokenizer": ["t.C", "t.D"],
    }
    edit(
        "config.json", auto_map=own, attn_implementation="someone/kernels", _attn_implementation="someone/kernels",
        _attn_implementation_internal="flash_attention_2", experts_implementation="someone/kernels",
        fusion_config={"patch_embeddings": True}, _name_or_path="someone/else", name_or_path="someone/else",
        transformers_weights="../../elsewhere.safetensors",
    )(folder)  # fmt: skip
    write(folder, "tokenizer_config.json", {
        "auto_map": own, "tokenizer_class": "OwnTokenizer", "chat_template": "{{ x.__class__ }}",
        "name_or_path": "someone/else",
    })  # fmt: skip
    write(folder, "generation_config.json", {"custom_generate": "someone/else", "max_length": "x"})
    policy = load_policy(folder)
    assert torch.equal(logits(policy), expected)
    assert policy.model.config._attn_implementation in ("sdpa", "eager")
    assert not ran.exists()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"num_hidden_layers": "two"}, "config.json: num_hidden_layers: null or a whole number"),
        ({"num_hidden_layers": 10**9}, "config.json: num_hidden_layers: 1000000000 are asked for"),
        ({"num_hidden_layers": 10**30}, "config.json: num_hidden_layers: null or a whole number from 1"),
        ({"num_hidden_layers": 0}, "config.json: num_hidden_layers: null or a whole number from 1"),
        ({"vocab_size": 10**9}, r"config.json asks for \[1000000000, 32\]|has the shape"),
        ({"vocab_size": [400]}, "config.json: vocab_size: null or a whole number"),
        ({"hidden_size": True}, "config.json: hidden_size: null or a whole number from 1 to .* is expected, not true"),
        ({"hidden_size": 10**9}, "config.json"),
        ({"num_attention_heads": 0}, "config.json: num_attention_heads"),
        ({"num_attention_heads": 5}, "config.json"),
        ({"num_attention_heads": 64}, "config.json"),
        ({"num_key_value_heads": 3}, "config.json"),
        ({"head_dim": 7}, "config.json"),
        ({"max_position_embeddings": "512"}, "config.json: max_position_embeddings"),
        ({"rms_norm_eps": "1e-6"}, "config.json: rms_norm_eps: null or a number"),
        ({"rope_theta": -1}, "config.json: rope_theta"),
        ({"rope_parameters": [1]}, "config.json: rope_parameters: null or an object"),
        ({"rope_parameters": {"rope_type": "yarn", "factor": "x", "rope_theta": 1e4}}, "config.json"),
        ({"rope_parameters": {"rope_type": "nothing", "rope_theta": 1e4}}, "config.json"),
        ({"hidden_act": 3}, "config.json: hidden_act: null or a text"),
        ({"hidden_act": "nothing"}, "config.json"),
        ({"attention_bias": "no"}, "config.json: attention_bias: null or true or false"),
        ({"attention_bias": True}, "q_proj.bias"),
        ({"tie_word_embeddings": 1}, "config.json: tie_word_embeddings"),
        ({"dtype": 3}, "config.json: dtype"),
        ({"architectures": "LlamaForCausalLM"}, "config.json: architectures"),
        ({"model_type": 3}, "config.json: model_type: a text"),
        ({"model_type": "t5"}, "config.json"),
        ({"initializer_range": {"a": 1}}, "config.json"),
        ({"quantization_config": {"quant_method": "awq", "bits": 4}}, "config.json: quantization_config: the weights"),
        ({"quantization_config": {"quant_method": "compressed-tensors"}}, "config.json: quantization_config"),
        ({"compression_config": {"format": "x"}}, "config.json: compression_config"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_named(policy: Policy, tmp_path: Path, changes: dict[str, Any], named: str) -> None:
    save_checkpoint(policy, tmp_path / "policy")
    edit("config.json", **changes)(tmp_path / "policy")
    with pytest.raises(PolicyError, match=named):
        load_policy(tmp_path / "policy")


@pytest.mark.parametrize("changes", [{"n_layer": 10**9}, {"n_embd": 10**9}, {"vocab_size": 10**9}, {"n_head": "4"},
                                     {"layer_norm_epsilon": "small"}, {"n_positions": [1]}])  # fmt: skip
def test_settings_of_other_architectures_are_checked_as_well(
    policy: Policy, tmp_path: Path, changes: dict[str, Any]
) -> None:
    sizes = {"n_embd": 32, "n_head": 4, "n_layer": 2, "n_positions": 64}
    random_model("gpt2", **sizes, vocab_size=policy.vocabulary.size).save_pretrained(tmp_path)
    PreTrainedTokenizerFast(tokenizer_object=policy.vocabulary.tokenizer).save_pretrained(tmp_path)
    edit("config.json", **changes)(tmp_path)
    with pytest.raises(PolicyError, match="config.json"):
        load_policy(tmp_path)


@pytest.mark.parametrize(
    "content", ["[" * 2000 + "]" * 2000, '{"vocab_size": ' + "9" * 4301 + "}", '{"a": NaN}', "", "3"]
)
@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json"])
def test_json_beyond_its_limits_is_named(policy: Policy, tmp_path: Path, name: str, content: str) -> None:
    policy.model.save_pretrained(tmp_path)
    PreTrainedTokenizerFast(tokenizer_object=policy.vocabulary.tokenizer).save_pretrained(tmp_path)
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(PolicyError, match=name):
        load_policy(tmp_path)


def test_weights_that_are_no_numbers_are_refused(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    name = next(iter(tensors))
    tensors[name].view(-1)[3] = float("nan")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(PolicyError, match=f"model.safetensors: {name} holds what is no number"):
        load_policy(folder)


def test_an_index_names_files_of_its_own_folder_only(policy: Policy, tmp_path: Path) -> None:
    place = tmp_path / "policy"
    policy.model.save_pretrained(place, max_shard_size="20KB")
    PreTrainedTokenizerFast(tokenizer_object=policy.vocabulary.tokenizer).save_pretrained(place)
    loaded = load_policy(place)
    assert len(loaded.files) > 1
    assert torch.equal(logits(loaded), logits(policy))
    index = json.loads((place / "model.safetensors.index.json").read_text(encoding="utf-8"))
    first = loaded.files[0].name
    loaded.files[0].rename(tmp_path / first)
    index["weight_map"] = {name: f"../{file}" if file == first else file for name, file in index["weight_map"].items()}
    write(place, "model.safetensors.index.json", index)
    with pytest.raises(PolicyError, match=r"index.json: weight_map: '\.\./.*' is no .safetensors file of this folder"):
        load_policy(place)


@pytest.mark.parametrize("source", ["a" * 5000, "x/" + "b" * 300, "some\nname", "\N{CAT FACE}/" + "c" * 255])
def test_a_source_that_is_no_path_is_named(source: str) -> None:
    with pytest.raises(PolicyError):
        load_policy("/" + source)


REWARD: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda reward: reward.update(members=10_000_000), "members: a whole number from 1 to 64 is expected, not 1000"),
    (lambda reward: reward.update(members=[1, 2]), "members: a whole number from 1 to 64 is expected, not a list"),
    (lambda reward: reward.update(members=4), "member-3"),
    (lambda reward: reward["shape"].update(layers="2"), "shape: layers: a whole number"),
    (lambda reward: reward["shape"].update(rank=60_000), "member-0: .*does not fit reward.json"),
    (lambda reward: reward["shape"].update(more=1), "shape: 'more' is not known"),
    (lambda reward: reward.update(shape=[1]), "shape: an object is expected, not a list of 1"),
    (lambda reward: reward["knowledge"].update(words=["a", ["b"]]), "words: element 2: a text is expected"),
    (lambda reward: reward["knowledge"].update(scale="1"), "scale: a number"),
    (lambda reward: reward["knowledge"].update(numbers={"steps=": [1]}), "numbers: steps=: a list of 2 is expected"),
    (lambda reward: reward["knowledge"].update(choices={"a": None}), "choices: a: a whole number"),
    (lambda reward: reward["knowledge"].update(other={}), "knowledge: 'other' is not known"),
    (lambda reward: reward.update(kinds={"names": ["a"] * 999, "mains": [[1]] * 9999}), "kinds.safetensors"),
    (lambda reward: reward.update(kinds={"names": "a", "mains": []}), "kinds: names: a list"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "named"), REWARD)
def test_a_reward_model_that_cannot_be_is_named(
    policy: Policy, tmp_path: Path, change: Callable[[dict[str, Any]], Any], named: str
) -> None:
    tiny_reward(policy, {"a": 1}).save(tmp_path)
    content = json.loads((tmp_path / "reward.json").read_text(encoding="utf-8"))
    change(content)
    write(tmp_path, "reward.json", content)
    with pytest.raises(RewardError, match=named):
        RewardEnsemble.load(tmp_path, policy)
