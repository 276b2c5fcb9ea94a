"""What a person with these files would choose for what is asked: main model, LoRAs, sampling, shape, stages.

`fitting.py` is the entrance. What is chosen narrows the grammar by wishes; among what is left the policy chooses.
"""
