"""Supervised fine-tuning: prompts and scripts in, a Nodewright checkpoint out.

    python -m nodewright.training.sft --data pairs.jsonl --vocabulary words.json --out DIR --minutes 60

The Transformers Trainer on accelerate does the loop, so that several processes and mixed precision are launch options;
TRL's SFTTrainer would add `datasets` and pyarrow for a packing that knows neither contexts nor forced choices.

The loss is cross-entropy over the tokens of the choices that the model is asked for. The pairs hold no catalog, so
what the grammar would have allowed beside each choice is known for main models and LoRAs only: these are picked among
those installed, as in decoding. Logits are computed where they are counted only: most tokens are context, and the
vocabulary is a third of a small model.

Training may be killed at any time; the same arguments go on with it.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from ..models.checkpoints import save_checkpoint
from ..models.policy import Policy
from .bases import add_adapters, add_words, fresh_llama, workflow_words
from .pairs import (
    FIRST,
    KIND,
    KINDS,
    PICK,
    DataError,
    EncodedPairs,
    encode_pairs,
    is_held_out,
    load_encoded,
    pack,
    read_pairs,
    read_words,
    save_encoded,
    survey,
)
from .running.command import run_to_its_end, told
from .running.curves import write_curves
from .running.devices import in_bfloat16
from .running.errors import TrainingError, check_installed
from .running.options import parse_options
from .running.resuming import check_same, file_digest, write_json
from .sft_config import SftConfig
from .supervised.packed_attention import packed_attention
from .supervised.tokenizer import tokenizer_texts, train_tokenizer

IGNORED = -100
COURSE = "course.json"
"""Written last into a training's checkpoint: without it, the checkpoint is not whole."""
# What a resumed training may have otherwise than the one that it continues.
_FREE = ("out", "threads", "evaluate_minutes", "save_minutes")
# What only a model from scratch takes from the settings.
_SHAPE = ("hidden", "layers", "heads", "key_value_heads", "intermediate", "tokens")

Row = tuple[int, ...]


@dataclass(frozen=True)
class Prepared:
    """What a training begins with. typical_choices: as in Policy."""

    policy: Policy
    encoded: EncodedPairs
    typical_choices: int


class ScriptLoss(torch.nn.Module):
    """A causal language model as a function from a packed row to the loss of each counted token."""

    def __init__(self, model: Any, pick_id: int, bfloat16: bool) -> None:
        super().__init__()
        self.model = model
        self.pick_id = pick_id
        self.autocast = bfloat16

    def forward(
        self,
        input_ids: torch.Tensor,
        position_ids: torch.Tensor,
        labels: torch.Tensor,
        lengths: Sequence[int],
        picked: torch.Tensor,
        picks: torch.Tensor,
    ) -> torch.Tensor:
        """input_ids, position_ids, labels (1, tokens), IGNORED where not counted; lengths of the sequences in the row;
        picked (few,): which of the counted tokens stand for picking a file; picks (few, most): where in the row the
        names of the files end that it was picked among, its own first, -1 beyond their number. Returns (counted,)
        nats."""
        with torch.autocast(input_ids.device.type, dtype=torch.bfloat16, enabled=self.autocast):
            hidden = self.model.base_model(
                input_ids=input_ids, position_ids=position_ids, lengths=lengths, use_cache=False
            ).last_hidden_state[0]
            counted = (labels[0] != IGNORED).nonzero().squeeze(1)
            logits = self.model.get_output_embeddings()(hidden[counted - 1])
            suits = self.model.get_output_embeddings()(hidden[picks.clamp(min=0)])[..., self.pick_id]
        each = functional.cross_entropy(logits.float(), labels[0, counted], reduction="none")
        suits = suits.float().masked_fill(picks < 0, -math.inf)
        return each.index_put((picked,), suits.logsumexp(1) - suits[:, 0])


