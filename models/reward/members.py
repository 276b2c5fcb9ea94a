"""The members of a reward ensemble: each a LoRA on the base's last layers, and a head.

The base is the policy's own model, of any architecture, and is left as it is. A member adds its low-rank products to
those of the linear layers (Hu et al. 2021, arXiv 2106.09685, section 4.1). Its head reads three means: of the
embeddings of the context's ids, of the embeddings of the script's ids, and of the last layer's output over the script.
(Pooling the last token instead is worse: the language model is never trained on what follows a script.) Where the
triplets named kinds of prompts, the head also reads the kind, and the kind with the main model
(models/reward/prompt_kinds.py). The layers below the adapters are the same for all members, and are computed once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import torch
from torch import nn

from ..policy.forward import LayerCall, forward_below, forward_model
from ..policy.lora import Adapter, linear_sizes, lora_delta, lora_weight
from .heads import Heads
from .prompt_kinds import PromptKinds

EPSILON = 1e-6


class RewardError(ValueError):
    """A reward ensemble cannot be read or used. The message names the file or model and states what to do."""


@dataclass(frozen=True)
class MemberShape:
    """What all members of an ensemble have in common.

    Attributes:
        layers: how many of the base's last layers have adapters.
        rank: of the adapters.
        alpha: the adapters are scaled by alpha / rank.
    """

    layers: int = 2
    rank: int = 8
    alpha: int = 16

    @property
    def scale(self) -> float:
        """The factor of the adapters' products."""
        return self.alpha / self.rank


@dataclass(frozen=True)
class Rows:
    """Contexts with their scripts, as rows that are padded on the right.

    A causal model needs no mask for padding that comes after everything that is read.

    Attributes:
        ids: (rows, tokens).
        starts: where each row's script begins, (rows,).
        ends: where each row's last id stands, (rows,).
    """

    ids: torch.Tensor
    starts: torch.Tensor
    ends: torch.Tensor

    @staticmethod
    def of(contexts: Sequence[Sequence[int]], scripts: Sequence[Sequence[int]], device: torch.device) -> Rows:
        """Return rows of each script after its context; neither may be empty."""
        sequences = [[*context, *script] for context, script in zip(contexts, scripts, strict=True)]
        width = max(map(len, sequences))
        padded = [sequence + [sequence[-1]] * (width - len(sequence)) for sequence in sequences]
        starts = [len(context) for context in contexts]
        ends = [len(sequence) - 1 for sequence in sequences]
        return Rows(*(torch.tensor(numbers, device=device) for numbers in (padded, starts, ends)))

    @property
    def scripts(self) -> list[list[int]]:
        """The scripts' ids."""
        bounds = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [ids[start : end + 1] for ids, (start, end) in zip(self.ids.tolist(), bounds, strict=True)]


@dataclass(frozen=True)
class LowerStates:
    """What the layers below the adapters make of rows: all that members have in common.

    Attributes:
        rows: the rows.
        early: the features that no adapter has a part in, (rows, numbers).
        calls: what each layer with adapters is called with.
    """

    rows: Rows
    early: torch.Tensor
    calls: tuple[LayerCall, ...]

    def select(self, chosen: torch.Tensor) -> LowerStates:
        """Return some rows, by their indices, (chosen,)."""
        count = len(self.rows.ids)

        def cut(value: Any) -> Any:
            # Masks, which have four dimensions, may differ from row to row; nothing else does.
            rowwise = isinstance(value, torch.Tensor) and value.ndim == 4 and len(value) == count
            return value[chosen] if rowwise else value

        calls = tuple(
            LayerCall(
                call.hidden[chosen],
                tuple(map(cut, call.positional)),
                {name: cut(value) for name, value in call.named.items()},
            )
            for call in self.calls
        )
        rows = Rows(self.rows.ids[chosen], self.rows.starts[chosen], self.rows.ends[chosen])
        return LowerStates(rows, self.early[chosen], calls)


