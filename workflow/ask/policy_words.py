"""The words in which a policy reads an ask, and what a file is good for.

Exact values (a size, a number of steps) are kept to by the grammar, so they need no words; that something was asked for
exactly is a word, since it goes with other choices.
"""

from __future__ import annotations

from .ask import Ask
from .words import EFFORTS, SHAPES, STYLES

POLICY_WORDS = (
    *SHAPES, *EFFORTS, *STYLES, "enlarge", "not_enlarged", "restyle", "sized", "model", "lora", "negative", "nothing",
)  # fmt: skip
"""All words that a policy may read, beside the prompt's own."""


def policy_words(ask: Ask) -> tuple[str, ...]:
    """Return an ask as words, in the order of `POLICY_WORDS`; "nothing" alone where nothing is asked for."""
    enlargement = ask.enlargement
    said = {
        **dict.fromkeys((ask.shape, ask.effort, *ask.styles), True),
        "text": "text" in ask.styles or bool(ask.lettering),
        "enlarge": enlargement is not None and enlargement.wanted,
        "not_enlarged": enlargement is not None and not enlargement.wanted,
        "restyle": ask.restyle is not None,
        "sized": ask.size is not None or ask.ratio is not None,
        "model": ask.model is not None or any(one.sort == "model" for one in ask.mentions),
        "lora": bool(ask.loras) or any(one.sort == "lora" for one in ask.mentions),
        "negative": bool(ask.negative),
    }
    return tuple(word for word in POLICY_WORDS if said.get(word)) or ("nothing",)
