"""From a corpus to batches: which pieces, which windows of them, in which order, and who makes them ahead of time."""
