"""Drawing the pairs of the corpus, in shards that do not depend on each other."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random
from typing import Any

from ...miniature.family import FAMILY as MINIATURE
from ...miniature.installation import zoo_models
from ...miniature.prompts import draw_prompt as miniature_prompt
from ...workflow.asked import asked_of
from ...workflow.catalog.catalog import Catalog, ModelFile
from ...workflow.catalog.object_info import catalog_from_object_info
from ...workflow.grammar.constraints import CORPUS_MEGAPIXELS, Constraints
from ...workflow.grammar.grammar import Grammar
from ...workflow.graph import Workflow, WorkflowError
from ...workflow.script.script import write_script
from ...workflow.script.slots import class_slots
from ..common.pairs import family_of
from ..common.topology import topology
from .installations.installed import installed
from .installations.inventories import draw_inventory
from .installations.known_files import KnownFiles
from .prompts.drawing import PromptDrawing
from .synthesis.asking import asking
from .synthesis.choosing import Installation, family_key
from .synthesis.recipes import draw
from .synthesis.records import Record, record_models, record_workflow
from .synthesis.variations import Base, vary
from .synthesis.wanted import Wanted, plainly_wanted, wanted_of
from .synthesis.zoo_workflows import draw_workflow

PAIRS_A_SHARD = 100
HOPELESS = 200
"""Number of shards without a single pair after which the drawing is given up."""
VARIATION_SHARE = 1 / 3
"""Share of variations among the workflows that are not the zoo's, where there are bases to vary."""
MINIATURE_ALONE = 0.8
"""Share of the zoo's own prompts on installations that have nothing else."""
RECORDED, RECORDS_A_SHARD = 0.15, 20
"""Share of shards that are made of what people recorded beside pictures, and number of records in each."""
LARGE = 0.15
"""Share of pairs written with CORPUS_MEGAPIXELS as the largest picture in place of what is usual."""


@dataclass(frozen=True)
class ShardSettings:
    """What a shard is drawn from; the same in every process.

    Attributes:
        object_info: node classes of the simulated installations.
        known: well-known model files.
        bases: workflows that are varied.
        prompts: people's prompts, by file.
        seed: of the drawing.
        held_out: whether prompts and file names are those that training never draws.
        zoo: whether the installation has the zoo's files alone, with the zoo's own prompts.
        records: what people recorded beside pictures.
    """

    object_info: Mapping[str, Any]
    known: KnownFiles
    bases: tuple[Base, ...]
    prompts: tuple[tuple[str, ...], ...]
    seed: int
    held_out: bool
    zoo: bool = False
    records: tuple[Record, ...] = ()


@dataclass
class Shard:
    """Lines of the corpus, and what is counted of them.

    Attributes:
        lines: JSON, each with its line end.
        rows: of each line the source, family, cues, number of choices, number of forced choices, digest of the script,
            and topology.
        rejected: number of drawn workflows that were left out, by reason.
        reason: why the installation can make nothing at all; "" where it can.
    """

    lines: list[str] = field(default_factory=list)
    rows: list[tuple[str, str, str, int, int, str, str]] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    reason: str = ""


class Shards:
    """Draws shards, each a pure function of the settings and its number."""

    def __init__(self, settings: ShardSettings) -> None:
        self.settings = settings
        self.base = catalog_from_object_info(settings.object_info, (), options_from_models=True)

    def draw(self, number: int) -> Shard:
        """Return the shard of this number; it is empty where its installation can make nothing."""
        class_slots.cache_clear()  # keyed by class: every installation has loaders of its own
        random = Random(f"{self.settings.seed}/{number}/{self.settings.held_out}")
        shard = Shard()
        records = self._records(random)
        models = zoo_models() if self.settings.zoo else self._inventory(random)
        catalog = installed(self.base, record_models(records, random) if records else models)
        try:
            drawing = Drawing(self.settings, catalog, random, records)
        except ValueError as error:
            shard.rejected["installation"] += 1
            shard.reason = str(error)
            return shard
        for request in drawing.requests(shard):
            drawing.pair(request, shard)
        return shard

    def _records(self, random: Random) -> tuple[Record, ...]:
        """Return the records that a shard is made of, where it is one of these."""
        records = self.settings.records
        if self.settings.zoo or not records or random.random() >= RECORDED:
            return ()
        return tuple(random.sample(records, min(RECORDS_A_SHARD, len(records))))

    def _inventory(self, random: Random) -> tuple[ModelFile, ...]:
        return draw_inventory(random, held_out=self.settings.held_out, known=self.settings.known)


@dataclass(frozen=True)
class Request:
    """A prompt, what it asks for on an installation, and the grammar of that."""

    source: str
    wanted: Wanted
    grammar: Grammar
    record: Record | None = None


