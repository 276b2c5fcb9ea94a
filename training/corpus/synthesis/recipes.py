"""Workflows as a person would wire them, family by family, for what `choosing` has picked.

The shapes are those of the official templates (comfyui-workflow-templates-json 0.1.123): which loader, which latent,
which sampling nodes, what stands for a negative prompt that has no effect. How a family is wired stands in its record
(`families.family.Wiring`). Everything drawn is then written under the grammar, so that nothing is learned that could
not be generated.
"""

from __future__ import annotations

import re
from random import Random

from ....miniature.family import FAMILY as MINIATURE
from ....workflow.catalog.good_at import good_at
from ....workflow.families.lookup import FAMILIES, wiring_of
from ....workflow.families.names import normalised
from ....workflow.families.recommended import UNKNOWN
from ....workflow.graph import Link, Text, Workflow
from ....workflow.recommended_settings import saves_steps
from .choosing import Installation, Picks, choose
from .loaders import load, with_lora, with_model_lora
from .stages import Canvas, Finish, Wired, sample
from .texts import negative_text, positive_text, style_phrases, without
from .wanted import Wanted
from .zoo_workflows import draw_workflow

_MOST_PATCHES = 2
"""Patches of a model, as the grammar has it."""


def draw(installation: Installation, wanted: Wanted, random: Random) -> Workflow | None:
    """Return one workflow for what is wanted on this installation; None where nothing can be made."""
    picks = choose(installation, wanted, random)
    if picks is None:
        return None
    if picks.family == MINIATURE.name:  # which is sampled in more ways than any other
        return draw_workflow(installation, wanted.text, random)
    return wire(installation, picks, wanted.text, random)


def wire(installation: Installation, picks: Picks, prompt: str, random: Random) -> Workflow:
    """Return the workflow of a recipe for what has been picked."""
    return Recipe(installation, picks, prompt, random).wire()


