"""Read where in the picture something is to be: "a castle on the left, a dragon on the right", "top: sky, bottom: sea".

A part of the picture becomes a region where the prompt speaks of the picture's own halves, thirds or corners ("in the
left half", "the right side of the image"), or names two that face each other ("on the left ... on the right"). One
"on the left" alone may be anything's left, and stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .ask import Region, Statement

Box = tuple[float, float, float, float]
"""Left edge, upper edge, width and height, as shares of the picture."""

_HALVES: dict[str, Box] = {
    "left": (0, 0, 0.5, 1), "right": (0.5, 0, 0.5, 1), "top": (0, 0, 1, 0.5), "bottom": (0, 0.5, 1, 0.5),
    "middle": (0.25, 0.25, 0.5, 0.5),
    "top left": (0, 0, 0.5, 0.5), "top right": (0.5, 0, 0.5, 0.5),
    "bottom left": (0, 0.5, 0.5, 0.5), "bottom right": (0.5, 0.5, 0.5, 0.5),
}  # fmt: skip
_THIRDS: dict[str, Box] = {
    "left": (0, 0, 0.34, 1),
    "right": (0.66, 0, 0.34, 1),
    "top": (0, 0, 1, 0.34),
    "bottom": (0, 0.66, 1, 0.34),
}
_UPRIGHT: Box = (0.33, 0, 0.34, 1)
_FLAT: Box = (0, 0.33, 1, 0.34)
_FACING = (("left", "right"), ("top", "bottom"), ("top left", "bottom right"), ("top right", "bottom left"))

_SIDES = {
    "left": r"left(?:[- ]hand)?|links|linken|gauche|izquierd[ao]|esquerd[ao]|слева|лев\w+|左|왼",
    "right": r"right(?:[- ]hand)?|rechts|rechten|droite|derech[ao]|direit[ao]|справа|прав\w+|右|오른",
    "top": r"top|upper|oben|oberen|haut|arriba|superior|acima|cima|сверху|верх\w*|вверху|上|위",
    "bottom": r"bottom|lower|unten|unteren|bas|abajo|inferior|baixo|abaixo|снизу|нижн\w*|внизу|下|아래",
    "middle": r"middle|cent(?:er|re)|mitte|milieu|centre|centro|medio|meio|центр\w*|посередине|中间|中間|中央|가운데",
}
_PART = r"half|side|third|part|portion|section|quarter|corner|area|edge|panel"
_OF_PICTURE = (
    r"(?: of (?:the |this |my )?(?:whole )?(?:image|picture|pic|frame|scene|canvas|composition|photo|painting|poster|"
    r"page|screen|illustration|drawing|shot))"
)
_V = r"(?:(?P<{0}v>top|upper|bottom|lower)[ -])?(?P<{0}s>left|right|top|bottom|upper|lower|middle|cent(?:er|re))"
_ENGLISH = re.compile(
    r"\b(?:(?:in|on|at|to|along|across|occupying|filling|within) the )"
    + _V.format("a")
    + rf"(?:[- ]hand(?= (?:side|half|part)))?(?: (?P<part>{_PART}))?\b(?P<of>{_OF_PICTURE})?"
    rf"(?! (?:{_PART}|of|hand|arm|leg|eye|foot|wing|ear|turn|lane|"
    r"bank|shelf|shoulder|cheek|page|pocket|corner of|side of)\b)(?!-)",
    re.I,
)
_LABEL = re.compile(
    r"(?:^|(?<=[,;.\n|])|(?<=\band )|(?<=\bwhile )|(?<=\bwith ))\s{0,3}(?:the )?"
    + _V.format("b")
    + rf"(?: (?P<part>{_PART}))?(?P<of>{_OF_PICTURE})?(?:\s?[:=]|"
    r" (?:shows?|showing|has|having|contains?|features?|depicts?|should (?:show|have|be|contain)))\s",
    re.I,
)
_ELSEWHERE = re.compile(
    # German, French, Spanish, Portuguese, Russian; a place is told from an adjective by what stands before it
    r"\b(?P<west>(?:auf der |in der |im )(?:linken|rechten|oberen|unteren) (?:seite|hälfte|bildhälfte|bildseite|teil)"
    r"(?: des bildes)?|links|rechts|oben|unten|in der mitte|"
    r"(?:à|sur la|dans la|en|au) (?:(?:moitié |partie |côté )?(?:gauche|droite|haut|bas|milieu|"
    r"centre))(?: de l'image)?|"
    r"(?:a|en|en la|a la|à|no lado|na|na metade|en la mitad|en la parte|na parte|en el|no) "
    r"(?:izquierda|derecha|esquerda|direita|esquerdo|direito|superior|inferior|centro|medio|meio)"
    r"(?: de la imagen| da imagem)?|(?:arriba|abajo|em cima|embaixo)|"
    r"слева|справа|сверху|снизу|вверху|внизу|посередине|в центре|"
    r"(?:в|на) (?:левой|правой|верхней|нижней) (?:половине|части|стороне)(?: изображения| картинки)?)\b|"
    # Chinese, Japanese, Korean
    r"(?P<after>在(?:画面|图片|圖片)?的?(?:左|右|上|下)(?:半部分|半边|边|邊|侧|側|面|方))(?=[，,。；;]|$)|"
    r"(?P<east>(?:画面|图片|圖片|图像)?的?(?:左|右|上|下|中)(?:半部分|半边|半|边|邊|侧|側|面|方|间|間|部)(?:是|有|"
    r"画着?|为)?|"
    r"(?:画面の|画像の)?(?:左|右|上|下|中央)(?:半分|側|端|部)?(?:には|に|は)(?=[^、。,]{1,})|"
    r"(?:왼쪽|오른쪽|위쪽?|아래쪽?|가운데)(?:에는|에|은|는) ?)",
    re.I,
)
_DEPTH = re.compile(
    r"\b(?:in|at) the (?P<place>(?:fore|back|middle ?)ground|distance|front|back)\b|"
    r"\b(?P<label>foreground|background|midground)\s?[:=]|\bim (?P<de>vordergrund|hintergrund)\b|"
    r"\b(?:au|en|à l'|al|no|em) ?(?P<fr>premier plan|arrière-plan|primer plano|el fondo|primeiro plano|fundo)\b|"
    r"\bна (?P<ru>переднем|заднем) плане\b|(?P<zh>前景|背景|手前|奥)(?:是|有|に|には)",
    re.I,
)
_CLAUSE = re.compile(r"[.!?;\n。；！]\s{0,9}|[.,，、](?=\s|$|[^\d])\s{0,9}")
_STOP = re.compile(r"[.!?;\n。；！|]")
_JOINT = re.compile(
    r"^(?:[\s,;:.，、。|-]|\b(?:and|with|while|but|plus|then|und|et|(?-i:y|e|и|а)|mit|avec|con|com)\b){1,6}|"
    r"^(?:[是有に와과]){1}(?=\S)",
    re.I,
)
_THERE = re.compile(
    r"^(?:there (?:is|are|should be|must be|stands?|will be)|(?:you|we) (?:can )?see|is|are|(?:should|must) be|"
    r"(?:put|place|show|draw|have|has)|ist|sind|steht|est|il y a|se trouve|hay|está|há|тут|находится|стоит|"
    r"(?:is|are) (?:placed|positioned|located)|i want|i'd like)\b\s{0,3}",
    re.I,
)
_TAIL = re.compile(
    r"[\s,;:.，、。|-]*(?:\b(?:and|with|while|but|plus|und|et|(?-i:y|e|и|а)|is|are|(?:is |are )?(?:placed|located|"
    r"positioned|"
    r"standing|sitting|appearing|shown|visible)|that is|who is|stands?|sits?)\b[\s,;:.，、]*){0,3}$",
    re.I,
)
_OPENING = re.compile(
    r"^.*?\b(?:photo|photograph|picture|image|painting|drawing|illustration|scene|poster|split[- ]?screen|diptych|"
    r"collage|composition)s?\b(?: of| with| showing|,|:| where| in which)\s{1,3}",
    re.I | re.S,
)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place that a prompt names."""

    start: int
    end: int
    name: str
    part: str
    """"half", "third", "corner" and so on; "" where none was named."""
    sure: bool
    """Whether it is a part of the picture and nothing else."""
    leads: bool
    """Whether what is to be seen there follows it."""


