"""Collect triplets of prompt, workflow and score: the stage `collect`.

    nodewright train collect --store S.db --servers URL [URL ...] --jobs JOBS.jsonl --scorer miniature
    nodewright train collect --store S.db --servers URL [URL ...] --prompts PROMPTS.jsonl \\
        --workflows policy --count 10000 --scorer miniature
    nodewright train collect --summary S.db

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

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from ...comfyui.address import server_url
from ...comfyui.client import ServerError
from ...miniature.prompts import SPLITS
from ...models.policy.batches import DecodingError
from ...models.policy.folders import PolicyError
from ...store.triplets import FAILED, StoreError, TripletStore
from ...workflow.grammar.constraints import read_constraints
from ...workflow.graph import WorkflowError
from ...writing_options import add_constraint_options, add_option, add_tuned_option
from ..common.console import report
from ..common.pairs import DataError
from ..scorers.base import ScorerError
from ..scorers.scorers import SCORERS
from .collector import collect, open_scorers
from .config import CollectConfig
from .sampling import MINIATURE, POLICY, RANDOM
from .summary import summary

OK, NO, BAD_INPUT, SERVER, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit statuses: all done; some jobs failed; wrong arguments or files; no server is left; stopped."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    try:
        if options.summary is not None:
            if not options.summary.is_file():
                parser.error(f"{options.summary}: there is no such store")
            with TripletStore(options.summary) as store:
                report(summary(store))
            return OK
        _check(parser, options)
        config = _config(options)
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


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    default = CollectConfig(Path())
    parser = argparse.ArgumentParser(
        prog="nodewright train collect", description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = parser.add_argument
    add("--store", type=Path, metavar="S.db", help="The store of jobs and triplets; it is made if it is not there.")
    add("--summary", type=Path, metavar="S.db", help="Print what a store holds, and the noise of its scores.")
    add("--servers", nargs="+", default=[], metavar="URL", type=_server, help="Running ComfyUI servers.")
    add(
        "--scorer", dest="scorers", action="append", default=[], metavar="NAME[=SOURCE]",
        help=f"A scorer and the folder of its files: {', '.join(SCORERS)}, or an own function as "
        "package.module:function; may be repeated.",
    )  # fmt: skip
    add("--rescore", action="store_true", help="Score again what the scorers have scored.")
    add("--device", default=default.device, help="Where scorers and a policy run, as torch names it (cpu).")
    add("--batch", type=int, default=default.batch, help="Number of pictures that are scored together (64).")
    add(
        "--discard-images", action="store_true", help="Delete a picture once all scorers of the command have scored it."
    )
    add("--retry-failed", action="store_true", help="Try failed jobs again.")
    _add_jobs(parser, default)
    add_constraint_options(parser)
    _add_servers(parser, default)
    return parser


def _add_jobs(parser: argparse.ArgumentParser, default: CollectConfig) -> None:
    group = parser.add_argument_group("jobs")
    add = group.add_argument
    add("--jobs", type=Path, metavar="JOBS.jsonl", help="Jobs as they are.")
    add("--prompts", metavar="FILE", help="A .jsonl file of prompts, or miniature:SPLIT.")
    add("--workflows", metavar="WHO", help="Who writes: random, policy, policy:PATH, or a corpus file (.jsonl).")
    add_tuned_option(group)
    add(
        "--count", type=int, default=default.count, metavar="N",
        help="Workflows to draw, rounded up to whole prompts (1000).",
    )  # fmt: skip
    add(
        "--each", type=int, default=default.each, metavar="W", help="Workflows for a prompt; equal ones become one (1)."
    )
    add("--exchange", action="store_true", help="Write one workflow for a prompt, and copy it with other main models.")
    add(
        "--seeds",
        type=int,
        default=default.seeds,
        metavar="K",
        help="Renders of a workflow, each with its own seed (1).",
    )
    add(
        "--repeats", type=float, default=default.repeats, metavar="SHARE",
        help="Share of the workflows that get all the seeds (1).",
    )  # fmt: skip
    add("--seed", type=int, default=default.seed, help="Seed of the drawing (0).")
    add("--temperature", type=float, default=default.temperature, help="Sampling temperature of the policy (1).")


def _add_servers(parser: argparse.ArgumentParser, default: CollectConfig) -> None:
    group = parser.add_argument_group("servers")
    add = group.add_argument
    add_option(
        group, "--in-flight", old=("--flying",), type=int, nargs="+", default=default.in_flight, metavar="N",
        help="Number of jobs that a server has at a time: one number for all, or one for each (2).",
    )  # fmt: skip
    seconds: dict[str, Any] = {"type": float, "metavar": "SECONDS"}
    add("--timeout", default=default.timeout, **seconds, help="How long a server may be silent (30).")
    add("--seconds-a-job", default=default.seconds_a_job, **seconds, help="The most that a job may take (600).")
    add("--patience", default=default.patience, **seconds, help="How long all servers may be gone (300).")


def _server(text: str) -> str:
    try:
        return str(server_url(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _config(options: argparse.Namespace) -> CollectConfig:
    values = {field.name: getattr(options, field.name) for field in fields(CollectConfig) if field.name in options}
    values["tuned"] = None if options.tuned is None else str(options.tuned)
    values |= {name: tuple(values[name]) for name in ("servers", "scorers", "in_flight")}
    return CollectConfig(**values, constraints=read_constraints(vars(options)))


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End as argparse does for options that do not go together."""
    if options.store is None:
        parser.error("--store (or --summary) is required")
    if options.jobs is not None and options.workflows is not None:
        parser.error("--jobs and --workflows: one of the two")
    if (options.jobs is not None or options.workflows is not None) and not options.servers:
        parser.error("rendering needs --servers")
    if not options.servers and not options.scorers:
        parser.error("there is nothing to do without --servers or --scorer")
    if options.tuned is not None and (options.workflows or "").partition(":")[0] != POLICY:
        parser.error("--tuned goes with --workflows policy")
    for name in ("count", "each", "seeds", "batch"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1")
    if min(options.in_flight) < 1:
        parser.error("--in-flight must be at least 1")
    if len(options.in_flight) not in (1, len(options.servers)):
        parser.error(f"--in-flight: one number, or one for each of the {len(options.servers)} servers")
    if not options.temperature >= 0:
        parser.error("--temperature must be at least 0")
    split = (options.prompts or "").removeprefix(MINIATURE)
    if (options.prompts or "").startswith(MINIATURE) and split not in SPLITS:
        parser.error(f"--prompts {options.prompts}: the miniature has the splits {', '.join(SPLITS)}")
    corpus = options.workflows is not None and options.workflows.partition(":")[0] not in (POLICY, RANDOM)
    if corpus and options.each > 1 and options.prompts is None and not options.exchange:
        parser.error("--each: a pair of a corpus has one workflow; with --prompts or --exchange there are several")
    if not 0 <= options.repeats <= 1:
        parser.error("--repeats is a share, from 0 to 1")
    if options.discard_images and not options.scorers:
        parser.error("--discard-images needs a --scorer, or nothing would be left of the renders")
