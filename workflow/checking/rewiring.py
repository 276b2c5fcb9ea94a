"""Make the parts of a workflow fit its main model: the right encoders, VAE and latents, and what suits its family."""

from __future__ import annotations

from typing import Any

from ..api_format import is_link
from ..catalog.catalog import ModelFile
from ..families.family import SamplingRange
from ..families.lookup import FAMILIES, class_families
from ..grammar.loaders import holds
from ..recommended_settings import recommended_for
from ..script.accepted import accepts
from ..script.values import MAIN_FOLDERS
from ..sense.base_sizes import base_sizes
from ..sense.roles import GUIDED_BY, is_empty_latent, samples
from ..silly.reading import Reading
from .origins import Origins, family_of
from .parts import Misfit, models_of
from .repair import Output, Repair
from .settings import is_flow
from .substitutes import main_loader, other_instead, part

_OF_VARIANTS = frozenset(
    name
    for family in FAMILIES.values()
    for variant in family.variants
    for name in (variant.sampling.schedulers or () if variant.sampling is not None else ())
    if name[:1].isupper()
)
"""Node classes that make the noise levels of a variant alone."""


def mend(repair: Repair, origins: Origins, misfit: Misfit) -> bool:
    """Make one part fit, where something installed does; return whether the workflow changed."""
    key = origins.reading.ids[misfit.index]
    once = misfit.part, key, misfit.input, misfit.family, origins.reading.ids[misfit.join]
    if key not in repair.api or once in repair.mended:
        return False
    repair.mended.add(once)
    match misfit.part:
        case "held":
            return _give_held(repair, origins, misfit, key)
        case "encoder" | "vae":
            return _give_part(repair, origins, misfit, key)
        case "latent":
            return _give_latent(repair, misfit, key)
        case "lora" | "controlnet":
            return _other_file(repair, misfit, key)
    return False


def _give_held(repair: Repair, origins: Origins, misfit: Misfit, key: str) -> bool:
    """Give what a checkpoint does not hold."""
    file, link = origins.main_file(misfit.index), misfit.link
    if file is None or link is None:
        return False
    kind = repair.type_of((key, link.slot))
    found = _source(repair, file, kind, {key})
    if found is None:
        return False
    repair.relink((key, link.slot), found)
    words = {"CLIP": "text encoder", "VAE": "VAE"}.get(kind, kind)
    repair.note(f"{words} of {_loaded_words(repair, found)}", f"{file.name} holds no {words}")
    return True


def _give_part(repair: Repair, origins: Origins, misfit: Misfit, key: str) -> bool:
    """Give the text encoder or the VAE that fits in place of one that does not."""
    kind = "CLIP" if misfit.part == "encoder" else "VAE"
    main = _main_above(origins, misfit)
    old = repair.output(key, kind)
    if main is None or old is None:
        return False
    found = _source(repair, main, kind, {key}, _files(repair, key))
    if found is None or found == old:
        return False
    before, elsewhere = _loaded_words(repair, old), _fits_elsewhere(origins, misfit)
    for consumer, name, slot in repair.consumers(key):
        if slot == old[1] and (not elsewhere or _leads_to(repair, consumer, origins, misfit)):
            repair.link(consumer, name, found)
    shown = FAMILIES[misfit.family].shown_name
    what = "text encoder" if kind == "CLIP" else "VAE"
    repair.note(
        f"{before} -> {_loaded_words(repair, found)}", f"the {what} has to be one for {shown}, as {main.name} is"
    )
    return True


def _fits_elsewhere(origins: Origins, misfit: Misfit) -> bool:
    """Return whether a part that does not fit one main model may be there for another one of the workflow."""
    mains = {family_of(file) for file in origins.reading.main_loaders.values()}
    return bool(mains - {misfit.family})


def _leads_to(repair: Repair, consumer: str, origins: Origins, misfit: Misfit) -> bool:
    """Return whether what a node takes reaches the node in which the part does not fit."""
    if misfit.join < 0:
        return True
    join = origins.reading.ids[misfit.join]
    seen, waiting = {join}, [join]
    while waiting:
        for _, (source, _) in repair.links(waiting.pop()) if waiting else ():
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    return consumer in seen


