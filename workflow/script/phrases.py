"""The phrases of which a script makes free text: a negative prompt, or style words after the prompt.

The table is small on purpose. Free text from a small model would be poor and could not be bounded. A phrase has no
comma and no underscore, because these separate phrases and words in texts and scripts.
"""

NEGATIVE = (
    "blurry", "low quality", "worst quality", "lowres", "bad anatomy", "bad hands", "extra fingers",
    "missing fingers", "extra limbs", "deformed", "disfigured", "mutated", "ugly", "text", "watermark", "signature",
    "logo", "jpeg artifacts", "cropped", "out of frame", "duplicate", "oversaturated", "overexposed",
    "underexposed", "grainy", "noise", "pixelated", "distorted", "poorly drawn face", "poorly drawn hands",
    "bad proportions", "long neck", "cross-eyed", "plastic skin", "3d render", "cartoon", "painting",
    "illustration", "photo", "photorealistic", "monochrome", "nsfw", "username", "error", "normal quality",
    "flat lighting", "boring", "cluttered", "asymmetrical", "tiling",
)  # fmt: skip

STYLE = (
    "masterpiece", "best quality", "highly detailed", "ultra detailed", "intricate details", "sharp focus",
    "professional photography", "cinematic lighting", "dramatic lighting", "soft lighting", "natural lighting",
    "golden hour", "studio lighting", "volumetric light", "shallow depth of field", "bokeh", "35mm photograph",
    "film grain", "wide angle", "macro", "8k", "4k", "hdr", "raw photo", "photo of", "realistic", "concept art",
    "digital painting", "oil painting", "watercolor", "ink drawing", "pencil sketch", "line art", "anime style",
    "manga", "comic book", "pixel art", "low poly", "isometric", "vector art", "flat design", "logo design",
    "minimalist", "poster", "typography", "surreal", "fantasy", "science fiction", "cyberpunk", "steampunk",
    "vaporwave", "art nouveau", "impressionism", "ukiyo-e", "studio ghibli style", "vibrant colors",
    "muted colors", "pastel colors", "black and white", "high contrast", "trending on artstation",
    "clean background", "detailed background", "simple background", "symmetrical", "dynamic pose",
    "close-up portrait", "full body", "epic composition",
)  # fmt: skip

PHRASES = frozenset(NEGATIVE) | frozenset(STYLE)

MAXIMUM_PHRASES = 8
"""Largest number of phrases that the grammar puts into one text."""
