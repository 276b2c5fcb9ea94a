"""A run of GRPO: steps, what is told of them, and how it goes on after an interruption (training/grpo/command.py)."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from safetensors.torch import load_file, save_file

from ...files import write_json, write_text
from ...models.policy.adapters import adapter_of, write_adapter
from ...models.policy.decoding import Candidate, Grammar, generate
from ...models.policy.folders import CheckpointError, write_folder
from ...models.policy.lora import Adapter
from ..common.console import silent
from ..common.curves import Panel, write_panels
from ..common.devices import in_bfloat16, open_accelerator
from ..common.errors import TrainingError, check_installed
from ..common.resuming import check_same, make_log_folder
from ..common.topology import topology
from .config import GrpoConfig
from .group_updates import Group, advantages, checked_rewards, record_of, update
from .kl_replay import KlReplay, draw_replay
from .start import GrpoInputs
from .tuned_policy import TunedPolicy

# What a resumed training may have otherwise than the one that it continues.
_FREE = ("out", "threads", "save_minutes", "adapter_steps", "minutes", "steps")
# What is known of a run by what is read from these, not by where they are.
_SOURCES = ("prompts", "object_info", "models", "policy", "reward", "kl_replay")
_WATCHED = ("kl", "entropy", "kl_replay")
_MOMENTS = ("exp_avg", "exp_avg_sq")
PANELS = (
    Panel("reward", ("reward", "reward_max")),
    Panel("deviation within a group", ("reward_deviation",)),
    Panel("nats a draw; of kl_replay a choice", ("kl", "entropy", "kl_replay")),
    Panel("share", ("unique_scripts", "unique_topologies", "clip_share")),
    Panel("gradient", ("gradient",)),
    Panel("seconds a step", ("seconds_rollouts", "seconds_scoring", "seconds_update")),
)


def train(config: GrpoConfig, inputs: GrpoInputs, *, report: Callable[[str], None] = print) -> Adapter:
    """Tune a policy, write the adapter to `config.out`, and return it.

    Raises TrainingError (a reward that is no number, too), PolicyError, CheckpointError, DecodingError.
    """
    _check(config, inputs)
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    accelerator = open_accelerator()
    if not accelerator.is_main_process:
        report = silent
    inputs.policy.model.to(accelerator.device)
    run = Run(config, inputs, accelerator, report)
    run.begin()
    while not run.over:
        run.advance()
    return run.finish()


class Run:
    """A training on its way: the policy, its optimizer, and how far it is."""

    def __init__(
        self, config: GrpoConfig, inputs: GrpoInputs, accelerator: Accelerator, report: Callable[[str], None]
    ) -> None:
        self.config, self.inputs, self.accelerator, self.report = config, inputs, accelerator, report
        torch.manual_seed(config.seed)  # of the adapter's first weights; nothing else draws from it
        self.tuned = TunedPolicy(
            inputs.policy, layers=config.layers, rank=config.lora_rank, alpha=config.lora_alpha,
            targets=config.lora_targets, bfloat16=in_bfloat16(config.bfloat16, accelerator.device),
        )  # fmt: skip
        self.optimizer = torch.optim.AdamW(
            self.tuned.parameters.values(), lr=config.learning_rate, betas=(0.9, 0.99), weight_decay=0.0
        )
        self.step = 0
        self.seconds = 0.0
        self.saved = 0.0
        self.records: list[dict[str, Any]] = []

    @property
    def over(self) -> bool:
        if self.config.steps is not None:
            return self.step >= self.config.steps
        return self.seconds >= 60 * (self.config.minutes or 0)

    @property
    def _log(self) -> Path:
        return self.config.log / "steps.jsonl"

    def begin(self) -> None:
        """Go on from the last checkpoint, if there is one of this training."""
        path, state = self.config.log / "training.json", _identity(self.config, self.inputs)
        if path.is_file():
            check_same(path, state)
            if (checkpoint := _last_checkpoint(self.config.log)) is not None:
                self._load(checkpoint)
                self.report(f"resumed at step {self.step}")
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            make_log_folder(self.config.log)
            if not path.is_file():
                _clear(self.config.log)
            # Without the steps that were made after the checkpoint.
            write_text(self._log, "".join(json.dumps(record) + "\n" for record in self.records))
            write_json(path, state)

    def advance(self) -> None:
        """One step: rollouts, rewards, update; then tell and, in time, save."""
        began = time.monotonic()
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * min(1.0, (self.step + 1) / max(1, self.config.warmup))
        written = self._write()
        rolled = time.monotonic()
        groups = [self._judge(index, prompt, grammar, candidates) for index, prompt, grammar, candidates in written]
        scored = time.monotonic()
        found = update(self.tuned, groups, self._replay(), self.config, self.optimizer, self._add_up)
        gathered = gather_object([_summary(group) for group in groups])
        ended = time.monotonic()
        self.step += 1
        times = torch.tensor([rolled - began, scored - rolled, ended - scored, ended - began])
        times = self._add_up(times.to(self.accelerator.device)) / self.accelerator.num_processes  # the same in all
        rollouts, scoring, updating, whole = times.tolist()
        self.seconds += whole
        record = {
            "step": self.step, "minutes": round(self.seconds / 60, 4), **record_of(gathered), **found,
            "seconds_rollouts": rollouts, "seconds_scoring": scoring, "seconds_update": updating,
        }  # fmt: skip
        self._tell(record)
        if self.config.adapter_steps and self.step % self.config.adapter_steps == 0:
            self._keep_adapter()
        if self.seconds - self.saved >= 60 * self.config.save_minutes and not self.over:
            self._save()

    def finish(self) -> Adapter:
        """Write the adapter and the curves; what only a resumed training would need is deleted."""
        adapter = adapter_of(self.tuned.model, description=self._description())
        if self.accelerator.is_main_process:
            write_adapter(self.config.out, adapter, self.inputs.policy.base_sha256)
            write_panels(self.config.log, self.records, PANELS)
            (self.config.log / "training.json").unlink(missing_ok=True)  # first: nothing goes on with half of it
            shutil.rmtree(self.config.log / "checkpoints", ignore_errors=True)
            self.report(f"{self.seconds:.0f} s, {self.step} steps; wrote {self.config.out}")
        self.accelerator.wait_for_everyone()
        return adapter

    def _write(self) -> list[tuple[int, str, Grammar, list[Candidate]]]:
        """This process's prompts of the step, each with its rollouts."""
        config, inputs = self.config, self.inputs
        policy = replace(inputs.policy, adapter=adapter_of(self.tuned.model))
        first = self.step * config.prompts_per_step
        written = []
        for index in range(self.accelerator.process_index, config.prompts_per_step, self.accelerator.num_processes):
            random = Random(f"{config.seed}:{self.step}:{index}")
            prompt = inputs.prompts[_shuffled(first + index, len(inputs.prompts), config.seed)]
            grammar = random.choice(inputs.grammars)
            candidates = generate(
                policy, grammar, prompt, candidates=config.rollouts, seed=random.getrandbits(60),
                temperature=config.temperature, guidance=1.0, maximum_prompt_tokens=config.prompt_tokens,
            )  # fmt: skip
            written.append((index, prompt, grammar, candidates))
        return written

    def _judge(self, index: int, prompt: str, grammar: Grammar, candidates: Sequence[Candidate]) -> Group:
        given = self.inputs.reward(prompt, [candidate.choices for candidate in candidates])
        rewards = checked_rewards(prompt, given, len(candidates))
        found = advantages(rewards, self.config.scale_rewards)
        return Group(index, prompt, grammar, tuple(candidates), rewards, found)

    def _replay(self) -> KlReplay:
        """Return this process's pairs of the step's replay."""
        config = self.config
        pairs = draw_replay(self.inputs.replay, config.kl_replay_pairs, config.seed, self.step)
        mine = pairs[self.accelerator.process_index :: self.accelerator.num_processes]
        return KlReplay(self.tuned, mine, config.prompt_tokens, self._add_up)

    def _add_up(self, tensor: torch.Tensor) -> torch.Tensor:
        summed: torch.Tensor = self.accelerator.reduce(tensor, reduction="sum")
        return summed

    def _tell(self, record: dict[str, Any]) -> None:
        self.records.append(record)
        if self.accelerator.is_main_process:
            with self._log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
        watched = "".join(f"  {name} {record[name]:.4f}" for name in _WATCHED if name in record)
        self.report(
            f"step {self.step}  {record['minutes']:.1f} min  reward {record['reward']:.4f} "
            f"(best {record['reward_max']:.4f}){watched}  distinct {record['unique_scripts']:.0%}"
        )

    # -- checkpoints -------------------------------------------------------------------------------------------

    def _save(self) -> None:
        """Keep how far it is. A full disk costs the checkpoint, not the training."""
        self.saved = self.seconds
        if self.accelerator.is_main_process:
            folder = self.config.log / "checkpoints" / f"step-{self.step}"
            try:
                write_folder(folder, self._write_state)
                write_panels(self.config.log, self.records, PANELS)
            except (CheckpointError, OSError) as error:
                self.report(f"{error}. Training goes on; free some space, so that it can be interrupted")
            else:
                for old in folder.parent.glob("step-*"):
                    if old != folder:
                        shutil.rmtree(old, ignore_errors=True)
        self.accelerator.wait_for_everyone()

    def _keep_adapter(self) -> None:
        """Keep the adapter as it is now beside those of earlier steps."""
        if self.accelerator.is_main_process:
            folder = self.config.log / "along" / f"step-{self.step}"
            adapter = adapter_of(self.tuned.model, description={"kind": "grpo", "steps": self.step})
            write_adapter(folder, adapter, self.inputs.policy.base_sha256)
        self.accelerator.wait_for_everyone()

    def _write_state(self, target: Path) -> None:
        tensors = {}
        for name, weight in self.tuned.parameters.items():
            tensors[name] = weight.detach()
            for moment in _MOMENTS if weight in self.optimizer.state else ():
                tensors[f"{moment}:{name}"] = self.optimizer.state[weight][moment]
        save_file({name: tensor.contiguous().cpu() for name, tensor in tensors.items()}, target / "state.safetensors")
        kept = {"step": self.step, "seconds": self.seconds, "updates": self._updates(), "records": self.records}
        write_json(target / "state.json", kept)

    def _updates(self) -> int:
        """Steps that the optimiser has made."""
        return max((int(state["step"]) for state in self.optimizer.state.values()), default=0)

    def _load(self, checkpoint: Path) -> None:
        try:
            kept = json.loads((checkpoint / "state.json").read_text(encoding="utf-8"))
            tensors = load_file(checkpoint / "state.safetensors")
            updates = int(kept["updates"])
            for name, weight in self.tuned.parameters.items():
                with torch.no_grad():
                    weight.copy_(tensors[name])
                if updates:
                    moments = {moment: tensors[f"{moment}:{name}"].to(weight.device, copy=True) for moment in _MOMENTS}
                    self.optimizer.state[weight] = {"step": torch.tensor(float(updates)), **moments}
            self.step, self.seconds, self.records = int(kept["step"]), float(kept["seconds"]), list(kept["records"])
        except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
            raise CheckpointError(
                f"{checkpoint}: cannot be read: {error}. Delete {self.config.log} to begin anew"
            ) from error
        self.saved = self.seconds

    def _description(self) -> dict[str, Any]:
        config = self.config
        settings = {name: value for name, value in asdict(config).items() if name not in (*_FREE, *_SOURCES)}
        last = self.records[-min(20, len(self.records)) :]
        shown = {
            name: round(sum(record.get(name, 0.0) for record in last) / len(last), 5)
            for name in ("reward", *_WATCHED, "unique_scripts") if any(name in record for record in last)
        }  # fmt: skip
        return {
            "kind": "grpo", "steps": self.step, "seconds": round(self.seconds), "prompts": len(self.inputs.prompts),
            "installations": len(self.inputs.grammars), "kl_replay": len(self.inputs.replay),
            "reward": self.inputs.source, "last_steps": shown,
            "settings": json.loads(json.dumps(settings)),
        }  # fmt: skip