def make_batch(encoded: EncodedPairs, pairs: Sequence[int]) -> dict[str, Any]:
    """The pairs as one row: what ScriptLoss takes, and the `marks` of its tokens."""
    spans = [encoded.span(pair) for pair in pairs]
    lengths = [span.stop - span.start for span in spans]
    ids = np.concatenate([encoded.ids[span] for span in spans]).astype(np.int64)
    marks = np.concatenate([encoded.marks[span] for span in spans])
    counted = marks[(marks & KIND) > 0]
    starts = np.cumsum([0, *lengths])
    picks = [
        torch.from_numpy(places.astype(np.int64) + start)
        for pair, start in zip(pairs, starts, strict=False)
        for places in encoded.picks_of(pair)
    ]
    return {
        "input_ids": torch.from_numpy(ids)[None],
        "position_ids": torch.from_numpy(np.concatenate([np.arange(length) for length in lengths]))[None],
        "labels": torch.from_numpy(np.where(marks & KIND, ids, IGNORED))[None],
        "marks": torch.from_numpy(marks)[None],
        "lengths": lengths,
        "picked": torch.from_numpy(np.flatnonzero(counted & PICK)),
        "picks": pad_sequence(picks, True, -1) if picks else torch.zeros(0, 1, dtype=torch.long),
    }


@dataclass
class Course(TrainerCallback):
    """How far the training is; when it measures, saves and ends. Time is that of training steps alone.

    The curves' records and the times are kept in each checkpoint, see COURSE.
    """

    config: SftConfig
    total_steps: int
    report: Callable[[str], None]
    seconds: float = 0.0
    tokens: int = 0
    step: int = 0
    evaluated: float = 0.0
    saved: float = 0.0
    training: list[dict[str, Any]] = field(default_factory=list)
    held_out: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._clock = time.monotonic()
        self._told, self._told_tokens = self.seconds, self.tokens
        self._nats: torch.Tensor | float = 0.0
        self._choices: torch.Tensor | float = 0.0

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        if self.config.minutes is None:
            return min(1.0, self.step / self.total_steps)
        return min(1.0, self.seconds / (60 * self.config.minutes))

    def rate(self, _: int) -> float:
        """The share of the highest learning rate: linear warm-up, then half a cosine down to a twentieth."""
        progress, warmup = self.progress, self.config.warmup
        if progress < warmup:
            return max(progress / warmup, 0.01)
        return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))

    def count(self, nats: torch.Tensor, marks: torch.Tensor, processes: int) -> None:
        """A forward pass had this loss, in sum."""
        self.tokens += marks.numel() * processes
        self._nats = self._nats + nats
        self._choices = self._choices + (marks >= FIRST).sum()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._clock = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        now = time.monotonic()
        self.seconds += now - self._clock
        self._clock = now
        self.step = state.global_step
        if args.world_size > 1:  # all processes must decide the same
            clock = torch.tensor([self.seconds], dtype=torch.float64, device=args.device)
            torch.distributed.broadcast(clock, 0)
            self.seconds = float(clock)
        if self.seconds - self._told >= 60:
            self.tell()
        if self.progress >= 1:
            control.should_training_stop = True
            return
        control.should_evaluate = self.seconds - self.evaluated >= 60 * self.config.evaluate_minutes
        control.should_save = self.seconds - self.saved >= 60 * self.config.save_minutes

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, Any], **_: Any) -> None:
        self.evaluated = self.seconds
        self.held_out.append(self._record(metrics["loss"]) | {"kinds": metrics["kinds"]})
        if state.is_world_process_zero:
            write_curves(self.config.log, self.training, self.held_out)
        self._clock = time.monotonic()

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.saved = self.seconds
        kept = {name: getattr(self, name) for name in self._kept()}
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if state.is_world_process_zero and folder.is_dir():  # it is not, when it could not be written
            write_json(folder / COURSE, kept)
        self._clock = time.monotonic()

    def resume(self, checkpoint: Path) -> None:
        """Go on from what `on_save` kept."""
        kept = json.loads((checkpoint / COURSE).read_text(encoding="utf-8"))
        for name in self._kept():
            setattr(self, name, kept[name])
        self.__post_init__()

    def tell(self) -> None:
        """Report what has been since the last report."""
        choices = float(self._choices)
        if not choices:
            return
        loss = float(self._nats) / choices
        self.training.append(self._record(loss))
        speed = (self.tokens - self._told_tokens) / max(self.seconds - self._told, 1e-9)
        held = f"  held out {self.held_out[-1]['loss']:.4f}" if self.held_out else ""
        self.report(
            f"{self.progress:4.0%}  {self.seconds / 60:.1f} min  step {self.step}  {speed:,.0f} tokens/s  "
            f"loss {loss:.4f}{held}"
        )
        self._told, self._told_tokens, self._nats, self._choices = self.seconds, self.tokens, 0.0, 0.0

    def _record(self, loss: float) -> dict[str, Any]:
        minutes = round(self.seconds / 60, 3)
        return {"minutes": minutes, "steps": self.step, "tokens": self.tokens, "loss": round(loss, 5)}

    @staticmethod
    def _kept() -> tuple[str, ...]:
        return ("seconds", "tokens", "step", "evaluated", "saved", "training", "held_out")


