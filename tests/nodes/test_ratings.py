"""Rating pictures that a real server rendered, learning from them, and what that does to the ranking."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from api_nodes import node
from comfyui_client import fetch, fetch_json, run
from comfyui_process import DIRECT, ComfyUI

from nodewright.store.triplets import TripletStore

PROMPT = "a red circle on a blue background"
SIZES = ((96, 64), (64, 96), (64, 64))
STEPS = (8, 22)
LEARN = {"learn": node("NodewrightLearnFromRatings")}


def gallery(count: int) -> dict[str, Any]:
    """A graph that renders many small pictures, wide, tall and square in turn, with few and many steps."""
    graph = {
        "load": node("CheckpointLoaderSimple", ckpt_name="miniature.ckpt"),
        "yes": node("CLIPTextEncode", text=PROMPT, clip=["load", 1]),
        "no": node("CLIPTextEncode", text="", clip=["load", 1]),
    }
    for number in range(count):
        width, height = SIZES[number % 3]
        latent, sampled, decoded = (f"{name}{number}" for name in ("latent", "sampled", "decoded"))
        graph[latent] = node("EmptyLatentImage", width=width, height=height, batch_size=1)
        graph[sampled] = node(
            "KSampler", model=["load", 0], positive=["yes", 0], negative=["no", 0], latent_image=[latent, 0],
            seed=number, steps=STEPS[number // 3 % 2], cfg=3.0, sampler_name="euler", scheduler="normal", denoise=1.0,
        )  # fmt: skip
        graph[decoded] = node("VAEDecode", samples=[sampled, 0], vae=["load", 2])
        graph[f"saved{number}"] = node("SaveImage", images=[decoded, 0], filename_prefix="rated")
    return graph


@pytest.fixture(scope="module")
def pictures(url: str) -> list[dict[str, Any]]:
    """Twenty-four rendered pictures as ComfyUI names them, each with the id of the node that saved it."""
    done = run(url, gallery(24))
    assert done.status == "execution_success", done.error
    found = []
    for number in range(24):
        (image,) = done.output(f"saved{number}")["images"]
        found.append(image | {"node": f"saved{number}"})
    return found


def named(picture: dict[str, Any]) -> dict[str, Any]:
    return {key: picture[key] for key in ("filename", "subfolder", "type")}


def rate(url: str, picture: dict[str, Any], rating: str | None, **more: Any) -> Any:
    sent = {"picture": named(picture), "rating": rating, "prompt": PROMPT, "node": picture["node"]} | more
    return fetch_json(f"{url}/nodewright/ratings", sent)


def listed(url: str, *pictures: dict[str, Any]) -> Any:
    query = urllib.parse.urlencode({"pictures": json.dumps([named(picture) for picture in pictures])})
    return fetch_json(f"{url}/nodewright/ratings?{query}")


def removed(url: str, picture: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        f"{url}/nodewright/ratings", json.dumps({"picture": named(picture)}).encode(),
        {"Content-Type": "application/json"}, method="DELETE",
    )  # fmt: skip
    with DIRECT.open(request, timeout=300) as answer:
        return json.loads(answer.read())


@pytest.fixture
def store(comfyui_server: ComfyUI) -> Path:
    return comfyui_server.base_directory / "user" / "nodewright" / "triplets.db"


def test_a_picture_is_rated_by_what_made_it(url: str, pictures: list[dict[str, Any]], store: Path) -> None:
    first, second = pictures[:2]
    before = listed(url)["count"]
    assert rate(url, first, "up") == {"rating": "up", "count": before + 1}
    assert listed(url, first, second)["ratings"] == ["up", None], "another picture of the same graph has none"
    assert rate(url, first, "down")["rating"] == "down" and listed(url, first)["ratings"] == ["down"]
    with TripletStore(store) as opened:
        found = [each for each in opened.triplets(source="user") if each.prompt == PROMPT and each.rating == 0.0]
        (triplet,) = found
        assert triplet.seed == 0 and triplet.catalog in opened.catalogs()
    assert {one["class_type"] for one in triplet.api.values()} >= {"KSampler", "EmptyLatentImage"}
    assert sum(one["class_type"] == "KSampler" for one in triplet.api.values()) == 1, "the part that made it alone"
    assert removed(url, first) == {"rating": None, "count": before}
    assert rate(url, first, None) == {"rating": None, "count": before} and listed(url, first)["ratings"] == [None]


def test_the_file_itself_says_what_made_it_before_the_client_does(
    url: str, pictures: list[dict[str, Any]], comfyui_server: ComfyUI, store: Path
) -> None:
    rate(url, pictures[2], "up", workflow=gallery(1), node="saved2")
    with TripletStore(store) as opened:
        sizes = [
            (one["inputs"]["width"], one["inputs"]["height"])
            for each in opened.triplets(source="user") if each.rating == 10.0
            for one in each.api.values() if one["class_type"] == "EmptyLatentImage"
        ]  # fmt: skip
    assert sizes == [SIZES[2]]
    removed(url, pictures[2])
    bare = comfyui_server.base_directory / "output" / "bare_00001_.png"
    from PIL import Image

    Image.new("RGB", (8, 8), "red").save(bare)
    picture = {"filename": bare.name, "subfolder": "", "type": "output", "node": "saved0"}
    assert "its file holds none" in rate(url, picture, "up")["error"]
    assert rate(url, picture, "up", workflow=gallery(1))["rating"] == "up"
    Image.new("RGB", (8, 8), "blue").save(bare)  # another picture of the same name
    assert listed(url, picture)["ratings"] == [None]
    Image.new("RGB", (8, 8), "red").save(bare)
    assert removed(url, picture)["rating"] is None


def test_a_picture_from_run_workflow_is_rated_by_the_workflow_inside(url: str, store: Path) -> None:
    """What the queue ran is the graph around it, whose picture is made by a text."""
    inside = {"7": node("NodewrightRunWorkflow", workflow=json.dumps(gallery(1)), seeds="replace", seed=77)}
    done = run(url, inside)
    assert done.status == "execution_success", done.error
    (image,) = done.shown_at("7")
    picture = image | {"node": "7"}
    assert rate(url, picture, "up", workflow=inside, prompt="")["rating"] == "up"
    with TripletStore(store) as opened:
        (triplet,) = (each for each in opened.triplets(source="user") if each.seed == 77)
    assert triplet.prompt == PROMPT and "KSampler" in triplet.choices
    removed(url, picture)


@pytest.mark.parametrize(
    "picture",
    [
        {"filename": "../user/comfyui.settings.json"},
        {"filename": "..\\x.png"},
        {"filename": "/etc/passwd"},
        {"filename": "x.png", "subfolder": "../../user"},
        {"filename": "x.png", "subfolder": "/etc"},
        {"filename": "x.png", "type": "input"},
        {"filename": "x.png", "type": "output", "subfolder": "a\0b"},
        {"filename": ""},
        {"filename": "no_such_picture.png"},
        {"filename": 5},
        {},
        [],
        None,
        "x.png",
    ],
)
def test_only_pictures_in_comfyuis_folders_are_rated(url: str, picture: Any, comfyui_server: ComfyUI) -> None:
    outside = comfyui_server.base_directory / "user" / "x.png"
    outside.write_bytes(b"not a picture to rate")
    for rating in ("up", None):
        sent = {"picture": picture, "rating": rating, "workflow": gallery(1)}
        status, answer = fetch(f"{url}/nodewright/ratings", json.dumps(sent).encode())
        assert status == 400 and json.loads(answer)["error"], answer


@pytest.mark.parametrize(
    "sent",
    [
        {}, [], 5, {"picture": {"filename": "x.png"}}, {"picture": {"filename": "x.png"}, "rating": "sideways"},
        {"picture": {"filename": "x.png"}, "rating": 10},
        {"picture": {"filename": "x.png"}, "rating": "up", "prompt": 5},
    ],
)  # fmt: skip
def test_other_requests_are_refused_with_a_reason(url: str, sent: Any) -> None:
    status, answer = fetch(f"{url}/nodewright/ratings", json.dumps(sent).encode())
    assert status == 400 and json.loads(answer)["error"]
    assert fetch(f"{url}/nodewright/ratings?pictures=nonsense")[0] == 400
    assert fetch(f"{url}/nodewright/ratings?pictures=" + "%5B%5D")[0] == 200


# ---- learning ------------------------------------------------------------------------------------------------------


def written(url: str, **inputs: Any) -> list[dict[str, Any]]:
    """The cards of Prompt to Workflow with the shipped policy, best first."""
    given = {"prompt": PROMPT, "seed": 5, "candidates": 8, "temperature": 1.2, "max_megapixels": 0.07} | inputs
    done = run(url, {"write": node("NodewrightPromptToWorkflow", **given)})
    assert done.status == "execution_success", done.error
    cards: list[dict[str, Any]] = done.output("write")["nodewright_cards"]
    return cards


def liked(number: int) -> str:
    """The thumb of a user who likes pictures of many steps."""
    return "up" if STEPS[number // 3 % 2] == max(STEPS) else "down"


def learned(url: str) -> Any:
    done = run(url, LEARN)
    assert done.status == "execution_success", done.error
    (document,) = done.output("learn")["nodewright_ratings"]
    return document


def test_learning_changes_the_ranking_and_can_be_taken_back(
    url: str, pictures: list[dict[str, Any]], comfyui_server: ComfyUI
) -> None:
    for number in range(5):
        rate(url, pictures[number], liked(number))
    few = learned(url)
    assert few["learned"] is None and "5 ratings so far; from 20 on" in few["problem"]
    for number in range(5, 24):
        rate(url, pictures[number], liked(number))
    before = written(url)

    found = learned(url)
    assert found["count"] == 24 and found["learned"]["used"], found
    assert found["learned"]["compared"] and found["learned"]["after"] > found["learned"]["before"]
    assert "It has become better" in found["learned"]["words"]

    after = written(url)
    assert [card["api"] for card in after] != [card["api"] for card in before]
    assert sorted(card["script"] for card in after) == sorted(card["script"] for card in before)
    steps, half = [card["steps"] for card in after], len(after) // 2
    assert fmean(steps[:half]) > fmean(steps[half:]), "how surely depends on what the policy finds likely"
    most = max(after, key=lambda card: card["steps"])
    (why,) = (one["reason"] for one in most["reasons"] if one["choice"] == "steps")
    assert "you liked 12 of 12 pictures with more steps" in why
    assert [card["api"] for card in written(url, ratings="ignore")] == [card["api"] for card in before]

    folder = comfyui_server.base_directory / "user" / "nodewright" / "preference"
    whole = (folder / "preference.json").read_bytes()
    (folder / "preference.json").write_bytes(whole[:100])
    damaged = written(url)
    assert [card["api"] for card in damaged] == [card["api"] for card in before]
    assert any("preference.json" in note for note in damaged[0]["notes"])
    assert "preference.json" in listed(url)["problem"]
    (folder / "preference.json").write_bytes(whole)

    back = fetch_json(f"{url}/nodewright/ratings/take_back", {})
    assert back["done"] and back["learned"] is None and back["can_undo"]
    assert [card["api"] for card in written(url)] == [card["api"] for card in before]
    again = fetch_json(f"{url}/nodewright/ratings/undo", {})
    assert again["done"] and again["learned"]["used"] and not again["can_undo"]
    assert [card["api"] for card in written(url)] == [card["api"] for card in after]
    fetch_json(f"{url}/nodewright/ratings/take_back", {})
    for picture in pictures:
        removed(url, picture)
