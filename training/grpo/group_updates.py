"""One step of GRPO: groups of rollouts, their advantages, and the update of the adapter.

Group Relative Policy Optimization (DeepSeekMath, arXiv 2402.03300, section 4.1), with the deviations that trainer.py
numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch

from ...models.policy.decoding import Candidate
from ..common.errors import TrainingError
from .config import GrpoConfig
from .kl_replay import KlReplay
from .request import Request
from .script_groups import Drawn, ScriptGroup, drawn, encode_group, encode_main
from .tuned_policy import Reading, TunedPolicy

RewardFunction: TypeAlias = Callable[[str, Sequence[Sequence[str]]], Sequence[float | None]]
"""From a prompt and scripts (choices, in order) to a reward for each, in order; higher is better.

None is no reward: nothing is known of the script, and nothing is learned from it.
"""

Script: TypeAlias = "tuple[str, ...]"
"""The choices of a script."""

FLAW = 1.0
"""By how much the reward of a flawed script lies below the worst of its group: a standard deviation of scores."""
_EPSILON = 1e-4
"""Added to a group's deviation before it divides: less than any difference of rewards that matters."""
_GAP = 0.1
"""Nats a draw by which the probabilities of training and decoding may differ: more than bfloat16 makes of them."""


@dataclass(frozen=True)
class FurtherPrompt:
    """A prompt of which only the choice of the main model is learned.

    Attributes:
        request: the prompt, on the installation of the group's.
        script: one of the group's scripts.
        rewards: the script's reward for this prompt with each main model that could take the place of its own, that
            included.
    """

    request: Request
    script: Script
    rewards: Mapping[str, float]


@dataclass(frozen=True)
class Group:
    """The rollouts of one prompt.

    Attributes:
        index: the prompt's index in the step.
        request: what they were written for.
        candidates: the rollouts.
        rewards: the reward of each.
        advantages: the advantage of each.
        flawed: how many of them are flawed.
        exchanged: of a script, its reward with each main model that could take the place of its own, that included.
        further: further prompts.
    """

    index: int
    request: Request
    candidates: tuple[Candidate, ...]
    rewards: tuple[float, ...]
    advantages: tuple[float, ...]
    flawed: int = 0
    exchanged: Mapping[Script, Mapping[str, float]] = field(default_factory=dict)
    further: tuple[FurtherPrompt, ...] = ()


@dataclass(frozen=True)
class MainDraw:
    """The draw of a script's main model, with the rewards of the script with each of several.

    Attributes:
        draw: the draw's number in the group.
        columns: which of its alternatives are known, (known,).
        rewards: the reward of each, (known,).
        count: how many rollouts the script is.
    """

    draw: int
    columns: torch.Tensor
    rewards: torch.Tensor
    count: float


@dataclass(frozen=True)
class Weighted:
    """A group's distinct scripts, and what each counts for.

    Attributes:
        group: the group.
        encoded: the distinct scripts as tokens.
        counts: how many rollouts each script is, (scripts,).
        gains: the sum of the positive advantages of these rollouts, (scripts,).
        costs: the sum of their negative advantages, (scripts,).
        mains: the draws of a main model of which it is known what every alternative would have brought.
        further: the draw of each further prompt's main model, and the context up to it as the frozen layers read it.
    """

    group: Group
    encoded: ScriptGroup
    counts: torch.Tensor
    gains: torch.Tensor
    costs: torch.Tensor
    mains: tuple[MainDraw, ...] = ()
    further: tuple[tuple[Reading, MainDraw], ...] = ()

    @property
    def draws(self) -> int:
        """The number of draws of all rollouts."""
        return int(self.counts[self.encoded.scripts].sum())


def checked_rewards(prompt: str, rewards: Sequence[float | None], rollouts: int) -> tuple[float | None, ...]:
    """Return rewards as numbers. Raises TrainingError unless they are one finite number, or None, for each rollout."""
    try:
        found = tuple(None if reward is None else float(reward) for reward in rewards)
    except (TypeError, ValueError) as error:
        raise TrainingError(f"the reward function gave {rewards!r} for the prompt {prompt!r}: {error}") from error
    if len(found) != rollouts:
        raise TrainingError(f"the reward function gave {len(found)} rewards for {rollouts} scripts of {prompt!r}")
    wrong = [reward for reward in found if reward is not None and not math.isfinite(reward)]
    if wrong:
        raise TrainingError(
            f"the reward function gave {wrong[0]} for a script of the prompt {prompt!r}; a reward must be a finite "
            "number"
        )
    return found


