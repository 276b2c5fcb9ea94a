"""Evaluate policies on real renders, against baselines: the stage `evaluate`.

    nodewright train evaluate --servers URL [URL ...] --store TRIPLETS.db --reward REWARD --out DIR

Reads test prompts, a policy with its adapters, a reward ensemble, and triplets from which baselines are chosen.
Writes DIR/report.json, DIR/report.md and plots; what the arms wrote is kept in DIR/arms, and their renders in
DIR/renders.db, so that the same command goes on where it was stopped. Without servers it writes what can be written
and reports on what has been rendered.

Every arm writes a workflow for each test prompt; all are rendered by ComfyUI with the same seeds and scored. The arms:
a fixed workflow and one for each kind of prompt, both chosen on validation prompts; a random one; a recipe of the
corpus; score-conditioned SFT; SFT; GRPO; guidance at each scale; further adapters; checkpoints of a tuning; each policy
also as best of several by the reward ensemble; and the oracle over all of them.

Deviations from the paper (arXiv 2505.21478, section 4):

1. Scores are of pictures rendered with several seeds, with intervals by bootstrap over prompts, paired between arms.
2. ComfyGen's retrieval (arXiv 2410.01731) is a table of the best workflow for each kind of prompt, validated.
3. No people compare pictures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from ...comfyui.address import server_url
from ...comfyui.client import ServerError
from ...miniature.installation import ZOO_CONSTRAINTS
from ...models.policy.decoding import DecodingError
from ...models.policy.folders import PolicyError
from ...models.reward.members import RewardError
from ...store.durable_file import StoreError
from ...workflow.grammar.constraints import Constraints, read_constraints
from ...workflow.graph import WorkflowError
from ...writing_options import add_constraint_options, add_option, add_policy_option, add_tuned_option
from ..collect.sampling import MINIATURE
from ..common.console import report
from ..common.pairs import DataError
from ..scorers.base import ScorerError
from ..scorers.scorers import SCORERS
from .config import EvaluateConfig
from .evaluation import evaluate, put_into_page
from .page import page

OK, NO, BAD_INPUT, SERVER, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit statuses: the report is complete; renders are missing; wrong arguments or files; no server is left; stopped."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    _check(parser, options)
    config = _config(options)

    def message(text: str) -> None:
        report(text, sys.stderr)

    try:
        results = evaluate(config, message)
        if config.page is not None:
            put_into_page(config.page, results)
    except ServerError as error:
        message(f"evaluate: {error}")
        return SERVER
    except (
        DataError, PolicyError, RewardError, StoreError, WorkflowError, ScorerError, DecodingError, OSError, ValueError,
    ) as error:  # fmt: skip
        message(f"evaluate: {error}")
        return BAD_INPUT
    except KeyboardInterrupt:
        message("stopped; the same command goes on from here")
        return INTERRUPTED
    report(page(results))
    return NO if results["missing"] else OK


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="nodewright train evaluate", description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    default = EvaluateConfig(Path())
    add = parser.add_argument
    add("--out", type=Path, required=True, metavar="DIR", help="Folder of everything that is written.")
    add("--page", type=Path, metavar="FILE.md", help="Put the report between the marks of this page as well.")
    add("--seed", type=int, default=default.seed, help="Seed of prompts, writing, renders and intervals (0).")
    add("--device", default=default.device, help="Where policies and scorers run, as torch names it (cpu).")
    _add_rendering(parser.add_argument_group("rendering"), default)
    _add_prompts(parser.add_argument_group("prompts"), default)
    _add_arms(parser.add_argument_group("arms"), default)
    add_constraint_options(parser)
    return parser


def _add_rendering(group: argparse._ArgumentGroup, default: EvaluateConfig) -> None:
    add = group.add_argument
    seconds: dict[str, Any] = {"type": float, "metavar": "SECONDS"}
    add("--servers", nargs="+", default=[], metavar="URL", type=_server, help="Running ComfyUI servers.")
    add("--object-info", type=Path, metavar="FILE", help="Write for a saved object_info, not for the first server's.")
    add("--models", type=Path, metavar="DIR", help="With --object-info: the models folder.")
    add(
        "--scorer", dest="scorers", action="append", default=[], metavar="NAME[=SOURCE]",
        help=f"A scorer and the folder of its files: {', '.join(SCORERS)}, or an own function as "
        "package.module:function; may be repeated (miniature).",
    )  # fmt: skip
    add("--seeds", type=int, default=default.seeds, metavar="K", help="Renders of a workflow, the same seeds for all arms (2).")  # fmt: skip # noqa: E501
    add_option(
        group, "--in-flight", old=("--flying",), type=int, default=default.in_flight, metavar="N",
        help="Number of jobs that a server has at a time (2).",
    )  # fmt: skip
    add("--timeout", default=default.timeout, **seconds, help="How long a server may be silent (30).")
    add("--seconds-a-job", default=default.seconds_a_job, **seconds, help="The most that a job may take (600).")
    add(
        "--while-writing", action="store_true",
        help="Render the workflows of one arm while the next arm's are written; the seconds to write are then too "
        "high where both share a processor.",
    )  # fmt: skip
    add("--retry-failed", action="store_true", help="Try failed renders again.")


def _add_prompts(group: argparse._ArgumentGroup, default: EvaluateConfig) -> None:
    add = group.add_argument
    add(
        "--prompts", default=default.prompts, metavar="FILE",
        help="A .jsonl file of prompts, of which those of the split validation choose the baselines; or "
        "miniature:SPLIT (miniature:test).",
    )  # fmt: skip
    add("--count", type=int, default=default.count, metavar="N", help="Prompts that are rendered (300).")
    add("--unique", type=int, default=default.unique, metavar="N", help="Prompts that are written for, to count workflows (500).")  # fmt: skip # noqa: E501
    add("--sweep", type=int, metavar="N", help="Prompts for the arms on a curve: guidance, --checkpoints (all).")
    add("--validation", type=int, default=default.validation, metavar="N", help="The miniature's prompts of each kind that choose the baselines (6).")  # fmt: skip # noqa: E501


def _add_arms(group: argparse._ArgumentGroup, default: EvaluateConfig) -> None:
    add = group.add_argument
    add("--store", type=Path, metavar="S.db", help="Triplets: baselines are chosen from them, distances measured to them.")  # fmt: skip # noqa: E501
    add("--data", type=Path, metavar="PAIRS.jsonl", help="Training pairs, to measure distances to as well.")
    add_policy_option(group)
    add_tuned_option(group)
    add("--reward", type=Path, metavar="DIR", help="The reward ensemble (with the shipped policy the shipped one).")
    add("--scored-policy", metavar="PATH", help="A policy trained on the pairs of the experiment score-conditioned.")
    add("--buckets", type=int, default=default.buckets, help=f"Score buckets of that policy ({default.buckets}).")
    add("--guidance", nargs="*", type=float, default=default.guidance, metavar="W", help="Guidance scales besides 0 and 1 (0.5 1.5 2 3 4).")  # fmt: skip # noqa: E501
    add("--extra", nargs="*", action="extend", default=[], metavar="NAME=DIR", help="Further adapters over the policy, for ablations.")  # fmt: skip # noqa: E501
    add("--against", default=default.against, metavar="ARM", help=f"What --extra adapters are compared with ({default.against}).")  # fmt: skip # noqa: E501
    add_option(
        group, "--checkpoints", old=("--along",), nargs="*", action="extend", default=[], metavar="[NAME=]DIR",
        help="Tunings whose checkpoints are compared: adapters in DIR/step-N.",
    )  # fmt: skip
    add("--best-of", type=int, default=default.best_of, metavar="N", help="Candidates that the ensemble ranks; 1: none (8).")  # fmt: skip # noqa: E501
    add("--kappa", type=float, default=default.kappa, help="Deviations that a candidate's predicted mean is lowered by (1).")  # fmt: skip # noqa: E501
    add("--candidates", type=int, default=default.candidates, metavar="K", help="Workflows that a chosen baseline is chosen from (20).")  # fmt: skip # noqa: E501
    add("--temperature", type=float, default=default.temperature, metavar="T", help="Sampling temperature of the policies (0.8).")  # fmt: skip # noqa: E501
    add("--top-p", type=float, default=default.top_p, metavar="P", help="Probability mass that the policies draw from (0.95).")  # fmt: skip # noqa: E501


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End as argparse does for options that cannot be used."""
    least = {"count": 1, "unique": 0, "seeds": 1, "best_of": 1, "candidates": 1, "validation": 0, "in_flight": 1,
             "buckets": 2}  # fmt: skip
    for name, lowest in least.items():
        if getattr(options, name) < lowest:
            parser.error(f"--{name.replace('_', '-')} must be at least {lowest}")
    if options.sweep is not None and options.sweep < 1:
        parser.error("--sweep must be at least 1")
    if any(scale <= 0 for scale in options.guidance):
        parser.error("--guidance: scales above 0; 0 (SFT) and 1 (GRPO) are there anyhow")
    if options.models is not None and options.object_info is None:
        parser.error("--models goes with --object-info; a server lists its models itself")


def _config(options: argparse.Namespace) -> EvaluateConfig:
    values = {field.name: getattr(options, field.name) for field in fields(EvaluateConfig) if field.name in options}
    values["scorers"] = options.scorers or EvaluateConfig.scorers
    values["guidance"] = [scale for scale in dict.fromkeys(options.guidance) if scale != 1]
    values |= {name: tuple(values[name]) for name in ("servers", "scorers", "guidance", "extra", "checkpoints")}
    return EvaluateConfig(**values, constraints=_constraints(options))


def _constraints(options: argparse.Namespace) -> Constraints:
    """Return the constraints. The miniature's prompts are for its zoo alone, unless --families names others."""
    constraints = read_constraints(vars(options))
    if constraints.families or not options.prompts.startswith(MINIATURE):
        return constraints
    limited = constraints if options.max_megapixels is not None else ZOO_CONSTRAINTS
    return replace(constraints, families=ZOO_CONSTRAINTS.families, max_megapixels=limited.max_megapixels)


def _server(text: str) -> str:
    try:
        return str(server_url(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
