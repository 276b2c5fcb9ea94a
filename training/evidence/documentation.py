"""Rows from documentation: settings within what is documented of a model, and settings that are known to break it.

What is documented says what is good and what is broken, not by how much. A broken picture is taken to be `BROKEN`
standard deviations below a good one: about as far as the broken samplers of the sweep on Qwen-Image are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from ...models.reward.evidence_ensemble import SMALLEST_SIDE
from ...workflow.families.family import SamplingRange
from ...workflow.families.lookup import FAMILIES
from ...workflow.families.names import normalised
from ...workflow.families.recommended import RECOMMENDED
from ...workflow.families.well_known import table_lines
from ...workflow.features.documented import BROKEN_ON_FLOWS, documented_range, is_flow
from ...workflow.features.plain_scripts import PlainSettings, documented_settings, plain_script
from .rows import DOCUMENTATION, Row

BROKEN = -3.0
POOR = -1.0
_WITHIN = 6
"""Rows within the documented range for each model."""
_CERTAIN = 1 / 0.3**2
_PROMPTS = (
    "a fox in the snow", "portrait of an old woman", "a wooden house by a lake at dusk", "two red apples on a table",
    "a city street at night, rain", "a knight and a dragon", 'a shop with a sign that says "open"', "a bowl of ramen",
)  # fmt: skip
_STYLE_PROMPTS = {
    "photo": "a photo of a fox in the snow",
    "anime": "anime girl in a garden",
    "pixel_art": "pixel art of a fox",
    "painting": "an oil painting of a lake",
    "render_3d": "3d render of a robot",
    "comic": "comic book panel of a hero",
    "illustration": "children's book illustration of a fox",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """Settings that break a model's pictures."""

    reason: str
    settings: PlainSettings


def documented_models() -> list[tuple[str, SamplingRange]]:
    """Return an alias and the range of each family that makes pictures and of each of its variants with one."""
    found: list[tuple[str, SamplingRange]] = []
    for family in RECOMMENDED:
        if family not in FAMILIES or _is_tiny(family):
            continue
        names = [family, *(_name_of(family, variant.name) for variant in FAMILIES[family].variants if variant.sampling)]
        for name in dict.fromkeys(names):
            ranges = documented_range(family, name)
            if ranges is not None:
                found.append((f"{family}/{name}", ranges))
    return found


_NAMES = {
    "distilled": "distill", "Illustrious": "illustrious", "NoobAI v-prediction": "noobai_vpred", "NoobAI": "noobai",
    "Animagine 3": "animagine_xl_3", "SDXL Turbo": "sd_xl_turbo",
}  # fmt: skip


def _name_of(family: str, variant: str) -> str:
    """Return a normalised name of a file of a variant."""
    plain = _NAMES.get(variant, variant.lower().replace(" ", "_"))
    return plain if plain.startswith("sd_xl") else f"{family}_{plain}"


def _is_tiny(family: str) -> bool:
    """Return whether a family makes pictures too small for public ratings to speak of."""
    return (FAMILIES[family].native_side or SMALLEST_SIDE) < SMALLEST_SIDE


def broken_settings(family: str, ranges: SamplingRange, random: Random) -> Iterator[Broken]:
    """Yield settings that break a model's pictures; those that are within a quarter of what is documented are left out.

    Args:
        family: the model's family.
        ranges: what is documented of the model.
        random: draws the settings that stay as they are.
    """

    def good() -> PlainSettings:
        return documented_settings(ranges, random)

    low, high = ranges.steps
    if low > 2:
        yield Broken("1 step", replace(good(), steps=1))
    if ranges.cfg[1] < 15:
        yield Broken("cfg 20", replace(good(), cfg=20.0))
    if ranges.distilled and ranges.cfg[1] < 5:
        yield Broken("a distilled model at cfg 7", replace(good(), cfg=7.0))
    if ranges.distilled and high < 24:
        yield Broken("a distilled model at 30 steps", replace(good(), steps=30))
    if ranges.megapixels is not None:
        least, most = (round((area * 1e6) ** 0.5 / 16) * 8 for area in ranges.megapixels)
        yield Broken("half the size", replace(good(), width=least, height=least))
        yield Broken("double the size", replace(good(), width=4 * most, height=4 * most))
    yield Broken("denoise below 1 on an empty latent", replace(good(), denoise=round(random.uniform(0.3, 0.6), 2)))
    yield Broken("a LoRA at weight 3", replace(good(), lora=(f"{family}/some_lora", 3.0)))
    samplers = sorted(BROKEN_ON_FLOWS) if is_flow(family) else []
    for sampler in (*samplers, "euler_cfg_pp", "dpmpp_2m_cfg_pp"):
        if is_flow(family) or ranges.cfg[0] > 2.5:
            yield Broken(f"the sampler {sampler}", replace(good(), sampler=sampler))