def _main_above(origins: Origins, misfit: Misfit) -> ModelFile | None:
    """Return the main model that a part has to fit."""
    models = models_of(origins, misfit.join if misfit.sampling < 0 else misfit.sampling)
    files = {file for index in models if (file := origins.main_file(index)) is not None}
    return next((file for file in sorted(files, key=lambda file: file.name) if family_of(file) == misfit.family), None)


def _source(
    repair: Repair, main: ModelFile, kind: str, without: set[str], before: list[str] | None = None
) -> Output | None:
    """Return an output that gives a part which fits a main model: of its own loader, or of one that is added."""
    for key in repair.api:
        if key in without or repair.output(key, kind) is None:
            continue
        loaded = [
            file
            for name, spec in repair.specs(key).items()
            if (file := repair.catalog.file(spec.folder, str(repair.inputs(key).get(name)))) is not None
        ]
        if main in loaded and holds(main, kind) and main.folder in MAIN_FOLDERS:
            return repair.output(key, kind)
    loading = part(main, kind, repair.catalog, before or ())
    if loading is None:
        return None
    for key, node in repair.api.items():
        if node["class_type"] == loading.class_type and loading.inputs.items() <= node["inputs"].items():
            return key, loading.slot
    return repair.add(loading.class_type, loading.inputs), loading.slot


def _files(repair: Repair, key: str) -> list[str]:
    return [
        str(repair.inputs(key)[name])
        for name, spec in repair.specs(key).items()
        if spec.folder and name in repair.inputs(key)
    ]


def _loaded_words(repair: Repair, output: Output) -> str:
    return " and ".join(_files(repair, output[0])) or repair.api[output[0]]["class_type"]


def _give_latent(repair: Repair, misfit: Misfit, key: str) -> bool:
    """Replace an empty latent by one of the kind that the main model starts from."""
    sampling = FAMILIES[misfit.family].sampling
    wanted = sampling.latent if sampling is not None else ""
    if not repair.has(wanted) or not is_empty_latent(repair.catalog.classes[wanted]):
        return False
    inputs = {each: value for each, value in repair.inputs(key).items() if each in ("width", "height", "batch_size")}
    old = repair.api[key]["class_type"]
    new = repair.add(wanted, inputs)
    for consumer, name, _ in repair.consumers(key):
        repair.link(consumer, name, (new, 0))
    repair.note(f"{old} -> {wanted}", f"{FAMILIES[misfit.family].shown_name} starts from such a latent")
    return True


def _other_file(repair: Repair, misfit: Misfit, key: str) -> bool:
    """Take another LoRA or ControlNet in place of one of another family, or do without."""
    name = str(repair.inputs(key).get(misfit.input or ""))
    spec = repair.specs(key).get(misfit.input or "")
    found = None if spec is None else other_instead(name, spec, repair.catalog, misfit.family)
    shown = FAMILIES[misfit.family].shown_name
    if found is not None:
        repair.set(key, str(misfit.input), found)
        repair.note(f"{name} -> {found}", f"{name} is not for {shown}; {found} is the nearest that is")
        return True
    return without(repair, key, f"{name} is not for {shown}, and nothing like it is installed for that")


def without(repair: Repair, key: str, reason: str) -> bool:
    """Leave out a node that loads a file, with what applies that; return whether that is possible."""
    files = " and ".join(_files(repair, key)) or repair.api[key]["class_type"]
    if repair.bypass(key):
        repair.note(f"without {files}", reason)
        return True
    users = list(dict.fromkeys(consumer for consumer, _, _ in repair.consumers(key)))
    done = [repair.bypass(user) for user in users]
    if not any(done):
        return False
    if not repair.consumers(key):
        repair.remove(key)
    repair.note(f"without {files}", reason)
    return all(done)


# ---- another family ------------------------------------------------------------------------------------------------


def swap_main(repair: Repair, key: str, name: str, file: ModelFile, *, alike: bool) -> bool:
    """Load another main model, by another loader where that is needed; `alike` if the same settings suit it."""
    spec = repair.specs(key).get(name)
    if spec is not None and spec.folder == file.folder and file.name in spec.options:
        repair.set(key, name, file.name)
        repair.changed_mains |= set() if alike else {key}
        return True
    loading = main_loader(file, repair.catalog)
    if loading is None:
        return False
    new = repair.add(loading.class_type, loading.inputs)
    for consumer, each, slot in repair.consumers(key):
        kind = repair.type_of((key, slot))
        kind = repair.wanted(consumer, each) if kind == "*" else kind
        found = repair.output(new, kind) or _source(repair, file, kind, {key})
        if found is None:
            return False
        repair.link(consumer, each, found)
    repair.remove(key)
    repair.changed_mains |= set() if alike else {new}
    return True


