"""Jobs for the collector: prompts, and workflows for them from a corpus, random walks or a policy.

Jobs are drawn in groups of one prompt with several workflows. A group is a pure function of the sampling, the
installation and its number, so that an interrupted drawing goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, TypeAlias

from ...store.triplets import Job
from ...workflow.api_format import check_outline, from_api, to_api
from ...workflow.catalog.catalog import Catalog
from ...workflow.features.parts import names_lora
from ...workflow.features.script_settings import read_settings
from ...workflow.grammar.constraints import Constraints
from ...workflow.grammar.grammar import Grammar
from ...workflow.graph import Workflow, WorkflowError
from ...workflow.script.script import read_script, write_script
from ..common.baselines import random_walk, refitted
from ..common.pairs import DataError, family_of, read_pairs
from ..common.prompt_file import PromptRecord, Row, read_prompt_records, read_rows
from ..common.train_state import file_digest
from .redrawn import redrawn

if TYPE_CHECKING:
    from ...models.policy.policy import Policy

CORPUS, RANDOM, POLICY = "corpus", "random", "policy"
MINIATURE = "miniature:"
"""What stands in place of a file of prompts for the miniature's generator, followed by a set of its prompts."""
_TRIES = 20


@dataclass(frozen=True)
class Sampling:
    """What is drawn.

    Attributes:
        workflows: "random"; "policy" or "policy:PATH"; or a corpus file.
        prompts: a .jsonl file of prompt records, or "miniature:SET" (miniature.prompts.PROMPT_SETS); None takes the
            corpus's own.
        constraints: what every workflow keeps to.
        each: number of workflows for a prompt; equal ones become one.
        seeds: number of renders of a workflow, each with a seed of its own.
        repeats: share of the workflows that are rendered `seeds` times; the others are rendered once.
        seed: seed of the drawing.
        temperature: sampling temperature of the policy.
        exchange: whether one workflow is written for a prompt and the others of `each` are copies of it with other
            main models of its family, so that their scores differ by the model alone.
        tuned: folder of an adapter that the policy writes with; None takes its subfolder "tuned", if there is one.
        redrawn: share of the workflows whose numbers are drawn anew (redrawn.py), whoever wrote them.
        named: where a prompt names a LoRA, the share of a corpus' workflows that have one, and have that one.
    """

    workflows: str
    prompts: str | None
    constraints: Constraints
    each: int = 1
    seeds: int = 1
    repeats: float = 1.0
    seed: int = 0
    temperature: float = 1.0
    exchange: bool = False
    tuned: str | None = None
    redrawn: float = 0.0
    named: float = 0.0

    def key(self, policy: str | None = None) -> str:
        """Return a digest by which a store knows this drawing; other contents of the same files give another.

        Args:
            policy: digest of the policy that writes (`Drawing.policy`); "" stands for any, None for none.
        """
        named = [text for text in (self.workflows, self.prompts) if text and Path(text).is_file()]
        files = {text: file_digest(Path(text)) for text in named}
        if policy is not None:
            files[self.workflows] = policy
        # Under the names that constraints had when the first stores were made.
        before = {"max_nodes": "maximum_nodes", "max_megapixels": "maximum_megapixels"}
        constraints = {before.get(name, name): value for name, value in asdict(self.constraints).items()}
        parts = {**asdict(self), "constraints": constraints, "files": files}
        if not self.redrawn:  # as it was when the first stores were made
            del parts["redrawn"]
        if not self.named:
            del parts["named"]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=sorted).encode()).hexdigest()  # sorted: of sets


Writer: TypeAlias = Callable[[str, int, Random], Sequence[Sequence[str]]]
"""(prompt, how many, generator) -> scripts for the prompt, maybe fewer."""


