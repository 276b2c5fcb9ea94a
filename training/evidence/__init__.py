"""`nodewright train evidence`: a reward ensemble for real families from public ratings, tables and documentation."""
