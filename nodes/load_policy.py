"""Load Policy, and how a policy is kept: in ComfyUI's own model management, offloaded like any other model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import comfy.model_management
import comfy.model_patcher
import folder_paths
import torch
from comfy_api.latest import io

if TYPE_CHECKING:
    from ..models.policy.policy import Policy
    from ..models.reward.ensemble import RewardEnsemble

SHIPPED = "shipped"
OWN = "policy's own"
NONE = "none"
FOLDER = "nodewright"
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
PolicyType = io.Custom("NODEWRIGHT_POLICY")


class NodewrightPolicyModel(torch.nn.Module):
    """Holds a policy's weights for `ModelPatcher`, which sets `device` on what it is given: transformers' own class
    does not let it. ComfyUI's log calls a model by the name of its class. What is tuned moves with it."""

    def __init__(self, model: torch.nn.Module, tuned: Iterable[torch.nn.Parameter]) -> None:
        super().__init__()
        self.model = model
        self.tuned = torch.nn.ParameterList(tuned)


class PolicyPatcher(comfy.model_patcher.ModelPatcher):
    """Moves a policy's model in whole or not at all. What was made of it on its device (`models.llama.copied`, the
    members of `rewards`) is not in ComfyUI's count, so it goes when the model goes."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.rewards: WeakSet[RewardEnsemble] = WeakSet()

    def partially_unload(self, *_arguments: Any, **_named: Any) -> int:
        """Frees nothing, whereupon ComfyUI unloads the model in whole: its copy would keep what some layers free."""
        return 0

    def detach(self, unpatch_all: bool = True) -> Any:
        """Without `unpatch_all` the model stays where it is; ComfyUI only lists it anew."""
        model = super().detach(unpatch_all)
        if unpatch_all:
            from ..models.policy.fast_llama.llama import forget_copy

            forget_copy(self.model.model)
            for ensemble in self.rewards:
                ensemble.put_away(self.offload_device)
        return model


@dataclass(frozen=True, eq=False)
class LoadedPolicy:
    """What a NODEWRIGHT_POLICY link carries."""

    policy: Policy
    patcher: PolicyPatcher

    def ready(self) -> Policy:
        """The policy, on the device where it is to run; others make room for it."""
        # In whole: layers that are not ComfyUI's own cannot be streamed from the offload device.
        comfy.model_management.load_models_gpu([self.patcher], force_full_load=True)
        return self.policy


def load(source: Path, device: str = "auto", dtype: str = "auto", tuned: Path | bool = True) -> LoadedPolicy:
    """Read a policy onto the offload device; tuned as in `load_policy`. Raises models.policy.PolicyError."""
    from ..models.policy.loading import load_policy

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
        policy = load_policy(source, device=offload_device, dtype=wanted, tuned=tuned)
        policy, parameters = _with_parameters(policy)
        holder = NodewrightPolicyModel(policy.weights, parameters)
    return LoadedPolicy(policy, PolicyPatcher(holder, load_device, offload_device))


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
    from ..models.policy.checkpoints import shipped_policy_path

    path = shipped_policy_path()
    if not (path / "nodewright.json").is_file():
        raise ValueError(
            f"{path}: this copy of Nodewright has no policy in it. Install Nodewright anew, or put a policy into "
            f"models/{FOLDER} and choose it in Load Policy"
        )
    return path


def installed() -> dict[str, Path]:
    """Name -> path of the policies in models/nodewright: folders with nodewright.json or config.json, GGUF files."""
    found = _in_folder(_is_policy)
    found.pop(SHIPPED, None)
    return found


def installed_adapters() -> dict[str, Path]:
    """Name -> folder of the adapters in models/nodewright that tune a policy."""
    found = _in_folder(_is_adapter)
    for taken in (OWN, NONE):
        found.pop(taken, None)
    return found


def _in_folder(wanted: Callable[[Path], bool]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in map(Path, folder_paths.get_folder_paths(FOLDER)):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if wanted(path):
                found.setdefault(path.name, path)
    return found


def _is_policy(path: Path) -> bool:
    whole = any((path / name).is_file() for name in ("nodewright.json", "config.json"))
    return (whole and not _is_adapter(path)) or path.suffix.lower() == ".gguf"


def _is_adapter(path: Path) -> bool:
    """Whether a folder is an adapter over a policy, and none of another kind, as those of reward models are."""
    description = path / "nodewright_adapter.json"
    if not (description.is_file() and (path / "adapter_model.safetensors").is_file()):
        return False
    try:
        parsed = json.loads(description.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return True  # whoever chooses it is told what is wrong with it
    return not isinstance(parsed, dict) or parsed.get("kind") == "policy"


def find(policy: str, folder: str | None) -> Path:
    """The path that the node's inputs name; a folder that is linked is None until the node runs. Raises ValueError
    saying what there is instead."""
    if folder and folder.strip():
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


def find_adapter(adapter: str) -> Path | bool:
    """What the node's input names, as `load_policy` takes it. Raises ValueError saying what there is instead."""
    if adapter in (OWN, NONE):
        return adapter == OWN
    names = installed_adapters()
    if adapter not in names:
        there = ", ".join([OWN, NONE, *names])
        raise ValueError(f"adapter: there is no {adapter!r} in models/{FOLDER}; there is {there}")
    return names[adapter]


def fingerprint(path: Path) -> str:
    """Of a policy's or an adapter's files: names, sizes and times. Nothing is read."""
    from ..models.policy.adapters import TUNED

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
                io.Combo.Input(
                    "adapter",
                    options=[OWN, NONE, *installed_adapters()],
                    default=OWN,
                    optional=True,
                    tooltip="What tuning on pictures added to the policy: what lies in the policy's own subfolder "
                    "tuned, none, or an adapter in models/nodewright.",
                ),
            ],
            outputs=[PolicyType.Output("loaded", display_name="policy", tooltip="For Prompt to Workflow.")],
        )

    @classmethod
    def fingerprint_inputs(cls, policy: str = SHIPPED, folder: str | None = "", adapter: str = OWN, **_: Any) -> str:
        try:
            tuned = find_adapter(adapter)
            paths = [find(policy, folder), *([tuned] if isinstance(tuned, Path) else [])]
            return ", ".join(f"{path}: {fingerprint(path)}" for path in paths)
        except (OSError, ValueError) as error:
            return str(error)  # `execute` raises it, where the user sees it

    @classmethod
    def execute(
        cls, policy: str, device: str = "auto", dtype: str = "auto", folder: str = "", adapter: str = OWN
    ) -> io.NodeOutput:
        from ..models.policy.adapters import AdapterError

        source, tuned = find(policy, folder), find_adapter(adapter)
        try:
            return io.NodeOutput(load(source, device, dtype, tuned))
        except AdapterError as error:
            raise AdapterError(
                f"adapter: {adapter!r} cannot be loaded over {source}. {error}. Or choose another adapter, or {NONE!r}"
            ) from error
