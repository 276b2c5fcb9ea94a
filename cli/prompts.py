"""Read the prompts of `generate`, `run` and `score`."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

from ..workflow.user_prompt import PromptError, checked_prompt
from .reporting import BAD_INPUT, Failure, file_failure


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
            parsed = json.loads(text) if self.is_json else {"prompt": text}
        except UnicodeDecodeError as error:
            raise self._failure(f"not UTF-8 text ({error.reason} at byte {error.start})") from error
        except (ValueError, RecursionError) as error:
            raise self._failure(f"not JSON: {error}") from error
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
        if name == "-":
            data = sys.stdin.buffer.read()
        else:
            with open(name, "rb") as file:
                data = file.read()
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
            text = sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            message = f"prompt: standard input is not UTF-8 text ({error.reason} at byte {error.start})"
            raise Failure(BAD_INPUT, "prompt", message) from error
        text = text.removesuffix("\n").removesuffix("\r")
    try:
        return checked_prompt(text)
    except PromptError as error:
        raise Failure(BAD_INPUT, "prompt", str(error)) from error
