"""`nodewright train sft`: supervised fine-tuning on pairs of prompt and script."""
