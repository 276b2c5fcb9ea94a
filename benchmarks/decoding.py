"""Seconds from a prompt to a workflow, where they go, and what each means of saving them is worth.

    python benchmarks/decoding.py OBJECT_INFO [--policy DIR | --shape 512x8] [--prompts 200] [--candidates 1 8]
        [--few 20] [--inventories 8] [--device cpu]

Prompts and installations (names of model files) are drawn from the held-out parts of the generators that training
uses. The main table is of --prompts prompts; those of the variants, which take turns, of --few. It prints Markdown.
--shape measures random weights of that hidden size and number of layers with the shipped policy's vocabulary; a policy
that was not trained writes long scripts. The first prompt of each installation is not counted: it builds the tries.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import torch

sys.path.insert(0, str(Path(__file__).parent))

from machine import Floor, describe, measure_floor, percentile, synchronise
from plain_json import json_tokens, script_tokens, seconds_one_by_one

from nodewright.models.policy import decoding
from nodewright.models.policy.batches import Batch, TransformersBatch, open_batch
from nodewright.models.policy.checkpoints import shipped_policy_path
from nodewright.models.policy.decoding import Candidate, generate, score
from nodewright.models.policy.fast_llama.llama import Llama
from nodewright.models.policy.fast_llama.llama_batch import LlamaBatch
from nodewright.models.policy.guidance import Guidance
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import ChoiceSet
from nodewright.training.corpus.installations.inventories import draw_inventory
from nodewright.training.corpus.prompts.generator import draw_prompt
from nodewright.training.sft.model import fresh_llama
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.grammar import Grammar, GrammarState
from nodewright.workflow.graph import Workflow

FRESH = """
import json, sys, time
began = time.perf_counter()
import torch, transformers
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.fast_llama.llama import packed_model
imported = time.perf_counter()
policy = load_policy(sys.argv[1], device=sys.argv[2])
loaded = time.perf_counter()
packed_model(policy.weights)
ready = time.perf_counter()
print(json.dumps([imported - began, loaded - imported, ready - loaded]))
"""

Opener = Callable[[Policy, list[int], Sequence[int], Guidance], Batch]


@dataclass
class Clock:
    """Seconds spent in the model, reading contexts and in steps, and in the grammar; tokens of each context."""

    reading: float = 0.0
    stepping: float = 0.0
    grammar: float = 0.0
    steps: int = 0
    contexts: list[int] = field(default_factory=list)


class TimedState:
    """A grammar's state that adds up the seconds spent in it."""

    def __init__(self, state: GrammarState, clock: Clock) -> None:
        self.state = state
        self.clock = clock

    @property
    def done(self) -> bool:
        """Whether the script is finished."""
        return self.state.done

    @property
    def choices_made(self) -> Sequence[str]:
        """The choices so far."""
        return self.state.choices_made

    @property
    def choice_sets(self) -> Sequence[ChoiceSet]:
        """The choices that may come next."""
        began = time.perf_counter()
        sets = self.state.choice_sets
        self.clock.grammar += time.perf_counter() - began
        return sets

    def choose(self, choice: str) -> None:
        """Make a choice."""
        began = time.perf_counter()
        self.state.choose(choice)
        self.clock.grammar += time.perf_counter() - began

    def workflow(self) -> Workflow:
        """Return the finished workflow."""
        began = time.perf_counter()
        workflow = self.state.workflow()
        self.clock.grammar += time.perf_counter() - began
        return workflow


class TimedGrammar:
    """A grammar whose states add up the seconds spent in them."""

    def __init__(self, grammar: Grammar, clock: Clock) -> None:
        self.grammar = grammar
        self.clock = clock

    @property
    def files(self) -> Sequence[str]:
        """Aliases of the model files to choose among."""
        return self.grammar.files

    @property
    def good_at(self) -> Mapping[str, Sequence[str]]:
        """What these files are good at."""
        return self.grammar.good_at

    def start(self) -> TimedState:
        """Return the state at the beginning."""
        return TimedState(self.grammar.start(), self.clock)


