"""`nodewright train collect`: triplets of prompt, workflow and score, rendered on servers."""
