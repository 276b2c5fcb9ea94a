"""Read the prompts of `generate`, `run` and `score`."""

from __future__ import annotations

import sys

from .reporting import BAD_INPUT, Failure


def read_prompt(text: str) -> str:
    """Return the checked prompt; "-" reads it from standard input.

    Raises Failure for a prompt that is empty, holds control characters, or is not UTF-8 text.
    """
    from ..workflow.user_prompt import PromptError, checked_prompt

    if text == "-":
        try:
            text = sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            message = f"prompt: standard input is not UTF-8 text ({error.reason} at byte {error.start})"
            raise Failure(BAD_INPUT, "prompt", message) from error
        text = text.removesuffix("\n").removesuffix("\r")
    try:
        return checked_prompt(text)
    except PromptError as error:
        raise Failure(BAD_INPUT, "prompt", str(error)) from error
