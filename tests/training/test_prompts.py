"""The prompt generator: what it covers, and that what is held out is new."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import pytest

from nodewright.training.corpus.prompts.asks import with_asks
from nodewright.training.corpus.prompts.cues import CUES, cues
from nodewright.training.corpus.prompts.generator import HELD_OUT_WORDINGS, draw_prompt, unseen_wording
from nodewright.training.corpus.prompts.words import UNSEEN, WORDINGS
from nodewright.workflow.ask.names import InstalledNames
from nodewright.workflow.ask.syntax import read_ask
from nodewright.workflow.catalog.identify import identify
from nodewright.workflow.catalog.model_files import model_files

COUNT = 3000


@pytest.fixture(scope="module")
def training() -> list[str]:
    random = Random(0)
    return [draw_prompt(random) for _ in range(COUNT)]


@pytest.fixture(scope="module")
def held_out() -> list[str]:
    random = Random(1)
    return [draw_prompt(random, held_out=True) for _ in range(COUNT)]


def filled(text: str) -> str:
    return text.replace("{q}", "OPEN").replace("{b}", "a bakery").replace("{}", "a fox")


@pytest.mark.parametrize("table", [WORDINGS, UNSEEN], ids=["training", "unseen"])
def test_every_wording_says_its_cue(table: dict[str, object]) -> None:
    assert set(table) == set(CUES)
    for cue, wordings in (WORDINGS if table is WORDINGS else UNSEEN).items():
        for text in wordings.leads:
            assert cue in cues(filled(text)), text
        for text in (*wordings.tags, *wordings.asks):
            assert cue in cues(f"a fox, {filled(text)}"), text


def test_the_same_seed_draws_the_same(training: list[str]) -> None:
    random = Random(0)
    assert [draw_prompt(random) for _ in range(100)] == training[:100]


def test_prompts_are_many(training: list[str]) -> None:
    assert len(set(training)) > 0.95 * COUNT
    assert all(prompt.strip() == prompt and prompt and len(prompt) < 600 for prompt in training)
    assert not [prompt for prompt in training if "{" in prompt or "}" in prompt]


def test_every_cue_occurs_often_and_more_than_half_have_none(training: list[str], held_out: list[str]) -> None:
    for prompts in (training, held_out):
        found = [cues(prompt) for prompt in prompts]
        counts = Counter(cue for group in found for cue in group)
        assert min(counts[cue] for cue in CUES) > 0.03 * COUNT
        assert 0.4 < sum(map(bool, found)) / COUNT < 0.5


def test_cues_occur_together(training: list[str]) -> None:
    pairs = {tuple(sorted(group)) for group in map(cues, training) if len(group) == 2}
    assert len(pairs) > 30


def test_no_held_out_prompt_is_a_training_prompt(training: list[str], held_out: list[str]) -> None:
    assert not {prompt.lower() for prompt in training} & {prompt.lower() for prompt in held_out}


def test_held_out_prompts_show_other_things(training: list[str], held_out: list[str]) -> None:
    """No noun of which a whole prompt is made is in both halves."""

    def heads(prompts: list[str]) -> set[str]:
        return {found[1] for prompt in prompts if (found := re.match(r"an? (?:\w+ )?(\w+)(?<!ing)$", prompt.lower()))}

    assert len(heads(training)) > 50 and len(heads(held_out)) > 15
    assert not heads(training) & heads(held_out)


def test_no_training_prompt_has_a_held_out_wording(training: list[str], held_out: list[str]) -> None:
    assert not [(cue, prompt) for prompt in training for cue in CUES if unseen_wording(prompt, cue)]
    for cue in CUES:
        said = [prompt for prompt in held_out if cue in cues(prompt)]
        share = sum(unseen_wording(prompt, cue) for prompt in said) / len(said)
        assert 0.3 < share < 0.7, cue


def test_held_out_wordings_are_told_by_cue() -> None:
    assert set(HELD_OUT_WORDINGS) == set(CUES)
    for cue, phrases in HELD_OUT_WORDINGS.items():
        assert len(phrases) >= 8, cue
        assert all(phrase == phrase.lower().strip() and len(phrase) > 2 for phrase in phrases), cue


def test_registers(training: list[str]) -> None:
    """Short and long, lists and sentences, lower and upper case, questions, numbers and quotes all occur."""
    kinds = {
        "terse": sum(len(prompt.split()) <= 3 for prompt in training),
        "long": sum(prompt.count(". ") >= 2 for prompt in training),
        "lists": sum(prompt.count(",") >= 3 for prompt in training),
        "upper": sum(prompt.isupper() for prompt in training),
        "lower": sum(prompt == prompt.lower() for prompt in training),
        "asked": sum(prompt.lower().startswith(("could you", "can you", "please", "would you")) for prompt in training),
        "numbers": sum(bool(re.search(r"\d", prompt)) for prompt in training),
        "quotes": sum('"' in prompt for prompt in training),
    }
    assert min(kinds.values()) > 0.01 * COUNT, kinds


def test_what_is_asked_for_beside_the_picture_is_read_and_leaves_the_text() -> None:
    """What the corpus adds to prompts is in the words that the product reads."""
    names = [("checkpoints", "juggernautXL_v9.safetensors"), ("loras", "pixel-art-xl.safetensors")]
    models = model_files((folder, name, identify(folder, name)) for folder, name in names)
    mains, loras = ([file for file in models if file.folder == folder] for folder, _ in names)
    installed = InstalledNames(models)
    kinds: Counter[str] = Counter()
    unread = []
    for seed in range(400):
        prompt = with_asks("a fox in the snow", mains, loras, Random(seed))
        ask = read_ask(prompt, installed)
        assert "fox in the snow" in ask.text, prompt
        kinds.update({one.kind for one in ask.statements})
        if not ask.statements:
            unread.append(prompt)
    assert len(unread) < 8, unread
    assert {"size", "ratio", "steps", "cfg", "sampler", "negative", "lora", "mention", "enlarge"} <= kinds.keys()