def place_statements(prompt: str) -> Iterator[Statement]:
    """Yield the regions of a prompt and the places that only words can say; all of it stays in the text."""
    marks = _marks(prompt)
    if _count(marks):
        texts = [(mark, _text(prompt, marks, index)) for index, mark in enumerate(marks)]
        found = [(mark, text) for mark, text in texts if text]
        if _count([mark for mark, _ in found]):
            boxes = _boxes([mark for mark, _ in found])
            for (mark, text), (x, y, width, height) in zip(found, boxes, strict=True):
                yield Statement("region", Region(x, y, width, height, text), mark.start, mark.end, stays=True)
    depths = list(_DEPTH.finditer(prompt))
    if len({(match.lastgroup, match[match.lastgroup or 0].lower()) for match in depths}) > 1:
        for match in depths:
            yield Statement("placement", match[match.lastgroup or 0].lower(), match.start(), match.end(), stays=True)


def _count(marks: Sequence[_Mark]) -> bool:
    """Return whether marks are of regions: one that is sure, or two that face each other."""
    names = {mark.name for mark in marks}
    corners = {name for name in names if " " in name}
    facing = any(set(pair) <= names for pair in _FACING) or len(corners) > 1
    sure = any(mark.sure and mark.name != "middle" for mark in marks)
    return (facing or sure) and len(names) == len(marks)


