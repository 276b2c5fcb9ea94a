"""Nodewright checkpoints on disk: writing them, and checking what is written there.

A checkpoint is a folder that transformers can also read: config.json, model.safetensors, tokenizer.json and
tokenizer_config.json; and nodewright.json with what transformers does not know: the workflow words, the prompt frame,
what the policy was trained on, and the digests and sizes of the other files. A tuned policy has its adapter
(adapters.py) in the subfolder "tuned". loading.py makes a policy of it.
"""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from ...files import write_json
from .adapters import TUNED, write_adapter_files
from .folders import CheckpointError, read_json, weights_digest, write_folder
from .policy import Policy
from .vocabulary import PromptFrame, Vocabulary, VocabularyError

DESCRIPTION = "nodewright.json"
FORMAT = 2
AGAIN = "Download the checkpoint again, or train it again"


@dataclass(frozen=True)
class CheckpointFiles:
    """What a checkpoint's JSON files hold, checked against each other.

    Attributes:
        weights: the paths of the safetensors files.
        config: the content of config.json.
        vocabulary: the tokenizer with the workflow words.
        frame: the text around the prompt.
        training: what the policy was trained on and how.
        typical_choices: the median number of choices in its scripts.
    """

    weights: tuple[Path, ...]
    config: Mapping[str, Any]
    vocabulary: Vocabulary
    frame: PromptFrame
    training: Mapping[str, Any]
    typical_choices: int


def shipped_policy_path() -> Path:
    """Return the folder of the policy that comes with the pack."""
    return Path(__file__).resolve().parent.parent / "shipped"


