"""The checks that an ask makes of a workflow, a sentence each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ask_seen import Seen

_NATIVE = {"sd15": 512 * 512, "qwen_image": 1328 * 1328}  # the other families here: a megapixel
_MEGAPIXEL = 1024 * 1024
_UNDERSTANDING = {"flux", "z_image", "qwen_image"}


@dataclass(frozen=True)
class Check:
    """One thing that must be so in a workflow for an ask.

    Attributes:
        says: a sentence.
        holds: whether it is so.
    """

    says: str
    holds: Callable[[Seen], bool]


def main_model(*words: str) -> Check:
    """Check that the only main model's name holds one of these words."""
    what = " or ".join(words)
    return Check(
        f"The main model is {what}.",
        lambda seen: len(seen.mains) == 1 and any(word.lower() in seen.mains[0].lower() for word in words),
    )


def not_main_model(*words: str) -> Check:
    """Check that no main model's name holds one of these words."""
    return Check(
        f"The main model is not {' or '.join(words)}.",
        lambda seen: not any(word.lower() in name.lower() for name in seen.mains for word in words),
    )


def family(*names: str) -> Check:
    """Check that the main model is of one of these families."""
    return Check(f"The model's family is {' or '.join(names)}.", lambda seen: bool(seen.families & set(names)))


def lora(word: str, weight: float | None = None) -> Check:
    """Check that a LoRA whose name holds a word is used, with a weight where one is given."""
    return Check(
        f"The LoRA {word} is used" + (f" at {weight:g}." if weight is not None else "."),
        lambda seen: any(
            word.lower() in name.lower() and (weight is None or math.isclose(weight, strength, abs_tol=0.011))
            for name, strength in seen.loras.items()
        ),
    )


def no_lora(*words: str) -> Check:
    """Check that no LoRA whose name holds one of these words is used; none at all without words."""
    return Check(
        f"No LoRA {' or '.join(words)} is used." if words else "No LoRA is used.",
        lambda seen: not any(not words or word.lower() in name.lower() for name in seen.loras for word in words or "-"),
    )


def size(width: int, height: int) -> Check:
    """Check that the saved picture has exactly this size."""
    return Check(f"The picture has {width} x {height} pixels.", lambda seen: seen.last == (width, height))


def ratio(width: float, height: float) -> Check:
    """Check that the saved picture's ratio is this one within 5 %."""
    return Check(
        f"The picture's ratio is {width:g}:{height:g}.",
        lambda seen: seen.ratio > 0 and abs(math.log(seen.ratio / (width / height))) <= 0.05,
    )


def not_ratio(width: float, height: float) -> Check:
    """Check that the saved picture's ratio is not near this one."""
    return Check(
        f"The picture's ratio is not {width:g}:{height:g}.",
        lambda seen: seen.ratio > 0 and abs(math.log(seen.ratio / (width / height))) > 0.05,
    )


TALL = Check("The picture is taller than wide.", lambda seen: 0 < seen.ratio <= 1 / 1.15)
WIDE = Check("The picture is wider than tall.", lambda seen: seen.ratio >= 1.15)
VERY_WIDE = Check("The picture is at least 1.7 times as wide as tall.", lambda seen: seen.ratio >= 1.7)
SQUARE = Check("The picture is square.", lambda seen: 0.95 <= seen.ratio <= 1.05)


def _is_native(seen: Seen) -> bool:
    area = seen.first[0] * seen.first[1]
    most = {"flux": 2.1}  # trained on up to two megapixels
    return any(0.55 <= area / _NATIVE.get(name, _MEGAPIXEL) <= most.get(name, 1.75) for name in seen.families)


NATIVE = Check("The first picture is about as large as the model's native size.", _is_native)


def steps(count: int) -> Check:
    """Check that the first sampling has this many steps."""
    return Check(
        f"The first sampling has {count} steps.", lambda seen: seen.passes[:1] != [] and seen.passes[0].steps == count
    )


def _is_quick(seen: Seen) -> bool:
    count = sum(one.steps for one in seen.passes)
    return 0 < count <= (20 if seen.families == {"sd15"} else 12) and seen.enlargement <= 1.05


QUICK = Check("It is quick: at most 12 steps in all, 20 of an SD 1.5 model, and nothing is enlarged.", _is_quick)
FEW_STEPS = Check(
    "It is as quick as an ordinary model can be: at most 20 steps, and nothing is enlarged.",
    lambda seen: 0 < sum(one.steps for one in seen.passes) <= 20 and seen.enlargement <= 1.05,
)


def cfg(value: float) -> Check:
    """Check that the first sampling has this guidance, by the input that is for it, or a note says why not."""
    return Check(
        f"The cfg is {value:g}, or a note says why not.",
        lambda seen: (
            any(
                number is not None and math.isclose(number, value, abs_tol=0.011)
                for one in seen.passes[:1]
                for number in (one.cfg, one.guidance)
            )
            or _noted(seen, ("cfg", "guidance"))
        ),
    )


