"""`nodewright train evidence`: a reward ensemble for real families from public evidence or from own ratings."""
