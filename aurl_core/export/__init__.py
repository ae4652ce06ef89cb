"""The model bundle: what a person takes away and serves."""
