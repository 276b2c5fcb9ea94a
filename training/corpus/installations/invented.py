"""Names of fine-tunes and LoRAs that nobody has made yet, in the ways in which people name them.

Three in five carry a word for what the file is good at. The other words are split into two sets, so that held-out names
are made of words that no other name has.
"""

from __future__ import annotations

from functools import lru_cache
from random import Random
from zlib import crc32

from ....workflow.catalog.identify import identify
from ....workflow.families.lookup import FAMILIES
from ....workflow.families.names import normalised
from .traits import HELD_OUT_TRAIT_WORDS, TRAIT_WORDS, name_traits

_WORDS = (
    "aurora", "velvet", "cosmic", "epic", "dark", "mystic", "golden", "crystal", "wild", "urban", "lunar", "solar",
    "silver", "scarlet", "amber", "azure", "crimson", "jade", "ivory", "obsidian", "copper", "marble", "cobalt",
    "indigo", "violet", "emerald", "ruby", "sapphire", "opal", "pearl", "onyx", "frozen", "burning", "silent",
    "hidden", "lost", "secret", "ancient", "modern", "future", "retro", "vintage", "eternal", "infinite", "endless",
    "perfect", "absolute", "pure", "noble", "royal", "divine", "sacred", "arcane", "magic", "mythic", "fabled",
    "dream", "vision", "mirage", "phantom", "shadow", "spirit", "ghost", "soul", "heart", "mind", "flame", "ember",
    "frost", "storm", "thunder", "breeze", "cloud", "rain", "mist", "river", "ocean", "tide", "wave", "coral",
    "island", "harbor", "forest", "meadow", "garden", "orchid", "lotus", "rose", "lily", "maple", "cedar", "willow",
    "raven", "falcon", "tiger", "wolf", "fox", "lynx", "panther", "dragon", "phoenix", "griffin", "kraken", "hydra",
    "titan", "atlas", "orion", "lyra", "vega", "nova", "nebula", "quasar", "pulsar", "comet", "meteor", "galaxy",
    "cosmos", "zenith", "apex", "vertex", "prism", "spectrum", "chrome", "neon", "cyber", "synth", "vapor", "steam",
    "clock", "gear", "iron", "steel", "forge", "anvil", "blade", "shield", "crown", "throne", "castle", "tower",
    "bridge", "temple", "shrine", "oasis", "desert", "canyon", "summit", "glacier", "arctic", "tundra", "savanna",
    "jungle", "monsoon", "honey", "sugar", "cherry", "peach", "mango", "mint", "cocoa", "mocha", "vanilla",
    "cinnamon", "pepper", "saffron", "harmony", "melody", "rhythm", "echo", "sonata", "opera", "ballad", "whisper",
    "serenity", "bliss", "karma", "nirvana", "zen", "kismet", "destiny", "fortune", "oracle", "prophet", "wizard",
    "sorcerer", "alchemy", "elixir", "potion", "rune", "glyph", "totem", "relic", "legend", "saga", "odyssey",
    "journey", "voyage", "nomad", "pilgrim", "ranger", "scout", "pilot", "rocket", "turbine", "reactor", "fusion",
    "quantum", "vortex", "matrix", "cipher", "enigma", "paradox", "helix", "carbon", "krypton", "xenon", "argon",
    "helios", "selene", "apollo", "artemis", "athena", "hermes", "juno", "minerva", "freya", "odin", "thor", "loki",
    "valkyrie", "ronin", "shogun", "kitsune", "sakura", "yuki", "hana", "kaze", "tsuki", "hoshi", "umbra", "lumen",
    "ignis", "aqua", "terra", "ventus", "stella", "luna", "sol", "astra", "vita", "nox", "lux", "pax", "rex",
    "majestic", "elegant", "graceful", "gentle", "fierce", "bold", "brave", "swift", "keen", "vivid", "lucid",
    "radiant", "brilliant", "glowing", "shining", "blooming", "drifting", "floating", "dancing", "singing",
    "wandering", "rising", "bakery", "market", "avenue", "plaza", "studio", "atelier", "workshop", "factory",
    "foundry", "gallery", "museum", "robin", "sparrow", "heron", "otter", "badger", "bison", "koala", "panda",
    "gecko", "cobra", "mantis", "beetle", "velour", "satin", "denim", "linen", "suede", "tweed", "lace", "ribbon",
    "thread", "weave", "quilt", "tapestry", "granite", "basalt", "quartz", "topaz", "garnet", "zircon", "mica",
    "slate", "clay", "dune", "delta", "fjord", "lagoon", "kappa", "sigma", "omega", "theta", "lambda", "zeta",
    "prime", "ultra", "mega", "hyperion", "nano", "giga", "omni", "poly", "babes", "heroes", "beauty", "faces",
    "people", "portal", "creature", "monsters", "mecha", "robots", "fantasy", "horror", "scifi", "noir", "gothic",
    "punk", "rococo", "bauhaus", "deco", "nouveau", "surreal", "ethereal", "unreal", "realm", "wonder", "marvel",
    "miracle", "glory", "triumph", "victory", "empire", "kingdom", "dynasty", "utopia", "eden", "avalon",
)  # fmt: skip
_AUTHORS = (
    "nordlicht", "kvist", "tomoe", "mayu", "hexley", "drumlin", "okapi", "zed", "fenna", "quill", "brusk", "ilya",
    "saoirse", "moth", "pim", "tuuli", "rook", "vesper", "yarrow", "biscuit", "halcyon", "juniper", "kestrel", "lumi",
    "marrow", "nettle", "osprey", "pepperoni", "quokka", "rhubarb", "sorrel", "teasel",
)  # fmt: skip
_FILLERS = (
    "Mix", "Mix", "Merge", "Blend", "Diffusion", "Model", "Style", "Art", "World", "Lab", "Works", "Plus", "Pro",
    "Max", "Ultimate", "Hybrid", "Base", "Fusion", "Core", "Gen",
)  # fmt: skip
_LORA_FILLERS = (
    "Style",
    "Style",
    "Lora",
    "LoRA",
    "Enhancer",
    "Look",
    "Vibe",
    "Tweaker",
    "Concept",
    "Aesthetic",
    "Pack",
)
_VERSIONS = (
    "", "", "", "_v1", "_v2", "_v3", "_v4", "_v10", "_v20", "_v21", "_v30", "_v35", "_v60", "_v1.2", "-v2.5", "-v3",
    "V2", "V4", "_V1", "_v2Final", "_v5Final", "_beta", "_beta3", "_alpha2", "_rc1", "_final", "_2024", "_v11Baked",
    "_vol2", "_R3", "_v8Fix",
)  # fmt: skip
_TECHNICAL = (
    "", "", "", "", "", "", "_fp16", "_bf16", "_fp8", "_pruned", "_fp16_pruned", "_bakedVAE", "-fp16", "_e4m3fn",
    "_emaonly", "_full",
)  # fmt: skip
_LORA_TECHNICAL = (
    "",
    "",
    "",
    "",
    "",
    "_e12",
    "-000010",
    "_rank32",
    "_r16",
    "_lora",
    "-lora",
    "_LoRA",
    "_8dim",
    "-step2000",
    "_lokr",
)

