"""Decoding under a grammar.

At each state of the grammar the allowed choices form a trie over token ids. A token is drawn only where the trie
branches, from the model's probabilities renormalised over the branches; everything else is forced and appended
without asking the model. Candidates decode as one batch that shares the prompt.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
import transformers
from transformers import DynamicCache

from ..workflow.graph import Workflow
from .policy import Policy
from .vocabulary import MAXIMUM_PROMPT_TOKENS, ChoiceSet, Trie, Vocabulary

SMALL = 20_000_000
"""Parameters below which a model decodes on one CPU thread."""


class DecodingError(RuntimeError):
    """The model cannot decode this. The message says why, and what to do."""


class GrammarState(Protocol):
    """What decoding needs of a grammar's state."""

    @property
    def done(self) -> bool: ...

    @property
    def choice_sets(self) -> Sequence[ChoiceSet]: ...

    @property
    def choices_made(self) -> Sequence[str]: ...

    def choose(self, choice: str) -> None: ...

    def workflow(self) -> Workflow: ...


class Grammar(Protocol):
    """What decoding needs of a grammar. Equal choices lead to equal states. `files` are the aliases of the model files
    that its choices are made among."""

    @property
    def files(self) -> Sequence[str]: ...

    def start(self) -> GrammarState: ...


@dataclass(frozen=True)
class Candidate:
    """One decoded workflow.

    log_probability: natural logarithm, of the whole script under the grammar: at each branching the model's
        probabilities at temperature 1, renormalised over what was allowed.
    tokens_sampled, tokens_forced: tokens drawn, and tokens that followed from the grammar.
    """

    choices: tuple[str, ...]
    workflow: Workflow
    log_probability: float
    tokens_sampled: int
    tokens_forced: int


