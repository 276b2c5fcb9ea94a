from __future__ import annotations

import json
import os
import re
import signal
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from installations import SD15, installation
from tiny_policy import one_thread, tiny_policy, write_tiny_policy
from two_processes import run_together

from nodewright.cli import main
from nodewright.models.policy.adapters import adapter_of, read_adapter
from nodewright.models.policy.checkpoints import save_checkpoint
from nodewright.models.policy.decoding import Candidate, generate, score
from nodewright.models.policy.folders import CheckpointError
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.models.reward.ensemble import RewardEnsemble, RewardMetadata
from nodewright.models.reward.evidence_ensemble import shipped_evidence_path
from nodewright.models.reward.members import Members, MemberShape
from nodewright.training.common.baselines import random_walk
from nodewright.training.common.console import silent
from nodewright.training.common.errors import TrainingError
from nodewright.training.common.pairs import Pair
from nodewright.training.common.train_state import STATE
from nodewright.training.grpo import command as grpo
from nodewright.training.grpo import trainer as run
from nodewright.training.grpo.asked_requests import flaws
from nodewright.training.grpo.config import GrpoConfig, parse
from nodewright.training.grpo.group_updates import (
    Group,
    RewardFunction,
    advantages,
    group_loss,
    main_divergence,
    settled_rewards,
    weigh,
)
from nodewright.training.grpo.kl_replay import KlReplay, divergence, draw_replay, encode_replay
from nodewright.training.grpo.request import Request
from nodewright.training.grpo.requests import SavedRequests
from nodewright.training.grpo.script_groups import Drawn, drawn, encode_group, encode_main
from nodewright.training.grpo.simulated import SimulatedRequests
from nodewright.training.grpo.start import GrpoInputs, doubt_of, ensemble_reward
from nodewright.training.grpo.tuned_policy import TunedPolicy
from nodewright.training.sft.config import LORA_TARGETS
from nodewright.training.sft.tokenizer import train_tokenizer
from nodewright.workflow.ask.policy_words import policy_words
from nodewright.workflow.asked import asked_of
from nodewright.workflow.grammar.constraints import Constraints
from nodewright.workflow.grammar.grammar import ChoiceSet
from nodewright.workflow.grammar.grammar import Grammar as WorkflowGrammar
from nodewright.workflow.graph import Node, Workflow
from nodewright.workflow.script.script import read_script

__all__ = ["one_thread"]

FILES = ("sdxl/night_photo", "sdxl/photo", "sdxl/photo_toon", "sd15/flat")
PROMPTS = ("a red cat", "a blue cat", "a red house", "a blue house")
REPLAY = tuple(
    Pair(
        prompt, (file, "Sample", "steps=", str(steps), "sampler=", "dpmpp_2m", ";", "@end"), FILES,
        frozenset({1, 7}), len(FILES),
    )
    for prompt in (*PROMPTS, "a green tree") for file in FILES[:3] for steps in (10, 25)
)  # fmt: skip
WORDS = ("Sample", "steps=", "sampler=", ";", "euler", "heun", "@end", "sdxl/")
_SETS = {
    "file": ChoiceSet(FILES), "class": ChoiceSet(("Sample",)),
    "next": ChoiceSet(("steps=", "sampler=", ";")), "steps=": ChoiceSet(tuple(map(str, range(1, 41)))),
    "sampler=": ChoiceSet(("euler", "heun", "dpmpp_2m")), "end": ChoiceSet(("@end",)),
}  # fmt: skip


class State:
    """A file, one node, and up to three settings of it."""

    def __init__(self) -> None:
        self.choices_made: list[str] = []
        self.done = False
        self.choice_sets: tuple[ChoiceSet, ...] = (_SETS["file"],)

    def choose(self, choice: str) -> None:
        assert any(choice in one.choices for one in self.choice_sets), choice
        self.choices_made.append(choice)
        settings = sum(made in ("steps=", "sampler=") for made in self.choices_made)
        following: tuple[ChoiceSet, ...] = ()
        if choice == "@end":
            self.done = True
        elif choice in FILES:
            following = (_SETS["class"],)
        elif choice in ("steps=", "sampler="):
            following = (_SETS[choice],)
        else:
            following = (_SETS["end"],) if choice == ";" or settings == 3 else (_SETS["next"],)
        self.choice_sets = following

    def workflow(self) -> Workflow:
        return Workflow((Node("Load", (("file", self.choices_made[0]),)), Node("Sample", ())))


class Settings:
    """The grammar."""

    files = FILES
    good_at: dict[str, tuple[str, ...]] = {}

    def start(self) -> State:
        return State()


def toned(prompt: str, scripts: Sequence[Sequence[str]]) -> list[float]:
    """Red wants one file and one sampler, blue others."""
    file, sampler = ("sdxl/photo_toon", "euler") if "red" in prompt else ("sd15/flat", "heun")
    return [float(script[0] == file) + 0.5 * (sampler in script) for script in scripts]


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    """From disk, so that adapters can be told from those over other weights."""
    vocabulary = Vocabulary(train_tokenizer([*PROMPTS, *FILES, "dpmpp_2m", *map(str, range(100))], 330), WORDS)
    folder = tmp_path_factory.mktemp("policy") / "policy"
    save_checkpoint(tiny_policy(vocabulary), folder)
    return load_policy(folder)


