"""Media and styles by name, and a text whose medium or style is replaced by another."""

from __future__ import annotations

import re

MEDIUM_NAMES = (
    r"paintings?|watercolou?rs?|aquarelles?|gouaches?|acrylics?|oils?|frescos?|frescoes|drawings?|sketch(?:es)?|"
    r"etchings?|engravings?|woodcuts?|linocuts?|(?:wood)?block prints?|screen ?prints?|lithographs?|prints?|"
    r"illustrations?|cartoons?|comics?|comic (?:book )?(?:pages?|panels?|strips?|covers?)|mangas?|anime|"
    r"photos?|photographs?|photography|polaroids?|daguerreotypes?|snapshots?|(?:film|movie|anime) (?:stills?|posters?)|"
    r"renders?|renderings?|3d models?|voxel art|pixel ?art|line ?art|vector ?art|vectors?|concept art|digital art|"
    r"clip ?art|pop art|fan ?art|folk art|street art|graffiti|murals?|logos?|icons?|stickers?|posters?|stamps?|"
    r"sculptures?|statues?|mosaics?|stained[- ]glass(?: windows?)?|collages?|paper ?cuts?|paper ?cut-?outs?|papercraft|"
    r"origami|embroider(?:y|ies)|tapestr(?:y|ies)|quilts?|clay(?:mation)?|plasticine|lego|low[- ]poly|isometrics?|"
    r"silhouettes?|blueprints?|doodles?|caricatures?|portraits?|tattoos?|tarot cards?|ukiyo-?e|sumi-?e|pastels?|"
    r"crayons?|charcoals?|inks?|pencils?|impressionis[mt]|cubis[mt]|surrealis[mt]|art nouveau|art deco|steampunk|"
    r"cyberpunk|vaporwave|noir|ghibli|disney|pixar|minecraft|simpsons|van gogh|monet|picasso|black and white|sepia|"
    r"monochrome|photorealis(?:m|tic)|realistic|styles?"
)
"""English names of media and styles, as alternatives of a regular expression."""
_MEDIA_ELSEWHERE = (
    r"[^\W\d_]*gemälde\w*|[^\W\d_]*zeichnung\w*|\w*malerei|aquarell\w*|skizze|foto\w*|"
    r"peinture|tableau|dessin|croquis|aquarelle|bande dessinée|pintura|acuarela|dibujo|boceto|cómic|óleo|aquarela|"
    r"desenho|quadrinhos|esboço|ilustra\w+|картин\w*|рисун\w*|акварел\w*|масл\w*|эскиз\w*|аниме|комикс\w*|фото\w*|"
    r"stil|estilo|стил\w*"
)
_MEDIA_CJK = (
    r"油画|水彩|素描|漫画|动漫|動漫|动画|像素|水墨|插画|照片|风格|風格|国画|油絵|アニメ|イラスト|写真|ドット絵|"
    r"スケッチ|浮世絵|風|유화|수채화|만화|애니|일러스트|사진|픽셀|스타일|그림"
)
MEDIUM = re.compile(rf"\b(?:{MEDIUM_NAMES}|{_MEDIA_ELSEWHERE})\b|{_MEDIA_CJK}", re.I)
"""A medium or style in which a picture can be made."""
_ENDS_IN_MEDIUM = re.compile(
    r"^(?:an?|one|the)\s+.*\b(?:paintings?|watercolou?rs?|drawing|sketch|etching|engraving|woodcut|linocut|print|"
    r"lithograph|illustration|cartoon|comic|photo|photograph|polaroid|snapshot|still|render|rendering|logo|icon|"
    r"sticker|poster|sculpture|statue|mosaic|collage|portrait|caricature|doodle|mural|blueprint|silhouette)$",
    re.I,
)

_LEADING_MEDIUM = re.compile(
    rf"^\s*(?:an?\s+|the\s+)?(?:[\w-]+\s+){{0,4}}?(?:{MEDIUM_NAMES})\s+(?:of|showing|depicting)\s+", re.I
)
_IN_STYLE = re.compile(
    rf"[,\s]{{0,3}}\b(?:in|with)\s+(?:an?\s+|the\s+)?(?:[\w-]+\s+){{0,2}}?(?:{MEDIUM_NAMES})(?:\s+style)?\s*(?=$|[,.])",
    re.I,
)
_WHOLE_STYLE = re.compile(
    rf"^\s*(?:an?\s+)?(?:[\w-]+\s+){{0,2}}?(?:{MEDIUM_NAMES}|{_MEDIA_ELSEWHERE}|35mm|dslr|raw photo)(?:\s+style)?\s*$|"
    rf"^\s*(?:{_MEDIA_CJK})\s*$",
    re.I,
)
_PARTS = re.compile(r"([,，、\n])")


def restyled(text: str, style: str) -> str:
    """Return what the picture shows once it has been turned into another: the text, its own style replaced.

    >>> restyled("a photo of a fox in the snow, 35mm photograph", "an oil painting")
    'an oil painting of a fox in the snow'
    """
    kept = _without_styles(text)
    rest = _IN_STYLE.sub("", _LEADING_MEDIUM.sub("", kept, count=1)).strip(" ,") if MEDIUM.search(style) else kept
    rest = rest or kept
    if not rest.strip():
        return style
    if _ENDS_IN_MEDIUM.match(style):
        return f"{style} of {rest}"
    if not MEDIUM.search(style) or re.match(r"(?:in|like|as|by|with)\b", style, re.I):
        return f"{rest}, {style}"
    bare = re.fullmatch(r"[A-Za-z][\w -]{2,30}", style) and not re.search(
        r"\b(?:style|art|still|page|an?|the)\b", style
    )
    return f"{style} style, {rest}" if bare else f"{style}, {rest}"


def _without_styles(text: str) -> str:
    """Return a text without the parts between its commas that are the name of a medium or style and no more."""
    pieces = _PARTS.split(text)
    parts, joints = pieces[::2], ["", *pieces[1::2]]
    kept = [(joint, part) for joint, part in zip(joints, parts, strict=True) if not _WHOLE_STYLE.match(part)]
    return "".join(joint + part for joint, part in kept).strip(" ,，、\n") if kept else text


def kept_in(negative: str, style: str) -> str:
    """Return a negative text without what a style asks for, such as "painting" for an oil painting."""
    wanted = set(re.findall(r"[^\W\d_]{3,}", style.lower()))
    parts = [part for part in negative.split(",") if not wanted & set(re.findall(r"[^\W\d_]{3,}", part.lower()))]
    return ",".join(parts).strip(" ,")
