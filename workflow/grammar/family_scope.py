"""The part of a catalog that one main model may use: LoRAs, other files, node classes and values of its family.

A workflow has one family, that of its main model, and every part that depends on a family must serve that one
(`FamilyScope.fits`). A checkpoint of unknown family counts as a family of its own: it fits itself and whatever does not
depend on a family.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import Literal

from ..catalog.catalog import MAIN_ROLES, Catalog, InputSpec, ModelFile, NodeClass
from ..catalog.contents import class_format
from ..catalog.model_files import reads
from ..families.family import EncoderLoading
from ..families.lookup import FAMILIES, class_families, encoder_loading, of_medium
from ..script.accepted import accepts, has_value, is_filled_in
from ..script.options import MAXIMUM_CHARACTERS, quote
from ..script.slots import Slot, class_slots, slots_of
from ..script.values import MAIN_FOLDERS, default_of, value_choices, write_value
from ..sense.base_sizes import BaseSizes, base_sizes
from .constraints import Constraints
from .size_limits import FeasibleSizes, SizeLimits
from .size_rules import PICTURE_TYPES, UNKNOWN_SCALE, changes_batch, makes_transparent, size_rule
from .wishes import asked_sizes

FAMILY_INDEPENDENT_ROLES = frozenset({"upscaler"})
"""Roles of files that do not depend on a family."""
USUAL_TYPES = frozenset({"IMAGE", "LATENT", "MODEL", "CLIP", "CONDITIONING", "VAE"})
"""Types of the links that nearly every workflow has."""
Consumer = Literal["end", "sampler"]
"""Kinds of nodes that accept pictures which others do not: those that end a workflow, and those that sample."""
# Not for pictures from a prompt, or not safe on a stranger's machine: paid services, training, debugging.
_EXCLUDED_CATEGORY = re.compile(
    r"(api node|partner|_for_testing|experimental|training|model/training|dataset|audio|video|3d|text|utilities|utils"
    r"|api|image/video|image/batch|image/detection|image/geometry estimation|image/shader"
    r"|advanced/(debug|hooks|multigpu)|model/latent/advanced/operations"
    r"|model/conditioning/(wan|ltxv|hunyuan video|hunyuan 3d|trellis2|triposplat))(/|$)",
    re.I,
)
# Latents, encoders and decoders of other media, whose types are those of pictures.
_OTHER_MEDIA = re.compile(r"audio|music|mesh|voxel|trellis|splat|pixal3d|video|3d|void", re.I)
# Marked experimental, yet part of official text-to-image templates (comfyui-workflow-templates-json 0.1.123).
_EXPERIMENTAL_IN_TEMPLATES = frozenset(
    {"CFGNorm", "SkipLayerGuidanceSD3", "SkipLayerGuidanceDiT", "DifferentialDiffusion"}
)


PART_FOLDERS = MAIN_FOLDERS | {"text_encoders", "vae"}
"""Folders of main models and their parts."""
# How fast a model runs, which is no matter of the picture.
_HOW_FAST = frozenset({"ModelAttentionBackend", "TorchCompileModel"})


@lru_cache(maxsize=16384)
def file_inputs(node_class: NodeClass) -> tuple[InputSpec, ...]:
    """Return the inputs that take files other than a main model and its parts."""
    return tuple(spec for spec in node_class.inputs if spec.folder and spec.folder not in PART_FOLDERS)


def trusted(node_class: NodeClass) -> bool:
    """Return whether the grammar offers a class that the user did not require by name."""
    if (
        node_class.name in _HOW_FAST
        or node_class.deprecated
        or node_class.dev_only
        or _EXCLUDED_CATEGORY.match(node_class.category)
    ):
        return False
    return not node_class.experimental or node_class.name in _EXPERIMENTAL_IN_TEMPLATES


def is_of_other_media(node_class: NodeClass) -> bool:
    """Return whether a class is named as one for video, sound or 3D, whose types are those of pictures."""
    return _OTHER_MEDIA.search(node_class.name) is not None


class FamilyScope:
    """The part of a catalog that fits one main model.

    Args:
        catalog: the installation.
        main: the main model.
        constraints: the user's demands.
        shared: values that do not depend on the main model, by id of the input; all scopes of a catalog share it.
    """

    def __init__(
        self,
        catalog: Catalog,
        main: ModelFile,
        constraints: Constraints,
        shared: dict[int, tuple[InputSpec, tuple[str, ...]]],
    ) -> None:
        self.catalog = catalog
        self.main = main
        self.family = next(iter(main.families), main.alias) if len(main.families) == 1 else main.alias
        self.known = len(main.families) == 1
        self.constraints = constraints
        # Cached by id, because hashing long option lists is slow. The object of the id is kept, so that no other object
        # gets the id. Many inputs share one list of files.
        self._shared = shared
        self._choices: dict[int, tuple[InputSpec, tuple[str, ...]]] = {}
        self._unsuitable: dict[tuple[SizeLimits, int, Consumer | None], frozenset[str]] = {}
        self._files: dict[tuple[str | None, int, str], tuple[tuple[object, ...], tuple[str, ...]]] = {}
        self._options: dict[int, tuple[tuple[object, ...], frozenset[str]]] = {}
        self._leading: dict[frozenset[str], frozenset[str]] = {}
        self._wished: dict[str, dict[str, str]] = {}
        self._loadings: dict[str, tuple[EncoderLoading, ...]] = {}

    # -- files and values --------------------------------------------------------------------------------------

    def fits(self, file: ModelFile) -> bool:
        """Return whether a file, such as a LoRA, may be used beside the main model.

        It may if it is the main model itself, if nothing about it depends on a family, or if it serves the main model's
        family, and if nothing speaks against it (`ModelFile.unusable`).
        """
        if file is self.main or file.alias == self.main.alias:
            return True
        if file.unusable is not None:
            return False
        if file.role in FAMILY_INDEPENDENT_ROLES:
            return True
        return self.known and self.family in file.families

    def lists(self, spec: InputSpec, file: ModelFile) -> bool:
        """Return whether a file is among the options of an input, whose class reads files of its kind."""
        found = self._options.get(id(spec.options))
        if found is None:
            found = self._options[id(spec.options)] = (spec.options, frozenset(map(str, spec.options)))
        return file.folder == spec.folder and file.name in found[1] and reads(spec.loads, file)

    def encoder_loadings(self, node_class: NodeClass) -> tuple[EncoderLoading, ...]:
        """Return the ways to load this family's text encoders with a class, by its types and the files that it lists.

        An older ComfyUI's loader lacks the types of newer families, and not every loader lists GGUF files.
        """
        found = self._loadings.get(node_class.name)
        if found is None:
            found = self._loadings[node_class.name] = self._encoder_loadings(node_class)
        return found

    def _encoder_loadings(self, node_class: NodeClass) -> tuple[EncoderLoading, ...]:
        possible = [
            loading
            for loading in encoder_loading(self.family)
            if loading.loader == node_class.name.removesuffix("GGUF")
        ]
        slots = [slot for slot in class_slots(node_class) if slot.spec.folder == "text_encoders"]
        if not possible or any(slot.role != "value" for slot in slots):
            return ()
        listed = [{self._encoder(alias) for alias in self.choices(slot.spec)} for slot in slots]
        kinds = {option for spec in node_class.inputs if spec.name == "type" for option in spec.options}
        return tuple(
            loading
            for loading in possible
            if len(loading.encoders) == len(slots)
            and all(encoder in files for encoder, files in zip(loading.encoders, listed, strict=True))
            and (loading.type is None or loading.type in kinds)
        )

    def encoder_choices(self, spec: InputSpec, encoders: frozenset[str]) -> tuple[str, ...]:
        """Return the aliases of the files of an input that hold one of these text encoders."""
        return tuple(alias for alias in self.choices(spec) if self._encoder(alias) in encoders)

    def _encoder(self, alias: str) -> str | None:
        file = self.catalog.by_alias(alias)
        return None if file is None else file.encoder

    def choices(self, spec: InputSpec) -> tuple[str, ...]:
        """Return the values that may be written for a widget other than a text; of files, only those that fit."""
        if spec.folder:
            return self._fitting(spec)
        kept = self._choices if spec.kind == "dynamic_combo" else self._shared
        found = kept.get(id(spec))
        if found is None:
            found = kept[id(spec)] = (spec, self._values(spec))
        return found[1]

    def _values(self, spec: InputSpec) -> tuple[str, ...]:
        if spec.kind == "dynamic_combo":
            return tuple(quote(name) for name, inputs in spec.branches if self._branch_fits(inputs))
        return value_choices(spec, self.catalog)

    def _fitting(self, spec: InputSpec) -> tuple[str, ...]:
        """Return the aliases of the files among an input's options that fit and that its class reads."""
        key = (spec.folder, id(spec.options), spec.loads)
        found = self._files.get(key)
        if found is None:
            files = (self.catalog.file(spec.folder, str(option)) for option in spec.options)
            fitting = (file for file in files if file is not None and self.fits(file) and reads(spec.loads, file))
            found = self._files[key] = (spec.options, tuple(file.alias for file in fitting))
        return found[1]

    def _branch_fits(self, inputs: Iterable[InputSpec]) -> bool:
        """Return whether a branch of a dynamic combo may be chosen.

        Only branches without a link are offered, so that the links of a class do not depend on a later choice.
        """
        slots = tuple(slots_of(inputs, {}))
        return all(slot.role != "link" and slot.spec.kind != "dynamic_combo" for slot in slots) and all(
            self._satisfiable(slot) for slot in slots if slot.required or (slot.spec.folder and is_filled_in(slot.spec))
        )

    # -- classes -----------------------------------------------------------------------------------------------

    def _satisfiable(self, slot: Slot) -> bool:
        """Return whether a required input that is not a link can be given a value."""
        spec = slot.spec
        if spec.kind == "other" or spec.own_files or spec.remote or spec.multiselect:
            return False
        if spec.kind == "dynamic_combo" or spec.folder:
            return bool(self.choices(spec))
        return accepts(spec, spec.initial) or (has_value(spec) and bool(self.choices(spec)))

    def without_value(self, node_class: NodeClass) -> str | None:
        """Return what keeps a class from being used where one of its inputs can be given no value, or None."""
        for slot in class_slots(node_class):
            needed = slot.required or (slot.spec.folder and is_filled_in(slot.spec))
            if slot.role != "link" and needed and not self._satisfiable(slot):
                if slot.spec.kind in ("combo", "dynamic_combo") and not slot.spec.options:
                    empty = f": models/{slot.spec.folder} has no file for it" if slot.spec.folder else ""
                    return f"its input {slot.name!r} has nothing to choose from{empty}"
                files = f", of the files in models/{slot.spec.folder}," if slot.spec.folder else ""
                return f"its input {slot.name!r} has no value{files} that fits"
        return None

    def offers(self, node_class: NodeClass) -> bool:
        """Return whether the class may be used at all. Whether its links can be filled is left to the node budget."""
        name = node_class.name
        # ComfyUI widens an empty 4-channel latent to what the model takes (comfy/sample.py, fix_empty_latent_channels),
        # so EmptyLatentImage also fits a model of unknown family.
        if name in self.constraints.forbidden or name.startswith("Nodewright") or len(name) > MAXIMUM_CHARACTERS:
            return False
        if node_class.api_node or node_class.input_is_list or any(node_class.output_is_list):
            return False
        if node_class.output_node and main_slots(node_class):
            return False  # a workflow would end in what loads its main model
        if name not in self.constraints.required and not trusted(node_class):
            return False
        # Nunchaku's patches and LoRA loaders take no other model, and its models no other LoRA loader.
        stored = class_format(name)
        if stored is not None and stored != self.main.format:
            return False
        if stored is None and self.main.format and any(slot.spec.folder == "loras" for slot in class_slots(node_class)):
            return False
        families = class_families(name)
        if families is not None and self.family not in families and (self.known or name != "EmptyLatentImage"):
            return False
        if is_of_other_media(node_class) and self.family not in of_medium("video"):
            return False
        rule = size_rule(node_class)
        if self.constraints.max_megapixels is not None and rule.kind == "grow":
            return False
        if name not in self.constraints.required and (rule.kind == "cut" or changes_batch(node_class)):
            return False
        if self.without_value(node_class) is not None:
            return False
        slots = class_slots(node_class)
        encoders = any(slot.spec.folder == "text_encoders" and slot.role == "value" for slot in slots)
        return not encoders or bool(self.encoder_loadings(node_class))

    @cached_property
    def classes(self) -> tuple[NodeClass, ...]:
        """The classes that may be used."""
        return tuple(cls for _, cls in sorted(self.catalog.classes.items()) if self.offers(cls))

    @cached_property
    def roots(self) -> tuple[NodeClass, ...]:
        """The classes that a workflow may end in first; after that, `more_roots` as well."""
        wanted = self.constraints.ends_in or ("SaveImage",)
        outputs = [
            cls
            for cls in self.classes
            if cls.output_node and any("IMAGE" in slot.spec.types for slot in class_slots(cls) if slot.role == "link")
        ]
        chosen = tuple(cls for cls in outputs if cls.name in wanted)
        if not chosen and not self.constraints.ends_in:
            chosen = tuple(outputs)
        return chosen

    @cached_property
    def more_roots(self) -> tuple[NodeClass, ...]:
        """The required output classes other than `roots`."""
        return tuple(
            cls
            for cls in self.classes
            if cls.output_node and cls.name in self.constraints.required and cls not in self.roots
        )

    def default(self, spec: InputSpec) -> str:
        """Return the default as a script writes it."""
        return write_value(default_of(spec), spec, self.catalog)

    @cached_property
    def sizes(self) -> FeasibleSizes:
        """The sizes that pictures can have."""
        limit = self.constraints.max_megapixels
        wished = self.constraints.wishes.upscalers
        upscalers = [file for file in self.catalog.models if file.role == "upscaler"]
        upscalers = [file for file in upscalers if file.alias in wished] or upscalers
        scales = {float(file.scale or UNKNOWN_SCALE) for file in upscalers}
        required = tuple(self.carriers.get(name, self.catalog.classes.get(name)) for name in self.constraints.required)
        return FeasibleSizes(
            self.choices,
            float("inf") if limit is None else limit * 1e6,
            scales or {float(UNKNOWN_SCALE)},
            required,
            self.first_sizes,
            self._shrinking() if scales else (),
            self.constraints.wishes.size,
        )

    @property
    def first_sizes(self) -> BaseSizes:
        """The sizes of first pictures, those that were asked for among them."""
        limit = self.constraints.max_megapixels
        base = base_sizes(self.family, self.main.name)
        return asked_sizes(base, self.constraints.wishes, math.inf if limit is None else limit * 1e6)

    def wished(self, node_class: NodeClass) -> dict[str, str]:
        """Return the values that are asked for in a class's inputs, by name, as a script writes them."""
        found = self._wished.get(node_class.name)
        if found is None:
            specs = {spec.name: spec for spec in node_class.inputs}
            wanted = self.constraints.wishes.values(node_class)
            if self.first_sizes.only and "MODEL" in node_class.outputs and {"width", "height"} <= specs.keys():
                # A patch that goes by the size of the first picture, such as ModelSamplingFlux.
                wanted |= dict(zip(("width", "height"), self.first_sizes.only, strict=True))
            found = self._wished[node_class.name] = {
                name: write_value(value, specs[name], self.catalog) for name, value in wanted.items()
            }
        return found

    def _shrinking(self) -> tuple[float, ...]:
        """Return the factors below 1 by which a picture can be scaled."""
        specs = [
            spec
            for cls in self.classes
            if "IMAGE" in cls.outputs and (rule := size_rule(cls)).kind == "scale"
            for spec in cls.inputs
            if spec.name == rule.inputs[0]
        ]
        return tuple(
            sorted({float(choice) for spec in specs for choice in self.choices(spec) if 0 < float(choice) < 1})
        )

    def only_consumer(self, node_class: NodeClass) -> Consumer | None:
        """Return the only kind of node that accepts the output of a class; None if all do.

        A picture with four channels goes only where a workflow ends. An empty latent with four channels in a family
        with sixteen goes only to a sampler, since there ComfyUI widens it. A class that the user requires may go
        anywhere.
        """
        if node_class.name in self.constraints.required:
            return None
        if makes_transparent(node_class):
            return "end"
        own = "EmptySD3LatentImage"
        widened = (
            node_class.name == "EmptyLatentImage"
            and self.family in (class_families(own) or ())
            and own in self.catalog.classes
            and own not in self.constraints.forbidden
        )
        return "sampler" if widened else None

    def unsuitable(self, limits: SizeLimits, pending: int, consumer: Consumer | None) -> frozenset[str]:
        """Return the names of the classes whose pictures may not go to a node of this kind under these limits.

        Args:
            limits: limits of the picture.
            pending: bits of the required classes that are still to come.
            consumer: kind of the node.
        """
        key = (limits, pending, consumer)
        found = self._unsuitable.get(key)
        if found is None:
            if len(self._unsuitable) >= 20_000:
                self._unsuitable.clear()
            found = self._unsuitable[key] = frozenset(
                cls.name
                for cls in self._restricted_classes
                if self.only_consumer(cls) not in (None, consumer)
                or not self.sizes.fits(cls, limits, self._without(pending, cls))
            )
        return found

    def _without(self, pending: int, node_class: NodeClass) -> int:
        """Return `pending` without the bits of the class itself and of what it carries."""
        for index, name in enumerate(self.constraints.required):
            if name == node_class.name or self.carriers.get(name) is node_class:
                pending &= ~(1 << index)
        return pending

    @cached_property
    def _restricted_classes(self) -> tuple[NodeClass, ...]:
        """The classes whose pictures do not go everywhere."""
        return tuple(
            cls
            for cls in self.classes
            if size_rule(cls).kind not in ("keep", "grow", "cut") or self.only_consumer(cls) is not None
        )

    @property
    def possible(self) -> bool:
        """Whether files are enough, and pictures can be as small as the limit demands, for all required classes."""
        return not self.short_of(self.constraints.required) and self.sizes.valid(
            self.sizes.widest, (1 << len(self.constraints.required)) - 1
        )

    def short_of(self, required: Iterable[str]) -> frozenset[str]:
        """Return the folders of which classes load more different files than fit."""
        wanted: dict[str, list[InputSpec]] = {}
        for name in required:
            node_class = self.catalog.classes.get(name)
            for spec in filter(lambda one: one.required, file_inputs(node_class) if node_class is not None else ()):
                wanted.setdefault(str(spec.folder), []).append(spec)
        fitting = {
            folder: {alias for spec in specs for alias in self.choices(spec)} for folder, specs in wanted.items()
        }
        return frozenset(folder for folder, specs in wanted.items() if len(specs) > len(fitting[folder]))

    @cached_property
    def main_parts(self) -> frozenset[str]:
        """What the main model's file holds of MODEL, CLIP and VAE."""
        return self.main.parts if self.main.role == "checkpoint" else frozenset({"MODEL"})

    @cached_property
    def shrunk(self) -> tuple[int, ...]:
        """The required upscalers whose pictures must be scaled down right after, since they are larger than allowed.

        For each the bits of the required classes that it is or that it is there for, the first class as bit 0.
        """
        found: dict[str, int] = {}
        for index, name in enumerate(self.constraints.required):
            node_class = self.carriers.get(name, self.catalog.classes.get(name))
            if node_class is not None and self.sizes.needs_shrinking(node_class):
                found[node_class.name] = found.get(node_class.name, 0) | 1 << index
        return tuple(found.values())

    def leading(self, required: frozenset[str]) -> frozenset[str]:
        """Return the classes through which required ones come into a workflow whose types no usual link takes.

        A ControlNetLoader comes in with what applies its CONTROL_NET to a conditioning.
        """
        found = self._leading.get(required)
        if found is None:
            found = self._leading[required] = frozenset().union(*map(self._leading_to, required))
            bits = sum(1 << index for index, name in enumerate(self.constraints.required) if name in required)
            if any(upscaler & bits for upscaler in self.shrunk):
                scaling = (
                    cls.name for cls in self.classes if "IMAGE" in cls.outputs and size_rule(cls).kind == "scale"
                )
                found = self._leading[required] = found.union(scaling)
        return found

    def _leading_to(self, name: str) -> frozenset[str]:
        """Return the classes of the shortest chains from a class to a type that usual links take."""
        node_class = self.catalog.classes.get(name)
        reached = set(node_class.outputs) if node_class is not None and not node_class.output_node else set(USUAL_TYPES)
        found: set[str] = set()
        while USUAL_TYPES.isdisjoint(reached):
            takers = [cls for cls in self.classes if not cls.output_node and _takes(cls, reached)]
            ends = [cls for cls in takers if not USUAL_TYPES.isdisjoint(cls.outputs)]
            fresh = {kind for cls in ends or takers for kind in cls.outputs} - reached
            found |= {cls.name for cls in ends or takers}
            if not fresh:
                break
            reached |= fresh
        return frozenset(found)

    # -- classes that requirements bring along -----------------------------------------------------------------

    @cached_property
    def carriers(self) -> dict[str, NodeClass]:
        """The classes that change sizes and without which a required class leads to no picture, by its name.

        An UpscaleModelLoader leads to one through ImageUpscaleWithModel alone. There must always be room for the
        carrier, as for the required class itself.
        """
        found = {}
        for name in self.constraints.required:
            node_class = self.catalog.classes.get(name)
            if node_class is not None and not node_class.output_node and (carrier := self._carrier_of(node_class)):
                found[name] = carrier
        return found

    def _carrier_of(self, node_class: NodeClass) -> NodeClass | None:
        """Return the carrier that needs the fewest links; None where plain classes lead to a picture."""
        reached = set(node_class.outputs)
        carriers: list[NodeClass] = []
        fresh = True
        while fresh and PICTURE_TYPES.isdisjoint(reached):
            plain, fresh = set[str](), False
            carriers = []
            for cls in self.classes:
                if cls.output_node or not _takes(cls, reached):
                    continue
                if size_rule(cls).kind in ("keep", "set"):
                    plain.update(cls.outputs)
                else:
                    carriers.append(cls)
            fresh = not plain <= reached
            reached |= plain
        if not PICTURE_TYPES.isdisjoint(reached):
            return None
        return min(carriers, key=lambda cls: sum(slot.role == "link" for slot in class_slots(cls)), default=None)


