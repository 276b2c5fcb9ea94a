"""Training: from drawn scenes, workflows and renders to checkpoints.

The modules here are the stages, each with a command, their options, and what they hand to each other: pairs, and scores
by the scorers' names. What a stage is made of lies in the packages.
"""
