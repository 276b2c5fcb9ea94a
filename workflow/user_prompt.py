"""What a user's prompt may be."""

from __future__ import annotations

from .graph import WorkflowError


class PromptError(WorkflowError):
    """A text that is no prompt. The message says why, and at which character, counted from 1."""


def checked_prompt(text: str) -> str:
    """The prompt, its Windows line ends as newlines, otherwise as it is.

    Raises PromptError if no character is visible, and for control characters other than newline and tab (U+0000 to
    U+001F, U+007F to U+009F) and lone surrogates, which are no Unicode text.
    """
    text = text.replace("\r\n", "\n")
    if not text.strip():
        raise PromptError("prompt: is empty; say what the picture shall show")
    for position, character in enumerate(text):
        code = ord(character)
        if (code < 32 and character not in "\n\t") or 127 <= code < 160:
            raise PromptError(f"prompt: control character U+{code:04X} at position {position + 1}; take it out")
        if 0xD800 <= code < 0xE000:
            raise PromptError(f"prompt: is not Unicode text: position {position + 1} is no character")
    return text