def _takes(node_class: NodeClass, types: set[str]) -> bool:
    """Return whether the class has a link that must be filled and that names one of `types`."""
    return any(
        slot.role == "link" and not types.isdisjoint(slot.spec.types) and "*" not in slot.spec.types
        for slot in class_slots(node_class)
    )


@lru_cache(maxsize=16384)
def main_slots(node_class: NodeClass) -> tuple[Slot, ...]:
    """Return the inputs that always take a file which could be a main model."""
    return tuple(slot for slot in class_slots(node_class) if slot.spec.folder in MAIN_FOLDERS and slot.role == "value")


def main_models(catalog: Catalog, constraints: Constraints) -> tuple[ModelFile, ...]:
    """Return the files that can be a workflow's main model; whether a workflow can be made from them is still open.

    Models of video, sound and meshes are included only where the user names their family; those of another task than
    text to image, never (`ModelFile.unusable`).
    """
    later_stages = {name for name, family in FAMILIES.items() if not family.standalone}
    others = of_medium("video", "audio", "mesh", "detection") | later_stages
    return tuple(
        file
        for file in catalog.models
        if file.folder in MAIN_FOLDERS
        and file.role in MAIN_ROLES
        and file.unusable is None
        and (
            not file.families.isdisjoint(constraints.families)
            if constraints.families
            else not file.families or not file.families <= others
        )
    )
