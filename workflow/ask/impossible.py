"""Find what a prompt asks for and no text-to-image workflow makes: a video, an edit of a picture that exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .ask import Statement

VIDEO = "a video"
EDIT = "an edit of a picture that exists"
SHAPE = "a 3D model file"
SOUND = "sound or music"
PROSE = "a text or code"

_OUR = r"(?:my|this|the attached|the uploaded|the given|our|these)"
_PHOTO = r"(?:photos?|pictures?|images?|selfies?|portraits?|drawings?|screenshots?|pics?)"
_LENGTH = r"\d+[- ]?(?:seconds?|secs?|s|minutes?)(?:[- ]long)?"
_KIND_OF_VIDEO = (
    r"(?:short|long|looping|looped|loop|seamless|slow[- ]motion|slow-?mo|animated|time-?lapse|hd|4k|cinematic|drone|"
    rf"vertical|tiktok|quick|funny|cool|{_LENGTH})"
)
_MOVING = (
    r"(?:videos?|movie clip|film clip|video clip|video loop|animation|animation loop|gif|clip|reel|cinemagraph|"
    r"(?<=short )(?:movie|film)|(?<=looping )movie)"
)
_VIDEO = (
    rf"\b(?<!watch )(?:(?:an?|the|one|{_KIND_OF_VIDEO}) {_MOVING} (?:of|with|showing|where|in which|about)|"
    r"(?:looping|looped|animated|seamless) (?:gifs?|videos?|loops?|animations?|clips?)|cinemagraph|"
    r"animate (?:it|this|the|a|my)|animated gif|"
    r"(?:make|create|generate|produce|render) (?:me )?(?:an? )?(?:short |\d+[- ]seconds? )?(?:videos?|gifs?|"
    r"animations?)|"
    r"make (?:it|this) move|(?:turn|make|convert) (?:it|this|that) (?:into )?an? (?:short )?(?:video|gif|animation|"
    r"movie)|"
    r"text[- ]to[- ]video|image[- ]to[- ]video)\b"
    # German, French, Spanish, Portuguese
    r"|\b(?:ein(?:en|e)? (?:kurzes? |kurze |\d+[- ]sekündiges? )?(?:video|animation|gif) (?:von|mit|über|in dem)|"
    r"animiere|erstelle (?:mir )?ein (?:kurzes )?video)\b"
    r"|\bun[e]? (?:courte |petite )?(?:vidéo|animation|gif) (?:de|d'|avec|où|montrant)|\banime(?:-l[ea]| cette | l')"
    r"|\bun (?:v[íi]deo|gif) (?:corto )?(?:de|con|donde|do|da|com)\b|\buna animación de\b|\bum (?:v[íi]deo|"
    r"gif) (?:curto )?"
    r"(?:de|do|da|com)\b|\buma animação de\b|\banim[ae] (?:esta|essa|a imagem|la imagen)\b"
    # Russian, Chinese, Japanese, Korean
    r"|\b(?:видео|видеоролик|гифк[уа]|анимацию) (?:с |со |где |о |про |на которо|[а-яё]+)|\bанимируй"
    r"|(?:生成|制作|製作|做|拍|来)(?:一个|一段|个|段)?[^，。,.]{0,10}(?:视频|視頻|影片|短片|动图|動圖)|(?:的|"
    r"一段)(?:视频|視頻|短片|动图)"
    r"|(?:の|な|る)(?:動画|ビデオ|アニメーション)(?:を|$|。)|(?:動画|ビデオ)を(?:作|生成|作成)|動かして"
    r"|(?:동영상|비디오|영상|움짤)(?:을|를)? ?(?:만들|생성|제작)|움직이게"
)
_EDIT = (
    rf"\b(?:edit|retouch|crop|restore|colori[sz]e|fix|change|improve|enhance|upscale|photoshop|outpaint|inpaint|"
    rf"uncrop|extend|expand|"
    rf"retouch|vectori[sz]e|animate) {_OUR} {_PHOTO}\b|"
    rf"\b(?:remove|replace|erase|change|add|put)\b[^.\n]{{1,60}}\b(?:from|in|of|to|into|on) {_OUR} {_PHOTO}\b|"
    rf"\b(?:turn|make|convert|transform) {_OUR} {_PHOTO}\b|\bbased on {_OUR} {_PHOTO}\b|"
    r"\bremove the background\b(?: (?:from|of)\b)?"
    # German, French, Spanish, Portuguese
    r"|\b(?:bearbeite|retuschiere|verbessere|ändere|restauriere|koloriere|schneide) (?:bitte )?(?:mein|dieses|"
    r"das angehängte|"
    r"unser|diese)e? ?(?:foto|bild|zeichnung|selfie)\b|\b(?:entferne|lösche|ersetze) (?:bitte )?den hintergrund\b|"
    r"\b(?:das|dieses|mein|unser) (?:foto|bild) (?:bitte )?(?:bearbeiten|retuschieren|verbessern|restaurieren)\b"
    r"|\b(?:retouche|modifie|édite|améliore|recadre|restaure)[rz]? (?:ma|cette|mon|ce) (?:photo|image|portrait|"
    r"dessin)\b|"
    r"\b(?:supprime|enlève|retire)[rz]? (?:l'arrière-plan|le fond)\b"
    r"|\b(?:edita|retoca|modifica|mejora|restaura|recorta|edite|retoque|modifique|melhore|restaure)r? (?:mi|esta|mis|"
    r"minha|essa) (?:foto|imagen|imagem)\b|\b(?:quita|elimina|borra|remova|tire|apague)r? (?:el|o) fondo?\b|"
    r"\b(?:remova|tire|apague)r? o fundo\b"
    # Russian, Chinese, Japanese, Korean
    r"|\b(?:отредактируй|обработай|улучши|исправь|отретушируй)(?:те)? (?:мо[её]|мою|эту|это) [а-яё]+|"
    r"\b(?:убери|удали|замени)(?:те)? фон\b"
    r"|(?:修改|编辑|修复|美化|P)(?:一下)?(?:我的|这张|這張|这个)[^，。,.]{0,4}(?:照片|图|圖)|(?:去掉|去除|移除|删除|"
    r"换掉)背景|"
    r"把背景(?:去掉|去除|换成|改成)"
    r"|(?:この|私の|僕の)(?:写真|画像|絵)を(?:編集|加工|修正|直し|レタッチ)|背景を(?:消し|削除|透過|切り抜)"
    r"|(?:이|내|제|나의) ?(?:사진|이미지)(?:을|를)? ?(?:편집|수정|보정)|배경(?:을)? ?(?:제거|지워|없애)"
)
_SHAPE = (
    r"\b(?:as|in|to) (?:an? )?\.?(?:obj|stl|fbx|glb|gltf|usdz)\b(?: files?| format)?|"
    r"\b(?:obj|stl|fbx|glb|gltf|usdz|blender|3d model) files?\b|\b(?:for|ready to) 3d[- ]print(?:ing)?\b"
)
_MAKE = r"(?:^|(?<=[.!?\n] )|(?<=\byou )|(?<=\bplease ))(?:please )?"
_SOUND = (
    rf"{_MAKE}(?:compose|write|generate|make|create|produce) (?:me )?(?:an? )?(?:[\w-]+ ){{0,2}}?(?:songs?|"
    rf"music(?: track)?|"
    r"melody|melodies|soundtracks?|sound effects?|jingles?|voice ?overs?|audio)\b(?! (?:video|album|cover|box|sheet|"
    r"player|"
    r"festival|studio|room|stand|score|hall|shop))"
)
_PROSE = (
    rf"{_MAKE}(?:write|compose|generate|create) (?:me )?(?:an? )?(?:[\w-]+ ){{0,2}}?(?:poems?|story|stories|essays?|"
    rf"e-?mails?|"
    r"articles?|haikus?|novels?|blog posts?|(?:code|python|java\w*) (?:snippets?|scripts?|program|function)|"
    r"python code)\b(?! (?:book|cover|illustration|board|page))"
)
_KINDS = (
    (VIDEO, re.compile(_VIDEO, re.I)),
    (EDIT, re.compile(_EDIT, re.I)),
    (SHAPE, re.compile(_SHAPE, re.I)),
    (SOUND, re.compile(_SOUND, re.I)),
    (PROSE, re.compile(_PROSE, re.I)),
)

_AFTERWARDS = re.compile(
    r"[,;.]?\s?\b(?:and )?(?:then|finally|afterwards|after that) (?:animate (?:it|this|that)|make (?:it|this|that) "
    r"(?:move|(?:(?:in)?to )?an? (?:short )?(?:video|gif|animation))|(?:turn|convert|transform) (?:it|this|that|"
    r"the \w+) (?:in)?to an? "
    r"(?:short )?(?:video|gif|animation|movie)|make an? (?:short )?(?:video|gif|animation)(?: (?:of|from|out of) "
    r"(?:it|this|that))?)\b",
    re.I,
)


# "a video of a fox" leaves "a fox" where it is ordered or stands at the beginning.
_VIDEO_OF = re.compile(
    r"(?:^|[.!?\n:] ?|\b(?:make|create|generate|produce|render|want|need|me|do|erstelle|mach|fais|crée|haz|crea|crie|"
    r"faça) )(?P<lead>(?:(?:an?|the|one|some|ein|eine|une?|um|uma) )?"
    rf"(?:(?:{_KIND_OF_VIDEO}|kurzes|courte|petite|corto|curto) ){{0,3}}(?:{_MOVING}|vidéo|vídeo) "
    r"(?:(?:of|showing|about|von|de la|de|do|da) |(?:de l|d)'))(?=\S)",
    re.I,
)
_DURATION = re.compile(rf"\s?[,;] ?{_LENGTH}(?: long)?(?=\s*(?:[,;.]|$))", re.I)
_SEEN = re.compile(r"\b(?:watch|play|show|film|record|shoot|tak|hold)(?:e?s|ing)\b[^,.\n]{0,20}$", re.I)


def impossible_statements(prompt: str) -> Iterator[Statement]:
    """Yield what no workflow here makes; the words stay, but for those that only order it afterwards."""
    for match in _AFTERWARDS.finditer(prompt):
        yield Statement("order", match[0].strip(" ,;."), match.start(), match.end())
    ordered = _VIDEO_OF.search(prompt)
    for match in () if ordered is None else (ordered, *_DURATION.finditer(prompt, ordered.end())):
        start = match.start("lead" if match is ordered else 0)
        yield Statement("order", prompt[start : match.end()].strip(), start, match.end())
    for what, pattern in _KINDS:
        for match in pattern.finditer(prompt):
            if what == VIDEO and _SEEN.search(prompt, max(0, match.start() - 40), match.start()):
                continue  # it is in the scene: "a man watching a short video of a cat"
            yield Statement("impossible", what, match.start(), match.end(), stays=True)
