"""Node classes of ComfyUI's core that are meant for the same group of families.

A family's record names its classes one by one; what stands here are the groups that many records share. Sources: the
class's own code in comfy_extras (latent channels, the text encoder it tokenizes for, the attention it patches), and
for those that serve several families the templates that use it.
"""

from __future__ import annotations

ANY_FAMILY = frozenset(
    {"FluxKontextImageScale", "LTXVPreprocess", "ControlNetApplySD3", "DualCLIPLoader", "CLIPLoader"}
)
"""Classes for any family although their name sounds like one: what they take is an IMAGE, or their link types show
which family it is."""

UNET = (
    "FreeU", "FreeU_V2", "HyperTile", "PatchModelAddDownscale", "SelfAttentionGuidance", "PerturbedAttentionGuidance",
    "UNetSelfAttentionMultiply", "UNetCrossAttentionMultiply", "UNetTemporalAttentionMultiply",
    "CLIPAttentionMultiply", "TomePatchModel", "HypernetworkLoader", "CLIPSetLastLayer", "ControlNetApply",
)  # fmt: skip
"""Patches of the U-Nets' attention, CLIP's last layer, and ControlNets without a VAE."""

HIGH_NOISE = (
    "KarrasScheduler", "ExponentialScheduler", "PolyexponentialScheduler", "LaplaceScheduler", "VPScheduler",
    "GITSScheduler", "AlignYourStepsScheduler", "SetFirstSigma", "ModelSamplingContinuousEDM",
)  # fmt: skip
"""Noise levels far above 1, the highest that a model of flow matching knows. It makes NaN of them, and samplers that
draw noise between two levels then never end."""

DISCRETE = ("ModelSamplingDiscrete", "ModelSamplingContinuousV", *HIGH_NOISE)
"""Noise schedules of the models that learned from discrete steps."""

TRANSFORMER = ("SkipLayerGuidanceDiT", "SkipLayerGuidanceDiTSimple")
"""Guidance that leaves out transformer layers."""

T5 = ("T5TokenizerOptions",)
"""Options of the tokenizer of T5."""

EIGHTH = ("EmptyLatentImage",)
"""An empty latent of an eighth of the picture's side: ComfyUI gives it the model's channels (comfy/sample.py,
fix_empty_latent_channels), so it serves every family of that ratio. ComfyUI 0.33 corrects the ratio as well."""

SIXTEEN_CHANNELS = (*EIGHTH, "EmptySD3LatentImage")
"""Empty latents of an eighth of the picture's side, for families of 16 channels."""

LTX = ("ModelSamplingLTXV", "LTXVScheduler", "ModelMergeLTXV")
"""Sampling of LTX-Video, of whichever version."""

AUDIO_VAE = ("VAEDecodeAudio", "VAEEncodeAudio", "VAEDecodeAudioTiled")
"""What makes sound of latents."""
