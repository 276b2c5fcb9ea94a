"""Nodewright's panel on a page, by the names that a person reads or hears."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from playwright import sync_api

OPEN = "window.app.extensionManager.command.execute('Nodewright.Open')"
TRIES, TRY_MS = 12, 15_000
"""Of a key that opens the panel."""

SMALL = {"max_megapixels": "0.07", "max_nodes": "9"}
"""Few pixels and few nodes: a picture in a second."""


@dataclass
class Panel:
    """The sidebar tab on a page of the frontend.

    Attributes:
        page: the page; the interface is in English.
    """

    page: sync_api.Page

    @property
    def root(self) -> sync_api.Locator:
        """All of it."""
        return self.page.locator(".nodewright")

    @property
    def prompt(self) -> sync_api.Locator:
        """The box in which a person describes the picture."""
        return self.root.get_by_role("textbox", name="What the picture shows")

    @property
    def cards(self) -> sync_api.Locator:
        """The written workflows, best first."""
        return self.root.locator(".nw-card")

    @property
    def findings(self) -> sync_api.Locator:
        """What the check of the open graph found."""
        return self.root.locator(".nw-finding")

    @property
    def alert(self) -> sync_api.Locator:
        """What went wrong, where it is shown."""
        return self.root.locator("[role=alert]:visible")

    def open(self) -> Panel:
        """Open the tab as its command does."""
        self.page.evaluate(OPEN)
        self.root.wait_for()
        self.page.wait_for_function("document.querySelector('.nodewright')?.style.opacity === ''")  # it has its style
        return self

    def small(self) -> Panel:
        """Have it write small workflows."""
        self.button("More").click()
        for name, value in SMALL.items():
            self.root.locator(f"[data-setting={name}]").fill(value)
        self.button("More").click()
        return self

    def open_by_key(self) -> None:
        """Press Alt+N as often as a person would: the frontend may listen for keys only after it can be seen."""
        for _ in range(TRIES):
            self.page.keyboard.press("Alt+n")
            with suppress(sync_api.TimeoutError):
                self.prompt.wait_for(timeout=TRY_MS)
                return
        raise AssertionError(f"Alt+N, pressed {TRIES} times, opened no panel")

    def button(self, name: str) -> sync_api.Locator:
        """A button by its whole name."""
        return self.root.get_by_role("button", name=name, exact=True)

    def section(self, name: str) -> None:
        """Go to "Create", "This graph" or "Pictures"."""
        self.root.get_by_role("tab", name=name, exact=True).click()

    def start(self, prompt: str) -> None:
        """Write a prompt and press Generate."""
        self.root.evaluate("root => root.querySelector('.nw-results-head h2')?.setAttribute('data-former', '')")
        self.prompt.fill(prompt)
        self.button("Generate").click()

    def generate(self, prompt: str) -> sync_api.Locator:
        """Write a prompt, press Generate, and return the cards once all are there."""
        self.start(prompt)
        self.wait_for_cards()
        return self.cards

    def wait_for_cards(self) -> None:
        """Wait until all workflows of the last start are written and ranked."""
        heading = self.root.get_by_role("heading", name=re.compile(r"^\d+ workflows?(, best first)?$"))
        heading.and_(self.page.locator(":not([data-former])")).wait_for()

    def card(self, place: int) -> sync_api.Locator:
        """The card at a place of the ranking, from 1."""
        return self.cards.nth(place - 1)
