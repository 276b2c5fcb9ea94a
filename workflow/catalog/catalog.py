"""What one installation can do: its node classes, with typed inputs and outputs, and its model files.

A catalog is immutable and has a fingerprint. `object_info.py` reads one from an object_info, whether that comes from a
saved file, from a server, or from ComfyUI's own node registry; `model_files.py` finds the inputs that list model files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal

from .file_facts import NO_FACTS, FileFacts

InputKind = Literal["link", "combo", "int", "float", "boolean", "string", "dynamic_combo", "autogrow", "other"]


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One declared input of a node class.

    Attributes:
        name: key in API format. An input inside a dynamic combo or an autogrow template has a short name; its key in
            API format is "<parent>.<name>".
        kind: how the value is given: by a link, by a widget of this kind, or by several inputs.
        types: types of the links that may be connected, ("*",) for any; of a widget, its own type.
        required: whether ComfyUI refuses a node without it.
        default: the declared default, None if there is none.
        options: options of a combo.
        minimum: smallest number.
        maximum: largest number.
        step: step of a number.
        multiline: whether a text has several lines.
        dynamic_prompts: whether the frontend expands "{a|b}" in the text.
        seed: whether an INT is a seed: it has control_after_generate, or is named seed or noise_seed.
        control: whether the class declares that the canvas shows a control of the value beside the widget
            (control_after_generate); None where the class does not say.
        forced: whether the canvas has an input slot instead of a widget (forceInput).
        upload: whether the canvas shows an upload button beside a combo.
        own_files: whether the options are the user's own files or folders.
        remote: whether the frontend fetches the options.
        multiselect: whether several options may be chosen.
        folder: the folder under models/ whose files are the options, if they are model files.
        loads: which of these files are listed: "torch" (what ComfyUI itself lists), "gguf" (only GGUF) or "any"; or the
            storage format that the class is for (`contents.FORMATS`).
        match: template id of a match type.
        branches: options of a dynamic combo, each with its inputs.
        template: the input that an autogrow repeats.
        grow_names: short names of the repeated inputs, in order.
        grow_minimum: number of repeated inputs that are required, or of rows that a dynamic group has at least.
        rows: the inputs of one row of a dynamic group; their keys in API format are "<parent>.<row>.<name>".
    """

    name: str
    kind: InputKind
    types: tuple[str, ...]
    required: bool
    default: Any = None
    options: tuple[Any, ...] = ()
    minimum: int | float | None = None
    maximum: int | float | None = None
    step: int | float | None = None
    multiline: bool = False
    dynamic_prompts: bool = False
    seed: bool = False
    control: bool | None = None
    forced: bool = False
    upload: bool = False
    own_files: bool = False
    remote: bool = False
    multiselect: bool = False
    folder: str | None = None
    loads: str = "torch"
    match: str | None = None
    branches: tuple[tuple[str, tuple[InputSpec, ...]], ...] = ()
    template: InputSpec | None = None
    grow_names: tuple[str, ...] = ()
    grow_minimum: int = 0
    rows: tuple[InputSpec, ...] = ()

    @property
    def widget(self) -> bool:
        """Whether the value is entered in a widget rather than linked."""
        return self.kind in ("combo", "int", "float", "boolean", "string", "dynamic_combo")

    @property
    def initial(self) -> Any:
        """The JSON value in a node that was just added to the canvas; None for an input that has no widget or option.

        The declared default; without one, the first option, 0 or the smallest number above it, false or "".
        """
        if self.default is not None:
            return self.default
        match self.kind:
            case "combo" | "dynamic_combo":
                return self.options[0] if self.options else None
            case "int" | "float":
                return max(0, self.minimum) if self.minimum is not None else 0
            case "boolean":
                return False
            case "string":
                return ""
        return None


def expanded_inputs(specs: Iterable[InputSpec], values: Mapping[str, Any]) -> Iterator[tuple[str, InputSpec, bool]]:
    """Yield the inputs that a node has in API format, as (name, declaration, whether it is required).

    The inputs of a dynamic combo's chosen branch follow the combo, and an autogrow input is replaced by the inputs that
    it can grow. The first `grow_minimum` of these are required even in a class's optional group: ComfyUI's condition is
    `i < min and template_required` (comfy_api/latest/_io.py, Autogrow), whichever group the autogrow input is in.

    Args:
        specs: declared inputs of the class.
        values: the node's values by name; only those of dynamic combos are read.
    """
    yield from _expanded(specs, values, "")


def _expanded(
    specs: Iterable[InputSpec], values: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, InputSpec, bool]]:
    for spec in specs:
        name = prefix + spec.name
        if spec.kind == "autogrow" and spec.template is not None:
            for position, short in enumerate(spec.grow_names):
                yield f"{name}.{short}", spec.template, position < spec.grow_minimum
            continue
        yield name, spec, spec.required
        for option, inputs in spec.branches:
            if option == values.get(name):
                yield from _expanded(inputs, values, f"{name}.")


@dataclass(frozen=True, slots=True)
class NodeClass:
    """One node class.

    Attributes:
        name: the class_type.
        inputs: inputs in display order: the required ones by input_order, then the optional ones.
        outputs: types of the outputs.
        output_is_list: whether each output is a list.
        output_matches: match-type template id of each output, None for an output without one.
        output_node: whether ComfyUI runs the node for its own sake, as it does SaveImage.
        category: path in the menu of nodes.
        input_is_list: whether the class takes its inputs as lists.
        api_node: whether the class calls a paid service.
        deprecated: whether ComfyUI hides the class as deprecated.
        experimental: whether ComfyUI marks the class as experimental.
        dev_only: whether ComfyUI shows the class only to developers.
        ordered: whether the class states the order of its inputs (input_order), as every ComfyUI since 2024 does.
    """

    name: str
    inputs: tuple[InputSpec, ...]
    outputs: tuple[str, ...]
    output_is_list: tuple[bool, ...]
    output_matches: tuple[str | None, ...]
    output_node: bool
    category: str
    input_is_list: bool = False
    api_node: bool = False
    deprecated: bool = False
    experimental: bool = False
    dev_only: bool = False
    ordered: bool = False

    def __hash__(self) -> int:
        # Classes are keys of caches on the hot path, and their option lists may be long.
        return hash(self.name)


