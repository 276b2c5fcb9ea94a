"""Seconds from a prompt to a workflow, and where they go.

    python benchmarks/decoding.py OBJECT_INFO [--policy DIR] [--models DIR] [--candidates 1 8] [--threads N]

Decodes the same prompts with each number of candidates, after one that is not counted, and says the seconds per
candidate (median and worst prompt), the tokens drawn and forced, and the share of the model, of the grammar, and of
everything else in Python. Without --models, OBJECT_INFO is given eight model files by name. Without --policy, and
where none is shipped, the policy is a random one of the same size, whose scripts are longer than a trained one's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch

from nodewright.models.checkpoints import shipped_policy_path
from nodewright.models.decoding import Candidate, generate
from nodewright.models.policy import Policy
from nodewright.models.vocabulary import ChoiceSet
from nodewright.training.bases import fresh_llama
from nodewright.training.tokenizer import collect_words, train_tokenizer
from nodewright.workflow.catalog import Catalog, catalog_from_object_info
from nodewright.workflow.catalog_cache import load_catalog
from nodewright.workflow.grammar import Grammar, GrammarState
from nodewright.workflow.graph import Workflow

PROMPTS = (
    "a photo of a red fox in the snow, golden hour",
    "anime girl with an umbrella in the rain",
    "an oil painting of a harbour at dawn, highly detailed",
    "logo of a coffee shop, flat design",
    "a cinematic wide shot of a desert city, 4k wallpaper",
)
FILES = {
    ("CheckpointLoaderSimple", "ckpt_name"): ["v1-5-pruned-emaonly.safetensors", "juggernautXL_v9.safetensors"],
    ("LoraLoader", "lora_name"): ["sdxl_lightning_8step_lora.safetensors", "add-detail-xl.safetensors"],
    ("UNETLoader", "unet_name"): ["flux1-dev-fp8.safetensors"],
    ("CLIPLoader", "clip_name"): ["clip_l.safetensors", "t5xxl_fp8_e4m3fn.safetensors"],
    ("DualCLIPLoader", "clip_name1"): ["clip_l.safetensors", "t5xxl_fp8_e4m3fn.safetensors"],
    ("DualCLIPLoader", "clip_name2"): ["clip_l.safetensors", "t5xxl_fp8_e4m3fn.safetensors"],
    ("VAELoader", "vae_name"): ["ae.safetensors"],
}


class TimedState:
    """A grammar's state that adds up the seconds spent in it."""

    def __init__(self, state: GrammarState, clock: dict[str, float]) -> None:
        self.state = state
        self.clock = clock

    @property
    def done(self) -> bool:
        return self.state.done

    @property
    def choices_made(self) -> Sequence[str]:
        return self.state.choices_made

    @property
    def choice_sets(self) -> Sequence[ChoiceSet]:
        began = time.perf_counter()
        sets = self.state.choice_sets
        self.clock["grammar"] += time.perf_counter() - began
        return sets

    def choose(self, choice: str) -> None:
        began = time.perf_counter()
        self.state.choose(choice)
        self.clock["grammar"] += time.perf_counter() - began

    def workflow(self) -> Workflow:
        began = time.perf_counter()
        workflow = self.state.workflow()
        self.clock["grammar"] += time.perf_counter() - began
        return workflow


class TimedGrammar:
    """A grammar whose states add up the seconds spent in them, in `clock`."""

    def __init__(self, grammar: Grammar, clock: dict[str, float]) -> None:
        self.grammar = grammar
        self.clock = clock

    @property
    def files(self) -> Sequence[str]:
        return self.grammar.files

    def start(self) -> TimedState:
        return TimedState(self.grammar.start(), self.clock)


def time_model(policy: Policy, clock: dict[str, float]) -> None:
    """Have the model add up the seconds and the calls spent in it."""

    def wait() -> float:
        if policy.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter()

    def before(*_: Any) -> None:
        clock["began"] = wait()

    def after(*_: Any) -> None:
        clock["model"] += wait() - clock["began"]
        clock["steps"] += 1

    policy.model.register_forward_pre_hook(before)
    policy.model.register_forward_hook(after)


def read_catalog(object_info: Path, models: Path | None) -> Catalog:
    """The installation to write for."""
    if models is not None:
        return load_catalog(object_info, models)
    info = json.loads(object_info.read_text(encoding="utf-8"))
    for (class_type, name), files in FILES.items():
        declared = info[class_type]["input"]["required"][name]
        if isinstance(declared[0], list):
            declared[0] = files
        else:
            declared[1]["options"] = files
    return catalog_from_object_info(info)


def random_policy(grammar: Grammar) -> Policy:
    """A policy of the shipped one's size that was not trained."""
    random = Random(0)
    scripts = []
    for _ in range(40):
        state = grammar.start()
        while not state.done:
            state.choose(random.choice([choice for one in state.choice_sets for choice in one.choices]))
        scripts.append(tuple(state.choices_made))
    names = sorted({choice for script in scripts for choice in script})
    return fresh_llama(train_tokenizer([*PROMPTS, *names]), collect_words(scripts, least=1, most=4096))


def measure(policy: Policy, grammar: Grammar, candidates: int, clock: dict[str, float]) -> None:
    """Print one line for this number of candidates."""
    timed = TimedGrammar(grammar, clock)
    generate(policy, timed, "warm up", candidates=candidates)
    clock.update(model=0.0, grammar=0.0, steps=0.0)
    seconds: list[float] = []
    made: list[Candidate] = []
    for index, prompt in enumerate(PROMPTS):
        began = time.perf_counter()
        made += generate(policy, timed, prompt, candidates=candidates, seed=index)
        seconds.append(time.perf_counter() - began)
    total = sum(seconds)
    drawn = statistics.mean(candidate.tokens_sampled for candidate in made)
    forced = statistics.mean(candidate.tokens_forced for candidate in made)
    rest = total - clock["model"] - clock["grammar"]
    print(
        f"N={candidates}: {statistics.median(seconds) / candidates:.3f} s per candidate "
        f"(worst {max(seconds) / candidates:.3f}), {drawn:.0f} tokens drawn and {forced:.0f} forced, "
        f"{statistics.mean(len(c.workflow.nodes) for c in made):.0f} nodes; "
        f"model {clock['model'] / total:.0%} ({1000 * clock['model'] / clock['steps']:.1f} ms a step), "
        f"grammar {clock['grammar'] / total:.0%}, rest {rest / total:.0%}"
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("object_info", type=Path)
    parser.add_argument("--policy")
    parser.add_argument("--models", type=Path)
    parser.add_argument("--candidates", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--threads", type=int)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    given = parser.parse_args()
    if given.threads:
        torch.set_num_threads(given.threads)
    grammar = Grammar(read_catalog(given.object_info, given.models))
    shipped = shipped_policy_path()
    if given.policy is not None or shipped.is_dir():
        policy = Policy.load(given.policy or shipped, device=given.device)
    else:
        policy = random_policy(grammar)
        policy.model.to(given.device)
    parameters = sum(parameter.numel() for parameter in policy.model.parameters())
    print(
        f"{parameters / 1e6:.1f} M parameters, {policy.model.dtype}, {policy.device}, torch {torch.__version__}, "
        f"{torch.get_num_threads()} threads"
    )
    clock = {"model": 0.0, "grammar": 0.0, "steps": 0.0, "began": 0.0}
    time_model(policy, clock)
    for candidates in given.candidates:
        measure(policy, grammar, candidates, clock)


if __name__ == "__main__":
    main()
