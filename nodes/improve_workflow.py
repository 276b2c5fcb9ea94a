"""Improve Workflow: which single changes of a workflow the reward model expects most of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comfy_api.latest import io, ui

from .checks import check_given, refusal
from .given_workflow import given_document, looks_at_the_graph
from .load_reward import LoadedReward, RewardType, needed_reward
from .schemas import schema

if TYPE_CHECKING:
    from ..models.reward.improving import Improvements

NODE_ID = "NodewrightImproveWorkflow"


class NodewrightImproveWorkflow(io.ComfyNode):
    """The node that lists what would make a workflow's picture better. The panel queues it."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's inputs and outputs."""
        return schema(
            node_id=NODE_ID,
            display_name="Improve Workflow",
            category="Nodewright",
            description="Lists the single changes of a workflow that the reward model expects most of, with its doubt.",
            search_aliases=["improve", "better picture", "suggest settings"],
            is_output_node=True,
            is_dev_only=True,
            is_experimental=True,
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
                    tooltip="A workflow in API format. Empty: the workflow on the canvas.",
                ),
                RewardType.Input(
                    "reward",
                    optional=True,
                    tooltip="From Load Reward. Without a link, the reward model that comes with Nodewright.",
                ),
            ],
            outputs=[],
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
        """List the changes. Why there are none is in the output, for the panel."""
        from ..models.reward.improving import Improvements, improve
        from ..models.reward.members import RewardError
        from ..workflow.checking.findings import change_document
        from ..workflow.graph import WorkflowError
        from .live_catalog import live_catalog

        try:
            document = given_document(workflow, cls.hidden.prompt)
            found = improve(document, live_catalog(), needed_reward(reward).ready(), prompt)
        except (WorkflowError, RewardError) as error:
            found = Improvements(reason=str(error))
        shown = ui.PreviewText(shown_text(found)).as_dict()
        changes = [change_document(change) for change in found.changes]
        return io.NodeOutput(ui=shown | {"nodewright_changes": changes, "nodewright_reason": [found.reason]})


def shown_text(found: Improvements) -> str:
    """Return the changes as the node shows them, one a line."""
    lines = [f"{each.title}: {each.gain:+.2f} ± {each.deviation:.2f}, {each.certainty}" for each in found.changes]
    return "\n".join(lines) or found.reason
