"""Read a catalog from an object_info: the description of all node classes that GET /object_info returns."""

from __future__ import annotations

import math
import reprlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..graph import WorkflowError, is_unicode, literal
from .catalog import Catalog, InputKind, InputSpec, ModelFile, NodeClass, catalog_fingerprint
from .identify import identify
from .model_files import (
    input_folder,
    listed_files,
    loader_kind,
    model_files,
    with_folders_of_unknown_inputs,
    with_formats_without_loader,
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

    A class that cannot be read is left out, whatever is wrong with it (`Catalog.left_out`).

    Args:
        object_info: description of each node class by name.
        models: the model files. If None, they are those that the combos list, identified by name alone.
        options_from_models: whether combos of known model inputs list `models` instead of what object_info lists. This
            joins a saved object_info with the models folder of another machine.
        fingerprint: the catalog's fingerprint, if the caller knows it; otherwise it is computed.

    Raises:
        CatalogError: it is no object of node classes, or none of them can be read.
    """
    if not isinstance(object_info, Mapping):
        raise CatalogError(f"object_info must be an object of node classes, not {type(object_info).__name__}")
    classes, left_out = _readable(object_info)
    if left_out and not classes:
        raise CatalogError(
            f"not an object_info: it has no node class that can be read. {next(iter(left_out.values()))}"
        )
    files = None if models is None else tuple(models)
    classes = with_folders_of_unknown_inputs(classes, files)
    if files is None:
        listed = sorted(listed_files(classes.values()))
        files = model_files((folder, name, identify(folder, name)) for folder, name in listed)
    elif options_from_models:
        classes = with_options_from_files(classes, files)
    files = with_formats_without_loader(files, classes)
    return Catalog(classes, files, fingerprint or catalog_fingerprint(classes, files), left_out)


def _readable(object_info: Mapping[str, Any]) -> tuple[dict[str, NodeClass], dict[str, str]]:
    """Return the classes that can be read, and by name what is wrong with the others."""
    reader = _Reader()
    classes: dict[str, NodeClass] = {}
    left_out: dict[str, str] = {}
    for name, info in object_info.items():
        try:
            classes[name] = _guarded(reader, name, info)
        except CatalogError as error:
            left_out[str(name)] = str(error)
    return classes, left_out


def node_class(name: str, info: Mapping[str, Any]) -> NodeClass:
    """Return one class of an object_info. Raises CatalogError."""
    return _guarded(_Reader(), name, info)


def _guarded(reader: _Reader, name: str, info: Any) -> NodeClass:
    """Return one class. Raises CatalogError, whatever goes wrong: the data are anybody's."""
    try:
        return reader.node_class(name, info)
    except CatalogError:
        raise
    except RecursionError:
        raise CatalogError(f"object_info, class {_short(name)}: it is nested too deeply") from None
    except Exception as error:
        raise CatalogError(f"object_info, class {_short(name)}: {type(error).__name__}: {_short(error)}") from error


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


_DEEPEST = 8
"""How deep dynamic combos and autogrow inputs may contain each other; ComfyUI's own do so at most twice."""
_MOST_INPUTS = 1000
"""Largest number of inputs and of outputs of a class; an autogrow input of ComfyUI has at most 100."""
_DEEPEST_DEFAULT = 50
_SMALLEST_STEP = 1e-9


class _Reader:
    """Reads classes. Equal option lists, of which object_info mostly consists, become one tuple."""

    def __init__(self) -> None:
        self._lists: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def node_class(self, name: str, info: Any) -> NodeClass:
        """Return one class. Raises CatalogError."""
        where = f"object_info, class {_short(name)}"
        if not isinstance(name, str) or not name or not is_unicode(name):
            raise CatalogError(f"{where}: a class must have a name, in Unicode")
        if not isinstance(info, Mapping) or not isinstance(info.get("input"), Mapping):
            raise CatalogError(f"{where}: must be an object with an object 'input'")
        outputs = _outputs(info.get("output"), where)
        is_list = _list(info.get("output_is_list"), "output_is_list", where)
        matches = _list(info.get("output_matchtypes"), "output_matchtypes", where)
        if not all(match is None or isinstance(match, str) for match in matches):
            raise CatalogError(f"{where}: 'output_matchtypes' must be names, not {_short(matches)}")
        order = info.get("input_order")
        return NodeClass(
            name=name,
            inputs=self._inputs(name, info["input"], order if isinstance(order, Mapping) else {}, where, 0),
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
            ordered=isinstance(order, Mapping),
        )

    def _inputs(
        self, class_type: str, groups: Mapping[str, Any], order: Mapping[str, Any], where: str, depth: int
    ) -> tuple[InputSpec, ...]:
        """Return the inputs of a class or, at a `depth` above 0, of an option or template inside another input."""
        if depth > _DEEPEST:
            raise CatalogError(f"{where}: its inputs are nested more than {_DEEPEST} deep")
        specs: list[InputSpec] = []
        for group in ("required", "optional"):
            declared = groups.get(group)
            if declared is None:
                continue
            if not isinstance(declared, Mapping):
                raise CatalogError(f"{where}: its {group} inputs must be an object of inputs")
            if len(declared) > _MOST_INPUTS:
                raise CatalogError(f"{where}: it has {len(declared)} {group} inputs; at most {_MOST_INPUTS} are read")
            listed = order.get(group)
            ordered = [name for name in listed if name in declared] if isinstance(listed, list | tuple) else []
            known = {spec.name for spec in specs}  # of two inputs of one name ComfyUI reads the required one
            for name in dict.fromkeys((*ordered, *declared)):
                if str(name) in known:
                    continue
                specs.append(self._input(class_type, str(name), declared[name], group == "required", where, depth))
        return tuple(specs)

    def _input(self, class_type: str, name: str, spec: Any, required: bool, where: str, depth: int) -> InputSpec:
        where = f"{where}, input {_short(name)}"
        if not is_unicode(name):
            raise CatalogError(f"{where}: its name is not Unicode: it holds half a surrogate pair")
        if not isinstance(spec, list | tuple) or not spec:
            raise CatalogError(f"{where}: must be a list of a type and its options, not {_short(spec)}")
        extra = spec[1] if len(spec) > 1 and spec[1] is not None else {}
        if not isinstance(extra, Mapping):
            raise CatalogError(f"{where}: what follows the type must be an object, not {_short(extra)}")
        common: dict[str, Any] = {
            "name": name,
            "required": required,
            "default": _default(extra.get("default"), where),
            "control": None if (control := extra.get("control_after_generate")) is None else bool(control),
            "forced": bool(extra.get("forceInput")),
        }
        if isinstance(spec[0], list | tuple):
            return self._combo(class_type, spec[0], extra, common, where)
        if not isinstance(spec[0], str) or not spec[0]:
            raise CatalogError(f"{where}: the type must be a name or a list of options, not {_short(spec[0])}")
        if spec[0] == "COMBO":
            return self._combo(class_type, extra.get("options") or (), extra, common, where)
        if spec[0] == "COMFY_DYNAMICCOMBO_V3":
            return self._dynamic_combo(class_type, extra, common, where, depth)
        if spec[0] == "COMFY_AUTOGROW_V3":
            return self._autogrow(class_type, extra, common, where, depth)
        if spec[0] == "COMFY_DYNAMICGROUP_V3":
            return self._dynamic_group(class_type, extra, common, where, depth)
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
        self, class_type: str, extra: Mapping[str, Any], common: dict[str, Any], where: str, depth: int
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
            branches.append((entry["key"], self._inputs(class_type, inputs, {}, where, depth + 1)))
        keys = self._intern(key for key, _ in branches)
        return InputSpec(kind="dynamic_combo", types=("COMBO",), options=keys, branches=tuple(branches), **common)

    def _dynamic_group(
        self, class_type: str, extra: Mapping[str, Any], common: dict[str, Any], where: str, depth: int
    ) -> InputSpec:
        template = _object(extra.get("template"), "template", where)
        rows = self._inputs(class_type, template, {}, where, depth + 1)
        least = extra.get("min") or 0
        if not isinstance(least, int) or least > _MOST_INPUTS:
            raise CatalogError(f"{where}: 'min' must be a whole number up to {_MOST_INPUTS}, not {_short(least)}")
        return InputSpec(kind="link", types=("COMFY_DYNAMICGROUP_V3",), rows=rows, grow_minimum=max(0, least), **common)

    def _autogrow(
        self, class_type: str, extra: Mapping[str, Any], common: dict[str, Any], where: str, depth: int
    ) -> InputSpec:
        template = _object(extra.get("template"), "template", where)
        declared = _object(template.get("input"), "template input", where)
        inputs = self._inputs(class_type, declared, {}, where, depth + 1)
        if not inputs:
            raise CatalogError(f"{where}: the template of the autogrow input is empty")
        names = _grow_names(template, where)
        least = template.get("min") or 0
        if not isinstance(least, int):
            raise CatalogError(f"{where}: the template's 'min' must be a whole number, not {_short(least)}")
        # ComfyUI ignores `min` where the template's own input is optional (comfy_api/latest/_io.py, Autogrow).
        least = least if inputs[0].required else 0
        return InputSpec(
            kind="autogrow",
            types=inputs[0].types,
            template=inputs[0],
            grow_names=names,
            grow_minimum=least,
            **common,
        )


def _grow_names(template: Mapping[str, Any], where: str) -> tuple[str, ...]:
    """Return the short names of the inputs that an autogrow input can have."""
    names, prefix, most = template.get("names"), template.get("prefix"), template.get("max")
    if names is not None:
        found = _list(names, "names", where)
    elif isinstance(prefix, str) and isinstance(most, int):
        # Not a list yet: the number may be any.
        found = range(min(most, _MOST_INPUTS + 1))
    else:
        raise CatalogError(f"{where}: the template needs 'names', or a 'prefix' and a whole number 'max'")
    if len(found) > _MOST_INPUTS:
        raise CatalogError(f"{where}: it can grow to more than {_MOST_INPUTS} inputs; no more are read")
    return tuple(str(name) if names is not None else f"{prefix}{name}" for name in found)


def _outputs(declared: Any, where: str) -> tuple[str, ...]:
    """Return the output types. An output that is declared as a list of options has the type COMBO."""
    if declared is None:
        return ()
    if not isinstance(declared, list | tuple):
        raise CatalogError(f"{where}: 'output' must be a list of types, not {_short(declared)}")
    if len(declared) > _MOST_INPUTS:
        raise CatalogError(f"{where}: it has {len(declared)} outputs; at most {_MOST_INPUTS} are read")
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
        limits["minimum"] = _limit(extra.get("min"), -math.inf, "min", where)
        limits["maximum"] = _limit(extra.get("max"), math.inf, "max", where)
        limits["step"] = _step(extra.get("step"))
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


def _limit(value: Any, none: float, key: str, where: str) -> int | float | None:
    """Return a limit of a number; None where it is missing, `none` (an infinity), or no number, as NaN is."""
    if value is None or value != value:
        return None
    if not isinstance(value, int | float):
        raise CatalogError(f"{where}: {key!r} must be a number, not {_short(value)}")
    if abs(value) > sys.float_info.max:  # a whole number may be larger than any other number
        value = math.copysign(math.inf, 1 if value > 0 else -1)
    return None if value == none else value


def _step(value: Any) -> int | float | None:
    """Return the step of a number; None for what is no distance. Only the frontend reads it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if _SMALLEST_STEP <= value < sys.float_info.max else None


def _default(value: Any, where: str) -> Any:
    """Return a default; None where it is missing, infinite or NaN, which no workflow can hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list | tuple | dict) or (isinstance(value, str) and not is_unicode(value)):
        if _is_deep(value):
            raise CatalogError(f"{where}: its default is nested more than {_DEEPEST_DEFAULT} deep")
        try:
            literal(list(value) if isinstance(value, tuple) else value)
        except WorkflowError as error:
            raise CatalogError(f"{where}: its default is nothing that a workflow can hold: {error}") from None
    return value


def _is_deep(value: Any) -> bool:
    """Return whether a value is nested more than _DEEPEST_DEFAULT deep."""
    level = [value]
    for _ in range(_DEEPEST_DEFAULT):
        nested = [one for one in level if isinstance(one, list | tuple | dict)]
        level = [inner for one in nested for inner in (one.values() if isinstance(one, dict) else one)]
    return any(isinstance(one, list | tuple | dict) for one in level)


def _list(value: Any, what: str, where: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple | None):
        raise CatalogError(f"{where}: {what!r} must be a list, not {_short(value)}")
    return value or ()


def _object(value: Any, what: str, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise CatalogError(f"{where}: its {what} must be an object, not {_short(value)}")
    return value


_SHORT = reprlib.Repr()  # which neither follows what is endless nor reads what is long
_SHORT.maxstring = _SHORT.maxother = 80


def _short(value: Any) -> str:
    text = _SHORT.repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
