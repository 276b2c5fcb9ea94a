"""What a prompt says in exact syntax, and what is left for the picture model."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from installation_data import SET_UP, read_object_info

from nodewright.workflow.ask.ask import Ask, Enlargement, Named, Ratio, Size
from nodewright.workflow.ask.program_names import SAMPLERS, SCHEDULERS, read_sampler
from nodewright.workflow.ask.syntax import MAXIMUM_READ, read_ask

PASTED = (
    "a lighthouse in a (red storm:1.2)\nNegative prompt: lowres, bad anatomy\n"
    "Steps: 30, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 12345, Size: 512x768, Model hash: 12ab, "
    "Model: dreamshaper_8, Clip skip: 2, Hires upscale: 1.5, Hires upscaler: 4x-UltraSharp"
)


@pytest.mark.parametrize(
    ("prompt", "text", "expected"),
    [
        ("a fox, 1920x1080", "a fox", {"size": Size(1920, 1080)}),
        ("a fox 1024 × 1536", "a fox", {"size": Size(1024, 1536)}),
        ("a fox, 832 by 1216", "a fox", {"size": Size(832, 1216)}),
        ("a fox, width 640 height 960, dusk", "a fox, dusk", {"size": Size(640, 960)}),
        ("a fox 896 px wide and 1152 px tall, dusk", "a fox, dusk", {"size": Size(896, 1152)}),
        ("size: 1024x576. a fox", "a fox", {"size": Size(1024, 576)}),
        ("a fox, 2x3 aspect", "a fox", {"ratio": Ratio(2, 3)}),
        ("4 by 3, a fox", "a fox", {"ratio": Ratio(4, 3)}),
        ("an aspect ratio of 5 to 4 please, a fox", "a fox", {"ratio": Ratio(5, 4)}),
        ("an empty library without any people", "an empty library", {"negative": "people"}),
        ("a fox in 16:9 format at dusk", "a fox at dusk", {"ratio": Ratio(16, 9)}),
        ("16:9 wallpaper of a fox", "wallpaper of a fox", {"ratio": Ratio(16, 9)}),
        ("a cake, aspect ratio 4:5", "a cake", {"ratio": Ratio(4, 5)}),
        ("a cake, 3:2, oil", "a cake, oil", {"ratio": Ratio(3, 2)}),
        ("castle --ar 3:4", "castle", {"ratio": Ratio(3, 4)}),
        ("castle --no people, cars --ar 3:4", "castle", {"ratio": Ratio(3, 4), "negative": "people, cars"}),
        ("castle --v 6 --style raw --tile", "castle", {"unsupported": ("--v 6", "--style raw", "--tile")}),
        ("a cat <lora:pixel-xl:0.8> <lora:b:.5>", "a cat", {"loras": (Named("pixel-xl", 0.8), Named("b", 0.5))}),
        ("<lora:水墨> a cat", "a cat", {"loras": (Named("水墨"),)}),
        ("a cat, 12 steps, cfg 3.5", "a cat", {"steps": 12, "cfg": 3.5}),
        ("a cat with 25 sampling steps", "a cat", {"steps": 25}),
        ("a temple with 12 steps and cfg 4.5", "a temple", {"steps": 12, "cfg": 4.5}),
        ("a cat, seed 42, clip skip 2", "a cat", {"seed": 42, "clip_skip": 2}),
        ("batch of 4, a dog", "a dog", {"batch": 4}),
        ("four variations, a dog", "a dog", {"batch": 4}),
        ("euler a, a dog", "a dog", {"sampler": "euler_ancestral", "scheduler": None}),
        ("a dog dpmpp_2m karras 20 steps", "a dog", {"sampler": "dpmpp_2m", "scheduler": "karras", "steps": 20}),
        ("a dog, no upscaling", "a dog", {"enlargement": Enlargement(False)}),
        ("a dog, then upscale it by 2x", "a dog", {"enlargement": Enlargement(True, 2.0)}),
        ("a dog upscaled 4x with 4x-UltraSharp", "a dog", {"enlargement": Enlargement(True, 4.0, "4x-UltraSharp")}),
        (
            PASTED,
            "a lighthouse in a (red storm:1.2)",
            {
                "negative": "lowres, bad anatomy", "steps": 30, "sampler": "dpmpp_2m", "scheduler": "karras",
                "cfg": 7.0, "seed": 12345, "size": Size(512, 768), "model": "dreamshaper_8", "clip_skip": 2,
                "enlargement": Enlargement(True, 1.5, "4x-UltraSharp"), "unsupported": ("Model hash: 12ab",),
            },
        ),
    ],
)  # fmt: skip
def test_what_is_said_is_read_and_leaves_the_text(prompt: str, text: str, expected: dict[str, Any]) -> None:
    ask = read_ask(prompt)
    assert ask.text == text
    assert {name: getattr(ask, name) for name in expected} == expected


@pytest.mark.parametrize(
    "prompt",
    [
        "a 2:1 victory for the red team",
        "the twelve steps of a temple",
        "a temple with 12 steps",
        "steps of a temple",
        "a train leaving at 9:16 pm",
        "a clock at 4:3",
        "John 3:16 on a sign",
        "a 100 x 200 m field",
        "a room of 3x4 m",
        "a chess game, 8x8 board",
        "a (red hat:1.2) on a ((dog))",
        "embedding:easynegative, a dog",
        "an upscale restaurant",
        "a film negative: black and white",
        "seeds of a pumpkin, a batch of cookies",
        "the world war 2:1.2 figures",
        "normal people in a simple house, karras",
    ],
)
def test_what_only_looks_like_a_statement_stays(prompt: str) -> None:
    assert read_ask(prompt) == Ask(prompt, prompt)


def test_the_last_statement_counts() -> None:
    assert read_ask("a fox, 16:9, dusk, 4:5").ratio == Ratio(4, 5)


def test_a_size_decides_the_ratio() -> None:
    ask = read_ask("a fox, 1:1, 1200x800")
    assert ask.ratio is not None
    assert ask.ratio.value == 1.5


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("DPM++ 2M Karras", ("dpmpp_2m", "karras")),
        ("DPM++ 2M SDE Exponential", ("dpmpp_2m_sde", "exponential")),
        ("Euler a", ("euler_ancestral", None)),
        ("DPM++ 2S a Karras", ("dpmpp_2s_ancestral", "karras")),
        ("DPM2 a Karras", ("dpm_2_ancestral", "karras")),
        ("DPM++ 2M Karras Sharp v1", ("dpmpp_2m", "karras")),
        ("UniPC", ("uni_pc", None)),
        ("EulerAncestralDiscreteScheduler", ("euler_ancestral", None)),
        ("k_dpmpp_2m", ("dpmpp_2m", None)),
        ("Restart", (None, None)),
    ],
)
def test_samplers_of_other_programs(name: str, expected: tuple[str | None, str | None]) -> None:
    assert read_sampler(name) == expected


def test_every_name_is_one_of_comfyui() -> None:
    inputs = read_object_info(SET_UP)["KSampler"]["input"]["required"]
    assert set(SAMPLERS.values()) <= set(inputs["sampler_name"][0])
    assert set(SCHEDULERS.values()) <= set(inputs["scheduler"][0])


SCENES = st.sampled_from(["a fox in the snow", "(red hair:1.2) woman", "城の夜", "a bridge, rain, oil on canvas"])
STATEMENTS = st.one_of(
    st.tuples(st.integers(64, 4096), st.integers(64, 4096)).map(lambda s: (f"{s[0]}x{s[1]}", "size", Size(*s))),
    st.integers(1, 150).map(lambda n: (f"{n} steps", "steps", n)),
    st.integers(0, 100).map(lambda n: (f"cfg {n / 4}", "cfg", n / 4)),
    st.integers(0, 2**62).map(lambda n: (f"seed: {n}", "seed", n)),
    st.integers(1, 64).map(lambda n: (f"batch of {n}", "batch", n)),
    st.sampled_from(
        [("DPM++ SDE Karras", "sampler", "dpmpp_sde"), ("no upscaling", "enlargement", Enlargement(False))]
    ),
)


@given(SCENES, st.lists(STATEMENTS, min_size=1, max_size=5, unique_by=lambda one: one[1]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_statements_in_any_order_are_read(scene: str, said: list[tuple[str, str, Any]], first: bool) -> None:
    parts = [text for text, _, _ in said]
    ask = read_ask(", ".join([scene, *parts] if not first else [*parts, scene]))
    assert ask.text == scene
    assert {name: getattr(ask, name) for _, name, _ in said} == {name: value for _, name, value in said}
    for one in ask.statements:
        assert 0 <= one.start < one.end <= len(ask.prompt)


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from([*"<>:-, \n.x19", "--", "lora", "ar", "16:9", "Steps: "])).map("".join)
)
@settings(max_examples=300, deadline=None)
def test_any_text_can_be_read(prompt: str) -> None:
    ask = read_ask(prompt)
    assert set(ask.text) <= set(prompt) | {" ", ","}
    if not ask.statements:
        assert ask.text == prompt


def test_long_texts_are_read_in_their_beginning() -> None:
    for piece in ("1x1,", "16:9 ", "12 steps, ", "<lora:", "--no ", "Steps: 1,"):
        read_ask(piece * (500_000 // len(piece)))
    assert read_ask("a" * MAXIMUM_READ + ", 16:9").ratio is None


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ("Generate an image of a red fox. The result should be a high-quality image.", "a red fox."),
        ("make me a picture of a castle", "a castle"),
        ("Please create a photo of a cat", "a photo of a cat"),
        ("could you generate a high-quality image of two cats", "two cats"),
        ("I want an image showing a dog on a bike", "a dog on a bike"),
        ("Create an image where a robot paints. Make sure it is detailed.", "a robot paints."),
        ("The image should be in watercolor style. A fox.", "in watercolor style. A fox."),
        ("a girl makes a picture of a castle", "a girl makes a picture of a castle"),
        ("a man who wants to draw a circle", "a man who wants to draw a circle"),
        ("a painter creates an image", "a painter creates an image"),
    ],
)
def test_what_only_orders_leaves_the_text(prompt: str, text: str) -> None:
    assert read_ask(prompt).text == text


def test_an_order_of_steps_is_read() -> None:
    ask = read_ask("First, create a lake at dawn. Then upscale the image by 4x.")
    assert (ask.text, ask.enlargement) == ("a lake at dawn.", Enlargement(True, 4.0))
    ask = read_ask("Draw a fox in a hat, then turn it into an oil painting")
    assert (ask.text, ask.restyle) == ("a fox in a hat", "an oil painting")


@pytest.mark.parametrize(
    "prompt", ['a poster with the title "MOON" at the top', "a sign that says 'MOON'", "text “MOON”"]
)
def test_lettering_is_read_and_stays(prompt: str) -> None:
    ask = read_ask(prompt)
    assert (ask.text, ask.lettering) == (prompt, ("MOON",))


@pytest.mark.parametrize(
    ("prompt", "what"),
    [
        ("a video of a fox running", ("a video",)),
        ("edit my photo so that the sky is blue", ("an edit of a picture that exists",)),
        ("remove the background from this image", ("an edit of a picture that exists",)),
        ("a man edits a film in a dark room", ()),
    ],
)
def test_what_no_picture_from_text_can_be_is_found(prompt: str, what: tuple[str, ...]) -> None:
    assert read_ask(prompt).impossible == what


def test_what_stands_in_quotes_is_lettering() -> None:
    ask = read_ask('a sign that says "STEPS: 12, 16:9", 4:3')
    assert (str(ask.ratio), ask.steps, ask.lettering) == ("4:3", None, ("STEPS: 12, 16:9",))
    assert ask.text == 'a sign that says "STEPS: 12, 16:9"'
    assert str(read_ask('"a fox, 16:9"').ratio) == "16:9"


@pytest.mark.parametrize(
    ("prompt", "text", "said"),
    [
        ("a snow leopard, upscale it", "a snow leopard", ("enlarge", None)),
        ("a statue, enlarge by a factor of 1.5", "a statue", ("enlarge", 1.5)),
        ("an owl, double the resolution at the end", "an owl", ("enlarge", 2.0)),
        ("a barn and upscale the result", "a barn", ("enlarge", None)),
        ("a street, negative: text, watermark", "a street", ("negative", "text, watermark")),
        ("no text, a cliff house", "a cliff house", ("negative", "text")),
        ("a beach with shells but no crabs", "a beach with shells", ("negative", "crabs")),
        ("a beach and no people, at dusk", "a beach, at dusk", ("negative", "people")),
        ("a street, without any cars, dusk", "a street, dusk", ("negative", "cars")),
        ("an acorn, 2 images", "an acorn", ("batch", 2)),
        ("a lamp post, 4 pictures please", "a lamp post", ("batch", 4)),
        ("upscale with the UltraSharp model, a dusty attic", "a dusty attic", ("enlarge", None)),
        ("a tram, use uni_pc", "a tram", ("sampler", "uni_pc")),
        ("wolves on a ridge, 16x9", "wolves on a ridge", ("ratio", 16 / 9)),
        ("a geyser in 4:3", "a geyser", ("ratio", 4 / 3)),
        ("ratio 16/9, boats", "boats", ("ratio", 16 / 9)),
        ("a pagoda in 15 steps", "a pagoda", ("steps", 15)),
        ("a quarry, step count 22", "a quarry", ("steps", 22)),
        ("a magpie, --width 960 --height 1280", "a magpie", ("ratio", 0.75)),
        ("a hallway. Avoid: clutter, plants", "a hallway.", ("negative", "clutter, plants")),
    ],
)
def test_more_forms_of_statements(prompt: str, text: str, said: tuple[str, object]) -> None:
    ask = read_ask(prompt)
    assert ask.text == text
    values: dict[str, object] = {"negative": ask.negative, "batch": ask.batch}
    values |= {"enlarge": ask.enlargement and ask.enlargement.factor}
    values |= {"sampler": ask.sampler, "ratio": ask.ratio and ask.ratio.value, "steps": ask.steps}
    assert values[said[0]] == said[1]
    assert said[0] in {one.kind for one in ask.statements} or ask.size is not None


@pytest.mark.parametrize(
    "prompt",
    [
        "a batch of 4 muffins on a rack",
        "2 photos of a dog",
        "1girl, no humans, a 3x4 grid",
        "a 2 by 4 plank on a bench",
        "he won 5 to 4 in the final, crowd cheering",
        "a ratio of 3 to 1 between gold and silver coins",
        "Size: large. a dog",
    ],
)
def test_more_look_alikes_stay(prompt: str) -> None:
    assert read_ask(prompt).text == prompt


@pytest.mark.parametrize(
    ("form", "what", "value"),
    [
        ("use 24 steps for {}", "steps", 24),
        ("use 24 steps, {}", "steps", 24),
        ("{}, run 24 steps", "steps", 24),
        ("{} with twenty steps", "steps", 20),
        ("{}, thirty steps", "steps", 30),
        ("{}, 24 Schritte", "steps", 24),
        ("{}, 24 pasos", "steps", 24),
        ("{}, en 24 étapes", "steps", 24),
        ("{}, 24 passos", "steps", 24),
        ("{}, 24 шага", "steps", 24),
        ("{}，24步", "steps", 24),
        ("{}、24ステップで", "steps", 24),
        ("{}, 24단계로", "steps", 24),
        ("{} x4 images", "batch", 4),
        ("{}, 4x images", "batch", 4),
        ("{}, images x4", "batch", 4),
        ("generate a batch of 6: {}", "batch", 6),
        ("a batch of 6: {}", "batch", 6),
        ("a batch of 6 images of {}", "batch", 6),
        ("{}, set of 6", "batch", 6),
        ("make 5 of them: {}", "batch", 5),
        ("{}, make 5 of them", "batch", 5),
        ("{}, give me 4", "batch", 4),
        ("make four: {}", "batch", 4),
        ("4 pictures please: {}", "batch", 4),
        ("vier Bilder, {}", "batch", 4),
        ("{}, 4 Bilder bitte", "batch", 4),
        ("{}, quatre images", "batch", 4),
        ("{}, 4 imágenes", "batch", 4),
        ("{}, quatro imagens", "batch", 4),
        ("{}, 4 картинки", "batch", 4),
        ("{}，四张", "batch", 4),
        ("{}、4枚", "batch", 4),
        ("{}, 4장", "batch", 4),
        ("4:5 crop, {}", "ratio", "4:5"),
        ("{}, 4:5 crop", "ratio", "4:5"),
        ("a 4:5 crop of {}", "ratio", "4:5"),
        ("{}, cropped to 4:5", "ratio", "4:5"),
        ("{}, 4:5 framing", "ratio", "4:5"),
        ("{} on a 4:5 canvas", "ratio", "4:5"),
        ("{}, 4:5 Hochformat", "ratio", "4:5"),
        ("{}, formato 4:5", "ratio", "4:5"),
        ("{}, 2x bigger with UltraSharp", "enlargement", "2x UltraSharp"),
        ("{} 2x with UltraSharp", "enlargement", "2x UltraSharp"),
        ("{}, UltraSharp 2x", "enlargement", "2x UltraSharp"),
        ("{}, upscale 2x using UltraSharp", "enlargement", "2x UltraSharp"),
        ("{}, upscale 2x with the UltraSharp upscaler", "enlargement", "2x UltraSharp"),
        ("{}, exclude roads and cars", "negative", "roads and cars"),
        ("{}. Avoid: roads, cars", "negative", "roads, cars"),
        ("Avoid: roads, cars. {}", "negative", "roads, cars"),
        ("{}, avoid roads", "negative", "roads"),
        ("{}, without: roads, 16:9", "negative", "roads"),
        ("{}, don't show roads", "negative", "roads"),
        ("{}, leave out roads", "negative", "roads"),
        ("{}. It should not contain roads.", "negative", "roads"),
        ("{}, ohne Autos", "negative", "Autos"),
        ("{}, keine Autos", "negative", "Autos"),
        ("{}, sans voitures", "negative", "voitures"),
        ("{}, pas de voitures", "negative", "voitures"),
        ("{}, sin coches", "negative", "coches"),
        ("{}, sem carros", "negative", "carros"),
        ("{}, без машин", "negative", "машин"),
        ("{}，不要人", "negative", "人"),
        ("{}、人なし", "negative", "人"),
        ("{}, 사람 없이", "negative", "사람"),
    ],
)
def test_numbers_and_exclusions_in_many_wordings(form: str, what: str, value: object) -> None:
    ask = read_ask(form.format("a flower market"))
    enlargement = ask.enlargement
    said = {
        "steps": ask.steps, "batch": ask.batch, "ratio": str(ask.ratio), "negative": ask.negative,
        "enlargement": enlargement and f"{enlargement.factor:g}x {enlargement.upscaler}",
    }  # fmt: skip
    assert (ask.text.strip("."), said[what]) == ("a flower market", value)


@pytest.mark.parametrize(
    "prompt",
    [
        "a 4:3 screen on a desk",
        "a score of 2:1, picture this",
        "a temple with 20 steps",
        "a dancer with twenty steps to learn",
        "use 24 steps to climb the tower",
        "he takes 24 steps",
        "12 pasos de baile",
        "24 шага до моря",
        "a batch of 6 muffins",
        "a set of 6 chairs",
        "a boat x4",
        "a cat, 2x bigger than a dog",
        "a lynx with ultra sharp claws",
        "avoid the crowd sign",
        "a man who avoids people",
        "a sign saying avoid people",
        "she does not include him",
        "a poster, sin city",
        "a mage, sinister portrait",
        "a band, singer and guitarist",
        "a frog, semirealism, single body",
        "a page, sans serif",
        "a dance, pas de deux",
        "ein Mann ohne Hut",
        "a forest without people",
        "un homme sans visage",
        "两只猫",
        "三枚の葉",
    ],
)
def test_look_alikes_of_numbers_and_exclusions_stay(prompt: str) -> None:
    ask = read_ask(prompt)
    assert ask.text == prompt
    assert {one.kind for one in ask.statements} <= {"style", "effort", "shape"}


@pytest.mark.parametrize(
    "prompt",
    ["hires fix please, a bazaar", "a bazaar, hires.fix", "a bazaar with hi-res fix", "a bazaar, use high res fix"],
)
def test_a_second_pass_is_asked_for_by_its_name(prompt: str) -> None:
    ask = read_ask(prompt)
    assert (ask.text, ask.effort, ask.enlargement) == ("a bazaar", "detailed", None)


def test_no_second_pass_is_asked_for_by_its_name() -> None:
    ask = read_ask("a bazaar, no hires fix")
    assert (ask.text, ask.effort, ask.enlargement) == ("a bazaar", None, Enlargement(False))
