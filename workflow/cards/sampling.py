"""The samplings of a workflow, first to last, with the settings that decide on the picture, wherever they are set."""

from __future__ import annotations

from dataclasses import dataclass

from ..picture_sizes import given
from ..silly.reading import Reading

_NAMES = ("steps", "cfg", "guidance", "sampler_name", "scheduler", "denoise", "shift")
_FROM = {
    "SAMPLER": ("sampler_name",),
    "SIGMAS": ("steps", "scheduler", "denoise", "shift"),
    "GUIDER": ("cfg", "guidance", "shift"),
    "CONDITIONING": ("guidance",),
    "MODEL": ("shift",),
}
"""Type of a link -> the settings that nodes above it hold for the sampling."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """One sampling."""

    node: int
    """Index of its node in the reading."""
    settings: tuple[tuple[str, float | str], ...]
    """Name of an input -> its value, of the sampling itself or of the nearest node above it. Of a sampler or scheduler
    that is a class of its own, the name of the class."""

    def number(self, name: str) -> float | None:
        """Return a number, None where it is not set."""
        value = dict(self.settings).get(name)
        return value if isinstance(value, int | float) else None

    def name(self, name: str) -> str:
        """Return the name of a sampler or scheduler; empty where none is set."""
        value = dict(self.settings).get(name)
        return value if isinstance(value, str) else ""

    @property
    def words(self) -> str:
        """The settings for a person: "28 steps, dpmpp_2m karras, cfg 5"."""
        steps, cfg, guidance, denoise = (self.number(name) for name in ("steps", "cfg", "guidance", "denoise"))
        named = " ".join(filter(None, (self.name("sampler_name"), self.name("scheduler"))))
        parts = [f"{steps:g} steps" if steps is not None else "", named]
        if cfg is not None and (guidance is None or cfg != 1):
            parts.append(f"cfg {cfg:g}")
        parts.append(f"guidance {guidance:g}" if guidance is not None else "")
        parts.append(f"denoise {denoise:g}" if denoise is not None and denoise < 1 else "")
        return ", ".join(filter(None, parts))


def samplings(reading: Reading) -> tuple[Sampling, ...]:
    """Return the samplings of a workflow, in its order."""
    return tuple(Sampling(index, _settings(reading, index)) for index in reading.samplers)


def _settings(reading: Reading, sampling: int) -> tuple[tuple[str, float | str], ...]:
    """Return the settings of a sampling, each from the nearest node that has it."""
    found: dict[str, float | str] = {}
    waiting: list[tuple[int, tuple[str, ...]]] = [(sampling, _NAMES)]
    seen = {sampling}
    while waiting:
        index, names = waiting.pop(0)
        node = reading.node(index)
        for name in names:
            value = given(node, name)
            if name not in found and isinstance(value, int | float | str) and not isinstance(value, bool):
                found[name] = value
        for _, link in node.links():
            kind = reading.type_of(link)
            if kind not in _FROM or link.node in seen:
                continue
            seen.add(link.node)
            waiting.append((link.node, tuple(name for name in _FROM[kind] if name in names)))
            for name in {"SAMPLER": ("sampler_name",), "SIGMAS": ("scheduler",)}.get(kind, ()):
                if index == sampling and given(reading.node(link.node), name) is None:
                    found.setdefault(name, reading.node(link.node).class_type)
    return tuple((name, found[name]) for name in _NAMES if name in found)
