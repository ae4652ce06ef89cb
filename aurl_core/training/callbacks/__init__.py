"""What happens beside learning: the curve, progress and samples."""
