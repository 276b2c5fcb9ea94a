"""Score pictures: `nodewright train scorers`. A scorer is one module here, and one line in `scorers.py`."""
