from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from adapted import adapted_by_peft
from random_model import ROWS, random_model
from tiny_policy import PROMPTS, tiny_policy
from toy_grammar import FILES, ToyGrammar

from nodewright.models.policy import decoding
from nodewright.models.policy.adapters import adapter_of
from nodewright.models.policy.batches import Batch, TransformersBatch, logits_at, open_batch
from nodewright.models.policy.decoding import Branching, context_of, generate, score, trace
from nodewright.models.policy.fast_llama.llama import Llama, packed_model
from nodewright.models.policy.fast_llama.llama_batch import LlamaBatch
from nodewright.models.policy.guidance import REFERENCE, Guidance, applied, guidance_of
from nodewright.models.policy.lora import Adapter
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import Vocabulary

SPELLED, LISTED = ToyGrammar(), ToyGrammar(files=FILES.choices)
GRAMMARS = pytest.mark.parametrize("grammar", [SPELLED, LISTED], ids=["spelled", "listed"])
ADAPTED: dict[str, dict[str, Any]] = {
    "last layer": {"layers": [3]},
    "last two": {"layers": [2, 3]},
    "one in the middle": {"layers": [1]},
    "all": {},
    "attention only": {"layers": [2, 3], "targets": ["q_proj", "v_proj"]},
    "mlp only": {"layers": [1, 3], "targets": ["up_proj", "down_proj"]},
    "rank 1": {"layers": [3], "targets": ["o_proj", "k_proj"], "rank": 1},
}
MODELS: dict[str, dict[str, Any]] = {
    "llama": {"num_key_value_heads": 2},
    "qwen2": {"model_type": "qwen2", "num_key_value_heads": 2},
    "biased": {"attention_bias": True, "mlp_bias": True, "num_key_value_heads": 1},
}


@dataclass
class Pair:
    """A model, and peft's own of the same adapter."""

    model: Any
    theirs: Any
    adapter: Adapter


def pair(model: Any, **options: Any) -> Pair:
    theirs = adapted_by_peft(model, **options)
    return Pair(model, theirs, adapter_of(theirs))


