"""The store of triplets (prompt, workflow, score), in one SQLite file.

`triplets.py` has its content, `stored_values.py` what is read from its rows, `durable_file.py` the file itself, which
survives a killed process, and `png.py` and `pictures.py` the pictures beside it.
"""
