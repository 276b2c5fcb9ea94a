"""Run the stage's command line: `python -m nodewright.training.evaluate`."""

from .command import main

raise SystemExit(main())
