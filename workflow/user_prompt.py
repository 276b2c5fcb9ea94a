"""What a user's prompt may contain: the check that makes it safe to store, to send and to print."""

from __future__ import annotations

from .graph import WorkflowError

MAXIMUM_CHARACTERS = 100_000
"""The longest prompt: far beyond what any text encoder reads."""


class PromptError(WorkflowError):
    """A text that is not a valid prompt. The message names the fault and the character, counted from 1."""


def checked_prompt(text: str, name: str = "prompt") -> str:
    """Return the prompt, or another text of this name, with Windows line ends replaced by newlines.

    Raises:
        PromptError: there are more than MAXIMUM_CHARACTERS, none of them is visible, or there is a control character
            other than newline and tab (U+0000 to U+001F, U+007F to U+009F), or a lone surrogate, which is not Unicode.
    """
    text = text.replace("\r\n", "\n")
    if len(text) > MAXIMUM_CHARACTERS:
        raise PromptError(f"{name}: has {len(text):,} characters; at most {MAXIMUM_CHARACTERS:,} are read. Shorten it")
    if not text.strip():
        raise PromptError(f"{name}: is empty; describe the picture")
    for position, character in enumerate(text):
        code = ord(character)
        if (code < 32 and character not in "\n\t") or 127 <= code < 160:
            raise PromptError(f"{name}: control character U+{code:04X} at position {position + 1}; remove it")
        if 0xD800 <= code < 0xE000:
            raise PromptError(f"{name}: is not Unicode text: position {position + 1} is not a character")
    return text
