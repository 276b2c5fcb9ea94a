"""Run the stage's command line: `python -m nodewright.training.join_adapters`."""

from ..common.stage import run_stage
from .command import main

raise SystemExit(run_stage(main))
