"""LoRA adapters on disk: what was trained over a policy's frozen base model.

An adapter (lora.py) is a folder in PEFT's layout (adapter_model.safetensors, adapter_config.json), which peft reads and
writes too, and nodewright_adapter.json with what peft does not know: the kind of the adapter, the digest of the weights
that it was trained over, and what it was trained on. Neither reading nor computing needs peft.
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
from ...guarded_json import JsonError
from ...json_shapes import Number, Object, Whole, check
from ...workflow.catalog.safetensors_header import HeaderError, read_header
from .folders import CheckpointError, FolderKind, PolicyError, read_json, write_folder
from .lora import Adapter, LoraPair, linear_sizes
from .model_folder import check_finite
from .policy import Policy

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
DESCRIPTION = "nodewright_adapter.json"
FORMAT = 1
ADAPTER_FOLDER = FolderKind("an adapter that Nodewright wrote", DESCRIPTION, (CONFIG, WEIGHTS))
TUNED = "tuned"
"""The subfolder of a policy that holds its tuned adapter."""
AGAIN = "Download the adapter again, or train it again"
_PREFIX = "base_model.model."
_PLAIN: Mapping[str, Any] = {"peft_type": "LORA", "bias": "none", "task_type": "CAUSAL_LM", "lora_dropout": 0.0}
_CONFIG = Object({"r": Whole(1, 65536), "lora_alpha": Number(-1e6, 1e6)})
_REFUSED = (
    "use_dora", "modules_to_save", "rank_pattern", "alpha_pattern", "trainable_token_indices", "lora_bias",
    "target_parameters", "layer_replication",
)  # fmt: skip
"""Settings of peft under which an adapter is more than products of one rank and scale."""


class AdapterError(PolicyError):
    """An adapter cannot be read, or does not fit the policy. The message names the file and states what to do."""


def adapter_of(model: Any, name: str = "default", description: Mapping[str, Any] | None = None) -> Adapter:
    """Return a copy of one adapter of a `peft.PeftModel`, on the model's device.

    Parameters:
        model: the model.
        name: of the adapter in the model.
        description: what it was trained on and how, as JSON.

    Raises:
        AdapterError: for an adapter that is more than LoRA of one rank and scale.
    """
    from peft import get_peft_model_state_dict

    config = model.peft_config[name].to_dict()
    state = get_peft_model_state_dict(model, adapter_name=name, save_embedding_layers=False)
    kept = {key: tensor.detach().clone() for key, tensor in state.items()}
    rank, scale = _rank_and_scale(config, f"the adapter {name!r}")
    _check_shapes({key: tuple(tensor.shape) for key, tensor in kept.items()}, rank, f"the adapter {name!r}")
    return Adapter(name, rank, scale, _pairs(kept), dict(description or {}))


def write_adapter(folder: Path, adapter: Adapter, base_sha256: str | None, *, kind: str = "policy") -> None:
    """Write an adapter; `folder` is replaced as a whole, or not at all.

    Parameters:
        folder: where to.
        adapter: what to write.
        base_sha256: `Policy.base_sha256` of the policy that it was trained over; None when that is not known, and then
            `read_adapter` cannot refuse a policy with other weights of the same shape.
        kind: the kind of adapter, which `read_adapter` checks.

    Raises:
        CheckpointError: when it cannot be written.
    """
    write_folder(Path(folder), ADAPTER_FOLDER, lambda target: write_adapter_files(target, adapter, base_sha256, kind))


def write_adapter_files(folder: Path, adapter: Adapter, base_sha256: str | None, kind: str = "policy") -> None:
    """Write an adapter's files into an existing, empty folder. Parameters as of `write_adapter`."""
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
    """Read an adapter for a policy, to the device and in the dtype of the policy's weights.

    An adapter that peft wrote, without nodewright_adapter.json, is read too; whether it was trained over this policy
    cannot be checked then, nor when the policy's own weights came from no file.

    Parameters:
        folder: the adapter's.
        policy: the policy that it was trained over.
        kind: the kind that its description must state.

    Raises:
        AdapterError: naming the file, when one is missing or damaged, when the adapter is of another kind or over
            another base, or when it does not fit the model.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise AdapterError(f"{folder}: no such folder. Name the folder that {WEIGHTS} lies in")
    config = _read(folder / CONFIG)
    training = _check_description(folder / DESCRIPTION, policy, kind) if (folder / DESCRIPTION).exists() else {}
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise AdapterError(f"{weights}: missing. {AGAIN}")
    rank, scale = _rank_and_scale(config, str(folder / CONFIG))
    try:
        shapes = read_header(weights).shapes
        _check_fit(_check_shapes(shapes, rank, str(weights)), policy.weights, weights)  # before it is read as a whole
        pairs = _pairs(load_file(weights))
        check_finite({path: part for path, pair in pairs.items() for part in pair}, weights)
    except (OSError, HeaderError, SafetensorError) as error:
        raise AdapterError(
            f"{weights}: damaged: {error} (a file of some hundred bytes is a Git LFS pointer: run git lfs pull). "
            f"{AGAIN}"
        ) from error
    except CheckpointError as error:
        raise AdapterError(str(error)) from error
    device, dtype = policy.device, policy.dtype
    moved = {path: (a.to(device, dtype), b.to(device, dtype)) for path, (a, b) in pairs.items()}
    return Adapter(folder.name, rank, scale, moved, training)


def read_tuned(policy: Policy, folder: Path | None, tuned: str | Path | bool) -> Adapter | None:
    """Return the adapter that `tuned` of `load_policy` means, for a policy that was read from `folder`."""
    if isinstance(tuned, bool):
        if not tuned or folder is None or not (folder / TUNED).is_dir():
            return None
        return read_adapter(folder / TUNED, policy)
    return read_adapter(Path(tuned), policy)


def _read(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises AdapterError."""
    try:
        return read_json(path)
    except CheckpointError as error:
        raise AdapterError(str(error)) from error