class TimedBatch:
    """A batch that adds up the seconds spent in it."""

    def __init__(
        self,
        open_one: Opener,
        policy: Policy,
        first: list[int],
        places: Sequence[int],
        guidance: Guidance,
        clock: Clock,
    ) -> None:
        self.clock = clock
        self.device = policy.device
        clock.contexts.append(len(first))
        began = time.perf_counter()
        self.batch = open_one(policy, first, places, guidance)
        synchronise(policy.device)
        clock.reading += time.perf_counter() - began

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        synchronise(self.device)
        self.clock.stepping += time.perf_counter() - began

    @property
    def lengths(self) -> Sequence[int]:
        """Tokens of each row."""
        return self.batch.lengths

    def repeat(self, rows: int) -> None:
        """Make `rows` rows of the first."""
        with self._timed():
            self.batch.repeat(rows)

    def keep(self, rows: list[int]) -> None:
        """Keep these rows alone."""
        with self._timed():
            self.batch.keep(rows)

    def feed(self, chunks: list[list[int]]) -> None:
        """Feed each row its tokens."""
        self.clock.steps += 1
        with self._timed():
            self.batch.feed(chunks)

    def logits(self, allowed: Sequence[npt.NDArray[np.int64]]) -> list[npt.NDArray[np.float64]]:
        """Return for each row the logits of its allowed ids, `(allowed,)`."""
        with self._timed():
            return self.batch.logits(allowed)

    def logits_in_first(self, token: int) -> npt.NDArray[np.float64]:
        """Return the logits of one token at the places of the files, `(files,)`."""
        with self._timed():
            return self.batch.logits_in_first(token)


@dataclass(frozen=True)
class Setting:
    """A way to decode. single: whether torch has one thread. guidance: the scale."""

    name: str
    policy: Policy
    open_one: Opener = open_batch
    single: bool = True
    guidance: float = 1.0


@dataclass
class Result:
    """What came of some prompts."""

    clock: Clock = field(default_factory=Clock)
    seconds: list[float] = field(default_factory=list)
    made: list[Candidate] = field(default_factory=list)

    def milliseconds(self, share: float) -> str:
        """Return the milliseconds that this share of the runs do not exceed."""
        return f"{1000 * percentile(self.seconds, share):.0f}"

    def a_step(self) -> str:
        """Return the milliseconds of a step, in the mean."""
        return f"{1000 * self.clock.stepping / max(1, self.clock.steps):.2f}"

    def a_context(self) -> str:
        """Return the milliseconds to read a context, in the mean."""
        return f"{1000 * self.clock.reading / len(self.seconds):.0f}"


@dataclass(frozen=True)
class Task:
    """A prompt for an installation."""

    grammar: Grammar
    prompt: str
    seed: int


def draw_tasks(object_info: Path, prompts: int, inventories: int) -> list[Task]:
    """Held-out prompts, for held-out installations in turn."""
    info = json.loads(object_info.read_text(encoding="utf-8"))
    grammars = []
    for index in range(inventories):
        files = draw_inventory(Random(index), held_out=True)
        grammars.append(Grammar(catalog_from_object_info(info, files, options_from_models=True)))
    random = Random(0)
    return [Task(grammars[index % inventories], draw_prompt(random, held_out=True), index) for index in range(prompts)]


def measure(setting: Setting, task: Task, candidates: int, result: Result) -> None:
    """Decode one task, and add it to the result."""
    clock = result.clock

    def open_timed(policy: Policy, first: list[int], places: Sequence[int], guidance: Guidance) -> Batch:
        return TimedBatch(setting.open_one, policy, first, places, guidance, clock)

    threads = patch.object(decoding, "SMALL", sys.maxsize if setting.single else 0)
    with patch.object(decoding, "open_batch", open_timed), threads:
        began = time.perf_counter()
        made = generate(
            setting.policy, TimedGrammar(task.grammar, clock), task.prompt,
            candidates=candidates, seed=task.seed, guidance=setting.guidance,
        )  # fmt: skip
        result.seconds.append(time.perf_counter() - began)
    result.made += made


def warm_up(settings: Sequence[Setting], tasks: Sequence[Task], candidates: Sequence[int]) -> None:
    """Do what happens only once: build tries, copy weights, allocate memory."""
    for task in {id(task.grammar): task for task in tasks}.values():
        measure(settings[0], task, 1, Result())
    for setting in settings:
        for count in candidates:
            measure(setting, tasks[0], count, Result())


