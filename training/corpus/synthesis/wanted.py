"""What a workflow of the corpus is to do: what is read in its prompt, by the product's own reader.

A pair is written under the grammar that the product writes under for the same prompt (`workflow.asked`), so that it
teaches the choices that are left then.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ....workflow.ask.policy_words import POLICY_WORDS, policy_words
from ....workflow.asked import Asked
from ....workflow.catalog.catalog import Catalog
from ....workflow.grammar.constraints import CORPUS_MEGAPIXELS
from ....workflow.grammar.grammar import Grammar
from ....workflow.grammar.wishes import Wishes
from ..prompts.cues import cues

cues_of = lru_cache(maxsize=65536)(cues)


@dataclass(frozen=True)
class Wanted:
    """What a prompt asks for on one installation."""

    text: str
    """What the picture model reads."""
    words: tuple[str, ...] = ()
    """The ask, as a policy reads it."""
    cues: frozenset[str] = frozenset()
    """The shape, the styles and the effort that are asked for."""
    wishes: Wishes = Wishes()
    """What the grammar keeps to."""
    required: tuple[str, ...] = ()
    """Classes that must occur."""
    forbidden: frozenset[str] = frozenset()
    """Classes that must not occur."""
    mains: frozenset[str] | None = None
    """Aliases of the main models to choose from; None for all."""
    most_pixels: float = CORPUS_MEGAPIXELS * 1e6
    """Pixels that no picture may exceed."""

    @property
    def numbers(self) -> frozenset[float]:
        """The numbers that are asked for."""
        wishes = self.wishes
        asked = (wishes.steps, wishes.cfg, wishes.factor, wishes.last_clip_layer, *(wishes.size or ()))
        weights = [weight for _, fit in wishes.fits for _, weight in fit.loras]
        weights += [weight for _, weight in wishes.loras]
        return frozenset(each for each in (*asked, *weights) if each is not None)

    def loras(self, main: str) -> dict[str, float | None]:
        """Return the LoRAs that go with a main model, each with the weight that is asked for."""
        found = dict(self.wishes.fit(main).loras)
        for alias, weight in self.wishes.loras:
            found[alias] = found.get(alias) if weight is None else weight
        return found

    @property
    def enlarged(self) -> bool:
        """Whether the picture may be enlarged."""
        return "ImageUpscaleWithModel" not in self.forbidden

    @property
    def exact(self) -> bool:
        """Whether exact settings of the sampling are asked for."""
        wishes = self.wishes
        return any(each is not None for each in (wishes.steps, wishes.cfg, wishes.sampler, wishes.scheduler))


def plainly_wanted(prompt: str) -> Wanted:
    """Return what a prompt asks for by its cues alone, with no exact values and on any installation."""
    found = cues_of(prompt)
    return Wanted(prompt, tuple(word for word in POLICY_WORDS if word in found) or ("nothing",), found)


def wanted_of(asked: Asked, catalog: Catalog) -> tuple[Wanted, Grammar]:
    """Return what is asked for on an installation, and the grammar that workflows for it are written under.

    Raises:
        ConstraintError: nothing can be made under the constraints.
    """
    grammar, _ = asked.grammar(catalog)
    kept = grammar.constraints
    words = policy_words(asked.ask)
    found = cues_of(asked.ask.prompt) | frozenset(words)
    megapixels = CORPUS_MEGAPIXELS if kept.max_megapixels is None else kept.max_megapixels
    wanted = Wanted(
        asked.text, words, found, kept.wishes, kept.required, kept.forbidden, frozenset(grammar.main_choices),
        megapixels * 1e6,
    )  # fmt: skip
    return wanted, grammar
