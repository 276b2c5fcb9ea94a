"""The choices at one state of a script: those after which the workflow can still be finished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from ..catalog.catalog import Catalog, ModelFile, NodeClass
from ..families.family import EncoderLoading
from ..graph import Text, WorkflowError
from ..script.builder import END, Frame
from ..script.phrases import MAXIMUM_PHRASES, PHRASES
from ..script.script import render
from ..script.slots import Slot, bounds, class_slots, matches
from ..script.values import EMPTY, PROMPT, STYLED, TEXT_END, is_text, quote
from .budget_tracking import BudgetTrackingBuilder
from .family_scope import FamilyScope
from .node_budget import NodeBudget, Table
from .producers import MAIN
from .size_limits import SizeLimits
from .size_rules import PICTURE_TYPES, size_rule
from .size_tracking import consumer_of

MAXIMUM_ROOTS = 3
"""Largest number of nodes that a workflow ends in, required ones aside."""
_BUDGET_CAP = 99
"""More nodes than any producer needs. Budgets above it are treated alike, so that they share choice sets."""


class GrammarError(WorkflowError):
    """A choice that the grammar does not allow."""


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
            or (slot.name == "type" and loads_text_encoders)
        )
    )


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
        self._choice_sets: tuple[ChoiceSet, ...] | None = None

    # -- the interface -----------------------------------------------------------------------------------------

    @property
    def choice_sets(self) -> tuple[ChoiceSet, ...]:
        """The sets whose union may come next. They are disjoint; there are none when the script is done."""
        if self._choice_sets is None:
            self._choice_sets = () if self.done else self._allowed()
        return self._choice_sets

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
            return self.grammar.choice_set(("text", self.prompt_due), lambda: heads)
        if slot.spec.folder == "text_encoders":
            loadings = self._encoder_loadings(frame)
            index = [other.name for other in frame.slots if other.spec.folder == "text_encoders"].index(slot.name)
            encoders = frozenset(loading.encoders[index] for loading in loadings if index < len(loading.encoders))
            files = (self.catalog.by_alias(alias) for alias in self.scope.choices(slot.spec))
            offered = tuple(file.alias for file in files if file is not None and file.encoder in encoders)
            return self.grammar.choice_set((id(self.scope), "encoders", offered), lambda: offered)
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
            for loading in self.scope.class_encoder_loadings(frame.node_class)
            if list(loading.encoders[: len(given)]) == given and len(loading.encoders) == len(names)
        ]

    def _restricted_values(self, frame: Frame, slot: Slot) -> tuple[str, ...] | None:
        """Return the values of a restricted setting, its default included if allowed; None if nothing restricts it."""
        assert frame.node_class is not None
        if slot.spec.folder:
            return self.scope.choices(slot.spec)
        if slot.name == "type" and any(other.spec.folder == "text_encoders" for other in frame.slots):
            return tuple(
                dict.fromkeys(quote(loading.type) for loading in self._encoder_loadings(frame) if loading.type)
            )
        if slot.name in _size_inputs(frame.node_class):
            return self.size_choices(frame, slot, self.scope.choices(slot.spec))
        if slot.name in bounds(frame.node_class, _chosen(frame)):
            return self._ordered_bounds(frame, slot)
        return None

    def _ordered_bounds(self, frame: Frame, slot: Slot) -> tuple[str, ...]:
        """Return the values of one bound of a range that keep the lower bound from exceeding the upper one."""
        assert frame.node_class is not None
        other, lower = bounds(frame.node_class, _chosen(frame))[slot.name]
        choices = self.scope.choices(slot.spec)
        if self.fixed(frame, other, slot.name):
            limit = self.number(frame, other)
        else:
            spec = next(one.spec for one in frame.slots if one.name == other)
            limit = (max if lower else min)(float(choice) for choice in self.scope.choices(spec))
        return tuple(choice for choice in choices if (float(choice) <= limit if lower else float(choice) >= limit))

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
        more = self.grammar.choice_set(
            ("phrases", frozenset(used)),
            lambda: tuple(choice for choice in _phrase_choices() if choice not in used),
        )
        return (more, end) if text.phrases else (more,)

    def _next_choices(self) -> tuple[ChoiceSet, ...]:
        """Return the settings of the top frame, and what fills the next link, or a root or the end."""
        rest, budget = self.remaining()
        link_frame = self.link_frame()
        settings, must = self._settings(budget - self.completion_cost(rest, link_frame))
        if must:
            return settings
        if link_frame is None:
            return (*settings, *self._root_choices(budget))
        return (*settings, *self._link_choices(link_frame, rest, budget))

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
        return _restricted_names(frame.node_class, _chosen(frame))

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
        return slot.spec.kind == "link" and self.node_budget.for_types(slot.spec.types)[0] <= slack

    # -- links and roots ---------------------------------------------------------------------------------------

    def _link_choices(self, frame: Frame, rest: Table, budget: int) -> tuple[ChoiceSet, ...]:
        slot = frame.next_link()
        assert slot is not None
        types, limits = self.link_types(frame, slot), self.limits_of(frame, slot)
        sets = []
        if rest[self.pending] + self.missing_loaders(self.loaded, self.pending) <= budget:
            references = self._references(types, frame, limits)
            if references:
                sets.append(self.grammar.choice_set(references, lambda: references))
        # By subset of the requirements: the number of nodes that a producer may cost that meets the subset.
        room = tuple(
            min(_BUDGET_CAP, budget - rest[self.pending & ~subset]) if subset & ~self.pending == 0 else -1
            for subset in range(self.node_budget.subsets)
        )
        unsuitable = self.scope.unsuitable(limits, self.pending_classes, consumer_of(frame))
        key = (id(self.scope), types, room, self.loaded, self.pending & MAIN, unsuitable)
        classes = self.grammar.choice_set(key, lambda: self._classes(types, room, unsuitable))
        if classes.choices:
            sets.append(classes)
        return tuple(sets)

    def _references(self, types: tuple[str, ...], frame: Frame, limits: SizeLimits) -> tuple[str, ...]:
        found: list[str] = []
        for position, output in enumerate(self.candidates(types)):
            if self.usable(output, frame, limits):
                found.append(f"&{position + 1}")
        return tuple(found)

    def _classes(self, types: tuple[str, ...], room: Table, unsuitable: frozenset[str]) -> tuple[str, ...]:
        """Return the classes that can fill a link of `types` within `room`, without the `unsuitable` ones."""
        loaders = self.missing_loaders(self.loaded, self.pending)
        found: dict[str, None] = {}
        kinds = sorted(self.node_budget.by_type) if "*" in types else types
        for kind in kinds:
            for producer, cost in self.node_budget.by_type.get(kind, ()):
                if (
                    not (producer.node_class.name in unsuitable and producer.type in PICTURE_TYPES)
                    and self.affordable(producer, cost, room, loaders)
                    and matches(types, producer.type)
                ):
                    found[producer.choice] = None
        return tuple(found)

    def _root_choices(self, budget: int) -> tuple[ChoiceSet, ...]:
        names = []
        loaders = self.missing_loaders(self.loaded, self.pending)
        for cls in (*self.scope.roots, *(self.scope.more_roots if self.root_count else ())):
            required = cls.name in self.required_roots
            if not required and self.root_count >= MAXIMUM_ROOTS:
                continue
            cost = self.node_budget.for_producer(self.node_budget.producers.root(cls))
            if cost[self.pending] + loaders <= budget + (cost[0] if required else 0):
                names.append(quote(cls.name))
        if self.root_count and not self.pending and not self.required_roots:
            names.append(END)
        offered = tuple(names)
        return (self.grammar.choice_set(("roots", offered), lambda: offered),)
