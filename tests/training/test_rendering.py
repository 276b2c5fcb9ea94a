from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodewright.comfyui.client import ServerFile
from nodewright.store.triplets import WaitingJob
from nodewright.training.collect.rendering import WINDOW, Plan, final_picture


@given(st.lists(st.sampled_from("abcd"), max_size=600), st.integers(1, 3))
def test_every_job_goes_out_once_and_models_change_seldom(mains: list[str], servers: int) -> None:
    plan = Plan()
    plan.add(WaitingJob(number, main, 0) for number, main in enumerate(mains))
    loaded: list[str | None] = [None] * servers
    taken: list[int] = []
    changes = 0
    for server in itertools.cycle(range(servers)):
        others = {main for index, main in enumerate(loaded) if index != server and main is not None}
        job = plan.take(loaded[server], others)
        if job is None:
            break
        changes += job.main != loaded[server]
        loaded[server] = job.main
        taken.append(job.id)
    assert sorted(taken) == list(range(len(mains)))
    windows = -(-len(mains) // WINDOW)
    assert changes <= windows * (4 + servers - 1) + servers
    for first in range(0, len(taken), WINDOW):
        assert set(taken[first : first + WINDOW]) <= set(range(first, first + WINDOW)), "none waits for ever"


def test_servers_load_different_models() -> None:
    plan = Plan()
    plan.add(WaitingJob(number, "ab"[number % 2], 0) for number in range(20))
    first = plan.take(None, set())
    assert first is not None
    second = plan.take(None, {first.main})
    assert second is not None and second.main != first.main


def test_a_job_that_comes_back_goes_to_the_end() -> None:
    plan = Plan()
    plan.add([WaitingJob(1, "a", 0), WaitingJob(2, "a", 0)])
    assert plan.take(None, ()) == WaitingJob(1, "a", 0)
    plan.add([WaitingJob(1, "a", 1)])
    assert len(plan) == 2
    assert [plan.take("a", ()), plan.take("a", ()), plan.take("a", ())] == [
        WaitingJob(2, "a", 0), WaitingJob(1, "a", 1), None,
    ]  # fmt: skip


def test_the_final_picture_is_what_was_saved_last() -> None:
    def file(node: str, name: str = "a.png", kind: str = "output") -> ServerFile:
        return ServerFile(node, name, "", kind)

    api: dict[str, dict[str, Any]] = {"2": {}, "10": {}, "1": {}}
    assert final_picture([file("1"), file("2"), file("10")], api) == file("1")
    assert final_picture([file("10", "x.png"), file("10", "y.png")], api) == file("10", "x.png")
    assert final_picture([file("1", kind="temp"), file("2")], api) == file("2")
    assert final_picture([file("2", kind="temp"), file("10", kind="temp")], api) == file("10", kind="temp")
    assert final_picture([file("1", "sound.flac"), file("2")], api) == file("2")
    with pytest.raises(ValueError, match="no picture"):
        final_picture([file("1", "sound.flac")], api)
