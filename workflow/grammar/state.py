"""The choices at one state of a script: those after which the workflow can still be finished."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from ..catalog.catalog import Catalog, InputSpec, ModelFile, NodeClass
from ..families.family import EncoderLoading
from ..graph import Text, WorkflowError
from ..script.accepted import accepts, is_filled_in
from ..script.builder import END, Frame, Output
from ..script.options import quote, quote_class
from ..script.phrases import MAXIMUM_PHRASES, PHRASES
from ..script.script import render
from ..script.slots import Slot, bounds, class_slots, matches
from ..script.values import EMPTY, PROMPT, STYLED, TEXT_END, is_text, write_value
from ..sense.roles import samples
from .budget_tracking import _BUDGET_CAP, BudgetTrackingBuilder, OpenLinks
from .family_scope import FamilyScope
from .node_budget import NodeBudget, Table
from .producers import Producer, choice_of
from .sense import RESTRICTED as SENSIBLE_SETTINGS
from .sense import Sense
from .size_limits import SizeLimits
from .size_rules import PICTURE_TYPES, size_rule
from .size_tracking import consumer_of
from .wishes import is_fitted, lora_weights

MAXIMUM_ROOTS = 3
"""Largest number of nodes that a workflow ends in, required ones aside."""


class GrammarError(WorkflowError):
    """A choice that the grammar does not allow."""


class DeadEndError(GrammarError):
    """A state after which no choice is allowed: a mistake of the grammar's own. The message names the state."""


@dataclass(frozen=True, eq=False)
class ChoiceSet:
    """Choices that may come next. A set that recurs is the same object, so that callers can cache work on it.

    Attributes:
        choices: the choices.
    """

    choices: tuple[str, ...]


class Rules(Protocol):
    """The grammar as a state uses it (`grammar.Grammar`).

    Attributes:
        catalog: the installation.
        main_choices: aliases of the main models.
    """

    catalog: Catalog
    main_choices: tuple[str, ...]

    def choice_set(self, key: object, make: Callable[[], tuple[str, ...]]) -> ChoiceSet:
        """Return the set cached under `key`, which is made if it does not exist."""

    def producers(self, key: object, make: Callable[[], list[Producer]]) -> list[Producer]:
        """Return the ways to fill a link cached under `key`, which are found if they are not known."""

    def scope(self, main: ModelFile) -> tuple[FamilyScope, NodeBudget]:
        """Return what fits a main model."""


def _is_policy_choice(slot: Slot) -> bool:
    """Return whether the policy chooses the value of a widget. The number of pictures is the user's, as seeds are."""
    return not slot.spec.seed and slot.spec.kind != "string" and slot.name != "batch_size"


def _size_inputs(node_class: NodeClass) -> tuple[str, ...]:
    """Return the inputs that decide the size of the picture."""
    rule = size_rule(node_class)
    return rule.inputs + rule.corner


