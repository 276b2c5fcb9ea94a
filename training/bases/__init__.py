"""`nodewright train bases`: untrained and pruned base models."""
