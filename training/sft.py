"""Supervised fine-tuning: prompts and scripts in, a Nodewright checkpoint out.

    python -m nodewright.training.sft --data pairs.jsonl --vocabulary words.json --out DIR --minutes 10

Each line of the data is {"prompt": text, "choices": [choice, ...]}. Without --base, a small Llama and its tokenizer
are trained from scratch; with it, that model learns the workflow words as well.

The loss is plain cross-entropy over the script's tokens: the pairs hold no catalog, so what the grammar would have
allowed beside each choice is not known here, and learning what usually follows costs a small model little. Prompts
are split into training and held-out ones by their text, so that no prompt is in both.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM

from ..models.checkpoints import CheckpointError, save_checkpoint, write_folder
from ..models.policy import Policy, PolicyError
from ..models.vocabulary import Vocabulary, VocabularyError
from ..workflow.api_format import read_json
from ..workflow.graph import WorkflowError
from .tokenizer import FRAME, collect_words, train_tokenizer

IGNORED = -100
RESUME = "resume"


class DataError(ValueError):
    """Training data that cannot be used. The message names file and line."""


@dataclass(frozen=True)
class Pair:
    """A prompt and the script of a workflow for it."""

    prompt: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """Token ids of a framed prompt and its script; the script begins at `start`."""

    ids: list[int]
    start: int


@dataclass(frozen=True)
class Settings:
    """How to train. Exactly one of `minutes` and `steps` ends the training and stretches the schedule.

    batch_tokens: tokens in a batch, padding included. learning_rate None: 3e-3 from scratch, 1e-4 for a base.
    """

    minutes: float | None = None
    steps: int | None = None
    batch_tokens: int = 1024
    learning_rate: float | None = None
    weight_decay: float = 0.05
    warmup: float = 0.03
    held_out: float = 0.05
    seed: int = 0
    hidden: int = 256
    layers: int = 6
    heads: int = 4
    key_value_heads: int = 2
    tokens: int = 4096
    words: int = 4096
    word_count: int = 3
    context: int = 2048
    prompt_tokens: int = 256
    bfloat16: bool = False


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a .jsonl file. Raises DataError."""
    pairs: list[Pair] = []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            parsed = json.loads(line)
            prompt, choices = parsed["prompt"], parsed["choices"]
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}, line {number}: not an object with prompt and choices ({error!r})") from error
        if not isinstance(prompt, str) or not isinstance(choices, list) or not choices:
            raise DataError(f"{path}, line {number}: prompt must be a text, and choices a list with something in it")
        if not all(isinstance(choice, str) for choice in choices):
            raise DataError(f"{path}, line {number}: a choice that is not a text")
        pairs.append(Pair(prompt, tuple(choices)))
    return pairs


def read_words(path: Path) -> tuple[str, ...]:
    """The words of a .json file. Raises DataError or WorkflowError."""
    words = read_json(path)
    if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
        raise DataError(f"{path}: must be a list of texts")
    return tuple(words)


def split_pairs(pairs: Sequence[Pair], held_out: float) -> tuple[list[Pair], list[Pair]]:
    """Training pairs and held-out ones. Which a pair is follows from its prompt alone."""
    parts: tuple[list[Pair], list[Pair]] = ([], [])
    for pair in pairs:
        digest = hashlib.sha256(pair.prompt.encode("utf-8", "replace")).digest()
        parts[int.from_bytes(digest[:4], "big") < held_out * 2**32].append(pair)
    return parts


def workflow_words(pairs: Sequence[Pair], settings: Settings, more: Sequence[str]) -> tuple[str, ...]:
    """The words of the pairs, and `more` as far as `Settings.words` allows."""
    words = collect_words((pair.choices for pair in pairs), least=settings.word_count, most=settings.words)
    fresh = [word for word in dict.fromkeys(more) if word not in set(words)]
    return tuple(sorted([*words, *fresh[: settings.words - len(words)]]))


def new_policy(pairs: Sequence[Pair], settings: Settings, more_words: Sequence[str] = ()) -> Policy:
    """An untrained small Llama, with a tokenizer and workflow words for these pairs."""
    texts = [pair.prompt for pair in pairs]
    # Each spelled name once: file names should not drive English words out of the tokenizer.
    names = sorted({choice for pair in pairs for choice in pair.choices})
    tokenizer = train_tokenizer(texts + names, settings.tokens)
    vocabulary = Vocabulary(tokenizer, workflow_words(pairs, settings, more_words))
    torch.manual_seed(settings.seed)
    config = LlamaConfig(
        vocab_size=vocabulary.size,
        hidden_size=settings.hidden,
        intermediate_size=32 * round(settings.hidden * 8 / 3 / 32),
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        num_key_value_heads=settings.key_value_heads,
        max_position_embeddings=settings.context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=None,
    )
    return Policy(LlamaForCausalLM(config), vocabulary, FRAME)


