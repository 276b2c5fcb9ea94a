"""What goes wrong around the panel: each time it says what, with what to do, and goes on working."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from comfyui_process import ComfyUI
from comfyui_server import CHECKPOINT, installed
from frontend import Studio, studios
from inventories import sdxl_checkpoint, unet_lora, write_sparse
from panel_page import Panel
from playwright import sync_api
from playwright.sync_api import expect

HOSTILE = """
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
window.hostilePackThrew = 0;
const fail = () => { window.hostilePackThrew += 1; throw new Error("a hostile pack"); };
for (const kind of ["status", "progress_state", "executing", "executed", "execution_start", "execution_success",
  "execution_error", "nodewright.candidate", "reconnected"]) api.addEventListener(kind, fail);
const queue = api.queuePrompt;
api.queuePrompt = function (...rest) { return queue.apply(this, rest).finally(fail); };
app.registerExtension({
  name: "Hostile", setup: fail, nodeCreated: fail, beforeConfigureGraph: fail, afterConfigureGraph: fail,
  getCanvasMenuItems: fail, getNodeMenuItems: fail,
});
document.addEventListener("keydown", fail, true);
const style = document.createElement("style");
style.textContent = "button, textarea, section { color: red; } .card { display: none; }";
document.head.append(style);
"""
SLOW = {
    "loader": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": CHECKPOINT}},
    "text": {"class_type": "CLIPTextEncode", "inputs": {"text": "x", "clip": ["loader", 1]}},
    "latent": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
    "sampler": {"class_type": "KSampler", "inputs": {
        "model": ["loader", 0], "positive": ["text", 0], "negative": ["text", 0], "latent_image": ["latent", 0],
        "seed": 1, "steps": 10000, "cfg": 5.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0}},
    "decode": {"class_type": "VAEDecode", "inputs": {"samples": ["sampler", 0], "vae": ["loader", 2]}},
    "save": {"class_type": "PreviewImage", "inputs": {"images": ["decode", 0]}},
}  # fmt: skip
"""Keeps the queue busy for as long as a test needs."""
QUEUE = "async prompt => (await fetch('/api/prompt', {method: 'POST', body: JSON.stringify({prompt})})).status"


@pytest.fixture
def models(studio: Studio) -> Iterator[Path]:
    """The server's folder of models, which is as it was after the test."""
    folder = studio.server.base_directory / "models"
    kept = folder.with_name("models-kept")
    shutil.copytree(folder, kept)
    yield folder
    shutil.rmtree(folder)
    kept.rename(folder)


@studios("new-vue")
def test_without_a_model_it_says_where_to_put_one(studio: Studio, models: Path) -> None:
    (models / "checkpoints" / CHECKPOINT).rename(models / "away.ckpt")
    studio.open()
    panel = Panel(studio.page).open()
    panel.start("a red circle")
    panel.root.get_by_text("models/checkpoints").first.wait_for()
    expect(studio.page.locator(".p-dialog")).to_have_count(0)
    (models / "away.ckpt").rename(models / "checkpoints" / CHECKPOINT)
    assert panel.generate("a red circle").count() >= 1


@studios("new-canvas")
def test_another_pack_that_throws_does_no_harm(studio: Studio) -> None:
    page = studio.page
    page.route("**/api/extensions", with_hostile_pack)
    page.route(
        "**/extensions/hostile/hostile.js",
        lambda route: route.fulfill(body=HOSTILE, content_type="text/javascript"),
    )
    studio.open()
    page.wait_for_function("window.hostilePackThrew > 0")
    panel = Panel(page).open().small()
    card = panel.generate("a red circle").first
    card.get_by_role("button", name="Run", exact=True).click()
    card.locator("figure img").wait_for()
    page.wait_for_function("window.hostilePackThrew > 5")  # at the events of two runs as well
    studio.errors[:] = [error for error in studio.errors if "a hostile pack" not in error]


def with_hostile_pack(route: sync_api.Route) -> None:
    """The list of what the page imports, with one more."""
    found = route.fetch()
    route.fulfill(response=found, body=json.dumps([*found.json(), "/extensions/hostile/hostile.js"]))


@studios("old-canvas")
def test_300_model_files(studio: Studio, models: Path) -> None:
    for number in range(150):
        write_sparse(models / "loras" / f"style_{number:03}.safetensors", unet_lora(2048))
        write_sparse(models / "checkpoints" / f"dream_{number:03}XL.safetensors", sdxl_checkpoint())
    studio.open()
    panel = Panel(studio.page).open()
    panel.root.locator("[data-menu=model]").click()
    expect(panel.root.get_by_role("combobox", name="Model: Filter")).to_be_focused()
    studio.page.keyboard.type("dream_137")
    expect(panel.root.get_by_role("listbox", name="Model").get_by_role("option").first).to_contain_text("dream_137")
    studio.page.keyboard.press("ArrowDown")
    studio.page.keyboard.press("Enter")
    for card in panel.generate("a fox, square").all():
        expect(card).to_contain_text("dream_137XL")


def test_a_server_that_was_restarted(
    comfyui_path: Path, miniature_checkpoint: Path, browser: sync_api.Browser, tmp_path: Path
) -> None:
    with ComfyUI(comfyui_path, installed(tmp_path, miniature_checkpoint)) as server:
        studio = Studio("old-canvas", server, browser.new_page())
        studio.open()
        panel = Panel(studio.page).open()
        studio.page.evaluate(QUEUE, SLOW)
        panel.start("a red circle")
        panel.root.get_by_text("Waiting for").wait_for()
        server.stop()
        with server:
            panel.alert.filter(has_text="restarted").first.wait_for()
            panel.generate("a red circle")
            expect(panel.alert).to_have_count(0)
        studio.page.close()


WIDTHS = """() => {
  const panel = document.querySelector(".nodewright");
  const wide = [...panel.querySelectorAll("*")].filter(each => each.getClientRects().length
    && each.getBoundingClientRect().right > panel.getBoundingClientRect().right + 1);
  return [panel.clientWidth, panel.scrollWidth, wide.map(each => each.className)];
}"""


@studios("old-canvas", "new-vue")
def test_narrow_on_the_right_in_the_light_in_another_language(studio: Studio, repository: Path) -> None:
    language = "ja" if studio.newest else "de"
    settings: dict[str, Any] = {"Comfy.Sidebar.Location": "right", "Comfy.ColorPalette": "light"}
    studio.open(settings | {"Comfy.Locale": language, "Comfy.Sidebar.Size": "small"})
    page = studio.page
    panel = Panel(page).open()
    panel.root.evaluate("panel => { panel.style.width = '280px'; }")
    panel.root.locator(".nw-prompt").fill("a red circle")
    panel.root.locator(".nw-generate").click()
    panel.cards.nth(1).wait_for()
    page.wait_for_function(f"JSON.stringify(({WIDTHS})()) === '[280,280,[]]'")
    texts = json.loads((repository / "locales" / language / "main.json").read_text(encoding="utf-8"))["nodewright"]
    expect(panel.root.locator(".nw-generate")).to_have_text(texts["generate"])  # which is Cancel while it writes
    assert texts["generate"] != "Generate"
