"""What a workflow is made of: model, LoRAs, sizes and sampling."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ...workflow.catalog.catalog import Catalog, ModelFile
from ...workflow.grammar.size_rules import PICTURE_TYPES, UNKNOWN_SCALE, size_rule
from ...workflow.graph import Link, Node, Value, Workflow
from ...workflow.script.script import write_script
from ...workflow.script.slots import class_slots

SAMPLING_CLASSES = frozenset({"KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced"})


@dataclass(frozen=True)
class Size:
    """The size of a picture or latent, in pixels of the picture."""

    width: float
    height: float

    @property
    def megapixels(self) -> float:
        """Millions of pixels."""
        return self.width * self.height / 1e6


@dataclass(frozen=True)
class Sampling:
    """One sampling node. A quantity that the workflow does not state as a plain value is None.

    Attributes:
        steps: number of steps of its schedule.
        carried_out: number of these steps that are sampled.
        cfg: guidance against the negative prompt; 1 where there is none.
        sampler: name of the sampler.
        scheduler: name of the scheduler.
        second: whether it goes on from what another sampling node made.
    """

    steps: int | None
    carried_out: int | None
    cfg: float | None
    sampler: str | None
    scheduler: str | None
    second: bool


@dataclass(frozen=True)
class WorkflowFacts:
    """What a workflow is made of.

    Attributes:
        main: the main model's file; None where it is not known.
        loras: files of the LoRAs in use.
        samplings: the sampling nodes in order.
        first: size of the latent that the first sampling starts from.
        final: size of the picture that the workflow ends in.
        enlarged: whether there is an upscale model, or the picture ends larger than it began.
    """

    main: ModelFile | None
    loras: tuple[ModelFile, ...]
    samplings: tuple[Sampling, ...]
    first: Size | None
    final: Size | None
    enlarged: bool


def workflow_facts(workflow: Workflow, catalog: Catalog) -> WorkflowFacts:
    """Return the facts of a workflow whose classes are all in the catalog."""
    sizes = _sizes(workflow, catalog)
    sampled: set[int] = set()  # nodes that some sampling comes before
    samplings: list[Sampling] = []
    first: Size | None = None
    for index, node in enumerate(workflow.nodes):
        second = any(link.node in sampled for _, link in node.links())
        if node.class_type in SAMPLING_CLASSES:
            latent = _given(node, "latent_image")
            if not samplings and isinstance(latent, Link):
                first = sizes[latent.node]
            samplings.append(_sampling(workflow, node, second))
        if second or node.class_type in SAMPLING_CLASSES:
            sampled.add(index)
    final = next(
        (sizes[index] for index, node in enumerate(workflow.nodes) if catalog.classes[node.class_type].output_node),
        None,
    )
    enlarged = any(size_rule(catalog.classes[node.class_type]).kind == "model" for node in workflow.nodes)
    if first is not None and final is not None:
        enlarged = enlarged or final.megapixels > 1.05 * first.megapixels
    main = catalog.by_alias(write_script(workflow, catalog)[0])
    return WorkflowFacts(main, tuple(_loras(workflow, catalog)), tuple(samplings), first, final, enlarged)


def _given(node: Node, name: str) -> Value | Link:
    """Return the value or link of an input, None where it has none."""
    return dict(node.inputs).get(name)


def _number(value: Value | Link) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


# ---- sampling ----------------------------------------------------------------------------------------------------


def _sampling(workflow: Workflow, node: Node, second: bool) -> Sampling:
    steps = _number(_above(workflow, node, "steps", "sigmas"))
    sampler, scheduler = (
        _above(workflow, node, name, above) for name, above in (("sampler_name", "sampler"), ("scheduler", "sigmas"))
    )
    if not isinstance(sampler, str):
        sampler = _class_above(workflow, node, "sampler")
    if not isinstance(scheduler, str):
        scheduler = _class_above(workflow, node, "sigmas")
    return Sampling(
        None if steps is None else round(steps),
        None if steps is None else _carried_out(workflow, node, round(steps)),
        _cfg(workflow, node),
        sampler,
        scheduler,
        second,
    )


def _above(workflow: Workflow, node: Node, name: str, link_name: str) -> Value | Link:
    """Return the value of an input of this node, or of the nearest node above it along links of one name."""
    while True:
        value = _given(node, name)
        if value is not None and not isinstance(value, Link):
            return value
        link = _given(node, link_name)
        if not isinstance(link, Link):
            return None
        node = workflow.nodes[link.node]


def _class_above(workflow: Workflow, node: Node, link_name: str) -> str | None:
    """Return the class of the last node above along links of one name: a sampler or schedule that is its own node."""
    found = None
    while isinstance(link := _given(node, link_name), Link):
        node = workflow.nodes[link.node]
        found = node.class_type
    return found


def _carried_out(workflow: Workflow, node: Node, steps: int) -> int:
    """Return the number of steps that a node samples.

    KSamplerAdvanced may begin late and end early, and SplitSigmas divides a schedule. denoise does not change the
    number: ComfyUI samples `steps` steps of a longer schedule.
    """
    begin, end = (_number(_given(node, name)) for name in ("start_at_step", "end_at_step"))
    if begin is not None or end is not None:
        return max(0, round(min(steps, steps if end is None else end) - min(steps, begin or 0)))
    sigmas = _given(node, "sigmas")
    if isinstance(sigmas, Link) and workflow.nodes[sigmas.node].class_type == "SplitSigmas":
        step = min(steps, round(_number(_given(workflow.nodes[sigmas.node], "step")) or 0))
        return step if sigmas.slot == 0 else steps - step
    return steps


def _cfg(workflow: Workflow, node: Node) -> float | None:
    guider = _given(node, "guider")
    if isinstance(guider, Link):
        node = workflow.nodes[guider.node]
        if node.class_type == "BasicGuider":
            return 1.0
    cfg = _given(node, "cfg")
    return _number(cfg if cfg is not None else _given(node, "cfg_conds"))


# ---- files -------------------------------------------------------------------------------------------------------


def _loras(workflow: Workflow, catalog: Catalog) -> Iterator[ModelFile]:
    """Yield the LoRAs that are used at a strength other than 0."""
    for node in workflow.nodes:
        if _number(_given(node, "strength_model")) == 0:
            continue
        for slot in class_slots(catalog.classes[node.class_type]):
            if slot.spec.folder == "loras" and isinstance(name := _given(node, slot.name), str):
                file = catalog.file("loras", name)
                if file is not None:
                    yield file


# ---- sizes -------------------------------------------------------------------------------------------------------


def _sizes(workflow: Workflow, catalog: Catalog) -> list[Size | None]:
    """Return the size of each node's picture or latent; None where there is none, or where it is not known."""
    sizes: list[Size | None] = []
    for node in workflow.nodes:
        incoming = next((size for size in _incoming(workflow, node, catalog, sizes) if size is not None), None)
        sizes.append(_size(workflow, node, catalog, incoming))
    return sizes


