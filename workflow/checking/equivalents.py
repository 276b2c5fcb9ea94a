"""Nodes of ComfyUI's own in place of those of packs that are not installed.

What a missing class is and gives is read from its name, its inputs and what takes its outputs, since its declaration is
not at hand. Where nothing of ComfyUI's own does the same, a node that changes something and passes it on is left out.
"""

from __future__ import annotations

import re
from typing import Any

from ..api_format import is_link
from ..catalog.model_files import is_model_name
from ..graph import Node, literal
from ..lora_rows import lora_rows
from .repair import Output, Repair

_SAVES = re.compile(r"save|saver|output", re.I)
_SHOWS = re.compile(r"preview|display|show|compare", re.I)
_TEXT = re.compile(r"clip_?text_?encode|text_?encode|prompt_?encode", re.I)
_SIZE = re.compile(r"(\d{2,4})\s*[x\u00d7*]\s*(\d{2,4})", re.I)
_MOST_BUNDLES = 8
_SAMPLES = ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise")
_FILE_INPUTS = {
    "MODEL": (("ckpt_name", "CheckpointLoaderSimple", "ckpt_name"), ("unet_name", "UNETLoader", "unet_name")),
    "CLIP": (
        ("clip_name3", "TripleCLIPLoader", "clip_name"), ("clip_name2", "DualCLIPLoader", "clip_name"),
        ("clip_name", "CLIPLoader", "clip_name"), ("ckpt_name", "CheckpointLoaderSimple", "ckpt_name"),
    ),
    "VAE": (("vae_name", "VAELoader", "vae_name"), ("ckpt_name", "CheckpointLoaderSimple", "ckpt_name")),
    "UPSCALE_MODEL": (("model_name", "UpscaleModelLoader", "model_name"),),
    "CONTROL_NET": (
        ("control_net_name", "ControlNetLoader", "control_net_name"),
        ("controlnet", "ControlNetLoader", "control_net_name"),
    ),
}  # fmt: skip
"""Type of an output -> input that names the file, core loader, its input, in the order in which they are tried."""


def replace_missing_classes(repair: Repair) -> bool:
    """Replace or leave out the nodes whose class is not installed, as far as possible; return whether one was."""
    done = False
    if all(repair.class_of(key) is not None for key in repair.api):
        return done
    for key in _from_the_end(repair):
        if key in repair.api and repair.class_of(key) is None:
            done = _replace(repair, key) or done
    return done


def _from_the_end(repair: Repair) -> list[str]:
    """Return the nodes, each before those that it takes something from, so that what takes an output is known."""
    order: list[str] = []
    waiting = {key: len(repair.consumers(key)) for key in repair.api}
    ready = [key for key, count in waiting.items() if not count]
    while ready:
        key = ready.pop()
        order.append(key)
        for _, (source, _) in repair.links(key):
            waiting[source] -= 1
            if not waiting[source]:
                ready.append(source)
    return order


def _replace(repair: Repair, key: str) -> bool:
    name = repair.api[key]["class_type"]
    consumers = repair.consumers(key)
    if not consumers:
        return _ends(repair, key, name)
    if _rows(repair, key, name):
        return True
    made: dict[str, Output | Any | None] = {}
    moves: list[tuple[str, str, Any]] = []
    before, kept = set(repair.api), len(repair.substitutions)
    for consumer, input_name, slot in consumers:
        kind = repair.wanted(consumer, input_name)
        if kind == "*" and repair.class_of(consumer) is None:
            return False  # what takes it is not known either
        place = f"{kind} {slot} {input_name if kind in ('STRING', 'INT', 'FLOAT', 'BOOLEAN', 'COMBO') else ''}"
        if place not in made:
            made[place] = _instead(repair, key, kind, input_name)
        if made[place] is None and not repair._optional(consumer, input_name):
            for new in set(repair.api) - before:
                repair.remove(new)
            del repair.substitutions[kept:]
            return False
        moves.append((consumer, input_name, made[place]))
    for consumer, input_name, instead in moves:
        if isinstance(instead, tuple):
            repair.link(consumer, input_name, instead)
        elif instead is not None:
            repair.set(consumer, input_name, instead)
    added = [repair.api[new]["class_type"] for new in repair.api if new not in before]
    repair.remove(key)
    words = " and ".join(dict.fromkeys(added))
    reason = f"{name} is not installed; ComfyUI's own {words} do the same" if added else _without(name)
    repair.note(f"{name} -> {words}" if added else f"without {name}", reason)
    return True


