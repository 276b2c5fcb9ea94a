"""Which inputs of node classes list model files, and how the files are named in scripts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from zlib import crc32

from ..families.names import MODEL_EXTENSIONS, normalised
from .catalog import InputSpec, ModelFile, NodeClass
from .contents import FORMATS, class_format
from .identify import Identity, unreadable_format

# The folder under models/ that a loader's input lists, as the core loaders of ComfyUI 0.3.75 and 0.33 and the usual
# packs request it from folder_paths: by class where a name means different things, then by input name.
_FOLDER_BY_CLASS: dict[tuple[str, str], str] = {
    ("CLIPVisionLoader", "clip_name"): "clip_vision",
    ("UpscaleModelLoader", "model_name"): "upscale_models",
    ("LatentUpscaleModelLoader", "model_name"): "latent_upscale_models",
    ("ModelPatchLoader", "name"): "model_patches",
    ("LTXAVTextEncoderLoader", "text_encoder"): "text_encoders",
    ("TrainLoraNode", "existing_lora"): "loras",
    ("FrameInterpolationModelLoader", "model_name"): "frame_interpolation",
    ("OpticalFlowLoader", "model_name"): "optical_flow",
    ("LoadMoGeModel", "model_name"): "geometry_estimation",
    ("LoadDA3Model", "model_name"): "geometry_estimation",
    ("LoadMediaPipeFaceLandmarker", "model_name"): "mediapipe",
    ("LoadBackgroundRemovalModel", "bg_removal_name"): "background_removal",
    ("DiffusersLoader", "model_path"): "diffusers",
    ("CheckpointLoader", "config_name"): "configs",
    ("NunchakuFluxDiTLoader", "model_path"): "diffusion_models",
    ("NunchakuQwenImageDiTLoader", "model_name"): "diffusion_models",
    ("NunchakuZImageDiTLoader", "model_name"): "diffusion_models",
}
_FOLDER_BY_INPUT: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), folder)
    for pattern, folder in (
        (r"(base_|refiner_)?ckpt_name_?\d*", "checkpoints"),
        (r"unet_name_?\d*", "diffusion_models"),
        (r"lora_name_?\d*|lora_\d+(_name)?", "loras"),
        (r"vae_name_?\d*", "vae"),
        (r"clip_name_?\d*|text_encoder_name_?\d*", "text_encoders"),
        (r"control_?net_name_?\d*", "controlnet"),
        (r"clip_vision_name", "clip_vision"),
        (r"style_model_name", "style_models"),
        (r"upscale_model_name|upscaler_name", "upscale_models"),
        (r"gligen_name", "gligen"),
        (r"hypernetwork_name", "hypernetworks"),
        (r"photomaker_model_name", "photomaker"),
        (r"audio_encoder_name", "audio_encoders"),
    )
)


def input_folder(class_type: str, name: str) -> str | None:
    """Return the folder under models/ that a combo of this class and name lists, or None where it is not known."""
    folder = _FOLDER_BY_CLASS.get((class_type, name))
    if folder is None:
        folder = next((folder for pattern, folder in _FOLDER_BY_INPUT if pattern.fullmatch(name)), None)
    return folder


def is_model_name(option: Any) -> bool:
    """Return whether a combo option looks like the name of a model file."""
    return isinstance(option, str) and option.lower().endswith(MODEL_EXTENSIONS)


def model_files(found: Iterable[tuple[str, str, Identity]]) -> tuple[ModelFile, ...]:
    """Return model files from (folder, name, identity), sorted by folder and name, with aliases (`_aliases`)."""
    ordered = sorted(found, key=lambda entry: (entry[0], entry[1]))
    return tuple(
        ModelFile(
            name, folder, it.role, it.families, alias, it.encoder, it.scale, it.parts, it.format, it.unusable, it.facts
        )
        for (folder, name, it), alias in zip(ordered, _aliases(ordered), strict=True)
    )


def _aliases(found: list[tuple[str, str, Identity]]) -> list[str]:
    """Return the alias of each file: "<family>/<normalised name>".

    The family is the only one that the file belongs to, "shared" where it serves several, and "any" where none is
    known. Files of one alias all get longer ones, from their own folders and extension, and where even these are the
    same, from a checksum: so no alias that a script has kept comes to mean another file when one is added.
    """
    plain = [f"{_alias_family(it)}/{normalised(name) or 'unnamed'}" for _, name, it in found]
    counts = Counter(plain)
    longer = [
        alias if counts[alias] == 1 else f"{alias}_{_whereabouts(folder, name)}"
        for alias, (folder, name, _) in zip(plain, found, strict=True)
    ]
    counts = Counter(longer)
    aliases = [
        alias if counts[alias] == 1 else f"{alias}_{_checksum(folder, name)}"
        for alias, (folder, name, _) in zip(longer, found, strict=True)
    ]
    taken: set[str] = set()
    for index, alias in enumerate(aliases):  # two checksums may be the same, if hardly ever
        count = 1
        while aliases[index] in taken:
            count += 1
            aliases[index] = f"{alias}_{count}"
        taken.add(aliases[index])
    return aliases


def _alias_family(identity: Identity) -> str:
    if not identity.families:
        return "any"
    return next(iter(identity.families)) if len(identity.families) == 1 else "shared"


def _whereabouts(folder: str, name: str) -> str:
    """Return the folders and, unless it is .safetensors, the extension of a file as the end of an alias."""
    *folders, last = re.split(r"[/\\]", name)
    extension = last.rpartition(".")[2] if last.lower().endswith(MODEL_EXTENSIONS) else ""
    words = (*folders, folder, "" if extension.lower() == "safetensors" else extension)
    return "_".join(plain for word in words if (plain := normalised(word)))


def _checksum(folder: str, name: str) -> str:
    return f"{crc32(f'{folder}/{name}'.encode('utf-8', 'surrogatepass')):08x}"


def reads(loads: str, file: ModelFile) -> bool:
    """Return whether a loader of this kind (`InputSpec.loads`) reads the way in which a file's weights are stored."""
    return loads == file.format if loads in FORMATS else file.format is None


