"""The grammars of the last requests, which are kept since most requests are like one before."""

from __future__ import annotations

from functools import lru_cache

from ..catalog.catalog import Catalog, CatalogKey, ModelFile
from .constraints import Constraints
from .grammar import Grammar


@lru_cache(maxsize=8)
def _grammar(key: CatalogKey, constraints: Constraints) -> Grammar:
    return Grammar(key.catalog, constraints)


def kept_grammar(catalog: Catalog, constraints: Constraints) -> Grammar:
    """Return the grammar of a catalog under constraints. Raises as `Grammar` does."""
    return _grammar(catalog.key, constraints)


@lru_cache(maxsize=8)
def _mains(key: CatalogKey, constraints: Constraints) -> tuple[ModelFile, ...]:
    return _grammar(key, constraints).mains


def kept_mains(catalog: Catalog, constraints: Constraints) -> tuple[ModelFile, ...]:
    """Return the main models that lead to a workflow under constraints. Raises as `Grammar` does."""
    return _mains(catalog.key, constraints)
