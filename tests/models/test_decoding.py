from __future__ import annotations

import copy
import math
from collections import Counter
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from tiny_policy import PROMPTS, tiny_policy
from toy_grammar import FILES, ChoiceSet, Forced, ToyError, ToyGrammar

from nodewright.models.policy import decoding
from nodewright.models.policy.batches import Batch, TransformersBatch, open_batch
from nodewright.models.policy.decoding import Branching, Candidate, DecodingError, _draw, generate, ranked, score, trace
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.workflow.ask.policy_words import policy_words
from nodewright.workflow.ask.syntax import read_ask
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import Grammar as RealGrammar
from nodewright.workflow.graph import Workflow

GRAMMAR = ToyGrammar()
LISTED = ToyGrammar(files=FILES.choices)


@dataclass
class Reference:
    """Decoding as its definition says: one row, no cache, no trie, every token by a full forward pass."""

    choices: list[str]
    log_probability: float
    sampled: int
    forced: int


def reference(policy: Policy, grammar: ToyGrammar, prompt: str, seed: int, index: int, temperature: float) -> Reference:
    encode, random = policy.vocabulary.encode_choice, Random(f"{seed}:{index}")
    context = policy.context(prompt, grammar.files, ask=policy_words(read_ask(prompt)))
    state, ids = grammar.start(), context.ids
    total, sampled, forced = 0.0, 0, 0
    while not state.done:
        names = [name for one in state.choice_sets for name in one.choices if name in grammar.files]
        if names:
            with torch.no_grad():
                logits = policy.model(torch.tensor([ids])).logits[0, [context.places[name] for name in names]].double()
            suits = logits[:, policy.pick_id].log_softmax(0)
            taken = _draw(suits.numpy(), temperature, 1.0, random)
            total, sampled, forced = total + float(suits[taken]), sampled + 1, forced + len(encode(names[taken])) - 1
            ids = [*ids, *encode(names[taken])]
            state.choose(names[taken])
            continue
        left = {encode(choice): choice for one in state.choice_sets for choice in one.choices}
        made: tuple[int, ...] = ()
        while made not in left:
            allowed = sorted({code[len(made)] for code in left if code[: len(made)] == made})
            if len(allowed) == 1:
                token, forced = allowed[0], forced + 1
            else:
                with torch.no_grad():
                    logits = policy.model(torch.tensor([ids])).logits[0, -1, allowed].double()
                taken = _draw(logits.log_softmax(0).numpy(), temperature, 1.0, random)
                total += float(logits.log_softmax(0)[taken])
                token, sampled = allowed[taken], sampled + 1
            made += (token,)
            ids = [*ids, token]
        state.choose(left[made])
    return Reference(state.choices_made, total, sampled, forced)