def extend_policy(base: Policy, pairs: Sequence[Pair], settings: Settings, more_words: Sequence[str] = ()) -> Policy:
    """A base that knows no workflow words, with words for these pairs. A word begins as the mean of its pieces."""
    words = workflow_words(pairs, settings, more_words)
    if base.vocabulary.words or not words:
        return base
    vocabulary = Vocabulary(base.vocabulary.tokenizer, words)
    if base.embedding_rows < vocabulary.size:
        base.model.resize_token_embeddings(vocabulary.size, mean_resizing=False)
    tables = {id(table.weight): table.weight for table in _embeddings(base.model)}
    with torch.no_grad():
        for token in range(vocabulary.base_size, vocabulary.size):
            text = words[token - vocabulary.base_size] if token != vocabulary.end_id else "\n"
            pieces = base.vocabulary.encode_prompt(text) or [base.vocabulary.end_id]
            for weight in tables.values():
                weight[token] = weight[pieces].mean(0)
    return Policy(base.model, vocabulary, base.frame)


def encode(policy: Policy, pair: Pair, settings: Settings) -> Example:
    """The pair's ids, prompt first."""
    before = policy.encode_prompt(pair.prompt, settings.prompt_tokens)
    script = [token for choice in pair.choices for token in policy.vocabulary.encode_choice(choice)]
    return Example(before + script, len(before))


def batches(examples: Sequence[Example], batch_tokens: int, seed: int) -> list[list[Example]]:
    """The examples in batches of like length and at most `batch_tokens` padded tokens, in an order drawn by seed."""
    generator = torch.Generator().manual_seed(seed)
    jitter = torch.rand(len(examples), generator=generator).tolist()
    # Lengths within a tenth of each other count as alike, so that batches differ from epoch to epoch.
    order = sorted(range(len(examples)), key=lambda index: len(examples[index].ids) * (1 + 0.1 * jitter[index]))
    made: list[list[Example]] = []
    longest = 0
    for index in order:
        longest = max(longest, len(examples[index].ids))
        if not made or (len(made[-1]) + 1) * longest > batch_tokens:
            made.append([])
            longest = len(examples[index].ids)
        made[-1].append(examples[index])
    shuffled = torch.randperm(len(made), generator=generator).tolist()
    return [made[index] for index in shuffled]


def losses(policy: Policy, batch: Sequence[Example], bfloat16: bool) -> torch.Tensor:
    """Cross-entropy of each script token, (tokens,), in nats."""
    width = max(len(example.ids) for example in batch)
    ids = torch.tensor([example.ids + [0] * (width - len(example.ids)) for example in batch])
    targets = torch.full_like(ids, IGNORED)
    for row, example in enumerate(batch):
        # Padding stands on the right, where nothing that counts can attend to it.
        targets[row, example.start - 1 : len(example.ids) - 1] = torch.tensor(example.ids[example.start :])
    first = min(example.start for example in batch) - 1
    targets = targets[:, first:].to(policy.device)
    with torch.autocast(policy.device.type, dtype=torch.bfloat16, enabled=bfloat16):
        logits = policy.model(input_ids=ids.to(policy.device), use_cache=False).logits[:, first:]
    counted = targets != IGNORED
    return functional.cross_entropy(logits[counted].float(), targets[counted], reduction="none")


@torch.no_grad()
def held_out_loss(policy: Policy, examples: Sequence[Example], settings: Settings) -> float:
    """Nats per script token over the examples; NaN when there are none."""
    if not examples:
        return math.nan
    policy.model.eval()
    total, count = 0.0, 0
    for batch in batches(examples, settings.batch_tokens, 0):
        each = losses(policy, batch, settings.bfloat16)
        total += float(each.sum())
        count += len(each)
    return total / count


