"""What the policies are worth on real renders, against what they have to be better than, in one report.

    python -m nodewright.training.evaluate --servers URL [URL ...] --store TRIPLETS.db --reward REWARD --out DIR

Every arm writes a workflow for each test prompt; all are rendered by ComfyUI with the same seeds and scored; DIR has
report.json, report.md and the plots then. The same command goes on where it was stopped: what was written is in
DIR/arms, what was rendered in DIR/renders.db. Without servers it writes what can be written and tells of what has been
rendered. Arms: a fixed workflow and one for each kind of prompt, both chosen on validation prompts; a random one; a
recipe; score-conditioned SFT; SFT; GRPO; guidance at each scale; further adapters; each policy also as best of several
by the reward ensemble; and of them all the oracle.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...comfyui.client import Client, ServerError
from ...files import write_json, write_text
from ...miniature.scenes import KINDS
from ...models.policy.checkpoints import shipped_policy_path
from ...models.policy.decoding import DecodingError
from ...models.policy.folders import PolicyError, folder_digest
from ...models.policy.loading import load_policy
from ...models.policy.policy import Policy
from ...models.reward.ensemble import RewardEnsemble, shipped_reward_path
from ...models.reward.members import RewardError
from ...store.durable_file import StoreError
from ...store.triplets import Job, Triplet, TripletStore
from ...workflow.catalog.cache import from_json, load_catalog, to_json
from ...workflow.catalog.catalog import Catalog
from ...workflow.grammar.grammar import Grammar
from ...workflow.graph import WorkflowError
from ...workflow.script.script import render as shown
from ..collect.balanced_prompts import balanced
from ..collect.command import BAD_INPUT, INTERRUPTED, NO, OK, SERVER
from ..collect.rendering import read_catalog
from ..collect.sampling import MINIATURE
from ..common.console import report
from ..common.pairs import DataError, read_pairs
from ..common.prompt_file import PromptRecord, read_prompt_records
from ..common.report_table import put_between_marks
from ..reward.data import fit_standardisation
from ..scorers.base import ScorerError
from ..scorers.standardisation import Standardisation
from .kind_classifier import KindClassifier
from .lineup import FIXED, Amounts, Lineup, Tuned, named_folders, steps_in
from .measures import TUNED, Evaluation, measure
from .nearest import Nearest
from .options import check, constraints_of, make_parser
from .page import page
from .plots import draw_plots
from .rendered import (
    Farmed,
    Meanwhile,
    RenderingStoppedError,
    TrueScore,
    jobs_for,
    outcomes,
    render_seeds,
    versions,
)
from .selection import Chosen, Promising, Rows, choose, promising, validation_jobs
from .statistics import Bootstrap
from .written import Arm, Judge, Written, write_all

VALIDATION = "validation"


@dataclass(frozen=True)
class Parts:
    """What an evaluation begins with. triplets: those of the train split. digest: of the ensemble's files."""

    catalog: Catalog
    grammar: Grammar
    policy: Policy
    ensemble: RewardEnsemble | None
    digest: str | None
    asked: Sequence[PromptRecord]
    validation: Sequence[PromptRecord]
    triplets: Sequence[Triplet]
    true: TrueScore
    farm: Farmed

    @property
    def judge(self) -> Judge | None:
        """The ensemble as a function."""
        return None if self.ensemble is None else self.ensemble.score


def evaluate(options: argparse.Namespace, tell: Callable[[str], None]) -> dict[str, Any]:
    """Writes, renders, measures, and leaves the report in `options.out`; returns its figures.

    Raises what is wrong with files or servers, RenderingStoppedError where the collector ended early.
    """
    folder: Path = options.out
    (folder / "arms").mkdir(parents=True, exist_ok=True)
    parts = _parts(options, tell)
    lineup = _lineup(options, parts, selected := _selection(options, parts, tell))
    rendered = parts.asked[: options.count]
    seeds = [render_seeds(options.seed, "test", index, options.seeds) for index in range(len(rendered))]
    written, jobs = _written(options, parts, lineup, seeds, tell)
    tell(f"{len(lineup.arms)} arms, {len(jobs)} renders, {len({job.key for job in jobs})} of them different")
    parts.farm.render(jobs)
    evaluation = Evaluation(
        rendered, seeds, lineup.arms, written, outcomes(parts.farm.store, parts.true), parts.true, parts.catalog,
        options.kappa, options.against, _sweep(options), _nearest(options, parts), Bootstrap(options.seed),
    )  # fmt: skip
    results = {"format": 1, "settings": _settings(options), "facts": _facts(options, parts, len(rendered), len(jobs))}
    results |= {"selection": selected.told, **measure(evaluation, tell)}
    results["left_out"] = lineup.left_out + selected.left_out
    write_report(folder, results)
    return results


