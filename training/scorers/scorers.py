"""The list of scorers, and `open_scorer`, which every command opens a scorer with.

To add a scorer, write a module with a function `load(source, device, batch) -> Scorer` and give it a line in SCORERS.
No scorer's module is imported before that scorer is opened.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .base import Scorer, ScorerError


@dataclass(frozen=True)
class ScorerEntry:
    """A scorer in the list.

    Attributes:
        module: name of its module in this package.
        description: what it looks at, for the help.
        reads_prompt: whether its score depends on the prompt.
    """

    module: str
    description: str
    reads_prompt: bool = True


SCORERS: Mapping[str, ScorerEntry] = {
    "miniature": ScorerEntry(
        "miniature", "checks of the miniature's prompts: meaning, style, sharpness, size; no files"
    ),
    "laion-aesthetic": ScorerEntry("laion", "LAION's aesthetic predictor on CLIP ViT-L/14", reads_prompt=False),
    "image-reward": ScorerEntry("image_reward", "ImageReward 1.0 on BLIP"),
    "hps-v2.1": ScorerEntry("hps", "HPS v2.1 on CLIP ViT-H/14"),
    "pickscore": ScorerEntry("pickscore", "PickScore 1 on CLIP ViT-H/14"),
}
"""The scorers by name; stores and tables keep scores under the same names."""


def reads_prompt(name: str) -> bool:
    """Return whether a scorer's score depends on the prompt; that of an own function is taken to."""
    return name not in SCORERS or SCORERS[name].reads_prompt


def open_scorer(name: str, source: str | Path | None = None, *, device: str = "cpu", batch: int = 8) -> Scorer:
    """Return a scorer, its model loaded.

    Args:
        name: a name in SCORERS, or one's own function as "package.module:function".
        source: the folder of the scorer's files, or the safetensors file among them; for pickscore also a Hugging Face
            id, and None for the published one. Tokenizers and CLIP that are not in the folder are taken from Hugging
            Face's cache or hub. docs/scorers.md lists the files.
        device: where it runs, as torch names it.
        batch: number of pictures that its model reads at once.

    Raises:
        ScorerError: where there is no such scorer, or its files or packages are missing.
    """
    module, colon, function = name.partition(":")
    if colon:
        return _own_scorer(name, module, function)
    if name not in SCORERS:
        raise ScorerError(f"{name}: no such scorer. There are {', '.join(SCORERS)}, and own ones as module:function")
    if batch < 1:
        raise ScorerError(f"{batch} pictures at a time: it has to be at least 1")
    try:
        loader = importlib.import_module(f".{SCORERS[name].module}", __package__)
        scorer: Scorer = loader.load(source, device, batch)
    except ModuleNotFoundError as error:
        if (error.name or __name__).partition(".")[0] == __name__.partition(".")[0]:
            raise  # ours: not for the user to install
        raise ScorerError(
            f'{name}: {error.name} is not installed. pip install "nodewright[train]", or in a clone '
            'pip install --editable ".[train]"'
        ) from error
    return scorer


def _own_scorer(name: str, module: str, function: str) -> Scorer:
    try:
        found: Scorer = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise ScorerError(f"{name}: {error}. It must be importable, like package.module:function") from error
    return found
