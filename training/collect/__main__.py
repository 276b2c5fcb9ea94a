"""Run the stage's command line: `python -m nodewright.training.collect`."""

from .command import main

raise SystemExit(main())
