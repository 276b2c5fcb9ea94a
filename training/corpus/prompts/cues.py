"""Cues in a prompt: what a person asks for besides the subject. No torch.

    >>> sorted(cues("Phone wallpaper, anime girl, quick sketch"))
    ['anime', 'quick', 'tall']

A prompt is read as words, lower case, parted where its punctuation parts it; a phrase counts as whole words within
one part, the longest first. Sizes exclude one another, and so do the two kinds of effort: a format said outright
("16:9", "phone wallpaper") goes before one that the subject implies ("portrait of"), and then the first that is
named wins. Of the styles there may be several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product

SIZE_CUES = ("tall", "wide", "square")
STYLE_CUES = ("photo", "anime", "pixel_art", "painting", "logo", "text")
EFFORT_CUES = ("quick", "detailed")
CUES = (*SIZE_CUES, *STYLE_CUES, *EFFORT_CUES)


def _each(*parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(" ".join(words) for words in product(*parts))


_PHONE = ("phone", "mobile", "iphone", "smartphone", "android", "cellphone", "lockscreen", "lock screen", "handy")
_SCREEN = (
    "desktop",
    "pc",
    "computer",
    "monitor",
    "ultrawide",
    "dual monitor",
    "laptop",
    "mac",
    "windows",
    "4k",
    "hd",
)
_PICTURE = ("wallpaper", "background", "wallpapers", "backdrop")
_FOR = ("for my", "for a", "for the", "for")
_SHEET = (
    "orientation",
    "format",
    "mode",
    "aspect",
    "aspect ratio",
    "ratio",
    "image",
    "picture",
    "composition",
    "layout",
)
_ONLY_SHAPE = ("orientation", "format", "mode", "aspect", "aspect ratio", "layout")

# Formats said outright. A phrase that starts with "=" counts only where it is a whole part of the prompt.
_FORMATS: dict[str, tuple[str, ...]] = {
    "tall": (
        *_each(_PHONE, _PICTURE), *_each(_PICTURE, _FOR, _PHONE), *_each(("vertical", "tall", "upright"), _SHEET),
        *_each(("portrait",), _ONLY_SHAPE), "lockscreen", "lock screen", "phone screen", "vertical poster",
        "vertical banner", "vertical panorama", "instagram story", "insta story", "story format", "tiktok", "reels",
        "pinterest pin", "smartphone format", "bookmark design", "roll up banner", "=vertical", "=upright", 
        "taller than wide", "vertical shot", "vertical photo", "vertical painting", "vertical illustration",
        "vertical wallpaper", "portrait wallpaper", "in portrait", "higher than wide", "for my phone",
        "a4 portrait", "tarot card",
    ),
    "wide": (
        *_each(_SCREEN, _PICTURE), *_each(_PICTURE, _FOR, _SCREEN),
        *_each(("horizontal", "wide", "widescreen", "panoramic"), _SHEET), *_each(("landscape",), _ONLY_SHAPE),
        "widescreen", "wide screen", "ultrawide", "ultra widescreen", "cinemascope", "anamorphic", "letterbox",
        "youtube thumbnail", "youtube banner", "twitter header", "web banner", "website banner", "banner",
        "header image", "hero image", "facebook cover", "cover photo for facebook", "linkedin banner",
        "twitch banner", "billboard ad", "billboard design", "a billboard with", "for a billboard", "triptych",
        "panorama", "panoramic", "panoramic view", "panoramic photo", "panoramic shot", "wallpaper",
        "desktop wallpaper", "desktop background", "wallpapers", "slide background", "powerpoint background",
        "=horizontal", "=wide", "wider than tall", "horizontal banner", "horizontal shot", "horizontal wallpaper",
        "landscape wallpaper", "in landscape format", "a4 landscape", "zoom background", "teams background",
        "virtual background", "book spread", "double page spread", "double spread", "for my desktop",
    ),
    "square": (
        *_each(("square",), (*_SHEET, "canvas", "crop", "illustration", "thumbnail")), "=square", "squared format",
        "instagram post", "insta post", "as wide as tall", "same width and height",
        "equal width and height", "square icon", "square avatar",
    ),
}  # fmt: skip

# Sizes that follow from what it is to be, or from what is in the picture.
_IMPLIED: dict[str, tuple[str, ...]] = {
    "tall": (
        "portrait", "portraits", "portrait of", "portait", "potrait", "headshot", "head shot", "bust shot",
        "half body", "upper body", "waist up", "full body", "fullbody", "full length", "full figure", "head to toe",
        "standing pose", "full body shot", "full body view", "character sheet", "character design", "fashion shot",
        "poster", "posters", "movie poster", "film poster", "travel poster", "propaganda poster", "concert poster",
        "gig poster", "flyer", "leaflet", "book cover", "novel cover", "magazine cover", "comic cover",
        "comic book cover",
        "cover of a magazine", "cover of a book", "cover of a novel", "dvd cover", "game cover", "box art",
        "greeting card", "invitation card", "trading card", "full height",
    ),
    "wide": (
        "wide shot", "cinematic wide shot", "extreme wide shot", "establishing shot", "wide angle shot",
        "wide angle view", "wide angle", "ultra wide", "ultra wide angle", "ultra wide shot", "extremely wide angle",
        "wide view", "wide vista", "sweeping view", "sweeping vista", "sweeping landscape", "vast landscape",
        "landscape photography", "landscape photo", "landscape painting", "wide landscape", "epic landscape",
        "cityscape", "skyline", "city skyline", "aerial panorama", "movie still", "film still", "cinematic still",
        "cinematic shot", "movie scene", "panning shot", "group photo", "group shot", "group portrait",
        "family portrait", "landscape shot", "landscape of",
    ),
    "square": (
        "profile picture", "profile pic", "profile photo", "profile image", "pfp", "avatar for", "an avatar",
        "avatar of", "my avatar", "discord avatar", "steam avatar", "game avatar", "twitch avatar", "profile avatar",
        "avatar icon", "forum avatar", "=avatar", "album cover", "album art", "album artwork", "cd cover",
        "vinyl cover", "record cover", "cover art for an album", "single cover", "podcast cover", "spotify cover",
        "playlist cover", "mixtape cover", "app icon", "application icon", "game icon", "icon for", "icon of",
        "icon design", "an icon", "flat icon", "vector icon", "icon set", "=icon", "favicon", "emoji", "sticker",
        "sticker design", "die cut sticker", "tile pattern", "seamless texture", "seamless tile", "seamless pattern",
        "emote", "twitch emote", "desktop icon", "isometric icon", "sticker of", "profile icon", "userpic",
    ),
}  # fmt: skip

_STYLES: dict[str, tuple[str, ...]] = {
    "photo": (
        "photo", "photos", "photograph", "photographs", "photography", "photographic", "photgraph", "photo of",
        "photorealistic", "photo realistic", "photorealism", "photoreal", "photorealstic", "hyperrealistic",
        "hyper realistic", "hyperrealism", "ultra realistic", "ultrarealistic", "super realistic", "realistic",
        "realism", "true to life", "lifelike", "35mm", "35 mm", "3 5 mm", "50mm", "50 mm", "5 0 mm", "85mm", "85 mm",
        "8 5 mm", "24mm", "dslr", "d slr", "slr", "mirrorless camera", "shot on film", "analog film", "analogue film",
        "film photo", "film grain", "kodak", "kodachrome", "portra 400", "fujifilm", "fuji film", "ilford",
        "cinestill", "polaroid", "daguerreotype", "tintype", "canon eos", "canon 5d", "nikon", "leica", "hasselblad",
        "sony alpha", "go pro", "gopro", "iphone photo", "shot on iphone", "shot on a phone", "taken with a phone",
        "snapshot", "selfie", "candid shot", "raw photo", "bokeh", "depth of field photo", "telephoto",
        "long exposure", "macro shot", "macro lens", "fisheye lens", "national geographic", "stock image", "mugshot",
        "paparazzi", "product shot", "photojournalism", "photoshoot", "photo shoot", "studio shot", "film still",
        "movie still", "live action", "looks real", "look real", "real life", "drone shot", "f 1 8", "f1 8",
        "camera shot", "medium format", "cctv footage", "webcam", "instax", "disposable camera", "vsco", "pulitzer",
    ),
    "anime": (
        "anime", "animes", "animé", "manga", "mangaka", "waifu", "husbando", "chibi", "kawaii", "otaku", "shonen",
        "shounen", "shojo", "shoujo", "seinen", "studio ghibli", "ghibli", "ghibli style", "makoto shinkai",
        "hayao miyazaki", "miyazaki", "kyoto animation", "cel shaded", "cel shading", "cell shaded", "visual novel",
        "light novel", "vtuber", "catgirl", "cat girl", "neko girl", "magical girl", "mecha anime", "pixiv",
        "danbooru", "1girl", "1boy", "2girls", "naruto", "dragon ball", "one piece style", "sailor moon",
        "evangelion", "gainax", "akira toriyama", "jojo style", "bishoujo", "japanese animation",
        "japanese cartoon", "japanimation", "doujinshi", "webtoon", "manhwa", "gacha", "genshin impact", "key visual",
        "ufotable", "gurren lagann", "studio trigger", "wit studio", "tankobon", "anime style",
    ),
    "pixel_art": (
        "pixel art", "pixelart", "pixel artwork", "pixel style", "pixel graphics", "pixels style", "pixelated",
        "pixelated style", "pixelized", "pixel game", "pixel sprite", "pixel character", "pixel scene",
        "pixel landscape", "8 bit", "8bit", "16 bit", "16bit", "32 bit", "32bit", "sprite", "sprites", "sprite sheet",
        "spritesheet", "game sprite", "snes style", "snes", "nes style", "nes game", "gameboy", "game boy",
        "sega genesis", "mega drive", "retro game", "retro game graphics", "retro videogame", "retro video game",
        "dithered", "dithering", "tileset", "tile set", "aseprite", "commodore 64", "c64", "amiga game",
        "stardew valley", "terraria", "pico 8", "ms paint", "point and click adventure", "in pixels",
        "made of pixels", "zx spectrum", "gba style", "blocky pixels", "low resolution game", "dot art",
    ),
    "painting": (
        "painting of", "paintings of", "=painting", "=a painting", "a beautiful painting", "painting by",
        "painting in", "painting style", "style painting", "painted by", "hand painted", "painted in oil",
        "painted in oils", "painted in watercolor", "painterly", "painting with", "oil painting", "oil paintings",
        "oil on canvas", "oil paint", "oil paints", "oils", "in oils", "oil pastel", "watercolor", "watercolors",
        "watercolour", "watercolours", "water color", "water colour", "waterclor", "aquarelle", "gouache", "acrylic",
        "acrylics", "acrylic on canvas", "acrylic painting", "tempera", "fresco", "impasto", "palette knife",
        "brush strokes", "brushstrokes", "brushwork", "brush stroke", "thick paint", "ink wash", "sumi e",
        "ink painting", "digital painting", "matte painting", "speedpainting", "speed painting", "concept painting",
        "fantasy painting", "landscape painting", "portrait painting", "realistic painting", "impressionist",
        "impressionism", "expressionist", "expressionism", "post impressionist", "fauvism", "baroque painting",
        "renaissance painting", "rococo painting", "romanticism", "pointillism", "pointillist", "pre raphaelite",
        "preraphaelite", "chiaroscuro painting", "van gogh", "monet", "claude monet", "rembrandt", "vermeer",
        "caravaggio", "picasso", "cezanne", "renoir", "turner painting", "john singer sargent", "bob ross", "klimt",
        "gustav klimt", "thomas kinkade", "bierstadt", "albert bierstadt", "edward hopper", "hieronymus bosch",
        "ukiyo e", "hokusai", "old master", "old masters", "on canvas", "mural painting", "still life painting",
        "alla prima", "plein air", "en plein air", "a canvas of", "wet on wet",
    ),
    "logo": (
        "logo", "logos", "logo of", "logo for", "logo design", "logotype", "logomark", "brand mark", "brandmark",
        "wordmark", "emblem", "emblems", "emblem of", "insignia", "coat of arms", "heraldic", "heraldry", "crest for",
        "app icon", "application icon", "game icon", "icon for", "icon of", "icon design", "an icon", "flat icon",
        "vector icon", "icon set", "=icon", "favicon", "isometric icon", "desktop icon", "monogram", "mascot logo",
        "team logo", "company logo", "brand identity", "branding", "corporate identity", "badge design", "badge for",
        "badge logo", "pictogram", "vector mark", "company symbol", "a brand symbol", "trademark", "letterhead",
        "brand logo", "seal of", "patch design", "sports mascot", "esports mascot", "stamp design",
    ),
    "text": (
        "that says", "which says", "it says", "says hello", "sign that reads", "sign reading", "sign saying",
        "sign says", "sign with the", "that reads", "which reads", "text reading", "text saying", "text that",
        "with text", "with the text", "the text", "text says", "text on it", "text on the", "in big letters",
        "in bold letters", "with the words", "with the word", "the words", "the word", "words written", "written on",
        "written across", "is written", "saying happy", "saying welcome", "with the letters",
        "the letters", "with the letter", "the letter", "letters spelling", "spelling out", "spells out",
        "that spells", "spelling the", "lettering", "hand lettering", "typography", "typographic", "typographical",
        "typeface", "calligraphy", "word art", "captioned", "with caption", "with the caption", "with a caption",
        "the caption", "with the title", "with the headline", "the headline", "with the slogan", "the slogan",
        "with the name", "titled", "entitled", "labeled", "labelled", "with a label", "banner saying",
        "banner that says", "banner reading", "t shirt that says", "shirt saying", "shirt that says",
        "neon sign saying", "inscription", "inscribed", "engraved with the", "graffiti saying", "graffiti that says",
        "speech bubble", "quote on it", "with a quote", "birthday card saying", "readable text", "legible text",
        "bold text", "text overlay", "text logo", "text design", "billboard that says", "chalkboard that says",
        "embossed with the", "infographic", "reads open", "written out", "with a caption saying",
    ),
}  # fmt: skip

_ROUGH = (
    "quick",
    "rough",
    "fast",
    "speedy",
    "simple quick",
    "super quick",
    "very quick",
    "quick and dirty",
    "really quick",
)
_QUICK_ONE = (
    "sketch", "draft", "test", "preview", "drawing", "doodle", "concept", "mockup", "mock up", "idea", "one", "image",
    "render", "picture", "pic", "try", "version", "scribble", "study", "thumbnail", "look", "take", "generation",
    "result", "illustration", "iteration", "proof", "impression", "pass", "painting", "photo",
)  # fmt: skip
_HIGH = (
    "highly", "extremely", "ultra", "insanely", "hyper", "super", "very", "incredibly", "intricately", "finely",
    "richly", "exquisitely", "meticulously", "maximally", "hugely", "amazingly", "painstakingly", "immensely",
)  # fmt: skip

_EFFORT: dict[str, tuple[str, ...]] = {
    "quick": (
        *_each(_ROUGH, _QUICK_ONE), "quick rough sketch", "quick pencil sketch", "quick ink sketch", "first draft",
        "just a draft", "just a sketch", "just a test", "just testing", "just a quick", "a draft of", "draft quality",
        "draft of", "=draft", "=quick", "=doodle", "doodle", "doodle of", "doodles", "scribble", "scribble of",
        "napkin sketch", "back of a napkin", "thumbnail sketch", "low effort", "no details", "few details",
        "no need for detail", "no need for details", "without much detail", "need not be perfect", "not too detailed",
        "doesn t need to be perfect", "does not need to be perfect", "doesn t have to be perfect", "speed matters",
        "as fast as possible", "as quick as possible", "as quickly as possible", "asap", "make it quick",
        "make it fast", "quickly please", "please be quick", "be quick", "in a hurry", "placeholder",
        "placeholder image", "test render", "test image", "test run", "=test", "wip", "work in progress",
        "low quality is fine", "quality doesn t matter", "quality does not matter", "low steps", "few steps",
        "unfinished sketch", "five minute sketch", "5 minute sketch", "gesture drawing", "gesture sketch",
        "fast please", "quick please", "something quick", "rough outline", "roughly sketched", "quickly drawn",
        "quickly sketched", "loose sketch", "good enough", "need it fast", "need it quick", "need it quickly",
        "storyboard sketch", "rough storyboard", "scratch version",
    ),
    "detailed": (
        *_each(_HIGH, ("detailed",)),
        *_each(("high", "fine", "intricate", "insane", "extreme", "ultra"), ("detail", "details")), "intricate",
        "intricately", "8k", "8 k", "4k", "4 k", "16k", "1 6 k", "16 k", "uhd", "ultra hd", "ultra high definition",
        "high definition", "high resolution", "highres", "hires", "high res", "hi res", "absurdres",
        "ultra high resolution", "print quality", "print ready", "ready for print", "ready to print", "for print",
        "for printing", "300 dpi", "300dpi", "highly detailed print", "large print", "fine art print",
        "gallery print", "museum quality", "gallery quality", "masterpiece", "masterwork", "best quality",
        "highest quality", "high quality", "top quality", "ultra quality", "premium quality", "professional quality",
        "maximum quality", "max quality", "maximum detail", "lots of detail", "lots of details", "full of detail",
        "full of details", "rich in detail", "every detail", "tiny details", "sharp details", "crisp details",
        "elaborate", "ornate details", "hyperdetailed", "ultradetailed", "superdetailed", "ultra sharp", "ultra fine",
        "amazing detail", "amazing details", "intense detail", "richly textured", "filigree", "very fine",
        "exquisite detail", "exquisite details", "painstaking detail", "meticulous detail", "meticulous", "gigapixel",
        "as detailed as possible", "as good as possible", "take your time", "finest quality", "super resolution",
        "highly refined", "polished final", "final version", "final render", "production quality", "production ready",
        "poster sized print",
    ),
}  # fmt: skip

# Phrases that hold a cue's words and ask for something else.
_NO_CUE = (
    "landscape portrait", "portrait landscape", "portrait gallery", "portrait on the wall", "portrait painter",
    "portrait lens", "peeling wallpaper", "floral wallpaper", "striped wallpaper", "wallpapered",
    "wallpaper on the wall", "wallpaper pattern on the wall", "wallpaper paste", "old wallpaper",
    "banner in the wind", "flag banner", "photo album", "photo frame", "photo booth", "photos on the wall",
    "photo on the wall", "framed photo", "old photos of his", "painting on the wall", "painting a", "painting the",
    "a painting on", "a painting behind", "a painting in front", "a painting near", "a painting next",
    "a painting and", "a painting above", "a painting hanging", "icon of the 80s", "fashion icon", "pop icon",
    "gay icon", "the icon", "poster on the wall", "posters on the wall", "poster bed", "text message", "text book",
    "texting", "quick brown", "fast food", "fast car", "draft horse", "draft beer", "on draft", "pixel phone",
    "google pixel", "sprite can", "can of sprite", "a forest sprite", "forest sprite", "water sprite", "fire sprite",
    "square table", "town square", "times square", "square room", "market square", "wide open", "wide eyes",
    "wide eyed", "wide smile", "tall man", "tall woman", "tall tree", "tall grass", "tall building",
    "horizon zero dawn", "oil lamp", "oil rig", "olive oil", "oil field", "crest of a wave", "the name of the wind",
    "in the name of", "real madrid", "the letter box", "fire emblem", "a letter", "taking photos", "taking a photo",
    "taking pictures", "taking a selfie", "practicing calligraphy", "trading card game", "magical realism",
    "cynical realism", "social realism", "socialist realism", "fantastic realism", "romantic realism",
    "face is painted", "camera in hand", "old posters", "detailed instructions", "monet street", "doodle dog",
)  # fmt: skip

_RATIOS = {
    "tall": "9:16 2:3 3:4 4:5 10:16 9:21 1:2 9:18 5:7",
    "wide": "16:9 3:2 4:3 5:4 16:10 21:9 2:1 32:9 18:9 7:5",
}
_RATIOS["square"] = "1:1"
_ASPECT = {ratio: cue for cue, ratios in _RATIOS.items() for ratio in ratios.split()}
_NEGATIONS = frozenset({"no", "not", "without", "non", "never", "isn", "avoid", "anti"})
_ARTICLES = frozenset({"a", "an", "any", "the", "t"})

_PARTS = re.compile(r"[,.;:!?()\[\]{}|\n\"“”]+")
_WORDS = re.compile(r"[^\W_]+")
_RATIO = re.compile(r"(?<![\d:])(\d{1,2}) ?: ?(\d{1,2})(?![\d:])")
_PIXELS = re.compile(r"(?<!\d)(\d{3,4}) ?[x×] ?(\d{3,4})(?!\d)")
_QUOTES = re.compile(
    r"\"[^\"]{1,80}\"|“[^”]{1,80}”|(?:(?<=\s)|(?<=^))'(?=\w)[^']{1,60}(?:'\w[^']{0,40})*(?<=[\w!?.])'(?!\w)"
)
_BEFORE_A_TITLE = re.compile(
    r"(?:\b(?:style of|from|by|film|movie|series|game|like|called|band|song|show|novel|anime|album)(?: the)?\s*)$"
)


def _lexicon() -> tuple[dict[str, tuple[tuple[str, bool], ...]], int]:
    """Phrase -> its cues, each with whether it says the format outright; and how many words the longest has."""
    found: dict[str, dict[str, bool]] = {}
    for table, outright in ((_FORMATS, True), (_IMPLIED, False), (_STYLES, False), (_EFFORT, False)):
        for cue, phrases in table.items():
            for phrase in phrases:
                found.setdefault(phrase, {}).setdefault(cue, outright)
    for phrase in _NO_CUE:
        found[phrase] = {}
    longest = max(len(phrase.split()) for phrase in found)
    return {phrase: tuple(cues_of.items()) for phrase, cues_of in found.items()}, longest


_LEXICON, _LONGEST = _lexicon()
_FIRST_WORDS = frozenset(phrase.split()[0].removeprefix("=") for phrase in _LEXICON)


def _named(part: str) -> Iterator[tuple[str, bool]]:
    """Yield the cues of one part of a prompt in the order of the text, and whether each is named outright."""
    words = _WORDS.findall(part)
    alone = _LEXICON.get("=" + " ".join(words))
    if alone is not None:
        yield from alone
    index = 0
    while index < len(words):
        step = 1
        if words[index] in _FIRST_WORDS:
            for length in range(min(_LONGEST, len(words) - index), 0, -1):
                found = _LEXICON.get(" ".join(words[index : index + length]))
                if found is not None:
                    if not _negated(words, index):
                        yield from found
                    step = length
                    break
        index += step


def _negated(words: list[str], index: int) -> bool:
    before = index - 1
    while before >= 0 and words[before] in _ARTICLES:
        before -= 1
    return before >= 0 and words[before] in _NEGATIONS


def _shown_words(prompt: str) -> bool:
    """Return whether words are quoted that the picture is to show; the title of a film does not count."""
    return any(
        re.search(r"[^\W_]", match[0])
        and len(match[0]) < len(prompt.strip())
        and not _BEFORE_A_TITLE.search(prompt[: match.start()])
        for match in _QUOTES.finditer(prompt)
    )


def _numbers(prompt: str) -> Iterator[str]:
    """Yield the size cues of numbers such as "16:9" or "1024x1536"."""
    for width, height in _RATIO.findall(prompt):
        cue = _ASPECT.get(f"{int(width)}:{int(height)}")
        if cue is not None:
            yield cue
    for width, height in _PIXELS.findall(prompt):
        ratio = int(width) / max(1, int(height))
        if min(int(width), int(height)) >= 128:
            yield "square" if 0.9 < ratio < 1.1 else "wide" if ratio > 1 else "tall"


def cues(prompt: str) -> frozenset[str]:
    """Return the cues in a prompt: names of CUES, at most one of SIZE_CUES and at most one of EFFORT_CUES."""
    text = prompt.lower().replace("’", "'")
    named = [(cue, True) for cue in _numbers(text)]
    named += [entry for part in _PARTS.split(text) for entry in _named(part)]
    if _shown_words(text):
        named.append(("text", False))
    found = {cue for cue, _ in named if cue in STYLE_CUES}
    sizes = sorted((entry for entry in named if entry[0] in SIZE_CUES), key=lambda entry: not entry[1])
    found.update(cue for cue, _ in sizes[:1])
    found.update([cue for cue, _ in named if cue in EFFORT_CUES][:1])
    return frozenset(found)
