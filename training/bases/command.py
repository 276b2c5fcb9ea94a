"""Prune a base: a checkpoint of some of its layers, with the workflow words and a small tokenizer.

    python -m nodewright.training.bases --base FILE.gguf --layers 0,1,2,28,29 --data pairs.jsonl \\
        --vocabulary words.json --out DIR

The tokenizer is trained on the prompts and file names of the data, or with --trim is the beginning of the base's own.
`python -m nodewright.training.sft --base DIR` trains the checkpoint.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from ...models.policy.checkpoints import CHECKPOINT_FOLDER, save_checkpoint
from ...models.policy.folders import PolicyError, check_replaceable
from ...models.policy.loading import load_policy
from ...models.policy.policy import Policy
from ...models.policy.vocabulary import VocabularyError
from ...workflow.graph import WorkflowError
from ..common.console import report
from ..common.pairs import DataError, is_held_out, read_pairs, read_words, survey
from ..sft.config import SftConfig
from ..sft.model import TEXT_FRAME, add_words
from ..sft.tokenizer import FRAME, tokenizer_texts, train_tokenizer, workflow_words
from .prune import prune, transplant, trim_tokenizer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, or 2 for data or models that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m nodewright.training.bases", description="Prune a base.")
    parser.add_argument("--base", required=True, help="A folder, a Hugging Face id, or a .gguf file.")
    parser.add_argument("--layers", required=True, help="The layers to keep: 0,1,2.")
    parser.add_argument("--tokens", type=int, default=SftConfig.tokens, help="Size of the tokenizer (4096).")
    parser.add_argument(
        "--trim", action="store_true", help="Keep the first ids of the base's tokenizer instead of training one."
    )
    parser.add_argument("--data", type=Path, required=True, help="The pairs that the base will be trained on.")
    parser.add_argument("--vocabulary", type=Path, help="A JSON list of further choices that become workflow words.")
    parser.add_argument("--words", type=int, default=SftConfig.words, help="The most workflow words (4096).")
    parser.add_argument(
        "--held-out",
        type=float,
        default=SftConfig.held_out,
        help="The share of prompts held out, as in `nodewright train sft` (0.02).",
    )
    parser.add_argument("--out", type=Path, required=True, help="The folder of the checkpoint.")
    given = parser.parse_args(arguments)
    try:
        layers = [int(layer) for layer in given.layers.split(",")]
    except ValueError:
        parser.error(f"--layers {given.layers!r}: numbers with commas between them")
    try:
        check_replaceable(given.out, CHECKPOINT_FOLDER)
        more = read_words(given.vocabulary) if given.vocabulary else ()
        found = survey(pair for pair in read_pairs(given.data) if not is_held_out(pair, given.held_out))
        words = workflow_words(found, least=SftConfig.word_count, most=given.words, more=more)
        base = load_policy(given.base, dtype=torch.float32, tuned=False)
        if given.trim:
            tokenizer, frame = trim_tokenizer(base.vocabulary.tokenizer, given.tokens), TEXT_FRAME
        else:
            tokenizer = train_tokenizer(tokenizer_texts(found.prompts, found.names), given.tokens)
            frame = FRAME
        policy = add_words(transplant(prune(base, layers), tokenizer, frame), words)
        description = {"kind": "pruned", "base": Path(given.base).name, "layers": layers}
        policy = Policy(policy.model, policy.vocabulary, policy.frame, description)
        save_checkpoint(policy, given.out, dtype=torch.float16)
    except (DataError, PolicyError, VocabularyError, WorkflowError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    report(f"{policy.parameters / 1e6:.1f} M parameters, {len(words)} workflow words; wrote {given.out}")
    return 0