@lru_cache(maxsize=8192)
def _restricted_names(node_class: NodeClass, chosen: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """Return the settings whose values depend on the workflow so far."""
    slots = class_slots(node_class, chosen)
    loads_text_encoders = any(slot.spec.folder == "text_encoders" for slot in slots)
    return frozenset(
        slot.name
        for slot in slots
        if slot.role == "setting"
        and (
            slot.spec.folder
            or slot.name in _size_inputs(node_class)
            or slot.name in bounds(node_class, chosen)
            or slot.name in SENSIBLE_SETTINGS
            or (slot.name == "type" and loads_text_encoders)
            or _has_no_default(slot.spec)
        )
    )


def _has_no_default(spec: InputSpec) -> bool:
    """Return whether ComfyUI refuses the value that a node has where a script leaves the input out."""
    return not spec.seed and is_filled_in(spec) and not accepts(spec, spec.initial)


def _chosen(frame: Frame) -> tuple[tuple[str, str], ...]:
    """Return the chosen options of dynamic combos in the form that `class_slots` takes."""
    return tuple(sorted(frame.chosen.items())) if frame.chosen else ()


def _phrase_choices() -> tuple[str, ...]:
    return tuple("+" + phrase.replace(" ", "_") for phrase in sorted(PHRASES))


class GrammarState(BudgetTrackingBuilder):
    """A script in the making. `choice_sets` are the choices that may come next; `choose` takes one of them.

    Attributes:
        grammar: the grammar.
        prompt_due: whether the next text must contain the prompt.
    """

    def __init__(self, grammar: Rules) -> None:
        super().__init__(grammar.catalog)
        self.grammar = grammar
        self.prompt_due = True
        self.sense = Sense(self)
        self._choice_sets: tuple[ChoiceSet, ...] | None = None

    # -- the interface -----------------------------------------------------------------------------------------

    @property
    def choice_sets(self) -> tuple[ChoiceSet, ...]:
        """The sets whose union may come next. They are disjoint; there are none when the script is done."""
        if self._choice_sets is None:
            self._choice_sets = () if self.done else self._offered()
        return self._choice_sets

    def _offered(self) -> tuple[ChoiceSet, ...]:
        """Return the sets that are not empty. Raises DeadEndError where all are."""
        offered = tuple(choices for choices in self._allowed() if choices.choices)
        if not offered:
            script = render(self.choices_made, self.catalog).strip() if self.choices_made else "(nothing)"
            raise DeadEndError(
                "The grammar stopped where nothing may follow, which is a mistake in Nodewright. Please report it with "
                f"what follows.\nScript so far:\n{script}\nExpected: {self._expected()}\n"
                f"Constraints: {self.scope.constraints if self.scope else 'unknown'}"
            )
        return offered

    def _expected(self) -> str:
        """Return a short description of what must come next, for an error."""
        frame = self.stack[-1] if self.phase in ("value", "setting", "text") else self.link_frame()
        slot = self.slot if self.phase in ("value", "setting", "text") else frame.next_link() if frame else None
        if frame is None or slot is None:
            return "a node that the workflow ends in, or the end"
        return f"{slot.name} of {frame.class_type}, which takes {' or '.join(slot.spec.types)}"

    def allowed(self) -> list[str]:
        """Return the choices that may come next."""
        return [choice for choices in self.choice_sets for choice in choices.choices]

    def choose(self, choice: str) -> None:
        """Take one choice. Raises GrammarError if it is not allowed."""
        if not any(choice in choices.choices for choices in self.choice_sets):
            raise GrammarError(
                f"{choice[:80]!r} is not allowed here; allowed: {', '.join(self.allowed()[:12])} "
                f"(after {render(self.choices_made, self.catalog)[-200:]!r})"
            )
        first = self.phase == "main"
        super().choose(choice)
        if first:
            main = self.catalog.by_alias(choice)
            assert main is not None
            self.begin(*self.grammar.scope(main))
            self.fit = self.scope.constraints.wishes.fit(choice)
        self.sense.forget()
        self._choice_sets = None

    def _choose_value(self, choice: str) -> None:
        if self.slot is not None and is_text(self.slot.spec):
            self.prompt_due = False
        super()._choose_value(choice)

    # -- what may come next ------------------------------------------------------------------------------------

    def _allowed(self) -> tuple[ChoiceSet, ...]:
        match self.phase:
            case "main":
                return (self.grammar.choice_set("main", lambda: self.grammar.main_choices),)
            case "value":
                return (self._value_choices(),)
            case "setting":
                return (self._setting_choices(),)
            case "text":
                return self._phrase_choices()
        return self._next_choices()

    def _value_choices(self) -> ChoiceSet:
        frame, slot = self.stack[-1], self.slot
        assert slot is not None
        if is_text(slot.spec):
            heads = (PROMPT, STYLED) if self.prompt_due else (PROMPT, STYLED, EMPTY, *_phrase_choices())
            sensible = self.sense.texts(frame, slot, heads)
            return self.grammar.choice_set(("text", sensible), lambda: sensible)
        if slot.spec.folder == "text_encoders":
            loadings = self._encoder_loadings(frame)
            index = [other.name for other in frame.slots if other.spec.folder == "text_encoders"].index(slot.name)
            encoders = frozenset(loading.encoders[index] for loading in loadings)
            return self.grammar.choice_set(
                (id(self.scope), "encoders", id(slot.spec.options), encoders),
                lambda: self.scope.encoder_choices(slot.spec, encoders),
            )
        if slot.spec.folder:
            files = self.sense.files(frame, slot, self.file_choices(frame, slot))
            return self.grammar.choice_set((id(self.scope), "files", files), lambda: files)
        return self.grammar.choice_set(
            (id(self.scope), frame.class_type, slot.name, tuple(frame.chosen.items())),
            lambda: self.scope.choices(slot.spec),
        )

    def _encoder_loadings(self, frame: Frame) -> list[EncoderLoading]:
        """Return the ways to load this family's text encoders that agree with the loader's files so far."""
        assert frame.node_class is not None
        names = [slot.name for slot in frame.slots if slot.spec.folder == "text_encoders"]
        given = []
        for name in names:
            if name in frame.values:
                file = self.catalog.file("text_encoders", str(frame.values[name]))
                given.append(file.encoder if file else None)
        return [
            loading
            for loading in self.scope.encoder_loadings(frame.node_class)
            if list(loading.encoders[: len(given)]) == given and len(loading.encoders) == len(names)
        ]

    def _restricted_values(self, frame: Frame, slot: Slot) -> tuple[str, ...] | None:
        """Return the values of a restricted setting, its default included if allowed; None if nothing restricts it.

        Of several that are allowed, the one that is asked for.
        """
        allowed = self._allowed_values(frame, slot)
        wished = self._wished(frame).get(slot.name)
        if wished is None:
            return self._fitting(frame, slot, allowed)
        return (wished,) if wished in (self.scope.choices(slot.spec) if allowed is None else allowed) else allowed

    def _fitting(self, frame: Frame, slot: Slot, allowed: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Return the allowed values that go with the main model, all where none does; None if nothing restricts it."""
        if slot.name not in self._fitted_names(frame):
            return allowed
        choices = self.scope.choices(slot.spec) if allowed is None else allowed
        again = self.sense.wants_content()
        return tuple(choice for choice in choices if self.fit.keeps(slot.name, choice, again=again)) or allowed

    def _fitted_names(self, frame: Frame) -> frozenset[str]:
        """Return the names of a node's settings of which not every value goes with the main model."""
        assert frame.node_class is not None
        return self.fit.names if self.fit.names and is_fitted(frame.node_class) else frozenset()

    def _wished(self, frame: Frame) -> dict[str, str]:
        """Return the values that are asked for in a node's settings, by name."""
        assert frame.node_class is not None
        wished = self.scope.wished(frame.node_class)
        if self.fit.guided:
            wished = {name: value for name, value in wished.items() if name != "cfg"}
        asked = (*self.scope.constraints.wishes.loras, *self.fit.loras)
        weights = lora_weights(frame.node_class) if asked else ()
        if weights:
            chosen = (self.catalog.file("loras", str(value)) for value in frame.values.values())
            alias = next((file.alias for file in chosen if file is not None), "")
            weight = next((weight for name, weight in asked if name == alias and weight is not None), None)
            if weight is not None:
                return wished | {spec.name: write_value(weight, spec, self.catalog) for spec in weights}
        return wished

    def _allowed_values(self, frame: Frame, slot: Slot) -> tuple[str, ...] | None:
        """Return the values of a restricted setting, whatever is asked for."""
        assert frame.node_class is not None
        if slot.spec.folder:
            return self.scope.choices(slot.spec)
        if slot.name == "type" and any(other.spec.folder == "text_encoders" for other in frame.slots):
            return tuple(
                dict.fromkeys(quote(loading.type) for loading in self._encoder_loadings(frame) if loading.type)
            )
        if slot.name in _size_inputs(frame.node_class):
            return self.sense.factors(frame, self.size_choices(frame, slot, self.scope.choices(slot.spec)))
        if slot.name in SENSIBLE_SETTINGS:
            return self.sense.values(frame, slot, self.scope.choices(slot.spec))
        if slot.name in bounds(frame.node_class, _chosen(frame)):
            return self._ordered_bounds(frame, slot)
        return self.scope.choices(slot.spec) if _has_no_default(slot.spec) else None

    def _ordered_bounds(self, frame: Frame, slot: Slot) -> tuple[str, ...]:
        """Return the values of one bound of a range that keep the lower bound from exceeding the upper one."""
        assert frame.node_class is not None
        other, lower = bounds(frame.node_class, _chosen(frame))[slot.name]
        choices = self.scope.choices(slot.spec)
        if self.fixed(frame, other, slot.name):
            limit = self.number(frame, other)
        else:
            spec = next(one.spec for one in frame.slots if one.name == other)
            others = (float(choice) for choice in self.scope.choices(spec))
            limit = max(others, default=math.inf) if lower else min(others, default=-math.inf)
        kept = tuple(choice for choice in choices if (float(choice) <= limit if lower else float(choice) >= limit))
        return choices if not kept and _has_no_default(slot.spec) else kept

    def _setting_choices(self) -> ChoiceSet:
        frame, slot = self.stack[-1], self.slot
        assert slot is not None
        default = self.scope.default(slot.spec)
        restricted = self._restricted_values(frame, slot)
        if restricted is not None:
            offered = tuple(choice for choice in restricted if choice != default)
            return self.grammar.choice_set((id(self.scope), slot.name, offered), lambda: offered)
        return self.grammar.choice_set(
            (id(self.scope), frame.class_type, slot.name, tuple(frame.chosen.items()), "setting"),
            lambda: tuple(choice for choice in self.scope.choices(slot.spec) if choice != default),
        )

    def _phrase_choices(self) -> tuple[ChoiceSet, ...]:
        assert self.slot is not None
        text = self.stack[-1].values[self.slot.name]
        assert isinstance(text, Text)
        end = self.grammar.choice_set("text end", lambda: (TEXT_END,))
        if len(text.phrases) >= MAXIMUM_PHRASES:
            return (end,)
        used = {"+" + phrase.replace(" ", "_") for phrase in text.phrases}
        used |= self.sense.phrases(self.stack[-1], self.slot)
        more = self.grammar.choice_set(
            ("phrases", frozenset(used)),
            lambda: tuple(choice for choice in _phrase_choices() if choice not in used),
        )
        return (more, end) if text.phrases else (more,)

    def _next_choices(self) -> tuple[ChoiceSet, ...]:
        """Return the settings of the top frame, and what fills the next link, or a root or the end."""
        rest, budget = self.remaining()
        reserved = self.sense.reserved()
        # What makes sense with fewer nodes in reserve goes before what makes none, which is there for want of anything.
        tries = ((sensible, count) for sensible in (True, False) for count in range(reserved, -1, -1))
        within = (self._choices_within(rest, budget - count, sensible) for sensible, count in tries)
        return next((choices for choices in within if choices), ())

    def _choices_within(self, rest: OpenLinks, budget: int, sensible: bool) -> tuple[ChoiceSet, ...]:
        """Return the same with a number of nodes left; nothing where these are too few, or nothing is sensible."""
        link_frame = self.link_frame()
        self.sense.slack = budget - self.completion_cost(rest, link_frame)
        settings, must = self._settings(self.sense.slack)
        if must:
            return settings
        last = (
            self._root_choices(budget) if link_frame is None else self._link_choices(link_frame, rest, budget, sensible)
        )
        last = tuple(choices for choices in last if choices.choices)
        return (*settings, *last) if last else ()

    def _settings(self, slack: int) -> tuple[tuple[ChoiceSet, ...], bool]:
        """Return the settings of the top frame that may still be written, and whether one of them must be.

        Args:
            slack: number of nodes that optional links may take.
        """
        if not self.stack or self.stack[-1].linking:
            return (), False
        frame = self.stack[-1]
        last = self._setting_to_write(frame)
        slack = max(0, min(slack, _BUDGET_CAP))
        key = (
            id(self.scope),
            "names",
            frame.class_type,
            tuple(frame.chosen.items()),
            frame.position,
            frozenset(frame.linked),
            last,
            slack,
        )
        limited = self._restricted(frame)
        names = self.grammar.choice_set(
            (*key, tuple(self._restricted_names_left(frame)) if limited else ()),
            lambda: tuple(self._setting_names(frame, last, slack)),
        )
        return ((names,) if names.choices else ()), last is not None

    def _restricted(self, frame: Frame) -> frozenset[str]:
        assert frame.node_class is not None
        fitted = self._fitted_names(frame)
        if fitted:
            fitted &= {slot.name for slot in frame.slots if slot.role == "setting"}
        return _restricted_names(frame.node_class, _chosen(frame)) | self._wished(frame).keys() | fitted

    def _restricted_names_left(self, frame: Frame) -> list[str]:
        """Return the names of restricted settings with an offered value other than the default."""
        left = []
        restricted = self._restricted(frame)
        for slot in frame.slots if restricted else ():
            if slot.name in restricted:
                default = self.scope.default(slot.spec)
                if any(choice != default for choice in self._restricted_values(frame, slot) or ()):
                    left.append(slot.name)
        return left

    def _setting_to_write(self, frame: Frame) -> int | None:
        """Return the index of the first open setting whose default is not allowed."""
        restricted = self._restricted(frame)
        for index, slot in enumerate(frame.slots if restricted else ()):
            if index > frame.position and slot.name in restricted and slot.name not in frame.values:
                offered = self._restricted_values(frame, slot)
                if offered is not None and offered and self.scope.default(slot.spec) not in offered:
                    return index
        return None

    def _setting_names(self, frame: Frame, last: int | None, slack: int) -> list[str]:
        names = []
        restricted, left = self._restricted(frame), set(self._restricted_names_left(frame))
        for index, slot in enumerate(frame.slots):
            if index <= frame.position or slot.role != "setting" or (last is not None and index > last):
                continue
            if not slot.spec.widget:
                if self._may_link(frame, index, slack):
                    names.append(quote(slot.name) + ">")
            elif slot.name in restricted:
                if slot.name in left:
                    names.append(quote(slot.name) + "=")
            elif _is_policy_choice(slot) and len(self.scope.choices(slot.spec)) > 1:
                names.append(quote(slot.name) + "=")
        return names

    def _may_link(self, frame: Frame, index: int, slack: int) -> bool:
        """Return whether an optional link can be filled. Members of an autogrow input are added one after the other."""
        slot = frame.slots[index]
        parent, dot, _ = slot.name.rpartition(".")
        before = frame.slots[index - 1]
        grows = dot and index > 0 and before.name.startswith(parent + ".")
        if grows and not before.required and before.name not in frame.linked:
            return False
        return slot.spec.kind == "link" and self.optional_cost(slot.spec.types) <= slack

    # -- links and roots ---------------------------------------------------------------------------------------

    def _link_choices(self, frame: Frame, rest: OpenLinks, budget: int, only_sensible: bool) -> tuple[ChoiceSet, ...]:
        slot = frame.next_link()
        assert slot is not None
        types, limits = self.link_types(frame, slot), self.limits_of(frame, slot)
        references = self._references(types, frame, limits) if self.leaves_room(rest, budget) else ()
        unsuitable = self.scope.unsuitable(limits, self.pending_classes, consumer_of(frame))
        producers = self._producers(types, self.room(rest, budget), unsuitable)
        if reserved := self.sense.reserved_here(frame, slot):
            within = set(map(id, self._producers(types, self.room(rest, budget - reserved), unsuitable)))
            producers = [one for one in producers if id(one) in within or samples(one.node_class)] or producers
        linked = tuple(choice for choice, output in references if self.sense.linkable(output, frame, slot))
        sensible = self.sense.sensible(frame, slot, producers)
        if self.sense.due:
            linked = ()
        elif linked and frame.class_type in self.scope.constraints.required and frame.parent is None:
            sensible = []  # a required end shows a picture that is there
        elif not linked and not sensible and not only_sensible:  # the workflow can be finished all the same
            linked, sensible = tuple(choice for choice, _ in references), self.sense.least_bad(producers)
        several = len(types) > 1 or "*" in types
        # An output is named unless it is the first that fits the link, whatever its own type.
        classes = dict.fromkeys(
            choice_of(producer.node_class, producer.slot, types) if several else producer.choice
            for producer in sensible
        )
        return tuple(self._choice_set(choices) for choices in (linked, tuple(classes)) if choices)

    def _choice_set(self, choices: tuple[str, ...]) -> ChoiceSet:
        return self.grammar.choice_set(choices, lambda: choices)

    def _references(self, types: tuple[str, ...], frame: Frame, limits: SizeLimits) -> tuple[tuple[str, Output], ...]:
        return tuple(
            (f"&{position + 1}", output)
            for position, output in enumerate(self.candidates(types))
            if self.usable(output, frame, limits)
        )

    def _producers(self, types: tuple[str, ...], room: Table, unsuitable: frozenset[str]) -> list[Producer]:
        """Return the ways to fill a link of `types` within `room`, without the classes that are `unsuitable`."""
        missing = self.missing_nodes(self.loaded, self.pending)
        key = (id(self.scope), types, room, self.loaded, self.separate, self.pending, missing, unsuitable)
        return self.grammar.producers(key, lambda: self._affordable_producers(types, room, unsuitable))

    def _affordable_producers(self, types: tuple[str, ...], room: Table, unsuitable: frozenset[str]) -> list[Producer]:
        missing = self.missing_nodes(self.loaded, self.pending)
        by_type = self.costs.by_type
        return [
            producer
            for kind in (sorted(by_type) if "*" in types else types)
            for producer, cost in by_type.get(kind, ())
            if not (producer.node_class.name in unsuitable and producer.type in PICTURE_TYPES)
            and self.affordable(producer, cost, room, missing)
            and matches(types, producer.type)
        ]

    def _root_choices(self, budget: int) -> tuple[ChoiceSet, ...]:
        names = []
        missing = self.missing_nodes(self.loaded, self.pending)
        for cls in (*self.scope.roots, *(self.scope.more_roots if self.root_count else ())):
            required = cls.name in self.required_roots
            if not required and self.root_count >= MAXIMUM_ROOTS:
                continue
            root = self.node_budget.producers.root(cls)
            cost = self.costs.of(root)[self.pending]
            if cost + missing <= budget + (self.node_budget.costs.of(root)[0] if required else 0):
                names.append(quote_class(cls.name))
        due = [name for name in names if name in map(quote_class, self.required_roots)]
        if due and self.root_count:
            names = due
        if self.root_count and not self.pending and not self.required_roots:
            names.append(END)
        offered = tuple(names)
        return (self.grammar.choice_set(("roots", offered), lambda: offered),)
