"""An ensemble of encoders that share nothing with the policy, nor with one another, and GRPO against it.

    python -m nodewright.training.experiments.separate_encoders reward --store triplets.db --out ENCODERS
    python -m nodewright.training.experiments.separate_encoders grpo --reward ENCODERS --prompts prompts.jsonl ...

This is the reward of "Policy Optimized Text-to-Image Pipeline Design" (arXiv 2505.21478), where ours are adapters over
the policy's own model (models/reward/ensemble.py). The options are those of `nodewright train reward` and of
`nodewright train grpo`. Nothing is measured of the ensemble; the report of `nodewright train reward` measures one
encoder. Nodes do not read separate encoders.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModel, AutoTokenizer

from ...files import write_json
from ...models.policy.folders import CheckpointError, FolderKind, check_replaceable, read_json, write_folder
from ...models.policy.policy import Policy
from ...models.reward.ensemble import FILE, ROWS, Reward, RewardMetadata
from ...models.reward.members import RewardError, Rows
from ..common.command import run_to_its_end
from ..common.console import report as print_report
from ..common.errors import TrainingError
from ..common.stage import run_stage
from ..grpo import config as grpo_config
from ..grpo.start import LoadedReward, prepare, reward_of
from ..grpo.trainer import train as train_grpo
from ..reward import config as reward_config
from ..reward.config import RewardConfig
from ..reward.data import bootstrap
from ..reward.encoders import Encoder, EncoderTokens, begin_encoder
from ..reward.fit import Fit
from ..reward.start import Report, begin, finish, fitting, metadata, renders

FORMAT = "separate encoders, which only `nodewright train separate-encoders grpo --reward` reads"
"""The format in FILE, where that of a `RewardEnsemble` is a number."""
ENCODERS_FOLDER = FolderKind(
    "an ensemble of separate encoders that Nodewright wrote",
    FILE,
    (
        "config.json",
        "member-*.safetensors",
        "tokenizer/*.json",
        "tokenizer/*.txt",
        "tokenizer/*.jinja",
        "tokenizer/*.model",
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line of one of both steps; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m nodewright.training.experiments.separate_encoders",
        description="Train separate encoders as a reward, or tune a policy against them.",
    )
    parser.add_argument("step", choices=("reward", "grpo"), help="What to train.")
    parser.add_argument(
        "options", nargs=argparse.REMAINDER,
        help="The options of `nodewright train reward` or `nodewright train grpo`, such as --out; --help lists them.",
    )  # fmt: skip
    given = parser.parse_args(arguments)
    if given.step == "reward":
        config = reward_config.parse(given.options)
        return run_to_its_end(lambda: train_encoders(config, report=print_report))
    tuning = grpo_config.parse(given.options)
    return run_to_its_end(lambda: train_grpo(tuning, prepare(tuning, load_reward), report=print_report))


def train_encoders(config: RewardConfig, *, report: Report = print) -> EncoderEnsemble:
    """Train `config.members` encoders, each with a seed and a bootstrap sample of its own, and write them.

    Raises:
        DataError, TrainingError, PolicyError, CheckpointError, RewardError, StoreError: as the reward stage does.
    """
    if config.start is not None:
        raise TrainingError("separate encoders cannot start from an ensemble: leave out --start")
    check_replaceable(config.out, ENCODERS_FOLDER)
    inputs, report = begin(config, report)
    tokens = EncoderTokens.of(config, inputs.policy)
    _, encoded = fitting(inputs.examples, tokens.encode(inputs), tokens.longest, report)
    weights = bootstrap([each.group for each in encoded], config.members, config.seed)
    weights = weights * renders([each.renders for each in encoded])
    encoders = []
    for member in range(config.members):
        seed = config.seed * 1000 + member
        encoder, own = begin_encoder(config, inputs.policy, seed)
        folder = config.log / f"encoder-{member}"
        Fit(encoder, encoded, weights[member : member + 1], replace(own, seed=seed), folder, report).run()
        encoders.append(encoder.requires_grad_(False).eval())
    ensemble = EncoderEnsemble(tokens, tuple(encoders), metadata(config, inputs, None, RewardMetadata()))
    finish(config, ensemble.save, report)
    return ensemble


def load_reward(folder: Path, policy: Policy, kappa: float) -> LoadedReward:
    """Read the encoders in a folder as a reward function. Raises RewardError."""
    ensemble = EncoderEnsemble.load(folder, policy)
    return reward_of(ensemble, f"{len(ensemble.encoders)} separate encoders", folder, kappa)


@dataclass(frozen=True, eq=False)
class EncoderEnsemble:
    """Trained encoders of one shape.

    On disk, an ensemble is a folder with reward.json, the encoders' config.json, a file of weights for each, and their
    tokenizer if they have one of their own.

    Attributes:
        tokens: how the encoders tokenize prompts and scripts.
        encoders: the encoders, on the policy's device.
        metadata: what the scores mean and rest on.
    """

    tokens: EncoderTokens
    encoders: tuple[Encoder, ...]
    metadata: RewardMetadata

    @staticmethod
    def load(folder: Path, policy: Policy) -> EncoderEnsemble:
        """Read an ensemble. Raises RewardError where a file is missing, damaged, or of a policy with other ids."""
        try:
            described = read_json(folder / FILE)
            count, digest, longest = described["members"], described["ids_sha256"], described["longest"]
            tokenizer = None
            if not digest:
                tokenizer = AutoTokenizer.from_pretrained(folder / "tokenizer", trust_remote_code=False)
            tokens = EncoderTokens(policy, tokenizer, longest)
            if tokens.digest != digest:
                raise RewardError(f"{folder}: trained on the ids of a policy with another vocabulary. Train it again")
            config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
            encoders = tuple(_read(folder / _weights(member), config).to(policy.device) for member in range(count))
            return EncoderEnsemble(tokens, encoders, RewardMetadata.from_json(described["knowledge"]))
        except (OSError, KeyError, TypeError, CheckpointError, SafetensorError) as error:
            raise RewardError(f"{folder}: cannot be read: {error}. Train the encoders again") from error

    def save(self, folder: Path) -> None:
        """Write the ensemble; `folder` is replaced as a whole or not at all. Raises CheckpointError."""

        def write(target: Path) -> None:
            counts = {"members": len(self.encoders), "longest": self.tokens.longest}
            described = {"ids_sha256": self.tokens.digest, "knowledge": self.metadata.to_json()}
            write_json(target / FILE, {"format": FORMAT, **counts, **described}, indent=1)
            self.encoders[0].model.config.save_pretrained(target)
            if self.tokens.tokenizer is not None:
                self.tokens.tokenizer.save_pretrained(target / "tokenizer")
            for member, encoder in enumerate(self.encoders):
                tensors = {name: tensor.cpu().contiguous() for name, tensor in encoder.state_dict().items()}
                save_file(tensors, target / _weights(member))

        write_folder(folder, ENCODERS_FOLDER, write)

    @torch.inference_mode()
    def score(self, prompt: str, scripts: Sequence[Sequence[str]]) -> list[Reward]:
        """Score scripts as `RewardEnsemble.score` does. Raises RewardError for one that is empty or too long."""
        distinct = list(dict.fromkeys(map(tuple, scripts)))
        read = {script: self.tokens.ids(prompt, script) for script in distinct}
        self._check(read.values())
        distinct.sort(key=lambda script: sum(map(len, read[script])))
        found: dict[tuple[str, ...], Reward] = {}
        for start in range(0, len(distinct), ROWS):
            part = distinct[start : start + ROWS]
            contexts, rest = zip(*(read[script] for script in part), strict=True)
            rows = Rows.of(contexts, rest, self.tokens.policy.device)
            scores = torch.stack([encoder.score(rows, 0) for encoder in self.encoders], 1).tolist()
            found |= {script: self._reward(each) for script, each in zip(part, scores, strict=True)}
        return [found[tuple(script)] for script in scripts]

    def _check(self, read: Any) -> None:
        for context, script in read:
            if not script:
                raise RewardError("a script without choices cannot be scored")
            if len(context) + len(script) > self.tokens.longest:
                raise RewardError(
                    f"prompt and script need {len(context) + len(script)} tokens, and these encoders read at most "
                    f"{self.tokens.longest}. Write shorter workflows (--max-nodes)"
                )

    def _reward(self, scores: Sequence[float]) -> Reward:
        members = tuple(self.metadata.offset + self.metadata.scale * score for score in scores)
        return Reward(statistics.fmean(members), statistics.stdev(members) if len(members) > 1 else 0.0, members)


def _weights(member: int) -> str:
    return f"member-{member}.safetensors"


def _read(path: Path, config: Any) -> Encoder:
    encoder = Encoder(AutoModel.from_config(config, trust_remote_code=False))
    tensors = load_file(path)
    try:
        missing, unknown = encoder.load_state_dict(tensors, strict=False)
    except RuntimeError as error:
        raise RewardError(f"{path}: {error}") from error
    if unknown or any(not name.startswith("model.pooler.") for name in missing):  # the pooler is not used
        raise RewardError(f"{path}: not the weights of the encoder in config.json. Train the encoders again")
    return encoder.requires_grad_(False).eval()


if __name__ == "__main__":
    raise SystemExit(run_stage(main))
