"""`nodewright train scorers`: models that score pictures."""
