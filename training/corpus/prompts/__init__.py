"""Prompts as people type them, and what they ask for."""
