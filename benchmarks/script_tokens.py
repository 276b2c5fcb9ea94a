"""How many tokens a workflow takes as a script, and as the API JSON that others write.

    python benchmarks/script_tokens.py object_info.json [--policy FOLDER] [--each]

Over the official text-to-image templates (package comfyui-workflow-templates-json) that the node classes of
`object_info.json` can express: tokens of minified API JSON (without titles) against tokens of the script, both with
the policy's tokenizer. The JSON is plain text to it; the script is choices, of which the workflow words are one token
each. The first text of a template counts as the user's prompt: "@prompt" in the script, the text itself in the JSON.
Seeds and file name prefixes, which a policy does not choose, stand in the JSON alone. "prompts left out" counts the
JSON with all texts emptied, and a second row scripts with every word spelled out, which is what a language model
without the workflow vocabulary would write.
"""

from __future__ import annotations

import argparse
import json
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer

from nodewright.models.policy.checkpoints import shipped_policy_path
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.training.corpus.synthesis.examples import files_of
from nodewright.training.corpus.synthesis.templates import text_to_image_templates
from nodewright.workflow.api_format import from_api, minified, to_api
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.graph import Seed, Text, Value, Workflow
from nodewright.workflow.rewriting import first_text
from nodewright.workflow.script.phrases import PHRASES
from nodewright.workflow.script.script import write_script
from nodewright.workflow.script.slots import class_slots
from nodewright.workflow.script.values import default_of, is_text


def as_written(workflow: Workflow, catalog: Catalog) -> Workflow:
    """Return the workflow as a policy would write it, with the user's prompt and without seeds and file prefixes."""
    first = first_text(workflow, catalog)
    nodes = []
    for index, node in enumerate(workflow.nodes):
        cls = catalog.classes[node.class_type]
        seeds = {slot.name for slot in class_slots(cls) if slot.spec.seed}
        own: dict[str, Value] = {
            name: Seed() for name, value in node.inputs if name in seeds and isinstance(value, int)
        }
        own |= {slot.name: default_of(slot.spec) for slot in class_slots(cls) if slot.name == "filename_prefix"}
        own |= {first[1]: Text(True)} if first is not None and first[0] == index else {}
        inputs = tuple((name, own.get(name, value)) for name, value in node.inputs)
        nodes.append(replace(node, inputs=inputs))
    return Workflow(tuple(nodes))


def without_texts(api: dict[str, Any], catalog: Catalog) -> dict[str, Any]:
    """Return the workflow with every prompt text empty."""
    bare = json.loads(json.dumps(api))
    for node in bare.values():
        for slot in class_slots(catalog.classes[node["class_type"]]):
            if is_text(slot.spec) and isinstance(node["inputs"].get(slot.name), str):
                node["inputs"][slot.name] = ""
    return bare


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("object_info", type=Path)
    parser.add_argument("--policy", default=str(shipped_policy_path()))
    parser.add_argument("--tokenizer", type=Path, help="a .gguf file whose tokenizer is used for both instead")
    parser.add_argument("--each", action="store_true", help="a line for each template")
    options = parser.parse_args()
    info = json.loads(options.object_info.read_text(encoding="utf-8"))
    vocabulary = load_policy(options.policy).vocabulary
    if options.tokenizer:
        source = {"pretrained_model_name_or_path": str(options.tokenizer.parent), "gguf_file": options.tokenizer.name}
        vocabulary = Vocabulary(AutoTokenizer.from_pretrained(**source).backend_tokenizer, vocabulary.words)
    spelled = Vocabulary(vocabulary.tokenizer)
    rows = []
    for template in text_to_image_templates(info):
        assert template.api is not None
        catalog = catalog_from_object_info(info, files_of(template.api), options_from_models=True)
        api = to_api(
            from_api({key: {k: v for k, v in node.items() if k != "_meta"} for key, node in template.api.items()}),
            prompt="",
            seed=0,
        )
        choices = write_script(as_written(from_api(api, phrases=PHRASES), catalog), catalog)
        texts = (minified(api), minified(without_texts(api, catalog)))
        whole, bare = (len(vocabulary.encode_prompt(text, maximum_tokens=10**9)) for text in texts)
        script = sum(len(vocabulary.encode_choice(choice)) for choice in choices)
        letters = sum(len(spelled.encode_choice(choice)) for choice in choices)
        rows.append((whole, bare, script, letters))
        if options.each:
            print(
                f"{template.name:44} {len(api):3} nodes {whole:6} {bare:6} {script:5} "
                f"{whole / script:6.1f} {bare / script:6.1f}"
            )
    print(f"{len(rows)} templates, medians:      JSON  prompts left out  script   JSON/script  prompts left out/script")
    for name, column in (("workflow words", 2), ("every word spelled", 3)):
        ratios = [statistics.median(row[kind] / row[column] for row in rows) for kind in (0, 1)]
        json_tokens, bare_tokens, tokens = (statistics.median(row[kind] for row in rows) for kind in (0, 1, column))
        print(f"{name:24} {json_tokens:8.0f} {bare_tokens:17.0f} {tokens:7.0f} {ratios[0]:13.1f} {ratios[1]:24.1f}")


if __name__ == "__main__":
    main()
