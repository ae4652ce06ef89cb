"""Harmony: chords per beat, the key of a piece, and how chords follow one another."""
