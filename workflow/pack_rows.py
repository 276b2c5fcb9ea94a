"""Rows that node packs draw into their own nodes: values that no class declares, and the LoRAs that some of them name.

rgthree's Power Lora Loader keeps one object a LoRA in `widgets_values` and sends it as `lora_1`, `lora_2`, ...;
Lora-Manager has a list of LoRAs beside the text that it is made from; ComfyUI's own dynamic groups have one row a LoRA.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_POWER_LORA = "Power Lora Loader (rgthree)"


def pack_rows(class_type: str, node: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the values of a node whose rows a pack draws, by their name in API format; None for any other node.

    Args:
        class_type: name of the node's class.
        node: the node in UI format.
    """
    values = node.get("widgets_values")
    if class_type != _POWER_LORA or not isinstance(values, list):
        return None
    rows = [value for value in values if isinstance(value, Mapping) and "lora" in value]
    return {
        f"lora_{number}": {key: value for key, value in row.items() if not (key == "strengthTwo" and value is None)}
        for number, row in enumerate(rows, start=1)
    }
