"""Workflows as a person would wire them, family by family, for what `choosing` has picked.

The shapes are those of the official templates (comfyui-workflow-templates-json 0.1.123): which loader, which latent,
which sampling nodes, what stands for a negative prompt that has no effect. Everything drawn is then written under
the grammar, so that nothing is learned that could not be generated.
"""

from __future__ import annotations

import re
from random import Random

from ....workflow.graph import Link, Text, Workflow
from ..installations.traits import traits
from .choosing import Installation, Picks, choose
from .loaders import load, with_lora, with_model_lora
from .recommended import MINIATURE, UNKNOWN, few_steps, plain_name
from .stages import Canvas, Finish, Wired, sample
from .texts import negative_text, positive_text, style_phrases
from .zoo_workflows import draw_workflow

# How often each family is sampled by which nodes; by KSampler where nothing else is said. Sources: the templates of
# the family; examples flux__girl_in_field.
_PIPELINES: dict[str, tuple[tuple[str, float], ...]] = {
    "sd15": (("ksampler", 0.95), ("custom", 0.02), ("cfg", 0.03)),
    "sdxl": (("ksampler", 0.95), ("custom", 0.02), ("cfg", 0.03)),
    "flux": (("ksampler", 0.6), ("basic", 0.4)),
    "flux2": (("basic", 1.0),),
    "flux2_klein_4b": (("cfg", 1.0),),
    "flux2_klein_9b": (("cfg", 1.0),),
    "chroma": (("cfg", 0.6), ("ksampler", 0.4)),
    "omnigen2": (("dual", 0.7), ("ksampler", 0.3)),
    "lens": (("custom", 0.8), ("ksampler", 0.2)),
    "ming_image": (("basic", 1.0),),
}
_USUAL = (("ksampler", 0.94), ("cfg", 0.06))
_SHIFTS = {"qwen_image": (3.1, 3.1, 3.1, 3.0, 5.0, 7.0)}
# ConditioningZeroOut in these families' templates, an empty text in the others'.
_ZERO_OUT = frozenset(
    {"flux", "z_image", "krea2", "boogu", "ernie_image", "qwen_image", "flux2_klein_4b", "flux2_klein_9b"}
)
_TAGS = frozenset({"sd15", "sd2", "sdxl", "sd3", "anima", "hunyuan_dit", UNKNOWN})
"""Families that are prompted in tags, to which style words are added more often."""


def draw(installation: Installation, prompt: str, random: Random) -> Workflow | None:
    """One workflow for `prompt` on this installation; None where nothing can be made."""
    picks = choose(installation, prompt, random)
    if picks is None:
        return None
    if picks.family == MINIATURE:  # which is sampled in more ways than any other
        return draw_workflow(installation, prompt, random)
    return wire(installation, picks, prompt, random)


def wire(installation: Installation, picks: Picks, prompt: str, random: Random) -> Workflow:
    """The workflow of a recipe for what has been picked."""
    return Recipe(installation, picks, prompt, random).wire()


