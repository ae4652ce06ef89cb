"""Measured comparisons, each `python -m benchmarks.<name>`: a table, then one line of key=value figures."""
