"""Nodewright's HTTP routes.

What takes time runs in threads of the pack's own (`answers.py`). No path in a request reaches the file system.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from aiohttp import web
from server import PromptServer

import nodes

from ..guarded_json import parse_json
from ..version import __version__
from .answers import MAXIMUM_BODY, answer, answer_body, queue_from_body
from .getting_ready import make_ready
from .improve_workflow import NODE_ID as IMPROVE
from .load_policy import installed_policies, shipped_path
from .prompt_to_workflow import lacking
from .read_prompt import read_sent
from .score_workflow import NODE_ID as SCORE


def register() -> None:
    """Add the routes to ComfyUI's server. Called once, before it listens."""
    routes = PromptServer.instance.routes
    routes.get("/nodewright/status")(status)
    routes.get("/nodewright/catalog")(catalog)
    routes.get("/nodewright/models")(models)
    routes.post("/nodewright/validate")(validate)
    routes.post("/nodewright/check")(check)
    routes.post("/nodewright/fix")(fix)
    routes.post("/nodewright/score")(score)
    routes.post("/nodewright/improve")(improve)
    routes.post("/nodewright/read")(read)
    routes.post("/nodewright/ready")(ready)


async def status(request: web.Request) -> web.Response:
    """Return what is installed, and what keeps the rest from being used.

    {"version", "shipped_policy": whether it is there, "policies": count in models/nodewright, "classes": count,
    "left_out": a sentence for each file that no workflow is written with, "lacking": one for each model that other
    files are missing for}.
    """
    return await answer(request, _status)


async def catalog(request: web.Request) -> web.Response:
    """Return {"fingerprint", "classes": count, "models": count, "families": {family: {role: count}}, "left_out"}.

    Models of unknown family count as "unknown", and upscalers, which fit every family, as "any". "left_out" has a
    sentence for each file that no workflow is written with.
    """
    return await answer(request, _catalog)


async def models(request: web.Request) -> web.Response:
    """Return {"models": [...]} with the attributes of each `ModelFile`, its families and parts as lists.

    These are the model files as the catalog knows them, for clients that write workflows for this server:
    /object_info has only their names. `facts` are what is stated of a file, null where nothing is.
    """
    return await answer(request, _models)


async def validate(request: web.Request) -> web.Response:
    """Validate {"workflow": API format}: {"valid", "problems": [{"node_id", "class_type", "input", "message"}]}."""
    return await answer_body(request, _validate)


async def check(request: web.Request) -> web.Response:
    """Check {"workflow": API or UI format} before it runs: {"findings": [...]}, errors first (docs/checking.md).

    A finding is {"node_id", "class_type", "input", "kind", "severity", "message", "change": null or {"title", "reason",
    "edits"}}.
    """
    return await answer_body(request, _check)


async def fix(request: web.Request) -> web.Response:
    """Make {"workflow": API or UI format} run here (docs/checking.md).

    {"proposal": {"substitutions": [{"title", "reason"}], "edits", "missing": the findings that stay}}.
    """
    return await answer_body(request, _fix)


async def score(request: web.Request) -> web.StreamResponse:
    """Queue a score of {"workflow": API format or a script's text, "prompt": text, "reward": as in Load Reward}.

    Only "workflow" is required. The response is that of POST /prompt: {"prompt_id", "number", "node_errors"}. Once the
    queue has come to it, the history has mean, deviation, members and warning under `outputs`, node "score",
    "nodewright_score".
    """
    return await queue_from_body(request, _scoring_graph)


async def improve(request: web.Request) -> web.StreamResponse:
    """Queue a search for changes of {"workflow": API format, "prompt": text, "reward": as in Load Reward}.

    Only "workflow" is required. The response is that of POST /prompt. Once the queue has come to it, the history has
    the changes under `outputs`, node "improve", "nodewright_changes", best first, and why there are none under
    "nodewright_reason" (docs/checking.md).
    """
    return await queue_from_body(request, _improving_graph)


async def read(request: web.Request) -> web.Response:
    """Read {"prompt": text}, with the inputs of Prompt to Workflow that hold menus and limits beside it, if any.

    {"text", "line", "chips": [...], "notes": [...], "problem": text or null, "building": bool}: `read_document` and
    `Chip` have what these are. It waits neither for a run nor for the catalog, and looks at the installation of a few
    seconds ago.
    """
    return await answer_body(request, read_sent)


async def ready(request: web.Request) -> web.Response:
    """Load what the first run of Prompt to Workflow would load, unless something runs or waits in the queue.

    {"ready": whether all is loaded, "problem": why no workflow can be written, or null, "no_quality": why candidates
    are ranked without a reward model, or null}. The body is an empty JSON object.
    """
    return await answer_body(request, lambda _: make_ready())


