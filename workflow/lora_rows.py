"""LoRAs that stand in rows of a node rather than in LoraLoader: as the Power Lora Loader and Lora-Manager have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from .api_format import value_of
from .catalog.catalog import Catalog, NodeClass
from .graph import Link, Literal, Node, Value, Workflow

_LOADER, _MODEL_LOADER = "LoraLoader", "LoraLoaderModelOnly"
_POWER_LORA = "Power Lora Loader (rgthree)"
_MANAGER = frozenset({"Lora Loader (LoraManager)", "LoRA Text Loader (LoraManager)"})
_TAG = re.compile(r"<lora:([^:<>]+):(-?[\d.]+)(?::(-?[\d.]+))?>")
_MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class LoraRow:
    """One LoRA that is switched on.

    Attributes:
        name: the file, as the row names it.
        strength: on the diffusion model.
        clip_strength: on the text encoder.
    """

    name: str
    strength: float
    clip_strength: float


def lora_rows(node: Node, cls: NodeClass | None = None) -> list[LoraRow] | None:
    """Return the LoRAs in the rows of a node, in order; None for a node whose rows name none.

    Args:
        node: the node.
        cls: its class, which tells dynamic groups; None where it is not installed.
    """
    given = {name: value for name, value in node.inputs if not isinstance(value, Link)}
    if node.class_type == _POWER_LORA:
        rows = [_plain(value) for name, value in given.items() if name.lower().startswith("lora_")]
        return [row for one in rows if (row := _row(one, ("lora",), "on", "strength", "strengthTwo")) is not None]
    if node.class_type in _MANAGER:
        listed = _plain(given.get("loras"))
        if isinstance(listed, Mapping):
            listed = listed.get("__value__")
        if isinstance(listed, list):
            found = (_row(one, ("name",), "active", "strength", "clipStrength") for one in listed[:_MOST_ROWS])
            return [row for row in found if row is not None]
        return list(_tags(next((str(given[key]) for key in ("text", "lora_syntax") if key in given), "")))
    for spec in cls.inputs if cls is not None else ():
        if any(row.name in _NAMES for row in spec.rows):
            return list(_group(given, spec.name))
    return None


_NAMES = ("lora_name", "lora")


def with_lora_loaders(workflow: Workflow, catalog: Catalog, notes: list[str]) -> Workflow:
    """Return the workflow with a LoraLoader for each LoRA in a row, as the rows' nodes load them.

    Args:
        workflow: the workflow.
        catalog: the installation.
        notes: one is added for each node that is replaced.
    """
    rows = [lora_rows(node, catalog.classes.get(node.class_type)) for node in workflow.nodes]
    if not any(found is not None for found in rows) or _LOADER not in catalog.classes:
        return workflow
    nodes: list[Node] = []
    outputs: dict[Link, Value | Link] = {}
    for index, (node, found) in enumerate(zip(workflow.nodes, rows, strict=True)):
        inputs = [(name, outputs.get(v, v) if isinstance(v, Link) else v) for name, v in node.inputs]
        slots = range(_slots(node, catalog))
        if found is None:
            nodes.append(Node(node.class_type, tuple(inputs), node.title))
            outputs |= {Link(index, slot): Link(len(nodes) - 1, slot) for slot in slots}
            continue
        given = dict(inputs)
        model, clip = _chain(nodes, given.get("model"), given.get("clip"), found, catalog)
        passed = {"MODEL": model, "CLIP": clip}
        cls = catalog.classes.get(node.class_type)
        kinds = cls.outputs if cls is not None else ("MODEL", "CLIP")
        outputs |= {Link(index, slot): passed.get(kinds[slot] if slot < len(kinds) else "", "") for slot in slots}
        names = ", ".join(f"{row.name} ({row.strength:g})" for row in found) or "none"
        notes.append(f"{node.class_type}: read as the LoRAs that its rows switch on: {names}")
    return Workflow(tuple(nodes))


def _slots(node: Node, catalog: Catalog) -> int:
    """Return a number of outputs that no link goes beyond."""
    cls = catalog.classes.get(node.class_type)
    return max(16, len(cls.outputs) if cls is not None else 0)


def _chain(nodes: list[Node], model: Any, clip: Any, rows: Sequence[LoraRow], catalog: Catalog) -> tuple[Any, Any]:
    """Append a loader for each row, and return what gives the model and the text encoder behind them."""
    options = next((spec.options for spec in catalog.classes[_LOADER].inputs if spec.name == "lora_name"), ())
    files = {PurePosixPath(str(option).replace("\\", "/")).stem: str(option) for option in reversed(options)}
    for row in rows:
        if not isinstance(model, Link):
            break
        name = row.name if row.name in options else files.get(PurePosixPath(row.name.replace("\\", "/")).stem, row.name)
        inputs: list[tuple[str, Value | Link]] = [("model", model)]
        if isinstance(clip, Link):
            inputs += [("clip", clip), ("lora_name", name), ("strength_model", row.strength)]
            nodes.append(Node(_LOADER, (*inputs, ("strength_clip", row.clip_strength))))
            clip = Link(len(nodes) - 1, 1)
        else:
            nodes.append(Node(_MODEL_LOADER, (*inputs, ("lora_name", name), ("strength_model", row.strength))))
        model = Link(len(nodes) - 1, 0)
    return model, clip


# ---- rows --------------------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    return value_of(value) if isinstance(value, Literal) else value


def _row(row: Any, names: Sequence[str], switch: str, strength: str, clip_strength: str) -> LoraRow | None:
    """Return a row that is switched on and names a LoRA, or None."""
    if not isinstance(row, Mapping) or row.get(switch, True) is not True:
        return None
    name = next((row[key] for key in names if isinstance(row.get(key), str)), "")
    if name in ("", "None"):
        return None
    amount = _number(row.get(strength), 1.0)
    return LoraRow(name, amount, _number(row.get(clip_strength), amount))


def _group(given: Mapping[str, Any], group: str) -> Iterator[LoraRow]:
    """Yield the rows of a dynamic group that are switched on."""
    for number in range(_MOST_ROWS):
        prefix = f"{group}.{number}."
        row = {name.removeprefix(prefix): _plain(value) for name, value in given.items() if name.startswith(prefix)}
        if not row:
            return
        strength = "strength" if "strength" in row else "strength_model"
        found = _row(row, _NAMES, "enabled", strength, "strength_clip")
        if found is not None:
            yield found


def _tags(text: str) -> Iterator[LoraRow]:
    """Yield the LoRAs that a text names as <lora:name:strength>."""
    for name, strength, clip_strength in _TAG.findall(text[:100_000]):
        amount = _number(strength, 1.0)
        yield LoraRow(name, amount, _number(clip_strength, amount))


def _number(value: Any, otherwise: float) -> float:
    """Return a number that a row states, also as a text; `otherwise` where it states none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return otherwise
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return otherwise
    return number if abs(number) <= 1000 else otherwise
