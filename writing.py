"""Write workflows for a prompt: the one entrance, which the nodes, the command line and training share.

    from pathlib import Path
    from nodewright import load_catalog, load_policy, write_workflows

    catalog = load_catalog(Path("object_info.json"))  # saved by `nodewright catalog --out object_info.json`
    policy = load_policy()  # the one that comes with Nodewright
    for written in write_workflows("a lighthouse in a storm", catalog, policy=policy, candidates=4, seed=7):
        print(written.seed, written.choice_log_probability, written.script)

`written.api` is what ComfyUI's POST /prompt takes as "prompt". torch is imported when a function is called.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .workflow.api_format import SAFE_INTEGER, to_api
from .workflow.ask.ask import Ask
from .workflow.ask.corrections import NOTHING_SET, Corrections
from .workflow.ask.policy_words import policy_words
from .workflow.ask.syntax import read_ask
from .workflow.asked import Asked, asked_of
from .workflow.finishing import finished, first_seed
from .workflow.grammar.constraints import Constraints
from .workflow.grammar.grammar import Grammar
from .workflow.picture_text import Added
from .workflow.script.script import render
from .workflow.user_prompt import checked_prompt

if TYPE_CHECKING:
    import torch

    from .models.policy.decoding import Candidate
    from .models.policy.policy import Policy
    from .models.preference.preference import Liking, Preference
    from .models.ranking import Ranked
    from .models.reward.by_family import Judge
    from .models.reward.ensemble import Reward
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
    seed: int
    """The first seed inside the workflow, from which its other seeds follow: `candidate_seed` of its first draw."""
    text: str
    """What the picture model reads of the prompt."""
    read: str = ""
    """What was read in the prompt besides what is to be seen, in one line; empty where a grammar was given."""
    notes: tuple[str, ...] = ()
    """What was asked for and is not in the workflow, a sentence each."""
    asked: Asked | None = None
    """What was read and what it means on this installation; None where a grammar was given."""
    added: tuple[Added, ...] = ()
    """The words that were added to the prompt, with the reason."""
    liking: Liking | None = None
    """How much the user is likely to like the picture, by ratings of others; None where no preference ranks."""

    @property
    def ask(self) -> Ask | None:
        """What was read, with the words that said it; None where a grammar was given."""
        return None if self.asked is None else self.asked.ask

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
    def choice_log_probability(self) -> float:
        """The mean of `log_probability` over the choices that did not follow from the grammar; it ranks candidates."""
        return self.candidate.choice_log_probability

    @property
    def tokens_sampled(self) -> int:
        """Tokens that were drawn from the policy's probabilities."""
        return self.candidate.tokens_sampled

    @property
    def tokens_forced(self) -> int:
        """Tokens that followed from the grammar."""
        return self.candidate.tokens_forced


def candidate_seed(seed: int, number: int) -> int:
    """Return the seed inside a candidate, numbered from 0: `seed` for the first, one more for each that follows.

    Candidates that differed in their choices alone would start from the same noise, and their pictures look alike.
    Beyond the largest seed, it goes on from 0.
    """
    return (seed + number) % SAFE_INTEGER


