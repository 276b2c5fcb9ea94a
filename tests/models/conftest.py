"""A tiny random policy and its tokenizer, made on the spot."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from tiny_policy import PROMPTS, one_thread, tiny_policy
from toy_grammar import ToyGrammar

from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.training.sft.tokenizer import frequent_words, train_tokenizer

__all__ = ["one_thread"]


@pytest.fixture(scope="session")
def scripts() -> list[list[str]]:
    random = Random(0)
    return [ToyGrammar().random_script(random) for _ in range(200)]


@pytest.fixture(scope="session")
def vocabulary(scripts: list[list[str]]) -> Vocabulary:
    tokenizer = train_tokenizer(PROMPTS + sorted({choice for script in scripts for choice in script}), 400)
    # Half of the numbers and two classes stay spelled.
    frequent = frequent_words(Counter(word for script in scripts for word in set(script)), least=3, most=1024)
    words = [word for word in frequent if word not in ("Sample", "Decode", *map(str, range(60)))]
    return Vocabulary(tokenizer, words)


@pytest.fixture(scope="session")
def policy(vocabulary: Vocabulary) -> Policy:
    return tiny_policy(vocabulary)
