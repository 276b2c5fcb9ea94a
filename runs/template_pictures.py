"""Draw the pictures that stand beside the titles of the example workflows in ComfyUI's template browser.

    .environment/venv/bin/python runs/template_pictures.py

Each shows the prompt of its template, and the graphs that it becomes as cards of nodes. Nothing in it is a rendered
picture: what a template renders depends on the models that are installed. Needs the test environment (Chromium).
"""

from __future__ import annotations

import html
import io
import json
import math
from collections.abc import Iterator
from typing import Any

from chromium import opened_chromium
from comfyui_process import REPOSITORY

TEMPLATES = REPOSITORY / "example_workflows"
SIDE = 768
GRAPH = (
    ("Model", 0, 0), ("Text", 1, -0.74), ("Negative", 1, 0), ("Size", 1, 0.74), ("Sampler", 2, 0),
    ("Upscale", 3, -0.5), ("Decode", 4, 0.3), ("Picture", 5, -0.1),
)  # fmt: skip
"""Nodes of a graph: title, column, place in the column."""
LINKS = ((0, 1), (0, 2), (1, 4), (2, 4), (3, 4), (4, 5), (5, 6), (4, 6), (6, 7))
COLOURS = ("#b39ddb", "#ffd54f", "#ef9a9a", "#90a4ae", "#64b5f6", "#4dd0e1", "#ffb74d", "#81c784")


def main() -> None:
    """Write a .jpg beside each template."""
    from PIL import Image

    with opened_chromium() as browser:
        page = browser.new_page(viewport={"width": SIDE, "height": SIDE}, device_scale_factor=2)
        for path in sorted(TEMPLATES.glob("*.json")):
            page.set_content(document(json.loads(path.read_text(encoding="utf-8"))))
            with Image.open(io.BytesIO(page.screenshot())) as shot:
                picture = shot.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
                picture.save(path.with_suffix(".jpg"), quality=90, optimize=True)
            print(path.with_suffix(".jpg"))


def document(template: dict[str, Any]) -> str:
    """Return the page of a template in UI format."""
    values = next(node for node in template["nodes"] if node["type"] == "NodewrightPromptToWorkflow")["widgets_values"]
    prompt, candidates = html.escape(values[0]), values[10]
    is_app = bool(template["extra"].get("linearMode"))
    drawn = "".join(graphs(candidates))
    frame = '<div class="app"><i></i><i></i><i></i></div>' if is_app else ""
    return f"""<!doctype html><meta charset="utf-8"><style>{STYLE}</style>
      <main class="{"framed" if is_app else ""}">{frame}
        <div class="prompt"><span>{prompt}</span><b></b></div>
        <svg viewBox="0 0 700 440" xmlns="http://www.w3.org/2000/svg">{drawn}</svg>
      </main>"""


def graphs(count: int) -> Iterator[str]:
    """Yield the drawing of each graph: one over the whole place, or several in two columns."""
    columns, scale = (1, 1.0) if count == 1 else (2, 0.47)
    rows = math.ceil(count / columns)
    for number in range(count):
        x, y = number % columns * 371, number // columns * 440 / rows
        yield f'<g transform="translate({x},{y}) scale({scale})">{"".join(graph(number))}</g>'


def graph(number: int) -> Iterator[str]:
    """Yield links and nodes of one graph; graphs of other numbers lack one node or another."""
    left_out = {0: None, 1: 5, 2: 2, 3: 3}[number % 4]
    places = [(52 + column * 119.2, 220 + 150 * place) for _, column, place in GRAPH]
    for one, other in LINKS:
        if left_out in (one, other) or (left_out != 5 and (one, other) == (4, 6)):
            continue
        (x, y), (u, v) = places[one], places[other]
        yield (
            f'<path d="M{x + 46},{y} C{x + 80},{y} {u - 80},{v} {u - 46},{v}" stroke="{COLOURS[one]}" fill="none" '
            'stroke-width="3.5" opacity=".85"/>'
        )
    for index, (title, _, _) in enumerate(GRAPH):
        if index != left_out:
            yield node(*places[index], title, COLOURS[index])


def node(x: float, y: float, title: str, colour: str) -> str:
    """Return a node as the canvas draws it: a title, and two lines that stand for its widgets."""
    return (
        f'<g transform="translate({x - 46},{y - 40})"><rect width="92" height="80" rx="9" fill="#2b2e37" '
        f'stroke="#3d424e" stroke-width="1.5"/><rect width="92" height="25" rx="9" fill="#353945"/>'
        f'<circle cx="13" cy="12.5" r="4" fill="{colour}"/><text x="23" y="17" font-size="11.5" fill="#e8eaf0">{title}'
        f'</text><rect x="12" y="37" width="68" height="10" rx="5" fill="#1d2027"/>'
        f'<rect x="12" y="55" width="44" height="10" rx="5" fill="#1d2027"/></g>'
    )


STYLE = """
  * { box-sizing: border-box; margin: 0 }
  body { font-family: "Inter", "Segoe UI", "DejaVu Sans", sans-serif }
  main { width: 768px; height: 768px; padding: 92px 34px 24px; color: #f2f3f7; display: flex; flex-direction: column;
    gap: 34px; background: radial-gradient(circle at 18% 8%, #5b3fd6aa, transparent 55%),
    radial-gradient(circle at 92% 96%, #1f8fb3aa, transparent 55%),
    radial-gradient(#ffffff14 1.2px, transparent 1.6px) 0 0 / 22px 22px, #14161d }
  main.framed { padding-top: 62px; gap: 26px }
  .prompt { background: #1c1f28ee; border: 1.5px solid #ffffff2e; border-radius: 22px; padding: 30px 36px;
    font-size: 37px; line-height: 1.28; letter-spacing: -.01em; box-shadow: 0 24px 60px #0008 }
  .prompt b { display: inline-block; width: 4px; height: 38px; margin-left: 8px; vertical-align: -6px;
    background: #a78bfa }
  .app { display: flex; gap: 11px; padding: 2px 6px } .app i { width: 15px; height: 15px; border-radius: 50% }
  .app i:nth-child(1) { background: #a78bfa } .app i:nth-child(2) { background: #4dd0e1 }
  .app i:nth-child(3) { background: #81c784 }
  svg { flex: 1; width: 100%; filter: drop-shadow(0 10px 22px #0009) }
"""

if __name__ == "__main__":
    main()
