"""Pairs of a prompt and a script, from a file of lines to packed rows of token ids.

A line is {"prompt": text, "files": [alias, ...], "mains": number, "choices": [choice, ...], "forced": [index, ...]}:
what is wanted, which models are installed (`Grammar.files`) and how many of them are main models, the script, and
which of its choices were the only one allowed. The decoder appends those without evaluating the model, so they carry no
loss. A file among those that the policy reads is picked whole, as in models/policy/decoding.py: its first token stands
for the pick, and the ends of the names of all files that it was picked among are kept beside the ids. "ask" and
"good_at" are what the prompt asks for and what files are good at, as words. All but prompt and choices may be left out.
"""

from __future__ import annotations

import bisect
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

from ...guarded_json import MEBIBYTE, JsonError, parse_json
from ...json_shapes import ListOf, Object, TableOf, Text, Whole, check
from ...models.policy.folders import FolderKind, write_folder
from ...models.policy.policy import Policy
from ...models.policy.vocabulary import is_file
from ...opening import open_ordinary_text
from ...workflow.api_format import read_json

CHOICE_KINDS = ("class", "link", "setting", "number", "option", "file", "text")
"""The kinds of choice that losses on held-out pairs are reported for."""
FIRST, PICK = 0x80, 0x40
"""Bits of a token's mark: the first token of a choice that carries loss; a token that stands for picking a file, see
`EncodedPairs.picks`. The other bits, KIND, are 1 + the index in CHOICE_KINDS, or 0 for a token without loss."""
KIND = PICK - 1

_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")


LARGEST_DATA = 2048 * MEBIBYTE
"""Largest file of data that is read at once, in bytes."""
LARGEST_LINE = 16 * MEBIBYTE
"""Longest line of a file of data, in characters."""
_PAIR = Object(
    {"prompt": Text(), "choices": ListOf(Text(), 1)},
    {
        "files": ListOf(Text()),
        "forced": ListOf(Whole(0)),
        "mains": Whole(0),
        "ask": ListOf(Text(1)),
        "good_at": TableOf(ListOf(Text(1))),
    },
)


class DataError(ValueError):
    """Training data that cannot be used. The message names file and line."""


def family_of(alias: str) -> str:
    """Return the family of a file's alias: the part before the slash."""
    return alias.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Pair:
    """A prompt with the script of a workflow for it.

    Attributes:
        prompt: the text.
        choices: the script.
        files: aliases of the installed files, the main models first.
        forced: indices of the choices that were the only one allowed.
        main_models: number of main models among `files`.
        ask: what the prompt asks for, as words (`ask.policy_words`).
        good_at: what files are good at, by alias.
    """

    prompt: str
    choices: tuple[str, ...]
    files: tuple[str, ...] = ()
    forced: frozenset[int] = frozenset()
    main_models: int = 0
    ask: tuple[str, ...] = ()
    good_at: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def distractors(self, index: int) -> tuple[str, ...]:
        """Return the files that a choice was made among, the chosen one included.

        The first choice is made among the main models, any other file among those of its kind and of the main model's
        family. Empty for a choice that is none of `files`.
        """
        choice, family = self.choices[index], family_of(self.choices[0])
        mains, loras = self.files[: self.main_models], self.files[self.main_models :]
        found = mains if choice in mains else loras
        if index > 0:
            found = tuple(file for file in found if family_of(file) in (family, "shared"))
        return found if choice in found else ()


@dataclass(frozen=True)
class Survey:
    """What a tokenizer and the workflow words are made from.

    Attributes:
        prompts: every prompt, once.
        names: every choice and every file, once.
        counts: number of scripts that each choice stands in.
        lengths: number of choices in each script.
    """

    prompts: tuple[str, ...]
    names: tuple[str, ...]
    counts: Counter[str]
    lengths: tuple[int, ...]


