from __future__ import annotations

import sqlite3
import struct
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from nodewright.store.png import without_texts
from nodewright.store.triplets import DONE, FAILED, WAITING, Job, StoreError, TripletStore


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(grey: int, text: str = "") -> bytes:
    """A picture of one pixel; `text` is what ComfyUI would write beside it."""
    texts = chunk(b"tEXt", b"prompt\0" + text.encode()) if text else b""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + texts + chunk(b"IDAT", zlib.compress(bytes([0, grey]))) + chunk(b"IEND", b"")


def job(number: int, **changes: Any) -> Job:
    api = {"1": {"class_type": "KSampler", "inputs": {"seed": number}}}
    return Job(**{"prompt": f"a cat {number}", "choices": ("sd15/a", "@end"), "api": api, "seed": number, **changes})


DONE_BY: dict[str, Any] = {"seconds": 0.25, "comfyui": "0.3.75", "catalog": "c0ffee"}


def render(store: TripletStore, grey: int = 7) -> int:
    """Renders the first waiting job; returns its id."""
    waiting = store.pending(1)[0]
    assert store.record_result(waiting.id, png(grey), **DONE_BY)
    return waiting.id


# ---- jobs and triplets -------------------------------------------------------------------------------------------


def test_a_job_becomes_a_triplet_with_all_that_it_said(tmp_path: Path) -> None:
    asked = job(2**64 - 1, source="policy", split="test", kind="count", meaning={"objects": ["\N{CAT FACE}"]})
    with TripletStore(tmp_path / "new" / "s.db") as store:
        assert store.add_jobs([asked]) == 1
        number = render(store)
        assert list(store.triplets()) == [], "nobody has judged it"
        store.record_scores("brightness", {number: 0.1 + 0.2})
        store.record_scores("sharpness", {number: "too small"})
    with TripletStore(tmp_path / "new" / "s.db") as store:
        (triplet,) = store.triplets()
        assert store.job(number) == asked
        assert triplet.scores == {"brightness": 0.1 + 0.2}
        for name in ("prompt", "choices", "api", "seed", "source", "split", "kind", "meaning"):
            assert getattr(triplet, name) == getattr(asked, name)
        assert (triplet.seconds, triplet.comfyui, triplet.catalog, triplet.rating) == (0.25, "0.3.75", "c0ffee", None)
        assert triplet.image is not None
        assert store.image_path(triplet.image).read_bytes() == png(7)
        assert store.image_path(triplet.image).parent.parent == tmp_path / "new" / "s_images"
        assert store.scorers() == {"brightness": (1, 0), "sharpness": (0, 1)}
    assert [path.name for path in (tmp_path / "new").iterdir() if path.is_file()] == ["s.db"]


def test_a_job_is_its_prompt_its_workflow_and_its_seed(tmp_path: Path) -> None:
    with TripletStore(tmp_path / "s.db") as store:
        again = Job("a cat 1", ("other",), dict(reversed(list(job(1).api.items()))), 1, "elsewhere", "test")
        assert store.add_jobs([job(1), job(1), again]) == 1
        others = [job(1, prompt="a dog"), job(1, seed=2), job(1, api={"1": {"class_type": "VAEDecode", "inputs": {}}})]
        assert store.add_jobs([*others, job(1)]) == 3


def test_jobs_are_added_all_or_none(tmp_path: Path) -> None:
    def breaking() -> Any:
        yield job(1)
        raise RuntimeError("the policy fell over")

    with TripletStore(tmp_path / "s.db") as store:
        with pytest.raises(RuntimeError, match="fell over"):
            store.add_jobs(breaking(), ("policy", 5))
        assert store.pending() == [] and store.drawn("policy") == 0
        store.add_jobs([job(1)], ("policy", 5))
        assert store.drawn("policy") == 5


