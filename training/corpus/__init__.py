"""`nodewright train corpus`: pairs of prompt and script for supervised training."""