def ranked(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The candidates whose choices differ, likeliest first; equally likely ones stay in order."""
    distinct: dict[tuple[str, ...], Candidate] = {}
    for candidate in sorted(candidates, key=lambda each: -each.log_probability):
        distinct.setdefault(candidate.choices, candidate)
    return tuple(distinct.values())


@dataclass(frozen=True)
class Branching:
    """A token of a script that was not forced. `position` is its index in the script's tokens; `allowed` the ids
    that could have stood there, ascending; `taken` the index in `allowed` of the one that does; `choice` the index
    of the choice that it belongs to."""

    position: int
    allowed: npt.NDArray[np.int64]
    taken: int
    choice: int


def generate(
    policy: Policy,
    grammar: Grammar,
    prompt: str,
    *,
    candidates: int = 1,
    seed: int = 0,
    temperature: float = 1.0,
    top_p: float = 1.0,
    progress: Callable[[int, int], None] | None = None,
    interrupted: Callable[[], None] | None = None,
    maximum_prompt_tokens: int = MAXIMUM_PROMPT_TOKENS,
) -> list[Candidate]:
    """Decode `candidates` workflows for a prompt, in order; equal ones are not merged (`ranked` does that).

    temperature 0 takes the likeliest token, and of equally likely ones that with the lowest id. top_p draws from
    the fewest likeliest allowed tokens that hold that much probability.
    progress(made, expected) is called after each step with the number of choices made and the number expected,
    over all candidates; they meet at the end. interrupted() is called between steps; what it raises passes through.

    The same arguments give the same workflows on the same machine, library versions and dtype. Candidate i draws
    from a generator of its own, seeded by (seed, i), so it is the same among any number of candidates, except where
    the arithmetic of another batch size moves a probability across a draw (about one draw in a million at float32).

    Raises ValueError for arguments out of range, DecodingError when the model's context is too short or its logits
    are not numbers.
    """
    if candidates < 1:
        raise ValueError(f"candidates is {candidates}; it must be at least 1")
    if not (temperature >= 0 and math.isfinite(temperature)):
        raise ValueError(f"temperature is {temperature}; it must be 0 or more")
    if not 0 < top_p <= 1:
        raise ValueError(f"top_p is {top_p}; it must be above 0 and at most 1")
    rows = [_Row(policy.vocabulary, grammar.start(), Random(f"{seed}:{index}")) for index in range(candidates)]
    for row in rows:
        row.follow()

    def report() -> None:
        if progress is not None:
            progress(*_progress(rows, policy.typical_choices))

    live = [row for row in rows if row.allowed is not None]
    if live:  # or everything follows from the grammar, and the model is not needed
        with _few_threads(policy):
            before = policy.encode_context(prompt, grammar.files, maximum_prompt_tokens)
            _decode(policy, before, live, temperature, top_p, report, interrupted or _go_on)
    else:
        report()
    return [row.candidate() for row in rows]


def _decode(
    policy: Policy,
    before: list[int],
    live: list[_Row],
    temperature: float,
    top_p: float,
    report: Callable[[], None],
    interrupted: Callable[[], None],
) -> None:
    """Draw and follow until all rows are finished."""
    # No draw was made yet, so the same was forced on all rows.
    forced = [row.take_pending() for row in live]
    batch = _Batch(policy, before + forced[0], len(live))
    while True:
        interrupted()
        _draw_all(live, batch.logits, temperature, top_p)
        report()
        kept = [index for index, row in enumerate(live) if row.allowed is not None]
        if not kept:
            return
        if len(kept) < len(live):
            batch.keep(kept)
            live = [live[index] for index in kept]
        batch.feed([row.take_pending() for row in live])


def _go_on() -> None:
    """No one interrupts."""


def trace(vocabulary: Vocabulary, grammar: Grammar, choices: Sequence[str]) -> tuple[list[int], list[Branching]]:
    """A script's tokens, and which of them were not forced.

    Raises whatever the grammar raises for a choice that it does not allow. The script need not be finished.
    """
    state = grammar.start()
    tokens: list[int] = []
    branchings: list[Branching] = []
    for index, choice in enumerate(choices):
        walk = _Walk(vocabulary, state.choice_sets)
        encoded = vocabulary.encode_choice(choice)
        state.choose(choice)  # raises before the walk meets an id that is not there
        for token in encoded:
            allowed = walk.allowed()
            if len(allowed) > 1:
                taken = int(np.searchsorted(allowed, token))
                branchings.append(Branching(len(tokens), allowed, taken, index))
            walk.step(token)
            tokens.append(token)
    return tokens, branchings


def score(
    policy: Policy,
    grammar: Grammar,
    prompt: str,
    choices: Sequence[str],
    *,
    maximum_prompt_tokens: int = MAXIMUM_PROMPT_TOKENS,
) -> list[float]:
    """The log-probability of each choice of a script, under the same masks that `generate` draws with: their sum is
    the candidate's `log_probability`. A forced choice has 0.

    Raises whatever the grammar raises for a choice that it does not allow, and DecodingError as `generate` does.
    """
    tokens, branchings = trace(policy.vocabulary, grammar, choices)
    scores = [0.0] * len(choices)
    if not branchings:
        return scores
    before = policy.encode_context(prompt, grammar.files, maximum_prompt_tokens)
    tokens = tokens[: branchings[-1].position]
    _check_context(policy, len(before) + len(tokens))
    logits = _Forward(policy).every(before + tokens, [len(before) + step.position - 1 for step in branchings])
    gathered = _gather(logits, [step.allowed for step in branchings])
    for step, values in zip(branchings, gathered, strict=True):
        scores[step.choice] += float(_log_softmax(values)[step.taken])
    return scores


@contextmanager
def _few_threads(policy: Policy) -> Iterator[None]:
    """One thread for a small model on a CPU: its matrices are too small to share, and on a busy machine the threads
    wait for each other ten times longer than they work."""
    threads = torch.get_num_threads()
    small = policy.device.type == "cpu" and policy.parameters < SMALL
    if small:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if small:
            torch.set_num_threads(threads)


class _Walk:
    """A way down the union of some sets' tries, for one choice."""

    __slots__ = ("depth", "nodes", "vocabulary")

    def __init__(self, vocabulary: Vocabulary, choice_sets: Sequence[ChoiceSet]) -> None:
        self.vocabulary = vocabulary
        self.nodes: list[Trie | str] = [vocabulary.trie(choice_set) for choice_set in choice_sets]
        self.depth = 0

    def choice(self) -> str | None:
        """The only choice that is left, if there is only one."""
        if len(self.nodes) == 1 and isinstance(self.nodes[0], str):
            return self.nodes[0]
        return None

    def allowed(self) -> npt.NDArray[np.int64]:
        """The ids that may come next, ascending."""
        if len(self.nodes) == 1 and isinstance(self.nodes[0], Trie):
            return self.nodes[0].ids
        encode, depth = self.vocabulary.encode_choice, self.depth
        parts = [node.ids if isinstance(node, Trie) else [encode(node)[depth]] for node in self.nodes]
        return np.unique(np.concatenate(parts).astype(np.int64, copy=False))

    def step(self, token: int) -> None:
        """Go on with an allowed id."""
        nodes: list[Trie | str] = []
        for node in self.nodes:
            if isinstance(node, str):
                below: Trie | str | None = node if self.vocabulary.encode_choice(node)[self.depth] == token else None
            else:
                below = node.children.get(token)
            if below is not None:
                nodes.append(below)
        self.nodes = nodes
        self.depth += 1


class _Row:
    """One candidate while it is decoded. `allowed` are the ids to draw from, or None when it is finished; `pending`
    the tokens that the model has not been fed."""

    def __init__(self, vocabulary: Vocabulary, state: GrammarState, random: Random) -> None:
        self.vocabulary = vocabulary
        self.state = state
        self.random = random
        self.walk: _Walk | None = None
        self.allowed: npt.NDArray[np.int64] | None = None
        self.pending: list[int] = []
        self.log_probability = 0.0
        self.sampled = 0
        self.forced = 0

    def follow(self) -> None:
        """Append what is forced, up to the next branching or the end."""
        while True:
            if self.walk is None:
                if self.state.done:
                    self.allowed = None
                    return
                self.walk = _Walk(self.vocabulary, self.state.choice_sets)
            choice = self.walk.choice()
            if choice is not None:
                rest = self.vocabulary.encode_choice(choice)[self.walk.depth :]
                self.pending += rest
                self.forced += len(rest)
                self.state.choose(choice)
                self.walk = None
                continue
            allowed = self.walk.allowed()
            if len(allowed) > 1:
                self.allowed = allowed
                return
            self.pending.append(int(allowed[0]))
            self.forced += 1
            self.walk.step(int(allowed[0]))

    def draw(self, logits: npt.NDArray[np.float64], temperature: float, top_p: float) -> None:
        """Draw one of the allowed ids from their logits, and follow it."""
        assert self.allowed is not None and self.walk is not None
        log_probabilities = _log_softmax(logits)
        index = _draw(log_probabilities, temperature, top_p, self.random)
        self.log_probability += float(log_probabilities[index])
        token = int(self.allowed[index])
        self.pending.append(token)
        self.sampled += 1
        self.walk.step(token)
        self.follow()

    def take_pending(self) -> list[int]:
        pending, self.pending = self.pending, []
        return pending

    def candidate(self) -> Candidate:
        return Candidate(
            tuple(self.state.choices_made), self.state.workflow(), self.log_probability, self.sampled, self.forced
        )


class _Forward:
    """The model, asked for the logits of some positions only where it can be."""

    def __init__(self, policy: Policy) -> None:
        self.model = policy.model
        self.device = policy.device

    @cached_property
    def _selects(self) -> bool:
        return "logits_to_keep" in inspect.signature(self.model.forward).parameters

    @torch.inference_mode()
    def last(self, ids: torch.Tensor, **rest: Any) -> torch.Tensor:
        """Logits at each row's last column, (rows, vocabulary)."""
        if self._selects:
            rest["logits_to_keep"] = 1
        logits: torch.Tensor = self.model(input_ids=ids, use_cache=True, return_dict=True, **rest).logits
        return logits[:, -1]

    @torch.inference_mode()
    def every(self, ids: list[int], positions: list[int]) -> torch.Tensor:
        """Logits at some positions of one row, (positions, vocabulary). Nothing is cached."""
        rows = torch.tensor([ids], device=self.device)
        keep = torch.tensor(positions, device=self.device)
        if self._selects:
            kept = self.model(input_ids=rows, use_cache=False, return_dict=True, logits_to_keep=keep).logits[0]
        else:
            kept = self.model(input_ids=rows, use_cache=False, return_dict=True).logits[0, keep]
        logits: torch.Tensor = kept
        return logits


class _Batch:
    """The candidates' key-value cache. `logits` are those after each row's last token, (rows, vocabulary).

    Each step feeds every row the tokens that it has gathered. Shorter chunks are padded on the left, so that each
    row's last token stands in the last column; the columns of the padding stay masked for good, and positions count
    real tokens only.
    """

    def __init__(self, policy: Policy, first: list[int], rows: int) -> None:
        self.policy = policy
        self.forward = _Forward(policy)
        self.device = policy.device
        if not getattr(policy.model, "_supports_cache_class", True):
            raise DecodingError(
                f"transformers {transformers.__version__} has no key-value cache that can be shared for "
                f"{type(policy.model).__name__}. Update transformers, or take another base"
            )
        self.cache = DynamicCache()
        self.lengths = [len(first)]
        self.mask = torch.ones(1, 0, dtype=torch.long, device=self.device)
        self.logits = torch.empty(0)
        self.feed([first])
        if rows > 1:
            self.cache.batch_repeat_interleave(rows)
            self.mask = self.mask.repeat(rows, 1)
            self.lengths = [len(first)] * rows
            self.logits = self.logits.repeat(rows, 1)

    def keep(self, rows: list[int]) -> None:
        """Drop the other rows."""
        with torch.inference_mode():
            indices = torch.tensor(rows, device=self.device)
            self.cache.batch_select_indices(indices)
            self.mask = self.mask[indices]
        self.lengths = [self.lengths[row] for row in rows]

    def feed(self, chunks: list[list[int]]) -> None:
        """Feed each row its chunk, of one token or more."""
        if self.cache.get_seq_length() > 0:
            self.lengths = [length + len(chunk) for length, chunk in zip(self.lengths, chunks, strict=True)]
        _check_context(self.policy, max(self.lengths))
        width = max(len(chunk) for chunk in chunks)
        ids, masks, positions = [], [], []
        for chunk, length in zip(chunks, self.lengths, strict=True):
            padding = width - len(chunk)
            ids.append([chunk[0]] * padding + chunk)
            masks.append([0] * padding + [1] * len(chunk))
            start = length - len(chunk)
            positions.append([start] * padding + list(range(start, length)))
        packed = torch.tensor([ids, masks, positions], device=self.device)
        self.mask = torch.cat([self.mask, packed[1]], dim=1)
        self.logits = self.forward.last(
            packed[0], attention_mask=self.mask, position_ids=packed[2], past_key_values=self.cache
        )


def _check_context(policy: Policy, tokens: int) -> None:
    longest = getattr(policy.model.config, "max_position_embeddings", None)
    if longest is not None and tokens > longest:
        raise DecodingError(
            f"prompt and script need {tokens} tokens, and this policy reads at most {longest}. Lower the maximum "
            "number of nodes or of prompt tokens, or take a policy with a longer context"
        )


def _draw_all(rows: list[_Row], logits: torch.Tensor, temperature: float, top_p: float) -> None:
    allowed = [row.allowed for row in rows if row.allowed is not None]
    for row, values in zip(rows, _gather(logits, allowed), strict=True):
        row.draw(values, temperature, top_p)


def _gather(logits: torch.Tensor, allowed: list[npt.NDArray[np.int64]]) -> list[npt.NDArray[np.float64]]:
    """Row i's logits of allowed[i], as float64 on the CPU, in one transfer."""
    counts = [len(ids) for ids in allowed]
    columns = torch.from_numpy(np.concatenate(allowed)).to(logits.device)
    rows = torch.from_numpy(np.repeat(np.arange(len(allowed)), counts)).to(logits.device)
    with torch.inference_mode():
        flat = logits[rows, columns].float().cpu().numpy().astype(np.float64)
    return np.split(flat, np.cumsum(counts)[:-1])


def _log_softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    highest = logits.max()
    if not math.isfinite(highest):
        raise DecodingError(
            "the model's logits are not numbers. With float16 its activations may have overflowed: load the policy "
            "as float32 or bfloat16. Otherwise its weights are damaged"
        )
    shifted = logits - highest
    result: npt.NDArray[np.float64] = shifted - math.log(np.exp(shifted).sum())
    return result


def _draw(log_probabilities: npt.NDArray[np.float64], temperature: float, top_p: float, random: Random) -> int:
    """An index, by inversion of the cumulative distribution: one uniform number a draw."""
    if temperature == 0:
        return int(log_probabilities.argmax())
    with np.errstate(over="ignore"):  # a temperature close to 0 leaves one weight, as it should
        weights = np.exp((log_probabilities - log_probabilities.max()) / temperature)
    if top_p < 1:
        order = np.argsort(-weights, kind="stable")
        held = np.cumsum(weights[order])
        weights[order[int(np.searchsorted(held, top_p * held[-1])) + 1 :]] = 0
    cumulative = np.cumsum(weights)
    index = int(np.searchsorted(cumulative, random.random() * cumulative[-1], side="right"))
    # The product may round up to the total; the last index of any weight is where the total is reached.
    return min(index, int(np.searchsorted(cumulative, cumulative[-1])))


def _progress(rows: list[_Row], typical: int) -> tuple[int, int]:
    made = [len(row.state.choices_made) for row in rows]
    expected = [
        count if row.allowed is None else max(typical, count + 1) for row, count in zip(rows, made, strict=True)
    ]
    return sum(made), sum(expected)
