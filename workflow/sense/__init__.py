"""What makes sense in a workflow beyond what runs: what the grammar writes by and `silly` checks by."""
