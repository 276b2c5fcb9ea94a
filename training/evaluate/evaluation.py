"""An evaluation from its config to its report: arms are lined up, written, rendered and measured."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...files import write_json, write_text
from ...guarded_json import JsonError, read_json
from ...json_shapes import check
from ...miniature.scenes import kinds_of
from ...models.policy.loading import load_policy
from ...store.triplets import Job, TripletStore
from ...workflow.script.script import render as render_script
from ..collect.sampling import MINIATURE
from ..common.pairs import DataError, read_pairs
from ..common.report_table import put_between_marks
from ..common.train_state import file_digest
from .config import EvaluateConfig
from .inputs import VALIDATION, Inputs, read_inputs
from .kind_classifier import KindClassifier
from .lineup import FIXED, Amounts, Lineup, Policies, checkpoints_in, named_folders
from .measures import TUNED, Evaluation, measure
from .nearest import Nearest
from .nearest_prompts import NearestPrompts
from .page import page
from .plots import draw_plots
from .rendered import BackgroundRender, jobs_for, outcomes, render_seeds, versions
from .selection import CANDIDATES, Chosen, Promising, Rows, choose, promising, validation_jobs
from .statistics import Bootstrap
from .written import Arm, PromptScripts, write_all


def evaluate(config: EvaluateConfig, message: Callable[[str], None]) -> dict[str, Any]:
    """Write, render and measure, and leave the report in `config.out`.

    Args:
        config: the options.
        message: called with news.

    Returns:
        The figures of the report, as in report.json.

    Raises:
        DataError, PolicyError, RewardError, ScorerError, StoreError, WorkflowError, DecodingError: for files that
            cannot be used.
        ServerError: where no server is left.
    """
    (config.out / "arms").mkdir(parents=True, exist_ok=True)
    inputs = read_inputs(config, message)
    selected = _select_baselines(config, inputs, message)
    lineup = _lineup(config, inputs, selected)
    rendered = inputs.prompts[: config.count]
    seeds = [render_seeds(config.seed, "test", index, config.seeds) for index in range(len(rendered))]
    written, jobs = _write(config, inputs, lineup, seeds, message)
    message(f"{len(lineup.arms)} arms, {len(jobs)} renders, {len({job.key for job in jobs})} of them different")
    inputs.farm.render(jobs)
    with TripletStore(inputs.farm.store) as store:
        found, comfyui = outcomes(store, inputs.true), versions(store)
    evaluation = Evaluation(
        rendered, seeds, lineup.arms, written, found, inputs.true, inputs.catalog, config.kappa, config.against,
        config.sweep_count, _nearest(config, inputs), Bootstrap(config.seed),
    )  # fmt: skip
    facts = _facts(config, inputs) | {"prompts": len(rendered), "renders": len(jobs), "comfyui": comfyui}
    results = {"format": 1, "settings": _settings(config), "facts": facts}
    results |= {"selection": selected.figures, **measure(evaluation, message)}
    results["left_out"] = lineup.left_out + selected.left_out
    write_report(config.out, results)
    return results


def write_report(folder: Path, results: dict[str, Any]) -> None:
    """Write report.json, report.md and the plots."""
    write_json(folder / "report.json", results)
    draw_plots(folder, results)
    write_text(folder / "report.md", page(results))


def put_into_page(target: Path, results: dict[str, Any]) -> None:
    """Put the report between the marks of a page, and its plots into images/results beside the page.

    Raises:
        ValueError, OSError: where the page has no marks or cannot be written.
    """
    images = target.parent / "images" / "results"
    images.mkdir(parents=True, exist_ok=True)
    draw_plots(images, results)
    put_between_marks(target, page(results, "images/results/"))


# ---- the baselines that are chosen -------------------------------------------------------------------------------


@dataclass(frozen=True)
class SelectedBaselines:
    """The baselines that are chosen from triplets.

    Attributes:
        fixed: the best single workflow; None where there is none.
        kinds: the best workflow of each kind of prompt.
        classifier: which recognises a prompt's kind.
        nearest: the most similar prompts and their best workflows; None where there are no triplets.
        figures: what the report states of them.
        left_out: a line for each that could not be chosen.
    """

    fixed: Chosen | None
    kinds: dict[str, Chosen]
    classifier: KindClassifier | None
    nearest: NearestPrompts | None
    figures: dict[str, Any]
    left_out: list[str]


def _select_baselines(config: EvaluateConfig, inputs: Inputs, message: Callable[[str], None]) -> SelectedBaselines:
    """Choose the fixed workflow and one of each kind on validation prompts, which are rendered if they are not yet."""
    rows = [
        (triplet.prompt, triplet.kind, triplet.choices, score)
        for triplet in inputs.triplets
        if (score := inputs.true.of(triplet.scores)) is not None
    ]
    nearest = NearestPrompts(rows, inputs.grammar) if rows else None
    if not rows or not inputs.validation:
        why = "there are no scored triplets (--store)" if not rows else "there are no validation prompts"
        return SelectedBaselines(None, {}, None, nearest, {}, [f"{FIXED}, retrieval by kind: {why}"])
    kinds = sorted({row[1] for row in rows} & {record.kind for record in inputs.validation} - {""})
    candidates = _promising(config, inputs, rows, kinds, message)
    cases = [
        (record, render_seeds(config.seed, VALIDATION, index, 1)) for index, record in enumerate(inputs.validation)
    ]
    inputs.farm.render(
        validation_jobs(
            candidates, cases,
            lambda record, scripts, seeds: jobs_for(inputs.catalog, record, scripts, seeds, "candidate"),
        )
    )  # fmt: skip
    with TripletStore(inputs.farm.store) as store:
        fixed, by_kind = choose(candidates, cases, outcomes(store, inputs.true))
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
    chosen = ({"all prompts": fixed} if fixed is not None else {}) | by_kind
    figures = _selection_figures(config, inputs, chosen, classifier) if fixed is not None else {}
    return SelectedBaselines(fixed, by_kind, classifier, nearest, figures, left_out)


def _selection_figures(
    config: EvaluateConfig, inputs: Inputs, chosen: dict[str, Chosen], classifier: KindClassifier | None
) -> dict[str, Any]:
    """Return what the report states of the chosen baselines."""
    figures: dict[str, Any] = {
        "chosen": {
            name: {
                "script": render_script(one.script, inputs.catalog), "score": one.score, "prompts": one.prompts,
                "candidates": len(one.ranked),
            }
            for name, one in chosen.items()
        }
    }  # fmt: skip
    if classifier is not None:
        test = inputs.prompts[: config.count]
        figures["kinds_told"] = sum(
            classifier.kinds_of(record.prompt) == kinds_of(record.kind) for record in test
        ) / len(test)
    return figures


def _promising(
    config: EvaluateConfig, inputs: Inputs, rows: Rows, kinds: Sequence[str], message: Callable[[str], None]
) -> Promising:
    """Return the candidates of the baselines, kept in a file beside what they depend on."""
    path = config.out / "candidates.json"
    table = hashlib.sha256(json.dumps(rows).encode()).hexdigest()
    state: dict[str, Any] = {
        "rows": table,
        "reward": inputs.digest,
        "catalog": inputs.catalog.fingerprint,
        "count": config.candidates,
    }
    state |= {"kinds": list(kinds)}
    if path.is_file():
        try:
            content = check(read_json(path), CANDIDATES, str(path))
        except JsonError as error:
            raise DataError(f"{error}. Delete it, and the candidates are looked for again") from error
        if content["of"] == state:
            return Promising.from_json(content["candidates"])
    message(f"looking for the most promising of {len({row[2] for row in rows})} workflows")
    found = promising(rows, inputs.grammar, inputs.ranker, config.candidates, kinds, message)
    write_json(path, {"of": state, "candidates": found.to_json()})
    return found


# ---- arms --------------------------------------------------------------------------------------------------------


def _lineup(config: EvaluateConfig, inputs: Inputs, selected: SelectedBaselines) -> Lineup:
    """Return all arms. Raises DataError for folders that do not exist and names that are not there."""
    prompts = config.prompts
    if not prompts.startswith(MINIATURE):
        prompts = file_digest(Path(prompts))
    limits = json.loads(json.dumps(asdict(config.constraints), default=sorted))
    identity = {"prompts": prompts, "limits": limits, "reward": inputs.digest}
    amounts = Amounts(config.count, min(config.unique, len(inputs.prompts)), config.sweep_count, config.best_of)
    lineup = Lineup(inputs.catalog, inputs.grammar, amounts, config.seed, identity)
    lineup.baselines(selected.fixed, selected.kinds, selected.classifier, selected.nearest, inputs.ensemble is not None)
    scored = None
    if config.scored_policy is not None:
        scored = load_policy(config.scored_policy, device=config.device, tuned=False)
    tunings = named_folders(config.checkpoints, "--checkpoints")
    lineup.policies(
        Policies(
            inputs.policy, config.guidance, named_folders(config.extra, "--extra"),
            {name: checkpoints_in(path) for name, path in tunings.items()}, scored, config.buckets,
            config.temperature, config.top_p, inputs.ensemble is not None, config.as_asked,
        )
    )  # fmt: skip
    names = [arm.name for arm in lineup.arms]
    if config.against != TUNED and config.against not in names:
        raise DataError(f"--against {config.against}: there is no such arm; there are {', '.join(names)}")
    return lineup


def _write(
    config: EvaluateConfig, inputs: Inputs, lineup: Lineup, seeds: Sequence[Sequence[int]],
    message: Callable[[str], None],
) -> tuple[dict[str, list[PromptScripts]], list[Job]]:  # fmt: skip
    """Return what every author wrote, by name, and the renders of it."""
    written: dict[str, list[PromptScripts]] = {}
    jobs: list[Job] = []
    with BackgroundRender(inputs.farm) as background:
        for author in lineup.authors:
            written[author.name] = write_all(config.out / "arms", author, inputs.prompts, inputs.ranker, message)
            new: list[Job] = []
            for arm in lineup.arms:
                if arm.author.name == author.name:
                    new += _renders(config, inputs, arm, written[author.name], seeds)
            if config.while_writing:
                background.add(new)
            jobs += new
    return written, jobs


def _renders(
    config: EvaluateConfig, inputs: Inputs, arm: Arm, written: Sequence[PromptScripts], seeds: Sequence[Sequence[int]]
) -> list[Job]:
    """Return an arm's renders."""
    jobs = []
    for record, each, its in zip(inputs.prompts, written[: arm.author.rendered], seeds, strict=False):
        if (script := arm.script(each, config.kappa)) is not None:
            jobs += jobs_for(inputs.catalog, record, [script.choices], its, arm.name)
    return jobs


