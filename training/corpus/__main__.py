"""Run the stage's command line: `python -m nodewright.training.corpus`."""

from .command import main

raise SystemExit(main())
