"""Values with which a workflow would be accepted and then fail are not offered."""

from __future__ import annotations

from typing import Any

import pytest
from installations import SD15, installation

from nodewright.workflow.grammar.grammar import Grammar
from nodewright.workflow.script.slots import class_slots


def _offered(info: dict[str, Any], class_type: str, name: str) -> tuple[str, ...]:
    grammar = Grammar(installation(info, *SD15))
    scope, _ = grammar.scope(grammar.mains[0])
    node_class = grammar.catalog.classes[class_type]
    return scope.choices(next(spec for spec in node_class.inputs if spec.name == name))


@pytest.mark.parametrize("name", ["x", "y"])
def test_regions_begin_inside_the_picture(object_info: dict[str, Any], name: str) -> None:
    assert _offered(object_info, "ConditioningSetArea", name) == ("0",)
    shares = [float(choice) for choice in _offered(object_info, "ConditioningSetAreaPercentage", name)]
    assert 0.5 in shares
    assert max(shares) == 0.75


def test_an_equal_catalog_of_before_changes_nothing(object_info: dict[str, Any]) -> None:
    for _ in range(2):  # the second one meets what is cached of the first
        grammar = Grammar(installation(object_info, *SD15))
        scope, _ = grammar.scope(grammar.mains[0])
        slots = class_slots(grammar.catalog.classes["ImageToMask"])
        assert "alpha" not in scope.choices(next(slot.spec for slot in slots if slot.name == "channel"))


def test_pieces_of_pictures_begin_anywhere(object_info: dict[str, Any]) -> None:
    assert "64" in _offered(object_info, "ImageCrop", "x")


def test_pictures_have_no_fourth_channel(object_info: dict[str, Any]) -> None:
    assert set(_offered(object_info, "ImageToMask", "channel")) == {"red", "green", "blue"}


@pytest.mark.parametrize("name", ["alpha", "beta"])
def test_a_beta_distribution_has_quantiles(object_info: dict[str, Any], name: str) -> None:
    offered = [float(choice) for choice in _offered(object_info, "BetaSamplingScheduler", name)]
    assert 0.6 in offered
    assert min(offered) > 0
