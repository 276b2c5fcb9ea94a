"""A reward ensemble over a small Llama, with little overhead.

The context is read once for all scripts, the layers below the adapters once for all members, and the last layer
computes only what the heads read. Each member has its own copy of the adapted layers, with the adapters merged into the
weights.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from ..policy.fast_llama.attention import split_heads
from ..policy.fast_llama.llama import Layer, Llama, layer_path, packed_model
from ..policy.fast_llama.plan import to_indices
from .members import Members, normed, upper_layers


class LlamaMembers:
    """The members of an ensemble over a packed model: scores the scripts of one context, as `Members` does.

    Attributes:
        llama: the packed model.
        members: the ensemble's adapters and heads.
        lower: the layers below the adapters.
        upper: of each member, its own layers.
    """

    def __init__(self, llama: Llama, weights: Any, members: Members) -> None:
        self.llama = llama
        self.members = members
        self.lower = llama.layers[: -members.shape.layers]
        self.upper = [self._merged(weights, member) for member in range(members.count)]

    @staticmethod
    def over(weights: Any, members: Members) -> LlamaMembers | None:
        """Return the members over a model, or None for one that has no packed copy (`llama.packed_model`)."""
        llama = packed_model(weights)
        return None if llama is None else LlamaMembers(llama, weights, members)

    @torch.inference_mode()
    def score(self, context: Sequence[int], scripts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Return standardised scores, (members, scripts), float32, of scripts as ids after a context as ids."""
        plan = _ScriptsPlan(self.llama, context, scripts)
        x = F.embedding(plan.ids, self.llama.embedding)
        prompt = normed(x[: plan.context].float().mean(0, keepdim=True)).expand(len(scripts), -1)
        early = self.members.early(prompt, plan.pooled(x[plan.context :]), scripts)
        for layer in self.lower:
            x = self._layer(layer, x, plan)
        scores = []
        for member, upper in enumerate(self.upper):
            own = x
            for layer in upper[:-1]:
                own = self._layer(layer, own, plan)
            late = plan.pooled(self._layer(upper[-1], own, plan, last=True))
            scores.append(self.members.heads(torch.cat([early, late], 1), member))
        return torch.stack(scores)

    @torch.inference_mode()
    def _merged(self, weights: Any, member: int) -> list[Layer]:
        """Return a member's own copy of the upper layers, with its adapter in the weights."""
        added = self.members.added(member)
        found = []
        for index, layer in enumerate(upper_layers(weights, self.members.shape.layers), len(self.lower)):
            own = copy.deepcopy(layer)
            prefix = layer_path(index, "")
            for path in added:
                if path.startswith(prefix):
                    weight = own.get_parameter(path.removeprefix(prefix) + ".weight")
                    weight.add_(added[path].to(weight))
            found.append(Layer(own, packed=True))
        return found

    def _layer(self, layer: Layer, x: torch.Tensor, plan: _ScriptsPlan, last: bool = False) -> torch.Tensor:
        """Return a layer's output, (tokens, hidden), for x, (tokens, hidden); of the scripts' tokens only if `last`."""
        queries, keys, values = split_heads(
            self.llama, layer.inputs(layer.before_attention(x)), plan.cosines, plan.sines
        )
        count, width = plan.context, self.llama.heads * self.llama.size
        attended = self._attend(queries[plan.padded].transpose(1, 2), keys, values, plan)
        found = attended.transpose(1, 2).reshape(-1, width)[plan.unpadded]
        if last:
            x = x[count:]
        else:
            common = (part[:count].transpose(0, 1)[None] for part in (queries, keys, values))
            attended = F.scaled_dot_product_attention(*self._with_equal_heads(*common), is_causal=True)
            found = torch.cat([attended[0].transpose(0, 1).reshape(count, width), found])
        x = x + layer.attended(found)
        gate, up = layer.gates(layer.before_mlp(x)).chunk(2, -1)
        return x + layer.down(F.silu(gate) * up)

    def _attend(
        self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, plan: _ScriptsPlan
    ) -> torch.Tensor:
        """Attend from each script's tokens to the context and the script itself.

        Parameters:
            queries: (scripts, heads, longest, size).
            keys: of all tokens, (tokens, shared heads, size).
            values: of the same shape as keys.
            plan: where the tokens stand.

        Returns:
            (scripts, heads, longest, size).
        """
        rows = len(plan.padded)

        def seen(part: torch.Tensor) -> torch.Tensor:
            common = part[: plan.context].expand(rows, *part[: plan.context].shape)
            return torch.cat([common, part[plan.padded]], 1).transpose(1, 2)

        equal = self._with_equal_heads(queries, seen(keys), seen(values))
        return F.scaled_dot_product_attention(*equal, attn_mask=plan.mask)

    def _with_equal_heads(
        self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return queries, keys and values, (rows, heads, tokens, size) each, from (rows, shared heads, ...) ones."""
        times = self.llama.heads // self.llama.shared
        return queries, keys.repeat_interleave(times, 1), values.repeat_interleave(times, 1)


class _ScriptsPlan:
    """Where the tokens of a context and its scripts stand: the context's, then each script's, as one list.

    Attributes:
        context: the number of the context's tokens.
        ids: all tokens, (tokens,).
        cosines: of the rotary embedding, (tokens, 1, size of a head).
        sines: of the rotary embedding, of the same shape.
        padded: the scripts' tokens in rows, as indices of the list, (scripts, longest); a row that has ended goes on
            with its first token.
        unpadded: the place in the rows of each of the scripts' tokens, (scripts' tokens,).
        script: the script of each of these tokens, (scripts' tokens,).
        lengths: the number of tokens of each script, (scripts,).
        mask: which keys a token sees, (scripts, 1, longest, context + longest), bool.
    """

    def __init__(self, llama: Llama, context: Sequence[int], scripts: Sequence[Sequence[int]]) -> None:
        device = llama.device
        self.context = len(context)
        lengths = np.array([len(script) for script in scripts])
        ends = self.context + lengths.cumsum()
        starts, longest = ends - lengths, int(lengths.max())
        columns = np.arange(longest)
        inside = columns < lengths[:, None]
        self.ids = to_indices(np.array([*context, *(token for script in scripts for token in script)]), device)
        positions = np.concatenate([np.arange(self.context), self.context + np.nonzero(inside)[1]])
        self.cosines, self.sines = llama.rotary(to_indices(positions, device), self.context + longest)
        self.padded = to_indices(np.where(inside, starts[:, None] + columns, starts[:, None]), device)
        self.unpadded = to_indices(np.flatnonzero(inside), device)
        self.script = to_indices(np.repeat(np.arange(len(scripts)), lengths), device)
        self.lengths = to_indices(lengths, device)
        own = (columns[:, None] >= columns)[None] & inside[:, None, :]
        seen = np.concatenate([np.ones((len(scripts), longest, self.context), np.bool_), own], 2)
        self.mask = torch.from_numpy(seen).to(device)[:, None]

    def pooled(self, x: torch.Tensor) -> torch.Tensor:
        """Return the normed mean over each script, (scripts, hidden), float32, of x, (scripts' tokens, hidden)."""
        sums = torch.zeros(len(self.lengths), x.shape[1], device=x.device).index_add_(0, self.script, x.float())
        return normed(sums / self.lengths[:, None])
