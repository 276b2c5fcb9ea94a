"""In which language a prompt is written, as far as its letters and commonest words show, and which models read it."""

from __future__ import annotations

import re

from ..families.lookup import FAMILIES, encoder_loading

_SCRIPTS = (
    ("Japanese", re.compile(r"[\u3040-\u30ff]")),
    ("Korean", re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")),
    ("Chinese", re.compile(r"[\u3400-\u9fff]")),
    ("Russian", re.compile(r"[\u0400-\u04ff]")),
    ("Arabic", re.compile(r"[\u0600-\u06ff]")),
    ("Hebrew", re.compile(r"[\u0590-\u05ff]")),
    ("Thai", re.compile(r"[\u0e00-\u0e7f]")),
    ("Hindi", re.compile(r"[\u0900-\u097f]")),
    ("Greek", re.compile(r"[\u0370-\u03ff]")),
)
"""Languages by letters of their own, Japanese before Chinese, whose characters it shares."""
_COMMONEST = {
    "Spanish": "el los las una del con sobre y por para bajo como muy al en un noche mujer hombre retrato",
    "French": "le la les une des du dans avec et sur sous au aux qui est pour un en nuit femme homme",
    "German": "der das ein eine einer einem einen mit und auf im von vor unter bei dem ist nacht frau mann am den "
    "über aus zum zur",
    "Portuguese": "uma um com na da dos das em sob para ao pela noite mulher homem numa ou com sobre",
    "Italian": "il gli una un di della nel nella sul sulla che notte donna uomo con",
    "Polish": "w na z ze pod nad przez oraz jest noc kobieta",
    "Dutch": "het een van met op onder naast bij nacht vrouw voor",
}
_WORDS = {language: frozenset(words.split()) for language, words in _COMMONEST.items()}
_ENGLISH = frozenset(
    "a an the of in on with and at by for from to is under over as his her its near style photo painting art".split()  # noqa: SIM905
)
_READERS = re.compile(r"qwen|gemma|mistral|ministral|llama|gpt|ling|ovis|glm|umt5|mt5|jina")
"""Text encoders that were trained on many languages; CLIP and T5 were trained on English."""
_LEAST_SHARE, _SHORT = 0.15, 6
"""Share of the words, and length of a prompt in words for which one of them is enough."""


def language_of(text: str) -> str:
    """Return the language of a prompt, "English" where nothing speaks against it."""
    letters = [letter for letter in text if letter.isalpha()]
    for language, script in _SCRIPTS:
        found = script.findall(text)
        if letters and len(found) >= max(2, _LEAST_SHARE * len(letters)):
            return language
    words = re.findall(r"[^\W\d_]+", text.lower())
    counts = {language: sum(word in known for word in words) for language, known in _WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    english = sum(word in _ENGLISH for word in words)
    return (
        best
        if counts[best] >= 2 and counts[best] > english and counts[best] >= _LEAST_SHARE * len(words)
        else "English"
    )


def has_letters_of_its_own(language: str) -> bool:
    """Return whether a language is written in Han, kana or Hangul, of which models of English hear next to nothing."""
    return language in ("Japanese", "Chinese", "Korean")


def reads(family: str, language: str) -> bool:
    """Return whether the models of a family understand a language: their text encoder was trained on many."""
    if language == "English" or family not in FAMILIES:
        return language == "English"
    return any(_READERS.search(encoder) for loading in encoder_loading(family) for encoder in loading.encoders)


def reads_sentences(family: str) -> bool:
    """Return whether a family's text encoder is a language model, so that "without people" means what it says.

    CLIP hears of people then.
    """
    encoders = {encoder for loading in encoder_loading(family) for encoder in loading.encoders}
    return any(not encoder.startswith("clip") for encoder in encoders)
