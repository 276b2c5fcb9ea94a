"""Samplers and distillations that several families share, with their sources."""

from __future__ import annotations

from .family import DistilledRange, Variant

STABLE_DIFFUSION_SAMPLERS = (
    "euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_sde", "dpmpp_sde", "dpmpp_3m_sde", "uni_pc", "ddim",
)  # fmt: skip
STABLE_DIFFUSION_SCHEDULERS = ("normal", "karras", "simple", "exponential")
FAST_SAMPLERS = ("euler", "euler_ancestral", "lcm", "dpmpp_sde")
FAST_SCHEDULERS = ("sgm_uniform", "simple", "normal")

LCM = Variant(
    "LCM",
    r"lcm",
    DistilledRange(
        (4, 8),
        (1.0, 2.0),
        "card: latent-consistency/lcm-lora-sdv1-5 and -sdxl (4 to 8 steps, guidance 1 to 2)",
        samplers=("lcm",),
        schedulers=("sgm_uniform", "simple", "normal"),
    ),
)
HYPER = Variant(
    "Hyper",
    r"hyper(?!real)",
    DistilledRange(
        (4, 12),
        (1.0, 2.0),
        "card: ByteDance/Hyper-SD (as many steps as the name says, guidance 0; the CFG variants 12 steps and more)",
        samplers=FAST_SAMPLERS,
        schedulers=FAST_SCHEDULERS,
    ),
)
LIGHTNING = Variant(
    "Lightning",
    r"lightning",
    DistilledRange(
        (4, 8),
        (1.0, 2.0),
        "card: ByteDance/SDXL-Lightning (2, 4 or 8 steps by name, euler, sgm_uniform, cfg 1); fine-tunes up to cfg 2",
        samplers=FAST_SAMPLERS,
        schedulers=FAST_SCHEDULERS,
    ),
)
DMD2 = Variant(
    "DMD2",
    r"dmd2?",
    DistilledRange(
        (4, 8),
        (1.0, 1.5),
        "card: tianweiy/DMD2 (4 steps, lcm)",
        samplers=("lcm",),
        schedulers=("sgm_uniform", "simple"),
    ),
)
