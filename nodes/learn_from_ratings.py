"""Learn From Ratings: fit what a user likes to the user's own ratings, and rank workflows by it from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import comfy.model_management
import comfy.utils
from comfy_api.latest import io, ui

from .load_policy import shipped_policy
from .ratings import BEST, kept_preference, standing, store_path
from .schemas import schema
from .users import running_user

if TYPE_CHECKING:
    from ..models.policy.policy import Policy
    from ..models.preference.learning import Rated
    from ..models.reward.by_family import Judge
    from ..store.triplets import Triplet
    from ..workflow.catalog.catalog import Catalog

NODE_ID = "NodewrightLearnFromRatings"
_COMPARED = 200
"""Most ratings, the latest, for which the ranking before is worked out, which may take the policy a moment each."""

_KAPPA = 1.0
"""How many deviations the panel takes off a score."""


class NodewrightLearnFromRatings(io.ComfyNode):
    """The node that learns from the ratings of the user whose job it is. The panel queues it."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return the node's inputs and outputs."""
        return schema(
            node_id=NODE_ID,
            display_name="Learn From Ratings",
            category="Nodewright",
            description="Learns what you like from the pictures that you rated, on this machine, and ranks by it.",
            search_aliases=["ratings", "preference", "feedback"],
            is_output_node=True,
            is_dev_only=True,
            is_experimental=True,
            inputs=[],
            outputs=[],
        )

    @classmethod
    def fingerprint_inputs(cls, **_: Any) -> float:
        """Return NaN, which makes ComfyUI run the node each time: ratings change."""
        return float("nan")

    @classmethod
    def execute(cls) -> io.NodeOutput:
        """Learn, and put what was learned in use. What keeps it from learning is in its output, for the panel."""
        from ..models.preference.learning import RatingsError, check_enough, learn
        from ..store.triplets import TripletStore
        from .live_catalog import live_catalog

        user = running_user()
        triplets: list[Triplet] = []
        if store_path(user).is_file():
            with TripletStore(store_path(user)) as store:
                triplets = [each for each in store.triplets() if each.rating is not None]
        try:
            check_enough([(each.rating or 0.0) / BEST for each in triplets])
            bar = comfy.utils.ProgressBar(2 * len(triplets))
            rated = list(_rated(triplets, live_catalog(), bar))

            def report(done: int, of: int) -> None:
                comfy.model_management.throw_exception_if_processing_interrupted()
                bar.update_absolute(len(triplets) + len(triplets) * done // of)

            preference = learn(rated, left_out=len(triplets) - len(rated), progress=report)
        except RatingsError as error:
            return _output(str(error), {"learned": None, "problem": str(error), "count": len(triplets)})
        kept_preference(user).save(preference)
        found = standing(user)
        return _output(found["learned"]["words"], found | {"count": len(triplets)})


def _output(words: str, document: dict[str, Any]) -> io.NodeOutput:
    return io.NodeOutput(ui=ui.PreviewText(words).as_dict() | {"nodewright_ratings": [document]})


def _rated(triplets: list[Triplet], catalog: Catalog, bar: comfy.utils.ProgressBar) -> Iterator[Rated]:
    """Yield the ratings whose workflows can be read here, with what their workflows would be ranked by."""
    from ..models.preference.features import features_of
    from ..models.preference.learning import Rated
    from ..workflow.ask.syntax import read_ask
    from ..workflow.asked import installed_names
    from ..workflow.graph import WorkflowError
    from ..workflow.script.script import read_script

    ranked_by = _ranking_before(triplets[-_COMPARED:], catalog)
    for index, triplet in enumerate(triplets):
        comfy.model_management.throw_exception_if_processing_interrupted()
        try:
            ask = read_ask(triplet.prompt, installed_names(catalog))
            features = features_of(ask, read_script(triplet.choices, catalog), catalog)
        except WorkflowError:
            continue  # a node class or a model is not installed any more; how many these are is reported
        compared = index >= len(triplets) - _COMPARED
        before = ranked_by(triplet) if compared else None
        yield Rated(features, (triplet.rating or 0.0) / BEST, triplet.prompt, before)
        bar.update_absolute(index + 1)


def _ranking_before(triplets: list[Triplet], catalog: Catalog) -> Callable[[Triplet], float | None]:
    """Return what gives the log-odds by which the panel ranks each of these without ratings; None where nothing does.

    That is the reward ensemble where it has evidence for any of them, and else the policy (`models/ranking.py`).
    """
    from ..models.reward.by_family import seeing
    from .ranking_reward import ranking_reward

    found = ranking_reward(None)
    if not isinstance(found, str):
        judge = seeing(found.ready(), catalog)
        odds: dict[int, float | None] = {}
        for triplet in triplets:
            comfy.model_management.throw_exception_if_processing_interrupted()
            odds[triplet.id] = _reward_log_odds(judge, triplet)
        if any(value is not None for value in odds.values()):
            return lambda triplet: odds[triplet.id]
    policy = _policy()
    return lambda triplet: None if policy is None else _log_probability(policy, triplet, catalog)


def _reward_log_odds(judge: Judge, triplet: Triplet) -> float | None:
    from ..models.preference.preference import REWARD_LOG_ODDS
    from ..models.reward.ensemble import lower_confidence_bound
    from ..models.reward.members import RewardError

    try:
        (reward,) = judge.score(triplet.prompt, [triplet.choices])
    except RewardError:  # longer than the members read
        return None
    if reward.unfounded:
        return None
    return REWARD_LOG_ODDS / max(abs(judge.metadata.scale), 1e-9) * lower_confidence_bound(reward, _KAPPA)


def _policy() -> Policy | None:
    """Return the policy whose order is compared with; None for a copy of the pack that comes without one."""
    try:
        return shipped_policy().ready()
    except (OSError, ValueError):
        return None


def _log_probability(policy: Policy, triplet: Triplet, catalog: Catalog) -> float | None:
    """Return the mean log-probability of a workflow's choices, None where the policy would not have written it."""
    from ..models.policy.decoding import DecodingError, score
    from ..workflow.grammar.constraints import CORPUS_MEGAPIXELS, Constraints
    from ..workflow.grammar.kept import kept_grammar
    from ..workflow.graph import WorkflowError

    try:
        grammar = kept_grammar(catalog, Constraints(max_nodes=100, max_megapixels=CORPUS_MEGAPIXELS))
        made = [each for each in score(policy, grammar, triplet.prompt, triplet.choices) if each]
    except (WorkflowError, DecodingError, ValueError):
        return None
    return sum(made) / len(made) if made else None
