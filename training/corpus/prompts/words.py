"""The words that generator.py makes prompts of: what is in the picture, and how people word their wishes.

Nothing in the first half is a cue (cues.py); everything in the second half is one.
"""

from __future__ import annotations

from dataclasses import dataclass

ANIMALS = (
    "fox", "cat", "kitten", "golden retriever", "corgi", "husky puppy", "wolf", "tiger", "snow leopard", "lion",
    "elephant", "giraffe", "panda", "red panda", "koala", "otter", "beaver", "hedgehog", "squirrel", "rabbit", "hare",
    "deer", "stag", "moose", "horse", "zebra", "goat", "sheep", "llama", "camel", "owl", "raven", "hummingbird",
    "parrot", "flamingo", "penguin", "peacock", "eagle", "swan", "duckling", "rooster", "octopus", "jellyfish",
    "whale", "dolphin", "shark", "seahorse", "koi", "turtle", "frog", "chameleon", "gecko", "snake", "crocodile",
    "butterfly", "dragonfly", "beetle", "honeybee", "snail", "spider", "bat", "raccoon", "badger", "capybara",
    "axolotl", "sloth", "gorilla", "lemur", "meerkat", "polar bear", "grizzly bear", "hippo", "rhino", "bison",
)  # fmt: skip
PEOPLE = (
    "old fisherman", "young woman with freckles", "street musician", "ballerina", "astronaut", "samurai", "knight",
    "wizard", "witch", "pirate captain", "detective", "chef", "baker", "blacksmith", "farmer", "gardener",
    "librarian", "scientist", "violinist", "jazz singer", "boxer", "surfer", "skateboarder", "climber", "monk",
    "queen", "king", "princess", "viking", "gladiator", "cowboy", "geisha", "flamenco dancer",
    "little girl with an umbrella", "boy with a kite", "grandmother", "bearded man", "woman in a red dress",
    "man in a raincoat", "bride", "firefighter", "nurse", "sailor", "shepherd", "beekeeper", "potter", "tailor",
    "watchmaker", "clown", "magician", "fortune teller", "archer", "elf ranger", "dwarf miner", "orc warrior",
    "vampire", "android", "cyborg", "space pilot", "mechanic", "hacker", "dj", "football player", "tennis player",
    "swimmer", "cyclist", "marathon runner", "tourist", "student", "teacher", "explorer", "archaeologist", "barista",
    "florist", "fisherwoman", "miner",
)  # fmt: skip
THINGS = (
    "cup of coffee", "teapot", "stack of books", "vase of tulips", "bouquet of peonies", "bowl of ramen",
    "plate of sushi", "slice of cheesecake", "burger", "pizza", "loaf of bread", "basket of apples",
    "bunch of grapes", "glass of lemonade", "bottle of wine", "candle", "lantern", "pocket watch", "typewriter",
    "gramophone", "guitar", "grand piano", "violin", "chess set", "globe", "compass", "telescope", "microscope",
    "sewing machine", "rocking chair", "armchair", "wooden table", "mirror", "key", "sword", "shield", "crown",
    "treasure chest", "crystal ball", "potion bottle", "music box", "snow globe", "umbrella", "backpack",
    "pair of sneakers", "leather boots", "sunglasses", "perfume bottle", "diamond ring", "robot", "paper boat",
    "origami crane", "kite", "balloon dog", "cactus", "bonsai tree", "mushroom", "pumpkin", "seashell", "feather",
    "skull", "clay pot", "marble bust", "bicycle", "vintage car", "sports car", "motorcycle", "steam train", "tram",
    "sailing ship", "submarine", "hot air balloon", "airship", "rocket", "spaceship", "helicopter", "tractor",
    "school bus", "gondola", "fire truck", "red scooter", "ice cream cone",
)  # fmt: skip
SCENES = (
    "lighthouse", "medieval castle", "ruined temple", "snowy village", "fishing village", "mountain lake",
    "forest path", "waterfall", "coral reef", "space station", "desert caravan", "field of sunflowers",
    "lavender field", "vineyard", "rice terraces", "mushroom house", "treehouse", "log cabin", "windmill",
    "stone bridge", "harbor", "night market", "bookshop", "cozy cafe", "greenhouse", "library", "cathedral",
    "monastery", "pagoda", "shrine", "palace", "villa", "farmhouse", "barn", "train station", "subway platform",
    "gas station", "diner", "motel", "rooftop garden", "alley", "canal", "lagoon", "glacier", "volcano", "canyon",
    "oasis", "savanna", "jungle", "swamp", "meadow", "cliff", "cave full of crystals", "floating island",
    "underwater city", "alien planet", "moon base", "futuristic city", "post-apocalyptic city", "steampunk workshop",
    "wizard's study", "throne room", "dungeon", "ballroom", "kitchen", "living room", "attic", "garden pond",
    "bamboo forest", "cherry orchard", "autumn forest", "frozen lake", "sandy beach", "island",
    "bay with sailing boats", "amusement park", "carnival", "old factory", "shipwreck", "tea house",
)  # fmt: skip
CREATURES = (
    "dragon", "phoenix", "griffin", "unicorn", "mermaid", "centaur", "fairy", "goblin", "troll", "golem", "kraken",
    "werewolf", "minotaur", "sphinx", "yeti", "ghost", "demon", "angel", "forest guardian", "stone giant", "slime",
    "mimic", "clockwork owl", "robot gardener", "living tree", "cloud whale", "ice queen", "fire elemental",
    "moth goddess", "swamp witch", "baby dragon",
)  # fmt: skip

