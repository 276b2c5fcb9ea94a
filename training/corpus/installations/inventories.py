"""Simulated installations: which model files a person might have. Names only, no weights.

An installation has known files (known_files.py) and invented ones (invented.py) of one family or several, few or many,
with the text encoders, VAEs and upscalers beside them; some have GGUF files (gguf.py). In a real installation the
family of a file comes from its header; here a file has the family it was drawn for, which its name states in most
cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from ....miniature.installation import ZOO_FILES
from ....workflow.ask.words import STYLES, style_name
from ....workflow.catalog.catalog import ModelFile
from ....workflow.catalog.file_facts import FileFacts
from ....workflow.catalog.good_at import good_at
from ....workflow.catalog.identify import Identity, identify
from ....workflow.catalog.model_files import model_files
from ....workflow.families.lookup import FAMILIES
from .gguf import GGUF_INSTALLATIONS, with_gguf_files
from .invented import TAGS, invented_name
from .known_files import CURATED, ENCODER_FILES, IMAGE_FAMILIES, VAE_FILES, KnownFiles, files_beside
from .traits import HELD_OUT_TRAIT_WORDS, TEXT_FAMILIES, traits

__all__ = ["HELD_OUT_TRAIT_WORDS", "IMAGE_FAMILIES", "TEXT_FAMILIES", "draw_inventory", "traits"]

STATED = 0.3
"""Share of the files whose names do not state what they are good at that have a sidecar that does."""
_Entry = tuple[str, str, Identity]  # folder, name, identity

_FAMILIES = tuple(name for name in IMAGE_FAMILIES if FAMILIES[name].standalone)  # a refiner is never alone
_MAIN_COUNTS = ((1, 17), (2, 18), (3, 19), (4, 14), (5, 10), (6, 7), (8, 6), (11, 4), (15, 3), (21, 1), (30, 1))
_LORA_COUNTS = ((0, 16), (1, 13), (2, 14), (3, 14), (4, 12), (6, 11), (8, 8), (11, 5), (15, 4), (25, 2))
_UPSCALER_COUNTS = ((0, 40), (1, 28), (2, 18), (3, 8), (4, 4), (5, 2))


def draw_inventory(random: Random, *, held_out: bool = False, known: KnownFiles = CURATED) -> tuple[ModelFile, ...]:
    """Return the model files of one simulated installation; the same for the same seed and known files.

    The main models, LoRAs and upscalers of a held-out installation have names that are never drawn otherwise. Text
    encoders and VAEs have the same few names everywhere. Three of ten installations have some or all of the zoo
    (miniature/), one of ten has nothing else, and none that is held out has any of it.
    """
    found: dict[tuple[str, str], _Entry] = {}
    if not held_out and random.random() < 0.3:
        _add_zoo(found, random)
        if random.random() < 1 / 3:
            return _files(found)
    count = _spread(random, _MAIN_COUNTS)
    families = _drawn_families(random, count)
    for family in _shared_out(random, families, count):
        _add_main(found, random, family, held_out, known)
    for family in random.choices(families, k=_spread(random, _LORA_COUNTS)):
        _add_lora(found, random, family, held_out, known)
    for entry in list(found.values()):
        if entry[0] == "diffusion_models":
            _add_beside(found, random, entry)
    upscalers = known.of("upscale_models", "", held_out=held_out)
    wanted = min(_spread(random, _UPSCALER_COUNTS), len(upscalers))
    for file in random.sample(upscalers, wanted):
        _add(found, file.folder, file.name, identify(file.folder, file.name))
    if random.random() < GGUF_INSTALLATIONS:
        found = with_gguf_files(found, random, held_out=held_out)
    return tuple(_with_facts(file, random) for file in _files(found))


def _with_facts(file: ModelFile, random: Random) -> ModelFile:
    """Return a file whose name does not state what it is good at with a sidecar that does, in a share of STATED."""
    if file.role not in ("checkpoint", "diffusion_model", "lora") or good_at(file) or random.random() >= STATED:
        return file
    style = random.choice(STYLES)
    tags = (style_name(style), "style", "base model")
    return replace(file, facts=FileFacts(tags=tags, sources=(("tags", "sidecar"),)))


def _spread(random: Random, counts: Sequence[tuple[int, int]]) -> int:
    """Return a count: one of the steps by its weight, spread down to the step below it."""
    index = random.choices(range(len(counts)), [weight for _, weight in counts])[0]
    high = counts[index][0]
    low = counts[index - 1][0] + 1 if index else high
    return random.randint(min(low, high), high)


def _drawn_families(random: Random, mains: int) -> list[str]:
    """Return different families, at most one for each main model, by how common they are."""
    wanted = min(mains, random.choices((1, 2, 3, 4, 6), (42, 28, 16, 9, 5))[0])
    families: list[str] = []
    while len(families) < wanted:
        family = random.choices(_FAMILIES, [FAMILIES[name].popularity.weight for name in _FAMILIES])[0]
        if family not in families:
            families.append(family)
    return families


def _shared_out(random: Random, families: Sequence[str], count: int) -> list[str]:
    """Return the family of each main model: every family once, and most of the rest in the first ones."""
    rest = random.choices(families, [1 / (index + 1) for index in range(len(families))], k=count - len(families))
    return [*families, *rest]


def _add(found: dict[tuple[str, str], _Entry], folder: str, name: str, identity: Identity) -> None:
    found.setdefault((folder, name), (folder, name, identity))


def _of_family(folder: str, name: str, family: str) -> Identity:
    """Return what the file is by name, in the family that its header would show."""
    return replace(identify(folder, name), families=frozenset({family}))


def _add_main(
    found: dict[tuple[str, str], _Entry], random: Random, family: str, held_out: bool, known: KnownFiles
) -> None:
    folder = "checkpoints" if random.random() < FAMILIES[family].popularity.checkpoints else "diffusion_models"
    files = known.of(folder, family, held_out=held_out)
    if files and random.random() < 0.5:
        name = random.choice(files).name
    else:
        name = invented_name(family, random, held_out=held_out)
    _add(found, folder, name, _of_family(folder, name, family))
    refiners = known.of("checkpoints", "sdxl_refiner", held_out=held_out)
    if family == "sdxl" and refiners and random.random() < 0.06:
        refiner = random.choice(refiners)
        _add(found, refiner.folder, refiner.name, _of_family(refiner.folder, refiner.name, refiner.family))


def _add_lora(
    found: dict[tuple[str, str], _Entry], random: Random, family: str, held_out: bool, known: KnownFiles
) -> None:
    files = known.of("loras", family, held_out=held_out)
    if files and random.random() < 0.35:
        name = random.choice(files).name
    elif family in TAGS:
        name = invented_name(family, random, lora=True, held_out=held_out)
    else:
        return
    _add(found, "loras", name, _of_family("loras", name, family))


def _add_zoo(found: dict[tuple[str, str], _Entry], random: Random) -> None:
    """Add all of the zoo, or at least one checkpoint and some of the rest."""
    share = 1.0 if random.random() < 0.5 else random.random()
    for folder, names in ZOO_FILES.items():
        some = [name for name in names if random.random() < share]
        if folder == "checkpoints" and not some:
            some = [random.choice(names)]
        for name in some:
            _add(found, folder, name, identify(folder, name))


def _add_beside(found: dict[tuple[str, str], _Entry], random: Random, main: _Entry) -> None:
    """Add the text encoders and the VAE that a diffusion model needs; encoders that are there already serve as well."""
    ways, space = files_beside(next(iter(main[2].families)))
    there = {entry[2].encoder for entry in found.values() if entry[0] == "text_encoders"}
    if ways and not any(there.issuperset(way) for way in ways):
        way = ways[0] if random.random() < 0.8 else random.choice(ways)
        for encoder in way:
            if encoder not in there:
                name = random.choice(ENCODER_FILES[encoder])
                _add(found, "text_encoders", name, identify("text_encoders", name))
    if space is not None:
        name = random.choice(VAE_FILES[space])
        _add(found, "vae", name, identify("vae", name))


def _files(found: dict[tuple[str, str], _Entry]) -> tuple[ModelFile, ...]:
    return model_files(found.values())
