"""From a prompt to workflows: what `generate` and `run` share."""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..workflow.api_format import MAXIMUM_SEED
from .catalogs import read_catalog
from .progress import open_display
from .reporting import BAD_INPUT, NO, Failure
from .rewards import load_reward, rank

if TYPE_CHECKING:
    from ..models.policy.decoding import Candidate
    from ..models.policy.policy import Policy
    from ..models.reward.ensemble import Reward, RewardEnsemble
    from ..workflow.catalog.catalog import Catalog
    from ..workflow.grammar.constraints import Constraints
    from ..workflow.grammar.grammar import Grammar


@dataclass(frozen=True)
class WrittenWorkflow:
    """One written workflow."""

    candidate: Candidate
    script: str
    api: dict[str, Any]
    reward: Reward | None = None

    def document(self) -> dict[str, Any]:
        """As an item of `workflows` in --json."""
        tokens = {"sampled": self.candidate.tokens_sampled, "forced": self.candidate.tokens_forced}
        rewarded = {} if self.reward is None else {"reward": asdict(self.reward) | {"warning": self.reward.warning}}
        return {
            "script": self.script,
            "api": self.api,
            "log_probability": self.candidate.log_probability,
            "tokens": tokens,
            **rewarded,
        }


@dataclass(frozen=True)
class Written:
    """The workflows that differ, the best or without a reward the likeliest first, and how they came about."""

    prompt: str
    seed: int
    workflows: tuple[WrittenWorkflow, ...]
    fingerprint: str
    seconds: dict[str, float]

    def document(self) -> dict[str, Any]:
        """What --json gives beside the workflows."""
        return {
            "prompt": self.prompt,
            "seed": self.seed,
            "seconds": {key: round(value, 4) for key, value in self.seconds.items()},
            "catalog_fingerprint": self.fingerprint,
        }

    def heading(self, index: int) -> str:
        """The script, headed by its rank where there are several."""
        workflow = self.workflows[index]
        reward = workflow.reward
        if len(self.workflows) == 1 and reward is None:
            return workflow.script
        told = f"log-probability {workflow.candidate.log_probability:.1f}"
        if reward is not None:
            told = f"score {reward.mean:+.2f} ± {reward.deviation:.2f}, {told}"
            told += f"\n({reward.warning})" if reward.warning else ""
        return f"Workflow {index + 1} of {len(self.workflows)}, {told}\n{workflow.script}"

    def how(self) -> str:
        """Seconds, seed and tokens, in a sentence."""
        tokens = [(one.candidate.tokens_sampled, one.candidate.tokens_forced) for one in self.workflows]
        sampled, forced = (sum(column) for column in zip(*tokens, strict=True))
        return (
            f"{self.seconds['writing']:.2f} s to write: seed {self.seed}, {sampled} tokens chosen, {forced} followed "
            f"(and {self.seconds['catalog']:.2f} s to read the catalog, {self.seconds['policy']:.2f} s the policy)"
        )


def write(arguments: argparse.Namespace) -> Written:
    """Everything from the prompt to the workflows. What is quick to refuse comes first. Raises Failure."""
    prompt = read_prompt(arguments.prompt)
    read = read_catalog(arguments)
    grammar = _grammar(read.catalog, _constraints(arguments))
    start = time.perf_counter()
    policy = load_policy(arguments, tuned=arguments.tuned or True)
    _check_guidance(arguments, policy)
    reward = load_reward(arguments, policy) if arguments.reward is not None else None
    loaded = time.perf_counter()
    seed = secrets.randbelow(MAXIMUM_SEED + 1) if arguments.seed is None else arguments.seed
    with open_display() as display:
        label = "Writing the workflow" if arguments.n == 1 else f"Writing {arguments.n} workflows"
        candidates = _decode(arguments, policy, grammar, prompt, seed, lambda *how: display.show(label, *how))
    seconds = {"catalog": read.seconds, "policy": loaded - start, "writing": time.perf_counter() - loaded}
    workflows = _workflows(reward, arguments.kappa, candidates, read.catalog, prompt, seed)
    return Written(prompt, seed, workflows, read.catalog.fingerprint, seconds)