class SftTrainer(Trainer):
    """The Trainer for packed rows of pairs; `held_out` are rows of their own."""

    def __init__(
        self, model: ScriptLoss, args: Any, encoded: EncodedPairs, rows: Sequence[Row], held_out: Sequence[Row],
        course: Course, **more: Any,
    ) -> None:  # fmt: skip
        def batch(chosen: Sequence[int]) -> dict[str, Any]:
            return make_batch(encoded, [pair for row in chosen for pair in rows[row]])

        super().__init__(model, args, data_collator=batch, train_dataset=range(len(rows)), callbacks=[course], **more)
        self.remove_callback(PrinterCallback)
        self.model_accepts_loss_kwargs = True  # so that compute_loss is told how many tokens count in a whole step
        self.encoded, self.held_out, self.course = encoded, held_out, course

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """The mean over all tokens of the step, in all processes; picks count as often as `pick_weight` says."""
        marks = inputs.pop("marks")
        each = model(**inputs)
        self.course.count(each.sum().detach(), marks, self.args.world_size)
        weights = torch.ones_like(each).index_fill(0, inputs["picked"], self.course.config.pick_weight)
        total: torch.Tensor = (each * weights).sum()
        if num_items_in_batch is None:
            return total / len(each)
        return total * self.args.world_size / num_items_in_batch

    @torch.no_grad()
    def evaluate(self, *_: Any, **__: Any) -> dict[str, Any]:
        """The held-out loss in nats per choice: `loss` of all of them, and `kinds`."""
        model = self.accelerator.unwrap_model(self.model).eval()
        nats, choices = torch.zeros(2, len(KINDS) + 1, dtype=torch.float64)
        for row in self.held_out[self.args.process_index :: self.args.world_size]:
            inputs = self._prepare_inputs(make_batch(self.encoded, row))
            marks = inputs.pop("marks")[0].cpu()
            each = model(**inputs).double().cpu()
            kind = (marks & KIND).long()
            nats.index_add_(0, kind[kind > 0], each)
            choices += torch.bincount(kind[marks >= FIRST], minlength=len(KINDS) + 1)
        sums = self.accelerator.reduce(torch.stack([nats, choices]).to(self.args.device)).cpu()
        model.train()
        kinds = {
            kind: round(float(sums[0, 1 + index] / sums[1, 1 + index]), 5)
            for index, kind in enumerate(KINDS) if sums[1, 1 + index]
        }  # fmt: skip
        metrics = {"loss": float(sums[0].sum() / sums[1].sum()) if sums[1].sum() else math.nan, "kinds": kinds}
        self.control: Any = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """A full disk costs the checkpoint, not the training."""
        try:
            super()._save_checkpoint(model, trial)
        except (OSError, RuntimeError, SafetensorError) as error:  # RuntimeError is how torch.save says it
            folder = Path(self.args.output_dir) / f"checkpoint-{self.state.global_step}"
            shutil.rmtree(folder, ignore_errors=True)
            self.course.report(
                f"{folder} could not be written: {error}. The one before it is kept, and training goes on; free some "
                "space, so that it can be interrupted"
            )

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        folder = Path(output_dir or self.args.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        save_file(_trained(self.model), folder / "model.safetensors")

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        kept = load_file(Path(resume_from_checkpoint) / "model.safetensors")
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                if parameter.requires_grad:
                    parameter.copy_(kept[name])


def train(config: SftConfig, *, report: Callable[[str], None] = print) -> Policy:
    """Train a policy, write it to `config.out` as a checkpoint in float16, and return it.

    Raises DataError, PolicyError, CheckpointError, TrainingError.
    """
    if [config.minutes, config.steps, config.epochs].count(None) != 2:
        raise TrainingError("say how long to train: one of minutes, steps and epochs")
    check_installed("accelerate", "matplotlib", *(("peft",) if config.lora_rank else ()))
    # oneDNN compiles a kernel for each shape, and every row has shapes of its own. It would keep 1,024 of them, of
    # about 0.2 MB.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "4096")
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    args = _arguments(config)
    if args.process_index:
        report = _silent
    with args.main_process_first(local=False):
        prepared = prepare(config, report)
    model, finish = _trainable(prepared.policy, config)
    encoded = prepared.encoded
    rows, held_out = _rows(encoded, config)
    course = Course(config, _total_steps(config, len(rows), args.world_size), report)
    with packed_attention(prepared.policy.model):
        optimizer = _optimizer(model.to(args.device), config)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, course.rate)
        trainer = SftTrainer(model, args, encoded, rows, held_out, course, optimizers=(optimizer, scheduler))
        checkpoint = _last_checkpoint(Path(args.output_dir))
        if checkpoint is not None:
            course.resume(checkpoint)
            report(f"resumed at step {course.step}")
        _run(trainer, checkpoint)
        course.tell()
        metrics = trainer.evaluate() if held_out else {"loss": None, "kinds": {}}
    policy = Policy(
        finish(),
        prepared.policy.vocabulary,
        prepared.policy.frame,
        _description(config, course, metrics, encoded, rows),
        prepared.typical_choices,
    )
    policy.model.eval()
    if args.process_index == 0:
        save_checkpoint(policy, config.out, dtype=torch.float16 if policy.model.dtype == torch.float32 else None)
        write_curves(config.log, course.training, course.held_out)
        _forget(config.log)
        told = f"{metrics['loss']:.4f}" if metrics["loss"] is not None else "nothing"
        report(f"{course.seconds:.0f} s of training, {course.step} steps; held out {told}; wrote {config.out}")
    return policy


