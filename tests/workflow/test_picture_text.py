"""What the picture model reads for a prompt: quality tags in each model's dialect, and trigger words."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from installation_data import NEWEST, read_object_info

from nodewright.workflow.api_format import from_api, to_api
from nodewright.workflow.catalog.catalog import Catalog, ModelFile
from nodewright.workflow.catalog.file_facts import NO_FACTS, FileFacts, sidecar_facts
from nodewright.workflow.catalog.identify import Identity, identify
from nodewright.workflow.catalog.lines import quality_tags, recommended_clip_skip
from nodewright.workflow.catalog.model_files import model_files
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.families.names import normalised
from nodewright.workflow.graph import Workflow
from nodewright.workflow.picture_text import picture_text
from nodewright.workflow.recommended_settings import recommended_for, recommended_weight
from nodewright.workflow.script.phrases import PHRASES

FOX = "a fox in the snow"
PONY = "score_9, score_8_up, score_7_up, score_6_up, score_5_up, score_4_up"
ILLUSTRIOUS = "masterpiece, best quality, amazing quality, very aesthetic, absurdres"


def facts_of(sidecar: dict[str, Any] | None) -> FileFacts:
    found = {name: value for name, value in sidecar_facts(sidecar or {}).items() if value}
    return FileFacts(**found, sources=tuple((name, "sidecar") for name in found)) if found else NO_FACTS


def catalog_with(files: dict[str, dict[str, Any] | None]) -> Catalog:
    """A catalog of the newest ComfyUI with these files ("folder/name"), each with the document of a sidecar."""
    entries = []
    for path, sidecar in files.items():
        folder, name = path.split("/")
        it = identify(folder, name)
        known = Identity(it.role, it.families, parts=it.parts, facts=facts_of(sidecar))
        entries.append((folder, name, known))
    return catalog_from_object_info(classes(), model_files(entries), options_from_models=True)


@functools.cache
def classes() -> dict[str, Any]:
    """The classes of the newest ComfyUI that the workflows here have."""
    names = {node.class_type for node in workflow_with("a.safetensors", "b.safetensors").nodes}
    return {name: described for name, described in read_object_info(NEWEST).items() if name in names}


def workflow_with(*names: str, text: str = FOX) -> Workflow:
    """A workflow of a checkpoint and LoRAs on it, as ComfyUI's own templates have it."""
    main, *loras = names
    api: dict[str, Any] = {"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": main}}}
    model, clip = ["1", 0], ["1", 1]
    for number, name in enumerate(loras):
        inputs = {"model": model, "clip": clip, "lora_name": name, "strength_model": 1.0, "strength_clip": 1.0}
        api[f"2{number}"] = {"class_type": "LoraLoader", "inputs": inputs}
        model, clip = [f"2{number}", 0], [f"2{number}", 1]
    latent = {"width": 1024, "height": 1024, "batch_size": 1}
    sampling = {"seed": 5, "steps": 28, "cfg": 5.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}
    linked = {"model": model, "positive": ["3", 0], "negative": ["4", 0], "latent_image": ["5", 0]}
    api |= {
        "3": {"class_type": "CLIPTextEncode", "inputs": {"clip": clip, "text": text}},
        "4": {"class_type": "CLIPTextEncode", "inputs": {"clip": clip, "text": "worst quality, blurry"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": latent},
        "6": {"class_type": "KSampler", "inputs": sampling | linked},
        "7": {"class_type": "VAEDecode", "inputs": {"samples": ["6", 0], "vae": ["1", 2]}},
        "8": {"class_type": "SaveImage", "inputs": {"images": ["7", 0], "filename_prefix": "fox"}},
    }
    return from_api(api, prompt=FOX, phrases=PHRASES)


def text_for(main: str, sidecar: dict[str, Any] | None = None, text: str = FOX) -> str:
    catalog = catalog_with({f"checkpoints/{main}": sidecar})
    return picture_text(text, workflow_with(main), catalog).text


@pytest.mark.parametrize(
    ("main", "sidecar", "expected", "clip_skip"),
    [
        ("ponyDiffusionV6XL_v6StartWithThisOne.safetensors", None, f"{PONY}, {FOX}", 2),
        ("cyberrealisticPony_v110.safetensors", None, f"{PONY}, {FOX}", 2),
        ("mix_xl_v3.safetensors", {"base_model": "Pony"}, f"{PONY}, {FOX}", 2),
        ("illustriousXL_v01.safetensors", None, f"{ILLUSTRIOUS}, {FOX}", 2),
        ("waiNSFWIllustrious_v140.safetensors", None, f"{ILLUSTRIOUS}, {FOX}", 2),
        ("novaAnimeXL_ilV90.safetensors", None, f"{ILLUSTRIOUS}, {FOX}", 2),
        ("NoobAI-XL-v1.1.safetensors", None, f"{ILLUSTRIOUS}, {FOX}", 2),
        ("noobaiXLNAIXL_vPred10Version.safetensors", None, f"{ILLUSTRIOUS}, {FOX}", 2),
        ("animagine-xl-4.0.safetensors", None, f"{FOX}, masterpiece, high score, great score, absurdres", 2),
        ("animagineXLV31_v31.safetensors", None, f"{FOX}, masterpiece, best quality, very aesthetic, absurdres", 2),
        ("anything-v5-PrtRE.safetensors", None, f"masterpiece, best quality, {FOX}", 2),
        ("meinamix_sd15.safetensors", {"tags": ["anime"]}, f"masterpiece, best quality, {FOX}", 2),
        ("counterfeitxl_v25.safetensors", None, f"masterpiece, best quality, {FOX}", None),
        ("realisticVisionV60B1_v51VAE.safetensors", None, FOX, None),
        ("sd_xl_base_1.0.safetensors", None, FOX, None),
        ("juggernautXL_ragnarokBy.safetensors", None, FOX, None),
        ("flux1-dev-fp8.safetensors", None, FOX, None),
        ("animeFlux_v1.safetensors", {"tags": ["anime"], "base_model": "Flux.1 D"}, FOX, None),
    ],
)
def test_each_dialect_gets_its_quality_tags_and_clip_skip(
    main: str, sidecar: dict[str, Any] | None, expected: str, clip_skip: int | None
) -> None:
    assert text_for(main, sidecar) == expected
    (file,) = catalog_with({f"checkpoints/{main}": sidecar}).models
    assert recommended_clip_skip(file) == clip_skip


@pytest.mark.parametrize(
    "text",
    ["score_9, score_8_up, a fox", "masterpiece, a fox", "(masterpiece, best quality:1.2), fox", "a fox, high score"],
)
def test_a_persons_own_quality_tags_are_left_alone(text: str) -> None:
    for main in ("ponyDiffusionV6XL_v6.safetensors", "illustriousXL_v01.safetensors", "animagine-xl-4.0.safetensors"):
        assert text_for(main, text=text) == text


def test_a_masterpiece_in_a_sentence_is_no_quality_tag() -> None:
    text = "a painter before his masterpiece"
    assert text_for("illustriousXL_v01.safetensors", text=text) == f"{ILLUSTRIOUS}, {text}"


def test_what_the_policy_writes_after_the_prompt_stands_there_once() -> None:
    main = "illustriousXL_v01.safetensors"
    catalog = catalog_with({f"checkpoints/{main}": None})
    workflow = workflow_with(main, text=f"{FOX}, masterpiece, best quality")
    found = picture_text(FOX, workflow, catalog)
    texts = {node["inputs"].get("text") for node in to_api(workflow, prompt=found.text, seed=1).values()}
    assert f"amazing quality, very aesthetic, absurdres, {FOX}, masterpiece, best quality" in texts
    assert [each.reason for each in found.added] == ["quality tags of illustriousXL_v01"]


LORAS = {
    "loras/pixel-art-xl.safetensors": {"civitai": {"trainedWords": ["pixelart style", "16-bit game"]}},
    "loras/runes_xl.safetensors": {"civitai": {"trainedWords": ["GlowingRunes_red", "GlowingRunes_blue"]}},
    "loras/score_xl.safetensors": {"civitai": {"trainedWords": ["score_9, score_8_up, mistcape"]}},
    "loras/bad_xl.safetensors": {"civitai": {"trainedWords": ["nude woman"]}},
    "loras/redmond_xl.safetensors": {"civitai": {"trainedWords": ["Pixel Art, PixArFK"]}},
    "loras/fox_xl.safetensors": {"civitai": {"trainedWords": ["mysticfox, fox ears, 1girl", "mysticfox coat"]}},
    "loras/plain_xl.safetensors": None,
    "checkpoints/sd_xl_base_1.0.safetensors": None,
    "checkpoints/analog_xl.safetensors": {"civitai": {"trainedWords": ["girl", "anlgclr look"]}},
}


@pytest.mark.parametrize(
    ("names", "text", "expected"),
    [
        (("pixel-art-xl",), FOX, f"pixelart style, {FOX}"),
        (("pixel-art-xl",), "a fox as a 16-bit Game", "a fox as a 16-bit Game"),
        (("pixel-art-xl", "runes_xl"), FOX, f"pixelart style, GlowingRunes_red, {FOX}"),
        (("runes_xl",), "a fox, glowingrunes blue", "a fox, glowingrunes blue"),
        (("score_xl",), FOX, f"mistcape, {FOX}"),
        (("bad_xl",), FOX, FOX),
        (("redmond_xl",), FOX, f"Pixel Art, PixArFK, {FOX}"),
        (("redmond_xl",), "a fox, pixel art", "PixArFK, a fox, pixel art"),
        (("redmond_xl",), "a fox, pixarfk", "a fox, pixarfk"),
        (("fox_xl",), FOX, f"mysticfox, fox ears, {FOX}"),
        (("fox_xl",), "mysticfox in the snow", "mysticfox in the snow"),
        (("fox_xl",), "a girl with fox ears", "mysticfox, a girl with fox ears"),
        (("plain_xl",), FOX, FOX),
        ((), FOX, FOX),
        (("pixel-art-xl",), "", "pixelart style"),
    ],
)
def test_trigger_words_of_the_loras_that_are_used(names: tuple[str, ...], text: str, expected: str) -> None:
    workflow = workflow_with("sd_xl_base_1.0.safetensors", *(f"{name}.safetensors" for name in names))
    found = picture_text(text, workflow, catalog_with(LORAS))
    assert found.text == expected
    assert all(each.reason.startswith("trigger words of ") for each in found.added)


def test_a_main_models_trigger_words_count_where_they_say_something() -> None:
    found = picture_text(FOX, workflow_with("analog_xl.safetensors"), catalog_with(LORAS))
    assert found.text == f"anlgclr look, {FOX}", "and without the word that any prompt may hold"


def test_without_facts_and_known_files_the_text_stays_as_it_is() -> None:
    catalog = catalog_from_object_info(classes())
    workflow = workflow_with("nobody_knows_it.safetensors")
    assert picture_text(FOX, workflow, catalog).text == FOX


# -- settings ------------------------------------------------------------------------------------------------------


def file_of(name: str, folder: str = "checkpoints", sidecar: dict[str, Any] | None = None) -> Any:
    found = catalog_with({f"{folder}/{name}": sidecar})
    return next(file for file in found.models if normalised(file.name) == normalised(name))


def test_what_a_file_states_goes_before_its_family_within_what_that_can_do() -> None:
    stated = {"modelDescription": "Use 28-32 steps, CFG 4-6 with DPM++ 2M Karras."}
    found = recommended_for(file_of("mix_xl.safetensors", sidecar=stated))
    assert found is not None and (found.steps, found.cfg) == ((28, 32), (4.0, 6.0))
    assert (found.samplers[0], found.schedulers[0]) == ("dpmpp_2m", "karras")
    absurd = {"modelDescription": "Trained for 100 steps, cfg 29."}
    plain = recommended_for(file_of("mix_xl.safetensors"))
    assert recommended_for(file_of("mix_xl.safetensors", sidecar=absurd)) == plain
    lightning = file_of("sdxl_lightning_4step_lora.safetensors", "loras")
    fast = recommended_for(file_of("mix_xl.safetensors", sidecar=stated), [lightning])
    assert fast is not None and fast.steps == (4, 4)


def test_a_distilled_file_of_a_known_page_is_sampled_as_such() -> None:
    names = ("juggernautXL_v9.safetensors", "juggernautXL_v9Rdphoto2Lightning.safetensors")
    plain, fast = (
        recommended_for(ModelFile(name, "checkpoints", "checkpoint", frozenset({"sdxl"}), name, facts=it.facts))
        for name in names
        if (it := identify("checkpoints", name)).facts.steps == (30, 40)
    )
    assert plain is not None and (plain.steps, plain.cfg, plain.samplers[0]) == ((30, 40), (3.0, 6.0), "dpmpp_2m")
    assert fast is not None and (fast.steps, fast.cfg, fast.samplers[0]) == ((4, 8), (1.0, 2.0), "euler")
    stated = {"modelDescription": "8 steps, cfg 1.5"}
    unnamed = recommended_for(file_of("mix_xl.safetensors", sidecar=stated))
    assert unnamed is not None and (unnamed.steps, unnamed.cfg) == ((8, 8), (1.5, 1.5))


def test_the_stated_base_is_as_good_as_a_name() -> None:
    base = {"base_model": "SDXL Lightning"}
    found = recommended_for(file_of("mix_xl.safetensors", sidecar=base))
    assert found is not None and found.distilled and found.cfg == (1.0, 2.0)
    pony = recommended_for(file_of("mix_xl.safetensors", sidecar={"base_model": "Pony"}))
    assert pony == recommended_for(file_of("ponyDiffusionV6XL_v6.safetensors"))


def test_guidance_of_a_distilled_model_is_no_cfg() -> None:
    found = recommended_for(file_of("mix_flux.safetensors", sidecar={"modelDescription": "20 steps, cfg 3.5"}))
    assert found is not None and (found.cfg, found.guidance) == ((1.0, 1.0), (3.5, 3.5))


def test_most_used_settings_of_example_pictures() -> None:
    meta = {"steps": 30, "cfgScale": 6, "sampler": "Euler a", "clipSkip": 2}
    pictures = [{"meta": meta}] * 5 + [{"meta": meta | {"steps": 90}}, {"meta": None}, {}]
    file = file_of("mix_xl.safetensors", sidecar={"civitai": {"images": pictures}})
    found = recommended_for(file)
    assert found is not None and (found.steps, found.cfg) == ((26, 34), (5.5, 6.5))
    assert found.samplers[0] == "euler_ancestral" and recommended_clip_skip(file) == 2


def test_a_loras_weight_is_the_one_that_is_recommended() -> None:
    tips = {"usage_tips": json.dumps({"strength": 0.65})}
    assert recommended_weight(file_of("ink_xl.safetensors", "loras", tips)) == 0.65
    assert recommended_weight(file_of("ink_xl.safetensors", "loras")) == 1.0
    assert quality_tags(file_of("ink_pony.safetensors", "loras")) is None