def settled_rewards(rewards: Sequence[float | None], flawed: Sequence[bool]) -> tuple[float, ...]:
    """Return the rewards by which a group's scripts are compared.

    A flawed script lies `FLAW` below the worst of the group, whatever its own reward; of which nothing is known, it has
    the mean of the others, so that its advantage is 0.

    Args:
        rewards: the reward of each script, None where nothing is known.
        flawed: whether each is flawed.
    """
    worst = min((reward for reward in rewards if reward is not None), default=0.0)
    found = [worst - FLAW if bad else reward for reward, bad in zip(rewards, flawed, strict=True)]
    known = [reward for reward in found if reward is not None]
    mean = math.fsum(known) / len(known) if known else 0.0
    return tuple(mean if reward is None else reward for reward in found)


def advantages(rewards: Sequence[float], divide: bool) -> tuple[float, ...]:
    """Return each reward less the group's mean, divided by the group's (population) deviation if `divide`."""
    mean = math.fsum(rewards) / len(rewards)
    centred = [reward - mean for reward in rewards]
    if not divide:
        return tuple(centred)
    deviation = math.sqrt(math.fsum(one * one for one in centred) / len(centred))
    return tuple(one / (deviation + _EPSILON) for one in centred)


def weigh(tuned: TunedPolicy, group: Group, prompt_tokens: int) -> Weighted:
    """Return a group as tokens, with equal rollouts once."""
    distinct = {choices: index for index, choices in enumerate(dict.fromkeys(c.choices for c in group.candidates))}
    request = group.request
    encoded = encode_group(
        tuned.policy, request.grammar, request.prompt, list(distinct), prompt_tokens, request.ask
    )  # fmt: skip
    sums = torch.zeros(3, len(distinct))
    for candidate, advantage in zip(group.candidates, group.advantages, strict=True):
        script = distinct[candidate.choices]
        sums[0, script] += 1
        sums[1 if advantage > 0 else 2, script] += advantage
    counts, gains, costs = sums.to(tuned.policy.device)
    mains = tuple(
        _main_draw(draw, files, group.exchanged[choices], float(sums[0, script]), tuned.policy.device)
        for choices, script in distinct.items()
        if choices in group.exchanged and script in encoded.mains
        for draw, files in [encoded.mains[script]]
    )
    return Weighted(group, encoded, counts, gains, costs, mains, tuple(_further(tuned, group.further, prompt_tokens)))


def _further(
    tuned: TunedPolicy, further: Sequence[FurtherPrompt], prompt_tokens: int
) -> Iterable[tuple[Reading, MainDraw]]:
    """Yield the readings of further prompts; none of a prompt whose main model is not picked whole."""
    for one in further:
        request = one.request
        encoded = encode_main(tuned.policy, request.grammar, request.prompt, one.script, prompt_tokens, request.ask)
        if encoded is not None:
            _, files = encoded.mains[0]
            yield tuned.read(encoded), _main_draw(0, files, one.rewards, 1.0, tuned.policy.device)


def _main_draw(
    draw: int, files: Sequence[str], rewards: Mapping[str, float], count: float, device: torch.device
) -> MainDraw:
    known = [column for column, file in enumerate(files) if file in rewards]
    values = torch.tensor([rewards[files[column]] for column in known])
    return MainDraw(draw, torch.tensor(known, dtype=torch.long, device=device), values.to(device), count)


def main_divergence(
    mains: Sequence[MainDraw], logits: torch.Tensor, reference: torch.Tensor, temperature: float, kl_weight: float
) -> torch.Tensor:
    """Return by how many nats the draws of main models differ from what is best, (), summed over all rollouts.

    Where the reward of every alternative is known, so is the best distribution under a cost of divergence: it is in
    proportion to reference * exp(reward / kl_weight). The divergence of the policy from it has a gradient also where
    the policy has given a good alternative up, which a policy gradient has not.

    Args:
        mains: the draws.
        logits: of the group's draws, (draws, most).
        reference: the reference's, (draws, most).
        temperature: that the scripts were drawn with.
        kl_weight: what a nat of divergence from the reference costs.
    """
    found = logits.new_zeros(())
    for main in mains:
        logs = (logits[main.draw, main.columns] / temperature).log_softmax(0)
        best = (reference[main.draw, main.columns] / temperature + main.rewards / kl_weight).log_softmax(0)
        found = found + main.count * (best.exp() * (best - logs)).sum()
    return found


