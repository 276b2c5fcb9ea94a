"""The forms in which prompts state sizes, numbers, samplers and enlargements: one regular expression each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .ask import Enlargement, Kind, Ratio, Size, Value
from .enlarging import REFUSALS, WORDINGS, factor_of
from .exclusions import DENIALS, EXCLUSIONS
from .lexicon.reading import meaning_statements
from .pasted import LARGEST_SIDE
from .program_names import SAMPLERS, SCHEDULERS, read_sampler

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "a dozen": 12, "twenty": 20, "twenty-five": 25, "thirty": 30, "forty": 40, "fifty": 50,
    "a couple of": 2, "double": 2, "twice": 2, "triple": 3, "three times": 3, "four times": 4,
}  # fmt: skip
_RATIOS = {
    "16:9", "9:16", "21:9", "9:21", "32:9", "16:10", "10:16", "4:3", "3:4", "3:2", "2:3", "5:4", "4:5", "1:1", "2:1",
    "1:2", "7:5", "5:7", "18:9", "9:18", "19:9", "9:19", "20:9", "9:20", "5:3", "3:5", "7:4", "4:7", "7:9", "9:7",
    "8:5", "5:8", "3:1", "1:3", "2.35:1", "2.39:1", "2.4:1", "1.85:1", "2.76:1", "1.91:1",
}  # fmt: skip
_NEVER_SCORES = {"16:9", "9:16", "21:9", "9:21", "32:9", "16:10", "2.35:1", "2.39:1", "1.85:1"}
_ELSEWHERE = {
    "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "acht": 8, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5,
    "six": 6, "huit": 8, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "ocho": 8, "duas": 2, "dois": 2,
    "três": 3, "quatro": 4, "oito": 8, "два": 2, "две": 2, "три": 3, "четыре": 4, "пять": 5, "шесть": 6, "восемь": 8,
    "两": 2, "兩": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "八": 8, "두": 2, "세": 3, "네": 4, "다섯": 5,
}  # fmt: skip
_COUNT = "|".join(map(re.escape, _NUMBERS)) + r"|\d{1,2}"
_COUNT_ELSEWHERE = "|".join(_ELSEWHERE) + r"|\d{1,2}"
_SAMPLER_NAMES = "|".join(
    sorted((re.escape(name).replace(r"\ ", r"[ _\-]") for name in SAMPLERS if "scheduler" not in name), key=len)[::-1]
)
_SCHEDULER_NAMES = "|".join(
    sorted((re.escape(name).replace(r"\ ", r"[ _\-]") for name in SCHEDULERS), key=len, reverse=True)
)


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a statement."""

    pattern: re.Pattern[str]
    read: Callable[[re.Match[str]], list[tuple[Kind, Value]]]
    """Returns what a match says, nothing if it says nothing after all."""
    strong: bool
    """Whether it counts wherever it stands."""


def _form(pattern: str, read: Callable[[re.Match[str]], list[tuple[Kind, Value]]], *, strong: bool = True) -> Form:
    return Form(re.compile(pattern, re.I), read, strong)


def _count(text: str) -> int:
    number = _NUMBERS.get(text.lower()) or _ELSEWHERE.get(text.lower())
    return int(text) if number is None else number


def _size(match: re.Match[str]) -> list[tuple[Kind, Value]]:
    width, height = int(match["width"]), int(match["height"])
    inside = 64 <= width <= LARGEST_SIDE and 64 <= height <= LARGEST_SIDE
    return [("size", Size(width, height))] if inside else []


def _ratio(match: re.Match[str]) -> list[tuple[Kind, Value]]:
    width, height = float(match["across"]), float(match["down"])
    inside = width > 0 and height > 0 and 1 / 8 <= width / height <= 8
    return [("ratio", Ratio(width, height))] if inside else []


def _known_ratio(match: re.Match[str]) -> list[tuple[Kind, Value]]:
    return _ratio(match) if f"{match['across']}:{match['down']}" in _RATIOS else []


def _sure_ratio(match: re.Match[str]) -> list[tuple[Kind, Value]]:
    return _ratio(match) if f"{match['across']}:{match['down']}" in _NEVER_SCORES else []


def _whole(kind: Kind, least: int, most: int) -> Callable[[re.Match[str]], list[tuple[Kind, Value]]]:
    def read(match: re.Match[str]) -> list[tuple[Kind, Value]]:
        number = _count(match["number"])
        return [(kind, number)] if least <= number <= most else []

    return read


