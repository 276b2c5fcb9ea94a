"""What fine-tuning begins with, made once and kept until it is over: the encoded pairs and the untrained policy."""

from __future__ import annotations

import json
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from ...files import write_json
from ...guarded_json import JsonError, read_json
from ...json_shapes import ListOf, Object, Text, Whole, check
from ...models.policy.folders import CheckpointError
from ...models.policy.loading import load_policy
from ...models.policy.policy import Policy
from ..common.devices import in_bfloat16
from ..common.pairs import (
    DataError,
    EncodedPairs,
    encode_pairs,
    is_held_out,
    load_encoded,
    read_pairs,
    read_words,
    save_encoded,
    survey,
)
from ..common.train_state import check_same, file_digest, make_log_folder
from .config import SftConfig
from .model import add_words, extend_words, fresh_llama
from .tokenizer import tokenizer_texts, train_tokenizer, workflow_words

_FREE = ("out", "threads", "evaluate_minutes", "save_minutes")
"""Options that a resumed training may have otherwise than the one that it continues."""


@dataclass(frozen=True)
class SftInputs:
    """What fine-tuning begins with.

    Attributes:
        policy: the untrained policy.
        encoded: the pairs as token ids.
        typical_choices: the median number of choices of a script.
    """

    policy: Policy
    encoded: EncodedPairs
    typical_choices: int


def prepare(config: SftConfig, report: Callable[[str], None]) -> SftInputs:
    """Make the untrained policy and the encoded pairs, or read what an earlier call left in `config.log`.

    Raises:
        DataError: the pairs cannot be used.
        PolicyError: the base cannot be loaded.
        CheckpointError: `config.log` is of another training.
    """
    log = config.log
    state, path = _identity(config), log / "training.json"
    if path.is_file():
        check_same(path, state)
    else:
        found = survey(pair for pair in read_pairs(config.data) if not is_held_out(pair, config.held_out))
        if not found.lengths:
            raise DataError(f"{config.data}: no pairs to train on")
        more = read_words(config.vocabulary) if config.vocabulary else ()
        words = workflow_words(found, least=config.word_count, most=config.words, more=more)
        make_log_folder(log)
        shutil.rmtree(log / "checkpoints", ignore_errors=True)
        if config.base is None:
            texts = tokenizer_texts(found.prompts, found.names)
            train_tokenizer(texts, config.tokens).save(str(log / "tokenizer.json"))
        write_json(log / "start.json", {"words": words, "typical_choices": int(statistics.median(found.lengths))})
    start = _read_start(log / "start.json")
    policy = _policy(config, start["words"])
    if not path.is_file():
        began = time.monotonic()
        encoded, dropped = encode_pairs(
            policy, read_pairs(config.data), held_out=config.held_out, prompt_tokens=config.prompt_tokens,
            context=config.context,
        )  # fmt: skip
        if not len(encoded.held_out) or encoded.held_out.all():
            raise DataError(f"{config.data}: no script fits the context of {config.context} tokens")
        save_encoded(encoded, log / "rows")
        write_json(path, state)
        report(
            f"{len(encoded.ends)} pairs of {encoded.lengths.mean():.0f} tokens, {int(encoded.held_out.sum())} held out"
            + (f", {dropped} dropped as too long" if dropped else "")
            + f"; encoded in {time.monotonic() - began:.0f} s"
        )
    report(f"{policy.parameters / 1e6:.1f} M parameters, {len(policy.vocabulary.words)} workflow words")
    return SftInputs(policy, load_encoded(log / "rows"), start["typical_choices"])


def forget(log: Path) -> None:
    """Delete what only a resumed training needs; the curves stay."""
    (log / "training.json").unlink(missing_ok=True)  # first, so that nothing resumes with half of it
    for name in ("checkpoints", "rows"):
        shutil.rmtree(log / name, ignore_errors=True)
    for name in ("tokenizer.json", "start.json"):
        (log / name).unlink(missing_ok=True)


def with_bfloat16(config: SftConfig) -> bool:
    """Return whether the training computes in bfloat16, on the device that it will use."""
    return in_bfloat16(config.bfloat16, torch.device("cuda" if torch.cuda.is_available() else "cpu"))


def _read_start(path: Path) -> dict[str, Any]:
    """Return the workflow words, and the median length of a script, of the training in a log folder."""
    try:
        shape = Object({"words": ListOf(Text(1)), "typical_choices": Whole(1)})
        found: dict[str, Any] = check(read_json(path), shape, str(path))
    except (OSError, JsonError) as error:
        raise CheckpointError(f"{path}: cannot be read: {error}. Delete {path.parent} to start over") from error
    return found


def _policy(config: SftConfig, words: Sequence[str]) -> Policy:
    """Return the untrained policy."""
    if config.base is None:
        return fresh_llama(
            Tokenizer.from_file(str(config.log / "tokenizer.json")), words, hidden=config.hidden, layers=config.layers,
            heads=config.heads, key_value_heads=config.key_value_heads, intermediate=config.intermediate,
            context=config.context, seed=config.seed,
        )  # fmt: skip
    # Adapters are kept in float32; the base that they leave as it is does not need it.
    dtype = torch.bfloat16 if config.lora_rank and with_bfloat16(config) else torch.float32
    base = load_policy(config.base, dtype=dtype, tuned=False)
    return extend_words(base, words) if base.vocabulary.words else add_words(base, words)


def _identity(config: SftConfig) -> dict[str, Any]:
    """Return all that a resumed training must share with the one that it continues."""
    settings = {name: value for name, value in asdict(config).items() if name not in _FREE}
    for name in ("data", "vocabulary"):
        if settings[name] is not None:
            settings[name] = file_digest(settings[name])
    plain: dict[str, Any] = json.loads(json.dumps(settings))
    return plain
