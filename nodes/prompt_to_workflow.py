"""Prompt to Workflow: write workflows for a prompt that this installation can run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import comfy.model_management
import comfy.utils
from comfy_api.latest import io, ui

from .cards import NOT_ASKED, card_document_of, card_documents
from .checkpoint_files import digest
from .checks import check_texts, refusal
from .client_events import send_to_client
from .load_policy import LoadedPolicy, policy_fingerprint, shipped_path, shipped_policy
from .load_reward import LoadedReward
from .prompt_inputs import USE, prompt_inputs
from .ranking_reward import ranking_reward, ranking_state
from .ratings import preference_in_use, preference_state
from .refusals import expected_errors, refused
from .schemas import schema
from .users import running_user

if TYPE_CHECKING:
    from ..models.reward.ensemble import Reward, RewardMetadata
    from ..workflow.catalog.catalog import Catalog
    from ..writing import WrittenWorkflow


WITHIN = 2.0
"""Seconds for which a run goes by the look at the installation that ComfyUI's check for changes has just taken."""


def lacking(catalog: Catalog) -> list[str]:
    """Return a sentence for each model that no workflow can be made with, or one where there is none at all."""
    from ..workflow.grammar.constraints import Constraints
    from ..workflow.grammar.grammar import ConstraintError, NoModelError
    from ..workflow.grammar.kept import kept_grammar

    try:
        return list(kept_grammar(catalog, Constraints()).lacking())
    except (ConstraintError, NoModelError) as error:
        return [str(error)]


