"""Prompt to Workflow: a prompt becomes workflows that this installation runs."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import comfy.model_management
import comfy.utils
from comfy_api.latest import io, ui

from ..workflow.api_format import MAXIMUM_SEED
from .load_policy import LoadedPolicy, PolicyType, fingerprint, shipped_path, shipped_policy
from .load_reward import LoadedReward, RewardType

if TYPE_CHECKING:
    from ..models.policy.decoding import Candidate
    from ..models.reward.ensemble import Reward
    from ..workflow.catalog.catalog import Catalog
    from ..workflow.grammar.constraints import Constraints
    from ..workflow.grammar.grammar import Grammar


@dataclass(frozen=True)
class _Installed:
    """A catalog as a cache's key."""

    fingerprint: str
    catalog: Catalog = field(compare=False)


@lru_cache(maxsize=4)
def _grammar(installed: _Installed, constraints: Constraints) -> Grammar:
    from ..workflow.grammar.grammar import Grammar

    return Grammar(installed.catalog, constraints)


class NodewrightPromptToWorkflow(io.ComfyNode):
    """A policy writes workflows for a prompt, under this installation's grammar and the user's constraints."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="NodewrightPromptToWorkflow",
            display_name="Prompt to Workflow",
            category="Nodewright",
            description="Writes a workflow for a prompt, with the nodes and models that are installed here.",
            is_output_node=True,
            inputs=[
                io.String.Input("prompt", multiline=True, default="", tooltip="What the picture shall show."),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=MAXIMUM_SEED,
                    control_after_generate=True,
                    tooltip="The same seed gives the same workflow; it is also the workflow's own seed.",
                ),
                io.Float.Input(
                    "temperature",
                    default=0.8,
                    min=0.0,
                    max=2.0,
                    step=0.05,
                    tooltip="0 takes the likeliest choice each time; more makes workflows more varied.",
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
                    tooltip="How many workflows to write. The best, or without a reward the likeliest, is the first.",
                ),
                PolicyType.Input(
                    "policy", optional=True, tooltip="From Load Policy. Without it, the policy of Nodewright itself."
                ),
                RewardType.Input(
                    "reward",
                    optional=True,
                    tooltip="From Load Reward: the candidates are ranked by what it says of them. Without it, by how "
                    "likely the policy finds them.",
                ),
                io.Float.Input(
                    "kappa",
                    default=1.0,
                    min=0.0,
                    max=10.0,
                    step=0.1,
                    optional=True,
                    tooltip="With a reward: how many standard deviations of its members are taken off the mean before "
                    "the candidates are ranked.",
                ),
                io.String.Input(
                    "families",
                    default="",
                    optional=True,
                    tooltip="Model families to choose from, with commas between: sdxl, flux, ... Empty: any.",
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
                    tooltip="How far tuning is followed: 1 is the tuned policy, 0 the one before tuning, more than 1 "
                    "exaggerates what tuning changed. A policy that was not tuned takes only 0 and 1.",
                ),
                _advanced(
                    io.String.Input(
                        "required",
                        default="",
                        optional=True,
                        tooltip="Node classes that must occur, with commas between: LoraLoader, ...",
                    )
                ),
                _advanced(
                    io.String.Input(
                        "forbidden",
                        default="",
                        optional=True,
                        tooltip="Node classes that must not occur, with commas between.",
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
                io.String.Output("workflow", display_name="workflow", tooltip="The first of them, in API format."),
                io.String.Output(
                    "workflows",
                    display_name="workflows",
                    tooltip="All that differ, the best or likeliest first.",
                    is_output_list=True,
                ),
                io.String.Output("script", display_name="script", tooltip="The first as the policy wrote it."),
            ],
        )

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> str:
        from .live_catalog import live_catalog

        try:
            shipped = fingerprint(shipped_path())
        except ValueError:
            shipped = ""  # it matters only where no policy is linked, and then `execute` says so
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
        from ..models.policy.decoding import generate, ranked
        from ..models.policy.guidance import guidance_of
        from ..models.reward.ensemble import by_reward
        from ..workflow.api_format import minified, to_api
        from ..workflow.script.script import render
        from ..workflow.user_prompt import checked_prompt
        from .constraints import read_constraints
        from .live_catalog import live_catalog
        from .summary import summary

        prompt = checked_prompt(prompt)
        catalog = live_catalog()
        grammar = _grammar(_Installed(catalog.fingerprint, catalog), read_constraints(**constraints))
        loaded = policy or shipped_policy()
        guidance_of(loaded.policy, guidance_scale)  # says what is wrong before the model is moved
        ready = loaded.ready()
        bar = comfy.utils.ProgressBar(1)
        start = time.perf_counter()
        found = generate(
            ready,
            grammar,
            prompt,
            candidates=candidates,
            seed=seed,
            temperature=temperature,
            top_p=top_p,
            guidance=guidance_scale,
            progress=bar.update_absolute,
            interrupted=comfy.model_management.throw_exception_if_processing_interrupted,
        )
        seconds = time.perf_counter() - start
        differing, rewards = ranked(found), None
        if reward is not None:
            differing, rewards = by_reward(reward.ready(), prompt, differing, kappa)
        best = differing[0]
        apis = [to_api(candidate.workflow, prompt=prompt, seed=seed) for candidate in differing]
        lines = [summary(best.workflow, catalog), "", *_how(differing, len(found), seconds, rewards, kappa)]
        texts = [json.dumps(apis[0], ensure_ascii=False, indent=2), *map(minified, apis[1:])]
        return io.NodeOutput(texts[0], texts, render(best.choices, catalog), ui=ui.PreviewText("\n".join(lines)))


def _advanced(widget: io.WidgetInput) -> io.WidgetInput:
    """The widget, shown only with "Show advanced inputs". 0.3.75's inputs have no parameter for it."""
    widget.extra_dict = {"advanced": True}
    return widget


def _how(
    differing: Sequence[Candidate], drawn: int, seconds: float, rewards: Sequence[Reward] | None, kappa: float
) -> list[str]:
    """How the workflow was found."""
    best = differing[0]
    lines = [f"{seconds:.1f} s, {best.tokens_sampled} tokens chosen, {best.tokens_forced} followed"]
    if rewards is not None:
        first = rewards[0]
        lines.append(f"score {first.mean:+.2f} ± {first.deviation:.2f}, {len(rewards)} of {drawn} candidates differ")
        lines.append(f"ranked by mean - {kappa:g} x deviation, the last has {rewards[-1].mean:+.2f}")
        lines += [first.warning] if first.warning else []
    elif drawn > 1:
        lines.append(
            f"the likeliest of {drawn} candidates, {len(differing)} of them different "
            f"(log-probability {best.log_probability:.1f}, the least likely {differing[-1].log_probability:.1f})"
        )
    return lines