def _without(name: str) -> str:
    return f"{name} is not installed; what it takes is passed on as it is"


def _ends(repair: Repair, key: str, name: str) -> bool:
    """Replace a node that nothing is linked to: by a node that saves or shows its picture, or by nothing.

    Where it is the only one that saves or shows anything, nothing would be left without it.
    """
    picture = next((output for each, output in repair.links(key) if _is_picture(repair, key, each, output)), None)
    picture = picture or _decoded(repair, key)
    shows = _SHOWS.search(name) is not None and not _SAVES.search(name)
    core = "PreviewImage" if shows else "SaveImage"
    if picture is not None and repair.has(core):
        prefix = repair.inputs(key).get("filename_prefix")
        inputs: dict[str, Any] = {"images": list(picture)}
        if core == "SaveImage":
            inputs["filename_prefix"] = prefix if isinstance(prefix, str) and prefix else "ComfyUI"
        repair.add(core, inputs)
        repair.note(f"{name} -> {core}", f"{name} is not installed; ComfyUI's own {core} does the same")
    elif any((cls := repair.class_of(other)) is not None and cls.output_node for other in repair.api):
        repair.note(f"without {name}", f"{name} is not installed, and no other node takes anything from it")
    else:
        return False
    repair.remove(key)
    return True


def _decoded(repair: Repair, key: str) -> Output | None:
    """Return the picture of the latent that a node shows, None where it shows none."""
    latent = repair.passed(key, "LATENT")
    vaes = [repair.passed(key, "VAE"), *(repair.output(other, "VAE") for other in repair.api)]
    vae = next((found for found in vaes if found is not None), None)
    if latent is None or vae is None or not repair.has("VAEDecode"):
        return None
    return _shared(repair, key, "VAEDecode", {"samples": list(latent), "vae": list(vae)}), 0


def _is_picture(repair: Repair, key: str, name: str, output: Output) -> bool:
    kind = repair.kind_of_link(key, name, output)
    return kind == "IMAGE" or (kind == "*" and name.lower().startswith("image"))


def _rows(repair: Repair, key: str, name: str) -> bool:
    """Replace a node that loads LoRAs in rows by a chain of LoRA loaders."""
    inputs = repair.inputs(key)
    plain = tuple((each, literal(value)) for each, value in inputs.items() if not is_link(value))
    rows = lora_rows(Node(name, plain))
    model = repair.passed(key, "MODEL")
    if rows is None or model is None or not repair.has("LoraLoader") or not repair.has("LoraLoaderModelOnly"):
        return False
    clip = repair.passed(key, "CLIP")
    taken = {repair.wanted(consumer, each) for consumer, each, _ in repair.consumers(key)}
    if not taken <= ({"MODEL"} if clip is None else {"MODEL", "CLIP"}):
        return False
    consumers = repair.consumers(key)
    for row in rows[:50]:
        shared = {"model": list(model), "lora_name": row.name, "strength_model": row.strength}
        if clip is None:
            model = repair.add("LoraLoaderModelOnly", shared), 0
        else:
            added = repair.add("LoraLoader", shared | {"clip": list(clip), "strength_clip": row.clip_strength})
            model, clip = (added, 0), (added, 1)
    for consumer, each, _ in consumers:
        repair.link(consumer, each, model if repair.wanted(consumer, each) == "MODEL" or clip is None else clip)
    repair.remove(key)
    repair.note(
        f"{name} -> LoraLoader", f"{name} is not installed; ComfyUI's own LoraLoader puts the same LoRAs on the model"
    )  # fmt: skip
    return True


def _instead(repair: Repair, key: str, kind: str, wanted: str) -> Any:
    """Return what stands in place of an output of one type: an output, a value, or None where nothing can.

    Args:
        repair: the workflow.
        key: the node whose class is missing.
        kind: the type that is taken.
        wanted: the input that takes it.
    """
    sampled = _sampled(repair, key, kind)
    if sampled is not None:
        return sampled
    encoded = _encoded(repair, key, kind, wanted)
    if encoded is not None:
        return encoded
    passed = _taken(repair, key, kind, wanted)
    if passed is not None:
        return _scaled(repair, key, passed) if kind == "IMAGE" else passed
    loaded = _loaded(repair, key, kind)
    if loaded is not None:
        return loaded
    if kind == "LATENT":
        return _empty(repair, key)
    return _value(repair, key, kind, wanted)


