"""`nodewright train evaluate`: policies measured on real renders, against baselines."""
