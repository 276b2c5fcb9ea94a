"""A catalog with other model files: the same node classes on another simulated installation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ....workflow.catalog.catalog import Catalog, InputSpec, ModelFile, NodeClass, catalog_fingerprint
from ....workflow.catalog.model_files import is_model_name, listed_names
from .gguf import is_gguf, with_gguf_loaders


def installed(base: Catalog, models: Sequence[ModelFile]) -> Catalog:
    """Return the catalog `base` with other model files. Only classes that list files are rebuilt.

    Where there are GGUF files, their loaders are installed as well.
    """
    if any(is_gguf(model.name) for model in models):
        base = with_gguf_loaders(base)
    names: dict[str, list[str]] = {}
    for model in models:
        names.setdefault(model.folder, []).append(model.name)

    def listed(spec: InputSpec) -> InputSpec:
        if spec.branches or spec.template:
            branches = tuple((key, tuple(map(listed, inputs))) for key, inputs in spec.branches)
            return replace(spec, branches=branches, template=listed(spec.template) if spec.template else None)
        if spec.folder is None or spec.kind != "combo" or spec.folder not in names and not spec.options:
            return spec
        others = tuple(option for option in spec.options if not is_model_name(option))
        return replace(spec, options=listed_names(spec, names.get(spec.folder, ())) + others)

    def changed(cls: NodeClass) -> NodeClass:
        return replace(cls, inputs=tuple(map(listed, cls.inputs))) if _lists_files(cls.inputs) else cls

    classes = {name: changed(cls) for name, cls in base.classes.items()}
    files = catalog_fingerprint({}, models)
    return Catalog(classes, tuple(models), hashlib.sha256(f"{base.fingerprint} {files}".encode()).hexdigest()[:32])


def _lists_files(inputs: Iterable[InputSpec]) -> bool:
    """Return whether any of these inputs, nested ones included, lists model files."""
    return any(
        spec.folder is not None
        or any(_lists_files(branch) for _, branch in spec.branches)
        or (spec.template is not None and _lists_files((spec.template,)))
        for spec in inputs
    )
