"""The parts of prompts and scripts as named numbers."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from nodewright.workflow.features.parts import prompt_parts, script_parts

TEXT = """
    miniature/miniature SaveImage VAEDecode KSampler steps= 8 cfg= 1 sampler_name= heun denoise= 0.5
    LoraLoader miniature/miniature_clay strength_model= 0.75 CheckpointLoaderSimple CLIPTextEncode @prompt+ +sharp ; &1
    CLIPTextEncode @empty &1 VAEEncode ImageUpscaleWithModel UpscaleModelLoader any/2x_miniature_sharp VAEDecode
    KSampler steps= 16 cfg= 4 CheckpointLoaderSimple &1 CLIPTextEncode &1 EmptyLatentImage width= 96 height= 64 @end
"""
SCRIPT = TEXT.split()


def test_every_sampling_has_its_numbers_in_the_order_in_which_it_runs() -> None:
    found = script_parts(SCRIPT)
    assert (found["0 steps"], found["1 steps"]) == (4, 3)
    assert (found["0 cfg"], found["0 from nothing"], found["1 no cfg"], found["1 denoise"]) == (2, 1, 1, 0.5)
    assert "1 cfg" not in found and "0 no cfg" not in found  # the logarithm of 1, and no, are 0
    assert found["1 sampler heun"] == found["sampler_name=heun"] == 1
    assert (found["0 ratio"], found["shorter side"], found["scale"]) == (found["0 width"], 1, 1)


def test_classes_files_phrases_and_strengths_are_parts() -> None:
    found = script_parts(SCRIPT)
    names = {"main miniature/miniature", "ImageUpscaleWithModel", "any/2x_miniature_sharp", "+sharp", "@prompt+"}
    assert names <= found.keys()
    assert found["strength miniature/miniature_clay"] == 0.75
    assert not any(name.split(" ")[0] in ("8", "16", "&1", ";") for name in found)


def test_a_prompts_parts_are_its_words_and_pairs_of_words() -> None:
    assert prompt_parts("Two RED stars, two") == dict.fromkeys(
        ("word two", "word red", "word stars", "word two red", "word red stars", "word stars two"), 1.0
    )
    assert prompt_parts("") == {}


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from([*SCRIPT, "width=", "-1", "1e9", "0", "ModelSamplingSD3", "shift="]), max_size=40))
def test_anything_has_finite_parts(choices: list[str]) -> None:
    assert all(abs(value) < 100 for value in script_parts(choices).values())


def test_numbers_without_bounds_have_parts_within_some() -> None:
    wild = "x KSampler denoise= 1e9 steps= 1e9 LoraLoader any/a strength_model= -1e9 EmptyLatentImage width= 1e9 @end"
    assert all(abs(value) < 100 for value in script_parts(wild.split(" ")).values())
