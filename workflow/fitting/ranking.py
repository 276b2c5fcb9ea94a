"""Which main models a person would take for what is asked, with which LoRAs, and why."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..ask.ask import Ask
from ..ask.words import style_name
from ..catalog.catalog import ModelFile
from ..catalog.good_at import good_at
from ..catalog.subjects import fits, is_of_a_subject
from ..families.lookup import FAMILIES
from ..families.names import stem_of
from .files import KnownFiles, family_of, fits_main, is_distilled, lines_of, manners
from .languages import has_letters_of_its_own, language_of, reads

_NEAR = 0.1
"""How much worse than the best a main model may be that is chosen from, too."""
MOST_MAINS = 6
"""The most main models to choose from."""
_GENERATIONS: dict[str, float] = {
    "flux2": 1.0, "flux3": 1.0, "qwen_image": 1.0, "qwen_image_21": 1.0, "z_image": 1.0, "krea2": 1.0,
    "flux2_klein_9b": 1.0, "flux2_klein_4b": 0.95, "hunyuan_image": 0.95, "hidream": 0.95, "hidream_o1": 0.95,
    "ideogram4": 0.95, "flux": 0.95, "chroma": 0.9, "sd3": 0.8, "lumina2": 0.75, "auraflow": 0.7, "sdxl": 0.65,
    "pixart_sigma": 0.6, "pixart_alpha": 0.5, "hunyuan_dit": 0.5, "unknown": 0.5, "sd15": 0.3, "sd2": 0.2,
    "miniature": 0.0,
}  # fmt: skip
"""How good a family's pictures are in general, other families 0.8. The order is that of people's votes in public arenas
where they have both (FLUX.1 dev 967, SD 3.5 Large 936; PixArt 1078, SDXL 1027, LCM 850), else that of their release."""
_OTHER_GENERATION = 0.8
_GENERATION_SHARE = 0.5
_DRAWN = {
    "photo": 0.6, "film": 0.7, "painting": 0.6, "illustration": 0.6, "concept_art": 0.6, "fantasy": 0.6,
    "render_3d": 0.6, "comic": 0.5, "vector": 0.55, "logo": 0.5, "anime": 0.45, "pixel_art": 0.35, "text": 0.05,
}  # fmt: skip
"""How well a general model makes a style that it was not made for."""
_RELATED: dict[str, dict[str, float]] = {
    "photo": {"film": 0.9},
    "film": {"photo": 0.9},
    "comic": {"illustration": 0.65, "anime": 0.6},
    "anime": {"comic": 0.5},
    "illustration": {
        "comic": 0.65,
        "concept_art": 0.7,
        "vector": 0.65,
        "fantasy": 0.65,
        "painting": 0.65,
        "anime": 0.6,
    },
    "concept_art": {"fantasy": 0.75, "painting": 0.7, "illustration": 0.7},
    "fantasy": {"concept_art": 0.75, "painting": 0.7, "illustration": 0.7},
    "painting": {"concept_art": 0.65, "fantasy": 0.62, "illustration": 0.62},
    "vector": {"logo": 0.8, "illustration": 0.65},
    "logo": {"vector": 0.85},
}
"""Style -> how well a model makes it that was made for another."""
_GENERALITY: dict[str, float] = {
    "photo": 0.75, "film": 0.75, "concept_art": 0.8, "fantasy": 0.75, "illustration": 0.6, "painting": 0.6,
    "render_3d": 0.5, "comic": 0.25, "anime": 0.1, "pixel_art": 0.05, "logo": 0.05, "vector": 0.1,
}  # fmt: skip
"""How readily a model that was made for a style is taken where none or another is asked."""
_THEMES = frozenset({"fantasy", "concept_art"})
"""What can be made in any manner: where a manner is asked for, too, that alone decides on the model."""
_DRAWN_STYLES = frozenset({"anime", "comic", "illustration", "painting", "pixel_art", "vector"})
_PONY = re.compile(r"\b(?:score_\d|source_(?:anime|pony|cartoon|furry)|rating_(?:safe|questionable))")
_BOORU = re.compile(
    r"\b(?:masterpiece|(?:best|amazing|great) quality|absurdres|highres|very aesthetic|newest|[1-6](?:girl|boy)s?|solo"
    r"|looking at viewer|upper body|simple background|multiple girls|no humans)\b"
)
"""Tags of the picture boards that anime models are trained on."""
_BOORU_LINES = frozenset({"Illustrious", "NoobAI", "Animagine"})
_DIALECT_SHARE = 1.5
_SUBJECT_SHARE, _MANNER_SHARE = 1.0, 0.6
"""What a LoRA is worth of which the prompt names the subject: that of a character or an object, which no model knows,
outweighs what a model was made for."""
_UNREAD = -1.0
"""What a model is worth less whose text encoder hears nothing of the prompt: more than any style, less than a LoRA of
the subject that is asked for and a style together."""
_WITH_LORA = 0.85
"""How well a general model makes a style with a LoRA for it."""
_EMBEDDING = re.compile(r"\bembedding:([\w\-.]+)", re.I)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A main model, and how well it goes with what is asked."""

    main: ModelFile
    score: float
    loras: tuple[ModelFile, ...]
    """LoRAs to use on it: for the subject, for a style that it lacks, or to save steps."""
    reason: str
    """Why it was chosen, to follow "because"; empty where it is a good general model."""


