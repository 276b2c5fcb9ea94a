"""The scripts that a policy writes for a prompt, in the order in which they were drawn."""

from __future__ import annotations

from ...models.policy.policy import Policy
from ...workflow.grammar.grammar import Grammar
from ...writing import write_workflows


def policy_scripts(
    policy: Policy,
    grammar: Grammar,
    prompt: str,
    *,
    count: int,
    seed: int,
    temperature: float,
    top_p: float = 1.0,
    guidance: float = 1.0,
    as_asked: bool = False,
) -> list[tuple[str, ...]]:
    """Return `count` scripts of a policy as choices, the first drawn first; equal ones are not merged.

    Args:
        policy: the policy.
        grammar: of the installation, under the limits that all scripts keep to.
        prompt: the prompt.
        count: number of scripts.
        seed: of the drawing.
        temperature: sampling temperature.
        top_p: probability mass to draw from.
        guidance: guidance scale.
        as_asked: whether the scripts also keep to what is read in the prompt, as the product's do; without it, they may
            be anything that the grammar allows.

    Raises:
        PromptError: the prompt is empty or holds control characters.
        GuidanceError, DecodingError, VocabularyError: as `write_workflows` does.
    """
    written = write_workflows(
        prompt, grammar.catalog, policy=policy, constraints=grammar.constraints,
        grammar=None if as_asked else grammar, candidates=count, seed=seed, temperature=temperature, top_p=top_p,
        guidance=guidance,
    )  # fmt: skip
    drawn = {number: each.choices for each in written for number in each.draws}
    return [drawn[number] for number in sorted(drawn)]
