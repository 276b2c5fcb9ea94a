"""What an evaluation starts from: the installation, the policy, the reward ensemble, prompts and triplets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...comfyui.client import Client, ServerError
from ...files import write_json
from ...guarded_json import read_json
from ...miniature.prompts import kinds_to_choose_by
from ...models.policy.checkpoints import shipped_policy_path
from ...models.policy.folders import folder_digest
from ...models.policy.loading import load_policy
from ...models.policy.policy import Policy
from ...models.reward.by_family import Renders, load_renders
from ...store.triplets import Triplet, TripletStore
from ...workflow.catalog.cache import from_json, load_catalog, to_json
from ...workflow.catalog.catalog import Catalog
from ...workflow.grammar.grammar import Grammar
from ..collect.balanced_prompts import balanced
from ..collect.config import CollectConfig
from ..collect.rendering import read_catalog
from ..collect.sampling import MINIATURE
from ..common.pairs import LARGEST_DATA, DataError
from ..common.prompt_file import PromptRecord, read_prompt_records
from ..reward.data import fit_standardisation
from ..scorers.standardisation import Standardisation
from .config import EvaluateConfig
from .rendered import RenderFarm, TrueScore
from .written import Ranker

VALIDATION = "validation"
"""The split of the prompts that choose the baselines."""


@dataclass(frozen=True)
class Inputs:
    """What an evaluation starts from.

    Attributes:
        catalog: the installation.
        grammar: of the installation, under the constraints.
        policy: the SFT policy, with its tuned adapter if it has one.
        ensemble: the reward ensemble; None where there is none.
        digest: of the ensemble's files.
        prompts: those of the test.
        validation: those that choose the baselines.
        triplets: scored renders of the train split.
        true: how a picture's scores become one number.
        farm: what renders.
    """

    catalog: Catalog
    grammar: Grammar
    policy: Policy
    ensemble: Renders | None
    digest: str | None
    prompts: Sequence[PromptRecord]
    validation: Sequence[PromptRecord]
    triplets: Sequence[Triplet]
    true: TrueScore
    farm: RenderFarm

    @property
    def ranker(self) -> Ranker | None:
        """The ensemble as a function; None where there is none."""
        return None if self.ensemble is None else self.ensemble.score


def read_inputs(config: EvaluateConfig, message: Callable[[str], None]) -> Inputs:
    """Read and load everything that the config names.

    Args:
        config: the options.
        message: called with news.

    Raises:
        DataError, PolicyError, RewardError, StoreError, WorkflowError: for files that cannot be used.
        ServerError: where no server answers.
    """
    catalog = _catalog(config, message)
    grammar = Grammar(catalog, config.constraints)
    policy = load_policy(config.policy or shipped_policy_path(), device=config.device, tuned=config.tuned or True)
    folder = config.reward
    ensemble = None if folder is None else load_renders(folder, policy)
    prompts, validation = _prompts(config)
    triplets: list[Triplet] = []
    if config.store is not None:
        if not config.store.is_file():
            raise DataError(f"{config.store}: there is no such store")
        with TripletStore(config.store) as store:
            triplets = list(store.triplets(split="train"))
    true = true_score(ensemble, triplets, config.scorer_names)
    farm = RenderFarm(
        config.out / "renders.db",
        CollectConfig(
            servers=config.servers, scorers=config.scorers, device=config.device, in_flight=(config.in_flight,),
            timeout=config.timeout, seconds_a_job=config.seconds_a_job,
        ),
    )  # fmt: skip
    if config.retry_failed:
        with TripletStore(farm.store) as store:
            store.retry_failed()
    digest = None if folder is None else folder_digest(folder)
    return Inputs(catalog, grammar, policy, ensemble, digest, prompts, validation, triplets, true, farm)


def _catalog(config: EvaluateConfig, message: Callable[[str], None]) -> Catalog:
    """Return the installation of the saved object_info, or of the first server, or that an earlier run has kept."""
    kept = config.out / "catalog.json"
    if config.object_info is not None:
        catalog = load_catalog(config.object_info, config.models)
    elif config.servers:
        catalog = asyncio.run(_catalog_of_a_server(config.servers, config.timeout, message))
    elif kept.is_file():
        try:
            return from_json(read_json(kept, maximum_bytes=LARGEST_DATA, non_finite=True, surrogates=True))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise DataError(f"{kept}: damaged ({error!r}); name --servers or --object-info again") from error
    else:
        raise DataError("what is installed is not known: name --servers, or --object-info")
    write_json(kept, to_json(catalog))
    return catalog


async def _catalog_of_a_server(urls: Sequence[str], timeout: float, message: Callable[[str], None]) -> Catalog:
    last: ServerError | None = None
    for url in urls:
        try:
            async with Client(url, timeout) as client:
                return await read_catalog(client, message)
        except ServerError as error:
            last = error
            message(str(error))
    raise last or ServerError("no server was named")


def _prompts(config: EvaluateConfig) -> tuple[list[PromptRecord], list[PromptRecord]]:
    """Return the prompts of the test, and those that choose the baselines."""
    wanted = max(config.count, config.unique)
    if config.prompts.startswith(MINIATURE):
        named = config.prompts.removeprefix(MINIATURE)
        kinds = kinds_to_choose_by(named)
        validation = balanced(VALIDATION, config.validation * len(kinds), config.seed, kinds)
        return balanced(named, wanted, config.seed), validation
    records = read_prompt_records(Path(config.prompts))
    test = [record for record in records if record.split != VALIDATION]
    if len(test) < config.count:
        raise DataError(f"{config.prompts}: {len(test)} prompts for a test on {config.count}; give a lower --count")
    return test[:wanted], [record for record in records if record.split == VALIDATION]


def true_score(ensemble: Renders | None, triplets: Sequence[Triplet], names: Sequence[str]) -> TrueScore:
    """Return how the scores of a picture become one number.

    Of one scorer, that is its raw score. Several are weighed as the ensemble's training weighed them or, if it did not
    know all of them, by a standardisation of the triplets.

    Args:
        ensemble: the reward ensemble.
        triplets: scored renders.
        names: the scorers.

    Raises:
        DataError: where neither knows all of several scorers.
    """
    known = None
    if ensemble is not None and ensemble.metadata.standardisation:
        known = Standardisation.from_json(ensemble.metadata.standardisation)
    if len(names) == 1 or (known is not None and set(names) <= known.means.keys()):
        return TrueScore(tuple(names), known)
    rows = [{name: triplet.scores[name] for name in names if name in triplet.scores} for triplet in triplets]
    fitted = fit_standardisation(rows) if any(rows) else None
    missing = [name for name in names if fitted is None or name not in fitted.means]
    if missing:
        raise DataError(
            f"several scorers are weighed as the reward ensemble or the --store has seen them; neither knows "
            f"{', '.join(missing)}"
        )
    return TrueScore(tuple(names), fitted, predicted=False)
