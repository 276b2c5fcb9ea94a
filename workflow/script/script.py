"""Convert workflows to scripts and back.

A script is not a Python script: it is the list of choices, short strings, that describes a workflow, without anything
that follows from them. As text it has one line for each node. It starts with a node that the workflow ends in and goes
back to the sources, depth first: a node, then for each of its links the node that fills the link, and so on. A node is
therefore written only because another needs it, and a script cannot contain dead nodes.

    sdxl/juggernaut_xl                 the main model: the first model file that occurs below
    SaveImage                          a root
    VAEDecode                          fills the input images of SaveImage
    KSampler steps=30 cfg=6            settings that differ from the node's defaults
    CheckpointLoaderSimple             its file is the main model, which is not repeated
    CLIPTextEncode @prompt &1          a text; its clip is &1, the latest finished output that fits
    CLIPTextEncode +blurry ; &1
    EmptyLatentImage width=1024 &1     here &1 fills the input vae of VAEDecode
    @end

Marks: after `name=` follows a value; `name>` links an optional input or a widget; `name!` leaves an input out; `&k` is
the k-th latest finished output of a fitting type; `Class:slot` names an output that is not the first that fits;
`@prompt` and `@empty` are whole texts; `@prompt+` or `+phrase` begins a text of phrases, which `;` ends; `#"..."` is
any other string and `##"..."` any other JSON value; `@none` stands for no model file; `@end` is last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..catalog.catalog import Catalog
from ..graph import Link, Value, Workflow, WorkflowError
from .accepted import is_filled_in
from .builder import END, NO_MODEL, Builder, Frame
from .options import quote, quote_class
from .slots import Slot, first_slot, gives
from .values import ABSENT, LINKED, MAIN_FOLDERS, default_of, is_text, same, write_text, write_value

MAXIMUM_CHARACTERS = 4_000_000
"""Length of the longest text that is read as a script."""
_BETWEEN = re.compile(r"\s*")
_CHOICE = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^\s"=>!])+[=>!]?|[>!]')


def read_script(script: str | Iterable[str], catalog: Catalog) -> Workflow:
    """Return the workflow of a script, given as text or as choices.

    Raises:
        WorkflowError: what is wrong, and in a text the line.
    """
    builder = Builder(catalog)
    if not isinstance(script, str):
        for choice in script:
            builder.choose(choice)
        return builder.workflow()
    for choice, position in _placed_choices(script):
        try:
            builder.choose(choice)
        except WorkflowError as error:
            raise WorkflowError(f"{error} (line {_line(script, position)})") from None
    return builder.workflow()


def split_text(text: str) -> Iterator[str]:
    """Yield the choices of a script's text. Raises WorkflowError for text that is not a choice."""
    for choice, _ in _placed_choices(text):
        yield choice


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _placed_choices(text: str) -> Iterator[tuple[str, int]]:
    """Yield the choices of a text and where they begin. Raises WorkflowError for text that is not a choice."""
    if len(text) > MAXIMUM_CHARACTERS:
        raise WorkflowError(f"script: {len(text)} characters; at most {MAXIMUM_CHARACTERS} are read")
    position = 0
    while match := _BETWEEN.match(text, position):
        position = match.end()
        if position == len(text):
            return
        choice = _CHOICE.match(text, position)
        if choice is None:
            raise WorkflowError(
                f"script: {text[position : position + 40]!r} is not a choice (an open quote?) "
                f"(line {_line(text, position)})"
            )
        yield choice[0], position
        position = choice.end()


def render(choices: Iterable[str], catalog: Catalog) -> str:
    """Return the choices as text, with one line for each node."""
    builder, text = Builder(catalog), ""
    for choice in choices:
        opens = builder.phase == "next" and choice[0] not in "&@" and choice[-1] not in "=>!"
        separator = "\n" if opens or choice == END else "" if builder.phase in ("main", "setting") else " "
        builder.choose(choice)
        text += separator + choice
    return text + "\n"


def write_script(workflow: Workflow, catalog: Catalog) -> list[str]:
    """Return a workflow as choices. Every workflow can be written; its roots keep their order."""
    try:
        return _Writer(workflow, catalog, None).write()
    except _MainFound as found:
        return _Writer(workflow, catalog, found.choice).write()


class _MainFound(Exception):
    """Raised when the writer meets the first model file, which the script names before the nodes."""

    def __init__(self, choice: str) -> None:
        self.choice = choice


