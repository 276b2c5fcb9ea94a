"""The part of a catalog that one main model may use: LoRAs, other files, node classes and values of its family.

A workflow has one family, that of its main model, and every part that depends on a family must serve that one
(`FamilyScope.fits`). A checkpoint of unknown family counts as a family of its own: it fits itself and whatever does not
depend on a family.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from ..catalog.catalog import Catalog, InputSpec, ModelFile, NodeClass
from ..families.family import EncoderLoading
from ..families.lookup import FAMILIES, class_families, encoder_loading, of_medium
from ..script.slots import Slot, class_slots, slots_of
from ..script.values import MAIN_FOLDERS, default_of, quote, value_choices, write_value
from .constraints import Constraints
from .size_limits import FeasibleSizes, SizeLimits
from .size_rules import UNKNOWN_SCALE, changes_batch, makes_transparent, size_rule

FAMILY_INDEPENDENT_ROLES = frozenset({"upscaler"})
"""Roles of files that do not depend on a family."""
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


def trusted(node_class: NodeClass) -> bool:
    """Return whether the grammar offers a class that the user did not require by name."""
    if node_class.deprecated or node_class.dev_only or _EXCLUDED_CATEGORY.match(node_class.category):
        return False
    return not node_class.experimental or node_class.name in _EXPERIMENTAL_IN_TEMPLATES


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
        self._files: dict[tuple[str, int], tuple[tuple[object, ...], tuple[str, ...]]] = {}

    # -- files and values --------------------------------------------------------------------------------------

    def fits(self, file: ModelFile) -> bool:
        """Return whether a file, such as a LoRA, may be used beside the main model.

        It may if it is the main model itself, if nothing about it depends on a family, or if it serves the main model's
        family.
        """
        if file is self.main or file.alias == self.main.alias:
            return True
        if file.role in FAMILY_INDEPENDENT_ROLES:
            return True
        return self.known and self.family in file.families

    @cached_property
    def encoder_loadings(self) -> tuple[EncoderLoading, ...]:
        """The ways to load this family's text encoders for which the installation has the files."""
        have = {file.encoder for file in self.catalog.models if file.encoder and self.fits(file)}
        return tuple(loading for loading in encoder_loading(self.family) if have.issuperset(loading.encoders))

    def class_encoder_loadings(self, node_class: NodeClass) -> tuple[EncoderLoading, ...]:
        """Return the ways to load text encoders that this class supports.

        An older ComfyUI's loader lacks the types of newer families.
        """
        kinds = {option for spec in node_class.inputs if spec.name == "type" for option in spec.options}
        return tuple(
            loading
            for loading in self.encoder_loadings
            if loading.loader == node_class.name.removesuffix("GGUF")
            and (loading.type is None or loading.type in kinds)
        )

    def choices(self, spec: InputSpec) -> tuple[str, ...]:
        """Return the values that may be written for a widget other than a text; of files, only those that fit."""
        if spec.folder:
            return self._fitting(spec.folder, spec.options)
        kept = self._choices if spec.kind == "dynamic_combo" else self._shared
        found = kept.get(id(spec))
        if found is None:
            found = kept[id(spec)] = (spec, self._values(spec))
        return found[1]

    def _values(self, spec: InputSpec) -> tuple[str, ...]:
        if spec.kind == "dynamic_combo":
            return tuple(quote(name) for name, inputs in spec.branches if self._branch_fits(inputs))
        return value_choices(spec, self.catalog)

    def _fitting(self, folder: str, options: tuple[object, ...]) -> tuple[str, ...]:
        """Return the aliases of the files among `options` that fit."""
        found = self._files.get((folder, id(options)))
        if found is None:
            files = (self.catalog.file(folder, str(option)) for option in options)
            found = (options, tuple(file.alias for file in files if file is not None and self.fits(file)))
            self._files[folder, id(options)] = found
        return found[1]

    def _branch_fits(self, inputs: Iterable[InputSpec]) -> bool:
        """Return whether a branch of a dynamic combo may be chosen.

        Only branches without a link are offered, so that the links of a class do not depend on a later choice.
        """
        slots = tuple(slots_of(inputs, {}))
        return all(slot.role != "link" and slot.spec.kind != "dynamic_combo" for slot in slots) and all(
            self._satisfiable(slot) for slot in slots if slot.required
        )

    # -- classes -----------------------------------------------------------------------------------------------

    def _satisfiable(self, slot: Slot) -> bool:
        """Return whether a required input that is not a link can be given a value."""
        spec = slot.spec
        if spec.kind == "other" or spec.own_files or spec.remote or spec.multiselect:
            return False
        if spec.kind in ("combo", "dynamic_combo"):
            return bool(self.choices(spec))
        return True

    def offers(self, node_class: NodeClass) -> bool:
        """Return whether the class may be used at all. Whether its links can be filled is left to the node budget."""
        name = node_class.name
        # ComfyUI widens an empty 4-channel latent to what the model takes (comfy/sample.py, fix_empty_latent_channels),
        # so EmptyLatentImage also fits a model of unknown family.
        if name in self.constraints.forbidden or name.startswith("Nodewright"):
            return False
        if node_class.api_node or node_class.input_is_list or any(node_class.output_is_list):
            return False
        if name not in self.constraints.required and not trusted(node_class):
            return False
        families = class_families(name)
        if families is not None and self.family not in families and (self.known or name != "EmptyLatentImage"):
            return False
        if _OTHER_MEDIA.search(name) and self.family not in of_medium("video"):
            return False
        rule = size_rule(node_class)
        if self.constraints.max_megapixels is not None and rule.kind == "grow":
            return False
        if name not in self.constraints.required and (rule.kind == "cut" or changes_batch(node_class)):
            return False
        slots = class_slots(node_class)
        needed = [slot for slot in slots if slot.role != "link" and (slot.required or slot.spec.folder)]
        if not all(self._satisfiable(slot) for slot in needed):
            return False
        encoders = any(slot.spec.folder == "text_encoders" and slot.role == "value" for slot in slots)
        return not encoders or bool(self.class_encoder_loadings(node_class))

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
        scales = {float(file.scale or UNKNOWN_SCALE) for file in self.catalog.models if file.role == "upscaler"}
        required = tuple(self.catalog.classes.get(name) for name in self.constraints.required)
        return FeasibleSizes(
            self.choices, float("inf") if limit is None else limit * 1e6, scales or {float(UNKNOWN_SCALE)}, required
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
        """Return `pending` without the bit of the class itself."""
        for index, name in enumerate(self.constraints.required):
            if name == node_class.name:
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
        """Whether pictures can be as small as the limit demands, required classes included."""
        return self.sizes.valid(self.sizes.widest, (1 << len(self.constraints.required)) - 1)

    def main_model_parts(self) -> tuple[bool, bool, bool]:
        """Return whether MODEL, CLIP and VAE come from the main model's own loader."""
        parts = self.main.parts if self.main.role == "checkpoint" else frozenset({"MODEL"})
        return ("MODEL" in parts, "CLIP" in parts, "VAE" in parts)


def main_models(catalog: Catalog, constraints: Constraints) -> tuple[ModelFile, ...]:
    """Return the files that can be a workflow's main model; whether a workflow can be made from them is still open.

    Models of video, sound and meshes are included only where the user names their family.
    """
    later_stages = {name for name, family in FAMILIES.items() if not family.standalone}
    others = of_medium("video", "audio", "mesh") | later_stages
    return tuple(
        file
        for file in catalog.models
        if file.folder in MAIN_FOLDERS
        and file.role in ("checkpoint", "diffusion_model")
        and (
            not file.families.isdisjoint(constraints.families)
            if constraints.families
            else not file.families or not file.families <= others
        )
    )
