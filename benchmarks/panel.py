"""How long a person waits in the panel, and what the pack adds to ComfyUI's page.

    .environment/venv/bin/python benchmarks/panel.py --comfyui FOLDER [--frontend FOLDER] [--rounds 5]

Starts ComfyUI on the CPU with an artist's model files (`ask_installations.py`), opens its page in Chromium, and prints:
milliseconds from the click on Generate to the first card and to eight ranked cards, after one that loaded the policy;
tasks of the main thread over 50 ms meanwhile; Check of a graph of 150 nodes; and the pack's share of loading the page:
its files, their size, and the main thread's time in them by Chromium's profiler. `--frontend` is static/ of another
frontend's package.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY / "runs"), str(REPOSITORY / "tests" / "support")]

import torch  # noqa: E402
from ask_installations import write_files  # noqa: E402
from chromium import READY, open_page, opened_chromium  # noqa: E402
from comfyui_process import ComfyUI, place_pack  # noqa: E402
from large_graph import large_graph  # noqa: E402
from machine import describe  # noqa: E402
from panel_page import Panel  # noqa: E402
from playwright import sync_api  # noqa: E402

PROMPTS = (
    "a lighthouse in a storm, oil painting, wide",
    "portrait of an old fisherman, photo, 3:4, detailed",
    "a paper boat on a puddle, macro photo",
    "a castle on a floating island, fantasy, 16:9",
    "a red bicycle against a white wall, minimal, square",
)
EXTENSION = "/extensions/nodewright/"
WATCH = """() => {
  window.nodewrightLongTasks = [];
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) window.nodewrightLongTasks.push([entry.startTime, entry.duration]);
  }).observe({type: "longtask"});
}"""
CLICKED = """async () => {
  const panel = document.querySelector(".nodewright"), start = performance.now();
  const reached = {};
  const look = () => {
    const cards = panel.querySelectorAll(".nw-card").length;
    if (cards >= 1 && !reached.first) reached.first = performance.now() - start;
    const isRanked = /^\\d+ workflow/.test(panel.querySelector(".nw-results-head h2")?.textContent ?? "");
    if (isRanked && !reached.all) reached.all = performance.now() - start;  // two that came out alike are one card
    return reached.all;
  };
  const done = new Promise(resolve => {
    const observer = new MutationObserver(() => {
      if (look()) { observer.disconnect(); resolve(); }
    });
    observer.observe(panel, {childList: true, subtree: true});
  });
  panel.querySelectorAll(".nw-card, .nw-results-head h2").forEach(old => old.remove());
  panel.querySelector(".nw-generate").click();
  await done;
  await new Promise(requestAnimationFrame);
  const end = performance.now();
  const tasks = window.nodewrightLongTasks.filter(([at]) => at >= start && at <= end).map(([, duration]) => duration);
  return [reached.first, reached.all, tasks];
}"""
CHECKED = """async () => {
  const panel = document.querySelector(".nodewright"), start = performance.now();
  panel.querySelector(".nw-check").click();
  const done = () => /error|warning|Nothing to complain/.test(panel.querySelector(".nw-graph .nw-status").textContent);
  while (!done()) await new Promise(requestAnimationFrame);
  return performance.now() - start;
}"""
LOADED = """prefix => performance.getEntriesByType("resource").filter(entry => entry.name.includes(prefix))
  .map(entry => [entry.name.split(prefix)[1], entry.decodedBodySize, entry.transferSize])"""


def main() -> int:
    """Run the command line, and return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comfyui", type=Path, default=os.environ.get("NODEWRIGHT_COMFYUI"), help="its folder")
    parser.add_argument("--frontend", type=Path, help="another frontend: the folder static/ of its package")
    parser.add_argument("--rounds", type=int, default=5, help="of Generate, of Check and of loading the page")
    options = parser.parse_args()
    if options.comfyui is None:
        parser.error("name ComfyUI's folder with --comfyui or NODEWRIGHT_COMFYUI")
    arguments = ["--front-end-root", str(options.frontend.resolve())] if options.frontend else []
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        place_pack(base / "custom_nodes" / "nodewright")
        write_files("studio", base / "models")
        with ComfyUI(Path(options.comfyui), base, arguments=arguments) as server, opened_chromium() as browser:
            page = browser.new_page(viewport={"width": 1600, "height": 1000})
            open_page(page, server.url, {})
            version = page.evaluate("window.__COMFYUI_FRONTEND_VERSION__")
            print(f"{describe(torch.device('cpu'))}; ComfyUI's frontend {version}\n")
            generating(page, options.rounds)
            checking(page, options.rounds)
            loading(browser, server.url, options.rounds)
    return 0


