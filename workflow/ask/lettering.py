"""Find the words that are to be written in the picture: "a poster that says 'OPEN'", "with the title MOON"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .ask import Statement

_QUOTED = r"(?:[\"“”„«»]|(?<!\w)['‘])\s?(?P<words>(?:[^\"“”„«»'‘’\n]|(?<=\w)['’](?=\w)){1,120})[\"“”»«’']"
_NOUN = (
    r"(?:title|text|words?|caption|slogan|letters|lettering|inscription|headline|message|name|heading|tagline|phrase|"
    r"writing|motto|label|sign|banner|logo|speech bubble)"
)
_SAYS = (
    r"(?:say(?:s|ing)?|read(?:s|ing)?|titled|entitled|label(?:l?ed)?|captioned|spell(?:s|ing)(?: out)?|inscribed with|"
    r"emblazoned with|written|writ(?:e|es|ing)|that states)"
)
_NO_READER = "".join(
    rf"(?<!\b{who} )"
    for who in ("woman", "man", "girl", "boy", "child", "person", "he", "she", "student", "lady", "people", "kid",
                "children", "reader", "monk", "while", "is", "and", "are")
)  # fmt: skip
"""What stands before "reading" where a book is read."""
_ELSEWHERE = (
    r"mit (?:der aufschrift|dem (?:text|titel|schriftzug|wort)|den worten)|auf dem(?: \w+)? steht|die aufschrift|"
    r"avec (?:le (?:texte|titre|mot|slogan)|les mots|l'inscription)|qui dit|sur lequel est écrit|intitulée?|"
    r"con (?:el (?:texto|título|letrero)|las palabras|la (?:palabra|frase|inscripción))|que (?:dice|diga|pone)|"
    r"com (?:o (?:texto|título)|as palavras|a (?:palavra|frase|inscrição))|que diz|escrito|titulad[ao]|"
    r"с (?:надписью|текстом|заголовком|названием|подписью)|со (?:словом|словами)|на (?:котор\w+) написано"
)
_PATTERN = re.compile(
    rf"\b{_NO_READER}(?:{_SAYS}|(?:the |its )?{_NOUN}(?: (?:saying|reading|says|reads|is|of|that says|that reads))?|"
    rf"{_ELSEWHERE})"
    rf"\s?:?\s?{_QUOTED}",
    re.I,
)
# Words in capitals need no quotes: a sign that says OPEN.
_LARGE = r"A-ZÄÖÜÉÈÀÑÁÍÓÚА-ЯЁ0-9"
_CAPITALS = re.compile(
    rf"\b(?i:{_SAYS}|(?:the |its |with )(?:title|text|words?|caption|slogan|lettering|inscription|headline)|"
    rf"{_ELSEWHERE})\s?:?\s"
    rf"(?P<words>[{_LARGE}][{_LARGE}'’&!?-]+(?: [{_LARGE}&][{_LARGE}'’&!?-]*){{0,6}})(?![a-zäöüß])"
)
_EAST = re.compile(
    r"(?:写着|寫著|写有|印着|标题(?:是|为)?|文字(?:是|为)?|字样|题为|タイトル(?:は)?|文字(?:は|で)?|제목(?:은)?|"
    r"문구(?:는)?)"
    r"[:：]?\s?[“\"「『‘《](?P<words>[^”\"」』’》\n]{1,60})[”\"」』’》]|"
    r"[“\"「『‘](?P<before>[^”\"」』’\n]{1,60})[”\"」』’]\s?(?:と(?:書|描|か)|という(?:文字|タイトル)|の文字|"
    r"(?:的)?(?:字样|文字|标题)|"
    r"(?:이)?라고 (?:쓰|적|써)|(?:이)?라는 (?:글|문구|제목|텍스트))"
)


def lettering_statements(prompt: str) -> Iterator[Statement]:
    """Yield the words to be written in the picture; they stay in the text, quoted as they are."""
    for pattern in (_PATTERN, _CAPITALS, _EAST):
        for match in pattern.finditer(prompt):
            words = (match["words"] or match["before"] if pattern is _EAST else match["words"]).strip()
            if any(letter.isalpha() if pattern is _CAPITALS else letter.isalnum() for letter in words):
                yield Statement("lettering", words, match.start(), match.end(), stays=True)
