"""A run of GRPO: rollouts, rewards and updates, step by step, and how an interrupted run resumes.

The method is that of "Policy Optimized Text-to-Image Pipeline Design" (arXiv 2505.21478), with GRPO as in DeepSeekMath
(arXiv 2402.03300, section 4.1). Deviations:

1. A draw takes the place of a token: a branch of the trie of allowed choices, or a whole file picked by one logit in
   the context. What the grammar forces has no probability and no loss (script_groups.py).
2. The divergence from the reference and the entropy are exact over what was allowed at each draw, where GRPO estimates
   the divergence from the drawn token (script_groups.py).
3. The loss is the mean over all draws of a step, not over each rollout first, which would make a draw of a long script
   count less; and advantages are not divided by their group's deviation unless `scale_rewards` (Dr. GRPO, arXiv
   2503.20783, section 3.1).
4. The reward is the lower confidence bound of an ensemble, mean - kappa * deviation, where the paper takes the mean;
   and the ensemble's members are adapters over the policy's own model (start.py).
5. On pairs of installations that the reward knows nothing of, the policy is held to the reference (kl_replay.py).
6. With `exchange_mains` the main model, which is drawn first and decides most, is learned from the reward of each
   script with every main model of the family: towards the best distribution that they tell, not from the advantage of
   the one that was drawn. Eight rollouts seldom have the right one, and once all are of the model that is best in the
   mean, no advantage says for which prompts another is better (group_updates.py). With `exchange_prompts` there are
   further prompts in each step for that choice alone.
7. Only LoRA over the top layers is trained, so that the layers below are computed once for policy and reference
   (tuned_policy.py).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object

from ...files import write_json, write_text
from ...models.policy.adapters import ADAPTER_FOLDER, adapter_of, write_adapter
from ...models.policy.decoding import Candidate, generate
from ...models.policy.folders import check_replaceable
from ...models.policy.lora import Adapter
from ..common.console import silent
from ..common.curves import Panel, write_panels
from ..common.devices import in_bfloat16, open_accelerator
from ..common.errors import TrainingError, check_installed
from ..common.pairs import family_of
from ..common.topology import topology
from ..common.train_state import STATE, TrainState, check_same, linear_warmup, make_log_folder
from .config import GrpoConfig
from .group_updates import FurtherPrompt, Group, Script, advantages, checked_rewards, record_of, settled_rewards, update
from .kl_replay import KlReplay, draw_replay
from .request import Request
from .start import GrpoInputs
from .tuned_policy import TunedPolicy

ADAPTERS = "checkpoints"
"""Folder within the log folder with the adapters of every `adapter_steps` steps."""
_FREE = ("out", "threads", "save_minutes", "adapter_steps", "minutes", "steps")
"""Options that a resumed training may have otherwise than the one that it continues."""
_SOURCES = ("prompts", "object_info", "models", "policy", "reward", "kl_replay")
"""Options that name a file: the file's content identifies a training, not its place."""
_WATCHED = ("kl", "entropy", "kl_replay")
"""Numbers of a step that are reported beside the reward."""
PANELS = (
    Panel("reward", ("reward", "reward_max")),
    Panel("deviation within a group", ("reward_deviation",)),
    Panel("nats a draw; of kl_replay a choice", ("kl", "entropy", "kl_replay")),
    Panel("share", ("unique_scripts", "unique_topologies", "flawed", "clip_share")),
    Panel("gradient", ("gradient",)),
    Panel("seconds a step", ("seconds_rollouts", "seconds_scoring", "seconds_update")),
)


