"""Random walks of the grammar, judged by a real ComfyUI's validate_prompt. Run in a process of its own:

    python comfyui_walks.py COMFYUI BASE_DIRECTORY WALKS SEED

BASE_DIRECTORY/models holds the model files. Prints one JSON line: {"walks", "rejected": [...], "classes",
"families"}; "rejected" holds script, prompt and ComfyUI's node_errors.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import random
import sys
from typing import Any


def start_comfyui(comfyui: str, base_directory: str) -> Any:
    """Loads ComfyUI's nodes into this process; its `execution` module."""
    sys.path.insert(0, comfyui)
    sys.argv = ["main.py", "--cpu", "--base-directory", base_directory]
    import comfy.options

    comfy.options.enable_args_parsing()
    importlib.import_module("utils.install_util")  # before nodes.py puts comfy/, which has a utils.py, on the path
    import execution
    import server

    import nodes

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    server.PromptServer(loop)
    loop.run_until_complete(nodes.init_builtin_extra_nodes())
    return execution


def traced_files(api: dict[str, Any]) -> dict[str, set[str]]:
    """Node id -> the model files that it depends on through anything but pixels."""
    pixels = {"VAEDecode", "VAEDecodeTiled", "SaveImage", "PreviewImage"}
    found: dict[str, set[str]] = {}

    def visit(node_id: str) -> set[str]:
        if node_id not in found:
            node = api[node_id]
            files = {
                value
                for value in node["inputs"].values()
                if isinstance(value, str) and value.endswith((".safetensors", ".ckpt"))
            }
            for value in node["inputs"].values():
                if isinstance(value, list):
                    upstream = visit(value[0])
                    if api[value[0]]["class_type"] not in pixels:
                        files |= upstream
            found[node_id] = files
        return found[node_id]

    for node_id in api:
        visit(node_id)
    return found


REQUIRED = (
    "LoraLoader", "LoraLoaderModelOnly", "ImageScale", "ImageScaleBy", "FreeU_V2", "RescaleCFG", "HyperTile",
    "CLIPSetLastLayer", "VAEDecodeTiled", "UpscaleModelLoader", "ImageUpscaleWithModel", "LatentUpscaleBy",
    "LatentUpscale", "ConditioningCombine", "ConditioningAverage", "ConditioningZeroOut", "SamplerCustom",
    "SamplerCustomAdvanced", "KSamplerAdvanced", "ModelSamplingDiscrete", "ModelSamplingSD3", "PreviewImage",
    "VAEEncode", "PerturbedAttentionGuidance", "FluxGuidance", "ImageInvert", "SplitSigmas",
)  # fmt: skip
"""Classes that a user might require."""


def constraints_of(rng: random.Random) -> dict[str, Any]:
    """Constraints as users might set them, none in half of the cases."""
    if rng.random() < 0.5:
        return {}
    return {
        "max_nodes": rng.choice((10, 12, 16, 24, 40)),
        "max_megapixels": rng.choice((0.3, 1.1, 4.2, None)),
        "required": tuple(rng.sample(REQUIRED, rng.choice((0, 0, 1, 1, 2)))),
        "forbidden": rng.choice((frozenset(), frozenset({"VAEDecodeTiled", "KSamplerAdvanced"}))),
    }


def walk(grammar: Any, rng: random.Random) -> Any:
    """One workflow, each choice drawn from the sets at random; finishing is not made any likelier."""
    state = grammar.start()
    while not state.done:
        sets = state.choice_sets
        if not sets or not all(group.choices for group in sets):
            raise AssertionError(f"nothing may follow {state.choices_made} under {grammar.constraints}")
        state.choose(rng.choice(rng.choice(sets).choices))
    return state


def check_constraints(api: dict[str, Any], given: dict[str, Any]) -> str | None:
    """What the workflow misses of the constraints, looked up in the workflow itself."""
    classes = {node["class_type"] for node in api.values()}
    if len(api) > given.get("max_nodes", 24):
        return f"{len(api)} nodes"
    for name in given.get("required", ()):
        if name not in classes:
            return f"{name} is missing"
    if classes & given.get("forbidden", frozenset()):
        return "forbidden class"
    most = given.get("max_megapixels", 4.0)
    for node in api.values():
        inputs = node["inputs"]
        empty = node["class_type"].startswith("Empty") and "width" in inputs
        if most and empty and inputs["width"] * inputs["height"] > most * 1e6:
            return "too many pixels"
    used = {value[0] for node in api.values() for value in node["inputs"].values() if isinstance(value, list)}
    dead = [
        node["class_type"]
        for key, node in api.items()
        if key not in used and node["class_type"] not in ("SaveImage", "PreviewImage")
    ]
    return f"dead nodes {dead}" if dead else None


def main() -> None:
    comfyui, base_directory, walks, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    execution = start_comfyui(comfyui, base_directory)
    from nodewright.nodes.live_catalog import live_catalog
    from nodewright.workflow.api_format import to_api
    from nodewright.workflow.grammar.constraints import Constraints
    from nodewright.workflow.grammar.grammar import ConstraintError, Grammar
    from nodewright.workflow.script.script import read_script, render, write_script

    catalog = live_catalog()
    rng = random.Random(seed)
    rejected, classes, mains, done = [], set(), set(), 0
    files: list[list[str]] = []
    refused = 0
    while done < walks:
        given = constraints_of(rng)
        try:
            grammar = Grammar(catalog, Constraints(**given))
        except ConstraintError:
            refused += 1
            if not given or refused > walks:
                raise
            continue
        for _ in range(min(50, walks - done)):
            done += 1
            state = walk(grammar, rng)
            workflow = state.workflow()
            script = render(state.choices_made, catalog)
            api = to_api(workflow, prompt='a "fox"\nKSampler @end', seed=rng.randrange(2**53))
            valid, error, _, node_errors = asyncio.get_event_loop().run_until_complete(
                execution.validate_prompt("walk", api, None)
            )
            problem = check_constraints(api, given)
            if write_script(workflow, catalog) != state.choices_made or read_script(script, catalog) != workflow:
                problem = "the script does not read back as it was written"
            if not valid or node_errors or problem:
                rejected.append(
                    {
                        "script": script,
                        "error": str(error),
                        "nodes": str(node_errors)[:2000],
                        "problem": problem,
                        "constraints": str(given),
                    }
                )
            classes |= {node.class_type for node in workflow.nodes}
            mains.add(state.choices_made[0])
            files.extend(sorted(found) for found in traced_files(api).values() if len(found) > 1)
    together = sorted({tuple(found) for found in files})
    print(
        json.dumps(
            {
                "walks": done,
                "rejected": rejected,
                "classes": sorted(classes),
                "mains": sorted(mains),
                "files_together": together,
            }
        )
    )


if __name__ == "__main__":
    main()