TAGS: dict[str, tuple[str, ...]] = {
    name: family.popularity.name_tags for name, family in FAMILIES.items() if family.popularity.name_tags
}
"""How people write the family in a name; what ends with a joint stands in front."""


@lru_cache(maxsize=2)
def vocabulary(held_out: bool) -> tuple[str, ...]:
    """Return the words that name no trait: those of the training names, or of the held-out names."""
    return tuple(word for word in (*_WORDS, *_AUTHORS) if (crc32(word.encode("ascii")) % 4 == 0) is held_out)


def invented_name(family: str, random: Random, *, lora: bool = False, held_out: bool = False) -> str:
    """Return the file name of a fine-tune or a LoRA of `family` (one of TAGS).

    Five of six names state the family; of the others only a header would show it.
    """
    folder = "loras" if lora else "diffusion_models"
    while True:  # a few of a thousand names state another family, or a trait that was not meant
        wanted = _wanted(random)
        tagged = random.random() < 0.83
        name = _assembled(family if tagged else "", wanted, random, lora, held_out)
        families = identify(folder, name).families
        if name_traits(normalised(name)) == wanted and families == ({family} if tagged else frozenset()):
            return name


def _wanted(random: Random) -> frozenset[str]:
    """Return the style cues that a name is to state: none, one or two."""
    cues = sorted(TRAIT_WORDS)
    count = random.choices((0, 1, 2), (40, 54, 6))[0]
    return frozenset(random.sample(cues, count))


def _assembled(family: str, wanted: frozenset[str], random: Random, lora: bool, held_out: bool) -> str:
    """Return a name of random words, with the family's tag, a version and technical suffixes as people add them."""
    words = random.sample(vocabulary(held_out), random.choice((1, 1, 2)) if wanted else random.choice((1, 2, 2)))
    for cue in sorted(wanted):
        unseen = held_out and random.random() < 0.5
        words.append(random.choice((HELD_OUT_TRAIT_WORDS if unseen else TRAIT_WORDS)[cue]))
    random.shuffle(words)
    if random.random() < (0.45 if lora else 0.4):
        words.append(random.choice(_LORA_FILLERS if lora else _FILLERS))
    core = _joined(words, random)
    tag = _tag(family, wanted, random)
    author = f"_by{random.choice(vocabulary(held_out)).capitalize()}" if random.random() < 0.06 else ""
    version = random.choice(_VERSIONS)
    technical = random.choice(_LORA_TECHNICAL if lora else _TECHNICAL)
    if not lora and family and FAMILIES[family].popularity.distilled and random.random() < 0.06:
        technical = random.choice(("_turbo", "_lightning", "_lcm", "_hyper", "Turbo", "Lightning"))
    suffix = ".ckpt" if not lora and random.random() < 0.03 else ".safetensors"
    core = tag + core if tag.endswith(("_", "-")) else core + tag
    return f"{core}{version}{author}{technical}{suffix}"


def _tag(family: str, wanted: frozenset[str], random: Random) -> str:
    """Return how the name states the family; empty where it is not to."""
    if not family:
        return ""
    tags = TAGS[family]
    anime = tuple(tag for line in FAMILIES[family].variants if "anime" in line.good_at for tag in line.name_tags)
    if "anime" in wanted and anime and random.random() < 0.4:
        tags = anime
    return random.choice(tags)


def _joined(words: list[str], random: Random) -> str:
    """Return the words as one: camelCase, PascalCase, snake_case, with dashes, or run together.

    Words that are only readable on their own, such as "oil" or "raw", stay separate.
    """
    shape = random.choice(("camel", "camel", "pascal", "snake", "snake", "dash", "Dash", "run"))
    if any(len(word) <= 3 for word in words) and shape in ("camel", "pascal", "run"):
        shape = random.choice(("snake", "dash", "Dash"))
    if shape == "camel":
        return words[0].lower() + "".join(word[0].upper() + word[1:] for word in words[1:])
    if shape == "pascal":
        return "".join(word[0].upper() + word[1:] for word in words)
    if shape == "run":
        return "".join(words).lower()
    if shape == "Dash":
        return "-".join(word[0].upper() + word[1:] for word in words)
    return ("_" if shape == "snake" else "-").join(words).lower()
