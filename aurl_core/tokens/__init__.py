"""Scores as token ids and back: vocabularies, tokenizers and the grammar of legal sequences."""
