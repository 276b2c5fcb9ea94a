"""Real graphs, multiplied: an official template or a saved workflow on another installation and for another prompt.

After ComfyGen (arXiv 2410.01731), which made 310 flows of 33: model files are swapped for installed ones of the same
family and role, settings are drawn again inside the family's range, and stages are added or left out, all by the
prompt's cues (`choosing`). What stays is the graph between the loaders and the decoder.

A template counts by the square root of how often it was opened (`Template.usage`), so that the commonest does not
drown the others; a saved workflow counts as one that was opened 25 times.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from ....workflow.api_format import check_outline, from_api, read_json
from ....workflow.catalog.catalog import Catalog
from ....workflow.catalog.object_info import catalog_from_object_info
from ....workflow.families.recommended import RECOMMENDED
from ....workflow.grammar.size_rules import PICTURE_TYPES, UNKNOWN_SCALE, size_rule
from ....workflow.grammar.wishes import AGAIN
from ....workflow.graph import Link, Node, Text, Value, Workflow, WorkflowError
from ....workflow.rewriting import offered, simplified
from ....workflow.script.slots import class_slots
from ....workflow.script.values import MAIN_FOLDERS, is_text
from ....workflow.ui_format import api_from_ui
from ....workflow.workflow_facts import SAMPLING_CLASSES
from ...common.prompt_file import read_rows
from .choosing import Installation, Picks, choose, family_key
from .examples import checked, own_catalog
from .loaders import load
from .recipes import Recipe
from .stages import Finish, Wired
from .templates import text_to_image_templates
from .wanted import Wanted

REAL_WORKFLOWS = "workflows_t2i.jsonl"
_USAGE_OF_WORKFLOWS = 25
_OWN = 0.3
"""How often a setting stays as it stands in the template, where it is recommended for the model."""
# Parts of a picture with texts of their own make no sense with one prompt for all, nor does merging a certain model
# when others take its place.
_UNFIT = ("ConditioningSet", "ModelMerge")


@dataclass(frozen=True)
class Base:
    """A graph to be varied, in the grammar's own words."""

    name: str
    """Name of the template or of the file."""
    source: str
    """Where it is from: "template" or "workflow"."""
    family: str
    """The main model's key in RECOMMENDED."""
    weight: float
    """How often it is drawn."""
    workflow: Workflow
    """The graph."""
    samplings: int
    """How many of its nodes sample."""
    turbo: bool
    """Whether it has SDTurboScheduler, which serves no other models."""


def bases(
    nodes: Catalog | Mapping[str, Any], templates: bool, workflows: Path | None, real: Path | None = None
) -> tuple[Base, ...]:
    """Return every graph that can be varied, as far as the grammar can write it, each with its switches either way.

    Args:
        nodes: the node classes: a catalog or an object_info.
        templates: whether the official templates are read.
        workflows: a folder of files in API format; None for none.
        real: a folder with workflows that people published (REAL_WORKFLOWS); None for none.

    Raises:
        ModuleNotFoundError: the templates are not installed.
        WorkflowError: the folder does not exist, or a file is no workflow in API format.
        OSError: a file cannot be read.
    """
    nodes = nodes if isinstance(nodes, Catalog) else catalog_from_object_info(nodes, ())
    found = dict[tuple[str, Workflow], Base]()
    for base in (*_all(nodes, templates, workflows), *_published(nodes, real)):
        same = found.setdefault((base.source, base.workflow), base)
        if same is not base:  # graphs that only differ in what is drawn again count together
            found[base.source, base.workflow] = replace(same, weight=(same.weight**2 + base.weight**2) ** 0.5)
    return tuple(found.values())


def _all(nodes: Catalog, templates: bool, workflows: Path | None) -> Iterator[Base]:
    for template in text_to_image_templates(nodes) if templates else ():
        if template.api is not None:
            yield from _readings(template.name, "template", template.usage, template.api, nodes)
    if workflows is not None and not workflows.is_dir():
        raise WorkflowError(f"{workflows}: no such folder; name one with workflows in API format")
    for path in sorted(workflows.glob("*.json")) if workflows else ():
        yield from _readings(path.stem, "workflow", _USAGE_OF_WORKFLOWS, _saved(path), nodes)


