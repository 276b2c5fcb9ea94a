"""The grammar: which choices may come next in a script, so that every workflow runs."""
