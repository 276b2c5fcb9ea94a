"""The completion bound: whatever is missing, no walk of the grammar ends where nothing may follow.

`--walks 10000` walks that many, and `--walk-seed` others.
"""

from __future__ import annotations

import random

import pytest
from damaged_installations import Pool, loaded_twice, parts_that_are_not_there, random_constraints
from installations import walk

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import ConstraintError, Grammar, GrammarState
from nodewright.workflow.validate import validate


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    return Pool.write(tmp_path_factory.mktemp("installations"))


def grammar_of(catalog: Catalog, constraints: Constraints) -> Grammar | None:
    """The grammar, or None where it states that there is no workflow."""
    try:
        return Grammar(catalog, constraints)
    except ConstraintError:
        return None


def check(state: GrammarState, catalog: Catalog, constraints: Constraints) -> None:
    """What every finished walk must be."""
    workflow = state.workflow()
    assert len(workflow.nodes) <= constraints.max_nodes
    assert set(constraints.required) <= {node.class_type for node in workflow.nodes}
    assert parts_that_are_not_there(workflow, catalog) == [], state.choices_made
    assert loaded_twice(workflow, constraints.required) == [], state.choices_made
    assert validate(workflow, catalog) == []


def test_no_walk_ends_where_nothing_may_follow(pool: Pool, pytestconfig: pytest.Config) -> None:
    walks, seed = max(240, pytestconfig.getoption("walks")), pytestconfig.getoption("walk_seed") or 0
    done = possible = number = 0
    while done < walks:
        number += 1
        rng = random.Random(f"{seed}/{number}")
        catalog = pool.damaged(rng)
        for _ in range(2):
            constraints = random_constraints(catalog, rng)
            grammar = grammar_of(catalog, constraints)
            if grammar is None:
                continue
            possible += 1
            for _ in range(6):
                check(walk(grammar.start(), rng), catalog, constraints)
                done += 1
    assert possible > walks / 8


def test_every_choice_leads_to_an_end(pool: Pool) -> None:
    """At sampled states each choice, or of many a sample, is taken and walked to the end."""
    taken = 0
    for number in range(20):
        rng = random.Random(f"choices/{number}")
        catalog = pool.damaged(rng)
        constraints = random_constraints(catalog, rng)
        grammar = grammar_of(catalog, constraints)
        if grammar is None:
            continue
        script = walk(grammar.start(), rng).choices_made
        for length in rng.sample(range(len(script)), min(len(script), 8)):
            state = after(grammar, script[:length])
            for group in state.choice_sets:
                for choice in rng.sample(group.choices, min(len(group.choices), 4)):
                    walk(after(grammar, [*script[:length], choice]), rng)
                    taken += 1
    assert taken > 60


def after(grammar: Grammar, choices: list[str]) -> GrammarState:
    state = grammar.start()
    for choice in choices:
        state.choose(choice)
    return state