class Recipe:
    """The parts of one workflow, drawn for what has been picked."""

    def __init__(self, installation: Installation, picks: Picks, prompt: str, random: Random) -> None:
        self.installation, self.picks, self.prompt, self.random = installation, picks, prompt, random
        self.canvas = Canvas(installation.catalog, exact=picks.wanted.numbers | self._asked_size())
        self.family = picks.family
        self.wiring = wiring_of(picks.family)
        self.asked_loras = picks.wanted.loras(picks.main.alias)
        self.encodes_all = picks.range.latent == self.wiring.text_class  # one node for both texts and the latent

    def _asked_size(self) -> frozenset[float]:
        wishes = self.picks.wanted.wishes
        asked = wishes.size is not None or wishes.ratio is not None
        return frozenset((self.picks.width, self.picks.height)) if asked else frozenset()

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def wire(self) -> Workflow:
        """Return the workflow: loaders, texts, the first sampling and the stages after it."""
        model, clip, vae = load(self.canvas, self.installation, self.picks.main, self.random)
        if self.asked_loras:  # what is asked for is written first, so nearest to the sampler
            model = self._patched(model)
            model, clip = self._loras(model, clip)
        else:
            model, clip = self._loras(model, clip)
            model = self._patched(model)
        if self.encodes_all:
            positive, negative, latent = self._texts_and_latent(clip, vae)
        else:
            clip = self._skipped(clip)
            positive = self._positive(clip)
            negative = positive
        pipeline = self._pipeline()
        if not self.encodes_all:
            if pipeline != "basic":
                negative = self._negative(clip, positive)
            positive, negative = self._guided(positive, negative)
            latent = self._latent()
        wired = Wired(model, vae, positive, negative, pipeline)
        samples = sample(self.canvas, self.picks, wired, latent)
        self._finish_for(wired).save(samples)
        return self.canvas.workflow()

    def _finish_for(self, wired: Wired) -> Finish:
        return Finish(self.canvas, self.installation, self.picks, wired, self.random, self.picks.stages)

    # -- the model -------------------------------------------------------------------------------------------

    def _loras(self, model: Link, clip: Link) -> tuple[Link, Link]:
        """Return MODEL and CLIP with the LoRAs on them."""
        for file in self.picks.loras:
            fast = saves_steps(self.family, file)
            steps = (1.0,) if fast else (0.5, 0.6, 0.7, 0.75, 0.8, 0.8, 0.9, 1.0, 1.0)
            asked = self.asked_loras.get(file.alias)
            strength = self.random.choice(steps) if asked is None else asked
            own = file.alias not in self.asked_loras
            if own and (fast or (self.picks.main.role != "checkpoint" and self._chance(0.8))):
                model = with_model_lora(self.canvas, model, file, strength)
            else:
                model, clip = with_lora(self.canvas, model, clip, file, strength)
        return model, clip

    def _patched(self, model: Link) -> Link:
        """Return MODEL with the noise schedule and the patches that the family is used with."""
        picks, name = self.picks, normalised(self.picks.main.name)
        ranges, before = picks.range, len(self.canvas.nodes)
        if ranges.shift_class and ranges.shift and self._chance(0.85 if picks.main.role != "checkpoint" else 0.35):
            shifts = ranges.shift if ranges.distilled else self.wiring.shifts or ranges.shift
            model = self.canvas.link(ranges.shift_class, model=model, shift=self.random.choice(shifts))
        wiring = self.wiring
        if self._chance(wiring.distilled_resolution_shift if ranges.distilled else wiring.resolution_shift):
            model = self.canvas.link("ModelSamplingFlux", model=model, width=picks.width, height=picks.height)
        if wiring.cfg_norm and picks.cfg > 1 and self._chance(wiring.cfg_norm):
            model = self.canvas.link("CFGNorm", model=model)
        for words, node_class, share in wiring.named_patches:
            if re.search(words, name) and self._chance(share):
                model = self.canvas.link(node_class, model=model)
        if picks.negative and not ranges.distilled and len(self.canvas.nodes) - before < _MOST_PATCHES:
            model = self._guidance_patch(model, name)
        return model

    def _guidance_patch(self, model: Link, name: str) -> Link:
        """Return MODEL with at most one of the patches that people put between the model and the sampler."""
        if re.search(r"v_?pred", name) and self._chance(0.7):
            return self.canvas.link("RescaleCFG", model=model)
        roll = self.random.random()
        for name, share in (("APG", 0.01), ("RescaleCFG", 0.02), *self.wiring.patches):
            roll -= share
            if roll < 0:
                return self.canvas.link(name, model=model) if self.canvas.has(name) else model
        return model

    def _skipped(self, clip: Link) -> Link:
        """Return CLIP, without its last layer where anime models of the family are used so."""
        drawn = "anime" in good_at(self.picks.main)
        asked = self.picks.wanted.wishes.last_clip_layer
        if asked is not None:
            return self.canvas.link("CLIPSetLastLayer", clip=clip, stop_at_clip_layer=asked)
        if self.wiring.clip_skip and self._chance(0.5 if drawn else 0.03):
            return self.canvas.link("CLIPSetLastLayer", clip=clip, stop_at_clip_layer=-2)
        return clip

    # -- texts -------------------------------------------------------------------------------------------------

    def _styled(self) -> float:
        return (0.45 if self._tags() else 0.15) * (0.3 if "quick" in self.picks.cues else 1.0)

    def _tags(self) -> bool:
        return self.family == UNKNOWN or FAMILIES[self.family].dialect == "tags"

    def _prompt_text(self) -> Text:
        text = positive_text(self.picks.cues, self._styled(), self.random)
        return without(text, self.picks.wanted.wishes.unfit_phrases[0])

    def _positive(self, clip: Link) -> Link:
        """Return the conditioning of the prompt, by CLIPTextEncode or the family's own class."""
        text = self._prompt_text()
        own = {"CLIPTextEncodeFlux": self._positive_flux, "CLIPTextEncodeSDXL": self._positive_sdxl}
        write = own.get(self.wiring.text_class)
        if write is not None and self._chance(self.wiring.text_class_share):
            return write(clip, text)
        plain = self.canvas.link("CLIPTextEncode", clip=clip, text=text)
        if text.phrases or not self._chance(0.07):
            return plain
        unfit = self.picks.wanted.wishes.unfit_phrases[0]
        phrases = without(Text(False, style_phrases(self.picks.cues, self.random)), unfit)
        if not phrases.phrases:
            return plain
        other = self.canvas.link("CLIPTextEncode", clip=clip, text=phrases)
        how = self.random.choice(("ConditioningConcat", "ConditioningConcat", "ConditioningCombine"))
        if how == "ConditioningConcat":
            return self.canvas.link(how, conditioning_to=plain, conditioning_from=other)
        return self.canvas.link(how, conditioning_1=plain, conditioning_2=other)

    def _positive_sdxl(self, clip: Link, text: Text) -> Link:
        width, height = self.picks.width, self.picks.height
        return self.canvas.link(
            "CLIPTextEncodeSDXL",
            clip=clip,
            width=width,
            height=height,
            target_width=width,
            target_height=height,
            text_g=Text(True),
            text_l=text,
        )

    def _positive_flux(self, clip: Link, text: Text) -> Link:
        return self.canvas.link(
            "CLIPTextEncodeFlux", clip=clip, clip_l=text, t5xxl=Text(True), guidance=self._guidance()
        )

    def _guidance(self) -> float:
        low, high = self.picks.range.guidance or (3.5, 3.5)
        return self.random.choice([value / 2 for value in range(round(2 * low), round(2 * high) + 1)])

    def _negative(self, clip: Link, positive: Link) -> Link:
        """Return the conditioning of the negative prompt, or what stands for it where it has no effect."""
        if not self.picks.negative:
            if self._chance(0.85 if self.wiring.zero_out else 0.4):
                return self.canvas.link("ConditioningZeroOut", conditioning=positive)
            return self.canvas.link("CLIPTextEncode", clip=clip, text=Text(False))
        return self.canvas.link("CLIPTextEncode", clip=clip, text=self._negative_text(6 if self._tags() else 4))

    def _negative_text(self, most: int) -> Text:
        text = negative_text(self.picks.cues, self.prompt, most, self.random)
        return without(text, self.picks.wanted.wishes.unfit_phrases[1])

    def _guided(self, positive: Link, negative: Link) -> tuple[Link, Link]:
        """Return both conditionings, with FluxGuidance where it has an effect."""
        done = self.canvas.nodes[positive.node].class_type == "CLIPTextEncodeFlux"
        words, name = self.wiring.unguided_words, normalised(self.picks.main.name)
        unguided = self.picks.range.distilled and words and re.search(words, name)
        if done or unguided or not self._chance(self.wiring.guidance_share):
            return positive, negative
        guidance = self._guidance()
        guided = self.canvas.link("FluxGuidance", conditioning=positive, guidance=guidance)
        if self.wiring.guides_negative:
            negative = self.canvas.link("FluxGuidance", conditioning=negative, guidance=guidance)
        return guided, negative

    def _texts_and_latent(self, clip: Link, vae: Link) -> tuple[Link, Link, Link]:
        """Return positive, negative and latent of the one node that makes all three."""
        texts = self._prompt_text()
        negative = self._negative_text(4) if self.picks.negative else Text(False)
        node = self.canvas.add(
            self.wiring.text_class,
            clip=clip,
            vae=vae,
            prompt=texts,
            negative_prompt=negative,
            width=self.picks.width,
            height=self.picks.height,
        )
        return Link(node, 0), Link(node, 1), Link(node, 2)

    # -- sampling ----------------------------------------------------------------------------------------------

    def _latent(self) -> Link:
        """Return the first latent."""
        name = self.picks.range.latent if self.canvas.has(self.picks.range.latent) else "EmptyLatentImage"
        return self.canvas.link(name, width=self.picks.width, height=self.picks.height)

    def _pipeline(self) -> str:
        """Return which nodes sample (`Wiring.pipelines`)."""
        if self.picks.scheduler == "SDTurboScheduler":
            return "custom"
        kinds = self.wiring.pipelines
        if self.picks.wanted.exact:  # nodes that take all that may be asked for
            kinds = tuple(each for each in kinds if each[0] in ("ksampler", "cfg")) or (("cfg", 1.0),)
        kind = self.random.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        if kind == "cfg" and self.picks.cfg == 1 and self._chance(0.5):
            return "basic"
        return kind
