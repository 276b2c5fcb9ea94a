"""Take the pictures in README.md and docs/.

    .environment/venv/bin/python runs/screenshots.py --comfyui FOLDER [--frontend FOLDER] [--only panel ...]

Each is a scene in ComfyUI's own frontend in a real browser: `panel` and `check` with an artist's model files (real
headers, no weights: `benchmarks/ask_installations.py`), `node` and `pictures` with the miniature model, which renders.
`--frontend` is static/ of the package comfyui-frontend-package. Needs the test environment.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from comfyui_process import REPOSITORY, ComfyUI, place_pack

sys.path[:0] = [str(REPOSITORY / "benchmarks"), str(REPOSITORY / "tests" / "support")]

from ask_installations import write_files  # noqa: E402
from chromium import open_page, opened_chromium  # noqa: E402
from panel_page import Panel  # noqa: E402
from PIL import Image  # noqa: E402
from playwright import sync_api  # noqa: E402

PICTURES = REPOSITORY / "docs" / "images"
SIZE: sync_api.ViewportSize = {"width": 1360, "height": 850}
SETTINGS = {"Comfy.Minimap.Visible": False, "LiteGraph.Canvas.MinFontSizeForLOD": 0}
"""The minimap would cover a part of the canvas; and texts of nodes are left out where they become small."""
FIT = "window.app.extensionManager.command.execute('Comfy.Canvas.FitView')"
BESIDE = """() => {
  const {graph, canvas} = window.app, scale = 0.55;
  const [left, top] = [0, 1].map(axis => Math.min(...graph.nodes.map(node => node.pos[axis])));
  canvas.ds.scale = scale;
  canvas.ds.offset = [400 / scale - left, 130 / scale - top];
  canvas.setDirty(true, true);
}"""
"""Moves the graph beside the panel."""
ENDED = """async () => {
  const ended = new Promise(resolve => {
    for (const kind of ["execution_success", "execution_error"])
      window.comfyAPI.api.api.addEventListener(kind, () => resolve(kind), {once: true});
  });
  await window.app.queuePrompt(0, 1);
  return await ended;
}"""
BROKEN: dict[str, Any] = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "juggernautXL_ragnarokBy.safetensors"}},
    "2": {"class_type": "LoraLoader", "inputs": {"model": ["1", 0], "clip": ["1", 1], "lora_name": "ink_xl.safetensors",
          "strength_model": 0.8, "strength_clip": 0.8}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lighthouse in a storm", "clip": ["2", 1]}},
    "4": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["2", 1]}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
    "6": {"class_type": "KSampler", "inputs": {"model": ["2", 0], "positive": ["3", 0], "negative": ["4", 0],
          "latent_image": ["5", 0], "seed": 7, "steps": 4, "cfg": 14.0, "sampler_name": "dpmpp_2m",
          "scheduler": "karras", "denoise": 1.0}},
    "7": {"class_type": "VAELoader", "inputs": {"vae_name": "ae.safetensors"}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["6", 0], "vae": ["7", 0]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "lighthouse"}},
}  # fmt: skip
"""A missing LoRA, another family's VAE, a picture too small for the model, and settings outside what is documented."""


def main() -> int:
    """Run the command line, and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comfyui", type=Path, default=os.environ.get("NODEWRIGHT_COMFYUI"), help="its folder")
    parser.add_argument("--frontend", type=Path, default=os.environ.get("NODEWRIGHT_FRONTEND"), help="another frontend")
    parser.add_argument("--only", nargs="+", choices=[*ARTIST, *MINIATURE], default=[*ARTIST, *MINIATURE])
    options = parser.parse_args()
    if options.comfyui is None:
        parser.error("name ComfyUI's folder with --comfyui or NODEWRIGHT_COMFYUI")
    arguments = ["--front-end-root", str(Path(options.frontend).resolve())] if options.frontend else []
    for scenes, install in ((ARTIST, artist), (MINIATURE, miniature)):
        wanted = {name: scene for name, scene in scenes.items() if name in options.only}
        if not wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            base = Path(folder)
            place_pack(base / "custom_nodes" / "nodewright")
            install(base / "models")
            with ComfyUI(Path(options.comfyui), base, arguments=arguments) as server:
                take(server.url, wanted)
    return 0


def artist(models: Path) -> None:
    """Write the files of an artist who has some years of them."""
    write_files("studio", models)


def miniature(models: Path) -> None:
    """Write the miniature model."""
    subprocess.run([sys.executable, "-m", "nodewright.miniature.export", str(models)], cwd=models.parent, check=True)


def take(url: str, scenes: Mapping[str, Callable[[sync_api.Page], sync_api.Locator | None]]) -> None:
    """Play the scenes, each on a page of its own, and save what they end with: a part of the page, or all of it."""
    with opened_chromium() as browser:
        for name, scene in scenes.items():
            page = browser.new_context(viewport=SIZE, device_scale_factor=1.5).new_page()
            open_page(page, url, SETTINGS)
            page.evaluate("window.app.graph.clear()")  # the default graph asks for models that are not there
            page.wait_for_timeout(1500)
            part = scene(page) or page
            page.wait_for_timeout(1500)
            path = PICTURES / f"{name}.webp"
            with Image.open(io.BytesIO(part.screenshot())) as picture:
                picture.convert("RGB").save(path, quality=82, method=6)
            print(path, f"{path.stat().st_size / 1000:.0f} kB", flush=True)
            page.context.close()


def panel(page: sync_api.Page) -> None:
    """Write a prompt, generate, and open the best workflow beside its card."""
    opened = Panel(page).open()
    opened.generate("a lighthouse in a storm at dusk, oil painting, wide")
    opened.card(1).get_by_role("button", name="Open", exact=True).click()
    page.wait_for_timeout(3000)
    page.mouse.move(900, 800)


def check(page: sync_api.Page) -> None:
    """Check a graph in which a good deal is wrong."""
    page.evaluate("graph => window.app.loadApiJson(graph, 'lighthouse')", BROKEN)
    page.wait_for_timeout(1500)
    opened = Panel(page).open()
    page.evaluate(BESIDE)
    opened.section("This graph")
    opened.button("Check").click()
    opened.findings.first.wait_for()


def node(page: sync_api.Page) -> None:
    """Run the template, so that Prompt to Workflow shows what was written."""
    ui = json.loads((REPOSITORY / "example_workflows" / "Nodewright Text to Image.json").read_text(encoding="utf-8"))
    node = next(each for each in ui["nodes"] if each["type"] == "NodewrightPromptToWorkflow")
    node["widgets_values"][0] = "a red circle on a blue background, 3:2, detailed"
    page.evaluate("ui => window.app.loadGraphData(ui, true, true, 'Nodewright')", ui)
    page.evaluate(ENDED)
    page.wait_for_timeout(2000)
    page.evaluate(FIT)


def pictures(page: sync_api.Page) -> sync_api.Locator:
    """Run two cards, compare them, and return the panel."""
    opened = Panel(page).open()
    opened.generate("a red circle on a blue background")
    for place in (1, 2):
        card = opened.card(place)
        card.get_by_role("button", name="Run", exact=True).click()
        card.locator("figure img").wait_for()
        card.get_by_role("button", name="Compare", exact=True).click()
    opened.root.locator(".nw-create .nw-results").evaluate("results => { results.scrollTop = 0; }")
    return opened.root


ARTIST: dict[str, Callable[[sync_api.Page], None]] = {"panel": panel, "check": check}
MINIATURE: dict[str, Callable[[sync_api.Page], sync_api.Locator | None]] = {"node": node, "pictures": pictures}


if __name__ == "__main__":
    sys.exit(main())
