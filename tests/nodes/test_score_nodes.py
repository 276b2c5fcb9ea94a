"""Score Workflow, Load Reward, Record Result and candidates ranked by a reward, inside a real ComfyUI."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from api_nodes import node
from comfyui_client import fetch, fetch_json, run
from comfyui_process import ComfyUI
from tiny_reward import write_tiny_reward

from nodewright.store.triplets import TripletStore

PROMPT = "a red circle on a blue background"


@pytest.fixture(scope="module")
def reward_url(url: str, comfyui_server: ComfyUI) -> str:
    """The server's, with a reward model over "tiny" as "tiny_reward" in models/nodewright."""
    folder = comfyui_server.base_directory / "models" / "nodewright"
    write_tiny_reward(folder / "tiny_reward", folder / "tiny", {"SaveImage": 1, "KSampler": 2})
    return url


def picture(**inputs: Any) -> dict[str, Any]:
    """A graph that saves one plain picture; nothing in it takes a prompt."""
    return {
        "1": node("EmptyImage", **({"width": 64, "height": 64, "batch_size": 1, "color": 255} | inputs)),
        "2": node("SaveImage", images=["1", 0], filename_prefix="scored"),
    }


def scoring(**inputs: Any) -> dict[str, Any]:
    """Score Workflow with the tiny reward, and what shows its outputs."""
    return {
        "20": node("NodewrightScoreWorkflow", **({"prompt": PROMPT, "workflow": "", "reward": ["21", 0]} | inputs)),
        "21": node("NodewrightLoadReward", reward="tiny_reward", policy=["22", 0]),
        "22": node("NodewrightLoadPolicy", policy="tiny", device="cpu", dtype="float32"),
    }


def scored(url: str, graph: dict[str, Any]) -> dict[str, Any]:
    done = run(url, graph)
    assert done.status == "execution_success", done.error
    (found,) = done.output("20")["nodewright_score"]
    document: dict[str, Any] = found
    return document


def test_the_running_graph_and_its_text_score_the_same(reward_url: str) -> None:
    inside = scored(reward_url, picture() | scoring())
    outside = scored(reward_url, scoring(workflow=json.dumps(picture())))
    posted = json.dumps({"client_id": "me", "prompt": picture()})
    assert scored(reward_url, scoring(workflow=posted))["members"] == outside["members"]
    assert inside["members"] == outside["members"]
    assert len(inside["members"]) == 3 and inside["deviation"] > 0
    assert "EmptyImage" in inside["unknown"] and "never or hardly seen in training" in inside["warning"]
    assert scored(reward_url, picture(color=7) | scoring())["members"] != inside["members"]  # it is looked at anew


def test_outputs_and_text(reward_url: str) -> None:
    shown = {str(30 + slot): node("PreviewAny", source=["20", slot]) for slot in range(4)}
    done = run(reward_url, picture() | scoring() | shown)
    assert done.status == "execution_success", done.error
    mean, deviation, members, warning = (done.output(key)["text"][0] for key in shown)
    (found,) = done.output("20")["nodewright_score"]
    assert float(mean) == pytest.approx(found["mean"]) and float(deviation) == pytest.approx(found["deviation"])
    assert [float(line) for line in members.split("\n")] == pytest.approx(found["members"], abs=1e-4)
    assert warning == found["warning"]
    assert done.output("20")["text"][0].startswith(f"{found['mean']:+.2f} ± ")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"workflow": "{"}, "workflow: not JSON"),
        ({"workflow": json.dumps({"1": node("SaveImage")})}, "makes no picture"),
        ({"workflow": json.dumps(picture()), "prompt": " "}, "prompt: none was found"),
        ({"workflow": "SaveImage nonsense"}, "script: it stops before its end"),
        ({}, "makes no picture"),
    ],
)
def test_what_cannot_be_scored_says_why(reward_url: str, inputs: dict[str, Any], message: str) -> None:
    done = run(reward_url, scoring(**inputs))
    assert done.status in ("refused", "execution_error")
    assert message in done.error


def test_rewards_that_are_not_there(reward_url: str, tmp_path: Path) -> None:
    graph = scoring(workflow=json.dumps(picture()))
    graph["21"]["inputs"]["folder"] = str(tmp_path / "nowhere")
    assert "there is no such folder" in run(reward_url, graph).error
    graph["21"]["inputs"]["folder"] = str(tmp_path)
    assert "neither reward.json, parts.json nor evidence.json" in run(reward_url, graph).error
    graph["21"]["inputs"] |= {"folder": "", "reward": "gone"}
    refused = run(reward_url, graph)
    told = refused.error
    assert "there is no 'gone'" in told or "Value not in list" in told


