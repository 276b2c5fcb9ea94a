"""What a diffusion model is made for when it is not for making pictures, or videos, from a text alone.

Such a model reads something beside the text: a picture, a mask, a depth map. Mostly the channels of its first layer
show that, otherwise the name alone (Kontext and Qwen-Image-Edit have their families' own shapes). Sources of the
numbers: in_channels in ComfyUI 0.3.75's comfy/model_detection.py, and the cards of the models.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .headers import Header

FILL, EDIT, FOLLOW = "to fill masked parts of a picture", "to change a given picture", "to follow a control picture"
ANIMATE, REFINE = "to set a given picture in motion", "to refine another model's picture"

# Words in the normalised name of a file, of tasks that every header shows and of tasks that none needs to show.
_SHOWN_BY_HEADERS: tuple[tuple[str, str], ...] = (
    (r"inpaint|outpaint|(^|_)fill(_|$)|onereward", FILL),
    (r"instruct_?pix|ip2p|cosxl_edit", EDIT),
    (r"flux\w*_(canny|depth)(_|$)|(^|_)512_depth(_|$)", FOLLOW),
    (r"(^|_)(i2v|ti2i|img2vid)(_|$)|image_?to_?video|(^|_)flf2v(_|$)", ANIMATE),
    (r"(^|_)vace(_|$)|(^|_)fun_?(control|inp|camera)", "to follow a control video"),
    (r"(^|_)wan_?2_\d_(s2v|animate)", "to move a given person"),
)
_SHOWN_BY_NAMES: tuple[tuple[str, str], ...] = (
    (r"kontext|(^|_)edit(_|$|plus)|(image|omni)edit|(^|_)hidream_e1", EDIT),
    (r"(^|_)layered(_|$)", "to cut a given picture into layers"),
    (r"(^|_)unclip(_|$)|unclip(_|$)", "to vary a given picture"),
    (r"(^|_)ic_?light|relight", "to light a given picture anew"),
    (r"(^|_)(ltxv?|ltx_video)\w*_i2v(_|$)", ANIMATE),
)
# A LoRA's subject may have the same words ("depth of field", "line art"), so of these only what trainers write.
_OF_LORAS: tuple[tuple[str, str], ...] = (
    (r"inpaint|outpaint", FILL),
    (r"kontext|instruct_?pix|ip2p|(image|omni)_?edit(_|$)|(^|_)edit_(2509|2511|plus)(_|$)", EDIT),
    (r"flux\w*_(canny|depth)_dev", FOLLOW),
    (r"(^|_)(i2v|flf2v)(_|$)|image_?to_?video", ANIMATE),
    (r"(^|_)ic_?light|relight", "to light a given picture anew"),
)
_UNET_TASKS = {5: "to follow a depth map", 7: "to enlarge a given picture", 8: EDIT, 9: FILL}


def task_in_name(normalised_name: str, header_read: bool) -> str | None:
    """Return the task that the normalised name of a main model states; None for one of text to image.

    Args:
        normalised_name: the file's name (`names.normalised`).
        header_read: whether the header was asked first, so that only tasks count that no header shows.
    """
    words = _SHOWN_BY_NAMES if header_read else (*_SHOWN_BY_NAMES, *_SHOWN_BY_HEADERS)
    return next((task for pattern, task in words if re.search(pattern, normalised_name)), None)


def lora_task_in_name(normalised_name: str) -> str | None:
    """Return the task that the normalised name of a LoRA states; None for one of text to image."""
    return next((task for pattern, task in _OF_LORAS if re.search(pattern, normalised_name)), None)


def unet_task(header: Header) -> str | None:
    """Return what a U-Net of Stable Diffusion is made for beside text to image, by the channels that it reads."""
    channels = header.unet.channels if header.unet else None
    return _by_inputs(channels, 4, _UNET_TASKS)


def input_task(header: Header, key: str, axis: int, own: int, others: Mapping[int, str]) -> str | None:
    """Return what a model is made for beside its family's own task, by the size of what its first layer reads.

    Args:
        header: the model's.
        key: name of the first layer's weight.
        axis: the axis of its inputs.
        own: the size in the family's own task.
        others: the size in other tasks -> the task.
    """
    return _by_inputs(header.size(key, axis), own, others)


def _by_inputs(size: int | None, own: int, others: Mapping[int, str]) -> str | None:
    if size is None or size <= own:  # smaller where weights are packed
        return None
    task = others.get(size, "to read something beside the prompt")
    return f"{task} (it reads {size} channels where its family reads {own})"
