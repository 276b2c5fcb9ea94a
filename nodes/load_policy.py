"""Load Policy: a policy as ComfyUI's model management keeps it, offloaded like any other model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import comfy.model_management
import comfy.model_patcher
import torch
from comfy_api.latest import io

from ..guarded_json import JsonError, read_json
from .checkpoint_files import FOLDER, SHIPPED, digest, entries, find_checkpoint, fingerprint, holds
from .checks import check_policy, refusal
from .schemas import schema

if TYPE_CHECKING:
    from ..models.policy.policy import Policy
    from ..models.reward.ensemble import RewardEnsemble

OWN = "policy's own"
NONE = "none"
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
PolicyType = io.Custom("NODEWRIGHT_POLICY")


class NodewrightPolicyModel(torch.nn.Module):
    """A policy's weights and the parameters of its adapter, which move together.

    `ModelPatcher` sets `device` on its model, which transformers' own classes do not allow. ComfyUI's log names a model
    by its class.
    """

    def __init__(self, model: torch.nn.Module, tuned: Iterable[torch.nn.Parameter]) -> None:
        super().__init__()
        self.model = model
        self.tuned = torch.nn.ParameterList(tuned)


class PolicyPatcher(comfy.model_patcher.ModelPatcher):
    """A patcher that moves a policy's model as a whole.

    The packed copy of the model and the members of `rewards`, both on its device, are not in ComfyUI's count of memory;
    they are dropped when the model is unloaded.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.rewards: WeakSet[RewardEnsemble] = WeakSet()

    def partially_unload(self, *_arguments: Any, **_named: Any) -> int:
        """Free nothing and return 0, so that ComfyUI unloads the whole model.

        The packed copy would hold the memory of single layers.
        """
        return 0

    def detach(self, unpatch_all: bool = True) -> Any:
        """Unload the model and all copies of it; without `unpatch_all` they stay where they are."""
        model = super().detach(unpatch_all)
        if unpatch_all:
            from ..models.policy.fast_llama.llama import drop_packed

            drop_packed(self.model.model)
            for ensemble in self.rewards:
                ensemble.put_away(self.offload_device)
        return model


@dataclass(frozen=True, eq=False)
class LoadedPolicy:
    """The value of a NODEWRIGHT_POLICY link."""

    policy: Policy
    """The policy, wherever its weights are now."""
    patcher: PolicyPatcher
    """The patcher that moves it."""

    def ready(self) -> Policy:
        """Move the policy to its device, making room for it there, and return it."""
        # In whole: layers that are not ComfyUI's own cannot be streamed from the offload device.
        comfy.model_management.load_models_gpu([self.patcher], force_full_load=True)
        return self.policy


def load(source: Path, device: str = "auto", dtype: str = "auto", tuned: Path | bool = True) -> LoadedPolicy:
    """Load a policy onto the offload device.

    Parameters:
        source: a checkpoint folder or a .gguf file.
        device: "cpu", or "auto" for the device of text encoders.
        dtype: a name in `DTYPES`, or "auto" for bfloat16 where the device is fast with it and float32 elsewhere.
        tuned: the folder of an adapter; True stands for the policy's own, if it has one, False for none.

    Raises PolicyError, naming the file.
    """
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
    """Return the policy with its adapter's tensors as parameters, and these parameters.

    A module's parameters remain the same objects when it moves. Shapes stay: a (rank, inputs), b (outputs, rank).
    """
    if policy.adapter is None:
        return policy, []
    tensors = {
        path: (torch.nn.Parameter(a, requires_grad=False), torch.nn.Parameter(b, requires_grad=False))
        for path, (a, b) in policy.adapter.tensors.items()
    }
    tuned = replace(policy, adapter=replace(policy.adapter, tensors=tensors))
    return tuned, [parameter for pair in tensors.values() for parameter in pair]


def shipped_policy() -> LoadedPolicy:
    """Return the policy that comes with Nodewright, loaded once, and again when its files change."""
    path = shipped_path()
    with _loading:
        return _kept(path, policy_fingerprint(path))


_loading = threading.Lock()  # or a run and a warm-up load it twice


@lru_cache(maxsize=1)
def _kept(path: Path, _fingerprint: str) -> LoadedPolicy:
    return load(path)


def shipped_path() -> Path:
    """Return the folder of the shipped policy. Raises ValueError where this copy of Nodewright has none."""
    from ..models.policy.checkpoints import shipped_policy_path

    path = shipped_policy_path()
    if not (path / "nodewright.json").is_file():
        raise ValueError(
            f"{path}: this copy of Nodewright has no policy in it. Install Nodewright again, or put a policy into "
            f"models/{FOLDER} and choose it in Load Policy"
        )
    return path


def installed_policies() -> dict[str, Path]:
    """Return name -> path of the policies in models/nodewright: checkpoint folders and GGUF files."""
    return _named(_is_policy, (SHIPPED,))


def installed_adapters() -> dict[str, Path]:
    """Return name -> folder of the adapters in models/nodewright that tune a policy."""
    return _named(_is_adapter, (OWN, NONE))