def suit_family(repair: Repair, reading: Reading, origins: Origins) -> bool:
    """Make nodes and settings suit the main models that were exchanged; return whether something changed."""
    done = False
    for index in reading.samplers:
        models = models_of(origins, index)
        main = origins.main_of(models)
        if main is None or not any(at >= 0 and reading.ids[at] in repair.changed_mains for at in models):
            continue
        family = family_of(main)
        if family is None:
            continue
        done = _suit_nodes(repair, reading, index, family) or _own_scheduler(repair, reading, index, main) or done
        done = _suit_settings(repair, reading, index, main, family) or done
    return done


def _suit_nodes(repair: Repair, reading: Reading, index: int, family: str) -> bool:
    """Replace or leave out the nodes behind a sampling that are meant for other families."""
    done = False
    for at in sorted(reading.all_above(index)):
        key, node_class = reading.ids[at], reading.class_of(at)
        meant = None if node_class is None else class_families(node_class.name)
        if (
            node_class is None
            or key not in repair.api
            or meant is None
            or family in meant
            or is_empty_latent(node_class)
        ):
            continue
        shown, old = FAMILIES[family].shown_name, node_class.name
        if "CONDITIONING" in node_class.outputs and (text := _text_of(repair, key)) is not None:
            clip = repair.passed(key, "CLIP")
            if clip is not None and repair.has("CLIPTextEncode"):
                new = repair.add("CLIPTextEncode", {"text": text, "clip": list(clip)})
                repair.relink((key, node_class.outputs.index("CONDITIONING")), (new, 0))
                repair.note(f"{old} -> CLIPTextEncode", f"{old} is not for {shown}")
                done = True
        elif "SIGMAS" in node_class.outputs and _plain_scheduler(repair, key):
            repair.note(f"{old} -> BasicScheduler", f"{old} is not for {shown}")
            done = True
        elif not samples(node_class) and repair.bypass(key):
            repair.note(f"without {old}", f"{old} is not for {shown}")
            done = True
    return done


def _own_scheduler(repair: Repair, reading: Reading, index: int, main: ModelFile) -> bool:
    """Replace a scheduler that is made for another variant of the family, as SDTurboScheduler is."""
    sampling, link = recommended_for(main), reading.link(index, "sigmas")
    key = None if link is None else reading.ids[link.node]
    if sampling is None or key is None or key not in repair.api:
        return False
    name = repair.api[key]["class_type"]
    if name not in _OF_VARIANTS or name in sampling.schedulers or not _plain_scheduler(repair, key):
        return False
    repair.note(f"{name} -> BasicScheduler", f"{name} is made for other models than {main.name}")
    return True


def _text_of(repair: Repair, key: str) -> Any:
    """Return the longest text that a node encodes, or the link of one; None where it encodes none."""
    texts = [
        value
        for name, value in repair.inputs(key).items()
        if (spec := repair.specs(key).get(name)) is not None
        and spec.kind == "string" and (isinstance(value, str) or is_link(value))
    ]  # fmt: skip
    return max(texts, key=lambda value: len(value) if isinstance(value, str) else 0, default=None)


def _plain_scheduler(repair: Repair, key: str) -> bool:
    """Replace a family's own scheduler by BasicScheduler on the model that is sampled with."""
    takers = [consumer for consumer, _, _ in repair.consumers(key)]
    guiders = [guider for taker in takers if (guider := repair.passed(taker, "GUIDER")) is not None]
    models = [repair.passed(each, "MODEL") for each in (*takers, *(guider for guider, _ in guiders))]
    model = next((found for found in models if found is not None), None)
    if model is None or not repair.has("BasicScheduler"):
        return False
    steps = repair.inputs(key).get("steps")
    inputs = {"model": list(model), "steps": steps if isinstance(steps, int) else 20, "denoise": 1.0}
    repair.relink((key, 0), (repair.add("BasicScheduler", inputs), 0))
    return True


