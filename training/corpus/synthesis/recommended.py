"""How each family is meant to be sampled: the ranges that the corpus stays in, each with its source.

Sources are the official templates of comfyui-workflow-templates-json 0.1.123, by name, whose nodes hold the values
(the switch of a template that offers a fast variant counts as two), the example workflows of the ComfyUI
documentation ("examples:"), and the publishers' model cards. Where a template shows one number, the range around it
is our choice. Megapixels are those of the first latent's picture, 1 = 1,000,000 pixels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

Interval = tuple[float, float]

MINIATURE, UNKNOWN = "miniature", "unknown"
"""The zoo's family (training/miniature), and the key of RECOMMENDED for checkpoints of unknown family."""


@dataclass(frozen=True, slots=True)
class Few:
    """A distilled variant of a family, known by a word in the name of its file or LoRA. None: as the family."""

    words: str  # a regular expression over the lower-case name
    steps: tuple[int, int]
    cfg: Interval
    source: str
    samplers: tuple[str, ...] | None = None
    schedulers: tuple[str, ...] | None = None
    megapixels: Interval | None = None
    shift: Interval | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """What is recommended for a family. Intervals include both ends. A scheduler may be the name of a node class that
    makes the sigmas."""

    steps: tuple[int, int]
    cfg: Interval
    samplers: tuple[str, ...]
    schedulers: tuple[str, ...]
    megapixels: Interval
    source: str
    latent: str = "EmptySD3LatentImage"
    guidance: Interval | None = None  # FluxGuidance
    shift: Interval | None = None
    shift_class: str | None = None  # the node that sets the shift
    negative: bool = True  # whether a negative prompt has an effect
    few_steps: tuple[Few, ...] = ()
    few: bool = False  # whether this is a distilled variant's range

    def quick_steps(self) -> int:
        """The most steps that still count as quick: the lowest third of the range."""
        return self.steps[0] + (self.steps[1] - self.steps[0]) // 3

    def detailed_steps(self) -> int:
        """The fewest steps that count as detailed: the highest quarter of the range."""
        return self.steps[1] - (self.steps[1] - self.steps[0]) // 4


_SD = ("euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_sde", "dpmpp_sde", "dpmpp_3m_sde", "uni_pc", "ddim")
_SD_SCHEDULERS = ("normal", "karras", "simple", "exponential")
_FAST = ("euler", "euler_ancestral", "lcm", "dpmpp_sde")
_FAST_SCHEDULERS = ("sgm_uniform", "simple", "normal")
_FLOW = ("euler", "res_multistep", "dpmpp_2m")
_FLOW_SCHEDULERS = ("simple", "beta", "sgm_uniform")
_SQUARE = (0.75, 1.6)
_LCM = Few(
    r"lcm", (4, 8), (1.0, 2.0), "card: latent-consistency/lcm-lora-sdv1-5 and -sdxl (4 to 8 steps, guidance 1 to 2)",
    ("lcm",), ("sgm_uniform", "simple", "normal"),
)  # fmt: skip
_HYPER = Few(
    r"hyper(?!real)", (4, 12), (1.0, 2.0), "card: ByteDance/Hyper-SD (as many steps as the name says, guidance 0; "
    "the CFG variants 12 steps and more)", _FAST, _FAST_SCHEDULERS,
)  # fmt: skip
_LIGHTNING = Few(
    r"lightning", (4, 8), (1.0, 2.0), "card: ByteDance/SDXL-Lightning (2, 4 or 8 steps by name, euler, sgm_uniform, "
    "cfg 1); fine-tunes up to cfg 2", _FAST, _FAST_SCHEDULERS,
)  # fmt: skip
_DMD2 = Few(r"dmd2?", (4, 8), (1.0, 1.5), "card: tianweiy/DMD2 (4 steps, lcm)", ("lcm",), ("sgm_uniform", "simple"))

