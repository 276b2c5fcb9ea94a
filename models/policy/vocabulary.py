"""How choices and prompts become token ids.

A choice's ids never depend on what stands beside it. A workflow word is one id, above those of the base tokenizer.
Any other choice is spelled: the base tokenizer's pieces of its text alone, then the end-of-choice id, which no
spelling contains. A file, "family/my_name", begins with the word "family/" where there is one (such a word is never
a choice by itself), and its name is spelled as " my name": the words of a name then have the ids that they have in a
prompt. So no choice's ids are the beginning of another's, and a script's ids have one reading.

A word that is read and never written ("tall", "photo": what is asked for, and what a file is good at) is the workflow
word "?tall" where there is one, else the pieces of its text.

The user's prompt is data: text in it that looks like a special token is encoded as plain text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

from ...workflow.families.names import normalised

MAXIMUM_PROMPT_TOKENS = 256

_MOST_ENCODED = 500_000
"""Number of choices whose ids are kept, in about 150 MB at most."""

_FILE = re.compile(r"[a-z0-9_]+/[a-z0-9_]+")
_FAMILY = re.compile(r"[a-z0-9_]+/")


class VocabularyError(ValueError):
    """A tokenizer or a choice cannot be encoded unambiguously. The message states which, and what to do."""


class ChoiceSet(Protocol):
    """What the vocabulary needs of a grammar's set of choices. It is hashable by identity and weakly referable.

    A set that lives long is encoded once.
    """

    @property
    def choices(self) -> tuple[str, ...]:
        """The choices, which are distinct."""
        ...


@dataclass(frozen=True)
class PromptFrame:
    """The text around the user's prompt, in which special tokens are recognised.

    Attributes:
        before: before the prompt.
        after: after everything else.
        files: between the prompt and the installed files; a policy whose frame has none does not read the files.
        ask: between the prompt and the words of the ask; a policy whose frame has none reads neither these nor what the
            files are good at.
    """

    before: str = "A workflow for the picture: "
    after: str = "\n"
    files: str = ""
    ask: str = ""


READ = "?"
"""What a workflow word begins with that is read and never written."""


class Trie:
    """One branching of a set's encoded choices, by token id.

    Attributes:
        ids: the ids that may come next, ascending, (ids,).
        children: by id: another branching, or a choice whose remaining ids it shares with no other.
    """

    __slots__ = ("children", "ids")

    def __init__(self, children: dict[int, Trie | str]) -> None:
        self.children = children
        self.ids: npt.NDArray[np.int64] = np.array(sorted(children), dtype=np.int64)


class Vocabulary:
    """The ids of choices, prompts and prompt frames.

    Attributes:
        tokenizer: the base tokenizer; it is not changed.
        words: the workflow words, distinct; `words[i]` has the id `base_size + i`.
        base_size: the number of ids of the base tokenizer.
        end_id: the end-of-choice id.
    """

    def __init__(self, tokenizer: Tokenizer, words: Sequence[str] = (), *, end_id: int | None = None) -> None:
        """Make a vocabulary.

        Parameters:
            tokenizer: the base tokenizer.
            words: the workflow words.
            end_id: the end-of-choice id. By default the id after the words', or, where there are no words, the
                tokenizer's newline, which no choice contains.

        Raises:
            VocabularyError: when words are not distinct, or when there is no id to end choices with.
        """
        self.tokenizer = tokenizer
        self.words = tuple(words)
        added = tokenizer.get_added_tokens_decoder()
        ids = tokenizer.get_vocab(with_added_tokens=True).values()
        self.base_size = 1 + max(ids, default=-1)  # some tokenizers have holes, so their length is not enough
        self._word_ids = {word: self.base_size + index for index, word in enumerate(self.words)}
        if len(self._word_ids) != len(self.words):
            twice = next(word for word in self.words if self.words.count(word) > 1)
            raise VocabularyError(f"the workflow word {twice!r} stands in the vocabulary twice")
        self._plain = _without_added_tokens(tokenizer)
        if end_id is None:
            end_id = self.base_size + len(self.words) if self.words else self._newline_id(added.keys())
        self.end_id = end_id
        # A Unigram or merge-everything model can still arrive at a special token's id from its plain text.
        self._forbidden = frozenset(added) | {self.end_id}
        self._encoded: dict[str, tuple[int, ...]] = {}
        self._tries: WeakKeyDictionary[ChoiceSet, Trie | str] = WeakKeyDictionary()

    @property
    def size(self) -> int:
        """The least number of embeddings that the model needs."""
        return max(self.base_size + len(self.words), self.end_id + 1)

    def encode_choice(self, choice: str) -> tuple[int, ...]:
        """Return the ids of a choice.

        One workflow word; or, for any other choice, the word of its family if it is a file, pieces of its text, and the
        end-of-choice id.
        """
        known = self._encoded.get(choice)
        if known is None:
            word = self._word_ids.get(choice)
            known = self._spell_choice(choice) if word is None else (word,)
            if len(self._encoded) >= _MOST_ENCODED:
                self._encoded.clear()  # the files and options of installations that are gone
            self._encoded[choice] = known
        return known

    def _spell_choice(self, choice: str) -> tuple[int, ...]:
        if not is_file(choice):
            return (*self._spell(choice), self.end_id)
        family, name = file_spelling(choice)
        word = self._word_ids.get(family)
        if word is None:
            return (*self._spell(family + name), self.end_id)
        return (word, *self._spell(name), self.end_id)

    def encode_read(self, word: str) -> tuple[int, ...]:
        """Return the ids of a word that the policy reads beside the prompt, such as "tall" or "pixel_art"."""
        known = self._word_ids.get(READ + word)
        return tuple(self._spell(" " + word.replace("_", " "))) if known is None else (known,)

    def encode_prompt(self, text: str, maximum_tokens: int = MAXIMUM_PROMPT_TOKENS) -> list[int]:
        """Return the ids of a user's prompt. Lone surrogates become "?".

        Of a prompt with more than `maximum_tokens` ids the first and the last half of these are kept: the subject
        stands mostly at the beginning, and later additions at the end.
        """
        if maximum_tokens < 0:
            raise ValueError(f"maximum_tokens is {maximum_tokens}; it must not be negative")
        ids = self._spell(text)
        if len(ids) <= maximum_tokens:
            return ids
        last = maximum_tokens // 2
        return ids[: maximum_tokens - last] + ids[len(ids) - last :]

    def encode_frame(self, frame: PromptFrame) -> tuple[list[int], list[int], list[int], list[int]]:
        """Return the ids before the prompt, before the ask, before the files, and after everything.

        Tokens that the tokenizer puts at the beginning of a text (a beginning-of-sequence token) come first.
        """
        encoding = _encoded(self.tokenizer, frame.before, special=True)
        before = list(encoding.ids)
        while before and encoding.special_tokens_mask[len(before) - 1] and len(before) > 1:
            before.pop()  # what it puts at the end of a text is not wanted here
        ask, files, after = (list(_encoded(self.tokenizer, text).ids) for text in (frame.ask, frame.files, frame.after))
        return before, ask, files, after

    def trie(self, choice_set: ChoiceSet) -> Trie | str:
        """Return a set's choices as a trie, or the choice itself where there is only one. Kept while the set lives.

        Raises:
            VocabularyError: naming both, when two choices have the same ids.
        """
        known = self._tries.get(choice_set)
        if known is None:
            known = self._tries[choice_set] = self._grow(choice_set.choices)
        return known

    def decode(self, ids: Iterable[int]) -> str:
        """Return ids as text, for messages and debugging."""
        parts = []
        for token in ids:
            if token == self.end_id:
                parts.append(" ")
            elif token >= self.base_size:
                word = self.words[token - self.base_size]
                parts.append(word if word.endswith("/") else word + " ")
            else:
                parts.append(self.tokenizer.decode([token], skip_special_tokens=False))
        return "".join(parts)

    def _spell(self, text: str) -> list[int]:
        text = text.encode("utf-8", "replace").decode("utf-8")
        ids = list(_encoded(self._plain, text).ids)
        if self._forbidden.isdisjoint(ids):
            return ids
        return [piece for token in ids for piece in (self._characters(token) if token in self._forbidden else (token,))]

    def _characters(self, token: int) -> Iterator[int]:
        """Yield the ids of a special token's own text, spelled one character at a time."""
        for character in self.tokenizer.id_to_token(token) or "":
            for piece in _encoded(self._plain, character).ids:
                if piece not in self._forbidden:
                    yield piece

    def _grow(self, choices: Sequence[str]) -> Trie | str:
        if len(choices) == 1:
            return choices[0]
        root: dict[int, Trie | str] = {}
        # Branchings still to be made: where it goes, its depth, and the choices that share the ids up to there.
        todo: list[tuple[dict[int, Trie | str], int, Sequence[str]]] = [(root, 0, choices)]
        made: list[tuple[dict[int, Trie | str], int, dict[int, Trie | str]]] = []
        while todo:
            children, depth, members = todo.pop()
            groups: dict[int, list[str]] = {}
            for choice in members:
                ids = self.encode_choice(choice)
                if len(ids) <= depth:  # prefix-free, so the others in the group are exactly as long
                    raise VocabularyError(
                        f"the tokenizer gives {members[0]!r} and {members[1]!r} the same ids, so the model cannot "
                        "choose between them. Use a policy whose tokenizer is lossless (byte-level BPE)"
                    )
                groups.setdefault(ids[depth], []).append(choice)
            for token, group in groups.items():
                if len(group) == 1:
                    children[token] = group[0]
                else:
                    below: dict[int, Trie | str] = {}
                    todo.append((below, depth + 1, group))
                    made.append((children, token, below))
        for children, token, below in reversed(made):
            children[token] = Trie(below)
        return Trie(root)

    def _newline_id(self, special: Iterable[int]) -> int:
        special = set(special)
        encoded = _encoded(self._plain, "\n").ids
        candidates = [encoded[0]] if len(encoded) == 1 else []
        candidates += [
            token for text in ("\n", "Ċ", "<0x0A>") if (token := self.tokenizer.token_to_id(text)) is not None
        ]
        for token in candidates:
            if token not in special and self.tokenizer.decode([token], skip_special_tokens=False) == "\n":
                return token
        raise VocabularyError(
            "the tokenizer has no token for a newline, which ends each choice where there are no workflow words. "
            "Name another with end_id, for example its end-of-sequence token"
        )