def _taken(repair: Repair, key: str, kind: str, wanted: str = "", *, exactly: bool = False) -> Output | None:
    """Return what a node takes of one type, by itself or in a pipe: a bundle that another missing node has made.

    Args:
        repair: the workflow.
        key: the node.
        kind: the type.
        wanted: the input for which it is wanted, which goes before others.
        exactly: whether only an input of this name counts.
    """
    for each in _bundles(repair, key):
        links = dict(repair.links(each))
        found = links.get(wanted) if exactly else repair.passed(each, kind, taken_by=wanted)
        if found is not None:
            return found
    return None


def _bundles(repair: Repair, key: str) -> list[str]:
    """Return a node and the missing ones that it is linked to by inputs of unknown type, nearest first."""
    found = [key]
    for each in found:
        for name, (source, _) in repair.links(each):
            bundled = "pipe" in name.lower() or name.lower().endswith(("_ctx", "context"))
            if bundled and source not in found and repair.class_of(source) is None and len(found) < _MOST_BUNDLES:
                found.append(source)
    return found


def _sampled(repair: Repair, key: str, kind: str) -> Output | None:
    """Return the latent or picture of a KSampler in place of a node that samples as one does."""
    if kind not in ("LATENT", "IMAGE") or not repair.has("KSampler") or not repair.has("VAEDecode"):
        return None
    parts = {each: _taken(repair, key, each) for each in ("MODEL", "LATENT", "VAE")}
    inputs = repair.inputs(key)
    sides = {each: _taken(repair, key, "CONDITIONING", each, exactly=True) for each in ("positive", "negative")}
    if None in sides.values() or parts["MODEL"] is None or parts["LATENT"] is None:
        return None
    if kind == "IMAGE" and parts["VAE"] is None:
        return None
    links = {"model": parts["MODEL"], **{each: found for each, found in sides.items() if found is not None}}
    given = {each: inputs[each] for each in _SAMPLES if each in inputs}
    if "seed" not in given and isinstance(inputs.get("noise_seed"), int):
        given["seed"] = inputs["noise_seed"]
    latent = links | {"latent_image": parts["LATENT"]}
    sampler = _shared(repair, key, "KSampler", {**{each: list(found) for each, found in latent.items()}, **given})
    if kind == "LATENT":
        return sampler, 0
    return _shared(repair, key, "VAEDecode", {"samples": [sampler, 0], "vae": list(parts["VAE"] or ())}), 0


def _shared(repair: Repair, key: str, class_type: str, inputs: dict[str, Any]) -> str:
    """Return a node of this class with these inputs, the one that was added before or a new one."""
    for other, node in repair.api.items():
        if other != key and node["class_type"] == class_type and inputs.items() <= node["inputs"].items():
            return other
    return repair.add(class_type, inputs)


def _encoded(repair: Repair, key: str, kind: str, wanted: str) -> Output | None:
    """Return the conditioning of a CLIPTextEncode in place of a node that encodes a text."""
    if kind != "CONDITIONING" or not repair.has("CLIPTextEncode"):
        return None
    name, inputs = repair.api[key]["class_type"], repair.inputs(key)
    clip = repair.passed(key, "CLIP") or _loaded(repair, key, "CLIP")
    side = "negative" if "negative" in wanted.lower() else "positive"
    texts = {each: value for each, value in inputs.items() if isinstance(value, str) or _is_text(repair, key, each)}
    chosen = next((each for each in texts if side in each.lower()), None)
    if chosen is None and (_TEXT.search(name) or clip is not None):
        chosen = next((each for each in texts if each.lower().startswith(("text", "prompt"))), None)
    if chosen is None or clip is None:
        return None
    return _shared(repair, key, "CLIPTextEncode", {"text": inputs[chosen], "clip": list(clip)}), 0


def _is_text(repair: Repair, key: str, name: str) -> bool:
    output = dict(repair.links(key)).get(name)
    return output is not None and repair.type_of(output) == "STRING"


