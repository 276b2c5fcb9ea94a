"""What a prompt says besides what is to be seen: sizes, numbers, names, negative text; and the text that remains.

`read_ask` in `syntax.py` is the entrance.
"""