ADJECTIVES = (
    "small", "large", "tiny", "giant", "old", "ancient", "young", "red", "blue", "green", "golden", "silver", "white",
    "black", "purple", "orange", "pink", "turquoise", "transparent", "glowing", "rusty", "wooden", "mossy", "dusty",
    "wet", "frozen", "burning", "sleepy", "happy", "sad", "angry", "curious", "proud", "lonely", "friendly",
    "mysterious", "elegant", "colorful", "pale", "dark", "fluffy", "spotted", "striped", "mechanical", "crystal",
    "porcelain", "paper", "velvet", "royal", "wild", "lost", "forgotten", "abandoned", "cheerful", "majestic", "cute",
    "beautiful", "strange", "weathered", "shiny", "quiet", "busy", "crooked", "delicate",
)  # fmt: skip
ACTIONS = {
    "animal": (
        "sleeping", "running", "jumping over a log", "drinking from a stream", "looking at the moon",
        "wearing a tiny hat", "playing in the snow", "hiding behind leaves", "sitting on a rock",
        "chasing a butterfly", "eating a strawberry", "reading a book", "riding a bicycle", "shaking off water",
        "with its reflection in the water", "curled up in a basket", "on a windowsill", "wearing a scarf",
        "with bright eyes", "standing in tall reeds", "stretching", "yawning", "swimming",
    ),
    "person": (
        "smiling", "looking out of the window", "walking in the rain", "drinking tea", "reading a newspaper",
        "holding a lantern", "playing the cello", "dancing", "laughing", "sitting on a bench",
        "waiting for the train", "holding a cat", "with closed eyes", "with windswept hair", "wearing a golden mask",
        "in ornate armor", "in a long coat", "with a tattoo", "cooking dinner", "repairing a clock",
        "feeding pigeons", "writing a letter home", "climbing a ladder", "holding a bouquet", "deep in thought",
        "leaning against a wall", "surrounded by fireflies", "blowing bubbles", "with paint on her hands",
        "in a space suit",
    ),
    "thing": (
        "on a wooden table", "on a windowsill", "on a marble floor", "floating in the air", "covered in moss",
        "made of glass", "made of ice", "made of paper", "wrapped in ivy", "on a velvet cushion", "next to a candle",
        "half buried in sand", "on a shelf", "with a long shadow", "surrounded by flowers", "in morning light",
        "under a glass dome", "with water drops",
    ),
    "scene": (
        "covered in snow", "covered in ivy", "full of people", "without people", "with a winding river",
        "with paper lanterns", "with birds in the sky", "with a rainbow", "after the rain", "during a storm",
        "in bloom", "in ruins", "lit by torches", "with a small boat", "with smoke from the chimney",
        "seen from above", "reflected in the water", "with stars above",
    ),
}  # fmt: skip
PLACES = (
    "in a misty valley", "by the sea", "in a neon-lit alley", "on Mars", "in an old library", "in the mountains",
    "in Paris", "in Tokyo", "in Venice", "in a desert", "in a dense jungle", "on a rooftop", "in a small kitchen",
    "under a bridge", "at a train station", "in a field of poppies", "on a frozen lake", "in a cave",
    "in outer space", "under water", "in a garden", "at a market", "in a cafe", "in a cathedral", "on a beach",
    "in a snowy forest", "in a bamboo grove", "in New York", "in a castle courtyard", "on a cliff", "in a laboratory",
    "in a factory hall", "on a spaceship", "in a swamp", "in a vineyard", "in Iceland", "in Morocco", "in the Alps",
    "in an attic", "in a greenhouse", "in a subway", "on an island", "in a canyon", "on a country road",
    "above the clouds", "in a cyberpunk street", "in a fairytale forest", "in a village square", "at the harbor",
    "in a ballroom", "in a theater", "in a dry riverbed", "in the savanna", "between tall pines", "in a parking lot",
    "in front of a brick wall", "in a museum hall",
)  # fmt: skip
TIMES = (
    "at dawn", "at dusk", "at night", "at noon", "at sunset", "at sunrise", "at golden hour", "in the rain",
    "in the fog", "in winter", "in autumn", "in spring", "in summer", "under a full moon", "under a starry sky",
    "in a thunderstorm", "in the early morning", "during blue hour", "on a cloudy day", "on a hot afternoon",
    "during a snowfall", "in the 1920s", "in the year 3000", "at midnight",
)  # fmt: skip
MOODS = (
    "soft colors", "dramatic lighting", "moody", "peaceful", "melancholic", "whimsical", "eerie", "cozy", "epic",
    "nostalgic", "dreamy", "vibrant colors", "muted colors", "pastel colors", "high contrast", "warm light",
    "cold light", "rim lighting", "volumetric light", "backlit", "minimalist", "surreal", "gothic", "romantic",
    "mysterious atmosphere", "symmetrical", "cute", "soft shadows", "monochrome", "black and white",
    "teal and orange", "neon colors", "earth tones", "hazy", "clean background", "low angle", "from behind",
    "from below", "close-up", "bird's eye view", "centered", "dynamic pose", "trending on artstation", "art deco",
    "steampunk", "vaporwave", "cyberpunk", "science fiction", "folklore", "mystical", "festive", "calm", "tense",
    "sharp focus", "octane render", "unreal engine", "digital art", "concept art", "illustration", "smooth",
    "artstation", "elegant", "cinematic lighting", "by greg rutkowski", "by artgerm", "in the style of moebius",
    "by alphonse mucha", "ray tracing", "hdr",
)  # fmt: skip
MEDIA = (  # ways to make a picture that are no cue
    "an illustration of {}", "a drawing of {}", "a picture of {}", "an image of {}", "a cartoon of {}",
    "a 3d render of {}", "low poly {}", "a pencil drawing of {}", "a comic panel of {}", "a collage of {}",
    "digital art of {}", "concept art of {}", "line art of {}", "a paper cutout of {}", "a clay model of {}",
    "a charcoal drawing of {}", "isometric {}", "a children's book picture of {}", "an etching of {}",
    "a blueprint of {}", "a woodcut of {}", "an embroidery of {}", "a scene with {}", "a vintage print of {}",
)  # fmt: skip
DETAILS = (  # a further sentence about the picture
    "in the background there is {scene}", "far away one sees {scene}", "behind it is {scene}",
    "on the left there is {thing}", "on the right is {thing}", "next to it lies {thing}",
    "in the foreground lies {thing}", "somewhere there is {thing}", "the mood is calm", "the mood is tense",
    "the mood is cheerful", "the mood is sad", "the mood is solemn", "the mood is playful", "the light is soft",
    "the light is harsh", "the light is golden", "the light is cold", "the light is dim",
    "the light comes from the left", "the colors are mostly blue", "the colors are warm", "the colors are muted",
    "the colors are bright", "the colors are earthy", "the colors are red and gold", "everything is covered in dust",
    "everything is wet from the rain", "everything is very still", "it happens at night", "it happens at dawn",
    "it is a hot summer day", "it has just stopped raining", "a light breeze is blowing", "leaves are falling",
    "there are no people", "a few birds are in the sky", "the sky is full of clouds", "snow is falling slowly",
)  # fmt: skip
CONFUSING = (  # what sounds like a cue and is none
    "in front of peeling wallpaper", "on a town square", "holding a photo album", "with a can of sprite",
    "below an oil lamp", "next to a framed photo", "in a portrait gallery", "writing a letter", "in Times Square",
    "with wide eyes", "in tall grass", "under a tall tree", "near a tall building", "chased by a fast car",
    "eating fast food", "taking photos of birds", "painting a fence", "with old wallpaper behind",
    "pulled by a draft horse", "beside a square table", "sending a text message", "without any text",
    "with no text at all", "with a wide smile", "at a quick walk", "next to an old bottle of olive oil",
)  # fmt: skip
BUSINESSES = (
    "a coffee shop", "a bakery", "a bike repair shop", "a law firm", "a yoga studio", "a football club",
    "a space startup", "a brewery", "a toy store", "a travel agency", "a record label", "a pet salon",
    "an organic farm", "a robotics club", "a sushi bar", "a chess club", "a weather app", "a music app",
    "a fitness app", "a bookshop", "an esports team", "a summer camp", "a barber", "a surf school", "a tea brand",
    "a hardware startup", "a podcast about history", "a film festival", "a school choir", "a band",
)  # fmt: skip
SHOWN = (
    "OPEN", "Welcome", "Happy Birthday", "SALE", "Hello World", "Good Morning", "Just Do It Later", "Coffee First",
    "No Parking", "The End", "Once Upon a Time", "Bakery", "Follow Your Dreams", "Made in 1987", "Route 66",
    "Stay Wild", "Free Hugs", "EXIT 4", "Merry Christmas", "Jazz Night", "Moonlight Diner", "Level Up", "Game Over",
    "Keep Calm", "Summer 2024", "Lost Cat", "50% OFF", "Thank You", "Love", "Hope", "Vote", "Sofia", "Max & Co",
    "Grand Opening", "Beware of the Dog", "Library", "Be Kind", "To the Moon", "Farmers Market", "Rock Festival",
    "Dream Big", "Danger", "Home Sweet Home", "Ramen Bar", "Chapter One", "Mind the Gap", "Yes!",
)  # fmt: skip
OPENERS = (
    "could you make me ", "can you make ", "please make ", "I'd like ", "I want ", "I need ", "give me ", "make ",
    "create ", "generate ", "draw me ", "hey, can you do ", "show me ", "we need ", "I would love to see ",
    "how about ", "try ", "let's do ", "imagine ", "my daughter wants ", "it should be ", "looking for ",
    "hi! I'd like to have ", "would you please create ", "can I get ",
)  # fmt: skip
CLOSERS = (
    "", "", "", "", " please", ", please", ", thanks", " thank you", ". Thanks!", "?", "!", " if you can",
    ", you choose the rest", ", surprise me with the colors", ". It's a present for my sister", ", nothing scary",
    ". Use warm colors", ", it's for my blog", ", it is for a school project", ". No people in it", ", just for fun",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wordings:
    """The wordings of a cue.

    Attributes:
        leads: around the scene, where {} is the scene, {b} a business and {q} words that the picture shows.
        tags: as a tag in a list.
        asks: as a sentence of its own.
    """

    leads: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


WORDINGS: dict[str, Wordings] = {
    "tall": Wordings(
        leads=(
            "a portrait of {}", "portrait of {}", "a phone wallpaper with {}", "phone wallpaper, {}",
            "a poster of {}", "a movie poster with {}", "a book cover with {}", "full body shot of {}",
            "a vertical image of {}", "a close-up portrait of {}", "a mobile wallpaper showing {}",
            "a magazine cover with {}", "a travel poster of {}", "character design of {}", "a greeting card with {}",
            "headshot of {}", "a vertical poster of {}",
        ),
        tags=(
            "portrait", "full body", "9:16", "vertical", "phone wallpaper", "poster", "book cover", "2:3",
            "portrait format", "full length", "vertical format", "3:4", "movie poster", "portrait orientation",
            "character sheet", "832x1216", "768x1344", "upper body",
        ),
        asks=(
            "it's for my phone", "make it a phone wallpaper", "in portrait format", "please in vertical format",
            "as a wallpaper for my phone", "aspect ratio 9:16", "I need it in portrait orientation",
            "for an instagram story", "it will be a book cover", "taller than wide",
        ),
    ),
    "wide": Wordings(
        leads=(
            "a wallpaper with {}", "a desktop wallpaper of {}", "a panorama of {}", "a wide shot of {}",
            "cinematic wide shot of {}", "a banner with {}", "a panoramic view of {}", "a wide landscape with {}",
            "an ultrawide picture of {}", "a wide angle shot of {}", "a hero image with {}",
            "a widescreen image of {}", "a youtube thumbnail with {}", "an establishing shot of {}",
            "a website banner showing {}", "landscape photography of {}",
        ),
        tags=(
            "wallpaper", "16:9", "panorama", "wide shot", "widescreen", "landscape format", "ultrawide", "21:9",
            "landscape orientation", "panoramic", "wide angle", "desktop wallpaper", "3:2", "1920x1080", "1344x768",
            "cinematic wide shot", "banner", "horizontal",
        ),
        asks=(
            "it's for my desktop background", "make it a desktop wallpaper", "in landscape format",
            "aspect ratio 16:9", "as a website banner", "wider than tall", "I need it in landscape orientation",
            "as a wallpaper for my pc", "in widescreen", "as a wide panorama",
        ),
    ),
    "square": Wordings(
        leads=(
            "a profile picture of {}", "an album cover with {}", "an avatar of {}", "a square image of {}",
            "a sticker of {}", "album art with {}", "a discord avatar with {}", "a seamless pattern of {}",
            "profile pic, {}", "a square picture of {}",
        ),
        tags=(
            "1:1", "square", "square format", "avatar", "album cover", "profile picture", "1024x1024", "pfp",
            "square image", "sticker design", "square crop", "cd cover",
        ),
        asks=(
            "it's for my profile picture", "make it square format", "aspect ratio 1:1", "as an avatar for my channel",
            "for an instagram post", "it's going to be an album cover", "in square format", "as a pfp",
        ),
    ),
    "photo": Wordings(
        leads=(
            "a photo of {}", "photo of {}", "a photograph of {}", "a realistic photo of {}",
            "a 35mm photograph of {}", "macro photo of {}", "a black and white photograph of {}",
            "a professional photo of {}", "dslr photo of {}", "a candid photo of {}", "a photorealistic image of {}",
            "an analog film photo of {}", "a vintage photograph of {}", "raw photo of {}", "realistic {}",
            "an aerial photo of {}", "street photography of {}", "a selfie of {}",
        ),
        tags=(
            "photo", "photograph", "photorealistic", "35mm", "dslr", "realistic", "bokeh", "photography",
            "film grain", "raw photo", "hyperrealistic", "85mm", "kodak", "canon eos", "ultra realistic",
            "analog film", "50mm", "studio photo", "shot on film",
        ),
        asks=(
            "it should look like a photo", "make it photorealistic", "as realistic as a photograph",
            "like a real photograph", "I want a photo and nothing drawn", "in the style of a film photo",
        ),
    ),
    "anime": Wordings(
        leads=(
            "an anime illustration of {}", "anime style {}", "anime {}", "a manga panel of {}",
            "an anime drawing of {}", "an anime scene with {}", "manga style drawing of {}", "a chibi drawing of {}",
            "an anime screencap of {}", "an anime picture of {}", "studio ghibli style {}", "a kawaii drawing of {}",
        ),
        tags=(
            "anime", "anime style", "manga", "studio ghibli", "ghibli style", "chibi", "kawaii", "makoto shinkai",
            "anime key visual", "manga style", "90s anime", "anime art", "cel shading", "visual novel", "waifu",
        ),
        asks=(
            "in anime style", "make it look like an anime", "drawn like a manga", "in the style of studio ghibli",
            "like in an old anime", "as an anime character",
        ),
    ),
    "pixel_art": Wordings(
        leads=(
            "pixel art of {}", "a pixel art picture of {}", "8-bit {}", "a 16-bit game scene with {}",
            "a pixel art sprite of {}", "retro game pixel art of {}", "a sprite sheet of {}",
            "16-bit pixel art of {}", "an 8-bit picture of {}", "pixelated {}",
        ),
        tags=(
            "pixel art", "8-bit", "16-bit", "pixelated", "sprite", "pixel style", "snes style", "retro game", "8bit",
            "game boy", "pixelart", "sprite sheet",
        ),
        asks=(
            "in pixel art style", "as pixel art", "like an 8-bit game", "make it look like a 16-bit game",
            "as a game sprite", "pixelated please",
        ),
    ),
    "painting": Wordings(
        leads=(
            "an oil painting of {}", "a watercolor of {}", "a painting of {}", "watercolor painting of {}",
            "an impressionist painting of {}", "an acrylic painting of {}", "a gouache painting of {}",
            "a digital painting of {}", "a renaissance painting of {}", "a matte painting of {}", "oil on canvas, {}",
            "an ink wash painting of {}", "a watercolour of {}", "a beautiful painting of {}",
        ),
        tags=(
            "oil painting", "watercolor", "digital painting", "gouache", "impressionist", "oil on canvas",
            "acrylic painting", "brush strokes", "painterly", "impasto", "by claude monet", "by van gogh",
            "watercolor painting", "matte painting", "in the style of rembrandt",
        ),
        asks=(
            "painted in oil", "as a watercolor painting", "it should look like an oil painting",
            "in the style of van gogh", "with thick paint", "painted with gouache",
        ),
    ),
    "logo": Wordings(
        leads=(
            "a logo with {}", "a logo for {b}", "a logo for {b} with {}", "a minimalist logo of {}",
            "an app icon of {}", "a vector logo of {}", "an emblem with {}", "logo design for {b}",
            "a flat icon of {}", "an icon for {b}", "a mascot logo with {}", "an emblem for {b}",
        ),
        tags=(
            "logo", "logo design", "icon", "vector logo", "app icon", "emblem", "mascot logo", "flat icon",
            "company logo", "icon design",
        ),
        asks=(
            "it will be the logo of {b}", "as a logo", "as an app icon", "make it a simple logo",
            "it's an emblem for {b}", "we need it as a company logo",
        ),
    ),
    "text": Wordings(
        leads=(
            'a sign that says "{q}" next to {}', '{} holding a sign that says "{q}"', '{} with the words "{q}"',
            "{} with the text '{q}'",
            'a neon sign saying "{q}" above {}', '{} under a banner reading "{q}"',
            'the words "{q}" in big letters over {}',
            "{}, with a sign reading {q}", "a t-shirt that says {q} with {}", 'a card with {} and the text "{q}"',
            'the word "{q}" made of {}',
            'typography "{q}" with {}', "{} with a speech bubble saying '{q}'",
        ),
        tags=(
            'with the text "{q}"', '"{q}"', "typography", 'with the words "{q}"', 'text "{q}"', "bold typography",
            "lettering", 'a sign that says "{q}"',
        ),
        asks=(
            'it should say "{q}"', 'with "{q}" written on it', 'put the words "{q}" on top',
            'there is a sign that says "{q}"',
            "add the text '{q}' at the bottom", "with readable text saying {q}",
        ),
    ),
    "quick": Wordings(
        leads=(
            "a quick sketch of {}", "quick sketch of {}", "a rough draft of {}", "a rough sketch of {}",
            "a quick test of {}", "a doodle of {}", "a fast preview of {}", "a quick draft of {}",
            "a quick drawing of {}", "a simple quick sketch of {}", "just a quick picture of {}",
            "a quick doodle of {}", "a draft of {}",
        ),
        tags=(
            "quick sketch", "rough draft", "rough sketch", "doodle", "draft", "quick test", "quick draft",
            "fast preview", "just a test", "quick", "wip",
        ),
        asks=(
            "just a quick draft", "make it quick", "a rough draft is enough, just a test", "as fast as possible",
            "only a quick preview", "no need for details", "it's just a test", "quick please",
            "a quick sketch will do",
        ),
    ),
    "detailed": Wordings(
        leads=(
            "a highly detailed picture of {}", "a highly detailed print of {}", "an extremely detailed {}",
            "an intricate illustration of {}", "a very detailed image of {}", "an ultra detailed rendering of {}",
            "an insanely detailed drawing of {}", "a high resolution image of {}",
        ),
        tags=(
            "highly detailed", "ultra detailed", "intricate details", "extremely detailed", "print quality",
            "high resolution", "insanely detailed", "fine details", "very detailed", "hyper detailed",
        ),
        asks=(
            "as detailed as possible", "with lots of details", "in print quality", "it has to be highly detailed",
            "I want to print it, so high resolution", "with intricate details", "full of details",
            "in the best quality", "I will print it large, so 8k",
        ),
    ),
}  # fmt: skip

# Ways to say a cue that no training prompt has: how well the meaning of unseen words is understood is measured by them.
UNSEEN: dict[str, Wordings] = {
    "tall": Wordings(
        leads=(
            "a lock screen with {}", "a concert poster with {}", "a novel cover with {}", "a flyer with {}",
            "head to toe view of {}",
        ),
        tags=("9:21", "lockscreen", "upright format", "4:5", "waist up", "896x1152"),
        asks=("it goes on my lock screen", "as a flyer", "higher than wide", "for a tiktok"),
    ),
    "wide": Wordings(
        leads=(
            "a billboard with {}", "a twitter header with {}", "a double page spread of {}", "a sweeping vista of {}",
        ),
        tags=("cinemascope", "anamorphic", "32:9", "letterbox", "1536x640", "zoom background"),
        asks=("as a zoom background", "as a header image", "as a twitch banner", "for a billboard"),
    ),
    "square": Wordings(
        leads=("a podcast cover with {}", "a twitch emote of {}", "an emoji of {}", "a vinyl cover with {}"),
        tags=("userpic", "podcast cover", "768x768", "same width and height", "emote"),
        asks=("it's for a playlist cover", "as wide as tall", "as a steam avatar"),
    ),
    "photo": Wordings(
        leads=("a snapshot of {}", "a polaroid of {}", "a daguerreotype of {}", "an instax of {}"),
        tags=(
            "hasselblad", "fujifilm", "nikon", "leica", "shot on iphone", "telephoto", "national geographic",
            "lifelike",
        ),
        asks=(
            "like a polaroid", "it must look real", "shot on iphone", "like a still from a documentary in real life",
        ),
    ),
    "anime": Wordings(
        leads=("a shonen drawing of {}", "a webtoon panel of {}", "a shoujo drawing of {}", "a manhwa scene with {}"),
        tags=("pixiv", "danbooru", "shoujo", "kyoto animation", "vtuber", "magical girl", "webtoon"),
        asks=("like kyoto animation", "in the style of japanese animation", "as a vtuber", "like a light novel"),
    ),
    "pixel_art": Wordings(
        leads=("a tileset of {}", "a 32-bit {}", "a dithered picture of {}"),
        tags=("aseprite", "32-bit", "tileset", "commodore 64", "gba style", "dithering"),
        asks=("like stardew valley", "like on a commodore 64", "made of pixels"),
    ),
    "painting": Wordings(
        leads=("a fresco of {}", "an aquarelle of {}", "a tempera picture of {}", "a plein air study of {}"),
        tags=("palette knife", "aquarelle", "alla prima", "pointillism", "fresco", "in the style of vermeer"),
        asks=("like an old master", "done with a palette knife", "like a fresco"),
    ),
    "logo": Wordings(
        leads=(
            "a coat of arms with {}", "an insignia with {}", "a monogram for {b}", "a pictogram of {}",
            "a wordmark for {b}",
        ),
        tags=("insignia", "monogram", "pictogram", "brand identity", "logotype", "favicon"),
        asks=("as a trademark of {b}", "as a favicon", "for the brand identity of {b}"),
    ),
    "text": Wordings(
        leads=(
            "a chalkboard that says {q} beside {}", '{} with a caption "{q}"', "{} and graffiti saying {q}",
            "{} with the slogan {q}",
        ),
        tags=("calligraphy", "hand lettering", "captioned {q}", 'with the headline "{q}"'),
        asks=("spelling out {q}", "with the inscription {q}", 'with the title "{q}"'),
    ),
    "quick": Wordings(
        leads=("a napkin sketch of {}", "a quick mockup of {}", "a scribble of {}", "a fast concept of {}"),
        tags=("scribble", "gesture drawing", "low effort", "placeholder image", "first draft"),
        asks=("I'm in a hurry", "speed matters", "asap", "a placeholder is enough", "it doesn't need to be perfect"),
    ),
    "detailed": Wordings(
        leads=(
            "a museum quality picture of {}", "a meticulously detailed {}", "a gigapixel image of {}",

        ),
        tags=(
            "300 dpi", "gallery print", "meticulous", "richly detailed", "museum quality", "ultra sharp",
        ),
        asks=("ready for print", "take your time", "at 300 dpi", "with every detail", "for a gallery print"),
    ),
}  # fmt: skip
