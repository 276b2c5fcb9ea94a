"""Training of the classifier of prompts (models/reward/prompt_kinds.py), on triplets that name their prompts' kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch
from sklearn.linear_model import LogisticRegression

from ...miniature.scenes import kinds_of
from ...models.policy.policy import Policy
from ...models.policy.vocabulary import is_file
from ...models.reward.members import normed
from ...models.reward.prompt_kinds import PromptKinds
from .data import Encoded, Example

LEAST = 20
"""Examples that a kind or a main model must have to be distinguished."""
PENALTY = 1e-4
"""Weight of the squared weights beside the mean loss."""
STEPS = 200
"""The most steps of LBFGS."""


def learn_kinds(policy: Policy, examples: Sequence[Example], encoded: Sequence[Encoded]) -> PromptKinds | None:
    """Fit a classifier of prompts to the means of their embeddings, without the validation prompts.

    Returns:
        The classifier; None where fewer than two kinds are named often enough.
    """
    trained = [index for index, example in enumerate(examples) if not example.validation]
    counts = Counter(kind for index in trained for kind in kinds_of(examples[index].kind))
    names = sorted(kind for kind, count in counts.items() if kind and count >= LEAST)
    if len(names) < 2:
        return None
    # A combined prompt is an example of each of its kinds, so that they share its probability.
    asked = sorted({(encoded[index].context, names.index(kind)) for index in trained
                    for kind in kinds_of(examples[index].kind) if kind in names})  # fmt: skip
    targets = torch.tensor([target for _, target in asked])
    weight, bias = _fitted(_means(policy, [context for context, _ in asked]), targets, len(names))
    mains = Counter(examples[index].choices[0] for index in trained if is_file(examples[index].choices[0]))
    known = [policy.vocabulary.encode_choice(main) for main, count in sorted(mains.items()) if count >= LEAST]
    return PromptKinds(names, known, weight, bias).to(policy.device)


@torch.no_grad()
def _means(policy: Policy, contexts: Sequence[Sequence[int]]) -> torch.Tensor:
    """Return the mean embeddings that members read, (contexts, hidden), float32, on the CPU."""
    table = policy.model.get_input_embeddings()
    rows = [table(torch.tensor(context, device=policy.device)).float().mean(0).cpu() for context in contexts]
    return normed(torch.stack(rows))


def _fitted(means: torch.Tensor, targets: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Fit a multinomial regression by scikit-learn.

    Args:
        means: what the kinds are read from, (prompts, hidden).
        targets: the number of each prompt's kind, (prompts,).
        count: number of kinds.

    Returns:
        Weight, (kinds, hidden), and bias, (kinds,), of the logits.
    """
    mean, deviation = means.mean(0), means.std(0).clamp(min=1e-3)
    # The mean loss plus PENALTY times the squared weights, as scikit-learn writes it. Of two kinds it fits the
    # difference of their weights, whose square is twice the sum of the squares of both.
    scale = 1 if count == 2 else 2
    model = LogisticRegression(C=1 / (scale * PENALTY * len(means)), max_iter=STEPS, tol=1e-6)
    model.fit(((means - mean) / deviation).double().numpy(), targets.numpy())
    weight, bias = torch.from_numpy(model.coef_).float(), torch.from_numpy(model.intercept_).float()
    if count == 2:
        weight, bias = torch.cat([-weight, weight]) / 2, torch.cat([-bias, bias]) / 2
    weight = weight / deviation
    return weight, bias - weight @ mean
