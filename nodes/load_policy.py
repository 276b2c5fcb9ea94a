"""Load Policy, and how a policy is kept: in ComfyUI's own model management, offloaded like any other model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import comfy.model_management
import comfy.model_patcher
import folder_paths
import torch
from comfy_api.latest import io

if TYPE_CHECKING:
    from ..models.policy import Policy

SHIPPED = "shipped"
FOLDER = "nodewright"
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
PolicyType = io.Custom("NODEWRIGHT_POLICY")


class NodewrightPolicyModel(torch.nn.Module):
    """Holds a transformers model for `ModelPatcher`, which sets `device` on what it is given: transformers' own
    class does not let it. ComfyUI's log calls a model by the name of its class. What is tuned moves with it."""

    def __init__(self, model: torch.nn.Module, tuned: Iterable[torch.nn.Parameter]) -> None:
        super().__init__()
        self.model = model
        self.tuned = torch.nn.ParameterList(tuned)


@dataclass(frozen=True, eq=False)
class LoadedPolicy:
    """What a NODEWRIGHT_POLICY link carries."""

    policy: Policy
    patcher: Any  # comfy.model_patcher.ModelPatcher

    def ready(self) -> Policy:
        """The policy, on the device where it is to run; others make room for it."""
        # In whole: layers that are not ComfyUI's own cannot be streamed from the offload device.
        comfy.model_management.load_models_gpu([self.patcher], force_full_load=True)
        return self.policy


def load(source: Path, device: str = "auto", dtype: str = "auto") -> LoadedPolicy:
    """Read a policy onto the offload device. Raises models.policy.PolicyError."""
    from ..models.policy import Policy

    management = comfy.model_management
    cpu = torch.device("cpu")
    load_device = cpu if device == "cpu" else management.text_encoder_device()
    offload_device = cpu if device == "cpu" else management.text_encoder_offload_device()
    wanted = DTYPES.get(dtype)
    if wanted is None:
        fast = load_device.type != "cpu" and management.should_use_bf16(load_device)
        wanted = torch.bfloat16 if fast else torch.float32
    # ComfyUI runs nodes in inference mode, and may move the model when that is over.
    with torch.inference_mode(False):
        policy = Policy.load(source, device=offload_device, dtype=wanted)
        policy, tuned = _with_parameters(policy)
        holder = NodewrightPolicyModel(policy.model, tuned)
    return LoadedPolicy(policy, comfy.model_patcher.ModelPatcher(holder, load_device, offload_device))


def _with_parameters(policy: Policy) -> tuple[Policy, list[torch.nn.Parameter]]:
    """The policy with its adapter's tensors as a module's parameters, which stay the same objects when it moves."""
    if policy.adapter is None:
        return policy, []
    tensors = {
        path: (torch.nn.Parameter(a, requires_grad=False), torch.nn.Parameter(b, requires_grad=False))
        for path, (a, b) in policy.adapter.tensors.items()
    }
    tuned = replace(policy, adapter=replace(policy.adapter, tensors=tensors))
    return tuned, [parameter for pair in tensors.values() for parameter in pair]


def shipped_policy() -> LoadedPolicy:
    """The policy that comes with the pack; read once, and again when its files change."""
    path = shipped_path()
    return _kept(path, fingerprint(path))


@lru_cache(maxsize=1)
def _kept(path: Path, _fingerprint: str) -> LoadedPolicy:
    return load(path)


def shipped_path() -> Path:
    """Its folder. Raises ValueError when this copy of the pack has none."""
    from ..models.checkpoints import shipped_policy_path

    path = shipped_policy_path()
    if not (path / "nodewright.json").is_file():
        raise ValueError(
            f"{path}: this copy of Nodewright has no policy in it. Install Nodewright anew, or put a policy into "
            f"models/{FOLDER} and choose it in Load Policy"
        )
    return path


def installed() -> dict[str, Path]:
    """Name -> path of the policies in models/nodewright: folders with nodewright.json or config.json, GGUF files."""
    found: dict[str, Path] = {}
    for folder in map(Path, folder_paths.get_folder_paths(FOLDER)):
        for path in sorted(_policies_in(folder)):
            found.setdefault(path.name, path)
    found.pop(SHIPPED, None)
    return found


def _policies_in(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        whole = any((path / name).is_file() for name in ("nodewright.json", "config.json"))
        if whole or path.suffix.lower() == ".gguf":
            yield path


def find(policy: str, folder: str) -> Path:
    """The path that the node's inputs name. Raises ValueError saying what there is instead."""
    if folder.strip():
        path = Path(folder.strip()).expanduser()
        if not path.exists():
            raise ValueError(f"folder: {path}: there is no such folder on the machine that ComfyUI runs on")
        return path
    if policy == SHIPPED:
        return shipped_path()
    names = installed()
    if policy not in names:
        there = ", ".join(names) or "nothing"
        raise ValueError(f"policy: there is no {policy!r} in models/{FOLDER}; there is {there}")
    return names[policy]


def fingerprint(path: Path) -> str:
    """Of a policy's files: names, sizes and times. Nothing is read."""
    from ..models.adapters import TUNED

    files = sorted([*path.iterdir(), *(path / TUNED).glob("*")]) if path.is_dir() else [path]
    stats = [(file.name, file.stat()) for file in files]
    return repr([(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats])


class NodewrightLoadPolicy(io.ComfyNode):
    """The language model that writes workflows, for Prompt to Workflow."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="NodewrightLoadPolicy",
            display_name="Load Policy",
            category="Nodewright",
            description="Loads a policy: the language model that writes workflows.",
            inputs=[
                io.Combo.Input(
                    "policy",
                    options=[SHIPPED, *installed()],
                    default=SHIPPED,
                    tooltip="The policy that comes with Nodewright, or one in models/nodewright.",
                ),
                io.Combo.Input(
                    "device",
                    options=["auto", "cpu"],
                    default="auto",
                    optional=True,
                    tooltip="auto: where ComfyUI runs text encoders.",
                ),
                io.Combo.Input(
                    "dtype",
                    options=["auto", *DTYPES],
                    default="auto",
                    optional=True,
                    tooltip="auto: bfloat16 where the device is quick with it, else float32.",
                ),
                io.String.Input(
                    "folder",
                    default="",
                    optional=True,
                    tooltip="Another folder (or GGUF file) on the machine that ComfyUI runs on, instead of the policy "
                    "above: a Nodewright checkpoint or a Hugging Face causal language model.",
                ),
            ],
            outputs=[PolicyType.Output("loaded", display_name="policy", tooltip="For Prompt to Workflow.")],
        )

    @classmethod
    def fingerprint_inputs(
        cls, policy: str = SHIPPED, device: str = "auto", dtype: str = "auto", folder: str = ""
    ) -> str:
        try:
            path = find(policy, folder)
            return f"{path}: {fingerprint(path)}"
        except (OSError, ValueError) as error:
            return str(error)  # `execute` raises it, where the user sees it

    @classmethod
    def execute(cls, policy: str, device: str = "auto", dtype: str = "auto", folder: str = "") -> io.NodeOutput:
        return io.NodeOutput(load(find(policy, folder), device, dtype))
