"""Models with parts missing: the grammar takes each part from a file that holds it, or states what is missing."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest
from damaged_installations import parts_that_are_not_there
from installation_data import diffusion_model_shapes
from installations import SD15, installation, walk
from inventories import Shapes, clip_l, kl_vae, t5xxl
from partial_installations import catalog_of, write_installation

from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.catalog.model_files import model_files
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import ConstraintError, DeadEndError, Grammar, NoModelError
from nodewright.workflow.graph import Workflow
from nodewright.workflow.script.script import read_script, render, write_script

UPSCALER = ("upscale_models", "4x-UltraSharp.pth")


def catalog_with(folder: Path, name: str) -> Catalog:
    return catalog_of(name, write_installation(name, folder), "0.33.0")


def walks(grammar: Grammar, count: int) -> list[Workflow]:
    return [walk(grammar.start(), random.Random(seed)).workflow() for seed in range(count)]


def sources(workflow: Workflow, catalog: Catalog) -> set[tuple[str, str]]:
    """(type, class) of each loader's output that some node takes."""
    linked = [link for node in workflow.nodes for _, link in node.links()]
    found = set()
    for link in linked:
        node = workflow.nodes[link.node]
        if not list(node.links()):
            found.add((catalog.classes[node.class_type].outputs[link.slot], node.class_type))
    return {(kind, name) for kind, name in found if kind in ("MODEL", "CLIP", "VAE")}


def test_a_checkpoint_without_vae_is_not_offered(tmp_path: Path) -> None:
    catalog = catalog_with(tmp_path, "sdxl_without_vae")
    assert Grammar(catalog).main_choices == ("sd15/v1_5_pruned_emaonly",)
    with pytest.raises(NoModelError, match=r"sd_xl_base_1.0.safetensors \(sdxl\) lacks its VAE \(models/vae"):
        Grammar(catalog, Constraints(families=frozenset({"sdxl"})))


def test_with_a_vae_beside_it_the_vae_comes_from_that_file(tmp_path: Path) -> None:
    catalog = catalog_with(tmp_path, "sdxl_vae_beside")
    for workflow in walks(Grammar(catalog), 25):
        found = sources(workflow, catalog)
        assert ("VAE", "VAELoader") in found and ("VAE", "CheckpointLoaderSimple") not in found
        assert parts_that_are_not_there(workflow, catalog) == []


def test_checkpoints_of_nothing_but_a_diffusion_model_are_named_with_what_each_lacks(tmp_path: Path) -> None:
    with pytest.raises(NoModelError) as error:
        Grammar(catalog_with(tmp_path, "unet_only"))
    for name in ("sd_xl_base_1.0.safetensors (sdxl)", "v1-5-pruned.safetensors (sd15)"):
        assert f"{name} lacks its text encoder (models/text_encoders" in str(error.value)
    assert str(error.value).count("its VAE (models/vae") == 2


def test_a_diffusion_model_among_checkpoints_lacks_its_encoders_and_its_vae(tmp_path: Path) -> None:
    with pytest.raises(NoModelError) as error:
        Grammar(catalog_with(tmp_path, "flux_in_checkpoints"))
    message = str(error.value)
    assert "flux1-dev.safetensors (flux) lacks its text encoder (models/text_encoders" in message
    assert "clip_l.safetensors and t5xxl_fp16.safetensors" in message and "its VAE (models/vae" in message


def test_a_diffusion_model_among_checkpoints_takes_its_parts_from_their_own_loaders(tmp_path: Path) -> None:
    catalog = catalog_with(tmp_path, "flux_in_checkpoints_with_parts")
    for workflow in walks(Grammar(catalog), 25):
        assert sources(workflow, catalog) >= {("CLIP", "DualCLIPLoader"), ("MODEL", "CheckpointLoaderSimple")}
        assert not {("CLIP", "CheckpointLoaderSimple"), ("VAE", "CheckpointLoaderSimple")} & sources(workflow, catalog)
        assert [node.class_type for node in workflow.nodes].count("CheckpointLoaderSimple") == 1


def test_few_nodes_and_missing_parts_are_an_error_at_once(object_info: dict[str, Any]) -> None:
    """SD 3.5 alone in checkpoints, with two of three encoders and the VAE of another family."""
    found: list[tuple[str, str, Shapes]] = [
        ("checkpoints", "sd3.5_large.safetensors", dict(diffusion_model_shapes()["sd35"])),
        ("text_encoders", "clip_l.safetensors", clip_l()),
        ("text_encoders", "t5xxl_fp16.safetensors", t5xxl()),
        ("vae", "ae.safetensors", kl_vae(16, quant=False)),
    ]
    files = model_files((folder, name, identify(folder, name, shapes)) for folder, name, shapes in found)
    catalog = catalog_from_object_info(object_info, files, options_from_models=True)
    for nodes in (10, 24):
        with pytest.raises(NoModelError, match=r"sd3.5_large.safetensors \(sd3\) lacks .*its VAE"):
            Grammar(catalog, Constraints(max_nodes=nodes))


def test_encoders_count_only_for_the_loader_that_lists_them(tmp_path: Path) -> None:
    """T5 as GGUF beside a clip_l that is none: DualCLIPLoaderGGUF lists both, DualCLIPLoader only one."""
    catalog = catalog_with(tmp_path, "flux_gguf")
    for workflow in walks(Grammar(catalog), 25):
        assert sources(workflow, catalog) >= {("MODEL", "UnetLoaderGGUF"), ("CLIP", "DualCLIPLoaderGGUF")}
        assert "DualCLIPLoader" not in {node.class_type for node in workflow.nodes}
    with pytest.raises(ConstraintError, match="without 'DualCLIPLoaderGGUF'"):
        Grammar(catalog, Constraints(forbidden=frozenset({"DualCLIPLoaderGGUF"})))


