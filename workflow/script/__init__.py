"""The script: a workflow as the language model writes it."""
