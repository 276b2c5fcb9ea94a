"""What a prompt asks for, as constraints and wishes of one installation, with notes on what cannot be done there.

An example:

    asked = asked_of("a fox, use flux, 16:9, 12 steps", catalog, Constraints())
    grammar, dropped = asked.grammar(catalog)  # workflows for asked.text are written under it
    notes = (*asked.notes, *dropped, *asked.unmet(workflow, catalog))
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from .ask.ask import Ask, Mention
from .ask.choices import NONE
from .ask.corrections import NOTHING_SET, Corrections, corrected
from .ask.lexicon.reading import has_quality_tags
from .ask.line import read_parts
from .ask.names import InstalledNames, Target
from .ask.syntax import read_ask
from .catalog.catalog import MAIN_ROLES, Catalog, CatalogKey, ModelFile
from .families.names import normalised, stem_of
from .fitting.files import fits_main
from .fitting.fitting import fitting
from .fitting.ranking import generation
from .fitting.sizes import detailed, enlarged, enlarging_classes, reshaping_classes, roomier, sized
from .grammar.constraints import Constraints
from .grammar.family_scope import main_models
from .grammar.grammar import ConstraintError, Grammar
from .grammar.kept import kept_grammar, kept_mains
from .grammar.wishes import GUIDANCE_CLASS, RATIO_TOLERANCE, Wishes
from .graph import Workflow
from .picture_sizes import picture_sizes


@dataclass(frozen=True)
class Asked:
    """What a prompt asks for on one installation."""

    ask: Ask
    """What was read."""
    constraints: Constraints
    """The caller's constraints, and what the prompt asks for beside them."""
    given: Constraints
    """The caller's constraints alone."""
    notes: tuple[str, ...]
    """What cannot be done, a sentence each."""
    tagged: tuple[tuple[str, str], ...]
    """The installed LoRAs that tags name: the prompt's words, and the alias."""
    optional: tuple[str, ...]
    """The required classes that only bring out detail, and are left out where there is no room for them."""
    reasons: Mapping[str, str]
    """Alias of a main model -> why it was chosen, to follow "because"; none for one that is good in general."""
    no_loras: bool = False
    """Whether it was set that no LoRA is used."""

    @property
    def text(self) -> str:
        """What the picture model reads; the whole prompt where nothing else is left of it."""
        return self.ask.text if self.ask.text.strip() else self.ask.prompt

    @property
    def line(self) -> str:
        """What was read, in one line: "read: wide 16:9, photo, detailed; uses flux because it was named"."""
        return self._line(("model", "lora", "upscaler"))

    def _line(self, sorts: Sequence[str], unused: Sequence[ModelFile] = ()) -> str:
        """Return what was read, with what is used because it was named.

        Args:
            sorts: the sorts of mentions to list as used.
            unused: the LoRAs that are asked for and that the workflow does not use.
        """
        without = {file.alias for file in unused}
        mentions = [one for one in self.ask.mentions if one.sort in sorts and not one.missing]
        mentions = [one for one in mentions if one.sort != "lora" or not self._wished(one) <= without]
        tags = [name for name, alias in self.tagged if alias not in without]
        named = [*(one.words for one in mentions), *tags]
        which = "it was" if len(named) == 1 else "they were"
        how = "set" if mentions and all(one.start < 0 for one in mentions) and not tags else "named"
        uses = f"uses {' and '.join(named)} because {which} {how}" if named else ""
        installed = {name for name, _ in self.tagged}
        missing = [one.words for one in self.ask.mentions if one.missing]
        missing += [one.name for one in self.ask.loras if one.name not in installed]
        parts = [*read_parts(self.ask), *(f"{name} (not installed)" for name in missing)]
        parts += ["no LoRA"] if self.no_loras else []
        if not parts and not self.ask.mentions and not self.ask.loras:
            parts = ["nothing asked beside the picture"]
        return "read: " + "; ".join(part for part in (", ".join(parts), uses) if part)

    def _wished(self, mention: Mention) -> frozenset[str]:
        """Return the aliases of the LoRAs that a mention stands for and that are asked of the grammar."""
        return frozenset(mention.aliases) & {alias for alias, _ in self.constraints.wishes.loras}

    def line_of(self, main: ModelFile, unused: Sequence[ModelFile] = ()) -> str:
        """Return the same with the main model of a workflow, and why it was chosen where nobody named it.

        Args:
            main: the main model.
            unused: the LoRAs that are asked for and that the workflow does not use.
        """
        models = self._models()
        if any(_is_meant(one, main) for one in models):
            return self._line(("model", "lora", "upscaler"), unused)
        line = self._line(("lora", "upscaler"), unused)
        name = stem_of(main.name)
        joint = "" if line == "read: " else "; and " if "uses " in line else "; "
        if models:
            return f"{line}{joint}uses {name} in place of {' and '.join(one.words for one in models)}"
        reason = self.reasons.get(main.alias)
        return f"{line}{joint}uses {name}" + (f" because {reason}" if reason else "")

    def _models(self) -> tuple[Mention, ...]:
        """Return the main models and families that are asked for and installed."""
        return tuple(one for one in self.ask.mentions if one.sort == "model" and not one.missing)

    def grammar(self, catalog: Catalog) -> tuple[Grammar, tuple[str, ...]]:
        """Return the grammar under which all that is asked for can be written, and notes on what had to be dropped.

        A model that is named goes before an enlargement that it has no room for.

        Raises:
            ConstraintError: the caller's constraints alone cannot be met.
        """
        note = "The picture is not enlarged as it was asked for: max_megapixels or max_nodes leave no room for it"
        mains = self.constraints.wishes.mains
        possible: Grammar | None = None
        for constraints in self._attempts():
            try:
                grammar = kept_grammar(catalog, constraints)
            except ConstraintError as error:
                note = f"Not everything that was asked for is possible here: {error}"
                continue
            if not mains or not mains.isdisjoint(grammar.main_choices):
                return grammar, (note,) if self._misses(constraints) else ()
            possible = possible or grammar
        if possible is not None:  # `unmet` states why the model that is named is not used
            return possible, ()
        return kept_grammar(catalog, self.given), (note,)

    def _misses(self, tried: Constraints) -> bool:
        """Return whether constraints lack something that was asked for, more detail aside."""
        dropped = set(self.constraints.required) - set(tried.required) - set(self.optional)
        asked = self.constraints.wishes
        shaped = (tried.wishes.size, tried.wishes.ratio, tried.wishes.ratios) == (asked.size, asked.ratio, asked.ratios)
        return bool(dropped) or not shaped

    def _attempts(self) -> tuple[Constraints, ...]:
        """Return the constraints to try, the whole ones first, then without what nobody named, then the given ones."""
        whole = self.constraints
        bare = self._without(whole.required)
        any_shape = replace(bare, wishes=replace(bare.wishes, size=None, ratio=None, ratios=None))
        return tuple(dict.fromkeys((whole, self._without(self.optional), bare, any_shape)))

    def _without(self, classes: Sequence[str]) -> Constraints:
        """Return the constraints without classes that are required for what is asked."""
        if not classes:
            return self.constraints
        left = set(classes) - set(self.given.required)
        wishes = replace(self.constraints.wishes, scaled=False, factor=None, enlarged=1.0)
        required = tuple(name for name in self.constraints.required if name not in left)
        return replace(self.constraints, required=required, forbidden=self.given.forbidden, wishes=wishes)

    def unmet(self, workflow: Workflow, catalog: Catalog) -> tuple[str, ...]:
        """Return what a workflow misses of what was asked for, a sentence each."""
        wishes = self.constraints.wishes
        values = {(name, value) for node in workflow.nodes for name, value in node.inputs}
        asked: tuple[tuple[str, int | float | str | None, str], ...] = (
            ("steps", wishes.steps, f"{wishes.steps} steps"),
            ("cfg", wishes.cfg, f"cfg {wishes.cfg}"),
            ("sampler_name", wishes.sampler, f"the sampler {wishes.sampler}"),
            ("scheduler", wishes.scheduler, f"the scheduler {wishes.scheduler}"),
        )
        missing = [
            f"No node of this workflow takes {what}"
            for name, value, what in asked
            if value is not None
            and (name, value) not in values
            and (name != "cfg" or ("guidance", value) not in values)
        ]
        size = _last_size(workflow, catalog)
        larger = self.ask.enlargement is not None and self.ask.enlargement.wanted
        if size is not None and wishes.size is not None and size != wishes.size and not larger:
            missing.append(f"The picture has {size[0]} x {size[1]} pixels, not {wishes.size[0]} x {wishes.size[1]}")
        elif size is not None and wishes.ratio is not None:
            off = abs(math.log(size[0] / size[1] / wishes.ratio))
            if off > RATIO_TOLERANCE:
                missing.append(f"The picture has {size[0]} x {size[1]} pixels, which is not the ratio asked for")
        used = {value for _, value in values if isinstance(value, str)}
        mains = [file for file in catalog.models if file.role in MAIN_ROLES and file.name in used]
        models = self._models()
        if mains and not any(_is_meant(mention, main) for mention in models for main in mains):
            missing += [f"{mention.words} is not used: {self._why_not(mention, catalog)}" for mention in models]
        for file in self.unused_loras(workflow, catalog):
            none = lora_classes(catalog) <= self.constraints.forbidden
            why = "all node classes that load one are forbidden" if none else "it does not fit the model"
            missing.append(f"The LoRA {file.name} is not used: {why}")
        return tuple(missing)

    def unused_loras(self, workflow: Workflow, catalog: Catalog) -> tuple[ModelFile, ...]:
        """Return the LoRAs that are asked for and that a workflow does not use."""
        used = {value for node in workflow.nodes for _, value in node.inputs if isinstance(value, str)}
        asked = (catalog.by_alias(alias) for alias, _ in self.constraints.wishes.loras)
        return tuple(file for file in asked if file is not None and file.name not in used)

    def _why_not(self, mention: Mention, catalog: Catalog) -> str:
        """Return why no workflow here uses a main model that is asked for."""
        meant = [file for file in main_models(catalog, self.given) if _is_meant(mention, file)]
        if not meant:
            return "families does not allow it" if self.given.families else "no workflow is written with it"
        lacking = kept_grammar(catalog, self.given).lacking()
        why = next((sentence for file in meant for sentence in lacking if sentence.startswith(file.name)), None)
        return why or "the limits and the node classes that are asked for leave no room for it"