def save_checkpoint(policy: Policy, folder: Path, *, dtype: torch.dtype | None = None) -> None:
    """Write a checkpoint with its adapter; `folder` is replaced as a whole, or not at all.

    Parameters:
        policy: what to write.
        folder: where to.
        dtype: of the weights in the file, if not that of the model. The adapter keeps its own.

    Raises:
        CheckpointError: when it cannot be written.
    """
    model = policy.model
    if dtype is not None and dtype != model.dtype:
        model = copy.deepcopy(model).to(dtype)

    def write(target: Path) -> None:
        from .transformers_model import no_progress_bars  # importing transformers takes seconds

        with no_progress_bars():
            model.save_pretrained(target)
        for path in target.glob("*.safetensors"):
            shutil.copymode(target / "config.json", path)  # safetensors lets only the owner read what it writes
        (target / "generation_config.json").unlink(missing_ok=True)
        _make_portable(target / "config.json", str(model.dtype).removeprefix("torch."))
        policy.vocabulary.tokenizer.save(str(target / "tokenizer.json"))
        write_json(target / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast"}, indent=1)
        write_json(target / DESCRIPTION, _describe(policy, target), indent=1)
        if policy.adapter is not None:
            (target / TUNED).mkdir()
            digest = weights_digest(sorted(target.glob("*.safetensors")))
            write_adapter_files(target / TUNED, policy.adapter, digest)

    write_folder(folder, write)


def read_checkpoint_files(folder: Path) -> CheckpointFiles:
    """Read a checkpoint's JSON files, and check that its other files belong to them. The weights are not read.

    Raises:
        CheckpointError: naming the file, when one is missing, damaged, or of another checkpoint.
    """
    description = read_json(folder / DESCRIPTION)
    version = description.get("format")
    if version != FORMAT:
        raise CheckpointError(
            f"{folder / DESCRIPTION}: format {version!r}; this version reads format {FORMAT}. "
            + ("Update Nodewright" if isinstance(version, int) and version > FORMAT else AGAIN)
        )
    try:
        words, end_id = tuple(map(str, description["words"])), int(description["end_id"])
        frame = PromptFrame(**{part: str(description["frame"][part]) for part in ("before", "after", "files")})
        digest, base_size = description["tokenizer_sha256"], int(description["base_size"])
        weights = {str(name): int(size) for name, size in description["weights"].items()}
        training, typical = dict(description["training"]), int(description["typical_choices"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{folder / DESCRIPTION}: damaged ({error!r}). {AGAIN}") from error
    vocabulary = _load_vocabulary(folder / "tokenizer.json", digest, base_size, words, end_id)
    config = read_json(folder / "config.json")
    _check_weights(folder, weights)
    rows = config.get("vocab_size")
    if isinstance(rows, int):
        check_embeddings(folder, rows, vocabulary)
    files = tuple(folder / Path(name).name for name in sorted(weights))
    return CheckpointFiles(files, config, vocabulary, frame, training, typical)


def check_embeddings(folder: Path, rows: int, vocabulary: Vocabulary) -> None:
    """Raise CheckpointError when a model with `rows` embeddings has none for some ids of the vocabulary."""
    if rows < vocabulary.size:
        raise CheckpointError(
            f"{folder / 'config.json'}: the model has {rows} embeddings, and tokenizer and workflow words need "
            f"{vocabulary.size}. The files are of two checkpoints. {AGAIN}"
        )


def _describe(policy: Policy, folder: Path) -> dict[str, Any]:
    vocabulary = policy.vocabulary
    return {
        "format": FORMAT,
        "training": dict(policy.description),
        "typical_choices": policy.typical_choices,
        "frame": asdict(policy.frame),
        "base_size": vocabulary.base_size,
        "end_id": vocabulary.end_id,
        "tokenizer_sha256": _digest((folder / "tokenizer.json").read_text(encoding="utf-8")),
        "weights": {path.name: path.stat().st_size for path in sorted(folder.glob("*.safetensors"))},
        "words": list(vocabulary.words),
    }


def _load_vocabulary(path: Path, digest: str, base_size: int, words: tuple[str, ...], end_id: int) -> Vocabulary:
    if not path.is_file():
        raise CheckpointError(f"{path}: missing. {AGAIN}")
    try:
        text = path.read_text(encoding="utf-8")
        found = _digest(text)
        vocabulary = Vocabulary(Tokenizer.from_str(text), words, end_id=end_id)
    except VocabularyError as error:
        raise CheckpointError(f"{path.parent / DESCRIPTION}: {error}. {AGAIN}") from error
    except Exception as error:  # tokenizers raises plain Exception for a file that it cannot parse
        raise CheckpointError(f"{path}: damaged: {error}. {AGAIN}") from error
    if found != digest or vocabulary.base_size != base_size:
        raise CheckpointError(
            f"{path}: not the tokenizer that this checkpoint was trained with ({vocabulary.base_size} tokens where "
            f"{base_size} belong, or other ones). {AGAIN}; do not mix the files of two"
        )
    return vocabulary


def _check_weights(folder: Path, weights: Mapping[str, int]) -> None:
    """Raise CheckpointError unless the weights are there in their sizes, in bytes by file name."""
    if not weights:
        raise CheckpointError(f"{folder / DESCRIPTION}: names no weights. {AGAIN}")
    for name, size in weights.items():
        path = folder / Path(name).name
        if not path.is_file():
            raise CheckpointError(f"{path}: missing. {AGAIN}")
        found = path.stat().st_size
        if found != size:
            raise CheckpointError(
                f"{path}: {found} bytes where {size} belong. It was not copied whole, or it is of another checkpoint "
                f"(a file of some hundred bytes is a Git LFS pointer: run git lfs pull). {AGAIN}"
            )


def _make_portable(path: Path, dtype: str) -> None:
    """Write two settings of a config.json under the names of transformers 4 as well as those of transformers 5."""
    config = read_json(path)
    config["torch_dtype"] = config["dtype"] = dtype
    rope = config.get("rope_parameters")
    if isinstance(rope, dict) and "rope_theta" in rope:
        config["rope_theta"] = rope["rope_theta"]
        if rope.get("rope_type", "default") != "default":
            config["rope_scaling"] = {key: value for key, value in rope.items() if key != "rope_theta"}
    write_json(path, config, indent=1)


def _digest(text: str) -> str:
    """Return the SHA-256 of a JSON text's content, so that another system's line endings make no difference."""
    return hashlib.sha256(json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")).encode()).hexdigest()
