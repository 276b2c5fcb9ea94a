"""Workflow synthesis: workflows as a person would wire them for a prompt."""
