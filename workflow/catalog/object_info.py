"""Read a catalog from an object_info: the description of all node classes that GET /object_info returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..graph import WorkflowError
from .catalog import Catalog, InputKind, InputSpec, ModelFile, NodeClass, catalog_fingerprint
from .identify import identify
from .model_files import (
    input_folder,
    listed_files,
    loader_kind,
    model_files,
    with_folders_of_unknown_inputs,
    with_options_from_files,
)


class CatalogError(WorkflowError):
    """An object_info that cannot be read. The message names the class and the input."""


def catalog_from_object_info(
    object_info: Mapping[str, Any],
    models: Iterable[ModelFile] | None = None,
    *,
    options_from_models: bool = False,
    fingerprint: str | None = None,
) -> Catalog:
    """Return the catalog of the installation that `object_info` comes from.

    Args:
        object_info: description of each node class by name.
        models: the model files. If None, they are those that the combos list, identified by name alone.
        options_from_models: whether combos of known model inputs list `models` instead of what object_info lists. This
            joins a saved object_info with the models folder of another machine.
        fingerprint: the catalog's fingerprint, if the caller knows it; otherwise it is computed.

    Raises:
        CatalogError: naming the class and the input of the first thing that cannot be read.
    """
    if not isinstance(object_info, Mapping):
        raise CatalogError(f"object_info must be an object of node classes, not {type(object_info).__name__}")
    reader = _Reader()
    classes = {str(name): reader.node_class(str(name), info) for name, info in object_info.items()}
    files = None if models is None else tuple(models)
    classes = with_folders_of_unknown_inputs(classes, files)
    if files is None:
        listed = sorted(listed_files(classes.values()))
        files = model_files((folder, name, identify(folder, name)) for folder, name in listed)
    elif options_from_models:
        classes = with_options_from_files(classes, files)
    return Catalog(classes, files, fingerprint or catalog_fingerprint(classes, files))


def catalog_of_readable(
    object_info: Mapping[str, Any], models: Iterable[ModelFile] | None = None
) -> tuple[Catalog, dict[str, CatalogError]]:
    """Return the catalog of those classes that can be read, and the errors of the others by class name.

    Raises:
        CatalogError: the first error, where no class can be read.
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


def node_class(name: str, info: Mapping[str, Any]) -> NodeClass:
    """Return one class of an object_info. Raises CatalogError."""
    return _Reader().node_class(name, info)


_WIDGETS: dict[str, InputKind] = {"INT": "int", "FLOAT": "float", "BOOLEAN": "boolean", "STRING": "string"}
_UPLOADS = ("image_upload", "video_upload", "audio_upload", "file_upload", "animated_image_upload", "mesh_upload")
# Class -> its input that lists the content of the user's own folders without declaring it. A first request may even
# change the list: Load3D creates a folder in which others look.
_OWN_FILES = {
    "LoadLatent": "latent",
    "LoadImageDataSetFromFolder": "folder",
    "LoadImageTextDataSetFromFolder": "folder",
    "LoadTrainingDataset": "folder_name",
}


class _Reader:
    """Reads classes. Equal option lists, of which object_info mostly consists, become one tuple."""

    def __init__(self) -> None:
        self._lists: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def node_class(self, name: str, info: Any) -> NodeClass:
        """Return one class. Raises CatalogError."""
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
            loads=loader_kind(class_type, folder),
            **common,
        )

    def _intern(self, options: Iterable[Any]) -> tuple[Any, ...]:
        made = tuple(options)
        # Equal values of different types (1, 1.0 and True) differ in JSON, so only lists of strings are shared.
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
            raise CatalogError(f"{where}: the template of the autogrow input is empty")
        names = template.get("names")
        if names is None:
            prefix, most = template.get("prefix"), template.get("max")
            if not isinstance(prefix, str) or not isinstance(most, int):
                raise CatalogError(f"{where}: the template needs 'names', or a 'prefix' and a whole number 'max'")
            names = [f"{prefix}{index}" for index in range(most)]
        # ComfyUI ignores `min` where the template's own input is optional (comfy_api/latest/_io.py, Autogrow).
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
    """Return the output types. An output that is declared as a list of options has the type COMBO."""
    if declared is None:
        return ()
    if not isinstance(declared, list | tuple):
        raise CatalogError(f"{where}: 'output' must be a list of types, not {_short(declared)}")
    for output in declared:
        if not isinstance(output, str | list | tuple):
            raise CatalogError(f"{where}: an output's type must be a name, not {_short(output)}")
    return tuple(output if isinstance(output, str) else "COMBO" for output in declared)


def _plain(declared: str, extra: Mapping[str, Any], common: dict[str, Any], where: str) -> InputSpec:
    """Return a number, text, boolean or link input. A union type is a widget where `widgetType` names the type."""
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
    """Return whether the frontend draws an input of unknown type itself (a colour, a curve) instead of an input slot.

    A widget belongs to one type, so inputs of type "*" and of union types are linked even if they have a default.
    """
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
