"""The families, one file each.

The order counts: the name of a file is of the first family whose words are found in it, so that special names stand
before general ones. `lookup` adds the families that other folders of the package register.
"""

from __future__ import annotations

from .ace_step import FAMILY as ACE_STEP
from .ace_step_15 import FAMILY as ACE_STEP_15
from .anima import FAMILY as ANIMA
from .auraflow import FAMILY as AURAFLOW
from .boogu import FAMILY as BOOGU
from .cascade import FAMILY as CASCADE
from .chroma import FAMILY as CHROMA
from .chroma_radiance import FAMILY as CHROMA_RADIANCE
from .cogvideox import FAMILY as COGVIDEOX
from .cosmos import FAMILY as COSMOS
from .cosmos_predict2 import FAMILY as COSMOS_PREDICT2
from .ernie_image import FAMILY as ERNIE_IMAGE
from .family import Family
from .fibo2 import FAMILY as FIBO2
from .flux import FAMILY as FLUX
from .flux2 import FAMILY as FLUX2
from .flux2_klein_4b import FAMILY as FLUX2_KLEIN_4B
from .flux2_klein_9b import FAMILY as FLUX2_KLEIN_9B
from .flux3 import FAMILY as FLUX3
from .hidream import FAMILY as HIDREAM
from .hidream_o1 import FAMILY as HIDREAM_O1
from .hunyuan3d import FAMILY as HUNYUAN3D
from .hunyuan_dit import FAMILY as HUNYUAN_DIT
from .hunyuan_image import FAMILY as HUNYUAN_IMAGE
from .hunyuan_image_refiner import FAMILY as HUNYUAN_IMAGE_REFINER
from .hunyuan_video import FAMILY as HUNYUAN_VIDEO
from .hunyuan_video_15 import FAMILY as HUNYUAN_VIDEO_15
from .ideogram4 import FAMILY as IDEOGRAM4
from .joyimage import FAMILY as JOYIMAGE
from .kandinsky5 import FAMILY as KANDINSKY5
from .kandinsky5_image import FAMILY as KANDINSKY5_IMAGE
from .krea2 import FAMILY as KREA2
from .lens import FAMILY as LENS
from .longcat_image import FAMILY as LONGCAT_IMAGE
from .lotus import FAMILY as LOTUS
from .ltx2 import FAMILY as LTX2
from .ltx25 import FAMILY as LTX25
from .ltxv import FAMILY as LTXV
from .lumina2 import FAMILY as LUMINA2
from .mage import FAMILY as MAGE
from .ming_image import FAMILY as MING_IMAGE
from .minimax_h3 import FAMILY as MINIMAX_H3
from .minimax_music import FAMILY as MINIMAX_MUSIC
from .mochi import FAMILY as MOCHI
from .moss_image import FAMILY as MOSS_IMAGE
from .newbie import FAMILY as NEWBIE
from .omnigen2 import FAMILY as OMNIGEN2
from .ovis_image import FAMILY as OVIS_IMAGE
from .pixart_alpha import FAMILY as PIXART_ALPHA
from .pixart_sigma import FAMILY as PIXART_SIGMA
from .pixeldit import FAMILY as PIXELDIT
from .qwen_image import FAMILY as QWEN_IMAGE
from .qwen_image_21 import FAMILY as QWEN_IMAGE_21
from .rt_detr import FAMILY as RT_DETR
from .sam3 import FAMILY as SAM3
from .sd2 import FAMILY as SD2
from .sd3 import FAMILY as SD3
from .sd15 import FAMILY as SD15
from .sd_x4_upscaler import FAMILY as SD_X4_UPSCALER
from .sdpose import FAMILY as SDPOSE
from .sdxl import FAMILY as SDXL
from .sdxl_refiner import FAMILY as SDXL_REFINER
from .seedvr2 import FAMILY as SEEDVR2
from .stable_audio import FAMILY as STABLE_AUDIO
from .stable_audio_3 import FAMILY as STABLE_AUDIO_3
from .stable_zero123 import FAMILY as STABLE_ZERO123
from .svd import FAMILY as SVD
from .trellis2 import FAMILY as TRELLIS2
from .triposplat import FAMILY as TRIPOSPLAT
from .wan import FAMILY as WAN
from .wan22_5b import FAMILY as WAN22_5B
from .yue2 import FAMILY as YUE2
from .z_image import FAMILY as Z_IMAGE

BUILT_IN: tuple[Family, ...] = (
    FLUX3,
    FLUX2_KLEIN_4B,
    FLUX2_KLEIN_9B,
    FLUX2,
    CHROMA_RADIANCE,
    CHROMA,
    QWEN_IMAGE_21,
    QWEN_IMAGE,
    Z_IMAGE,
    NEWBIE,
    LUMINA2,
    HIDREAM_O1,
    HIDREAM,
    HUNYUAN_DIT,
    HUNYUAN_IMAGE_REFINER,
    HUNYUAN_IMAGE,
    HUNYUAN_VIDEO_15,
    HUNYUAN_VIDEO,
    HUNYUAN3D,
    AURAFLOW,
    PIXART_SIGMA,
    PIXART_ALPHA,
    PIXELDIT,
    CASCADE,
    OMNIGEN2,
    COSMOS_PREDICT2,
    COSMOS,
    LTX25,
    LTX2,
    LTXV,
    MOCHI,
    WAN22_5B,
    WAN,
    ANIMA,
    KANDINSKY5_IMAGE,
    KANDINSKY5,
    LONGCAT_IMAGE,
    OVIS_IMAGE,
    ERNIE_IMAGE,
    LENS,
    BOOGU,
    KREA2,
    MAGE,
    FIBO2,
    IDEOGRAM4,
    JOYIMAGE,
    MING_IMAGE,
    MOSS_IMAGE,
    MINIMAX_H3,
    COGVIDEOX,
    STABLE_AUDIO_3,
    STABLE_AUDIO,
    ACE_STEP_15,
    ACE_STEP,
    MINIMAX_MUSIC,
    YUE2,
    TRELLIS2,
    TRIPOSPLAT,
    SAM3,
    RT_DETR,
    SDPOSE,
    SEEDVR2,
    SVD,
    STABLE_ZERO123,
    LOTUS,
    SD_X4_UPSCALER,
    FLUX,
    SD3,
    SDXL_REFINER,
    SDXL,
    SD2,
    SD15,
)