class Drawing:
    """Draws pairs on one installation."""

    def __init__(
        self, settings: ShardSettings, catalog: Catalog, random: Random, records: Sequence[Record] = ()
    ) -> None:
        self.settings, self.catalog, self.random, self.records = settings, catalog, random, records
        self.prompts = PromptDrawing(settings.prompts, settings.held_out)
        self.grammar = Grammar(catalog, Constraints(max_megapixels=CORPUS_MEGAPIXELS))
        self.installation = Installation(catalog)
        families = [family_key(main) for main in self.installation.mains]
        alone = 1.0 if settings.zoo else MINIATURE_ALONE
        self.miniature = alone if families and families.count(MINIATURE.name) == len(families) else 0.0

    def requests(self, shard: Shard) -> Iterator[Request]:
        """Yield the requests of a shard, those that are written under the same grammar one after the other."""
        drawn = []
        for number in range(len(self.records) or PAIRS_A_SHARD):
            record = self.records[number] if self.records else None
            source, prompt = ("record", record.prompt) if record else self._drawn_prompt()
            if source == "miniature":
                yield Request(source, plainly_wanted(prompt), self.grammar)
                continue
            large = self.random.random() < LARGE
            constraints = Constraints(max_megapixels=CORPUS_MEGAPIXELS) if large else Constraints()
            drawn.append((source, record, asked_of(prompt, self.catalog, constraints)))
        first = {each[2].constraints: place for place, each in reversed(list(enumerate(drawn)))}
        for source, record, asked in sorted(drawn, key=lambda each: first[each[2].constraints]):
            try:
                yield Request(source, *wanted_of(asked, self.catalog), record)
            except WorkflowError:
                shard.rejected[f"{source}: what is asked for is not possible"] += 1

    def pair(self, request: Request, shard: Shard) -> None:
        """Add one more pair to a shard, or the reason why there is none."""
        wanted, grammar = request.wanted, request.grammar
        source, workflow = self._workflow(request)
        if workflow is None:
            shard.rejected[f"{source}: not on this installation"] += 1
            return
        try:
            choices = write_script(workflow, self.catalog)
            forced = grammar.forced_choices(choices)
        except WorkflowError as error:
            shard.rejected[f"{source}: {str(error).split(' allowed')[0][:60]}"] += 1
            return
        main = self.catalog.by_alias(choices[0])
        if main is not None and family_key(main) == MINIATURE.name:
            source = "miniature"
        pair = {"prompt": wanted.text, "ask": wanted.words, "files": grammar.files, "mains": len(grammar.mains)}
        pair |= {"good_at": dict(grammar.good_at)}
        pair |= {"choices": choices, "forced": forced}
        shard.lines.append(json.dumps({**pair, "source": source}, ensure_ascii=False) + "\n")
        family = family_of(choices[0])
        digest = blake2b("\n".join(choices).encode(), digest_size=16).hexdigest()
        row = (source, family, " ".join(wanted.words), len(choices), len(forced), digest)
        shard.rows.append((*row, topology(workflow)))

    def _drawn_prompt(self) -> tuple[str, str]:
        """Return the source and the prompt of a pair, with things asked for beside the picture in a share."""
        if self.random.random() < self.miniature:
            split = "validation" if self.settings.held_out else "train"
            prompts = self.random.choice((split, f"combined-{split}"))
            return "miniature", miniature_prompt(self.random, prompts).text
        if self.miniature:
            return "miniature", self.prompts.draw(self.random)
        return "recipe", asking(self.prompts.draw(self.random), self.installation, self.random)

    def _workflow(self, request: Request) -> tuple[str, Workflow | None]:
        """Return source and workflow; None where the installation has no workflow for the prompt."""
        if request.record is not None:
            found = record_workflow(self.installation, request.record, request.wanted, self.random)
            return "record", found
        if request.source == "miniature":
            return "miniature", draw_workflow(self.installation, request.wanted.text, self.random)
        if self.settings.bases and not request.wanted.required and self.random.random() < VARIATION_SHARE:
            source, workflow = vary(self.settings.bases, self.installation, request.wanted, self.random)
            if workflow is not None:
                return source, workflow
        return "recipe", draw(self.installation, request.wanted, self.random)


def shards(settings: ShardSettings, workers: int) -> Generator[Shard, None, None]:
    """Yield every shard in order, without end, from as many processes as `workers`."""
    numbers = iter(range(sys.maxsize))
    if workers <= 1:
        yield from map(Shards(settings).draw, numbers)
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, _start, (settings,)) as pool:
        while True:  # in rounds, because imap would draw endlessly many numbers at once
            yield from pool.imap(_draw, [next(numbers) for _ in range(8 * workers)])


_shards: Shards | None = None


def _start(settings: ShardSettings) -> None:
    global _shards
    _shards = Shards(settings)


def _draw(number: int) -> Shard:
    assert _shards is not None
    return _shards.draw(number)