def _guided(repair: Repair, index_key: str, sampling: SamplingRange) -> bool:
    """Guide away from an empty text where a guider of a model without guidance stood."""
    guider = repair.passed(index_key, "GUIDER")
    if guider is None or sampling.cfg[1] <= 1 or repair.api[guider[0]]["class_type"] != "BasicGuider":
        return False
    links = dict(repair.links(guider[0]))
    clip = _clip_above(repair, links.get("conditioning"))
    if clip is None or "model" not in links or not repair.has("CFGGuider") or not repair.has("CLIPTextEncode"):
        return False
    empty = repair.add("CLIPTextEncode", {"text": "", "clip": list(clip)}, "Negative prompt")
    inputs = {
        "model": list(links["model"]), "positive": list(links["conditioning"]), "negative": [empty, 0],
        "cfg": round((sampling.cfg[0] + sampling.cfg[1]) / 2, 1),
    }  # fmt: skip
    repair.relink((guider[0], 0), (repair.add("CFGGuider", inputs), 0))
    repair.note("BasicGuider -> CFGGuider", "the model is guided away from a negative prompt")
    return True


def _clip_above(repair: Repair, output: Output | None) -> Output | None:
    """Return the CLIP that encodes a conditioning."""
    seen: set[str] = set()
    while output is not None and output[0] not in seen:
        seen.add(output[0])
        clip = repair.passed(output[0], "CLIP")
        if clip is not None:
            return clip
        output = repair.passed(output[0], "CONDITIONING")
    return None


def _suit_settings(repair: Repair, reading: Reading, index: int, main: ModelFile, family: str) -> bool:
    """Set steps, cfg, sampler, scheduler, guidance and size to what is documented for a main model."""
    loras = [
        file for at in reading.above(index, "MODEL") for spec, _, file in reading.files(at)
        if spec.folder == "loras" and file is not None
    ]  # fmt: skip
    sampling = recommended_for(main, loras)
    if sampling is None:
        return False
    changed = _guided(repair, reading.ids[index], sampling)
    changes: list[str] = []
    places = [index, *(link.node for _, link in reading.node(index).links() if link.node not in reading.samplers)]
    for at in dict.fromkeys(places):
        key = reading.ids[at]
        if key in repair.api:
            changes += _set_sampling(repair, key, sampling, family)
    for at in reading.all_above(index):
        node_class, key = reading.class_of(at), reading.ids[at]
        if node_class is not None and key in repair.api and is_empty_latent(node_class):
            changes += _set_size(repair, key, family, main.name)
    if changes:
        repair.note("; ".join(changes), f"documented for {main.name} ({FAMILIES[family].shown_name})")
    return bool(changes) or changed


def _set_sampling(repair: Repair, key: str, sampling: SamplingRange, family: str) -> list[str]:
    inputs, found = repair.inputs(key), []
    wanted: dict[str, Any] = {}
    steps = inputs.get("steps")
    if isinstance(steps, int) and not sampling.steps[0] <= steps <= sampling.steps[1]:
        wanted["steps"] = (sampling.steps[0] + sampling.steps[1]) // 2
    for name in GUIDED_BY:
        cfg = inputs.get(name)
        if isinstance(cfg, int | float) and not sampling.cfg[0] <= cfg <= sampling.cfg[1]:
            wanted[name] = round((sampling.cfg[0] + sampling.cfg[1]) / 2, 1)
    for name, usual in (("sampler_name", sampling.samplers), ("scheduler", sampling.schedulers)):
        value, spec = inputs.get(name), repair.specs(key).get(name)
        better = next((each for each in usual if spec is not None and each in spec.options), None)
        strange = is_flow(family) or sampling.distilled
        if isinstance(value, str) and better is not None and strange and value not in usual:
            wanted[name] = better
    for name, value in wanted.items():
        spec = repair.specs(key).get(name)
        if spec is not None and accepts(spec, value):
            found.append(f"{name} {inputs[name]} -> {value}")
            repair.set(key, name, value)
    return found


def _set_size(repair: Repair, key: str, family: str, main: str) -> list[str]:
    """Bring the first latent near the area that the model learned, in about the same shape."""
    inputs, sizes = repair.inputs(key), base_sizes(family, main)
    width, height = inputs.get("width"), inputs.get("height")
    if not isinstance(width, int) or not isinstance(height, int) or width <= 0 or height <= 0:
        return []
    if sizes.near_area(width, height):
        return []
    new = sizes.nearest(width, height)
    repair.set(key, "width", new[0])
    repair.set(key, "height", new[1])
    return [f"size {width} x {height} -> {new[0]} x {new[1]}"]