def test_a_reward_of_another_policy_is_refused(reward_url: str, comfyui_server: ComfyUI, tmp_path: Path) -> None:
    from tiny_policy import tiny_policy

    from nodewright.models.policy.checkpoints import save_checkpoint
    from nodewright.models.policy.loading import load_policy

    tiny = load_policy(comfyui_server.base_directory / "models" / "nodewright" / "tiny")
    save_checkpoint(tiny_policy(tiny.vocabulary, seed=5, context=4096), tmp_path / "other")
    graph = scoring(workflow=json.dumps(picture()))
    graph["22"]["inputs"]["folder"] = str(tmp_path / "other")
    assert "trained over other weights" in run(reward_url, graph).error


def test_candidates_are_ranked_by_the_reward(reward_url: str, prompt_node: dict[str, Any]) -> None:
    graph = prompt_node
    graph["1"]["inputs"] |= {"candidates": 4, "max_nodes": 9, "reward": ["8", 0], "kappa": 0.5}
    graph["8"] = node("NodewrightLoadReward", reward="tiny_reward", policy=["9", 0])
    graph["2"] = node("PreviewAny", source=["1", 1])
    done = run(reward_url, graph)
    assert done.status == "execution_success", done.error
    assert "ranked by mean - 0.5 x deviation" in done.output("1")["text"][0]
    workflows = done.output("2")["text"]
    found = []
    for text in workflows:
        one = scored(reward_url, scoring(workflow=text, prompt="a red circle"))
        found.append(one["mean"] - 0.5 * one["deviation"])
    assert found == sorted(found, reverse=True)


# ---- the route ---------------------------------------------------------------------------------------------------


def ended(url: str, prompt_id: str) -> dict[str, Any]:
    """The history's entry of a prompt, when it is there."""
    for _ in range(3000):
        entry: dict[str, Any] = fetch_json(f"{url}/history/{prompt_id}").get(prompt_id, {})
        if entry:
            return entry
        time.sleep(0.1)
    raise TimeoutError(prompt_id)


def told_at(entry: dict[str, Any], event: str) -> int:
    """When the server told of an event of the prompt, in milliseconds."""
    return next(int(data["timestamp"]) for kind, data in entry["status"]["messages"] if kind == event)


def test_scoring_takes_its_turn_in_the_queue(reward_url: str) -> None:
    slow = picture(width=1024, height=1024)
    for number in range(3, 12):
        blurred = ["1" if number == 3 else str(number - 1), 0]
        slow[str(number)] = node("ImageBlur", image=blurred, blur_radius=31, sigma=10.0)
    slow["2"]["inputs"]["images"] = ["11", 0]
    before = fetch_json(f"{reward_url}/prompt", {"prompt": slow})["prompt_id"]
    asked = fetch_json(f"{reward_url}/nodewright/score", {"workflow": picture(), "prompt": PROMPT})["prompt_id"]
    first, then = ended(reward_url, before), ended(reward_url, asked)
    assert first["status"]["status_str"] == then["status"]["status_str"] == "success", then["status"]
    assert told_at(first, "execution_success") <= told_at(then, "execution_start")
    (found,) = then["outputs"]["score"]["nodewright_score"]
    assert found["mean"] is None and found["evidence"] is None, "without a name it is what is shipped"
    assert found["prompt"] == PROMPT
    assert "no score: nothing is known" in found["warning"], "it has no main model"


def test_a_reward_of_another_policy_than_the_shipped_one_says_so(reward_url: str) -> None:
    body = {"workflow": picture(), "prompt": PROMPT, "reward": "tiny_reward"}
    entry = ended(reward_url, fetch_json(f"{reward_url}/nodewright/score", body)["prompt_id"])
    assert entry["status"]["status_str"] == "error"
    assert "trained over other weights" in json.dumps(entry["status"])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "not JSON"),
        (b'{"prompt": "x"}', "the body must be"),
        (b'{"workflow": {"1": 2}, "prompt": 3}', "must be texts"),
        (b'{"workflow": "x", "reward": ["a"]}', "must be texts"),
    ],
)
def test_bodies_that_cannot_be_read(reward_url: str, body: bytes, message: str) -> None:
    status, answer = fetch(f"{reward_url}/nodewright/score", body)
    assert status == 400
    assert message in json.loads(answer)["error"]


