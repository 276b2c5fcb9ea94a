"""Wordings in nine languages that ask for a larger picture, or for none, beside "upscale it by 2x"."""

from __future__ import annotations

import re

FACTORS = {
    "twice": 2, "double": 2, "doubled": 2, "two times": 2, "twofold": 2, "triple": 3, "tripled": 3, "three times": 3,
    "threefold": 3, "quadruple": 4, "quadrupled": 4, "four times": 4, "fourfold": 4,
    "two": 2, "three": 3, "four": 4, "2k": 2, "4k": 4, "8k": 8, "uhd": 4,
    "doppelte": 2, "doppelt": 2, "zweifache": 2, "zweifach": 2, "dreifache": 3, "dreifach": 3, "vierfache": 4,
    "vierfach": 4, "verdopple": 2, "verdoppel": 2, "deux fois": 2, "trois fois": 3, "quatre fois": 4, "doble": 2,
    "dos veces": 2, "tres veces": 3, "cuatro veces": 4, "duplica": 2, "triplica": 3, "cuadruplica": 4, "dobro": 2,
    "duas vezes": 2, "três vezes": 3, "quatro vezes": 4, "dobre": 2, "duplique": 2, "вдвое": 2, "втрое": 3,
    "вчетверо": 4, "два": 2, "три": 3, "четыре": 4, "удвой": 2, "удвойте": 2, "两": 2, "二": 2, "兩": 2,
    "三": 3, "四": 4,
    "一": 2, "두": 2, "세": 3, "네": 4,
}  # fmt: skip
"""Words for a factor; a picture of "4k" is about four times as wide as one of a model's own size."""
_IT = r"(?:it|this|that|the (?:final |whole )?(?:image|picture|pic|result|output|photo|thing))"
_THEN = r"\b(?:(?:and|then|afterwards|finally|also|please|next)[, ]{1,2}){0,3}"
_TIMES = (
    r"(?P<factor>twice|double|triple|quadruple|two times|three times|four times|\d(?:\.\d)?(?= ?(?:x|×|times)))"
    r"(?: ?(?:x|×|times))?"
)
_FOLD = r"(?P<factor>twofold|threefold|fourfold)"
_BIG = r"(?:larger|bigger|as (?:large|big|high|wide)|(?:the|its) (?:original )?(?:size|resolution)|in size)"
WORDINGS = (
    rf"{_THEN}(?:make|render|scale|size|get|blow) {_IT} (?:up )?(?:to (?:be )?|by )?(?:at )?{_TIMES} ?(?:{_BIG})?",
    rf"{_THEN}(?:make|get) {_IT} (?:much |a lot |a bit |even |way )?(?:bigger|larger)(?! than)",
    rf"{_THEN}blow {_IT} up(?: (?:by |to )?{_TIMES})?",
    rf"{_THEN}blow up {_IT}",
    rf"{_THEN}(?P<factor>double|triple|quadruple) (?:the |its )(?:size|resolution|dimensions|pixels)(?: of {_IT})?",
    rf"{_THEN}(?:increase|raise|boost|bump(?: up)?) (?:the |its )(?:size|resolution|dimensions)(?: of {_IT})?"
    rf"(?: (?:by |to )?(?:a factor of )?(?:{_TIMES}(?: (?:the|its) (?:size|resolution))?|"
    rf"{_FOLD.replace('factor', 'fold')}))?",
    rf"{_THEN}(?:upscal|enlarg)(?:e|ed|ing)(?: {_IT})? (?:by )?"
    r"(?:(?P<factor>twofold|threefold|fourfold)|a factor of (?P<fold>two|three|four))",
    rf"{_THEN}(?:upscal|enlarg)(?:e|ed|ing)(?: {_IT})? (?:to |at )(?:full )?(?P<factor>2k|4k|8k|uhd)(?: resolution)?",
    rf"{_THEN}(?:upscal|enlarg|scal)(?:e|ed|ing)(?: {_IT})?(?: up)? (?:by |to )(?P<percent>[234]00) ?(?:%|percent)",
    rf"\b(?:at|in|with) {_TIMES} (?:the |its )?(?:original )?(?:size|resolution)",
    r"\b(?P<factor>double|triple|quadruple|doubled|tripled)[- ](?:resolution|size)(?= version|[.,!?]|$)",
    # German
    r"\b(?:und |dann |danach |anschließend |bitte ){0,3}(?:vergrößere?|skaliere?)\b(?: (?:es|ihn|sie|das|das bild|"
    r"das ergebnis))?"
    r"(?: dann| danach| anschließend| bitte){0,2}(?: (?:um|auf)(?: das| den)?(?: faktor)?)? ?"
    r"(?P<factor>doppelte|zweifache|zweifach|dreifache|dreifach|vierfache|vierfach|[2-8](?:[.,]5)?)(?: ?x|fach|-fach)?"
    r"(?: (?:größe|hoch|auflösung))?",
    r"\b(?:und |dann |danach |bitte ){0,3}(?:vergrößere|skaliere) (?:es|ihn|sie|das|das bild)(?: dann|"
    r" danach)?(?: hoch)?(?=[.,!]|$)",
    r"\b(?:und |dann |danach |bitte ){0,3}mach(?:e)? (?:es|ihn|sie|das|das bild) (?:dann )?(?:(?P<factor>doppelt|"
    r"dreifach|"
    r"vierfach)"
    r" so groß|größer)",
    r"\b(?:und |dann |danach |bitte ){0,3}(?P<factor>verdopp(?:le|el)) (?:die |seine )?(?:auflösung|größe)",
    r"\b(?:in|mit) (?:der )?(?P<factor>doppelte|dreifache|vierfache)[rn] (?:auflösung|größe)",
    # French
    r"\b(?:et |puis |ensuite ){0,3}(?:agrandi[st]|agrandissez|agrandir|upscale)(?:-l[ea]| l'image| le résultat)?"
    r"(?: (?:de|par|d'un facteur|en)){0,2} ?(?P<factor>deux fois|trois fois|quatre fois|[2-8])(?: ?(?:x|fois))?",
    r"\b(?:et |puis |ensuite ){1,3}(?:agrandis|agrandissez|upscale)(?:-l[ea]| l'image)?(?=[.,!]|$)",
    r"\b(?:et |puis |ensuite ){0,3}(?P<factor>double|triple|quadruple)z? (?:la|sa) (?:résolution|taille)",
    # Spanish and Portuguese
    r"\b(?:y |luego |después |e |depois |em seguida ){0,3}(?:ampl[ií][ae]|agr[aá]nd[ae]|esc[aá]l[ae]|"
    r"aument[ae])(?:-?l?[ao])?"
    r"(?: (?:la imagen|el resultado|la resolución|el tamaño|a imagem|o resultado|a resolução|o tamanho))?"
    r"(?: (?:a|al|por|en|em|para|o|ao|el|hasta)){0,2} ?"
    r"(?P<factor>doble|dos veces|tres veces|cuatro veces|dobro|duas vezes|três vezes|quatro vezes|[2-8](?= ?(?:x|"
    r"veces|vezes)))"
    r"(?: ?(?:x|veces|vezes))?(?: (?:de tamaño|más grande|do tamanho|maior))?",
    r"\b(?:y |luego |después |e |depois |em seguida ){1,3}(?:amplíala|agrándala|amplíalo|amplie-a|amplia-a|"
    r"aumente-a)(?=[.,!]|$)",
    r"\b(?:y |luego |después |e |depois ){0,3}(?P<factor>duplica|triplica|cuadruplica|dobre|duplique) (?:la|su|el|a|o) "
    r"(?:resolución|tamaño|resolução|tamanho)",
    # Russian
    r"\b(?:и |затем |потом |а ){0,3}увелич(?:ь|ьте|ить)(?: (?:его|её|ее|изображение|картинку|разрешение|результат|"
    r"размер))?"
    r"(?: в)? ?(?P<factor>вдвое|втрое|вчетверо|два|три|четыре|[2-8])(?: ?(?:раза|раз|x|х))?",
    r"\b(?:и |затем |потом ){1,3}увелич(?:ь|ьте)(?: (?:его|её|ее|изображение|картинку))?(?=[.,!]|$)",
    r"\b(?:и |затем |потом ){0,3}(?P<factor>удвой(?:те)?) (?:разрешение|размер)",
    # Chinese
    r"(?:[，,]?(?:然后|之后|最后|接着|并且|并|再|请|然後|最後)){0,3}(?:把它|将其|将它|把图片|把图像|图片|图像|分辨率|"
    r"解析度)?(?:高清)?"
    r"(?:放大|提高|提升|扩大|增加)(?:到|至|为|了)?(?P<factor>\d|两|二|兩|三|四|一)倍",
    r"(?:[，,]?(?:然后|之后|最后|接着|再|然後|最後)){1,2}(?:把它|将其|将它|把图片)?放大(?!镜|鏡)(?:一下)?",
    # Japanese and Korean
    r"[、,]?(?:その後|そのあと|それから|次に|さらに|最後に)?[、,]?(?:それを|画像を|解像度を)?(?P<factor>\d|二|三|"
    r"四)倍(?:に|の(?:サイズ|解像度)に)?"
    r"(?:拡大|アップスケール|上げ|大きく)(?:し)?(?:て(?:ください|下さい)?|する)?",
    r"[、,]?(?:その後|そのあと|それから|次に|最後に)[、,]?(?:それを|画像を)?(?:拡大|アップスケール)して(?:ください|"
    r"下さい)?",
    r"(?:그런 다음 |그 다음 |그 후 |그리고 ){0,2}(?:(?:이미지|그림|해상도)(?:를|을)? )?(?P<factor>\d|두|세|"
    r"네) ?배(?:로)? ?"
    r"(?:확대|업스케일|크게|키워|늘려)(?: ?해)?(?: ?(?:줘|주세요))?",
    r"(?:그런 다음 |그 다음 |그 후 |그리고 ){1,2}(?:(?:이미지|그림)(?:를|을)? )?(?:확대|업스케일)(?: ?해)?(?: ?(?:줘|"
    r"주세요))?",
)
"""Patterns that ask for a larger picture, with the factor in the group "factor" or "percent" where one is given."""
REFUSALS = (
    r"\b(?:don't|do not|dont|no need to) (?:make it (?:bigger|larger)|enlarge it|scale it(?: up)?)",
    r"\b(?:nicht|ohne) (?:hochskalieren|hochskalierung|vergrößern|vergrößerung|upscaling)|\bnicht (?:vergrößert|"
    r"hochskaliert)",
    r"\b(?:sans (?:agrandissement|agrandir|upscaling)|ne (?:pas )?(?:l')?agrandi[rst]+(?: pas)?)",
    r"\b(?:sin (?:ampliar|ampliación|escalar|agrandar)|sem (?:ampliar|ampliação|aumentar|upscaling))",
    r"\b(?:без (?:увеличения|апскейла)|не увеличивай(?:те)?)",
    r"(?:不要|不|无需|無需|别)放大(?!镜|鏡)|拡大(?:しないで(?:ください)?|なし(?:で)?)|アップスケールなし(?:で)?|"
    r"(?:확대|업스케일) ?(?:하지 ?마(?:세요)?|없이|없음)",
)
"""Patterns that refuse a larger picture."""


def factor_of(match: re.Match[str]) -> float | None:
    """Return the factor that a match of `WORDINGS` gives, None where it gives none."""
    groups = match.groupdict()
    if groups.get("percent"):
        return int(groups["percent"]) / 100
    word = (groups.get("factor") or groups.get("fold") or "").lower()
    return float(FACTORS.get(word) or word.replace(",", ".")) if word else None
