"""Run the stage's command line: `python -m nodewright.training.grpo`."""

from .command import main

raise SystemExit(main())
