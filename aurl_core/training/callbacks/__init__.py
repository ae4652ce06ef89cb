"""What happens beside learning: the curve, progress, samples and checkpoints."""
