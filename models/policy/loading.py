"""Loading a policy: a Nodewright checkpoint, a Hugging Face model, or a GGUF file, with its adapter.

Weights are read from safetensors or GGUF, never from pickles, and no code that comes with a model is run. A small Llama
in a checkpoint is read without transformers.
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import torch
from tokenizers import Tokenizer

from .adapters import read_tuned
from .checkpoints import AGAIN, DESCRIPTION, CheckpointFiles, check_embeddings, read_checkpoint_files
from .fast_llama.weights import can_hold, weights_from
from .folders import CheckpointError, PolicyError
from .model_folder import (
    CONFIG,
    FILES,
    check_layers,
    read_folder_tokenizer,
    read_settings,
    read_shapes,
    read_tensors,
    stored_dtype,
)
from .policy import Policy
from .vocabulary import Vocabulary, VocabularyError

_Read: TypeAlias = "tuple[Any, Vocabulary, tuple[Path, ...]]"
PICKLED = (".bin", ".pt", ".pth", ".ckpt")


def load_policy(
    source: str | Path,
    *,
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
    tuned: str | Path | bool = True,
) -> Policy:
    """Load a policy.

    Parameters:
        source: a Nodewright checkpoint folder; a Hugging Face folder or hub id; a .gguf file; or one in a folder or
            hub repository, as "folder:file.gguf".
        device: where to put the weights.
        dtype: of the weights; None is float32 on a CPU, and what they are stored as elsewhere.
        tuned: the folder of an adapter; True for the subfolder "tuned" of the source, if there is one; False for none.

    Raises:
        PolicyError: CheckpointError for a Nodewright checkpoint, AdapterError for an adapter.
    """
    try:
        if (Path(source) / DESCRIPTION).is_file():
            return load_checkpoint(Path(source), device=device, dtype=dtype, tuned=tuned)
        folder, gguf = _split_gguf(source)
        _check_source(folder, gguf)
        local = Path(folder).is_dir()
        place = Path(folder) if local else _fetched(folder, gguf)
        if gguf is None:
            model, vocabulary, files = _read_folder(place, device, dtype)
        else:
            model, vocabulary, files = _read_gguf(place / gguf, device, dtype)
    except OSError as error:
        raise PolicyError(f"{str(source)[:200]}: cannot be read: {error}") from error
    policy = Policy(model, vocabulary, files=files if local else ())
    if policy.embedding_rows < policy.vocabulary.size:
        raise PolicyError(
            f"{source}: the model has {policy.embedding_rows} embeddings and its tokenizer "
            f"{policy.vocabulary.size} tokens; they do not belong together. Download the model again"
        )
    return replace(policy, adapter=read_tuned(policy, place if local else None, tuned))


def _read_folder(folder: Path, device: str | torch.device, dtype: torch.dtype | None) -> _Read:
    """Return model, vocabulary and files of a Hugging Face folder. Raises PolicyError."""
    from .transformers_model import load_model  # importing transformers takes seconds

    tokenizer, end = read_folder_tokenizer(folder, read_settings(folder))
    vocabulary = _vocabulary(tokenizer, end, folder)
    model, files = load_model(folder, device=device, dtype=dtype)
    return model, vocabulary, files


def _read_gguf(path: Path, device: str | torch.device, dtype: torch.dtype | None) -> _Read:
    """Return model, vocabulary and files of a GGUF file. Raises PolicyError."""
    from .transformers_model import load_gguf

    model, tokenizer = load_gguf(path, device=device, dtype=dtype)
    return model, _vocabulary(tokenizer.backend_tokenizer, tokenizer.eos_token_id, path), (path,)


def _fetched(repository: str, gguf: str | None) -> Path:
    """Return the folder to which what is read of a hub's repository has been fetched. Raises PolicyError."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(repository, allow_patterns=[gguf] if gguf else list(FILES)))
    except Exception as error:  # its client's own, and those of what it is built on
        raise PolicyError(
            f"{repository}: there is no such folder, and the hub has no model of this name that can be fetched: "
            f"{str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__}"
        ) from error


