"""The workflow in memory: nodes in topological order, each input a value or a link.

Nothing here depends on an installation. Two kinds of value are placeholders that are filled in when the
workflow is written in API format: `Text`, which may contain the user's prompt, and `Seed`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

JSON = None | bool | int | float | str | list[Any] | dict[str, Any]


class WorkflowError(ValueError):
    """A workflow, script or file that cannot be read. The message says what, where, and what to do."""


@dataclass(frozen=True, slots=True)
class Link:
    """An output slot of an earlier node: `node` is its index in `Workflow.nodes`."""

    node: int
    slot: int


@dataclass(frozen=True, slots=True)
class Text:
    """Free text: the user's prompt (or not), then phrases of the phrase table, joined with ", "."""

    prompt: bool
    phrases: tuple[str, ...] = ()

    def render(self, prompt: str) -> str:
        """The text itself, for the user's `prompt`."""
        return ", ".join(([prompt] if self.prompt else []) + list(self.phrases))


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed that is given or drawn when the workflow is written; the language model does not choose it."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A JSON value that is kept as it is. Lists and objects stand as their canonical JSON text, so that
    nodes stay hashable; use `workflow.api_format.literal` and `value_of` to convert."""

    text: str


Value = None | bool | int | float | str | Literal | Text | Seed


@dataclass(frozen=True, slots=True)
class Node:
    """One node. `inputs` holds (name, value or link) in any order; names are unique."""

    class_type: str
    inputs: tuple[tuple[str, Value | Link], ...]
    title: str | None = None

    def input(self, name: str) -> Value | Link:
        """The value or link of input `name`. Raises KeyError."""
        for key, value in self.inputs:
            if key == name:
                return value
        raise KeyError(name)

    def links(self) -> Iterator[tuple[str, Link]]:
        """(input name, link) of every linked input."""
        for name, value in self.inputs:
            if isinstance(value, Link):
                yield name, value


@dataclass(frozen=True, slots=True)
class Workflow:
    """Nodes in topological order: a link only points to an earlier node."""

    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        for index, node in enumerate(self.nodes):
            for name, link in node.links():
                if not 0 <= link.node < index:
                    raise WorkflowError(
                        f"node {index} ({node.class_type}), input {name!r}: links to node {link.node}, "
                        "which does not come before it"
                    )

    def consumed(self) -> set[int]:
        """Indices of the nodes that some other node's input is linked to."""
        return {link.node for node in self.nodes for _, link in node.links()}

    def signature(self) -> Counter[tuple[Any, ...]]:
        """What the workflow is, without ids, order and titles: a multiset of nodes, each with the
        signatures of what it is linked to. Equal signatures mean the same workflow."""
        signatures: list[tuple[Any, ...]] = []
        for node in self.nodes:
            inputs = (
                (name, ("link", signatures[value.node], value.slot) if isinstance(value, Link) else _typed(value))
                for name, value in node.inputs
            )
            signatures.append((node.class_type, tuple(sorted(inputs, key=lambda pair: pair[0]))))
        return Counter(signatures)


def _typed(value: Value) -> tuple[str, Value]:
    """True, 1 and 1.0 are equal in Python and not in JSON. An integral float is written 1.0 by Python and 1 by
    a browser, and ComfyUI casts either to the input's type, so numbers compare by value."""
    return ("number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__, value)


def topological(links: Mapping[str, Iterable[str]]) -> list[str]:
    """Keys of `links` (key -> keys it depends on) so that each comes after what it depends on; otherwise in the
    order given. Raises WorkflowError naming a node on a cycle. Iterative: graphs may be deep."""
    order: list[str] = []
    state: dict[str, int] = {}  # 1 = on the stack, 2 = done
    for root in links:
        stack: list[tuple[str, Iterator[str]]] = []
        if root not in state:
            state[root] = 1
            stack.append((root, iter(links[root])))
        while stack:
            key, rest = stack[-1]
            for child in rest:
                if state.get(child) == 1:
                    raise WorkflowError(f"node {child!r} depends on itself; ComfyUI runs no cycles")
                if child not in state:
                    state[child] = 1
                    stack.append((child, iter(links[child])))
                    break
            else:
                state[key] = 2
                order.append(key)
                stack.pop()
    return order
