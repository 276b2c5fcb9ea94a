from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_policy import PROMPTS, one_thread
from transformers import (
    GraniteConfig,
    GraniteForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from nodewright.models.policy.decoding import score
from nodewright.models.policy.folders import CheckpointError, PolicyError
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.policy import Policy
from nodewright.training.common.console import silent
from nodewright.training.common.errors import TrainingError
from nodewright.training.common.pairs import FIRST, DataError, Pair, encode_pairs, is_held_out, load_encoded, read_pairs
from nodewright.training.sft import command as sft
from nodewright.training.sft.config import SftConfig, parse
from nodewright.training.sft.model import extend_words, fresh_llama
from nodewright.training.sft.packed_attention import packed_attention
from nodewright.training.sft.progress import PROGRESS
from nodewright.training.sft.rows import IGNORED, make_batch
from nodewright.training.sft.script_loss import ScriptLoss
from nodewright.training.sft.start import prepare
from nodewright.training.sft.tokenizer import train_tokenizer
from nodewright.training.sft.trainer import SftTrainer
from nodewright.workflow.ask.policy_words import policy_words
from nodewright.workflow.ask.syntax import read_ask
from nodewright.workflow.grammar.grammar import ChoiceSet
from nodewright.workflow.graph import Workflow

__all__ = ["one_thread"]

RED = ["sdxl/photo_v1", "Sample", "steps=", "20", "&1", ";", "@end"]
BLUE = ["sd15/photo_v2_pruned", "Decode", "Sample", "steps=", "30", "&2", ";", "@end"]
FILES = ["sd15/photo_v2_pruned", "sdxl/photo_v1"]
FORCED = [5]
SIZES: dict[str, Any] = {
    "vocab_size": 300, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 2048, "initializer_range": 0.3,
}  # fmt: skip


def tiny(data: Path, out: Path, **options: Any) -> SftConfig:
    """A configuration that trains in seconds."""
    defaults: dict[str, Any] = {
        "hidden": 32, "layers": 2, "heads": 4, "tokens": 300, "words": 120, "row_tokens": 512, "learning_rate": 0.005,
        "held_out": 0.1, "bfloat16": False,
    }  # fmt: skip
    return SftConfig(data, out, **(defaults | options))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Red pictures want one workflow, blue ones another."""
    path = tmp_path / "pairs.jsonl"
    things = ["cat", "dog", "house", "tree", "boat", "bird", "car", "lamp"]
    lines = [
        json.dumps(
            {"prompt": f"a {colour} {thing} {n}", "files": FILES, "mains": 2, "choices": choices, "forced": FORCED}
        )
        for n in range(12)
        for thing in things
        for colour, choices in (("red", RED), ("blue", BLUE))
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def random_model(architecture: str) -> Any:
    torch.manual_seed(0)
    if architecture == "llama":
        return LlamaForCausalLM(LlamaConfig(**SIZES)).eval()
    if architecture == "qwen2":
        return Qwen2ForCausalLM(Qwen2Config(**SIZES, tie_word_embeddings=True)).eval()
    return Qwen3ForCausalLM(Qwen3Config(**SIZES, head_dim=16)).eval()


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3"])
def test_packed_losses_are_those_of_each_sequence_alone(architecture: str) -> None:
    model = random_model(architecture)
    lengths = [5, 300, 17, 1, 290]  # two of more than one block
    ids = torch.randint(0, 300, (1, sum(lengths)))
    labels = ids.masked_fill(torch.rand(ids.shape) < 0.5, IGNORED)
    places = torch.cat([torch.arange(length) for length in lengths])[None]
    for start in (0, *torch.tensor(lengths).cumsum(0)[:-1].tolist()):
        labels[0, start] = IGNORED  # nothing stands before it
    # What transformers itself says of each sequence, before its attention is replaced.
    alone = []
    for part, told in zip(ids.split(lengths, 1), labels.split(lengths, 1), strict=True):
        logs = model(part).logits[0].log_softmax(-1)
        alone += [-logs[at - 1, told[0, at]] for at in range(part.shape[1]) if told[0, at] != IGNORED]
    with packed_attention(model):
        free = {"picked": torch.zeros(0, dtype=torch.long), "picks": torch.zeros(0, 1, dtype=torch.long)}
        packed = ScriptLoss(model, 0, False)(ids, places, labels, lengths, **free)
        halved = ScriptLoss(model, 0, True)(ids, places, labels, lengths, **free)
    torch.testing.assert_close(packed, torch.stack(alone), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(halved, packed, atol=0.5, rtol=0.05)
    assert abs(float((halved.mean() - packed.mean()).detach())) < 0.02
    assert model.config._attn_implementation == "sdpa"


def test_a_model_is_picked_among_those_installed_as_in_decoding() -> None:
    """The loss of picking a main model is what `score` says of it."""
    files = ("sdxl/photo_v1", "sdxl/photo_v2", "sdxl/photo_v2_toon", "sd15/photo_v2", "sdxl/toon_lora")

    class State:
        done, choices_made, choice_sets = False, (), (ChoiceSet(files[:4]),)

        def choose(self, choice: str) -> None:
            self.done = True

        def workflow(self) -> Workflow:
            return Workflow(())

    class Mains:
        def __init__(self) -> None:
            self.files = files
            self.good_at: dict[str, tuple[str, ...]] = {}

        def start(self) -> State:
            return State()

    tokenizer = train_tokenizer([*PROMPTS, *files], 330)
    policy = fresh_llama(tokenizer, ("sdxl/", "sd15/", "KSampler"), hidden=32, layers=2)
    torch.nn.init.normal_(policy.model.get_input_embeddings().weight, std=0.5)
    pairs = [
        Pair(f"a cat {n}", (name, "KSampler"), files, frozenset({1}), 4, policy_words(read_ask(f"a cat {n}")))
        for n, name in enumerate(files[:4])
    ]
    encoded, _ = encode_pairs(policy, pairs, held_out=0, prompt_tokens=64, context=512)
    order = [2, 0, 3, 1]
    batch = make_batch(encoded, order)
    assert int((batch.pop("marks") >= FIRST).sum()) == 4
    with packed_attention(policy.model), torch.no_grad():
        nats = ScriptLoss(policy.model, policy.pick_id, False)(**batch)
    expected = [-score(policy, Mains(), pairs[index].prompt, pairs[index].choices[:1])[0] for index in order]
    assert nats.tolist() == pytest.approx(expected, abs=1e-4)


def test_padded_attention_is_that_of_each_sequence() -> None:
    """GPUs attend to all sequences in one call."""
    from nodewright.training.sft.packed_attention import _fused, _padded, _products

    lengths = [3, 300, 1]
    query, key, value = torch.randn(3, 1, 4, 304, 16)
    parts = zip(*(tensor.split(lengths, 2) for tensor in (query, key, value)), strict=True)
    expected = torch.cat([_fused(q, k, v, 0.3) for q, k, v in parts], 2)
    torch.testing.assert_close(_padded(query, key, value, 0.3, lengths), expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(
        _products(query[..., 3:303, :], key[..., 3:303, :], value[..., 3:303, :], 0.3), expected[..., 3:303, :],
        atol=1e-5, rtol=1e-5,
    )  # fmt: skip


def test_models_with_windows_are_refused() -> None:
    model = random_model("qwen2")
    for layer in model.model.layers:
        layer.self_attn.sliding_window = 4
    with packed_attention(model), pytest.raises(PolicyError, match="sliding-window"):
        ids = torch.zeros(1, 9, dtype=torch.long)
        model(input_ids=ids, position_ids=torch.arange(9)[None], lengths=[9])


def test_models_that_scale_their_logits_are_refused() -> None:
    with packed_attention(GraniteForCausalLM(GraniteConfig(**SIZES, logits_scaling=1.0)).eval()):
        pass
    scaled = GraniteForCausalLM(GraniteConfig(**SIZES, logits_scaling=4.0)).eval()
    with pytest.raises(PolicyError, match="scale or cap"), packed_attention(scaled):
        pass


def test_a_policy_learns_what_the_prompt_asks_for(data: Path, tmp_path: Path) -> None:
    told: list[str] = []
    sft.train(tiny(data, tmp_path / "out", steps=400), report=told.append)
    policy = load_policy(tmp_path / "out")
    assert policy.description["steps"] == 400
    assert policy.description["held_out_pairs"] > 0
    assert policy.description["held_out_nats_per_choice"] < 0.05
    assert policy.description["held_out_nats_by_kind"].keys() == {"class", "link", "setting", "number", "file", "text"}
    assert policy.typical_choices in (7, 8)
    assert "sdxl/photo_v1" not in policy.vocabulary.words
    assert {"sdxl/", "sd15/", "flux/"} <= set(policy.vocabulary.words)
    held_out = [pair for pair in read_pairs(data) if is_held_out(pair, 0.1)]
    assert {pair.choices for pair in held_out} == {tuple(RED), tuple(BLUE)}
    for pair in held_out:
        assert written(policy, pair) == list(pair.choices)
    assert told[-1].endswith(f"wrote {tmp_path / 'out'}")
    assert sorted(path.name for path in (tmp_path / "out.log").iterdir()) == ["curves.json", "curves.png"]
    curves = json.loads((tmp_path / "out.log" / "curves.json").read_text(encoding="utf-8"))
    assert curves["training"][-1]["steps"] == 400
    assert curves["held_out"][-1]["loss"] == pytest.approx(policy.description["held_out_nats_per_choice"], abs=1e-4)


def written(policy: Policy, pair: Pair) -> list[str]:
    """The likeliest script that begins with the installed file that suits best, and then has any of the scripts'
    choices. The forced choices are given."""
    context = policy.context(pair.prompt, pair.files)
    with torch.no_grad():
        suits = policy.model(torch.tensor([context.ids])).logits[0, :, policy.pick_id]
    made = [max(pair.files, key=lambda file: float(suits[context.places[file]]))]
    ids = [*context.ids, *policy.vocabulary.encode_choice(made[0])]
    while len(made) < len(pair.choices):
        forced = len(made) in pair.forced
        offered = {pair.choices[len(made)]} if forced else {*RED, *BLUE} - {*pair.files}
        left = {policy.vocabulary.encode_choice(choice): choice for choice in offered}
        new: tuple[int, ...] = ()
        while new not in left:
            with torch.no_grad():
                logits = policy.model(torch.tensor([[*ids, *new]])).logits[0, -1]
            new = (*new, max({tokens[len(new)] for tokens in left}, key=lambda token: float(logits[token])))
            left = {tokens: choice for tokens, choice in left.items() if tokens[: len(new)] == new}
        made.append(left[new])
        ids += new
    return made


def test_where_nothing_is_held_out_nothing_is_measured(data: Path, tmp_path: Path) -> None:
    told: list[str] = []
    policy = sft.train(tiny(data, tmp_path / "out", steps=3, held_out=0.0, evaluate_minutes=0.0), report=told.append)
    assert policy.description["held_out_nats_per_choice"] is None
    assert "held out nothing" in told[-1] and "nan" not in "".join(told)
    assert json.loads((tmp_path / "out.log" / "curves.json").read_text(encoding="utf-8"))["held_out"] == []


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="what is mapped into memory is told by Linux only")
def test_the_data_is_let_go_before_its_files_are_deleted(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows deletes no file that is still mapped."""
    rows = tmp_path / "out.log" / "rows"
    mapped: list[bool] = []
    monkeypatch.setattr(sft, "forget", lambda _: mapped.append(str(rows) in Path("/proc/self/maps").read_text("utf-8")))
    policy = sft.train(tiny(data, tmp_path / "out", steps=1), report=silent)
    assert mapped == [False] and policy.description["steps"] == 1
    kept = load_encoded(rows)
    assert len(kept.ids) and str(rows) in Path("/proc/self/maps").read_text("utf-8")


def test_forced_choices_and_contexts_carry_no_loss(data: Path, tmp_path: Path) -> None:
    config = tiny(data, tmp_path / "out", steps=1)
    policy = prepare(config, silent).policy
    pairs = list(read_pairs(data))
    encoded, _ = encode_pairs(policy, pairs, held_out=0, prompt_tokens=64, context=512)
    batch = make_batch(encoded, [0, 1])
    counted = batch["input_ids"][0][batch["labels"][0] != IGNORED].tolist()
    expected = [
        token
        for pair in pairs[:2]
        for index, choice in enumerate(pair.choices)
        if index not in FORCED
        for token in policy.vocabulary.encode_choice(choice)[: 1 if choice in FILES else None]
    ]  # the families of the two files tell them apart
    assert counted == expected
    assert batch["labels"][0][batch["labels"][0] != IGNORED].tolist() == expected


def test_an_interrupted_training_goes_on_and_ends_the_same(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {"steps": 24, "accumulation": 2, "save_minutes": 0.0}
    whole = sft.train(tiny(data, tmp_path / "whole", **options), report=silent)

    class Killed(Exception):
        pass

    compute = SftTrainer.compute_loss

    def compute_and_die(trainer: SftTrainer, *inputs: Any, **more: Any) -> torch.Tensor:
        if trainer.state.global_step == 11:
            raise Killed
        return compute(trainer, *inputs, **more)

    parts = tiny(data, tmp_path / "parts", **options)
    monkeypatch.setattr(SftTrainer, "compute_loss", compute_and_die)
    with pytest.raises(Killed):
        sft.train(parts, report=silent)
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match=r"other data or settings \(steps\)"):
        sft.train(replace(parts, steps=25), report=silent)
    # What was being written when the end came is not taken for whole.
    torn = parts.log / "checkpoints" / "checkpoint-99"
    torn.mkdir()
    (torn / "model.safetensors").write_bytes(b"torn")
    told: list[str] = []
    again = sft.train(parts, report=told.append)
    assert "resumed at step 11" in told
    for one, other in zip(whole.model.parameters(), again.model.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)
    assert not (parts.log / "checkpoints").exists()


def command(data: Path, out: Path, *more: str) -> list[str]:
    options = ["--hidden", "32", "--layers", "2", "--tokens", "300", "--row-tokens", "256", "--no-bfloat16"]
    return ["-m", "nodewright.training.sft", "--data", str(data), "--out", str(out), *options, *more]


def test_a_training_by_the_clock_survives_kill_9(data: Path, tmp_path: Path) -> None:
    arguments = command(data, tmp_path / "out", "--minutes", "0.1", "--save-minutes", "0.005", "--threads", "1")
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    checkpoints = tmp_path / "out.log" / "checkpoints"
    while process.poll() is None and len(list(checkpoints.glob(f"*/{PROGRESS}"))) < 2:
        time.sleep(0.05)
    assert process.poll() is None, process.communicate()
    os.kill(process.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    process.communicate()
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "resumed at step" in done.stdout
    policy = load_policy(tmp_path / "out")
    assert 6 <= policy.description["seconds"] <= 8  # the time before is counted, and what was lost is not


@pytest.mark.skipif(os.name == "nt", reason="a limit on the size of files stands for a full disk")
def test_a_full_disk_costs_a_checkpoint_and_not_the_training(data: Path, tmp_path: Path) -> None:
    arguments = command(data, tmp_path / "out", "--steps", "3", "--save-minutes", "0", "--threads", "1")[2:]
    program = (
        "import resource, sys; from nodewright.training.sft.command import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (140_000, 140_000)); sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, cwd=tmp_path, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "could not be written" in done.stdout
    assert load_policy(tmp_path / "out").description["steps"] == 3


def test_two_processes_train_one_policy(data: Path, tmp_path: Path) -> None:
    launch = ["-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", "29611"]
    arguments = command(data, tmp_path / "out", "--steps", "4", "--threads", "1")
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *launch, *arguments], capture_output=True, text=True, cwd=tmp_path, timeout=300,
        env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("wrote") == 1
    alone = sft.train(
        tiny(data, tmp_path / "alone", steps=4, rows=2, words=4096, row_tokens=256, learning_rate=None, held_out=0.02),
        report=silent,
    )
    together = load_policy(tmp_path / "out")
    assert together.description["held_out_nats_per_choice"] == pytest.approx(
        alone.description["held_out_nats_per_choice"], rel=0.05
    )


def test_data_and_options_that_cannot_be_used(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        sft.train(tiny(tmp_path / "nothing.jsonl", tmp_path / "out", steps=1), report=silent)
    (tmp_path / "empty.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(DataError, match="no pairs"):
        sft.train(tiny(tmp_path / "empty.jsonl", tmp_path / "out", steps=1), report=silent)
    with pytest.raises(DataError, match="context of 8 tokens"):
        sft.train(tiny(data, tmp_path / "out", steps=1, context=8), report=silent)
    with pytest.raises(TrainingError, match="one of minutes, steps and epochs"):
        sft.train(tiny(data, tmp_path / "out"), report=silent)
    nothing: list[dict[str, Any]] = [{"steps": 0}, {"minutes": 0.0}, {"epochs": 0.0}]
    for length in nothing:
        with pytest.raises(TrainingError, match="above 0"):
            sft.train(tiny(data, tmp_path / "out", **length), report=silent)
    (tmp_path / "bad.jsonl").write_text('{"prompt": "x", "choices": ["a"]}\n{', encoding="utf-8")
    assert sft.main(["--data", str(tmp_path / "bad.jsonl"), "--out", str(tmp_path / "out"), "--steps", "1"]) == 2
    assert "bad.jsonl, line 2" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_with_other_files_is_refused_before_training(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "pictures"
    out.mkdir()
    (out / "cat.png").write_bytes(b"picture")
    assert sft.main(["--data", str(data), "--out", str(out), "--minutes", "600"]) == 2
    assert "holds cat.png" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["cat.png"]
    assert not out.with_name("pictures.log").exists()


def test_options_come_from_a_file_and_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "config.json"
    options = {"data": "pairs", "minutes": 5, "lora_targets": ["q_proj"], "hidden": 64}
    file.write_text(json.dumps(options), encoding="utf-8")
    config = parse(["--config", str(file), "--out", "x", "--steps", "7", "--hidden", "32"])
    expected = SftConfig(Path("pairs"), Path("x"), steps=7, lora_targets=("q_proj",), hidden=32)
    assert config == expected
    file.write_text('{"hiden": 3}', encoding="utf-8")
    for arguments, named in (
        (["--config", str(file), "--out", "x"], "no such option: hiden"),
        (["--data", "x", "--steps", "1"], "--out"),
        (["--data", "x", "--out", "y"], "one of --minutes, --steps and --epochs"),
    ):
        with pytest.raises(SystemExit):
            parse(arguments)
        assert named in capsys.readouterr().err


def test_a_policy_that_is_trained_further_learns_new_words_and_keeps_what_it_knows() -> None:
    tokenizer = train_tokenizer(PROMPTS, 330)
    old = fresh_llama(tokenizer, ("sdxl/", "KSampler"), hidden=32, layers=2)
    first = replace(old.frame, ask="")
    old = Policy(old.model, old.vocabulary, first, {"kind": "sft"}, 20)
    before = old.model.get_input_embeddings().weight.detach().clone()
    new = extend_words(old, ("KSampler", "?photo", "VAEDecode"))
    assert new.vocabulary.words == ("sdxl/", "KSampler", "?photo", "VAEDecode")
    assert new.frame.ask and (new.frame.before, new.frame.after) == (first.before, first.after)
    rows = new.model.get_input_embeddings().weight
    base = new.vocabulary.base_size
    torch.testing.assert_close(rows[: base + 2], before[: base + 2])
    torch.testing.assert_close(rows[new.vocabulary.end_id], before[base + 2], msg="the end-of-choice id moves")
    assert rows.shape[0] == new.model.config.vocab_size == new.vocabulary.size
    pieces = old.vocabulary.encode_prompt(" photo")
    torch.testing.assert_close(rows[base + 2], before[pieces].mean(0))