# ---- the report --------------------------------------------------------------------------------------------------


def _nearest(config: EvaluateConfig, inputs: Inputs) -> Nearest | None:
    """Return distances to what was trained on; None where nothing is known of it."""
    scripts = [triplet.choices for triplet in inputs.triplets]
    if config.data is not None:
        scripts += [pair.choices for pair in read_pairs(config.data)]
    return Nearest(scripts) if scripts else None


def _settings(config: EvaluateConfig) -> dict[str, Any]:
    """Return the options that make a difference to the figures, without paths."""
    kept = ("count", "unique", "sweep", "seeds", "best_of", "kappa", "guidance", "temperature", "top_p", "as_asked",
            "seed", "candidates", "validation", "against", "buckets")  # fmt: skip
    constraints = json.loads(json.dumps(asdict(config.constraints), default=sorted))
    settings = {name: getattr(config, name) for name in kept} | constraints | {"scorers": config.scorer_names}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}


def _facts(config: EvaluateConfig, inputs: Inputs) -> dict[str, Any]:
    """Return what the report states of the policy and the ensemble."""
    training = {} if inputs.ensemble is None else dict(inputs.ensemble.metadata.training)
    return {
        "seeds": config.seeds, "catalog": inputs.catalog.fingerprint, "parameters": inputs.policy.parameters,
        "policy": inputs.policy.base_sha256, "reward": inputs.digest, "triplets": training.get("triplets", 0),
        "members": 0 if inputs.ensemble is None else inputs.ensemble.member_count,
    }  # fmt: skip
