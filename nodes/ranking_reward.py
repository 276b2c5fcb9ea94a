"""The reward ensemble that ranks what the panel asks for: what comes with Nodewright, as far as it fits the policy."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from .load_policy import LoadedPolicy
from .load_reward import LoadedReward, kept_reward, reward_fingerprint, reward_state

logger = logging.getLogger(__name__)

NOT_SHIPPED = "This copy of Nodewright comes without a reward model"
NOT_FITTING = "No reward model fits this policy"

_lock = threading.Lock()
_unfit: dict[Path, str] = {}  # the state of folders that could not be loaded


def ranking_reward(policy: LoadedPolicy | None) -> LoadedReward | str:
    """Return the ensemble that ranks workflows of a policy, loaded once, or a sentence on why there is none.

    Where there is no ensemble of renders, or none that fits the policy, that of real families, which reads no policy,
    ranks alone.

    Parameters:
        policy: the linked policy; None for the shipped one.
    """
    from ..models.reward.by_family import is_evidence, is_of_renders, is_over_parts
    from ..models.reward.ensemble import own_base, shipped_reward_path
    from ..models.reward.evidence_ensemble import shipped_evidence_path

    renders, evidence = shipped_reward_path(), shipped_evidence_path()
    reason = NOT_FITTING if is_of_renders(renders) else NOT_SHIPPED
    # Over another policy than the shipped one, members over a policy fit only the model that they bring.
    fits = is_over_parts(renders) or (is_of_renders(renders) and (policy is None or own_base(renders) is not None))
    found = _kept(renders) if fits else None
    if found is None and is_evidence(evidence):
        found = _kept(evidence)
    return found or reason


def _kept(path: Path) -> LoadedReward | None:
    """Return the ensemble in a folder; None where it cannot be loaded, which is logged once."""
    from ..models.policy.folders import PolicyError
    from ..models.reward.members import RewardError

    with _lock:
        state = reward_state(path)
        if _unfit.get(path) == state:
            return None
        try:
            return kept_reward(path)
        except (RewardError, PolicyError) as error:
            logger.warning("Nodewright ranks workflows without one of its reward models: %s", error)
            _unfit[path] = state
            return None


def ranking_state() -> str:
    """Return a text that changes when an ensemble changes that comes with Nodewright."""
    from ..models.reward.ensemble import shipped_reward_path

    return reward_fingerprint(shipped_reward_path())
