"""Single changes of a workflow that a person would try: another model or LoRA, settings, size, a second pass.

All of them fit the main model and lie within what is documented for it. Which of them make the picture better, another
part predicts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ..catalog.catalog import Catalog, ModelFile
from ..catalog.model_files import reads
from ..families.family import SamplingRange
from ..families.lookup import FAMILIES
from ..fitting.files import fits_main
from ..graph import WorkflowError
from ..recommended_settings import recommended_for, recommended_weight
from ..sense.base_sizes import base_sizes
from ..sense.roles import GUIDED_BY, is_empty_latent
from ..silly.reading import Reading
from ..silly.sampling import partial
from .edits import Edit, SetValue, difference
from .findings import Change
from .origins import Origins, family_of
from .parts import models_of
from .repair import Repair

_MOST_MODELS, _MOST_LORAS, _MOST_SAMPLERS = 12, 12, 6
_SECOND_PASS = (1.5, 0.5)
"""Factor of the sides and denoise of a second pass."""


def alternatives(api: dict[str, Any], catalog: Catalog) -> list[Change]:
    """Return the changes, without gains; none where the main model of the last sampling is not known.

    Args:
        api: the workflow in API format, every node of which can be read (`legible`).
        catalog: the installation.
    """
    try:
        reading = Reading(api, catalog)
    except WorkflowError:
        return []
    origins = Origins(reading)
    if not reading.samplers:
        return []
    last = reading.samplers[-1]
    models = models_of(origins, last)
    main = origins.main_of(models)
    family = family_of(main)
    if main is None or family is None:
        return []
    loras = [(at, file) for at in reading.above(last, "MODEL") for file in origins.files(at, "loras")]
    sampling = recommended_for(main, [file for _, file in loras if file is not None])
    found = [*_models(reading, next(iter(models)), main, catalog)]
    if sampling is not None:
        found += _settings(reading, sampling)
    found += _sizes(reading, family, main)
    found += _with_lora(api, reading, next(iter(models)), main, [file for _, file in loras], catalog)
    found += _without_lora(api, reading, [at for at, _ in loras], catalog)
    return [*found, *_second_pass(api, reading, last, catalog)]


def _models(reading: Reading, loader: int, main: ModelFile, catalog: Catalog) -> Iterator[Change]:
    """Yield the other installed models of the same family that the same loader loads, and that hold as much."""
    key = reading.ids[loader]
    for spec, name, _ in reading.files(loader):
        if name != main.name or spec.folder != main.folder:
            continue
        others = (catalog.file(spec.folder, str(option)) for option in spec.options)
        fitting = [
            file for file in others
            if file is not None and file is not main and file.unusable is None and file.families == main.families
            and file.parts >= main.parts and reads(spec.loads, file)
        ]  # fmt: skip
        for file in fitting[:_MOST_MODELS]:
            yield Change(
                f"model {main.name} -> {file.name}", f"{file.name} is of the same family",
                (SetValue(key, spec.name, file.name),),
            )  # fmt: skip


def _settings(reading: Reading, sampling: SamplingRange) -> Iterator[Change]:
    """Yield steps, cfg, samplers and schedulers within what is documented."""
    low, high = sampling.steps
    steps = sorted({low, (low + high) // 2, sampling.detailed_steps(), high})
    guidance = sorted({round(low + share * (high - low), 1) for low, high in (sampling.cfg,) for share in (0, 0.5, 1)})
    choices: dict[str, list[Any]] = {
        "steps": steps, "sampler_name": list(sampling.samplers[:_MOST_SAMPLERS]),
        "scheduler": list(sampling.schedulers[:_MOST_SAMPLERS]), **dict.fromkeys(GUIDED_BY, guidance),
    }  # fmt: skip
    partly = {index for index in reading.samplers if partial(reading, index)}
    for index, node, node_class in reading:
        specs = {spec.name: spec for spec in node_class.inputs}
        given = dict(node.inputs)
        for name, values in choices.items():
            spec, old = specs.get(name), given.get(name)
            if spec is None or not isinstance(old, int | float | str) or isinstance(old, bool):
                continue
            if spec.folder or (name == "steps" and index in partly):
                continue
            if spec.kind not in ("int", "float", "combo") or not (set(node_class.outputs) & _SAMPLED):
                continue
            for value in values:
                if value != old and (spec.kind != "combo" or value in spec.options):
                    yield _set(reading, index, name, old, value, sampling)


_SAMPLED = frozenset({"LATENT", "SIGMAS", "SAMPLER", "GUIDER"})


def _set(reading: Reading, index: int, name: str, old: Any, value: Any, sampling: SamplingRange) -> Change:
    title = f"{name.removesuffix('_name')} {_shown(old)} -> {_shown(value)}"
    kind = "documented for this model" if not sampling.distilled else "documented for this distilled model"
    return Change(title, kind, (SetValue(reading.ids[index], name, value),))


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _sizes(reading: Reading, family: str, main: ModelFile) -> Iterator[Change]:
    """Yield sizes of about the same shape over the areas that are usual for the model."""
    sizes = base_sizes(family, main.name)
    for index, _, node_class in reading:
        width, height = reading.number(index, "width"), reading.number(index, "height")
        if not is_empty_latent(node_class) or not width or not height:
            continue
        low, high = sizes.usual
        for area in sorted({low, math.sqrt(low * high), high}):
            scale = math.sqrt(area / (width * height)) if math.isfinite(area) else 1.0
            new = tuple(max(sizes.grid, round(side * scale / sizes.grid) * sizes.grid) for side in (width, height))
            if new != (width, height) and sizes.fits(*new):
                edits = (SetValue(reading.ids[index], "width", new[0]), SetValue(reading.ids[index], "height", new[1]))
                title = f"size {width:g} x {height:g} -> {new[0]} x {new[1]}"
                yield Change(title, f"a usual size for {FAMILIES[family].shown_name}", edits)


def _with_lora(
    api: dict[str, Any], reading: Reading, loader: int, main: ModelFile, used: list[ModelFile | None], catalog: Catalog
) -> Iterator[Change]:
    """Yield each LoRA that fits, put on the main model alone."""
    if "LoraLoaderModelOnly" not in catalog.classes or catalog.classes["LoraLoaderModelOnly"].outputs != ("MODEL",):
        return
    options = next(
        (spec.options for spec in catalog.classes["LoraLoaderModelOnly"].inputs if spec.folder == "loras"), ()
    )
    fitting = [
        file for file in catalog.models
        if file.role == "lora" and file.unusable is None and file not in used and fits_main(file, main)
        and file.name in options
    ]  # fmt: skip
    for file in fitting[:_MOST_LORAS]:
        repair = Repair(api, catalog)
        output = repair.output(reading.ids[loader], "MODEL")
        if output is None:
            return
        weight = recommended_weight(file)
        new = repair.add(
            "LoraLoaderModelOnly", {"model": list(output), "lora_name": file.name, "strength_model": weight}
        )
        repair.relink(output, (new, 0))
        yield Change(f"with {file.name} ({weight:g})", "a LoRA that fits the model", difference(api, repair.api))


def _without_lora(api: dict[str, Any], reading: Reading, places: list[int], catalog: Catalog) -> Iterator[Change]:
    for index in dict.fromkeys(places):
        repair = Repair(api, catalog)
        names = " and ".join(name for spec, name, _ in reading.files(index) if spec.folder == "loras")
        if repair.bypass(reading.ids[index]):
            yield Change(f"without {names}", "the model as it is", difference(api, repair.api))


def _second_pass(api: dict[str, Any], reading: Reading, last: int, catalog: Catalog) -> Iterator[Change]:
    """Yield a second pass over the enlarged latent where there is none, and the first pass alone otherwise."""
    node, key = reading.node(last), reading.ids[last]
    if node.class_type != "KSampler":
        return
    if partial(reading, last) and len(reading.samplers) > 1:
        repair = Repair(api, catalog)
        if repair.bypass(key):
            repair.prune()
            yield Change("without the second pass", "the first pass alone", difference(api, repair.api))
    elif len(reading.samplers) == 1 and "LatentUpscaleBy" in catalog.classes:
        repair = Repair(api, catalog)
        factor, denoise = _SECOND_PASS
        larger = repair.add("LatentUpscaleBy", {"samples": [key, 0], "scale_by": factor})
        inputs = {**repair.inputs(key), "latent_image": [larger, 0], "denoise": denoise}
        again = repair.add("KSampler", inputs, "Second pass")
        for consumer, name, slot in repair.consumers(key):
            if consumer != larger:
                repair.link(consumer, name, (again, slot))
        title, reason = f"a second pass at {factor:g} times the size", "the latent is enlarged and sampled once more"
        yield Change(title, reason, difference(api, repair.api))


def place_of(change: Change) -> tuple[object, ...]:
    """Return what a change is about; of several changes of one thing a person makes only one."""
    first: Edit = change.edits[0]
    if isinstance(first, SetValue):
        return first.node_id, first.input
    return (change.title.split()[0],)
