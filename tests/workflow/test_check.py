"""What `check` finds in workflows that other people wired, on installations of real-shaped files."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from installation_data import NEWEST, local_templates, own_workflows, read_object_info
from installations import FLUX, installation
from inventories import clip_g, clip_l, kl_vae, unet_lora, write_sparse
from mutations import changed_value
from partial_installations import bare_sdxl

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.models_folder import identify_models, list_models
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.checking.check import check
from nodewright.workflow.checking.edits import apply_edits
from nodewright.workflow.checking.findings import Finding, finding_document

SDXL = "sd_xl_base_1.0.safetensors"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    files = (
        ("checkpoints", SDXL), ("checkpoints", "v1-5-pruned-emaonly.safetensors"),
        ("checkpoints", "sd_xl_turbo_1.0.safetensors"), *FLUX, ("text_encoders", "clip_g.safetensors"),
        ("vae", "sdxl_vae.safetensors"), ("loras", "ink_flux.safetensors"), ("loras", "ink_sdxl.safetensors"),
        ("controlnet", "control_v11p_sd15_canny.safetensors"),
    )  # fmt: skip
    return installation(read_object_info(NEWEST), *files)


def text_to_image(**changes: dict[str, Any]) -> dict[str, Any]:
    """SDXL as everyone wires it, with inputs of some nodes changed: `sampler={"cfg": 20}`."""
    nodes: dict[str, tuple[str, dict[str, Any]]] = {
        "loader": ("CheckpointLoaderSimple", {"ckpt_name": SDXL}),
        "positive": ("CLIPTextEncode", {"clip": ["loader", 1], "text": "a lighthouse at night"}),
        "negative": ("CLIPTextEncode", {"clip": ["loader", 1], "text": "blurry"}),
        "latent": ("EmptyLatentImage", {"width": 1024, "height": 1024, "batch_size": 1}),
        "sampler": (
            "KSampler",
            {
                "model": ["loader", 0], "positive": ["positive", 0], "negative": ["negative", 0],
                "latent_image": ["latent", 0], "seed": 5, "steps": 25, "cfg": 7.0, "sampler_name": "euler",
                "scheduler": "normal", "denoise": 1.0,
            },
        ),
        "decode": ("VAEDecode", {"samples": ["sampler", 0], "vae": ["loader", 2]}),
        "save": ("SaveImage", {"images": ["decode", 0], "filename_prefix": "ComfyUI"}),
    }  # fmt: skip
    return {key: {"class_type": kind, "inputs": inputs | changes.get(key, {})} for key, (kind, inputs) in nodes.items()}


def with_node(api: dict[str, Any], key: str, class_type: str, **inputs: Any) -> dict[str, Any]:
    return api | {key: {"class_type": class_type, "inputs": inputs}}


def only(api: dict[str, Any], catalog: Catalog) -> Finding:
    found = check(api, catalog)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def test_nothing_is_found_in_a_plain_workflow(catalog: Catalog) -> None:
    assert check(text_to_image(), catalog) == []


def test_text_encoders_of_another_family_are_found_at_their_loader(catalog: Catalog) -> None:
    api = text_to_image(positive={"clip": ["clip", 0]}, negative={"clip": ["clip", 0]})
    names = {"clip_name1": "clip_l.safetensors", "clip_name2": "t5xxl_fp16.safetensors"}
    api = with_node(api, "clip", "DualCLIPLoader", **names, type="flux")
    found = only(api, catalog)
    assert (found.node_id, found.input, found.kind, found.severity) == ("clip", "clip_name2", "does_not_fit", "error")
    for words in ("t5xxl_fp16.safetensors", SDXL, "SDXL", "clip_l and clip_g", "mat1 and mat2"):
        assert words in found.message


def test_settings_far_outside_the_range_are_found_with_the_change(catalog: Catalog) -> None:
    api = text_to_image(sampler={"cfg": 20.0})
    found = only(api, catalog)
    assert (found.node_id, found.input, found.kind) == ("sampler", "cfg", "settings")
    assert found.change is not None and found.change.title == "cfg 20 -> 6"
    assert check(apply_edits(api, found.change.edits), catalog) == []


# ---- parts that do not fit -----------------------------------------------------------------------------------------


def mended(api: dict[str, Any], catalog: Catalog) -> dict[str, Any]:
    """The workflow with the change of its only finding, in which nothing more is found."""
    found = only(api, catalog)
    assert found.change is not None
    changed = apply_edits(api, found.change.edits)
    assert check(changed, catalog) == []
    return changed


def test_text_encoders_of_another_family_are_replaced_by_the_checkpoints_own(catalog: Catalog) -> None:
    api = text_to_image(positive={"clip": ["clip", 0]}, negative={"clip": ["clip", 0]})
    names = {"clip_name1": "clip_l.safetensors", "clip_name2": "t5xxl_fp16.safetensors"}
    changed = mended(with_node(api, "clip", "DualCLIPLoader", **names, type="flux"), catalog)
    assert "clip" not in changed and changed["positive"]["inputs"]["clip"] == ["loader", 1]


def test_a_clip_loaders_type_has_to_be_the_familys(catalog: Catalog) -> None:
    api = text_to_image(positive={"clip": ["clip", 0]}, negative={"clip": ["clip", 0]})
    names = {"clip_name1": "clip_l.safetensors", "clip_name2": "clip_g.safetensors"}
    assert check(with_node(api, "clip", "DualCLIPLoader", **names, type="sdxl"), catalog) == []
    found = only(with_node(api, "clip", "DualCLIPLoader", **names, type="sd3"), catalog)
    assert (found.node_id, found.input, found.severity) == ("clip", "type", "error")
    assert "'sd3'" in found.message and "type 'sdxl'" in found.message


def test_the_text_encoder_of_another_checkpoint_is_found(catalog: Catalog) -> None:
    api = text_to_image(positive={"clip": ["other", 1]})
    api = with_node(api, "other", "CheckpointLoaderSimple", ckpt_name="v1-5-pruned-emaonly.safetensors")
    found = only(api, catalog)
    assert (found.node_id, found.kind) == ("other", "does_not_fit")
    assert "v1-5-pruned-emaonly.safetensors, which is SD 1.5" in found.message


@pytest.mark.parametrize(
    ("vae", "severity"), [("ae.safetensors", "error"), ("vae-ft-mse-840000.safetensors", "warning")]
)
def test_a_vae_of_another_latent_space_is_found(catalog: Catalog, vae: str, severity: str) -> None:
    """SD 1.5's has as many channels as SDXL's: its pictures come out, and are wrong."""
    files = [(file.folder, file.name) for file in catalog.models]
    here = installation(read_object_info(NEWEST), *files, ("vae", "vae-ft-mse-840000.safetensors"))
    api = with_node(text_to_image(decode={"vae": ["vae", 0]}), "vae", "VAELoader", vae_name=vae)
    found = only(api, here)
    assert (found.node_id, found.input, found.severity) == ("vae", "vae_name", severity)
    assert vae in found.message and "SDXL" in found.message
    assert mended(api, here)["decode"]["inputs"]["vae"] == ["loader", 2]
    assert check(with_node(api, "vae", "VAELoader", vae_name="sdxl_vae.safetensors"), here) == []


def test_a_picture_that_is_encoded_for_another_model_is_found(catalog: Catalog) -> None:
    api = text_to_image(sampler={"latent_image": ["encode", 0], "denoise": 0.5})
    api = with_node(api, "encode", "VAEEncode", pixels=["picture", 0], vae=["vae", 0])
    api = with_node(api, "picture", "EmptyImage", width=1024, height=1024, batch_size=1, color=0)
    found = only(with_node(api, "vae", "VAELoader", vae_name="ae.safetensors"), catalog)
    assert (found.node_id, found.input, found.severity) == ("vae", "vae_name", "error")


def test_an_empty_latent_of_another_ratio_is_found_and_one_of_other_channels_is_not(catalog: Catalog) -> None:
    """ComfyUI gives an empty latent the channels that the model takes, but not the ratio."""
    sized = {"width": 1024, "height": 1024, "batch_size": 1}
    api = with_node(text_to_image(), "latent", "EmptyFlux2LatentImage", **sized)
    found = only(api, catalog)
    assert (found.node_id, found.severity) == ("latent", "warning")
    new = mended(api, catalog)
    assert [node["class_type"] for node in new.values() if "Latent" in node["class_type"]] == ["EmptyLatentImage"]
    assert check(with_node(text_to_image(), "latent", "EmptySD3LatentImage", **sized), catalog) == []
    video = with_node(text_to_image(), "latent", "EmptyHunyuanLatentVideo", **sized, length=1)
    assert only(video, catalog).severity == "error"


def with_lora(name: str, **inputs: Any) -> dict[str, Any]:
    api = text_to_image(sampler={"model": ["lora", 0]})
    given = {"model": ["loader", 0], "lora_name": name, "strength_model": 1.0} | inputs
    return with_node(api, "lora", "LoraLoaderModelOnly", **given)


def test_a_lora_of_another_family_is_found_and_taken_out(catalog: Catalog) -> None:
    found = only(with_lora("ink_flux.safetensors"), catalog)
    assert (found.node_id, found.input, found.severity) == ("lora", "lora_name", "warning")
    assert "is for Flux" in found.message and "no effect" in found.message
    assert mended(with_lora("ink_flux.safetensors"), catalog)["sampler"]["inputs"]["model"] in (
        ["lora", 0],
        ["loader", 0],
    )
    assert check(with_lora("ink_sdxl.safetensors"), catalog) == []


def test_a_controlnet_of_another_family_is_found_through_the_conditioning(catalog: Catalog) -> None:
    api = text_to_image(sampler={"positive": ["apply", 0], "negative": ["apply", 1]})
    links = {
        "positive": ["positive", 0],
        "negative": ["negative", 0],
        "control_net": ["net", 0],
        "image": ["picture", 0],
    }
    api = with_node(api, "apply", "ControlNetApplyAdvanced", **links, strength=1.0, start_percent=0.0, end_percent=1.0)
    api = with_node(api, "net", "ControlNetLoader", control_net_name="control_v11p_sd15_canny.safetensors")
    api = with_node(api, "picture", "EmptyImage", width=1024, height=1024, batch_size=1, color=0)
    found = only(api, catalog)
    assert (found.node_id, found.input, found.severity) == ("net", "control_net_name", "error")
    assert "apply" not in mended(api, catalog)


def test_parts_that_a_file_does_not_hold_are_found_by_its_header(tmp_path: Path) -> None:
    """A bare SDXL U-Net among the checkpoints: the loader has outputs for CLIP and VAE, and nothing to give."""
    write_sparse(tmp_path / "checkpoints" / SDXL, bare_sdxl())
    write_sparse(tmp_path / "text_encoders" / "one.safetensors", clip_l())
    write_sparse(tmp_path / "text_encoders" / "two.safetensors", clip_g())
    write_sparse(tmp_path / "vae" / "sdxl_vae.safetensors", kl_vae(4, True))
    models = identify_models(list_models(tmp_path))
    here = catalog_from_object_info(read_object_info(NEWEST), models, options_from_models=True)
    found = check(text_to_image(), here)
    assert [(one.node_id, one.kind, one.severity) for one in found] == [("loader", "does_not_fit", "error")] * 2
    assert "holds no text encoder" in found[0].message and "DualCLIPLoader" in found[0].message
    assert "holds no VAE" in found[1].message
    api = text_to_image()
    for _ in range(2):
        change = check(api, here)[0].change
        assert change is not None
        api = apply_edits(api, change.edits)
    assert check(api, here) == [] and {"DualCLIPLoader", "VAELoader"} <= {node["class_type"] for node in api.values()}


def test_a_file_in_the_wrong_folder_is_found(tmp_path: Path) -> None:
    write_sparse(tmp_path / "checkpoints" / SDXL, unet_lora(2048))
    models = identify_models(list_models(tmp_path))
    here = catalog_from_object_info(read_object_info(NEWEST), models, options_from_models=True)
    found = only(text_to_image(), here)
    assert (found.node_id, found.input) == ("loader", "ckpt_name")
    assert "looks like a LoRA; move it to models/loras" in found.message


def test_nothing_is_found_where_a_family_is_not_known(catalog: Catalog) -> None:
    files = [(file.folder, file.name) for file in catalog.models]
    here = installation(read_object_info(NEWEST), *files, ("checkpoints", "mixture.safetensors"))
    api = with_lora("ink_flux.safetensors") | {
        "loader": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "mixture.safetensors"}}
    }
    assert check(api, here) == []


def test_nothing_is_found_where_two_models_may_come_by_one_link(catalog: Catalog) -> None:
    api = with_lora("ink_flux.safetensors", model=["merge", 0])
    api = with_node(api, "merge", "ModelMergeSimple", model1=["loader", 0], model2=["other", 0], ratio=0.5)
    api = with_node(api, "other", "UNETLoader", unet_name="flux1-dev.safetensors", weight_dtype="default")
    assert [one for one in check(api, catalog) if one.kind == "does_not_fit" and one.node_id == "lora"] == []


# ---- what is missing -----------------------------------------------------------------------------------------------


def test_a_missing_file_is_found_with_the_nearest_that_is_installed(catalog: Catalog) -> None:
    api = text_to_image(loader={"ckpt_name": "SDXL/sd_xl_base_1.0_fp16.safetensors"})
    found = only(api, catalog)
    assert (found.node_id, found.input, found.kind, found.severity) == ("loader", "ckpt_name", "missing_file", "error")
    assert f"the nearest file is {SDXL}" in found.message
    assert mended(api, catalog)["loader"]["inputs"]["ckpt_name"] == SDXL


@pytest.mark.parametrize("name", ["sd_xl_base_1.0_lightning_4step.safetensors", "flux1-schnell.safetensors"])
def test_a_file_of_another_family_or_for_other_settings_is_not_the_nearest(catalog: Catalog, name: str) -> None:
    found = only(text_to_image(loader={"ckpt_name": name}), catalog)
    assert found.kind == "missing_file" and found.change is None
    assert name in found.message and "models/checkpoints" in found.message


def test_a_missing_picture_and_a_missing_class_are_found(catalog: Catalog) -> None:
    api = with_node(text_to_image(), "picture", "LoadImage", image="nowhere.png")
    api = with_node(api, "show", "PreviewImage", images=["picture", 0])
    found = only(api, catalog)
    assert (found.node_id, found.kind) == ("picture", "missing_file") and "input folder" in found.message
    api = with_node(text_to_image(), "saver", "Image Save", images=["decode", 0])
    found = only(api, catalog)
    assert (found.node_id, found.kind, found.class_type) == ("saver", "missing_class", "Image Save")


def test_what_else_comfyui_refuses_is_invalid(catalog: Catalog) -> None:
    assert [one.kind for one in check(text_to_image(sampler={"steps": -3}), catalog)] == ["invalid"]
    assert only(text_to_image(sampler={"sampler_name": "eulr"}), catalog).kind == "invalid"


# ---- settings ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loader", "sampler", "found"),
    [
        (SDXL, {"steps": 4}, "steps 4 -> 30"),
        (SDXL, {"steps": 12}, None),
        (SDXL, {"steps": 15, "cfg": 9.0}, None),
        (SDXL, {"cfg": 1.0}, "cfg 1 -> 6"),
        ("sd_xl_turbo_1.0.safetensors", {"steps": 2, "cfg": 1.0}, None),
        ("sd_xl_turbo_1.0.safetensors", {"steps": 2, "cfg": 7.0}, "cfg 7 -> 1"),
        ("sd_xl_turbo_1.0.safetensors", {"steps": 30, "cfg": 1.0}, "steps 30 -> 2"),
    ],
)
def test_steps_and_cfg_are_found_by_model_and_variant(
    catalog: Catalog, loader: str, sampler: dict[str, Any], found: str | None
) -> None:
    api = text_to_image(loader={"ckpt_name": loader}, sampler=sampler, negative={"text": ""})
    if "turbo" in loader:
        api = (
            api | text_to_image(latent={"width": 512, "height": 512}) | {key: api[key] for key in ("loader", "sampler")}
        )
        api["latent"]["inputs"] |= {"width": 512, "height": 512}
        api["negative"]["inputs"]["text"] = ""
    titles = [one.change.title for one in check(api, catalog) if one.change is not None]
    assert titles == ([found] if found else [])


def test_settings_are_found_beside_a_lora_that_is_not_installed(catalog: Catalog) -> None:
    def found(name: str, **settings: Any) -> set[str | None]:
        api = text_to_image(sampler={"model": ["lora", 0], **settings})
        lora = {"model": ["loader", 0], "clip": ["loader", 1], "lora_name": name}
        api = with_node(api, "lora", "LoraLoader", **lora, strength_model=0.8, strength_clip=0.8)
        return {each.input for each in check(api, catalog) if each.kind == "settings"}

    assert found("comic_xl.safetensors", steps=4, cfg=14.0) == {"steps", "cfg"}
    assert found("sdxl_lightning_4step_lora.safetensors", steps=4, cfg=1.0) == set()


def test_few_steps_at_a_low_cfg_are_fine_where_a_lora_may_be_distilled(catalog: Catalog) -> None:
    api = with_lora("ink_sdxl.safetensors")
    api["sampler"]["inputs"] |= {"steps": 5, "cfg": 1.5}
    assert check(api, catalog) == []
    api["sampler"]["inputs"]["cfg"] = 7.0
    assert [one.input for one in check(api, catalog)] == ["steps"]


def flux(**sampler: Any) -> dict[str, Any]:
    api = text_to_image(
        positive={"clip": ["clip", 0]}, negative={"clip": ["clip", 0], "text": ""}, decode={"vae": ["vae", 0]},
        sampler={"cfg": 1.0, "scheduler": "simple", "positive": ["guidance", 0]} | sampler,
    )  # fmt: skip
    names = {"clip_name1": "clip_l.safetensors", "clip_name2": "t5xxl_fp16.safetensors"}
    api = with_node(api, "loader", "UNETLoader", unet_name="flux1-dev.safetensors", weight_dtype="default")
    api = with_node(api, "clip", "DualCLIPLoader", **names, type="flux")
    api = with_node(api, "guidance", "FluxGuidance", conditioning=["positive", 0], guidance=3.5)
    return with_node(api, "vae", "VAELoader", vae_name="ae.safetensors")


@pytest.mark.parametrize(
    ("sampler", "inputs"),
    [
        ({}, []),
        ({"sampler_name": "dpmpp_2m", "scheduler": "beta"}, []),
        ({"sampler_name": "heunpp2"}, []),
        ({"sampler_name": "lms"}, ["sampler_name"]),
        ({"scheduler": "karras"}, ["scheduler"]),
        ({"cfg": 7.0}, ["cfg"]),
    ],
)
def test_samplers_and_schedulers_are_found_where_they_do_not_work(
    catalog: Catalog, sampler: dict[str, Any], inputs: list[str]
) -> None:
    assert [one.input for one in check(flux(**sampler), catalog)] == inputs


def test_guidance_is_found_in_the_conditioning(catalog: Catalog) -> None:
    api = flux()
    api["guidance"]["inputs"]["guidance"] = 30.0
    found = only(api, catalog)
    assert (found.node_id, found.input) == ("guidance", "guidance") and "2.5 to 4.5" in found.message


def test_a_high_cfg_is_fine_where_a_patch_changes_what_it_adds(catalog: Catalog) -> None:
    api = text_to_image(sampler={"cfg": 15.0, "model": ["rescale", 0]})
    assert check(with_node(api, "rescale", "RescaleCFG", model=["loader", 0], multiplier=0.7), catalog) == []


def test_a_distilled_lora_counts_unless_it_is_switched_off(catalog: Catalog) -> None:
    files = [(file.folder, file.name) for file in catalog.models]
    here = installation(read_object_info(NEWEST), *files, ("loras", "lcm-lora-sdxl.safetensors"))
    api = with_lora("lcm-lora-sdxl.safetensors")
    assert [one.input for one in check(api, here)] == ["steps", "cfg"]
    assert check(with_lora("lcm-lora-sdxl.safetensors", strength_model=0.0), here) == []
    api["sampler"]["inputs"] |= {"steps": 6, "cfg": 1.5}
    assert check(api, here) == []


@pytest.mark.parametrize(("strength", "expected"), [(1.0, []), (-1.5, []), (3.0, ["strength_model 3 -> 1"])])
def test_the_strength_of_a_lora_is_found(catalog: Catalog, strength: float, expected: list[str]) -> None:
    found = check(with_lora("ink_sdxl.safetensors", strength_model=strength), catalog)
    assert [one.change.title for one in found if one.change] == expected


# ---- what makes no sense -------------------------------------------------------------------------------------------


def test_what_makes_no_sense_is_found_with_what_mends_it(catalog: Catalog) -> None:
    api = text_to_image(sampler={"denoise": 0.5})
    assert mended(api, catalog)["sampler"]["inputs"]["denoise"] == 1.0
    small = mended(text_to_image(latent={"width": 512, "height": 384}), catalog)["latent"]["inputs"]
    assert 0.75e6 < small["width"] * small["height"] < 1.4e6 and 1.2 < small["width"] / small["height"] < 1.5
    twice = with_lora("ink_sdxl.safetensors", model=["first", 0])
    links = {"model": ["loader", 0], "lora_name": "ink_sdxl.safetensors", "strength_model": 0.5}
    twice = with_node(twice, "first", "LoraLoaderModelOnly", **links)
    assert len([node for node in mended(twice, catalog).values() if node["class_type"] == "LoraLoaderModelOnly"]) == 1


def test_a_size_that_is_only_off_the_grid_and_one_that_was_asked_for_are_fine(catalog: Catalog) -> None:
    assert check(text_to_image(latent={"width": 1000, "height": 1000}), catalog) == []
    strip = text_to_image(latent={"width": 1536, "height": 512})
    assert [one.kind for one in check(strip, catalog)] == ["silly"]
    assert check(strip, catalog, [(1536, 512)]) == []


def test_two_pictures_may_be_made_to_be_compared(catalog: Catalog) -> None:
    second = {f"b{key}": node for key, node in text_to_image(sampler={"seed": 6}).items()}
    for node in second.values():
        for name, value in node["inputs"].items():
            if isinstance(value, list):
                node["inputs"][name] = [f"b{value[0]}", value[1]]
    assert check(text_to_image() | second, catalog) == []


def test_another_model_for_the_second_pass_is_fine(catalog: Catalog) -> None:
    files = [(file.folder, file.name) for file in catalog.models]
    here = installation(read_object_info(NEWEST), *files, ("checkpoints", "juggernautXL_v9.safetensors"))
    api = text_to_image(decode={"samples": ["again", 0]})
    api = with_node(api, "other", "CheckpointLoaderSimple", ckpt_name="juggernautXL_v9.safetensors")
    api = with_node(api, "larger", "LatentUpscaleBy", samples=["sampler", 0], upscale_method="bislerp", scale_by=1.5)
    again = api["sampler"]["inputs"] | {
        "model": ["other", 0],
        "latent_image": ["larger", 0],
        "denoise": 0.4,
        "steps": 12,
    }
    assert check(with_node(api, "again", "KSampler", **again), here) == []


# ---- whatever is given ---------------------------------------------------------------------------------------------


def test_nodes_in_subgraphs_keep_their_ids_and_the_canvas_is_read(catalog: Catalog) -> None:
    api = {f"120:{key}": node for key, node in text_to_image(sampler={"cfg": 20.0}).items()}
    for node in api.values():
        for name, value in node["inputs"].items():
            if isinstance(value, list):
                node["inputs"][name] = [f"120:{value[0]}", value[1]]
    assert only(api, catalog).node_id == "120:sampler"
    assert check({"prompt": api}, catalog) == check(api, catalog)


def test_official_templates_have_next_to_no_findings() -> None:
    """Every file that a template names is installed. What is found is that a negative prompt is not read at cfg 1."""
    info = read_object_info(NEWEST)
    bare, files = installation(info), set()
    for template in local_templates():
        for one in check(template.api, bare):
            spec = {spec.name: spec for spec in bare.classes[str(one.class_type)].inputs}.get(str(one.input))
            if one.kind == "missing_file" and spec is not None and spec.folder and template.api is not None:
                files.add((spec.folder, template.api[str(one.node_id)]["inputs"][one.input]))
    here = installation(info, *sorted(files))
    found = {
        (template.name, one.kind, one.message)
        for template in local_templates()
        for one in check(template.api, here)
        if one.kind not in ("missing_file", "invalid")
    }
    assert len(files) > 250
    unread = {one for one in found if "does not read its negative prompt" in one[2]}
    assert len(unread) <= 4 and len(found - unread) <= 1, found


@pytest.mark.parametrize("seed", range(3))
def test_nothing_that_is_given_ends_in_a_traceback(catalog: Catalog, seed: int) -> None:
    draw = random.Random(seed)
    graphs = [
        text_to_image(),
        flux(),
        with_lora("ink_flux.safetensors"),
        *(own["ui"] for own in own_workflows().values()),
    ]
    for _ in range(60):
        api = changed_value(draw.choice(graphs), draw)
        for found in check(api, catalog):
            assert found.message and finding_document(found)["kind"] == found.kind


def test_a_document_that_is_no_workflow_is_one_finding(catalog: Catalog) -> None:
    documents: tuple[Any, ...] = (None, 3, [], "", {}, {"1": 2}, {"nodes": []})
    for given in documents:
        found = check(given, catalog)
        assert found and found[0].severity == "error"