def _marks(prompt: str) -> list[_Mark]:
    found: list[_Mark] = []
    for match in _LABEL.finditer(prompt):
        name = _english_name(match["bv"], match["bs"])
        begin = match.end() - len(match[0].lstrip())
        found.append(_Mark(begin, match.end(), name, (match["part"] or "").lower(), False, True))
    for match in _ENGLISH.finditer(prompt):
        name, part = _english_name(match["av"], match["as"]), (match["part"] or "").lower()
        sure = bool(match["of"]) or part in ("half", "third", "quarter") or (" " in name and part == "corner")
        found.append(_Mark(match.start(), match.end(), name, part, sure, _leads(prompt, match.start(), match.end())))
    for match in _ELSEWHERE.finditer(prompt):
        name = _name(match[0])
        if name:
            leads = match["east"] is not None or _leads(prompt, match.start(), match.end())
            sure = re.search(r"hälfte|des bildes|moitié|l'image|mitad|imagen|metade|imagem|половине|半", match[0], re.I)
            found.append(_Mark(match.start(), match.end(), name, "", sure is not None, leads))
    found.sort(key=lambda mark: mark.start)
    kept: list[_Mark] = []
    for mark in found:
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return kept[:8]


def _english_name(vertical: str | None, side: str) -> str:
    plain = {"upper": "top", "lower": "bottom", "center": "middle", "centre": "middle"}
    words = [plain.get(word.lower(), word.lower()) for word in (vertical, side) if word]
    return " ".join(words) if len(set(words)) == len(words) else words[0]


def _name(words: str) -> str:
    """Return the place that words in another language name, "" where it is not known."""
    for name, pattern in _SIDES.items():
        if re.search(rf"(?<!\w)(?:{pattern})(?!\w)" if words[0].isascii() else pattern, words, re.I):
            return name
    return ""


def _leads(prompt: str, start: int, end: int) -> bool:
    """Return whether a place begins a clause and something follows it, so that what follows is what is there."""
    before, after = prompt[max(0, start - 40) : start].rstrip(), prompt[end : end + 40].lstrip(" ,:")
    joined = re.search(r"(?:^|[\s,])(?:and|while|und|et|y|e|и|а)$", before)
    begins = not before or before[-1] in ".,;:!?\n，、。；|" or joined is not None
    return begins and bool(after) and after[0] not in ".;!?\n" and not re.match(r"(?:and|while|und|et)\b", after)


def _text(prompt: str, marks: Sequence[_Mark], index: int) -> str:
    """Return what is to be seen at a place."""
    mark, before = marks[index], marks[index - 1] if index else None
    after = marks[index + 1] if index + 1 < len(marks) else None
    if not mark.leads:  # it follows what is there, which begins after the place before, or after a clause about that
        begin = before.end if before else 0
        ends = _CLAUSE if before is not None and before.leads else _STOP
        return _bare(
            prompt[max((one.end() for one in ends.finditer(prompt, begin, mark.start)), default=begin) : mark.start]
        )
    begin = mark.end + len(prompt[mark.end :]) - len(prompt[mark.end :].lstrip(" ,:"))
    limit = max(begin, after.start) if after else len(prompt)
    last = after is None and before is not None and before.leads
    ends = _CLAUSE if last or (after is not None and not after.leads) else _STOP
    limit = min((one.start() for one in ends.finditer(prompt, begin, limit)), default=limit)
    return _bare(prompt[begin:limit][:_LONGEST])


def _bare(text: str) -> str:
    """Return a text without what joins it to the places around it."""
    text = _TAIL.sub("", text)
    while match := _JOINT.match(text) or _THERE.match(text):
        text = text[match.end() :]
    return _OPENING.sub("", text.strip(" ,;:.，、。"), count=1).strip() if text.strip() else ""


def _boxes(marks: Sequence[_Mark]) -> list[Box]:
    """Return the place of each mark: halves, or thirds where a middle or a third is named."""
    names = {mark.name for mark in marks}
    across = {"left", "right"} & names and "middle" in names
    down = {"top", "bottom"} & names and "middle" in names and not across
    found = []
    for mark in marks:
        thirds = across or down or mark.part == "third"
        if mark.name == "middle":
            found.append(_UPRIGHT if across else _FLAT if down else _HALVES["middle"])
        else:
            found.append(_THIRDS.get(mark.name, _HALVES[mark.name]) if thirds else _HALVES[mark.name])
    return found
