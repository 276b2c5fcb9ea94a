"""What one installation can do: node classes with typed inputs and outputs, and model files with their families.

A catalog is immutable and fingerprinted. It is read from object_info (`catalog_from_object_info`), whether that
comes from a saved file, a server, or ComfyUI's own node registry.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Literal

from ..graph import WorkflowError
from .identify import ALL_PARTS, MODEL_EXTENSIONS, Identity, identify

InputKind = Literal["link", "combo", "int", "float", "boolean", "string", "dynamic_combo", "autogrow", "other"]


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One declared input of a node class.

    `name` is the key in API format (nested inputs of dynamic combos and autogrow templates hold their own short
    name; the API key is "<parent>.<name>").
    """

    name: str
    kind: InputKind
    types: tuple[str, ...]  # link types that may be connected; ("*",) is any. For a widget, its own type
    required: bool
    default: Any = None
    has_default: bool = False
    options: tuple[Any, ...] = ()  # combo
    minimum: int | float | None = None
    maximum: int | float | None = None
    step: int | float | None = None
    multiline: bool = False
    dynamic_prompts: bool = False
    seed: bool = False  # INT with control_after_generate, or named seed / noise_seed
    upload: bool = False  # the canvas has a button beside it, to upload one more
    own_files: bool = False  # options are the user's own files or folders
    remote: bool = False  # options are fetched by the frontend
    multiselect: bool = False
    folder: str | None = None  # models/<folder> whose files are the options, if they are model files
    loads: str = "torch"  # of these files: "torch" what ComfyUI itself lists, "gguf" only GGUF, "any" both
    match: str | None = None  # match type: template id
    branches: tuple[tuple[str, tuple[InputSpec, ...]], ...] = ()  # dynamic combo: option -> its inputs
    template: InputSpec | None = None  # autogrow: what grows
    grow_names: tuple[str, ...] = ()  # autogrow: short names, in order
    grow_minimum: int = 0  # autogrow: how many are required

    @property
    def widget(self) -> bool:
        """True where the value is typed in rather than connected."""
        return self.kind in ("combo", "int", "float", "boolean", "string", "dynamic_combo")


