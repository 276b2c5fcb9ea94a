"""Workflows with other numbers: what a reward model has to know of settings that no policy and no corpus would write.

Steps, cfg, sampler, scheduler and the picture's size are drawn over all that makes pictures; everything else of the
workflow stays, so that scores of one prompt differ by these numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from ...workflow.catalog.catalog import Catalog, InputSpec
from ...workflow.grammar.constraints import Constraints
from ...workflow.graph import Link, Node, Value, Workflow, WorkflowError
from ...workflow.picture_sizes import picture_sizes
from ...workflow.script.script import read_script, write_script

STEPS, CFG = (1, 60), (0.5, 20.0)
"""The ranges, in which a number is as likely to be doubled as to be halved."""
SIDES = (32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256)
_EACH = 0.5
"""How often each setting is drawn anew; one always is."""
_TRIES = 8


def redrawn(script: Sequence[str], catalog: Catalog, constraints: Constraints, random: Random) -> tuple[str, ...]:
    """Return a script with some of its numbers drawn anew; as it is where none of them may be.

    Args:
        script: choices that the catalog can read.
        catalog: the installation.
        constraints: whose largest picture no new size exceeds.
        random: the generator.

    Raises:
        WorkflowError: the catalog cannot read the script.
    """
    workflow = read_script(script, catalog)
    for _ in range(_TRIES):
        chosen = {name for name in ("steps", "cfg", "sampler_name", "scheduler", "size") if random.random() < _EACH}
        chosen = chosen or {random.choice(("steps", "cfg", "size"))}
        found = Workflow(tuple(_redrawn(node, catalog, chosen, random) for node in workflow.nodes))
        if found == workflow or not _fits(found, catalog, constraints):
            continue
        choices = tuple(write_script(found, catalog))
        try:
            if read_script(choices, catalog) == found:
                return choices
        except WorkflowError:
            continue
    return tuple(script)


def _redrawn(node: Node, catalog: Catalog, chosen: set[str], random: Random) -> Node:
    specs = {spec.name: spec for spec in catalog.classes[node.class_type].inputs}
    names = {name for name, _ in node.inputs}
    # Steps of a sampling in parts are shared between its nodes.
    settings = chosen - {"size"} - ({"steps"} if "end_at_step" in names else set())
    values = {name: _value(name, specs[name], random) for name in settings & names & specs.keys()}
    from_nothing = not any(isinstance(value, Link) for _, value in node.inputs)
    if "size" in chosen and from_nothing and {"width", "height"} <= names:
        width = random.choice(SIDES)
        values |= {"width": width, "height": width if random.random() < _EACH else random.choice(SIDES)}
    inputs = tuple(
        (name, values.get(name, value) if not isinstance(value, Link) else value) for name, value in node.inputs
    )
    return replace(node, inputs=inputs)


def _value(name: str, spec: InputSpec, random: Random) -> Value:
    if name == "steps":
        return round(_between(*STEPS, random))
    if name == "cfg":
        return round(_between(*CFG, random) * 2) / 2 or CFG[0]
    return str(random.choice([option for option in spec.options if isinstance(option, str)]))


def _between(low: float, high: float, random: Random) -> float:
    return math.exp(random.uniform(math.log(low), math.log(high)))


def _fits(workflow: Workflow, catalog: Catalog, constraints: Constraints) -> bool:
    """Return whether no picture of the workflow is larger than the constraints allow."""
    most = constraints.max_megapixels
    return most is None or all(size is None or size.megapixels <= most for size in picture_sizes(workflow, catalog))
