"""Comparison arms of the method: nothing that ships depends on them."""