def documentation_rows(random: Random) -> list[Row]:
    """Return rows within and beyond what is documented, for every family and variant that has a range."""
    rows: list[Row] = []
    for alias, ranges in documented_models():
        family = alias.partition("/")[0]
        for _ in range(_WITHIN):
            rows.append(_row(alias, documented_settings(ranges, random), 0.0, random))
        for broken in broken_settings(family, ranges, random):
            rows.append(_row(alias, broken.settings, BROKEN, random))
        for settings, score in _poor(ranges, random):
            rows.append(_row(alias, settings, score, random))
    return [*rows, *_style_rows(random)]


def _poor(ranges: SamplingRange, random: Random) -> Iterator[tuple[PlainSettings, float]]:
    """Yield settings somewhat beyond the range, and how bad they are."""
    good = documented_settings(ranges, random)
    low, high = ranges.steps
    if low >= 8:
        yield replace(good, steps=round(low * 0.85)), -0.1
        yield replace(good, steps=round(low / 2)), POOR / 2
        yield replace(good, steps=round(low / 4)), 2 * POOR
    if not ranges.distilled:
        yield replace(good, steps=2 * high), 0.0  # more steps than needed do no harm
        yield replace(good, steps=round(1.2 * high)), 0.0
    if ranges.cfg[0] > 2:
        yield replace(good, cfg=1.0), 1.5 * POOR
        yield replace(good, cfg=round(0.85 * ranges.cfg[0], 2)), -0.1
        yield replace(good, cfg=round(1.15 * ranges.cfg[1], 2)), -0.1
    yield replace(good, width=round(2 * good.width / 8) * 8, height=round(good.height / 16) * 8), POOR
    yield replace(good, sampler="heun"), 0.0
    for weight in (0.6, 0.8, 1.0):
        yield replace(good, lora=("any/some_lora", weight)), 0.0


def _style_rows(random: Random) -> Iterator[Row]:
    """Yield rows of files and LoRAs that are made for one look, for prompts that want it and that want another."""
    for family, record in FAMILIES.items():
        ranges = documented_range(family, family) if record.medium == "picture" else None
        if ranges is None or _is_tiny(family):
            continue
        for look in ("photo", "anime"):
            listed = table_lines(record.files.checkpoints)
            names = [normalised(name) for name, styles, _ in listed if styles == {look}]
            for name in names[:4]:
                alias, own = f"{family}/{name}", documented_range(family, name) or ranges
                for wanted, prompt in _STYLE_PROMPTS.items():
                    score = 0.3 if wanted == look else 0.8 * POOR
                    yield _row(alias, documented_settings(own, random), score, random, prompt)
                yield _row(alias, documented_settings(own, random), 0.0, random)
        lora = f"{family}/pixel_art_style"
        for wanted, prompt in _STYLE_PROMPTS.items():
            settings = replace(documented_settings(ranges, random), lora=(lora, 0.9))
            yield _row(f"{family}/{family}", settings, 0.3 if wanted == "pixel_art" else 0.8 * POOR, random, prompt)


def _row(alias: str, settings: PlainSettings, score: float, random: Random, prompt: str | None = None) -> Row:
    prompt = random.choice(_PROMPTS) if prompt is None else prompt
    script = plain_script(alias, settings)
    return Row(DOCUMENTATION, DOCUMENTATION, prompt, prompt, script, score, _CERTAIN, f"{DOCUMENTATION} {alias}")
