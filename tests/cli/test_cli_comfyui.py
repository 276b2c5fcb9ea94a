"""The command line with a real ComfyUI."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from cli_command import Command
from comfyui_process import DIRECT, ComfyUI, place_pack
from comfyui_server import CHECKPOINT
from inventories import diffusion_model, unet_lora, write_sparse
from patience import wait_until

SMALL = ["--max-nodes", "7", "--max-megapixels", "0.05", "--forbidden", "KSamplerAdvanced"]
"""What a policy with random weights may do without taking minutes."""


def blurs(count: int) -> dict[str, Any]:
    """A workflow without models that takes long, and looks for an interrupt after each of its nodes."""
    api: dict[str, Any] = {
        "0": {"class_type": "EmptyImage", "inputs": {"width": 512, "height": 512, "batch_size": 1, "color": 0}}
    }
    for index in range(1, count + 1):
        inputs = {"image": [str(index - 1), 0], "blur_radius": 31, "sigma": 10.0 - index / 100}
        api[str(index)] = {"class_type": "ImageBlur", "inputs": inputs}
    api["save"] = {"class_type": "PreviewImage", "inputs": {"images": [str(count), 0]}}
    return api


def queue(server: ComfyUI) -> tuple[list[Any], list[Any]]:
    answer: Any = server.get("/queue")
    return answer["queue_running"], answer["queue_pending"]


def test_a_prompt_becomes_a_picture(nodewright: Command, comfyui_server: ComfyUI, policy: Path, tmp_path: Path) -> None:
    options = ["--server", comfyui_server.url, "--policy", policy, "--seed", "1", "--out", tmp_path / "out"]
    done = nodewright("run", "a red circle", *options, *SMALL, "--json")
    assert done.status == 0, done.err
    (workflow,) = done.document["workflows"]
    for image in workflow["images"]:
        assert Path(image).read_bytes().startswith(b"\x89PNG")
    history: Any = comfyui_server.get(f"/history/{workflow['prompt_id']}")
    assert history[workflow["prompt_id"]]["prompt"][2].keys() == workflow["api"].keys()
    messages = dict(history[workflow["prompt_id"]]["status"]["messages"])
    cached = messages["execution_cached"]["nodes"]  # the server keeps what other tests have run there
    for number, node in workflow["api"].items():
        quick = node["class_type"] == "EmptyLatentImage" or number in cached
        assert quick or f"{node['class_type']} (" in done.err


def test_the_same_again_is_cached_and_still_saved(
    nodewright: Command, comfyui_server: ComfyUI, policy: Path, tmp_path: Path
) -> None:
    options = ["--server", comfyui_server.url, "--policy", policy, "--seed", "2", "--out", tmp_path]
    images = [
        nodewright("run", "a red circle", *options, *SMALL, "--json").document["workflows"][0]["images"]
        for _ in range(2)
    ]
    assert images[0] != images[1]
    assert Path(images[0][0]).read_bytes() == Path(images[1][0]).read_bytes()


def test_families_come_from_headers_where_the_server_has_the_pack(
    nodewright: Command, comfyui_path: Path, tmp_path: Path
) -> None:
    base = tmp_path / "comfyui"
    place_pack(base / "custom_nodes" / "nodewright")
    mystery = base / "models" / "diffusion_models" / "mystery.safetensors"
    write_sparse(mystery, diffusion_model("flux"), "BF16")
    write_sparse(base / "models" / "vae" / "ink.safetensors", unet_lora(768))
    mystery.with_name("mystery.metadata.json").write_text('{"tags": ["comics"], "notes": "20 steps"}', encoding="utf-8")
    saved = tmp_path / "object_info.json"
    with ComfyUI(comfyui_path, base) as server:
        shown = nodewright("catalog", "--server", server.url, "--out", saved, "--files")
        line = (
            "diffusion_models/mystery.safetensors: good at comic (sidecar, 'comics'), text (family, 'flux'); steps 20"
        )
        assert f"  {line} (sidecar)\n" in shown.out
        done = nodewright("catalog", "--server", server.url, "--out", saved, "--files", "--json")
        (file,) = done.document["files"]
        assert file["good_at"][0] == {"style": "comic", "source": "sidecar", "words": "comics"}
        assert file["facts"]["steps"] == {"value": [20, 20], "source": "sidecar"}
        assert done.status == 0, done.err
        own: Any = server.get("/nodewright/catalog")
        assert done.document["families"] == own["families"] == {"flux": {"diffusion_model": 1}}
        left_out = ["vae/ink.safetensors looks like a LoRA; move it to models/loras"]
        assert done.document["models_left_out"] == own["left_out"] == left_out
        served: Any = server.get("/object_info")
        assert json.loads(saved.read_text(encoding="utf-8")).keys() == served.keys()
    with_names_alone = nodewright("generate", "a cat", "--object-info", saved, "--json")
    assert "flux" not in with_names_alone.document["error"]["message"]


def test_validation_knows_what_the_server_has(nodewright: Command, comfyui_server: ComfyUI, tmp_path: Path) -> None:
    api = blurs(1)
    api["loader"] = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": CHECKPOINT}}
    path = tmp_path / "w.json"
    path.write_text(json.dumps(api), encoding="utf-8")
    assert nodewright("validate", path, "--server", comfyui_server.url).status == 0
    api["1"]["inputs"]["blur_radius"] = 99
    path.write_text(json.dumps(api), encoding="utf-8")
    done = nodewright("validate", path, "--server", comfyui_server.url)
    assert done.status == 1
    assert "node '1' (ImageBlur), input 'blur_radius'" in done.out


CLIENT = """
import asyncio, json, sys
from pathlib import Path
from nodewright.comfyui.client import Client, RejectedError

