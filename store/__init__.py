"""Triplets of prompt, workflow and score on disk, with the pictures they are about."""