RECOMMENDED: dict[str, Range] = {
    MINIATURE: Range(
        (10, 24), (2.5, 5.0), ("euler", "dpmpp_2m", "res_multistep"), ("normal", "simple", "sgm_uniform"),
        (0.004, 0.0165), "our choice: trained on 64 x 64 and shapes of about that area (training/miniature)",
        "EmptySD3LatentImage", few_steps=(Few(r"turbo", (4, 8), (1.0, 1.5), "our choice: distilled to 4 steps"),),
    ),
    UNKNOWN: Range(
        (20, 32), (5.0, 8.0), _SD, _SD_SCHEDULERS, (0.25, 1.1),
        "our choice: between sd15 and sdxl, which nearly all such files are", "EmptyLatentImage",
    ),
    "sd15": Range(
        (16, 36), (5.0, 9.0), _SD, _SD_SCHEDULERS, (0.25, 0.5),
        "examples: lora__lora, hypernetworks (20 steps, cfg 8, 512 x 512), area_composition (dpmpp_sde, 13 steps); "
        "card: stable-diffusion-v1-5 (512 x 512, 50 PLMS steps, guidance 7.5); ranges ours", "EmptyLatentImage",
        few_steps=(_LCM, _HYPER, _LIGHTNING, _DMD2, Few(r"turbo", (4, 8), (1.0, 2.0), "our choice, as sdxl",
                                                         _FAST, _FAST_SCHEDULERS)),
    ),
    "sd2": Range(
        (20, 36), (5.0, 9.0), _SD, _SD_SCHEDULERS, (0.25, 0.65),
        "card: stabilityai/stable-diffusion-2-1 (768 x 768; base 512 x 512, guidance 7.5 to 9); ranges ours",
        "EmptyLatentImage", few_steps=(Few(r"turbo", (1, 4), (1.0, 1.0), "card: stabilityai/sd-turbo"),),
    ),
    "sdxl": Range(
        (20, 40), (4.0, 8.0), _SD, _SD_SCHEDULERS, (0.75, 1.3),
        "templates: image_sdxl_simple (25 steps, cfg 7, dpmpp_2m karras, 1024 x 1024), sdxl_simple_example (25, 8, "
        "euler "
        "normal), sdxl_revision_text_prompts (26, 8, dpmpp_3m_sde_gpu exponential); ranges ours", "EmptyLatentImage",
        few_steps=(
            Few(r"sd_?xl_turbo", (1, 4), (1.0, 1.0), "template: sdxlturbo_example (1 step, cfg 1, euler_ancestral, "
            "512 x 512); card: stabilityai/sdxl-turbo (1 to 4 steps)", ("euler_ancestral", "euler", "dpmpp_sde"),
                ("SDTurboScheduler", "sgm_uniform", "normal"), (0.25, 0.42)),
            _LIGHTNING, _LCM, _HYPER, _DMD2,
            Few(r"turbo", (4, 8), (1.5, 2.5), "card: Lykon/dreamshaper-xl-v2-turbo (4 to 8 steps, cfg 2, dpmpp_sde "
            "karras)",
                ("dpmpp_sde", "euler_ancestral", "euler"), ("karras", "normal", "simple")),
        ),
    ),
    "sd3": Range(
        (20, 40), (3.5, 5.5), ("euler", "dpmpp_2m"), ("sgm_uniform", "simple"), (0.75, 1.4),
        "template: sd3.5_simple_example (20 steps, cfg 4.01, euler sgm_uniform, 1024 x 1024); examples: "
        "sd3__sd3.5_text_encoders_example (cfg 5.45), sd3__sd3_anime_example (32 steps, cfg 3.96, simple); card: "
        "stabilityai/stable-diffusion-3.5-medium (40 steps, 4.5); shift: ComfyUI's default 3", shift=(3.0, 3.0),
        shift_class="ModelSamplingSD3",
        few_steps=(Few(r"turbo", (4, 8), (1.0, 1.2), "card: stabilityai/stable-diffusion-3.5-large-turbo (4 steps, 0)"),
                   Few(r"hyper(?!real)", (4, 16), (1.0, 3.0), "card: ByteDance/Hyper-SD (SD3: 4, 8 or 16 steps, "
                   "CFG 3)")),
    ),
    "flux": Range(
        (18, 32), (1.0, 1.0), ("euler", "dpmpp_2m", "deis"), ("simple", "beta", "normal", "sgm_uniform"), _SQUARE,
        "templates: flux_dev_full_text_to_image, flux1_krea_dev, flux_dev_checkpoint_example (20 steps, cfg 1, euler "
        "simple, 1024 x 1024); guidance: examples flux__girl_in_field (3.5), card black-forest-labs/FLUX.1-dev (3.5), "
        "CLIPTextEncodeFlux of flux_schnell_full_text_to_image (3.5); shift of ModelSamplingFlux: girl_in_field 1.15; "
        "ranges ours", guidance=(2.5, 4.5), negative=False,
        few_steps=(
            Few(r"schnell", (4, 6), (1.0, 1.0), "templates: flux_schnell, flux_schnell_full_text_to_image (4 steps)"),
            Few(r"turbo|hyper(?!real)|lightning|distill", (6, 12), (1.0, 1.0), "cards: ByteDance/Hyper-SD "
            "(FLUX.1-dev 8 or 16 steps), alimama-creative/FLUX.1-Turbo-Alpha (8 steps)"),
        ),
    ),
    "flux2": Range(
        (20, 32), (1.0, 1.0), ("euler", "res_multistep"), ("Flux2Scheduler",), (0.75, 2.2),
        "templates: image_flux2_text_to_image, image_flux2 (20 steps, euler, Flux2Scheduler, guidance 4, 1024 x 1024); "
        "card: black-forest-labs/FLUX.2-dev (28 to 50 steps, guidance 4); ranges ours", "EmptyFlux2LatentImage",
        guidance=(3.0, 5.0), negative=False,
        few_steps=(Few(r"turbo|distill|lightning", (8, 8), (1.0, 1.0), "template: image_flux2_text_to_image, its turbo "
                       "LoRA (8 steps)"),),
    ),
    "flux2_klein_4b": Range(
        (18, 30), (4.0, 5.5), ("euler", "res_multistep"), ("Flux2Scheduler",), (0.75, 1.6),
        "template: image_flux2_klein_text_to_image (20 steps, cfg 5, euler, 1024 x 1024); ranges ours",
        "EmptyFlux2LatentImage",
        few_steps=(Few(r"^(?!.*base)", (4, 6), (1.0, 1.0), "template: image_flux2_klein_image_edit_9b_distilled (4 "
        "steps, cfg 1), for files without 'base' in the name"),),
    ),
    "flux2_klein_9b": Range(
        (18, 30), (4.0, 5.5), ("euler", "res_multistep"), ("Flux2Scheduler",), (0.75, 1.6),
        "templates: image_flux2_text_to_image_9b, image_flux2_klein_image_edit_9b_base (20 steps, cfg 5, euler, 1024 x "
        "1024); ranges ours", "EmptyFlux2LatentImage",
        few_steps=(Few(r"^(?!.*base)", (4, 6), (1.0, 1.0), "template: image_flux2_klein_image_edit_9b_distilled (4 "
        "steps, cfg 1), for files without 'base' in the name"),),
    ),
    "chroma": Range(
        (20, 40), (3.0, 5.0), ("euler", "res_multistep", "dpmpp_2m"), ("beta", "simple"), _SQUARE,
        "templates: image_chroma_text_to_image (26 steps, cfg 3.5, euler beta, shift 1); examples: "
        "chroma__chroma_example (30 steps, cfg 4, simple); ranges ours", shift=(1.0, 1.0),
        shift_class="ModelSamplingAuraFlow",
        few_steps=(Few(r"flash|turbo|hyper(?!real)|lightning", (8, 16), (1.0, 1.0), "card: "
        "lodestones/Chroma1-Flash (few steps, cfg 1)"),),
    ),
    "hidream": Range(
        (28, 50), (4.0, 6.0), ("uni_pc", "euler"), ("simple", "normal"), _SQUARE,
        "template: hidream_i1_full (50 steps, cfg 5, uni_pc simple, shift 3, 1024 x 1024); ranges ours",
        shift=(3.0, 3.0), shift_class="ModelSamplingSD3",
        few_steps=(
            Few(r"(^|_)dev(_|$)", (24, 30), (1.0, 1.0), "template: hidream_i1_dev (28 steps, cfg 1, lcm normal, "
            "shift 6)",
                ("lcm", "euler"), ("normal", "simple"), shift=(6.0, 6.0)),
            Few(r"(^|_)fast(_|$)", (14, 18), (1.0, 1.0), "template: hidream_i1_fast (16 steps, cfg 1, lcm normal)",
                ("lcm", "euler"), ("normal", "simple")),
        ),
    ),
    "lumina2": Range(
        (22, 36), (3.5, 5.5), ("res_multistep", "euler"), ("simple",), _SQUARE,
        "templates: image_netayume_lumina_t2i (30 steps, cfg 4, res_multistep simple, shift 4); examples: "
        "lumina2__lumina2_basic_example (25 steps, cfg 4, shift 6); ranges ours", shift=(4.0, 6.0),
        shift_class="ModelSamplingAuraFlow",
    ),
    "z_image": Range(
        (20, 36), (3.0, 5.0), ("res_multistep", "euler", "dpmpp_2m"), ("simple", "beta"), (0.75, 2.2),
        "templates: image_z_image, image_z_image_int8 (25 steps, cfg 4, res_multistep simple, shift 3, 1 megapixel); "
        "card: Tongyi-MAI/Z-Image (28 to 50 steps, 3 to 5); ranges ours", shift=(3.0, 3.0),
        shift_class="ModelSamplingAuraFlow",
        few_steps=(Few(r"turbo|(^|_)zit(_|$)|lightning|distill", (6, 10), (1.0, 1.0), "templates: image_z_image_turbo, "
                       "image_z_image_turbo_int8 (8 steps, cfg 1, res_multistep simple)"),),
    ),
    "newbie": Range(
        (20, 32), (4.0, 6.0), ("res_multistep", "euler"), ("simple",), _SQUARE,
        "template: image_newbieimage_exp0_1-t2i (20 steps, cfg 5.5, res_multistep simple, shift 6, 1024 x 1536); "
        "ranges ours", shift=(6.0, 6.0), shift_class="ModelSamplingAuraFlow",
    ),
    "omnigen2": Range(
        (20, 40), (3.5, 5.5), ("euler", "dpmpp_2m"), ("simple",), _SQUARE,
        "template: image_omnigen2_t2i (20 steps, cfg 5, euler simple, 1024 x 1024); ranges ours",
    ),
    "qwen_image": Range(
        (20, 50), (2.5, 4.5), ("euler", "res_multistep"), ("simple", "beta"), (0.95, 2.2),
        "templates: image_qwen_Image_2512 (50 steps, cfg 4, shift 3.1, 1328 x 1328), image_qwen_image (20, 4), "
        "template_qwen_image_illustration_lora (45, 3.5, shift 7, 1024 x 1024), template_sugar_coated_gummy_style_qwen "
        "(25, 3); examples: qwen_image_basic_example (20, 2.5)", shift=(3.0, 7.0),
        shift_class="ModelSamplingAuraFlow",
        few_steps=(
            Few(r"lightning|turbo|hyper(?!real)", (4, 8), (1.0, 1.0), "templates: image_qwen_image (8 steps, cfg 1), "
                "image_qwen_Image_2512 (4), image_qwen_image_2512_with_2steps_lora (2): as many as the name says"),
            Few(r"distill", (10, 16), (1.0, 1.0), "ComfyUI documentation, Qwen-Image distilled (10 or 15 steps, cfg "
            "1)"),
        ),
    ),
    "hunyuan_image": Range(
        (24, 50), (3.0, 4.5), ("euler", "dpmpp_2m"), ("simple",), (2.0, 4.3),
        "card: tencent/HunyuanImage-2.1 (50 steps, guidance 3.5, 2048 x 2048); ranges ours", "EmptyHunyuanImageLatent",
        few_steps=(Few(r"distill", (8, 10), (1.0, 1.0), "card: tencent/HunyuanImage-2.1, distilled (8 steps)"),),
    ),
    "longcat_image": Range(
        (20, 50), (3.5, 5.0), ("euler", "res_multistep"), ("simple",), _SQUARE,
        "template: image_longcat_text_to_image (20 steps, cfg 4, guidance 4, euler simple, CFGNorm); card: "
        "meituan-longcat/LongCat-Image (50 steps, 4.5); ranges ours", guidance=(3.5, 4.5),
    ),
    "ovis_image": Range(
        (20, 50), (4.0, 5.5), ("euler", "res_multistep"), ("simple",), _SQUARE,
        "template: image_ovis_text_to_image (20 steps, cfg 5, shift 3, euler simple); card: AIDC-AI/Ovis-Image-7B (50 "
        "steps, 5); ranges ours", shift=(3.0, 3.0), shift_class="ModelSamplingAuraFlow",
    ),
    "kandinsky5_image": Range(
        (30, 50), (3.0, 4.5), ("euler", "dpmpp_2m"), ("simple",), _SQUARE,
        "template: image_kandinsky5_t2i (50 steps, cfg 3.5, shift 3, euler simple, 1024 x 1024); ranges ours",
        "EmptyLatentImage", shift=(3.0, 3.0), shift_class="ModelSamplingSD3",
    ),
    "anima": Range(
        (24, 40), (3.5, 5.0), ("er_sde", "euler", "euler_ancestral", "dpmpp_2m_sde"), ("simple", "beta"), _SQUARE,
        "templates: image_anima_base_v1 (30 steps, cfg 4, euler simple), image_anima_preview (er_sde); ranges ours",
        "EmptyLatentImage",
        few_steps=(Few(r"turbo|lightning|lcm", (8, 12), (1.0, 1.0), "template: image_anima_base_v1, its turbo LoRA (8 "
                       "steps, cfg 1)"),),
    ),
    "ernie_image": Range(
        (20, 50), (3.5, 5.0), ("euler", "res_multistep"), ("simple",), _SQUARE,
        "template: image_ernie_image (20 steps, cfg 4, euler simple, 1024 x 1024); ranges ours",
        "EmptyFlux2LatentImage",
        few_steps=(Few(r"turbo|distill", (8, 10), (1.0, 1.0), "template: image_ernie_image_turbo (8 steps, cfg 1)"),),
    ),
    "lens": Range(
        (20, 32), (4.0, 6.0), ("euler",), ("simple",), (0.95, 2.2),
        "template: image_lens_t2i (20 steps, cfg 5, euler simple, 2 megapixels, ModelSamplingFlux, CFGNorm); ranges "
        "ours",
        "EmptyLatentImage",
        few_steps=(Few(r"turbo|distill", (4, 6), (1.0, 1.0), "template: image_lens_turbo_t2i (4 steps, cfg 1)"),),
    ),
    "boogu": Range(
        (20, 32), (3.5, 5.0), ("euler", "res_multistep"), ("simple",), _SQUARE,
        "our choice: the templates show its turbo only", "EmptyLatentImage",
        few_steps=(Few(r"turbo|distill", (4, 6), (1.0, 1.0), "template: image_boogu_image_0_1_turbo_t2i (4 steps, "
        "cfg 1, lcm sgm_uniform)", ("lcm", "euler"), ("sgm_uniform", "simple")),),
    ),
    "krea2": Range(
        (20, 32), (3.5, 5.0), ("euler", "res_multistep"), ("simple",), _SQUARE,
        "our choice: the templates show its turbo only", "EmptyLatentImage",
        few_steps=(Few(r"turbo|distill", (8, 10), (1.0, 1.0), "templates: image_krea2_turbo_t2i, "
                       "image_krea2_turbo_t2i_int8 (8 steps, cfg 1, euler simple)"),),
    ),
    "mage": Range(
        (24, 36), (4.0, 6.0), ("euler",), ("simple",), _SQUARE,
        "template: image_mage_flow_t2i_int8 (30 steps, cfg 5, euler simple, TextEncodeMageFlowEdit); ranges ours",
        "TextEncodeMageFlowEdit",
        few_steps=(Few(r"turbo|distill", (4, 6), (1.0, 1.0), "template: image_mage_flow_turbo_t2i_int8 (4 steps, cfg "
        "1)"),),
    ),
    "moss_image": Range(
        (22, 36), (2.0, 3.5), ("er_sde", "euler"), ("simple",), _SQUARE,
        "templates: image_moss_image_t2i, image_moss_image_base_t2i (25 steps, cfg 2.5, er_sde simple); ranges ours",
        "EmptyFlux2LatentImage",
    ),
    "ming_image": Range(
        (10, 16), (1.0, 1.0), ("euler",), ("simple",), _SQUARE,
        "template: image_ming_image_01_design_t2i (12 steps, BasicGuider, euler simple, ModelSamplingFlux); ranges "
        "ours",
        "EmptyLatentImage", negative=False,
    ),
    "cosmos_predict2": Range(
        (28, 40), (3.5, 5.0), ("euler", "res_multistep"), ("simple",), _SQUARE,
        "examples: cosmos_predict2__cosmos_predict2_2b_t2i_example (30 steps, cfg 4, euler simple, 1024 x 1024); "
        "ranges ours",
    ),
    "hunyuan_dit": Range(
        (24, 40), (5.0, 7.0), ("euler", "dpmpp_2m", "ddim"), ("sgm_uniform", "normal"), _SQUARE,
        "examples: hunyuan_dit__hunyuan_dit_1.2_example (30 steps, cfg 6, euler sgm_uniform, 1024 x 1024); ranges ours",
        "EmptyLatentImage",
    ),
    "auraflow": Range(
        (20, 36), (3.0, 4.5), ("uni_pc", "euler"), ("normal", "simple"), _SQUARE,
        "card: fal/AuraFlow (50 steps, guidance 3.5, 1024 x 1024); ranges ours", "EmptyLatentImage",
        shift=(1.73, 1.73), shift_class="ModelSamplingAuraFlow",
    ),
    "pixart_sigma": Range(
        (20, 36), (4.0, 5.5), ("euler", "dpmpp_2m", "uni_pc"), ("normal", "simple"), (0.75, 1.3),
        "card: PixArt-alpha/PixArt-Sigma-XL-2-1024-MS (20 DPM-Solver steps, guidance 4.5); ranges ours",
        "EmptyLatentImage",
    ),
    "pixart_alpha": Range(
        (20, 36), (4.0, 5.5), ("euler", "dpmpp_2m", "uni_pc"), ("normal", "simple"), (0.75, 1.3),
        "card: PixArt-alpha/PixArt-XL-2-1024-MS (20 DPM-Solver steps, guidance 4.5); ranges ours", "EmptyLatentImage",
    ),
}  # fmt: skip

