"""Check the graph that somebody else wired: what does not fit, what is missing, and which edits mend it.

`validate` finds what ComfyUI would refuse and `silly` what makes no sense; here stands what ComfyUI accepts and what
fails, or spoils the picture, while it runs.
"""
