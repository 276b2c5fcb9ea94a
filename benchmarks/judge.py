"""Count the workflows that are invalid, silly, or crash, over many installations, as ComfyUI itself judges them.

    python benchmarks/judge.py [--walks 4500] [--policy 250] [--renders 100] [--seed 1] [--only NAME ...]

Each installation of tests/support/partial_installations.py, parts missing among them, is a models folder of files with
real headers and no weights. On each, the grammar is walked at random, half of the times under constraints, and the
shipped policy writes workflows for generated prompts, a third of them under constraints; ComfyUI's `validate_prompt`
judges every one, and so does workflow/silly. The miniature and its damaged variants have weights, so there the
workflows are rendered as well, by a ComfyUI server.

`crashed` counts exceptions and dead ends, `invalid` what ComfyUI refuses or what misses a constraint, `failed` what
stopped while it was rendered. All of them should be 0; --out keeps examples of those that are not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY / "tests" / "support"), str(REPOSITORY / "benchmarks")]

from partial_installations import INSTALLATIONS, write_installation  # noqa: E402
from rendered import VARIANTS, judge_variant  # noqa: E402

COUNTS = ("walks", "policy", "distinct", "refused", "crashed", "invalid", "silly")


def judge_installation(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Return the verdict of a worker in ComfyUI's process."""
    with tempfile.TemporaryDirectory() as folder:
        write_installation(name, Path(folder))
        worker = Path(__file__).with_name("judge_worker.py")
        done = subprocess.run(
            [
                sys.executable, str(worker), str(options.comfyui), folder, name,
                str(options.walks), str(options.policy), str(options.seed),
            ],
            capture_output=True, text=True, encoding="utf-8", cwd=folder,
            env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONUTF8": "1"},
        )  # fmt: skip
    if done.returncode:
        return dict.fromkeys(COUNTS, 0) | {"crashed": 1, "examples": {"crashed": [done.stderr[-4000:]]}}
    verdict: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return verdict


def _keep(verdicts: dict[str, dict[str, Any]], path: Path | None) -> None:
    """Write the verdicts so far to a file, if one is named."""
    if path is not None:
        path.write_text(json.dumps(verdicts, indent=1, ensure_ascii=False), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; return 0 if nothing was found, else 1."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--walks", type=int, default=4500, help="random walks on each installation (4500)")
    parser.add_argument("--policy", type=int, default=250, help="workflows of the policy on each installation (250)")
    parser.add_argument("--renders", type=int, default=100, help="renders of each kind on each miniature (100)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="installations and miniatures")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, help="JSON file for the verdicts, with examples of what was found")
    parser.add_argument(
        "--comfyui", type=Path, default=REPOSITORY / ".environment" / "comfyui", help="folder with ComfyUI's main.py"
    )
    options = parser.parse_args(arguments)
    began = time.monotonic()
    chosen = [name for name in INSTALLATIONS if not options.only or name in options.only]
    verdicts: dict[str, dict[str, Any]] = {}
    print("| installation | " + " | ".join(COUNTS) + " |\n|---|" + "---|" * len(COUNTS))
    with ThreadPoolExecutor(options.processes) as pool:
        for name, verdict in zip(chosen, pool.map(lambda one: judge_installation(one, options), chosen), strict=True):
            verdicts[name] = verdict
            _keep(verdicts, options.out)
            print(f"| {name} | " + " | ".join(str(verdict[count]) for count in COUNTS) + " |", flush=True)
    sums = {count: sum(verdict[count] for verdict in verdicts.values()) for count in COUNTS}
    print("| all | " + " | ".join(str(sums[count]) for count in COUNTS) + " |", flush=True)
    rendered = [name for name in VARIANTS if options.renders and (not options.only or name in options.only)]
    if rendered:
        print("\n| miniature | walks rendered | policy's rendered | failed | silly |\n|---|---|---|---|---|")
    for name in rendered:
        found = judge_variant(name, options.comfyui, options.renders, options.seed)
        verdicts[name] = found
        _keep(verdicts, options.out)
        print(f"| {name} | {found['walks']} | {found['policy']} | {found['failed']} | {found['silly']} |", flush=True)
    print(f"\n{time.monotonic() - began:.0f} s, {options.processes} processes")
    bad = sum(
        verdict.get(kind, 0) for verdict in verdicts.values() for kind in ("crashed", "invalid", "silly", "failed")
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
