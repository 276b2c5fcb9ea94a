"""The members of a reward ensemble: each a LoRA on the base's last layers, and a head.

The base is the policy's own model, whatever its kind, and is left as it is. A member adds its low-rank products to
those of the linear layers (Hu et al. 2021, arXiv 2106.09685, section 4.1), and reads a score off three means: of the
embeddings of the context's ids and of the script's, which are what was asked and what was chosen, and of what the last
layer knows over the script. (At the last id alone a policy knows less: it is never asked for anything after a script's
end.) Where the triplets named kinds of prompts, it also reads the kind, and the kind with the main model
(models/reward/prompt_kinds.py). The layers below the adapters are the same for all members, so they are computed once.
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

from ..policy.fast_llama.weights import forward_model
from ..policy.lora import Adapter, linear_sizes, lora_delta, lora_weight
from .heads import Heads
from .prompt_kinds import PromptKinds

EPSILON = 1e-6


class RewardError(ValueError):
    """A reward ensemble that cannot be read or used. The message says which file or model, and what to do."""


@dataclass(frozen=True)
class MemberShape:
    """What all members of an ensemble have in common.

    layers: how many of the base's last layers have adapters. rank, alpha: of the adapters, which are scaled by
    alpha / rank.
    """

    layers: int = 2
    rank: int = 8
    alpha: int = 16

    @property
    def scale(self) -> float:
        return self.alpha / self.rank


@dataclass(frozen=True)
class Rows:
    """Contexts with their scripts, as rows that are padded on the right.

    ids (rows, tokens); starts, ends (rows,): where in it a row's script begins, and where its last id is. A causal
    model needs no mask for padding that comes after everything that is read.
    """

    ids: torch.Tensor
    starts: torch.Tensor
    ends: torch.Tensor

    @staticmethod
    def of(contexts: Sequence[Sequence[int]], scripts: Sequence[Sequence[int]], device: torch.device) -> Rows:
        """Each script after its context; neither may be empty."""
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
class Reading:
    """Rows as the layers below the adapters leave them. early (rows, numbers): what heads read that no adapter has a
    part in. calls: what each layer above is called with beside the hidden states, by position and by name."""

    rows: Rows
    hidden: torch.Tensor
    early: torch.Tensor
    calls: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...]


class _AllRead(Exception):
    """The layers below the adapters are done."""


class Members(nn.Module):
    """The adapters and heads of some members, over a base that is no part of this module.

    Raises RewardError for a base without so many layers, or without linear layers in them.
    """

    def __init__(self, model: Any, shape: MemberShape, count: int, kinds: PromptKinds | None = None) -> None:
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
        """Begin each member anew from its seed: with the base's own layers, and scores of 0."""
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

    def read(self, rows: Rows) -> Reading:
        """What is common to all members. Nothing is kept for gradients."""
        upper, _ = self._forward
        calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        hidden: list[torch.Tensor] = []

        def keep(layer: nn.Module, positional: tuple[Any, ...], named: dict[str, Any]) -> None:
            named = dict(named)
            state, rest = (positional[0], positional[1:]) if positional else (named.pop("hidden_states"), ())
            hidden.append(state)
            calls.append((rest, named))
            if layer is upper[-1]:
                raise _AllRead

        handles = [layer.register_forward_pre_hook(keep, with_kwargs=True) for layer in upper]
        try:
            with torch.no_grad():
                forward_model(self._model[0]).base_model(input_ids=rows.ids, use_cache=False)
        except _AllRead:
            pass
        finally:
            for handle in handles:
                handle.remove()
        with torch.no_grad():
            embedded = self._model[0].get_input_embeddings()(rows.ids)
            scripts = [] if self.kinds is None else rows.scripts
            early = self.early(pooled(embedded, rows, of_scripts=False), pooled(embedded, rows), scripts)
        return Reading(rows, hidden[0], early, tuple(calls))

    def early(self, asked: torch.Tensor, chosen: torch.Tensor, scripts: Sequence[Sequence[int]]) -> torch.Tensor:
        """What a head reads that no adapter has a part in, of the means of contexts and of scripts, (rows, hidden)
        each, and the scripts' ids."""
        parts = [asked, chosen] if self.kinds is None else [asked, chosen, self.kinds(asked, scripts)]
        return torch.cat(parts, 1)

    def score(self, reading: Reading, member: int, rows: torch.Tensor | None = None) -> torch.Tensor:
        """One member's standardised scores of all rows, or of some, (rows,), float32."""
        return self.heads(self.known(reading, member, rows), member)

    def known(self, reading: Reading, member: int, rows: torch.Tensor | None = None) -> torch.Tensor:
        """What a head reads, (rows, 3 * hidden + numbers of the prompts' kinds), float32."""
        few = reading if rows is None else _some(reading, rows)
        x = few.hidden
        with self._speaking(member):
            for layer, (positional, named) in zip(self._forward[0], few.calls, strict=True):
                found = layer(x, *positional, **named)
                x = found[0] if isinstance(found, tuple) else found  # transformers 4 gives a tuple
        return torch.cat([few.early, pooled(x, few.rows)], 1)

    def adapter(self, member: int) -> Adapter:
        """A copy of a member's adapter."""
        pairs = {
            path: (down[member].detach().clone(), up[member].detach().clone())
            for path, down, up in zip(self.linear, self.down, self.up, strict=True)
        }
        return Adapter(f"member-{member}", self.shape.rank, self.shape.scale, pairs)

    def put(self, member: int, adapter: Adapter, head: Mapping[str, torch.Tensor]) -> None:
        """Make a member what `adapter` and `heads.tensors` gave. Raises RewardError where it does not fit."""
        if set(adapter.tensors) != set(self.linear) or adapter.rank != self.shape.rank:
            raise RewardError(f"{adapter.name}: its adapter is not of the layers and rank that reward.json says")
        if not self.heads.fits(head):
            raise RewardError(f"{adapter.name}: its head does not fit the policy's model")
        with torch.no_grad():
            for path, down, up in zip(self.linear, self.down, self.up, strict=True):
                down[member], up[member] = adapter.tensors[path]
        self.heads.put(member, head)

    def added(self, member: int) -> dict[str, torch.Tensor]:
        """By path: what a member adds to the weight of a linear layer."""
        with torch.no_grad():
            return {
                path: lora_weight(down[member], up[member], self.shape.scale)
                for path, down, up in zip(self.linear, self.down, self.up, strict=True)
            }

    @contextmanager
    def _speaking(self, member: int) -> Iterator[None]:
        """The base with one member's adapters."""
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
    """The mean over each script's ids, or over each context's, normed, (rows, hidden), float32."""
    places = torch.arange(x.shape[1], device=x.device)
    before = places < rows.starts[:, None]
    counted = (~before & (places <= rows.ends[:, None]) if of_scripts else before)[:, :, None]
    return normed((x.float() * counted).sum(1) / counted.sum(1))