def _times(match: re.Match[str]) -> list[tuple[Kind, Value]]:
    number = _count(match["number"] or match["amount"] or match["times"])
    return [("batch", number)] if 1 < number <= 64 else []


def _steps_taken(match: re.Match[str]) -> list[tuple[Kind, Value]]:
    """Read "with twenty steps" at the end of a scene without stairs."""
    return [] if _STAIRS.search(match.string) else _steps(match)


def _cfg(match: re.Match[str]) -> list[tuple[Kind, Value]]:
    number = float(match["number"])
    return [("cfg", number)] if number <= 100 else []


def _sampler(match: re.Match[str]) -> list[tuple[Kind, Value]]:
    sampler, scheduler = read_sampler(match["name"])
    said: list[tuple[Kind, Value]] = [("sampler", sampler)] if sampler else []
    named = match.groupdict().get("schedule")
    scheduler = SCHEDULERS.get(re.sub(r"[_\-]", " ", named.lower())) if named else scheduler
    return said + ([("scheduler", scheduler)] if scheduler else [])


def _scheduler(match: re.Match[str]) -> list[tuple[Kind, Value]]:
    return [("scheduler", SCHEDULERS[re.sub(r"[_\-]", " ", match["schedule"].lower())])]


def _enlarge(match: re.Match[str]) -> list[tuple[Kind, Value]]:
    groups = match.groupdict()
    text = (groups.get("factor") or groups.get("after") or "").lower()
    factor = float(_NUMBERS.get(text) or text) if text else None
    if factor is not None and not 1 < factor <= 16:
        return []
    return [("enlarge", Enlargement(True, factor, groups.get("upscaler")))]


def _enlarge_in_words(match: re.Match[str]) -> list[tuple[Kind, Value]]:
    factor = factor_of(match)
    return [("enlarge", Enlargement(True, factor))] if factor is None or 1 < factor <= 16 else []


def _no_enlargement(_: re.Match[str]) -> list[tuple[Kind, Value]]:
    return [("enlarge", Enlargement(False))]


def _negative(match: re.Match[str]) -> list[tuple[Kind, Value]]:
    words = match["words"].strip(" ,.")
    if match[0].strip(" ,.!") == match.string.strip(" ,.!") and ":" not in match[0]:
        return []  # nothing else is to be seen: "avoid the crowd"
    means_effort = any(one.kind == "effort" for one in meaning_statements(match[0]))  # "no details", "without hurry"
    return [("negative", words)] if words and not means_effort else []


