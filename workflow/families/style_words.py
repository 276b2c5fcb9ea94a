"""Words by which the names of model files, their titles and their tags say what pictures they make.

>>> sorted(name_styles("neon_anime_mix_v3"))
['anime']
>>> sorted(text_styles("A LoRA for oil paintings"))
['painting']
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .lookup import FAMILIES
from .names import normalised

NAME_WORDS: dict[str, tuple[str, ...]] = {
    "photo": (
        "real", "realistic", "realism", "reality", "photo", "photoreal", "photon", "photography", "photographic",
        "cinema", "cinematic", "raw", "portrait", "film", "analog", "polaroid", "candid", "dslr", "lifelike",
        "photorealistic", "photorealism", "photograph", "hyperrealistic", "kodak", "fujifilm",
    ),
    "anime": (
        "anime", "manga", "waifu", "toon", "cartoon", "toonify", "otaku", "chibi", "kawaii", "ghibli", "neko",
        "shoujo", "mangaka", "nijijourney", "animagine",
    ),
    "pixel_art": ("pixel", "pixelart", "8bit", "sprite", "sprites", "pixelize", "16bit", "bitmap"),
    "painting": (
        "paint", "painting", "painter", "painterly", "oil", "watercolor", "watercolour", "gouache", "artstyle",
        "impasto", "canvas", "acrylic", "brushwork", "aquarelle", "fresco", "impressionism", "impressionist",
        "ukiyo_e", "ukiyoe",
    ),
    "logo": ("logo", "icon", "icons", "vector", "emblem", "badge", "mascot", "insignia", "brandmark"),
    "text": ("text", "typography", "font", "lettering", "calligraphy", "textual", "typeface", "wordart"),
    "render_3d": ("3drender", "3d_render", "blender", "octane", "pixar", "blindbox", "blind_box", "zbrush", "cgi"),
    "comic": ("comic", "manga", "graphicnovel", "graphic_novel", "webtoon", "manhwa", "superhero", "bande_dessinee"),
    "concept_art": (
        "conceptart", "concept_art", "artstation", "mattepainting", "matte_painting", "environmentart", "gameart",
        "game_art",
    ),
    "illustration": (
        "illustration", "illustrative", "illustrator", "storybook", "childrensbook", "children_s_book", "lineart",
        "line_art", "sketch", "pencil", "inkdrawing", "ink_drawing",
    ),
    "fantasy": ("fantasy", "dnd", "d_d", "rpg"),
    "film": (
        "film", "cinema", "cinematic", "analog", "polaroid", "kodak", "fujifilm", "35mm", "moviestill", "movie_still",
        "velvia", "portra",
    ),
    "vector": ("vector", "flatdesign", "flat_design", "flatcolor", "flat_color", "svg"),
}  # fmt: skip
"""Style -> the words that stand for it in the name of a file; `workflow/ask/words.py` has the styles.

