"""Write workflows on one installation, and let ComfyUI's own `validate_prompt` judge each. `judge.py` starts this file.

    python judge_worker.py COMFYUI BASE_DIRECTORY INSTALLATION WALKS POLICY_WORKFLOWS SEED

BASE_DIRECTORY/models holds the files of the installation. Prints one line of JSON: a `Verdict`.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from comfyui_walks import check_constraints, constraints_of, start_comfyui, walk
from partial_installations import INSTALLATIONS, Installation

EXAMPLES = 5
"""Number of faults of each kind that are kept as examples."""
DRAWS = 8
"""Workflows that the policy writes for one prompt."""


@dataclass
class Verdict:
    """What was found on one installation.

    Attributes:
        walks: number of random walks.
        policy: number of workflows that the policy wrote.
        refused: number of grammars that no workflow can satisfy, each with an error that names the reason.
        distinct: number of different scripts.
        crashed: exceptions, dead ends among them.
        invalid: workflows that ComfyUI refuses, or that miss a constraint, or whose script does not read back.
        silly: workflows in which `silly` finds something.
        families: families of the main models that were written.
        examples: kind of fault -> the first faults of that kind.
    """

    walks: int = 0
    policy: int = 0
    refused: int = 0
    distinct: int = 0
    crashed: int = 0
    invalid: int = 0
    silly: int = 0
    families: list[str] = field(default_factory=list)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def count(self, kind: str, example: str) -> None:
        """Count one fault of this kind."""
        setattr(self, kind, getattr(self, kind) + 1)
        kept = self.examples.setdefault(kind, [])
        if len(kept) < EXAMPLES:
            kept.append(example[:4000])


def install_gguf_loaders() -> None:
    """Register ComfyUI-GGUF's loaders with ComfyUI, as far as listing files goes."""
    import folder_paths

    import nodes

    for folder, own in (("unet_gguf", "diffusion_models"), ("clip_gguf", "text_encoders")):
        folder_paths.folder_names_and_paths[folder] = (folder_paths.get_folder_paths(own), {".gguf"})

    def encoders() -> list[str]:
        listed = folder_paths.get_filename_list("text_encoders") + folder_paths.get_filename_list("clip_gguf")
        return sorted(listed)

    class UnetLoaderGGUF:
        RETURN_TYPES, FUNCTION, CATEGORY = ("MODEL",), "load", "bootleg"

        @classmethod
        def INPUT_TYPES(cls) -> dict[str, Any]:
            return {"required": {"unet_name": (folder_paths.get_filename_list("unet_gguf"),)}}

    nodes.NODE_CLASS_MAPPINGS["UnetLoaderGGUF"] = UnetLoaderGGUF
    for name in ("CLIPLoader", "DualCLIPLoader", "TripleCLIPLoader"):
        nodes.NODE_CLASS_MAPPINGS[f"{name}GGUF"] = _loader_of_both(name, encoders)


def _loader_of_both(name: str, encoders: Any) -> type:
    """Return a class like ComfyUI's loader `name` that lists GGUF files, too."""
    import nodes

    own = nodes.NODE_CLASS_MAPPINGS[name]
    if not hasattr(own, "INPUT_TYPES"):
        raise RuntimeError(f"ComfyUI has no {name} that could be imitated")
    described = own.INPUT_TYPES()["required"]

    class Loader:
        RETURN_TYPES, FUNCTION, CATEGORY = ("CLIP",), "load", "bootleg"

        @classmethod
        def INPUT_TYPES(cls) -> dict[str, Any]:
            return {
                "required": {
                    key: (encoders(),) if key.startswith("clip_name") else spec for key, spec in described.items()
                }
            }

    return Loader


