"""Run the stage's command line: `python -m nodewright.training.scorers`."""

from .command import main

raise SystemExit(main())
