"""Node classes as packs declare them at their oddest: each takes a picture and returns one."""

from __future__ import annotations

import random
from typing import Any

NAMES = (
    "Curve:1", "KSampler //Inspire", "A|b", "Say \"hi\"", "two\nlines", "a & b", "x > y", "=", "@end", "@none", "&1",
    "+blurry", ";", "name=", "name>", "name!", "#\"text\"", "{}", "[1]", ",", "日本語", "🦊", " leading", "trailing ",
    "tab\t", "a/b", "sd15/model", "\\", "'", "%s", "..", "a:b:2", ":3", "true", "1", "-1", "null", "\u2028", "é",
    "<|script|>", "n" * 300,
)  # fmt: skip
"""Names of classes. Only the empty name, half a surrogate pair and names beyond 300 characters are never offered."""


def odd_inputs(draw: random.Random) -> dict[str, Any]:
    """Return the INPUT_TYPES of one class: a picture and up to five other inputs, some of them optional.

    Each can be given a value that ComfyUI accepts, or is optional.
    """
    groups: dict[str, Any] = {"required": {"image": ("IMAGE",)}, "optional": {}}
    for index in range(draw.randint(1, 5)):
        group = draw.choice(("required", "required", "optional"))
        name = draw.choice(("value", "seed", "noise_seed", "steps", "cfg", "mode", "odd = name", "x:1", "low", "high"))
        groups[group][f"{name}" if index < 2 else f"{name}_{index}"] = _odd_input(draw, group == "optional")
    return groups


def _odd_input(draw: random.Random, optional: bool) -> tuple[Any, ...]:
    kind = draw.choice(("INT", "INT", "FLOAT", "FLOAT", "BOOLEAN", "STRING", "combo", "combo", "combo"))
    if kind == "combo":
        return _odd_combo(draw, optional)
    extra: dict[str, Any] = {}
    if kind in ("INT", "FLOAT"):
        extra = _odd_limits(draw, kind == "INT", optional)
    default = draw.choice((None, 0, 1, -1, 0.5, 3, 10**12, 1e9, "7", "none", True, False, [], [1, 2], {"a": 1}, ""))
    if default is not None:
        extra["default"] = default
    return (kind, extra)


def _odd_limits(draw: random.Random, integer: bool, optional: bool) -> dict[str, Any]:
    if optional and draw.random() < 0.2:
        return draw.choice(({"min": 3, "max": 1}, {"min": float("inf")}, {"max": float("-inf")}))
    low = draw.choice((None, 0, 1, -5, -10, 2**31, 0.25, -0.75, float("-inf"), float("nan")))
    span = draw.choice((None, 0, 1, 3, 1000, 2**32, 1e6, float("inf")))
    extra: dict[str, Any] = {} if low is None else {"min": low}
    if span is not None:
        start = 0 if low is None or low != low or low == float("-inf") else low
        extra["max"] = start + span
        if integer and extra["max"] < 2**40:  # so that a whole number lies between
            extra["max"] = int(extra["max"]) + 1
    step = draw.choice((None, 0, 1, 8, 0.1, 1e-300, 1e300, -1, float("nan"), float("inf"), "1", 3))
    if step is not None:
        extra["step"] = step
    return extra


def _odd_combo(draw: random.Random, optional: bool) -> tuple[Any, ...]:
    lists: tuple[list[Any], ...] = (
        ["a", "b"], [1, 2, 4], [0.5, 1.0], [True, False], ["1", 1, "true", True, 1.5, "1.5"], ["", " "], ["a", "a"],
        ["@end", "&1", "x=", "+blurry", ";", "#\"a\"", "\"", "a\nb", "@prompt", "a>", "b!"], ["x" * 10_000, "short"],
        ["\ud800", "whole"], [None, "a"], ["sd15/model", "any/x"], ["0", 0, False], [str(n) for n in range(3000)],
    )  # fmt: skip
    options = draw.choice(lists)
    if optional and draw.random() < 0.3:
        options = []
    extra: dict[str, Any] = {}
    default = draw.choice((None, None, "c", False, 0, 1, "b", 2.0, ["a"], "a", "1"))
    if default is not None:
        extra["default"] = default
    return (options, extra)


def odd_dynamic_class(draw: random.Random) -> dict[str, Any]:
    """Return the object_info of a class with inputs that grow, match, or depend on an option, in each other as well."""
    inputs: dict[str, Any] = {
        group: {f"{group}{index}": _odd_dynamic_input(draw, 0) for index in range(draw.randint(0, 3))}
        for group in ("required", "optional")
    }
    inputs["required"]["image"] = ["IMAGE"]
    matches = "COMFY_MATCHTYPE_V3" in repr(inputs) and draw.random() < 0.6
    return {
        "input": inputs, "output": ["*", "IMAGE"] if matches else ["IMAGE"],
        "output_matchtypes": ["t", None] if matches else [None], "category": "image", "output_node": False,
    }  # fmt: skip


def _odd_dynamic_input(draw: random.Random, depth: int) -> list[Any]:
    kind = draw.choice(
        ("match", "grow", "grow", "branch", "branch", "number", "combo", "text", "file", "IMAGE", "MASK")
    )
    if depth > 2 and kind in ("grow", "branch"):
        kind = "number"
    match kind:
        case "match":
            allowed = draw.choice(("*", "IMAGE,MASK", "IMAGE"))
            return ["COMFY_MATCHTYPE_V3", {"template": {"template_id": draw.choice("tu"), "allowed_types": allowed}}]
        case "grow":
            inside = _odd_dynamic_input(draw, depth + 1) if draw.random() < 0.3 else [draw.choice(("IMAGE", "MASK"))]
            group = draw.choice(("required", "required", "optional"))
            limits = {"min": draw.choice((0, 1, 2, 3)), "max": draw.choice((1, 2, 5))}
            return ["COMFY_AUTOGROW_V3", {"template": {"input": {group: {"i": inside}}, "prefix": "p", **limits}}]
        case "branch":
            return ["COMFY_DYNAMICCOMBO_V3", {"options": [
                {"key": f"k{key}", "inputs": {
                    group: {f"y{index}": _odd_dynamic_input(draw, depth + 1) for index in range(draw.randint(0, 2))}
                    for group in ("required", "optional")
                }} for key in range(draw.randint(0, 3))
            ]}]  # fmt: skip
        case "number":
            return ["INT", {"default": draw.choice((0, 5, 99, "x")), "min": 0, "max": 9}]
        case "combo":
            options = draw.choice((["a", "b"], [1, 2], []))
            return ["COMBO", {"options": options, "default": draw.choice(("z", "a", None))}]
        case "text":
            return ["STRING", {"multiline": True, "dynamicPrompts": True}]
        case "file":
            return [["v1-5-pruned-emaonly.safetensors", "sd_xl_base_1.0.safetensors"]]
    return [kind]
