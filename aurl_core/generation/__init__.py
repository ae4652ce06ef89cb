"""From a trained model to new pieces: sampling, constraints, the engine that steps, and what is kept of each piece."""