@dataclass(frozen=True, slots=True)
class NodeClass:
    """One node class. `inputs` are in display order: required by input_order, then optional."""

    name: str
    inputs: tuple[InputSpec, ...]
    outputs: tuple[str, ...]  # types
    output_is_list: tuple[bool, ...]
    output_matches: tuple[str | None, ...]  # match-type template id of each output, if it has one
    output_node: bool
    category: str
    display_name: str
    input_is_list: bool = False
    api_node: bool = False
    deprecated: bool = False
    experimental: bool = False
    dev_only: bool = False

    def __hash__(self) -> int:
        # Classes are keys of caches on the hot path, and their option lists may be long.
        return hash(self.name)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model file.

    `name` is the combo option; `folder` the folder under models; `families` the diffusion families that it is part
    of or serves (a T5 encoder serves several), empty when unknown or when nothing depends on it (upscalers);
    `role` what it is; `encoder` which text encoder it holds ("clip_l", "t5xxl", ...), if it is one; `alias` the
    unique "family/normalised name" by which scripts name it.
    """

    name: str
    folder: str
    role: str
    families: frozenset[str]
    alias: str
    encoder: str | None = None
    scale: int | None = None  # of an upscaler
    parts: frozenset[str] = frozenset()  # of a checkpoint: which of "MODEL", "CLIP", "VAE" it contains


@dataclass(frozen=True)
class Catalog:
    """What one installation can do."""

    classes: Mapping[str, NodeClass]
    models: tuple[ModelFile, ...]
    fingerprint: str

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], ModelFile]:
        return {(model.folder, model.name): model for model in self.models}

    @cached_property
    def _by_alias(self) -> dict[str, ModelFile]:
        return {model.alias: model for model in self.models}

    def file(self, folder: str | None, name: str) -> ModelFile | None:
        """The model file that combo option `name` of an input with `InputSpec.folder` stands for. None where the
        option is no file ("pixel_space") or the folder is None."""
        return None if folder is None else self._by_name.get((folder, name))

    def by_alias(self, alias: str) -> ModelFile | None:
        """The model file of this alias, or None."""
        return self._by_alias.get(alias)


class CatalogError(WorkflowError):
    """object_info that cannot be read. The message names the class and the input."""


def catalog_from_object_info(
    object_info: Mapping[str, Any],
    models: Iterable[ModelFile] | None = None,
    *,
    options_from_models: bool = False,
    fingerprint: str | None = None,
) -> Catalog:
    """The catalog of the installation that `object_info` (class name -> description, as GET /object_info answers)
    comes from.

    Without `models`, the model files are those that the combos list, identified by name alone. With
    `options_from_models`, the combos of known model inputs list `models` instead of what object_info says; that
    is how a saved object_info is joined with another machine's models folder.

    Raises CatalogError naming the class and the input of the first thing that does not fit.
    """
    if not isinstance(object_info, Mapping):
        raise CatalogError(f"object_info must be an object of node classes, not {type(object_info).__name__}")
    reader = _Reader()
    classes = {str(name): reader.node_class(str(name), info) for name, info in object_info.items()}
    files = None if models is None else tuple(models)
    folders = _folders_of_unknown(classes, files)
    if folders:
        classes = {name: _map_inputs(cls, lambda spec: _with_folder(spec, folders)) for name, cls in classes.items()}
    if files is None:
        files = model_files(
            (folder, name, identify(folder, name)) for folder, name in sorted(_listed_files(classes.values()))
        )
    elif options_from_models:
        lists = _Lists(files)
        classes = {name: _map_inputs(cls, lists.options) for name, cls in classes.items()}
    return Catalog(classes, files, fingerprint or catalog_fingerprint(classes, files))


def catalog_of_readable(
    object_info: Mapping[str, Any], models: Iterable[ModelFile] | None = None
) -> tuple[Catalog, dict[str, CatalogError]]:
    """The catalog of those classes that can be read, and by class name why the others cannot.

    Raises CatalogError, the first, where none can.
    """
    try:
        return catalog_from_object_info(object_info, models), {}
    except CatalogError as error:
        first = error
    errors = {}
    for name, info in object_info.items():
        try:
            node_class(name, info)
        except CatalogError as error:
            errors[name] = error
    kept = {name: info for name, info in object_info.items() if name not in errors}
    if not kept:
        raise first
    return catalog_from_object_info(kept, models), errors


def with_same_classes(catalog: Catalog, before: Catalog) -> Catalog:
    """`catalog` with the very objects of `before` for the node classes that are equal. Classes are keys of caches,
    which find the same object at once, but compare the option lists of an equal one."""
    classes = {name: old if (old := before.classes.get(name)) == new else new for name, new in catalog.classes.items()}
    return replace(catalog, classes=classes)


def node_class(name: str, info: Mapping[str, Any]) -> NodeClass:
    """One class of object_info. Raises CatalogError."""
    return _Reader().node_class(name, info)


# ---- model files -------------------------------------------------------------------------------------------------

# Which folder under models/ a loader's input lists: what the core loaders of ComfyUI 0.3.75 and 0.33 and the usual
# packs ask folder_paths for. By class where a name means different things, then by input name.
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
    """The folder under models/ that a combo input of this class and name lists, as far as it is known."""
    folder = _FOLDER_BY_CLASS.get((class_type, name))
    if folder is None:
        folder = next((folder for pattern, folder in _FOLDER_BY_INPUT if pattern.fullmatch(name)), None)
    return folder


def is_model_name(option: Any) -> bool:
    """Whether a combo option looks like the name of a model file."""
    return isinstance(option, str) and option.lower().endswith(MODEL_EXTENSIONS)


def model_files(found: Iterable[tuple[str, str, Identity]]) -> tuple[ModelFile, ...]:
    """Model files from (folder, name, identity), sorted by folder and name, with aliases.

    The alias is "<family>/<name>": the one family that the file belongs to, "shared" where it serves several, "any"
    where none is known; the file's own name in lower case, without folders and extension, runs of anything but
    letters and digits as "_". What collides gets _2, _3, ... in sorted order.
    """
    taken: set[str] = set()
    files = []
    for folder, name, identity in sorted(found, key=lambda entry: (entry[0], entry[1])):
        family = "any" if not identity.families else "shared"
        if len(identity.families) == 1:
            family = next(iter(identity.families))
        stem = re.split(r"[/\\]", name)[-1].lower()
        for extension in MODEL_EXTENSIONS:
            stem = stem.removesuffix(extension)
        base = alias = f"{family}/{re.sub(r'[^a-z0-9]+', '_', stem).strip('_') or 'unnamed'}"
        count = 1
        while alias in taken:
            count += 1
            alias = f"{base}_{count}"
        taken.add(alias)
        parts = (identity.parts or ALL_PARTS) if identity.role == "checkpoint" else frozenset()
        files.append(
            ModelFile(name, folder, identity.role, identity.families, alias, identity.encoder, identity.scale, parts)
        )
    return tuple(files)


def _listed_files(classes: Iterable[NodeClass]) -> set[tuple[str, str]]:
    """(folder, name) of every model file that some combo lists."""
    found: set[tuple[str, str]] = set()
    seen: set[tuple[str, int]] = set()
    for cls in classes:
        for spec in _walk(cls.inputs):
            if spec.folder is None or (spec.folder, id(spec.options)) in seen:
                continue
            seen.add((spec.folder, id(spec.options)))
            found.update((spec.folder, option) for option in spec.options if is_model_name(option))
    return found


def _folders_of_unknown(
    classes: Mapping[str, NodeClass], models: tuple[ModelFile, ...] | None
) -> dict[tuple[str, tuple[Any, ...]], str]:
    """(input name, options) -> folder, for combos of no known input whose options are all model files: the folder
    that has them all, else the input's own name, so that a pack's models stand apart from everyone else's."""
    unknown: set[tuple[str, tuple[Any, ...]]] = set()
    checked: dict[int, bool] = {}
    for cls in classes.values():
        for spec in _walk(cls.inputs):
            if spec.kind != "combo" or spec.folder is not None or not spec.options or spec.own_files:
                continue
            if id(spec.options) not in checked:
                checked[id(spec.options)] = all(is_model_name(option) for option in spec.options)
            if checked[id(spec.options)]:
                unknown.add((spec.name, spec.options))
    if not unknown:
        return {}
    known: dict[str, set[str]] = {}
    pairs = ((m.folder, m.name) for m in models) if models is not None else _listed_files(classes.values())
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


