"""The miniature: tiny text-to-image checkpoints, trained from drawn scenes on a CPU, that ComfyUI loads as they are."""
