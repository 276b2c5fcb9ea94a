"""The client of a running ComfyUI server."""
