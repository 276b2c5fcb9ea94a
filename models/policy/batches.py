"""The model's side of decoding: rows of tokens that it has read, and the logits of the ids that may come next."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from .fast_llama.llama import packed_model
from .fast_llama.llama_batch import LlamaBatch
from .guidance import REFERENCE, Guidance, applied
from .policy import Policy


class DecodingError(RuntimeError):
    """The model cannot decode a prompt or script. The message states why, and what to do."""


class Batch(Protocol):
    """Rows of tokens that the model has read."""

    @property
    def lengths(self) -> Sequence[int]:
        """The number of tokens that each row has read."""
        ...

    def repeat(self, rows: int) -> None:
        """Make the only row several equal ones."""
        ...

    def keep(self, rows: list[int]) -> None:
        """Drop the other rows."""
        ...

    def feed(self, chunks: list[list[int]]) -> None:
        """Read each row's chunk, of one token or more."""
        ...

    def logits(self, allowed: Sequence[npt.NDArray[np.int64]]) -> list[npt.NDArray[np.float64]]:
        """Return the logits of allowed[i], (ids,), after the last token of row i, for each row."""
        ...

    def logits_in_first(self, token: int) -> npt.NDArray[np.float64]:
        """Return the logits of one token at the places that the batch was opened with, (places,)."""
        ...


def open_batch(policy: Policy, first: list[int], places: Sequence[int] = (), guidance: Guidance = REFERENCE) -> Batch:
    """Return a batch whose only row has read `first`.

    Parameters:
        policy: the language model.
        first: the ids to read, at least one.
        places: indices of `first` at which `logits_in_first` will be needed.
        guidance: which of reference and tuned policy to compute.

    Raises:
        DecodingError: where the model cannot decode several rows at once.
    """
    llama = packed_model(policy.weights)
    if llama is None or not llama.supports(guidance.adapter):
        return TransformersBatch(policy, first, places, guidance)
    return LlamaBatch(llama, first, places, guidance)


class TransformersBatch:
    """A batch of any model that transformers knows.

    Each step feeds every row the tokens that it has gathered. Shorter chunks are padded on the left, so that each
    row's last token stands in the last column; the columns of the padding stay masked for good, and positions count
    real tokens only. Under guidance the model's batch has two rows for each row here, through all of its layers:
    transformers cannot be made to compute those below the adapter once.
    """

    def __init__(
        self, policy: Policy, first: list[int], places: Sequence[int] = (), guidance: Guidance = REFERENCE
    ) -> None:
        import transformers  # takes seconds

        self.device = policy.device
        self.lengths = [0]
        self._guidance = guidance
        self._forward = _Forward(policy, guidance)
        if not getattr(policy.model, "_supports_cache_class", True):
            raise DecodingError(
                f"transformers {transformers.__version__} has no key-value cache that can be shared for "
                f"{type(policy.model).__name__}. Update transformers, or load a policy of another architecture"
            )
        self._cache = transformers.DynamicCache()
        self._mask = torch.ones(guidance.parts, 0, dtype=torch.long, device=self.device)
        self._logits = torch.empty(0)  # after each row's last token, (parts * rows, vocabulary)
        self._in_first = torch.empty(0)  # after the tokens at `places`, (parts, places, vocabulary)
        self.feed([first], places)

    def repeat(self, rows: int) -> None:
        """Make the only row several equal ones."""
        if rows > 1:
            self._cache.batch_repeat_interleave(rows)
            self._mask = self._mask.repeat_interleave(rows, 0)
            self._logits = self._logits.repeat_interleave(rows, 0)
            self.lengths = self.lengths * rows

    def keep(self, rows: list[int]) -> None:
        """Drop the other rows."""
        with torch.inference_mode():
            parts = range(self._guidance.parts)
            indices = torch.tensor([part * len(self.lengths) + row for part in parts for row in rows]).to(self.device)
            self._cache.batch_select_indices(indices)
            self._mask = self._mask[indices]
        self.lengths = [self.lengths[row] for row in rows]

    def feed(self, chunks: list[list[int]], places: Sequence[int] = ()) -> None:
        """Read each row's chunk, of one token or more. Logits at `places` of the first row's chunk are kept."""
        self.lengths = [length + len(chunk) for length, chunk in zip(self.lengths, chunks, strict=True)]
        width = max(len(chunk) for chunk in chunks)
        ids, masks, positions = [], [], []
        for chunk, length in zip(chunks, self.lengths, strict=True):
            padding = width - len(chunk)
            ids.append([chunk[0]] * padding + chunk)
            masks.append([0] * padding + [1] * len(chunk))
            start = length - len(chunk)
            positions.append([start] * padding + list(range(start, length)))
        parts = self._guidance.parts
        packed = torch.tensor([ids * parts, masks * parts, positions * parts], device=self.device)
        self._mask = torch.cat([self._mask, packed[1]], dim=1)
        found = self._forward.at(
            packed[0],
            torch.tensor([*places, width - 1], device=self.device),
            attention_mask=self._mask,
            position_ids=packed[2],
            past_key_values=self._cache,
            use_cache=True,
        )
        self._logits = found[:, -1]
        if places:
            self._in_first = found[:, :-1]

    def logits(self, allowed: Sequence[npt.NDArray[np.int64]]) -> list[npt.NDArray[np.float64]]:
        """Return the logits of allowed[i], (ids,), after the last token of row i, for each row."""
        return self._guidance.mixed(_gather(self._logits, list(allowed) * self._guidance.parts))

    def logits_in_first(self, token: int) -> npt.NDArray[np.float64]:
        """Return the logits of one token at the places that the batch was opened with, (places,)."""
        found = self._in_first[:, :, token].float().cpu().numpy().astype(np.float64)
        return self._guidance.mixed(list(found))[0]