class _Lists:
    """The combo options of each folder, made from model files; one tuple a folder and kind of loader."""

    def __init__(self, models: Iterable[ModelFile]) -> None:
        self._names: dict[str, list[str]] = {}
        for model in models:
            self._names.setdefault(model.folder, []).append(model.name)
        self._made: dict[tuple[str, str, tuple[Any, ...]], tuple[Any, ...]] = {}

    def options(self, spec: InputSpec) -> InputSpec:
        """`spec` with the folder's files before the options that are no files."""
        if spec.folder is None or spec.kind != "combo" or spec.folder in ("configs", "diffusers"):
            return spec
        others = tuple(option for option in spec.options if not is_model_name(option))
        key = (spec.folder, spec.loads, others)
        if key not in self._made:
            names = self._names.get(spec.folder, [])
            self._made[key] = tuple(sorted(name for name in names if _loads(spec.loads, name))) + others
        return replace(spec, options=self._made[key])


def _loads(loads: str, name: str) -> bool:
    """Whether a loader of this kind (`InputSpec.loads`) lists a file of this name."""
    gguf = name.lower().endswith(".gguf")
    return {"gguf": gguf, "any": True}.get(loads, not gguf)


def _loader_kind(class_type: str, folder: str | None) -> str:
    """ComfyUI lists no GGUF files; ComfyUI-GGUF's UNET loaders list nothing else, its CLIP loaders list both."""
    if "GGUF" not in class_type.upper():
        return "torch"
    return "gguf" if folder == "diffusion_models" else "any"


# ---- object_info -------------------------------------------------------------------------------------------------