def with_formats_without_loader(models: Iterable[ModelFile], classes: Mapping[str, NodeClass]) -> tuple[ModelFile, ...]:
    """Return the files with a reason for those that are stored in a format which no input of `classes` reads."""
    known = {
        (spec.folder, spec.loads)
        for cls in classes.values()
        if class_format(cls.name) is not None
        for spec in _all_inputs(cls.inputs)
    }
    return tuple(
        replace(model, unusable=unreadable_format(model.format))
        if model.format is not None and model.unusable is None and (model.folder, model.format) not in known
        else model
        for model in models
    )


def left_out(models: Iterable[ModelFile]) -> list[str]:
    """Return a sentence for each file with which no workflow is written: "loras/a.safetensors cannot be read: ..."."""
    return [f"{model.folder}/{model.name} {model.unusable}" for model in models if model.unusable is not None]


def models_by_family(models: Iterable[ModelFile]) -> dict[str, dict[str, int]]:
    """Return family -> role -> number of usable model files, both in alphabetical order.

    Upscalers, which fit every family, count as "any", and files whose family is not known as "unknown".
    """
    counts: dict[str, Counter[str]] = {}
    for model in models:
        if model.unusable is not None:
            continue
        for family in model.families or {"any" if model.role == "upscaler" else "unknown"}:
            counts.setdefault(family, Counter())[model.role] += 1
    return {family: dict(sorted(roles.items())) for family, roles in sorted(counts.items())}


def listed_files(classes: Iterable[NodeClass]) -> set[tuple[str, str]]:
    """Return (folder, name) of every model file that some combo lists."""
    found: set[tuple[str, str]] = set()
    seen: set[tuple[str, int]] = set()
    for cls in classes:
        for spec in _all_inputs(cls.inputs):
            if spec.folder is None or (spec.folder, id(spec.options)) in seen:
                continue
            seen.add((spec.folder, id(spec.options)))
            found.update((spec.folder, option) for option in spec.options if is_model_name(option))
    return found


def with_folders_of_unknown_inputs(
    classes: dict[str, NodeClass], models: tuple[ModelFile, ...] | None
) -> dict[str, NodeClass]:
    """Return the classes with a folder for each combo of unknown name whose options are all model files.

    The folder is the one that has all of the options, otherwise the input's own name, so that a pack's models are kept
    apart from all others.

    Args:
        classes: node classes by name.
        models: the installed model files; None where the combos' options are all that is known.
    """
    folders = _folders_of_unknown(classes, models)
    if not folders:
        return classes
    return {name: _map_inputs(cls, lambda spec: _with_folder(spec, folders)) for name, cls in classes.items()}


def with_options_from_files(classes: dict[str, NodeClass], models: Iterable[ModelFile]) -> dict[str, NodeClass]:
    """Return the classes with combos of model files that list `models`."""
    lists = _FileOptions(models)
    return {name: _map_inputs(cls, lists.replaced) for name, cls in classes.items()}


