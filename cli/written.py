"""Print what was written for a prompt, in words and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..writing import WrittenWorkflow


@dataclass(frozen=True)
class Written:
    """The workflows that were written for one prompt."""

    prompt: str
    """The checked prompt."""
    seed: int
    """The seed of the call, drawn if none was given."""
    workflows: tuple[WrittenWorkflow, ...]
    """Those that differ, the best first."""
    fingerprint: str
    """The catalog's."""
    seconds: dict[str, float]
    """Seconds to read the `catalog`, to load the `policy`, and for `writing`."""

    def document(self) -> dict[str, Any]:
        """Return what --json has beside the workflows."""
        return {
            "prompt": self.prompt,
            "seed": self.seed,
            "seconds": {key: round(value, 4) for key, value in self.seconds.items()},
            "catalog_fingerprint": self.fingerprint,
        }

    def read(self) -> str:
        """Return what was read in the prompt, and what of it is not in the best workflow, a line each."""
        best = self.workflows[0]
        return "\n".join((best.read, *(f"note: {note}" for note in best.notes)))

    def heading(self, index: int) -> str:
        """Return the script of a workflow, headed by its rank where there are several."""
        workflow = self.workflows[index]
        reward = workflow.reward
        if len(self.workflows) == 1 and reward is None:
            return workflow.script
        figures = f"log-probability {workflow.choice_log_probability:.2f} a choice, seed {workflow.seed}"
        if reward is not None:
            score = "no score" if reward.mean is None else f"score {reward.mean:+.2f} ± {reward.deviation:.2f}"
            figures = f"{score}, {figures}"
            figures += f"\n(from {reward.evidence.words})" if reward.evidence is not None else ""
            figures += f"\n({reward.warning})" if reward.warning else ""
        return f"Workflow {index + 1} of {len(self.workflows)}, {figures}\n{workflow.script}"

    def figures(self) -> str:
        """Return seconds, seed and numbers of tokens in one line."""
        sampled = sum(one.tokens_sampled for one in self.workflows)
        forced = sum(one.tokens_forced for one in self.workflows)
        return (
            f"{self.seconds['writing']:.2f} s to write: seed {self.seed}, {sampled} tokens chosen, {forced} followed "
            f"(and {self.seconds['catalog']:.2f} s to read the catalog, {self.seconds['policy']:.2f} s the policy)"
        )


def workflow_document(written: WrittenWorkflow) -> dict[str, Any]:
    """Return a workflow as an item of `workflows` in --json."""
    from ..writing import reward_document

    reward = written.reward
    scored = {} if reward is None else {"reward": reward_document(reward)}
    return {
        "script": written.script,
        "api": written.api,
        "seed": written.seed,
        "text": written.text,
        "read": written.read,
        "notes": list(written.notes),
        "log_probability": written.log_probability,
        "choice_log_probability": written.choice_log_probability,
        "tokens": {"sampled": written.tokens_sampled, "forced": written.tokens_forced},
        **scored,
    }
