"""Read prompts that are orders, such as "Generate an image of X. The result should be a high-quality image".

What only orders leaves the text; what is to be seen stays, with the medium that an order names ("draw me a picture of"
leaves nothing, "make a photo of" leaves "a photo of"). What no text-to-image workflow does (a video, an edit of a
picture that exists) is found as well and stays in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .ask import Statement
from .impossible import impossible_statements
from .leads import lead_statements
from .lettering import lettering_statements
from .placing import place_statements
from .restyle import restyle_statements

_WORD = (
    r"(?:an?|the|very|highly|really|extremely|as|possible|in|of|at|and|good|great|best|top|high|highest|quality|"
    r"high-quality|detailed|beautiful|professional|realistic-looking|sharp|clear|resolution|high-resolution|image|"
    r"picture|result|looking|appealing|visually|aesthetically|pleasing|stunning|nice|pretty|crisp|perfect|amazing)\b"
)
_QUALITY = rf"(?:{_WORD}[\s,]{{1,3}}){{0,12}}{_WORD}\s{{0,3}}(?:[.!]|$|\n)"
_PICTURE = r"(?:the |your )?(?:final |resulting |generated |whole )?(?:results?|images?|pictures?|outputs?|it)"
_BEGIN = r"(?:^|(?<=[.!?\n])|(?<=[.!?,;] ))"
_RESULT = re.compile(
    rf"{_BEGIN}(?:and )?{_PICTURE} (?:should|must|needs to|has to|ought to|shall) (?:be|have|look) {_QUALITY}|"
    rf"{_BEGIN}(?:please )?(?:make sure|ensure|see to it)(?: that)? (?:the (?:image|picture|result)|it) "
    rf"(?:is|has|looks) {_QUALITY}|"
    rf"{_BEGIN}(?:please )?(?:make|keep) (?:it|the (?:image|picture|result)) (?:look )?"
    r"(?:(?:really|very|super|extremely|as|highly) )?(?:high[- ]quality|detailed|sharp|crisp|good|nice|beautiful|"
    r"pretty|"
    r"stunning|amazing|professional|perfect)(?: as possible| looking)?\s{0,3}(?=[.!?,\n]|$)|"
    rf"{_BEGIN}(?:das )?(?:ergebnis|bild) (?:soll(?:te)?|muss) (?:eine? )?(?:sehr )?(?:hochwertig\w*|hohe\w* qualität|"
    r"detailliert\w*|scharf)(?: \w+){0,3}\s{0,3}(?:[.!]|$)|"
    rf"{_BEGIN}(?:le résultat|l'image) doit être (?:une )?(?:image )?(?:de (?:haute|bonne) qualité|détaillée?)\s{{0,3}}"
    r"(?:[.!]|$)|"
    rf"{_BEGIN}(?:el resultado|la imagen|o resultado|a imagem) (?:debe|deve) (?:ser|tener|ter) (?:una? |"
    rf"uma )?(?:im\w+ )?"
    r"(?:de )?(?:alta (?:calidad|qualidade)|detallad[ao]|detalhad[ao])\s{0,3}(?:[.!]|$)|"
    rf"{_BEGIN}(?:результат|изображение|картинка) долж\w+ быть (?:очень )?(?:высокого качества|качественн\w+|"
    r"детальн\w+)\s{0,3}(?:[.!]|$)",
    re.I,
)
_FORMAT = re.compile(
    rf"{_BEGIN}(?:please )?(?:make|keep) (?:it|the (?:whole )?(?:image|picture|result)) (?:a |in )?(?:"
    r"(?P<wide>wide|horizontal|landscape|panoramic|widescreen)|(?P<tall>tall|vertical|upright|portrait)|"
    r"(?P<square>square)"
    r")(?: (?:format|orientation|shape|one|image|picture))?"
    r"\s{0,3}(?:(?=[.!?,;\n])|$)",
    re.I,
)
_SHOULD = re.compile(
    rf"{_BEGIN}(?:and )?(?:the )?(?:final )?(?:images?|pictures?|results?) (?:should|must|needs to|has to) "
    r"(?:be|look(?: like)?) (?!no\b|not\b)",
    re.I,
)


def order_statements(prompt: str) -> Iterator[Statement]:
    """Yield what a prompt orders; statements that stay in the text among them."""
    sentences: set[int] = set()
    for match in _RESULT.finditer(prompt):
        sentences.add(match.start())
        yield Statement("effort", "detailed", match.start(), match.end())
    yield from restyle_statements(prompt)
    for match in _FORMAT.finditer(prompt):
        sentences.add(match.start())
        yield Statement("order", match[0].strip(), match.start(), match.end())
        yield Statement("shape", str(match.lastgroup), match.start(), match.end())
    for match in _SHOULD.finditer(prompt):
        if prompt[match.end() :].strip() and match.start() not in sentences:
            yield Statement("order", match[0].strip(), match.start(), match.end())
    yield from (one for one in lead_statements(prompt) if one.start not in sentences)
    yield from place_statements(prompt)
    yield from lettering_statements(prompt)
    yield from impossible_statements(prompt)
