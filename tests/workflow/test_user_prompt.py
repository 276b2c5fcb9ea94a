"""What a user's prompt may be."""

from __future__ import annotations

import pytest

from nodewright.workflow.graph import WorkflowError
from nodewright.workflow.user_prompt import PromptError, checked_prompt


@pytest.mark.parametrize(
    "prompt",
    [
        "a cat",
        "  a cat\n\tand a dog\n",
        'say "hi" @end <|script|> \\ {}',
        "\N{CAT FACE}\N{RIGHT-TO-LEFT OVERRIDE}\N{NO-BREAK SPACE}",
        "~\N{NO-BREAK SPACE}\ud7ff\ue000",  # next to what is refused
    ],
)
def test_a_prompt_stays_as_it_is(prompt: str) -> None:
    assert checked_prompt(prompt) == prompt


def test_windows_line_ends_become_newlines() -> None:
    assert checked_prompt("a cat\r\n\r\na dog\r\n") == "a cat\n\na dog\n"


@pytest.mark.parametrize("prompt", ["", " \n\t", "\r\n", "\N{NO-BREAK SPACE}"])
def test_a_prompt_without_a_visible_character_is_refused(prompt: str) -> None:
    with pytest.raises(PromptError, match="prompt: is empty"):
        checked_prompt(prompt)


@pytest.mark.parametrize("code", [code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"])
def test_control_characters_are_refused_with_their_position(code: int) -> None:
    with pytest.raises(PromptError, match=rf"U\+{code:04X} at position 3"):
        checked_prompt(f"ab{chr(code)}c")


@pytest.mark.parametrize("half", ["\ud800", "\udbff", "\udc00", "\udfff"])
def test_half_a_character_is_refused(half: str) -> None:
    with pytest.raises(WorkflowError, match="not Unicode text: position 2 "):
        checked_prompt(f"a{half}")
