"""The base tokenizer and the workflow words of a policy that is trained from scratch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from ...models.policy.vocabulary import READ, PromptFrame, file_spelling, is_file
from ...workflow.ask.policy_words import POLICY_WORDS
from ...workflow.catalog.catalog import Catalog
from ...workflow.families.lookup import FAMILIES
from ...workflow.grammar.family_scope import trusted
from ...workflow.script.builder import END, NO_MODEL
from ...workflow.script.options import quote, quote_class
from ...workflow.script.phrases import PHRASES
from ...workflow.script.slots import class_slots
from ...workflow.script.values import ABSENT, EMPTY, LINKED, PROMPT, STYLED, TEXT_END, value_choices
from ..common.pairs import Survey

SPECIAL = ("<|prompt|>", "<|ask|>", "<|files|>", "<|script|>")
"""The special tokens of the prompt frame. In a prompt, these texts are encoded as plain text."""
FRAME = PromptFrame(before=SPECIAL[0], ask=SPECIAL[1], files=SPECIAL[2], after=SPECIAL[3])
"""The prompt frame of a tokenizer that `train_tokenizer` made."""

NAME_WEIGHT = 4
"""How often a tokenizer's training reads each name."""

# Words with the space before them; single digits, so that numbers in file names are read digit by digit; and
# punctuation one character at a time, so that a name's parts look the same in every name.
_PARTS = Regex(r" ?[^\W\d_]+|\d| ?[^\s\w]|_|\s+")


def tokenizer_texts(prompts: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the texts that a tokenizer is trained on: the prompts, and each name as it is spelled, NAME_WEIGHT times.

    There are far fewer names than prompts, yet a policy reads all installed files beside every prompt.
    """
    spelled = ["".join(file_spelling(name)) if is_file(name) else name for name in names]
    return [*prompts, *spelled * NAME_WEIGHT]


def train_tokenizer(texts: Iterable[str], size: int = 4096) -> Tokenizer:
    """Train a byte-level BPE of at most `size` entries, the special tokens of the prompt frame among them.

    The tokenizer is lossless on any text. The same texts in the same order give the same tokenizer.
    """
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(_PARTS, behavior="isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        show_progress=False,
        special_tokens=[AddedToken(token, special=True, normalized=False) for token in SPECIAL],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def frequent_words(counts: Counter[str], *, least: int, most: int) -> tuple[str, ...]:
    """Return the choices that are counted at least `least` times, the most frequent `most`, in alphabetical order.

    Model files ("family/name") and quoted texts are never among them: they are named differently in every
    installation, and the model should learn to read their names.
    """
    words = [choice for choice, count in counts.items() if count >= least and not {"/", '"'} & set(choice)]
    return tuple(sorted(sorted(words, key=lambda choice: (-counts[choice], choice))[: max(0, most)]))


def workflow_words(found: Survey, *, least: int, most: int, more: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the workflow words for a corpus of pairs.

    They are each family's beginning of a file name ("sdxl/"; the rest of a name is always spelled), the words that are
    read and never written, the choices that stand in at least `least` scripts, and then `more`, up to `most` in all.
    """
    aliases = [name for name in found.names if is_file(name)]
    families = sorted({file_spelling(alias)[0] for alias in aliases} | {family + "/" for family in FAMILIES})
    first = [*families, *(READ + word for word in POLICY_WORDS)]
    words = [*first, *frequent_words(found.counts, least=least, most=most - len(first))]
    known = set(words)
    fresh = [word for word in dict.fromkeys(more) if word not in known and "/" not in word]
    return tuple(sorted([*words, *fresh[: max(0, most - len(words))]]))


def catalog_words(catalog: Catalog) -> tuple[str, ...]:
    """Return choices that the node classes of an installation allow, those of most use first.

    These are classes (without those that cost money), phrases and references, names of settings, options of combos and
    numbers. Files are not among them: a policy reads their names.
    """
    classes = [cls for _, cls in sorted(catalog.classes.items()) if not cls.api_node]
    classes.sort(key=lambda cls: not trusted(cls))
    slots = [slot for cls in classes for slot in class_slots(cls)]
    names = Counter(slot.name for slot in slots if slot.role == "setting")
    offered = [slot.spec for cls in classes if trusted(cls) for slot in class_slots(cls) if not slot.spec.folder]
    numbers = Counter(
        choice for spec in offered if spec.kind in ("int", "float") and not spec.seed
        for choice in value_choices(spec, catalog)
    )  # fmt: skip
    options = Counter(choice for spec in offered if spec.kind == "combo" for choice in value_choices(spec, catalog))
    ordered = [
        *(PROMPT, STYLED, EMPTY, TEXT_END, LINKED, ABSENT, NO_MODEL, END),
        *(quote_class(cls.name) for cls in classes),
        *(quote_class(cls.name) + f":{slot}" for cls in classes for slot in range(1, len(cls.outputs))),
        *(f"&{place}" for place in range(1, 10)),
        *("+" + phrase.replace(" ", "_") for phrase in sorted(PHRASES)),
        *(quote(name) + mark for name, _ in names.most_common(1200) for mark in "=>"),
        *("true", "false"),
        *(choice for choice, _ in numbers.most_common(300)),
        *(choice for choice, _ in options.most_common()),
    ]
    return tuple(dict.fromkeys(word for word in ordered if not word.startswith('"')))