_NUMBER = r"(?P<number>\d{1,4})"
_DECIMAL = r"(?P<number>\d{1,3}(?:\.\d{1,3})?)"
_IS = r"\s*(?:=|:|of|at|to)?\s*"
_NOT_UNIT = r"(?!\s*(?:mm|cm|m|km|ft|feet|foot|inch|inches|in\.|yards|people|grid|tiles|\d|[x×]\s*\d)\b)(?!\w|\.\w)"
_SIZE = r"(?<![\w.])(?P<width>\d{2,5})\s*[x×✕*]\s*(?P<height>\d{2,5})"
_BY_SIZE = r"(?<![\w.])(?P<width>\d{3,5})\s*(?:px\s*)?by\s+(?P<height>\d{3,5})"
_WIDTH_AND_HEIGHT = (
    r"\bwidth\s*[=:]?\s*(?P<width>\d{2,5})\s*(?:px)?\s*(?:,|and|x)?\s*"
    r"height\s*[=:]?\s*(?P<height>\d{2,5})\s*(?:px)?\b"
)
_WIDE_AND_TALL = (
    r"(?<![\w.])(?P<width>\d{3,5})\s*(?:px|pixels)?\s*wide\s*(?:,|and|by|x|×)?\s*"
    r"(?P<height>\d{3,5})\s*(?:px|pixels)?\s*(?:tall|high)\b"
)
# "5 to 4" and "2x3" are ratios beside a word for one.
_RATIO_IN_WORDS = r"(?P<across>\d{1,2}(?:\.\d{1,2})?)\s*(?:x|×|/|by|to)\s*(?P<down>\d{1,2}(?:\.\d{1,2})?)(?![\w/]|\.\d)"
# Letters of other scripts may stand beside a number: 16:9で
_RATIO = (
    r"(?<![A-Za-z0-9_.:/])(?P<across>\d{1,2}(?:\.\d{1,2})?)\s*[:∶：]\s*(?P<down>\d{1,2}(?:\.\d{1,2})?)"
    r"(?![A-Za-z0-9_:]|\.\d)(?:の(?:比率|画角|サイズ)?で|で(?=[、。\s]|$)|(?:的)?(?:比例|画幅)|(?: ?비율)로?)?"
)
_SHAPE = (
    r"(?:aspect[ -]?ratio|aspect|ratio|format|widescreen|letterbox|landscape format|portrait format|crop(?:ped)?|"
    r"framing|canvas|orientation|layout|composition|seitenverhältnis|hochformat|querformat|formato|proporción|"
    r"proporção|cadrage|соотношени\w+|формат\w*)"
)
_KINDS_OF_PICTURES = (
    r"(?:portrait|poster|print|image|picture|photo|photograph|pic|illustration|painting|landscape|banner|render|"
    r"wallpaper|thumbnail|shot|still|drawing|artwork|scene|frame)"
)
_SCHEDULE = rf"(?P<schedule>{_SCHEDULER_NAMES})"
_SAMPLER = rf"(?P<name>{_SAMPLER_NAMES})(?:[ _-]+{_SCHEDULE})?"
_TECHNICAL_SAMPLER = (
    rf"(?P<name>(?:k[ _-])?dpm(?:pp|\+\+)[ _]?(?:2s|2m|3m)?[ _]?(?:sde|ancestral|a)?)(?:[ _-]+{_SCHEDULE})?"
)
_VARIANTS = r"(?:different\s+)?(?:variations|variants|versions|alternatives)\b(?!\s+of\b)"
_PICTURES = r"(?:images|pictures|pics|photos|renders)\b(?!\s+of\b)"
_UPSCALE = r"(?:upscal(?:e|es|ed|ing)|enlarg(?:e|es|ed|ing)|scal(?:e|es|ed|ing) up)"
_IT = r"(?:\s+(?:it|the (?:image|picture|result|whole thing)))"
_THEN_UPSCALE = rf"\b(?:and\s+)?(?:then\s+)?{_UPSCALE}{_IT}?"
_FACTOR = r"(?:(?P<factor>\d{1,2}(?:\.\d)?)\s*(?:x|×|times)|(?:x|×)\s*(?P<after>\d{1,2}(?:\.\d)?))"
_TO_FACTOR = r"(?:by\s+|to\s+)?(?:a factor of\s+)?"
_UPSCALERS = r"(?:ultrasharp|esrgan|remacri|nmkd|swinir|siax|animesharp|nomos|foolhardy)"
_USING_UPSCALER = (
    rf"(?:\s+(?:with|using|by|via|through)\s+(?:the\s+)?(?P<upscaler>[\w.\-]*{_UPSCALERS}[\w.\-]*)"
    r"(?:\s+(?:model|upscaler))?)"
)
_WITH_UPSCALER = _USING_UPSCALER + "?"
_STAIRS = re.compile(
    r"\b(?:temples?|stairs?|stair\w+|ladders?|porch(?:es)?|churche?s?|cathedrals?|pyramids?|alta?rs?|thrones?|castles?|"
    r"palaces?|houses?|cottages?|buildings?|entrances?|doors?|doorways?|gates?|stone|wooden|marble|pedestals?|stages?|"
    r"podiums?|bridges?|towers?|gardens?|terraces?|cellars?|pools?|danc\w+|walk\w*|climb\w*|escalators?|front|"
    r"monuments?|museums?|libraries|library|courthouses?|ziggurats?|trails?|mountains?|hills?)\b",
    re.I,
)
_MAKING = (
    r"(?:(?:(?:please|pls|can you|could you|i want you to|i(?:'d| would) like you to)\s+)?(?:generate|create|make|"
    r"render|do|produce|draw|paint|give|show|i want|i need|i'd like)\s+(?:me\s+|us\s+)?)?"
)
_AT_BEGIN = r"(?:^|(?<=[,;.!?\n])|(?<=[,;.!?] ))"
_AT_END = r"(?=\s*(?:$|[,;.!?\n)]|(?:please|pls|bitte|thanks)\b))"
_PURPOSE = r"(?:\s+for\s+(?:this|it|that)(?:\s+one)?\b|\s+for(?=\s))?"
_steps, _batch = _whole("steps", 1, 1000), _whole("batch", 1, 64)

