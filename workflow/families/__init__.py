"""Model families: one record for all that depends on a model's architecture."""
