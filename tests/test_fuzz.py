"""Every reader of what others wrote, with damaged and hostile input: a result, or the error that it declares."""

from __future__ import annotations

import asyncio
import json
import shutil
import warnings
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from adapted import adapted_by_peft
from aiohttp import web
from broken_servers import serving
from installation_data import own_workflows
from installations import installation
from mutations import changed_bytes, changed_json, changed_text, changed_value
from PIL import Image, PngImagePlugin
from random_model import random_model
from tiny_policy import PROMPTS, WORDS, tiny_policy
from tiny_reward import tiny_reward
from transformers import PreTrainedTokenizerFast

from nodewright.comfyui import client
from nodewright.comfyui.client import Client, RejectedError, RenderError, ServerError
from nodewright.models.policy.adapters import adapter_of
from nodewright.models.policy.checkpoints import save_checkpoint
from nodewright.models.policy.folders import PolicyError
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.models.reward.ensemble import RewardEnsemble
from nodewright.models.reward.members import RewardError
from nodewright.store.png import without_texts
from nodewright.store.triplets import Job, StoreError, TripletStore
from nodewright.training.collect.config import CollectConfig
from nodewright.training.collect.sampling import read_jobs
from nodewright.training.common.options import parse_options
from nodewright.training.common.pairs import DataError, read_pairs
from nodewright.training.common.prompt_file import read_prompt_records, read_prompts
from nodewright.training.scorers.command import TableError
from nodewright.training.scorers.command import read_prompts as read_picture_prompts
from nodewright.training.sft.tokenizer import train_tokenizer
from nodewright.workflow.api_format import from_api, read_json
from nodewright.workflow.as_script import as_script
from nodewright.workflow.catalog.cache import from_json, load_catalog, to_json
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.safetensors_header import HeaderError, read_header
from nodewright.workflow.graph import WorkflowError
from nodewright.workflow.script.script import read_script
from nodewright.workflow.ui_format import api_from_ui
from nodewright.workflow.validate import validate

CLASSES = (
    "CheckpointLoaderSimple", "CLIPTextEncode", "EmptyLatentImage", "KSampler", "VAEDecode", "SaveImage", "LoraLoader",
    "CLIPSetLastLayer", "ImageScaleBy", "PreviewImage", "UpscaleModelLoader", "ImageUpscaleWithModel",
)  # fmt: skip

ODD_CHOICES = (
    "&0", "&" + "9" * 4400, '##"[[["', '##"' + "[" * 2000 + "]" * 2000 + '"', '#"\\ud800"', "9" * 4400, "steps=",
    "KSampler:99", "KSampler:" + "9" * 4400, "1e999", "", "!", ">", "@end", "@prompt", "+",
)  # fmt: skip


def tried(count: int, make: Callable[[Random], Any], read: Callable[[Any], Any], *errors: type[BaseException]) -> None:
    """Reads `count` drawn inputs. Whatever is raised besides `errors` fails with the input's number."""
    ended = 0
    for number in range(count):
        given = make(Random(f"fuzz {number}"))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                read(given)
        except errors as error:
            ended += 1
            message = str(error)
            assert message and len(message) < 2000, f"input {number}: {message[:300]!r} is no sentence"
        except Exception as error:
            raise AssertionError(f"input {number}: {type(error).__name__}: {error}") from error
    assert ended, "no input was refused"


@pytest.fixture(scope="module")
def small_info(object_info: dict[str, Any]) -> dict[str, Any]:
    return {name: object_info[name] for name in CLASSES}


@pytest.fixture(scope="module")
def catalog(object_info: dict[str, Any]) -> Catalog:
    return installation(
        object_info, ("checkpoints", "sd15/dreamshaper_8.safetensors"), ("loras", "sd15/ink.safetensors")
    )


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(train_tokenizer([*PROMPTS, *WORDS], 350), WORDS)


@pytest.fixture(scope="module")
def policy(vocabulary: Vocabulary) -> Policy:
    return tiny_policy(vocabulary)


# ---- folders of weights ------------------------------------------------------------------------------------------