class NodewrightPromptToWorkflow(io.ComfyNode):
    """The node that writes workflows for a prompt, under this installation's grammar and the user's constraints."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's inputs and outputs."""
        return schema(
            node_id="NodewrightPromptToWorkflow",
            display_name="Prompt to Workflow",
            category="Nodewright",
            description="Writes workflows for a prompt, from the nodes and models that are installed here.",
            search_aliases=["text to image", "generate workflow", "text to workflow", "prompt", "auto", "llm", "ai"],
            is_output_node=True,
            inputs=prompt_inputs(),
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
    async def validate_inputs(
        cls,
        prompt: str | None = None,
        families: str | None = None,
        required: str | None = None,
        forbidden: str | None = None,
        ends_in: str | None = None,
    ) -> bool | str:
        """Return True, or what is wrong with a text. A linked text is None.

        The menus are left to ComfyUI, which shows what it finds at the one menu, and not at each input named here.
        """
        return await refusal(check_texts, prompt, families, required, forbidden, ends_in)

    @classmethod
    def fingerprint_inputs(cls, ratings: str | None = USE, cards: bool | None = False, **_: Any) -> str:
        """Return a text that changes when the installation, what is shipped, or what ratings taught changes."""
        from .live_catalog import live_catalog

        try:
            shipped = policy_fingerprint(shipped_path())
        except (OSError, ValueError):
            shipped = ""  # it matters only where no policy is linked, and then `execute` raises it
        learned = "" if ratings not in (USE, None) else preference_state(running_user())
        judge = ranking_state() if cards else ""
        return digest([live_catalog().fingerprint, shipped, learned, judge])

    @classmethod
    def execute(
        cls,
        prompt: str,
        seed: int = 0,
        candidates: int = 1,
        policy: LoadedPolicy | None = None,
        reward: LoadedReward | None = None,
        temperature: float = 0.5,
        top_p: float = 0.95,
        guidance_scale: float = 1.0,
        kappa: float = 1.0,
        ratings: str = USE,
        cards: bool = False,
        **settings: Any,
    ) -> io.NodeOutput:
        """Write the workflows; raises what `write_workflows` raises, but what `cards` turns into a result.

        settings: the menus, the negative text and the constraints.
        """
        from ..workflow.api_format import minified
        from ..workflow.ask.corrections import read_corrections
        from ..workflow.grammar.constraints import read_constraints
        from ..writing import write_workflows
        from .live_catalog import live_catalog

        catalog = live_catalog(WITHIN)
        preference, problem = preference_in_use(running_user()) if ratings == USE else (None, "")
        ranking = ranking_reward(policy) if cards and reward is None else reward or NOT_ASKED
        ahead = partial(_send_ahead, catalog=catalog) if cards and candidates > 1 else None
        try:
            written = write_workflows(
                prompt,
                catalog,
                policy=lambda: (policy or shipped_policy()).ready(),
                constraints=read_constraints(settings),
                corrections=read_corrections(settings),
                candidates=candidates,
                seed=seed,
                temperature=temperature,
                top_p=top_p,
                guidance=guidance_scale,
                reward=None if isinstance(ranking, str) else ranking.ready,
                kappa=kappa,
                evidence_only=cards,
                preference=preference,
                progress=comfy.utils.ProgressBar(1).update_absolute,
                interrupted=comfy.model_management.throw_exception_if_processing_interrupted,
                first=ahead,
            )
        except expected_errors() as error:
            if not cards:
                raise
            return io.NodeOutput("", [], "", ui={"nodewright_refused": [refused(error)]})
        if problem:
            written = [replace(one, notes=(*one.notes, problem)) for one in written]
        best = written[0]
        texts = [json.dumps(best.api, ensure_ascii=False, indent=2), *(minified(other.api) for other in written[1:])]
        known = ranking if isinstance(ranking, str) else ranking.ensemble.metadata
        shown = _ui(written, catalog, known)
        text = _shown(written, catalog, shown["nodewright_cards"][0]["negative"], _how(written, candidates, kappa))
        return io.NodeOutput(texts[0], texts, best.script, ui=shown | ui.PreviewText(text).as_dict())


def _ui(written: Sequence[WrittenWorkflow], catalog: Catalog, known: RewardMetadata | str) -> dict[str, Any]:
    """Return what clients get beside the node's text: what was read, and a card for each workflow."""
    read = [{"text": one.text, "read": one.read, "notes": list(one.notes)} for one in written]
    return {"nodewright_read": read, "nodewright_cards": card_documents(written, catalog, known)}


def _send_ahead(written: WrittenWorkflow, catalog: Catalog) -> None:
    """Send a workflow's card to the client of the run while the others are being written."""
    send_to_client("nodewright.candidate", {"card": card_document_of(0, written, catalog)})


def _shown(written: Sequence[WrittenWorkflow], catalog: Catalog, negative: str, how: Sequence[str]) -> str:
    """Return what the node shows: what was read, what of it is not done, the best workflow, and how it was found."""
    from ..workflow.api_format import from_api
    from ..workflow.summary import summary

    best = written[0]
    notes = [f"note: {note}" for note in best.notes]
    texts = [f"text: {best.text}", *([f"negative: {negative}"] if negative else [])]
    graph = [*texts, *summary(from_api(best.api), catalog).split("\n"), f"seed: {best.seed}"]
    return "\n".join([best.read, *notes, "", *graph, "", *how])


def _score_words(reward: Reward) -> str:
    return "none" if reward.mean is None else f"{reward.mean:+.2f} ± {reward.deviation:.2f}"


def _how(written: Sequence[WrittenWorkflow], drawn: int, kappa: float) -> list[str]:
    """Return lines that say how the first workflow was found among the drawn candidates."""
    best, last = written[0], written[-1]
    lines = [f"{best.seconds:.1f} s, {best.tokens_sampled} tokens chosen, {best.tokens_forced} followed"]
    if best.reward is not None and last.reward is not None:
        lines += [] if best.reward.evidence is None else [f"score from {best.reward.evidence.words}"]
        lines.append(f"score {_score_words(best.reward)}, {len(written)} of {drawn} candidates differ")
        lines.append(f"ranked by mean - {kappa:g} x deviation, the last has {_score_words(last.reward)}")
        lines += [best.reward.warning] if best.reward.warning else []
    elif drawn > 1 and best.liking is None:
        lines.append(
            f"the likeliest of {drawn} candidates, {len(written)} of them different "
            f"(log-probability a choice {best.choice_log_probability:.2f}, the last {last.choice_log_probability:.2f})"
        )
    if best.liking is not None:
        lines.append(f"your ratings: {best.liking.mean:+.2f} ± {best.liking.deviation:.2f} log-odds of being liked")
        lines += [reason.words for reason in best.liking.reasons]
    return lines
