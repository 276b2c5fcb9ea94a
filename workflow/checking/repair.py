"""A workflow in API format that is being mended: links moved, nodes replaced, with a reason for each substitution."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..api_format import is_link
from ..catalog.catalog import Catalog, InputSpec, NodeClass, expanded_inputs
from ..saved_picture import ancestors

_NAMED_FOR = {"CONDITIONING": ("positive", "conditioning"), "LATENT": ("latent", "samples")}
Output = tuple[str, int]
"""A node's id and the number of its output."""
_TYPES_BY_NAME = {
    "model": "MODEL", "clip": "CLIP", "vae": "VAE", "positive": "CONDITIONING", "negative": "CONDITIONING",
    "conditioning": "CONDITIONING", "latent": "LATENT", "latent_image": "LATENT", "samples": "LATENT",
    "image": "IMAGE", "images": "IMAGE", "pixels": "IMAGE", "mask": "MASK", "upscale_model": "UPSCALE_MODEL",
    "control_net": "CONTROL_NET", "text": "STRING", "string": "STRING", "seed": "INT", "noise_seed": "INT",
    "steps": "INT", "width": "INT", "height": "INT", "cfg": "FLOAT", "denoise": "FLOAT",
}  # fmt: skip
"""What packs' nodes take by inputs of these names."""


def type_by_name(name: str) -> str:
    """Return the type that an input of this name takes in nearly every class, "*" where there is no such habit."""
    plain = name.lower().removeprefix("optional_").rstrip("0123456789_")
    return _TYPES_BY_NAME.get(plain, "*")


@dataclass(frozen=True, slots=True)
class Substitution:
    """What stands in place of something else."""

    title: str
    """What for what: "sd_xl_base_1.0.safetensors -> juggernautXL.safetensors"."""
    reason: str
    """Why, a sentence."""


