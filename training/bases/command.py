"""Bases to train: a small Llama from scratch, any model with the workflow words added, and a pruned model.

    python -m nodewright.training.bases --base FILE.gguf --layers 0,1,2,28,29 --data pairs.jsonl \\
        --vocabulary words.json --out DIR

writes a checkpoint of the base's chosen layers with the workflow words and a small tokenizer: one trained on the
prompts and file names of the data, or with --trim the beginning of the base's own.
`python -m nodewright.training.sft --base DIR` goes on with it.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

from ...models.policy.checkpoints import save_checkpoint
from ...models.policy.folders import PolicyError
from ...models.policy.loading import load_policy
from ...models.policy.policy import Policy
from ...models.policy.vocabulary import PromptFrame, Vocabulary, VocabularyError, file_spelling, is_file
from ...workflow.families.families import FAMILIES
from ...workflow.graph import WorkflowError
from ..common.console import report
from ..common.pairs import DataError, Survey, is_held_out, read_pairs, read_words, survey
from ..sft.config import SftConfig
from ..sft.tokenizer import FRAME, frequent_words, tokenizer_texts, train_tokenizer
from .transplant import transplant

TEXT_FRAME = PromptFrame(before="A workflow for the picture: ", files="\nInstalled models:", after="\nWorkflow:\n")
"""For bases whose tokenizer has no tokens for it."""


def fresh_llama(
    tokenizer: Tokenizer,
    words: Sequence[str],
    *,
    hidden: int = 256,
    layers: int = 6,
    heads: int = 4,
    key_value_heads: int = 2,
    intermediate: int | None = None,
    context: int = 2048,
    seed: int = 0,
) -> Policy:
    """A Llama that was not trained. intermediate None: 8/3 of hidden."""
    vocabulary = Vocabulary(tokenizer, words)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocabulary.size,
        hidden_size=hidden,
        intermediate_size=intermediate or 32 * round(hidden * 8 / 3 / 32),
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=key_value_heads,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=None,
    )
    return Policy(LlamaForCausalLM(config).eval(), vocabulary, FRAME)


def workflow_words(found: Survey, *, least: int, most: int, more: Sequence[str] = ()) -> tuple[str, ...]:
    """The words for these pairs: each family's, "sdxl/" (names of files are always spelled); choices that stand in
    `least` scripts; and `more`, as far as `most` allows."""
    aliases = [name for name in found.names if is_file(name)]
    families = sorted({file_spelling(alias)[0] for alias in aliases} | {family + "/" for family in FAMILIES})
    words = [*families, *frequent_words(found.counts, least=least, most=most - len(families))]
    known = set(words)
    fresh = [word for word in dict.fromkeys(more) if word not in known and "/" not in word]
    return tuple(sorted([*words, *fresh[: max(0, most - len(words))]]))


def add_words(base: Policy, words: Sequence[str]) -> Policy:
    """A base that knows no workflow words, with these. A word begins as the mean of its pieces. The base's own model
    is changed."""
    vocabulary = Vocabulary(base.vocabulary.tokenizer, words)
    if base.embedding_rows < vocabulary.size:
        base.model.resize_token_embeddings(vocabulary.size, mean_resizing=False)
    tables = {id(table.weight): table.weight for table in embeddings(base.model)}
    with torch.no_grad():
        for token in range(vocabulary.base_size, vocabulary.size):
            text = words[token - vocabulary.base_size] if token != vocabulary.end_id else "\n"
            pieces = base.vocabulary.encode_prompt(text) or [base.vocabulary.end_id]
            for weight in tables.values():
                weight[token] = weight[pieces].mean(0)
    return Policy(base.model, vocabulary, base.frame if base.frame.files else TEXT_FRAME)


def embeddings(model: Any) -> list[Any]:
    """Its tables of token ids: one twice where they are tied."""
    return [model.get_input_embeddings(), model.get_output_embeddings()]


def add_adapters(policy: Policy, rank: int, alpha: int, targets: Sequence[str]) -> Callable[[], Any]:
    """Freeze the policy's model, and give it LoRA adapters and rows of their own for the workflow words. Returns what
    merges them into the model and gives it back. Raises PolicyError."""
    from peft import LoraConfig, get_peft_model

    tables = {id(table): table for table in embeddings(policy.model)}
    if policy.model.config.tie_word_embeddings:
        tables.pop(id(policy.model.get_output_embeddings()))
    rows = list(range(policy.vocabulary.base_size, policy.vocabulary.size))
    names = {name.rpartition(".")[2]: rows for name, module in policy.model.named_modules() if id(module) in tables}
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=list(targets), trainable_token_indices=names)
    try:
        adapted = get_peft_model(policy.model, config)
    except ValueError as error:
        raise PolicyError(f"this base takes no LoRA on {', '.join(targets)}: {error}. See --lora-targets") from error
    merge: Callable[[], Any] = adapted.merge_and_unload
    return merge


def prune(base: Policy, layers: Sequence[int]) -> Policy:
    """A copy with only these of the base's layers. Raises PolicyError when one does not exist or stands twice,
    and for models whose weights' names do not tell layers as Llama's do."""
    config = copy.deepcopy(base.model.config)
    if not layers or not all(0 <= layer < config.num_hidden_layers for layer in layers):
        raise PolicyError(f"layers {list(layers)}: the base has the layers 0 to {config.num_hidden_layers - 1}")
    if len(set(layers)) < len(layers):
        raise PolicyError(f"layers {list(layers)}: each can be kept once only")
    config.num_hidden_layers = len(layers)
    if getattr(config, "layer_types", None):
        config.layer_types = [config.layer_types[layer] for layer in layers]
    model = type(base.model)(config).to(base.model.dtype).eval()
    weights = {}
    for name, tensor in base.model.state_dict().items():
        head, _, rest = name.partition(".layers.")
        if rest:
            layer, _, rest = rest.partition(".")
            if int(layer) in layers:
                weights[f"{head}.layers.{list(layers).index(int(layer))}.{rest}"] = tensor
        else:
            weights[name] = tensor
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise PolicyError(
            f"{type(model).__name__} cannot be pruned: the names of its weights do not tell its layers as Llama's do, "
            "model.layers.0 and so on"
        ) from error
    return Policy(model, base.vocabulary, base.frame)


def trim_tokenizer(tokenizer: Tokenizer, tokens: int) -> Tokenizer:
    """The tokenizer's first `tokens` ids as a tokenizer of its own, without special tokens.

    The ids of a byte-level BPE are in the order of its merges, so its first ones and the merges that lead to them are
    the tokenizer that a shorter training would have given: what it writes with those ids only is written the same.
    Raises PolicyError when the tokenizer is no byte-level BPE.
    """
    state = json.loads(tokenizer.to_str())
    model = state["model"]
    if model["type"] != "BPE" or not {"ByteLevel"} & _types(state["pre_tokenizer"]):
        raise PolicyError("the base's tokenizer is no byte-level BPE; it cannot be trimmed")
    added = {token["content"] for token in state["added_tokens"]}
    ordered = sorted((token for token in model["vocab"] if token not in added), key=model["vocab"].__getitem__)
    kept = set(ordered[:tokens])
    model["vocab"] = {token: index for index, token in enumerate(ordered[:tokens])}
    merges = [tuple(merge.split(" ", 1)) if isinstance(merge, str) else tuple(merge) for merge in model["merges"]]
    model["merges"] = [list(pair) for pair in merges if {*pair, "".join(pair)} <= kept]
    model["unk_token"] = None
    made = {"".join(pair) for pair in model["merges"]}
    if missing := {token for token in ordered if len(token) == 1} - kept:
        raise PolicyError(f"{tokens} tokens are too few: {len(missing)} single bytes have later ids")
    if unmade := [token for token in kept if len(token) > 1 and token not in made]:
        raise PolicyError(f"the tokenizer's ids are not in the order of its merges: nothing leads to {unmade[0]!r}")
    state.update(added_tokens=[], post_processor=None, truncation=None, padding=None)
    return Tokenizer.from_str(json.dumps(state))


def _types(part: Any) -> set[str]:
    """The types of a tokenizer's part, and of the parts in it."""
    if not isinstance(part, dict):
        return set()
    inner = {name for entry in part.get("pretokenizers", []) for name in _types(entry)}
    return {part.get("type", ""), *inner}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. 0 when it went well, 2 for data or models that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m nodewright.training.bases", description="Prune a base.")
    parser.add_argument("--base", required=True, help="folder, hub id or .gguf")
    parser.add_argument("--layers", required=True, help="those to keep: 0,1,2")
    parser.add_argument("--tokens", type=int, default=SftConfig.tokens, help="ids of the tokenizer (4096)")
    parser.add_argument("--trim", action="store_true", help="keep the base's first ids instead of training a tokenizer")
    parser.add_argument("--data", type=Path, required=True, help="the pairs that it will be trained on")
    parser.add_argument("--vocabulary", type=Path, help="a JSON list of choices that become words as well")
    parser.add_argument("--words", type=int, default=SftConfig.words, help="the most words (4096)")
    parser.add_argument("--held-out", type=float, default=SftConfig.held_out, help="as it will be trained (0.02)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoint")
    given = parser.parse_args(arguments)
    try:
        layers = [int(layer) for layer in given.layers.split(",")]
    except ValueError:
        parser.error(f"--layers {given.layers!r}: numbers with commas between them")
    try:
        more = read_words(given.vocabulary) if given.vocabulary else ()
        found = survey(pair for pair in read_pairs(given.data) if not is_held_out(pair, given.held_out))
        words = workflow_words(found, least=SftConfig.word_count, most=given.words, more=more)
        base = load_policy(given.base, dtype=torch.float32)
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
