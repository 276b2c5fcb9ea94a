"""`Ask`: what a prompt says besides what is to be seen, each statement with the words that said it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "size",
    "ratio",
    "shape",
    "style",
    "steps",
    "cfg",
    "sampler",
    "scheduler",
    "seed",
    "batch",
    "clip_skip",
    "negative",
    "lora",
    "model",
    "mention",
    "enlarge",
    "lettering",
    "effort",
    "restyle",
    "region",
    "placement",
    "order",
    "impossible",
    "unsupported",
]
"""What a statement is about."""


@dataclass(frozen=True, slots=True)
class Size:
    """A size in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width} x {self.height}"


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of width to height."""

    width: float
    height: float

    @property
    def value(self) -> float:
        """Width divided by height."""
        return self.width / self.height

    def __str__(self) -> str:
        return f"{self.width:g}:{self.height:g}"


@dataclass(frozen=True, slots=True)
class Named:
    """A file as a prompt names it, before it is looked for among the installed ones."""

    name: str
    """The name as written, without folder and ending."""
    weight: float | None = None
    """The weight of a LoRA; None where none was given."""


@dataclass(frozen=True, slots=True)
class Enlargement:
    """Whether the picture is to be enlarged."""

    wanted: bool
    factor: float | None = None
    """How many times a side is to be multiplied; None where it was not said."""
    upscaler: str | None = None
    """Name of an upscale model, as written."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the picture and what it shows; measures are shares of the whole picture."""

    x: float
    """The left edge."""
    y: float
    """The upper edge."""
    width: float
    height: float
    text: str
    """What is to be seen there."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Files or a family that a prompt names."""

    sort: Literal["model", "lora", "upscaler"]
    """What is named."""
    aliases: tuple[str, ...]
    """Aliases of the installed files that are meant; empty where a family is named or nothing is installed."""
    family: str | None
    """The family that is meant, None where files are named."""
    words: str
    """The name as written."""
    nearest: tuple[str, ...]
    """Names of installed files like it, where none is meant."""
    start: int
    """Index of the first character of the whole phrase in the prompt."""
    end: int
    """Index after its last character."""
    weight: float | None = None
    """The weight of a LoRA; None where none was given."""

    @property
    def missing(self) -> bool:
        """Whether what is named is not installed."""
        return not self.aliases and self.family is None


Value = int | float | str | Size | Ratio | Named | Enlargement | Mention | Region


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a prompt says, and where."""

    kind: Kind
    """What it is about."""
    value: Value
    """What it says; of a "negative", "lettering", "restyle" or "unsupported" statement the text."""
    start: int
    """Index of its first character in the prompt."""
    end: int
    """Index after its last character."""
    stays: bool = False
    """Whether its words stay in the text that the picture model reads."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a prompt says besides what is to be seen.

    Where a prompt says a thing twice, the last statement counts, as people correct themselves towards the end.
    """

    prompt: str
    """The prompt as it was typed."""
    text: str
    """What the picture model reads: the prompt without the statements."""
    statements: tuple[Statement, ...] = ()
    """The statements, in the order of the prompt."""

    def _last(self, kind: Kind) -> Value | None:
        return next((one.value for one in reversed(self.statements) if one.kind == kind), None)

    def _number(self, kind: Kind) -> float | None:
        value = self._last(kind)
        return value if isinstance(value, int | float) else None

    def _whole(self, kind: Kind) -> int | None:
        value = self._number(kind)
        return None if value is None else int(value)

    def _text(self, kind: Kind) -> str | None:
        value = self._last(kind)
        return value if isinstance(value, str) else None

    def _all(self, kind: Kind) -> tuple[Statement, ...]:
        return tuple(one for one in self.statements if one.kind == kind)

    @property
    def size(self) -> Size | None:
        """The size in pixels, if one was given."""
        value = self._last("size")
        return value if isinstance(value, Size) else None

    @property
    def ratio(self) -> Ratio | None:
        """The ratio: that of the size where there is one, else the one that was given."""
        size = self.size
        if size is not None:
            return Ratio(size.width, size.height)
        value = self._last("ratio")
        return value if isinstance(value, Ratio) else None

    @property
    def shape(self) -> str | None:
        """The shape that was asked for in words, one of `SHAPES`."""
        return self._text("shape")

    @property
    def styles(self) -> tuple[str, ...]:
        """The styles that were asked for, of `STYLES`, each once."""
        return tuple(dict.fromkeys(str(one.value) for one in self._all("style")))

    @property
    def effort(self) -> str | None:
        """How much the picture may cost, one of `EFFORTS`."""
        return self._text("effort")

    @property
    def steps(self) -> int | None:
        """The number of sampling steps."""
        return self._whole("steps")

    @property
    def cfg(self) -> float | None:
        """The guidance scale."""
        return self._number("cfg")

    @property
    def sampler(self) -> str | None:
        """The sampler under ComfyUI's name."""
        return self._text("sampler")

    @property
    def scheduler(self) -> str | None:
        """The scheduler under ComfyUI's name."""
        return self._text("scheduler")

    @property
    def seed(self) -> int | None:
        """The seed of the noise."""
        return self._whole("seed")

    @property
    def batch(self) -> int | None:
        """The number of pictures."""
        return self._whole("batch")

    @property
    def clip_skip(self) -> int | None:
        """How many layers from its end CLIP is read, as other programs count: 1 is the last layer."""
        return self._whole("clip_skip")

    @property
    def negative(self) -> str:
        """What the picture is not to show, all statements together; empty where nothing was said."""
        return ", ".join(str(one.value) for one in self._all("negative"))

    @property
    def loras(self) -> tuple[Named, ...]:
        """LoRAs named by a tag, each once, with the last weight given."""
        found = {one.value.name: one.value for one in self._all("lora") if isinstance(one.value, Named)}
        return tuple(found.values())

    @property
    def model(self) -> str | None:
        """The checkpoint that a pasted block or an order names, as written."""
        value = self._last("model")
        return value.name if isinstance(value, Named) else None

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """The installed files and families that are named, and those that are named in vain."""
        return tuple(one.value for one in self._all("mention") if isinstance(one.value, Mention))

    @property
    def enlargement(self) -> Enlargement | None:
        """Whether and how the picture is to be enlarged; None where nothing was said."""
        value = self._last("enlarge")
        return value if isinstance(value, Enlargement) else None

    @property
    def lettering(self) -> tuple[str, ...]:
        """Words that are to be written in the picture."""
        return tuple(str(one.value) for one in self._all("lettering"))

    @property
    def restyle(self) -> str | None:
        """What the picture is to be turned into afterwards, as written."""
        return self._text("restyle")

    @property
    def regions(self) -> tuple[Region, ...]:
        """The parts of the picture that have a text of their own."""
        return tuple(one.value for one in self._all("region") if isinstance(one.value, Region))

    @property
    def placements(self) -> tuple[str, ...]:
        """Places that only the words can say, such as "the foreground"."""
        return tuple(dict.fromkeys(str(one.value) for one in self._all("placement")))

    @property
    def impossible(self) -> tuple[str, ...]:
        """What no text-to-image workflow makes, such as "a video"."""
        return tuple(dict.fromkeys(str(one.value) for one in self._all("impossible")))

    @property
    def unsupported(self) -> tuple[str, ...]:
        """Statements for other programs that have no meaning in ComfyUI, as written."""
        return tuple(str(one.value) for one in self._all("unsupported"))
