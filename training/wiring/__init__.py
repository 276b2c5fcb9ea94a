"""Workflows as a person would wire them, and what is read off a workflow."""
