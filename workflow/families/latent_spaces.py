"""The latent spaces that several families share.

A space that one family alone has stands in that family's file. Sources: latent_format in ComfyUI 0.3.75's
comfy/supported_models.py, and which VAE file the official templates load beside which model. Wan 2.1 and Qwen-Image
have one architecture but two sets of weights, so they are two spaces; likewise SD3 and Flux.
"""

from __future__ import annotations

from .family import LatentSpace
from .headers import Header


def _four_channels(header: Header) -> bool:
    return header.latent_channels == 4


def _is_sd(header: Header) -> bool:
    mixes_frames = "decoder.mid.block_1.mix_factor" in header and header.latent_channels is not None
    return mixes_frames or _four_channels(header)


def _is_sdxl(header: Header) -> bool:
    return _four_channels(header) and "decoder.mid.block_1.mix_factor" not in header


def _is_flux2(header: Header) -> bool:
    flat = header.latent_convolution is not None and len(header.latent_convolution) != 5
    return header.latent_channels == 32 and flat and "bn.running_mean" in header


def is_sixteen_channels(header: Header) -> bool:
    """Return whether a VAE's latents have 16 channels: SD3's and Flux's cannot be told apart by more."""
    return header.latent_channels == 16


def is_causal_video(header: Header) -> bool:
    """Return whether it is the VAE of Wan 2.1, which Qwen-Image trained anew."""
    return "decoder.middle.0.residual.0.gamma" in header and not is_wide_causal_video(header)


def is_wide_causal_video(header: Header) -> bool:
    """Return whether it is the VAE of Wan 2.2 5B."""
    first, wide = "decoder.middle.0.residual.0.gamma", "decoder.upsamples.0.upsamples.0.residual.2.weight"
    return first in header and wide in header


def is_ltx(header: Header) -> bool:
    """Return whether it is a VAE of LTX-Video, of whichever version."""
    return "decoder.up_blocks.0.res_blocks.0.conv1.conv.weight" in header


SD = LatentSpace(
    "sd",
    r"vae_ft|^mse|kl_f8|sd_?1_?5|sd15|blessed|orangemix|^taesd(_|$)",
    _is_sd,
    ("vae-ft-mse-840000-ema-pruned.safetensors",),
)
SDXL = LatentSpace("sdxl", r"sd_?xl|xl_vae|vae_?xl|taesdxl", _is_sdxl, ("sdxl_vae.safetensors",))
FLUX = LatentSpace("flux", r"^ae$|^ae_|flux_ae|flux_?1?_?vae|taef_?1", is_sixteen_channels, ("ae.safetensors",))
FLUX2 = LatentSpace("flux2", r"flux_?2|full_encoder_small_decoder", _is_flux2, ("flux2-vae.safetensors",))
QWEN_IMAGE = LatentSpace("qwen_image", r"qwen_?image(?!_2_1)", is_causal_video, ("qwen_image_vae.safetensors",))
WAN = LatentSpace("wan", r"wan(?!_?2_2|22)", is_causal_video, ("wan_2.1_vae.safetensors",))
HUNYUAN_VIDEO = LatentSpace("hunyuan_video", layout=lambda header: header.video_latent_channels == 16)
PIXEL = LatentSpace("pixel")
"""Pixels themselves: no VAE."""
