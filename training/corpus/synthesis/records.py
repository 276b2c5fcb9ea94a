"""Graphs lifted from what people recorded beside their pictures: two-pass sampling, chains of LoRAs, CLIP skip.

The records (people_imagesite_2023_images.jsonl in the folder of --real) are of 2023, nearly all of SD 1.5. They show
how people wire such models, not which family anybody would choose today; so an installation of theirs has nothing else.
Records whose settings lie outside what is recommended for the model are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from ....guarded_json import JsonError
from ....json_shapes import ListOf, Number, Object, Text, Whole, check
from ....workflow.catalog.catalog import ModelFile
from ....workflow.catalog.identify import identify
from ....workflow.catalog.model_files import model_files
from ....workflow.families.family import SamplingRange
from ....workflow.families.names import normalised
from ....workflow.families.recommended import recommended
from ....workflow.grammar.wishes import asked_sizes, first_size
from ....workflow.graph import Link, Workflow
from ....workflow.recommended_settings import recommended_for
from ....workflow.sense.base_sizes import base_sizes
from ...common.prompt_file import is_evaluation_prompt, read_rows
from ..installations.known_files import CURATED
from .choosing import Installation, Picks, draw_size, fitting_range, offered_steps
from .recipes import Recipe
from .stages import Finish, Wired
from .wanted import Wanted

FILE = "people_imagesite_2023_images.jsonl"
_FAMILIES = {"SD 1.5": "sd15", "SD 1.4": "sd15", "SD 2.1": "sd2", "SD 2.1 768": "sd2"}
_MOST_LORAS = 4
_LONGEST_NAME = 80
_SIZE = ListOf(Whole(1, 100_000), 2, 2)
_ROW = Object(
    {
        "prompt": Text(1), "base_model": Text(), "steps": Whole(1, 1000), "cfg": Number(0, 100),
        "comfy_sampler": Text(1), "comfy_scheduler": Text(1), "final_size": _SIZE,
    },
    {
        "size": _SIZE, "model_used": Text(), "page": Text(), "page_type": Text(), "clip_skip": Whole(1, 12),
        "hires_upscale": Number(0, 100), "denoise": Number(0, 1),
    },
)  # fmt: skip
_TAG = re.compile(r"<(?:lora|lyco):([^<>:\n]{1,80}):(-?\d?\.?\d{1,3})[^<>]{0,20}>")


@dataclass(frozen=True)
class Record:
    """What was recorded beside one picture."""

    prompt: str
    """The prompt, with its LoRA tags."""
    family: str
    """The family of the model."""
    main: str
    """The file of the main model."""
    loras: tuple[str, ...]
    """The files of the LoRAs that the prompt's tags name."""
    steps: int
    """Steps of the first sampling."""
    cfg: float
    """Classifier-free guidance."""
    sampler: str
    """ComfyUI's name of the sampler."""
    scheduler: str
    """ComfyUI's name of the scheduler."""
    width: int
    """Width of the first picture in pixels."""
    height: int
    """Height of the first picture in pixels."""
    clip_skip: int
    """How many layers from its end CLIP is read: 1 is the last."""
    growth: float
    """By how much a second pass enlarges each side; 1 where there is none."""
    latent: bool
    """Whether the second pass enlarges the latent; else a picture."""
    denoise: float
    """Denoising of the second pass."""


def read_records(folder: Path, *, held_out: bool) -> tuple[Record, ...]:
    """Return the records of a folder that can be written as workflows, each prompt once.

    Args:
        folder: the folder of --real; where the file is not in it, there are no records.
        held_out: whether the prompts are those that training leaves out.

    Raises:
        DataError: naming file and line.
    """
    path = folder / FILE
    found: dict[str, Record] = {}
    for row in read_rows(path) if path.is_file() else ():
        record = _record(row)
        if record is not None and is_evaluation_prompt(record.prompt) == held_out:
            found.setdefault(record.prompt, record)
    return tuple(found.values())


def _record(row: dict[str, Any]) -> Record | None:
    """Return what is usable of a row; None where something is missing or out of the ordinary."""
    try:
        check(row, _ROW, "record")
    except JsonError:
        return None
    family = _FAMILIES.get(row["base_model"])
    name = normalised(row.get("model_used") or ("" if row.get("page_type") == "lora" else row.get("page", "")))
    name = name[:_LONGEST_NAME]
    if family is None or not name:
        return None
    prompt, steps, cfg, size = row["prompt"], row["steps"], row["cfg"], row.get("size") or row["final_size"]
    sampler, scheduler = row["comfy_sampler"], row["comfy_scheduler"]
    ranges = recommended(family, name)
    inside = ranges is not None and ranges.steps[0] <= steps <= ranges.steps[1]
    if not inside or ranges is None or not ranges.cfg[0] <= cfg <= ranges.cfg[1]:
        return None
    if sampler not in ranges.samplers or scheduler not in ranges.schedulers:
        return None
    if not all(384 <= side <= 1024 for side in size):
        return None
    loras = tuple(dict.fromkeys(normalised(tag[0]) for tag in _TAG.findall(prompt)))
    if len(loras) > _MOST_LORAS or not all(loras):
        return None
    growth = float(row.get("hires_upscale", 1.0))
    return Record(
        prompt, family, f"{name}.safetensors", tuple(f"{lora}.safetensors" for lora in loras), steps, float(cfg),
        sampler, scheduler, size[0], size[1], min(2, row.get("clip_skip", 1)),
        growth if 1.2 <= growth <= 2.5 else 1.0, "latent" in str(row.get("hires_upscaler")).lower(),
        min(0.75, max(0.2, row.get("denoise", 0.5))),
    )  # fmt: skip