Words of one manner alone ("papercut", "voxel") are not among them: a LoRA for it is asked for by its name, not by a
style.
"""

_TEXT_WORDS: dict[str, tuple[str, ...]] = {
    "photo": ("photos", "photographs", "photo_realistic", "photorealist", "hyperrealism", "realistic_style"),
    "anime": ("anime_style", "manga_style", "cartoons", "cel_shading", "cel_shaded", "studio_ghibli"),
    "pixel_art": ("pixel_art", "pixel_style", "16_bit", "8_bit"),
    "painting": (
        "paintings", "oil_painting", "oil_paintings", "oil_paint", "watercolors", "watercolor_medium",
        "traditional_media", "acrylic_painting", "digital_painting",
    ),
    "logo": ("logos", "logo_design", "icon_design", "game_icon", "app_icon", "emblems", "badges"),
    "text": ("fonts", "text_effect", "letters", "graffiti_letters", "word_art"),
    "render_3d": ("3d", "3d_art", "3d_style", "3d_model", "3d_cartoon", "c4d", "renders", "unreal_engine"),
    "comic": ("comics", "comic_book", "comic_style", "manhua"),
    "concept_art": ("concept_design", "environment_design", "character_design"),
    "illustration": ("illustrations", "illustrated", "sketches", "drawing", "drawings", "children_book"),
    "fantasy": ("dark_fantasy", "high_fantasy", "dungeons_and_dragons", "dungeons_dragons"),
    "film": ("film_grain", "analog_film", "film_photography", "movie", "vhs", "cinematic_style"),
    "vector": ("vector_art", "vectors", "flat_illustration", "flat_style", "clipart", "clip_art"),
}  # fmt: skip
"""The same for words of their own in a title, a tag or a description."""

_OTHER_SCRIPTS: dict[str, tuple[str, ...]] = {
    "photo": ("写实", "寫實", "真实", "摄影", "攝影", "照片", "実写", "写真", "실사", "사진", "фото"),
    "anime": ("动漫", "動漫", "二次元", "アニメ", "애니", "аниме"),
    "pixel_art": ("像素", "ドット絵", "픽셀"),
    "painting": ("油画", "油畫", "水彩", "水墨", "国画", "厚涂", "油絵", "유화", "수채", "акварель"),
    "logo": ("图标", "圖標", "标志", "ロゴ", "로고", "логотип"),
    "text": ("字体", "字體", "书法", "書法", "フォント", "шрифт"),
    "render_3d": ("三维", "三維", "盲盒", "立体"),
    "comic": ("漫画", "漫畫", "コミック", "만화", "комикс"),
    "concept_art": ("概念设计", "概念設計", "原画", "コンセプトアート"),
    "illustration": ("插画", "插畫", "插图", "线稿", "イラスト", "線画", "일러스트"),
    "fantasy": ("奇幻", "玄幻", "魔幻", "ファンタジー", "판타지"),
    "film": ("胶片", "膠片", "电影感", "フィルム", "필름"),
    "vector": ("矢量", "扁平", "ベクター"),
}
"""The same in other scripts, in names and texts alike."""

# In a text these say something else too often: "real hair", "the raw file", "text encoder", "a portrait of her".
_NAMES_ALONE = frozenset({
    "real", "reality", "raw", "portrait", "candid", "oil", "canvas", "text", "icon", "icons", "paint", "toon", "neko",
    "photon", "rpg", "octane", "blender", "artstation", "artstyle",
})  # fmt: skip

# Words that hold a style's word and mean something else.
_OTHER_WORDS = re.compile(
    r"surreal|unreal(?!ist)|ethereal|cereal|realms?(?![a-z])|realesrgan|inpaint\w*|outpaint\w*|textures?"
    r"|context|contextual|silicone?|iconic|lexicon|platoon|fontaine|pixelwave|pretext|funicular"
)
_NOT = re.compile(r"(?<![a-z])(?:not|no|non|isn_t|without)_(?:for_|an?_|any_|meant_for_|good_at_)?[a-z]+")
_SHORT = 3  # letters; shorter than that, a word counts only where it stands alone

_LINES = tuple(
    (line.good_at, re.compile(line.file_words))
    for family in FAMILIES.values()
    for line in family.variants
    if line.good_at
)
"""What lines of fine-tunes are good at, and the words in a name that stand for them."""


def _name_pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds these words; the short ones only where they stand alone."""
    words = tuple(words)
    alone = "|".join(word for word in words if len(word) <= _SHORT and word.isascii())
    anywhere = "|".join(word for word in words if len(word) > _SHORT or not word.isascii())
    return re.compile(rf"{anywhere}|(?<![a-z])(?:{alone})(?![a-z])" if alone else anywhere)


def _text_pattern(style: str) -> re.Pattern[str]:
    words = ({*NAME_WORDS[style]} - _NAMES_ALONE) | {*_TEXT_WORDS[style]}
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    others = "|".join(_OTHER_SCRIPTS[style])  # written without blanks between words
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(longest_first)})(?![a-z0-9])|{others}")


_NAME_PATTERNS = {style: _name_pattern((*words, *_OTHER_SCRIPTS[style])) for style, words in NAME_WORDS.items()}
_NAME_PATTERNS["render_3d"] = re.compile(rf"{_NAME_PATTERNS['render_3d'].pattern}|(?<![0-9])3d(?![a-z0-9])|^3d")
_TEXT_PATTERNS = {style: _text_pattern(style) for style in NAME_WORDS}


def name_styles(stem: str, *, lines: bool = True) -> dict[str, str]:
    """Return the styles that a normalised file name stands for, each with the word that does.

    Words are found in any position, also where several are run together, as people do. Where there is none, the name of
    a line of fine-tunes counts ("pony"), unless `lines` is false.
    """
    words = _OTHER_WORDS.sub("_", stem)
    found = {style: match[0] for style, pattern in _NAME_PATTERNS.items() if (match := pattern.search(words))}
    return found or (line_styles(words) if lines else {})


def line_styles(plain: str) -> dict[str, str]:
    """Return what the line of fine-tunes that a normalised name or base states is good at, with its word."""
    found: dict[str, str] = {}
    for good_at, line in _LINES:
        if match := line.search(plain):
            found |= dict.fromkeys(good_at, match[0])
    return found


def text_styles(text: str) -> dict[str, str]:
    """Return the styles that a title, a tag or a description states, each with its words. Only whole words count."""
    plain = _NOT.sub("_", normalised(text.replace("/", " ").replace("\\", " ")))
    return {
        style: match[0].replace("_", " ")
        for style, pattern in _TEXT_PATTERNS.items()
        if (match := pattern.search(plain))
    }
