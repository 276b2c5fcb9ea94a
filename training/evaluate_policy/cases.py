"""Prompts and simulated installations that a policy was never trained on."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from ...miniature.family import FAMILY as MINIATURE
from ...workflow.asked import Asked, asked_of
from ...workflow.catalog.catalog import Catalog, ModelFile
from ...workflow.catalog.good_at import good_at as styles_of
from ...workflow.catalog.object_info import catalog_from_object_info
from ...workflow.grammar.constraints import CORPUS_MEGAPIXELS, Constraints
from ...workflow.grammar.grammar import Grammar
from ...workflow.graph import WorkflowError
from ..corpus.installations.installed import installed
from ..corpus.installations.inventories import HELD_OUT_TRAIT_WORDS, draw_inventory
from ..corpus.prompts.cues import CUES, EFFORT_CUES, STYLE_CUES, cues
from ..corpus.prompts.generator import draw_prompt, unseen_wording
from ..corpus.synthesis.asking import asking
from ..corpus.synthesis.choosing import Installation, family_key
from ..corpus.synthesis.wanted import Wanted, wanted_of

_TRIES = 5000
_HOPELESS = 200  # installations of which not one is of use


@dataclass(frozen=True)
class Setup:
    """A simulated installation whose file names training never has.

    Attributes:
        catalog: the installation.
        grammar: of the installation.
        files: its model files, with what they are good for.
    """

    catalog: Catalog
    grammar: Grammar
    files: Installation

    @property
    def main_models(self) -> list[ModelFile]:
        """The main models without the zoo's, which are for the zoo's own prompts."""
        return [main for main in self.files.mains if family_key(main) != MINIATURE.name]

    def fitting(self, style: str) -> list[ModelFile]:
        """Return the main models, and the LoRAs on them, that are good at a style."""
        main_models = self.main_models
        found = itertools.chain(main_models, *(self.files.loras(main) for main in main_models))
        return [file for file in found if style in good_at(file)]

    def offers_choice(self, style: str) -> bool:
        """Return whether some of the main models are good at a style and some are not."""
        return len({style in good_at(file) for file in self.main_models}) == 2


@dataclass(frozen=True)
class Case:
    """A prompt on an installation.

    Attributes:
        prompt: the text.
        cues: its cues that are alone in their group.
        unseen: those of the cues whose wording training never has.
        other: a prompt without cues, to put in its place.
        setup: the installation.
        real: whether a person wrote the prompt.
        asked: what the product reads in the prompt.
        wanted: the same for the workflows of the corpus.
        grammar: the grammar that workflows for it are written under.
    """

    prompt: str
    cues: frozenset[str]
    unseen: frozenset[str]
    other: str
    setup: Setup
    real: bool
    asked: Asked
    wanted: Wanted
    grammar: Grammar


def lone_cues(prompt: str) -> frozenset[str]:
    """Return a prompt's cues, without its styles where there are several: a workflow may follow only one of them."""
    found = cues(prompt)
    styles = found.intersection(STYLE_CUES)
    return found - styles if len(styles) > 1 else found


def possible(cue: str, setup: Setup) -> bool:
    """Return whether an installation has the files to follow a cue."""
    return cue not in STYLE_CUES or bool(setup.fitting(cue))


def good_at(file: ModelFile) -> frozenset[str]:
    """Return the styles that a main model or LoRA is good at, by its name."""
    return styles_of(file)


def named_by_unseen_words(style: str, setup: Setup) -> bool:
    """Return whether all files that are good at a style are named by a word that no file name in training has."""
    return all(any(word in file.alias for word in HELD_OUT_TRAIT_WORDS[style]) for file in setup.fitting(style))


def draw_setups(object_info: Mapping[str, Any], count: int, random: Random, *, held_out: bool = True) -> list[Setup]:
    """Draw installations on which pictures of other models than the miniature's can be made.

    Args:
        object_info: their node classes.
        count: number of installations.
        random: draws them.
        held_out: whether file names are those that training never has.

    Raises:
        WorkflowError: where nothing can be made with the node classes.
    """
    base = catalog_from_object_info(object_info, (), options_from_models=True)
    found: list[Setup] = []
    drawn, reason = 0, ""
    while len(found) < count:
        if not found and drawn == _HOPELESS:
            raise WorkflowError(
                f"nothing can be made with these node classes on any of {drawn} installations. --object-info needs the "
                f"classes of a whole ComfyUI, which `nodewright catalog` saves. The last one failed with: {reason}"
            )
        drawn += 1
        try:
            found.append(draw_setup(base, random, held_out=held_out))
        except WorkflowError as error:
            reason = str(error)
    return found