def _written(
    options: argparse.Namespace, parts: Parts, lineup: Lineup, seeds: Sequence[Sequence[int]],
    tell: Callable[[str], None],
) -> tuple[dict[str, list[Written]], list[Job]]:  # fmt: skip
    """What every author wrote, by name, and the renders of it."""
    written: dict[str, list[Written]] = {}
    jobs: list[Job] = []
    with Meanwhile(parts.farm) as meanwhile:
        for author in lineup.authors:
            written[author.name] = write_all(options.out / "arms", author, parts.asked, parts.judge, tell)
            mine: list[Job] = []
            for arm in lineup.arms:
                if arm.author.name == author.name:
                    mine += _renders(options, parts, arm, written[author.name], seeds)
            if options.while_writing:
                meanwhile.add(mine)
            jobs += mine
    return written, jobs


def _renders(
    options: argparse.Namespace, parts: Parts, arm: Arm, written: Sequence[Written], seeds: Sequence[Sequence[int]]
) -> list[Job]:
    """An arm's renders."""
    jobs = []
    for one, each, its in zip(parts.asked, written[: arm.author.rendered], seeds, strict=False):
        if (script := arm.script(each, options.kappa)) is not None:
            jobs += jobs_for(parts.catalog, one, [script.choices], its, arm.name)
    return jobs


def write_report(folder: Path, results: dict[str, Any]) -> None:
    """report.json, report.md and the plots."""
    write_json(folder / "report.json", results)
    draw_plots(folder, results)
    write_text(folder / "report.md", page(results))


def put_into_page(target: Path, results: dict[str, Any]) -> None:
    """The report between the marks of a page, its plots into images/results beside it. Raises ValueError, OSError."""
    images = target.parent / "images" / "results"
    images.mkdir(parents=True, exist_ok=True)
    draw_plots(images, results)
    put_between_marks(target, page(results, "images/results/"))


# ---- what it begins with -----------------------------------------------------------------------------------------


def _parts(options: argparse.Namespace, tell: Callable[[str], None]) -> Parts:
    catalog = _catalog(options, tell)
    grammar = Grammar(catalog, constraints_of(options))
    policy = load_policy(options.policy or shipped_policy_path(), device=options.device, tuned=options.tuned or True)
    shipped = shipped_reward_path() if options.policy is None and shipped_reward_path().is_dir() else None
    folder = options.reward or shipped
    ensemble = None if folder is None else RewardEnsemble.load(folder, policy)
    asked, validation = _prompts(options)
    triplets: list[Triplet] = []
    if options.store is not None:
        if not options.store.is_file():
            raise DataError(f"{options.store}: there is no such store")
        with TripletStore(options.store) as store:
            triplets = list(store.triplets(split="train"))
    scorers = tuple(options.scorer or ["miniature"])
    names = tuple(scorer.partition("=")[0] for scorer in scorers)
    true = true_score(ensemble, triplets, names)
    rest = ["--flying", str(options.flying), "--timeout", str(options.timeout), "--device", options.device]
    rest += ["--seconds-a-job", str(options.seconds_a_job)]
    farm = Farmed(options.out / "renders.db", tuple(options.servers), scorers, tuple(rest))
    if options.retry_failed:
        with TripletStore(farm.store) as store:
            store.retry_failed()
    digest = None if folder is None else folder_digest(folder)
    return Parts(catalog, grammar, policy, ensemble, digest, asked, validation, triplets, true, farm)


