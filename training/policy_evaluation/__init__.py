"""What a policy has learned: the parts of training/evaluate_policy.py."""
