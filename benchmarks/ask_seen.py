"""What can be seen in a written workflow.

Everything is read off the workflow in API format by following its links, so that what is seen does not depend on how
the workflow came about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nodewright.workflow.api_format import from_api, is_link
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.picture_sizes import picture_sizes

MAIN_FOLDERS = ("checkpoints", "diffusion_models")
_TEXTS = frozenset({"text", "text_g", "text_l", "clip_l", "clip_g", "t5xxl", "prompt"})

Sides = tuple[float, float]


@dataclass(frozen=True)
class Pass:
    """One sampling of a workflow."""

    steps: int
    cfg: float | None
    guidance: float | None
    sampler: str
    scheduler: str
    denoise: float
    positive: str
    negative: str
    seed: int | None
    size: Sides | None


@dataclass(frozen=True)
class Seen:
    """A workflow in API format, on the installation that it was written for.

    Attributes:
        api: the workflow.
        catalog: the installation.
        notes: what was said beside it.
        read: what was read in the prompt, in a line.
        draw: number of the candidate, counted from 0.
    """

    api: dict[str, Any]
    catalog: Catalog
    notes: tuple[str, ...]
    read: str
    draw: int

    # -- files

    def _files(self, folders: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
        names = {file.name for file in self.catalog.models if file.folder in folders}
        for node in self.api.values():
            for value in node["inputs"].values():
                if isinstance(value, str) and value in names:
                    yield value, node["inputs"]

    @cached_property
    def mains(self) -> list[str]:
        """Names of the main models, each once."""
        return list(dict.fromkeys(name for name, _ in self._files(MAIN_FOLDERS)))

    @cached_property
    def loras(self) -> dict[str, float]:
        """Name and strength of each LoRA."""
        found = {}
        for name, inputs in self._files(("loras",)):
            weight = next((inputs[key] for key in ("strength_model", "strength") if key in inputs), 1.0)
            found[name] = float(weight)
        return found

    @cached_property
    def upscalers(self) -> list[str]:
        """Names of the upscale models."""
        return [name for name, _ in self._files(("upscale_models",))]

    @property
    def families(self) -> set[str]:
        """The families of the main models."""
        files = [file for file in self.catalog.models if file.name in self.mains]
        return {family for file in files for family in file.families}

    def classes(self, *words: str) -> list[str]:
        """Return the names of the node classes that hold one of these words."""
        names = [node["class_type"] for node in self.api.values()]
        return [name for name in names if any(word in name for word in words)]

    def values(self, name: str) -> list[Any]:
        """Return the values of all inputs of this name."""
        found = [node["inputs"].get(name) for node in self.api.values()]
        return [value for value in found if value is not None and not is_link(value)]

    # -- passes and texts

    def _before(self, key: str) -> set[str]:
        """Return the ids of the nodes that a node depends on."""
        found: set[str] = set()
        waiting = [key]
        while waiting:
            for value in self.api[waiting.pop()]["inputs"].values():
                if is_link(value) and str(value[0]) not in found:
                    found.add(str(value[0]))
                    waiting.append(str(value[0]))
        return found

    def _is_pass(self, key: str) -> bool:
        name, inputs = self.api[key]["class_type"], self.api[key]["inputs"]
        return "Sampler" in name and any(each in inputs for each in ("latent_image", "latent"))

    def _texts(self, key: str, side: str) -> Iterator[str]:
        """Yield the texts on one side of a sampling: "positive" or "negative"."""
        other = {"positive": "negative", "negative": "positive"}[side]
        waiting, done = [key], set()
        while waiting:
            at = waiting.pop()
            inputs = self.api[at]["inputs"]
            if at in done or self.api[at]["class_type"] == "ConditioningZeroOut":
                continue
            done.add(at)
            if at != key and not self._is_pass(at):
                yield from (value for name, value in inputs.items() if name in _TEXTS and isinstance(value, str))
            names = [name for name in inputs if is_link(inputs[name]) and name != other]
            if at == key or "guider" in inputs:
                wanted = (side, "guider") if side == "negative" else (side, "guider", "conditioning")
                names = [name for name in names if name in wanted]
            elif side in inputs or (side == "negative" and other in inputs):
                names = [name for name in names if name == side]
            elif self.api[at]["class_type"] == "BasicGuider":
                names = ["conditioning"] if side == "positive" else []
            waiting += [str(inputs[name][0]) for name in names if name not in ("clip", "model", "vae")]

    def _setting(self, key: str, name: str, before: set[str]) -> Any:
        """Return a setting of a sampling: its own, or that of a node that it depends on and no other sampling does."""
        for each in (key, *before):
            value = self.api[each]["inputs"].get(name)
            if value is not None and not is_link(value):
                return value
        return None

    @cached_property
    def passes(self) -> list[Pass]:
        """The samplings, each after those that it depends on."""
        keys = [key for key in self.api if self._is_pass(key)]
        before = {key: self._before(key) for key in keys}
        keys.sort(key=lambda key: len([one for one in keys if one in before[key]]))
        return [self._pass(key, before[key], [one for one in keys if one in before[key]], before) for key in keys]

    def _pass(self, key: str, own: set[str], earlier: list[str], before: dict[str, set[str]]) -> Pass:
        inputs = self.api[key]["inputs"]
        scope = own - set(earlier)
        near = {each for each in scope if each not in set().union(*(before[one] for one in earlier))} or scope

        def setting(name: str, otherwise: Any) -> Any:
            found = self._setting(key, name, near)
            found = self._setting(key, name, scope) if found is None else found
            return otherwise if found is None else found

        seed = next((setting(name, None) for name in ("seed", "noise_seed") if setting(name, None) is not None), None)
        latent = next((inputs[name] for name in ("latent_image", "latent") if is_link(inputs.get(name))), None)
        return Pass(
            steps=int(setting("steps", 0)), cfg=setting("cfg", None), guidance=setting("guidance", None),
            sampler=str(setting("sampler_name", "")), scheduler=str(setting("scheduler", "")),
            denoise=float(setting("denoise", 1.0)), positive=" | ".join(dict.fromkeys(self._texts(key, "positive"))),
            negative=" | ".join(self._texts(key, "negative")), seed=seed,
            size=self.sizes.get(str(latent[0])) if latent else None,
        )  # fmt: skip

    @property
    def positive(self) -> str:
        """The texts that say what is to be seen, of all passes, in small letters."""
        return " | ".join(dict.fromkeys(one.positive for one in self.passes)).lower()

    @property
    def negative(self) -> str:
        """The texts that say what is not to be seen, of all passes that heed them, in small letters."""
        return " | ".join(one.negative for one in self.passes if one.negative and one.cfg != 1).lower()

    # -- sizes

    @cached_property
    def sizes(self) -> dict[str, Sides]:
        """Size of the picture or latent that each node returns, where it is known, by the node's id."""
        found = picture_sizes(from_api(self.api), self.catalog)  # a written document is in topological order already
        return {key: (size.width, size.height) for key, size in zip(self.api, found, strict=True) if size is not None}

    @property
    def first(self) -> Sides:
        """The size of the first picture; (0, 0) where it is not known."""
        return next((one.size for one in self.passes if one.size), (0.0, 0.0))

    @property
    def last(self) -> Sides:
        """The size of the largest picture that is saved; (0, 0) where it is not known."""
        saved = [self.sizes.get(key) for key, node in self.api.items() if "Save" in node["class_type"]]
        return max((size for size in saved if size), key=lambda size: size[0] * size[1], default=(0.0, 0.0))

    @property
    def ratio(self) -> float:
        """Width divided by height of the saved picture, 0 where it is not known."""
        return self.last[0] / self.last[1] if self.last[1] else 0.0

    @property
    def enlargement(self) -> float:
        """How many times as wide the saved picture is as the first one."""
        return self.last[0] / self.first[0] if self.first[0] else 0.0

    # -- for people

    def __str__(self) -> str:
        def short(name: str) -> str:
            return name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]

        parts = [" + ".join(short(name) for name in self.mains) or "no main model"]
        parts += [f"LoRA {short(name)} {weight:g}" for name, weight in self.loras.items()]
        sizes = [f"{size[0]:.0f}x{size[1]:.0f}" for size in dict.fromkeys((self.first, self.last))]
        parts.append(" -> ".join(sizes))
        for one in self.passes:
            cfg = f"cfg {one.cfg:g}" if one.cfg is not None else f"guidance {one.guidance}"
            denoise = f", denoise {one.denoise:g}" if one.denoise != 1 else ""
            parts.append(f"{one.steps} steps, {cfg}, {one.sampler}/{one.scheduler}{denoise}")
        parts += [short(name) for name in self.upscalers]
        batch = max(self.values("batch_size"), default=1)
        parts += [f"batch of {batch}"] if batch != 1 else []
        parts.append(f"text {self.positive!r}")
        parts += [f"not {self.negative!r}"] if self.negative else []
        parts += [f"{self.read!r}"] if self.read else []
        return "; ".join(parts) + "".join(f"; NOTE: {note}" for note in self.notes)
