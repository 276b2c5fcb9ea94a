"""The policy that GRPO trains: LoRA over the frozen reference, and both as functions of a row of tokens.

Only the top layers have adapters, so what lies below is computed once for both, and without a gradient.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from ...models.policy.folders import PolicyError
from ...models.policy.forward import LayerCall, forward_below
from ...models.policy.policy import Policy


class TokenRow(Protocol):
    """A row of tokens, and which logits are computed of it."""

    @property
    def ids(self) -> torch.Tensor:
        """Token ids, (tokens,)."""

    @property
    def positions(self) -> torch.Tensor:
        """Positions of the tokens, (tokens,)."""

    def mask(self, dtype: torch.dtype) -> torch.Tensor | None:
        """Return an attention mask, (1, 1, tokens, tokens); None where each token attends to all before it."""

    def logits(self, hidden: torch.Tensor, head: Any) -> torch.Tensor:
        """Return logits, (rows, most), from the last hidden states, (tokens, size), and the output embeddings."""


@dataclass(frozen=True)
class Reading:
    """A row as the frozen layers read it.

    Attributes:
        row: the row.
        calls: what each layer with an adapter is called with; the hidden states are (1, tokens, size).
        reference: the reference's logits, (asked, most).
    """

    row: TokenRow
    calls: tuple[LayerCall, ...]
    reference: torch.Tensor


class TunedPolicy:
    """A reference policy and an adapter over its top layers.

    The adapted model shares all weights but the adapter's with the reference's own model, which stays as it is: nothing
    is held twice, and the reference decodes as fast as before.

    Args:
        policy: the reference.
        layers: layers at the top that get adapters; all, if the model has no more.
        rank: rank of the adapters.
        alpha: scale of the adapters, times their rank.
        targets: names of the modules that get adapters.
        bfloat16: whether to compute in bfloat16; the weights stay as they are.

    Attributes:
        policy: the reference.
        model: PEFT's model, for saving.

    Raises:
        PolicyError: the model is not built of decoder layers under one norm, or has no such modules.
    """

    def __init__(
        self, policy: Policy, *, layers: int, rank: int, alpha: int, targets: Sequence[str], bfloat16: bool = False
    ) -> None:
        from peft import LoraConfig, get_peft_model

        self.policy = policy
        self._bfloat16 = bfloat16
        try:
            below: Any = policy.model.base_model
            self._layers, self._norm = list(below.layers), below.norm
        except AttributeError as error:
            raise PolicyError(
                f"{type(policy.model).__name__} is not built as Llama is, and cannot be tuned: {error}"
            ) from error
        self.first = max(0, len(self._layers) - layers)
        shared = {id(weight): weight for weight in policy.model.parameters()}
        config = LoraConfig(
            r=rank, lora_alpha=alpha, target_modules=list(targets),
            layers_to_transform=list(range(self.first, len(self._layers))),
        )  # fmt: skip
        try:
            self.model: Any = get_peft_model(copy.deepcopy(policy.model, shared), config)
        except ValueError as error:
            raise PolicyError(f"this policy takes no LoRA on {', '.join(targets)}: {error}") from error
        tuned: Any = self.model.get_base_model().base_model
        self._tuned = list(tuned.layers)[self.first :]

    @property
    def parameters(self) -> dict[str, torch.nn.Parameter]:
        """The trained weights by name."""
        return {name: weight for name, weight in self.model.named_parameters() if weight.requires_grad}

    @torch.no_grad()
    def read(self, row: TokenRow) -> Reading:
        """Compute what does not change with the adapter: the hidden states below it, and the reference's logits."""
        model = self.policy.model
        with self._precision():
            calls, output = forward_below(
                model.base_model, self._layers[self.first :], to_end=True,
                input_ids=row.ids[None], position_ids=row.positions[None], attention_mask=row.mask(model.dtype),
                use_cache=False,
            )  # fmt: skip
        reference = row.logits(output.last_hidden_state[0], model.get_output_embeddings())
        return Reading(row, tuple(calls), reference)

    def logits(self, reading: Reading) -> torch.Tensor:
        """Return the tuned policy's logits, (rows, most), with a gradient to the adapter."""
        hidden = reading.calls[0].hidden
        with self._precision():
            for layer, call in zip(self._tuned, reading.calls, strict=True):
                hidden = call.repeat(layer, hidden)
            hidden = self._norm(hidden)
        return reading.row.logits(hidden[0], self.policy.model.get_output_embeddings())

    def _precision(self) -> torch.autocast:
        return torch.autocast(self.policy.device.type, dtype=torch.bfloat16, enabled=self._bfloat16)