def logits_at(
    policy: Policy,
    ids: list[int],
    positions: list[int],
    allowed: Sequence[npt.NDArray[np.int64]],
    guidance: Guidance = REFERENCE,
) -> list[npt.NDArray[np.float64]]:
    """Return logits in one row of tokens, which is read at once.

    Parameters:
        policy: the language model.
        ids: the row.
        positions: indices of `ids`.
        allowed: for each position the ids that may come next, (ids,).
        guidance: which of reference and tuned policy to compute.

    Returns:
        The logits of allowed[i], (ids,), after the token at positions[i], for each position.
    """
    parts = guidance.parts
    rows, keep = torch.tensor([ids] * parts, device=policy.device), torch.tensor(positions, device=policy.device)
    found = _Forward(policy, guidance).at(rows, keep, use_cache=False).flatten(0, 1)
    return guidance.mixed(_gather(found, list(allowed) * parts))


class _Forward:
    """The model's forward pass, with the logits of some positions alone where the model can compute these."""

    def __init__(self, policy: Policy, guidance: Guidance) -> None:
        self.model = policy.model
        self.guidance = guidance

    @cached_property
    def _selects(self) -> bool:
        return "logits_to_keep" in inspect.signature(self.model.forward).parameters

    @torch.inference_mode()
    def at(self, ids: torch.Tensor, columns: torch.Tensor, **rest: Any) -> torch.Tensor:
        """Return logits at some columns of each row.

        Parameters:
            ids: (parts * rows, tokens).
            columns: the columns, (columns,).
            rest: further arguments of the model.

        Returns:
            (parts * rows, columns, vocabulary).
        """
        with applied(self.model, self.guidance):
            if self._selects:
                kept: torch.Tensor = self.model(input_ids=ids, return_dict=True, logits_to_keep=columns, **rest).logits
                return kept
            every: torch.Tensor = self.model(input_ids=ids, return_dict=True, **rest).logits
            return every[:, columns]


def _gather(logits: torch.Tensor, allowed: Sequence[npt.NDArray[np.int64]]) -> list[npt.NDArray[np.float64]]:
    """Return row i's logits of allowed[i], (ids,), from logits, (rows, vocabulary), in one transfer to the CPU."""
    counts = [len(ids) for ids in allowed]
    columns = torch.from_numpy(np.concatenate(allowed)).to(logits.device)
    rows = torch.from_numpy(np.repeat(np.arange(len(allowed), dtype=np.int64), counts)).to(logits.device)
    with torch.inference_mode():
        flat = logits[rows, columns].float().cpu().numpy().astype(np.float64)
    return np.split(flat, np.cumsum(counts)[:-1])
