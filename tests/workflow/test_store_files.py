"""Stores that are reached in other ways, and files that are no stores or damaged ones."""

from __future__ import annotations

import json
import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_triplets import DONE_BY, job, png, render

from nodewright.store.triplets import StoreError, TripletStore


def filled(path: Path, jobs: int = 3) -> Path:
    """A store with rendered, scored jobs and a waiting one."""
    with TripletStore(path) as store:
        store.add_jobs([job(number) for number in range(jobs + 1)])
        for number in range(jobs):
            done = render(store, number)
            store.record_scores("looks", {done: 0.5})
        store.add_catalog("c0ffee", ["sd15/a"])
    return path


def read_everything(path: Path) -> None:
    """Does with a store all that reads it."""
    with TripletStore(path) as store:
        for waiting in store.pending():
            store.job(waiting.id)
        for triplet in store.triplets():
            store.job(triplet.id)
        store.unscored("other")
        store.catalogs()
        store.counts()
        store.states()
        store.failures()
        store.scorers()
        store.judged_by(["looks"])
        store.ratings()
        store.drawn("x")


# ---- other names -------------------------------------------------------------------------------------------------


def test_a_store_behind_a_link_is_the_same_store(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "other").mkdir()
    path, link = tmp_path / "real" / "s.db", tmp_path / "other" / "t.db"
    link.symlink_to(path)
    with TripletStore(link) as store:
        store.add_jobs([job(1)])
        render(store)
        (waiting,) = [path for path in store.images.rglob("*.png")]
    assert waiting.is_relative_to(tmp_path / "real" / "s_images")
    assert [each.name for each in (tmp_path / "other").iterdir()] == ["t.db"]
    with TripletStore(path) as store, store.claim(), TripletStore(link) as same:
        claim = same.claim()
        with pytest.raises(StoreError, match="another process"):
            claim.__enter__()


def test_a_store_with_two_names_is_refused(tmp_path: Path) -> None:
    filled(tmp_path / "s.db")
    os.link(tmp_path / "s.db", tmp_path / "t.db")
    for name in ("s.db", "t.db"):
        with pytest.raises(StoreError, match=f"{name}: the file has a second name"):
            TripletStore(tmp_path / name)


def test_links_in_a_circle_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.db").symlink_to(tmp_path / "b.db")
    (tmp_path / "b.db").symlink_to(tmp_path / "a.db")
    with pytest.raises(StoreError, match=r"a\.db"):
        TripletStore(tmp_path / "a.db")


@pytest.mark.parametrize("name", ["", "/", "a\0b", "a" * 300, "file/s.db"])
def test_what_can_be_no_file_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be opened"):
        TripletStore(name if name == "/" else f"{tmp_path}/{name}")


# ---- the claim ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [lambda path: path.write_bytes(b"no database" * 20), lambda path: path.mkdir()])
def test_a_claim_that_is_none_is_named_and_left_alone(tmp_path: Path, make: Callable[[Path], Any]) -> None:
    path = filled(tmp_path / "s.db")
    claim = tmp_path / "s.db.claim"
    make(claim)
    store = TripletStore(path)
    with pytest.raises(StoreError, match=r"s\.db\.claim: this is no claim.*Delete it"), store, store.claim():
        pass
    assert claim.exists()


# ---- what is in the file -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE jobs SET choices = '" + "[" * 2000 + "]" * 2000 + "'",
        "UPDATE jobs SET choices = '[1]'",
        "UPDATE jobs SET api = 'no json'",
        "UPDATE jobs SET api = '[]'",
        'UPDATE jobs SET api = \'{"a": ' + "9" * 5000 + "}'",
        "UPDATE jobs SET seed = 'x'",
        "UPDATE jobs SET prompt = x'ff00'",
        "UPDATE jobs SET meaning = '3'",
        "UPDATE jobs SET main = x'ff00'",
        "UPDATE jobs SET tries = 'x'",
        "UPDATE results SET image = '../../../elsewhere'",
        "UPDATE results SET seconds = 'x'",
        "UPDATE scores SET score = 'x'",
        "UPDATE catalogs SET files = '{}'",
        "INSERT INTO settings VALUES ('keep_images', '[[]]')",
        "INSERT INTO drawings VALUES ('x', 'y')",
        "DROP TABLE scores",
        "ALTER TABLE jobs RENAME COLUMN kind TO sort",
    ],
)
def test_values_that_no_store_holds_are_named(tmp_path: Path, change: str) -> None:
    path = filled(tmp_path / "s.db")
    with sqlite3.connect(path) as connection:
        connection.execute(change)
    connection.close()
    with pytest.raises(StoreError, match=r"s\.db: "):
        read_everything(path)


def test_a_picture_outside_the_stores_folder_is_not_deleted(tmp_path: Path) -> None:
    path = filled(tmp_path / "s.db", jobs=1)
    victim = tmp_path / "elsewhere.png"
    victim.write_bytes(png(1))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE results SET image = '../elsewhere'")
    connection.close()
    with TripletStore(path) as store, pytest.raises(StoreError, match="no digest of a picture"):
        store.drop_images([1])
    assert victim.exists()


@pytest.mark.parametrize("seed", range(4))
def test_damaged_pages_end_in_an_error_or_in_what_is_still_whole(tmp_path: Path, seed: int) -> None:
    whole = filled(tmp_path / "s.db").read_bytes()
    draw = random.Random(seed)
    for number in range(10):
        data = bytearray(whole)
        for _ in range(draw.choice((1, 20, 500))):
            data[draw.randrange(len(data))] = draw.randrange(256)
        path = tmp_path / f"{number}.db"
        path.write_bytes(data[: draw.choice((len(data), len(data), 5000, 99))])
        try:
            read_everything(path)
        except StoreError as error:
            assert f"{number}.db: " in str(error)


def test_values_that_sqlite_cannot_hold_are_named(tmp_path: Path) -> None:
    with TripletStore(tmp_path / "s.db") as store:
        with pytest.raises(StoreError, match=r"s\.db: "):
            store.add_jobs([job(1, prompt="half a pair \ud800")])
        assert json.dumps(store.states()) == '{"waiting": 0, "done": 0, "failed": 0}'
        store.add_jobs([job(1)])
        with pytest.raises(StoreError, match=r"s\.db: "):
            store.record_failure(10**30, "too large")
        assert store.record_result(1, png(1), **DONE_BY)
