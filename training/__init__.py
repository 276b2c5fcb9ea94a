"""Training: from drawn scenes, workflows and renders to checkpoints."""