def _status() -> dict[str, Any]:
    try:
        shipped_path()
        shipped = True
    except ValueError:
        shipped = False
    from ..workflow.catalog.model_files import left_out
    from .live_catalog import live_catalog

    found = live_catalog()
    return {
        "version": __version__,
        "shipped_policy": shipped,
        "policies": len(installed_policies()),
        "classes": len(nodes.NODE_CLASS_MAPPINGS),
        "left_out": left_out(found.models),
        "lacking": lacking(found),
    }


def _catalog() -> dict[str, Any]:
    from ..workflow.catalog.model_files import left_out, models_by_family
    from .live_catalog import live_catalog

    found = live_catalog()
    return {
        "fingerprint": found.fingerprint,
        "classes": len(found.classes),
        "models": len(found.models),
        "families": models_by_family(found.models),
        "left_out": left_out(found.models),
    }


def _models() -> dict[str, Any]:
    from ..workflow.catalog.file_facts import facts_document
    from .live_catalog import live_catalog

    found = []
    for model in live_catalog().models:
        sets = {name: sorted(getattr(model, name)) for name in ("families", "parts")}
        found.append(asdict(model) | sets | {"facts": facts_document(model.facts)})
    return {"models": found}


def _scoring_graph(body: bytes) -> dict[str, Any]:
    """Return the graph that scores the workflow of a request. Raises ValueError for a body of another form."""
    sent = parse_json(body, "the body", maximum_bytes=MAXIMUM_BODY)
    if not isinstance(sent, dict) or not (isinstance(sent.get("workflow"), dict | str) and sent["workflow"]):
        raise ValueError('the body must be {"workflow": a workflow in API format or a script, "prompt": text}')
    return _judging_graph("score", SCORE, sent)


def _improving_graph(body: bytes) -> dict[str, Any]:
    """Return the graph that improves the workflow of a request. Raises ValueError for a body of another form."""
    sent = parse_json(body, "the body", maximum_bytes=MAXIMUM_BODY)
    if not isinstance(sent, dict) or not (isinstance(sent.get("workflow"), dict) and sent["workflow"]):
        raise ValueError('the body must be {"workflow": a workflow in API format, "prompt": text}')
    return _judging_graph("improve", IMPROVE, sent)


def _judging_graph(key: str, class_type: str, sent: dict[str, Any]) -> dict[str, Any]:
    """Return a graph of one node that judges a workflow, and of what loads its reward model."""
    workflow, prompt, reward = sent["workflow"], sent.get("prompt", ""), sent.get("reward")
    if not isinstance(prompt, str) or not (reward is None or isinstance(reward, str)):
        raise ValueError("prompt and reward must be texts")
    text = workflow if isinstance(workflow, str) else json.dumps(workflow)
    inputs: dict[str, Any] = {"prompt": prompt, "workflow": text}
    graph = {key: {"class_type": class_type, "inputs": inputs}}
    if reward is not None:
        inputs["reward"] = ["reward", 0]
        graph["reward"] = {"class_type": "NodewrightLoadReward", "inputs": {"reward": reward}}
    return graph


def _check(body: bytes) -> dict[str, Any]:
    from ..workflow.checking.check import check
    from ..workflow.checking.findings import finding_document
    from .live_catalog import live_catalog

    return {"findings": [finding_document(each) for each in check(_sent_workflow(body), live_catalog())]}


def _fix(body: bytes) -> dict[str, Any]:
    from ..workflow.checking.fix import fix, proposal_document
    from .live_catalog import live_catalog

    return {"proposal": proposal_document(fix(_sent_workflow(body), live_catalog()))}


def _sent_workflow(body: bytes) -> Any:
    """Return the workflow of a request's body. Raises ValueError for a body of another form."""
    # What no file can hold is for `validate` to report.
    sent = parse_json(body, "the body", maximum_bytes=MAXIMUM_BODY, surrogates=True)
    if not isinstance(sent, dict) or "workflow" not in sent:
        raise ValueError('the body must be {"workflow": a workflow in API or UI format}')
    return sent["workflow"]


def _validate(body: bytes) -> dict[str, Any]:
    from ..workflow.documents import check_document
    from .live_catalog import live_catalog

    checked = check_document(_sent_workflow(body), live_catalog())
    listed = [
        {"node_id": one.node_id, "class_type": one.class_type, "input": one.input, "message": one.message}
        for one in checked.problems
    ]
    notes = {"notes": list(checked.notes)} if checked.notes else {}
    return {"valid": not checked.problems, "problems": listed, **notes}