def train(config: GrpoConfig, inputs: GrpoInputs, *, report: Callable[[str], None] = print) -> Adapter:
    """Tune a policy, write the adapter to `config.out`, and return it.

    Raises:
        TrainingError: the configuration cannot be trained, or a reward is no finite number.
        PolicyError: the policy takes no adapters.
        CheckpointError: the log folder is of another training, or something cannot be written.
        DecodingError: the policy writes nothing that the grammar allows.
    """
    _check(config)
    check_replaceable(config.out, ADAPTER_FOLDER)  # now, and not after hours
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
    """A run of GRPO: the policy, its optimizer, and how far it is.

    Everything that is drawn follows from the seed, the step and the index of prompt and rollout. So a resumed run ends
    as one that was never interrupted, and several processes draw what one does: each takes some of a step's prompts,
    and gradients are summed.
    """

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
        self.state = TrainState()

    @property
    def over(self) -> bool:
        """Whether the training has had its steps or minutes."""
        if self.config.steps is not None:
            return self.state.step >= self.config.steps
        return self.state.minutes >= (self.config.minutes or 0)

    @property
    def _steps_file(self) -> Path:
        return self.config.log / "steps.jsonl"

    def begin(self) -> None:
        """Resume from the saved state, if there is one of this training; otherwise clear the log folder."""
        log, identity = self.config.log, _identity(self.config, self.inputs)
        path = log / "training.json"
        if path.is_file():
            check_same(path, identity)
            if (log / STATE).is_file():
                self.state = TrainState.load(log / STATE, self.tuned.parameters, self.optimizer)
                self.report(f"resumed at step {self.state.step}")
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            make_log_folder(log)
            if not path.is_file():
                (log / STATE).unlink(missing_ok=True)
                if (log / ADAPTERS).is_dir():
                    shutil.rmtree(log / ADAPTERS)
            # Without the steps that were done after the state was saved.
            write_text(self._steps_file, "".join(json.dumps(record) + "\n" for record in self.state.records))
            write_json(path, identity)

    def advance(self) -> None:
        """Do a step: rollouts, rewards, update; then report, and save where that is due."""
        began = time.monotonic()
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * linear_warmup(self.state.step, self.config.warmup)
        written = self._write()
        rolled = time.monotonic()
        groups = [self._judge(index, request, candidates) for index, request, candidates in written]
        scored = time.monotonic()
        found = update(self.tuned, groups, self._replay(), self.config, self.optimizer, self._add_up)
        gathered = gather_object([_summary(group) for group in groups])
        ended = time.monotonic()
        times = torch.tensor([rolled - began, scored - rolled, ended - scored, ended - began])
        times = self._add_up(times.to(self.accelerator.device)) / self.accelerator.num_processes  # the same in all
        rollouts, scoring, updating, whole = times.tolist()
        self.state.step += 1
        self.state.seconds += whole
        self._record({
            "step": self.state.step, "minutes": round(self.state.minutes, 4), **record_of(gathered), **found,
            "seconds_rollouts": rollouts, "seconds_scoring": scoring, "seconds_update": updating,
        })  # fmt: skip
        if self.config.adapter_steps and self.state.step % self.config.adapter_steps == 0:
            self._keep_adapter()
        if not self.over and self.state.due("save", 60 * self.config.save_minutes):
            self._save()

    def finish(self) -> Adapter:
        """Write the adapter and the curves, and delete what only a resumed training would need."""
        adapter = adapter_of(self.tuned.model, description=self._description())
        if self.accelerator.is_main_process:
            write_adapter(self.config.out, adapter, self.inputs.policy.base_sha256)
            write_panels(self.config.log, self.state.records, PANELS)
            (self.config.log / "training.json").unlink(missing_ok=True)  # first: nothing resumes with half of it
            (self.config.log / STATE).unlink(missing_ok=True)
            self.report(f"{self.state.seconds:.0f} s, {self.state.step} steps; wrote {self.config.out}")
        self.accelerator.wait_for_everyone()
        return adapter

    def _write(self) -> list[tuple[int, Request, list[Candidate]]]:
        """Write this process's rollouts: for each prompt its index in the step, the request, and its scripts."""
        config, inputs = self.config, self.inputs
        policy = replace(inputs.policy, adapter=adapter_of(self.tuned.model))
        first = self.state.step * config.prompts_per_step
        written = []
        for index in range(self.accelerator.process_index, config.prompts_per_step, self.accelerator.num_processes):
            random = Random(f"{config.seed}:{self.state.step}:{index}")
            request = inputs.requests.draw(first + index, random)
            candidates = generate(
                policy, request.grammar, request.prompt, candidates=config.rollouts, seed=random.getrandbits(60),
                temperature=config.temperature, guidance=1.0, maximum_prompt_tokens=config.prompt_tokens,
                ask=request.ask,
            )  # fmt: skip
            written.append((index, request, candidates))
        return written

    def _judge(self, index: int, request: Request, candidates: Sequence[Candidate]) -> Group:
        reward = self.inputs.reward_on(request.catalog)
        given = reward(request.prompt, [candidate.choices for candidate in candidates])
        flawed = [request.is_flawed(candidate) for candidate in candidates]
        rewards = settled_rewards(checked_rewards(request.prompt, given, len(candidates)), flawed)
        found = advantages(rewards, self.config.scale_rewards)
        if not self.config.exchange_mains:
            return Group(index, request, tuple(candidates), rewards, found, sum(flawed))
        good = [one.choices for one, bad in zip(candidates, flawed, strict=True) if not bad]
        exchanged, further = self._exchanged(request, good), self._further(index, request, good)
        return Group(index, request, tuple(candidates), rewards, found, sum(flawed), exchanged, further)

    def _exchanged(self, request: Request, scripts: Iterable[Script]) -> dict[Script, dict[str, float]]:
        """Return the rewards of each script with every main model of its main model's family, where they are known."""
        first = [choice for one in request.grammar.start().choice_sets for choice in one.choices]
        exchanged = {
            choices: [(main, *choices[1:]) for main in first if family_of(main) == family_of(choices[0])]
            for choices in scripts
        }
        distinct = list(dict.fromkeys(script for own in exchanged.values() for script in own))
        given = self.inputs.reward_on(request.catalog)(request.prompt, distinct)
        rewards = dict(zip(distinct, checked_rewards(request.prompt, given, len(distinct)), strict=True))
        found = {}
        for choices, own in exchanged.items():
            known = {script[0]: reward for script in own if (reward := rewards[script]) is not None}
            if len(known) > 1 and choices[0] in known:
                found[choices] = known
        return found

    def _further(self, index: int, request: Request, scripts: Sequence[Script]) -> tuple[FurtherPrompt, ...]:
        """Return the further prompts of a prompt of this step, those on the same installation."""
        count = self.config.exchange_prompts if scripts else 0
        first = (self.state.step * self.config.prompts_per_step + index) * count
        found = []
        for number in range(first, first + count):
            other = self.inputs.requests.draw(number, Random(f"{self.config.seed}:further:{number}"))
            if other.is_on_installation_of(request):
                exchanged = self._exchanged(other, [scripts[number % len(scripts)]])
                found += [FurtherPrompt(other, script, rewards) for script, rewards in exchanged.items()]
        return tuple(found)

    def _replay(self) -> KlReplay:
        """Return this process's pairs of the step's replay."""
        config = self.config
        pairs = draw_replay(self.inputs.replay, config.kl_replay_pairs, config.seed, self.state.step)
        mine = pairs[self.accelerator.process_index :: self.accelerator.num_processes]
        return KlReplay(self.tuned, mine, config.prompt_tokens, self._add_up)

    def _add_up(self, tensor: torch.Tensor) -> torch.Tensor:
        summed: torch.Tensor = self.accelerator.reduce(tensor, reduction="sum")
        return summed

    def _record(self, record: dict[str, Any]) -> None:
        """Log a step, and report it."""
        self.state.records.append(record)
        if self.accelerator.is_main_process:
            with self._steps_file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
        watched = "".join(f"  {name} {record[name]:.4f}" for name in _WATCHED if name in record)
        self.report(
            f"step {self.state.step}  {record['minutes']:.1f} min  reward {record['reward']:.4f} "
            f"(best {record['reward_max']:.4f}){watched}  distinct {record['unique_scripts']:.0%}"
        )

    def _save(self) -> None:
        """Save the state and the curves so far."""
        if self.accelerator.is_main_process:
            self.state.save(self.config.log / STATE, self.tuned.parameters, self.optimizer, self.report)
            try:
                write_panels(self.config.log, self.state.records, PANELS)
            except OSError as error:
                self.report(f"the curves could not be written: {error}. Training goes on")
        self.accelerator.wait_for_everyone()

    def _keep_adapter(self) -> None:
        """Write the adapter of this step beside those of earlier steps."""
        if self.accelerator.is_main_process:
            folder = self.config.log / ADAPTERS / f"step-{self.state.step}"
            adapter = adapter_of(self.tuned.model, description={"kind": "grpo", "steps": self.state.step})
            write_adapter(folder, adapter, self.inputs.policy.base_sha256)
        self.accelerator.wait_for_everyone()

    def _description(self) -> dict[str, Any]:
        """Return what the adapter's file says of its training."""
        config = self.config
        settings = {name: value for name, value in asdict(config).items() if name not in (*_FREE, *_SOURCES)}
        last = self.state.records[-20:]
        shown = {
            name: round(sum(record.get(name, 0.0) for record in last) / len(last), 5)
            for name in ("reward", *_WATCHED, "unique_scripts") if any(name in record for record in last)
        }  # fmt: skip
        return {
            "kind": "grpo", "steps": self.state.step, "seconds": round(self.state.seconds),
            **self.inputs.requests.described, "kl_replay": len(self.inputs.replay), "reward": self.inputs.source,
            "last_steps": shown, "settings": json.loads(json.dumps(settings)),
        }  # fmt: skip