# ---- Record Result -----------------------------------------------------------------------------------------------


def recording(rating: float, **inputs: Any) -> dict[str, Any]:
    given = {"image": ["1", 0], "rating": rating, "prompt": PROMPT, "workflow": ""}
    return picture() | {"20": node("NodewrightRecordResult", **(given | inputs))}


def kept(path: Path) -> list[Any]:
    """What a store has, nothing where there is none."""
    if not path.exists():
        return []
    with TripletStore(path) as store:
        return list(store.triplets())


def test_a_rating_becomes_a_triplet_on_this_machine(reward_url: str, comfyui_server: ComfyUI) -> None:
    path = comfyui_server.base_directory / "user" / "nodewright" / "triplets.db"
    before = len(kept(path))  # tests of pictures' ratings have the same server
    done = run(reward_url, recording(-1.0))
    assert done.output("20")["text"][0].startswith("not rated, so nothing was kept") and len(kept(path)) == before
    for rating in (4.0, 8.5):  # the second takes the place of the first
        done = run(reward_url, recording(rating))
        assert done.status == "execution_success", done.error
        assert done.output("20")["text"][0].startswith(f"recorded: {rating:g} of 10\n{before + 1} ratings in ")
    with TripletStore(path) as store:
        (triplet,) = (each for each in store.triplets() if each.prompt == PROMPT)
        assert (triplet.prompt, triplet.rating, triplet.source) == (PROMPT, 8.5, "user")
        assert triplet.choices[:3] == ("@none", "SaveImage", "EmptyImage")
        assert set(triplet.api) == {"1", "picture"}
        assert triplet.comfyui and triplet.catalog in store.catalogs()
        assert triplet.image is not None and store.image_path(triplet.image).read_bytes()[:4] == b"\x89PNG"
    assert "NodewrightRecordResult" not in json.dumps(triplet.api)


def test_the_rated_picture_is_the_one_that_is_linked(reward_url: str, comfyui_server: ComfyUI) -> None:
    path = comfyui_server.base_directory / "user" / "nodewright" / "triplets.db"
    prompt = "the plain one"
    alone = recording(7.0, prompt=prompt)
    del alone["2"]
    deeper = {
        "5": node("EmptyImage", width=64, height=64, batch_size=1, color=9),
        "6": node("ImageInvert", image=["5", 0]),
        "7": node("SaveImage", images=["6", 0], filename_prefix="another"),
    }
    inside = {"30": node("NodewrightRunWorkflow", workflow=json.dumps(alone), seeds="keep", seed=0)}
    for graph in (recording(6.0, prompt=prompt) | deeper, alone, deeper | inside):
        done = run(reward_url, graph)
        assert done.status == "execution_success", done.error
    with TripletStore(path) as store:
        outer, inner = (triplet for triplet in store.triplets() if triplet.prompt == prompt)
    assert outer.api["1"] == inner.api["30.0.0.1"] == picture()["1"]
    assert (set(outer.api), set(inner.api)) == ({"1", "picture"}, {"30.0.0.1", "picture"})
    assert outer.rating == inner.rating == 7.0, "the second rating of the same workflow took the place of the first"
    assert outer.choices == inner.choices


def test_titles_and_what_comfyui_notes_make_no_other_entry(reward_url: str, comfyui_server: ComfyUI) -> None:
    from PIL import Image

    folder = comfyui_server.base_directory / "input"
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (64, 64)).save(folder / "rated.png")
    graph = recording(5.0, prompt="a loaded one")
    graph["1"] = node("LoadImage", image="rated.png")  # ComfyUI notes beside it whether the file has changed
    for number, title in enumerate(("One", "Two")):
        graph["1"]["_meta"] = {"title": title}
        Image.new("RGB", (64, 64), (number, 0, 0)).save(folder / "rated.png")
        assert run(reward_url, graph).status == "execution_success"
    with TripletStore(comfyui_server.base_directory / "user" / "nodewright" / "triplets.db") as store:
        (triplet,) = (triplet for triplet in store.triplets() if triplet.prompt == "a loaded one")
    assert triplet.api["1"] == node("LoadImage", image="rated.png")
