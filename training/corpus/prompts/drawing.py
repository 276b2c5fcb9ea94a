"""The prompts of a corpus: the generator's, and people's where there are files of them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from .cues import CUES, cues
from .generator import draw_prompt

CUED = 0.25
"""Share of prompts that are drawn for a certain cue, each cue as often."""
_TRIES = 60


@dataclass(frozen=True)
class PromptDrawing:
    """What prompts are drawn from."""

    files: tuple[tuple[str, ...], ...] = ()
    """People's prompts, by file; half of the prompts are from these."""
    held_out: bool = False
    """Whether the generator's prompts are those that training never draws."""

    def draw(self, random: Random) -> str:
        """Return a prompt.

        One in four is drawn for a certain cue, each cue as often. Of the others, one in two without any cue is drawn
        again, so that more workflows depend on their prompts.
        """
        if random.random() < CUED:
            cue = random.choice(CUES)
            for _ in range(_TRIES):
                prompt = self._any(random)
                if cue in cues(prompt):
                    return prompt
        prompt = self._any(random)
        return self._any(random) if not cues(prompt) and random.random() < 0.5 else prompt

    def _any(self, random: Random) -> str:
        if self.files and random.random() < 0.5:
            return random.choice(random.choices(self.files, [len(file) ** 0.5 for file in self.files])[0])
        return draw_prompt(random, held_out=self.held_out)
