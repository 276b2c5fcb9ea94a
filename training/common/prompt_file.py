"""Files of prompts: one prompt a line, a column of a table, or objects with what is known of each prompt."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ...guarded_json import JsonError, parse_json, read_bytes
from ...json_shapes import Object, TableOf, Text, check
from ...opening import open_ordinary_text
from ...workflow.graph import WorkflowError
from .pairs import LARGEST_DATA, LARGEST_LINE, DataError, lines_within

_EVALUATION_SHARE = 20
"""One in this many prompts is kept for evaluation."""


@dataclass(frozen=True)
class PromptRecord:
    """A prompt, and what is known of it.

    Attributes:
        prompt: the text.
        meaning: what the prompt says, as JSON, for scorers that judge by it; None where that is not known.
        kind: the kind of prompt; "" where it has none.
        split: "train", "validation" or "test".
    """

    prompt: str
    meaning: dict[str, Any] | None = None
    kind: str = ""
    split: str = "train"


def read_prompts(path: Path) -> list[str]:
    """Return the distinct prompts of a file: of .tsv and .jsonl the column or key "prompt", else one a line.

    Raises:
        WorkflowError: naming the file, where its content has another form.
        OSError: where it cannot be read.
    """
    try:
        # splitlines would also split within JSON's texts
        lines = read_bytes(path, LARGEST_DATA).decode("utf-8-sig").replace("\r\n", "\n").split("\n")
        if path.suffix == ".tsv":
            rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            found = [row["prompt"] for row in rows]
        elif path.suffix == ".jsonl":
            found = [_prompt_of(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]
        else:
            found = lines
        # JSON may hold halves of surrogate pairs, which cannot be written.
        whole = (prompt.encode("utf-8", "replace").decode("utf-8").strip() for prompt in found if prompt)
        return list(dict.fromkeys(prompt for prompt in whole if prompt))
    except UnicodeDecodeError as error:
        raise WorkflowError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from error
    except JsonError as error:
        raise WorkflowError(str(error)) from error
    except (AttributeError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise WorkflowError(
            f"{path}: no prompts can be read from it ({error!r}); it needs a 'prompt' in every row"
        ) from error


def _prompt_of(line: str, place: str) -> str:
    """Return the prompt of a line. Raises JsonError."""
    prompt: str = check(parse_json(line, place, surrogates=True), Object({"prompt": Text()}), place)["prompt"]
    return prompt


def is_evaluation_prompt(prompt: str) -> bool:
    """Return whether a prompt is kept from training for evaluation: one in twenty, by a hash of its text."""
    return blake2b(prompt.encode(), digest_size=8).digest()[0] % _EVALUATION_SHARE == 0


def read_prompt_records(path: Path) -> list[PromptRecord]:
    """Return the prompts of a .jsonl file with what is known of them.

    Raises:
        DataError: naming file and line, or where there is no prompt.
    """
    records = [row.prompt_record() for row in read_rows(path)]
    if not records:
        raise DataError(f"{path}: there is no prompt in it")
    return records


class Row(dict[str, Any]):
    """An object of a .jsonl file.

    Attributes:
        place: file and line, for messages.
    """

    place = ""

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text of the object. Raises DataError where it is another thing, or missing without a default."""
        value = self.get(name, default)
        if not isinstance(value, str):
            raise DataError(f"{self.place}: {name} must be a text")
        return value

    def object(self, name: str) -> dict[str, Any] | None:
        """Return an object within the object, None where it is missing. Raises DataError where it is another thing."""
        value = self.get(name)
        if value is not None and not isinstance(value, dict):
            raise DataError(f"{self.place}: {name} must be an object")
        return value

    def prompt_record(self) -> PromptRecord:
        """Return the object as a prompt record. Raises DataError."""
        return PromptRecord(
            self.text("prompt"), self.object("meaning"), self.text("kind", ""), self.text("split", "train")
        )


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the objects of a .jsonl file. Raises DataError naming file and line."""
    try:
        with open_ordinary_text(path, "utf-8-sig") as lines:
            for number, line in enumerate(lines_within(lines, path), 1):
                if not line.strip():
                    continue
                place = f"{path}, line {number}"
                row = Row(check(parse_json(line, place, maximum_bytes=LARGEST_LINE), TableOf(), place))
                row.place = place
                yield row
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    except JsonError as error:
        raise DataError(str(error)) from error
