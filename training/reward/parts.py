"""Members that read the parts of prompts and scripts as numbers: linear models, and trees that read what these say.

Trees on histograms (Ke et al. 2017, "LightGBM", as scikit-learn has them) find by themselves which numbers matter for
which words and files, and say the same of everything that lies beyond what they have seen. They read the value of a
ridge regression, in training from a fit that has not seen the prompt (Wolpert 1992, "Stacked generalization"), and how
likely each kind of prompt is by its words. The regression has the same parts, rare words as well, and the products of
kinds and the script's parts. Each member has a bootstrap sample of the prompts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from ...files import write_json, write_text
from ...models.policy.folders import check_replaceable
from ...models.reward.ensemble import RewardMetadata
from ...models.reward.parts_ensemble import (
    PARTS_FOLDER,
    Line,
    PartsEnsemble,
    PartsMember,
    kind_products,
    parts_matrix,
    parts_of,
    with_kinds,
)
from ...models.reward.trees import Forest
from ...workflow.features.parts import WORD
from ..common.errors import check_installed
from ..common.pairs import DataError
from ..common.seed_noise import seed_variance
from ..common.train_state import make_log_folder
from .baselines import LinearBaseline, linear_models
from .config import RewardConfig
from .data import SETS, Example, bootstrap, choose_held
from .report import calibration, ceiling, data_facts, page, quality, seconds_per_script
from .start import Scored, metadata, read_triplets, renders, settings

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.float32]
_LEAST = 6
"""Examples that must have a part for it to have a column."""
TREES, LEAVES, RATE, SMALLEST_LEAF, COLUMNS_A_SPLIT, TREES_PENALTY = 500, 16, 0.03, 40, 0.2, 5.0
PENALTY = 100.0
"""The penalty on squared weights of the linear models."""
FOLDS = 5
KINDS_PENALTY = 0.1
"""The penalty on squared weights of what tells the kinds."""
_FREQUENT = 0.02
"""The share of examples that must have a word for trees to read it; rare ones are the regression's matter."""


def columns_of(examples: Sequence[Example]) -> dict[str, int]:
    """Return the columns of the parts that enough examples have."""
    counts = Counter(name for example in examples for name in parts_of(example.prompt, example.choices))
    names = sorted(name for name, count in counts.items() if count >= _LEAST)
    return {name: column for column, name in enumerate(names)}


def fit_kinds(examples: Sequence[Example], columns: dict[str, int]) -> tuple[tuple[str, ...], Line]:
    """Return the kinds that examples name, and what tells them from the words of a prompt.

    A kind such as "count+style" is of both. Kinds that all prompts have, or none but a few, are none.
    """
    from sklearn.linear_model import LogisticRegression

    prompts = {example.prompt: frozenset(example.kind.split("+")) - {""} for example in examples}
    counts = Counter(kind for kinds in prompts.values() for kind in kinds)
    names = tuple(sorted(kind for kind, count in counts.items() if _LEAST <= count <= len(prompts) - _LEAST))
    weights, bias = np.zeros((len(names), len(columns)), np.float32), np.zeros(len(names), np.float32)
    words = np.array([column for name, column in columns.items() if name.startswith(WORD)], int)
    if not names or not words.size:
        return (), Line(weights[:0], bias[:0])
    rows = parts_matrix([(prompt, ()) for prompt in prompts], columns)[:, words]
    for place, name in enumerate(names):
        model = LogisticRegression(C=1 / KINDS_PENALTY, max_iter=500)
        model.fit(rows, [name in kinds for kinds in prompts.values()])
        weights[place, words], bias[place] = model.coef_[0], model.intercept_[0]
    return names, Line(weights, bias)


