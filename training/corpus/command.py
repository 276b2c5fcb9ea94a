"""Pairs of prompt and script for the policy's supervised training.

    python -m nodewright.training.corpus --object-info object_info.json --out pairs.jsonl --templates

Draws simulated installations over the node classes of `--object-info` (`nodewright catalog` saves one), and on each
of them workflows for prompts: recipes, variations of the official templates (`--templates`) and of saved workflows
(`--workflows`), and workflows on the zoo of tiny models (miniature/) for the zoo's own prompts. The other
prompts come from the generator and, half of them, from the files of `--prompts`. With `--zoo` there is one
installation, of the zoo's files alone, and nothing but its prompts and workflows. Every script has been taken through
the grammar.

A line is {"prompt", "files", "mains", "choices", "forced", "source"}: the text; the aliases that the policy reads
(`Grammar.files`), and how many of them are main models; the script; the indices of the choices that were the only one
allowed; and "recipe", "template", "workflow" or "miniature". The same arguments give the same file, whatever the
number of `--workers`. What has been drawn is counted beside it in *.card.json.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

from ...files import write_atomically, write_json
from ...miniature.family import FAMILY as MINIATURE
from ...miniature.installation import zoo_models
from ...miniature.prompts import draw_prompt as miniature_prompt
from ...workflow.api_format import read_json
from ...workflow.catalog.catalog import Catalog, ModelFile
from ...workflow.catalog.object_info import catalog_from_object_info
from ...workflow.grammar.constraints import CORPUS_MEGAPIXELS, Constraints
from ...workflow.grammar.grammar import Grammar
from ...workflow.graph import Workflow, WorkflowError
from ...workflow.script.script import write_script
from ...workflow.script.slots import class_slots
from ..common.console import report
from ..common.pairs import family_of
from ..common.prompt_file import is_evaluation_prompt, read_prompts
from ..common.report_table import markdown_table
from ..common.topology import topology
from ..sft.tokenizer import catalog_words
from .installations.installed import installed
from .installations.inventories import draw_inventory
from .installations.known_files import KnownFiles, known_files
from .prompts.cues import CUES
from .prompts.generator import draw_prompt
from .synthesis.choosing import Installation, cues, family_key
from .synthesis.recipes import draw
from .synthesis.variations import Base, bases, vary
from .synthesis.zoo_workflows import draw_workflow

PAIRS_A_SHARD = 60
HOPELESS = 200
"""Shards without a single pair, after which there will be none."""
VARIATIONS = 1 / 3
"""Share of variations among all that is not the miniature's, where there are bases to vary."""
MINIATURE_BESIDE, MINIATURE_ALONE = 0.4, 0.8
"""Shares of the zoo's own prompts on installations that have it beside other models, and that have nothing else."""
CUED = 0.25
"""Share of prompts that are looked for by a cue, each cue as often."""
_TRIES = 60


@dataclass(frozen=True)
class Settings:
    """What a shard is drawn from; the same in every process."""

    object_info: Mapping[str, Any]
    known: KnownFiles
    bases: tuple[Base, ...]
    prompts: tuple[tuple[str, ...], ...]  # by file
    seed: int
    held_out: bool
    zoo: bool = False  # on an installation of the zoo's files, with its own prompts


@dataclass
class Shard:
    """Lines of the corpus, and what is counted of them."""

    lines: list[str] = field(default_factory=list)
    rows: list[tuple[str, str, str, int, int, str, str]] = field(default_factory=list)
    """For each line: source, family, cues, choices, forced choices, digest of the script, topology."""
    rejected: Counter[str] = field(default_factory=Counter)
    reason: str = ""
    """Why its installation can make nothing at all."""


