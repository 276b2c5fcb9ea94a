"""The one entrance: what a program, the node and the command line write for a prompt is the same."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_policy import PROMPTS, tiny_policy
from tiny_reward import tiny_reward

import nodewright
from nodewright import Constraints, Grammar, write_workflows
from nodewright.cli import main
from nodewright.models.policy.checkpoints import save_checkpoint
from nodewright.models.policy.decoding import generate, ranked
from nodewright.models.policy.guidance import GuidanceError
from nodewright.models.policy.policy import Policy
from nodewright.models.policy.vocabulary import Vocabulary
from nodewright.models.reward.ensemble import RewardEnsemble, lower_confidence_bound
from nodewright.training.sft.tokenizer import train_tokenizer
from nodewright.workflow.api_format import to_api
from nodewright.workflow.ask.corrections import Corrections
from nodewright.workflow.ask.policy_words import policy_words
from nodewright.workflow.asked import asked_of
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.grammar import ConstraintError
from nodewright.workflow.script.script import read_script
from nodewright.workflow.user_prompt import PromptError
from nodewright.writing import candidate_seed

SMALL = Constraints(max_nodes=12, max_megapixels=0.5)


@pytest.fixture(scope="module")
def info(object_info: dict[str, Any]) -> dict[str, Any]:
    installed = copy.deepcopy(object_info)
    installed["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0] = ["v1-5-pruned-emaonly.safetensors"]
    return installed


@pytest.fixture(scope="module")
def catalog(info: dict[str, Any]) -> Catalog:
    return catalog_from_object_info(info)


@pytest.fixture(scope="module")
def policy() -> Policy:
    torch.set_num_threads(1)
    return tiny_policy(Vocabulary(train_tokenizer(PROMPTS[:1], 400)), context=8192)


@pytest.fixture(scope="module")
def reward(policy: Policy) -> RewardEnsemble:
    return tiny_reward(policy, {"SaveImage": 5})


def test_workflows_are_ranked_by_likelihood_and_keep_to_the_constraints(catalog: Catalog, policy: Policy) -> None:
    written = write_workflows(PROMPTS[0], catalog, policy=policy, constraints=SMALL, candidates=5, seed=3)
    asked = asked_of(PROMPTS[0], catalog, SMALL)
    grammar, _ = asked.grammar(catalog)
    words = policy_words(asked.ask)
    found = generate(policy, grammar, PROMPTS[0], candidates=5, seed=3, temperature=0.5, top_p=0.95, ask=words)
    assert tuple(one.candidate for one in written) == ranked(found)
    assert sorted(number for one in written for number in one.draws) == list(range(5))
    for one in written:
        assert [found[number].choices for number in one.draws] == [one.choices] * len(one.draws)
        assert len(one.api) == len(one.workflow.nodes) <= 12
        assert read_script(one.script, catalog) == one.workflow
        assert any(PROMPTS[0] in str(node["inputs"].get("text")) for node in one.api.values())
        assert one.reward is None and one.seconds > 0 and one.tokens_sampled > 0 and one.log_probability < 0


def test_candidates_differ_in_their_noise(catalog: Catalog, policy: Policy) -> None:
    """Candidate i has the i-th seed from the given one, whatever its rank; of equal candidates the first counts."""
    for seed in (3, 2**53 - 2):  # the second goes past the largest seed
        written = write_workflows(PROMPTS[0], catalog, policy=policy, constraints=SMALL, candidates=5, seed=seed)
        for one in written:
            assert one.seed == candidate_seed(seed, one.draws[0]) == (seed + one.draws[0]) % 2**53
            assert one.api == to_api(one.workflow, prompt=PROMPTS[0], seed=one.seed)
        assert {one.seed for one in written} >= {seed, candidate_seed(seed, 1)}
    same = write_workflows(
        PROMPTS[0], catalog, policy=policy, constraints=SMALL, candidates=3, seed=seed, temperature=0.0
    )
    assert [(one.seed, one.draws) for one in same] == [(seed, (0, 1, 2))]


def test_a_reward_ranks_by_its_lower_confidence_bound(catalog: Catalog, policy: Policy, reward: RewardEnsemble) -> None:
    grammar = Grammar(catalog, SMALL)
    for kappa in (0.0, 3.0):
        written = write_workflows(
            PROMPTS[0], catalog, policy=policy, grammar=grammar, candidates=6, seed=1, reward=reward, kappa=kappa
        )
        assert len(written) > 2
        rewards = [one.reward for one in written if one.reward is not None]
        assert rewards == reward.score(PROMPTS[0], [one.choices for one in written])
        bounds = [lower_confidence_bound(each, kappa) for each in rewards]
        assert bounds == sorted(bounds, reverse=True)


def test_the_first_workflow_is_handed_out_before_the_reward_is_asked(
    catalog: Catalog, policy: Policy, reward: RewardEnsemble
) -> None:
    order: list[Any] = []

    def asked_for() -> RewardEnsemble:
        order.append("reward")
        return reward

    written = write_workflows(
        PROMPTS[0], catalog, policy=policy, constraints=SMALL, candidates=4, seed=2, temperature=1.0, top_p=1.0,
        reward=asked_for, first=order.append,
    )  # fmt: skip
    first, then = order
    assert then == "reward"
    assert first.reward is None
    same = next(one for one in written if one.choices == first.choices)
    assert (first.script, first.text, first.read, first.notes) == (same.script, same.text, same.read, same.notes)
    assert first.draws[0] in same.draws


def test_models_are_asked_for_when_they_are_needed(catalog: Catalog, policy: Policy, reward: RewardEnsemble) -> None:
    """So that a program can make room in memory, and mistakes come before."""
    made: list[str] = []

    def ready() -> Policy:
        made.append("policy")
        return policy

    def scoring() -> RewardEnsemble:
        assert made[0] == "policy" and made[-1] == "step"
        made.append("reward")
        return reward

    with pytest.raises(PromptError):
        write_workflows(" ", catalog, policy=ready)
    with pytest.raises(ConstraintError):
        write_workflows("a cat", catalog, policy=ready, constraints=Constraints(max_nodes=1))
    assert made == []
    lazy = write_workflows(
        "a cat", catalog, policy=ready, constraints=SMALL, candidates=2, reward=scoring,
        progress=lambda *_: made.append("step"),
    )  # fmt: skip
    assert made[-1] == "reward"
    plain = write_workflows("a cat", catalog, policy=policy, constraints=SMALL, candidates=2, reward=reward)
    assert [one.script for one in lazy] == [one.script for one in plain]


def test_guidance_of_a_policy_that_was_not_tuned(catalog: Catalog, policy: Policy) -> None:
    with pytest.raises(GuidanceError, match="this policy was not tuned"):
        write_workflows("a cat", catalog, policy=policy, constraints=SMALL, guidance=2.0)


def test_the_command_line_writes_the_same(
    info: dict[str, Any], catalog: Catalog, policy: Policy, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "info.json").write_text(json.dumps(info), encoding="utf-8")
    save_checkpoint(policy, tmp_path / "policy")
    options = ["--max-nodes", "12", "--max-megapixels", "0.5", "-n", "3", "--seed", "8", "--json"]
    source = ["--object-info", str(tmp_path / "info.json"), "--policy", str(tmp_path / "policy")]
    assert main(["generate", "a cat", *source, *options]) == 0
    document = json.loads(capsys.readouterr().out)
    written = write_workflows("a cat", catalog, policy=policy, constraints=SMALL, candidates=3, seed=8)
    assert [each["api"] for each in document["workflows"]] == [one.api for one in written]
    assert [each["script"] for each in document["workflows"]] == [one.script for one in written]


def test_what_the_package_exports_is_there() -> None:
    assert {name for name in nodewright.__all__ if getattr(nodewright, name) is None} == set()
    with pytest.raises(AttributeError, match="no attribute 'NODE_CLASS_MAPPINGS'"):
        _ = nodewright.NODE_CLASS_MAPPINGS


def test_the_example_runs(info: dict[str, Any], tmp_path: Path, repository: Path) -> None:
    """That of writing.py's docstring, in a fresh interpreter, with the policy that comes with the package."""
    docstring = (repository / "writing.py").read_text(encoding="utf-8").split('"""')[1]
    example = re.sub(
        r"^    ", "", docstring[docstring.index("    from") : docstring.index("`written.api`")], flags=re.M
    )
    documented = (repository / "docs" / "cli.md").read_text(encoding="utf-8").split("## From Python")[1]
    assert documented.split("```python\n")[1].split("```")[0].strip() == example.strip()
    (tmp_path / "object_info.json").write_text(json.dumps(info), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("@end") >= 1


# -- what the prompt asks for --------------------------------------------------------------------------------------

ASKED = "a lighthouse in a storm, 512x768, 31 steps, cfg 6.5, seed 77, batch of 3, 2 apples --no people"


def test_what_is_asked_for_is_in_the_workflow_and_not_in_its_text(catalog: Catalog, policy: Policy) -> None:
    written = write_workflows(ASKED, catalog, policy=policy, constraints=SMALL, candidates=2, seed=5)
    for one in written:
        nodes = list(one.api.values())
        inputs = [node["inputs"] for node in nodes]
        assert one.text == "a lighthouse in a storm, 2 apples"
        assert {node["batch_size"] for node in inputs if "batch_size" in node} == {3}
        assert any((node.get("width"), node.get("height")) == (512, 768) for node in inputs)
        assert any((node.get("steps"), node.get("cfg")) == (31, 6.5) for node in inputs)
        assert all("31 steps" not in str(node.get("text")) for node in inputs)
        assert any(str(node.get("text")).startswith("people") for node in inputs) or any(
            "people" in n for n in one.notes
        )
        assert one.seed == 77 + one.draws[0]
        assert one.read.startswith("read: tall 512 x 768, 31 steps, cfg 6.5, 3 pictures, seed 77, without")
        assert one.ask is not None and one.ask.seed == 77


def test_with_a_grammar_nothing_is_read(catalog: Catalog, policy: Policy) -> None:
    (one,) = write_workflows(ASKED, catalog, policy=policy, grammar=Grammar(catalog, SMALL), seed=5)
    assert (one.text, one.read, one.notes, one.ask, one.seed) == (ASKED, "", (), None, 5)


def test_corrections_go_before_the_prompt(catalog: Catalog, policy: Policy) -> None:
    (one,) = write_workflows(
        "a cat, 512x768", catalog, policy=policy, constraints=SMALL, corrections=Corrections(shape="1:1")
    )
    sizes = [node["inputs"] for node in one.api.values() if "Empty" in node["class_type"]]
    assert sizes and all(size["width"] == size["height"] for size in sizes)
    assert one.read == "read: square 1:1; uses v1-5-pruned-emaonly"


def test_what_cannot_be_done_is_noted(catalog: Catalog, policy: Policy) -> None:
    (one,) = write_workflows("a cat <lora:nothing-like-it>, use flux", catalog, policy=policy, constraints=SMALL)
    assert one.text == "a cat"
    assert len([note for note in one.notes if "is not installed" in note]) == 2
