"""What one installation can do: node classes, model files, and what each file is."""
