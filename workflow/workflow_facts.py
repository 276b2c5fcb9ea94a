"""What a workflow is made of: model, LoRAs, sizes and sampling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .catalog.catalog import Catalog, ModelFile
from .grammar.size_rules import size_rule
from .graph import Link, Node, Value, Workflow
from .picture_sizes import Size, given, number, picture_sizes
from .script.script import write_script
from .script.slots import class_slots

SAMPLING_CLASSES = frozenset({"KSampler", "KSamplerAdvanced", "SamplerCustom", "SamplerCustomAdvanced"})


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
    sizes = picture_sizes(workflow, catalog)
    sampled: set[int] = set()  # nodes that some sampling comes before
    samplings: list[Sampling] = []
    first: Size | None = None
    for index, node in enumerate(workflow.nodes):
        second = any(link.node in sampled for _, link in node.links())
        if node.class_type in SAMPLING_CLASSES:
            latent = given(node, "latent_image")
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


# ---- sampling ----------------------------------------------------------------------------------------------------


def _sampling(workflow: Workflow, node: Node, second: bool) -> Sampling:
    steps = number(_above(workflow, node, "steps", "sigmas"))
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
        value = given(node, name)
        if value is not None and not isinstance(value, Link):
            return value
        link = given(node, link_name)
        if not isinstance(link, Link):
            return None
        node = workflow.nodes[link.node]


def _class_above(workflow: Workflow, node: Node, link_name: str) -> str | None:
    """Return the class of the last node above along links of one name: a sampler or schedule that is its own node."""
    found = None
    while isinstance(link := given(node, link_name), Link):
        node = workflow.nodes[link.node]
        found = node.class_type
    return found


def _carried_out(workflow: Workflow, node: Node, steps: int) -> int:
    """Return the number of steps that a node samples.

    KSamplerAdvanced may begin late and end early, and SplitSigmas divides a schedule. denoise does not change the
    number: ComfyUI samples `steps` steps of a longer schedule.
    """
    begin, end = (number(given(node, name)) for name in ("start_at_step", "end_at_step"))
    if begin is not None or end is not None:
        return max(0, round(min(steps, steps if end is None else end) - min(steps, begin or 0)))
    sigmas = given(node, "sigmas")
    if isinstance(sigmas, Link) and workflow.nodes[sigmas.node].class_type == "SplitSigmas":
        step = min(steps, round(number(given(workflow.nodes[sigmas.node], "step")) or 0))
        return step if sigmas.slot == 0 else steps - step
    return steps


def _cfg(workflow: Workflow, node: Node) -> float | None:
    guider = given(node, "guider")
    if isinstance(guider, Link):
        node = workflow.nodes[guider.node]
        if node.class_type == "BasicGuider":
            return 1.0
    cfg = given(node, "cfg")
    return number(cfg if cfg is not None else given(node, "cfg_conds"))


# ---- files -------------------------------------------------------------------------------------------------------


def _loras(workflow: Workflow, catalog: Catalog) -> Iterator[ModelFile]:
    """Yield the LoRAs that are used at a strength other than 0."""
    for node in workflow.nodes:
        if number(given(node, "strength_model")) == 0:
            continue
        for slot in class_slots(catalog.classes[node.class_type]):
            if slot.spec.folder == "loras" and isinstance(name := given(node, slot.name), str):
                file = catalog.file("loras", name)
                if file is not None:
                    yield file
