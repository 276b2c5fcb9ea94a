"""The words before a prompt that state how well the workflow is to score, for a score-conditioned policy."""

from __future__ import annotations

BUCKETS = 9
"""Number of buckets that scores are divided into."""


def score_prefix(bucket: int, buckets: int = BUCKETS) -> str:
    """Return the text before the prompt for a bucket of scores, counted from 1; the highest scores are the last."""
    return f"score {bucket} of {buckets}. "
