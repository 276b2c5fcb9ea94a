"""What the panel gets from a real server: cards of what was written, and what is read while somebody types."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from api_nodes import node
from comfyui_client import fetch, fetch_json, run
from comfyui_process import ComfyUI, place_pack

KEYS = {
    "number", "api", "script", "text", "negative", "seed", "read", "notes", "model", "size", "loras", "stages",
    "sampler", "scheduler", "steps", "cfg", "reasons", "quality", "no_quality", "log_probability", "draws",
}  # fmt: skip
SMALL = {"max_nodes": 9, "max_megapixels": 0.07}


def prompt_of(**inputs: Any) -> dict[str, Any]:
    """What the panel queues."""
    return {"nodewright": node("NodewrightPromptToWorkflow", **({"prompt": "a red circle", "seed": 3} | inputs))}


def test_cards_come_with_the_workflows(url: str) -> None:
    result = run(url, prompt_of(candidates=4, **SMALL))
    assert result.status == "execution_success", result.error
    cards = result.output("nodewright")["nodewright_cards"]
    assert cards
    assert [card["number"] for card in cards] == list(range(len(cards)))
    assert sum(card["draws"] for card in cards) == 4
    for card in cards:
        assert card.keys() == KEYS
        assert card["model"]["family"] == "miniature"
        assert card["stages"][0]["kind"] == "base"
        assert {one["choice"] for one in card["reasons"]} >= {"model", "size", "steps", "sampler"}
        answer = fetch_json(f"{url}/nodewright/validate", {"workflow": card["api"]})
        assert answer["valid"], answer
        (api_sampler,) = [one for one in card["api"].values() if one["class_type"] == "KSampler"] or [None]
        if api_sampler is not None:
            assert card["steps"] == api_sampler["inputs"]["steps"]


def test_the_first_card_is_sent_ahead_to_the_client_of_the_run(url: str) -> None:
    result = run(url, prompt_of(candidates=4, cards=True, seed=11, **SMALL))
    assert result.status == "execution_success", result.error
    kinds = [kind for kind, _ in result.events]
    assert kinds.count("nodewright.candidate") == 1
    assert kinds.index("nodewright.candidate") < kinds.index("executed")
    ahead = next(data for kind, data in result.events if kind == "nodewright.candidate")
    assert ahead["node"] == "nodewright"
    assert ahead["card"].keys() == KEYS
    assert ahead["card"]["quality"] is None
    cards = result.output("nodewright")["nodewright_cards"]
    assert ahead["card"]["api"] in [card["api"] for card in cards]
    assert "nodewright.candidate" not in [
        kind for kind, _ in run(url, prompt_of(candidates=4, seed=12, **SMALL)).events
    ]


def test_no_number_is_shown_where_there_is_no_evidence(url: str) -> None:
    result = run(url, prompt_of(prompt="an old sailor mends nets", candidates=3, cards=True, **SMALL))
    cards = result.output("nodewright")["nodewright_cards"]
    for card in cards:
        assert card["quality"] is None
        assert re.match("The reward model has |Nothing is known of ", card["no_quality"])
    likelihoods = [card["log_probability"] for card in cards]
    assert likelihoods == sorted(likelihoods, reverse=True)


def test_what_the_canvas_raises_is_a_result_for_a_client(url: str) -> None:
    tight: dict[str, Any] = {"max_nodes": 2, "max_megapixels": 0.07}
    result = run(url, prompt_of(cards=True, **tight))
    assert result.status == "execution_success", result.error
    (refused,) = result.output("nodewright")["nodewright_refused"]
    assert refused["input"] == "max_nodes"
    assert "too few" in refused["reason"]
    assert refused["what_to_do"] == "Raise max_nodes"
    assert "nodewright_cards" not in result.output("nodewright")
    result = run(url, prompt_of(**tight))
    assert result.status == "execution_error"
    assert "max_nodes: 2 are too few" in result.error


def test_ready_loads_what_the_first_run_needs(url: str) -> None:
    while fetch_json(f"{url}/prompt")["exec_info"]["queue_remaining"]:  # what ran last is still being put away
        time.sleep(0.05)
    answer = fetch_json(f"{url}/nodewright/ready", {})
    assert answer == {"ready": True, "problem": None, "no_quality": None}


def wait_for_the_catalog(url: str) -> None:
    """Wait until what is installed is known."""
    while fetch_json(f"{url}/nodewright/read", {"prompt": "a fox"})["building"]:
        pass


def test_a_prompt_is_read(url: str) -> None:
    wait_for_the_catalog(url)
    answer = fetch_json(f"{url}/nodewright/read", {"prompt": "a photo of a circle, 16:9", "quality": "detailed"})
    assert answer["text"] == "a photo of a circle"
    assert answer["problem"] is None
    labels = [chip["label"] for chip in answer["chips"]]
    assert labels[:3] == ["photo", "wide 16:9", "detailed"]
    assert fetch_json(f"{url}/nodewright/read", {"prompt": ""})["chips"] == []


@pytest.mark.parametrize(
    "body", [[], {}, {"prompt": 3}, {"prompt": "a\x07"}, {"prompt": "a fox", "max_nodes": "many"}, {"prompt": None}]
)
def test_what_is_no_prompt_is_refused_with_a_reason(url: str, body: Any) -> None:
    status, answer = fetch(f"{url}/nodewright/read", json.dumps(body).encode())
    assert status == 400
    assert json.loads(answer)["error"]


def test_what_a_menu_names_in_vain_is_a_problem(url: str) -> None:
    wait_for_the_catalog(url)
    answer = fetch_json(f"{url}/nodewright/read", {"prompt": "a fox, 16:9", "model": "gone.safetensors"})
    assert "gone.safetensors" in answer["problem"]
    assert answer["chips"]


def test_a_prompt_is_read_before_the_catalog_is_built(comfyui_path: Path, tmp_path: Path) -> None:
    place_pack(tmp_path / "custom_nodes" / "nodewright")
    with ComfyUI(comfyui_path, tmp_path) as server:
        answer = fetch_json(f"{server.url}/nodewright/read", {"prompt": "a photo of a fox, 16:9"})
        assert answer["building"]
        assert [chip["label"] for chip in answer["chips"]] == ["photo", "wide 16:9"]
        wait_for_the_catalog(server.url)
        answer = fetch_json(f"{server.url}/nodewright/read", {"prompt": "a photo of a fox, 16:9"})
        assert answer["problem"].startswith("No diffusion model is installed")
        assert fetch_json(f"{server.url}/nodewright/ready", {})["problem"] == answer["problem"]
        result = run(server.url, prompt_of(cards=True))
        (refused,) = result.output("nodewright")["nodewright_refused"]
        assert refused["reason"] == "No diffusion model is installed, so no picture can be made"
        assert refused["what_to_do"].startswith("Put a checkpoint (")
        assert [chip["label"] for chip in answer["chips"]] == ["photo", "wide 16:9"]
