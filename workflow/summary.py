"""A workflow in a few lines for its reader."""

from __future__ import annotations

from collections.abc import Iterator

from .catalog.catalog import MAIN_ROLES, Catalog, InputSpec, ModelFile
from .graph import Node, Value, Workflow
from .lora_rows import lora_rows

_PICTURES = frozenset({"IMAGE", "LATENT"})
_LABELS = {
    "checkpoint": "model",
    "diffusion_model": "model",
    "lora": "LoRA",
    "controlnet": "ControlNet",
    "text_encoder": "text encoder",
    "vae": "VAE",
    "upscaler": "upscaler",
}
_STRENGTHS = ("strength_model", "strength")


def summary(workflow: Workflow, catalog: Catalog) -> str:
    """Return models, sizes, sampling, the stages that the picture passes and the number of nodes, one line each.

    A line without content is left out.
    """
    lines: list[str] = []
    for node in workflow.nodes:
        lines += [line for line in _files(node, catalog) if line not in lines]
    lines += [f"size: {size}" for size in _sizes(workflow)]
    lines += [f"sampling: {sampling}" for sampling in _sampling(workflow, catalog)]
    stages = [node.class_type for node in workflow.nodes if _is_stage(node, catalog)]
    lines.append("stages: " + " → ".join(stages))
    lines.append(f"{len(workflow.nodes)} nodes")
    return "\n".join(lines)


def _files(node: Node, catalog: Catalog) -> Iterator[str]:
    for row in lora_rows(node, catalog.classes.get(node.class_type)) or ():
        yield f"LoRA: {row.name} ({_number(row.strength)})"
    for spec, value in _values(node, catalog):
        file = catalog.file(spec.folder, str(value)) if spec.folder else None
        if file is not None:
            yield f"{_LABELS.get(file.role, file.role)}: {file.name}{_about(node, file)}"


def _about(node: Node, file: ModelFile) -> str:
    if file.role == "lora":
        strength = next((value for name, value in node.inputs if name in _STRENGTHS), None)
        return f" ({_number(strength)})" if isinstance(strength, int | float) else ""
    if file.role in MAIN_ROLES and file.families:
        return f" ({' or '.join(sorted(file.families))})"
    return f" (x{file.scale})" if file.scale else ""


def _values(node: Node, catalog: Catalog) -> Iterator[tuple[InputSpec, Value]]:
    """Yield the widgets of a node with their values."""
    node_class = catalog.classes.get(node.class_type)
    values = _plain(node)
    for spec in node_class.inputs if node_class else ():
        if spec.name in values:
            yield spec, values[spec.name]


def _plain(node: Node) -> dict[str, bool | int | float | str]:
    return {name: value for name, value in node.inputs if isinstance(value, bool | int | float | str)}


def _sizes(workflow: Workflow) -> list[str]:
    """Return every size that a node sets, in order, each once."""
    found = []
    for node in workflow.nodes:
        values = _plain(node)
        if "width" in values and "height" in values:
            batch = values.get("batch_size", 1)
            found.append(f"{values['width']} x {values['height']}" + (f", {batch} pictures" if batch != 1 else ""))
    return list(dict.fromkeys(found))


def _sampling(workflow: Workflow, catalog: Catalog) -> Iterator[str]:
    """Yield the settings of each node that has steps or names a sampler."""
    for node in workflow.nodes:
        values = _plain(node)
        parts = [str(values[name]) for name in ("sampler_name", "scheduler") if name in values]
        parts += [f"{values['steps']} steps"] if "steps" in values else []
        parts += [f"{name} {_number(values[name])}" for name in ("cfg", "guidance") if name in values]
        if values.get("denoise", 1) != 1:
            parts.append(f"denoise {_number(values['denoise'])}")
        if parts:
            yield ", ".join(parts)


def _is_stage(node: Node, catalog: Catalog) -> bool:
    """Return whether the picture passes through the node."""
    node_class = catalog.classes.get(node.class_type)
    return node_class is not None and (node_class.output_node or not _PICTURES.isdisjoint(node_class.outputs))


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