class Drawing:
    """Draws jobs on one installation.

    Args:
        sampling: what is drawn.
        catalog: the installation.
        device: where a policy writes, as torch names it.

    Attributes:
        source: who writes, as the store has it: CORPUS, RANDOM or POLICY.
        left_out: number of draws from the corpus that this installation cannot run.
        policy: SHA-256 of the policy that writes, with its adapter; "" for one of the hub, None where none writes.

    Raises:
        DataError, WorkflowError, PolicyError: where the sampling cannot be drawn here.
    """

    def __init__(self, sampling: Sampling, catalog: Catalog, device: str = "cpu") -> None:
        self.sampling, self.catalog, self._device = sampling, catalog, device
        self.grammar = Grammar(catalog, sampling.constraints)
        kind, _, path = sampling.workflows.partition(":")
        self.source = kind if kind in (RANDOM, POLICY) else CORPUS
        self.left_out = 0
        self.policy: str | None = None
        self._corpus: list[tuple[str, tuple[str, ...]]] = []
        self._with_lora: dict[str, list[tuple[str, ...]]] = {}
        if self.source == CORPUS:
            self._corpus = _corpus(Path(sampling.workflows), self.grammar)
            for _, script in self._corpus:
                for alias, _ in read_settings(script).loras[:1]:
                    self._with_lora.setdefault(alias, []).append(script)
        elif sampling.prompts is None:
            raise DataError(f"workflows by {sampling.workflows} need prompts")
        self._records: list[PromptRecord] | None = None
        if sampling.prompts is not None and not sampling.prompts.startswith(MINIATURE):
            self._records = read_prompt_records(Path(sampling.prompts))
        self._write: Writer = {RANDOM: self._walks, CORPUS: self._pairs}.get(self.source) or self._policy(path)

    def group(self, number: int) -> list[Job]:
        """Return the jobs of the group of this number."""
        sampling, jobs = self.sampling, []
        random = Random(f"{sampling.seed}/{number}")
        record = self._prompt(number, random)
        written = 1 if sampling.exchange else sampling.each
        scripts = self._write(record.prompt, written, random) if record is not None else ()
        if record is None:
            record, scripts = self._own_pair(random)
        if sampling.exchange:
            scripts = [other for script in scripts for other in self._exchanged(script, random)]
        if sampling.redrawn:
            scripts = [self._maybe_redrawn(script, random) for script in scripts]
        for script in dict.fromkeys(map(tuple, scripts)):
            seeds = sampling.seeds if random.random() < sampling.repeats else 1
            for _ in range(seeds):
                jobs.append(job_of(self.catalog, record, script, random.getrandbits(48), self.source))
        return jobs

    def _maybe_redrawn(self, script: Sequence[str], random: Random) -> Sequence[str]:
        if random.random() >= self.sampling.redrawn:
            return script
        return redrawn(script, self.catalog, self.sampling.constraints, random)

    def _prompt(self, number: int, random: Random) -> PromptRecord | None:
        """Return the prompt of a group, each of a file before any comes again; None where the corpus has its own."""
        if self._records is not None:
            turn, place = divmod(number, len(self._records))
            order = list(range(len(self._records)))
            Random(f"{self.sampling.seed}/order/{turn}").shuffle(order)
            return self._records[order[place]]
        if self.sampling.prompts is None:
            return None
        from ...miniature.prompts import draw_prompt

        drawn = draw_prompt(random, self.sampling.prompts.removeprefix(MINIATURE))
        return PromptRecord(drawn.text, drawn.meaning, drawn.kind, drawn.split)

    def _own_pair(self, random: Random) -> tuple[PromptRecord, list[Sequence[str]]]:
        """Return a prompt of the corpus with its own script; no script where the installation cannot run it."""
        prompt, script = random.choice(self._corpus)
        fitted = self._fitted(script)
        return PromptRecord(prompt), [] if fitted is None else [fitted]

    def _exchanged(self, script: Sequence[str], random: Random) -> list[tuple[str, ...]]:
        """Return the script and copies with other main models of its family: `each` together, or as many as fit."""
        main = script[0]
        others = [alias for alias in self.grammar.main_choices if alias != main and family_of(alias) == family_of(main)]
        random.shuffle(others)
        tried = (refitted((other, *script[1:]), self.grammar) for other in others)
        found = [other for other in tried if other is not None]
        return [tuple(script), *found[: self.sampling.each - 1]]

    def _fitted(self, script: Sequence[str]) -> tuple[str, ...] | None:
        """Return a script of the corpus with the files of this installation; None where it does not fit."""
        fitted = refitted(script, self.grammar)
        self.left_out += fitted is None
        return fitted

    # -- who writes --------------------------------------------------------------------------------------------

    def _walks(self, prompt: str, count: int, random: Random) -> list[Sequence[str]]:
        return [random_walk(self.grammar, random) for _ in range(count)]

    def _pairs(self, prompt: str, count: int, random: Random) -> list[Sequence[str]]:
        """Return scripts of the corpus, which fit any prompt, since they hold @prompt in its place."""
        found: list[Sequence[str]] = []
        loras = self._with_lora if self.sampling.named else {}
        named = [alias for alias in loras if names_lora(prompt, alias, self.grammar.main_choices[0])]
        for _ in range(_TRIES * count):
            script = random.choice(self._corpus)[1]
            if named and random.random() < self.sampling.named:
                script = _with_lora(random.choice(loras[random.choice(list(loras))]), random.choice(named))
            fitted = self._fitted(script)
            if fitted is not None:
                found.append(fitted)
            if len(found) == count:
                break
        return found

    def _policy(self, path: str) -> Writer:
        from ...models.policy.checkpoints import shipped_policy_path
        from ...models.policy.loading import load_policy
        from ..common.policy_scripts import policy_scripts

        tuned = self.sampling.tuned
        policy = load_policy(path or shipped_policy_path(), device=self._device, tuned=tuned or True)
        self.policy = _digest_of(policy, tuned)
        temperature = self.sampling.temperature

        def write(prompt: str, count: int, random: Random) -> list[Sequence[str]]:
            seed = random.getrandbits(32)
            return [*policy_scripts(policy, self.grammar, prompt, count=count, seed=seed, temperature=temperature)]

        return write


