"""The columns of a linear score: features, with distances from what is documented bent so that they level off.

A picture of one step is no worse than the worst picture, so a setting's cost grows quickly at first and then no more;
two bends of each distance let training find where.
"""

from __future__ import annotations

from collections.abc import Mapping

ONE = "1"
"""The column that every script has."""
_BENDS = (0.35, 1.0)
"""Distances at which a column has half its height."""
_SUFFIXES = ("_under", "_over")
_BENT = frozenset({"denoise_of_empty", "strip", "shrunk", "second_denoise_off"})
_FIRST_YEAR = 2022.0
USUAL = "usual"
"""The name of the year that stands for a model of unknown year."""


def columns(features: Mapping[str, float], released: Mapping[str, float]) -> dict[str, float]:
    """Return the columns that are not 0.

    Args:
        features: `workflow.features.features` of a prompt and a script.
        released: the year in which models were published, by the name of the feature that stands for them.
    """
    found = {ONE: 1.0}
    for name, value in features.items():
        if name.startswith("word="):  # the same for all workflows of a prompt
            continue
        if name.endswith(_SUFFIXES) or name in _BENT:
            for bend in _BENDS:
                found[f"{name}~{bend:g}"] = value * value / (value * value + bend * bend)
        else:
            found[name] = value
    found["released"] = release_year(features, released) - _FIRST_YEAR
    return found


def release_year(features: Mapping[str, float], released: Mapping[str, float]) -> float:
    """Return when the model of these features was published, by file before family, else `USUAL`."""
    for prefix in ("file=", "family="):
        for name in features:
            if name.startswith(prefix) and "*" not in name and name in released:
                return released[name]
    return released.get(USUAL, _FIRST_YEAR)
