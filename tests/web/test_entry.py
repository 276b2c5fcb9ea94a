"""What the pack adds to the page: the tab, its commands, keys and menus, and what stands there when something fails."""

from __future__ import annotations

import shutil
from pathlib import Path

from chromium import open_page
from comfyui_client import fetch_json
from comfyui_process import DIRECT, ComfyUI
from comfyui_server import installed
from frontend import Studio, studios
from in_page import call
from panel_page import Panel
from playwright import sync_api
from playwright.sync_api import expect

COMMANDS = ["Nodewright.Open", "Nodewright.Check", "Nodewright.Fix", "Nodewright.Improve"]
FOCUS = "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.tagName"
TOASTED = """
  comfyui.toast("warning", "a summary", "and details");
  const seen = text => document.body.innerText.includes(text);
  while (!seen("a summary") || !seen("and details")) await new Promise(requestAnimationFrame);
"""
WARNED = """new MutationObserver(() => {
  if (document.body?.textContent.includes("Nodewright is installed twice")) window.warned = true;
}).observe(document, {childList: true, subtree: true})"""
TAB_BUTTON = ".nodewright-tab-button, [data-testid='nodewright-tab-button']"


@studios("old-canvas", "new-vue")
def test_alt_n_opens_the_tab_with_the_prompt_focused(studio: Studio) -> None:
    page, panel = studio.page, Panel(studio.page)
    loaded = "performance.getEntriesByType('resource').map(entry => entry.name)"
    assert not any(name.endswith("/panel/panel.mjs") for name in page.evaluate(loaded))
    for _ in range(2):  # from anywhere, also where it is open already
        panel.open_by_key()
        page.wait_for_function("document.activeElement?.tagName === 'TEXTAREA'")
        page.keyboard.type("n ")
    expect(panel.prompt).to_have_value("n n ")
    page.locator(TAB_BUTTON).click()
    panel.root.wait_for(state="detached")
    page.locator(TAB_BUTTON).click()
    expect(panel.prompt).to_have_value("n n ")  # it keeps its state


@studios("old-vue", "new-canvas")
def test_commands_are_in_the_menus(studio: Studio) -> None:
    registered = """names => {
      const {commands} = window.app.extensionManager.command;
      return names.map(name => commands.filter(each => each.id === name).length);
    }"""
    assert studio.page.evaluate(registered, COMMANDS) == [1, 1, 1, 1]
    items = studio.page.evaluate("""() => {
      const menu = window.app.canvas.getCanvasMenuOptions().find(each => each?.content === "Nodewright");
      return menu.submenu.options.map(each => each.content);
    }""")
    assert items == ["Check this graph", "Make it run here", "Improve this graph"]
    studio.command("Nodewright.Check")
    tab = Panel(studio.page).root.get_by_role("tab", name="This graph", exact=True)
    tab.and_(studio.page.locator("[aria-selected=true]")).wait_for()


@studios("old-canvas", "new-canvas")
def test_a_panel_that_cannot_be_built_says_so_and_can_be_tried_again(studio: Studio) -> None:
    page = studio.page
    page.route("**/panel/texts.mjs", lambda route: route.abort())
    studio.command("Nodewright.Open")
    alert = page.get_by_role("alert").filter(has_text="Nodewright's panel cannot be shown").first
    # A browser does not ask again for a module that it could not fetch.
    expect(alert.get_by_role("button", name="Try again")).to_be_visible()
    page.goto("about:blank")  # nothing more is reported
    studio.errors.clear()


@studios("old-vue", "new-vue")
def test_another_packs_tab_is_not_drawn_over_the_panel(studio: Studio) -> None:
    """The frontend gives two tabs of packs the same element, one after the other, and clears nothing."""
    page = studio.page
    page.evaluate("""() => window.app.extensionManager.registerSidebarTab({
      id: "other", title: "Other", icon: "pi pi-star", type: "custom",
      render: place => place.append(Object.assign(document.createElement("p"), {textContent: "the other pack"})),
    })""")
    other = page.get_by_text("the other pack")
    toggle = "window.app.extensionManager.command.execute('Workspace.ToggleSidebarTab.other')"
    Panel(page).open()
    page.evaluate(toggle)
    other.first.wait_for()
    Panel(page).root.wait_for(state="detached")
    Panel(page).open()
    other.first.wait_for(state="detached")


@studios("old-canvas", "new-vue")
def test_settings_are_kept_for_the_user(studio: Studio) -> None:
    call(studio.page, "await comfyui.saveSetting('Nodewright.Panel', {prompt: 'a fox'})")
    assert fetch_json(f"{studio.server.url}/settings")["Nodewright.Panel"] == {"prompt": "a fox"}
    studio.reload()
    assert call(studio.page, "return comfyui.setting('Nodewright.Panel')") == {"prompt": "a fox"}
    assert call(studio.page, "return comfyui.language()") == "en"
    call(studio.page, TOASTED)  # and seen there: it is gone after some seconds


def test_modules_are_served_as_javascript_and_revalidated(comfyui_server: ComfyUI) -> None:
    with DIRECT.open(f"{comfyui_server.url}/extensions/nodewright/panel/panel.mjs") as answer:
        assert answer.headers["Content-Type"].startswith("text/javascript")
        assert answer.headers["Cache-Control"] == "no-cache"
    listed = fetch_json(f"{comfyui_server.url}/extensions")
    own = [path for path in listed if "/nodewright/" in path]
    assert sorted(path.rsplit("/", 1)[1] for path in own) == ["comfyui.js", "nodewright.js"]


def test_of_two_copies_of_the_pack_one_stays_quiet(
    comfyui_path: Path, miniature_checkpoint: Path, tmp_path: Path, repository: Path, browser: sync_api.Browser
) -> None:
    base = installed(tmp_path, miniature_checkpoint)
    second = base / "custom_nodes" / "Nodewright-copy"
    (second / "web").mkdir(parents=True)
    (second / "__init__.py").write_text("WEB_DIRECTORY = './web'\nNODE_CLASS_MAPPINGS = {}\n", encoding="utf-8")
    shutil.copytree(repository / "web", second / "web", dirs_exist_ok=True)
    with ComfyUI(comfyui_path, base) as server:
        page = browser.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.add_init_script(WARNED)  # which is gone after some seconds
        open_page(page, server.url, {})
        page.wait_for_function("window.warned")
        expect(page.locator(TAB_BUTTON)).to_have_count(1)
        assert [error for error in errors if "ewright" in error] == []
        page.close()