def group_loss(
    weighted: Weighted, now: Drawn, before: torch.Tensor, config: GrpoConfig
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the loss, (), summed over all draws of a group's rollouts, and on how many draws the clipping acted, ().

    Args:
        weighted: the group.
        now: the policy's probabilities of its draws.
        before: the log-probabilities that the policy had when it wrote the scripts, (draws,).
        config: the options.
    """
    scripts = weighted.encoded.scripts
    sampled = torch.ones_like(now.log_probabilities)  # of the others it is known what any draw would have brought
    sampled[[main.draw for main in weighted.mains]] = 0
    counts, gains, costs = (
        weighted.counts[scripts],
        weighted.gains[scripts] * sampled,
        weighted.costs[scripts] * sampled,
    )
    ratio = (now.log_probabilities - before).exp()
    near = ratio.clamp(1 - config.clip_ratio, 1 + config.clip_ratio)
    # The lesser of ratio * advantage and clipped ratio * advantage, for all rollouts of a script at once.
    surrogate = torch.minimum(ratio, near) * gains + torch.maximum(ratio, near) * costs
    regularised = config.entropy_weight * now.entropy - config.kl_weight * now.divergence
    acted = ((ratio > near) & (gains > 0)) | ((ratio < near) & (costs < 0))
    return -(surrogate + counts * regularised).sum(), (counts * acted).sum()


def update(
    tuned: TunedPolicy,
    groups: Sequence[Group],
    replay: KlReplay,
    config: GrpoConfig,
    optimizer: torch.optim.Optimizer,
    add_up: Callable[[torch.Tensor], torch.Tensor],
) -> dict[str, float]:
    """Take `config.epochs` steps of the optimiser on a step's groups and replay.

    Where all advantages are 0, no step is taken: AdamW would make a whole one out of the small divergence alone.

    Args:
        tuned: the policy.
        groups: this process's groups.
        replay: this process's part of the replay.
        config: the options.
        optimizer: the optimizer of the adapter.
        add_up: sums a tensor over all processes.

    Returns:
        Numbers over all processes: draws; tokens that were read of the groups; before the update, the means kl and
        entropy of a draw and kl_replay of a choice of the replay (nats); the first epoch's loss; clip_share, the share
        of all epochs' draws; and gradient, its greatest norm before clipping.

    Raises:
        TrainingError: the model's probabilities are not those that it wrote with.
    """
    device = tuned.policy.device
    weighed = [weigh(tuned, group, config.prompt_tokens) for group in groups]
    weighed = [one for one in weighed if len(one.encoded.taken)]
    uneven = sum(any(group.advantages) for group in groups)
    counted = [sum(one.draws for one in weighed), sum(len(one.encoded.ids) for one in weighed), uneven]
    draws, tokens, uneven = add_up(torch.tensor(counted, device=device)).tolist()
    if not draws:
        return {"draws": draws, "tokens": tokens}
    epochs = config.epochs if uneven else 1
    kept: list[tuple[Reading, torch.Tensor]] = []
    means: list[list[float]] = []  # of each epoch
    gradient = 0.0
    for _ in range(epochs):
        optimizer.zero_grad(set_to_none=True)
        sums = _backward(tuned, weighed, kept, draws, config)
        replayed = replay.backward(config.kl_replay_weight, config.temperature)
        if uneven:
            gradient = max(gradient, _apply(tuned, optimizer, config.clip, add_up))
        means.append(add_up(torch.cat([sums / draws, replayed[None]])).tolist())
    loss, _, divergence, entropy, replay_divergence = means[0]
    replay_record = {"kl_replay": replay_divergence} if replay.choices else {}
    return {
        "draws": draws,
        "tokens": tokens,
        "loss": loss + config.kl_replay_weight * replay_divergence,
        "kl": divergence,
        "entropy": entropy,
        **replay_record,
        "clip_share": math.fsum(each[1] for each in means) / epochs,
        "gradient": gradient,
    }


def _backward(
    tuned: TunedPolicy,
    weighed: Sequence[Weighted],
    kept: list[tuple[Reading, torch.Tensor]],
    draws: int,
    config: GrpoConfig,
) -> torch.Tensor:
    """Add the gradient of the groups' mean loss over all draws.

    Args:
        tuned: the policy.
        weighed: the groups.
        kept: each group's reading and its draws' first log-probabilities, (draws,), which the first epoch appends.
        draws: the draws of all processes.
        config: the options.

    Returns:
        Sums over this process's draws, (4,): loss, draws on which the clipping acted, divergence, entropy.
    """
    sums = torch.zeros(4, device=tuned.policy.device)
    first = not kept
    for index, one in enumerate(weighed):
        reading = tuned.read(one.encoded) if first else kept[index][0]
        logits = tuned.logits(reading)
        now = drawn(one.encoded, logits, reading.reference, config.temperature)
        if first:
            _check_gap(one, logits.detach())
            kept.append((reading, now.log_probabilities.detach()))
        loss, acted = group_loss(one, now, kept[index][1], config)
        if one.mains:
            apart = main_divergence(one.mains, logits, reading.reference, config.temperature, config.kl_weight)
            loss = loss + config.exchange_mains * apart
        (loss / draws).backward()
        for context, main in one.further:
            apart = main_divergence(
                (main,), tuned.logits(context), context.reference, config.temperature, config.kl_weight
            )
            (config.exchange_mains * apart / draws).backward()
        counts = one.counts[one.encoded.scripts]
        with torch.no_grad():
            watched = [loss, acted, (counts * now.divergence).sum(), (counts * now.entropy).sum()]
            sums += torch.stack(watched)
    return sums


def _apply(
    tuned: TunedPolicy,
    optimizer: torch.optim.Optimizer,
    clip: float,
    add_up: Callable[[torch.Tensor], torch.Tensor],
) -> float:
    """Add up the processes' gradients, clip them, and take a step; return the norm before clipping."""
    weights = list(tuned.parameters.values())
    parts = [torch.zeros_like(w) if w.grad is None else w.grad for w in weights]  # None: a process without groups
    flat = add_up(torch.cat([part.reshape(-1) for part in parts]))
    norm = float(flat.norm())
    if not math.isfinite(norm):
        raise TrainingError(
            "the gradient is not a number. Lower the learning rate, or load the policy in float32 or bfloat16"
        )
    flat *= min(1.0, clip / max(norm, 1e-12))
    for weight, part in zip(weights, flat.split([w.numel() for w in weights]), strict=True):
        weight.grad = part.view_as(weight)
    optimizer.step()
    return norm


def _check_gap(weighted: Weighted, logits: torch.Tensor) -> None:
    """Raise TrainingError unless the logits (draws, most) give the probabilities that the scripts were written with."""
    encoded = weighted.encoded
    logs = logits.log_softmax(1).gather(1, encoded.taken[:, None])[:, 0]
    count = len(weighted.counts)
    found = torch.zeros(count, device=logs.device).index_add_(0, encoded.scripts, logs).tolist()
    made = torch.bincount(encoded.scripts, minlength=count).tolist()
    distinct = dict.fromkeys(candidate.choices for candidate in weighted.group.candidates)
    written = {candidate.choices: candidate.log_probability for candidate in weighted.group.candidates}
    for choices, log, draws in zip(distinct, found, made, strict=True):
        if abs(log - written[choices]) > _GAP * max(draws, 1):
            raise TrainingError(
                f"the model gives a script of {draws} draws the log-probability {log:.2f} in training, and gave it "
                f"{written[choices]:.2f} when it was written. Its attention may not be plain (sliding windows, soft "
                "capping), or its precision is too low: load it in float32 or bfloat16, or use another policy"
            )


def record_of(groups: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of a step from the summaries of its groups.

    They are the means over groups of the reward's mean, greatest and (population) deviation; the shares of rollouts
    that are distinct scripts of their group, distinct shapes of workflow in the step, and flawed; even_groups, in which
    nothing can be learned since all rewards are equal; and the mean number of choices.
    """
    groups = sorted(groups, key=lambda group: int(group["index"]))
    rollouts = sum(len(group["rewards"]) for group in groups)
    means = [math.fsum(group["rewards"]) / len(group["rewards"]) for group in groups]
    deviations = [
        math.sqrt(math.fsum((reward - mean) ** 2 for reward in group["rewards"]) / len(group["rewards"]))
        for group, mean in zip(groups, means, strict=True)
    ]
    shapes = {shape for group in groups for shape in group["topologies"]}
    return {
        "reward": math.fsum(means) / len(groups),
        "reward_max": math.fsum(max(group["rewards"]) for group in groups) / len(groups),
        "reward_deviation": math.fsum(deviations) / len(groups),
        "even_groups": sum(max(group["rewards"]) == min(group["rewards"]) for group in groups),
        "unique_scripts": sum(group["scripts"] for group in groups) / rollouts,
        "unique_topologies": len(shapes) / rollouts,
        "flawed": sum(group["flawed"] for group in groups) / rollouts,
        "choices": sum(group["choices"] for group in groups) / rollouts,
    }