def best_mains(ask: Ask, text: str, mains: Sequence[ModelFile], known: KnownFiles) -> list[Ranked]:
    """Return the main models that go best with what is asked, and those that are about as good, the best first.

    Of those that are equally good, as with many fine-tunes of one kind, other prompts get others.

    Args:
        ask: what is asked.
        text: what the picture model reads.
        mains: the main models to choose from.
        known: what is known of the files.
    """
    kinds: dict[object, list[ModelFile]] = defaultdict(list)
    for main in mains:
        kinds[known.kind(main)].append(main)
    whole = (family_of(alike[0]) for alike in kinds.values() if not is_distilled(alike[0]))
    ranking = _Ranking(ask, text, known, frozenset(whole))
    ranked = sorted((ranking.of(alike[0]) for alike in kinds.values()), key=lambda one: (-one.score, one.main.alias))
    found: list[Ranked] = []
    for one in ranked:
        if one.score >= ranked[0].score - _NEAR:
            alike = sorted(kinds[known.kind(one.main)], key=lambda main: zlib.crc32((ask.prompt + main.alias).encode()))
            found += [replace(one, main=main) for main in alike[:MOST_MAINS]]
    return found[:MOST_MAINS]


def generation(family: str) -> float:
    """Return how good a family's pictures are in general, from 0 to 1."""
    return _GENERATIONS.get(family, _OTHER_GENERATION)


