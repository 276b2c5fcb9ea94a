"""What the same base would take for the same workflows without the script and its grammar.

Two ways: the same script, but every token from the model, one at a time; and plain API JSON, as language models write
workflows without either. Nobody trained the base to write JSON, so the tokens are those of the workflow that it wrote
as a script, and only their number and the time matter: the model is really asked for each, with the logits of its
whole vocabulary, and the next token is fed whatever it answered.
"""

from __future__ import annotations

import time

import numpy as np

from nodewright.models.policy.batches import open_batch
from nodewright.models.policy.decoding import Candidate
from nodewright.models.policy.policy import Policy
from nodewright.workflow.api_format import minified, to_api


def script_tokens(policy: Policy, candidate: Candidate) -> list[int]:
    """Return the script's tokens, with forced ones."""
    return [token for choice in candidate.choices for token in policy.vocabulary.encode_choice(choice)]


def json_tokens(policy: Policy, candidate: Candidate, prompt: str) -> list[int]:
    """Return the tokens of the workflow's minified API JSON in the base's own vocabulary."""
    text = minified(to_api(candidate.workflow, prompt=prompt, seed=0))
    return policy.vocabulary.encode_prompt(text, len(text.encode("utf-8")))


def seconds_one_by_one(policy: Policy, context: list[int], tokens: list[int]) -> float:
    """Seconds to read the context and then to ask the model for each of these tokens."""
    every = [np.arange(policy.embedding_rows)]
    began = time.perf_counter()
    batch = open_batch(policy, context)
    for token in tokens:
        (logits,) = batch.logits(every)
        int(logits.argmax())
        batch.feed([[token]])
    return time.perf_counter() - began