def loader_kind(class_type: str, folder: str | None) -> str:
    """Return which files of a folder a class lists (`InputSpec.loads`).

    ComfyUI's own loaders list no GGUF files. ComfyUI-GGUF's UNET loaders list nothing else, and its CLIP loaders list
    both kinds. The loaders of Nunchaku and the like list every file, and load those of their own format.
    """
    if folder in ("checkpoints", "diffusion_models", "text_encoders") and (own := class_format(class_type)):
        return own
    if "GGUF" not in class_type.upper():
        return "torch"
    return "gguf" if folder == "diffusion_models" else "any"


def _folders_of_unknown(
    classes: Mapping[str, NodeClass], models: tuple[ModelFile, ...] | None
) -> dict[tuple[str, tuple[Any, ...]], str]:
    """Return the folder of each (input name, options) that is of no known input and lists model files only."""
    unknown: set[tuple[str, tuple[Any, ...]]] = set()
    checked: dict[int, bool] = {}
    for cls in classes.values():
        for spec in _all_inputs(cls.inputs):
            if spec.kind != "combo" or spec.folder is not None or not spec.options or spec.own_files:
                continue
            if id(spec.options) not in checked:
                checked[id(spec.options)] = all(is_model_name(option) for option in spec.options)
            if checked[id(spec.options)]:
                unknown.add((spec.name, spec.options))
    if not unknown:
        return {}
    known: dict[str, set[str]] = {}
    pairs = ((m.folder, m.name) for m in models) if models is not None else listed_files(classes.values())
    for folder, name in pairs:
        known.setdefault(folder, set()).add(name)
    return {
        (name, options): next(
            (folder for folder, names in sorted(known.items()) if names.issuperset(options)),
            re.sub(r"_?name\d*$", "", name) or name,
        )
        for name, options in unknown
    }


def _with_folder(spec: InputSpec, folders: Mapping[tuple[str, tuple[Any, ...]], str]) -> InputSpec:
    if spec.kind != "combo" or spec.folder is not None or not is_model_name(next(iter(spec.options), None)):
        return spec
    folder = folders.get((spec.name, spec.options))
    return spec if folder is None else replace(spec, folder=folder)


class _FileOptions:
    """Combo options made from model files; one tuple for each folder and kind of loader."""

    def __init__(self, models: Iterable[ModelFile]) -> None:
        self._names: dict[str, list[str]] = {}
        for model in models:
            self._names.setdefault(model.folder, []).append(model.name)
        self._made: dict[tuple[str, str, tuple[Any, ...]], tuple[Any, ...]] = {}

    def replaced(self, spec: InputSpec) -> InputSpec:
        """Return `spec` with the folder's files, followed by those options that are no files."""
        if spec.folder is None or spec.kind != "combo" or spec.folder in ("configs", "diffusers"):
            return spec
        others = tuple(option for option in spec.options if not is_model_name(option))
        key = (spec.folder, spec.loads, others)
        if key not in self._made:
            names = self._names.get(spec.folder, [])
            self._made[key] = listed_names(spec, names) + others
        return replace(spec, options=self._made[key])


def listed_names(spec: InputSpec, names: Iterable[str]) -> tuple[str, ...]:
    """Return those of a folder's files that an input lists, sorted."""
    return tuple(sorted(name for name in names if _loads(spec.loads, name)))


def _loads(loads: str, name: str) -> bool:
    """Return whether a loader of this kind (`InputSpec.loads`) lists a file of this name."""
    gguf = name.lower().endswith(".gguf")
    return {"gguf": gguf, "any": True}.get(loads, not gguf)


def _all_inputs(specs: Iterable[InputSpec]) -> Iterator[InputSpec]:
    """Yield every input, including those inside dynamic combos and autogrow templates."""
    for spec in specs:
        yield spec
        for _, inputs in spec.branches:
            yield from _all_inputs(inputs)
        if spec.template is not None:
            yield from _all_inputs((spec.template,))


def _map_inputs(cls: NodeClass, change: Callable[[InputSpec], InputSpec]) -> NodeClass:
    """Return `cls` with `change` applied to every input, nested ones included; `cls` itself if nothing changes."""
    inputs = tuple(_map_input(spec, change) for spec in cls.inputs)
    return cls if all(new is old for new, old in zip(inputs, cls.inputs, strict=True)) else replace(cls, inputs=inputs)


def _map_input(spec: InputSpec, change: Callable[[InputSpec], InputSpec]) -> InputSpec:
    if spec.branches:
        branches = tuple((key, tuple(_map_input(s, change) for s in inputs)) for key, inputs in spec.branches)
        return spec if branches == spec.branches else replace(spec, branches=branches)
    if spec.template is not None:
        template = _map_input(spec.template, change)
        return spec if template is spec.template else replace(spec, template=template)
    return change(spec)
