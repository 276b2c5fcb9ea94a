"""The shape of a workflow: which classes are linked how, whatever their settings and whatever their order."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b

from ...workflow.graph import Workflow


def topology(workflow: Workflow) -> str:
    """Return a digest of a workflow's classes and links, 32 hexadecimal digits.

    Values, model files, ids and the order of nodes make no difference. A node that two inputs share differs from two
    nodes of its class.
    """
    digests: list[str] = []
    for node in workflow.nodes:
        links = sorted(f"{name}={digests[link.node]}:{link.slot}" for name, link in node.links())
        digests.append(_digest([node.class_type, *links]))
    return _digest([f"{count}x{digest}" for digest, count in sorted(Counter(digests).items())])


def _digest(parts: list[str]) -> str:
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
