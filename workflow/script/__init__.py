"""The script language: a workflow as the list of choices that a language model writes.

`script.py` converts workflows to scripts and back. `builder.py` is the state machine that both directions and the
grammar drive. `slots.py` lists a node's inputs, `values.py` the values of an input, numbers included, `options.py` how
a combo's options are written, `accepted.py` which values ComfyUI accepts, and `phrases.py` the phrases that texts are
made of.
"""