def changed_folder(whole: Path, place: Path, names: tuple[str, ...]) -> Callable[[Random], Path]:
    """What makes a copy of a folder in which one file is changed."""
    contents = {name: (whole / name).read_bytes() for name in names}

    def make(draw: Random) -> Path:
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(whole, place)
        name = draw.choice(names)
        data = contents[name]
        if name.endswith(".json"):
            (place / name).write_bytes(changed_json(json.loads(data), draw))
        else:
            header = 8 + int.from_bytes(data[:8], "little")
            start, rest = (data[:header], data[header:]) if draw.random() < 0.7 else (data, b"")
            (place / name).write_bytes(changed_bytes(start, draw) + rest)
        return place

    return make


def test_checkpoints(policy: Policy, tmp_path: Path) -> None:
    adapter = adapter_of(adapted_by_peft(tiny_policy(policy.vocabulary).model, layers=[1]))
    save_checkpoint(replace(policy, adapter=adapter), tmp_path / "whole")
    names = (
        "config.json", "nodewright.json", "tokenizer.json", "model.safetensors", "tuned/adapter_config.json",
        "tuned/nodewright_adapter.json", "tuned/adapter_model.safetensors",
    )  # fmt: skip
    tried(170, changed_folder(tmp_path / "whole", tmp_path / "copy", names), load_policy, PolicyError)


@pytest.mark.parametrize("model_type", ["llama", "gpt2"])
def test_folders_of_transformers(policy: Policy, tmp_path: Path, model_type: str) -> None:
    sizes = {"n_embd": 32, "n_head": 4, "n_layer": 2, "n_positions": 64} if model_type == "gpt2" else {}
    model = random_model(model_type, vocab_size=policy.vocabulary.size, **sizes)
    model.save_pretrained(tmp_path / "whole")
    PreTrainedTokenizerFast(tokenizer_object=policy.vocabulary.tokenizer).save_pretrained(tmp_path / "whole")
    names = ("config.json", "config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors")

    def read(folder: Path) -> None:
        loaded = load_policy(folder)
        with torch.no_grad():
            loaded.model(torch.tensor([[1, 2, 3]]))

    tried(50, changed_folder(tmp_path / "whole", tmp_path / "copy", names), read, PolicyError)


def test_reward_models(policy: Policy, tmp_path: Path) -> None:
    tiny_reward(policy, {"KSampler": 3}).save(tmp_path / "whole")
    names = (
        "reward.json", "reward.json", "member-0/head.safetensors", "member-1/adapter_config.json",
        "member-2/adapter_model.safetensors", "member-0/nodewright_adapter.json",
    )  # fmt: skip

    def read(folder: Path) -> None:
        RewardEnsemble.load(folder, policy).score(PROMPTS[0], [("KSampler", "steps=", "20")])

    tried(80, changed_folder(tmp_path / "whole", tmp_path / "copy", names), read, RewardError)


def test_headers(tmp_path: Path) -> None:
    entry = {"dtype": "F16", "shape": [4, 2], "data_offsets": [0, 16]}
    header = {"__metadata__": {"ss_network_dim": "4"}, "lora_te_x.lora_up.weight": entry}

    def make(draw: Random) -> Path:
        text = changed_json(header, draw)
        length = len(text) if draw.random() < 0.8 else draw.choice((0, 1, 2**40, 2**64 - 1))
        (tmp_path / "a.safetensors").write_bytes(length.to_bytes(8, "little") + text + bytes(16))
        return tmp_path / "a.safetensors"

    tried(300, make, read_header, HeaderError)


# ---- installations, workflows and scripts ------------------------------------------------------------------------


