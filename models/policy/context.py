"""What a policy reads before it writes: the prompt, and the names of the installed files.

A trie shows the model only the next token of each file's name, and a file is told by all of its name. So the model
reads all names first, and a file is picked whole: the logit of one token, PICK, after each name says how well the file
suits, and the probabilities of the files to choose from are the softmax of these. The names then follow by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .vocabulary import Vocabulary

MAXIMUM_FILE_TOKENS = 640
"""About eighty files. Reading takes time in proportion to it, before the first choice."""


@dataclass(frozen=True)
class Context:
    """ids: what the policy reads. places: of each file that it reads, the index of its name's last id."""

    ids: list[int]
    places: Mapping[str, int]


_WORDS = re.compile(r"[^\W\d_]{4,}")


def installed_files(
    vocabulary: Vocabulary, files: Sequence[str], prompt: str, maximum_tokens: int = MAXIMUM_FILE_TOKENS
) -> dict[str, tuple[int, ...]]:
    """The ids of each file, in order. Where all of them have more than `maximum_tokens`, those go first that share no
    word with the prompt, evenly over the list."""
    encoded = [vocabulary.encode_choice(file) for file in files]
    if sum(map(len, encoded)) <= maximum_tokens:
        return dict(zip(files, encoded, strict=True))
    words = set(_WORDS.findall(prompt.lower()))
    # The bits of the index in reverse order: every beginning of this order is spread evenly over the list.
    width = len(files).bit_length()
    spread = sorted(range(len(files)), key=lambda index: f"{index:0{width}b}"[::-1])
    order = sorted(spread, key=lambda index: words.isdisjoint(_WORDS.findall(files[index])))
    kept: list[int] = []
    for index in order:
        maximum_tokens -= len(encoded[index])
        if maximum_tokens < 0:
            break
        kept.append(index)
    return {files[index]: encoded[index] for index in sorted(kept)}
