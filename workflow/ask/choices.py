"""What a person may set in menus and options in place of what the prompt says; nothing heavy to import."""

from __future__ import annotations

from .words import SHAPES, STYLES, style_name

AUTO = "auto"
"""What leaves a thing to the prompt, and where the prompt leaves it open, to the pack."""
NONE = "none"
"""As a style or a LoRA: none, whatever the prompt says."""
_RATIOS = ("1:1", "5:4", "4:3", "3:2", "16:9", "21:9", "4:5", "3:4", "2:3", "9:16")
SHAPE_CHOICES = (AUTO, *SHAPES, *_RATIOS)
STYLE_CHOICES = (AUTO, *(style_name(style) for style in STYLES), NONE)
QUALITY_CHOICES = (AUTO, "quick", "normal", "detailed")
UPSCALE_CHOICES = (AUTO, "no", "2x", "4x")