@dataclass(frozen=True)
class EncodedPairs:
    """All pairs of a file, one after the other, as arrays that stay on disk until they are needed.

    Attributes:
        ids: (tokens,), token ids of context and script.
        marks: (tokens,) uint8, see FIRST.
        ends: (pairs,), where each pair ends in `ids`.
        held_out: (pairs,) bool, whether a pair is kept for measuring.
        picks: (picked files,) uint16. For each token with the mark PICK, the ends of the names of the files that it
            was picked among, counted from the pair's beginning; the picked one comes first.
        pick_ends: (marked tokens,), where each marked token's part ends in `picks`.
        marked_ends: (pairs,), number of marked tokens up to each pair's end.
    """

    ids: npt.NDArray[Any]
    marks: npt.NDArray[np.uint8]
    ends: npt.NDArray[np.int64]
    held_out: npt.NDArray[np.bool_]
    picks: npt.NDArray[np.uint16]
    pick_ends: npt.NDArray[np.int64]
    marked_ends: npt.NDArray[np.int64]

    def picks_of(self, pair: int) -> list[npt.NDArray[np.uint16]]:
        """Return the part of `picks` of each of a pair's tokens with the mark PICK, each (files,)."""
        tokens = range(int(self.marked_ends[pair - 1]) if pair else 0, int(self.marked_ends[pair]))
        ends = self.pick_ends
        return [self.picks[int(ends[token - 1]) if token else 0 : int(ends[token])] for token in tokens]

    def span(self, pair: int) -> slice:
        """Return where a pair's tokens are in `ids`."""
        return slice(int(self.ends[pair - 1]) if pair else 0, int(self.ends[pair]))

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Number of tokens of each pair, (pairs,)."""
        return np.diff(self.ends, prepend=0)


def read_pairs(path: Path) -> Iterator[Pair]:
    """Yield the pairs of a .jsonl file. Raises DataError naming file and line."""
    known: dict[str, str] = {}  # the same texts stand in many lines
    number = 0
    try:
        with open_ordinary_text(path, "utf-8") as lines:
            for number, line in enumerate(lines_within(lines, path), 1):  # noqa: B007 - the messages below name it
                if line.strip():
                    yield _read_pair(line, known)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    except DataError as error:
        raise DataError(f"{path}, line {number}: {error}") from error


def lines_within(lines: TextIO, path: Path) -> Iterator[str]:
    """Yield the lines of an open file. Raises DataError for one that is longer than LARGEST_LINE."""
    number = 0
    while line := lines.readline(LARGEST_LINE + 1):
        number += 1
        if len(line) > LARGEST_LINE:
            raise DataError(f"{path}, line {number}: longer than {LARGEST_LINE} characters")
        yield line


def _read_pair(line: str, known: dict[str, str]) -> Pair:
    try:
        parsed = check(parse_json(line, "pair", maximum_bytes=LARGEST_LINE, surrogates=True), _PAIR, "pair")
    except JsonError as error:
        raise DataError(str(error)) from error
    prompt, choices = parsed["prompt"], parsed["choices"]
    files, forced, mains = parsed.get("files", []), parsed.get("forced", []), parsed.get("mains", 0)
    if not all(at < len(choices) for at in forced):
        raise DataError("forced must be a list of indices of choices")
    if mains > len(files):
        raise DataError("mains must be the number of main models, which stand first among files")
    share = known.setdefault
    return Pair(
        prompt,
        tuple(share(text, text) for text in choices),
        tuple(share(text, text) for text in files),
        frozenset(forced),
        mains,
        tuple(parsed.get("ask", ())),
        {share(file, file): tuple(words) for file, words in parsed.get("good_at", {}).items()},
    )


def read_words(path: Path) -> tuple[str, ...]:
    """Return the words of a .json file. Raises DataError or WorkflowError."""
    words = read_json(path)
    if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
        raise DataError(f"{path}: must be a list of texts")
    return tuple(words)


def is_held_out(pair: Pair, share: float) -> bool:
    """Return whether a pair is kept for measuring; its prompt alone decides, so that no prompt is on both sides."""
    digest = hashlib.sha256(pair.prompt.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:4], "big") < share * 2**32


def survey(pairs: Iterable[Pair]) -> Survey:
    """Return what a tokenizer and the workflow words are made from."""
    prompts: dict[str, None] = {}
    files: set[str] = set()
    counts: Counter[str] = Counter()
    lengths: list[int] = []
    for pair in pairs:
        prompts[pair.prompt] = None
        files.update(pair.files)
        counts.update(set(pair.choices))
        lengths.append(len(pair.choices))
    return Survey(tuple(prompts), tuple(sorted(files | counts.keys())), counts, tuple(lengths))


@lru_cache(maxsize=100_000)
def kind_of(choice: str, after: str) -> str:
    """Return the kind of a choice, one of CHOICE_KINDS; `after` is the choice before it."""
    if choice.startswith("&"):
        return "link"
    if choice.startswith(("@prompt", "@empty", "+", ";")):
        return "text"
    if is_file(choice):
        return "file"
    if len(choice) > 1 and choice.endswith(("=", ">")):
        return "setting"
    if after.endswith("="):
        return "number" if _NUMBER.fullmatch(choice) else "option"
    return "class"


def encode_pair(policy: Policy, pair: Pair, prompt_tokens: int) -> tuple[list[int], bytes, list[list[int]]]:
    """Encode a pair.

    Args:
        policy: whose vocabulary is used.
        pair: the pair.
        prompt_tokens: the most tokens of a prompt.

    Returns:
        Token ids, context first; a mark for each, see FIRST; and for each token with the mark PICK the ends of the
        names of the files that it was picked among, the picked one first.
    """
    context = policy.context(pair.prompt, pair.files, prompt_tokens, ask=pair.ask, good_at=pair.good_at)
    ids, marks = list(context.ids), bytearray(len(context.ids))
    picks: list[list[int]] = []
    before = ""
    for index, choice in enumerate(pair.choices):
        tokens = policy.vocabulary.encode_choice(choice)
        ids.extend(tokens)
        kind = 1 + CHOICE_KINDS.index(kind_of(choice, before))
        if index in pair.forced:
            marks.extend(bytes(len(tokens)))
        elif choice in context.places and (distractors := pair.distractors(index)):
            places = [context.places[file] for file in (choice, *distractors) if file in context.places]
            picks.append(list(dict.fromkeys(places)))
            marks.extend(bytes([kind | FIRST | PICK, *bytes(len(tokens) - 1)]))
        else:
            marks.extend(bytes([kind | FIRST, *[kind] * (len(tokens) - 1)]))
        before = choice
    return ids, bytes(marks), picks


def encode_pairs(
    policy: Policy, pairs: Iterable[Pair], *, held_out: float, prompt_tokens: int, context: int
) -> tuple[EncodedPairs, int]:
    """Encode pairs as arrays.

    Args:
        policy: whose vocabulary is used.
        pairs: the pairs.
        held_out: share of the prompts that is kept for measuring.
        prompt_tokens: the most tokens of a prompt.
        context: the most tokens of a pair.

    Returns:
        The arrays, and the number of pairs that were left out since they have more than `context` tokens.
    """
    small = policy.vocabulary.size <= 2**16
    ids: list[npt.NDArray[Any]] = []
    marks: list[bytes] = []
    ends: list[int] = []
    held: list[bool] = []
    picks: list[int] = []
    pick_ends: list[int] = []
    marked_ends: list[int] = []
    end = dropped = 0
    for pair in pairs:
        tokens, marked, picked = encode_pair(policy, pair, prompt_tokens)
        if len(tokens) > context:
            dropped += 1
            continue
        end += len(tokens)
        ids.append(np.array(tokens, np.uint16 if small else np.uint32))
        marks.append(marked)
        ends.append(end)
        held.append(is_held_out(pair, held_out))
        for places in picked:
            picks += places
            pick_ends.append(len(picks))
        marked_ends.append(len(pick_ends))
    encoded = EncodedPairs(
        np.concatenate(ids) if ids else np.zeros(0, np.uint16),
        np.frombuffer(b"".join(marks), np.uint8),
        np.array(ends, np.int64),
        np.array(held, np.bool_),
        np.array(picks, np.uint16),
        np.array(pick_ends, np.int64),
        np.array(marked_ends, np.int64),
    )
    return encoded, dropped


_ARRAYS = ("ids", "marks", "ends", "held_out", "picks", "pick_ends", "marked_ends")
_ROWS_FOLDER = FolderKind("a folder of encoded pairs", "ids.npy", tuple(f"{name}.npy" for name in _ARRAYS))


def save_encoded(encoded: EncodedPairs, folder: Path) -> None:
    """Write the arrays to a folder. Raises CheckpointError."""

    def write(target: Path) -> None:
        for name in _ARRAYS:
            np.save(target / f"{name}.npy", getattr(encoded, name))

    write_folder(folder, _ROWS_FOLDER, write)


def load_encoded(folder: Path) -> EncodedPairs:
    """Return the arrays that `save_encoded` wrote, mapped into memory."""
    return EncodedPairs(*(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS))


def pack(lengths: Sequence[int], row_tokens: int, seed: int) -> list[tuple[int, ...]]:
    """Pack pairs into rows: longest pair first into the fullest row that has room (best fit decreasing).

    Args:
        lengths: number of tokens of each pair.
        row_tokens: the most tokens of a row; a longer pair has a row of its own.
        seed: draws the order of pairs of one length.

    Returns:
        The indices of the pairs in each row.
    """
    order = np.random.default_rng(seed).permutation(len(lengths))
    order = order[np.argsort(-np.asarray(lengths, np.int64)[order], kind="stable")]
    rows: list[list[int]] = []
    with_room: dict[int, list[int]] = {}  # rows by the tokens that they have left
    rooms: list[int] = []  # the keys, ascending
    for pair in order.tolist():
        length = int(lengths[pair])
        at = bisect.bisect_left(rooms, length)
        if at == len(rooms):
            row, room = len(rows), max(row_tokens, length)
            rows.append([])
        else:
            room = rooms[at]
            row = with_room[room].pop()
            if not with_room[room]:
                del with_room[room], rooms[at]
        rows[row].append(pair)
        room -= length
        if room:
            if room not in with_room:
                with_room[room] = []
                bisect.insort(rooms, room)
            with_room[room].append(row)
    return [tuple(row) for row in rows]
