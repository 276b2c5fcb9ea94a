"""Separate encoders: reward models that share nothing with the policy, nor with one another.

They are what "Policy Optimized Text-to-Image Pipeline Design" (arXiv 2505.21478) tunes with, where ours are adapters
over the policy's own model (models/reward/ensemble.py): a baseline of the report, and an ensemble that GRPO takes in
place of the other. They are a thing of training only; nodes do not read them.
"""

from __future__ import annotations

import hashlib
import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertConfig, BertModel

from ...files import write_json
from ...models.policy.folders import CheckpointError, read_json, write_folder
from ...models.policy.policy import Policy
from ...models.reward.ensemble import FILE, ROWS, Reward, RewardMetadata
from ...models.reward.heads import Heads
from ...models.reward.members import RewardError, Rows
from ..common.errors import TrainingError
from ..reward.config import RewardConfig
from ..reward.data import Encoded
from ..reward.start import Prepared

FORMAT = "separate encoders, which only `nodewright train grpo --reward` reads"
"""In FILE, where `RewardEnsemble` has the number of its own."""
LONGEST = 1024
"""Tokens that a fresh encoder reads."""
_HEAD_SIZE = 32
"""Of attention, as MiniLM has it."""


class Encoder(nn.Module):
    """A text encoder of its own in place of the shared base, and a head on its mean over all ids. All of its weights
    are trained."""

    count = 1

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self.heads = Heads(1, model.config.hidden_size)
        self.heads.draw(0, torch.Generator().manual_seed(torch.initial_seed()))

    def read(self, rows: Rows) -> Rows:
        return rows

    def score(self, reading: Rows, member: int, rows: torch.Tensor | None = None) -> torch.Tensor:
        return self.heads(self.known(reading, member, rows), member)

    def known(self, reading: Rows, member: int, rows: torch.Tensor | None = None) -> torch.Tensor:
        ids, ends = reading.ids, reading.ends
        if rows is not None:
            ids, ends = ids[rows], ends[rows]
        mask = (torch.arange(ids.shape[1], device=ids.device) <= ends[:, None]).long()
        known = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        pooled: torch.Tensor = (known * mask[:, :, None]).sum(1).float() / mask.sum(1, keepdim=True)
        return pooled


def fresh_encoder(policy: Policy, seed: int, layers: int, hidden: int) -> Encoder:
    """Untrained, on the policy's ids. Six layers of hidden size 384 are MiniLM's shape (Wang et al. 2020, arXiv
    2002.10957)."""
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=policy.embedding_rows, hidden_size=hidden, num_hidden_layers=layers,
        num_attention_heads=hidden // _HEAD_SIZE, intermediate_size=4 * hidden, max_position_embeddings=LONGEST,
    )  # fmt: skip
    return Encoder(BertModel(config, add_pooling_layer=False))


def begin_encoder(config: RewardConfig, policy: Policy, seed: int) -> tuple[Encoder, RewardConfig]:
    """An encoder before training, and the configuration to train it with, which has its learning rate. Raises
    TrainingError."""
    if config.encoder is None:
        if config.encoder_layers < 1 or config.encoder_hidden < 1 or config.encoder_hidden % _HEAD_SIZE:
            raise TrainingError(f"encoder_layers has to be at least 1, and encoder_hidden a multiple of {_HEAD_SIZE}")
        network = fresh_encoder(policy, seed, config.encoder_layers, config.encoder_hidden)
        rate = 3e-4
    else:
        model = AutoModel.from_pretrained(config.encoder, trust_remote_code=False, use_safetensors=True)
        torch.manual_seed(seed)  # of its head
        network, rate = Encoder(model), 5e-5
    network.heads.dropout = config.dropout
    return network.to(policy.device), replace(config, learning_rate=config.encoder_learning_rate or rate)


def encoder_name(config: RewardConfig) -> str:
    """In the report."""
    if config.encoder is not None:
        return f"encoder: {Path(config.encoder).name}"
    return f"encoder: fresh, {config.encoder_layers} layers of {config.encoder_hidden}"