_WIDGETS: dict[str, InputKind] = {"INT": "int", "FLOAT": "float", "BOOLEAN": "boolean", "STRING": "string"}
_UPLOADS = ("image_upload", "video_upload", "audio_upload", "file_upload", "animated_image_upload", "mesh_upload")
# Class -> its input that lists what lies in the user's own folders, without a word of it. Even asking changes that:
# the first answer of Load3D makes a folder where others look.
_OWN_FILES = {
    "LoadLatent": "latent",
    "LoadImageDataSetFromFolder": "folder",
    "LoadImageTextDataSetFromFolder": "folder",
    "LoadTrainingDataset": "folder_name",
}


class _Reader:
    """Reads classes. Equal option lists, of which object_info is mostly made, become one tuple."""

    def __init__(self) -> None:
        self._lists: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def node_class(self, name: str, info: Any) -> NodeClass:
        where = f"object_info, class {name!r}"
        if not isinstance(info, Mapping) or not isinstance(info.get("input"), Mapping):
            raise CatalogError(f"{where}: must be an object with an object 'input'")
        outputs = _outputs(info.get("output"), where)
        is_list = list(info.get("output_is_list") or ())
        matches = list(info.get("output_matchtypes") or ())
        order = info.get("input_order")
        return NodeClass(
            name=name,
            inputs=self._inputs(name, info["input"], order if isinstance(order, Mapping) else {}, where),
            outputs=outputs,
            output_is_list=tuple(bool(is_list[i]) if i < len(is_list) else False for i in range(len(outputs))),
            output_matches=tuple(matches[i] if i < len(matches) else None for i in range(len(outputs))),
            output_node=bool(info.get("output_node")),
            category=str(info.get("category") or ""),
            display_name=str(info.get("display_name") or name),
            input_is_list=bool(info.get("is_input_list")),
            api_node=bool(info.get("api_node")) or str(info.get("python_module")).startswith("comfy_api_nodes"),
            deprecated=bool(info.get("deprecated")),
            experimental=bool(info.get("experimental")),
            dev_only=bool(info.get("dev_only")),
        )

    def _inputs(
        self, class_type: str, groups: Mapping[str, Any], order: Mapping[str, Any], where: str
    ) -> tuple[InputSpec, ...]:
        specs = []
        for group in ("required", "optional"):
            declared = groups.get(group)
            if declared is None:
                continue
            if not isinstance(declared, Mapping):
                raise CatalogError(f"{where}: its {group} inputs must be an object of inputs")
            ordered = [name for name in order.get(group) or () if name in declared]
            for name in dict.fromkeys((*ordered, *declared)):
                specs.append(self._input(class_type, str(name), declared[name], group == "required", where))
        return tuple(specs)

    def _input(self, class_type: str, name: str, spec: Any, required: bool, where: str) -> InputSpec:
        where = f"{where}, input {name!r}"
        if not isinstance(spec, list | tuple) or not spec:
            raise CatalogError(f"{where}: must be a list of a type and its options, not {_short(spec)}")
        extra = spec[1] if len(spec) > 1 and spec[1] is not None else {}
        if not isinstance(extra, Mapping):
            raise CatalogError(f"{where}: what follows the type must be an object, not {_short(extra)}")
        common: dict[str, Any] = {
            "name": name,
            "required": required,
            "default": extra.get("default"),
            "has_default": "default" in extra,
        }
        if isinstance(spec[0], list | tuple):
            return self._combo(class_type, spec[0], extra, common, where)
        if not isinstance(spec[0], str) or not spec[0]:
            raise CatalogError(f"{where}: the type must be a name or a list of options, not {_short(spec[0])}")
        if spec[0] == "COMBO":
            return self._combo(class_type, extra.get("options") or (), extra, common, where)
        if spec[0] == "COMFY_DYNAMICCOMBO_V3":
            return self._dynamic_combo(class_type, extra, common, where)
        if spec[0] == "COMFY_AUTOGROW_V3":
            return self._autogrow(class_type, extra, common, where)
        if spec[0] == "COMFY_MATCHTYPE_V3":
            template = _object(extra.get("template"), "template", where)
            types = str(template.get("allowed_types") or "*").split(",")
            return InputSpec(kind="link", types=tuple(types), match=str(template.get("template_id")), **common)
        return _plain(spec[0], extra, common, where)

    def _combo(
        self, class_type: str, options: Any, extra: Mapping[str, Any], common: dict[str, Any], where: str
    ) -> InputSpec:
        if not isinstance(options, list | tuple):
            raise CatalogError(f"{where}: the options of a combo must be a list, not {_short(options)}")
        folder = input_folder(class_type, common["name"])
        upload = any(extra.get(key) for key in _UPLOADS)
        return InputSpec(
            kind="combo",
            types=("COMBO",),
            options=self._intern(options),
            upload=upload,
            own_files=upload or _OWN_FILES.get(class_type) == common["name"],
            remote=bool(extra.get("remote")),
            multiselect=bool(extra.get("multiselect") or extra.get("multi_select")),
            folder=folder,
            loads=_loader_kind(class_type, folder),
            **common,
        )

    def _intern(self, options: Iterable[Any]) -> tuple[Any, ...]:
        made = tuple(options)
        # Equal is not the same across types (1, 1.0 and True), so only lists of text are shared.
        if all(type(option) is str for option in made):
            return self._lists.setdefault(made, made)
        return made

    def _dynamic_combo(
        self, class_type: str, extra: Mapping[str, Any], common: dict[str, Any], where: str
    ) -> InputSpec:
        branches = []
        options = extra.get("options")
        if not isinstance(options, list | tuple):
            raise CatalogError(f"{where}: the options of a dynamic combo must be a list, not {_short(options)}")
        for option in options:
            entry = _object(option, "option", where)
            if not isinstance(entry.get("key"), str):
                raise CatalogError(f"{where}: an option has no text as its 'key': {_short(option)}")
            inputs = _object(entry.get("inputs") or {}, "inputs of an option", where)
            branches.append((entry["key"], self._inputs(class_type, inputs, {}, where)))
        keys = self._intern(key for key, _ in branches)
        return InputSpec(kind="dynamic_combo", types=("COMBO",), options=keys, branches=tuple(branches), **common)

    def _autogrow(self, class_type: str, extra: Mapping[str, Any], common: dict[str, Any], where: str) -> InputSpec:
        template = _object(extra.get("template"), "template", where)
        inputs = self._inputs(class_type, _object(template.get("input"), "template input", where), {}, where)
        if not inputs:
            raise CatalogError(f"{where}: the template of what grows is empty")
        names = template.get("names")
        if names is None:
            prefix, most = template.get("prefix"), template.get("max")
            if not isinstance(prefix, str) or not isinstance(most, int):
                raise CatalogError(f"{where}: the template needs 'names', or a 'prefix' and a whole number 'max'")
            names = [f"{prefix}{index}" for index in range(most)]
        # ComfyUI requires the first `min` only where the template's own input is required; being in the optional
        # group changes nothing (its comfy_api/latest/_io.py, Autogrow).
        least = int(template.get("min") or 0) if inputs[0].required else 0
        return InputSpec(
            kind="autogrow",
            types=inputs[0].types,
            template=inputs[0],
            grow_names=tuple(str(name) for name in names),
            grow_minimum=least,
            **common,
        )