def _named(wanted: Callable[[Path], bool], taken: Collection[str]) -> dict[str, Path]:
    """Return the first path of each name, but for names that stand for something else."""
    found: dict[str, Path] = {}
    for path in entries():
        if path.name not in taken and wanted(path):
            found.setdefault(path.name, path)
    return found


def _is_policy(path: Path) -> bool:
    whole = any(holds(path, name) for name in ("nodewright.json", "config.json"))
    return (whole and not _is_adapter(path)) or path.suffix.lower() == ".gguf"


def _is_adapter(path: Path) -> bool:
    """Return whether a folder holds an adapter over a policy; a reward model's members are adapters of another kind."""
    description = path / "nodewright_adapter.json"
    if not (holds(path, description.name) and holds(path, "adapter_model.safetensors")):
        return False
    try:
        parsed = read_json(description)
    except (OSError, JsonError):
        return True  # loading it raises an error that says what is wrong with it
    return not isinstance(parsed, dict) or parsed.get("kind") == "policy"


def find_policy(policy: str, folder: str | None) -> Path:
    """Return the path that the node's inputs name. Raises ValueError with the names to choose from."""
    return find_checkpoint("policy", policy, folder, shipped_path, installed_policies)


def find_adapter(adapter: str) -> Path | bool:
    """Return the adapter that the node's input names, as `load` takes it.

    Raises ValueError with the names to choose from.
    """
    if adapter in (OWN, NONE):
        return adapter == OWN
    names = installed_adapters()
    if adapter not in names:
        there = ", ".join([OWN, NONE, *names])
        raise ValueError(f"adapter: there is no {adapter!r} in models/{FOLDER}; there is {there}")
    return names[adapter]


def policy_fingerprint(path: Path) -> str:
    """Return a text that changes when a policy's files, or those of its own adapter, change."""
    from ..models.policy.adapters import TUNED

    return fingerprint(path, path / TUNED)


class NodewrightLoadPolicy(io.ComfyNode):
    """The node that loads the language model for Prompt to Workflow."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's inputs and outputs."""
        return schema(
            node_id="NodewrightLoadPolicy",
            display_name="Load Policy",
            category="Nodewright",
            description="Loads a policy, the language model that writes workflows.",
            search_aliases=["language model", "llm", "load adapter"],
            inputs=[
                io.Combo.Input(
                    "policy",
                    options=[SHIPPED, *installed_policies()],
                    default=SHIPPED,
                    tooltip="The policy that comes with Nodewright, or one in the folder models/nodewright.",
                ),
                io.Combo.Input(
                    "device",
                    options=["auto", "cpu"],
                    default="auto",
                    optional=True,
                    tooltip="auto: the device on which ComfyUI runs text encoders.",
                ),
                io.Combo.Input(
                    "dtype",
                    options=["auto", *DTYPES],
                    default="auto",
                    optional=True,
                    tooltip="auto: bfloat16 where the device is fast with it, otherwise float32.",
                ),
                io.String.Input(
                    "folder",
                    default="",
                    optional=True,
                    tooltip="A folder or GGUF file on the machine that ComfyUI runs on, used instead of the policy "
                    "above: a Nodewright checkpoint or a Hugging Face causal language model.",
                ),
                io.Combo.Input(
                    "adapter",
                    options=[OWN, NONE, *installed_adapters()],
                    default=OWN,
                    optional=True,
                    tooltip="The adapter that holds the tuning on pictures: the one in the policy's own subfolder "
                    "tuned, none, or one in models/nodewright.",
                ),
            ],
            outputs=[PolicyType.Output("loaded", display_name="policy", tooltip="For Prompt to Workflow.")],
        )

    @classmethod
    async def validate_inputs(
        cls, policy: str | None = SHIPPED, folder: str | None = "", adapter: str | None = OWN
    ) -> bool | str:
        """Return True, or which file is missing or damaged. What is linked is None, and nothing is known of it."""
        if policy is None or folder is None or adapter is None:
            return True
        return await refusal(check_policy, partial(find_policy, policy, folder), partial(find_adapter, adapter))

    @classmethod
    def fingerprint_inputs(cls, policy: str = SHIPPED, folder: str | None = "", adapter: str = OWN, **_: Any) -> str:
        """Return a text that changes when the files of the policy or the adapter change."""
        try:
            tuned = find_adapter(adapter)
            paths = [find_policy(policy, folder), *([tuned] if isinstance(tuned, Path) else [])]
            return digest([policy_fingerprint(path) for path in paths])
        except (OSError, ValueError) as error:
            return digest(error)  # `execute` raises it, where the user sees it

    @classmethod
    def execute(
        cls, policy: str, device: str = "auto", dtype: str = "auto", folder: str = "", adapter: str = OWN
    ) -> io.NodeOutput:
        """Load the policy. Raises ValueError, PolicyError or AdapterError."""
        from ..models.policy.adapters import AdapterError

        source, tuned = find_policy(policy, folder), find_adapter(adapter)
        try:
            return io.NodeOutput(load(source, device, dtype, tuned))
        except AdapterError as error:
            raise AdapterError(
                f"adapter: {adapter!r} cannot be loaded over {source}. {error}. Or choose another adapter, or {NONE!r}"
            ) from error