def generating(page: sync_api.Page, rounds: int) -> None:
    """Print how long Generate takes."""
    panel = Panel(page).open()
    panel.generate("a fox in the snow")
    page.evaluate(WATCH)
    measured = []
    for number in range(rounds):
        panel.prompt.fill(PROMPTS[number % len(PROMPTS)])
        page.wait_for_timeout(1500)  # the chips are read
        measured.append(page.evaluate(CLICKED))
    print(f"Generate to the first card, ms:       {spread([first for first, _, _ in measured])}")
    print(f"Generate to eight ranked cards, ms:   {spread([last for _, last, _ in measured])}")
    tasks = [round(task) for _, _, found in measured for task in found]
    print(f"tasks over 50 ms meanwhile:           {len(tasks)} in {rounds} rounds, ms: {tasks}")


def checking(page: sync_api.Page, rounds: int) -> None:
    """Print how long Check takes, from the click to what it found on the screen, and its route alone."""
    graph = large_graph(150)
    page.evaluate("graph => window.app.loadApiJson(graph, 'a large graph')", graph)
    page.wait_for_function("(window.app.rootGraph ?? window.app.graph).nodes.length === 150")
    panel = Panel(page)
    panel.section("This graph")
    page.wait_for_timeout(1000)
    measured = [page.evaluate(CHECKED) for _ in range(rounds + 1)][1:]
    print(f"Check of 150 nodes on the canvas, ms: {spread(measured)}")
    route = """async graph => {
      const start = performance.now();
      const body = JSON.stringify({workflow: graph}), headers = {"Content-Type": "application/json"};
      await (await fetch("/api/nodewright/check", {method: "POST", headers, body})).json();
      return performance.now() - start;
    }"""
    print(f"its route alone, ms:                  {spread([page.evaluate(route, graph) for _ in range(rounds)])}")


def loading(browser: sync_api.Browser, url: str, rounds: int) -> None:
    """Print what the pack adds to loading the page, with an empty cache each time."""
    times, files = [], []
    for _ in range(rounds):
        context = browser.new_context()
        context.add_init_script("performance.setResourceTimingBufferSize(5000)")
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Profiler.enable")
        session.send("Profiler.setSamplingInterval", {"interval": 100})
        session.send("Profiler.start")
        page.goto(url)
        page.wait_for_function(READY)
        page.wait_for_timeout(1500)
        times.append(milliseconds_in(session.send("Profiler.stop")["profile"]))
        files = page.evaluate(LOADED, EXTENSION)
        context.close()
    size = sum(size for _, size, _ in files) / 1000
    print(
        f"the pack's files with the page:       {len(files)}, {size:.0f} kB: {', '.join(name for name, _, _ in files)}"
    )
    print(f"the main thread's time in them, ms:   {spread(times)}")


def milliseconds_in(profile: dict[str, Any]) -> float:
    """Return the time of a CPU profile's samples that lie in the pack's files or in what these called."""
    nodes = {node["id"]: node for node in profile["nodes"]}
    parent = {child: node["id"] for node in profile["nodes"] for child in node.get("children", ())}

    def is_ours(node: int | None) -> bool:
        while node is not None:
            if EXTENSION in nodes[node]["callFrame"]["url"]:
                return True
            node = parent.get(node)
        return False

    ours = {node for node in nodes if is_ours(node)}
    pairs = zip(profile["samples"], profile["timeDeltas"], strict=True)
    return sum(delta for sample, delta in pairs if sample in ours) / 1000


def spread(values: Sequence[float]) -> str:
    """Return median, least and most of some values."""
    return f"{statistics.median(values):.0f} ({min(values):.0f} to {max(values):.0f})"


if __name__ == "__main__":
    sys.exit(main())