def _check(config: GrpoConfig, inputs: GrpoInputs) -> None:
    """Say at the beginning what would be missed later."""
    check_installed("accelerate", "matplotlib", "peft")
    if (config.minutes is None) == (config.steps is None):
        raise TrainingError("say how long to train: one of minutes and steps")
    if not inputs.prompts or not inputs.grammars:
        raise TrainingError("there is no prompt, or no installation, to write for")
    for name, least in (
        ("prompts_per_step", 1), ("rollouts", 2), ("epochs", 1), ("lora_rank", 1), ("layers", 1),
        ("kl_replay_pairs", 1), ("kl_replay_weight", 0),
    ):  # fmt: skip
        if getattr(config, name) < least:
            raise TrainingError(f"{name} is {getattr(config, name)}; it must be at least {least}")
    if not config.temperature > 0:
        raise TrainingError(f"temperature is {config.temperature}; rollouts that are all the same teach nothing")


def _identity(config: GrpoConfig, inputs: GrpoInputs) -> dict[str, Any]:
    """All that a resumed training must share with the one that it continues."""
    settings = {name: value for name, value in asdict(config).items() if name not in (*_FREE, *_SOURCES)}
    read = {
        "prompts": inputs.prompts,
        "object_info": [list(grammar.files) for grammar in inputs.grammars],
        "policy": inputs.policy.base_sha256,
        "reward": inputs.source,
        "kl_replay": [
            [pair.prompt, pair.choices, pair.files, sorted(pair.forced), pair.mains] for pair in inputs.replay
        ],
    }
    digests = {name: hashlib.sha256(json.dumps(value).encode()).hexdigest() for name, value in read.items()}
    plain: dict[str, Any] = json.loads(json.dumps({**settings, **digests}))
    return plain


def _summary(group: Group) -> dict[str, Any]:
    distinct = {candidate.choices: candidate for candidate in group.candidates}
    return {
        "index": group.index,
        "rewards": list(group.rewards),
        "scripts": len(distinct),
        "topologies": sorted({topology(candidate.workflow) for candidate in distinct.values()}),
        "choices": sum(len(candidate.choices) for candidate in group.candidates),
    }


def _shuffled(number: int, count: int, seed: int) -> int:
    """The `number`th of endless rounds through `count` things, each round in an order of its own."""
    order = list(range(count))
    Random(f"{seed}:round {number // count}").shuffle(order)
    return order[number % count]


def _clear(log: Path) -> None:
    """Nothing of an earlier training goes into a new one."""
    for name in ("checkpoints", "along"):
        if (log / name).is_dir():
            shutil.rmtree(log / name)


def _last_checkpoint(log: Path) -> Path | None:
    found = (log / "checkpoints").glob("step-*")
    return max(found, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
