"""Loading a policy: a Nodewright checkpoint, a Hugging Face model, or a GGUF file, with its adapter.

Weights are read from safetensors or GGUF, never from pickles, and no code that comes with a model is run. A small Llama
in a checkpoint is read without transformers.
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from .adapters import read_tuned
from .checkpoints import AGAIN, DESCRIPTION, CheckpointFiles, check_embeddings, read_checkpoint_files
from .fast_llama.weights import can_hold, weights_from
from .folders import CheckpointError, PolicyError
from .policy import Policy
from .vocabulary import Vocabulary, VocabularyError

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
    if (Path(source) / DESCRIPTION).is_file():
        return load_checkpoint(Path(source), device=device, dtype=dtype, tuned=tuned)
    from transformers import AutoTokenizer  # takes seconds

    from .transformers_model import load_model

    folder, gguf = _split_gguf(source)
    _check_source(folder, gguf)
    extra = {} if gguf is None else {"gguf_file": gguf}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, trust_remote_code=False, **extra)
    except Exception as error:  # transformers, tokenizers, gguf and the hub's client each raise their own
        raise PolicyError(f"{source}: its tokenizer cannot be read: {error}") from error
    if not tokenizer.is_fast:
        raise PolicyError(f"{source}: it has no tokenizer.json. Save its tokenizer as a fast tokenizer first")
    try:
        vocabulary = _vocabulary(tokenizer)
    except VocabularyError as error:
        raise PolicyError(f"{source}: {error}") from error
    try:
        model = load_model(folder, device=device, dtype=dtype, **extra)
    except torch.cuda.OutOfMemoryError:
        raise
    except Exception as error:
        raise PolicyError(f"{source}: the model cannot be read: {error}") from error
    local = Path(folder) if Path(folder).is_dir() else None  # or a hub id
    files = () if local is None else tuple(sorted(local.glob("*.safetensors") if gguf is None else [local / gguf]))
    policy = Policy(model, vocabulary, files=files)
    if policy.embedding_rows < policy.vocabulary.size:
        raise PolicyError(
            f"{source}: the model has {policy.embedding_rows} embeddings and its tokenizer "
            f"{policy.vocabulary.size} tokens; they do not belong together. Download the model again"
        )
    return replace(policy, adapter=read_tuned(policy, local, tuned))


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
    try:
        weights = _load_weights(folder, files, torch.device(device), dtype)
    except torch.cuda.OutOfMemoryError:
        raise
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(f"{files.weights[0]}: cannot be read with its config.json: {error}. {AGAIN}") from error
    policy = Policy(weights, files.vocabulary, files.frame, files.training, files.typical_choices, files.weights)
    check_embeddings(folder, policy.embedding_rows, files.vocabulary)
    return replace(policy, adapter=read_tuned(policy, folder, tuned))


def _load_weights(folder: Path, files: CheckpointFiles, device: torch.device, dtype: torch.dtype | None) -> Any:
    """Return the weights of a checkpoint, as a `LlamaWeights` where it can hold them."""
    if not can_hold(files.config):
        from .transformers_model import load_model

        return load_model(folder, device=device, dtype=dtype, local_files_only=True)
    tensors = {name: tensor for path in files.weights for name, tensor in load_file(path).items()}
    wanted = dtype or (torch.float32 if device.type == "cpu" else _stored_dtype(files.config))
    return weights_from(files.config, {name: tensor.to(device, wanted) for name, tensor in tensors.items()})


def _stored_dtype(config: Any) -> torch.dtype:
    """Return the dtype that a config.json states, or float32."""
    found = getattr(torch, str(config.get("dtype") or config.get("torch_dtype")), torch.float32)
    return found if isinstance(found, torch.dtype) else torch.float32


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


def _vocabulary(tokenizer: Any) -> Vocabulary:
    """Return the vocabulary of a tokenizer of transformers, without workflow words."""
    try:
        return Vocabulary(tokenizer.backend_tokenizer)
    except VocabularyError:
        if tokenizer.eos_token_id is None:
            raise
        return Vocabulary(tokenizer.backend_tokenizer, end_id=int(tokenizer.eos_token_id))