def record_models(records: Iterable[Record], random: Random) -> tuple[ModelFile, ...]:
    """Return an installation of the files that records name, with an upscale model or two."""
    entries = {}
    for record in records:
        for folder, name in (("checkpoints", record.main), *(("loras", lora) for lora in record.loras)):
            identity = replace(identify(folder, name), families=frozenset({record.family}))
            entries[folder, name] = (folder, name, identity)
    upscalers = CURATED.of("upscale_models", "", held_out=False)
    for file in random.sample(upscalers, random.choice((0, 1, 2))):
        entries[file.folder, file.name] = (file.folder, file.name, identify(file.folder, file.name))
    return model_files(entries.values())


def record_workflow(installation: Installation, record: Record, wanted: Wanted, random: Random) -> Workflow | None:
    """Return the workflow that a record speaks of, for what its prompt asks for; None where the files are not there."""
    main = _file(installation.mains, record.main)
    if main is None:
        return None
    loras = tuple(file for name in record.loras if (file := _file(installation.loras(main), name)) is not None)
    ranges = recommended_for(main, loras)
    if ranges is None:
        return None
    wishes = wanted.wishes
    ranges = fitting_range(ranges, wishes.fit(main.alias))
    offered = offered_steps(*ranges.steps) or [ranges.steps[0]]
    picks = Picks(
        wanted.cues, main, record.family, ranges, loras, *_size(record, main, ranges, wanted, random),
        wishes.steps or min(offered, key=lambda number: abs(number - record.steps)),
        min(max(record.cfg, ranges.cfg[0]), ranges.cfg[1]) if wishes.cfg is None else wishes.cfg,
        wishes.sampler or (record.sampler if record.sampler in ranges.samplers else ranges.samplers[0]),
        wishes.scheduler or (record.scheduler if record.scheduler in ranges.schedulers else ranges.schedulers[0]),
        0 if record.growth == 1.0 else 1, wanted,
    )  # fmt: skip
    return _Recorded(installation, picks, record, random).wire()


def _size(record: Record, main: ModelFile, ranges: SamplingRange, wanted: Wanted, random: Random) -> tuple[int, int]:
    """Return the size of the first picture: the one that is asked for, else the recorded one where it is offered."""
    base = base_sizes(record.family, main.name)
    asked = first_size(base, wanted.wishes, wanted.most_pixels)
    sizes = asked_sizes(base, wanted.wishes, wanted.most_pixels)
    if asked is None and sizes.fits(record.width, record.height):
        return record.width, record.height
    return asked or draw_size(ranges, wanted, sizes, random)


def _file(files: Sequence[ModelFile], name: str) -> ModelFile | None:
    return next((file for file in files if file.name == name), None)


class _Recorded(Recipe):
    """A recipe whose CLIP skip and second pass are those of a record."""

    def __init__(self, installation: Installation, picks: Picks, record: Record, random: Random) -> None:
        super().__init__(installation, picks, picks.wanted.text, random)
        self.record = record

    def _skipped(self, clip: Link) -> Link:
        asked = self.picks.wanted.wishes.last_clip_layer
        layer = -self.record.clip_skip if asked is None else asked
        return clip if layer == -1 else self.canvas.link("CLIPSetLastLayer", clip=clip, stop_at_clip_layer=layer)

    def _pipeline(self) -> str:
        return "ksampler"

    def _finish_for(self, wired: Wired) -> Finish:
        return _RecordedFinish(
            self.canvas, self.installation, self.picks, wired, self.random, self.picks.stages, self.record
        )


@dataclass
class _RecordedFinish(Finish):
    """The stages of a record."""

    record: Record

    def _plan(self) -> tuple[str, ...]:
        once = self.picks.wanted.wishes.most_samplings == 1
        if once or not self.stages or self.area * self.record.growth**2 > self.most_pixels:
            return ()
        return ("latent",) if self.record.latent else ("pixel",)

    def _growths(self) -> list[float]:
        return [self.record.growth]

    def _denoise(self, usual: Sequence[float]) -> float:
        return super()._denoise((self.record.denoise,))