def test_triplets_are_chosen_by_split_and_source_and_many_fit(tmp_path: Path) -> None:
    with TripletStore(tmp_path / "s.db") as store:
        store.add_jobs(
            job(n, split=("train", "test")[n % 2], source=("policy", "random")[n % 3 == 0]) for n in range(600)
        )
        numbers = [render(store) for _ in range(600)]
        store.record_scores("a", {number: float(number) for number in numbers})
        found = list(store.triplets())
        assert [triplet.id for triplet in found] == numbers
        assert all(triplet.scores == {"a": triplet.id} for triplet in found)
        assert [triplet.seed for triplet in store.triplets("test")] == list(range(1, 600, 2))
        assert [triplet.seed for triplet in store.triplets("test", "random")] == list(range(3, 600, 6))
        assert len(list(store.triplets(source="policy"))) == 400


def test_a_failed_job_is_told_with_its_error_and_can_be_tried_again(tmp_path: Path) -> None:
    with TripletStore(tmp_path / "s.db") as store:
        store.add_jobs(map(job, range(3)))
        first, second, third = (waiting.id for waiting in store.pending())
        store.record_failure(first, "the connection broke off", again=True)
        store.record_failure(first, "node '5' (KSampler) failed: no")
        store.record_failure(second, "the connection broke off", again=True)
        store.record_result(third, png(0), **DONE_BY)
        store.record_failure(third, "too late")
        assert store.states() == {WAITING: 1, DONE: 1, FAILED: 1}
        assert store.failures() == [(first, "node '5' (KSampler) failed: no", 2)]
        assert [(waiting.id, waiting.tries) for waiting in store.pending()] == [(second, 1)]
        assert store.retry_failed() == 1
        assert [(waiting.id, waiting.tries) for waiting in store.pending()] == [(first, 0), (second, 1)]


def test_scores_are_added_and_taken_back_scorer_by_scorer(tmp_path: Path) -> None:
    with TripletStore(tmp_path / "s.db") as store:
        store.add_jobs([job(1, meaning={"n": 3}), job(2)])
        first, second = render(store, 1), render(store, 2)
        (one, two) = store.unscored("a")
        assert (one.id, one.prompt, one.meaning, one.path.read_bytes()) == (first, "a cat 1", {"n": 3}, png(1))
        assert (two.id, two.meaning) == (second, None)
        store.record_scores("a", {first: 1.0, second: "it is black"})
        assert store.unscored("a") == [] and len(store.unscored("b")) == 2
        store.record_scores("b", {first: 5.0})
        assert store.forget_scores("a") == 2
        assert [picture.id for picture in store.unscored("a")] == [first, second]
        assert [triplet.scores for triplet in store.triplets()] == [{"b": 5.0}]


# ---- pictures ----------------------------------------------------------------------------------------------------


def test_equal_pictures_are_one_file_without_comfyuis_texts(tmp_path: Path) -> None:
    assert without_texts(png(3, "the workflow")) == png(3)
    for broken in (b"", b"GIF89a", png(3)[:20], png(3)[:-5]):
        with pytest.raises(ValueError, match="PNG"):
            without_texts(broken)
    with TripletStore(tmp_path / "s.db") as store:
        store.add_jobs(map(job, range(2)))
        for index, waiting in enumerate(store.pending()):
            store.record_result(waiting.id, png(3, f"workflow {index}"), **DONE_BY)
        assert [path.read_bytes() for path in store.images.rglob("*") if path.is_file()] == [png(3)]


def test_a_store_need_not_keep_pictures(tmp_path: Path) -> None:
    with TripletStore(tmp_path / "s.db", keep_images=False) as store:
        store.add_jobs(map(job, range(3)))
        numbers = [render(store, grey) for grey in (3, 3, 4)]
    with TripletStore(tmp_path / "s.db") as store:
        assert not store.keep_images
        store.drop_images(numbers[:1])
        assert sum(path.is_file() for path in store.images.rglob("*")) == 2, "the second job needs the same picture"
        store.drop_images(numbers)
        assert not any(path.is_file() for path in store.images.rglob("*"))
        store.record_scores("a", dict.fromkeys(numbers, 1.0))
        assert [triplet.image for triplet in store.triplets()] == [None] * 3
        assert store.forget_scores("a") == 0, "nobody could judge them again"


