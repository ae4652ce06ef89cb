"""The corpus on disk: table schemas, shards, splits, caches and the DuckDB catalogue."""
