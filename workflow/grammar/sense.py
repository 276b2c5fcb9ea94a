"""What makes sense at one state of a script: which of the choices that can be finished a person would make.

Everything here only takes choices away from those that the grammar could offer, and never the last one: where nothing
sensible is left, all are offered. So no state loses its way to the end, and `node_budget.py` needs to know of none of
these rules. What a rule needs later, such as the sampling that a denoise below 1 goes on from, is paid for when the
rule comes to apply (`Sense.may_continue`), so that the sensible choice is still affordable then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from ..catalog.catalog import InputSpec, NodeClass
from ..graph import Link, Text, Value
from ..script.builder import BEING_WRITTEN, Frame, Output
from ..script.phrases import PHRASES
from ..script.slots import Slot
from ..script.values import EMPTY, PROMPT, STYLED
from ..sense.patches import GUIDANCE_PATCH, MOST_PATCHES, PATCHED_TYPES, patch_kind, patched_type
from ..sense.phrases import FAULTS, QUALITY
from ..sense.roles import GUIDED_BY, MOST_SAMPLINGS, encodes, is_empty_latent, needs, samples, side_of, zeroes
from .budget_tracking import BudgetTrackingBuilder
from .family_scope import PART_FOLDERS, file_inputs
from .producers import MAIN, Producer
from .size_rules import PICTURE_TYPES, size_rule

_Result = TypeVar("_Result")
MOST_FILTERS = 2
"""The most nodes in a row that change a picture and keep its size."""
MOST_LORAS = 4
"""The most LoRAs of a workflow, required loaders aside."""
RESTRICTED = frozenset(
    {"denoise", "cfg", "start_at_step", "end_at_step", "add_noise", "return_with_leftover_noise"}
)  # fmt: skip
"""Settings whose values depend on what makes sense."""
_LAST = frozenset({"ImageScale", "ImageScaleBy"})
"""Classes that, where they are required, make the picture that is saved."""
_MOST_PATCHES = MOST_PATCHES | {"MODEL": 2}
"""The most patches that are written in one chain: of a model, its schedule and one more."""
_CUSTOM_SAMPLING = 5
"""Number of nodes that a sampling made of parts takes, at most."""
_RESIZES = frozenset({"set", "scale", "model", "megapixels", "longest", "grow", "cut"})


@dataclass(frozen=True, slots=True)
class _Changes:
    """How many nodes change a picture.

    Attributes:
        filters: those that keep its size.
        resizings: those that do not.
    """

    filters: int
    resizings: int


@lru_cache(maxsize=16384)
def _types(node_class: NodeClass) -> frozenset[str]:
    """Return the types of the class's links, without those that it may do without by growing none."""
    return frozenset(kind for spec in node_class.inputs if not spec.widget and needs(spec) for kind in spec.types)


@lru_cache(maxsize=16384)
def _loads_lora(node_class: NodeClass) -> bool:
    return any(spec.folder == "loras" for spec in node_class.inputs)


@lru_cache(maxsize=16384)
def joins(node_class: NodeClass, kind: str) -> bool:
    """Return whether a class joins two of a type into one."""
    return kind in node_class.outputs and sum(kind in spec.types for spec in node_class.inputs) > 1


@lru_cache(maxsize=16384)
def continues(node_class: NodeClass) -> bool:
    """Return whether a class hands a sampling the picture that it goes on from: it makes a latent of another one."""
    return "LATENT" in node_class.outputs and not samples(node_class) and not is_empty_latent(node_class)


