"""What one installation can do: node classes with typed inputs and outputs, and model files with their families.

A catalog is immutable and fingerprinted. It is read from object_info (`catalog_from_object_info`), whether that
comes from a saved file, a server, or ComfyUI's own node registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

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
    upload: bool = False  # options are the user's own uploaded files
    remote: bool = False  # options are fetched by the frontend
    multiselect: bool = False
    folder: str | None = None  # models/<folder> whose files are the options, if they are model files
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


@dataclass(frozen=True)
class Catalog:
    """What one installation can do."""

    classes: Mapping[str, NodeClass]
    models: tuple[ModelFile, ...]
    fingerprint: str
