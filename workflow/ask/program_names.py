"""Names of samplers and schedulers in other programs, and ComfyUI's names for them.

Sources: stable-diffusion-webui modules/sd_samplers_kdiffusion.py and sd_schedulers.py; InvokeAI's and diffusers' names
of schedulers; ComfyUI comfy/samplers.py.
"""

from __future__ import annotations

import re

SAMPLERS: dict[str, str] = {
    "euler a": "euler_ancestral",
    "euler ancestral": "euler_ancestral",
    "k euler a": "euler_ancestral",
    "k euler ancestral": "euler_ancestral",
    "eulerancestraldiscretescheduler": "euler_ancestral",
    "euler": "euler",
    "k euler": "euler",
    "eulerdiscretescheduler": "euler",
    "flowmatcheulerdiscretescheduler": "euler",
    "heun": "heun",
    "k heun": "heun",
    "heundiscretescheduler": "heun",
    "lms": "lms",
    "k lms": "lms",
    "lmsdiscretescheduler": "lms",
    "plms": "ipndm",
    "ddim": "ddim",
    "ddimscheduler": "ddim",
    "ddpm": "ddpm",
    "unipc": "uni_pc",
    "uni pc": "uni_pc",
    "unipcmultistepscheduler": "uni_pc",
    "dpm2": "dpm_2",
    "dpm 2": "dpm_2",
    "k dpm 2": "dpm_2",
    "kdpm2discretescheduler": "dpm_2",
    "dpm2 a": "dpm_2_ancestral",
    "dpm 2 ancestral": "dpm_2_ancestral",
    "dpm2 ancestral": "dpm_2_ancestral",
    "k dpm 2 a": "dpm_2_ancestral",
    "kdpm2ancestraldiscretescheduler": "dpm_2_ancestral",
    "dpm fast": "dpm_fast",
    "dpm adaptive": "dpm_adaptive",
    "dpm++ 2s a": "dpmpp_2s_ancestral",
    "dpm++ 2s ancestral": "dpmpp_2s_ancestral",
    "dpmpp 2s ancestral": "dpmpp_2s_ancestral",
    "k dpmpp 2s a": "dpmpp_2s_ancestral",
    "dpm++ 2m": "dpmpp_2m",
    "dpmpp 2m": "dpmpp_2m",
    "k dpmpp 2m": "dpmpp_2m",
    "dpm++ 2m alt": "dpmpp_2m",
    "dpm++ 2m test": "dpmpp_2m",
    "dpm++ 2m v2": "dpmpp_2m",
    "dpmsolvermultistepscheduler": "dpmpp_2m",
    "dpm++ sde": "dpmpp_sde",
    "dpmpp sde": "dpmpp_sde",
    "k dpmpp sde": "dpmpp_sde",
    "dpmsolversdescheduler": "dpmpp_sde",
    "dpmsolversinglestepscheduler": "dpmpp_sde",
    "dpm++ 2m sde": "dpmpp_2m_sde",
    "dpmpp 2m sde": "dpmpp_2m_sde",
    "dpm++ 2m sde heun": "dpmpp_2m_sde_heun",
    "dpm++ 3m sde": "dpmpp_3m_sde",
    "dpmpp 3m sde": "dpmpp_3m_sde",
    "lcm": "lcm",
    "lcmscheduler": "lcm",
    "deis": "deis",
    "deismultistepscheduler": "deis",
    "res multistep": "res_multistep",
    "er sde": "er_sde",
    "ipndm": "ipndm",
    "gradient estimation": "gradient_estimation",
    "sa solver": "sa_solver",
}
"""Name in lower case, with blanks for hyphens and underscores -> ComfyUI's sampler."""
SCHEDULERS: dict[str, str] = {
    "karras": "karras",
    "exponential": "exponential",
    "polyexponential": "exponential",
    "sgm uniform": "sgm_uniform",
    "simple": "simple",
    "normal": "normal",
    "uniform": "normal",
    "ddim uniform": "ddim_uniform",
    "ddim": "ddim_uniform",
    "beta": "beta",
    "linear quadratic": "linear_quadratic",
    "kl optimal": "kl_optimal",
    "turbo": "sgm_uniform",
}
"""The same for schedulers."""


def plain_name(name: str) -> str:
    """Return a name in lower case with single blanks for hyphens and underscores."""
    return re.sub(r"[\s_\-]+", " ", name.strip().lower())


def read_sampler(name: str) -> tuple[str | None, str | None]:
    """Return ComfyUI's sampler and scheduler for another program's name of a sampler; None for what it leaves open.

    "DPM++ 2M Karras" names both; "Euler a" leaves the scheduler open.
    """
    words = plain_name(name)
    if words in SAMPLERS:
        return SAMPLERS[words], None
    for length in (2, 1):
        head, _, tail = _split(words, length)
        if head in SAMPLERS and tail in SCHEDULERS:
            return SAMPLERS[head], SCHEDULERS[tail]
    # Experimental names such as "DPM++ 2M Karras Sharp v1" are a known name with words after it.
    for known in sorted(SAMPLERS, key=len, reverse=True):
        if words.startswith(known + " "):
            rest = words[len(known) + 1 :].split(" ")[0]
            return SAMPLERS[known], SCHEDULERS.get(rest)
    return None, None


def _split(words: str, length: int) -> tuple[str, str, str]:
    """Return the words before the last `length` ones, a blank, and these."""
    parts = words.split(" ")
    return " ".join(parts[:-length]), " ", " ".join(parts[-length:])


def read_scheduler(name: str) -> str | None:
    """Return ComfyUI's scheduler for another program's name; None for "Automatic" and unknown ones."""
    return SCHEDULERS.get(plain_name(name))
