"""The reward ensemble that ranks what the panel asks for: what comes with Nodewright, as far as it fits the policy."""

from __future__ import annotations

import logging
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from .checkpoint_files import fingerprint
from .load_policy import LoadedPolicy, policy_fingerprint, shipped_path, shipped_policy
from .load_reward import FILE, LoadedReward, reward_fingerprint, shipped_reward

if TYPE_CHECKING:
    from ..models.reward.evidence_ensemble import EvidenceEnsemble

logger = logging.getLogger(__name__)

NOT_SHIPPED = "This copy of Nodewright comes without a reward model"
NOT_FITTING = "No reward model fits this policy"

_lock = threading.Lock()
_unfit: tuple[str, str] | None = None  # files that did not fit each other, and why


def ranking_reward(policy: LoadedPolicy | None) -> LoadedReward | str:
    """Return the ensemble that ranks workflows of a policy, loaded once, or a sentence on why there is none.

    Where the ensemble of renders does not fit the policy, that of real families, which reads no policy, ranks alone.

    Parameters:
        policy: the linked policy; None for the shipped one.
    """
    found = _shipped(policy)
    evidence = _evidence() if isinstance(found, str) else None
    return found if evidence is None else LoadedReward(evidence, policy or shipped_policy())


def _shipped(policy: LoadedPolicy | None) -> LoadedReward | str:
    """Return the ensembles that come with Nodewright, or a sentence on why that of renders does not judge a policy.

    It judges another policy than the shipped one only if it brings the model that its members are over.
    """
    global _unfit
    from ..models.policy.folders import PolicyError
    from ..models.reward.ensemble import own_base, shipped_reward_path
    from ..models.reward.members import RewardError

    path = shipped_reward_path()
    if not (path / FILE).is_file():
        return NOT_SHIPPED
    if policy is not None and own_base(path) is None:
        return NOT_FITTING
    with _lock:
        files = _state(path)
        if _unfit is not None and _unfit[0] == files:
            return _unfit[1]
        try:
            found = shipped_reward()
        except (RewardError, PolicyError) as error:
            logger.warning("Nodewright ranks workflows without the reward model of renders: %s", error)
            _unfit = files, NOT_FITTING
            return NOT_FITTING
    return NOT_SHIPPED if found is None else found


def _evidence() -> EvidenceEnsemble | None:
    """Return the ensemble of real families that comes with Nodewright, None where it cannot be read."""
    from ..models.reward.evidence_ensemble import shipped_evidence_path

    path = shipped_evidence_path()
    return _kept(path, fingerprint(path))


@lru_cache(maxsize=1)
def _kept(path: Path, _fingerprint: str) -> EvidenceEnsemble | None:
    from ..models.reward.evidence_ensemble import EvidenceEnsemble
    from ..models.reward.members import RewardError

    try:
        return EvidenceEnsemble.load(path)
    except RewardError as error:
        logger.warning("Nodewright ranks workflows without the reward model of real families: %s", error)
        return None


def ranking_state() -> str:
    """Return a text that changes when an ensemble changes that comes with Nodewright."""
    from ..models.reward.ensemble import shipped_reward_path

    return reward_fingerprint(shipped_reward_path())


def _state(path: Path) -> str:
    return f"{reward_fingerprint(path)} {policy_fingerprint(shipped_path())}"
