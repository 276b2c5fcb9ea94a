"""Turn what is asked into wishes: which main models and LoRAs, which shape, how many steps and stages.

fitted = fitting(ask, text, wishes, mains, catalog)
constraints = replace(constraints, wishes=fitted.wishes)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..ask.ask import Ask
from ..ask.words import style_name
from ..catalog.catalog import Catalog, ModelFile
from ..catalog.good_at import good_at
from ..catalog.lines import recommended_clip_skip
from ..grammar.wishes import Fit, Wishes
from .files import family_of, fits_main, known_files
from .languages import has_letters_of_its_own, language_of, reads
from .phrases import unfit_phrases
from .ranking import Ranked, best_mains, styles_of
from .sampling import fit_of

_RATIOS: dict[str | None, tuple[float, float]] = {
    "tall": (9 / 16 * 0.97, 2 / 3 * 1.04),
    "wide": (3 / 2 * 0.96, 16 / 9 * 1.03),
    None: (2 / 3 * 0.96, 3 / 2 * 1.04),
}
"""Shape -> least and most width divided by height; None for no shape."""
_SECOND_DENOISE = (0.35, 0.6)
"""Denoise of a sampling that goes on from an enlarged latent: less leaves it blurred, more makes another picture."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was chosen."""

    wishes: Wishes
    notes: tuple[str, ...] = ()
    """What no installed file does, a sentence each."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Alias of a main model -> why it was chosen, to follow "because"."""


def fitting(
    ask: Ask, text: str, wishes: Wishes, mains: Sequence[ModelFile], catalog: Catalog, *, loras: bool = True
) -> Fitted:
    """Return wishes with what fits, where they leave it open.

    Args:
        ask: what is asked.
        text: what the picture model reads.
        wishes: what is asked exactly.
        mains: the main models that the constraints leave.
        catalog: the installation.
        loras: whether LoRAs may be used: what goes with one, as few steps, does not go without it.
    """
    known = known_files(catalog, loras=loras)
    named = bool(wishes.mains)
    among = [main for main in mains if main.alias in wishes.mains] if named else list(mains)
    among = _taking_loras(among, wishes, catalog) or list(mains)
    chosen = best_mains(ask, text, among, known)
    if not chosen:
        return Fitted(wishes)
    skip = recommended_clip_skip(chosen[0].main)
    chosen = [one for one in chosen if recommended_clip_skip(one.main) == skip]
    if wishes.last_clip_layer is None and skip is not None and skip > 1:
        wishes = replace(wishes, last_clip_layer=-skip)
    fits = tuple((one.main.alias, _fit(one, wishes, catalog, ask.effort)) for one in chosen)
    new = replace(
        wishes,
        mains=frozenset(one.main.alias for one in chosen),
        fits=fits,
        only_loras=True,
        unfit_phrases=unfit_phrases(ask),
        denoise=_SECOND_DENOISE,
    )
    if wishes.ratio is None and wishes.size is None:
        shape = ask.shape
        new = replace(new, ratio=1.0) if shape == "square" else replace(new, ratios=_RATIOS[shape])
    reasons = {one.main.alias: one.reason for one in chosen if one.reason and not named}
    return Fitted(new, tuple(_notes(ask, chosen, mains)), reasons)


def _taking_loras(mains: list[ModelFile], wishes: Wishes, catalog: Catalog) -> list[ModelFile]:
    """Return the main models that take all LoRAs that are asked for, else those that take some."""
    loras = [file for alias, _ in wishes.loras if (file := catalog.by_alias(alias)) is not None]
    if not loras:
        return mains
    counts = {main.alias: sum(fits_main(lora, main) for lora in loras) for main in mains}
    most = max(counts.values(), default=0)
    if not most:  # of another line, but of the family at least
        counts = {main.alias: sum(bool(main.families & lora.families) for lora in loras) for main in mains}
        most = max(counts.values(), default=0)
    return [main for main in mains if counts[main.alias] == most]


def _fit(one: Ranked, wishes: Wishes, catalog: Catalog, effort: str | None) -> Fit:
    """Return what goes with a main model, the LoRAs that are asked for by name among it."""
    asked = [file for alias, _ in wishes.loras if (file := catalog.by_alias(alias)) is not None]
    asked = [file for file in asked if file.families & one.main.families]
    own = [] if asked else [lora for lora in one.loras if fits_main(lora, one.main)]
    fit = fit_of(one.main, [*asked, *own], effort)
    named = {alias for alias, weight in wishes.loras if weight is not None}
    return replace(fit, loras=tuple((alias, weight) for alias, weight in fit.loras if alias not in named))


def _notes(ask: Ask, chosen: Sequence[Ranked], mains: Sequence[ModelFile]) -> list[str]:
    """Return what none of the chosen models is made for, or none of all that there are."""
    notes = []
    language = language_of(ask.prompt)
    read = any(reads(family_of(one.main), language) for one in chosen)
    for style in styles_of(ask):
        made = any(style in good_at(one.main) for one in chosen)
        helped = any(style in good_at(lora) for one in chosen for lora in one.loras)
        if made or helped:
            continue
        if style == "text":
            notes.append("No model that is installed and chosen here writes legible words; the letters may be wrong")
        elif read and has_letters_of_its_own(language) and any(style in good_at(main) for main in mains):
            notes.append(
                f"The models made for {style_name(style)} here do not read {language}; one that reads it is used"
            )
        elif style in ("anime", "pixel_art"):
            notes.append(
                f"No model or LoRA made for {style_name(style)} is used, as none is installed or none goes with the "
                "rest of what is asked; a general model draws it from the words"
            )
    if not read:
        readers = any(reads(family_of(main), language) for main in mains)
        which = "this model was" if readers else "every model that could be used here was"
        notes.append(f"The text encoder of {which} trained on English; it may not understand {language}")
    return notes
