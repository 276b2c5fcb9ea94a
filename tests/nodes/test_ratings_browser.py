"""Rating pictures in the panel, learning from the ratings, and taking it back, in ComfyUI's own frontend."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from comfyui_client import fetch_json
from frontend import Studio, studios
from panel_page import Panel
from playwright.sync_api import expect
from test_ratings import PROMPT, gallery, liked, listed, rate

COUNT = 24
LEARNED = re.compile("It has become better")


@pytest.fixture
def rated(studio: Studio) -> Iterator[Panel]:
    """The panel of a user without ratings, whose queue has rendered pictures of few and of many steps."""
    folder = studio.server.base_directory / "user" / "nodewright"
    shutil.rmtree(folder, ignore_errors=True)
    yield Panel(studio.page).open()
    shutil.rmtree(folder, ignore_errors=True)


def render(studio: Studio, count: int) -> list[dict[str, Any]]:
    """Render pictures, and return each with the id of the node that saved it."""
    ended = studio.page.evaluate(QUEUE, gallery(count))
    return [
        image | {"node": f"saved{number}"} for number in range(count) for image in ended[f"saved{number}"]["images"]
    ]


QUEUE = """async graph => {
  const {comfyui} = await import("/extensions/nodewright/comfyui.js");
  const {status, outputs} = await (await comfyui.queue(graph)).done;
  if (status !== "success") throw new Error(status);
  return outputs;
}"""


def settings(panel: Panel) -> None:
    panel.button("More").click()
    for name, value in {"max_megapixels": "0.07", "candidates": "8", "temperature": "1.2", "seed": "5"}.items():
        panel.root.locator(f"[data-setting={name}]").fill(value)
    panel.button("More").click()


def generate(panel: Panel) -> list[int]:
    """Write workflows, and return the steps of each when all have been ranked, the best first."""
    panel.generate(PROMPT)
    return steps(panel)


def steps(panel: Panel) -> list[int]:
    """The steps of the first stage on each card."""
    texts = panel.cards.locator(".nw-stages li:first-child").all_text_contents()
    return [int(found[1]) for text in texts if (found := re.search(r"(\d+) steps", text))]


@studios("old-canvas", "new-vue")
def test_pictures_are_rated_what_is_liked_is_learned_and_it_can_be_taken_back(studio: Studio, rated: Panel) -> None:
    panel = rated
    settings(panel)
    panel.section("Pictures")
    expect(panel.root.locator(".nw-rated-empty")).to_be_visible()
    expect(panel.button("Learn from my ratings")).to_be_disabled()
    pictures = render(studio, COUNT)
    panel.section("Create")
    before = generate(panel)
    for number in range(COUNT - 2):  # the last ones by hand
        rate(studio.server.url, pictures[number], liked(number))

    panel.section("Pictures")
    entries = panel.root.locator(".nw-rated > li")
    expect(entries).to_have_count(COUNT)
    expect(panel.root.get_by_text("22 pictures rated.")).to_be_visible()
    for number in range(COUNT - 2, COUNT):
        thumbs = panel.root.locator(f"[data-picture='output//{pictures[number]['filename']}']")
        up, down = (thumbs.get_by_role("button", name=name) for name in ("I like it", "I do not like it"))
        expect(up).to_have_attribute("aria-pressed", "false")
        (up if liked(number) == "up" else down).click()
        expect(panel.root.get_by_text(f"{number + 1} pictures rated.")).to_be_visible()
    assert listed(studio.server.url, *pictures)["ratings"] == [liked(number) for number in range(COUNT)]

    panel.button("Learn from my ratings").click()
    expect(panel.root.get_by_text(LEARNED)).to_be_visible()
    expect(panel.root.get_by_text(re.compile(r"Of \d+ pairs of pictures that it had not seen, \d+\s%"))).to_be_visible()
    panel.section("Create")
    after = generate(panel)
    assert sorted(after) == sorted(before) and after != before
    assert after[0] == max(after) and after[-1] == min(after)
    expect(panel.card(1)).to_contain_text("you liked 12 of 12 pictures with more steps")

    panel.section("Pictures")
    panel.button("Take back").click()
    expect(panel.root.get_by_text("Taken back.")).to_be_visible()
    panel.section("Create")
    assert generate(panel) == before
    panel.section("Pictures")
    panel.button("Use it again").click()
    expect(panel.root.get_by_text(LEARNED)).to_be_visible()
    assert fetch_json(f"{studio.server.url}/nodewright/ratings")["learned"]["used"]


@studios("new-canvas")
def test_the_picture_on_a_card_is_rated_and_shows_the_same_in_the_list(studio: Studio, rated: Panel) -> None:
    panel = rated
    settings(panel)
    panel.generate(PROMPT)
    card = panel.card(1)
    card.get_by_role("button", name="Run", exact=True).click()
    up = card.get_by_role("button", name="I like it")
    expect(up).to_be_visible()
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    panel.section("Pictures")
    expect(panel.root.get_by_text("1 picture rated.")).to_be_visible()
    listed_up = panel.root.locator(".nw-rated").get_by_role("button", name="I like it")
    expect(listed_up).to_have_attribute("aria-pressed", "true")
    listed_up.focus()
    studio.page.keyboard.press("Enter")  # taken back, by keyboard
    expect(listed_up).to_have_attribute("aria-pressed", "false")
    panel.section("Create")
    expect(up).to_have_attribute("aria-pressed", "false")
    # The same workflow with another seed is another picture.
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    card.get_by_role("button", name="New seed").click()
    ups = card.get_by_role("button", name="I like it")
    expect(ups).to_have_count(2)
    expect(ups.first).to_have_attribute("aria-pressed", "false")


@studios("old-vue")
def test_what_goes_wrong_stands_at_the_picture_and_nothing_looks_rated(studio: Studio, rated: Panel) -> None:
    panel = rated
    pictures = render(studio, 1)
    panel.section("Pictures")
    thumbs = panel.root.locator(".nw-thumbs")
    up = thumbs.get_by_role("button", name="I like it")
    expect(up).to_be_visible()
    (studio.server.base_directory / "output" / pictures[0]["filename"]).unlink()
    up.click()
    expect(thumbs.get_by_role("alert")).to_contain_text("there is no picture")
    expect(up).to_have_attribute("aria-pressed", "false")
    studio.errors.clear()  # the browser notes the refusal