def prepare(config: SftConfig, report: Callable[[str], None]) -> Prepared:
    """The untrained policy and the encoded pairs, from the data or from what an earlier call left in `config.log`.

    Raises DataError, PolicyError, CheckpointError (when `config.log` is of another training).
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
        log.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(log / "checkpoints", ignore_errors=True)
        if config.base is None:
            texts = tokenizer_texts(found.prompts, found.names)
            train_tokenizer(texts, config.tokens).save(str(log / "tokenizer.json"))
        write_json(log / "start.json", {"words": words, "typical_choices": int(statistics.median(found.lengths))})
    start = json.loads((log / "start.json").read_text(encoding="utf-8"))
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
    return Prepared(policy, load_encoded(log / "rows"), start["typical_choices"])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; what it returns is `run_to_its_end`'s."""
    config = parse(arguments)
    return run_to_its_end(lambda: train(config, report=told))


def parse(arguments: Sequence[str] | None) -> SftConfig:
    """The options of the command line, over those of a --config file."""
    return parse_options(
        SftConfig, arguments, prog="python -m nodewright.training.sft", description="Supervised fine-tuning.",
        required=("data", "out"), exclusive=("minutes", "steps", "epochs"), paths=("data", "out", "vocabulary"),
        flags={"bfloat16": "default: where it is fast"},
        lists={"lora_targets": ("MODULE", "modules that get adapters")},
    )  # fmt: skip


def _arguments(config: SftConfig) -> Any:
    cuda = torch.cuda.is_available()
    args = TrainingArguments(
        output_dir=str(config.log / "checkpoints"),
        max_steps=10**9,  # the course ends it
        per_device_train_batch_size=config.rows,
        gradient_accumulation_steps=config.accumulation,
        max_grad_norm=config.clip,
        eval_strategy="no", save_strategy="no", logging_strategy="no", logging_nan_inf_filter=False,
        save_total_limit=2,  # the last whole one, while the next is being written
        dataloader_num_workers=0, dataloader_pin_memory=cuda, remove_unused_columns=False,
        disable_tqdm=True, report_to="none", log_level="error",
        seed=config.seed, use_cpu=not cuda, ddp_find_unused_parameters=False,
    )  # fmt: skip
    if args.n_gpu > 1:
        raise TrainingError(
            f"{args.n_gpu} GPUs are visible to one process. Start one for each: torchrun --nproc_per_node {args.n_gpu} "
            "-m nodewright.training.sft ...; or show it one with CUDA_VISIBLE_DEVICES=0"
        )
    return args


def _policy(config: SftConfig, words: Sequence[str]) -> Policy:
    if config.base is None:
        return fresh_llama(
            Tokenizer.from_file(str(config.log / "tokenizer.json")), words, hidden=config.hidden, layers=config.layers,
            heads=config.heads, key_value_heads=config.key_value_heads, intermediate=config.intermediate,
            context=config.context, seed=config.seed,
        )  # fmt: skip
    # Adapters are kept in float32; the base that they leave as it is does not need it.
    dtype = torch.bfloat16 if config.lora_rank and _bfloat16(config) else torch.float32
    base = Policy.load(config.base, dtype=dtype)
    return base if base.vocabulary.words else add_words(base, words)


