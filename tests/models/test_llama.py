from __future__ import annotations

import copy
import gc
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from random_model import ROWS, random_model
from tiny_policy import PROMPTS
from toy_grammar import ToyGrammar

from nodewright.models.policy import decoding
from nodewright.models.policy.batches import TransformersBatch, open_batch
from nodewright.models.policy.decoding import generate
from nodewright.models.policy.fast_llama.llama import Llama, drop_packed, packed_model
from nodewright.models.policy.fast_llama.llama_batch import LlamaBatch
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import Vocabulary

SHAPES: dict[str, dict[str, Any]] = {
    "tied": {"tie_word_embeddings": True},
    "grouped": {"num_key_value_heads": 2},
    "one key head": {"num_key_value_heads": 1, "head_dim": 12},
    "biased": {"attention_bias": True, "mlp_bias": True},
    "linear rope": {"rope_scaling": {"rope_type": "linear", "factor": 3.0}},
    "yarn rope": {"rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}},
    "qwen2": {"model_type": "qwen2", "num_key_value_heads": 2},
}


def logits_of(model: Any, ids: list[int]) -> torch.Tensor:
    """By transformers, without a cache."""
    with torch.no_grad():
        logits: torch.Tensor = model(torch.tensor([ids])).logits[0, -1]
    return logits


def close(batch: LlamaBatch, model: Any, rows: list[list[int]], tolerance: float = 2e-4) -> bool:
    """Whether the batch's logits are those of transformers for these rows."""
    got = batch.logits([np.arange(ROWS)] * len(rows))
    for row, values in zip(rows, got, strict=True):
        assert torch.from_numpy(values).allclose(logits_of(model, row).double(), atol=tolerance, rtol=tolerance), row
    return len(got) == len(rows)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_it_computes_what_transformers_computes(shape: str, packed: bool) -> None:
    model = random_model(**SHAPES[shape])
    assert packed_model(model) is not None
    batch = LlamaBatch(Llama(model, packed=packed), [5, 6, 7, 8, 9])
    assert close(batch, model, [[5, 6, 7, 8, 9]])
    batch.feed([[10]])
    batch.feed([[11, 12, 13]])
    rows = [[*range(5, 14)] for _ in range(3)]
    assert close(batch, model, rows[:1])
    batch.repeat(3)
    assert close(batch, model, rows)
    for chunks in ([[20], [30, 31], [40, 41, 42, 43]], [[21, 22], [32], [44]], [[23], [33], [45]], [[1], [2, 3], [4]]):
        batch.feed(chunks)
        rows = [row + chunk for row, chunk in zip(rows, chunks, strict=True)]
        assert close(batch, model, rows)
    batch.keep([0, 2])
    batch.feed([[24], [46, 47]])
    rows = [rows[0] + [24], rows[2] + [46, 47]]
    assert close(batch, model, rows)
    assert batch.lengths == [len(row) for row in rows]
    batch.keep([1])
    batch.feed([[48]])
    assert close(batch, model, [[*rows[1], 48]])
    batch.feed([list(range(80))])  # beyond the room that was there
    assert close(batch, model, [[*rows[1], 48, *range(80)]])


def test_long_texts_are_read_and_continued() -> None:
    model = random_model(max_position_embeddings=4096, num_key_value_heads=2)
    ids = [index * 7 % ROWS for index in range(2100)]
    batch = LlamaBatch(Llama(model), ids)
    assert close(batch, model, [ids])
    batch.feed([[3]])
    assert close(batch, model, [[*ids, 3]])


def test_only_the_allowed_ids_have_logits() -> None:
    model = random_model()
    batch = LlamaBatch(Llama(model), [1, 2, 3])
    batch.repeat(2)
    first, second = batch.logits([np.array([4, 80]), np.array([0, 7, 89])])
    every = logits_of(model, [1, 2, 3]).double().numpy()
    assert np.allclose(first, every[[4, 80]], atol=1e-4)
    assert np.allclose(second, every[[0, 7, 89]], atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_as_close_as_that_of_transformers(dtype: torch.dtype) -> None:
    model = random_model(num_key_value_heads=2, initializer_range=0.1)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.mul_(0.5)
    half = copy.deepcopy(model).to(dtype)
    ids = list(range(40))
    batch = LlamaBatch(Llama(half), ids[:30])
    for token in ids[30:]:
        batch.feed([[token]])
    exact = logits_of(model, ids).double()
    ours = torch.from_numpy(batch.logits([np.arange(ROWS)])[0])
    theirs = logits_of(half, ids).double()
    assert (ours - exact).abs().max() < 2 * (theirs - exact).abs().max()


def test_a_copy_is_kept_until_the_weights_change() -> None:
    model = random_model()
    first = packed_model(model)
    assert packed_model(model) is first
    with torch.no_grad():
        model.model.layers[1].mlp.down_proj.weight.mul_(1.5)
    second = packed_model(model)
    assert second is not first and second is not None
    assert close(LlamaBatch(second, [1, 2, 3]), model, [[1, 2, 3]])
    model.double().float()
    assert packed_model(model) is not second


def test_a_copy_goes_with_its_model() -> None:
    model = random_model()
    copy_of_it = weakref.ref(packed_model(model))
    assert copy_of_it() is not None
    del model
    gc.collect()
    assert copy_of_it() is None


def test_a_copy_that_is_forgotten_is_made_anew() -> None:
    model = random_model()
    first = packed_model(model)
    assert first is not None
    batch, copy_of_it = LlamaBatch(first, [1, 2, 3]), weakref.ref(first)
    del first
    drop_packed(model)
    drop_packed(model)  # there is none any more
    batch.feed([[4]])  # what was begun goes on
    assert close(batch, model, [[1, 2, 3, 4]])
    del batch
    gc.collect()
    assert copy_of_it() is None
    again = packed_model(model)
    assert again is not None and close(LlamaBatch(again, [1, 2]), model, [[1, 2]])


def test_weights_that_were_read_in_inference_mode_have_a_copy_too() -> None:
    with torch.inference_mode():
        model = random_model()
        model.load_state_dict({name: weight.clone() for name, weight in model.state_dict().items()}, assign=True)
    assert next(model.parameters()).is_inference()
    first = packed_model(model)
    assert first is not None
    assert packed_model(model) is first


class Adapted(torch.nn.Module):
    """A layer in the place of a linear one, as adapters have it."""

    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__()
        self.base_layer = layer
        self.in_features = layer.in_features
        self.weight = layer.weight
        self.bias = layer.bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2 * torch.as_tensor(self.base_layer(x))


def test_what_is_computed_otherwise_is_left_to_transformers(vocabulary: Vocabulary) -> None:
    assert packed_model(random_model("gemma2", head_dim=8)) is None
    assert packed_model(random_model("gpt2", n_embd=32, n_head=4, n_layer=1)) is None
    assert packed_model(random_model(hidden_act="gelu")) is None
    assert packed_model(random_model(rope_scaling={"rope_type": "dynamic", "factor": 2.0})) is None
    assert packed_model(random_model("qwen2", use_sliding_window=True, sliding_window=8, max_window_layers=0)) is None
    model = random_model()
    assert packed_model(model) is not None
    model.model.layers[1].mlp.up_proj = Adapted(model.model.layers[1].mlp.up_proj)
    assert packed_model(model) is None
    model = random_model(vocab_size=vocabulary.size)
    model.model.layers[0].self_attn.o_proj = Adapted(model.model.layers[0].self_attn.o_proj)
    assert isinstance(open_batch(Policy(model, vocabulary), [1]), TransformersBatch)


def test_candidates_are_those_of_transformers(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    got = generate(policy, ToyGrammar(), PROMPTS[0], candidates=12, seed=6)
    monkeypatch.setattr(decoding, "open_batch", TransformersBatch)
    expected = generate(policy, ToyGrammar(), PROMPTS[0], candidates=12, seed=6)
    assert [candidate.choices for candidate in got] == [candidate.choices for candidate in expected]
    for ours, theirs in zip(got, expected, strict=True):
        assert ours.log_probability == pytest.approx(theirs.log_probability, abs=1e-3)