class Shards:
    """Draws shards: each a pure function of the settings and its number."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.base = catalog_from_object_info(settings.object_info, (), options_from_models=True)

    def draw(self, number: int) -> Shard:
        """The shard of this number; empty where its installation can make nothing."""
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
    """Pairs on one installation."""

    def __init__(self, settings: Settings, catalog: Catalog, grammar: Grammar, random: Random) -> None:
        self.settings, self.catalog, self.grammar, self.random = settings, catalog, grammar, random
        self.installation = Installation(catalog)
        families = [family_key(main) for main in self.installation.mains]
        alone = 1.0 if settings.zoo else MINIATURE_ALONE
        zoo = families.count(MINIATURE.name)
        self.miniature = 0.0 if not zoo else MINIATURE_BESIDE if zoo < len(families) else alone

    def pair(self, shard: Shard) -> None:
        """One more pair, or the reason why there is none."""
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
        """Source, prompt and workflow."""
        random = self.random
        if self.miniature and random.random() < self.miniature:
            split = "validation" if self.settings.held_out else "train"
            prompt = miniature_prompt(random, split).text
            return "miniature", prompt, draw_workflow(self.installation, prompt, random)
        prompt = self._prompt()
        if self.settings.bases and random.random() < VARIATIONS:
            source, workflow = vary(self.settings.bases, self.installation, prompt, random)
            return source, prompt, workflow
        return "recipe", prompt, draw(self.installation, prompt, random)

    def _prompt(self) -> str:
        """A prompt: one in four with a certain cue, each cue as often; of the others without any, one in two is drawn
        again, so that there is more to follow."""
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


# ---- the whole corpus --------------------------------------------------------------------------------------------


def shards(settings: Settings, workers: int) -> Generator[Shard, None, None]:
    """Every shard in order, without end."""
    numbers = iter(range(sys.maxsize))
    if workers <= 1:
        yield from map(Shards(settings).draw, numbers)
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, _start, (settings,)) as pool:
        while True:  # in rounds, because imap would ask for endlessly many numbers at once
            yield from pool.imap(_draw, [next(numbers) for _ in range(8 * workers)])


_shards: Shards | None = None


def _start(settings: Settings) -> None:
    global _shards
    _shards = Shards(settings)


def _draw(number: int) -> Shard:
    assert _shards is not None
    return _shards.draw(number)


@dataclass
class Card:
    """The figures of the data card."""

    pairs: int = 0
    source: Counter[str] = field(default_factory=Counter)
    family: Counter[str] = field(default_factory=Counter)
    cue: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    scripts: set[str] = field(default_factory=set)
    topologies: Counter[str] = field(default_factory=Counter)
    choices: int = 0
    forced: int = 0

    def count(self, row: tuple[str, str, str, int, int, str, str]) -> None:
        """Takes in one line."""
        source, family, found, choices, forced, script, shape = row
        self.pairs += 1
        self.source[source] += 1
        self.family[family] += 1
        self.cue.update(found.split() or ["none"])
        self.choices += choices
        self.forced += forced
        self.scripts.add(script)
        self.topologies[shape] += 1

    def figures(self) -> dict[str, Any]:
        """As plain data."""
        pairs = max(1, self.pairs)
        return {
            "pairs": self.pairs,
            "distinct_scripts": len(self.scripts),
            "topologies": len(self.topologies),
            "share_of_ten_commonest_topologies": round(
                sum(count for _, count in self.topologies.most_common(10)) / pairs, 4
            ),
            "choices_a_pair": round(self.choices / pairs, 2),
            "forced_share": round(self.forced / max(1, self.choices), 4),
            "by_source": dict(self.source.most_common()),
            "by_family": dict(self.family.most_common()),
            "by_cue": dict(self.cue.most_common()),
            "rejected": dict(self.rejected.most_common()),
        }


def tables(figures: Mapping[str, Any]) -> str:
    """The card's figures as they stand in docs/data.md."""
    pairs = figures["pairs"]
    rows = [
        ("pairs", f"{pairs:,}"),
        ("distinct scripts", f"{figures['distinct_scripts']:,}"),
        ("distinct topologies (classes and links)", f"{figures['topologies']:,}"),
        ("pairs that share the ten commonest topologies", f"{figures['share_of_ten_commonest_topologies']:.0%}"),
        ("choices a script, mean", f"{figures['choices_a_pair']}"),
        ("of these, the only one allowed", f"{figures['forced_share']:.1%}"),
        ("drawn and left out", f"{sum(figures['rejected'].values()):,}"),
    ]
    parts = [markdown_table(("", ""), rows)]
    for title, key in (("source", "by_source"), ("cue", "by_cue"), ("family", "by_family")):
        counts = [(name, f"{count:,} ({count / max(1, pairs):.1%})") for name, count in figures[key].items()]
        parts.append(markdown_table((title, "pairs"), counts))
    return "\n\n".join(parts) + "\n"