def normed(x: torch.Tensor) -> torch.Tensor:
    """With a mean square of 1: layers differ in their scale."""
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPSILON)


def layers_of(model: Any) -> list[nn.Module]:
    """All layers of a transformers model. Raises RewardError where there is no list of them."""
    total = int(getattr(model.config, "num_hidden_layers", 0))
    lists = [part for part in model.base_model.modules() if isinstance(part, nn.ModuleList) and len(part) == total]
    if not lists or not total:
        raise RewardError(f"{type(model).__name__} has no list of its {total} layers that adapters could be put on")
    return list(lists[0])


def upper_layers(model: Any, count: int) -> list[nn.Module]:
    """The last layers. Raises RewardError where there are not so many."""
    layers = layers_of(model)
    if not 1 <= count <= len(layers):
        raise RewardError(f"adapters on {count} layers: the policy's model has {len(layers)}")
    return layers[-count:]


def adapted(model: Any, layers: Sequence[nn.Module]) -> dict[str, nn.Module]:
    """By its path in the model: each linear layer in some layers. Raises RewardError where there is none."""
    inside = {id(part) for layer in layers for part in layer.modules() if linear_sizes(part)}
    found = {path: part for path, part in model.named_modules() if id(part) in inside}
    if not found:
        raise RewardError(f"the layers of {type(model).__name__} have no linear layers that adapters could be put on")
    return found


def _add(
    down: torch.Tensor, up: torch.Tensor, scale: float, layer: nn.Module, given: tuple[Any, ...], output: torch.Tensor
) -> torch.Tensor:
    return output + lora_delta(given[0], down, up, scale)


def _some(reading: Reading, chosen: torch.Tensor) -> Reading:
    """Some rows of a reading. Masks, which have four dimensions, may be there for each row; nothing else is."""
    count = len(reading.hidden)

    def cut(value: Any) -> Any:
        rowwise = isinstance(value, torch.Tensor) and value.ndim == 4 and len(value) == count
        return value[chosen] if rowwise else value

    calls = tuple(
        (tuple(map(cut, positional)), {name: cut(value) for name, value in named.items()})
        for positional, named in reading.calls
    )
    rows = Rows(reading.rows.ids[chosen], reading.rows.starts[chosen], reading.rows.ends[chosen])
    return Reading(rows, reading.hidden[chosen], reading.early[chosen], calls)
