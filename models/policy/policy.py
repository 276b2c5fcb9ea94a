"""The policy: any causal language model of transformers, with its vocabulary.

Weights are read from safetensors or GGUF, never from pickles, and no code that comes with a model is run.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from .context import Context, installed_files
from .vocabulary import MAXIMUM_PROMPT_TOKENS, PromptFrame, Vocabulary, VocabularyError

if TYPE_CHECKING:
    from .adapters import Adapter

PICKLED = (".bin", ".pt", ".pth", ".ckpt")


class PolicyError(ValueError):
    """A policy that cannot be loaded. The message says which file, what is wrong with it, and what to do."""


@dataclass(frozen=True, eq=False)
class Policy:
    """A causal language model and its vocabulary; a tuned policy has an adapter over the model as well, and what the
    model says without it is the reference policy.

    model: a transformers model with attention and a key-value cache, in evaluation mode.
    frame: what it was trained to read around the prompt, and whether it reads which files are installed.
    description: what it was trained on and how, as JSON; empty for a base that was not trained for this.
    typical_choices: how many choices its scripts have in the median; only progress bars depend on it.
    files: what the model's weights were read from; empty when that is no local file.
    adapter: what tuning added to the model (models/policy/adapters.py), or None.
    """

    model: Any
    vocabulary: Vocabulary
    frame: PromptFrame = PromptFrame()
    description: Mapping[str, Any] = field(default_factory=dict)
    typical_choices: int = 60
    files: tuple[Path, ...] = ()
    adapter: Adapter | None = None

    @staticmethod
    def load(
        source: str | Path,
        *,
        device: str | torch.device = "cpu",
        dtype: torch.dtype | None = None,
        tuned: str | Path | bool = True,
    ) -> Policy:
        """Load a Nodewright checkpoint folder; a Hugging Face folder or hub id; a .gguf file; or one in a folder or
        hub repository, as "folder:file.gguf".

        dtype None is float32 on a CPU, and what the weights are stored as elsewhere. tuned is the folder of an
        adapter; True stands for the subfolder "tuned" of the source, if there is one, False for none.

        Raises PolicyError (CheckpointError for a Nodewright checkpoint, AdapterError for an adapter).
        """
        from .adapters import read_tuned  # both are written in terms of Policy
        from .checkpoints import DESCRIPTION, load_checkpoint

        if (Path(source) / DESCRIPTION).is_file():
            return load_checkpoint(Path(source), device=device, dtype=dtype, tuned=tuned)
        folder, gguf = _split_gguf(source)
        _check_source(folder, gguf)
        extra = {} if gguf is None else {"gguf_file": gguf}
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, trust_remote_code=False, **extra)
        except Exception as error:  # transformers, tokenizers, gguf and the hub's client each raise their own
            raise PolicyError(f"{source}: its tokenizer cannot be read: {error}") from error
        if not tokenizer.is_fast:
            raise PolicyError(f"{source}: it has no tokenizer.json. Save its tokenizer as a fast tokenizer first")
        try:
            vocabulary = _vocabulary(tokenizer)
        except VocabularyError as error:
            raise PolicyError(f"{source}: {error}") from error
        try:
            model = load_model(folder, device=device, dtype=dtype, **extra)
        except torch.cuda.OutOfMemoryError:
            raise
        except Exception as error:
            raise PolicyError(f"{source}: the model cannot be read: {error}") from error
        local = Path(folder) if Path(folder).is_dir() else None  # or a hub id
        files = () if local is None else tuple(sorted(local.glob("*.safetensors") if gguf is None else [local / gguf]))
        policy = Policy(model, vocabulary, files=files)
        if policy.embedding_rows < policy.vocabulary.size:
            raise PolicyError(
                f"{source}: the model has {policy.embedding_rows} embeddings and its tokenizer "
                f"{policy.vocabulary.size} tokens; they do not belong together"
            )
        return replace(policy, adapter=read_tuned(policy, local, tuned))

    @property
    def device(self) -> torch.device:
        """Where the model is now."""
        device: torch.device = self.model.get_input_embeddings().weight.device
        return device

    @property
    def embedding_rows(self) -> int:
        """How many token ids the model knows."""
        return int(self.model.get_input_embeddings().weight.shape[0])

    @cached_property
    def parameters(self) -> int:
        """How many weights the model has."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    @cached_property
    def base_sha256(self) -> str | None:
        """By which adapters know the weights that they were trained over; None when those came from no local file.
        Reads the files."""
        return weights_digest(self.files) if self.files else None

    def context(
        self, prompt: str, files: Sequence[str] = (), maximum_prompt_tokens: int = MAXIMUM_PROMPT_TOKENS
    ) -> Context:
        """All that the policy reads before it writes: the prompt and, if its frame has a place for them, the installed
        files (`Grammar.files`). Never empty, since the first choice is predicted from the last id."""
        before, between, after = self._frame
        ids = before + self.vocabulary.encode_prompt(prompt, maximum_prompt_tokens)
        places: dict[str, int] = {}
        if self.frame.files:
            ids += between
            for file, tokens in installed_files(self.vocabulary, files, prompt).items():
                ids += tokens
                places[file] = len(ids) - 1
        return Context(ids + after or [self.vocabulary.end_id], places)

    @property
    def pick_id(self) -> int:
        """The token whose logit after a file's name says how well the file suits: what ends the context."""
        after = self._frame[2]
        return after[0] if after else self.vocabulary.end_id

    @cached_property
    def _frame(self) -> tuple[list[int], list[int], list[int]]:
        return self.vocabulary.encode_frame(self.frame)


