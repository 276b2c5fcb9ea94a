"""Cues in prompts: what is read, what is not, and what wins."""

from __future__ import annotations

import pytest

from nodewright.training.corpus.prompts.cues import CUES, EFFORT_CUES, SIZE_CUES, cues

EXAMPLES = {
    # sizes
    "phone wallpaper with a fox": {"tall"},
    "a mobile wallpaper of koi": {"tall"},
    "a wallpaper for my phone, green hills": {"tall"},
    "desktop wallpaper, green hills": {"wide"},
    "Wallpaper of a nebula": {"wide"},
    "a panorama of the alps": {"wide"},
    "cinematic wide shot of a ruined temple": {"wide"},
    "a city at night, 16:9": {"wide"},
    "a city at night, 9:16": {"tall"},
    "a city at night, 1:1": {"square"},
    "a lake, 1920x1080": {"wide"},
    "a lake, 832 x 1216": {"tall"},
    "a lake, 1024x1024": {"square"},
    "portrait of an old man": {"tall"},
    "full-body shot of a knight": {"tall"},
    "a movie poster with a whale": {"tall"},
    "an avatar of a cat": {"square"},
    "album cover with a burning piano": {"square"},
    "a portrait of a queen in landscape format": {"wide"},
    "a poster of a ship, 16:9": {"wide"},
    "vertical panorama of a waterfall": {"tall"},
    "a panorama, then a portrait of it": {"wide"},
    # styles
    "a photo of a dog": {"photo"},
    "a dog, 35mm, DSLR": {"photo"},
    "photo-realistic dog": {"photo"},
    "Photorealistic dog": {"photo"},
    "Anime girl under a tree": {"anime"},
    "a waifu with blue hair": {"anime"},
    "MANGA panel of a duel": {"anime"},
    "pixel art of a castle": {"pixel_art"},
    "a castle, 8-bit": {"pixel_art"},
    "pixel_art castle": {"pixel_art"},
    "an oil painting of a bay": {"painting"},
    "a bay, watercolour": {"painting"},
    "a bay, painting": {"painting"},
    "a logo for a bakery": {"logo"},
    "an app icon of a fox": {"logo", "square"},
    'a fox with a sign that says "OPEN"': {"text"},
    "a neon sign reading moonlight diner": {"text"},
    "a cake with the words happy birthday on it": {"text"},
    "a mug with 'Good Morning' on it": {"text"},
    "a painting of a samurai, anime style": {"painting", "anime"},
    # effort
    "quick sketch of a boat": {"quick"},
    "a boat, rough draft": {"quick"},
    "a doodle of a boat": {"quick"},
    "a highly detailed boat": {"detailed"},
    "a boat, intricate details, 8 k": {"detailed"},
    "a boat in print quality": {"detailed"},
    "a quick sketch of a highly detailed boat": {"quick"},
    "a highly detailed boat, later a quick sketch": {"detailed"},
    # all kinds at once
    "phone wallpaper, anime girl, quick sketch": {"tall", "anime", "quick"},
    "photo of a bay, 21:9, print quality": {"photo", "wide", "detailed"},
}

WITHOUT = [
    "a red fox",
    "the manganese mine",  # "manga"
    "animesh walking home",  # "anime"
    "a telephone on a table",
    "two photons colliding",  # "photo"
    "an iconic bridge",  # "icon"
    "a fox texting its mother",
    "a sprightly dancer",  # "sprite"
    "a town square at noon",
    "a landscape portrait gallery",
    "landscape portrait",
    "a man in front of peeling wallpaper",
    "a turtle on the left of a painting",
    "a woman painting a fence",
    "a fashion icon at a gala",
    "the quick brown fox",
    "a draft horse in a field",
    "a boat, intricate, 8 k",
    "a can of sprite",
    "a boat, no text",
    "a boat, not a photo",
    "a boat without any text",
    "a boat at 10:30",
    "3x4 grid of boxes",
    "the dogs' and cats' bowls",
    '"a whole prompt in quotes"',
    'a scene from "Metropolis"',
    "",
    "!!! ,,, ...",
]


@pytest.mark.parametrize("prompt", EXAMPLES)
def test_a_cue_is_read(prompt: str) -> None:
    assert cues(prompt) == EXAMPLES[prompt]


@pytest.mark.parametrize("prompt", WITHOUT)
def test_what_only_looks_like_a_cue_is_none(prompt: str) -> None:
    assert cues(prompt) == frozenset()


def test_every_cue_has_an_example() -> None:
    assert set().union(*EXAMPLES.values()) == set(CUES)


@pytest.mark.parametrize("prompt", EXAMPLES)
def test_case_and_surroundings_do_not_matter(prompt: str) -> None:
    for other in (prompt.upper(), f"  {prompt}. ", f"{prompt}, by the sea"):
        assert cues(other) == EXAMPLES[prompt], other


def test_at_most_one_size_and_one_effort() -> None:
    sizes, efforts = ("portrait", "panorama", "avatar", "16:9"), ("draft", "8k", "intricate")
    for size in sizes:
        for other in sizes:
            for effort in efforts:
                found = cues(f"a tree, {size}, {effort}, {other}, {efforts[0]}")
                assert len(found & set(SIZE_CUES)) == 1
                assert len(found & set(EFFORT_CUES)) == 1
