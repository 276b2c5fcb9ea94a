from __future__ import annotations

import itertools
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from inventories import unet_lora, write_inventory, write_sparse

from nodewright.workflow.catalog import cache as catalog_cache
from nodewright.workflow.catalog.cache import from_json, load_catalog, rules_version, to_json
from nodewright.workflow.catalog.catalog import Catalog, InputSpec, ModelFile, with_same_classes
from nodewright.workflow.catalog.identify import Identity, identify
from nodewright.workflow.catalog.model_files import model_files
from nodewright.workflow.catalog.object_info import CatalogError, catalog_from_object_info
from nodewright.workflow.script.options import quote


def described(required: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A class of object_info with these inputs."""
    return {"input": {"required": required}, "output": ["IMAGE"], **more}


def read(required: dict[str, Any], **more: Any) -> tuple[InputSpec, ...]:
    return catalog_from_object_info({"Some": described(required, **more)}).classes["Some"].inputs


# ---- inputs ------------------------------------------------------------------------------------------------------


def test_both_combo_shapes_are_the_same_input() -> None:
    first, second = read(
        {"mode": [["a", "b"], {"default": "b"}], "mode_2": ["COMBO", {"options": ["a", "b"], "default": "b"}]}
    )
    assert first.kind == second.kind == "combo"
    assert first.options == second.options == ("a", "b")
    assert first.options is second.options, "equal lists are one tuple"
    assert first.default == second.default == "b"
    assert first.types == second.types == ("COMBO",)


def test_options_of_other_types_are_not_mixed_up() -> None:
    first, second = read({"a": [[1, 2]], "b": [[True, 2.0]]})
    assert [type(option) for option in first.options] == [int, int]
    assert [type(option) for option in second.options] == [bool, float]


def test_numbers_text_and_links() -> None:
    specs = {spec.name: spec for spec in read({
        "seed": ["INT", {"default": 0, "min": 0, "max": 2**64 - 1}],
        "noise": ["INT", {"control_after_generate": True}],
        "steps": ["INT", {"default": 20, "min": 1, "max": 10000}],
        "cfg": ["FLOAT", {"default": 8.0, "min": 0.0, "max": 100.0, "step": 0.1}],
        "on": ["BOOLEAN", {"default": False}],
        "text": ["STRING", {"multiline": True, "dynamicPrompts": True}],
        "given": ["INT", {"forceInput": True, "default": 3}],
        "model": ["MODEL"],
        "either": ["IMAGE,MASK", {}],
        "rate": ["FLOAT,INT", {"widgetType": "FLOAT", "default": 25.0, "min": 1.0}],
        "any": ["*", {}],
        "color": ["COLOR", {"default": "#fff", "socketless": True}],
        "image": [["a.png"], {"image_upload": True}],
        "file": ["COMBO", {"remote": {"route": "/x"}}],
    })}  # fmt: skip
    assert {name: spec.kind for name, spec in specs.items()} == {
        "seed": "int", "noise": "int", "steps": "int", "cfg": "float", "on": "boolean", "text": "string",
        "given": "link", "model": "link", "either": "link", "rate": "float", "any": "link", "color": "other",
        "image": "combo", "file": "combo",
    }  # fmt: skip
    assert [name for name, spec in specs.items() if spec.seed] == ["seed", "noise"]
    assert specs["seed"].maximum == 2**64 - 1
    assert (specs["cfg"].default, specs["cfg"].minimum, specs["cfg"].maximum, specs["cfg"].step) == (
        8.0,
        0.0,
        100.0,
        0.1,
    )
    assert specs["on"].default is False
    assert specs["text"].default is None and specs["text"].multiline and specs["text"].dynamic_prompts
    assert specs["either"].types == ("IMAGE", "MASK")
    assert specs["rate"].types == ("FLOAT", "INT") and specs["rate"].widget
    assert specs["any"].types == ("*",)
    assert specs["image"].upload and specs["image"].own_files and specs["file"].remote and specs["file"].options == ()


def test_input_order_then_optional_and_hidden_is_no_input() -> None:
    info = {
        "input": {
            "required": {"b": ["MODEL"], "a": ["CLIP"]},
            "optional": {"y": ["VAE"], "x": ["MASK"]},
            "hidden": {"unique_id": "UNIQUE_ID"},
        },
        "input_order": {"required": ["a", "b", "gone"], "optional": ["x"]},
        "output": [],
    }
    specs = catalog_from_object_info({"Some": info}).classes["Some"].inputs
    assert [(spec.name, spec.required) for spec in specs] == [("a", True), ("b", True), ("x", False), ("y", False)]


def test_outputs() -> None:
    info = described({}, output_is_list=[True], output_matchtypes=[None, "t"], output_node=True, is_input_list=True)
    info["output"] = ["IMAGE", "COMFY_MATCHTYPE_V3", ["euler", "heun"]]
    cls = catalog_from_object_info({"Some": info}).classes["Some"]
    assert cls.outputs == ("IMAGE", "COMFY_MATCHTYPE_V3", "COMBO")
    assert cls.output_is_list == (True, False, False)
    assert cls.output_matches == (None, "t", None)
    assert cls.output_node and cls.input_is_list


def test_dynamic_combo_nested() -> None:
    inner = {"options": [{"key": "h264", "inputs": {"required": {"crf": ["FLOAT", {"default": 23.0}]}}},
                         {"key": "none", "inputs": {"required": {}}}]}  # fmt: skip
    outer = {"options": [{"key": "auto", "inputs": {"required": {}}},
                         {"key": "mp4", "inputs": {"required": {"codec": ["COMFY_DYNAMICCOMBO_V3", inner]},
                                                   "optional": {"fast": ["BOOLEAN", {"default": True}]}}}]}  # fmt: skip
    (spec,) = read({"format": ["COMFY_DYNAMICCOMBO_V3", outer]})
    assert spec.kind == "dynamic_combo" and spec.options == ("auto", "mp4")
    branches = dict(spec.branches)
    assert branches["auto"] == ()
    assert [(nested.name, nested.required) for nested in branches["mp4"]] == [("codec", True), ("fast", False)]
    assert dict(branches["mp4"][0].branches)["h264"][0].default == 23.0


def test_autogrow_by_prefix_and_by_names() -> None:
    by_prefix = {"template": {"input": {"required": {"image": ["IMAGE", {}]}}, "prefix": "image", "min": 2, "max": 4}}
    by_names = {"template": {"input": {"required": {"value": ["FLOAT,INT", {}]}}, "names": ["a", "b"], "min": 1}}
    optional = {"template": {"input": {"optional": {"image": ["IMAGE", {}]}}, "prefix": "i", "min": 2, "max": 3}}
    first, second, third = read(
        {
            "p": ["COMFY_AUTOGROW_V3", by_prefix],
            "n": ["COMFY_AUTOGROW_V3", by_names],
            "o": ["COMFY_AUTOGROW_V3", optional],
        }
    )
    assert first.kind == "autogrow" and first.grow_names == ("image0", "image1", "image2", "image3")
    assert first.grow_minimum == 2 and first.template is not None and first.template.types == ("IMAGE",)
    assert second.grow_names == ("a", "b") and second.grow_minimum == 1 and second.types == ("FLOAT", "INT")
    assert third.grow_minimum == 0, "ComfyUI ignores the minimum where the template is optional"


def test_match_types() -> None:
    spec, free = read({
        "input": ["COMFY_MATCHTYPE_V3", {"template": {"template_id": "t", "allowed_types": "IMAGE,MASK"}}],
        "free": ["COMFY_MATCHTYPE_V3", {"template": {"template_id": "u", "allowed_types": "*"}}],
    })  # fmt: skip
    assert (spec.kind, spec.match, spec.types) == ("link", "t", ("IMAGE", "MASK"))
    assert (free.match, free.types) == ("u", ("*",))


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        (5, "must be a list"),
        ([], "must be a list"),
        ([7], "type must be a name"),
        ([""], "type must be a name"),
        (["INT", 3], "must be an object"),
        (["INT", {"min": "0"}], "'min' must be a number"),
        (["COMBO", {"options": "ab"}], "options of a combo"),
        (["COMFY_DYNAMICCOMBO_V3", {}], "options of a dynamic combo"),
        (["COMFY_DYNAMICCOMBO_V3", {"options": ["a"]}], "its option must be an object"),
        (["COMFY_DYNAMICCOMBO_V3", {"options": [{"key": 1}]}], "'key'"),
        (["COMFY_AUTOGROW_V3", {}], "template"),
        (["COMFY_AUTOGROW_V3", {"template": {"input": {}}}], "is empty"),
        (["COMFY_AUTOGROW_V3", {"template": {"input": {"required": {"i": ["IMAGE"]}}}}], "'names'"),
        (["COMFY_MATCHTYPE_V3", {}], "template"),
    ],
)
def test_malformed_input_names_class_and_input(declared: Any, says: str) -> None:
    with pytest.raises(CatalogError) as caught:
        read({"good": ["MODEL"], "broken": declared})
    assert "'Some'" in str(caught.value) and "'broken'" in str(caught.value) and says in str(caught.value)


@pytest.mark.parametrize(
    "info",
    [
        3,
        None,
        {},
        {"input": []},
        {"input": {"required": []}},
        {"input": {}, "output": "IMAGE"},
        {"input": {}, "output": [4]},
    ],
)
def test_malformed_class_is_named(info: Any) -> None:
    catalog = catalog_from_object_info({"Good": described({}), "Broken": info})
    assert set(catalog.classes) == {"Good"} and "'Broken'" in catalog.left_out["Broken"]
    with pytest.raises(CatalogError, match="'Broken'"):  # an object_info has one that can be read
        catalog_from_object_info({"Broken": info})


def test_object_info_that_is_no_object() -> None:
    with pytest.raises(CatalogError, match="list"):
        catalog_from_object_info([])  # type: ignore[arg-type]


# ---- the real one ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(object_info: dict[str, Any]) -> Catalog:
    return catalog_from_object_info(object_info)


def test_every_class_and_input_is_there(real: Catalog, object_info: dict[str, Any]) -> None:
    assert set(real.classes) == set(object_info)
    for name, info in object_info.items():
        declared = [key for group in ("required", "optional") for key in info["input"].get(group, {})]
        assert sorted(spec.name for spec in real.classes[name].inputs) == sorted(declared)
        assert real.classes[name].outputs == tuple(info["output"])


def test_known_classes(real: Catalog) -> None:
    sampler = real.classes["KSampler"]
    assert [spec.name for spec in sampler.inputs][:4] == ["model", "seed", "steps", "cfg"]
    assert sampler.inputs[1].seed and "euler" in sampler.inputs[4].options
    resize = real.classes["ResizeImageMaskNode"]
    assert resize.inputs[0].match == "input_type" == resize.output_matches[0]
    assert "scale dimensions" in resize.inputs[1].options
    batch = real.classes["BatchImagesNode"].inputs[0]
    assert batch.grow_names[0] == "image0" and batch.grow_minimum == 1
    vae = real.classes["VAELoader"].inputs[0]
    assert vae.folder == "vae" and "pixel_space" in vae.options
    assert real.file("vae", "pixel_space") is None, "a virtual option is no file"
    assert real.classes["CLIPVisionLoader"].inputs[0].folder == "clip_vision"
    assert real.classes["UpscaleModelLoader"].inputs[0].folder == "upscale_models"


def test_the_fingerprint_is_the_same_in_another_process(real: Catalog, object_info_path: Path) -> None:
    code = (
        "import json, sys; from nodewright.workflow.catalog.object_info import catalog_from_object_info as c;"
        "print(c(json.load(open(sys.argv[1], encoding='utf-8'))).fingerprint)"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(object_info_path)], check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout.strip() == real.fingerprint


def test_the_fingerprint_changes_with_a_class_a_range_and_a_file() -> None:
    def fingerprint(maximum: int, files: tuple[ModelFile, ...]) -> str:
        info = {"Some": described({"n": ["INT", {"max": maximum}]})}
        return catalog_from_object_info(info, files).fingerprint

    files = model_files([("loras", "a.safetensors", identify("loras", "a.safetensors"))])
    assert fingerprint(5, files) == fingerprint(5, files)
    assert len({fingerprint(5, files), fingerprint(6, files), fingerprint(5, ())}) == 3


def test_an_uploaded_picture_is_in_the_catalog_but_not_in_the_fingerprint() -> None:
    def catalog(*pictures: str, mode: str = "red") -> Catalog:
        given = {"image": [list(pictures), {"image_upload": True, "default": pictures[0]}], "mode": [[mode], {}]}
        return catalog_from_object_info({"LoadImage": described(given)})

    one, two = catalog("b.png"), catalog("a.png", "b.png")
    assert one.fingerprint == two.fingerprint != catalog("b.png", mode="alpha").fingerprint
    assert two.classes["LoadImage"].inputs[0].options == ("a.png", "b.png")
    assert two.classes["LoadImage"].inputs[0].default == "a.png"


def test_the_users_own_latents_and_folders_are_no_part_of_the_fingerprint_either() -> None:
    """ComfyUI does not mark these as uploads: nodes.py, LoadLatent; comfy_extras/nodes_dataset.py."""
    listing = {"LoadLatent": "latent", "LoadImageDataSetFromFolder": "folder"}

    def catalog(*there: str) -> Catalog:
        return catalog_from_object_info({name: described({given: [[*there]]}) for name, given in listing.items()})

    one, two = catalog(), catalog("3d")
    assert one.fingerprint == two.fingerprint
    for name in listing:
        (spec,) = two.classes[name].inputs
        assert spec.options == ("3d",) and spec.own_files and not spec.upload


def test_classes_that_did_not_change_stay_the_same_objects() -> None:
    info = {"Some": described({"n": ["INT", {"max": 5}]}), "Other": described({"mode": [["a", "b"]]})}
    before = catalog_from_object_info(info)
    after = catalog_from_object_info(info | {"Some": described({"n": ["INT", {"max": 6}]}), "New": described({})})
    kept = with_same_classes(after, before)
    assert kept == after and list(kept.classes) == ["Some", "Other", "New"]
    assert kept.classes["Other"] is before.classes["Other"]
    assert kept.classes["Some"].inputs[0].maximum == 6


# ---- model files -------------------------------------------------------------------------------------------------


def test_files_from_the_combos() -> None:
    info = {
        "CheckpointLoaderSimple": described({"ckpt_name": [["v1-5.ckpt", "sub/sd_xl_base.safetensors"]]}),
        "VAELoader": described({"vae_name": [["ae.safetensors", "pixel_space", "taesd"]]}),
        "DualCLIPLoader": described({"clip_name1": [["clip_l.safetensors"]], "clip_name2": [["clip_l.safetensors"]]}),
        "UNETLoader": described({"unet_name": ["COMBO", {"options": []}]}),
        "SomeFaceLoader": described({"face_name": [["a.pth", "b.pth"]]}),
        "SomeLoraStack": described({"first": [["x.safetensors"]], "lora_name_2": [["x.safetensors"]]}),
    }
    catalog = catalog_from_object_info(info)
    assert {(model.folder, model.name) for model in catalog.models} == {
        ("checkpoints", "v1-5.ckpt"), ("checkpoints", "sub/sd_xl_base.safetensors"), ("vae", "ae.safetensors"),
        ("text_encoders", "clip_l.safetensors"), ("face", "a.pth"), ("face", "b.pth"), ("loras", "x.safetensors"),
    }  # fmt: skip
    first = catalog.classes["SomeLoraStack"].inputs[0]
    assert first.folder == "loras", "an unknown input that lists the LoRAs"
    model = catalog.file("checkpoints", "sub/sd_xl_base.safetensors")
    assert model is not None and model.alias == "sdxl/sd_xl_base" and catalog.by_alias(model.alias) is model
    assert model.parts == {"MODEL", "CLIP", "VAE"}
    assert catalog.classes["UNETLoader"].inputs[0].folder == "diffusion_models"
    assert catalog.file(None, "v1-5.ckpt") is None and catalog.by_alias("sdxl/none") is None


def test_aliases_are_unique_and_do_not_depend_on_the_order() -> None:
    found = [
        (folder, name, identify(folder, name))
        for folder, name in (
            ("checkpoints", "SDXL Fancy (v2).safetensors"), ("checkpoints", "sub/SDXL-Fancy_v2.ckpt"),
            ("loras", "sdxl_fancy_v2.safetensors"), ("upscale_models", "4x-UltraSharp.pth"), ("loras", "***.pt"),
        )
    ]  # fmt: skip
    models = model_files(found)
    assert [model.alias for model in models] == [
        "sdxl/sdxl_fancy_v2_checkpoints", "sdxl/sdxl_fancy_v2_sub_checkpoints_ckpt", "any/unnamed",
        "sdxl/sdxl_fancy_v2_loras", "any/4x_ultrasharp",
    ]  # fmt: skip
    assert model_files(reversed(found)) == models


def test_an_alias_never_comes_to_mean_another_file() -> None:
    """Of the files that are there before and after one is added, in every order."""
    names = ("flux1-dev.safetensors", "flux1-dev.gguf", "old/flux1 dev.safetensors", "Flux1-Dev.safetensors")
    for order in itertools.permutations(names):
        before: dict[str, str] = {}
        for count in range(1, len(order) + 1):
            there = [("diffusion_models", name, identify("diffusion_models", name)) for name in order[:count]]
            after = {model.alias: model.name for model in model_files(there)}
            assert len(after) == count
            assert all(after[alias] == before[alias] for alias in before.keys() & after.keys())
            before = after


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("日本語モデル.safetensors", "any/日本語モデル"),
        ("国风3_GuoFeng3.safetensors", "any/国风3_guofeng3"),
        ("модель (1).ckpt", "any/модель_1"),
        ("모델-v2.safetensors", "any/모델_v2"),
        ("हिन्दी मॉडल.safetensors", "any/हिन्दी_मॉडल"),
        ("Crème-Brûlée.safetensors", "any/crème_brûlée"),
        ("ＳＤＸＬ＿ｂａｓｅ.safetensors", "sdxl/sdxl_base"),
        ("☃!?.safetensors", "any/unnamed"),
    ],
)
def test_letters_of_all_scripts_stay_in_an_alias(name: str, alias: str) -> None:
    for form in ("NFC", "NFD"):  # macOS takes letters and their marks apart
        (model,) = model_files([("checkpoints", given, identify("checkpoints", given))
                                for given in [unicodedata.normalize(form, name)]])  # fmt: skip
        assert model.alias == alias
    assert quote(alias) == alias, "a script writes it bare"


def test_an_alias_that_looks_like_a_second_one_collides_with_none() -> None:
    lora = Identity("lora")
    models = model_files([("loras", name, lora) for name in ("a.pt", "a_2.pt", "b/a.pt", "c/a_2.pt")])
    assert len({model.alias for model in models}) == 4


def test_options_from_the_models_folder(object_info_path: Path, tmp_path: Path) -> None:
    folder = write_inventory("mixed_40", tmp_path)
    (folder / "diffusion_models" / "flux1-dev-Q4.gguf").touch()
    (folder / "configs").mkdir()
    (folder / "configs" / "v1.safetensors").touch()
    catalog = load_catalog(object_info_path, folder, tmp_path / "cache")
    options = {spec.name: spec.options for name in ("CheckpointLoaderSimple", "UNETLoader", "VAELoader")
               for spec in catalog.classes[name].inputs}  # fmt: skip
    assert len(options["ckpt_name"]) == 6
    assert os.path.join("anime", "model_v7.safetensors") in options["ckpt_name"]
    assert "flux1-dev.safetensors" in options["unet_name"]
    assert "flux1-dev-Q4.gguf" not in options["unet_name"], "ComfyUI's own loader lists no GGUF"
    assert options["vae_name"][-1] == "pixel_space" and options["vae_name"][0] == "ae.safetensors"
    gguf = catalog.file("diffusion_models", "flux1-dev-Q4.gguf")
    assert gguf is not None and gguf.families == {"flux"}
    assert catalog.classes["CheckpointLoader"].inputs[0].options[0].endswith(".yaml")


# ---- the cache ---------------------------------------------------------------------------------------------------


def test_json_there_and_back(real: Catalog) -> None:
    back = from_json(json.loads(json.dumps(to_json(real))))
    assert back.classes == real.classes and back.models == real.models and back.fingerprint == real.fingerprint
    assert list(back.classes) == list(real.classes)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "object_info.json"
    path.write_text(json.dumps({"LoraLoader": described({"lora_name": [["a.safetensors"]]})}), encoding="utf-8")
    write_sparse(tmp_path / "models" / "loras" / "b.safetensors", unet_lora(768))
    (tmp_path / "models" / "loras" / "b.metadata.json").write_text('{"model_name": "Ink"}', encoding="utf-8")
    return path


def test_the_cache_answers_the_same(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_catalog(saved, tmp_path / "models", tmp_path / "cache")
    assert [(model.alias, model.facts.title) for model in first.models] == [("sd15/b", "Ink")]
    # From here on nothing can be built, only read.
    monkeypatch.setattr("nodewright.workflow.catalog.cache.catalog_from_object_info", None)
    assert load_catalog(saved, tmp_path / "models", tmp_path / "cache") == first


def test_the_cache_is_stale_when_something_changes(saved: Path, tmp_path: Path) -> None:
    cache, models = tmp_path / "cache", tmp_path / "models"
    seen = [load_catalog(saved, models, cache).fingerprint]
    write_sparse(models / "loras" / "c.safetensors", unet_lora(768))
    seen.append(load_catalog(saved, models, cache).fingerprint)
    write_sparse(models / "loras" / "c.safetensors", unet_lora(2048))
    seen.append(load_catalog(saved, models, cache).fingerprint)
    (models / "loras" / "c.metadata.json").write_text('{"base_model": "Pony"}', encoding="utf-8")
    seen.append(load_catalog(saved, models, cache).fingerprint)
    (models / "loras" / "b.safetensors").unlink()
    seen.append(load_catalog(saved, models, cache).fingerprint)
    saved.write_text(json.dumps({"Other": described({"x": ["INT", {}]})}), encoding="utf-8")
    seen.append(load_catalog(saved, models, cache).fingerprint)
    seen.append(load_catalog(saved, None, cache).fingerprint)
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("name", ["catalog", "families", "family_shapes", "identify", "safetensors_header"])
def test_the_cache_is_stale_when_the_rules_change(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "workflow"
    shutil.copytree(Path(catalog_cache.__file__).parent, copy)
    monkeypatch.setattr(catalog_cache, "__file__", str(copy / "catalog_cache.py"))
    before = rules_version.__wrapped__()
    with (copy / f"{name}.py").open("a", encoding="utf-8") as file:
        file.write("# another rule\n")
    assert rules_version.__wrapped__() != before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"catalog": 1}', b"\xff"])
def test_a_broken_cache_is_made_anew(
    saved: Path, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    first = load_catalog(saved, None, tmp_path / "cache")
    (path,) = (tmp_path / "cache").iterdir()
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert load_catalog(saved, None, tmp_path / "cache") == first
    assert str(path) in caplog.text
    assert path.stat().st_size > len(content), "and written again"


def test_a_cache_that_cannot_be_written_costs_nothing_but_a_warning(
    saved: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        catalog = load_catalog(saved, None, tmp_path / "cache")
    assert set(catalog.classes) == {"LoraLoader"}
    assert "could not be cached" in caplog.text


@pytest.mark.skipif(os.name == "nt", reason="limits of file sizes are POSIX")
def test_a_full_disk_leaves_the_old_cache(saved: Path, tmp_path: Path) -> None:
    import resource

    load_catalog(saved, None, tmp_path / "cache")
    (path,) = (tmp_path / "cache").iterdir()
    before = path.read_bytes()
    saved.write_text(json.dumps({"Other": described({})}), encoding="utf-8")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, limit[1]))
    try:
        assert set(load_catalog(saved, None, tmp_path / "cache").classes) == {"Other"}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert path.read_bytes() == before and list((tmp_path / "cache").iterdir()) == [path]


def test_object_info_that_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "object_info.json"
    path.write_text('{"KSampler": {"inp', encoding="utf-8")
    with pytest.raises(CatalogError, match="not the JSON of object_info") as caught:
        load_catalog(path, None, tmp_path / "cache")
    assert str(path) in str(caught.value)
    with pytest.raises(FileNotFoundError):
        load_catalog(tmp_path / "none.json", None, tmp_path / "cache")
