from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from damage import cut, edit, remove
from tiny_policy import PROMPTS, tiny_policy
from toy_grammar import ToyGrammar

from nodewright.models.policy.adapters import write_adapter
from nodewright.models.policy.checkpoints import save_checkpoint, shipped_policy_path
from nodewright.models.policy.decoding import generate
from nodewright.models.policy.folders import CheckpointError
from nodewright.models.policy.loading import load_checkpoint, load_policy
from nodewright.models.policy.lora import Adapter
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.training.sft.tokenizer import train_tokenizer

FILES = {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "nodewright.json"}


@pytest.fixture(scope="module")
def saved(policy: Policy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "policy"
    save_checkpoint(policy, folder)
    return folder


@pytest.fixture
def damaged(saved: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(saved, tmp_path / "policy"))


def test_a_checkpoint_reads_back_as_it_was(policy: Policy, saved: Path) -> None:
    assert {path.name for path in saved.iterdir()} == FILES
    assert [path.name for path in saved.parent.iterdir()] == ["policy"], "something temporary was left"
    assert len({path.stat().st_mode for path in saved.iterdir()}) == 1
    loaded = load_policy(str(saved))
    assert loaded.vocabulary.words == policy.vocabulary.words
    assert (loaded.frame, loaded.description, loaded.typical_choices) == (policy.frame, policy.description, 20)
    arguments: dict[str, Any] = {"candidates": 3, "seed": 5}
    grammar = ToyGrammar()
    for ours, theirs in zip(*(generate(p, grammar, PROMPTS[2], **arguments) for p in (loaded, policy)), strict=True):
        assert ours.choices == theirs.choices
        assert ours.log_probability == pytest.approx(theirs.log_probability, abs=1e-3)


def test_half_precision_is_stored_and_read_as_float32_on_a_cpu(policy: Policy, tmp_path: Path) -> None:
    save_checkpoint(policy, tmp_path / "half", dtype=torch.float16)
    save_checkpoint(policy, tmp_path / "whole")
    sizes = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("half", "whole")]
    assert sizes[0] < 0.6 * sizes[1]
    assert policy.model.dtype == torch.float32, "saving changed the policy"
    assert load_checkpoint(tmp_path / "half").model.dtype == torch.float32
    assert load_checkpoint(tmp_path / "half", dtype=torch.float16).model.dtype == torch.float16


def test_its_config_has_what_both_generations_of_transformers_read(saved: Path) -> None:
    config = json.loads((saved / "config.json").read_text(encoding="utf-8"))
    assert config["torch_dtype"] == config["dtype"] == "float32"
    assert config["rope_theta"] == 10000.0


def test_transformers_reads_its_tokenizer(saved: Path, policy: Policy) -> None:
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast.from_pretrained(saved)
    assert tokenizer(PROMPTS[2])["input_ids"] == policy.vocabulary.encode_prompt(PROMPTS[2])