class Recipe:
    """The parts of one workflow, drawn for what has been picked."""

    def __init__(self, installation: Installation, picks: Picks, prompt: str, random: Random) -> None:
        self.installation, self.picks, self.prompt, self.random = installation, picks, prompt, random
        self.canvas = Canvas(installation.catalog)
        self.family = picks.family

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def wire(self) -> Workflow:
        model, clip, vae = load(self.canvas, self.installation, self.picks.main, self.random)
        model, clip = self._loras(model, clip)
        model = self._patched(model)
        if self.family == "mage":
            positive, negative, latent = self._mage(clip, vae)
        else:
            clip = self._skipped(clip)
            positive = self._positive(clip)
            negative = positive
        pipeline = self._pipeline()
        if self.family != "mage":
            if pipeline != "basic":
                negative = self._negative(clip, positive)
            positive, negative = self._guided(positive, negative)
            latent = self._latent()
        wired = Wired(model, vae, positive, negative, pipeline)
        samples = sample(self.canvas, self.picks, wired, latent)
        Finish(self.canvas, self.installation, self.picks, wired, self.random, self.picks.stages).save(samples)
        return self.canvas.workflow()

    # -- the model -------------------------------------------------------------------------------------------

    def _loras(self, model: Link, clip: Link) -> tuple[Link, Link]:
        for file in self.picks.loras:
            fast = few_steps(self.family, file.name) is not None
            steps = (1.0,) if fast else (0.5, 0.6, 0.7, 0.75, 0.8, 0.8, 0.9, 1.0, 1.0)
            strength = self.random.choice(steps)
            if fast or (self.picks.main.role != "checkpoint" and self._chance(0.8)):
                model = with_model_lora(self.canvas, model, file, strength)
            else:
                model, clip = with_lora(self.canvas, model, clip, file, strength)
        return model, clip

    def _patched(self, model: Link) -> Link:
        picks, name = self.picks, plain_name(self.picks.main.name)
        ranges = picks.range
        if ranges.shift_class and ranges.shift and self._chance(0.85 if picks.main.role != "checkpoint" else 0.35):
            shifts = ranges.shift if ranges.few else _SHIFTS.get(self.family, ranges.shift)
            model = self.canvas.link(ranges.shift_class, model=model, shift=self.random.choice(shifts))
        shifted = {"flux": 0.0 if ranges.few else 0.2, "lens": 0.85, "ming_image": 0.85}.get(self.family, 0.0)
        if self._chance(shifted):
            model = self.canvas.link("ModelSamplingFlux", model=model, width=picks.width, height=picks.height)
        if self.family in ("longcat_image", "lens") and self._chance(0.8):
            model = self.canvas.link("CFGNorm", model=model)
        if self.family == "sd3" and "medium" in name and self._chance(0.3):
            model = self.canvas.link("SkipLayerGuidanceSD3", model=model)
        if picks.negative and not ranges.few:
            model = self._guidance_patch(model, name)
        return model

    def _guidance_patch(self, model: Link, name: str) -> Link:
        """At most one of the patches that people put between the model and the sampler."""
        if re.search(r"v_?pred", name) and self._chance(0.7):
            return self.canvas.link("RescaleCFG", model=model)
        patches: list[tuple[str, float]] = [("APG", 0.01), ("RescaleCFG", 0.02)]
        if self.family in ("sd15", "sdxl"):
            patches += [("PerturbedAttentionGuidance", 0.04), ("FreeU_V2", 0.04)]
        if self.family == "lumina2":
            patches.append(("RenormCFG", 0.1))
        roll = self.random.random()
        for name, share in patches:
            roll -= share
            if roll < 0:
                return self.canvas.link(name, model=model) if self.canvas.has(name) else model
        return model

    def _skipped(self, clip: Link) -> Link:
        """The last layer of CLIP left out, as anime models of the U-Net families are used."""
        drawn = "anime" in traits(self.picks.main.alias)
        if self.family in ("sd15", "sdxl") and self._chance(0.5 if drawn else 0.03):
            return self.canvas.link("CLIPSetLastLayer", clip=clip, stop_at_clip_layer=-2)
        return clip

    # -- texts -------------------------------------------------------------------------------------------------

    def _styled(self) -> float:
        return (0.45 if self._tags() else 0.15) * (0.3 if "quick" in self.picks.cues else 1.0)

    def _tags(self) -> bool:
        return self.family in _TAGS

    def _prompt_text(self) -> Text:
        return positive_text(self.picks.cues, self._styled(), self.random)

    def _positive(self, clip: Link) -> Link:
        text = self._prompt_text()
        if self.family == "flux" and self._chance(0.08):
            return self._positive_flux(clip, text)
        if self.family == "sdxl" and self._chance(0.06):
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
        plain = self.canvas.link("CLIPTextEncode", clip=clip, text=text)
        if self.family == "mage" or text.phrases or not self._chance(0.07):
            return plain
        phrases = Text(False, style_phrases(self.picks.cues, self.random))
        other = self.canvas.link("CLIPTextEncode", clip=clip, text=phrases)
        how = self.random.choice(("ConditioningConcat", "ConditioningConcat", "ConditioningCombine"))
        if how == "ConditioningConcat":
            return self.canvas.link(how, conditioning_to=plain, conditioning_from=other)
        return self.canvas.link(how, conditioning_1=plain, conditioning_2=other)

    def _positive_flux(self, clip: Link, text: Text) -> Link:
        return self.canvas.link(
            "CLIPTextEncodeFlux", clip=clip, clip_l=text, t5xxl=Text(True), guidance=self._guidance()
        )

    def _guidance(self) -> float:
        low, high = self.picks.range.guidance or (3.5, 3.5)
        return self.random.choice([value / 2 for value in range(round(2 * low), round(2 * high) + 1)])

    def _negative(self, clip: Link, positive: Link) -> Link:
        if not self.picks.negative:
            if self._chance(0.85 if self.family in _ZERO_OUT else 0.4):
                return self.canvas.link("ConditioningZeroOut", conditioning=positive)
            return self.canvas.link("CLIPTextEncode", clip=clip, text=Text(False))
        text = negative_text(self.picks.cues, self.prompt, 6 if self._tags() else 4, self.random)
        return self.canvas.link("CLIPTextEncode", clip=clip, text=text)

    def _guided(self, positive: Link, negative: Link) -> tuple[Link, Link]:
        """FluxGuidance on what it has an effect on."""
        done = self.canvas.nodes[positive.node].class_type == "CLIPTextEncodeFlux"
        share = {"flux": 0.75, "flux2": 0.95, "longcat_image": 0.9}.get(self.family, 0.0)
        few = self.picks.range.few and "schnell" in plain_name(self.picks.main.name)
        if done or few or not self._chance(share):
            return positive, negative
        guidance = self._guidance()
        guided = self.canvas.link("FluxGuidance", conditioning=positive, guidance=guidance)
        if self.family == "longcat_image":
            negative = self.canvas.link("FluxGuidance", conditioning=negative, guidance=guidance)
        return guided, negative

    def _mage(self, clip: Link, vae: Link) -> tuple[Link, Link, Link]:
        """One node encodes both texts and makes the latent."""
        texts = self._prompt_text()
        negative = negative_text(self.picks.cues, self.prompt, 4, self.random) if self.picks.negative else Text(False)
        node = self.canvas.add(
            "TextEncodeMageFlowEdit",
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
        name = self.picks.range.latent if self.canvas.has(self.picks.range.latent) else "EmptyLatentImage"
        return self.canvas.link(name, width=self.picks.width, height=self.picks.height)

    def _pipeline(self) -> str:
        if self.picks.scheduler == "SDTurboScheduler":
            return "custom"
        kinds = _PIPELINES.get(self.family, _USUAL)
        kind = self.random.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        if kind == "cfg" and self.picks.cfg == 1 and self._chance(0.5):
            return "basic"
        return kind