def _loaded(repair: Repair, key: str, kind: str) -> Output | None:
    """Return the output of one of ComfyUI's own loaders in place of a node that loads a file."""
    inputs = {
        each: value["content"] if isinstance(value, dict) and isinstance(value.get("content"), str) else value
        for each, value in repair.inputs(key).items()
    }
    for given, loader, target in _FILE_INPUTS.get(kind, ()):
        if not is_model_name(inputs.get(given)) or not repair.has(loader):
            continue
        count = {"TripleCLIPLoader": 3, "DualCLIPLoader": 2}.get(loader, 0)
        names = [f"{target}{number}" for number in range(1, count + 1)] or [target]
        files = {name: inputs.get(name if count else given) for name in names}
        types = {"type": inputs["type"]} if isinstance(inputs.get("type"), str) and kind == "CLIP" else {}
        if loader == "TripleCLIPLoader":
            types = {}
        found = repair.output(_shared(repair, key, loader, files | types), kind)
        return _with_lora(repair, key, kind, found, inputs)
    return None


def _with_lora(repair: Repair, key: str, kind: str, found: Output | None, inputs: dict[str, Any]) -> Output | None:
    """Return a loader's output behind the LoRA that the same node puts on it."""
    name = inputs.get("lora_name")
    loader = None if found is None else found[0]
    if loader is None or kind not in ("MODEL", "CLIP") or not is_model_name(name) or not repair.has("LoraLoader"):
        return found
    model, clip = repair.output(loader, "MODEL"), repair.output(loader, "CLIP")
    if model is None or clip is None:
        return found
    strengths = {
        target: inputs[given] if isinstance(inputs.get(given), int | float) else 1.0
        for target, given in (("strength_model", "lora_model_strength"), ("strength_clip", "lora_clip_strength"))
    }
    links = {"model": list(model), "clip": list(clip), "lora_name": name}
    return repair.output(_shared(repair, key, "LoraLoader", links | strengths), kind)


def _empty(repair: Repair, key: str) -> Output | None:
    """Return an empty latent in place of a node that makes one of a size."""
    size = _size(repair.inputs(key))
    if size is None or not repair.has("EmptyLatentImage"):
        return None
    return _shared(repair, key, "EmptyLatentImage", {"width": size[0], "height": size[1], "batch_size": 1}), 0


def _size(inputs: dict[str, Any]) -> tuple[int, int] | None:
    for width, height in (("width", "height"), ("empty_latent_width", "empty_latent_height")):
        values = inputs.get(width), inputs.get(height)
        if all(isinstance(each, int) and not isinstance(each, bool) and 16 <= each <= 8192 for each in values):
            return int(values[0] or 0) // 8 * 8, int(values[1] or 0) // 8 * 8
    for value in inputs.values():
        found = _SIZE.search(value) if isinstance(value, str) and len(value) < 100 else None
        if found is not None:
            return max(16, int(found[1]) // 8 * 8), max(16, int(found[2]) // 8 * 8)
    return None


def _scaled(repair: Repair, key: str, picture: Output) -> Output:
    """Return a picture that is scaled to the size that a node sets, or enlarged by the model that it takes."""
    inputs, name = repair.inputs(key), repair.api[key]["class_type"]
    model = repair.passed(key, "UPSCALE_MODEL")
    if model is not None and repair.has("ImageUpscaleWithModel"):
        links = {"image": list(picture), "upscale_model": list(model)}
        return _shared(repair, key, "ImageUpscaleWithModel", links), 0
    size = _size({each: inputs.get(each) for each in ("width", "height")})
    if size is not None and re.search("resize|scale", name, re.I) and repair.has("ImageScale"):
        settings = {"width": size[0], "height": size[1], "upscale_method": "lanczos", "crop": "disabled"}
        return _shared(repair, key, "ImageScale", {"image": list(picture)} | settings), 0
    return picture


def _value(repair: Repair, key: str, kind: str, wanted: str) -> Any:
    """Return the value that a node holds in place of its output, such as a text, a seed or a side of a picture."""
    inputs = repair.inputs(key)
    if kind in ("INT", "FLOAT") and wanted in ("width", "height") and (size := _size(inputs)) is not None:
        return size[wanted == "height"]
    fitting = {
        "STRING": lambda value: isinstance(value, str),
        "INT": lambda value: isinstance(value, int) and not isinstance(value, bool),
        "FLOAT": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
        "BOOLEAN": lambda value: isinstance(value, bool),
    }.get(kind)
    if fitting is None:
        return None
    passed = repair.passed(key, kind)
    if passed is not None:
        return passed
    found = {each: value for each, value in inputs.items() if not is_link(value) and fitting(value)}
    usual = ("text", "string", "value", "prompt", "seed", "noise_seed", "int", "float", "number", wanted)
    for each in (wanted, *usual):
        if each in found:
            return found[each]
    return next(iter(found.values())) if len(found) == 1 else None
