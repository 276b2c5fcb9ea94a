"""What policies are worth on real renders: arms that write, what becomes of it, and the report (training/evaluate.py)."""