class Members(nn.Module):
    """The adapters and heads of some members, over a base that is no part of this module.

    Attributes:
        shape: what the members have in common.
        count: the number of members, M.
        kinds: the classifier of prompts, or None.
        linear: the linear layers with adapters, by their paths in the base.
        down: A of each linear layer, (M, rank, inputs).
        up: B of each linear layer, (M, outputs, rank).
        heads: the heads.
    """

    def __init__(self, model: Any, shape: MemberShape, count: int, kinds: PromptKinds | None = None) -> None:
        """Make members over a `LlamaWeights` or a model of transformers.

        Raises:
            RewardError: for a base without so many layers, or without linear layers in them.
        """
        super().__init__()
        self.shape = shape
        self.count = count
        self.kinds = kinds
        self._model = (model,)  # in a tuple, so that it is neither saved nor trained with the members
        self.linear = adapted(model, upper_layers(model, shape.layers))
        sizes = [size for layer in self.linear.values() if (size := linear_sizes(layer))]
        self.down = nn.ParameterList(torch.zeros(count, shape.rank, inputs) for inputs, _ in sizes)
        self.up = nn.ParameterList(torch.zeros(count, outputs, shape.rank) for _, outputs in sizes)
        hidden = int(model.get_input_embeddings().weight.shape[1])
        self.heads = Heads(count, 3 * hidden + (0 if kinds is None else kinds.width))

    def draw(self, seeds: Sequence[int]) -> None:
        """Initialise each member from its seed: its layers compute what the base's do, and its scores are 0."""
        with torch.no_grad():
            for member, seed in enumerate(seeds):
                generator = torch.Generator().manual_seed(seed)
                for down, up in zip(self.down, self.up, strict=True):
                    bound = 1 / math.sqrt(down.shape[2])
                    drawn = torch.empty(down.shape[1:]).uniform_(-bound, bound, generator=generator)
                    down[member] = drawn.to(down)
                    up[member] = 0
                self.heads.draw(member, generator)

    @cached_property
    def _forward(self) -> tuple[list[nn.Module], list[nn.Module]]:
        """The layers with adapters, and the linear layers in them, of the model that computes."""
        model = forward_model(self._model[0])
        return upper_layers(model, self.shape.layers), [model.get_submodule(path) for path in self.linear]

    @torch.no_grad()
    def read(self, rows: Rows) -> LowerStates:
        """Compute what is common to all members. Nothing is kept for gradients."""
        model = forward_model(self._model[0])
        calls, _ = forward_below(model.base_model, self._forward[0], input_ids=rows.ids, use_cache=False)
        embedded = model.get_input_embeddings()(rows.ids)
        scripts = [] if self.kinds is None else rows.scripts
        early = self.early(pooled(embedded, rows, of_scripts=False), pooled(embedded, rows), scripts)
        return LowerStates(rows, early, tuple(calls))

    def early(self, prompts: torch.Tensor, choices: torch.Tensor, scripts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Return the features that no adapter has a part in.

        Parameters:
            prompts: normed means of the embeddings of the contexts' ids, (rows, hidden).
            choices: normed means of the embeddings of the scripts' ids, (rows, hidden).
            scripts: the scripts' ids; not read without `kinds`.

        Returns:
            (rows, 2 * hidden + features of the prompts' kinds).
        """
        parts = [prompts, choices] if self.kinds is None else [prompts, choices, self.kinds(prompts, scripts)]
        return torch.cat(parts, 1)

    def score(self, states: LowerStates, member: int, rows: torch.Tensor | None = None) -> torch.Tensor:
        """Return one member's standardised scores, (rows,), float32, of all rows, or of those with these indices."""
        return self.heads(self.features(states, member, rows), member)

    def features(self, states: LowerStates, member: int, rows: torch.Tensor | None = None) -> torch.Tensor:
        """Return what a member's head reads, (rows, 3 * hidden + features of the prompts' kinds), float32.

        Parameters:
            states: what `read` returned.
            member: the index of the member.
            rows: the indices of the rows, (rows,); None for all.
        """
        few = states if rows is None else states.select(rows)
        x = few.calls[0].hidden
        with self._adapted(member):
            for layer, call in zip(self._forward[0], few.calls, strict=True):
                x = call.repeat(layer, x)
        return torch.cat([few.early, pooled(x, few.rows)], 1)

    def adapter(self, member: int) -> Adapter:
        """Return a copy of a member's adapter."""
        pairs = {
            path: (down[member].detach().clone(), up[member].detach().clone())
            for path, down, up in zip(self.linear, self.down, self.up, strict=True)
        }
        return Adapter(f"member-{member}", self.shape.rank, self.shape.scale, pairs)

    def put(self, member: int, adapter: Adapter, head: Mapping[str, torch.Tensor]) -> None:
        """Replace a member by what `adapter` and `heads.tensors` returned.

        Raises:
            RewardError: where it does not fit.
        """
        if set(adapter.tensors) != set(self.linear) or adapter.rank != self.shape.rank:
            raise RewardError(
                f"{adapter.name}: its adapter is not of the layers and rank that reward.json states. The files are of "
                "two reward models: download the reward model again, or train it again"
            )
        if not self.heads.fits(head):
            raise RewardError(
                f"{adapter.name}: its head does not fit the policy's model. Load the policy that the reward model was "
                "trained over"
            )
        with torch.no_grad():
            for path, down, up in zip(self.linear, self.down, self.up, strict=True):
                down[member], up[member] = adapter.tensors[path]
        self.heads.put(member, head)

    def added(self, member: int) -> dict[str, torch.Tensor]:
        """Return what a member adds to the weight of each linear layer, (outputs, inputs), by path."""
        with torch.no_grad():
            return {
                path: lora_weight(down[member], up[member], self.shape.scale)
                for path, down, up in zip(self.linear, self.down, self.up, strict=True)
            }

    @contextmanager
    def _adapted(self, member: int) -> Iterator[None]:
        """Have the base compute with one member's adapters."""
        handles = [
            layer.register_forward_hook(partial(_add, down[member], up[member], self.shape.scale))
            for layer, down, up in zip(self._forward[1], self.down, self.up, strict=True)
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def pooled(x: torch.Tensor, rows: Rows, of_scripts: bool = True) -> torch.Tensor:
    """Return the normed mean over each script's ids, or over each context's.

    Parameters:
        x: (rows, tokens, hidden).
        rows: where contexts and scripts stand.
        of_scripts: whether to take the scripts.

    Returns:
        (rows, hidden), float32.
    """
    places = torch.arange(x.shape[1], device=x.device)
    before = places < rows.starts[:, None]
    counted = (~before & (places <= rows.ends[:, None]) if of_scripts else before)[:, :, None]
    return normed((x.float() * counted).sum(1) / counted.sum(1))


def normed(x: torch.Tensor) -> torch.Tensor:
    """Return x, (..., hidden), scaled to a mean square of 1 over the last dimension: layers differ in their scale."""
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPSILON)


def layers_of(model: Any) -> list[nn.Module]:
    """Return all layers of a model. Raises RewardError where it has no list of them."""
    total = int(getattr(model.config, "num_hidden_layers", 0))
    lists = [part for part in model.base_model.modules() if isinstance(part, nn.ModuleList) and len(part) == total]
    if not lists or not total:
        raise RewardError(
            f"{type(model).__name__} has no list of its {total} layers that adapters could be put on. Use a policy of "
            "another architecture"
        )
    return list(lists[0])


def upper_layers(model: Any, count: int) -> list[nn.Module]:
    """Return the last `count` layers. Raises RewardError where there are not so many."""
    layers = layers_of(model)
    if not 1 <= count <= len(layers):
        raise RewardError(f"adapters on {count} layers: the policy's model has {len(layers)}. Choose at most as many")
    return layers[-count:]


def adapted(model: Any, layers: Sequence[nn.Module]) -> dict[str, nn.Module]:
    """Return the linear layers in some layers, by their paths in the model. Raises RewardError if there are none."""
    inside = {id(part) for layer in layers for part in layer.modules() if linear_sizes(part)}
    found = {path: part for path, part in model.named_modules() if id(part) in inside}
    if not found:
        raise RewardError(
            f"the layers of {type(model).__name__} have no linear layers that adapters could be put on. Use a policy "
            "of another architecture"
        )
    return found


def _add(
    down: torch.Tensor, up: torch.Tensor, scale: float, layer: nn.Module, inputs: tuple[Any, ...], output: torch.Tensor
) -> torch.Tensor:
    """Return a linear layer's output, (..., outputs), with an adapter's product added to it (a forward hook)."""
    return output + lora_delta(inputs[0], down, up, scale)
