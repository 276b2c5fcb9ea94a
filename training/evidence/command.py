"""Learn a reward ensemble for real families: public files or a user's own ratings in, an ensemble's folder out.

    python -m nodewright.training.evidence --folder FOLDER --out DIR
    python -m nodewright.training.evidence --ratings STORE --out DIR

From public files it is learned from the beginning, which takes minutes; ratings go on from an ensemble, in seconds.
Either is measured on what is kept out, and then learned from everything and written.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...files import write_text
from ...models.policy.folders import check_replaceable
from ...models.reward.evidence_ensemble import EVIDENCE_FOLDER, EvidenceEnsemble, shipped_evidence_path
from ..common.command import run_to_its_end
from ..common.console import report as print_report
from ..common.report_table import put_between_marks
from .arms import arms, embed
from .cliffs import cliffs
from .config import EvidenceConfig, parse
from .learned import gather, learned
from .own import read_ratings_of, with_ratings
from .page import page_of
from .report import linear, measured


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit status of `run_to_its_end`."""
    config = parse(arguments)
    return run_to_its_end(lambda: train(config))


def train(config: EvidenceConfig) -> None:
    """Learn from the public files or from ratings, measure, and write what the options say.

    Raises TrainingError, CheckpointError, RewardError, StoreError.
    """
    if config.out is not None:
        check_replaceable(config.out, EVIDENCE_FOLDER)
    if config.ratings is not None:
        start = EvidenceEnsemble.load(config.start or shipped_evidence_path())
        found = with_ratings(start, read_ratings_of(config.ratings), config.seed)
        print_report(found.words)
        ensemble = found.ensemble
    else:
        ensemble = _from_public_files(config)
    if config.out is not None:
        ensemble.save(config.out)
        print_report(f"wrote {config.out}")


def _from_public_files(config: EvidenceConfig) -> EvidenceEnsemble:
    """Return what the files of the folder say, and report it if that is wanted. Raises TrainingError."""
    assert config.folder is not None  # one of the two is given
    gathered = gather(config.folder, config.seed)
    print_report(f"{len(gathered.rows):,} rows with {len(gathered.table.names):,} columns")
    ensemble = learned(gathered, config.members, config.seed)
    if config.report:
        prompts = [row.prompt for row in gathered.rows]
        embeddings = None if config.encoder is None else embed(prompts, config.encoder)
        predictors = arms(embeddings) if config.compare else {"linear": linear}
        found = measured(gathered, predictors, config.members, config.seed)
        text = page_of(gathered, found, cliffs(ensemble, config.seed))
        print_report(text)
        if config.page is not None:
            put_between_marks(config.page, text)
        if config.out is not None:
            write_text(config.out.with_name(f"{config.out.name}.md"), text)
    return ensemble