def _outputs(declared: Any, where: str) -> tuple[str, ...]:
    """Output types. An output that is a list of options is of the type COMBO."""
    if declared is None:
        return ()
    if not isinstance(declared, list | tuple):
        raise CatalogError(f"{where}: 'output' must be a list of types, not {_short(declared)}")
    for output in declared:
        if not isinstance(output, str | list | tuple):
            raise CatalogError(f"{where}: an output's type must be a name, not {_short(output)}")
    return tuple(output if isinstance(output, str) else "COMBO" for output in declared)


def _plain(declared: str, extra: Mapping[str, Any], common: dict[str, Any], where: str) -> InputSpec:
    """A number, text, switch, or link. A union type is a widget where `widgetType` says of which type."""
    types = tuple(part.strip() for part in declared.split(",") if part.strip())
    widget = str(extra.get("widgetType") or declared)
    if extra.get("forceInput") or (widget not in _WIDGETS and not _own_widget(widget, extra)):
        return InputSpec(kind="link", types=types, **common)
    if widget not in _WIDGETS:
        return InputSpec(kind="other", types=types, **common)
    kind = _WIDGETS[widget]
    limits: dict[str, Any] = {}
    if kind in ("int", "float"):
        for ours, theirs in (("minimum", "min"), ("maximum", "max"), ("step", "step")):
            limits[ours] = _number(extra.get(theirs), theirs, where)
        if limits["minimum"] is not None and limits["maximum"] is not None and limits["minimum"] > limits["maximum"]:
            raise CatalogError(f"{where}: min {limits['minimum']} is greater than max {limits['maximum']}")
    named_seed = common["name"] in ("seed", "noise_seed")
    return InputSpec(
        kind=kind,
        types=types,
        multiline=bool(extra.get("multiline")),
        dynamic_prompts=bool(extra.get("dynamicPrompts")),
        seed=kind == "int" and (named_seed or bool(extra.get("control_after_generate"))),
        **limits,
        **common,
    )


