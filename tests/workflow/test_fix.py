"""The nearest graph over what is installed: by its edits, which are applied, validated and checked."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest
from installation_data import NEWEST, own_workflows, read_object_info
from installations import FLUX, installation
from mutations import changed_value
from test_check import SDXL, flux, text_to_image, with_lora, with_node

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.checking.check import check
from nodewright.workflow.checking.edits import apply_edits
from nodewright.workflow.checking.fix import Proposal, fix, proposal_document
from nodewright.workflow.documents import read_document
from nodewright.workflow.validate import validate

JUGGERNAUT = ("checkpoints", "juggernautXL_v9.safetensors")


def here(*files: tuple[str, str]) -> Catalog:
    return installation(read_object_info(NEWEST), *files)


def fixed(api: dict[str, Any], catalog: Catalog) -> tuple[dict[str, Any], Proposal]:
    """The workflow with the edits, of which nothing stays missing; the given one is as it was."""
    before = copy.deepcopy(api)
    proposal = fix(api, catalog)
    assert api == before
    result = apply_edits(api, proposal.edits)
    assert not proposal.missing, "\n".join(map(str, proposal.missing))
    assert validate(result, catalog) == []
    assert [one for one in check(result, catalog) if one.severity == "error"] == []
    return result, proposal


def titles(proposal: Proposal) -> list[str]:
    return [one.title for one in proposal.substitutions]


def of_class(api: dict[str, Any], class_type: str) -> list[dict[str, Any]]:
    return [node["inputs"] for node in api.values() if node["class_type"] == class_type]


def test_nothing_is_proposed_where_all_is_well() -> None:
    assert fix(text_to_image(), here(("checkpoints", SDXL))) == Proposal((), (), ())


# ---- main models ---------------------------------------------------------------------------------------------------


def test_a_missing_main_model_is_replaced_by_the_nearest_of_its_family_and_nothing_else_changes() -> None:
    result, proposal = fixed(text_to_image(), here(JUGGERNAUT, ("checkpoints", "dreamshaper_8.safetensors")))
    expected = text_to_image(loader={"ckpt_name": "juggernautXL_v9.safetensors"})
    assert result == expected and len(proposal.edits) == 1
    assert titles(proposal) == [f"{SDXL} -> juggernautXL_v9.safetensors"]


def test_a_model_of_the_same_variant_goes_before_others_and_otherwise_the_settings_change() -> None:
    turbo = ("checkpoints", "dreamshaperXL_turboV2.safetensors")
    result, _ = fixed(text_to_image(), here(JUGGERNAUT, turbo))
    assert of_class(result, "CheckpointLoaderSimple")[0]["ckpt_name"] == JUGGERNAUT[1]
    result, proposal = fixed(text_to_image(), here(turbo))
    (sampler,) = of_class(result, "KSampler")
    assert 4 <= sampler["steps"] <= 8 and 1.5 <= sampler["cfg"] <= 2.5
    assert any("steps 25 -> " in title for title in titles(proposal))


def test_a_model_of_another_family_brings_its_whole_set_of_parts() -> None:
    result, proposal = fixed(text_to_image(), here(*FLUX))
    assert {node["class_type"] for node in result.values()} == {
        "UNETLoader", "DualCLIPLoader", "VAELoader", "CLIPTextEncode", "EmptyLatentImage", "KSampler", "VAEDecode",
        "SaveImage",
    }  # fmt: skip
    (clip,), (sampler,) = of_class(result, "DualCLIPLoader"), of_class(result, "KSampler")
    assert clip == {"clip_name1": "clip_l.safetensors", "clip_name2": "t5xxl_fp16.safetensors", "type": "flux"} | (
        {"device": "default"} if "device" in clip else {}
    )
    assert sampler["cfg"] == 1.0 and sampler["steps"] == 25
    assert "of which all parts are installed" in proposal.substitutions[0].reason


def test_a_family_without_its_encoders_is_passed_over() -> None:
    result, _ = fixed(text_to_image(), here(FLUX[0], ("checkpoints", "dreamshaper_8.safetensors")))
    assert of_class(result, "CheckpointLoaderSimple") == [{"ckpt_name": "dreamshaper_8.safetensors"}]
    (latent,) = of_class(result, "EmptyLatentImage")
    assert (latent["width"], latent["height"]) == (512, 512)


def test_the_nodes_of_the_old_family_go_with_it() -> None:
    result, proposal = fixed(flux(), here(JUGGERNAUT))
    assert "FluxGuidance" not in {node["class_type"] for node in result.values()}
    assert {"UNETLoader", "DualCLIPLoader", "VAELoader"}.isdisjoint(node["class_type"] for node in result.values())
    (sampler,) = of_class(result, "KSampler")
    assert 4 <= sampler["cfg"] <= 8
    assert "without FluxGuidance" in titles(proposal)


def test_a_guider_without_guidance_becomes_one_with_a_negative_prompt() -> None:
    api = flux()
    inputs = api.pop("sampler")["inputs"]
    api = with_node(api, "guider", "BasicGuider", model=["loader", 0], conditioning=["guidance", 0])
    api = with_node(api, "method", "KSamplerSelect", sampler_name="euler")
    api = with_node(api, "sigmas", "BasicScheduler", model=["loader", 0], scheduler="simple", steps=20, denoise=1.0)
    api = with_node(api, "noise", "RandomNoise", noise_seed=1)
    links = {name: [name, 0] for name in ("guider", "sigmas", "noise")} | {"sampler": ["method", 0]}
    api = with_node(api, "sampler", "SamplerCustomAdvanced", **links, latent_image=inputs["latent_image"])
    del api["negative"]
    result, _ = fixed(api, here(JUGGERNAUT))
    (guider,) = of_class(result, "CFGGuider")
    assert result[guider["negative"][0]]["inputs"]["text"] == "" and guider["cfg"] > 1
    assert check(result, here(JUGGERNAUT)) == []


def test_without_any_model_the_missing_one_stays() -> None:
    proposal = fix(text_to_image(), here())
    assert [(one.node_id, one.kind) for one in proposal.missing] == [("loader", "missing_file")]


# ---- other files ---------------------------------------------------------------------------------------------------


def test_a_missing_lora_is_replaced_by_a_version_of_it_or_left_out() -> None:
    sdxl, version = ("checkpoints", SDXL), ("loras", "style/ink_sdxl_v2.safetensors")
    result, _ = fixed(with_lora("ink_sdxl.safetensors"), here(sdxl, version))
    assert of_class(result, "LoraLoaderModelOnly")[0]["lora_name"] == version[1]
    result, proposal = fixed(with_lora("ink_sdxl.safetensors"), here(sdxl, ("loras", "neon_city_sdxl.safetensors")))
    assert result == text_to_image()
    assert titles(proposal) == ["without ink_sdxl.safetensors"]


def test_a_missing_vae_is_replaced_by_what_fits_the_model() -> None:
    api = with_node(text_to_image(decode={"vae": ["vae", 0]}), "vae", "VAELoader", vae_name="my_favourite_xl.pt")
    result, _ = fixed(api, here(("checkpoints", SDXL), ("vae", "ae.safetensors"), ("vae", "sdxl_vae.safetensors")))
    (vae,) = of_class(result, "VAELoader")
    assert vae == {"vae_name": "sdxl_vae.safetensors"}
    result, _ = fixed(api, here(("checkpoints", SDXL)))
    assert result == text_to_image()


def test_a_missing_text_encoder_is_replaced_by_another_file_of_it() -> None:
    files = [(folder, name.replace("t5xxl_fp16", "t5xxl_fp8_e4m3fn")) for folder, name in FLUX]
    result, proposal = fixed(flux(), here(*files))
    assert of_class(result, "DualCLIPLoader")[0]["clip_name2"] == "t5xxl_fp8_e4m3fn.safetensors"
    assert len(proposal.edits) == 1


def test_a_missing_upscaler_is_replaced_or_left_out() -> None:
    api = text_to_image(save={"images": ["larger", 0]})
    api = with_node(api, "larger", "ImageUpscaleWithModel", upscale_model=["upscaler", 0], image=["decode", 0])
    api = with_node(api, "upscaler", "UpscaleModelLoader", model_name="4x_NMKD-Siax_200k.pth")
    result, _ = fixed(api, here(("checkpoints", SDXL), ("upscale_models", "4x-UltraSharp.pth")))
    assert of_class(result, "UpscaleModelLoader") == [{"model_name": "4x-UltraSharp.pth"}]
    result, _ = fixed(api, here(("checkpoints", SDXL)))
    assert result == text_to_image()


def test_a_missing_controlnet_is_replaced_by_one_of_its_kind_or_left_out() -> None:
    api = text_to_image(sampler={"positive": ["apply", 0], "negative": ["apply", 1]})
    links = {"positive": ["positive", 0], "negative": ["negative", 0], "image": ["picture", 0]}
    settings = {"strength": 1.0, "start_percent": 0.0, "end_percent": 1.0}
    api = with_node(api, "apply", "ControlNetApplyAdvanced", **links, control_net=["net", 0], **settings)
    api = with_node(api, "net", "ControlNetLoader", control_net_name="diffusers_xl_canny_full.safetensors")
    api = with_node(api, "picture", "EmptyImage", width=1024, height=1024, batch_size=1, color=0)
    canny, depth = ("controlnet", "sdxl_canny.safetensors"), ("controlnet", "sdxl_depth.safetensors")
    result, _ = fixed(api, here(("checkpoints", SDXL), canny, depth))
    assert of_class(result, "ControlNetLoader") == [{"control_net_name": canny[1]}]
    result, _ = fixed(api, here(("checkpoints", SDXL), depth))
    assert result == text_to_image()


# ---- missing classes -----------------------------------------------------------------------------------------------


def test_the_common_nodes_of_packs_have_equivalents() -> None:
    """As the Efficiency nodes and WAS have them: a loader with everything, a sampler that decodes, a saver."""
    loader = {
        "ckpt_name": SDXL, "vae_name": "Baked VAE", "clip_skip": -2, "lora_name": "ink_sdxl.safetensors",
        "lora_model_strength": 0.7, "lora_clip_strength": 0.5, "positive": "a cat", "negative": "blurry",
        "empty_latent_width": 1024, "empty_latent_height": 768, "batch_size": 1,
    }  # fmt: skip
    sampler = text_to_image()["sampler"]["inputs"] | {
        "model": ["1", 0], "positive": ["1", 1], "negative": ["1", 2], "latent_image": ["1", 3],
        "optional_vae": ["1", 4],
    }  # fmt: skip
    api = with_node({}, "1", "Efficient Loader", **loader)
    api = with_node(api, "2", "KSampler (Efficient)", **sampler)
    api = with_node(api, "3", "Image Save", images=["2", 5], filename_prefix="cat")
    result, proposal = fixed(api, here(("checkpoints", SDXL), ("loras", "ink_sdxl.safetensors")))
    assert sorted(node["class_type"] for node in result.values()) == [
        "CLIPTextEncode", "CLIPTextEncode", "CheckpointLoaderSimple", "EmptyLatentImage", "KSampler", "LoraLoader",
        "SaveImage", "VAEDecode",
    ]  # fmt: skip
    (ksampler,), (lora,), (latent,) = (
        of_class(result, name) for name in ("KSampler", "LoraLoader", "EmptyLatentImage")
    )
    assert result[ksampler["positive"][0]]["inputs"]["text"] == "a cat"
    assert result[ksampler["negative"][0]]["inputs"]["text"] == "blurry"
    assert (lora["strength_model"], lora["strength_clip"]) == (0.7, 0.5)
    assert (latent["width"], latent["height"]) == (1024, 768)
    assert (ksampler["seed"], ksampler["steps"], ksampler["cfg"]) == (5, 25, 7.0)
    assert of_class(result, "SaveImage")[0]["filename_prefix"] == "cat"
    assert "Image Save -> SaveImage" in titles(proposal)


def test_loras_in_rows_become_a_chain_of_loaders() -> None:
    rows = {
        "lora_1": {"on": True, "lora": "ink_sdxl.safetensors", "strength": 0.8},
        "lora_2": {"on": False, "lora": "neon_sdxl.safetensors", "strength": 1.0},
        "lora_3": {"on": True, "lora": "neon_sdxl.safetensors", "strength": 0.4},
    }
    api = text_to_image(sampler={"model": ["rows", 0]}, positive={"clip": ["rows", 1]}, negative={"clip": ["rows", 1]})
    api = with_node(api, "rows", "Power Lora Loader (rgthree)", model=["loader", 0], clip=["loader", 1], **rows)
    loras = [("loras", name) for name in ("ink_sdxl.safetensors", "neon_sdxl.safetensors")]
    result, _ = fixed(api, here(("checkpoints", SDXL), *loras))
    found = {node["lora_name"]: node["strength_model"] for node in of_class(result, "LoraLoader")}
    assert found == {"ink_sdxl.safetensors": 0.8, "neon_sdxl.safetensors": 0.4}


def test_values_and_what_only_passes_something_on_are_taken_in() -> None:
    api = text_to_image(sampler={"seed": ["seed", 0]}, positive={"text": ["text", 0]}, decode={"samples": ["pass", 0]})
    api = with_node(api, "seed", "Seed (rgthree)", seed=77)
    api = with_node(api, "text", "Text Multiline", text="a fox in the snow")
    api = with_node(api, "pass", "Reroute (rgthree)", samples=["sampler", 0])
    result, _ = fixed(api, here(("checkpoints", SDXL)))
    assert result == text_to_image(sampler={"seed": 77}, positive={"text": "a fox in the snow"})


def test_pipes_are_taken_apart() -> None:
    """As the Impact Pack bundles a model with its parts."""
    parts = {"model": ["loader", 0], "clip": ["loader", 1], "vae": ["loader", 2]}
    api = text_to_image(decode={"vae": ["open", 2]})
    api = with_node(api, "pipe", "ToBasicPipe", **parts, positive=["positive", 0], negative=["negative", 0])
    api = with_node(api, "open", "FromBasicPipe", basic_pipe=["pipe", 0])
    settings = {name: api["sampler"]["inputs"][name] for name in ("seed", "steps", "cfg", "sampler_name", "scheduler")}
    links = {"basic_pipe": ["pipe", 0], "latent_image": ["latent", 0]}
    api = with_node(api, "sampler", "ImpactKSamplerBasicPipe", **links, **settings, denoise=1.0)
    result, _ = fixed(api, here(("checkpoints", SDXL)))
    (sampler,), (decode,) = of_class(result, "KSampler"), of_class(result, "VAEDecode")
    assert sampler == text_to_image()["sampler"]["inputs"] and decode["vae"] == ["loader", 2]
    assert len(result) == 7


def test_what_shows_the_latent_becomes_what_shows_its_picture() -> None:
    api = text_to_image()
    del api["save"], api["decode"]
    api = with_node(api, "bridge", "PreviewBridgeLatent", latent=["sampler", 0], preview_method="auto")
    result, _ = fixed(api, here(("checkpoints", SDXL)))
    (preview,), (decode,) = of_class(result, "PreviewImage"), of_class(result, "VAEDecode")
    assert decode == {"samples": ["sampler", 0], "vae": ["loader", 2]}
    assert result[preview["images"][0]]["inputs"] == decode


def test_the_only_node_that_shows_anything_is_not_left_out() -> None:
    api = with_node({}, "show", "Show Anything", anything=["maker", 0])
    api = with_node(api, "maker", "EmptyLatentImage", width=512, height=512, batch_size=1)
    proposal = fix(api, here())
    assert proposal.edits == () and [one.node_id for one in proposal.missing] == ["show"]


def test_a_class_for_which_there_is_nothing_stays_missing() -> None:
    api = text_to_image(sampler={"model": ["magic", 0]})
    proposal = fix(with_node(api, "magic", "MagicModelMaker", spell="abracadabra"), here(("checkpoints", SDXL)))
    assert [(one.node_id, one.kind) for one in proposal.missing] == [("magic", "missing_class")]


# ---- what ComfyUI refuses ------------------------------------------------------------------------------------------


def test_values_and_links_that_are_refused_are_mended() -> None:
    catalog = here(("checkpoints", SDXL))
    result, _ = fixed(text_to_image(sampler={"sampler_name": "eulr", "steps": 0, "cfg": "much"}), catalog)
    (sampler,) = of_class(result, "KSampler")
    assert (sampler["sampler_name"], sampler["steps"]) == ("euler", 1) and isinstance(sampler["cfg"], float)
    api = text_to_image(decode={"vae": ["loader", 0]}, sampler={"latent_image": ["nowhere", 0]})
    del api["positive"]["inputs"]["clip"], api["latent"]
    result, _ = fixed(api, catalog)
    assert result["decode"]["inputs"]["vae"] == ["loader", 2] and result["positive"]["inputs"]["clip"] == ["loader", 1]
    assert len(of_class(result, "EmptyLatentImage")) == 1


def test_a_node_that_loses_an_input_is_replaced_by_one_without_it() -> None:
    """No edit takes an input away: `upscale_model` is none that ImageScale has, but its mask would be."""
    api = text_to_image(sampler={"latent_image": ["mask", 0]})
    api = with_node(api, "mask", "RepeatLatentBatch", samples=["latent", 0], amount=1, other=["nowhere", 0])
    result, _ = fixed(api, here(("checkpoints", SDXL)))
    assert "mask" not in result and len(of_class(result, "RepeatLatentBatch")) == 1


def test_what_cannot_be_read_is_removed() -> None:
    result, proposal = fixed(text_to_image() | {"note": "remember the milk"}, here(("checkpoints", SDXL)))
    assert result == text_to_image() and titles(proposal) == ["without node note"]


# ---- whatever is given ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_the_fix_of_any_damaged_graph_validates_or_says_what_stays(seed: int) -> None:
    draw = random.Random(seed)
    catalogs = [here(JUGGERNAUT), here(*FLUX), here(("checkpoints", "dreamshaper_8.safetensors")), here()]
    graphs = [text_to_image(), flux(), with_lora("ink_sdxl.safetensors")]
    graphs += [own[form] for own in own_workflows().values() for form in ("api", "ui")]
    whole = 0
    for _ in range(40):
        given, catalog = changed_value(draw.choice(graphs), draw), draw.choice(catalogs)
        before = copy.deepcopy(given)
        proposal = fix(given, catalog)
        proposal_document(proposal)
        assert given == before
        if proposal.missing:
            continue
        result = apply_edits(read_document(given, catalog).api, proposal.edits)
        assert validate(result, catalog) == []
        assert [one for one in check(result, catalog) if one.severity == "error"] == []
        whole += 1
    assert whole > 5


@pytest.mark.parametrize("given", [None, 3, "", [], {}, {"1": 2}, {"nodes": []}, {"nodes": [{"id": 1}], "links": 3}])
def test_what_is_no_workflow_is_reported_and_not_edited(given: Any) -> None:
    proposal = fix(given, here())
    assert proposal.edits == () and proposal.missing
