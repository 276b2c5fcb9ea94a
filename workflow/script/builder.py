"""A state machine that builds a workflow from a script's choices.

Reading and writing (`script.py`) and the grammar (`workflow/grammar/`) all drive it. It accepts any graph, while the
grammar only offers what an installation can run. `script.py` explains the choices.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..catalog.catalog import Catalog, InputSpec, NodeClass
from ..graph import Link, Node, Text, Value, Workflow, WorkflowError
from .accepted import is_filled_in
from .slots import Slot, class_slots, first_slot, matches
from .values import (
    ABSENT,
    EMPTY,
    LINKED,
    MAIN_FOLDERS,
    PROMPT,
    STYLED,
    TEXT_END,
    default_of,
    is_text,
    read_phrase,
    read_value,
    unquote,
)

NO_MODEL, END = "@none", "@end"


@dataclass(slots=True, eq=False)
class Frame:
    """A node that is being written.

    Attributes:
        class_type: name of its class.
        node_class: its class, None where the catalog does not have it.
        slots: its inputs, with those of the branches chosen so far.
        parent: the node whose link it fills; None for a root.
        parent_input: name of that link.
        output_slot: the output that fills the link.
        output_type: the type that the link accepts.
        values: values and links of its inputs so far.
        chosen: chosen option of each dynamic combo.
        pending_values: slots of role "value" that are still to be written.
        position: index in `slots` of the last setting that was written.
        linked: names of optional inputs and widgets that will be linked.
        absent: names of inputs that are left out.
        extras: names of linked inputs that the class does not declare.
        linking: whether a link has been filled, after which no setting may follow.
        source: index of the node in the workflow that a writer writes.
    """

    class_type: str
    node_class: NodeClass | None
    slots: tuple[Slot, ...]
    parent: Frame | None
    parent_input: str | None
    output_slot: int
    output_type: str
    values: dict[str, Value | Link] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    pending_values: list[Slot] = field(default_factory=list)
    position: int = -1
    linked: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    extras: list[str] = field(default_factory=list)
    linking: bool = False
    source: int | None = None

    def next_link(self) -> Slot | None:
        """Return the first link that is still to be filled, in declared order.

        Inputs that the class does not declare are last.
        """
        for slot in self.slots:
            if slot.name in self.values or slot.name in self.absent:
                continue
            if slot.name in self.linked or (slot.role == "link"):
                return slot
        for name in self.extras:
            if name not in self.values:
                return Slot(name, ANYTHING, True, "link")
        return None


ANYTHING = InputSpec("*", "link", ("*",), True)
BEING_WRITTEN = Link(-1, -1)
"""Link in a frame that stands for the node being written to fill it."""
MAXIMUM_NODES = 5000
"""Number of nodes of the largest workflow that a script can describe; each `&k` looks through those before it."""
MAXIMUM_EXTRAS = 1000
"""Number of linked inputs that a node can have beside those that its class declares."""
_NUMBER = re.compile(r"[0-9]{1,9}")
_OUTPUT = re.compile(r":[0-9]+$")
UNKNOWN_OUTPUTS = 8
"""Number of outputs that a class missing from the catalog is assumed to have."""


@dataclass(frozen=True, slots=True)
class Output:
    """An output slot of a finished node.

    Attributes:
        node: index of the node.
        slot: index of the output.
        type: its type; that of an output of a match type is the type it was bound to.
    """

    node: int
    slot: int
    type: str


class Builder:
    """Builds a workflow from choices.

    `phase` is the kind of choice that comes next:

    - "main": the main model;
    - "next": a setting of the top frame, what fills the next link, a root, or the end;
    - "value" and "setting": the value of `slot`;
    - "text": phrases of the text of `slot`;
    - "done": none.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.choices_made: list[str] = []
        self.nodes: list[Node] = []
        self.outputs: list[Output] = []
        self._types: dict[tuple[int, int], str] = {}  # of each finished output, by node and slot
        self.stack: list[Frame] = []
        self.phase = "main"
        self.slot: Slot | None = None
        self.main: str | None = None  # the main model's choice, until it is used
        self.sources: list[int | None] = []  # `Frame.source` of each finished node
        self.done = False

    # -- what comes next ---------------------------------------------------------------------------------------

    def link_frame(self) -> Frame | None:
        """Return the innermost open node with a link to fill; None where a root or the end comes next."""
        for frame in reversed(self.stack):
            if frame.next_link() is not None:
                return frame
        return None

    def candidates(self, types: tuple[str, ...]) -> list[Output]:
        """Return the finished outputs that fit, the latest node first, so that `&1` is the first of them.

        Every finished node is older than every open one, so no link can close a cycle. A node that is complete but
        could still take a setting counts as finished.
        """
        outputs = self.outputs
        frame = self.link_frame()
        if self.stack and self.stack[-1] is not frame:
            outputs, types_so_far = list(outputs), dict(self._types)
            written: Frame | None = None
            for index, open_frame in enumerate(reversed(self.stack), len(self.nodes)):
                if open_frame is frame:
                    break
                being_written = Link(index - 1, written.output_slot) if written else BEING_WRITTEN
                made = frame_outputs(open_frame, index, types_so_far, being_written)
                outputs.extend(made)
                types_so_far.update(((output.node, output.slot), output.type) for output in made)
                written = open_frame
        return [output for output in reversed(outputs) if matches(types, output.type)]

    def link_types(self, frame: Frame, slot: Slot) -> tuple[str, ...]:
        """Return the types that a link accepts.

        A match type that the node's own output has bound accepts only that type.
        """
        if slot.spec.match and frame.node_class and slot.spec.match in frame.node_class.output_matches:
            bound = frame.output_type
            if frame.node_class.output_matches[frame.output_slot] == slot.spec.match and bound != "*":
                return (bound,)
        return slot.spec.types

    # -- one choice --------------------------------------------------------------------------------------------

    def choose(self, choice: str) -> None:
        """Take one choice. Raises WorkflowError naming what was expected."""
        match self.phase:
            case "main":
                self.main = None if choice == NO_MODEL else choice
                self.phase = "next"
            case "next":
                self._choose_next(choice)
            case "value":
                self._choose_value(choice)
            case "setting":
                assert self.slot is not None
                self._set(self.stack[-1], self.slot, read_value(choice, self.slot.spec, self.catalog))
                self._next_value(self.stack[-1])  # a dynamic combo's option may bring some
            case "text":
                self._choose_text(choice)
            case _:
                raise WorkflowError(f"script: {choice[:80]!r} after the end")
        self.choices_made.append(choice)

    def settle(self) -> Frame | None:
        """Close the nodes that have no link left to fill, and return the frame whose link comes next, if any.

        The settings of a closed node can no longer be changed.
        """
        frame = self.link_frame()
        while self.stack and self.stack[-1] is not frame:
            self._close()
        return frame

    def _choose_next(self, choice: str) -> None:
        if len(choice) > 1 and choice[-1] in "=>!":
            self._choose_setting(unquote(choice[:-1]), choice[-1])
            return
        frame = self.settle()
        if choice == END:
            if frame is not None:
                raise WorkflowError(f"script: ends while {frame.class_type} still has an open link")
            self.phase, self.done = "done", True
        elif choice.startswith("&"):
            self._choose_reference(choice, frame)
        else:
            self._open(choice, frame)

    def _choose_reference(self, choice: str, frame: Frame | None) -> None:
        slot = frame.next_link() if frame else None
        if frame is None or slot is None:
            raise WorkflowError(f"script: {choice!r} where a node or {END} is expected")
        found = self.candidates(self.link_types(frame, slot))
        number = int(choice[1:]) if _NUMBER.fullmatch(choice[1:]) else 0
        if not 1 <= number <= len(found):
            raise WorkflowError(
                f"script: {choice[:80]!r} for {frame.class_type}.{slot.name}: {len(found)} finished outputs fit"
            )
        output = found[number - 1]
        frame.linking = True
        frame.values[slot.name] = Link(output.node, output.slot)

    def _open(self, choice: str, parent: Frame | None) -> None:
        """Open a new node, which fills the parent's next link or is a root."""
        text, _, digits = choice.rpartition(":") if _OUTPUT.search(choice) else (choice, "", "")
        class_type = unquote(text)
        node_class = self.catalog.classes.get(class_type)
        slot = parent.next_link() if parent else None
        types = self.link_types(parent, slot) if parent and slot else ("*",)
        output_slot = _output_number(digits, class_type) if digits else first_slot(node_class, types)
        if parent is not None and node_class is not None and output_slot >= len(node_class.outputs):
            raise WorkflowError(f"script: {choice[:80]!r}: {class_type} has {len(node_class.outputs)} outputs")
        declared = node_class.outputs[output_slot] if node_class and output_slot < len(node_class.outputs) else "*"
        wanted = types[0] if len(types) == 1 else declared
        frame = Frame(
            class_type,
            node_class,
            class_slots(node_class) if node_class else (),
            parent,
            slot.name if slot else None,
            output_slot,
            wanted,
        )
        if len(self.nodes) + len(self.stack) >= MAXIMUM_NODES:
            raise WorkflowError(f"script: more than {MAXIMUM_NODES} nodes")
        frame.pending_values = [slot for slot in frame.slots if slot.role == "value"]
        if parent and slot:
            parent.values[slot.name] = BEING_WRITTEN
            parent.linking = True
        self.stack.append(frame)
        self._next_value(frame)

    def _next_value(self, frame: Frame) -> None:
        """Advance to the next value that is always written. The main model's file is filled in without a choice."""
        while frame.pending_values:
            slot = frame.pending_values[0]
            if self.main is not None and slot.spec.folder in MAIN_FOLDERS:
                choice, self.main = self.main, None
                frame.pending_values.pop(0)
                self._set(frame, slot, read_value(choice, slot.spec, self.catalog))
                continue
            self.slot, self.phase = slot, "value"
            return
        self.slot, self.phase = None, "next"

    def _choose_value(self, choice: str) -> None:
        frame, slot = self.stack[-1], self.slot
        assert slot is not None
        if choice == LINKED:
            frame.linked.add(slot.name)
        elif choice == ABSENT:
            frame.absent.add(slot.name)
        elif is_text(slot.spec) and (choice in (PROMPT, STYLED, EMPTY) or choice.startswith("+")):
            phrases = (read_phrase(choice),) if choice.startswith("+") else ()
            frame.values[slot.name] = Text(choice in (PROMPT, STYLED), phrases)
            if choice not in (PROMPT, EMPTY):
                self.phase = "text"
                return
        else:
            self._set(frame, slot, read_value(choice, slot.spec, self.catalog))
        frame.pending_values.pop(0)
        self._next_value(frame)

    def _choose_text(self, choice: str) -> None:
        """Take a further phrase, or the end of the text."""
        frame, slot = self.stack[-1], self.slot
        assert slot is not None
        if choice == TEXT_END:
            frame.pending_values.pop(0)
            self._next_value(frame)
            return
        text = frame.values[slot.name]
        assert isinstance(text, Text)
        frame.values[slot.name] = Text(text.prompt, (*text.phrases, read_phrase(choice)))

    def _choose_setting(self, name: str, mark: str) -> None:
        if not self.stack:
            raise WorkflowError(f"script: setting {name!r} before any node")
        frame = self.stack[-1]
        if frame.linking:
            raise WorkflowError(f"script: setting {name!r} of {frame.class_type} comes after its first link")
        index = next((i for i, slot in enumerate(frame.slots) if slot.name == name), None)
        slot = frame.slots[index] if index is not None else Slot(name, ANYTHING, False, "setting")
        if index is not None:
            if index <= frame.position:
                raise WorkflowError(f"script: {frame.class_type}.{name} is out of order or repeated")
            frame.position = index
        elif name in frame.values or name in frame.extras:
            raise WorkflowError(f"script: {frame.class_type}.{name} is repeated")
        if mark == LINKED:
            frame.linked.add(name)
            if index is None:
                if len(frame.extras) >= MAXIMUM_EXTRAS:
                    raise WorkflowError(f"script: more than {MAXIMUM_EXTRAS} undeclared links of {frame.class_type}")
                frame.extras.append(name)
        elif mark == ABSENT:
            frame.absent.add(name)
        else:
            self.slot, self.phase = slot, "setting"

    def _set(self, frame: Frame, slot: Slot, value: Value) -> None:
        frame.values[slot.name] = value
        if slot.spec.kind == "dynamic_combo" and isinstance(value, str) and frame.node_class is not None:
            frame.chosen[slot.name] = value
            known = {other.name for other in frame.slots}
            frame.slots = class_slots(frame.node_class, tuple(sorted(frame.chosen.items())))
            fresh = [other for other in frame.slots if other.role == "value" and other.name not in known]
            frame.pending_values[1:1] = fresh

    def _close(self) -> None:
        """Close the top node: give it its defaults and its place in the workflow."""
        frame = self.stack.pop()
        for slot in frame.slots:
            if slot.name not in frame.values and slot.name not in frame.absent and is_filled_in(slot.spec):
                frame.values[slot.name] = default_of(slot.spec)
        index = len(self.nodes)
        self.nodes.append(Node(frame.class_type, tuple(frame.values.items())))
        self.sources.append(frame.source)
        made = frame_outputs(frame, index, self._types)
        self.outputs.extend(made)
        self._types.update(((output.node, output.slot), output.type) for output in made)
        if frame.parent is not None and frame.parent_input is not None:
            frame.parent.values[frame.parent_input] = Link(index, frame.output_slot)

    def workflow(self) -> Workflow:
        """Return the finished workflow. Raises WorkflowError before the end."""
        if not self.done:
            raise WorkflowError("script: it stops before its end")
        if self.main is not None:
            raise WorkflowError(f"script: the model {self.main!r} of the first line is not used by any node")
        return Workflow(tuple(self.nodes))


