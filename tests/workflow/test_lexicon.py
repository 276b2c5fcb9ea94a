"""What prompts mean by their words: shapes, styles and effort, in nine languages; and what only sounds like it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodewright.workflow.ask.lexicon.compiled import compiled
from nodewright.workflow.ask.lexicon.concepts import CONCEPTS
from nodewright.workflow.ask.lexicon.nothing import NOTHING
from nodewright.workflow.ask.lexicon.phrases import Concept, expanded
from nodewright.workflow.ask.lexicon.reading import meaning_statements
from nodewright.workflow.ask.syntax import read_ask
from nodewright.workflow.ask.words import EFFORTS, SHAPES, STYLES

SAID = {
    "tall": [
        "phone wallpaper of a fox", "a fox, vertical format", "tarot card with a fox", "a portrait of a queen",
        "instagram story, a fox", "手机壁纸，一只狐狸", "スマホの壁紙、狐", "여우 휴대폰 배경화면",
        "un zorro en formato vertical",
        "un renard, format portrait", "ein Fuchs im Hochformat", "uma raposa, formato vertical",
        "лиса, обои на телефон",
    ],
    "wide": [
        "desktop wallpaper of a fox", "a fox, panorama", "youtube thumbnail with a fox", "postcard of a bay",
        "电脑壁纸，一只狐狸", "デスクトップ壁紙、狐", "여우 파노라마", "un zorro, formato apaisado",
        "un renard, format paysage",
        "ein Fuchs im Querformat", "papel de parede de uma raposa", "лиса, горизонтальный формат",
    ],
    "square": [
        "album cover with a fox", "a fox, square image", "discord avatar of a fox", "app icon of a fox",
        "微信头像，一只狐狸",
        "狐のアルバムジャケット", "정사각형 여우", "portada de disco con un zorro", "pochette d'album, un renard",
        "ein Fuchs, quadratisches Format", "foto de perfil, uma raposa", "лиса, обложка альбома",
    ],
    "photo": [
        "a photo of a fox", "a fox, 35mm, f/1.8", "a fox, Kodak Portra 400", "a fox shot on a Leica M6",
        "一张狐狸的照片",
        "狐の写真", "여우 사진", "fotografía de un zorro", "photographie d'un renard", "Foto von einem Fuchs",
        "fotografia de uma raposa", "фотография лисы",
    ],
    "anime": [
        "anime girl under a tree", "a girl, Studio Ghibli style", "1girl, solo, hat", "a light novel illustration",
        "动漫少女", "アニメ風の少女", "애니메이션풍 소녀", "chica estilo anime", "une fille, style manga",
        "Mädchen im Animestil",
        "garota em estilo anime", "девушка в стиле аниме",
    ],
    "pixel_art": [
        "pixel art of a castle", "a castle, 8-bit", "a castle, SNES graphics", "made in Aseprite, a castle",
        "像素风城堡",
        "ドット絵の城", "픽셀 아트 성", "un castillo, arte pixelado", "un château en pixels", "eine Burg, Pixelgrafik",
        "um castelo, arte pixelada", "замок, пиксельная графика",
    ],
    "painting": [
        "an oil painting of a bay", "a bay, watercolour", "a bay by Claude Monet", "a bay, impasto", "海湾，油画",
        "水彩画の湾", "수채화 풍경", "un zorro al óleo", "une aquarelle d'un renard", "Ölgemälde von einem Fuchs",
        "pintura a óleo de uma raposa", "лиса, картина маслом",
    ],
    "logo": [
        "a logo for a bakery", "an emblem with a fox", "coat of arms with a lion", "a favicon with a fox",
        "面包店的标志", "パン屋のロゴ", "빵집 로고", "logotipo para una panadería", "un logo pour une boulangerie",
        "Firmenlogo mit einem Fuchs", "logotipo para uma padaria", "логотип для пекарни",
    ],
    "text": [
        'a fox with a sign that says "OPEN"', "a mug with 'Good Morning' on it", "hand lettering, a fox",
        "the words happy birthday on a cake", "写着欢迎的牌子", "「歓迎」と書かれた看板", "환영이라고 적힌 간판",
        "un letrero que dice bienvenidos", "un panneau avec le texte bienvenue", "ein Schild mit der Aufschrift Hallo",
        "uma placa dizendo bem-vindo", "вывеска с надписью добро пожаловать",
    ],
    "render_3d": [
        "3d render of a robot", "a robot, Octane render", "a robot made in Blender", "claymation robot",
        "机器人，3D渲染",
        "ロボットの3DCG", "3D 렌더링 로봇", "un robot, render 3D", "un robot en image de synthèse",
        "ein Roboter, 3D-Rendering",
        "um robô, renderização 3D", "робот, 3D-рендер",
    ],
    "comic": [
        "comic book panel of a duel", "a duel, ligne claire", "a duel, Moebius",
        "graphic novel page, a duel", "四格漫画",
        "アメコミ風の決闘", "만화책 스타일 결투", "un duelo, historieta", "un duel, bande dessinée",
        "ein Duell im Comicstil",
        "um duelo em quadrinhos", "дуэль в стиле комикса",
    ],
    "concept_art": [
        "concept art of a tower", "a tower, trending on artstation", "character turnaround of a knight",
        "keyframe art, a tower", "塔的概念设计", "塔のコンセプトアート", "탑 컨셉 아트", "arte conceptual de una torre",
        "une tour, art conceptuel", "Konzeptzeichnung eines Turms", "arte conceitual de uma torre", "концепт-арт башни",
    ],
    "illustration": [
        "children's book illustration of a bear", "a bear, pencil drawing", "a bear, woodcut", "line art of a bear",
        "一只熊的插画", "熊の挿絵", "곰 일러스트", "dibujo a lápiz de un oso", "dessin au fusain d'un ours",
        "Bleistiftzeichnung von einem Bären", "desenho a lápis de um urso", "рисунок карандашом, медведь",
    ],
    "fantasy": [
        "a high fantasy castle", "a D&D character, elf ranger", "Magic the Gathering art of a hydra", "黑暗奇幻城堡",
        "ダークファンタジーの城", "판타지 성", "un castillo de fantasía épica", "un château, heroic fantasy",
        "eine Burg, Fantasystil", "um castelo de fantasia sombria", "замок в стиле фэнтези",
    ],
    "film": [
        "movie still of a diner", "a diner, film noir", "a diner by Wes Anderson", "a diner, cinematic lighting",
        "餐厅，电影感", "映画のワンシーンのような食堂", "영화의 한 장면 같은 식당", "un bar, fotograma de película",
        "un café, image de film", "ein Diner wie im Film", "um bar, cena de filme", "кафе, кадр из фильма",
    ],
    "vector": [
        "flat vector of a mountain", "a mountain, svg", "clip art of a mountain", "a mountain, flat design",
        "扁平插画的山",
        "山のベクターイラスト", "산 벡터 일러스트", "ilustración vectorial de una montaña",
        "une montagne, illustration vectorielle",
        "Vektorgrafik von einem Berg", "ilustração vetorial de uma montanha", "гора, векторная графика",
    ],
    "quick": [
        "quick sketch of a boat", "a boat, just a draft", "a boat, as fast as possible",
        "a boat, test render", "小船，草图",
        "船のラフスケッチ", "배 러프 스케치", "boceto rápido de un barco", "un bateau, croquis rapide",
        "grobe Skizze von einem Boot", "rascunho de um barco", "лодка, быстрый набросок",
    ],
    "detailed": [
        "a highly detailed boat", "a boat in print quality", "a boat, highly detailed", "a boat, detailed",
        "a boat with intricate details",
        "小船，超精细", "高精細な船", "고해상도 배", "un barco muy detallado", "un bateau très détaillé",
        "ein sehr detailliertes Boot", "um barco extremamente detalhado", "лодка, высокая детализация",
    ],
}  # fmt: skip

SILENT = [
    "a red fox", "a photographer on a beach", "a painter in a garden", "an oil rig at sunset", "a fast car",
    "the quick brown fox", "a square in Rome", "a woman with a wide smile", "comic relief in a play",
    "a film crew at work",
    "the manganese mine", "two photons colliding", "an iconic bridge", "a sprightly dancer",
    "a forest sprite by a lake",
    "a man in front of peeling wallpaper", "a turtle on the left of a painting", "a woman painting a fence",
    "a painting on the wall of a cafe", "a boy reading a comic book", "a girl holding an old photo",
    "an anime convention",
    "a draft horse in a field", "a boat, no text", "a boat, not a photo", "a boat without any text or logo",
    "a knight carrying a banner", "tall grass and tall trees", "a horizontal bar", "3d glasses on a table",
    "a movie theater at night", "a kitchen blender full of fruit", "Maya temple in the jungle", "a dog running quickly",
    "cooking with olive oil", "a vertical cliff", "times square at night", "a polished marble floor",
    "a box of crayons",
    "a poster on the wall", "a love letter on a desk", "a test tube with a green liquid", '"a whole prompt in quotes"',
    'a scene from "Metropolis"', "プロゴルファー", "写真家が海辺に立つ", "摄影师在海滩上", "사진작가가 해변에 있다",
    "ein Fotograf am Strand", "un photographe sur la plage", "un pintor en el jardín", "фотограф на пляже",
    "a cat with red eyes", "an F1 race car", "the maya ruins",
    "a couch with a painting of a corgi on the wall above it",
    "a detail-oriented accountant", "a red lego block", "", "!!! ,,, ...",
]  # fmt: skip

MORE_SAID = {
    "tall": [
        "a tall landscape of crystals and trees", "a tall scene of a waterfall", "vertical landscape, mist",
        "an upright portrait of a horse in a field", "tall cityscape at dusk", "a vertical seascape with one boat",
        "a vertical still life of pears", "upright scene, two monks", "tall panorama of a gorge",
        "a tall vista of red cliffs", "a vertical view of a canyon",
    ],
    "wide": [
        "powerpoint background, a snail", "powerpoint title background, a snail", "ultrawide, a snail",
        "wide portrait of a horse", "wide scene, two monks",
        "a horizontal still life of pears", "a wide seascape with one boat", "panoramic cityscape at dusk",
        "a snail, cinemascope", "extra wide picture of a gorge", "a wide render of a robot", "a horizontal portrait",
    ],
    "square": [
        "лиса, квадрат", "一只狐狸，方形", "狐狸, 方形图", "лиса, в квадрате", "a square landscape of dunes",
        "square portrait of a horse", "a square still life of pears", "square cityscape, dusk", "一只狐狸，方形海报",
        "a square collage of leaves", "лиса в квадратном формате",
    ],
    "quick": [
        "quickly, a snail", "a snail, quick and dirty", "quick and dirty, a snail", "quick n dirty snail",
        "a snail, rough and ready", "a snail, quickly done", "quick and dirty render of a snail", "a snail, quickly",
        "a quick and dirty snail", "fast and cheap, a snail",
    ],
    "detailed": [
        "highly detailed print of a snail", "take your time, a snail", "a snail, in the best quality possible",
        "a detailed drawing of a snail", "a snail in great detail", "a snail, as crisp as possible",
        "best quality possible: a snail", "an ultra detailed map of an island", "a snail, make it sharp",
        "take your time, masterpiece, best quality, 8k, a snail", "a snail, extremely detailed, high quality",
    ],
}  # fmt: skip
"""Wordings whose look-alikes stand in `MORE_SILENT`."""

MORE_SILENT = [
    "masterpiece, best quality, 8k, ultra detailed, a snail", "a snail, best quality, masterpiece",
    "a snail, 8k, uhd, sharp focus, intricate, highly detailed", "a snail, high quality", "a snail, 4k, hdr",
    "最高品質、傑作、高精細、かたつむり", "杰作, 最高质量, 超高清, 蜗牛", "걸작, 고화질, 최고 품질, 달팽이",
    "шедевр, улитка, 8k", "Meisterwerk, 8k, Schnecke",
    "a tall tale by the fire", "a tall ship at anchor", "upright citizens at a table", "a vertical farm in a tower",
    "a tall man in a hat", "a tall building and a tall tree", "a wide river delta", "a wide street in a small town",
    "horizontal stripes on a shirt", "a wide-eyed snail", "a town square scene", "a square table and a square plate",
    "长方形桌子，一只蜗牛", "方形盒子里的蜗牛", "a quick and dirty brawl", "a snail crawls quickly over a leaf",
    "he ran quickly, then fell", "a snail that moves quickly",
]  # fmt: skip


def meanings(prompt: str) -> set[str]:
    ask = read_ask(prompt)
    return {value for value in (ask.shape, ask.effort, *ask.styles) if value}


@pytest.mark.parametrize(
    ("value", "prompt"),
    [(value, prompt) for table in (SAID, MORE_SAID) for value, prompts in table.items() for prompt in prompts],
)
def test_what_is_said_is_read(value: str, prompt: str) -> None:
    assert value in meanings(prompt)


def test_all_that_can_be_said_is_tried_in_nine_languages() -> None:
    assert set(SAID) == {*SHAPES, *EFFORTS, *STYLES}
    assert min(map(len, SAID.values())) >= 11


@pytest.mark.parametrize("prompt", [*SILENT, *MORE_SILENT])
def test_what_only_sounds_like_it_says_nothing(prompt: str) -> None:
    assert not meanings(prompt)


@pytest.mark.parametrize(
    ("prompt", "shape"),
    [
        ("a portrait of a queen in landscape format", "wide"),
        ("wallpaper of a fox, in portrait orientation", "tall"),
        ("a poster of a panorama", "wide"),
        ("vertical panorama of a waterfall", "tall"),
        ("square portrait of a dog, square format", "square"),
        ("portrait of a dog, extremely detailed CG unity 8k wallpaper", "tall"),
        ("8k wallpaper of the alps", "wide"),
    ],
)
def test_what_is_said_outright_goes_before_what_is_implied(prompt: str, shape: str) -> None:
    assert read_ask(prompt).shape == shape


@pytest.mark.parametrize(
    ("prompt", "shape"),
    [
        ("a horizontal movie poster of a robot", "wide"), ("a panoramic wall poster of the alps", "wide"),
        ("wide book cover of a dragon", "wide"), ("a wide vintage travel poster of Rome", "wide"),
        ("square movie poster", "square"), ("a tall website banner", "tall"), ("a vertical business card", "tall"),
        ("movie poster, widescreen", "wide"), ("a panorama of the alps, poster size", "wide"),
        ("a poster-size panorama of the alps", "wide"), ("a square picture of a fox, poster size", "square"),
        ("a fox, poster size", "tall"), ("ein quadratisches Buchcover", "square"),
        ("affiche de film horizontale", "wide"), ("un póster de película horizontal de un zorro", "wide"),
        ("a wide-eyed portrait of a cat", "tall"), ("tall woman portrait", "tall"),
        ("wide river, travel poster", "tall"), ("a tall mountain landscape", "wide"),
        ("upright piano poster", "tall"), ("a tall ship, postcard", "wide"),
        ("movie poster with vertical stripes", "tall"), ("poster square dance", "tall"), ("no wide book cover", None),
    ],
)  # fmt: skip
def test_a_thing_may_be_turned(prompt: str, shape: str | None) -> None:
    """An adjective beside a thing goes before the shape that the thing mostly has, and only there."""
    assert read_ask(prompt).shape == shape


@pytest.mark.parametrize(
    ("prompt", "ratio"),
    [
        ("cinemascope, a snail", "2.39:1"),
        ("a snail, ultrawide", "21:9"),
        ("super ultrawide wallpaper of a snail", "32:9"),
        ("cinemascope, a snail, 16:9", "16:9"),
        ("an ultra wide shot of a snail", "None"),
        ("vertical format, panavision camera", "None"),
        ("a snail, no cinemascope", "None"),
    ],
)
def test_formats_of_cinemas_and_screens_have_their_ratio(prompt: str, ratio: str) -> None:
    assert str(read_ask(prompt).ratio) == ratio


def test_quality_tags_stay_in_the_text() -> None:
    assert read_ask("best quality, masterpiece, a snail").text == "best quality, masterpiece, a snail"


@pytest.mark.parametrize(
    ("prompt", "styles"),
    [
        ("a girl, anime, kodak, bokeh", ("anime",)),
        ("a girl, kodak, bokeh", ("photo",)),
        ("not a photo, realistic bird", ()),
        ("a realistic bird, no anime", ("photo",)),
        ("no anime, no text, an oil painting of a bird", ("painting",)),
        ("a watercolor comic panel", ("painting", "comic")),
        ('a sign that says "PIXEL ART", 35mm', ("text", "photo")),
        ("a realistic bird, no photo", ()),
        ("a dog, masterpiece, HQ, kodak", ("photo",)),
        ("a fantasy illustration of an archer", ("fantasy", "illustration")),
        ("a watercolor set on a desk, photo", ("photo",)),
        ("狐の油絵、文字なし", ("painting",)),
        ("一只狐狸的油画，不要文字", ("painting",)),
        ("여우 유화, 텍스트 없이", ("painting",)),
        ("Ölgemälde, kein Foto, ohne Text", ("painting",)),
        ("aquarelle sans texte", ("painting",)),
        ("акварель без надписи", ("painting",)),
    ],
)  # fmt: skip
def test_styles_that_count(prompt: str, styles: tuple[str, ...]) -> None:
    assert read_ask(prompt).styles == styles


def test_the_negative_text_and_names_say_nothing() -> None:
    assert not read_ask("a fox --no photo, text").styles
    assert not read_ask("a fox\nNegative prompt: anime, photo, pixel art").styles
    assert not read_ask("a fox <lora:pixel-art:0.8>").styles


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("A fox, Oil  Painting, dusk", {"Oil  Painting"}),
        ("Ölgemälde im HOCHFORMAT", {"Ölgemälde", "im HOCHFORMAT"}),
        ("狐の 水彩画、縦長で", {"水彩画", "縦長"}),
        ("여우 픽셀 아트 그림", {"픽셀 아트"}),
        ("(photo of:1.2) a dog", {"photo of"}),
        ("a dog, f/1.8", {"f/1.8"}),
    ],
)
def test_spans_are_exact(prompt: str, words: set[str]) -> None:
    assert {prompt[one.start : one.end] for one in meaning_statements(prompt)} == words


def test_what_shows_nothing_leaves_the_text() -> None:
    assert read_ask("a fox, vertical format, dusk").text == "a fox, dusk"
    assert read_ask("a fox in vertical format").text == "a fox in vertical format"
    assert read_ask("a photo of a fox, 35mm").text == "a photo of a fox, 35mm"


def test_every_phrase_says_its_concept() -> None:
    """Alone between commas each phrase of the tables is read, but where a longer or an empty one hides it."""
    empty = {phrase.removeprefix("=") for phrase in expanded(NOTHING)}
    missed = []
    for concept in CONCEPTS:
        for table in (concept.said, concept.aside, concept.implied, concept.tags):
            for phrase in expanded(table):
                found = {
                    (one.kind, one.value) for one in meaning_statements(f"xyzzy, {phrase.removeprefix('=')}, xyzzy")
                }
                if (concept.kind, concept.value) not in found and phrase not in empty:
                    missed.append((concept.value, phrase))
    assert len(missed) < 60, missed


def test_alternatives_are_written_out() -> None:
    table = "(oil|acrylic|) painting  of, =icon,\n  35mm"
    assert list(expanded(table)) == ["oil painting of", "acrylic painting of", "painting of", "=icon", "35mm"]


def test_a_lexicon_of_ones_own() -> None:
    lexicon = compiled([Concept("style", "photo", said="snap of", implied="=grainy")], "snap of a finger")
    assert [one.value for one in meaning_statements("a snap of a dog", lexicon)] == ["photo"]
    assert not list(meaning_statements("the snap of a finger", lexicon))
    assert not list(meaning_statements("a grainy dog", lexicon))
    assert [one.start for one in meaning_statements("a dog, grainy", lexicon)] == [7]


PIECES = [
    "photo", "no", "wallpaper", "油画", "写真", "픽셀 아트", "3D", "İ", "ﬁ", "ß", "e\u0301", "\ufdfa", "'", '"', ", ",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=12),
            st.sampled_from(PIECES),
        ),
        max_size=12,
    ).map("".join)
)  # fmt: skip
def test_any_text_is_read_and_spans_lie_in_it(prompt: str) -> None:
    for one in meaning_statements(prompt):
        assert 0 <= one.start < one.end <= len(prompt)
        assert one.value in {"shape": SHAPES, "style": STYLES, "effort": EFFORTS}[one.kind]
    assert read_ask(prompt).prompt == prompt
