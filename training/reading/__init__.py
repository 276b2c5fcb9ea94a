"""The stage `reading`: whether a sentence encoder reads prompts better than the lexicon does."""