def load_checkpoint(
    folder: Path,
    *,
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
    tuned: str | Path | bool = True,
) -> Policy:
    """Load a checkpoint that `save_checkpoint` wrote. Parameters as of `load_policy`.

    Raises:
        CheckpointError: naming the file, when one is missing, damaged, or of another checkpoint.
        AdapterError: when that is so of its adapter.
    """
    folder = Path(folder)
    files = read_checkpoint_files(folder)
    weights = _load_weights(folder, files, torch.device(device), dtype)
    policy = Policy(weights, files.vocabulary, files.frame, files.training, files.typical_choices, files.weights)
    check_embeddings(folder, policy.embedding_rows, files.vocabulary)
    return replace(policy, adapter=read_tuned(policy, folder, tuned))


def _load_weights(folder: Path, files: CheckpointFiles, device: torch.device, dtype: torch.dtype | None) -> Any:
    """Return the weights of a checkpoint, as a `LlamaWeights` where it can hold them."""
    shapes = read_shapes(files.weights)
    check_layers(files.config, len(shapes), str(folder / CONFIG))
    if not can_hold(files.config):
        from .transformers_model import load_model

        return load_model(folder, device=device, dtype=dtype)[0]
    tensors = read_tensors(files.weights)
    wanted = dtype or (torch.float32 if device.type == "cpu" else stored_dtype(files.config, tensors))
    try:
        return weights_from(files.config, {name: tensor.to(device, wanted) for name, tensor in tensors.items()})
    except torch.cuda.OutOfMemoryError:
        raise
    except (ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:300]  # torch lists every tensor
        raise CheckpointError(f"{files.weights[0]}: cannot be read with its config.json: {reason}. {AGAIN}") from error


def _split_gguf(source: str | Path) -> tuple[str, str | None]:
    """Return the folder or hub id, and the name of the GGUF file in it, if the source names one."""
    text = str(source)
    if not text.lower().endswith(".gguf"):
        return text, None
    if Path(text).is_file():
        return str(Path(text).parent), Path(text).name
    folder, colon, name = text.rpartition(":")
    if not colon or len(folder) < 2:  # nothing, or a drive letter
        raise PolicyError(f"{source}: no such file. Name a .gguf file, or folder:file.gguf")
    return folder, name


def _check_source(folder: str, gguf: str | None) -> None:
    """Raise PolicyError for a source that transformers would refuse late and at length."""
    lacking = [name for name in ("gguf", "accelerate") if importlib.util.find_spec(name) is None]
    if gguf is not None and lacking:
        raise PolicyError(f"{gguf}: reading GGUF files needs {' and '.join(lacking)}: pip install {' '.join(lacking)}")
    path = Path(folder)
    if not path.is_dir():
        if path.exists():
            raise PolicyError(f"{folder}: neither a folder nor a .gguf file. Name the folder that it lies in")
        if path.is_absolute() or "\\" in folder or folder.startswith((".", "~")) or folder.count("/") > 1:
            raise PolicyError(f"{folder}: no such folder")
        return  # a hub id
    if gguf is not None:
        if not (path / gguf).is_file():
            raise PolicyError(f"{path / gguf}: no such file")
        return
    names = [entry.name for entry in path.iterdir()]
    if not any(name.endswith(".safetensors") for name in names):
        _refuse_other_weights(path, names)
    if "config.json" not in names:
        raise PolicyError(f"{path / 'config.json'}: missing; without it the weights cannot be read. Download it too")


def _refuse_other_weights(folder: Path, names: list[str]) -> None:
    """Raise PolicyError for a folder without safetensors, naming what there is instead."""
    pickled = sorted(name for name in names if name.endswith(PICKLED))
    if pickled:
        raise PolicyError(
            f"{folder / pickled[0]}: pickled weights can run code when they are read, and are refused. Convert them "
            "to safetensors, or download a copy of the model that has model.safetensors"
        )
    quantised = sorted(name for name in names if name.lower().endswith(".gguf"))
    if quantised:
        raise PolicyError(f'{folder}: name the file in it, as "{folder}:{quantised[0]}"')
    raise PolicyError(f"{folder}: there is no model.safetensors in it. Name the folder that it lies in")


def _vocabulary(tokenizer: Tokenizer, end_id: int | None, place: Path) -> Vocabulary:
    """Return the vocabulary of a tokenizer without workflow words. Raises PolicyError."""
    try:
        try:
            return Vocabulary(tokenizer)
        except VocabularyError:
            if end_id is None:
                raise
            return Vocabulary(tokenizer, end_id=end_id)
    except VocabularyError as error:
        raise PolicyError(f"{place}: {error}") from error
