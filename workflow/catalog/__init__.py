"""What one installation can do: its node classes, its model files, and what each file is.

`catalog.py` has the data classes. `object_info.py` and `models_folder.py` read them, `cache.py` keeps what was read.
`model_files.py` finds the inputs that list model files, and `identify.py` identifies a file by its header
(`safetensors_header.py`) or its name.
"""
