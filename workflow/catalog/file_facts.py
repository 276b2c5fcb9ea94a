"""What a model file is good for, as far as somebody wrote it down: in the file's own header, or in a file beside it.

- The header's `__metadata__`: `modelspec.*` (https://github.com/Stability-AI/ModelSpec) and what sd-scripts stores
  (`ss_tag_frequency`, `ss_output_name`).
- The sidecars that model managers leave beside it (`sidecars.py`).

All of it was written by strangers: texts are cut and freed of markup and control characters, numbers are held to what
is possible, and what has another form is passed over.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from ...guarded_json import MEBIBYTE, JsonError, parse_json, read_json
from ...json_shapes import ListOf, Maybe, Number, Object, Shape, TableOf, Text, Whole
from ..families.well_known import WellKnown
from .shown_styles import shown_styles
from .stated_settings import settings_in_text, settings_of_pictures

Source = Literal["header", "sidecar", "known file"]

LARGEST_SIDECAR = 4 * MEBIBYTE
LONGEST_DESCRIPTION = 6000
"""Characters of a description in which settings are looked for."""
LONGEST_TEXT, LONGEST_WORDS, MOST_WORDS, MOST_TAGS = 300, 120, 8, 24
"""Characters of a text, characters of one trigger phrase, and how many phrases and tags are kept."""
_TRIGGER_SHARE = 0.9
"""A tag on this share of a LoRA's training pictures stands for what it was trained on."""
GENERAL_TAG = re.compile(
    r"\d\+?(girl|boy|other)s?|multiple (girls|boys)|solo|male focus|no humans|looking at viewer|virtual youtuber"
    r"|(simple|white|grey|black|transparent) background|upper body|full body|cowboy shot|standing|smile|blush"
    r"|open mouth|closed mouth|breasts?|(small|medium|large|huge) breasts|bangs|(long|short|medium) hair"
    r"|masterpiece|(best|high|amazing) quality|highres|absurdres|general|sensitive|questionable|explicit|nsfw"
)
"""Tags that taggers write on pictures of any sort, which stand for no LoRA."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is written down about one file; empty where nothing is.

    Attributes:
        title: what its author calls it.
        base: the model that it was made for, in its author's words.
        trigger_words: phrases that a prompt needs for it to have an effect.
        tags: what it shows, most frequent first.
        description: its author's description, one line.
        weight: the strength that its author recommends, of a LoRA.
        steps: recommended fewest and most sampling steps.
        cfg: recommended lowest and highest guidance scale.
        clip_skip: recommended layer from the end of CLIP, as other programs count.
        samplers: recommended samplers, in its author's words ("DPM++ 2M Karras").
        size: recommended width and height in pixels.
        shown: styles that most of its example pictures have.
        sources: name of each attribute that is not empty -> where it was found.
    """

    title: str = ""
    base: str = ""
    trigger_words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    description: str = ""
    weight: float | None = None
    steps: tuple[int, int] | None = None
    cfg: tuple[float, float] | None = None
    clip_skip: int | None = None
    samplers: tuple[str, ...] = ()
    size: tuple[int, int] | None = None
    shown: tuple[str, ...] = ()
    sources: tuple[tuple[str, Source], ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is written down."""
        return not self.sources


def file_facts(metadata: Mapping[str, str], sidecars: Iterable[Path] = (), known: WellKnown | None = None) -> FileFacts:
    """Return what a file's header and its sidecars state, in this order, and what is known of it besides.

    Args:
        metadata: the header's `__metadata__`, empty for a file without one.
        sidecars: the files beside it (`sidecars.Sidecars.of`). One that cannot be read states nothing.
        known: what is known of a file of this name.
    """
    facts = FileFacts()
    if metadata:
        facts = _completed(facts, header_facts(metadata), "header")
    for found in _read_sidecars(sidecars):
        facts = _completed(facts, found, "sidecar")
    return facts if known is None else _completed(facts, _known_facts(known), "known file")


def _known_facts(known: WellKnown) -> dict[str, Any]:
    return {
        "trigger_words": (known.trigger,) if known.trigger else (),
        "samplers": (known.sampler,) if known.sampler else (),
        "steps": known.steps,
        "cfg": known.cfg,
        "clip_skip": known.clip_skip,
    }


def _completed(facts: FileFacts, found: Mapping[str, Any], source: Source) -> FileFacts:
    new = {name: value for name, value in found.items() if value and not getattr(facts, name)}
    return replace(facts, **new, sources=(*facts.sources, *((name, source) for name in new)))


NO_FACTS = FileFacts()
"""Nothing is written down."""


# -- kept for the next start ---------------------------------------------------------------------------------------

_WORD_LIST = ListOf(Text())
FACTS_SHAPE: Shape = Maybe(
    Object(
        optional={
            "title": Text(), "base": Text(), "trigger_words": _WORD_LIST, "tags": _WORD_LIST, "description": Text(),
            "weight": Number(), "steps": ListOf(Whole(), 2, 2), "cfg": ListOf(Number(), 2, 2), "clip_skip": Whole(),
            "samplers": _WORD_LIST, "size": ListOf(Whole(), 2, 2), "shown": _WORD_LIST,
            "sources": TableOf(Text(options=("header", "sidecar", "known file"))),
        }
    )
)  # fmt: skip
"""The form of what `facts_document` returns."""


def facts_document(facts: FileFacts) -> dict[str, Any] | None:
    """Return facts as JSON data, None where there are none; `facts_of_document` reads it."""
    if facts.empty:
        return None
    kept = {field.name: value for field in fields(FileFacts) if (value := getattr(facts, field.name)) != field.default}
    return kept | {"sources": dict(facts.sources)}


def facts_of_document(document: Mapping[str, Any] | None) -> FileFacts:
    """Return the facts of a document in the form FACTS_SHAPE."""
    if document is None:
        return NO_FACTS
    plain: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in document.items()
    }
    return FileFacts(**plain | {"sources": tuple(document.get("sources", {}).items())})


# -- the header ----------------------------------------------------------------------------------------------------


def header_facts(metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return what a header's metadata states, by name of the attribute of `FileFacts`."""
    hint = " ".join(_plain(metadata.get(key)) for key in ("modelspec.usage_hint", "modelspec.description"))
    trained, tags = _trained_tags(metadata.get("ss_tag_frequency", ""))
    named = _words(re.split(r"[,;\n]", metadata.get("modelspec.trigger_phrase", "")))
    return {
        "title": _line(metadata.get("modelspec.title") or metadata.get("ss_output_name")),
        "base": _line(metadata.get("ss_base_model_version") or metadata.get("modelspec.architecture")),
        "trigger_words": named or trained,
        "tags": _words(re.split(r"[,;\n]", metadata.get("modelspec.tags", "")), MOST_TAGS) or tags,
        "description": _line(metadata.get("modelspec.description")),
        **settings_in_text(hint),
    }


def _trained_tags(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the tags that nearly every training picture has, and the most frequent other ones.

    `ss_tag_frequency` is JSON: folder of pictures -> tag -> number of pictures.
    """
    try:
        folders = parse_json(text, "ss_tag_frequency") if text else {}
    except JsonError:
        return (), ()
    counts: Counter[str] = Counter()
    pictures = 0
    for tags in folders.values() if isinstance(folders, dict) else ():
        if not isinstance(tags, dict):
            continue
        known = {tag.strip(): count for tag, count in tags.items() if isinstance(count, int) and 0 < count < 10**7}
        pictures += max(known.values(), default=0)
        counts.update({tag: count for tag, count in known.items() if tag})
    for tag in [tag for tag in counts if GENERAL_TAG.fullmatch(tag.replace("_", " ").lower())]:
        del counts[tag]
    every = [tag for tag, count in counts.most_common(MOST_WORDS) if count >= _TRIGGER_SHARE * pictures]
    # Captions of one's own stand on one picture each, and many tags on every picture tell nothing either.
    trained = every[:2] if pictures >= 5 and len(every) <= 4 else []
    others = [tag for tag, count in counts.most_common(MOST_TAGS + len(trained)) if tag not in trained and count > 1]
    return _words(trained), _words(others, MOST_TAGS)


# -- sidecars ------------------------------------------------------------------------------------------------------


def _read_sidecars(sidecars: Iterable[Path]) -> Iterator[dict[str, Any]]:
    for path in sidecars:
        try:
            document = read_json(path, maximum_bytes=LARGEST_SIDECAR)
        except (OSError, JsonError):
            continue
        if isinstance(document, dict):
            yield sidecar_facts(document)


def sidecar_facts(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a sidecar of any of the three kinds states, by name of the attribute of `FileFacts`."""
    civitai = _object(document, "civitai") or document
    model = _object(civitai, "model")
    tips = _tips(document.get("usage_tips"))
    described = (document.get("modelDescription"), civitai.get("description"), document.get("description"))
    hint = " ".join(_plain(text) for text in (document.get("usage_tips"), document.get("notes"), *described))
    preferred = document.get("preferred weight")
    weight = float(preferred) if isinstance(preferred, int | float) and _is_weight(preferred) else tips
    return {
        "title": _line(document.get("model_name") or model.get("name")),
        "base": _line(document.get("base_model") or civitai.get("baseModel") or document.get("sd version")),
        "trigger_words": _words(civitai.get("trainedWords")) or _words(_split(document.get("activation text"))),
        "tags": _words(document.get("tags"), MOST_TAGS) or _words(model.get("tags"), MOST_TAGS),
        "description": next((line for text in described if (line := _line(text))), ""),
        "shown": shown_styles(civitai.get("images")),
        **settings_of_pictures(civitai.get("images")),
        **settings_in_text(hint),
        **({"weight": weight} if weight else {}),
    }


def _object(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _split(value: Any) -> list[str]:
    return re.split(r"[,;\n]", value[: LONGEST_TEXT * 4]) if isinstance(value, str) else []


def _tips(value: Any) -> float | None:
    """Return the strength in Lora-Manager's `usage_tips`, which is JSON in a text."""
    try:
        tips = parse_json(value, "usage_tips", maximum_bytes=10_000) if isinstance(value, str) and value else {}
    except JsonError:
        return None
    strength = tips.get("strength") if isinstance(tips, dict) else None
    return float(strength) if _is_weight(strength) and isinstance(strength, int | float) else None


def _is_weight(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < abs(value) <= 4


# -- texts ---------------------------------------------------------------------------------------------------------


def _plain(value: Any) -> str:
    """Return a text in one line without markup and control characters."""
    if not isinstance(value, str):
        return ""
    text = html.unescape(re.sub(r"<[^<>]{0,500}>", " ", value[:LONGEST_DESCRIPTION]))
    text = " ".join(text.split())
    if not text.isprintable():
        text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return text


def _line(value: Any) -> str:
    """Return a text in one line without markup, cut at a word."""
    text = _plain(value)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT].rsplit(" ", 1)[0] + " ..."


def _words(values: Any, most: int = MOST_WORDS) -> tuple[str, ...]:
    """Return the phrases of a list, each once, without those that are too long to be one."""
    found: dict[str, None] = {}
    for value in values[:1000] if isinstance(values, list | tuple) else ():
        phrase = _line(value).strip(" ,;")
        if phrase and len(phrase) <= LONGEST_WORDS and "://" not in phrase:
            found.setdefault(phrase)
        if len(found) >= most:
            break
    return tuple(found)
