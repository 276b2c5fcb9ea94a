"""A reward ensemble over a small Llama, with little overhead: the context is read once for all scripts, the layers
below the adapters once for all members, and the last layer computes only what the heads read.

Each member has its own copy of the adapted layers, with the adapters merged into the weights.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from ..policy.fast_llama.llama import Layer, Llama, copied, layer_path
from .members import Members, normed, upper_layers


class LlamaMembers:
    """Scores one context's scripts, as `Members` does."""

    def __init__(self, llama: Llama, model: Any, members: Members) -> None:
        self.llama = llama
        self.members = members
        self.lower = llama.layers[: -members.shape.layers]
        self.upper = [self._merged(model, member) for member in range(members.count)]

    @staticmethod
    def over(model: Any, members: Members) -> LlamaMembers | None:
        """None for a model that has no copy (`llama.copied`)."""
        llama = copied(model)
        return None if llama is None else LlamaMembers(llama, model, members)

    @torch.inference_mode()
    def score(self, context: Sequence[int], scripts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Standardised scores, (members, scripts), float32."""
        plan = _Plan(self.llama, context, scripts)
        x = F.embedding(plan.ids, self.llama.embedding)
        asked = normed(x[: plan.context].float().mean(0, keepdim=True)).expand(len(scripts), -1)
        early = self.members.early(asked, plan.pooled(x[plan.context :]), scripts)
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
    def _merged(self, model: Any, member: int) -> list[Layer]:
        added = self.members.added(member)
        upper = upper_layers(model, self.members.shape.layers)
        found = []
        for index, layer in enumerate(upper, len(self.lower)):
            own = copy.deepcopy(layer)
            prefix = layer_path(index, "")
            for path in added:
                if path.startswith(prefix):
                    weight = own.get_parameter(path.removeprefix(prefix) + ".weight")
                    weight.add_(added[path].to(weight))
            found.append(Layer(own, packed=True))
        return found

    def _layer(self, layer: Layer, x: torch.Tensor, plan: _Plan, last: bool = False) -> torch.Tensor:
        """What a layer makes of all tokens, (tokens, hidden); the last one of the scripts' alone."""
        queries, keys, values = self._split(layer.inputs(layer.before_attention(x)), plan)
        count, width = plan.context, self.llama.heads * self.llama.size
        attended = self._attend(queries[plan.padded].transpose(1, 2), keys, values, plan)
        found = attended.transpose(1, 2).reshape(-1, width)[plan.taken]
        if last:
            x = x[count:]
        else:
            common = (part[:count].transpose(0, 1)[None] for part in (queries, keys, values))
            attended = F.scaled_dot_product_attention(*self._alike(*common), is_causal=True)
            found = torch.cat([attended[0].transpose(0, 1).reshape(count, width), found])
        x = x + layer.attended(found)
        gate, up = layer.gates(layer.before_mlp(x)).chunk(2, -1)
        return x + layer.down(F.silu(gate) * up)

    def _split(self, mixed: torch.Tensor, plan: _Plan) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Queries, keys and values with their positions, (tokens, heads, size) each."""
        heads, shared, size = self.llama.heads, self.llama.shared, self.llama.size
        parts = mixed.view(-1, heads + 2 * shared, size)
        turned = parts[:, : heads + shared]
        turned = torch.addcmul(turned * plan.cosines, turned.roll(size // 2, -1), plan.sines)
        return turned[:, :heads], turned[:, heads:], parts[:, heads + shared :]

    def _attend(self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, plan: _Plan) -> torch.Tensor:
        """Of queries (scripts, heads, tokens, size) to the context and their own script."""
        rows = len(plan.padded)

        def seen(part: torch.Tensor) -> torch.Tensor:
            common = part[: plan.context].expand(rows, *part[: plan.context].shape)
            return torch.cat([common, part[plan.padded]], 1).transpose(1, 2)

        return F.scaled_dot_product_attention(*self._alike(queries, seen(keys), seen(values)), attn_mask=plan.mask)

    def _alike(
        self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """With as many heads of keys and values as of queries."""
        times = self.llama.heads // self.llama.shared
        return queries, keys.repeat_interleave(times, 1), values.repeat_interleave(times, 1)


class _Plan:
    """Where the tokens stand: the context's, then each script's, as one list without padding.

    padded (scripts, longest): the scripts' tokens in rows, as indices of the list, a script's first where it is over;
    taken: back from there. script: of each of their tokens, whose it is; lengths (scripts,): how many each has. mask
    (scripts, 1, longest, context + longest): what a token sees.
    """

    def __init__(self, llama: Llama, context: Sequence[int], scripts: Sequence[Sequence[int]]) -> None:
        self.context = len(context)
        lengths = np.array([len(script) for script in scripts])
        ends = self.context + lengths.cumsum()
        starts, longest = ends - lengths, int(lengths.max())
        columns = np.arange(longest)
        inside = columns < lengths[:, None]

        def there(numbers: npt.NDArray[Any]) -> torch.Tensor:
            wide = numbers.astype(np.int64, copy=False)  # numpy 1 has 32 bits on Windows, too few for torch's indices
            return torch.from_numpy(wide).to(llama.device)

        self.ids = there(np.array([*context, *(token for script in scripts for token in script)]))
        positions = np.concatenate([np.arange(self.context), self.context + np.nonzero(inside)[1]])
        self.cosines, self.sines = llama.turns(there(positions), self.context + longest)
        self.padded = there(np.where(inside, starts[:, None] + columns, starts[:, None]))
        self.taken = there(np.flatnonzero(inside))
        self.script, self.lengths = there(np.repeat(np.arange(len(scripts)), lengths)), there(lengths)
        own = (columns[:, None] >= columns)[None] & inside[:, None, :]
        seen = np.concatenate([np.ones((len(scripts), longest, self.context), np.bool_), own], 2)
        self.mask = torch.from_numpy(seen).to(llama.device)[:, None]

    def pooled(self, x: torch.Tensor) -> torch.Tensor:
        """The mean over each script's tokens, normed, (scripts, hidden), float32, of (scripts' tokens, hidden)."""
        sums = torch.zeros(len(self.lengths), x.shape[1], device=x.device).index_add_(0, self.script, x.float())
        return normed(sums / self.lengths[:, None])