def is_file(choice: str) -> bool:
    """Return whether a choice is a model file's alias, "family/normalised_name" (ModelFile.alias)."""
    if choice.isascii():
        return _FILE.fullmatch(choice) is not None
    family = _FAMILY.match(choice)
    return family is not None and normalised(choice[family.end() :]) == choice[family.end() :]


def file_spelling(alias: str) -> tuple[str, str]:
    """Return how an alias is spelled: ("family/", " normalised name")."""
    family, _, name = alias.partition("/")
    return family + "/", " " + name.replace("_", " ")


def _without_added_tokens(tokenizer: Tokenizer) -> Tokenizer:
    """Return a copy that recognises no special or added token in a text, adds none, and neither truncates nor pads."""
    state = json.loads(tokenizer.to_str())
    state.update(added_tokens=[], post_processor=None, truncation=None, padding=None)
    return Tokenizer.from_str(json.dumps(state))


def _encoded(tokenizer: Tokenizer, text: str, special: bool = False) -> Encoding:
    """Return a text's encoding, with the special tokens around it or without. Raises VocabularyError."""
    try:
        return tokenizer.encode(text, add_special_tokens=special)
    except BaseException as error:  # its regular expressions end in a panic of Rust's, which is no Exception
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise VocabularyError(
            f"the tokenizer cannot encode {text[:60]!r}: {str(error)[:200]}. Use another model"
        ) from error
