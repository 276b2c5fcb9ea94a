"""What a person reads about a model file: what it is good at, what calls for it, what it needs, and who says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .catalog import ModelFile
from .good_at import good_at_sources
from .lines import quality_tags, recommended_clip_skip
from .subjects import fits_words


def described_file(file: ModelFile) -> str:
    """Return a line about a file: "loras/ink.safetensors: good at painting (name, 'ink'); weight 0.7 (sidecar)"."""
    return f"{file.folder}/{file.name}: " + ("; ".join(_parts(file)) or "nothing is known of it")


def file_document(file: ModelFile) -> dict[str, Any]:
    """Return what is known of a file as JSON data."""
    return {
        "file": f"{file.folder}/{file.name}",
        "good_at": [
            {"style": each.style, "source": each.source, "words": each.words} for each in good_at_sources(file)
        ],
        "asked_for_by": list(fits_words(file)) if file.role == "lora" else [],
        "facts": {name: {"value": getattr(file.facts, name), "source": source} for name, source in file.facts.sources},
        "quality_tags": list(tags.tags) if (tags := quality_tags(file)) else [],
        "clip_skip": recommended_clip_skip(file),
    }


def _parts(file: ModelFile) -> Iterator[str]:
    styles = good_at_sources(file)
    if styles:
        yield "good at " + ", ".join(f"{each.style} ({each.source}, {each.words!r})" for each in styles)
    if file.role == "lora" and (words := fits_words(file)):
        yield "asked for by " + ", ".join(map(repr, words))
    tags = quality_tags(file)
    if tags is not None:
        yield f"asked with {', '.join(tags.tags)}"
    facts = file.facts
    shown = {
        "trigger_words": ", ".join(map(repr, facts.trigger_words)),
        "weight": "" if facts.weight is None else f"{facts.weight:g}",
        "steps": _range(facts.steps),
        "cfg": _range(facts.cfg),
        "samplers": ", ".join(facts.samplers),
        "clip_skip": "" if facts.clip_skip is None else str(facts.clip_skip),
    }
    sources = dict(facts.sources)
    for name, value in shown.items():
        if value:
            yield f"{name.replace('_', ' ')} {value} ({sources[name]})"


def _range(ends: tuple[float, float] | None) -> str:
    if ends is None:
        return ""
    low, high = ends
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
