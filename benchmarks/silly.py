"""Rates of silly workflows: what `silly` finds in workflows that the policy writes, or that random walks draw.

    python benchmarks/silly.py [--workflows 2500] [--walks] [INSTALLATION ...]

The installations are those of tests/support/partial_installations.py. Prints one line an installation: workflows, and
how many of them have a finding; then each finding once.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from installation_data import NEWEST
from installations import walk
from partial_installations import INSTALLATIONS, catalog_of, write_installation

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.grammar.grammar import Grammar
from nodewright.workflow.graph import Workflow
from nodewright.workflow.silly import silly
from nodewright.writing import load_policy, write_workflows

PROMPTS = ("a fox in the snow, photo", "anime girl in the rain, tall", "a logo, quick", "a castle, detailed, wide")


def written(catalog: Catalog, count: int) -> Iterator[Workflow]:
    """Yield workflows that the shipped policy writes."""
    policy, grammar = load_policy(), Grammar(catalog)
    for seed in range(count):
        prompt = PROMPTS[seed % len(PROMPTS)]
        yield write_workflows(prompt, catalog, policy=policy, grammar=grammar, seed=seed)[0].workflow


def drawn(catalog: Catalog, count: int) -> Iterator[Workflow]:
    """Yield random walks."""
    grammar = Grammar(catalog)
    for seed in range(count):
        yield walk(grammar.start(), random.Random(seed)).workflow()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the rates; return 1 if any workflow has a finding."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("installations", nargs="*", metavar="INSTALLATION", help="all on which something is made")
    parser.add_argument("--workflows", type=int, default=2500, help="how many in all")
    parser.add_argument("--walks", action="store_true", help="random walks in place of the policy's workflows")
    options = parser.parse_args(arguments)
    names = options.installations or [name for name, one in INSTALLATIONS.items() if one.makes]
    bad = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            catalog = catalog_of(name, write_installation(name, Path(folder)), NEWEST)
        make = drawn if options.walks else written
        findings = [silly(one, catalog) for one in make(catalog, -(-options.workflows // len(names)))]
        count = sum(map(bool, findings))
        bad += count
        print(f"{name:32} {len(findings):6} {count:6}", flush=True)
        for text in sorted({str(finding) for found in findings for finding in found}):
            print(f"    {text}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
