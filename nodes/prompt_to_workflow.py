"""Prompt to Workflow: write workflows for a prompt that this installation can run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import comfy.model_management
import comfy.utils
from comfy_api.latest import io, ui

from ..workflow.api_format import MAXIMUM_SEED
from .load_policy import LoadedPolicy, PolicyType, policy_fingerprint, shipped_path, shipped_policy
from .load_reward import LoadedReward, RewardType

if TYPE_CHECKING:
    from ..workflow.catalog.catalog import Catalog
    from ..workflow.grammar.constraints import Constraints
    from ..workflow.grammar.grammar import Grammar
    from ..writing import WrittenWorkflow


@dataclass(frozen=True)
class _Installed:
    """A catalog as the key of a cache."""

    fingerprint: str
    """The catalog's fingerprint, by which it is compared."""
    catalog: Catalog = field(compare=False)
    """The catalog itself."""


@lru_cache(maxsize=4)
def _grammar(installed: _Installed, constraints: Constraints) -> Grammar:
    from ..workflow.grammar.grammar import Grammar

    return Grammar(installed.catalog, constraints)


class NodewrightPromptToWorkflow(io.ComfyNode):
    """The node that writes workflows for a prompt, under this installation's grammar and the user's constraints."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's inputs and outputs."""
        return io.Schema(
            node_id="NodewrightPromptToWorkflow",
            display_name="Prompt to Workflow",
            category="Nodewright",
            description="Writes workflows for a prompt, from the nodes and models that are installed here.",
            is_output_node=True,
            inputs=[
                io.String.Input("prompt", multiline=True, default="", tooltip="What the picture shall show."),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=MAXIMUM_SEED,
                    control_after_generate=True,
                    tooltip="The same seed gives the same workflow. It is also the workflow's own seed.",
                ),
                io.Float.Input(
                    "temperature",
                    default=0.8,
                    min=0.0,
                    max=2.0,
                    step=0.05,
                    tooltip="0 takes the likeliest choice each time; a higher temperature makes workflows more varied.",
                ),
                io.Float.Input(
                    "top_p",
                    default=0.95,
                    min=0.01,
                    max=1.0,
                    step=0.01,
                    tooltip="Draws from the fewest likeliest choices that hold this much probability.",
                ),
                io.Int.Input(
                    "candidates",
                    default=1,
                    min=1,
                    max=16,
                    tooltip="How many workflows to write. They are ranked, the best first.",
                ),
                PolicyType.Input(
                    "policy",
                    optional=True,
                    tooltip="From Load Policy. Without a link, the policy that comes with Nodewright.",
                ),
                RewardType.Input(
                    "reward",
                    optional=True,
                    tooltip="From Load Reward, which ranks the candidates by predicted quality. Without a link, they "
                    "are ranked by their probability under the policy.",
                ),
                io.Float.Input(
                    "kappa",
                    default=1.0,
                    min=0.0,
                    max=10.0,
                    step=0.1,
                    optional=True,
                    tooltip="With a reward, the standard deviations of its members that are taken off the mean before "
                    "the candidates are ranked.",
                ),
                io.String.Input(
                    "families",
                    default="",
                    optional=True,
                    tooltip="Model families to choose from, separated by commas: sdxl, flux, ... Empty: any.",
                ),
                io.Int.Input(
                    "max_nodes", default=24, min=1, max=100, optional=True, tooltip="The most nodes of a workflow."
                ),
                io.Float.Input(
                    "max_megapixels",
                    default=4.0,
                    min=0.0,
                    max=256.0,
                    step=0.1,
                    optional=True,
                    tooltip="The largest picture anywhere in the workflow, in millions of pixels. 0: any size.",
                ),
                io.Float.Input(
                    "guidance_scale",
                    default=1.0,
                    min=0.0,
                    max=10.0,
                    step=0.1,
                    optional=True,
                    tooltip="How far to follow the tuning: 1 is the tuned policy, 0 the one before tuning, and more "
                    "than 1 exaggerates what tuning changed. A policy that was not tuned takes only 0 and 1.",
                ),
                _advanced(
                    io.String.Input(
                        "required",
                        default="",
                        optional=True,
                        tooltip="Node classes that must occur, separated by commas: LoraLoader, ...",
                    )
                ),
                _advanced(
                    io.String.Input(
                        "forbidden",
                        default="",
                        optional=True,
                        tooltip="Node classes that must not occur, separated by commas.",
                    )
                ),
                _advanced(
                    io.String.Input(
                        "ends_in",
                        default="",
                        optional=True,
                        tooltip="Output node classes to choose from: PreviewImage, ... Empty: SaveImage.",
                    )
                ),
            ],
            outputs=[
                io.String.Output("workflow", display_name="workflow", tooltip="The best workflow, in API format."),
                io.String.Output(
                    "workflows",
                    display_name="workflows",
                    tooltip="All workflows that differ, the best first.",
                    is_output_list=True,
                ),
                io.String.Output("script", display_name="script", tooltip="The best workflow as the policy wrote it."),
            ],
        )

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> str:
        """Return a text that changes when the installation or the shipped policy changes."""
        from .live_catalog import live_catalog

        try:
            shipped = policy_fingerprint(shipped_path())
        except ValueError:
            shipped = ""  # it matters only where no policy is linked, and then `execute` raises it
        return f"{live_catalog().fingerprint} {shipped}"

    @classmethod
    def execute(
        cls,
        prompt: str,
        seed: int,
        temperature: float,
        top_p: float,
        candidates: int,
        policy: LoadedPolicy | None = None,
        guidance_scale: float = 1.0,
        reward: LoadedReward | None = None,
        kappa: float = 1.0,
        **constraints: Any,
    ) -> io.NodeOutput:
        """Write the workflows; raises what `write_workflows` raises."""
        from ..workflow.api_format import minified
        from ..workflow.grammar.constraints import read_constraints
        from ..workflow.summary import summary
        from ..writing import write_workflows
        from .live_catalog import live_catalog

        catalog = live_catalog()
        written = write_workflows(
            prompt,
            catalog,
            policy=lambda: (policy or shipped_policy()).ready(),
            grammar=_grammar(_Installed(catalog.fingerprint, catalog), read_constraints(constraints)),
            candidates=candidates,
            seed=seed,
            temperature=temperature,
            top_p=top_p,
            guidance=guidance_scale,
            reward=None if reward is None else reward.ready,
            kappa=kappa,
            progress=comfy.utils.ProgressBar(1).update_absolute,
            interrupted=comfy.model_management.throw_exception_if_processing_interrupted,
        )
        best = written[0]
        lines = [summary(best.workflow, catalog), "", *_how(written, candidates, kappa)]
        texts = [json.dumps(best.api, ensure_ascii=False, indent=2), *(minified(other.api) for other in written[1:])]
        return io.NodeOutput(texts[0], texts, best.script, ui=ui.PreviewText("\n".join(lines)))


def _advanced(widget: io.WidgetInput) -> io.WidgetInput:
    """Return the widget, shown only with "Show advanced inputs"; inputs of ComfyUI 0.3.75 have no parameter for it."""
    widget.extra_dict = {"advanced": True}
    return widget


def _how(written: Sequence[WrittenWorkflow], drawn: int, kappa: float) -> list[str]:
    """Return lines that say how the first workflow was found among the drawn candidates."""
    best, last = written[0], written[-1]
    lines = [f"{best.seconds:.1f} s, {best.tokens_sampled} tokens chosen, {best.tokens_forced} followed"]
    if best.reward is not None and last.reward is not None:
        score = f"score {best.reward.mean:+.2f} ± {best.reward.deviation:.2f}"
        lines.append(f"{score}, {len(written)} of {drawn} candidates differ")
        lines.append(f"ranked by mean - {kappa:g} x deviation, the last has {last.reward.mean:+.2f}")
        lines += [best.reward.warning] if best.reward.warning else []
    elif drawn > 1:
        lines.append(
            f"the likeliest of {drawn} candidates, {len(written)} of them different "
            f"(log-probability {best.log_probability:.1f}, the least likely {last.log_probability:.1f})"
        )
    return lines
