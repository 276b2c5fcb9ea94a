"""Tables in Markdown, as every report of the training stages writes them, and the pages that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ...files import write_text

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
"""The marks between which a page's figures stand."""


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1) -> str:
    """Return a table in Markdown whose columns are padded to one width each.

    Args:
        head: titles of the columns.
        rows: cells, as many in each row as there are titles.
        left: number of columns, from the first, that are aligned to the left; the others hold figures.
    """
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def line_of(cells: Sequence[str]) -> str:
        padded = (
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )  # fmt: skip
        return "| " + " | ".join(padded) + " |"

    rule = "|".join("-" * (width + 1) + ("-" if column < left else ":") for column, width in enumerate(widths))
    return "\n".join([line_of(lines[0]), f"|{rule}|", *map(line_of, lines[1:])])


def put_between_marks(page: Path, text: str) -> None:
    """Replace what stands between the marks of a page.

    Raises:
        ValueError: where the page has no marks.
    """
    old = page.read_text(encoding="utf-8")
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page}: there is no {BEGIN} with {END} after it to put the results between")
    write_text(page, f"{before}{BEGIN}\n\n{text}\n{END}{after}")
