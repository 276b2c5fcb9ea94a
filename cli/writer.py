"""Write workflows with the catalog, constraints, policy and reward that the options name."""

from __future__ import annotations

import argparse
import contextlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..workflow.api_format import MAXIMUM_SEED
from ..workflow.ask.ask import Ask
from ..workflow.ask.corrections import CorrectionError, Corrections, corrected, read_corrections
from ..workflow.grammar.constraints import Constraints, read_constraints
from .catalogs import CatalogRead, read_catalog
from .loading import load_policy, load_reward
from .progress import open_display
from .reporting import BAD_INPUT, BUG, NO, Failure
from .written import Written

if TYPE_CHECKING:
    from ..models.policy.policy import Policy
    from ..models.reward.by_family import Judge
    from ..workflow.catalog.catalog import Catalog


@dataclass(frozen=True)
class Writer:
    """All that is loaded once for a command, however many prompts it has."""

    arguments: argparse.Namespace
    """The command's options."""
    read: CatalogRead
    """The installation."""
    constraints: Constraints
    """What every workflow must keep to."""
    corrections: Corrections
    """What goes before a prompt's own words."""
    policy: Policy
    """The language model."""
    reward: Judge | None
    """The ensemble that ranks candidates, or None."""
    seconds: float
    """Time to load policy and reward, with importing torch."""

    @staticmethod
    def open(arguments: argparse.Namespace) -> Writer:
        """Load everything, what is quick to refuse first. Raises Failure."""
        read = read_catalog(arguments)
        constraints = read_constraints(vars(arguments))
        _check_constraints(read.catalog, constraints)
        corrections = read_corrections(vars(arguments))
        _check_corrections(read.catalog, corrections)
        start = time.perf_counter()
        policy = load_policy(arguments, tuned=arguments.tuned or True)
        _check_guidance(arguments, policy)
        reward = load_reward(arguments, policy) if arguments.reward is not None else None
        return Writer(arguments, read, constraints, corrections, policy, reward, time.perf_counter() - start)

    def write(self, prompt: str, label: str = "") -> Written:
        """Write the workflows for a checked prompt; progress is shown under `label`. Raises Failure."""
        from ..writing import write_workflows

        arguments = self.arguments
        seed = secrets.randbelow(MAXIMUM_SEED + 1) if arguments.seed is None else arguments.seed
        one = arguments.candidates == 1
        label = label or ("Writing the workflow" if one else f"Writing {arguments.candidates} workflows")
        with open_display() as display, _failures(arguments):
            workflows = write_workflows(
                prompt, self.read.catalog, policy=self.policy, constraints=self.constraints,
                corrections=self.corrections, candidates=arguments.candidates, seed=seed,
                temperature=arguments.temperature, top_p=arguments.top_p, guidance=arguments.guidance,
                reward=self.reward, kappa=arguments.kappa, progress=lambda *made: display.show(label, *made),
            )  # fmt: skip
        seconds = {"catalog": self.read.seconds, "policy": self.seconds, "writing": workflows[0].seconds}
        return Written(prompt, seed, tuple(workflows), self.read.catalog.fingerprint, seconds)


def _check_constraints(catalog: Catalog, constraints: Constraints) -> None:
    """Raise Failure where no workflow meets the constraints, before anything is loaded."""
    from ..workflow.grammar.grammar import ConstraintError, NoModelError
    from ..workflow.grammar.kept import kept_grammar

    try:
        kept_grammar(catalog, constraints)
    except NoModelError as error:
        raise Failure(NO, "no_model", str(error)) from error
    except ConstraintError as error:
        raise Failure(NO, "constraints", str(error)) from error


def _check_corrections(catalog: Catalog, corrections: Corrections) -> None:
    """Raise Failure where one names nothing there is, before anything is loaded."""
    try:
        corrected(Ask("", ""), corrections, catalog)
    except CorrectionError as error:
        raise Failure(BAD_INPUT, "usage", f"--{error}") from error


def _check_guidance(arguments: argparse.Namespace, policy: Policy) -> None:
    """Raise Failure before anything is written, since the scale is the same for every prompt."""
    from ..models.policy.guidance import guidance_of

    with _failures(arguments):
        guidance_of(policy, arguments.guidance)


@contextlib.contextmanager
def _failures(arguments: argparse.Namespace) -> Iterator[None]:
    """Raise what keeps a policy from writing, or a reward from scoring, as Failure."""
    import torch

    from ..models.policy.checkpoints import shipped_policy_path
    from ..models.policy.decoding import DecodingError
    from ..models.policy.guidance import GuidanceError
    from ..models.policy.vocabulary import VocabularyError
    from ..models.reward.members import RewardError
    from ..workflow.grammar.grammar import DeadEndError

    try:
        yield
    except DeadEndError as error:
        raise Failure(BUG, "bug", str(error)) from error
    except GuidanceError as error:
        raise Failure(BAD_INPUT, "policy", f"{arguments.policy or shipped_policy_path()}: {error}") from error
    except (DecodingError, VocabularyError) as error:
        raise Failure(BAD_INPUT, "policy", str(error)) from error
    except RewardError as error:
        raise Failure(BAD_INPUT, "reward", str(error)) from error
    except torch.cuda.OutOfMemoryError as error:
        message = f"{arguments.candidates} candidates do not fit into the memory of {arguments.device}"
        raise Failure(BAD_INPUT, "policy", f"{message}; write fewer with --candidates") from error
