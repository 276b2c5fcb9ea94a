"""Nodewright checkpoints on disk.

A folder that transformers can also read: config.json, model.safetensors, tokenizer.json, tokenizer_config.json; and
nodewright.json with what transformers does not know: the workflow words, the prompt frame, what the policy was
trained on, and what the other files must be. A tuned policy has its adapter (adapters.py) in the subfolder "tuned".
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from tokenizers import Tokenizer

from ...files import write_json
from .policy import Policy, PolicyError, load_model, no_progress_bars, weights_digest
from .vocabulary import PromptFrame, Vocabulary, VocabularyError

DESCRIPTION = "nodewright.json"
FORMAT = 2


class CheckpointError(PolicyError):
    """A checkpoint that cannot be read or written. The message names the file, and says what to do."""


def shipped_policy_path() -> Path:
    """The folder of the policy that comes with the pack."""
    return Path(__file__).resolve().parent.parent / "shipped"


def save_checkpoint(policy: Policy, folder: Path, *, dtype: torch.dtype | None = None) -> None:
    """Write a checkpoint, its adapter with it, in another dtype if one is given (the adapter in its own); `folder` is
    replaced as a whole, or not at all.

    Raises CheckpointError when it cannot be written.
    """
    from .adapters import TUNED, write_adapter_files  # it is written in terms of this module

    model = policy.model
    if dtype is not None and dtype != model.dtype:
        model = copy.deepcopy(model).to(dtype)

    def write(target: Path) -> None:
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


def write_folder(folder: Path, write: Callable[[Path], None]) -> None:
    """Have `write` fill a folder beside `folder`, then put it in its place. When that fails, what was there stays.

    Raises CheckpointError.
    """
    folder = Path(folder)
    beside: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        fresh = beside / "new"
        fresh.mkdir()
        write(fresh)
        if folder.exists():
            os.replace(folder, beside / "old")
        try:
            os.replace(fresh, folder)
        except OSError:
            if (beside / "old").exists():
                os.replace(beside / "old", folder)
            raise
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder}: could not be written: {error}. What was there before is unchanged. Free some space, or name "
            "a folder that may be written to"
        ) from error
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)  # only our own temporary folder; a leftover does no harm


def load_checkpoint(
    folder: Path,
    *,
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
    tuned: str | Path | bool = True,
) -> Policy:
    """Read a checkpoint that `save_checkpoint` wrote. dtype and tuned as in `Policy.load`.

    Raises CheckpointError, naming the file, when one is missing, damaged, or of another checkpoint; AdapterError when
    that is so of its adapter.
    """
    from .adapters import read_tuned  # it is written in terms of this module

    folder = Path(folder)
    description = read_json(folder / DESCRIPTION)
    version = description.get("format")
    if version != FORMAT:
        raise CheckpointError(
            f"{folder / DESCRIPTION}: format {version!r}; this version reads format {FORMAT}. "
            + ("Update Nodewright" if isinstance(version, int) and version > FORMAT else "Take the checkpoint anew")
        )
    try:
        words, end_id = tuple(map(str, description["words"])), int(description["end_id"])
        frame = PromptFrame(**{part: str(description["frame"][part]) for part in ("before", "after", "files")})
        digest, base_size = description["tokenizer_sha256"], int(description["base_size"])
        weights = {str(name): int(size) for name, size in description["weights"].items()}
        training, typical = dict(description["training"]), int(description["typical_choices"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{folder / DESCRIPTION}: damaged ({error!r}). Take the checkpoint anew") from error
    vocabulary = _load_vocabulary(folder / "tokenizer.json", digest, base_size, words, end_id)
    _check_weights(folder, weights, read_json(folder / "config.json"), vocabulary)
    try:
        model = load_model(folder, device=device, dtype=dtype, local_files_only=True)
    except torch.cuda.OutOfMemoryError:
        raise
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder / next(iter(weights))}: cannot be read with its config.json: {error}. Take the checkpoint anew"
        ) from error
    files = tuple(folder / Path(name).name for name in sorted(weights))
    policy = Policy(model, vocabulary, frame, training, typical, files)
    if policy.embedding_rows < vocabulary.size:
        raise _wrong_size(folder, policy.embedding_rows, vocabulary)
    return replace(policy, adapter=read_tuned(policy, folder, tuned))


def _describe(policy: Policy, folder: Path) -> dict[str, Any]:
    vocabulary = policy.vocabulary
    return {
        "format": FORMAT,
        "training": dict(policy.description),
        "typical_choices": policy.typical_choices,
        "frame": asdict(policy.frame),
        "base_size": vocabulary.base_size,
        "end_id": vocabulary.end_id,
        "tokenizer_sha256": _digest(folder / "tokenizer.json"),
        "weights": {path.name: path.stat().st_size for path in sorted(folder.glob("*.safetensors"))},
        "words": list(vocabulary.words),
    }


def _load_vocabulary(path: Path, digest: str, base_size: int, words: tuple[str, ...], end_id: int) -> Vocabulary:
    if not path.is_file():
        raise CheckpointError(f"{path}: missing. Take the checkpoint anew")
    try:
        found = _digest(path)
        vocabulary = Vocabulary(Tokenizer.from_file(str(path)), words, end_id=end_id)
    except VocabularyError as error:
        raise CheckpointError(f"{path.parent / DESCRIPTION}: {error}. Take the checkpoint anew") from error
    except Exception as error:  # tokenizers raises plain Exception for a file that it cannot parse
        raise CheckpointError(f"{path}: damaged: {error}. Take the checkpoint anew") from error
    if found != digest or vocabulary.base_size != base_size:
        raise CheckpointError(
            f"{path}: not the tokenizer that this checkpoint was trained with ({vocabulary.base_size} tokens where "
            f"{base_size} belong, or other ones). Take the checkpoint anew; do not mix files of two"
        )
    return vocabulary


def _check_weights(folder: Path, weights: dict[str, int], config: dict[str, Any], vocabulary: Vocabulary) -> None:
    if not weights:
        raise CheckpointError(f"{folder / DESCRIPTION}: names no weights. Take the checkpoint anew")
    for name, size in weights.items():
        path = folder / Path(name).name
        if not path.is_file():
            raise CheckpointError(f"{path}: missing. Take the checkpoint anew")
        found = path.stat().st_size
        if found != size:
            raise CheckpointError(
                f"{path}: {found} bytes where {size} belong. It was not copied whole, or it is of another checkpoint "
                "(a file of some hundred bytes is a Git LFS pointer: run git lfs pull). Take it anew"
            )
    rows = config.get("vocab_size")
    if isinstance(rows, int) and rows < vocabulary.size:
        raise _wrong_size(folder, rows, vocabulary)


def _wrong_size(folder: Path, rows: int, vocabulary: Vocabulary) -> CheckpointError:
    return CheckpointError(
        f"{folder / 'config.json'}: the model has {rows} embeddings, and tokenizer and workflow words need "
        f"{vocabulary.size}. The files are of two checkpoints; take this one anew"
    )


def _make_portable(path: Path, dtype: str) -> None:
    """transformers 5 writes two settings under names that transformers 4 does not know; write both names."""
    config = read_json(path)
    config["torch_dtype"] = config["dtype"] = dtype
    rope = config.get("rope_parameters")
    if isinstance(rope, dict) and "rope_theta" in rope:
        config["rope_theta"] = rope["rope_theta"]
        if rope.get("rope_type", "default") != "default":
            config["rope_scaling"] = {key: value for key, value in rope.items() if key != "rope_theta"}
    write_json(path, config, indent=1)


def _digest(path: Path) -> str:
    """Of what a JSON file says, so that another system's line endings do not matter."""
    parsed = json.loads(path.read_text(encoding="utf-8"))
    return hashlib.sha256(json.dumps(parsed, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_json(path: Path) -> dict[str, Any]:
    """A file with a JSON object. Raises CheckpointError, naming the file, when it is missing or something else."""
    try:
        parsed = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{path}: missing. Take the checkpoint anew") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: cannot be read: {error}. Take the checkpoint anew") from error
    if not isinstance(parsed, dict):
        raise CheckpointError(f"{path}: not a JSON object. Take the checkpoint anew")
    return parsed