def fit_member(
    rows: Rows, products: Rows, read: npt.NDArray[np.int32], targets: Floats, weights: Rows,
    folds: npt.NDArray[np.int64], seed: int,
) -> PartsMember:  # fmt: skip
    """Return a member that is fitted to targets.

    Args:
        rows: parts and kinds, (examples, columns).
        products: of kinds and the script's parts, (examples, products).
        read: the columns of `rows` that trees read.
        targets: (examples,).
        weights: how much each example counts, (examples,).
        folds: the part of the examples that each is in when the linear value that trees read is fitted, (examples,).
        seed: of the columns that each split is chosen from.
    """
    kept = weights > 0
    targets, weights, folds = targets[kept], weights[kept], folds[kept]
    whole = np.concatenate([rows[kept], products[kept]], axis=1)
    unseen = np.zeros(len(targets), np.float32)
    for fold in set(folds.tolist()):
        inside = folds == fold
        if inside.all():
            continue
        unseen[inside] = _line(whole[~inside], targets[~inside], weights[~inside]).of(whole[inside])[:, 0]
    trees = boosted(np.concatenate([whole[:, read], unseen[:, None]], axis=1), targets, weights, seed)
    places = np.append(read, np.int32(rows.shape[1]))
    return PartsMember(_line(whole, targets, weights), replace(trees, columns=places[trees.columns]))


def _line(rows: Rows, targets: Floats, weights: Rows) -> Line:
    from sklearn.linear_model import Ridge

    model: Any = Ridge(alpha=PENALTY, solver="cholesky").fit(rows, targets, sample_weight=weights)
    return Line(model.coef_[None].astype(np.float32), np.array([model.intercept_], np.float32))