class _Writer:
    """Drives a Builder through the choices that build `workflow`."""

    def __init__(self, workflow: Workflow, catalog: Catalog, main: str | None) -> None:
        self.workflow = workflow
        self.catalog = catalog
        self.main = main
        self.builder = Builder(catalog)
        consumed = workflow.consumed()
        self.roots = [index for index in range(len(workflow.nodes)) if index not in consumed]

    def write(self) -> list[str]:
        """Return the choices. Raises _MainFound where `main` is None and a main model occurs."""
        builder = self.builder
        builder.choose(self.main or NO_MODEL)
        while not builder.done:
            if builder.phase == "next":
                self._next()
            else:
                self._value()
        return builder.choices_made

    def _inputs(self, frame: Frame) -> dict[str, Value | Link]:
        assert frame.source is not None
        return dict(self.workflow.nodes[frame.source].inputs)

    def _value(self) -> None:
        """Choose the value of the current slot, and the phrases of a text with it."""
        builder, slot = self.builder, self.builder.slot
        assert slot is not None
        inputs = self._inputs(builder.stack[-1])
        value = inputs.get(slot.name)
        if slot.name not in inputs or isinstance(value, Link):
            builder.choose(LINKED if slot.name in inputs else ABSENT)
            return
        texts = write_text(value) if is_text(slot.spec) and builder.phase == "value" else None
        for choice in texts if texts is not None else [write_value(value, slot.spec, self.catalog)]:
            if builder.phase == "value" and slot.spec.folder in MAIN_FOLDERS and self.main is None:
                raise _MainFound(choice)
            builder.choose(choice)

    def _next(self) -> None:
        """Choose a setting of the top frame, what fills the next link, a root, or the end."""
        builder = self.builder
        if builder.stack and self._setting(builder.stack[-1]):
            return
        frame = builder.settle()
        if frame is not None:
            self._link(frame)
            return
        root = next((root for root in self.roots if root not in builder.sources), None)
        if root is None:
            builder.choose(END)
        else:
            builder.choose(quote_class(self.workflow.nodes[root].class_type))
            builder.stack[-1].source = root

    def _link(self, frame: Frame) -> None:
        """Choose what fills the frame's next link: a finished node or a new one."""
        builder, slot = self.builder, frame.next_link()
        assert slot is not None
        link = self._inputs(frame)[slot.name]
        assert isinstance(link, Link)
        types = builder.link_types(frame, slot)
        if link.node in builder.sources:
            place = (builder.sources.index(link.node), link.slot)
            found = [(output.node, output.slot) for output in builder.candidates(types)]
            if place not in found:
                raise WorkflowError(self._type_clash(frame, slot, link, types))
            builder.choose(f"&{found.index(place) + 1}")
            return
        target = self.workflow.nodes[link.node]
        node_class = self.catalog.classes.get(target.class_type)
        if node_class and not gives(node_class, link.slot, types):
            raise WorkflowError(self._type_clash(frame, slot, link, types))
        suffix = "" if link.slot == first_slot(node_class, types) else f":{link.slot}"
        builder.choose(quote_class(target.class_type) + suffix)
        builder.stack[-1].source = link.node

    def _type_clash(self, frame: Frame, slot: Slot, link: Link, types: tuple[str, ...]) -> str:
        return (
            f"{frame.class_type}.{slot.name} takes {' or '.join(types)}, but it is linked to output {link.slot} "
            f"of {self.workflow.nodes[link.node].class_type}, which gives something else"
        )

    def _setting(self, frame: Frame) -> bool:
        """Choose the frame's next setting. Return False where no setting is left."""
        inputs = self._inputs(frame)
        if frame.linking:
            return False
        for index, slot in enumerate(frame.slots):
            if index <= frame.position or slot.role == "value" or slot.name in frame.values:
                continue
            if (mark := _mark(slot, inputs)) is not None:
                self.builder.choose(quote(slot.name) + mark)
                return True
        declared = {slot.name for slot in frame.slots}
        for name in sorted(inputs):
            if name not in declared and name not in frame.values and name not in frame.extras:
                self.builder.choose(quote(name) + (LINKED if isinstance(inputs[name], Link) else "="))
                return True
        return False


def _mark(slot: Slot, inputs: dict[str, Value | Link]) -> str | None:
    """Return the mark with which a setting must be written, or None where it has its default."""
    present = slot.name in inputs
    if slot.role == "link":
        return ABSENT if not present else "=" if not isinstance(inputs[slot.name], Link) else None
    if not slot.spec.widget:
        return None if not present else LINKED if isinstance(inputs[slot.name], Link) else "="
    if not present:
        return ABSENT if is_filled_in(slot.spec) else None
    value = inputs[slot.name]
    if isinstance(value, Link):
        return LINKED
    return None if is_filled_in(slot.spec) and same(value, default_of(slot.spec)) else "="
