"""Supervised fine-tuning: the parts of training/bases.py and training/sft.py."""
