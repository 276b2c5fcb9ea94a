"""Pairs of prompt and script for the policy's supervised training.

    python -m nodewright.training.corpus --object-info object_info.json --out pairs.jsonl --count 20000 --seed 0

Draws simulated installations over the node classes of `--object-info` (`nodewright catalog` saves one), and on each
of them workflows for prompts: from the generator, the miniature's captions, and, with `--prompts`, a text file of one
prompt a line. With `--templates`, the official text-to-image templates, and with `--workflows`, a folder of workflows
in API format, are mixed in as far as the grammar can write them. Every line is {"prompt": ..., "choices": [...]}, and
every script has been taken through the grammar.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from ..workflow.api_format import read_json
from ..workflow.catalog import Catalog, catalog_from_object_info
from ..workflow.catalog_cache import write_json
from ..workflow.grammar import Grammar, GrammarError
from ..workflow.scope import Constraints
from ..workflow.script import write_script
from ..workflow.values import MAIN_FOLDERS
from .examples import example, files_of
from .inventories import draw_inventory
from .miniature.captions import caption
from .miniature.scenes import SceneConfig, sample_scene
from .prompts import draw_prompt
from .recipes import draw
from .templates import text_to_image_templates
from .tokenizer import catalog_words

PAIRS_A_CATALOG = 60


def allowed(grammar: Grammar, choices: Sequence[str]) -> bool:
    """Whether the grammar can write this script."""
    state = grammar.start()
    try:
        for choice in choices:
            state.choose(choice)
    except GrammarError:
        return False
    return state.done


def pairs(
    object_info: dict[str, Any], prompts: Sequence[str], examples: Sequence[list[str]], seed: int
) -> Iterator[tuple[str, list[str]]]:
    """Endless pairs of prompt and script; the same for the same arguments. One in twelve is an example."""
    random = Random(seed)
    while True:
        for choices in random.choices(examples, k=PAIRS_A_CATALOG // 12) if examples else ():
            yield (random.choice(prompts) if prompts else draw_prompt(random)), choices
        catalog = catalog_from_object_info(object_info, draw_inventory(random), options_from_models=True)
        try:
            grammar = Grammar(catalog, Constraints())
        except ValueError:
            continue  # an installation on which nothing can be made teaches nothing
        yield from _pairs_of(catalog, grammar, prompts, random)


def _pairs_of(
    catalog: Catalog, grammar: Grammar, prompts: Sequence[str], random: Random
) -> Iterator[tuple[str, list[str]]]:
    mains = [file for file in catalog.models if file.folder in MAIN_FOLDERS]
    for _ in range(PAIRS_A_CATALOG):
        main = random.choice(mains)
        if "miniature" in main.name and random.random() < 0.8:
            rng = np.random.default_rng(random.getrandbits(63))
            prompt = caption(sample_scene(rng, SceneConfig()), rng).text
        else:
            prompt = random.choice(prompts) if prompts and random.random() < 0.5 else draw_prompt(random)
        workflow = draw(catalog, main, prompt, random)
        if workflow is None:
            continue
        choices = write_script(workflow, catalog)
        if allowed(grammar, choices):
            yield prompt, choices


def examples(object_info: dict[str, Any], templates: bool, workflows: Path | None) -> Iterator[list[str]]:
    """Scripts of real workflows, as far as the grammar can write them."""
    found: list[dict[str, Any]] = []
    if templates:
        found += [template.api for template in text_to_image_templates(object_info) if template.api is not None]
    for path in sorted(workflows.glob("*.json")) if workflows else ():
        document = read_json(path)
        found.append(document.get("api", document))
    for api in found:
        choices, _ = example(api, object_info)
        if choices is not None:
            yield choices


def vocabulary(object_info: dict[str, Any], templates: bool) -> list[str]:
    """The words for these node classes, and for the files of the official templates."""
    files = {
        (file.folder, file.name): file
        for template in (text_to_image_templates(object_info) if templates else ())
        if template.api is not None
        for file in files_of(template.api)
    }
    return list(catalog_words(catalog_from_object_info(object_info), files.values()))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m nodewright.training.corpus", description=__doc__.splitlines()[0])
    parser.add_argument("--object-info", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--prompts", type=Path, help="a text file of one prompt a line")
    parser.add_argument("--templates", action="store_true", help="mix in the official templates (extra: train)")
    parser.add_argument("--workflows", type=Path, help="a folder of workflows in API format")
    parser.add_argument("--vocabulary", type=Path, help="write the words of the workflow vocabulary here")
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    prompts = (
        [line for line in options.prompts.read_text(encoding="utf-8").splitlines() if line.strip()]
        if options.prompts
        else []
    )
    object_info = read_json(options.object_info)
    if options.vocabulary:
        write_json(options.vocabulary, vocabulary(object_info, options.templates))
    found = list(examples(object_info, options.templates, options.workflows))
    beside = options.out.with_name(options.out.name + ".part")
    with beside.open("w", encoding="utf-8") as file:
        for (prompt, choices), _ in zip(
            pairs(object_info, prompts, found, options.seed), range(options.count), strict=False
        ):
            file.write(json.dumps({"prompt": prompt, "choices": choices}, ensure_ascii=False) + "\n")
    os.replace(beside, options.out)
    print(f"{options.count} pairs in {options.out}, {len(found)} examples among them")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