def _check(config: GrpoConfig) -> None:
    """Raise TrainingError for what cannot be trained."""
    check_installed("accelerate", "matplotlib", "peft")
    if (config.minutes is None) == (config.steps is None):
        raise TrainingError("the length of the training is missing: give one of minutes and steps")
    for name, least in (
        ("prompts_per_step", 1), ("rollouts", 2), ("epochs", 1), ("lora_rank", 1), ("layers", 1),
        ("kl_replay_pairs", 1), ("kl_replay_weight", 0), ("exchange_mains", 0),
    ):  # fmt: skip
        if getattr(config, name) < least:
            raise TrainingError(f"{name} is {getattr(config, name)}; it must be at least {least}")
    if config.exchange_mains and not config.kl_weight > 0:
        raise TrainingError("exchange_mains needs a kl_weight above 0: without one a single main model is the best")
    if not config.temperature > 0:
        raise TrainingError(f"temperature is {config.temperature}; rollouts that are all the same teach nothing")


def _identity(config: GrpoConfig, inputs: GrpoInputs) -> dict[str, Any]:
    """Return all that a resumed training must share with the one that it continues."""
    settings = {name: value for name, value in asdict(config).items() if name not in (*_FREE, *_SOURCES)}
    read = {
        **inputs.requests.identity,
        "policy": inputs.policy.base_sha256,
        "reward": inputs.source,
        "kl_replay": [
            [pair.prompt, pair.choices, pair.files, sorted(pair.forced), pair.main_models] for pair in inputs.replay
        ],
    }
    digests = {name: hashlib.sha256(json.dumps(value).encode()).hexdigest() for name, value in read.items()}
    plain: dict[str, Any] = json.loads(json.dumps({**settings, **digests}))
    return plain


def _summary(group: Group) -> dict[str, Any]:
    """Return what `record_of` needs of a group."""
    distinct = {candidate.choices: candidate for candidate in group.candidates}
    return {
        "index": group.index,
        "rewards": list(group.rewards),
        "scripts": len(distinct),
        "topologies": sorted({topology(candidate.workflow) for candidate in distinct.values()}),
        "flawed": group.flawed,
        "choices": sum(len(candidate.choices) for candidate in group.candidates),
    }
