"""The reward ensemble: predicts how good a picture will be from its prompt and workflow."""