def _trainable(policy: Policy, config: SftConfig) -> tuple[ScriptLoss, Callable[[], Any]]:
    """The loss to train, and what gives the trained model afterwards."""
    if not config.lora_rank:
        return ScriptLoss(policy.model, policy.pick_id, _bfloat16(config)), lambda: policy.model
    finish = add_adapters(policy, config.lora_rank, config.lora_alpha, config.lora_targets)
    return ScriptLoss(policy.model, policy.pick_id, _bfloat16(config)), finish


def _bfloat16(config: SftConfig) -> bool:
    return in_bfloat16(config.bfloat16, torch.device("cuda" if torch.cuda.is_available() else "cpu"))


def _optimizer(model: torch.nn.Module, config: SftConfig) -> torch.optim.Optimizer:
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for parameter in trained if parameter.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [parameter for parameter in trained if parameter.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=config.rate, betas=(0.9, 0.95), fused=True)


def _rows(encoded: EncodedPairs, config: SftConfig) -> tuple[list[Row], list[Row]]:
    """Rows to train on, and of the pairs to measure on."""
    held = np.flatnonzero(encoded.held_out)
    if len(held) > config.evaluate_pairs:
        held = held[np.linspace(0, len(held) - 1, config.evaluate_pairs).astype(np.int64)]
    parts = []
    for pairs in (np.flatnonzero(~encoded.held_out), held):
        rows = pack(encoded.lengths[pairs].tolist(), config.row_tokens, config.seed)
        parts.append([tuple(pairs[list(row)].tolist()) for row in rows])
    return parts[0], parts[1]


def _total_steps(config: SftConfig, rows: int, processes: int) -> int:
    if config.steps is not None:
        return config.steps
    return max(1, round((config.epochs or 1) * rows / (config.rows * config.accumulation * processes)))


def _run(trainer: SftTrainer, checkpoint: Path | None) -> None:
    if trainer.course.progress >= 1:
        trainer._load_from_checkpoint(str(checkpoint))
        return
    trainer.train(resume_from_checkpoint=None if checkpoint is None else str(checkpoint))


def _last_checkpoint(folder: Path) -> Path | None:
    """The newest that was written whole."""
    whole = [path.parent for path in folder.glob(f"checkpoint-*/{COURSE}")]
    return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


def _trained(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: p.detach().contiguous() for name, p in model.named_parameters() if p.requires_grad}


def _description(
    config: SftConfig, course: Course, metrics: dict[str, Any], encoded: EncodedPairs, rows: Sequence[Row]
) -> dict[str, Any]:
    settings = {
        name: value
        for name, value in asdict(replace(config, data=Path(config.data.name))).items()
        if name not in ("out", "threads", "vocabulary", "base") and (config.base is None or name not in _SHAPE)
    }
    pairs = sum(len(row) for row in rows)
    return {
        "kind": "sft",
        "base": None if config.base is None else Path(config.base).name,
        "pairs": pairs,
        "held_out_pairs": int(encoded.held_out.sum()),
        "epochs": round(course.tokens / max(1, int(encoded.lengths[~encoded.held_out].sum())), 2),
        "steps": course.step,
        "tokens": course.tokens,
        "seconds": round(course.seconds),
        "held_out_nats_per_choice": metrics["loss"],
        "held_out_nats_by_kind": metrics["kinds"],
        "settings": settings | {"data": config.data.name},
    }


def _identity(config: SftConfig) -> dict[str, Any]:
    """All that a resumed training must share with the one that it continues."""
    settings = {name: value for name, value in asdict(config).items() if name not in _FREE}
    for name in ("data", "vocabulary"):
        if settings[name] is not None:
            settings[name] = file_digest(settings[name])
    plain: dict[str, Any] = json.loads(json.dumps(settings))
    return plain


def _forget(log: Path) -> None:
    """The training is over: only its curves are kept."""
    (log / "training.json").unlink(missing_ok=True)  # first, so that nothing goes on with half of it
    for name in ("checkpoints", "rows"):
        shutil.rmtree(log / name, ignore_errors=True)
    for name in ("tokenizer.json", "start.json"):
        (log / name).unlink(missing_ok=True)


def _silent(_: str) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())
