"""Variations of a score made on the fly, on columns, seeded by piece and epoch."""
