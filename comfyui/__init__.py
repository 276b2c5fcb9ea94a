"""A client of a running ComfyUI server."""
