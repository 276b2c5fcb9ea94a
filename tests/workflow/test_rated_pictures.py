"""Ratings of pictures that a user has seen: each belongs to its picture, and to no other."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from test_triplets import job, png

from nodewright.store.triplets import StoreError, TripletStore, picture_digest

ONE, TWO, THREE = (picture_digest(png(grey)) for grey in (1, 2, 3))


def test_a_rating_belongs_to_its_picture_and_can_be_changed_and_removed(tmp_path: Path) -> None:
    with TripletStore(tmp_path / "s.db") as store:
        store.rate_picture(ONE, job(1, source="user"), 10.0, comfyui="0.3.75", catalog="c0ffee")
        store.rate_picture(TWO, job(2, source="user"), 0.0)
        assert store.ratings_of([ONE, TWO, THREE]) == {ONE: 10.0, TWO: 0.0}
        assert store.rated_pictures() == store.ratings() == 2
        (first, second) = store.triplets(source="user")
        assert (first.prompt, first.rating, first.catalog, first.seed) == ("a cat 1", 10.0, "c0ffee", 1)
        assert second.rating == 0.0 and second.image is None
    with TripletStore(tmp_path / "s.db") as store:
        store.rate_picture(ONE, job(1, source="user"), 0.0)
        assert store.ratings_of([ONE]) == {ONE: 0.0}
        assert store.forget_rating(ONE) and not store.forget_rating(ONE)
        assert store.ratings_of([ONE, TWO]) == {TWO: 0.0}
        assert [triplet.seed for triplet in store.triplets()] == [2]
        assert store.states() == {"waiting": 0, "done": 1, "failed": 0}, "nothing of it is left"


def test_a_batch_is_one_job_with_the_mean_of_its_pictures(tmp_path: Path) -> None:
    with TripletStore(tmp_path / "s.db") as store:
        for picture, rating in ((ONE, 10.0), (TWO, 0.0)):
            store.rate_picture(picture, job(1, source="user"), rating)
        (triplet,) = store.triplets()
        assert triplet.rating == 5.0
        store.forget_rating(TWO)
        (triplet,) = store.triplets()
        assert triplet.rating == 10.0


def test_a_picture_has_one_rating_whatever_was_asked(tmp_path: Path) -> None:
    with TripletStore(tmp_path / "s.db") as store:
        store.rate_picture(ONE, job(1, source="user"), 10.0)
        store.rate_picture(ONE, job(1, source="user", prompt="something else"), 0.0)
        (triplet,) = store.triplets()
        assert (triplet.prompt, triplet.rating) == ("something else", 0.0)


def test_it_leaves_other_scores_and_ratings_alone(tmp_path: Path) -> None:
    with TripletStore(tmp_path / "s.db") as store:
        number = store.record_rated(job(1, source="user"), 7.0, png(9))
        store.record_scores("brightness", {number: 0.5})
        store.rate_picture(ONE, job(1, source="user"), 10.0)
        (triplet,) = store.triplets()
        assert triplet.rating == 8.5
        store.forget_rating(ONE)
        (triplet,) = store.triplets()
        assert triplet.rating == 7.0 and triplet.scores == {"brightness": 0.5}
        store.forget_rating(picture_digest(png(9)))
        (triplet,) = store.triplets()
        assert triplet.rating is None and triplet.scores == {"brightness": 0.5}


def test_the_texts_in_a_png_are_no_part_of_a_picture_and_other_formats_count_as_they_are() -> None:
    assert picture_digest(png(1, "a workflow")) == ONE != TWO
    assert picture_digest(b"RIFF....WEBP") != picture_digest(b"RIFF....WEBX")


def test_only_digests_are_taken(tmp_path: Path) -> None:
    with TripletStore(tmp_path / "s.db") as store:
        for wrong in ("", "../../x", ONE.upper(), ONE + "0"):
            with pytest.raises(StoreError, match="no digest"):
                store.rate_picture(wrong, job(1), 1.0)
            with pytest.raises(StoreError, match="no digest"):
                store.forget_rating(wrong)
        assert store.ratings_of(["../../x"]) == {} and store.states()["done"] == 0


def test_a_store_of_an_earlier_version_takes_ratings(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with TripletStore(path) as store:
        store.add_jobs([job(1)])
    earlier = sqlite3.connect(path)
    earlier.execute("DROP TABLE rated_pictures")
    earlier.commit()
    earlier.close()
    with TripletStore(path) as store:
        store.rate_picture(ONE, job(2, source="user"), 10.0)
        assert store.ratings_of([ONE]) == {ONE: 10.0} and store.states()["waiting"] == 1


KILLED = """
import os, sys
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from nodewright.store.triplets import TripletStore
from test_rated_pictures import ONE, TWO, job
store = TripletStore(Path(sys.argv[1]))
store.rate_picture(ONE, job(1, source="user"), 10.0)
connection = store._file._connection
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE rated_pictures SET rating = 0")
os._exit(9)
"""


def test_a_rating_survives_a_killed_process_and_half_a_change_does_not(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    beside = Path(__file__).parent
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(beside), str(beside.parent / "support")], timeout=120
    )
    assert ended.returncode == 9
    with TripletStore(path) as store:
        assert store.ratings_of([ONE]) == {ONE: 10.0}
