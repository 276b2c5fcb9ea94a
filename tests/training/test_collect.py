"""The collector with real servers that are killed, and with servers that answer errors."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import comfyui_process
import numpy as np
import pytest
from broken_servers import Impostor, serving
from comfyui_process import ComfyUI, free_port
from comfyui_server import IDLE
from patience import wait_until
from PIL import Image

from nodewright.store.pictures import Picture
from nodewright.store.triplets import DONE, FAILED, WAITING, Triplet, TripletStore
from nodewright.training.collect import command as collect
from nodewright.training.collect import rendering
from nodewright.training.collect.sampling import read_jobs

SCORER = "test_collect:brightness"


def brightness(pictures: list[Picture]) -> list[float]:
    """The mean of all pixels, from 0 to 255."""
    return [float(np.asarray(Image.open(picture.path).convert("RGB")).mean()) for picture in pictures]


def plain(number: int, *, side: int = 64, blurs: int = 0) -> dict[str, Any]:
    """A workflow without models whose picture is as bright as `number`; blurs make it take its time."""
    colour = 0x010101 * number
    inputs = {"width": side, "height": side, "batch_size": 1, "color": colour}
    api: dict[str, Any] = {"1": {"class_type": "EmptyImage", "inputs": inputs}}
    for _ in range(blurs):
        blur = {"image": [str(len(api)), 0], "blur_radius": 31, "sigma": 10.0}
        api[str(len(api) + 1)] = {"class_type": "ImageBlur", "inputs": blur}
    save = {"images": [str(len(api)), 0], "filename_prefix": "collect"}
    return {**api, "save": {"class_type": "SaveImage", "inputs": save}}


def write_jobs(path: Path, count: int, **options: int) -> Path:
    lines = [
        {"prompt": f"as bright as {number}", "choices": [f"main/{number % 2}"], "seed": number, "split": "train"}
        | {"api": plain(number, **options), "meaning": {"brightness": number}}
        for number in range(count)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def check_all(store: Path, count: int) -> list[Triplet]:
    """All jobs are done and judged, once, and each has its own picture."""
    with TripletStore(store) as opened:
        assert opened.states() == {WAITING: 0, DONE: count, FAILED: 0}
        triplets = list(opened.triplets())
        assert [triplet.seed for triplet in triplets] == list(range(count))
        for triplet in triplets:
            assert triplet.image is not None and opened.image_path(triplet.image).is_file()
            assert triplet.scores[SCORER] == pytest.approx(triplet.seed, abs=1.5)
            assert triplet.meaning == {"brightness": triplet.seed}
            assert triplet.seconds >= 0 and len(triplet.catalog) > 10  # it may take less than 1 ms
        assert sum(triplet.seconds for triplet in triplets) > 0
    return triplets


def start(tmp_path: Path, *options: str) -> subprocess.Popen[str]:
    """The collector in a process of its own."""
    variables = os.environ | {"PYTHONPATH": os.pathsep.join([os.environ.get("PYTHONPATH", ""), *sys.path])}
    command = [sys.executable, "-m", "nodewright.training.collect", *options]
    return subprocess.Popen(
        command, cwd=tmp_path, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def done(store: Path) -> int:
    if not store.is_file():
        return 0
    with TripletStore(store) as opened:
        return opened.states()[DONE]


# ---- real servers ------------------------------------------------------------------------------------------------


SCRIPT = (
    "miniature/miniature", "SaveImage", "VAEDecode", "KSampler", "steps=", "2", "CheckpointLoaderSimple",
    "CLIPTextEncode", "@prompt", "&1", "CLIPTextEncode", "@empty", "&1", "EmptyLatentImage", "width=", "64",
    "height=", "64", "&1", "@end",
)  # fmt: skip


def test_prompts_become_triplets_and_the_noise_is_known(
    comfyui_server: ComfyUI, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.jsonl").write_text(json.dumps({"prompt": "a cat", "choices": SCRIPT}), encoding="utf-8")
    prompts = [{"prompt": f"a {colour} circle", "kind": "plain", "split": "test"} for colour in ("red", "white")]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, prompts)), encoding="utf-8")
    command = ["--store", str(tmp_path / "s.db"), "--servers", comfyui_server.url, "--scorer", SCORER]
    command += ["--prompts", str(tmp_path / "p.jsonl"), "--workflows", str(tmp_path / "c.jsonl"), "--seeds", "2"]
    assert collect.main([*command, "--count", "1"]) == 0
    assert collect.main([*command, "--count", "2"]) == 0, "more of the same drawing"
    assert collect.main([*command, "--count", "2"]) == 0, "nothing is left to do"
    with TripletStore(tmp_path / "s.db") as store:
        triplets = list(store.triplets("test", "corpus"))
        assert [triplet.kind for triplet in triplets] == ["plain"] * 4
        assert Counter(triplet.prompt for triplet in triplets) == {row["prompt"]: 2 for row in prompts}
        assert {triplet.choices for triplet in triplets} == {SCRIPT}
        assert len({triplet.seed for triplet in triplets}) == 4
        for triplet in triplets:
            texts = {node["inputs"]["text"] for node in triplet.api.values() if "text" in node["inputs"]}
            assert texts == {triplet.prompt, ""}
        catalogs = store.catalogs()
        assert all(SCRIPT[0] in catalogs[triplet.catalog] for triplet in triplets)
    capsys.readouterr()
    assert collect.main(["--summary", str(tmp_path / "s.db")]) == 0
    told = capsys.readouterr().out
    assert re.search(r"\| corpus +\| test +\| plain +\| +0 \| +4 \| +0 \|", told)
    assert re.search(rf"\| {SCORER} \| +4 \| +0 \| +2 \| +4 \|", told)


@pytest.mark.parametrize("how", ["killed", "interrupted"])
def test_a_stopped_collector_goes_on(comfyui_server: ComfyUI, tmp_path: Path, how: str) -> None:
    if how == "interrupted" and sys.platform == "win32":
        pytest.skip("a console's Ctrl-C cannot be sent to one process")
    store, jobs = tmp_path / "s.db", write_jobs(tmp_path / "jobs.jsonl", 10, side=128, blurs=2)
    options = ["--store", str(store), "--servers", comfyui_server.url, "--jobs", str(jobs), "--scorer", SCORER]
    process = start(tmp_path, *options)
    until(lambda: done(store) >= 3, process)
    if how == "killed":
        process.kill()
        process.communicate()
    else:
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=300)[0]
        assert process.returncode == 130 and "goes on from here" in told
        wait_until(lambda: comfyui_server.get("/queue") == IDLE, "its jobs leave the queue")
        states = {line.split()[0]: int(line.split()[1]) for line in told.splitlines()[-4:]}
        assert states["waiting"] + states["done"] == states["all"] == 10
    before = done(store)
    assert 3 <= before < 10
    assert collect.main(options) == 0
    check_all(store, 10)


def test_a_killed_server_gives_its_jobs_back_and_is_used_again(
    comfyui_server: ComfyUI, comfyui_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setattr(comfyui_process, "free_port", lambda: port)
    store, jobs = tmp_path / "s.db", write_jobs(tmp_path / "jobs.jsonl", 24, side=128, blurs=2)
    options = ["--store", str(store), "--jobs", str(jobs), "--scorer", SCORER, "--timeout", "3"]

    def servers() -> Counter[str]:
        connection = sqlite3.connect(store)
        rows = connection.execute("SELECT server, COUNT(*) FROM results GROUP BY server").fetchall()
        connection.close()
        return Counter(dict(rows))

    (tmp_path / "own" / "custom_nodes").mkdir(parents=True)
    with ComfyUI(comfyui_path, tmp_path / "own") as own:
        first = start(tmp_path, *options, "--servers", own.url, comfyui_server.url, "--in-flight", "2", "3")
        until(lambda: done(store) > 0 and servers()[own.url] >= 2 and servers()[comfyui_server.url] >= 2, first)
        own.process.kill()
        killed_at = servers()[own.url]
        told = first.communicate(timeout=300)[0]
        assert first.returncode == 0, told
        assert "cannot be reached" in told or "broke off" in told or "no longer knows" in told
    check_all(store, 24)
    assert servers()[own.url] in (killed_at, killed_at + 1)

    # Alone, from its death over its return to the end.
    more, jobs = tmp_path / "more.db", write_jobs(tmp_path / "more.jsonl", 4)
    second = start(tmp_path, "--store", str(more), "--jobs", str(jobs), "--servers", own.url, "--scorer", SCORER)
    assert second.stdout is not None
    assert "cannot be reached" in second.stdout.readline()
    with ComfyUI(comfyui_path, tmp_path / "own") as again:
        assert again.url == own.url
        told = second.communicate(timeout=300)[0]
        assert second.returncode == 0, told
        assert "renders (ComfyUI" in told
        history: Any = again.get("/history")
        rendered = Counter(json.dumps(entry["prompt"][2]) for entry in history.values())
        assert len(rendered) == 4 and set(rendered.values()) == {1}, "no job twice"
    check_all(more, 4)


# ---- servers that answer errors ----------------------------------------------------------------------------------


@pytest.fixture
def impostor(monkeypatch: pytest.MonkeyPatch) -> Impostor:
    monkeypatch.setattr(rendering, "_LONGEST_PAUSE", 0.01)
    server = Impostor({})
    server.websocket, server.looks = "refuses", 0
    return server


def failures(impostor: Impostor, tmp_path: Path, count: int = 1, status: int = 1) -> list[tuple[int, str, int]]:
    store, jobs = tmp_path / "s.db", write_jobs(tmp_path / "jobs.jsonl", count)
    with serving(impostor.app()) as url:
        options = ["--store", str(store), "--servers", url, "--jobs", str(jobs), "--in-flight", "1", "--timeout", "2"]
        assert collect.main(options) == status
    with TripletStore(store) as opened:
        return opened.failures()


def asked(impostor: Impostor) -> int:
    return sum(path == "/prompt" for path, _ in impostor.asked)


def test_a_refusal_is_recorded_with_node_and_input_and_not_tried_again(impostor: Impostor, tmp_path: Path) -> None:
    reason = {"message": "Value not in list", "details": "x", "extra_info": {"input_name": "color"}}
    refusal = {
        "error": {"message": "Prompt outputs failed validation", "details": ""},
        "node_errors": {"1": {"class_type": "EmptyImage", "errors": [reason]}},
    }
    impostor.queue_answer = (400, refusal)
    ((_, error, tries),) = failures(impostor, tmp_path)
    assert "failed validation" in error and "node '1' (EmptyImage), input 'color': Value not in list: x" in error
    assert tries == asked(impostor) == 1


@pytest.mark.parametrize(
    ("exception", "message", "tries"),
    [
        ("ValueError", "sigma is too large", 1),
        ("torch.OutOfMemoryError", "Allocation on device", 2),
        ("RuntimeError", "MPS backend out of memory", 2),
    ],
)
def test_a_failed_node_is_recorded(
    impostor: Impostor, tmp_path: Path, exception: str, message: str, tries: int
) -> None:
    data = {"node_id": "1", "node_type": "EmptyImage", "exception_message": message, "exception_type": exception}
    impostor.status = {"status_str": "error", "messages": [["execution_error", data]]}
    ((_, error, tried),) = failures(impostor, tmp_path)
    assert error == f"node '1' (EmptyImage) failed: {message}"
    assert tried == asked(impostor) == tries


def test_an_interrupted_job_is_tried_again(impostor: Impostor, tmp_path: Path) -> None:
    data = {"node_id": "1", "node_type": "EmptyImage"}
    impostor.status = {"status_str": "error", "messages": [["execution_interrupted", data]]}
    ((_, error, tried),) = failures(impostor, tmp_path)
    assert "interrupted" in error
    assert tried == asked(impostor) == rendering.TRIES


def test_a_job_that_always_costs_the_server_is_given_up(impostor: Impostor, tmp_path: Path) -> None:
    impostor.queue_answer = (500, "oops")
    ((_, error, tried),) = failures(impostor, tmp_path)
    assert "500" in error
    assert tried == asked(impostor) == rendering.TRIES


@pytest.mark.parametrize(
    ("files", "picture", "why"),
    [
        ([], b"", "no picture"),
        ([{"filename": "a.png", "type": "output"}], b"GIF89a", "not a PNG"),
        ([{"filename": "a.png", "type": "output"}], b"\x89PNG\r\n\x1a\n", "breaks off"),
    ],
)
def test_a_job_without_a_picture_has_failed(
    impostor: Impostor, tmp_path: Path, files: list[Any], picture: bytes, why: str
) -> None:
    impostor.files, impostor.picture = files, picture
    ((_, error, tried),) = failures(impostor, tmp_path)
    assert why in error
    assert tried == 1


def test_a_server_that_fails_everything_is_not_asked_any_more(impostor: Impostor, tmp_path: Path) -> None:
    impostor.queue_answer = (400, {"error": "no", "node_errors": {}})
    assert len(failures(impostor, tmp_path, count=30, status=3)) == rendering.FAILURES_IN_A_ROW
    with TripletStore(tmp_path / "s.db") as store:
        assert store.states()[WAITING] == 30 - rendering.FAILURES_IN_A_ROW


def test_a_server_that_is_not_there_leaves_all_jobs_waiting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    jobs, url = write_jobs(tmp_path / "jobs.jsonl", 1), f"http://127.0.0.1:{free_port()}"
    options = ["--store", str(tmp_path / "s.db"), "--jobs", str(jobs), "--servers", url, "--patience", "0"]
    assert collect.main(options) == 3
    assert "cannot be reached" in capsys.readouterr().err
    with TripletStore(tmp_path / "s.db") as store:
        assert store.states()[FAILED] == 0


# ---- scores ------------------------------------------------------------------------------------------------------


def picture(brightness: int, tmp_path: Path) -> bytes:
    path = tmp_path / "picture.png"
    Image.new("RGB", (2, 2), (brightness,) * 3).save(path)
    return path.read_bytes()


def picky(pictures: list[Picture]) -> list[float]:
    """Judges no dark picture."""
    scores = brightness(pictures)
    for each, score in zip(pictures, scores, strict=True):
        if score < 2:
            raise ValueError(f"{each.prompt}: too dark")
    return [-score for score in scores]


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    """A store with five results that nobody has judged."""
    path, jobs = tmp_path / "s.db", write_jobs(tmp_path / "jobs.jsonl", 5)
    with TripletStore(path) as store:

        def no_catalog() -> Any:
            raise AssertionError("the jobs are complete")

        store.add_jobs(read_jobs(jobs, no_catalog))
        for waiting in store.pending():
            seed = store.job(waiting.id).seed
            store.record_result(waiting.id, picture(seed, tmp_path), seconds=1, comfyui="", catalog="")
    return path


def test_results_are_scored_later_by_more_scorers_and_again(
    rendered: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert collect.main(["--store", str(rendered), "--scorer", SCORER]) == 0
    assert collect.main(["--store", str(rendered), "--scorer", SCORER, "--scorer", "test_collect:picky"]) == 0
    assert "cannot judge the picture of job 1: as bright as 0: too dark" in capsys.readouterr().err
    with TripletStore(rendered) as store:
        assert store.scorers() == {SCORER: (5, 0), "test_collect:picky": (3, 2)}
        assert [triplet.scores.get("test_collect:picky") for triplet in store.triplets()] == [None, None, -2, -3, -4]

    judged: list[str] = []

    def brighter(pictures: list[Picture]) -> list[float]:
        judged.extend(each.prompt for each in pictures)
        return [score + 100 for score in brightness(pictures)]

    monkeypatch.setattr(sys.modules["test_collect"], "brightness", brighter, raising=True)
    assert collect.main(["--store", str(rendered), "--scorer", SCORER]) == 0
    assert judged == []
    monkeypatch.undo()
    assert collect.main(["--store", str(rendered), "--scorer", SCORER, "--rescore"]) == 0
    with TripletStore(rendered) as store:
        assert [triplet.scores[SCORER] for triplet in store.triplets()] == [0, 1, 2, 3, 4]


def test_pictures_go_that_have_been_judged_before(rendered: Path) -> None:
    assert collect.main(["--store", str(rendered), "--scorer", SCORER]) == 0
    assert collect.main(["--store", str(rendered), "--scorer", SCORER, "--discard-images"]) == 0
    with TripletStore(rendered) as store:
        assert [triplet.image for triplet in store.triplets()] == [None] * 5


def test_pictures_go_when_all_have_judged_them(rendered: Path) -> None:
    options = ["--store", str(rendered), "--scorer", SCORER, "--scorer", "test_collect:picky", "--discard-images"]
    assert collect.main(options) == 0
    with TripletStore(rendered) as store:
        assert store.scorers() == {SCORER: (5, 0), "test_collect:picky": (3, 2)}
        assert [triplet.image for triplet in store.triplets()] == [None] * 5
        assert not any(path.is_file() for path in store.images.rglob("*"))


# ---- what is wrong with the command ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--scorer", "nobody"], "no such scorer"),
        (["--scorer", "no_such_module:scorer"], "no_such_module"),
        (["--summary", "nowhere.db"], "no such store"),
        ([], "nothing to do"),
        (["--jobs", "jobs.jsonl"], "--servers"),
        (["--servers", "http://127.0.0.1:99999"], "not the address"),
        (["--servers", "127.0.0.1", "--discard-images"], "--scorer"),
        (["--servers", "127.0.0.1", "--in-flight", "2", "3"], "one for each of the 1 servers"),
        (["--servers", "127.0.0.1", "--workflows", "random", "--prompts", "miniature:val"], "train, validation, test"),
        (["--servers", "127.0.0.1", "--workflows", "pairs.jsonl", "--each", "4"], "has one workflow"),
        (["--servers", "127.0.0.1", "--workflows", "policy", "--temperature", "-1"], "--temperature"),
    ],
)
def test_mistakes_are_told(options: list[str], why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = collect.main(["--store", str(tmp_path / "s.db"), *options])
    except SystemExit as stop:
        status = int(stop.code or 0)
    assert status == 2
    assert why in capsys.readouterr().err


def test_two_collectors_do_not_work_on_one_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with TripletStore(tmp_path / "s.db") as store, store.claim():
        assert collect.main(["--store", str(tmp_path / "s.db"), "--scorer", SCORER]) == 2
    assert "another process" in capsys.readouterr().err


_GOOD = '{"prompt": "a fox", "seed": 1, "choices": ["sd1/a.safetensors"]}'
_DEEP = '{"a":' * 2000 + "1" + "}" * 2000


@pytest.mark.parametrize(
    ("option", "lines", "why"),
    [
        ("--jobs", [_GOOD, _DEEP], "jobs.jsonl, line 2: more than 200 objects"),
        ("--jobs", [_GOOD, "", '{"prompt": "a fox", "seed": -1}'], "jobs.jsonl, line 3: seed"),
        ("--jobs", [_GOOD, '{"prompt": "a fox", "seed": 1, "api": {"1": []}}'], "jobs.jsonl, line 2: "),
        ("--prompts", ['{"prompt": "a fox"}', '{"prompt": 3}'], "prompts.jsonl, line 2: prompt"),
        ("--workflows", ['{"prompt": "a fox", "choices": ["a"]}', _DEEP], "workflows.jsonl, line 2: "),
    ],
)
def test_bad_lines_are_reported_before_a_server_is_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, lines: list[str], why: str
) -> None:
    file, store = tmp_path / f"{option[2:]}.jsonl", tmp_path / "s.db"
    file.write_text("\n".join(lines), encoding="utf-8")
    arguments = ["--store", str(store), "--servers", "http://127.0.0.1:9", "--patience", "100000", option, str(file)]
    more = ["--workflows", "random"] if option == "--prompts" else []
    assert collect.main([*arguments, *more]) == 2
    assert why in capsys.readouterr().err
