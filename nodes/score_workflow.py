"""Score Workflow: predict how good a workflow's picture is, before it is rendered."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from comfy_api.latest import io, ui

from .checks import check_given, refusal
from .given_workflow import looks_at_the_graph, read_given
from .load_reward import LoadedReward, RewardType, needed_reward
from .schemas import schema

if TYPE_CHECKING:
    from ..models.reward.ensemble import Reward

NODE_ID = "NodewrightScoreWorkflow"


class NodewrightScoreWorkflow(io.ComfyNode):
    """The node that scores a workflow by a reward ensemble, with the members' disagreement."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's inputs and outputs."""
        return schema(
            node_id=NODE_ID,
            display_name="Score Workflow",
            category="Nodewright",
            description="Predicts how good a workflow's picture is, and how certain that is, without rendering.",
            search_aliases=["score", "rate workflow", "predict quality", "reward", "aesthetic"],
            is_output_node=True,
            hidden=[io.Hidden.prompt],
            inputs=[
                io.String.Input(
                    "prompt",
                    multiline=True,
                    default="",
                    tooltip="What the picture shall show. Empty: the prompt in the workflow itself.",
                ),
                io.String.Input(
                    "workflow",
                    multiline=True,
                    default="",
                    tooltip="A workflow in API format, or a script. Empty: the workflow on the canvas.",
                ),
                RewardType.Input(
                    "reward",
                    optional=True,
                    tooltip="From Load Reward. Without a link, the reward model that comes with Nodewright.",
                ),
            ],
            outputs=[
                io.Float.Output("mean", display_name="mean", tooltip="The mean over the members of the reward model."),
                io.Float.Output(
                    "deviation",
                    display_name="deviation",
                    tooltip="The standard deviation over the members: how uncertain the score is.",
                ),
                io.String.Output("members", display_name="members", tooltip="The score by each member, one a line."),
                io.String.Output(
                    "warning",
                    display_name="warning",
                    tooltip="Why the score is unreliable; empty if nothing speaks against it.",
                ),
            ],
        )

    @classmethod
    async def validate_inputs(cls, workflow: str | None = None) -> bool | str:
        """Return True, or why the text is no workflow. A linked text is None."""
        return await refusal(check_given, workflow)

    @classmethod
    def fingerprint_inputs(cls, workflow: str | None = None, **_: Any) -> str | float:
        """Return NaN, which makes ComfyUI run the node each time, where it works on the graph around it."""
        from .live_catalog import live_catalog

        return float("nan") if looks_at_the_graph(workflow) else live_catalog().fingerprint

    @classmethod
    def execute(cls, prompt: str, workflow: str, reward: LoadedReward | None = None) -> io.NodeOutput:
        """Score the workflow. Raises WorkflowError, RewardError, or ValueError where there is no reward model."""
        from ..models.reward.by_family import seeing
        from ..writing import reward_document
        from .live_catalog import live_catalog

        read = read_given(workflow, cls.hidden.prompt, live_catalog(), prompt)
        (found,) = seeing(needed_reward(reward).ready(), live_catalog()).score(read.prompt, [read.choices])
        warning = "\n".join(part for part in (found.warning, *read.notes) if part)
        members = "\n".join(f"{member:.4f}" for member in found.members)
        document = reward_document(found) | {"warning": warning, "prompt": read.prompt}
        shown = ui.PreviewText(shown_text(found, warning)).as_dict() | {"nodewright_score": [document]}
        mean = math.nan if found.mean is None else found.mean
        return io.NodeOutput(mean, found.deviation, members, warning, ui=shown)


def shown_text(reward: Reward, warning: str) -> str:
    """Return the score as the node shows it."""
    lines = [] if reward.evidence is None else [f"from {reward.evidence.words}"]
    if reward.mean is not None:
        lines.append(f"{reward.mean:+.2f} ± {reward.deviation:.2f}")
        lines.append("members: " + ", ".join(f"{member:+.2f}" for member in reward.members))
    return "\n".join([*lines, *([warning] if warning else [])])