def _with_lora(script: Sequence[str], alias: str) -> tuple[str, ...]:
    """Return a script with another LoRA in place of its first."""
    first = read_settings(script).loras[0][0]
    return tuple(alias if choice == first else choice for choice in script)


def job_of(catalog: Catalog, record: PromptRecord, script: Sequence[str], seed: int, source: str) -> Job:
    """Return the job of a script. Raises WorkflowError where the catalog cannot read it."""
    api = to_api(read_script(script, catalog), prompt=record.prompt, seed=seed)
    return Job(record.prompt, tuple(script), api, seed, source, record.split, record.kind, record.meaning)


def read_jobs(path: Path, catalog: Callable[[], Catalog]) -> Iterator[Job]:
    """Yield the jobs of a .jsonl file.

    A line is an object with "prompt", "seed", the script as "choices" or the workflow as "api" (or both), and maybe
    "source", "split", "kind" and "meaning".

    Args:
        path: the file.
        catalog: returns the installation; called where choices or api is missing.

    Raises:
        DataError: naming file and line.
    """
    for row in read_rows(path):
        record, source, seed = row.prompt_record(), row.text("source", "file"), _seed(row)
        choices, written = _written(row, record.prompt)
        try:
            if choices is None:
                assert written is not None
                choices = write_script(written, catalog())
            if (api := row.object("api")) is None:
                yield job_of(catalog(), record, choices, seed, source)
            else:
                yield Job(record.prompt, tuple(choices), api, seed, source, record.split, record.kind, record.meaning)
        except WorkflowError as error:
            raise DataError(f"{row.place}: {error}") from error


def check_jobs(path: Path) -> None:
    """Check each line of a .jsonl file of jobs as far as that needs no installation.

    Raises:
        DataError: naming file and line.
    """
    for row in read_rows(path):
        record = row.prompt_record()
        row.text("source", "file")
        _seed(row)
        _written(row, record.prompt)


def check_drawn_from(sampling: Sampling) -> None:
    """Check each line of the files that a sampling draws from as far as that needs no installation.

    Raises:
        DataError: naming file and line.
    """
    if sampling.workflows.partition(":")[0] not in (RANDOM, POLICY):
        for _ in read_pairs(Path(sampling.workflows)):
            pass
    if sampling.prompts is not None and not sampling.prompts.startswith(MINIATURE):
        read_prompt_records(Path(sampling.prompts))


def _seed(row: Row) -> int:
    """Return the seed of a line. Raises DataError."""
    seed = row.get("seed")
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**64:
        raise DataError(f"{row.place}: seed must be a whole number from 0 to {2**64 - 1}")
    return seed


def _written(row: Row, prompt: str) -> tuple[list[str] | None, Workflow | None]:
    """Return the script of a line; where it has none, None and the workflow to write it from. Raises DataError."""
    choices, api = row.get("choices"), row.object("api")
    if choices is not None and not (isinstance(choices, list) and all(isinstance(each, str) for each in choices)):
        raise DataError(f"{row.place}: choices must be a list of texts")
    if choices is None and api is None:
        raise DataError(f"{row.place}: neither choices nor api")
    try:
        if api is not None:
            check_outline(api)
        return choices, from_api(api, prompt=prompt) if choices is None and api is not None else None
    except WorkflowError as error:
        raise DataError(f"{row.place}: {error}") from error


def _corpus(path: Path, grammar: Grammar) -> list[tuple[str, tuple[str, ...]]]:
    """Return prompt and script of the pairs whose main model is of a family that is installed."""
    families = {family_of(alias) for alias in grammar.main_choices}
    pairs = [(pair.prompt, pair.choices) for pair in read_pairs(path) if family_of(pair.choices[0]) in families]
    if not pairs:
        raise DataError(f"{path}: no workflow in it is for a model of {', '.join(sorted(families))}")
    return pairs


def _digest_of(policy: Policy, tuned: str | None) -> str:
    """Return the digest of all weights that a policy writes with, its adapter's included.

    Args:
        policy: the policy.
        tuned: folder of its adapter; None for its subfolder.

    Returns:
        "" where the policy came from no local file.
    """
    from ...models.policy.adapters import CONFIG, TUNED, WEIGHTS
    from ...models.policy.folders import weights_digest

    if policy.adapter is None or not policy.files:
        return policy.base_sha256 or ""
    folder = policy.files[0].parent / TUNED if tuned is None else Path(tuned)
    return weights_digest([*policy.files, folder / WEIGHTS, folder / CONFIG])
