"""Triplets of prompt, workflow and score: the parts of training/collect.py."""
