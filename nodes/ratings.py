"""The ratings of a user: which picture was liked, by which workflow it was made, and what was learned from them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..guarded_json import parse_json
from ..json_shapes import ListOf, Maybe, Object, TableOf, Text, check
from ..store.triplets import Job, TripletStore
from .seen_pictures import digest_of, picture_path, workflow_in
from .users import user_folder

if TYPE_CHECKING:
    from pathlib import Path

    from ..models.preference.kept import KeptPreference
    from ..models.preference.preference import Preference
    from ..workflow.as_script import AsScript

logger = logging.getLogger(__name__)

BEST = 10.0
"""The best rating in a store; the worst is 0."""
UP, DOWN = "up", "down"
MOST_PICTURES = 50
"""Most pictures that one request asks for."""
MOST_BYTES = 8 << 20
_PICTURE = TableOf(most=10)
_RATED = Object(
    {"picture": _PICTURE, "rating": Maybe(Text(options=(UP, DOWN)))},
    {
        "prompt": Text(0, 20_000),
        "workflow": Maybe(TableOf(TableOf(), most=10_000)),
        "node": Maybe(Text(0, 200)),
    },
)
_UNRATED = Object({"picture": _PICTURE})


def store_path(user: str) -> Path:
    """Return the file of a user's ratings."""
    return user_folder(user) / "triplets.db"


def kept_preference(user: str) -> KeptPreference:
    """Return the folder of what was learned from a user's ratings."""
    from ..models.preference.kept import KeptPreference

    return KeptPreference(user_folder(user) / "preference")


def preference_in_use(user: str) -> tuple[Preference | None, str]:
    """Return what ranks a user's workflows, None where nothing does, and what is wrong with it, if anything is.

    A damaged one is reported once, and ignored.
    """
    folder = user_folder(user) / "preference"
    return _loaded(folder, preference_state(user))


def preference_state(user: str) -> str:
    """Return a text that changes when something else ranks a user's workflows; empty where nothing does."""
    return kept_preference(user).state()


@lru_cache(maxsize=8)
def _loaded(folder: Path, _state: str) -> tuple[Preference | None, str]:
    from ..models.preference.kept import KeptPreference, PreferenceError

    try:
        found = KeptPreference(folder).load()
    except PreferenceError as error:
        logger.warning("Nodewright ranks without your ratings: %s", error)
        return None, f"what was learned from your ratings is not used: {error}"
    return (found if found is not None and found.used else None), ""


def rate(user: str, body: bytes) -> dict[str, Any]:
    """Rate a picture, or remove its rating. Raises ValueError naming what is wrong with the request.

    body: {"picture": {"filename", "subfolder", "type"}, "rating": "up", "down" or null, "prompt": what was asked,
        "workflow": the workflow that made it in API format, "node": id of the node that saved it}. The last three may
        be missing; a workflow that the picture itself holds goes before one that is sent.
    """
    sent = check(parse_json(body, "the body", maximum_bytes=MOST_BYTES), _RATED, "the body")
    if sent["rating"] is None:
        return _unrate(user, sent["picture"])
    path = picture_path(sent["picture"])
    digest, read = digest_of(path), _made_by(workflow_in(path), sent)
    catalog = _add_catalog(user)
    with TripletStore(store_path(user)) as store:
        job = Job(read.prompt, read.choices, read.api, read.seed, source="user")
        rating = BEST if sent["rating"] == UP else 0.0
        store.rate_picture(digest, job, rating, comfyui=_version(), catalog=catalog)
        return {"rating": sent["rating"], "count": store.ratings()}


def unrate(user: str, body: bytes) -> dict[str, Any]:
    """Remove the rating of {"picture": {"filename", "subfolder", "type"}}. Raises ValueError."""
    sent = check(parse_json(body, "the body", maximum_bytes=MOST_BYTES), _UNRATED, "the body")
    return _unrate(user, sent["picture"])


def _unrate(user: str, named: Any) -> dict[str, Any]:
    digest = digest_of(picture_path(named))
    if not store_path(user).is_file():
        return {"rating": None, "count": 0}
    with TripletStore(store_path(user)) as store:
        store.forget_rating(digest)
        return {"rating": None, "count": store.ratings()}


