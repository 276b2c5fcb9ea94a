"""How often a written workflow does what was asked for, by kind of ask, with the shipped policy.

    .environment/venv/bin/python benchmarks/asks.py [--seeds 4] [--set NAME] [--kind KIND] [--list] [--speed]

The asks are those of ask_cases*.py, on the installations of ask_installations.py. An ask is met by a candidate for
which all of its checks hold. Prints Markdown: for each kind the share of met candidates, and the mean over the kinds
for each set of asks. --list prints each failed check, the prompt, and what came; --speed how long reading and writing
take.

What is fitted to a set is no longer measured by it: a figure for unseen wordings takes asks that nobody has tried.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import ask_cases
import ask_cases_fourth
import ask_cases_second
import ask_cases_third
from ask_cases import Ask
from ask_installations import INSTALLATIONS, catalog_of
from ask_seen import Seen
from machine import percentile

from nodewright.models.policy.policy import Policy
from nodewright.workflow.asked import asked_of
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.writing import load_policy, write_workflows

SETS = {
    "first": ask_cases.asks,
    "second": ask_cases_second.asks,
    "third": ask_cases_third.asks,
    "fourth": ask_cases_fourth.asks,
}
"""Name -> asks."""


@dataclass(frozen=True)
class Result:
    """An ask and the workflows that were written for it.

    Attributes:
        ask: the ask.
        seen: a workflow for each candidate, in the order in which they were drawn.
        error: why nothing was written.
    """

    ask: Ask
    seen: tuple[Seen, ...] = ()
    error: str = ""

    @property
    def met(self) -> float:
        """The share of candidates for which all checks hold."""
        return fmean(all(check.holds(one) for check in self.ask.checks) for one in self.seen) if self.seen else 0.0

    def failures(self) -> Iterator[tuple[str, int, Seen | None]]:
        """Yield each check that does not always hold, with the number of candidates that fail and the first of them."""
        if self.error:
            yield self.error, 1, None
        for check in self.ask.checks:
            failing = [one for one in self.seen if not check.holds(one)]
            if failing:
                yield check.says, len(failing), failing[0]


def seen(prompt: str, catalog: Catalog, policy: Policy, candidates: int, first_seed: int = 0) -> tuple[Seen, ...]:
    """Return what is written for a prompt, a workflow for each candidate in the order in which they were drawn."""
    found = write_workflows(prompt, catalog, policy=policy, candidates=candidates, seed=first_seed)
    draws = {draw: written for written in found for draw in written.draws}
    return tuple(Seen(draws[draw].api, catalog, draws[draw].notes, draws[draw].read, draw) for draw in sorted(draws))


def results(chosen: Sequence[Ask], policy: Policy, candidates: int) -> Iterator[Result]:
    """Yield what is written for each ask."""
    for name in INSTALLATIONS:
        own = [ask for ask in chosen if ask.installation == name]
        if not own:
            continue
        with tempfile.TemporaryDirectory() as folder:
            catalog = catalog_of(name, Path(folder))
        for ask in own:
            try:
                yield Result(ask, seen(ask.prompt, catalog, policy, candidates))
            except Exception as error:  # the product's own, whatever it is: the ask is not met
                yield Result(ask, error=f"It fails: {type(error).__name__}: {error}")


def by_kind(found: Sequence[Result]) -> dict[str, list[Result]]:
    """Return the results of each kind of ask."""
    kinds: dict[str, list[Result]] = defaultdict(list)
    for result in found:
        kinds[result.ask.kind].append(result)
    return kinds


def mean_over_kinds(found: Sequence[Result]) -> float:
    """Return the mean over the kinds of ask of the share of met candidates."""
    return fmean(fmean(one.met for one in own) for own in by_kind(found).values())


def print_rates(sets: Mapping[str, Sequence[Result]]) -> None:
    """Print the share of met candidates by kind and set, and the mean over the kinds."""
    found = [result for own in sets.values() for result in own]
    print(f"| kind | {' | '.join(f'asks, {name} set | met' for name in sets)} |\n|{'---|' * (1 + 2 * len(sets))}")
    for kind in by_kind(found):
        cells = []
        for results_of in sets.values():
            own = [result for result in results_of if result.ask.kind == kind]
            cells += [str(len(own)), f"{fmean(one.met for one in own):.0%}" if own else ""]
        print(f"| {kind} | {' | '.join(cells)} |")
    means = [f"{len(own)} | **{mean_over_kinds(own):.1%}**" for own in sets.values()]
    print(f"| mean over the kinds | {' | '.join(means)} |")


def print_failures(found: Sequence[Result]) -> None:
    """Print each failed check, the prompt, and what came."""
    for kind, own in by_kind(found).items():
        print(f"\n{kind}")
        for result in own:
            for says, count, one in result.failures():
                print(
                    f"- [{result.ask.installation}] {result.ask.prompt!r}: NOT {says} ({count} of {len(result.seen)})"
                )
                if one is not None:
                    print(f"    came: {one}")


def print_speed(policy: Policy) -> None:
    """Print how long reading alone takes, and writing one and eight candidates with reading.

    Beside the time on the clock stands the CPU's, which a busy machine changes less.
    """
    with tempfile.TemporaryDirectory() as folder:
        catalog = catalog_of("studio", Path(folder))
    prompts = [ask.prompt for ask in ask_cases.asks() if ask.installation == "studio"]
    few = prompts[:: max(1, len(prompts) // 50)]
    rows: list[tuple[str, list[str], Callable[[str], Any]]] = [
        ("reading alone", prompts, lambda prompt: asked_of(prompt, catalog, Constraints())),
        ("1 candidate, with reading", few, lambda prompt: write_workflows(prompt, catalog, policy=policy)),
        (
            "8 candidates, with reading", few,
            lambda prompt: write_workflows(prompt, catalog, policy=policy, candidates=8),
        ),
    ]  # fmt: skip
    print("\n| milliseconds | p50 | p95 | of the CPU: p50 | p95 |\n|---|---|---|---|---|")
    for what, own, work in rows:
        work(own[0])  # builds what is kept
        clock, processor = zip(*(seconds_of(work, prompt) for prompt in own), strict=True)
        figures = [percentile(list(of), share) * 1000 for of in (clock, processor) for share in (0.5, 0.95)]
        print(f"| {what} | " + " | ".join(f"{one:.1f}" for one in figures) + " |")


def seconds_of(work: Callable[[str], Any], prompt: str) -> tuple[float, float]:
    """Return the seconds of some work on the clock, and of the CPU."""
    began, processor = time.perf_counter(), time.process_time()
    work(prompt)
    return time.perf_counter() - began, time.process_time() - processor


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=4, metavar="N", help="candidates of each ask (4)")
    parser.add_argument("--set", choices=SETS, action="append", help="only this set of asks (repeatable)")
    parser.add_argument("--kind", action="append", help="only this kind (repeatable)")
    parser.add_argument("--installation", choices=INSTALLATIONS, action="append", help="only this one (repeatable)")
    parser.add_argument("--prompt", help="only prompts that hold this text")
    parser.add_argument("--list", action="store_true", help="print each failed check")
    parser.add_argument("--speed", action="store_true", help="print how long reading and writing take")
    options = parser.parse_args(arguments)
    policy = load_policy()
    sets = {}
    for name in options.set or SETS:
        chosen = [
            ask
            for ask in SETS[name]()
            if (not options.kind or ask.kind in options.kind)
            and (not options.installation or ask.installation in options.installation)
            and (not options.prompt or options.prompt in ask.prompt)
        ]
        if chosen:
            sets[name] = list(results(chosen, policy, options.seeds))
    print_rates(sets)
    if options.speed:
        print_speed(policy)
    if options.list:
        print_failures([result for own in sets.values() for result in own])


if __name__ == "__main__":
    main()
