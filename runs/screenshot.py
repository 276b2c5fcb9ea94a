"""Take the picture in the README.

    .environment/venv/bin/python runs/screenshot.py --comfyui FOLDER

Opens the example workflow in ComfyUI's own frontend, in a real browser, with another prompt, runs it, and takes a
picture of the canvas. Needs the test environment (playwright, Chromium).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from comfyui_process import DIRECT, REPOSITORY, ComfyUI, place_pack

RUN = """async ui => {
  await window.app.loadGraphData(ui, true, true, "Nodewright");
  const ended = new Promise(resolve => {
    for (const kind of ["execution_success", "execution_error"])
      window.comfyAPI.api.api.addEventListener(kind, event => resolve(kind), {once: true});
  });
  await window.app.queuePrompt(0, 1);
  return await ended;
}"""


def main() -> int:
    """Return 0 if the workflow ran and the picture was saved."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompt", default="a red circle on a blue background")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs" / "images" / "canvas.png")
    parser.add_argument("--comfyui", type=Path, required=True, help="ComfyUI's folder, with main.py in it")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    (example,) = (REPOSITORY / "example_workflows").glob("*.json")
    ui = json.loads(example.read_text(encoding="utf-8"))
    prompt = next(node for node in ui["nodes"] if node["type"] == "NodewrightPromptToWorkflow")
    prompt["widgets_values"][0] = options.prompt
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        place_pack(base / "custom_nodes" / "nodewright")
        export = [sys.executable, "-m", "nodewright.miniature.export", str(base / "models")]
        subprocess.run(export, cwd=folder, check=True)
        with ComfyUI(options.comfyui, base) as server:
            return take(server.url, ui, options.chromium, options.out)


def take(url: str, ui: dict[str, object], chromium: str, out: Path) -> int:
    """Run the workflow in the frontend and save the picture as `out`; return 0 if the workflow succeeded."""
    from playwright.sync_api import sync_playwright

    # Else the template browser covers the canvas, and the minimap a part of it.
    settings = json.dumps({"Comfy.TutorialCompleted": True, "Comfy.Minimap.Visible": False}).encode()
    DIRECT.open(urllib.request.Request(f"{url}/settings", settings), timeout=60).close()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1500, "height": 860})
        page.set_default_timeout(300_000)
        page.goto(url)
        page.wait_for_function("window.app?.extensionManager && window.app?.graph")
        ended = page.evaluate(RUN, ui)
        page.wait_for_timeout(3000)  # the picture is fetched and drawn
        page.evaluate("window.app.extensionManager.command.execute('Comfy.Canvas.FitView')")
        page.wait_for_timeout(2000)
        out.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(out))
        browser.close()
    print(ended, out)
    return 0 if ended == "execution_success" else 1


if __name__ == "__main__":
    sys.exit(main())