def ratings_of(user: str, pictures: str) -> dict[str, Any]:
    """Return the ratings of pictures, and where learning stands.

    Parameters:
        user: the user.
        pictures: a list of {"filename", "subfolder", "type"} as JSON; empty for none.

    Returns:
        {"ratings": "up", "down" or null of each picture, "count": all ratings, "fewest": how many it takes to learn,
        "learned": null, or {"words", "used", and the numbers of `Report`}, "can_undo": whether something was taken
        back, "problem": what is wrong with what was learned, or ""}.
    """
    named = check(parse_json(pictures or "[]", "pictures"), ListOf(_PICTURE, most=MOST_PICTURES), "pictures")
    found: dict[str, float] = {}
    digests = [_digest(each) for each in named]
    count = 0
    if store_path(user).is_file():
        with TripletStore(store_path(user)) as store:
            found = store.ratings_of([digest for digest in digests if digest])
            count = store.ratings()
    ratings = [_thumb(found[digest]) if digest in found else None for digest in digests]
    return {"ratings": ratings, "count": count} | standing(user)


def standing(user: str) -> dict[str, Any]:
    """Return what of `ratings_of` is about learning."""
    from ..models.preference.kept import PreferenceError
    from ..models.preference.learning import FEWEST, in_words

    kept = kept_preference(user)
    problem, learned = "", None
    try:
        preference = kept.load()
        if preference is not None:
            report = dict(preference.report)
            learned = report | {"words": in_words(report), "used": preference.used}
    except PreferenceError as error:
        problem = str(error)
    return {"fewest": FEWEST, "learned": learned, "can_undo": kept.can_undo(), "problem": problem}


def take_back(user: str, again: bool = False) -> dict[str, Any]:
    """Put in use what ranked before, or nothing; `again` undoes that. Return where learning stands."""
    kept = kept_preference(user)
    done = kept.undo_take_back() if again else kept.take_back()
    return {"done": done} | standing(user)


def _digest(named: Any) -> str | None:
    try:
        return digest_of(picture_path(named))
    except (ValueError, OSError):  # deleted since; nobody can see it, so nothing is said of it
        return None


def _thumb(rating: float) -> str:
    return UP if rating > BEST / 2 else DOWN


def _made_by(held: dict[str, Any] | None, sent: dict[str, Any]) -> AsScript:
    """Return the workflow that made a picture. Raises ValueError where that is not known."""
    from ..workflow.as_script import as_script
    from ..workflow.graph import WorkflowError
    from .live_catalog import live_catalog

    document = held or sent.get("workflow")
    if not document:
        raise ValueError(
            "the picture's workflow is not known: its file holds none. Rate it on the card that it was made from"
        )
    try:
        return as_script(document, live_catalog(), sent.get("prompt") or None, _link(document, sent.get("node")))
    except WorkflowError as error:
        raise ValueError(f"the picture's workflow cannot be read: {error}") from error


def _link(document: dict[str, Any], node: str | None) -> Sequence[Any] | None:
    """Return the link to the picture that a node saves, None where it is not known."""
    found = document.get(node or "")
    inputs = found.get("inputs") if isinstance(found, dict) else None
    link = inputs.get("images") if isinstance(inputs, dict) else None
    return link if isinstance(link, list) and len(link) == 2 else None


def _add_catalog(user: str) -> str:
    """Have the installation's files in the user's store, which training needs, and return its fingerprint."""
    from ..workflow.grammar.constraints import Constraints
    from ..workflow.grammar.grammar import ConstraintError
    from ..workflow.grammar.kept import kept_grammar
    from .live_catalog import live_catalog

    catalog = live_catalog()
    with TripletStore(store_path(user)) as store:
        if catalog.fingerprint not in store.catalogs():
            with contextlib.suppress(ConstraintError):  # none can be written here; the rating counts all the same
                store.add_catalog(catalog.fingerprint, kept_grammar(catalog, Constraints()).files)
    return catalog.fingerprint


def _version() -> str:
    from comfyui_version import __version__ as comfyui

    return str(comfyui)
