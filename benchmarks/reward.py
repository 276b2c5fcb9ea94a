"""Seconds for the reward ensemble to score one workflow, in batches of several sizes.

    python benchmarks/reward.py --scripts pairs.jsonl [--policy FOLDER] [--reward FOLDER] [--threads N]

Without a reward model, members with random weights: they take the same time. Scripts are lines with {"choices": [...]},
as pairs have them.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch

from nodewright.models.policy.checkpoints import shipped_policy_path
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.policy import Policy
from nodewright.models.reward.ensemble import RewardEnsemble, RewardMetadata
from nodewright.models.reward.members import Members, MemberShape, Rows

PROMPT = "a red circle and two blue squares on a striped background, at night, highly detailed"
SIZES = (1, 8, 64)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--policy", type=Path, default=shipped_policy_path())
    parser.add_argument("--reward", type=Path, help="an ensemble's folder; without one, five members of random weights")
    parser.add_argument("--scripts", type=Path, required=True, help="lines with choices, as pairs have them")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    policy = load_policy(options.policy, device=options.device, tuned=False)
    ensemble = fresh(policy) if options.reward is None else RewardEnsemble.load(options.reward, policy)
    scripts = read_scripts(options.scripts, max(SIZES))
    tokens = sum(len(policy.vocabulary.encode_choice(choice)) for script in scripts for choice in script)
    context = len(policy.context(PROMPT).ids)
    print(
        f"{policy.parameters / 1e6:.1f} M parameters, {ensemble.members.count} members, {options.threads} threads, "
        f"{options.device}; {tokens / len(scripts):.0f} tokens a script after {context} of the prompt"
    )
    for size in SIZES:
        part = scripts[:size]
        quick = best(partial(ensemble.score, PROMPT, part))
        slow = best(partial(slowly, ensemble, part), 1 if size > 8 else 3)
        print(f"batch of {size:2}: {quick / size:.4f} s a workflow; as one batch of transformers {slow / size:.4f} s")


def fresh(policy: Policy) -> RewardEnsemble:
    """Return five members of random weights over a policy."""
    members = Members(policy.model, MemberShape(), 5)
    members.draw(range(5))
    return RewardEnsemble(policy, members.to(policy.device).requires_grad_(False).eval(), RewardMetadata())


def read_scripts(path: Path, most: int) -> list[tuple[str, ...]]:
    """Different ones, drawn from the whole file."""
    with path.open(encoding="utf-8") as lines:
        found = list(dict.fromkeys(tuple(json.loads(line)["choices"]) for line in lines))
    return random.Random(0).sample(found, min(most, len(found)))


def slowly(ensemble: RewardEnsemble, scripts: Sequence[Sequence[str]]) -> None:
    """Score scripts by transformers' model, without the fast one."""
    policy, members = ensemble.policy, ensemble.members
    ids = [[token for choice in script for token in policy.vocabulary.encode_choice(choice)] for script in scripts]
    with torch.inference_mode():
        reading = members.read(Rows.of([policy.context(PROMPT).ids] * len(ids), ids, policy.device))
        for member in range(members.count):
            members.score(reading, member).sum().item()


def best(work: Callable[[], object], repeats: int = 5) -> float:
    """Seconds, the least of several, after one to warm up."""
    taken = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken[1:])


if __name__ == "__main__":
    main()