def _is_meant(mention: Mention, main: ModelFile) -> bool:
    """Return whether a main model is one that a mention stands for."""
    return mention.family in main.families if mention.family is not None else main.alias in mention.aliases


def _last_size(workflow: Workflow, catalog: Catalog) -> tuple[int, int] | None:
    """Return the size of the largest picture that a workflow saves or shows, None where it is not known."""
    found = [
        (round(size.width), round(size.height))
        for node, size in zip(workflow.nodes, picture_sizes(workflow, catalog), strict=True)
        if size is not None and (own := catalog.classes.get(node.class_type)) is not None and own.output_node
    ]
    return max(found, key=lambda size: size[0] * size[1], default=None)


def installed_names(catalog: Catalog) -> InstalledNames:
    """Return the names of a catalog's files, which are kept for the last catalogs."""
    return _names(catalog.key)


@lru_cache(maxsize=2)
def _names(key: CatalogKey) -> InstalledNames:
    return InstalledNames(key.catalog.models)


def asked_of(prompt: str, catalog: Catalog, constraints: Constraints, corrections: Corrections = NOTHING_SET) -> Asked:
    """Return what a prompt asks for on an installation, beside the caller's constraints.

    Raises:
        CorrectionError: a correction names nothing there is.
    """
    names = installed_names(catalog)
    ask = corrected(read_ask(prompt, names), corrections, catalog)
    usable, skip_notes = _usable(ask, catalog, constraints)
    notes = [_missing_note(one) for one in ask.mentions if one.missing]
    mains, main_notes = _mains(ask, names, catalog)
    loras, lora_notes = _loras(ask, names, mains, catalog)
    upscalers, upscaler_notes = _upscalers(ask, names)
    wishes = Wishes(
        mains=mains, loras=loras, upscalers=upscalers, steps=ask.steps, cfg=ask.cfg, sampler=ask.sampler,
        scheduler=ask.scheduler, ratio=ask.ratio.value if ask.ratio else None,
        last_clip_layer=-ask.clip_skip if ask.clip_skip and ask.clip_skip > 1 else None,
    )  # fmt: skip
    text = ask.text if ask.text.strip() else ask.prompt
    no_loras = corrections.lora == NONE or lora_classes(catalog) <= constraints.forbidden
    fitted = fitting(ask, text, wishes, usable, catalog, loras=not no_loras)
    given, constraints = constraints, roomier(constraints, ask)
    wishes, required, size_notes = sized(fitted.wishes, ask, catalog, constraints)
    optional: tuple[str, ...] = ()
    if not required and ask.enlargement is not None and ask.enlargement.wanted:
        wishes, required = enlarged(wishes, ask.enlargement, catalog)
    elif not required and ask.enlargement is None and ask.size is None and ask.effort == "detailed":
        wishes, required = detailed(wishes, ask, catalog, constraints)
        optional = required
    exact = ask.size is not None or wishes.factor is not None
    refused = not ask.enlargement.wanted if ask.enlargement is not None else _is_cheap(ask)
    forbidden = enlarging_classes(catalog) - set(required) if refused or (exact and not size_notes) else frozenset()
    if ask.ratio is not None or ask.shape is not None:
        forbidden |= reshaping_classes(catalog) - set(required)
    if corrections.lora == NONE:
        forbidden |= lora_classes(catalog)
    if wishes.cfg is not None and wishes.fits and all(fit.guided for _, fit in wishes.fits):
        required += (GUIDANCE_CLASS,)
    if wishes.last_clip_layer is not None:
        required += ("CLIPSetLastLayer",)
    if not constraints.required:  # which may take more of them
        twice = ask.effort == "detailed" or "LatentUpscaleBy" in required
        wishes = replace(wishes, most_samplings=2 if twice else 1)
    room = 4 - len(constraints.required)
    required = tuple(name for name in dict.fromkeys(required) if name in catalog.classes)[: max(0, room)]
    notes += [*main_notes, *lora_notes, *upscaler_notes, *skip_notes, *fitted.notes, *size_notes]
    notes += [f"No workflow here makes {what}; this one makes a still picture from the text" for what in ask.impossible]
    notes += [f"{what!r} has no meaning in ComfyUI and is left out" for what in ask.unsupported]
    new = replace(
        constraints,
        required=tuple(dict.fromkeys((*constraints.required, *required))),
        forbidden=constraints.forbidden | (forbidden - set(constraints.required)),
        wishes=wishes,
    )
    return Asked(
        ask, new, given, tuple(notes), tuple(_tagged(ask, names)), optional, fitted.reasons, corrections.lora == NONE
    )


