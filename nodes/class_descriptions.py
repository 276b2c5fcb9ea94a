"""Describe the node classes of the running ComfyUI as GET /object_info does, each in a guard of its own.

INPUT_TYPES is anybody's code. A class that raises, that describes itself in anything but JSON, or that does not answer
in time is left out with one warning in the log, so that it takes neither other classes nor the caller's time away.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import Any

from comfy_api.internal import _ComfyNodeInternal

import nodes

from ..guarded_json import JsonError, parse_json
from ..workflow.catalog.cache import MAXIMUM_BYTES

logger = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds in which a class must describe itself. Some packs list folders of thousands of files on a slow drive."""

_silent: dict[str, Any] = {}  # classes that did not answer, by name; they are not asked again
_warned: set[str] = set()


def warn_once(name: str, reason: str) -> None:
    """Log that a node class is left out, the first time that this is so."""
    if f"{name}\0{reason}" not in _warned:
        _warned.add(f"{name}\0{reason}")
        logger.warning("Nodewright leaves out the node class %.100r. %s", name, reason)


def class_texts() -> dict[str, str]:
    """Return each class of object_info as JSON, as a client sees it: enums and subclasses of str are text."""
    classes = [(name, cls) for name, cls in list(nodes.NODE_CLASS_MAPPINGS.items()) if _silent.get(name) is not cls]
    texts: dict[str, str] = {}
    position = 0
    while position < len(classes):
        position = _describe_from(classes, position, texts)
    return texts


def parsed(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return what `class_texts` describes as data, without the classes that are nested too deeply to be read."""
    found = {}
    for name, text in texts.items():
        try:
            found[name] = parse_json(
                text, "its description", non_finite=True, surrogates=True, maximum_bytes=MAXIMUM_BYTES
            )
        except JsonError as error:
            warn_once(name, f"It cannot be read: {error}.")
    return found


def _describe_from(classes: Sequence[tuple[str, Any]], position: int, texts: dict[str, str]) -> int:
    """Describe classes from `position` on, up to the first that does not answer; return the position after it."""
    answers: SimpleQueue[str | None] = SimpleQueue()
    given_up = threading.Event()
    worker = threading.Thread(target=_describe, args=(classes[position:], answers, given_up), daemon=True)
    worker.start()
    for name, cls in classes[position:]:
        try:
            text = answers.get(timeout=PATIENCE)
        except Empty:
            given_up.set()
            _silent[name] = cls
            warn_once(name, f"It has not described itself (INPUT_TYPES) within {PATIENCE:g} seconds.")
            return position + 1
        if text is not None:
            texts[name] = text
        position += 1
    return position


def _describe(classes: Sequence[tuple[str, Any]], answers: SimpleQueue[str | None], given_up: threading.Event) -> None:
    """Put the description of each class into `answers`, None for one that fails."""
    for name, cls in classes:
        text = None
        try:
            text = json.dumps(_node_info(name, cls))
        except BaseException as error:  # even SystemExit, which nothing else here may raise
            if not given_up.is_set():
                warn_once(name, f"It fails to describe itself: {_shown(error)}")
        if given_up.is_set():
            return
        answers.put(text)


def _shown(error: BaseException) -> str:
    """Return an error in a few words; its own text is anybody's code, too."""
    try:
        return f"{type(error).__name__}: {str(error)[:200]}"
    except Exception:
        return type(error).__name__


def _node_info(name: str, cls: Any) -> dict[str, Any]:
    """Return what the server's node_info returns for one class."""
    is_list = bool(getattr(cls, "INPUT_IS_LIST", False))
    if issubclass(cls, _ComfyNodeInternal):
        info: dict[str, Any] = cls.GET_NODE_INFO_V1()
        return {**info, "is_input_list": is_list}
    inputs = cls.INPUT_TYPES()
    outputs = cls.RETURN_TYPES
    return {
        "input": inputs,
        "input_order": {key: list(value) for key, value in inputs.items()},
        "is_input_list": is_list,
        "output": outputs,
        "output_is_list": getattr(cls, "OUTPUT_IS_LIST", [False] * len(outputs)),
        "output_name": getattr(cls, "RETURN_NAMES", outputs),
        "name": name,
        "display_name": nodes.NODE_DISPLAY_NAME_MAPPINGS.get(name, name),
        "description": getattr(cls, "DESCRIPTION", ""),
        "python_module": getattr(cls, "RELATIVE_PYTHON_MODULE", "nodes"),
        "category": getattr(cls, "CATEGORY", "sd"),
        "output_node": getattr(cls, "OUTPUT_NODE", False) is True,
        "deprecated": bool(getattr(cls, "DEPRECATED", False)),
        "experimental": bool(getattr(cls, "EXPERIMENTAL", False)),
        "dev_only": bool(getattr(cls, "DEV_ONLY", False)),
        "api_node": bool(getattr(cls, "API_NODE", False)),
    }
