"""`python -m nodewright.training.join_adapters`: one adapter of several."""
