"""The reward ensemble: the parts of training/reward.py."""