def _own_widget(widget: str, extra: Mapping[str, Any]) -> bool:
    """Whether an input of an unknown type is drawn by the frontend (a colour, a curve) rather than connected. Widgets
    belong to one type each, so "*" and unions are connected, also where the class gives them a default."""
    if widget == "*" or "," in widget:
        return False
    return "socketless" in extra or extra.get("default") is not None


def _number(value: Any, key: str, where: str) -> int | float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise CatalogError(f"{where}: {key!r} must be a number, not {_short(value)}")
    return value


def _object(value: Any, what: str, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise CatalogError(f"{where}: its {what} must be an object, not {_short(value)}")
    return value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _walk(specs: Iterable[InputSpec]) -> Iterator[InputSpec]:
    """Every input, also those inside dynamic combos and autogrow templates."""
    for spec in specs:
        yield spec
        for _, inputs in spec.branches:
            yield from _walk(inputs)
        if spec.template is not None:
            yield from _walk((spec.template,))


def _map_inputs(cls: NodeClass, change: Any) -> NodeClass:
    """`cls` with `change` applied to every input, also nested ones; itself where nothing changes."""
    inputs = tuple(_map_input(spec, change) for spec in cls.inputs)
    return cls if all(new is old for new, old in zip(inputs, cls.inputs, strict=True)) else replace(cls, inputs=inputs)


def _map_input(spec: InputSpec, change: Any) -> InputSpec:
    if spec.branches:
        branches = tuple((key, tuple(_map_input(s, change) for s in inputs)) for key, inputs in spec.branches)
        return spec if branches == spec.branches else replace(spec, branches=branches)
    if spec.template is not None:
        template = _map_input(spec.template, change)
        return spec if template is spec.template else replace(spec, template=template)
    return change(spec)


# ---- fingerprint -------------------------------------------------------------------------------------------------


def catalog_fingerprint(classes: Mapping[str, NodeClass], models: Iterable[ModelFile]) -> str:
    """A hash of everything that the catalog says, the same on every machine and in every process. Only the user's own
    files are no part of it: with every new one, all would have to be made anew that never looks at them."""
    digest = hashlib.sha256()
    lists: dict[int, str] = {}
    for name in sorted(classes):
        digest.update(json.dumps(_plain_data(classes[name], lists), default=str).encode())
    for model in sorted(models, key=lambda model: (model.folder, model.name)):
        digest.update(json.dumps(_plain_data(model, lists), default=str).encode())
    return digest.hexdigest()[:32]


def _plain_data(value: Any, lists: dict[int, str]) -> Any:
    """`value` as lists and scalars; long option lists as their digest, which is made once."""
    if isinstance(value, InputSpec) and value.own_files:
        value = replace(value, options=(), default=None)
    if isinstance(value, InputSpec | NodeClass | ModelFile):
        return [_plain_data(getattr(value, name), lists) for name in _FIELDS[type(value)]]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        if len(value) < 16:
            return [_plain_data(item, lists) for item in value]
        if id(value) not in lists:
            data = [_plain_data(item, lists) for item in value]
            lists[id(value)] = hashlib.sha256(json.dumps(data, default=str).encode()).hexdigest()
        return lists[id(value)]
    return value


_FIELDS = {cls: tuple(field.name for field in fields(cls)) for cls in (InputSpec, NodeClass, ModelFile)}
