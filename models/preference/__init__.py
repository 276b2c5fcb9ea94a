"""What a user likes, learned from the user's own ratings in seconds, on the user's own machine.

`features.py` has what of a prompt and a workflow is looked at, `columns.py` turns it into numbers, `logistic.py` fits
them, `learning.py` learns and measures on ratings that were held out, `preference.py` scores and ranks workflows, and
`kept.py` keeps what was learned in a folder, with the one before it.
"""
