"""`nodewright train reward`: a reward ensemble, trained on triplets."""