def _is_cheap(ask: Ask) -> bool:
    """Return whether a picture is not worth an enlargement: it is to be quick, or is praised by quality tags alone."""
    return ask.effort == "quick" or (ask.effort is None and has_quality_tags(ask.text))


def lora_classes(catalog: Catalog) -> frozenset[str]:
    """Return the names of the classes that load LoRAs."""
    loaders = (name for name, own in catalog.classes.items() if any(spec.folder == "loras" for spec in own.inputs))
    return frozenset(loaders)


def _missing_note(mention: Mention) -> str:
    what = {"lora": "LoRA", "model": "model", "upscaler": "upscaler"}[mention.sort]
    nearest = f"; the nearest that is: {', '.join(mention.nearest)}" if mention.nearest else ""
    return f"The {what} {mention.words!r} is not installed{nearest}"


def _mains(ask: Ask, names: InstalledNames, catalog: Catalog) -> tuple[frozenset[str], list[str]]:
    """Return the aliases of the main models that are asked for, and notes on those that there are not."""
    found: set[str] = set()
    notes: list[str] = []
    for mention in ask.mentions:
        if mention.sort == "model" and mention.family is not None:
            usable = main_models(catalog, Constraints(families=frozenset({mention.family})))
            found |= {file.alias for file in _called(mention.words, mention.family, usable)}
        elif mention.sort == "model":
            found |= set(mention.aliases)
    if ask.model and not found:
        targets = names.named(ask.model, "model")
        found |= {target.alias for target in targets if target.alias}
        if not targets:
            notes.append(f"The model {ask.model!r} is not installed")
    return frozenset(found), notes


