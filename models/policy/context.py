"""What a policy reads before it writes: the prompt, and the names of the installed files.

A trie shows the model only the next token of each file's name, but it is the whole name that distinguishes a file. So
the model reads all names first, and a file is picked whole: the logit of one token (`Policy.pick_id`) after each name
rates the file, and the probabilities of the files to choose from are the softmax of these logits. The name's tokens
then follow without running the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


def installed_files(
    vocabulary: Vocabulary, files: Sequence[str], prompt: str, maximum_tokens: int = MAXIMUM_FILE_TOKENS
) -> dict[str, tuple[int, ...]]:
    """Return the ids of each file to read, in order.

    Where all files have more than `maximum_tokens`, files that share no word with the prompt are left out first, evenly
    over the list.

    Parameters:
        vocabulary: the policy's.
        files: the aliases of the installed files.
        prompt: the user's prompt.
        maximum_tokens: the most ids in total.
    """
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
