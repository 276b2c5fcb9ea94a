"""Decoding under a grammar.

At each state of the grammar the allowed choices form a trie over token ids. A token is drawn only where the trie
branches, from the model's probabilities renormalised over the branches; every other token is forced, and is appended
without running the model (xgrammar calls this jump-forward decoding). A file whose name the policy has read is picked
whole (context.py). Candidates decode as one batch that shares the prompt.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from ...workflow.ask.policy_words import policy_words
from ...workflow.ask.syntax import read_ask
from ...workflow.graph import Workflow
from .batches import DecodingError as DecodingError
from .batches import logits_at, open_batch
from .context import Context
from .guidance import Guidance, guidance_of
from .policy import Policy
from .vocabulary import MAXIMUM_PROMPT_TOKENS, ChoiceSet, Trie, Vocabulary

SMALL = 50_000_000
"""Parameters below which a model decodes on one CPU thread; benchmarks/decoding.py measures both."""


class GrammarState(Protocol):
    """What decoding needs of a grammar's state."""

    @property
    def done(self) -> bool:
        """Whether the script is finished."""
        ...

    @property
    def choice_sets(self) -> Sequence[ChoiceSet]:
        """The sets whose union is allowed next."""
        ...

    @property
    def choices_made(self) -> Sequence[str]:
        """The choices so far, in order."""
        ...

    def choose(self, choice: str) -> None:
        """Make an allowed choice."""
        ...

    def workflow(self) -> Workflow:
        """Return the workflow of a finished script."""
        ...


class Grammar(Protocol):
    """What decoding needs of a grammar. Equal choices lead to equal states."""

    @property
    def files(self) -> Sequence[str]:
        """The aliases of the model files that can be chosen."""
        ...

    @property
    def good_at(self) -> Mapping[str, Sequence[str]]:
        """What these files are good at, by alias: words that the policy reads."""
        ...

    def start(self) -> GrammarState:
        """Return the state before the first choice."""
        ...


@dataclass(frozen=True)
class Candidate:
    """One decoded workflow.

    Attributes:
        choices: the script.
        workflow: the graph.
        log_probability: natural logarithm of the whole script's probability under the grammar, and under guidance if
            there was any, at temperature 1 and without top_p.
        choices_drawn: the number of choices that did not follow from the grammar.
        tokens_sampled: the number of tokens that were drawn.
        tokens_forced: the number of tokens that followed from the grammar.
    """

    choices: tuple[str, ...]
    workflow: Workflow
    log_probability: float
    choices_drawn: int
    tokens_sampled: int
    tokens_forced: int

    @property
    def choice_log_probability(self) -> float:
        """The mean of the log-probability over the choices that did not follow from the grammar; 0 without any.

        The sum falls with each choice, so by it the shortest script would be the likeliest.
        """
        return self.log_probability / self.choices_drawn if self.choices_drawn else 0.0


