"""Drawing the pairs of the corpus, in shards that do not depend on each other."""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random
from typing import Any

from ...miniature.family import FAMILY as MINIATURE
from ...miniature.installation import zoo_models
from ...miniature.prompts import draw_prompt as miniature_prompt
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
from .prompts.cues import CUES
from .prompts.generator import draw_prompt
from .synthesis.choosing import Installation, cues, family_key
from .synthesis.recipes import draw
from .synthesis.variations import Base, vary
from .synthesis.zoo_workflows import draw_workflow

PAIRS_A_SHARD = 60
HOPELESS = 200
"""Number of shards without a single pair after which the drawing is given up."""
VARIATION_SHARE = 1 / 3
"""Share of variations among the workflows that are not the zoo's, where there are bases to vary."""
MINIATURE_BESIDE, MINIATURE_ALONE = 0.4, 0.8
"""Share of the zoo's own prompts on installations that have it beside other models, and on those without others."""
CUED = 0.25
"""Share of prompts that are drawn for a certain cue, each cue as often."""
_TRIES = 60


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
    """

    object_info: Mapping[str, Any]
    known: KnownFiles
    bases: tuple[Base, ...]
    prompts: tuple[tuple[str, ...], ...]
    seed: int
    held_out: bool
    zoo: bool = False


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
        models = zoo_models() if self.settings.zoo else self._inventory(random)
        catalog = installed(self.base, models)
        try:
            grammar = Grammar(catalog, Constraints(max_megapixels=CORPUS_MEGAPIXELS))
        except ValueError as error:
            shard.rejected["installation"] += 1
            shard.reason = str(error)
            return shard
        drawing = _Drawing(self.settings, catalog, grammar, random)
        for _ in range(PAIRS_A_SHARD):
            drawing.pair(shard)
        return shard

    def _inventory(self, random: Random) -> tuple[ModelFile, ...]:
        return draw_inventory(random, held_out=self.settings.held_out, known=self.settings.known)


class _Drawing:
    """Draws pairs on one installation."""

    def __init__(self, settings: ShardSettings, catalog: Catalog, grammar: Grammar, random: Random) -> None:
        self.settings, self.catalog, self.grammar, self.random = settings, catalog, grammar, random
        self.installation = Installation(catalog)
        families = [family_key(main) for main in self.installation.mains]
        alone = 1.0 if settings.zoo else MINIATURE_ALONE
        zoo = families.count(MINIATURE.name)
        self.miniature = 0.0 if not zoo else MINIATURE_BESIDE if zoo < len(families) else alone

    def pair(self, shard: Shard) -> None:
        """Add one more pair to a shard, or the reason why there is none."""
        source, prompt, workflow = self._workflow()
        if workflow is None:
            shard.rejected[f"{source}: not on this installation"] += 1
            return
        try:
            choices = write_script(workflow, self.catalog)
            forced = self.grammar.forced_choices(choices)
        except WorkflowError as error:
            shard.rejected[f"{source}: {str(error).split(' allowed')[0][:60]}"] += 1
            return
        main = self.catalog.by_alias(choices[0])
        if main is not None and family_key(main) == MINIATURE.name:
            source = "miniature"
        pair = {"prompt": prompt, "files": self.grammar.files, "mains": len(self.grammar.mains)}
        pair |= {"choices": choices, "forced": forced}
        shard.lines.append(json.dumps({**pair, "source": source}, ensure_ascii=False) + "\n")
        family = family_of(choices[0])
        digest = blake2b("\n".join(choices).encode(), digest_size=16).hexdigest()
        row = (source, family, " ".join(sorted(cues(prompt))), len(choices), len(forced), digest)
        shard.rows.append((*row, topology(workflow)))

    def _workflow(self) -> tuple[str, str, Workflow | None]:
        """Return source, prompt and workflow; None where the installation has no workflow for the prompt."""
        random = self.random
        if self.miniature and random.random() < self.miniature:
            split = "validation" if self.settings.held_out else "train"
            prompt = miniature_prompt(random, split).text
            return "miniature", prompt, draw_workflow(self.installation, prompt, random)
        prompt = self._prompt()
        if self.settings.bases and random.random() < VARIATION_SHARE:
            source, workflow = vary(self.settings.bases, self.installation, prompt, random)
            return source, prompt, workflow
        return "recipe", prompt, draw(self.installation, prompt, random)

    def _prompt(self) -> str:
        """Return a prompt.

        One in four is drawn for a certain cue, each cue as often. Of the others, one in two without any cue is drawn
        again, so that more workflows depend on their prompts.
        """
        if self.random.random() < CUED:
            cue = self.random.choice(CUES)
            for _ in range(_TRIES):
                prompt = self._any_prompt()
                if cue in cues(prompt):
                    return prompt
        prompt = self._any_prompt()
        return self._any_prompt() if not cues(prompt) and self.random.random() < 0.5 else prompt

    def _any_prompt(self) -> str:
        files = self.settings.prompts
        if files and self.random.random() < 0.5:
            return self.random.choice(self.random.choices(files, [len(file) ** 0.5 for file in files])[0])
        return draw_prompt(self.random, held_out=self.settings.held_out)


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