def tiny(out: Path, **options: Any) -> GrpoConfig:
    defaults: dict[str, Any] = {
        "prompts_per_step": 4, "rollouts": 8, "learning_rate": 0.02, "warmup": 1, "lora_rank": 4, "lora_alpha": 8,
        "layers": 1, "bfloat16": False,
    }  # fmt: skip
    return GrpoConfig(object_info=(), out=out, reward=Path("reward"), **(defaults | options))


def setting(policy: Policy, reward: RewardFunction = toned) -> GrpoInputs:
    return GrpoInputs(policy, SavedRequests(PROMPTS, (Settings(),)), reward, "toned")


def replayed(policy: Policy, reward: RewardFunction = toned) -> GrpoInputs:
    return replace(setting(policy, reward), replay=REPLAY)


def tuned_policy(policy: Policy, std: float = 0.0, layers: int = 1) -> TunedPolicy:
    """With an adapter drawn at random, if std is given."""
    tuned = TunedPolicy(policy, layers=layers, rank=4, alpha=8, targets=LORA_TARGETS)
    torch.manual_seed(1)
    for weight in tuned.parameters.values():
        if std:
            torch.nn.init.normal_(weight, std=std)
    return tuned


def apart(policy: Policy, tuned: TunedPolicy) -> float:
    """Mean KL(tuned || reference) of a choice of all replayed pairs, nats."""
    return float(KlReplay(tuned, REPLAY, 256, lambda tensor: tensor).backward(0.0, 1.0))


