"""Milliseconds that the panel waits for ComfyUI: for what is read while somebody types, the first card, and eight.

    .environment/venv/bin/python benchmarks/cards.py --comfyui FOLDER [--installation studio] [--runs 12]

A fresh ComfyUI on this machine's CPU with the files of an installation of ask_installations.py. `ready` is how long
POST /nodewright/ready takes after the server's start, as the panel asks for it when it opens; the rest comes after it.
`read` is POST /nodewright/read with each prompt as it grows by a word; `first card` and `eight cards` are the time from
sending POST /prompt for eight candidates until the first of them, and all of them ranked, have come through the
websocket, each with a prompt that was not written for before. The minimum is what the machine can do, the median how
busy it was.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
import uuid
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY / "runs"), str(Path(__file__).parent)]

from ask_installations import INSTALLATIONS, write_files  # noqa: E402
from comfyui_process import ComfyUI, place_pack  # noqa: E402
from machine import percentile  # noqa: E402

PROMPTS = (
    "a fox in the snow",
    "a wide cinematic photo of a lighthouse in a storm, use juggernaut",
    "an anime girl under a cherry tree, 9:16",
    "pixel art of a castle on a hill at night, 16:9",
    "a highly detailed oil painting of an old harbour, 1344x768, without people",
    "a quick sketch of two cats, square",
    'a poster with the words "OPEN TODAY" above a bakery, use flux, 28 steps',
    "portrait of an old sailor, film photo, upscale 2x",
)
ENDS = ("execution_success", "execution_error", "execution_interrupted")


async def read_times(session: aiohttp.ClientSession, url: str) -> list[float]:
    """Return the seconds of each reading, while the prompts are typed word by word."""
    found = []
    for prompt in PROMPTS:
        words = prompt.split(" ")
        for count in range(1, len(words) + 1):
            start = time.perf_counter()
            async with session.post(f"{url}/nodewright/read", json={"prompt": " ".join(words[:count])}) as answer:
                await answer.read()
            found.append(time.perf_counter() - start)
    return found


async def card_times(session: aiohttp.ClientSession, url: str, prompt: str, seed: int) -> tuple[float, float]:
    """Return the seconds until the first card, and until eight have come."""
    client, prompt_id = uuid.uuid4().hex, str(uuid.uuid4())
    node = {
        "class_type": "NodewrightPromptToWorkflow",
        "inputs": {"prompt": prompt, "seed": seed, "candidates": 8, "cards": True},
    }
    async with session.ws_connect(f"{url}/ws?clientId={client}", max_msg_size=0) as socket:
        body = {"prompt": {"nodewright": node}, "client_id": client, "prompt_id": prompt_id}
        start, first, whole = time.perf_counter(), 0.0, 0.0
        async with session.post(f"{url}/prompt", json=body) as answer:
            if answer.status != 200:
                sys.exit(f"refused: {await answer.text()}")
        async for message in socket:
            if message.type != aiohttp.WSMsgType.TEXT:
                continue
            event = json.loads(message.data)
            data: Any = event["data"]
            if data.get("prompt_id") != prompt_id:
                continue
            now = time.perf_counter() - start
            if event["type"] == "nodewright.candidate":
                first = first or now
            elif event["type"] == "executed":
                whole = now
            elif event["type"] in ENDS:
                if not whole:
                    sys.exit(f"the node failed: {data.get('exception_message', event['type'])}")
                return first or whole, whole
    sys.exit("the websocket closed")


async def measure(url: str, runs: int) -> None:
    """Measure on a running server and print a Markdown table."""
    async with aiohttp.ClientSession() as session:
        start = time.perf_counter()
        while True:
            async with session.post(f"{url}/nodewright/read", json={"prompt": "a fox"}) as answer:
                if not (await answer.json())["building"]:
                    break
            await asyncio.sleep(0.05)
        async with session.post(f"{url}/nodewright/ready", json={}) as answer:
            await answer.read()
        ready = time.perf_counter() - start
        await read_times(session, url)
        reads = await read_times(session, url)
        cards = [await card_times(session, url, PROMPTS[run % len(PROMPTS)], run + 1) for run in range(runs)]
    rows = {"read": reads, "first card": [one for one, _ in cards], "eight cards": [all_ for _, all_ in cards]}
    print(f"ready: {ready * 1000:.0f} ms\n\n| | least ms | p50 ms | p95 ms |\n| --- | ---: | ---: | ---: |")
    for name, seconds in rows.items():
        values = (min(seconds), median(seconds), percentile(seconds, 0.95))
        print(f"| {name} | {' | '.join(f'{1000 * value:.0f}' for value in values)} |")


def main() -> int:
    """Start a server and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comfyui", type=Path, required=True, help="ComfyUI's folder")
    parser.add_argument("--installation", choices=sorted(INSTALLATIONS), default="studio", help="the files (studio)")
    parser.add_argument("--runs", type=int, default=2 * len(PROMPTS), help="prompts to write for (%(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        place_pack(base / "custom_nodes" / "nodewright")
        write_files(arguments.installation, base / "models")
        with ComfyUI(arguments.comfyui.resolve(), base) as server:
            asyncio.run(measure(server.url, arguments.runs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