async def main():
    async with Client(sys.argv[1]) as client:
        try:
            done = await client.render(json.loads(sys.stdin.read()), lambda progress: print(progress, flush=True))
        except RejectedError as error:
            print(*error.problems)
        else:
            print(await client.save(done.files[0], Path(sys.argv[2])))

asyncio.run(main())
"""


def client(server: ComfyUI, folder: Path, api: dict[str, Any]) -> subprocess.Popen[str]:
    """Renders `api` with the client alone, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", CLIENT, server.url, str(folder)],
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(json.dumps(api))
    process.stdin.close()
    process.stdin = None  # so that communicate() leaves it alone
    return process


def test_a_refusal_of_comfyui_names_node_and_input(comfyui_server: ComfyUI, tmp_path: Path) -> None:
    api = blurs(1)
    api["1"]["inputs"]["blur_radius"] = 99
    out, err = client(comfyui_server, tmp_path, api).communicate(timeout=300)
    assert "node '1' (ImageBlur), input 'blur_radius'" in out, err


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C cannot be sent to one process")
def test_an_interrupt_stops_the_job_and_leaves_the_next_one_alone(comfyui_server: ComfyUI, tmp_path: Path) -> None:
    import signal

    first = client(comfyui_server, tmp_path, blurs(60))
    assert first.stdout is not None
    while "ImageBlur" not in first.stdout.readline():
        assert first.poll() is None
    ((_, stopped, *_),) = queue(comfyui_server)[0]
    body = json.dumps({"prompt": blurs(2)}).encode()
    request = urllib.request.Request(f"{comfyui_server.url}/prompt", body, {"Content-Type": "application/json"})
    with DIRECT.open(request, timeout=300) as answer:
        other = json.load(answer)["prompt_id"]
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=300)
    wait_until(lambda: queue(comfyui_server) == ([], []), "the queue is empty")
    history: Any = {**comfyui_server.get(f"/history/{stopped}"), **comfyui_server.get(f"/history/{other}")}  # type: ignore[dict-item]
    assert history[stopped]["status"]["messages"][-1][0] == "execution_interrupted"
    assert history[other]["status"]["status_str"] == "success"
