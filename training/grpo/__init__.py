"""`nodewright train grpo`: a policy tuned against a reward ensemble."""
