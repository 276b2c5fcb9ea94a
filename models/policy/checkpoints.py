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

from ...files import write_json
from ...guarded_json import JsonError, parse_json, read_bytes
from ...json_shapes import ListOf, Object, TableOf, Text, Whole, check
from .adapters import ADAPTER_FOLDER, TUNED, write_adapter_files
from .folders import CheckpointError, FolderKind, read_json, weights_digest, write_folder
from .model_folder import LARGEST_TOKENIZER, MAXIMUM_SIZE, read_settings, read_tokenizer, with_older_names
from .policy import Policy
from .vocabulary import PromptFrame, Vocabulary, VocabularyError

DESCRIPTION = "nodewright.json"
CHECKPOINT_FOLDER = FolderKind(
    "a checkpoint that Nodewright wrote",
    DESCRIPTION,
    (
        "config.json", "model.safetensors", "model-*-of-*.safetensors", "model.safetensors.index.json",
        "tokenizer.json", "tokenizer_config.json",
        *(f"{TUNED}/{name}" for name in (ADAPTER_FOLDER.mark, *ADAPTER_FOLDER.others)),
    ),
)  # fmt: skip
FORMAT = 2
AGAIN = "Download the checkpoint again, or train it again"
_DESCRIPTION = Object(
    {
        "words": ListOf(Text(1), most=1_000_000),
        "end_id": Whole(0, MAXIMUM_SIZE),
        "base_size": Whole(0, MAXIMUM_SIZE),
        "frame": Object(dict.fromkeys(("before", "after", "files"), Text(0, 4096)), {"ask": Text(0, 4096)}),
        "tokenizer_sha256": Text(64, 64),
        "weights": TableOf(Whole(0), most=1000),
        "training": TableOf(),
        "typical_choices": Whole(1, 1_000_000),
    }
)


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

    write_folder(folder, CHECKPOINT_FOLDER, write)


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
        check(description, _DESCRIPTION, str(folder / DESCRIPTION))
    except JsonError as error:
        raise CheckpointError(f"{error}. {AGAIN}") from error
    words, end_id, base_size = tuple(description["words"]), description["end_id"], description["base_size"]
    stated = description["frame"]
    frame = PromptFrame(stated["before"], stated["after"], stated["files"], stated.get("ask", ""))
    digest, weights, training = description["tokenizer_sha256"], description["weights"], description["training"]
    vocabulary = _load_vocabulary(folder / "tokenizer.json", digest, base_size, words, end_id)
    config = read_settings(folder)
    _check_weights(folder, weights)
    rows = config.get("vocab_size")
    if rows is not None:
        check_embeddings(folder, rows, vocabulary)
    files = tuple(folder / Path(name).name for name in sorted(weights))
    return CheckpointFiles(files, config, vocabulary, frame, training, description["typical_choices"])


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
        text = read_bytes(path, LARGEST_TOKENIZER).decode("utf-8-sig")
        found = _digest(text)
    except (OSError, UnicodeDecodeError, JsonError) as error:
        raise CheckpointError(f"{path}: damaged: {error}. {AGAIN}") from error
    other = f"{path}: not the tokenizer that this checkpoint was trained with{{}}. {AGAIN}; do not mix the files of two"
    if found != digest:
        raise CheckpointError(other.format(""))
    try:
        vocabulary = Vocabulary(read_tokenizer(text, path), words, end_id=end_id)
    except VocabularyError as error:
        raise CheckpointError(f"{path.parent / DESCRIPTION}: {error}. {AGAIN}") from error
    if vocabulary.base_size != base_size:
        raise CheckpointError(other.format(f" ({vocabulary.base_size} tokens where {base_size} belong)"))
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
    config = with_older_names(read_json(path))
    config["torch_dtype"] = config["dtype"] = dtype
    write_json(path, config, indent=1)


def _digest(text: str) -> str:
    """Return the SHA-256 of a JSON text's content, so that another system's line endings make no difference.

    Raises JsonError.
    """
    content = parse_json(text, "its content", maximum_bytes=LARGEST_TOKENIZER)
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
