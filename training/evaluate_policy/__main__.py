"""Run the stage's command line: `python -m nodewright.training.evaluate_policy`."""

from .command import main

raise SystemExit(main())