def _output_number(digits: str, class_type: str) -> int:
    if not _NUMBER.fullmatch(digits):
        raise WorkflowError(f"script: no output of {class_type} has a number of {len(digits)} digits")
    return int(digits)


def frame_outputs(
    frame: Frame, index: int, types: Mapping[tuple[int, int], str], being_written: Link = BEING_WRITTEN
) -> list[Output]:
    """Return the outputs of a frame that becomes node `index`, last slot first.

    Args:
        frame: the frame.
        index: index of its node.
        types: types of the outputs before it, by node and slot.
        being_written: the output that stands for BEING_WRITTEN among its links.
    """
    node_class = frame.node_class
    if node_class is None:
        return [Output(index, slot, "*") for slot in reversed(range(UNKNOWN_OUTPUTS))]
    bound = node_class.output_matches[frame.output_slot] if frame.parent else None

    def type_of(slot: int, declared: str) -> str:
        match = node_class.output_matches[slot]
        if match is None:
            return declared
        if match == bound and frame.output_type != "*":
            return frame.output_type
        return _matched_type(frame, match, types, being_written)

    return [Output(index, slot, type_of(slot, kind)) for slot, kind in reversed(list(enumerate(node_class.outputs)))]


def _matched_type(frame: Frame, match: str, types: Mapping[tuple[int, int], str], being_written: Link) -> str:
    """Return the type of an output of a match type: that of what is linked to the inputs of its group."""
    group = [slot for slot in frame.slots if slot.spec.match == match]
    for slot in group:
        link = frame.values.get(slot.name)
        if isinstance(link, Link):
            link = being_written if link == BEING_WRITTEN else link
            return types.get((link.node, link.slot), "*")
    return ",".join(dict.fromkeys(kind for slot in group for kind in slot.spec.types)) or "*"
