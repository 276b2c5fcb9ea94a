"""AuraFlow, and Pony V7, which is built on it."""

from __future__ import annotations

from .family import Family, FamilyFiles, Popularity, SamplingRange
from .headers import Header
from .latent_spaces import SDXL
from .node_classes import EIGHTH, TRANSFORMER


def _is_auraflow(header: Header) -> bool:
    return "double_layers.0.attn.w1q.weight" in header or "joint_transformer_blocks.0.attn.add_k_proj.weight" in header


FAMILY = Family(
    name="auraflow",
    title="AuraFlow",
    file_words="aura_?flow|pony_?v7",
    native_side=1024,
    diffusion=_is_auraflow,
    comfyui_classes=("AuraFlow",),
    latent_space=SDXL,
    node_classes=(*EIGHTH, *TRANSFORMER, "ModelSamplingAuraFlow", "ModelMergeAuraflow"),
    sampling=SamplingRange(
        steps=(20, 36),
        cfg=(3.0, 4.5),
        samplers=("uni_pc", "euler"),
        schedulers=("normal", "simple"),
        megapixels=(0.75, 1.6),
        source="card: fal/AuraFlow (50 steps, guidance 3.5, 1024 x 1024); ranges ours",
        latent="EmptyLatentImage",
        shift=(1.73, 1.73),
        shift_class="ModelSamplingAuraFlow",
    ),
    popularity=Popularity(
        weight=2, checkpoints=1.0, name_tags=("_auraflow", "-auraflow", "AuraFlow", "_aura_flow", "auraflow_")
    ),
    files=FamilyFiles(
        checkpoints="""
            *aura_flow_0.3.safetensors
            aura_flow_0.2.safetensors
            aura_flow_0.1.safetensors
            ponyV7_v70.safetensors anime
        """,
    ),
)