def read_prompt(text: str) -> str:
    """The prompt, from standard input for "-". Raises Failure for one that is empty or no text."""
    from ..workflow.user_prompt import PromptError, checked_prompt

    if text == "-":
        try:
            text = sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            message = f"prompt: standard input is not UTF-8 text ({error.reason} at byte {error.start})"
            raise Failure(BAD_INPUT, "prompt", message) from error
        text = text.removesuffix("\n").removesuffix("\r")
    try:
        return checked_prompt(text)
    except PromptError as error:
        raise Failure(BAD_INPUT, "prompt", str(error)) from error


def _constraints(arguments: argparse.Namespace) -> Constraints:
    from ..workflow.grammar.constraints import Constraints

    return Constraints(
        families=frozenset(name.lower() for name in arguments.family),
        maximum_nodes=arguments.max_nodes,
        maximum_megapixels=arguments.max_megapixels or None,
        required=tuple(dict.fromkeys(arguments.require)),
        forbidden=frozenset(arguments.forbid),
        ends_in=tuple(dict.fromkeys(arguments.ends_in)),
    )


def _grammar(catalog: Catalog, constraints: Constraints) -> Grammar:
    from ..workflow.grammar.grammar import ConstraintError, Grammar, NoModelError

    try:
        return Grammar(catalog, constraints)
    except NoModelError as error:
        raise Failure(NO, "no_model", str(error)) from error
    except ConstraintError as error:
        raise Failure(NO, "constraints", str(error)) from error


def load_policy(arguments: argparse.Namespace, *, tuned: Path | bool) -> Policy:
    """The policy that --policy names, or the shipped one; tuned as in `Policy.load`. Raises Failure."""
    import torch

    from ..models.policy.checkpoints import shipped_policy_path
    from ..models.policy.policy import Policy, PolicyError

    source = arguments.policy or shipped_policy_path()
    if arguments.policy is None and not shipped_policy_path().is_dir():
        raise Failure(BAD_INPUT, "policy", "this copy of nodewright comes without a policy; name one with --policy")
    if arguments.device == "cuda" and not torch.cuda.is_available():
        raise Failure(BAD_INPUT, "policy", "--device cuda: there is no CUDA device here that torch can use")
    try:
        return Policy.load(source, device=arguments.device, tuned=tuned)
    except PolicyError as error:
        raise Failure(BAD_INPUT, "policy", str(error)) from error
    except torch.cuda.OutOfMemoryError as error:
        raise Failure(BAD_INPUT, "policy", f"{source}: does not fit into the memory of {arguments.device}") from error


def _check_guidance(arguments: argparse.Namespace, policy: Policy) -> None:
    from ..models.policy.checkpoints import shipped_policy_path
    from ..models.policy.guidance import guidance_of

    try:
        guidance_of(policy, arguments.guidance)
    except ValueError as error:
        raise Failure(BAD_INPUT, "policy", f"{arguments.policy or shipped_policy_path()}: {error}") from error


def _decode(
    arguments: argparse.Namespace,
    policy: Policy,
    grammar: Grammar,
    prompt: str,
    seed: int,
    progress: Callable[[int, int], None],
) -> list[Candidate]:
    import torch

    from ..models.policy.decoding import DecodingError, generate
    from ..models.policy.vocabulary import VocabularyError

    try:
        return generate(
            policy, grammar, prompt, candidates=arguments.n, seed=seed,
            temperature=arguments.temperature, top_p=arguments.top_p, guidance=arguments.guidance, progress=progress,
        )  # fmt: skip
    except (DecodingError, VocabularyError) as error:
        raise Failure(BAD_INPUT, "policy", str(error)) from error
    except torch.cuda.OutOfMemoryError as error:
        message = f"{arguments.n} candidates do not fit into the memory of {arguments.device}; write fewer with -n"
        raise Failure(BAD_INPUT, "policy", message) from error


def _workflows(
    ensemble: RewardEnsemble | None, kappa: float, candidates: list[Candidate], catalog: Catalog, prompt: str, seed: int
) -> tuple[WrittenWorkflow, ...]:
    """Each different workflow once, the best or likeliest first."""
    from ..models.policy.decoding import ranked
    from ..workflow.api_format import to_api
    from ..workflow.script.script import render

    found: Sequence[Candidate] = ranked(candidates)
    rewards: Sequence[Reward | None] = [None] * len(found)
    if ensemble is not None:
        found, rewards = rank(ensemble, prompt, found, kappa)
    return tuple(
        WrittenWorkflow(one, render(one.choices, catalog), to_api(one.workflow, prompt=prompt, seed=seed), reward)
        for one, reward in zip(found, rewards, strict=True)
    )
