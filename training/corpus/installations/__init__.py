"""Simulated installations: which model files a person might have."""
