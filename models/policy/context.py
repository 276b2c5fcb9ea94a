"""What a policy reads before it writes: the prompt, what it asks for, and the names of the installed files.

A trie shows the model only the next token of each file's name, but it is the whole name that distinguishes a file. So
the model reads all names first, and a file is picked whole: the logit of one token (`Policy.pick_id`) after each name
rates the file, and the probabilities of the files to choose from are the softmax of these logits. The name's tokens
then follow without running the model. Before the end of a name stands what the file is good at, a token a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from .vocabulary import Vocabulary

MAXIMUM_FILE_TOKENS = 640
"""About eighty files. The time to the first choice grows in proportion."""


@dataclass(frozen=True)
class Context:
    """What a policy reads.

    Attributes:
        ids: the token ids.
        places: the index in `ids` of the last id of each file's name.
    """

    ids: list[int]
    places: Mapping[str, int]


_WORDS = re.compile(r"[^\W\d_]{4,}")
_NO_WORDS: Mapping[str, Sequence[str]] = MappingProxyType({})
_LONGEST_NAME = 9
"""Ids of a name that are read where there are too many files: the first ones and, of its version, the last ones."""


def installed_files(
    vocabulary: Vocabulary,
    files: Sequence[str],
    prompt: str,
    maximum_tokens: int = MAXIMUM_FILE_TOKENS,
    *,
    ask: Sequence[str] = (),
    good_at: Mapping[str, Sequence[str]] = _NO_WORDS,
) -> dict[str, tuple[int, ...]]:
    """Return the ids of each file to read, in order.

    Where all files have more than `maximum_tokens`, long names are cut if the ask is read as well; and where that is
    not enough, files that share no word with prompt or ask are left out first, evenly over the list.

    Parameters:
        vocabulary: the policy's.
        files: the aliases of the installed files.
        prompt: the user's prompt.
        maximum_tokens: the most ids in total.
        ask: what the prompt asks for, as words.
        good_at: what files are good at, by alias.
    """
    names = [vocabulary.encode_choice(file) for file in files]
    read = [tuple(token for word in good_at.get(file, ()) for token in vocabulary.encode_read(word)) for file in files]
    if good_at and sum(map(len, (*names, *read))) > maximum_tokens:
        names = [_cut(name) for name in names]
    encoded = [(*name[:-1], *more, name[-1]) for name, more in zip(names, read, strict=True)]
    if sum(map(len, encoded)) <= maximum_tokens:
        return dict(zip(files, encoded, strict=True))
    words, asked = set(_WORDS.findall(prompt.lower())), set(ask)

    def fits(index: int) -> bool:
        file = files[index]
        return not words.isdisjoint(_WORDS.findall(file)) or not asked.isdisjoint(good_at.get(file, ()))

    # The bits of the index in reverse order: every beginning of this order is spread evenly over the list.
    width = len(files).bit_length()
    spread = sorted(range(len(files)), key=lambda index: f"{index:0{width}b}"[::-1])
    order = sorted(spread, key=lambda index: not fits(index))
    kept: list[int] = []
    for index in order:
        maximum_tokens -= len(encoded[index])
        if maximum_tokens < 0:
            break
        kept.append(index)
    return {files[index]: encoded[index] for index in sorted(kept)}


def _cut(name: tuple[int, ...]) -> tuple[int, ...]:
    """Return a name's ids without its middle where it is long; the end-of-choice id remains its last."""
    return name if len(name) <= _LONGEST_NAME else (*name[: _LONGEST_NAME - 4], *name[-4:])
