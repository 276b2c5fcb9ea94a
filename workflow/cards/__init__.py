"""What a person is shown of a prompt and of a workflow that was written for it.

`chips.py` has what was read in the prompt; `card.py` has the workflow: model, size, stages in words (`stages.py`), and
a line of reason for each choice, from the data that chose it (`reasons.py`).
"""