@pytest.mark.parametrize("temperature", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("grammar", [GRAMMAR, LISTED], ids=["spelled", "listed"])
def test_a_batch_decodes_as_its_definition_says(
    policy: Policy, grammar: ToyGrammar, prompt: str, temperature: float
) -> None:
    got = generate(policy, grammar, prompt, candidates=6, seed=3, temperature=temperature)
    for index, candidate in enumerate(got):
        expected = reference(policy, grammar, prompt, 3, index, temperature)
        assert list(candidate.choices) == expected.choices
        assert candidate.log_probability == pytest.approx(expected.log_probability, abs=1e-3)
        assert (candidate.tokens_sampled, candidate.tokens_forced) == (expected.sampled, expected.forced)
    if temperature:
        assert len({candidate.choices for candidate in got}) == 6


def test_candidates_are_the_same_among_any_number(policy: Policy) -> None:
    eight = generate(policy, GRAMMAR, PROMPTS[0], candidates=8, seed=11)
    for count in (1, 2, 5):
        for few, many in zip(generate(policy, GRAMMAR, PROMPTS[0], candidates=count, seed=11), eight, strict=False):
            assert few.choices == many.choices
            assert few.log_probability == pytest.approx(many.log_probability, abs=1e-3)


def test_the_same_seed_gives_the_same_candidates_and_another_gives_others(policy: Policy) -> None:
    first = generate(policy, GRAMMAR, PROMPTS[0], candidates=4, seed=2**64 - 1)
    assert generate(policy, GRAMMAR, PROMPTS[0], candidates=4, seed=2**64 - 1) == first
    assert generate(policy, GRAMMAR, PROMPTS[0], candidates=4, seed=0) != first


def test_temperature_0_ignores_the_seed(policy: Policy) -> None:
    first = generate(policy, GRAMMAR, PROMPTS[1], candidates=2, temperature=0)
    assert first[0].choices == first[1].choices
    assert generate(policy, GRAMMAR, PROMPTS[1], seed=9, temperature=0)[0].choices == first[0].choices


def test_every_script_is_one_of_the_grammars(policy: Policy) -> None:
    for candidate in generate(policy, GRAMMAR, PROMPTS[2], candidates=20, temperature=2.0):
        state = GRAMMAR.start()
        for choice in candidate.choices:
            state.choose(choice)
        assert state.done
        assert state.workflow() == candidate.workflow


@pytest.mark.parametrize("grammar", [GRAMMAR, LISTED], ids=["spelled", "listed"])
def test_scores_add_up_to_the_candidates_log_probability(policy: Policy, grammar: ToyGrammar) -> None:
    for candidate in generate(policy, grammar, PROMPTS[0], candidates=5, temperature=1.5, seed=4):
        scores = score(policy, grammar, PROMPTS[0], candidate.choices)
        assert len(scores) == len(candidate.choices)
        assert sum(scores) == pytest.approx(candidate.log_probability, abs=1e-3)
        assert scores[:2] == [0.0, 0.0], "the first two choices are forced"
        _, made = trace(policy.vocabulary, grammar, candidate.choices, grammar.files)
        assert candidate.choices_drawn == len({step.choice for step in made}) <= candidate.tokens_sampled
        mean = candidate.log_probability / candidate.choices_drawn
        assert candidate.choice_log_probability == pytest.approx(mean)


def test_of_files_that_it_has_not_all_read_of_only_those_are_picked(policy: Policy) -> None:
    few = ToyGrammar(files=("flux/dev", "sd15/photo_v3_pruned", "sdxl/photo_v7"))
    got = generate(policy, few, PROMPTS[0], candidates=40, temperature=2.0)
    assert {candidate.choices[2] for candidate in got} == {"sd15/photo_v3_pruned", "sdxl/photo_v7"}
    one = ToyGrammar(files=("sdxl/photo_v7",))
    for candidate in generate(policy, one, PROMPTS[0], candidates=3):
        assert candidate.choices[2] == "sdxl/photo_v7"
        assert score(policy, one, PROMPTS[0], candidate.choices)[2] == 0


@pytest.mark.parametrize("grammar", [GRAMMAR, LISTED], ids=["spelled", "listed"])
def test_the_choices_of_a_state_have_probability_1(policy: Policy, grammar: ToyGrammar) -> None:
    before = ["Load", "file="]
    total = sum(
        math.exp(score(policy, grammar, PROMPTS[0], [*before, name])[-1])
        for name in (*(f"sdxl/photo_v{n}" for n in range(12)), *(f"sd15/photo_v{n}_pruned" for n in range(5)))
    )
    assert total == pytest.approx(1, abs=1e-5)
    before += ["sdxl/photo_v0"]
    union = ["steps=", "cfg=", "sampler=", "sampler_name=", ";"]
    assert sum(math.exp(score(policy, GRAMMAR, "", [*before, name])[-1]) for name in union) == pytest.approx(
        1, abs=1e-5
    )


def test_draws_follow_the_probabilities(policy: Policy) -> None:
    names = [f"sdxl/photo_v{n}" for n in range(12)]
    drawn = Counter(c.choices[2] for c in generate(policy, GRAMMAR, PROMPTS[0], candidates=600, temperature=1.0))
    for name in names:
        expected = math.exp(score(policy, GRAMMAR, PROMPTS[0], ["Load", "file=", name])[-1])
        assert drawn[name] / 600 == pytest.approx(expected, abs=4.5 * math.sqrt(expected / 600) + 0.005)


def test_scoring_what_the_grammar_does_not_allow_raises_its_error(policy: Policy) -> None:
    with pytest.raises(ToyError, match="Decode"):
        score(policy, GRAMMAR, PROMPTS[0], ["Load", "Decode"])
    with pytest.raises(ToyError, match="no such"):
        score(policy, GRAMMAR, PROMPTS[0], ["Load", "file=", "no such"])


def test_a_trace_names_every_token_that_was_not_forced(policy: Policy) -> None:
    candidate = generate(policy, GRAMMAR, PROMPTS[0], seed=5)[0]
    tokens, branchings = trace(policy.vocabulary, GRAMMAR, candidate.choices)
    assert tokens == [token for choice in candidate.choices for token in policy.vocabulary.encode_choice(choice)]
    assert len(branchings) == candidate.tokens_sampled
    assert len(tokens) == candidate.tokens_sampled + candidate.tokens_forced
    for step in branchings:
        assert isinstance(step, Branching), "it has read of no files, so it picks none"
        assert step.allowed[step.taken] == tokens[step.position]
        assert len(step.allowed) > 1
        assert list(step.allowed) == sorted(set(step.allowed.tolist()))


def test_what_is_forced_needs_no_model(vocabulary: Vocabulary) -> None:
    policy = Policy(weights=None, vocabulary=vocabulary)
    told: list[tuple[int, int]] = []
    (candidate,) = generate(policy, Forced(), "x", progress=lambda *state: told.append(state))
    assert candidate.choices == ("Load", "file=", "sdxl/photo_v1", "@end")
    assert (candidate.log_probability, candidate.tokens_sampled) == (0.0, 0)
    assert told[-1][0] == told[-1][1]


def test_progress_grows_and_ends_at_its_total(policy: Policy) -> None:
    told: list[tuple[int, int]] = []
    got = generate(policy, GRAMMAR, PROMPTS[0], candidates=3, progress=lambda *state: told.append(state))
    made = [count for count, _ in told]
    assert made == sorted(made)
    assert all(count < expected for count, expected in told[:-1])
    assert told[-1] == (sum(len(candidate.choices) for candidate in got),) * 2


def test_the_candidate_that_is_finished_before_the_others_is_handed_out_once(policy: Policy) -> None:
    given: list[tuple[int, Candidate, bool]] = []
    ended = [False]

    def progress(made: int, expected: int) -> None:
        ended[0] = made == expected

    got = generate(
        policy, GRAMMAR, PROMPTS[0], candidates=6, temperature=2.0, seed=3, progress=progress,
        first=lambda number, candidate: given.append((number, candidate, ended[0])),
    )  # fmt: skip
    ((number, candidate, at_the_end),) = given
    assert candidate == got[number]
    assert candidate.tokens_sampled == min(one.tokens_sampled for one in got)
    assert at_the_end == (len({one.tokens_sampled for one in got}) == 1)


def test_interruption_stops_between_tokens_and_leaves_the_policy_usable(policy: Policy) -> None:
    class Stopped(Exception):
        pass

    calls = 0

    def interrupted() -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise Stopped

    told: list[tuple[int, int]] = []
    before = generate(policy, GRAMMAR, PROMPTS[0])
    with pytest.raises(Stopped):
        generate(policy, GRAMMAR, PROMPTS[0], progress=lambda *s: told.append(s), interrupted=interrupted)
    assert len(told) == 3, "the model went on after the interruption"
    assert generate(policy, GRAMMAR, PROMPTS[0]) == before


@pytest.mark.parametrize("copied", [True, False])
def test_the_model_is_asked_once_a_step_for_all_candidates(
    policy: Policy, monkeypatch: pytest.MonkeyPatch, copied: bool
) -> None:
    fed: list[list[int]] = []

    def watched(policy: Policy, *how: Any) -> Batch:
        batch = open_batch(policy, *how) if copied else TransformersBatch(policy, *how)
        feed = batch.feed

        def watched_feed(chunks: list[list[int]]) -> None:
            fed.append([len(chunk) for chunk in chunks])
            feed(chunks)

        monkeypatch.setattr(batch, "feed", watched_feed)
        return batch

    monkeypatch.setattr(decoding, "open_batch", watched)
    got = generate(policy, GRAMMAR, PROMPTS[0], candidates=5, seed=1)
    assert len(fed) == max(candidate.tokens_sampled for candidate in got) - 1, "the prompt answers the first draw"
    assert len(fed[0]) == 5
    rows = [len(chunks) for chunks in fed]
    assert rows == sorted(rows, reverse=True)
    assert rows[-1] < 5, "finished candidates leave the batch, or the seed makes them equally long"


@pytest.mark.parametrize(
    "arguments", [{"candidates": 0}, {"temperature": -1.0}, {"temperature": math.nan}, {"top_p": 0.0}, {"top_p": 1.1}]
)
def test_arguments_out_of_range_are_named(policy: Policy, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        generate(policy, GRAMMAR, "x", **arguments)


def test_a_context_that_is_too_short_says_so(vocabulary: Vocabulary) -> None:
    with pytest.raises(DecodingError, match="at most 24"):
        generate(tiny_policy(vocabulary, context=24), GRAMMAR, "red " * 100)
    policy = tiny_policy(vocabulary, context=64)
    choices = generate(tiny_policy(vocabulary), GRAMMAR, "x", seed=1)[0].choices
    with pytest.raises(DecodingError, match="at most 64"):
        score(policy, GRAMMAR, "red " * 100, choices)


def test_a_model_that_computes_no_numbers_says_so(vocabulary: Vocabulary) -> None:
    policy = tiny_policy(vocabulary)
    with torch.no_grad():
        policy.model.model.norm.weight.fill_(math.nan)
    with pytest.raises(DecodingError, match="float32"):
        generate(policy, GRAMMAR, "x")


def test_half_precision_decodes_too(policy: Policy) -> None:
    for dtype in (torch.bfloat16, torch.float16):
        half = replace(policy, weights=copy.deepcopy(policy.model).to(dtype))
        got = generate(half, GRAMMAR, PROMPTS[0], candidates=4, seed=1)
        assert got == generate(half, GRAMMAR, PROMPTS[0], candidates=4, seed=1)


@pytest.mark.parametrize("kind", ["gpt2", "qwen2", "gemma2"])
def test_other_architectures_decode_as_their_definition_says(vocabulary: Vocabulary, kind: str) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes: dict[str, Any] = {"vocab_size": vocabulary.size, "hidden_size": 32, "num_attention_heads": 4}
    sizes |= {"num_hidden_layers": 2, "intermediate_size": 64, "num_key_value_heads": 2, "head_dim": 8}
    if kind == "gpt2":
        sizes = {"vocab_size": vocabulary.size, "n_embd": 32, "n_head": 4, "n_layer": 2, "n_positions": 512}
    torch.manual_seed(1)
    # Special ids of the default configuration lie outside so small a vocabulary.
    ids = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
    config = AutoConfig.for_model(kind, initializer_range=0.3, **sizes, **ids)
    policy = Policy(AutoModelForCausalLM.from_config(config).eval(), vocabulary)
    if not getattr(policy.model, "_supports_cache_class", True):
        with pytest.raises(DecodingError, match="Update transformers"):
            generate(policy, GRAMMAR, "x")
        return
    for index, candidate in enumerate(generate(policy, GRAMMAR, PROMPTS[0], candidates=4, seed=2)):
        expected = reference(policy, GRAMMAR, PROMPTS[0], 2, index, 1.0)
        assert list(candidate.choices) == expected.choices
        assert candidate.log_probability == pytest.approx(expected.log_probability, abs=1e-3)


def test_the_real_grammar_is_decoded_and_scored(policy: Policy, object_info: dict[str, Any]) -> None:
    installed = copy.deepcopy(object_info)
    for class_type, name, files in [
        ("CheckpointLoaderSimple", "ckpt_name", ["v1-5-pruned-emaonly.safetensors", "juggernautXL_v9.safetensors"]),
        ("LoraLoader", "lora_name", ["add-detail-xl.safetensors"]),
    ]:
        installed[class_type]["input"]["required"][name][0] = files
    grammar = RealGrammar(catalog_from_object_info(installed), Constraints(max_nodes=12))
    roomy = tiny_policy(policy.vocabulary, context=2048)  # a policy that knows nothing spells out many settings
    got = generate(roomy, grammar, PROMPTS[0], candidates=4, seed=1)
    assert len({candidate.choices for candidate in got}) == 4
    for candidate in got:
        assert 0 < len(candidate.workflow.nodes) <= 12
        scores = score(roomy, grammar, PROMPTS[0], candidate.choices)
        assert sum(scores) == pytest.approx(candidate.log_probability, abs=1e-3)


def test_top_p_keeps_the_fewest_likeliest() -> None:
    log_probabilities = np.log([0.1, 0.4, 0.3, 0.2])
    drawn = [Counter(_draw(log_probabilities, 1.0, p, random) for _ in range(500)) for p, random in _draws()]
    assert [set(counter) for counter in drawn] == [{1}, {1}, {1, 2}, {1, 2, 3}, {0, 1, 2, 3}]
    assert drawn[2][1] / 500 == pytest.approx(4 / 7, abs=0.08)


def _draws() -> list[tuple[float, Random]]:
    return [(p, Random(7)) for p in (0.01, 0.4, 0.41, 0.9, 1.0)]


def test_a_draw_at_temperature_0_takes_the_lowest_of_the_likeliest() -> None:
    assert _draw(np.log([0.2, 0.4, 0.4]), 0.0, 1.0, Random(0)) == 1
    assert _draw(np.log([0.2, 0.39, 0.41]), 1e-300, 1.0, Random(0)) == 2


def test_a_draw_at_the_very_end_still_takes_something_allowed() -> None:
    class Last(Random):
        def random(self) -> float:
            return 1 - 2**-53

    assert _draw(np.log([0.5, 0.3, 0.2]), 1.0, 0.6, Last()) == 1


def test_sets_that_share_prefixes_are_walked_as_one(policy: Policy) -> None:
    class State:
        def __init__(self) -> None:
            sets = (ChoiceSet("aab", "aac", "b"), ChoiceSet("aa"), ChoiceSet("aabb", "c"))
            self.choice_sets: tuple[ChoiceSet, ...] = sets
            self.done = False
            self.choices_made: list[str] = []

        def choose(self, choice: str) -> None:
            self.choices_made.append(choice)
            self.done, self.choice_sets = True, ()

        def workflow(self) -> None:
            return None

    class Union:
        files = ()
        good_at: dict[str, tuple[str, ...]] = {}

        def start(self) -> Any:
            return State()

    names = ["aab", "aac", "b", "aa", "aabb", "c"]
    assert sum(math.exp(score(policy, Union(), "x", [name])[0]) for name in names) == pytest.approx(1, abs=1e-5)
    got: list[Candidate] = generate(policy, Union(), "x", candidates=200, temperature=3.0)
    assert {candidate.choices[0] for candidate in got} == set(names)


def test_candidates_are_ranked_and_equal_ones_merged() -> None:
    def candidate(choice: str, log_probability: float, tokens: int = 0, drawn: int = 1) -> Candidate:
        return Candidate((choice,), Workflow(()), log_probability, drawn, tokens, 0)

    seldom, likely, tied = candidate("seldom", -9.0), candidate("likely", -1.0), candidate("tied", -9.0)
    again, less = candidate("likely", -1.0, tokens=1), candidate("likely", -1.5)  # another batch size may round
    assert ranked([seldom, less, likely, tied, again]) == (likely, seldom, tied)
    assert ranked([tied, again, likely, seldom]) == (again, tied, seldom)
    assert ranked([]) == ()
    long, short = candidate("long", -9.0, drawn=18), candidate("short", -4.0, drawn=5)
    assert ranked([short, long]) == (long, short), "a workflow does not lose for its length"
    forced = candidate("forced", 0.0, drawn=0)
    assert ranked([long, forced]) == (forced, long)