def write_corpus(out: Path, settings: Settings, count: int, workers: int) -> Card:
    """Writes `count` pairs to `out`. What was there before stays until all are written. Raises WorkflowError where it
    cannot be written, or where nothing can be made with the node classes."""
    card = Card()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with (
            write_atomically(out) as beside,
            beside.open("w", encoding="utf-8", newline="\n") as file,
            closing(shards(settings, workers)) as drawn,
        ):
            for number, shard in enumerate(drawn, 1):
                card.rejected.update(shard.rejected)
                for line, row in zip(shard.lines, shard.rows, strict=True):
                    if card.pairs < count:
                        file.write(line)
                        card.count(row)
                if card.pairs >= count:
                    break
                if not card.pairs and number >= HOPELESS:
                    raise WorkflowError(
                        f"nothing can be made with these node classes on any of {number} installations. --object-info "
                        "needs the classes of a whole ComfyUI, which `nodewright catalog` saves. Of the last one was "
                        f"said: {shard.reason or shard.rejected.most_common(1)[0][0]}"
                    )
    except OSError as error:
        raise WorkflowError(
            f"{out}: it cannot be written ({error}); free some space or choose another --out"
        ) from error
    return card


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nodewright.training.corpus", description=__doc__.splitlines()[0])
    parser.add_argument("--object-info", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--prompts", type=Path, nargs="*", default=(), help="files of prompts: .txt, .tsv, .jsonl")
    parser.add_argument("--templates", action="store_true", help="vary the official templates (extra: train)")
    parser.add_argument("--workflows", type=Path, help="a folder of workflows in API format to vary")
    parser.add_argument("--model-list", type=Path, help="ComfyUI-Manager's model-list.json: more known files")
    parser.add_argument("--vocabulary", type=Path, help="write the words of the workflow vocabulary here")
    parser.add_argument("--held-out", action="store_true", help="draw what training never draws, for the evaluation")
    parser.add_argument("--zoo", action="store_true", help="only the zoo (miniature/): its files, its prompts")
    parser.add_argument("--workers", type=int, default=1, help="processes; the file does not depend on it")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. 0 when it went well, 2 for files that cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        _make(options)
    except (ModuleNotFoundError, OSError, WorkflowError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _make(options: argparse.Namespace) -> None:
    """The corpus and what is written beside it."""
    object_info = read_json(options.object_info)
    if options.vocabulary:
        options.vocabulary.parent.mkdir(parents=True, exist_ok=True)
        write_json(options.vocabulary, list(catalog_words(catalog_from_object_info(object_info))))
    prompts = tuple(
        tuple(prompt for prompt in read_prompts(path) if is_evaluation_prompt(prompt) == options.held_out)
        for path in options.prompts
    )
    settings = Settings(
        object_info,
        known_files(options.model_list, installed=options.templates),
        bases(object_info, options.templates, options.workflows),
        tuple(file for file in prompts if file),
        options.seed,
        options.held_out,
        options.zoo,
    )
    began = time.perf_counter()
    card = write_corpus(options.out, settings, options.count, options.workers)
    figures = {
        **card.figures(),
        "seed": options.seed,
        "held_out": options.held_out,
        "zoo": options.zoo,
        "prompts": {path.name: len(file) for path, file in zip(options.prompts, prompts, strict=True)},
        "bases": dict(Counter(base.source for base in settings.bases)),
    }
    write_json(options.out.with_suffix(".card.json"), figures)
    report(tables(figures))
    report(f"{card.pairs} pairs in {options.out}, {time.perf_counter() - began:.0f} s", sys.stderr)