class Sense:
    """What makes sense at the current state.

    Args:
        state: the state, which changes with every choice.
    """

    def __init__(self, state: BudgetTrackingBuilder) -> None:
        self._state = state
        self.slack = 0
        """Number of nodes that are left beside those that finishing takes."""
        self.due = False
        """Whether a required class comes next."""
        self._known: dict[object, Any] = {}  # what holds until the next choice

    def forget(self) -> None:
        """Forget what was true of the state before a choice was made."""
        self._known.clear()

    def _once(self, key: object, find: Callable[[], _Result]) -> _Result:
        """Return what `find` returns, which is called once between two choices."""
        if key not in self._known:
            self._known[key] = find()
        result: _Result = self._known[key]
        return result

    # -- nodes, finished or open -------------------------------------------------------------------------------

    def _node(self, index: int) -> tuple[NodeClass | None, dict[str, Value | Link]]:
        """Return class and inputs of a finished node, or of one that is complete but still open."""
        state = self._state
        if index < len(state.nodes):
            node = state.nodes[index]
            return state.catalog.classes.get(node.class_type), dict(node.inputs)
        position = len(state.stack) - 1 - (index - len(state.nodes))
        frame = state.stack[position]
        below = Link(index - 1, state.stack[position + 1].output_slot) if position + 1 < len(state.stack) else None
        values = {
            name: below if value == BEING_WRITTEN and below is not None else value
            for name, value in frame.values.items()
        }
        return frame.node_class, values

    def _own(self, frame: Frame) -> dict[str, Value | Link]:
        """Return the inputs of an open node, with the link of a complete node that fills one of them."""
        return self._node(len(self._state.nodes) + len(self._state.stack) - 1 - self._state.stack.index(frame))[1]

    def _there(self) -> range:
        """Return the indices of the nodes that are finished, or complete but still open."""
        frame = self._state.link_frame()
        complete = len(self._state.stack) - 1 - self._state.stack.index(frame) if frame is not None else 0
        return range(len(self._state.nodes) + complete)

    def _links(self, index: int, kind: str) -> Iterator[tuple[str, Link]]:
        """Yield name and link of the inputs of a node that a type comes in by."""
        for name, value in self._node(index)[1].items():
            if isinstance(value, Link) and value.node >= 0:
                source = self._node(value.node)[0]
                if source is not None and value.slot < len(source.outputs) and source.outputs[value.slot] == kind:
                    yield name, value

    def _above(self, index: int, kind: str) -> list[int]:
        """Return a node and those above it along links of one type."""
        found = [index]
        for current in found:
            found.extend(link.node for _, link in self._links(current, kind) if link.node not in found)
        return found

    def _number(self, frame: Frame, name: str) -> float | None:
        return self._state.number(frame, name) if any(slot.name == name for slot in frame.slots) else None

    # -- samplings ---------------------------------------------------------------------------------------------

    def _samplings_left(self) -> int:
        """Return how many samplings may still be added, those that are required aside."""
        return self._once("samplings left", self._count_samplings_left)

    def _count_samplings_left(self) -> int:
        state = self._state
        classes = [state.catalog.classes.get(node.class_type) for node in state.nodes]
        classes += [frame.node_class for frame in state.stack]
        taken = sum(node_class is not None and samples(node_class) for node_class in classes)
        most = state.scope.constraints.wishes.most_samplings or MOST_SAMPLINGS
        return most - taken - sum(samples(node_class) for node_class in self._pending())

    def may_continue(self, more: int = 0) -> bool:
        """Return whether a sampling may go on from another one, for which there must be nodes left, and `more`.

        Where classes are required, only they bring in a second sampling, which would cost more nodes than they do.
        """
        if self._state.scope.constraints.required and not self.wants_content():
            return False
        return self._samplings_left() > 0 and self.slack > self._sampling_cost() + self._lacks_negative() + more

    def reserved(self) -> int:
        """Return how many nodes open links need beyond the fewest that would fill them."""
        state, next_frame = self._state, self._state.link_frame()
        count = 0
        for frame in state.stack:
            node_class, slot = frame.node_class, frame.next_link()
            if node_class is None or slot is None or not frame.linking and samples(node_class):
                continue
            waiting = [one for one in frame.slots if one.role == "link" and one.name not in frame.values]
            if frame is next_frame:
                waiting = waiting[1:]
            if samples(node_class) and any("SIGMAS" in one.spec.types for one in waiting):
                count += self._only_cut_schedules()  # a schedule of its own
            if samples(node_class) and self._partial(frame):
                count += self._sampling_cost() * any("LATENT" in one.spec.types for one in waiting)
            elif "SIGMAS" in node_class.outputs and (self._number(frame, "denoise") or 1) < 1:
                count += self._sampling_cost()  # for the sampling that the schedule is of
            elif joins(node_class, "CONDITIONING"):
                count += sum("CONDITIONING" in one.spec.types for one in waiting)
            if any("negative" in one.name for one in waiting) and self._guidance(frame) > 1:
                count += self._lacks_negative()
        return count

    def _lacks_negative(self) -> bool:
        """Return whether no conditioning that is there may stand for a negative prompt, so that a new text must."""
        return self._once("lacks negative", lambda: not any(map(self._may_be_negative, self._conditionings())))

    def _conditionings(self) -> list[Output]:
        return list(self._state.candidates(("CONDITIONING",)))

    def _may_be_negative(self, output: Output) -> bool:
        if self._is_own_negative(output):
            return True
        zeroed, prompt, _ = self._texts(output)
        return not zeroed and not prompt and self._phrases_above(output).isdisjoint(QUALITY)

    def _is_own_negative(self, output: Output) -> bool:
        """Return whether a node that encodes both texts makes this output of the negative one."""
        node_class, _ = self._node(output.node)
        if node_class is None:
            return False
        first = "CONDITIONING" in node_class.outputs[: output.slot] and output.type == "CONDITIONING"
        return first and any(spec.kind == "string" and "negative" in spec.name for spec in node_class.inputs)

    def reserved_here(self, frame: Frame, slot: Slot) -> int:
        """Return how many nodes the next link needs beyond the fewest: a picture takes a sampling to show something.

        While the main model is still to come, a sampling is counted anyway.
        """
        consumer = frame.node_class
        pictures = PICTURE_TYPES - {"MASK"}
        if self._state.pending & MAIN or consumer is None or pictures.isdisjoint(slot.spec.types):
            return 0
        if self._encodes_nothing(frame):
            return 0
        if samples(consumer) and not self._partial(frame):
            return 0
        return self._sampling_cost() + self._lacks_negative()

    def _sampling_cost(self) -> int:
        """Return how many nodes a sampling takes in place of an empty latent, at most."""
        costs = self._state.costs
        table = costs.by_type.get("LATENT", ())
        least = min((cost[0] for producer, cost in table if samples(producer.node_class)), default=99)
        return least - costs.for_types(("LATENT",))[0]

    def _partial(self, frame: Frame) -> bool:
        """Return whether a sampling keeps a part of its latent. Its settings and the links before it are known."""
        denoise, start = self._number(frame, "denoise"), self._number(frame, "start_at_step")
        if denoise is not None and denoise < 1 or start is not None and start > 0:
            return True
        return self._cut(self._own(frame).get("sigmas"))

    def _only_cut_schedules(self) -> bool:
        """Return whether all schedules that are there are cut, so that a whole sampling needs a new one."""
        return bool(self._state.candidates(("SIGMAS",))) and not self._has_whole_schedule()

    def _cut(self, link: Value | Link | None) -> bool:
        """Return whether a schedule is cut, so that a sampling with it starts late."""
        while isinstance(link, Link) and link.node >= 0:
            node_class, values = self._node(link.node)
            value = values.get("denoise")
            if isinstance(value, int | float) and value < 1:
                return True
            if node_class is None or (node_class.name.startswith("SplitSigmas") and link.slot == 1):
                return True
            link = values.get("sigmas")
        return False

    def _has_content(self, index: int) -> bool:
        """Return whether a picture or latent shows something: a sampling lies above it."""
        node_class, values = self._node(index)
        if node_class is None or samples(node_class):
            return True
        sources = [
            link.node
            for link in values.values()
            if isinstance(link, Link) and link.node >= 0 and self._is_picture(link)
        ]
        return any(self._has_content(source) for source in sources)

    def _is_picture(self, link: Link) -> bool:
        source = self._node(link.node)[0]
        return source is None or source.outputs[link.slot] in PICTURE_TYPES or bool(source.output_matches[link.slot])

    # -- what is still to come -----------------------------------------------------------------------------------

    def _pending(self) -> list[NodeClass]:
        """Return the required classes that are still to come."""
        if not self._state.pending >> 2:
            return []
        state = self._state
        required = state.scope.constraints.required
        return [
            state.catalog.classes[name]
            for index, name in enumerate(required)
            if state.pending >> 2 >> index & 1 and name in state.catalog.classes
        ]

    def wants_content(self) -> bool:
        """Return whether a required class needs a sampling that goes on from a picture."""
        return any(continues(node_class) for node_class in self._pending())

    # -- settings ----------------------------------------------------------------------------------------------

    def values(self, frame: Frame, slot: Slot, choices: tuple[str, ...]) -> tuple[str, ...]:
        """Return the values of a setting that make sense, its default included if it does."""
        node_class = frame.node_class
        assert node_class is not None
        match slot.name:
            case "denoise":
                return self._denoise(node_class, choices)
            case "cfg" if any(zeroes(pending) for pending in self._pending()):
                return tuple(choice for choice in choices if float(choice) == 1)
            case "start_at_step":
                steps = self._number(frame, "steps") or 20
                late = tuple(choice for choice in choices if 0 < float(choice) <= 0.8 * steps)
                if not self.may_continue():
                    return ("0",)
                return late if self.wants_content() else ("0", *late)
            case "end_at_step" | "add_noise" | "return_with_leftover_noise":
                return (self._state.scope.default(slot.spec),)
        return choices

    def _denoise(self, node_class: NodeClass, choices: tuple[str, ...]) -> tuple[str, ...]:
        """Return the values of denoise: below 1 only where there is room for what it goes on from."""
        least, most = self._state.scope.constraints.wishes.denoise or (0.1, 0.94)
        part = tuple(choice for choice in choices if least <= float(choice) <= most)
        if "SIGMAS" in _types(node_class):  # it cuts a schedule, and is there for nothing else
            return part
        if not self.may_continue():
            return tuple(choice for choice in choices if float(choice) == 1)
        return part if self.wants_content() else (*part, *(choice for choice in choices if float(choice) == 1))

    def factors(self, frame: Frame, choices: tuple[str, ...]) -> tuple[str, ...]:
        """Return the sizes that make sense: a factor below 1 only where a model upscaler's picture comes before it."""
        assert frame.node_class is not None
        if size_rule(frame.node_class).kind != "scale":
            return choices
        wished = self._state.scope.constraints.wishes.factor
        if wished is not None and frame.class_type in self._state.scope.constraints.required:
            return tuple(choice for choice in choices if float(choice) == wished) or choices
        smaller = tuple(choice for choice in choices if float(choice) < 1)
        if self._must_shrink() and smaller:
            return smaller
        larger = tuple(choice for choice in choices if float(choice) > 1)
        return choices if self._may_shrink(frame) or not larger else larger

    def _may_shrink(self, frame: Frame) -> bool:
        """Return whether there is room for a model upscaler, its loader and a picture, and there are such models."""
        if frame.class_type in self._state.scope.constraints.required:
            return False
        slot = frame.next_link()
        reserved = self.reserved_here(frame, slot) if slot is not None else 0
        table = self._state.costs.by_type.get("IMAGE", ())
        upscalers = (producer for producer, _ in table if size_rule(producer.node_class).kind == "model")
        return self.slack >= 2 + reserved and any(True for _ in upscalers)

    def _must_shrink(self) -> bool:
        """Return whether a required upscaler is still to come whose picture must be scaled down."""
        scope = self._state.scope
        needed = [scope.carriers.get(node_class.name, node_class) for node_class in self._pending()]
        return any(scope.sizes.needs_shrinking(node_class) for node_class in needed)

    def files(self, frame: Frame, slot: Slot, choices: tuple[str, ...]) -> tuple[str, ...]:
        """Return the files that make sense: each LoRA once, and upscalers that are not undone."""
        if slot.spec.folder in PART_FOLDERS:
            return choices  # of which the budget takes care
        used = self._used(slot.spec.folder)
        kept = tuple(choice for choice in choices if choice not in used)
        wished = self._wished_files(slot.spec.folder)
        kept = tuple(choice for choice in kept if choice in wished) or kept
        if slot.spec.folder == "upscale_models":
            factor = self._shrinking(frame)
            files = {choice: self._state.catalog.by_alias(choice) for choice in kept}
            kept = tuple(choice for choice, file in files.items() if file is None or (file.scale or 4) * factor > 1)
        return kept or choices

    def _used(self, folder: str | None) -> frozenset[str]:
        """Return the aliases of the files of a folder that are loaded already."""
        return self._once(("used", folder), lambda: self._loaded(folder))

    def _loaded(self, folder: str | None) -> frozenset[str]:
        catalog = self._state.catalog
        nodes = [(node.class_type, dict(node.inputs)) for node in self._state.nodes]
        nodes += [(frame.class_type, frame.values) for frame in self._state.stack]
        files = (
            catalog.file(folder, str(values[spec.name]))
            for name, values in nodes
            for spec in (catalog.classes[name].inputs if name in catalog.classes else ())
            if spec.folder == folder and spec.name in values
        )
        return frozenset(file.alias for file in files if file is not None)

    def _wished_files(self, folder: str | None) -> frozenset[str]:
        """Return the aliases of the files of a folder that are asked for."""
        wishes = self._state.scope.constraints.wishes
        if folder == "loras":
            return frozenset(alias for alias, _ in (*wishes.loras, *self._state.fit.loras))
        return wishes.upscalers if folder == "upscale_models" else frozenset()

    def _is_wished(self, alias: str) -> bool:
        """Return whether a LoRA is asked for, or none is and any may be used."""
        wished = self._wished_files("loras")
        return alias in wished if wished else not self._state.scope.constraints.wishes.only_loras

    def _open_loras(self) -> frozenset[str]:
        """Return the aliases of the LoRAs that are asked for and not loaded yet."""
        wished = self._wished_files("loras")
        return wished - self._used("loras") if wished else wished

    def _shrinking(self, frame: Frame | None) -> float:
        """Return the factor by which the picture is scaled right after the upscaler that a frame belongs to."""
        while frame is not None and frame.node_class is not None:
            rule = size_rule(frame.node_class)
            if rule.kind == "scale":
                return self._state.number(frame, rule.inputs[0])
            if rule.kind != "model" and "UPSCALE_MODEL" not in frame.node_class.outputs:
                break
            frame = frame.parent
        return 1.0

    # -- texts -------------------------------------------------------------------------------------------------

    def _side(self, frame: Frame | None, name: str) -> tuple[str, float]:
        """Return the side on which a text or conditioning stands, and the guidance there.

        Args:
            frame: the node that takes it.
            name: its input there.

        Returns:
            "positive", "negative", "zeroed", or "part" for what is joined with one that holds the prompt; and cfg,
            infinite where none is set.
        """
        joined = False
        while frame is not None and frame.node_class is not None:
            if zeroes(frame.node_class):
                return "zeroed", 1.0
            if "negative" in name or name == "cond2":  # the second guidance of DualCFGGuider
                return "negative", self._guidance(frame)
            if "positive" in name or "CONDITIONING" not in frame.node_class.outputs:
                break
            joined = joined or _has_other_part(frame, name)
            name, frame = frame.parent_input or "", frame.parent
        return ("part" if joined else "positive"), float("inf")

    def _guidance(self, frame: Frame | None) -> float:
        """Return the cfg of the nearest node that has one, infinity where there is none."""
        while frame is not None:
            values = [value for name in GUIDED_BY if (value := self._number(frame, name)) is not None]
            if values:
                return max(values)
            frame = frame.parent
        return float("inf")

    def _text_side(self, frame: Frame, slot: Slot) -> tuple[str, float]:
        if "negative" in slot.name:
            return "negative", self._guidance(frame)
        return self._side(frame.parent, frame.parent_input or "")

    def texts(self, frame: Frame, slot: Slot, heads: tuple[str, ...]) -> tuple[str, ...]:
        """Return the beginnings of a text that make sense where it stands."""
        side, cfg = self._text_side(frame, slot)
        unfit = self._unfit_phrases(side)
        kept: tuple[str, ...]
        match side:
            case "negative" if cfg <= 1:
                kept = (EMPTY,)
            case "negative":
                kept = tuple(head for head in heads if head not in (PROMPT, STYLED) and head not in unfit)
            case "zeroed":
                kept = (EMPTY,)
            case "part":
                kept = tuple(head for head in heads if head != EMPTY and head not in unfit)
            case _:
                kept = (PROMPT, STYLED)
        return tuple(head for head in kept if head in heads) or heads

    def phrases(self, frame: Frame, slot: Slot) -> frozenset[str]:
        """Return the phrases, as written, that do not belong into the text being written."""
        return self._unfit_phrases(self._text_side(frame, slot)[0])

    def _unfit_phrases(self, side: str) -> frozenset[str]:
        """Return the phrases, as written, that do not belong on a side."""
        unfit = self._state.scope.constraints.wishes.unfit_phrases
        if side == "negative":
            return _UNFIT_NEGATIVE | _written(unfit[1])
        return _UNFIT_POSITIVE | _written(unfit[0])

    # -- links -------------------------------------------------------------------------------------------------

    def least_bad(self, producers: list[Producer]) -> list[Producer]:
        """Return the ways to fill a link where none makes sense: without one sampling too many, if possible."""
        if self._samplings_left() > 0:
            return producers
        kept = [one for one in producers if not samples(one.node_class) and "LATENT" not in _types(one.node_class)]
        return kept or [one for one in producers if not samples(one.node_class)] or producers

    def sensible(self, frame: Frame, slot: Slot, producers: list[Producer]) -> list[Producer]:
        """Return the ways to fill the next link that make sense."""
        kept = [producer for producer in producers if self._allowed(producer, frame, slot)]
        required = {node_class.name for node_class in self._pending()}
        due = [producer for producer in kept if self._leads_to(producer.node_class, required)] if required else []
        # What scales a model upscaler's picture follows it, so it is written before.
        due = [producer for producer in due if producer.node_class.name in _LAST] or due
        kept = [producer for producer in kept if self._takes_wishes(producer)] or kept
        due = due or self._wished_loaders(kept)
        self.due = bool(due)
        return due or kept

    def _takes_wishes(self, producer: Producer) -> bool:
        """Return whether what prepares a sampling has the inputs in which something is asked for."""
        wishes, fit = self._state.scope.constraints.wishes, self._state.fit
        names = {spec.name for spec in producer.node_class.inputs}
        if producer.type == "SAMPLER" and fit.samplers and "sampler_name" not in names:
            return False
        unnamed = "scheduler" not in names and producer.node_class.name not in fit.schedulers
        if producer.type == "SIGMAS" and fit.schedulers and unnamed:
            return "SIGMAS" in _types(producer.node_class)  # which cuts a schedule
        needed: dict[str, dict[str, object]] = {
            "SAMPLER": {"sampler_name": wishes.sampler},
            "SIGMAS": {"scheduler": wishes.scheduler, "steps": wishes.steps},
            "GUIDER": {"cfg": None if fit.guided else wishes.cfg},
        }
        asked = needed.get(producer.type, {})
        return all(value is None or name in names for name, value in asked.items())

    def _wished_loaders(self, producers: list[Producer]) -> list[Producer]:
        """Return the loaders of LoRAs where one that is asked for comes next, of the text encoder too if possible."""
        if not self._open_loras():
            return []
        loaders = [one for one in producers if one.type == "MODEL" and _loads_lora(one.node_class)]
        waiting = self._pending()
        loaders = [one for one in loaders if one.node_class in waiting] or loaders
        both = [
            one
            for one in loaders
            if "CLIP" in one.node_class.outputs and one.links and one.node_class.name == "LoraLoader"
        ]
        return both or [one for one in loaders if "CLIP" not in one.node_class.outputs] or loaders

    def _allowed(self, producer: Producer, frame: Frame, slot: Slot) -> bool:
        node_class, kind = producer.node_class, producer.type
        if kind in PATCHED_TYPES and not self._patch_fits(node_class, kind, frame):
            return False
        if kind in ("MODEL", "CLIP") and joins(node_class, kind):
            return node_class in self._pending()  # there is one model, which makes no sense to merge with itself
        if self._comes_late(node_class, kind):
            return node_class in self._pending()
        if file_inputs(node_class) and not self._file_left(node_class):
            return False
        if kind == "UPSCALE_MODEL" and self._state.candidates((kind,)):
            return node_class in self._pending()
        match kind:
            case "CONDITIONING":
                return self._conditioning_fits(node_class, frame, slot)
            case "LATENT":
                return self._latent_fits(node_class, frame)
            case "IMAGE":
                return self._image_fits(node_class, frame, slot)
            case "SIGMAS":
                return self._sigmas_fit(producer)
            case "GUIDER" if any(zeroes(pending) for pending in self._pending()):
                return {"cfg", "negative"} <= {spec.name for spec in node_class.inputs}
            case "NOISE":
                return "DisableNoise" not in node_class.name or node_class in self._pending()
        return True

    def _comes_late(self, node_class: NodeClass, kind: str) -> bool:
        """Return whether a class would change the model after it has been used as it is.

        All samplings use the model as the first one does, and a LoRA is put on both model and text encoder.
        """
        if kind == "MODEL":
            return "MODEL" in _types(node_class) and bool(self._state.candidates((kind,)))
        return kind == "CLIP" and "MODEL" in _types(node_class)

    def _is_head(self, output: Output) -> bool:
        """Return whether no finished node changes this model, so that it is the one that all samplings use."""
        given = Link(output.node, output.slot)
        return not any(
            node_class is not None and "MODEL" in node_class.outputs and given in values.values()
            for index in self._there()
            for node_class, values in [self._node(index)]
        )

    def _patch_fits(self, node_class: NodeClass, kind: str, frame: Frame) -> bool:
        """Return whether a patch is of another kind than those that follow it, and not one too many."""
        own = patch_kind(node_class)
        if own is None or patched_type(node_class) != kind:
            return True
        following = self._following(frame, kind)
        if own in following or len(following) >= _MOST_PATCHES[kind]:
            return False
        if kind != "CONDITIONING" and not self._has_unpatched(kind, own, _MOST_PATCHES[kind] - len(following)):
            return False
        waiting = self._pending()
        unread = kind == "MODEL" and GUIDANCE_PATCH.match(node_class.name) and self._guidance(frame) <= 1
        if unread and node_class not in waiting:
            return False
        return node_class in waiting or all(patch_kind(other) != own for other in waiting)

    def _has_unpatched(self, kind: str, own: str, room: int) -> bool:
        """Return whether a patch of a kind may be put on something: on what is there already, or on what comes new."""
        kinds = self._once(("kinds", kind), lambda: self._kinds_there(kind))
        return not kinds or any(own not in found and len(found) < room for found in kinds)

    def _kinds_there(self, kind: str) -> list[list[str]]:
        """Return the kinds of the patches that each output of a type has been through that no LoRA has been put on."""
        there = [output for output in self._state.candidates((kind,)) if not self._has_lora_after(output)]
        return [self._patches_above(output) for output in there]

    def _patches_above(self, output: Output) -> list[str]:
        """Return the kinds of the patches that an output has been through."""
        return [
            own
            for index in self._above(output.node, output.type)
            if (found := self._node(index)[0]) is not None
            and patched_type(found) == output.type
            and (own := patch_kind(found)) is not None
        ]

    def _following(self, frame: Frame | None, kind: str) -> list[str]:
        """Return the kinds of the patches of a type that follow what fills the next link."""
        return self._once(("following", id(frame), kind), lambda: self._kinds_after(frame, kind))

    @staticmethod
    def _kinds_after(frame: Frame | None, kind: str) -> list[str]:
        found = []
        while frame is not None and frame.node_class is not None and kind in frame.node_class.outputs:
            own = patch_kind(frame.node_class)
            if own is not None and patched_type(frame.node_class) == kind:
                found.append(own)
            frame = frame.parent
        return found

    def _file_left(self, node_class: NodeClass) -> bool:
        """Return whether a file is left for each input of a loader that is not loaded yet."""
        if _loads_lora(node_class) and node_class not in self._pending() and len(self._used("loras")) >= MOST_LORAS:
            return False
        waiting = [spec.folder for pending in self._pending() for spec in file_inputs(pending)]
        return all(
            self._files_left(spec) > (waiting.count(spec.folder) if node_class not in self._pending() else 0)
            for spec in file_inputs(node_class)
        )

    def _files_left(self, spec: InputSpec) -> int:
        """Return how many files that make sense in an input are not loaded yet."""
        return sum(
            alias not in self._used(spec.folder)
            for alias in self._state.scope.choices(spec)
            if spec.folder != "loras" or self._is_wished(alias)
        )

    def _conditioning_fits(self, node_class: NodeClass, frame: Frame, slot: Slot) -> bool:
        side, cfg = self._side(frame, slot.name)
        if zeroes(node_class):
            return side == "negative" and cfg <= 1 and "CONDITIONING" not in _outputs(frame)
        if side == "zeroed":
            return not self._state.candidates(("CONDITIONING",))
        if side == "negative" and cfg <= 1:
            return "CONDITIONING" not in _types(node_class)
        if not PICTURE_TYPES.isdisjoint(_types(node_class)) and node_class not in self._pending():
            return False  # there is no picture to go by
        if joins(node_class, "CONDITIONING"):  # two texts are enough
            waiting = self._pending()
            return side == "positive" and (node_class in waiting or not any(map(zeroes, waiting)))
        return True

    def _latent_fits(self, node_class: NodeClass, frame: Frame) -> bool:
        consumer = frame.node_class
        assert consumer is not None
        sampled = samples(consumer)
        if sampled and not self._partial(frame):
            return is_empty_latent(node_class) or (encodes(node_class) and not self._has_empty_latents())
        if is_empty_latent(node_class):
            return False
        if samples(node_class):
            if node_class in self._pending():
                return True
            # A schedule of its own, and what else comes with it, for which the others' may not do.
            short = "SIGMAS" in _types(node_class) and self.slack < _CUSTOM_SAMPLING
            return self._samplings_left() > 0 and not short
        if node_class in self._pending():
            return sampled
        # A picture is encoded, and a latent enlarged, only for a sampling that goes on from it.
        resizes = size_rule(node_class).kind in ("scale", "set")
        return sampled and "CONDITIONING" not in node_class.outputs and ("LATENT" not in _types(node_class) or resizes)

    def _has_empty_latents(self) -> bool:
        """Return whether a class makes latents of nothing; where none does, a plain picture is encoded instead."""
        table = self._state.costs.by_type.get("LATENT", ())
        return any(is_empty_latent(producer.node_class) for producer, _ in table)

    def _encodes_nothing(self, frame: Frame) -> bool:
        """Return whether a node encodes a plain picture for a sampling that keeps no part of it."""
        node_class, below = frame.node_class, frame.parent
        if node_class is None or below is None or below.node_class is None or not encodes(node_class):
            return False
        return samples(below.node_class) and not self._partial(below)

    def _image_fits(self, node_class: NodeClass, frame: Frame, slot: Slot) -> bool:
        consumer = frame.node_class
        assert consumer is not None
        if self._encodes_nothing(frame):
            return PICTURE_TYPES.isdisjoint(_types(node_class)) and not any(node_class.output_matches)
        if PICTURE_TYPES.isdisjoint(_types(node_class)) and not any(node_class.output_matches):
            return node_class in self._pending()  # a picture of nothing
        if "LATENT" in _types(node_class) and self._samplings_left() <= 0 and not self._has_latent(frame, slot):
            return node_class in self._pending()
        if "IMAGE" not in _types(node_class) and not any(node_class.output_matches) and "MASK" in _types(node_class):
            return node_class in self._pending()  # a mask is no picture
        below, above = size_rule(consumer), size_rule(node_class)
        shrinks = below.kind == "scale" and self._shrinking(frame) < 1
        if consumer.name in self._state.scope.constraints.required and above.kind in _RESIZES and not shrinks:
            # A required node is there for itself.
            return self._leads_to(node_class, {one.name for one in self._pending()})
        if "IMAGE" not in consumer.outputs:
            return True
        if shrinks:
            return above.kind == "model"
        changes = self._changes_of_picture(frame)
        if above.kind == "model":
            return changes.resizings == (below.kind in ("set", "megapixels", "longest"))
        if above.kind in _RESIZES:
            return not changes.resizings
        return "IMAGE" not in _types(node_class) or changes.filters < MOST_FILTERS or node_class in self._pending()

    def _changes_of_picture(self, frame: Frame | None) -> _Changes:
        """Return what changes the picture that fills the next link, up to where it is saved or encoded."""
        filters = resizings = 0
        while frame is not None and frame.node_class is not None and "IMAGE" in frame.node_class.outputs:
            if "IMAGE" not in _types(frame.node_class) and not any(frame.node_class.output_matches):
                break
            resizes = size_rule(frame.node_class).kind in _RESIZES
            filters, resizings = filters + (not resizes), resizings + resizes
            frame = frame.parent
        return _Changes(filters, resizings)

    def _has_latent(self, frame: Frame, slot: Slot) -> bool:
        """Return whether a finished node returns the latent of a sampling, of a size that fits the next link."""
        limits = self._state.limits_of(frame, slot)
        return any(
            self._has_content(output.node) and self._state.usable(output, frame, limits)
            for output in self._state.candidates(("LATENT",))
        )

    def _sigmas_fit(self, producer: Producer) -> bool:
        node_class = producer.node_class
        if node_class in self._pending():
            late = node_class.name.startswith("SplitSigmas") and producer.slot == 1
            return not late or self.may_continue()
        cuts = "SIGMAS" in _types(node_class)
        if cuts and not (node_class.name == "SplitSigmasDenoise" and producer.slot == 1):
            return False
        if cuts and not self.may_continue(1 + (not self._has_whole_schedule())):  # itself, and what it cuts
            return False
        return cuts or not self.wants_content() or any(spec.name == "denoise" for spec in node_class.inputs)

    def _has_whole_schedule(self) -> bool:
        """Return whether a schedule that is there is not cut."""
        there = self._state.candidates(("SIGMAS",))
        return any(not self._cut(Link(output.node, output.slot)) for output in there)

    def _leads_to(self, node_class: NodeClass, required: set[str]) -> bool:
        """Return whether a class is required, or leads to a required one that no link of an ordinary type takes."""
        return node_class.name in required or node_class.name in self._state.scope.leading(frozenset(required))

    def linkable(self, output: Output, frame: Frame, slot: Slot) -> bool:
        """Return whether a finished output makes sense in the next link."""
        kind = output.type
        consumer = frame.node_class
        assert consumer is not None
        if kind == "LATENT" and "LATENT" in slot.spec.types:
            empty = samples(consumer) and not self._partial(frame)
            return self._has_content(output.node) != empty
        if kind == "IMAGE" and self._encodes_nothing(frame):
            return not self._has_content(output.node)
        if kind == "IMAGE" and size_rule(consumer).kind == "scale" and self._shrinking(frame) < 1:
            source = self._node(output.node)[0]
            return source is None or size_rule(source).kind == "model" and self._stays_enlarged(output.node, frame)
        if kind == "SIGMAS":
            return self.may_continue() or not self._cut(Link(output.node, output.slot))
        if kind not in PATCHED_TYPES:
            return kind != "UPSCALE_MODEL" or self._is_enlarging(output, frame)
        given = Link(output.node, output.slot)
        if joins(consumer, kind) and given in self._own(frame).values():
            return False
        following = self._following(frame, kind)
        above = self._patches_above(output)
        if not set(following).isdisjoint(above) or len(following) + len(above) > _MOST_PATCHES[kind]:
            return False
        if kind == "CONDITIONING":
            return self._conditioning_linkable(output, frame, slot)
        if kind == "MODEL" and not self._is_head(output):
            return False
        return not self._has_lora_after(output)

    def _stays_enlarged(self, index: int, frame: Frame) -> bool:
        """Return whether the picture of an upscaler is still larger when the next node has scaled it down."""
        links = [link for _, link in self._links(index, "UPSCALE_MODEL")]
        return all(self._is_enlarging(Output(link.node, link.slot, "UPSCALE_MODEL"), frame) for link in links)

    def _is_enlarging(self, output: Output, frame: Frame) -> bool:
        _, values = self._node(output.node)
        files = [self._state.catalog.file("upscale_models", str(value)) for value in values.values()]
        factor = self._shrinking(frame)
        return all((file.scale or 4) * factor > 1 for file in files if file is not None)

    def _has_lora_after(self, output: Output) -> bool:
        """Return whether a LoRA has been put on this output, which is then meant for all that follows."""
        return any(
            index != output.node
            and node_class is not None
            and _loads_lora(node_class)
            and output.type in node_class.outputs
            and output.node in self._above(index, output.type)
            for index in self._there()
            for node_class in [self._node(index)[0]]
        )

    def _conditioning_linkable(self, output: Output, frame: Frame, slot: Slot) -> bool:
        side, cfg = self._side(frame, slot.name)
        zeroed, prompt, text = self._texts(output)
        if side == "negative":
            # Without guidance it is not read, so that the positive one may stand in for it.
            stands_in = prompt and self._is_in_positive(output, frame)
            unread = zeroed or not text or stands_in or self._is_own_negative(output)
            return unread if cfg <= 1 else self._may_be_negative(output)
        return prompt and not zeroed if side in ("positive", "part") else not zeroed

    def _phrases_above(self, output: Output) -> frozenset[str]:
        """Return the phrases of every text that a conditioning is made of."""
        texts = (value for _, value in self._texts_above(output.node))
        return frozenset(phrase for text in texts for phrase in text.phrases)

    def _texts_above(self, index: int) -> list[tuple[int, Text]]:
        """Return the texts that a conditioning is made of, each with its node."""
        return [
            (node, value)
            for node in self._above(index, "CONDITIONING")
            for value in self._node(node)[1].values()
            if isinstance(value, Text)
        ]

    def _is_in_positive(self, output: Output, frame: Frame) -> bool:
        """Return whether the texts of a conditioning are also those of a node's positive one, if that is linked."""
        positive = self._own(frame).get("positive")
        if not isinstance(positive, Link) or positive.node < 0:
            return True
        read = {node for node, _ in self._texts_above(positive.node)}
        return all(node in read for node, text in self._texts_above(output.node) if text.prompt or text.phrases)

    def _texts(self, output: Output) -> tuple[bool, bool, bool]:
        """Return whether a conditioning is zeroed, holds the prompt, and holds any text."""
        node_class, values = self._node(output.node)
        if node_class is None or zeroes(node_class):
            return True, False, False
        side = side_of(node_class, output.slot)
        other = {"positive": "negative", "negative": "positive"}.get(side, " ")
        texts = [value for name, value in values.items() if isinstance(value, Text) and other not in name]
        links = [link for name, link in self._links(output.node, "CONDITIONING") if other not in name]
        found = [self._texts(Output(link.node, link.slot, "CONDITIONING")) for link in links]
        zeroed = bool(found) and not texts and all(one[0] for one in found)
        prompt = any(text.prompt for text in texts) or any(one[1] for one in found)
        return zeroed, prompt, prompt or any(text.phrases for text in texts) or any(one[2] for one in found)


def _outputs(frame: Frame) -> tuple[str, ...]:
    return frame.node_class.outputs if frame.node_class is not None else ()


def _has_other_part(frame: Frame, name: str) -> bool:
    """Return whether a node joins two conditionings, and the one beside the input `name` is there already."""
    if frame.node_class is None or not joins(frame.node_class, "CONDITIONING"):
        return False
    parts = {spec.name for spec in frame.node_class.inputs if "CONDITIONING" in spec.types}
    return not (parts - {name}).isdisjoint(frame.values)


@lru_cache(maxsize=256)
def _written(phrases: frozenset[str]) -> frozenset[str]:
    return frozenset("+" + phrase.replace(" ", "_") for phrase in phrases & PHRASES)


_UNFIT_NEGATIVE, _UNFIT_POSITIVE = _written(QUALITY), _written(FAULTS)
