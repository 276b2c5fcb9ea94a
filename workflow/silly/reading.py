"""A workflow as the rules read it: the nodes that run, their classes, and what lies above them along the links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..api_format import from_api, is_link, to_api
from ..catalog.catalog import MAIN_ROLES, Catalog, InputSpec, ModelFile, NodeClass
from ..families.lookup import FAMILIES
from ..graph import Link, Node, Workflow, moved, topological
from ..picture_sizes import Size, given, number, picture_sizes
from ..script.slots import class_slots, matches
from ..script.values import MAIN_FOLDERS, is_text
from ..sense.roles import samples, side_of, zeroes


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a person would laugh at.

    Attributes:
        nodes: ids of the nodes that it concerns.
        message: the sentence, without the nodes.
    """

    nodes: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        names = ", ".join(repr(node) for node in self.nodes)
        return f"{'node' if len(self.nodes) == 1 else 'nodes'} {names}: {self.message}"


class Reading:
    """A workflow and its catalog, with the answers that several rules need.

    Attributes:
        workflow: the nodes that an output node needs; all of them where there is no output node.
        ids: their ids in API format.
        catalog: the installation.

    Raises:
        WorkflowError: as `from_api` does.
    """

    def __init__(self, workflow: Workflow | Any, catalog: Catalog) -> None:
        api = to_api(workflow, prompt="the prompt", seed=0) if isinstance(workflow, Workflow) else workflow
        whole = from_api(api)
        ids = topological({key: _sources(node) for key, node in api.items()})  # in the order of from_api
        self.catalog = catalog
        self._files: dict[int, tuple[tuple[InputSpec, str, ModelFile | None], ...]] = {}
        kept = _needed(whole, catalog)
        place = {old: new for new, old in enumerate(kept)}
        self.ids = tuple(ids[old] for old in kept)
        self.workflow = Workflow(tuple(moved(whole.nodes[old], place) for old in kept))

    # -- nodes and links ---------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[tuple[int, Node, NodeClass]]:
        """Yield index, node and class of the nodes whose class is installed."""
        for index, node in enumerate(self.workflow.nodes):
            node_class = self.catalog.classes.get(node.class_type)
            if node_class is not None:
                yield index, node, node_class

    def node(self, index: int) -> Node:
        """Return a node."""
        return self.workflow.nodes[index]

    def class_of(self, index: int) -> NodeClass | None:
        """Return the class of a node, None where it is not installed."""
        return self.catalog.classes.get(self.workflow.nodes[index].class_type)

    def named(self, *indices: int) -> tuple[str, ...]:
        """Return the ids of nodes."""
        return tuple(self.ids[index] for index in indices)

    def link(self, index: int, name: str) -> Link | None:
        """Return the link of an input, None where there is none."""
        value = given(self.workflow.nodes[index], name)
        return value if isinstance(value, Link) else None

    def number(self, index: int, name: str) -> float | None:
        """Return the number of an input, None where there is none or it is linked."""
        return number(given(self.workflow.nodes[index], name))

    def type_of(self, link: Link) -> str:
        """Return the type of an output, "*" where it is not known."""
        node_class = self.class_of(link.node)
        if node_class is None or not 0 <= link.slot < len(node_class.outputs):
            return "*"
        return "*" if node_class.output_matches[link.slot] else node_class.outputs[link.slot]

    def links_of_type(self, index: int, *types: str) -> Iterator[tuple[str, Link]]:
        """Yield name and link of the inputs that one of the types comes in by.

        Where the type of the output is not known, the input's own declaration decides.
        """
        declared: dict[str, InputSpec] | None = None
        for name, link in self.workflow.nodes[index].links():
            given = self.type_of(link)
            if given == "*":
                node_class = self.class_of(index)
                if declared is None:
                    declared = {slot.name: slot.spec for slot in class_slots(node_class)} if node_class else {}
                spec = declared.get(name)
                if spec is None or any(matches(spec.types, kind) for kind in types):
                    yield name, link
            elif any(matches((kind,), given) for kind in types):
                yield name, link

    def above(self, index: int, kind: str) -> Iterator[int]:
        """Yield the nodes above a node along links of one type, nearest first, each once."""
        seen: set[int] = set()
        waiting = [index]
        while waiting:
            current = waiting.pop(0)
            for _, link in self.links_of_type(current, kind):
                if link.node not in seen:
                    seen.add(link.node)
                    waiting.append(link.node)
                    yield link.node

    def all_above(self, index: int) -> set[int]:
        """Return every node that a node depends on."""
        found: set[int] = set()
        waiting = [index]
        while waiting:
            for _, link in self.node(waiting.pop()).links():
                if link.node not in found:
                    found.add(link.node)
                    waiting.append(link.node)
        return found

    @cached_property
    def taken(self) -> frozenset[Link]:
        """The outputs that something is linked to."""
        return frozenset(link for node in self.workflow.nodes for _, link in node.links())

    # -- files -------------------------------------------------------------------------------------------------

    def files(self, index: int) -> tuple[tuple[InputSpec, str, ModelFile | None], ...]:
        """Return declaration, name and record of the model files that a node loads."""
        found = self._files.get(index)
        if found is None:
            found = self._files[index] = tuple(self._loaded(index))
        return found

    def _loaded(self, index: int) -> Iterator[tuple[InputSpec, str, ModelFile | None]]:
        node, node_class = self.node(index), self.class_of(index)
        for slot in class_slots(node_class) if node_class is not None else ():
            value = given(node, slot.name) if slot.spec.folder else None
            if slot.spec.folder and isinstance(value, str):
                yield slot.spec, value, self.catalog.file(slot.spec.folder, value)

    @cached_property
    def main_loaders(self) -> dict[int, ModelFile | None]:
        """The nodes that load a main model, with its file where the installation has it."""
        return {
            index: file
            for index, _, _ in self
            for spec, _, file in self.files(index)
            if spec.folder in MAIN_FOLDERS and (file is None or file.role in MAIN_ROLES)
        }

    @cached_property
    def family(self) -> tuple[str, str]:
        """Family and file name of the main model whose MODEL is sampled; empty where it is not known."""
        for index, file in self.main_loaders.items():
            if file is not None and len(file.families) == 1 and self._gives_model(index):
                return next(iter(file.families)), file.name
        return "", ""

    @property
    def makes_pictures(self) -> bool:
        """Whether the main model makes pictures, as far as its family is known."""
        record = FAMILIES.get(self.family[0])
        return record is None or record.medium == "picture"

    def _gives_model(self, index: int) -> bool:
        return any(link.node == index and self.type_of(link) == "MODEL" for link in self.taken)

    # -- sampling ----------------------------------------------------------------------------------------------

    @cached_property
    def samplers(self) -> tuple[int, ...]:
        """The nodes that sample: LATENT comes in and goes out, beside a MODEL or a GUIDER."""
        return tuple(index for index, _, node_class in self if samples(node_class))

    @cached_property
    def sizes(self) -> list[Size | None]:
        """The size of each node's picture."""
        return picture_sizes(self.workflow, self.catalog)

    # -- texts -------------------------------------------------------------------------------------------------

    def texts(self, link: Link) -> dict[int, str]:
        """Return the texts that reach a conditioning, by node; what a node zeroes does not count."""
        found: dict[int, str] = {}
        seen: set[Link] = set()
        waiting = [link]
        while waiting:
            current = waiting.pop()
            node_class = self.class_of(current.node)
            if current in seen or node_class is None or zeroes(node_class):
                continue
            seen.add(current)
            side = side_of(node_class, current.slot)
            for slot in class_slots(node_class):
                value = given(self.node(current.node), slot.name)
                other = {"positive": "negative", "negative": "positive"}.get(side, " ")
                if other in slot.name:
                    continue
                if isinstance(value, str) and is_text(slot.spec) and value.strip():
                    found[current.node] = ", ".join(filter(None, (found.get(current.node), value)))
                elif isinstance(value, Link) and is_text(slot.spec):
                    found.setdefault(current.node, "?")  # a text from another node
                elif isinstance(value, Link) and self.type_of(value) in ("CONDITIONING", "*"):
                    waiting.append(value)
        return found


def _sources(node: Any) -> list[str]:
    return [value[0] for value in node["inputs"].values() if is_link(value)]


def _needed(workflow: Workflow, catalog: Catalog) -> list[int]:
    """Return the indices of the nodes that run, in order."""
    outputs = [
        index
        for index, node in enumerate(workflow.nodes)
        if (node_class := catalog.classes.get(node.class_type)) is not None and node_class.output_node
    ]
    if not outputs:
        return list(range(len(workflow.nodes)))
    needed: set[int] = set()
    waiting = outputs
    while waiting:
        index = waiting.pop()
        if index not in needed:
            needed.add(index)
            waiting.extend(link.node for _, link in workflow.nodes[index].links())
    return sorted(needed)
