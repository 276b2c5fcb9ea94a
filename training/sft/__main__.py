"""Run the stage's command line: `python -m nodewright.training.sft`."""

from .command import main

raise SystemExit(main())