def ranked(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates that differ in their choices, the highest `choice_log_probability` first.

    Candidates that are equal in it stay in order.
    """
    distinct: dict[tuple[str, ...], Candidate] = {}
    for candidate in sorted(candidates, key=lambda each: -each.choice_log_probability):
        distinct.setdefault(candidate.choices, candidate)
    return tuple(distinct.values())


@dataclass(frozen=True)
class Branching:
    """A token of a script that was not forced.

    Attributes:
        position: its index in the script's tokens.
        allowed: the ids that were allowed there, ascending, (ids,).
        taken: the index in `allowed` of the token.
        choice: the index of the choice that it belongs to.
    """

    position: int
    allowed: npt.NDArray[np.int64]
    taken: int
    choice: int


@dataclass(frozen=True)
class Pick:
    """A choice of a script that was picked whole among files whose names the policy has read.

    Attributes:
        files: the files that were allowed.
        taken: the index in `files` of the one that was picked.
        choice: the index of the choice.
    """

    files: tuple[str, ...]
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
    guidance: float = 1.0,
    progress: Callable[[int, int], None] | None = None,
    interrupted: Callable[[], None] | None = None,
    first: Callable[[int, Candidate], None] | None = None,
    maximum_prompt_tokens: int = MAXIMUM_PROMPT_TOKENS,
    ask: Sequence[str] | None = None,
) -> list[Candidate]:
    """Decode `candidates` workflows for a prompt, in order; equal ones are not merged (`ranked` does that).

    The same arguments give the same workflows on the same machine, library versions and dtype. Candidate i draws
    from a generator of its own, seeded by (seed, i), so it is the same among any number of candidates, except where
    the arithmetic of another batch size moves a probability across a draw (about one draw in a million at float32).

    Parameters:
        policy: the language model.
        grammar: the choices that are allowed.
        prompt: the user's prompt.
        candidates: how many workflows to decode.
        seed: of the draws.
        temperature: 0 takes the likeliest token, and of equally likely ones that with the lowest id.
        top_p: tokens are drawn from the fewest likeliest ones that hold this much probability.
        guidance: 0 is the reference policy, 1 the tuned one (the same where there is no adapter); above 1 goes further
            in that direction (models/policy/guidance.py).
        progress: called after each step with the numbers of choices made and expected, over all candidates; the two
            are equal at the end.
        interrupted: called between steps; what it raises passes through.
        first: called once, with the number of the candidate that is finished before the others, and with it.
        maximum_prompt_tokens: the ids of the prompt that are read.
        ask: what was asked for, as words (`ask.policy_words`); None: what is read in the prompt.

    Raises:
        ValueError: for arguments out of range, or for guidance that needs an adapter where there is none.
        DecodingError: when the model's context is too short, or its logits are not numbers.
    """
    if candidates < 1:
        raise ValueError(f"candidates is {candidates}; it must be at least 1")
    if not (temperature >= 0 and math.isfinite(temperature)):
        raise ValueError(f"temperature is {temperature}; it must be 0 or more")
    if not 0 < top_p <= 1:
        raise ValueError(f"top_p is {top_p}; it must be above 0 and at most 1")
    guided = guidance_of(policy, guidance)
    context = context_of(policy, grammar, prompt, ask, maximum_prompt_tokens)
    rows = [
        _Row(policy.vocabulary, grammar.start(), context.places, Random(f"{seed}:{index}"), temperature, top_p)
        for index in range(candidates)
    ]
    for row in rows:
        row.advance()

    told = False

    def report() -> None:
        nonlocal told
        if progress is not None:
            progress(*_progress(rows, policy.typical_choices))
        if first is not None and not told:
            number = next((number for number, row in enumerate(rows) if row.finished), None)
            if number is not None:
                told = True
                first(number, rows[number].candidate())

    live = [row for row in rows if not row.finished]
    if live:  # or everything follows from the grammar, and the model is not needed
        with _few_threads(policy):
            _decode(policy, guided, context, live, report, interrupted or _go_on)
    else:
        report()
    return [row.candidate() for row in rows]


def context_of(
    policy: Policy, grammar: Grammar, prompt: str, ask: Sequence[str] | None, maximum_prompt_tokens: int
) -> Context:
    """Return what a policy reads before it writes under a grammar.

    What is asked for, where it is None, and what files are good at are found if the policy reads them.
    """
    if not policy.frame.ask:
        return policy.context(prompt, grammar.files, maximum_prompt_tokens)
    if ask is None:
        ask = policy_words(read_ask(prompt))
    return policy.context(prompt, grammar.files, maximum_prompt_tokens, ask=ask, good_at=grammar.good_at)


def _decode(
    policy: Policy,
    guidance: Guidance,
    context: Context,
    live: list[_Row],
    report: Callable[[], None],
    interrupted: Callable[[], None],
) -> None:
    """Draw and advance until all rows are finished."""
    interrupted()
    # No draw was made yet, so the same was forced on all rows.
    read = context.ids + [row.take_pending() for row in live][0]
    _check_context(policy, len(read))
    batch = open_batch(policy, read, list(context.places.values()), guidance)
    batch.repeat(len(live))
    file_logits = batch.logits_in_first(policy.pick_id) if context.places else ()
    for row in live:
        row.set_file_logits(dict(zip(context.places, file_logits, strict=True)))
    while True:
        report()
        kept = [index for index, row in enumerate(live) if not row.finished]
        if not kept:
            return
        if len(kept) < len(live):
            batch.keep(kept)
            live = [live[index] for index in kept]
        chunks = [row.take_pending() for row in live]
        if any(chunks):
            longest = max(length + len(chunk) for length, chunk in zip(batch.lengths, chunks, strict=True))
            _check_context(policy, longest)
            batch.feed(chunks)
        interrupted()
        for row, logits in zip(live, batch.logits([row.allowed for row in live]), strict=True):
            row.draw(logits)


def _go_on() -> None:
    """Do nothing: the default of `interrupted`."""


def trace(
    vocabulary: Vocabulary, grammar: Grammar, choices: Sequence[str], listed: Collection[str] = ()
) -> tuple[list[int], list[Branching | Pick]]:
    """Return a script's tokens, and which of its tokens and choices were not forced.

    Parameters:
        vocabulary: the policy's.
        grammar: the choices that are allowed.
        choices: the script, which need not be finished.
        listed: the files whose names the policy reads.

    Raises:
        Exception: whatever the grammar raises for a choice that it does not allow.
    """
    state = grammar.start()
    tokens: list[int] = []
    made: list[Branching | Pick] = []
    for index, choice in enumerate(choices):
        sets = state.choice_sets
        state.choose(choice)  # raises before the walk meets an id that is not there
        encoded = vocabulary.encode_choice(choice)
        files = _to_pick(sets, listed)
        if choice in files:
            if len(files) > 1:
                made.append(Pick(files, files.index(choice), index))
            tokens += encoded
            continue
        walk = _TrieWalk(vocabulary, sets)
        for token in encoded:
            allowed = walk.allowed()
            if len(allowed) > 1:
                taken = int(np.searchsorted(allowed, token))
                made.append(Branching(len(tokens), allowed, taken, index))
            walk.accept_token(token)
            tokens.append(token)
    return tokens, made


def score(
    policy: Policy,
    grammar: Grammar,
    prompt: str,
    choices: Sequence[str],
    *,
    guidance: float = 1.0,
    maximum_prompt_tokens: int = MAXIMUM_PROMPT_TOKENS,
    ask: Sequence[str] | None = None,
) -> list[float]:
    """Return the log-probability of each choice of a script, under the grammar and guidance that `generate` uses.

    Their sum is the candidate's `log_probability`. A forced choice has 0. A file whose name the policy has not read,
    among others that it has read, is scored by its name's tokens; `generate` does not write it.

    Parameters:
        policy: the language model.
        grammar: the choices that are allowed.
        prompt: the user's prompt.
        choices: the script.
        guidance: as in `generate`.
        maximum_prompt_tokens: as in `generate`.
        ask: as in `generate`.

    Raises:
        Exception: whatever the grammar raises for a choice that it does not allow.
        ValueError: as `generate` does.
        DecodingError: as `generate` does.
    """
    guided = guidance_of(policy, guidance)
    context = context_of(policy, grammar, prompt, ask, maximum_prompt_tokens)
    tokens, made = trace(policy.vocabulary, grammar, choices, context.places)
    scores = [0.0] * len(choices)
    if not made:
        return scores
    tokens = tokens[: max((step.position for step in made if isinstance(step, Branching)), default=0)]
    _check_context(policy, len(context.ids) + len(tokens))
    pick = np.array([policy.pick_id])
    asked: list[list[tuple[int, npt.NDArray[np.int64]]]] = [
        [(len(context.ids) + step.position - 1, step.allowed)]
        if isinstance(step, Branching)
        else [(context.places[file], pick) for file in step.files]
        for step in made
    ]
    flat = [one for each in asked for one in each]
    positions, allowed = [at for at, _ in flat], [ids for _, ids in flat]
    found = iter(logits_at(policy, context.ids + tokens, positions, allowed, guided))
    for step, each in zip(made, asked, strict=True):
        values = np.concatenate([next(found) for _ in each])
        scores[step.choice] += float(_log_softmax(values)[step.taken])
    return scores


def _to_pick(choice_sets: Sequence[ChoiceSet], listed: Collection[str]) -> tuple[str, ...]:
    """Return the listed files of a set of files, from which one is to be picked; nothing for any other choice."""
    if len(choice_sets) != 1 or not listed:
        return ()
    return tuple(choice for choice in choice_sets[0].choices if choice in listed)


@contextmanager
def _few_threads(policy: Policy) -> Iterator[None]:
    """Use one thread for a small model on a CPU.

    Its matrices are too small to share, and on a busy machine the threads wait for each other ten times longer than
    they work.
    """
    threads = torch.get_num_threads()
    small = policy.device.type == "cpu" and policy.parameters < SMALL
    if small:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if small:
            torch.set_num_threads(threads)


class _TrieWalk:
    """A walk down the union of the tries of some sets, along the tokens of one choice.

    Attributes:
        vocabulary: the policy's.
        nodes: where the walk stands in each trie that still fits; a choice where only one is left of a trie.
        depth: the number of tokens so far.
    """

    __slots__ = ("depth", "nodes", "vocabulary")

    def __init__(self, vocabulary: Vocabulary, choice_sets: Sequence[ChoiceSet]) -> None:
        self.vocabulary = vocabulary
        self.nodes: list[Trie | str] = [vocabulary.trie(choice_set) for choice_set in choice_sets]
        self.depth = 0

    def choice(self) -> str | None:
        """Return the only choice that is left, or None where there are several."""
        if len(self.nodes) == 1 and isinstance(self.nodes[0], str):
            return self.nodes[0]
        return None

    def allowed(self) -> npt.NDArray[np.int64]:
        """Return the ids that may come next, ascending, (ids,)."""
        if len(self.nodes) == 1 and isinstance(self.nodes[0], Trie):
            return self.nodes[0].ids
        encode, depth = self.vocabulary.encode_choice, self.depth
        parts = [node.ids if isinstance(node, Trie) else [encode(node)[depth]] for node in self.nodes]
        return np.unique(np.concatenate(parts).astype(np.int64, copy=False))

    def accept_token(self, token: int) -> None:
        """Accept an allowed id as the next token."""
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
    """One candidate while it is decoded.

    Attributes:
        allowed: the ids to draw from next, (ids,), unless the candidate is `finished`.
        file_logits: the logit of each listed file, once the context has been read.
        finished: whether the script is complete.
        pending: the tokens that the model has not read yet.
        walk: where the tokens of the current choice stand in the tries; None between choices.
        log_probability: of what has been drawn so far.
        drawn: the number of choices made for which a token was drawn.
        sampled: the number of tokens drawn.
        forced: the number of tokens that were forced.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        state: GrammarState,
        listed: Collection[str],
        random: Random,
        temperature: float,
        top_p: float,
    ) -> None:
        self.vocabulary = vocabulary
        self.state = state
        self.listed = listed
        self.random = random
        self.temperature = temperature
        self.top_p = top_p
        self.file_logits: dict[str, float] | None = None
        self.walk: _TrieWalk | None = None
        self.allowed: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.finished = False
        self.pending: list[int] = []
        self.log_probability = 0.0
        self.drawn = 0
        self.sampled = 0
        self.forced = 0
        self._sampled_before = 0  # the current choice

    def set_file_logits(self, logits: dict[str, float]) -> None:
        """Set the logits of the listed files after the context has been read, and advance if a file is to be picked."""
        self.file_logits = logits
        if self.walk is None:
            self.advance()

    def advance(self) -> None:
        """Append forced tokens and picked files up to the next branching or the end.

        Before the context has been read, stops at the first file to pick.
        """
        while True:
            if self.walk is None:
                if self.state.done:
                    self.finished = True
                    return
                files = _to_pick(self.state.choice_sets, self.listed)
                if files:
                    if len(files) > 1 and self.file_logits is None:
                        return
                    self._append(files[0] if len(files) == 1 else self._pick(files))
                    continue
                self.walk = _TrieWalk(self.vocabulary, self.state.choice_sets)
            if not self._jump_forward(self.walk):
                return

    def _jump_forward(self, walk: _TrieWalk) -> bool:
        """Append the next forced token, or the rest of a forced choice; return False at a branching."""
        choice = walk.choice()
        if choice is not None:
            self._append(choice)
            return True
        allowed = walk.allowed()
        if len(allowed) > 1:
            self.allowed = allowed
            return False
        self.pending.append(int(allowed[0]))
        self.forced += 1
        walk.accept_token(int(allowed[0]))
        return True

    def _append(self, choice: str) -> None:
        """Make a choice, and append the rest of its tokens."""
        rest = self.vocabulary.encode_choice(choice)[self.walk.depth if self.walk is not None else 0 :]
        self.pending += rest
        self.forced += len(rest)
        self.drawn += self.sampled > self._sampled_before
        self._sampled_before = self.sampled
        self.state.choose(choice)
        self.walk = None

    def _pick(self, files: tuple[str, ...]) -> str:
        """Draw one of the files from their logits."""
        assert self.file_logits is not None
        index = self._index(np.array([self.file_logits[file] for file in files]))
        self.forced -= 1  # of the name's tokens, one stands for the pick
        return files[index]

    def draw(self, logits: npt.NDArray[np.float64]) -> None:
        """Draw one of the allowed ids from their logits, (ids,), and advance."""
        assert self.walk is not None
        token = int(self.allowed[self._index(logits)])
        self.pending.append(token)
        self.walk.accept_token(token)
        self.advance()

    def _index(self, logits: npt.NDArray[np.float64]) -> int:
        """Draw an index of logits, (ids,), and count its log-probability."""
        log_probabilities = _log_softmax(logits)
        index = _draw(log_probabilities, self.temperature, self.top_p, self.random)
        self.log_probability += float(log_probabilities[index])
        self.sampled += 1
        return index

    def take_pending(self) -> list[int]:
        """Return the tokens that the model is to read next, and forget them."""
        pending, self.pending = self.pending, []
        return pending

    def candidate(self) -> Candidate:
        """Return the finished candidate."""
        return Candidate(
            tuple(self.state.choices_made),
            self.state.workflow(),
            self.log_probability,
            self.drawn,
            self.sampled,
            self.forced,
        )


def _check_context(policy: Policy, tokens: int) -> None:
    longest = policy.longest_context
    if longest is not None and tokens > longest:
        raise DecodingError(
            f"prompt and script need {tokens} tokens, and this policy reads at most {longest}. Lower the maximum "
            "number of nodes or of prompt tokens, or load a policy with a longer context"
        )


def _log_softmax(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return log-probabilities, (ids,), of logits, (ids,). Raises DecodingError for logits that are not numbers."""
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
    """Return an index of log-probabilities, (ids,), by inverting the cumulative distribution at one uniform number."""
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
    """Return the numbers of choices made and expected, over all rows."""
    made = [len(row.state.choices_made) for row in rows]
    expected = [count if row.finished else max(typical, count + 1) for row, count in zip(rows, made, strict=True)]
    return sum(made), sum(expected)