def records(out: Path) -> list[dict[str, Any]]:
    lines = (out.with_name(out.name + ".log") / "steps.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("layers", [1, 2])
def test_training_computes_the_probabilities_that_decoding_drew_with(policy: Policy, layers: int) -> None:
    tuned = tuned_policy(policy, 0.3, layers)
    adapted = replace(policy, adapter=adapter_of(tuned.model))
    for prompt in PROMPTS:
        candidates = generate(adapted, Settings(), prompt, candidates=6, seed=2, guidance=1.0)
        group = encode_group(policy, Settings(), prompt, [one.choices for one in candidates], 256)
        reading = tuned.read(group)
        for guidance, logits in ((1.0, tuned.logits(reading)), (0.0, reading.reference)):
            found = drawn(group, logits, reading.reference, 1.0).log_probabilities.detach()
            sums = torch.zeros(6).index_add_(0, group.scripts, found).tolist()
            expected = [sum(score(adapted, Settings(), prompt, one.choices, guidance=guidance)) for one in candidates]
            assert sums == pytest.approx(expected, abs=1e-4)
            if guidance == 1.0:
                assert sums == pytest.approx([one.log_probability for one in candidates], abs=1e-4)


def test_bfloat16_is_close_and_an_untrained_adapter_exactly_the_reference(policy: Policy) -> None:
    scripts = [one.choices for one in generate(policy, Settings(), PROMPTS[0], candidates=6)]
    group = encode_group(policy, Settings(), PROMPTS[0], scripts, 256)
    found = []
    for bfloat16 in (False, True):
        tuned = TunedPolicy(policy, layers=1, rank=4, alpha=8, targets=LORA_TARGETS, bfloat16=bfloat16)
        reading = tuned.read(group)
        made = drawn(group, tuned.logits(reading), reading.reference, 1.0)
        assert made.divergence.abs().max() == 0
        found.append(made.log_probabilities.detach())
    assert 0 < float((found[0] - found[1]).abs().max()) < 0.3


def test_divergence_and_entropy_are_exact_over_what_is_allowed(policy: Policy) -> None:
    """Against the mean over all scripts' files of what was drawn."""
    tuned = tuned_policy(policy, 0.3)
    scripts = [(file, "Sample", ";", "@end") for file in FILES]
    group = encode_group(policy, Settings(), PROMPTS[0], scripts, 256)
    reading = tuned.read(group)
    found = drawn(group, tuned.logits(reading), reading.reference, 0.7)
    reference = drawn(group, reading.reference, reading.reference, 0.7)
    picks = torch.arange(0, len(group.taken), 2)  # and the choice of ";" in between
    logs, others = found.log_probabilities[picks].detach(), reference.log_probabilities[picks]
    assert float(logs.exp().sum()) == pytest.approx(1, abs=1e-5)
    for file in range(len(FILES)):
        at = 2 * file
        assert float(found.entropy[at].detach()) == pytest.approx(float(-(logs.exp() * logs).sum()), abs=1e-5)
        exact = float((logs.exp() * (logs - others)).sum())
        assert float(found.divergence[at].detach()) == pytest.approx(exact, abs=1e-5)
    assert float(found.divergence.detach().mean()) > 0.01
    assert reference.divergence.abs().max() == 0


def test_only_the_adapter_has_a_gradient_and_it_is_the_right_one(policy: Policy) -> None:
    """By finite differences of one weight in each matrix."""
    tuned = tuned_policy(policy, 0.3)
    group = encode_group(policy, Settings(), PROMPTS[0], [(FILES[1], "Sample", "steps=", "20", ";", "@end")], 256)
    reading = tuned.read(group)

    def value() -> torch.Tensor:
        found = drawn(group, tuned.logits(reading), reading.reference, 1.0)
        return (found.log_probabilities + 0.3 * found.entropy + 0.2 * found.divergence).sum()

    value().backward()
    assert all(weight.grad is None for weight in policy.model.parameters())
    assert len(tuned.parameters) == 14
    for name, weight in tuned.parameters.items():
        assert weight.grad is not None, name
        at = int(weight.grad.abs().argmax())
        gradient = float(weight.grad.flatten()[at])
        with torch.no_grad():
            flat, kept = weight.view(-1), float(weight.view(-1)[at])
            flat[at] = kept + 1e-2
            above = float(value())
            flat[at] = kept - 1e-2
            below = float(value())
            flat[at] = kept
        assert (above - below) / 2e-2 == pytest.approx(gradient, rel=0.05, abs=0.02), name


def test_advantages_are_relative_to_the_group() -> None:
    assert advantages((1.0, 2.0, 6.0), False) == (-2.0, -1.0, 3.0)
    divided = torch.tensor(advantages((1.0, 2.0, 6.0), True))
    assert float(divided.std(correction=0)) == pytest.approx(1, abs=1e-3)
    assert advantages((10.0, 20.0, 60.0), True) == pytest.approx(advantages((1.0, 2.0, 6.0), True), abs=1e-3)
    assert advantages((0.3, 0.3, 0.3), True) == (0, 0, 0)


def test_a_ratio_counts_only_as_far_as_the_clipping_allows(policy: Policy) -> None:
    """The loss of equal rollouts, read once, is the sum of PPO's clipped loss of each."""
    config = tiny(Path("out"), clip_ratio=0.2, kl_weight=0.5, entropy_weight=0.25)
    tuned = tuned_policy(policy)
    candidates = tuple(generate(policy, Settings(), PROMPTS[0], candidates=3, seed=0))
    candidates = (candidates[0], candidates[1], candidates[0], candidates[2])
    weights = (1.0, -2.0, -0.5, 1.5)
    weighted = weigh(tuned, Group(0, Request(PROMPTS[0], Settings()), candidates, weights, weights), 256)
    count = len(weighted.encoded.taken)
    torch.manual_seed(0)
    before, now = -torch.rand(count), -torch.rand(count)
    entropy, divergence = torch.rand(2, count)
    loss, acted = group_loss(weighted, Drawn(now, entropy, divergence), before, config)
    expected, clipped, rollouts = 0.0, 0, ((0, 1.0), (1, -2.0), (0, -0.5), (2, 1.5))
    for script, advantage in rollouts:
        for at in (weighted.encoded.scripts == script).nonzero()[:, 0].tolist():
            ratio = float((now[at] - before[at]).exp())
            near = min(max(ratio, 0.8), 1.2)
            expected -= min(ratio * advantage, near * advantage)
            expected -= 0.25 * float(entropy[at]) - 0.5 * float(divergence[at])
            clipped += near * advantage < ratio * advantage
    assert float(loss) == pytest.approx(expected, rel=1e-4)
    assert weighted.draws == sum(int((weighted.encoded.scripts == script).sum()) for script, _ in rollouts)
    assert 0 < clipped <= int(acted)  # a script's draws count for each of its rollouts


def test_a_main_model_is_pulled_to_what_is_best_under_the_cost_of_divergence(policy: Policy) -> None:
    tuned = tuned_policy(policy)
    candidates = generate(policy, Settings(), PROMPTS[0], candidates=2, seed=0)
    choices = candidates[0].choices
    rewards = {"sdxl/photo": 1.0, "sdxl/photo_toon": -0.5, "sdxl/night_photo": 0.1}
    group = Group(0, Request(PROMPTS[0], Settings()), (*candidates, candidates[0]), (0.0,) * 3, (1.0, -1.0, 1.0))
    weighted = weigh(tuned, replace(group, exchanged={choices: rewards}), 256)
    (main,) = weighted.mains
    assert main.count == 2 and weighted.encoded.taken[main.draw] == FILES.index(choices[0])
    reading = tuned.read(weighted.encoded)
    logits = (reading.reference + 0.1 * torch.arange(reading.reference.shape[1])).detach().requires_grad_()
    main_divergence(weighted.mains, logits, reading.reference, 2.0, 0.5).backward()
    known = [FILES.index(name) for name in rewards]
    shares = (logits[main.draw, known].detach() / 2).softmax(0)
    best = (reading.reference[main.draw, known] / 2).softmax(0) * (torch.tensor(list(rewards.values())) / 0.5).exp()
    pulls = 2 * (shares - best / best.sum()) / 2  # of two rollouts, at temperature 2
    assert logits.grad is not None
    torch.testing.assert_close(logits.grad[main.draw, known], pulls)
    assert logits.grad[main.draw, FILES.index("sd15/flat")] == 0
    assert float(logits.grad.abs().sum()) == pytest.approx(float(pulls.abs().sum())), "no other draw is pulled"
    # And of what was drawn there, nothing is learned a second time.
    now = torch.zeros(len(weighted.encoded.taken), requires_grad=True)
    config = tiny(Path("out"), kl_weight=0.0)
    group_loss(weighted, Drawn(now, now.detach(), now.detach()), now.detach(), config)[0].backward()
    assert now.grad is not None and now.grad[main.draw] == 0 and int((now.grad != 0).sum()) == len(now) - 1


def test_of_a_further_prompt_only_the_context_and_the_main_model_are_read(policy: Policy) -> None:
    tuned = tuned_policy(policy)
    (candidate,) = generate(policy, Settings(), PROMPTS[0], candidates=1, seed=3)
    whole = encode_group(policy, Settings(), PROMPTS[1], [candidate.choices], 256)
    part = encode_main(policy, Settings(), PROMPTS[1], candidate.choices, 256)
    assert part is not None
    (draw, files), (_, same) = whole.mains[0], part.mains[0]
    assert same == files and len(part.ids) == whole.starts[1] < len(whole.ids) and len(part.taken) == 1
    found, expected = tuned.read(part).reference, tuned.read(whole).reference
    torch.testing.assert_close(found[0, : len(files)], expected[draw, : len(files)])


@pytest.mark.parametrize("options", [{}, {"prompts_per_step": 1, "exchange_prompts": 4}], ids=["groups", "further"])
def test_with_all_main_models_it_is_learned_for_which_prompt_each_is_best(
    policy: Policy, tmp_path: Path, options: dict[str, int]
) -> None:
    def fitting(prompt: str, scripts: Sequence[Sequence[str]]) -> list[float]:
        best = "sdxl/photo_toon" if "red" in prompt else "sdxl/night_photo"
        return [float(script[0] == best) for script in scripts]

    config = tiny(tmp_path / "tuned", steps=40, kl_weight=0.1, exchange_mains=3.0, **options)
    adapter = run.train(config, setting(policy, fitting), report=silent)
    tuned = replace(policy, adapter=adapter)
    for prompt, best in (("a red cat", "sdxl/photo_toon"), ("a blue house", "sdxl/night_photo")):
        written = [one.choices[0] for one in generate(tuned, Settings(), prompt, candidates=20, guidance=1.0)]
        assert written.count(best) > 14, prompt


def test_grpo_raises_the_reward_and_leaves_the_reference_as_it_is(policy: Policy, tmp_path: Path) -> None:
    before = {name: weight.clone() for name, weight in policy.model.named_parameters()}
    told: list[str] = []
    out = tmp_path / "tuned"
    run.train(tiny(out, steps=40, kl_weight=0.01), setting(policy), report=told.append)
    steps = records(out)
    assert len(steps) == 40
    first, last = (sum(step["reward"] for step in part) / 5 for part in (steps[:5], steps[-5:]))
    assert first < 0.8
    assert last > 1.3, "of 1.5"
    assert steps[0]["kl"] == 0
    assert steps[-1]["kl"] > 0.05
    assert steps[-1]["entropy"] < 0.8 * steps[0]["entropy"]
    assert steps[-1]["unique_scripts"] <= steps[0]["unique_scripts"]
    assert told[-1].endswith(f"wrote {out}")
    assert sorted(path.name for path in (tmp_path / "tuned.log").iterdir()) == [
        "curves.json", "curves.png", "steps.jsonl",
    ]  # fmt: skip
    for name, weight in policy.model.named_parameters():
        torch.testing.assert_close(weight, before[name], rtol=0, atol=0)
    # What was written is what was trained; guidance 0 is the reference.
    adapter = read_adapter(out, policy)
    assert adapter.description["steps"] == 40
    assert all(".layers.1." in path for path in adapter.tensors)
    tuned = replace(policy, adapter=adapter)
    for prompt in PROMPTS:
        means = []
        for guidance in (0.0, 1.0):
            scripts = [one.choices for one in generate(tuned, Settings(), prompt, candidates=16, guidance=guidance)]
            means.append(sum(toned(prompt, scripts)) / 16)
        assert means[1] > means[0] + 0.3, prompt


def test_the_divergence_is_held_down_and_entropy_held_up_by_their_weights(policy: Policy, tmp_path: Path) -> None:
    def last(name: str, **options: Any) -> dict[str, float]:
        out = tmp_path / name
        run.train(tiny(out, steps=12, prompts_per_step=2, **options), setting(policy), report=silent)
        ends = records(out)[-5:]
        return {key: sum(step[key] for step in ends) / 5 for key in ("kl", "entropy")}

    free = last("free", kl_weight=0.0)
    assert last("held", kl_weight=2.0)["kl"] < 0.5 * free["kl"]
    assert last("open", kl_weight=0.0, entropy_weight=0.5)["entropy"] > 1.1 * free["entropy"]


def test_the_divergence_of_a_replayed_pair_is_what_the_model_itself_says(policy: Policy) -> None:
    """Token by token, from whole forward passes of both models."""
    tuned = tuned_policy(policy, 0.3, layers=2)
    pair = REPLAY[3]
    encoded = encode_replay(policy, pair, 256)
    assert encoded is not None
    assert encoded.choices == 6
    reading = tuned.read(encoded)
    found = divergence(tuned.logits(reading), reading.reference, 1.0).tolist()
    context = policy.context(pair.prompt, pair.files)
    tokens = [policy.vocabulary.encode_choice(choice) for choice in pair.choices]
    ids = torch.tensor([[*context.ids, *(token for each in tokens for token in each)]])
    with torch.no_grad():
        logs = [model(input_ids=ids).logits[0] for model in (tuned.model, policy.model)]
    expected, at = [], len(context.ids)
    for index, each in enumerate(tokens):
        for place in range(at, at + len(each)) if index and index not in pair.forced else ():
            expected.append(kl(*(both[place - 1] for both in logs)))
        at += len(each)
    places = [context.places[file] for file in FILES]
    suits = [both[places, policy.pick_id] for both in logs]
    assert found == pytest.approx([*expected, kl(*suits)], abs=1e-4)
    assert min(found) > 1e-4


def kl(logits: torch.Tensor, others: torch.Tensor) -> float:
    return float(torch.nn.functional.kl_div(others.log_softmax(0), logits.softmax(0), reduction="sum"))


def test_replayed_pairs_are_drawn_by_seed_and_step_and_the_unreadable_left_out(policy: Policy) -> None:
    found = draw_replay(REPLAY, 5, 0, 1)
    assert len({(pair.prompt, pair.choices) for pair in found}) == 5
    assert found == draw_replay(REPLAY, 5, 0, 1)
    assert found != draw_replay(REPLAY, 5, 0, 2)
    assert found != draw_replay(REPLAY, 5, 1, 1)
    assert len(draw_replay(REPLAY, 100, 0, 1)) == len(REPLAY)
    assert encode_replay(policy, replace(REPLAY[0], choices=REPLAY[0].choices * 60), 256) is None
    assert encode_replay(policy, Pair("a", ("Sample",), (), frozenset({0})), 256) is None


def test_replayed_pairs_hold_the_policy_where_nothing_is_rewarded(policy: Policy, tmp_path: Path) -> None:
    def tune(name: str, weight: float) -> tuple[float, list[dict[str, float]]]:
        config = tiny(tmp_path / name, steps=12, prompts_per_step=2, kl_weight=0.0, kl_replay_weight=weight)
        adapter = run.train(config, replayed(policy), report=silent)
        tuned = tuned_policy(policy)
        for path, pair in adapter.tensors.items():
            module = tuned.model.get_base_model().get_submodule(path)
            for part, tensor in zip((module.lora_A, module.lora_B), pair, strict=True):
                part["default"].weight.data.copy_(tensor)
        return apart(policy, tuned), records(tmp_path / name)

    free, steps = tune("free", 0.0)
    held, held_steps = tune("held", 30.0)
    assert held < 0.3 * free
    assert steps[0]["kl_replay"] == held_steps[0]["kl_replay"] == 0
    assert held_steps[-1]["kl_replay"] < 0.5 * steps[-1]["kl_replay"]
    assert tune("again", 30.0)[0] == held


def test_equal_rewards_teach_nothing(policy: Policy, tmp_path: Path) -> None:
    out = tmp_path / "out"
    adapter = run.train(
        tiny(out, steps=3), setting(policy, lambda prompt, scripts: [7.0] * len(scripts)), report=silent
    )
    assert [(step["even_groups"], step["kl"], step["gradient"]) for step in records(out)] == [(4, 0, 0)] * 3
    assert all(float(b.abs().max()) == 0 for _, b in adapter.tensors.values())


def test_more_epochs_of_the_same_rollouts_are_clipped(policy: Policy, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run.train(tiny(out, steps=4, epochs=4, learning_rate=0.05, clip_ratio=0.05), setting(policy), report=silent)
    assert max(step["clip_share"] for step in records(out)) > 0.01
    once = tmp_path / "once"
    run.train(tiny(once, steps=4, learning_rate=0.05, clip_ratio=0.05), setting(policy), report=silent)
    assert {step["clip_share"] for step in records(once)} == {0.0}


def test_an_interrupted_training_goes_on_and_ends_the_same(policy: Policy, tmp_path: Path) -> None:
    options: dict[str, Any] = {"steps": 5, "save_minutes": 0.0, "warmup": 4, "epochs": 2}
    whole = run.train(tiny(tmp_path / "whole", **options), replayed(policy), report=silent)
    calls = 0

    def failing(prompt: str, scripts: Sequence[Sequence[str]]) -> list[float]:
        nonlocal calls
        calls += 1
        if calls == 14:  # in the fourth step
            raise KeyboardInterrupt
        return toned(prompt, scripts)

    parts = tiny(tmp_path / "parts", **options)
    with pytest.raises(KeyboardInterrupt):
        run.train(parts, replayed(policy, failing), report=silent)
    assert (parts.log / STATE).is_file()
    with pytest.raises(CheckpointError, match=r"other data or settings \(kl_weight\)"):
        run.train(replace(parts, kl_weight=1.0), replayed(policy), report=silent)
    with pytest.raises(CheckpointError, match=r"other data or settings \(kl_replay\)"):
        run.train(parts, setting(policy), report=silent)
    # A step that was told but not kept is told anew.
    with (parts.log / "steps.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"step": 4}\n')
    told: list[str] = []
    again = run.train(parts, replayed(policy), report=told.append)
    assert told[0] == "resumed at step 3"
    for path, pair in whole.tensors.items():
        for one, other in zip(pair, again.tensors[path], strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=0)
    runs = [
        [{key: value for key, value in step.items() if key not in ("minutes", *timed(step))} for step in records(out)]
        for out in (tmp_path / "whole", tmp_path / "parts")
    ]
    assert runs[0] == runs[1]
    assert all(step["kl_replay"] > 0 for step in runs[0][1:])


def timed(step: dict[str, Any]) -> list[str]:
    return [name for name in step if name.startswith("seconds")]


@pytest.mark.skipif(os.name == "nt", reason="limits of file sizes are POSIX")
def test_a_full_disk_costs_a_state_and_not_the_training(policy: Policy, tmp_path: Path) -> None:
    import resource

    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    told: list[str] = []

    def report(line: str) -> None:
        told.append(line)
        if line.startswith("the curves could not be written"):
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limit[1]))
    try:
        run.train(tiny(tmp_path / "out", steps=2, save_minutes=0.0), setting(policy), report=report)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)
    assert sum("could not be written" in line for line in told) == 2, "the state, and the curves"
    assert read_adapter(tmp_path / "out", policy).description["steps"] == 2