def write_workflows(
    prompt: str,
    catalog: Catalog,
    *,
    policy: Policy | Callable[[], Policy],
    constraints: Constraints | None = None,
    corrections: Corrections = NOTHING_SET,
    grammar: Grammar | None = None,
    candidates: int = 1,
    seed: int = 0,
    temperature: float = 0.5,
    top_p: float = 0.95,
    guidance: float = 1.0,
    reward: Judge | Callable[[], Judge] | None = None,
    kappa: float = 1.0,
    evidence_only: bool = False,
    preference: Preference | None = None,
    progress: Callable[[int, int], None] | None = None,
    interrupted: Callable[[], None] | None = None,
    first: Callable[[WrittenWorkflow], None] | None = None,
) -> list[WrittenWorkflow]:
    """Write workflows for a prompt, and rank those that differ.

    Parameters:
        prompt: what the picture shall show, and what else is asked for ("16:9", "use flux", "30 steps"), which is kept
            to and taken out of the text that the picture model reads.
        catalog: the installation that the workflows are to run on.
        policy: the language model, or a function that returns it. A function is called once prompt and constraints
            have been found to be usable, so that it may make room in memory.
        constraints: what every workflow must keep to. None: the defaults of `Constraints`.
        corrections: what a person has set in menus, which goes before what the prompt asks for.
        grammar: the grammar of this catalog to write under, for training and figures: then nothing is read in the
            prompt, and it takes the place of `constraints` and `corrections`.
        candidates: how many workflows to draw.
        seed: the same seed gives the same workflows. It is also the first seed inside the first candidate; each
            further candidate has the next (`candidate_seed`). Of equal candidates, the first counts. Where the prompt
            gives a seed, that one is the first inside a workflow.
        temperature: 0 takes the likeliest choice each time; a higher one makes the workflows more varied.
        top_p: draws come from the fewest likeliest choices that hold this much probability.
        guidance: 0 is the policy before tuning, 1 the tuned one, and above 1 goes further in that direction.
        reward: the ensemble that ranks the candidates, or a function that returns it, called when they are written.
            None: they are ranked by their log-probability per choice.
        kappa: how many standard deviations of the ensemble's members are taken off its mean for the ranking, and of the
            preference's heads off theirs.
        evidence_only: whether the ensemble ranks only where it has evidence (`models/ranking.py`).
        preference: what was learned from the user's ratings, which joins in the ranking (models/preference/) unless it
            has been found to be no better than chance.
        progress: called with the number of choices made and the number expected, over all candidates.
        interrupted: called between steps; what it raises passes through.
        first: called with the workflow that is finished before the others, without a reward, as soon as it is.

    Returns:
        Each different workflow once, the best first: by mean - kappa * deviation with a reward, else by
        `choice_log_probability`, so that a workflow does not lose for having more nodes; with a preference, by
        that and the preference together (`models/ranking.py`).

    Raises:
        PromptError: the prompt is empty or holds control characters.
        CorrectionError: a correction names nothing there is.
        ConstraintError: no workflow meets the constraints on this installation.
        NoModelError: no installed model can make a picture.
        GuidanceError: the guidance scale is out of range, or needs a tuned policy.
        ValueError: another argument is out of range.
        DecodingError: the policy's context is too short, or its logits are not numbers.
        VocabularyError: the policy's tokenizer cannot write every choice.
        RewardError: the ensemble cannot score a script.
    """
    from .models.policy.decoding import generate
    from .models.ranking import Ranked, rank

    prompt = checked_prompt(prompt)
    writing = _Writing.of(prompt, catalog, constraints, corrections, grammar, seed)
    ready = policy() if callable(policy) else policy
    start = time.perf_counter()

    def tell_first(number: int, candidate: Candidate) -> None:
        if first is not None:
            first(writing.written(Ranked(candidate), (number,), time.perf_counter() - start))

    drawn = generate(
        ready, writing.grammar, writing.text, candidates=candidates, seed=seed, temperature=temperature, top_p=top_p,
        guidance=guidance, progress=progress, interrupted=interrupted, first=None if first is None else tell_first,
        ask=policy_words(writing.asked.ask) if writing.asked is not None else None,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    order = rank(
        drawn, writing.text, ensemble=reward() if callable(reward) else reward, kappa=kappa,
        evidence_only=evidence_only, preference=preference, ask=writing.ask, catalog=catalog,
    )  # fmt: skip
    draws: dict[tuple[str, ...], list[int]] = {}
    for number, candidate in enumerate(drawn):
        draws.setdefault(candidate.choices, []).append(number)
    return [writing.written(one, tuple(draws[one.candidate.choices]), seconds) for one in order]


@dataclass(frozen=True)
class _Writing:
    """What is written for one prompt, and under what."""

    prompt: str
    catalog: Catalog
    grammar: Grammar
    asked: Asked | None
    """None where a grammar was given."""
    dropped: tuple[str, ...]
    """Notes on what the grammar had no room for."""
    seed: int
    """The first seed inside the first candidate."""

    @staticmethod
    def of(
        prompt: str,
        catalog: Catalog,
        constraints: Constraints | None,
        corrections: Corrections,
        grammar: Grammar | None,
        seed: int,
    ) -> _Writing:
        """Read a prompt, unless a grammar is given. Raises as `write_workflows` does."""
        if grammar is not None:
            return _Writing(prompt, catalog, grammar, None, (), seed)
        asked = asked_of(prompt, catalog, constraints or Constraints(), corrections)
        grammar, dropped = asked.grammar(catalog)
        return _Writing(prompt, catalog, grammar, asked, dropped, first_seed(asked, seed))

    @property
    def text(self) -> str:
        """What the picture model reads of the prompt."""
        return self.prompt if self.asked is None else self.asked.text

    @cached_property
    def ask(self) -> Ask:
        """What the prompt asks for."""
        return read_ask(self.prompt) if self.asked is None else self.asked.ask

    def written(self, one: Ranked, draws: tuple[int, ...], seconds: float) -> WrittenWorkflow:
        """Return a workflow with all that is asked for beside its script, and with notes on what it misses.

        Args:
            one: the workflow, and what it was ranked by.
            draws: numbers of the candidates that came out as this one.
            seconds: time that it took to decode.
        """
        candidate, asked, catalog = one.candidate, self.asked, self.catalog
        own = candidate_seed(self.seed, draws[0])
        plain = WrittenWorkflow(
            {}, render(candidate.choices, catalog), one.reward, seconds, candidate, draws, own, self.text,
            asked=asked, liking=one.liking,
        )  # fmt: skip
        if asked is None:
            return replace(plain, api=to_api(candidate.workflow, prompt=self.text, seed=own))
        whole = finished(asked, candidate.workflow, catalog, own)
        notes = tuple(dict.fromkeys((*asked.notes, *self.dropped, *whole.notes)))
        main = catalog.by_alias(candidate.choices[0])
        read = asked.line if main is None else asked.line_of(main, asked.unused_loras(candidate.workflow, catalog))
        read += "".join(f"; adds {added.words} ({added.reason})" for added in whole.text.added)
        return replace(plain, api=whole.api, text=whole.text.text, read=read, notes=notes, added=whole.text.added)


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


def load_reward(policy: Policy, folder: Path | None = None) -> Judge:
    """Load the reward ensemble in `folder`, trained over `policy`; None: those that come with Nodewright.

    Raises RewardError, naming the file, where one is missing or damaged, or of another policy.
    """
    from .models.reward.by_family import load_judge

    return load_judge(folder, policy)


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
        "evidence": None if reward.evidence is None else reward.evidence.document(),
    }