FORMS: tuple[Form, ...] = (
    # sizes and ratios
    _form(rf"(?:\b(?:resolution|size|dimensions))?{_IS}{_SIZE}(?:\s*(?:px|pixels?|resolution))?{_NOT_UNIT}", _size),
    _form(rf"{_BY_SIZE}\s*(?:px|pixels)", _size),
    _form(rf"{_BY_SIZE}{_NOT_UNIT}", _size, strong=False),
    _form(_WIDTH_AND_HEIGHT, _size),
    _form(_WIDE_AND_TALL, _size),
    _form(rf"\b(?:aspect[ -]?ratio|aspect|ratio|format|ar){_IS}{_RATIO}", _ratio),
    _form(rf"(?:\b(?:on|in|as|with|to)\s+)?(?:\ban?\s+)?{_RATIO}\s*{_SHAPE}\b(?:\s+of(?=\s))?", _ratio),
    _form(
        rf"(?:\b(?:an?|the|in|with)\s+)*\b(?:aspect[ -]?ratio|aspect|ratio){_IS}{_RATIO_IN_WORDS}"
        r"(?!\s+between\b)(?:\s+please\b)?",
        _ratio,
    ),
    _form(
        rf"(?:\b(?:in|with|at)\s+)?(?:\ban?\s+)?(?<![\w.:/]){_RATIO_IN_WORDS}\s*(?:aspect[ -]?ratio|aspect|ratio)\b"
        r"(?:\s+of(?=\s))?",
        _ratio,
    ),
    _form(r"(?<![\w.])(?P<across>\d{1,2})\s?(?:by|to)\s?(?P<down>\d{1,2})(?![\w.])", _known_ratio, strong=False),
    _form(rf"\b(?:formato|proporción|proporção|seitenverhältnis|cadrage|формат|соотношение)\s*:?\s*{_RATIO}", _ratio),
    _form(rf"(?:\b(?:cropped|crop|cut|framed)\s+(?:it\s+)?(?:to|at|in|as)\s+)(?:a\s+)?{_RATIO}", _known_ratio),
    _form(rf"{_AT_BEGIN}{_RATIO}(?=\s+{_KINDS_OF_PICTURES}\b)", _known_ratio),
    _form(rf"{_RATIO}(?!\s*(?:am|pm|a\.m|p\.m|o'clock|uhr|h)\b)", _sure_ratio),
    _form(rf"{_RATIO}(?:\s+(?:please|wide|tall|vertical|horizontal))?", _known_ratio, strong=False),
    _form(r"(?<![\w.])(?P<across>\d{1,2})\s?[x×]\s?(?P<down>\d{1,2})(?![\w.])", _known_ratio, strong=False),
    _form(rf"\bin\s+{_RATIO}(?=\s*(?:$|[,.;\n)]))", _known_ratio),
    _form(
        r"\b(?:aspect[ -]?ratio|ratio|format)\s*[:=]?\s*(?P<across>\d{1,2})\s*/\s*(?P<down>\d{1,2})(?![\w/])", _ratio
    ),
    _form(r"--w(?:idth)?[ =](?P<width>\d{2,5})[\s,]+--h(?:eight)?[ =](?P<height>\d{2,5})\b", _size),
    _form(r"--h(?:eight)?[ =](?P<height>\d{2,5})[\s,]+--w(?:idth)?[ =](?P<width>\d{2,5})\b", _size),
    # numbers
    _form(rf"\bstep[ -]?count\s*[=:]?\s*{_NUMBER}\b", _steps),
    _form(
        rf"\b(?:(?:please )?(?:use|using|set to|sample|sampled|run|rendered|render|do)\s+(?:it\s+)?"
        rf"(?:(?:for|with|in|at)\s+)?)(?P<number>\d{{1,4}}|{_COUNT})\s+steps\b(?!\s+(?:to|of|up|down|away|from|behind|"
        rf"forward|back)\b){_PURPOSE}",
        _steps,
    ),
    _form(rf"\bwith\s+(?P<number>twenty|twenty-five|thirty|forty|fifty|[2-9]\d)\s+steps\b{_AT_END}", _steps_taken),
    _form(
        r"(?<![\w.])(?:(?:mit|in|con|en|avec|com|em|за|в)\s+)?(?P<number>[4-9]|[1-9]\d{1,2})\s*"
        r"(?:(?:sampling-?)?schritten?|pasos|étapes|passos|шаг(?:а|ов|ах)|步|ステップ(?:で)?|(?:스텝|단계)(?:로)?)(?!\w)",
        _steps,
        strong=False,
    ),
    _form(rf"(?<![\w.])(?P<number>{_COUNT})\s+steps\b(?!\s+of\b)", _steps, strong=False),
    _form(r"\b(?:in|at)\s+(?P<number>[4-9]|[1-9]\d{1,2})\s+steps\b(?=\s*(?:$|[,.;\n)]))", _steps),
    _form(rf"\b(?:steps|sampling steps|inference steps)\s*[=:]\s*{_NUMBER}\b", _steps),
    _form(rf"(?<![\w.]){_NUMBER}\s+(?:sampling|inference|denoising|diffusion|sampler)\s+steps\b", _steps),
    _form(rf"(?<![\w.]){_NUMBER}\s+steps\b(?!\s+of\b)", _steps, strong=False),
    _form(rf"\b(?:cfg(?:[ _-]?scale)?|guidance(?:[ _-]scale)?){_IS}{_DECIMAL}(?![\w.]*\d)", _cfg),
    _form(r"\bseed\s*[=:]?\s*(?P<number>\d{1,19})\b", _whole("seed", 0, 2**63)),
    _form(rf"\bclip[ _-]?skip{_IS}{_NUMBER}\b", _whole("clip_skip", 1, 12)),
    _form(
        rf"{_MAKING}\b(?:in )?(?:an? )?(?:batch|set|series)(?:[ _-]?size)?{_IS}(?P<number>{_COUNT})\b"
        rf"(?:\s+{_PICTURES}|(?=\s*(?:$|[,.;:\n)|]|please|and|with|at)))",
        _batch,
    ),
    _form(
        rf"{_MAKING}\b(?:an? )?(?:batch|set|series) of (?P<number>{_COUNT}) (?:images|pictures|pics|renders) of(?=\s)",
        _batch,
    ),
    _form(
        rf"{_AT_BEGIN}(?:please )?(?:make|do|give me|generate|create|render|show me|draw|i want|i need|i'd like)\s+"
        rf"(?:me\s+)?(?P<number>{_COUNT})(?:\s+of\s+(?:them|these|those|it|this|each)|\s+copies)?"
        r"(?=\s*(?:$|[,;.:!?\n)]|please\b|pls\b))",
        _batch,
    ),
    _form(
        rf"(?<![\w.])(?:[x×]\s?(?P<number>{_COUNT})|(?P<amount>\d{{1,2}})\s?[x×])\s+(?:images|pictures|pics|photos|"
        rf"renders|variations|variants|versions)\b(?!\s+of\b)|\b(?:images|pictures|pics|renders)\s+[x×]\s?"
        r"(?P<times>\d{1,2})\b",
        _times,
    ),
    _form(
        rf"(?<!\w)(?P<number>{_COUNT_ELSEWHERE})\s?(?:bilder|varianten|variationen|versionen|images|variantes|"
        r"imágenes|imagens|variaciones|versiones|variações|versões|картинки|картинок|изображени[яй]|вариант(?:а|ов)|"
        r"张图?片?|張圖?片?|幅|枚|장)(?!\w)(?:\s*(?:bitte|svp|por favor|s'il (?:te|vous) pla[iî]t|пожалуйста))?",
        _batch,
        strong=False,
    ),
    _form(rf"(?<![\w.])(?P<number>{_COUNT})\s+{_PICTURES}\s+(?:please|pls)\b", _batch),
    _form(rf"(?<![\w.])(?P<number>{_COUNT})\s+{_PICTURES}(?:\s+please)?", _batch, strong=False),
    _form(rf"(?<![\w.])(?P<number>{_COUNT})\s+{_VARIANTS}", _batch, strong=False),
    # samplers and schedulers
    _form(rf"\b(?:sampler|sampled with|sampling with)\s*[=:]?\s*{_SAMPLER}(?![\w+])(?:\s+sampler)?", _sampler),
    _form(rf"(?<![\w+]){_SAMPLER}\s+sampler\b", _sampler),
    _form(
        rf"\b(?:use|using|with)\s+(?:the\s+)?{_SAMPLER}(?![\w+])(?:\s+sampler)?(?=\s*(?:$|[,.;\n)]|and\b))", _sampler
    ),
    _form(rf"(?<![\w+]){_TECHNICAL_SAMPLER}(?![\w+])", _sampler),
    _form(rf"(?<![\w+]){_SAMPLER}(?![\w+])", _sampler, strong=False),
    _form(rf"\bschedul(?:er|e)\s*[=:]?\s*{_SCHEDULE}\b", _scheduler),
    _form(rf"\b{_SCHEDULE}\s+schedul(?:er|e)\b", _scheduler),
    # enlargement
    _form(rf"\b(?:no|without|do not|don't|dont|not)\s+(?:any\s+)?{_UPSCALE}\b|\bno hires ?fix\b", _no_enlargement),
    _form(rf"{_THEN_UPSCALE}\s+{_TO_FACTOR}{_FACTOR}{_WITH_UPSCALER}(?!\w)", _enlarge),
    _form(rf"{_THEN_UPSCALE}\s+by\s+(?P<factor>\d(?:\.\d)?){_WITH_UPSCALER}(?![\w.])", _enlarge),
    _form(rf"{_THEN_UPSCALE}\s+(?P<factor>twice|double|three times|four times)\b", _enlarge),
    _form(rf"(?<![\w.]){_FACTOR}\s+(?:upscal(?:e|ed|ing)|enlarge(?:d|ment)){_WITH_UPSCALER}\b", _enlarge),
    _form(rf"\b(?:and\s+)?then\s+{_UPSCALE}(?:\s+(?:it|the (?:image|picture|result)))?{_WITH_UPSCALER}\b", _enlarge),
    _form(
        rf"{_THEN_UPSCALE}\s+by\s+a\s+factor\s+of\s+(?P<factor>\d{{1,2}}(?:\.\d)?){_WITH_UPSCALER}(?![\w.])", _enlarge
    ),
    _form(r"\b(?P<factor>double|triple) the (?:resolution|size)\b(?:\s+(?:at the end|afterwards))?", _enlarge),
    _form(rf"\band\s+(?:then\s+)?(?:upscale|enlarge|scale up){_IT}{_WITH_UPSCALER}\b", _enlarge),
    _form(rf"\b{_UPSCALE}{_IT}?{_WITH_UPSCALER}\b", _enlarge, strong=False),
    _form(
        rf"(?<![\w.])(?P<factor>two|three|four)\s+times\s+(?:bigger|larger)(?!\s+than){_WITH_UPSCALER}(?!\w)",
        _enlarge,
        strong=False,
    ),
    _form(rf"(?<![\w.]){_FACTOR}\s+(?:bigger|larger)(?!\s+than){_WITH_UPSCALER}(?!\w)", _enlarge, strong=False),
    _form(
        rf"(?:{_UPSCALE}\s+)?(?<![\w.]){_FACTOR}(?:\s+(?:bigger|larger|upscal\w+|enlarged?|enlargement|size))?"
        rf"{_USING_UPSCALER}(?!\w)",
        _enlarge,
    ),
    _form(
        rf"(?<![\w.])(?:{_THEN_UPSCALE}\s+)?(?:with|using|via|through|by|use)\s+(?:the\s+)?(?P<upscaler>[\w.\-]*{_UPSCALERS}[\w.\-]*)"
        rf"(?:\s+(?:model|upscaler))?(?:\s+(?:(?:by|at|to)\s+)?{_FACTOR})?(?!\w)",
        _enlarge,
    ),
    _form(
        rf"(?<![\w.])(?P<upscaler>[\w.\-]*{_UPSCALERS}[\w.\-]*)(?:\s+(?:model|upscaler|upscal(?:e|ing)))?"
        rf"(?:\s+(?:(?:by|at|to)\s+)?{_FACTOR})?(?!\w)",
        _enlarge,
        strong=False,
    ),
    *(_form(pattern, _no_enlargement) for pattern in REFUSALS),
    *(_form(pattern, _enlarge_in_words) for pattern in WORDINGS),
    _form(
        r"\b(?:(?:with|use|using|enable|add|and|do)\s+(?:a\s+|the\s+)?)?(?:hi-?|high-?\s?)res(?:olution)?\.?[ _-]?fix\b"
        r"(?:\s+(?:please|on|enabled))?",
        lambda _: [("effort", "detailed")],
    ),
    # what is not to be shown
    *(_form(pattern, _negative) for pattern in EXCLUSIONS),
    *(_form(pattern, _negative, strong=False) for pattern in DENIALS),
)
"""Every form. Of two that match the same words, a strong one goes before a weak one, and a long one before a short."""
