"""Run the stage's command line: `python -m nodewright.training.bases`."""

from .command import main

raise SystemExit(main())
