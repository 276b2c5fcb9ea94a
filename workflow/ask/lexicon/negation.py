"""Whether what a phrase says is denied: "not a photo", "no text", "sans texte", "不要文字"."""

from __future__ import annotations

import re

from .tokens import Words

_NEGATIONS = frozenset({
    "no", "not", "without", "non", "never", "isn", "aren", "don", "doesn", "won", "avoid", "avoiding", "anti",
    "minus", "exclude", "excluding", "neither", "nor", "zero", "un", "sin", "ningun", "ninguna", "sans", "pas",
    "aucun", "aucune", "ni", "ohne", "kein", "keine", "keinen", "keinem", "keiner", "nicht", "sem", "nao", "nenhum",
    "nenhuma", "без", "не", "нет", "никакого", "никаких",
})  # fmt: skip
_BETWEEN = frozenset({
    "a", "an", "any", "the", "t", "like", "real", "actual", "visible", "kind", "of", "style", "as", "in", "be",
    "to", "look", "looks", "want", "use", "add", "make", "it", "is", "with", "un", "una", "uno", "el", "la", "los",
    "las", "de", "du", "des", "d", "le", "les", "en", "ein", "eine", "einen", "einem", "einer", "um", "uma", "o",
    "os", "como", "comme", "wie", "никаких", "как", "это", "on",
})  # fmt: skip
_LISTED = frozenset({
    "or", "nor", "o", "ni", "ou", "oder", "noch", "или",
})  # fmt: skip
_MOST_BETWEEN = 3
_BEFORE = ("不要", "没有", "沒有", "不是", "无", "無", "非", "勿", "避免", "不")
_AFTER = re.compile(
    r"(?:風|风|调|調|스타일)?(?:(?:など|等)?(?:は|が|で|じゃ|も|を)?(?:なし|無し|ない|なく|ではな|じゃな|はな|不要|抜き|以外|しない)|"
    r"(?:[은는이가을를도]|처럼|풍)?(?:없|말고|아닌|아니|제외|빼고|금지))"
)


def negates(words: Words, index: int, negated_end: int) -> bool:
    """Return whether the phrase that begins at a word is denied.

    Args:
        words: the words.
        index: index of its first word.
        negated_end: index after the last phrase that is denied, as "no text or logo" denies both.
    """
    part = words.part_starts[index]
    before = _last_that_matters(words, index - 1)
    if before >= part and words.texts[before] in _LISTED:
        if before == negated_end:
            return True
        before = _last_that_matters(words, before - 2)
    return before >= part and words.texts[before] in _NEGATIONS


def _last_that_matters(words: Words, index: int) -> int:
    """Return the index of the last word up to `index` that is no article or the like; at most three are passed over."""
    least = index - _MOST_BETWEEN
    while index > least and index >= 0 and words.texts[index] in _BETWEEN:
        index -= 1
    return index


def negated_unspaced(text: str, start: int, end: int) -> bool:
    """Return whether a phrase in Han, kana or Hangul is denied by what stands right before or after it."""
    return text.endswith(_BEFORE, 0, start) or _AFTER.match(text, end) is not None
