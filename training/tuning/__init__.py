"""Tuning a policy with a reward function: the parts of training/grpo.py."""