def draw_setup(base: Catalog, random: Random, *, held_out: bool) -> Setup:
    """Draw an installation.

    Args:
        base: its node classes.
        random: draws it.
        held_out: whether file names are those that training never has.

    Raises:
        WorkflowError: no pictures of other models than the miniature's can be made there.
    """
    catalog = installed(base, draw_inventory(random, held_out=held_out))
    setup = Setup(catalog, Grammar(catalog, Constraints(max_megapixels=CORPUS_MEGAPIXELS)), Installation(catalog))
    if not setup.main_models:
        raise WorkflowError("the miniature is its only model")
    return setup


def richest(setups: Sequence[Setup]) -> Setup:
    """Return the installation with the most main models and LoRAs."""
    return max(setups, key=lambda setup: len(setup.grammar.files))


def ask_cases(setups: Sequence[Setup], count: int, random: Random, *, held_out: bool = True) -> list[Case]:
    """Return cases of prompts that ask for something in so many words: a size, a number, a file, an enlargement."""
    found = []
    for _ in range(count):
        setup = random.choice(setups)
        prompt = asking(draw_prompt(random, held_out=held_out), setup.files, random, share=1.0)
        found.append(make_case(prompt, setup, False, random, held_out))
    return found


def draw_cases(
    setups: Sequence[Setup], real: Sequence[str], count: int, random: Random, *, held_out: bool = True
) -> list[Case]:
    """Return `count` cases of the prompt generator, each cue in turn, and up to a quarter as many of real prompts."""
    cases = []
    for index in range(count):
        prompt = _prompt_with(CUES[index % len(CUES)], random, held_out)
        if prompt is not None:
            cases.append(_case(prompt, setups, False, random, held_out))
    cued = [prompt for prompt in real if lone_cues(prompt)]
    for prompt in random.sample(cued, min(len(cued), count // 4)):
        cases.append(_case(prompt, setups, True, random, held_out))
    return cases


def cases_on(setup: Setup, count: int, random: Random, *, held_out: bool = True) -> list[Case]:
    """Return cases of one installation, of different prompts of the generator; half of them ask for detail."""
    prompts: dict[str, None] = {}
    while len(prompts) < count:
        prompt = draw_prompt(random, held_out=held_out)
        if len(prompts) % 2 and cues(prompt).isdisjoint(EFFORT_CUES):
            prompt = f"{prompt.rstrip(' .,')}, highly detailed"
        prompts[prompt] = None
    return [_case(prompt, [setup], False, random, held_out) for prompt in prompts]


def _prompt_with(cue: str, random: Random, held_out: bool) -> str | None:
    for _ in range(_TRIES):
        prompt = draw_prompt(random, held_out=held_out)
        if cue in lone_cues(prompt):
            return prompt
    return None


def _case(prompt: str, setups: Sequence[Setup], real: bool, random: Random, held_out: bool) -> Case:
    style = next(iter(lone_cues(prompt).intersection(STYLE_CUES)), None)
    setup = random.choice(setups)
    if style is not None:  # where there is a choice, else where it is possible at all, else anywhere
        fitting = [each for each in setups if each.fitting(style)]
        choosing = [each for each in fitting if each.offers_choice(style)]
        setup = random.choice(choosing or fitting or [setup])
    return make_case(prompt, setup, real, random, held_out)


def make_case(prompt: str, setup: Setup, real: bool, random: Random, held_out: bool) -> Case:
    """Return a prompt on an installation, with what the product reads in it."""
    found = lone_cues(prompt)
    other = next(text for _ in range(_TRIES) if not cues(text := draw_prompt(random, held_out=held_out)))
    asked = asked_of(prompt, setup.catalog, Constraints())
    unseen = frozenset(cue for cue in found if unseen_wording(prompt, cue))
    return Case(prompt, found, unseen, other, setup, real, asked, *wanted_of(asked, setup.catalog))
