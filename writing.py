"""Write workflows for a prompt: the one entrance, which the nodes, the command line and training share.

    from pathlib import Path
    from nodewright import load_catalog, load_policy, write_workflows

    catalog = load_catalog(Path("object_info.json"))  # saved by `nodewright catalog --out object_info.json`
    policy = load_policy()  # the one that comes with Nodewright
    for written in write_workflows("a lighthouse in a storm", catalog, policy=policy, candidates=4, seed=7):
        print(written.log_probability, written.script)

`written.api` is what ComfyUI's POST /prompt takes as "prompt". torch is imported when a function is called.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .workflow.api_format import to_api
from .workflow.grammar.constraints import Constraints
from .workflow.grammar.grammar import Grammar
from .workflow.script.script import render
from .workflow.user_prompt import checked_prompt

if TYPE_CHECKING:
    import torch

    from .models.policy.decoding import Candidate
    from .models.policy.policy import Policy
    from .models.reward.ensemble import Reward, RewardEnsemble
    from .workflow.catalog.catalog import Catalog
    from .workflow.graph import Workflow


@dataclass(frozen=True)
class WrittenWorkflow:
    """One workflow that was written for a prompt."""

    api: dict[str, Any]
    """The workflow in API format: node id -> {"class_type", "inputs"}."""
    script: str
    """The workflow as the policy wrote it, one line a node."""
    reward: Reward | None
    """The ensemble's prediction, or None where no reward was given."""
    seconds: float
    """Time to decode all candidates of the call; the same for each of its workflows."""
    candidate: Candidate
    """The choices, and how they were drawn."""
    draws: tuple[int, ...]
    """Numbers, counted from 0, of the candidates that came out as this workflow."""

    @property
    def choices(self) -> tuple[str, ...]:
        """The script as choices, in order."""
        return self.candidate.choices

    @property
    def workflow(self) -> Workflow:
        """The graph in memory."""
        return self.candidate.workflow

    @property
    def log_probability(self) -> float:
        """Natural logarithm of the whole script's probability under the grammar, at temperature 1."""
        return self.candidate.log_probability

    @property
    def tokens_sampled(self) -> int:
        """Tokens that were drawn from the policy's probabilities."""
        return self.candidate.tokens_sampled

    @property
    def tokens_forced(self) -> int:
        """Tokens that followed from the grammar."""
        return self.candidate.tokens_forced


def write_workflows(
    prompt: str,
    catalog: Catalog,
    *,
    policy: Policy | Callable[[], Policy],
    constraints: Constraints | None = None,
    grammar: Grammar | None = None,
    candidates: int = 1,
    seed: int = 0,
    temperature: float = 0.8,
    top_p: float = 0.95,
    guidance: float = 1.0,
    reward: RewardEnsemble | Callable[[], RewardEnsemble] | None = None,
    kappa: float = 1.0,
    progress: Callable[[int, int], None] | None = None,
    interrupted: Callable[[], None] | None = None,
) -> list[WrittenWorkflow]:
    """Write workflows for a prompt, and rank those that differ.

    Parameters:
        prompt: what the picture shall show; goes into the workflows as it is.
        catalog: the installation that the workflows are to run on.
        policy: the language model, or a function that returns it. A function is called once prompt and constraints
            have been found to be usable, so that it may make room in memory.
        constraints: what every workflow must keep to. None: the defaults of `Constraints`.
        grammar: the grammar of this catalog and these constraints, if the caller has built it before. It takes the
            place of `constraints`.
        candidates: how many workflows to draw.
        seed: the same seed gives the same workflows; it is also the first seed inside each workflow.
        temperature: 0 takes the likeliest choice each time; a higher one makes the workflows more varied.
        top_p: draws come from the fewest likeliest choices that hold this much probability.
        guidance: 0 is the policy before tuning, 1 the tuned one, and above 1 goes further in that direction.
        reward: the ensemble that ranks the candidates, or a function that returns it, called when they are written.
            None: they are ranked by their log-probability.
        kappa: how many standard deviations of the ensemble's members are taken off its mean for the ranking.
        progress: called with the number of choices made and the number expected, over all candidates.
        interrupted: called between steps; what it raises passes through.

    Returns:
        Each different workflow once, the best first: by mean - kappa * deviation with a reward, else by
        log-probability.

    Raises:
        PromptError: the prompt is empty or holds control characters.
        ConstraintError: no workflow meets the constraints on this installation.
        NoModelError: no installed model can make a picture.
        GuidanceError: the guidance scale is out of range, or needs a tuned policy.
        ValueError: another argument is out of range.
        DecodingError: the policy's context is too short, or its logits are not numbers.
        VocabularyError: the policy's tokenizer cannot write every choice.
        RewardError: the ensemble cannot score a script.
    """
    from .models.policy.decoding import generate, ranked
    from .models.reward.ensemble import by_reward

    prompt = checked_prompt(prompt)
    grammar = grammar or Grammar(catalog, constraints)
    ready = policy() if callable(policy) else policy
    start = time.perf_counter()
    drawn = generate(
        ready, grammar, prompt, candidates=candidates, seed=seed, temperature=temperature, top_p=top_p,
        guidance=guidance, progress=progress, interrupted=interrupted,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    differing = ranked(drawn)
    rewards: tuple[Reward, ...] = ()
    if reward is not None:
        ensemble = reward() if callable(reward) else reward
        differing, rewards = by_reward(ensemble, prompt, differing, kappa)
    draws: dict[tuple[str, ...], list[int]] = {}
    for number, candidate in enumerate(drawn):
        draws.setdefault(candidate.choices, []).append(number)
    return [
        WrittenWorkflow(
            to_api(candidate.workflow, prompt=prompt, seed=seed),
            render(candidate.choices, catalog),
            rewards[index] if rewards else None,
            seconds,
            candidate,
            tuple(draws[candidate.choices]),
        )
        for index, candidate in enumerate(differing)
    ]


def load_policy(
    source: str | Path | None = None,
    *,
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
    tuned: str | Path | bool = True,
) -> Policy:
    """Load a policy.

    Parameters:
        source: a Nodewright checkpoint folder, a Hugging Face folder or id, or a .gguf file. None: the policy that
            comes with Nodewright.
        device: where it runs, as torch names it.
        dtype: None is float32 on a CPU, and what the weights are stored as elsewhere.
        tuned: the folder of an adapter; True stands for the subfolder "tuned" of the source, if there is one, and
            False for none.

    Raises PolicyError, naming the file and what to do.
    """
    from .models.policy import loading
    from .models.policy.checkpoints import shipped_policy_path

    return loading.load_policy(source or shipped_policy_path(), device=device, dtype=dtype, tuned=tuned)


def load_reward(policy: Policy, folder: Path | None = None) -> RewardEnsemble:
    """Load the reward ensemble in `folder`, trained over `policy`; None: the one that comes with Nodewright.

    Raises RewardError, naming the file, where one is missing or damaged, or of another policy.
    """
    from .models.reward.ensemble import RewardEnsemble, shipped_reward_path

    return RewardEnsemble.load(folder or shipped_reward_path(), policy)


def reward_document(reward: Reward) -> dict[str, Any]:
    """Return a reward as JSON, with the names that the command line's documents and the routes have for its parts."""
    return {
        "mean": reward.mean,
        "deviation": reward.deviation,
        "members": reward.members,
        "unknown": reward.novel_choices,
        "far": reward.uncertain,
        "strange": reward.novel_words,
        "warning": reward.warning,
    }
