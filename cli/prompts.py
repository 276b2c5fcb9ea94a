"""Read the prompts of `generate`, `run` and `score`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from ..guarded_json import MEBIBYTE, JsonError, parse_json, read_bytes, shown_size
from ..workflow.user_prompt import PromptError, checked_prompt
from .reporting import BAD_INPUT, Failure, file_failure

LARGEST_PROMPT = MEBIBYTE
"""Largest prompt in bytes."""
LARGEST_PROMPTS = 64 * MEBIBYTE
"""Largest file of prompts in bytes."""


@dataclass(frozen=True)
class PromptLine:
    """One line of a file of prompts that is not empty."""

    number: int
    """The line's number, counted from 1."""
    data: bytes
    """The line as it stands in the file, without its end."""
    is_json: bool
    """Whether it is a JSON object with "prompt", or the prompt itself."""

    def prompt(self) -> str:
        """Return the checked prompt. Raises Failure, naming the line."""
        try:
            text = self.data.decode("utf-8")
            parsed = parse_json(text, f"line {self.number}", surrogates=True) if self.is_json else {"prompt": text}
        except UnicodeDecodeError as error:
            raise self._failure(f"not UTF-8 text ({error.reason} at byte {error.start})") from error
        except JsonError as error:
            raise Failure(BAD_INPUT, "prompt", str(error)) from error
        if not isinstance(parsed, dict) or not isinstance(parsed.get("prompt"), str):
            raise self._failure('not an object with a text "prompt"')
        try:
            return checked_prompt(parsed["prompt"])
        except PromptError as error:
            raise self._failure(str(error)) from error

    def _failure(self, message: str) -> Failure:
        return Failure(BAD_INPUT, "prompt", f"line {self.number}: {message}")


def read_prompt_lines(name: str) -> list[PromptLine]:
    """Return the lines of a file of prompts; "-" reads standard input.

    A file whose name ends in .jsonl holds JSON objects with "prompt", every other one prompt a line. Raises Failure
    where the file cannot be read.
    """
    try:
        data = _standard_input(LARGEST_PROMPTS) if name == "-" else read_bytes(Path(name), LARGEST_PROMPTS)
    except JsonError as error:
        raise Failure(BAD_INPUT, "file", str(error)) from error
    except OSError as error:
        raise file_failure(error) from error
    lines = enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1)
    is_json = name.lower().endswith(".jsonl")
    return [PromptLine(number, line.removesuffix(b"\r"), is_json) for number, line in lines if line.strip()]


def read_prompt(text: str) -> str:
    """Return the checked prompt; "-" reads it from standard input.

    Raises Failure for a prompt that is empty, holds control characters, or is not UTF-8 text.
    """
    if text == "-":
        try:
            text = _standard_input(LARGEST_PROMPT).decode("utf-8-sig")
        except OSError as error:
            raise file_failure(error) from error
        except UnicodeDecodeError as error:
            message = f"prompt: standard input is not UTF-8 text ({error.reason} at byte {error.start})"
            raise Failure(BAD_INPUT, "prompt", message) from error
        text = text.removesuffix("\n").removesuffix("\r")
    try:
        return checked_prompt(text)
    except PromptError as error:
        raise Failure(BAD_INPUT, "prompt", str(error)) from error


def _standard_input(most: int) -> bytes:
    """Return what standard input holds. Raises Failure where it is closed or holds more than `most` bytes."""
    if sys.stdin is None:
        raise Failure(BAD_INPUT, "prompt", "prompt: standard input is closed")
    data = sys.stdin.buffer.read(most + 1)
    if len(data) > most:
        raise Failure(BAD_INPUT, "prompt", f"prompt: standard input holds more than {shown_size(most)}")
    return data
