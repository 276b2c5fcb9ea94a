"""A small grammar with what the real one has: unions of sets, forced choices, shared prefixes, spelled names."""

from __future__ import annotations

from random import Random

from nodewright.workflow.graph import Node, Workflow


class ToyError(ValueError):
    """A choice that is not allowed."""


class ChoiceSet:
    """Equal only to itself."""

    def __init__(self, *choices: str) -> None:
        self.choices = choices


CLASSES = ChoiceSet("Load", "Sample", "SampleTwice", "Decode", "Scale", "Blur \N{SNOWFLAKE}")
END = ChoiceSet("@end")
FILE = ChoiceSet("file=")
FILES = ChoiceSet(*(f"sdxl/photo_v{n}" for n in range(12)), *(f"sd15/photo_v{n}_pruned" for n in range(5)))
SETTINGS = ChoiceSet("steps=", "cfg=", "sampler=", "sampler_name=")
DONE = ChoiceSet(";")
NUMBERS = ChoiceSet(*(str(n) for n in range(1, 121)))
SAMPLERS = ChoiceSet("euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_sde", '"quoted \\" name"')


class ToyState:
    """Begins with a forced class; then nodes until "@end", at most `most`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.choices_made: list[str] = []
        self.done = False
        self.choice_sets: tuple[ChoiceSet, ...] = (ChoiceSet("Load"),)
        self._nodes: list[tuple[str, list[tuple[str, str]]]] = []

    def choose(self, choice: str) -> None:
        if not any(choice in choice_set.choices for choice_set in self.choice_sets):
            raise ToyError(choice)
        self.choices_made.append(choice)
        if choice == "@end":
            self.done, self.choice_sets = True, ()
        elif choice in CLASSES.choices:
            self._nodes.append((choice, []))
            self.choice_sets = (FILE,) if choice == "Load" else (SETTINGS, DONE)
        elif choice.endswith("="):
            self._nodes[-1][1].append((choice[:-1], ""))
            self.choice_sets = (FILES,) if choice == "file=" else (SAMPLERS,) if "sampler" in choice else (NUMBERS,)
        else:
            if choice != ";":
                self._nodes[-1][1][-1] = (self._nodes[-1][1][-1][0], choice)
            more = choice != ";" and len(self._nodes[-1][1]) < 3
            self.choice_sets = (SETTINGS, DONE) if more else self._next_node()

    def workflow(self) -> Workflow:
        assert self.done
        return Workflow(tuple(Node(name, tuple(inputs)) for name, inputs in self._nodes))

    def _next_node(self) -> tuple[ChoiceSet, ...]:
        return (END,) if len(self._nodes) >= self.most else (CLASSES, END) if len(self._nodes) > 1 else (CLASSES,)


class ToyGrammar:
    def __init__(self, most: int = 5, files: tuple[str, ...] = ()) -> None:
        self.most = most
        self.files = files
        self.good_at: dict[str, tuple[str, ...]] = {}

    def start(self) -> ToyState:
        return ToyState(self.most)

    def random_script(self, random: Random) -> list[str]:
        state = self.start()
        while not state.done:
            state.choose(random.choice([choice for one in state.choice_sets for choice in one.choices]))
        return state.choices_made


class ForcedState:
    """One way only."""

    def __init__(self) -> None:
        self.choices_made: list[str] = []
        self._left = ["Load", "file=", "sdxl/photo_v1", "@end"]

    @property
    def done(self) -> bool:
        return not self._left

    @property
    def choice_sets(self) -> tuple[ChoiceSet, ...]:
        return (ChoiceSet(self._left[0]),)

    def choose(self, choice: str) -> None:
        assert choice == self._left.pop(0)
        self.choices_made.append(choice)

    def workflow(self) -> Workflow:
        return Workflow((Node("Load", (("file", "sdxl/photo_v1"),)),))


class Forced:
    files = ()
    good_at: dict[str, tuple[str, ...]] = {}

    def start(self) -> ForcedState:
        return ForcedState()
