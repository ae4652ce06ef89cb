"""From a trained model to new token sequences: caches, sampling and constraints."""
