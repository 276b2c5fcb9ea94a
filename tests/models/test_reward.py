from __future__ import annotations

import json
import shutil
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from rated_miniature import NIGHT
from slow_reward import PROMPT, slowly, spoken
from tiny_policy import tiny_policy
from transformers import GPT2Config, GPT2LMHeadModel, Qwen2Config, Qwen2ForCausalLM

from nodewright.models.policy.checkpoints import save_checkpoint
from nodewright.models.policy.loading import load_policy
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.models.reward.coverage import covered_ranges, covered_sides, words_of
from nodewright.models.reward.ensemble import (
    Reward,
    RewardEnsemble,
    RewardMetadata,
    lower_confidence_bound,
)
from nodewright.models.reward.evidence import Evidence
from nodewright.models.reward.members import Members, MemberShape, RewardError, Rows, normed


def ensemble_over(policy: Policy, shape: MemberShape | None = None, count: int = 3, **knowledge: Any) -> RewardEnsemble:
    members = spoken(Members(policy.model, shape or MemberShape(), count))
    return RewardEnsemble(policy, members, RewardMetadata(**knowledge))


@pytest.fixture(scope="session")
def folder(policy: Policy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny policy on disk."""
    path = tmp_path_factory.mktemp("policy") / "tiny"
    save_checkpoint(policy, path)
    return path


@pytest.mark.parametrize("shape", [MemberShape(), MemberShape(layers=1), MemberShape(rank=3, alpha=12)], ids=str)
def test_scripts_score_the_same_alone_and_together(
    policy: Policy, scripts: list[list[str]], shape: MemberShape
) -> None:
    ensemble = ensemble_over(policy, shape)
    found = torch.tensor([reward.members for reward in ensemble.score(PROMPT, scripts[:70])]).T
    expected = slowly(ensemble, PROMPT, scripts[:70])
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    assert expected.std(1).min() > 0.05  # else anything would be close


def test_prompt_and_script_both_count(policy: Policy, scripts: list[list[str]]) -> None:
    ensemble = ensemble_over(policy)
    first, second, third = (
        lower_confidence_bound(ensemble.score(*each)[0], 0)
        for each in ((PROMPT, scripts[:1]), ("two green squares", scripts[:1]), (PROMPT, scripts[1:2]))
    )
    assert abs(first - second) > 1e-3 and abs(first - third) > 1e-3


def test_equal_scripts_get_equal_rewards(policy: Policy, scripts: list[list[str]]) -> None:
    mixed = [scripts[0], scripts[1], scripts[0], scripts[2], scripts[0]]
    rewards = ensemble_over(policy).score(PROMPT, mixed)
    assert rewards[0] == rewards[2] == rewards[4]
    assert len({reward.mean for reward in rewards}) == 3


def test_members_that_were_put_away_come_back(policy: Policy, scripts: list[list[str]]) -> None:
    ensemble = ensemble_over(policy)
    before = ensemble.score(PROMPT, scripts[:3])
    assert ensemble._kept
    ensemble.put_away(torch.device("meta"))
    assert not ensemble._kept and {part.device.type for part in ensemble.members.parameters()} == {"meta"}
    ensemble = ensemble_over(policy)
    ensemble.score(PROMPT, scripts[:1])
    ensemble.put_away(torch.device("cpu"))
    assert ensemble.score(PROMPT, scripts[:3]) == before


def test_units_of_the_scores(policy: Policy, scripts: list[list[str]]) -> None:
    plain = ensemble_over(policy).score(PROMPT, scripts[:1])[0]
    scaled = ensemble_over(policy, offset=5.0, scale=2.0).score(PROMPT, scripts[:1])[0]
    assert scaled.mean == pytest.approx(5 + 2 * lower_confidence_bound(plain, 0))
    assert scaled.deviation == pytest.approx(2 * plain.deviation)
    assert plain.deviation == pytest.approx(float(torch.tensor(plain.members).std()), rel=1e-4)
    assert lower_confidence_bound(plain, 1.5) == pytest.approx(statistics.fmean(plain.members) - 1.5 * plain.deviation)
    assert ensemble_over(policy, count=1).score(PROMPT, scripts[:1])[0].deviation == 0


def test_no_scripts_and_bad_scripts(policy: Policy, scripts: list[list[str]]) -> None:
    ensemble = ensemble_over(policy)
    assert ensemble.score(PROMPT, []) == []
    with pytest.raises(RewardError, match="without choices"):
        ensemble.score(PROMPT, [scripts[0], []])
    with pytest.raises(RewardError, match="reads at most 512"):
        ensemble.score(PROMPT, [scripts[0] * 100])


@pytest.mark.parametrize("kind", ["gpt2", "qwen2"])
def test_any_base(kind: str, vocabulary: Vocabulary, scripts: list[list[str]]) -> None:
    torch.manual_seed(0)
    sizes = {"vocab_size": vocabulary.size, "bos_token_id": None, "eos_token_id": None}
    model: Any
    if kind == "gpt2":
        config = GPT2Config(n_embd=32, n_layer=3, n_head=4, n_positions=256, initializer_range=0.3, **sizes)
        model = GPT2LMHeadModel(config)
    else:
        qwen = Qwen2Config(
            hidden_size=32, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48,
            initializer_range=0.3, **sizes,
        )  # fmt: skip
        model = Qwen2ForCausalLM(qwen)
    policy = Policy(model.eval(), vocabulary)
    ensemble = ensemble_over(policy, MemberShape(rank=4, alpha=8))
    found = torch.tensor([reward.members for reward in ensemble.score(PROMPT, scripts[:9])]).T
    torch.testing.assert_close(found, slowly(ensemble, PROMPT, scripts[:9]), rtol=1e-4, atol=1e-4)
    assert (ensemble._fast is not None) == (kind == "qwen2")


def test_the_base_is_left_as_it_is(policy: Policy, scripts: list[list[str]]) -> None:
    ids = torch.tensor([policy.context(PROMPT).ids])
    before = policy.model(input_ids=ids).logits
    ensemble = ensemble_over(policy)
    slowly(ensemble, PROMPT, scripts[:3])
    assert torch.equal(policy.model(input_ids=ids).logits, before)
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in policy.model.modules())


def test_some_rows_score_as_all_do(policy: Policy, scripts: list[list[str]]) -> None:
    members = spoken(Members(policy.model, MemberShape(), 2))
    ids = [[t for choice in script for t in policy.vocabulary.encode_choice(choice)] for script in scripts[:6]]
    reading = members.read(Rows.of([policy.context(PROMPT).ids] * 6, ids, policy.device))
    chosen = torch.tensor([4, 1])
    torch.testing.assert_close(members.score(reading, 1, chosen), members.score(reading, 1)[chosen])


def test_a_member_is_a_lora_that_peft_reads(folder: Path, scripts: list[list[str]], tmp_path: Path) -> None:
    import peft  # slow to import

    policy = load_policy(folder)
    ensemble = ensemble_over(policy)
    ensemble.save(tmp_path / "reward")
    expected = slowly(ensemble, PROMPT, scripts[:1])[1, 0]
    adapted: Any = peft.PeftModel.from_pretrained(load_policy(folder).model, str(tmp_path / "reward" / "member-1"))
    ids = policy.context(PROMPT).ids + [t for c in scripts[0] for t in policy.vocabulary.encode_choice(c)]
    kept: list[torch.Tensor] = []
    adapted.base_model.model.model.layers[-1].register_forward_hook(
        lambda layer, given, out: kept.append(out[0] if isinstance(out, tuple) else out)
    )
    with torch.no_grad():
        adapted(input_ids=torch.tensor([ids]))
        after = kept[0][:, len(policy.context(PROMPT).ids) :]
        reading = ensemble.members.read(Rows.of([policy.context(PROMPT).ids], [ids[-after.shape[1] :]], policy.device))
        found = ensemble.members.heads(torch.cat([reading.early, normed(after.mean(1))], 1), 1)
    torch.testing.assert_close(found[0], expected, rtol=1e-4, atol=1e-4)


# ---- on disk -----------------------------------------------------------------------------------------------------


def test_saved_and_loaded(folder: Path, scripts: list[list[str]], tmp_path: Path) -> None:
    policy = load_policy(folder)
    ensemble = ensemble_over(
        policy, offset=1.0, scale=0.5, choices={"Load": 3}, disagreement_threshold=0.1, training={"triplets": 7}
    )
    ensemble.save(tmp_path / "reward")
    loaded = RewardEnsemble.load(tmp_path / "reward", load_policy(folder))
    assert loaded.metadata == ensemble.metadata
    assert loaded.score(PROMPT, scripts[:5]) == ensemble.score(PROMPT, scripts[:5])
    assert sorted(path.name for path in (tmp_path / "reward").iterdir()) == [
        "member-0", "member-1", "member-2", "reward.json"
    ]  # fmt: skip


def test_of_another_policy(folder: Path, vocabulary: Vocabulary, tmp_path: Path) -> None:
    ensemble_over(load_policy(folder)).save(tmp_path / "reward")
    save_checkpoint(tiny_policy(vocabulary, seed=1), tmp_path / "other")
    with pytest.raises(RewardError, match="trained over other weights"):
        RewardEnsemble.load(tmp_path / "reward", load_policy(tmp_path / "other"))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: shutil.rmtree(path), "reward.json: missing.*nodewright train reward"),
        (lambda path: (path / "reward.json").write_text("{", encoding="utf-8"), "reward.json: not JSON"),
        (lambda path: (path / "reward.json").write_text('{"format": 2}', encoding="utf-8"), "Update Nodewright"),
        (
            lambda path: (path / "reward.json").write_text('{"format": 1}', encoding="utf-8"),
            "reward.json: shape: missing",
        ),
        (lambda path: (path / "member-1" / "head.safetensors").write_bytes(b"no"), "member-1"),
        (lambda path: (path / "member-2" / "head.safetensors").unlink(), "member-2"),
        (lambda path: shutil.rmtree(path / "member-0"), "member-0"),
        (lambda path: (path / "member-0" / "adapter_model.safetensors").write_bytes(b""), "damaged"),
    ],
)
def test_damaged_folders_are_named(folder: Path, tmp_path: Path, damage: Any, message: str) -> None:
    policy = load_policy(folder)
    ensemble_over(policy).save(tmp_path / "reward")
    damage(tmp_path / "reward")
    with pytest.raises(RewardError, match=message):
        RewardEnsemble.load(tmp_path / "reward", policy)


def test_members_of_another_shape(folder: Path, tmp_path: Path) -> None:
    policy = load_policy(folder)
    ensemble_over(policy).save(tmp_path / "reward")
    path = tmp_path / "reward" / "reward.json"
    described = json.loads(path.read_text(encoding="utf-8"))
    described["shape"]["layers"] = 1
    path.write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(RewardError, match="not of the layers and rank"):
        RewardEnsemble.load(tmp_path / "reward", policy)
    described["shape"]["layers"] = 9
    path.write_text(json.dumps(described), encoding="utf-8")
    with pytest.raises(RewardError, match="9 layers: the policy's model has 2"):
        RewardEnsemble.load(tmp_path / "reward", policy)


# ---- what is not known -------------------------------------------------------------------------------------------


def test_choices_that_training_never_saw(policy: Policy) -> None:
    known = dict.fromkeys(["sdxl/photo_v1", "Load", "steps=", "@end"], 5)
    ensemble = ensemble_over(policy, choices=known)
    script = ["sdxl/photo_v1", "Load", "steps=", "77", "Scale", "&3", "-1.5", "Scale", "@end"]
    (reward,) = ensemble.score(PROMPT, [script])
    assert reward.novel_choices == ("Scale",)
    assert reward.warning == "far from what the reward model knows: never or hardly seen in training: Scale"
    assert ensemble.score(PROMPT, [[*script[:4], "@end"]])[0].warning == ""


def test_numbers_beyond_those_of_training(policy: Policy) -> None:
    script = ["Load", "steps=", "77", "cfg=", "-1.5e-5", "width=", "64", "@end"]
    few = [["steps=", "5", "width=", "64"], ["steps=", "60", "name=", "7 seas"]]
    numbers = covered_ranges(few, {"cfg=": [0.5, 2.0], "width=": [80.0, 81.0]})
    assert numbers == {"cfg=": [0.5, 2.0], "steps=": [5.0, 60.0], "width=": [64.0, 81.0]}
    many = [["steps=", str(number)] for number in range(1, 1001)]
    assert covered_ranges(many, {}) == {"steps=": [6.0, 995.0]}
    ensemble = ensemble_over(policy, choices=dict.fromkeys(script, 1), numbers=numbers)
    (reward,) = ensemble.score(PROMPT, [script])
    assert reward.novel_choices == ("steps=77 (mostly 5 to 60)", "cfg=-1.5e-05 (mostly 0.5 to 2)")
    assert ensemble.metadata.novel_choices([*script[:2], "60", *script[5:]]) == ()


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("A Fox in the snow!", ("fox", "snow")),
        ("a red car", ("car",)),
        ("a circle for my red car", ()),
        ("a red circle, by Zyx", ()),
        ("", ()),
        ("ein roter Kreis", ("ein", "roter", "kreis")),
    ],
)
def test_prompts_of_other_words_than_those_of_training(policy: Policy, prompt: str, words: tuple[str, ...]) -> None:
    script = ["Load", "@end"]
    known = words_of("a red circle in the night") + ("by",)
    told = ensemble_over(policy, choices=dict.fromkeys(script, 1), words=known).score(prompt, [script])[0]
    assert told.novel_words == words
    assert (told.mean is None) == bool(words)
    if words:
        assert told.warning.endswith(f"what the prompt asks for: no training prompt had {', '.join(words)}")
    assert ensemble_over(policy, choices=dict.fromkeys(script, 1)).score(prompt, [script])[0].warning == ""


SMALL = ["width=", "64", "height=", "64"]


def tiny_picture(main: str, size: Sequence[str]) -> list[str]:
    """A plain script of a checkpoint; `size` is what it says of its empty latent."""
    text = ["CLIPTextEncode", "@prompt", "&1", "CLIPTextEncode", "@empty", "&1"]
    sampler = ["KSampler", "steps=", "16", "cfg=", "3.5", "CheckpointLoaderSimple"]
    return [main, "SaveImage", "VAEDecode", *sampler, *text, "EmptyLatentImage", *size, "&1", "@end"]


@pytest.mark.parametrize("noted", ["sides", "numbers"])
def test_a_mean_only_where_renders_support_it(policy: Policy, noted: str) -> None:
    small = tiny_picture("miniature/flat", SMALL)
    sides = covered_sides([small, tiny_picture("miniature/flat", ["width=", "128", "height=", "64"])], [])
    assert sides == [64, 128] and covered_sides([["Load", "@end"]], sides) == sides
    known: dict[str, Any] = {"sides": sides} if noted == "sides" else {"numbers": {"width=": [64, 128]}}
    choices = dict.fromkeys(small, 7) | {"miniature/nights": 9}
    ensemble = ensemble_over(policy, choices=choices, words=words_of(PROMPT), **known)

    def told(main: str, size: Sequence[str], prompt: str = PROMPT) -> Reward:
        return ensemble.score(prompt, [tiny_picture(main, size)])[0]

    plain, unseen = told("miniature/flat", SMALL), told("miniature/other", ["width=", "96", "height=", "96"])
    assert plain.mean is not None and plain.evidence == Evidence("renders", "model", {"renders": 7})
    assert unseen.mean is not None and unseen.evidence == Evidence("renders", "family", {"renders": 9})
    why = {
        "pictures of 512x512 (sides in training: 64 to 128)": told("miniature/flat", []),  # the class's own default
        "pictures of 64x1024 (": told("miniature/flat", ["width=", "64", "height=", "1024"]),
        "training had none of its family": told("sdxl/juggernaut", SMALL),
        "none of its family": told("any/some_download", SMALL),
        "no training prompt had photo, lighthouse": told("miniature/flat", SMALL, "a photo of a lighthouse"),
    }
    for words, reward in why.items():
        assert reward.mean is None and reward.members == () and reward.evidence is None
        assert words in reward.warning and reward.warning.startswith("no score: nothing is known of ")
        assert lower_confidence_bound(reward, 1.0) < lower_confidence_bound(plain, 1.0)


def test_unusual_disagreement(policy: Policy, scripts: list[list[str]]) -> None:
    known = dict.fromkeys((choice for script in scripts for choice in script), 1)
    usual = ensemble_over(policy, choices=known).score(PROMPT, scripts[:1])[0].deviation
    assert (
        not ensemble_over(policy, choices=known, disagreement_threshold=usual * 1.01)
        .score(PROMPT, scripts[:1])[0]
        .uncertain
    )
    (reward,) = ensemble_over(policy, choices=known, disagreement_threshold=usual * 0.99).score(PROMPT, scripts[:1])
    assert reward.uncertain
    assert "disagree unusually" in reward.warning


def test_an_ensemble_knows_what_was_rated_and_what_is_foreign_to_it(rated: Path) -> None:
    ensemble = RewardEnsemble.load(rated / "reward", load_policy(rated / "policy"))

    def plain(main: str, steps: str = "16") -> list[str]:
        text = ["CLIPTextEncode", "@prompt", "&1", "CLIPTextEncode", "+blurry", "+low_quality", ";", "&1"]
        latent = ["EmptyLatentImage", "width=", "64", "height=", "64", "&1"]
        sampler = ["KSampler", "steps=", steps, "cfg=", "3", "CheckpointLoaderSimple"]
        return [main, "SaveImage", "VAEDecode", *sampler, *text, *latent, "@end"]

    nights, flat = (plain(f"miniature/miniature_{name}") for name in ("nights", "flat"))
    good, poor = ensemble.score(NIGHT, [nights, flat])
    assert good.warning == poor.warning == "" and len(good.members) == 3
    assert lower_confidence_bound(good, 0) > lower_confidence_bound(poor, 0) + 0.3
    (foreign,) = ensemble.score("a fox in the snow", [plain("sdxl/juggernaut_xl", "1")])
    main, steps = foreign.novel_choices
    assert main == "sdxl/juggernaut_xl" and steps.startswith("steps=1 (mostly ")
    assert foreign.novel_words == ("fox", "snow")
    assert foreign.mean is None and "none of its family" in foreign.missing


def test_an_ensemble_that_brings_its_base_judges_what_any_policy_writes(
    folder: Path, policy: Policy, scripts: list[list[str]], tmp_path: Path
) -> None:
    path = tmp_path / "reward"
    ensemble_over(load_policy(folder)).save(path)
    expected = RewardEnsemble.load(path, load_policy(folder)).score(PROMPT, scripts[:3])
    other = tmp_path / "other"
    save_checkpoint(tiny_policy(policy.vocabulary, seed=7), other)
    with pytest.raises(RewardError, match="other"):
        RewardEnsemble.load(path, load_policy(other))
    shutil.copytree(folder, path / "base")
    assert RewardEnsemble.load(path, load_policy(other)).score(PROMPT, scripts[:3]) == expected
    (path / "base" / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(RewardError, match="base"):
        RewardEnsemble.load(path, load_policy(other))


def test_a_long_warning_is_cut() -> None:
    warning = Reward(0.0, 0.0, (0.0,), tuple(f"Class{n}" for n in range(9))).warning
    assert "Class4 and 4 more" in warning and "Class5" not in warning


def test_drawn_members_differ_and_say_little(policy: Policy) -> None:
    members = Members(policy.model, MemberShape(), 3)
    members.draw([1, 2, 1])
    for down in members.down:
        assert torch.equal(down[0], down[2])
        assert not torch.equal(down[0], down[1])
    assert all(not up.any() for up in members.up)
    assert not members.heads(torch.randn(100, members.heads.inner.shape[2]), 0).any()
