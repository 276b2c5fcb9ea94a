"""Read that a picture is to be turned into another: "... then turn it into an oil painting".

An order to restyle is told from a scene ("a girl picks a leaf and then turns it into a boat") by its form: it is
imperative, follows "then" or the like, and its object is the picture ("it", "the image"). Where the object is only
"it", the prompt begins as an order, or what it becomes is a medium or style.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .ask import Statement
from .media import MEDIUM, MEDIUM_NAMES

_THING = (
    r"(?:it|this|that|everything|the (?:whole )?(?:images?|pictures?|pics?|results?|photos?|scene|thing|whole thing))"
)
_TURN = (
    r"(?:turn|transform|convert|change|make|morph|re-?draw|re-?paint|re-?style|re-?render|re-?imagine|re-?work|"
    r"re-?make|"
    r"re-?create|re-?do|stylize|stylise|render|paint|draw|translate)"
)
_LIKE = (
    r"(?:(?:in)?to|as if(?: it (?:were|was))?|as|like|look(?:ing)? like|look|"
    r"in(?! the style\b| style\b)(?: the)?(?= )|with)"
)
_NEXT = (
    r"(?:(?:and\s+|but\s+)?(?:then|afterwards?|after that|next|finally|later|subsequently|lastly|"
    r"(?:as|for) (?:a|the) (?:second|next|last|final) (?:step|pass)|in (?:a|the) (?:second|next|last) (?:step|pass)|"
    r"second(?:ly)?|step (?:2|two):?|2[.)]|(?:once|when) (?:it|that|this)(?: is|'s) (?:done|finished|ready))[, ]+)"
)
_END = (
    r"(?=\s*(?:$|[.;!\n]|,?\s*(?:and|then|but)\s+(?:then\s+|finally\s+|also\s+|please\s+)*"
    r"(?:upscal|enlarg|doubl|scal(?:e|ing) |blow|increase|make |turn |save|add |use |show|send|give|put )|"
    r",\s*(?:upscal|enlarg|doubl|scale |then\b|finally\b|please\b|thanks\b|thank you)))"
)
_STYLE = rf"(?P<style>[^.;!\n]{{2,120}}?){_END}"
_NOT_SIZE = (
    r"(?!(?:\w+ ){0,3}?(?:bigger|larger|smaller|wider|taller|higher|sharper|brighter|darker|better|twice|double|square|"
    r"landscape format|portrait format|vertical|horizontal|widescreen|wallpaper size|high[- ]res(?:olution)?|hd|[248]k|"
    r"more detailed|(?:a|an) (?:short )?(?:video|gif|animation|movie|clip)|\d+(?:\.\d+)?\s*[:x×])\b)"
)
_RESTYLE = re.compile(
    rf"(?:\b(?P<next>{_NEXT})|\band\s{{1,9}})(?:please\s+|kindly\s+|(?:can|could|would) you\s+(?:please\s+)?|"
    rf"i(?:'d| would) (?:like|love|want) you to\s+)?{_TURN}\s+(?P<thing>{_THING})\s+"
    rf"(?:completely\s+|fully\s+)?(?:{_LIKE}\s+)?{_NOT_SIZE}{_STYLE}",
    re.I,
)
_GIVE = re.compile(
    rf"\b(?P<next>{_NEXT})(?:please\s+)?give (?P<thing>{_THING}) (?:an?|the) "
    rf"(?P<style>[^.;!\n]{{2,80}}? (?:look|style|feel|makeover|treatment)){_END}",
    re.I,
)
_APPLY = re.compile(
    rf"\b(?P<next>{_NEXT})(?:please\s+)?apply (?:an?|the) "
    rf"(?P<style>[^.;!\n]{{2,80}}?(?: style| filter| look| effect))(?: (?:to|on|over) (?P<thing>{_THING}))?{_END}",
    re.I,
)
_MAKE_LIKE = re.compile(
    rf"(?:^|(?<=[.!?\n,;]))\s{{0,9}}(?:and\s+)?(?:please\s+)?make {_THING} look "
    rf"(?:as if it (?:were|was)|like(?= an?\b| the\b))?\s{{0,9}}"
    rf"(?={MEDIUM.pattern}|an?\b[^.\n]{{0,40}}?\b(?:{MEDIUM_NAMES})\b)",
    re.I,
)
_ORDERED = re.compile(
    r"^\W{0,20}(?:(?:hi|hello|hey|ok(?:ay)?|please|pls|kindly|first(?:ly)?|step (?:1|one)|to begin|start by|begin by|"
    r"begin with|1[.)]|(?:can|could|would|will) you|i(?:'d| would)? (?:want|like|love|need))\b|"
    r"(?:generat|creat|mak|draw|paint|render|produc|design|show|giv|imagin|sketch)(?:e|ing|es)?\b)",
    re.I,
)

# The same in other languages: what comes next, the order, and what the picture becomes.
_ELSEWHERE = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        # German
        r"\b(?:und\s+)?(?:dann|danach|anschließend|zum schluss|im zweiten schritt)\s+(?:bitte\s+)?"
        r"(?:verwandle|verwandel|mach|mache|wandle|ändere|zeichne|male|gestalte|stilisiere)\s+"
        r"(?:es|das|das (?:bild|ergebnis|ganze))\s+(?:dann\s+)?(?:in|zu|zum|als|wie)\s+"
        r"(?P<style>[^.,;!\n]{2,80}?)(?:\s+um)?(?=$|[.,;!\n])",
        r"\b(?:und\s+)?(?:verwandle|wandle)\s+(?:es|das|das (?:bild|ergebnis))\s+(?:dann|danach|anschließend)\s+"
        r"(?:bitte\s+)?(?:in|zu|zum)\s+(?P<style>[^.,;!\n]{2,80}?)(?:\s+um)?(?=$|[.,;!\n])",
        # French
        r"\b(?:et\s+)?(?:puis|ensuite|après(?: cela)?|enfin)[, ]+(?:transforme|convertis|change|refais|redessine|"
        r"repeins|transformez)(?:-l[ea]| l'image| le résultat| ça| cela)\s+(?:en|comme|dans)\s+"
        r"(?P<style>[^.,;!\n]{2,80}?)(?=$|[.,;!\n]|\s+et\s)",
        # Spanish and Portuguese
        r"\b(?:y\s+|e\s+)?(?:luego|después|despues|a continuación|por último|entonces|depois|em seguida|então|"
        r"por fim)[, ]+(?:(?:conviért|transfórm|conviert|transform|cámbi|redibúj|píntal|rehaz)\w*|"
        r"(?:convert|transform|mud|redesenh|refaç|repint)\w*(?:-[ao])?)\s*"
        r"(?:la imagen|el resultado|a imagem|o resultado|isso|-[ao])?\s*(?:en|em|como|a|para)\s+"
        r"(?P<style>[^.,;!\n]{2,80}?)(?=$|[.,;!\n]|\s+[ye]\s)",
        # Russian
        r"\b(?:(?:а\s+|и\s+)?(?:затем|потом|после этого|далее))[, ]+(?:преврати|переделай|перерисуй|преобразуй|"
        r"сделай|стилизуй)(?:те)?\s+(?:его|её|ее|это|картинку|изображение|результат)?\s*(?:в|как|под|из)\s+"
        r"(?P<style>[^.,;!\n]{2,80}?)(?=$|[.,;!\n]|\s+и\s)",
        # Chinese
        r"(?:然后|之后|接着|再|随后|最后|然後|接著)(?:请|再|把|将|将它|把它|把图片|把图像|把画面|它)*"
        r"(?:变成|转成|转换成|转换为|转化为|改成|改为|重绘成|重绘为|画成|變成|轉成)(?P<style>[^，,。；;！!\n]{1,40})",
        # Japanese
        r"(?:その後|そのあと|それから|次に|続いて|最後に)[、,\s]*(?:それを|画像を|絵を|これを)?"
        r"(?P<style>[^、,。！!\n]{1,30}?)(?:に(?:変え|変換|し|描き直|仕上げ|作り変え)|として描き直)[^、。！!\n]{0,10}",
        # Korean
        r"(?:그런 다음|그 다음|그 후|다음에|이후|그리고 나서|그런다음|그다음)\s*(?:에\s*)?"
        r"(?:그것을|그걸|이미지를|그림을|이를)?\s*(?P<style>[^,.!\n]{1,30}?)"
        r"(?:으로|로)\s*(?:바꿔|변환|바꾸|변경|다시 그려|만들어)[^,.!\n]{0,10}",
    )
)


def restyle_statements(prompt: str) -> Iterator[Statement]:
    """Yield the orders to turn the picture into another, and what orders nothing but the look of the one picture."""
    ordered = _ORDERED.match(prompt) is not None
    for pattern in (_RESTYLE, _GIVE, _APPLY):
        for match in pattern.finditer(prompt):
            style = _style(match["style"])
            of_picture = (match["thing"] or "the image").lower() not in ("it", "this", "that", "everything")
            certain = ordered or of_picture or MEDIUM.search(style) is not None
            if style and certain and (match["next"] or ordered) and prompt[: match.start()].strip():
                yield Statement("restyle", style, _begin(prompt, match), match.end())
    for pattern in _ELSEWHERE:
        for match in pattern.finditer(prompt):
            style = _style(match["style"])
            if style and prompt[: match.start()].strip(" ,.;，。、"):
                yield Statement("restyle", style, _begin(prompt, match), match.end())
    for match in _MAKE_LIKE.finditer(prompt):
        if prompt[: match.start()].strip():
            begin = match.start() + len(match[0]) - len(match[0].lstrip())
            yield Statement("order", match[0].strip(), begin, match.end())


def _begin(prompt: str, match: re.Match[str]) -> int:
    """Return where an order begins, with the punctuation that leads to it."""
    start = match.start()
    while start and match.start() - start < 9 and prompt[start - 1] in " ,;.\n\t，。；、":
        start -= 1
    return start


def _style(words: str) -> str:
    """Return what the picture becomes, without what only orders."""
    words = re.sub(r"^(?:look(?:s|ing)? like|something like|be|have|now)\s+", "", words.strip(" ,"), flags=re.I)
    return re.sub(r"[\s,]+(?:please|instead|now|thanks|thank you|for me|if possible)$", "", words, flags=re.I).strip(
        " ,"
    )