def _called(words: str, family: str, files: tuple[ModelFile, ...]) -> tuple[ModelFile, ...]:
    """Return the files of a family whose names hold the words that named it, such as "flux schnell"; else all.

    "Stable diffusion" tells nothing: what is made from it is called so as well.
    """
    little = (family, "stable", "diffusion", "image")
    wanted = [
        word
        for word in re.findall(r"[a-z]+", words.lower())
        if len(word) > 2 and not any(word in one for one in little)
    ]
    holding = {word: {file.alias for file in files if word in normalised(file.name)} for word in wanted}
    telling = [aliases for aliases in holding.values() if 0 < len(aliases) < len(files)]
    return tuple(file for file in files if all(file.alias in aliases for aliases in telling)) or files


def _meant(aliases: Sequence[str], mains: frozenset[str], catalog: Catalog) -> str:
    """Return which of several LoRAs is meant: one that a named main model takes, of the best family."""
    loras = [file for alias in aliases if (file := catalog.by_alias(alias)) is not None]
    named = [file for alias in mains if (file := catalog.by_alias(alias)) is not None]
    taken = [lora for lora in loras if any(fits_main(lora, main) for main in named)] or loras
    installed = {family for file in catalog.models if file.role in MAIN_ROLES for family in file.families}
    return max(taken, key=lambda lora: max((generation(one) for one in lora.families & installed), default=0.0)).alias