def test_object_info(small_info: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "object_info.json"

    def make(draw: Random) -> Path:
        path.write_bytes(changed_json({name: small_info[name] for name in draw.sample(CLASSES, 4)}, draw))
        return path

    tried(150, make, lambda path: load_catalog(path, cache_dir=tmp_path / "cache"), WorkflowError)


def test_kept_catalogs(small_info: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "object_info.json"
    path.write_text(json.dumps(small_info), encoding="utf-8")
    whole = load_catalog(path, cache_dir=tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    content = kept.read_bytes()
    for number in range(60):
        kept.write_bytes(changed_bytes(content, Random(number)))
        assert load_catalog(path, cache_dir=tmp_path / "cache").fingerprint == whole.fingerprint
    assert from_json(to_json(whole)) == whole


def as_each_reader(document: Any, catalog: Catalog) -> None:
    """Reads a workflow as each command does; each may refuse it."""
    refused = 0
    for read in (
        lambda: as_script(document, catalog, "a cat"), lambda: api_from_ui(document, catalog),
        lambda: from_api(document), lambda: validate(document, catalog),
    ):  # fmt: skip
        try:
            read()
        except WorkflowError:
            refused += 1
    if refused > 2:
        raise WorkflowError("refused")


@pytest.mark.parametrize("form", ["api", "ui"])
def test_workflows(form: str, catalog: Catalog, tmp_path: Path) -> None:
    whole = [own_workflows()[name][form] for name in ("sd15_plain", "sd15_two_loras", "upscaled_picture")]
    path = tmp_path / "workflow.json"

    def make(draw: Random) -> Path:
        path.write_bytes(changed_json(draw.choice(whole), draw))
        return path

    tried(120, make, lambda path: as_each_reader(read_json(path), catalog), WorkflowError)


def test_scripts(catalog: Catalog) -> None:
    api = own_workflows()["sd15_two_loras"]["api"]
    choices = [*as_script(api, catalog, "a cat").choices]

    def make(draw: Random) -> str:
        if draw.random() < 0.5:
            return changed_text("\n".join(choices), draw)
        mixed = list(choices)
        for _ in range(3):
            mixed[draw.randrange(len(mixed))] = draw.choice((*ODD_CHOICES, draw.choice(choices)))
        return "\n".join(mixed)

    tried(200, make, lambda text: as_script(read_script(text, catalog), catalog, "a cat"), WorkflowError)


def picture() -> bytes:
    """A picture as ComfyUI saves it."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text("prompt", json.dumps(own_workflows()["sd15_plain"]["api"]))
    file = BytesIO()
    Image.new("RGB", (2, 2)).save(file, "PNG", pnginfo=texts)
    return file.getvalue()


def test_pictures() -> None:
    whole = picture()
    tried(200, lambda draw: changed_bytes(whole, draw), without_texts, ValueError)


# ---- data of training --------------------------------------------------------------------------------------------


def changed_lines(rows: list[Any], path: Path) -> Callable[[Random], Path]:
    """What writes a file of lines of which one is changed."""

    def make(draw: Random) -> Path:
        lines = [json.dumps(row).encode() for row in rows]
        at = draw.randrange(len(lines))
        lines[at] = changed_json(rows[at], draw)
        path.write_bytes(b"\n".join(lines))
        return path

    return make


def test_pairs(tmp_path: Path) -> None:
    row = {"prompt": "a cat", "files": ["sd15/a"], "mains": 1, "choices": ["sd15/a", "SaveImage"], "forced": [0]}
    tried(100, changed_lines([row, row], tmp_path / "a.jsonl"), lambda path: list(read_pairs(path)), DataError)


def test_jobs(catalog: Catalog, tmp_path: Path) -> None:
    api = own_workflows()["sd15_plain"]["api"]
    rows = [
        {
            "prompt": "a cat",
            "seed": 3,
            "choices": ["sd15/a", "@end"],
            "api": api,
            "meaning": {"a": [1]},
            "split": "test",
        },
        {"prompt": "a dog", "seed": 4, "api": api},
    ]
    read = lambda path: [each.key for each in read_jobs(path, lambda: catalog)]  # noqa: E731
    tried(100, changed_lines(rows, tmp_path / "a.jsonl"), read, DataError)


def test_prompts(tmp_path: Path) -> None:
    rows = [{"prompt": "a cat", "meaning": {"kind": "x"}, "kind": "plain"}, {"prompt": "a dog"}]
    tried(50, changed_lines(rows, tmp_path / "a.jsonl"), read_prompt_records, DataError)
    tried(50, changed_lines(rows, tmp_path / "a.jsonl"), read_prompts, WorkflowError)
    files = [{"file": "a.png", "prompt": "a cat", "meaning": {}}, {"file": "b.png", "prompt": "a dog"}]
    read = lambda path: read_picture_prompts(path, tmp_path)  # noqa: E731
    tried(50, changed_lines(files, tmp_path / "b.jsonl"), read, TableError)


def test_configurations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = {"store": "a.db", "servers": ["http://a"], "count": 3, "discard_images": True, "workflows": "random"}
    path = tmp_path / "config.json"

    def make(draw: Random) -> Path:
        path.write_bytes(changed_json(config, draw))
        return path

    def read(path: Path) -> None:
        try:
            parse_options(CollectConfig, ["--config", str(path)], prog="collect", description="")
        except SystemExit as error:
            assert error.code == 2
            raise ValueError(capsys.readouterr().err[-300:]) from None

    tried(60, make, read, ValueError)


def test_stores(tmp_path: Path) -> None:
    with TripletStore(tmp_path / "whole.db") as store:
        api = own_workflows()["sd15_plain"]["api"]
        store.add_jobs([Job("a cat", ("sd15/a", "@end"), api, seed) for seed in (1, 2)])
        store.record_result(1, picture(), seconds=0.1, comfyui="0.3.75", catalog="x")
        store.record_scores("looks", {1: 0.5})
    whole = (tmp_path / "whole.db").read_bytes()
    path = tmp_path / "s.db"

    def make(draw: Random) -> Path:
        for old in tmp_path.glob("s.db*"):
            old.unlink()
        path.write_bytes(changed_bytes(whole, draw))
        return path

    def read(path: Path) -> None:
        with TripletStore(path) as store:
            list(store.triplets())
            [store.job(waiting.id) for waiting in store.pending()]

    tried(60, make, read, StoreError)


# ---- answers of a server -----------------------------------------------------------------------------------------

ENTRY = {
    "outputs": {"9": {"images": [{"filename": "a.png", "subfolder": "", "type": "output"}]}},
    "status": {
        "status_str": "success", "completed": True,
        "messages": [["execution_start", {"timestamp": 1}], ["execution_success", {"timestamp": 5}]],
    },
}  # fmt: skip
MODEL = {
    "name": "a.safetensors", "folder": "loras", "role": "lora", "families": ["sd15"], "alias": "sd15/a",
    "encoder": None, "scale": None, "parts": [],
}  # fmt: skip
ANSWERS: dict[str, Any] = {
    "/history/ID": {"ID": ENTRY},
    "/queue": {"queue_running": [[1, "x", {}]], "queue_pending": []},
    "/prompt": {"prompt_id": "ID", "number": 1, "node_errors": {"3": {"errors": [{"message": "a", "details": "b"}]}}},
    "/object_info": {"KSampler": {"input": {"required": {}}}},
    "/nodewright/models": {"models": [MODEL, MODEL]},
    "/system_stats": {"system": {"comfyui_version": "0.3.75"}},
}


def test_answers_of_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "POLL_SECONDS", 0.01)
    answers: dict[str, bytes] = {}
    status = {"/prompt": 200}

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/ws":
            return web.Response(status=404)
        if request.path == "/prompt":
            answers["ID"] = json.dumps((await request.json())["prompt_id"])[1:-1].encode()
        name = "/history/ID" if request.path.startswith("/history/") else request.path
        body = answers.get(name, json.dumps(ANSWERS[name]).encode())
        return web.Response(body=body.replace(b"ID", answers.get("ID", b"ID")), status=status.get(name, 200))

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    with serving(app) as url:

        async def all_of_it() -> None:
            async with Client(url, timeout=0.5) as server:
                await server.object_info()
                await server.models()
                await server.version()
                await server.render({"9": {"class_type": "SaveImage", "inputs": {}}}, lambda progress: None)

        def make(draw: Random) -> str:
            answers.clear()
            name = draw.choice((*ANSWERS, "/history/ID", "/prompt"))
            answers[name] = changed_json(ANSWERS[name], draw)
            status["/prompt"] = 400 if name == "/prompt" and draw.random() < 0.5 else 200
            return name

        tried(150, make, lambda _: asyncio.run(all_of_it()), ServerError, RejectedError, RenderError)


def test_values_change_and_stay_json() -> None:
    """What the other tests draw is really other than what they begin with, in most cases."""
    texts = {json.dumps(changed_value(ENTRY, Random(number))) for number in range(100)}
    assert len(texts) > 60
    assert len({changed_json(ENTRY, Random(number)) for number in range(100)}) > 80
