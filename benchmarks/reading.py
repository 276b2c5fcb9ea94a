"""How often a canvas is read as ComfyUI's own frontend reads it.

    .environment/venv/bin/python benchmarks/reading.py --comfyui FOLDER [--frontend FOLDER] FILES

Each file is a workflow in UI format, or JSON lines that hold one each under "workflow". Every workflow is loaded into
the frontend of a running ComfyUI in Chromium, and what the frontend would queue is compared with what is read here,
node by node. Not compared: nodes whose class is not installed, inputs that their class does not declare, links from
nodes that only a pack's page resolves, and texts that the frontend completes with the date or at random.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path += [str(REPOSITORY / "runs"), str(REPOSITORY / "tests" / "support")]

from comfyui_process import DIRECT, ComfyUI  # noqa: E402
from frontend import opened_frontend  # noqa: E402

from nodewright.workflow.catalog.catalog import Catalog, expanded_inputs  # noqa: E402
from nodewright.workflow.catalog.object_info import catalog_from_object_info  # noqa: E402
from nodewright.workflow.graph import WorkflowError  # noqa: E402
from nodewright.workflow.ui_format import read_ui  # noqa: E402


def main() -> None:
    """Print the figures, and a line for each difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--comfyui", type=Path, required=True, help="ComfyUI's folder, with main.py in it")
    parser.add_argument("--frontend", type=Path, help="another frontend: the folder static/ of its package")
    options = parser.parse_args()
    arguments = ["--cpu", "--disable-all-custom-nodes"]
    arguments += ["--front-end-root", str(options.frontend)] if options.frontend else []
    with tempfile.TemporaryDirectory() as folder, ComfyUI(options.comfyui, Path(folder), arguments=arguments) as server:
        with DIRECT.open(f"{server.url}/object_info", timeout=120) as answer:
            catalog = catalog_from_object_info(json.loads(answer.read()))
        counts: Counter[str] = Counter()
        with opened_frontend(server.url) as frontend:
            for name, ui in workflows(options.files):
                counts.update([compared(name, ui, frontend.queued(ui), catalog)])
    print(", ".join(f"{count} {what}" for what, count in counts.most_common()))


def workflows(files: list[Path]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the workflows in UI format in the files, with a name."""
    for path in files:
        lines = path.read_text(encoding="utf-8").splitlines() if path.suffix == ".jsonl" else [path.read_text("utf-8")]
        for number, line in enumerate(lines, start=1):
            found = json.loads(line)
            found = found.get("workflow", found)
            if isinstance(found.get("nodes"), list):
                yield f"{path.name}:{number}", found


def compared(name: str, ui: dict[str, Any], queued: dict[str, Any], catalog: Catalog) -> str:
    """Return how the two readings of a workflow compare, and print each difference."""
    if "error" in queued:
        return "the frontend refuses"
    try:
        ours = read_ui(ui, catalog).api
    except WorkflowError as error:
        print(f"{name}: {error}")
        return "refused here alone"
    theirs = {key: node for key, node in queued["api"].items() if node.get("class_type") in catalog.classes}
    if not queued["api"]:
        return "the frontend loads nothing"
    wrong = [f"{key}: not read" for key in theirs if key not in ours]
    for key, node in theirs.items():
        if key in ours:
            wrong += [f"{key}.{each}" for each in differences(node, ours[key], queued["api"], catalog)]
    for line in wrong:
        print(f"{name}: {line}")
    return "different" if wrong else "the same"


def differences(
    theirs: Mapping[str, Any], ours: Mapping[str, Any], queued: Mapping[str, Any], catalog: Catalog
) -> Iterator[str]:
    """Yield the declared inputs that differ."""
    for name, _, _ in expanded_inputs(catalog.classes[theirs["class_type"]].inputs, ours["inputs"]):
        one, other = theirs["inputs"].get(name), ours["inputs"].get(name)
        if same(one, other) or completed(other):
            continue
        if isinstance(one, list) and queued.get(str(one[0]), {}).get("class_type") not in catalog.classes:
            continue  # from a node of a pack, which its own page resolves
        yield f"{name}: {one!r:.60}, read as {other!r:.60}"


def same(one: Any, other: Any) -> bool:
    """Return whether two values are the same JSON, where 1 and 1.0 are."""
    return json.dumps(one).replace(".0", "") == json.dumps(other).replace(".0", "")


def completed(value: Any) -> bool:
    """Return whether the frontend completes a text with the date or at random."""
    return isinstance(value, str) and ("%" in value or ("{" in value and "}" in value))


if __name__ == "__main__":
    main()