def print_main(policy: Policy, tasks: Sequence[Task], candidates: Sequence[int], floor: Floor) -> list[Candidate]:
    """Print the table of the default setting; return its candidates for the first number of them."""
    setting = Setting("default", policy)
    warm_up([setting], tasks, candidates)
    results = {count: Result() for count in candidates}
    wall, processor = time.perf_counter(), time.process_time()
    for task in tasks:
        for count, result in results.items():
            measure(setting, task, count, result)
    if policy.device.type == "cpu":
        share = (time.process_time() - processor) / (time.perf_counter() - wall)
        print(f"This process had a processor for {share:.0%} of the time; the rest is other work's")
    print_heads(
        "candidates", "p50 ms", "p95 ms", "most ms", "context tokens", "sampled", "forced", "nodes", "steps",
        "ms to read", "ms a step", "reading", "steps", "grammar", "rest", "floor ms",
    )  # fmt: skip
    for count, result in results.items():
        clock, total, runs = result.clock, sum(result.seconds), len(result.seconds)
        parts = clock.reading, clock.stepping, clock.grammar
        context, steps = statistics.mean(clock.contexts), clock.steps / runs
        least = floor.reading(round(context), policy.model.dtype.itemsize) + steps * floor.step()
        print_row(
            count,
            *map(result.milliseconds, (0.5, 0.95, 1.0)),
            f"{context:.0f}",
            f"{statistics.mean(candidate.tokens_sampled for candidate in result.made):.0f}",
            f"{statistics.mean(candidate.tokens_forced for candidate in result.made):.0f}",
            f"{statistics.mean(len(candidate.workflow.nodes) for candidate in result.made):.0f}",
            f"{steps:.0f}",
            result.a_context(),
            result.a_step(),
            *(f"{part / total:.0%}" for part in (*parts, total - sum(parts))),
            f"{1000 * least:.0f}",
        )
    return results[candidates[0]].made


def settings_of(policy: Policy) -> list[Setting]:
    """One means of saving time after another; and others, beside the default."""

    def unpacked() -> Opener:
        llama = Llama(policy.model, packed=False)
        return lambda _, *how: LlamaBatch(llama, *how)

    found = [Setting("transformers, cache that grows (DynamicCache)", policy, TransformersBatch)]
    if policy.device.type == "cpu":
        found.append(Setting("own forward, weights fused, logits of the allowed ids", policy, unpacked()))
    found.append(Setting("**and oneDNN's products: the default**", policy))
    if policy.device.type == "cpu":
        found.append(Setting("default on all threads", policy, single=False))
        found.append(Setting("default, bfloat16", converted(policy, torch.bfloat16)))
        found.append(Setting("transformers, int8 (quantize_dynamic)", quantised(policy), TransformersBatch))
    return found


def converted(policy: Policy, dtype: torch.dtype) -> Policy:
    """Return the policy in another dtype."""
    return replace(policy, weights=copy.deepcopy(policy.model).to(dtype))


def quantised(policy: Policy) -> Policy:
    """Return the policy with int8 weights; its inputs are rounded to int8 on the fly."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it will move to another package
        model = torch.ao.quantization.quantize_dynamic(policy.model, {torch.nn.Linear}, dtype=torch.qint8)
    return replace(policy, weights=model)


def print_variants(settings: Sequence[Setting], tasks: Sequence[Task], candidates: Sequence[int]) -> None:
    """Print the table of the variants, which take turns so that other work of the machine slows down all of them."""
    warm_up(settings, tasks, candidates)
    results = {(setting.name, count): Result() for setting in settings for count in candidates}
    for task in tasks:
        for setting in settings:
            for count in candidates:
                measure(setting, task, count, results[setting.name, count])
    names = ("p50 ms", "p95 ms", "ms to read", "ms a step")
    print_heads("", *(f"{name}, {count} c." for count in candidates for name in names))
    for setting in settings:
        cells = []
        for count in candidates:
            result = results[setting.name, count]
            cells += [result.milliseconds(0.5), result.milliseconds(0.95), result.a_context(), result.a_step()]
        print_row(setting.name, *cells)


def print_quality(settings: Sequence[Setting], tasks: Sequence[Task], made: Sequence[Candidate]) -> None:
    """Print how far other number formats are from float32.

    The measure is the mean of the nats by which each script that the default drew is less likely, an estimate of the
    Kullback-Leibler divergence.
    """
    for setting in settings:
        lost = []
        for task, candidate in zip(tasks, made, strict=False):
            scores = score(setting.policy, task.grammar, task.prompt, candidate.choices)
            lost.append(candidate.log_probability - sum(scores))
        print(
            f"- {setting.name}: {statistics.mean(lost):+.4f} nats a script (single scripts off by "
            f"{statistics.mean(map(abs, lost)):.3f})"
        )


def print_plain(policy: Policy, tasks: Sequence[Task], made: Sequence[Candidate]) -> None:
    """Print the table of what script and grammar save, over the same workflows."""
    rows: dict[str, tuple[list[float], list[int]]] = {}

    def add(name: str, seconds: float, asked: int) -> None:
        taken, tokens = rows.setdefault(name, ([], []))
        taken.append(seconds)
        tokens.append(asked)

    for task, candidate in zip(tasks, made, strict=False):
        result = Result()
        measure(Setting("default", policy), task, 1, result)
        add("script under the grammar", result.seconds[0], result.made[0].tokens_sampled)
        context = policy.context(task.prompt, task.grammar.files).ids
        script = script_tokens(policy, candidate)
        plain = json_tokens(policy, candidate, task.prompt)
        with one_thread(policy):
            add("script, every token from the model", seconds_one_by_one(policy, context, script), len(script))
            add("plain API JSON", seconds_one_by_one(policy, context, plain), len(plain))
    print_heads("", "tokens from the model", "p50 ms", "times as long")
    first = statistics.median(rows["script under the grammar"][0])
    for name, (seconds, tokens) in rows.items():
        median = statistics.median(seconds)
        print_row(name, f"{statistics.mean(tokens):.0f}", f"{1000 * median:.0f}", f"{median / first:.1f}")


@contextmanager
def one_thread(policy: Policy) -> Iterator[None]:
    """As `generate` has it on a CPU."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if policy.device.type == "cpu" else threads)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def print_fresh(folder: Path, device: str) -> None:
    """Print the seconds of a new process before its first prompt, the best of three."""
    runs = []
    for _ in range(3):
        command = [sys.executable, "-c", FRESH, str(folder), device]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    imports, load, ready = (1000 * min(column) for column in zip(*runs, strict=True))
    print(
        f"A new process: {imports:.0f} ms for importing torch and transformers, {load:.0f} ms for loading the policy, "
        f"{ready:.0f} ms for laying out its weights"
    )