def separately(one: Pair, ids: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Reference and tuned logits after each token, by two passes of transformers and peft."""
    with torch.no_grad():
        reference, tuned = (model(torch.tensor([ids])).logits[0].double() for model in (one.model, one.theirs))
    return reference, tuned


def expected(one: Pair, ids: list[int], scale: float) -> torch.Tensor:
    """The definition."""
    reference, tuned = separately(one, ids)
    assert (tuned - reference).abs().max() > 0.1, "the adapter does nothing"
    return reference + scale * (tuned - reference)


def opener(one: Pair, vocabulary: Vocabulary, fast: bool) -> Callable[..., Any]:
    """Opens a batch of our own forward, or of transformers'."""
    if not fast:
        return lambda *how: TransformersBatch(Policy(one.model, vocabulary), *how)
    llama = packed_model(one.model)
    assert llama is not None and llama.supports(one.adapter)
    return lambda *how: LlamaBatch(llama, *how)


def close(batch: Batch, one: Pair, rows: list[list[int]], scale: float) -> None:
    got = batch.logits([np.arange(ROWS)] * len(rows))
    assert len(got) == len(rows)
    for row, values in zip(rows, got, strict=True):
        assert torch.from_numpy(values).allclose(expected(one, row, scale)[-1], atol=1e-3, rtol=1e-3), row


@pytest.mark.parametrize("fast", [True, False], ids=["own forward", "transformers"])
@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize(
    ("model", "adapted"),
    [*(("llama", adapted) for adapted in ADAPTED), *product(("qwen2", "biased"), ("last two", "all"))],
)
def test_a_batch_computes_what_two_passes_of_peft_do(
    vocabulary: Vocabulary, model: str, adapted: str, scale: float, fast: bool
) -> None:
    one = pair(random_model(num_hidden_layers=4, **MODELS[model]), **ADAPTED[adapted])
    guidance = REFERENCE if scale == 0 else Guidance(one.adapter, scale)
    first, places = [5, 6, 7, 8, 9], [0, 2, 3]
    batch = opener(one, vocabulary, fast)(first, places, guidance)
    close(batch, one, [first], scale)
    for token in (3, 40):
        wanted = expected(one, first, scale)[places, token]
        assert torch.from_numpy(batch.logits_in_first(token)).allclose(wanted, atol=1e-3, rtol=1e-3)
    batch.feed([[10, 11]])
    rows = [[*first, 10, 11]] * 3
    batch.repeat(3)
    close(batch, one, rows, scale)
    for chunks in ([[20], [30, 31], [40, 41, 42, 43]], [[23], [33], [45]]):
        batch.feed(chunks)
        rows = [row + chunk for row, chunk in zip(rows, chunks, strict=True)]
        close(batch, one, rows, scale)
    batch.keep([0, 2])
    batch.feed([[24], [46, 47]])
    rows = [rows[0] + [24], rows[2] + [46, 47]]
    close(batch, one, rows, scale)
    batch.keep([1])
    batch.feed([list(range(80))])  # beyond the room that was there
    close(batch, one, [[*rows[1], *range(80)]], scale)
    assert batch.lengths == [len(rows[1]) + 80]


@pytest.mark.parametrize("fast", [True, False], ids=["own forward", "transformers"])
def test_at_0_and_1_only_one_policy_is_computed_and_to_the_last_bit(vocabulary: Vocabulary, fast: bool) -> None:
    one = pair(random_model(num_hidden_layers=4), layers=[2, 3])
    policy = replace(Policy(one.model, vocabulary), adapter=one.adapter)
    opened = opener(one, vocabulary, fast)

    def read(guidance: Guidance, opened: Callable[..., Any] = opened) -> np.ndarray[Any, Any]:
        batch = opened([5, 6, 7], [1], guidance)
        batch.repeat(2)
        batch.feed([[8], [9, 10]])
        return np.stack([*batch.logits([np.arange(ROWS)] * 2), batch.logits_in_first(4).repeat(ROWS)])

    # Two policies that know nothing of each other: the base alone, and the adapter wrapped by peft.
    alone = opener(Pair(copy.deepcopy(one.model), None, one.adapter), vocabulary, fast)
    assert np.array_equal(read(guidance_of(policy, 0)), read(REFERENCE, alone))
    wrapped = opener(Pair(copy.deepcopy(one.theirs), None, one.adapter), vocabulary, False)
    assert np.abs(read(guidance_of(policy, 1)) - read(REFERENCE, wrapped)).max() < 1e-5, "peft adds in another order"
    tuned = guidance_of(policy, 1)
    assert not tuned.both and not guidance_of(policy, 0).both and guidance_of(policy, 2).both
    assert np.array_equal(read(tuned), read(Guidance(one.adapter, 1.0)))
    # Nor does it matter to either that there is another one: what is far away at 1 is not computed.
    broken = replace(one.adapter, tensors={key: (a * torch.nan, b) for key, (a, b) in one.adapter.tensors.items()})
    assert np.array_equal(read(guidance_of(replace(policy, adapter=broken), 0)), read(REFERENCE))
    assert not np.isfinite(read(Guidance(broken, 1.0))).all()


def test_of_the_reference_nothing_is_computed_at_1(vocabulary: Vocabulary) -> None:
    rows: list[int] = []
    one = pair(random_model(num_hidden_layers=4), layers=[2, 3])
    hook = one.model.model.layers[3].mlp.down_proj.register_forward_hook(lambda _, x, y: rows.append(len(x[0])))
    for scale, wanted in ((0, 1), (1, 1), (2, 2)):
        policy = replace(Policy(one.model, vocabulary), adapter=one.adapter)
        TransformersBatch(policy, [5, 6], [], guidance_of(policy, scale))
        assert rows.pop() == wanted
    hook.remove()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_close(dtype: torch.dtype) -> None:
    one = pair(random_model(num_hidden_layers=4), layers=[2, 3])
    ids = list(range(20))
    half = Llama(copy.deepcopy(one.model).to(dtype))
    found = LlamaBatch(half, ids, (), Guidance(one.adapter, 2.0)).logits([np.arange(ROWS)])[0]
    exact = expected(one, ids, 2.0)[-1]
    reference, tuned = (model.to(dtype) for model in (copy.deepcopy(one.model), copy.deepcopy(one.theirs)))
    theirs = expected(Pair(reference, tuned, one.adapter), ids, 2.0)[-1]
    assert (torch.from_numpy(found) - exact).abs().max() < 2 * (theirs - exact).abs().max()


def test_other_architectures_are_guided_by_transformers_forward(vocabulary: Vocabulary) -> None:
    one = pair(random_model("gemma2", head_dim=8), layers=[1])
    policy = Policy(one.model, vocabulary, adapter=one.adapter)
    batch = open_batch(policy, [5, 6, 7], [1], guidance_of(policy, 3))
    assert isinstance(batch, TransformersBatch)
    batch.repeat(2)
    batch.feed([[8, 9], [10]])
    close(batch, one, [[5, 6, 7, 8, 9], [5, 6, 7, 10]], 3)


def test_layers_that_are_transposed_are_guided_too(vocabulary: Vocabulary) -> None:
    model = random_model("gpt2", n_embd=32, n_head=4, n_layer=2)
    one = pair(model, layers=[1], targets=["c_attn", "c_fc"], fan_in_fan_out=True)
    policy = Policy(model, vocabulary, adapter=one.adapter)
    (found,) = logits_at(policy, [5, 6, 7], [2], [np.arange(ROWS)], guidance_of(policy, 3))
    assert torch.from_numpy(found).allclose(expected(one, [5, 6, 7], 3)[-1], atol=1e-3, rtol=1e-3)


def test_an_adapter_beyond_the_layers_is_left_to_transformers(vocabulary: Vocabulary) -> None:
    one = pair(random_model(), targets=["q_proj", "lm_head"])
    policy = Policy(one.model, vocabulary, adapter=one.adapter)
    batch = open_batch(policy, [5, 6, 7], [], guidance_of(policy, 2))
    assert isinstance(batch, TransformersBatch)
    close(batch, one, [[5, 6, 7]], 2)
    assert isinstance(open_batch(policy, [5, 6, 7]), LlamaBatch), "the reference has no adapter"


def test_the_model_is_as_it_was_after_an_error(vocabulary: Vocabulary) -> None:
    one = pair(random_model(), layers=[1])
    with pytest.raises(RuntimeError, match="stop"), applied(one.model, Guidance(one.adapter, 1.0)):
        assert not torch.equal(one.model(torch.tensor([[1]])).logits, separately(one, [1])[0].float())
        raise RuntimeError("stop")
    assert not any(module._forward_hooks for module in one.model.modules())
    assert packed_model(one.model) is not None


@pytest.fixture(scope="module")
def tuned(vocabulary: Vocabulary) -> tuple[Policy, Pair]:
    policy = tiny_policy(vocabulary)
    one = pair(policy.model, layers=[1])
    return replace(policy, adapter=one.adapter), one


def by_definition(policy: Policy, one: Pair, grammar: ToyGrammar, choices: Sequence[str], scale: float) -> list[float]:
    """The log-probability of each choice, from two separate passes and the formula over what is allowed."""
    context = context_of(policy, grammar, PROMPTS[0], None, 256)
    tokens, made = trace(policy.vocabulary, grammar, choices, context.places)
    logits = expected(one, context.ids + tokens, scale)
    scores = [0.0] * len(choices)
    for step in made:
        if isinstance(step, Branching):
            values = logits[len(context.ids) + step.position - 1, step.allowed]
        else:
            values = logits[[context.places[file] for file in step.files], policy.pick_id]
        scores[step.choice] += float(values.log_softmax(0)[step.taken])
    return scores


@pytest.mark.parametrize("scale", [0.0, 0.4, 1.0, 2.0])
@GRAMMARS
def test_candidates_and_scores_are_those_of_the_guided_distribution(
    tuned: tuple[Policy, Pair], grammar: ToyGrammar, scale: float
) -> None:
    policy, one = tuned
    for candidate in generate(policy, grammar, PROMPTS[0], candidates=4, seed=2, guidance=scale):
        wanted = by_definition(policy, one, grammar, candidate.choices, scale)
        assert candidate.log_probability == pytest.approx(sum(wanted), abs=2e-3)
        scores = score(policy, grammar, PROMPTS[0], candidate.choices, guidance=scale)
        assert scores == pytest.approx(wanted, abs=1e-3)


@GRAMMARS
def test_0_draws_what_the_reference_draws_and_1_what_the_tuned_model_draws(
    tuned: tuple[Policy, Pair], grammar: ToyGrammar
) -> None:
    policy, one = tuned
    how: dict[str, Any] = {"candidates": 6, "seed": 5}
    reference = generate(replace(policy, adapter=None), grammar, PROMPTS[0], **how)
    assert generate(policy, grammar, PROMPTS[0], guidance=0, **how) == reference
    merged = replace(policy, weights=copy.deepcopy(one.theirs).merge_and_unload(), adapter=None)
    at_1 = generate(policy, grammar, PROMPTS[0], guidance=1, **how)
    assert generate(policy, grammar, PROMPTS[0], **how) == at_1, "1 is the default"
    by_peft = generate(merged, grammar, PROMPTS[0], **how)
    assert [candidate.choices for candidate in at_1] == [candidate.choices for candidate in by_peft]
    assert [candidate.choices for candidate in at_1] != [candidate.choices for candidate in reference]
    wrapped = generate(replace(policy, weights=one.theirs, adapter=None), grammar, PROMPTS[0], **how)
    assert [candidate.choices for candidate in at_1] == [candidate.choices for candidate in wrapped]


@GRAMMARS
def test_transformers_forward_draws_the_same_candidates(
    tuned: tuple[Policy, Pair], grammar: ToyGrammar, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy, _ = tuned
    ours = generate(policy, grammar, PROMPTS[1], candidates=8, seed=1, guidance=2.0)
    monkeypatch.setattr(decoding, "open_batch", TransformersBatch)
    theirs = generate(policy, grammar, PROMPTS[1], candidates=8, seed=1, guidance=2.0)
    assert [candidate.choices for candidate in ours] == [candidate.choices for candidate in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert one.log_probability == pytest.approx(other.log_probability, abs=2e-3)


def test_candidates_are_the_same_among_any_number(tuned: tuple[Policy, Pair]) -> None:
    policy, _ = tuned
    eight = generate(policy, LISTED, PROMPTS[0], candidates=8, seed=11, guidance=1.5)
    three = generate(policy, LISTED, PROMPTS[0], candidates=3, seed=11, guidance=1.5)
    for few, many in zip(three, eight, strict=False):
        assert few.choices == many.choices
        assert few.log_probability == pytest.approx(many.log_probability, abs=2e-3)


def test_a_larger_scale_goes_on_in_the_direction_of_tuning(tuned: tuple[Policy, Pair]) -> None:
    """What the tuned policy finds likelier than the reference gets likelier still."""
    policy, _ = tuned
    script = ["Load", "file="]
    names = [*(f"sdxl/photo_v{n}" for n in range(12)), *(f"sd15/photo_v{n}_pruned" for n in range(5))]

    def chances(scale: float) -> np.ndarray[Any, Any]:
        found = [score(policy, LISTED, PROMPTS[0], [*script, name], guidance=scale)[-1] for name in names]
        assert math.fsum(map(math.exp, found)) == pytest.approx(1, abs=1e-4)
        return np.array(found)

    at_0, at_1, at_3 = map(chances, (0, 1, 3))
    gained = at_1 - at_0
    assert np.allclose((at_3 - at_0) - (at_3 - at_0)[0], 3 * (gained - gained[0]), atol=0.01)
    assert at_3[gained.argmax()] > at_1[gained.argmax()] > at_0[gained.argmax()]


def test_a_policy_that_was_not_tuned_is_the_same_at_0_and_1(policy: Policy) -> None:
    first = generate(policy, SPELLED, PROMPTS[0], seed=3)
    for scale in (0.0, 1.0):
        assert generate(policy, SPELLED, PROMPTS[0], seed=3, guidance=scale) == first
        assert guidance_of(policy, scale) is REFERENCE
    for scale in (0.5, 2.0):
        with pytest.raises(ValueError, match="policy was not tuned.*Set it to 1, .* Load Policy's input `adapter`"):
            generate(policy, SPELLED, PROMPTS[0], guidance=scale)
        with pytest.raises(ValueError, match=f"the guidance scale is {scale:g}, and this policy"):
            score(policy, SPELLED, PROMPTS[0], first[0].choices, guidance=scale)


@pytest.mark.parametrize("scale", [-0.1, math.nan, math.inf])
def test_a_scale_out_of_range_is_named(tuned: tuple[Policy, Pair], scale: float) -> None:
    with pytest.raises(ValueError, match="the guidance scale is .*; it must be 0 or more"):
        generate(tuned[0], SPELLED, PROMPTS[0], guidance=scale)


def test_rows_that_are_read_at_once_are_guided_too(tuned: tuple[Policy, Pair]) -> None:
    policy, one = tuned
    random = Random(0)
    ids = [random.randrange(policy.vocabulary.size) for _ in range(30)]
    allowed = [np.array([1, 5, 9]), np.array([0, 2]), np.arange(20)]
    found = logits_at(policy, ids, [3, 3, 29], allowed, guidance_of(policy, 2))
    wanted = expected(one, ids, 2)
    for position, columns, values in zip([3, 3, 29], allowed, found, strict=True):
        assert torch.from_numpy(values).allclose(wanted[position, columns], atol=1e-3)