MAIN_ROLES = ("checkpoint", "diffusion_model")
"""Roles of the files that can be a workflow's main model."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model file.

    Attributes:
        name: the option in a combo.
        folder: the folder under models/.
        role: what the file is (`Identity.role`).
        families: the diffusion families that the file is part of or serves (a T5 encoder serves several); empty where
            they are unknown or where nothing depends on them, as for upscalers.
        alias: the unique "family/normalised name" that stands for the file in scripts.
        encoder: which text encoder the file holds ("clip_l", "t5xxl", ...), if it is one.
        scale: factor by which an upscaler enlarges each side.
        parts: which of "MODEL", "CLIP" and "VAE" a checkpoint contains; all three where its header cannot be read.
        format: how its weights are stored, where only other loaders than ComfyUI's own read that (`contents.FORMATS`).
        unusable: why no workflow is written with it, a sentence without a subject (`Identity.unusable`); None where one
            may be.
        facts: what its header and the files beside it state; empty where the files themselves are not at hand, as in a
            catalog from a saved object_info.
    """

    name: str
    folder: str
    role: str
    families: frozenset[str]
    alias: str
    encoder: str | None = None
    scale: int | None = None
    parts: frozenset[str] = frozenset()
    format: str | None = None
    unusable: str | None = None
    facts: FileFacts = NO_FACTS

    def __hash__(self) -> int:
        # Files are keys of caches on the hot path, and their facts may be long.
        return hash((self.folder, self.name))


@dataclass(frozen=True)
class Catalog:
    """What one installation can do.

    Attributes:
        classes: node classes by name.
        models: model files, sorted by folder and name.
        fingerprint: hash of both (`catalog_fingerprint`).
        left_out: node classes that cannot be read, by name: a sentence each that names class, input and fault.
    """

    classes: Mapping[str, NodeClass]
    models: tuple[ModelFile, ...]
    fingerprint: str
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> CatalogKey:
        """The catalog as the key of a cache."""
        return CatalogKey(self.fingerprint, self)

    @cached_property
    def produced(self) -> frozenset[str]:
        """The types that some node class returns. An input of another type can only be entered in a widget."""
        declared = (output for cls in self.classes.values() for output in cls.outputs)
        return frozenset(part.strip() for output in declared for part in output.split(","))

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], ModelFile]:
        return {(model.folder, model.name): model for model in self.models}

    @cached_property
    def _by_alias(self) -> dict[str, ModelFile]:
        return {model.alias: model for model in self.models}

    def file(self, folder: str | None, name: str) -> ModelFile | None:
        """Return the model file that option `name` of a combo with this `InputSpec.folder` stands for.

        None where the option is no file ("pixel_space") or the folder is None.
        """
        return None if folder is None else self._by_name.get((folder, name))

    def by_alias(self, alias: str) -> ModelFile | None:
        """Return the model file with this alias, or None."""
        return self._by_alias.get(alias)


@dataclass(frozen=True)
class CatalogKey:
    """A catalog as the key of a cache, in which catalogs of the same fingerprint are one."""

    fingerprint: str
    """The catalog's fingerprint."""
    catalog: Catalog = field(compare=False)
    """The catalog itself."""


def with_same_classes(catalog: Catalog, before: Catalog) -> Catalog:
    """Return `catalog` with the class objects of `before` wherever the two are equal.

    Classes are keys of caches. A cache finds an identical object at once, but has to compare the option lists of one
    that is only equal.
    """
    classes = {name: old if (old := before.classes.get(name)) == new else new for name, new in catalog.classes.items()}
    return replace(catalog, classes=classes)


def catalog_fingerprint(classes: Mapping[str, NodeClass], models: Iterable[ModelFile]) -> str:
    """Return a hash of node classes and model files that is the same on every machine and in every process.

    The user's own files are left out: they change with every upload, and most of what depends on a catalog does not
    depend on them.
    """
    digest = hashlib.sha256()
    lists: dict[int, str] = {}
    for name in sorted(classes):
        digest.update(json.dumps(_plain_data(classes[name], lists), default=str).encode())
    for model in sorted(models, key=lambda model: (model.folder, model.name)):
        digest.update(json.dumps(_plain_data(model, lists), default=str).encode())
    return digest.hexdigest()[:32]


def _plain_data(value: Any, lists: dict[int, str]) -> Any:
    """Return `value` as lists and scalars, with a long option list replaced by its digest.

    Args:
        value: a catalog's data, or a part of it.
        lists: digests of the option lists met so far, by id; one is added for each new list.
    """
    if isinstance(value, InputSpec) and value.own_files:
        value = replace(value, options=(), default=None)
    if isinstance(value, InputSpec | NodeClass | ModelFile | FileFacts):
        names = _FIELDS[type(value)]
        if isinstance(value, ModelFile) and value.facts.empty:  # as a catalog has them that was made elsewhere
            names = tuple(name for name in names if name != "facts")
        return [_plain_data(getattr(value, name), lists) for name in names]
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


_FIELDS = {cls: tuple(field.name for field in fields(cls)) for cls in (InputSpec, NodeClass, ModelFile, FileFacts)}
