"""`python -m nodewright.training.bases`: pruned base models."""