def sampler(name: str, scheduler: str | None = None) -> Check:
    """Check that the first sampling has this sampler, and this scheduler where one is given."""
    return Check(
        f"The sampler is {name}" + (f" with the scheduler {scheduler}." if scheduler else "."),
        lambda seen: any(
            one.sampler == name and (scheduler is None or one.scheduler == scheduler) for one in seen.passes[:1]
        ),
    )


def scheduler(name: str) -> Check:
    """Check that the first sampling has this scheduler."""
    return Check(f"The scheduler is {name}.", lambda seen: any(one.scheduler == name for one in seen.passes[:1]))


def batch(count: int) -> Check:
    """Check that the workflow makes this many pictures."""
    return Check(f"It makes {count} pictures.", lambda seen: max(seen.values("batch_size"), default=1) == count)


def seed(value: int) -> Check:
    """Check that the first sampling's seed is this one, or, in the nth candidate, n more."""
    return Check(f"The seed is {value}.", lambda seen: any(one.seed == value + seen.draw for one in seen.passes[:1]))


def clip_skip(layers: int) -> Check:
    """Check that cLIP stops this many layers before its end, as other programs count."""
    return Check(
        f"Clip skip is {layers}.",
        lambda seen: (
            -layers in seen.values("stop_at_clip_layer") or (layers == 1 and not seen.values("stop_at_clip_layer"))
        ),
    )


def text(*words: str) -> Check:
    """Check that the positive text holds each of these words."""
    return Check(
        f"The text holds {', '.join(map(repr, words))}.",
        lambda seen: all(word.lower() in seen.positive for word in words),
    )


def no_text(*words: str) -> Check:
    """Check that the positive text holds none of these words."""
    return Check(
        f"The text does not hold {', '.join(map(repr, words))}.",
        lambda seen: not any(word.lower() in seen.positive for word in words),
    )


def negative(*words: str) -> Check:
    """Check that the negative text holds each of these words where a sampling heeds it, or a note says why not."""
    return Check(
        f"The negative text holds {', '.join(map(repr, words))}, or a note says why not.",
        lambda seen: (
            all(word.lower() in seen.negative for word in words) or _noted(seen, ("negative", "not to be seen"))
        ),
    )


def no_negative(*words: str) -> Check:
    """Check that the negative text holds none of these words: what is asked for is not ruled out."""
    return Check(
        f"The negative text does not hold {', '.join(map(repr, words))}.",
        lambda seen: not any(word in [part.strip() for part in seen.negative.split(",")] for word in words),
    )


def negative_or_text(word: str, words: str) -> Check:
    """Check that the negative text holds a word, or that a model which understands sentences reads what was said."""
    return Check(
        f"The negative text holds {word!r}, or a model that understands sentences reads {words!r}.",
        lambda seen: word in seen.negative or (words in seen.positive and seen.families <= _UNDERSTANDING),
    )


def enlarged(factor: float | None = None) -> Check:
    """Check that the saved picture is larger than the first one, by a factor on each side where one is given."""
    return Check(
        "The picture is enlarged" + (f" {factor:g} times." if factor else "."),
        lambda seen: abs(seen.enlargement / factor - 1) <= 0.02 if factor else seen.enlargement >= 1.2,
    )


NOT_ENLARGED = Check("The picture is not enlarged.", lambda seen: 0.95 <= seen.enlargement <= 1.05)
IN_DETAIL = Check(
    "It is made with care: sampled twice, enlarged, or with at least 28 steps.",
    lambda seen: len(seen.passes) > 1 or seen.enlargement >= 1.2 or sum(one.steps for one in seen.passes) >= 28,
)


def upscaler(word: str) -> Check:
    """Check that an upscale model whose name holds a word is used."""
    return Check(
        f"The upscaler {word} is used.", lambda seen: any(word.lower() in name.lower() for name in seen.upscalers)
    )


def restyled(*words: str) -> Check:
    """Check that a later sampling's text holds each of these words, and the first one's none of them."""
    return Check(
        f"A second sampling adds {', '.join(map(repr, words))}.",
        lambda seen: (
            len(seen.passes) > 1
            and all(word in seen.passes[-1].positive.lower() for word in words)
            and not any(word in seen.passes[0].positive.lower() for word in words)
        ),
    )


REGIONS = Check(
    "Two texts of one sampling hold for parts of the picture, or a note says why not.",
    lambda seen: (
        (bool(seen.classes("ConditioningSet")) and any(" | " in one.positive for one in seen.passes))
        or _noted(seen, ("region",))
    ),
)


def _noted(seen: Seen, words: tuple[str, ...]) -> bool:
    return any(word.lower() in note.lower() for note in seen.notes for word in words)


def noted(*words: str) -> Check:
    """Check that a note holds one of these words."""
    return Check(f"A note says something of {' or '.join(map(repr, words))}.", lambda seen: _noted(seen, words))


NOTHING_NOTED = Check("Nothing is said beside it.", lambda seen: not seen.notes)
