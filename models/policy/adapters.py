"""LoRA adapters on disk: what was trained over a policy's frozen base model.

Low-rank adaptation (Hu et al. 2021, arXiv 2106.09685): a linear layer's output W x becomes W x + scale * B (A x). A
folder in PEFT's layout (adapter_model.safetensors, adapter_config.json), which peft reads and writes too, and
nodewright_adapter.json with what peft does not know: what kind of adapter it is, over which weights, trained on what.
Neither reading nor computing needs peft.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from ...files import write_json
from .folders import CheckpointError, PolicyError, read_json, write_folder
from .lora import Adapter, LoraPair, linear_sizes
from .policy import Policy

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
DESCRIPTION = "nodewright_adapter.json"
FORMAT = 1
TUNED = "tuned"
"""The subfolder of a policy in which its tuned adapter is looked for."""
_PREFIX = "base_model.model."
_PLAIN: Mapping[str, Any] = {"peft_type": "LORA", "bias": "none", "task_type": "CAUSAL_LM", "lora_dropout": 0.0}
_REFUSED = (
    "use_dora", "modules_to_save", "rank_pattern", "alpha_pattern", "trainable_token_indices", "lora_bias",
    "target_parameters", "layer_replication",
)  # fmt: skip
"""Settings of peft's under which an adapter is more than a product of one rank and scale."""


class AdapterError(PolicyError):
    """An adapter that cannot be read, or does not fit the policy. The message names the file, and says what to do."""


def adapter_of(model: Any, name: str = "default", description: Mapping[str, Any] | None = None) -> Adapter:
    """A copy of one adapter of a `peft.PeftModel` as it is now, where the model is. Raises AdapterError for one that
    is more than LoRA of one rank and scale."""
    from peft import get_peft_model_state_dict

    config = model.peft_config[name].to_dict()
    state = get_peft_model_state_dict(model, adapter_name=name, save_embedding_layers=False)
    kept = {key: tensor.detach().clone() for key, tensor in state.items()}
    rank, scale = _rank_and_scale(config, f"the adapter {name!r}")
    return Adapter(name, rank, scale, _pairs(kept, rank, f"the adapter {name!r}"), dict(description or {}))


def write_adapter(folder: Path, adapter: Adapter, base_sha256: str | None, *, kind: str = "policy") -> None:
    """Write an adapter; `folder` is replaced as a whole, or not at all.

    base_sha256: `Policy.base_sha256` of the policy that it was trained over; None when that is not known, and then
    `read_adapter` cannot tell it from another of the same shape.

    Raises CheckpointError when it cannot be written.
    """
    write_folder(Path(folder), lambda target: write_adapter_files(target, adapter, base_sha256, kind))


def write_adapter_files(folder: Path, adapter: Adapter, base_sha256: str | None, kind: str = "policy") -> None:
    """Write an adapter's files into a folder that is there and empty."""
    alpha = adapter.scale * adapter.rank
    config = dict(_PLAIN) | {
        "base_model_name_or_path": None,
        "inference_mode": True,
        "r": adapter.rank,
        "lora_alpha": int(alpha) if alpha == int(alpha) else alpha,
        "target_modules": sorted(adapter.tensors),
    }
    tensors = {}
    for path, pair in adapter.tensors.items():
        for part, tensor in zip("AB", pair, strict=True):
            tensors[f"{_PREFIX}{path}.lora_{part}.weight"] = tensor.detach().cpu().contiguous()
    write_json(folder / CONFIG, config, indent=1)
    write_json(
        folder / DESCRIPTION,
        {"format": FORMAT, "kind": kind, "base_sha256": base_sha256, "training": dict(adapter.description)},
        indent=1,
    )
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    shutil.copymode(folder / CONFIG, folder / WEIGHTS)  # safetensors lets only the owner read what it writes