def print_memory(device: torch.device) -> None:
    """Print the most memory that this process had at once."""
    if device.type == "cuda":
        print(f"Peak memory on the GPU: {torch.cuda.max_memory_allocated(device) / 2**20:.0f} MiB")
    if sys.platform != "win32":
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        print(f"Peak memory of the process, torch and the installations' grammars included: {peak / 2**20:.0f} MiB")


def print_heads(*cells: object) -> None:
    """Print the head of a table."""
    print()
    print_row(*cells)
    print_row(*("---" if index == 0 else "---:" for index in range(len(cells))))


def print_row(*cells: object) -> None:
    """Print one row of a table."""
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def read_policy(given: argparse.Namespace) -> Policy:
    """Return the policy to measure."""
    policy = load_policy(given.policy or shipped_policy_path(), device=given.device)
    if given.shape is None:
        return policy
    hidden, layers = map(int, given.shape.split("x"))
    heads = hidden // 64
    groups = 2 if heads % 2 == 0 else 3 if heads % 3 == 0 else 1
    vocabulary = policy.vocabulary
    made = fresh_llama(
        vocabulary.tokenizer,
        vocabulary.words,
        hidden=hidden,
        layers=layers,
        heads=heads,
        key_value_heads=heads // groups,
    )
    made.model.to(policy.device, policy.model.dtype)
    return made


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("object_info", type=Path)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--policy", type=Path)
    what.add_argument("--shape", help="HIDDENxLAYERS")
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--candidates", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--few", type=int, default=20)
    parser.add_argument("--inventories", type=int, default=8)
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    policy = read_policy(given)
    print(f"{describe(policy.device)}\n")
    print(
        f"{policy.parameters / 1e6:.1f} M parameters, {str(policy.model.dtype).removeprefix('torch.')}, "
        f"{policy.embedding_rows} embeddings; {given.prompts} prompts, {given.inventories} installations\n"
    )
    tasks = draw_tasks(given.object_info, given.prompts, given.inventories)
    with one_thread(policy):
        floor = measure_floor(policy.model)
        print(floor)
    made = print_main(policy, tasks, given.candidates, floor)
    print()
    print_memory(policy.device)
    if given.shape is None:
        print_fresh(given.policy or shipped_policy_path(), given.device)
    if not given.few:
        return
    settings = settings_of(policy)
    print_variants(settings, tasks[: given.few], given.candidates)
    first = made[:: given.candidates[0]]
    others = [setting for setting in settings if setting.policy is not policy]
    if others:
        print("\nThe same scripts in other number formats:\n")
        print_quality(others, tasks[: 2 * given.few], first)
    print_plain(policy, tasks[: max(1, given.few // 4)], first)


if __name__ == "__main__":
    main()
