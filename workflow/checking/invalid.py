"""Mend what ComfyUI refuses beside missing classes and files: values, links, and workflows that save nothing."""

from __future__ import annotations

import difflib
import math
from typing import Any

from ..api_format import is_link
from ..catalog.catalog import InputSpec
from ..families.lookup import FAMILIES
from ..problem import Problem
from ..saved_picture import ancestors
from ..script.accepted import accepts
from ..validate import validate
from .repair import Output, Repair

_ENOUGH_ALIKE = 0.6
_ANY = frozenset({"MODEL", "CLIP", "VAE"})
"""Types of which the last output in the graph is taken where several could be meant."""


def mend_invalid(repair: Repair) -> bool:
    """Mend values and links that ComfyUI would refuse, where it is clear how; return whether something changed."""
    if not repair.api:
        return False
    done = False
    for problem in validate(repair.api, repair.catalog):
        if problem.node_id is None:
            done = _saved(repair) or done
        elif problem.node_id in repair.api and problem.input is not None:
            done = _mend(repair, problem, problem.node_id, problem.input) or done
    return done


def _mend(repair: Repair, problem: Problem, key: str, name: str) -> bool:
    spec = repair.specs(key).get(name)
    if spec is None or (spec.folder and name in repair.inputs(key)) or spec.own_files or spec.remote:
        return False
    value = repair.inputs(key).get(name)
    if is_link(value) or (name not in repair.inputs(key) and not spec.widget) or spec.kind == "link":
        return _linked(repair, key, name, spec)
    better = _nearest(value, spec)
    if better is None or better == value:
        return False
    repair.set(key, name, better)
    shown = "nothing" if value is None else f"{value!r:.60}"
    repair.note(f"{name} {shown} -> {better}", f"{problem.class_type} takes no such value: {problem.message:.200}")
    return True


def _nearest(value: Any, spec: InputSpec) -> Any:
    """Return the value that an input accepts and that is nearest to one that it does not; None where there is none."""
    if spec.kind in ("combo", "dynamic_combo"):
        names = {str(option): option for option in spec.options[:5000]}
        alike = difflib.get_close_matches(str(value)[:100], names, n=1, cutoff=_ENOUGH_ALIKE)
        if alike and value is not None:
            return names[alike[0]]
        return spec.initial if spec.initial in spec.options else next(iter(spec.options), None)
    if spec.kind in ("int", "float"):
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            return spec.initial if accepts(spec, spec.initial) else None
        low = -math.inf if spec.minimum is None else spec.minimum
        high = math.inf if spec.maximum is None else spec.maximum
        number = min(max(number, low), high)
        return int(number) if spec.kind == "int" else number
    return spec.initial


def _linked(repair: Repair, key: str, name: str, spec: InputSpec) -> bool:
    """Link an input that needs a link, or whose link does not fit."""
    source = dict(repair.links(key)).get(name)
    found = _same_node(repair, source, spec) if source is not None else None
    found = found or _elsewhere(repair, key, name, spec)
    if found is None:
        if source is None or not repair._optional(key, name):
            return False
        del repair.inputs(key)[name]
        repair.note(
            f"{name} without a link", f"{repair.api[key]['class_type']} takes no {repair.type_of(source)} there"
        )
        return True
    if found == source:
        return False
    repair.link(key, name, found)
    what = repair.api[found[0]]["class_type"]
    repair.note(f"{name} linked to {what}", f"{repair.api[key]['class_type']} needs {' or '.join(spec.types)} there")
    return True


def _same_node(repair: Repair, source: Output, spec: InputSpec) -> Output | None:
    """Return another output of the node that is linked, of the type that is needed."""
    node_class = repair.class_of(source[0])
    outputs = node_class.outputs if node_class is not None else ()
    return next(((source[0], slot) for slot, kind in enumerate(outputs) if kind in spec.types), None)


def _elsewhere(repair: Repair, key: str, name: str, spec: InputSpec) -> Output | None:
    """Return the output of the workflow that an input is meant to be linked to; None where it is not clear."""
    behind = {other for other in repair.api if key in ancestors(repair.api, other)}
    found = [
        output
        for other in repair.api
        if other not in behind
        for kind in spec.types
        if kind != "*" and (output := repair.output(other, kind)) is not None
    ]
    ends = [output for output in found if not _changed_further(repair, output, behind)] or found
    if ends and (len(ends) == 1 or _ANY & set(spec.types)):
        return ends[-1]
    if "LATENT" in spec.types and not found:
        return _first_latent(repair)
    if "CONDITIONING" in spec.types and name == "negative":
        return _empty_text(repair, key)
    return None


def _changed_further(repair: Repair, output: Output, behind: set[str]) -> bool:
    """Return whether another node changes an output and passes it on, as a LoRA loader does with a model."""
    kind = repair.type_of(output)
    return any(
        slot == output[1] and consumer not in behind and repair.output(consumer, kind) is not None
        for consumer, _, slot in repair.consumers(output[0])
    )


def _first_latent(repair: Repair) -> Output | None:
    if not repair.has("EmptyLatentImage"):
        return None
    families = {
        family
        for key in repair.api
        for name, spec in repair.specs(key).items()
        if (file := repair.catalog.file(spec.folder, str(repair.inputs(key).get(name)))) is not None
        and file.role in ("checkpoint", "diffusion_model")
        for family in file.families
    }
    sides = {FAMILIES[family].native_side for family in families if family in FAMILIES}
    side = max((side for side in sides if side), default=1024)
    return repair.add("EmptyLatentImage", {"width": side, "height": side, "batch_size": 1}), 0


def _empty_text(repair: Repair, key: str) -> Output | None:
    """Return the conditioning of an empty text by the encoder of the positive prompt."""
    positive = dict(repair.links(key)).get("positive")
    clip = None if positive is None else repair.passed(positive[0], "CLIP")
    if clip is None or not repair.has("CLIPTextEncode"):
        return None
    return repair.add("CLIPTextEncode", {"text": "", "clip": list(clip)}), 0


def _saved(repair: Repair) -> bool:
    """Save the picture that no node takes, in a workflow that saves nothing."""
    if any((node_class := repair.class_of(key)) is None or node_class.output_node for key in repair.api):
        return False
    pictures = [output for key in repair.api if (output := repair.output(key, "IMAGE")) is not None]
    unused = [output for output in pictures if not repair.consumers(output[0])]
    if len(unused) != 1 or not repair.has("SaveImage"):
        return False
    repair.add("SaveImage", {"images": list(unused[0]), "filename_prefix": "ComfyUI"})
    repair.note("the picture is saved", "no node of the workflow saved or showed anything")
    return True
