"""Wordings in nine languages that state what a picture is not to show, beside "--no" and pasted blocks."""

from __future__ import annotations

_BEGIN = r"(?:^|(?<=[,;.!?\n])|(?<=[,;.!?] ))"
_END = r"(?=\s*(?:$|[,;.!?\n]|--|please\b))"
_END_OF_LIST = (
    r"(?=\s*(?:$|\n|--|[.;](?:\s|$)|,\s*(?:\d{1,4}\s*[:x×]\s*\d|\d+ (?:steps|images|pictures)|cfg|seed|use |using |"
    r"with |made |sampler)))"
)
_NOT_TO = r"(?:do not|don't|dont|must not|should not|shouldn't) (?:show|include|add|draw|contain|have)"
_OF_THE_WAY = r"(?:it|this|that|them|me|by|being|him|her|the way)"
_NOT_A_THING = (
    r"(?:city|and|or|of|cos|serif|undertale|deux|titel|titre|título|названия|ende|fin|eile|hast|details?|detalles?|"
    r"detalhes?|vergrößer\w*|hochskal\w*|agrand\w*|ampli\w*|aument\w*|escalar|увелич\w*|апскейл\w*|upscal\w*)"
)
_NOT_SHOWN = (
    r"(?!(?:humans|one|man|longer|wait|thanks?|problem|matter|make|sorry|worries|idea|actually|please|play|avail|more|"
    r"less|doubt|end|mercy|way|limits?|further|fail|gain|hurry|rush)\b|lora)"
    r"(?P<words>[a-z]+(?:[ -](?!(?:and|but)\b)[a-z]+){0,2})"
)
EXCLUSIONS = (
    rf"{_BEGIN}(?:negative(?:[ _]prompt)?|negativ|négatif|negativo|негатив|负面(?:提示词?)?)\s*[:=：]\s*"
    r"(?P<words>[^\n<]+?)(?=\s*(?:$|\n|--))",
    rf"{_BEGIN}(?:please )?(?:things to avoid|to avoid|avoid|exclude|excluding|omit|without|leave out|not wanted|"
    r"unwanted|don't include|do not include|vermeide|ohne|évite[rz]?|sans|evitar?|sin|sem|evite|избегай|без)\s*[:=]\s*"
    rf"(?P<words>[^\n<;]{{1,400}}?){_END_OF_LIST}",
    rf"{_BEGIN}(?:and )?(?:please )?(?:exclude|excluding|avoid|leave out|omit|keep out|(?:it )?{_NOT_TO}|vermeide|"
    r"évite[rz]?|exclu[st]?|evitar?|excluye|evite|exclua|избегай|исключи)\s+"
    rf"(?!{_OF_THE_WAY}\b)(?:any\s+|all\s+)?(?P<words>[^,;.:!?\n<]{{2,60}}?){_END}",
    rf",?\s+(?:but|and|yet)\s+(?:with\s+)?(?:no|without(?:\s+any)?)\s+{_NOT_SHOWN}"
    r"(?=\s*(?:$|[,.;!\n])|\s+(?:and|or|but)\s+no\s)",
    rf"(?<=\w)\s+without\s+any\s+{_NOT_SHOWN}{_END}",
    r"(?:不要(?:有|出现|出現)?|不含|避免|排除|别画)(?!放大|高清放大)(?P<words>[^，。,.;\n、的]{1,12})(?=$|[，。,.\n])",
    r"(?<=[、,，。 ])(?P<words>(?!拡大|アップスケール|확대|업스케일)[^，。,.;\n、 ]{1,10})"
    r"(?:なし(?:で)?|抜きで|は入れないで(?:ください)?| 없이| 제외)(?=$|[、。,.\n])",
)
"""Patterns that count wherever they stand."""
DENIALS = (
    rf"(?<![\w-])(?:no|without(?:\s+any)?)\s+{_NOT_SHOWN}",
    rf"(?<![\w-])(?:ohne|keine?n?|sans|pas de|pas d'(?=\S)|sin|sem|без)(?:\s+|(?<='))(?!{_NOT_A_THING}\b)"
    r"(?P<words>[^\W\d_]+(?:[ -][^\W\d_]+){0,2})",
)
"""Patterns that count where they fill a part between two commas."""