def read_adapter(folder: Path, policy: Policy, *, kind: str = "policy") -> Adapter:
    """Read an adapter for a policy, to its model's device and dtype.

    One that peft wrote, without nodewright_adapter.json, is read too; that it was trained over this policy cannot be
    checked then, nor when the policy's own weights came from no file.

    Raises AdapterError, naming the file, when one is missing or damaged, when the adapter is of another kind or over
    another base, or when it does not fit the model.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise AdapterError(f"{folder}: no such folder. Name the one that {WEIGHTS} lies in")
    config = _read(folder / CONFIG)
    training = _check_description(folder / DESCRIPTION, policy, kind) if (folder / DESCRIPTION).exists() else {}
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise AdapterError(f"{weights}: missing. Take the adapter anew")
    try:
        tensors = load_file(weights)
    except (OSError, SafetensorError) as error:
        raise AdapterError(
            f"{weights}: damaged: {error} (a file of some hundred bytes is a Git LFS pointer: run git lfs pull). "
            "Take the adapter anew"
        ) from error
    rank, scale = _rank_and_scale(config, str(folder / CONFIG))
    pairs = _pairs(tensors, rank, str(weights))
    _check_fit(pairs, policy.weights, weights)
    device, dtype = policy.device, policy.dtype
    moved = {path: (a.to(device, dtype), b.to(device, dtype)) for path, (a, b) in pairs.items()}
    return Adapter(folder.name, rank, scale, moved, training)


def read_tuned(policy: Policy, folder: Path | None, tuned: str | Path | bool) -> Adapter | None:
    """The adapter that `load_policy` is asked for with its `tuned`. folder: where the policy was read from."""
    if isinstance(tuned, bool):
        if not tuned or folder is None or not (folder / TUNED).is_dir():
            return None
        return read_adapter(folder / TUNED, policy)
    return read_adapter(Path(tuned), policy)


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_json(path)
    except CheckpointError as error:
        raise AdapterError(str(error)) from error


def _check_description(path: Path, policy: Policy, kind: str) -> dict[str, Any]:
    """What the adapter was trained on."""
    description = _read(path)
    if description.get("format") != FORMAT:
        raise AdapterError(
            f"{path}: format {description.get('format')!r}; this version reads format {FORMAT}. Update Nodewright, or "
            "take the adapter anew"
        )
    if description.get("kind") != kind:
        raise AdapterError(f"{path}: an adapter of the kind {description.get('kind')!r}, where {kind!r} is needed")
    expected, training = description.get("base_sha256"), description.get("training")
    if not isinstance(training, dict) or not (expected is None or isinstance(expected, str)):
        raise AdapterError(f"{path}: damaged. Take the adapter anew")
    found = policy.base_sha256 if expected is not None else None
    if found is not None and found != expected:
        raise AdapterError(
            f"{path}: trained over other weights (sha256 {str(expected)[:12]}...) than those of {policy.files[0]} "
            f"({found[:12]}...). Load the policy that it was trained over, or train it anew over this one"
        )
    return training


def _rank_and_scale(config: Mapping[str, Any], where: str) -> tuple[int, float]:
    kind = getattr(config.get("peft_type"), "value", config.get("peft_type"))
    refused = [name for name in _REFUSED if config.get(name)]
    if kind != "LORA" or config.get("bias", "none") != "none" or refused:
        what = ", ".join(refused) or (f"peft_type {kind}" if kind != "LORA" else "bias")
        raise AdapterError(f"{where}: only plain LoRA of one rank is read, and this has {what}. Train without it")
    rank, alpha = config.get("r"), config.get("lora_alpha")
    if not isinstance(rank, int) or rank < 1 or not isinstance(alpha, (int, float)) or not math.isfinite(alpha):
        raise AdapterError(f"{where}: damaged: r is {rank!r} and lora_alpha {alpha!r}. Take the adapter anew")
    return rank, alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)


def _pairs(tensors: Mapping[str, torch.Tensor], rank: int, where: str) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """A and B by module path, of one rank."""
    found: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        path, _, part = key.removeprefix(_PREFIX).rpartition(".lora_")
        if not (key.startswith(_PREFIX) and path and part in ("A.weight", "B.weight") and tensor.dim() == 2):
            raise AdapterError(f"{where}: {key} is no part of a LoRA over linear layers. Take the adapter anew")
        found.setdefault(path, {})[part[0]] = tensor
    if not found:
        raise AdapterError(f"{where}: there is nothing in it. Take the adapter anew")
    for path, parts in found.items():
        if len(parts) < 2:
            raise AdapterError(f"{where}: {path} has only one of its two matrices. Take the adapter anew")
        ranks = parts["A"].shape[0], parts["B"].shape[1]
        if ranks != (rank, rank):
            raise AdapterError(
                f"{where}: {path} is of rank {' and '.join(map(str, sorted(set(ranks))))}, and its {CONFIG} says "
                f"{rank}. The files are of two adapters; take it anew"
            )
    return {path: (parts["A"], parts["B"]) for path, parts in sorted(found.items())}


def _check_fit(pairs: Mapping[str, LoraPair], model: nn.Module, file: Path) -> None:
    """Raise AdapterError unless each path is a linear layer of the model, with as many inputs and outputs."""
    modules = dict(model.named_modules())
    for path, (a, b) in pairs.items():
        sizes = linear_sizes(modules[path]) if path in modules else None
        if sizes is None:
            raise AdapterError(f"{file}: the policy has no linear layer {path}. It is an adapter of another base")
        if (a.shape[1], b.shape[0]) != sizes:
            raise AdapterError(
                f"{file}: {path} is from {a.shape[1]} to {b.shape[0]} numbers, and in the policy from {sizes[0]} "
                f"to {sizes[1]}. It is an adapter of another base"
            )
