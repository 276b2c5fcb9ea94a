"""`python -m nodewright`: the command line."""

from .cli import main

raise SystemExit(main())
