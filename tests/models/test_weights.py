"""Weights that are read without transformers: the same model, and nothing heavy imported."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from adapted import adapted_by_peft
from random_model import random_model
from safetensors.torch import load_file
from tiny_policy import PROMPTS, tiny_policy
from tiny_reward import tiny_reward
from toy_grammar import ToyGrammar

from nodewright.models.policy.adapters import adapter_of, write_adapter
from nodewright.models.policy.checkpoints import save_checkpoint, shipped_policy_path
from nodewright.models.policy.decoding import generate
from nodewright.models.policy.fast_llama.llama import packed_model
from nodewright.models.policy.fast_llama.llama_batch import LlamaBatch
from nodewright.models.policy.fast_llama.weights import LlamaWeights, can_hold, weights_from
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.transformers_model import load_model, model_over
from nodewright.models.policy.vocabulary import Vocabulary

IDS = list(range(3, 40))
SHAPES: dict[str, dict[str, Any]] = {
    "tied": {"tie_word_embeddings": True},
    "grouped": {"num_key_value_heads": 2},
    "heads of another size": {"num_key_value_heads": 1, "head_dim": 12},
    "biased": {"attention_bias": True, "mlp_bias": True},
    "qwen2": {"model_type": "qwen2", "num_key_value_heads": 2},
}
WRITING = """
import sys
from pathlib import Path
support, tuned, reward = map(Path, sys.argv[1:])
sys.path.append(str(support))
from toy_grammar import ToyGrammar
from nodewright import load_policy, load_reward
from nodewright.models.policy.decoding import generate
policy = load_policy(tuned=tuned)
assert policy.adapter is not None
candidates = generate(policy, ToyGrammar(), "a fox in the snow", candidates=2, guidance=2.0)
for ensemble in (load_reward(policy, reward), load_reward(policy)):
    ensemble.score("a fox in the snow", [candidate.choices for candidate in candidates])
print(*sorted({"transformers", "peft", "accelerate", "sklearn", "scipy", "torch._dynamo"} & set(sys.modules)))
"""


def test_writing_with_the_shipped_policy_imports_no_transformers(repository: Path, tmp_path: Path) -> None:
    policy = load_policy(shipped_policy_path(), tuned=False)
    write_adapter(tmp_path / "tuned", adapter_of(adapted_by_peft(policy.model)), policy.base_sha256)
    tiny_reward(policy, {}).save(tmp_path / "reward")
    folders = (repository / "tests" / "support", tmp_path / "tuned", tmp_path / "reward")
    command = [sys.executable, "-c", WRITING, *map(str, folders)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def saved(folder: Path, **options: Any) -> Any:
    """A random model of transformers, written to a folder as checkpoints are: its config states every setting."""
    model = random_model(**options)
    model.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    rope = config.get("rope_parameters") or {}
    (folder / "config.json").write_text(json.dumps({"rope_theta": rope.get("rope_theta"), **config}), encoding="utf-8")
    return model


def read(folder: Path) -> LlamaWeights:
    """The model in a folder, without transformers."""
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert can_hold(settings)
    return weights_from(settings, load_file(folder / "model.safetensors"))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_weights_are_those_of_transformers(shape: str, tmp_path: Path) -> None:
    model = saved(tmp_path, **SHAPES[shape])
    weights = read(tmp_path)
    theirs = {name: parameter for name, parameter in model.named_parameters() if not name.endswith("inv_freq")}
    assert {name: parameter.shape for name, parameter in weights.named_parameters()} == {
        name: parameter.shape for name, parameter in theirs.items()
    }
    every = [np.arange(model.config.vocab_size)]
    packed, expected = packed_model(weights), packed_model(model)
    assert packed is not None and expected is not None
    assert np.array_equal(LlamaBatch(packed, IDS).logits(every)[0], LlamaBatch(expected, IDS).logits(every)[0])
    with torch.no_grad():
        ids = torch.tensor([IDS])
        assert torch.equal(model_over(weights)(ids).logits, model(ids).logits)


@pytest.mark.parametrize(
    "settings",
    [
        {"model_type": "gpt2"},
        {"architectures": ["LlamaForSequenceClassification"]},
        {"hidden_act": "gelu"},
        {"rope_scaling": {"rope_type": "linear", "factor": 2.0}},
        {"rope_parameters": {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0}},
        {"rope_theta": None},
        {"quantization_config": {"quant_method": "int8"}},
        {"vocab_size": 10**7},
    ],
)
def test_what_it_cannot_hold_is_left_to_transformers(settings: dict[str, Any], tmp_path: Path) -> None:
    saved(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert can_hold(config)
    assert not can_hold(config | settings)


def test_the_shipped_policy_is_the_model_that_transformers_reads() -> None:
    policy, model = load_policy(shipped_policy_path()), load_model(shipped_policy_path())[0]
    assert isinstance(policy.weights, LlamaWeights)
    assert policy.parameters == sum(parameter.numel() for parameter in model.parameters())
    ids = torch.tensor([policy.context(PROMPTS[0]).ids])
    with torch.no_grad():
        assert torch.equal(policy.model(ids).logits, model(ids).logits)
    assert type(policy.model) is type(model)
    assert policy.model.get_output_embeddings().weight is policy.model.get_input_embeddings().weight


def test_the_model_of_transformers_has_the_same_parameters(policy: Policy, tmp_path: Path) -> None:
    save_checkpoint(policy, tmp_path / "policy")
    loaded = load_policy(tmp_path / "policy")
    assert isinstance(loaded.weights, LlamaWeights)
    mine = dict(loaded.weights.named_parameters())
    assert all(parameter is mine[name] for name, parameter in loaded.model.named_parameters())
    assert loaded.model is loaded.model
    loaded.model.to(torch.float64)
    assert loaded.dtype == torch.float64, "what moves one, moves both"
    twin = copy.deepcopy(loaded.weights)
    assert twin.model.norm.weight is not loaded.weights.model.norm.weight


def test_a_model_that_is_changed_is_what_decoding_computes(vocabulary: Vocabulary, tmp_path: Path) -> None:
    """Layers that training puts into the transformers model count, though the weights were read without it."""
    save_checkpoint(tiny_policy(vocabulary), tmp_path / "policy")
    loaded = load_policy(tmp_path / "policy")
    before = generate(loaded, ToyGrammar(), PROMPTS[0], candidates=4)
    layer = loaded.model.model.layers[1].mlp
    layer.up_proj = torch.nn.Sequential(layer.up_proj, torch.nn.Tanh())
    assert packed_model(loaded.weights) is None
    after = generate(loaded, ToyGrammar(), PROMPTS[0], candidates=4)
    assert [one.log_probability for one in before] != [one.log_probability for one in after]