def _loras(
    ask: Ask, names: InstalledNames, mains: frozenset[str], catalog: Catalog
) -> tuple[tuple[tuple[str, float | None], ...], list[str]]:
    """Return alias and weight of each LoRA that is asked for, and notes on those that there are not."""
    found: dict[str, float | None] = {}
    notes: list[str] = []
    for mention in ask.mentions:
        if mention.sort == "lora" and mention.aliases:
            found.setdefault(_meant(mention.aliases, mains, catalog), mention.weight)
    tagged = dict(_tagged(ask, names))
    for named in ask.loras:
        if named.name not in tagged:
            notes.append(f"The LoRA {named.name!r} is not installed")
        else:
            found[tagged[named.name]] = None if named.weight is None else max(-4.0, min(4.0, named.weight))
    return tuple(found.items()), notes


def _tagged(ask: Ask, names: InstalledNames) -> Iterator[tuple[str, str]]:
    """Yield name and alias of each installed LoRA that a tag names."""
    for named in ask.loras:
        targets: list[Target] = names.named(named.name, "lora")
        alias = next((target.alias for target in targets if target.alias), None)
        if alias is not None:
            yield named.name, alias


def _upscalers(ask: Ask, names: InstalledNames) -> tuple[frozenset[str], list[str]]:
    """Return the aliases of the upscale models that are asked for, and a note where there is none."""
    name = ask.enlargement.upscaler if ask.enlargement else None
    targets = names.named(name, "upscaler") if name else []
    found = frozenset(target.alias for target in targets if target.alias)
    return found, [] if found or not name else [f"The upscaler {name!r} is not installed"]


def _usable(ask: Ask, catalog: Catalog, constraints: Constraints) -> tuple[tuple[ModelFile, ...], list[str]]:
    """Return the main models that lead to a workflow; where layers of CLIP are to be skipped, those that allow it.

    Raises as `Grammar` does where the constraints alone cannot be met.
    """
    skips = ask.clip_skip is not None and ask.clip_skip > 1
    if skips and "CLIPSetLastLayer" in catalog.classes and len(constraints.required) < 4:
        needed = tuple(dict.fromkeys((*constraints.required, "CLIPSetLastLayer")))
        try:
            return kept_mains(catalog, replace(constraints, required=needed)), []
        except ConstraintError:
            return kept_mains(catalog, constraints), [
                f"No model here skips layers of CLIP, as clip skip {ask.clip_skip} asks"
            ]
    return kept_mains(catalog, constraints), []