@dataclass(frozen=True)
class Spelling:
    """How encoders read prompts and scripts: in the policy's ids, or with a tokenizer of their own as a pair of texts,
    of which what is too long is cut. longest: the most tokens that they read."""

    policy: Policy
    tokenizer: Any
    longest: int

    @staticmethod
    def of(config: RewardConfig, policy: Policy) -> Spelling:
        """Of the encoders that the configuration names."""
        if config.encoder is None:
            return Spelling(policy, None, LONGEST)
        found = AutoConfig.from_pretrained(config.encoder, trust_remote_code=False)
        longest = min(int(getattr(found, "max_position_embeddings", 512)), 512)
        return Spelling(policy, AutoTokenizer.from_pretrained(config.encoder, trust_remote_code=False), longest)

    def ids(self, prompt: str, script: Sequence[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Neither part is empty."""
        if self.tokenizer is None:
            encode = self.policy.vocabulary.encode_choice
            return tuple(self.policy.context(prompt).ids), tuple(token for each in script for token in encode(each))
        both = self.tokenizer(prompt, " ".join(script), truncation=True, max_length=self.longest)["input_ids"]
        return tuple(both[:-1]), tuple(both[-1:])

    @property
    def digest(self) -> str:
        """By this it is known whether a policy's ids mean what they did in training; empty where they do not matter."""
        if self.tokenizer is not None:
            return ""
        vocabulary = self.policy.vocabulary
        told = [vocabulary.tokenizer.to_str(), vocabulary.words, self.policy.context("").ids]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def read_by_encoder(spelling: Spelling, prepared: Prepared) -> list[Encoded]:
    """The examples, in an encoder's ids; what is too long is cut."""
    if spelling.tokenizer is None:
        longest = spelling.longest
        return [replace(each, script=each.script[: longest - len(each.context)]) for each in prepared.encoded]
    found = []
    for example, each in zip(prepared.examples, prepared.encoded, strict=True):
        context, script = spelling.ids(example.prompt, example.choices)
        found.append(replace(each, context=context, script=script))
    return found


@dataclass(frozen=True, eq=False)
class EncoderEnsemble:
    """Encoders of one shape, trained. A folder: reward.json, the encoder's config.json, a file of weights for each, and
    the tokenizer if they have their own."""

    spelling: Spelling
    encoders: tuple[Encoder, ...]
    knowledge: RewardMetadata

    @staticmethod
    def load(folder: Path, policy: Policy) -> EncoderEnsemble:
        """Raises RewardError, naming the file, when one is missing or damaged, or of a policy with other ids."""
        try:
            described = read_json(folder / FILE)
            count, digest, longest = described["members"], described["ids_sha256"], described["longest"]
            tokenizer = None
            if not digest:
                tokenizer = AutoTokenizer.from_pretrained(folder / "tokenizer", trust_remote_code=False)
            spelling = Spelling(policy, tokenizer, longest)
            if spelling.digest != digest:
                raise RewardError(f"{folder}: trained on the ids of a policy with another vocabulary. Train it anew")
            config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
            encoders = tuple(_read(folder / _weights(member), config).to(policy.device) for member in range(count))
            return EncoderEnsemble(spelling, encoders, RewardMetadata(**described["knowledge"]))
        except (OSError, KeyError, TypeError, CheckpointError, SafetensorError) as error:
            raise RewardError(f"{folder}: cannot be read: {error}. Train the encoders anew") from error

    def save(self, folder: Path) -> None:
        """Write the ensemble; `folder` is replaced as a whole, or not at all. Raises CheckpointError."""

        def write(target: Path) -> None:
            counts = {"members": len(self.encoders), "longest": self.spelling.longest}
            told = {"ids_sha256": self.spelling.digest, "knowledge": asdict(self.knowledge)}
            write_json(target / FILE, {"format": FORMAT, **counts, **told}, indent=1)
            self.encoders[0].model.config.save_pretrained(target)
            if self.spelling.tokenizer is not None:
                self.spelling.tokenizer.save_pretrained(target / "tokenizer")
            for member, encoder in enumerate(self.encoders):
                tensors = {name: tensor.cpu().contiguous() for name, tensor in encoder.state_dict().items()}
                save_file(tensors, target / _weights(member))

        write_folder(folder, write)

    @torch.inference_mode()
    def score(self, prompt: str, scripts: Sequence[Sequence[str]]) -> list[Reward]:
        """As `RewardEnsemble.score`. Raises RewardError for a script that is empty or longer than the encoders read."""
        distinct = list(dict.fromkeys(map(tuple, scripts)))
        read = {script: self.spelling.ids(prompt, script) for script in distinct}
        self._check(read.values())
        distinct.sort(key=lambda script: sum(map(len, read[script])))
        found: dict[tuple[str, ...], Reward] = {}
        for start in range(0, len(distinct), ROWS):
            part = distinct[start : start + ROWS]
            contexts, rest = zip(*(read[script] for script in part), strict=True)
            rows = Rows.of(contexts, rest, self.spelling.policy.device)
            scores = torch.stack([encoder.score(rows, 0) for encoder in self.encoders], 1).tolist()
            found |= {script: self._reward(each) for script, each in zip(part, scores, strict=True)}
        return [found[tuple(script)] for script in scripts]

    def _check(self, read: Any) -> None:
        for context, script in read:
            if not script:
                raise RewardError("a script without choices cannot be scored")
            if len(context) + len(script) > self.spelling.longest:
                raise RewardError(
                    f"prompt and script need {len(context) + len(script)} tokens, and these encoders read at most "
                    f"{self.spelling.longest}. Write shorter workflows (--max-nodes)"
                )

    def _reward(self, scores: Sequence[float]) -> Reward:
        members = tuple(self.knowledge.offset + self.knowledge.scale * score for score in scores)
        return Reward(statistics.fmean(members), statistics.stdev(members) if len(members) > 1 else 0.0, members)


def are_encoders(folder: Path) -> bool:
    """Whether a folder has separate encoders; False where there is nothing that could be read."""
    try:
        return read_json(folder / FILE).get("format") == FORMAT
    except CheckpointError:
        return False


def _weights(member: int) -> str:
    return f"member-{member}.safetensors"


def _read(path: Path, config: Any) -> Encoder:
    encoder = Encoder(AutoModel.from_config(config, trust_remote_code=False))
    tensors = load_file(path)
    try:
        missing, unknown = encoder.load_state_dict(tensors, strict=False)
    except RuntimeError as error:
        raise RewardError(f"{path}: {error}") from error
    if unknown or any(not name.startswith("model.pooler.") for name in missing):  # the pooler is not asked for
        raise RewardError(f"{path}: not the weights of the encoder that config.json tells of. Train the encoders anew")
    return encoder.requires_grad_(False).eval()