class Training:
    """A training under way: what must be kept to go on after an interruption."""

    def __init__(self, policy: Policy, settings: Settings, learning_rate: float) -> None:
        self.policy = policy
        self.settings = settings
        self.learning_rate = learning_rate
        matrices = [p for p in policy.model.parameters() if p.ndim > 1]
        vectors = [p for p in policy.model.parameters() if p.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": vectors, "weight_decay": 0.0}],
            lr=learning_rate,
            betas=(0.9, 0.95),
        )
        self.step = 0
        self.epoch = 0
        self.batch = 0  # the next of the epoch
        self.seconds = 0.0

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        if self.settings.steps is not None:
            return min(1.0, self.step / self.settings.steps)
        assert self.settings.minutes is not None
        return min(1.0, self.seconds / (60 * self.settings.minutes))

    def run(self, examples: Sequence[Example], each_minute: Callable[[float], None]) -> None:
        """Train to the end. each_minute is told the mean loss of the steps since it was last called."""
        recent: list[torch.Tensor] = []
        told = clock = time.monotonic()
        for batch in self._batches(examples):
            recent.append(self._update(batch))
            now = time.monotonic()
            self.seconds += now - clock
            clock = now
            if now - told >= 60:
                each_minute(float(torch.stack(recent).mean()))
                recent = []
                told = clock = time.monotonic()
        if recent:
            each_minute(float(torch.stack(recent).mean()))

    def save(self, folder: Path, fingerprint: str) -> None:
        """Keep the training's state in `folder`, which is replaced as a whole. Raises CheckpointError."""
        tensors = {name: tensor.contiguous() for name, tensor in self.policy.model.named_parameters()}
        state = {"fingerprint": fingerprint, "step": self.step, "epoch": self.epoch, "batch": self.batch}

        def write(target: Path) -> None:
            save_file(tensors, target / "model.safetensors")
            torch.save(self.optimizer.state_dict(), target / "optimizer.pt")
            text = json.dumps({**state, "seconds": self.seconds})
            (target / "state.json").write_text(text, encoding="utf-8")

        write_folder(folder, write)

    def resume(self, folder: Path, fingerprint: str) -> None:
        """Go on from what `save` kept. Raises CheckpointError when it is of another training, or damaged."""
        try:
            state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
            if state["fingerprint"] != fingerprint:
                raise CheckpointError(
                    f"{folder}: of a training with other data or settings. Give the same, or another --out"
                )
            tensors = load_file(folder / "model.safetensors")
            with torch.no_grad():
                for name, parameter in self.policy.model.named_parameters():
                    parameter.copy_(tensors[name])
            self.optimizer.load_state_dict(
                torch.load(folder / "optimizer.pt", map_location=self.policy.device, weights_only=True)
            )
            self.step, self.epoch, self.batch = state["step"], state["epoch"], state["batch"]
            self.seconds = state["seconds"]
        except CheckpointError:
            raise
        except Exception as error:  # safetensors, torch and json each raise their own for a damaged file
            raise CheckpointError(f"{folder}: cannot be resumed: {error}. Delete it to begin anew") from error

    def _batches(self, examples: Sequence[Example]) -> Iterator[list[Example]]:
        while True:
            epoch = batches(examples, self.settings.batch_tokens, self.settings.seed * 1_000_003 + self.epoch)
            while self.batch < len(epoch):
                if self.progress >= 1:
                    return
                self.batch += 1
                yield epoch[self.batch - 1]
            self.epoch += 1
            self.batch = 0

    def _update(self, batch: Sequence[Example]) -> torch.Tensor:
        rate = self.learning_rate * _schedule(self.progress, self.settings.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.policy.model.train()
        loss = losses(self.policy, batch, self.settings.bfloat16).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.policy.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return loss.detach()


def train(
    data: Path,
    out: Path,
    settings: Settings,
    *,
    base: str | None = None,
    more_words: Sequence[str] = (),
    report: Callable[[str], None] = print,
) -> Policy:
    """Train a policy on the pairs in `data`, write it to `out` as a checkpoint in float16, and return it.

    Every minute the training's state is kept in out/resume, from which a further call with the same arguments goes
    on; it is deleted at the end. Raises DataError, PolicyError, CheckpointError.
    """
    pairs, tests = split_pairs(read_pairs(data), settings.held_out)
    if not pairs:
        raise DataError(f"{data}: no pairs to train on")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    policy = new_policy(pairs, settings, more_words) if base is None else _load_base(base, pairs, settings, more_words)
    policy.model.to(device)
    examples, dropped = _encode_all(policy, pairs, settings)
    held, _ = _encode_all(policy, tests, settings)
    if not examples:
        raise DataError(f"{data}: every script is longer than the context of {settings.context} tokens")
    report(
        f"{sum(p.numel() for p in policy.model.parameters()) / 1e6:.1f} M parameters on {device}, "
        f"{len(policy.vocabulary.words)} workflow words, {len(examples)} pairs of "
        f"{statistics.mean(len(example.ids) for example in examples):.0f} tokens, {len(held)} held out"
        + (f", {dropped} dropped as too long" if dropped else "")
    )
    rate = settings.learning_rate or (3e-3 if base is None else 1e-4)
    training = Training(policy, settings, rate)
    fingerprint = _fingerprint(data, settings, base)
    folder = out / RESUME
    if (folder / "state.json").is_file():
        training.resume(folder, fingerprint)
        report(f"resumed at step {training.step}")
    started = training.seconds

    def each_minute(loss: float) -> None:
        held_out = held_out_loss(policy, held, settings)
        report(
            f"{training.progress:4.0%}  step {training.step}  epoch {training.epoch}  loss {loss:.4f}  "
            f"held out {held_out:.4f}"
        )
        if training.progress < 1:
            training.save(folder, fingerprint)

    training.run(examples, each_minute)
    policy.model.eval()
    description = {
        "kind": "sft",
        "base": base,
        "pairs": len(examples),
        "held_out_pairs": len(held),
        "epochs": round(training.epoch + training.batch / len(batches(examples, settings.batch_tokens, 0)), 2),
        "steps": training.step,
        "seconds": round(training.seconds),
        "held_out_nats_per_token": round(held_out_loss(policy, held, settings), 4) if held else None,
        "settings": asdict(settings),
    }
    typical = int(statistics.median(len(pair.choices) for pair in pairs))
    policy = Policy(policy.model, policy.vocabulary, policy.frame, description, typical)
    save_checkpoint(policy, out, dtype=torch.float16)
    report(f"{training.seconds - started:.0f} s of training; wrote {out}")
    return policy


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. 0 when it went well, 2 for data or models that cannot be used."""
    defaults = Settings()
    parser = argparse.ArgumentParser(prog="python -m nodewright.training.sft", description="Supervised fine-tuning")
    parser.add_argument("--data", type=Path, required=True, help="pairs, a JSON object a line")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--vocabulary", type=Path, help="a JSON list of choices that become words as well")
    parser.add_argument("--base", help="model to begin with: folder, hub id or .gguf; from scratch without it")
    end = parser.add_mutually_exclusive_group(required=True)
    end.add_argument("--minutes", type=float, help="train for so long")
    end.add_argument("--steps", type=int, help="train so many steps")
    parser.add_argument("--bfloat16", action="store_true", help="compute in bfloat16 where that is safe")
    parser.add_argument("--threads", type=int, help="CPU threads; on a busy machine one is faster than several")
    for name in (
        *("batch_tokens", "learning_rate", "seed", "hidden", "layers", "heads", "key_value_heads"),
        *("tokens", "words", "word_count", "context", "prompt_tokens", "held_out"),
    ):
        default: Any = getattr(defaults, name)
        kind = float if default is None else type(default)
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=default, help=f"default {default}")
    given = vars(parser.parse_args(arguments))
    vocabulary = given.pop("vocabulary")
    data, out, base, threads = given.pop("data"), given.pop("out"), given.pop("base"), given.pop("threads")
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        more = read_words(vocabulary) if vocabulary else ()
        train(data, out, Settings(**given), base=base, more_words=more, report=lambda line: print(line, flush=True))
    except (DataError, PolicyError, VocabularyError, WorkflowError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _schedule(progress: float, warmup: float) -> float:
    """Linear warm-up, then half a cosine down to a twentieth."""
    if progress < warmup:
        return max(progress / warmup, 0.01)
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))


def _encode_all(policy: Policy, pairs: Sequence[Pair], settings: Settings) -> tuple[list[Example], int]:
    examples = [encode(policy, pair, settings) for pair in pairs]
    fitting = [example for example in examples if len(example.ids) <= settings.context]
    return fitting, len(examples) - len(fitting)


def _load_base(base: str, pairs: Sequence[Pair], settings: Settings, more_words: Sequence[str]) -> Policy:
    return extend_policy(Policy.load(base, dtype=torch.float32), pairs, settings, more_words)


def _embeddings(model: Any) -> list[Any]:
    return [model.get_input_embeddings(), model.get_output_embeddings()]


def _fingerprint(data: Path, settings: Settings, base: str | None) -> str:
    """Of all that a resumed training must share with the one that it continues."""
    return hashlib.sha256(data.read_bytes() + json.dumps([asdict(settings), base]).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
