"""The classifier of prompts that a reward ensemble's members read (models/reward/prompt_kinds.py), from triplets
that name the kinds of their prompts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch
import torch.nn.functional as F

from ...models.policy.policy import Policy
from ...models.policy.vocabulary import is_file
from ...models.reward.members import normed
from ...models.reward.prompt_kinds import PromptKinds
from .data import Encoded, Example

LEAST = 20
"""Examples that a kind or a main model must have."""
PENALTY = 1e-4
STEPS = 200


def learn_kinds(policy: Policy, examples: Sequence[Example], encoded: Sequence[Encoded]) -> PromptKinds | None:
    """Multinomial regression on the means of the prompts' embeddings, without validation prompts; None where fewer than
    two kinds are named often enough."""
    trained = [index for index, example in enumerate(examples) if not example.validation]
    counts = Counter(examples[index].kind for index in trained)
    names = sorted(kind for kind, count in counts.items() if kind and count >= LEAST)
    if len(names) < 2:
        return None
    asked = {encoded[index].context: names.index(examples[index].kind) for index in trained
             if examples[index].kind in names}  # fmt: skip
    weight, bias = _fitted(_means(policy, list(asked)), torch.tensor(list(asked.values())), len(names))
    mains = Counter(examples[index].choices[0] for index in trained if is_file(examples[index].choices[0]))
    known = [policy.vocabulary.encode_choice(main) for main, count in sorted(mains.items()) if count >= LEAST]
    return PromptKinds(names, known, weight, bias).to(policy.device)


@torch.no_grad()
def _means(policy: Policy, contexts: Sequence[Sequence[int]]) -> torch.Tensor:
    """As members read them, (contexts, hidden), float32, on the CPU."""
    table = policy.model.get_input_embeddings()
    rows = [table(torch.tensor(context, device=policy.device)).float().mean(0).cpu() for context in contexts]
    return normed(torch.stack(rows))


def _fitted(asked: torch.Tensor, targets: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """weight (count, hidden) and bias (count,) of the least cross-entropy."""
    mean, deviation = asked.mean(0), asked.std(0).clamp(min=1e-3)
    x = (asked - mean) / deviation
    weight = torch.zeros(count, x.shape[1], requires_grad=True)
    bias = torch.zeros(count, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        found = F.cross_entropy(F.linear(x, weight, bias), targets) + PENALTY * weight.square().sum()
        found.backward()
        return found

    optimizer.step(loss)
    weight, bias = weight.detach() / deviation, bias.detach()
    return weight, bias - weight @ mean
