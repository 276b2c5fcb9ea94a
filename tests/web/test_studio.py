"""The frontends that the tests in a browser run on: each is the one that it is named after, and starts as new."""

from __future__ import annotations

from frontend import Studio

STATE = """() => {
  const setting = name => window.app.extensionManager.setting.get(name);
  const extensions = window.app.extensions.map(each => each.name);
  return [window.__COMFYUI_FRONTEND_VERSION__, setting("Comfy.VueNodes.Enabled"), extensions];
}"""


def test_a_studio_is_what_its_name_says(studio: Studio) -> None:
    version, vue_nodes, extensions = studio.page.evaluate(STATE)
    assert version == ("1.58.1" if studio.newest else "1.32.9")
    assert vue_nodes == studio.vue_nodes
    assert any(name.startswith("Nodewright.") for name in extensions)
