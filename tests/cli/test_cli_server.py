"""What the commands make of servers that are down, slow, wrong, or drop out; and of a job's end, whatever it is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from broken_servers import PICTURE, Impostor, answering, serving
from cli_command import Command, Done
from comfyui_process import free_port
from patience import wait_until

PATIENT = 120  # seconds in which a server that is no worse than busy answers


@pytest.fixture
def impostor(served_object_info: dict[str, Any]) -> Impostor:
    return Impostor(served_object_info)


@pytest.fixture
def address(impostor: Impostor) -> Iterator[str]:
    with serving(impostor.app()) as url:
        yield url


def failed(done: Done, status: int, kind: str) -> str:
    """The message of a failure that was told as --json demands."""
    assert done.status == status, done.err
    error = done.document["error"]
    assert error["kind"] == kind
    assert error["message"] in done.err and "Traceback" not in done.err
    return str(error["message"])


def options(address: str, policy: Path, out: Path, timeout: int = PATIENT) -> list[str]:
    server = ["--server", address, "--timeout", str(timeout)]
    return ["a cat", *server, "--policy", str(policy), "--seed", "3", "--out", str(out)]


# ---- what is no ComfyUI ------------------------------------------------------------------------------------------


def commands(address: str, tmp_path: Path, timeout: int = PATIENT) -> list[list[str]]:
    """Each command that asks a server."""
    workflow = tmp_path / "w.json"
    workflow.write_text("{}", encoding="utf-8")
    return [
        [*command, "--server", address, "--timeout", str(timeout), "--json"]
        for command in (
            ["generate", "a cat"],
            ["run", "a cat", "--out", str(tmp_path / "out")],
            ["catalog", "--out", str(tmp_path / "object_info.json")],
            ["validate", str(workflow)],
        )
    ]


def test_a_server_that_is_down(nodewright: Command, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    for command in commands(address, tmp_path):
        message = failed(nodewright(*command), 3, "server")
        assert address in message and "cannot be reached" in message


def test_a_server_that_never_answers(nodewright: Command, tmp_path: Path) -> None:
    with answering(None) as address:
        for command in commands(address, tmp_path, timeout=1):
            message = failed(nodewright(*command), 3, "server")
            assert "no answer for 1 s" in message and "--timeout" in message


HTML = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"
JSON = b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"hello":"world"}'
MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops"
HALF = b'HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n{"KSampler":'


@pytest.mark.parametrize(
    ("reply", "named"),
    [
        (HTML, "not as ComfyUI does"),
        (JSON, "not as ComfyUI does"),
        (MISSING, "404"),
        (BROKEN, "500 Internal Server Error"),
        (HALF, "broke off"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not as a web server does"),
        (b"", "broke off"),
    ],
)
def test_something_else_than_comfyui(nodewright: Command, tmp_path: Path, reply: bytes, named: str) -> None:
    with answering(reply) as address:
        for command in commands(address, tmp_path):
            message = failed(nodewright(*command), 3, "server")
            assert address in message and named in message
    assert not (tmp_path / "object_info.json").exists()


def test_a_password_in_the_address_is_not_told(
    nodewright: Command, impostor: Impostor, address: str, policy: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "o.json"
    known = address.replace("://", "://me:secret@")
    catalog = nodewright("catalog", "--server", known, "--out", saved, "--json")
    run = nodewright("run", *options(known, policy, tmp_path / "out"), "--json")
    assert catalog.document["server"] == run.document["server"] == address
    impostor.object_info = {"BrokenSampler": {"input": {"required": {"steps": 5}}}}
    unreadable = nodewright("catalog", "--server", known, "--out", saved, "--json")
    down = nodewright("catalog", "--server", f"http://me:secret@127.0.0.1:{free_port()}", "--out", saved, "--json")
    wrong = nodewright("catalog", "--server", "http://me:secret@127.0.0.1:70000", "--out", saved, "--json")
    assert [done.status for done in (catalog, run, unreadable, down, wrong)] == [0, 0, 2, 3, 2]
    for done in (catalog, run, unreadable, down, wrong):
        assert "secret" not in done.out + done.err


def test_a_certificate_that_nobody_trusts(nodewright: Command, impostor: Impostor, tmp_path: Path) -> None:
    """The error says how to trust it, and that is enough."""
    certificate = Path(__file__).parent.parent / "support" / "self_signed.pem"
    with serving(impostor.app(), certificate) as address:
        for command in commands(address, tmp_path):
            message = failed(nodewright(*command), 3, "server")
            assert address in message and "certificate is not trusted" in message and "SSL_CERT_FILE" in message
        catalog = [sys.executable, "-m", "nodewright", "catalog", "--server", address, "--out", "object_info.json"]
        environment = os.environ | {"SSL_CERT_FILE": str(certificate)}
        done = subprocess.run(catalog, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_one_malformed_class_is_left_out_and_named(
    nodewright: Command, impostor: Impostor, address: str, object_info: dict[str, Any], tmp_path: Path
) -> None:
    broken = {**object_info["KSampler"], "input": {"required": {"steps": 5}}}
    impostor.object_info["BrokenSampler"] = broken
    saved = tmp_path / "object_info.json"
    done = nodewright("catalog", "--server", address, "--out", saved, "--json")
    assert done.status == 0
    assert "BrokenSampler" in done.err and "steps" in done.err
    assert done.document["left_out"] == ["BrokenSampler"]
    assert done.document["classes"] == len(object_info)

    impostor.object_info = {"BrokenSampler": broken}
    message = failed(nodewright("catalog", "--server", address, "--out", saved, "--json"), 2, "object_info")
    assert "BrokenSampler" in message and "steps" in message


def test_a_saved_catalog_says_what_the_server_said(
    nodewright: Command, address: str, policy: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "new" / "object_info.json"
    done = nodewright("catalog", "--server", address, "--out", saved)
    assert done.status == 0
    assert "sd15: 1 checkpoint" in done.out and str(saved) in done.out
    rest = ["a cat", "--policy", policy, "--seed", "3", "--json"]
    online = nodewright("generate", *rest, "--server", address).document
    offline = nodewright("generate", *rest, "--object-info", saved).document
    assert online["workflows"] == offline["workflows"]
    assert online["catalog_fingerprint"] == offline["catalog_fingerprint"]


# ---- jobs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("websocket", ["tells", "drops", "refuses"])
def test_the_picture_arrives_whatever_the_websocket_does(
    nodewright: Command, impostor: Impostor, address: str, policy: Path, tmp_path: Path, websocket: str
) -> None:
    impostor.websocket = websocket
    done = nodewright("run", *options(address, policy, tmp_path / "out"))
    assert done.status == 0, done.err
    picture = tmp_path / "out" / "picture_00001_.png"
    assert picture.read_bytes() == PICTURE
    assert str(picture) in done.out and "s to render" in done.out and "SaveImage" in done.out
    queued = [content for path, content in impostor.asked if path == "/prompt"]
    assert len(queued) == 1
    assert ("/ws", queued[0]["client_id"]) in impostor.asked
    if websocket != "refuses":
        first = next(iter(queued[0]["prompt"].values()))["class_type"]
        assert f"{first} (1 of {len(queued[0]['prompt'])})" in done.err


def test_json_holds_what_was_run_and_nothing_is_overwritten(
    nodewright: Command, impostor: Impostor, address: str, policy: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    impostor.files += [{"filename": "../../etc/passwd", "subfolder": "..", "type": "temp"}]
    documents = [nodewright("run", *options(address, policy, out), "--json").document for _ in range(2)]
    names = [[Path(path).name for path in document["workflows"][0]["images"]] for document in documents]
    assert names == [["picture_00001_.png", "passwd"], ["picture_00001_-2.png", "passwd-2"]]
    assert sorted(path.name for path in out.iterdir()) == sorted(sum(names, []))
    assert documents[0]["workflows"][0]["api"] == impostor.asked[1][1]["prompt"]
    assert documents[0]["workflows"][0]["seconds_rendering"] > 0


def test_several_workflows_are_all_run(
    nodewright: Command, impostor: Impostor, address: str, policy: Path, tmp_path: Path
) -> None:
    done = nodewright("run", *options(address, policy, tmp_path / "out"), "-n", "3", "--json")
    queued = [content["prompt"] for path, content in impostor.asked if path == "/prompt"]
    assert len(queued) > 1
    assert [one["api"] for one in done.document["workflows"]] == queued


def test_a_workflow_that_fails_leaves_the_others(
    nodewright: Command, impostor: Impostor, address: str, policy: Path, tmp_path: Path
) -> None:
    impostor.queue_answer = (400, {"error": {"message": "Not this one", "details": ""}, "node_errors": {}})
    impostor.queue_answers = 1
    done = nodewright("run", *options(address, policy, tmp_path / "out"), "-n", "3", "--json")
    message = failed(done, 1, "rejected")
    first, *others = done.document["workflows"]
    assert first["error"] == {"kind": "rejected", "message": message} and "images" not in first
    assert f"workflow 1: {message}" in done.err
    assert others and all(len(one["images"]) == 1 and "error" not in one for one in others)
    assert len(list((tmp_path / "out").iterdir())) == len(others)
    assert done.document["seed"] == 3


def test_a_server_that_goes_away_says_what_was_queued(
    nodewright: Command, impostor: Impostor, address: str, policy: Path, tmp_path: Path
) -> None:
    impostor.dies = True
    command = ["run", *options(address, policy, tmp_path / "out", timeout=5), "-n", "3", "--json"]
    message = failed(nodewright(*command), 3, "server")
    assert f"queued as {impostor.prompt_id}" in message
    assert len([path for path, _ in impostor.asked if path == "/prompt"]) == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_queued(
    nodewright: Command, impostor: Impostor, address: str, policy: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.write_text("a file", encoding="utf-8")
    assert str(out) in failed(nodewright("run", *options(address, policy, out), "--json"), 2, "file")
    assert impostor.asked == []


def test_a_server_that_was_restarted_has_lost_the_job(
    nodewright: Command, impostor: Impostor, address: str, policy: Path, tmp_path: Path
) -> None:
    impostor.forgets = True
    message = failed(nodewright("run", *options(address, policy, tmp_path / "out"), "--json"), 3, "server")
    assert impostor.prompt_id in message and "no longer knows" in message


def test_a_refused_workflow_names_node_and_input(
    nodewright: Command, impostor: Impostor, address: str, policy: Path, tmp_path: Path
) -> None:
    reason = {"message": "Value not in list", "details": "'x' not in []", "extra_info": {"input_name": "ckpt"}}
    impostor.queue_answer = (400, {
        "error": {"message": "Prompt outputs failed validation", "details": ""},
        "node_errors": {"4": {"errors": [reason], "dependent_outputs": ["9"], "class_type": "CheckpointLoaderSimple"}},
    })  # fmt: skip
    done = nodewright("run", *options(address, policy, tmp_path / "out"), "--json")
    assert "Prompt outputs failed validation" in failed(done, 1, "rejected")
    (problem,) = done.document["error"]["problems"]
    assert (problem["node_id"], problem["class_type"], problem["input"]) == ("4", "CheckpointLoaderSimple", "ckpt")
    assert "node '4' (CheckpointLoaderSimple), input 'ckpt': Value not in list" in done.err


@pytest.mark.parametrize(
    ("answer", "named"),
    [((500, "oops"), "500"), ((400, "<html>"), "400"), ((200, "<html>"), "ComfyUI"), ((200, {}), "ComfyUI")],
)
def test_a_server_that_fails_to_queue(
    nodewright: Command, impostor: Impostor, address: str, policy: Path, tmp_path: Path, answer: Any, named: str
) -> None:
    impostor.queue_answer = answer
    assert named in failed(nodewright("run", *options(address, policy, tmp_path / "out"), "--json"), 3, "server")


@pytest.mark.parametrize(
    ("kind", "named"), [("execution_error", "out of memory"), ("execution_interrupted", "interrupted on the server")]
)
def test_a_job_that_fails_names_the_node(
    nodewright: Command, impostor: Impostor, address: str, policy: Path, tmp_path: Path, kind: str, named: str
) -> None:
    data = {"node_id": "5", "node_type": "KSampler", "exception_message": "out of memory\n"}
    impostor.status = {"status_str": "error", "completed": False, "messages": [[kind, data]]}
    message = failed(nodewright("run", *options(address, policy, tmp_path / "out"), "--json"), 1, "render")
    assert "node '5' (KSampler)" in message and named in message


def test_a_job_without_a_picture(
    nodewright: Command, impostor: Impostor, address: str, policy: Path, tmp_path: Path
) -> None:
    impostor.files = []
    assert "no picture" in failed(nodewright("run", *options(address, policy, tmp_path / "out"), "--json"), 1, "render")


# ---- in a process of its own -------------------------------------------------------------------------------------

LIMITED = """
import resource, sys
from nodewright.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the size of files cannot be limited")
def test_a_full_disk_leaves_no_half_picture(impostor: Impostor, address: str, policy: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", LIMITED, "run", *options(address, policy, out), "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    message = failed(Done(done.returncode, done.stdout, done.stderr), 2, "file")
    assert str(out) in message
    assert list(out.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="the size of files cannot be limited")
def test_a_full_disk_leaves_the_saved_catalog(address: str, tmp_path: Path) -> None:
    out = tmp_path / "object_info.json"
    out.write_text("what was there", encoding="utf-8")
    command = [sys.executable, "-c", LIMITED, "catalog", "--server", address, "--out", str(out), "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert str(out) in failed(Done(done.returncode, done.stdout, done.stderr), 2, "file")
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    assert out.read_text(encoding="utf-8") == "what was there"


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C cannot be sent to one process")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("pending", [False, True])
def test_an_interrupt_stops_the_servers_job_and_no_other(
    impostor: Impostor, address: str, policy: Path, tmp_path: Path, how: signal.Signals, pending: bool
) -> None:
    impostor.looks, impostor.pending = None, pending
    command = [sys.executable, "-m", "nodewright", "run", *options(address, policy, tmp_path / "out"), "--json"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: impostor.prompt_id or process.poll() is not None, "the job is queued")
    time.sleep(0.5)
    process.send_signal(how)
    out, err = process.communicate(timeout=PATIENT)
    failed(Done(process.returncode, out, err), 130, "interrupted")
    cancelled = [(path, content) for path, content in impostor.asked if path in ("/queue", "/interrupt")]
    job = impostor.prompt_id
    assert cancelled == [("/queue", {"delete": [job]}) if pending else ("/interrupt", {"prompt_id": job})]
    assert "may still run" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C cannot be sent to one process")
def test_an_interrupt_that_the_server_does_not_hear_of(
    impostor: Impostor, address: str, policy: Path, tmp_path: Path
) -> None:
    impostor.looks = None
    command = [sys.executable, "-m", "nodewright", "run", *options(address, policy, tmp_path / "out")]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: impostor.prompt_id or process.poll() is not None, "the job is queued")
    impostor.dies = True
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENT)
    assert process.returncode == 130
    assert f"job {impostor.prompt_id}" in err and "may still run" in err


def test_a_bar_on_a_terminal_and_lines_elsewhere() -> None:
    """The display is the same object either way; only what it writes to differs."""
    import io

    from nodewright.cli.progress import Display

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, expected in ((Terminal(), "[##########----------] KSampler 10/20"), (io.StringIO(), "KSampler\n")):
        display = Display(stream)
        for step in (10, 10):
            display.show("KSampler", step, 20, f"{step}/20")
        display.clear()
        assert expected in stream.getvalue()
        assert stream.getvalue().count("\n") == (0 if isinstance(stream, Terminal) else 1)
        assert stream.getvalue().endswith("\r" if isinstance(stream, Terminal) else "\n")


def test_documents_are_ascii(nodewright: Command, offline: list[str]) -> None:
    """So that no console's encoding can break them."""
    done = nodewright("generate", "a \N{CAT FACE}", *offline, "--json")
    assert done.out.isascii()
    assert json.loads(done.out)["prompt"] == "a \N{CAT FACE}"
