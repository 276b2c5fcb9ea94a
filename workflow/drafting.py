"""Change a finished workflow: nodes are added and links redirected in any order, and sorted at the end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from .catalog.catalog import Catalog, NodeClass
from .graph import Link, Node, Seed, Text, Value, Workflow, moved, topological
from .picture_sizes import given
from .script.values import MAIN_FOLDERS, is_text
from .sense.roles import side_of, zeroes

TextChange = Callable[[str, bool], str]
"""A function from a text to the text that takes its place, the same where it stays.

The second argument is whether the text holds more than phrases of the policy's: the prompt, or words of its own.
"""


class Draft:
    """A workflow that is being changed. Nodes keep their indices; new ones follow.

    Attributes:
        nodes: the nodes, whose links may point to later ones.
        catalog: the installation.
    """

    def __init__(self, workflow: Workflow, catalog: Catalog) -> None:
        self.nodes = list(workflow.nodes)
        self.catalog = catalog

    def class_of(self, index: int) -> NodeClass | None:
        """Return the class of a node, None where it is not installed."""
        return self.catalog.classes.get(self.nodes[index].class_type)

    def type_of(self, link: Link) -> str:
        """Return the type of an output, "" where it is not known."""
        node_class = self.class_of(link.node)
        return node_class.outputs[link.slot] if node_class and 0 <= link.slot < len(node_class.outputs) else ""

    def links(self, index: int, kind: str) -> dict[str, Link]:
        """Return the inputs of a node that a type comes in by, by name."""
        return {name: link for name, link in self.nodes[index].links() if self.type_of(link) == kind}

    def add(self, class_type: str, inputs: Mapping[str, Value | Link]) -> int:
        """Add a node and return its index."""
        self.nodes.append(Node(class_type, tuple(inputs.items())))
        return len(self.nodes) - 1

    def shared(self, class_type: str, inputs: Mapping[str, Value | Link]) -> int:
        """Return the index of a node with these inputs, which is added where there is none."""
        node = Node(class_type, tuple(inputs.items()))
        return self.nodes.index(node) if node in self.nodes else self.add(class_type, inputs)

    def copy(self, index: int, changed: Mapping[str, Value | Link]) -> int:
        """Add a copy of a node with other values of some inputs, and a seed of its own; return its index."""
        inputs = dict(self.nodes[index].inputs) | dict(changed)
        node_class = self.class_of(index)
        for spec in node_class.inputs if node_class else ():
            value = inputs.get(spec.name)
            if spec.seed and isinstance(value, int):  # a workflow that was read has numbers for seeds
                inputs[spec.name] = Seed().within(value + 1)
        return self.add(self.nodes[index].class_type, inputs)

    def change(self, index: int, changed: Mapping[str, Value | Link]) -> None:
        """Give some inputs of a node other values."""
        node = self.nodes[index]
        self.nodes[index] = Node(node.class_type, tuple((dict(node.inputs) | dict(changed)).items()), node.title)

    def redirect(self, old: int, new: int, *, beside: Collection[int] = ()) -> None:
        """Link to the outputs of `new` whatever is linked to those of `old`, the nodes in `beside` left out."""
        for index, node in enumerate(self.nodes):
            if index not in (*beside, new):
                moved = {name: self._like(link, new) for name, link in node.links() if link.node == old}
                if moved:
                    self.change(index, moved)

    def _like(self, link: Link, node: int) -> Link:
        """Return the output of a node that is of a link's type, of the same number where there is one."""
        node_class, kind = self.class_of(node), self.type_of(link)
        slots = [slot for slot, own in enumerate(node_class.outputs) if own == kind] if node_class else []
        return Link(node, link.slot if link.slot in slots or not slots else slots[0])

    def above(self, index: int) -> set[int]:
        """Return every node that a node depends on."""
        found: set[int] = set()
        waiting = [index]
        while waiting:
            for _, link in self.nodes[waiting.pop()].links():
                if link.node not in found:
                    found.add(link.node)
                    waiting.append(link.node)
        return found

    def with_texts(self, link: Link, change: TextChange, prompt: str, copies: dict[Link, Link] | None = None) -> Link:
        """Return a conditioning like another, made of changed texts.

        What makes it is copied as far as a text differs; the rest is shared.

        Args:
            link: the conditioning.
            change: what becomes of each text.
            prompt: what fills the texts that contain the user's prompt.
            copies: conditionings that were copied before with the same change.
        """
        copies = {} if copies is None else copies
        if link in copies:
            return copies[link]
        copies[link] = link  # also ends the search on a cycle
        node_class = self.class_of(link.node)
        if node_class is None or zeroes(node_class):
            return link
        other = {"positive": "negative", "negative": "positive"}.get(side_of(node_class, link.slot), " ")
        changed: dict[str, Value | Link] = {}
        for spec in node_class.inputs:
            value = given(self.nodes[link.node], spec.name)
            if other in spec.name:
                continue
            if is_text(spec) and isinstance(value, Text | str):
                before = value.render(prompt) if isinstance(value, Text) else value
                own = not isinstance(value, Text) or value.prompt
                if before.strip() and (after := change(before, own)) != before:
                    changed[spec.name] = after
            elif isinstance(value, Link) and self.type_of(value) == "CONDITIONING":
                source = self.with_texts(value, change, prompt, copies)
                if source != value:
                    changed[spec.name] = source
        if changed:
            copies[link] = Link(self.copy(link.node, changed), link.slot)
        return copies[link]

    def workflow(self) -> Workflow:
        """Return the workflow, without what nothing is made of any more. Raises WorkflowError for a cycle."""
        outputs = [index for index in range(len(self.nodes)) if (own := self.class_of(index)) and own.output_node]
        kept = {*outputs, *(above for index in outputs for above in self.above(index))} or set(range(len(self.nodes)))
        sources = {str(index): [str(link.node) for _, link in self.nodes[index].links()] for index in sorted(kept)}
        order = [int(key) for key in topological(sources)]
        place = {old: new for new, old in enumerate(order)}
        return Workflow(tuple(moved(self.nodes[old], place) for old in order))


def main_family(workflow: Workflow, catalog: Catalog) -> str:
    """Return the family of the main model, "" where it is not known."""
    for node in workflow.nodes:
        node_class = catalog.classes.get(node.class_type)
        for spec in node_class.inputs if node_class is not None else ():
            value = given(node, spec.name)
            if spec.folder in MAIN_FOLDERS and isinstance(value, str):
                file = catalog.file(spec.folder, value)
                if file is not None and len(file.families) == 1:
                    return next(iter(file.families))
    return ""
