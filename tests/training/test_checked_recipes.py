"""Workflows as people wire them, on simulated installations: nothing is wrong with them, and they run elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from installation_data import NEWEST, read_object_info

from nodewright.training.corpus.installations.installed import installed
from nodewright.training.corpus.installations.inventories import draw_inventory
from nodewright.training.corpus.prompts.generator import draw_prompt
from nodewright.training.corpus.synthesis.choosing import Installation
from nodewright.training.corpus.synthesis.recipes import draw
from nodewright.training.corpus.synthesis.wanted import plainly_wanted
from nodewright.workflow.api_format import to_api
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.checking.check import check
from nodewright.workflow.checking.edits import apply_edits
from nodewright.workflow.checking.fix import fix
from nodewright.workflow.validate import validate


@pytest.fixture(scope="module")
def catalogs() -> list[Catalog]:
    random, base = Random(3), catalog_from_object_info(read_object_info(NEWEST), ())
    return [installed(base, draw_inventory(random)) for _ in range(12)]


def drawn(catalogs: list[Catalog], count: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """The number of an installation and a workflow for it. Those of the miniature are drawn to be bad, too."""
    random = Random(4)
    for number, catalog in enumerate(catalogs):
        files = Installation(catalog)
        for _ in range(count):
            workflow = draw(files, plainly_wanted(draw_prompt(random)), random)
            if workflow is not None and "miniature" not in str(workflow):
                yield number, to_api(workflow, prompt="a lighthouse at night", seed=5)


def test_nothing_is_wrong_with_what_is_wired_by_the_documented_settings(catalogs: list[Catalog]) -> None:
    found = [(api, check(api, catalogs[number])) for number, api in drawn(catalogs, 10)]
    assert len(found) > 60
    wrong = [str(one) for _, findings in found for one in findings]
    assert wrong == []


def test_a_workflow_of_one_installation_runs_on_another(catalogs: list[Catalog]) -> None:
    count = 0
    for number, api in drawn(catalogs, 6):
        elsewhere = catalogs[(number + 5) % len(catalogs)]
        proposal = fix(api, elsewhere)
        if proposal.missing:  # nothing takes a checkpoint's place where none is installed
            assert {(one.class_type, one.kind) for one in proposal.missing} == {
                ("CheckpointLoaderSimple", "missing_file")
            }
            (spec,) = elsewhere.classes["CheckpointLoaderSimple"].inputs
            assert spec.options == ()
            continue
        result = apply_edits(api, proposal.edits)
        assert validate(result, elsewhere) == []
        assert [one for one in check(result, elsewhere) if one.kind in ("does_not_fit", "settings")] == []
        count += len(proposal.substitutions) > 0
    assert count > 30
