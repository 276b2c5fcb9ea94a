"""Run the stage's command line: `python -m nodewright.training.reward`."""

from .command import main

raise SystemExit(main())