def _check_description(path: Path, policy: Policy, kind: str) -> dict[str, Any]:
    """Check an adapter's description against the policy, and return what the adapter was trained on."""
    description = _read(path)
    if description.get("format") != FORMAT:
        raise AdapterError(
            f"{path}: format {description.get('format')!r}; this version reads format {FORMAT}. Update Nodewright, or "
            "train the adapter again"
        )
    if description.get("kind") != kind:
        raise AdapterError(
            f"{path}: an adapter of the kind {description.get('kind')!r}, where {kind!r} is needed. Name another folder"
        )
    expected, training = description.get("base_sha256"), description.get("training")
    if not isinstance(training, dict) or not (expected is None or isinstance(expected, str)):
        raise AdapterError(f"{path}: damaged. {AGAIN}")
    found = policy.base_sha256 if expected is not None else None
    if found is not None and found != expected:
        raise AdapterError(
            f"{path}: trained over other weights (sha256 {str(expected)[:12]}...) than those of {policy.files[0]} "
            f"({found[:12]}...). Load the policy that it was trained over, or train it again over this one"
        )
    return training


def _rank_and_scale(config: Mapping[str, Any], where: str) -> tuple[int, float]:
    """Return rank and scale from peft's config. Raises AdapterError for more than LoRA of one rank and scale."""
    kind = getattr(config.get("peft_type"), "value", config.get("peft_type"))
    refused = [name for name in _REFUSED if config.get(name)]
    if kind != "LORA" or config.get("bias", "none") != "none" or refused:
        what = ", ".join(refused) or (f"peft_type {kind}" if kind != "LORA" else "bias")
        raise AdapterError(f"{where}: only plain LoRA of one rank is read, and this has {what}. Train without it")
    try:
        check(config, _CONFIG, where)
    except JsonError as error:
        raise AdapterError(f"{error}. {AGAIN}") from error
    rank, alpha = config["r"], config["lora_alpha"]
    return rank, alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)


def _pairs(tensors: Mapping[str, torch.Tensor]) -> dict[str, LoraPair]:
    """Return A (rank, inputs) and B (outputs, rank) by module path, of tensors that `_check_shapes` has passed."""
    paths = sorted({key.removeprefix(_PREFIX).rpartition(".lora_")[0] for key in tensors})
    return {
        path: (tensors[f"{_PREFIX}{path}.lora_A.weight"], tensors[f"{_PREFIX}{path}.lora_B.weight"]) for path in paths
    }


def _check_shapes(shapes: Mapping[str, tuple[int, ...]], rank: int, where: str) -> dict[str, tuple[int, int]]:
    """Return the numbers of inputs and outputs by module path. Raises AdapterError for tensors of another kind."""
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for key, shape in shapes.items():
        path, _, part = key.removeprefix(_PREFIX).rpartition(".lora_")
        if not (key.startswith(_PREFIX) and path and part in ("A.weight", "B.weight") and len(shape) == 2):
            raise AdapterError(f"{where}: {key} is no part of a LoRA over linear layers. {AGAIN}")
        found.setdefault(path, {})[part[0]] = shape
    if not found:
        raise AdapterError(f"{where}: there is nothing in it. {AGAIN}")
    for path, parts in found.items():
        if len(parts) < 2:
            raise AdapterError(f"{where}: {path} has only one of its two matrices. {AGAIN}")
        ranks = parts["A"][0], parts["B"][1]
        if ranks != (rank, rank):
            raise AdapterError(
                f"{where}: {path} is of rank {' and '.join(map(str, sorted(set(ranks))))}, and its {CONFIG} says "
                f"{rank}. The files are of two adapters. {AGAIN}"
            )
    return {path: (parts["A"][1], parts["B"][0]) for path, parts in found.items()}


def _check_fit(sizes: Mapping[str, tuple[int, int]], model: nn.Module, file: Path) -> None:
    """Raise AdapterError unless each path is a linear layer of the model, with as many inputs and outputs."""
    modules = dict(model.named_modules())
    for path, (inputs, outputs) in sizes.items():
        there = linear_sizes(modules[path]) if path in modules else None
        if there is None:
            raise AdapterError(
                f"{file}: the policy has no linear layer {path}. It is an adapter of another base: load that policy"
            )
        if (inputs, outputs) != there:
            raise AdapterError(
                f"{file}: {path} is from {inputs} to {outputs} numbers, and in the policy from {there[0]} "
                f"to {there[1]}. It is an adapter of another base: load that policy"
            )
