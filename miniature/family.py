"""The miniature's family: an SD3 of a few million parameters, with one text encoder."""

from __future__ import annotations

from ..workflow.families.family import DistilledRange, Family, LatentSpace, SamplingRange, Variant, one_encoder
from ..workflow.families.headers import Header, LoraLayers
from ..workflow.families.node_classes import SIXTEEN_CHANNELS
from ..workflow.families.sd3 import NARROWEST_SD3, is_joint


def _is_miniature(header: Header) -> bool:
    width = header.size("x_embedder.proj.weight", 0)
    return is_joint(header) and width is not None and width < NARROWEST_SD3


def _is_lora(layers: LoraLayers) -> bool:
    width = layers.joint_block_width
    return layers.architecture == "joint_blocks" and width is not None and width < NARROWEST_SD3


FAMILY = Family(
    name="miniature",
    file_words="(^|_)miniature(_|$)",
    native_side=64,
    diffusion=_is_miniature,
    lora=_is_lora,
    comfyui_classes=("SD3",),
    encoder_loading=one_encoder("sd3", "clip_l"),
    latent_space=LatentSpace(
        "miniature", r"(^|_)miniature(_|$)", lambda header: header.latent_channels == 16 and header.tiny
    ),
    node_classes=(*SIXTEEN_CHANNELS, "ModelSamplingSD3", "CLIPSetLastLayer"),
    sampling=SamplingRange(
        steps=(10, 24),
        cfg=(2.5, 5.0),
        samplers=("euler", "dpmpp_2m", "res_multistep"),
        schedulers=("normal", "simple", "sgm_uniform"),
        megapixels=(0.004, 0.0165),
        source="our choice: trained on 64 x 64 and shapes of about that area (miniature/train.py)",
    ),
    variants=(Variant("Turbo", "turbo", DistilledRange((4, 8), (1.0, 1.5), "our choice: distilled to 4 steps")),),
)