def _published(nodes: Catalog, real: Path | None) -> Iterator[Base]:
    """Yield the graphs of workflows that people published, as far as they can be read with these node classes."""
    path = real / REAL_WORKFLOWS if real is not None else None
    for number, row in enumerate(read_rows(path) if path is not None and path.is_file() else ()):
        document = row.object("workflow") or {}
        try:
            api = document if row.get("format") == "api" else api_from_ui(document, nodes)
            check_outline(api)
        except WorkflowError:
            continue  # nodes of packs that are not there, or of other versions
        yield from _readings(f"published_{number}", "workflow", _USAGE_OF_WORKFLOWS, api, nodes)


def _saved(path: Path) -> dict[str, Any]:
    """Return the workflow of a file: all of it, or what stands in it as "api"."""
    document = read_json(path)
    api: dict[str, Any] = document.get("api", document) if isinstance(document, dict) else document
    try:
        check_outline(api)
    except WorkflowError as error:
        raise WorkflowError(f"{path}: {error}") from error
    return api


def _readings(name: str, source: str, usage: int, api: dict[str, Any], nodes: Catalog) -> Iterator[Base]:
    """Yield the graph of a workflow with its switches either way, as far as the grammar can write it."""
    catalog = own_catalog(api, nodes)
    for switched in (False, True):
        try:
            workflow = offered(simplified(from_api(api), catalog, switched=switched), catalog)
            main = catalog.by_alias(checked(workflow, catalog)[0])
        except WorkflowError:
            continue  # an input picture, a model of another medium, a class that is not trusted
        classes = [node.class_type for node in workflow.nodes]
        if main is None or family_key(main) not in RECOMMENDED or any(kind.startswith(_UNFIT) for kind in classes):
            continue
        samplings = sum(kind in SAMPLING_CLASSES for kind in classes)
        weight = (usage + 1) ** 0.5
        yield Base(name, source, family_key(main), weight, workflow, samplings, "SDTurboScheduler" in classes)


def vary(
    available: Sequence[Base], installation: Installation, wanted: Wanted, random: Random
) -> tuple[str, Workflow | None]:
    """Return the source of a base ("template" or "workflow") and its variation for what is wanted on this installation.

    The variation is None where there is no base for any of the models, or where the installation lacks what it needs.
    """
    picks = choose(installation, wanted, random, frozenset(base.family for base in available))
    if picks is None or wanted.loras(picks.main.alias):  # these stand where no template has any
        return "template", None
    turbo = picks.scheduler == "SDTurboScheduler"
    fitting = [base for base in available if base.family == picks.family and (turbo or not base.turbo)]
    if not picks.stages:
        fitting = [base for base in fitting if base.samplings == 1] or fitting
    if not fitting:
        return "template", None
    base = random.choices(fitting, [base.weight for base in fitting])[0]
    if turbo and not base.turbo:
        plain = [name for name in picks.range.schedulers if name not in installation.catalog.classes]
        picks = replace(picks, scheduler=random.choice(plain))
    try:
        return base.source, _Variation(base, installation, picks, wanted.text, random).wire()
    except _DoesNotFit:
        return base.source, None


class _DoesNotFit(Exception):
    """The installation lacks what the graph needs beside the models."""


