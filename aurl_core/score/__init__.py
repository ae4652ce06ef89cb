"""A piece of music as a value: columns of notes and events, time, pitch and instruments."""
