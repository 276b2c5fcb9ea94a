"""What a policy reads before it writes."""

from __future__ import annotations

from dataclasses import replace

from toy_grammar import ToyGrammar

from nodewright.models.policy.context import installed_files
from nodewright.models.policy.decoding import context_of
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.training.sft.tokenizer import FRAME

FILES = [f"sdxl/style{index:03d}_mix" for index in range(100)] + ["sdxl/my_pixel_lora"]


def test_the_files_stand_between_prompt_and_script(policy: Policy, vocabulary: Vocabulary) -> None:
    before, ask, files, after = vocabulary.encode_frame(FRAME)
    listed = [token for file in FILES[:2] for token in vocabulary.encode_choice(file)]
    expected = before + vocabulary.encode_prompt("a cat") + ask + files + listed + after
    context = policy.context("a cat", FILES[:2])
    assert context.ids == expected
    ends = [len(vocabulary.encode_choice(file)) for file in FILES[:2]]
    start = len(before + vocabulary.encode_prompt("a cat") + ask + files)
    assert context.places == {FILES[0]: start + ends[0] - 1, FILES[1]: start + sum(ends) - 1}


def test_a_policy_reads_what_is_asked_for_and_what_files_are_good_at(policy: Policy, vocabulary: Vocabulary) -> None:
    known = Vocabulary(vocabulary.tokenizer, (*vocabulary.words, "?tall", "?photo"))
    reader = Policy(policy.model, known, policy.frame)
    tall, photo = (known.base_size + len(vocabulary.words) + index for index in range(2))
    before, ask, files, after = known.encode_frame(FRAME)
    name = known.encode_choice(FILES[0])
    context = reader.context("a cat", FILES[:2], ask=("tall",), good_at={FILES[0]: ("photo",)})
    expected = [*before, *known.encode_prompt("a cat"), *ask, tall, *files, *name[:-1], photo, name[-1]]
    assert context.ids == [*expected, *known.encode_choice(FILES[1]), *after]
    assert context.places[FILES[0]] == len(expected) - 1, "what a file is good at stands before its name's end"
    assert known.encode_read("pixel_art") == tuple(known.encode_prompt(" pixel art")), "no word: spelled"


def test_what_nobody_has_read_is_read_in_the_prompt(policy: Policy) -> None:
    grammar = ToyGrammar(files=tuple(FILES[:3]))
    found = context_of(policy, grammar, "phone wallpaper of a fox, anime", None, 256)
    given = context_of(policy, grammar, "phone wallpaper of a fox, anime", ("tall", "anime"), 256)
    assert found == given != context_of(policy, grammar, "phone wallpaper of a fox, anime", ("nothing",), 256)
    first = Policy(policy.model, policy.vocabulary, replace(policy.frame, ask=""))
    assert context_of(first, grammar, "a fox", ("tall",), 256) == first.context("a fox", FILES[:3])


def test_a_policy_of_the_first_frame_reads_neither(policy: Policy) -> None:
    first = Policy(policy.model, policy.vocabulary, replace(policy.frame, ask=""))
    known = {FILES[0]: ("photo",)}
    assert first.context("a cat", FILES, ask=("tall",), good_at=known) == first.context("a cat", FILES)


def test_where_there_are_many_files_names_are_cut_and_those_stay_that_are_good_at_what_is_asked_for(
    vocabulary: Vocabulary,
) -> None:
    known = Vocabulary(vocabulary.tokenizer, (*vocabulary.words, "?photo"))
    names = [f"sdxl/a_mixture_of_many_words_that_nobody_reads_v{index}" for index in range(100)]
    kept = installed_files(known, names, "a cat", 400, ask=("photo",), good_at=dict.fromkeys(names[30:50], ("photo",)))
    assert set(names[30:50]) <= set(kept) and sum(map(len, kept.values())) <= 400
    assert all(ids[-1] == known.end_id for ids in kept.values())
    assert len(set(kept.values())) > len(kept) / 2, "the ends of names, which hold their versions, are read"


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
