"""Collect triplets of prompt, workflow and score: the stage `collect`.

    nodewright train collect --store S.db --servers URL [URL ...] --jobs JOBS.jsonl --scorer miniature
    nodewright train collect --store S.db --servers URL [URL ...] --prompts PROMPTS.jsonl \\
        --workflows policy --count 10000 --scorer miniature
    nodewright train collect --summary S.db
    nodewright train collect --store S.db --pack TABLE.json.xz --object-info O.json      (and --unpack)

Reads jobs as they are (--jobs), or draws workflows for prompts by a policy, from a corpus or at random (--workflows).
Files of jobs and prompts: training/collect/sampling.py and training/common/prompt_file.py.
Writes a store (store/triplets.py): each job, its picture and its scores.

--count is the number of workflows that are drawn: with --each W they are for count / W prompts, and with --seeds K a
share of --repeats of them is rendered K times. The same command goes on where it was stopped, however it was; a larger
--count draws more. With neither --jobs nor --workflows it renders the jobs that wait in the store, and without
--servers it scores what has been rendered. A job is its prompt, workflow and seed, and is rendered once.

Deviations from ComfyGen (arXiv 2410.01731, section 3), which renders 500 prompts with 310 workflows of the community:

1. Workflows are drawn under the grammar for the installation, so that nearly all of them run.
2. A share of the workflows is rendered with several seeds, so that the seed's part of the variance is known.
3. Scores are kept raw, by scorer; they are standardised and summed where they are learned from.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ...comfyui.client import ServerError
from ...models.policy.batches import DecodingError
from ...models.policy.folders import PolicyError
from ...store.triplets import FAILED, StoreError, TripletStore
from ...workflow.catalog.cache import load_catalog
from ...workflow.graph import WorkflowError
from ..common.console import report
from ..common.pairs import DataError
from ..scorers.base import ScorerError
from .collector import collect, open_scorers
from .config import parse
from .packed import pack, unpack
from .summary import summary

OK, NO, BAD_INPUT, SERVER, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit statuses: all done; some jobs failed; wrong arguments or files; no server is left; stopped."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    config = parse(arguments)
    try:
        if config.summary is not None:
            with TripletStore(config.summary) as store:
                report(summary(store))
            return OK
        assert config.store is not None
        if config.object_info is not None and (config.pack or config.unpack):
            catalog = load_catalog(config.object_info, config.models)
            with TripletStore(config.store) as store:
                if config.pack is not None:
                    report(f"{config.pack}: {pack(store, catalog, config.pack)} triplets")
                elif config.unpack is not None:
                    report(f"{config.store}: {unpack(config.unpack, catalog, store)} new triplets")
            return OK
        scorers = open_scorers(config.scorers, config.device)
        with TripletStore(config.store, False if config.discard_images else None) as store, store.claim():
            status = OK
            try:
                collect(config, store, scorers)
            except KeyboardInterrupt:
                report("Stopped; the same command goes on from here.", sys.stderr)
                status = INTERRUPTED
            except ServerError as error:
                report(f"collect: {error}", sys.stderr)
                status = SERVER
            finally:
                states = store.states()
                counts = [*states.items(), ("all", sum(states.values()))]
                report("\n".join(f"{state:8}{count:9}" for state, count in counts))
            return NO if status == OK and states[FAILED] else status
    except (StoreError, DataError, WorkflowError, ScorerError, PolicyError, DecodingError) as error:
        report(f"collect: {error}", sys.stderr)
        return BAD_INPUT