class _Ranking:
    def __init__(self, ask: Ask, text: str, known: KnownFiles, whole_families: frozenset[str]) -> None:
        self._ask, self._text, self._known, self._whole = ask, text, known, whole_families
        styles = styles_of(ask)
        self._styles = tuple(style for style in styles if style not in _THEMES) or styles
        self._language = language_of(ask.prompt)
        self._tagged = bool(_PONY.search(ask.prompt) or _BOORU.search(ask.prompt.lower()))
        self._manners = manners(text)
        self._subjects = [*known.loras_of_subject(text), *known.loras_of_manner(self._manners)]
        self._subject_words = {lora: fits(lora, text) for lora in self._subjects}
        self._best: dict[tuple[str, frozenset[str], str], ModelFile | None] = {}
        self._lines = _lines_of_dialect(ask)
        names = {name.lower() for name in _EMBEDDING.findall(ask.prompt)}
        embeddings = [file for file in known.embeddings if stem_of(file.name).lower() in names]
        self._embedded = frozenset(family for file in embeddings for family in file.families)

    def of(self, main: ModelFile) -> Ranked:
        family = family_of(main)
        fit, loras, reason = self._fit(main)
        score = fit + _GENERATION_SHARE * generation(family)
        subjects = [lora for lora in self._subjects if fits_main(lora, main)][:2]
        if subjects:
            score += _SUBJECT_SHARE if any(map(is_of_a_subject, subjects)) else _MANNER_SHARE
            words = [word for lora in subjects for word in self._subject_words[lora]]
            reason = reason or f"a LoRA of {', '.join(words) or 'this subject'} goes with it"
        if not self._lines.isdisjoint(lines_of(main)):
            score += _DIALECT_SHARE
            reason = reason or "the prompt is written for it"
        if self._embedded:
            score += 0.8 if family in self._embedded else 0.0
        fast = self._known.fast_loras(main)
        if self._ask.effort == "quick" and fast and not is_distilled(main):
            loras.append(min(fast, key=lambda lora: lora.alias))
        score += self._effort(main, family) + self._reading(main, family, loras)
        score += 0.04 if self._ask.negative and self._guided(main, family) else 0.0
        return Ranked(main, score, tuple(dict.fromkeys((*subjects, *loras))), reason)

    def _fit(self, main: ModelFile) -> tuple[float, list[ModelFile], str]:
        """Return how well a main model makes the styles, the LoRAs that it takes for it, and why."""
        own = good_at(main)
        if not self._styles:
            return _generality(own), [], ""
        values, loras, reasons = [], [], []
        for style in self._styles:
            value, lora = self._styled(main, own, style)
            values.append(value)
            if lora is not None:
                loras.append(lora)
                reasons.append(f"a LoRA for {style_name(style)} goes with it")
            elif style in own:
                reasons.append("it writes legible words" if style == "text" else f"it is made for {style_name(style)}")
        return sum(values) / len(values), loras[:2], reasons[0] if reasons else ""

    def _styled(self, main: ModelFile, own: frozenset[str], style: str) -> tuple[float, ModelFile | None]:
        if style in own:
            return 1.0, None
        related = max((_RELATED.get(style, {}).get(other, 0.0) for other in own), default=0.0)
        special = _generality(own)
        if special < 0.5 and style in _DRAWN_STYLES and own & _DRAWN_STYLES:
            special = 0.6  # who draws anime draws other things, too
        plain = max(related, _DRAWN[style] * special)
        best = None if style == "text" else self._lora_for(main, style)
        if best is None:
            return plain, None
        with_lora = _WITH_LORA * (0.5 + 0.5 * special) if special >= 0.5 else _WITH_LORA * special
        return (with_lora, best) if with_lora > plain else (plain, None)

    def _lora_for(self, main: ModelFile, style: str) -> ModelFile | None:
        """Return the LoRA for a style that goes best with a main model; it is the same for all of a line."""
        key = (family_of(main), lines_of(main), style)
        if key not in self._best:
            loras = [lora for lora in self._known.loras_of_style(main, style) if self._in_manner(lora)]
            order = {lora: (not manners(lora.name) & self._manners, lora.alias) for lora in loras}
            self._best[key] = min(loras, key=order.__getitem__, default=None)
        return self._best[key]

    def _in_manner(self, lora: ModelFile) -> bool:
        """Return whether a LoRA is for no manner that the prompt does not name: one for watercolours makes no oils."""
        own = manners(lora.name)
        return not own or bool(own & self._manners)

    def _effort(self, main: ModelFile, family: str) -> float:
        fast = is_distilled(main)
        if self._ask.effort == "quick":
            return 0.4 if fast else 0.3 if self._known.fast_loras(main) else 0.0
        if not fast:
            return 0.0
        if self._ask.effort == "detailed":
            return -0.3
        return -0.15 if family in self._whole else 0.0

    def _reading(self, main: ModelFile, family: str, loras: Sequence[ModelFile]) -> float:
        if reads(family, self._language):
            return 0.0
        if has_letters_of_its_own(self._language) and not self._tagged:
            return _UNREAD
        made_for = frozenset().union(*(good_at(file) for file in (main, *loras)))
        return -0.2 if made_for & set(self._styles) & _DRAWN_STYLES else -0.6

    def _guided(self, main: ModelFile, family: str) -> bool:
        sampling = FAMILIES[family].sampling if family in FAMILIES else None
        return not is_distilled(main) and (sampling is None or sampling.negative and sampling.cfg[1] > 1)


def _lines_of_dialect(ask: Ask) -> frozenset[str]:
    """Return the lines of fine-tunes in whose words a prompt is written."""
    if _PONY.search(ask.prompt):
        return frozenset({"Pony"})
    tagged = len(set(_BOORU.findall(ask.prompt.lower()))) >= 2 and ask.prompt.count(",") >= 2
    return _BOORU_LINES if tagged and set(ask.styles) <= _DRAWN_STYLES else frozenset()


def styles_of(ask: Ask) -> tuple[str, ...]:
    """Return the styles that are asked for, lettering among them where words are to be written."""
    more = ("text",) if ask.lettering and "text" not in ask.styles else ()
    return tuple(style for style in (*ask.styles, *more) if style in _DRAWN)


def _generality(own: frozenset[str]) -> float:
    """Return how readily a model is taken for what it was not made for; what whole families can do does not count."""
    special = own - {"text"}
    return max((_GENERALITY.get(style, 1.0) for style in special), default=1.0)