class _Variation(Recipe):
    """A copy of the base, node by node; loaders, LoRAs and what follows the last sampling come from the recipe."""

    def __init__(self, base: Base, installation: Installation, picks: Picks, prompt: str, random: Random) -> None:
        super().__init__(installation, picks, prompt, random)
        self.old = base.workflow
        self.places: dict[tuple[int, int], Link] = {}
        self.size = self._old_size()
        self.negatives = _negative_texts(base.workflow, installation.catalog)
        self.samplings = base.samplings
        self.sampled = 0

    def wire(self) -> Workflow:
        """Return the varied workflow. Raises _DoesNotFit."""
        model, clip, vae = load(self.canvas, self.installation, self.picks.main, self.random)
        model, clip = self._loras(model, clip)
        for index, node in enumerate(self.old.nodes):
            kind = node.class_type
            slots = class_slots(self.canvas.catalog.classes[kind])
            files = {slot.spec.folder for slot in slots if slot.role == "value"}
            if files & MAIN_FOLDERS:
                self.places.update({(index, slot): link for slot, link in enumerate((model, clip, vae))})
            elif "text_encoders" in files:
                self.places[index, 0] = clip
            elif "vae" in files:
                self.places[index, 0] = vae
            elif "upscale_models" in files:
                self.places[index, 0] = self.canvas.once(kind, model_name=self._upscaler())
            elif kind == "ConditioningZeroOut" and self.picks.cfg > 1:  # a negative prompt that would be read
                positive = self._moved(next(link for _, link in node.links()))
                self.places[index, 0] = self._negative(clip, positive)
            elif "loras" in files:
                for slot, name in enumerate(("model", "clip")):
                    if isinstance(link := dict(node.inputs).get(name), Link):
                        self.places[index, slot] = self._moved(link)
            else:
                self._copy(index, node)
            if kind in SAMPLING_CLASSES:
                self.sampled += 1
                if self.sampled == self.samplings and self._is_finish(index):
                    self._finish(index, node, vae)
                    return self.canvas.workflow()
        return self.canvas.workflow()

    # -- copies ------------------------------------------------------------------------------------------------

    def _moved(self, link: Link) -> Link:
        try:
            return self.places[link.node, link.slot]
        except KeyError:
            raise _DoesNotFit from None

    def _copy(self, index: int, node: Node) -> None:
        inputs: dict[str, Value | Link] = {}
        for name, value in node.inputs:
            inputs[name] = self._moved(value) if isinstance(value, Link) else self._value(index, node, name, value)
        copy = self.canvas.add(node.class_type, **inputs)
        for slot in range(max(1, len(self.canvas.catalog.classes[node.class_type].outputs))):
            self.places[index, slot] = Link(copy, slot)

    def _value(self, index: int, node: Node, name: str, value: Value) -> Value:
        """Return a setting of the copy."""
        picks, ranges = self.picks, self.picks.range
        if isinstance(value, Text):
            return self._text(index, name, value)
        again = self.sampled > 0
        match name:
            case "steps":
                return self._own_number(value, self._again_steps() if again else picks.steps, ranges.steps)
            case "cfg" | "cfg_conds":
                guided = isinstance(value, int | float) and (value > 1) == (picks.cfg > 1)
                return self._own_number(value, picks.cfg, ranges.cfg) if guided else picks.cfg
            case "sampler_name":
                return self._own(value, picks.sampler, ranges.samplers)
            case "scheduler":
                plain = [name for name in ranges.schedulers if not name.endswith("Scheduler")] or ["simple"]
                return self._own(value, picks.scheduler if picks.scheduler in plain else plain[0], plain)
            case "shift" if ranges.shift is not None:
                return self._own_number(value, self.random.choice(ranges.shift), ranges.shift)
            case "guidance" if ranges.guidance is not None:
                return self._own_number(value, self._guidance(), ranges.guidance)
            case "width" | "height" | "target_width" | "target_height" | "x" | "y":
                return self._side(node, name, value)
        return value

    def _again_steps(self) -> int:
        kept = self.picks.wanted.wishes.fit(self.picks.main.alias).range_of(AGAIN)
        low, high = self.picks.range.steps if kept is None else kept
        return self.random.randint(math.ceil(low), max(math.ceil(low), math.floor(low + high) // 2))

    def _own_number(self, value: Value, other: float, between: tuple[float, float]) -> Value:
        fits = isinstance(value, int | float) and between[0] <= value <= between[1]
        return value if fits and self._keeps() else other

    def _own(self, value: Value, other: str, among: Sequence[str]) -> Value:
        return value if value in among and self._keeps() else other

    def _keeps(self) -> bool:
        free = not self.picks.cues & {"quick", "detailed"} and not self.picks.wanted.exact
        return free and self._chance(_OWN)

    def _text(self, index: int, name: str, value: Text) -> Text:
        if value.prompt:
            return self._prompt_text()
        if (index, name) in self.negatives:
            if not self.picks.negative:
                return Text(False)
            return self._negative_text(6 if self._tags() else 4)
        return Text(True)  # a second text of the same picture, as of a second encoder or sampling

    def _upscaler(self) -> str:
        area = self.picks.width * self.picks.height
        fitting = [
            file
            for file in self.installation.upscalers
            if area * (file.scale or UNKNOWN_SCALE) ** 2 <= self.picks.wanted.most_pixels
            and self.canvas.upscaler in (None, file.name)
        ]
        if not fitting:
            raise _DoesNotFit
        return self.random.choice(fitting).name

    # -- sizes -------------------------------------------------------------------------------------------------

    def _old_size(self) -> tuple[float, float]:
        """Return width and height of the base's first latent."""
        for node in self.old.nodes:
            cls = self.canvas.catalog.classes[node.class_type]
            given = dict(node.inputs)
            takes = any(
                not PICTURE_TYPES.isdisjoint(spec.types) and isinstance(given.get(spec.name), Link)
                for spec in cls.inputs
            )
            if size_rule(cls).kind == "set" and not takes:
                width, height = given.get("width"), given.get("height")
                if isinstance(width, int | float) and isinstance(height, int | float) and width and height:
                    return float(width), float(height)
        raise _DoesNotFit

    def _side(self, node: Node, name: str, value: Value) -> Value:
        """Return a side of the copy: that of the first latent where the base's was, or in the same proportion to it."""
        if not isinstance(value, int | float) or not value:
            return value
        tall = name.endswith("height") or name == "y"
        old, new = self.size[tall], (self.picks.width, self.picks.height)[tall]
        return new if value == old else max(64, round(value * new / old / 64) * 64)

    # -- the end -----------------------------------------------------------------------------------------------

    def _is_finish(self, index: int) -> bool:
        """Return whether the last sampling is followed by a decoder and the output alone."""
        rest = [node.class_type for node in self.old.nodes[index + 1 :]]
        return set(rest) <= {"VAEDecode", "VAEDecodeTiled", "VAELoader", "SaveImage"} and rest.count("SaveImage") == 1

    def _finish(self, index: int, node: Node, vae: Link) -> None:
        """Add the recipe's own stages after the last sampling."""
        guider = dict(node.inputs).get("guider")
        source = self.old.nodes[guider.node] if isinstance(guider, Link) else node
        given = {name: self._moved(value) for name, value in source.links()}
        positive = given.get("positive") or given.get("conditioning") or given.get("cond1")
        if positive is None or "model" not in given:
            raise _DoesNotFit
        pipeline = {"KSampler": "ksampler", "KSamplerAdvanced": "ksampler", "SamplerCustom": "custom"}.get(
            node.class_type, {"BasicGuider": "basic", "DualCFGGuider": "dual"}.get(source.class_type, "cfg")
        )
        stages = 0 if self.samplings > 1 and self.picks.stages == 1 else self.picks.stages
        wired = Wired(given["model"], vae, positive, given.get("negative", positive), pipeline)
        finish = Finish(self.canvas, self.installation, self.picks, wired, self.random, stages)
        finish.save(self.places[index, 0])


def _negative_texts(workflow: Workflow, catalog: Catalog) -> frozenset[tuple[int, str]]:
    """Return (node, input) of the texts that only reach inputs named "negative"."""
    reaches: list[set[str]] = [set() for _ in workflow.nodes]
    for index in reversed(range(len(workflow.nodes))):
        node = workflow.nodes[index]
        for name, link in node.links():
            if name in ("negative", "positive", "conditioning", "cond1", "cond2"):
                side = {"negative"} if name in ("negative", "cond2") else {"positive"}
                guides = node.class_type in SAMPLING_CLASSES or node.class_type.endswith("Guider")
                reaches[link.node] |= side if guides else reaches[index]
            elif not name.startswith(("model", "clip", "vae", "latent", "samples")):
                reaches[link.node] |= reaches[index]
    return frozenset(
        (index, slot.name)
        for index, node in enumerate(workflow.nodes)
        for slot in class_slots(catalog.classes[node.class_type])
        if is_text(slot.spec) and (reaches[index] == {"negative"} or slot.name.startswith("negative"))
    )
