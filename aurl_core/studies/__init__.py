"""Musical insight: chords, structure and melody, each a Parquet table."""
