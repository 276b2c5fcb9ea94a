"""`nodewright train evaluate-policy`: what a policy has learned, measured without rendering."""
