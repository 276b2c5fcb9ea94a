"""The options of `nodewright train evaluate`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ...comfyui.address import server_url
from ...miniature.installation import ZOO_CONSTRAINTS
from ...workflow.grammar.constraints import Constraints, read_constraints
from ...writing_options import add_constraint_options, add_policy_option, add_tuned_option
from ..collect.sampling import MINIATURE
from ..experiments.score_conditioned import BUCKETS
from ..scorers.scorers import SCORERS
from .measures import TUNED


def make_parser(text: str) -> argparse.ArgumentParser:
    """The parser; `text` is said of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m nodewright.training.evaluate", description=text, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = parser.add_argument
    add("--out", type=Path, required=True, metavar="DIR", help="everything that is made lies here")
    add("--page", type=Path, metavar="FILE.md", help="put the report between the marks of this page as well")
    add("--seed", type=int, default=0, help="of prompts, writing, renders and intervals (0)")
    add("--device", default="cpu", help="where policies and scorers run, as torch names it (cpu)")
    _add_rendering(parser.add_argument_group("rendering"))
    _add_prompts(parser.add_argument_group("prompts"))
    _add_arms(parser.add_argument_group("arms"))
    add_constraint_options(parser)
    return parser


def _add_rendering(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--servers", nargs="+", default=[], metavar="URL", type=_server, help="running ComfyUI servers")
    add("--object-info", type=Path, metavar="FILE", help="write for a saved object_info, not for the first server's")
    add("--models", type=Path, metavar="DIR", help="with --object-info: the models folder")
    add("--scorer", action="append", default=[], metavar="NAME[=SOURCE]", help=f"{', '.join(SCORERS)} (miniature), or one's own as package.module:function; may be repeated")  # fmt: skip # noqa: E501
    add("--seeds", type=int, default=2, metavar="K", help="renders of a workflow, with the same seeds for all arms (2)")
    add("--flying", type=int, default=2, metavar="N", help="jobs that a server has at a time (2)")
    add("--timeout", type=float, default=30.0, metavar="SECONDS", help="how long a server may be silent (30)")
    add("--seconds-a-job", type=float, default=600.0, metavar="SECONDS", help="the most that a job may take (600)")
    add("--while-writing", action="store_true", help="render what one arm wrote while the next one writes; the seconds to write are too high then where both share a processor")  # fmt: skip # noqa: E501
    add("--retry-failed", action="store_true", help="try failed renders again")


def _add_prompts(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--prompts", default=f"{MINIATURE}test", metavar="FILE", help="a .jsonl file of prompts, or miniature:SPLIT; in a file those of the split validation are for choosing baselines (miniature:test)")  # fmt: skip # noqa: E501
    add("--count", type=int, default=300, metavar="N", help="prompts that are rendered (300)")
    add("--unique", type=int, default=500, metavar="N", help="prompts that are written for, to count workflows (500)")
    add("--sweep", type=int, metavar="N", help="prompts for the arms on a curve: guidance, --along (all)")
    add("--validation", type=int, default=6, metavar="N", help="miniature's prompts of each kind to choose on (6)")


def _add_arms(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--store", type=Path, metavar="S.db", help="triplets: baselines are chosen from them, distances measured to them")  # fmt: skip # noqa: E501
    add("--data", type=Path, metavar="PAIRS.jsonl", help="training pairs, to measure distances to as well")
    add_policy_option(group)
    add_tuned_option(group)
    add("--reward", type=Path, metavar="DIR", help="the reward ensemble (the shipped policy has one)")
    add("--scored-policy", metavar="PATH", help="a policy trained on training/experiments/score_conditioned.py's pairs")
    add("--buckets", type=int, default=BUCKETS, help=f"of that policy ({BUCKETS})")
    scales = [0.5, 1.5, 2.0, 3.0, 4.0]
    add("--guidance", nargs="*", type=float, default=scales, metavar="W", help="further scales (0.5 1.5 2 3 4)")
    add("--extra", nargs="*", action="extend", default=[], metavar="NAME=DIR", help="further adapters over the policy, for ablations")  # fmt: skip # noqa: E501
    add("--against", default=TUNED, metavar="ARM", help=f"what --extra adapters are compared with ({TUNED})")
    add("--along", nargs="*", action="extend", default=[], metavar="[NAME=]DIR", help="tunings on their way: adapters in DIR/step-N")  # fmt: skip # noqa: E501
    add("--best-of", type=int, default=8, metavar="N", help="candidates that the ensemble ranks; 1: none (8)")
    add("--kappa", type=float, default=1.0, help="deviations that a candidate's predicted mean is lowered by (1)")
    add("--candidates", type=int, default=20, metavar="K", help="workflows that a chosen baseline is chosen from (20)")
    add("--temperature", type=float, default=0.8, metavar="T", help="of the policies (0.8)")
    add("--top-p", type=float, default=0.95, metavar="P", help="probability to draw from (0.95)")


def check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Ends as argparse does for what cannot be."""
    for name, least in (("count", 1), ("unique", 0), ("seeds", 1), ("best_of", 1), ("candidates", 1), ("validation", 0),
                        ("flying", 1), ("buckets", 2)):  # fmt: skip
        if getattr(options, name) < least:
            parser.error(f"--{name.replace('_', '-')} must be at least {least}")
    if options.sweep is not None and options.sweep < 1:
        parser.error("--sweep must be at least 1")
    if any(scale <= 0 for scale in options.guidance):
        parser.error("--guidance: scales above 0; 0 (SFT) and 1 (GRPO) are there anyhow")
    options.guidance = [scale for scale in dict.fromkeys(options.guidance) if scale != 1]
    if options.models is not None and options.object_info is None:
        parser.error("--models goes with --object-info; a server tells its models itself")


def constraints_of(options: argparse.Namespace) -> Constraints:
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
