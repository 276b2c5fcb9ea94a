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
from nodewright.workflow.catalog.catalog import Catalog
from nodewright.workflow.catalog.object_info import catalog_from_object_info
from nodewright.workflow.grammar.grammar import ConstraintError
from nodewright.workflow.script.script import read_script
from nodewright.workflow.user_prompt import PromptError

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
    found = generate(policy, Grammar(catalog, SMALL), PROMPTS[0], candidates=5, seed=3, temperature=0.8, top_p=0.95)
    assert tuple(one.candidate for one in written) == ranked(found)
    assert sorted(number for one in written for number in one.draws) == list(range(5))
    for one in written:
        assert [found[number].choices for number in one.draws] == [one.choices] * len(one.draws)
        assert len(one.api) == len(one.workflow.nodes) <= 12
        assert read_script(one.script, catalog) == one.workflow
        assert any(PROMPTS[0] in str(node["inputs"].get("text")) for node in one.api.values())
        assert one.reward is None and one.seconds > 0 and one.tokens_sampled > 0 and one.log_probability < 0


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
