"""How a training on the command line ends: its last message and its exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable

import torch

from ...models.policy.decoding import DecodingError
from ...models.policy.folders import PolicyError
from ...models.policy.vocabulary import VocabularyError
from ...models.reward.members import RewardError
from ...store.durable_file import StoreError
from ...workflow.graph import WorkflowError
from .console import report
from .errors import TrainingError
from .pairs import DataError

_FAULTS = (
    DataError, DecodingError, PolicyError, RewardError, StoreError, TrainingError, VocabularyError, WorkflowError,
)  # fmt: skip


def run_to_its_end(training: Callable[[], object]) -> int:
    """Run a training; return 0, 2 for data or models that cannot be used, or 130 after an interruption."""
    try:
        training()
        if torch.distributed.is_initialized():  # a process that is gone before the others would make them fail
            torch.distributed.barrier()
            torch.distributed.destroy_process_group()
    except _FAULTS as error:
        report(f"error: {error}", sys.stderr)
        return 2
    except KeyboardInterrupt:
        report("interrupted; the same command resumes it", sys.stderr)
        return 130
    return 0