def test_nothing_of_an_earlier_training_goes_into_a_new_one(policy: Policy, tmp_path: Path) -> None:
    (tmp_path / "out.log" / "checkpoints" / "step-9").mkdir(parents=True)
    (tmp_path / "out.log" / STATE).write_bytes(b"of an earlier training")
    run.train(tiny(tmp_path / "out", steps=2, adapter_steps=1), setting(policy), report=silent)
    assert sorted(path.name for path in (tmp_path / "out.log" / "checkpoints").iterdir()) == ["step-1", "step-2"]
    assert not (tmp_path / "out.log" / STATE).exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1.0] * 7, "7 rewards for 8 scripts"),
        ([1.0] * 7 + [float("nan")], "nan for a script of the prompt 'a "),
        ([1.0] * 7 + ["good"], "could not convert"),
        (None, "NoneType"),
    ],
)
def test_rewards_that_are_no_numbers(policy: Policy, tmp_path: Path, given: Any, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        run.train(tiny(tmp_path / "out", steps=1), setting(policy, lambda prompt, scripts: given), report=silent)
    assert not (tmp_path / "out").exists()


def test_settings_that_cannot_be_used(policy: Policy, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options, message in (
        ({}, "one of minutes and steps"),
        ({"steps": 1, "rollouts": 1}, "rollouts is 1; it must be at least 2"),
        ({"steps": 1, "temperature": 0.0}, "teach nothing"),
        ({"steps": 1, "kl_replay_weight": -1.0}, "kl_replay_weight is -1.0; it must be at least 0"),
        ({"steps": 1, "lora_targets": ("nothing",)}, "takes no LoRA on nothing"),
    ):
        with pytest.raises(ValueError, match=message):
            run.train(tiny(tmp_path / "out", **options), setting(policy), report=silent)
    (tmp_path / "prompts.jsonl").write_text('{"prompt": "a"}\n{"text": "b"}\n', encoding="utf-8")
    arguments = ["--prompts", str(tmp_path / "prompts.jsonl"), "--object-info", "none.json", "--out", "x"]
    with pytest.raises(SystemExit):
        parse([*arguments, "--steps", "1"])
    assert "the following arguments are required: --reward" in capsys.readouterr().err, "none comes with the pack"
    arguments += ["--reward", "reward"]
    assert grpo.main([*arguments, "--steps", "1"]) == 2
    assert "prompts.jsonl, line 2: " in capsys.readouterr().err
    with pytest.raises(SystemExit):
        parse(arguments)
    assert "one of --minutes and --steps" in capsys.readouterr().err
    lines = [json.dumps({"prompt": prompt}) for prompt in PROMPTS]
    (tmp_path / "prompts.jsonl").write_text("\n".join(lines), encoding="utf-8")
    replay = tmp_path / "replay.jsonl"
    for text, message in (
        ("", "replay.jsonl: no pairs in it"),
        ('{"prompt": "a"}', "replay.jsonl, line 1: pair: choices: missing"),
    ):
        replay.write_text(text, encoding="utf-8")
        assert grpo.main([*arguments, "--steps", "1", "--kl-replay", str(replay)]) == 2
        assert message in capsys.readouterr().err
    config = parse([*arguments, "--models", "a", "b", "--minutes", "3", "--scale-rewards"])
    assert (config.models, config.object_info) == ((Path("a"), Path("b")), (Path("none.json"),))
    assert (config.minutes, config.scale_rewards) == (3.0, True)
    former = ["--anchors", "a.jsonl", "--anchors-per-step", "3", "--anchor-weight", "2", "--divide-by-deviation"]
    config = parse([*arguments, "--steps", "1", *former])
    assert (config.kl_replay, config.kl_replay_pairs, config.kl_replay_weight) == (Path("a.jsonl"), 3, 2.0)
    assert config.scale_rewards is True


PROGRAM = """
import sys
from pathlib import Path
from dataclasses import replace
import torch
import test_grpo
from nodewright.models.policy.loading import load_policy
from nodewright.training.grpo import trainer as run

torch.set_num_threads(1)
out = Path(sys.argv[2])
config = test_grpo.tiny(out, steps=3, prompts_per_step=3, epochs=2)
run.train(config, test_grpo.replayed(load_policy(sys.argv[1])))
torch.distributed.destroy_process_group()
"""


def test_two_processes_train_as_one_does(policy: Policy, tmp_path: Path) -> None:
    """Of three prompts one has two, the other one."""
    save_checkpoint(policy, tmp_path / "policy")
    run_together(PROGRAM, "policy", "together", folder=tmp_path, port=29617)
    config = tiny(tmp_path / "alone", steps=3, prompts_per_step=3, epochs=2)
    alone = run.train(config, replayed(load_policy(tmp_path / "policy")), report=silent)
    for one, two in zip(records(tmp_path / "alone"), records(tmp_path / "together"), strict=True):
        assert one.keys() == two.keys()
        for name in one.keys() - {"minutes", *timed(one)}:
            assert two[name] == pytest.approx(one[name], abs=1e-5), name
    together = read_adapter(tmp_path / "together", policy)
    for path, pair in alone.tensors.items():
        for ours, theirs in zip(pair, together.tensors[path], strict=True):
            torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-3)


def drawn_ensemble(policy: Policy) -> RewardEnsemble:
    """Members with random heads."""
    members = Members(policy.model, MemberShape(layers=1, rank=2), 3)
    members.draw([1, 2, 3])
    torch.nn.init.normal_(members.heads.weight)
    return RewardEnsemble(policy, members.requires_grad_(False).eval(), RewardMetadata())


def test_the_whole_command(
    object_info_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From files to an adapter, on two installations; the rewards are those of the ensemble."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "cache"))
    write_tiny_policy(tmp_path / "policy")
    policy = load_policy(tmp_path / "policy")
    drawn_ensemble(policy).save(tmp_path / "reward")
    for name, file in (("one", "v1-5-pruned-emaonly.ckpt"), ("other", "sd_xl_base_1.0.ckpt")):
        (tmp_path / name / "checkpoints").mkdir(parents=True)
        (tmp_path / name / "checkpoints" / file).touch()
    replay = [json.dumps({"prompt": "a bus", "choices": ["KSampler", "steps=", "20"]})]
    (tmp_path / "replay.jsonl").write_text("\n".join(replay), encoding="utf-8")
    lines = [json.dumps({"prompt": prompt, "kind": "colour"}) for prompt in PROMPTS]
    (tmp_path / "prompts.jsonl").write_text("\n".join(lines), encoding="utf-8")
    info = str(object_info_path)
    arguments = [
        "train", "grpo", "--prompts", str(tmp_path / "prompts.jsonl"), "--object-info", info, info,
        "--policy", str(tmp_path / "policy"), "--reward", str(tmp_path / "reward"), "--kappa", "0.5",
        "--out", str(tmp_path / "policy" / "tuned"),
        "--steps", "2", "--prompts-per-step", "3", "--rollouts", "3", "--max-nodes", "8", "--no-bfloat16",
        "--kl-replay", str(tmp_path / "replay.jsonl"),
    ]  # fmt: skip
    assert main([*arguments, "--models", str(tmp_path / "one"), str(tmp_path / "other"), "--seed", "1"]) == 0
    said = capsys.readouterr().out
    assert "2 steps; wrote" in said
    assert "  kl_replay 0." in said
    tuned = load_policy(tmp_path / "policy")
    assert tuned.adapter is not None
    assert re.fullmatch(r"3 members \(sha256 [0-9a-f]{12}\), kappa 0\.5", tuned.adapter.description["reward"])
    assert tuned.adapter.description["installations"] == 2
    steps = [
        json.loads(line)
        for line in (tmp_path / "policy" / "tuned.log" / "steps.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert all(step["seconds_scoring"] > 0 and step["reward_deviation"] > 0 for step in steps)
    for folders, message in (
        (["one"], "1 models folders for 2 of --object-info"),
        (["one", "cache"], f"{tmp_path / 'cache'}: No diffusion model is installed"),
    ):
        assert main([*arguments, "--models", *(str(tmp_path / folder) for folder in folders)]) == 2
        assert message in capsys.readouterr().err


def test_rewards_are_the_ensembles_mean_less_its_disagreement(policy: Policy) -> None:
    ensemble = drawn_ensemble(policy)
    scripts = [one.choices for one in generate(policy, Settings(), PROMPTS[0], candidates=3)]
    found = ensemble_reward(ensemble, 2.0)(PROMPTS[0], scripts)
    scored = ensemble.score(PROMPTS[0], scripts)
    assert found == [statistics.fmean(one.members) - 2 * one.deviation for one in scored]
    assert min(one.deviation for one in scored) > 1e-3


@pytest.mark.parametrize(("r2", "doubted"), [(0.06, True), (0.47, False), (None, False)])
def test_an_ensemble_that_explains_little_of_new_prompts_is_doubted(r2: float | None, doubted: bool) -> None:
    measured = {"prompts": {"r2": r2, "spearman": 0.3}}
    doubt = doubt_of(RewardMetadata(training={"measured": measured}))
    assert bool(doubt) == doubted and ("explains 6%" in doubt) == doubted
    assert doubt_of(RewardMetadata()) == ""


def test_a_training_by_the_clock_ends_in_time(policy: Policy, tmp_path: Path) -> None:
    began = time.monotonic()
    run.train(tiny(tmp_path / "out", minutes=0.02), setting(policy), report=silent)
    last = records(tmp_path / "out")[-1]
    assert 0.02 <= last["minutes"] <= (time.monotonic() - began) / 60 + 0.001


def test_a_flawed_script_lies_below_the_worst_and_of_what_nothing_is_known_nothing_is_learned() -> None:
    assert settled_rewards((1.0, 2.0, 3.0), (False, False, False)) == (1.0, 2.0, 3.0)
    assert settled_rewards((1.0, 2.0, 3.0), (False, False, True)) == (1.0, 2.0, 0.0), "the best one, flawed"
    assert settled_rewards((1.0, None, 3.0), (False, False, False)) == (1.0, 2.0, 3.0)
    assert advantages(settled_rewards((1.0, None, 3.0), (False, False, True)), False)[1] == 0
    assert settled_rewards((1.0, None, 3.0), (False, True, False)) == (1.0, 0.0, 3.0), "unknown, but flawed"
    assert settled_rewards((None, None), (False, False)) == (0.0, 0.0)
    same = settled_rewards((1.0, 2.0), (True, True))
    assert same[0] == same[1], "where nobody can do it, nothing is to be learned"


def test_flaws_and_what_nothing_is_known_of_in_a_training(policy: Policy, tmp_path: Path) -> None:
    """What is flawed becomes rarer though it is rewarded; the ask that a request has is what the policy reads."""

    class Asking(SavedRequests):
        def draw(self, number: int, random: Random) -> Request:
            drawn = super().draw(number, random)
            return replace(drawn, ask=("photo",), is_flawed=lambda candidate: "heun" in candidate.choices)

    def flat(prompt: str, scripts: Sequence[Sequence[str]]) -> list[float | None]:
        return [None if script[0] == FILES[1] else float("heun" in script) for script in scripts]

    inputs = GrpoInputs(policy, Asking(PROMPTS, (Settings(),)), flat, "flat")
    run.train(tiny(tmp_path / "out", steps=30, kl_weight=0.01), inputs, report=silent)
    steps = records(tmp_path / "out")
    first, last = (sum(step["flawed"] for step in part) / 5 for part in (steps[:5], steps[-5:]))
    assert first > 0.1 and last < 0.6 * first


def simulated(object_info: dict[str, Any], any_main: float) -> SimulatedRequests:
    return SimulatedRequests(object_info, Constraints(), (("a photo of a dog, 30 steps",),), any_main)


def test_simulated_requests_are_those_of_the_corpus_under_the_products_grammar(object_info: dict[str, Any]) -> None:
    requests = simulated(object_info, 0.0)
    drawn = [requests.draw(number, Random(number)) for number in range(12)]
    assert len({request.prompt for request in drawn}) > 6
    people = [request for request in drawn if request.prompt == "a photo of a dog"]
    assert people, "the number of steps is taken out of the text"
    for request in people:
        asked = asked_of("a photo of a dog, 30 steps", request.grammar.catalog, Constraints())  # type: ignore[attr-defined]
        assert request.grammar.files == asked.grammar(request.grammar.catalog)[0].files  # type: ignore[attr-defined]
        assert request.ask == policy_words(asked.ask)
    again = simulated(object_info, 0.0).draw(0, Random(0))
    assert (again.prompt, again.ask, again.grammar.files) == (drawn[0].prompt, drawn[0].ask, drawn[0].grammar.files)
    assert json.dumps(requests.identity) and requests.described == {"prompts": 1, "installations": "simulated"}


def test_any_main_model_may_be_chosen_in_a_share_of_the_requests(object_info: dict[str, Any]) -> None:
    few, all_of_them = (
        [simulated(object_info, share).draw(number, Random(number)) for number in range(8)] for share in (0.0, 1.0)
    )
    counts = [[len(request.grammar.main_choices) for request in each] for each in (few, all_of_them)]  # type: ignore[attr-defined]
    assert all(one <= other for one, other in zip(*counts, strict=True))
    assert sum(counts[1]) > sum(counts[0])


def test_on_saved_installations_what_is_asked_is_kept_to_in_a_share_of_the_requests(
    object_info: dict[str, Any],
) -> None:
    grammar = WorkflowGrammar(installation(object_info, *SD15), Constraints())
    prompts = tuple(f"{number} foxes, 9 steps" for number in range(2, 22))
    asked = []
    for share in (0.0, 0.5, 1.0):
        requests = SavedRequests(prompts, (grammar,), as_asked=share)
        drawn = [requests.draw(number, Random(number)) for number in range(20)]
        asked.append(sum("steps" not in request.prompt for request in drawn))
    assert asked[0] == 0 and 4 <= asked[1] <= 16 and asked[2] == 20
    one_asked = SavedRequests(prompts, (grammar,), as_asked=1.0)
    assert one_asked.draw(1, Random(1)).is_on_installation_of(one_asked.draw(2, Random(2))), "further prompts count"
    request = SavedRequests(prompts[:1], (grammar,), as_asked=1.0).draw(0, Random(0))
    written = [random_walk(request.grammar, Random(seed)) for seed in range(4)]  # type: ignore[arg-type]
    assert all(("steps=", "9") in pairwise(choices) for choices in written)
    candidates = [Candidate(tuple(each), read_script(each, grammar.catalog), 0.0, 1, 1, 0) for each in written]
    assert request.catalog is grammar.catalog and not any(map(request.is_flawed, candidates))


def test_what_is_missed_or_makes_no_sense_is_a_flaw(object_info: dict[str, Any]) -> None:
    catalog = installation(object_info, *SD15)
    asked = asked_of("a fox, 30 steps", catalog, Constraints())
    script = random_walk(asked.grammar(catalog)[0], Random(0))
    workflow = read_script(script, catalog)
    candidate = Candidate(tuple(script), workflow, 0.0, 1, 1, 0)
    assert not flaws(candidate, asked, catalog)
    assert list(flaws(candidate, asked_of("a fox, 12 steps", catalog, Constraints()), catalog)) == ["steps"]


def test_the_whole_command_on_simulated_installations(
    object_info_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_tiny_policy(tmp_path / "policy")
    arguments = [
        "train", "grpo", "--installations", "simulated", "--object-info", str(object_info_path), "--no-bfloat16",
        "--policy", str(tmp_path / "policy"), "--reward", str(shipped_evidence_path()), "--out", str(tmp_path / "out"),
        "--steps", "2", "--prompts-per-step", "2", "--rollouts", "3",
    ]  # fmt: skip
    assert main(arguments) == 0
    assert "2 steps; wrote" in capsys.readouterr().out
    described = read_adapter(tmp_path / "out", load_policy(tmp_path / "policy")).description
    assert described["installations"] == described["settings"]["installations"] == "simulated"
    assert all("flawed" in step for step in records(tmp_path / "out"))
    for more, message in (
        (["--models", "a"], "give one --object-info, for its node classes, and no --models"),
        (["--installations", "none"], "it is one of saved, simulated"),
        (["--installations", "saved"], "--prompts is missing"),
        (["--any-main", "2"], "it is a share, from 0 to 1"),
        (["--as-asked", "-1"], "--as-asked -1: it is a share, from 0 to 1"),
        (["--exchange-prompts", "2"], "--exchange-prompts is for --exchange-mains"),
    ):
        with pytest.raises(SystemExit):
            main([*arguments, *more])
        assert message in capsys.readouterr().err
