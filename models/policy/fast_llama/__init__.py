"""A Llama forward pass with little overhead per token, for small models on a CPU."""
