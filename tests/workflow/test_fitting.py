"""What fits is chosen: main models, LoRAs, shape, sampling and stages, as a person with these files would."""

from __future__ import annotations

import random
import re

import pytest
from artist import artist, artist_catalog
from comfyui_walks import walk
from inventories import sdxl_checkpoint, unet_lora

from nodewright.workflow.ask.corrections import Corrections
from nodewright.workflow.asked import Asked, asked_of
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.families.lookup import FAMILIES
from nodewright.workflow.fitting.files import family_of
from nodewright.workflow.fitting.languages import language_of, reads
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.wishes import Wishes, asked_sizes
from nodewright.workflow.graph import Text, Workflow
from nodewright.workflow.recommended_settings import recommended_for
from nodewright.workflow.sense.base_sizes import base_sizes

WALKS = 2
MODERN = {"flux", "qwen_image", "z_image"}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return artist_catalog(tmp_path_factory.mktemp("artist"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """SDXL alone, with LoRAs of a subject, for Pony, and for watercolours."""
    names = ("sd_xl_base_1.0", "ponyDiffusionV6XL", "waiIllustriousSDXL_v140")
    files = {f"checkpoints/{name}.safetensors": sdxl_checkpoint() for name in names}
    loras = ("mysticfox_v2_xl", "sailormoon_xl_pony", "watercolor_sdxl")
    files |= {f"loras/{name}.safetensors": unet_lora(2048) for name in loras}
    return artist_catalog(tmp_path_factory.mktemp("small"), files)


def _asked(prompt: str, catalog: Catalog, **corrections: str) -> Asked:
    return asked_of(prompt, catalog, Constraints(), Corrections(**corrections))


def _mains(asked: Asked) -> set[str]:
    return {alias.split("/")[1] for alias in asked.constraints.wishes.mains}


def _families(asked: Asked, catalog: Catalog) -> set[str]:
    files = [catalog.by_alias(alias) for alias in asked.constraints.wishes.mains]
    return {family_of(file) for file in files if file is not None}


def _workflows(asked: Asked, catalog: Catalog) -> list[Workflow]:
    grammar, _ = asked.grammar(catalog)
    rng = random.Random(asked.ask.prompt)
    return [walk(grammar, rng).workflow() for _ in range(WALKS)]


def _values(workflow: Workflow, name: str) -> list[float]:
    return [float(str(value)) for node in workflow.nodes for key, value in node.inputs if key == name]


def _first_size(workflow: Workflow) -> tuple[float, float]:
    return next(
        (float(str(values["width"])), float(str(values["height"])))
        for node in reversed(workflow.nodes)
        if "Empty" in node.class_type and (values := dict(node.inputs)).keys() >= {"width", "height"}
    )


# -- main models and LoRAs -----------------------------------------------------------------------------------------


def test_where_nothing_is_asked_several_modern_general_models_are_left(catalog: Catalog) -> None:
    asked = _asked("a fox", catalog)
    assert _families(asked, catalog) == MODERN
    assert "flux1_schnell" not in _mains(asked)


@pytest.mark.parametrize(
    ("style", "mains"),
    [
        ("anime", {"wainsfwillustrious_v140", "ponydiffusionv6xl_v6startwiththisone"}),
        ("photo", {"juggernautxl_ragnarokby", "flux1_dev"}),
        ("pixel art", {"sd_xl_base_1_0"}),
    ],
)
def test_what_is_made_for_a_style_is_chosen(style: str, mains: set[str], catalog: Catalog) -> None:
    asked = _asked("a fox", catalog, style=style)
    assert _mains(asked) <= mains and _mains(asked)
    assert all(asked.reasons[alias] for alias in asked.constraints.wishes.mains)


def test_a_theme_leaves_the_model_to_the_manner(catalog: Catalog) -> None:
    anime = _mains(_asked("a thief", catalog, style="anime"))
    assert _mains(_asked("young fantasy thief, concept art, anime style", catalog)) == anime


def test_letters_are_written_by_a_family_that_can(catalog: Catalog) -> None:
    assert _families(_asked('a sign that says "OPEN"', catalog), catalog) <= MODERN


def test_the_lora_for_a_style_is_used_and_no_other(catalog: Catalog) -> None:
    asked = _asked("a knight", catalog, style="pixel art")
    for workflow in _workflows(asked, catalog):
        used = {str(value) for node in workflow.nodes for key, value in node.inputs if key == "lora_name"}
        assert used == {"pixel-art-xl.safetensors"}
    for workflow in _workflows(_asked("a knight", catalog, model="sd_xl_base_1.0.safetensors"), catalog):
        assert not any(key == "lora_name" for node in workflow.nodes for key, _ in node.inputs)


def test_a_lora_of_one_manner_is_not_used_for_another(catalog: Catalog) -> None:
    water = _asked("a watercolor of a heron", catalog, style="painting").constraints.wishes
    oils = _asked("a heron in oils", catalog, style="painting").constraints.wishes
    used = [{alias for _, fit in wishes.fits for alias, _ in fit.loras} for wishes in (water, oils)]
    assert used == [{"sdxl/watercolor_sdxl"}, set()]


def test_a_lora_of_the_subject_is_used(small: Catalog) -> None:
    asked = _asked("a mysticfox at dawn", small)
    assert {alias for _, fit in asked.constraints.wishes.fits for alias, _ in fit.loras} == {"sdxl/mysticfox_v2_xl"}
    assert not any(fit.loras for _, fit in _asked("a fox at dawn", small).constraints.wishes.fits)


def test_a_lora_of_a_line_goes_with_that_line(small: Catalog) -> None:
    assert _mains(_asked("a girl, use the sailormoon lora", small)) == {"ponydiffusionv6xl"}


def test_a_named_lora_takes_a_main_model_that_it_fits(catalog: Catalog) -> None:
    assert _families(_asked("a fox, pixel art lora", catalog), catalog) == {"sdxl"}
    assert _families(_asked("a fox <lora:flux-realism:0.7>", catalog), catalog) == {"flux"}


@pytest.mark.parametrize(
    ("prompt", "main"),
    [
        ("score_9, score_8_up, a centaur", "ponydiffusionv6xl_v6startwiththisone"),
        ("masterpiece, best quality, 1girl, rain", "wainsfwillustrious_v140"),
    ],
)
def test_the_model_in_whose_words_a_prompt_is_written_is_chosen(prompt: str, main: str, catalog: Catalog) -> None:
    asked = _asked(prompt, catalog)
    assert main in _mains(asked)
    assert asked.constraints.wishes.last_clip_layer == -2


@pytest.mark.parametrize(
    "prompt",
    ["雪の中の狐、アニメ風", "一只狐狸在雪中，动漫风格", "눈 속의 여우, 애니메이션풍", "ドット絵の城", "狐の水彩画"],
)
def test_a_style_goes_to_a_model_that_reads_the_prompt(prompt: str, catalog: Catalog, small: Catalog) -> None:
    asked = _asked(prompt, catalog)
    assert _families(asked, catalog) <= {"qwen_image", "z_image"}
    assert not [note for note in asked.notes if "trained on English" in note]
    (note,) = (note for note in _asked(prompt, small).notes if "trained on English" in note)
    assert note.startswith("The text encoder of every model that could be used here was trained on English")


@pytest.mark.parametrize(
    "prompt", ["1girl, solo, 雪の中の狐、アニメ風", "雪の中の狐、アニメ風, use pony", "狐の絵 <lora:pixel-art-xl:0.8>"]
)
def test_tags_and_names_go_before_the_language(prompt: str, catalog: Catalog) -> None:
    assert _families(_asked(prompt, catalog), catalog) == {"sdxl"}


def test_a_language_is_read_by_a_model_that_understands_it(catalog: Catalog, small: Catalog) -> None:
    assert _families(_asked("雪の中の狐", catalog), catalog) == {"qwen_image", "z_image"}
    asked = _asked("雪の中の狐", small)
    assert any("it may not understand Japanese" in note for note in asked.notes)


def test_families_that_were_set_hold(catalog: Catalog) -> None:
    only = Constraints(families=frozenset({"sd15"}))
    asked = asked_of("anime girl, score_9", catalog, only, Corrections(style="anime"))
    assert _families(asked, catalog) == {"sd15"}


# -- effort, shape, ranges -----------------------------------------------------------------------------------------


def test_quick_takes_few_steps_and_one_sampling(catalog: Catalog) -> None:
    asked = _asked("a castle", catalog, quality="quick")
    assert _mains(asked) <= {"z_image_turbo_bf16", "flux1_schnell"}
    for workflow in _workflows(asked, catalog):
        assert sum(_values(workflow, "steps")) <= 12
        assert not any(re.search("Upscale|ScaleBy", node.class_type) for node in workflow.nodes)


def test_a_lora_that_saves_steps_is_used_for_quick_pictures_alone(catalog: Catalog) -> None:
    quick = _asked("a castle", catalog, quality="quick", model="sd_xl_base_1.0.safetensors").constraints.wishes
    normal = _asked("a castle", catalog, model="sd_xl_base_1.0.safetensors").constraints.wishes
    assert [fit.loras for _, fit in quick.fits] == [(("sdxl/lcm_lora_sdxl", 1.0),)]
    assert [fit.range_of("steps") for _, fit in quick.fits] == [(4, 5)]
    assert [fit.loras for _, fit in normal.fits] == [()]


@pytest.mark.parametrize("prompt", ["a castle", "a river", "a town by the sea", "a bee"])
def test_detail_is_brought_out(prompt: str, catalog: Catalog) -> None:
    asked = _asked(prompt, catalog, quality="detailed")
    assert not _mains(asked) & {"z_image_turbo_bf16", "flux1_schnell"}
    for workflow in _workflows(asked, catalog):
        classes = {node.class_type for node in workflow.nodes}
        assert classes & {"ImageUpscaleWithModel", "LatentUpscaleBy"}


def test_detail_without_room_for_it_is_left_out_without_a_note(catalog: Catalog) -> None:
    asked = asked_of("a castle", catalog, Constraints(max_megapixels=1.1), Corrections(quality="detailed"))
    grammar, notes = asked.grammar(catalog)
    assert notes == () and set(grammar.main_choices) <= asked.constraints.wishes.mains


@pytest.mark.parametrize(("shape", "least", "most"), [("tall", 0.54, 0.7), ("wide", 1.43, 1.84), ("square", 1.0, 1.0)])
def test_shapes_are_near_the_native_area(shape: str, least: float, most: float, catalog: Catalog) -> None:
    for model in ("sd_xl_base_1.0.safetensors", "dreamshaper_8.safetensors", "flux1-dev.safetensors"):
        native = 512 if "dreamshaper" in model else 1024
        for workflow in _workflows(_asked("a fox", catalog, shape=shape, model=model), catalog):
            width, height = _first_size(workflow)
            assert least <= width / height <= most
            assert 0.75 <= width * height / native**2 <= 1.35


def test_sampling_stays_within_what_is_recommended(catalog: Catalog) -> None:
    for prompt in ("a fox", "anime girl", "a fox, use dreamshaper 8", "a fox, pixel art lora"):
        asked = _asked(prompt, catalog)
        grammar, _ = asked.grammar(catalog)
        rng = random.Random(prompt)
        for _ in range(WALKS):
            state = walk(grammar, rng)
            main = catalog.by_alias(state.choices_made[0])
            assert main is not None
            ranges = recommended_for(main)
            assert ranges is not None
            workflow = state.workflow()
            assert all(ranges.steps[0] <= steps <= ranges.steps[1] for steps in _values(workflow, "steps"))
            assert all(ranges.cfg[0] <= cfg <= ranges.cfg[1] for cfg in _values(workflow, "cfg"))
            samplers = {str(value) for node in workflow.nodes for key, value in node.inputs if key == "sampler_name"}
            assert samplers <= set(ranges.samplers)


def test_numbers_that_were_asked_for_go_before_recommended_ones(catalog: Catalog) -> None:
    for workflow in _workflows(_asked("a fox, 77 steps, cfg 12, use sdxl", catalog), catalog):
        assert (_values(workflow, "steps"), _values(workflow, "cfg")) == ([77.0], [12.0])


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("a fox in the snow", "English"),
        ("no text, no watermark, a cliff house", "English"),
        ("die hard, a movie poster", "English"),
        ("雪の中の狐、アニメ風", "Japanese"),
        ("雪中的狐狸", "Chinese"),
        ("눈 속의 여우", "Korean"),
        ("лиса в снегу", "Russian"),
        ("un zorro en la nieve con una bufanda", "Spanish"),
        ("un renard dans la neige", "French"),
        ("ein Fuchs im Schnee", "German"),
        ("uma raposa na neve", "Portuguese"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert language_of(text) == language


def test_encoders_that_read_languages() -> None:
    assert reads("qwen_image", "Japanese") and reads("z_image", "Chinese")
    assert not reads("sdxl", "Japanese") and not reads("flux", "Korean")
    assert reads("sdxl", "English")


def test_the_artists_files_are_all_known(catalog: Catalog) -> None:
    assert len([file for file in catalog.models if file.unusable is None]) == len(artist())


def test_of_a_family_the_file_that_was_named_is_chosen(catalog: Catalog) -> None:
    assert _mains(_asked("a teapot, use flux schnell", catalog)) == {"flux1_schnell"}
    assert _mains(_asked("flux dev, a teapot", catalog)) == {"flux1_dev"}


def test_a_lora_is_named_by_a_word_of_its_name(catalog: Catalog) -> None:
    loras = [
        _asked(f"a cat, use my detail lora at 0.6{more}", catalog).constraints.wishes.loras
        for more in ("", ", use dreamshaper 8")
    ]
    assert loras == [(("sdxl/add_detail_xl", 0.6),), (("sd15/add_detail", 0.6),)]


def test_the_line_names_what_there_is(catalog: Catalog) -> None:
    line = _asked("a cat <lora:add-detail-xl:0.7> <lora:nothing-like-it:1>", catalog).line
    assert line == "read: nothing-like-it (not installed); uses add-detail-xl because it was named"


@pytest.mark.parametrize(
    ("prompt", "style", "never_added", "never_led_away"),
    [
        ("a girl in the rain", "anime", {"studio ghibli style", "photo of", "oil painting"}, {"cartoon"}),
        ("a girl in the rain", "photo", {"anime style", "watercolor"}, {"photo", "photorealistic"}),
        ("pixel art knight", "pixel art", {"pixel art", "low poly"}, {"pixelated", "lowres"}),
        ("a black and white city", "auto", {"vibrant colors"}, {"monochrome", "photo"}),
        ('a sign that says "OPEN"', "auto", {"poster"}, {"text"}),
    ],
)
def test_words_that_change_the_picture_are_not_added(
    prompt: str, style: str, never_added: set[str], never_led_away: set[str], catalog: Catalog
) -> None:
    asked = _asked(prompt, catalog, style=style, model="sd_xl_base_1.0.safetensors")
    grammar, _ = asked.grammar(catalog)
    rng = random.Random(3)
    for _ in range(12):
        for node in walk(grammar, rng).workflow().nodes:
            for _, value in node.inputs:
                if isinstance(value, Text) and value.prompt:
                    assert never_added.isdisjoint(value.phrases)
    positive, negative = asked.constraints.wishes.unfit_phrases
    assert never_added <= positive and never_led_away <= negative


def test_what_the_style_is_made_of_may_be_added(catalog: Catalog) -> None:
    positive, _ = _asked("a girl in the rain", catalog, style="photo").constraints.wishes.unfit_phrases
    assert positive.isdisjoint({"bokeh", "natural lighting", "best quality"})


def test_a_cfg_that_is_asked_of_a_model_with_guidance_of_its_own_is_its_guidance(catalog: Catalog) -> None:
    asked = _asked("a fox, use flux dev, cfg 2.7", catalog)
    for workflow in _workflows(asked, catalog):
        assert 2.7 in _values(workflow, "guidance")
        assert set(_values(workflow, "cfg")) <= {1.0}
        assert asked.unmet(workflow, catalog) == ()


def test_quality_tags_alone_cost_no_second_pass(catalog: Catalog) -> None:
    model = "sd_xl_base_1.0.safetensors"
    tags = _asked("a snail, masterpiece, best quality, 8k, ultra detailed", catalog, model=model).constraints
    order = _asked("a snail, take your time", catalog, model=model).constraints
    assert (tags.required, tags.wishes.most_samplings) == ((), 1)
    assert {"ImageUpscaleWithModel", "LatentUpscaleBy"} <= tags.forbidden
    assert not _asked("a snail, blue", catalog, model=model).constraints.forbidden
    assert order.required


@pytest.mark.parametrize("model", ["sd_xl_base_1.0.safetensors", "juggernautXL_ragnarokBy.safetensors"])
def test_what_is_quick_takes_few_steps(model: str, catalog: Catalog) -> None:
    fits = _asked("quick and dirty, a snail", catalog, model=model, lora="none").constraints.wishes.fits
    assert max(dict(fit.numbers)["steps"][1] for _, fit in fits) <= 20


def test_a_picture_in_cinemascope_is_twice_as_wide_as_high(catalog: Catalog) -> None:
    for workflow in _workflows(_asked("a snail, cinemascope", catalog), catalog):
        width, height = _first_size(workflow)
        assert width >= 2 * height


@pytest.mark.parametrize("ratios", [(1.44, 1.83), (0.55, 0.69)], ids=["wide", "tall"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_wide_and_tall_pictures(family: str, ratios: tuple[float, float]) -> None:
    """Also one of 64 x 64 pixels has, of 96 x 64."""
    base = base_sizes(family)
    assert asked_sizes(base, Wishes(ratios=ratios), 4e6).ratios == ratios
    side = base.native or 512
    assert not asked_sizes(base, Wishes(ratios=ratios), 4e6).fits(side, side)
