"""What a score can depend on: a prompt and a script as named numbers, without a catalog and without torch.

`features.py` is the entrance. The reward ensemble of real families is a function of these numbers; what is learned from
one user's ratings may be one of the same.
"""
