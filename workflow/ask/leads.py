"""Read the words of a prompt that only order: "Could you please draw me a picture of ...?", "Thanks!", "no wait".

A lead is looked for where a sentence begins. The medium that it names stays ("make a photo of" leaves "a photo of"),
since it is to be seen; "a picture of" leaves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .ask import Statement
from .media import MEDIUM_NAMES

_SENTENCE = re.compile(r"(?:^|[.!?。！？\n])[\s\"“]*", re.M)
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
            "ten": 10, "twelve": 12, "a dozen": 12, "a couple of": 2,
            "zwei": 2, "drei": 3, "vier": 4, "deux": 2, "trois": 3, "quatre": 4, "dos": 2, "tres": 3, "cuatro": 4,
            "duas": 2, "três": 3, "quatro": 4, "два": 2, "две": 2, "три": 3, "четыре": 4, "两": 2, "三": 3, "四": 4,
            "二": 2, "두": 2, "세": 3, "네": 4}  # fmt: skip
_COUNT = (
    r"(?P<count>two|three|four|five|six|seven|eight|nine|ten|twelve|a dozen|a couple of|\d{1,2})"
    r"(?: different| new| separate| more)?"
)
_ADJECTIVES = (
    r"(?:(?:(?:very|really|super) )?(?:high[- ]quality|high[- ]resolution|high[- ]res|good|nice|great|beautiful|cool|"
    r"new|"
    r"single|stunning|amazing|awesome|simple|lovely|comfyui|text[- ]to[- ]image|detailed|highly detailed|ai)[ ,]+){0,4}"
)
_NEUTRAL = r"(?:images?|pictures?|pics?|artworks?|scenes?|visuals?|generations?|renders?|workflows?|depictions?)"
_OF = (
    r"(?:of|showing|with|depicting|in which|where|that shows?|that depicts?|that contains?|containing|featuring|about|"
    r"which shows?|for|(?:that|which|to) (?:makes?|generates?|creates?|draws?|paints?|renders?|produces?)"
    r"(?: (?:an?|the) (?:image|picture) of)?|:|,)"
)
_VERB = (
    r"(?:generat|creat|mak|draw|paint|render|produc|design|show|imagin|visuali[sz]|illustrat|depict|build|compos|craft|"
    r"sketch|plac|writ)(?:e|(?P<ing>ing))?"
)
_DETERMINER = r"(?:an?|the|one|some|two|three|four|five|six|seven|eight|nine|ten|twelve|several|many|\d{1,2}|my|this)\b"
_GREETING = (
    r"(?:(?:hi|hello|hey|hiya|dear|greetings|good (?:morning|day|evening)|ok(?:ay)?|alright|so|well)\b"
    r"(?: (?:there|again|everyone|all|ai|bot|comfyui|nodewright|friend))?[ ,.!:)]{0,4})?(?:now,? )?"
)
_POLITE = r"(?:(?:please|pls|plz|kindly)[ ,]{1,2})?"
_REQUEST = (
    r"(?:(?:(?:would you mind|(?:can|could|would|will) you|is it possible to|may i (?:have|get)|"
    r"can i (?:have|get)|could i (?:have|get))|i(?:'d| would) (?:like|love|want)(?: for)? you to|"
    r"i (?:want|need) you to|help me(?: to)?|(?:go ahead|go) and|try to|your (?:task|job) is to|you (?:should|must)|"
    r"i(?:'d| would)? (?:really |just )?(?:like|love|want|need|am looking for|was hoping for|wish for)"
    r"(?: to (?:see|have|get|create|make|generate))?|i(?:'m| am) looking for|"
    r"let(?:'s| us)(?: try to)?(?: (?:see|have|do|get))?|what about|how about|start by|begin by|begin with|"
    r"start with)[ ,]{1,2})?"
)
_FIRST = r"(?:(?:first(?:ly| of all)?|to begin(?: with)?|step (?:1|one)|1[.)])[ ,:]{1,3})?"
_ENGLISH = re.compile(
    rf"{_GREETING}{_POLITE}{_FIRST}{_REQUEST}{_POLITE}{_FIRST}(?:(?P<verb>{_VERB}|give|do)\b ?)?(?P<me>\b(?:me|us)\b )?"
    rf"(?:(?:{_COUNT} |(?:an?|the|one|some|my) )?{_ADJECTIVES}(?P<neutral>{_NEUTRAL})\b ?(?P<of>{_OF})\s?)?",
    re.I,
)
_ENGLISH_CLAUSE = re.compile(rf"\s?(?:{_DETERMINER}|{_ADJECTIVES}{_NEUTRAL}\b)", re.I)
_NOT_A_LEAD = re.compile(
    r"\s?(?:(?:the|this) (?:image|picture|result)|like|as|in|with|standing|sitting|lying|look|looking|happy|smile)\b",
    re.I,
)
_VARIATIONS = re.compile(
    rf"{_POLITE}(?:{_COUNT} (?:variations?|variants?|versions?|alternatives?|takes?|options?) (?:of|on|for) |"
    r"(?:erstelle |zeige? )?(?:mir )?(?P<other>zwei|drei|vier|deux|trois|quatre|dos|tres|cuatro|duas|três|quatro|два|"
    r"две|три|"
    r"четыре|\d{1,2}) (?:variation(?:en|s)|varianten|variantes?|versionen|versiones|versions|variaciones|variações|"
    r"versões|"
    r"вариант\w*|верси\w*) (?:von |eines |einer |des |der |d'|de |do |da |del |)?)",
    re.I,
)
# "two pictures of a maze" are ordered, unless they hang on a wall.
_SEVERAL = re.compile(
    rf"{_COUNT} (?:pictures|images|pics|renders|generations) (?:of|showing) (?=\S)"
    r"(?![^\n]{0,200}\b(?:walls?|side by side|hang\w*|framed|frames?|collage|split|same|next to|before and after|"
    r"diptych|triptych|album|table|desk|fridge|taped|pinned|stack\w*|scattered|together)\b)",
    re.I,
)
_SEVERAL_ELSEWHERE = re.compile(
    r"(?P<count>zwei|drei|vier|deux|trois|quatre|dos|tres|cuatro|duas|três|quatro|две|три|четыре|\d{1,2}) "
    r"(?:bilder (?:von |mit )|images (?:de la |de l'|de |d'|du |des )|imágenes (?:de |del )|imagens (?:de |do |da )|"
    r"картинки (?:с |со ))(?=\S)(?![^\n]{0,200}\b(?:wand|mur|pared|parede|стене|häng\w*)\b)",
    re.I,
)
# "a fast preview of a lake": its words are read for their meaning all the same.
_PREVIEW = re.compile(
    r"(?:(?:an?|just an?|only an?|one) )?(?:(?:fast|quick|rough|rapid|low[- ]effort|speedy|simple|dirty)[, ]{1,2}"
    r"(?:and )?){1,2}(?:preview|draft|test(?: render| image)?|render|mock-?up|version|try|pass)"
    r"(?: (?:of|for) |: ?)(?=\S)|"
    r"(?:vorschau|aperçu|vista previa|prévia|предпросмотр) (?:von |de |d'|do |da |)(?=\S)",
    re.I,
)
_LABEL = re.compile(
    r"(?:(?:positive |text |image )?prompt|description|scene|subject|generate|create|draw|paint|"
    r"(?:my |the )?(?:request|idea|task|wish))\s?[:=]\s?(?=\S)",
    re.I,
)

_TOO = r"[ ,:]{0,3}"
_ELSEWHERE = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        # German
        rf"(?:hallo|hi|hey|guten (?:tag|morgen))?{_TOO}(?:bitte)?{_TOO}"
        r"(?:(?:kannst|könntest|würdest) du|(?:können|könnten|würden) sie|ich (?:möchte|will|brauche|hätte gerne?|"
        rf"wünsche mir))?{_TOO}(?:mir|uns)?{_TOO}(?:bitte)?{_TOO}(?:zuerst|als erstes|erst)?{_TOO}"
        r"(?:erstell|erzeug|generier|mach|zeichn|mal|gestalt|zeig|entwirf|kreier|render|visualisier)?(?:e|en sie|t)?\b"
        rf"{_TOO}(?:mir|uns)?{_TOO}(?:bitte)?{_TOO}"
        r"(?:(?P<count>zwei|drei|vier|\d{1,2}) |(?:ein(?:e|en|s)?|das|die) )?(?:(?:schönes?|tolles?|hochwertiges?|"
        r"neues?|"
        r"detailliertes?|gutes?) ){0,2}(?:bild(?:er)?|grafik|motiv|szene|darstellung)\b"
        r"[ ,]{0,2}(?:von|vom|mit|über|zu|in dem|in der|auf dem|auf der|das|wo|:)(?: (?=\S)|$)",
        r"(?:bitte )?(?:erstelle|erzeuge|generiere|zeichne|male|gestalte|entwirf|kreiere|visualisiere|mache?|zeige?)"
        r"(?: (?:mir|uns))?(?: bitte)? (?=(?:ein|eine|einen|das|den|die|der|zwei|drei|vier|mehrere)\b)",
        r"ich (?:hätte gerne?|möchte|will|brauche|wünsche mir) (?:bitte )?(?=(?:ein|eine|einen)\b)",
        r"(?:je (?:voudrais|veux|souhaite|souhaiterais)|j'aimerais)(?: avoir| voir)? (?=(?:une?|des)\b)",
        r"(?:quiero|quisiera|necesito|me gustaría(?: ver)?|quero|gostaria de(?: ver)?|preciso de) (?=(?:una?|uma?)\b)",
        r"(?:пожалуйста[ ,]{1,2})?сделай(?:те)? (?:мне )?(?=фото|картин|рисун|логотип|постер|плакат|портрет)",
        # French
        r"(?:bonjour|salut)?[ ,!]{0,3}(?:s'il (?:te|vous) pla[iî]t|stp|svp)?[ ,]{0,2}"
        r"(?:(?:peux-tu|pourrais-tu|tu peux|pouvez-vous|pourriez-vous|je (?:veux|voudrais|souhaite|souhaiterais|"
        r"aimerais)(?: que tu| avoir| voir)?|j'aimerais(?: avoir| voir)?)[ ,]{1,2})?(?:me )?(?:d'abord[ ,]{1,2})?"
        r"(?:(?:g[ée]n[èée]re[rz]?|cr[ée]{1,2}[rz]?|crée|dessine[rz]?|fais|faire|faites|produis|réalise[rz]?|peins|"
        r"montre[rz]?|imagine[rz]?)(?:-moi|-nous)?[ ,]{1,2})?(?:s'il (?:te|vous) pla[iî]t[ ,]{1,2})?"
        r"(?:d'abord )?(?:(?P<count>deux|trois|quatre|\d{1,2}) |une? |des |l')?(?:(?:belle|jolie|superbe) )?"
        r"(?:images?|visuels?|scènes?|rendus?)(?: de (?:haute|bonne) qualité)? ?(?:de la |de l'|de |d'|du |des |avec |"
        r"montrant |représentant |"
        r"où |dans laquelle |qui montre |: ?)(?=\S)",
        r"(?:s'il (?:te|vous) pla[iî]t[ ,]{1,2})?(?:génère|crée|dessine|fais|peins|montre|imagine|dessinez|générez|"
        r"créez)"
        r"(?:-moi|-nous)? (?=(?:une?|des|le|la|les|deux|trois)\b|l')",
        # Spanish and Portuguese
        r"(?:hola|olá|oi|oye)?[ ,!]{0,3}(?:por favor)?[ ,]{0,2}"
        r"(?:(?:¿?(?:puedes|podrías|puede|podría)|quiero|quisiera|necesito|me gustaría(?: ver)?|"
        r"(?:você )?(?:pode|poderia)|quero|gostaria de(?: ver)?|preciso de)[ ,]{1,2})?(?:que )?(?:primero |primeiro )?"
        r"(?:(?:gen[eé]ra(?:r|me)?|cr[eé]a(?:r|me)?|dib[uú]ja(?:r|me)?|haz(?:me)?|hacer|pinta(?:r|me)?|produce|"
        r"diseña(?:r|me)?|mu[eé]stra(?:me)?|imagina|gere|gerar?|crie|criar?|cria|desenhe|desenhar?|desenha|faça|fazer|"
        r"faz|"
        r"pinte|mostre(?:-me)?|imagine)[ ,]{1,2})?(?:para mim |para mí |me )?(?:por favor[ ,]{1,2})?"
        r"(?:(?P<count>dos|tres|cuatro|duas|três|quatro|\d{1,2}) |una? |uma? |la |a )?(?:(?:bonita|bela|linda|"
        r"hermosa) )?"
        r"(?:im[aá]gen(?:es)?|imagem|imagens|escenas?|cenas?)(?: de alta calidad| de alta qualidade)? ?"
        r"(?:de |del |do |da |dos |das |con |com |donde |onde |en la que |em que |que muestre |que mostre |"
        r"mostrando |mostrando |: ?)(?=\S)",
        r"(?:por favor[ ,]{1,2})?(?:gen[eé]ra(?:me)?|cr[eé]a(?:me)?|dib[uú]ja(?:me)?|haz(?:me)?|píntame|diseña|gere|"
        r"crie|"
        r"desenhe|faça|pinte)(?: para mim)? (?=(?:una?|uma?|un|el|la|los|las|o|os|as|dos|dois|duas|tres|três)\b)",
        # Russian
        r"(?:привет|здравствуй(?:те)?)?[ ,!]{0,3}(?:пожалуйста)?[ ,]{0,2}(?:(?:не )?(?:можешь|можете|мог(?:ла)? бы ты|"
        r"могли бы вы)[ ,]{1,2}|(?:я )?(?:хочу|хотел(?:а)? бы)[ ,]{1,2}|(?:мне )?(?:нужн[оаы]|надо)[ ,]{1,2})?"
        r"(?:сначала[ ,]{1,2})?(?:(?:нарису|созда|сгенериру|сдела|изобраз|покаж|нарис)[а-яё]{1,6}[ ,]{1,2})?"
        r"(?:мне )?(?:пожалуйста[ ,]{1,2})?(?:(?P<count>два|две|три|четыре|\d{1,2}) )?"
        r"(?:картинк[уаи]|изображени[еяй]|рисунок|сцену)(?: с | со |, где | где |, на которо[мй] | на которо[мй] |: ?|"
        r" )"
        r"(?=\S)",
        r"(?:пожалуйста[ ,]{1,2})?(?:сначала[ ,]{1,2})?(?:нарису(?:й|йте)|созда(?:й|йте)|сгенериру(?:й|йте)|"
        r"изобрази(?:те)?|покажи(?:те)?)(?: мне)?(?:[ ,]{1,2}пожалуйста)?[ ,]{1,2}(?=\S)",
        # Chinese
        r"(?:你好|您好)?[，,！! ]{0,2}(?:请你?|麻烦你?|拜托|幫我|帮我|帮忙|给我|給我|可以|能不能|能否|你能|我想要|"
        r"我想|我要|我需要|"
        r"首先|先){0,4}(?:画|畫|生成|绘制|繪製|创作|创建|制作|製作|设计|设計|做|来|绘){1}(?:出|一下)?"
        r"(?:(?P<count>两|三|四|\d{1,2}|一)?(?:张|張|幅|副)(?:图片?|圖片?|图像|圖像)?(?:[：:，,]|关于|關於|有关)?)?"
        r"(?=[^的,，。 ])",
    )
)
_TRAILING = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"(?:[ ,;.!]{0,3}\b(?:many thanks|thanks?(?: you)?(?: (?:a lot|in advance|so much|very much|again))?|thx|ty|"
        r"cheers|please|pls|plz|if possible|just for me|if (?:you can|that(?:'s| is) (?:ok(?:ay)?|possible))|for me|"
        r"danke(?: schön)?|"
        r"vielen dank|bitte|merci(?: beaucoup| d'avance)?|s'il (?:te|vous) pla[iî]t|svp|stp|(?:muchas )?gracias|"
        r"por favor|(?:muito )?obrigad[oa]|спасибо(?: большое)?|пожалуйста)){1,3}[ .!?:)🙏😊]{0,5}$",
        r"[，,。 ]{0,2}(?:谢谢(?:你|您)?|多谢|谢啦|謝謝|ありがとう(?:ございます)?|お願いします|"
        r"よろしく(?:お願いします)?|"
        r"감사합니다|고마워요?|부탁해요?|부탁드립니다)[。.!！ ]{0,3}$",
        r"(?<=\w) (?:zeigt|darstellt)[ .!?]{0,3}$",
        # German: the verb stands at the end
        r"(?<=\w) (?:erstellen|erzeugen|generieren|zeichnen|malen|machen|gestalten|haben|sehen)[ ?.!]{0,3}$",
        # Chinese
        r"的(?:图片?|圖片?|图像|圖像|画面|画|畫)[。！!吧 ]{0,3}(?=$|[，,。])",
        # Japanese
        r"(?:の(?:絵|画像|イメージ|画))?を(?:(?P<count>[2-9]|二|三|四)枚)?(?:描い|書い|かい|生成し|作っ|作成し|描画し|"
        r"見せ|つくっ)て"
        r"(?:ください|下さい|くれ(?:ませんか|ますか|る)?|ほしい(?:です)?|欲しい(?:です)?|もらえ(?:ますか|る)?|"
        r"ちょうだい|"
        r"いただけますか|みて)?[。！!？? ]{0,3}(?=$|[、。\n]|その後|それから|次に)",
        # Korean
        r"(?:의)?(?: ?(?:그림|이미지|사진(?=을 그려)))?(?:을|를|좀| 하나| 한 장)?(?: ?(?P<count>[2-9]|두|세|"
        r"네) ?장)?(?:을|를)? ?(?:그려|생성해|만들어|제작해|보여)"
        r" ?(?:줘요?|주세요|줄래요?|주실래요|주시겠어요|주실 수 있나요|달라|봐)[.!?~ ]{0,3}(?=$|[,.\n])",
    )
)
_SLIP = (
    r"(?:no[, ]{1,2}wait|wait[, ]{1,2}no|hold on|actually|sorry|scratch that|never ?mind|on second thoughts?|i mean|"
    r"or rather|nein[, ]{1,2}warte|doch lieber|moment|non[, ]{1,2}attends|en fait|finalement|perdón|mejor|"
    r"desculpa|подожди|точнее)"
)
_LINK = r"(?:oh|ah|hmm?|um|no|wait|well|also|and|then|but|rather|und|et|y|e|и|а)"
# What is left of a correction, such as "no wait, make it 16:9"; a link alone only beside what was read.
_FILLER = re.compile(
    rf"(?<=[,;.!?\n])\s{{0,3}}(?:{_LINK}[, ]{{1,2}}){{0,3}}{_SLIP}(?:[, ]{{1,2}}(?:{_LINK}|{_SLIP})){{0,3}}[, ]{{0,2}}"
    rf"(?=[,;.!?\n]|$)|(?<=[,;.!?\n]) ?{_LINK} ?(?=\n)",
    re.I,
)
_TAKEN_BACK = re.compile(
    r"[,;.!]? (?:no[, ]{1,2}wait|wait[, ]{1,2}no|scratch that|or rather|sorry[, ]{1,2}i mean(?:t)?|i mean|"
    r"no[, ]{1,2}make that)"
    r"[, ]{1,2}(?:(?:make|let|draw) (?:it|that) (?:be )?)?(?=(?:an?|the|one|two|at|in|on|with|under)\b)",
    re.I,
)
_FIRST_OF_TWO = re.compile(
    r"(?:first(?:ly)?|to begin with|zuerst|zunächst|d'abord|primero|primeiro|сначала)[, ]{1,2}"
    r"(?=[^\n]{3,300}?(?:\n|\bthen\b|\bsecond|\bafter|\bdann\b|\bdanach\b|\bpuis\b|\bensuite\b|\bluego\b|"
    r"\bdespués\b|\bdepois\b|\bзатем\b|\bпотом\b))",
    re.I,
)
_QUESTION_MARK = re.compile(r"[?？]\s{0,3}(?=$|\n|thanks?\b|thx|please|cheers|谢谢)", re.I)


def lead_statements(prompt: str) -> Iterator[Statement]:
    """Yield the words that only order, and how many pictures they order."""
    led = False
    for start in _sentence_starts(prompt):
        for one in _leads(prompt, start):
            led = True
            yield one
    for pattern in _TRAILING:
        for match in pattern.finditer(prompt):
            if prompt[: match.start()].strip():
                led = True
                yield Statement("order", match[0].strip(), match.start(), match.end())
                yield from _batch(match)
    yield from _slips(prompt)
    for match in _FILLER.finditer(prompt):
        yield Statement("order", match[0].strip(), match.start(), match.end())
    for match in _QUESTION_MARK.finditer(prompt) if led else ():
        yield Statement("order", match[0].strip(), match.start(), match.end())


def _sentence_starts(prompt: str) -> Iterator[int]:
    for match in _SENTENCE.finditer(prompt):
        if match.end() < len(prompt):
            yield match.end()


def _leads(prompt: str, start: int) -> Iterator[Statement]:
    """Yield the lead of the sentence that begins at `start`."""
    match = _LABEL.match(prompt, start)
    if match is not None:
        yield Statement("order", match[0].strip(), start, match.end())
        start = match.end()
    match = _VARIATIONS.match(prompt, start) or _english(prompt, start)
    match = match or _FIRST_OF_TWO.match(prompt, start)
    if match is None and not prompt[:start].strip(' \n"“'):
        match = _SEVERAL.match(prompt, start) or _SEVERAL_ELSEWHERE.match(prompt, start)
    if match is None:
        found = (pattern.match(prompt, start) for pattern in _ELSEWHERE)
        whole = [one for one in found if one is not None and one.end() > start and prompt[one.end() :].strip()]
        match = max(whole, key=lambda one: one.end(), default=None)
    match = match or _PREVIEW.match(prompt, start)
    if match is None:
        return
    yield Statement("order", match[0].strip(), start, match.end())
    yield from _batch(match)
    again = _VARIATIONS.match(prompt, match.end()) or _PREVIEW.match(prompt, match.end())
    if again is not None and again.end() > match.end():
        yield Statement("order", again[0].strip(), again.start(), again.end())
        yield from _batch(again)


def _batch(match: re.Match[str]) -> Iterator[Statement]:
    """Yield the number of pictures that a match names."""
    groups = match.groupdict()
    count = groups.get("count") or groups.get("other")
    number = _number(count) if count else None
    if number is not None and number > 1:
        yield Statement("batch", number, match.start(), match.end())


def _slips(prompt: str) -> Iterator[Statement]:
    """Yield the part of a sentence that is taken back, with the words that do it: "a red car, no wait, a blue car"."""
    for match in _TAKEN_BACK.finditer(prompt):
        start = match.start()
        while start and prompt[start - 1] not in ",;.!?\n" and match.start() - start < 200:
            start -= 1
        if prompt[start : match.start()].strip():
            yield Statement("order", prompt[start : match.end()].strip(), start, match.end())


def _english(prompt: str, start: int) -> re.Match[str] | None:
    """Return the English lead at `start`, None where the sentence describes."""
    match = _ENGLISH.match(prompt, start)
    if match is None or match.end() == start or not prompt[match.end() :].strip():
        return None
    orders = match["verb"] or _ORDERING.search(match[0])
    if not orders or _NOT_A_LEAD.match(prompt, match.end()):
        return None
    if match["ing"] and not _DOING.search(match[0]):
        return None
    if match["of"]:
        return match
    if (match["verb"] or "").lower() == "do" and (_ASKING.search(match[0]) or _A_MEDIUM.match(prompt, match.end())):
        return match if _ENGLISH_CLAUSE.match(prompt, match.end()) else None
    if (match["verb"] or "").lower() in ("give", "do", "write") and not match["me"]:
        return None
    return match if _ENGLISH_CLAUSE.match(prompt, match.end()) or match["me"] else None


_ASKING = re.compile(r"\b(?:(?:can|could|would|will) you|i want you to|i(?:'d| would) like you to)\b", re.I)
_A_MEDIUM = re.compile(rf"(?:an?|one|some) (?:[\w-]+ ){{0,3}}?(?:{MEDIUM_NAMES}) (?:of|with|showing)\b", re.I)
_DOING = re.compile(r"\b(?:by|with|about|mind)\b", re.I)
_ORDERING = re.compile(
    r"\b(?:please|pls|kindly|you|i want|i need|i'd|i would|i am looking|i'm looking|let's|let us|help me|may i|can i|"
    r"could i|what about|"
    r"how about|i was hoping|i wish for)\b",
    re.I,
)


def _number(word: str) -> int | None:
    number = int(word) if word.isdecimal() else _NUMBERS.get(word.lower())
    return number if number is not None and number <= 16 else None