def boosted(rows: Rows, targets: Floats, weights: Rows, seed: int) -> Forest:
    """Return trees that are fitted to targets.

    Args:
        rows: the parts, (examples, columns).
        targets: (examples,).
        weights: how much each example counts, (examples,).
        seed: of the columns that each split is chosen from.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(
        max_iter=TREES, learning_rate=RATE, max_leaf_nodes=LEAVES, min_samples_leaf=SMALLEST_LEAF,
        max_features=COLUMNS_A_SPLIT, l2_regularization=TREES_PENALTY, early_stopping=False, random_state=seed,
    )  # fmt: skip
    return forest_of(model.fit(rows, targets, sample_weight=weights))


def forest_of(model: Any) -> Forest:
    """Return the trees of a fitted HistGradientBoostingRegressor, and its first guess as a tree of one leaf."""
    every = [tree.nodes for (tree,) in model._predictors]
    starts = np.cumsum([1, *(len(nodes) for nodes in every)])
    roots = [0, *starts[:-1]]
    columns, thresholds, children, values = [[0]], [[0.0]], [[[0, 0]]], [[float(model._baseline_prediction.item())]]
    for start, nodes in zip(starts, every, strict=False):
        own = np.arange(len(nodes))
        leaf = nodes["is_leaf"].astype(bool)
        pairs = np.stack([np.where(leaf, own, nodes["left"]), np.where(leaf, own, nodes["right"])], 1) + start
        columns.append(np.where(leaf, 0, nodes["feature_idx"]).tolist())
        thresholds.append(np.where(leaf, 0.0, np.minimum(nodes["num_threshold"], np.finfo(np.float32).max)).tolist())
        children.append(pairs.tolist())
        values.append(np.where(leaf, nodes["value"], 0.0).tolist())
    return Forest(
        np.array(roots, np.int32), np.concatenate(columns).astype(np.int32),
        np.concatenate(thresholds).astype(np.float32), np.concatenate(children).astype(np.int32),
        np.concatenate(values).astype(np.float32),
    )  # fmt: skip


def _frequent(rows: Rows, names: Sequence[str]) -> npt.NDArray[np.int32]:
    """Return the columns of parts and kinds that trees read: all but rare words."""
    words = np.array([name.startswith(WORD) for name in names] + [False] * (rows.shape[1] - len(names)))
    return np.flatnonzero(~words | ((rows != 0).mean(0) >= _FREQUENT)).astype(np.int32)


def fit_parts(config: RewardConfig, scored: Scored, chosen: Sequence[int]) -> PartsEnsemble:
    """Return an ensemble that is trained on the chosen examples; what its scores rest on is not noted yet."""
    examples = [scored.examples[index] for index in chosen]
    columns = columns_of(examples)
    if not columns:
        raise DataError(f"with {len(examples)} triplets there is no part that {_LEAST} of them have")
    kinds, told_by = fit_kinds(examples, columns)
    names = tuple(columns)
    rows = with_kinds(parts_matrix([(each.prompt, each.choices) for each in examples], columns), told_by)
    products = kind_products(rows, names)
    read = _frequent(rows, names)
    targets = (np.array([example.score for example in examples]) - scored.offset) / scored.scale
    numbers = {prompt: number for number, prompt in enumerate(dict.fromkeys(each.prompt for each in examples))}
    weights = bootstrap([numbers[example.prompt] for example in examples], config.members, config.seed)
    weights = weights * renders([len(example.scores) for example in examples])
    folds = np.array([crc32(example.prompt.encode("utf-8", "replace")) % FOLDS for example in examples])
    members = tuple(
        fit_member(rows, products, read, targets, weights[member], folds, 1000 * config.seed + member)
        for member in range(config.members)
    )
    return PartsEnsemble(names, kinds, told_by, members, RewardMetadata(scored.offset, scored.scale))


def train_parts(config: RewardConfig, report: Callable[[str], None]) -> PartsEnsemble:
    """Train an ensemble over parts, write it to `config.out`, and return it.

    Raises DataError, TrainingError, CheckpointError, StoreError.
    """
    check_installed("sklearn", "scipy")
    check_replaceable(config.out, PARTS_FOLDER)
    scored = Scored.of(read_triplets(config.store), config.store)
    make_log_folder(config.log)
    report(f"{len(scored.examples)} pairs of prompt and workflow")
    results = _measured(config, scored, report) if config.report else None
    fitted = fit_parts(config, scored, range(len(scored.examples)))
    ensemble = replace(fitted, metadata=metadata(config, scored, results, RewardMetadata()))
    ensemble.save(config.out)
    report(f"wrote {config.out}")
    return ensemble


def _measured(config: RewardConfig, scored: Scored, report: Callable[[str], None]) -> dict[str, Any]:
    """Train on a part, measure on the rest beside linear models, and write the report."""
    held = choose_held(scored.examples, config.hold_out, config.hold_out_workflows)
    sets: dict[str, list[Example]] = {name: [] for name in SETS}
    trained: list[int] = []
    for index, example in enumerate(scored.examples):
        name = held.set_of(example)
        if name is None:
            trained.append(index)
        else:
            sets[name].append(example)
    if len(trained) < 2:
        raise DataError("with so few triplets nothing can be held out to measure on. Train with --no-report")
    sets = {name: examples for name, examples in sets.items() if examples}
    ensemble = fit_parts(config, scored, trained)
    found = {name: predicted(ensemble, examples) for name, examples in sets.items()}
    models = {"ensemble": {name: quality(found[name].mean(0), examples) for name, examples in sets.items()}}
    models["a single member"] = {name: quality(found[name][0], examples) for name, examples in sets.items()}
    if config.baselines:
        seen = [scored.examples[index] for index in trained]
        for name, features, crosses in linear_models(crosses=True):
            linear = LinearBaseline.fit(seen, features, crosses)
            models[name] = {key: quality(linear.predict(examples), examples) for key, examples in sets.items()}
    variance, _ = seed_variance(example.scores for example in scored.examples)
    results = {
        "data": data_facts(scored.examples),
        "trained": len(trained),
        "held out": {
            "examples": {name: len(examples) for name, examples in sets.items()},
            "topologies": len(held.topologies),
            "files": sorted(held.files),
        },
        "ceilings": {name: ceiling(examples, variance) for name, examples in sets.items()},
        "models": models,
        "calibration": {name: calibration(found[name], examples) for name, examples in sets.items()},
        "seconds": {
            "scoring": seconds_per_script(ensemble, scored.examples),
            "rendering": scored.facts["seconds of rendering"],
        },
        "settings": settings(config),
    }
    write_text(config.log / "report.md", page(results))
    write_json(config.log / "report.json", results, indent=1)
    report(page(results))
    return results


def predicted(ensemble: PartsEnsemble, examples: Sequence[Example]) -> Floats:
    """Return each member's scores of examples, (members, examples)."""
    scores = ensemble.members_scores([(example.prompt, example.choices) for example in examples])
    return ensemble.metadata.offset + ensemble.metadata.scale * scores