def load_model(
    source: str | Path, *, device: str | torch.device = "cpu", dtype: torch.dtype | None = None, **extra: Any
) -> Any:
    """A causal language model in evaluation mode. Passes on what transformers raises; raises ValueError for weights
    that are missing from the file, which transformers would draw at random."""
    wanted: torch.dtype | str = dtype or (torch.float32 if torch.device(device).type == "cpu" else "auto")
    name = "dtype" if int(transformers.__version__.split(".")[0]) >= 5 else "torch_dtype"
    if "gguf_file" not in extra:
        extra["use_safetensors"] = True
    elif (packed := getattr(transformers, "GgufConfig", None)) is not None:
        # Newer ones would fetch kernels to compute on packed weights. Those could not be trained, saved or moved.
        extra["quantization_config"] = packed(dequantize=True)
    with no_progress_bars():
        model, information = AutoModelForCausalLM.from_pretrained(
            source, trust_remote_code=False, output_loading_info=True, **{name: wanted}, **extra
        )
    missing = sorted(information["missing_keys"])
    if missing:
        raise ValueError(f"its weights lack {', '.join(missing[:3])}{' and others' if len(missing) > 3 else ''}")
    if getattr(model, "hf_quantizer", None) is not None and "gguf_file" in extra:
        model.hf_quantizer.remove_quantization_config(model)  # its weights are plain by now
    return model.eval().to(device)


def weights_digest(files: Iterable[Path]) -> str:
    """SHA-256 of files one after another."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def folder_digest(folder: Path) -> str:
    """SHA-256 of all weights in a folder and below it."""
    return weights_digest(sorted(folder.rglob("*.safetensors")))


@contextmanager
def no_progress_bars() -> Iterator[None]:
    """Keep transformers' progress bars for single files out of ComfyUI's log."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _split_gguf(source: str | Path) -> tuple[str, str | None]:
    text = str(source)
    if not text.lower().endswith(".gguf"):
        return text, None
    if Path(text).is_file():
        return str(Path(text).parent), Path(text).name
    folder, colon, name = text.rpartition(":")
    if not colon or len(folder) < 2:  # nothing, or a drive letter
        raise PolicyError(f"{source}: no such file")
    return folder, name


def _check_source(folder: str, gguf: str | None) -> None:
    """Say early what transformers would say at length."""
    lacking = [name for name in ("gguf", "accelerate") if importlib.util.find_spec(name) is None]
    if gguf is not None and lacking:
        raise PolicyError(f"{gguf}: reading GGUF files needs {' and '.join(lacking)}: pip install {' '.join(lacking)}")
    path = Path(folder)
    if not path.is_dir():
        if path.exists():
            raise PolicyError(f"{folder}: neither a folder nor a .gguf file. Name the folder that it lies in")
        if path.is_absolute() or "\\" in folder or folder.startswith((".", "~")) or folder.count("/") > 1:
            raise PolicyError(f"{folder}: no such folder")
        return  # a hub id
    if gguf is not None:
        if not (path / gguf).is_file():
            raise PolicyError(f"{path / gguf}: no such file")
        return
    names = [entry.name for entry in path.iterdir()]
    if not any(name.endswith(".safetensors") for name in names):
        pickled = sorted(name for name in names if name.endswith(PICKLED))
        if pickled:
            raise PolicyError(
                f"{path / pickled[0]}: pickled weights can run code when they are read, and are refused. Convert them "
                "to safetensors, or take a copy of the model that has model.safetensors"
            )
        quantised = sorted(name for name in names if name.lower().endswith(".gguf"))
        if quantised:
            raise PolicyError(f'{folder}: name the file in it, as "{folder}:{quantised[0]}"')
        raise PolicyError(f"{folder}: there is no model.safetensors in it")
    if "config.json" not in names:
        raise PolicyError(f"{path / 'config.json'}: missing; without it the weights cannot be read")


def _vocabulary(tokenizer: Any) -> Vocabulary:
    try:
        return Vocabulary(tokenizer.backend_tokenizer)
    except VocabularyError:
        if tokenizer.eos_token_id is None:
            raise
        return Vocabulary(tokenizer.backend_tokenizer, end_id=int(tokenizer.eos_token_id))
