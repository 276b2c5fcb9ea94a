"""The forward pass of small Llamas: weights (weights.py), their packed copy (llama.py), and rows of tokens.

Which token stands where is worked out in plan.py, rotary embedding and attention in attention.py, and keys and values
are kept in llama_batch.py. tests/models/test_llama.py compares all of it with transformers.
"""
