"""Other ways to learn from the same rows, measured as the linear one is: gradient boosting and small networks.

They know of no levels, so they learn from scores less the mean that the linear fit finds for each source.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from .fit import Floats, Table, fit
from .report import Predictor, linear

Embeddings = npt.NDArray[np.float32]
_FEWEST = 20
_COMPONENTS = 32


def arms(embeddings: Mapping[str, Embeddings] | None) -> dict[str, Predictor]:
    """Return what is compared, by name; with the embedding of each prompt, those that read it as well."""
    found: dict[str, Predictor] = {"linear": linear, "gradient boosting": _boosted(None), "network": _network(None)}
    if embeddings is not None:
        found["gradient boosting, prompt's embedding"] = _boosted(embeddings)
        found["network, prompt's embedding"] = _network(embeddings)
    return found


def _levelled(table: Table, weights: Floats) -> Floats:
    """Return the scores without the mean of their level that the linear fit leaves."""
    rest = table.scores - table.matrix @ fit(table, weights)
    numbers = table.levels[0]
    sums = np.bincount(numbers, weights * rest) / np.maximum(np.bincount(numbers, weights), 1e-9)
    levelled: Floats = table.scores - sums[numbers]
    return levelled


def _boosted(embeddings: Mapping[str, Embeddings] | None) -> Predictor:
    def predict(table: Table, weights: Floats) -> Floats:
        from sklearn.ensemble import HistGradientBoostingRegressor

        columns = _dense(table, False, embeddings)
        kept = weights > 0
        model = HistGradientBoostingRegressor(max_iter=100, learning_rate=0.1, max_leaf_nodes=24, random_state=0)
        model.fit(columns[kept], _levelled(table, weights)[kept], sample_weight=weights[kept])
        found: Floats = model.predict(columns)
        return found

    return predict


def _network(embeddings: Mapping[str, Embeddings] | None) -> Predictor:
    def predict(table: Table, weights: Floats) -> Floats:
        import torch

        columns = torch.from_numpy(_dense(table, True, embeddings))
        target = torch.from_numpy(_levelled(table, weights).astype(np.float32))
        share = torch.from_numpy((weights / weights.mean()).astype(np.float32)).clamp(max=30)
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(columns.shape[1], 48), torch.nn.GELU(), torch.nn.Linear(48, 1))
        optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.05)
        kept = torch.from_numpy(np.flatnonzero(weights > 0))
        for _ in range(12):
            for part in kept[torch.randperm(len(kept))].split(512):
                loss = (share[part] * (model(columns[part])[:, 0] - target[part]) ** 2).mean()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        with torch.inference_mode():
            return model(columns)[:, 0].double().numpy()

    return predict


@lru_cache(maxsize=4)
def _used(table: Table, crossed: bool) -> npt.NDArray[np.int64]:
    """Return the columns that many rows have; without crossed ones where what reads them finds crossings."""
    counts = np.asarray((table.matrix != 0).sum(0)).ravel()
    return np.array([n for n, name in enumerate(table.names) if counts[n] >= _FEWEST and (crossed or "*" not in name)])


def _dense(table: Table, crossed: bool, embeddings: Mapping[str, Embeddings] | None) -> npt.NDArray[np.float32]:
    columns: npt.NDArray[np.float32] = table.matrix[:, _used(table, crossed)].toarray().astype(np.float32)
    if not crossed:
        words = table.words()
        columns = np.hstack([columns, words])
    if embeddings is not None:
        columns = np.hstack([columns, np.array([embeddings[row.prompt] for row in table.rows])])
    return columns


def embed(prompts: list[str], folder: str) -> dict[str, Embeddings]:
    """Return the embedding of each prompt by the sentence encoder in a Hugging Face folder, the mean of its tokens."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    distinct = sorted(set(prompts), key=len)
    found: dict[str, Embeddings] = {}
    with torch.inference_mode(), warnings.catch_warnings():
        for start in range(0, len(distinct), 64):
            part = distinct[start : start + 64]
            read = tokenizer(part, padding=True, truncation=True, max_length=64, return_tensors="pt")
            states, mask = model(**read).last_hidden_state, read["attention_mask"][:, :, None]
            means = (states * mask).sum(1) / mask.sum(1)
            found.update(zip(part, torch.nn.functional.normalize(means, dim=1).numpy(), strict=True))
    return _reduced(found)


def _reduced(embeddings: dict[str, Embeddings]) -> dict[str, Embeddings]:
    """Return embeddings as their first principal components, each of about the size of other columns."""
    every = np.array(list(embeddings.values()))
    every = every - every.mean(0)
    directions = np.linalg.svd(every.T @ every)[0][:, :_COMPONENTS]
    reduced = every @ directions
    return dict(zip(embeddings, (reduced / reduced.std()).astype(np.float32), strict=True))
