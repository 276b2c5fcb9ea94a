"""Phrases that say how good or how bad a picture is, which belong to one side only."""

from __future__ import annotations

import re

QUALITY = frozenset(
    {
        "masterpiece", "best quality", "high quality", "highest quality", "amazing quality", "great quality",
        "good quality", "top quality", "very high quality", "highly detailed", "ultra detailed", "ultra-detailed",
        "extremely detailed", "intricate details", "intricate", "sharp focus", "8k", "4k", "absurdres", "highres",
        "award winning", "award-winning", "trending on artstation",
    }
)  # fmt: skip
"""Praise, which a negative prompt would keep out of the picture."""
FAULTS = frozenset(
    {
        "blurry", "low quality", "worst quality", "normal quality", "lowres", "bad anatomy", "bad hands",
        "extra fingers", "missing fingers", "extra limbs", "deformed", "disfigured", "mutated", "ugly",
        "jpeg artifacts", "out of frame", "oversaturated", "overexposed", "underexposed", "distorted",
        "poorly drawn face", "poorly drawn hands", "bad proportions", "error", "username", "watermark",
    }
)  # fmt: skip
"""Faults, which a positive prompt would ask for."""

_EMPHASIS = re.compile(r"[()\[\]{}]|:\s*-?[\d.]+\s*(?=$|[)\]])")


def phrases_of(text: str) -> list[str]:
    """Return the phrases between the commas of a text, in lower case and without emphasis such as "(text:1.2)"."""
    return [_EMPHASIS.sub("", part).replace("_", " ").strip().lower() for part in re.split(r"[,\n]", text)]
