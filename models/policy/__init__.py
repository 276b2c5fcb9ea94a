"""The policy: a causal language model that writes scripts, bound to a grammar."""