def test_windows_line_endings_do_not_matter(damaged: Path) -> None:
    for path in damaged.glob("*.json"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    load_checkpoint(damaged)


def test_saving_replaces_the_whole_folder(policy: Policy, damaged: Path) -> None:
    (damaged / "model-00001-of-00002.safetensors").write_bytes(b"a part of an older, larger model")
    save_checkpoint(policy, damaged)
    assert {path.name for path in damaged.iterdir()} == FILES
    assert [path.name for path in damaged.parent.iterdir()] == ["policy"]


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize(
    "name", ["cat.png", "notes/README.md", "my_lora.safetensors", "tuned/deep/adapter_config.json"]
)
def test_saving_deletes_no_file_of_others(
    policy: Policy, damaged: Path, tmp_path: Path, name: str, beside: bool
) -> None:
    folder = damaged if beside else tmp_path / "pictures"
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("mine", encoding="utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(CheckpointError, match=f"holds {name}.*Name a new or an empty folder"):
        save_checkpoint(policy, folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert not [*folder.parent.glob(".*")]


def test_saving_replaces_neither_a_file_nor_a_folder_of_another_kind(
    policy: Policy, damaged: Path, tmp_path: Path
) -> None:
    file, model = tmp_path / "file.txt", tmp_path / "model"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(CheckpointError, match="a file, and a checkpoint"):
        save_checkpoint(policy, file)
    assert file.read_text(encoding="utf-8") == "mine"
    model.mkdir()
    (model / "config.json").write_text("{}", encoding="utf-8")  # of a model that others made
    with pytest.raises(CheckpointError, match="no nodewright.json"):
        save_checkpoint(policy, model)
    with pytest.raises(CheckpointError, match="no part of an adapter"):
        write_adapter(damaged, Adapter("empty", 1, 1.0, {}, {}), None)
    (tmp_path / "empty").mkdir()
    save_checkpoint(policy, tmp_path / "empty")
    load_checkpoint(tmp_path / "empty")


def overwrite(name: str, content: bytes) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return apply


def other_tokenizer(folder: Path) -> None:
    train_tokenizer(["another text altogether"], 300).save(str(folder / "tokenizer.json"))


def same_size_garbage(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(b"\xff" * path.stat().st_size)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (remove("nodewright.json"), "nodewright.json: missing"),
        (remove("config.json"), "config.json: missing"),
        (remove("tokenizer.json"), "tokenizer.json: missing"),
        (remove("model.safetensors"), "model.safetensors: missing"),
        (cut("nodewright.json"), "nodewright.json: not JSON"),
        (cut("config.json"), "config.json: not JSON"),
        (cut("tokenizer.json"), "tokenizer.json: damaged"),
        (cut("model.safetensors"), "model.safetensors: .* bytes where"),
        (overwrite("model.safetensors", b"version https://git-lfs.github.com/spec/v1\n"), "Git LFS pointer"),
        (overwrite("nodewright.json", b"[]"), "nodewright.json: not a JSON object"),
        (overwrite("config.json", b"\xff\xfe"), "config.json: not "),
        (same_size_garbage, "model.safetensors: its header"),
        (other_tokenizer, "tokenizer.json: not the tokenizer"),
        (edit("nodewright.json", format=99), "format 99.*Update"),
        (edit("nodewright.json", format=None), "format None"),
        (edit("nodewright.json", words=None), "nodewright.json: words: a list .*is expected, not null"),
        (edit("nodewright.json", words=["a", "a"]), "'a' stands in the vocabulary twice"),
        (
            edit("nodewright.json", words=[str(n) for n in range(999)]),
            "embeddings, and tokenizer and workflow words need",
        ),
        (edit("nodewright.json", weights={}), "names no weights"),
        (edit("nodewright.json", weights={"../../etc/passwd": 3}), "passwd: missing"),
        (edit("config.json", vocab_size=7), "config.json: the model has 7 embeddings"),
        (edit("config.json", hidden_size=64), "model.safetensors: cannot be read with its config.json"),
        (edit("config.json", num_hidden_layers=3), "lack model.layers.2"),
        (
            edit("config.json", model_type="no such type"),
            "config.json: model_type: transformers .* knows no 'no such type'",
        ),
    ],
)
def test_a_damaged_checkpoint_names_the_file(damaged: Path, damage: Callable[[Path], None], named: str) -> None:
    damage(damaged)
    with pytest.raises(CheckpointError, match=named) as raised:
        load_checkpoint(damaged)
    assert str(damaged) in str(raised.value)


def test_a_full_disk_loses_nothing(
    policy: Policy, vocabulary: Vocabulary, damaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in damaged.iterdir()}

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CheckpointError, match="No space left on device.*Free some space"):
        save_checkpoint(tiny_policy(vocabulary, seed=1), damaged)
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in damaged.iterdir()} == before
    assert [path.name for path in damaged.parent.iterdir()] == ["policy"]


def test_a_place_that_cannot_be_written_says_so(policy: Policy, tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("no folder", encoding="utf-8")
    with pytest.raises(CheckpointError, match="could not be written"):
        save_checkpoint(policy, target / "policy")


def test_a_folder_that_is_none_says_so(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="nodewright.json: missing"):
        load_checkpoint(tmp_path / "nowhere")


def test_the_shipped_policy_lies_in_the_package() -> None:
    assert shipped_policy_path().parent.name == "models"


def test_the_shipped_policy_loads_and_is_small() -> None:
    folder = shipped_policy_path()
    policy = load_policy(folder)
    assert policy.vocabulary.words
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 60 * 2**20
