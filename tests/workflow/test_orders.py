"""Prompts that are orders, in nine languages: what is read from them, and what is left for the picture model."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodewright.workflow.ask.ask import Ask
from nodewright.workflow.ask.orders import order_statements
from nodewright.workflow.ask.syntax import read_ask

SAME = "the prompt as it is"


def _order(prompt: str, text: str, **said: Any) -> tuple[str, str, dict[str, Any]]:
    return prompt, prompt if text is SAME else text, said


ORDERS = [
    _order("Generate an image of a red fox", "a red fox"),
    _order("Create a picture showing two cats on a sofa", "two cats on a sofa"),
    _order("make me a picture of a castle", "a castle"),
    _order("Please draw me a lighthouse in a storm", "a lighthouse in a storm"),
    _order("could you please generate a high-quality image of two cats?", "two cats"),
    _order("Can you make a photo of a cat, please?", "a photo of a cat"),
    _order("I want an image showing a dog on a bike", "a dog on a bike"),
    _order("I'd really love a picture of two dogs, if possible", "two dogs"),
    _order("Hi there! I need a logo for my bakery", "a logo for my bakery"),
    _order("Hello, please create an image of a koi pond. Thank you!", "a koi pond"),
    _order("Let's see a dragon over a city", "a dragon over a city"),
    _order("Imagine a city floating in the clouds", "a city floating in the clouds"),
    _order("Show me a steampunk airship", "a steampunk airship"),
    _order("I would like you to paint a meadow at dawn", "a meadow at dawn"),
    _order("Help me create a picture of a samurai", "a samurai"),
    _order("Your task is to generate an image of a tea shop", "a tea shop"),
    _order("How about a picture of a whale in space?", "a whale in space"),
    _order("Prompt: a fox in a forest", "a fox in a forest"),
    _order("Positive prompt: a fox in a forest", "a fox in a forest"),
    _order("Ok, now draw a robot", "a robot"),
    _order("Try to depict a knight asleep under a tree", "a knight asleep under a tree"),
    _order("Visualize a black hole", "a black hole"),
    _order("Generate an image of a red fox. The result should be a high-quality image.", "a red fox."),
    _order("Create an image where a robot paints. Make sure it is detailed.", "a robot paints."),
    _order("draw an owl. It should look beautiful.", "an owl."),
    _order("A fox in the snow. Make it as detailed as possible", "A fox in the snow."),
    _order("a cat in a hat, thanks", "a cat in a hat"),
    _order("Four variations of a cat", "a cat", batch=4),
    _order("Generate 4 images of a lake", "a lake", batch=4),
    _order("give me three different pictures of a horse", "a horse", batch=3),
    _order("two versions of a poster for a circus", "a poster for a circus", batch=2),
    _order("Draw a fox in a hat, then turn it into an oil painting", "a fox in a hat", restyle="an oil painting"),
    _order("A photo of a castle. Then make it look like anime", "A photo of a castle", restyle="anime"),
    _order("first generate a lake at dawn, then repaint it as a watercolor", "a lake at dawn", restyle="a watercolor"),
    _order(
        "First, create a bowl of fruit. Second, transform it into a cubist painting.",
        "a bowl of fruit.",
        restyle="a cubist painting",
    ),
    _order("Draw a street, and afterwards convert the image to black and white", "a street", restyle="black and white"),
    _order(
        "a photo of a dog, after that redraw it as a comic book page", "a photo of a dog", restyle="a comic book page"
    ),
    _order("Generate a red car and convert it to pixel art", "a red car", restyle="pixel art"),
    _order("Paint a house. Finally, give it a vintage polaroid look", "a house", restyle="vintage polaroid look"),
    _order(
        "Create a portrait of an old man, then restyle it in the style of Rembrandt",
        "a portrait of an old man",
        restyle="in the style of Rembrandt",
    ),
    _order(
        "make a photo of a bridge then render it as a pencil sketch and upscale it 2x",
        "a photo of a bridge",
        restyle="a pencil sketch",
        enlarge=2.0,
    ),
    _order(
        "Draw a fox. Once it's done, turn the picture into a stained glass window",
        "a fox",
        restyle="a stained glass window",
    ),
    _order("Draw a fox, then turn it into an oil painting, 16:9", "a fox", restyle="an oil painting", ratio="16:9"),
    _order("Draw a city. Make it look like a woodcut.", "a city. a woodcut."),
    _order("Draw a fox, then make it twice as large", "a fox", enlarge=2.0),
    _order("draw a fox and make it bigger", "a fox", enlarge=None),
    _order("Generate a fox, then upscale it to 4k", "a fox", enlarge=4.0),
    _order("a fox, double the resolution", "a fox", enlarge=2.0),
    _order("a fox at twice the resolution", "a fox", enlarge=2.0),
    _order("first a castle, then upscale it by 4x", "a castle", enlarge=4.0),
    _order("Create a fox, then enlarge it threefold", "a fox", enlarge=3.0),
    _order("a fox, then increase the resolution by 2x", "a fox", enlarge=2.0),
    _order("a fox, don't enlarge it", "a fox", enlarge=0),
    _order("Draw a ship in 3:2, no upscaling", "a ship", ratio="3:2", enlarge=0),
    _order("a fox, no wait, make it 16:9", "a fox", ratio="16:9"),
    _order("a fox, 4:3. Actually, 16:9", "a fox.", ratio="16:9"),
    _order("a fox, 20 steps, sorry, 30 steps", "a fox", steps=30),
    _order("a poster that says 'OPEN'", SAME, lettering=["OPEN"]),
    _order('a sign that reads "NO ENTRY"', SAME, lettering=["NO ENTRY"]),
    _order('a poster with the title "MOON" at the top', SAME, lettering=["MOON"]),
    _order("a book cover with the title MOONRISE at the top", SAME, lettering=["MOONRISE"]),
    _order('a cake with the words "Happy Birthday" in icing', SAME, lettering=["Happy Birthday"]),
    _order("a neon sign that says OPEN LATE", SAME, lettering=["OPEN LATE"]),
    _order("a shop with a label saying “Fresh Bread”", SAME, lettering=["Fresh Bread"]),
    _order('logo for a bakery with the text "Krume"', SAME, lettering=["Krume"]),
    _order("a video of a fox running", "a fox running", impossible=["a video"]),
    _order("make a short video of waves", "waves", impossible=["a video"]),
    _order("Draw a fox, then animate it", "a fox", impossible=["a video"]),
    _order("turn it into a gif: a fox dancing", SAME, impossible=["a video"]),
    _order("edit my photo so that the sky is blue", SAME, impossible=["an edit of a picture that exists"]),
    _order("remove the background from this image", SAME, impossible=["an edit of a picture that exists"]),
    _order("add a hat to my picture", SAME, impossible=["an edit of a picture that exists"]),
    _order("a red car on the left and a blue car on the right", SAME, regions=["a red car", "a blue car"]),
    _order(
        "Draw a forest in the left half and a desert on the right",
        "a forest in the left half and a desert on the right",
        regions=["a forest", "a desert"],
    ),
    _order("left: a cat, right: a dog", SAME, regions=["a cat", "a dog"]),
    _order("Erstelle ein Bild von einem Fuchs im Schnee", "einem Fuchs im Schnee"),
    _order("Bitte zeichne mir einen Drachen", "einen Drachen"),
    _order("Kannst du mir bitte ein Bild von einem Schloss erstellen?", "einem Schloss"),
    _order("Ich möchte ein Bild von einer Katze", "einer Katze"),
    _order("Erzeuge drei Bilder von einem Hund", "einem Hund", batch=3),
    _order(
        "Erstelle ein Bild von einem Fuchs, verwandle es dann in ein Ölgemälde", "einem Fuchs", restyle="ein Ölgemälde"
    ),
    _order("Zeichne einen Fuchs und vergrößere ihn auf das Doppelte", "einen Fuchs", enlarge=2.0),
    _order("ein Plakat mit der Aufschrift „OFFEN“", SAME, lettering=["OFFEN"]),
    _order("Erstelle ein Video von einem Fuchs", "einem Fuchs", impossible=["a video"]),
    _order("Entferne den Hintergrund", SAME, impossible=["an edit of a picture that exists"]),
    _order("links ein Schloss, rechts ein See", SAME, regions=["ein Schloss", "ein See"]),
    _order("génère une image d'un renard", "un renard"),
    _order("Dessine-moi un mouton, s'il te plaît", "un mouton"),
    _order("Peux-tu créer une image de chat ?", "chat"),
    _order("Je voudrais une image d'un château sous la neige", "un château sous la neige"),
    _order("génère une image d'un renard, puis transforme-la en aquarelle", "un renard", restyle="aquarelle"),
    _order("dessine un renard, puis agrandis-la deux fois", "un renard", enlarge=2.0),
    _order("une affiche avec le titre « LUNE »", SAME, lettering=["LUNE"]),
    _order("genera una imagen de un zorro", "un zorro"),
    _order("Por favor, crea una imagen de un castillo", "un castillo"),
    _order("Dibuja un gato con sombrero", "un gato con sombrero"),
    _order("¿Puedes generar una imagen de un lago?", "un lago"),
    _order("genera una imagen de un zorro, luego conviértela en una acuarela", "un zorro", restyle="una acuarela"),
    _order("dibuja un zorro, luego amplíala al doble", "un zorro", enlarge=2.0),
    _order('un cartel con el texto "ABIERTO"', SAME, lettering=["ABIERTO"]),
    _order("un vídeo de un zorro", "un zorro", impossible=["a video"]),
    _order("crie uma imagem de uma raposa", "uma raposa"),
    _order("Desenhe um gato", "um gato"),
    _order("Você pode criar uma imagem de um lago, por favor?", "um lago"),
    _order(
        "crie uma imagem de uma raposa, depois transforme-a em uma pintura a óleo",
        "uma raposa",
        restyle="uma pintura a óleo",
    ),
    _order("desenhe uma raposa, depois amplie-a 2x", "uma raposa", enlarge=2.0),
    _order("um vídeo de uma raposa", "uma raposa", impossible=["a video"]),
    _order("нарисуй лису в снегу", "лису в снегу"),
    _order("Создай изображение старого замка", "старого замка"),
    _order("Пожалуйста, нарисуй мне кота", "кота"),
    _order("нарисуй лису, затем преврати её в акварель", "лису", restyle="акварель"),
    _order("нарисуй лису, затем увеличь в 2 раза", "лису", enlarge=2.0),
    _order("плакат с надписью «ОТКРЫТО»", SAME, lettering=["ОТКРЫТО"]),
    _order("видео с лисой", SAME, impossible=["a video"]),
    _order("画一只狐狸", "一只狐狸"),
    _order("请帮我画一只狐狸，谢谢", "一只狐狸"),
    _order("画一张狐狸的图", "狐狸"),
    _order("生成一张图片：雪中的狐狸", "雪中的狐狸"),
    _order("画一只狐狸，然后把它变成油画", "一只狐狸", restyle="油画"),
    _order("画一只狐狸，然后放大两倍", "一只狐狸", enlarge=2.0),
    _order("写着“开门”的招牌", SAME, lettering=["开门"]),
    _order("生成一段狐狸的视频", "一段狐狸的视频", impossible=["a video"]),
    _order("狐の絵を描いてください", "狐"),
    _order("雪の中の狐を描いて", "雪の中の狐"),
    _order("お城の画像を生成してください", "お城"),
    _order("狐を描いて、その後それを水彩画に変えて", "狐", restyle="水彩画"),
    _order("狐を描いて、その後2倍に拡大して", "狐", enlarge=2.0),
    _order("「営業中」と書かれた看板", SAME, lettering=["営業中"]),
    _order("狐の動画を作って", "狐の動画", impossible=["a video"]),
    _order("여우 그림을 그려줘", "여우"),
    _order("눈 속의 여우를 그려주세요", "눈 속의 여우"),
    _order("여우를 그려줘, 그 다음 수채화로 바꿔줘", "여우", restyle="수채화"),
    _order("여우를 그려줘, 그 다음 2배로 확대해줘", "여우", enlarge=2.0),
    _order("여우 동영상을 만들어줘", "여우 동영상", impossible=["a video"]),
    _order("draw a map. Then draw a dragon on it.", "a map. Then draw a dragon on it."),
    _order(
        "Draw a fox and a wolf, and make the wolf bigger than the fox",
        "a fox and a wolf, and make the wolf bigger than the fox",
    ),
    _order("a big red button that says PUSH", SAME, lettering=["PUSH"]),
    _order('write "HELLO" in the sand', SAME, lettering=["HELLO"]),
    _order("Draw a fox. Use warm colors. Make sure the image is sharp. Thanks a lot!", "a fox. Use warm colors."),
    _order(
        "Please, an image of a tiger in the jungle, in the style of Rousseau. It should be very detailed.",
        "a tiger in the jungle, in the style of Rousseau.",
    ),
    _order("Mach ein Bild von einem Hund und dann vergrößere es 2x", "einem Hund", enlarge=2.0),
    _order("Génère une image de montagne, sans agrandissement", "montagne", enlarge=0),
    _order("нарисуй кота, без увеличения", "кота", enlarge=0),
    _order("画一只猫，不要放大", "一只猫", enlarge=0),
    _order("Generate an image of a lake, then make it into a short video", "a lake", impossible=["a video"]),
    _order(
        "I want you to draw an anime boy with a kite, and upscale the result", "an anime boy with a kite", enlarge=None
    ),
    _order(
        "Create a workflow that makes a watercolor of a barn and upscales it 2x", "a watercolor of a barn", enlarge=2.0
    ),
    _order("Create a workflow that generates an image of a fox", "a fox"),
    _order("Build a ComfyUI workflow to create a picture of a lake", "a lake"),
    _order("Write a workflow for a portrait of a king", "a portrait of a king"),
    _order("Make a workflow: a castle at night, then upscale by 2x", "a castle at night", enlarge=2.0),
    _order("I want a fox, and then upscale it", "a fox", enlarge=None),
    _order("I'm looking for an image of a fox", "a fox"),
    _order("a fox please", "a fox"),
    _order("generate: a fox in the snow", "a fox in the snow"),
    _order("Create: a castle", "a castle"),
    _order("image: a castle", "a castle"),
    _order("Could I get a picture of a fox?", "a fox"),
    _order("please give me an illustration of a fox", "an illustration of a fox"),
    _order("Dear AI, draw a fox", "a fox"),
    _order("My request: a fox", "a fox"),
    _order("generate a fox, thank you very much!", "a fox"),
    _order(
        'Generate a fox with a hat that says "HI", then turn it into a comic panel, then upscale it 4x',
        'a fox with a hat that says "HI"',
        restyle="a comic panel",
        lettering=["HI"],
        enlarge=4.0,
    ),
    _order("Make the picture wide. A castle.", "A castle."),
    _order("Make it 16:9. A castle at dusk.", "A castle at dusk.", ratio="16:9"),
    _order("Draw a castle. Make it square.", "a castle."),
    _order("a castle, make it vertical", "a castle"),
    _order("keep it in landscape format. a lake", "a lake"),
    _order("Make the sky red. A castle.", "the sky red. A castle."),
    _order("start by drawing a fox", "a fox"),
    _order("would you mind drawing a fox?", "a fox"),
    _order(
        "make a 3d model of a chair as an obj file",
        "a 3d model of a chair as an obj file",
        impossible=["a 3D model file"],
    ),
    _order("write a poem about the sea", SAME, impossible=["a text or code"]),
    _order("compose a song about love", "a song about love", impossible=["sound or music"]),
    _order("make a music video poster", "a music video poster"),
    _order("create an album cover for a jazz song", "an album cover for a jazz song"),
    _order(
        "generate a python script that prints hello", "a python script that prints hello", impossible=["a text or code"]
    ),
    _order("an stl file of a dragon", SAME, impossible=["a 3D model file"]),
    _order("a red car, no wait, a blue car", "a blue car"),
    _order("Draw a red car. No wait, make it a blue car", "a blue car"),
    _order("a fox in the snow, at night, no wait, at dawn", "a fox in the snow, at dawn"),
    _order("a fox, scratch that, a wolf howling", "a wolf howling"),
    _order("a cat, in three variations", "a cat", batch=3),
    _order("give me 4 variations of a fox", "a fox", batch=4),
    _order("画四张猫的图", "猫", batch=4),
    _order("生成3张狐狸的图片", "狐狸", batch=3),
    _order("猫の絵を3枚描いて", "猫", batch=3),
    _order("고양이 그림 3장 그려줘", "고양이", batch=3),
    _order("drei Variationen von einem Hund", "einem Hund", batch=3),
    _order("génère trois images d'un chat", "un chat", batch=3),
    _order("genera tres imágenes de un gato", "un gato", batch=3),
    _order("crie três imagens de um gato", "um gato", batch=3),
    _order("нарисуй три картинки с котом", "котом", batch=3),
    _order("Erstelle vier Varianten eines Logos", "Logos", batch=4),
    _order("Draw two cats", "two cats"),
    _order("zeichne zwei Hunde", "zwei Hunde"),
    _order("ein Bild von einem Fuchs", "einem Fuchs"),
    _order(
        "Bitte mach mir ein schönes Bild von einem Sonnenuntergang am Meer. Danke!", "einem Sonnenuntergang am Meer"
    ),
    _order("Ich hätte gerne ein Foto von einer alten Brücke, 16:9", "ein Foto von einer alten Brücke", ratio="16:9"),
    _order("fais-moi une photo d'un phare", "une photo d'un phare"),
    _order("hazme una foto de un faro", "una foto de un faro"),
    _order("faça uma foto de um farol", "uma foto de um farol"),
    _order("сделай фото маяка", "фото маяка"),
    _order("给我来一张日落的照片", "日落的照片"),
    _order("夕日の写真を作ってください", "夕日の写真"),
    _order("노을 사진을 만들어 주세요", "노을 사진"),
    _order("帮我生成一幅水墨画：竹林", "水墨画：竹林"),
    _order("アニメ風の女の子を描いて、16:9で", "アニメ風の女の子", ratio="16:9"),
    _order("Erstelle ein Bild, das einen Drachen zeigt", "einen Drachen"),
    _order("Create an image that shows a dragon and upscale it by a factor of two", "a dragon", enlarge=2.0),
    _order(
        "Mache ein Bild von einem Dorf, danach verwandle das Bild in einen Holzschnitt",
        "einem Dorf",
        restyle="einen Holzschnitt",
    ),
    _order("Kannst du das Foto bearbeiten?", SAME, impossible=["an edit of a picture that exists"]),
    _order("Eine Katze links und ein Hund rechts", SAME, regions=["Eine Katze", "ein Hund"]),
    _order("un chat à gauche et un chien à droite", SAME, regions=["un chat", "un chien"]),
    _order("一只猫在左边，一只狗在右边", SAME, regions=["一只猫", "一只狗"]),
    _order("a fox, no people", "a fox"),
    _order("a castle, 4:3, no wait, 16:9", "a castle", ratio="16:9"),
    _order("Draw a hippo on a skateboard for me, thanks", "a hippo on a skateboard"),
    _order("a short movie of a balloon flight, 10 seconds", "a balloon flight", impossible=["a video"]),
    _order("outpaint my image to the left", SAME, impossible=["an edit of a picture that exists"]),
    _order("upscale with the UltraSharp model, a dusty attic", "a dusty attic", enlarge=None),
    _order("a dusty attic, upscaled 4x with the UltraSharp model", "a dusty attic", enlarge=4.0),
    _order("Generate a fox please, thank you so much!", "a fox"),
    _order("a looping video of rain on glass", "rain on glass", impossible=["a video"]),
    _order("looping gif of a fox", "a fox", impossible=["a video"]),
    _order("short movie about a fox", "a fox", impossible=["a video"]),
    _order("make a 10 second video of a fox", "a fox", impossible=["a video"]),
    _order("a seamless video loop of a river, 5 seconds", "a river", impossible=["a video"]),
    _order("I want an animated gif of a fox", "a fox", impossible=["a video"]),
    _order("a cinemagraph of a waterfall", "a waterfall", impossible=["a video"]),
    _order("a slow motion clip of a splash", "a splash", impossible=["a video"]),
    _order("ein kurzes Video von einem Fuchs", "einem Fuchs", impossible=["a video"]),
    _order("une vidéo d'un renard", "un renard", impossible=["a video"]),
    _order("outpaint this picture", SAME, impossible=["an edit of a picture that exists"]),
    _order("hey can you do a watercolor of my cat", "a watercolor of my cat"),
    _order("could you do an oil painting of a lake?", "an oil painting of a lake"),
    _order("can you do a fox in the snow please", "a fox in the snow"),
    _order("do a watercolor of a cat", "a watercolor of a cat"),
    _order("fast preview of a giraffe", "a giraffe"),
    _order("a quick draft of a giraffe", "a giraffe"),
    _order("quick test: a giraffe", "a giraffe"),
    _order("make a rough version of a giraffe", "a giraffe"),
    _order("two pictures of a hedge maze", "a hedge maze", batch=2),
    _order("4 images of a hedge maze", "a hedge maze", batch=4),
    _order("vier Bilder von einem Hund", "einem Hund", batch=4),
    _order("deux images d'un chien", "un chien", batch=2),
    _order("tres imágenes de un perro", "un perro", batch=3),
    _order("três imagens de um cão", "um cão", batch=3),
    _order("I want eight variants of a goblin shopkeeper", "a goblin shopkeeper", batch=8),
    _order("give me seven versions of a goblin", "a goblin", batch=7),
    _order("a hippo, just for me, thanks!", "a hippo"),
]
"""Prompt, the text that is left, and what is read; of "enlarge" the factor, None for any and 0 for none."""

SCENES = [
    "a man painting a picture of his wife",
    "then and now photo",
    "turn left sign",
    "left-handed guitarist",
    "the right to vote poster",
    "a girl picks a leaf and then turns it into a boat",
    "children take a box and then turn it into a rocket",
    "a wizard who can turn stones into gold",
    "a painter creates an image",
    "a girl makes a picture of a castle",
    "I love a rainy night",
    "Do a barrel roll",
    "Draw me like one of your French girls",
    "a mouse twice as big as a cat",
    "a double bed",
    "the first snow of winter",
    "a second chance, painting",
    "show jumping horse",
    "a movie poster in the style of Saul Bass",
    'a woman reading "War and Peace"',
    "拿着放大镜的侦探",
    "a man edits a film in a dark room",
    "thank you card with flowers",
    "please touch sign in a museum",
    "a video game character",
    "an oil painting of a fox, then a break, tired painter",
    "make-up artist at work",
    "a well-drawn map of the coast",
    "paint splashes on a wall",
    "the wizard, then turning into smoke",
    "a before and after picture of a garden",
    "first lady portrait",
    "a castle on top of a hill at the bottom of a valley",
    "the upper class, the lower class, satire",
    "a photo of the video store",
    "a still from a video game of the nineties",
    "a restored photo of a soldier",
    "a change of seasons",
    "a picture of a picture",
    "a cat, then a dog, then a mouse",
    "a tailor who measures and enlarges it",
    "an image of a fox",
    "picture of a fox",
    "a picture of a fox",
    "I need something like a fox in a suit",
    "painting a snowy landscape under the blood moon",
    "building a cybernetic brain",
    "a clock that reads 12:43",
    "a pineapple with one beer to its left and two beers on its right",
    "a paladin with a shield on the left hand and a sword on the right hand",
    "oh, oh, Jamie's crying, oh, it's beautiful",
    "masterpiece, AND, 2girls",
    "a low poly 3d model of a chair",
    "a woman writing a letter",
    "write a story book cover with a dragon",
    "a fox, no thanks to the rain",
    "two pictures of a dog hanging on a wall",
    "a man holding two pictures of his wife",
    "two photos of a dog",
    "deux images sur un mur",
    "four pictures on a wall",
    "a man watching a short video of a cat",
    "a phone showing a video of a cat",
    "a movie about love, poster",
    "a preview of things to come",
    "do a backflip",
]
"""Prompts that only look like orders."""

_READERS = {
    "batch": lambda ask: ask.batch,
    "steps": lambda ask: ask.steps,
    "ratio": lambda ask: str(ask.ratio) if ask.ratio else None,
    "restyle": lambda ask: ask.restyle,
    "lettering": lambda ask: list(ask.lettering) or None,
    "impossible": lambda ask: list(ask.impossible) or None,
    "regions": lambda ask: [region.text for region in ask.regions] or None,
}


def _read(ask: Ask) -> dict[str, Any]:
    """Everything that orders may say, as `_order` has it."""
    found = {name: value for name, read in _READERS.items() if (value := read(ask)) is not None}
    if ask.enlargement is not None:
        found["enlarge"] = ask.enlargement.factor if ask.enlargement.wanted else 0
    return found


@pytest.mark.parametrize(("prompt", "text", "said"), ORDERS, ids=[prompt for prompt, _, _ in ORDERS])
def test_orders_are_read(prompt: str, text: str, said: dict[str, Any]) -> None:
    ask = read_ask(prompt)
    assert ask.text == text
    assert _read(ask) == said


@pytest.mark.parametrize("prompt", SCENES)
def test_scenes_are_no_orders(prompt: str) -> None:
    ask = read_ask(prompt)
    assert (ask.text, _read(ask)) == (prompt, {})


@pytest.mark.parametrize(
    ("prompt", "shape"),
    [
        ("Draw a castle. Make it square.", "square"),
        ("a castle, make it vertical", "tall"),
        ("Make the picture wide. A castle.", "wide"),
        ("keep it in landscape format. a castle", "wide"),
    ],
)
def test_an_order_of_a_shape_leaves_the_text(prompt: str, shape: str) -> None:
    ask = read_ask(prompt)
    assert (ask.text.strip("."), ask.shape) in (("a castle", shape), ("A castle", shape))


PIECES = st.sampled_from(
    [
        "draw ", "Please ", "can you ", "an image of ", "a fox", "a castle", ", ", ". ", "\n", " and ", "then ",
        "first ",
        "turn it into ", "an oil painting", "make it ", "bigger", "upscale it by 2x", "on the left", "in the left half",
        "left: ", "right: ", "at the top", "of the picture", "that says ", "'OPEN'", "MOON", "thanks", "?", "!",
        "no wait",
        "画一张", "的图", "然后", "变成油画", "左边是", "を描いて", "그려줘", "Erstelle ", "ein Bild von ", "links ",
        "in the foreground ", "in the background ", "a video of ", "my photo", "double the resolution", "4 ", "  ",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=200))
@settings(max_examples=400)
def test_any_text_is_read_and_every_span_is_of_it(prompt: str) -> None:
    for one in order_statements(prompt):
        assert 0 <= one.start < one.end <= len(prompt)
        words = prompt[one.start : one.end]
        if one.kind == "order":
            assert words.strip(" ,;.\n\t，。；、") == str(one.value).strip(" ,;.\n\t，。；、")
        if one.kind in ("lettering", "restyle"):
            assert str(one.value) in words
    for region in read_ask(prompt).regions:
        assert region.text in prompt
        assert 0 <= region.x <= region.x + region.width <= 1
        assert 0 <= region.y <= region.y + region.height <= 1


@pytest.mark.parametrize(
    "piece", ["\n", " ", "please ", "and then ", "on the left ", "a ", "'", '"a', "1. ", "的", "を"]
)
def test_long_prompts_are_read_quickly_enough_to_wait_for(piece: str) -> None:
    list(order_statements((piece * 20_000)[:20_000]))