def _catalog(options: argparse.Namespace, tell: Callable[[str], None]) -> Catalog:
    """Of the first server that answers, or of the saved object_info, or what an earlier run has kept."""
    kept: Path = options.out / "catalog.json"
    if options.object_info is not None:
        catalog = load_catalog(options.object_info, options.models)
    elif options.servers:
        catalog = asyncio.run(_catalog_of(options.servers, options.timeout, tell))
    elif kept.is_file():
        try:
            return from_json(json.loads(kept.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise DataError(f"{kept}: damaged ({error!r}); name --servers or --object-info again") from error
    else:
        raise DataError("what is installed is not known: name --servers, or --object-info")
    write_json(kept, to_json(catalog))
    return catalog


async def _catalog_of(urls: Sequence[str], timeout: float, tell: Callable[[str], None]) -> Catalog:
    last: ServerError | None = None
    for url in urls:
        try:
            async with Client(url, timeout) as client:
                return await read_catalog(client, tell)
        except ServerError as error:
            last = error
            tell(str(error))
    raise last or ServerError("no server was named")


def _prompts(options: argparse.Namespace) -> tuple[list[PromptRecord], list[PromptRecord]]:
    """Those of the test, and those to choose baselines on."""
    wanted = max(options.count, options.unique)
    if options.prompts.startswith(MINIATURE):
        split = options.prompts.removeprefix(MINIATURE)
        validation = balanced(VALIDATION, options.validation * len(KINDS), options.seed) if options.validation else []
        return balanced(split, wanted, options.seed), validation
    everything = read_prompt_records(Path(options.prompts))
    asked = [one for one in everything if one.split != VALIDATION]
    if len(asked) < options.count:
        raise DataError(f"{options.prompts}: {len(asked)} prompts for a test on {options.count}; give a lower --count")
    return asked[:wanted], [one for one in everything if one.split == VALIDATION]


def true_score(ensemble: RewardEnsemble | None, triplets: Sequence[Triplet], names: Sequence[str]) -> TrueScore:
    """One scorer's raw score; of several as the ensemble's training weighed them, or if that did not know them all, as
    the triplets do. Raises DataError where neither knows them."""
    known = None
    if ensemble is not None and ensemble.knowledge.standardisation:
        known = Standardisation.from_json(ensemble.knowledge.standardisation)
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


def _nearest(options: argparse.Namespace, parts: Parts) -> Nearest | None:
    scripts = [triplet.choices for triplet in parts.triplets]
    if options.data is not None:
        scripts += [pair.choices for pair in read_pairs(options.data)]
    return Nearest(scripts) if scripts else None


# ---- arms --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Selected:
    """The chosen baselines, what the report says of them, and what could not be chosen."""

    fixed: Chosen | None
    kinds: dict[str, Chosen]
    classifier: KindClassifier | None
    told: dict[str, Any]
    left_out: list[str]


def _selection(options: argparse.Namespace, parts: Parts, tell: Callable[[str], None]) -> Selected:
    """Chooses the fixed workflow and one of each kind: rendered on validation prompts, if that is not done yet."""
    rows = [
        (triplet.prompt, triplet.kind, triplet.choices, score)
        for triplet in parts.triplets
        if (score := parts.true.of(triplet.scores)) is not None
    ]
    if not rows or not parts.validation:
        why = "there are no scored triplets (--store)" if not rows else "there are no validation prompts"
        return Selected(None, {}, None, {}, [f"{FIXED}, retrieval by kind: {why}"])
    kinds = sorted({row[1] for row in rows} & {one.kind for one in parts.validation} - {""})
    candidates = _promising(options, parts, rows, kinds, tell)
    cases = [(one, render_seeds(options.seed, VALIDATION, index, 1)) for index, one in enumerate(parts.validation)]
    parts.farm.render(
        validation_jobs(
            candidates, cases, lambda asked, scripts, seeds: jobs_for(parts.catalog, asked, scripts, seeds, "candidate")
        )
    )
    fixed, by_kind = choose(candidates, cases, outcomes(parts.farm.store, parts.true))
    left_out = []
    if fixed is None:
        left_out.append(f"{FIXED}: its candidates have not been rendered on the validation prompts yet")
    if len(kinds) < 2 or len(by_kind) < len(kinds):
        by_kind = {}
        left_out.append(
            "retrieval by kind: the prompts are of one kind only" if len(kinds) < 2 else
            "retrieval by kind: its candidates have not been rendered on the validation prompts yet"
        )  # fmt: skip
    classifier = KindClassifier({(row[0], row[1]) for row in rows if row[1] in kinds}) if by_kind else None
    chosen = {"all prompts": fixed} if fixed is not None else {}
    told: dict[str, Any] = {
        "chosen": {
            name: {
                "script": shown(one.script, parts.catalog), "score": one.score, "prompts": one.prompts,
                "candidates": len(one.ranked),
            }
            for name, one in (chosen | by_kind).items()
        }
    }  # fmt: skip
    if classifier is not None:
        test = parts.asked[: options.count]
        told["kinds_told"] = sum(classifier.kind_of(one.prompt) == one.kind for one in test) / len(test)
    return Selected(fixed, by_kind, classifier, told if chosen else {}, left_out)


def _promising(
    options: argparse.Namespace, parts: Parts, rows: Rows, kinds: Sequence[str], tell: Callable[[str], None]
) -> Promising:
    """The candidates, kept beside what they follow from."""
    path: Path = options.out / "candidates.json"
    table = hashlib.sha256(json.dumps(rows).encode()).hexdigest()
    state = {"rows": table, "reward": parts.digest, "catalog": parts.catalog.fingerprint, "count": options.candidates}
    state |= {"kinds": list(kinds)}
    if path.is_file():
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.get("of") == state:
            return Promising.from_json(content["candidates"])
    tell(f"looking for the most promising of {len({row[2] for row in rows})} workflows")
    found = promising(rows, parts.grammar, parts.judge, options.candidates, kinds, tell)
    write_json(path, {"of": state, "candidates": found.to_json()})
    return found


def _lineup(options: argparse.Namespace, parts: Parts, selected: Selected) -> Lineup:
    identity = {
        "prompts": options.prompts if options.prompts.startswith(MINIATURE) else _text_digest(Path(options.prompts)),
        "limits": json.loads(json.dumps(asdict(constraints_of(options)), default=sorted)),
        "reward": parts.digest,
    }
    amounts = Amounts(options.count, min(options.unique, len(parts.asked)), _sweep(options), options.best_of)
    lineup = Lineup(parts.catalog, parts.grammar, amounts, options.seed, identity)
    lineup.baselines(selected.fixed, selected.kinds, selected.classifier, parts.ensemble is not None)
    scored = None
    if options.scored_policy is not None:
        scored = load_policy(options.scored_policy, device=options.device, tuned=False)
    along = {name: steps_in(path) for name, path in named_folders(options.along, "--along").items()}
    extra = named_folders(options.extra, "--extra")
    lineup.policies(
        Tuned(
            parts.policy, tuple(options.guidance), extra, along, scored, options.buckets, options.temperature,
            options.top_p, parts.ensemble is not None,
        )
    )  # fmt: skip
    names = [arm.name for arm in lineup.arms]
    if options.against != TUNED and options.against not in names:
        raise DataError(f"--against {options.against}: there is no such arm; there are {', '.join(names)}")
    return lineup


def _sweep(options: argparse.Namespace) -> int:
    return min(options.count, options.sweep or options.count)


def _text_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---- the command -------------------------------------------------------------------------------------------------


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """What makes a difference to the figures; no paths."""
    kept = ("count", "unique", "sweep", "seeds", "best_of", "kappa", "guidance", "temperature", "top_p", "seed",
            "candidates", "validation", "against", "buckets", "max_nodes", "max_megapixels", "families", "required",
            "forbidden", "ends_in")  # fmt: skip
    scorers = [scorer.partition("=")[0] for scorer in options.scorer or ["miniature"]]
    return {name: getattr(options, name) for name in kept} | {"scorers": scorers}


def _facts(options: argparse.Namespace, parts: Parts, prompts: int, renders: int) -> dict[str, Any]:
    training = {} if parts.ensemble is None else dict(parts.ensemble.knowledge.training)
    return {
        "prompts": prompts, "seeds": options.seeds, "renders": renders, "comfyui": versions(parts.farm.store),
        "catalog": parts.catalog.fingerprint, "parameters": parts.policy.parameters,
        "policy": parts.policy.base_sha256, "reward": parts.digest, "triplets": training.get("triplets", 0),
        "members": 0 if parts.ensemble is None else parts.ensemble.members.count,
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. 0: the report is complete; 1: some arms have renders that are missing; 2: arguments or files
    that cannot be used; 3: no server is left; 130: stopped."""
    parser = make_parser(__doc__ or "")
    options = parser.parse_args(arguments)
    check(parser, options)

    def tell(message: str) -> None:
        report(message, sys.stderr)

    try:
        results = evaluate(options, tell)
        if options.page is not None:
            put_into_page(options.page, results)
    except (DataError, PolicyError, RewardError, StoreError, WorkflowError, ScorerError, DecodingError) as error:
        tell(f"evaluate: {error}")
        return BAD_INPUT
    except (OSError, ValueError) as error:
        tell(f"evaluate: {error}")
        return BAD_INPUT
    except ServerError as error:
        tell(f"evaluate: {error}")
        return SERVER
    except RenderingStoppedError as stopped:
        return stopped.status
    except KeyboardInterrupt:
        tell("stopped; the same command goes on from here")
        return INTERRUPTED
    report(page(results))
    return NO if results["missing"] else OK