def _incoming(workflow: Workflow, node: Node, catalog: Catalog, sizes: list[Size | None]) -> Iterator[Size | None]:
    for _, link in node.links():
        source = catalog.classes[workflow.nodes[link.node].class_type]
        kinds = set(source.outputs[link.slot].split(",")) if link.slot < len(source.outputs) else set()
        if kinds & PICTURE_TYPES or source.output_matches[link.slot] is not None:
            yield sizes[link.node]


def _size(workflow: Workflow, node: Node, catalog: Catalog, incoming: Size | None) -> Size | None:
    rule = size_rule(catalog.classes[node.class_type])
    if rule.kind == "set":
        return _set_size(node, incoming)
    if rule.kind == "keep" or incoming is None:
        turned = incoming is not None and str(_given(node, "rotation")).startswith(("90", "270"))
        return Size(incoming.height, incoming.width) if turned and incoming else incoming
    if rule.kind in ("grow", "cut"):
        return None
    factor = _model_scale(workflow, node, catalog) if rule.kind == "model" else _number(_given(node, rule.inputs[0]))
    if factor is None:
        return None
    if rule.kind == "megapixels":
        factor = math.sqrt(factor * 1024 * 1024 / (incoming.width * incoming.height))
    elif rule.kind == "longest":
        factor /= max(incoming.width, incoming.height)
    return Size(incoming.width * factor, incoming.height * factor)


def _set_size(node: Node, incoming: Size | None) -> Size | None:
    """Return the size that a node sets. Nodes that scale take 0 for a side that follows from the other."""
    width, height = (_number(_given(node, name)) for name in ("width", "height"))
    if width is None or height is None:
        return None
    if width and height:
        return Size(width, height)
    if incoming is None or not (width or height):
        return incoming
    ratio = incoming.width / incoming.height
    return Size(width, width / ratio) if width else Size(height * ratio, height)


def _model_scale(workflow: Workflow, node: Node, catalog: Catalog) -> float:
    """Return the factor by which the linked upscale model enlarges a side."""
    link = _given(node, "upscale_model")
    if isinstance(link, Link):
        for _, value in workflow.nodes[link.node].inputs:
            file = catalog.file("upscale_models", str(value))
            if file is not None and file.scale:
                return float(file.scale)
    return float(UNKNOWN_SCALE)
