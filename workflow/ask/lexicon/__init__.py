"""The words in which people say shapes, styles and effort, and what finds them in a prompt.

One file a topic (`photo.py`, `formats.py`, ...), one a language (`german.py`, ...), and `nothing.py` for what sounds
like these words and is none. A phrase is added by writing it into the table of its topic; `phrases.py` describes how.
`reading.py` reads prompts.
"""
