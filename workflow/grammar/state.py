"""A script in the making: at every state, the choices after which the workflow can still be finished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from ..catalog.catalog import Catalog, ModelFile, NodeClass
from ..families.families import Recipe
from ..graph import Text, WorkflowError
from ..script.builder import END, Frame
from ..script.phrases import MAXIMUM_PHRASES, PHRASES
from ..script.script import render
from ..script.slots import Slot, bounds, class_slots, matches
from ..script.values import EMPTY, PROMPT, STYLED, TEXT_END, is_text, quote
from .constraints import Constraints
from .family_scope import MAIN, FamilyScope, Producer
from .node_budget import NodeBudget, Table, bits, requirements
from .size_limits import Limits
from .size_rules import PICTURE_TYPES, area_rule
from .size_tracking import SizedBuilder, place_of

MAXIMUM_ROOTS = 3
_PLENTY = 99
"""More nodes than any producer needs: budgets above it need not be told apart."""


class GrammarError(WorkflowError):
    """A choice that the grammar does not allow."""


@dataclass(frozen=True, eq=False)
class ChoiceSet:
    """Choices that may come next. Sets that recur are the same object, so that work on them can be kept."""

    choices: tuple[str, ...]


class Rules(Protocol):
    """What a state asks of its grammar (`workflow.grammar.Grammar`)."""

    catalog: Catalog
    constraints: Constraints
    main_choices: tuple[str, ...]

    def choice_set(self, key: object, make: Callable[[], tuple[str, ...]]) -> ChoiceSet:
        """The set kept under `key`, made once."""

    def scope(self, main: ModelFile) -> tuple[FamilyScope, NodeBudget]:
        """What fits a main model."""


def _offers(slot: Slot) -> bool:
    """Whether a widget is the policy's business. How many pictures to make is the user's, as seeds are."""
    return not slot.spec.seed and slot.spec.kind != "string" and slot.name != "batch_size"


def _sizing(node_class: NodeClass) -> tuple[str, ...]:
    """Inputs that decide how large the picture gets."""
    rule = area_rule(node_class)
    return rule.inputs + rule.corner


@lru_cache(maxsize=8192)
def _restricted_names(node_class: NodeClass, chosen: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """Settings whose values depend on the workflow so far."""
    slots = class_slots(node_class, chosen)
    loads_text_encoders = any(slot.spec.folder == "text_encoders" for slot in slots)
    return frozenset(
        slot.name
        for slot in slots
        if slot.role == "setting"
        and (
            slot.spec.folder
            or slot.name in _sizing(node_class)
            or slot.name in bounds(node_class, chosen)
            or (slot.name == "type" and loads_text_encoders)
        )
    )


def _chosen(frame: Frame) -> tuple[tuple[str, str], ...]:
    """The options of dynamic combos, as `class_slots` takes them."""
    return tuple(sorted(frame.chosen.items())) if frame.chosen else ()


def _phrase_choices() -> tuple[str, ...]:
    return tuple("+" + phrase.replace(" ", "_") for phrase in sorted(PHRASES))


class GrammarState(SizedBuilder):
    """A script in the making. `choice_sets` is what may come next; `choose` takes one of them."""

    def __init__(self, grammar: Rules) -> None:
        super().__init__(grammar.catalog)
        self.grammar = grammar
        self.costs: NodeBudget = None  # type: ignore[assignment]
        self.prompt_due = True  # the first text must hold the prompt
        self.have = 0  # bits: MODEL, CLIP, VAE have been loaded
        self.root_count = 0
        self.required_roots: list[str] = []
        self._choice_sets: tuple[ChoiceSet, ...] | None = None

    # -- the interface -----------------------------------------------------------------------------------------

    @property
    def choice_sets(self) -> tuple[ChoiceSet, ...]:
        """What may come next: the union of these sets, which are disjoint. Empty when done."""
        if self._choice_sets is None:
            self._choice_sets = () if self.done else self._allowed()
        return self._choice_sets

    def allowed(self) -> list[str]:
        """The choices themselves."""
        return [choice for choices in self.choice_sets for choice in choices.choices]

    def choose(self, choice: str) -> None:
        """Takes one choice. Raises GrammarError if it is not allowed."""
        if not any(choice in choices.choices for choices in self.choice_sets):
            raise GrammarError(
                f"{choice[:80]!r} is not allowed here; allowed: {', '.join(self.allowed()[:12])} "
                f"(after {render(self.choices_made, self.catalog)[-200:]!r})"
            )
        first = self.phase == "main"
        super().choose(choice)
        if first:
            self._begin(choice)
        self._choice_sets = None

    # -- bookkeeping -------------------------------------------------------------------------------------------

    def _begin(self, alias: str) -> None:
        main = self.catalog.by_alias(alias)
        assert main is not None
        self.scope, self.costs = self.grammar.scope(main)
        self.pending, self.required_roots = requirements(self.scope)

    def _open(self, choice: str, parent: Frame | None) -> None:
        slot = parent.next_link() if parent else None
        limits = self.limits_of(parent, slot) if parent and slot else self.scope.sizes.widest
        pending_main = self.pending & MAIN
        super()._open(choice, parent)
        frame = self.stack[-1]
        self.limits[id(frame)] = limits
        assert frame.node_class is not None
        producer = self.scope.producer(frame.node_class, frame.output_slot if parent else -1, frame.output_type, False)
        self.pending &= ~producer.satisfies
        self.have |= producer.supplies
        if pending_main and not self.pending & MAIN:
            self.have |= bits(self.scope.loaded_elsewhere())
        if parent is None:
            self.root_count += 1
            if frame.class_type in self.required_roots:
                self.required_roots.remove(frame.class_type)

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
            recipes = self._recipes(frame)
            index = [other.name for other in frame.slots if other.spec.folder == "text_encoders"].index(slot.name)
            encoders = frozenset(recipe.encoders[index] for recipe in recipes if index < len(recipe.encoders))
            files = (self.catalog.by_alias(alias) for alias in self.scope.choices(slot.spec))
            offered = tuple(file.alias for file in files if file is not None and file.encoder in encoders)
            return self.grammar.choice_set((id(self.scope), "encoders", offered), lambda: offered)
        return self.grammar.choice_set(
            (id(self.scope), frame.class_type, slot.name, tuple(frame.chosen.items())),
            lambda: self.scope.choices(slot.spec),
        )

    def _recipes(self, frame: Frame) -> list[Recipe]:
        """The ways to load this family's text encoders that agree with what the loader has been given."""
        assert frame.node_class is not None
        names = [slot.name for slot in frame.slots if slot.spec.folder == "text_encoders"]
        given = []
        for name in names:
            if name in frame.values:
                file = self.catalog.file("text_encoders", str(frame.values[name]))
                given.append(file.encoder if file else None)
        return [
            recipe
            for recipe in self.scope.class_recipes(frame.node_class)
            if list(recipe.encoders[: len(given)]) == given and len(recipe.encoders) == len(names)
        ]

    def _offered(self, frame: Frame, slot: Slot) -> tuple[str, ...] | None:
        """The values of a setting where they are restricted, its default among them if that is allowed; else None."""
        assert frame.node_class is not None
        if slot.spec.folder:
            return self.scope.choices(slot.spec)
        if slot.name == "type" and any(other.spec.folder == "text_encoders" for other in frame.slots):
            return tuple(dict.fromkeys(quote(recipe.type) for recipe in self._recipes(frame) if recipe.type))
        if slot.name in _sizing(frame.node_class):
            return self.size_choices(frame, slot, self.scope.choices(slot.spec))
        if slot.name in bounds(frame.node_class, _chosen(frame)):
            return self._in_order(frame, slot)
        return None

    def _in_order(self, frame: Frame, slot: Slot) -> tuple[str, ...]:
        """Values of an input that is one of two bounds, such that the lower is not above the upper."""
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
        restricted = self._offered(frame, slot)
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
        """A setting of the top frame, and what fills the next link, or a root or the end."""
        rest, budget = self._budget()
        link_frame = self.link_frame()
        settings, must = self._settings(budget - self._bound(rest, link_frame))
        if must:
            return settings
        if link_frame is None:
            return (*settings, *self._root_choices(budget))
        return (*settings, *self._link_choices(link_frame, rest, budget))

    def _settings(self, slack: int) -> tuple[tuple[ChoiceSet, ...], bool]:
        """Settings of the top frame that may still be written, and whether one of them has to be."""
        if not self.stack or self.stack[-1].linking:
            return (), False
        frame = self.stack[-1]
        last = self._must(frame)
        slack = max(0, min(slack, _PLENTY))
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
            (*key, tuple(self._setting_choices_left(frame)) if limited else ()),
            lambda: tuple(self._names(frame, last, slack)),
        )
        return ((names,) if names.choices else ()), last is not None

    def _restricted(self, frame: Frame) -> frozenset[str]:
        assert frame.node_class is not None
        return _restricted_names(frame.node_class, _chosen(frame))

    def _setting_choices_left(self, frame: Frame) -> list[str]:
        """Names of restricted settings that have a value to offer beside the default."""
        left = []
        restricted = self._restricted(frame)
        for slot in frame.slots if restricted else ():
            if slot.name in restricted:
                default = self.scope.default(slot.spec)
                if any(choice != default for choice in self._offered(frame, slot) or ()):
                    left.append(slot.name)
        return left

    def _must(self, frame: Frame) -> int | None:
        """Index of the first open setting whose default is not allowed."""
        restricted = self._restricted(frame)
        for index, slot in enumerate(frame.slots if restricted else ()):
            if index > frame.position and slot.name in restricted and slot.name not in frame.values:
                offered = self._offered(frame, slot)
                if offered is not None and offered and self.scope.default(slot.spec) not in offered:
                    return index
        return None

    def _names(self, frame: Frame, last: int | None, slack: int) -> list[str]:
        names = []
        restricted, left = self._restricted(frame), set(self._setting_choices_left(frame))
        for index, slot in enumerate(frame.slots):
            if index <= frame.position or slot.role != "setting" or (last is not None and index > last):
                continue
            if not slot.spec.widget:
                if self._may_link(frame, index, slack):
                    names.append(quote(slot.name) + ">")
            elif slot.name in restricted:
                if slot.name in left:
                    names.append(quote(slot.name) + "=")
            elif _offers(slot) and len(self.scope.choices(slot.spec)) > 1:
                names.append(quote(slot.name) + "=")
        return names

    def _may_link(self, frame: Frame, index: int, slack: int) -> bool:
        """Whether an optional link can be filled. Members of an autogrow grow one after the other."""
        slot = frame.slots[index]
        parent, dot, _ = slot.name.rpartition(".")
        before = frame.slots[index - 1]
        grows = dot and index > 0 and before.name.startswith(parent + ".")
        if grows and not before.required and before.name not in frame.linked:
            return False
        return slot.spec.kind == "link" and self.costs.any_of(slot.spec.types)[0] <= slack

    # -- budgets -----------------------------------------------------------------------------------------------

    def _missing_loaders(self, have: int, pending: int) -> int:
        """How many loaders the workflow still needs at most."""
        count = 0
        if pending & MAIN:
            count, have = 1, have | bits(self.scope.loaded_elsewhere())
        for index, kind in enumerate(("MODEL", "CLIP", "VAE")):
            count += kind in self.costs.types and not have >> index & 1
        return count

    def _budget(self) -> tuple[Table, int]:
        """The cost of every open link but the next one, by the requirements it fulfils; and the nodes left beside
        what missing loaders and required roots will take."""
        rest = self.costs.nothing
        available = {output.type for output in self.outputs} - PICTURE_TYPES
        frame = self.link_frame()
        for open_frame in self.stack:
            taken = open_frame is not frame
            for slot in open_frame.slots:
                if slot.name in open_frame.values or slot.name in open_frame.absent:
                    continue
                if slot.role != "link" and slot.name not in open_frame.linked:
                    continue
                if not taken:
                    taken = True  # the next link itself
                    continue
                rest = self.costs.together(rest, self._link_cost(open_frame, slot, available))
        budget = self.grammar.constraints.max_nodes - len(self.nodes) - len(self.stack)
        for name in self.required_roots:
            root = self.scope.producer(self.catalog.classes[name], -1, "", False)
            budget -= self.costs.producer(root)[0]
        return rest, budget

    def _link_cost(self, frame: Frame, slot: Slot, available: set[str]) -> Table:
        types = self.link_types(frame, slot)
        table = self.costs.any_of(types)
        if not available.isdisjoint(types):
            table = (0, *table[1:])
        return table

    def _bound(self, rest: Table, frame: Frame | None) -> int:
        """Nodes that finishing takes at most, the next link included."""
        loaders = self._missing_loaders(self.have, self.pending)
        if frame is None:
            return loaders + (rest[self.pending] if self.stack or self.root_count else 0)
        slot = frame.next_link()
        assert slot is not None
        available = {output.type for output in self.outputs} - PICTURE_TYPES
        return loaders + self.costs.together(rest, self._link_cost(frame, slot, available))[self.pending]

    # -- links and roots ---------------------------------------------------------------------------------------

    def _link_choices(self, frame: Frame, rest: Table, budget: int) -> tuple[ChoiceSet, ...]:
        slot = frame.next_link()
        assert slot is not None
        types, limits = self.link_types(frame, slot), self.limits_of(frame, slot)
        sets = []
        if rest[self.pending] + self._missing_loaders(self.have, self.pending) <= budget:
            references = self._references(types, frame, limits)
            if references:
                sets.append(self.grammar.choice_set(references, lambda: references))
        # By subset: how many nodes a producer that fulfils it may cost.
        room = tuple(
            min(_PLENTY, budget - rest[self.pending & ~subset]) if subset & ~self.pending == 0 else -1
            for subset in range(self.costs.subsets)
        )
        unfit = self.scope.unfit(limits, self.pending_classes, place_of(frame))
        key = (id(self.scope), types, room, self.have, self.pending & MAIN, unfit)
        classes = self.grammar.choice_set(key, lambda: self._classes(types, room, unfit))
        if classes.choices:
            sets.append(classes)
        return tuple(sets)

    def _references(self, types: tuple[str, ...], frame: Frame, limits: Limits) -> tuple[str, ...]:
        found: list[str] = []
        for position, output in enumerate(self.candidates(types)):
            if self.usable(output, frame, limits):
                found.append(f"&{position + 1}")
        return tuple(found)

    def _classes(self, types: tuple[str, ...], room: Table, unfit: frozenset[str]) -> tuple[str, ...]:
        """Classes that can fill a link of `types` within `room`, but those whose pictures are `unfit`."""
        loaders = self._missing_loaders(self.have, self.pending)
        found: dict[str, None] = {}
        kinds = sorted(self.costs.producers) if "*" in types else types
        for kind in kinds:
            for producer, cost in self.costs.producers.get(kind, ()):
                if (
                    not (producer.node_class.name in unfit and producer.type in PICTURE_TYPES)
                    and self._affordable(producer, cost, room, loaders)
                    and matches(types, producer.type)
                ):
                    found[producer.choice] = None
        return tuple(found)

    def _affordable(self, producer: Producer, cost: Table, room: Table, loaders: int) -> bool:
        if producer.loads_model and not producer.loads_main and self.pending & MAIN:
            return False  # the first model file is the main model, and this class is not its loader
        if producer.loads_model and not self.pending & MAIN and not self.scope.known:
            return False  # a model of unknown family goes with no other
        if producer.loads_main or producer.supplies:
            pending = self.pending & ~producer.satisfies
            have = self.have | producer.supplies
            if self.pending & MAIN and producer.loads_main:
                have |= bits(self.scope.loaded_elsewhere())
            loaders = self._missing_loaders(have, pending)
        return any(cost[subset] + loaders <= space for subset, space in enumerate(room) if space >= 0)

    def _root_choices(self, budget: int) -> tuple[ChoiceSet, ...]:
        names = []
        loaders = self._missing_loaders(self.have, self.pending)
        for cls in (*self.scope.roots, *(self.scope.more_roots if self.root_count else ())):
            required = cls.name in self.required_roots
            if not required and self.root_count >= MAXIMUM_ROOTS:
                continue
            cost = self.costs.producer(self.scope.producer(cls, -1, "", False))
            if cost[self.pending] + loaders <= budget + (cost[0] if required else 0):
                names.append(quote(cls.name))
        if self.root_count and not self.pending and not self.required_roots:
            names.append(END)
        offered = tuple(names)
        return (self.grammar.choice_set(("roots", offered), lambda: offered),)
