"""What policies are worth on real renders: the parts of training/evaluate.py."""