class Judge:
    """Judges workflows of one catalog, and counts.

    Attributes:
        catalog: the installation.
        verdict: what was found so far.
    """

    def __init__(self, execution: Any, catalog: Any) -> None:
        self.catalog = catalog
        self.verdict = Verdict()
        self._execution = execution
        self._loop = asyncio.get_event_loop()
        self._scripts: set[int] = set()

    def judge(
        self, workflow: Any, choices: Any, api: dict[str, Any], given: dict[str, Any], ratio: float = 1.0
    ) -> None:
        """Judge one workflow that was written under the constraints `given`, with the ratio that was asked for."""
        from nodewright.workflow.script.script import read_script, render, write_script
        from nodewright.workflow.silly import silly

        script = render(choices, self.catalog)
        self._scripts.add(hash(script))
        self.verdict.distinct = len(self._scripts)
        accepted, error, _, node_errors = self._loop.run_until_complete(
            self._execution.validate_prompt("judged", api, None)
        )
        problem = check_constraints(api, given)
        if write_script(workflow, self.catalog) != list(choices) or read_script(script, self.catalog) != workflow:
            problem = "the script does not read back as it was written"
        if not accepted or node_errors or problem:
            self.verdict.count("invalid", f"{given} {problem} {error} {str(node_errors)[:1500]}\n{script}")
        found = silly(workflow, self.catalog, self._asked(api, given, ratio))
        if found:
            self.verdict.count("silly", f"{given} {'; '.join(map(str, found))}\n{script}")

    @staticmethod
    def _asked(api: dict[str, Any], given: dict[str, Any], ratio: float) -> list[tuple[int, int]]:
        """Return the sizes that a small limit of megapixels or an extreme ratio asks for: all of the workflow's."""
        limit = given.get("max_megapixels")
        if (limit is None or limit >= 1) and max(ratio, 1 / ratio) <= 2.3:
            return []
        inputs = [node["inputs"] for node in api.values()]
        return [(one["width"], one["height"]) for one in inputs if {"width", "height"} <= one.keys()]

    def walks(self, count: int, rng: random.Random) -> None:
        """Walk the grammar `count` times, under constraints that change."""
        from nodewright.workflow.api_format import to_api

        for grammar, given in self._grammars(count, rng):
            self.verdict.walks += 1
            try:
                state = walk(grammar, rng)
                workflow = state.workflow()
                api = to_api(workflow, prompt='a "fox"\nKSampler @end', seed=rng.randrange(2**53))
                self.judge(workflow, state.choices_made, api, given)
            except Exception:
                self.verdict.count("crashed", f"{given}\n{traceback.format_exc()}")

    def _grammars(self, count: int, rng: random.Random) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Yield `count` times a grammar and its constraints; the same for fifty walks."""
        from nodewright.workflow.grammar.constraints import Constraints
        from nodewright.workflow.grammar.grammar import ConstraintError, Grammar

        left = count
        while left > 0:
            given = constraints_of(rng)
            try:
                grammar = Grammar(self.catalog, Constraints(**given))
            except ConstraintError:
                self.verdict.refused += 1
                if self.verdict.refused > count:
                    return
                continue
            for _ in range(min(50, left)):
                left -= 1
                yield grammar, given

    def policy(self, count: int, rng: random.Random) -> None:
        """Let the shipped policy write `count` workflows, a third of them under constraints."""
        from nodewright.training.corpus.prompts.generator import draw_prompt
        from nodewright.workflow.grammar.constraints import Constraints
        from nodewright.workflow.grammar.grammar import ConstraintError
        from nodewright.writing import load_policy, write_workflows

        policy = load_policy()
        attempts = 0
        while self.verdict.policy < count and attempts < 2 * count:
            attempts += 1
            given = constraints_of(rng) if rng.random() < 2 / 3 else {}
            prompt, seed = draw_prompt(rng, held_out=True), rng.randrange(2**53 - DRAWS)
            try:
                written = write_workflows(
                    prompt, self.catalog, policy=policy, constraints=Constraints(**given), candidates=DRAWS, seed=seed
                )
                for one in written:
                    ratio = one.ask.ratio if one.ask is not None else None
                    self.judge(one.workflow, one.choices, one.api, given, ratio.value if ratio else 1.0)
                self.verdict.families = sorted(
                    {*self.verdict.families, *(one.choices[0].partition("/")[0] for one in written)}
                )
                self.verdict.policy += DRAWS
            except ConstraintError:
                self.verdict.refused += 1
            except Exception:
                self.verdict.policy += DRAWS
                self.verdict.count("crashed", f"{given} {prompt}\n{traceback.format_exc()}")


def main() -> None:
    """Judge one installation and print the verdict."""
    comfyui, base_directory, name, walks, policy, seed = sys.argv[1:]
    installation: Installation = INSTALLATIONS[name]
    execution = start_comfyui(comfyui, base_directory)
    import nodes

    if installation.gguf:
        install_gguf_loaders()
    for removed in installation.removed:
        nodes.NODE_CLASS_MAPPINGS.pop(removed, None)
    from nodewright.nodes.live_catalog import live_catalog
    from nodewright.workflow.grammar.grammar import Grammar, NoModelError

    judge = Judge(execution, live_catalog())
    try:
        Grammar(judge.catalog)
    except NoModelError as error:
        judge.verdict.examples["nothing can be made"] = [str(error)]
        if installation.makes:
            judge.verdict.count("crashed", f"a picture could be made, yet: {error}")
    else:
        rng = random.Random(f"{name} {seed}")
        judge.walks(int(walks), rng)
        judge.policy(int(policy), rng)
        strange = set(judge.verdict.families) - installation.makes
        if strange:
            judge.verdict.count("invalid", f"pictures of families that are not whole: {strange}")
    print(json.dumps(asdict(judge.verdict)))


if __name__ == "__main__":
    main()
