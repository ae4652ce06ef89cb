"""How gradients become steps: optimizers, learning rates, clipping, averages of weights, arithmetic."""
