"""What a policy reads before it writes."""

from __future__ import annotations

from nodewright.models.policy.context import installed_files
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.training.sft.tokenizer import FRAME

FILES = [f"sdxl/style{index:03d}_mix" for index in range(100)] + ["sdxl/my_pixel_lora"]


def test_the_files_stand_between_prompt_and_script(policy: Policy, vocabulary: Vocabulary) -> None:
    before, files, after = vocabulary.encode_frame(FRAME)
    listed = [token for file in FILES[:2] for token in vocabulary.encode_choice(file)]
    expected = before + vocabulary.encode_prompt("a cat") + files + listed + after
    context = policy.context("a cat", FILES[:2])
    assert context.ids == expected
    ends = [len(vocabulary.encode_choice(file)) for file in FILES[:2]]
    start = len(before + vocabulary.encode_prompt("a cat") + files)
    assert context.places == {FILES[0]: start + ends[0] - 1, FILES[1]: start + sum(ends) - 1}


def test_a_policy_that_does_not_read_files_is_not_given_any(policy: Policy) -> None:
    without = Policy(policy.model, policy.vocabulary, type(policy.frame)("A:", "\n"))
    assert without.context("a cat", FILES) == without.context("a cat")


def test_a_few_files_are_all_listed(vocabulary: Vocabulary) -> None:
    assert installed_files(vocabulary, FILES[:5], "") == {file: vocabulary.encode_choice(file) for file in FILES[:5]}


def test_of_too_many_files_those_remain_that_the_prompt_names_and_the_others_evenly(vocabulary: Vocabulary) -> None:
    limit = sum(len(vocabulary.encode_choice(file)) for file in FILES) // 4
    kept = installed_files(vocabulary, FILES, "Pixel art of a cat", limit)
    places = [FILES.index(file) for file in kept]
    assert sum(map(len, kept.values())) <= limit
    assert places == sorted(places) and places[-1] == 100, "in order, the one that was named among them"
    gaps = [after - before for before, after in zip(places, places[1:], strict=False)]
    assert len(kept) > 15 and max(gaps) <= 8, places
