"""Several scripts of one prompt as one row of tokens, and the probabilities of what was drawn in them.

The context, which is most of the tokens, stands once at the beginning; each script attends to it and to itself. Logits
are computed of the allowed ids only: for a token of a trie these are its branches, and for a file that was picked whole
the logit of one token after the name of each (models/policy/context.py). What the grammar forced has no probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from ...models.policy.decoding import Grammar, Pick, context_of, trace
from ...models.policy.policy import Policy

NEVER = -1e9
"""The logit beyond the allowed ones: no probability, and unlike infinity no NaN in a gradient."""


@dataclass(frozen=True)
class ScriptGroup:
    """Scripts of one prompt in one row of tokens. A draw is a branch of a trie or a pick, in order of the scripts.

    Attributes:
        ids: the context, then each script up to its last draw, (tokens,).
        positions: positions of the tokens; each script's continue those of the context, (tokens,).
        starts: where each part begins, the context first, and the end of the last.
        places: where the logit of each allowed alternative is read, (alternatives,).
        tokens: the token whose logit it is, (alternatives,).
        draws: the draw that it is an alternative of, (alternatives,).
        columns: its number among the draw's alternatives, (alternatives,).
        taken: the number of the alternative that was drawn, (draws,).
        scripts: the script that each draw belongs to, (draws,).
        mains: of each script whose main model was drawn first and picked whole, that draw and the files to pick from.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    starts: tuple[int, ...]
    places: torch.Tensor
    tokens: torch.Tensor
    draws: torch.Tensor
    columns: torch.Tensor
    taken: torch.Tensor
    scripts: torch.Tensor
    mains: Mapping[int, tuple[int, tuple[str, ...]]] = field(default_factory=dict)

    def mask(self, dtype: torch.dtype) -> torch.Tensor:
        """Return what is added to the attention scores of keys (last) for each query, (1, 1, tokens, tokens)."""
        lengths = [end - start for start, end in zip(self.starts, self.starts[1:], strict=False)]
        part = torch.repeat_interleave(torch.tensor(lengths)).to(self.ids.device)
        order = torch.arange(len(part), device=part.device)
        seen = ((part == 0) | (part == part[:, None])) & (order <= order[:, None])
        mask = torch.zeros(seen.shape, dtype=dtype, device=part.device)
        return mask.masked_fill_(~seen, torch.finfo(dtype).min)[None, None]

    def logits(self, hidden: torch.Tensor, head: Any) -> torch.Tensor:
        """Return the logits of the alternatives, (draws, most), float32, NEVER beyond each draw's.

        Args:
            hidden: hidden states after the last layer and norm, (tokens, size).
            head: the model's output embeddings.
        """
        products = hidden[self.places].float() * functional.embedding(self.tokens, head.weight).float()
        flat = products.sum(-1)
        if head.bias is not None:
            flat = flat + head.bias[self.tokens].float()
        most = int(self.columns.max()) + 1
        padded = flat.new_full((len(self.taken), most), NEVER)
        return padded.index_put((self.draws, self.columns), flat)


def encode_group(
    policy: Policy,
    grammar: Grammar,
    prompt: str,
    scripts: Sequence[Sequence[str]],
    prompt_tokens: int,
    ask: Sequence[str] | None = None,
) -> ScriptGroup:
    """Return a prompt's scripts as one row on the policy's device.

    Args:
        policy: the policy.
        grammar: the grammar that they were written under.
        prompt: the prompt.
        scripts: the scripts.
        prompt_tokens: the most tokens of the prompt.
        ask: what is asked for, as words; None: what is read in the prompt.

    Raises:
        Exception: whatever the grammar raises for a choice that it does not allow.
    """
    context = context_of(policy, grammar, prompt, ask, prompt_tokens)
    ids, positions = list(context.ids), list(range(len(context.ids)))
    lengths = [len(context.ids)]
    places: list[int] = []
    tokens: list[int] = []
    counts: list[int] = []
    taken: list[int] = []
    owners: list[int] = []
    mains: dict[int, tuple[int, tuple[str, ...]]] = {}
    for owner, choices in enumerate(scripts):
        script, made = trace(policy.vocabulary, grammar, choices, context.places)
        for step in made:
            if isinstance(step, Pick):
                if step.choice == 0:
                    mains[owner] = (len(taken), step.files)
                places += [context.places[file] for file in step.files]
                tokens += [policy.pick_id] * len(step.files)
                counts.append(len(step.files))
            else:
                before = len(ids) + step.position - 1 if step.position else lengths[0] - 1
                places += [before] * len(step.allowed)
                tokens += step.allowed.tolist()
                counts.append(len(step.allowed))
            taken.append(step.taken)
            owners.append(owner)
        read = script[: max((step.position for step in made if not isinstance(step, Pick)), default=0)]
        ids += read
        positions += range(lengths[0], lengths[0] + len(read))
        lengths.append(len(read))
    draws = np.repeat(np.arange(len(counts)), counts)
    columns = np.concatenate([np.arange(count) for count in counts]) if counts else np.zeros(0, np.int64)

    def there(numbers: Any) -> torch.Tensor:
        return torch.as_tensor(numbers, dtype=torch.long).to(policy.device)

    return ScriptGroup(
        there(ids), there(positions), tuple(accumulate(lengths, initial=0)), there(places), there(tokens),
        there(draws), there(columns), there(taken), there(owners), mains,
    )  # fmt: skip


def encode_main(
    policy: Policy,
    grammar: Grammar,
    prompt: str,
    choices: Sequence[str],
    prompt_tokens: int,
    ask: Sequence[str] | None = None,
) -> ScriptGroup | None:
    """Return of a script only the context and the draw of its main model; None where that was not picked whole.

    The arguments are those of `encode_group`.
    """
    whole = encode_group(policy, grammar, prompt, [choices], prompt_tokens, ask)
    if 0 not in whole.mains:
        return None
    draw, files = whole.mains[0]
    end, of_main, first = whole.starts[1], whole.draws == draw, torch.zeros_like(whole.taken[:1])
    return replace(
        whole, ids=whole.ids[:end], positions=whole.positions[:end], starts=(0, end), places=whole.places[of_main],
        tokens=whole.tokens[of_main], draws=torch.zeros_like(whole.draws[of_main]), columns=whole.columns[of_main],
        taken=whole.taken[draw : draw + 1], scripts=first, mains={0: (0, files)},
    )  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A policy's probabilities of a group's draws, in natural logarithms.

    Attributes:
        log_probabilities: of what was drawn, (draws,).
        entropy: of the distribution over the allowed alternatives, (draws,).
        divergence: KL(policy || reference) over the allowed alternatives, (draws,).
    """

    log_probabilities: torch.Tensor
    entropy: torch.Tensor
    divergence: torch.Tensor


def drawn(group: ScriptGroup, logits: torch.Tensor, reference: torch.Tensor, temperature: float) -> Drawn:
    """Return the probabilities of a group's draws from the logits of policy and reference, each (draws, most).

    Both are taken at the temperature that the scripts were drawn with.
    """
    logs = (logits / temperature).log_softmax(1)
    others = (reference / temperature).log_softmax(1)
    shares = logs.exp()  # exactly 0 where nothing is allowed
    return Drawn(
        logs.gather(1, group.taken[:, None])[:, 0],
        -(shares * logs).sum(1),
        (shares * (logs - others)).sum(1),
    )