_STEPS_IN_NAME = re.compile(r"(\d+)_?steps?(?![a-z])")


def plain_name(name: str) -> str:
    """A file's name in lower case, without folders and extension, runs of anything but letters and digits as "_"."""
    stem = re.split(r"[/\\]", name.lower())[-1]
    stem = re.sub(r"\.(safetensors|sft|ckpt|pth?|bin|gguf)$", "", stem)
    return re.sub(r"[^a-z0-9]+", "_", stem).strip("_")


def few_steps(family: str, name: str) -> Few | None:
    """The distilled variant that a main model's or LoRA's name tells of, or None. A name that says its steps
    ("8steps") is taken at its word."""
    found = RECOMMENDED.get(family)
    plain = plain_name(name)
    for few in found.few_steps if found else ():
        if re.search(few.words, plain):
            said = _STEPS_IN_NAME.search(plain)
            exact = int(said[1]) if said and 1 <= int(said[1]) <= 20 else None
            return few if exact is None else replace(few, steps=(exact, exact))
    return None


def recommended(family: str, main: str, loras: Iterable[str] = ()) -> Range | None:
    """The range for a main model of `family` (or UNKNOWN) by file name, with the LoRAs on it. None for
    families that have none."""
    found = RECOMMENDED.get(family)
    if found is None:
        return None
    few = next((few for name in (*loras, main) if (few := _few(family, name, name is main)) is not None), None)
    if few is None:
        return found
    return replace(
        found,
        steps=few.steps,
        cfg=few.cfg,
        samplers=few.samplers or found.samplers,
        schedulers=few.schedulers or found.schedulers,
        megapixels=few.megapixels or found.megapixels,
        shift=few.shift or found.shift,
        negative=found.negative and few.cfg[1] > 1,
        few=True,
    )


def _few(family: str, name: str, main: bool) -> Few | None:
    few = few_steps(family, name)
    # A rule that goes by the absence of a word speaks of main models only.
    return None if few is not None and not main and few.words.startswith("^") else few
