"""Scorers of real pictures, each a published model. `scorers.open_scorer` opens them by name."""