def test_a_users_rating_is_kept_and_can_be_changed(tmp_path: Path) -> None:
    mine = job(5, source="user")
    with TripletStore(tmp_path / "s.db") as store:
        number = store.record_rated(mine, 4.0, png(9, "secret"), comfyui="0.3.75")
        assert store.record_rated(mine, 2.0, None) == number
        (triplet,) = store.triplets()
        assert (triplet.rating, triplet.scores, triplet.source, triplet.comfyui) == (2.0, {}, "user", "0.3.75")
        assert triplet.image is not None and store.image_path(triplet.image).read_bytes() == png(9)
        assert store.states() == {WAITING: 0, DONE: 1, FAILED: 0}
        assert store.counts()[0].jobs == 1


# ---- the file ----------------------------------------------------------------------------------------------------


def test_what_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("I am no database, and longer than a header of a hundred bytes." * 9, encoding="utf-8")
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    newer = tmp_path / "newer.db"
    TripletStore(newer).close()
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    for path, why in ((text, "not a database"), (other, "another program"), (newer, "newer Nodewright.*format 99")):
        before = path.read_bytes()
        with pytest.raises(StoreError, match=why) as told:
            TripletStore(path)
        assert str(path) in str(told.value)
        assert path.read_bytes() == before
    with pytest.raises(StoreError, match="opened"):
        TripletStore(tmp_path)


def test_many_may_open_a_new_store_at_once_and_write_it(tmp_path: Path) -> None:
    added: list[int] = []
    errors: list[BaseException] = []
    start = threading.Barrier(6)

    def work(number: int) -> None:
        try:
            start.wait()
            with TripletStore(tmp_path / "s.db") as store:
                for index in range(5):
                    added.append(store.add_jobs([job(index), job(100 * number + index, prompt=str(number))]))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert sum(added) == 5 + 6 * 5


def test_a_reader_does_not_stop_the_writer(tmp_path: Path) -> None:
    with TripletStore(tmp_path / "s.db") as writer, TripletStore(tmp_path / "s.db") as reader:
        writer.add_jobs(map(job, range(600)))
        writer.record_scores("a", {render(writer): 1.0 for _ in range(600)})
        reading = reader.triplets()
        next(reading)
        writer.add_jobs([job(1000)])
        render(writer)
        assert len(list(reading)) == 599


HOLD = """
import sys, time
from nodewright.store.triplets import TripletStore
with TripletStore(sys.argv[1]) as store, store.claim():
    print("claimed", flush=True)
    time.sleep(600)
"""


def test_a_claim_ends_with_its_process_however_that_ends(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "s.db")], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "claimed\n"
        with TripletStore(tmp_path / "s.db") as store:
            store.add_jobs([job(1)])  # others may write
            with pytest.raises(StoreError, match="another process"), store.claim():
                pass
            holder.kill()
            holder.wait()
            with store.claim():
                pass
            with store.claim():
                pass
    finally:
        holder.kill()
        holder.communicate()


WRITE = """
import sys
sys.path.insert(0, sys.argv[2])
from test_triplets import DONE_BY, job, png
from nodewright.store.triplets import TripletStore
with TripletStore(sys.argv[1]) as store:
    for number in range(int(sys.argv[3]), 10**9):
        store.add_jobs([job(number), job(number, prompt="twin")], ("numbers", number))
        for waiting in store.pending():
            store.record_result(waiting.id, png(store.job(waiting.id).seed % 256), **DONE_BY)
            store.record_scores("a", {waiting.id: 1.0})
            print(waiting.id, flush=True)
"""