class Repair:
    """A copy of a workflow that is changed step by step.

    Args:
        api: the workflow, every node of which can be read (`legible`).
        catalog: the installation.
        taken: ids that no node which is added may have, beside those of the workflow.
    """

    def __init__(self, api: Mapping[str, Any], catalog: Catalog, taken: Iterable[Any] = ()) -> None:
        self.api: dict[str, Any] = copy.deepcopy(dict(api))
        self.catalog = catalog
        self.substitutions: list[Substitution] = []
        self.changed_mains: set[str] = set()
        """The loaders whose main model is another one than before."""
        self.mended: set[tuple[object, ...]] = set()
        """The misfits that were mended, each of which is tried once."""
        self._needed = self._behind_outputs()
        self._given_ids = frozenset(api)
        self._taken = self._given_ids | set(map(str, taken))

    # -- looking -----------------------------------------------------------------------------------------------

    def class_of(self, key: str) -> NodeClass | None:
        """Return the class of a node, None where it is not installed."""
        return self.catalog.classes.get(self.api[key]["class_type"])

    def inputs(self, key: str) -> dict[str, Any]:
        """Return the inputs of a node."""
        found: dict[str, Any] = self.api[key]["inputs"]
        return found

    def specs(self, key: str) -> dict[str, InputSpec]:
        """Return the declared inputs of a node by their names in API format; none where its class is not installed."""
        node_class = self.class_of(key)
        if node_class is None:
            return {}
        return {name: spec for name, spec, _ in expanded_inputs(node_class.inputs, self.inputs(key))}

    def links(self, key: str) -> Iterator[tuple[str, Output]]:
        """Yield name and output of the linked inputs of a node."""
        for name, value in self.inputs(key).items():
            if is_link(value):
                yield name, (value[0], int(value[1]))

    def consumers(self, key: str) -> list[tuple[str, str, int]]:
        """Return what is linked to a node's outputs: (node, input, output number)."""
        return [(other, name, slot) for other in self.api for name, (node, slot) in self.links(other) if node == key]

    def type_of(self, output: Output) -> str:
        """Return the type of an output, "*" where it is not known."""
        node_class = self.class_of(output[0]) if output[0] in self.api else None
        if node_class is None or not 0 <= output[1] < len(node_class.outputs):
            return "*"
        return "*" if node_class.output_matches[output[1]] is not None else node_class.outputs[output[1]]

    def wanted(self, key: str, name: str) -> str:
        """Return the type that an input takes, "*" where it is not known; of a missing class, by the input's name."""
        if self.class_of(key) is None:
            return type_by_name(name)
        spec = self.specs(key).get(name)
        return "*" if spec is None or spec.match is not None else spec.types[0]

    def output(self, key: str, kind: str) -> Output | None:
        """Return the first output of a type of a node, None where it has none."""
        node_class = self.class_of(key)
        if node_class is None or kind not in node_class.outputs:
            return None
        return key, node_class.outputs.index(kind)

    def has(self, class_type: str) -> bool:
        """Return whether a class is installed."""
        return class_type in self.catalog.classes

    # -- changing ----------------------------------------------------------------------------------------------

    def note(self, title: str, reason: str) -> None:
        """Keep the reason for a substitution."""
        found = Substitution(title, reason)
        if found not in self.substitutions:
            self.substitutions.append(found)

    def set(self, key: str, name: str, value: Any) -> None:
        """Give an input a value."""
        self.inputs(key)[name] = value

    def link(self, key: str, name: str, output: Output) -> None:
        """Link an input to an output."""
        self.inputs(key)[name] = [output[0], output[1]]

    def relink(self, old: Output, new: Output) -> None:
        """Link what takes one output to another one."""
        for key, name, slot in self.consumers(old[0]):
            if slot == old[1] and key != new[0]:
                self.link(key, name, new)

    def add(self, class_type: str, inputs: Mapping[str, Any], title: str | None = None) -> str:
        """Add a node with its defaults for what is not given, and return its id."""
        key, values = self._new_id(), dict(inputs)
        node_class = self.catalog.classes[class_type]
        for name, spec, required in expanded_inputs(node_class.inputs, values):
            if required and name not in values and spec.widget and spec.initial is not None:
                values[name] = spec.initial
        self.api[key] = {"inputs": values, "class_type": class_type}
        if title is not None:
            self.api[key]["_meta"] = {"title": title}
        return key

    def copy(self, key: str) -> str:
        """Add a node like another one, and return its id."""
        new = self._new_id()
        self.api[new] = copy.deepcopy(self.api[key])
        return new

    def _new_id(self) -> str:
        taken = self._taken | set(self.api)
        numbers = [int(key) for key in taken if key.isascii() and key.isdecimal() and len(key) < 12]
        return str(max(numbers, default=0) + 1)

    def bypass(self, key: str) -> bool:
        """Remove a node, and link what takes its outputs to what it takes of the same type.

        Returns whether that is possible: every output that is used has an input of its type, or may do without a link.
        Otherwise nothing is changed.
        """
        moves: list[tuple[str, str, Output | None]] = []
        for consumer, name, slot in self.consumers(key):
            kind = self.type_of((key, slot))
            kind = self.wanted(consumer, name) if kind == "*" else kind
            source = self.passed(key, kind, self._place(key, slot), name)
            if source is None and not self._optional(consumer, name):
                return False
            moves.append((consumer, name, source))
        for consumer, name, source in moves:
            if source is not None:
                self.link(consumer, name, source)
        self.remove(key)
        return True

    def _place(self, key: str, slot: int) -> int:
        """Return the place of an output among those of its type, from 0."""
        node_class = self.class_of(key)
        outputs = node_class.outputs[: slot + 1] if node_class is not None else ()
        return max(0, sum(kind == outputs[-1] for kind in outputs) - 1) if outputs else 0

    def passed(self, key: str, kind: str, place: int = 0, taken_by: str = "") -> Output | None:
        """Return what a node takes of one type.

        Args:
            key: the node.
            kind: the type.
            place: of several, the place among them in which it is wanted.
            taken_by: the input that takes it; what comes by an input of this name goes before others, and then what
                comes by an input that is named for its type.
        """
        if kind == "*":
            return None
        found = [(name, output) for name, output in self.links(key) if self.kind_of_link(key, name, output) == kind]
        same = next((output for name, output in found if name == taken_by), None)
        if same is not None:
            return same
        if 0 < place < len(found):
            return found[place][1]
        hints = {"CONDITIONING": ("positive", "conditioning"), "LATENT": ("latent", "samples")}.get(
            kind, (kind.lower(),)
        )
        named = [output for name, output in found if any(hint in name.lower() for hint in hints)]
        return next(iter(named or [output for _, output in found]), None)

    def kind_of_link(self, key: str, name: str, output: Output) -> str:
        """Return the type of what comes by a link, by its output or, where that is not known, by its input."""
        kind = self.type_of(output)
        return self.wanted(key, name) if kind == "*" else kind

    def _optional(self, key: str, name: str) -> bool:
        node_class = self.class_of(key)
        if node_class is None:
            return False
        required = {each for each, _, needed in expanded_inputs(node_class.inputs, self.inputs(key)) if needed}
        return name not in required

    def remove(self, key: str) -> None:
        """Remove a node and the links to it."""
        del self.api[key]
        for other in self.api:
            for name in [name for name, (node, _) in self.links(other) if node == key]:
                del self.inputs(other)[name]

    def prune(self) -> None:
        """Remove what no output node needs any more, although one did before or it was added."""
        kept = self._behind_outputs()
        for key in [key for key in self.api if key not in kept and (key in self._needed or key not in self._given_ids)]:
            self.remove(key)

    def _behind_outputs(self) -> frozenset[str]:
        outputs = [
            key for key in self.api if (node_class := self.class_of(key)) is None or node_class.output_node
        ]  # fmt: skip
        found: set[str] = set()
        for key in outputs:
            if self.class_of(key) is not None or not self.consumers(key):
                found |= ancestors(self.api, key)
        return frozenset(found)
