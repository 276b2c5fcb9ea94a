"""A workflow in memory: nodes in topological order, whose inputs are values or links.

Nothing here depends on an installation. Two kinds of value are placeholders that are filled in when the workflow is
written in API format: `Text`, which may contain the user's prompt, and `Seed`.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = None | bool | int | float | str | list[Any] | dict[str, Any]


class WorkflowError(ValueError):
    """A workflow, script or file that cannot be read. The message names the place, the fault and the remedy."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link to an output slot of an earlier node.

    Attributes:
        node: index of that node in `Workflow.nodes`.
        slot: index of its output.
    """

    node: int
    slot: int


@dataclass(frozen=True, slots=True)
class Text:
    """A free text: the user's prompt, or not, followed by phrases of the phrase table, joined with ", ".

    Attributes:
        prompt: whether the text begins with the user's prompt.
        phrases: phrases that follow.
    """

    prompt: bool
    phrases: tuple[str, ...] = ()

    def render(self, prompt: str) -> str:
        """Return the text for the user's `prompt`."""
        return ", ".join(([prompt] if self.prompt else []) + list(self.phrases))


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed that is given or drawn when the workflow is written in API format, not chosen by the language model.

    Attributes:
        least: smallest number that its input accepts. Seeds are equal whatever their inputs accept.
        most: largest number that its input accepts.
    """

    least: int = field(default=0, compare=False)
    most: int = field(default=2**64 - 1, compare=False)

    def within(self, seed: int) -> int:
        """Return `seed` if the input accepts it, otherwise a number that the input accepts and that follows from it."""
        if self.least <= seed <= self.most:
            return seed
        return self.least + seed % (self.most - self.least + 1)


@dataclass(frozen=True, slots=True)
class Literal:
    """A JSON value that is kept unchanged.

    Lists and objects are stored as canonical JSON text, so that nodes stay hashable; `literal` and
    `workflow.api_format.value_of` convert them.

    Attributes:
        text: the JSON text.
    """

    text: str


Value = None | bool | int | float | str | Literal | Text | Seed


def literal(value: JSON) -> Value:
    """Return `value` as a `Node` holds it. Raises WorkflowError for what JSON cannot hold (NaN, lone surrogates)."""
    if isinstance(value, float) and not math.isfinite(value):
        raise WorkflowError(f"{value} is not a JSON number")
    if isinstance(value, str):
        check_text(value)
        return value
    if value is None or isinstance(value, bool | int | float):
        return value
    try:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except RecursionError as error:
        raise WorkflowError("a value is nested too deeply") from error
    except (TypeError, ValueError) as error:
        raise WorkflowError(f"{type(value).__name__} {value!r:.80} is not JSON: {error}") from error
    check_text(text)
    return Literal(text)


def is_unicode(text: str) -> bool:
    """Return whether a text is free of lone surrogates, which neither a file nor a request can hold."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def check_text(text: str) -> None:
    """Raise WorkflowError for a text with a lone surrogate."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise WorkflowError(f"text is not Unicode: half a surrogate pair at character {error.start}") from error


@dataclass(frozen=True, slots=True)
class Node:
    """One node.

    Attributes:
        class_type: name of its class.
        inputs: (name, value or link) in any order; names are unique.
        title: title that the user gave the node, if any.
    """

    class_type: str
    inputs: tuple[tuple[str, Value | Link], ...]
    title: str | None = None

    def input(self, name: str) -> Value | Link:
        """Return the value or link of input `name`. Raises KeyError."""
        for key, value in self.inputs:
            if key == name:
                return value
        raise KeyError(name)

    def links(self) -> Iterator[tuple[str, Link]]:
        """Yield (input name, link) of every linked input."""
        for name, value in self.inputs:
            if isinstance(value, Link):
                yield name, value


@dataclass(frozen=True, slots=True)
class Workflow:
    """Nodes in topological order: a link only points to an earlier node.

    Attributes:
        nodes: the nodes.

    Raises:
        WorkflowError: naming a link that does not point to an earlier node.
    """

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
        """Return the indices of the nodes that another node is linked to."""
        return {link.node for node in self.nodes for _, link in node.links()}

    def signature(self) -> Counter[tuple[Any, ...]]:
        """Return the workflow without ids, order and titles; two workflows with equal signatures are the same.

        The result is a multiset of nodes, each with the signatures of the nodes that it is linked to.
        """
        signatures: list[tuple[Any, ...]] = []
        for node in self.nodes:
            inputs = (
                (name, ("link", signatures[value.node], value.slot) if isinstance(value, Link) else _typed(value))
                for name, value in node.inputs
            )
            signatures.append((node.class_type, tuple(sorted(inputs, key=lambda pair: pair[0]))))
        return Counter(signatures)


def _typed(value: Value) -> tuple[str, Value]:
    """Return a value with its JSON type, because True, 1 and 1.0 are equal in Python.

    Python writes an integral float as 1.0 and a browser as 1, and ComfyUI casts either to the input's type; so numbers
    are compared by value.
    """
    return ("number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__, value)


def moved(node: Node, place: Mapping[int, int]) -> Node:
    """Return a node whose links point to where their sources stand now; `place` has the new index by the old one."""
    inputs = (
        (name, Link(place[value.node], value.slot) if isinstance(value, Link) else value) for name, value in node.inputs
    )
    return Node(node.class_type, tuple(inputs), node.title)


def topological(links: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the keys of `links` in an order in which each key follows those it depends on.

    The given order is kept where it can be. The search is iterative, because graphs may be deep.

    Args:
        links: key -> keys that it depends on.

    Raises:
        WorkflowError: naming a node on a cycle.
    """
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