def test_what_was_recorded_survives_kills(tmp_path: Path) -> None:
    recorded: list[int] = []
    for begin in (0, 10_000, 20_000, 30_000):
        command = [sys.executable, "-c", WRITE, str(tmp_path / "s.db"), str(Path(__file__).parent), str(begin)]
        writer = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(20)]
        time.sleep(0.013 * (begin // 10_000))  # at another moment each time
        writer.kill()
        lines += writer.stdout.read().splitlines()
        writer.wait()
        recorded += [int(line) for line in lines if line.strip().isdigit()]
    with sqlite3.connect(tmp_path / "s.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    with TripletStore(tmp_path / "s.db") as store:
        triplets = {triplet.id: triplet for triplet in store.triplets()}
        assert set(recorded) <= triplets.keys(), "what was told to be recorded is there"
        assert sum(store.states().values()) % 2 == 0, "twins came together"
        for triplet in triplets.values():
            assert triplet.image is not None
            assert store.image_path(triplet.image).read_bytes() == png(triplet.seed % 256)
        judged = len(triplets) + len(store.unscored("a"))
        assert judged == store.states()[DONE]


# ---- any order of events -----------------------------------------------------------------------------------------


class Stores(RuleBasedStateMachine):
    """A store against what a dict would say, opened anew at any moment."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "s.db"
        self.store = TripletStore(self.path)
        self.state: dict[bytes, str] = {}
        self.tries: dict[bytes, int] = {}
        self.pictures: dict[bytes, int] = {}
        self.judged: dict[bytes, float] = {}
        self.ids: dict[bytes, int] = {}

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(numbers=st.lists(st.integers(0, 8), max_size=4), prompt=st.sampled_from(["a", "b"]))
    def add(self, numbers: list[int], prompt: str) -> None:
        jobs = [job(number, prompt=prompt) for number in numbers]
        assert self.store.add_jobs(jobs) == len({each.key for each in jobs} - self.state.keys())
        for each in jobs:
            self.state.setdefault(each.key, WAITING)
            self.tries.setdefault(each.key, 0)
        for waiting in self.store.pending():
            self.ids[self.store.job(waiting.id).key] = waiting.id

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), grey=st.integers(0, 3))
    def render(self, data: st.DataObject, grey: int) -> None:
        key = data.draw(st.sampled_from(sorted(self.ids)))
        assert self.store.record_result(self.ids[key], png(grey), **DONE_BY) == (key not in self.pictures)
        self.pictures.setdefault(key, grey)
        self.state[key] = DONE

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), again=st.booleans())
    def fail(self, data: st.DataObject, again: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.ids)))
        self.store.record_failure(self.ids[key], "no", again=again)
        if self.state[key] != DONE:
            self.state[key] = WAITING if again else FAILED
            self.tries[key] += 1

    @precondition(lambda self: self.pictures)
    @rule(data=st.data(), score=st.floats(-1e300, 1e300))
    def judge(self, data: st.DataObject, score: float) -> None:
        key = data.draw(st.sampled_from(sorted(self.pictures)))
        self.store.record_scores("a", {self.ids[key]: score})
        self.judged[key] = score

    @rule()
    def open_anew(self) -> None:
        self.store.close()
        self.store = TripletStore(self.path)

    @invariant()
    def is_as_expected(self) -> None:
        found = {state: sum(each == state for each in self.state.values()) for state in (WAITING, DONE, FAILED)}
        assert self.store.states() == found
        waiting = {key for key, state in self.state.items() if state == WAITING}
        assert {self.store.job(each.id).key: each.tries for each in self.store.pending()} == {
            key: self.tries[key] for key in waiting
        }
        scores = {triplet.id: triplet.scores["a"] for triplet in self.store.triplets()}
        assert scores == {self.ids[key]: score for key, score in self.judged.items()}
        unscored = {each.id: each.path.read_bytes() for each in self.store.unscored("a")}
        assert unscored == {self.ids[key]: png(grey) for key, grey in self.pictures.items() if key not in self.judged}


TestStores = Stores.TestCase
TestStores.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)


def test_catalogs_are_kept_with_their_files(tmp_path: Path) -> None:
    with TripletStore(tmp_path / "s.db") as store:
        store.add_catalog("c0ffee", ["sd15/a", "sd15/b"])
        store.add_catalog("c0ffee", ["sd15/a", "sd15/b"])
        assert store.catalogs() == {"c0ffee": ("sd15/a", "sd15/b")}
        assert store.counts() == []