def test_a_bare_diffusion_model_borrows_from_a_checkpoint_of_its_family(tmp_path: Path) -> None:
    catalog = catalog_with(tmp_path, "borrowing")
    grammar = Grammar(catalog, Constraints(required=("UNETLoader",)))
    assert grammar.main_choices == ("sdxl/sdxl_lightning_4step_unet",)
    for workflow in walks(grammar, 40):
        loaders = [node for node in workflow.nodes if node.class_type in ("UNETLoader", "CheckpointLoaderSimple")]
        assert sorted(node.class_type for node in loaders) == ["CheckpointLoaderSimple", "UNETLoader"]
        assert ("MODEL", "CheckpointLoaderSimple") not in sources(workflow, catalog)
        assert ("CLIP", "CheckpointLoaderSimple") in sources(workflow, catalog)


def test_a_whole_checkpoint_borrows_nothing(tmp_path: Path) -> None:
    catalog = catalog_with(tmp_path, "any_script")
    for workflow in walks(Grammar(catalog), 30):
        assert [node.class_type for node in workflow.nodes].count("CheckpointLoaderSimple") == 1


@pytest.mark.parametrize(
    ("required", "least"),
    [
        (("UpscaleModelLoader",), 9),
        (("ImageUpscaleWithModel", "UpscaleModelLoader"), 9),
        (("CheckpointLoaderSimple",), 7),
        (("VAELoader",), 8),
        (("PreviewImage",), 9),
        (("LoraLoader", "CheckpointLoaderSimple"), 8),
    ],
)
def test_a_required_class_that_another_brings_along_works(
    object_info: dict[str, Any], required: tuple[str, ...], least: int
) -> None:
    files = (*SD15, UPSCALER, ("vae", "vae-ft-mse-840000-ema-pruned.safetensors"), ("loras", "detail_sd15.safetensors"))
    catalog = installation(object_info, *files)
    for nodes in (least, 24):
        for workflow in walks(Grammar(catalog, Constraints(required=required, max_nodes=nodes)), 15):
            assert set(required) <= {node.class_type for node in workflow.nodes} and len(workflow.nodes) <= nodes
    with pytest.raises(ConstraintError, match=f"max_nodes: {least - 1} are too few; .* it takes {least}"):
        Grammar(catalog, Constraints(required=required, max_nodes=least - 1))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("LoraLoader", "input 'lora_name' has nothing to choose from: models/loras has no file"),
        ("UpscaleModelLoader", "models/upscale_models has no file"),
        ("FluxGuidance", "it is meant for flux"),
        ("LoadImage", "its input 'image' takes a file of your own"),
        ("SaveAudio", "it is for video, sound or 3D"),
        (
            "ControlNetApplyAdvanced",
            "input 'control_net', which takes CONTROL_NET .*models/controlnet has no file",
        ),
        ("UNETLoader", "models/diffusion_models has no file"),
    ],
)
def test_why_a_required_class_cannot_be_is_named(object_info: dict[str, Any], name: str, reason: str) -> None:
    with pytest.raises(ConstraintError, match=f"required: no workflow .* can contain '{name}': .*{reason}"):
        Grammar(installation(object_info, *SD15), Constraints(required=(name,)))


def test_files_that_cannot_be_used_are_named_with_the_reason(tmp_path: Path) -> None:
    catalog = catalog_with(tmp_path, "misplaced")
    with pytest.raises(
        ConstraintError, match=r"Left out: .*detail_tweaker.safetensors looks like a LoRA.*models/loras"
    ):
        Grammar(catalog, Constraints(families=frozenset({"sdxl"})))


def test_a_class_named_as_an_output_of_another_is_written_and_read(object_info: dict[str, Any]) -> None:
    """The grammar's own mark for an output, ":1", cannot be confused with a part of a class's name."""
    info = {**object_info}
    for name in ("Curve:1", "Curve:1:2", "KSampler:3"):
        info[name] = copy.deepcopy(object_info["ImageInvert"]) | {"name": name}
    catalog = installation(info, *SD15)
    required = ("Curve:1", "Curve:1:2", "KSampler:3")
    grammar = Grammar(catalog, Constraints(required=required))
    for seed in range(15):
        state = walk(grammar.start(), random.Random(seed))
        workflow = state.workflow()
        assert set(required) <= {node.class_type for node in workflow.nodes}
        assert write_script(workflow, catalog) == state.choices_made
        assert read_script(render(state.choices_made, catalog), catalog) == workflow


def test_a_state_without_choices_is_an_error_that_names_the_state(object_info: dict[str, Any]) -> None:
    state = Grammar(installation(object_info, *SD15), Constraints(max_nodes=9)).start()
    for choice in ("sd15/v1_5_pruned_emaonly", "SaveImage", "VAEDecode"):
        state.choose(choice)
    state._allowed = lambda: ()  # type: ignore[method-assign]
    with pytest.raises(DeadEndError, match=r"(?s)VAEDecode.*samples of VAEDecode, which takes LATENT.*max_nodes=9"):
        state.allowed()
